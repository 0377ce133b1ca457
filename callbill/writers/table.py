"""The invoice as a person reads it on a terminal; the format when none is asked for.

It shows the parties, the period and the amount due; the lines charge by charge with their sub-totals;
net, VAT per category and rate, total, credits and amount due; then what became of every record of the
activity, the rules that were used and the files that were read.

The first column is the line's id, under the label where the room is short:
`callbill explain --line ID` tells how the line came to be.

It takes the terminal's width, up to 120 columns, and 80 in a pipe. Labels wrap. Amounts, quantities,
prices and ids never do: where they need more room than there is, the invoice is wider.
"""

from collections.abc import Sequence
from typing import TypeAlias

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from callbill.invoice import Invoice, Phrase
from callbill.report import Report
from callbill.writers import Writer
from callbill.writers import _words as words
from callbill.writers._layout import GAP, Column, cell, drawn, fitted, grid, placed, put, taken, widest, wrapped
from callbill.writers._page import Account, Block, Item, Page
from callbill.writers._report import on_terminal

PIPE = 80
READABLE = 120
"""Longer rows are hard to follow with the eye."""

LABEL = 24
"""Cells that a label gets at least; the invoice widens rather than take more from it."""

ID_BESIDE = 28
"""Cells that must remain for the labels when the ids have a column of their own."""

UNIT = 14
"""Cells after which a unit wraps."""

SOURCE = 12
"""Cells that the name of a source gets at least in the funnel."""

SUM = 44
"""Cells after which the words beside a total wrap."""

INDENT = "  "

Parts: TypeAlias = list[RenderableType]


class TableWriter(Writer):
    """Aligned columns and few rules; bold and dim where there is colour."""

    suffixes = (".txt",)

    def write(self, invoice: Invoice, *, width: int | None = None, color: bool = False) -> str:
        page = Page.of(invoice)
        room = _room(page, width or PIPE)
        parts = [*_head(page, room), *_lines(page, room), *_sums(page, room), *_kpis(page, room)]
        parts += [*_outcomes(page, room), *_records(page, room)]
        return drawn([*parts, *_rules(page, room), *_files(page, room)], room, color=color)

    def report(self, report: Report, *, width: int | None = None, color: bool = False) -> str:
        return on_terminal(report, width, color=color)


def _room(page: Page, width: int) -> int:
    """The width of the whole invoice: what there is as far as it is of use, never less than numbers and ids need."""
    blocks = page.aligned_blocks
    figures = taken(_figures(page, blocks))
    ids = widest(item.id for block in blocks for item in block.items)
    texts = [text for block in blocks for item in block.items for text in (item.label, item.detail)]
    labels = widest([*texts, *(block.heading for block in blocks)]) + len(INDENT)
    under = widest(f"{_indent(block)}[{item.id}]" for block in blocks for item in block.items)
    kpis = taken(_measures(page)) + SOURCE if page.measured else 0
    needed = max(figures + max(LABEL, under), taken(_counts(page)) + SOURCE, kpis)
    useful = min(max(ids + GAP + labels + figures, PIPE), READABLE)
    return max(needed, min(width, useful))


def _section(page: Page, name: Phrase, room: int) -> Parts:
    return ["", Text(page.word(name), style="bold"), _rule(room)]


def _head(page: Page, room: int) -> Parts:
    title = page.title()
    heading = [cell(page.heading(), room, "bold"), *([cell(title, room)] if title else [])]
    return [*heading, _rule(room), _parties(page, room), "", *_facts(page, room), ""]


def _rule(width: int) -> Text:
    return Text("─" * width, style="dim")


def _parties(page: Page, room: int) -> RenderableType:
    half = (room - GAP) // 2
    table = grid([Column(width=half), Column(width=half)])
    table.add_row(Text(page.word(words.SELLER), style="dim"), Text(page.word(words.BUYER), style="dim"))
    table.add_row(
        *(
            Text("\n".join(line for text in page.party(party) for line in wrapped(text, half)))
            for party in (page.invoice.seller, page.invoice.buyer)
        )
    )
    return table


def _pairs(
    pairs: Sequence[tuple[str, str]], names: int, room: int, *, indent: str = "", style: str = ""
) -> RenderableType:
    """Dim names of the width `names`, and what they mean."""
    name = Column(width=names + len(indent))
    value = Column(width=room - taken([name]))
    table = grid([name, value])
    for label, text in pairs:
        table.add_row(cell(label, name.width, "dim", indent), cell(text, value.width, style))
    return table


def _facts(page: Page, room: int) -> Parts:
    facts = page.facts()
    names = widest(name for name, _ in facts)
    return [_pairs(facts[:-1], names, room), _pairs(facts[-1:], names, room, style="bold")]


def _figures(page: Page, blocks: Sequence[Block]) -> list[Column]:
    """Quantity, unit, price, VAT where the lines differ in it, amount."""
    items = [item for block in blocks for item in block.items]
    amounts = [*(i.amount for i in items), *(b.subtotal for b in blocks), *(s.amount for s in page.sums())]
    return [
        fitted(page.word(words.QUANTITY), [item.quantity for item in items], right=True),
        fitted(page.word(words.UNIT), [item.unit for item in items], most=UNIT),
        fitted(page.word(words.UNIT_PRICE), [item.price for item in items], right=True),
        *([fitted(page.word(words.VAT), [item.vat for item in items])] if page.taxed() else []),
        fitted(page.word(words.AMOUNT), amounts, right=True),
    ]


def _lines(page: Page, room: int) -> Parts:
    blocks = page.aligned_blocks
    figures = _figures(page, blocks)
    ids = fitted(page.word(words.LINE), [item.id for block in blocks for item in block.items])
    left = room - taken(figures)
    beside = left - taken([ids]) >= ID_BESIDE
    names = page.word(words.DESCRIPTION) if beside else f"{page.word(words.DESCRIPTION)}\n[{page.word(words.LINE_ID)}]"
    label = Column(names, left - taken([ids]) if beside else left)
    table = grid([*([ids] if beside else []), label, *figures], head=True)
    first = [""] if beside else []
    if not blocks:
        table.add_row(*first, cell(page.word(words.NOTHING), label.width))
    for n, block in enumerate(blocks):
        if n and (block.heading or blocks[n - 1].heading or block.phase):
            table.add_row()
        if block.phase:
            table.add_row(*first, cell(block.phase, label.width, "bold"))
        if block.heading:
            table.add_row(*first, cell(block.heading, label.width, "bold"))
        for item in block.items:
            name = _name(item, label.width, _indent(block), beside=beside)
            table.add_row(*([Text(item.id, style="dim")] if beside else []), name, *_numbers(item, figures))
        if block.subtotal:
            name = Text(page.word(words.SUBTOTAL))
            table.add_row(*first, name, *[""] * (len(figures) - 1), placed(block.subtotal, figures[-1], "bold"))
    return [table]


def _indent(block: Block) -> str:
    return INDENT if block.heading else ""


def _name(item: Item, width: int, indent: str, *, beside: bool) -> Text:
    """The label, the detail under it, and the id under both where it has no column of its own."""
    texts = [(item.label, "" if indent else "bold"), (item.detail, ""), ("" if beside else f"[{item.id}]", "dim")]
    return Text("\n").join(cell(text, width, style, indent) for text, style in texts if text)


def _numbers(item: Item, figures: Sequence[Column]) -> list[Text]:
    texts = [item.quantity, item.unit, item.price, *([item.vat] if item.vat else []), item.amount]
    return [put(text, column) for text, column in zip(texts, figures, strict=True)]


def _sums(page: Page, room: int) -> Parts:
    """To the right, so that the amounts continue the column above them."""
    sums = page.sums()
    amount = fitted("", [total.amount for total in sums], right=True)
    texts = [text for total in sums for text in (total.label, INDENT + total.note)]
    label = Column(width=min(widest(texts), SUM, room - taken([amount])))
    table = grid([label, amount])
    for total in sums:
        style = "bold" if total.strong else ""
        if total.strong:
            table.add_row("", _rule(amount.width))
        table.add_row(cell(total.label, label.width, style), placed(total.amount, amount, style))
        if total.note:
            table.add_row(cell(total.note, label.width, "dim", INDENT))
    return [_rule(room), Padding(table, (0, 0, 0, room - label.width - taken([amount])))]


def _measures(page: Page) -> list[Column]:
    """The columns of the KPIs' table, without the KPI."""
    rows = page.measured
    cells = [
        (words.NUMERATOR, [row.numerator for row in rows], True),
        (words.DENOMINATOR, [row.denominator for row in rows], True),
        (words.VALUE, [row.value for row in rows], True),
        (words.MARGIN, [row.margin for row in rows], True),
        (words.TARGET, [row.target for row in rows], True),
    ]
    return [fitted(page.word(name), texts, right=right) for name, texts, right in cells]


def _kpis(page: Page, room: int) -> Parts:
    """Every KPI: its formula in words and its notes stand under its name."""
    if not page.measured:
        return []
    figures = _measures(page)
    label = Column(page.word(words.KPIS), room - taken(figures))
    table = grid([label, *figures], head=True)
    for row in page.measured:
        texts = [(row.name, ""), (row.formula, "dim"), *((note, "dim") for note in row.notes)]
        name = Text("\n").join(
            cell(text, label.width, style, INDENT * (n > 0)) for n, (text, style) in enumerate(texts)
        )
        numbers = [row.numerator, row.denominator, row.value, row.margin, row.target]
        table.add_row(name, *map(placed, numbers, figures))
    return ["", table]


def _outcomes(page: Page, room: int) -> Parts:
    """What each clause gave, and why it gave no more."""
    if not page.outcomes:
        return []
    amount = fitted(page.word(words.AMOUNT), [text for _, text, _ in page.outcomes], right=True)
    label = Column(page.word(words.OUTCOMES), room - taken([amount]))
    table = grid([label, amount], head=True)
    for name, text, notes in page.outcomes:
        texts = [(name, ""), *((note, "dim") for note in notes)]
        words_ = Text("\n").join(
            cell(one, label.width, style, INDENT * (n > 0)) for n, (one, style) in enumerate(texts)
        )
        table.add_row(words_, placed(text, amount))
    return ["", table]


def _counts(page: Page) -> list[Column]:
    """The columns of the funnel's first table, without the source."""
    counts = zip(*(account.counts for account in page.accounts), strict=True)
    return [fitted(name, cells, right=True) for name, cells in zip(page.count_names(), counts, strict=False)]


def _records(page: Page, room: int) -> Parts:
    accounts = page.accounts
    if not accounts:
        return []
    counts = _counts(page)
    source = Column(page.word(words.RECORDS), room - taken(counts))
    table = grid([source, *counts], head=True)
    for account in accounts:
        table.add_row(cell(account.source, source.width), *map(placed, account.counts, counts))
    return ["", table, "", _charges(page, accounts, room)]


def _charges(page: Page, accounts: Sequence[Account], room: int) -> RenderableType:
    """What each charge did with the records of its source; the source is named where there are several."""
    tallies = [tally for account in accounts for tally in account.tallies]
    billed = fitted(page.word(words.BILLED), [tally.billed for tally in tallies], right=True)
    left = fitted(page.word(words.NOT_BILLED), [tally.left for tally in tallies], right=True)
    label = Column(page.word(words.CHARGE), room - taken([billed, left]))
    table = grid([label, billed, left], head=True)
    several = len(accounts) > 1
    for account in accounts:
        if several:
            table.add_row(cell(account.source, label.width, "dim"))
        for tally in account.tallies:
            name = cell(tally.label, label.width, indent=INDENT * (tally.level + several))
            table.add_row(name, placed(tally.billed, billed), placed(tally.left, left))
    return table


def _rules(page: Page, room: int) -> Parts:
    groups = page.rules()
    names = min(widest(name for _, rules in groups for name, _ in rules), LABEL)
    parts = _section(page, words.RULES, room) if groups else []
    for charge, rules in groups:
        parts.extend([cell(charge, room), _pairs(rules, names, room, indent=INDENT)])
    return parts


def _files(page: Page, room: int) -> Parts:
    files = page.files()
    names = min(widest(name for name, _ in files), LABEL)
    return [*_section(page, words.FILES, room), _pairs(files, names, room)] if files else []

"""The invoice as Markdown, to paste in a ticket, a wiki or an e-mail.

It says the same as `table`: parties, dates, lines with their ids, sub-totals, VAT, totals, amount due,
then the funnel, the rules used and the files read, under headings and in tables whose numbers are
aligned to the right.

The tables are those of GitHub, GitLab and CommonMark with tables. Text of the contract is escaped:
`[vip] *sales*` stays what it is. Tables are not padded; read them rendered, or use `table`.
"""

import re
from collections.abc import Iterable, Sequence

from callbill.invoice import Invoice
from callbill.report import Report
from callbill.writers import Writer
from callbill.writers import _words as words
from callbill.writers._page import Page
from callbill.writers._report import in_markdown
from callbill.writers._text import plain

MARKUP = re.compile(r"[\\`*_\[\]<>|~&#!$]")
START = re.compile(r"^([-+=]|[0-9]+(?=[.)]))")
"""What opens a list or a heading when a text begins with it."""

BREAK = "\\\n"
"""A line break inside a paragraph."""

Row = Sequence[str]


class MarkdownWriter(Writer):
    """Headings and pipe tables."""

    suffixes = (".md", ".markdown")

    def write(self, invoice: Invoice, *, width: int | None = None, color: bool = False) -> str:  # noqa: ARG002
        page = Page.of(invoice)
        parts = [*_head(page), *_lines(page), *_sums(page), *_kpis(page), *_outcomes(page), *_records(page)]
        return "\n\n".join([*parts, *_rules(page), *_files(page)]) + "\n"

    def report(self, report: Report, *, width: int | None = None, color: bool = False) -> str:  # noqa: ARG002
        return in_markdown(report, escaped)


def escaped(text: str) -> str:
    """The text as Markdown that renders as that text."""
    safe = MARKUP.sub(r"\\\g<0>", plain(text))
    return START.sub(lambda found: f"\\{found[0]}" if found[0] in "-+=" else found[0] + "\\", safe)


def strong(text: str) -> str:
    return f"**{text}**" if text else ""


def _table(columns: Iterable[tuple[str, str]], rows: Iterable[Row]) -> str:
    """`columns` are (heading, `<` or `>`)."""
    names, sides = zip(*columns, strict=True)
    marks = ["---:" if side == ">" else "---" for side in sides]
    return "\n".join(f"| {' | '.join(row)} |" for row in (names, marks, *rows))


def _head(page: Page) -> list[str]:
    *facts, (due, amount) = [(name, escaped(value)) for name, value in page.facts()]
    parties = [(words.SELLER, page.invoice.seller), (words.BUYER, page.invoice.buyer)]
    title = escaped(page.title())
    return [
        f"# {escaped(page.heading())}",
        *([strong(title)] if title else []),
        *(BREAK.join([strong(page.word(name)), *map(escaped, page.party(party))]) for name, party in parties),
        "\n".join(
            f"- {page.language.text(words.FACT, name=name, value=value)}"
            for name, value in [*facts, (due, strong(amount))]
        ),
    ]


def _lines(page: Page) -> list[str]:
    """The VAT column is there when the invoice has more than one rate."""
    taxed = page.taxed()
    columns = [
        (page.word(words.LINE), "<"), (page.word(words.DESCRIPTION), "<"), (page.word(words.QUANTITY), ">"),
        (page.word(words.UNIT), "<"), (page.word(words.UNIT_PRICE), ">"),
        *([(page.word(words.VAT), "<")] if taxed else []), (page.word(words.AMOUNT), ">"),
    ]  # fmt: skip
    blank = [""] * (len(columns) - 3)
    rows: list[Row] = []
    for block in page.blocks:
        if block.phase:
            rows.append(["", strong(escaped(block.phase)), *blank, ""])
        if block.heading:
            rows.append(["", strong(escaped(block.heading)), *blank, ""])
        for item in block.items:
            name = " – ".join(escaped(text) for text in (item.label, item.detail) if text)
            vat = [escaped(item.vat)] if taxed else []
            rows.append([escaped(item.id), name, item.quantity, escaped(item.unit), item.price, *vat, item.amount])
        if block.subtotal:
            rows.append(["", f"*{page.word(words.SUBTOTAL)}*", *blank, block.subtotal])
    if not rows:
        rows.append(["", page.word(words.NOTHING), *blank, ""])
    return [f"## {page.word(words.LINES)}", _table(columns, rows)]


def _sums(page: Page) -> list[str]:
    rows = []
    for total in page.sums():
        label = escaped(total.label) + (f"<br>{escaped(total.note)}" if total.note else "")
        rows.append([strong(label), strong(total.amount)] if total.strong else [label, total.amount])
    columns = [(page.word(words.TOTALS), "<"), (page.word(words.AMOUNT), ">")]
    return [_table(columns, rows)]


def _kpis(page: Page) -> list[str]:
    if not page.measured:
        return []
    names = (words.NUMERATOR, words.DENOMINATOR, words.VALUE, words.MARGIN, words.TARGET)
    columns = [(page.word(words.KPI), "<"), *((page.word(name), ">") for name in names)]
    rows = [
        [
            "<br>".join(escaped(text) for text in (row.name, row.formula, *row.notes)),
            row.numerator, row.denominator, row.value, row.margin, escaped(row.target),
        ]
        for row in page.measured
    ]  # fmt: skip
    return [f"## {page.word(words.KPIS)}", _table(columns, rows)]


def _outcomes(page: Page) -> list[str]:
    if not page.outcomes:
        return []
    columns = [(page.word(words.OUTCOME), "<"), (page.word(words.AMOUNT), ">")]
    rows = [["<br>".join(map(escaped, (name, *notes))), amount] for name, amount, notes in page.outcomes]
    return [f"## {page.word(words.OUTCOMES)}", _table(columns, rows)]


def _records(page: Page) -> list[str]:
    accounts = page.accounts
    if not accounts:
        return []
    columns = [(page.word(words.SOURCE), "<"), *((name, ">") for name in page.count_names())]
    parts = [
        f"## {page.word(words.RECORDS)}",
        _table(columns, [[escaped(account.source), *account.counts] for account in accounts]),
    ]
    for account in accounts:
        columns = [(escaped(account.source), "<"), (page.word(words.BILLED), ">"), (page.word(words.NOT_BILLED), ">")]
        rows = [("– " * tally.level + escaped(tally.label), tally.billed, tally.left) for tally in account.tallies]
        parts.append(_table(columns, rows))
    return parts


def _rules(page: Page) -> list[str]:
    rows = [
        [escaped(charge), escaped(setting), escaped(text)] for charge, rules in page.rules() for setting, text in rules
    ]
    columns = [(page.word(name), "<") for name in (words.CHARGE, words.SETTING, words.RULE)]
    return [f"## {page.word(words.RULES)}", _table(columns, rows)] if rows else []


def _files(page: Page) -> list[str]:
    rows = [[escaped(source), escaped(file)] for source, file in page.files()]
    columns = [(page.word(name), "<") for name in (words.SOURCE, words.FILE)]
    return [f"## {page.word(words.FILES)}", _table(columns, rows)] if rows else []

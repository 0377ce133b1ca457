"""The invoice as a web page in one file, to read, to print and to keep.

It says the same as `table` and `markdown`: parties, dates, lines with their ids, sub-totals, VAT, totals,
amount due, KPIs and clauses, then the account of the records, the rules used and the files read. Reports
have their charts drawn above the table that holds the same figures.

The page needs nothing from outside and runs nothing: no script, no font, no address, and it says so to
the browser. It fits a telephone, where wide tables move sideways in their own frame, prints on A4, and
follows the reader's choice of light or dark. Text of the contract is shown as it is, never read as markup.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from callbill.frozen import frozen
from callbill.invoice import Invoice, say
from callbill.report import Chart, Column, Report, Table
from callbill.report import Row as ReportRow
from callbill.writers import Writer
from callbill.writers import _words as words
from callbill.writers._charts import Drawing, drawing, said
from callbill.writers._language import Language
from callbill.writers._page import Account, Page
from callbill.writers._text import plain
from callbill.writers._web import MACROS, PAGE

if TYPE_CHECKING:
    from jinja2 import Template

VALUES, LABEL = say("Values", "Valeurs"), say("Label", "Libellé")
MARK = "▸ "
"""Before the row that counts."""
EIGHTHS = "▏▎▍▌▋▊▉█"
"""The characters that bars of a report are written in."""


@frozen
class Row:
    """One row of cells; the cell that names it has `notes` below it. A `group` has one cell for the whole row."""

    cells: tuple[str, ...]
    look: Literal["", "group", "strong", "under", "sum"] = ""
    notes: tuple[str, ...] = ()

    @property
    def head(self) -> int:
        """Which cell names the row: the first that says something."""
        return next((n for n, text in enumerate(self.cells) if text), 0)


@frozen
class Grid:
    """A table: bodies of rows that belong together. A `quiet` title is for those who cannot see what stands around."""

    title: str
    columns: tuple[Column, ...]
    bodies: tuple[tuple[Row, ...], ...]
    quiet: bool = False
    figures: "tuple[Figure, ...]" = ()
    look: str = ""

    @property
    def wide(self) -> bool:
        """There are more columns than a telephone has room for."""
        return len(self.columns) > 4


@frozen
class Figure:
    """A chart as it is drawn; `grid` has its values where no table of the report has them."""

    chart: Chart
    drawing: Drawing
    grid: Grid | None = None


@frozen
class Sheet:
    """Everything that stands on the page, from top to bottom."""

    language: str
    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    grids: tuple[Grid, ...]
    due: tuple[str, str] | None = None
    parties: tuple[tuple[str, tuple[str, ...]], ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()


class HtmlWriter(Writer):
    """One page, with everything in it."""

    suffixes = (".html", ".htm")

    def write(self, invoice: Invoice, *, width: int | None = None, color: bool = False) -> str:  # noqa: ARG002
        return _drawn(_invoice(Page.of(invoice)))

    def report(self, report: Report, *, width: int | None = None, color: bool = False) -> str:  # noqa: ARG002
        return _drawn(_report(report))


def _drawn(sheet: Sheet) -> str:
    return _template().render(sheet=sheet, values=Language(sheet.language, "EUR", 2).text(VALUES), eighths=_eighths)


@cache
def _template() -> "Template":
    """Every text that comes in is escaped, and harmless in its characters."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_harmless, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    return environment.from_string(MACROS + PAGE)


def _harmless(value: Any) -> Any:
    return plain(value) if type(value) is str else value


def _eighths(bar: str) -> int:
    """How long a bar of characters is."""
    return sum(EIGHTHS.index(one) + 1 for one in bar)


# ------------------------------------------------------------------------------------------------- an invoice


def _invoice(page: Page) -> Sheet:
    *facts, due = page.facts()
    parties = ((words.SELLER, page.invoice.seller), (words.BUYER, page.invoice.buyer))
    return Sheet(
        language=page.language.code,
        title=page.heading(),
        subtitle=page.title(),
        facts=tuple(facts),
        due=due,
        parties=tuple((page.word(name), tuple(page.party(party))) for name, party in parties),
        grids=(
            _lines(page),
            _sums(page),
            *_kpis(page),
            *_outcomes(page),
            *_records(page),
            *_rules(page),
            *_files(page),
        ),
    )


def _columns(names: Iterable[str], right: Iterable[str] = ()) -> tuple[Column, ...]:
    return (*(Column(name) for name in names), *(Column(name, right=True) for name in right))


def _lines(page: Page) -> Grid:
    """The VAT column is there when the invoice has more than one rate."""
    taxed = page.taxed()
    names = [words.LINE, words.DESCRIPTION, words.QUANTITY, words.UNIT, words.UNIT_PRICE]
    names += [words.VAT, words.AMOUNT] if taxed else [words.AMOUNT]
    figures = (words.QUANTITY, words.UNIT_PRICE, words.AMOUNT)
    columns = tuple(Column(page.word(name), right=name in figures) for name in names)
    blank = [""] * (len(columns) - 3)
    bodies = []
    for block in page.blocks:
        rows = [Row((block.heading,), "group")] if block.heading else []
        for item in block.items:
            name = " – ".join(text for text in (item.label, item.detail) if text)
            vat = [item.vat.replace(" ", "\u00a0")] if taxed else []
            rows.append(Row((item.id, name, item.quantity, item.unit, item.price, *vat, item.amount)))
        if block.subtotal:
            rows.append(Row(("", page.word(words.SUBTOTAL), *blank, block.subtotal), "sum"))
        bodies.append(tuple(rows))
    if not bodies:
        bodies.append((Row(("", page.word(words.NOTHING), *blank, "")),))
    return Grid(page.word(words.LINES), columns, tuple(bodies), look="lines")


def _sums(page: Page) -> Grid:
    rows = tuple(
        Row((one.label, one.amount), "strong" if one.strong else "", (one.note,) if one.note else ())
        for one in page.sums()
    )
    title = page.word(words.TOTALS)
    return Grid(title, _columns([title], [page.word(words.AMOUNT)]), (rows,), quiet=True, look="sums")


def _kpis(page: Page) -> Iterator[Grid]:
    names = (words.NUMERATOR, words.DENOMINATOR, words.VALUE, words.MARGIN, words.TARGET)
    rows = tuple(
        Row(
            (one.name, one.numerator, one.denominator, one.value, one.margin, one.target), "", (one.formula, *one.notes)
        )
        for one in page.measured
    )
    if rows:
        yield Grid(page.word(words.KPIS), _columns([page.word(words.KPI)], map(page.word, names)), (rows,))


def _outcomes(page: Page) -> Iterator[Grid]:
    rows = tuple(Row((name, amount), "", notes) for name, amount, notes in page.outcomes)
    if rows:
        yield Grid(page.word(words.OUTCOMES), _columns([page.word(words.OUTCOME)], [page.word(words.AMOUNT)]), (rows,))


def _records(page: Page) -> Iterator[Grid]:
    accounts = page.accounts
    if accounts:
        rows = tuple(Row((account.source, *account.counts)) for account in accounts)
        yield Grid(page.word(words.RECORDS), _columns([page.word(words.SOURCE)], page.count_names()), (rows,))
    yield from (_account(page, account) for account in accounts)


def _account(page: Page, account: Account) -> Grid:
    rows = tuple(Row((one.label, one.billed, one.left), "under" if one.level else "") for one in account.tallies)
    columns = _columns([account.source], [page.word(words.BILLED), page.word(words.NOT_BILLED)])
    return Grid(account.source, columns, (rows,), quiet=True)


def _rules(page: Page) -> Iterator[Grid]:
    bodies = tuple(tuple(Row((charge, *rule)) for rule in rules) for charge, rules in page.rules())
    if bodies:
        columns = _columns(map(page.word, (words.CHARGE, words.SETTING, words.RULE)))
        yield Grid(page.word(words.RULES), columns, bodies, look="rules")


def _files(page: Page) -> Iterator[Grid]:
    rows = tuple(Row(one) for one in page.files())
    if rows:
        yield Grid(page.word(words.FILES), _columns([page.word(words.SOURCE), page.word(words.FILE)]), (rows,))


# --------------------------------------------------------------------------------------------------- a report


def _report(report: Report) -> Sheet:
    language = Language(report.language, "EUR", 2)
    tables = [table for table in report.tables if table.rows]
    free = [chart for chart in report.charts if chart.table not in [table.name for table in tables]]
    return Sheet(
        language=language.code,
        title=report.title,
        subtitle="",
        facts=report.facts,
        grids=tuple(_grid(report, table, language) for table in tables),
        figures=tuple(Figure(one, drawing(one, language), _values(one, language)) for one in free),
        notes=report.notes,
    )


def _grid(report: Report, table: Table, language: Language) -> Grid:
    """A heading begins a body of its own."""
    bodies: list[list[Row]] = [[]]
    for row in table.rows:
        if row.heading and bodies[-1]:
            bodies.append([])
        bodies[-1].append(_row(row))
    figures = tuple(Figure(one, drawing(one, language)) for one in report.charts if one.table == table.name)
    title, quiet = table.title or report.title, not table.title
    return Grid(title, table.columns, tuple(map(tuple, bodies)), quiet=quiet, figures=figures)


def _row(row: ReportRow) -> Row:
    if row.heading:
        return Row(row.cells[:1], "group", row.notes)
    first = f"{MARK}{row.cells[0]}" if row.marked else row.cells[0]
    return Row((first, *row.cells[1:]), "strong" if row.marked else "", row.notes)


def _values(chart: Chart, language: Language) -> Grid:
    """The figures of a chart as a table."""
    names = [one.name for one in chart.series]
    rows = tuple(Row((label, *(said(one, n) for one in chart.series))) for n, label in enumerate(chart.labels))
    return Grid(chart.title, _columns([language.text(LABEL)], names), (rows,), quiet=True)

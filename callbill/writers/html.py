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
from callbill.report import Chart, Column, Report, Series, Table
from callbill.report import Row as ReportRow
from callbill.writers import Writer
from callbill.writers import _words as words
from callbill.writers._charts import Drawing, drawing
from callbill.writers._language import Language
from callbill.writers._page import Account, Page
from callbill.writers._text import plain

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
    def size(self) -> str:
        """What the style sheet calls a table of so many columns."""
        return "wide" if len(self.columns) > 4 else "medium" if len(self.columns) > 2 else ""


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
            vat = [item.vat] if taxed else []
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
        yield Grid(page.word(words.RULES), _columns(map(page.word, (words.CHARGE, words.SETTING, words.RULE))), bodies)


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
    rows = tuple(Row((label, *(_said(one, n) for one in chart.series))) for n, label in enumerate(chart.labels))
    return Grid(chart.title, _columns([language.text(LABEL)], names), (rows,), quiet=True)


def _said(series: Series, n: int) -> str:
    spans = series.spans[n] if series.spans else ""
    return f"{series.texts[n]} ({spans})" if spans else series.texts[n]


# ----------------------------------------------------------------------------------------------------- the page

STYLE = """\
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1a1f24; --quiet: #55606b; --rule: #d3d9df; --shade: #f3f5f7;
  --s1: #0a5ca8; --s2: #b34d00; --s3: #00705a; --s4: #8b3a8f; --s5: #5a626b; --s6: #806600;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e6e9ed; --quiet: #a5aeb9; --rule: #39414b; --shade: #1e242b;
    --s1: #6cb3ff; --s2: #ff9f5a; --s3: #4fd1b0; --s4: #dd9be0; --s5: #b9c0c8; --s6: #e0c24a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 3rem) 3rem; max-width: 66rem;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; }
h2, h3 { margin: 0; font-size: 1.1rem; line-height: 1.35; }
h3, .parties h2, dt { font-size: .875rem; font-weight: 600; }
.parties h2, dt { color: var(--quiet); }
p { margin: .25rem 0; }
.subtitle { font-size: 1.1rem; }
.due { margin: 1.25rem 0 0; padding: .75rem 1rem; background: var(--shade); border-left: .25rem solid var(--s1); }
.due strong { font-size: 1.25rem; }
.parties { display: flex; flex-wrap: wrap; gap: 1.25rem 4rem; margin: 1.5rem 0; }
.parties section { flex: 1 1 14rem; }
address { font-style: normal; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1.5rem; margin: 1.25rem 0; }
dd { margin: 0; }
.table { margin: 2.25rem 0 0; }
.table.quiet { margin-top: 1.25rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--s1); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; line-height: 1.4; overflow-wrap: break-word; }
.sums table { width: auto; min-width: min(100%, 26rem); margin-left: auto; }
.wide table { min-width: 44rem; }
.medium table { min-width: 30rem; }
caption { padding-bottom: .5rem; text-align: left; }
th, td { padding: .35rem 1rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; border-bottom: 2px solid var(--rule); }
tbody th { font-weight: inherit; }
.n { text-align: right; white-space: nowrap; }
.group th { padding-top: 1rem; font-weight: 600; }
.strong th, .strong td, .sum th, .sum td { font-weight: 600; }
.sums .strong th, .sums .strong td { border-top: 2px solid var(--ink); border-bottom: 0; font-size: 1.05rem; }
.under th { padding-left: 1.25rem; color: var(--quiet); }
.note { display: block; color: var(--quiet); font-size: .825rem; font-weight: 400; }
.bar { width: 7rem; min-width: 5rem; }
.bar svg { display: block; width: 100%; height: .75rem; margin-top: .25rem; fill: var(--s1); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
figure { margin: 1rem 0 1.5rem; max-width: 45rem; }
figcaption { margin-bottom: .5rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .25rem 0 0; padding: 0; list-style: none; }
.legend, details { font-size: .875rem; }
.legend svg { width: 1.5rem; height: .75rem; margin-right: .5rem; vertical-align: baseline; }
.chart { display: block; width: 100%; min-width: 27rem; height: auto; }
.chart text { fill: var(--ink); font-size: 14px; }
.chart .q { fill: var(--quiet); font-size: 13px; }
.chart .v { font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.grid { stroke: var(--rule); }
.zero { stroke: var(--quiet); }
.l { fill: none; stroke-width: 2; stroke-linejoin: round; }
.r { opacity: .55; }
.s1 { fill: var(--s1); } .s2 { fill: var(--s2); } .s3 { fill: var(--s3); }
.s4 { fill: var(--s4); } .s5 { fill: var(--s5); } .s6 { fill: var(--s6); }
.l1 { stroke: var(--s1); } .l2 { stroke: var(--s2); stroke-dasharray: 7 4; }
.l3 { stroke: var(--s3); stroke-dasharray: 2 3; } .l4 { stroke: var(--s4); stroke-dasharray: 10 3 2 3; }
.l5 { stroke: var(--s5); stroke-dasharray: 4 2; } .l6 { stroke: var(--s6); stroke-dasharray: 12 4; }
summary { cursor: pointer; }
.remark { margin-top: 1.5rem; color: var(--quiet); font-size: .9rem; }
@media (max-width: 34rem) {
  h1 { font-size: 1.35rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: .5rem; }
}
@page { size: A4; margin: 16mm 14mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  h1 { font-size: 15pt; }
  .scroll { overflow: visible; }
  .wide table, .medium table, .chart { min-width: 0; }
  .table { margin-top: 1.25rem; }
  .due { border: 1px solid var(--ink); }
  tr, figure, .parties, .sums { break-inside: avoid; }
  caption, .group { break-after: avoid; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""

MACROS = """\
{% macro tag(shape) %}
<{{ shape.form }} class="{{ shape.look }}"
{%- for name, place in shape.places.items() %} {{ name }}="{{ place }}"{% endfor -%}
{% if shape.words %}>{{ shape.words }}</{{ shape.form }}>{% else %}/>{% endif %}
{% endmacro %}

{% macro figure(one, id) %}
<figure>
<figcaption>
<h3>{{ one.chart.title }}</h3>
{% if one.drawing.legend %}
<ul class="legend">
{% for sample, name in one.drawing.legend %}
<li><svg aria-hidden="true" viewBox="0 0 24 12">{{ tag(sample) }}</svg>{{ name }}</li>
{% endfor %}
</ul>
{% endif %}
</figcaption>
<div class="scroll" role="region" aria-labelledby="{{ id }}-title" tabindex="0">
<svg class="chart" role="img" aria-labelledby="{{ id }}-title {{ id }}-alt"
 viewBox="0 0 {{ one.drawing.wide }} {{ one.drawing.high }}">
<title id="{{ id }}-title">{{ one.chart.title }}</title>
<desc id="{{ id }}-alt">{{ one.chart.alt }}</desc>
{% for shape in one.drawing.shapes %}
{{ tag(shape) }}
{% endfor %}
</svg>
</div>
{% if one.grid %}
<details>
<summary>{{ values }}</summary>
{{ table(one.grid, id ~ "-values") }}
</details>
{% endif %}
</figure>
{% endmacro %}

{% macro table(grid, id) %}
<div class="scroll {{ grid.size }}" role="region" aria-labelledby="{{ id }}" tabindex="0">
<table>
<caption id="{{ id }}"{% if grid.quiet %} class="unseen"{% endif %}>
{%- if grid.quiet %}{{ grid.title }}{% else %}<h2>{{ grid.title }}</h2>{% endif -%}
</caption>
<thead>
<tr>
{% for column in grid.columns %}
{% if column.bar %}
<th scope="col" class="bar" aria-hidden="true">{{ column.name }}</th>
{% else %}
<th scope="col"{% if column.right %} class="n"{% endif %}>{{ column.name }}</th>
{% endif %}
{% endfor %}
</tr>
</thead>
{% for body in grid.bodies %}
<tbody>
{% for row in body %}
<tr{% if row.look %} class="{{ row.look }}"{% endif %}>
{% if row.look == "group" %}
<th scope="rowgroup" colspan="{{ grid.columns | length }}">{{ row.cells[0] }}{{ notes(row) }}</th>
{% else %}
{% for column in grid.columns %}
{{ cell(row, column, loop.index0) }}
{% endfor %}
{% endif %}
</tr>
{% endfor %}
</tbody>
{% endfor %}
</table>
</div>
{% endmacro %}

{% macro cell(row, column, n) %}
{% if n == row.head %}
<th scope="row">{{ row.cells[n] }}{{ notes(row) }}</th>
{%- elif column.bar %}
<td class="bar" aria-hidden="true">
<svg viewBox="0 0 80 8" preserveAspectRatio="none"><rect width="{{ eighths(row.cells[n]) }}" height="8"/></svg>
</td>
{%- else %}
<td{% if column.right %} class="n"{% endif %}>{{ row.cells[n] }}</td>
{%- endif %}
{% endmacro %}

{% macro notes(row) %}
{% for note in row.notes %}<span class="note">{{ note }}</span>{% endfor %}
{% endmacro %}
"""

PAGE = (
    """\
{#- here the page begins -#}
<!doctype html>
<html lang="{{ sheet.language }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>{{ sheet.title }}</title>
<style>
"""
    + STYLE
    + """\
</style>
</head>
<body>
<header>
<h1>{{ sheet.title }}</h1>
{% if sheet.subtitle %}
<p class="subtitle">{{ sheet.subtitle }}</p>
{% endif %}
{% if sheet.due %}
<p class="due">{{ sheet.due[0] }}<br><strong>{{ sheet.due[1] }}</strong></p>
{% endif %}
</header>
<main>
{% if sheet.parties %}
<div class="parties">
{% for name, texts in sheet.parties %}
<section>
<h2>{{ name }}</h2>
<address>{% for text in texts %}{{ text }}{% if not loop.last %}<br>{% endif %}{% endfor %}</address>
</section>
{% endfor %}
</div>
{% endif %}
{% if sheet.facts %}
<dl>
{% for name, value in sheet.facts %}
<dt>{{ name }}</dt><dd>{{ value }}</dd>
{% endfor %}
</dl>
{% endif %}
{% for one in sheet.figures %}
{{ figure(one, "chart-" ~ loop.index) }}
{% endfor %}
{% for grid in sheet.grids %}
{% set id = "table-" ~ loop.index %}
<section class="table {{ "quiet" if grid.quiet }} {{ grid.look }}">
{% for one in grid.figures %}
{{ figure(one, id ~ "-chart-" ~ loop.index) }}
{% endfor %}
{{ table(grid, id) }}
</section>
{% endfor %}
{% for note in sheet.notes %}
<p class="remark">{{ note }}</p>
{% endfor %}
</main>
</body>
</html>
"""
)

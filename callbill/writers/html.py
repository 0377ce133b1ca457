"""One page of HTML: an invoice or a report that opens from a file, prints, and loads nothing.

It says what `markdown` says, in tables that screen readers can walk through; reports also have charts, each with a
title and a sentence that says what it shows. Light or dark as the reader's device is, readable on a telephone.
"""

from collections.abc import Iterator, Sequence

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from callbill.frozen import frozen
from callbill.invoice import Invoice
from callbill.report import Report
from callbill.writers import Writer
from callbill.writers import _words as words
from callbill.writers._charts import drawn, legend
from callbill.writers._page import Page
from callbill.writers._text import plain

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --rule: #d0d7de; --paper: #ffffff; --band: #f6f8fa;
  --s0: #0b5fa5; --s1: #a34a00; --s2: #1a7f37; --s3: #8250df; --s4: #9a3a5f; --s5: #57606a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9aa4af; --rule: #3d444d; --paper: #0d1117;
  --band: #161b22; --s0: #58a6ff; --s1: #f0883e; --s2: #3fb950; --s3: #bc8cff; --s4: #f778ba; --s5: #9aa4af; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; }
.title { color: var(--dim); margin: 0 0 1rem; }
.parties { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 1rem; }
.parties h3 { font-size: .85rem; margin: 0; color: var(--dim); font-weight: 600; } .parties p { margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
dt { color: var(--dim); } dd { margin: 0; } dd:last-child { font-weight: 600; }
.wide { overflow-x: auto; margin: .5rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; color: var(--dim); padding-bottom: .25rem; }
th, td { padding: .3rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
thead th { border-bottom: 2px solid var(--dim); font-size: .85rem; vertical-align: bottom; }
tbody th { font-weight: 400; } tr.heading th { font-weight: 600; background: var(--band); }
tr.strong th, tr.strong td { font-weight: 700; }
.number { text-align: right; white-space: nowrap; } .note { display: block; color: var(--dim); font-size: .85rem; }
figure { margin: 1rem 0; } figcaption { font-weight: 600; margin-bottom: .25rem; }
svg { width: 100%; height: auto; max-width: 45rem; display: block; }
svg text { font-size: 13px; fill: var(--ink); } svg .label { fill: var(--dim); }
svg .axis { stroke: var(--rule); } svg .median { stroke: var(--ink); stroke-width: 3; }
svg polyline { fill: none; stroke-width: 2.5; }
.legend { list-style: none; padding: 0; margin: .25rem 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
.legend svg { display: inline-block; width: 2rem; height: .8rem; vertical-align: middle; }
.s0 { stroke: var(--s0); } .s1 { stroke: var(--s1); } .s2 { stroke: var(--s2); } .s3 { stroke: var(--s3); }
.s4 { stroke: var(--s4); } .s5 { stroke: var(--s5); }
.f0 { fill: var(--s0); } .f1 { fill: var(--s1); } .f2 { fill: var(--s2); } .f3 { fill: var(--s3); }
.f4 { fill: var(--s4); } .f5 { fill: var(--s5); }
.notes { color: var(--dim); }
@media (max-width: 30rem) { body { padding: 1rem .75rem 2rem; } dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .4rem; } svg text { font-size: 19px; } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } h2 { break-after: avoid; }
  tr, figure { break-inside: avoid; } .wide { overflow: visible; } }
"""

PAGE = """<!DOCTYPE html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>{{ style }}</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
{%- if subtitle %}
<p class="title">{{ subtitle }}</p>
{%- endif %}
{%- if parties %}
<div class="parties">
{%- for name, lines in parties %}
<div><h3>{{ name }}</h3>{% for line in lines %}<p>{{ line }}</p>{% endfor %}</div>
{%- endfor %}
</div>
{%- endif %}
<dl>
{%- for name, text in facts %}
<dt>{{ name }}</dt><dd>{{ text }}</dd>
{%- endfor %}
</dl>
{%- for section in sections %}
<section>
{%- if section.title %}
<h2>{{ section.title }}</h2>
{%- endif %}
{%- for chart, picture, keys in section.charts %}
<figure>
{%- if chart.title != section.title %}
<figcaption>{{ chart.title }}</figcaption>
{%- endif %}
{{ picture }}
{%- if keys %}
<ul class="legend">
{%- for name, shade, dashes in keys %}
<li><svg viewBox="0 0 32 12" aria-hidden="true"><line x1="0" y1="6" x2="32" y2="6" class="s{{ shade }}"
 stroke-width="4" stroke-dasharray="{{ dashes }}"/></svg> {{ name }}</li>
{%- endfor %}
</ul>
{%- endif %}
</figure>
{%- endfor %}
{%- if section.rows %}
<div class="wide" tabindex="0" role="region" aria-label="{{ section.title or title }}">
<table>
<thead><tr>
{%- for name, right in section.columns %}<th scope="col"{% if right %} class="number"{% endif %}>{{ name }}</th>
{%- endfor %}</tr></thead>
<tbody>
{%- for row in section.rows %}
<tr{% if row.kind %} class="{{ row.kind }}"{% endif %}>
{%- if row.kind == "heading" -%}
<th scope="colgroup" colspan="{{ section.columns | length }}">{{ row.cells[0] }}
{%- for note in row.notes %}<span class="note">{{ note }}</span>{% endfor %}</th>
{%- else -%}
{%- for cell in row.cells %}{% if loop.first %}<th scope="row">{{ cell }}
{%- for note in row.notes %}<span class="note">{{ note }}</span>{% endfor %}</th>
{%- else %}<td{% if section.columns[loop.index0][1] %} class="number"{% endif %}>{{ cell }}</td>{% endif %}
{%- endfor %}
{%- endif %}</tr>
{%- endfor %}
</tbody>
</table>
</div>
{%- endif %}
</section>
{%- endfor %}
{%- if notes %}
<section class="notes">
{%- for note in notes %}
<p>{{ note }}</p>
{%- endfor %}
</section>
{%- endif %}
</main>
</body>
</html>
"""
TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined).from_string(PAGE)


@frozen
class Row:
    """One row of a table; the first cell names it. `kind` is `heading`, `strong` or nothing."""

    cells: tuple[str, ...]
    kind: str = ""
    notes: tuple[str, ...] = ()


@frozen
class Section:
    """A heading, charts, and a table; columns are (name, whether its cells are numbers)."""

    title: str
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[Row, ...]
    charts: tuple[tuple[object, Markup, object], ...] = ()


class HtmlWriter(Writer):
    """A page that stands alone."""

    suffixes = (".html", ".htm")

    def write(self, invoice: Invoice, *, width: int | None = None, color: bool = False) -> str:  # noqa: ARG002
        page = Page.of(invoice)
        parties = [(words.SELLER, invoice.seller), (words.BUYER, invoice.buyer)]
        return _page(
            page.language.code, page.heading(), page.title(), page.facts(), list(_sections(page)), (),
            [(page.word(name), page.party(party)) for name, party in parties],
        )  # fmt: skip

    def report(self, report: Report, *, width: int | None = None, color: bool = False) -> str:  # noqa: ARG002
        numbers = {id(chart): n for n, chart in enumerate(report.charts)}
        sections = []
        for table in report.tables:
            charts = [
                (one, drawn(one, numbers[id(one)]), legend(one)) for one in report.charts if one.after == table.name
            ]
            rows = [
                Row(tuple(map(plain, row.cells)), "heading" if row.heading else "strong" if row.marked else "",
                    tuple(map(plain, row.notes)))
                for row in table.rows
            ]  # fmt: skip
            columns = tuple((plain(column.name), column.right) for column in table.columns)
            if rows:
                sections.append(Section(plain(table.title), columns, tuple(rows), tuple(charts)))
        facts = [(name, plain(text)) for name, text in report.facts]
        return _page(report.language, plain(report.title), "", facts, sections, [plain(one) for one in report.notes])


def _page(
    language: str, title: str, subtitle: str, facts: Sequence[tuple[str, str]], sections: Sequence[Section],
    notes: Sequence[str], parties: Sequence[tuple[str, Sequence[str]]] = (),
) -> str:  # fmt: skip
    return TEMPLATE.render(
        language=language, title=title, subtitle=subtitle, facts=facts, sections=sections, notes=notes, parties=parties,
        style=Markup(STYLE),  # noqa: S704 - our own
    ) + "\n"  # fmt: skip


def _sections(page: Page) -> Iterator[Section]:
    """An invoice as sections, in the order of the other formats."""
    taxed = page.taxed()
    columns = [(page.word(words.DESCRIPTION), False), (page.word(words.LINE), False), (page.word(words.QUANTITY), True)]
    columns += [(page.word(words.UNIT), False), (page.word(words.UNIT_PRICE), True)]
    columns += [(page.word(words.VAT), False)] if taxed else []
    columns += [(page.word(words.AMOUNT), True)]
    blank = ("",) * (len(columns) - 2)
    rows: list[Row] = []
    for block in page.blocks:
        rows += [Row((block.heading,), "heading")] if block.heading else []
        for item in block.items:
            vat = (item.vat,) if taxed else ()
            name, notes = (item.label, (item.detail,)) if item.label else (item.detail, ())
            cells = (name, item.id, item.quantity, item.unit, item.price, *vat, item.amount)
            rows.append(Row(cells, "", tuple(one for one in notes if one)))
        rows += [Row((page.word(words.SUBTOTAL), *blank, block.subtotal), "strong")] if block.subtotal else []
    rows = rows or [Row((page.word(words.NOTHING), *blank, ""))]
    yield Section(page.word(words.LINES), tuple(columns), tuple(rows))
    sums = [
        Row((one.label, one.amount), "strong" if one.strong else "", (one.note,) if one.note else ())
        for one in page.sums()
    ]
    amount = (page.word(words.AMOUNT), True)
    yield Section(page.word(words.TOTALS), ((page.word(words.TOTALS), False), amount), tuple(sums))
    names = (words.NUMERATOR, words.DENOMINATOR, words.VALUE, words.MARGIN, words.TARGET)
    measured = [
        Row(
            (one.name, one.numerator, one.denominator, one.value, one.margin, one.target), "", (one.formula, *one.notes)
        )
        for one in page.measured
    ]
    heads = ((page.word(words.KPI), False), *((page.word(name), True) for name in names))
    if measured:
        yield Section(page.word(words.KPIS), heads, tuple(measured))
    outcomes = [Row((name, amount_), "", notes) for name, amount_, notes in page.outcomes]
    if outcomes:
        yield Section(page.word(words.OUTCOMES), ((page.word(words.OUTCOME), False), amount), tuple(outcomes))
    yield from _accounts(page)


def _accounts(page: Page) -> Iterator[Section]:
    """What became of every record; the rules; the files."""
    accounts = page.accounts
    if accounts:
        counts = ((page.word(words.SOURCE), False), *((name, True) for name in page.count_names()))
        rows = tuple(Row((account.source, *account.counts)) for account in accounts)
        yield Section(page.word(words.RECORDS), counts, rows)
    for account in accounts:
        columns = (account.source, False), (page.word(words.BILLED), True), (page.word(words.NOT_BILLED), True)
        tallies = [Row(("– " * one.level + one.label, one.billed, one.left)) for one in account.tallies]
        yield Section("", columns, tuple(tallies))
    rules = [Row((charge, setting, text)) for charge, given in page.rules() for setting, text in given]
    names = tuple((page.word(name), False) for name in (words.CHARGE, words.SETTING, words.RULE))
    if rules:
        yield Section(page.word(words.RULES), names, tuple(rules))
    files = [Row((source, file)) for source, file in page.files()]
    if files:
        heads = ((page.word(words.SOURCE), False), (page.word(words.FILE), False))
        yield Section(page.word(words.FILES), heads, tuple(files))

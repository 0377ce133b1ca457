"""What every web page is made of: its style sheet, and its template for Jinja."""

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
.scroll {
  overflow-x: auto;
  background:
    linear-gradient(to right, var(--paper) 30%, transparent) left / 3rem 100%,
    linear-gradient(to left, var(--paper) 30%, transparent) right / 3rem 100%,
    linear-gradient(to right, var(--rule), transparent) left / .75rem 100%,
    linear-gradient(to left, var(--rule), transparent) right / .75rem 100%;
  background-attachment: local, local, scroll, scroll; background-repeat: no-repeat;
}
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--s1); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; line-height: 1.4; overflow-wrap: break-word; }
.sums table { width: auto; min-width: min(100%, 26rem); margin-left: auto; }
.wide table { min-width: 44rem; }
.rules table { min-width: 32rem; }
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
.chart { display: block; width: 100%; overflow: visible; }
.chart.scaled { min-width: 29rem; height: auto; }
.chart text { fill: var(--ink); font-size: 13px; }
.chart .q { fill: var(--quiet); font-size: 12px; }
.chart .v { font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.grid { stroke: var(--rule); }
.zero { stroke: var(--quiet); }
.m { stroke-width: 4; }
.l { fill: none; stroke-width: 2; stroke-linejoin: round; }
.r { opacity: .55; }
.s1 { fill: var(--s1); } .s2 { fill: var(--s2); } .s3 { fill: var(--s3); }
.s4 { fill: var(--s4); } .s5 { fill: var(--s5); } .s6 { fill: var(--s6); }
.k1 { stroke: var(--s1); } .k2 { stroke: var(--s2); } .k3 { stroke: var(--s3); }
.k4 { stroke: var(--s4); } .k5 { stroke: var(--s5); } .k6 { stroke: var(--s6); }
.l2 { stroke-dasharray: 7 4; } .l3 { stroke-dasharray: 2 3; } .l4 { stroke-dasharray: 10 3 2 3; }
.l5 { stroke-dasharray: 4 2; } .l6 { stroke-dasharray: 12 4; }
summary { cursor: pointer; }
.remark { margin-top: 1.5rem; color: var(--quiet); font-size: .9rem; }
@media (max-width: 34rem) {
  h1 { font-size: 1.35rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: .5rem; }
}
@page { size: A4; margin: 16mm 14mm; }
@media print {
  :root { font-size: 9.5pt; }
  body { max-width: none; padding: 0; }
  .scroll { overflow: visible; background: none; }
  th, td { padding-right: .6rem; }
  thead .n { white-space: normal; }
  tbody th, tbody td:not(.n) { min-width: 5rem; overflow-wrap: anywhere; }
  tbody th { min-width: 10.5rem; }
  .wide table, .rules table, .chart { min-width: 0; }
  .table { margin-top: 1.25rem; }
  .due { border: 1px solid var(--ink); }
  tr, figure, .parties, .sums { break-inside: avoid; }
  caption, .group { break-after: avoid; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""

MACROS = """\
{%- macro tag(shape) %}
<{{ shape.form }} class="{{ shape.look }}"
{%- for name, place in shape.places.items() %} {{ name }}="{{ place }}"{% endfor -%}
{% if shape.words %}>{{ shape.words }}</{{ shape.form }}>{% else %}/>{% endif %}
{% endmacro %}

{%- macro figure(one, id) %}
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
<svg role="img" aria-labelledby="{{ id }}-title {{ id }}-alt"
{% if one.drawing.sides %}
 class="chart" height="{{ one.drawing.high }}"
 style="padding: 0 {{ one.drawing.sides[1] }}px 0 {{ one.drawing.sides[0] }}px">
{% else %}
 class="chart scaled" viewBox="0 0 {{ one.drawing.wide }} {{ one.drawing.high }}">
{% endif %}
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

{%- macro table(grid, id) %}
<div class="scroll {{ "wide" if grid.wide }}" role="region" aria-labelledby="{{ id }}" tabindex="0">
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

{%- macro cell(row, column, n) %}
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

{%- macro notes(row) %}
{% for note in row.notes %}<span class="note">{{ note }}</span>{% endfor %}
{% endmacro %}
"""

PAGE = (
    """\
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

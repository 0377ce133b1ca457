"""How a report is drawn: tables on a terminal, pipe tables in Markdown, rows in CSV, the whole in JSON."""

import csv
import json
from collections.abc import Callable, Mapping
from io import StringIO
from typing import Any

from callbill.report import Column, Report, Row, Table
from callbill.writers._layout import Column as Placed
from callbill.writers._layout import cell, drawn, fitted, grid, put, taken, widest, wrapped
from callbill.writers._text import plain

PIPE = 80
READABLE = 140
LABEL = 18
"""Cells that the first column gets at least."""
MARK = "▸ "
"""Before the row that counts; the others are set in as far."""


def on_terminal(report: Report, width: int | None, *, color: bool) -> str:
    """Aligned columns; words wrap in the first column, numbers never."""
    from rich.text import Text

    needed = (LABEL + taken(_columns(table)) for table in report.tables if table.rows)
    room = max(40, min(width or PIPE, READABLE), *needed)
    parts: list[Any] = [cell(plain(report.title), room, "bold")]
    names = widest(name for name, _ in report.facts)
    for name, text in report.facts:
        for n, line in enumerate(wrapped(plain(text), room - names - 2)):
            parts.append(Text.assemble((f"{'' if n else name:<{names}}  ", "dim"), line))
    for table in report.tables:
        if table.rows:
            parts += ["", *_drawn_table(table, room)]
    for note in report.notes:
        parts += ["", cell(plain(note), room)]
    return drawn(parts, room, color=color)


def _columns(table: Table) -> list[Placed]:
    """Every column but the first, as wide as what stands in it."""
    rows = [row for row in table.rows if not row.heading]
    return [
        fitted(column.name, [row.cells[n] for row in rows], right=column.right)
        for n, column in enumerate(table.columns) if n
    ]  # fmt: skip


def _drawn_table(table: Table, room: int) -> list[Any]:
    """The names of the columns; then every heading across the whole width with its rows below it."""
    from rich.text import Text

    figures = _columns(table)
    columns = [Placed(table.columns[0].name, room - taken(figures)), *figures]
    parts: list[Any] = [Text(plain(table.title), style="bold")] if table.title else []
    parts.append(grid(columns, head=True))
    grid_ = grid(columns)
    for n, row in enumerate(table.rows):
        if not row.heading:
            grid_.add_row(*_row(row, table.columns, columns))
            continue
        parts += [grid_, *([""] if n else []), cell(plain(row.cells[0]), room, "bold"), *_notes(row, room)]
        grid_ = grid(columns)
    return [*parts, grid_]


def _notes(row: Row, width: int) -> list[Any]:
    return [cell(plain(note), width, "dim", "  ") for note in row.notes]


def _row(row: Row, columns: tuple[Column, ...], fitted_: list[Placed]) -> list[Any]:
    from rich.text import Text

    style = "bold" if row.marked else ""
    lead = MARK if row.marked else " " * len(MARK)
    label = cell(plain(row.cells[0]), fitted_[0].width - len(MARK), style, "")
    first = Text("\n").join(
        Text.assemble((lead if n == 0 else " " * len(MARK), style), line) for n, line in enumerate(label.split("\n"))
    )
    cells = [first if not row.notes else Text("\n").join([first, *_notes(row, fitted_[0].width)])]
    for text, column, place in zip(row.cells[1:], columns[1:], fitted_[1:], strict=True):
        cells.append(put(text, place, "cyan" if column.bar else style))
    return cells


def in_markdown(report: Report, escaped: Callable[[str], str]) -> str:
    """Headings and pipe tables."""
    parts = [
        f"# {escaped(report.title)}",
        "\n".join(f"- {escaped(name)}: {escaped(text)}" for name, text in report.facts),
    ]
    for table in report.tables:
        if not table.rows:
            continue
        if table.title:
            parts.append(f"## {escaped(table.title)}")
        names = [escaped(column.name) for column in table.columns]
        marks = ["---:" if column.right else "---" for column in table.columns]
        rows = [_markdown_row(row, len(names), escaped) for row in table.rows]
        parts.append("\n".join(f"| {' | '.join(cells)} |" for cells in (names, marks, *rows)))
    parts += [escaped(note) for note in report.notes]
    return "\n\n".join(part for part in parts if part) + "\n"


def _markdown_row(row: Row, wide: int, escaped: Callable[[str], str]) -> list[str]:
    first = "<br>".join(escaped(text) for text in (row.cells[0], *row.notes))
    if row.heading:
        return [f"**{first}**", *[""] * (wide - 1)]
    cells = [first, *(escaped(text) for text in row.cells[1:])]
    return [f"**{text}**" if text and row.marked else text for text in cells]


def in_csv(report: Report, safe: Callable[[str], str]) -> str:
    """The records of every table under one row of names; `table` tells them apart where there are several."""
    out = StringIO()
    several = len(report.tables) > 1
    names = list(dict.fromkeys(name for table in report.tables for record in table.records for name in record))
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow([*(["table"] if several else []), *names])
    for table in report.tables:
        for record in table.records:
            cells = [_flat(record.get(name), safe) for name in names]
            rows.writerow([*([table.name] if several else []), *cells])
    return out.getvalue()


def _flat(value: Any, safe: Callable[[str], str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return safe("; ".join(str(one) for one in value))
    if isinstance(value, Mapping):
        return safe("; ".join(f"{name}={one}" for name, one in value.items()))
    text = str(value)
    number = text.lstrip("-").replace(".", "", 1).replace("/", "", 1).isdigit()
    return text if number else safe(text)


def in_json(report: Report) -> str:
    """`{"schema": 1, "report": …}`, two spaces of indent; numbers are strings of plain digits."""
    document = {"schema": 1, "report": report.kind, **report.data}
    document |= {table.name: list(table.records) for table in report.tables}
    document["notes"] = list(report.notes)
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"

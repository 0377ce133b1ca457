"""Where a row stands in its file: asked only when a person must be told, by reading the file again."""

import csv
import io
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from callbill.files import CHUNK
from callbill.frozen import frozen
from callbill.problems import Place
from callbill.stage import Loaded, Source
from callbill.staging import Layout

csv.field_size_limit(1 << 24)
SHOWN = 200
"""Longest part of a line that a place quotes."""


@frozen
class Row:
    """One row of a file: the line it begins on, that line's text, and its cells."""

    line: int
    text: str
    cells: list[str]


def csv_rows(lines: Iterable[str], layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Rows by the csv module, each with the number of the line it ends on."""
    dialect = layout.dialect
    options: dict[str, Any] = {"delimiter": dialect.delimiter, "skipinitialspace": False}
    if dialect.quote:
        options |= {"quotechar": dialect.quote, "doublequote": dialect.escape == dialect.quote}
        if dialect.escape != dialect.quote:
            options["escapechar"] = dialect.escape
    else:
        options["quoting"] = csv.QUOTE_NONE
    reader = csv.reader(lines, **options)
    for row in reader:
        yield reader.line_num, row


def rows_at(loaded: Loaded, layout: Layout, wanted: Iterable[int]) -> dict[int, Row]:
    """The rows of a text file by their position among the rows it gave (from 0)."""
    remaining = set(wanted)
    found: dict[int, Row] = {}
    if loaded.export is None or loaded.export.form == "parquet" or not remaining:
        return found
    bad = bad_line_numbers(loaded)
    with loaded.export.open() as binary:
        lines = _Remembered(io.TextIOWrapper(binary, "utf-8-sig", errors="replace", newline=""))
        for _ in range(loaded.skipped_lines):
            next(lines)
        lines.forget()
        position = 0
        for last, cells in csv_rows(lines, layout):
            text = lines.forget()
            first = loaded.skipped_lines + last - (text.rstrip("\r\n").count("\n"))
            if not cells or first in bad:
                continue
            if position in remaining:
                found[position] = Row(first, text.splitlines()[0] if text else "", cells)
                remaining.discard(position)
                if not remaining:
                    break
            position += 1
    return found


class _Remembered:
    """Lines that can still be read once the csv module has taken them."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._taken.append(line)
        return line

    def forget(self) -> str:
        """Everything taken since the last time."""
        taken, self._taken = "".join(self._taken), []
        return taken


def bad_line_numbers(loaded: Loaded) -> dict[int, int]:
    """The line of each bad line, to its index among them: line ends are counted, quotes do not shift them."""
    if not loaded.bad_lines or loaded.export is None:
        return {}
    starts = sorted(bad.byte for bad in loaded.bad_lines)
    order = {bad.byte: n for n, bad in enumerate(loaded.bad_lines)}
    numbers: dict[int, int] = {}
    line, offset, at = 1, 0, 0
    with loaded.export.open() as file:
        while at < len(starts) and (data := file.read(CHUNK)):
            upto = bisect_right(starts, offset + len(data) - 1)
            done = 0
            for start in starts[at:upto]:
                here = start - offset
                line += data.count(b"\n", done, here)
                done = here
                skipped = 0
                while data[here + skipped : here + skipped + 1] in (b"\n", b"\r"):
                    line += data[here + skipped : here + skipped + 1] == b"\n"
                    skipped += 1
                done = here + skipped
                numbers[line] = order[start]
            line += data.count(b"\n", done)
            at, offset = upto, offset + len(data)
    return numbers


def row_places(source: Source, positions: Iterable[int]) -> dict[int, str]:
    """Where records stand, `file:line`, by their position in the stage; each file is read once."""
    found: dict[int, str] = {}
    wanted = set(positions)
    if source.kept is not None:
        raise LookupError("rows that are staged in any order have no places")
    for loaded in source.files:
        mine = [one for one in wanted if loaded.first <= one < loaded.first + loaded.rows]
        rows = rows_at(loaded, loaded.layout, [one - loaded.first for one in mine])
        for one in mine:
            row = rows.get(one - loaded.first)
            found[one] = f"{loaded.name}:{row.line}" if row else f"{loaded.name}: row {one - loaded.first + 1}"
    return found


def line_place(loaded: Loaded, byte: int) -> Place:
    """The place of a bad line."""
    for line, index in bad_line_numbers(loaded).items():
        if loaded.bad_lines[index].byte == byte:
            text = loaded.bad_lines[index].text.strip("\r\n").splitlines()
            return Place(loaded.name, line, 0, text[0][:SHOWN] if text else "")
    return Place(loaded.name)


def raw_line(loaded: Loaded, byte: int) -> bytes:
    """The bytes of the line that begins at a position, line ends before it passed over; of a very long one a part."""
    if loaded.export is None:
        return b""
    with loaded.export.open() as file:
        file.seek(byte)
        lines = iter(lambda: file.readline(CHUNK), b"")
        return next((line.rstrip(b"\r\n") for line in lines if line.strip(b"\r\n")), b"")


def cell_place(loaded: Loaded, row: Row, layout: Layout, position: int) -> Place:
    """The place of a row's cell (position from 0): the column is exact while the cell is on the row's first line."""
    column, width = _cell_span(row.text, layout, position)
    if column == 0:
        return Place(loaded.name, row.line, 0, row.text[:SHOWN])
    shift = max(0, column + width - SHOWN)
    return Place(loaded.name, row.line, column, row.text[: SHOWN + shift], max(width, 1))


def _cell_span(text: str, layout: Layout, position: int) -> tuple[int, int]:
    """Column (from 1) and width of a cell in its line; (0, 0) when the line ends before it."""
    quote, at, index, inside = layout.dialect.quote, 0, 0, False
    start = 0
    for at, char in enumerate(text + layout.dialect.delimiter):
        if quote and char == quote:
            inside = not inside
        elif char == layout.dialect.delimiter and not inside:
            if index == position:
                return start + 1, at - start
            index, start = index + 1, at + 1
    return 0, 0

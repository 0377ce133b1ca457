"""Rows that could not be understood: what is wrong with each, at its line and column."""

import csv
from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction

from callbill.cells import Cell, Fault
from callbill.engine import BadLine, Engine
from callbill.files import foreign_byte
from callbill.lines import SHOWN, Row, bad_line_numbers, cell_place, raw_line, rows_at
from callbill.money import MICRO, rounded, text, trimmed
from callbill.problems import Place, Problem
from callbill.sql import column
from callbill.stage import Loaded, Reject, Source
from callbill.times import WALL_EPOCH, DurationCell, InstantCell
from callbill.zones import Offset

LISTED = 10_000
"""Most rejects of one source that are explained one by one; all of them are counted."""
DRAWN = 50
"""Most lines that are no rows of which the line itself is shown."""

Offsets = Mapping[InstantCell, tuple[Offset, ...]]


def explained(engine: Engine, source: Source, rows: str, known: Offsets) -> list[Reject]:
    """Every reject with its line, column, value and reason, in the order of the files."""
    names = [cell.name for cell in source.layout.cells]
    staged = ", ".join(f"CAST(s.{column(name)} AS VARCHAR)" for name in names)
    lasting = ", ".join(f"r.{column(name)}" for name in source.layout.durations) or "0"
    found = engine.rows(
        f"SELECT r.row, r.file, r.fault, s.bad, [{staged}], [{lasting}]"
        f" FROM {rows} r JOIN {source.stage} s ON s.rowid = r.row"
        f" WHERE r.fault > 0 ORDER BY r.row LIMIT {LISTED}"
    )
    rejects: list[Reject] = []
    for number, loaded in enumerate(source.files):
        mine = [row for row in found if row[1] == number]
        mine_rejected = _bad_lines(loaded)
        placed = rows_at(loaded, loaded.layout, [row[0] - loaded.first for row in mine])
        for position, _, fault, texts, values, lengths in mine:
            row = placed.get(position - loaded.first)
            where = _Where(loaded, row, position - loaded.first + 1)
            written, kept = [text or "" for text in texts or ()], dict(zip(names, values, strict=True))
            spent = dict(zip(source.layout.durations, lengths, strict=False))
            mine_rejected += where.rejects(fault, written, kept, spent, known)
        rejects += sorted(mine_rejected, key=lambda one: one.problem.place.line if one.problem.place else 0)
    return rejects


def _wall(cell: InstantCell, micro: int | None) -> str:
    """A staged moment in the form of its column."""
    if micro is None:
        return ""
    moment = WALL_EPOCH + timedelta(microseconds=micro)
    return moment.isoformat() if cell.form == "iso" or "%" not in cell.form else moment.strftime(cell.form)


def _unread(cell: Cell, text: str) -> Fault:
    """The sentence for a cell that the engine did not read and no other sentence fits."""
    code = {InstantCell: "CB303", DurationCell: "CB304"}.get(type(cell), "CB305")
    message = f"`{text}` cannot be read as `{cell.name}`"
    return code, message, "correct the cell, or declare the form that the export writes"


class _Where:
    """One rejected row, and how to say where its cells are."""

    def __init__(self, loaded: Loaded, row: Row | None, position: int) -> None:
        self.layout, self.loaded, self.row, self.position = loaded.layout, loaded, row, position

    def rejects(
        self, fault: int, texts: Sequence[str], kept: Mapping[str, str | None], lasting: Mapping[str, int | None],
        known: Offsets,
    ) -> list[Reject]:  # fmt: skip
        """What is wrong with the row: its cells, its hours, or what its cells say together."""
        if fault == 1:
            return self.cells(texts, kept)
        micro = {name: None if kept[name] is None else int(kept[name] or 0) for name in self.layout.instants}
        cells = [cell for cell in self.layout.cells if isinstance(cell, InstantCell)]
        wall = {cell.name: _wall(cell, micro[cell.name]) for cell in cells}
        if fault == 2:
            return self.hours(wall, known)
        return (self.spans(wall, micro) + self.sums(lasting))[:1] if fault == 3 else self.wholes(lasting)[:1]

    def cells(self, texts: Sequence[str], kept: Mapping[str, str | None]) -> list[Reject]:
        """The cells that cannot be read."""
        found = []
        for cell, written in zip(self.layout.cells, texts, strict=True):
            fault = cell.why(written) or (_unread(cell, written) if written else None)
            if kept[cell.name] is None and fault is not None:
                found.append(self._reject(cell.name, cell.first_column, written, fault))
        return found

    def hours(self, wall: Mapping[str, str], known: Offsets) -> list[Reject]:
        """The moments that their zone repeats or skips."""
        return [
            self._reject(cell.name, cell.first_column, wall[cell.name], fault)
            for cell in self.layout.cells
            if isinstance(cell, InstantCell) and (fault := cell.dst_fault(wall[cell.name], known[cell]))
        ]

    def spans(self, wall: Mapping[str, str], micro: Mapping[str, int | None]) -> list[Reject]:
        """The durations whose end comes before their start."""
        found = []
        for name, (start, end) in self.layout.spans.items():
            begun, ended = micro[start], micro[end]
            if begun is not None and ended is not None and ended < begun:
                earlier, later = self._text(end, wall[end]), self._text(start, wall[start])
                message = f"`{name}` would be negative: `{end}` `{earlier}` comes before `{start}` `{later}`"
                fault = ("CB311", message, "correct the export: no duration is negative")
                found.append(self._reject(name, self.layout.cell(end).first_column, earlier, fault))
        return found

    def sums(self, lasting: Mapping[str, int | None]) -> list[Reject]:
        """The differences that are below zero."""
        found = []
        for name, parts in self.layout.sums.items():
            if (lasting[name] or 0) < 0:
                shown = " ".join(f"{'+' if sign > 0 else '-'} {part}" for sign, part in parts).removeprefix("+ ")
                message = f"`{name}` would be negative: it is `{shown}`"
                fault = ("CB311", message, "correct the export, or declare what the column holds")
                found.append(self._reject(name, self._owner(parts[-1][1]), _seconds(lasting[name]), fault))
        return found

    def wholes(self, lasting: Mapping[str, int | None]) -> list[Reject]:
        """The parts that are longer than their whole: a unit that does not fit."""
        found = []
        for part, whole in self.layout.within:
            longer, shorter = lasting[part], lasting[whole]
            if longer is not None and shorter is not None and longer > shorter + MICRO:
                message = f"`{part}` is {_seconds(longer)}, longer than `{whole}`, which is {_seconds(shorter)}"
                remedy = (
                    f"declare the unit that the export writes, such as `columns: {{{part}: {{column: …, unit: ms}}}}`"
                )
                found.append(self._reject(part, self._owner(part), _seconds(longer), ("CB327", message, remedy)))
        return found

    def _owner(self, name: str) -> str:
        """The column that a duration, or the first part of one, is read from."""
        while not self.layout.has(name):
            spans, sums = self.layout.spans.get(name), self.layout.sums.get(name)
            name = spans[1] if spans else sums[0][1] if sums else self.layout.cells[0].name
        return self.layout.cell(name).first_column

    def _text(self, name: str, wall: str) -> str:
        """A cell as it is written in the file; what was staged of it where there is no file."""
        positions = [self._index(header) for header in self.layout.cell(name).columns]
        if self.row is None or not positions or max(positions) >= len(self.row.cells):
            return wall
        return " ".join(self.row.cells[position].strip() for position in positions)

    def _reject(self, name: str, header: str, text: str, fault: Fault) -> Reject:
        code, message, remedy = fault
        return Reject(name, text, Problem(code, message, remedy, place=self._place(header)))

    def _place(self, header: str) -> Place:
        if self.row is None:
            return Place(self.loaded.name, self.position, 0)
        return cell_place(self.loaded, self.row, self.layout, self._index(header))

    def _index(self, header: str) -> int:
        """Where a column stands, from 0."""
        named = self.loaded.header
        return named.index(header) if header in named else int(header) - 1 if header.isdecimal() else 0


def _seconds(micro: int | None) -> str:
    """A duration as a person compares it."""
    return f"{text(trimmed(rounded(Fraction(micro or 0, MICRO), 6)))} s"


def _bad_lines(loaded: Loaded) -> list[Reject]:
    """Lines that are no rows: too many or too few cells, quotes that do not pair, bytes that are not UTF-8."""
    numbers = {index: line for line, index in bad_line_numbers(loaded).items()}
    found = []
    for index, bad in enumerate(loaded.bad_lines[:LISTED]):
        problem = _bad_line(loaded, bad, numbers.get(index, 0), drawn=index < DRAWN)
        found.append(Reject("", bad.text.strip("\r\n")[:200], problem))
    return found


def _bad_line(loaded: Loaded, bad: BadLine, number: int, *, drawn: bool) -> Problem:
    """What is wrong with a line; only the first few are read again to be shown."""
    if loaded.layout.dialect.form == "json_lines":
        shown = next(iter(csv.reader([bad.text.strip("\r\n")])), [""])[0][:SHOWN]
        place = Place(loaded.name, number, 0, shown)
        return Problem("CB329", "the line is not a JSON object", "export it again: one object a line", place=place)
    code, message, remedy = _LINE_FAULTS.get(bad.kind, _LINE_FAULTS["UNQUOTED VALUE"])
    if not drawn:
        return Problem(code, message, remedy, place=Place(loaded.name, number))
    if code == "CB310":
        return foreign_byte(loaded.name, number, raw_line(loaded, bad.byte))
    lines = bad.text.strip("\r\n").splitlines()
    return Problem(code, message, remedy, place=Place(loaded.name, number, 0, lines[0][:SHOWN] if lines else ""))


_LINE_FAULTS: dict[str, Fault] = {
    "MISSING COLUMNS": (
        "CB308",
        "the row has fewer cells than the first line",
        "export it again, or declare the right delimiter",
    ),
    "TOO MANY COLUMNS": (
        "CB308",
        "the row has more cells than the first line",
        "export it with quotes around cells that hold the delimiter",
    ),
    "UNQUOTED VALUE": (
        "CB309",
        "the quotes of this row do not pair",
        "export it again; a quote inside a quoted cell is written twice",
    ),
    "INVALID ENCODING": ("CB310", "the line is not UTF-8", "declare the `encoding` the export was written in"),
    "LINE SIZE OVER MAXIMUM": ("CB308", "the line is longer than 16 MiB", "export it again"),
}

"""Staged rows become records: instants in UTC, derived durations, rejects with their reasons, duplicates once."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

from callbill.cells import Cell, DurationCell, Fault, InstantCell, quoted
from callbill.engine import BadLine, Engine
from callbill.files import foreign_byte
from callbill.joining import contacts, signed
from callbill.lines import SHOWN, Row, bad_line_numbers, cell_place, raw_line, rows_at
from callbill.money import MICRO, rounded, text, trimmed
from callbill.problems import Invalid, Place, Problem
from callbill.stage import Loaded, Reject, Source, column, count, extra_keys
from callbill.staging import Layout
from callbill.zones import Offset, offsets

FEW = 200_000
"""Rows up to which the records of a source are made once instead of at each look."""
LISTED = 10_000
"""Most rejects of one source that are explained one by one; all of them are counted."""
DRAWN = 50
"""Most lines that are no rows of which the line itself is shown."""

Offsets = Mapping[InstantCell, tuple[Offset, ...]]


class Unsettled(Exception):  # noqa: N818 - a state of the stage; the caller stages again with every field
    """Something is wrong with rows of which not every field was staged."""


def settle(engine: Engine, source: Source, number: int) -> None:
    """Give the source its `relation`, its rejects and the top of its funnel.

    Raises `Invalid` (CB314) for rows of one identity that differ, and `Unsettled` when rows must be shown and are not
    staged whole.
    """
    layout = source.layout
    known = {cell: _offsets(engine, source, cell) for cells in _moments(source).values() for cell in cells}
    rows = f"rows_{number}"
    engine.run(f"CREATE OR REPLACE VIEW {rows} AS {_rows(source, known)}")
    faulty, other = engine.rows(
        f"SELECT COUNT(CASE WHEN fault > 0 THEN 1 END), COUNT(CASE WHEN fault < 0 THEN 1 END) FROM {rows}"
    )[0]
    source.rejected = faulty + sum(len(one.bad_lines) for one in source.files)
    source.read = sum(loaded.rows + len(loaded.bad_lines) for loaded in source.files)
    source.other = other
    if source.rejected:
        if source.kept is not None:
            raise Unsettled
        source.rejects = _rejects(engine, source, rows, known)
    fine = f"SELECT * FROM {rows}" + (" WHERE fault = 0" if faulty or other else "")
    twins = _twins(engine, source, fine, number) if layout.identity else ""
    unique = f"{fine} {'AND' if faulty or other else 'WHERE'} row NOT IN ({twins})" if twins else fine
    source.relation = f"records_{number}"
    if layout.legs is None:
        # few rows are settled once and for all: each later query is the shorter
        kind = "TABLE" if source.kept is None and source.read < FEW else "VIEW"
        engine.run(f"CREATE {kind} {source.relation} AS {unique}")
        return
    joined = contacts(layout, layout.legs, f"({unique})", _content(source), _key_text(layout, layout.legs.key))
    engine.run(f"CREATE TABLE {source.relation} AS {joined}")
    legs = source.read - source.rejected - other - source.duplicates
    source.joined = legs - count(engine, source.relation)


def _moments(source: Source) -> dict[str, dict[InstantCell, list[int]]]:
    """The instants of a record, each with the ways that the source's files write it and their files."""
    found: dict[str, dict[InstantCell, list[int]]] = {name: {} for name in source.layout.instants}
    for number, loaded in enumerate(source.files):
        for cell in loaded.layout.cells:
            if isinstance(cell, InstantCell):
                found[cell.name].setdefault(cell, []).append(number)
    return found


def _offsets(engine: Engine, source: Source, cell: InstantCell) -> tuple[Offset, ...]:
    """The zone's offsets over the years of the data."""
    if not cell.is_wall or cell.zone is None:
        return ()
    name = column(cell.name)
    low, high = engine.rows(f"SELECT MIN({name}), MAX({name}) FROM {source.stage} WHERE bad IS NULL")[0]
    days = [date(1970, 1, 1) + timedelta(days=(micro or 0) // (86_400 * MICRO)) for micro in (low, high)]
    return offsets(cell.zone, days[0] - timedelta(days=2), days[1] + timedelta(days=2))


def _utc(name: str, ways: Mapping[InstantCell, Sequence[int]], known: Offsets) -> str:
    """The instant of a staged moment: files may write theirs in several ways."""
    texts: dict[str, list[int]] = {}
    for cell, files in ways.items():
        texts.setdefault(cell.utc(column(name), known[cell]), []).extend(files)
    if len(texts) < 2:
        return next(iter(texts), column(name))
    cases = [f"WHEN file IN ({', '.join(map(str, sorted(files)))}) THEN {text}" for text, files in texts.items()]
    return f"(CASE {' '.join(cases)} END)"


def _rows(source: Source, known: Offsets) -> str:
    """Every staged row with its record's fields and its `fault`.

    0 none, 1 a cell, 2 no such hour, 3 a span or difference below zero, 4 a part longer than its whole; -1 a row that
    is no record of the source.
    """
    layout, fields, hours = source.layout, [], ["1 = 0"]
    ways = _moments(source)
    for cell in source.cells:
        name = column(cell.name)
        if isinstance(cell, InstantCell):
            utc = _utc(cell.name, ways[cell.name], known)
            fields.append(f"{utc} AS {name}")
            hours.append(f"{name} IS NOT NULL AND {utc} IS NULL")
        else:
            fields.append(name)
    keys = [f"key_{n}" for n, _ in enumerate(extra_keys(layout))] + ["rest"] * (source.kept is not None)
    other = " AND ".join(one.sql(column(one.field)) for one in layout.only)
    apart = f" WHEN NOT ({other}) THEN -1" if other else ""
    inner = (
        f"SELECT rowid AS row, file, {', '.join([*fields, *keys])},"
        f" CASE{apart} WHEN bad IS NOT NULL THEN 1 WHEN {' OR '.join(hours)} THEN 2 ELSE 0 END AS cause"
        f" FROM {source.stage}"
    )
    outer = [f"{column(end)} - {column(start)} AS {column(name)}" for name, (start, end) in layout.spans.items()]
    outer += [f"{_state(layout, words)} AS {column(name)}" for name, words in layout.agent_states.items()]
    if outer:
        inner = f"SELECT *, {', '.join(outer)} FROM ({inner})"
    if layout.sums:
        sums = [f"{signed(parts)} AS {column(name)}" for name, parts in layout.sums.items()]
        inner = f"SELECT *, {', '.join(sums)} FROM ({inner})"
    earlier = [f"{column(name)} - COALESCE({column(by)}, 0) AS {column(name)}" for name, by in layout.less.items()]
    chosen = f"* REPLACE ({', '.join(earlier)})" if earlier else "*"
    return f"SELECT {chosen}, {_identity(source)} AS id, {_fault(layout)} AS fault FROM ({inner})"


def _fault(layout: Layout) -> str:
    """What is wrong with a row once its fields are known."""
    negative = [f"{column(end)} < {column(start)}" for start, end in layout.spans.values()]
    negative += [f"{column(name)} < 0" for name in layout.sums]
    long = [f"{column(part)} > {column(whole)} + {MICRO}" for part, whole in layout.within]
    cases = [f"WHEN {' OR '.join(tests)} THEN {n}" for n, tests in ((3, negative), (4, long)) if tests]
    return f"CASE WHEN cause <> 0 THEN cause {' '.join(cases)} ELSE 0 END"


def _state(layout: Layout, words: Sequence[str]) -> str:
    """The time of a record in one state: its duration, or nothing."""
    start, end = layout.spans.get("duration", ("", ""))
    length = f"({column(end)} - {column(start)})" if start else column("duration")
    return f"CASE WHEN {column('state')} IN ({', '.join(quoted(word) for word in words)}) THEN {length} ELSE 0 END"


_APART = "chr(31) || '1'"


def _kept_apart(parts: Sequence[str]) -> str:
    """Cells as one text from which they can be told again, whatever they hold: 31 is doubled, empty has its mark."""
    texts = [f"COALESCE(replace(CAST({part} AS VARCHAR), chr(31), chr(31) || '0'), chr(31) || '2')" for part in parts]
    return f" || {_APART} || ".join(texts)


def _identity(source: Source) -> str:
    """One text per record; its parts are kept apart by a character that no cell holds."""
    if not source.layout.identity:
        # equal rows stay apart, and the order of the others does not depend on the file's
        return f"{_content(source)} || {_APART} || CAST(row AS VARCHAR)"
    return _key_text(source.layout, source.layout.identity)


def _key_text(layout: Layout, names: Sequence[str]) -> str:
    """The text of some fields, or of columns that are no fields."""
    extra = extra_keys(layout)
    parts = [f"key_{extra.index(key)}" if key in extra else column(key) for key in names]
    if tuple(names) != ("id",):
        return _kept_apart(parts)
    if layout.has("id") and layout.cell("id").optional:
        # an export that has no ids: every row is a record of its own
        return f"COALESCE({parts[0]}, chr(31) || CAST(row AS VARCHAR))"
    return parts[0]


# ------------------------------------------------------------------------------------------------- rejects


def _rejects(engine: Engine, source: Source, rows: str, known: Offsets) -> list[Reject]:
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
            kept = dict(zip(names, values, strict=True))
            spent = dict(zip(source.layout.durations, lengths, strict=False))
            mine_rejected += where.rejects(fault, texts, kept, spent, known)
        rejects += sorted(mine_rejected, key=lambda one: one.problem.place.line if one.problem.place else 0)
    return rejects


def _wall(cell: InstantCell, micro: int | None) -> str:
    """A staged moment in the form of its column."""
    if micro is None:
        return ""
    moment = datetime(1970, 1, 1) + timedelta(microseconds=micro)  # noqa: DTZ001 - a wall clock
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


# ---------------------------------------------------------------------------------------------- duplicates


def _twins(engine: Engine, source: Source, fine: str, number: int) -> str:
    """The query of the rows to leave out: all but one of each identity. Empty when every identity stands once.

    Rows must be equal, or the contract says which wins. Identities are first compared by their hash, which is small;
    the few rows whose hash stands twice are then compared themselves.
    """
    engine.run(
        f"CREATE OR REPLACE TABLE twins_{number} AS SELECT hash(id) AS mark FROM ({fine}) f"
        " GROUP BY hash(id) HAVING COUNT(*) > 1"
    )
    if not count(engine, f"twins_{number}"):
        return ""
    latest = column(source.layout.latest_by) if source.layout.latest_by else "0"
    ranked, order = f"ranked_{number}", "PARTITION BY id ORDER BY best DESC, content, row"
    engine.run(
        f"CREATE OR REPLACE TABLE {ranked} AS SELECT row, id, ROW_NUMBER() OVER ({order}) AS place,"
        f" CASE WHEN best < FIRST_VALUE(best) OVER ({order}) THEN 0"
        f" WHEN content = FIRST_VALUE(content) OVER ({order}) THEN 1 ELSE 2 END AS rival"
        f" FROM (SELECT r.row, r.id, {_content(source)} AS content, COALESCE({latest}, -1) AS best FROM ({fine}) r"
        f" WHERE hash(r.id) IN (SELECT mark FROM twins_{number})) s"
    )
    counted = "COUNT(CASE WHEN place > 1 THEN 1 END), COUNT(CASE WHEN rival > 1 THEN 1 END)"
    repeated, odd = engine.rows(f"SELECT {counted} FROM {ranked}")[0]
    if odd and source.kept is not None:
        raise Unsettled
    if odd:
        clashing = f"SELECT id FROM {ranked} WHERE rival > 1"
        pairs = engine.rows(
            f"SELECT MIN(row), MAX(row) FROM {ranked} WHERE rival > 0 AND id IN ({clashing}) GROUP BY id ORDER BY 1"
        )
        raise Invalid(_conflict(source, low, high) for low, high in pairs[:LISTED])
    source.duplicates = repeated
    return f"SELECT row FROM {ranked} WHERE place > 1" if repeated else ""


def _content(source: Source) -> str:
    """Everything that a row says, as one text."""
    parts = [column(cell.name) for cell in source.cells] + ["rest"] * (source.kept is not None)
    return _kept_apart(parts)


def _conflict(source: Source, low: int, high: int) -> Problem:
    places = [_row_place(source, row) for row in (low, high)]
    message = f"this row has the same id as {places[0].file}:{places[0].line}, with other values"
    remedy = "correct the export, or say which wins: `duplicates: {latest_by: …}`"
    if source.layout.legs is None and source.layout.record == "contact":
        remedy += "; if its rows are legs of one contact, join them: `legs: {of: …}`"
    return Problem("CB314", message, remedy, place=places[1])


def _row_place(source: Source, position: int) -> Place:
    """The place of a record by its position in the stage."""
    loaded = next(one for one in reversed(source.files) if one.first <= position)
    row = rows_at(loaded, loaded.layout, [position - loaded.first]).get(position - loaded.first)
    if row is None:
        return Place(loaded.name, position - loaded.first + 1)
    return Place(loaded.name, row.line, 0, row.text[:200])

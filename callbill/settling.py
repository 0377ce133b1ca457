"""Staged rows become records: instants in UTC, derived durations, rejects with their reasons, duplicates once."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from callbill.engine import Engine
from callbill.joining import contacts, signed
from callbill.lines import rows_at
from callbill.money import MICRO
from callbill.problems import Invalid, Place, Problem
from callbill.rejects import LISTED, Offsets, explained
from callbill.sql import column, quoted
from callbill.stage import Source, count, extra_keys, has_own_rows, identity_mark
from callbill.staging import Layout
from callbill.times import InstantCell
from callbill.zones import Offset, offsets

FEW = 200_000
"""Rows up to which the records of a source are made once instead of at each look."""


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
        source.rejects = explained(engine, source, rows, known)
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
    keys = [f"key_{n}" for n, _ in enumerate(extra_keys(layout))] + ["mark", "rest"] * (source.kept is not None)
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
    if source.kept is not None and not source.kept.issuperset(source.layout.identity):
        return "mark"
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
    if has_own_rows(layout):
        # an export that has no ids: every row is a record of its own
        return f"COALESCE({parts[0]}, chr(31) || CAST(row AS VARCHAR))"
    return parts[0]


# ---------------------------------------------------------------------------------------------- duplicates


def _twins(engine: Engine, source: Source, fine: str, number: int) -> str:
    """The query of the rows to leave out: all but one of each identity. Empty when every identity stands once.

    Rows must be equal, or the contract says which wins. Identities are first compared by their mark, which is small;
    the few rows whose mark stands twice are then compared themselves. Rows of a large export are the same when they
    agree in everything else that is staged and in two marks, of the identity and of what is not staged: 126 bits.
    """
    mark, identity = (identity_mark(source.layout), "id") if source.kept is None else ("mark", "mark")
    marks = f"SELECT {mark} AS mark FROM ({fine}) f WHERE {mark} IS NOT NULL"
    if not engine.repeated(marks, f"twins_{number}", source.read):
        return ""
    latest = column(source.layout.latest_by) if source.layout.latest_by else "0"
    ranked, order = f"ranked_{number}", "PARTITION BY id ORDER BY best DESC, content, row"
    engine.run(
        f"CREATE OR REPLACE TABLE {ranked} AS SELECT row, id, ROW_NUMBER() OVER ({order}) AS place,"
        f" CASE WHEN best < FIRST_VALUE(best) OVER ({order}) THEN 0"
        f" WHEN content = FIRST_VALUE(content) OVER ({order}) THEN 1 ELSE 2 END AS rival"
        f" FROM (SELECT r.row, r.{identity} AS id, {_content(source)} AS content, COALESCE({latest}, -1) AS best"
        f" FROM ({fine}) r"
        f" WHERE {mark} IN (SELECT mark FROM twins_{number})) s"
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
    """Everything that a row says, as one text; of a large export all but its identity."""
    if source.kept is None:
        return _kept_apart([column(cell.name) for cell in source.cells])
    return _kept_apart([*(column(one.name) for one in source.cells if one.name not in source.layout.identity), "rest"])


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

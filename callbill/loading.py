"""Export files become rows of the stage: text first, then exact values, nothing guessed."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from callbill.cells import Cell
from callbill.engine import Engine, MixedLineEnds, csv_relation
from callbill.files import (
    Export,
    Workshop,
    census,
    decoded,
    ends_in_returns,
    foreign_byte,
    plain_head,
    same_line_ends,
)
from callbill.headers import fitting, positions, told_apart
from callbill.lines import csv_rows, line_place
from callbill.problems import Invalid, Place, Problem
from callbill.sql import column, quoted
from callbill.stage import Loaded, Source, extra_keys, identity_mark, mark_of
from callbill.staging import Layout
from callbill.tables import (
    formula_without_value,
    json_table,
    plain_lines,
    sheet_header,
    sheet_rows,
    sheet_table,
)
from callbill.times import InstantCell


def create(engine: Engine, source: Source) -> None:
    """The empty stage of a source."""
    fields = "".join(f", {column(cell.name)} {cell.type}" for cell in source.cells)
    extra = "".join(f", key_{n} VARCHAR" for n, _ in enumerate(extra_keys(source.layout)))
    last = "bad VARCHAR[]" if source.kept is None else "bad BOOLEAN, mark BIGINT, rest BIGINT"
    engine.run(f"CREATE TABLE {source.stage} (file INTEGER{fields}{extra}, {last})")


def nothing(engine: Engine, source: Source, number: int) -> None:
    """The records of a source that no file was given for: none."""
    layout = source.layout
    cells = {cell.name: cell.type for cell in layout.cells} | dict.fromkeys(layout.durations, "BIGINT")
    fields = "".join(f", {column(name)} {kind}" for name, kind in cells.items())
    source.relation = f"records_{number}"
    engine.run(f"CREATE TABLE {source.relation} (row BIGINT, file INTEGER, id VARCHAR{fields})")


def load_file(engine: Engine, workshop: Workshop, source: Source, export: Export) -> None:
    """Stage one file. Raises `Invalid` when it is not what the source declares."""
    loaded = Loaded(export, export.name, source.layout, (), 0)
    source.files.append(loaded)
    if export.form == "parquet":
        _load_parquet(engine, source, loaded, f"read_parquet({quoted(str(export.path))})")
    elif export.form == "workbook":
        _load_sheet(engine, workshop, source, loaded)
    elif source.layout.dialect.form == "json_lines":
        _load_json(engine, workshop, source, loaded)
    else:
        _load_text(engine, workshop, source, loaded)


def _load_text(engine: Engine, workshop: Workshop, source: Source, loaded: Loaded) -> None:
    export, dialect = loaded.taken, source.layout.dialect
    seen = census(export, dialect.delimiter)
    if seen.nul_line is not None and not dialect.encoding.startswith("utf-16"):
        remedy = "it may be UTF-16: declare `encoding: utf-16`, or export it again"
        raise Invalid([Problem("CB322", "the file holds a NUL byte", remedy, place=Place(export.name, seen.nul_line))])
    plain = decoded(export, dialect.encoding, workshop)
    loaded.blanks = seen.blanks if plain is export and not dialect.wrapped else "others"
    if ends_in_returns(plain):
        plain = same_line_ends(plain, workshop)
    plain = plain_lines(plain, dialect, workshop)
    try:
        _load_csv(engine, workshop, source, loaded, plain)
    except MixedLineEnds:
        engine.run(f"DELETE FROM {source.stage} WHERE file = {len(source.files) - 1}")
        _load_csv(engine, workshop, source, loaded, same_line_ends(plain, workshop))


def _load_sheet(engine: Engine, workshop: Workshop, source: Source, loaded: Loaded) -> None:
    """A sheet of a workbook, written out as a plain table that keeps the sheet's row numbers."""
    export, dialect = loaded.taken, source.layout.dialect
    rows = sheet_rows(export, dialect.sheet)
    number, header = sheet_header(rows, dialect.skip)
    if not number:
        raise Invalid([Problem("CB316", "the sheet is empty", "export it again", place=Place(export.name))])
    names = told_apart(tuple(header)) if dialect.header else tuple(str(n) for n, _ in enumerate(header, start=1))
    owners = {
        names.index(name): (cell, part)
        for cell in fitting(source, names, Place(export.name, number, 0, ",".join(header))).cells
        for part, name in [*enumerate(cell.columns), *((0, pick.column) for pick in cell.picks)]
        if name in names
    }
    table = sheet_table(export, rows, number + dialect.header, owners, workshop)
    _load_csv(engine, workshop, _as_plain(source), loaded, table)
    if engine.rows(f"SELECT 1 FROM {source.stage} WHERE bad IS NOT NULL LIMIT 1"):
        spot = formula_without_value(export.path)
        if spot is not None:
            message = f"the formula in {spot} was saved without its value"
            remedy = "open the file in the spreadsheet and save it"
            raise Invalid([Problem("CB321", message, remedy, place=Place(export.name))])


def _load_json(engine: Engine, workshop: Workshop, source: Source, loaded: Loaded) -> None:
    """One JSON object a line, written out as a plain table of the wanted paths, a line each."""
    cells = source.layout.cells
    wanted = tuple(dict.fromkeys([*(name for cell in cells for name in cell.wanted), *extra_keys(source.layout)]))
    optional = {name for cell in cells if not cell.demanded for name in cell.wanted}
    table = json_table(loaded.taken, wanted, optional, workshop)
    plain = _as_plain(source)
    loaded.export, loaded.header, loaded.layout = table, wanted, plain.layout
    _stage_csv(engine, plain, loaded, table, len(wanted))


def _as_plain(source: Source) -> Source:
    """The source as its converted tables are written."""

    def plain(layout: Layout) -> Layout:
        generations = tuple(plain(one) for one in layout.generations)
        dialect = replace(layout.dialect, delimiter=",", quote='"', escape='"', encoding="utf-8")
        return replace(layout, dialect=dialect, generations=generations)

    return replace(source, layout=plain(source.layout), files=source.files)


def _load_csv(engine: Engine, workshop: Workshop, source: Source, loaded: Loaded, export: Export) -> None:
    loaded.export = export
    header, loaded.skipped_lines, first = _header(export, source, loaded.name)
    loaded.header = told_apart(header)
    dialect = source.layout.dialect
    number = loaded.skipped_lines if dialect.header else loaded.skipped_lines + 1
    place = Place(loaded.name, number or 1, 0, dialect.delimiter.join(header or first))
    loaded.layout = fitting(source, loaded.header or tuple(first), place)
    if not first:
        return
    if dialect.skip or loaded.skipped_lines > 1:
        loaded.export = export = plain_head(export, loaded.skipped_lines, dialect.quote, workshop)
    wide = max(len(first), *loaded.layout.widths, 0) if dialect.short_rows else len(first)
    _stage_csv(engine, source, loaded, export, wide + dialect.trailing_delimiter)


def _stage_csv(engine: Engine, source: Source, loaded: Loaded, export: Export, wide: int) -> None:
    """Stage a plain table of so many columns."""
    dialect = source.layout.dialect
    relation = csv_relation(
        str(export.path), wide, delimiter=dialect.delimiter, quote=dialect.quote, escape=dialect.escape,
        skip=loaded.skipped_lines, gzip=export.form == "gzip", short_rows=dialect.short_rows,
    )  # fmt: skip
    names = {name: f"c{position}" for name, position in positions(source, loaded, wide).items()}
    query = _insert(source, loaded, relation, names)
    loaded.bad_lines = tuple(engine.insert_csv(query, loaded.name))
    _counted(engine, source, loaded)
    for bad in loaded.bad_lines:
        if bad.kind == "UNQUOTED VALUE" and "\n" in bad.text.strip("\r\n"):
            place = line_place(loaded, bad.byte)
            place = replace(place, column=place.source.rfind(dialect.quote) + 1)
            raise Invalid([Problem("CB309", "a quote that is opened here is never closed", _CLOSE_IT, place=place)])


_CLOSE_IT = "close it; a quote inside a quoted cell is written twice"


def _counted(engine: Engine, source: Source, loaded: Loaded) -> None:
    """How many rows the last file gave, and where they begin."""
    mine = f"{source.stage} WHERE file = {len(source.files) - 1}"
    loaded.first, loaded.rows = engine.rows(f"SELECT COALESCE(MIN(rowid), 0), COUNT(*) FROM {mine}")[0]


def _header(export: Export, source: Source, name: str) -> tuple[tuple[str, ...], int, list[str]]:
    """Column names, lines before the first row, and the cells of the first line that is not empty."""
    dialect = source.layout.dialect
    with export.open() as binary:
        lines = io.TextIOWrapper(binary, "utf-8-sig", errors="surrogateescape", newline="")
        for _ in range(dialect.skip):
            lines.readline()
        rows = csv_rows(lines, source.layout)
        try:
            first = next(((number, row) for number, row in rows if row), None)
        except csv.Error:
            place = Place(name, dialect.skip + 1)
            raise Invalid([Problem("CB309", "a quote that is opened here is never closed", _CLOSE_IT, place=place)]) from None  # noqa: E501  # fmt: skip
    if first is None:
        if dialect.header:
            remedy = "export it again with its header, or leave it out"
            raise Invalid([Problem("CB316", "the file is empty", remedy, place=Place(name))])
        return (), dialect.skip, []
    last_line, row = dialect.skip + first[0], first[1]
    if not dialect.header:
        return (), dialect.skip, row
    raw = dialect.delimiter.join(row).encode("utf-8", "surrogateescape")
    if any("\udc80" <= char <= "\udcff" for cell in row for char in cell):
        raise Invalid([foreign_byte(name, last_line, raw)])
    return tuple(cell.strip() for cell in row), last_line, row


def _insert(source: Source, loaded: Loaded, relation: str, names: Mapping[str, str]) -> str:
    """The statement that stages one file: texts, then values, then whether the row must be rejected."""
    cells, keys = loaded.layout.cells, extra_keys(source.layout)
    texts = [f"{_joined(cell, names, loaded)} AS t_{n}" for n, cell in enumerate(cells)]
    texts += [f"{_cleaned(names[key], loaded)} AS key_{n}" for n, key in enumerate(keys)]
    guesses = {n: cell.guessed for n, cell in enumerate(cells) if cell.guessed}
    guessed = "".join(f", TRY_CAST(t_{n} AS {kind}) AS n_{n}" for n, kind in guesses.items())
    values = [f"{cell.value(f't_{n}', f'n_{n}' if n in guesses else '')} AS v_{n}" for n, cell in enumerate(cells)]
    kept = [f"{cell.kept(f'v_{n}')} AS {column(cell.name)}" for n, cell in enumerate(cells)]
    tests = [cell.bad(f"t_{n}", column(cell.name)) for n, cell in enumerate(cells)]
    bad = " OR ".join(test for test in tests if test) or "1 = 0"
    mine = {cell.name for cell in cells}
    staged = [column(one.name) if one.name in mine else "NULL" for one in source.cells]
    staged += [f"key_{n}" for n, _ in enumerate(keys)]
    if source.kept is None:
        staged.append(f"CASE WHEN {bad} THEN [{', '.join(f't_{n}' for n, _ in enumerate(cells))}] END")
    else:
        told = {*source.kept, *source.layout.identity}
        others = [column(cell.name) for cell in cells if cell.name not in told] or ["0"]
        staged += [f"CASE WHEN {bad} THEN true END", identity_mark(source.layout), mark_of(*others)]
    return (
        f"INSERT INTO {source.stage} SELECT {len(source.files) - 1}, {', '.join(staged)}"
        f" FROM (SELECT *, {', '.join(kept)} FROM (SELECT *, {', '.join(values)}"
        f" FROM (SELECT *{guessed} FROM (SELECT {', '.join(texts)} FROM {relation}))))"
    )


_BLANKS = " \t\u00a0\u202f"


def _cleaned(cell: str, loaded: Loaded, nulls: Sequence[str] = ()) -> str:
    """The text of a cell without blanks around it, NULL when it is empty.

    Trimming costs more than reading, so only cells with a blank pay for it.
    """
    text = cell
    if loaded.blanks != "none":
        seen = " " if loaded.blanks == "plain" else _BLANKS
        holds = " OR ".join(f"contains({cell}, {quoted(one)})" for one in seen)
        text = f"CASE WHEN {holds} THEN NULLIF(trim({cell}, {quoted(_BLANKS)}), '') ELSE {cell} END"
    if not nulls:
        return text
    return f"CASE WHEN ({text}) IN ({', '.join(quoted(word) for word in nulls)}) THEN NULL ELSE {text} END"


def _above(loaded: Loaded, after: str, before: str) -> str:
    """What the lines above the header say between two words. Raises `Invalid` (CB332) when they do not."""
    with loaded.taken.open() as source:
        text = io.TextIOWrapper(source, "utf-8-sig", errors="replace", newline="")
        lines = [text.readline() for _ in range(loaded.layout.dialect.skip)]
    for line in lines:
        found = re.search(rf"{re.escape(after)}\s*(.*?)\s*\b{re.escape(before)}\b", line)
        if found:
            return found[1]
    message = f"no line above the header says what stands between `{after}` and `{before}`"
    raise Invalid([Problem("CB332", message, "export it again with its first lines", place=Place(loaded.name, 1))])


def _joined(cell: Cell, names: Mapping[str, str], loaded: Loaded) -> str:
    """The text of a cell: its column, several joined by a blank, or the one that fits the row."""
    nulls = loaded.layout.nulls
    if cell.preamble is not None:
        return f"NULLIF({quoted(_above(loaded, *cell.preamble))}, '')"
    if cell.picks:
        cases = [
            f"WHEN {' AND '.join(sign.sql(_filled(_cleaned(names[sign.column], loaded))) for sign in pick.signs)}"
            f" THEN {quoted(pick.value) if pick.column is None else _cleaned(names[pick.column], loaded, nulls)}"
            for pick in cell.picks
            if set(pick.columns) <= set(names)
        ]
        return f"NULLIF(CASE {' '.join(cases)} END, '')" if cases else "CAST(NULL AS VARCHAR)"
    parts = [_cleaned(names[one], loaded, nulls) for one in cell.columns if one in names]
    if len(parts) < 2:
        return parts[0] if parts else "CAST(NULL AS VARCHAR)"
    return f"NULLIF(trim({f' || {quoted(chr(32))} || '.join(_filled(part) for part in parts)}), '')"


def _filled(text: str) -> str:
    """A text that is empty where it would be NULL."""
    return f"COALESCE({text}, '')"


# ------------------------------------------------------------------------------- Parquet files and DataFrames


def load_frame(engine: Engine, source: Source, frame: object) -> None:
    """Stage a pandas DataFrame."""
    name = engine.frame(f"frame_{source.stage}_{len(source.files)}", frame)
    loaded = Loaded(None, "DataFrame", source.layout, (), 0)
    source.files.append(loaded)
    _load_parquet(engine, source, loaded, name)


def _load_parquet(engine: Engine, source: Source, loaded: Loaded, relation: str) -> None:
    """Typed columns become the text that a CSV would hold, so that one way of reading serves all."""
    types = engine.columns(relation, loaded.name)
    loaded.header = tuple(types)
    if not source.layout.dialect.header:
        loaded.header = tuple(str(n) for n, _ in enumerate(types, start=1))
    declared = replace(source.layout, dialect=replace(source.layout.dialect, header=True))
    place = Place(loaded.name, 0, 0, ",".join(loaded.header))
    loaded.layout = fitting(replace(source, layout=declared), loaded.header, place)
    shown = dict(zip(loaded.header, types, strict=True))
    owners = {name: cell for cell in loaded.layout.cells for name in cell.wanted}
    problems, names = [], {}
    for name in (*owners, *extra_keys(source.layout)):
        if name not in shown:
            continue
        found = _as_text(f'"{shown[name]}"', types[shown[name]], owners.get(name))
        if found is None:
            message = f"the column `{name}` is of type {types[shown[name]]}, which `{source.name}` cannot read exactly"
            remedy = "write it as text, as a whole number, or as a timestamp that fits the declared zone"
            problems.append(Problem("CB323", message, remedy, place=Place(loaded.name)))
        names[name] = f"NULLIF({found}, '')"
    if problems:
        raise Invalid(problems)
    engine.insert(_insert(source, loaded, relation, names), loaded.name)
    _counted(engine, source, loaded)


def _as_text(name: str, kind: str, cell: Cell | None) -> str | None:
    """A typed column as the declared text; None when that would lose or guess something."""
    if kind == "VARCHAR" or kind.startswith("ENUM"):
        return f"CAST({name} AS VARCHAR)"
    if kind.startswith(("TIMESTAMP", "DATE")):
        return _moment_text(name, kind, cell)
    if kind in ("DOUBLE", "FLOAT"):
        mark = getattr(cell, "mark", None)
        if mark is None:
            return None
        digits = f"CASE WHEN isfinite({name}) THEN CAST({name} AS VARCHAR) WHEN isinf({name}) THEN 'inf' END"
        return f"replace(regexp_replace({digits}, '\\.0$', ''), '.', {quoted(mark)})"
    if kind.startswith("DECIMAL"):
        mark = str(getattr(cell, "mark", "."))
        return f"replace(CAST({name} AS VARCHAR), '.', {quoted(mark)})"
    if re.fullmatch(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|BOOLEAN", kind):
        return f"CAST({name} AS VARCHAR)"
    return None


def _moment_text(name: str, kind: str, cell: Cell | None) -> str | None:
    if not isinstance(cell, InstantCell):
        return f"CAST({name} AS VARCHAR)" if kind == "DATE" else None
    aware = "WITH TIME ZONE" in kind or kind == "TIMESTAMPTZ"
    if aware == cell.is_wall or cell.form.startswith("epoch"):
        return None
    utc = f"make_timestamp(epoch_us({name}))" if aware else f"CAST({name} AS TIMESTAMP)"
    form = "%Y-%m-%dT%H:%M:%S.%f" if cell.form == "iso" else cell.form.replace("%z", "+0000")
    return f"strftime({utc}, {quoted(form)})" + (" || 'Z'" if aware and cell.form == "iso" else "")

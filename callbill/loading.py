"""Export files become rows of the stage: text first, then exact values, nothing guessed."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from callbill.engine import Engine, MixedLineEnds, csv_relation
from callbill.files import (
    Export,
    Workshop,
    decoded,
    ends_in_returns,
    foreign_byte,
    nul_byte,
    plain_head,
    same_line_ends,
)
from callbill.lines import csv_rows, line_place
from callbill.problems import Invalid, Place, Problem, nearest
from callbill.stage import Loaded, Source, column, extra_keys
from callbill.staging import Cell, InstantCell, quoted


def create(engine: Engine, source: Source) -> None:
    """The empty stage of a source."""
    fields = "".join(f", {column(cell.name)} {cell.type}" for cell in source.layout.cells)
    extra = "".join(f", key_{n} VARCHAR" for n, _ in enumerate(extra_keys(source.layout)))
    engine.run(f"CREATE TABLE {source.stage} (file INTEGER{fields}{extra}, bad VARCHAR[])")


def load_file(engine: Engine, workshop: Workshop, source: Source, export: Export) -> None:
    """Stage one file. Raises `Invalid` when it is not what the source declares."""
    loaded = Loaded(export, export.name, (), 0)
    source.files.append(loaded)
    if export.form == "parquet":
        _load_parquet(engine, source, loaded, f"read_parquet({quoted(str(export.path))})")
        return
    if (line := nul_byte(export)) is not None and not source.layout.dialect.encoding.startswith("utf-16"):
        remedy = "it may be UTF-16: declare `encoding: utf-16`, or export it again"
        raise Invalid([Problem("CB322", "the file holds a NUL byte", remedy, place=Place(export.name, line))])
    plain = decoded(export, source.layout.dialect.encoding, workshop)
    if ends_in_returns(plain):
        plain = same_line_ends(plain, workshop)
    try:
        _load_csv(engine, workshop, source, loaded, plain)
    except MixedLineEnds:
        engine.run(f"DELETE FROM {source.stage} WHERE file = {len(source.files) - 1}")
        _load_csv(engine, workshop, source, loaded, same_line_ends(plain, workshop))


def _load_csv(engine: Engine, workshop: Workshop, source: Source, loaded: Loaded, export: Export) -> None:
    dialect = source.layout.dialect
    loaded.export = export
    loaded.header, loaded.skipped_lines, first = _header(export, source, loaded.name)
    positions = _positions(source, loaded, first)
    if not first:
        return
    if dialect.skip or loaded.skipped_lines > 1:
        loaded.export = export = plain_head(export, loaded.skipped_lines, dialect.quote, workshop)
    relation = csv_relation(
        str(export.path), len(first), delimiter=dialect.delimiter, quote=dialect.quote, escape=dialect.escape,
        skip=loaded.skipped_lines, gzip=export.form == "gzip",
    )  # fmt: skip
    names = {name: f"c{position}" for name, position in positions.items()}
    query = _insert(source, len(source.files) - 1, relation, names)
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


def _positions(source: Source, loaded: Loaded, first: Sequence[str] = ()) -> dict[str, int]:
    """Where each declared column stands in the file (from 1); `Invalid` for those that are not there."""
    dialect, problems, found = source.layout.dialect, [], {}
    wanted = [name for cell in source.layout.cells for name in cell.columns] + list(extra_keys(source.layout))
    number = loaded.skipped_lines if dialect.header else loaded.skipped_lines + 1
    place = Place(loaded.name, number or 1, 0, dialect.delimiter.join(loaded.header or first))
    if dialect.header and len(loaded.header) == 1 and loaded.header[0] not in wanted:
        raise Invalid([_one_cell(loaded.header[0], dialect.delimiter, place)])
    for name in dict.fromkeys(wanted):
        if not dialect.header:
            if (problem := _unplaced(name, first)) is None:
                found[name] = int(name)
            else:
                problems.append(problem.at(place))
            continue
        matches = [n for n, header in enumerate(loaded.header, start=1) if header == name]
        if len(matches) == 1:
            found[name] = matches[0]
        elif not matches:
            remedy = nearest(name, [one for one in loaded.header if one])
            message = f"source `{source.name}` needs the column `{name}`, the file does not have it"
            problems.append(Problem("CB301", message, remedy, place=place))
        else:
            remedy = "rename one in the export, or read by position with `header: false` and `skip: 1`"
            message = f"the column `{name}` is there {len(matches)} times"
            problems.append(Problem("CB302", message, remedy, place=place))
    if problems:
        raise Invalid(problems)
    return found


def _unplaced(name: str, first: Sequence[str]) -> Problem | None:
    """Why a column cannot be found by its position."""
    if not re.fullmatch("[1-9][0-9]{0,5}", name):
        remedy = "write its position, `1` for the first, since the source has `header: false`"
        return Problem("CB301", f"the column `{name}` has no name to be found by", remedy)
    if first and int(name) > len(first):
        cells = f"{len(first)} cell{'s' if len(first) > 1 else ''}"
        return Problem("CB301", f"there is no column {name}: the first row has {cells}", "correct the position")
    return None


def _one_cell(header: str, delimiter: str, place: Place) -> Problem:
    """A header that the declared delimiter does not cut."""
    seen = [one for one in ",;\t|" if one in header]
    shown = [one.replace("\t", "\\t") for one in (delimiter, *seen)]
    message = f"the header is one single cell: the source declares `{shown[0]}` between cells"
    remedy = (
        f'the file seems to use `{shown[1]}`: declare `delimiter: "{shown[1]}"`' if seen else "declare its delimiter"
    )
    return Problem("CB301", message, remedy, place=place)


def _insert(source: Source, number: int, relation: str, names: Mapping[str, str]) -> str:
    """The statement that stages one file: texts, then values, then whether the row must be rejected."""
    cells, keys = source.layout.cells, extra_keys(source.layout)
    texts = [f"{_joined(cell, names, source.layout.nulls)} AS t_{n}" for n, cell in enumerate(cells)]
    texts += [f"{_cleaned(names[key], ())} AS key_{n}" for n, key in enumerate(keys)]
    values = [f"{cell.value(f't_{n}')} AS v_{n}" for n, cell in enumerate(cells)]
    kept = [f"{cell.kept(f'v_{n}')} AS {column(cell.name)}" for n, cell in enumerate(cells)]
    bad = " OR ".join(cell.bad(f"t_{n}", column(cell.name)) for n, cell in enumerate(cells))
    raw = ", ".join(f"t_{n}" for n, _ in enumerate(cells))
    staged = [column(cell.name) for cell in cells] + [f"key_{n}" for n, _ in enumerate(keys)]
    return (
        f"INSERT INTO {source.stage} SELECT {number}, {', '.join(staged)}, CASE WHEN {bad} THEN [{raw}] END"
        f" FROM (SELECT *, {', '.join(kept)} FROM (SELECT *, {', '.join(values)}"
        f" FROM (SELECT {', '.join(texts)} FROM {relation})))"
    )


def _cleaned(cell: str, nulls: Sequence[str]) -> str:
    text = f"trim(COALESCE({cell}, ''), ' \t\u00a0\u202f')"
    if not nulls:
        return text
    return f"CASE WHEN {text} IN ({', '.join(quoted(word) for word in nulls)}) THEN '' ELSE {text} END"


def _joined(cell: Cell, names: Mapping[str, str], nulls: Sequence[str]) -> str:
    parts = [_cleaned(names[one], nulls) for one in cell.columns]
    return parts[0] if len(parts) == 1 else f"trim({' || {} || '.format(quoted(' ')).join(parts)})"


# ------------------------------------------------------------------------------- Parquet files and DataFrames


def load_frame(engine: Engine, source: Source, frame: object) -> None:
    """Stage a pandas DataFrame."""
    name = engine.frame(f"frame_{source.stage}_{len(source.files)}", frame)
    loaded = Loaded(None, "DataFrame", (), 0)
    source.files.append(loaded)
    _load_parquet(engine, source, loaded, name)


def _load_parquet(engine: Engine, source: Source, loaded: Loaded, relation: str) -> None:
    """Typed columns become the text that a CSV would hold, so that one way of reading serves all."""
    types = engine.columns(relation, loaded.name)
    loaded.header = tuple(types)
    if not source.layout.dialect.header:
        loaded.header = tuple(str(n) for n, _ in enumerate(types, start=1))
    declared = replace(source.layout, dialect=replace(source.layout.dialect, header=True))
    _positions(replace(source, layout=declared), loaded)
    shown = dict(zip(loaded.header, types, strict=True))
    owners = {name: cell for cell in source.layout.cells for name in cell.columns}
    problems, names = [], {}
    for name in (*owners, *extra_keys(source.layout)):
        text = _as_text(f'"{shown[name]}"', types[shown[name]], owners.get(name))
        if text is None:
            message = f"the column `{name}` is of type {types[shown[name]]}, which `{source.name}` cannot read exactly"
            remedy = "write it as text, as a whole number, or as a timestamp that fits the declared zone"
            problems.append(Problem("CB323", message, remedy, place=Place(loaded.name)))
        names[name] = text or "''"
    if problems:
        raise Invalid(problems)
    engine.insert(_insert(source, len(source.files) - 1, relation, names), loaded.name)
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

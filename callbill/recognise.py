"""Which reader fits an export, and what it would understand of it: for people who have a file and no contract yet."""

import csv
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from callbill import readers
from callbill.activity import load
from callbill.cells import Cell, NumberCell
from callbill.doubts import doubts
from callbill.engine import Engine
from callbill.files import Export, Workshop
from callbill.frozen import frozen
from callbill.headers import told_apart
from callbill.money import MICRO, rounded, text, trimmed
from callbill.problems import Invalid, Place, Problem, nearest
from callbill.readers._platform import Platform, declared_dates
from callbill.settings import build, hinted
from callbill.source import emit
from callbill.sql import column
from callbill.stage import Source
from callbill.staging import Dialect, Layout
from callbill.tables import plain_lines, sheet_header, sheet_rows
from callbill.times import DurationCell, InstantCell

SAMPLES = 3
DATES = ("%m/%d/%y %I:%M %p", "%d/%m/%Y %H:%M", "iso")
"""Forms of dates that users' locales write; the first that reads an export's beginning is the one it is shown in."""
HEAD = 1 << 18
"""Bytes of an export that are looked at to recognise it."""
LOOKED_AT = 40
"""Rows that must be readable where there is no header to go by."""


@frozen
class Known:
    """One form of one report that a reader knows."""

    reader: str
    report: str
    grade: str
    alone: bool
    """Whether the reader has no other report."""
    local: bool
    """Whether the contract must say the zone of its moments."""
    dated: bool
    """Whether the contract must say how its moments are written."""
    layout: Layout

    @property
    def words(self) -> str:
        generation = f" ({self.layout.name})" if self.layout.name != self.report else ""
        return f"reader `{self.reader}`, report `{self.report}`{generation}, grade {self.grade}"

    def settings(self) -> dict[str, Any]:
        """What a contract must say of it."""
        said: dict[str, Any] = {"reader": self.reader} | ({} if self.alone else {"report": self.report})
        said |= {"zone": "(the zone of its clock)"} if self.local else {}
        return {"calls": said | ({"dates": "(the form of its dates)"} if self.dated else {})}


def known() -> Iterator[Known]:
    """Every form of every report of every platform."""
    for name in readers.names():
        kind = readers.named(name)
        if not issubclass(kind, Platform):
            continue
        for report, generations in kind.REPORTS.items():
            said = {"reader": name} | ({"report": report} if "report" in kind.model_fields else {})
            wants = ["zone" not in generation.settings for generation in generations]
            said |= {"zone": "UTC"} if any(wants) else {}
            dated = any(declared_dates(one) for one in generations)
            for form in DATES if dated else (None,):
                layout = build(kind, said | ({"dates": form} if form else {})).layout()
                for local, one in zip(wants, layout.generations or (layout,), strict=True):
                    yield Known(name, report, kind.GRADE[report], len(kind.REPORTS) == 1, local, dated, one)


# ------------------------------------------------------------------------------------------------- which one fits


def recognised(export: Export, workshop: Workshop) -> Known:
    """The one form that an export has. Raises `Invalid` (CB330) when none fits, or several."""
    sample = _sample(export, workshop)
    seen = [(one, _header(sample, one.layout, workshop)) for one in known()]
    pairs = [(one, head) for one, head in seen if _fits(one.layout, head)]
    fitting = [one for one, head in pairs if _dates_read(one, head)] or [one for one, _ in pairs]
    most = max((_certainty(one.layout) for one in fitting), default=0)
    chosen = [one for one in fitting if _certainty(one.layout) == most]
    named = sorted({(one.reader, one.report) for one in chosen})
    if len({reader for reader, _ in named}) == 1:
        return chosen[0]  # one export may be read for several reports: the first is the usual one
    if chosen:
        listed = ", ".join(f"`{reader}` ({report})" for reader, report in named)
        message = f"several readers fit this export: {listed}"
        raise Invalid([Problem("CB330", message, "say in the contract which one it is", place=Place(export.name))])
    raise Invalid(_nearly(export, seen))


def _certainty(layout: Layout) -> int:
    """How much of an export a form asks for: columns by name tell more than positions."""
    return len(layout.columns) if layout.dialect.header else 0


Head = tuple[tuple[str, ...], list[list[str]]]
"""The header (empty where there is none) and the first rows."""


def _fits(layout: Layout, head: Head) -> bool:
    header, rows = head
    if layout.dialect.form == "json_lines" or layout.dialect.header:
        return bool(header) and set(layout.columns) <= set(header)
    wide = [len(row) for row in rows]
    if not rows or (layout.widths and not set(wide) <= set(layout.widths)):
        return False
    return all(_reads(cell, row, layout) for row in rows[:LOOKED_AT] for cell in layout.cells)


def _dates_read(form: Known, head: Head) -> bool:
    """Whether the first rows have their dates in the form that is tried; of other reports there is one form."""
    if not form.dated:
        return True
    header, rows = head
    cells = [cell for cell in form.layout.cells if isinstance(cell, InstantCell) and set(cell.columns) <= set(header)]
    at = [(cell, [header.index(name) for name in cell.columns]) for cell in cells]
    return all(
        cell.why(" ".join(row[n] for n in places if n < len(row)).strip()) is None
        for row in rows[:LOOKED_AT]
        for cell, places in at
    )


def _reads(cell: Cell, row: Sequence[str], layout: Layout) -> bool:
    """Whether a row without a header has what a cell reads."""
    positions = [int(name) - 1 for name in cell.columns]
    if cell.picks or cell.preamble:
        return True
    if any(at >= len(row) for at in positions):
        return cell.optional
    parts = [row[at].strip() for at in positions]
    return cell.why(" ".join("" if part in layout.nulls else part for part in parts).strip()) is None


@frozen
class Sample:
    """The beginning of an export, read once: its first lines in a file, or the rows of its sheet."""

    export: Export | None
    rows: Sequence[list[Any]] = ()


def _sample(export: Export, workshop: Workshop) -> Sample:
    """The first whole lines of a text, however large; a Parquet file has no form that a platform writes."""
    if export.form == "workbook":
        return Sample(None, sheet_rows(export, None))
    if export.form == "parquet":
        return Sample(None)
    with export.open() as source:
        head = source.read(HEAD)
    target = workshop.new()
    target.write_bytes(head if len(head) < HEAD else head[: head.rfind(b"\n") + 1])
    return Sample(Export(export.name, target, "text"))


def _header(sample: Sample, layout: Layout, workshop: Workshop) -> Head:
    """The head of an export as a layout would read it; nothing when it cannot."""
    dialect = layout.dialect
    if sample.export is None:
        number, header = sheet_header(list(sample.rows), dialect.skip)
        return told_apart(tuple(header)), [[str(value) for value in row] for row in sample.rows[number:]]
    try:
        lines = _lines(sample.export, dialect, workshop)
        if dialect.form == "json_lines":
            found = json.loads(lines[0]) if lines else None
            return tuple(_paths(found)), []
        rows = [row for row in csv.reader(lines, **_csv_options(dialect)) if row]
    except (Invalid, UnicodeError, ValueError, csv.Error):
        return (), []
    if not dialect.header:
        return (), rows
    return told_apart(tuple(cell.strip() for cell in rows[0])) if rows else (), rows[1:]


def _lines(export: Export, dialect: Dialect, workshop: Workshop) -> list[str]:
    """The lines of a sample, as far as the layout reads them."""
    plain = plain_lines(export, dialect, workshop)
    encoding = "utf-8-sig" if dialect.encoding == "utf-8" or plain is not export else dialect.encoding
    text = plain.path.read_bytes().decode(encoding)
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[dialect.skip :]


def _csv_options(dialect: Dialect) -> dict[str, Any]:
    if not dialect.quote:
        return {"delimiter": dialect.delimiter, "quoting": csv.QUOTE_NONE}
    return {"delimiter": dialect.delimiter, "quotechar": dialect.quote}


def _paths(value: object, prefix: str = "") -> Iterator[str]:
    """Every path of a JSON object."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{prefix}{key}"
            yield from _paths(inner, f"{prefix}{key}.")


def _nearly(export: Export, seen: Sequence[tuple[Known, Head]]) -> Iterator[Problem]:
    """The columns that the nearest form misses, when it is near; else that no reader knows the export."""
    named = [(one, head[0]) for one, head in seen if one.layout.dialect.header and head[0]]
    near, header = max(named, key=lambda pair: _share(pair[0].layout, pair[1]), default=(None, ()))
    if near is None or _share(near.layout, header) < Fraction(3, 5):
        shown = ",".join(header)[:200]
        message, remedy = "no reader knows this export", "declare its columns: see `callbill describe generic`"
        yield Problem("CB330", message, remedy, place=Place(export.name, 1 if shown else 0, 0, shown))
        return
    place = Place(export.name, near.layout.dialect.skip + 1, 0, near.layout.dialect.delimiter.join(header)[:200])
    for name in near.layout.columns:
        if name not in header:
            owner = next((cell.name for cell in near.layout.cells if name in cell.wanted), "")
            meant = hinted(nearest(name, [one for one in header if one and one not in near.layout.columns]))
            remedy = f"did you mean `{meant}`? " if meant else ""
            remedy += f"a renamed column is declared by `columns: {{{owner or name}: …}}`"
            yield Problem("CB330", f"this is nearly {near.words}: `{name}` is not there", remedy, place=place)


def _share(layout: Layout, header: Sequence[str]) -> Fraction:
    """How much of what a form asks for a header has."""
    return Fraction(len(set(layout.columns) & set(header)), max(len(layout.columns), 1))


# --------------------------------------------------------------------------------------------- what it understands


def page(export: Export, workshop: Workshop) -> tuple[str, list[Problem]]:
    """What is understood of an export, as plain text, and what is wrong with it.

    Raises `Invalid` (CB330) when no reader knows it, or several do.
    """
    found = recognised(export, workshop)
    with Engine() as engine:
        activity = load(engine, workshop, {"calls": found.layout}, {"calls": [export]})
        source = activity.sources["calls"]
        rows = [
            f"{export.name}: {found.words}",
            "",
            f"Rows: {source.read} read, {source.rejected} rejected, {source.other} of another kind,"
            f" {source.duplicates} duplicates, {source.joined} legs joined to their contacts",
            "",
            *_columns(source, found),
            "",
            f"The first {SAMPLES} records as callbill sees them",
            *_samples(engine, source, found),
            "",
            *_models(found.layout),
            "",
            "In a contract",
            *(f"  {row}" for row in emit({"activity": found.settings()}).splitlines()),
        ]
        problems = [reject.problem for reject in source.rejects] + list(doubts(engine, source))
    return "\n".join(row.rstrip() for row in rows) + "\n", problems


def _columns(source: Source, found: Known) -> list[str]:
    """Each column of the export, and what it is read as."""
    layout, header = source.files[0].layout, source.files[0].header
    said: dict[str, list[str]] = {}
    for cell in layout.cells:
        for name in cell.wanted:
            said.setdefault(name, []).append(_said(cell, found))
    names = header or tuple(sorted(said, key=int))
    wide = max((len(name) for name in names), default=0)
    rows = [f"  {name:<{wide}}  {', '.join(dict.fromkeys(said.get(name, ['–'])))}" for name in names]
    derived = {**{name: f"from `{a}` to `{b}`" for name, (a, b) in layout.spans.items()}}
    derived |= {
        name: " ".join(f"{'+' if sign > 0 else '-'} {part}" for sign, part in parts).removeprefix("+ ")
        for name, parts in layout.sums.items()
    }
    return ["Columns", *rows, *(f"  {name} = {words}" for name, words in derived.items())]


def _said(cell: Cell, found: Known) -> str:
    """What a cell is, in a few words."""
    if isinstance(cell, InstantCell):
        zone = "UTC" if cell.form.startswith("epoch") else cell.zone or "with its offset"
        zone = "in the zone that the contract declares" if found.local and cell.is_wall else zone
        return f"{cell.name} (moment, {cell.form}, {zone})"
    if isinstance(cell, DurationCell):
        return f"{cell.name} (duration in {cell.unit})"
    return f"{cell.name} (number)" if isinstance(cell, NumberCell) else cell.name


def _samples(engine: Engine, source: Source, known_form: Known) -> list[str]:
    """The first records, a field a line."""
    layout = source.layout
    fields = [*layout.instants, *layout.texts, *layout.durations, *layout.numbers]
    met = {
        name: " AND ".join(one.sql(column(one.field)) for one in tests) or "1 = 1"
        for name, tests in layout.states.items()
    }
    chosen = [f"CAST({column(name)} AS VARCHAR)" for name in fields]
    chosen += [f"CASE WHEN {test} THEN 'yes' ELSE 'no' END" for test in met.values()]
    found = engine.rows(f"SELECT id, {', '.join(chosen)} FROM {source.relation} ORDER BY row LIMIT {SAMPLES}")
    rows = []
    wide = max(len(name) for name in (*fields, *met))
    for number, (_, *values) in enumerate(found, start=1):
        rows.append(f"  {number}")
        for name, value in zip((*fields, *met), values, strict=True):
            rows.append(f"    {name:<{wide}}  {_shown(name, value, known_form)}")
    return rows


def _shown(name: str, value: str | None, found: Known) -> str:
    layout = found.layout
    if value is None:
        return "–"
    if name in layout.instants:
        moment = datetime.fromtimestamp(int(value) // MICRO, UTC).replace(tzinfo=None).isoformat(sep=" ")
        return f"{moment} {'by the clock of the export' if found.local else 'UTC'}"
    if name in layout.durations:
        return f"{text(trimmed(rounded(Fraction(int(value), MICRO), 6)))} s"
    return text(trimmed(rounded(Fraction(int(value), MICRO), 6))) if name in layout.numbers else value


def _models(layout: Layout) -> list[str]:
    """What each model can bill of it, or what it misses."""
    times = ", ".join(f"calls.{name}" for name in layout.durations)
    counts = ", ".join(f"calls.{name}" for name in (*layout.states, *layout.numbers))
    if layout.record == "agent_state":
        counts = ""
    seats = "seats that the contract states"
    if "agent" in layout.texts and layout.record != "interval":
        seats = f"agents that are measured, or {seats}"
    else:
        seats += "; measured ones need an agent"
    return [
        "What each model can bill",
        f"  time          {times or 'nothing: the export has no duration'}",
        f"  act           {counts or 'nothing: the export counts no contacts'}",
        f"  flat          {', '.join(part for part in (times, counts) if part) or 'a fixed amount'}",
        f"  subscription  {seats}",
    ]


__all__ = ["known", "page", "recognised"]

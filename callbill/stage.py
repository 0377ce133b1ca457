"""One source's rows inside the engine, and what became of each of them."""

from dataclasses import dataclass, field
from typing import Literal

from callbill.cells import Cell
from callbill.engine import BadLine, Engine
from callbill.files import Export
from callbill.frozen import frozen
from callbill.problems import Problem
from callbill.sql import column
from callbill.staging import Layout


@frozen
class Reject:
    """One row that could not be understood, at its place, with the cell's value and the reason."""

    field: str
    value: str
    problem: Problem


@dataclass
class Loaded:
    """One file in the stage: the rows it gave, first to last, and the lines that were no rows."""

    export: Export | None
    name: str
    layout: Layout
    """What its rows are: the source's layout, or the generation of it that the header shows."""
    header: tuple[str, ...]
    first: int
    """Position in the stage of its first row."""
    rows: int = 0
    skipped_lines: int = 0
    bad_lines: tuple[BadLine, ...] = ()
    blanks: Literal["none", "plain", "others"] = "others"
    """Which blanks there may be around its cells."""

    @property
    def taken(self) -> Export:
        """The file; a DataFrame has none."""
        if self.export is None:
            raise LookupError(f"{self.name} is no file")
        return self.export


@dataclass
class Source:
    """One source's records: `relation` is what metering reads, the counts are the top of the funnel.

    `relation` has `row` (position in the stage), `file`, `id` and one `x_NAME` for every field; `x_start` is UTC.
    """

    name: str
    layout: Layout
    stage: str
    kept: frozenset[str] | None = None
    """The fields that are staged, in any order of rows; None: all fields, in the order of the files.

    Beside them stand the `mark` of the record's identity, and the hash of all that is not staged, as `rest`.
    """
    relation: str = ""
    read: int = 0
    other: int = 0
    """Rows that are no records of this source."""
    duplicates: int = 0
    joined: int = 0
    """Legs beyond the first of each contact."""
    files: list[Loaded] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    rejected: int = 0

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that are staged."""
        return tuple(cell for cell in self.layout.cells if self.kept is None or cell.name in self.kept)


@dataclass
class Activity:
    """Every source of a contract, staged in one engine."""

    engine: Engine
    sources: dict[str, Source]

    @property
    def rejects(self) -> list[Reject]:
        return [reject for source in self.sources.values() for reject in source.rejects]

    @property
    def rejected(self) -> int:
        return sum(source.rejected for source in self.sources.values())

    @property
    def read(self) -> int:
        return sum(source.read for source in self.sources.values())


def extra_keys(layout: Layout) -> tuple[str, ...]:
    """Columns of the export that make the identity without being fields."""
    names = {cell.name for cell in layout.cells}
    return tuple(key for key in layout.identity if key not in names)


def identity_mark(layout: Layout) -> str:
    """A whole number that tells records apart nearly always; NULL where a record is one of its own whatever it says."""
    extra = extra_keys(layout)
    parts = [f"key_{extra.index(key)}" if key in extra else column(key) for key in layout.identity]
    mark = mark_of(*parts)
    return f"CASE WHEN {parts[0]} IS NOT NULL THEN {mark} END" if has_own_rows(layout) else mark


def mark_of(*texts: str) -> str:
    """A whole number of 63 bits that is the same for the same values."""
    return f"CAST(hash({', '.join(texts)}) // 2 AS BIGINT)"


def has_own_rows(layout: Layout) -> bool:
    """Whether a record without an id is one of its own: the export may have none."""
    return layout.identity == ("id",) and layout.has("id") and layout.cell("id").optional


def count(engine: Engine, relation: str) -> int:
    """Rows of a relation."""
    number: int = engine.rows(f"SELECT COUNT(*) FROM {relation}")[0][0]
    return number

"""What one source's export looks like and what its records mean: what a reader hands to the stage."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from callbill.cells import Cell, NumberCell, TextCell
from callbill.frozen import frozen
from callbill.sql import quoted
from callbill.times import DurationCell, InstantCell
from callbill.values import Threshold

Record = Literal["contact", "agent_state", "interval"]
IDENTITY = "(identity)"
"""Among the names of fields that something looks at: it also puts records in an order, by time and then by identity."""


@frozen
class Condition:
    """What one field must be: one of some words, none of some words, or within limits (millionths)."""

    field: str
    one_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    at_least: Threshold | None = None
    at_most: Threshold | None = None
    above: Threshold | None = None
    below: Threshold | None = None
    filled: bool | None = None

    def sql(self, name: str) -> str:
        """Whether a record's field meets it; an empty field meets only `not`."""
        tests = []
        if self.one_of:
            tests.append(f"{name} IN ({', '.join(quoted(word) for word in self.one_of)})")
        if self.none_of:
            tests.append(f"({name} IS NULL OR {name} NOT IN ({', '.join(quoted(word) for word in self.none_of)}))")
        limits = ((self.at_least, ">="), (self.at_most, "<="), (self.above, ">"), (self.below, "<"))
        tests += [f"{name} {sign} {limit.micro}" for limit, sign in limits if limit is not None]
        if self.filled is not None:
            tests.append(f"{name} IS {'NOT ' if self.filled else ''}NULL")
        return f"(({' AND '.join(tests)}) IS TRUE)"


@frozen
class Dialect:
    """How an export is written."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    encoding: str = "utf-8"
    header: bool = True
    skip: int = 0
    """Lines before the header, or before the first record where there is no header."""
    form: Literal["csv", "json_lines"] = "csv"
    sheet: str | None = None
    """The sheet of a spreadsheet; None: it has one."""
    trailer: tuple[str, ...] = ()
    """How the lines after the last record begin, such as `TOTALS`."""
    trailing_delimiter: bool = False
    """Whether rows end in a delimiter that the header does not have."""
    short_rows: bool = False
    """Whether rows may lack their last cells."""
    wrapped: bool = False
    """Whether every line is one quoted cell that holds the row."""
    lenient_quotes: bool = False
    """Whether a quote inside a quoted cell is a character unless a delimiter or the line's end follows."""


@frozen
class Rule:
    """What a contact's field is made of: its legs' values in order, empty ones left out.

    `first`, `last`, `sum`, `min`, `max`; `span` of the contact's own moments or durations; or the first of `words` that
    a leg has. `where`, `legs` and `until`, a field at whose first value the legs end, leave other legs out.
    """

    take: Literal["first", "last", "sum", "min", "max", "span", "words"]
    words: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    legs: Literal["all", "first", "others", "only"] = "all"
    until: str | None = None


@frozen
class Legs:
    """How rows that are legs or events become contacts: those that share `key`, in the order of `order`.

    `parent` is a field that names the leg which a leg belongs to, `child` one that names a leg which belongs to it:
    such legs are of the contact of the first of them, however long the chain, and that one is the first leg. Legs of
    one that no file has are of one contact too.
    """

    key: tuple[str, ...]
    order: tuple[str, ...]
    rules: Mapping[str, Rule]
    parent: str | None = None
    child: str | None = None
    ranks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of fields whose words decide between legs that `order` does not tell apart: the words, the first leg's first."""


@frozen
class Layout:
    """Everything about one source's export: what a reader hands to the stage."""

    record: Record
    dialect: Dialect
    cells: tuple[Cell, ...]
    nulls: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    """Fields or columns that make a record's identity; empty: every row is a record of its own."""
    states: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    """Contacts: what makes each countable state. An empty tuple is every contact."""
    agent_states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Agent states written one a row: the words of each state."""
    spans: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Durations from one instant to another."""
    sums: Mapping[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    """Durations that are sums and differences of others."""
    within: tuple[tuple[str, str], ...] = ()
    """Durations that cannot be longer than another, each with that other: a unit that does not fit shows here."""
    less: Mapping[str, str] = field(default_factory=dict)
    """Instants that the export stamps at the end of a duration."""
    only: tuple[Condition, ...] = ()
    """Which rows are records of this source; the others are counted and left alone."""
    legs: Legs | None = None
    latest_by: str | None = None
    """The field that decides between rows with one identity: the highest wins. None: they must be equal."""
    name: str = ""
    """Which report, or generation of it, this is."""
    generations: tuple["Layout", ...] = ()
    """Other forms that the same report has had, told apart by their headers."""
    signature: tuple[str, ...] = ()
    """Columns by which its header is known, beside those that it reads."""
    widths: tuple[int, ...] = ()
    """Without a header: the numbers of cells that its rows may have."""

    def cell(self, name: str) -> Cell:
        return next(cell for cell in self.cells if cell.name == name)

    def has(self, name: str) -> bool:
        return any(cell.name == name for cell in self.cells)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the export that must be there."""
        named = [name for cell in self.cells if not cell.optional for name in cell.wanted]
        return tuple(dict.fromkeys([*named, *self.signature]))

    @property
    def durations(self) -> tuple[str, ...]:
        """The names of every duration a record has, measured, derived or by state."""
        plain = tuple(cell.name for cell in self.cells if isinstance(cell, DurationCell))
        return (*plain, *self.spans, *self.sums, *self.agent_states)

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(cell.name for cell in self.cells if isinstance(cell, NumberCell))

    @property
    def instants(self) -> tuple[str, ...]:
        return tuple(cell.name for cell in self.cells if isinstance(cell, InstantCell))

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(cell.name for cell in self.cells if isinstance(cell, TextCell))

    @property
    def fields(self) -> tuple[str, ...]:
        """Every name that a condition or a charge may speak of."""
        return (*self.texts, *self.numbers, *self.durations)

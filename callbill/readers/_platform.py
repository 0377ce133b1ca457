"""What the readers of platforms share: their reports written in the words of `generic`, each setting to be overridden.

A reader's file gives `REPORTS`: for each report its generations, the current one first. A generation is a mapping of
the settings of `generic`; which one an export is, its header tells. A contract may override every setting, and
every column by its name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from callbill.frozen import frozen
from callbill.problems import Problem
from callbill.readers import Reader
from callbill.readers._columns import Column, FieldName, Form, Moment
from callbill.readers._table import Complete, Duplicates, Encoding, LegsSettings, StateRule, Table
from callbill.settings import build
from callbill.staging import Layout
from callbill.terms import Where
from callbill.values import Flag, Label, Whole, Words, Zone

if TYPE_CHECKING:
    from callbill.cells import Cell

Plain = Mapping[str, Any]
"""Settings of `generic` as a contract would write them: texts, lists and mappings."""


@frozen
class Generation:
    """One form that a report has or had.

    `signature` are columns of its header that it does not read but by which it is known; for an export without a
    header, how a row is known: its number of cells as `cells`.
    """

    name: str
    settings: Plain
    signature: tuple[str, ...] = ()
    cells: tuple[int, ...] = ()


Reports = Mapping[str, tuple[Generation, ...]]
CSV: Plain = {"delimiter": ",", "encoding": "utf-8", "decimal": "."}
"""How nearly every platform writes its tables."""
DECLARED = "declared"
"""The form of a moment that follows the exporting user's locale: only the contract can tell it."""
_ANY_FORM = "%Y-%m-%d %H:%M"
"""Stands for it while the rest of the settings is checked."""


class Platform(Reader):
    """The export of a platform; what its reader declares, the contract may declare otherwise."""

    zone: Zone | None = Field(None, description="time zone of the export's moments, where it does not say it itself")
    dates: Form | None = Field(
        None, description="how its moments are written, where the exporting user's locale decides: `%d/%m/%Y %H:%M`"
    )
    columns: dict[FieldName, Column] = Field(
        default_factory=dict, description="columns that are otherwise in this export, or more of them"
    )
    states: dict[FieldName, StateRule] = Field(default_factory=dict, description="states that are counted otherwise")
    agent_states: dict[FieldName, Words] = Field(default_factory=dict, description="agent states by their words")
    only: Where = Field(default_factory=dict, description="which rows are records; the others are counted apart")
    legs: LegsSettings | None = Field(None, description="how legs become contacts, otherwise")
    within: dict[FieldName, FieldName] | None = Field(None, description="durations that cannot be longer than another")
    id: Words | None = Field(None, description="columns that make a record's identity together, or `none`")
    duplicates: Duplicates | None = Field(None, description="`{latest_by: NAME}` when rows of one id may differ")
    complete: Complete | None = Field(None, description="how every row says that the export is whole")
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="between cells")
    quote: str | None = Field(None, max_length=1, description='around cells; `""` when there is none')
    quotes: Literal["strict", "lenient"] | None = Field(None, description="how quotes inside cells are read")
    encoding: Encoding | None = Field(None, description="how characters are written")
    decimal: Literal[".", ","] | None = Field(None, description="the decimal mark of numbers and durations")
    sheet: Label | None = Field(None, description="of a spreadsheet: the name of the sheet, when it has several")
    header: Flag | None = Field(None, description="whether the first line names the columns")
    skip: Whole | None = Field(None, description="lines before the header")
    trailer: Words | None = Field(None, description="how lines after the last record begin")
    trailing_delimiter: Flag | None = Field(None, description="whether rows end in a delimiter")
    nulls: Words | None = Field(None, description="words that mean an empty cell")
    repeated_hour: Literal["first", "second"] | None = Field(
        None, description="which of the two a moment of the repeated hour is; left out, such a moment is refused"
    )
    missing_hour: Literal["shift"] | None = Field(None, description="`shift`: the clock was not moved")

    REPORTS: ClassVar[Reports] = {}
    GRADE: ClassVar[Mapping[str, str]] = {}
    """How sure each report is: A a real export, B the vendor's documentation, C field names only."""

    @property
    def chosen(self) -> str:
        """The report that the contract names, or the only one."""
        return str(getattr(self, "report", None) or next(iter(self.REPORTS)))

    def problems(self) -> Iterator[Problem]:
        """What is wrong once the contract's settings lie over the platform's."""
        tables, found = self._tables(), []
        for generation, table in tables:
            mine = [*table.problems(), *self._zoneless(generation, table)]
            found += [one for one in mine if not self._spared(one, generation)]
        if self.zone is not None and not any(self._wants_zone(generation) for generation, _ in tables):
            message = "`zone` has no effect: the moments of this export carry their own"
            found.append(Problem("CB248", message, "take `zone` out of the source", ("zone",), on_key=True))
        found += self._undated()
        yield from {(one.code, one.message): self._seen(one) for one in found}.values()

    def _undated(self) -> Iterator[Problem]:
        """Dates that the exporting user's locale writes: days and months are not guessed."""
        wanted = [name for one in self.REPORTS[self.chosen] for name in declared_dates(one) if name not in self.columns]
        if wanted and self.dates is None:
            help_ = 'write `dates: "%m/%d/%y %I:%M %p"` for `6/23/25 07:00 AM`, `"%d/%m/%Y %H:%M"`, or `iso`'
            message = f"how `{wanted[0]}` is written is not declared: it follows the exporting user's locale"
            yield Problem("CB228", message, help_)
        if self.dates is not None and not wanted:
            message = "`dates` has no effect: the moments of this export have one form"
            yield Problem("CB248", message, "take `dates` out of the source", ("dates",), on_key=True)

    def _zoneless(self, generation: Generation, table: Table) -> Iterator[Problem]:
        """The moments of a platform's clock, whose zone only the contract knows; ISO texts alone would not tell."""
        for name, column in table.columns.items():
            local = isinstance(column, Moment) and column.takes_zone and column.zone is None
            if local and table.zone is None and self._wants_zone(generation):
                help_ = "write `zone: Europe/Paris` in the source, or whichever zone it is"
                yield Problem("CB226", f"the time zone of `{name}` is not declared", help_, ("columns", name))

    def _spared(self, problem: Problem, generation: Generation) -> bool:
        """Whether only an older generation lacks its zone: it is asked for when such an export is read."""
        return problem.code == "CB226" and generation is not self.REPORTS[self.chosen][0]

    def _seen(self, problem: Problem) -> Problem:
        """The problem at what the contract itself has written."""
        written = problem.path[:1] and problem.path[0] in self.model_fields_set
        return problem if written else Problem(problem.code, problem.message, problem.help, (), on_key=False)

    def _tables(self) -> list[tuple[Generation, Table]]:
        """Every generation of the report, the contract's settings laid over it. Raises `Invalid`."""
        return [(one, build(Table, self._merged(one))) for one in self.REPORTS[self.chosen]]

    def _merged(self, generation: Generation) -> dict[str, Any]:
        base = dict(generation.settings)
        columns = dict(base["columns"])
        for name in declared_dates(generation):
            columns[name] = {**columns[name], "format": self.dates or _ANY_FORM}
        base["columns"] = columns
        given = {key: value for key, value in self if key in self.model_fields_set & set(Table.model_fields)}
        for key in ("columns", "states", "agent_states", "only"):
            merged = {**base.get(key, {}), **given.pop(key, {})}
            if merged:
                base[key] = merged
        if not self._wants_zone(generation):
            given.pop("zone", None)
        return base | given

    def _wants_zone(self, generation: Generation) -> bool:
        """Whether the zone is left to the contract: a generation that knows it says so, or says `None`."""
        return "zone" not in generation.settings

    def layout(self) -> Layout:
        """The current generation with all fields of the others, and the others. Raises `Invalid`."""
        found = [self._layout(generation, table) for generation, table in self._tables()]
        if len(found) == 1:
            return found[0]
        every: dict[str, Cell] = {}
        for one in found:
            for cell in one.cells:
                every.setdefault(cell.name, cell)
        cells = tuple(
            replace(cell, optional=not all(_demands(one, cell.name) for one in found)) for cell in every.values()
        )
        return replace(found[0], cells=cells, generations=tuple(found))

    @staticmethod
    def _layout(generation: Generation, table: Table) -> Layout:
        made = table.layout()
        return replace(made, name=generation.name, signature=generation.signature, widths=generation.cells)


def declared_dates(generation: Generation) -> list[str]:
    """The moments whose form the contract must declare."""
    columns = generation.settings["columns"].items()
    return [name for name, one in columns if isinstance(one, Mapping) and one.get("format") == DECLARED]


def _demands(layout: Layout, name: str) -> bool:
    """Whether a generation has a field, and its export must have the column."""
    return layout.has(name) and not layout.cell(name).optional

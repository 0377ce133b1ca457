"""A table of records that is declared in every detail: the settings of `generic`, in which every reader is written."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, WithJsonSchema, model_validator

from callbill.cells import Cell, FlagCell, TextCell
from callbill.problems import Problem, nearest
from callbill.readers._columns import (
    DURATIONS,
    Between,
    Column,
    FieldName,
    Figure,
    Lasting,
    Moment,
    Total,
    Word,
    duration_cell,
    instant_cell,
    number_cell,
    word_cell,
)
from callbill.staging import Condition, Dialect, Layout, Legs, Record, Rule
from callbill.terms import Where, conditions
from callbill.values import Flag, Label, Settings, Whole, Words, Zone, fault, shape

StateRule = Annotated[Annotated[Literal["all"], Tag("text")] | Annotated[Where, Tag("mapping")], Discriminator(shape)]
Encoding = Literal[
    "utf-8", "cp1252", "latin-1", "iso-8859-15", "utf-16", "utf-16-le", "utf-16-be", "mac-roman", "cp850"
]


class Duplicates(Settings):
    """Which of several rows with one id is the record."""

    latest_by: Label = Field(description="the moment or number whose highest value wins")


class Complete(Settings):
    """The column by which an export says that it is whole."""

    column: Label = Field(description="the export's column")
    is_: Words = Field(alias="is", description="what every row must say: `YES`")


class LegRule(Settings):
    """What a contact's field is made of, when one word does not say it."""

    take: Literal["first", "last", "sum", "min", "max", "span"] | None = Field(
        None, description="of the legs' values in order"
    )
    words: Words | None = Field(None, description="the first of these words that a leg has")
    where: Where = Field(default_factory=dict, description="only the legs that fit")
    legs: Literal["all", "first", "others", "only"] = Field(
        "all", description="of the first leg, of the others, or of the only leg that a contact has"
    )
    until: FieldName | None = Field(None, description="of the legs up to the first one that has this field")

    @model_validator(mode="after")
    def _one(self) -> "LegRule":
        if (self.take is None) == (self.words is None):
            raise fault("CB248", "a leg's field has either `take` or `words`", "write one of the two")
        return self


Taken = Annotated[
    Annotated[Literal["first", "last", "sum", "min", "max", "span"], Tag("text")]
    | Annotated[Words, WithJsonSchema({"type": "array", "items": {"type": "string"}, "minItems": 1}), Tag("list")]
    | Annotated[LegRule, Tag("mapping")],
    Discriminator(shape),
]


class LegsSettings(Settings):
    """How rows that are legs or events are joined into contacts."""

    of: Words = Field(description="fields that all legs of a contact share: `call_id`")
    order: Words = Field(("start",), description="fields that put the legs in order")
    ranks: dict[FieldName, Words] = Field(
        default_factory=dict,
        description="of legs that `order` does not tell apart: a field's words in the order of their legs:"
        " `{event: [ENTERQUEUE, CONNECT]}`; other words come last",
    )
    parent: Label | None = Field(None, description="a field with the key of the leg that this one belongs to")
    child: Label | None = Field(None, description="a field with the key of a leg that belongs to this one")
    fields: dict[FieldName, Taken] = Field(
        default_factory=dict,
        description="each field of the contact: `first`, `last`, `sum`, `min`, `max` of its legs, `span` for a duration"
        " made of the contact's own moments or durations, or a list of words of which the first that a leg has is"
        " taken; texts are `first` by themselves, a duration must say it",
    )


class Table(Settings):
    """Any table; the contract declares every column."""

    record: Record = Field(description="what one row is: `contact`, `agent_state` or `interval`")
    form: Literal["csv", "json_lines"] = Field(
        "csv", description="`csv`, or `json_lines`: one JSON object a line, columns are paths such as `Queue.Name`"
    )
    sheet: Label | None = Field(None, description="of a spreadsheet: the name of the sheet, when it has several")
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(
        None, description='between cells: `","`, `";"`, `"\\t"`, `"|"`'
    )
    quote: Annotated[str, Field(max_length=1)] = Field('"', description='around cells: `"`; `""` when there is none')
    escape: Literal["double", "backslash"] = Field(
        "double", description="a quote inside a cell: `double` it, or `backslash`"
    )
    quotes: Literal["strict", "lenient"] = Field(
        "strict", description="`lenient`: a quote ends a cell only before a delimiter or the end of the line"
    )
    wrapped: Flag = Field(default=False, description="whether each line is one quoted cell that holds the row")
    trailing_delimiter: Flag = Field(
        default=False, description="whether rows end in a delimiter that the header does not have"
    )
    short_rows: Flag = Field(default=False, description="whether rows may lack their last cells, which are then empty")
    encoding: Encoding = Field(description="how characters are written; Excel in Western Europe writes `cp1252`")
    decimal: Literal[".", ","] = Field(description="the decimal mark of numbers and durations")
    header: Flag = Field(
        default=True, description="whether the first line names the columns; `false`: columns are positions"
    )
    skip: Whole = Field(0, description="lines before the header, or before the first row without a header")
    trailer: Words = Field((), description="how lines after the last record begin: `TOTALS`; they are no records")
    nulls: Words = Field((), description='words that mean an empty cell: `["-", "N/A", "NULL"]`')
    zone: Zone | None = Field(None, description="time zone of the moments, unless they carry their offset")
    repeated_hour: Literal["first", "second"] | None = Field(
        None, description="which of the two a moment of the repeated hour is; left out, such a moment is refused"
    )
    missing_hour: Literal["shift"] | None = Field(
        None, description="`shift`: a moment of the skipped hour was not moved; left out, such a moment is refused"
    )
    id: Words | None = Field(None, description="columns that make a record's identity together, or `none`")
    columns: dict[FieldName, Column] = Field(description="callbill's name: the export's column")
    complete: Complete | None = Field(None, description="how every row says that the export is whole")
    only: Where = Field(default_factory=dict, description="which rows are records; the others are counted apart")
    within: dict[FieldName, FieldName] = Field(
        default_factory=dict, description="durations that cannot be longer than another: `talk: duration`"
    )
    legs: LegsSettings | None = Field(None, description="how rows that are legs or events become contacts")
    states: dict[FieldName, StateRule] = Field(
        default_factory=dict,
        description="contacts: which ones count as each state: `answered: {outcome: [ok, transferred]}`",
    )
    agent_states: dict[FieldName, Words] = Field(
        default_factory=dict, description="agent states: the words of each state: `pause: [Pause, Déjeuner]`"
    )
    duplicates: Duplicates | None = Field(None, description="`{latest_by: NAME}` when rows of one id may differ")

    # ------------------------------------------------------------------------------------------ what is wrong

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the settings as a whole; `layout` is only asked for when there is nothing."""
        yield from self._dialect_problems()
        yield from self._column_problems()
        yield from self._record_problems()
        yield from self._reference_problems()

    def _record_problems(self) -> Iterator[Problem]:
        """What each kind of record needs."""
        if self.record == "contact" and self.id is None and "id" not in self.columns and self.legs is None:
            help_ = "declare its column: `columns: {id: …}`, or write `id: none`"
            yield Problem("CB229", "contacts need an `id`", help_, ("columns",), on_key=True)
        if self.record != "contact" and self.states:
            yield Problem("CB248", "`states` belong to contacts", "write `record: contact`", ("states",), on_key=True)
        if self.record != "contact" and self.legs:
            yield Problem("CB248", "`legs` make contacts", "write `record: contact`", ("legs",), on_key=True)
        if self.record != "agent_state" and self.agent_states:
            help_ = "write `record: agent_state`"
            yield Problem("CB248", "`agent_states` belong to agent states", help_, ("agent_states",), on_key=True)
        if self.agent_states and not {"state", "duration"} <= set(self.columns):
            help_ = "declare both under `columns`"
            message = "`agent_states` need the columns `state` and `duration`"
            yield Problem("CB229", message, help_, ("agent_states",), on_key=True)
        if self.record == "agent_state" and "agent" not in self.columns:
            help_ = "declare its column: `columns: {agent: …}`"
            yield Problem("CB229", "agent states need an `agent`", help_, ("columns",), on_key=True)

    def _dialect_problems(self) -> Iterator[Problem]:
        """Characters that cannot separate or surround cells."""
        if self.delimiter is None and self.form == "csv" and self.sheet is None:
            help_ = 'write `delimiter: …`: between cells: `","`, `";"`, `"\\t"`, `"|"`'
            yield Problem("CB202", "`delimiter` is missing", help_, (), on_key=True)
        if self.delimiter == self.quote:
            message = "`delimiter` and `quote` are one character"
            yield Problem("CB248", message, "write the one that stands between cells", ("delimiter",))
        for name, one in (("delimiter", self.delimiter), ("quote", self.quote)):
            if one in ("\n", "\r", "\0") or (name == "quote" and not self.quote.isascii()):
                help_ = (
                    'write one such as `","`' if name == "delimiter" else 'write `\'"\'`, or `""` when there is none'
                )
                yield Problem("CB203", f"this character cannot be the `{name}`", help_, (name,))

    def _column_problems(self) -> Iterator[Problem]:
        yield from self._position_problems()
        for name, column in self.columns.items():
            if name in DURATIONS and not isinstance(column, Lasting | Between | Total):
                help_ = f"write `{name}: {{column: …, unit: s}}`"
                yield Problem("CB229", f"the unit of `{name}` is not declared", help_, ("columns", name))
            if isinstance(column, Moment) and column.is_wall and self.zone is None and column.zone is None:
                help_ = "write `zone: Europe/Paris` in the source, or whichever zone it is"
                yield Problem("CB226", f"the time zone of `{name}` is not declared", help_, ("columns", name))
        if not isinstance(self.columns.get("start"), Moment):
            help_ = "write `start: {column: …, format: iso}`"
            yield Problem("CB229", "`start` is not declared as a moment", help_, ("columns",), on_key=True)

    def _position_problems(self) -> Iterator[Problem]:
        """Columns that are named, where the export names none."""
        for name, column in self.columns.items() if not self.header else ():
            for where in self._where(column):
                if not where.isascii() or not where.isdecimal() or where[0] == "0" or len(where) > 6:
                    help_ = "write its position, `1` for the first, since the source has `header: false`"
                    message = f"the column `{where}` has no name to be found by"
                    yield Problem("CB301", message, help_, ("columns", name))

    @staticmethod
    def _where(column: object) -> tuple[str, ...]:
        """The export's columns that a cell is made of."""
        if isinstance(column, str):
            return (column,)
        if isinstance(column, Moment | Lasting | Figure | Word):
            at = column.at("")
            return (*at["columns"], *(name for one in at["picks"] for name in one.columns))
        return ()

    def _reference_problems(self) -> Iterator[Problem]:
        """Names of other columns of this source."""
        moments = [name for name, one in self.columns.items() if isinstance(one, Moment)]
        lasting = [name for name, one in self.columns.items() if isinstance(one, Lasting | Between | Total)]
        for name, column in self.columns.items():
            if isinstance(column, Between):
                for key, end in (("from", column.from_), ("to", column.to)):
                    yield from _unknown(end, moments, "a moment", ("columns", name, key))
            if isinstance(column, Total):
                plain = [one for one in lasting if not isinstance(self.columns[one], Total)]
                for _, part in column.parts:
                    yield from _unknown(part, plain, "a duration", ("columns", name, "sum"))
            if isinstance(column, Moment) and column.less is not None:
                yield from _unknown(column.less, lasting, "a duration", ("columns", name, "less"))
        for part, whole in self.within.items():
            yield from _unknown(part, lasting, "a duration", ("within", part))
            yield from _unknown(whole, lasting, "a duration", ("within", part))
        ranked = [*moments, *lasting, *(name for name, one in self.columns.items() if isinstance(one, Figure))]
        if self.duplicates:
            kind = "a moment, a duration or a number"
            yield from _unknown(self.duplicates.latest_by, ranked, kind, ("duplicates", "latest_by"))
        yield from self._leg_problems(lasting)

    def _leg_problems(self, lasting: list[str]) -> Iterator[Problem]:
        """What the legs share and leave to their contact."""
        if self.legs is None:
            return
        ties = {key: (name,) for key in ("parent", "child") if (name := getattr(self.legs, key)) is not None}
        ranked = tuple(self.legs.ranks)
        for key, names in {"of": self.legs.of, "order": self.legs.order, "ranks": ranked, **ties}.items():
            for name in names:
                yield from _unknown(name, list(self.columns), "a column", ("legs", key))
        for name in self.legs.fields:
            yield from _unknown(name, list(self.columns), "a column", ("legs", "fields", name))
        for name in lasting:
            if name not in self.legs.fields:
                help_ = f"write `{name}: sum` under `fields`, or `first`, `last`, `max`"
                message = f"`legs` do not say what becomes of the duration `{name}`"
                yield Problem("CB229", message, help_, ("legs",), on_key=True)

    # ------------------------------------------------------------------------------------------------ layout

    def layout(self) -> Layout:
        """What the export looks like and what its records mean. Raises `Invalid` for conditions that do not fit."""
        cells = tuple(cell for name, column in self.columns.items() if (cell := self._cell(name, column)) is not None)
        if self.complete is not None:
            cells += (FlagCell(name="complete", columns=(self.complete.column,), known=self.complete.is_),)
        moments = {name: one for name, one in self.columns.items() if isinstance(one, Moment)}
        layout = Layout(
            record=self.record,
            dialect=self._dialect(),
            cells=cells,
            nulls=self.nulls,
            identity=self._identity(cells),
            agent_states=self.agent_states,
            spans={name: (one.from_, one.to) for name, one in self.columns.items() if isinstance(one, Between)},
            sums={name: one.parts for name, one in self.columns.items() if isinstance(one, Total)},
            within=tuple(self.within.items()),
            less={name: one.less for name, one in moments.items() if one.less is not None},
            latest_by=self.duplicates.latest_by if self.duplicates else None,
        )
        states: dict[str, tuple[Condition, ...]] = {
            name: () if isinstance(rule, str) else conditions(rule, layout, ("states", name))
            for name, rule in self.states.items()
        }
        only = conditions(self.only, layout, ("only",))
        return Layout(**{**vars(layout), "states": states, "only": only, "legs": self._legs(layout)})

    def _dialect(self) -> Dialect:
        return Dialect(
            delimiter=self.delimiter or ",",
            quote=self.quote,
            escape=self.quote if self.escape == "double" else "\\",
            encoding=self.encoding,
            header=self.header,
            skip=self.skip,
            form=self.form,
            sheet=self.sheet,
            trailer=self.trailer,
            trailing_delimiter=self.trailing_delimiter,
            short_rows=self.short_rows,
            wrapped=self.wrapped,
            lenient_quotes=self.quotes == "lenient",
        )

    def _legs(self, layout: Layout) -> Legs | None:
        if self.legs is None:
            return None
        rules = {name: self._rule(rule, layout, name) for name, rule in self.legs.fields.items()}
        legs = self.legs
        return Legs(legs.of, legs.order, rules, parent=legs.parent, child=legs.child, ranks=legs.ranks)

    @staticmethod
    def _rule(rule: Any, layout: Layout, name: str) -> Rule:
        if isinstance(rule, str):
            return Rule(rule)  # type: ignore[arg-type]  # one of the words that `Taken` lists
        if isinstance(rule, tuple):
            return Rule("words", rule)
        where = conditions(rule.where, layout, ("legs", "fields", name, "where"))
        return Rule(rule.take or "words", rule.words or (), where, rule.legs, rule.until)

    def _cell(self, name: str, column: object) -> Cell | None:
        if isinstance(column, Moment):
            ends = [end for one in self.columns.values() if isinstance(one, Between) for end in (one.from_, one.to)]
            hours: dict[str, Any] = {"repeated": self.repeated_hour, "missing": self.missing_hour}
            return instant_cell(name, column, self.zone, required=name == "start" or name in ends, **hours)
        if isinstance(column, Lasting):
            return duration_cell(name, column, self.decimal)
        if isinstance(column, Figure):
            return number_cell(name, column, self.decimal)
        if isinstance(column, Between | Total):
            return None
        word = column if isinstance(column, Word) else Word(column=str(column))
        if name == "state" and self.agent_states:
            known = tuple(one for words in self.agent_states.values() for one in words)
            return TextCell(**word.at(name), known=known)
        return word_cell(name, word, required=self._names_record(name))

    def _names_record(self, name: str) -> bool:
        """Whether a text must not be empty: what tells records apart."""
        if self.legs is not None and name in self.legs.of:
            return True
        return name == "id" or (name == "agent" and self.record == "agent_state")

    def _identity(self, cells: tuple[Cell, ...]) -> tuple[str, ...]:
        if self.id == ("none",):
            return ()
        if self.id is not None:
            return self.id
        if "id" in self.columns and (self.legs is None or "id" not in self.legs.of):
            return ("id",)
        if self.legs is not None:
            return tuple(cell.name for cell in cells)
        return tuple(cell.name for cell in cells if isinstance(cell, TextCell) or cell.name == "start")


def _unknown(name: str, known: list[str], kind: str, path: tuple[str, ...]) -> Iterator[Problem]:
    """The problem of a name that is not there."""
    if name not in known:
        yield Problem("CB231", f"`{name}` is not {kind} of this source", nearest(name, known), path)

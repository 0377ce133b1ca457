r"""Any table of contacts, agent states or intervals; the contract declares everything about it.

Nothing is guessed: not the delimiter, the encoding, the decimal mark, the form of a date, its time zone, nor the
unit of a duration. CSV, CSV in gzip or zip, Parquet and pandas DataFrames are read alike.

Three kinds of record:

- `contact`: one row a call, e-mail or chat. `states:` says which contacts count as offered, answered, abandoned…
- `agent_state`: one row a stretch of an agent's time. Either a `state` column with `agent_states:` naming its words,
  or one duration column per state.
- `interval`: one row of counts, such as a half hour of a queue; counts are number columns.

Columns. On the left callbill's name, on the right the export's: a column name (or a position from 1 when
`header: false`). A text needs nothing more. A mapping says what else a cell is:

- a moment: `{column: Start, format: "%d/%m/%Y %H:%M:%S"}`; `iso`, `epoch_s` and `epoch_ms` are formats too, and
  `{columns: [Date, Time], format: …}` joins two columns with a blank. A format without an offset needs the source's
  `zone`;
- a duration: `{column: Talk, unit: s}`; units `ms`, `s`, `min`, `h`, `day`, `h:mm:ss`, `h:mm`, `mm:ss`;
  `snap: 1 s` rounds what a spreadsheet blurred; `empty: 0` says what an empty cell counts as;
- a duration between two moments: `{from: start, to: end}`;
- a number: `{column: Units, number: true}`.

Every contact needs `start` and an `id` (a column, several that make it together, or `id: none` when the export has
none, which switches the search for duplicates off). Agent states and intervals are recognised by all their words
and their start unless `id` says otherwise.

Rows with the same id must be equal and are billed once; `duplicates: {latest_by: updated}` keeps the row with the
highest value of a column instead.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from callbill.money import MICRO
from callbill.problems import Problem, nearest
from callbill.readers import Reader
from callbill.staging import (
    CLOCK_FORMS,
    Cell,
    Condition,
    Dialect,
    DurationCell,
    InstantCell,
    Layout,
    NumberCell,
    Record,
    TextCell,
)
from callbill.terms import Where, conditions
from callbill.values import UNITS, Duration, Flag, Label, Settings, Whole, Words, Written, Zone, fault, shape

EXAMPLE = """\
activity:
  calls:
    reader: generic
    record: contact                  # contact | agent_state | interval
    delimiter: ","
    encoding: utf-8
    decimal: "."
    columns:
      id: contact_id
      start: {column: started_at, format: iso}      # carries its offset; otherwise declare `zone:`
      queue: queue
      agent: agent
      customer: caller
      outcome: outcome
      talk: {column: talk_s, unit: s}
      wrap: {column: wrap_s, unit: s}
    states:
      offered: all
      answered: {outcome: [answered, transferred]}
      abandoned: {outcome: abandoned}
"""

DURATIONS = ("wait", "ring", "talk", "hold", "wrap", "duration")
"""Names that always are durations."""
ENCODINGS = ("utf-8", "cp1252", "latin-1", "iso-8859-15", "utf-16", "utf-16-le", "utf-16-be", "mac-roman", "cp850")
_DIRECTIVES = set("YymdHIMSfpzbBaAj%")


_FORMAT = (
    "^(iso|epoch_s|epoch_ms|(?=.*%[Yy])((?=.*%j)|(?=.*%d)(?=.*%[mbB]))([^%]|%[" + "".join(sorted(_DIRECTIVES)) + "])*)$"
)


def _format(raw: object) -> str:
    """A date format: `iso`, `epoch_s`, `epoch_ms`, or `%` signs that give a date and an hour."""
    from callbill.values import label

    written = label(raw)
    if written in ("iso", "epoch_s", "epoch_ms"):
        return written
    used = re.findall(r"%(.?)", written)
    unknown = [one for one in used if one not in _DIRECTIVES]
    if unknown or not used:
        shown = f"`%{unknown[0]}` is not part of a date format" if unknown else f"`{written}` is not a date format"
        raise fault("CB228", shown, 'write for example `"%d/%m/%Y %H:%M:%S"`, or `iso`')
    if not ({"Y", "y"} & set(used) and ("j" in used or ("d" in used and {"m", "b", "B"} & set(used)))):
        raise fault("CB228", f"`{written}` does not hold a whole date", "it needs year, month and day")
    return written


class _At(Settings):
    """Where a cell is: one column, or several joined by a blank."""

    column: Label | None = Field(None, description="the export's column")
    columns: Words | None = Field(None, description="several columns, joined by a blank")

    @model_validator(mode="after")
    def _one(self) -> "_At":
        if (self.column is None) == (self.columns is None):
            raise fault("CB248", "a cell has either `column` or `columns`", "write one of the two")
        return self

    @property
    def where(self) -> tuple[str, ...]:
        return self.columns or (self.column or "",)


class Moment(_At):
    """A cell that holds a moment."""

    format: Annotated[str, Written(_format, {"type": "string", "pattern": _FORMAT})] = Field(
        description="`iso`, `epoch_s`, `epoch_ms`, or `%` signs: `%d/%m/%Y %H:%M:%S`"
    )


class Lasting(_At):
    """A cell that holds a duration."""

    unit: Literal["ms", "s", "min", "h", "day", "h:mm:ss", "h:mm", "mm:ss"] = Field(description="what the cell counts")
    snap: Duration | None = Field(None, description="the step the value is rounded to, half up: `1 s`")
    empty: Whole | None = Field(
        None, description="what an empty cell counts as, `0`; without it an empty cell is refused"
    )


class Between(Settings):
    """A duration from one moment of the record to another."""

    from_: Label = Field(alias="from", description="the earlier moment's name")
    to: Label = Field(description="the later moment's name")


class Figure(_At):
    """A cell that holds a number."""

    number: Flag = Field(description="`true`")
    empty: Whole | None = Field(
        None, description="what an empty cell counts as, `0`; without it an empty cell is refused"
    )


class Word(_At):
    """A cell that holds a text."""


def _column_shape(raw: object) -> str:
    if shape(raw) == "text":
        return "plain"
    if isinstance(raw, Settings):
        return {Moment: "moment", Lasting: "duration", Between: "between", Figure: "figure"}.get(type(raw), "word")
    keys: Mapping[Any, Any] = raw if isinstance(raw, Mapping) else {}
    for key, name in (
        ("format", "moment"),
        ("unit", "duration"),
        ("from", "between"),
        ("to", "between"),
        ("number", "figure"),
    ):
        if key in keys:
            return name
    return "word"


Column = Annotated[
    Annotated[Label, Tag("plain")]
    | Annotated[Moment, Tag("moment")]
    | Annotated[Lasting, Tag("duration")]
    | Annotated[Between, Tag("between")]
    | Annotated[Figure, Tag("figure")]
    | Annotated[Word, Tag("word")],
    Discriminator(_column_shape),
]


def _field_name(raw: object) -> str:
    from callbill.values import label

    written = label(raw)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", written):
        remedy = "write a small letter, then small letters, digits or `_`"
        raise fault("CB218", f"`{written}` cannot be a column's name here", remedy)
    return written


FieldName = Annotated[str, Written(_field_name, {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"})]
StateRule = Annotated[Annotated[Literal["all"], Tag("text")] | Annotated[Where, Tag("mapping")], Discriminator(shape)]


def _micro(unit: str) -> int:
    """Microseconds of one of what a duration's cell counts; a clock counts in its last part."""
    return UNITS[unit] if unit in UNITS else CLOCK_FORMS[unit][1][-1] * MICRO


class Duplicates(Settings):
    """Which of several rows with one id is the record."""

    latest_by: Label = Field(description="the moment or number whose highest value wins")


class Generic(Reader):
    """Any table; the contract declares every column."""

    reader: Literal["generic"] = Field(description="`generic`")
    record: Record = Field(description="what one row is: `contact`, `agent_state` or `interval`")
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = Field(
        description='between cells: `","`, `";"`, `"\\t"`, `"|"`'
    )
    quote: Annotated[str, Field(max_length=1)] = Field('"', description='around cells: `"`; `""` when there is none')
    escape: Literal["double", "backslash"] = Field(
        "double", description="a quote inside a cell: `double` it, or `backslash`"
    )
    encoding: Literal[
        "utf-8", "cp1252", "latin-1", "iso-8859-15", "utf-16", "utf-16-le", "utf-16-be", "mac-roman", "cp850"
    ] = Field(description="how characters are written; Excel in Western Europe writes `cp1252`")
    decimal: Literal[".", ","] = Field(description="the decimal mark of numbers and durations")
    header: Flag = Field(
        default=True, description="whether the first line names the columns; `false`: columns are positions"
    )
    skip: Whole = Field(0, description="lines before the header, or before the first row without a header")
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
    states: dict[FieldName, StateRule] = Field(
        default_factory=dict,
        description="contacts: which ones count as each state: `answered: {outcome: [ok, transferred]}`",
    )
    agent_states: dict[FieldName, Words] = Field(
        default_factory=dict, description="agent states: the words of each state: `pause: [Pause, Déjeuner]`"
    )
    duplicates: Duplicates | None = Field(None, description="`{latest_by: NAME}` when rows of one id may differ")

    def problems(self) -> Iterator[Problem]:
        yield from self._dialect_problems()
        yield from self._column_problems()
        if self.record == "contact" and self.id is None and "id" not in self.columns:
            yield Problem(
                "CB229",
                "contacts need an `id`",
                "declare its column: `columns: {id: …}`, or write `id: none`",
                ("columns",),
                on_key=True,
            )
        if self.record != "contact" and self.states:
            yield Problem("CB248", "`states` belong to contacts", "write `record: contact`", ("states",), on_key=True)
        if self.record != "agent_state" and self.agent_states:
            help_ = "write `record: agent_state`"
            yield Problem("CB248", "`agent_states` belong to agent states", help_, ("agent_states",), on_key=True)
        if self.agent_states and not {"state", "duration"} <= set(self.columns):
            help_ = "declare both under `columns`"
            message = "`agent_states` need the columns `state` and `duration`"
            yield Problem("CB229", message, help_, ("agent_states",), on_key=True)
        if self.record == "agent_state" and "agent" not in self.columns:
            yield Problem(
                "CB229",
                "agent states need an `agent`",
                "declare its column: `columns: {agent: …}`",
                ("columns",),
                on_key=True,
            )

    def _dialect_problems(self) -> Iterator[Problem]:
        """Characters that cannot separate or surround cells."""
        if self.delimiter == self.quote:
            message = "`delimiter` and `quote` are one character"
            yield Problem("CB248", message, "write the one that stands between cells", ("delimiter",))
        for name, one in (("delimiter", self.delimiter), ("quote", self.quote)):
            if one in ("\n", "\r", "\0") or (name == "quote" and not one.isascii()):
                help_ = (
                    'write one such as `","`' if name == "delimiter" else 'write `\'"\'`, or `""` when there is none'
                )
                yield Problem("CB203", f"this character cannot be the `{name}`", help_, (name,))

    def _column_problems(self) -> Iterator[Problem]:
        yield from self._position_problems()
        for name, column in self.columns.items():
            if name in DURATIONS and not isinstance(column, Lasting | Between):
                help_ = f"write `{name}: {{column: …, unit: s}}`"
                yield Problem("CB229", f"the unit of `{name}` is not declared", help_, ("columns", name))
            if isinstance(column, Moment) and self._wall(column.format) and self.zone is None:
                help_ = "write `zone: Europe/Paris` in the source, or whichever zone it is"
                yield Problem("CB226", f"the time zone of `{name}` is not declared", help_, ("columns", name))
            if isinstance(column, Between):
                for key, end in (("from", column.from_), ("to", column.to)):
                    if not isinstance(self.columns.get(end), Moment):
                        moments = [one for one, cell in self.columns.items() if isinstance(cell, Moment)]
                        message = f"`{end}` is not a moment of this source"
                        yield Problem("CB231", message, nearest(end, moments), ("columns", name, key))
        if not isinstance(self.columns.get("start"), Moment):
            help_ = "write `start: {column: …, format: iso}`"
            yield Problem("CB229", "`start` is not declared as a moment", help_, ("columns",), on_key=True)
        ranked = [name for name, one in self.columns.items() if isinstance(one, Moment | Lasting | Figure)]
        if self.duplicates and self.duplicates.latest_by not in ranked:
            message = f"`{self.duplicates.latest_by}` is not a moment, a duration or a number of this source"
            yield Problem("CB231", message, nearest(self.duplicates.latest_by, ranked), ("duplicates", "latest_by"))

    def _position_problems(self) -> Iterator[Problem]:
        """Columns that are named, where the export names none."""
        for name, column in self.columns.items() if not self.header else ():
            for where in self._where(column):
                if not re.fullmatch("[1-9][0-9]{0,5}", where):
                    help_ = "write its position, `1` for the first, since the source has `header: false`"
                    message = f"the column `{where}` has no name to be found by"
                    yield Problem("CB301", message, help_, ("columns", name))

    @staticmethod
    def _where(column: object) -> tuple[str, ...]:
        """The export's columns that a cell is made of."""
        if isinstance(column, str):
            return (column,)
        return column.where if isinstance(column, _At) else ()

    @staticmethod
    def _wall(form: str) -> bool:
        """Whether a format carries no offset; `iso` without a zone means that every cell has one."""
        return form not in ("iso", "epoch_s", "epoch_ms") and "%z" not in form

    def layout(self) -> Layout:
        cells = tuple(cell for name, column in self.columns.items() if (cell := self._cell(name, column)) is not None)
        layout = Layout(
            record=self.record,
            dialect=Dialect(
                delimiter=self.delimiter,
                quote=self.quote,
                escape=self.quote if self.escape == "double" else "\\",
                encoding=self.encoding,
                header=self.header,
                skip=self.skip,
            ),
            cells=cells,
            nulls=self.nulls,
            identity=self._identity(cells),
            agent_states=self.agent_states,
            spans={name: (one.from_, one.to) for name, one in self.columns.items() if isinstance(one, Between)},
            latest_by=self.duplicates.latest_by if self.duplicates else None,
        )
        states: dict[str, tuple[Condition, ...]] = {
            name: () if isinstance(rule, str) else conditions(rule, layout, ("states", name))
            for name, rule in self.states.items()
        }
        return Layout(**{**vars(layout), "states": states})

    def _cell(self, name: str, column: object) -> Cell | None:
        if isinstance(column, Moment):
            zone = self.zone if column.format not in ("epoch_s", "epoch_ms") and "%z" not in column.format else None
            needed = name == "start" or any(
                name in (b.from_, b.to) for b in self.columns.values() if isinstance(b, Between)
            )
            return InstantCell(
                name=name, columns=column.where, form=column.format, zone=zone, required=needed,
                repeated=self.repeated_hour, missing=self.missing_hour,
            )  # fmt: skip
        if isinstance(column, Lasting):
            return DurationCell(
                name=name,
                columns=column.where,
                unit=column.unit,
                mark=self.decimal,
                snap=column.snap,
                empty=None if column.empty is None else column.empty * _micro(column.unit),
            )
        if isinstance(column, Figure):
            empty = None if column.empty is None else column.empty * MICRO
            return NumberCell(name=name, columns=column.where, mark=self.decimal, empty=empty)
        if isinstance(column, Between):
            return None
        where = self._where(column)
        if name == "state" and self.agent_states:
            known = tuple(word for words in self.agent_states.values() for word in words)
            return TextCell(name=name, columns=where, known=known)
        return TextCell(name=name, columns=where, required=name in ("id", "agent") and self._names_record(name))

    def _names_record(self, name: str) -> bool:
        return name == "id" or self.record == "agent_state"

    def _identity(self, cells: tuple[Cell, ...]) -> tuple[str, ...]:
        if self.id == ("none",):
            return ()
        if self.id is not None:
            return self.id
        if "id" in self.columns:
            return ("id",)
        return tuple(cell.name for cell in cells if isinstance(cell, TextCell) or cell.name == "start")


__all__ = ["CLOCK_FORMS", "ENCODINGS", "EXAMPLE", "Generic"]

"""What the columns of an export hold, as a contract declares it: moments, durations, numbers, words."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from callbill.cells import Cell, NumberCell, PhoneCell, Pick, Sign, TextCell
from callbill.money import MICRO
from callbill.times import CLOCK_FORMS, DurationCell, InstantCell
from callbill.values import UNITS, Duration, Flag, Label, Settings, Whole, Words, Written, Zone, fault, label, shape

DURATIONS = ("wait", "ring", "talk", "hold", "wrap", "ivr", "duration")
"""Names that always are durations."""
UTC_FORMS = ("epoch_s", "epoch_ms")
FORMS = ("iso", *UTC_FORMS, "excel")
_DIRECTIVES = set("YymdHIMSfpzbBaAj%")
_FORMAT = (
    f"^({'|'.join(FORMS)}|(?=.*%[Yy])((?=.*%j)|(?=.*%d)(?=.*%[mbB]))([^%]|%[" + "".join(sorted(_DIRECTIVES)) + "])*)$"
)


def _format(raw: object) -> str:
    """A date format: one of `FORMS`, or `%` signs that give a date and an hour."""
    written = label(raw)
    if written in FORMS:
        return written
    used = re.findall(r"%(.?)", written)
    unknown = [one for one in used if one not in _DIRECTIVES]
    if unknown or not used:
        shown = f"`%{unknown[0]}` is not part of a date format" if unknown else f"`{written}` is not a date format"
        raise fault("CB228", shown, 'write for example `"%d/%m/%Y %H:%M:%S"`, or `iso`')
    if not ({"Y", "y"} & set(used) and ("j" in used or ("d" in used and {"m", "b", "B"} & set(used)))):
        raise fault("CB228", f"`{written}` does not hold a whole date", "it needs year, month and day")
    return written


def _any_words(raw: object) -> tuple[str, ...]:
    """One text or a list of texts, of which one may be empty."""
    many = raw if isinstance(raw, list | tuple) else [raw]
    return tuple(one if isinstance(one, str) else label(one) for one in many)


AnyWords = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    BeforeValidator(_any_words),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]


class Unlike(Settings):
    """What a column is not, or how it begins."""

    not_: AnyWords | None = Field(None, alias="not", description='none of these; an empty one is written `""`')
    begins: Words | None = Field(None, description="it begins with one of these")
    not_begins: Words | None = Field(None, description="it begins with none of these")

    @model_validator(mode="after")
    def _one(self) -> "Unlike":
        if sum(one is not None for one in (self.not_, self.begins, self.not_begins)) != 1:
            raise fault("CB248", "this says `not`, `begins` or `not_begins`", "write one of the three")
        return self


Told = Annotated[
    Annotated[AnyWords, Tag("words")] | Annotated[Unlike, Tag("mapping")],
    Discriminator(lambda raw: "mapping" if shape(raw) == "mapping" else "words"),
]


class Choice(Settings):
    """A column that is read on the rows where other columns are as told."""

    column: Label | None = Field(None, description="the export's column")
    value: Label | None = Field(None, description="or a word that the export does not write")
    when: Annotated[dict[Label, Told], Field(min_length=1)] = Field(
        description="other columns of the export, and what they are: `{event: [CONNECT], agent: {not: NONE}}`"
    )

    @property
    def pick(self) -> Pick:
        signs = []
        for name, told in self.when.items():
            if isinstance(told, tuple):
                signs.append(Sign(name, told))
            elif told.not_ is not None:
                signs.append(Sign(name, told.not_, "not"))
            elif told.begins is not None:
                signs.append(Sign(name, told.begins, "begins"))
            else:
                signs.append(Sign(name, told.not_begins or (), "not_begins"))
        return Pick(self.column, tuple(signs), self.value or "")

    @model_validator(mode="after")
    def _one(self) -> "Choice":
        if (self.column is None) == (self.value is None):
            raise fault("CB248", "a choice has either `column` or `value`", "write one of the two")
        return self


class Above(Settings):
    """Something that the lines above the header say once for all rows."""

    after: Label = Field(description="the words before it: `Time range:`")
    before: Label = Field(description="the word behind it: `to`")


class _At(Settings):
    """Where a cell is: one column, several joined by a blank, or one of several by what the row is."""

    column: Label | None = Field(None, description="the export's column")
    columns: Words | None = Field(None, description="several columns, joined by a blank")
    pick: Annotated[tuple[Choice, ...], Field(min_length=1)] | None = Field(
        None, description="columns of which the first that fits the row is read"
    )
    above: Above | None = Field(None, description="what the lines above the header say: `{after: …, before: …}`")
    optional: Flag = Field(default=False, description="whether an export without the column is read all the same")

    @model_validator(mode="after")
    def _one(self) -> "_At":
        if sum(one is not None for one in (self.column, self.columns, self.pick, self.above)) != 1:
            raise fault("CB248", "a cell has either `column`, `columns`, `pick` or `above`", "write one of the four")
        return self

    def at(self, name: str) -> dict[str, Any]:
        """What every cell says of itself."""
        columns = self.columns or ((self.column,) if self.column else ())
        picks = tuple(one.pick for one in self.pick or ())
        above = (self.above.after, self.above.before) if self.above else None
        return {"name": name, "columns": columns, "picks": picks, "preamble": above, "optional": self.optional}


Form = Annotated[str, Written(_format, {"type": "string", "pattern": _FORMAT})]


class Moment(_At):
    """A cell that holds a moment."""

    format: Form = Field(
        description="`iso`, `epoch_s`, `epoch_ms`, `excel` (days since 1899-12-30), or `%` signs: `%d/%m/%Y %H:%M:%S`"
    )
    zone: Zone | None = Field(None, description="its time zone, when it is not the source's")
    snap: Duration | None = Field(None, description="the step the moment is rounded to, half up: `1 s`")
    less: Label | None = Field(
        None, description="a duration that ends at this moment: the record starts so much earlier"
    )

    @model_validator(mode="after")
    def _snapped(self) -> "Moment":
        if self.format == "excel" and self.snap is None:
            raise fault("CB248", "days of a spreadsheet are blurred, and `snap` is missing", "write `snap: 1 s`")
        return self

    @property
    def is_wall(self) -> bool:
        """Whether it needs a zone; `iso` without one means that every cell carries its offset."""
        return self.format not in ("iso", *UTC_FORMS) and "%z" not in self.format

    @property
    def takes_zone(self) -> bool:
        """Whether a zone has a meaning for it."""
        return self.format not in UTC_FORMS and "%z" not in self.format


class Lasting(_At):
    """A cell that holds a duration."""

    unit: Literal["ms", "s", "min", "h", "day", "h:mm:ss", "h:mm", "mm:ss", "clock", "ddhhmmss"] = Field(
        description="what the cell counts; `clock` is `h:mm:ss` from an hour on and `m:ss` below"
    )
    snap: Duration | None = Field(None, description="the step the value is rounded to, half up: `1 s`")
    empty: Whole | None = Field(
        None, description="what an empty cell counts as, `0`; without it an empty cell is refused"
    )


class Between(Settings):
    """A duration from one moment of the record to another."""

    from_: Label = Field(alias="from", description="the earlier moment's name")
    to: Label = Field(description="the later moment's name")


class Total(Settings):
    """A duration that is a sum or difference of others of the record."""

    sum: Annotated[Label, Field(pattern=r"^[a-z][a-z0-9_]*( [+-] [a-z][a-z0-9_]*)*$")] = Field(
        description="their names: `agent_time - hold`; empty ones count 0"
    )

    @property
    def parts(self) -> tuple[tuple[int, str], ...]:
        words = f"+ {self.sum}".split()
        return tuple((1 if sign == "+" else -1, name) for sign, name in zip(words[::2], words[1::2], strict=True))


class Figure(_At):
    """A cell that holds a number."""

    number: Flag = Field(description="`true`")
    blank: Flag = Field(
        default=False, description="whether a cell may be empty and count as no number: a survey without an answer"
    )
    empty: Whole | None = Field(
        None, description="what an empty cell counts as, `0`; without it an empty cell is refused"
    )


def _pattern(raw: object) -> str:
    """A regular expression with one group."""
    written = label(raw)
    try:
        groups = re.compile(written).groups
    except re.error:
        groups = 0
    if not groups:
        raise fault("CB248", f"`{written}` is not a pattern with a group", "write the part to keep in round brackets")
    return written


class Word(_At):
    """A cell that holds a text."""

    phone: Flag = Field(
        default=False,
        description="whether it is a telephone number: `tel:` and `sip:` go, one that a spreadsheet cut is refused",
    )
    split: AnyWords | None = Field(None, description="what stands between several words in one cell: `; `")
    take: Literal["first", "last"] = Field("first", description="which of several words")
    match: Annotated[str, BeforeValidator(_pattern)] | None = Field(
        None, description="a pattern whose first group is the word: `^(.*)-[0-9a-f]{8}$`; others stay whole"
    )


_KEYS = (
    ("format", "moment"), ("unit", "duration"), ("from", "between"), ("to", "between"), ("sum", "total"),
    ("number", "figure"),
)  # fmt: skip
_TYPES: dict[type[Settings], str] = {
    Moment: "moment", Lasting: "duration", Between: "between", Total: "total", Figure: "figure",
}  # fmt: skip


def _column_shape(raw: object) -> str:
    if shape(raw) == "text":
        return "plain"
    if isinstance(raw, Settings):
        return _TYPES.get(type(raw), "word")
    keys: Mapping[Any, Any] = raw if isinstance(raw, Mapping) else {}
    return next((name for key, name in _KEYS if key in keys), "word")


Column = Annotated[
    Annotated[Label, Tag("plain")]
    | Annotated[Moment, Tag("moment")]
    | Annotated[Lasting, Tag("duration")]
    | Annotated[Between, Tag("between")]
    | Annotated[Total, Tag("total")]
    | Annotated[Figure, Tag("figure")]
    | Annotated[Word, Tag("word")],
    Discriminator(_column_shape),
]


def _field_name(raw: object) -> str:
    written = label(raw)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", written):
        remedy = "write a small letter, then small letters, digits or `_`"
        raise fault("CB218", f"`{written}` cannot be a column's name here", remedy)
    return written


FieldName = Annotated[str, Written(_field_name, {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"})]


def _micro(unit: str) -> int:
    """Microseconds of one of what a duration's cell counts; a clock counts in its last part."""
    if unit in ("ddhhmmss", "clock"):
        return MICRO
    return UNITS[unit] if unit in UNITS else CLOCK_FORMS[unit][1][-1] * MICRO


def duration_cell(name: str, column: Lasting, mark: str) -> Cell:
    """The cell of a duration, where `mark` is the export's decimal mark."""
    empty = None if column.empty is None else column.empty * _micro(column.unit)
    return DurationCell(**column.at(name), unit=column.unit, mark=mark, snap=column.snap, empty=empty)


def number_cell(name: str, column: Figure, mark: str) -> Cell:
    """The cell of a number."""
    empty = None if column.empty is None else column.empty * MICRO
    return NumberCell(**column.at(name), mark=mark, empty=empty, required=not column.blank)


def word_cell(name: str, column: Word, *, required: bool) -> Cell:
    """The cell of a text."""
    part = (column.split[0], 1 if column.take == "first" else -1) if column.split else None
    kind = PhoneCell if column.phone else TextCell
    return kind(**column.at(name), required=required, part=part, match=column.match or "")


def instant_cell(name: str, column: Moment, zone: str | None, *, required: bool, **hours: Any) -> Cell:
    """The cell of a moment; `hours` says what happens in the hours that a zone repeats or skips."""
    chosen = (column.zone or zone) if column.takes_zone else None
    return InstantCell(**column.at(name), form=column.format, snap=column.snap, zone=chosen, required=required, **hours)

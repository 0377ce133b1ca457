"""A report: tables for people, in its language, and the same facts as records for programs."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, TypeAlias

from callbill.frozen import frozen

Raw: TypeAlias = "str | int | bool | Mapping[str, Raw] | list[Raw] | None"
"""What a program reads: numbers are strings of plain digits, except for counts of rows."""


@frozen
class Column:
    """A column of a table; `right` for numbers, `bar` for one that is looked at rather than read."""

    name: str
    right: bool = False
    bar: bool = False


@frozen
class Row:
    """One row of cells; a heading has one cell that stands for the whole row. `marked` is the one that counts."""

    cells: tuple[str, ...]
    heading: bool = False
    marked: bool = False
    notes: tuple[str, ...] = ()


@frozen
class Table:
    """Rows under columns; the first column takes the room that is left. `records` are the same facts for programs."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    records: tuple[Mapping[str, Raw], ...]


@frozen
class Series:
    """The values of one chart under one name, with each as people read it; `low` and `high` are those of ranges."""

    name: str
    values: tuple[Fraction | None, ...]
    texts: tuple[str, ...]
    low: tuple[Fraction, ...] = ()
    high: tuple[Fraction, ...] = ()


@frozen
class Chart:
    """What the table `after` says, to be looked at: lines over `labels`, bars beside them, or ranges with a median.

    `alt` says in a sentence what there is to see. Formats without pictures leave it out.
    """

    after: str
    title: str
    kind: Literal["lines", "bars", "ranges"]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    alt: str


@frozen
class Report:
    """A titled report. `facts` are (name, text) for people; `data` the same for programs."""

    kind: str
    title: str
    facts: tuple[tuple[str, str], ...]
    data: Mapping[str, Raw]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
    language: str = "en"
    charts: tuple[Chart, ...] = ()

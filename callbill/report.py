"""A report: tables for people, in its language, and the same facts as records for programs."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
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


Size: TypeAlias = Fraction | Decimal | None
"""What a chart draws; None is a gap, where nothing was counted."""


@frozen
class Series:
    """One value for each label of a chart; `texts` are the values as people read them, in the report's language.

    Ranges have a `low` and a `high` end around each value, and `spans`, the two ends as people read them.
    """

    name: str
    values: tuple[Size, ...]
    texts: tuple[str, ...]
    low: tuple[Size, ...] = ()
    high: tuple[Size, ...] = ()
    spans: tuple[str, ...] = ()


@frozen
class Chart:
    """A picture of figures, for formats that can draw; the others leave it out, since tables say the same.

    `table` names the table that holds these values: the chart stands right before its rows. A chart of none stands at
    the top, and brings its values as a table of its own. `alt` says in a sentence what there is to see. `unit` is
    that of the axis: percent, seconds or number.
    """

    name: str
    title: str
    kind: Literal["bars", "lines", "ranges"]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    alt: str
    table: str = ""
    unit: str = "number"


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

    def followed(self, other: "Report", name: str) -> "Report":
        """This report with another after it, whose facts and tables are those of `name`."""
        facts = tuple(Row((label, words)) for label, words in other.facts)
        heads = (Column(""), Column(""))
        tables = (
            Table(name, other.title, heads, facts, (other.data,)),
            *(replace(one, name=f"{name}_{one.name}") for one in other.tables),
        )
        charts = (
            replace(one, name=f"{name}_{one.name}", table=f"{name}_{one.table}" if one.table else "")
            for one in other.charts
        )
        notes = tuple(dict.fromkeys(self.notes + other.notes))
        return replace(self, tables=self.tables + tables, notes=notes, charts=(*self.charts, *charts))

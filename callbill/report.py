"""A report: tables for people, in its language, and the same facts as records for programs."""

from collections.abc import Mapping
from typing import TypeAlias

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
class Report:
    """A titled report. `facts` are (name, text) for people; `data` the same for programs."""

    kind: str
    title: str
    facts: tuple[tuple[str, str], ...]
    data: Mapping[str, Raw]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
    language: str = "en"

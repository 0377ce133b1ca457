"""How one cell of an export becomes an exact integer, an instant or a word, and why it cannot.

Each kind of cell says it twice: as text for the engine, which stages millions of rows, and as a sentence for a
person, which is asked only for the cells that the engine refused. Instants are whole microseconds since 1970 UTC,
durations whole microseconds, numbers whole millionths.
"""

import re
from abc import ABC, abstractmethod
from typing import Literal, TypeAlias

from callbill.frozen import frozen
from callbill.sql import quoted

Fault: TypeAlias = tuple[str, str, str]
"""Problem code, message, remedy."""


@frozen
class Sign:
    """What another column of the row must be: one of some words, none of them, or begin with one of them."""

    column: str
    words: tuple[str, ...]
    kind: Literal["is", "not", "begins", "not_begins"] = "is"

    def sql(self, cell: str) -> str:
        """Whether a trimmed text, which may be empty, is so."""
        if self.kind in ("begins", "not_begins"):
            begins = " OR ".join(f"starts_with({cell}, {quoted(word)})" for word in self.words)
            return f"({begins})" if self.kind == "begins" else f"NOT ({begins})"
        return f"({cell}) {'NOT ' if self.kind == 'not' else ''}IN ({', '.join(quoted(word) for word in self.words)})"


@frozen
class Pick:
    """A column that is read on the rows that have some signs."""

    column: str | None
    signs: tuple[Sign, ...]
    value: str = ""
    """What is taken where no column is."""

    @property
    def columns(self) -> tuple[str, ...]:
        own = () if self.column is None else (self.column,)
        return (*own, *(sign.column for sign in self.signs))


@frozen(kw_only=True)
class Cell(ABC):
    """One field of a record: its name, the export's columns it is made of, and how their text is read.

    `columns` are header names, or positions from 1 where there is no header; several are joined by a blank. With
    `picks` the first one that fits the row is read instead. An `optional` column may be missing from the export.
    `empty` is what an empty cell counts as: None rejects the record when the cell is `required`.
    """

    name: str
    columns: tuple[str, ...] = ()
    picks: tuple[Pick, ...] = ()
    preamble: tuple[str, str] | None = None
    """The words before and behind it in the lines above the header, for what the export says there once for all."""
    optional: bool = False
    required: bool = True
    empty: int | None = None

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every column of the export that it looks at."""
        return (*self.columns, *(name for pick in self.picks for name in pick.columns))

    @property
    def first_column(self) -> str:
        """The column that a person is shown when the cell cannot be read."""
        return next(iter(self.wanted), "")

    @abstractmethod
    def sql(self, cell: str) -> str:
        """The value of a trimmed text, NULL when it cannot be read; an empty cell is NULL, and gives NULL."""

    @abstractmethod
    def fault(self, written: str) -> Fault | None:
        """Why a trimmed text that is not empty cannot be read."""

    @property
    def limits(self) -> tuple[int, int] | None:
        """The least and most that a staged value may be."""
        return None

    def kept(self, value: str) -> str:
        """A staged value, NULL when it is beyond its limits or an empty text."""
        if self.limits is None:
            return f"NULLIF({value}, '')" if self.type == "VARCHAR" and not self.is_plain else value
        return f"CASE WHEN {value} BETWEEN {self.limits[0]} AND {self.limits[1]} THEN {value} END"

    @property
    def guessed(self) -> str:
        """The engine's type that most texts are of: `sql_of` looks at that reading several times. Empty: at none."""
        return ""

    def sql_of(self, cell: str, guess: str) -> str:
        """The same value as `sql`; `guess` is where the text stands as the type `guessed`, if there is one."""
        del guess
        return self.sql(cell)

    def value(self, cell: str, guess: str = "") -> str:
        """The staged value: what is read, or what an empty cell counts as."""
        read = self.sql_of(cell, guess)
        return read if self.empty is None else f"CASE WHEN {cell} IS NULL THEN {self.empty} ELSE {read} END"

    def bad(self, cell: str, value: str) -> str:
        """Whether the record must be rejected because of this cell; empty where no text can cause it."""
        if self.demanded:
            return f"({value} IS NULL)"
        return "" if self.is_plain else f"({value} IS NULL AND {cell} IS NOT NULL)"

    @property
    def is_plain(self) -> bool:
        """Whether its text is its value."""
        return self.sql("cell") == "cell"

    @property
    def type(self) -> str:
        return "BIGINT"

    def why(self, written: str) -> Fault | None:
        """The sentence for a rejected cell, None when this cell is fine."""
        if written:
            return self.fault(written)
        if self.demanded:
            return "CB306", f"`{self.name}` is empty", self.empty_remedy
        return None

    @property
    def demanded(self) -> bool:
        """Whether an empty cell rejects the record."""
        return self.required and self.empty is None and not self.picks and not self.optional

    @property
    def empty_remedy(self) -> str:
        return f"fill the cell in, or declare what an empty one means: `{self.name}: {{…, empty: 0}}`"


@frozen(kw_only=True)
class TextCell(Cell):
    """A word, as it stands; with `known`, one of a list."""

    known: tuple[str, ...] = ()
    part: tuple[str, int] | None = None
    """Of several words with a separator between them the first (1) or the last (-1)."""
    match: str = ""
    """A pattern whose first group is the word; a text that does not match stays whole."""

    @property
    def type(self) -> str:
        return "VARCHAR"

    def sql(self, cell: str) -> str:
        if self.part is not None:
            return f"split_part({cell}, {quoted(self.part[0])}, {self.part[1]})"
        if self.match:
            found = f"regexp_extract({cell}, {quoted(self.match)}, 1)"
            return f"CASE WHEN regexp_matches({cell}, {quoted(self.match)}) THEN {found} ELSE {cell} END"
        if not self.known:
            return cell
        return f"CASE WHEN {cell} IN ({', '.join(quoted(word) for word in self.known)}) THEN {cell} END"

    def fault(self, written: str) -> Fault | None:
        if not self.known or written in self.known:
            return None
        return (
            "CB307",
            f"the {self.name} `{written}` is not in the contract",
            f"add it to a state under `agent_{self.name}s` of the source",
        )

    @property
    def empty_remedy(self) -> str:
        return "fill the cell in"


@frozen(kw_only=True)
class PhoneCell(TextCell):
    """A telephone number or address, less `tel:` or `sip:` in front; one that a spreadsheet has cut is refused."""

    def sql(self, cell: str) -> str:
        bare = f"regexp_replace({cell}, '^(tel|sip):', '')"
        return f"CASE WHEN regexp_full_match({cell}, {quoted(_CUT_NUMBER)}) THEN NULL ELSE {bare} END"

    def fault(self, written: str) -> Fault | None:
        if not re.fullmatch(_CUT_NUMBER, written):
            return None
        message = f"a spreadsheet has cut the number `{written}`: different customers would look alike"
        return "CB325", message, "export it again, and do not save it from a spreadsheet, or format the column as text"


_CUT_NUMBER = r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+"


@frozen(kw_only=True)
class FlagCell(TextCell):
    """A word that every row must hold, such as the mark of a complete export."""

    def fault(self, written: str) -> Fault | None:
        if written in self.known:
            return None
        message = f"the column `{self.first_column}` says `{written}`: the export is not complete"
        return "CB326", message, f"export the whole period again: every row says `{self.known[0]}`"


@frozen(kw_only=True)
class NumberCell(Cell):
    """A decimal number with at most six decimals, in millionths."""

    mark: str = "."

    @property
    def pattern(self) -> str:
        return rf"-?[0-9]{{1,12}}({re.escape(self.mark)}[0-9]{{1,6}})?"

    def sql(self, cell: str) -> str:
        dotted = cell if self.mark == "." else f"replace({cell}, {quoted(self.mark)}, '.')"
        micro = f"CAST(CAST({dotted} AS DECIMAL(24, 6)) * 1000000 AS BIGINT)"
        return f"CASE WHEN regexp_full_match({cell}, {quoted(self.pattern)}) THEN {micro} END"

    def fault(self, written: str) -> Fault | None:
        if re.fullmatch(self.pattern, written):
            return None
        return "CB305", f"`{written}` is not a number for `{self.name}`", number_remedy(written, self.mark)


def number_remedy(written: str, mark: str) -> str:
    other = "," if mark == "." else "."
    if re.fullmatch(rf"-?[0-9]+{re.escape(other)}[0-9]+", written):
        return f'the source declares `decimal: "{mark}"`; if the export writes `{other}`, declare that'
    if re.search(r"[0-9][ \u00a0\u202f\u2009'’_][0-9]", written):
        return "export numbers without thousands separators"
    return f"a number is digits, with `{mark}` for decimals (six at most)"

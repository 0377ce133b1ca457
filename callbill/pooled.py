"""Tallies over all months of a comparison: one query for each source, whose rows are handed out month by month.

Longer or shorter handling changes what the text of a tally says of a record's fields; all factors that are known to be
asked for are counted with the first of them.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import lcm

from callbill.calendar import Timetable
from callbill.judging import Counter
from callbill.money import MICRO, times
from callbill.sql import column, otherwise
from callbill.tallies import Tally, TallyRow
from callbill.tallying import Tallying

ONE = Fraction(1)
SOURCE = "pooled"


class Pool:
    """The tallies of one source's records over all days of a timetable.

    `longer` tells what becomes of the columns when handling is some factor as long: of each, the text of a query.
    `handled` are the columns that hold times of handling alone, `factors` those that will be asked for.
    """

    def __init__(
        self, engine: Counter, relation: str, timetable: Timetable, name: str,
        longer: Callable[[Fraction], Mapping[str, str]], handled: frozenset[str] = frozenset(),
        factors: Sequence[Fraction] = (),
    ) -> None:  # fmt: skip
        self._tallying = Tallying(engine, {SOURCE: relation}, timetable, name)
        self._longer, self._handled, self._factors = longer, handled, factors
        self._first = timetable.segments[0].day
        self._keys: list[tuple[int, int]] = []
        self._sums: dict[str, list[int]] = {}
        self._divided: dict[int, bool] = {}
        self._last: int | None = None

    def rows(self, tallies: Sequence[Tally], first: date, end: date, factor: Fraction = ONE) -> list[TallyRow] | None:
        """The sums by day and cell, the last day not included; None where the pool cannot tell them."""
        if first.toordinal() < self._first or not self._tells(tallies, factor):
            return None
        scaled = [self._is_scaled(one, factor) for one in tallies]
        plain = [ONE if alone else factor for alone in scaled]
        texts = [self._text(tally, one) for tally, one in zip(tallies, plain, strict=True)]
        if any(text not in self._sums for text in texts):
            for one in dict.fromkeys(plain):
                wanted = [tally for tally, mine in zip(tallies, plain, strict=True) if mine == one]
                self._count(wanted, (one,) if one == 1 else self._alike(one))
        low, high = (bisect_left(self._keys, (one.toordinal(),)) for one in (first, end))
        columns = [
            [times(one, factor if alone else ONE) for one in self._sums[text][low:high]]
            for text, alone in zip(texts, scaled, strict=True)
        ]
        found = zip(self._keys[low:high], zip(*columns, strict=True), strict=True)
        return [TallyRow(day, cell, 0, (), sums) for (day, cell), sums in found]

    def last_start(self) -> int | None:
        """The start of the last record."""
        if self._last is None:
            self._last = self._tallying.last_start(SOURCE)
        return self._last

    def _tells(self, tallies: Sequence[Tally], factor: Fraction) -> bool:
        """Whether the contacts that take part in a look-up are the same whatever their handling takes."""
        if factor == 1:
            return True
        changed = self._longer(factor)
        return not any(
            column(one.field) in changed for tally in tallies for _, repeat in tally.repeats for one in repeat.able
        )

    def _alike(self, factor: Fraction) -> Sequence[Fraction]:
        """The factors that are counted together."""
        return self._factors if factor in self._factors else (factor,)

    def _is_scaled(self, tally: Tally, factor: Fraction) -> bool:
        """Whether the sum at a factor is the plain sum times it, since the divisor leaves no rest of any duration."""
        parts = {column(name) for _, name in tally.parts}
        if factor == 1 or tally.squared or not parts or not parts <= self._handled:
            return False
        tested = {column(name) for name in replace(tally, parts=()).fields}
        return not tested & self._longer(factor).keys() and self.leaves_no_rest(factor)

    def leaves_no_rest(self, factor: Fraction) -> bool:
        """Whether every time of handling is a multiple of what divides a factor; asked for all of them at once."""
        number = lcm(*(one.denominator for one in self._alike(factor)))
        return (MICRO % number == 0 and self.in_seconds()) or self._divides(number)

    def in_seconds(self) -> bool:
        """Whether every time of handling is of whole seconds: many records then measure the same."""
        return self._divides(MICRO)

    def _divides(self, number: int) -> bool:
        if number not in self._divided:
            tests = [f"{one} % {number} <> 0" for one in sorted(self._handled)]
            self._divided[number] = self._tallying.none_meets(SOURCE, tests)
        return self._divided[number]

    def _text(self, tally: Tally, factor: Fraction) -> str:
        change = otherwise(self._longer(factor)) if factor != 1 else str
        return change(self._tallying.value(SOURCE, tally))

    def _count(self, tallies: Sequence[Tally], factors: Sequence[Fraction]) -> None:
        texts = dict.fromkeys(self._text(tally, one) for one in factors for tally in tallies)
        wanted = [text for text in texts if text not in self._sums]
        if not wanted:
            return
        found = self._tallying.sums(SOURCE, wanted)
        self._keys = [(row[0], row[1]) for row in found]
        for n, text in enumerate(wanted, start=2):
            self._sums[text] = [int(row[n]) for row in found]


class Pooled(Tallying):
    """The tallies of one month out of the pools of its sources; what they cannot tell is counted for the month."""

    def __init__(
        self, pools: Callable[[str], Pool], factor: Fraction, own: Tallying, first: date, end: date
    ) -> None:  # fmt: skip
        self.pools, self.factor, self.own, self.first, self.end = pools, factor, own, first, end
        self.timetable, self.empty = own.timetable, own.empty

    def rows(
        self, source: str, tallies: Sequence[Tally], columns: Sequence[str] = (), interval: int | None = None
    ) -> list[TallyRow]:
        if source in self.empty or not tallies:
            return []
        told = None
        if not columns and interval is None:
            told = self.pools(source).rows(tallies, self.first, self.end, self.factor)
        return self.own.rows(source, tallies, columns, interval) if told is None else told

    def last_start(self, source: str) -> int | None:
        return self.pools(source).last_start()

"""The KPIs of a period that is billed again: the same KPIs over counts that are multiplied, or those of other days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from callbill.bills import Bill
from callbill.frozen import frozen, quickened, remembering
from callbill.invoice import Phrase
from callbill.kpis import Kpi, Variant
from callbill.measuring import Measurement, Value
from callbill.money import exact, times
from callbill.recounting import ONE, UNMOVED, Change, Day, Table, days_of
from callbill.tallies import Tally, TallyRow
from callbill.tallying import Tallying
from callbill.windows import Span

for _kind in (Span, TallyRow, Value):
    quickened(_kind)
_Cell: TypeAlias = tuple[int, tuple[str | None, ...]]
"""What tells rows of tallies of one day apart: the cell of the calendar, and the values of columns."""


class Remeasuring:
    """The KPIs of the months of one contract: what was counted for them is asked of the engine once."""

    def __init__(self, bills: Sequence[Bill]) -> None:
        self.bills = bills
        self._kept: dict[tuple[int, date, date], _Kept] = {}
        self._whole: dict[int, bool] = {}
        self._tables: dict[_Question, Table[_Cell]] = {}
        self._sums: dict[tuple[int, _Question], list[TallyRow]] = {}
        self._asked: dict[tuple[str, int], dict[Tally, int]] = {}
        self._begins: dict[int, date] = {}

    def measured(self, month: int, change: Change, *, full: bool = False) -> Measurement | None:
        """A month's KPIs over changed counts; `full` with their margins. None where the contract has no KPIs."""
        given = self.bills[month].measurement
        if given is None:
            return None

        def counting(first: date, end: date) -> Tallying:
            return _Changed(self, month, change, (first, end))

        made = Measurement if full else _Light
        found = made(
            given.kpis, given.layouts, given.period, given.rule, given.zone, counting, given.entries, given.excused,
            given.earlier,
        )  # fmt: skip
        found.plans = given.plans
        if isinstance(found, _Light):
            found.asked, found.moved = self._asked, change.kpis
            if month not in self._begins:
                self._begins[month] = given.begins
            found.first = self._begins[month]
        return found

    def is_whole(self, month: int) -> bool:
        """Whether every KPI of a month looks at all of its days alike, so that their counts can be added up first."""
        if month not in self._whole:
            bill = self.bills[month]
            measured = bill.measurement
            self._whole[month] = (
                measured is not None and not measured.excused and not bill.agreement.phases
                and all(kpi.measured == "period" for kpi in measured.kpis.values())
                and all(clause.relief is None for clause in bill.agreement.deal.clauses)
            )  # fmt: skip
        return self._whole[month]

    def summed(self, asked: "_Question", month: int, drawn: Mapping[int, Day] | None) -> list[TallyRow]:
        """What was counted on all days of a month, or on those that stand in for them, as if it had been one day."""
        if drawn is None and (month, asked) in self._sums:
            return self._sums[month, asked]
        period = self.bills[month].scope.period
        first, days = period.first.toordinal(), days_of(month, period, drawn or UNMOVED)
        found = [
            TallyRow(first, cell, 0, values, tuple(sums)) for (cell, values), sums in self._table(asked).sums(days)
        ]
        if drawn is None:
            self._sums[month, asked] = found
        return found

    def _table(self, asked: "_Question") -> Table[_Cell]:
        """What some tallies counted on every day of all months."""
        if asked not in self._tables:
            table = self._tables[asked] = Table[_Cell](len(asked.tallies))
            for month, bill in enumerate(self.bills):
                period = bill.scope.period
                for day, rows in self.kept(month, period.first, period.end).by_day(asked).items():
                    for row in rows:
                        table.add((month, day), (row.cell, row.values), (row.cell, row.values), row.sums)
        return self._tables[asked]

    def kept(self, month: int, first: date, end: date) -> "_Kept":
        """What was counted of some days for a month's KPIs."""
        key = (month, first, end)
        if key not in self._kept:
            measurement = self.bills[month].measurement
            if measurement is None:
                raise LookupError(f"month {month} has no KPIs")
            self._kept[key] = _Kept(measurement.counting(first, end))
        return self._kept[key]


@remembering
@frozen
class _Question:
    """What is asked of a source."""

    source: str
    tallies: tuple[Tally, ...]
    columns: tuple[str, ...]
    interval: int | None


class _Kept:
    """Tallies of some days, each set of them asked for once."""

    def __init__(self, tallying: Tallying) -> None:
        self.tallying = tallying
        self._rows: dict[_Question, dict[int, list[TallyRow]]] = {}
        self._last: dict[str, int | None] = {}

    def by_day(self, asked: "_Question") -> dict[int, list[TallyRow]]:
        if asked not in self._rows:
            found: dict[int, list[TallyRow]] = {}
            for row in self.tallying.rows(asked.source, asked.tallies, asked.columns, asked.interval):
                found.setdefault(row.day, []).append(row)
            self._rows[asked] = found
        return self._rows[asked]

    @cached_property
    def midnights(self) -> dict[int, int]:
        """The moment at which each local day begins."""
        found: dict[int, int] = {}
        for segment in self.tallying.timetable.segments:
            found.setdefault(segment.day, segment.start)
        return found

    def last_start(self, source: str) -> int | None:
        if source not in self._last:
            self._last[source] = self.tallying.last_start(source)
        return self._last[source]


class _Changed(Tallying):
    """The tallies of a month with a change: the same questions, other counts."""

    def __init__(self, kpis: Remeasuring, month: int, change: Change, days: tuple[date, date]) -> None:
        self.kpis, self.month, self.change, self.days = kpis, month, change, days
        self.own = kpis.kept(month, *days)
        self.timetable = self.own.tallying.timetable

    def rows(
        self, source: str, tallies: Sequence[Tally], columns: Sequence[str] = (), interval: int | None = None
    ) -> list[TallyRow]:
        asked = _Question(source, tuple(tallies), tuple(columns), interval)
        if interval is None and self.kpis.is_whole(self.month):
            found = self.kpis.summed(asked, self.month, self.change.days)
        else:
            found = list(self._days(asked))
        factor = self.change.factors.get(source, ONE)
        if factor == 1:
            return found
        return [
            TallyRow(row.day, row.cell, row.interval, row.values, tuple(times(one, factor) for one in row.sums))
            for row in found
        ]

    def _days(self, asked: "_Question") -> Iterator[TallyRow]:
        """The rows of every day, or of those that stand in for them."""
        own, drawn = self.own.by_day(asked), self.change.days
        if drawn is None:
            for day in sorted(own):
                yield from own[day]
            return
        months = {self.month: (self.own, own)}
        for day in range(self.days[0].toordinal(), self.days[1].toordinal()):
            month, other = drawn.get(day, (self.month, day))
            if month not in months:
                period = self.kpis.bills[month].scope.period
                kept = self.kpis.kept(month, period.first, period.end)
                months[month] = (kept, kept.by_day(asked))
            kept, rows = months[month]
            if day == other and month == self.month:
                yield from rows.get(other, ())
                continue
            moved = self.own.midnights[day] - kept.midnights[other] if asked.interval else 0
            for row in rows.get(other, ()):
                yield TallyRow(day, row.cell, row.interval + moved, row.values, row.sums)

    def last_start(self, source: str) -> int | None:
        return self.own.last_start(source)


@dataclass
class _Light(Measurement):
    """KPIs whose values may be moved by some points; nobody asks for their margins."""

    moved: Mapping[str, Fraction] = field(default_factory=dict)
    first: date = date.max

    @property
    def begins(self) -> date:
        return self.first

    def _squared(self, kpi: Kpi, chosen: Variant) -> None:
        del kpi, chosen

    def _margin(self, chosen: Variant, value: Value, squares: int | None) -> tuple[None, None]:
        del chosen, value, squares
        return None, None

    def _made(
        self, name: str, span: Span, chosen: Variant, above: Fraction, below: Fraction | None,
        counts: Mapping[str, Fraction], notes: Sequence[Phrase] = (), squares: int | None = None,
    ) -> Value:  # fmt: skip
        made = super()._made(name, span, chosen, above, below, counts, notes, squares)
        if name not in self.moved or made.exact is None:
            return made
        return _moved(made, self.kpis[name], self.moved[name])


def _moved(value: Value, kpi: Kpi, by: Fraction) -> Value:
    """A value some units higher, within what its unit allows."""
    exactly = exact(value.exact or 0) + by
    if kpi.unit == "percent":
        exactly = min(max(exactly, Fraction(-100 if kpi.kpi == "nps" else 0)), Fraction(100))
    return replace(value, exact=exactly, shown=kpi.shown(exactly))

"""A period billed again with other counts: more contacts, more hours, other days. The real billing, on other numbers.

What a meter counts is a small table of whole numbers by day; so is what KPIs count. Both are multiplied, or put
together from other days, and the lines are computed from them as ever. Numbers that become fractions stay exact.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import TypeAlias

from callbill.adjusting import Adjusted
from callbill.billing import priced
from callbill.charging import Bill, total_of
from callbill.frozen import frozen, quickened
from callbill.invoice import KpiValue, Line, Phrase, Slot, Step
from callbill.kpis import Kpi, Variant
from callbill.measuring import Measurement, Value
from callbill.meters import Count, Metered
from callbill.models import Charge, Group, Scope
from callbill.money import exact
from callbill.pricing import PerUnit, Slice
from callbill.tallies import Tally, TallyRow
from callbill.tallying import Tallying
from callbill.windows import Span

ONE = Fraction(1)
for _kind in (Adjusted, Count, Group, Line, Metered, Phrase, PerUnit, Scope, Slice, Slot, Step, TallyRow):
    quickened(_kind)


@frozen
class Change:
    """What is otherwise: factors of what each source counts, days that stand in for others, KPIs that are moved.

    `days` gives each local day (`date.toordinal()`) the month and the day whose counts it takes; `kpis` adds to the
    value of a KPI, in its own unit.
    """

    factors: Mapping[str, Fraction] = field(default_factory=dict)
    days: Mapping[int, tuple[int, int]] | None = None
    kpis: Mapping[str, Fraction] = field(default_factory=dict)


@frozen
class Outcome:
    """What a period costs: its lines, their sum, and the part of it that is bonus and malus."""

    lines: tuple[Line, ...]
    net: Decimal
    adjusted: Decimal
    kpis: tuple[KpiValue, ...] = ()


def outcome_of(lines: Sequence[Line], charges: Sequence[str], kpis: Sequence[KpiValue] = ()) -> Outcome:
    """The outcome of some lines; `charges` are the ids of what is no adjustment."""
    plain = {*charges, "one_off", "invoice"}
    adjusted = total_of(line.amount for line in lines if line.charge not in plain)
    return Outcome(tuple(lines), total_of(line.amount for line in lines), adjusted, tuple(kpis))


class Months:
    """The months of one contract, counted once: each can be billed again, also with days of the others."""

    def __init__(self, bills: Sequence[Bill]) -> None:
        self.bills = list(bills)
        self._plain = [
            replace(bill, scope=replace(bill.scope, explained=False, on=bill.scope.period.first)) for bill in bills
        ]
        self._by_day: dict[tuple[int, str, str], dict[int, list[tuple[_Key, tuple[int, int, int]]]]] = {}
        self._tables: dict[tuple[str, str], _Table] = {}
        self._wholes: dict[tuple[int, str, str], list[Count]] = {}
        self._sources: dict[tuple[int, str, str], str] = {}
        self._tallies: dict[tuple[int, date, date], _Kept] = {}
        self._whole_kpis: dict[int, bool] = {}
        self._questions: dict[_Question, _Question] = {}

    def outcome(self, month: int, change: Change | None = None) -> Outcome:
        """One month, as it was or with a change. Raises `Invalid` as billing does."""
        bill = self.bills[month]
        charges = [charge.id for charge in bill.agreement.charges]
        if change is not None:
            bill = self._changed(month, change)
        elif bill.measurement is not None:
            bill = replace(bill, measurement=self._measured(month, bill.measurement, Change(), full=True))
        lines, adjusted = priced(bill)
        return outcome_of(lines, charges, adjusted.values)

    # -------------------------------------------------------------------------------------------------- charges

    def _changed(self, month: int, change: Change) -> Bill:
        bill = self.bills[month]
        counted = {
            charge.id: {
                name: self._metered(month, charge, name, one, self._factor(month, charge, name, change), change)
                for name, one in bill.counted[charge.id].items()
            }
            for _, _, charge in bill.charges
        }
        measurement = bill.measurement and self._measured(month, bill.measurement, change)
        return replace(self._plain[month], counted=counted, measurement=measurement)

    def _metered(
        self, month: int, charge: Charge, name: str, one: Metered, factor: Fraction, change: Change
    ) -> Metered:  # fmt: skip
        counts: Sequence[Count] = one.counts
        cut = len(charge.pieces(self.bills[month].scope)) > 1
        if change.days is not None:
            days = [change.days.get(day, (month, day)) for day in range(self._first(month), self._end(month))]
            counts = self._drawn(charge.id, name, days, self._first(month), apart=cut)
        elif factor != 1 and not cut:
            counts = self._whole(month, charge.id, name)
        if factor != 1:
            counts = [_scaled(count, factor) for count in counts]
        seats = one.seats
        if seats is not None and factor != 1:
            seats = Fraction(ceil(seats * factor)) if seats.denominator == 1 else seats * factor
        return replace(one, counts=tuple(counts), seats=seats)

    def _factor(self, month: int, charge: Charge, name: str, change: Change) -> Fraction:
        """The factor of the source that a meter counts."""
        if not change.factors:
            return ONE
        key = (month, charge.id, name)
        if key not in self._sources:
            self._sources[key] = charge.meters(self.bills[month].scope)[name].source
        return change.factors.get(self._sources[key], ONE)

    def _whole(self, month: int, charge: str, name: str) -> list[Count]:
        """The counts of a month without its days."""
        key = (month, charge, name)
        if key not in self._wholes:
            days = [(month, day) for day in range(self._first(month), self._end(month))]
            self._wholes[key] = self._drawn(charge, name, days, self._first(month))
        return self._wholes[key]

    def _drawn(
        self, charge: str, name: str, days: Sequence[tuple[int, int]], first: int, *, apart: bool = False
    ) -> list[Count]:  # fmt: skip
        """The counts of the days from `first` on, each that of some day, put together: which day it was changes no
        price any more, unless a revision cuts the period and they stay `apart`."""
        if apart:
            return [
                Count(on, cell, values, flags, clamp, records, measured, billed, row)
                for on, (month, day) in enumerate(days, start=first)
                for (cell, values, flags, clamp, row), (records, measured, billed) in self._of_day(
                    charge, name, month, day
                )
            ]
        table = self._table(charge, name)
        rows = [row for day in days if (row := table.rows.get(day)) is not None]
        sums = [sum(column) for column in zip(*rows, strict=True)]
        return [
            Count(first, cell, values, flags, clamp, sums[n], sums[n + 1], sums[n + 2], row)
            for n, (cell, values, flags, clamp, row) in zip(range(0, len(sums), 3), table.keys, strict=False)
            if any(sums[n : n + 3])
        ]

    def _table(self, charge: str, name: str) -> "_Table":
        """What a meter counted on every day of all months."""
        if (charge, name) not in self._tables:
            days = [
                (month, day)
                for month, _ in enumerate(self.bills)
                for day in range(self._first(month), self._end(month))
            ]
            self._tables[charge, name] = _Table({one: dict(self._of_day(charge, name, *one)) for one in days})
        return self._tables[charge, name]

    def _of_day(self, charge: str, name: str, month: int, day: int) -> list[tuple["_Key", tuple[int, int, int]]]:
        key = (month, charge, name)
        if key not in self._by_day:
            found: dict[int, list[tuple[_Key, tuple[int, int, int]]]] = {}
            for one in self.bills[month].counted.get(charge, {}).get(name, Metered()).counts:
                apart = (one.cell, one.values, one.flags, one.clamp, one.row)
                found.setdefault(one.day, []).append((apart, (one.records, one.measured, one.billed)))
            self._by_day[key] = found
        return self._by_day[key].get(day, [])

    def _first(self, month: int) -> int:
        return self.bills[month].scope.period.first.toordinal()

    def _end(self, month: int) -> int:
        return self.bills[month].scope.period.end.toordinal()

    # ----------------------------------------------------------------------------------------------------- KPIs

    def _measured(self, month: int, given: Measurement, change: Change, *, full: bool = False) -> Measurement:
        """The same KPIs over the changed counts."""

        def counting(first: date, end: date) -> Tallying:
            return _Changed(self, month, change, (first, end))

        made = Measurement if full else _Light
        found = made(
            given.kpis, given.layouts, given.period, given.rule, given.zone, counting, given.entries, given.excused,
            given.earlier,
        )  # fmt: skip
        found.plans = given.plans
        if isinstance(found, _Light):
            found.moved = change.kpis
        return found

    def kpis_are_whole(self, month: int) -> bool:
        """Whether every KPI of a month looks at all of its days alike, so that their counts can be added up first."""
        if month not in self._whole_kpis:
            bill = self.bills[month]
            measured = bill.measurement
            self._whole_kpis[month] = (
                measured is not None and not measured.excused and not bill.agreement.phases
                and all(kpi.measured == "period" for kpi in measured.kpis.values())
                and all(clause.relief is None for clause in bill.agreement.deal.clauses)
            )  # fmt: skip
        return self._whole_kpis[month]

    def question(self, asked: "_Question") -> "_Question":
        """The question as it was asked before: what is the same object need not be compared again."""
        return self._questions.setdefault(asked, asked)

    def kept(self, month: int, first: date, end: date) -> "_Kept":
        """What was counted of some days for a month's KPIs, asked of the engine once."""
        key = (month, first, end)
        if key not in self._tallies:
            measurement = self.bills[month].measurement
            if measurement is None:
                raise LookupError(f"month {month} has no KPIs")
            self._tallies[key] = _Kept(measurement.counting(first, end))
        return self._tallies[key]


_Key: TypeAlias = tuple[int, tuple[str | None, ...], tuple[int, ...], int, int]
"""What tells counts of one day apart: cell, values, flags, which limit of an act, row."""


class _Table:
    """Counts of many days as rows of numbers, three for each key; keys in the order in which meters give them."""

    def __init__(self, days: Mapping[tuple[int, int], Mapping[_Key, tuple[int, int, int]]]) -> None:
        self.keys = sorted({key for counts in days.values() for key in counts}, key=_order)
        nothing = (0, 0, 0)
        self.rows = {
            day: tuple(number for key in self.keys for number in counts.get(key, nothing))
            for day, counts in days.items() if counts
        }  # fmt: skip


def _order(key: _Key) -> tuple[int, list[tuple[bool, str]], tuple[int, ...], int, int]:
    """Nothing comes last."""
    cell, values, flags, clamp, row = key
    return cell, [(one is None, one or "") for one in values], flags, clamp, row


def _scaled(count: Count, factor: Fraction) -> Count:
    """A count times a factor, in whole millionths."""
    records, measured, billed = (_times(one, factor) for one in (count.records, count.measured, count.billed))
    return Count(count.day, count.cell, count.values, count.flags, count.clamp, records, measured, billed, count.row)


def _times(number: int, factor: Fraction) -> int:
    """`round(number * factor)`, without a fraction in between."""
    whole, rest = divmod(number * factor.numerator, factor.denominator)
    return whole + (2 * rest + whole % 2 > factor.denominator)


class _Question:
    """What is asked of a source; asked of many months, it is told from other questions by one number."""

    def __init__(
        self, source: str, tallies: tuple[Tally, ...], columns: tuple[str, ...], interval: int | None
    ) -> None:  # fmt: skip
        self.source, self.tallies, self.columns, self.interval = source, tallies, columns, interval
        self._known = (source, tallies, columns, interval)
        self._number = hash(self._known)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Question) and self._known == other._known


def _together(rows: Iterable[TallyRow], day: int) -> list[TallyRow]:
    """Rows of many days as if all of it had been counted on one."""
    found: dict[tuple[int, tuple[str | None, ...]], list[int]] = {}
    for row in rows:
        sums = found.setdefault((row.cell, row.values), [0] * len(row.sums))
        for n, one in enumerate(row.sums):
            sums[n] += one
    return [TallyRow(day, cell, 0, values, tuple(sums)) for (cell, values), sums in found.items()]


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

    def __init__(self, months: Months, month: int, change: Change, days: tuple[date, date]) -> None:
        self.months, self.month, self.change, self.days = months, month, change, days
        self.own = months.kept(month, *days)
        self.timetable = self.own.tallying.timetable

    def rows(
        self, source: str, tallies: Sequence[Tally], columns: Sequence[str] = (), interval: int | None = None
    ) -> list[TallyRow]:
        asked = self.months.question(_Question(source, tuple(tallies), tuple(columns), interval))
        found = list(self._days(asked))
        if interval is None and self.months.kpis_are_whole(self.month):
            found = _together(found, self.days[0].toordinal())
        factor = self.change.factors.get(source, ONE)
        if factor == 1:
            return found
        return [
            TallyRow(row.day, row.cell, row.interval, row.values, tuple(_times(one, factor) for one in row.sums))
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
                period = self.months.bills[month].scope.period
                kept = self.months.kept(month, period.first, period.end)
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

    def _squared(self, kpi: Kpi, chosen: Variant) -> None:
        del kpi, chosen

    def _margin(self, chosen: Variant, value: Value, squares: int | None) -> tuple[None, None]:
        del chosen, value, squares
        return None, None

    def _made(
        self, name: str, span: Span, chosen: Variant, above: Fraction, below: Fraction | None,
        counts: Mapping[str, Fraction], notes: Sequence[object] = (), squares: int | None = None,
    ) -> Value:  # fmt: skip
        made = super()._made(name, span, chosen, above, below, counts, notes, squares)  # type: ignore[arg-type]
        if name not in self.moved or made.exact is None:
            return made
        return _moved(made, self.kpis[name], self.moved[name])


def _moved(value: Value, kpi: Kpi, by: Fraction) -> Value:
    """A value some units higher, within what its unit allows."""
    exactly = exact(value.exact or 0) + by
    if kpi.unit == "percent":
        exactly = min(max(exactly, Fraction(-100 if kpi.kpi == "nps" else 0)), Fraction(100))
    return replace(value, exact=exactly, shown=kpi.shown(exactly))

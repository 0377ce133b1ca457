"""A period billed again with other counts: more contacts, more hours, other days. The real billing, on other numbers.

What a meter counts is a small table of whole numbers by day; so is what KPIs count. Both are multiplied, or put
together from other days, and the lines are computed from them as ever. Numbers that become fractions stay exact.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial
from math import ceil
from typing import Generic, TypeAlias, TypeVar

from callbill.adjusting import Adjusted, Draft
from callbill.billing import priced
from callbill.charging import Bill, charge_lines, total_of
from callbill.frozen import frozen, quickened, remembering
from callbill.invoice import ClauseResult, KpiValue, Line, Phrase, Slot, Step
from callbill.kpis import Kpi, Variant
from callbill.measuring import Measurement, Value
from callbill.meters import Count, Metered
from callbill.models import Batch, Charge, Group, Scope
from callbill.money import exact
from callbill.period import Life
from callbill.pricing import PerUnit, Slice
from callbill.scale import Effect
from callbill.tallies import Tally, TallyRow
from callbill.tallying import Tallying
from callbill.weighing import Part
from callbill.windows import Span

ONE = Fraction(1)
T = TypeVar("T")
NONE_DRAWN: Mapping[int, tuple[int, int]] = {}
_Cell: TypeAlias = tuple[int, tuple[str | None, ...]]
"""What tells rows of tallies of one day apart: the cell of the calendar, and the values of columns."""


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


for _kind in (
    Adjusted, Batch, Change, ClauseResult, Count, Draft, Effect, Group, KpiValue, Life, Line, Metered, Outcome, Part,
    PerUnit, Phrase, Scope, Slice, Slot, Span, Step, TallyRow, Value,
):  # fmt: skip
    quickened(_kind)


class Months:
    """The months of one contract, counted once: each can be billed again, also with days of the others."""

    def __init__(self, bills: Sequence[Bill]) -> None:
        self.bills = list(bills)
        self._plain = [
            replace(bill, scope=replace(bill.scope, explained=False, on=bill.scope.period.first)) for bill in bills
        ]
        self._charges = [[charge for _, _, charge in bill.charges] for bill in self.bills]
        self._lines: dict[tuple[int, int], tuple[Charge, Sequence[Line]]] = {}
        self._by_day: dict[tuple[int, str, str], dict[int, list[Count]]] = {}
        self._tables: dict[tuple[str, str], _Table[Count]] = {}
        self._wholes: dict[tuple[int, str, str], list[Count]] = {}
        self._sources: dict[tuple[int, str, str], str] = {}
        self._tallies: dict[tuple[int, date, date], _Kept] = {}
        self._whole_kpis: dict[int, bool] = {}
        self._kpi_tables: dict[_Question, _Table[_Cell]] = {}
        self._summed: dict[tuple[int, _Question], list[TallyRow]] = {}
        self._asked: dict[tuple[str, int], dict[Tally, int]] = {}
        self._begins: dict[int, date] = {}
        self._questions: dict[_Question, _Question] = {}

    def outcome(self, month: int, change: Change | None = None) -> Outcome:
        """One month, as it was or with a change. Raises `Invalid` as billing does."""
        bill, same = self.bills[month], frozenset[str]()
        charges = [charge.id for charge in bill.agreement.charges]
        if change is not None:
            bill, same = self._changed(month, change)
        elif bill.measurement is not None:
            bill = replace(bill, measurement=self._measured(month, bill.measurement, Change(), full=True))
        lines, adjusted = priced(bill, partial(self._lines_of, month, same))
        return outcome_of(lines, charges, adjusted.values)

    def otherwise(self, changed: Callable[[Charge], Charge]) -> "Months":
        """The same counts under other prices of the same shape; charges that stay the same object are priced once."""
        bills = []
        for month, bill in enumerate(self.bills):
            agreement = bill.agreement
            phases = tuple(replace(one, charges=tuple(map(changed, one.charges))) for one in agreement.phases)
            charges = tuple(map(changed, agreement.charges))
            counted = {
                charge.id: {
                    name: one if changed(charge) is charge else self._undated(month, charge, name, one)
                    for name, one in bill.counted[charge.id].items()
                }
                for charge in self._charges[month]
            }
            bills.append(replace(bill, agreement=replace(agreement, charges=charges, phases=phases), counted=counted))
        made = Months(bills)
        made._lines = self._lines
        return made

    # -------------------------------------------------------------------------------------------------- charges

    def _lines_of(self, month: int, same: frozenset[str], bill: Bill, charge: Charge) -> Sequence[Line]:
        """The lines of a charge; those that count what they did, as told by `same`, are priced once."""
        if charge.id not in same:
            return charge_lines(bill, charge)
        key = (month, id(charge))
        if key not in self._lines:
            self._lines[key] = (charge, charge_lines(bill, charge))
        return self._lines[key][1]

    def _changed(self, month: int, change: Change) -> tuple[Bill, frozenset[str]]:
        """The bill of a month with other counts, and the charges that count what they did."""
        bill, same = self.bills[month], set[str]()
        days = None if change.days is None else self._days_of(month, change.days)
        counted: dict[str, dict[str, Metered]] = {}
        for charge in self._charges[month]:
            plain = bill.counted[charge.id]
            made = {
                name: self._metered(month, charge, name, one, self._factor(month, charge, name, change), days)
                for name, one in plain.items()
            }
            counted[charge.id] = made
            if all(made[name] is one for name, one in plain.items()):
                same.add(charge.id)
        measurement = bill.measurement and self._measured(month, bill.measurement, change)
        plain_bill = self._plain[month]
        made_bill = Bill(
            plain_bill.agreement, plain_bill.scope, plain_bill.metering, plain_bill.tops, counted,
            plain_bill.unbilled, measurement, plain_bill.earlier,
        )  # fmt: skip
        return made_bill, frozenset(same)

    def _metered(
        self, month: int, charge: Charge, name: str, one: Metered, factor: Fraction,
        days: Sequence[tuple[int, int]] | None,
    ) -> Metered:  # fmt: skip
        """What a meter counts some factor as much, or on other days: the same object where it counts the same."""
        counts: Sequence[Count] = one.counts
        cut = len(charge.pieces(self.bills[month].scope)) > 1
        if days is not None and self._table(charge.id, name).keys:
            counts = self._drawn(charge.id, name, days, self._first(month), apart=cut)
        elif factor == 1:
            return one
        elif not cut:
            counts = self._whole(month, charge.id, name)
        seats = one.seats
        if factor != 1:
            counts = [_scaled(count, factor) for count in counts]
            if seats is not None:
                seats = Fraction(ceil(seats * factor)) if seats.denominator == 1 else seats * factor
        return Metered(tuple(counts), one.billed_records, one.refused, one.phrases, seats, one.unbilled)

    def _factor(self, month: int, charge: Charge, name: str, change: Change) -> Fraction:
        """The factor of the source that a meter counts."""
        if not change.factors:
            return ONE
        key = (month, charge.id, name)
        if key not in self._sources:
            self._sources[key] = charge.meters(self.bills[month].scope)[name].source
        return change.factors.get(self._sources[key], ONE)

    def _undated(self, month: int, charge: Charge, name: str, one: Metered) -> Metered:
        """What a meter counts, without its days where no price depends on them."""
        if len(charge.pieces(self.bills[month].scope)) > 1:
            return one
        return replace(one, counts=tuple(self._whole(month, charge.id, name)))

    def _whole(self, month: int, charge: str, name: str) -> list[Count]:
        """The counts of a month without its days."""
        key = (month, charge, name)
        if key not in self._wholes:
            self._wholes[key] = self._drawn(charge, name, self._days_of(month), self._first(month))
        return self._wholes[key]

    def _drawn(
        self, charge: str, name: str, days: Sequence[tuple[int, int]], first: int, *, apart: bool = False
    ) -> list[Count]:  # fmt: skip
        """The counts of the days from `first` on, each that of some day, put together: which day it was changes no
        price any more, unless a revision cuts the period and they stay `apart`."""
        if apart:
            return [
                Count(on, one.cell, one.values, one.flags, one.clamp, one.records, one.measured, one.billed, one.row)
                for on, (month, day) in enumerate(days, start=first)
                for one in self._of_day(charge, name, month).get(day, ())
            ]
        return [
            Count(first, one.cell, one.values, one.flags, one.clamp, records, measured, billed, one.row)
            for one, (records, measured, billed) in self._table(charge, name).sums(days)
        ]

    def _table(self, charge: str, name: str) -> "_Table[Count]":
        """What a meter counted on every day of all months; what is billed alike stands together."""
        if (charge, name) not in self._tables:
            table = self._tables[charge, name] = _Table[Count](3)
            for month, bill in enumerate(self.bills):
                for own in (one for one in self._charges[month] if one.id == charge):
                    for one in bill.counted[charge][name].counts:
                        numbers = (one.records, one.measured, one.billed)
                        table.add((month, one.day), own.apart(name, one, bill.scope), one, numbers)
        return self._tables[charge, name]

    def _of_day(self, charge: str, name: str, month: int) -> dict[int, list[Count]]:
        """What a meter counted in a month, by day; a charge may be in force in other months only."""
        key = (month, charge, name)
        if key not in self._by_day:
            found: dict[int, list[Count]] = {}
            for one in self.bills[month].counted.get(charge, {}).get(name, Metered()).counts:
                found.setdefault(one.day, []).append(one)
            self._by_day[key] = found
        return self._by_day[key]

    def _days_of(self, month: int, drawn: Mapping[int, tuple[int, int]] = NONE_DRAWN) -> list[tuple[int, int]]:
        """The days of a month, or those that stand in for them."""
        return [drawn.get(day, (month, day)) for day in range(self._first(month), self._end(month))]

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
            found.asked, found.moved = self._asked, change.kpis
            if month not in self._begins:
                self._begins[month] = given.begins
            found.first = self._begins[month]
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

    def summed(
        self, asked: "_Question", month: int, drawn: Mapping[int, tuple[int, int]] | None
    ) -> list[TallyRow]:  # fmt: skip
        """What was counted on all days of a month, or on those that stand in for them, as if it had been one day."""
        first = self._first(month)
        if drawn is None and (month, asked) in self._summed:
            return self._summed[month, asked]
        days = self._days_of(month, drawn or NONE_DRAWN)
        found = [
            TallyRow(first, cell, 0, values, tuple(sums)) for (cell, values), sums in self._kpi_table(asked).sums(days)
        ]
        if drawn is None:
            self._summed[month, asked] = found
        return found

    def _kpi_table(self, asked: "_Question") -> "_Table[_Cell]":
        """What some tallies counted on every day of all months."""
        if asked not in self._kpi_tables:
            table = self._kpi_tables[asked] = _Table[_Cell](len(asked.tallies))
            for month, bill in enumerate(self.bills):
                period = bill.scope.period
                for day, rows in self.kept(month, period.first, period.end).by_day(asked).items():
                    for row in rows:
                        table.add((month, day), (row.cell, row.values), (row.cell, row.values), row.sums)
        return self._kpi_tables[asked]

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


class _Table(Generic[T]):
    """Counts of many days as rows of so many numbers for each key, in the order in which keys were first seen."""

    def __init__(self, wide: int) -> None:
        self.wide = wide
        self.keys: dict[Hashable, T] = {}
        """What tells counts apart, each with the first that it was seen with."""
        self._found: dict[tuple[int, int], dict[Hashable, list[int]]] = {}

    def add(self, day: tuple[int, int], key: Hashable, shown: T, numbers: Sequence[int]) -> None:
        """Add what was counted on a day; every day is filled before the first sum."""
        self.keys.setdefault(key, shown)
        sums = self._found.setdefault(day, {}).setdefault(key, [0] * self.wide)
        for n, one in enumerate(numbers):
            sums[n] += one

    def sums(self, days: Iterable[tuple[int, int]]) -> Iterator[tuple[T, list[int]]]:
        """The sums over some days, which may be named twice, for each key that has any."""
        known = self._rows
        rows = [row for day in days if (row := known.get(day))]
        columns = [sum(column) for column in zip(*rows, strict=True)]
        for n, shown in zip(range(0, len(columns), self.wide), self.keys.values(), strict=False):
            found = columns[n : n + self.wide]
            if any(found):
                yield shown, found

    @cached_property
    def _rows(self) -> dict[tuple[int, int], list[int]]:
        """The numbers of every day, key after key."""
        nothing = [0] * self.wide
        return {day: [n for key in self.keys for n in found.get(key, nothing)] for day, found in self._found.items()}


def _scaled(count: Count, factor: Fraction) -> Count:
    """A count times a factor, in whole millionths."""
    records, measured, billed = (_times(one, factor) for one in (count.records, count.measured, count.billed))
    return Count(count.day, count.cell, count.values, count.flags, count.clamp, records, measured, billed, count.row)


def _times(number: int, factor: Fraction) -> int:
    """`round(number * factor)`, without a fraction in between."""
    whole, rest = divmod(number * factor.numerator, factor.denominator)
    return whole + (2 * rest + whole % 2 > factor.denominator)


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

    def __init__(self, months: Months, month: int, change: Change, days: tuple[date, date]) -> None:
        self.months, self.month, self.change, self.days = months, month, change, days
        self.own = months.kept(month, *days)
        self.timetable = self.own.tallying.timetable

    def rows(
        self, source: str, tallies: Sequence[Tally], columns: Sequence[str] = (), interval: int | None = None
    ) -> list[TallyRow]:
        asked = self.months.question(_Question(source, tuple(tallies), tuple(columns), interval))
        if interval is None and self.months.kpis_are_whole(self.month):
            found = self.months.summed(asked, self.month, self.change.days)
        else:
            found = list(self._days(asked))
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

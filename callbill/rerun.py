"""A period billed again with other counts: more contacts, more hours, other days. The real billing, on other numbers.

What a meter counts is a small table of whole numbers by day; so is what KPIs count. Both are multiplied, or put
together from other days, and the lines are computed from them as ever. Numbers that become fractions stay exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import ceil

from callbill.adjusting import Adjusted, Draft
from callbill.billing import priced
from callbill.bills import Bill, total_of
from callbill.charging import charge_lines
from callbill.frozen import frozen, quickened
from callbill.invoice import ClauseResult, KpiValue, Line, Phrase, Slot, Step
from callbill.meters import Count, Metered
from callbill.models import Batch, Charge, Group, Scope
from callbill.money import times
from callbill.period import Life
from callbill.pricing import PerUnit, Slice
from callbill.recounting import ONE, Change, Day, Table, days_of
from callbill.remeasuring import Remeasuring
from callbill.weighing import Part
from callbill.worths import Effect


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
    PerUnit, Phrase, Scope, Slice, Slot, Step,
):  # fmt: skip
    quickened(_kind)


class Months:
    """The months of one contract, counted once: each can be billed again, also with days of the others."""

    def __init__(self, bills: Sequence[Bill]) -> None:
        self.bills = list(bills)
        self.kpis = Remeasuring(self.bills)
        self._scopes = [replace(bill.scope, explained=False, on=bill.scope.period.first) for bill in bills]
        self._charges = [[charge for _, _, charge in bill.charges] for bill in self.bills]
        self._lines: dict[tuple[int, int], tuple[Charge, Sequence[Line]]] = {}
        self._by_day: dict[tuple[int, str, str], dict[int, list[Count]]] = {}
        self._tables: dict[tuple[str, str], Table[Count]] = {}
        self._wholes: dict[tuple[int, str, str], list[Count]] = {}
        self._sources: dict[tuple[int, str, str], str] = {}

    def outcome(self, month: int, change: Change | None = None) -> Outcome:
        """One month, as it was or with a change. Raises `Invalid` as billing does."""
        bill, same = self.bills[month], frozenset[str]()
        charges = [charge.id for charge in bill.agreement.charges]
        if change is not None:
            bill, same = self._changed(month, change)
        elif bill.measurement is not None:
            bill = replace(bill, measurement=self.kpis.measured(month, Change(), full=True))
        lines, adjusted = priced(bill, partial(self._lines_of, month, same))
        return outcome_of(lines, charges, adjusted.values)

    def otherwise(self, charge: str, settings: Mapping[str, object]) -> "Months":
        """The same counts with other prices of the same shape in one charge; the lines of the others are kept."""

        def other(charges: Sequence[Charge]) -> tuple[Charge, ...]:
            return tuple(one.model_copy(update=settings) if one.id == charge else one for one in charges)

        bills = []
        for month, bill in enumerate(self.bills):
            phases = tuple(replace(one, charges=other(one.charges)) for one in bill.agreement.phases)
            agreement = replace(bill.agreement, charges=other(bill.agreement.charges), phases=phases)
            counted = dict(bill.counted)
            for own in (one for one in self._charges[month] if one.id == charge):
                counted[charge] = {
                    name: self._undated(month, own, name, one) for name, one in bill.counted[charge].items()
                }
            bills.append(replace(bill, agreement=agreement, counted=counted))
        made = Months(bills)
        made.kpis, made._lines = self.kpis, self._lines
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
        days = None if change.days is None else days_of(month, self._scopes[month].period, change.days)
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
        measurement, scope = self.kpis.measured(month, change), self._scopes[month]
        made_bill = Bill(
            bill.agreement, scope, bill.metering, bill.tops, counted, bill.unbilled, measurement, bill.earlier
        )  # fmt: skip
        return made_bill, frozenset(same)

    def _metered(
        self, month: int, charge: Charge, name: str, one: Metered, factor: Fraction, days: Sequence[Day] | None
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
            days = days_of(month, self._scopes[month].period)
            self._wholes[key] = self._drawn(charge, name, days, self._first(month))
        return self._wholes[key]

    def _drawn(
        self, charge: str, name: str, days: Sequence[Day], first: int, *, apart: bool = False
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

    def _table(self, charge: str, name: str) -> Table[Count]:
        """What a meter counted on every day of all months; what is billed alike stands together."""
        if (charge, name) not in self._tables:
            table = self._tables[charge, name] = Table[Count](3)
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

    def _first(self, month: int) -> int:
        return self.bills[month].scope.period.first.toordinal()


def _scaled(count: Count, factor: Fraction) -> Count:
    """A count times a factor, in whole millionths."""
    records, measured, billed = (times(one, factor) for one in (count.records, count.measured, count.billed))
    return Count(count.day, count.cell, count.values, count.flags, count.clamp, records, measured, billed, count.row)

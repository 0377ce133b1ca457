"""Many meters of many contracts, over many months, in one look at each source: what `compare` counts.

Meters whose records are each counted by themselves are put into one query over all months, also with longer or shorter
handling, and so are the tallies of KPIs and the agents of a month; what is left is run month by month, as for an
invoice.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from callbill import counting
from callbill.api import Read, earlier_of, located, tops
from callbill.bills import Bill, Top
from callbill.calendar import Timetable, timetable
from callbill.frozen import frozen
from callbill.metering import Metering
from callbill.meters import Meter, Metered, SeatMeter
from callbill.models import Charge, Scope
from callbill.period import Period
from callbill.pooled import Pool, Pooled
from callbill.problems import Invalid
from callbill.sql import column, otherwise
from callbill.staffing import handling_columns, handling_times, handling_view
from callbill.tallies import Tally, TallyRow

ONE = Fraction(1)


@frozen
class _Asked:
    """One meter of one contract with handling times some factor as long."""

    case: int
    charge: str
    name: str
    meter: Meter
    handling: Fraction


@dataclass
class Looks:
    """The months of several contracts, counted together as far as that can be done."""

    reads: Sequence[Read]
    periods: Sequence[Period]
    _found: dict[tuple[int, str, str, Fraction], Metered] = field(default_factory=dict)
    _views: dict[tuple[str, Fraction], str] = field(default_factory=dict)
    _times: dict[int, Timetable] = field(default_factory=dict)
    _fields: dict[str, frozenset[str]] = field(default_factory=dict)
    _seats: dict[tuple[int, str, str], dict[Period, Metered]] = field(default_factory=dict)
    _pools: dict[tuple[int, str], Pool] = field(default_factory=dict)
    _factors: list[Fraction] = field(default_factory=list)

    def look(self, factors: Sequence[Fraction] = (ONE,)) -> None:
        """Count everything that can be counted in one look, at every factor of handling."""
        self._factors += [one for one in factors if one not in self._factors]
        asked = [one for case, _ in enumerate(self.reads) for factor in factors for one in self._asked(case, factor)]
        groups: dict[tuple[int, str, bool], list[_Asked]] = {}
        for one in asked:
            relation = self.reads[one.case].sources[one.meter.source].relation
            groups.setdefault((self._like(one.case), relation, bool(one.meter.columns)), []).append(one)
        for (case, _, columns), together in groups.items():
            for part in [[one] for one in together] if columns else [together]:
                self._counted(case, part)

    def bills(self, case: int, handling: Fraction = ONE) -> list[Bill]:
        """Every month of a contract. Raises `Invalid` when activity and contract do not fit."""
        read = self.reads[case]
        try:
            return [self._bill(case, period, handling) for period in self.periods]
        except Invalid as invalid:
            raise located(read.contract, read, invalid) from None

    def pool(self, case: int, source: str) -> Pool:
        """The tallies of one source of a contract over all months."""
        read = self.reads[case]
        relation = read.sources[source].relation
        key = (self._like(case), relation)
        if key not in self._pools:
            name = f"pool_{len(self._pools)}"
            self._pools[key] = Pool(
                read.activity.engine, relation, self._timetable(case), name,
                lambda factor: self._columns(case, source, factor), self._handled(case, source), self._factors,
            )  # fmt: skip
        return self._pools[key]

    def tallied(self, case: int, source: str, tallies: Sequence[Tally]) -> list[TallyRow]:
        """What some tallies count of a source, over all months."""
        first, end = self.periods[0].first, self.periods[-1].end
        known = self.pool(case, source).rows(tallies, first, end) if self.reads[case].sources[source].read else None
        return known or []

    # ------------------------------------------------------------------------------------------------ one look

    def _asked(self, case: int, factor: Fraction) -> list[_Asked]:
        """The meters of a contract that may be put into one look."""
        read = self.reads[case]
        agreement = read.contract.agreement
        scope = self._whole(case)
        found = []
        for charge in agreement.charges:
            for name, meter in charge.meters(scope).items():
                plain = isinstance(meter, Meter) and meter.is_whole and meter.free is None
                if not isinstance(meter, Meter) or not plain or not read.sources[meter.source].read:
                    continue
                lasting = meter.once is None or (factor == 1 and not isinstance(meter.once.within, str))
                if lasting and (case, charge.id, name, factor) not in self._found:
                    found.append(_Asked(case, charge.id, name, meter, factor))
        return found

    def _like(self, case: int) -> int:
        """The first contract with the same calendar: they count by the same cells."""
        facts = self.reads[case].contract.agreement.facts
        return next(
            n for n, one in enumerate(self.reads)
            if (f := one.contract.agreement.facts).timezone == facts.timezone and f.calendar == facts.calendar
        )  # fmt: skip

    def _timetable(self, case: int) -> Timetable:
        like = self._like(case)
        if like not in self._times:
            facts = self.reads[like].contract.agreement.facts
            first, end = self.periods[0].first, self.periods[-1].end
            self._times[like] = timetable(facts.calendar, facts.timezone, first, end)
        return self._times[like]

    def _counted(self, case: int, asked: Sequence[_Asked]) -> None:
        """Meters of one relation and one calendar; each different one once."""
        engine = self.reads[case].activity.engine
        source = asked[0].meter.source
        unique: list[tuple[Meter, Fraction, list[_Asked]]] = []
        for one in asked:
            meter = replace(one.meter, source=source)
            factor = one.handling if self._answers(one.case, one.meter, one.handling) else ONE
            known = self._found.get((one.case, one.charge, one.name, ONE))
            if factor == 1 and known is not None:
                self._found[one.case, one.charge, one.name, one.handling] = known
                continue
            same = next((owners for known, by, owners in unique if by == factor and known == meter), None)
            if same is None:
                unique.append((meter, factor, [one]))
            else:
                same.append(one)
        relation = self.reads[asked[0].case].sources[source].relation
        metering = Metering(engine, {source: relation}, self._timetable(case), f"looks_{case}")
        together: dict[tuple[bool, tuple[tuple[int, str], ...]], list[tuple[Meter, Fraction, list[_Asked]]]] = {}
        for meter, factor, owners in unique:
            alike = len(self._factors) > 1 and self._may_be_alike(owners[0], factor)
            together.setdefault((alike, meter.parts if alike else ()), []).append((meter, factor, owners))
        for (alike, _), several in together.items():
            meters, factors, asking = zip(*several, strict=True)
            changes = [
                otherwise(self._columns(owners[0].case, owners[0].meter.source, factor))
                for _, factor, owners in several
            ]
            counted = metering.billed_longer(meters, factors, changes) if alike else metering.billed(meters, changes)
            for owners, found in zip(asking, counted, strict=True):
                for one in owners:
                    self._found[one.case, one.charge, one.name, one.handling] = found

    def _may_be_alike(self, one: _Asked, factor: Fraction) -> bool:
        """Whether many records measure the same: each is one act, or handling in whole seconds that leaves no rest."""
        measured = {column(name) for _, name in one.meter.parts}
        if not measured:
            return True
        pool, known = self.pool(one.case, one.meter.source), self._handled(one.case, one.meter.source)
        positive = all(sign > 0 for sign, _ in one.meter.parts)
        return positive and measured <= known and pool.in_seconds() and pool.leaves_no_rest(factor)

    def _answers(self, case: int, meter: Meter, handling: Fraction) -> bool:
        """Whether a meter looks at anything that changes when handling is some factor as long."""
        return bool({column(name) for name in meter.fields} & set(self._columns(case, meter.source, handling)))

    def _columns(self, case: int, source: str, factor: Fraction) -> dict[str, str]:
        """What becomes of the fields of a source whose handling is some factor as long."""
        layout = self.reads[case].contract.layouts[source]
        if factor == 1 or layout.record == "agent_state":
            return {}
        return handling_columns(layout, self._known_fields(case, source), factor)

    def _handled(self, case: int, source: str) -> frozenset[str]:
        """The fields of a source that hold times of handling alone."""
        layout = self.reads[case].contract.layouts[source]
        if layout.record == "agent_state":
            return frozenset()
        return handling_times(layout, self._known_fields(case, source))

    def _known_fields(self, case: int, source: str) -> frozenset[str]:
        read = self.reads[case]
        relation = read.sources[source].relation
        if relation not in self._fields:
            self._fields[relation] = frozenset(read.activity.engine.columns(relation, ""))
        return self._fields[relation]

    def _seated(self, case: int, charge: Charge, name: str) -> dict[Period, Metered]:
        """The agents of every month, from one look at the records."""
        key = (case, charge.id, name)
        if key not in self._seats:
            read, meter = self.reads[case], _seat_meter(charge, name, self._whole(case))
            relations = {meter.source: read.sources[meter.source].relation}
            metering = Metering(read.activity.engine, relations, self._timetable(case), f"{case}_{len(self._seats)}")
            spans = [(one.first.toordinal(), one.end.toordinal()) for one in self.periods]
            days = [
                counting.days_counted(_seat_meter(charge, name, self._scope(case, one)), one) for one in self.periods
            ]
            found = metering.seats_of(meter, spans, days)
            self._seats[key] = dict(zip(self.periods, (Metered(seats=seats) for seats in found), strict=True))
        return self._seats[key]

    # ------------------------------------------------------------------------------------------------- one month

    def _bill(self, case: int, period: Period, handling: Fraction) -> Bill:
        read = self.reads[case]
        agreement, engine = read.contract.agreement, read.activity.engine
        given = self._tops(case, handling)
        name = f"{read.tables}_{period.first:%Y%m%d}_{handling.numerator}_{handling.denominator}_"
        bill = counting.count(
            agreement, engine, given, period, entries=read.entries, name=name,
            known=dict(self._known(case, period, handling)), earlier=lambda one: earlier_of(read.contract, read, one),
        )  # fmt: skip
        if bill.measurement is not None:
            own = bill.measurement.counting
            bill.measurement.counting = lambda first, end: Pooled(
                lambda source: self.pool(case, source), handling, own(first, end), first, end
            )
        return bill

    def _known(self, case: int, period: Period, handling: Fraction) -> Iterator[tuple[tuple[str, str], Metered]]:
        """What is known of a month's meters from looks at all months."""
        read = self.reads[case]
        for charge in read.contract.agreement.charges:
            for part, meter in charge.meters(self._scope(case, period)).items():
                name = (case, charge.id, part, handling)
                if name in self._found:
                    yield (charge.id, part), _of(self._found[name], period)
                elif (
                    isinstance(meter, SeatMeter) and meter.kind != "peak" and read.sources[meter.source].read
                    and not self._answers(case, meter.meter, handling)
                ):  # fmt: skip
                    yield (charge.id, part), self._seated(case, charge, part)[period]

    def _scope(self, case: int, period: Period) -> Scope:
        return Scope(self.reads[case].contract.agreement.facts, period, self._timetable(case))

    def _whole(self, case: int) -> Scope:
        """All months as if they were one period."""
        return self._scope(case, Period(self.periods[0].first, self.periods[-1].end, ""))

    def _tops(self, case: int, handling: Fraction) -> Mapping[str, Top]:
        """The sources of a contract, with longer handling where they have any."""
        relations = self.relations(case, handling)
        return {name: replace(top, relation=relations[name]) for name, top in tops(self.reads[case]).items()}

    def relations(self, case: int, handling: Fraction) -> dict[str, str]:
        """The relation of each source of a contract when handling is some factor as long."""
        read = self.reads[case]
        found = {name: source.relation for name, source in read.sources.items()}
        if handling == 1:
            return found
        return {name: self._view(case, name, relation, handling) for name, relation in found.items()}

    def _view(self, case: int, source: str, relation: str, handling: Fraction) -> str:
        read = self.reads[case]
        layout, engine = read.contract.layouts[source], read.activity.engine
        if layout.record == "agent_state":
            return relation
        if (relation, handling) not in self._views:
            query = handling_view(layout, relation, self._known_fields(case, source), handling)
            self._views[relation, handling] = relation if query is None else engine.view(query)
        return self._views[relation, handling]


def _seat_meter(charge: Charge, name: str, scope: Scope) -> SeatMeter:
    meter = charge.meters(scope)[name]
    if not isinstance(meter, SeatMeter):
        raise TypeError(f"`{name}` of `{charge.id}` counts no seats")
    return meter


def _of(metered: Metered, period: Period) -> Metered:
    """The part of a count, which is in the order of days, that lies in one period."""
    low, high = (
        bisect_left(metered.counts, one.toordinal(), key=lambda count: count.day) for one in (period.first, period.end)
    )
    counts = metered.counts[low:high]
    return Metered(counts, sum(one.records for one in counts), {}, metered.phrases)

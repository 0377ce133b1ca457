"""Many meters of many contracts, over many months, in one look at each source: what `compare` counts.

Meters whose records are each counted by themselves are put into one query over all months, also with longer or shorter
handling; the others are run month by month, as for an invoice.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from callbill import billing
from callbill.api import Read, earlier_of, located, tops
from callbill.calendar import Timetable, timetable
from callbill.charging import Bill, Top
from callbill.frozen import frozen
from callbill.metering import Metering
from callbill.meters import Count, Meter, Metered
from callbill.models import Scope
from callbill.period import Period
from callbill.problems import Invalid
from callbill.sql import column
from callbill.staffing import handling_columns, handling_view

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

    def look(self, factors: Sequence[Fraction] = (ONE,)) -> None:
        """Count everything that can be counted in one look, at every factor of handling."""
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

    # ------------------------------------------------------------------------------------------------ one look

    def _asked(self, case: int, factor: Fraction) -> list[_Asked]:
        """The meters of a contract that may be put into one look."""
        read = self.reads[case]
        agreement = read.contract.agreement
        span = Period(self.periods[0].first, self.periods[-1].end, "")
        scope = Scope(agreement.facts, span, self._timetable(case))
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
            columns = self._columns(one, one.handling)
            factor = one.handling if {column(name) for name in meter.fields} & set(columns) else ONE
            same = next((owners for known, by, owners in unique if by == factor and known == meter), None)
            if same is None:
                unique.append((meter, factor, [one]))
            else:
                same.append(one)
        relation = self.reads[asked[0].case].sources[source].relation
        metering = Metering(engine, {source: relation}, self._timetable(case), f"looks_{case}")
        otherwise = [None if factor == 1 else _longer(self._columns(owners[0], factor)) for _, factor, owners in unique]
        counted = metering.billed([meter for meter, _, _ in unique], otherwise)
        for (_, _, owners), found in zip(unique, counted, strict=True):
            for one in owners:
                self._found[one.case, one.charge, one.name, one.handling] = found

    def _columns(self, one: _Asked, factor: Fraction) -> dict[str, str]:
        """What becomes of the fields of a source whose handling is some factor as long."""
        read = self.reads[one.case]
        if read.contract.layouts[one.meter.source].record == "agent_state":
            return {}
        engine, relation = read.activity.engine, read.sources[one.meter.source].relation
        if relation not in self._fields:
            self._fields[relation] = frozenset(engine.columns(relation, ""))
        return handling_columns(read.contract.layouts[one.meter.source], self._fields[relation], factor)

    # ------------------------------------------------------------------------------------------------- one month

    def _bill(self, case: int, period: Period, handling: Fraction) -> Bill:
        read = self.reads[case]
        agreement, engine = read.contract.agreement, read.activity.engine
        given = self._tops(case, handling)
        name = f"{read.tables}_{period.first:%Y%m%d}_{handling.numerator}_{handling.denominator}_"
        known = {
            (charge.id, part): _of(self._found[case, charge.id, part, handling], period)
            for charge in agreement.charges
            for part in charge.meters(self._scope(case, period))
            if (case, charge.id, part, handling) in self._found
        }
        return billing.count(
            agreement, engine, given, period, entries=read.entries, name=name, known=known,
            earlier=lambda one: earlier_of(read.contract, read, one),
        )  # fmt: skip

    def _scope(self, case: int, period: Period) -> Scope:
        return Scope(self.reads[case].contract.agreement.facts, period, self._timetable(case))

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
        return {name: self._view(read, name, relation, handling) for name, relation in found.items()}

    def _view(self, read: Read, source: str, relation: str, handling: Fraction) -> str:
        layout, engine = read.contract.layouts[source], read.activity.engine
        if layout.record == "agent_state":
            return relation
        if (relation, handling) not in self._views:
            query = handling_view(layout, relation, frozenset(engine.columns(relation, "")), handling)
            self._views[relation, handling] = relation if query is None else engine.view(query)
        return self._views[relation, handling]


def _of(metered: Metered, period: Period) -> Metered:
    """The part of a count that lies in one period."""
    low, high = period.first.toordinal(), period.end.toordinal()
    counts: tuple[Count, ...] = tuple(one for one in metered.counts if low <= one.day < high)
    return Metered(counts, sum(one.records for one in counts), {}, metered.phrases)


def _longer(columns: Mapping[str, str]) -> Callable[[str], str]:
    """Texts of queries in which some columns are replaced by what becomes of them."""
    pattern = re.compile(rf"'(?:[^']|'')*'|\b({'|'.join(columns)})\b")
    return lambda text: pattern.sub(lambda found: columns[found[1]] if found[1] else found[0], text)

"""What the KPIs of each clause are worth in a period: scales, gates, reliefs, repeated misses.

Nothing here is an amount of money yet: a part says which effect one window of a KPI has, and by what it is multiplied.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Literal

from callbill.bonus_malus import Clause, Deal, Forecast, Gate
from callbill.frozen import frozen
from callbill.invoice import KpiValue, Phrase, say
from callbill.kpis import ELSEWHERE, INVOICE, Kpi
from callbill.measuring import Excused, Measurement, Value, volume_tally
from callbill.models import Scope
from callbill.money import MICRO, exact, rounded, trimmed
from callbill.past import Earlier, Past
from callbill.period import Life, Period
from callbill.problems import Invalid, refuse
from callbill.staging import Layout
from callbill.steps import step_of
from callbill.tallies import Tally
from callbill.terms import Limits, reference
from callbill.values import Threshold
from callbill.windows import EVER, Span, before
from callbill.worths import Effect


@frozen
class Part:
    """What one window of a KPI is worth by a clause, after gates and repeated misses."""

    window: str
    effect: Effect
    factor: Fraction = Fraction(1)
    words: tuple[Phrase, ...] = ()


@dataclass
class Weighing:
    """The clauses of one period, before any amount."""

    deal: Deal
    scope: Scope
    measurement: Measurement
    earlier: Earlier
    life: Life = EVER
    """The phase whose clauses they are."""
    notes: dict[str, list[Phrase]] = field(default_factory=dict)
    """What kept each clause from giving more."""
    seen: dict[tuple[str, str], KpiValue] = field(default_factory=dict)
    """The values to print, by KPI and window."""
    ranks: dict[str, int] = field(default_factory=dict)
    """Which miss this one is, by clause."""

    @property
    def part(self) -> Period:
        """The days that are weighed: those of the period that lie in the phase."""
        return self.life.part(self.scope.period) or self.scope.period

    @property
    def is_over(self) -> bool:
        """Whether the phase has no day in the period."""
        return self.life.part(self.scope.period) is None

    def parts(self, clause: Clause) -> list[Part]:
        """What a period is worth by a clause, window by window; nothing where something keeps it from counting."""
        period = self.part
        if not clause.in_force(period.first, period.last):
            self.note(clause, say("not in force in this period", "pas en vigueur sur cette période"))
            return []
        measurement = self._relieved_days(clause)
        found = list(self._windows(clause, measurement))
        if clause.grace_until is not None and period.first <= clause.grace_until:
            self.note(clause, say("nothing is due until {day}", "rien n’est dû jusqu’au {day}", day=clause.grace_until))
            return []
        relieved = self._relief(clause, measurement)
        if relieved:
            found = [one for one in found if one.effect.sign > 0 and relieved == "malus"]
        factor, ranked = self._rank(clause, any(one.effect.sign < 0 for one in found))
        if ranked is not None:
            found = [
                replace(one, factor=one.factor * factor, words=(*one.words, ranked)) if one.effect.sign < 0 else one
                for one in found
            ]
        return [one for one in found if one.effect.sign and one.factor]

    def _windows(self, clause: Clause, measurement: Measurement) -> Iterator[Part]:
        """What every window is worth, after the gates."""
        scale = clause.as_scale
        if clause.kpi is None:
            score = self._score(clause, measurement)
            effects = [] if score is None else scale.effects(score, score, None, "number")
            yield from (self._gated(clause, Part(self.part.name, one), measurement) for one in effects)
            return
        kpi = self.deal.kpis[clause.kpi]
        for value, shown in self._counting(clause, kpi, measurement):
            for effect in scale.effects(shown, value.numerator, value.denominator, kpi.unit):
                yield self._gated(clause, Part(value.span.name, effect), measurement)

    def _counting(self, clause: Clause, kpi: Kpi, measurement: Measurement) -> list[tuple[Value, Fraction]]:
        """The values that count, each with what its scale sees; what is said of the others."""
        values = measurement.values(clause.kpi or "")
        if not values:
            self._not_over(clause, kpi)
        for value in values if not kpi.is_split else ():
            self.show(value, clause)
        known = [(one, one.shown) for one in values if one.shown is not None]
        if values and not known:
            self.note(clause, say("nothing was counted", "rien n’a été compté"))
        found = [(one, shown) for one, shown in known if self._enough(clause, one, measurement)]
        if kpi.is_split and len(found) < len(known):
            many = "" if len(known) - len(found) == 1 else "s"
            words = (f"{{n}} window{many} with too few records", f"{{n}} fenêtre{many} avec trop peu d’enregistrements")
            self.note(clause, say(*words, n=len(known) - len(found)))
        return found

    def _not_over(self, clause: Clause, kpi: Kpi) -> None:
        words = ("its {window} does not end in this period", "son échéance ({window}) n’est pas dans cette période")
        self.note(clause, say(*words, window=str(kpi.measured)))

    def _score(self, clause: Clause, measurement: Measurement) -> Fraction | None:
        """The points of a scorecard."""
        total = Fraction(0)
        words = []
        for item in clause.scorecard:
            values = measurement.values(item.kpi)
            if not values:
                self._not_over(clause, self.deal.kpis[item.kpi])
                return None
            value = values[0]
            self.show(value)
            if value.shown is None:
                self.note(clause, say("nothing was counted for {kpi}", "rien n’a été compté pour {kpi}", kpi=item.kpi))
                return None
            points = value.shown
            if item.points:
                points = Fraction(item.points[step_of(item.points, value.shown)[0]].points)
            weight = Fraction(100 if item.weight is None else item.weight) / 100
            total += weight * points
            part = "{kpi} {points} × {weight} %"
            words.append(say(part, part, kpi=item.kpi, points=points, weight=weight * 100))
        parts = joined(words, "; ")
        self.note(clause, say("score {score}: {parts}", "score {score} : {parts}", score=total, parts=parts))
        return total

    def _gated(self, clause: Clause, part: Part, measurement: Measurement) -> Part:
        """A part after the gates: each multiplies it."""
        if not clause.gates:
            return part
        factor, words = Fraction(1), []
        for gate in clause.gates:
            if gate.on != "both" and (gate.on == "bonus") != (part.effect.sign > 0):
                continue
            share, phrase = self._gate(gate, part.window, measurement)
            factor *= share
            words += [phrase] if share != 1 else []
            if share == 0 and part.effect.sign:
                self.note(clause, phrase)
        return replace(part, factor=part.factor * factor, words=(*part.words, *words))

    def _gate(self, gate: Gate, window: str, measurement: Measurement) -> tuple[Fraction, Phrase]:
        values = measurement.values(gate.kpi)
        whole = values[0] if values and not self.deal.kpis[gate.kpi].is_split else None
        value = next((one for one in values if one.span.name == window), whole)
        if value is None or value.shown is None:
            return Fraction(0), say("gate {kpi} was not measured", "condition {kpi} non mesurée", kpi=gate.kpi)
        if not self.deal.kpis[gate.kpi].is_split:
            self.show(value)
        if gate.steps:
            share = gate.steps[step_of(gate.steps, value.shown)[0]].factor
        else:
            holds = gate.holds(value.shown)
            given = gate.then if holds else gate.otherwise
            share = given if given is not None else Decimal(100 if holds else 0)
        words = say(
            "gate {kpi} = {value}: × {share} %", "condition {kpi} = {value} : × {share} %",
            kpi=gate.kpi, value=value.shown, share=share,
        )  # fmt: skip
        return Fraction(share) / 100, words

    # ------------------------------------------------------------------------------------------- what keeps from it

    def _enough(self, clause: Clause, value: Value, measurement: Measurement) -> bool:
        """Whether there are enough records for the value to count."""
        for name, limits in clause.when.items():
            number = value.counts.get(name)
            if number is None:
                if name == "denominator":
                    number = value.denominator or Fraction(0)
                else:
                    number = measurement.counts(value.kpi, name, value.span)
            if not _within(number, limits):
                if not self.deal.kpis[value.kpi].is_split:
                    words = say("not due: {name} is {number}", "non dû : {name} = {number}", name=name, number=number)
                    self.note(clause, words)
                return False
        return True

    def _volume(self, relief: Forecast, measurement: Measurement, span: Span) -> Fraction:
        layout = self.scope.facts.layouts[reference(relief.count).source]
        return measurement.tally_total(volume_tally(relief.count, layout), span)

    def _relieved_days(self, clause: Clause) -> Measurement:
        """The measurement without the days whose volume left the forecast."""
        period, relief = self.part, clause.relief
        days = []
        for name, expected in relief.expected.items() if relief else ():
            on = _day(name)
            if relief is None or on is None or not period.first <= on < period.end:
                continue
            volume = self._volume(relief, self.measurement, Span(on, on + timedelta(days=1), name))
            if _leaves(volume, expected, relief):
                reason = f"{_digits(volume)} / {expected}"
                days.append(Excused(on, on + timedelta(days=1), reason, tuple(clause.kpis)))
                words = say(
                    "{day} left out: volume {volume}, forecast {forecast}",
                    "{day} exclu : volume {volume}, prévision {forecast}",
                    day=on, volume=volume, forecast=expected,
                )  # fmt: skip
                self.note(clause, words)
        return replace(self.measurement, excused=(*self.measurement.excused, *days)) if days else self.measurement

    def _relief(self, clause: Clause, measurement: Measurement) -> "Literal['malus', 'both'] | None":
        """What is not due because the volume left the forecast of the period."""
        period, relief = self.scope.period, clause.relief
        if relief is None:
            return None
        expected = relief.expected.get(period.name)
        if expected is None:
            if any(_day(name) is not None for name in relief.expected):
                return None
            help_ = f"write `{period.name}: …` under `expected`"
            refuse("CB252", f"there is no forecast for {period.name}", help_, path=("relief", "expected"), on_key=True)
        volume = self._volume(relief, measurement, Span(period.first, period.end, period.name))
        if not _leaves(volume, expected, relief):
            return None
        words = ("no malus", "aucun malus") if relief.relieves == "malus" else ("nothing due", "rien n’est dû")
        self.note(
            clause,
            say(
                f"{words[0]}: volume {{volume}} against a forecast of {{forecast}}",
                f"{words[1]} : volume {{volume}} pour {{forecast}} prévus",
                volume=volume, forecast=expected,
            ),
        )  # fmt: skip
        return relief.relieves

    def _rank(self, clause: Clause, missed: bool) -> tuple[Fraction, Phrase | None]:  # noqa: FBT001 - one of two facts
        """What a miss is multiplied by for those before it."""
        if clause.repeated is None or not missed:
            return Fraction(1), None
        number = self.ranks[clause.id] = self._misses(clause) + 1
        factor = clause.repeated.factors[min(number, len(clause.repeated.factors)) - 1]
        words = say(
            "miss {n} within {within} periods: × {factor} %", "manquement {n} sur {within} périodes : × {factor} %",
            n=number, within=clause.repeated.within, factor=factor,
        )  # fmt: skip
        return Fraction(factor) / 100, words

    def _misses(self, clause: Clause) -> int:
        """How often the clause was missed in the earlier periods that count."""
        found, earlier = 0, (clause.repeated.within if clause.repeated else 1) - 1
        for period in islice(before(self.scope.period, self.scope.facts.period_rule), earlier):
            if not self.weighed(clause, period):
                break
            found += self.past(period).gave.get(clause.id, Decimal(0)) < 0
        return found

    def weighed(self, clause: Clause, period: Period) -> bool:
        """Whether an earlier period has a result of the clause."""
        part = self.life.part(period)
        return part is not None and clause.in_force(part.first, part.last)

    def past(self, period: Period) -> Past:
        """The results of an earlier period. Raises `Invalid` (CB340) when nobody has them."""
        found = self.earlier(period)
        if found is None:
            message = f"the clause looks back to {period.name}, of which there is no record and no result"
            help_ = f"add the activity of {period.name}, or its invoice in JSON: `--history {period.name}.json`"
            refuse("CB340", message, help_, path=("id",))
        return found

    def others(self, known: Collection[str]) -> list[KpiValue]:
        """The KPIs that no clause looked at, where they can be measured."""
        found = []
        for name, kpi in self.deal.kpis.items():
            if name not in known:
                try:
                    values = self.measurement.values(name)
                except Invalid:
                    continue
                found += [kpi_value(kpi, value) for value in values] if len(values) == 1 else []
        return found

    def note(self, clause: Clause, words: Phrase) -> None:
        """Say something of a clause, once."""
        said = self.notes.setdefault(clause.id, [])
        if words not in said:
            said.append(words)

    def show(self, value: Value, clause: Clause | None = None) -> None:
        """A value that the invoice prints."""
        kpi, key = self.deal.kpis[value.kpi], (value.kpi, value.span.name)
        target = clause.target.written if clause and clause.target else ""
        if key in self.seen:
            known = self.seen[key]
            self.seen[key] = replace(known, target=known.target or target)
            return
        self.seen[key] = kpi_value(kpi, value, target)


def kpi_value(kpi: Kpi, value: Value, target: str = "") -> KpiValue:
    """A value as it stands on an invoice."""
    return KpiValue(
        kpi=value.kpi, kind=kpi.kpi, label=kpi.words, unit=kpi.unit, formula=value.variant.formula,
        words=value.variant.words, window=value.span.name, first=value.span.first,
        last=value.span.end - timedelta(days=1), numerator=value.numerator, denominator=value.denominator,
        value=value.exact, rounded=value.shown, low=value.low, high=value.high, target=target, notes=value.notes,
    )  # fmt: skip


def value_words(value: Fraction, unit: str) -> Phrase:
    """A value with its unit; at most four decimals are shown."""
    near = trimmed(rounded(value, 4))
    shown = near if exact(near) == value else trimmed(rounded(value, 2))
    pattern = {"percent": "{value} %", "seconds": "{value} s", "per_hour": "{value} /h"}.get(unit, "{value}")
    return say(pattern, pattern, value=shown)


def _leaves(volume: Fraction, expected: Decimal, relief: Forecast) -> bool:
    """Whether a volume is beyond the tolerance of its forecast."""
    forecast = Fraction(expected)
    over = relief.above is not None and volume > forecast * (1 + Fraction(relief.above) / 100)
    under = relief.below is not None and volume < forecast * (1 - Fraction(relief.below) / 100)
    return over or under


def _within(number: Fraction, limits: Limits) -> bool:
    def kept(limit: Threshold | None) -> Fraction | None:
        return None if limit is None else Fraction(limit.micro, MICRO)

    low, high, above, below = (kept(one) for one in (limits.at_least, limits.at_most, limits.above, limits.below))
    return not (
        (low is not None and number < low) or (high is not None and number > high)
        or (above is not None and number <= above) or (below is not None and number >= below)
    )  # fmt: skip


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def _digits(value: Fraction) -> str:
    return f"{trimmed(rounded(value, 4)):f}"


def listed(windows: Sequence[str], most: int = 6) -> str:
    return ", ".join(windows[:most]) + (", …" if len(windows) > most else "")


def joined(words: Sequence[Phrase], mark: str = ", ") -> Phrase:
    """Several phrases as one."""
    if len(words) == 1:
        return words[0]
    parts = {f"w{n}": word for n, word in enumerate(words)}
    pattern = mark.join(f"{{{name}}}" for name in parts)
    return Phrase(pattern, pattern, parts)


def tallies(deal: Deal, layouts: Mapping[str, Layout]) -> Iterator[Tally]:
    """Everything that the KPIs of a contract count, whatever the period."""
    for kpi in deal.kpis.values():
        if kpi.source == ELSEWHERE:
            continue
        source = kpi.source_in(layouts) or ""
        names = [*kpi.chosen.quotient.names, *(name for one in deal.clauses if one.kpi for name in one.when)]
        for name in names:
            tally = kpi.tally(name, source, layouts) if name != INVOICE and name in kpi.COUNTS else None
            if tally is not None:
                yield tally
    for clause in deal.clauses:
        if clause.relief is not None:
            wanted = reference(clause.relief.count)
            yield volume_tally(clause.relief.count, layouts[wanted.source])

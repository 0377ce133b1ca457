"""Bonus and malus: KPIs move the price of what the contract bills.

A clause names a KPI (or a scorecard of several), says what its values are worth, of which lines, and what limits that:
gates, caps, a least volume, days and months that are excused, repeated misses, earning back. KPIs stand under `kpis`,
each with its formula; clauses under `bonus_malus`. Adjustments are computed on the lines of the charges alone, never
on each other, so their order changes nothing.

A scale is a list of steps, or one of `steps`, `points`, `per_point`, `per_event`. A percentage needs a `basis`, the
charges it is taken of, or an amount `at_risk`. With `applied: next_invoice` this period's result is set aside and the
next invoice carries it; that, repeated misses and earning back read earlier months: their activity on the same command
line, or their invoices in JSON (`--history`).
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field
from datetime import date, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.kpis import ELSEWHERE, Kpi
from callbill.levels import LevelText, level_problems
from callbill.measuring import Excused
from callbill.models import Facts, VatRule
from callbill.problems import Invalid, Path, Problem, nearest
from callbill.scale import FactorStep, PointStep, Ranged, Scale, ScaleText, WorthText, scale_of, tiling
from callbill.terms import Limits, reference
from callbill.values import Day, Label, Price, Quantity, Settings, Share, Slug, Whole, Words, Written, label, shape

EXAMPLE = """\
kpis:
  service_level:
    kpi: service_level
    within: 20 s
    short_abandon: 5 s
    formula: without_short_abandoned     # callbill describe service_level lists the formulas
    decimals: 1                          # rounded before it meets the scale

charges:
  - id: calls
    label: Calls answered
    model: act
    count: calls.answered
    price: 2.70

bonus_malus:
  - id: quality
    label: Quality of service
    kpi: service_level
    target: 80 %
    basis: [calls]
    scale:
      - {below: 75, amount: -4 %}
      - {below: 80, amount: -2 %}
      - {below: 85, amount: 0 %}
      - {amount: 2 %}
    when: {denominator: {at_least: 500}} # fewer contacts would pay luck
adjustment_cap: 10 %                     # of all charges, both ways
"""
ALL = "all"


# --------------------------------------------------------------------------------------------- parts of a clause


class Gate(Ranged):
    """A condition on another KPI: it multiplies the bonus or malus when it holds, and when it does not."""

    kpi: Slug = Field(description="the KPI that it looks at")
    then: Share | None = Field(None, description="factor when the value is inside the limits: 100 % when left out")
    otherwise: Share | None = Field(None, description="factor when it is not: 0 % when left out")
    steps: tuple[FactorStep, ...] = Field((), description="or a factor for each range of values")
    on: Literal["bonus", "malus", "both"] = Field("both", description="what it multiplies")


class ScoreItem(Settings):
    """One KPI of a scorecard."""

    kpi: Slug = Field(description="the KPI")
    weight: Share | None = Field(None, description="what part of the score it makes; 100 % each when left out")
    points: tuple[PointStep, ...] = Field((), description="points for ranges of values; the value itself without them")


class Cap(Settings):
    """The most that a bonus, and the most that a malus may be."""

    bonus: WorthText | None = Field(None, description="an amount, or a percentage of the basis")
    malus: WorthText | None = Field(None, description="an amount, or a percentage of the basis, without sign")


CapText = Annotated[
    Annotated[WorthText, Tag("one")] | Annotated[Cap, Tag("a mapping")],
    Discriminator(lambda raw: "a mapping" if shape(raw) == "mapping" else "one"),
]


def cap_of(written: object) -> Cap:
    """A cap, however it was written; one worth is for both sides."""
    return written if isinstance(written, Cap) else Cap(bonus=written, malus=written)


def _reference(raw: object) -> str:
    written = label(raw)
    reference(written)
    return written


CountText = Annotated[
    str, Written(_reference, {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_-]*\.[A-Za-z][A-Za-z0-9_]*$"})
]


class Forecast(Settings):
    """No malus when the volume leaves the forecast: whoever forecasts badly bears it."""

    count: CountText = Field(description="the volume: `calls.offered`")
    expected: dict[Label, Quantity] = Field(
        description="period or day: volume; a day out of the forecast is left out of the KPI: `2026-10: 12000`"
    )
    above: Share | None = Field(None, description="relief above the forecast by more than this: `10 %`")
    below: Share | None = Field(None, description="relief below the forecast by more than this")
    relieves: Literal["malus", "both"] = Field("malus", description="what is not due then")


class Repeated(Settings):
    """A malus that grows when the same clause is missed again."""

    within: Annotated[Whole, Field(ge=2, le=36)] = Field(description="periods looked at, the billed one included")
    factors: Annotated[tuple[Share, ...], Field(min_length=1)] = Field(
        description="for the first miss, the second…; the last one goes on: `[100 %, 200 %, 500 %]`"
    )
    caps: tuple[Price, ...] = Field((), description="most that the malus may be at each of them")


class EarnBack(Settings):
    """A malus that is given back when the KPI then stays good."""

    after: Annotated[Whole, Field(ge=1, le=12)] = Field(description="periods that must reach the target together")
    target: LevelText = Field(description="the value that they must reach")


class Clause(Settings):
    """One bonus or malus."""

    STANDS_ELSEWHERE: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("within", "formula", "short_abandon", "decimals", "measured", "met", "where", "source", "counts", "bands"),
        "write it in the KPI: a KPI has its settings under `kpis`, and the clause its name",
    ) | dict.fromkeys(("malus", "bonus"), "write what it costs or earns under `scale`, the most of it under `cap`")

    id: Slug = Field(description="its name on line ids and in other settings")
    label: Label = Field(description="words on the invoice")
    kpi: Slug | None = Field(None, description="the KPI whose value counts")
    scorecard: tuple[ScoreItem, ...] = Field((), description="or several KPIs that give points together")
    target: LevelText | None = Field(None, description="what is aimed at; printed beside the value")
    scale: ScaleText = Field(description="what the values are worth")
    basis: Words | None = Field(None, description="the charges that percentages are taken of: ids, or `all`")
    at_risk: WorthText | None = Field(
        None, description="percentages are shares of this instead: an amount, or a percentage of the basis"
    )
    gates: tuple[Gate, ...] = Field((), description="conditions on other KPIs; all must hold")
    cap: CapText | None = Field(None, description="most that the clause may give or take in one period")
    when: dict[Label, Limits] = Field(
        default_factory=dict,
        description="counts of the KPI, or its `denominator`, for it to be paid at all: `{offered: {at_least: 500}}`",
    )
    relief: Forecast | None = Field(None, description="no malus when the volume leaves the forecast")
    grace_until: Day | None = Field(None, description="last day of the months in which nothing is due yet")
    from_: Day | None = Field(None, alias="from", description="first day of the first period it is in force")
    until: Day | None = Field(None, description="last day of the last period it is in force")
    repeated: Repeated | None = Field(None, description="what repeated misses cost")
    earn_back: EarnBack | None = Field(None, description="when a malus is given back")
    applied: Literal["this_invoice", "next_invoice"] = Field(
        "this_invoice", description="on the invoice of the measured period, or on the one after it"
    )
    basis_of: Literal["measured_period", "invoice"] | None = Field(
        None, description="for `next_invoice`: percentages of the measured period's lines, or of the invoice's own"
    )
    indexation: Slug | None = Field(None, description="the revision clause that its amounts follow")
    vat: VatRule | None = Field(None, description="VAT, when it is not that of the basis")

    @property
    def as_scale(self) -> Scale:
        return scale_of(self.scale)

    @property
    def caps(self) -> Cap | None:
        return None if self.cap is None else cap_of(self.cap)

    @property
    def kpis(self) -> tuple[str, ...]:
        """Every KPI that it looks at."""
        own = (self.kpi,) if self.kpi else tuple(one.kpi for one in self.scorecard)
        return tuple(dict.fromkeys((*own, *(gate.kpi for gate in self.gates))))

    @property
    def looks_back(self) -> bool:
        return self.repeated is not None or self.earn_back is not None or self.applied == "next_invoice"

    def in_force(self, first: date, last: date) -> bool:
        """Whether a whole period lies in its time."""
        return (self.from_ is None or self.from_ <= first) and (self.until is None or last <= self.until)


class Group(Settings):
    """Clauses that share a cap, or of which one event pays only once."""

    id: Slug = Field(description="its name on line ids")
    label: Label = Field(description="words on the invoice")
    clauses: Words = Field(description="the clauses' ids")
    cap: CapText | None = Field(None, description="most that they may give or take together in one period")
    of: Words | None = Field(None, description="the charges that a percentage of the cap is taken of: ids, or `all`")
    pays: Literal["all", "largest"] = Field(
        "all", description="`largest`: of several malus of one window only the largest is due"
    )

    @property
    def caps(self) -> Cap | None:
        return None if self.cap is None else cap_of(self.cap)


class ExcusedDays(Settings):
    """Days that KPIs leave out."""

    date: Day | None = Field(None, description="one day")
    from_: Day | None = Field(None, alias="from", description="or the first of several")
    until: Day | None = Field(None, description="and the last")
    reason: Label = Field(description="why; printed on the invoice")
    kpis: Words = Field((), description="only these KPIs; all when left out")

    @property
    def excused(self) -> Excused:
        first = self.date or self.from_
        last = self.date or self.until
        assert first is not None and last is not None  # noqa: S101, PT018 - checked by `problems`
        return Excused(first, last + timedelta(days=1), self.reason, self.kpis)

    def problems(self) -> Iterator[Problem]:
        given = [name for name, day in (("date", self.date), ("from", self.from_), ("until", self.until)) if day]
        if given not in (["date"], ["from", "until"]):
            yield Problem("CB248", "excused days are a `date`, or `from` and `until`", "write one of the two")
        elif self.from_ is not None and self.until is not None and self.until < self.from_:
            yield Problem("CB240", "`until` is before `from`", "swap them", ("until",))


@frozen
class Deal:
    """What the contract says about bonus and malus."""

    kpis: Mapping[str, Kpi] = field(default_factory=dict)
    clauses: tuple[Clause, ...] = ()
    groups: tuple[Group, ...] = ()
    cap: Cap | None = None
    excused: tuple[Excused, ...] = ()


# ------------------------------------------------------------------------------------------------------ problems


def clause_problems(
    clause: Clause, kpis: Mapping[str, Kpi], charges: Mapping[str, object], facts: Facts
) -> Iterator[Problem]:
    """What is wrong with a clause beside the KPIs and charges of its contract."""
    yield from _kpi_problems(clause, kpis)
    yield from _basis_problems(clause, charges)
    yield from _time_problems(clause)
    yield from _limit_problems(clause, kpis, facts)
    if clause.indexation is not None and clause.indexation not in facts.indexations:
        help_ = nearest(clause.indexation, facts.indexations) or "write it under `indexation` at the top"
        yield Problem("CB231", f"`{clause.indexation}` is not a revision clause", help_, ("indexation",))
    if clause.vat is not None:
        yield from (problem.under("vat") for problem in clause.vat.problems())
    if clause.relief is not None:
        yield from _relief_problems(clause.relief, facts)


def _kpi_problems(clause: Clause, kpis: Mapping[str, Kpi]) -> Iterator[Problem]:
    if (clause.kpi is None) == (not clause.scorecard):
        yield Problem("CB248", "a clause has either a `kpi` or a `scorecard`", "write one of the two", on_key=True)
        return
    places: list[tuple[Path, str]] = [(("kpi",), clause.kpi)] if clause.kpi else []
    places += [(("scorecard", n, "kpi"), one.kpi) for n, one in enumerate(clause.scorecard)]
    places += [(("gates", n, "kpi"), one.kpi) for n, one in enumerate(clause.gates)]
    unknown = [(path, name) for path, name in places if name not in kpis]
    for path, name in unknown:
        help_ = nearest(name, kpis) or "write it under `kpis` at the top"
        yield Problem("CB231", f"`{name}` is not a KPI of this contract", help_, path)
    if unknown:
        return
    yield from _scale_problems(clause, kpis)
    for n, item in enumerate(clause.scorecard):
        kpi = kpis[item.kpi]
        yield from tiling(item.points, kpi.decimals, kpi.unit, ("scorecard", n, "points"))
        if kpi.is_split:
            yield Problem(
                "CB248",
                "a scorecard needs one value of each KPI",
                "measure it over the period",
                ("scorecard", n, "kpi"),
            )
    for n, gate in enumerate(clause.gates):
        yield from _gate_problems(gate, kpis[gate.kpi], clause, kpis, ("gates", n))


def _scale_problems(clause: Clause, kpis: Mapping[str, Kpi]) -> Iterator[Problem]:
    kpi = kpis[clause.kpi] if clause.kpi else None
    scale, unit = clause.as_scale, kpi.unit if kpi else "number"
    found = list(scale.problems(kpi.decimals if kpi else None, unit, ("scale",)))
    if not isinstance(clause.scale, Scale):
        found = [Problem(one.code, one.message, one.help, _short(one.path), on_key=one.on_key) for one in found]
    yield from found
    if clause.target is not None:
        yield from level_problems(clause.target, unit, ("target",))
    if scale.per_event is not None and kpi is None:
        yield Problem("CB248", "a scorecard has no events", "write `steps`", ("scale", "per_event"), on_key=True)
    if kpi is not None and kpi.is_split and scale.in_percent:
        message = "the KPI has a value for each day, week or interval: what is such a one's part of the basis?"
        help_ = "write amounts, or count the windows that reach a value: `met: {at_least: …}` in the KPI"
        yield Problem("CB249", message, help_, ("scale",), on_key=True)


def _short(path: Path) -> Path:
    """The way to a step of a list, which has no key `steps`."""
    return tuple(key for n, key in enumerate(path) if not (n == 1 and key == "steps"))


def _gate_problems(gate: Gate, kpi: Kpi, clause: Clause, kpis: Mapping[str, Kpi], path: Path) -> Iterator[Problem]:
    limits = [gate.below, gate.up_to, gate.at_least, gate.above]
    if bool(gate.steps) == any(limits):
        yield Problem("CB248", "a gate has limits, or `steps`", "write `at_least: …`, or factors for ranges", path)
    elif gate.steps and (gate.then is not None or gate.otherwise is not None):
        message = "`then` and `otherwise` go with limits, not with `steps`"
        yield Problem("CB248", message, "give each step its `factor`, and take them out", path)
    yield from gate.limit_problems(path)
    if gate.steps:
        yield from tiling(gate.steps, kpi.decimals, kpi.unit, (*path, "steps"))
    for key in ("below", "up_to", "at_least", "above"):
        level = getattr(gate, key)
        if level is not None:
            yield from level_problems(level, kpi.unit, (*path, key))
    own = kpis.get(clause.kpi or "")
    if kpi.is_split and (own is None or own.measured != kpi.measured):
        message = f"`{kpi.kpi}` has several values in a period, and the clause is not measured the same way"
        yield Problem("CB248", message, "measure both alike", (*path, "kpi"))


def _basis_problems(clause: Clause, charges: Mapping[str, object]) -> Iterator[Problem]:
    yield from _charge_problems(clause.basis or (), charges, ("basis",))
    scale = clause.as_scale
    per_billed = any(step.price is not None for step in scale.steps or ())
    caps = [one for one in (clause.caps.bonus, clause.caps.malus) if one] if clause.caps else []
    shares = scale.in_percent or any(one.in_percent for one in caps)
    money = clause.at_risk is not None and not clause.at_risk.in_percent
    if clause.basis is None and (per_billed or (shares and not money) or (clause.at_risk and not money)):
        what = "the quantity of what" if per_billed else "a percentage of what"
        yield Problem("CB249", f"{what}?", "write `basis: [calls]`, the charges' ids, or `basis: all`", on_key=True)
    if clause.at_risk is not None and not scale.in_percent:
        message = "nothing of the scale is a share of the amount at risk"
        yield Problem("CB248", message, "write percentages, or take `at_risk` out", ("at_risk",), on_key=True)


def _charge_problems(names: tuple[str, ...], charges: Mapping[str, object], path: Path) -> Iterator[Problem]:
    for n, name in enumerate(names):
        if name != ALL and name not in charges:
            help_ = nearest(name, [*charges, ALL])
            yield Problem("CB231", f"`{name}` is not a charge of this contract", help_, (*path, n))


def _time_problems(clause: Clause) -> Iterator[Problem]:
    if clause.from_ is not None and clause.until is not None and clause.until < clause.from_:
        yield Problem("CB240", f"`until` {clause.until} is before `from` {clause.from_}", "swap them", ("until",))
    if clause.looks_back and clause.from_ is None:
        message = "the clause looks back to earlier periods: since when is it in force?"
        yield Problem("CB249", message, "write `from: 2026-01-01`, the first day it counts", on_key=True)
    if clause.applied == "next_invoice" and clause.basis_of is None and clause.as_scale.in_percent:
        message = "a percentage of which lines: those of the period it was measured in, or those of the next invoice?"
        yield Problem("CB249", message, "write `basis_of: measured_period` or `basis_of: invoice`", on_key=True)
    if clause.basis_of is not None and clause.applied != "next_invoice":
        yield Problem(
            "CB248", "`basis_of` goes with `applied: next_invoice`", "take it out", ("basis_of",), on_key=True
        )


def _limit_problems(clause: Clause, kpis: Mapping[str, Kpi], facts: Facts) -> Iterator[Problem]:
    kpi = kpis.get(clause.kpi or "")
    known = ["denominator", *(kpi.COUNTS if kpi is not None and kpi.source != ELSEWHERE else ())]
    for name, limits in clause.when.items():
        if name not in known:
            yield Problem(
                "CB231", f"`{name}` is not a count of the KPI", nearest(name, known), ("when", name), on_key=True
            )
        elif kpi is not None and name != "denominator":
            yield from _uncounted(kpi, name, facts)
        if limits.not_ is not None or limits.filled is not None:
            yield Problem("CB203", "a number is expected here", "write `{at_least: 500}`", ("when", name))
    yield from cap_problems(clause.caps, ("cap",))
    if clause.repeated is not None and len(clause.repeated.caps) not in (0, len(clause.repeated.factors)):
        message = f"{len(clause.repeated.factors)} factors and {len(clause.repeated.caps)} caps"
        yield Problem("CB248", message, "write a cap for each factor, or none", ("repeated", "caps"))
    if clause.earn_back is not None and (kpi is None or kpi.measured != "period"):
        message = "earning back needs one KPI that is measured over the period"
        yield Problem("CB248", message, "take `earn_back` out, or measure the period", ("earn_back",), on_key=True)
    if clause.earn_back is not None and kpi is not None:
        yield from level_problems(clause.earn_back.target, kpi.unit, ("earn_back", "target"))


def _uncounted(kpi: Kpi, name: str, facts: Facts) -> Iterator[Problem]:
    """A count that is asked for and that the KPI's source does not have; unfit conditions are told at the KPI."""
    source = kpi.source_in(facts.layouts) or ""
    with suppress(Invalid):
        if source in facts.layouts and kpi.tally(name, source, facts.layouts) is None:
            help_ = "say what it is under `counts` of the KPI, or ask for another count"
            yield Problem("CB262", f"`{source}` has no count `{name}`", help_, ("when", name), on_key=True)


def _relief_problems(relief: Forecast, facts: Facts) -> Iterator[Problem]:
    wanted = reference(relief.count)
    layout = facts.layouts.get(wanted.source)
    if layout is None:
        help_ = nearest(wanted.source, facts.layouts)
        yield Problem("CB231", f"`{wanted.source}` is not a source of this contract", help_, ("relief", "count"))
    else:
        known = ("all", *layout.states) if layout.record == "contact" else layout.numbers
        if wanted.name not in known:
            help_ = nearest(wanted.name, known)
            yield Problem("CB231", f"`{wanted.name}` is not a count of `{wanted.source}`", help_, ("relief", "count"))
    if relief.above is None and relief.below is None:
        yield Problem("CB202", "`above` is missing", "write `above: 10 %`, `below: 10 %`, or both", ("relief",))


def cap_problems(cap: Cap | None, path: Path) -> Iterator[Problem]:
    """A cap with a sign: it bounds a size."""
    for worth in (cap.bonus, cap.malus) if cap else ():
        if worth is not None and worth.value < 0:
            yield Problem("CB216", "a cap has no sign", f"write `{worth.written.lstrip('-')}`", path)
            return


def group_problems(group: Group, clauses: Mapping[str, Clause], charges: Mapping[str, object]) -> Iterator[Problem]:
    """What is wrong with a group beside the clauses and charges of its contract."""
    for n, name in enumerate(group.clauses):
        if name not in clauses:
            yield Problem("CB231", f"`{name}` is not a clause of `bonus_malus`", nearest(name, clauses), ("clauses", n))
    yield from _charge_problems(group.of or (), charges, ("of",))
    yield from cap_problems(group.caps, ("cap",))
    caps = [one for one in (group.caps.bonus, group.caps.malus) if one] if group.caps else []
    if group.of is None and any(one.in_percent for one in caps):
        yield Problem(
            "CB249", "a percentage of what?", "write `of: [calls]`, the charges' ids, or `of: all`", on_key=True
        )
    if group.cap is None and group.pays == "all":
        yield Problem("CB202", "`cap` is missing", "write `cap: 10 %`, or `pays: largest`", on_key=True)


def clause_words(clause: Clause) -> Iterator[tuple[str, Phrase]]:
    """The rules of a clause that its lines do not show."""
    if clause.basis is not None:
        listed = ", ".join(clause.basis)
        yield (
            "basis",
            say(
                "percentages of the lines of {basis}, one-off lines and set-up left out",
                "pourcentages des lignes de {basis}, hors lignes ponctuelles et mise en service",
                basis=listed,
            ),
        )
    if clause.applied == "next_invoice":
        yield (
            "applied",
            say(
                "what a period gives stands on the next invoice",
                "le résultat d’une période figure sur la facture suivante",
            ),
        )
    if clause.repeated is not None:
        factors = ", ".join(f"{one} %" for one in clause.repeated.factors)
        yield (
            "repeated",
            say(
                "misses within {n} periods count {factors}",
                "les manquements sur {n} périodes comptent {factors}",
                n=clause.repeated.within,
                factors=factors,
            ),
        )
    if clause.earn_back is not None:
        yield (
            "earn_back",
            say(
                "a malus is given back when the next {n} periods together reach {target}",
                "un malus est rendu si les {n} périodes suivantes atteignent ensemble {target}",
                n=clause.earn_back.after,
                target=clause.earn_back.target.written,
            ),
        )

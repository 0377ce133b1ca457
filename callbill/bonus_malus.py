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
from dataclasses import field
from datetime import date, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from callbill.charge_settings import VatRule
from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.kpis import Kpi
from callbill.levels import LevelText
from callbill.measuring import Excused
from callbill.problems import Problem
from callbill.scale import Scale, ScaleText, scale_of
from callbill.steps import FactorStep, PointStep, Ranged
from callbill.terms import Limits, reference
from callbill.values import Day, Label, Price, Quantity, Settings, Share, Slug, Whole, Words, Written, label, shape
from callbill.worths import WorthText

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

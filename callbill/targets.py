"""KPIs learnt from months: their targets, and steps that stand outside what chance alone could make of a month."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from callbill import kpis
from callbill.api import Read, earlier_of, tops
from callbill.contract import Contract
from callbill.counting import measurement
from callbill.estimates import two_digits
from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.kpis import Kpi
from callbill.measuring import Value
from callbill.money import rounded, text, trimmed
from callbill.period import Period
from callbill.problems import Invalid
from callbill.settings import build
from callbill.staging import Layout
from callbill.tallies import Tally
from callbill.windows import Span

WAITING = ("service_level", "answer_rate", "abandonment", "speed_of_answer")
"""KPIs of what callers wait; the first that is measured carries money, the others are looked at."""
SOLVING = ("first_contact_resolution", "repeat_rate", "transfer_rate")
"""KPIs of what becomes of their question."""
QUALITY = ("quality_score", "csat", "nps")
RESOLVED = ("first_contact_resolution", "repeat_rate")
UNITS = {"percent": " %", "seconds": " s"}
CORRIDOR = Fraction(7, 100)
"""How far the handling time may move before the price is talked about again: the trade's 5 to 7 %, its wide end."""
BONUS, MALUS, WORSE = "1 %", "-2 %", "-4 %"
USUAL: Mapping[str, tuple[Mapping[str, str], str, tuple[str, ...]]] = {
    "service_level": ({"within": "20 s"}, "1", ("of_all", "of_answered")),
    "answer_rate": ({}, "1", ("of_offered", "of_answered_and_abandoned")),
    "transfer_rate": ({}, "1", ("of_answered", "of_offered")),
    "handling_time": ({}, "0", ("talk_hold_wrap", "talk_wrap", "(talk + hold) / handled", "talk / handled")),
}
"""What is measured where the contract declares nothing: settings, and formulas; the first that fits is taken."""


@frozen
class Steps:
    """A scale around what was seen: nothing between `low` and `high`, which hold every month and its margin.

    None stands for a side on which no value is left; `wide` is what lies between the first malus and the second.
    """

    low: int | None
    high: int | None
    wide: int
    least: int
    """Contacts below which nothing is due."""


@frozen
class Learnt:
    """A KPI over the months: as written, its value in each of them, over all, and the steps it gives."""

    name: str
    kpi: Kpi
    written: Mapping[str, Any]
    own: bool
    values: tuple[Value | None, ...]
    mean: Fraction | None
    steps: Steps | None = None

    @property
    def known(self) -> list[Value]:
        return [one for one in self.values if one is not None and one.exact is not None]

    @property
    def seen(self) -> tuple[Fraction, Fraction] | None:
        """The lowest and the highest month."""
        found = [one.exact for one in self.known if one.exact is not None]
        return (min(found), max(found)) if found else None

    @property
    def margin(self) -> Fraction | None:
        """The widest margin of a month, from its lower to its upper end; None where chance cannot be told."""
        widths = [
            Fraction(one.high) - Fraction(one.low) for one in self.known if one.low is not None and one.high is not None
        ]
        return max(widths, default=None)

    @property
    def shown(self) -> str:
        """The mean as a contract writes a level."""
        return "" if self.mean is None else text(self._level(self.mean)) + UNITS.get(self.kpi.unit, "")

    @property
    def read(self) -> Phrase:
        """The mean as people read it; nothing where there is none."""
        words = "{value}" + UNITS.get(self.kpi.unit, "")
        return Phrase("") if self.mean is None else say(words, words, value=self._level(self.mean))

    def _level(self, mean: Fraction) -> Decimal:
        return trimmed(rounded(mean, 1 if self.kpi.decimals is None else self.kpi.decimals))


def candidates(contract: Contract, source: str = "") -> dict[str, Mapping[str, Any]]:
    """The KPIs to look at, as written: the contract's own; else what its sources can give, the counted one first.

    The handling time is always among them where it can be measured, since a price for an act stands on it.
    """
    own: dict[str, Mapping[str, Any]] = dict(contract.source.value.get("kpis") or {})
    kinds = {raw["kpi"] for raw in own.values()}
    wanted = ["handling_time"] if own else ["service_level", "answer_rate", "transfer_rate", "handling_time"]
    for kind in wanted:
        if kind in kinds or kind in own or (kind == "answer_rate" and "service_level" in own):
            continue
        found = _usual(contract, kind, source)
        if found is not None:
            own[kind] = found
    return own


def _usual(contract: Contract, kind: str, source: str) -> Mapping[str, Any] | None:
    layouts = contract.layouts
    settings, decimals, formulas = USUAL[kind]
    for name in sorted(layouts, key=lambda one: one != source):
        more: dict[str, Any] = {}
        if kind == "service_level" and "ivr" in layouts[name].durations:
            more = {"ivr": "false"}
        if kind == "handling_time" and layouts[name].record == "interval" and "handled" not in layouts[name].numbers:
            more = {"counts": {"handled": "answered"}}  # intervals seldom tell the two apart
        for formula in formulas:
            written = {"kpi": kind, "source": name, **settings, **more, "formula": formula, "decimals": decimals}
            kpi = build(kpis.named(kind), written)
            if kpi.fits(name, layouts) and not list(kpi.problems(kpis.Facts(layouts, contract.agreement.facts.bands))):
                return written
    return None


def built(written: Mapping[str, Mapping[str, Any]]) -> dict[str, Kpi]:
    """KPIs from what a contract writes."""
    return {name: build(kpis.named(raw["kpi"]), raw) for name, raw in written.items()}


def tallies(contract: Contract, source: str) -> Iterator[Tally]:
    """Everything that the KPIs to look at count."""
    for kpi in built(candidates(contract, source)).values():
        where = kpi.source_in(contract.layouts)
        for name in kpi.chosen.quotient.names if where in contract.layouts and where else ():
            tally = kpi.tally(name, where or "", contract.layouts) if name in kpi.COUNTS else None
            if tally is not None:
                yield tally


def learnt(read: Read, periods: Sequence[Period], source: str) -> dict[str, Learnt]:
    """Every KPI over the months; those that cannot be measured in one have no value there."""
    contract = read.contract
    written = candidates(contract, source)
    shown = built(written)
    own = contract.source.value.get("kpis") or {}
    values: dict[str, list[Value | None]] = {name: [] for name in shown}
    for period in periods:
        made = measurement(
            contract.agreement, read.activity.engine, tops(read), period, entries=read.entries,
            earlier=lambda one: earlier_of(contract, read, one), kpis=shown, name=f"{read.tables}_learnt_",
        )  # fmt: skip
        for name, kpi in shown.items():
            values[name].append(_value(made, name, period) if _plain(kpi) else None)
    found = {}
    for name, kpi in shown.items():
        one = Learnt(name, kpi, written[name], name in own, tuple(values[name]), None)
        found[name] = Learnt(name, kpi, written[name], name in own, one.values, _mean(one), _steps(one))
    return found


def _plain(kpi: Kpi) -> bool:
    """Whether every month has one value of its own."""
    return kpi.measured == "period" and kpi.met is None and kpi.UNIT in ("percent", "seconds")


def _value(made: Any, name: str, period: Period) -> Value | None:
    try:
        value: Value = made.value(name, Span(period.first, period.end, period.name))
    except Invalid:  # a KPI that is measured elsewhere, and whose file says nothing of this month
        return None
    return value


def _mean(one: Learnt) -> Fraction | None:
    """The value over all months: sums over sums; the mean of the months where there are no sums."""
    known = one.known
    if not known:
        return None
    belows = [value.denominator for value in known]
    if all(belows):
        above = sum((value.numerator for value in known), Fraction(0))
        return one.kpi.value(above, sum((below or Fraction(0) for below in belows), Fraction(0)))
    return sum((value.exact or Fraction(0) for value in known), Fraction(0)) / len(known)


def _steps(one: Learnt) -> Steps | None:
    """Limits at whole numbers outside of every month's margin, so that no month of the history meets one by chance."""
    known = one.known
    if not known or len(known) != len(one.values):
        return None
    seen = one.seen or (Fraction(0), Fraction(0))
    low = floor(min([seen[0], *(Fraction(value.low) for value in known if value.low is not None)]))
    high = ceil(max([seen[1], *(Fraction(value.high) for value in known if value.high is not None)]))
    if high - low <= (one.margin or 0):
        low, high = low - 1, high + 1
    wide = max(1, ceil(one.margin if one.margin is not None else seen[1] - seen[0]))
    counts = [value.denominator for value in known if value.denominator]
    top = 100 if one.kpi.unit == "percent" else None
    return Steps(
        low if low > 0 else None,
        high if top is None or high < top else None,
        wide,
        two_digits(min(counts)) if counts else 0,
    )


# ----------------------------------------------------------------------------------------------------- the clauses


def paying(found: Mapping[str, Learnt]) -> list[Learnt]:
    """The KPIs that carry money: one of waiting, one of solving; money on every KPI pays the same thing twice."""
    chosen = []
    for kinds in (WAITING, SOLVING):
        able = [one for kind in kinds for one in found.values() if one.kpi.kpi == kind and _pays(one)]
        chosen += able[:1]
    return chosen


def _pays(one: Learnt) -> bool:
    steps = one.steps
    return steps is not None and not one.kpi.is_split and (steps.low is not None or steps.high is not None)


def first_of(found: Mapping[str, Learnt], kinds: Sequence[str]) -> Learnt | None:
    """The first KPI of some kinds that every month has a value of."""
    return next((one for kind in kinds for one in found.values() if one.kpi.kpi == kind and one.steps), None)


def clause(one: Learnt, name: str, charge: str, language: str, gate: Learnt | None) -> dict[str, Any]:
    """A bonus and a malus on a KPI, nothing between their limits; the gate keeps a bonus from whoever is careless."""
    assert one.steps is not None  # noqa: S101 - asked only of those that pay
    steps, scale = one.steps, list[dict[str, str]]()
    better = one.kpi.higher_is_better
    if steps.low is not None and better and steps.low > steps.wide:
        scale.append({"below": str(steps.low - steps.wide), "amount": WORSE})
    if steps.low is not None:
        scale.append({"below": str(steps.low), "amount": MALUS if better else BONUS})
    if steps.high is None:
        scale.append({"amount": "0 %"})
    else:
        scale.append({"up_to": str(steps.high), "amount": "0 %"})
        second = steps.high + steps.wide
        if not better and (one.kpi.unit != "percent" or second < 100):
            scale += [{"up_to": str(second), "amount": MALUS}, {"amount": WORSE}]
        else:
            scale.append({"amount": BONUS if better else MALUS})
    found: dict[str, Any] = {
        "id": name, "label": one.kpi.label or one.kpi.NAMES.words(language), "kpi": one.name,
        "target": one.shown, "basis": [charge], "scale": scale,
    }  # fmt: skip
    if steps.least:
        found["when"] = {"denominator": {"at_least": str(steps.least)}}
    if gate is not None and gate.seen is not None and any(step["amount"] == BONUS for step in scale):
        found["gates"] = [{"kpi": gate.name, "at_least": str(floor(gate.seen[0])), "on": "bonus"}]
    found["cap"] = {"bonus": BONUS, "malus": WORSE.removeprefix("-")}
    return found


def corridor(one: Learnt) -> tuple[int, int] | None:
    """The handling times between which the price holds: 7 % about the mean, or as far as the months and chance went.

    None where nothing was handled in a month, or so little that chance alone reaches down to no time at all.
    """
    if not one.mean or one.steps is None or one.steps.low is None or one.steps.high is None:
        return None
    low, high = floor(one.mean * (1 - CORRIDOR)), ceil(one.mean * (1 + CORRIDOR))
    return min(low, one.steps.low), max(high, one.steps.high)


def corridor_clause(one: Learnt, name: str, ends: tuple[int, int], language: str) -> dict[str, Any]:
    """A clause that gives and takes nothing: every invoice prints the handling time beside what the price stands on."""
    label = CORRIDOR_LABEL.words(language)
    scale = [{"below": str(ends[0]), "amount": "0"}, {"up_to": str(ends[1]), "amount": "0"}, {"amount": "0"}]
    return {"id": name, "label": label, "kpi": one.name, "target": one.shown, "scale": scale}


CORRIDOR_LABEL: Phrase = say("Handling time, corridor of the price", "Durée de traitement, couloir du prix")


def acts_tally(layout: Layout, source: str, name: str) -> Tally | None:
    """A state of contacts or a number of intervals, as it is counted for the mix."""
    if layout.record == "contact" and (name == "all" or name in layout.states):
        return Tally(source, layout.states.get(name, ()))
    return Tally(source, parts=((1, name),)) if name in layout.numbers else None

"""Phases: stretches of a contract's life, each with charges and clauses of its own.

The usual advice is to bill by time for some months, to learn what a call takes, and then to bill acts with a bonus and
a malus. Every day is billed under its phase. A period that crosses a change is split at local midnight: usage counts on
its day, fees, commitments, included units, minimums and maximums are prorated as their charge says, and the clauses of
a phase are weighed over its days, as percentages of its lines.

Days are local and both ends are included. The first phase may leave `from` out (since ever), the last one `until` (for
ever). Between two phases one of the two days is enough: the other is the day beside it. A charge or clause that names
no `from` or `until` of its own takes those of its phase. Tiers, free first contacts and caps count in each phase alone;
`once_per` looks back over a change, as it does over the beginning of a month.

A KPI's window that a change cuts is measured over its days in the phase, and belongs to the part that it ends in. What
a clause with `applied: next_invoice` gave last stands on the next invoice although the phase is over.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal, TypeAlias, TypeVar

from pydantic import Field

from callbill.bonus_malus import Cap, CapText, Clause, Deal, Group, cap_of
from callbill.clause_problems import cap_problems, clause_problems, group_problems
from callbill.frozen import frozen
from callbill.kpis import Kpi
from callbill.models import Charge, Facts
from callbill.period import Life, Period, period_of
from callbill.period import Rule as PeriodRule
from callbill.problems import Path, Problem
from callbill.values import Day, Label, Settings

EXAMPLE = """\
phases:
  - name: Start-up
    until: 2026-10-15
    charges:
      - id: production
        label: Production hours
        model: time
        measure: calls.talk + calls.wrap
        unit: hour
        price: 26.00
  - name: Cruise                         # from the day after: 2026-10-16
    charges:
      - id: calls
        label: Calls answered
        model: act
        count: calls.answered
        price: 2.70
        minimum: {quantity: 8000}
        proration: calendar_days         # October costs 16 of 31 days of the minimum
"""
OWN = ("charges", "bonus_malus", "adjustment_groups", "adjustment_cap")
"""What each phase has of its own, and the top of the contract only without phases."""

Dated = TypeVar("Dated", Charge, Clause)


class PhaseSettings(Settings):
    """A stretch of the contract's life."""

    name: Label = Field(description="its name on the invoice")
    from_: Day | None = Field(None, alias="from", description="first day; the day after the phase before")
    until: Day | None = Field(None, description="last day; the day before the next phase")
    charges: tuple[Any, ...] = Field(description="what is billed in it")
    bonus_malus: tuple[Clause, ...] = Field((), description="what the KPIs' values are worth in it")
    adjustment_groups: tuple[Group, ...] = Field((), description="clauses that share a cap, or that pay once")
    adjustment_cap: CapText | None = Field(
        None, description="most that its bonus and malus may be: `10 %` of its charges, or `{bonus: …, malus: …}`"
    )


@frozen
class Phase:
    """A phase that can be billed: its charges and clauses carry its days. A contract without phases has one, nameless.

    `path` leads to it in the file.
    """

    name: str
    life: Life
    charges: tuple[Charge, ...]
    deal: Deal
    path: Path = ()

    def carries(self, period: Period, rule: PeriodRule) -> bool:
        """Whether it is over, and has ended so late that this period's invoice bears its last results."""
        last = period_of(rule, period.first - timedelta(days=1))
        ended = self.life.part(period) is None and self.life.part(last) is not None
        return ended and any(clause.applied == "next_invoice" for clause in self.deal.clauses)


Stretch: TypeAlias = tuple[Path, PhaseSettings, Life]
"""A phase with its way through the file and its days."""


def stretches(phases: Sequence[PhaseSettings], whole: PhaseSettings) -> list[Stretch]:
    """The phases; where there are none, the whole contract as one without a name or an end."""
    numbered = enumerate(zip(phases, lives(phases), strict=True))
    return [(("phases", n), one, life) for n, (one, life) in numbered] or [((), whole, Life())]


def phases_of(found: Sequence[Stretch], charges: Mapping[Path, Charge], top: Deal) -> Iterator[Phase]:
    """The phases as billing sees them; `top` has what they share."""
    for path, phase, life in found:
        deal = replace(
            top,
            clauses=tuple(within(clause, life) for clause in phase.bonus_malus),
            groups=phase.adjustment_groups,
            cap=None if phase.adjustment_cap is None else cap_of(phase.adjustment_cap),
        )
        own = tuple(charge for where, charge in charges.items() if where[:-2] == path)
        yield Phase(phase.name, life, own, deal, path)


def lives(phases: Sequence[PhaseSettings]) -> list[Life]:
    """The days of each phase, with those written out that its neighbours tell; endless where they cannot be.

    `phase_problems` tells what is wrong there.
    """
    found = []
    for n, one in enumerate(phases):
        before = phases[n - 1].until if n else None
        after = phases[n + 1].from_ if n + 1 < len(phases) else None
        first = one.from_ if one.from_ or before is None else before + timedelta(days=1)
        last = one.until if one.until or after is None else after - timedelta(days=1)
        found.append(Life() if first and last and last < first else Life(first, last))
    return found


def phase_problems(phases: Sequence[PhaseSettings]) -> Iterator[Problem]:
    """Phases without a charge, of one name, without an end, in the wrong order; gaps and overlaps between them."""
    if not phases:
        yield Problem("CB219", "nothing is listed here", "write at least one phase", ("phases",))
    names: set[str] = set()
    for n, one in enumerate(phases):
        if not one.charges:
            help_ = "write at least one charge"
            yield Problem("CB219", "nothing is listed here", help_, ("phases", n, "charges"))
        if one.name in names:
            yield Problem("CB232", f"`{one.name}` names two phases", "give each its own name", ("phases", n, "name"))
        names.add(one.name)
        if one.from_ and one.until and one.until < one.from_:
            message = f"`until` {one.until} is before `from` {one.from_}"
            yield Problem("CB240", message, "swap them", ("phases", n, "until"))
    known = lives(phases)
    for n, (before, one) in enumerate(pairwise(phases), start=1):
        found = _change_problems(before, one, before.from_ or known[n - 1].first)
        yield from (problem.under("phases", n) for problem in found)


def _change_problems(before: PhaseSettings, one: PhaseSettings, began: date | None) -> Iterator[Problem]:
    """What is wrong where one phase follows another, which began on a day."""
    if one.from_ is None and before.until is None:
        message = f"which day does `{before.name}` end, and `{one.name}` begin?"
        yield Problem("CB249", message, "write `from: 2026-10-16`, its first day", on_key=True)
    elif one.from_ is not None and began is not None and one.from_ < began:
        message = f"`{one.name}` begins before `{before.name}`"
        yield Problem("CB240", message, "write the phases in the order of their days", ("from",))
    elif one.from_ is not None and one.from_ == before.from_:
        yield Problem("CB266", f"`{before.name}` begins on the same day", "keep one of the two", ("from",))
    elif one.from_ is None and before.until is not None and one.until is not None and one.until <= before.until:
        message = f"`{one.name}` ends before `{before.name}`"
        yield Problem("CB240", message, "write the phases in the order of their days", ("until",))
    elif one.from_ is not None and before.until is not None:
        yield from _meeting(before, before.until, one.from_)


def _meeting(before: PhaseSettings, until: date, begins: date) -> Iterator[Problem]:
    day = timedelta(days=1)
    remedy = f"write `from: {until + day}` here, or `until: {begins - day}` in `{before.name}`"
    if begins > until + day:
        message = f"no phase bills {_days(until + day, begins - day)}"
        yield Problem("CB265", message, remedy, ("from",))
    elif begins <= until:
        message = f"`{before.name}` bills {_days(begins, until)} too"
        yield Problem("CB266", message, remedy, ("from",))


def _days(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


# ------------------------------------------------------------------------------------- what stands in a phase


def deal_problems(
    phase: PhaseSettings, life: Life, measured: Mapping[str, Kpi], charges: Mapping[str, Charge], facts: Facts
) -> Iterator[Problem]:
    """What is wrong with the clauses and groups of a phase, beside its charges and the contract's KPIs."""
    clauses = {clause.id: clause for clause in phase.bonus_malus}
    for n, clause in enumerate(phase.bonus_malus):
        yield from (one.under("bonus_malus", n) for one in date_problems(clause, life, "clause"))
        found = clause_problems(within(clause, life), measured, charges, facts)
        yield from (one.under("bonus_malus", n) for one in found)
    for n, group in enumerate(phase.adjustment_groups):
        yield from (one.under("adjustment_groups", n) for one in group_problems(group, clauses, charges))
    if phase.adjustment_cap is not None:
        yield from cap_problems(cap_of(phase.adjustment_cap), ("adjustment_cap",))
    yield from last_results(phase, life, facts.period_rule)


def within(one: Dated, life: Life) -> Dated:
    """A charge or clause with the days of its phase where it names none."""
    days = {"from_": one.from_ or life.first, "until": one.until or life.last}
    changed = {key: day for key, day in days.items() if day != getattr(one, key)}
    return one.model_copy(update=changed) if changed else one


def date_problems(one: "Charge | Clause", life: Life, kind: Literal["charge", "clause"]) -> Iterator[Problem]:
    """Days that a charge or clause names and its phase does not bill."""
    named: list[tuple[Path, date | None]] = [(("from",), one.from_), (("until",), one.until)]
    if isinstance(one, Charge):
        named += [(("one_off", n, "date"), line.date) for n, line in enumerate(one.one_off)]
    for path, on in named:
        if on is not None and not life.holds(on):
            what = f"the {kind}'s `{path[0]}`" if len(path) == 1 else "the line's day"
            message = f"{what} {on} is not a day of the phase, which lasts {_lasting(life)}"
            help_ = "take it out, or write a day of the phase" if len(path) == 1 else "move the line to another phase"
            yield Problem("CB267", message, help_, path)


def _lasting(life: Life) -> str:
    if life.first is None:
        return f"until {life.last}"
    return f"from {life.first}" if life.last is None else f"from {life.first} to {life.last}"


def single_problems(days: Sequence[tuple[Path, date]], life: Life, rule: PeriodRule) -> Iterator[Problem]:
    """Single lines and credits of the whole contract in periods that no phase bills a day of."""
    for path, on in days:
        if life.part(period_of(rule, on)) is None:
            message = f"no phase bills a day of the period of {on}, so no invoice would carry it"
            yield Problem("CB267", message, "write a day of another period, or add a phase", path)


def last_results(phase: PhaseSettings, life: Life, rule: PeriodRule) -> Iterator[Problem]:
    """Percentages of an invoice that has no line of the phase: the one that bears what a clause gave last."""
    late = {clause.id for clause in phase.bonus_malus if _outlives(clause, life, rule)}
    ends = f"its last result stands on an invoice after the phase, which ends {life.last}"
    sooner = "write an amount, or end the clause a period sooner with its `until`"
    for n, clause in enumerate(phase.bonus_malus):
        if clause.id in late and clause.basis_of == "invoice" and clause.as_scale.in_percent:
            message = f"{ends}: a percentage of which lines?"
            yield Problem("CB249", message, "write `basis_of: measured_period`", ("bonus_malus", n, "basis_of"))
        if clause.id in late and _in_percent(clause.caps):
            message = f"{ends}: the cap is a percentage of which lines?"
            yield Problem("CB249", message, sooner, ("bonus_malus", n, "cap"), on_key=True)
    for n, group in enumerate(phase.adjustment_groups):
        if late & set(group.clauses) and _in_percent(group.caps):
            message = f"the last result of a clause stands on an invoice after the phase, which ends {life.last}"
            help_ = sooner
            yield Problem("CB249", f"{message}: a percentage of which lines?", help_, ("adjustment_groups", n, "cap"))
    if late and phase.adjustment_cap is not None and _in_percent(cap_of(phase.adjustment_cap)):
        message = f"the last result of `{min(late)}` stands on an invoice after the phase, which ends {life.last}"
        help_ = "write amounts, or end the clause a period sooner with its `until`"
        yield Problem("CB249", f"{message}: a percentage of which lines?", help_, ("adjustment_cap",), on_key=True)


def _in_percent(cap: Cap | None) -> bool:
    return cap is not None and any(one is not None and one.in_percent for one in (cap.bonus, cap.malus))


def _outlives(clause: Clause, life: Life, rule: PeriodRule) -> bool:
    """Whether what a clause gives last stands on an invoice that has no day of its phase."""
    ends = clause.until or life.last
    if clause.applied != "next_invoice" or life.last is None or ends is None:
        return False
    period = period_of(rule, ends)
    part = life.part(period)
    if part is not None and ends < part.last:
        period = period_of(rule, period.first - timedelta(days=1))
    weighed, bears = life.part(period), life.part(period_of(rule, period.end))
    return weighed is not None and bears is None

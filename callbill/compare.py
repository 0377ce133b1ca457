"""Several contracts on the same months: what each costs, as it was and if volume, calls or staffing were otherwise.

Every figure is the real billing of real or changed counts. Contracts need one currency and one kind of period.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count

from callbill import api, volumes
from callbill.api import Read
from callbill.bills import Bill, total_of
from callbill.contract import Contract
from callbill.looks import Looks
from callbill.money import exact
from callbill.period import Period, period_of
from callbill.problems import Invalid, Place, Problem
from callbill.recounting import Change
from callbill.rerun import Months, Outcome
from callbill.staffing import (
    TOLD,
    Lever,
    Moves,
    Staffing,
    States,
    agents_view,
    moves,
    occupancy,
    states_of,
)
from callbill.stage import Activity
from callbill.together import Together
from callbill.volumes import Volumes
from callbill.weighing import tallies

PLAIN = Lever()
STEPS = tuple(Fraction(n, 100) for n in (-30, -20, -10, 10, 20, 30))
"""By how much volume and handling time are moved; the handling is counted with the months as they were."""


@dataclass
class Case:
    """One contract of a comparison; its first months are as they were."""

    name: str
    read: Read
    months: Months
    outcomes: tuple[Outcome, ...]
    changed: dict[Lever, tuple[Months, Change]] = field(default_factory=dict)
    """Its months under each lever that was asked for, and the change that is left to make."""
    known: dict[Lever, dict[int, Outcome]] = field(default_factory=dict)
    """What its months cost under each."""
    number: int = 0
    """Its place among the contracts."""
    cost: Decimal | None = None
    """What an hour of an agent costs its provider."""
    silent: tuple[tuple[str, tuple[Period, ...]], ...] = ()
    """The sources that it counts, with the periods in which they have no record."""
    _longer: dict[Fraction, Months] = field(default_factory=dict)

    @property
    def contract(self) -> Contract:
        return self.read.contract

    def longer(self, looks: Looks, handling: Fraction) -> Months:
        """Its months with handling some factor as long."""
        if handling == 1:
            return self.months
        if handling not in self._longer:
            self._longer[handling] = Months(looks.bills(self.number, handling))
        return self._longer[handling]

    @property
    def unmoved(self) -> tuple[str, ...]:
        """Billed durations of contacts that no word tells from waiting, or from handling: they stay as they are."""
        layouts = self.contract.layouts
        billed = [
            (one.source, name)
            for bill in self.months.bills for _, _, charge in bill.charges
            for one in charge.meters(bill.scope).values() for _, name in one.parts
            if layouts[one.source].record != "agent_state"
        ]  # fmt: skip
        found = [f"{source}.{name}" for source, name in billed if name in {*layouts[source].durations} - TOLD]
        return tuple(dict.fromkeys(found))

    @property
    def total(self) -> Decimal:
        """What all months cost, before VAT."""
        return total_of(one.net for one in self.outcomes)

    @property
    def adjusted(self) -> Decimal:
        """The bonus and malus in it."""
        return total_of(one.adjusted for one in self.outcomes)


@dataclass
class Comparison:
    """Cases over the same months; the first is what the others are compared with."""

    cases: tuple[Case, ...]
    periods: tuple[Period, ...]
    left_out: tuple[tuple[Period, int], ...]
    """Periods that are not compared, since few of their days have records: with the number of those days."""
    volumes: Volumes
    staffing: Staffing
    looks: Looks
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def cost(self) -> Decimal | None:
        """What an hour of an agent costs the provider of the first."""
        return self.cases[0].cost

    @property
    def decimals(self) -> int:
        return self.cases[0].contract.agreement.facts.decimals

    def with_staffing(self, staffing: Staffing) -> "Comparison":
        """The same comparison with another way of staffing, whose levers are worked out anew."""
        if staffing == self.staffing:
            return self
        cases = tuple(replace(one, changed={}, known={}) for one in self.cases)
        return replace(self, staffing=staffing, cases=cases)

    # ------------------------------------------------------------------------------------------------- levers

    def outcome(self, case: Case, month: int, lever: Lever = PLAIN) -> Outcome:
        """A month of a case with a lever moved."""
        if lever == PLAIN:
            return case.outcomes[month]
        known = case.known.setdefault(lever, {})
        if month not in known:
            months, change = self._under(case, lever)
            known[month] = months.outcome(month, change)
        return known[month]

    def total(self, case: Case, lever: Lever = PLAIN) -> Decimal:
        """What all months of a case cost with a lever moved."""
        return total_of(self.outcome(case, n, lever).net for n, _ in enumerate(self.periods))

    def hours(self, lever: Lever = PLAIN) -> Fraction | None:
        """The hours of agents with a lever moved; None where no source tells them."""
        states = self.volumes.states
        if states is None:
            return None
        hours = self.volumes.hours
        return self._moves(lever, states).whole(hours) / Fraction(3600)

    def margin(self, case: Case, lever: Lever = PLAIN) -> Fraction | None:
        """What is left to the provider of what a case costs, as a share; None where cost or hours are not known."""
        hours, total = self.hours(lever), self.total(case, lever)
        if hours is None or case.cost is None or not total:
            return None
        return 1 - hours * exact(case.cost) / exact(total)

    @property
    def occupancy(self) -> Fraction | None:
        """How much of their time agents worked; None where neither their states nor the contacts tell."""
        states = self.volumes.states
        if states is None:
            return None
        return occupancy(states, self.volumes.hours, self.volumes.total("handled") or Fraction(0)) or None

    def _under(self, case: Case, lever: Lever) -> tuple[Months, Change]:
        """The months of a case under a lever, and the change that is left to make."""
        kept = case.changed
        if lever not in kept:
            sources = case.contract.layouts.items()
            factors = {name: lever.volume for name, layout in sources if layout.record != "agent_state"}
            views: dict[str, str] = {}
            for states in states_of(case.contract):
                given = self._moves(lever, states)
                if given.alike:
                    factors[states.source] = given.work
                elif not given.kept or self._looks_inside(case, states):
                    views[states.source] = self._staffed(case, states, given)
            if views:
                months = Months(self._counted(case, self.looks.relations(case.number, lever.handling) | views))
            else:
                months = case.longer(self.looks, lever.handling)
            kept[lever] = (months, Change(factors))
        return kept[lever]

    @staticmethod
    def _looks_inside(case: Case, states: States) -> bool:
        """Whether a case tells work from waiting: otherwise hours that stay the same hours change nothing."""
        bill, both = case.months.bills[0], {*states.work, *states.waiting}
        meters = [one for _, _, charge in bill.charges for one in charge.meters(bill.scope).values()]
        looked = [{name for _, name in one.parts} & both for one in meters if one.source == states.source]
        tallied = [
            {name for _, name in one.parts} & both for one in tallies(bill.agreement.deal, case.contract.layouts)
        ]
        return any(names and names != both for names in (*looked, *tallied))

    def _moves(self, lever: Lever, states: States) -> Moves:
        """What a lever does to a source; one that tells no work from waiting has the occupancy of them all."""
        hours = self.volumes.hours
        return moves(lever, self.staffing, states, hours, (self.occupancy or Fraction(0)) * hours.whole)

    def _staffed(self, case: Case, states: States, given: Moves) -> str:
        engine, source = case.read.activity.engine, case.read.sources[states.source]
        columns = frozenset(engine.columns(source.relation, ""))
        layout = case.contract.layouts[states.source]
        return engine.view(agents_view(states, layout, source.relation, columns, given))

    def _counted(self, case: Case, relations: Mapping[str, str]) -> list[Bill]:
        """Every month counted again on other records."""
        sources = {
            name: replace(source, relation=relations.get(name, source.relation))
            for name, source in case.read.sources.items()
        }
        activity = Activity(case.read.activity.engine, sources)
        read = replace(case.read, activity=activity, results={}, tables=f"{case.read.tables}_{next(self._numbers)}")
        return [api.count(case.contract, read, period) for period in self.periods]


def compare(
    together: Together, names: Sequence[str], periods: Sequence[Period] | None = None, *,
    staffing: Staffing = "follows", cost: Decimal | None = None,
) -> Comparison:  # fmt: skip
    """Every contract on every month. Raises `Invalid` where contracts cannot be compared, or a month not be billed."""
    reads = together.reads
    check_comparable([read.contract for read in reads], names)
    days = api.days_with_records(reads)
    chosen, left_out = (_each_once(periods), []) if periods else _whole_periods(reads, days)
    looks = Looks(reads, chosen)
    looks.look((Fraction(1), *(1 + step for step in STEPS)))
    cases = []
    for number, (name, read) in enumerate(zip(names, reads, strict=True)):
        months = Months(looks.bills(number))
        outcomes = tuple(_outcome(read, months, n) for n, _ in enumerate(chosen))
        hour = _hour(read.contract, reads, cost)
        cases.append(
            Case(name, read, months, outcomes, number=number, cost=hour, silent=_silent(read, months, chosen, days))
        )
    found = volumes.volumes_of(looks)
    return Comparison(tuple(cases), tuple(chosen), tuple(left_out), found, staffing, looks)


def _hour(contract: Contract, reads: Sequence[Read], given: Decimal | None) -> Decimal | None:
    """What an agent's hour costs: as the command says, or the contract, or the first contract that does."""
    costs = [given, contract.settings.agent_hour_cost, *(one.contract.settings.agent_hour_cost for one in reads)]
    return next((one for one in costs if one is not None), None)


def _outcome(read: Read, months: Months, month: int) -> Outcome:
    try:
        return months.outcome(month)
    except Invalid as invalid:
        raise read.contract.located(invalid) from None


def check_comparable(contracts: Sequence[Contract], names: Sequence[str]) -> None:
    """Refuse contracts of several currencies, or of several kinds of period (CB408)."""
    first = contracts[0]
    problems = []
    for name, contract in zip(names, contracts, strict=True):
        for setting, word in (("currency", "currencies"), ("period", "kinds of period")):
            mine, other = getattr(contract.settings, setting), getattr(first.settings, setting)
            if mine != other:
                message = f"contracts of several {word} cannot be compared"
                help_ = f"`{names[0]}` says `{_shown(other)}`, `{name}` says `{_shown(mine)}`"
                place = contract.source.place((setting,)) or Place(contract.name)
                problems.append(Problem("CB408", message, help_, place=place))
    if problems:
        raise Invalid(problems)


def _shown(setting: object) -> str:
    return str(setting) if isinstance(setting, str) else "its own"


def _each_once(periods: Sequence[Period]) -> list[Period]:
    """The periods that were asked for as the calendar has them: one that is named twice is billed once."""
    return sorted(set(periods), key=lambda one: one.first)


def _silent(
    read: Read, months: Months, periods: Sequence[Period], days: Mapping[str, frozenset[date]]
) -> tuple[tuple[str, tuple[Period, ...]], ...]:  # fmt: skip
    """The sources whose absence makes a contract look cheap, or dear: what counts them is billed as nothing."""
    found: dict[str, tuple[Period, ...]] = {}
    for period, bill in zip(periods, months.bills, strict=True):
        deal, layouts = bill.agreement.deal, read.contract.layouts
        counted: set[str | None] = {
            one.source for _, _, charge in bill.charges for one in charge.meters(bill.scope).values()
        }
        counted |= {deal.kpis[name].source_in(layouts) for clause in deal.clauses for name in clause.kpis}
        for name in layouts:
            seen = days[read.sources[name].relation]
            if name in counted and not any(period.first <= day < period.end for day in seen):
                found[name] = (*found.get(name, ()), period)
    return tuple(found.items())


def _whole_periods(
    reads: Sequence[Read], days: Mapping[str, frozenset[date]]
) -> tuple[list[Period], list[tuple[Period, int]]]:  # fmt: skip
    """The periods to compare: those with records on at least half of their days, in any contract's sources."""
    rule = reads[0].contract.settings.period
    found: dict[Period, int] = {}
    for day in sorted(frozenset[date]().union(*days.values())):
        period = period_of(rule, day)
        found[period] = found.get(period, 0) + 1
    if not found:
        raise Invalid([Problem("CB256", "there is no record to tell the period from", "write `--period 2026-10`")])
    whole = [one for one, number in found.items() if 2 * number >= _working(one)]
    chosen = whole or [max(found, key=lambda one: (found[one], one.first))]
    return chosen, [(one, number) for one, number in found.items() if one not in chosen]


def _working(period: Period) -> int:
    """Its days from Monday to Friday: a service may be closed on the others."""
    days = [period.first + timedelta(days=n) for n in range(period.days)]
    return sum(day.weekday() < 5 for day in days)

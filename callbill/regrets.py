"""Clauses that can be billed and that lawyers regret: `callbill check` warns about them.

What the contract alone shows: a malus without a floor, a gate that can never pass, two clauses for one KPI. What needs
activity: a step within the margin of error, a KPI whose volume makes it noise.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from callbill.bonus_malus import Clause, Deal, Gate
from callbill.contract import Contract
from callbill.invoice import Invoice, KpiValue
from callbill.kpis import Kpi
from callbill.money import rounded, text, trimmed
from callbill.problems import Problem
from callbill.scale import Scale


def regrets(contract: Contract) -> list[Problem]:
    """What the contract alone shows, each at its place in the file."""
    found: list[Problem] = []
    for phase in contract.agreement.parts:
        found += (problem.under(*phase.path) for problem in _regrets_in(phase.deal))
    return [one.at(contract.source.place(one.path, key=one.on_key)) for one in found]


def _regrets_in(deal: Deal) -> Iterator[Problem]:
    """What the clauses of one phase show."""
    for n, clause in enumerate(deal.clauses):
        if _can_take(clause.as_scale) and not _has_floor(clause, deal):
            message = f"the malus of `{clause.id}` has no floor"
            help_ = "write `cap: {malus: 10 %}`, or an `adjustment_cap`"
            yield _warning("CB271", message, help_, ("bonus_malus", n, "id"))
        for m, gate in enumerate(clause.gates):
            if _never(gate, deal.kpis[gate.kpi]):
                message = f"no value of `{gate.kpi}` passes this gate"
                yield _warning("CB272", message, "check the limit and its direction", ("bonus_malus", n, "gates", m))
    yield from _doubled(deal)


def regrets_of(contract: Contract, invoice: Invoice) -> list[Problem]:
    """What one month's invoice shows: how much of the scales chance alone decides."""
    return regrets_of_values(contract, invoice.kpis)


def regrets_of_values(contract: Contract, kpis: Sequence[KpiValue]) -> list[Problem]:
    """What the KPIs of one month show."""
    found: list[Problem] = []
    for phase in contract.agreement.parts:
        known = [one for one in kpis if one.phase == phase.name and None not in (one.low, one.high)]
        for n, clause in enumerate(phase.deal.clauses):
            for value in known:
                if value.kpi == clause.kpi:
                    found += (problem.under(*phase.path) for problem in _by_chance(clause, value, n))
    return [one.at(contract.source.place(one.path, key=one.on_key)) for one in found]


def _warning(code: str, message: str, help_: str, path: tuple[str | int, ...]) -> Problem:
    return Problem(code, message, help_, path, severity="warning", on_key=path[-1] == "scale")


def _can_take(scale: Scale) -> bool:
    return any(worth.value < 0 for worth in scale.worths)


def _has_floor(clause: Clause, deal: Deal) -> bool:
    """Whether something bounds a malus: steps do by themselves, a line between points too; distances do not."""
    if clause.as_scale.per_point is None and clause.as_scale.per_event is None:
        return True
    caps = [clause.caps, deal.cap, *(group.caps for group in deal.groups if clause.id in group.clauses)]
    return any(cap is not None and cap.malus is not None for cap in caps)


def _never(gate: Gate, kpi: Kpi) -> bool:
    """Whether a gate asks for what the KPI cannot be: a share beyond 0 to 100, a time below zero."""
    if gate.steps:
        return all(step.factor == 0 for step in gate.steps)
    if gate.otherwise:
        return False
    low = Fraction(-100) if kpi.kpi == "nps" else Fraction(0)
    most = Fraction(100) if kpi.unit == "percent" else None
    tests = (
        most is not None and gate.at_least is not None and gate.at_least.value > most,
        most is not None and gate.above is not None and gate.above.value >= most,
        gate.below is not None and gate.below.value <= low,
        gate.up_to is not None and gate.up_to.value < low,
    )
    return any(tests)


def _doubled(deal: Deal) -> Iterator[Problem]:
    """Two clauses that both take for the same KPI: readers of either will think it is the only one."""
    taking = [(n, one) for n, one in enumerate(deal.clauses) if one.kpi and _can_take(one.as_scale)]
    for (_, one), (n, other) in combinations(taking, 2):
        once = any(group.pays == "largest" and {one.id, other.id} <= set(group.clauses) for group in deal.groups)
        apart = (one.until and other.from_ and one.until < other.from_) or (
            other.until and one.from_ and other.until < one.from_
        )
        if one.kpi == other.kpi and not once and not apart:
            rates = f"{_rate(one)} by `{one.id}` and {_rate(other)} by `{other.id}`"
            message = f"two clauses take for `{one.kpi}`: {rates}; both are due"
            help_ = "keep one, or put both in a group that `pays: largest`"
            yield _warning("CB273", message, help_, ("bonus_malus", n, "kpi"))


def _rate(clause: Clause) -> str:
    worst = min(clause.as_scale.worths, key=lambda worth: worth.value)
    return f"{worst.written} a unit" if clause.as_scale.per_point else worst.written


def _by_chance(clause: Clause, value: KpiValue, n: int) -> Iterator[Problem]:
    low, high = Fraction(value.low or 0), Fraction(value.high or 0)
    limits = _limits(clause.as_scale)
    crossed = [one for one in limits if low < one < high]
    name, margin = value.kpi, f"{_plain(low)} to {_plain(high)}"
    ends = (min(limits), max(limits)) if limits else None
    if ends and len(limits) > 1 and high - low >= ends[1] - ends[0]:
        wider = f"its margin of error, {margin}, is wider than from the first limit to the last"
        message = f"`{name}` is noise for this scale: {wider}"
        help_ = "ask for more contacts with `when`, measure a longer window, or widen the scale"
        yield _warning("CB275", message, help_, ("bonus_malus", n, "scale"))
    elif crossed:
        listed = ", ".join(_plain(one) for one in crossed)
        message = f"chance alone may carry `{name}` over the limit {listed}: its margin of error is {margin}"
        help_ = "make the steps wider than the margin, or their amounts even between `points`"
        yield _warning("CB274", message, help_, ("bonus_malus", n, "scale"))


def _limits(scale: Scale) -> list[Fraction]:
    """The values at which a scale of steps jumps."""
    return [ceiling[0] for step in scale.steps or () if (ceiling := step.ceiling) is not None]


def _plain(value: Fraction) -> str:
    return text(trimmed(rounded(value, 2)))

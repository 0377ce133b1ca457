"""Who bears what: the same bills if volume, handling time, idle time, quality or the days themselves were otherwise.

Every figure is the real billing of changed counts. Nothing here says which contract is best.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import TypeAlias

from callbill.bills import total_of
from callbill.break_even import GRID, curve, rounding
from callbill.compare import STEPS, Case, Comparison
from callbill.frozen import frozen
from callbill.money import exact, rounded
from callbill.recounting import Change
from callbill.staffing import Lever

SMALL = Fraction(1, 10)
POINTS = tuple(Fraction(n) for n in (-5, -2, 2, 5))
"""By how many points a KPI in percent is moved; others by as many hundredths of their value, times four."""
Watch: TypeAlias = Callable[[int], object]
"""Is told how many months have been drawn."""


@frozen
class Moved:
    """What the months of a case cost at each step of a lever."""

    case: str
    totals: tuple[Decimal, ...]


def volumes_moved(found: Comparison, steps: Sequence[Fraction] = STEPS) -> list[Moved]:
    """Every case at more and fewer contacts."""
    return _moved(found, [Lever(volume=1 + step) for step in steps])


def handling_moved(found: Comparison, steps: Sequence[Fraction] = STEPS) -> list[Moved]:
    """Every case at longer and shorter handling."""
    found.looks.look([1 + step for step in steps])
    return _moved(found, [Lever(handling=1 + step) for step in steps])


def _moved(found: Comparison, levers: Sequence[Lever]) -> list[Moved]:
    return [Moved(case.name, tuple(found.total(case, lever) for lever in levers)) for case in found.cases]


# -------------------------------------------------------------------------------------------------------- KPIs


@frozen
class KpiMoved:
    """What a case costs when one of its KPIs is some units higher or lower in every month."""

    case: str
    kpi: str
    unit: str
    steps: tuple[Fraction, ...]
    totals: tuple[Decimal, ...]
    higher_is_better: bool


def kpis_moved(found: Comparison) -> list[KpiMoved]:
    """Each KPI that a clause looks at, moved by itself."""
    moved = []
    for case in found.cases:
        deal = case.contract.agreement.deal
        for name in dict.fromkeys(name for clause in deal.clauses for name in clause.kpis):
            kpi = deal.kpis[name]
            steps = POINTS if kpi.unit == "percent" else _of_value(case, name)
            totals = [_with_kpi(case, name, step) for step in steps]
            moved.append(KpiMoved(case.name, name, kpi.unit, tuple(steps), tuple(totals), kpi.higher_is_better))
    return moved


def _of_value(case: Case, name: str) -> tuple[Fraction, ...]:
    """Steps of a KPI in another unit than percent: 20 and 8 % of what it was, in whole hundredths."""
    known = [
        one.value for outcome in case.outcomes for one in outcome.kpis if one.kpi == name and one.value is not None
    ]
    mean = sum(known, Fraction(0)) / len(known) if known else Fraction(0)
    return tuple(exact(rounded(mean * step * 4 / 100, 2)) for step in POINTS)


def _with_kpi(case: Case, name: str, step: Fraction) -> Decimal:
    change = Change(kpis={name: step})
    return total_of(case.months.outcome(n, change).net for n, _ in enumerate(case.outcomes))


# ------------------------------------------------------------------------------------------------- elasticities


@frozen
class Elasticity:
    """By how many percent a case's bill moves per percent of what happens; None where it cannot be told.

    `fewer`: fewer contacts while the staff is kept; `more`: more contacts, with the staff for them; `longer`: longer
    handling, with the staff for it; `idle`: the same work in more hours of agents; `quality`: the KPI that moves most,
    per point or per hundredth in the bad direction.
    """

    case: str
    fewer: Fraction | None
    more: Fraction | None
    longer: Fraction | None
    idle: Fraction | None
    quality: Fraction | None
    capacity: bool = False
    """Whether it sells positions: work beyond them is not staffed, it waits."""


def elasticities(found: Comparison, kpis: Sequence[KpiMoved]) -> list[Elasticity]:
    """How each case's bill answers to what may happen."""
    kept, followed = found.with_staffing("fixed"), found.with_staffing("follows")
    occupancy = found.occupancy
    idle = None if occupancy is None else Lever(occupancy=occupancy / (1 + SMALL))
    made = []
    for n, case in enumerate(found.cases):
        made.append(
            Elasticity(
                case.name,
                _per_cent(kept, n, Lever(volume=1 - SMALL), -SMALL),
                _per_cent(followed, n, Lever(volume=1 + SMALL), SMALL),
                _per_cent(followed, n, Lever(handling=1 + SMALL), SMALL),
                None if idle is None else _per_cent(followed, n, idle, SMALL),
                _quality(case, kpis),
                _sells_capacity(case),
            )
        )
    return made


def _sells_capacity(case: Case) -> bool:
    """Whether three quarters of what a case costs are subscriptions."""
    seats = {charge.id for charge in case.contract.agreement.charges if getattr(charge, "model", "") == "subscription"}
    paid = total_of(line.amount for one in case.outcomes for line in one.lines if line.charge in seats)
    return paid > 0 and 4 * paid >= 3 * case.total


def _per_cent(found: Comparison, case: int, lever: Lever, by: Fraction) -> Fraction | None:
    one = found.cases[case]
    if not one.total:
        return None
    return (exact(found.total(one, lever)) - exact(one.total)) / exact(one.total) / by


def _quality(case: Case, kpis: Sequence[KpiMoved]) -> Fraction | None:
    """The percent of the bill that the worst KPI costs per step of one point, or of one hundredth."""
    found = []
    for one in kpis:
        if one.case == case.name and case.total:
            worst = one.steps[0] if one.higher_is_better else one.steps[-1]
            total = one.totals[0] if one.higher_is_better else one.totals[-1]
            size = abs(worst) if one.unit == "percent" else Fraction(20)
            found.append((exact(total) - exact(case.total)) / exact(case.total) * 100 / size if size else Fraction(0))
    return max(found, key=abs, default=None)


# ------------------------------------------------------------------------------------------------- distribution


@frozen
class Spread:
    """The monthly bill over drawn months: median, 5th and 95th percentile, and how often it is below the baseline's."""

    case: str
    low: Decimal
    median: Decimal
    high: Decimal
    cheaper: Fraction | None
    bills: tuple[Decimal, ...] = ()
    """Every drawn month, in the order of the draws."""


def distribution(found: Comparison, draws: int, seed: int, watch: Watch = lambda _: None) -> list[Spread]:
    """Months made of drawn days: each day stands in for one of the same day of the week, in any of the months.

    All cases see the same draws, so that they can be set against each other. The same seed draws the same days.
    """
    days = [
        (n, day) for n, one in enumerate(found.periods) for day in range(one.first.toordinal(), one.end.toordinal())
    ]
    pools: dict[tuple[tuple[str, ...], int], list[tuple[int, int]]] = {}
    for one in days:
        pools.setdefault((_phases(found, one[1]), one[1] % 7), []).append(one)
    alike = {one: pools[_phases(found, one[1]), one[1] % 7] for one in days}
    random = Random(seed)  # noqa: S311 - a draw that can be repeated
    bills: dict[str, list[Decimal]] = {case.name: [] for case in found.cases}
    for draw in range(draws):
        month = draw % len(found.periods)
        period = found.periods[month]
        drawn = {
            day: random.choice(alike[month, day]) for day in range(period.first.toordinal(), period.end.toordinal())
        }
        for case in found.cases:
            bills[case.name].append(case.months.outcome(month, Change(days=drawn)).net)
        watch(draw + 1)
    base = bills[found.cases[0].name]
    return [_spread(case.name, bills[case.name], base if n else None) for n, case in enumerate(found.cases)]


def _phases(found: Comparison, day: int) -> tuple[str, ...]:
    """The phase of each contract on a day: only days in the same phases stand in for each other."""
    on = date.fromordinal(day)
    return tuple(
        next((one.name for one in case.contract.agreement.parts if one.life.holds(on)), "") for case in found.cases
    )


def chances(spread: Sequence[Spread]) -> Iterator[tuple[str, str, Fraction, Fraction]]:
    """Of each pair of cases: how often the first, and how often the second, costs less on the same drawn days."""
    for n, one in enumerate(spread):
        for other in spread[n + 1 :]:
            pairs = list(zip(one.bills, other.bills, strict=True))
            first, second = (sum(a < b for a, b in pairs), sum(b < a for a, b in pairs))
            yield one.case, other.case, Fraction(first, len(pairs)), Fraction(second, len(pairs))


def _spread(name: str, bills: Sequence[Decimal], base: Sequence[Decimal] | None) -> Spread:
    ordered = sorted(bills)
    low, median, high = (_rank(ordered, percent) for percent in (5, 50, 95))
    cheaper = None
    if base is not None:
        cheaper = Fraction(sum(one < other for one, other in zip(bills, base, strict=True)), len(bills))
    return Spread(name, low, median, high, cheaper, tuple(bills))


def _rank(ordered: Sequence[Decimal], percent: int) -> Decimal:
    """The value that so many percent do not exceed (nearest rank)."""
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]


# ---------------------------------------------------------------------------------------------------- warnings

FINE = tuple(Fraction(n, 20) for n in range(-10, 11))
"""Volumes at which a bill must not fall while they rise: from -50 to +50 %."""


FALL_POINTS = 120
"""Volumes at which a bill is looked at most for a fall."""


@frozen
class Falls:
    """A bill that falls while the volume rises from one step to the next; both also as contacts a month, if known."""

    case: str
    low: Fraction
    high: Fraction
    before: Decimal
    after: Decimal
    contacts: tuple[int, int] | None = None


def falling(found: Comparison) -> list[Falls]:
    """The first fall of each case that is no rounding, the staff following the volume."""
    followed = found.with_staffing("follows")
    made = (_falling(followed, case) for case in followed.cases)
    return [one for one in made if one is not None]


def _falling(found: Comparison, case: Case) -> Falls | None:
    """Looked for where the bill bends, or in the steps alone where nobody counts contacts."""
    answered, slack = found.volumes.total("answered"), rounding(found)
    pairs: list[tuple[Fraction, Fraction, tuple[int, int] | None]]
    if not answered:
        pairs = [(low, high, None) for low, high in pairwise(FINE)]
    else:
        per_month = answered / len(found.periods)
        steps = [step for step in GRID if 1 + FINE[0] <= step <= 1 + FINE[-1]]
        points = curve(found, case, steps, parts=None, most=FALL_POINTS).points
        pairs = [
            (Fraction(low) / per_month - 1, Fraction(high) / per_month - 1, (low, high))
            for low, high in pairwise(points)
        ]
    for low, high, contacts in pairs:
        before, after = (found.total(case, Lever(volume=1 + step)) for step in (low, high))
        if exact(before) - exact(after) > slack:
            return Falls(case.name, low, high, before, after, contacts)
    return None


def resting_on_one(found: Comparison) -> dict[str, str]:
    """Cases whose saving, or whose extra cost, against the first is of one month alone: the name of that month."""
    base, made = found.cases[0], dict[str, str]()
    for case in found.cases[1:]:
        gaps = [one.net - other.net for one, other in zip(case.outcomes, base.outcomes, strict=True)]
        total = total_of(iter(gaps))
        without = [(total - gap) * (1 if total > 0 else -1) for gap in gaps]
        if total and len(gaps) > 1 and min(without) <= 0:
            made[case.name] = found.periods[without.index(min(without))].name
    return made

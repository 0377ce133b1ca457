"""Who bears what: the same bills if volume, handling time, idle time, quality or the days themselves were otherwise.

Every figure is the real billing of changed counts. Nothing here says which contract is best.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from math import ceil, floor
from random import Random
from typing import TypeAlias

from callbill.charging import total_of
from callbill.compare import STEPS, Case, Comparison
from callbill.frozen import frozen
from callbill.models import Charge
from callbill.money import exact, rounded
from callbill.rerun import Change, Months
from callbill.staffing import Lever

SMALL = Fraction(1, 10)
POINTS = tuple(Fraction(n) for n in (-5, -2, 2, 5))
"""By how many points a KPI in percent is moved; others by as many hundredths of their value, times four."""
GRID = tuple(Fraction(n, 4) for n in (0, 1, 2, 3, 4, 5, 6, 8, 12))
"""Volumes, against what there was, between which break-evens are looked for."""
PARTS = 50
"""Steps of a bill narrower than such a part of the month's volume are taken as a slope when two bills are compared."""
PRICE_DECIMALS = 6
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


# -------------------------------------------------------------------------------------------------- break-even


@frozen
class BreakEven:
    """Where two cases cost the same.

    `contacts`: answered contacts a month at which the cheaper one changes, to the nearest whole contact; the case that
    is cheaper below each and above the last is in `cheaper`. `prices`: (charge, price) of the second case that would
    make the totals equal with everything else as it was; `own` those of the first. A band's price is `charge.band`.
    """

    one: str
    other: str
    contacts: tuple[int, ...]
    cheaper: tuple[str, ...]
    prices: tuple[tuple[str, Decimal], ...]
    own: tuple[tuple[str, Decimal], ...] = ()


def break_evens(found: Comparison) -> list[BreakEven]:
    """Every pair of cases. Volumes are looked for up to three times what there was."""
    curves = [_curve(found, case) for case in found.cases]
    prices = [[_Slope(case, price) for price in _prices_of(case)] for case in found.cases]
    made = []
    for n, one in enumerate(found.cases):
        for m, other in enumerate(found.cases[n + 1 :], start=n + 1):
            contacts, cheaper = _crossings(curves[n], curves[m], _rounding(found), (one.name, other.name))
            equal, own = (tuple(_solutions(found, *pair)) for pair in ((one, prices[m]), (other, prices[n])))
            made.append(BreakEven(one.name, other.name, tuple(contacts), tuple(cheaper), equal, own))
    return made


class _Curve:
    """What the months of a case cost at numbers of answered contacts a month, between which it is a straight line.

    A tier, a minimum or a tolerance bends a bill, and a seat more is a step: there it is looked at more closely, down
    to `narrow` contacts, and at so many points at `most`.
    """

    def __init__(
        self, total: Callable[[int], Fraction], grid: Sequence[int], slack: Fraction, *, narrow: int, most: int
    ) -> None:  # fmt: skip
        self.total = cache(total)
        self.points = sorted(set(grid))
        spans = deque(pairwise(self.points))
        while spans and len(self.points) < most:
            low, high = spans.popleft()
            middle = low + max((high - low) * 6 // 13, 1)
            if high - low > narrow and middle < high and abs(total(middle) - self._line(low, high, middle)) > slack:
                insort(self.points, middle)
                spans += ((low, middle), (middle, high))

    def at(self, contacts: int) -> Fraction:
        """The bill, or what the line between the nearest two bills says."""
        n = bisect_left(self.points, contacts)
        if n == len(self.points) or self.points[n] == contacts:
            return self.total(contacts)
        return self._line(self.points[n - 1], self.points[n], contacts)

    def _line(self, low: int, high: int, contacts: int) -> Fraction:
        first, last = self.total(low), self.total(high)
        return first + (last - first) * Fraction(contacts - low, high - low)


def _curve(
    found: Comparison, case: Case, steps: Sequence[Fraction] = GRID, *, parts: int | None = PARTS, most: int = 1000
) -> _Curve:  # fmt: skip
    """The curve of a case over volumes, looked at down to some part of what there was, or to single contacts.

    It has no point where nobody counts contacts.
    """
    per_month = (found.volumes.total("answered") or Fraction(0)) / len(found.periods)

    def total(contacts: int) -> Fraction:
        return exact(found.total(case, Lever(volume=Fraction(contacts) / per_month)))

    grid = [round(per_month * step) for step in steps] if per_month else []
    narrow = max(floor(per_month / Fraction(parts)), 1) if parts else 1
    return _Curve(total, grid, _rounding(found), narrow=narrow, most=most)


def _crossings(
    one: _Curve, other: _Curve, slack: Fraction, names: tuple[str, str]
) -> tuple[list[int], list[str]]:  # fmt: skip
    """Where the difference of two bills changes its sign, and which of them is cheaper on each side.

    A difference that rounding alone can make is none. Curves tell where to look; bills decide.
    """

    def gap(contacts: int) -> Fraction:
        return one.total(contacts) - other.total(contacts)

    contacts: list[int] = []
    cheaper: list[str] = []
    last = since = 0
    for number in sorted({*one.points, *other.points}):
        about = one.at(number) - other.at(number)
        side = 0 if abs(about) <= slack else 1 if about > 0 else -1
        if not side or side == last or gap(number) * side <= 0:
            since = number if side == last else since
            continue
        if last:
            contacts.append(_first(lambda n, side=side: gap(n) * side, since, number))  # type: ignore[misc]
        cheaper.append(names[side > 0])
        last, since = side, number
    return contacts, cheaper


def _first(gap: Callable[[int], Fraction], low: int, high: int) -> int:
    """The first whole number whose gap is above zero, between one that is not and one that is.

    Where a straight line from end to end crosses zero is tried first, then the middle.
    """
    straight = True
    while high - low > 1:
        below, above = gap(low), gap(high)
        guess = low + ceil(Fraction(high - low) * -below / (above - below)) if straight else (low + high) // 2
        guess = min(max(guess, low + 1), high - 1)
        if gap(guess) > 0:
            high = guess
            straight = gap(guess - 1) <= 0
            low = guess - 1 if straight else low
        else:
            low = guess
            straight = gap(guess + 1) > 0
            high = guess + 1 if straight else high
    return high


@frozen
class _Price:
    """One price of a charge: what it is, and the setting that holds another one."""

    name: str
    charge: str
    amount: Decimal
    setting: Callable[[Decimal], Mapping[str, object]]
    decimals: int = PRICE_DECIMALS


def _prices_of(case: Case) -> Iterator[_Price]:
    """The prices that stand alone: of a unit, of a unit in a band, of a period. Tiers have no one price."""
    for charge in case.contract.agreement.charges:
        price, fee = getattr(charge, "price", None), getattr(charge, "amount", None)
        if isinstance(price, Decimal):
            yield _Price(charge.id, charge.id, price, lambda new: {"price": new})
        elif isinstance(price, Mapping):
            for band, one in price.items():
                yield _Price(f"{charge.id}.{band}", charge.id, one, partial(_in_band, price, band))
        elif isinstance(fee, Decimal):
            decimals = case.contract.agreement.facts.decimals
            yield _Price(charge.id, charge.id, fee, lambda new: {"amount": new}, decimals)


def _in_band(prices: Mapping[str, Decimal], band: str, price: Decimal) -> Mapping[str, object]:
    return {"price": {**prices, band: price}}


FAR = (Decimal(1_000_000), Decimal(1))
"""How far from the price the slope of a bill is taken: so far that cents do not bend it, or near where it is capped."""


class _Slope:
    """What all months of a case cost at other prices of one charge."""

    def __init__(self, case: Case, price: _Price) -> None:
        self.case, self.price = case, price
        self._known: dict[Decimal, Fraction] = {}

    def at(self, written: Decimal) -> Fraction:
        """The bills at a price."""
        if written not in self._known:
            self._known[written] = exact(_at(self.case, self.price, written))
        return self._known[written]


def _solutions(found: Comparison, one: Case, slopes: Sequence[_Slope]) -> Iterator[tuple[str, Decimal]]:
    """Each price of another case that makes it cost as much as this one.

    The bill is a straight line of a price as long as nothing caps it; the solution is billed again and kept only where
    the totals then differ by no more than rounding.
    """
    for slope in slopes:
        if (solved := _solved(found, exact(one.total), slope)) is not None:
            yield slope.price.name, solved


def _solved(found: Comparison, total: Fraction, slope: _Slope) -> Decimal | None:
    """The price at which a case costs so much; None where there is none."""
    here, price = exact(slope.case.total), slope.price
    for far in FAR:
        quantity = (slope.at(price.amount + far) - here) / exact(far)
        if not quantity:
            continue
        equal = exact(price.amount) + Fraction(total - here) / quantity
        if equal < 0:
            continue
        written = rounded(equal, price.decimals)
        tolerance = abs(quantity) * Fraction(1, 2 * 10**price.decimals) + _rounding(found)
        if abs(slope.at(written) - total) <= tolerance:
            return written
    return None


def _rounding(found: Comparison) -> Fraction:
    """What rounding every month's lines to cents may do to a total."""
    return Fraction(10 * len(found.periods), 10**found.decimals)


def _at(case: Case, price: _Price, written: Decimal) -> Decimal:
    """All months of a case with another price of one charge."""

    def otherwise(charges: Sequence[Charge]) -> tuple[Charge, ...]:
        update = price.setting(written)
        return tuple(one.model_copy(update=update) if one.id == price.charge else one for one in charges)

    bills = []
    for bill in case.months.bills:
        agreement = bill.agreement
        phases = tuple(replace(phase, charges=otherwise(phase.charges)) for phase in agreement.phases)
        charges = otherwise(agreement.charges)
        bills.append(replace(bill, agreement=replace(agreement, charges=charges, phases=phases)))
    months, same = Months(bills), Change()
    return total_of(months.outcome(n, same).net for n, _ in enumerate(bills))


# ---------------------------------------------------------------------------------------------------- warnings

FINE = tuple(Fraction(n, 20) for n in range(-10, 11))
"""Volumes at which a bill must not fall while they rise: from -50 to +50 %."""


FALL_POINTS = 80
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
    answered, slack = found.volumes.total("answered"), _rounding(found)
    pairs: list[tuple[Fraction, Fraction, tuple[int, int] | None]]
    if not answered:
        pairs = [(low, high, None) for low, high in pairwise(FINE)]
    else:
        per_month = answered / len(found.periods)
        steps = [step for step in GRID if 1 + FINE[0] <= step <= 1 + FINE[-1]]
        points = _curve(found, case, steps, parts=None, most=FALL_POINTS).points
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

"""Where two contracts cost the same: volumes along the curves of their bills, and prices, both solved by billing again.

A curve is of real bills; between two of them it is a straight line, which tells where to look and decides nothing.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from math import ceil, floor
from typing import TypeAlias

from callbill.bills import total_of
from callbill.compare import Case, Comparison
from callbill.frozen import frozen
from callbill.models import Charge
from callbill.money import exact, rounded
from callbill.price_tables import PriceTable
from callbill.pricing import Package, Tiers
from callbill.recounting import Change
from callbill.staffing import Lever
from callbill.values import Settings

GRID = tuple(Fraction(n, 4) for n in (0, 1, 2, 3, 4, 5, 6, 8, 12))
"""Volumes, against what there was, between which break-evens are looked for."""
PARTS = 50
"""Steps of a bill narrower than such a part of the month's volume are taken as a slope when two bills are compared."""
PRICE_DECIMALS = 6


@frozen
class BreakEven:
    """Where two cases cost the same.

    `contacts`: answered contacts a month at which the cheaper one changes, to the nearest whole contact; the case that
    is cheaper below each and above the last is in `cheaper`. `prices`: (charge, price) of the second case that would
    make the totals equal with everything else as it was; `own` those of the first. Parts of a charge are called as on
    its lines: a band's price `charge.band`, that of a row `charge.r1`, of a tier `charge.t1`.
    """

    one: str
    other: str
    contacts: tuple[int, ...]
    cheaper: tuple[str, ...]
    prices: tuple[tuple[str, Decimal], ...]
    own: tuple[tuple[str, Decimal], ...] = ()


def break_evens(found: Comparison) -> list[BreakEven]:
    """Every pair of cases. Volumes are looked for up to three times what there was."""
    curves = [curve(found, case) for case in found.cases]
    prices = [[_Slope(case, price) for price in _prices_of(case)] for case in found.cases]
    made = []
    for n, one in enumerate(found.cases):
        for m, other in enumerate(found.cases[n + 1 :], start=n + 1):
            contacts, cheaper = _crossings(curves[n], curves[m], rounding(found), (one.name, other.name))
            equal, own = (tuple(_solutions(found, *pair)) for pair in ((one, prices[m]), (other, prices[n])))
            made.append(BreakEven(one.name, other.name, tuple(contacts), tuple(cheaper), equal, own))
    return made


class Curve:
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
            if high - low > narrow and middle < high and self._bends(low, middle, high, slack):
                insort(self.points, middle)
                spans += ((low, middle), (middle, high))

    def _bends(self, low: int, middle: int, high: int, slack: Fraction) -> bool:
        return abs(self.total(middle) - self._line(low, high, middle)) > slack

    def at(self, contacts: int) -> Fraction:
        """The bill, or what the line between the nearest two bills says."""
        n = bisect_left(self.points, contacts)
        if n == len(self.points) or self.points[n] == contacts:
            return self.total(contacts)
        return self._line(self.points[n - 1], self.points[n], contacts)

    def _line(self, low: int, high: int, contacts: int) -> Fraction:
        first, last = self.total(low), self.total(high)
        return first + (last - first) * Fraction(contacts - low, high - low)


def curve(
    found: Comparison, case: Case, steps: Sequence[Fraction] = GRID, *, parts: int | None = PARTS, most: int = 1000
) -> Curve:  # fmt: skip
    """The curve of a case over volumes, looked at down to some part of what there was, or to single contacts.

    It has no point where nobody counts contacts.
    """
    per_month = (found.volumes.total("answered") or Fraction(0)) / len(found.periods)

    def total(contacts: int) -> Fraction:
        return exact(found.total(case, Lever(volume=Fraction(contacts) / per_month)))

    grid = [round(per_month * step) for step in steps] if per_month else []
    narrow = max(floor(per_month / Fraction(parts)), 1) if parts else 1
    return Curve(total, grid, rounding(found), narrow=narrow, most=most)


def _crossings(
    one: Curve, other: Curve, slack: Fraction, names: tuple[str, str]
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
            contacts.append(_first(gap, side, since, number))
        cheaper.append(names[side > 0])
        last, since = side, number
    return contacts, cheaper


def _first(gap: Callable[[int], Fraction], side: int, low: int, high: int) -> int:
    """The first whole number whose gap is on a side of zero (1 or -1), between one that is not and one that is.

    Where a straight line from end to end crosses zero is tried first, then the middle.
    """

    def beyond(number: int) -> Fraction:
        return gap(number) * side

    straight = True
    while high - low > 1:
        below, above = beyond(low), beyond(high)
        guess = low + ceil(Fraction(high - low) * -below / (above - below)) if straight else (low + high) // 2
        guess = min(max(guess, low + 1), high - 1)
        if beyond(guess) > 0:
            high = guess
            straight = beyond(guess - 1) <= 0
            low = guess - 1 if straight else low
        else:
            low = guess
            straight = beyond(guess + 1) > 0
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
    """The prices that stand alone, each with the other ones of its charge kept: of a unit, in a band, in a row of a
    price table, in a tier, of a package, of a period."""
    for charge in case.contract.agreement.charges:
        for name, price, setting in _stated(charge):
            yield _Price(".".join([charge.id, *name]), charge.id, price, setting)
        fee = getattr(charge, "amount", None)
        if isinstance(fee, Decimal):
            decimals = case.contract.agreement.facts.decimals
            yield _Price(charge.id, charge.id, fee, lambda new: {"amount": new}, decimals)


_Stated: TypeAlias = tuple[tuple[str, ...], Decimal, Callable[[Decimal], Mapping[str, object]]]
"""What the parts of a charge's lines are called that have a price, the price, and the setting with another one."""


def _stated(charge: Charge) -> Iterator[_Stated]:
    """Every price of a unit that a charge states."""
    yield from _banded(getattr(charge, "price", None), (), lambda new: {"price": new})
    table, tiers, package = (getattr(charge, name, None) for name in ("prices", "tiers", "package"))
    if isinstance(table, PriceTable):
        for n, row in enumerate(table.rows):
            yield from _banded(row.price, (f"r{n + 1}",), partial(_in_row, table, n))
        last = len(table.rows) + 1
        yield from _banded(table.otherwise, (f"r{last}",), lambda new: _changed("prices", table, otherwise=new))
    if isinstance(tiers, Tiers):
        for n, tier in enumerate(tiers.steps):
            if tier.price is not None:
                yield (f"t{n + 1}",), tier.price, partial(_in_tier, tiers, n)
    if isinstance(package, Package):
        yield (), package.price, lambda new: _changed("package", package, price=new)


def _banded(
    price: object, name: tuple[str, ...], setting: Callable[[object], Mapping[str, object]]
) -> Iterator[_Stated]:  # fmt: skip
    """One price, or that of each band."""
    if isinstance(price, Decimal):
        yield name, price, setting
    elif isinstance(price, Mapping):
        for band, one in price.items():
            yield (*name, band), one, partial(_in_band, setting, price, band)


def _in_band(
    setting: Callable[[object], Mapping[str, object]], prices: Mapping[str, Decimal], band: str, price: Decimal
) -> Mapping[str, object]:  # fmt: skip
    return setting({**prices, band: price})


def _in_row(table: PriceTable, row: int, price: object) -> Mapping[str, object]:
    rows = [one.model_copy(update={"price": price}) if n == row else one for n, one in enumerate(table.rows)]
    return _changed("prices", table, rows=tuple(rows))


def _in_tier(tiers: Tiers, tier: int, price: Decimal) -> Mapping[str, object]:
    steps = [one.model_copy(update={"price": price}) if n == tier else one for n, one in enumerate(tiers.steps)]
    return _changed("tiers", tiers, steps=tuple(steps))


def _changed(name: str, settings: Settings, **update: object) -> Mapping[str, object]:
    """A setting of a charge with something else in it."""
    return {name: settings.model_copy(update=update)}


FAR = (Decimal(1_000_000), Decimal(1))
"""How far from the price the slope of a bill is taken: so far that cents do not bend it, or near where it is capped."""


class _Slope:
    """What all months of a case cost at other prices of one charge."""

    def __init__(self, case: Case, price: _Price) -> None:
        self.case, self.price = case, price
        self.at = cache(self._at)

    def _at(self, written: Decimal) -> Fraction:
        """The bills at a price."""
        return exact(_at(self.case, self.price, written))


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
        tolerance = abs(quantity) * Fraction(1, 2 * 10**price.decimals) + rounding(found)
        if abs(slope.at(written) - total) <= tolerance:
            return written
    return None


def rounding(found: Comparison) -> Fraction:
    """What rounding every month's lines to cents may do to a total."""
    return Fraction(10 * len(found.periods), 10**found.decimals)


def _at(case: Case, price: _Price, written: Decimal) -> Decimal:
    """All months of a case with another price of one charge."""
    months, same = case.months.otherwise(price.charge, price.setting(written)), Change()
    return total_of(months.outcome(n, same).net for n, _ in enumerate(months.bills))

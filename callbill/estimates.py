"""What some months tell about a price and a volume: a ratio with its interval, a slope, tiers, a forecast.

Everything is fractions: an estimate is rounded where it is written into a contract, and nowhere before.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

from callbill.frozen import frozen
from callbill.margins import root, student
from callbill.money import rounded

ENOUGH_FOR_TIERS = 6
"""Months below which two prices are not told apart from one."""
LAST = 3
"""Months whose mean is the forecast."""


@frozen
class Ratio:
    """A sum over a sum. `low` and `high` are its 95 % interval, None with one month; `heaviest` is the month whose
    leaving out moves it most, and `without` what it is then."""

    value: Fraction
    low: Fraction | None = None
    high: Fraction | None = None
    heaviest: int | None = None
    without: Fraction | None = None


@frozen
class Slope:
    """By how much something changes for each unit of volume, with its 95 % interval."""

    value: Fraction
    low: Fraction
    high: Fraction

    @property
    def is_told(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


@frozen
class Tiers:
    """Two prices: up to a volume of the month, and for what is beyond it."""

    up_to: int
    first: Decimal
    beyond: Decimal


def ratio(amounts: Sequence[Fraction], volumes: Sequence[Fraction]) -> Ratio:
    """The ratio estimator of the months' amounts over their volumes; the volumes must not all be zero."""
    total, volume, number = sum(amounts, Fraction(0)), sum(volumes, Fraction(0)), len(amounts)
    value = total / volume
    if number < 2:
        return Ratio(value)
    rests = [amount - value * size for amount, size in zip(amounts, volumes, strict=True)]
    spread = sum((one**2 for one in rests), Fraction(0)) / (number * (number - 1))
    half = Fraction(student(number - 1)) * root(spread) * number / volume
    left = {
        n: (total - amount) / (volume - size)
        for n, (amount, size) in enumerate(zip(amounts, volumes, strict=True))
        if volume != size
    }
    heaviest = max(left, key=lambda n: (abs(left[n] - value), -n), default=None)
    without = None if heaviest is None else left[heaviest]
    return Ratio(value, value - half, value + half, heaviest, without)


def slope(volumes: Sequence[Fraction], values: Sequence[Fraction]) -> Slope | None:
    """The least-squares slope of values against volumes; None below three months, or where volumes are all alike."""
    number = len(volumes)
    if number < 3:
        return None
    middle, mean = sum(volumes, Fraction(0)) / number, sum(values, Fraction(0)) / number
    width = sum(((one - middle) ** 2 for one in volumes), Fraction(0))
    if not width:
        return None
    pairs = list(zip(volumes, values, strict=True))
    found = sum(((x - middle) * (y - mean) for x, y in pairs), Fraction(0)) / width
    rest = sum(((y - mean - found * (x - middle)) ** 2 for x, y in pairs), Fraction(0))
    half = Fraction(student(number - 2)) * root(rest / (number - 2) / width)
    return Slope(found, found - half, found + half)


def per_unit_slope(amounts: Sequence[Fraction], volumes: Sequence[Fraction]) -> Slope | None:
    """How the cost of a unit changes with the volume of the month; months without volume do not tell."""
    known = [(amount, size) for amount, size in zip(amounts, volumes, strict=True) if size > 0]
    return slope([size for _, size in known], [amount / size for amount, size in known])


def tiers(amounts: Sequence[Fraction], volumes: Sequence[Fraction], price_decimals: int) -> Tiers | None:
    """Two prices that give the same total: beyond the middle volume what one more unit has cost, below it the rest.

    None where one more unit has cost nothing, or as much as any: then one price, or a flat fee, tells the same.
    """
    found = slope(volumes, amounts)
    if found is None:
        return None
    beyond = rounded(found.value, 2)
    up_to = two_digits(sorted(volumes)[len(volumes) // 2])
    below = sum((min(one, Fraction(up_to)) for one in volumes), Fraction(0))
    over = sum((max(one - up_to, Fraction(0)) for one in volumes), Fraction(0))
    if beyond <= 0 or not below or not over:
        return None
    first = rounded((sum(amounts, Fraction(0)) - Fraction(beyond) * over) / below, price_decimals)
    return Tiers(up_to, first, beyond) if first > beyond else None


def forecast(volumes: Sequence[Fraction]) -> Fraction:
    """The mean of the last months."""
    last = volumes[-LAST:]
    return sum(last, Fraction(0)) / len(last)


def forecast_error(pairs: Sequence[tuple[Fraction, Fraction]]) -> Fraction | None:
    """By how much, on average, a month differs from the one before it, as a share of its own volume."""
    known = [abs(before - now) / now for before, now in pairs if now]
    return sum(known, Fraction(0)) / len(known) if known else None


def spread(values: Sequence[Fraction], middle: Fraction) -> Fraction:
    """How far the furthest value is from the middle, as a share of it."""
    return max((abs(one / middle - 1) for one in values), default=Fraction(0)) if middle else Fraction(0)


def two_digits(value: Fraction) -> int:
    """The value down to two digits and zeros: 4,871 is 4,800."""
    size = floor(value)
    unit = int("1" + "0" * max(len(str(size)) - 2, 0))
    return size // unit * unit


def drift_of_mix(months: Sequence[dict[str, Fraction]]) -> Fraction | None:
    """The largest share of a month's volume that is elsewhere than over all months; None where there is none."""
    whole: dict[str, Fraction] = {}
    for month in months:
        for name, size in month.items():
            whole[name] = whole.get(name, Fraction(0)) + size
    total = sum(whole.values(), Fraction(0))
    moved = []
    for month in months:
        size = sum(month.values(), Fraction(0))
        if size and total:
            gaps = [abs(month.get(name, Fraction(0)) / size - part / total) for name, part in whole.items()]
            moved.append(sum(gaps, Fraction(0)) / 2)
    return max(moved, default=None)

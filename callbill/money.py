"""Exact amounts: the only place in callbill that rounds.

Quantities, prices and quotients travel as `int`, `Decimal` or `Fraction`; a binary `float` is refused.
A `Fraction` is rounded once, to a `Decimal` with a stated number of decimals.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

Exact: TypeAlias = int | Decimal | Fraction
_EXACT = (int, Decimal, Fraction)
Rounding = Literal["half_up", "up", "down"]

MICRO = 1_000_000
"""Counted values reach Python as whole millionths: microseconds, millionths of a unit."""

QUANTITY_DECIMALS = 4
"""Most decimals a billed quantity may have (limit of the French e-invoice)."""

PRICE_DECIMALS = 6
"""Most decimals a unit price may have (limit of the French e-invoice)."""

CURRENCIES = {
    "AED": 2, "AUD": 2, "BGN": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2, "COP": 2,
    "CZK": 2, "DKK": 2, "EGP": 2, "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2, "IDR": 2, "ILS": 2, "INR": 2,
    "ISK": 0, "JOD": 3, "JPY": 0, "KES": 2, "KRW": 0, "KWD": 3, "MAD": 2, "MGA": 2, "MUR": 2, "MXN": 2,
    "MYR": 2, "NGN": 2, "NOK": 2, "NZD": 2, "OMR": 3, "PHP": 2, "PLN": 2, "QAR": 2, "RON": 2, "RSD": 2,
    "SAR": 2, "SEK": 2, "SGD": 2, "THB": 2, "TND": 3, "TRY": 2, "UAH": 2, "USD": 2, "VND": 0, "XAF": 0,
    "XOF": 0, "XPF": 0, "ZAR": 2,
}  # fmt: skip
"""Decimals of each currency's amounts (ISO 4217 minor units)."""


def exact(value: Exact) -> Fraction:
    """The value as a fraction; a `float` or a `bool` is a bug in callbill and raises `TypeError`."""
    return value if type(value) is Fraction else Fraction(_checked(value))


def _ratio(value: Exact) -> tuple[int, int]:
    """The value as the quotient of two whole numbers, the second one positive."""
    return _checked(value).as_integer_ratio()


def _checked(value: Exact) -> Exact:
    if isinstance(value, bool) or not isinstance(value, _EXACT):
        raise TypeError(f"{value!r} is not an exact number")
    return value


def whole(value: Exact, mode: Rounding = "half_up") -> int:
    """The nearest whole number; `half_up` and `up` move away from zero, `down` towards it."""
    return _whole(*_ratio(value), mode)


def _whole(above: int, below: int, mode: Rounding) -> int:
    """The whole number nearest to a quotient; `below` is positive."""
    floor, rest = divmod(abs(above), below)
    if (mode == "up" and rest) or (mode == "half_up" and 2 * rest >= below):
        floor += 1
    return floor if above >= 0 else -floor


def rounded(value: Exact, decimals: int, mode: Rounding = "half_up") -> Decimal:
    """The value with exactly `decimals` decimals; negative `decimals` round to tens, hundreds…"""
    return _rounded(*_ratio(value), decimals, mode)


def product(one: Exact, other: Exact, decimals: int) -> Decimal:
    """One value times another, rounded once: a half goes away from zero."""
    (above, below), (more, parts) = _ratio(one), _ratio(other)
    return _rounded(above * more, below * parts, decimals, "half_up")


def _rounded(above: int, below: int, decimals: int, mode: Rounding) -> Decimal:
    if decimals >= 0:
        digits = _whole(above * 10**decimals, below, mode)
        return Decimal(f"{digits}E-{decimals}")
    tens: int = 10**-decimals
    return Decimal(_whole(above, below * tens, mode) * tens)


def times(number: int, factor: Fraction) -> int:
    """The whole number nearest to a count times a factor that is not negative; of two, the even one."""
    whole, rest = divmod(number * factor.numerator, factor.denominator)
    return whole + (2 * rest + whole % 2 > factor.denominator)


def step_up(value: int, step: int, mode: Rounding) -> int:
    """A non-negative whole number rounded to a multiple of `step`; the engine's integer text does the same."""
    if mode == "up":
        return (value + step - 1) - (value + step - 1) % step
    if mode == "down":
        return value - value % step
    return (2 * value + step) // (2 * step) * step


def trimmed(value: Decimal, least: int = 0) -> Decimal:
    """The same value without trailing zeros beyond `least` decimals: `0.300000` is `0.30` with least 2."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise TypeError(f"{value!r} is not a finite number")
    decimals = max(-exponent, 0)
    for digit in reversed(value.as_tuple().digits):
        if digit or decimals <= least:
            break
        decimals -= 1
    return rounded(value, max(decimals, least) if value else least)


def text(value: Decimal) -> str:
    """Plain digits, never an exponent."""
    return format(value, "f")


def shared(total: Exact, weights: list[Exact], decimals: int) -> list[Decimal]:
    """`total` spread over `weights` so that the parts sum to it exactly.

    Largest remainder: every part is rounded down, then the units left go to the largest remainders, first come
    first served. Weights must not be negative; when all are zero the first part takes everything.
    """
    sizes = [exact(weight) for weight in weights]
    unit = Fraction(1, 10**decimals)
    units = whole(exact(total) / unit)
    if not sum(sizes):
        return [rounded(total if n == 0 else 0, decimals) for n in range(len(sizes))]
    shares = [units * size / sum(sizes) for size in sizes]
    floors = [share.numerator // share.denominator for share in shares]
    order = sorted(range(len(sizes)), key=lambda n: (floors[n] - shares[n], n))
    for n in order[: units - sum(floors)]:
        floors[n] += 1
    return [rounded(floor * unit, decimals) for floor in floors]

"""What a bonus or malus is written as, an amount or a percentage, and what a value is worth by it."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.money import Exact, rounded, trimmed
from callbill.money import text as digits
from callbill.values import Written, fault, label, number, percent

PERCENT_DECIMALS = 4


@frozen
class Worth:
    """What a contract writes a bonus or malus as: an amount of money, or a percentage."""

    value: Decimal
    in_percent: bool

    @property
    def written(self) -> str:
        return f"{digits(self.value)} %" if self.in_percent else digits(self.value)


def _worth(raw: object) -> Worth:
    if isinstance(raw, Worth):
        return raw
    written = label(raw)
    if "%" in written:
        return Worth(percent(written.removeprefix("+").strip()), in_percent=True)
    value = number(written.removeprefix("+").strip())
    if value != rounded(value, 6):
        raise fault("CB217", f"`{written}` has more than 6 decimals", "write at most 6 decimals")
    return Worth(value, in_percent=False)


WorthText = Annotated[
    Worth,
    Written(
        _worth,
        {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[-+]? ?[0-9]+(\.[0-9]+)?\s*%?$"}]},
        lambda worth: worth.written,
    ),
]


@frozen
class Effect:
    """What one value is worth, before gates: `units` times `price`, or `percent` of the basis; malus are negative.

    `units` has at most four decimals, `price` is never negative. `per_billed` multiplies the price by the quantity that
    the basis bills instead. `words` say how it came about.
    """

    percent: Fraction | None = None
    units: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    per_billed: bool = False
    unit: Phrase = say("fixed", "forfait")
    words: Phrase = say("")

    @property
    def sign(self) -> int:
        """1 for a bonus, -1 for a malus, 0 for nothing."""
        size = self.percent if self.percent is not None else Fraction(self.units) * Fraction(self.price)
        return (size > 0) - (size < 0)


def effect_of(worth: Worth, words: Phrase) -> Effect:
    """An amount or a percentage as it stands."""
    if worth.in_percent:
        return Effect(percent=Fraction(worth.value), words=words)
    sign = 1 if worth.value >= 0 else -1
    return Effect(units=Decimal(sign), price=abs(worth.value), words=words)


def printable(share: Exact) -> Decimal:
    """A percentage as a line can print it: four decimals, half up."""
    return trimmed(rounded(share, PERCENT_DECIMALS))

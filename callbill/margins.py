"""How far chance alone may carry a KPI: 95 % margins of error, so that a reader sees when a step pays luck.

Wilson's interval for shares (E. B. Wilson, 1927), Student's t for means, the normal approximation for a difference of
shares. Everything is decimal arithmetic in a fixed precision; a margin is printed and warned about, and never moves
an amount. Contacts of one hour resemble each other, so the true margins are rather wider.
"""

from decimal import Context, Decimal
from fractions import Fraction

from callbill.money import rounded

Interval = tuple[Decimal, Decimal]
DIGITS = Context(prec=40)
Z = Decimal("1.959963984540054")
"""The normal distribution's 97.5 % point."""
_T = (
    "12.706205",
    "4.302653",
    "3.182446",
    "2.776445",
    "2.570582",
    "2.446912",
    "2.364624",
    "2.306004",
    "2.262157",
    "2.228139",
    "2.200985",
    "2.178813",
    "2.160369",
    "2.144787",
)
"""Student's 97.5 % points of 1 to 14 degrees of freedom."""


def root(value: Fraction) -> Fraction:
    """The square root, to forty digits."""
    return Fraction(DIGITS.sqrt(DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))))


def student(freedom: int) -> Decimal:
    """The 97.5 % point of Student's t: from a table up to 14 degrees of freedom, then the expansion of Cornish and
    Fisher, which is right to four decimals there (Abramowitz and Stegun, 26.7.5)."""
    if freedom <= len(_T):
        return Decimal(_T[freedom - 1])
    z, n = Fraction(Z), Fraction(freedom)
    terms = (
        z,
        (z**3 + z) / (4 * n),
        (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2),
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3),
    )
    return rounded(sum(terms, Fraction(0)), 6)


def wilson(hits: Fraction, tries: Fraction) -> tuple[Fraction, Fraction] | None:
    """The interval of a share of `tries` independent tries, between 0 and 1; None where they are no share."""
    if tries <= 0 or not 0 <= hits <= tries:
        return None
    z, share = Fraction(Z), hits / tries
    middle = share + z**2 / (2 * tries)
    half = z * root(share * (1 - share) / tries + z**2 / (4 * tries**2))
    below = 1 + z**2 / tries
    low = (middle - half) / below
    return (low if hits else Fraction(0)), ((middle + half) / below if hits < tries else Fraction(1))


def mean(total: Fraction, squares: Fraction, number: Fraction) -> tuple[Fraction, Fraction] | None:
    """The interval of the mean of `number` values with this sum and this sum of squares; None below two values."""
    if number < 2:
        return None
    spread = max(squares - total**2 / number, Fraction(0)) / (number - 1)
    half = Fraction(student(int(number) - 1)) * root(spread / number)
    return total / number - half, total / number + half


def difference(more: Fraction, less: Fraction, answers: Fraction) -> tuple[Fraction, Fraction] | None:
    """The interval of the share `more` less the share `less` of the same answers, between -1 and 1."""
    if answers <= 0 or more + less > answers or min(more, less) < 0:
        return None
    net = (more - less) / answers
    half = Fraction(Z) * root(((more + less) / answers - net**2) / answers)
    return max(net - half, Fraction(-1)), min(net + half, Fraction(1))

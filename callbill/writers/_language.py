"""How a language writes numbers, amounts, dates and phrases; every digit that is given gets printed."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from callbill.frozen import frozen
from callbill.invoice import Figure, Invoice, Phrase
from callbill.money import PRICE_DECIMALS, QUANTITY_DECIMALS, Exact, exact, rounded, trimmed

LOCALES = {"en": "en_GB", "fr": "fr"}
"""British English: its dates have the day first and a month in letters, its dollar says whose dollar it is."""

PERCENT = {"en": "%", "fr": "\u202f%"}

MEASURED = re.compile(r"(?<=\}) (?=(?:s|h|min|%)(?:\W|$))")
"""The space between a figure and its unit, which may not end a line."""

TIED = re.compile(r" (?=[:;!?%»])|(?<=«) ")
"""The spaces of French punctuation, which may not end a line either."""

PLACEHOLDER = re.compile(r"\{(\w+)\}")


@frozen
class Language:
    """The language and the currency of one invoice."""

    code: str
    currency: str
    decimals: int

    @classmethod
    def of(cls, invoice: Invoice) -> "Language":
        code = invoice.language if invoice.language in LOCALES else "en"
        return cls(code, invoice.currency, invoice.decimals)

    def text(self, phrase: Phrase, **figures: Figure) -> str:
        """The phrase with its figures; more figures may be given. Braces that name no figure stay as they are."""
        known = {**phrase.figures, **figures}
        words = MEASURED.sub("\u00a0", phrase.words(self.code))
        if self.code == "fr" and phrase.fr:
            words = TIED.sub("\u00a0", words)
        return PLACEHOLDER.sub(lambda found: self._figure(known[found[1]]) if found[1] in known else found[0], words)

    def number(self, value: Exact) -> str:
        """All the decimals that are given. A quotient that six decimals cannot hold is marked as near: `≈0.333333`."""
        if isinstance(value, Fraction):
            near = trimmed(rounded(value, PRICE_DECIMALS))
            return ("" if near == value else "≈") + self._formatted(near)
        exact(value)
        return self._formatted(Decimal(value))

    def quantity(self, value: Decimal) -> str:
        return self._formatted(trimmed(value))

    def price(self, value: Decimal) -> str:
        """At least the currency's decimals: a price of `0.30` does not become `0.3`."""
        return self._formatted(trimmed(value, self.decimals))

    def amount(self, value: Decimal) -> str:
        """The currency's decimals, without the currency: for columns that name it once."""
        return self._formatted(trimmed(value, self.decimals))

    def money(self, value: Decimal) -> str:
        """An amount with its currency: `€1,234.50`, `1 234,50 €`."""
        from babel.numbers import format_currency, get_currency_symbol

        full = trimmed(value, self.decimals)
        symbol = get_currency_symbol(self.currency, self._locale)
        gap = "\u00a0" if symbol[-1].isalpha() else ""
        pattern = _pattern(full) + "\u00a0¤" if self.code == "fr" else f"¤{gap}{_pattern(full)}"
        with localcontext(_room(full)):
            return format_currency(full, self.currency, pattern, locale=self._locale, currency_digits=False)

    def percent(self, value: Decimal) -> str:
        return self._formatted(trimmed(value)) + PERCENT[self.code]

    def measured(self, value: Fraction | None, unit: str) -> str:
        """A KPI's value with its unit; one that six decimals cannot hold to two. Nothing where nothing was counted."""
        if value is None:
            return ""
        near = trimmed(rounded(value, PRICE_DECIMALS))
        shown = self._formatted(near if exact(near) == value else rounded(value, 2))
        return {"percent": f"{shown}{PERCENT[self.code]}", "seconds": f"{shown}\u00a0s"}.get(unit, shown)

    def ratio(self, value: Fraction) -> str:
        """A numerator or denominator; parts of a second or an hour to two decimals."""
        near = trimmed(rounded(value, QUANTITY_DECIMALS))
        return self._formatted(near if exact(near) == value else rounded(value, 2))

    def margin(self, low: Decimal | None, high: Decimal | None) -> str:
        """A margin of error: `81.99 – 83.94`; nothing where there is no telling."""
        return "" if low is None or high is None else f"{self._formatted(low)} – {self._formatted(high)}"

    def country(self, code: str) -> str:
        """The country's name: `FR` is France; the code itself when it has none."""
        from babel import Locale

        return str(Locale.parse(self._locale).territories.get(code, code))

    def aligned(self, numbers: Sequence[str]) -> list[str]:
        """The same printed numbers with blanks behind, so that their decimal marks stand under each other."""
        mark = "," if self.code == "fr" else "."
        tails = [len(number) - number.find(mark) if mark in number else 0 for number in numbers]
        return [number + " " * (max(tails) - tail) for number, tail in zip(numbers, tails, strict=True)]

    def day(self, value: date) -> str:
        """The short date: `31 Oct 2026`, `31/10/2026`."""
        from babel.dates import format_date

        return format_date(value, "short" if self.code == "fr" else "medium", self._locale)

    def long_day(self, value: date) -> str:
        """The date in letters: `31 October 2026`, `1er octobre 2026`."""
        from babel.dates import format_date

        words = format_date(value, "long", self._locale)
        return words.replace("1", "1er", 1) if self.code == "fr" and value.day == 1 else words

    @property
    def _locale(self) -> str:
        return LOCALES[self.code]

    def _figure(self, value: Figure) -> str:
        if isinstance(value, Phrase):
            return self.text(value)
        if isinstance(value, str):
            return value
        if isinstance(value, date):
            return self.day(value)
        return self.number(value)

    def _formatted(self, value: Decimal) -> str:
        from babel.numbers import format_decimal

        with localcontext(_room(value)):
            return format_decimal(value, _pattern(value), locale=self._locale)


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise TypeError(f"{value!r} is not a finite number")
    return max(-exponent, 0)


def _pattern(value: Decimal) -> str:
    """Babel's pattern that shows this number whole."""
    decimals = _decimals(value)
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _room(value: Decimal) -> Context:
    """Babel quantizes in the current context; this one is wide enough to lose no digit."""
    return Context(prec=max(value.adjusted(), 0) + _decimals(value) + 9)

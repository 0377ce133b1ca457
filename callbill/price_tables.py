"""Which unit price applies: by band, by a table over columns, with premiums."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from callbill.money import PRICE_DECIMALS, rounded, trimmed
from callbill.terms import Where
from callbill.values import Label, Price, Settings, Share, Slug, Words, shape

BandPrice = Annotated[
    Annotated[Price, Tag("one")] | Annotated[dict[Slug, Price], Tag("bands")],
    Discriminator(lambda raw: "bands" if shape(raw) == "mapping" else "one"),
]
"""One price, or a price for each band of the calendar."""


class PriceRow(Settings):
    """Contacts whose columns hold these words, and their price."""

    when: Where = Field(
        description="column: the word or words it holds, or its limits: `wait: {at_most: 20 s}`; all must fit"
    )
    price: BandPrice = Field(description="price of a unit, or one for each band")
    label: Label | None = Field(None, description="words on the invoice; the values when left out")


class PriceTable(Settings):
    """Prices by queue, language, skill or any other text column; the first row that fits wins."""

    rows: Annotated[tuple[PriceRow, ...], Field(min_length=1)] = Field(description="the rows, in order")
    otherwise: BandPrice | None = Field(
        None, description="price of everything else; left out, everything else is refused"
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that some row looks for words in."""
        return tuple(
            dict.fromkeys(name for row in self.rows for name, test in row.when.items() if isinstance(test, tuple))
        )

    def price_at(self, row: int) -> "Decimal | dict[str, Decimal] | None":
        """The price of a row; of what no row fits, if there is one, after the last."""
        return self.rows[row].price if row < len(self.rows) else self.otherwise


class Premium(Settings):
    """A percentage on the price of some contacts or hours."""

    window: Slug | None = Field(None, description="hours it applies to: a window of the calendar")
    when: dict[Label, Words] | None = Field(None, description="or contacts it applies to: column: words")
    percent: Share = Field(description="on top of the price: `25 %`")
    label: Label | None = Field(None, description="words on the invoice")


class Premiums(Settings):
    """Percentages on top of the price, and what happens when several apply at once."""

    stacking: Literal["add", "multiply"] = Field(
        description="two premiums of 10 % make 20 % (`add`) or 21 % (`multiply`)"
    )
    rates: Annotated[tuple[Premium, ...], Field(min_length=1)] = Field(description="the premiums")

    def factor(self, applied: tuple[int, ...]) -> Fraction:
        """What the price is multiplied by when these premiums apply."""
        shares = [Fraction(self.rates[n].percent) / 100 for n in applied]
        if self.stacking == "add":
            return 1 + sum(shares, Fraction(0))
        product = Fraction(1)
        for share in shares:
            product *= 1 + share
        return product


def band_price(price: "Decimal | dict[str, Decimal]", band: str | None) -> Decimal:
    """The price in a band."""
    return price[band or ""] if isinstance(price, dict) else price


def unit_price(price: Decimal, factor: Fraction) -> Decimal:
    """A price times a factor, with at most six decimals."""
    if factor == 1:
        return price
    return trimmed(rounded(Fraction(price) * factor, PRICE_DECIMALS), 2)

"""What every charge may say: VAT, least and most, a share of the forecast, included units, single lines."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from callbill.invoice import Vat
from callbill.problems import Problem
from callbill.values import Day, Label, Price, Quantity, Settings, Share, SignedQuantity, VatRate, shape


class VatRule(Settings):
    """VAT of the invoice or of one charge; categories are those of EN 16931."""

    rate: VatRate | None = Field(None, description="in percent: `20`")
    category: Literal["S", "Z", "E", "AE", "K", "G", "O"] | None = Field(
        None, description="S standard, Z zero, E exempt, AE reverse charge, K intra-Community, G export, O out of scope"
    )
    reason: Label | None = Field(None, description="words that must stand on the invoice when no VAT is charged")

    def vat(self) -> Vat:
        """The category and rate with the default written out: a rate above zero is standard."""
        return Vat(self.category or "S", self.rate or Decimal(0), self.reason or "")

    def problems(self) -> Iterator[Problem]:
        """A rate where there is none, none where there must be one, a reason left out."""
        category = self.category or ("S" if self.rate else None)
        if category is None and self.rate is not None:
            help_ = "write `category: Z` (zero rate), `E` (exempt), `AE` (reverse charge), `G` (export) or `O`"
            yield Problem("CB254", "a rate of 0 needs to say why nothing is charged", help_, ("rate",))
        elif category is None:
            yield Problem("CB254", "neither a rate nor a category is given", "write `rate: 20`, or `category: AE`")
        elif category == "S" and not self.rate:
            yield Problem("CB254", "the standard category needs a rate", "write `rate: 20`")
        elif category != "S" and self.rate:
            yield Problem(
                "CB254", f"category {category} has no rate", "take `rate` out, or write `category: S`", ("rate",)
            )
        if category in ("E", "AE", "K", "G", "O") and not self.reason:
            example = "Reverse charge" if category == "AE" else "the article of law"
            yield Problem("CB254", f"category {category} needs a reason", f"write `reason: {example}`")


class Floor(Settings):
    """A least, in quantity or in amount."""

    quantity: Quantity | None = Field(None, description="units due at least")
    amount: Price | None = Field(None, description="amount due at least")
    price: Price | None = Field(None, description="price of a missing unit, where the charge has several prices")


class Ceiling(Settings):
    """A most, in quantity or in amount."""

    quantity: Quantity | None = Field(None, description="units billed at most; what is beyond is free")
    amount: Price | None = Field(None, description="amount billed at most")


class TakeOrPay(Settings):
    """A share of the forecast that is due whether it comes or not."""

    share: Share = Field(description="of the forecast: `90 %`")
    forecast: dict[Label, Quantity] = Field(description="period: units, `2026-10: 12000`")
    price: Price | None = Field(None, description="price of a missing unit, where the charge has several prices")


class Included(Settings):
    """Units that cost nothing."""

    quantity: Quantity = Field(description="units of the period that are free")
    apply: Literal["after_rounding", "before_rounding"] = Field(
        "after_rounding", description="taken off the rounded quantity, or off the exact one before it is rounded"
    )
    across: Literal["in_order", "pro_rata"] | None = Field(
        None, description="where there are several prices: used up line by line, or shared by quantity"
    )


IncludedUnits = Annotated[
    Annotated[Quantity, Tag("number")] | Annotated[Included, Tag("mapping")],
    Discriminator(lambda raw: "mapping" if shape(raw) == "mapping" else "number"),
]


class OneOff(Settings):
    """A line of its own on the invoice whose period holds its date."""

    date: Day = Field(description="the invoice of this day's period carries it")
    label: Label = Field(description="words on the invoice")
    quantity: SignedQuantity = Field(Decimal(1), description="units; negative for a correction")
    unit: Label | None = Field(None, description="what one unit is called")
    price: Price = Field(description="price of a unit, never negative")
    vat: VatRule | None = Field(None, description="VAT, when it is not the invoice's")

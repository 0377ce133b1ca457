"""A quantity becomes money: per unit, graduated, volume, package or stairstep.

Pricing only cuts a quantity into slices with a unit price each; `billing` rounds the amounts. A quantity that is
raised to a commitment is cut in two: what was used, and the shortfall.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.money import trimmed, whole
from callbill.problems import Problem
from callbill.values import Positive, Price, Quantity, Settings, Share, Whole


@frozen
class Slice:
    """A part of a quantity at one price. `start` and `end` are its place in the whole quantity.

    `quantity` is what the line prints: the slice's own length, a number of packages, or 1 for a flat fee.
    """

    start: Decimal
    end: Decimal
    quantity: Decimal
    unit_price: Decimal
    detail: Phrase | None = None
    unit: Phrase | None = None
    id: str = ""
    """Tells the slices of one quantity apart in line names."""
    package: Decimal | None = None
    """Units in a package, where the quantity counts packages."""
    short: bool = False
    """Part of the shortfall up to a commitment, not of the usage."""


ZERO = Decimal(0)


class PriceList(ABC):
    """One way to price a quantity."""

    @abstractmethod
    def slices(self, quantity: Decimal) -> list[Slice]:
        """The slices of a quantity, in order; quantities and prices are exact."""

    def committed(self, used: Decimal, quantity: Decimal) -> list[Slice]:
        """The slices of a committed quantity, those beyond the used one marked as shortfall."""
        found: list[Slice] = []
        for one in self.slices(quantity):
            if one.end <= used or quantity <= used:
                found.append(one)
            elif one.start >= used or one.package is not None or one.quantity != one.end - one.start:
                found.append(replace(one, short=one.start >= used))
            else:
                found.append(replace(one, end=used, quantity=used - one.start))
                found.append(replace(one, start=used, quantity=one.end - used, short=True))
        return found


@frozen
class PerUnit(PriceList):
    """Every unit at one price."""

    price: Decimal
    detail: Phrase | None = None

    def slices(self, quantity: Decimal) -> list[Slice]:
        return [Slice(Decimal(0), quantity, quantity, self.price, self.detail)]


# ----------------------------------------------------------------------------------------------------- tiers


class Tier(Settings):
    """A slice of the quantity and its price."""

    from_: Quantity | None = Field(None, alias="from", description="where it begins; the tier before says so already")
    up_to: Positive | None = Field(None, description="its last unit; left out in the last tier, which is open")
    price: Price | None = Field(None, description="price of a unit in this tier")
    percent: Share | None = Field(None, description="for a summed amount: share of it, `1 %`")
    flat: Price | None = Field(None, description="fee due as soon as anything falls in this tier")
    package: Positive | None = Field(None, description="the price is for a package of this many units")


class Tiers(Settings):
    """Prices that depend on the quantity of the period."""

    mode: Literal["graduated", "volume"] = Field(
        description="`graduated`: each unit at its own tier's price; `volume`: all at the price of the tier reached"
    )
    bound: Literal["inclusive", "exclusive"] = Field(
        "inclusive",
        description="a quantity of exactly `up_to` stays in its tier, or has reached the next (`exclusive`)",
    )
    packages: Literal["up", "down"] = Field(
        "up", description="a started package is due in full (`up`) or not at all (`down`)"
    )
    zero_usage: Literal["bill_first_flat", "nothing"] | None = Field(
        None, description="whether the first tier's flat fee is due when nothing was used"
    )
    steps: Annotated[tuple[Tier, ...], Field(min_length=1)] = Field(description="the tiers, in order")

    def problems(self) -> Iterator[Problem]:
        """Gaps, overlaps, a closed end, a question left open."""
        before: Decimal | None = Decimal(0)
        for n, tier in enumerate(self.steps):
            path = ("steps", n)
            if tier.from_ is not None and before is not None and tier.from_ != before:
                kind = "gap" if tier.from_ > before else "overlap"
                low, high = sorted((before, tier.from_))
                message = f"there is {'a gap' if kind == 'gap' else 'an overlap'} between {low} and {high}"
                code = "CB241" if kind == "gap" else "CB257"
                yield Problem(code, message, f"write `from: {before}`, or leave `from` out", (*path, "from"))
            if tier.up_to is not None and before is not None and tier.up_to <= before:
                message = f"the tier up to {tier.up_to} overlaps the one before, which ends at {before}"
                yield Problem("CB257", message, "write the tiers in rising order", (*path, "up_to"))
            if tier.up_to is None and n < len(self.steps) - 1:
                yield Problem("CB242", "only the last tier may be open", "write its `up_to`", path)
            if tier.up_to is not None and n == len(self.steps) - 1:
                message = f"nothing is said beyond {tier.up_to}"
                yield Problem("CB242", message, "end with a tier without `up_to`, at price 0 if it is free", path)
            yield from self._one_price(tier, n)
            before = tier.up_to if tier.up_to is not None else before
        if self.steps[0].flat is not None and self.zero_usage is None:
            help_ = "write `zero_usage: bill_first_flat` or `zero_usage: nothing`"
            yield Problem("CB243", "is the first flat fee due when nothing was used?", help_, on_key=True)

    def _one_price(self, tier: Tier, n: int) -> Iterator[Problem]:
        if tier.price is not None and tier.percent is not None:
            yield Problem("CB248", "a tier has either a `price` or a `percent`", "take one out", ("steps", n))
        if tier.price is None and tier.percent is None and tier.flat is None:
            yield Problem("CB202", "`price` is missing", "write `price: …`, `percent: …` or `flat: …`", ("steps", n))


@frozen
class TierStep:
    """A tier with its indexed prices and both ends."""

    number: int
    start: Decimal
    end: Decimal | None
    price: Decimal
    flat: Decimal | None
    package: Decimal | None


@frozen
class TierPrices(PriceList):
    """Tiers, graduated or by volume. Bounds as written; fractions of a unit are priced as they are."""

    settings: Tiers
    steps: tuple[TierStep, ...]

    def slices(self, quantity: Decimal) -> list[Slice]:
        if quantity <= 0:
            first = self.steps[0]
            due = self.settings.zero_usage == "bill_first_flat" and first.flat is not None
            return [self._flat(first, Decimal(0))] if due else []
        if self.settings.mode == "volume":
            step = next(step for step in self.steps if self._reaches(step, quantity))
            return self._tier(step, Decimal(0), quantity)
        found = []
        for step in self.steps:
            if step.start > quantity or (step.start == quantity and not self._begins(step, quantity)):
                break
            end = quantity if step.end is None else min(step.end, quantity)
            found += self._tier(step, step.start, end)
        return found

    def committed(self, used: Decimal, quantity: Decimal) -> list[Slice]:
        """As for every price list; packages are split into those used and those that the commitment adds."""
        found: list[Slice] = []
        for one in super().committed(used, quantity):
            if one.package is None or one.short or one.end <= used:
                found.append(one)
                continue
            taken = Decimal(whole(Fraction(used - one.start) / Fraction(one.package), self.settings.packages))
            parts = [
                replace(one, end=used, quantity=taken),
                replace(one, start=used, quantity=one.quantity - taken, short=True),
            ]
            found += [part for part in parts if part.quantity]
        return found

    def _reaches(self, step: TierStep, quantity: Decimal) -> bool:
        if step.end is None:
            return True
        return quantity <= step.end if self.settings.bound == "inclusive" else quantity < step.end

    def _begins(self, step: TierStep, quantity: Decimal) -> bool:
        """Whether a quantity exactly on a tier's lower bound already is in it: only its flat fee can tell."""
        return self.settings.bound == "exclusive" and step.start == quantity and step.number > 1

    def _tier(self, step: TierStep, start: Decimal, end: Decimal) -> list[Slice]:
        detail = self._detail(step)
        found = []
        if step.flat is not None:
            found.append(self._flat(step, start))
        if end > start and (step.price or step.flat is None):
            if step.package is None:
                found.append(Slice(start, end, end - start, step.price, detail, id=f"t{step.number}"))
            else:
                packages = Decimal(whole(Fraction(end - start) / Fraction(step.package), self.settings.packages))
                found.append(
                    Slice(
                        start,
                        end,
                        packages,
                        step.price,
                        detail,
                        package_of(step.package),
                        f"t{step.number}",
                        step.package,
                    )
                )
        return found

    def _flat(self, step: TierStep, start: Decimal) -> Slice:
        fee = say("{tier}: flat fee", "{tier} : forfait", tier=self._detail(step))
        return Slice(
            start, start, Decimal(1), step.flat or Decimal(0), fee, say("fee", "forfait"), f"t{step.number}-fee"
        )

    def _detail(self, step: TierStep) -> Phrase:
        if step.end is None:
            return say("tier {n}: beyond {start}", "tranche {n} : au-delà de {start}", n=step.number, start=step.start)
        return say(
            "tier {n}: {start} to {end}",
            "tranche {n} : de {start} à {end}",
            n=step.number,
            start=step.start,
            end=step.end,
        )


def package_of(size: Decimal) -> Phrase:
    """The unit of a package."""
    return say("package of {size}", "lot de {size}", size=trimmed(size))


def _packed(quantity: Decimal) -> Phrase:
    return say("for {quantity}", "pour {quantity}", quantity=trimmed(quantity))


class Package(Settings):
    """A price for blocks of units."""

    size: Positive = Field(description="units in a package")
    price: Price = Field(description="price of a package")
    round: Literal["up", "down"] = Field(description="a started package is due in full (`up`) or not at all (`down`)")
    at_least: Whole = Field(0, description="packages due in any period, used or not")


@frozen
class PackagePrice(PriceList):
    """Whole packages of the quantity."""

    settings: Package
    price: Decimal

    def slices(self, quantity: Decimal) -> list[Slice]:
        packages = whole(Fraction(max(quantity, Decimal(0))) / Fraction(self.settings.size), self.settings.round)
        due = Decimal(max(packages, self.settings.at_least))
        return (
            [Slice(Decimal(0), quantity, due, self.price, _packed(quantity), package_of(self.settings.size))]
            if due
            else []
        )

    def committed(self, used: Decimal, quantity: Decimal) -> list[Slice]:
        """Packages used, then the packages that the commitment adds."""
        found = self.slices(used)
        more = sum((one.quantity for one in self.slices(quantity)), ZERO) - sum((one.quantity for one in found), ZERO)
        if quantity > used and more > 0:
            found.append(
                Slice(used, quantity, more, self.price, _packed(quantity), package_of(self.settings.size), short=True)
            )
        return found


class Stair(Settings):
    """One level and its price."""

    up_to: Positive | None = Field(None, description="its last unit; left out in the last level, which is open")
    amount: Price = Field(description="price of the whole period at this level")


class Stairstep(Settings):
    """One price for the period, that of the level reached."""

    zero_usage: Literal["bill_first_flat", "nothing"] = Field(
        description="whether the first level is due when nothing was used"
    )
    steps: Annotated[tuple[Stair, ...], Field(min_length=1)] = Field(description="the levels, in order")

    def problems(self) -> Iterator[Problem]:
        """Levels that overlap, or a closed end: as for tiers."""
        tiers = tuple(Tier(up_to=one.up_to, flat=one.amount) for one in self.steps)
        yield from Tiers(mode="volume", zero_usage=self.zero_usage, steps=tiers).problems()


@frozen
class StairPrices(PriceList):
    """The level reached, as one fee; bounds are inclusive."""

    settings: Stairstep
    amounts: tuple[Decimal, ...]

    def committed(self, used: Decimal, quantity: Decimal) -> list[Slice]:
        """The level used, and what the level of the commitment costs more."""
        found, due = self.slices(used), self.slices(quantity)
        more = due[0].unit_price - found[0].unit_price if found and due else ZERO
        if quantity <= used or not due or not found or more < 0:
            return [replace(one, short=quantity > used and not found) for one in due]
        return [*found, *([replace(due[0], unit_price=more, short=True)] if more else [])]

    def slices(self, quantity: Decimal) -> list[Slice]:
        if quantity <= 0 and self.settings.zero_usage == "nothing":
            return []
        levels = self.settings.steps
        n = next(n for n, one in enumerate(levels) if one.up_to is None or quantity <= one.up_to)
        limit = levels[n].up_to
        if limit is None:
            reached = say("level {n}: open", "palier {n} : ouvert", n=n + 1)
        else:
            reached = say("level {n}: up to {limit}", "palier {n} : jusqu’à {limit}", n=n + 1, limit=limit)
        detail = say("{level}, for {quantity}", "{level}, pour {quantity}", level=reached, quantity=trimmed(quantity))
        return [Slice(Decimal(0), quantity, Decimal(1), self.amounts[n], detail, say("fee", "forfait"))]

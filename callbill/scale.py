"""A KPI's value becomes a bonus or a malus: steps, lines between points, amounts per point or per event.

A scale is a function of the value alone. What it gives is a percentage of a basis, an amount, an amount for each unit
of distance, or an amount for each unit that was billed; gates, caps and reliefs come after it, in `adjusting`.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from callbill.invoice import say
from callbill.levels import LevelText, Unit, level_problems
from callbill.money import QUANTITY_DECIMALS, rounded, whole
from callbill.problems import Path, Problem
from callbill.steps import Step, step_of, tiling
from callbill.values import Positive, Settings, Share, shape
from callbill.worths import Effect, Worth, WorthText, effect_of


class Point(Settings):
    """What one value is worth; between two points the amount changes evenly."""

    at: LevelText = Field(description="the KPI's value")
    amount: WorthText = Field(description="`-4 %` of the basis, or an amount")


class PerPoint(Settings):
    """An amount for each point, second or other unit of distance from a limit."""

    below: LevelText | None = Field(None, description="counts how far the value is below this")
    above: LevelText | None = Field(None, description="or how far it is above this")
    amount: WorthText = Field(description="for each unit of distance: `-2000`, `-0.5 %`")
    per: Positive = Field(Decimal(1), description="the unit of distance, in points or seconds")
    count: Literal["exact", "started", "whole"] = Field(
        "exact", description="a part of a unit counts as it is, in full (« or fraction thereof »), or not at all"
    )
    dead_band: Positive | None = Field(None, description="a distance up to this costs nothing")
    beyond: Literal["whole", "excess"] | None = Field(
        None, description="past the dead band the whole distance counts, or only what is beyond the band"
    )

    def distance(self, value: Fraction) -> Fraction:
        """How far a value is beyond the limit and the dead band, in the units that are paid."""
        if self.below is not None:
            away = max(Fraction(self.below.value) - value, Fraction(0))
        else:
            away = max(value - Fraction(self.above.value if self.above else 0), Fraction(0))
        if self.dead_band is not None:
            if away <= Fraction(self.dead_band):
                return Fraction(0)
            away -= Fraction(self.dead_band) if self.beyond == "excess" else 0
        units = away / Fraction(self.per)
        if self.count == "exact":
            return units
        return Fraction(whole(units, "up" if self.count == "started" else "down"))


class PerEvent(Settings):
    """An amount for each event beyond a share: 5 per call held over 90 s above 5 % of the calls."""

    beyond: Share = Field(description="of the KPI's denominator: the events that cost nothing")
    amount: WorthText = Field(description="for each event beyond: `-5`")
    count: Literal["exact", "started", "whole"] = Field(
        "exact", description="a part of an event counts as it is, in full, or not at all"
    )


class Scale(Settings):
    """What a KPI's value is worth; exactly one of the four."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1)] | None = Field(
        None, description="one worth for each range of values"
    )
    points: Annotated[tuple[Point, ...], Field(min_length=2)] | None = Field(
        None, description="a line between points; before the first and after the last it stays level"
    )
    per_point: Annotated[tuple[PerPoint, ...], Field(min_length=1)] | None = Field(
        None, description="an amount for each unit of distance from a limit"
    )
    per_event: PerEvent | None = Field(None, description="an amount for each event beyond a share")

    def problems(self, decimals: int | None, unit: Unit, path: Path) -> Iterator[Problem]:
        """What is wrong with a scale for a KPI of that rounding and unit."""
        given = [name for name in Scale.model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            yield Problem("CB248", "a scale is one of `steps`, `points`, `per_point`, `per_event`", "write one", path)
        if self.steps is not None:
            yield from tiling(self.steps, decimals, unit, (*path, "steps"))
            yield from self._step_problems(path)
        for n, point in enumerate(self.points or ()):
            yield from level_problems(point.at, unit, (*path, "points", n, "at"))
        for n, (one, other) in enumerate(pairwise(self.points or ())):
            if other.at.value <= one.at.value:
                yield Problem("CB264", "the points do not rise", "write them in rising order", (*path, "points", n + 1))
            if other.amount.in_percent != one.amount.in_percent:
                message = "one point is a percentage and the other an amount"
                yield Problem("CB248", message, "write both alike", (*path, "points", n + 1, "amount"))
        for n, per in enumerate(self.per_point or ()):
            yield from self._per_point_problems(per, unit, (*path, "per_point", n))
        if self.per_event is not None and self.per_event.amount.in_percent:
            message = "an event costs an amount"
            yield Problem("CB248", message, "write an amount such as `-5`", (*path, "per_event", "amount"))

    def _step_problems(self, path: Path) -> Iterator[Problem]:
        for n, step in enumerate(self.steps or ()):
            if (step.amount is None) == (step.price is None):
                yield Problem(
                    "CB248", "a step is worth an `amount` or a `price`", "write one of the two", (*path, "steps", n)
                )
            if step.price is not None and step.price.in_percent:
                yield Problem("CB248", "a price is an amount", "write `-0.40`", (*path, "steps", n, "price"))

    @staticmethod
    def _per_point_problems(per: PerPoint, unit: Unit, path: Path) -> Iterator[Problem]:
        if (per.below is None) == (per.above is None):
            yield Problem("CB248", "the distance is `below` or `above` a limit", "write one of the two", path)
        for key in ("below", "above"):
            level = getattr(per, key)
            if level is not None:
                yield from level_problems(level, unit, (*path, key))
        if (per.dead_band is None) != (per.beyond is None):
            message = "does the dead band charge the whole distance, or what is beyond it?"
            yield Problem("CB249", message, "write `dead_band` and `beyond: whole` or `excess`", path, on_key=True)

    @property
    def worths(self) -> tuple[Worth, ...]:
        """Everything that it can give, as written."""
        found = [*(step.amount or step.price for step in self.steps or ()), *(one.amount for one in self.points or ())]
        found += [one.amount for one in self.per_point or ()]
        found += [self.per_event.amount] if self.per_event else []
        return tuple(one for one in found if one is not None)

    @property
    def in_percent(self) -> bool:
        return any(one.in_percent for one in self.worths)

    def effects(self, value: Fraction, numerator: Fraction, denominator: Fraction | None, unit: Unit) -> list[Effect]:
        """What a value is worth: usually one effect, several where several distances are paid."""
        if self.steps is not None:
            n, words = step_of(self.steps, value)
            step = self.steps[n]
            if step.price is not None:
                sign = Decimal(1 if step.price.value >= 0 else -1)
                return [Effect(units=sign, price=abs(step.price.value), per_billed=True, words=words)]
            return [effect_of(step.amount or Worth(Decimal(0), in_percent=False), words)]
        if self.points is not None:
            return [self._between(self.points, value)]
        if self.per_event is not None:
            return [self._events(self.per_event, numerator, denominator)]
        return [one for per in self.per_point or () if (one := _distance(per, value, unit)).sign]

    @staticmethod
    def _between(points: tuple[Point, ...], value: Fraction) -> Effect:
        ats = [(Fraction(one.at.value), Fraction(one.amount.value)) for one in points]
        found = ats[0][1] if value <= ats[0][0] else ats[-1][1]
        for (low, less), (high, more) in pairwise(ats):
            if low <= value <= high:
                found = less + (more - less) * (value - low) / (high - low)
        words = say("on the line between the points", "sur la droite entre les points")
        if points[0].amount.in_percent:
            return Effect(percent=found, words=words)
        amount = rounded(found, 6)
        return Effect(units=Decimal(1 if amount >= 0 else -1), price=abs(amount), words=words)

    @staticmethod
    def _events(per: PerEvent, numerator: Fraction, denominator: Fraction | None) -> Effect:
        free = Fraction(per.beyond) / 100 * (denominator or 0)
        units = _counted(max(numerator - free, Fraction(0)), per.count)
        words = say(
            "{all} less {share} % of {of}", "{all} moins {share} % de {of}",
            all=numerator, share=per.beyond, of=denominator or 0,
        )  # fmt: skip
        sign = 1 if per.amount.value >= 0 else -1
        unit = say("event", "événement")
        return Effect(units=sign * units, price=abs(per.amount.value), unit=unit, words=words)


def _counted(units: Fraction, count: str) -> Decimal:
    if count == "exact":
        return rounded(units, QUANTITY_DECIMALS)
    return Decimal(whole(units, "up" if count == "started" else "down"))


def _distance(per: PerPoint, value: Fraction, unit: Unit) -> Effect:
    """What a distance from a limit is worth."""
    units = per.distance(value)
    limit = per.below or per.above
    words = say(
        f"{{units}} {'below' if per.below else 'above'} {{limit}}", f"{{units}} {'sous' if per.below else 'au-dessus de'} {{limit}}",  # noqa: E501
        units=units, limit=limit.written if limit else "",
    )  # fmt: skip
    if per.amount.in_percent:
        return Effect(percent=Fraction(per.amount.value) * units, words=words)
    sign = 1 if per.amount.value >= 0 else -1
    names = {"seconds": say("s", "s"), "percent": say("point", "point")}
    shown = names.get(unit, say("unit", "unité")) if per.per == 1 else say("step", "tranche")
    return Effect(units=sign * rounded(units, QUANTITY_DECIMALS), price=abs(per.amount.value), unit=shown, words=words)


def _is_step(raw: object) -> bool:
    """A step whose dash was forgotten: a list is what was meant."""
    return isinstance(raw, Mapping) and any(key in Step.model_fields for key in raw)


ScaleText = Annotated[
    Annotated[tuple[Step, ...], Field(min_length=1), Tag("a list of steps")] | Annotated[Scale, Tag("a mapping")],
    Discriminator(lambda raw: "a list of steps" if shape(raw) == "list" or _is_step(raw) else "a mapping"),
]
"""A list is the short way to write steps."""


def scale_of(written: "tuple[Step, ...] | Scale") -> Scale:
    """The scale, however it was written."""
    return written if isinstance(written, Scale) else Scale(steps=written)

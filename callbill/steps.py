"""Steps of values: the limits of each, whether they take every value exactly once, and the step that takes one."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from callbill.invoice import Phrase, say
from callbill.levels import LevelText, Unit, level_problems
from callbill.money import rounded, trimmed
from callbill.money import text as digits
from callbill.problems import Path, Problem
from callbill.values import Settings, Share, Written, number
from callbill.worths import WorthText


class Ranged(Settings):
    """The values that a step takes."""

    below: LevelText | None = Field(None, description="values below this")
    up_to: LevelText | None = Field(None, description="values up to this, included")
    at_least: LevelText | None = Field(
        None, description="values from this on; where the step before ends when left out"
    )
    above: LevelText | None = Field(None, description="values above this")

    def holds(self, value: Fraction) -> bool:
        """Whether a value is inside the limits that are written."""
        tests = (
            self.below is None or value < Fraction(self.below.value),
            self.up_to is None or value <= Fraction(self.up_to.value),
            self.at_least is None or value >= Fraction(self.at_least.value),
            self.above is None or value > Fraction(self.above.value),
        )
        return all(tests)

    @property
    def ceiling(self) -> tuple[Fraction, bool] | None:
        """The upper limit, and whether it is inside; None where there is none."""
        if self.below is not None:
            return Fraction(self.below.value), False
        return None if self.up_to is None else (Fraction(self.up_to.value), True)

    @property
    def floor(self) -> tuple[Fraction, bool] | None:
        if self.at_least is not None:
            return Fraction(self.at_least.value), True
        return None if self.above is None else (Fraction(self.above.value), False)

    def limit_problems(self, path: Path) -> Iterator[Problem]:
        """A limit that is written twice, or limits that no value keeps."""
        for first, second in (("below", "up_to"), ("at_least", "above")):
            if getattr(self, first) is not None and getattr(self, second) is not None:
                yield Problem("CB248", f"`{first}` and `{second}` exclude each other", "write one", (*path, second))
                return
        low, high = self.floor, self.ceiling
        if low and high and (low[0] > high[0] or (low[0] == high[0] and not (low[1] and high[1]))):
            limits = f"{'≥' if low[1] else '>'} {_plain(low[0])} and {'≤' if high[1] else '<'} {_plain(high[0])}"
            yield Problem("CB240", f"no value is {limits}", "swap the limits, or correct one", path)

    def words(self, lower: "tuple[Fraction, bool] | None") -> Phrase:
        """The step's limits as signs: `≥ 80, < 85`."""
        parts = []
        low = self.floor or lower
        if low is not None:
            parts.append(f"{'≥' if low[1] else '>'} {_plain(low[0])}")
        if self.ceiling is not None:
            parts.append(f"{'≤' if self.ceiling[1] else '<'} {_plain(self.ceiling[0])}")
        shown = ", ".join(parts) or "…"
        return say("{limits}", "{limits}", limits=shown)


class Step(Ranged):
    """What the values of one step are worth."""

    amount: WorthText | None = Field(None, description="`-4 %` of the basis, or an amount: `-500`, `275`")
    price: WorthText | None = Field(
        None, description="or an amount for each unit that the basis bills: `-0.40`, for two prices of one act"
    )


class FactorStep(Ranged):
    """What a bonus or malus is multiplied by."""

    factor: Share = Field(description="`50 %` halves, `0 %` cancels, `200 %` doubles")


class PointStep(Ranged):
    """How many points the values of one step give."""

    points: Annotated[Decimal, Written(number, {"type": "number"})] = Field(description="points of the scorecard")


def tiling(steps: tuple[Ranged, ...], decimals: int | None, unit: Unit, path: Path) -> Iterator[Problem]:
    """Problems of steps that leave a value out, take one twice, or stand in no order.

    A KPI that is rounded to `decimals` has no values between two of its steps: `up_to: 3.00` and `at_least: 3.01` meet
    at two decimals and leave a gap at three.
    """
    for n, step in enumerate(steps):
        for key in ("below", "up_to", "at_least", "above"):
            level = getattr(step, key)
            if level is not None:
                yield from level_problems(level, unit, (*path, n, key))
        yield from step.limit_problems((*path, n))
    for n, (one, other) in enumerate(pairwise(steps)):
        yield from _seam(one, other, decimals, (*path, n + 1))
    if steps and steps[0].floor is not None:
        low = steps[0].floor
        sign = "<" if low[1] else "≤"
        yield Problem(
            "CB263", f"no step takes values {sign} {_plain(low[0])}", "leave the first lower limit out", (*path, 0)
        )
    if steps and steps[-1].ceiling is not None:
        high = steps[-1].ceiling
        sign = "≥" if not high[1] else ">"
        yield Problem(
            "CB263",
            f"no step takes values {sign} {_plain(high[0])}",
            "add a last step without a limit",
            (*path, len(steps) - 1),
        )


def _seam(one: Ranged, other: Ranged, decimals: int | None, path: Path) -> Iterator[Problem]:
    """Where one step ends and the next begins."""
    end, start = one.ceiling, other.floor
    if end is None:
        yield Problem("CB264", "the step before takes everything that is left", "give it `below` or `up_to`", path)
        return
    most = other.ceiling
    if most is not None and (most[0] < end[0] or (most[0] == end[0] and not (most[1] and not end[1]))):
        message = f"the steps fall from {_plain(end[0])} to {_plain(most[0])}"
        yield Problem("CB264", message, "write the steps in rising order", path)
        return
    if start is None:
        return
    first = _first_after(end, decimals)
    given = _first_after((start[0], not start[1]), decimals)
    if first is None or given is None:  # an exact KPI: the limits must be the same number, on one side only
        if start[0] > end[0] or (start[0] == end[0] and not end[1] and not start[1]):
            yield _gap(end, start, path)
        elif start[0] < end[0] or (end[1] and start[1]):
            yield _overlap(start, end, path)
        return
    if given > first:
        yield _gap(end, start, path)
    elif given < first:
        yield _overlap(start, end, path)


def _first_after(end: tuple[Fraction, bool], decimals: int | None) -> Fraction | None:
    """The first value that the step before does not take, where values are rounded."""
    if decimals is None:
        return None
    grid = Fraction(1, 10**decimals)
    steps = end[0] / grid
    floor = steps.numerator // steps.denominator
    exactly = steps.denominator == 1
    return (Fraction(floor) if exactly and not end[1] else Fraction(floor + 1)) * grid


def _gap(end: tuple[Fraction, bool], start: tuple[Fraction, bool], path: Path) -> Problem:
    low, high = ">" if end[1] else "≥", "<" if start[1] else "≤"
    message = f"no step takes values {low} {_plain(end[0])} and {high} {_plain(start[0])}"
    help_ = "let the step begin where the one before ends, or round the KPI: `decimals: …`"
    return Problem("CB263", message, help_, path)


def _overlap(start: tuple[Fraction, bool], end: tuple[Fraction, bool], path: Path) -> Problem:
    low, high = "≥" if start[1] else ">", "≤" if end[1] else "<"
    message = f"two steps take values {low} {_plain(start[0])} and {high} {_plain(end[0])}"
    return Problem("CB264", message, "let the step begin where the one before ends", path)


@lru_cache(maxsize=1024)
def _plain(value: Fraction) -> str:
    return digits(trimmed(rounded(value, 6)))


def step_of(steps: tuple[Ranged, ...], value: Fraction) -> tuple[int, Phrase]:
    """The step that takes a value, and its limits in words; steps tile, so there is always one."""
    lower: tuple[Fraction, bool] | None = None
    for n, step in enumerate(steps):
        if step.holds(value):
            return n, step.words(lower)
        ceiling = step.ceiling
        lower = None if ceiling is None else (ceiling[0], not ceiling[1])
    raise ValueError(f"no step takes {value}")

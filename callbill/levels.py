"""Levels: the values that a contract compares a KPI with, each in the unit of its KPI."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from callbill.frozen import frozen
from callbill.money import MICRO
from callbill.problems import Problem
from callbill.values import Written, duration, label, number

Unit = Literal["percent", "seconds", "per_hour", "money", "number"]
_FITTING = {
    "percent": ("number", "percent"), "seconds": ("number", "duration"), "per_hour": ("number",),
    "money": ("number",), "number": ("number",),
}  # fmt: skip


@frozen
class Level:
    """A value of a KPI as a contract writes it: `80`, `80 %`, `30 s`; a duration is in seconds."""

    value: Decimal
    kind: Literal["number", "percent", "duration"]
    written: str


def _level(raw: object) -> Level:
    written = label(raw)
    if written.endswith("%"):
        return Level(value=number(written[:-1].strip()), kind="percent", written=written)
    if written[-1:].isalpha():
        seconds = Decimal(duration(written)) / MICRO
        return Level(value=seconds, kind="duration", written=written)
    return Level(value=number(written), kind="number", written=written)


LevelText = Annotated[
    Level,
    Written(
        _level,
        {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?\s*(%|[a-z]+)?$"}]},
        lambda level: level.written,
    ),
]


def level_problems(level: Level, unit: str, path: Sequence[str | int]) -> Iterator[Problem]:
    """A value that is written in another unit than its KPI's, or as a share of one where 1 is a percent."""
    if unit == "percent" and level.kind == "number" and 0 < level.value < 1:
        share = format((level.value * 100).normalize(), "f")
        message = f"`{level.written}` is a share, or less than one percent"
        yield Problem("CB216", message, f"write `{share} %`, or `{level.written} %`", tuple(path))
        return
    if level.kind in _FITTING[unit]:
        return
    wanted = {"percent": f"`{level.value} %`", "seconds": f"`{level.value} s`"}.get(unit, f"`{level.value}`")
    kind = {"percent": "a percentage", "seconds": "a time"}.get(unit, "a plain number")
    yield Problem("CB221", f"the KPI is {kind}, `{level.written}` is not", f"write {wanted}", tuple(path))

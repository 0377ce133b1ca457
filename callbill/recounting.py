"""What is otherwise when a period is billed again, and what its days have counted, put together from other days."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Generic, TypeAlias, TypeVar

from callbill.frozen import frozen
from callbill.period import Period

ONE = Fraction(1)
T = TypeVar("T")
Day: TypeAlias = tuple[int, int]
"""A month, by its place, and a local day (`date.toordinal()`)."""
UNMOVED: Mapping[int, Day] = MappingProxyType({})


@frozen
class Change:
    """What is otherwise: factors of what each source counts, days that stand in for others, KPIs that are moved.

    `days` gives each local day (`date.toordinal()`) the month and the day whose counts it takes; `kpis` adds to the
    value of a KPI, in its own unit.
    """

    factors: Mapping[str, Fraction] = field(default_factory=dict)
    days: Mapping[int, Day] | None = None
    kpis: Mapping[str, Fraction] = field(default_factory=dict)


def days_of(month: int, period: Period, drawn: Mapping[int, Day] = UNMOVED) -> list[Day]:
    """The days of a month, or those that stand in for them."""
    return [drawn.get(day, (month, day)) for day in range(period.first.toordinal(), period.end.toordinal())]


class Table(Generic[T]):
    """Counts of many days as rows of so many numbers for each key, in the order in which keys were first seen."""

    def __init__(self, wide: int) -> None:
        self.wide = wide
        self.keys: dict[Hashable, T] = {}
        """What tells counts apart, each with the first that it was seen with."""
        self._found: dict[Day, dict[Hashable, list[int]]] = {}

    def add(self, day: Day, key: Hashable, shown: T, numbers: Sequence[int]) -> None:
        """Add what was counted on a day; every day is filled before the first sum."""
        self.keys.setdefault(key, shown)
        sums = self._found.setdefault(day, {}).setdefault(key, [0] * self.wide)
        for n, one in enumerate(numbers):
            sums[n] += one

    def sums(self, days: Iterable[Day]) -> Iterator[tuple[T, list[int]]]:
        """The sums over some days, which may be named twice, for each key that has any."""
        known = self._rows
        rows = [row for day in days if (row := known.get(day))]
        columns = [sum(column) for column in zip(*rows, strict=True)]
        for n, shown in zip(range(0, len(columns), self.wide), self.keys.values(), strict=False):
            found = columns[n : n + self.wide]
            if any(found):
                yield shown, found

    @cached_property
    def _rows(self) -> dict[Day, list[int]]:
        """The numbers of every day, key after key."""
        nothing = [0] * self.wide
        return {day: [n for key in self.keys for n in found.get(key, nothing)] for day, found in self._found.items()}

"""What KPIs count, said as data: records of one source that meet conditions, or what these measure."""

from typing import Literal

from callbill.frozen import frozen, remembering
from callbill.staging import IDENTITY, Condition


@frozen
class Repeat:
    """Whether the same customer has another contact within a window, in microseconds: after a contact, or before it.

    The contact exactly `within` later is none. `able` are the conditions of the contacts that take part.
    """

    field: str
    within: int
    side: Literal["after", "before"]
    able: tuple[Condition, ...] = ()


@frozen
class Bound:
    """A limit, in microseconds, of the sum of some durations; where the first of them is empty it is not kept."""

    parts: tuple[tuple[int, str], ...]
    at_most: int | None = None
    below: int | None = None
    at_least: int | None = None
    above: int | None = None


@remembering
@frozen
class Tally:
    """One number of one source, in millionths: the records that meet the conditions, or the sum of their parts.

    `repeats` says of each look-up whether there must be another contact. `squared` adds the squares of what the
    records measure, in millionths of a millionth, from which the spread of a mean is told.
    """

    source: str
    conditions: tuple[Condition, ...] = ()
    parts: tuple[tuple[int, str], ...] = ()
    repeats: tuple[tuple[bool, Repeat], ...] = ()
    squared: bool = False
    bounds: tuple[Bound, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """Every field that it looks at."""
        found = {one.field for one in self.conditions} | {name for _, name in self.parts}
        for bound in self.bounds:
            found |= {name for _, name in bound.parts}
        for _, repeat in self.repeats:
            found |= {repeat.field, IDENTITY} | {one.field for one in repeat.able}
        return frozenset(found)


@frozen
class TallyRow:
    """What was counted on one local day in one cell, and for one interval and one set of column values.

    `day` is `date.toordinal()`; `interval` is the interval's start in microseconds, 0 where days are not cut.
    """

    day: int
    cell: int
    interval: int
    values: tuple[str | None, ...]
    sums: tuple[int, ...]

"""Billing periods: months, quarters, months from a day, blocks of days; half-open ranges of local days, no clock."""

import re
from datetime import date, timedelta
from functools import cached_property
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from callbill.frozen import frozen
from callbill.problems import refuse
from callbill.values import YEARS, Day, Settings, Whole, day, shape


class BlockPeriod(Settings):
    """Blocks of days, such as 28, counted from a first day."""

    days: Annotated[Whole, Field(ge=1, le=366)] = Field(description="length of a period in days")
    first: Day = Field(description="first day of the first period")


class DayPeriod(Settings):
    """A month that starts on another day than the first."""

    from_day: Annotated[Whole, Field(ge=2, le=28)] = Field(description="day of the month a period starts on: 2 to 28")


def _period_shape(raw: object) -> str:
    if shape(raw) != "mapping":
        return "word"
    return "blocks" if isinstance(raw, BlockPeriod) or (isinstance(raw, dict) and "days" in raw) else "from_day"


PeriodRule = Annotated[
    Annotated[Literal["month", "quarter"], Tag("word")]
    | Annotated[BlockPeriod, Tag("blocks")]
    | Annotated[DayPeriod, Tag("from_day")],
    Discriminator(_period_shape),
]

Rule: TypeAlias = str | BlockPeriod | DayPeriod


@frozen
class Period:
    """The local days `first` to `end`, `end` not included, and the name people give them."""

    first: date
    end: date
    name: str

    @cached_property
    def last(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.first).days


@frozen
class Life:
    """The local days that something is in force, both included; None where it has no beginning or no end."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def part(self, period: Period) -> Period | None:
        """The days of a period that lie in it: the period itself where all do, None where none does."""
        if self.first is None and self.last is None:
            return period
        first = period.first if self.first is None else max(self.first, period.first)
        last = period.last if self.last is None else min(self.last, period.last)
        if (first, last) == (period.first, period.last):
            return period
        return stretch(first, last + timedelta(days=1)) if first <= last else None


def stretch(first: date, end: date) -> Period:
    """Days that are no whole period, named as an interval of ISO 8601: `2026-10-16/2026-10-31`."""
    return Period(first, end, f"{first}/{end - timedelta(days=1)}")


def period_of(rule: Rule, on: date) -> Period:
    """The period that a day falls in."""
    if isinstance(rule, BlockPeriod):
        first = on - timedelta(days=(on - rule.first).days % rule.days)
        return Period(first, first + timedelta(days=rule.days), first.isoformat())
    if isinstance(rule, DayPeriod):
        first = on.replace(day=rule.from_day)
        first = first if first <= on else months_later(first, -1)
        return Period(first, months_later(first, 1), first.isoformat())
    if rule == "quarter":
        first = date(on.year, (on.month - 1) // 3 * 3 + 1, 1)
        return Period(first, months_later(first, 3), f"{first.year}-Q{first.month // 3 + 1}")
    first = on.replace(day=1)
    return Period(first, months_later(first, 1), f"{first:%Y-%m}")


def period_named(rule: Rule, name: str) -> Period:
    """The period a person names: `2026-10`, `2026-Q4`, or its first day `2026-10-12`.

    Raises `Invalid` (CB255) when the contract has no period of that name.
    """
    found = re.fullmatch(r"([0-9]{4})-(?:(0[1-9]|1[0-2])|Q([1-4]))", name)
    if found and int(found[1]) in YEARS:
        on = date(int(found[1]), int(found[2] or (int(found[3]) - 1) * 3 + 1), 1)
        period = period_of(rule, on)
        if period.name == name:
            return period
        last = period_of(rule, months_later(on, 1) - timedelta(days=1))
        close = [period] if last == period else [period, last]
    else:
        try:
            on = day(name)
        except ValueError:
            refuse("CB255", f"`{name}` is not the name of a period", f"write {_naming(rule)}")
        period = period_of(rule, on)
        if period.first == on:
            return period
        close = [period]
    spelled = " or ".join(f"`{one.name}` ({one.first} to {one.last})" for one in close)
    return refuse("CB255", f"no period of this contract is called `{name}`", f"write {spelled}")


def _naming(rule: Rule) -> str:
    if rule == "month":
        return "a month such as `2026-10`, or `last-month`"
    return "a quarter such as `2026-Q4`" if rule == "quarter" else "the period's first day, such as `2026-10-12`"


def months_later(start: date, months: int) -> date:
    """The same day some months later, or the month's last day when it is shorter."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(start.day, (following - timedelta(days=1)).day))


def days_30(first: date, end: date) -> int:
    """Days from `first` to `end` (not included) when every month counts 30; parts of a month sum to the whole."""

    def position(on: date) -> int:
        return on.year * 360 + on.month * 30 + on.day - 1

    return position(end) - position(first)

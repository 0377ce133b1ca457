"""What charges count, said as data: a source, conditions, what each record is worth, and what results are split by."""

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.money import MICRO
from callbill.staging import IDENTITY, Condition, Record


@frozen
class Once:
    """Each customer counts once in a window.

    `within` is microseconds, or the local day or the period. With a duration the window runs from the customer's
    last contact, or from the last one that was billed. Records without a customer count each.
    """

    field: str
    within: int | Literal["day", "period"]
    since: Literal["contact", "billed"] = "contact"


@frozen
class Free:
    """Short records that are not billed: all, or the first ones of the period in order of time."""

    parts: tuple[tuple[int, str], ...]
    below: int | None
    first: int | None


@frozen
class Increment:
    """Rounding of a measured time; microseconds. `start` tells where the steps are counted from."""

    per: Literal["contact", "agent_day", "period"]
    initial: int
    step: int
    start: Literal["after_initial", "zero"]
    mode: Literal["up", "down", "nearest"]

    def sql(self, value: str) -> str:
        """The rounded value of a whole positive number."""
        if self.start == "after_initial":
            beyond = self._stepped(f"({value} - {self.initial})")
            return f"(CASE WHEN {value} <= {self.initial} THEN {self.initial} ELSE {self.initial} + {beyond} END)"
        beyond = f"GREATEST({self.initial}, {self._stepped(value)})"
        return f"(CASE WHEN {value} <= {self.initial} THEN {self.initial} ELSE {beyond} END)"

    def _stepped(self, value: str) -> str:
        step = self.step
        if self.mode == "up":
            return f"(({value} + {step - 1}) - ({value} + {step - 1}) % {step})"
        if self.mode == "down":
            return f"({value} - {value} % {step})"
        # half a step and more goes up
        floor = f"{value} - {value} % {step}"
        return f"(CASE WHEN {value} % {step} * 2 >= {step} THEN {floor} + {step} ELSE {floor} END)"

    def of(self, value: int) -> int:
        """The same in Python, for sums of a whole period."""
        if value <= 0:
            return value
        if value <= self.initial:
            return self.initial
        base = self.initial if self.start == "after_initial" else 0
        rest = value - base
        floor = rest - rest % self.step
        up = {"up": rest > floor, "down": False, "nearest": 2 * (rest - floor) >= self.step}[self.mode]
        return max(base + floor + (self.step if up else 0), self.initial)


@frozen
class Clamp:
    """A percentage of each act's amount with a least and a most; the acts are told apart by which applies."""

    percent: Decimal
    least: Decimal | None
    most: Decimal | None

    def sql(self, micro: str) -> str:
        """-1 where the least applies, 1 where the most does, 0 elsewhere; the amount is in millionths."""
        share = Fraction(self.percent) / 100
        tests = []
        for limit, sign, answer in ((self.least, "<", -1), (self.most, ">", 1)):
            if limit is not None:
                scaled = Fraction(limit) * MICRO * share.denominator
                value = f"CAST({micro} AS DECIMAL(38, 0)) * {share.numerator * scaled.denominator}"
                tests.append(f"WHEN {value} {sign} {scaled.numerator} THEN {answer}")
        return f"(CASE {' '.join(tests)} ELSE 0 END)" if tests else "0"


@frozen
class Test:
    """A condition that a record must meet to be billed, with the rule's name and words in the funnel."""

    rule: str
    phrase: Phrase
    condition: Condition


@frozen(kw_only=True)
class Meter:
    """What a charge counts of one source.

    `parts` are the signed names that are summed for each record (durations, or numbers); empty counts records.
    `rows`, `columns` and `flags` split the result: by the row of a price table, by the values of columns, and by
    whether conditions hold.
    """

    source: str
    record: Record
    parts: tuple[tuple[int, str], ...] = ()
    timed: bool = False
    tests: tuple[Test, ...] = ()
    once: Once | None = None
    free: Free | None = None
    increment: Increment | None = None
    minimum: int = 0
    extra: int = 0
    band_limit: Literal["start", "split", "split_rounded"] = "start"
    rows: tuple[tuple[Condition, ...], ...] = ()
    """Rows of a price table: a record is priced by the first whose conditions it meets, or by what follows the last."""
    cells: tuple[tuple[int, ...], ...] = ()
    """For each row, and for what follows the last: each cell of the calendar as the one that it is priced like there.

    Limits that change no price cut nothing.
    """
    columns: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()
    """Columns that split only the records that no row fits, so that these can be told."""
    flags: tuple[tuple[Condition, ...], ...] = ()
    clamp: Clamp | None = None
    dates: tuple[int | None, int | None] = (None, None)
    """First and last day (`date.toordinal()`) that it counts, where they fall inside the period."""

    @property
    def keys(self) -> tuple[str, ...]:
        """What the result is split by."""
        columns = [f"c_{n}" for n, _ in enumerate((*self.columns, *self.unfit))]
        return ("day", "cell", "price", *columns, *(f"f_{n}" for n, _ in enumerate(self.flags)), "clamp")

    @property
    def fields(self) -> frozenset[str]:
        """Every field that it looks at."""
        found = {name for _, name in self.parts} | {one.condition.field for one in self.tests}
        found |= {*self.columns, *self.unfit}
        found |= {one.field for conditions in (*self.rows, *self.flags) for one in conditions}
        if self.once is not None:
            found |= {self.once.field, IDENTITY}
        if self.free is not None:
            found |= {name for _, name in self.free.parts} | ({IDENTITY} if self.free.first is not None else set())
        return frozenset(found | ({"agent"} if self.by_agent_day else set()))

    @property
    def is_whole(self) -> bool:
        """Whether each record has one cell and is summed as it stands."""
        return self.band_limit == "start" and not self.by_agent_day

    @property
    def is_rounded(self) -> bool:
        """Whether a record is billed for something else than what it measures."""
        return bool(self.extra or self.minimum or (self.increment and self.increment.per != "period"))

    @property
    def by_agent_day(self) -> bool:
        return self.increment is not None and self.increment.per == "agent_day"


@frozen(kw_only=True)
class SeatMeter:
    """How many agents there were: `distinct` in the period, the `peak` at one moment, or the `mean` of a day.

    For the peak, `parts` are the durations that make a record's length; an agent's overlapping records count once.
    `active_days` divides the mean by the days with activity instead of all days of the period.
    """

    source: str
    record: Record
    kind: Literal["distinct", "peak", "mean"]
    parts: tuple[tuple[int, str], ...] = ()
    tests: tuple[Test, ...] = ()
    active_days: bool = False
    dates: tuple[int | None, int | None] = (None, None)

    @property
    def meter(self) -> Meter:
        """The records it looks at."""
        return Meter(
            source=self.source, record=self.record, parts=self.parts, tests=self.tests, columns=("agent",),
            dates=self.dates,
        )  # fmt: skip


@frozen
class Count:
    """What was counted on one local day in one cell for one price row and one set of column values; millionths.

    `day` is `date.toordinal()`. `measured` is before increments and minimums, `billed` after. `row` counts from 0.
    """

    day: int
    cell: int
    values: tuple[str | None, ...]
    flags: tuple[int, ...]
    clamp: int
    records: int
    measured: int
    billed: int
    row: int = 0


@frozen
class Metered:
    """A meter's result: the counts, in a fixed order, and what became of the records of the period."""

    counts: tuple[Count, ...] = ()
    billed_records: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    phrases: Mapping[str, Phrase] = field(default_factory=dict)
    seats: Fraction | None = None
    unbilled: int = 0
    """Records that neither this meter bills nor any of those that it was counted beside."""

    @property
    def records(self) -> int:
        """Records of the period, billed or not."""
        return self.billed_records + sum(self.refused.values())


def window_words(within: int | str) -> Phrase:
    """A window in words."""
    if within == "day":
        return say("one day", "un jour")
    if within == "period":
        return say("the period", "la période")
    return duration_words(int(within))


def duration_words(micro: int) -> Phrase:
    """A duration in its largest whole unit."""
    for size, unit in ((86_400 * MICRO, "d"), (3600 * MICRO, "h"), (60 * MICRO, "min"), (MICRO, "s"), (1000, "ms")):
        least = 2 * size if unit == "d" else size  # 24 h is no day when the clocks change
        if micro % size == 0 and micro >= least:
            fr = {"d": "j"}.get(unit, unit)
            return say("{n} " + unit, "{n} " + fr, n=micro // size)
    return say("{n} µs", "{n} µs", n=micro)

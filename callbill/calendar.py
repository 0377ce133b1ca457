"""Local days, bands of the week and holidays; nothing here knows what time it is now.

Instants are whole microseconds since 1970-01-01 UTC. A *cell* is one kind of moment of the contract's week: its
band and the windows that are open. The engine only ever sees instants and the numbers of days and cells.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from math import gcd
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from callbill.countries import holidays_remedy, region_remedy
from callbill.frozen import frozen
from callbill.money import MICRO
from callbill.problems import Path, Problem, nearest
from callbill.public_holidays import countries, public_holidays, regions
from callbill.values import Clock, Day, Label, Settings, Slug, Words, fault, shape, words
from callbill.zones import DAY_SECONDS, Offset, offsets

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES = 1440
BUCKET_SECONDS = 3600
"""The widest time bucket; a band limit or a zone's offset that does not divide the hour makes it narrower."""


class Holidays(Settings):
    """Public holidays of a country or region, and dates of your own."""

    country: Label | None = Field(None, description="ISO country code, as the `holidays` package knows it: `FR`")
    region: Label | None = Field(None, description="code of a region of that country: `57` is Moselle in `FR`")
    add: tuple[Day, ...] = Field((), description="dates that are holidays too")
    remove: tuple[Day, ...] = Field((), description="public holidays that the contract treats as ordinary days")

    @model_validator(mode="after")
    def _known(self) -> "Holidays":
        if self.country is None:
            if self.region is not None:
                raise fault("CB227", f"the region `{self.region}` has no country", "write `country: …` beside it")
            return self
        if self.country not in countries():
            raise fault("CB227", f"no holidays are known for `{self.country}`", holidays_remedy(self.country))
        if self.region is not None and self.region not in regions(self.country):
            remedy = region_remedy(self.country, self.region)
            raise fault("CB227", f"`{self.region}` is not a region of `{self.country}`", remedy)
        return self

    def dates(self, first: date, last: date) -> frozenset[date]:
        """Holidays from `first` to `last`, both included."""
        public: set[date] = set()
        if self.country is not None:
            public = public_holidays(self.country, self.region, range(first.year, last.year + 1))
        chosen = (public - set(self.remove)) | set(self.add)
        return frozenset(one for one in chosen if first <= one <= last)


def _day_words(raw: object) -> frozenset[str]:
    """`mon-fri`, `sat`, `holiday` as a set of single words."""
    found: set[str] = set()
    for word in raw if isinstance(raw, frozenset) else words(raw):
        ends = word.split("-")
        if all(end in WEEK for end in ends) and len(ends) <= 2:
            start, stop = WEEK.index(ends[0]), WEEK.index(ends[-1])
            found.update(WEEK[n % 7] for n in range(start, stop + 1 if stop >= start else stop + 8))
        elif word == "holiday":
            found.add(word)
        else:
            raise fault("CB230", f"`{word}` is not a day", nearest(word, [*WEEK, "holiday"]) + "; a range is `mon-fri`")
    return frozenset(found)


class Window(Settings):
    """Hours of some days of the week."""

    name: Slug = Field(description="its name in prices, premiums and on the invoice")
    label: Label | None = Field(None, description="its words on the invoice; the name when left out")
    days: Words | None = Field(None, description="`mon` to `sun`, ranges `mon-fri`, `holiday`; every day when left out")
    from_: Clock | None = Field(None, alias="from", description="first minute of the day, `20:00`")
    to: Clock | None = Field(None, description="first minute that is out again; before `from` it runs over midnight")
    after_midnight: Literal["own_day", "start_day"] = Field(
        "own_day", description="hours after midnight belong to the day they fall on, or to the day the window began"
    )

    @model_validator(mode="after")
    def _hours(self) -> "Window":
        if self.days is not None:
            _day_words(self.days)
        if (self.from_ is None) != (self.to is None):
            raise fault("CB249", "`from` and `to` go together", "write both, or neither for the whole day")
        if self.from_ is not None and self.from_ == self.to:
            raise fault("CB240", "the window is empty: `from` is `to`", "write another time, or leave both out")
        return self

    @property
    def takes_all(self) -> bool:
        return self.days is None and self.from_ is None

    @property
    def limits(self) -> tuple[int, ...]:
        """Minutes of the day at which the window opens or closes."""
        return (0, self.from_, self.to) if self.from_ is not None and self.to is not None else (0,)

    def holds(self, today: frozenset[str], yesterday: frozenset[str], minute: int) -> bool:
        """Whether a minute is inside, given the words of its day and of the day before."""
        days = _day_words(self.days) if self.days is not None else None
        if self.from_ is None or self.to is None:
            return days is None or bool(days & today)
        if self.from_ < self.to:
            return self.from_ <= minute < self.to and (days is None or bool(days & today))
        if minute >= self.from_:
            return days is None or bool(days & today)
        start = yesterday if self.after_midnight == "start_day" else today
        return minute < self.to and (days is None or bool(days & start))


_Holidays = Annotated[
    Annotated[Label, Tag("country")] | Annotated[Holidays, Tag("mapping")],
    Discriminator(lambda raw: "mapping" if shape(raw) == "mapping" else "country"),
]


class Calendar(Settings):
    """How the contract cuts the week: bands that price it, windows that premiums speak of, holidays."""

    holidays: _Holidays | None = Field(None, description="a country code, or `{country, region, add, remove}`")
    bands: tuple[Window, ...] = Field((), description="named parts of the week; the first that fits wins")
    windows: tuple[Window, ...] = Field((), description="named hours that premiums speak of; they may overlap")

    @model_validator(mode="after")
    def _country(self) -> "Calendar":
        self.public()
        return self

    def public(self) -> Holidays:
        """The holidays, however they were written."""
        if isinstance(self.holidays, Holidays):
            return self.holidays
        return Holidays(country=self.holidays)

    def problems(self) -> Iterator[Problem]:
        """Names used twice, hours that no band takes, bands that never come into play."""
        for kind, members in (("bands", self.bands), ("windows", self.windows)):
            for n, window in enumerate(members):
                first = next(i for i, other in enumerate(members) if other.name == window.name)
                if first < n:
                    help_ = "give each its own name"
                    yield Problem("CB232", f"`{window.name}` names two {kind}", help_, ("calendar", kind, n, "name"))
        if self.bands:
            yield from self._tiling()

    def _tiling(self) -> Iterator[Problem]:
        """The bands against every kind of day and every minute."""
        used: set[int] = set()
        gap = ""
        for today, yesterday in _kinds_of_day():
            for minute in sorted({limit for band in self.bands for limit in band.limits if limit < MINUTES}):
                band = self.band_at(today, yesterday, minute)
                if band is None:
                    named = " ".join(sorted(today, key=lambda word: word != "holiday"))
                    gap = gap or f"{named} {minute // 60:02d}:{minute % 60:02d}"
                else:
                    used.add(band)
        if gap:
            last: Path = ("calendar", "bands", len(self.bands) - 1)
            help_ = "end the list with a band that has no `days`, `from` or `to`: it takes the rest"
            yield Problem("CB244", f"no band takes {gap}", help_, last)
        for n, unused in enumerate(self.bands):
            if n not in used:
                message = f"the band `{unused.name}` overlaps the ones before it and never comes into play"
                yield Problem("CB245", message, "put it before them, or take it out", ("calendar", "bands", n))

    def band_at(self, today: frozenset[str], yesterday: frozenset[str], minute: int) -> int | None:
        """The band of a minute; the first that fits wins."""
        return next((n for n, band in enumerate(self.bands) if band.holds(today, yesterday, minute)), None)


def _kinds_of_day() -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Every week day, ordinary or holiday, after an ordinary day or a holiday."""
    for n, name in enumerate(WEEK):
        for today in (frozenset({name}), frozenset({name, "holiday"})):
            for before in (frozenset({WEEK[n - 1]}), frozenset({WEEK[n - 1], "holiday"})):
                yield today, before


# ---------------------------------------------------------------------------------------- the week, compiled


@frozen
class Cell:
    """One kind of moment: the band (None without bands) and the windows that are open."""

    band: str | None
    windows: frozenset[str]


@frozen
class Segment:
    """A stretch of one local day in one cell; microseconds, `end` not included; `day` is `date.toordinal()`."""

    start: int
    end: int
    day: int
    cell: int


@frozen
class Timetable:
    """A calendar over some local days: segments in order of time, without gap or overlap."""

    calendar: Calendar
    zone: str
    cells: tuple[Cell, ...]
    segments: tuple[Segment, ...]

    def until(self, instant: int) -> "Timetable":
        """The same timetable, running on until an instant (microseconds) lies inside."""
        if instant <= self.end:
            return self
        first = date.fromordinal(self.segments[0].day)
        days = (instant - self.start) // (DAY_SECONDS * MICRO) + 2
        return timetable(self.calendar, self.zone, first, first + timedelta(days=days))

    @property
    def start(self) -> int:
        return self.segments[0].start

    @property
    def end(self) -> int:
        return self.segments[-1].end

    @property
    def bucket(self) -> int:
        """The widest bucket, in microseconds, whose limits include every limit of the segments."""
        width = BUCKET_SECONDS
        for segment in self.segments:
            width = gcd(width, segment.start // MICRO, segment.end // MICRO)
        return width * MICRO

    def buckets(self) -> Iterator[tuple[int, int, int]]:
        """Every bucket as (start, day, cell)."""
        width = self.bucket
        for segment in self.segments:
            for start in range(segment.start, segment.end, width):
                yield start, segment.day, segment.cell

    def cells_where(self, band: str | None) -> frozenset[int]:
        """The cells of a band."""
        return frozenset(n for n, cell in enumerate(self.cells) if cell.band == band)


@lru_cache(maxsize=64)
def timetable(calendar: Calendar, zone_name: str, first: date, end: date) -> Timetable:
    """The calendar from local midnight of `first` to local midnight of `end`, DST and all."""
    holidays = calendar.public().dates(first - timedelta(days=1), end)
    minutes = sorted({limit for one in (*calendar.bands, *calendar.windows) for limit in one.limits} | {0, MINUTES})
    cells = {cell: n for n, cell in enumerate(_cells(calendar, minutes))}
    segments: list[Segment] = []
    for offset in offsets(zone_name, first - timedelta(days=2), end + timedelta(days=2)):
        for on in _days(offset, first, end):
            today, before = _day_kind(on, holidays), _day_kind(on - timedelta(days=1), holidays)
            midnight = _seconds(on) - offset.east
            for low, high in pairwise(minutes):
                start, stop = max(midnight + low * 60, offset.start), min(midnight + high * 60, offset.end)
                if start >= stop:
                    continue
                cell = cells[_cell(calendar, today, before, low)]
                _append(segments, Segment(start * MICRO, stop * MICRO, on.toordinal(), cell))
    return Timetable(calendar, zone_name, tuple(cells), tuple(segments))


def _cells(calendar: Calendar, minutes: list[int]) -> list[Cell]:
    """Every cell the calendar can give, in the order of its bands: the numbering does not depend on the dates."""
    found = {_cell(calendar, today, before, minute) for today, before in _kinds_of_day() for minute in minutes[:-1]}
    order = {band.name: n for n, band in enumerate(calendar.bands)}
    return sorted(found, key=lambda cell: (order.get(cell.band or "", len(order)), sorted(cell.windows)))


def _append(segments: list[Segment], new: Segment) -> None:
    """One more segment, joined to the last when nothing but a limit of another band lies between them."""
    last = segments[-1] if segments else None
    if last and (last.end, last.day, last.cell) == (new.start, new.day, new.cell):
        segments[-1] = Segment(last.start, new.end, last.day, last.cell)
    else:
        segments.append(new)


def _cell(calendar: Calendar, today: frozenset[str], before: frozenset[str], minute: int) -> Cell:
    band = calendar.band_at(today, before, minute)
    opened = frozenset(one.name for one in calendar.windows if one.holds(today, before, minute))
    return Cell(None if band is None else calendar.bands[band].name, opened)


def _seconds(on: date) -> int:
    return (on.toordinal() - date(1970, 1, 1).toordinal()) * DAY_SECONDS


def _days(offset: Offset, first: date, end: date) -> Iterable[date]:
    """Local days that a stretch of one offset touches."""
    low = (offset.start + offset.east) // DAY_SECONDS + date(1970, 1, 1).toordinal()
    high = (offset.end - 1 + offset.east) // DAY_SECONDS + date(1970, 1, 1).toordinal()
    for ordinal in range(max(low, first.toordinal()), min(high, end.toordinal() - 1) + 1):
        yield date.fromordinal(ordinal)


def _day_kind(on: date, holidays: frozenset[date]) -> frozenset[str]:
    return frozenset({WEEK[on.weekday()], "holiday"} if on in holidays else {WEEK[on.weekday()]})

"""Local days, bands, windows and holidays: which minute belongs where, through midnight and changes of the clock."""

from datetime import UTC, date, datetime

import pytest
from small import read, spot, spots

from callbill.calendar import Calendar, Cell, Holidays, Timetable, Window, timetable
from callbill.problems import Invalid
from callbill.settings import build

ZONE = "Europe/Paris"


def calendar(written: str) -> Calendar:
    return build(Calendar, read(written))


def wrong(written: str) -> list[str]:
    """The problems of a calendar, as it is read or as a whole."""
    try:
        return [spot(problem) for problem in calendar(written).problems()]
    except Invalid as invalid:
        return spots(invalid)


def october(written: str, first: str = "2026-10-01", end: str = "2026-11-01", zone: str = ZONE) -> Timetable:
    return timetable(calendar(written), zone, date.fromisoformat(first), date.fromisoformat(end))


def shown(times: Timetable) -> list[str]:
    """`UTC start–end local day: band, windows` for each segment."""
    rows = []
    for one in times.segments:
        start, end = (datetime.fromtimestamp(micro // 1_000_000, UTC) for micro in (one.start, one.end))
        cell = times.cells[one.cell]
        words = " ".join([cell.band or "-", *sorted(cell.windows)])
        rows.append(f"{start:%d %H:%M}–{end:%d %H:%M} {date.fromordinal(one.day).day}: {words}")
    return rows


# Holidays.


def test_holidays_of_a_country():
    found = build(Holidays, {"country": "FR"}).dates(date(2026, 5, 1), date(2026, 5, 31))
    assert sorted(found) == [date(2026, 5, 1), date(2026, 5, 8), date(2026, 5, 14), date(2026, 5, 25)]


def test_holidays_of_a_region():
    day = date(2026, 12, 26)
    assert day not in build(Holidays, {"country": "FR"}).dates(day, day)
    assert day in build(Holidays, {"country": "FR", "region": "57"}).dates(day, day)


def test_holidays_of_ones_own_and_those_that_are_ordinary_days():
    given = {"country": "FR", "add": ["2026-05-15", "2027-01-01"], "remove": "2026-05-08"}
    found = build(Holidays, {**given, "remove": ["2026-05-08"]}).dates(date(2026, 5, 1), date(2026, 5, 31))
    assert sorted(day.day for day in found) == [1, 14, 15, 25]


def test_holidays_without_a_country_are_those_that_are_added():
    assert build(Holidays, {"add": ["2026-05-15"]}).dates(date(2026, 1, 1), date(2026, 12, 31)) == {date(2026, 5, 15)}
    assert build(Holidays, {}).dates(date(2026, 1, 1), date(2026, 12, 31)) == frozenset()


def test_holidays_over_the_end_of_a_year():
    found = build(Holidays, {"country": "FR"}).dates(date(2026, 12, 25), date(2027, 1, 1))
    assert sorted(found) == [date(2026, 12, 25), date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{holidays: FR}", []),
        ("{holidays: {country: FR, region: '57'}}", []),
        ("{holidays: {country: FX}}", ["CB227 holidays"]),
        ("{holidays: XX}", ["CB227 "]),
        ("{holidays: {country: FR, region: Paris}}", ["CB227 holidays"]),
        ("{holidays: {region: '57'}}", ["CB227 holidays"]),
    ],
)
def test_countries_and_regions_that_are_not_known(written, expected):
    assert [one.strip() for one in expected] == wrong(written)


# Windows.


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("{name: a, days: someday}", ["CB230 bands.0"]),
        ("{name: a, days: mon-sun-tue}", ["CB230 bands.0"]),
        ("{name: a, from: '08:00'}", ["CB249 bands.0"]),
        ("{name: a, to: '08:00'}", ["CB249 bands.0"]),
        ("{name: a, from: '08:00', to: '08:00'}", ["CB240 bands.0"]),
        ("{name: a, days: [mon-fri, sat, sun, holiday]}", []),
    ],
)
def test_windows_that_cannot_be(window, expected):
    assert wrong(f"{{bands: [{window}]}}") == expected


def holds(window: str, today: str, minute: str, yesterday: str = "sun") -> bool:
    hours, minutes = minute.split(":")
    one = build(Window, {"name": "w", **read(window)})
    return one.holds(frozenset(today.split()), frozenset(yesterday.split()), int(hours) * 60 + int(minutes))


@pytest.mark.parametrize(
    ("window", "today", "minute", "inside"),
    [
        ("{}", "mon", "03:00", True),
        ("{days: mon-fri}", "fri", "23:59", True),
        ("{days: mon-fri}", "sat", "00:00", False),
        ("{days: fri-mon}", "sun", "12:00", True),
        ("{days: fri-mon}", "tue", "12:00", False),
        ("{days: [sun, holiday]}", "mon holiday", "12:00", True),
        ("{days: sun-sun}", "mon", "12:00", False),
        ("{from: '08:00', to: '20:00'}", "mon", "07:59", False),
        ("{from: '08:00', to: '20:00'}", "mon", "08:00", True),
        ("{from: '08:00', to: '20:00'}", "mon", "20:00", False),
        ("{from: '08:00', to: '24:00'}", "mon", "23:59", True),
        ("{days: sat, from: '08:00', to: '20:00'}", "fri", "12:00", False),
        ("{from: '20:00', to: '08:00'}", "mon", "20:00", True),
        ("{from: '20:00', to: '08:00'}", "mon", "07:59", True),
        ("{from: '20:00', to: '08:00'}", "mon", "08:00", False),
        ("{days: fri, from: '20:00', to: '08:00'}", "thu", "21:00", False),
    ],
)
def test_which_minutes_are_inside_a_window(window, today, minute, inside):
    assert holds(window, today, minute) == inside


@pytest.mark.parametrize(
    ("after_midnight", "today", "yesterday", "inside"),
    [
        ("own_day", "fri", "thu", True),
        ("own_day", "sat", "fri", False),
        ("start_day", "fri", "thu", False),
        ("start_day", "sat", "fri", True),
    ],
)
def test_the_hours_after_midnight_belong_to_their_own_day_or_to_the_one_before(
    after_midnight, today, yesterday, inside
):
    window = f"{{days: fri, from: '20:00', to: '08:00', after_midnight: {after_midnight}}}"
    assert holds(window, today, "03:00", yesterday) == inside


def test_a_window_of_everything():
    assert build(Window, {"name": "day"}).takes_all
    assert not build(Window, {"name": "day", "days": "mon"}).takes_all


# Bands as a whole.


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{}", []),
        ("{bands: [{name: sunday, days: sun}, {name: day}]}", []),
        ("{bands: [{name: a}, {name: a, days: sun}]}", ["CB232 calendar.bands.1.name", "CB245 calendar.bands.1"]),
        ("{windows: [{name: a, days: mon}, {name: a, days: sun}]}", ["CB232 calendar.windows.1.name"]),
        ("{bands: [{name: week, days: mon-sat}]}", ["CB244 calendar.bands.0"]),
        ("{bands: [{name: day, from: '08:00', to: '20:00'}, {name: night, from: '20:00', to: '07:00'}]}", ["CB244 calendar.bands.1"]),  # noqa: E501
        ("{bands: [{name: day}, {name: night, from: '20:00', to: '08:00'}]}", ["CB245 calendar.bands.1"]),
        ("{bands: [{name: a, days: mon-sun}, {name: b, days: holiday}, {name: c}]}", ["CB245 calendar.bands.1", "CB245 calendar.bands.2"]),  # noqa: E501
    ],
)  # fmt: skip
def test_bands_take_every_minute_and_each_comes_into_play(written, expected):
    assert wrong(written) == expected


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("{bands: [{name: week, days: mon-sat}]}", "no band takes sun 00:00"),
        ("{bands: [{name: week, days: mon-sun, from: '07:30', to: '24:00'}]}", "no band takes mon 00:00"),
        (
            "{bands: [{name: a, days: mon-sun, from: '08:00', to: '20:00'}, {name: b, from: '20:00', to: '06:30'}]}",
            "no band takes mon 06:30",
        ),
        (
            "{bands: [{name: a, days: [tue-sun]}, {name: b, days: holiday, from: '07:00', to: '24:00'}, {name: c, days: mon, from: '07:00', to: '24:00'}]}",  # noqa: E501
            "no band takes mon 00:00",
        ),
    ],
)
def test_the_first_gap_is_named(written, where):
    (problem,) = calendar(written).problems()
    assert problem.message == where


# The week, compiled.


def test_a_calendar_of_nothing_is_one_segment_a_day():
    times = october("{}", "2026-10-05", "2026-10-07")
    assert shown(times) == ["04 22:00–05 22:00 5: -", "05 22:00–06 22:00 6: -"]
    assert times.cells == (Cell(None, frozenset()),)
    assert times.bucket == 3_600_000_000


BANDS = "{holidays: {add: ['2026-10-06']}, bands: [{name: off, days: [sun, holiday]}, {name: night, from: '20:00', to: '08:00'}, {name: day}]}"  # noqa: E501


def test_bands_by_day_and_hour():
    assert shown(october(BANDS, "2026-10-05", "2026-10-07")) == [
        "04 22:00–05 06:00 5: night",
        "05 06:00–05 18:00 5: day",
        "05 18:00–05 22:00 5: night",
        "05 22:00–06 22:00 6: off",
    ]


def test_the_night_that_began_on_a_holiday_before_the_period():
    written = "{holidays: {add: ['2026-09-30']}, bands: [{name: off, days: holiday, from: '20:00', to: '06:00', after_midnight: start_day}, {name: day}]}"  # noqa: E501
    assert shown(october(written, "2026-10-01", "2026-10-02")) == [
        "30 22:00–01 04:00 1: off",
        "01 04:00–01 22:00 1: day",
    ]


def test_windows_overlap_bands_and_each_other():
    written = "{bands: [{name: sunday, days: sun}, {name: day}], windows: [{name: late, from: '18:00', to: '24:00'}, {name: weekend, days: [sat, sun]}]}"  # noqa: E501
    assert shown(october(written, "2026-10-10", "2026-10-12")) == [
        "09 22:00–10 16:00 10: day weekend",
        "10 16:00–10 22:00 10: day late weekend",
        "10 22:00–11 16:00 11: sunday weekend",
        "11 16:00–11 22:00 11: sunday late weekend",
    ]


def test_the_day_the_clocks_go_back_has_25_hours():
    assert shown(october(BANDS, "2026-10-24", "2026-10-26")) == [
        "23 22:00–24 06:00 24: night",
        "24 06:00–24 18:00 24: day",
        "24 18:00–24 22:00 24: night",
        "24 22:00–25 23:00 25: off",
    ]


def test_the_day_the_clocks_go_forward_has_23_hours():
    written = "{bands: [{name: early, from: '00:00', to: '02:30'}, {name: day}]}"
    assert shown(october(written, "2026-03-29", "2026-03-30")) == [
        "28 23:00–29 01:00 29: early",
        "29 01:00–29 22:00 29: day",
    ]


def test_an_hour_that_happens_twice_is_twice_in_its_band():
    written = "{bands: [{name: early, from: '02:00', to: '02:30'}, {name: day}]}"
    assert shown(october(written, "2026-10-25", "2026-10-26")) == [
        "24 22:00–25 00:00 25: day",
        "25 00:00–25 00:30 25: early",
        "25 00:30–25 01:00 25: day",
        "25 01:00–25 01:30 25: early",
        "25 01:30–25 23:00 25: day",
    ]


@pytest.mark.parametrize(
    ("written", "zone", "minutes"),
    [
        ("{}", "Asia/Kolkata", 30),
        ("{}", "Asia/Kathmandu", 15),
        ("{bands: [{name: a, from: '08:00', to: '20:30'}, {name: b}]}", ZONE, 30),
        ("{bands: [{name: a, from: '08:00', to: '20:01'}, {name: b}]}", ZONE, 1),
        ("{windows: [{name: a, from: '08:10', to: '20:00'}]}", ZONE, 10),
    ],
)
def test_the_bucket_divides_every_limit(written, zone, minutes):
    times = october(written, "2026-10-05", "2026-10-06", zone)
    assert times.bucket == minutes * 60_000_000
    buckets = list(times.buckets())
    assert len(buckets) == 1440 // minutes
    assert buckets[0] == (times.start, date(2026, 10, 5).toordinal(), times.segments[0].cell)


def test_cells_are_numbered_in_the_order_of_the_bands_whatever_the_dates():
    assert october(BANDS, "2026-10-06", "2026-10-07").cells == october(BANDS, "2026-10-07", "2026-10-08").cells
    times = october(BANDS)
    assert [cell.band for cell in times.cells] == ["off", "night", "day"]
    assert (times.cells_where("night"), times.cells_where("other")) == ({1}, frozenset())


def test_a_timetable_runs_on_until_an_instant_lies_inside():
    times = october(BANDS)
    assert times.until(times.end) is times
    later = times.until(times.end + 3 * 86_400_000_000)
    assert later.segments[: len(times.segments)] == times.segments
    assert later.end > times.end + 3 * 86_400_000_000

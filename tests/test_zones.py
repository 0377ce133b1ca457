"""Time zones as stretches of one offset."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from callbill.zones import Offset, offsets, zone


def at(written: str) -> int:
    return int(datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp())


def stretches(name: str, first: str, last: str) -> list[tuple[str, int]]:
    """When each offset begins (UTC), and its minutes east."""
    found = offsets(name, date.fromisoformat(first), date.fromisoformat(last))
    assert found[0].start == at(f"{first}T00:00:00")
    assert found[-1].end == at(f"{last}T00:00:00") + 86_400
    assert all(before.end == after.start for before, after in pairwise(found))
    return [(f"{datetime.fromtimestamp(one.start, UTC):%Y-%m-%dT%H:%M:%S}", one.east // 60) for one in found]


@pytest.mark.parametrize(
    ("name", "minutes"), [("+02:00", 120), ("-05:30", -330), ("+00:00", 0), ("UTC", 0), ("Asia/Kolkata", 330)]
)
def test_a_zone_or_a_fixed_offset(name, minutes):
    assert datetime(2026, 10, 5, tzinfo=zone(name)).utcoffset() == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("name", "first", "last", "expected"),
    [
        pytest.param("UTC", "2026-01-01", "2026-12-31", [("2026-01-01T00:00:00", 0)], id="one that never changes"),
        pytest.param(
            "Europe/Paris", "2026-03-01", "2026-10-31",
            [("2026-03-01T00:00:00", 60), ("2026-03-29T01:00:00", 120), ("2026-10-25T01:00:00", 60)],
            id="summer time",
        ),
        pytest.param(
            "Australia/Lord_Howe", "2026-04-01", "2026-04-10",
            [("2026-04-01T00:00:00", 660), ("2026-04-04T15:00:00", 630)], id="half an hour",
        ),
        pytest.param(
            "Africa/Casablanca", "2026-02-10", "2026-03-30",
            [("2026-02-10T00:00:00", 60), ("2026-02-15T02:00:00", 0), ("2026-03-22T02:00:00", 60)], id="ramadan",
        ),
        pytest.param(
            "Pacific/Apia", "2011-12-28", "2012-01-01",
            [("2011-12-28T00:00:00", -600), ("2011-12-30T10:00:00", 840)], id="a day that was left out",
        ),
        pytest.param("+05:45", "2026-01-01", "2026-01-01", [("2026-01-01T00:00:00", 345)], id="a fixed offset"),
    ],
)  # fmt: skip
def test_the_offsets_of_a_zone(name, first, last, expected):
    assert stretches(name, first, last) == expected


def test_a_change_on_the_edge_of_the_days_is_found():
    """Midnight UTC is a step of the search."""
    assert stretches("America/Godthab", "2023-03-24", "2023-03-26")[-1][1] == -120


def test_a_stretch_is_in_seconds():
    assert offsets("UTC", date(1970, 1, 1), date(1970, 1, 1)) == (Offset(0, 86_400, 0),)


def test_old_zones_had_odd_seconds():
    found = offsets("Europe/Paris", date(1900, 1, 1), date(1900, 1, 1))
    assert [one.east for one in found] == [561]

"""Time zones as stretches of one offset, exact to the second, so that nothing else needs to know about them."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from callbill.frozen import frozen

DAY_SECONDS = 86_400


@cache
def zone(name: str) -> tzinfo:
    """A time zone or a fixed offset such as `+02:00`."""
    if name[0] in "+-":
        minutes = int(name[1:3]) * 60 + int(name[4:6])
        return timezone(timedelta(minutes=minutes if name[0] == "+" else -minutes))
    return ZoneInfo(name)


@frozen
class Offset:
    """A stretch of time, in seconds since 1970 UTC, in which the zone keeps one offset (seconds east)."""

    start: int
    end: int
    east: int


def offsets(name: str, first: date, last: date) -> tuple[Offset, ...]:
    """The zone's offsets over whole UTC days, both included: found by halving, exact to the second."""
    where = zone(name)
    start = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
    end = int(datetime(last.year, last.month, last.day, tzinfo=UTC).timestamp()) + DAY_SECONDS

    def east(at: int) -> int:
        shift = datetime.fromtimestamp(at, where).utcoffset()
        return int(shift.total_seconds()) if shift is not None else 0

    found = []
    begun, current = start, east(start)
    for step in range(start + DAY_SECONDS // 2, end + 1, DAY_SECONDS // 2):
        later = east(step)
        if later == current:
            continue
        low, high = step - DAY_SECONDS // 2, step
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if east(middle) == current else (low, middle)
        found.append(Offset(begun, high, current))
        begun, current = high, later
    found.append(Offset(begun, end, current))
    return tuple(found)

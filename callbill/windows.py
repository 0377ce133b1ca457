"""Windows: the days that one value of a KPI covers, and the periods that it looks back to."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from callbill.frozen import frozen
from callbill.kpis import Kpi, Last
from callbill.period import Life, Period, months_later, period_of, stretch
from callbill.period import Rule as PeriodRule

SUNDAY = 6
EVER = Life()


@frozen
class Span:
    """The local days that one value covers, `end` not included, and its name; or one interval of them."""

    first: date
    end: date
    name: str
    interval: int = 0


def spans_of(kpi: Kpi, period: Period, rule: PeriodRule, life: Life = EVER) -> list[Span]:
    """The windows that one period gives a KPI values for; none where its quarter or year is not over.

    Windows are cut at the ends of a phase's `life`: the last one ends with it, whatever the calendar says.
    """
    part, measured = life.part(period), kpi.measured
    if part is None:
        return []
    if isinstance(measured, Last):
        first = [period, *islice(before(period, rule), measured.periods - 1)][-1]
        return [_cut(Span(first.first, period.end, f"{first.name} – {period.name}"), life)]
    if measured in ("quarter", "year"):
        span = _cut(_calendar_span(str(measured), part), life)
        return [span] if span.end == part.end else []
    days = [part.first + timedelta(days=n) for n in range(part.days)] if measured in ("day", "week") else []
    if measured == "day":
        return [Span(day, day + timedelta(days=1), day.isoformat()) for day in days]
    if measured == "week":
        return [_cut(_week(day), life) for day in days if day.weekday() == SUNDAY or day == life.last]
    return [Span(part.first, part.end, part.name)]


def before(period: Period, rule: PeriodRule) -> Iterator[Period]:
    """The periods before a period, latest first, without end."""
    while True:
        period = period_of(rule, period.first - timedelta(days=1))
        yield period


def _cut(span: Span, life: Life) -> Span:
    """The days of a window that lie in a life; a window that loses some is named by those it keeps."""
    first = span.first if life.first is None else max(span.first, life.first)
    end = span.end if life.last is None else min(span.end, life.last + timedelta(days=1))
    return span if (first, end) == (span.first, span.end) else Span(first, end, stretch(first, end).name)


def _week(day: date) -> Span:
    """The calendar week of a day, Monday to Sunday."""
    year, week, weekday = day.isocalendar()
    first = day - timedelta(days=weekday - 1)
    return Span(first, first + timedelta(days=7), f"{year}-W{week:02d}")


def _calendar_span(measured: str, period: Period) -> Span:
    last = period.last
    months = 3 if measured == "quarter" else 12
    first = date(last.year, (last.month - 1) // months * months + 1, 1)
    name = f"{first.year}-Q{first.month // 3 + 1}" if measured == "quarter" else str(first.year)
    return Span(first, months_later(first, months), name)

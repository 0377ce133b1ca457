"""Windows: the days that one value of a KPI covers, and the periods that it looks back to."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from callbill.frozen import frozen
from callbill.kpis import Kpi, Last
from callbill.period import Period, months_later, period_of
from callbill.period import Rule as PeriodRule

SUNDAY = 6


@frozen
class Span:
    """The local days that one value covers, `end` not included, and its name; or one interval of them."""

    first: date
    end: date
    name: str
    interval: int = 0


def spans_of(kpi: Kpi, period: Period, rule: PeriodRule) -> list[Span]:
    """The windows that one period gives a KPI values for; none where its quarter or year is not over."""
    measured = kpi.measured
    if isinstance(measured, Last):
        first = [period, *islice(before(period, rule), measured.periods - 1)][-1]
        return [Span(first.first, period.end, f"{first.name} – {period.name}")]
    if measured in ("quarter", "year"):
        return _calendar_span(str(measured), period)
    if measured == "day":
        days = [period.first + timedelta(days=n) for n in range(period.days)]
        return [Span(day, day + timedelta(days=1), day.isoformat()) for day in days]
    if measured == "week":
        days = [period.first + timedelta(days=n) for n in range(period.days)]
        return [_week(day) for day in days if day.weekday() == SUNDAY]
    return [Span(period.first, period.end, period.name)]


def before(period: Period, rule: PeriodRule) -> Iterator[Period]:
    """The periods before a period, latest first, without end."""
    while True:
        period = period_of(rule, period.first - timedelta(days=1))
        yield period


def _week(sunday: date) -> Span:
    year, week, _ = sunday.isocalendar()
    return Span(sunday - timedelta(days=6), sunday + timedelta(days=1), f"{year}-W{week:02d}")


def _calendar_span(measured: str, period: Period) -> list[Span]:
    last = period.last
    months = 3 if measured == "quarter" else 12
    first = date(last.year, (last.month - 1) // months * months + 1, 1)
    name = f"{first.year}-Q{first.month // 3 + 1}" if measured == "quarter" else str(first.year)
    end = months_later(first, months)
    return [Span(first, end, name)] if end == period.end else []

"""What a period's records count: every meter of every charge, and the KPIs. Steps 3 to 6 of `billing`'s order."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import NoReturn

from callbill.bills import Agreement, Bill, Top
from callbill.calendar import timetable
from callbill.judging import Counter
from callbill.kpis import Kpi
from callbill.measuring import Entry, Measurement
from callbill.metering import Metering
from callbill.meters import Meter, Metered, SeatMeter
from callbill.models import Scope
from callbill.past import Earlier
from callbill.period import Period, period_of
from callbill.problems import Invalid, Path, Problem, refuse
from callbill.tallying import Tallying
from callbill.weighing import tallies


def counted_fields(agreement: Agreement) -> dict[str, frozenset[str]]:
    """The fields of each source that the charges look at, whatever the period."""
    facts = agreement.facts
    period = period_of(facts.period_rule, date(2030, 1, 7))
    scope = Scope(facts, period, timetable(facts.calendar, facts.timezone, period.first, period.end))
    found: dict[str, frozenset[str]] = {}
    for charge in agreement.charges:
        for meter in charge.meters(scope).values():
            plain = meter.meter if isinstance(meter, SeatMeter) else meter
            found[plain.source] = found.get(plain.source, frozenset()) | plain.fields
    for tally in tallies(agreement.deal, facts.layouts):
        found[tally.source] = found.get(tally.source, frozenset()) | tally.fields
    return found


def count(
    agreement: Agreement, engine: Counter, tops: Mapping[str, Top], period: Period, *,
    entries: Sequence[Entry] = (), earlier: Earlier = lambda _: None, name: str = "",
    known: "Mapping[_Named, Metered] | None" = None,
) -> Bill:  # fmt: skip
    """Steps 3 to 6: every meter of every charge. Raises `Invalid` when activity and contract do not fit.

    `entries` are KPIs that were measured elsewhere, `earlier` gives the results of earlier periods. `name` tells the
    engine's tables from those of other contracts and periods that it holds at the same time. `known` are meters that
    have been counted already, by charge and name; what of their records is not billed is not told then.
    """
    facts = agreement.facts
    times = timetable(facts.calendar, facts.timezone, period.first, period.end)
    empty = frozenset(name for name, top in tops.items() if not top.read)
    relations = {source: top.relation for source, top in tops.items()}
    metering = Metering(engine, relations, times, f"{name}period", empty=empty)
    scope = Scope(facts, period, times)
    bill = Bill(agreement, scope, metering, tops, {})
    if not bill.phases and not any(phase.carries(period, facts.period_rule) for phase in agreement.parts):
        _refuse_outside(agreement, period)
    problems: list[Problem] = []
    meters: dict[_Named, Meter | SeatMeter] = {}
    for _, path, charge in bill.charges:
        with _problems_of(path, problems):
            meters |= {(charge.id, name): one for name, one in charge.meters(scope).items()}
    known = known or {}
    found, bill.unbilled = _counted(metering, {one: meter for one, meter in meters.items() if one not in known}, period)
    found |= known
    for _, path, charge in bill.charges:
        bill.counted[charge.id] = {name: one for (owner, name), one in found.items() if owner == charge.id}
        with _problems_of(path, problems):
            for part, one in bill.counted[charge.id].items():
                meter = meters[charge.id, part]
                if isinstance(meter, Meter):
                    metering.check_sign(meter, one.counts)
    if problems:
        raise Invalid(problems)
    if agreement.deal.kpis:
        bill.measurement = measurement(agreement, engine, tops, period, entries=entries, earlier=earlier, name=name)
        bill.earlier = earlier
    return bill


def _refuse_outside(agreement: Agreement, period: Period) -> NoReturn:
    first, last = agreement.life.first, agreement.life.last
    ends = [f"the first phase begins {first}" if first else "", f"the last one ends {last}" if last else ""]
    message = f"no phase bills a day of {period.name}: {', '.join(one for one in ends if one)}"
    refuse("CB267", message, "bill another period, or write the phase that these days belong to", path=("phases",))


def measurement(
    agreement: Agreement, engine: Counter, tops: Mapping[str, Top], period: Period, *,
    entries: Sequence[Entry] = (), earlier: Earlier = lambda _: None, kpis: Mapping[str, Kpi] | None = None,
    name: str = "",
) -> Measurement:  # fmt: skip
    """The KPIs of a contract, or others, over one period; nothing is counted before a value is asked for."""
    facts, deal = agreement.facts, agreement.deal
    relations = {source: top.relation for source, top in tops.items()}
    empty = frozenset(source for source, top in tops.items() if not top.read)

    def counting(first: date, end: date) -> Tallying:
        times = timetable(facts.calendar, facts.timezone, first, end)
        return Tallying(engine, relations, times, f"{name}kpis_{first:%Y%m%d}_{end:%Y%m%d}", empty)

    return Measurement(
        deal.kpis if kpis is None else kpis,
        facts.layouts,
        period,
        facts.period_rule,
        facts.timezone,
        counting,
        entries,
        deal.excused,
        earlier,
    )


@contextmanager
def _problems_of(charge: Path, problems: list[Problem]) -> Iterator[None]:
    """Collect what is wrong with a charge, at its place, and go on with the others."""
    try:
        yield
    except Invalid as invalid:
        problems += [problem.under(*charge) for problem in invalid.problems]


_Named = tuple[str, str]


def _counted(
    metering: Metering, meters: Mapping[_Named, Meter | SeatMeter], period: Period
) -> tuple[dict[_Named, Metered], dict[str, int]]:
    """What every meter counts, and for each source the records that none of them bills.

    Meters of one source are run together where that can be done, with at most one of those whose columns may hold
    anything; each of the others is run beside all before it.
    """
    found: dict[_Named, Metered] = {}
    unbilled: dict[str, int] = {}
    for source in dict.fromkeys(meter.source for meter in meters.values()):
        together: dict[_Named, Meter] = {}
        alone: dict[_Named, Meter | SeatMeter] = {}
        for name, meter in meters.items():
            if meter.source != source:
                continue
            if isinstance(meter, Meter) and meter.is_whole and not (meter.columns and _has_columns(together)):
                together[name] = meter
            else:
                alone[name] = meter
        if together:
            counted, unbilled[source] = metering.together(list(together.values()))
            found |= dict(zip(together, counted, strict=True))
        beside = list(together.values())
        for name, meter in alone.items():
            if isinstance(meter, SeatMeter):
                found[name] = metering.seats(meter, days_counted(meter, period), beside)
                beside.append(meter.meter)
            else:
                found[name] = metering.count(meter, beside)
                beside.append(meter)
            unbilled[source] = found[name].unbilled
    return found, unbilled


def days_counted(meter: SeatMeter, period: Period) -> int:
    """The days of the period that a meter looks at, which a mean over all days is taken over."""
    first, last = meter.dates
    begins = period.first.toordinal() if first is None else first
    return (period.last.toordinal() if last is None else last) - begins + 1


def _has_columns(meters: Mapping[_Named, Meter]) -> bool:
    return any(meter.columns for meter in meters.values())

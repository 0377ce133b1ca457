"""A period billed again: the same counts give the same invoice, and other counts what an invoice of them would be."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from side_by_side import EVENING, agreed, contacts, invoiced, months_of, named, plain, read, same
from small import count, day

from callbill import counting
from callbill.api import tops
from callbill.billing import priced
from callbill.calendar import timetable
from callbill.looks import Looks
from callbill.metering import Metering
from callbill.meters import Meter, Metered
from callbill.models import Scope
from callbill.period import period_named
from callbill.recounting import Change, Table
from callbill.rerun import Months
from callbill.tallies import Tally

MONTHS = ("2026-02", "2026-03", "2026-10")
"""Of 28 and 31 days; clocks are put forward in March and back in October."""
NUMBERS = {"2026-02": 83, "2026-03": 120, "2026-10": 97}
CALLS = contacts(NUMBERS)
BANDS = "calendar: {bands: [{name: evening, from: '18:00', to: '08:00'}, {name: day}]}"
TALK = "id: talk, label: Talk, model: time, measure: calls.talk + calls.hold, unit: minute"
ACT = "id: acts, label: Acts, model: act, count: calls.answered"
SEATS = "id: seats, label: Seats, model: subscription, price: 90, billed: in_arrears"
LEVEL = plain("{level: {kpi: service_level, source: calls, within: 20 s, formula: of_all}}")
SHARE = plain("{kpi: level, scale: [{below: 60 %, amount: -50}, {below: 62 %, amount: 20}, {amount: 75.5}]}")
CHARGES = {
    "time by bands, contacts rounded up": (
        f"[{{{TALK}, price: {{day: 1, evening: 1.35}}, increment: {{per: contact, step: 1 min, round: up}}}}]"
    ),
    "time cut at the limit of a band": f"[{{{TALK}, price: {{day: 1, evening: 1.35}}, band_limit: split}}]",
    "time rounded by agent and day": f"[{{{TALK}, price: 1, increment: {{per: agent_day, step: 15 min, round: up}}}}]",
    "time rounded in the period": (
        f"[{{{TALK}, price: 1.1, by: queue, increment: {{per: period, step: 1 h, round: down}}}}]"
    ),
    "acts in tiers": f"[{{{ACT}, tiers: {{mode: volume, steps: [{{up_to: 60, price: 3}}, {{price: 2.5}}]}}}}]",
    "acts in graduated tiers": (
        f"[{{{ACT}, tiers: {{mode: graduated, steps: [{{up_to: 60, price: 3}}, {{price: 2.5}}]}}}}]"
    ),
    "acts once a day and customer": (
        f"[{{{ACT}, price: 2, once_per: {{field: customer, within: 24 h, since: billed}}}}]"
    ),
    "acts once a month and customer": f"[{{{ACT}, price: 2, once_per: {{field: customer, within: period}}}}]",
    "the first ten are free": f"[{{{ACT}, price: 2, free: {{first: 10}}}}]",
    "short ones are free": (
        f"[{{{ACT}, price: 2, where: {{talk: {{at_least: 10 s}}}}, free: {{of: calls.talk, below: 1 min}}}}]"
    ),
    "acts less those taken back": f"[{{{ACT}, price: 2, clawback: {{count: calls.abandoned, price: 1.1}}}}]",
    "prices by column": (
        f"[{{{ACT}, by: agent, prices: {{rows: [{{when: {{queue: sales}}, price: 4}}], otherwise: 2}}}}]"
    ),
    "a package with a tolerance": (
        "[{id: pack, label: Package, model: flat, amount: 200, count: calls.answered, included: 70, "
        "tolerance: 10 %, excess: {price: 3, charge: beyond}, shortfall: {price: 1, charge: whole}}]"
    ),
    "agents seen": f"[{{{SEATS}, seats: {{measured: distinct, of: calls}}}}]",
    "agents at once": f"[{{{SEATS}, seats: {{measured: peak, of: calls.talk + calls.wrap}}}}]",
    "agents a day": f"[{{{SEATS}, seats: {{measured: mean, of: calls, over: active_days}}}}]",
    "a minimum and included acts": f"[{{{ACT}, price: 2, included: 50, minimum: {{amount: 30}}}}]",
}


@pytest.mark.parametrize("charges", CHARGES.values(), ids=CHARGES)
def test_every_month_is_its_invoice_to_the_cent(charges: str, tmp_path: Path) -> None:
    contract = agreed(charges, calendar=EVENING)
    invoices = invoiced(tmp_path, contract, MONTHS, calls=CALLS)
    with read(tmp_path, contract, calls=CALLS) as found:
        (months,) = months_of(found, named(*MONTHS))
        for n, invoice in enumerate(invoices):
            same(months.outcome(n), invoice)
    assert all(one.net for one in invoices)
    assert len({one.net for one in invoices}) > 1 or "subscription" in charges


def test_bonus_and_malus_are_those_of_the_invoice_and_told_apart(tmp_path: Path) -> None:
    more = {"kpis": LEVEL, "bonus_malus": [{"id": "level", "label": "Level", **SHARE}]}
    contract = agreed(f"[{{{ACT}, price: 2}}]", **more)
    invoices = invoiced(tmp_path, contract, MONTHS, calls=CALLS)
    with read(tmp_path, contract, calls=CALLS) as found:
        (months,) = months_of(found, named(*MONTHS))
        for n, invoice in enumerate(invoices):
            same(months.outcome(n), invoice)
            adjusted = sum(line.amount for line in invoice.lines if line.charge == "level")
            assert adjusted
            assert months.outcome(n).adjusted == adjusted


def test_contracts_with_other_calendars_in_one_engine_leave_each_other_alone(tmp_path: Path) -> None:
    """Tables of bands and days must have names of their own: the second contract once counted by the first's bands."""
    late = {"bands": [{"name": "evening", "from": "21:00", "to": "06:00"}, {"name": "day"}]}
    charges = f"[{{{TALK}, price: {{day: 1, evening: 1.35}}, increment: {{per: contact, step: 1 min, round: up}}}}]"
    cut = f"[{{{TALK}, price: {{day: 1, evening: 1.35}}, band_limit: split}}]"
    banded = plain("late: {kpi: service_level, source: calls, within: 20 s, formula: of_all, bands: [evening]}")
    contracts = [
        agreed(written, calendar=calendar, kpis=banded)
        for written, calendar in ((charges, EVENING), (charges, late), (cut, late), (cut, EVENING))
    ]
    contracts.append(agreed(f"[{{{TALK}, price: 1}}]", timezone="UTC"))
    with read(tmp_path, *contracts, calls=CALLS) as found:
        every = months_of(found, named(*MONTHS))
        for contract, months in zip(contracts, every, strict=True):
            for n, invoice in enumerate(invoiced(tmp_path, contract, MONTHS, calls=CALLS)):
                same(months.outcome(n), invoice)
        assert len({months.outcome(0).net for months in every[:4]}) == 4
        assert len({months.outcome(0).kpis[0].value for months in every[:4]}) == 2


def test_kpis_of_a_shared_engine_count_the_same_when_they_are_asked_again_after_others(tmp_path: Path) -> None:
    late = {"bands": [{"name": "evening", "from": "21:00", "to": "06:00"}, {"name": "day"}]}
    banded = plain("late: {kpi: service_level, source: calls, within: 20 s, formula: of_all, bands: [evening]}")
    contracts = [agreed(f"[{{{ACT}, price: 2}}]", calendar=one, kpis=banded) for one in (EVENING, late)]
    with read(tmp_path, *contracts, calls=CALLS) as found:
        every = months_of(found, named("2026-02"))
        asked = [months.kpis.kept(0, date(2026, 2, 1), date(2026, 3, 1)).tallying for months in every]
        by_band = [one.rows("calls", [Tally("calls")]) for one in (*asked, *asked)]
        assert by_band[0] != by_band[1]
        assert by_band[:2] == by_band[2:]


def test_every_meter_of_a_shared_engine_counts_the_same_when_it_is_asked_again_after_all_others(tmp_path: Path) -> None:
    late = {"bands": [{"name": "evening", "from": "21:00", "to": "06:00"}, {"name": "day"}]}
    cut = f"[{{{TALK}, price: {{day: 1, evening: 1.35}}, band_limit: split}}]"
    contracts = [agreed(cut, calendar=late), agreed(cut, calendar=EVENING)]
    with read(tmp_path, *contracts, calls=CALLS) as found:
        looks = Looks(found.reads, named(*MONTHS))
        looks.look()
        bills = [bill for n, _ in enumerate(contracts) for bill in looks.bills(n)]
        assert len({bill.counted["talk"]["main"].counts for bill in bills}) == len(bills)
        for bill in bills:
            meter = bill.agreement.charges[0].meters(bill.scope)["main"]
            assert isinstance(meter, Meter)
            assert bill.metering.count(meter).counts == bill.counted["talk"]["main"].counts


# ------------------------------------------------------------------------------------------------ other volumes

REVISED = plain("""
  indices: {wages: {2025-11: 100.0, 2026-11: 110.0}}
  indexation: {wages: {formula: W / W0, names: {W: {index: wages, lag: 0}, W0: {index: wages, month: 2025-11}},
    revised: yearly, month: 11}}""")
"""Prices rise in the middle of a quarter."""
LINEAR = [
    name for name in CHARGES
    if not any(word in name for word in ("once", "first ten", "agent"))
]  # fmt: skip
"""Charges whose quantity is a sum over contacts: what is counted once, or up to some, or of agents, is not."""
HANDLED = plain("""
  level: {kpi: service_level, source: calls, within: 20 s, formula: of_all, decimals: 1}
  time: {kpi: handling_time, source: calls, formula: talk_hold_wrap, decimals: 2}""")
QUICK = {
    "id": "quick",
    "label": "Quick",
    "kpi": "time",
    "basis": ["all"],
    **plain("{scale: [{below: 4 min, amount: 100}, {amount: -5 %}]}"),
}


@pytest.mark.parametrize("name", LINEAR)
def test_a_fifth_more_contacts_cost_what_twelve_copies_for_ten_are_billed(name: str, tmp_path: Path) -> None:
    contract = agreed(CHARGES[name], calendar=EVENING, kpis=HANDLED, bonus_malus=[QUICK])
    invoices = invoiced(tmp_path, contract, MONTHS, calls=contacts(NUMBERS, copies=12))
    with read(tmp_path, contract, calls=contacts(NUMBERS, copies=10)) as found:
        (months,) = months_of(found, named(*MONTHS))
        for n, invoice in enumerate(invoices):
            for _ in "ask", "ask again":
                same(months.outcome(n, Change(factors={"calls": Fraction(6, 5)})), invoice)
            assert months.outcome(n).net != invoice.net


@pytest.mark.parametrize("name", CHARGES)
def test_handling_half_as_long_again_costs_what_longer_calls_are_billed(name: str, tmp_path: Path) -> None:
    """Conditions on talk time, limits of bands and rounding by contact see the longer calls; waits stay."""
    contract = agreed(CHARGES[name], calendar=EVENING, kpis=HANDLED, bonus_malus=[QUICK])
    longer = Fraction(3, 2)
    invoices = invoiced(tmp_path, contract, MONTHS, calls=contacts(NUMBERS, longer=(3, 2)))
    with read(tmp_path, contract, calls=CALLS) as found:
        looks = Looks(found.reads, named(*MONTHS))
        looks.look([Fraction(1), longer])
        months = Months(looks.bills(0, longer))
        for n, invoice in enumerate(invoices):
            same(months.outcome(n), invoice)
        assert Months(looks.bills(0)).outcome(0).kpis != months.outcome(0).kpis


def test_agents_are_whole_and_their_mean_is_not(tmp_path: Path) -> None:
    """Five agents, a tenth more: six are seen, and the mean of a day is a tenth higher."""
    charges = f"[{{{SEATS}, seats: {{measured: distinct, of: calls}}}}]"
    mean = f"[{{{SEATS}, decimals: 4, seats: {{measured: mean, of: calls, over: active_days}}}}]"
    more = Change(factors={"calls": Fraction(11, 10)})
    with read(tmp_path, agreed(charges), agreed(mean), calls=contacts({"2026-02": 83})) as found:
        seen, daily = months_of(found, named("2026-02"))
        assert [one.outcome(0).lines[0].quantity for one in (seen, daily)] == [5, Decimal("2.9643")]
        assert [one.outcome(0, more).lines[0].quantity for one in (seen, daily)] == [6, Decimal("3.2607")]


def test_a_price_revised_inside_the_period_keeps_the_days_apart(tmp_path: Path) -> None:
    """What is billed before the day of the revision, and what from it on, is doubled, and drawn, each by itself."""
    contract = agreed(f"[{{{ACT}, price: 2, indexation: wages}}]", **REVISED, period="quarter")
    numbers = {"2026-10": 40, "2026-11": 70}
    once, twice = (
        invoiced(tmp_path, contract, ["2026-Q4"], calls=contacts(numbers, copies=copies))[0] for copies in (1, 2)
    )
    assert [line.unit_price for line in once.lines] == [Decimal(2), Decimal("2.2")]
    with read(tmp_path, contract, calls=contacts(numbers)) as found:
        (months,) = months_of(found, [period_named("quarter", "2026-Q4")])
        same(months.outcome(0), once)
        same(months.outcome(0, Change(factors={"calls": Fraction(2)})), twice)
        swapped = {day("2026-10-05") + n: (0, day("2026-11-02") + n) for n in range(7)}
        moved = months.outcome(0, Change(days=swapped)).lines
        assert moved[0].quantity > once.lines[0].quantity
        assert moved[1].quantity == once.lines[1].quantity


# ---------------------------------------------------------------------------------------------------- other days


def drawn(text: str, days: dict[str, str]) -> str:
    """The export in which each day has the contacts of another one, at the same hours."""
    head, *rows = text.splitlines()
    by_day: dict[str, list[str]] = {}
    for row in rows:
        by_day.setdefault(row.split(",")[1][:10], []).append(row)
    made = [
        f"{day}-{row.replace(f',{other}T', f',{day}T')}" for day, other in days.items() for row in by_day.get(other, [])
    ]
    return "\n".join([head, *made]) + "\n"


DRAWN = {name: CHARGES[name] for name in (
    "time by bands, contacts rounded up", "time rounded in the period", "acts in tiers", "short ones are free",
    "acts less those taken back", "prices by column", "a package with a tolerance", "a minimum and included acts",
)}  # fmt: skip
DAILY = plain("""
  level: {kpi: service_level, source: calls, within: 20 s, formula: of_all, measured: day, met: {at_least: 60 %}}
  time: {kpi: handling_time, source: calls, formula: talk_hold_wrap}""")
OTHER = {
    f"2026-03-{n + 1:02d}": ("2026-02-10", f"2026-10-{n + 1:02d}", f"2026-03-{n // 2 + 1:02d}")[n % 3]
    for n in range(31)
}  # fmt: skip
"""Days of February, March and October in place of those of March, some of them twice and some of no contacts."""


def of_other_days(folder: Path, charges: str, kpis: Any) -> None:
    """March of other days, billed again, is the invoice of an export of those days."""
    contract = agreed(charges, calendar=EVENING, timezone="UTC", kpis=kpis, bonus_malus=[QUICK])
    text = contacts({"2026-02": 83, "2026-03": 120, "2026-10": 20})
    (invoice,) = invoiced(folder, contract, ["2026-03"], calls=drawn(text, OTHER))
    with read(folder, contract, calls=text) as found:
        (months,) = months_of(found, named(*MONTHS))
        came = {"02": 0, "03": 1, "10": 2}
        change = Change(days={day(to): (came[one[5:7]], day(one)) for to, one in OTHER.items()})
        same(months.outcome(1, change), invoice)
        assert months.outcome(1).net != invoice.net


@pytest.mark.parametrize("charges", DRAWN.values(), ids=DRAWN)
def test_a_month_of_other_days_is_the_invoice_of_those_days(charges: str, tmp_path: Path) -> None:
    of_other_days(tmp_path, charges, DAILY)


def test_intervals_of_a_day_that_is_drawn_twice_count_twice(tmp_path: Path) -> None:
    late = plain(
        "{late: {kpi: service_level, source: calls, within: 20 s, formula: of_all, measured: {interval: 30 min},"
        " met: {at_least: 60 %}}}"
    )
    of_other_days(tmp_path, CHARGES["acts in tiers"], {**DAILY, **late})


@pytest.mark.parametrize("daily", [{}, DAILY], ids=["whole", "daily"])
def test_days_that_stand_in_for_themselves_change_nothing(daily: dict[str, Any], tmp_path: Path) -> None:
    repeats = plain("""
      again: {kpi: repeat_rate, source: calls, customer: customer, within: 7 days, formula: repeated}
      first: {kpi: first_contact_resolution, source: calls, customer: customer, within: 7 days, formula: single}""")
    for charges in (CHARGES["acts in tiers"], CHARGES["time cut at the limit of a band"], "[]"):
        more = {"kpis": {**repeats, **daily}, "calendar": EVENING}
        contract = agreed(charges if charges != "[]" else "[{id: fee, label: Fee, model: flat, amount: 9}]", **more)
        with read(tmp_path, contract, calls=CALLS) as found:
            (months,) = months_of(found, named(*MONTHS))
            for n, period in enumerate(named(*MONTHS)):
                days = range(period.first.toordinal(), period.end.toordinal())
                again, was = months.outcome(n, Change(days={one: (n, one) for one in days})), months.outcome(n)
                assert (again.lines, again.net) == (tuple(replace(line, steps=()) for line in was.lines), was.net)
                assert [one.value for one in again.kpis] == [one.value for one in was.kpis]
                assert None not in [one.value for one in was.kpis]


def test_a_day_without_a_count_of_a_kind_adds_nothing_of_it() -> None:
    """Rows are sums by key; a key of which the days have nothing is left out, and a day that nobody counted is none."""
    table = Table[str](2)
    for at, key, numbers in (
        ((0, 1), "a", (1, 10)),
        ((0, 2), "b", (2, 20)),
        ((0, 2), "b", (3, 30)),
        ((1, 1), "a", (0, 0)),
    ):
        table.add(at, key, key.upper(), numbers)
    assert list(table.sums([(0, 1), (0, 2), (0, 2), (9, 9)])) == [("A", [1, 10]), ("B", [10, 100])]
    assert list(table.sums([(0, 2)])) == [("B", [5, 50])]
    assert list(table.sums([(1, 1)])) == list(table.sums([])) == []


# -------------------------------------------------------------------------------------------------- other prices


@pytest.mark.parametrize("more", [{}, REVISED], ids=["one price", "a price revised inside"])
def test_other_prices_cost_what_a_contract_with_them_is_billed(more: dict[str, Any], tmp_path: Path) -> None:
    """Charges that keep their price keep their lines; the months as they were stay as they were."""
    revised = ", indexation: wages" if more else ""
    charges = f"[{{{TALK}, price: {{day: 1, evening: 1.35}}}}, {{{ACT}, price: %s{revised}}}]"
    was, new = (agreed(charges % price, calendar=EVENING, kpis=HANDLED, period="quarter", **more) for price in (2, 3.7))
    numbers = {"2026-10": 40, "2026-11": 70}
    before, after = (invoiced(tmp_path, one, ["2026-Q4"], calls=contacts(numbers))[0] for one in (was, new))
    with read(tmp_path, was, calls=contacts(numbers)) as found:
        (months,) = months_of(found, [period_named("quarter", "2026-Q4")])
        dearer = months.otherwise("acts", {"price": Decimal("3.7")})
        for _ in "ask", "ask again":
            same(dearer.outcome(0, Change()), after)
            same(months.outcome(0, Change()), before)
        assert (len(before.lines), before.net == after.net) == (4 if more else 3, False)


# ---------------------------------------------------------------------------------------------------------- KPIs


@pytest.mark.parametrize(("by", "level", "worth"), [
    ("0", "27.7", "-50.00"), ("32.3", "60", "20.00"), ("-60", "0", "-50.00"), ("80", "100", "75.50"),
])  # fmt: skip
def test_a_kpi_moved_by_points_meets_its_scale_there_and_stays_a_percentage(
    by: str, level: str, worth: str, tmp_path: Path
) -> None:
    more = {"kpis": HANDLED, "bonus_malus": [{"id": "level", "label": "Level", **SHARE}]}
    with read(tmp_path, agreed(f"[{{{ACT}, price: 2}}]", **more), calls=contacts({"2026-02": 83})) as found:
        (months,) = months_of(found, named("2026-02"))
        moved = months.outcome(0, Change(kpis={"level": Fraction(by)}))
        assert (moved.kpis[0].rounded, moved.adjusted) == (Fraction(level), Decimal(worth))
        assert moved.kpis[1].value == months.outcome(0).kpis[1].value


def test_a_kpi_of_nothing_stays_nothing_and_a_promoter_score_may_be_negative(tmp_path: Path) -> None:
    counts = "{promoters: {queue: sales}, detractors: {queue: support}, responses: all}"
    more = plain(f"""
      kpis:
        level: {{kpi: service_level, source: calls, within: 20 s, formula: of_all, where: {{queue: none}}}}
        nps: {{kpi: nps, source: calls, counts: {counts}, decimals: 1}}
        wait: {{kpi: speed_of_answer, source: calls, formula: of_answered, decimals: 1}}""")
    with read(tmp_path, agreed(f"[{{{ACT}, price: 2}}]", **more), calls=contacts({"2026-02": 83})) as found:
        (months,) = months_of(found, named("2026-02"))
        was = [one.rounded for one in months.outcome(0).kpis]
        few, many = (
            [one.rounded for one in months.outcome(0, Change(kpis=dict.fromkeys(("level", "nps", "wait"), by))).kpis]
            for by in (Fraction(-10), Fraction(-200))
        )
        assert was[0] is few[0] is many[0] is None
        assert None not in was[1:]
        assert few[1:] == [one - 10 for one in was[1:] if one is not None]
        assert many[1:] == [-100, (was[2] or 0) - 200]


def test_months_without_kpis_have_no_tallies(tmp_path: Path) -> None:
    with read(tmp_path, agreed(f"[{{{ACT}, price: 2}}]"), calls=CALLS) as found:
        (months,) = months_of(found, named("2026-02"))
        with pytest.raises(LookupError, match="month 0 has no KPIs"):
            months.kpis.kept(0, date(2026, 2, 1), date(2026, 3, 1))


# ----------------------------------------------------------------------------------------------- one look, by itself


def test_one_look_bills_what_each_meter_bills_by_itself_also_with_other_texts(tmp_path: Path) -> None:
    """Of contacts that another meter bills nothing is told; a field that is otherwise is so in one meter only."""
    contract = agreed(
        "[{id: acts, label: A, model: act, count: calls.answered, price: 1},"
        " {id: long, label: B, model: time, measure: calls.talk, unit: second, price: 1, by: queue,"
        " where: {talk: {at_least: 100 s}}}]"
    )
    with read(tmp_path, contract, calls=CALLS) as found:
        (period,) = named("2026-03")
        facts = contract.agreement.facts
        times = timetable(facts.calendar, facts.timezone, period.first, period.end)
        relation = found.reads[0].sources["calls"].relation
        metering = Metering(found.engine, {"calls": relation}, times, "alone")
        scope = Scope(facts, period, times)
        acts, long = (one.meters(scope)["main"] for one in contract.agreement.charges)
        assert isinstance(acts, Meter)
        assert isinstance(long, Meter)
        one, other = metering.billed([acts, long], [str, str])
        assert (one.counts, other.counts) == (metering.count(acts).counts, metering.count(long).counts)
        assert one.refused == other.refused == {}
        same_acts, twice = metering.billed([acts, long], [str, lambda text: text.replace("x_talk", "(2 * x_talk)")])
        assert same_acts.counts == one.counts
        expected = contacts(NUMBERS, longer=(2, 1))
        (invoice,) = invoiced(tmp_path, contract, ["2026-03"], calls=expected)
        seconds = sum(line.quantity for line in invoice.lines if line.charge == "long")
        assert sum(count.billed for count in twice.counts) == seconds * 1_000_000
        assert sum(count.billed for count in other.counts) * 2 < seconds * 1_000_000
        factors = [Fraction(1), Fraction(2)]
        changes = [str, lambda text: text.replace("x_talk", "(2 * x_talk)")]
        as_it_was, longer = metering.billed_longer([long, long], factors, changes)
        assert (as_it_was.counts, longer.counts) == (other.counts, twice.counts)
        assert metering.billed_longer([acts], [Fraction(1)], [str])[0].counts == one.counts


def test_times_of_handling_with_parts_of_a_second_are_billed_as_well(tmp_path: Path) -> None:
    """2.5 s each: in whole seconds many contacts measure the same and are counted first, in parts of one none is."""
    rounded_up = "increment: {per: contact, initial: 10 s, step: 1 s, round: up}"
    contract = agreed(f"[{{id: t, label: T, model: time, measure: calls.talk, unit: second, price: 1, {rounded_up}}}]")
    rows = [
        f"C{n},2026-02-{n % 28 + 1:02d}T09:00:00Z,support,K{n},A,answered,5,{{}},0,0" for n in range(56)
    ]  # fmt: skip
    head = "id,start,queue,customer,agent,state,wait,talk,hold,wrap\n"
    for talk, longer in ((12, "15.6"), ("12.5", "16.25")):
        given, expected = (head + "".join(row.format(one) + "\n" for row in rows) for one in (talk, longer))
        with read(tmp_path, contract, calls=given) as found:
            looks = Looks(found.reads, named("2026-02"))
            looks.look([Fraction(1), Fraction(13, 10)])
            was, long = (Months(looks.bills(0, one)).outcome(0).net for one in (1, Fraction(13, 10)))
        (invoice,) = invoiced(tmp_path, contract, ["2026-02"], calls=given)
        (other,) = invoiced(tmp_path, contract, ["2026-02"], calls=expected)
        assert (was, long) == (invoice.net, other.net)


def test_what_is_known_is_not_counted_again_and_names_keep_tables_apart(tmp_path: Path) -> None:
    contract = agreed(f"[{{{ACT}, price: 2}}, {{{TALK}, price: {{day: 1, evening: 2}}}}]", calendar=EVENING)
    with read(tmp_path, contract, calls=CALLS) as found:
        (activity,) = found.reads
        given = {"acts": Metered((count(7, on="2026-03-05"),), 7)}
        bills = [
            counting.count(contract.agreement, found.engine, tops(activity), period, name=name, known=known)
            for period, name, known in zip(
                named("2026-03", "2026-03", "2026-02"), ("one_", "two_", "three_"),
                (None, {("acts", "main"): given["acts"]}, None), strict=True,
            )
        ]  # fmt: skip
        assert [bill.counted["acts"]["main"] == given["acts"] for bill in bills] == [False, True, False]
        assert bills[0].counted["talk"] == bills[1].counted["talk"] != bills[2].counted["talk"]
        lines, _ = priced(bills[1])
        assert [line.amount for line in lines if line.charge == "acts"] == [14]
        (invoice,) = invoiced(tmp_path, contract, ["2026-02"], calls=CALLS)
        assert [line.amount for line in priced(bills[2])[0]] == [line.amount for line in invoice.lines]

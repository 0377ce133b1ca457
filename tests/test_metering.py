"""Records counted by the engine: which ones a meter bills, what each is worth, and what the result is split by."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from small import FACTS, LAYOUTS, OCTOBER, day, facts, said, scope, spots, stage

from callbill import meters as counting
from callbill.engine import Engine
from callbill.invoice import say
from callbill.metering import Metering
from callbill.meters import (
    Clamp,
    Count,
    Free,
    Increment,
    Meter,
    Metered,
    Once,
    SeatMeter,
    duration_words,
    window_words,
)
from callbill.models import Facts
from callbill.money import MICRO
from callbill.problems import Invalid
from callbill.staging import Condition

SECOND, MINUTE, HOUR, DAY = MICRO, 60 * MICRO, 3600 * MICRO, 86_400 * MICRO
EVENINGS = facts("{bands: [{name: evening, from: '20:00', to: '08:00'}, {name: day}]}")
CALLS = Meter(source="calls", record="contact")
TALK = replace(CALLS, parts=((1, "talk"),), timed=True)
READY = Meter(source="agents", record="agent_state", parts=((1, "ready"),), timed=True)
MORNING = "2026-10-05T10:00"


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(1) as one:
        yield one


def metering(engine: Engine, source: str, records: tuple[str, ...], known: Facts = FACTS) -> Metering:
    return Metering(engine, {source: stage(engine, source, *records)}, scope(known).timetable)


def metered(engine: Engine, meter: Meter, *records: str, known: Facts = FACTS) -> Metered:
    over = metering(engine, meter.source, records, known)
    found = over.count(meter)
    if meter.is_whole:
        assert over.together([meter]) == ([replace(found, unbilled=0)], found.unbilled)
    over.check_sign(meter, found.counts)
    return found


def billed(engine: Engine, meter: Meter, *records: str, known: Facts = FACTS) -> list[Fraction]:
    """The seconds (or units) billed in each count, in order."""
    return [Fraction(one.billed, MICRO) for one in metered(engine, meter, *records, known=known).counts]


def refused(engine: Engine, meter: Meter, *records: str) -> tuple[int, dict[str, int]]:
    found = metered(engine, meter, *records)
    return found.billed_records, dict(found.refused)


def where(field: str, *words: str) -> counting.Test:
    return counting.Test(f"where_{field}", say("not the queue"), Condition(field, one_of=words))


# What is counted.


def test_records_of_the_period_by_local_day(engine):
    found = metered(
        engine,
        CALLS,
        "2026-09-30T23:59:59",
        "2026-10-01T00:00",
        "2026-10-01T12:00",
        "2026-10-31T23:59:59",
        "2026-11-01T00:00",
    )
    assert found.counts == (
        Count(day("2026-10-01"), 0, (), (), 0, 2, 2 * MICRO, 2 * MICRO),
        Count(day("2026-10-31"), 0, (), (), 0, 1, MICRO, MICRO),
    )
    assert (found.billed_records, found.refused, found.phrases, found.seats) == (3, {}, {}, None)


def test_a_period_without_records(engine):
    assert metered(engine, CALLS) == Metered(())
    assert metering(engine, "calls", ()).in_period("calls") == 0


def test_a_sum_of_numbers_and_of_nothing(engine):
    units = replace(CALLS, parts=((1, "amount"),))
    assert billed(engine, units, f"{MORNING} amount=2.5", f"{MORNING} amount=-1", MORNING) == [Fraction("1.5")]


def test_a_sum_of_durations(engine):
    handling = replace(TALK, parts=((1, "talk"), (1, "wrap")))
    assert billed(engine, handling, f"{MORNING} talk=60 wrap=5", f"{MORNING} talk=30") == [95]


def test_a_record_that_measures_nothing_is_not_billed(engine):
    found = metered(engine, TALK, f"{MORNING} talk=60", f"{MORNING} talk=0", MORNING)
    assert (found.billed_records, found.refused) == (1, {"nothing_measured": 2})
    assert {rule: said(words) for rule, words in found.phrases.items()} == {"nothing_measured": "nothing to measure"}


def test_a_record_that_adds_nothing_up_is_not_billed(engine):
    found = metered(
        engine, replace(CALLS, parts=((1, "amount"),)), f"{MORNING} amount=2", f"{MORNING} amount=0", MORNING
    )
    assert (found.billed_records, found.refused) == (1, {"nothing_measured": 2})
    assert said(found.phrases["nothing_measured"]) == "nothing to add up"


def test_an_interval_that_measures_nothing_is_billed(engine):
    half_hours = Meter(source="halfhours", record="interval", parts=((1, "talk"),), timed=True)
    assert refused(engine, half_hours, f"{MORNING} talk=60", f"{MORNING} talk=0") == (2, {})


def test_each_condition_is_a_rule_and_the_first_that_fails_counts(engine):
    meter = replace(CALLS, tests=(where("queue", "sales"), where("language", "fr", "de")))
    records = ("queue=sales language=fr", "queue=sales", "queue=other language=de", "queue=other", "")
    assert refused(engine, meter, *(f"{MORNING} {one}" for one in records)) == (
        1,
        {"where_queue": 3, "where_language": 1},
    )


def test_conditions_of_one_rule_are_counted_together(engine):
    sales = where("queue", "sales")
    meter = replace(CALLS, tests=(sales, replace(where("language", "fr"), rule=sales.rule)))
    records = ("queue=sales language=fr", "queue=sales language=de", "queue=other language=fr")
    assert refused(engine, meter, *(f"{MORNING} {one}" for one in records)) == (1, {"where_queue": 2})


def test_results_are_split_by_columns_conditions_and_bounds(engine):
    meter = replace(
        CALLS,
        parts=((1, "amount"),),
        columns=("queue",),
        flags=((Condition("language", one_of=("de",)), Condition("queue", one_of=("sales",))),),
        clamp=Clamp(1, 2, None),
    )
    found = metered(
        engine, meter,
        f"{MORNING} amount=100 queue=sales language=de",
        f"{MORNING} amount=200 queue=sales",
        f"{MORNING} amount=300 queue=sales",
        f"{MORNING} amount=400 language=de",
    )  # fmt: skip
    monday = day("2026-10-05")
    assert found.counts == (
        Count(monday, 0, ("sales",), (0,), 0, 2, 500 * MICRO, 500 * MICRO),
        Count(monday, 0, ("sales",), (1,), -1, 1, 100 * MICRO, 100 * MICRO),
        Count(monday, 0, (None,), (0,), 0, 1, 400 * MICRO, 400 * MICRO),
    )


@pytest.mark.parametrize(
    ("amount", "least", "most", "expected"),
    [
        ("69.9", 1.75, None, -1),
        ("70", 1.75, None, 0),
        ("480", None, 12, 0),
        ("480.000001", None, 12, 1),
        ("10", None, None, 0),
    ],
)
def test_which_bound_of_a_percentage_applies(engine, amount, least, most, expected):
    bounds = [None if one is None else Decimal(str(one)) for one in (least, most)]
    meter = replace(CALLS, parts=((1, "amount"),), clamp=Clamp(Decimal("2.5"), *bounds))
    assert [one.clamp for one in metered(engine, meter, f"{MORNING} amount={amount}").counts] == [expected]


def test_bands_split_the_counts(engine):
    found = metered(engine, CALLS, "2026-10-05T07:59:59", "2026-10-05T08:00", "2026-10-05T20:00", known=EVENINGS)
    bands = [EVENINGS.bands[one.cell] for one in found.counts]
    assert list(zip(bands, [one.records for one in found.counts], strict=True)) == [("evening", 2), ("day", 1)]


def test_the_clocks_go_back_inside_one_day(engine):
    records = ("2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-24T22:00+00:00", "2026-10-25T22:59+00:00")
    assert [one.records for one in metered(engine, CALLS, *records).counts] == [4]


# Increments, minimums, extras.


def increments(per="contact", initial=0, step=6, start="after_initial", mode="up") -> Increment:
    return Increment(per, initial * SECOND, step * SECOND, start, mode)


@pytest.mark.parametrize(
    ("increment", "expected"),
    [
        pytest.param(increments(), [6, 6, 12, 60, 66], id="every started 6 s"),
        pytest.param(increments(mode="down"), [0, 6, 6, 60, 60], id="every full 6 s"),
        pytest.param(increments(mode="nearest"), [0, 6, 6, 60, 60], id="the nearest 6 s"),
        pytest.param(increments(initial=60), [60, 60, 60, 60, 66], id="60/6"),
        pytest.param(increments(initial=30, step=18), [30, 30, 30, 66, 66], id="30/18 after the first 30 s"),
        pytest.param(increments(initial=30, step=18, start="zero"), [30, 30, 30, 72, 72], id="30/18 from zero"),
        pytest.param(increments(step=60), [60, 60, 60, 60, 120], id="every started minute"),
        pytest.param(
            increments(initial=50, step=60, start="zero", mode="down"),
            [50, 50, 50, 60, 60],
            id="never less than the first block",
        ),
    ],
)
def test_each_contact_is_rounded(engine, increment, expected):
    meter = replace(TALK, increment=increment, columns=("queue",))
    records = [f"{MORNING} queue={n} talk={talk}" for n, talk in enumerate((1, 6, 7, 60, 61))]
    assert billed(engine, meter, *records) == expected


@pytest.mark.parametrize(
    ("value", "increment", "expected"),
    [
        (0, increments(), 0),
        (-5, increments(), -5),
        (3, increments(mode="nearest"), 6),
        (2, increments(mode="nearest"), 0),
        (20, increments(initial=30), 30),
        (31, increments(initial=30, step=18), 48),
        (31, increments(initial=30, step=18, start="zero"), 36),
        (36, increments(initial=30, step=18, start="zero"), 36),
        (41, increments(mode="down"), 36),
        (31, increments(initial=30, step=18, start="zero", mode="down"), 30),
    ],
)
def test_a_sum_is_rounded_the_same_way(value, increment, expected):
    assert increment.of(value * SECOND) == expected * SECOND


@pytest.mark.parametrize("mode", ["up", "down", "nearest"])
@pytest.mark.parametrize("start", ["after_initial", "zero"])
def test_the_engine_and_python_round_alike(engine, mode, start):
    rule = increments(initial=30, step=18, start=start, mode=mode)
    values = [n * SECOND + extra for n in range(1, 70) for extra in (-1, 0, 1, SECOND // 2)]
    asked = ", ".join(f"({value})" for value in values)
    found = engine.rows(f"SELECT v, {rule.sql('v')} FROM (VALUES {asked}) t(v)")
    assert {value: rule.of(value) for value in values} == dict(found)


def test_an_extra_comes_after_the_rounding_and_a_minimum_after_the_extra(engine):
    meter = replace(TALK, increment=increments(), extra=5 * SECOND, minimum=20 * SECOND, columns=("queue",))
    records = [f"{MORNING} queue={n} talk={talk}" for n, talk in enumerate((1, 13, 100))]
    assert billed(engine, meter, *records) == [20, 23, 107]


def test_a_sum_of_a_period_is_not_rounded_by_the_engine(engine):
    assert billed(
        engine, replace(TALK, increment=increments(per="period")), f"{MORNING} talk=1", f"{MORNING} talk=2"
    ) == [3]


def test_an_agents_day_is_rounded_as_a_whole(engine):
    quarter = replace(READY, increment=increments(per="agent_day", step=900))
    records = (
        "2026-10-05T09:00 agent=A1 ready=100",
        "2026-10-05T15:00 agent=A1 ready=900",
        "2026-10-05T09:00 agent=A2 ready=100",
        "2026-10-06T09:00 agent=A1 ready=100",
    )
    found = metered(engine, quarter, *records)
    assert [(one.records, one.measured // SECOND, one.billed // SECOND) for one in found.counts] == [
        (3, 1100, 2700),
        (1, 100, 900),
    ]


# Over a band limit.


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("start", {"day": (2, 660, 660)}),
        ("split", {"evening": (0, 90, 90), "day": (2, 570, 570)}),
        ("split_rounded", {"evening": (0, 90, 120), "day": (2, 570, 600)}),
    ],
)
def test_a_contact_over_a_band_limit(engine, limit, expected):
    """8.5 min before 20:00 and 1.5 min after it, rounded up to full minutes; and 1 min by day."""
    meter = replace(TALK, band_limit=limit, increment=increments(step=60))
    found = metered(engine, meter, "2026-10-05T19:51:30 talk=600", "2026-10-05T12:00 talk=60", known=EVENINGS)
    assert {
        EVENINGS.bands[one.cell]: (one.records, one.measured // SECOND, one.billed // SECOND) for one in found.counts
    } == expected
    assert found.billed_records == 2


def test_split_the_rounding_stays_where_the_contact_ends(engine):
    meter = replace(TALK, band_limit="split", increment=increments(step=60), extra=10 * SECOND)
    found = metered(engine, meter, "2026-10-05T19:59:30 talk=40", known=EVENINGS)
    assert {EVENINGS.bands[one.cell]: one.billed // SECOND for one in found.counts} == {"evening": 40, "day": 30}


def test_split_rounding_down_takes_from_the_end(engine):
    meter = replace(TALK, band_limit="split", increment=increments(step=60, mode="down"))
    found = metered(engine, meter, "2026-10-05T19:59:10 talk=100", known=EVENINGS)
    assert {EVENINGS.bands[one.cell]: one.billed // SECOND for one in found.counts} == {"evening": 10, "day": 50}


def test_midnight_is_no_limit_of_a_contacts_price(engine):
    meter = replace(TALK, band_limit="split_rounded", increment=increments(step=60))
    found = metered(engine, meter, "2026-10-05T23:59:30 talk=90", known=EVENINGS)
    assert [(one.day, one.records, one.billed // SECOND) for one in found.counts] == [(day("2026-10-05"), 1, 120)]


def test_midnight_ends_an_agents_day(engine):
    meter = replace(READY, band_limit="split", increment=increments(per="agent_day", step=60))
    found = metered(engine, meter, "2026-10-05T23:59:30 agent=A1 ready=90", known=EVENINGS)
    assert [(one.day, one.records, one.billed // SECOND) for one in found.counts] == [
        (day("2026-10-05"), 1, 60),
        (day("2026-10-06"), 0, 60),
    ]


def test_a_limit_between_bands_of_one_price_cuts_nothing(engine):
    meter = replace(TALK, band_limit="split_rounded", increment=increments(step=60), cells=((0, 0),))
    found = metered(engine, meter, "2026-10-05T19:59:30 talk=90", "2026-10-05T12:00 talk=1", known=EVENINGS)
    assert [(one.cell, one.records, one.billed // SECOND) for one in found.counts] == [(0, 2, 180)]


def test_split_a_limit_between_bands_of_one_price_keeps_the_contact_whole(engine):
    meter = replace(TALK, band_limit="split", increment=increments(step=60), cells=((0, 0),))
    found = metered(engine, meter, "2026-10-05T19:59:30 talk=90", known=EVENINGS)
    assert [(one.cell, one.records, one.billed // SECOND) for one in found.counts] == [(0, 1, 120)]


@pytest.mark.parametrize(("cells", "expected"), [((), 1800), (((0, 0),), 1200)])
def test_an_agents_day_at_one_price_is_rounded_over_its_bands(engine, cells, expected):
    """5 min before 20:00 and 11 min 40 s after it, in steps of 10 min: 10 + 20, or 20 for the 16 min 40 s."""
    meter = replace(READY, band_limit="split", increment=increments(per="agent_day", step=600), cells=cells)
    found = metered(engine, meter, "2026-10-05T19:55 agent=A1 ready=1000", known=EVENINGS)
    assert sum(one.billed // SECOND for one in found.counts) == expected


QUEUES = (
    (Condition("queue", one_of=("sales",)), Condition("language", one_of=("en", "de"))),
    (Condition("queue", one_of=("sales", "support")),),
)


@pytest.mark.parametrize(
    ("record", "row"),
    [("queue=sales language=de", 0), ("queue=sales language=fr", 1), ("queue=support", 1), ("queue=vip", 2), ("", 2)],
)
def test_the_first_row_that_fits_prices_a_record(engine, record, row):
    (found,) = metered(engine, replace(CALLS, rows=QUEUES), f"{MORNING} {record}").counts
    assert (found.row, found.values) == (row, ())


def test_what_no_row_fits_is_split_by_its_columns(engine):
    meter = replace(CALLS, rows=QUEUES[:1], columns=("agent",), unfit=("queue", "language"))
    records = ("queue=sales language=en", "queue=sales language=de", "queue=sales", "queue=vip", "queue=vip", "")
    over = metering(engine, "calls", tuple(f"{MORNING} {one}" for one in records))
    assert [(one.row, one.values, one.records) for one in over.count(meter).counts] == [
        (0, (None, None, None), 2), (1, (None, "sales", None), 1), (1, (None, "vip", None), 2),
        (1, (None, None, None), 1),
    ]  # fmt: skip
    assert over.first(meter, (None, "vip", None)) == ("calls", 3)
    assert over.first(meter, (None, None, None)) == ("calls", 5), "not the first of those that a row fits"
    assert over.first(meter, (None, "sales", "fr")) is None


def test_an_agents_day_is_rounded_once_for_each_row_of_prices(engine):
    """A1 talks 5 min for sales in two languages and 5 min for support, in steps of 10 min."""
    meter = replace(TALK, rows=QUEUES, increment=increments(per="agent_day", step=600))
    records = ("agent=A1 talk=150 queue=sales language=en", "agent=A1 talk=150 queue=sales language=de",
               "agent=A1 talk=150 queue=sales language=fr", "agent=A1 talk=150 queue=support")  # fmt: skip
    found = metered(engine, meter, *(f"{MORNING} {one}" for one in records))
    assert [(one.row, one.records, one.measured // SECOND, one.billed // SECOND) for one in found.counts] == [
        (0, 2, 300, 600), (1, 2, 300, 600),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("limit", "per", "expected"),
    [
        ("split", "contact", [(0, 0, 120), (1, 0, 90), (1, 1, 30)]),
        ("split_rounded", "contact", [(0, 0, 120), (1, 0, 60), (1, 1, 60)]),
        ("split", "agent_day", [(0, 0, 120), (1, 0, 60), (1, 1, 60)]),
        ("start", "contact", [(0, 0, 120), (1, 1, 120)]),
    ],
)
def test_a_record_is_cut_only_where_its_own_row_changes_its_price(engine, limit, per, expected):
    """90 s over 20:00 in minutes: one price in the first row, a price for each band in the other."""
    meter = replace(
        TALK, rows=QUEUES[:1], cells=((0, 0), (0, 1)), band_limit=limit, increment=increments(per=per, step=60)
    )
    records = ("agent=A1 talk=90 queue=sales language=de", "agent=A1 talk=90 queue=vip")
    over = metering(engine, "calls", tuple(f"2026-10-05T19:59:30 {one}" for one in records), EVENINGS)
    assert [(one.row, one.cell, one.billed // SECOND) for one in over.count(meter).counts] == expected
    if per == "contact":
        assert sorted((one.row, one.cell, one.billed // SECOND) for _, _, one in over.records(meter)) == expected


def test_midnight_ends_an_agents_day_at_one_price_too(engine):
    meter = replace(READY, band_limit="split", increment=increments(per="agent_day", step=60), cells=((0, 0),))
    found = metered(engine, meter, "2026-10-05T23:59:30 agent=A1 ready=90", known=EVENINGS)
    assert [(one.day, one.cell, one.records, one.billed // SECOND) for one in found.counts] == [
        (day("2026-10-05"), 0, 1, 60),
        (day("2026-10-06"), 0, 0, 60),
    ]


def test_a_contact_over_the_end_of_the_period_is_billed_whole(engine):
    meter = replace(TALK, band_limit="split")
    assert sum(billed(engine, meter, "2026-10-31T23:59 talk=180", known=EVENINGS)) == 180


def test_split_parts_make_an_agents_day(engine):
    meter = replace(READY, band_limit="split", increment=increments(per="agent_day", step=900))
    found = metered(
        engine, meter, "2026-10-05T19:50 agent=A1 ready=1200", "2026-10-05T21:00 agent=A1 ready=600", known=EVENINGS
    )
    assert {EVENINGS.bands[one.cell]: (one.records, one.billed // SECOND) for one in found.counts} == {
        "evening": (1, 1800),
        "day": (1, 900),
    }


# Customers once in a window.


def once(within: object, since: str = "contact") -> Meter:
    return replace(CALLS, once=Once("customer", within, since))


CALLER = "customer=C1"


@pytest.mark.parametrize(
    ("meter", "hours", "expected"),
    [
        pytest.param(once(DAY), (0, 23, 46, 70), 2, id="24 h after the last contact"),
        pytest.param(once(DAY, "billed"), (0, 23, 46, 70), 3, id="24 h after the last billed contact"),
        pytest.param(once(DAY), (0, 24), 2, id="exactly 24 h counts again"),
        pytest.param(once(DAY, "billed"), (0, 24), 2, id="exactly 24 h after a billed one counts again"),
        pytest.param(once("day"), (0, 1, 12, 15), 2, id="a local day"),
        pytest.param(once("period"), (0, 100, 300), 1, id="a period"),
    ],
)
def test_a_customer_counts_once_in_a_window(engine, meter, hours, expected):
    """Hours after 10:00 on 5 October."""
    records = [f"2026-10-{5 + (10 + one) // 24:02d}T{(10 + one) % 24:02d}:00 {CALLER}" for one in hours]
    assert refused(engine, meter, *records) == (
        expected,
        {"repeated": len(hours) - expected} if expected < len(hours) else {},
    )


@pytest.mark.parametrize("meter", [once(DAY), once(DAY, "billed"), once("day"), once("period")])
def test_customers_are_told_apart_and_those_without_a_name_count_each(engine, meter):
    records = [f"{MORNING} {one}" for one in ("customer=C1", "customer=C2", "", "", "customer=C1")]
    assert refused(engine, meter, *records) == (4, {"repeated": 1})


@pytest.mark.parametrize("meter", [once(DAY), once(DAY, "billed"), once("day"), once("period")])
def test_of_two_contacts_at_one_moment_the_first_by_id_counts(engine, meter):
    rows = metering(engine, "calls", (f"{MORNING} id=b {CALLER}", f"{MORNING} id=a {CALLER}")).records(meter)
    assert [row for row, _, _ in rows] == [1]


@pytest.mark.parametrize(
    ("meter", "expected"), [(once(DAY), 0), (once(DAY, "billed"), 0), (once("day"), 1), (once("period"), 1)]
)
def test_a_window_in_time_sees_contacts_before_the_period(engine, meter, expected):
    assert refused(engine, meter, f"2026-09-30T20:00 {CALLER}", f"2026-10-01T09:00 {CALLER}")[0] == expected


def test_a_window_does_not_see_contacts_that_are_not_billable(engine):
    meter = replace(once(DAY), tests=(where("queue", "sales"),))
    records = (f"{MORNING} {CALLER} queue=other", f"2026-10-05T11:00 {CALLER} queue=sales")
    assert refused(engine, meter, *records) == (1, {"where_queue": 1})


@pytest.mark.parametrize("since", ["contact", "billed"])
def test_a_window_in_time_sees_contacts_before_the_charge_began(engine, since):
    """As it does before the period: 15 October is to the charge what the 1st is to the period."""
    meter = replace(once(DAY, since), dates=(day("2026-10-15"), None))
    records = (f"2026-10-14T20:00 {CALLER}", f"2026-10-15T09:00 {CALLER}")
    assert refused(engine, meter, *records) == (0, {"dates": 1, "repeated": 1})


@pytest.mark.parametrize(
    ("meter", "words"),
    [
        (once(90 * MINUTE), "same customer again within 90 min"),
        (once("day"), "same customer again within one day"),
        (once("period"), "same customer again within the period"),
    ],
)
def test_the_funnel_says_the_window(engine, meter, words):
    assert said(metered(engine, meter).phrases["repeated"]) == words


# Short records.


@pytest.mark.parametrize(
    ("free", "expected"),
    [
        pytest.param(Free(((1, "talk"),), 10 * SECOND, None), (3, {"free": 2}), id="below 10 s"),
        pytest.param(Free(((1, "talk"),), 10 * SECOND, 1), (4, {"free": 1}), id="the first below 10 s"),
        pytest.param(Free(((1, "talk"),), None, 3), (2, {"free": 3}), id="the first three"),
        pytest.param(
            Free(((1, "talk"), (1, "wrap")), 10 * SECOND, None), (4, {"free": 1}), id="talk and wrap below 10 s"
        ),
    ],
)
def test_short_records_are_free(engine, free, expected):
    records = [f"2026-10-05T{10 + n}:00 talk={talk} wrap=5" for n, talk in enumerate((3, 9, 10, 60, 61))]
    assert refused(engine, replace(CALLS, free=free), *records) == expected


def test_the_first_free_ones_are_those_of_the_period(engine):
    meter = replace(CALLS, free=Free((), None, 1))
    rows = metering(engine, "calls", ("2026-09-30T10:00", "2026-10-06T10:00", "2026-10-05T10:00")).records(meter)
    assert [row for row, _, _ in rows] == [1]


def test_a_repeat_does_not_use_up_a_free_one(engine):
    meter = replace(once("period"), free=Free((), None, 1))
    records = (f"{MORNING} {CALLER}", f"2026-10-05T11:00 {CALLER}", "2026-10-05T12:00 customer=C2")
    assert refused(engine, meter, *records) == (1, {"repeated": 1, "free": 1})


# Dates of a charge.


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ((day("2026-10-05"), None), (2, {"dates": 1})),
        ((None, day("2026-10-05")), (2, {"dates": 1})),
        ((day("2026-10-05"), day("2026-10-05")), (1, {"dates": 2})),
        ((1, 0), (0, {"dates": 3})),
    ],
)
def test_records_outside_the_dates_of_a_charge(engine, dates, expected):
    records = ("2026-10-04T23:59:59", "2026-10-05T00:00", "2026-10-06T00:00")
    assert refused(engine, replace(CALLS, dates=dates), *records) == expected


# Differences.


def test_a_difference_below_zero_is_refused(engine):
    minus = replace(TALK, parts=((1, "talk"), (-1, "wrap")))
    assert billed(engine, minus, f"{MORNING} talk=60 wrap=20") == [40]
    with pytest.raises(Invalid) as caught:
        metered(engine, minus, f"{MORNING} talk=600 wrap=20", f"{MORNING} talk=60 wrap=80")
    assert spots(caught.value) == ["CB324"]
    (problem,) = caught.value.problems
    assert (problem.message, problem.record) == ("the measure `calls.talk - calls.wrap` is below zero", ("calls", 1))


def test_states_may_subtract_across_rows_but_not_below_zero_in_a_day(engine):
    minus = Meter(source="agents", record="agent_state", parts=((1, "logged_in"), (-1, "pause")), timed=True)
    rows = ("2026-10-05T09:00 agent=A1 logged_in=600", "2026-10-05T10:00 agent=A1 logged_in=100 pause=100")
    assert billed(engine, minus, *rows) == [600]
    with pytest.raises(Invalid) as caught:
        metered(engine, replace(minus, parts=((-1, "pause"), (1, "ready"))), "2026-10-05T09:00 agent=A1 pause=60")
    (problem,) = caught.value.problems
    message = "the measure `- agents.pause + agents.ready` is below zero on 2026-10-05"
    assert (problem.message, problem.record) == (message, None)


def test_a_sum_has_no_sign_to_check(engine):
    assert billed(engine, replace(CALLS, parts=((-1, "amount"),)), f"{MORNING} amount=5") == [-5]


# Seats.

SHIFT = SeatMeter(source="agents", record="agent_state", kind="distinct")


def counted_seats(engine: Engine, meter: SeatMeter, *records: str) -> Fraction:
    found = metering(engine, "agents", records).seats(meter, OCTOBER.days).seats
    assert found is not None
    return found


def test_agents_seen_in_the_period(engine):
    records = (
        "2026-10-05T09:00 agent=A1",
        "2026-10-06T09:00 agent=A1",
        "2026-10-06T09:00 agent=A2",
        "2026-10-07T09:00",
        "2026-11-02T09:00 agent=A3",
    )
    found = metering(engine, "agents", records).seats(SHIFT, OCTOBER.days)
    assert found == Metered(billed_records=4, seats=Fraction(2))


def test_agents_a_day_over_all_days_or_the_active_ones(engine):
    records = (
        "2026-10-05T09:00 agent=A1",
        "2026-10-05T12:00 agent=A2",
        "2026-10-06T09:00 agent=A1",
        "2026-10-06T10:00 agent=A1",
    )
    assert counted_seats(engine, replace(SHIFT, kind="mean"), *records) == Fraction(3, 31)
    assert counted_seats(engine, replace(SHIFT, kind="mean", active_days=True), *records) == Fraction(3, 2)


@pytest.mark.parametrize("kind", ["distinct", "mean", "peak"])
@pytest.mark.parametrize("active", [False, True])
def test_no_activity_no_seats(engine, kind, active):
    assert counted_seats(engine, replace(SHIFT, kind=kind, active_days=active, parts=((1, "ready"),))) == 0


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param(("09:00 agent=A1 ready=3600", "09:30 agent=A2 ready=3600"), 2, id="two at once"),
        pytest.param(("09:00 agent=A1 ready=3600", "10:00 agent=A2 ready=3600"), 1, id="one after the other"),
        pytest.param(("09:00 agent=A1 ready=3600", "09:30 agent=A1 ready=3600"), 1, id="one agent twice"),
        pytest.param(
            (
                "09:00 agent=A1 ready=7200",
                "09:10 agent=A1 ready=60",
                "09:30 agent=A1 ready=60",
                "10:59 agent=A2 ready=60",
            ),
            2,
            id="short ones inside a long one",
        ),
        pytest.param(("09:00 agent=A1 ready=3600", "09:30 agent=A2 ready=0"), 1, id="a moment is no presence"),
        pytest.param(("09:00 agent=A1 ready=3600", "09:30 ready=3600"), 1, id="nobody is no agent"),
        pytest.param(
            ("09:00 agent=A1 ready=60", "09:02 agent=A1 ready=60", "09:01 agent=A2 ready=60"), 1, id="taking turns"
        ),
    ],
)
def test_the_most_agents_busy_at_one_moment(engine, records, expected):
    meter = replace(SHIFT, kind="peak", parts=((1, "ready"),))
    assert counted_seats(engine, meter, *(f"2026-10-05T{one}" for one in records)) == expected


def test_a_peak_after_the_end_of_the_period_does_not_count(engine):
    meter = replace(SHIFT, kind="peak", parts=((1, "ready"),))
    records = (
        "2026-10-31T23:00 agent=A1 ready=7200",
        "2026-10-31T23:30 agent=A2 ready=7200",
        "2026-11-01T00:10 agent=A3 ready=7200",
    )
    assert counted_seats(engine, meter, *records) == 2


def test_seats_know_conditions_and_dates(engine):
    meter = replace(SHIFT, tests=(where("team", "blue"),), dates=(day("2026-10-06"), None))
    records = (
        "2026-10-05T09:00 agent=A1 team=blue",
        "2026-10-06T09:00 agent=A2 team=blue",
        "2026-10-06T09:00 agent=A3 team=red",
    )
    found = metering(engine, "agents", records).seats(meter, OCTOBER.days)
    assert (found.seats, found.billed_records, dict(found.refused)) == (1, 1, {"dates": 1, "where_team": 1})


# Records one by one.


def test_records_in_order_of_time_with_their_own_counts(engine):
    meter = replace(TALK, increment=increments(step=60), columns=("queue",), tests=(where("queue", "sales"),))
    known = metering(
        engine, "calls",
        (
            "2026-10-06T10:00 queue=sales talk=61",
            "2026-10-05T10:00 queue=sales talk=59",
            "2026-10-05T11:00 queue=other talk=9",
        ),
    )  # fmt: skip
    assert [(row, one.values, one.records, one.measured // SECOND, one.billed // SECOND) for row, _, one in known.records(meter)] == [  # noqa: E501
        (1, ("sales",), 1, 59, 60),
        (0, ("sales",), 1, 61, 120),
    ]  # fmt: skip


def test_the_parts_of_a_split_record(engine):
    meter = replace(TALK, band_limit="split", increment=increments(step=60))
    known = metering(engine, "calls", ("2026-10-05T19:59:30 talk=100",), EVENINGS)
    assert [(EVENINGS.bands[one.cell], one.measured // SECOND, one.billed // SECOND) for _, _, one in known.records(meter)] == [  # noqa: E501
        ("evening", 70, 90),
        ("day", 30, 30),
    ]  # fmt: skip


def test_a_record_of_an_agents_day_shows_what_was_measured(engine):
    meter = replace(READY, increment=increments(per="agent_day", step=900))
    known = metering(engine, "agents", ("2026-10-05T09:00 agent=A1 ready=100",))
    assert [(one.measured // SECOND, one.billed // SECOND) for _, _, one in known.records(meter)] == [(100, 100)]


# Unbilled records.


def test_records_that_no_meter_bills(engine):
    known = metering(
        engine, "calls", (f"{MORNING} queue=a", f"{MORNING} queue=b", f"{MORNING} queue=c", "2026-11-02T10:00 queue=d")
    )
    a, ab = (replace(CALLS, tests=(where("queue", *one),)) for one in ("a", "ab"))
    assert known.in_period("calls") == 3
    assert known.count(a).unbilled == 2
    assert known.count(a, [ab]).unbilled == known.count(ab, [a]).unbilled == 1
    assert known.count(ab, [a]).records == 3
    assert known.together([a, ab])[1] == 1


# Words of time.


@pytest.mark.parametrize(
    ("micro", "words", "french"),
    [
        (2 * DAY, "2 d", "2 j"),
        (36 * HOUR, "36 h", "36 h"),
        (90 * MINUTE, "90 min", "90 min"),
        (61 * SECOND, "61 s", "61 s"),
        (1500 * 1000, "1,500 ms", "1 500 ms"),
        (7, "7 µs", "7 µs"),
        (0, "0 µs", "0 µs"),
    ],
)
def test_a_duration_in_its_largest_whole_unit(micro, words, french):
    assert (said(duration_words(micro)), said(duration_words(micro), "fr")) == (words, french)


def test_windows_in_words():
    assert [said(window_words(one), "fr") for one in ("day", "period", DAY)] == ["un jour", "la période", "24 h"]


def test_october_is_what_these_tests_count():
    assert (OCTOBER.first, set(LAYOUTS)) == (date(2026, 10, 1), {"calls", "agents", "halfhours"})

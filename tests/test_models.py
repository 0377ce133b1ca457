"""The billing models: what each counts, what it makes of counts, what it says about itself, what it refuses."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from small import (
    LAYOUTS,
    OCTOBER,
    bill,
    cases,
    charge,
    count,
    day,
    facts,
    lines,
    metered,
    problems,
    ruled,
    said,
    scope,
    seats,
    spot,
    spots,
    steps,
)

from callbill import meters as counting
from callbill import models
from callbill.charge_settings import VatRule
from callbill.charging import charge_lines
from callbill.invoice import Vat, say
from callbill.meters import Clamp, Free, Increment, Meter, Once, SeatMeter
from callbill.period import BlockPeriod, DayPeriod, period_named, period_of
from callbill.problems import Invalid
from callbill.settings import build
from callbill.staging import Condition
from callbill.values import Threshold

D = Decimal
ACT = "model: act, count: calls.answered"
TIME = "model: time, measure: calls.talk, unit: hour"
FLAT = "model: flat, amount: 1000"
FOUR_WEEKS = BlockPeriod(days=28, first=date(2026, 1, 5))
SEATS = "model: subscription, price: 100, billed: in_arrears"
WEEK = facts(
    "{bands: [{name: sunday, label: Sundays, days: [sun, holiday]}, {name: day}],"
    " windows: [{name: night, label: At night, from: '20:00', to: '06:00'}, {name: weekend, days: [sat, sun]}]}"
)
"""Cells, in order: sunday with night and weekend, with night…: `cell` finds one by its band and windows."""
PREMIUM = "premiums: {stacking: add, rates: [{window: night, percent: 5 %}]}"
INDEXED = facts(clauses="{wages: {formula: S / S0, names: {S: 110, S0: 100}, revised: each_period}}")


def cell(band: str, *windows: str) -> int:
    """The number of a cell of WEEK."""
    cells = scope(WEEK).timetable.cells
    return next(n for n, one in enumerate(cells) if one.band == band and one.windows == set(windows))


def meters(written: str, **more):
    return charge(f"{{{written}}}").meters(scope(**more))


def rules(written: str, language: str = "en") -> dict[str, str]:
    return ruled(list(charge(f"{{{written}}}").rules()), language)


# ------------------------------------------------------------------------------------- what every charge may say


def test_every_model_is_found_by_its_name():
    assert models.names() == ("act", "flat", "subscription", "time")
    assert [models.named(name).__name__ for name in models.names()] == ["Act", "Flat", "Subscription", "Time"]


@pytest.mark.parametrize(
    "written",
    [
        ACT + ", price: 2",
        TIME + ", price: 26.00",
        FLAT + ", proration: none",
        SEATS + ", seats: 10, proration: none",
        ACT + ", price: 2, from: 2026-10-01, until: 2026-12-31, minimum: {quantity: 5}, maximum: {amount: 90}",
        ACT + ", price: 2, vat: {rate: 5.5}, one_off: [{date: 2026-10-12, label: Kit, price: 5, vat: {category: Z}}]",
    ],
)
def test_a_sound_charge_has_no_problem(written):
    assert problems(f"{{{written}}}") == []


@pytest.mark.parametrize(
    ("vat", "expected"),
    [
        ("{rate: 20}", []),
        ("{category: S, rate: 20}", []),
        ("{category: Z}", []),
        ("{category: AE, reason: Reverse charge}", []),
        ("{rate: 0}", ["CB254 rate"]),
        ("{}", ["CB254"]),
        ("{category: S}", ["CB254"]),
        ("{category: Z, rate: 20}", ["CB254 rate"]),
        ("{category: AE}", ["CB254"]),
        ("{category: E, rate: 20}", ["CB254 rate", "CB254"]),
    ],
)
def test_vat_needs_a_rate_or_a_reason_why_not(vat, expected):
    one = charge(f"{{{ACT}, price: 2, vat: {vat}}}")
    assert [spot(problem) for problem in one.vat.problems()] == expected
    assert problems(f"{{{ACT}, price: 2, vat: {vat}}}") == [f"{problem} vat".replace("CB254 rate vat", "CB254 vat.rate") for problem in expected]  # fmt: skip # noqa: E501


def test_a_rate_above_zero_is_standard():
    assert build(VatRule, {"rate": "20"}).vat() == Vat("S", D(20))
    assert build(VatRule, {"category": "AE", "reason": "Reverse charge"}).vat() == Vat("AE", D(0), "Reverse charge")


@pytest.mark.parametrize(
    ("settings", "expected"),
    cases(
        {
            "dates that are crossed": ("from: 2026-10-02, until: 2026-10-01", ["CB240 until"]),
            "a clause that is not there": ("indexation: wages", ["CB231 indexation"]),
            "the vat of a single line": (
                "one_off: [{date: 2026-10-12, label: x, price: 1}, {date: 2026-10-12, label: x, price: 1, vat: {}}]",
                ["CB254 one_off.1.vat"],
            ),
            "a least of nothing": ("minimum: {}", ["CB248 minimum"]),
            "a least of two things": ("minimum: {quantity: 1, amount: 1}", ["CB248 minimum"]),
            "a most of two things": ("maximum: {quantity: 1, amount: 1}", ["CB248 maximum"]),
            "crossed quantities": ("minimum: {quantity: 9}, maximum: {quantity: 8}", ["CB240 maximum.quantity"]),
            "crossed amounts": ("minimum: {amount: 9}, maximum: {amount: 8}", ["CB240 maximum.amount"]),
            "two commitments": (
                "minimum: {quantity: 9}, take_or_pay: {share: 90 %, forecast: {2026-10: 5}}",
                ["CB248 take_or_pay"],
            ),
            "a least and a forecast": ("minimum: {amount: 9}, take_or_pay: {share: 90 %, forecast: {2026-10: 5}}", []),
            "a part of a period with a minimum": ("from: 2026-10-15, minimum: {amount: 9}", ["CB249"]),
            "an end inside a period with included units": ("until: 2026-10-15, included: 9", ["CB249"]),
            "a part of a period without anything to prorate": ("from: 2026-10-15", []),
            "an end with the period": ("until: 2026-10-31, included: 9", []),
            "a part that costs the whole": ("from: 2026-10-15, minimum: {amount: 9}, proration: none", []),
        }
    ),
)
def test_settings_of_every_charge_that_do_not_go_together(settings, expected):
    assert problems(f"{{{ACT}, price: 2, {settings}}}") == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("minimum: {quantity: 9}", ["CB249 minimum"]),
        ("minimum: {quantity: 9, price: 1}", []),
        ("minimum: {amount: 9}", []),
        ("take_or_pay: {share: 90 %, forecast: {2026-10: 5}}", ["CB249 take_or_pay"]),
        ("take_or_pay: {share: 90 %, forecast: {2026-10: 5}, price: 1}", []),
        ("included: 9", ["CB249 included"]),
        ("included: {quantity: 9, across: pro_rata}", []),
    ],
)
def test_several_prices_need_to_say_what_missing_and_included_units_are(settings, expected):
    assert problems(f"{{{ACT}, price: 2, by: queue, {settings}}}") == expected


def test_months_of_thirty_days_need_months():
    written = f"{{{ACT}, price: 2, proration: fixed_30}}"
    assert problems(written) == []
    assert problems(written, facts(period="quarter")) == []
    assert problems(written, facts(period=FOUR_WEEKS)) == ["CB248 proration"]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ("", ("2026-10-01", "2026-11-01")),
        ("from: 2026-10-15", ("2026-10-15", "2026-11-01")),
        ("until: 2026-10-15", ("2026-10-01", "2026-10-16")),
        ("from: 2026-01-01, until: 2026-12-31", ("2026-10-01", "2026-11-01")),
        ("from: 2026-10-31, until: 2026-10-31", ("2026-10-31", "2026-11-01")),
        ("from: 2026-11-01", None),
        ("until: 2026-09-30", None),
    ],
)
def test_the_days_of_a_period_that_a_charge_is_in_force(dates, expected):
    covered = charge(f"{{{ACT}, price: 2{', ' if dates else ''}{dates}}}").covered(OCTOBER)
    assert (covered and tuple(one.isoformat() for one in covered)) == expected


@pytest.mark.parametrize(
    ("proration", "share"), [("calendar_days", Fraction(17, 31)), ("fixed_30", Fraction(16, 30)), ("none", Fraction(1))]
)
def test_what_part_of_a_period_some_days_are(proration, share):
    one = charge(f"{{{ACT}, price: 2, from: 2026-10-15, proration: {proration}}}")
    assert one.share(*one.covered(OCTOBER), OCTOBER) == share


def test_a_revised_price_has_six_decimals_at_most():
    clauses = "{wages: {formula: 1 / 3, names: {}, revised: each_period}}"
    one = charge(f"{{{ACT}, price: 2, indexation: wages}}")
    assert str(one.revised(D("2.00"), scope(facts(clauses=clauses)))) == "0.666667"
    assert charge(f"{{{ACT}, price: 2}}").revised(D("2.00"), scope()) == D("2.00")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", {}),
        ("proration: calendar_days", {"proration": "proration by calendar days"}),
        ("proration: fixed_30", {"proration": "proration by months of 30 days"}),
        ("proration: none", {"proration": "proration none: a part costs the whole"}),
        ("included: 20", {"included": "20 units included, taken off after rounding"}),
        (
            "included: {quantity: 20, apply: before_rounding}",
            {"included": "20 units included, taken off before rounding"},
        ),
        (
            "minimum: {quantity: 20}, maximum: {amount: 90}",
            {"minimum": "at least 20 units a period", "maximum": "at most 90 a period"},
        ),
        ("minimum: {amount: 20}", {"minimum": "at least 20 a period"}),
        (
            "take_or_pay: {share: 90 %, forecast: {2026-10: 5}}",
            {"take_or_pay": "90 % of the forecast is due in any case"},
        ),
    ],
)
def test_rules_of_every_charge(settings, expected):
    found = rules(f"{ACT}, price: 2{', ' if settings else ''}{settings}")
    assert found == {"count": "billed acts: calls.answered", **expected}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("", "quantity rounded half up to 4 decimals"),
        (", rounding: up, decimals: 2", "quantity rounded up to 2 decimals"),
        (", rounding: down, decimals: 0", "quantity rounded down to 0 decimals"),
    ],
)
@pytest.mark.parametrize(
    "charge_of",
    [
        TIME + ", price: 2",
        "model: act, sum: calls.amount, price: 2",
        FLAT + ", measure: calls.talk, included: 5",
        SEATS + ", seats: {measured: mean, of: calls, over: all_days}",
    ],
)
def test_a_quantity_that_can_have_decimals_says_how_it_is_rounded(charge_of, settings, words):
    assert rules(charge_of + settings)["rounding"] == words


@pytest.mark.parametrize(
    "charge_of", [ACT + ", price: 2", FLAT + ", count: calls.all, included: 5", SEATS + ", seats: 3"]
)
def test_a_count_is_not_rounded(charge_of):
    assert "rounding" not in rules(charge_of + ", rounding: up")


def test_rules_of_every_charge_in_french():
    found = rules(f"{ACT}, price: 2, included: 20, maximum: {{quantity: 90}}, proration: fixed_30", "fr")
    assert found == {
        "count": "actes facturés : calls.answered",
        "proration": "prorata en mois de 30 jours",
        "included": "20 unités incluses, déduites après arrondi",
        "maximum": "au plus 90 unités par période",
    }


# --------------------------------------------------------------------------------- records: where, free, dates


@pytest.mark.parametrize(
    ("settings", "expected"),
    cases(
        {
            "sound conditions": ("where: {queue: [sales, support], talk: {at_least: 10 s}}", []),
            "a field that is not there": ("where: {queue: a, cue: b}", ["CB231 where.cue"]),
            "words for a duration": ("where: {talk: long}", ["CB203 where.talk"]),
            "short records of a stated time": ("free: {of: calls.talk, below: 10 s}", []),
            "the first records": ("free: {first: 30}", []),
            "short without a limit": ("free: {}", ["CB202 free"]),
            "short of what": ("free: {below: 10 s}", ["CB202 free"]),
            "a duration that is not there": ("free: {of: calls.chat, below: 10 s}", ["CB231 free.of"]),
            "a duration of another source": ("free: {of: agents.pause, below: 10 s}", ["CB253 free.of"]),
        }
    ),
)
def test_which_records_count(settings, expected):
    assert problems(f"{{{ACT}, price: 2, {settings}}}") == expected


def test_short_records_are_only_known_from_contacts():
    written = "{model: act, count: halfhours.answered, price: 2, free: {of: halfhours.talk, below: 10 s}}"
    assert problems(written) == ["CB247 free"]


def test_what_is_short_is_what_a_charge_measures_unless_it_says_otherwise():
    assert problems(f"{{{TIME}, price: 2, free: {{below: 10 s}}}}") == []
    assert meters(f"{TIME}, price: 2, free: {{below: 10 s}}")["main"].free == Free(((1, "talk"),), 10_000_000, None)
    assert meters(f"{TIME}, price: 2, free: {{of: calls.talk + calls.wrap, first: 3}}")["main"].free == Free(
        ((1, "talk"), (1, "wrap")), None, 3
    )


@pytest.mark.parametrize(
    ("free", "en", "fr"),
    [
        ("{first: 30}", "the first 30 are free", "les 30 premiers sont gratuits"),
        (
            "{of: calls.talk, below: 10 s}",
            "free when calls.talk is below 10 s",
            "gratuit si calls.talk est sous 10 s",
        ),
        (
            "{of: calls.talk, below: 1 min, first: 5}",
            "the first 5 with calls.talk below 1 min are free",
            "les 5 premiers avec calls.talk sous 1 min sont gratuits",
        ),
    ],
)
def test_short_records_in_words(free, en, fr):
    assert rules(f"{ACT}, price: 2, free: {free}")["free"] == en
    assert rules(f"{ACT}, price: 2, free: {free}", "fr")["free"] == fr


def test_short_records_of_what_is_measured_in_words():
    assert rules(f"{TIME}, price: 2, free: {{below: 10 s}}")["free"] == "free when measure is below 10 s"


def test_conditions_become_tests_with_words():
    written = f"{ACT}, price: 2, where: {{queue: [sales, support], language: {{not: de}}, talk: {{at_least: 10 s}}}}"
    answered, *tests = meters(written)["main"].tests
    assert answered == counting.Test(
        "not_answered",
        say("not {state}", "non {state}", state="answered"),
        Condition("outcome", one_of=("ok", "transferred")),
    )
    assert [(one.rule, said(one.phrase), said(one.phrase, "fr"), one.condition) for one in tests] == [
        (
            "where_queue",
            "queue is not sales, support",
            "queue autre que sales, support",
            Condition("queue", one_of=("sales", "support")),
        ),
        ("where_language", "language is de", "language : de", Condition("language", none_of=("de",))),
        (
            "where_talk",
            "talk is not ≥ 10 s",
            "talk n’est pas ≥ 10 s",
            Condition("talk", at_least=Threshold(10_000_000, is_duration=True, written="10 s")),
        ),
    ]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ("", (None, None)),
        ("from: 2026-10-01, until: 2026-10-31", (None, None)),
        ("from: 2026-10-02, until: 2026-10-30", (day("2026-10-02"), day("2026-10-30"))),
        ("from: 2026-11-01", (1, 0)),
    ],
)
def test_a_meter_knows_the_dates_of_its_charge_inside_the_period(dates, expected):
    assert meters(f"{ACT}, price: 2{', ' if dates else ''}{dates}")["main"].dates == expected


# ------------------------------------------------------------------------------------------------- acts


@pytest.mark.parametrize(
    ("written", "expected"),
    cases(
        {
            "nothing to count": ("model: act, price: 2", ["CB248"]),
            "both counted and summed": (ACT + ", sum: calls.amount, price: 2", ["CB248"]),
            "a source that is not there": ("model: act, count: chats.answered, price: 2", ["CB231 count"]),
            "a source of numbers that is not there": ("model: act, sum: chats.units, price: 2", ["CB231 sum"]),
            "a state that is not there": ("model: act, count: calls.solved, price: 2", ["CB231 count"]),
            "every contact": ("model: act, count: calls.all, price: 2", []),
            "a duration is no number": ("model: act, sum: calls.talk, price: 2", ["CB231 sum"]),
            "a number of intervals": ("model: act, count: halfhours.answered, price: 2", []),
            "no number of intervals": ("model: act, count: halfhours.talk, price: 2", ["CB231 count"]),
            "a percentage of a count": (ACT + ", percent: 2 %", ["CB248 percent"]),
            "a revised percentage": (
                "model: act, sum: calls.amount, percent: 2 %, indexation: wages",
                ["CB248 indexation"],
            ),
            "revised percentages of tiers": (
                "model: act, sum: calls.amount, indexation: wages, tiers: {mode: volume, steps: [{percent: 2 %}]}",
                ["CB248 indexation"],
            ),
            "bounds without a percentage": (ACT + ", price: 2, per_act: {minimum: 1}", ["CB248 per_act"]),
            "bounds of nothing": ("model: act, sum: calls.amount, percent: 2 %, per_act: {}", ["CB202 per_act"]),
            "crossed bounds": (
                "model: act, sum: calls.amount, percent: 2 %, per_act: {minimum: 2, maximum: 1}",
                ["CB240 per_act.maximum"],
            ),
            "sound bounds": ("model: act, sum: calls.amount, percent: 2 %, per_act: {minimum: 1, maximum: 2}", []),
        }
    ),
)
def test_acts_that_cannot_be_billed(written, expected):
    assert problems(f"{{{written}}}", INDEXED) == expected


@pytest.mark.parametrize(
    ("back", "expected"),
    cases(
        {
            "nothing to take back": ("{}", ["CB248 clawback"]),
            "two things to take back": ("{count: calls.answered, sum: calls.amount}", ["CB248 clawback"]),
            "a source that is not there": ("{count: sales.all}", ["CB231 clawback.count"]),
            "a source of numbers that is not there": ("{sum: sales.units}", ["CB231 clawback.sum"]),
            "a state that is not there": ("{count: calls.solved}", ["CB231 clawback.count"]),
            "a field that is not there": ("{count: calls.all, where: {cue: a}}", ["CB231 clawback.where.cue"]),
            "within without since": ("{count: calls.all, within: 60 days}", ["CB249 clawback.within"]),
            "since without within": ("{count: calls.all, since: age}", ["CB249 clawback.since"]),
            "since what is no span": ("{count: calls.all, within: 60 days, since: talk}", ["CB231 clawback.since"]),
            "all at once": ("{count: calls.all, within: 60 days, since: age, where: {queue: sales}}", []),
        }
    ),
)
def test_reversals_that_cannot_be_billed(back, expected):
    assert problems(f"{{{ACT}, price: 2, clawback: {back}}}") == expected


def test_a_reversal_of_an_act_at_a_bound_needs_its_price():
    written = "model: act, sum: calls.amount, percent: 2 %, per_act: {minimum: 1}, clawback: {sum: calls.amount"
    assert problems(f"{{{written}}}}}") == ["CB249 clawback"]
    assert problems(f"{{{written}, price: 1}}}}") == []


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ("price: 2", []),
        ("price: {sunday: 3, day: 2}", ["CB249 clawback"]),
        ("package: {size: 10, price: 5, round: up}", ["CB249 clawback"]),
    ],
)
def test_a_reversal_needs_one_price(prices, expected):
    assert problems(f"{{{ACT}, {prices}, clawback: {{count: calls.all}}}}", WEEK) == expected
    assert problems(f"{{{ACT}, {prices}, clawback: {{count: calls.all, price: 1}}}}", WEEK) == []


def test_a_count_of_contacts_and_a_sum_of_numbers():
    assert meters("model: act, count: calls.all, price: 2") == {"main": Meter(source="calls", record="contact")}
    assert meters("model: act, sum: calls.amount, price: 2") == {
        "main": Meter(source="calls", record="contact", parts=((1, "amount"),))
    }
    assert meters("model: act, count: halfhours.answered, price: 2") == {
        "main": Meter(source="halfhours", record="interval", parts=((1, "answered"),))
    }


def test_a_meter_of_everything():
    written = (
        "model: act, sum: calls.amount, percent: 2.5 %, per_act: {minimum: 1.75, maximum: 12}, by: [queue, language],"
        " once_per: {field: customer, within: 24 h, since: billed}, free: {first: 2}"
    )
    assert meters(written)["main"] == Meter(
        source="calls",
        record="contact",
        parts=((1, "amount"),),
        once=Once("customer", 86_400_000_000, "billed"),
        free=Free((), None, 2),
        columns=("queue", "language"),
        clamp=Clamp(D("2.5"), D("1.75"), D(12)),
    )


def test_the_meter_of_reversals():
    back = meters(
        f"{ACT}, price: 2, from: 2026-10-05,"
        " clawback: {count: calls.answered, within: 60 days, since: age, where: {queue: sales}}"
    )["clawback"]
    assert (back.source, back.record, back.parts, back.dates) == ("calls", "contact", (), (day("2026-10-05"), None))
    assert [(one.rule, said(one.phrase)) for one in back.tests] == [
        ("not_answered", "not answered"),
        ("where_queue", "not the charge’s"),
        ("too_old", "reversed too late"),
    ]
    assert back.tests[2].condition == Condition(
        "age", at_most=Threshold(5_184_000_000_000, is_duration=True, written="")
    )


def test_the_sum_of_reversals():
    assert meters(f"{ACT}, price: 2, clawback: {{sum: calls.amount}}")["clawback"].parts == ((1, "amount"),)


def test_acts_take_the_word_of_the_contract():
    assert lines(f"{{{ACT}, price: 2, unit: call}}", count(3)) == ["act | usage | 3 call × 2 = 6.00"]
    assert lines(f"{{{ACT}, price: 2}}", count(3)) == ["act | usage | 3 act × 2 = 6.00"]


def test_a_percentage_of_an_amount_counts_the_currency():
    assert lines("{model: act, sum: calls.amount, percent: 2.5 %}", count("4567.89")) == [
        "act | usage | 2.5 % | 4567.89 EUR × 0.025 = 114.20"
    ]


def test_tiers_of_an_amount_give_percentages():
    written = "{model: act, sum: calls.amount, tiers: {mode: graduated, steps: [{up_to: 1000, percent: 10 %}, {percent: 5 %}]}}"  # noqa: E501
    assert lines(written, count(1500)) == [
        "act.t1 | usage | tier 1: 0 to 1000 | 1000 EUR × 0.1 = 100.00".replace("1000 |", "1,000 |"),
        "act.t2 | usage | tier 2: beyond 1,000 | 500 EUR × 0.05 = 25.00",
    ]


def test_acts_at_a_bound_are_lines_of_their_own():
    written = "{model: act, sum: calls.amount, percent: 2 %, per_act: {minimum: 1.75, maximum: 12}}"
    counts = (count(120, records=3, clamp=-1), count(5000, records=20), count(9000, records=4, clamp=1))
    assert lines(written, *counts) == [
        "act.min | usage | acts at the minimum | 3 act × 1.75 = 5.25",
        "act | usage | 2 % | 5000 EUR × 0.02 = 100.00",
        "act.max | usage | acts at the maximum | 4 act × 12 = 48.00",
    ]


def test_acts_at_a_bound_of_a_group_keep_its_name():
    written = "{model: act, sum: calls.amount, percent: 2 %, per_act: {minimum: 1.75}, by: queue}"
    assert lines(written, count(20, "sales", clamp=-1), count(500, "sales")) == [
        "act.sales-min | usage | acts at the minimum | 1 act × 1.75 = 1.75",
        "act.sales | usage | sales, 2 % | 500 EUR × 0.02 = 10.00",
    ]


@pytest.mark.parametrize("limit", ["minimum: {quantity: 900}", "included: 9", "maximum: {quantity: 9}"])
def test_amounts_and_acts_at_a_bound_share_no_limit_in_quantity(limit):
    assert problems(f"{{model: act, sum: calls.amount, percent: 2 %, per_act: {{minimum: 1.75}}, {limit}}}") != []


def test_reversals_are_paid_back_at_the_price_of_the_act():
    assert lines(f"{{{ACT}, price: 2.50, clawback: {{count: calls.all}}}}", count(9), clawback=metered(count(2))) == [
        "act | usage | 9 act × 2.50 = 22.50",
        "act.reversed | reversal | reversed | -2 act × 2.50 = -5.00",
    ]


def test_reversals_may_have_a_price_of_their_own():
    written = f"{{{ACT}, price: {{sunday: 3, day: 2}}, clawback: {{count: calls.all, price: 1.25}}}}"
    assert lines(written, count(9, cell=cell("day")), known=WEEK, clawback=metered(count(2))) == [
        "act.day | usage | day | 9 act × 2 = 18.00",
        "act.reversed | reversal | reversed | -2 act × 1.25 = -2.50",
    ]


def test_reversals_of_an_amount_pay_its_percentage_back():
    written = "{model: act, sum: calls.amount, percent: 2 %, clawback: {sum: calls.amount}}"
    assert lines(written, count(500), clawback=metered(count(100))) == [
        "act | usage | 2 % | 500 EUR × 0.02 = 10.00",
        "act.reversed | reversal | reversed | -100 EUR × 0.02 = -2.00",
    ]


def test_no_reversal_no_line():
    assert lines(f"{{{ACT}, price: 2, clawback: {{count: calls.all}}}}", count(1), clawback=metered()) == [
        "act | usage | 1 act × 2 = 2.00"
    ]


def test_reversals_are_revised_like_the_act():
    written = f"{{{ACT}, price: 2.00, indexation: wages, clawback: {{count: calls.all}}}}"
    assert lines(written, count(1), known=INDEXED, clawback=metered(count(1))) == [
        "act | usage | 1 act × 2.20 = 2.20",
        "act.reversed | reversal | reversed | -1 act × 2.20 = -2.20",
    ]


def test_acts_say_what_they_count():
    assert rules("model: act, sum: calls.amount, price: 2")["sum"] == "billed sum of calls.amount"
    back = rules(f"{ACT}, price: 2, clawback: {{count: calls.all, within: 60 days, since: age}}")
    assert back["clawback"] == "reversals count for 60 d after the act"
    assert "clawback" not in rules(f"{ACT}, price: 2, clawback: {{count: calls.all}}")


# ------------------------------------------------------------------------------------------------ shapes of prices


@pytest.mark.parametrize(
    ("prices", "expected"),
    cases(
        {
            "no price": ("decimals: 4", ["CB248"]),
            "two prices": ("price: 2, package: {size: 1, price: 1, round: up}", ["CB248 package"]),
            "unsound tiers": ("tiers: {mode: volume, steps: [{up_to: 10, price: 1}]}", ["CB242 tiers.steps.0"]),
            "unsound levels": (
                "stairstep: {zero_usage: nothing, steps: [{up_to: 10, amount: 1}]}",
                ["CB242 stairstep.steps.0"],
            ),
            "premiums on packages": (
                f"stairstep: {{zero_usage: nothing, steps: [{{amount: 1}}]}}, {PREMIUM}",
                ["CB248 premiums"],
            ),
            "a price for each band": ("price: {day: 2, sunday: 3}", []),
            "a table that has a price for everything it names": ("prices: {rows: [{when: {queue: a}, price: 2}]}", []),
            "a band that is not there": ("price: {day: 2, saturday: 3}", ["CB231 price.saturday", "CB250 price"]),
            "bands of a table": (
                "prices: {rows: [{when: {queue: a}, price: {day: 2}}], otherwise: {sunday: 3}}",
                ["CB250 prices.rows.0.price", "CB250 prices.otherwise"],
            ),
            "lines by what is no text": ("price: 2, by: talk", ["CB231 by"]),
            "a column that is not there": (
                "prices: {rows: [{when: {cue: a}, price: 2}], otherwise: 1}",
                ["CB231 prices.rows.0.when.cue"],
            ),
            "a premium on a column that is not there": (
                "price: 2, premiums: {stacking: add, rates: [{when: {cue: a}, percent: 5 %}]}",
                ["CB231 premiums.rates.0.when.cue"],
            ),
            "a premium for nothing": (
                "price: 2, premiums: {stacking: add, rates: [{percent: 5 %}]}",
                ["CB248 premiums.rates.0"],
            ),
            "a premium for two things": (
                "price: 2, premiums: {stacking: add, rates: [{window: night, when: {queue: a}, percent: 5 %}]}",
                ["CB248 premiums.rates.0"],
            ),
            "a window that is not there": (
                "price: 2, premiums: {stacking: add, rates: [{window: noon, percent: 5 %}]}",
                ["CB231 premiums.rates.0.window"],
            ),
            "customers of no text": ("price: 2, once_per: {field: talk, within: 24 h}", ["CB231 once_per.field"]),
            "customers once a period": ("price: 2, once_per: {field: customer, within: period}", []),
        }
    ),
)
def test_prices_that_cannot_be_applied(prices, expected):
    assert problems(f"{{{ACT}, {prices}}}", WEEK) == expected


def test_a_charge_without_a_price_is_refused_even_if_nobody_asked_for_its_problems():
    with pytest.raises(Invalid) as caught:
        lines(f"{{{ACT}}}", count(1))
    assert spots(caught.value) == ["CB248"]


@pytest.mark.parametrize(("within", "code"), [("0 h", "CB216"), ("24", "CB221"), ("week", "CB221")])
def test_a_window_is_a_duration_a_day_or_the_period(within, code):
    with pytest.raises(Invalid) as caught:
        charge(f"{{{ACT}, price: 2, once_per: {{field: customer, within: {within}}}}}")
    assert spots(caught.value) == [f"{code} once_per.within"]


def test_customers_are_only_known_from_contacts():
    assert problems("{model: act, count: halfhours.answered, price: 2, once_per: {field: queue, within: day}}") == [
        "CB247 once_per"
    ]


@pytest.mark.parametrize(
    "fee",
    [
        "stairstep: {zero_usage: nothing, steps: [{amount: 5}]}",
        "tiers: {mode: volume, zero_usage: nothing, steps: [{flat: 5}]}",
        "package: {size: 1, price: 1, round: up, at_least: 1}",
    ],
)
def test_a_fee_of_a_part_of_a_period_needs_a_proration(fee):
    assert problems(f"{{{ACT}, from: 2026-10-15, {fee}}}") == ["CB249"]
    assert problems(f"{{{ACT}, from: 2026-10-15, proration: none, {fee}}}") == []


def test_a_price_for_each_band():
    written = f"{{{ACT}, price: {{day: 2, sunday: 3}}}}"
    counts = (count(5, cell=cell("day")), count(1, cell=cell("day", "night")), count(2, cell=cell("sunday", "weekend")))
    assert lines(written, *counts, known=WEEK) == [
        "act.sunday | usage | Sundays | 2 act × 3 = 6.00",
        "act.day | usage | day | 6 act × 2 = 12.00",
    ]


def test_a_price_for_each_band_bills_nothing_without_records():
    assert lines(f"{{{ACT}, price: {{day: 2, sunday: 3}}}}", known=WEEK) == []


TABLE = """prices: {rows: [{when: {queue: sales, language: [en, de]}, price: 5, label: Sales abroad},
  {when: {queue: [sales, support]}, price: {day: 3, sunday: 4}}], otherwise: 2}"""


def test_a_price_for_each_row_of_a_table():
    counts = (
        count(1, row=0, cell=cell("day")),
        count(2, row=1, cell=cell("day")),
        count(3, row=1, cell=cell("sunday", "weekend")),
        count(4, row=2, cell=cell("day")),
    )
    assert lines(f"{{{ACT}, {TABLE}}}", *counts, known=WEEK) == [
        "act.r1 | usage | Sales abroad | 1 act × 5 = 5.00",
        "act.r2-sunday | usage | sales/support, Sundays | 3 act × 4 = 12.00",
        "act.r2-day | usage | sales/support, day | 2 act × 3 = 6.00",
        "act.r3 | usage | other | 4 act × 2 = 8.00",
    ]


def test_what_the_table_has_no_price_for_is_refused_with_its_records():
    with pytest.raises(Invalid) as caught:
        lines(
            f"{{{ACT}, prices: {{rows: [{{when: {{queue: sales}}, price: 5}}]}}}}",
            count(1, None, row=0),
            count(2, "chat", records=2, row=1),
            count(1, None, row=1),
            count(1, "chat", records=7, on="2026-10-06", row=1),
        )
    assert spots(caught.value) == ["CB319 prices", "CB319 prices"]
    assert [one.message for one in caught.value.problems] == [
        "no price for queue `chat`: 9 records",
        "no price for an empty queue: 1 record",
    ]


PREMIUMS = """premiums: {stacking: multiply, rates: [{window: night, percent: 10 %},
  {when: {language: de}, percent: 20 %, label: German}, {when: {queue: [vip, gold]}, percent: 5 %},
  {window: weekend, percent: 50 %}]}"""


def test_premiums_of_windows_and_of_contacts():
    counts = (
        count(1, cell=cell("day"), flags=(0, 0)),
        count(2, cell=cell("day", "night"), flags=(1, 0)),
        count(3, cell=cell("day", "weekend"), flags=(0, 1)),
    )
    assert lines(f"{{{ACT}, price: 10, {PREMIUMS}}}", *counts, known=WEEK) == [
        "act | usage | no premium | 1 act × 10 = 10.00",
        "act.p1-p2 | usage | At night +10 %, German +20 % | 2 act × 13.20 = 26.40",
        "act.p3-p4 | usage | vip/gold +5 %, weekend +50 % | 3 act × 15.75 = 47.25",
    ]


def test_a_meter_is_split_by_what_prices_look_at():
    main = meters(f"{ACT}, {TABLE}, {PREMIUMS}, by: queue", known=WEEK)["main"]
    assert main.rows == (
        (Condition("queue", one_of=("sales",)), Condition("language", one_of=("en", "de"))),
        (Condition("queue", one_of=("sales", "support")),),
    )
    assert (main.columns, main.unfit) == (("queue",), ())
    assert main.flags == ((Condition("language", one_of=("de",)),), (Condition("queue", one_of=("vip", "gold")),))


def test_premiums_come_on_revised_prices_with_one_rounding():
    clauses = "{wages: {formula: 1 / 3, names: {}, revised: each_period}}"
    week = facts("{windows: [{name: all}]}", clauses=clauses)
    written = (
        f"{{{ACT}, price: 10, indexation: wages, premiums: {{stacking: add, rates: [{{window: all, percent: 5 %}}]}}}}"
    )
    assert lines(written, count(1), known=week) == ["act.p1 | usage | all +5 % | 1 act × 3.50 = 3.50"]


def test_lines_by_a_column():
    counts = (count(1, "Zürich & Köln"), count(2, ""), count(3, None), count(4, "東京"))
    assert lines(f"{{{ACT}, price: 1, by: queue}}", *counts) == [
        "act.none | usage | – | 5 act × 1 = 5.00",
        "act.zurich___koln | usage | Zürich & Köln | 1 act × 1 = 1.00",
        "act.none-2 | usage | 東京 | 4 act × 1 = 4.00",
    ]


def test_tiers_count_each_group_of_lines_alone():
    written = f"{{{ACT}, by: queue, tiers: {{mode: graduated, steps: [{{up_to: 10, price: 2}}, {{price: 1}}]}}}}"
    assert lines(written, count(12, "sales"), count(4, "support")) == [
        "act.sales.t1 | usage | sales, tier 1: 0 to 10 | 10 act × 2 = 20.00",
        "act.sales.t2 | usage | sales, tier 2: beyond 10 | 2 act × 1 = 2.00",
        "act.support | usage | support, tier 1: 0 to 10 | 4 act × 2 = 8.00",
    ]


def test_the_fees_of_tiers_and_levels_follow_the_part_of_the_period():
    fee = "tiers: {mode: volume, zero_usage: bill_first_flat, steps: [{flat: 310}]}"
    assert lines(f"{{{ACT}, from: 2026-10-22, proration: calendar_days, {fee}}}") == [
        "act.t1-fee | usage | tier 1: beyond 0: flat fee | 1 fee × 100 = 100.00".replace("× 100 =", "× 100.00 =")
    ]
    level = "stairstep: {zero_usage: bill_first_flat, steps: [{amount: 310}]}"
    assert lines(f"{{{ACT}, from: 2026-10-22, proration: calendar_days, {level}}}") == [
        "act | usage | level 1: open, for 0 | 1 fee × 100.00 = 100.00"
    ]


def test_packages_and_levels_are_revised():
    assert lines(
        f"{{{ACT}, indexation: wages, package: {{size: 10, price: 5, round: up}}}}", count(11), known=INDEXED
    ) == ["act | usage | for 11 | 2 package of 10 × 5.50 = 11.00"]
    assert lines(f"{{{ACT}, indexation: wages, stairstep: {{zero_usage: nothing, steps: [{{amount: 50}}]}}}}", count(3), known=INDEXED) == [  # noqa: E501
        "act | usage | level 1: open, for 3 | 1 fee × 55.00 = 55.00"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            "tiers: {mode: graduated, steps: [{price: 1}]}",
            {
                "tiers": "each unit at the price of its own tier",
                "bound": "a tier's upper bound belongs to the tier it ends",
            },
        ),
        (
            "tiers: {mode: volume, bound: exclusive, packages: down, zero_usage: nothing,"
            " steps: [{flat: 1, price: 1, package: 5}]}",
            {
                "tiers": "all units at the price of the tier reached",
                "bound": "a tier's upper bound belongs to the next tier",
                "packages": "a started package is free",
                "zero_usage": "the first flat fee is not due without usage",
            },
        ),
        (
            "included: 5, tiers: {mode: volume, zero_usage: bill_first_flat, steps: [{flat: 1, package: 5, price: 1}]}",
            {
                "included": "5 units included, taken off after rounding",
                "tiers": "tiers count after the included units",
                "bound": "a tier's upper bound belongs to the tier it ends",
                "packages": "a started package is due in full",
                "zero_usage": "the first flat fee is due without usage",
            },
        ),
        ("package: {size: 1, price: 1, round: up}", {"package": "a started package is due in full"}),
        ("package: {size: 1, price: 1, round: down}", {"package": "a started package is free"}),
        (f"price: 2, {PREMIUM}", {}),
        (
            f"price: 2, {PREMIUM.removesuffix(']}')}, {{window: weekend, percent: 5 %}}]}}",
            {"premiums": "premiums add up"},
        ),
        (f"price: 2, {PREMIUMS}", {"premiums": "premiums multiply"}),
        (
            "price: 2, once_per: {field: customer, within: period}",
            {"once_per": "each customer counts once in the period"},
        ),
        ("price: 2, once_per: {field: customer, within: day}", {"once_per": "each customer counts once in one day"}),
        (
            "price: 2, once_per: {field: customer, within: 24 h}",
            {"once_per": "each customer counts again 24 h after its last contact"},
        ),
        (
            "price: 2, once_per: {field: customer, within: 90 min, since: billed}",
            {"once_per": "each customer counts again 90 min after its last billed contact"},
        ),
    ],
)
def test_rules_of_prices(settings, expected):
    found = rules(f"{ACT}, {settings}")
    assert {name: words for name, words in found.items() if name not in ("count", "rounding")} == expected


# ------------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("written", "expected"),
    cases(
        {
            "a source that is not there": ("chats.talk", ["CB231 measure"]),
            "a duration that is not there": ("calls.hold", ["CB231 measure"]),
            "a number is no duration": ("calls.amount", ["CB231 measure"]),
            "a field that is not there": ("calls.talk + calls.wrap, where: {cue: a}", ["CB231 where.cue"]),
            "steps from where": (
                "calls.talk, increment: {per: contact, initial: 30 s, step: 18 s, round: up}",
                ["CB246 increment"],
            ),
            "steps from zero": (
                "calls.talk, increment: {per: contact, initial: 30 s, step: 18 s, from: zero, round: up}",
                [],
            ),
            "steps that agree": ("calls.talk, increment: {per: contact, initial: 60 s, step: 6 s, round: up}", []),
            "a state is no contact": (
                "agents.ready, increment: {per: contact, step: 6 s, round: up}",
                ["CB247 increment"],
            ),
            "an interval is no contact": (
                "halfhours.talk, minimum_per_contact: 6 s, extra_per_contact: 6 s",
                ["CB247 minimum_per_contact", "CB247 extra_per_contact"],
            ),
            "no agent to round the day of": (
                "halfhours.talk, increment: {per: agent_day, step: 6 s, round: up}",
                ["CB231 increment.per"],
            ),
            "an agent's day": ("agents.ready, increment: {per: agent_day, step: 6 s, round: up}", []),
            "a minimum on no contact": (
                "calls.talk, minimum_per_contact: 6 s, increment: {per: agent_day, step: 6 s, round: up}",
                ["CB248 minimum_per_contact"],
            ),
            "an extra on a contact twice": (
                "calls.talk, extra_per_contact: 6 s, band_limit: split_rounded",
                ["CB248 extra_per_contact"],
            ),
            "an interval cannot be cut": ("halfhours.talk, band_limit: split", ["CB247 band_limit"]),
            "a difference cannot be cut": ("agents.logged_in - agents.pause, band_limit: split", ["CB247 band_limit"]),
            "a contact can": ("calls.talk - calls.wrap, band_limit: split_rounded", []),
        }
    ),
)
def test_time_that_cannot_be_billed(written, expected):
    assert problems(f"{{model: time, unit: hour, price: 2, measure: {written}}}") == expected


def test_a_unit_is_a_day_or_an_fte():
    with pytest.raises(Invalid) as caught:
        charge("{model: time, measure: calls.talk, price: 2, unit: {day: 7 h, fte: 151.67 h}}")
    assert spots(caught.value) == ["CB248 unit"]
    with pytest.raises(Invalid) as caught:
        charge("{model: time, measure: calls.talk, price: 2, unit: {}}")
    assert spots(caught.value) == ["CB248 unit"]


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("second", "5460 s × 2 = 10920.00"),
        ("minute", "91 min × 2 = 182.00"),
        ("hour", "1.5167 h × 2 = 3.03"),
        ("{day: 7 h}", "0.2167 day × 2 = 0.43"),
        ("{fte: 151.67 h}", "0.01 FTE × 2 = 0.02"),
    ],
)
def test_ninety_one_minutes_in_every_unit(unit, expected):
    assert lines(f"{{model: time, measure: calls.talk, unit: {unit}, price: 2}}", count(5460)) == [
        f"time | usage | {expected}"
    ]


def test_the_sum_of_a_period_may_be_rounded():
    written = f"{{{TIME}, price: 60, by: queue, increment: {{per: period, step: 15 min, round: up}}}}"
    assert lines(written, count(100, "a"), count(900, "b"), count(901, "b", on="2026-10-06")) == [
        "time.a | usage | a | 0.25 h × 60 = 15.00",
        "time.b | usage | b | 0.75 h × 60 = 45.00",
    ]


def test_a_line_of_time_says_what_was_measured_and_what_is_billed():
    one = charge(f"{{{TIME}, price: 60}}")
    (line,) = charge_lines(bill(one, main=metered(count(3600, records=7, measured=3333))), one)
    assert steps(line)[:2] == ["5 7 records measure 3,333 s; billed 3,600 s", "6 1 h"]


def test_the_meter_of_time():
    written = (
        "model: time, measure: calls.talk + calls.wrap, unit: hour, price: 2, minimum_per_contact: 20 s,"
        " extra_per_contact: 5 s, increment: {per: contact, initial: 60 s, step: 6 s, round: nearest}"
    )
    assert meters(written) == {
        "main": Meter(
            source="calls",
            record="contact",
            parts=((1, "talk"), (1, "wrap")),
            timed=True,
            increment=Increment("contact", 60_000_000, 6_000_000, "after_initial", "nearest"),
            minimum=20_000_000,
            extra=5_000_000,
            cells=((0,),),
        )
    }


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", {}),
        ("increment: {per: contact, step: 6 s, round: up}", {"increment": "each contact rounded up in steps of 6 s"}),
        (
            "increment: {per: agent_day, step: 15 min, round: nearest, initial: 0}",
            {"increment": "each agent’s day rounded to the nearest in steps of 15 min"},
        ),
        (
            "increment: {per: period, step: 1 h, round: down}",
            {"increment": "the sum of the period rounded down in steps of 1 h"},
        ),
        (
            "increment: {per: contact, initial: 30 s, step: 18 s, from: after_initial, round: up}",
            {"increment": "each contact rounded up in steps of 18 s, after the first 30 s"},
        ),
        (
            "increment: {per: contact, initial: 30 s, step: 18 s, from: zero, round: up}",
            {"increment": "each contact rounded up in steps of 18 s, from zero, at least 30 s"},
        ),
        ("minimum_per_contact: 20 s", {"minimum_per_contact": "at least 20 s a contact"}),
        ("extra_per_contact: 500 ms", {"extra_per_contact": "500 ms added to each contact"}),
    ],
)
def test_rules_of_time(settings, expected):
    found = rules(f"{TIME}, price: 2{', ' if settings else ''}{settings}")
    assert found == {
        "measure": "billed time: calls.talk",
        "rounding": "quantity rounded half up to 4 decimals",
        **expected,
    }


@pytest.mark.parametrize(
    ("unit", "words"), [("{day: 7 h}", "one day is 7 h"), ("{fte: 151.67 h}", "one FTE is 546,012 s")]
)
def test_a_stated_unit_is_a_rule(unit, words):
    assert rules(f"model: time, measure: calls.talk, price: 2, unit: {unit}")["unit"] == words


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("start", "over a band limit: billed where it starts"),
        ("split", "over a band limit: split, rounded as a whole"),
        ("split_rounded", "over a band limit: split, each part rounded"),
    ],
)
@pytest.mark.parametrize(
    "prices",
    [
        "price: {day: 2, sunday: 3}",
        f"price: 2, {PREMIUM}",
        TABLE,
    ],
)
def test_what_happens_at_a_band_limit_is_a_rule_where_bands_matter(prices, limit, words):
    assert rules(f"{TIME}, {prices}, band_limit: {limit}")["band_limit"] == words
    assert "band_limit" not in rules(f"{TIME}, price: 2")


def test_a_sum_that_is_rounded_later_is_only_split_at_a_band_limit():
    increment = "increment: {per: agent_day, step: 15 min, round: up}"
    agents = f"model: time, measure: agents.ready, unit: hour, price: {{day: 2, sunday: 3}}, {increment}"
    assert rules(f"{agents}, band_limit: split")["band_limit"] == "over a band limit: split"


def test_cells_that_are_priced_alike_are_counted_as_one():
    (one_price,) = meters(f"{TIME}, price: 2", known=WEEK)["main"].cells
    assert set(one_price) == {0}
    (by_band,) = meters(f"{TIME}, price: {{day: 2, sunday: 3}}", known=WEEK)["main"].cells
    assert by_band == tuple(cell_of(one.band) for one in scope(WEEK).timetable.cells)
    (by_window,) = meters(f"{TIME}, price: 2, {PREMIUM}", known=WEEK)["main"].cells
    assert len(set(by_window)) == 2


def test_cells_are_told_apart_by_band_and_by_the_windows_of_premiums_together():
    """Four kinds are left: Sundays and days, at night or not; that a day is in the weekend changes no price."""
    (both,) = meters(f"{TIME}, price: {{day: 2, sunday: 3}}, {PREMIUM}", known=WEEK)["main"].cells
    kinds = [(one.band, "night" in one.windows) for one in scope(WEEK).timetable.cells]
    assert both == tuple(kinds.index(kind) for kind in kinds)
    assert len(set(both)) == 4


BANDED = "{day: 3, sunday: 4}"


@pytest.mark.parametrize(
    ("otherwise", "third"), [("", False), (", otherwise: 0", False), (f", otherwise: {BANDED}", True)]
)
def test_only_the_rows_that_are_priced_by_band_keep_bands_apart(otherwise, third):
    rows = f"rows: [{{when: {{queue: sales}}, price: 5}}, {{when: {{queue: support}}, price: {BANDED}}}]"
    found = meters(f"{TIME}, prices: {{{rows}{otherwise}}}", known=WEEK)["main"].cells
    one, banded = (0,) * len(found[0]), tuple(cell_of(one.band) for one in scope(WEEK).timetable.cells)
    assert found == (one, banded, banded if third else one)


def test_what_no_row_fits_is_told_by_the_columns_that_rows_look_at():
    rows = "rows: [{when: {queue: sales, language: fr}, price: 5}]"
    for written, unfit in (("", ("queue", "language")), (", by: queue", ("language",))):
        assert meters(f"{TIME}, prices: {{{rows}}}{written}")["main"].unfit == unfit
    assert meters(f"{TIME}, prices: {{{rows}, otherwise: 1}}")["main"].unfit == ()


def cell_of(band: str) -> int:
    """The first cell of a band."""
    return min(scope(WEEK).timetable.cells_where(band))


def test_time_outside_the_dates_of_its_charge_bills_nothing():
    assert lines(f"{{{TIME}, price: 2, from: 2026-11-01}}") == []


# ------------------------------------------------------------------------------------------------- flat


@pytest.mark.parametrize(
    ("written", "expected"),
    cases(
        {
            "counted and measured": ("count: calls.all, measure: calls.talk", ["CB248 measure"]),
            "an excess over nothing": ("excess: {price: 1, charge: whole}", ["CB249 excess"]),
            "a shortfall under nothing": (
                "count: calls.all, shortfall: {price: 1, charge: whole}, tolerance: 5 %",
                ["CB249 shortfall", "CB249 tolerance"],
            ),
            "an included volume of nothing": ("included: 5", ["CB249 included"]),
            "a least quantity": ("count: calls.all, included: 5, minimum: {quantity: 5}", ["CB248 minimum"]),
            "a most quantity": ("maximum: {quantity: 5}", ["CB248 maximum"]),
            "a forecast": ("take_or_pay: {share: 90 %, forecast: {2026-10: 5}}", ["CB248 take_or_pay"]),
            "limits in amount": ("minimum: {amount: 5}, maximum: {amount: 5000}", []),
            "a source that is not there": ("count: chats.all, included: 5", ["CB231 count"]),
            "a measured source that is not there": ("measure: chats.talk, included: 5", ["CB231 measure"]),
            "a state that is not there": ("count: calls.solved, included: 5", ["CB231 count"]),
            "a duration that is not there": ("measure: calls.hold, included: 5", ["CB231 measure"]),
            "a field that is not there": ("count: calls.all, included: 5, where: {cue: a}", ["CB231 where.cue"]),
            "a sound package": (
                "count: calls.all, included: 5, tolerance: {above: 1 %, below: 5 %}, excess: {price: 1, charge: whole}",
                [],
            ),
        }
    ),
)
def test_flat_fees_that_cannot_be_billed(written, expected):
    assert problems(f"{{{FLAT}, {written}}}") == expected


def test_a_fee_that_begins_inside_a_period_needs_a_proration():
    assert problems(f"{{{FLAT}, from: 2026-10-15}}") == ["CB249"]


def test_a_fixed_amount():
    assert lines(f"{{{FLAT}}}", main=metered()) == ["flat | fee | 1 period × 1000.00 = 1000.00"]
    assert meters(FLAT) == {}


def test_a_fee_outside_its_dates_is_not_due():
    assert lines(f"{{{FLAT}, from: 2026-11-01}}") == []


@pytest.mark.parametrize(
    ("proration", "expected"),
    [
        ("calendar_days", "flat | fee | 1000 × 17/31, 15 Oct 2026 to 31 Oct 2026 | 1 period × 548.39 = 548.39"),
        ("fixed_30", "flat | fee | 1000 × 8/15, 15 Oct 2026 to 31 Oct 2026 | 1 period × 533.33 = 533.33"),
        ("none", "flat | fee | 1 period × 1000.00 = 1000.00"),
    ],
)
def test_a_part_of_a_period(proration, expected):
    written = f"{{{FLAT}, from: 2026-10-15, proration: {proration}}}"
    assert lines(written) == [expected.replace("1000 ×", "1,000 ×")]


def test_a_revised_fee():
    assert lines(f"{{{FLAT}, indexation: wages}}", known=INDEXED) == ["flat | fee | 1 period × 1100.00 = 1100.00"]


def compared(charged: str) -> str:
    """A package of 100 calls; what differs is charged whole, or beyond the tolerance."""
    prices = f"excess: {{price: 3, charge: {charged}}}, shortfall: {{price: 2, charge: {charged}}}"
    return f"{FLAT}, count: calls.all, included: 100, {prices}"


@pytest.mark.parametrize(
    ("charged", "tolerance", "answered", "expected"),
    [
        ("whole", "", 100, []),
        ("whole", "", 101, ["flat.excess | excess | 101 against 100, limit 100: excess | 1 act × 3 = 3.00"]),
        ("whole", "", 99, ["flat.shortfall | shortfall | 99 against 100, limit 100: shortfall | -1 act × 2 = -2.00"]),
        ("whole", ", tolerance: 10 %", 110, []),
        ("whole", ", tolerance: 10 %", 90, []),
        ("whole", ", tolerance: 10 %", 111, ["flat.excess | excess | 111 against 100, limit 110: excess | 11 act × 3 = 33.00"]),  # noqa: E501
        ("beyond", ", tolerance: 10 %", 111, ["flat.excess | excess | 111 against 100, limit 110: excess | 1 act × 3 = 3.00"]),  # noqa: E501
        ("whole", ", tolerance: 10 %", 89, ["flat.shortfall | shortfall | 89 against 100, limit 90: shortfall | -11 act × 2 = -22.00"]),  # noqa: E501
        ("beyond", ", tolerance: 10 %", 89, ["flat.shortfall | shortfall | 89 against 100, limit 90: shortfall | -1 act × 2 = -2.00"]),  # noqa: E501
        ("beyond", ", tolerance: {above: 20 %, below: 5 %}", 115, []),
        ("beyond", ", tolerance: {above: 20 %, below: 5 %}", 94, ["flat.shortfall | shortfall | 94 against 100, limit 95: shortfall | -1 act × 2 = -2.00"]),  # noqa: E501
    ],
)  # fmt: skip
def test_a_volume_outside_the_tolerance(charged, tolerance, answered, expected):
    written = f"{{{compared(charged)}{tolerance}}}"
    assert lines(written, count(answered))[1:] == expected


def test_a_difference_without_a_price_costs_nothing():
    over = f"{{{FLAT}, count: calls.all, included: 100, shortfall: {{price: 2, charge: whole}}}}"
    assert len(lines(over, count(500))) == 1
    under = f"{{{FLAT}, count: calls.all, included: 100, excess: {{price: 2, charge: whole}}}}"
    assert len(lines(under, count(5))) == 1


def test_an_excess_by_started_packages():
    written = f"{{{FLAT}, count: calls.all, included: 100, excess: {{price: 25, charge: whole, package: 10}}}}"
    assert lines(written, count(121))[1] == (
        "flat.excess | excess | 121 against 100, limit 100: excess | 3 package of 10 × 25 = 75.00"
    )


def test_an_included_volume_in_hours():
    written = f"{{{FLAT}, measure: calls.talk + calls.wrap, included: 10, excess: {{price: 30, charge: whole}}}}"
    assert (
        lines(written, count(45_000))[1]
        == "flat.excess | excess | 12.5 against 10, limit 10: excess | 2.5 h × 30 = 75.00"
    )
    assert charge(written).times


@pytest.mark.parametrize(("prorated", "expected"), [("true", "52 act × 3 = 156.00"), ("false", "20 act × 3 = 60.00")])
def test_the_included_volume_follows_the_proration_or_not(prorated, expected):
    written = f"{{{FLAT}, from: 2026-10-17, proration: fixed_30, count: calls.all, included: 60, prorate_included: {prorated}, excess: {{price: 3, charge: whole}}}}"  # noqa: E501
    excess = lines(written, count(80))[1]
    assert excess.endswith(expected)


def test_a_volume_takes_the_word_of_the_contract():
    written = f"{{{FLAT}, count: calls.all, unit: call, included: 100, excess: {{price: 3, charge: whole}}}}"
    assert lines(written, count(101))[1].endswith("1 call × 3 = 3.00")


def test_the_meters_of_a_volume():
    assert meters(f"{FLAT}, count: calls.answered, included: 5, free: {{first: 2}}")["main"] == Meter(
        source="calls",
        record="contact",
        tests=meters(f"{ACT}, price: 2")["main"].tests,
        free=Free((), None, 2),
    )
    assert meters(f"{FLAT}, count: halfhours.answered, included: 5")["main"].parts == ((1, "answered"),)
    timed = meters(f"{FLAT}, measure: agents.ready, included: 5")["main"]
    assert (timed.parts, timed.timed, timed.record) == (((1, "ready"),), True, "agent_state")


def test_rules_of_a_flat_fee():
    written = f"{compared('whole')}, tolerance: {{above: 10 %, below: 2.5 %}}, proration: calendar_days"
    assert rules(written) == {
        "excess": "excess charged: the whole difference",
        "shortfall": "shortfall paid back: the whole difference",
        "tolerance": "tolerance +10 % / −2.5 %",
        "prorate_included": "included volume prorated",
        "proration": "proration by calendar days",
    }
    assert rules(compared("beyond"))["excess"] == "excess charged: only what is beyond the tolerance"
    assert rules(f"{written}, prorate_included: false")["prorate_included"] == "included volume not prorated"
    assert rules(FLAT) == {}


# ------------------------------------------------------------------------------------------------- subscription


@pytest.mark.parametrize(
    ("written", "expected"),
    cases(
        {
            "no seats": ("seats: []", ["CB219 seats"]),
            "dates out of order": (
                "seats: [{from: 2026-02-01, seats: 2}, {from: 2026-01-01, seats: 1}]",
                ["CB240 seats.1.from"],
            ),
            "dates in order": ("seats: [{from: 2026-01-01, seats: 2}, {from: 2026-02-01, seats: 1}]", []),
            "a change inside a period": ("seats: [{from: 2026-01-15, seats: 2}]", ["CB249 seats"]),
            "a change that costs the whole": ("seats: [{from: 2026-01-15, seats: 2}], proration: none", []),
            "a beginning that is not told": (
                "seats: 5, setup: {amount: 5}, minimum_term: 12",
                ["CB249 setup", "CB249 minimum_term"],
            ),
            "conditions on a number": ("seats: 5, where: {queue: a}", ["CB248 where"]),
            "free records of a number": ("seats: 5, free: {first: 1}", ["CB248 free"]),
            "a source that is not there": ("seats: {measured: distinct, of: chats}", ["CB231 seats.of"]),
            "a source without agents": ("seats: {measured: distinct, of: halfhours}", ["CB231 seats.of"]),
            "a field that is not there": (
                "seats: {measured: distinct, of: calls}, where: {cue: a}",
                ["CB231 where.cue"],
            ),
            "a peak of what": ("seats: {measured: peak, of: calls}", ["CB249 seats.of"]),
            "a duration that is not there": (
                "seats: {measured: peak, of: calls.talk + calls.hold}",
                ["CB231 seats.of"],
            ),
            "a sound peak": ("seats: {measured: peak, of: calls.talk + calls.wrap}", []),
            "a mean over what": ("seats: {measured: mean, of: calls}", ["CB249 seats"]),
            "no mean over days": ("seats: {measured: distinct, of: calls, over: all_days}", ["CB249 seats"]),
            "a term of measured seats": (
                "seats: {measured: distinct, of: calls}, minimum_term: 12, from: 2026-01-01",
                ["CB248 minimum_term"],
            ),
        }
    ),
)
def test_seats_that_cannot_be_billed(written, expected):
    assert problems(f"{{{SEATS}, {written}}}") == expected


def test_seats_cannot_be_measured_in_advance():
    written = "{model: subscription, price: 1, billed: in_advance, seats: {measured: distinct, of: calls}}"
    assert problems(written) == ["CB248 billed"]


def test_a_number_of_seats():
    assert lines(f"{{{SEATS}, seats: 10}}") == [
        "subscription.20261001 | fee | 1 Oct 2026 to 31 Oct 2026 | 10 seat × 100 = 1000.00"
    ]
    assert lines(f"{{{SEATS}, seats: 10, unit: licence}}")[0].endswith("10 licence × 100 = 1000.00")
    assert meters(f"{SEATS}, seats: 10") == {}


CHANGE = "seats: [{from: 2026-01-01, seats: 10}, {from: 2026-10-15, seats: 12}, {from: 2027-01-01, seats: 3}]"


@pytest.mark.parametrize(
    ("proration", "expected"),
    [
        (
            "calendar_days",
            [
                "1 Oct 2026 to 14 Oct 2026: 100 × 14/31 | 10 seat × 45.16129 = 451.61",
                "15 Oct 2026 to 31 Oct 2026: 100 × 17/31 | 12 seat × 54.83871 = 658.06",
            ],
        ),
        (
            "fixed_30",
            [
                "1 Oct 2026 to 14 Oct 2026: 100 × 7/15 | 10 seat × 46.666667 = 466.67",
                "15 Oct 2026 to 31 Oct 2026: 100 × 8/15 | 12 seat × 53.333333 = 640.00",
            ],
        ),
        ("none", ["1 Oct 2026 to 31 Oct 2026 | 12 seat × 100 = 1200.00"]),
    ],
)
def test_a_number_of_seats_that_changes(proration, expected):
    found = lines(f"{{{SEATS}, {CHANGE}, proration: {proration}}}")
    assert [line.split(" | ", 2)[2] for line in found] == expected


def test_seats_that_begin_later_bill_nothing():
    assert lines(f"{{{SEATS}, seats: [{{from: 2026-11-01, seats: 2}}], proration: none}}") == []


def test_seats_that_are_counted():
    written = f"{{{SEATS}, seats: {{measured: mean, of: agents, over: active_days}}, decimals: 2}}"
    assert lines(written, main=seats(Fraction(50, 3))) == [
        "subscription.20261001 | fee | 1 Oct 2026 to 31 Oct 2026 | 16.67 seat × 100 = 1667.00"
    ]
    assert lines(f"{{{SEATS}, seats: {{measured: distinct, of: agents}}}}", main=metered())[0].endswith(
        "0 seat × 100 = 0.00"
    )


def test_the_meters_of_seats():
    assert meters(f"{SEATS}, seats: {{measured: mean, of: agents, over: active_days}}") == {
        "main": SeatMeter(source="agents", record="agent_state", kind="mean", active_days=True)
    }
    assert meters(f"{SEATS}, seats: {{measured: peak, of: calls.talk + calls.wrap}}, from: 2026-10-05") == {
        "main": SeatMeter(
            source="calls",
            record="contact",
            kind="peak",
            parts=((1, "talk"), (1, "wrap")),
            dates=(day("2026-10-05"), None),
        )
    }


ADVANCE = "model: subscription, price: 100, billed: in_advance, seats: 2"


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ("", ["1 Nov 2026 to 30 Nov 2026"]),
        ("from: 2026-10-01", ["1 Oct 2026 to 31 Oct 2026", "1 Nov 2026 to 30 Nov 2026"]),
        ("from: 2026-11-01", []),
        ("until: 2026-10-31", []),
        ("from: 2026-10-01, until: 2026-10-31", ["1 Oct 2026 to 31 Oct 2026"]),
    ],
)
def test_in_advance_each_period_is_billed_once(dates, expected):
    found = lines(f"{{{ADVANCE}{', ' if dates else ''}{dates}}}")
    assert [line.split(" | ")[2] for line in found] == expected


def test_a_set_up_fee_stands_on_the_first_invoice():
    written = f"{{{SEATS}, seats: 2, from: 2026-10-01, setup: {{amount: 500, label: Installation}}}}"
    assert lines(written)[1] == "subscription.setup | setup | Installation | 1 fee × 500 = 500.00"
    assert len(lines(written, period=period_named("month", "2026-11"))) == 1
    assert lines(f"{{{SEATS}, seats: 2, from: 2026-10-01, setup: {{amount: 500}}, indexation: wages}}", known=INDEXED)[1] == (  # noqa: E501
        "subscription.setup | setup | set-up fee | 1 fee × 550.00 = 550.00"
    )  # fmt: skip


TERM = f"{SEATS}, seats: 2, from: 2026-03-01, minimum_term: 12, proration: calendar_days"


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (
            "2026-10-31",
            ["subscription.term | term | left of a term of 12 months: 100 × 4 periods | 2 seat × 400.00 = 800.00"],
        ),
        ("2026-11-30", []),
    ],
)
def test_an_early_end_owes_the_rest_of_the_term(until, expected):
    assert lines(f"{{{TERM}, until: {until}}}")[1:] == expected


def test_an_early_end_inside_a_month_owes_the_months_that_were_not_billed():
    written = f"{{{SEATS}, seats: 1, from: 2026-03-01, minimum_term: 12, proration: none, until: 2026-10-15}}"
    assert lines(written) == [
        "subscription.20261001 | fee | 1 Oct 2026 to 15 Oct 2026 | 1 seat × 100 = 100.00",
        "subscription.term | term | left of a term of 12 months: 100 × 4 periods | 1 seat × 400.00 = 400.00",
    ]


def test_an_end_after_the_term_owes_nothing():
    assert len(lines(f"{{{TERM}, until: 2027-02-28}}", period=period_named("month", "2027-02"))) == 1
    assert len(lines(f"{{{TERM}}}")) == 1


def test_the_rest_of_a_term_is_for_the_seats_that_were_in_force_last():
    written = (
        "{model: subscription, price: 100, billed: in_arrears, from: 2026-03-01, minimum_term: 12, until: 2026-10-31,"
    )
    dated = "seats: [{from: 2026-03-01, seats: 4}, {from: 2026-09-01, seats: 6}, {from: 2026-12-01, seats: 9}]}"
    assert lines(f"{written} {dated}")[-1].endswith("6 seat × 400.00 = 2400.00")
    late = "seats: [{from: 2027-01-01, seats: 4}]}"
    assert lines(f"{written} {late}")[-1].endswith("0 seat × 400.00 = 0.00")


@pytest.mark.parametrize(
    ("period", "proration", "until", "rest"),
    [
        pytest.param(
            "month", "calendar_days", "2026-10-15", "100 × ≈4.516129 periods | 1 seat × 451.612903", id="by days"
        ),
        pytest.param("month", "fixed_30", "2026-10-15", "100 × 4.5 periods | 1 seat × 450.00", id="by months of 30"),
        pytest.param("quarter", "none", "2026-12-31", "100 × ≈0.666667 periods | 1 seat × 66.666667", id="in quarters"),
        pytest.param(FOUR_WEEKS, "none", "2026-10-11", "100 × 5 periods | 1 seat × 500.00", id="in blocks of days"),
        pytest.param(
            "quarter",
            "calendar_days",
            "2026-10-15",
            "100 × ≈1.492512 periods | 1 seat × 149.251208",
            id="in quarters by days: 77/92 + 59/90",
        ),
        pytest.param(
            "quarter",
            "fixed_30",
            "2026-10-15",
            "100 × 1.5 periods | 1 seat × 150.00",
            id="in quarters of months of 30: 75/90 + 60/90",
        ),
        pytest.param(
            FOUR_WEEKS,
            "calendar_days",
            "2026-10-15",
            "100 × ≈4.857143 periods | 1 seat × 485.714286",
            id="in blocks by days: 24/28 + 4",
        ),
        pytest.param(
            DayPeriod(from_day=15),
            "calendar_days",
            "2026-10-15",
            "100 × ≈4.467742 periods | 1 seat × 446.774194",
            id="from the 15th: 30/31 + 3 + 14/28",
        ),
    ],
)
def test_the_rest_of_a_term_in_periods(period, proration, until, rest):
    written = f"{SEATS}, seats: 1, from: 2026-03-01, minimum_term: 12, proration: {proration}, until: {until}"
    billed = period_of(period, date.fromisoformat(until))
    assert rest in lines(f"{{{written}}}", known=facts(period=period), period=billed)[-1]


def test_measured_seats_have_none_beyond_the_end_of_their_charge():
    measured = "seats: {measured: distinct, of: calls}, from: 2026-03-01, minimum_term: 12, until: 2026-10-31"
    assert problems(f"{{{SEATS}, {measured}}}") == ["CB248 minimum_term"]
    assert lines(f"{{{SEATS}, {measured}}}", main=seats(3))[1].endswith("0 seat × 400.00 = 0.00")


def test_stated_seats_count_no_source():
    assert charge(f"{{{SEATS}, seats: 5}}").source_of() is None
    assert charge(f"{{{SEATS}, seats: {{measured: peak, of: calls.talk}}}}").source_of() == "calls"


def test_rules_of_seats():
    assert rules(f"{SEATS}, seats: 5, from: 2026-03-01, minimum_term: 12") == {
        "billed": "billed in arrears",
        "minimum_term": "minimum term of 12 months",
    }
    assert rules(ADVANCE)["billed"] == "billed in advance"
    measured = {
        kind: rules(f"{SEATS}, seats: {{measured: {kind}, of: calls}}")["seats"]
        for kind in ("distinct", "peak", "mean")
    }
    assert measured == {
        "distinct": "agents seen in the period",
        "peak": "most agents busy at one moment",
        "mean": "agents a day, on average",
    }


def test_every_source_of_these_tests_is_known():
    assert set(LAYOUTS) == {"calls", "agents", "halfhours"}

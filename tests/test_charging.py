"""One charge's counts become lines: rounding, commitments, included units, caps, minimum and maximum, single lines."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from small import OCTOBER, bill, charge, count, facts, lines, metered, said, seats, spots, steps

from callbill.charge_settings import OneOff
from callbill.charging import charge_lines, one_off_lines
from callbill.invoice import Vat
from callbill.money import rounded
from callbill.problems import Invalid
from callbill.settings import build

D = Decimal
CALLS = "model: act, count: calls.answered, label: Calls, id: calls"


def calls(settings: str) -> str:
    return f"{{{CALLS}, {settings}}}"


# Step 7: the billed quantity.


@pytest.mark.parametrize(
    ("settings", "quantity"),
    [
        ("", "0.3333"),
        (", decimals: 2", "0.33"),
        (", decimals: 2, rounding: up", "0.34"),
        (", decimals: 0", "0"),
        (", decimals: 0, rounding: up", "1"),
        (", decimals: 3, rounding: down", "0.333"),
    ],
)
def test_twenty_minutes_are_rounded_to_the_decimals_of_the_charge(settings, quantity):
    written = f"{{model: time, id: talk, measure: calls.talk, unit: hour, price: 30{settings}}}"
    (line,) = charge_lines(bill(charge(written), main=metered(count(1200))), charge(written))
    assert line.quantity == D(quantity)
    assert line.amount == rounded(D(quantity) * 30, 2)


def test_an_amount_is_rounded_half_up_to_the_cent_and_once():
    assert lines(calls("price: 0.005"), count(3)) == ["calls | usage | 3 act × 0.005 = 0.02"]
    assert lines(calls("price: 0.005"), count(2)) == ["calls | usage | 2 act × 0.005 = 0.01"]


def test_an_amount_has_the_decimals_of_its_currency():
    assert lines(calls("price: 149.5"), count(3), known=facts(currency="JPY", decimals=0)) == [
        "calls | usage | 3 act × 149.5 = 449"
    ]


def test_a_charge_without_records_has_a_line_of_nothing():
    assert lines(calls("price: 2.50")) == ["calls | usage | 0 act × 2.50 = 0.00"]


# Step 8: commitments in quantity.


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (120, ["calls | usage | 120 act × 2.50 = 300.00"]),
        (100, ["calls | usage | 100 act × 2.50 = 250.00"]),
        (
            60,
            [
                "calls | usage | 60 act × 2.50 = 150.00",
                "calls.short | shortfall | shortfall up to 100 | 40 act × 2.50 = 100.00",
            ],
        ),
        (0, ["calls.short | shortfall | shortfall up to 100 | 100 act × 2.50 = 250.00"]),
    ],
)
def test_a_least_quantity_is_due_at_the_price_of_the_charge(answered, expected):
    assert lines(calls("price: 2.50, minimum: {quantity: 100}"), count(answered)) == expected


def test_a_missing_unit_may_have_a_price_of_its_own():
    assert lines(calls("price: 2.50, minimum: {quantity: 100, price: 1}"), count(60)) == [
        "calls | usage | 60 act × 2.50 = 150.00",
        "calls.short | shortfall | shortfall up to 100 | 40 act × 1 = 40.00",
    ]
    assert lines(calls("price: 2.50, minimum: {quantity: 100, price: 1}"), count(100)) == [
        "calls | usage | 100 act × 2.50 = 250.00"
    ]


def test_a_least_quantity_over_several_prices_counts_them_together():
    by_queue = calls("price: 2.50, by: queue, minimum: {quantity: 100, price: 1}")
    assert lines(by_queue, count(30, "sales"), count(50, "support")) == [
        "calls.sales | usage | sales | 30 act × 2.50 = 75.00",
        "calls.support | usage | support | 50 act × 2.50 = 125.00",
        "calls.short | shortfall | shortfall up to 100 | 20 act × 1 = 20.00",
    ]
    assert lines(by_queue) == ["calls.short | shortfall | shortfall up to 100 | 100 unit × 1 = 100.00"]


TAKE_OR_PAY = "price: 2, take_or_pay: {share: 90 %, forecast: {2026-10: 1000, 2026-11: 1200}}"


def test_a_share_of_the_forecast_is_due_in_any_case():
    assert lines(calls(TAKE_OR_PAY), count(950)) == ["calls | usage | 950 act × 2 = 1900.00"]
    assert lines(calls(TAKE_OR_PAY), count(700)) == [
        "calls | usage | 700 act × 2 = 1400.00",
        "calls.short | shortfall | shortfall up to 900, 90 % of 1,000 forecast | 200 act × 2 = 400.00",
    ]


def test_a_missing_unit_of_the_forecast_may_have_a_price_of_its_own():
    written = calls("price: 2, take_or_pay: {share: 90 %, forecast: {2026-10: 1000}, price: 0.75}")
    assert lines(written, count(700)) == [
        "calls | usage | 700 act × 2 = 1400.00",
        "calls.short | shortfall | shortfall up to 900, 90 % of 1,000 forecast | 200 act × 0.75 = 150.00",
    ]


def test_a_period_without_a_forecast_is_refused_where_it_should_stand():
    written = calls("price: 2, take_or_pay: {share: 90 %, forecast: {2026-09: 1000}}")
    with pytest.raises(Invalid) as caught:
        lines(written, count(700))
    assert spots(caught.value) == ["CB252 take_or_pay.forecast"]


def test_a_commitment_follows_the_part_of_the_period_that_is_covered():
    half = "from: 2026-10-17, proration: {proration}, price: 2, minimum: {{quantity: 62}}"
    assert lines(calls(half.format(proration="calendar_days")), count(10))[1] == (
        "calls.short | shortfall | shortfall up to 30 (62 × 15/31, 17 Oct 2026 to 31 Oct 2026) | 20 act × 2 = 40.00"
    )
    assert lines(calls(half.format(proration="none")), count(10))[1] == (
        "calls.short | shortfall | shortfall up to 62 | 52 act × 2 = 104.00"
    )


def test_a_commitment_to_tiers_is_priced_in_the_tiers():
    tiers = "tiers: {mode: graduated, steps: [{up_to: 50, price: 3}, {price: 2}]}, minimum: {quantity: 80}"
    assert lines(calls(tiers), count(60)) == [
        "calls.t1 | usage | tier 1: 0 to 50 | 50 act × 3 = 150.00",
        "calls.t2 | usage | tier 2: beyond 50 | 10 act × 2 = 20.00",
        "calls.t2.short | shortfall | tier 2: beyond 50, shortfall up to 80 | 20 act × 2 = 40.00",
    ]


# Step 9: included units.


def test_included_units_are_a_line_at_no_price():
    assert lines(calls("price: 2.50, included: 20"), count(50)) == [
        "calls.included | included | included | 20 act × 0 = 0.00",
        "calls | usage | 30 act × 2.50 = 75.00",
    ]


def test_included_units_never_exceed_what_was_used():
    assert lines(calls("price: 2.50, included: 20"), count(12)) == [
        "calls.included | included | included | 12 act × 0 = 0.00",
        "calls | usage | 0 act × 2.50 = 0.00",
    ]
    assert lines(calls("price: 2.50, included: 20"), count(0)) == ["calls | usage | 0 act × 2.50 = 0.00"]


HOURS = "model: time, id: talk, measure: calls.talk, unit: hour, decimals: 1"


@pytest.mark.parametrize(
    ("apply", "free", "billed"), [("after_rounding", "1.5", "0.8"), ("before_rounding", "1.5", "0.7")]
)
def test_included_units_come_off_the_rounded_or_the_exact_quantity(apply, free, billed):
    """2 h 14 min 30 s, rounded up to a tenth of an hour, 1.5 h included: 2.3 - 1.5, or up of 2.2417 - 1.5 = 0.8."""
    way = "rounding: up" if apply == "after_rounding" else "rounding: down"
    written = f"{{{HOURS}, price: 30, {way}, included: {{quantity: 1.5, apply: {apply}}}}}"
    assert [line.split(" | ")[-1].split(" h")[0] for line in lines(written, count(8070))] == [free, billed]


def test_more_included_units_than_were_used_leave_nothing_to_round():
    written = "{model: time, id: talk, measure: calls.talk, unit: minute, decimals: 0, price: 1, included: {quantity: 150, apply: before_rounding}}"  # noqa: E501
    assert lines(written, count(6030))[-1] == "talk | usage | 0 min × 1 = 0.00"


@pytest.mark.parametrize(
    ("across", "expected"),
    [
        (
            "in_order",
            [
                "calls.sales.included | included | sales, included | 30 act × 0 = 0.00",
                "calls.sales | usage | sales | 0 act × 2 = 0.00",
                "calls.support.included | included | support, included | 10 act × 0 = 0.00",
                "calls.support | usage | support | 60 act × 2 = 120.00",
            ],
        ),
        (
            "pro_rata",
            [
                "calls.sales.included | included | sales, included | 12 act × 0 = 0.00",
                "calls.sales | usage | sales | 18 act × 2 = 36.00",
                "calls.support.included | included | support, included | 28 act × 0 = 0.00",
                "calls.support | usage | support | 42 act × 2 = 84.00",
            ],
        ),
    ],
)
def test_included_units_over_several_prices_go_in_order_or_by_quantity(across, expected):
    written = calls(f"price: 2, by: queue, included: {{quantity: 40, across: {across}}}")
    assert lines(written, count(30, "sales"), count(70, "support")) == expected


def test_included_units_by_quantity_sum_to_the_last_unit():
    written = calls("price: 2, by: queue, decimals: 0, included: {quantity: 100, across: pro_rata}")
    thirds = lines(written, count(70, "a"), count(70, "b"), count(70, "c"))
    assert [line.split(" | ")[-1] for line in thirds if "included" in line] == [
        "34 act × 0 = 0.00",
        "33 act × 0 = 0.00",
        "33 act × 0 = 0.00",
    ]


def test_included_units_by_quantity_may_come_off_before_the_rounding():
    written = "{model: time, id: talk, measure: calls.talk, unit: minute, decimals: 1, price: 1, by: queue, included: {quantity: 10, apply: before_rounding, across: pro_rata}}"  # noqa: E501
    assert lines(written, count(600, "a"), count(300, "b")) == [
        "talk.a.included | included | a, included | 6.6667 min × 0 = 0.00",
        "talk.a | usage | a | 3.3 min × 1 = 3.30",
        "talk.b.included | included | b, included | 3.3333 min × 0 = 0.00",
        "talk.b | usage | b | 1.7 min × 1 = 1.70",
    ]
    assert lines(written) == []


def test_units_given_back_take_no_included_units():
    written = (
        "{model: act, id: units, sum: calls.amount, price: 2, by: queue, included: {quantity: 5, across: in_order}}"
    )
    assert lines(written, count(-4, "returns"), count(9, "sales")) == [
        "units.returns | usage | returns | -4 act × 2 = -8.00",
        "units.sales.included | included | sales, included | 5 act × 0 = 0.00",
        "units.sales | usage | sales | 4 act × 2 = 8.00",
    ]


@pytest.mark.parametrize(
    ("more", "billed", "line"),
    [
        (
            "take_or_pay: {share: 90 %, forecast: {2026-10: 310}}", 20,
            "calls.short | shortfall | shortfall up to 135 (279 × 15/31, 17 Oct 2026 to 31 Oct 2026), 90 % of 310"
            " forecast | 115 act × 2 = 230.00",
        ),
        (
            "maximum: {amount: 310}", 100,
            "calls.maximum | maximum | maximum 150.00 (310 × 15/31, 17 Oct 2026 to 31 Oct 2026): cap"
            " | -1 fixed × 50.00 = -50.00",
        ),
        (
            "maximum: {quantity: 62}", 40,
            "calls.beyond | maximum | beyond the maximum, 30 (62 × 15/31, 17 Oct 2026 to 31 Oct 2026)"
            " | 10 act × 0 = 0.00",
        ),
    ],
)  # fmt: skip
def test_a_commitment_of_part_of_a_period_says_which_part_and_of_what(more: str, billed: int, line: str):
    written = calls(f"from: 2026-10-17, proration: calendar_days, price: 2, {more}")
    assert line in lines(written, count(billed))


def test_included_units_follow_the_part_of_the_period_that_is_covered():
    written = calls("from: 2026-10-17, proration: fixed_30, price: 2, included: 60")
    assert lines(written, count(40))[0] == (
        "calls.included | included | included of 28 (60 × 7/15, 17 Oct 2026 to 31 Oct 2026) | 28 act × 0 = 0.00"
    )


def test_a_commitment_counts_the_included_units():
    assert lines(calls("price: 2, included: 20, minimum: {quantity: 100}"), count(60)) == [
        "calls.included | included | included | 20 act × 0 = 0.00",
        "calls | usage | 40 act × 2 = 80.00",
        "calls.short | shortfall | shortfall up to 100 | 40 act × 2 = 80.00",
    ]


@pytest.mark.parametrize("apply", ["after_rounding", "before_rounding"])
def test_a_commitment_with_its_own_price_counts_the_included_units(apply):
    written = calls(f"price: 2, included: {{quantity: 20, apply: {apply}}}, minimum: {{quantity: 100, price: 1}}")
    assert lines(written, count(60))[2] == "calls.short | shortfall | shortfall up to 100 | 40 act × 1 = 40.00"


@pytest.mark.parametrize(
    ("included", "price", "expected"),
    [
        (
            100,
            "",
            [
                "calls.included | included | included | 100 act × 0 = 0.00",
                "calls | usage | 0 act × 2 = 0.00",
            ],
        ),
        (
            80,
            "",
            [
                "calls.included | included | included | 80 act × 0 = 0.00",
                "calls.short | shortfall | shortfall up to 100 | 20 act × 2 = 40.00",
            ],
        ),
        (
            100,
            ", price: 1",
            [
                "calls.included | included | included | 60 act × 0 = 0.00",
                "calls | usage | 0 act × 2 = 0.00",
                "calls.short.included | included | included | 40 act × 0 = 0.00",
            ],
        ),
        (
            80,
            ", price: 1",
            [
                "calls.included | included | included | 60 act × 0 = 0.00",
                "calls | usage | 0 act × 2 = 0.00",
                "calls.short.included | included | included | 20 act × 0 = 0.00",
                "calls.short | shortfall | shortfall up to 100 | 20 act × 1 = 20.00",
            ],
        ),
    ],
)
def test_included_units_that_were_not_used_come_off_the_shortfall(included, price, expected):
    written = calls(f"price: 2, included: {included}, minimum: {{quantity: 100{price}}}")
    assert lines(written, count(60)) == expected


# Step 10: prices, caps in quantity, negative sums.


def test_units_beyond_the_maximum_are_a_line_at_no_price():
    assert lines(calls("price: 2, maximum: {quantity: 40}"), count(55)) == [
        "calls | usage | 40 act × 2 = 80.00",
        "calls.beyond | maximum | beyond the maximum | 15 act × 0 = 0.00",
    ]
    assert lines(calls("price: 2, maximum: {quantity: 40}"), count(40)) == ["calls | usage | 40 act × 2 = 80.00"]


def test_a_maximum_over_several_prices_is_used_up_in_order():
    written = calls("price: 2, by: queue, maximum: {quantity: 40}")
    assert lines(written, count(30, "sales"), count(70, "support")) == [
        "calls.sales | usage | sales | 30 act × 2 = 60.00",
        "calls.support | usage | support | 10 act × 2 = 20.00",
        "calls.support.beyond | maximum | support, beyond the maximum | 60 act × 0 = 0.00",
    ]


def test_a_sum_below_zero_is_given_back_at_a_price_per_unit():
    assert lines("{model: act, id: units, sum: calls.amount, price: 2}", count(-3)) == [
        "units | usage | -3 act × 2 = -6.00"
    ]


def test_a_negative_group_does_not_cap_the_others():
    written = "{model: act, id: units, sum: calls.amount, by: queue, price: 2}"
    assert lines(written, count(5, "sales"), count(-3, "support")) == [
        "units.sales | usage | sales | 5 act × 2 = 10.00",
        "units.support | usage | support | -3 act × 2 = -6.00",
    ]


@pytest.mark.parametrize(
    "prices",
    [
        "tiers: {mode: volume, steps: [{price: 2}]}",
        "package: {size: 10, price: 5, round: up}",
        "stairstep: {zero_usage: nothing, steps: [{amount: 5}]}",
        "price: 2, minimum: {quantity: 10}",
    ],
)
def test_a_sum_below_zero_needs_a_price_per_unit_and_no_commitment(prices):
    with pytest.raises(Invalid) as caught:
        lines(f"{{model: act, id: units, sum: calls.amount, {prices}}}", count(-3))
    assert spots(caught.value) == ["CB324"]


def test_a_sum_below_zero_is_raised_to_a_least_amount_or_at_the_price_of_a_missing_unit():
    written = "{{model: act, id: units, sum: calls.amount, price: 2, minimum: {limit}}}"
    assert lines(written.format(limit="{amount: 10}"), count(-3)) == [
        "units | usage | -3 act × 2 = -6.00",
        "units.minimum | minimum | minimum 10.00: top-up | 1 fixed × 16.00 = 16.00",
    ]
    assert lines(written.format(limit="{quantity: 10, price: 1}"), count(-3)) == [
        "units | usage | -3 act × 2 = -6.00",
        "units.short | shortfall | shortfall up to 10 | 13 act × 1 = 13.00",
    ]


def test_a_sum_below_zero_takes_no_included_units_and_reaches_no_maximum():
    written = "{model: act, id: units, sum: calls.amount, price: 2, included: 5, maximum: {quantity: 4}}"
    assert lines(written, count(-3)) == ["units | usage | -3 act × 2 = -6.00"]


def test_a_revised_price_says_its_coefficient():
    clauses = "{wages: {formula: S / S0, names: {S: 103, S0: 100}, revised: each_period}}"
    one = charge(calls("price: 2.00, indexation: wages"))
    (line,) = charge_lines(bill(one, known=facts(clauses=clauses), main=metered(count(10))), one)
    assert (line.unit_price, line.amount) == (D("2.06"), D("20.60"))
    assert steps(line) == [
        "5 1 records count 10",
        "6 10 act",
        "7 quantity 10, rounded: 10 act",
        "10 coefficient: S / S0 with S = 103, S0 = 100: 1.03",
        "10 10 act × 2.06 = 20.60",
    ]


def test_a_committed_line_says_every_step():
    one = charge(calls("price: 2, included: 20, minimum: {quantity: 100}"))
    last = charge_lines(bill(one, main=metered(count(60))), one)[-1]
    assert steps(last) == [
        "5 1 records count 60",
        "6 60 act",
        "7 quantity 60, rounded: 60 act",
        "8 due in any case: 100 act",
        "9 included: 20 of 20 act",
        "10 40 act × 2 = 80.00",
    ]


# Step 11: minimum and maximum in amount.


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (20, ["calls | usage | 20 act × 2 = 40.00", "calls.minimum | minimum | minimum 100.00: top-up | 1 fixed × 60.00 = 60.00"]),  # noqa: E501
        (50, ["calls | usage | 50 act × 2 = 100.00"]),
        (90, ["calls | usage | 90 act × 2 = 180.00"]),
        (95, ["calls | usage | 95 act × 2 = 190.00", "calls.maximum | maximum | maximum 180.00: cap | -1 fixed × 10.00 = -10.00"]),  # noqa: E501
    ],
)  # fmt: skip
def test_a_least_and_a_most_amount_are_lines(answered, expected):
    assert lines(calls("price: 2, minimum: {amount: 100}, maximum: {amount: 180}"), count(answered)) == expected


def test_a_most_amount_caps_several_prices_together():
    written = calls("price: 2, by: queue, maximum: {amount: 100}")
    assert lines(written, count(30, "sales"), count(70, "support"))[2:] == [
        "calls.maximum | maximum | maximum 100.00: cap | -1 fixed × 100.00 = -100.00"
    ]


def test_a_least_amount_follows_the_part_of_the_period_that_is_covered():
    written = calls("until: 2026-10-10, proration: calendar_days, price: 2, minimum: {amount: 100}")
    assert lines(written, count(1))[1] == (
        "calls.minimum | minimum | minimum 32.26 (100 × 10/31, 1 Oct 2026 to 10 Oct 2026): top-up"
        " | 1 fixed × 30.26 = 30.26"
    )


def test_a_least_amount_says_what_it_stands_against():
    one = charge(calls("price: 2, minimum: {amount: 100}"))
    last = charge_lines(bill(one, main=metered(count(20))), one)[-1]
    assert steps(last) == [
        "11 minimum 100.00 against 40.00",
        "11 1 fixed × 60.00 = 60.00",
    ]
    assert said(last.detail, "fr") == "minimum 100,00 : complément"


def test_a_set_up_fee_does_not_count_for_the_minimum():
    written = """{model: subscription, id: seats, price: 10, seats: 5, billed: in_arrears, from: 2026-10-01,
      setup: {amount: 500}, minimum: {amount: 80}}"""
    assert lines(written) == [
        "seats.20261001 | fee | 1 Oct 2026 to 31 Oct 2026 | 5 seat × 10 = 50.00",
        "seats.setup | setup | set-up fee | 1 fee × 500 = 500.00",
        "seats.minimum | minimum | minimum 80.00: top-up | 1 fixed × 30.00 = 30.00",
    ]


@pytest.mark.parametrize("dates", ["from: 2026-11-01", "until: 2026-09-30"])
def test_a_charge_outside_its_dates_bills_nothing(dates):
    assert lines(calls(f"price: 2, minimum: {{amount: 100, quantity: 10}}, {dates}")) == []


# Names and VAT.


def test_lines_that_would_share_a_name_are_numbered():
    written = calls("price: 2, by: queue")
    assert [line.split(" ")[0] for line in lines(written, count(1, "a b"), count(1, "a-b"), count(1, "a_b"))] == [
        "calls.a_b",
        "calls.a_b-2",
        "calls.a_b-3",
    ]


def test_a_line_carries_the_vat_of_its_charge_or_of_the_invoice():
    own = charge(calls("price: 2, vat: {category: AE, reason: Reverse charge}"))
    (line,) = charge_lines(bill(own, main=metered(count(1))), own)
    assert line.vat == Vat("AE", D(0), "Reverse charge")
    plain = charge(calls("price: 2"))
    (line,) = charge_lines(bill(plain, main=metered(count(1))), plain)
    assert line.vat == Vat("S", D(20))


def test_a_line_names_the_records_behind_it_and_a_fixed_one_names_none():
    one = charge(calls("price: 2, minimum: {amount: 100}"))
    usage, minimum = charge_lines(bill(one, main=metered(count(20))), one)
    assert (usage.slot.meter, minimum.slot) == ("main", None)


# Batches that stand apart.


def test_reversals_stand_apart_from_commitments():
    written = calls("price: 2, minimum: {quantity: 10}, clawback: {count: calls.offered}")
    assert lines(written, count(8), clawback=metered(count(3))) == [
        "calls | usage | 8 act × 2 = 16.00",
        "calls.short | shortfall | shortfall up to 10 | 2 act × 2 = 4.00",
        "calls.reversed | reversal | reversed | -3 act × 2 = -6.00",
    ]


def test_seats_are_rounded_like_every_quantity():
    written = "{model: subscription, id: seats, price: 100, billed: in_arrears, decimals: 2, seats: {measured: mean, of: calls, over: all_days}}"  # noqa: E501
    assert lines(written, main=seats(Fraction(100, 31))) == [
        "seats.20261001 | fee | 1 Oct 2026 to 31 Oct 2026 | 3.23 seat × 100 = 323.00"
    ]


# Single lines.


def single(written: str) -> OneOff:
    return build(OneOff, {"label": "Training", "price": "250", **dict(one.split("=") for one in written.split())})


@pytest.mark.parametrize(("on", "there"), [("2026-09-30", 0), ("2026-10-01", 1), ("2026-10-31", 1), ("2026-11-01", 0)])
def test_a_single_line_stands_on_the_invoice_of_its_date(on, there):
    one = charge(calls("price: 2"))
    assert len(one_off_lines(bill(one, main=metered()), single(f"date={on}"), "one_off.1", "one_off")) == there


def test_a_single_line_of_a_charge_follows_its_other_lines():
    written = calls("price: 2, one_off: [{date: 2026-10-12, label: Correction, quantity: -1.5, unit: day, price: 300}]")
    one = charge(written)
    assert (
        lines(written, count(1))[1] == "calls.one_off-1 | one_off | Correction, 12 Oct 2026 | -1.5 day × 300 = -450.00"
    )
    line = charge_lines(bill(one, main=metered(count(1))), one)[1]
    assert (line.label, line.charge, line.slot) == ("Calls", "calls", None)
    assert steps(line) == ["10 -1.5 × 300 = -450.00"]


def test_a_single_line_without_a_unit_counts_units():
    one = charge(calls("price: 2"))
    (line,) = one_off_lines(bill(one, main=metered()), single("date=2026-10-12"), "one_off.1", "one_off")
    assert (said(line.unit), said(line.unit, "fr"), line.amount) == ("unit", "unité", D("250.00"))


@pytest.mark.parametrize(
    ("charge_vat", "line_vat", "category"),
    [
        ("", "", "S"),
        (", vat: {category: Z}", "", "Z"),
        (", vat: {category: Z}", ", vat: {category: G, reason: x}", "G"),
    ],
)
def test_a_single_line_has_its_own_vat_or_its_charges_or_the_invoices(charge_vat, line_vat, category):
    one = charge(calls(f"price: 2{charge_vat}, one_off: [{{date: 2026-10-12, label: Kit, price: 30{line_vat}}}]"))
    assert charge_lines(bill(one, main=metered()), one)[1].vat.category == category


def test_the_period_is_half_open():
    assert (OCTOBER.first, OCTOBER.end) == (date(2026, 10, 1), date(2026, 11, 1))

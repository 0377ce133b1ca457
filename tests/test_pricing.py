"""Quantities cut into slices with a price each: every shape of price, its bounds, its fees, its commitments."""

from decimal import Decimal
from fractions import Fraction

import pytest
from small import said, spot

from callbill.money import text
from callbill.price_tables import Premiums, PriceTable, band_price, unit_price
from callbill.pricing import (
    Package,
    PackagePrice,
    PerUnit,
    PriceList,
    Slice,
    StairPrices,
    Stairstep,
    TierPrices,
    Tiers,
    TierStep,
    package_of,
)
from callbill.settings import build

D = Decimal


def tiers(mode: str, *steps: dict[str, str], **more: str) -> TierPrices:
    """Tiers as they stand in a contract, at their own prices."""
    settings = build(Tiers, {"mode": mode, "steps": list(steps), **more})
    found, start = [], D(0)
    for n, step in enumerate(settings.steps, start=1):
        found.append(TierStep(n, start, step.up_to, step.price or D(0), step.flat, step.package))
        start = step.up_to if step.up_to is not None else start
    return TierPrices(settings, tuple(found))


def stairs(zero_usage: str, *steps: dict[str, str]) -> StairPrices:
    settings = build(Stairstep, {"zero_usage": zero_usage, "steps": list(steps)})
    return StairPrices(settings, tuple(one.amount for one in settings.steps))


def package(size: str, price: str, way: str, at_least: str = "0") -> PackagePrice:
    settings = build(Package, {"size": size, "price": price, "round": way, "at_least": at_least})
    return PackagePrice(settings, settings.price)


def shown(slices: list[Slice]) -> list[str]:
    """`id: quantity unit × price`, with `short` for what a commitment adds."""
    return [
        f"{one.id + ':' if one.id else ''} {text(one.quantity)} {said(one.unit)} × {text(one.unit_price)}"
        f"{' short' if one.short else ''}".replace("  ", " ").strip()
        for one in slices
    ]


def sliced(prices: PriceList, quantity: str) -> list[str]:
    return shown(prices.slices(D(quantity)))


def committed(prices: PriceList, used: str, due: str) -> list[str]:
    return shown(prices.committed(D(used), D(due)))


# Per unit.


def test_one_price_is_one_slice():
    assert PerUnit(D("2.50")).slices(D("7.5")) == [Slice(D(0), D("7.5"), D("7.5"), D("2.50"))]


def test_one_price_takes_a_negative_quantity():
    assert sliced(PerUnit(D("2.50")), "-3") == ["-3 × 2.50"]


@pytest.mark.parametrize(
    ("used", "due", "expected"),
    [
        ("12", "12", ["12 × 2"]),
        ("7.25", "10", ["7.25 × 2", "2.75 × 2 short"]),
        ("0", "10", ["10 × 2 short"]),
    ],
)
def test_a_commitment_at_one_price_splits_what_was_used_from_what_is_short(used, due, expected):
    assert committed(PerUnit(D(2)), used, due) == expected


# Tiers.

THREE = ({"up_to": "10", "price": "3"}, {"up_to": "20", "price": "2"}, {"price": "1"})


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("0", []),
        ("-4", []),
        ("0.5", ["t1: 0.5 × 3"]),
        ("10", ["t1: 10 × 3"]),
        ("10.0001", ["t1: 10 × 3", "t2: 0.0001 × 2"]),
        ("20", ["t1: 10 × 3", "t2: 10 × 2"]),
        ("35", ["t1: 10 × 3", "t2: 10 × 2", "t3: 15 × 1"]),
    ],
)
@pytest.mark.parametrize("bound", ["inclusive", "exclusive"])
def test_graduated_each_unit_at_the_price_of_its_own_tier(quantity, expected, bound):
    assert sliced(tiers("graduated", *THREE, bound=bound), quantity) == expected


@pytest.mark.parametrize(
    ("quantity", "inclusive", "exclusive"),
    [
        ("0", [], []),
        ("9.9999", ["t1: 9.9999 × 3"], ["t1: 9.9999 × 3"]),
        ("10", ["t1: 10 × 3"], ["t2: 10 × 2"]),
        ("20", ["t2: 20 × 2"], ["t3: 20 × 1"]),
        ("35", ["t3: 35 × 1"], ["t3: 35 × 1"]),
    ],
)
def test_volume_all_units_at_the_price_of_the_tier_reached(quantity, inclusive, exclusive):
    assert sliced(tiers("volume", *THREE), quantity) == inclusive
    assert sliced(tiers("volume", *THREE, bound="exclusive"), quantity) == exclusive


def test_a_slice_says_which_tier_it_is():
    details = [one.detail for one in tiers("graduated", *THREE).slices(D(35))]
    assert [said(one) for one in details] == ["tier 1: 0 to 10", "tier 2: 10 to 20", "tier 3: beyond 20"]
    assert [said(one, "fr") for one in details] == [
        "tranche 1 : de 0 à 10",
        "tranche 2 : de 10 à 20",
        "tranche 3 : au-delà de 20",
    ]


WITH_FEES = ({"up_to": "10", "price": "1", "flat": "30"}, {"price": "0.50", "flat": "20"})


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("4", ["t1-fee: 1 fee × 30", "t1: 4 × 1"]),
        ("10", ["t1-fee: 1 fee × 30", "t1: 10 × 1"]),
        ("11", ["t1-fee: 1 fee × 30", "t1: 10 × 1", "t2-fee: 1 fee × 20", "t2: 1 × 0.50"]),
    ],
)
def test_graduated_the_fee_of_every_tier_that_anything_falls_in(quantity, expected):
    assert sliced(tiers("graduated", *WITH_FEES, zero_usage="nothing"), quantity) == expected


def test_exclusive_a_quantity_on_a_bound_owes_the_fee_of_the_next_tier():
    prices = tiers("graduated", *WITH_FEES, zero_usage="nothing", bound="exclusive")
    assert sliced(prices, "10") == ["t1-fee: 1 fee × 30", "t1: 10 × 1", "t2-fee: 1 fee × 20"]


def test_volume_only_the_fee_of_the_tier_reached():
    prices = tiers("volume", *WITH_FEES, zero_usage="nothing")
    assert sliced(prices, "11") == ["t2-fee: 1 fee × 20", "t2: 11 × 0.50"]


def test_the_first_fee_without_usage_is_due_when_the_contract_says_so():
    assert sliced(tiers("graduated", *WITH_FEES, zero_usage="bill_first_flat"), "0") == ["t1-fee: 1 fee × 30"]
    assert sliced(tiers("graduated", *WITH_FEES, zero_usage="nothing"), "0") == []


def test_zero_usage_without_a_first_fee_bills_nothing():
    prices = tiers("graduated", {"up_to": "10", "price": "1"}, {"flat": "20"}, zero_usage="bill_first_flat")
    assert sliced(prices, "0") == []


def test_a_tier_of_a_fee_alone_has_no_line_for_its_units():
    prices = tiers("graduated", {"up_to": "10", "flat": "30"}, {"price": "0.50"}, zero_usage="nothing")
    assert sliced(prices, "12") == ["t1-fee: 1 fee × 30", "t2: 2 × 0.50"]


def test_a_free_tier_has_a_line_at_zero():
    assert sliced(tiers("graduated", {"up_to": "10", "price": "0"}, {"price": "1"}), "12") == [
        "t1: 10 × 0",
        "t2: 2 × 1",
    ]


def test_a_fee_says_which_tier_it_is_for():
    fee = tiers("volume", *WITH_FEES, zero_usage="nothing").slices(D(4))[0]
    assert (said(fee.detail), said(fee.detail, "fr")) == (
        "tier 1: 0 to 10: flat fee",
        "tranche 1 : de 0 à 10 : forfait",
    )


IN_HUNDREDS = ({"up_to": "1000", "price": "8", "package": "100"}, {"price": "5", "package": "250"})


@pytest.mark.parametrize(
    ("way", "quantity", "expected"),
    [
        ("up", "1", ["t1: 1 package of 100 × 8"]),
        ("up", "200", ["t1: 2 package of 100 × 8"]),
        ("up", "1001", ["t1: 10 package of 100 × 8", "t2: 1 package of 250 × 5"]),
        ("down", "99", ["t1: 0 package of 100 × 8"]),
        ("down", "299", ["t1: 2 package of 100 × 8"]),
        ("down", "1500", ["t1: 10 package of 100 × 8", "t2: 2 package of 250 × 5"]),
    ],
)
def test_a_tier_may_price_packages(way, quantity, expected):
    assert sliced(tiers("graduated", *IN_HUNDREDS, packages=way), quantity) == expected


# Tiers and commitments.


def test_a_commitment_is_cut_at_the_tiers_and_at_what_was_used():
    assert committed(tiers("graduated", *THREE), "15", "25") == [
        "t1: 10 × 3",
        "t2: 5 × 2",
        "t2: 5 × 2 short",
        "t3: 5 × 1 short",
    ]


def test_a_commitment_by_volume_is_all_at_the_price_of_its_own_tier():
    assert committed(tiers("volume", *THREE), "5", "15") == ["t2: 5 × 2", "t2: 10 × 2 short"]


def test_a_commitment_that_was_reached_changes_nothing():
    assert committed(tiers("graduated", *THREE), "15", "15") == ["t1: 10 × 3", "t2: 5 × 2"]


def test_a_fee_that_only_the_commitment_reaches_is_part_of_the_shortfall():
    prices = tiers("graduated", *WITH_FEES, zero_usage="nothing")
    assert committed(prices, "4", "12") == [
        "t1-fee: 1 fee × 30",
        "t1: 4 × 1",
        "t1: 6 × 1 short",
        "t2-fee: 1 fee × 20 short",
        "t2: 2 × 0.50 short",
    ]


def test_a_volume_fee_that_the_commitment_reaches_stands_with_the_usage():
    prices = tiers("volume", *WITH_FEES, zero_usage="nothing")
    assert committed(prices, "4", "12") == ["t2-fee: 1 fee × 20", "t2: 4 × 0.50", "t2: 8 × 0.50 short"]


@pytest.mark.parametrize(
    ("used", "due", "expected"),
    [
        ("150", "150", ["t1: 2 package of 100 × 8"]),
        ("150", "420", ["t1: 2 package of 100 × 8", "t1: 3 package of 100 × 8 short"]),
        ("401", "420", ["t1: 5 package of 100 × 8"]),
        ("0", "420", ["t1: 5 package of 100 × 8 short"]),
        ("1000", "1100", ["t1: 10 package of 100 × 8", "t2: 1 package of 250 × 5 short"]),
        (
            "900",
            "1100",
            ["t1: 9 package of 100 × 8", "t1: 1 package of 100 × 8 short", "t2: 1 package of 250 × 5 short"],
        ),
    ],
)
def test_a_commitment_in_packages_counts_those_that_were_used(used, due, expected):
    assert committed(tiers("graduated", *IN_HUNDREDS), used, due) == expected


def test_packages_of_one_unit_stay_whole_under_a_commitment():
    prices = tiers("graduated", {"price": "2", "package": "1"})
    assert committed(prices, "5.5", "8") == ["t1: 6 package of 1 × 2", "t1: 2 package of 1 × 2 short"]


# Tiers that say nothing, or too much.


def wrong(mode: str = "graduated", *steps: dict[str, str], **more: str) -> list[str]:
    return [spot(one) for one in build(Tiers, {"mode": mode, "steps": list(steps), **more}).problems()]


def test_sound_tiers_have_no_problem():
    assert wrong("graduated", *THREE) == []
    assert wrong("volume", {"from": "0", "up_to": "10", "price": "3"}, {"from": "10", "percent": "2 %"}) == []


def test_tiers_leave_no_gap_and_do_not_overlap():
    assert wrong("graduated", {"up_to": "10", "price": "3"}, {"from": "11", "price": "2"}) == ["CB241 steps.1.from"]
    assert wrong("graduated", {"up_to": "10", "price": "3"}, {"from": "9", "price": "2"}) == ["CB257 steps.1.from"]
    assert wrong("graduated", {"from": "1", "price": "3"}) == ["CB241 steps.0.from"]


def test_tiers_rise():
    assert wrong("graduated", {"up_to": "10", "price": "3"}, {"up_to": "10", "price": "2"}, {"price": "1"}) == [
        "CB257 steps.1.up_to"
    ]


def test_only_the_last_tier_is_open_and_it_is():
    assert wrong("graduated", {"price": "3"}, {"up_to": "10", "price": "2"}, {"price": "1"}) == ["CB242 steps.0"]
    assert wrong("graduated", {"up_to": "10", "price": "3"}) == ["CB242 steps.0"]


def test_a_tier_has_one_price():
    assert wrong("graduated", {"price": "3", "percent": "2 %"}) == ["CB248 steps.0"]
    assert wrong("graduated", {"package": "10"}) == ["CB202 steps.0"]


def test_a_first_fee_needs_to_say_what_happens_without_usage():
    assert wrong("graduated", {"flat": "30"}) == ["CB243"]
    assert wrong("graduated", {"flat": "30"}, zero_usage="nothing") == []


# Packages.


@pytest.mark.parametrize(
    ("quantity", "up", "down"),
    [
        ("0", [], []),
        ("-5", [], []),
        ("1", ["1 package of 100 × 8"], []),
        ("100", ["1 package of 100 × 8"], ["1 package of 100 × 8"]),
        ("250", ["3 package of 100 × 8"], ["2 package of 100 × 8"]),
    ],
)
def test_whole_packages_up_or_down(quantity, up, down):
    assert sliced(package("100", "8", "up"), quantity) == up
    assert sliced(package("100", "8", "down"), quantity) == down


@pytest.mark.parametrize(("quantity", "packages"), [("0", "3"), ("299", "3"), ("301", "4")])
def test_a_least_number_of_packages_used_or_not(quantity, packages):
    assert sliced(package("100", "8", "up", at_least="3"), quantity) == [f"{packages} package of 100 × 8"]


@pytest.mark.parametrize(
    ("used", "due", "expected"),
    [
        ("150", "90", ["2 package of 100 × 8"]),
        ("150", "420", ["2 package of 100 × 8", "3 package of 100 × 8 short"]),
        ("150", "180", ["2 package of 100 × 8"]),
        ("0", "420", ["5 package of 100 × 8 short"]),
    ],
)
def test_packages_that_a_commitment_adds(used, due, expected):
    assert committed(package("100", "8", "up"), used, due) == expected


def test_the_unit_of_a_package():
    assert said(package_of(D("100.00"))) == "package of 100"
    assert said(package_of(D("2.5")), "fr") == "lot de 2,5"


# Stairs.

LEVELS = ({"up_to": "100", "amount": "500"}, {"up_to": "300", "amount": "900"}, {"amount": "1200"})


@pytest.mark.parametrize(
    ("quantity", "amount", "detail"),
    [
        ("1", "500", "level 1: up to 100, for 1"),
        ("100", "500", "level 1: up to 100, for 100"),
        ("100.5", "900", "level 2: up to 300, for 100.5"),
        ("301", "1200", "level 3: open, for 301"),
    ],
)
def test_one_price_for_the_period_by_the_level_reached(quantity, amount, detail):
    (one,) = stairs("nothing", *LEVELS).slices(D(quantity))
    assert (one.quantity, one.unit_price, said(one.unit), said(one.detail)) == (D(1), D(amount), "fee", detail)


def test_a_level_without_usage_is_due_when_the_contract_says_so():
    assert sliced(stairs("nothing", *LEVELS), "0") == []
    assert sliced(stairs("bill_first_flat", *LEVELS), "0") == ["1 fee × 500"]


def test_levels_in_french():
    details = [said(stairs("nothing", *LEVELS).slices(D(n))[0].detail, "fr") for n in (7, 400)]
    assert details == ["palier 1 : jusqu’à 100, pour 7", "palier 3 : ouvert, pour 400"]


@pytest.mark.parametrize(
    ("used", "due", "expected"),
    [
        ("50", "40", ["1 fee × 500"]),
        ("50", "90", ["1 fee × 500"]),
        ("50", "150", ["1 fee × 500", "1 fee × 400 short"]),
        ("0", "150", ["1 fee × 900 short"]),
        ("0", "0", []),
    ],
)
def test_a_commitment_to_a_level_adds_what_its_level_costs_more(used, due, expected):
    assert committed(stairs("nothing", *LEVELS), used, due) == expected


def test_a_level_that_costs_less_than_the_one_used_replaces_it():
    prices = stairs("nothing", {"up_to": "100", "amount": "500"}, {"amount": "450"})
    assert committed(prices, "50", "150") == ["1 fee × 450"]


def test_a_first_level_that_is_due_without_usage_is_no_shortfall():
    prices = stairs("bill_first_flat", *LEVELS)
    assert committed(prices, "0", "150") == ["1 fee × 500", "1 fee × 400 short"]
    assert committed(prices, "0", "0") == ["1 fee × 500"]


def test_levels_have_the_problems_of_tiers():
    settings = build(Stairstep, {"zero_usage": "nothing", "steps": [{"up_to": "10", "amount": "5"}]})
    assert [spot(one) for one in settings.problems()] == ["CB242 steps.0"]


# Bands, tables, premiums.


def test_one_price_or_one_for_each_band():
    assert band_price(D("26.00"), None) == D("26.00")
    assert band_price({"day": D("26.00"), "night": D("39.00")}, "night") == D("39.00")


TABLE = build(
    PriceTable,
    {
        "rows": [
            {"when": {"queue": "sales", "language": ["de", "en"]}, "price": "5.00"},
            {"when": {"queue": ["sales", "support"]}, "price": "3.00"},
        ],
        "otherwise": "2.00",
    },
)


def test_what_no_row_fits_has_the_price_after_the_last_or_none():
    assert [TABLE.price_at(row) for row in range(3)] == [row.price for row in TABLE.rows] + [TABLE.otherwise]
    rows = build(PriceTable, {"rows": [{"when": {"queue": "sales"}, "price": "3.00"}]})
    assert (rows.price_at(0), rows.price_at(1)) == (Decimal("3.00"), None)


def test_a_table_looks_at_every_column_of_its_rows_once():
    assert TABLE.columns == ("queue", "language")


@pytest.mark.parametrize(
    ("stacking", "applied", "factor"),
    [
        ("add", (), Fraction(1)),
        ("add", (0, 1), Fraction(120, 100)),
        ("multiply", (), Fraction(1)),
        ("multiply", (0, 1), Fraction(121, 100)),
        ("multiply", (1,), Fraction(110, 100)),
    ],
)
def test_premiums_add_or_multiply(stacking, applied, factor):
    rates = [{"window": "night", "percent": "10 %"}, {"window": "sunday", "percent": "10 %"}]
    assert build(Premiums, {"stacking": stacking, "rates": rates}).factor(applied) == factor


@pytest.mark.parametrize(
    ("price", "factor", "expected"),
    [
        ("2.5", Fraction(1), "2.5"),
        ("2.5", Fraction(11, 10), "2.75"),
        ("2.00", Fraction(1, 3), "0.666667"),
        ("3", Fraction(1, 3), "1.00"),
    ],
)
def test_a_price_times_a_factor_has_two_to_six_decimals(price, factor, expected):
    assert str(unit_price(D(price), factor)) == expected

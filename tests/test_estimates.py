"""What months tell: a ratio and its interval, what moves it most, a slope, tiers, a forecast; worked out by hand."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbill import estimates
from callbill.money import rounded


def whole(*numbers: int) -> list[Fraction]:
    return [Fraction(number) for number in numbers]


def test_a_ratio_is_a_sum_over_a_sum_and_no_mean_of_ratios() -> None:
    assert estimates.ratio(whole(100, 900), whole(100, 300)).value == Fraction(1000, 400)


def test_one_month_has_no_interval_and_no_month_that_moves_it() -> None:
    assert estimates.ratio(whole(100), whole(40)) == estimates.Ratio(Fraction(5, 2))


def test_the_interval_is_that_of_the_ratio_estimator() -> None:
    """Rests 10, -20, 10 of a price of 2: √(600 / 6) × 4.3027 / 100 either side."""
    found = estimates.ratio(whole(210, 180, 210), whole(100, 100, 100))
    assert found.value == 2
    assert found.high is not None
    assert rounded(found.high - found.value, 6) == Decimal("0.430265")
    assert found.low == 2 * found.value - found.high


def test_months_that_cost_alike_leave_nothing_to_doubt() -> None:
    found = estimates.ratio(whole(200, 400), whole(100, 200))
    assert (found.low, found.value, found.high) == (2, 2, 2)


def test_the_month_that_moves_a_price_most_is_found_by_leaving_each_out() -> None:
    found = estimates.ratio(whole(200, 200, 320), whole(100, 100, 100))
    assert (found.heaviest, found.without) == (2, Fraction(2))


def test_a_month_that_holds_all_of_the_volume_cannot_be_left_out() -> None:
    found = estimates.ratio(whole(200, 5), whole(100, 0))
    assert (found.heaviest, found.without) == (1, Fraction(2))


def test_a_slope_is_told_where_its_interval_leaves_out_zero() -> None:
    """Values 10, 8, 6 on 1, 2, 3: exactly -2, with no rest."""
    found = estimates.slope(whole(1, 2, 3), whole(10, 8, 6))
    assert found == estimates.Slope(Fraction(-2), Fraction(-2), Fraction(-2))
    assert found.is_told
    rough = estimates.slope(whole(1, 2, 3, 4), whole(10, 1, 9, 2))
    assert rough is not None
    assert not rough.is_told


def test_a_slope_needs_three_months_of_unlike_volumes() -> None:
    assert estimates.slope(whole(1, 2), whole(1, 2)) is None
    assert estimates.slope(whole(5, 5, 5), whole(1, 2, 3)) is None


def test_months_without_volume_say_nothing_of_the_cost_of_a_unit() -> None:
    assert estimates.per_unit_slope(whole(7, 10, 20, 30), whole(0, 10, 20, 30)) == estimates.Slope(*whole(0, 0, 0))


def test_two_tiers_cost_what_one_more_has_cost_beyond_the_middle_month() -> None:
    """1,000 fixed and 2 a unit: beyond 200 each costs 2, the first 200 bear the rest: (3 × 1,000 + 2 × 500) / 500."""
    volumes = whole(100, 200, 300)
    found = estimates.tiers([1000 + 2 * one for one in volumes], volumes, 6)
    assert found == estimates.Tiers(200, Decimal("8.000000"), Decimal("2.00"))


@pytest.mark.parametrize(
    "amounts", [whole(600, 600, 600), whole(200, 400, 600), whole(600, 400, 200)], ids=["flat", "even", "falling"]
)
def test_where_one_more_costs_nothing_or_as_much_as_any_there_are_no_tiers(amounts: list[Fraction]) -> None:
    assert estimates.tiers(amounts, whole(100, 200, 300), 6) is None


def test_the_forecast_is_the_mean_of_the_last_three_months() -> None:
    assert estimates.forecast(whole(900, 100, 110, 120)) == 110
    assert estimates.forecast(whole(100)) == 100


def test_the_error_of_a_forecast_is_a_share_of_the_month_it_was_for() -> None:
    pairs = [(Fraction(90), Fraction(100)), (Fraction(100), Fraction(80)), (Fraction(80), Fraction(0))]
    assert estimates.forecast_error(pairs) == (Fraction(1, 10) + Fraction(1, 4)) / 2
    assert estimates.forecast_error([]) is None


def test_the_drift_of_a_mix_is_what_is_elsewhere_than_usual() -> None:
    """Half of all contacts are sales; a month of 3 sales in 4 has a quarter of its volume elsewhere."""
    months = [{"sales": Fraction(30), "support": Fraction(10)}, {"sales": Fraction(10), "support": Fraction(30)}]
    assert estimates.drift_of_mix(months) == Fraction(1, 4)
    assert estimates.drift_of_mix([{}]) is None


@given(st.fractions(min_value=0, max_value=10**9))
def test_two_digits_are_never_more_and_never_far(value: Fraction) -> None:
    found = estimates.two_digits(value)
    assert found <= value < found * Fraction(11, 10) + 1
    assert len(str(found).rstrip("0")) <= 2


@given(st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 10**5)), min_size=2, max_size=12))
def test_an_interval_holds_its_price_and_leaving_out_moves_it_the_other_way(months: list[tuple[int, int]]) -> None:
    amounts, volumes = ([Fraction(one) for one in column] for column in zip(*months, strict=True))
    found = estimates.ratio(amounts, volumes)
    assert found.low is not None
    assert found.high is not None
    assert found.heaviest is not None
    assert found.without is not None
    assert found.low <= found.value <= found.high
    gone = found.heaviest
    rest = (sum(amounts) - amounts[gone]) / (sum(volumes) - volumes[gone])
    assert found.without == rest
    others = [
        abs((sum(amounts) - amount) / (sum(volumes) - size) - found.value)
        for amount, size in zip(amounts, volumes, strict=True)
    ]
    assert abs(rest - found.value) == max(others)

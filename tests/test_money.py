"""Exact amounts: rounding, steps, plain text, sharing without a lost cent."""

from decimal import Decimal
from fractions import Fraction

import pytest

from callbill.money import exact, product, rounded, shared, step_up, text, trimmed, whole

D, F = Decimal, Fraction


@pytest.mark.parametrize(("value", "expected"), [(3, F(3)), (D("0.1"), F(1, 10)), (F(1, 3), F(1, 3))])
def test_whole_numbers_decimals_and_fractions_are_exact(value, expected):
    assert exact(value) == expected


@pytest.mark.parametrize("value", [0.1, True, "1", None])
def test_nothing_else_is(value):
    with pytest.raises(TypeError, match="is not an exact number"):
        exact(value)


@pytest.mark.parametrize(
    ("value", "half_up", "up", "down"),
    [
        ("0", 0, 0, 0),
        ("0.4", 0, 1, 0),
        ("0.5", 1, 1, 0),
        ("1.5", 2, 2, 1),
        ("2.5", 3, 3, 2),
        ("2.0001", 2, 3, 2),
        ("-0.4", 0, -1, 0),
        ("-0.5", -1, -1, 0),
        ("-2.5", -3, -3, -2),
        ("-2.4", -2, -3, -2),
    ],
)
def test_the_nearest_whole_number_away_from_zero_or_towards_it(value, half_up, up, down):
    assert (whole(D(value)), whole(D(value), "up"), whole(D(value), "down")) == (half_up, up, down)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (D("2.675"), 2, "2.68"),
        (D("1.005"), 2, "1.01"),
        (F(2, 3), 4, "0.6667"),
        (7, 2, "7.00"),
        (D("-0.004"), 2, "0.00"),
        (D("-1.005"), 2, "-1.01"),
        (D("0.5"), 0, "1"),
        (D("1250"), -2, "1300"),
        (D("-149"), -2, "-100"),
        (D("99999999999999999999.995"), 2, "100000000000000000000.00"),
    ],
)
def test_a_value_with_a_stated_number_of_decimals(value, decimals, expected):
    assert str(rounded(value, decimals)) == expected


@pytest.mark.parametrize(
    ("one", "other", "decimals", "expected"),
    [
        (D("2.5"), D("0.01"), 2, "0.03"),
        (D("-2.5"), D("0.01"), 2, "-0.03"),
        (F(1, 3), 3, 2, "1.00"),
        (D("123456789012345678901234567890.5"), D("1.000001"), 6, "123456912469134691246913469125.067891"),
        (D("1249.5"), 1, -2, "1200"),
        (D(0), F(-1, 7), 3, "0.000"),
    ],
)
def test_a_product_is_rounded_once(one, other, decimals, expected):
    assert str(product(one, other, decimals)) == expected
    assert product(one, other, decimals) == rounded(exact(one) * exact(other), decimals)


@pytest.mark.parametrize(
    ("value", "up", "down", "half_up"), [(0, 0, 0, 0), (1, 6, 0, 0), (3, 6, 0, 6), (6, 6, 6, 6), (7, 12, 6, 6)]
)
def test_a_multiple_of_a_step(value, up, down, half_up):
    assert (step_up(value, 6, "up"), step_up(value, 6, "down"), step_up(value, 6, "half_up")) == (up, down, half_up)


@pytest.mark.parametrize(
    ("value", "least", "expected"),
    [
        ("0.300000", 0, "0.3"),
        ("0.300000", 2, "0.30"),
        ("12.000", 0, "12"),
        ("12", 2, "12.00"),
        ("1E+3", 0, "1000"),
        ("0.123456", 2, "0.123456"),
        ("-1.50", 0, "-1.5"),
    ],
)
def test_trailing_zeros_go_beyond_the_decimals_that_stay(value, least, expected):
    assert str(trimmed(D(value), least)) == expected


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_only_a_finite_number_can_be_trimmed(value):
    with pytest.raises(TypeError, match="is not a finite number"):
        trimmed(D(value))


@pytest.mark.parametrize(("value", "expected"), [("1E+3", "1000"), ("1E-7", "0.0000001"), ("-0.10", "-0.10")])
def test_a_number_is_written_without_an_exponent(value, expected):
    assert text(D(value)) == expected


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        ("100", (1, 1, 1), ("33.34", "33.33", "33.33")),
        ("0.02", (1, 1, 1), ("0.01", "0.01", "0.00")),
        ("10", (1, 3), ("2.50", "7.50")),
        ("10", (0, 0), ("10.00", "0.00")),
        ("10", (0, 5, 0), ("0.00", "10.00", "0.00")),
        ("0", (1, 2), ("0.00", "0.00")),
        ("1", (D("0.5"), F(1, 3)), ("0.60", "0.40")),
        ("-100", (1, 1, 1), ("-33.33", "-33.33", "-33.34")),
        ("5", (), ()),
    ],
)
def test_a_total_is_shared_to_the_last_cent(total, weights, parts):
    found = shared(D(total), list(weights), 2)
    assert found == [D(part) for part in parts]
    assert sum(found) == (D(total) if weights else 0)

"""Margins of error against their defining equations, printed tables and what the trade publishes."""

from decimal import Decimal
from fractions import Fraction

import pytest

from callbill import margins
from callbill.money import rounded

Z = Fraction("1.959963984540054")
TINY = Fraction(1, 10**30)


@pytest.mark.parametrize(("hits", "tries"), [(1, 2), (80, 100), (799, 1000), (1, 20_000), (19_999, 20_000)])
def test_a_bound_of_wilson_is_as_far_off_as_its_own_spread(hits: int, tries: int) -> None:
    """Where the true share is a bound, the observed one lies exactly z of its standard deviations away."""
    found = margins.wilson(Fraction(hits), Fraction(tries))
    assert found is not None
    assert found[0] < Fraction(hits, tries) < found[1]
    for bound in found:
        assert abs((Fraction(hits, tries) - bound) ** 2 - Z**2 * bound * (1 - bound) / tries) < TINY


@pytest.mark.parametrize("tries", [1, 2, 10, 5000])
def test_none_and_all_reach_the_end_and_mirror_each_other(tries: int) -> None:
    """The far bound of 0 of n is z² / (n + z²)."""
    reach = Z**2 / (tries + Z**2)
    none, everyone = (margins.wilson(Fraction(hits), Fraction(tries)) for hits in (0, tries))
    assert none is not None
    assert everyone is not None
    assert (none[0], everyone[1]) == (0, 1)
    assert abs(none[1] - reach) < TINY
    assert abs(everyone[0] - (1 - reach)) < TINY


@pytest.mark.parametrize(("tries", "published"), [
    (500, "3.5"), (1000, "2.5"), (5000, "1.1"), (20_000, "0.55"), (50, "11"), (100, "7.8"), (400, "3.9"),
])  # fmt: skip
def test_the_noise_of_80_percent_is_what_the_trade_says(tries: int, published: str) -> None:
    low, high = margins.wilson(Fraction(4 * tries, 5), Fraction(tries)) or (Fraction(0), Fraction(0))
    digits = len(published.partition(".")[2])
    assert rounded(50 * (high - low), digits) == Decimal(published)


def test_the_noise_of_a_promoter_score_of_30_is_15_points_at_100_answers() -> None:
    low, high = margins.difference(Fraction(50), Fraction(20), Fraction(100)) or (Fraction(0), Fraction(0))
    assert rounded(50 * (high - low), 0) == 15
    assert low + high == Fraction(3, 5)


@pytest.mark.parametrize(("freedom", "printed"), [
    (1, "12.7062"), (2, "4.3027"), (12, "2.1788"), (20, "2.0860"), (30, "2.0423"), (120, "1.9799"), (1000, "1.9623"),
])  # fmt: skip
def test_student_s_points_are_those_of_printed_tables(freedom: int, printed: str) -> None:
    assert rounded(Fraction(margins.student(freedom)), 4) == Decimal(printed)


@pytest.mark.parametrize(("freedom", "printed"), [(13, "2.1604"), (14, "2.1448")])
def test_student_s_points_beyond_the_table_go_on_as_printed(freedom: int, printed: str) -> None:
    assert rounded(Fraction(margins.student(freedom)), 4) == Decimal(printed)


def test_a_mean_is_as_far_off_as_the_spread_of_its_values() -> None:
    """2, 4, 6 and 8: the squares of the distances from 5 add up to 20, over three; t of three degrees is 3.182446."""
    low, high = margins.mean(Fraction(20), Fraction(120), Fraction(4)) or (Fraction(0), Fraction(0))
    assert low + high == 10
    assert abs((high - 5) ** 2 - Fraction("3.182446") ** 2 * Fraction(20, 3) / 4) < TINY


def test_values_that_are_all_alike_have_no_spread() -> None:
    assert margins.mean(Fraction(12), Fraction(48), Fraction(3)) == (4, 4)
    assert margins.mean(Fraction(0), Fraction(0), Fraction(0)) is None


def test_a_difference_stays_between_minus_one_and_one() -> None:
    assert margins.difference(Fraction(0), Fraction(3), Fraction(3)) == (-1, -1)
    low, high = margins.difference(Fraction(2), Fraction(0), Fraction(3)) or (Fraction(0), Fraction(0))
    assert high == 1
    assert low < Fraction(2, 3)

"""Billing periods: which days each one is, what it is called, and the names that are not one."""

from datetime import date

import pytest

from callbill.period import BlockPeriod, DayPeriod, Period, PeriodRule, days_30, months_later, period_named, period_of
from callbill.problems import Invalid
from callbill.settings import Settings, build


class Only(Settings):
    """A contract of nothing but its period."""

    period: PeriodRule


def rule(written: object) -> PeriodRule:
    return build(Only, {"period": written}).period


FOUR_WEEKS = rule({"days": "28", "first": "2026-01-05"})
FROM_22 = rule({"from_day": "22"})


def test_a_period_is_a_word_or_a_mapping():
    assert (rule("month"), rule("quarter")) == ("month", "quarter")
    assert BlockPeriod(days=28, first=date(2026, 1, 5)) == FOUR_WEEKS
    assert DayPeriod(from_day=22) == FROM_22
    assert rule(FROM_22) == FROM_22
    assert rule(FOUR_WEEKS) == FOUR_WEEKS


@pytest.mark.parametrize(
    "written",
    ["week", {"days": "0", "first": "2026-01-05"}, {"days": "367", "first": "2026-01-05"}, {"from_day": "1"}, {"from_day": "29"}, {}],  # noqa: E501
)  # fmt: skip
def test_other_periods_are_refused(written):
    with pytest.raises(Invalid):
        rule(written)


@pytest.mark.parametrize(
    ("written", "on", "expected"),
    [
        ("month", "2026-10-01", ("2026-10-01", "2026-11-01", "2026-10")),
        ("month", "2026-12-31", ("2026-12-01", "2027-01-01", "2026-12")),
        ("month", "2028-02-29", ("2028-02-01", "2028-03-01", "2028-02")),
        ("quarter", "2026-11-15", ("2026-10-01", "2027-01-01", "2026-Q4")),
        ("quarter", "2026-03-31", ("2026-01-01", "2026-04-01", "2026-Q1")),
        (FROM_22, "2026-10-22", ("2026-10-22", "2026-11-22", "2026-10-22")),
        (FROM_22, "2026-10-21", ("2026-09-22", "2026-10-22", "2026-09-22")),
        (FROM_22, "2026-01-10", ("2025-12-22", "2026-01-22", "2025-12-22")),
        (FOUR_WEEKS, "2026-01-05", ("2026-01-05", "2026-02-02", "2026-01-05")),
        (FOUR_WEEKS, "2026-02-01", ("2026-01-05", "2026-02-02", "2026-01-05")),
        (FOUR_WEEKS, "2026-02-02", ("2026-02-02", "2026-03-02", "2026-02-02")),
        (FOUR_WEEKS, "2026-01-04", ("2025-12-08", "2026-01-05", "2025-12-08")),
    ],
)
def test_the_period_that_a_day_falls_in(written, on, expected):
    first, end, name = expected
    assert period_of(written, date.fromisoformat(on)) == Period(
        date.fromisoformat(first), date.fromisoformat(end), name
    )


def test_the_last_day_and_the_number_of_days():
    february = period_of("month", date(2028, 2, 1))
    assert (february.last, february.days) == (date(2028, 2, 29), 29)


@pytest.mark.parametrize(
    ("written", "name", "first"),
    [
        ("month", "2026-10", "2026-10-01"),
        ("quarter", "2026-Q4", "2026-10-01"),
        ("quarter", "2026-Q1", "2026-01-01"),
        (FROM_22, "2026-10-22", "2026-10-22"),
        (FOUR_WEEKS, "2026-02-02", "2026-02-02"),
        ("month", "2026-10-01", "2026-10-01"),
        ("quarter", "2026-10-01", "2026-10-01"),
    ],
)
def test_a_period_by_its_name_or_its_first_day(written, name, first):
    assert period_named(written, name).first == date.fromisoformat(first)


@pytest.mark.parametrize(
    ("written", "name", "remedy"),
    [
        ("month", "october", "write a month such as `2026-10`, or `last-month`"),
        ("quarter", "2026-Q5", "write a quarter such as `2026-Q4`"),
        (FROM_22, "2026-13", "write the period's first day, such as `2026-10-12`"),
        ("month", "2026-02-30", "write a month such as `2026-10`, or `last-month`"),
        ("month", "9999-12", "write a month such as `2026-10`, or `last-month`"),
        ("month", "0000-12", "write a month such as `2026-10`, or `last-month`"),
        ("quarter", "9999-Q4", "write a quarter such as `2026-Q4`"),
        (FROM_22, "9999-12-22", "write the period's first day, such as `2026-10-12`"),
        ("month", "2026-Q4", "write `2026-10` (2026-10-01 to 2026-10-31)"),
        ("quarter", "2026-11", "write `2026-Q4` (2026-10-01 to 2026-12-31)"),
        ("month", "2026-10-15", "write `2026-10` (2026-10-01 to 2026-10-31)"),
        (
            FROM_22,
            "2026-10",
            "write `2026-09-22` (2026-09-22 to 2026-10-21) or `2026-10-22` (2026-10-22 to 2026-11-21)",
        ),
        (FOUR_WEEKS, "2026-02-03", "write `2026-02-02` (2026-02-02 to 2026-03-01)"),
    ],
)
def test_a_name_that_is_no_period_is_refused_with_the_close_ones(written, name, remedy):
    with pytest.raises(Invalid) as caught:
        period_named(written, name)
    (problem,) = caught.value.problems
    assert (problem.code, problem.help) == ("CB255", remedy)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-10-15", 3, "2027-01-15"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-12-31", 0, "2026-12-31"),
        ("2026-11-30", 1, "2026-12-30"),
    ],
)
def test_the_same_day_some_months_later(start, months, expected):
    assert months_later(date.fromisoformat(start), months).isoformat() == expected


@pytest.mark.parametrize(
    ("first", "end", "days"),
    [
        ("2026-10-01", "2026-11-01", 30),
        ("2026-02-01", "2026-03-01", 30),
        ("2026-10-16", "2026-11-01", 15),
        ("2026-10-01", "2026-10-16", 15),
        ("2026-10-01", "2027-01-01", 90),
        ("2026-10-31", "2026-11-01", 0),
    ],
)
def test_days_of_months_that_all_count_thirty(first, end, days):
    assert days_30(date.fromisoformat(first), date.fromisoformat(end)) == days

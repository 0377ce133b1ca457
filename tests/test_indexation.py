"""Revision clauses: the coefficient of a period, which month of an index counts, how it is rounded."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from small import read, said, spot, spots

from callbill.indexation import Indexation
from callbill.period import BlockPeriod, period_named, period_of
from callbill.problems import Invalid
from callbill.settings import build

D = Decimal
SYNTEC = {
    "2025-01": D("309.8"), "2025-10": D("315.1"), "2026-01": D("317.2"), "2026-07": D("320.0"), "2026-10": D("321.5"),
}  # fmt: skip
INDICES = {"syntec": SYNTEC}
FORMULA = "formula: 0.15 + 0.85 * S / S0"
NAMES = "names: {S: {index: syntec, lag: 3}, S0: {index: syntec, month: 2025-10}}"


def clause(written: str) -> Indexation:
    return build(Indexation, read(f"{{{written}}}"))


def factor(written: str, period: str) -> Fraction:
    return clause(written).coefficient(period_named("month", period), INDICES).factor


def test_the_index_of_so_many_months_before():
    each = f"{FORMULA}, {NAMES}, revised: each_period"
    assert factor(each, "2026-10") == Fraction(15, 100) + Fraction(85, 100) * Fraction(3200, 3151)
    assert factor(each, "2026-04") == Fraction(15, 100) + Fraction(85, 100) * Fraction(3172, 3151)


@pytest.mark.parametrize(
    ("month", "period", "at"),
    [
        ("1", "2026-10", "2026-01"),
        ("1", "2026-01", "2026-01"),
        ("10", "2026-09", "2025-10"),
        ("10", "2026-10", "2026-10"),
    ],
)
def test_a_yearly_revision_stands_until_its_month_comes_round(month, period, at):
    yearly = f"formula: S / 100, names: {{S: {{index: syntec, lag: 0}}}}, revised: yearly, month: {month}"
    assert factor(yearly, period) == Fraction(SYNTEC[at]) / 100


def test_before_its_first_day_a_clause_changes_nothing():
    later = f"{FORMULA}, {NAMES}, revised: each_period, from: 2026-10-02"
    assert factor(later, "2026-10") == 1
    assert said(clause(later).coefficient(period_named("month", "2026-10"), {}).phrase, "fr") == "pas encore révisé"


@pytest.mark.parametrize(("way", "expected"), [("half_up", "1.013"), ("up", "1.014"), ("down", "1.013")])
def test_the_coefficient_may_be_rounded(way, expected):
    written = f"{FORMULA}, {NAMES}, revised: each_period, round: {{decimals: 3, mode: {way}}}"
    assert factor(written, "2026-10") == Fraction(expected)


def test_a_number_and_a_fixed_month():
    written = "formula: a * S, names: {a: 0.5, S: {index: syntec, month: 2025-01}}, revised: each_period"
    assert factor(written, "2030-10") == Fraction("154.9")


def test_how_a_coefficient_came_about():
    known = f"{FORMULA}, {NAMES}, revised: each_period, round: {{decimals: 3, mode: up}}"
    words = clause(known).coefficient(period_named("month", "2026-10"), INDICES).phrase
    assert said(words) == "0.15 + 0.85 * S / S0 with S = 320 (2026-07), S0 = 315.1 (2025-10): 1.014"
    assert said(words, "fr") == "0.15 + 0.85 * S / S0 avec S = 320 (2026-07), S0 = 315,1 (2025-10) : 1,014"
    third = clause("formula: 1 / 3, names: {}, revised: each_period").coefficient(period_named("month", "2026-10"), {})
    assert said(third.phrase).endswith("≈0.333333")


def test_a_value_that_was_not_published_yet_is_asked_for():
    with pytest.raises(Invalid) as caught:
        factor(f"{FORMULA}, {NAMES}, revised: each_period", "2026-11")
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("CB251", ("names", "S"))
    assert "2026-08" in problem.message


def test_values_that_divide_by_zero_are_refused():
    with pytest.raises(Invalid) as caught:
        factor("formula: 1 / (S - 320), names: {S: {index: syntec, lag: 3}}, revised: each_period", "2026-10")
    assert spots(caught.value) == ["CB253 formula"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f"{FORMULA}, {NAMES}, revised: each_period", []),
        (f"{FORMULA}, {NAMES}, revised: yearly, month: 1", []),
        (f"{FORMULA}, {NAMES}, revised: yearly", ["CB249 revised"]),
        (f"{FORMULA}, names: {{S: 1}}, revised: each_period", ["CB231 names"]),
        (f"{FORMULA}, names: {{S: 1, S0: 1, T: 1}}, revised: each_period", ["CB231 names.T"]),
        ("formula: S, names: {S: {index: smic, lag: 1}}, revised: each_period", ["CB231 names.S.index"]),
        ("formula: S, names: {S: {index: syntec}}, revised: each_period", ["CB248 names.S"]),
        ("formula: S, names: {S: {index: syntec, lag: 1, month: 2026-01}}, revised: each_period", ["CB248 names.S"]),
    ],
)
def test_clauses_that_leave_a_question_open(written, expected):
    assert [spot(problem) for problem in clause(written).problems(INDICES)] == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("formula: 1 +, names: {}, revised: each_period", ["CB253 formula"]),
        ("formula: a, names: {a: {index: x, lag: -1}}, revised: each_period", ["CB216 names.a.lag"]),
        ("formula: a, names: {a: 1,5}, revised: each_period", ["CB211 names.a"]),
        ("formula: a, names: {a: 1}, revised: yearly, month: 13", ["CB216 month"]),
        ("formula: a, names: {a: 1}, revised: each_period, round: {decimals: 10, mode: up}", ["CB216 round.decimals"]),
    ],
)
def test_clauses_that_cannot_be_read(written, expected):
    with pytest.raises(Invalid) as caught:
        clause(written.replace("a: 1,5", "a: '1,5'"))
    assert spots(caught.value) == expected


def test_blocks_of_days_are_revised_by_the_month_they_begin_in():
    block = period_of(BlockPeriod(days=28, first=date(2026, 1, 5)), date(2026, 10, 20))
    written = clause("formula: S / 100, names: {S: {index: syntec, lag: 0}}, revised: each_period")
    assert (block.first, written.coefficient(block, INDICES).factor) == (date(2026, 10, 12), Fraction("3.215"))

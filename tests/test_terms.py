"""Conditions, measures and formulas of a contract."""

import re
from fractions import Fraction

import pytest
from pydantic_core import PydanticCustomError
from small import LAYOUTS, read, spots

from callbill.models._priced import OncePer
from callbill.problems import Invalid
from callbill.settings import Settings, build
from callbill.staging import Condition
from callbill.terms import Formula, Measure, Reference, Where, conditions, measure, reference
from callbill.values import Threshold


class Only(Settings):
    """A contract of nothing but its conditions."""

    where: Where


def met(written: str, source: str = "calls") -> tuple[Condition, ...]:
    return conditions(build(Only, {"where": read(written)}).where, LAYOUTS[source], ("where",))


def wrong(written: str, source: str = "calls") -> list[str]:
    with pytest.raises(Invalid) as caught:
        met(written, source)
    return spots(caught.value)


# Conditions.

TEN = Threshold(10_000_000, is_duration=True, written="10 s")
THREE = Threshold(3_000_000, is_duration=False, written="3")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{queue: sales}", Condition("queue", one_of=("sales",))),
        ("{queue: [sales, support]}", Condition("queue", one_of=("sales", "support"))),
        ("{queue: {not: sales}}", Condition("queue", none_of=("sales",))),
        ("{talk: {at_least: 10 s}}", Condition("talk", at_least=TEN)),
        ("{age: {above: 10 s, at_most: 10 s}}", Condition("age", above=TEN, at_most=TEN)),
        ("{amount: {below: 3}}", Condition("amount", below=THREE)),
    ],
)
def test_a_condition(written, expected):
    assert met(written) == (expected,)


def test_the_states_of_agents_are_durations():
    assert met("{pause: {at_least: 10 s}}", "agents") == (Condition("pause", at_least=TEN),)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{cue: sales}", ["CB231 where.cue"]),
        ("{talk: long}", ["CB203 where.talk"]),
        ("{amount: '3'}", ["CB203 where.amount"]),
        ("{talk: {not: long}}", ["CB203 where.talk"]),
        ("{queue: {at_least: 3}}", ["CB203 where.queue"]),
        ("{talk: {at_least: 3}}", ["CB221 where.talk.at_least"]),
        ("{amount: {below: 10 s}}", ["CB221 where.amount.below"]),
        ("{talk: {}}", ["CB202 where.talk"]),
        ("{queue: {not: sales, at_least: 3}}", ["CB248 where.queue"]),
        (
            "{cue: a, talk: {above: 3, below: 4}}",
            ["CB231 where.cue", "CB221 where.talk.above", "CB221 where.talk.below"],
        ),
    ],
)
def test_a_condition_that_does_not_suit_its_field(written, expected):
    assert wrong(written) == expected


# Measures and references.


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("calls.talk", ((1, "talk"),)),
        ("calls.talk + calls.wrap", ((1, "talk"), (1, "wrap"))),
        ("calls.talk+calls.wrap", ((1, "talk"), (1, "wrap"))),
        ("calls.talk - calls.hold + calls.wrap", ((1, "talk"), (-1, "hold"), (1, "wrap"))),
        ("  - calls.hold + calls.talk ", ((-1, "hold"), (1, "talk"))),
    ],
)
def test_a_measure_is_a_sum_of_names_of_one_source(written, parts):
    assert measure(written) == Measure("calls", parts)


def test_a_source_may_have_a_dash_in_its_name():
    assert measure("calls-fr.talk - calls-fr.hold") == Measure("calls-fr", ((1, "talk"), (-1, "hold")))


@pytest.mark.parametrize(
    ("written", "again"),
    [("calls.talk+calls.wrap", "calls.talk + calls.wrap"), ("-calls.hold + calls.talk", "- calls.hold + calls.talk")],
)
def test_a_measure_is_written_out_the_same_way(written, again):
    assert measure(written).written == again


@pytest.mark.parametrize(
    "written",
    [
        "",
        "talk",
        "calls.talk calls.wrap",
        "calls.talk-calls.wrap",
        "calls.talk * 2",
        "calls.talk + 5 s",
        "calls.",
        "+ calls.talk",
    ],
)
def test_what_is_no_measure(written):
    with pytest.raises(PydanticCustomError) as caught:
        measure(written)
    assert caught.value.type == "CB253"


def test_a_measure_does_not_mix_sources():
    with pytest.raises(PydanticCustomError) as caught:
        measure("calls.talk + agents.pause")
    assert (caught.value.type, "mixes sources" in caught.value.message()) == ("CB253", True)


def test_a_reference_is_a_name_of_a_source():
    assert reference("calls.answered") == Reference("calls", "answered")
    for written in ("calls", "calls.answered.twice", "calls.answered + calls.lost", ""):
        with pytest.raises(PydanticCustomError) as caught:
            reference(written)
        assert caught.value.type == "CB253"


# Formulas.

NAMES = {"S": Fraction(103), "S0": Fraction(100), "half": Fraction(1, 2)}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1", Fraction(1)),
        ("0.15 + 0.85 * S / S0", Fraction(10255, 10000)),
        ("1 - 2 - 3", Fraction(-4)),
        ("12 / 2 / 3", Fraction(2)),
        ("2 * (3 + 4)", Fraction(14)),
        ("-(S - S0) * -2", Fraction(6)),
        ("half * half", Fraction(1, 4)),
        ("1/3 + 1/3 + 1/3", Fraction(1)),
    ],
)
def test_a_formula_is_exact(written, expected):
    assert Formula(written).value(NAMES) == expected


def test_a_formula_knows_its_names_in_order_and_once():
    assert Formula("a * (b + a) / c0").names == ("a", "b", "c0")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "the formula ends too soon"),
        ("1 +", "the formula ends too soon"),
        ("(1 + 2", "a bracket is not closed"),
        ("1 2", "`2` is not expected after `1`"),
        ("1)", "`)` is not expected after `1`"),
        ("* 2", "`*` is not expected"),
        ("2 ^ 3", "`^` is not expected after `2`"),
        ("1,5", "`,` is not expected after `1`"),
    ],
)
def test_a_formula_that_cannot_be_read(written, why):
    with pytest.raises(ValueError, match=f"^{re.escape(why)}$"):
        Formula(written)


def test_a_formula_has_an_end():
    with pytest.raises(ValueError, match="more than"):
        Formula("(" * 200 + "1" + ")" * 200)


def test_a_formula_may_divide_by_zero_only_when_its_values_do():
    ratio = Formula("1 / (a - b)")
    assert ratio.value({"a": Fraction(3), "b": Fraction(1)}) == Fraction(1, 2)
    with pytest.raises(ValueError, match="divides by zero"):
        ratio.value({"a": Fraction(1), "b": Fraction(1)})


def test_a_name_without_a_value_is_not_expected():
    with pytest.raises(ValueError, match="`b` is not expected"):
        Formula("a + b").value({"a": Fraction(1)})


def test_a_window_of_no_time_is_no_window() -> None:
    with pytest.raises(Invalid) as caught:
        build(OncePer, {"field": "customer", "within": "0 s"})
    assert [(one.code, one.path) for one in caught.value.problems] == [("CB216", ("within",))]

"""Scales: what a KPI's value is worth, and what is wrong with the steps, points and distances that people write."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from small import cases, read, said, spots

from callbill.money import text, trimmed
from callbill.problems import Invalid
from callbill.scale import Scale, scale_of
from callbill.settings import build
from callbill.steps import FactorStep, PointStep, tiling
from callbill.worths import Effect, Worth, printable


def scale(written: str) -> Scale:
    return build(Scale, read(written))


def effects(
    written: str, value: "str | int", numerator: "str | int" = 0, denominator: "str | int | None" = 100,
    unit: Any = "percent",
) -> list[Effect]:  # fmt: skip
    below = None if denominator is None else Fraction(denominator)
    return scale(written).effects(Fraction(value), Fraction(numerator), below, unit)


def row(effect: Effect) -> str:
    """`units unit × price: words`, or the percentage."""
    words = said(effect.words)
    if effect.percent is not None:
        assert (effect.units, effect.price) == (0, 0)
        return f"{effect.percent} %: {words}"
    assert effect.price >= 0
    unit = "each billed" if effect.per_billed else said(effect.unit)
    return f"{text(trimmed(effect.units))} {unit} × {text(trimmed(effect.price))}: {words}"


# ------------------------------------------------------------------------------------------------------- what they give

SHARES = "steps: [{below: 80, amount: -4 %}, {below: 90, amount: 0 %}, {amount: +2 %}]"
EVENTS = "per_event: {beyond: 5 %, amount: -5, count: COUNT}"


@pytest.mark.parametrize(
    ("written", "value", "expected"),
    cases(
        {
            "far below the first limit": (SHARES, 0, ["-4 %: < 80"]),
            "a hair below it": (SHARES, "79.999999", ["-4 %: < 80"]),
            "at a limit of `below` the next step begins": (SHARES, 80, ["0 %: ≥ 80, < 90"]),
            "the last step goes on for ever": (SHARES, 1000, ["2 %: ≥ 90"]),
            "at a limit of `up_to` the step still holds": (
                "steps: [{up_to: 80, amount: -4 %}, {amount: 0 %}]",
                80,
                ["-4 %: ≤ 80"],
            ),
            "past a limit of `up_to` the next one begins": (
                "steps: [{up_to: 80, amount: -4 %}, {amount: 1 %}]",
                "80.01",
                ["1 %: > 80"],
            ),
            "a lower limit may be written out": (
                "steps: [{below: 80, amount: -4 %}, {at_least: 80, up_to: 90, amount: 1 %}, {above: 90, amount: 2 %}]",
                90,
                ["1 %: ≥ 80, ≤ 90"],
            ),
            "`above` leaves its limit to the step before": (
                "steps: [{below: 80, amount: -4 %}, {at_least: 80, up_to: 90, amount: 1 %}, {above: 90, amount: 2 %}]",
                "90.5",
                ["2 %: > 90"],
            ),
            "one step for every value": ("steps: [{amount: -500}]", 3, ["-1 fixed × 500: …"]),
            "an amount that is given": ("steps: [{amount: 275.5}]", 3, ["1 fixed × 275.5: …"]),
            "an amount of nothing": ("steps: [{amount: 0}]", 3, ["1 fixed × 0: …"]),
            "a lower price for each billed unit": (
                "steps: [{below: 80, price: -0.40}, {price: 0.05}]",
                70,
                ["-1 each billed × 0.4: < 80"],
            ),
            "a higher price for each billed unit": (
                "steps: [{below: 80, price: -0.40}, {price: 0.05}]",
                80,
                ["1 each billed × 0.05: ≥ 80"],
            ),
        }
    ),
)
def test_a_step_takes_its_values(written: str, value: "str | int", expected: list[str]) -> None:
    assert [row(one) for one in effects(written, value)] == expected


LINE = "points: [{at: 70, amount: -3 %}, {at: 80, amount: 0 %}, {at: 90, amount: 1 %}]"
MONEY = "points: [{at: 70, amount: -300}, {at: 80, amount: 100}]"


@pytest.mark.parametrize(
    ("written", "value", "expected"),
    cases(
        {
            "before the first point it is level": (LINE, 0, "-3 %"),
            "at the first point": (LINE, 70, "-3 %"),
            "between two points": (LINE, "72.5", "-9/4 %"),
            "at a point in the middle": (LINE, 80, "0 %"),
            "between the next two": (LINE, 84, "2/5 %"),
            "at the last point": (LINE, 90, "1 %"),
            "past the last point it is level": (LINE, 100, "1 %"),
            "a third of the way stays exact": (
                "points: [{at: 70, amount: -1 %}, {at: 73, amount: 0 %}]",
                71,
                "-2/3 %",
            ),
            "an amount below zero": (MONEY, 75, "-1 fixed × 100"),
            "an amount above zero": (MONEY, 79, "1 fixed × 60"),
            "an amount that never ends has six decimals": (
                "points: [{at: 0, amount: 0}, {at: 3, amount: 1}]",
                2,
                "1 fixed × 0.666667",
            ),
        }
    ),
)
def test_between_points_the_worth_changes_evenly(written: str, value: "str | int", expected: str) -> None:
    assert [row(one) for one in effects(written, value)] == [f"{expected}: on the line between the points"]


@pytest.mark.parametrize(
    ("rule", "value", "unit", "expected"),
    cases(
        {
            "a point below the target": (
                "below: 80, amount: -20",
                "77.25",
                "percent",
                ["-2.75 point × 20: 2.75 below 80"],
            ),
            "nothing on the other side": ("below: 80, amount: -20", 81, "percent", []),
            "nothing at the limit itself": ("below: 80, amount: -20", 80, "percent", []),
            "a second above the limit": (
                "above: 30 s, amount: -500",
                "31.5",
                "seconds",
                ["-1.5 s × 500: 1.5 above 30 s"],
            ),
            "nothing for being fast": ("above: 30 s, amount: -500", 12, "seconds", []),
            "a bonus for each second saved": ("below: 15 s, amount: 500", 13, "seconds", ["2 s × 500: 2 below 15 s"]),
            "a unit that has no name": ("above: 3, amount: -7", 5, "number", ["-2 unit × 7: 2 above 3"]),
            "steps of two units": (
                "below: 80, amount: -20, per: 2",
                77,
                "percent",
                ["-1.5 step × 20: 1.5 below 80"],
            ),
            "« or fraction thereof »": (
                "below: 90, amount: -2000, count: started",
                "89.9",
                "percent",
                ["-1 point × 2000: 1 below 90"],
            ),
            "whole points only": (
                "below: 90, amount: -2000, count: whole",
                "88.1",
                "percent",
                ["-1 point × 2000: 1 below 90"],
            ),
            "less than a whole point costs nothing": ("below: 90, amount: -2000, count: whole", "89.1", "percent", []),
            "a percentage for each point": ("below: 80, amount: -0.5 %", 77, "percent", ["-3/2 %: 3 below 80"]),
            "a thirtieth of a point has four decimals as a quantity": (
                "below: 80, amount: -20, per: 3",
                79,
                "percent",
                ["-0.3333 step × 20: ≈0.333333 below 80"],
            ),
            "at the end of the dead band nothing is due": (
                "below: 80, amount: -20, dead_band: 2, beyond: whole",
                78,
                "percent",
                [],
            ),
            "past the dead band all of it": (
                "below: 80, amount: -20, dead_band: 2, beyond: whole",
                77,
                "percent",
                ["-3 point × 20: 3 below 80"],
            ),
            "past the dead band the excess": (
                "above: 30 s, amount: -20, dead_band: 2, beyond: excess",
                33,
                "seconds",
                ["-1 s × 20: 1 above 30 s"],
            ),
        }
    ),
)
def test_a_distance_is_paid_by_its_units(rule: str, value: "str | int", unit: str, expected: list[str]) -> None:
    assert [row(one) for one in effects(f"per_point: [{{{rule}}}]", value, unit=unit)] == expected


def test_two_distances_may_be_paid_at_once() -> None:
    both = "per_point: [{below: 80, amount: -1 %}, {below: 75, amount: -2 %}]"
    assert [one.percent for one in effects(both, 70)] == [-10, -10]
    assert [one.percent for one in effects(both, 76)] == [-4]


@pytest.mark.parametrize(
    ("count", "numerator", "expected"),
    cases(
        {
            "exactly the free share": ("exact", 5, "0 event × 5: 5 less 5 % of 101"),
            "fewer than are free are worth nothing": ("exact", 4, "0 event × 5: 4 less 5 % of 101"),
            "one more, less a twentieth": ("exact", 6, "-0.95 event × 5: 6 less 5 % of 101"),
            "a part of an event counts in full": ("started", 6, "-1 event × 5: 6 less 5 % of 101"),
            "a part of an event does not count": ("whole", 6, "0 event × 5: 6 less 5 % of 101"),
            "many": ("whole", 50, "-44 event × 5: 50 less 5 % of 101"),
        }
    ),
)
def test_an_event_beyond_a_share_costs_an_amount(count: str, numerator: int, expected: str) -> None:
    (found,) = effects(EVENTS.replace("COUNT", count), 0, numerator, 101)
    assert row(found) == expected
    assert found.sign == (0 if expected.startswith("0") else -1)


def test_events_of_a_plain_number_have_no_free_share() -> None:
    (found,) = effects("per_event: {beyond: 5 %, amount: 2}", 3, 3, None)
    assert row(found) == "3 event × 2: 3 less 5 % of 0"


def test_the_sign_of_what_is_given() -> None:
    percents = [Effect(percent=Fraction(n, 3)) for n in (1, 0, -1)]
    amounts = [Effect(units=Decimal(n), price=Decimal(5)) for n in (1, 0, -1)]
    assert [one.sign for one in percents] == [one.sign for one in amounts] == [1, 0, -1]
    assert Effect(units=Decimal(1), price=Decimal(0)).sign == 0


def test_a_list_is_the_short_way_to_write_steps() -> None:
    made = scale(SHARES)
    assert made.steps is not None
    assert scale_of(made.steps) == scale_of(made) == made


def test_a_value_that_no_step_takes_is_an_error_and_no_free_pass() -> None:
    with pytest.raises(ValueError, match="no step takes 85"):
        effects("steps: [{below: 80, amount: -4 %}]", 85)


@pytest.mark.parametrize(
    ("written", "percent"),
    [
        (SHARES, True),
        (LINE, True),
        (MONEY, False),
        ("per_point: [{below: 80, amount: -20}, {below: 70, amount: -1 %}]", True),
        ("per_event: {beyond: 5 %, amount: -5}", False),
        ("steps: [{below: 80, price: -0.40}, {price: 0}]", False),
    ],
)
def test_a_scale_knows_whether_it_needs_a_basis(written: str, percent: bool) -> None:
    assert scale(written).in_percent is percent


@pytest.mark.parametrize(
    ("share", "shown"), [(Fraction(2, 3), "0.6667"), (Fraction(-5, 2), "-2.5"), (Fraction(1, 30000), "0")]
)
def test_a_percentage_is_printed_with_four_decimals_at_most(share: Fraction, shown: str) -> None:
    assert text(printable(share)) == shown


# ----------------------------------------------------------------------------------------------------- amounts as text


@pytest.mark.parametrize(
    ("written", "worth", "again"),
    cases(
        {
            "a percentage": ("-4 %", Worth(Decimal(-4), in_percent=True), "-4 %"),
            "without a blank": ("2.5%", Worth(Decimal("2.5"), in_percent=True), "2.5 %"),
            "a plus sign": ("+2 %", Worth(Decimal(2), in_percent=True), "2 %"),
            "a plus sign and a blank": ("+ 275", Worth(Decimal(275), in_percent=False), "275"),
            "money": ("-0.40", Worth(Decimal("-0.40"), in_percent=False), "-0.40"),
            "six decimals": ("0.000001", Worth(Decimal("0.000001"), in_percent=False), "0.000001"),
        }
    ),
)
def test_a_worth_is_money_or_a_percentage(written: str, worth: Worth, again: str) -> None:
    (step,) = build(Scale, {"steps": [{"amount": written}]}).steps or ()
    assert step.amount == worth
    assert worth.written == again
    assert step.model_dump()["amount"] == again


@pytest.mark.parametrize(
    ("written", "expected"),
    cases(
        {
            "a currency": ("-500 €", ("CB210", "`-500 €` is more than a number", "write `-500` without `€`")),
            "a decimal comma": ("-2,5 %", ("CB211", "`-2,5` has a decimal comma", "write `-2.5`")),
            "seven decimals": (
                "0.0000001",
                ("CB217", "`0.0000001` has more than 6 decimals", "write at most 6 decimals"),
            ),
            "a word": (
                "none",
                ("CB210", "`none` is not a number", "write digits with a dot for decimals, such as `1234.50`"),
            ),
        }
    ),
)
def test_a_worth_that_cannot_be_read(written: str, expected: tuple[str, str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        build(Scale, {"steps": [{"below": "80", "amount": written}, {"amount": "1"}]})
    assert [(one.code, one.message, one.help) for one in caught.value.problems] == [expected]
    assert [one.path for one in caught.value.problems] == [("steps", 0, "amount")]


COUNTS_SOUND_ITEMS = "settings.py counts only the sound items of a list: one that is wrong is told as none at all"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("steps: [{amount: '-2,5 %'}]", ["CB211 steps.0.amount"]),
        ("points: [{at: 70, amount: 1}, {at: 80, amount: '2,5'}]", ["CB211 points.1.amount"]),
        ("per_point: [{below: 80, amount: -20 €}]", ["CB210 per_point.0.amount"]),
    ],
)
def test_a_wrong_item_is_one_problem_and_its_list_is_not_called_empty(written: str, expected: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        scale(written)
    assert spots(caught.value) == expected


def test_one_point_is_not_told_that_nothing_is_listed() -> None:
    with pytest.raises(Invalid) as caught:
        scale("points: [{at: 70, amount: 1}]")
    (problem,) = caught.value.problems
    assert (problem.code, "nothing" in problem.message, "two" in problem.help) == ("CB219", False, True)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("steps: []", ["CB219 steps"]),
        ("points: [{at: 70, amount: 1}]", ["CB219 points"]),
        ("per_point: []", ["CB219 per_point"]),
        ("steps: [{under: 80, amount: 1}, {amount: 1}]", ["CB201 steps.0.under"]),
        ("per_point: [{below: 80, amount: 1, per: 0}, {above: 90, amount: 1}]", ["CB216 per_point.0.per"]),
        ("per_point: [{below: 80, amount: 1, count: up}, {above: 90, amount: 1}]", ["CB230 per_point.0.count"]),
        ("per_event: {amount: -5}", ["CB202 per_event"]),
        ("steps: [{below: soon, amount: 1}, {amount: 1}]", ["CB221 steps.0.below"]),
    ],
)
def test_a_scale_of_another_shape(written: str, expected: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        scale(written)
    assert spots(caught.value) == expected


# --------------------------------------------------------------------------------------------- problems of a scale


def problems(written: str, decimals: "int | None" = None, unit: Any = "percent") -> list[str]:
    """`code path: message; help` of each problem."""
    return [
        f"{one.code} {'.'.join(map(str, one.path))}: {one.message}; {one.help}"
        for one in scale(written).problems(decimals, unit, ("scale",))
    ]


GAP = "let the step begin where the one before ends, or round the KPI: `decimals: …`"
MEET = "let the step begin where the one before ends"
ONE = "CB248 scale: a scale is one of `steps`, `points`, `per_point`, `per_event`; write one"


@pytest.mark.parametrize(
    ("written", "expected"),
    cases(
        {
            "nothing": ("{}", [ONE]),
            "two kinds": ("{steps: [{amount: 1}], per_event: {beyond: 1 %, amount: 1}}", [ONE]),
            "a step without a worth": (
                "steps: [{below: 80}, {amount: 1}]",
                ["CB248 scale.steps.0: a step is worth an `amount` or a `price`; write one of the two"],
            ),
            "a step with two worths": (
                "steps: [{below: 80, amount: -1}, {amount: 1, price: 1}]",
                ["CB248 scale.steps.1: a step is worth an `amount` or a `price`; write one of the two"],
            ),
            "a price in percent": (
                "steps: [{below: 80, price: -4 %}, {price: 0}]",
                ["CB248 scale.steps.0.price: a price is an amount; write `-0.40`"],
            ),
            "seconds for a percentage": (
                "steps: [{below: 80 s, amount: -1}, {amount: 1}]",
                ["CB221 scale.steps.0.below: the KPI is a percentage, `80 s` is not; write `80 %`"],
            ),
            "both upper limits": (
                "steps: [{below: 80, up_to: 80, amount: -1}, {amount: 1}]",
                ["CB248 scale.steps.0.up_to: `below` and `up_to` exclude each other; write one"],
            ),
            "both lower limits": (
                "steps: [{below: 80, amount: -1}, {at_least: 80, above: 80, amount: 1}]",
                ["CB248 scale.steps.1.above: `at_least` and `above` exclude each other; write one"],
            ),
            "the bottom is missing": (
                "steps: [{at_least: 75, below: 80, amount: -1}, {amount: 1}]",
                ["CB263 scale.steps.0: no step takes values < 75; leave the first lower limit out"],
            ),
            "the bottom is missing with its limit": (
                "steps: [{above: 75, below: 80, amount: -1}, {amount: 1}]",
                ["CB263 scale.steps.0: no step takes values ≤ 75; leave the first lower limit out"],
            ),
            "the top is missing": (
                "steps: [{below: 80, amount: -1}, {below: 90, amount: 1}]",
                ["CB263 scale.steps.1: no step takes values ≥ 90; add a last step without a limit"],
            ),
            "the top is missing past its limit": (
                "steps: [{up_to: 80, amount: -1}]",
                ["CB263 scale.steps.0: no step takes values > 80; add a last step without a limit"],
            ),
            "points that fall": (
                "points: [{at: 80, amount: 0 %}, {at: 70, amount: -3 %}]",
                ["CB264 scale.points.1: the points do not rise; write them in rising order"],
            ),
            "two points at one value": (
                "points: [{at: 80, amount: 0 %}, {at: 80, amount: -3 %}]",
                ["CB264 scale.points.1: the points do not rise; write them in rising order"],
            ),
            "money and a percentage": (
                "points: [{at: 70, amount: -3 %}, {at: 80, amount: 5}]",
                ["CB248 scale.points.1.amount: one point is a percentage and the other an amount; write both alike"],
            ),
            "a point in seconds": (
                "points: [{at: 70, amount: -3}, {at: 80 s, amount: 5}]",
                ["CB221 scale.points.1.at: the KPI is a percentage, `80 s` is not; write `80 %`"],
            ),
            "a distance from nothing": (
                "per_point: [{amount: -20}]",
                ["CB248 scale.per_point.0: the distance is `below` or `above` a limit; write one of the two"],
            ),
            "a distance from two limits": (
                "per_point: [{below: 80, amount: -1}, {below: 70, above: 90, amount: -20}]",
                ["CB248 scale.per_point.1: the distance is `below` or `above` a limit; write one of the two"],
            ),
            "a distance in seconds": (
                "per_point: [{above: 30 s, amount: -20}]",
                ["CB221 scale.per_point.0.above: the KPI is a percentage, `30 s` is not; write `30 %`"],
            ),
            "a dead band of which kind?": (
                "per_point: [{below: 80, amount: -1, dead_band: 2}]",
                [
                    "CB249 scale.per_point.0: does the dead band charge the whole distance, or what is beyond it?;"
                    " write `dead_band` and `beyond: whole` or `excess`"
                ],
            ),
            "beyond which band?": (
                "per_point: [{below: 80, amount: -1, beyond: whole}]",
                [
                    "CB249 scale.per_point.0: does the dead band charge the whole distance, or what is beyond it?;"
                    " write `dead_band` and `beyond: whole` or `excess`"
                ],
            ),
            "an event in percent": (
                "per_event: {beyond: 5 %, amount: -1 %}",
                ["CB248 scale.per_event.amount: an event costs an amount; write an amount such as `-5`"],
            ),
        }
    ),
)
def test_a_scale_that_cannot_be_meant(written: str, expected: list[str]) -> None:
    assert problems(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        SHARES,
        LINE,
        MONEY,
        "steps: [{amount: 1}]",
        "per_point: [{below: 80 %, amount: -20, dead_band: 2, beyond: whole}, {above: 90, amount: 1 %}]",
        "per_event: {beyond: 5 %, amount: -5}",
        "steps: [{below: 80, price: -0.40}, {price: 0}]",
        "steps: [{below: 80, amount: -1}, {at_least: 80, amount: 1}]",
        "steps: [{up_to: 80, amount: -1}, {above: 80, amount: 1}]",
        "steps: [{below: 80, amount: -1}, {up_to: 80, amount: 0}, {amount: 1}]",  # one step for 80 alone
    ],
)
def test_a_sound_scale_has_no_problem(written: str) -> None:
    assert problems(written) == []


SEAMS: dict[str, tuple[str, str, "int | None", str]] = {
    "a hole in an exact KPI": (
        "up_to: 3.00",
        "at_least: 3.01",
        None,
        f"CB263 no step takes values > 3 and < 3.01; {GAP}",
    ),
    "two decimals close it": ("up_to: 3.00", "at_least: 3.01", 2, ""),
    "three decimals open it again": (
        "up_to: 3.00",
        "at_least: 3.01",
        3,
        f"CB263 no step takes values > 3 and < 3.01; {GAP}",
    ),
    "whole seconds": ("up_to: 45", "at_least: 46", 0, ""),
    "a limit that nobody takes": ("below: 80", "above: 80", None, f"CB263 no step takes values ≥ 80 and ≤ 80; {GAP}"),
    "nor where values are rounded": ("below: 80", "above: 80", 1, f"CB263 no step takes values ≥ 80 and ≤ 80; {GAP}"),
    "a limit that both take": ("up_to: 80", "at_least: 80", None, f"CB264 two steps take values ≥ 80 and ≤ 80; {MEET}"),
    "also where values are rounded": (
        "up_to: 80",
        "at_least: 80",
        1,
        f"CB264 two steps take values ≥ 80 and ≤ 80; {MEET}",
    ),
    "two steps over each other": (
        "below: 85",
        "at_least: 80",
        None,
        f"CB264 two steps take values ≥ 80 and < 85; {MEET}",
    ),
    "over each other past a limit": ("below: 85", "above: 80", 2, f"CB264 two steps take values > 80 and < 85; {MEET}"),
    "a hole of five points": ("below: 80", "at_least: 85", 0, f"CB263 no step takes values ≥ 80 and < 85; {GAP}"),
    "`below` and `above` meet where nothing lies between": ("below: 80.5", "above: 80", 0, ""),
    "a limit off the grid": ("up_to: 79.95", "at_least: 80", 1, ""),
    "a limit below zero": ("up_to: -3", "at_least: -2", 0, ""),
    "`above` on the grid begins one further": (
        "below: 80",
        "above: 80.1",
        1,
        f"CB263 no step takes values ≥ 80 and ≤ 80.1; {GAP}",
    ),
    "falling": ("below: 90", "below: 80", None, "CB264 the steps fall from 90 to 80; write the steps in rising order"),
    "the same limit twice": (
        "below: 80",
        "below: 80",
        None,
        "CB264 the steps fall from 80 to 80; write the steps in rising order",
    ),
    "everything, and then more": (
        "",
        "below: 80",
        None,
        "CB264 the step before takes everything that is left; give it `below` or `up_to`",
    ),
}


@pytest.mark.parametrize(("end", "start", "decimals", "expected"), SEAMS.values(), ids=SEAMS)
def test_where_a_step_ends_the_next_begins(end: str, start: str, decimals: "int | None", expected: str) -> None:
    written = f"steps: [{{{end}{', ' if end else ''}amount: -1}}, {{{start}, amount: 0}}]"
    seam = [one for one in problems(written, decimals) if "add a last step" not in one]
    assert [one.replace(" scale.steps.1:", "") for one in seam] == ([expected] if expected else [])


def test_limits_off_the_grid_of_the_kpi_are_no_overlap_when_every_value_has_one_step() -> None:
    written = "steps: [{up_to: 3.00, amount: -1}, {at_least: 3.005, amount: 1}]"
    assert problems(written, 2) == []


def test_a_step_that_can_take_no_value_is_told() -> None:
    assert problems("steps: [{up_to: 80, amount: -4}, {up_to: 80, amount: 0}, {amount: 2}]") == [
        "CB264 scale.steps.1: the steps fall from 80 to 80; write the steps in rising order"
    ]


def test_steps_of_factors_and_of_points_are_held_to_the_same() -> None:
    """Whatever a step gives, its values are looked at alike; no steps at all have no problem."""
    factors = (build(FactorStep, {"below": "5", "factor": "50 %"}), build(FactorStep, {"above": "5", "factor": "0 %"}))
    points = (build(PointStep, {"below": "5", "points": "-1"}), build(PointStep, {"at_least": "4", "points": "2.5"}))
    assert [one.code for one in tiling(factors, None, "number", ("gates", 0, "steps"))] == ["CB263"]
    assert [one.path for one in tiling(points, None, "number", ("scorecard", 0, "points"))] == [
        ("scorecard", 0, "points", 1)
    ]
    assert list(tiling((), None, "number", ())) == []


def test_every_problem_of_a_scale_is_told_at_once() -> None:
    written = "steps: [{at_least: 10 s, below: 80, amount: 1}, {above: 80, price: 1 %}, {amount: 2, price: 2}]"
    assert [one.partition(":")[0] for one in problems(written)] == [
        "CB221 scale.steps.0.at_least",
        "CB263 scale.steps.1",
        "CB264 scale.steps.2",
        "CB263 scale.steps.0",
        "CB248 scale.steps.1.price",
        "CB248 scale.steps.2",
    ]

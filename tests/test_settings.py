"""Plain values become settings, or every problem in them at its path."""

from typing import Annotated, Literal

import pytest
from pydantic import Discriminator, Field, Tag
from small import spots

from callbill.problems import Invalid, Problem
from callbill.settings import (
    Settings,
    build,
    field_names,
    hinted,
    keys_at,
    models_at,
    settings_within,
    shape,
)
from callbill.values import Label, Price, Whole


class Step(Settings):
    """One step."""

    up_to: Whole | None = Field(None, description="its end")
    price: Price = Field(description="its price")


class Steps(Settings):
    """Several steps."""

    mode: Literal["slow", "fast"] = Field(description="how fast")
    steps: Annotated[tuple[Step, ...], Field(min_length=1)] = Field(description="the steps")


class Many(Settings):
    """More keys than a remedy lists."""

    a1: Whole = 1
    a2: Whole = 1
    a3: Whole = 1
    a4: Whole = 1
    a5: Whole = 1
    a6: Whole = 1
    a7: Whole = 1
    a8: Whole = 1
    a9: Whole = 1
    b1: Whole = 1
    b2: Whole = 1
    b3: Whole = 1
    limit: Whole = 1


Either = Annotated[
    Annotated[Price, Tag("one")] | Annotated[Step, Tag("mapping")],
    Discriminator(lambda raw: "mapping" if shape(raw) == "mapping" else "one"),
]


class Top(Settings):
    """Everything."""

    name: Label = Field(description="what it is called")
    from_: Label | None = Field(None, alias="from", description="where it begins")
    tiers: Steps | None = Field(None, description="the tiers")
    prices: dict[Label, Either] = Field(default_factory=dict, description="prices by name")
    mark: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(None, description="one character")
    many: Many | None = None


def problems(**raw: object) -> tuple[Problem, ...]:
    with pytest.raises(Invalid) as caught:
        build(Top, raw, ("charges", 0))
    return caught.value.problems


def only(**raw: object) -> Problem:
    (problem,) = problems(**{"name": "x", **raw})
    return problem


def test_sound_values_become_settings():
    found = build(Top, {"name": "x", "from": "a", "prices": {"b": "1", "c": {"price": "2"}}})
    assert (found.name, found.from_, found.prices["b"], found.prices["c"].price) == ("x", "a", 1, 2)


def test_every_problem_at_its_path_in_the_file():
    with pytest.raises(Invalid) as caught:
        build(
            Top,
            {"tiers": {"mode": "quick", "steps": [{"price": "1"}, {"price": "a"}]}, "prices": {"b": {"price": "-1"}}},
        )
    assert spots(caught.value) == ["CB202", "CB230 tiers.mode", "CB210 tiers.steps.1.price", "CB216 prices.b.price"]


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        pytest.param({"tiers": {"mode": "slow"}}, "CB202", ("tiers",), id="a key that is missing"),
        pytest.param({"nom": "x"}, "CB201", ("nom",), id="a key that is not known"),
        pytest.param({"tiers": {"mode": "slow", "steps": []}}, "CB219", ("tiers", "steps"), id="an empty list"),
        pytest.param({"tiers": "fast"}, "CB203", ("tiers",), id="a text for a mapping"),
        pytest.param({"tiers": ["fast"]}, "CB203", ("tiers",), id="a list for a mapping"),
        pytest.param({"tiers": {"mode": "slow", "steps": "1"}}, "CB203", ("tiers", "steps"), id="a text for a list"),
        pytest.param(
            {"tiers": {"mode": ["slow"], "steps": [{"price": "1"}]}}, "CB203", ("tiers", "mode"), id="a list for a word"
        ),
        pytest.param({"mark": "ab"}, "CB203", ("mark",), id="two characters for one"),
        pytest.param({"mark": ""}, "CB203", ("mark",), id="no character for one"),
        pytest.param({"prices": {"": "1"}}, "CB203", ("prices", ""), id="a key without a name"),
        pytest.param(
            {"prices": {"b": {}}}, "CB202", ("prices", "b"), id="a key that is missing in one of two readings"
        ),
    ],
)
def test_one_problem_at_its_path(raw, code, path):
    problem = only(**raw)
    assert (problem.code, problem.path) == (code, ("charges", 0, *path))


def test_a_missing_key_and_the_unknown_one_that_was_meant_are_one_problem():
    assert [problem.code for problem in problems(nam="x")] == ["CB201"]
    assert [problem.code for problem in problems(colour="x")] == ["CB202", "CB201"]


def test_what_to_write():
    assert only(tiers={"mode": "slow"}).help == "write `steps: …`: the steps"
    assert only(tiers="fast").help == "write `{mode: …, steps: …}`"
    assert "a1: …" in only(many="x").help
    assert hinted(only(from_="x", form="y").help) == "from"
    assert hinted(only(many={"limits": "1"}).help) == "limit"
    assert only(many={"zzz": "1"}).help == "`callbill describe test_settings` lists the settings"


def test_the_keys_that_may_stand_somewhere():
    assert keys_at(Top, ()) == ["name", "from", "tiers", "prices", "mark", "many"]
    assert keys_at(Top, ("tiers", "steps", 0)) == ["up_to", "price"]
    assert keys_at(Top, ("prices", "b")) == ["up_to", "price"]
    assert keys_at(Top, ("name",)) == keys_at(Top, ("name", "first")) == []
    assert models_at(Top, ("tiers",)) == [Steps]
    assert field_names(Step) == ["up_to", "price"]


def test_the_settings_within_a_field():
    fields = Top.model_fields
    assert settings_within(fields["tiers"].annotation) == [Steps]
    assert settings_within(Steps.model_fields["steps"].annotation) == [Step]
    assert settings_within(fields["prices"].annotation) == [Step]
    assert settings_within(fields["name"].annotation) == []


def test_the_shape_of_a_value():
    assert [shape(one) for one in ({}, Step(price=1), [], (), "a", None)] == [
        "mapping", "mapping", "list", "list", "text", "text",
    ]  # fmt: skip

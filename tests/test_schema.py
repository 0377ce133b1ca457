"""The published schema of contracts against an implementation that is not ours: what it accepts, what it rejects.

Every contract is fed twice: as callbill reads it, all text, and as an ordinary YAML 1.2 editor does, where numbers
are numbers. The problems that no schema can find are listed one by one, so that the list can only shrink.
"""

import re
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import available_timezones

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from callbill import models, readers
from callbill.problems import Invalid
from callbill.schema import contract_schema
from callbill.source import parse
from callbill.starter import contract_for
from callbill.values import zone_name

ROOT = Path(__file__).parent.parent
PROBLEMS = ROOT / "tests" / "problems"

BEYOND = {
    "CB221-condition": "whether the field is a duration stands elsewhere",
    "CB221-level": "what the KPI measures stands elsewhere",
    "CB227-country": "the countries are those of a package",
    "CB227-holidays": "the countries are those of a package",
    "CB227-region": "the regions are those of a package",
    "CB227-regionless": "the regions are those of a package",
    "CB229-legs": "one key of several mappings compared",
    "CB230-formula": "a name of the kind, or a quotient of counts",
    "CB231": "a reference",
    "CB231-band": "a reference",
    "CB231-bare": "a reference",
    "CB231-clause": "a reference",
    "CB231-condition": "a reference",
    "CB231-duration": "a reference",
    "CB231-index": "a reference",
    "CB231-kpi": "a reference",
    "CB231-legs": "a reference",
    "CB231-state": "a reference",
    "CB232": "one key of several mappings compared",
    "CB232-band": "one key of several mappings compared",
    "CB232-charge": "one key of several mappings compared",
    "CB232-kept": "allowed for all but charges",
    "CB232-phase": "one key of several mappings compared",
    "CB240": "two dates compared",
    "CB240-maximum": "two numbers compared",
    "CB240-phase": "two dates compared",
    "CB240-phases": "two dates compared",
    "CB240-until": "two dates compared",
    "CB240-window": "two times compared",
    "CB241": "two numbers compared",
    "CB242": "the last of a list",
    "CB242-open": "the last of a list",
    "CB244": "a week added up",
    "CB245": "a week added up",
    "CB246": "a remainder",
    "CB247": "the kind of a record stands elsewhere",
    "CB248-quote": "two characters compared",
    "CB249": "a date in a period",
    "CB249-basis": "whether a step is a percentage",
    "CB249-cut": "a month in a period",
    "CB249-ending": "two dates compared",
    "CB249-phase": "keys of two items of a list",
    "CB250": "a reference",
    "CB253-formula": "brackets in brackets",
    "CB257": "two numbers compared",
    "CB257-order": "two numbers compared",
    "CB258": "one key of several mappings compared",
    "CB260": "some formulas need a choice",
    "CB260-short": "some formulas need a time",
    "CB260-window": "some formulas need a time",
    "CB261": "a quotient in a text",
    "CB262": "a reference",
    "CB262-nowhere": "what the sources have",
    "CB263": "two numbers compared",
    "CB263-end": "the last of a list",
    "CB264": "two numbers compared",
    "CB264-falling": "two numbers compared",
    "CB265": "two dates compared",
    "CB266": "two dates compared",
    "CB266-day": "two dates compared",
    "CB267": "two dates compared",
    "CB267-line": "two dates compared",
    "CB267-own": "two dates compared",
    "CB271": "a warning",
    "CB272": "a warning",
    "CB273": "a warning",
    "CB274": "a warning",
    "CB275": "a warning",
}
"""Contracts that `check` complains of and a schema cannot, and why."""
LOST = {
    "CB215": "1e3 is the number 1000",
    "CB216-share": "0.2 is as good a number as 20",
    "CB217": "binary numbers have no decimals to count",
}
"""Contracts that a schema cannot refuse once an editor has made numbers of their texts."""


class Editor(yaml.SafeLoader):
    """YAML 1.2 as editors read it (its core schema): `20:00`, `NO` and dates are texts, `0.30` is a number."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
for _kind, _form, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", _FLOAT, list("-+.0123456789")),
):
    Editor.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_form})$"), _first)
Editor.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))


def as_text(data: bytes) -> Any:
    return parse(data, "contract.yaml").value


def as_numbers(data: bytes) -> Any:
    return yaml.load(data, Editor)


READ = pytest.mark.parametrize("read", [as_text, as_numbers])


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = contract_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


def refused(data: bytes) -> bool:
    """Whether a text is not even YAML to callbill."""
    try:
        parse(data, "contract.yaml")
    except Invalid:
        return True
    return False


ACCEPTED = {
    **{path.name: path.read_bytes() for path in sorted((ROOT / "sample_contracts").glob("*.yaml"))},
    **{f"init {name}": contract_for(name).encode() for name in models.names()},
}
REJECTED = {
    path.parent.name: path.read_bytes()
    for path in sorted(PROBLEMS.glob("CB2*/contract.yaml"))
    if (path.parent / "command").read_text("utf-8").startswith("check ") and not refused(path.read_bytes())
}
"""Contracts with a problem that `check` finds without activity, once the text has been read."""


@READ
@pytest.mark.parametrize("name", ACCEPTED)
def test_contracts_that_can_be_billed_are_accepted(name: str, read: Any, validator: Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(read(ACCEPTED[name]))] == []


@pytest.mark.parametrize("name", REJECTED)
def test_contracts_with_a_problem_are_rejected_where_a_schema_can(name: str, validator: Draft202012Validator) -> None:
    assert (name in BEYOND) == validator.is_valid(as_text(REJECTED[name]))


@pytest.mark.parametrize("name", REJECTED)
def test_an_editor_sees_the_same_problems(name: str, validator: Draft202012Validator) -> None:
    assert (name in BEYOND or name in LOST) == validator.is_valid(as_numbers(REJECTED[name]))


def test_the_lists_name_problems_that_there_are() -> None:
    assert set(BEYOND) | set(LOST) <= set(REJECTED)
    assert not set(BEYOND) & set(LOST)


def test_every_time_zone_is_accepted(validator: Draft202012Validator) -> None:
    zone = validator.schema["properties"]["timezone"]
    names = [*available_timezones(), "+02:00", "-03:30", "UTC"]
    refused_by_check = {name for name in names if not _is_zone(name)}
    assert {name for name in names if not validator.evolve(schema=zone).is_valid(name)} <= refused_by_check


def _is_zone(name: str) -> bool:
    try:
        zone_name(name)
    except ValueError:
        return False
    return True


def test_one_name_defines_one_thing() -> None:
    """The kinds' definitions are merged by name; two different ones of a name would overwrite each other."""
    known: dict[str, Any] = {}
    for home in (models, readers):
        for name in home.names():
            for key, schema in home.named(name).model_json_schema(by_alias=True).get("$defs", {}).items():
                assert schema == known.setdefault(key, schema), key


def test_an_empty_value_is_never_accepted(validator: Draft202012Validator) -> None:
    assert '"null"' not in str(validator.schema).replace("'", '"')

"""The JSON Schema of contract files, which editors complete and check with.

What a single setting may be comes from its own type. What settings say only together is repeated here, as far as
JSON Schema can say it: which keys exclude or need each other. References, sums and dates that are compared are
beyond it; `callbill check` finds those.
"""

from typing import Any

from callbill import kpis, models, readers
from callbill.contract_settings import ContractSettings
from callbill.phases import OWN
from callbill.readers._columns import DURATIONS
from callbill.terms import MEASURE

Schema = dict[str, Any]


def contract_schema() -> Schema:
    """The published schema, version 1 of the contract format."""
    schema = ContractSettings.model_json_schema(by_alias=True)
    definitions = schema.setdefault("$defs", {})
    schema["properties"]["callbill"] = {"enum": [1, "1"], "description": "version of the contract format: `1`"}
    (name,) = schema["properties"]["activity"]["patternProperties"]
    schema["properties"]["activity"]["patternProperties"] = {name: _one_of(readers, "reader", definitions)}
    (name,) = schema["properties"]["kpis"]["patternProperties"]
    schema["properties"]["kpis"]["patternProperties"] = {name: _one_of(kpis, "kpi", definitions)}
    schema["properties"]["charges"] |= {"items": _one_of(models, "model", definitions), "minItems": 1}
    of_phase = definitions["PhaseSettings"]["properties"]["charges"]
    of_phase |= {"items": {"$ref": "#/properties/charges/items"}, "minItems": 1}
    schema["properties"]["phases"]["minItems"] = 1
    schema["allOf"] = [_one("charges", "phases"), {"dependentSchemas": {"phases": {"not": _some(*OWN[1:])}}}]
    for owner, rules in RULES.items():
        definitions[owner]["allOf"] = rules
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "callbill contract, version 1",
        **_tidied(schema),
    }


def _one_of(home: Any, word: str, definitions: Schema) -> Schema:
    """Every kind of a family, told apart by the word that names it."""
    cases = []
    for name in home.names():
        schema = home.named(name).model_json_schema(by_alias=True)
        definitions.update(schema.pop("$defs", {}))
        definitions[f"{word}_{name}"] = schema
        cases.append({"if": _is(word, name), "then": {"$ref": f"#/$defs/{word}_{name}"}})
    return {"type": "object", "required": [word], "properties": {word: {"enum": list(home.names())}}, "allOf": cases}


def _tidied(schema: Any) -> Any:
    """The schema without pydantic's titles, which say nothing that the keys do not, and without `null`.

    A key without a value is a problem of its own in a contract; and where names have a pattern, no other is allowed.
    """
    if isinstance(schema, list):
        return [_tidied(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _tidied(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))}
    if kept.get("default", "") is None:
        del kept["default"]
    if "patternProperties" in kept:
        kept.setdefault("additionalProperties", False)
    if {"type": "null"} in kept.get("anyOf", ()):
        others = [one for one in kept.pop("anyOf") if one != {"type": "null"}]
        kept |= {"anyOf": others} if len(others) > 1 else others[0] | kept
    return kept


# ------------------------------------------------------------------------------ what settings say only together


def _is(key: str, *words: str) -> Schema:
    return {"properties": {key: {"enum": list(words)}}, "required": [key]}


def _if(condition: Schema, then: Schema, otherwise: Schema | None = None) -> Schema:
    return {"if": condition, "then": then} | ({"else": otherwise} if otherwise else {})


def _needs(*keys: str) -> Schema:
    return {"required": list(keys)}


def _some(*keys: str) -> Schema:
    """At least one of the keys."""
    return {"anyOf": [_needs(key) for key in keys]}


def _one(*keys: str) -> Schema:
    """Exactly one of the keys."""
    return {"oneOf": [_needs(key) for key in keys]}


def _both(first: str, second: str) -> Schema:
    """Both keys or none of them."""
    return {"dependentRequired": {first: [second], second: [first]}}


def _columns(**more: Any) -> Schema:
    return {"properties": {"columns": more}}


_NOTHING = {"anyOf": [{"const": 0}, {"type": "string", "pattern": r"^0(\.0+)?\s*%?$"}]}
_LASTING = {"type": "object", "anyOf": [_needs("unit"), _needs("from"), _needs("to"), _needs("sum")]}
_WALL_CLOCK = {
    "type": "object",
    "properties": {"format": {"pattern": "^(?!iso$|epoch_s$|epoch_ms$|.*%z)"}},
    "required": ["format"],
    "not": _needs("zone"),
}
_PRICES = ("price", "prices", "tiers", "package", "stairstep")
_MEASURE = {"properties": {"measure": {"pattern": MEASURE}}}
RULES: dict[str, list[Schema]] = {
    "VatRule": [
        {"anyOf": [_needs("category"), {"properties": {"rate": {"not": _NOTHING}}, "required": ["rate"]}]},
        _if(_is("category", "S"), {"properties": {"rate": {"not": _NOTHING}}, "required": ["rate"]}),
        _if(_is("category", "Z", "E", "AE", "K", "G", "O"), {"properties": {"rate": _NOTHING}}),
        _if(_is("category", "E", "AE", "K", "G", "O"), _needs("reason")),
    ],
    "Floor": [_one("quantity", "amount")],
    "Ceiling": [_one("quantity", "amount")],
    "Indexation": [_if(_is("revised", "yearly"), _needs("month"))],
    "IndexValue": [_one("month", "lag")],
    "Unlike": [_one("not", "begins", "not_begins")],
    "Choice": [_one("column", "value")],
    "Limits": [_some("not", "at_least", "at_most", "above", "below", "filled")]
    + [{"not": _needs("not", key)} for key in ("at_least", "at_most", "above", "below")],
    "Window": [_both("from", "to")],
    "Moment": [
        _one("column", "columns", "pick", "above"),
        _if({"properties": {"format": {"const": "excel"}}}, _needs("snap")),
    ],
    "Lasting": [_one("column", "columns", "pick", "above")],
    "Figure": [_one("column", "columns", "pick", "above")],
    "Word": [_one("column", "columns", "pick", "above")],
    "LegRule": [_one("take", "words")],
    "FreeShort": [_some("below", "first"), {"properties": {"of": {"pattern": MEASURE}}}],
    "Tier": [_some("price", "percent", "flat"), {"not": _needs("price", "percent")}],
    "Tiers": [
        _if({"properties": {"steps": {"prefixItems": [_needs("flat")], "minItems": 1}}}, _needs("zero_usage")),
    ],
    "Premium": [_one("window", "when")],
    "PerAct": [_some("minimum", "maximum")],
    "Clawback": [_one("count", "sum"), _both("within", "since")],
    "SeatsMeasured": [_if(_is("measured", "mean"), _needs("over"), {"not": _needs("over")})],
    "StatedUnit": [_one("day", "fte")],
    "Met": [_one("at_least", "at_most")],
    "Scale": [_one("steps", "points", "per_point", "per_event")],
    "Step": [_one("amount", "price"), {"not": _needs("below", "up_to")}, {"not": _needs("at_least", "above")}],
    "PerPoint": [_one("below", "above"), _both("dead_band", "beyond")],
    "Gate": [{"anyOf": [_needs("steps"), _some("below", "up_to", "at_least", "above")]}],
    "Forecast": [_some("above", "below")],
    "ExcusedDays": [{"oneOf": [_needs("date"), _needs("from", "until")]}],
    "Clause": [
        _one("kpi", "scorecard"),
        _if({"anyOf": [_needs("repeated"), _needs("earn_back"), _is("applied", "next_invoice")]}, _needs("from")),
        _if(_needs("basis_of"), _is("applied", "next_invoice")),
    ],
    "Group": [{"anyOf": [_needs("cap"), _is("pays", "largest")]}],
    "model_time": [_one(*_PRICES), _MEASURE],
    "model_act": [_one(*_PRICES, "percent"), _one("count", "sum")],
    "model_flat": [{"not": _needs("count", "measure")}, _MEASURE],
    "reader_generic": [
        {"properties": {"delimiter": {"pattern": r"^[^\n\r\u0000]$"}, "quote": {"pattern": r"^[\t -~]?(?![\s\S])"}}},
        {"anyOf": [_needs("delimiter"), _is("form", "json_lines"), _needs("sheet")]},
        _columns(required=["start"], properties={"start": {"type": "object", "required": ["format"]}}),
        _columns(properties=dict.fromkeys(DURATIONS, _LASTING)),
        _if(
            _is("record", "contact"),
            {"anyOf": [_needs("id"), _columns(required=["id"]), _needs("legs")], "not": _needs("agent_states")},
            {"not": {"anyOf": [_needs("states"), _needs("legs")]}},
        ),
        _if(_is("record", "interval"), {"not": _needs("agent_states")}),
        _if(_is("record", "agent_state"), _columns(required=["agent"])),
        _if(_needs("agent_states"), _columns(required=["state", "duration"])),
        _if({"not": _needs("zone")}, _columns(additionalProperties={"not": _WALL_CLOCK})),
    ],
}
"""The rules of each group of settings, by the name of its definition."""

"""What exists and its manual: models, readers, writers and problem codes, each page made from its own file."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from callbill import family, models, readers, writers
from callbill.codes import CODES
from callbill.contract import ContractSettings
from callbill.problems import nearest, refuse
from callbill.settings import Settings, field_names, settings_within

if TYPE_CHECKING:
    from callbill.models import Charge

FAMILIES = {"models": models, "readers": readers, "writers": writers}


def overview() -> str:
    """Everything that can be described, a line each."""
    parts = []
    for title, home in FAMILIES.items():
        parts.append(title.capitalize())
        parts += [f"  {name:<14} {_summary(home.PACKAGE, name)}" for name in home.names()]
        parts.append("")
    parts.append("Contract")
    parts.append("  contract       The top level of a contract file.")
    parts.append("")
    parts.append(f"Problem codes\n  {min(CODES)} to {max(CODES)}: `callbill describe CODE`")
    return "\n".join(parts) + "\n"


def _summary(package: str, name: str) -> str:
    return family.manual(package, name).splitlines()[0]


def page(name: str) -> str:
    """The manual of one thing. Raises `Invalid` (CB405) when nothing has that name."""
    if name.upper() in CODES:
        title, words = CODES[name.upper()]
        return f"{name.upper()}: {title}\n\n{words}\n"
    if name == "contract":
        return "\n".join(["The top level of a contract file.", "", "Settings", *_settings(ContractSettings)]) + "\n"
    found = [title for title, home in FAMILIES.items() if name in home.names()]
    if not found:
        known = ["contract", *(kind for home in FAMILIES.values() for kind in home.names())]
        refuse("CB405", f"nothing is called `{name}`", nearest(name, known))
    return "\n\n".join(_manual(title, name) for title in found)


def _manual(title: str, name: str) -> str:
    home = FAMILIES[title]
    parts = [f"{name} ({title.removesuffix('s')})", "", family.manual(home.PACKAGE, name)]
    kind = home.named(name)
    if isinstance(kind, type) and issubclass(kind, Settings):
        parts += ["", "Settings", *_settings(kind)]
    example = (
        getattr(__import__(kind.__module__, fromlist=["EXAMPLE"]), "EXAMPLE", "") if isinstance(kind, type) else ""
    )
    if example:
        parts += ["", "Example", *(f"  {row}" for row in example.rstrip().splitlines())]
    return "\n".join(parts) + "\n"


def _settings(model: type[Settings], indent: str = "  ") -> Iterator[str]:
    """A line a setting: its key, what it says, its default; settings within settings below it."""
    keys = field_names(model)
    wide = max(len(key) for key in keys) + 2
    for key, field in zip(keys, model.model_fields.values(), strict=True):
        default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
        yield f"{indent}{key:<{wide}} {field.description or ''}{f' ({default})' if default else ''}"
        inner = settings_within(field.annotation)
        for deeper in inner:
            if len(inner) > 1:
                yield f"{indent}  either {(deeper.__doc__ or '').splitlines()[0]}"
            yield from _settings(deeper, indent + "    ")


def _default(value: Any) -> str:
    if value is None or value == () or value == {} or isinstance(value, Settings):
        return ""
    return f"default `{'true' if value is True else value}`"


# ------------------------------------------------------------------------------------------------- JSON Schema


def contract_schema() -> dict[str, Any]:
    """The JSON Schema of contract files: editors complete and check with it."""
    schema = ContractSettings.model_json_schema(by_alias=True)
    definitions = schema.setdefault("$defs", {})
    schema["properties"]["callbill"] = {"enum": [1, "1"], "description": "version of the contract format: `1`"}
    schema["properties"]["activity"]["additionalProperties"] = _one_of(readers, "reader", definitions)
    schema["properties"]["charges"]["items"] = _one_of(models, "model", definitions)
    schema["properties"]["charges"]["minItems"] = 1
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "callbill contract, version 1",
        **_plain_keys(schema),
    }


def _one_of(home: Any, word: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """Every kind of a family, told apart by the word that names it."""
    cases = []
    for name in home.names():
        own: type[Charge] = home.named(name)
        schema = own.model_json_schema(by_alias=True)
        definitions.update(schema.pop("$defs", {}))
        definitions[f"{word}_{name}"] = schema
        chosen = {"properties": {word: {"const": name}}, "required": [word]}
        cases.append({"if": chosen, "then": {"$ref": f"#/$defs/{word}_{name}"}})
    return {"type": "object", "required": [word], "properties": {word: {"enum": list(home.names())}}, "allOf": cases}


def _plain_keys(schema: Any) -> Any:
    """The schema without pydantic's titles, which say nothing that the keys do not."""
    if isinstance(schema, dict):
        return {
            key: _plain_keys(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))
        }
    return [_plain_keys(one) for one in schema] if isinstance(schema, list) else schema


def schema_text(name: str) -> str:
    """A published schema as JSON text: `contract` or `invoice`."""
    if name == "invoice":
        from callbill.writers.json import SCHEMA

        chosen = dict(SCHEMA)
    else:
        chosen = contract_schema()
    return json.dumps(chosen, ensure_ascii=False, indent=2) + "\n"

"""Groups of settings: plain values become them, or every problem in the values at its path, in words.

pydantic checks; what it says is told again as what stands there and what to write.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, TypeVar, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from callbill.problems import Invalid, Path, Problem, nearest

MOST_LISTED = 12
"""Most names that a remedy lists."""


class Settings(BaseModel):
    """A group of settings: frozen, every key known, every default written down by `check --effective`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)

    STANDS_ELSEWHERE: ClassVar[Mapping[str, str]] = {}
    """Keys that people write here and that stand elsewhere: what to do with each."""
    MANUAL: ClassVar[str] = ""
    """What `callbill describe` calls these settings, where it is not the name of their module."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema with the limits of whole numbers, which pydantic leaves out where a type describes itself."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for key, field in keyed_fields(cls):
            if limits := _bounds(field):
                kept = {name: value for name, value in properties[key].items() if name in ("default", "description")}
                properties[key] = kept | _between(*limits)
        return schema


def _between(least: int, most: int) -> JsonSchemaValue:
    numbers = "|".join(str(number) for number in range(least, most + 1))
    written = {"type": "string", "pattern": rf"^({numbers})(\.0+)?$"}
    return {"anyOf": [{"type": "integer", "minimum": least, "maximum": most}, written]}


SettingsType = TypeVar("SettingsType", bound=Settings)


class Written:
    """How a type is written in a contract, as one note on it: pydantic's own three take it twice the time to follow."""

    def __init__(
        self, read: Callable[[Any], Any], schema: JsonSchemaValue, write: Callable[[Any], str] | None = None
    ) -> None:
        self.read, self.schema, self.write = read, schema, write

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """What `read` makes of the text is checked as the type itself."""
        written = core_schema.plain_serializer_function_ser_schema(self.write) if self.write else None
        return core_schema.no_info_before_validator_function(self.read, handler(source), serialization=written)

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return dict(self.schema)


def fault(code: str, message: str, remedy: str = "") -> PydanticCustomError:
    """A problem as pydantic carries it: the code is the error's type."""
    return PydanticCustomError(code, "{message}", {"message": message, "help": remedy})


def shape(raw: object) -> str:
    """Which form a value has been written in: tells the readings of one key apart."""
    return "mapping" if isinstance(raw, Mapping | Settings) else "list" if isinstance(raw, list | tuple) else "text"


def _bounds(field: FieldInfo) -> tuple[int, int] | None:
    """The least and the most of a whole number that has both."""
    types = [one for one in (get_args(field.annotation) or (field.annotation,)) if one is not NoneType]
    if not any((get_args(one) or (one,))[0] is int for one in types):
        return None
    given = [mark for one in types for mark in getattr(one, "__metadata__", ())] + field.metadata
    marks = [mark for one in given for mark in (one.metadata if isinstance(one, FieldInfo) else (one,))]
    least: list[Any] = [mark.ge for mark in marks if isinstance(mark, Ge)]
    most: list[Any] = [mark.le for mark in marks if isinstance(mark, Le)]
    return (max(least), min(most)) if most else None


def build(model: type[SettingsType], raw: object, path: Path = ()) -> SettingsType:
    """Plain values as settings, or `Invalid` with every problem, each at its path."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        items = [item for item in error.errors(include_url=False) if not _lacks_only_sound_ones(item)]
        found = [(item["type"], _problem(model, raw, item)) for item in items]
        meant = {
            (*one.path[:-1], hint) for kind, one in found if kind == "extra_forbidden" and (hint := hinted(one.help))
        }
        missing = [_real_path(raw, item["loc"], missing=True) if item["type"] == "missing" else () for item in items]
        chosen = [one for (_, one), key in zip(found, missing, strict=True) if key not in meant]
        raise Invalid(problem.under(*path) for problem in chosen) from None


def _lacks_only_sound_ones(item: Mapping[str, Any]) -> bool:
    """Whether a list is only too short because of items that are wrong, which are problems of their own."""
    given = item["input"]
    return item["type"] == "too_short" and isinstance(given, list | tuple) and len(given) >= item["ctx"]["min_length"]


def hinted(remedy: str) -> str:
    """The word that a remedy suggests: a missing key and an unknown one that was meant to be it are one problem."""
    found = re.match("did you mean `([^`]*)`", remedy)
    return found[1] if found else ""


def _problem(model: type[Settings], raw: object, item: Mapping[str, Any]) -> Problem:
    kind, context = item["type"], item.get("ctx", {})
    path = _real_path(raw, item["loc"], missing=kind == "missing")
    if kind.startswith("CB"):
        return Problem(kind, context["message"], context["help"], path, on_key=item["loc"][-1:] == ("[key]",))
    if kind == "missing":
        remedy = f"write `{path[-1]}: …`" + _meaning(model, path)
        return Problem("CB202", f"`{path[-1]}` is missing", remedy, path[:-1], on_key=True)
    if kind == "extra_forbidden":
        remedy = _nearest_key(model, path)
        return Problem("CB201", f"`{path[-1]}` is not a setting here", remedy, path, on_key=True)
    if kind == "literal_error" and isinstance(item["input"], str):
        known = [word.strip(" '") for word in re.split(r", | or ", context["expected"])]
        named = f" for `{path[-1]}`" if path and isinstance(path[-1], str) else " here"
        remedy = nearest(item["input"], known) + _other_forms(model, path)
        return Problem("CB230", f"`{item['input']}` is not a choice{named}", remedy, path)
    if kind in _BOUNDS:
        limit, (wrong, wanted) = next(iter(context.values())), _BOUNDS[kind]
        return Problem("CB216", f"`{item['input']}` is too {wrong} here", f"write {wanted.format(limit)}", path)
    if kind == "too_short":
        least, given = context["min_length"], len(item["input"])
        if given:
            message = f"{given} item{' is' if given == 1 else 's are'} listed here, {least} are needed"
            return Problem("CB219", message, f"write at least {'two' if least == 2 else least} items", path)
        return Problem("CB219", "nothing is listed here", "write at least one item", path)
    wanted, remedy = _SHAPES.get(kind, _SHAPES["literal_error"])
    seen = {"mapping": "a mapping", "list": "a list"}.get(shape(item["input"]), f"`{item['input']}`")
    seen = "nothing" if item["input"] in (None, "") else seen
    if wanted == "a mapping" and len(owners := models_at(model, path)) == 1:
        remedy = f"write {_written(owners[0])}"
    return Problem("CB203", f"{wanted} is expected here, not {seen}", remedy, path)


def _nearest_key(model: type[Settings], path: Path) -> str:
    """The key that an unknown one was meant to be; the list of all where it is short, else where they are listed."""
    for owner in models_at(model, path[:-1]):
        if path[-1] in owner.STANDS_ELSEWHERE:
            return owner.STANDS_ELSEWHERE[str(path[-1])]
    keys = keys_at(model, path[:-1])
    remedy = nearest(str(path[-1]), keys)
    if len(keys) <= MOST_LISTED:
        return remedy
    hint = f"did you mean `{hinted(remedy)}`? " if hinted(remedy) else ""
    return f"{hint}`callbill describe {model.MANUAL or model.__module__.rpartition('.')[2]}` lists the settings"


def _meaning(model: type[Settings], path: Path) -> str:
    """What a setting says of itself, to go behind its name; nothing where several settings share the place."""
    owners = models_at(model, path[:-1])
    words = {field.description for one in owners for key, field in keyed_fields(one) if key == path[-1]}
    return f": {words.pop()}" if len(words) == 1 and None not in words else ""


def _other_forms(model: type[Settings], path: Path) -> str:
    """The groups of settings that may stand where a word stands."""
    return "".join(f", or {_written(owner)}" for owner in models_at(model, path))


def _written(owner: type[Settings]) -> str:
    """A mapping to fill in: the keys it needs, or those it may have when it needs none."""
    fields = list(keyed_fields(owner))
    keys = [key for key, field in fields if field.is_required()] or [key for key, _ in fields]
    return f"`{{{', '.join(f'{key}: …' for key in keys)}}}`"


_BOUNDS = {
    "greater_than_equal": ("small", "{} or more"),
    "greater_than": ("small", "more than {}"),
    "less_than_equal": ("large", "{} or less"),
    "less_than": ("large", "less than {}"),
}
_MAPPING = "a mapping", "write `key: value` below it, indented"
_LIST = "a list", "write each item on a line of its own, behind `- `"
_SHAPES = {
    "model_type": _MAPPING, "model_attributes_type": _MAPPING, "dict_type": _MAPPING, "tuple_type": _LIST,
    "list_type": _LIST, "string_type": ("a text", "write one text"), "literal_error": ("a word", "write one word"),
    "string_too_long": ("one character", "write a single character"),
    "string_too_short": ("one character", "write a single character"),
}  # fmt: skip
"""What was wanted and what to write, by pydantic's type of error; `literal_error` serves for those not listed."""


def _real_path(raw: object, loc: tuple[str | int, ...], *, missing: bool) -> Path:
    """The error's way through the file: pydantic names the reading of a union too, the file does not."""
    path: list[str | int] = []
    here: Any = raw
    for position, key in enumerate(loc):
        if _holds(here, key):
            here = here[key]
        elif not (missing and position == len(loc) - 1):
            continue
        path.append(key)
    return tuple(path)


def _holds(value: object, key: str | int) -> bool:
    if isinstance(value, Mapping):
        return key in value
    return isinstance(value, list | tuple) and isinstance(key, int) and key < len(value)


def models_at(model: type[Settings], path: Path) -> list[type[Settings]]:
    """The groups of settings that may stand at a path."""
    found: list[Any] = [model]
    for key in path:
        found = [deeper for one in found for deeper in _inside(one, key)]
    return [one for one in _flat(found) if isinstance(one, type) and issubclass(one, Settings)]


def keys_at(model: type[Settings], path: Path) -> list[str]:
    """The keys that the settings at a path may have, as they are written."""
    return list(dict.fromkeys(name for one in models_at(model, path) for name in field_names(one)))


def keyed_fields(model: type[Settings]) -> Iterator[tuple[str, FieldInfo]]:
    """The fields of some settings, each with its key as it is written in a contract."""
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def field_names(model: type[Settings]) -> list[str]:
    """The keys of some settings, as they are written in a contract."""
    return [key for key, _ in keyed_fields(model)]


def settings_within(annotation: Any) -> list[type[Settings]]:
    """The groups of settings that a field may hold: itself, in a list, or under names."""
    found: list[type[Settings]] = []
    for one in _flat([annotation]):
        if isinstance(one, type) and issubclass(one, Settings):
            found.append(one)
        elif get_origin(one) in (tuple, list, dict):
            found += settings_within(get_args(one)[0 if get_origin(one) is not dict else 1])
    return found


def _flat(annotations: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for one in annotations:
        if get_origin(one) is Annotated:
            flat += _flat([get_args(one)[0]])
        elif get_origin(one) in (Union, UnionType):
            flat += _flat([arg for arg in get_args(one) if arg is not NoneType])
        else:
            flat.append(one)
    return flat


def _inside(annotation: Any, key: str | int) -> list[Any]:
    """The annotations of what stands under a key."""
    found: list[Any] = []
    for one in _flat([annotation]):
        if isinstance(one, type) and issubclass(one, Settings):
            found += [field.annotation for name, field in one.model_fields.items() if key in (field.alias, name)]
        elif get_origin(one) in (tuple, list):
            found.append(get_args(one)[0])
        elif get_origin(one) is dict:
            found.append(get_args(one)[1])
    return found

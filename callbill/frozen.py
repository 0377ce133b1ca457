"""Frozen dataclasses that are cheap to define: a short run of callbill spends more on defining classes than on billing.

`@frozen` gives an ordinary dataclass (`replace`, `fields` and `asdict` work) whose construction, equality, hash, text
and guard against assignment are shared functions; the standard decorator writes and compiles new ones for every class,
which took a tenth of the time of a small invoice.
"""

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field
from operator import itemgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def frozen(cls: type[T], /) -> type[T]: ...


@overload
def frozen(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: Any = None, /, *, kw_only: bool = False) -> Any:
    """A dataclass whose fields are set once."""
    if cls is None:
        return lambda decorated: frozen(decorated) if not kw_only else _made(decorated, kw_only=True)
    return _made(cls, kw_only=kw_only)


def _made(cls: type[T], *, kw_only: bool) -> type[T]:
    made = dataclass(cls, init=False, eq=False, repr=False, match_args=False, kw_only=kw_only)
    for name, method in _SHARED.items():
        setattr(made, name, method)
    return made


def _fill(self: Any, /, *values: object, **named: object) -> None:
    """Every field: its value by position or by name, or its default."""
    own = vars(self)
    names, known, positional, defaults, factories, _ = type(self).__dict__.get(PLAN) or _planned(type(self))
    if len(values) < len(names):
        own.update(defaults)
    own.update(zip(positional, values, strict=False))
    if named:
        own.update(named)
    if len(own) < len(names):
        for name, factory in factories:
            if name not in own:
                own[name] = factory()
        for name in names:
            if name not in own:
                raise TypeError(f"{type(self).__name__} lacks a value for `{name}`")
    odd = bool(named) and not (named.keys() <= known and named.keys().isdisjoint(positional[: len(values)]))
    if odd or len(values) > len(positional):
        raise TypeError(f"{type(self).__name__} takes {', '.join(names)}, each once")


PLAN = "_callbill_plan"
_Plan = tuple[
    tuple[str, ...], frozenset[str], tuple[str, ...], dict[str, object], tuple[tuple[str, Any], ...],
    Callable[[Any], tuple[object, ...]],
]  # fmt: skip


def _planned(cls: Any) -> _Plan:
    """The names of the fields, of those that are given by position, the defaults, and what tells the values.

    Looked up once for a class.
    """
    fields = cls.__dataclass_fields__
    plan: _Plan = (
        tuple(fields),
        frozenset(fields),
        tuple(name for name, one in fields.items() if not one.kw_only),
        {name: one.default for name, one in fields.items() if one.default is not MISSING},
        tuple((name, one.default_factory) for name, one in fields.items() if one.default_factory is not MISSING),
        _getter(tuple(fields)),
    )
    setattr(cls, PLAN, plan)
    return plan


def quickened(cls: type[T]) -> type[T]:
    """The same class with its construction written out, as the standard decorator does: for values made by the million.

    It takes a tenth of a millisecond, which is worth it from some hundreds of values on.
    """
    given: dict[str, Any] = {}
    before: list[str] = []
    after: list[str] = []
    body: list[str] = []
    for name, one in cls.__dataclass_fields__.items():  # type: ignore[attr-defined]  # it is a dataclass
        made = one.default_factory is not MISSING
        shown = name if one.default is MISSING and not made else f"{name}=given[{name!r}]"
        given[name] = MISSING if made else one.default
        (after if one.kw_only else before).append(shown)
        value = f"given['{name}()']() if {name} is given[{name!r}] else {name}" if made else name
        given[f"{name}()"] = one.default_factory
        body.append(f"    own[{name!r}] = {value}")
    listed = ", ".join(["self", *before, *(["*", *after] if after else [])])
    text = "\n".join([f"def __init__({listed}):", "    own = self.__dict__", *body])
    namespace = {"given": given}
    exec(text, namespace)  # noqa: S102 - names of fields alone
    cls.__init__ = namespace["__init__"]  # type: ignore[assignment]  # a class's own construction, as `_made` replaces it
    return cls


HASH = "_callbill_hash"


def remembering(cls: type[T]) -> type[T]:
    """The same class whose values work their hash out once: for keys that are looked up by the thousand."""
    cls.__hash__ = _remembered  # type: ignore[method-assign]  # as `_made` replaces it
    return cls


def _remembered(self: Any) -> int:
    own = vars(self)
    if HASH not in own:
        own[HASH] = _hash(self)
    known: int = own[HASH]
    return known


def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[object, ...]]:
    """What takes the values of some names out of a dictionary."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda own: tuple(own[name] for name in names)


def _equal(self: object, other: object) -> object:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return _values(self) == _values(other)


def _values(self: Any) -> tuple[object, ...]:
    """The values of the fields, in the order of the class."""
    plan = type(self).__dict__.get(PLAN) or _planned(type(self))
    return plan[-1](vars(self))


def _hash(self: object) -> int:
    return hash(_values(self))


def _text(self: Any) -> str:
    shown = zip(self.__dataclass_fields__, _values(self), strict=True)
    return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in shown)})"


def _set_once(self: object, name: str, value: object) -> None:
    if name in vars(self):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    vars(self)[name] = value


_SHARED = {"__init__": _fill, "__eq__": _equal, "__hash__": _hash, "__repr__": _text, "__setattr__": _set_once}

"""Frozen dataclasses that are cheap to define: a short run of callbill spends more on defining classes than on billing.

`@frozen` gives an ordinary dataclass (`replace`, `fields` and `asdict` work) whose equality, hash, text and guard
against assignment are shared functions; the standard decorator writes and compiles new ones for every class, which
took a tenth of the time of a small invoice.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
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
    shared = (_set_all, _equal, _hash, _text, _set_once)
    for name, method in zip(("__init__", "__eq__", "__hash__", "__repr__", "__setattr__"), shared, strict=True):
        setattr(made, name, method)
    setattr(made, "_frozen_fields", {one.name: one for one in fields(made)})  # type: ignore[arg-type]  # noqa: B010 - looked up at every construction, so found once
    return made


def _set_all(self: object, *given: object, **named: object) -> None:
    """The fields in their order, then by name, then their defaults; `TypeError` for one too many or too few."""
    values = vars(self)
    known: dict[str, Field[Any]] = self._frozen_fields  # type: ignore[attr-defined]  # set by `_made`
    positional = [name for name, one in known.items() if not one.kw_only]
    if len(given) > len(positional):
        raise TypeError(f"{type(self).__name__} takes {len(positional)} values, {len(given)} were given")
    values.update(zip(positional, given, strict=False))
    for name, value in named.items():
        if name not in known or name in values:
            raise TypeError(f"{type(self).__name__} has no field `{name}`, or has it twice")
        values[name] = value
    for name, one in known.items():
        if name in values:
            continue
        if one.default is not MISSING:
            values[name] = one.default
        elif one.default_factory is not MISSING:
            values[name] = one.default_factory()
        else:
            raise TypeError(f"{type(self).__name__} needs `{name}`")


def _equal(self: object, other: object) -> object:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return vars(self) == vars(other)


def _hash(self: object) -> int:
    return hash(tuple(value for _, value in _named(self)))


def _text(self: object) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in _named(self))})"


def _set_once(self: object, name: str, value: object) -> None:
    if name in vars(self):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    vars(self)[name] = value


def _named(self: object) -> list[tuple[str, object]]:
    """The fields in their order, however they were given."""
    values = vars(self)
    return [(name, values[name]) for name in self._frozen_fields]  # type: ignore[attr-defined]  # set by `_made`

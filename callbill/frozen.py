"""Frozen dataclasses that are cheap to define: a short run of callbill spends more on defining classes than on billing.

`@frozen` gives an ordinary dataclass (`replace`, `fields` and `asdict` work) whose construction, equality, hash, text
and guard against assignment are shared functions; the standard decorator writes and compiles new ones for every class,
which took a tenth of the time of a small invoice.
"""

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field
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
    """Every field in the order of the class: its value by position or by name, or its default."""
    own, fields, left = vars(self), self.__dataclass_fields__, len(values) + len(named)
    named.update(zip((name for name, one in fields.items() if not one.kw_only), values, strict=False))
    for name, one in fields.items():
        if name in named:
            own[name] = named[name]
            left -= 1
        elif one.default is not MISSING:
            own[name] = one.default
        elif one.default_factory is not MISSING:
            own[name] = one.default_factory()
        else:
            raise TypeError(f"{type(self).__name__} lacks a value for `{name}`")
    if left:
        raise TypeError(f"{type(self).__name__} takes {', '.join(fields)}, each once")


def _equal(self: object, other: object) -> object:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return vars(self) == vars(other)


def _hash(self: object) -> int:
    return hash(tuple(vars(self).values()))


def _text(self: object) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


def _set_once(self: object, name: str, value: object) -> None:
    if name in vars(self):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    vars(self)[name] = value


_SHARED = {"__init__": _fill, "__eq__": _equal, "__hash__": _hash, "__repr__": _text, "__setattr__": _set_once}

"""Finds the kinds of a family: one package, one kind per file, the file's name is the kind's name.

A kind's file defines exactly one public subclass of the family's base class whose `__module__` is that file.
Nothing is registered by hand, so a new file is enough.
"""

from functools import cache
from importlib import import_module
from inspect import getdoc, isabstract
from pkgutil import iter_modules
from typing import Any


@cache
def names(package: str) -> tuple[str, ...]:
    """The kinds of a package in alphabetical order, without importing them."""
    home = import_module(package)
    return tuple(sorted(info.name for info in iter_modules(home.__path__) if not info.name.startswith("_")))


@cache
def kind(package: str, name: str, base: type) -> Any:
    """The class that `name`.py of the package defines; `LookupError` when there is no such file or class."""
    if name not in names(package):
        raise LookupError(f"{package} has no kind `{name}`")
    module = import_module(f"{package}.{name}")
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__
        and not isabstract(value) and not value.__name__.startswith("_")
    ]  # fmt: skip
    if len(found) != 1:
        raise LookupError(f"{module.__name__} must define exactly one {base.__name__}, it defines {len(found)}")
    return found[0]


def manual(package: str, name: str) -> str:
    """The manual page of a kind: the docstring of its file."""
    module = import_module(f"{package}.{name}")
    return getdoc(module) or ""

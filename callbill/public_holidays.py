"""Public holidays of one country or one of its regions, as the `holidays` package knows them.

Asked the ordinary way that package imports each of its 250 countries, which takes longer than most invoices; here it
imports the one that is wanted.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from importlib.util import find_spec, module_from_spec
from typing import Any


@cache
def countries() -> tuple[str, ...]:
    """The codes of every country that has holidays."""
    from holidays.registry import EntityLoader

    return tuple(EntityLoader.get_country_codes())


def regions(country: str) -> tuple[str, ...]:
    """The regions of a known country that have holidays of their own."""
    return tuple(_calendar(country).subdivisions)


def public_holidays(country: str, region: str | None, years: range) -> set[date]:
    """The holidays of a known country, in one of its regions when there is one."""
    return set(_calendar(country)(subdiv=region, years=years))


@cache
def _calendar(country: str) -> Any:
    """What the package knows of one country."""
    import holidays

    found = getattr(holidays, country)
    with _alone(found.module_name):
        return found.get_entity()


@contextmanager
def _alone(module: str) -> Iterator[None]:
    """Let a module be imported without the others of its package; whoever imports the package later gets all of it."""
    package = module.rpartition(".")[0]
    spec = find_spec(package)
    if package in sys.modules or spec is None:
        yield
        return
    before = set(sys.modules)
    sys.modules[package] = module_from_spec(spec)  # there, and so its own `__init__` is not run
    try:
        yield
    finally:
        for name in {*sys.modules, package} - before:
            if name.startswith(package):
                del sys.modules[name]

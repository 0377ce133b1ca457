"""How each platform's export is understood: one reader a file, the file's name is the word after `reader:`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from pydantic import Field

from callbill import family
from callbill.problems import Problem
from callbill.staging import Layout
from callbill.values import Label, Settings, Words

PACKAGE = "callbill.readers"


class Reader(Settings, ABC):
    """The settings of one activity source; `layout` says how its export becomes records."""

    reader: Label = Field(description="how the export is understood")
    files: Words | None = Field(
        None, description="names of its files, `*` and `?` allowed: tells sources apart when there are several"
    )

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the settings as a whole; `layout` is only asked for when there is nothing."""
        yield from ()

    @abstractmethod
    def layout(self) -> Layout:
        """What the export looks like and what its records mean."""


def names() -> tuple[str, ...]:
    """Every reader there is."""
    return family.names(PACKAGE)


def named(name: str) -> type[Reader]:
    """The reader of that name; `LookupError` when there is none."""
    found: type[Reader] = family.kind(PACKAGE, name, Reader)
    return found

"""What is wrong, as data: where, what, and what to write instead."""

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import NoReturn, TypeAlias

from callbill.frozen import frozen

Path: TypeAlias = tuple[str | int, ...]
"""The way from the top of a contract to a value: `("charges", 0, "price")`."""


@frozen
class Place:
    """A spot in a file: line and column count from 1, `source` is the whole line, `width` the caret's length.

    `line` 0 means the file as a whole; `column` 0 the line as a whole.
    """

    file: str
    line: int = 0
    column: int = 0
    source: str = ""
    width: int = 1


@frozen
class Problem:
    """One thing that is wrong. The core fills `path` and `record`; contract and activity turn them into places."""

    code: str
    message: str
    help: str = ""
    path: Path = ()
    place: Place | None = None
    severity: str = "error"
    on_key: bool = False
    """The place is the key itself rather than its value."""
    record: tuple[str, int] | None = None
    """The first record it speaks of: the source, and the position in its stage."""

    def under(self, *prefix: str | int) -> "Problem":
        """The same problem seen from further up."""
        return replace(self, path=(*prefix, *self.path))

    def at(self, place: Place) -> "Problem":
        return replace(self, place=place)


class Invalid(Exception):  # noqa: N818 - it is a state of the input, not of the program
    """The input cannot be billed; carries every problem that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.code} {p.message}" for p in self.problems))


def refuse(code: str, message: str, help: str = "", *, path: Path = (), on_key: bool = False) -> NoReturn:  # noqa: A002
    """Raise one problem."""
    raise Invalid([Problem(code, message, help, path, on_key=on_key)])


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy that names the closest known word and then the list: `did you mean `queue`? known: …`."""
    choices = list(known)
    close = get_close_matches(word.lower(), [choice.lower() for choice in choices], n=1)
    listed = ", ".join(f"`{choice}`" for choice in choices[:12]) + (", …" if len(choices) > 12 else "")
    hint = next((f"did you mean `{choice}`? " for choice in choices if close and choice.lower() == close[0]), "")
    return f"{hint}known: {listed}" if listed else hint.strip()

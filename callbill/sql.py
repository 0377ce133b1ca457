"""What every query is written with: a text as a literal, the stage's name of a field, other texts for some fields."""

import re
from collections.abc import Callable, Mapping


def quoted(value: str) -> str:
    """A text as a literal of the engine."""
    return "'" + value.replace("'", "''") + "'"


def column(name: str) -> str:
    """The stage's name of a field."""
    return f"x_{name}"


def otherwise(columns: Mapping[str, str]) -> Callable[[str], str]:
    """Texts of queries in which some columns are replaced by what becomes of them; literals stay as they are."""
    if not columns:
        return str
    pattern = re.compile(rf"'(?:[^']|'')*'|\b({'|'.join(columns)})\b")
    return lambda text: pattern.sub(lambda found: columns[found[1]] if found[1] else found[0], text)

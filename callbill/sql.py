"""What every query is written with: a text as a literal, and the stage's name of a field."""


def quoted(value: str) -> str:
    """A text as a literal of the engine."""
    return "'" + value.replace("'", "''") + "'"


def column(name: str) -> str:
    """The stage's name of a field."""
    return f"x_{name}"

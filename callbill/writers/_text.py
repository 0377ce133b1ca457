"""User text made safe to print: one line, nothing that moves the cursor, nothing that is invisible on purpose."""

BREAKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks that turn the direction of writing: they can make `1,000` read as `000,1`."""

CONTROLS = dict.fromkeys((*range(32), *range(127, 160), *range(55296, 57344)), "�")
SAFE = CONTROLS | dict.fromkeys(map(ord, BREAKS), " ") | dict.fromkeys(map(ord, TURNS), "")


def plain(text: str) -> str:
    """The text on one line: breaks become spaces, many spaces one, control characters the replacement character."""
    return " ".join(word for word in text.translate(SAFE).split(" ") if word)

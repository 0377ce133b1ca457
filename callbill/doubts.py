"""What is readable and still looks wrong: names in two spellings, talk on contacts that nobody answered."""

import unicodedata
from collections.abc import Iterator

from callbill.engine import Engine
from callbill.problems import Place, Problem
from callbill.sql import column
from callbill.stage import Source

MOST_NAMES = 20_000
"""Agents of one source that are compared."""
LISTED = 10
MISREAD = ("cp1252", "mac-roman", "latin-1")


def doubts(engine: Engine, source: Source) -> Iterator[Problem]:
    """Warnings about one source's records; none of them changes an amount."""
    layout = source.layout
    if "agent" in layout.texts and (source.kept is None or "agent" in source.kept):
        name = column("agent")
        found = engine.rows(
            f"SELECT DISTINCT {name} FROM {source.relation} WHERE {name} IS NOT NULL LIMIT {MOST_NAMES}"
        )
        yield from _spellings(source, [str(row[0]) for row in found])
    if {"abandoned"} <= set(layout.states) and "talk" in layout.durations and source.kept is None:
        yield from _talked(engine, source)


def _spellings(source: Source, names: list[str]) -> Iterator[Problem]:
    """Agents that are counted several times because their names are written in several ways."""
    groups: dict[str, set[str]] = {}
    for name in names:
        groups.setdefault(_plain(name), set()).add(name)
    several = sorted(sorted(group) for group in groups.values() if len(group) > 1)
    for group in several[:LISTED]:
        listed = ", ".join(f"`{one}`" for one in group[:5])
        message = f"one agent seems to be written in {len(group)} ways: {listed}"
        yield _warning(source, message, "what counts agents counts each; correct the names, or the export's encoding")
    garbled = sorted(name for name in names if _mended(name) != name and len(groups[_plain(name)]) == 1)
    if garbled:
        shown = f"`{garbled[0]}` stands for `{_mended(garbled[0])}`"
        others = f", and {len(garbled) - 1} more are like it" if len(garbled) > 1 else ""
        message = f"the name of an agent is garbled: {shown}{others}"
        yield _warning(source, message, "export again in UTF-8, or declare the `encoding` that the export has")


def _plain(name: str) -> str:
    """A name without what differs between its spellings: encoding, accents, case, blanks."""
    letters = unicodedata.normalize("NFKD", _mended(name))
    kept = "".join(char for char in letters if not unicodedata.combining(char))
    return " ".join(kept.casefold().split())


def _mended(name: str) -> str:
    """A name whose UTF-8 bytes were read in another encoding, as it was; others as they are."""
    if name.isascii():
        return name
    for encoding in MISREAD:
        try:
            return name.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return name


def _talked(engine: Engine, source: Source) -> Iterator[Problem]:
    """Contacts that the export calls abandoned, with talk time."""
    met = " AND ".join(one.sql(column(one.field)) for one in source.layout.states["abandoned"]) or "1 = 1"
    talk = column("talk")
    number = engine.rows(f"SELECT COUNT(*) FROM {source.relation} WHERE ({met}) AND {talk} > 0")[0][0]
    if number:
        shown = "contact has" if number == 1 else "contacts have"
        message = f"{number} abandoned {shown} talk time"
        yield _warning(source, message, "a charge on talk time bills it; `where:` leaves it out")


def _warning(source: Source, message: str, remedy: str) -> Problem:
    name = source.files[0].name if len(source.files) == 1 else source.name
    return Problem("CB331", message, remedy, place=Place(name), severity="warning")

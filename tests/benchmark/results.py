"""Measurements become a Markdown table of medians and ratios, and a word on each goal."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import TypeAlias

from contestants import BY_HAND, BY_PANDAS, CALLBILL
from measure import Measured

Rounds: TypeAlias = Mapping[str, Sequence[Measured]]
"""The measurements of each contestant, round by round."""

MIB = 2**20
FEW, MANY = 10_000_000, 30_000_000
"""Contacts that the goals are set for, and that memory is compared at."""
AGAINST_HAND = {False: 1.3, True: 1.5}
"""At most so many times the query by hand, for every call and for customers once a day."""
AGAINST_INVOICE = 2.0
"""What a comparison of six contracts may take of one invoice's time over the same files."""
AGAINST_PANDAS, PEAK, GROWTH = 2.0, 1.5 * 1024 * MIB, 1.2

HEADER = (
    "| contacts | | seconds | ratio | processor seconds | ratio | peak MiB |",
    "|---:|---|---:|---:|---:|---:|---:|",
)


def rows(contacts: int, rounds: Rounds) -> Iterator[str]:
    """One row of the table for each contestant; ratios are those to the query by hand of the same round."""
    hand = rounds[BY_HAND]
    for name, mine in rounds.items():
        pairs = list(zip(mine, hand, strict=True))
        elapsed = median(one.seconds / base.seconds for one, base in pairs)
        worked = median(one.processor / base.processor for one, base in pairs)
        seconds, processor = median(one.seconds for one in mine), median(one.processor for one in mine)
        yield (
            f"| {contacts:,} | {name} | {seconds:.2f} | {elapsed:.2f} | {processor:.2f} | {worked:.2f} |"
            f" {peak(mine) / MIB:,.0f} |"
        )


def compared(contacts: int, rounds: Rounds) -> Iterator[str]:
    """The comparison beside one invoice over the same files, and whether it takes less than twice its time."""
    invoice, compare = rounds.values()
    pairs = list(zip(compare, invoice, strict=True))
    ratios = [(one.seconds / base.seconds, one.processor / base.processor) for one, base in pairs]
    for name, mine, (elapsed, worked) in (
        ("callbill invoice", invoice, (1.0, 1.0)),
        ("callbill compare", compare, (median(one for one, _ in ratios), median(one for _, one in ratios))),
    ):
        seconds, processor = median(one.seconds for one in mine), median(one.processor for one in mine)
        yield (
            f"| {contacts:,} | {name} | {seconds:.2f} | {elapsed:.2f} | {processor:.2f} | {worked:.2f} |"
            f" {peak(mine) / MIB:,.0f} |"
        )
    slower = median(one for one, _ in ratios)
    words = f"{slower:.2f} times one invoice over the same files, less than {AGAINST_INVOICE}"
    yield from ["", _goal(words, slower < AGAINST_INVOICE)]


def peak(rounds: Sequence[Measured]) -> int:
    return max(one.peak for one in rounds)


def goals(contacts: int, rounds: Rounds, *, once: bool) -> Iterator[str]:
    """Whether the goals are reached, where they are set for so many contacts."""
    if contacts != FEW:
        return
    mine, hand, script = rounds[CALLBILL], rounds[BY_HAND], rounds[BY_PANDAS]
    slower = median(one.seconds / base.seconds for one, base in zip(mine, hand, strict=True))
    yield _goal(f"{slower:.2f} times DuckDB by hand, at most {AGAINST_HAND[once]}", slower <= AGAINST_HAND[once])
    if not once:
        faster = median(base.seconds / one.seconds for one, base in zip(mine, script, strict=True))
        yield _goal(f"{faster:.2f} times faster than pandas, at least {AGAINST_PANDAS}", faster >= AGAINST_PANDAS)
    yield _peak_goal(peak(mine))


def memory(few: Measured, many: Measured) -> Iterator[str]:
    """Whether three times the contacts need little more memory, and stay under the goal of fewer."""
    for contacts, one in ((FEW, few), (MANY, many)):
        yield f"- {contacts:,} contacts: {one.peak / MIB:,.0f} MiB, {one.seconds:.2f} seconds"
    growth = many.peak / few.peak
    yield _goal(f"{MANY:,} contacts need {growth:.2f} times the memory, at most {GROWTH}", growth <= GROWTH)
    yield _peak_goal(many.peak)


def _peak_goal(most: int) -> str:
    return _goal(f"peak of {most / MIB:,.0f} MiB, under {PEAK / MIB:,.0f}", most < PEAK)


def _goal(words: str, reached: bool) -> str:
    return f"- {'reached' if reached else 'MISSED'}: {words}"

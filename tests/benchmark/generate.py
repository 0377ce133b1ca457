"""Write a month of invented contacts as CSV: seeded, sorted by start, the same bytes every time.

    python tests/benchmark/generate.py ROWS FILE [MONTH]

The month, `2026-10` when none is named, is cut in UTC, as platforms export it; the invoice is cut in Paris, so the last
hour falls outside its period. About 100 bytes a row; one row in a thousand is an exact copy of the one before it.
Customers are pseudonyms, because there are fewer telephone numbers kept for fiction than callers in ten million calls.

Every cell is a function of its contact's number in whole numbers, so that rows can be made in any portion, and no
rounding of any machine changes one.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Whole: TypeAlias = "NDArray[np.int64]"

SEED = 20261001
PORTION = 1_000_000
COPY_EVERY = 1_000
PARIS = ZoneInfo("Europe/Paris")
MONTH = "2026-10"
SLOT = 900
"""Seconds during which contacts come evenly."""

DAY_WEIGHT = (125, 105, 100, 97, 95, 48, 17)  # Monday to Sunday
HOUR_WEIGHT = (2, 1, 1, 1, 1, 2, 6, 18, 50, 85, 115, 118, 78, 64, 95, 102, 94, 75, 58, 44, 30, 17, 8, 4)

QUEUES = (("support", 60), ("sales", 25), ("appointments", 15))
LANGUAGES = (("fr", 82), ("en", 13), ("de", 5))
OUTCOMES = (("answered", 86), ("transferred", 4), ("abandoned", 8), ("voicemail", 2))
ANSWERED = 2
"""The first so many outcomes are answered by an agent."""
AGENTS = 600
CALLS_OF_A_CUSTOMER = 4
CALL_AGAIN = 18
"""Contacts in a hundred whose customer has called during the last three days."""
WITHHELD = 3
"""Contacts in a hundred that do not say who calls."""


def main() -> None:
    rows, target = int(sys.argv[1]), Path(sys.argv[2])
    write(rows, target, *sys.argv[3:4])


def write(rows: int, target: Path, month: str = MONTH) -> None:
    """The file of so many rows; it appears whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder, duckdb.connect() as engine:
        whole, part = Path(folder, "whole.csv"), Path(folder, "part.csv")
        with whole.open("wb") as file:
            for first in range(0, rows, PORTION):
                engine.register("cells", contacts(np.arange(first, min(first + PORTION, rows)), rows, month))
                engine.execute(f"COPY ({TEXTS.replace(MONTH, month)}) TO '{part}' (FORMAT csv, HEADER {first == 0})")
                with part.open("rb") as source:
                    shutil.copyfileobj(source, file, 1 << 20)
        whole.replace(target)


def contacts(row: Whole, rows: int, month: str = MONTH) -> pd.DataFrame:
    """The cells of some rows as whole numbers; a copy is another row of the same contact."""
    contact = row - row // COPY_EVERY
    outcome = _chosen(contact, 1, [weight for _, weight in OUTCOMES])
    answered = outcome < ANSWERED
    return pd.DataFrame(
        {
            "id": _mixed(contact, 0),
            "start": _start(contact, rows, month),
            "queue": _chosen(contact, 2, [weight for _, weight in QUEUES]),
            "language": _chosen(contact, 3, [weight for _, weight in LANGUAGES]),
            "agent": np.where(answered, _below(contact, 4, AGENTS), -1),
            "customer": np.where(_below(contact, 5, 100) < WITHHELD, -1, _customer(contact, rows)),
            "outcome": outcome,
            "talk": np.where(answered, _talk(contact), 0),
            "hold": np.where(answered & (_below(contact, 6, 4) == 0), 10 + _below(contact, 7, 170), 0),
            "wrap": np.where(answered, 5 + _skewed(contact, 8, 160), 0),
        }
    )


def _start(contact: Whole, rows: int, month: str) -> Whole:
    """Seconds since 1970: contacts are spread over the slots of the month by weight, and stay in order."""
    year, number = (int(part) for part in month.split("-"))
    begins, ends = datetime(year, number, 1, tzinfo=UTC), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    slots = [begins + timedelta(seconds=SLOT * n) for n in range(int((ends - begins).total_seconds()) // SLOT)]
    local = [slot.astimezone(PARIS) for slot in slots]
    weights = np.array([DAY_WEIGHT[one.weekday()] * HOUR_WEIGHT[one.hour] for one in local], dtype=np.int64)
    reached = np.concatenate(([0], np.cumsum(weights)))
    contacts_in_all = rows - (rows - 1) // COPY_EVERY
    share, left = np.divmod(contact * reached[-1], contacts_in_all)
    slot = np.searchsorted(reached, share, side="right") - 1
    beyond = (share - reached[slot]) * SLOT + left * SLOT // contacts_in_all
    seconds: Whole = int(begins.timestamp()) + slot * SLOT + beyond // weights[slot]
    return seconds


def _customer(contact: Whole, rows: int) -> Whole:
    """Anyone of the pool, or the one of an earlier contact who calls again."""
    back = 1 + _below(contact, 9, max(rows // 10, 1))
    again = (_below(contact, 10, 100) < CALL_AGAIN) & (back <= contact)
    return _below(np.where(again, contact - back, contact), 11, max(rows // CALLS_OF_A_CUSTOMER, 1))


def _talk(contact: Whole) -> Whole:
    """Most conversations last a few minutes, one in thirty drops within seconds."""
    return np.where(_below(contact, 12, 30) == 0, _below(contact, 13, 10), 10 + _skewed(contact, 14, 1100))


# ------------------------------------------------------------------------------------------------------- chance


def _mixed(contact: Whole, column: int) -> NDArray[np.uint64]:
    """64 bits that look like chance: another contact never gives the same ones (the steps of splitmix64)."""
    bits = contact.astype(np.uint64) + np.uint64((SEED + column) << 32)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _below(contact: Whole, column: int, limit: int) -> Whole:
    """A number from 0 that is below a limit."""
    return (_mixed(contact, column) % np.uint64(limit)).astype(np.int64)


def _skewed(contact: Whole, column: int, limit: int) -> Whole:
    """A number below a limit, a small one more often than a large one."""
    return _below(contact, column, limit) * _below(contact, column + 100, 1000) // 1000


def _chosen(contact: Whole, column: int, weights: list[int]) -> Whole:
    """The position of one of several weights that make a hundred."""
    return np.searchsorted(np.cumsum(weights), _below(contact, column, 100), side="right")


# -------------------------------------------------------------------------------------------------------- texts


def _word(column: str, words: tuple[tuple[str, int], ...]) -> str:
    listed = ", ".join(f"'{word}'" for word, _ in words)
    return f"[{listed}][{column} + 1] AS {column}"


TEXTS = f"""
SELECT printf('%016x-2026-10', id) AS contact_id,
    strftime(make_timestamp(start * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS started_at,
    {_word("queue", QUEUES)},
    {_word("language", LANGUAGES)},
    CASE WHEN agent >= 0 THEN printf('agent-%03d', agent) END AS agent,
    CASE WHEN customer >= 0 THEN printf('c%010d', customer) END AS customer,
    {_word("outcome", OUTCOMES)},
    talk AS talk_s, hold AS hold_s, wrap AS wrap_s
FROM cells
"""

if __name__ == "__main__":
    main()

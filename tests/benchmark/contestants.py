"""Who is measured: the command of each contestant, and the whole numbers that its output stands for."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

FOLDER = Path(__file__).resolve().parent
Quantities: TypeAlias = Mapping[str, int]
"""Calls of each queue, seconds of each band."""

CALLBILL, BY_HAND, BY_PANDAS = "callbill invoice", "DuckDB by hand", "pandas script"
LINES = {
    "calls.r1": ("support", 1),
    "calls.r2": ("sales", 1),
    "time.day": ("day", 60),
    "time.evening": ("evening", 60),
    "time.sunday": ("sunday", 60),
}
"""What each line of the invoice is called here, and how many of our units one of its units is."""


@dataclass(frozen=True)
class Contestant:
    """A command to be run on a file; `counted` reads its output, where it counts what the invoice counts."""

    name: str
    command: Callable[[Path], Sequence[str]]
    counted: Callable[[str], Quantities] | None = None


def contestants(*, once: bool) -> list[Contestant]:
    """Everyone, in the order of the table."""
    more = ["--once"] if once else []
    return [
        callbill(once=once),
        Contestant(BY_HAND, lambda file: _script("by_hand.py", file, *more), json.loads),
        Contestant(BY_PANDAS, lambda file: _script("by_pandas.py", file, *more), json.loads),
        Contestant("reading every cell", lambda file: _script("reading.py", file)),
        Contestant("counting lines", lambda file: _script("lines.py", file)),
    ]


def callbill(*, once: bool) -> Contestant:
    """The whole command as it is run from cron."""
    contract = str(FOLDER / ("once.yaml" if once else "every_call.yaml"))
    start = [sys.executable, "-m", "callbill", "invoice", "-q", contract]
    return Contestant(CALLBILL, lambda file: [*start, str(file), "--period", "2026-10", "-f", "json"], _invoiced)


def _script(name: str, *arguments: str | Path) -> list[str]:
    return [sys.executable, str(FOLDER / name), *map(str, arguments)]


def _invoiced(printed: str) -> Quantities:
    """The quantities of an invoice. Stops everything when its funnel has lost a record: then a check was left out."""
    invoice = json.loads(printed)
    for funnel in invoice["funnel"]:
        _check_conserved(funnel)
    found: dict[str, int] = {}
    for line in invoice["lines"]:
        name, size = LINES[line["id"]]
        quantity = Fraction(line["quantity"]) * size
        if quantity.denominator != 1:
            sys.exit(f"the quantity of {line['id']} is no whole number of {name}: {line['quantity']}")
        found[name] = quantity.numerator
    return found


def _check_conserved(funnel: Mapping[str, Any]) -> None:
    parts = ("rejected", "other", "duplicates", "joined", "outside_period", "in_period")
    accounted = sum(funnel.get(part, 0) for part in parts)
    if funnel["read"] != accounted:
        sys.exit(f"{funnel['read']} records were read, the funnel accounts for {accounted}")
    for charge in funnel["charges"]:
        judged = charge["billed"] + sum(one["records"] for one in charge["not_billable"])
        if judged != funnel["in_period"]:
            sys.exit(f"{funnel['in_period']} records are in the period, {charge['charge']} accounts for {judged}")

"""Contracts beside each other on the same exports: contacts and agents' time written out by rule, and their bills.

An export that is otherwise by some factor is written as such and billed as an invoice, never computed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import callbill
from callbill import volumes
from callbill.api import load_contract
from callbill.compare import Comparison, compare
from callbill.contract import Contract
from callbill.invoice import Invoice, Line
from callbill.looks import Looks
from callbill.period import Period, period_named
from callbill.rerun import Months, Outcome
from callbill.source import emit, parse
from callbill.together import Together, read_together

CALLS: dict[str, Any] = {
    "files": "calls*.csv", "reader": "generic", "record": "contact", "delimiter": ",", "encoding": "utf-8",
    "decimal": ".",
    "columns": {
        "id": "id", "start": {"column": "start", "format": "iso"}, "queue": "queue", "customer": "customer",
        "agent": "agent", "state": "state",
        **{name: {"column": name, "unit": "s"} for name in ("wait", "talk", "hold", "wrap")},
    },
    "states": {"offered": "all", "answered": {"state": "answered"}, "abandoned": {"state": "abandoned"}},
}  # fmt: skip
NARROW: dict[str, Any] = {
    "files": "agents*.csv", "reader": "generic", "record": "agent_state", "delimiter": ",", "encoding": "utf-8",
    "decimal": ".",
    "columns": {
        "agent": "agent", "start": {"column": "start", "format": "iso"}, "state": "state",
        "duration": {"column": "duration", "unit": "s"},
    },
    "agent_states": {"talk": ["phone"], "available": ["ready"], "pause": ["break"]},
}  # fmt: skip
WIDE: dict[str, Any] = {
    "files": "agents*.csv", "reader": "generic", "record": "agent_state", "delimiter": ",", "encoding": "utf-8",
    "decimal": ".",
    "columns": {
        "agent": "agent", "start": {"column": "start", "format": "iso"},
        **{name: {"column": name, "unit": "s"} for name in ("talk", "wrap", "available", "pause", "logged_in")},
    },
}  # fmt: skip
TOP: dict[str, Any] = {
    "callbill": "1", "contract": "SIDE-1", "title": "Side by side", "currency": "EUR", "timezone": "Europe/Paris",
    "language": "en", "period": "month", "seller": {"name": "Voix Claire SAS", "country": "FR"},
    "buyer": {"name": "Hélio SA", "country": "FR"}, "vat": {"rate": "20"}, "payment": {"days": "30"},
}  # fmt: skip
EVENING: dict[str, Any] = {"bands": [{"name": "evening", "from": "18:00", "to": "08:00"}, {"name": "day"}]}
HEAD = "id,start,queue,customer,agent,state,wait,talk,hold,wrap"


def agreed(charges: str, *sources: str, **more: Any) -> Contract:
    """A contract of some charges on `calls` or other sources; `wide` is agents' time with durations as columns."""
    known = {"calls": ("calls", CALLS), "agents": ("agents", NARROW), "wide": ("agents", WIDE)}
    activity = dict(known[one] for one in sources or ("calls",))
    top = {**TOP, "activity": activity, "charges": plain(f"charges: {charges}")["charges"], **more}
    return load_contract(emit(top).encode())


def plain(written: str) -> Any:
    return parse(written.encode(), "contract.yaml").value


def contacts(
    months: Mapping[str, int], *, copies: int = 1, longer: tuple[int, int] = (1, 1), identities: str = "C"
) -> str:
    """So many different contacts in each month, at all hours of all its days, each standing there `copies` times.

    Two of seven are abandoned; talk, hold and wrap-up are multiplied by a fraction, which they must divide by.
    """
    lines, above, below = [HEAD], *longer
    for month, number in months.items():
        period = period_named("month", month)
        first = datetime.combine(period.first, datetime.min.time(), UTC)
        for n in range(number):
            start = first + timedelta(minutes=n * (period.days * 1440 - 180) // number + 1)
            queue, state = ("sales" if n % 3 == 0 else "support"), ("abandoned" if n % 7 in (2, 5) else "answered")
            times = (0, 0, 0) if state == "abandoned" else (4 + 6 * (n * 37 % 61), 10 * (n % 2), 20 + 2 * (n % 9))
            assert all(one * above % below == 0 for one in times)
            cells = ",".join(str(one * above // below) for one in times)
            row = f"{start:%Y-%m-%dT%H:%M:%SZ},{queue},K{n // 2 * 7 % 53},A{n % 5},{state},{7 * (n % 8)},{cells}"
            lines += [f"{identities}{month}-{n}-{copy},{row}" for copy in range(copies)]
    return "\n".join(lines) + "\n"


def agents(months: Mapping[str, tuple[int, int, int]], *, people: int = 3, days: int = 28) -> str:
    """Seconds on the phone, ready and in a break of every agent on each of the first days of each month."""
    lines = ["agent,start,state,duration"]
    for month, seconds in months.items():
        for slot in range(days * people):
            start = datetime.fromisoformat(f"{month}-01T08:00:00+00:00") + timedelta(days=slot % days)
            for state, size in zip(("phone", "ready", "break"), seconds, strict=True):
                lines.append(f"A{slot // days},{start:%Y-%m-%dT%H:%M:%SZ},{state},{size}")
                start += timedelta(seconds=size)
    return "\n".join(lines) + "\n"


def written(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Exports in their files, `calls` as calls.csv."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return [str(folder / f"{name}.csv") for name in files]


@contextmanager
def read(folder: Path, *contracts: Contract, threads: int = 1, **files: str) -> Iterator[Together]:
    """The exports, read once for all contracts."""
    names = written(folder, files)
    with read_together(contracts, names, threads=threads, more=volumes.fields) as found:
        yield found


@contextmanager
def compared(
    folder: Path, *contracts: Contract, periods: Sequence[str] = (), threads: int = 1, staffing: Any = "follows",
    cost: Any = None, names: Sequence[str] = (), **files: str,
) -> Iterator[Comparison]:  # fmt: skip
    """The comparison of contracts, which are called `a`, `b`, `c`… unless `names` are given."""
    with read(folder, *contracts, threads=threads, **files) as found:
        chosen = [period_named("month", one) for one in periods]
        yield compare(found, names or list("abcdefgh")[: len(contracts)], chosen, staffing=staffing, cost=cost)


def months_of(found: Together, periods: Sequence[Period]) -> list[Months]:
    """The months of every contract, counted in as few looks as there can be."""
    looks = Looks(found.reads, periods)
    looks.look()
    return [Months(looks.bills(n)) for n, _ in enumerate(found.reads)]


def named(*months: str) -> list[Period]:
    return [period_named("month", one) for one in months]


def invoiced(folder: Path, contract: Contract, months: Sequence[str], **files: str) -> list[Invoice]:
    """The invoices of a contract alone, each as `callbill invoice` makes it."""
    names = written(folder, {name: text for name, text in files.items() if name in contract.layouts})
    with callbill.read_activity(contract, names, threads=1) as activity:
        return [callbill.bill(contract, activity, one) for one in months]


def same(outcome: Outcome, invoice: Invoice) -> None:
    """Line by line: what is billed, how much of it, at what price; and what KPIs are."""
    assert [_row(one) for one in outcome.lines] == [_row(one) for one in invoice.lines]
    assert outcome.net == invoice.net
    assert [(one.kpi, one.value) for one in outcome.kpis] == [(one.kpi, one.value) for one in invoice.kpis]


def _row(line: Line) -> tuple[object, ...]:
    return line.id, line.kind, line.detail, line.quantity, line.unit, line.unit_price, line.amount, line.phase

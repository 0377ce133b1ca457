"""Months that were billed by time: contacts and agents' states, written out by rule, and the contract they were under.

Volumes, waits and handling times are given for each month; who waits long and who hangs up goes round in a cycle.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from callbill import propose
from callbill.api import Read, load_contract
from callbill.contract import Contract
from callbill.source import emit
from callbill.together import read_together

CALLS: dict[str, Any] = {
    "files": "calls*.csv", "reader": "generic", "record": "contact", "delimiter": ",", "encoding": "utf-8",
    "decimal": ".", "zone": "UTC",
    "columns": {
        "id": "id", "start": {"column": "start", "format": "%Y-%m-%d %H:%M"}, "queue": "queue", "state": "state",
        **{name: {"column": name, "unit": "s"} for name in ("wait", "talk", "hold", "wrap")},
    },
    "states": {"offered": "all", "answered": {"state": "answered"}, "abandoned": {"state": "abandoned"}},
}  # fmt: skip
AGENTS: dict[str, Any] = {
    "files": "agents*.csv", "reader": "generic", "record": "agent_state", "delimiter": ",", "encoding": "utf-8",
    "decimal": ".", "zone": "UTC",
    "columns": {
        "agent": "agent", "start": {"column": "start", "format": "%Y-%m-%d %H:%M"}, "state": "state",
        "duration": {"column": "duration", "unit": "min"},
    },
    "agent_states": {"available": ["ready"], "online": ["phone"], "away": ["break"]},
}  # fmt: skip
HOURS = {
    "id": "production", "label": "Hours", "model": "time", "measure": "agents.available + agents.online",
    "unit": "hour", "price": "26.35",
}  # fmt: skip
BY_TIME: dict[str, Any] = {
    "callbill": "1", "contract": "LARK-7", "title": "Customer care for Lark", "currency": "EUR", "timezone": "UTC",
    "language": "en", "period": "month", "seller": {"name": "Voix Claire SAS", "country": "FR"},
    "buyer": {"name": "Lark Ltd", "country": "GB"}, "vat": {"rate": "20"}, "payment": {"days": "30"},
    "activity": {"calls": CALLS, "agents": AGENTS}, "charges": [HOURS],
}  # fmt: skip


class Billed(NamedTuple):
    """One month: contacts answered, minutes of agents, seconds of talk, one of how many hangs up or waits, agents."""

    answered: int
    minutes: int
    talk: int = 200
    every: int = 10
    agents: int = 2
    sales: int = 3
    """One of so many contacts is in the queue `sales`."""


STEADY = (Billed(110, 9_011), Billed(114, 9_407), Billed(108, 8_803))


def month_of(n: int, first: date = date(2026, 1, 1)) -> date:
    return date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1)


def calls_csv(months: Sequence[Billed]) -> str:
    """Contacts spread over the days of each month; of `every` one is abandoned, and one of the answered waits long."""
    lines = ["id,start,queue,state,wait,talk,hold,wrap"]
    for n, month in enumerate(months):
        total = month.answered + month.answered // month.every
        for k in range(total):
            start = datetime.combine(month_of(n), datetime.min.time()) + timedelta(days=k % 28, minutes=480 + k % 600)
            queue = "sales" if k % month.sales == 0 else "support"
            if k < month.answered:
                wait, talk = (35 if k % month.every == 0 else 8), month.talk - 20 + 40 * (k % 2)
                cells = f"answered,{wait},{talk},10,30"
            else:
                cells = "abandoned,40,0,0,0"
            lines.append(f"{n}-{k},{start:%Y-%m-%d %H:%M},{queue},{cells}")
    return "\n".join(lines) + "\n"


def agents_csv(months: Sequence[Billed]) -> str:
    """The minutes of each month shared by agents and days, a third of them waiting; a break a day beside them."""
    lines = ["agent,start,state,duration"]
    for n, month in enumerate(months):
        slots = 28 * month.agents
        for slot in range(slots):
            minutes = month.minutes // slots + (slot < month.minutes % slots)
            start = datetime.combine(month_of(n), datetime.min.time()) + timedelta(days=slot % 28, hours=8)
            for state, size in (("ready", minutes // 3), ("phone", minutes - minutes // 3), ("break", 15)):
                if size:
                    lines.append(f"A{slot // 28},{start:%Y-%m-%d %H:%M},{state},{size}")
                start += timedelta(minutes=size)
    return "\n".join(lines) + "\n"


def contract_of(**more: Any) -> Contract:
    """The contract by time with other keys at its top; None takes one out."""
    given = {**BY_TIME, **more}
    return load_contract(emit({key: value for key, value in given.items() if value is not None}).encode())


@contextmanager
def billed(
    folder: Path, months: Sequence[Billed] = STEADY, contract: Contract | None = None, *,
    files: Mapping[str, str] | None = None, rows: str = "", model: Any = "act", **more: Any,
) -> Iterator[Read]:  # fmt: skip
    """The history, read for a contract; `files` stand in for the two exports, `rows` are those of a KPI file."""
    agreed = contract or contract_of()
    texts = {"calls": calls_csv(months), "agents": agents_csv(months)} if files is None else files
    names = []
    for name, text in texts.items():
        if name in agreed.layouts:
            (folder / f"{name}.csv").write_text(text, "utf-8")
            names.append(str(folder / f"{name}.csv"))
    kpis = []
    if rows:
        (folder / "kpis.csv").write_text(f"kpi,period,numerator,denominator,value\n{rows}", "utf-8")
        kpis.append(str(folder / "kpis.csv"))
    with read_together(
        [agreed], names, threads=1, kpis=kpis, more=lambda one: propose.fields(one, model, **more)
    ) as together:
        yield together.reads[0]


def proposed(
    folder: Path, months: Sequence[Billed] = STEADY, contract: Contract | None = None, model: Any = "act",
    *, files: Mapping[str, str] | None = None, rows: str = "", **more: Any,
) -> propose.Proposal:  # fmt: skip
    """A proposal of a model from months."""
    with billed(folder, months, contract, files=files, rows=rows, model=model, **more) as read:
        return propose.propose(read.contract, read, None, model, **more)

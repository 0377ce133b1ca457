"""Published KPIs, bonuses and maluses: the settings of a contract and the records behind each figure."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from small import WAITED

import callbill
from callbill import Invoice
from callbill.source import emit

COLUMNS = {**WAITED["columns"], "customer": "customer"}
CONTACTS = {**WAITED, "columns": COLUMNS}
AGENTS = {
    "reader": "generic", "record": "agent_state", "delimiter": ",", "encoding": "utf-8", "decimal": ".",
    "columns": {
        "agent": "agent", "start": {"column": "start", "format": "iso"},
        **{name: {"column": name, "unit": "min"} for name in ("handling", "available", "shift", "breaks")},
    },
}  # fmt: skip
TOP = {
    "callbill": "1", "contract": "FIGURE", "title": "A published figure", "currency": "EUR", "timezone": "UTC",
    "language": "en", "period": "month", "seller": {"name": "Voix Claire SAS", "country": "FR"},
    "buyer": {"name": "Hélio SA", "country": "FR"}, "vat": {"rate": "20"}, "payment": {"days": "30"},
}  # fmt: skip


def contacts(*groups: tuple[int, str, int]) -> str:
    """So many contacts of a state that waited so many seconds, each of a customer of its own."""
    rows = [(state, wait) for number, state, wait in groups for _ in range(number)]
    lines = [
        f"{n},2026-10-{n % 28 + 1:02d}T{9 + n % 8:02d}:{n // 8 % 60:02d}:00Z,C{n},{state},{wait}\n"
        for n, (state, wait) in enumerate(rows)
    ]
    return "id,start,customer,state,wait\n" + "".join(lines)


def callers(names: Iterable[str]) -> str:
    """Answered contacts of these customers, an hour apart."""
    lines = [f"{n},2026-10-{n // 10 + 1:02d}T{9 + n % 10:02d}:00:00Z,{who},answered,1\n" for n, who in enumerate(names)]
    return "id,start,customer,state,wait\n" + "".join(lines)


def shift(**minutes: int) -> str:
    """One agent's day."""
    names = ("handling", "available", "shift", "breaks")
    cells = ",".join(str(minutes.get(name, 0)) for name in names)
    return f"agent,start,{','.join(names)}\nA,2026-10-05T08:00:00Z,{cells}\n"


def billed(
    folder: Path, kpis: Mapping[str, Any], clauses: Iterable[Mapping[str, Any]] = (), *, calls: str = "",
    agents: str = "", elsewhere: Mapping[str, str] | None = None, fee: str = "1000", period: str = "2026-10",
    history: Iterable[str] = (), **more: Any,
) -> Invoice:  # fmt: skip
    """The invoice of a flat fee with these KPIs and clauses."""
    given = {"calls": (CONTACTS, calls), "agents": (AGENTS, agents)}
    sources = {name: settings for name, (settings, text) in given.items() if text}
    contract = {
        **TOP, **more, "activity": sources, "kpis": dict(kpis),
        "charges": [{"id": "fee", "label": "Fee", "model": "flat", "amount": fee}],
        "bonus_malus": [{"id": "clause", "label": "Clause", **one} for one in clauses],
    }  # fmt: skip
    files = {}
    for name, (_, text) in given.items():
        if text:
            files[name] = folder / f"{name}.csv"
            files[name].write_text(text, "utf-8")
    rows = folder / "kpis.csv"
    rows.write_text("kpi,period,numerator,denominator,value\n" + "".join(f"{name},{row}\n" for name, row in (elsewhere or {}).items()))  # noqa: E501  # fmt: skip
    agreed = callbill.load_contract(emit(contract).encode())
    with callbill.read_activity(agreed, files, threads=1, kpis=[rows] if elsewhere else [], history=list(history)) as read:  # noqa: E501  # fmt: skip
        return callbill.bill(agreed, read, period)


ICMI = contacts((860, "answered", 12), (140, "answered", 35), (10, "abandoned", 3), (10, "abandoned", 15), (40, "abandoned", 50))  # noqa: E501  # fmt: skip
"""1,000 answered, 860 of them in 20 s; 60 abandoned, 20 of them in 20 s and 10 of these in less than 5 s."""
LEVEL = {"kpi": "service_level", "within": "20 s", "short_abandon": "5 s"}

KPIS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "SL-ICMI-1": ({**LEVEL, "formula": "abandoned_within_count"}, {"calls": ICMI}),
    "SL-ICMI-3": ({**LEVEL, "formula": "of_all"}, {"calls": ICMI}),
    "SL-ICMI-5": ({**LEVEL, "formula": "short_abandoned_count"}, {"calls": ICMI}),
    "SL-GENESYS-1": (
        {**LEVEL, "short_abandon": "10 s", "formula": "without_short_abandoned"},
        {"calls": contacts((200, "answered", 20), (100, "answered", 21), (50, "abandoned", 9), (50, "abandoned", 10))},
    ),
    "SL-T2T-1": (
        {**LEVEL, "short_abandon": "10 s", "formula": "not_late"},
        {"calls": contacts((870, "answered", 20), (40, "answered", 21), (60, "abandoned", 10), (30, "abandoned", 9))},
    ),
    "ABD-1": (
        {"kpi": "abandonment", "formula": "of_offered"},
        {"calls": contacts((960, "answered", 5), (40, "abandoned", 60))},
    ),
    "OCC-1": (
        {"kpi": "occupancy", "formula": "of_logged_in", "counts": {"logged_in": "shift"}},
        {"agents": shift(handling=45, shift=60)},
    ),
    "AVAIL-1": (
        {
            "kpi": "occupancy", "source": "agents", "formula": "available / logged_in",
            "counts": {"logged_in": "agents.shift - agents.breaks"},
        },
        {"agents": shift(available=32, shift=480, breaks=40)},
    ),
    "FCR-1": (
        {"kpi": "first_contact_resolution", "within": "30 days", "formula": "single"},
        {"calls": callers(["Tom", "John", "John", "Betty"])},
    ),
    "FCR-3": (
        {"kpi": "first_contact_resolution", "within": "30 days", "formula": "problems"},
        {"calls": callers([*"ABCDEFGHIJ", *"ABCDEFGHI"])},
    ),
    "CSAT-1": ({"kpi": "csat", "source": "kpi_file"}, {"elsewhere": {"kpi": "2026-10,150,250,"}}),
    "NPS-1": ({"kpi": "nps", "source": "kpi_file"}, {"elsewhere": {"kpi": "2026-10,50,100,"}}),
    "CPH-1": (
        {"kpi": "acts_per_hour", "source": "kpi_file", "formula": "net_of_idle"},
        {"elsewhere": {"kpi": "2026-10,2500,163.33,"}},
    ),
    "CPC-1": (
        {"kpi": "cost_per_contact", "formula": "of_answered"},
        {"calls": contacts((50, "answered", 5)), "fee": "30"},
    ),
}  # fmt: skip
"""The KPI that each figure is, and its records; CPC-1 at a thousandth of its size."""

FAST = {"kpi": "speed_of_answer", "formula": "of_answered"}
WHOLE = {**FAST, "decimals": "0"}
SECONDS = {"per_point": [{"below": "15 s", "amount": "500"}, {"above": "30 s", "amount": "-500"}]}
AT_RISK = [
    {"up_to": "45", "amount": "0 %"}, {"at_least": "46", "up_to": "48", "amount": "-25 %"},
    {"at_least": "49", "up_to": "51", "amount": "-50 %"}, {"at_least": "52", "up_to": "54", "amount": "-75 %"},
    {"at_least": "55", "amount": "-100 %"},
]  # fmt: skip
PACE = [0, 45, 90, 125, 175, 225, 275, 325, 350]
"""What fewer than 10 calls an hour earn, 10, 11… and 17 or more."""
ABSENT = {"steps": [{"below": "1", "factor": "100 %"}, {"below": "2", "factor": "50 %"}, {"factor": "0 %"}]}

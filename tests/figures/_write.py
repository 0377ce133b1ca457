"""A published figure as a contract and an export: the text that a user of callbill would have."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Any

import yaml

from callbill.source import emit

FOLDER = Path(__file__).parent
TEMPLATE = {
    "callbill": "1",
    "contract": "FIGURE",
    "title": "A published figure",
    "currency": "EUR",
    "timezone": "UTC",
    "language": "en",
    "period": "month",
    "seller": {"name": "Voix Claire SAS", "country": "FR"},
    "buyer": {"name": "Hélio SA", "country": "FR"},
    "vat": {"rate": "20"},
    "payment": {"days": "30"},
}
GENERIC = {"reader": "generic", "delimiter": ",", "encoding": "utf-8", "decimal": "."}
START = {"column": "start", "format": "iso"}
DURATIONS, NUMBERS = ("talk", "wait"), ("amount", "kwh")


def read(path: Path) -> dict[str, Any]:
    """A file of figures; every value stays the text that was written."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


@dataclass(frozen=True)
class Written:
    """What callbill is given: the contract, the export of each of its sources, and the period."""

    contract: str
    exports: Mapping[str, str]
    period: str


def written(figure: Mapping[str, Any], run: Mapping[str, Any], case: Mapping[str, str], number: int) -> Written:
    """One case of a run of a figure; `$name` in the run stands for the case's value of that name."""
    if "shape" in run and not {"units", "contacts"} & set(run):
        run = {**run, "units": "$use"}
    told = {key: _filled(value, case) for key, value in run.items() if key not in ("cases", "expected")}
    charges = SHAPES[told["shape"]](figure["inputs"], told, number) if "shape" in told else told["charges"]
    named = [{"id": f"charge-{n}", "label": f"Charge {n}", **charge} for n, charge in enumerate(charges, start=1)]
    period = told.get("month", "2026-10")
    first = datetime.fromisoformat(f"{told.get('day', f'{period}-01'[:10])}T09:00:00")
    sources, exports = {}, {}
    for name, export in EXPORTS.items():
        if name in told:
            source, settings, rows = export(told[name], first, int(told.get("repeat", "1")))
            sources[source], exports[source] = {**GENERIC, **settings}, _csv([*settings["columns"]], rows)
    contract = {**TEMPLATE, **told.get("contract", {}), "activity": sources, "charges": named}
    return Written(emit(contract), exports, period)


def _filled(value: Any, case: Mapping[str, str]) -> Any:
    """The same value with every `$name` replaced."""
    if isinstance(value, dict):
        return {key: _filled(inner, case) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, case) for inner in value]
    return Template(value).substitute(case)


# Exports: the source's name, its settings, its rows. A column's name in callbill is its header too.


Row = dict[str, str]
Source = tuple[str, dict[str, Any], list[Row]]


def _csv(header: list[str], rows: list[Row]) -> str:
    return "".join(",".join(cells) + "\n" for cells in (header, *([row[name] for name in header] for row in rows)))


def _moment(first: datetime, **later: int) -> str:
    return f"{first + timedelta(**later):%Y-%m-%dT%H:%M:%SZ}"


def _intervals(given: Any, first: datetime, repeat: int) -> Source:
    """Half hours with a number of units; a single quantity is spread over three of them."""
    if isinstance(given, str):
        third = Decimal(int(Decimal(given)) // 3)
        given = [str(third), str(third), str(Decimal(given) - 2 * third)]
    halves = [one if isinstance(one, dict) else {"queue": "support", "units": one} for one in given]
    columns = {"start": START, "queue": "queue", "units": {"column": "units", "number": "true"}}
    rows = [{"start": _moment(first, minutes=30 * n), **half} for n, half in enumerate(halves)]
    return "usage", {"record": "interval", "columns": columns}, rows


def _contacts(given: list[Row], first: datetime, repeat: int) -> Source:
    """A row for each contact, `repeat` times, some seconds apart."""
    columns: dict[str, Any] = {"id": "id", "start": START}
    for name in given[0]:
        if name in DURATIONS:
            columns[name] = {"column": name, "unit": "s"}
        elif name in NUMBERS:
            columns[name] = {"column": name, "number": "true"}
        elif name != "start":
            columns[name] = name
    many = [contact for contact in given for _ in range(repeat)]
    rows = [{"id": f"c{n}", "start": _moment(first, seconds=5 * n), **contact} for n, contact in enumerate(many)]
    return "calls", {"record": "contact", "columns": columns}, rows


def _shifts(given: dict[str, Any], first: datetime, repeat: int) -> Source:
    """So many agents on each day, all of them for the same hours."""
    columns = {"agent": "agent", "start": START, "state": "state", "duration": {"column": "duration", "unit": "h"}}
    rows = [
        {"agent": f"A{agent:02d}", "start": _moment(first, days=day), "state": "On duty", "duration": given["hours"]}
        for day, agents in enumerate(given["agents"])
        for agent in range(int(agents))
    ]
    return "agents", {"record": "agent_state", "columns": columns, "agent_states": {"on_duty": "On duty"}}, rows


EXPORTS = {"units": _intervals, "contacts": _contacts, "shifts": _shifts}
"""How the export of each kind of activity is written."""


# Charges, for the figures that only differ by their numbers.


def _act(**settings: Any) -> dict[str, Any]:
    return {"model": "act", "sum": "usage.units", **settings}


def _linear(inputs: Mapping[str, Any], run: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    return [_act(price=inputs["unit_price"])]


def _tiers(mode: str, price: str = "price", sign: str = "", **settings: str) -> Any:
    """Tiers of [up to, price, flat fee]; `beyond` is what the source leaves open above its last bound."""

    def charges(inputs: Mapping[str, Any], run: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
        steps: list[dict[str, str]] = []
        for up_to, unit, *flat in inputs["tiers"]:
            fee = {"flat": flat[0]} if flat and flat[0] != "0" else {}
            unit_price = {price: unit + sign} if unit != "0" or not fee else {}
            steps.append({**({} if up_to == "null" else {"up_to": up_to}), **unit_price, **fee})
        if "beyond" in run:
            steps.append({price: run["beyond"] + sign})
        due = "bill_first_flat" if inputs.get("zero_usage") == "first_flat_fee_due" else "nothing"
        zero = {"zero_usage": due} if "flat" in steps[0] else {}
        return [_act(**{**settings, "tiers": {"mode": mode, **zero, "steps": steps}})]

    return charges


def _blocks(inputs: Mapping[str, Any], run: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    """Tiers of [width, price of a block, size of a block], one list a case; a started block is due in full."""
    steps, end = [], Decimal(0)
    for width, price, size in inputs["tiers"][number]:
        end += Decimal(width)
        steps.append({"up_to": str(end), "price": price, "package": size})
    return [_act(tiers={"mode": "graduated", "packages": "up", "steps": [*steps, {"price": run["beyond"]}]})]


def _package(inputs: Mapping[str, Any], run: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    package = {"size": inputs["size"], "price": inputs["price"], "round": inputs.get("round", "up")}
    if "minimum_packages" in inputs:
        package["at_least"] = inputs["minimum_packages"]
    free = {"included": inputs["free"]} if inputs["free"] != "0" else {}
    return [_act(**free, package=package)]


def _stairstep(inputs: Mapping[str, Any], run: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    steps = [{"up_to": up_to, "amount": amount} for up_to, amount in inputs["steps"]]
    stairs = _act(stairstep={"zero_usage": "nothing", "steps": [*steps, {"amount": run["beyond"]}]})
    return [{"model": "flat", "amount": inputs["base"]}, stairs] if "base" in inputs else [stairs]


SHAPES = {
    "linear": _linear,
    "graduated": _tiers("graduated"),
    "volume": _tiers("volume"),
    "graduated_percent": _tiers("graduated", "percent", " %", sum="calls.amount"),
    "blocks": _blocks,
    "package": _package,
    "stairstep": _stairstep,
}
"""How the charges of a figure are written from its inputs."""

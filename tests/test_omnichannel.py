"""A year of somebody else's activity: the same minutes, seconds, hours and agents as an independent sum gives."""

import csv
from collections import defaultdict
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from figures._run import billed, invoices

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "omnichannel-2025"
CALLS, AGENTS = FOLDER / "monthly_calls.csv", FOLDER / "monthly_agent.csv"
MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the data is not here")

CONTRACT = """\
callbill: 1
contract: OMNI-2025
title: Omnichannel customer care
currency: USD
timezone: America/New_York
language: en
period: month
seller: {name: Voix Claire SAS, country: FR}
buyer: {name: Hélio SA, country: FR}
vat: {rate: 20}
payment: {days: 30}
activity:
"""
BY_CALL = (
    CONTRACT
    + """\
  calls:
    reader: generic
    record: contact
    delimiter: ","
    encoding: utf-8
    decimal: "."
    zone: America/New_York
    missing_hour: shift
    repeated_hour: first
    columns:
      id: call_id
      start: {columns: [date, hour], format: "%Y-%m-%d %H"}
      channel: channel
      talk: {column: duration_minutes, unit: min}
charges:
  - id: phone
    label: Phone contacts
    model: time
    measure: calls.talk
    where: {channel: Phone}
"""
)
BY_AGENT = (
    CONTRACT
    + """\
  hours:
    reader: generic
    record: agent_state
    delimiter: ","
    encoding: utf-8
    decimal: "."
    zone: America/New_York
    columns:
      agent: agent_id
      start: {column: month, format: "%Y-%m-%d"}
      department: department
      worked: {column: hours_worked, unit: h}
charges:
  - {id: hours, label: Hours worked, model: time, measure: hours.worked, unit: hour, price: 45.50, by: department}
  - id: seats
    label: Agents
    model: subscription
    price: 129.00
    seats: {measured: distinct, of: hours}
    billed: in_arrears
"""
)


def by_call(unit: str, price: str, step: str | None) -> str:
    increment = f"    increment: {{per: contact, step: {step}, round: up}}\n" if step else ""
    return f"{BY_CALL}    unit: {unit}\n    price: {price}\n{increment}"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def in_steps(seconds: Decimal, step: int) -> Decimal:
    return (seconds / step).to_integral_value(ROUND_CEILING) * step


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.fixture(scope="module")
def talks() -> dict[str, list[Decimal]]:
    """The seconds of every phone contact of each month."""
    found = defaultdict(list)
    for row in rows(CALLS):
        if row["channel"] == "Phone":
            found[row["date"][:7]].append(Decimal(row["duration_minutes"]) * 60)
    return found


@pytest.mark.parametrize(
    ("unit", "step", "quantity"),
    [
        ("minute", "1 min", "23079"),
        ("second", "1 min", "1384740"),
        ("second", "6 s", "1344414"),
        ("second", "1 s", "1341013"),
        ("second", None, "1340428.8"),
    ],
)
def test_january(unit, step, quantity):
    invoice = billed(by_call(unit, "0.35", step), {"calls": [CALLS]}, "2025-01")
    (line,), (funnel,) = invoice.lines, invoice.funnel
    assert Decimal(quantity) == line.quantity
    assert cents(Decimal(quantity) * Decimal("0.35")) == line.amount == invoice.net
    assert (funnel.read, funnel.rejected, funnel.duplicates) == (39_364, 0, 0)
    assert funnel.charges[0].billed == 1_509


@pytest.mark.parametrize(("step", "seconds"), [("6 s", 6), ("1 min", 60)])
def test_every_month(step, seconds, talks):
    found = invoices(by_call("second", "0.01", step), {"calls": [CALLS]}, MONTHS)
    expected = [sum(in_steps(talk, seconds) for talk in talks[month]) for month in MONTHS]
    assert expected == [invoice.lines[0].quantity for invoice in found]
    assert [len(talks[month]) for month in MONTHS] == [invoice.funnel[0].charges[0].billed for invoice in found]


def test_hours_worked_and_agents():
    worked: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    agents: dict[str, set[str]] = defaultdict(set)
    for row in rows(AGENTS):
        worked[row["month"][:7]][row["department"]] += Decimal(row["hours_worked"])
        agents[row["month"][:7]].add(row["agent_id"])
    for month, invoice in zip(MONTHS, invoices(BY_AGENT, {"hours": [AGENTS]}, MONTHS), strict=True):
        expected: list[Any] = [
            ("hours", hours, cents(hours * Decimal("45.50"))) for _, hours in sorted(worked[month].items())
        ]
        expected.append(("seats", len(agents[month]), len(agents[month]) * Decimal("129.00")))
        assert expected == [(line.charge, line.quantity, line.amount) for line in invoice.lines]

"""A period billed again: the same counts give the same invoice, and other counts what an invoice of them would be."""

from pathlib import Path

import pytest
from side_by_side import EVENING, agreed, contacts, invoiced, months_of, named, plain, read, same

MONTHS = ("2026-02", "2026-03", "2026-10")
"""Of 28 and 31 days; clocks are put forward in March and back in October."""
NUMBERS = {"2026-02": 83, "2026-03": 120, "2026-10": 97}
CALLS = contacts(NUMBERS)
BANDS = "calendar: {bands: [{name: evening, from: '18:00', to: '08:00'}, {name: day}]}"
TALK = "id: talk, label: Talk, model: time, measure: calls.talk + calls.hold, unit: minute"
ACT = "id: acts, label: Acts, model: act, count: calls.answered"
SEATS = "id: seats, label: Seats, model: subscription, price: 90, billed: in_arrears"
LEVEL = plain("{level: {kpi: service_level, source: calls, within: 20 s, formula: of_all}}")
SHARE = plain("{kpi: level, scale: [{below: 60 %, amount: -50}, {below: 62 %, amount: 20}, {amount: 75.5}]}")
CHARGES = {
    "time by bands, contacts rounded up": f"[{{{TALK}, price: {{day: 1, evening: 1.35}}, increment: {{per: contact, step: 1 min, round: up}}}}]",  # noqa: E501
    "time cut at the limit of a band": f"[{{{TALK}, price: {{day: 1, evening: 1.35}}, band_limit: split}}]",
    "time rounded by agent and day": f"[{{{TALK}, price: 1, increment: {{per: agent_day, step: 15 min, round: up}}}}]",
    "time rounded in the period": f"[{{{TALK}, price: 1.1, by: queue, increment: {{per: period, step: 1 h, round: down}}}}]",  # noqa: E501
    "acts in tiers": f"[{{{ACT}, tiers: {{mode: volume, steps: [{{up_to: 60, price: 3}}, {{price: 2.5}}]}}}}]",
    "acts in graduated tiers": f"[{{{ACT}, tiers: {{mode: graduated, steps: [{{up_to: 60, price: 3}}, {{price: 2.5}}]}}}}]",  # noqa: E501
    "acts once a day and customer": f"[{{{ACT}, price: 2, once_per: {{field: customer, within: 24 h, since: billed}}}}]",  # noqa: E501
    "acts once a month and customer": f"[{{{ACT}, price: 2, once_per: {{field: customer, within: period}}}}]",
    "the first ten are free": f"[{{{ACT}, price: 2, free: {{first: 10}}}}]",
    "short ones are free": f"[{{{ACT}, price: 2, where: {{talk: {{at_least: 10 s}}}}, free: {{of: calls.talk, below: 1 min}}}}]",  # noqa: E501
    "prices by column": f"[{{{ACT}, by: agent, prices: {{rows: [{{when: {{queue: sales}}, price: 4}}], otherwise: 2}}}}]",  # noqa: E501
    "a package with a tolerance": "[{id: pack, label: Package, model: flat, amount: 200, count: calls.answered, included: 70, tolerance: 10 %, excess: {price: 3, charge: beyond}, shortfall: {price: 1, charge: whole}}]",  # noqa: E501
    "agents seen": f"[{{{SEATS}, seats: {{measured: distinct, of: calls}}}}]",
    "agents at once": f"[{{{SEATS}, seats: {{measured: peak, of: calls.talk + calls.wrap}}}}]",
    "agents a day": f"[{{{SEATS}, seats: {{measured: mean, of: calls, over: active_days}}}}]",
    "a minimum and included acts": f"[{{{ACT}, price: 2, included: 50, minimum: {{amount: 30}}}}]",
}


@pytest.mark.parametrize("charges", CHARGES.values(), ids=CHARGES)
def test_every_month_is_its_invoice_to_the_cent(charges: str, tmp_path: Path) -> None:
    contract = agreed(charges, calendar=EVENING)
    invoices = invoiced(tmp_path, contract, MONTHS, calls=CALLS)
    with read(tmp_path, contract, calls=CALLS) as found:
        (months,) = months_of(found, named(*MONTHS))
        for n, invoice in enumerate(invoices):
            same(months.outcome(n), invoice)
    assert all(one.net for one in invoices)
    assert len({one.net for one in invoices}) > 1 or "subscription" in charges


def test_bonus_and_malus_are_those_of_the_invoice_and_told_apart(tmp_path: Path) -> None:
    more = {"kpis": LEVEL, "bonus_malus": [{"id": "level", "label": "Level", **SHARE}]}
    contract = agreed(f"[{{{ACT}, price: 2}}]", **more)
    invoices = invoiced(tmp_path, contract, MONTHS, calls=CALLS)
    with read(tmp_path, contract, calls=CALLS) as found:
        (months,) = months_of(found, named(*MONTHS))
        for n, invoice in enumerate(invoices):
            same(months.outcome(n), invoice)
            adjusted = sum(line.amount for line in invoice.lines if line.charge == "level")
            assert adjusted
            assert months.outcome(n).adjusted == adjusted


def test_contracts_with_other_calendars_in_one_engine_leave_each_other_alone(tmp_path: Path) -> None:
    """Tables of bands and days must have names of their own: the second contract once counted by the first's bands."""
    late = {"bands": [{"name": "evening", "from": "21:00", "to": "06:00"}, {"name": "day"}]}
    charges = f"[{{{TALK}, price: {{day: 1, evening: 1.35}}, increment: {{per: contact, step: 1 min, round: up}}}}]"
    cut = f"[{{{TALK}, price: {{day: 1, evening: 1.35}}, band_limit: split}}]"
    contracts = [
        agreed(charges, calendar=EVENING), agreed(charges, calendar=late), agreed(cut, calendar=late),
        agreed(cut, calendar=EVENING), agreed(f"[{{{TALK}, price: 1}}]", timezone="UTC"),
    ]  # fmt: skip
    with read(tmp_path, *contracts, calls=CALLS) as found:
        every = months_of(found, named(*MONTHS))
        for contract, months in zip(contracts, every, strict=True):
            for n, invoice in enumerate(invoiced(tmp_path, contract, MONTHS, calls=CALLS)):
                same(months.outcome(n), invoice)
        assert len({months.outcome(0).net for months in every[:4]}) == 4

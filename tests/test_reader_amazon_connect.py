"""Amazon Connect: metrics that the export was not asked for, records without an agent anywhere."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from exported import read_text, told
from small import contract_text

from callbill import api
from callbill.problems import Invalid

METRICS = "Agent,Queue,StartInterval,Contacts handled,{missed}\nzoé.côté,Ventes,2026-10-01T07:00:00.000Z,5,2\n"
RENAMED = METRICS.format(missed="Agent non-response")
KNOWN = METRICS.format(missed="Contacts missed")


def billed(folder: Path, text: str, count: str, **source: object) -> Fraction:
    """The quantity of the only line of a month that is billed by one count."""
    file = folder / "metrics.csv"
    file.write_text(text, "utf-8")
    charge = f"[{{id: one, label: One, model: act, count: agents.{count}, price: 1.00}}]"
    activity = {"agents": {"reader": "amazon_connect", "report": "agent_metrics", **source}}
    contract = api.load_contract(contract_text(charge, activity=activity))
    with api.read_activity(contract, [file]) as read:
        (line,) = api.bill(contract, read, period="2026-10").lines
    return Fraction(line.quantity)


def test_a_metric_that_is_not_in_the_export_has_no_value(tmp_path: Path) -> None:
    for text, missed in ((KNOWN, 2), (RENAMED, None)):
        found = read_text(tmp_path, text, reader="amazon_connect", report="agent_metrics")
        assert told(found, "contacts_handled", "contacts_missed") == [(5, missed)]


def test_a_metric_that_is_billed_must_be_in_the_export(tmp_path: Path) -> None:
    """Renamed, it would be billed as nothing, and nobody would see it."""
    assert billed(tmp_path, KNOWN, "contacts_missed") == 2
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, RENAMED, "contacts_missed")
    (problem,) = caught.value.problems
    assert (problem.code, problem.place and problem.place.source) == ("CB301", "")
    assert "`contacts_missed`" in problem.message
    assert "`Contacts missed`" in problem.message
    assert billed(tmp_path, RENAMED, "contacts_handled") == 5


def test_a_renamed_metric_is_declared(tmp_path: Path) -> None:
    columns = {"contacts_missed": {"column": "Agent non-response", "number": "true"}}
    assert billed(tmp_path, RENAMED, "contacts_missed", columns=columns) == 2


def test_a_day_on_which_nobody_answered_is_read(tmp_path: Path) -> None:
    """Connect writes null for what did not happen: no object of the file has an agent then."""
    record = {
        "ContactId": "7a1f0001",
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": "2026-10-01T07:00:00Z",
        "Queue": {"Name": "Ventes", "Duration": 62},
        "Agent": None,
        "LastUpdateTimestamp": "2026-10-01T07:12:00Z",
    }
    source = {"reader": "amazon_connect", "report": "contact_records"}
    found = read_text(tmp_path, json.dumps(record) + "\n", **source)
    assert told(found, "wait", "talk", "offered", "answered", "abandoned") == [(62, 0, True, False, True)]
    charge = "[{id: talk, label: Talk, model: time, measure: calls.talk, unit: second, price: 1.00}]"
    contract = api.load_contract(contract_text(charge, activity={"calls": source}))
    with api.read_activity(contract, [tmp_path / "export"]) as read:
        (line,) = api.bill(contract, read, period="2026-10").lines
    assert line.quantity == 0

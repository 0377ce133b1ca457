"""Five9: legs of one call, spellings of no time, the repeated hour, durations in another unit."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from exported import Found, read_text, told

SAMPLES = Path(__file__).parent / "exports" / "five9"
LOG = {"reader": "five9", "report": "call_log", "zone": "America/Los_Angeles"}
INBOUND = {**LOG, "report": "inbound_call_log"}
ANA = {"AGENT": "ana", "AGENT NAME": "Ana Flores"}
BOB = {"AGENT": "bob", "AGENT NAME": "Bob Ek"}
USUAL = {
    "CALL ID": "300000010300501",
    "TIMESTAMP": "Thu, 01 Oct 2026 09:00:00",
    "CAMPAIGN": "Care",
    "CALL TYPE": "Inbound",
    "AGENT": "[None]",
    "AGENT NAME": "[None]",
    "DISPOSITION": "Resolved",
    "ANI": "2015550101",
    "DNIS": "8005550150",
    "CALL TIME": "00:05:00",
}
LATER = {"TIMESTAMP": "Thu, 01 Oct 2026 09:02:00"}


def calls(folder: Path, *rows: dict[str, str], **more: Any) -> Found:
    """Calls of a log; a row says what is not as usual."""
    settings = {**LOG, **more}
    name = f"{settings['report']}.csv"
    header = (SAMPLES / name).read_text("utf-8").partition("\n")[0].split(",")
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({**USUAL, **row} for row in rows)
    return read_text(folder, text.getvalue(), **settings)


def test_legs_are_added_up_once_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    first = {**ANA, "TALK TIME": "00:01:00", "HOLD TIME": "00:00:20", "AFTER CALL WORK TIME": "00:00:05"}
    second = {**BOB, **LATER, "TALK TIME": "00:02:00", "DISPOSITION": "Escalated"}
    for rows in ([first, second], [second, first], [second, first, first]):
        found = calls(tmp_path, *rows)
        assert told(found, "agent", "talk", "hold", "wrap", "outcome", "transferred", "duration") == [
            ("Ana Flores", 160, 20, 5, "Escalated", True, None)
        ]


@pytest.mark.parametrize("nothing", ["", "0:00:00", "00:00:00", "00:00:00.000"])
def test_an_agent_who_never_spoke_has_not_answered(tmp_path: Path, nothing: str) -> None:
    found = calls(tmp_path, {**ANA, "TALK TIME": nothing, "QUEUE WAIT TIME": nothing, "RING TIME": nothing})
    assert told(found, "agent", "answered", "offered") == [("Ana Flores", False, True)]


@pytest.mark.parametrize("nothing", ["", "0:00:00", "00:00:00", "00:00:00.000"])
def test_a_call_that_ended_in_the_menu_was_not_offered(tmp_path: Path, nothing: str) -> None:
    found = calls(tmp_path, {"QUEUE WAIT TIME": nothing, "RING TIME": nothing, "IVR TIME": "00:00:30"})
    assert told(found, "ivr", "offered", "abandoned") == [(30, False, False)]


def test_no_talk_is_no_answer_in_another_unit_either(tmp_path: Path) -> None:
    units = {"wait": "QUEUE WAIT TIME", "conversation": "TALK TIME", "duration": "CALL TIME"}
    columns = {name: {"column": column, "unit": "s", "empty": "0"} for name, column in units.items()}
    none = {**ANA, "QUEUE WAIT TIME": "0", "TALK TIME": "0", "CALL TIME": "12"}
    found = calls(tmp_path, none, {**none, "CALL ID": "300000010300502", "TALK TIME": "9"}, columns=columns)
    assert told(found, "talk", "answered") == [(0, False), (9, True)]


def test_the_queue_is_the_first_that_the_call_came_to(tmp_path: Path) -> None:
    rows = [{"CAMPAIGN": "[None]", "SKILL": "[None]"}, {**ANA, **LATER, "SKILL": "Billing"}]
    assert told(calls(tmp_path, *rows), "queue") == [("Care",)]
    assert told(calls(tmp_path, *rows, **INBOUND), "queue") == [("Billing",)]


@pytest.mark.parametrize(
    ("kind", "customer", "states"),
    [
        ("Inbound", "2015550101", {"offered", "answered"}),
        ("Inbound Voicemail", "2015550101", {"offered", "answered", "voicemail"}),
        ("Outbound", "8005550150", {"answered"}),
        ("Manual", "8005550150", {"answered"}),
    ],
)
def test_the_customer_is_the_other_party(tmp_path: Path, kind: str, customer: str, states: set[str]) -> None:
    (record,) = calls(tmp_path, {**ANA, "CALL TYPE": kind, "TALK TIME": "00:01:00"}).records
    assert record["customer"] == customer
    assert {name for name, value in record.items() if value is True} == states


def test_the_repeated_hour_is_decided_by_the_contract(tmp_path: Path) -> None:
    twice = {"TIMESTAMP": "Sun, 01 Nov 2026 01:30:00"}
    assert calls(tmp_path, twice).rejects == ["CB312"]
    first, second = (calls(tmp_path, twice, repeated_hour=one).records[0]["start"] for one in ("first", "second"))
    assert (first, second) == (1_793_521_800, 1_793_525_400)


def test_talk_in_another_unit_is_longer_than_its_call(tmp_path: Path) -> None:
    minutes = {"conversation": {"column": "TALK TIME", "unit": "h:mm", "empty": "0"}}
    assert calls(tmp_path, {**ANA, "TALK TIME": "04:10"}, columns=minutes).rejects == ["CB327"]

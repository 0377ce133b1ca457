"""3CX: logs of 20 fields, French headers, calls in one moment, other orders."""

from pathlib import Path

import pytest
from exported import Found, read_text, told

from callbill.problems import Invalid

SAMPLES = Path(__file__).parent / "exports" / "threecx"
FIELDS = 20
AT = "2026/10/01 09:00:"


def leg(call: str, source: str, target: str, answered: str, final: str = "", number: str = "", **more: str) -> str:
    """A leg of 20 fields that begins at :00 and ends at :30."""
    began, ended = more.get("began", f"{AT}00"), more.get("ended", f"{AT}30")
    numbers = [one.partition(".")[2] or one for one in (source, target)]
    row = [
        "h",
        call,
        "00:00:20",
        began,
        answered and f"{AT}{answered}",
        ended,
        more.get("reason", "End"),
        source,
        target,
    ]
    return ",".join([*row, *numbers, "800", "", final, number, "", "", "", "", "Chain"]) + "\r\n\r\n"


def log(folder: Path, *legs: str) -> Found:
    text = "".join(legs) + "Copyright (c) 2026 Exemple\r\n"
    return read_text(folder, text, reader="threecx", report="cdr_log", zone="Europe/Paris")


@pytest.mark.parametrize(
    ("row", "agent", "talk", "states"),
    [
        (leg("1", "+33199000101", "Ext.101", "10"), "101", 20, {"offered", "answered"}),
        (leg("1", "+33199000101", "Ext.800", "10", "Ext.102", "102"), "102", 20, {"offered", "answered"}),
        (leg("1", "+33199000101", "Ext.800", ""), None, None, {"offered", "abandoned"}),
        (leg("1", "+33199000101", "Ext.101", "10", "VMail.101", "101"), None, None, {"offered", "voicemail"}),
        (leg("1", "Ext.101", "+33199000155", "10"), "101", 20, {"answered", "outbound"}),
        (leg("1", "Ext.101", "+33199000155", ""), None, None, {"outbound"}),
        (leg("1", "Ext.101", "Ext.103", "10"), "101", 20, {"answered"}),
    ],
)
def test_a_log_without_types(tmp_path: Path, row: str, agent: str | None, talk: int | None, states: set[str]) -> None:
    (record,) = log(tmp_path, row).records
    assert (record["agent"], record["talk"]) == (agent, talk)
    assert {name for name, value in record.items() if value is True} == states


def test_of_legs_that_begin_together_the_one_that_ends_last_says_how_it_went(tmp_path: Path) -> None:
    legs = [
        leg("1", "+33199000101", "Ext.101", "", ended=f"{AT}15", reason="NoAnswer"),
        leg("1", "+33199000101", "Ext.102", "10", ended=f"{AT}30", reason="TerminatedByDst"),
    ]
    for rows in (legs, legs[::-1]):
        assert told(log(tmp_path, *rows), "outcome", "agent", "talk") == [("TerminatedByDst", "102", 20)]


def test_a_log_in_another_number_of_fields_says_so(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        log(tmp_path, leg("1", "+33199000101", "Ext.101", "10").replace(",Chain", ""))
    assert [problem.code for problem in refused.value.problems] == ["CB308"]


@pytest.mark.parametrize("call", ["Call ID", "ID Appel"])
@pytest.mark.parametrize("talking", ["Parole", "Conversation"])
def test_french_headers_give_the_same_calls(tmp_path: Path, call: str, talking: str) -> None:
    english = (SAMPLES / "call_report.csv").read_text("utf-8")
    body = english.split("\n", 1)[1]
    header = f"Date/Heure,{call},De,Vers,Sens,Statut,Sonnerie,{talking},Détails\n"
    report = {"reader": "threecx", "report": "call_report", "zone": "Europe/Paris"}
    expected = read_text(tmp_path, english, **report).records
    assert len(expected) == 11
    assert read_text(tmp_path, header + body, **report).records == expected


def test_another_form_of_moment_is_declared(tmp_path: Path) -> None:
    text = (
        "Call Time,Call ID,From,To,Direction,Status,Ringing,Talking\n"
        "01/10/2026 02:00:05 PM,1,+33199000101,Alice (101),Inbound,Answered,00:00:06,00:03:05\n"
    )
    start = {"column": "Call Time", "format": "%d/%m/%Y %I:%M:%S %p"}
    report = {"reader": "threecx", "report": "call_report", "zone": "Europe/Paris"}
    assert read_text(tmp_path, text, **report).rejects == ["CB303"]
    found = read_text(tmp_path, text, **report, columns={"start": start})
    assert told(found, "start", "talk") == [(1_790_856_005, 185)]


def test_waiting_again_after_an_agent_spoke_is_no_wait(tmp_path: Path) -> None:
    rows = [
        "2026-10-01T10:00:00,1,+33199000101,Ventes (801),Inbound Queue,Waiting,00:00:20,00:00:00",
        "2026-10-01T10:00:20,1,+33199000101,Alice (101),Inbound,Answered,00:00:04,00:01:00",
        "2026-10-01T10:01:30,1,+33199000101,SAV (802),Inbound Queue,Unanswered,00:00:40,00:00:00",
    ]
    text = "\n".join(["Call Time,Call ID,From,To,Direction,Status,Ringing,Talking", *rows, ""])
    found = read_text(tmp_path, text, reader="threecx", report="call_report", zone="Europe/Paris")
    assert told(found, "wait", "ring", "talk", "queue", "answered", "abandoned") == [
        (20, 4, 60, "Ventes (801)", True, False)
    ]

"""Asterisk: what the samples do not show of its queue log and its call detail records."""

from pathlib import Path

import pytest
from exported import Found, read_text, told

from callbill.problems import Invalid

ENTERED = "1790838000|1.1|support|NONE|ENTERQUEUE||0199000101|1"
CONNECTED = "1790838005|1.1|support|SIP/102|CONNECT|5|2.2|3"


def queue_log(folder: Path, *lines: str, report: str = "queue_log") -> Found:
    return read_text(folder, "".join(f"{line}\n" for line in lines), reader="asterisk", report=report)


@pytest.mark.parametrize(
    "end",
    [
        "COMPLETEAGENT|5|60|1",
        "BLINDTRANSFER|103|from-internal|5|60|1",
        "TRANSFER|103|from-internal|5|60|1",
        "ATTENDEDTRANSFER|BRIDGE|5d1c|5|60|1",
        "ATTENDEDTRANSFER|APP|VoiceMail|5|60|1",
        "ATTENDEDTRANSFER|LINK|SIP/102-01|SIP/103-02|5|60|1",
    ],
)
def test_a_transfer_states_the_talk_as_well(tmp_path: Path, end: str) -> None:
    found = queue_log(tmp_path, ENTERED, CONNECTED, f"1790838065|1.1|support|SIP/102|{end}")
    assert found.rejects == []
    assert told(found, "talk", "wait", "ring", "answered", "outcome") == [(60, 5, 3, True, end.split("|")[0])]


@pytest.mark.parametrize(
    ("end", "wait"), [("EXITEMPTY|1|1|20", 20), ("EXITWITHKEY|9|1|1|20", 20), ("EXITWITHTIMEOUT|1|1|20", 20)]
)
def test_every_way_out_of_a_queue_was_a_wait(tmp_path: Path, end: str, wait: int) -> None:
    found = queue_log(tmp_path, ENTERED, f"1790838020|1.1|support|NONE|{end}")
    assert told(found, "wait", "offered", "answered", "abandoned") == [(wait, True, False, False)]


def test_a_ring_that_the_caller_broke_off_is_in_milliseconds_too(tmp_path: Path) -> None:
    ring = "1790838003|1.1|support|SIP/102|RINGCANCELED|2500"
    found = queue_log(tmp_path, ENTERED, ring, "1790838003|1.1|support|NONE|ABANDON|1|1|3")
    assert told(found, "ring", "wait", "abandoned", "outcome") == [("2500 ms", 3, True, "ABANDON")]


def test_events_of_one_second_are_in_the_order_of_a_call(tmp_path: Path) -> None:
    second = [
        "1790838010|1.1|support|NONE|EXITWITHTIMEOUT|1|1|10",
        "1790838010|1.1|ventes|NONE|ENTERQUEUE||0199000101|1",
        "1790838010|1.1|ventes|SIP/102|CONNECT|0|2.2|0",
        "1790838010|1.1|ventes|SIP/102|COMPLETECALLER|0|0|1",
    ]
    expected = [("support", 10, "SIP/102", "COMPLETECALLER")]
    for lines in (second, second[::-1]):
        found = queue_log(tmp_path, *lines, ENTERED)
        assert told(found, "queue", "wait", "agent", "outcome") == expected


def test_a_caller_who_leaves_at_once_has_abandoned(tmp_path: Path) -> None:
    found = queue_log(tmp_path, ENTERED, "1790838000|1.1|support|NONE|ABANDON|1|1|0")
    assert told(found, "outcome", "abandoned", "wait") == [("ABANDON", True, 0)]


def test_logins_and_refused_callers_are_no_contacts(tmp_path: Path) -> None:
    """A login has the id of the agent's own channel, which is not NONE."""
    others = [
        "1790836000|9.1|NONE|1001|AGENTLOGIN|SIP/1001-0000002c",
        "1790866800|9.1|NONE|1001|AGENTLOGOFF|SIP/1001-0000002c|30800",
        "1790866900|NONE|NONE|1002|AGENTCALLBACKLOGOFF|1002@agents|600|Autologoff",
        "1790838600|8.1|support|NONE|JOINEMPTY|",
        "1790838601|NONE|support|SIP/102|PAUSE|lunch",
    ]
    found = queue_log(tmp_path, ENTERED, *others)
    assert (told(found, "id"), found.other) == ([("1.1",)], 5)
    agents = queue_log(tmp_path, ENTERED, *others, report="queue_log_agents")
    expected = [("1001", 1790866800 - 30800, 30800), ("1002", 1790866900 - 600, 600)]
    assert (told(agents, "agent", "start", "logged_in"), agents.other) == (expected, 4)


LEG = (
    '"","0199000101","800","in","x","SIP/t-0000001a","{}","Dial","",'
    '"{}",{},"2026-10-01 10:00:30",30,{},"{}","D","7.1","u"'
)


def cdr(folder: Path, *legs: str) -> Found:
    text = "".join(f"{leg}\n" for leg in legs)
    return read_text(folder, text, reader="asterisk", report="cdr", zone="Europe/Paris")


def test_the_leg_that_was_answered_is_the_last_of_those_that_rang_together(tmp_path: Path) -> None:
    legs = [
        LEG.format("SIP/104-0000001d", "2026-10-01 10:00:00", "", 0, "BUSY"),
        LEG.format("SIP/103-0000001c", "2026-10-01 10:00:00", '"2026-10-01 10:00:05"', 25, "ANSWERED"),
        LEG.format("SIP/102-0000001b", "2026-10-01 10:00:00", "", 0, "NO ANSWER"),
    ]
    for rows in (legs, legs[::-1]):
        found = cdr(tmp_path, *rows)
        assert told(found, "outcome", "agent", "talk", "answered") == [("ANSWERED", "SIP/103", 25, True)]


def test_a_log_with_the_newer_columns_is_read_alike(tmp_path: Path) -> None:
    leg = LEG.format("PJSIP/trunk-a-0000001c", "2026-10-01 10:00:00", '"2026-10-01 10:00:05"', 25, "ANSWERED")
    found = cdr(tmp_path, f'{leg},"","7.1",12')
    assert told(found, "agent", "talk", "ring") == [("PJSIP/trunk-a", 25, 5)]


def test_more_billed_than_lasted_is_refused(tmp_path: Path) -> None:
    leg = LEG.format("SIP/102-0000001c", "2026-10-01 10:00:00", '"2026-10-01 10:00:05"', 25_000, "ANSWERED")
    assert cdr(tmp_path, leg).rejects == ["CB311"]


def test_legs_that_a_contract_ranks_by_no_column_of_its_own(tmp_path: Path) -> None:
    legs = {"of": "id", "ranks": {"event": ["ENTERQUEUE"]}, "fields": {"talk": "sum"}}
    with pytest.raises(Invalid) as refused:
        read_text(tmp_path, ENTERED, reader="asterisk", report="queue_log", legs=legs)
    found = [(problem.code, problem.message) for problem in refused.value.problems]
    assert ("CB231", "`event` is not a column of this source") in found

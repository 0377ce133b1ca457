"""Ringover: the legs of one call, flags written by Python, faxes."""

from pathlib import Path

import pytest
from exported import Found, read_text, told

HEADER = (
    "cdr_id,call_id,direction,is_answered,last_state,start_time,answered_time,end_time,incall_duration,"
    "total_duration,from_number,to_number,contact_number,hangup_by,record,voicemail,user"
)


def leg(cdr: int, state: str, began: str, answered: str, ended: str, agent: str = "", **more: str) -> str:
    """A leg within the hour of nine, `mm:ss`; its durations follow from its moments."""
    moments = [f"2026-10-01T09:{one}Z" if one else "" for one in (began, answered, ended)]
    talk = str(_seconds(ended) - _seconds(answered)) if answered else ""
    flags = (more.get("yes", "true"), more.get("no", "false"))
    row = [
        *(str(cdr), more.get("call", "41"), more.get("direction", "in"), flags[not answered], state, *moments, talk),
        *(str(_seconds(ended) - _seconds(began)), "33199000101", more.get("to", "33199000200"), "33199000101"),
        *("contact", "", "", agent),
    ]
    return ",".join(row)


def _seconds(clock: str) -> int:
    minutes, seconds = clock.split(":")
    return int(minutes) * 60 + int(seconds)


def calls(folder: Path, *legs: str) -> Found:
    return read_text(folder, "\n".join([HEADER, *legs, ""]), reader="ringover")


TOLD = ("id", "queue", "agent", "outcome", "wait", "talk", "duration", "answered", "abandoned")


@pytest.mark.parametrize("turned", [False, True])
def test_a_transferred_call_is_one_contact(tmp_path: Path, turned: bool) -> None:
    legs = [
        leg(71, "BLIND_TRANSFERED", "00:00", "00:20", "02:00", "Alice Martin"),
        leg(72, "ANSWERED", "02:00", "02:09", "05:00", "Noé Petit", to="33199000210"),
    ]
    found = calls(tmp_path, *(reversed(legs) if turned else legs))
    expected = ("71", "33199000200", "Alice Martin", "ANSWERED", 20, 100 + 171, 300, True, False)
    assert told(found, *TOLD) == [expected]


def test_the_wait_ends_with_the_first_answer_of_any_leg(tmp_path: Path) -> None:
    legs = [leg(71, "QUEUE_TIMEOUT", "00:00", "", "00:40"), leg(72, "ANSWERED", "00:40", "00:55", "02:00", "Noé Petit")]
    expected = ("71", "33199000200", "Noé Petit", "ANSWERED", 55, 65, 120, True, False)
    assert told(calls(tmp_path, *legs), *TOLD) == [expected]


def test_a_caller_who_leaves_on_the_second_leg_has_waited_from_the_first(tmp_path: Path) -> None:
    legs = [leg(71, "QUEUE_TIMEOUT", "00:00", "", "00:40"), leg(72, "MISSED", "00:40", "", "01:30")]
    expected = ("71", "33199000200", None, "MISSED", 90, 0, 90, False, True)
    assert told(calls(tmp_path, *legs), *TOLD) == [expected]


def test_a_leg_that_was_delivered_twice_is_summed_once(tmp_path: Path) -> None:
    one = leg(71, "ANSWERED", "00:00", "00:10", "01:00", "Noé Petit")
    assert told(calls(tmp_path, one, one), "talk", "duration") == [(50, 60)]


def test_flags_as_python_writes_them(tmp_path: Path) -> None:
    flags = {"yes": "True", "no": "False"}
    legs = [
        leg(71, "ANSWERED", "00:00", "00:10", "01:00", "Noé Petit", call="41", **flags),
        leg(72, "MISSED", "05:00", "", "05:30", call="42", **flags),
    ]
    assert told(calls(tmp_path, *legs), "wait", "answered", "abandoned") == [(10, True, False), (30, False, True)]


def test_a_fax_wants_no_agent(tmp_path: Path) -> None:
    found = calls(tmp_path, leg(71, "FAX_RECEIVED", "00:00", "", "00:45"))
    assert told(found, "wait", "offered", "answered", "abandoned") == [(None, False, False, False)]

"""Avaya IP Office: rows of 34 columns, voicemail at the other end, call ids that begin again."""

from pathlib import Path

import pytest
from exported import Found, read_text, told

INBOUND = ("+33199000101", "I", "200", "", "0", "E101", "Alice Martin", "T9001", "Line 1.0")
DIALLED = ("101", "O", "0199000155", "0199000155", "0", "E101", "Alice Martin", "T9001", "Line 1.0")
DESK = ("101", "O", "102", "102", "1", "E101", "Alice Martin", "E102", "Noé Petit")
ROLLED = ("101", "O", "102", "102", "0", "E101", "Alice Martin", "V9511", "VM Channel 11")
TONE = ("101", "O", "56", "56", "0", "E101", "Alice Martin", "V8000", "U1 0.0")
MAILBOX = ("+33199000101", "I", "200", "", "0", "V9501", "VM Channel 1", "T9001", "Line 1.0")


def record(
    parties: tuple[str, ...], connected: str = "00:01:00", ring: int = 5, *, call: str = "1000001", more: int = 0,
    at: str = "09:00:00", cells: int = 34,
) -> str:  # fmt: skip
    """One record of the log, in rows of so many cells."""
    caller, direction, called, dialled, internal, *devices = parties
    row = [f"2026/10/01 {at}", connected, str(ring), caller, direction, called, dialled, "", internal, call, str(more)]
    row += devices
    if cells > 15:
        row += ["20", "0", *[""] * 13]
    if cells > 30:
        row += ["192.0.2.10", "20797", "192.0.2.10", "20799"]
    assert len(row) == cells
    return ",".join(row) + "\r\n"


def log(folder: Path, *records: str, **more: str) -> Found:
    return read_text(folder, "".join(records), reader="avaya_ip_office", zone="Europe/Paris", **more)


@pytest.mark.parametrize(("cells", "hold"), [(15, None), (30, 20), (34, 20)])
def test_rows_of_each_release(tmp_path: Path, cells: int, hold: int | None) -> None:
    found = log(tmp_path, record(INBOUND, cells=cells))
    assert found.rejects == []
    assert told(found, "id", "start", "talk", "hold", "answered") == [("1000001", 1790838000, 60, hold, True)]


@pytest.mark.parametrize(
    ("parties", "agent", "customer", "talk", "states"),
    [
        (INBOUND, "Alice Martin", "+33199000101", 60, {"offered", "answered"}),
        (DIALLED, "Alice Martin", "0199000155", 60, {"answered", "outbound"}),
        (DESK, "Alice Martin", None, 60, {"answered"}),
        (ROLLED, None, None, 0, {"voicemail"}),
        (MAILBOX, None, "+33199000101", 0, {"offered", "voicemail"}),
    ],
)
def test_who_is_at_both_ends(
    tmp_path: Path, parties: tuple[str, ...], agent: str | None, customer: str | None, talk: int, states: set[str]
) -> None:
    (one,) = log(tmp_path, record(parties)).records
    assert (one["agent"], one["customer"], one["talk"]) == (agent, customer, talk)
    assert {name for name, value in one.items() if value is True} == states


def test_a_number_that_does_not_exist_is_no_outbound_call(tmp_path: Path) -> None:
    (one,) = log(tmp_path, record(TONE, "00:00:00", 0)).records
    assert [name for name, value in one.items() if value is True] == []


@pytest.mark.parametrize("nothing", ["00:00:00", "0:00:00"])
def test_a_call_that_nobody_took(tmp_path: Path, nothing: str) -> None:
    found = log(tmp_path, record(INBOUND, nothing, 31))
    assert told(found, "agent", "wait", "talk", "answered", "abandoned") == [(None, 31, 0, False, True)]


def test_nobody_waits_any_more_once_somebody_has_answered(tmp_path: Path) -> None:
    """The second leg rang at the colleague's while the caller had already been answered."""
    found = log(tmp_path, record(INBOUND, ring=12, more=1), record(INBOUND, "00:02:00", 9))
    assert told(found, "wait", "talk", "hold") == [(12, 180, 40)]


def test_a_unit_that_was_restarted_counts_from_the_first_call_id_again(tmp_path: Path) -> None:
    found = log(tmp_path, record(INBOUND), record(DIALLED, "00:03:00", at="15:00:00"))
    assert told(found, "talk", "outbound") == [(60, False), (180, True)]


def test_a_header_that_somebody_has_added_is_skipped(tmp_path: Path) -> None:
    header = ",".join(["DATETIME", "DURATION", "RING", *[""] * 31]) + "\r\n"
    assert "CB303" in log(tmp_path, header, record(INBOUND)).rejects
    assert log(tmp_path, header, record(INBOUND), skip="1").rejects == []

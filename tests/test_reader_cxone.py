"""CXone: chains of legs that two files share, spreadsheets with fractions of a day, renamed columns."""

import csv
import io
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from export_oracle_a import cxone_cells
from exported import Found, read_file, read_sheet, read_text, told

from callbill.problems import Invalid

SAMPLES = Path(__file__).parent / "exports" / "cxone"
CONTACTS = {"reader": "cxone", "report": "contacts", "zone": "America/Phoenix"}
HEADER, *ROWS = (cxone_cells(line) for line in (SAMPLES / "contacts.csv").read_text("utf-8").splitlines())
NOBODY = {"Agent_No": "0", "Agent_Name": "N/A", "Agent_Time": "0", "Hold_Time": "0", "ACW_Time": "0"}
OPENING = int(datetime(2026, 10, 1, 7, tzinfo=UTC).timestamp())
"""Midnight of the samples' first day in Phoenix."""


def contacts(folder: Path, *rows: dict[str, str], **more: Any) -> Found:
    """Contacts like the first of the sample; a row says what is otherwise."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER)
    writer.writeheader()
    writer.writerows({**dict(zip(HEADER, ROWS[0], strict=True)), **row} for row in rows)
    return read_text(folder, text.getvalue(), **{**CONTACTS, **more})


def leg(contact: str, master: str, at: str, **more: str) -> dict[str, str]:
    return {"Contact_ID": contact, "Master_Contact_ID": master, "start_time": at, **more}


def test_a_chain_is_one_contact_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    chain = [leg("9", "9", "10:00:00"), leg("4", "9", "10:05:00"), leg("6", "4", "10:09:00", Disp_Name="Closed")]
    for rows in (chain, chain[::-1], [*chain, *chain]):
        found = contacts(tmp_path, *rows)
        assert told(found, "id", "talk", "hold", "outcome", "transferred") == [("9", 750, 180, "Closed", True)]


def test_legs_whose_first_leg_is_in_another_file_are_one_contact(tmp_path: Path) -> None:
    found = contacts(tmp_path, leg("4", "9", "10:05:00"), leg("6", "9", "10:09:00"), leg("7", "6", "10:12:00"))
    assert told(found, "id", "talk", "transferred") == [("4", 750, True)]


def test_the_queue_is_the_first_that_the_contact_entered(tmp_path: Path) -> None:
    menu = leg("9", "9", "10:00:00", Skill_No="0", Skill_Name="N/A", **NOBODY)
    found = contacts(tmp_path, menu, leg("4", "9", "10:05:00"))
    assert told(found, "queue", "agent", "answered") == [("Billing", "Éloïse Martin", True)]


def test_an_agent_without_time_has_not_answered(tmp_path: Path) -> None:
    found = contacts(tmp_path, leg("9", "9", "10:00:00", Agent_Time="0", Hold_Time="0"))
    assert told(found, "agent", "offered", "answered") == [("Éloïse Martin", True, False)]


def test_hold_beyond_the_time_of_the_agent_is_refused(tmp_path: Path) -> None:
    assert contacts(tmp_path, leg("9", "9", "10:00:00", Agent_Time="50")).rejects == ["CB311"]


def as_sheet(row: list[str], *, fraction: bool, date: bool) -> list[Any]:
    """A row as a spreadsheet holds it: numbers as numbers, the hour as a fraction of a day or a time."""
    cells: list[Any] = []
    for name, cell in zip(HEADER, row, strict=True):
        if name == "start_time":
            hour = time.fromisoformat(cell)
            seconds = hour.hour * 3600 + hour.minute * 60 + hour.second
            cells.append(seconds / 86_400 if fraction else hour)
        elif name == "Start_Date" and date:
            cells.append(datetime.strptime(cell, "%m/%d/%Y"))  # noqa: DTZ007 - a sheet has no zones
        else:
            cells.append(int(cell) if cell.isdecimal() else cell or None)
    return cells


@pytest.mark.parametrize("fraction", [True, False])
@pytest.mark.parametrize("date", [True, False])
def test_a_spreadsheet_gives_the_same_contacts(tmp_path: Path, fraction: bool, date: bool) -> None:
    rows = [list[Any](HEADER), *(as_sheet(row, fraction=fraction, date=date) for row in ROWS)]
    expected = read_file(SAMPLES / "contacts.csv", **CONTACTS)
    assert len(expected.records) == 9
    assert read_sheet(tmp_path, rows, **CONTACTS) == expected


def test_every_fraction_of_a_day_is_its_second(tmp_path: Path) -> None:
    """Midnight is saved as the whole number 0; a second is no fraction that binary digits hold."""
    seconds = [0, *range(1, 86_400, 173), 86_399]
    rows: list[list[Any]] = [list[Any](HEADER)]
    for second in seconds:
        cells = dict(zip(HEADER, as_sheet(ROWS[0], fraction=True, date=True), strict=True))
        cells |= {"Contact_ID": 10_000 + second, "Master_Contact_ID": 10_000 + second}
        rows.append([*{**cells, "start_time": second / 86_400 if second else 0}.values()])
    found = read_sheet(tmp_path, rows, **CONTACTS)
    assert found.rejects == []
    assert told(found, "start") == [(OPENING + second,) for second in seconds]


def test_a_day_as_a_plain_number_is_that_day(tmp_path: Path) -> None:
    """46296 is what a sheet holds for 1 October 2026 when its column is not formatted as a date."""
    cells = dict(zip(HEADER, as_sheet(ROWS[0], fraction=True, date=True), strict=True))
    found = read_sheet(tmp_path, [list[Any](HEADER), [*{**cells, "Start_Date": 46_296}.values()]], **CONTACTS)
    assert told(found, "start") == [(OPENING + 30,)]


def test_a_column_that_was_renamed_is_declared(tmp_path: Path) -> None:
    text = (SAMPLES / "contacts.csv").read_text("utf-8").replace("Total_Time_Plus_Disposition", "Total_Time")
    with pytest.raises(Invalid) as refused:
        read_text(tmp_path, text, **CONTACTS)
    assert {problem.code for problem in refused.value.problems} == {"CB301"}
    columns = {"duration": {"column": "Total_Time", "unit": "s"}}
    found = read_text(tmp_path, text, **CONTACTS, columns=columns)
    assert found == read_file(SAMPLES / "contacts.csv", **CONTACTS)


def test_talk_in_another_unit_is_longer_than_its_contact(tmp_path: Path) -> None:
    minutes = {"agent_time": {"column": "Agent_Time", "unit": "min"}}
    assert contacts(tmp_path, leg("9", "9", "10:00:00"), columns=minutes).rejects == ["CB327"]


@pytest.mark.parametrize("report", ["agent_state_log", "agent_by_day"])
def test_states_that_a_contract_names_are_counted_by_name(tmp_path: Path, report: str) -> None:
    word, seconds = {"agent_state_log": ("Break, short", 300), "agent_by_day": ("107", 1800)}[report]
    text = (SAMPLES / f"{report}.csv").read_text("utf-8")
    paused = {"pause": [word]}
    found = read_text(tmp_path, text, reader="cxone", report=report, zone="America/Phoenix", agent_states=paused)
    assert {record["duration"] for record in found.records} == {seconds}
    assert set(found.rejects) == {"CB307"}

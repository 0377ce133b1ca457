"""Aircall: three generations as text and as spreadsheets, two spellings of one time, columns that were renamed."""

import csv
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
from exported import read_file, read_sheet, read_text, told

from callbill.problems import Invalid

SAMPLES = Path(__file__).parent / "exports" / "aircall"
GENERATIONS = ["v3", "v2", "v1"]
NUMBERS = ("from", "to", "duration (total)", "duration (in call)")
CLOCKS = ("in-call duration", "waiting time", "time to answer", "time in ivr")


def rows(generation: str) -> list[list[str]]:
    return list(csv.reader((SAMPLES / f"calls-{generation}.csv").read_text("utf-8").splitlines(keepends=True)))


def as_sheet(name: str, cell: str) -> Any:
    """A cell as a spreadsheet holds it."""
    if not cell:
        return None
    if name.lower() == "datetime (utc)":
        return datetime.fromisoformat(cell)
    if name in CLOCKS:
        return time.fromisoformat(cell)
    return int(cell) if name in NUMBERS and cell.isdecimal() else cell


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_spreadsheet_gives_the_same_calls(tmp_path: Path, generation: str) -> None:
    header, *body = rows(generation)
    cells = [[as_sheet(name, cell) for name, cell in zip(header, row, strict=True)] for row in body]
    found = read_sheet(tmp_path, [list[Any](header), *cells], reader="aircall")
    assert found == read_file(SAMPLES / f"calls-{generation}.csv", reader="aircall")
    assert found.rejects == []


@pytest.mark.parametrize("generation", GENERATIONS)
def test_talk_is_read_in_the_same_unit_in_every_generation(tmp_path: Path, generation: str) -> None:
    text = (SAMPLES / f"calls-{generation}.csv").read_text("utf-8")
    minutes = {"talk": {"column": "duration (in call)", "unit": "min", "empty": "0"}}
    found = read_text(tmp_path, text, reader="aircall", columns=minutes)
    assert set(found.rejects) == {"CB327"}


def test_the_same_time_is_there_as_a_clock(tmp_path: Path) -> None:
    text = (SAMPLES / "calls-v3.csv").read_text("utf-8")
    clock = {"talk": {"column": "in-call duration", "unit": "h:mm:ss", "empty": "0"}}
    found = read_text(tmp_path, text, reader="aircall", columns=clock)
    assert found == read_file(SAMPLES / "calls-v3.csv", reader="aircall")


def test_equal_rows_are_one_call_only_where_calls_have_an_id(tmp_path: Path) -> None:
    calls = {}
    for generation in GENERATIONS:
        text = (SAMPLES / f"calls-{generation}.csv").read_text("utf-8")
        once, twice = (read_text(tmp_path, one, reader="aircall") for one in (text, text + text.partition("\n")[2]))
        calls[generation] = len(twice.records) - len(once.records)
        assert len(once.records) == len(rows(generation)) - 1 - {"v3": 1}.get(generation, 0)
    assert calls == {"v3": 0, "v2": len(rows("v2")) - 1, "v1": len(rows("v1")) - 1}


def test_the_wait_is_known_since_the_third_generation() -> None:
    for generation in GENERATIONS:
        found = read_file(SAMPLES / f"calls-{generation}.csv", reader="aircall")
        known = [wait is not None for (wait,) in told(found, "wait")]
        assert (any(known), all(known)) == ((generation == "v3"),) * 2


def test_a_zone_has_no_effect(tmp_path: Path) -> None:
    text = (SAMPLES / "calls-v3.csv").read_text("utf-8")
    with pytest.raises(Invalid) as refused:
        read_text(tmp_path, text, reader="aircall", zone="Europe/Paris")
    assert [problem.code for problem in refused.value.problems] == ["CB248"]


def test_a_column_that_was_renamed_is_declared(tmp_path: Path) -> None:
    text = (SAMPLES / "calls-v3.csv").read_text("utf-8").replace(",user,", ",agent,", 1)
    with pytest.raises(Invalid) as refused:
        read_text(tmp_path, text, reader="aircall")
    assert [(problem.code, "`user`" in problem.message) for problem in refused.value.problems] == [("CB301", True)]
    found = read_text(tmp_path, text, reader="aircall", columns={"agent": "agent"})
    assert found == read_file(SAMPLES / "calls-v3.csv", reader="aircall")

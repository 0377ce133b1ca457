"""Talkdesk: both generations of the calls report and what shows that their units were mixed up."""

from pathlib import Path

import pytest
from exported import read_text, told

from callbill.problems import Invalid

SAMPLES = Path(__file__).parent / "exports" / "talkdesk"
BEFORE, SINCE = "calls-before-2026-05-11.csv", "calls-from-2026-05-11.csv"


def sample(name: str, *changes: tuple[str, str]) -> str:
    text = (SAMPLES / name).read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def test_the_header_tells_the_unit(tmp_path: Path) -> None:
    before = read_text(tmp_path, sample(BEFORE), reader="talkdesk", report="calls")
    since = read_text(tmp_path, sample(SINCE), reader="talkdesk", report="calls")
    assert told(before, "talk", "hold", "lasted", "duration")[1] == (1067, 125, 1147, None)
    assert told(since, "talk", "hold", "lasted", "duration")[0] == (270, 18, 324, 324)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (BEFORE, (",0.012349537,", ",270,")),
        (SINCE, (",324,270,24,", ",324,270000,24,")),
    ],
)
def test_talk_in_another_unit_is_longer_than_its_call(tmp_path: Path, name: str, change: tuple[str, str]) -> None:
    found = read_text(tmp_path, sample(name, change), reader="talkdesk", report="calls")
    assert set(found.rejects) == {"CB327"}


@pytest.mark.parametrize("word", ["Yes", "TRUE", "true"])
def test_a_transfer_is_told_by_any_of_its_words(tmp_path: Path, word: str) -> None:
    text = sample(BEFORE, (",Escalade,Yes,", f",Escalade,{word},"))
    found = read_text(tmp_path, text, reader="talkdesk", report="calls")
    assert [record["id"][-4:] for record in found.records if record["transferred"]] == ["3af0"]


def test_a_column_that_was_renamed_is_declared(tmp_path: Path) -> None:
    text = sample(SINCE, ("hold_time", "holding_seconds"))
    with pytest.raises(Invalid) as refused:
        read_text(tmp_path, text, reader="talkdesk", report="calls")
    assert {problem.code for problem in refused.value.problems} == {"CB301"}
    declared = {"hold": {"column": "holding_seconds", "unit": "s"}}
    found = read_text(tmp_path, text, reader="talkdesk", report="calls", columns=declared)
    assert told(found, "hold")[0] == (18,)


def test_the_zone_of_contacts_is_asked_for_before_a_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        read_text(tmp_path, sample("contacts.csv"), reader="talkdesk", report="contacts")
    assert [(problem.code, problem.place.file) for problem in refused.value.problems] == [("CB226", "contract")]

"""Zendesk Talk: flags written by Python, a call that comes again because it changed."""

from pathlib import Path

import pytest
from exported import read_text, told

SAMPLE = Path(__file__).parent / "exports" / "zendesk_talk" / "calls.csv"


@pytest.mark.parametrize("flag", ["true", "True"])
def test_the_voicemail_flag_in_both_spellings(tmp_path: Path, flag: str) -> None:
    text = SAMPLE.read_text("utf-8").replace(",true,30,", f",{flag},30,")
    found = read_text(tmp_path, text, reader="zendesk_talk")
    assert [record["id"] for record in found.records if record["voicemail"]] == ["360004"]


def test_the_latest_state_of_a_call_counts_in_whichever_order_the_rows_come(tmp_path: Path) -> None:
    header, *rows = SAMPLE.read_text("utf-8").splitlines()
    for some in (rows[:3], rows[2::-1]):
        found = read_text(tmp_path, "\n".join([header, *some, ""]), reader="zendesk_talk")
        assert told(found, "id", "wrap") == [("360001", 42), ("360002", 0)]

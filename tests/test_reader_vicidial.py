"""Vicidial: agents of one name, alternate numbers, the ALTERNATE_1 layout, pages that were cut."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from exported import read_text, told

from callbill.problems import Invalid
from callbill.readers import vicidial

SAMPLES = Path(__file__).parent / "exports" / "vicidial"
TIMES: dict[str, Any] = {"reader": "vicidial", "report": "agent_time_detail", "zone": "Europe/London"}
CALLS: dict[str, Any] = {"reader": "vicidial", "report": "call_export", "zone": "Europe/London"}


def sample(name: str) -> str:
    return (SAMPLES / name).read_text("utf-8")


def test_two_agents_may_have_one_name(tmp_path: Path) -> None:
    found = read_text(tmp_path, sample("agent_time_detail.csv").replace("Luc Petit", "Zoë Kowalski"), **TIMES)
    mine = [record for record in found.records if record["agent"] == "Zoë Kowalski"]
    assert sorted((record["user"], record["agent_time"]) for record in mine) == [("4103", 122_400), ("4104", 3600)]


def test_a_report_without_its_first_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        read_text(tmp_path, sample("agent_time_detail.csv").split("\n", 3)[3], **TIMES)


def test_a_name_with_a_comma_is_a_reject_and_not_another_time(tmp_path: Path) -> None:
    found = read_text(tmp_path, sample("agent_time_detail.csv").replace("Luc Petit", "Petit, Luc"), **TIMES)
    assert (len(found.records), found.rejects) == (7, ["CB308"])


@pytest.mark.parametrize("dialled", ["MAIN", "ALT", "ADDR3", "X3", "NONE", ""])
def test_the_word_for_an_alternate_number_is_no_queue_time(tmp_path: Path, dialled: str) -> None:
    found = read_text(tmp_path, sample("call_export.txt").replace("\tMAIN\t", f"\t{dialled}\t"), **CALLS)
    assert found.rejects == []
    assert (found.records[0]["outcome"], found.records[0]["wait"], found.records[0]["offered"]) == ("SALE", None, False)


def test_the_layout_between_pipes_is_read_as_the_manual_declares_it(tmp_path: Path) -> None:
    declared = re.search(r"(?m)^    calls:\n(?:^      .*\n)+", vicidial.__doc__ or "")
    assert declared is not None
    source = yaml.load(declared[0], yaml.BaseLoader)["calls"]
    header = (
        "call_date|phone_number_dialed|status|campaign_id|vendor_lead_code|source_id|first_name|last_name|length_in_sec"
    )
    rows = [
        "202610010800|442079460001|SALE|HELIO|HV-1||Anaïs|Dupré|412",
        "202610010805|442079460002|NA|HELIO|HV-2||A|B|0",
    ]
    found = read_text(tmp_path, "\r\n".join([header, *rows, ""]), **source)
    assert told(found, "start", "customer", "duration", "answered") == [
        (1_790_838_000, "442079460001", 412, True),
        (1_790_838_300, "442079460002", 0, False),
    ]

"""Dialpad: callers who leave before the queue, legs whose call is in another file."""

from pathlib import Path

from exported import Found, read_text, told

HEADER = (
    "date_started,call_id,target_kind,category,direction,categories,external_number,internal_number,date_queued,"
    "date_first_rang,date_connected,date_ended,time_to_answer,talk_duration,voicemail,callback_type,"
    "entry_point_call_id,email,name"
)


def call(number: str, category: str = "incoming", **cells: str) -> str:
    """A row of the export; moments are `mm:ss` within the hour of seven."""
    moments = {
        name: f"2026-10-01 07:{cells[name]}" if cells.get(name) else ""
        for name in ("started", "queued", "connected", "ended")
    }
    entry = cells.get("entry", "")
    row = [
        *(
            moments["started"],
            number,
            "UserProfile" if entry else "CallCenter",
            category,
            "inbound",
            "",
            "+33199000101",
        ),
        *("+33199000200", moments["queued"], "", moments["connected"], moments["ended"], cells.get("answer", "")),
        *(cells.get("talk", ""), "false", "", entry, "", "Alice Martin" if entry else ""),
    ]
    return ",".join(row)


CALL = call("51", started="00:00", queued="00:05", connected="00:20", ended="05:20", answer="0.33", talk="5.0")
LEG = call("52", started="00:05", connected="00:20", ended="05:20", talk="5.0", entry="51")


def calls(folder: Path, *rows: str) -> Found:
    return read_text(folder, "\n".join([HEADER, *rows, ""]), reader="dialpad", zone="UTC")


def test_a_leg_gives_its_agent_and_repeats_the_talk(tmp_path: Path) -> None:
    for rows in ((CALL, LEG), (LEG, CALL)):
        found = calls(tmp_path, *rows)
        assert told(found, "id", "agent", "wait", "talk", "answered") == [("51", "Alice Martin", 20, 300, True)]


def test_a_leg_whose_call_is_in_another_file_is_not_billed_again(tmp_path: Path) -> None:
    """The call began before midnight of the last day, its leg after: each month's file has one of them."""
    (record,) = calls(tmp_path, LEG).records
    assert record["talk"] in (0, None)
    assert [name for name, value in record.items() if value is True] == []


def test_a_caller_who_leaves_before_the_queue_has_waited_since_the_start(tmp_path: Path) -> None:
    rows = [
        call("51", "abandoned", started="00:00", ended="00:04"),
        call("52", "abandoned", started="10:00", queued="10:05", ended="11:35"),
    ]
    assert told(calls(tmp_path, *rows), "wait", "abandoned") == [(4, True), (90, True)]

"""The plain reading of six platforms' sample exports gives the records that a person read off them.

The records beside each sample were written by hand: seconds with their fraction, instants in UTC, states 0 or 1, an
empty duration where the export gives none.
"""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from export_oracle_a import (
    EPOCH,
    READINGS,
    SECOND,
    Reading,
    Record,
    Unreadable,
    clock,
    cxone_cells,
    day_fraction,
    instant,
    micros,
)

PARIS = ZoneInfo("Europe/Paris")
EXPORTS = Path(__file__).resolve().parent / "exports"
READERS = sorted({reader for reader, _ in READINGS})
TEXTS = {"id", "direction", "queue", "agent", "customer", "outcome", "state"}
STATES = {"offered", "answered", "abandoned", "missed", "voicemail", "transferred"}


def by_hand(path: Path, reading: Reading) -> list[Record]:
    """The hand-written records of a sample."""
    texts = TEXTS - {"customer"} if reading.record == "agent_state" else TEXTS
    records: list[Record] = []
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines(), strict=True):
        record: Record = {}
        for name, cell in row.items():
            if name in texts:
                record[name] = cell
            elif name == "start":
                record[name] = (datetime.fromisoformat(cell) - EPOCH) // timedelta(microseconds=1)
            elif name in STATES:
                record[name] = {"0": False, "1": True}[cell]
            elif cell:
                exact = Fraction(cell) * SECOND
                assert exact.denominator == 1
                record[name] = int(exact)
        records.append(record)
    return records


def sample(key: tuple[str, str]) -> Path:
    return EXPORTS / key[0] / key[1]


@pytest.mark.parametrize("key", READINGS, ids="/".join)
def test_the_oracle_gives_the_records_written_by_hand(key: tuple[str, str]) -> None:
    path = sample(key)
    expected = by_hand(path.with_name(path.name + ".records.csv"), READINGS[key])
    assert READINGS[key].records(path.read_bytes()) == expected


@pytest.mark.parametrize("key", READINGS, ids="/".join)
def test_every_row_of_a_sample_is_accounted_for(key: tuple[str, str]) -> None:
    reading = READINGS[key]
    before, after = reading.lines
    lines = sample(key).read_text(encoding="utf-8").splitlines()
    rows = lines[before : len(lines) - after]
    records = reading.records(sample(key).read_bytes())
    assert len(rows) == reading.rows
    if "id" in records[0]:
        assert len(rows) - len(set(rows)) == reading.repeats
        assert len({record["id"] for record in records}) == len(records)
    else:
        assert (len(records), reading.repeats) == (len(rows), 0)


@pytest.mark.parametrize("reader", READERS)
def test_every_file_of_a_platform_has_a_reading(reader: str) -> None:
    files = {path.name for path in (EXPORTS / reader).iterdir() if not path.name.endswith(".records.csv")}
    assert files == {name for platform, name in READINGS if platform == reader}


@pytest.mark.parametrize("key", READINGS, ids="/".join)
def test_no_record_holds_anything_but_exact_values(key: tuple[str, str]) -> None:
    for record in READINGS[key].records(sample(key).read_bytes()):
        assert {type(value) for value in record.values()} <= {str, int, bool}
        assert {name for name, value in record.items() if isinstance(value, bool)} <= STATES


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        (("cxone", "contacts.csv"), b'3" one"', b'3" one'),
        (("genesys", "interactions.csv"), b"YES,,", b"NO,10/31/26 11:00 PM,"),
        (("genesys", "agent_status.csv"), b"AM,YES", b"AM,NO"),
        (("aircall", "calls-v3.csv"), b"00:08:06", b"00:08:07"),
        (("five9", "call_log.csv"), b"QUEUE WAIT TIME", b"WAIT TIME"),
        (("talkdesk", "calls-before-2026-05-11.csv"), b",0.000069444446,", b",6,1,"),
        (("talkdesk", "calls-before-2026-05-11.csv"), b"0.012349537", b"0.012345"),
        (("talkdesk", "contacts.csv"), b"2026-10-25 01:30:10,20", b"2026-10-25 02:30:10,20"),
        (("vicidial", "agent_time_detail.csv"), b"TOTALS,8", b"TOTALS,9"),
        (("vicidial", "agent_time_detail.csv"), b"Luc Petit", b"Petit, Luc"),
        (("vicidial", "call_export.txt"), b"\t412\t", b"\t-412\t"),
    ],
    ids=lambda value: "/".join(value) if isinstance(value, tuple) else value.decode(),
)
def test_what_cannot_be_read_is_refused(key: tuple[str, str], old: bytes, new: bytes) -> None:
    data = sample(key).read_bytes()
    assert old in data
    with pytest.raises(Unreadable):
        READINGS[key].records(data.replace(old, new, 1))


def test_the_translated_edition_holds_the_same_calls() -> None:
    english, translated = (sample(("vicidial", f"call_export{part}.txt")).read_bytes() for part in ("", "-translated"))
    head = translated.split(b"\r\n")[0].split(b"\t")
    assert [place for place, name in enumerate(head) if name == b"phone_number"] == [1, 11]
    assert english.split(b"\r\n")[1:] == translated.split(b"\r\n")[1:]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00:12.480", "12.48"),
        (" 50:38:24.085", "182304.085"),
        ("12:05", "725"),
        ("0:00", "0"),
        ("159:00:00", "572400"),
    ],
)
def test_clocks(text: str, seconds: str) -> None:
    assert clock(text) == Fraction(seconds) * SECOND


def test_nothing_is_no_duration_and_zero_is_one() -> None:
    assert (clock(""), clock(" "), micros(""), day_fraction("")) == (None, None, None, None)
    assert (clock("00:00:00"), micros("0"), day_fraction("0.0")) == (0, 0, 0)


def test_fractions_of_a_day_stand_for_whole_seconds() -> None:
    assert day_fraction("0.000069444446") == 6 * SECOND
    assert day_fraction("0.00005787037") == 5 * SECOND


def test_bare_quotes_stay_in_their_cell() -> None:
    assert cxone_cells('1,"the 5" one, not the 3" one",,"a, b",') == ["1", 'the 5" one, not the 3" one', "", "a, b", ""]


def test_the_repeated_hour_is_refused_and_the_hours_around_it_are_not() -> None:
    one, two, three = (datetime.fromisoformat(f"2026-10-25T{hour}") for hour in ("01:59:59", "02:30", "03:00"))
    assert instant(three, PARIS) - instant(one, PARIS) == 3601 * SECOND + 3600 * SECOND
    with pytest.raises(Unreadable):
        instant(two, PARIS)

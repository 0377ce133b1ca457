"""The second reading gives exactly the records that were worked out by hand, and the samples have their true shape."""

from __future__ import annotations

import ast
import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import export_oracle_b
import pytest
from export_oracle_b import READINGS, Record, seconds, utc

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
EXPORTS = HERE / "exports"
TEXTS = {"id", "direction", "queue", "agent", "customer", "outcome"}
DURATIONS = {"wait", "ring", "talk", "hold", "wrap", "ivr", "duration"}
STATES = {"offered", "answered", "abandoned", "outbound", "missed", "voicemail"}
SAMPLES = [pytest.param(*key, id="/".join(key)) for key in READINGS]


def sample(reader: str, name: str) -> bytes:
    return (EXPORTS / reader / name).read_bytes()


def lines(reader: str, name: str) -> list[str]:
    return sample(reader, name).decode("utf-8-sig").splitlines()


def by_hand(reader: str, name: str) -> Iterator[Record]:
    """An empty text is a text; an empty duration is one that the export cannot give."""
    written = (EXPORTS / reader / f"{name}.records.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(io.StringIO(written, newline=""), strict=True):
        record: Record = {}
        for column, cell in row.items():
            if column in TEXTS:
                record[column] = cell
            elif column == "start":
                record[column] = utc(cell)
            elif column in STATES:
                record[column] = {"0": False, "1": True}[cell]
            elif column not in DURATIONS:
                record[column] = int(cell)
            elif cell:
                record[column] = seconds(cell)
        yield record


def read(reader: str, name: str) -> list[Record]:
    reading = READINGS[reader, name]
    return reading.read(sample(reader, name), reading.settings)


@pytest.mark.parametrize(("reader", "name"), SAMPLES)
def test_oracle_gives_the_records_worked_out_by_hand(reader: str, name: str) -> None:
    assert list(by_hand(reader, name)) == read(reader, name)


@pytest.mark.parametrize(("reader", "name"), SAMPLES)
def test_every_value_has_its_type(reader: str, name: str) -> None:
    for record in read(reader, name):
        for column, value in record.items():
            wanted = str if column in TEXTS else bool if column in STATES else int
            assert type(value) is wanted, column


@pytest.mark.parametrize(("reader", "name"), SAMPLES)
def test_a_contact_has_no_more_than_one_fate(reader: str, name: str) -> None:
    for record in read(reader, name):
        assert not (record.get("answered") and record.get("abandoned")), record
        assert not (record.get("abandoned") and not record["offered"]), record
        assert not (record.get("outbound") and record["offered"]), record
        assert not (record.get("agent") and not record.get("answered", True)), record


@pytest.mark.parametrize(("reader", "name"), [key for key, one in READINGS.items() if "metrics" not in one.report])
def test_contacts_show_every_fate_and_a_customer_twice(reader: str, name: str) -> None:
    records = read(reader, name)
    fates = {(record["answered"], record["abandoned"]) for record in records}
    assert fates == {(True, False), (False, True), (False, False)}
    customers = Counter(record["customer"] for record in records if record.get("customer"))
    assert not customers or max(customers.values()) > 1


def test_every_sample_has_a_reading_and_its_records() -> None:
    readers = {reader for reader, _ in READINGS}
    present = {(path.parent.name, path.name) for reader in readers for path in (EXPORTS / reader).iterdir()}
    assert present == {(reader, name + end) for reader, name in READINGS for end in ("", ".records.csv")}


def test_the_oracle_stands_alone() -> None:
    tree = ast.parse((HERE / "export_oracle_b.py").read_text(encoding="utf-8"))
    found = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    found |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not [name for name in found if name.split(".")[0] in ("callbill", "tests")]
    assert export_oracle_b.__doc__


def test_every_sample_holds_8_to_20_records() -> None:
    for reader, name in READINGS:
        assert 8 <= len(read(reader, name)) <= 20, (reader, name)


def test_every_sample_repeats_a_row_exactly() -> None:
    for key in READINGS:
        assert max(Counter(line for line in lines(*key) if line).values()) == 2, key


def test_shapes_without_a_header() -> None:
    log = sample("threecx", "cdr_log.log")
    assert log.endswith(b"\r\n\r\nCopyright (c) 2026 T\xc3\xa9l\xc3\xa9com Exemple\r\n")
    *calls, _ = log.decode().split("\r\n")[:-1]
    assert {"": len(calls[1::2])} == Counter(calls[1::2])
    assert {27} == {len(row) for row in csv.reader(calls[::2])}
    assert {18} == {len(row) for row in csv.reader(lines("asterisk", "cdr.csv"))}
    assert {15} == {len(row) for row in csv.reader(lines("freeswitch", "cdr_csv.csv"))}
    assert {15} == {len(row) for row in csv.reader(lines("avaya_ip_office", "smdr.csv"))}
    assert {30} == {len(row) for row in csv.reader(lines("avaya_ip_office", "smdr_full.csv"))}
    assert {5, 6, 7, 8} >= {line.count("|") + 1 for line in lines("asterisk", "queue_log.log")}


def test_line_ends_and_marks() -> None:
    crlf = {("vocalcom", "calls.csv"), ("threecx", "cdr_log.log")}
    crlf |= {("avaya_ip_office", "smdr.csv"), ("avaya_ip_office", "smdr_full.csv")}
    assert crlf == {key for key in READINGS if b"\r" in sample(*key)}
    assert all(sample(*key).count(b"\n") == sample(*key).count(b"\r\n") for key in crlf)
    marked = {("amazon_connect", "queue_metrics.csv"), ("amazon_connect", "agent_metrics.csv")}
    assert marked == {key for key in READINGS if sample(*key).startswith(b"\xef\xbb\xbf")}


def test_amazon_delivers_twice() -> None:
    delivered = [json.loads(line) for line in lines("amazon_connect", "contact_records.jsonl")]
    updates = {(record["ContactId"], record["LastUpdateTimestamp"]) for record in delivered}
    assert sum(count > 1 for count in Counter(contact for contact, _ in updates).values()) == 2


@pytest.mark.parametrize("cell", ["2026-10-25 02:30:00", "2026-03-29 02:30:00"])
def test_a_repeated_or_missing_hour_is_not_guessed(cell: str) -> None:
    with pytest.raises(ValueError, match="repeated or missing"):
        export_oracle_b.local(cell, "%Y-%m-%d %H:%M:%S", "Europe/Paris")


@pytest.mark.parametrize(("cell", "expected"), [("0.03", 2), ("0.33", 20), ("3.283333", 197), ("0.75", 45), ("0", 0)])
def test_decimal_minutes_are_snapped_to_the_second(cell: str, expected: int) -> None:
    assert expected * export_oracle_b.MICRO == export_oracle_b.minutes_to_the_second(cell)

"""Every platform's reader against the plain reading of the same export, recognition, and what each manual page says."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import export_oracle_a
import export_oracle_b
import pytest
from small import contract_text

from callbill import api, readers
from callbill.api import Read
from callbill.describe import page
from callbill.files import Workshop
from callbill.readers._platform import Platform, declared_dates
from callbill.recognise import known, recognised
from callbill.sql import column

HOME = Path(__file__).parent / "exports"
MICRO = 1_000_000
PLATFORMS = tuple(name for name in readers.names() if issubclass(readers.named(name), Platform))
Record = dict[str, Any]


def plain_records(reader: str, file: str) -> tuple[str, str, list[Record]]:
    """The report, the zone that its contract declares, and the records of a sample, by the plain reading."""
    data = (HOME / reader / file).read_bytes()
    if (reader, file) in export_oracle_a.READINGS:
        one = export_oracle_a.READINGS[reader, file]
        return one.report, one.zone, list(one.records(data))
    other = export_oracle_b.READINGS[reader, file]
    return other.report, str(other.settings.get("zone", "UTC")), list(other.read(data, other.settings))


SAMPLES = sorted({*export_oracle_a.READINGS, *export_oracle_b.READINGS})
EVERY_SAMPLE = pytest.mark.parametrize(("reader", "file"), SAMPLES, ids=lambda part: part)


def settings(reader: str, report: str, zone: str) -> dict[str, Any]:
    """What a contract says of a source: the reader, and what its export does not say itself."""
    kind = readers.named(reader)
    said: dict[str, Any] = {"reader": reader}
    if "report" in kind.model_fields:
        said["report"] = report
    if any("zone" not in one.settings for one in kind.REPORTS[report]):
        said["zone"] = zone
    if any(declared_dates(one) for one in kind.REPORTS[report]):
        said["dates"] = "%m/%d/%y %I:%M %p"
    if report == "agent_time_detail":
        # its pause codes are the call centre's own: the contract names them
        said["columns"] = {name.lower(): {"column": name, "unit": "clock"} for name in ("LOGIN", "LUNCH", "BRK")}
    return said


@contextmanager
def reading(reader: str, file: str, source: Mapping[str, Any]) -> Iterator[Read]:
    contract = api.load_contract(
        contract_text("[{id: f, label: F, model: flat, amount: 1}]", activity={"calls": dict(source)})
    )
    with api.read_activity(contract, [HOME / reader / file], max_rejects="100%", threads=1) as read:
        yield read


def records_of(read: Read) -> list[Record]:
    """The records as callbill has them: every field, and whether each state holds."""
    source = read.sources["calls"]
    layout = source.layout
    fields = [*layout.instants, *layout.texts, *layout.durations, *layout.numbers]
    met = [" AND ".join(one.sql(column(one.field)) for one in tests) or "1 = 1" for tests in layout.states.values()]
    chosen = ", ".join([*(column(name) for name in fields), *met])
    rows = read.activity.engine.rows(f"SELECT {chosen} FROM {source.relation}")
    return [dict(zip((*fields, *layout.states), row, strict=True)) for row in rows]


def canonical(record: Record, names: list[str], numbers: tuple[str, ...]) -> tuple[Any, ...]:
    """A record as one comparable value: what is absent counts as nothing."""
    found = []
    for name in names:
        value = record.get(name)
        if name in numbers and value is not None and not isinstance(value, bool):
            value = int(value)
        found.append(value or 0 if not isinstance(value, str) else value)
    return tuple(str(one) if one else "" for one in found)


@EVERY_SAMPLE
def test_a_reader_agrees_with_the_plain_reading(reader: str, file: str) -> None:
    report, zone, expected = plain_records(reader, file)
    with reading(reader, file, settings(reader, report, zone)) as read:
        assert [one.problem.message for one in read.activity.rejects] == []
        layout = read.sources["calls"].layout
        found = records_of(read)
    names = sorted({name for record in expected for name in record})
    fields = {*layout.instants, *layout.fields, *layout.states}
    assert [name for name in names if name not in fields and any(record.get(name) for record in expected)] == []
    for record in expected:
        for name in layout.numbers:
            if isinstance(record.get(name), int):
                record[name] *= MICRO
    wanted = sorted(canonical(record, names, layout.numbers) for record in expected)
    assert sorted(canonical(record, names, layout.numbers) for record in found) == wanted


@EVERY_SAMPLE
def test_an_export_is_recognised(reader: str, file: str) -> None:
    report, _, _ = plain_records(reader, file)
    with Workshop() as workshop:
        form = recognised(workshop.export(str(HOME / reader / file)), workshop)
    assert (form.reader, form.report) == (reader, report)


def test_every_reader_has_a_sample_of_every_report() -> None:
    reports = {(name, report) for name in PLATFORMS for report in readers.named(name).REPORTS}
    reports -= {("asterisk", "queue_log_agents")}  # the same file as queue_log, see below
    assert reports <= {(reader, plain_records(reader, file)[0]) for reader, file in SAMPLES}


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_manual_page_says_what_is_taken_for_what(name: str) -> None:
    text = page(name)
    for heading in ("Grade ", "What it takes for what", "What it cannot know", "Example"):
        assert heading in text
    kind = readers.named(name)
    assert set(kind.GRADE) == set(kind.REPORTS)
    assert all(grade == "A" or f"rade {grade}" in text for grade in kind.GRADE.values())


@pytest.mark.parametrize("name", PLATFORMS)
def test_generations_differ_in_header_and_cells_only(name: str) -> None:
    for generations in readers.named(name).REPORTS.values():
        first = generations[0].settings
        for other in generations[1:]:
            for key in ("record", "delimiter", "encoding", "decimal", "legs", "states", "within", "id", "header"):
                assert other.settings.get(key) == first.get(key), (name, other.name, key)


def test_logged_in_time_from_a_queue_log() -> None:
    source = {"reader": "asterisk", "report": "queue_log_agents"}
    with reading("asterisk", "queue_log.log", source) as read:
        (record,) = records_of(read)
        funnel = read.sources["calls"]
        assert funnel.read - funnel.other == 1
    assert (record["agent"], record["logged_in"]) == ("SIP/101", 29_400 * MICRO)
    assert record["start"] == (1_790_866_800 - 29_400) * MICRO


def test_generations_share_what_is_derived() -> None:
    """Spans, sums and conditions are taken from the current generation: another's own would be lost in silence."""
    shared = ("spans", "sums", "less", "latest_by", "only", "identity", "within", "agent_states", "nulls")
    layouts: dict[tuple[str, str], list[Any]] = {}
    for one in known():
        layouts.setdefault((one.reader, one.report), []).append(one.layout)
    for report, (first, *others) in layouts.items():
        for other in others:
            for name in shared:
                assert getattr(other, name) == getattr(first, name), (*report, other.name, name)

"""Large exports are staged in part and in any order: no invoice and no message may tell the difference."""

import shlex
from pathlib import Path

import pytest
from small import contract_text
from typer.testing import CliRunner

from callbill import activity, api
from callbill.cli import app
from callbill.engine import Engine

HOME = Path(__file__).parent / "scenarios"
COMMANDS = {folder: (folder / "command").read_text("utf-8") for folder in sorted(HOME.iterdir()) if folder.is_dir()}
BILLING = ("invoice", "explain", "compare", "propose")
BILLED = [folder for folder, command in COMMANDS.items() if command.startswith(BILLING)]


@pytest.mark.parametrize("folder", BILLED, ids=lambda folder: folder.name)
def test_a_large_export_gives_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "LARGE", -1)
    monkeypatch.setattr(activity, "SMALL", -1)
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(app, shlex.split(COMMANDS[folder]), catch_exceptions=False)
    expected = {name: Path(name).read_bytes().decode() for name in ("stdout", "stderr")}
    assert {"stdout": done.stdout, "stderr": done.stderr} == expected


def test_only_what_is_counted_is_staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = tmp_path / "calls.csv"
    export.write_text("id,start,talk,queue\nA,2026-10-05T09:00:00Z,60,x\nA,2026-10-05T09:00:00Z,60,x\n")
    contract = api.load_contract(
        contract_text("[{id: a, label: A, model: time, measure: calls.talk, unit: second, price: 1}]")
    )
    monkeypatch.setattr(activity, "LARGE", -1)
    with api.read_activity(contract, [export]) as read:
        source = read.sources["calls"]
        assert source.kept == {"start", "talk"}
        assert source.duplicates == 1
        assert api.bill(contract, read).net == 60
    with api.read_activity(contract, [export], records=True) as read:
        assert read.sources["calls"].kept is None


def test_repeats_that_differ_in_what_is_not_staged_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = tmp_path / "calls.csv"
    export.write_text("id,start,talk,queue\nA,2026-10-05T09:00:00Z,60,x\nA,2026-10-05T09:00:00Z,60,y\n")
    contract = api.load_contract(
        contract_text("[{id: a, label: A, model: time, measure: calls.talk, unit: second, price: 1}]")
    )
    monkeypatch.setattr(activity, "LARGE", -1)
    with pytest.raises(api.Invalid, match="CB314"):
        api.read_activity(contract, [export])


@pytest.mark.parametrize("records", [True, False])
def test_a_column_that_a_charge_counts_is_missed_whatever_is_kept(tmp_path: Path, records: bool) -> None:
    export = tmp_path / "metrics.csv"
    export.write_text("Queue,StartInterval,Contacts handled\nSupport,2026-10-05T09:00:00Z,12\n")
    source = {"reader": "amazon_connect", "report": "queue_metrics"}
    charges = "[{id: a, label: A, model: act, count: calls.contacts_abandoned, price: 1}]"
    contract = api.load_contract(contract_text(charges, activity={"calls": source}))
    with pytest.raises(api.Invalid, match="CB301"):
        api.read_activity(contract, [export], records=records)


@pytest.mark.parametrize(("machine", "held"), [
    ("18.8 GiB", "2.0 GiB"), ("3.0 GiB", "1.5 GiB"), ("900.0 MiB", "920.0 MiB"), ("512 bytes", "920.0 MiB"),
    ("1.5 TiB", "2.0 GiB"), ("16383.9 PiB", "2.0 GiB"),
])  # fmt: skip
def test_records_that_are_looked_at_again_take_up_to_half_of_what_there_is(
    machine: str, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Engine() as engine:
        limit = "SELECT current_setting('memory_limit')"
        assert engine.rows(limit) == [("920.0 MiB",)]
        with monkeypatch.context() as patch:
            patch.setattr(Engine, "rows", lambda *_: [(machine,)])
            engine.hold_more()
        assert engine.rows(limit) == [(held,)]


def test_a_signal_during_a_query_is_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped:
        def __init__(self, message: str) -> None:
            self.message = message

        def execute(self, *_: object) -> None:
            raise RuntimeError(self.message)

        def close(self) -> None: ...

    with Engine() as engine:
        for message, expected in (("Query interrupted", KeyboardInterrupt), ("something else", RuntimeError)):
            with monkeypatch.context() as patch:
                patch.setattr(engine, "_database", Stopped(message))
                with pytest.raises(expected):
                    engine.run("SELECT 1")


def test_a_contract_may_take_a_platforms_limit_away() -> None:
    charges = "[{id: f, label: F, model: flat, amount: 1}]"
    source = {"reader": "aircall", "within": {}}
    contract = api.load_contract(contract_text(charges, activity={"calls": source}))
    assert contract.layouts["calls"].within == ()

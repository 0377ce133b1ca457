"""`callbill kpis`: the same values on a terminal and to programs, every formula, every way of telling them apart."""

import csv
import io
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from small import TOP, WAITED
from typer.testing import CliRunner, Result

from callbill.cli import app
from callbill.source import emit

SAMPLES = Path(__file__).parent.parent / "sample_contracts"
ACTIVITY = [str(SAMPLES / "activity" / name) for name in ("contacts-2026-10.csv", "agent-states-2026-10.csv")]
ELSEWHERE = ["--kpis", str(SAMPLES / "kpis-2026-10.csv")]
SAMPLE = [str(SAMPLES / "bonus_malus.yaml"), *ACTIVITY, *ELSEWHERE, "--period", "2026-10"]

MAYBE = {name: {"column": name, "optional": "true"} for name in ("queue", "agent")}
CONTRACT = emit({
    **TOP, "activity": {"calls": {**WAITED, "columns": {**WAITED["columns"], **MAYBE}}},
    "charges": [{"id": "fee", "label": "Fee", "model": "flat", "amount": "100"}],
})  # fmt: skip
LEVEL = """\
kpis:
  speed: {kpi: service_level, within: 20 s, formula: of_answered}
"""
ROWS = (
    "id,start,queue,agent,state,wait\n"
    "1,2026-10-05T09:00:00+02:00,support,A1,answered,5\n"
    "2,2026-10-05T21:00:00+02:00,support,A2,answered,25\n"
    "3,2026-10-06T09:00:00+02:00,sales,A1,answered,20\n"
    "4,2026-10-12T09:00:00+02:00,,,abandoned,30\n"
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["kpis", *arguments], catch_exceptions=False)


def written(folder: Path, kpis: str = LEVEL, rows: str = ROWS) -> list[str]:
    (folder / "contract.yaml").write_text(CONTRACT + kpis, "utf-8")
    (folder / "calls.csv").write_text(rows, "utf-8")
    return [str(folder / "contract.yaml"), str(folder / "calls.csv")]


def records(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(*arguments, "-f", "json").stdout)["kpis"]
    return found


def test_csv_and_json_hold_the_same_values() -> None:
    rows = list(csv.DictReader(io.StringIO(run(*SAMPLE, "-f", "csv").stdout)))
    found = records(*SAMPLE)
    assert [list(row) for row in rows] == [list(record) for record in found]
    for row, record in zip(rows, found, strict=True):
        for name, value in record.items():
            if isinstance(value, (str, type(None))):
                assert row[name].lstrip("'") == (value or "")


def test_every_value_is_its_numerator_over_its_denominator() -> None:
    scale = {"percent": 100, "seconds": 1, "per_hour": 3600, "money": 1, "number": 1}
    for record in records(*SAMPLE):
        assert record["denominator"] is not None
        exact = scale[record["unit"]] * Fraction(record["numerator"]) / Fraction(record["denominator"])
        assert abs(exact - Fraction(record["value"])) <= Fraction(1, 2_000_000), record
        if record["low"] is not None:
            assert Decimal(record["low"]) <= Decimal(record["value"]) <= Decimal(record["high"])


def test_one_formula_of_each_kpi_of_the_contract_is_marked() -> None:
    marked = [record["kpi"] for record in records(*SAMPLE) if record["contract_formula"]]
    declared = "service_level resolution repeats handling_time occupancy quality satisfaction"
    assert marked == declared.split()


@pytest.mark.parametrize("format_", ["table", "markdown"])
def test_people_see_a_bar_and_the_mark_of_the_contract(format_: str) -> None:
    shown = run(*SAMPLE, "-f", format_).stdout
    assert "████████▎" in shown
    assert "4,707 / 5,672" in shown
    assert ("▸ short abandons" if format_ == "table" else "**short abandons are left out**") in shown


@pytest.mark.parametrize(("by", "groups"), [
    ("day", ["2026-10-05", "2026-10-06"]),
    ("week", ["2026-W41"]),
    ("queue", ["sales", "support"]),
    ("agent", ["A1", "A2"]),
])  # fmt: skip
def test_values_are_told_apart_and_add_up(by: str, groups: list[str], tmp_path: Path) -> None:
    given = written(tmp_path)
    level = [one for one in records(*given, "--by", by) if one["kpi"] == "speed" and one["value"] is not None]
    assert [one["group"] for one in level] == groups
    whole = next(one for one in records(*given) if one["contract_formula"])
    for side in ("numerator", "denominator"):
        assert sum(int(one[side]) for one in level) == int(whole[side])


def test_bands_are_told_apart_by_their_names(tmp_path: Path) -> None:
    bands = 'calendar:\n  bands: [{name: evening, from: "20:00", to: "08:00"}, {name: day}]\n'
    level = [one for one in records(*written(tmp_path, LEVEL + bands), "--by", "band") if one["kpi"] == "speed"]
    assert [(one["group"], one["numerator"], one["denominator"]) for one in level] == [
        ("day", "2", "2"),
        ("evening", "0", "1"),
    ]


def test_records_without_the_column_have_a_group_of_their_own(tmp_path: Path) -> None:
    offered = [one for one in records(*written(tmp_path), "--by", "queue") if one["kpi"] == "answer_rate"]
    assert [(one["group"], one["numerator"], one["denominator"]) for one in offered] == [
        ("sales", "1", "1"),
        ("support", "2", "2"),
        ("–", "0", "1"),
    ]


@pytest.mark.parametrize(("by", "message", "help_"), [
    ("agnet", "nothing can be told apart by `agnet`", "did you mean `agent`?"),
    ("band", "the contract has no bands to tell apart", "write them under `calendar: bands`"),
    ("hour", "nothing can be told apart by `hour`", "`day`, `week`, `band`"),
])  # fmt: skip
def test_a_word_that_tells_nothing_apart_is_refused(by: str, message: str, help_: str, tmp_path: Path) -> None:
    done = run(*written(tmp_path), "--by", by)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert f"error[CB405]: {message}" in done.stderr
    assert help_ in done.stderr


def test_every_month_of_the_files_is_shown_when_none_is_asked_for(tmp_path: Path) -> None:
    more = "5,2026-11-02T09:00:00+01:00,support,A1,answered,60\n"
    given = written(tmp_path, rows=ROWS + more)
    level = [one for one in records(*given) if one["contract_formula"]]
    assert [(one["window"], one["numerator"], one["denominator"]) for one in level] == [
        ("2026-10", "2", "3"),
        ("2026-11", "0", "1"),
    ]
    assert "2026-11 · in time" in " ".join(run(*given).stdout.split())


def test_files_without_a_record_have_no_month(tmp_path: Path) -> None:
    done = run(*written(tmp_path, rows=ROWS.splitlines()[0] + "\n"))
    assert done.exit_code == 1
    assert "error[CB256]: there is no record to tell the period from" in done.stderr


def test_a_kpi_that_was_measured_elsewhere_and_not_given_says_so() -> None:
    done = run(*SAMPLE[:3], "--period", "2026-10")
    assert done.exit_code == 0
    assert "quality" in done.stdout
    assert "no KPI file has `quality` for 2026-10" in " ".join(done.stdout.split())


def test_a_contract_whose_sources_have_no_counts_says_so(tmp_path: Path) -> None:
    bare = CONTRACT[: CONTRACT.index("      state: state")] + "charges:\n" + CONTRACT.partition("charges:\n")[2]
    (tmp_path / "bare.yaml").write_text(bare, "utf-8")
    (tmp_path / "calls.csv").write_text("id,start\n1,2026-10-05T09:00:00+02:00\n", "utf-8")
    given = [str(tmp_path / "bare.yaml"), str(tmp_path / "calls.csv")]
    assert run(*given).stdout.endswith("\n\nNo source of the contract has the counts of a KPI.\n")
    assert run(*given, "-f", "markdown").stdout.endswith("\n\nNo source of the contract has the counts of a KPI.\n")
    assert records(*given) == []


def test_the_contract_s_language_is_the_report_s(tmp_path: Path) -> None:
    given = written(tmp_path)
    path = Path(given[0])
    path.write_text(path.read_text("utf-8").replace("language: en", "language: fr"), "utf-8")
    shown = run(*given).stdout
    assert shown.startswith("Indicateurs de T-1\n")
    assert "Qualité de service (speed)" in shown
    assert "66,67\u00a0%" in shown.replace("\u202f", "\u00a0")


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    given = written(tmp_path)
    target = tmp_path / "kpis.csv"
    assert run(*given, "-o", str(target), "-f", "csv").stdout == ""
    assert target.read_text("utf-8") == run(*given, "-f", "csv").stdout


@pytest.mark.parametrize("width", [80, 200])
def test_no_row_is_wider_than_the_terminal(width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert max(len(line) for line in run(*SAMPLE).stdout.splitlines()) <= width
    assert "\x1b[" not in run(*SAMPLE).stdout
    assert "\x1b[" in run(*SAMPLE, "--color", "always").stdout

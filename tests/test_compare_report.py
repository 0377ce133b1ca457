"""What `callbill compare` and the report of `callbill propose` say: in one language, in one document, of real moves."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from billed_history import billed
from side_by_side import agreed, compared, contacts

from callbill import compare_report, proposal_report, propose, writers
from callbill.api import load_contract
from callbill.report import Report
from callbill.source import emit

TIERS = (
    "[{id: a, label: A, model: act, count: calls.answered, tiers: {mode: %s, steps: [{up_to: 105, price: %s},"
    " {price: 2}]}}]"
)
ACT = "[{id: a, label: A, model: act, count: calls.answered, price: 2.50}]"
KPIS = {"waiting": {"kpi": "service_level", "within": "20 s", "formula": "of_all", "decimals": "1"}}
MONTHS = ["2026-02"]


def clause(*limits: str) -> list[dict[str, Any]]:
    steps = [{"below": one, "amount": f"-{len(limits) - n} %"} for n, one in enumerate(limits)]
    return [
        {
            "id": "speed", "label": "Speed", "kpi": "waiting", "basis": ["a"], "cap": {"malus": "5 %"},
            "scale": [*steps, {"amount": "0 %"}],
        }
    ]  # fmt: skip


def told(folder: Path, *contracts: Any, months: list[str] = MONTHS, number: int = 140, **more: Any) -> Report:
    text = contacts(dict.fromkeys(months, number))
    with compared(folder, *contracts, periods=months, calls=text, **more) as found:
        return compare_report.report(found, compare_report.Wanted(draws=100))


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (("30", "50", "80"), "un palier du barème est dans la marge d’erreur de `waiting`."),
        (("49", "51"), "la marge d’erreur de `waiting` est plus large que son barème."),
    ],
)
def test_a_clause_that_pays_for_chance_is_told_in_the_language_of_the_report(
    limits: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    french = agreed(ACT, language="fr", kpis=KPIS, bonus_malus=clause(*limits))
    (note,) = [one for one in told(tmp_path, french).notes if "hasard sur" in one]
    assert note == f"a paie le hasard sur 1 mois\u00a0: {words}"


def test_a_clause_of_a_phase_is_found_for_its_kpi(tmp_path: Path) -> None:
    acts = {"id": "a", "label": "A", "model": "act", "count": "calls.answered", "price": "2"}
    phase = {"name": "Cruise", "charges": [acts]}
    top = {key: one for key, one in agreed(ACT).source.value.items() if key != "charges"}
    whole = {**top, "kpis": KPIS, "phases": [{**phase, "bonus_malus": clause("49", "51")}]}
    contract = load_contract(emit(whole).encode())
    assert "the margin of error of `waiting`" in " ".join(told(tmp_path, contract).notes)


@pytest.mark.parametrize(("price", "falls"), [("3", True), ("2.0191", False)])
def test_a_bill_that_falls_by_rounding_alone_is_no_warning(price: str, falls: bool, tmp_path: Path) -> None:
    """105 calls cost 315.00, or 212.01 (212.0055), and 106 cost 212.00: a cent on one line is what rounding makes."""
    notes = told(tmp_path, agreed(TIERS % ("volume", price)), number=140).notes
    assert [one for one in notes if "falls from" in one] == (
        ["a falls from 315.00 to 212.00 when contacts rise from 105 to 106 a month."] if falls else []
    )


def test_one_month_is_said_to_drift_from_nothing(tmp_path: Path) -> None:
    assert any(one.endswith("Here: 1 month seen.") for one in told(tmp_path, agreed(ACT)).notes)
    several = told(tmp_path, agreed(ACT), months=["2026-02", "2026-03"]).notes
    assert any("2 months seen; handling time between" in one for one in several)


def test_steps_of_a_kpi_are_told_apart_where_numbers_have_a_comma(tmp_path: Path) -> None:
    kpis = {"pace": {"kpi": "handling_time", "formula": "talk_hold_wrap", "decimals": "0"}}
    scale = [{"below": "100", "amount": "0 %"}, {"amount": "-1 %"}]
    malus = [{"id": "m", "label": "M", "kpi": "pace", "basis": ["a"], "scale": scale}]
    made = told(tmp_path, agreed(ACT, language="fr", kpis=kpis, bonus_malus=malus))
    (row,) = [row for table in made.tables if table.name == "kpis" for row in table.rows if not row.heading]
    first, *others = row.cells[0].removeprefix("pace\u00a0: ").removesuffix(" s").split("\u00a0; ")
    assert [first[0], *(one[0] for one in others)] == ["-", "-", "+", "+"]


def test_a_proposal_and_its_comparison_are_one_document(tmp_path: Path) -> None:
    with billed(tmp_path) as read:
        proposal = propose.propose(read.contract, read)
        beside = compare_report.report(proposal.comparison, compare_report.Wanted(draws=100))
        made = proposal_report.with_comparison(proposal_report.report(proposal), beside)
    data = json.loads(writers.named("json").report(made))
    assert data["report"] == "proposal"
    assert [one["period"] for one in data["months"]] == [one.period.name for one in proposal.months]
    assert {one["contract"] for one in data["compare_months"]} == {"LARK-7", "LARK-7-ACT"}
    assert data["baseline"] == "LARK-7"
    page = writers.named("html").report(made)
    assert page.count("<html") == page.count("</html>") == 1
    assert page.count("<svg role") == len(beside.charts)
    titles = [table.title for table in made.tables]
    assert len(titles) == len(set(titles))


def test_prices_of_a_break_even_are_plain_in_rows(tmp_path: Path) -> None:
    made = told(tmp_path, agreed(TIERS % ("graduated", "3")), agreed(ACT))
    rows = list(csv.DictReader(writers.named("csv").report(made).splitlines()))
    (even,) = [row for row in rows if row["table"] == "break_even"]
    assert even["prices"] == "a=3.00"

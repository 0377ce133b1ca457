"""A proposal runs, passes `check`, and gives the months it was learnt from the same bill, to its stated rounding."""

import csv
import json
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from billed_history import AGENTS, CALLS, HOURS, STEADY, Billed, agents_csv, billed, calls_csv, contract_of, proposed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import callbill
from callbill import calibrating, drafts, proposal_report, proposal_text, propose, writers
from callbill.api import load_contract
from callbill.cli import app
from callbill.contract import Contract
from callbill.money import rounded
from callbill.problems import Invalid
from callbill.regrets import regrets, regrets_of
from callbill.source import parse
from callbill.staffing import Lever

YEAR = tuple(Billed(100 + 9 * (n % 4), 8_200 + 741 * (n % 4) + 13 * n) for n in range(12))
SLOPED = tuple(Billed(size, 3_000 + 30 * size + n % 2) for n, size in enumerate((100, 120, 140, 160, 180, 200, 150)))
"""3,000 minutes whatever comes, and half an hour for each contact."""
ANSWERED = {"id": "calls", "label": "Calls", "model": "act", "count": "calls.answered", "price": "9"}


def again(proposal: propose.Proposal, folder: Path, months: tuple[Billed, ...] = STEADY) -> list[callbill.Invoice]:
    """The text of a proposal, loaded and billed month by month as anybody would."""
    contract = load_contract(proposal.contract_text.encode())
    files = {"calls": calls_csv(months), "agents": agents_csv(months)}
    paths = {}
    for name in contract.layouts:
        paths[name] = folder / f"{name}.csv"
        paths[name].write_text(files[name], "utf-8")
    kpis = [folder / "kpis.csv"] if (folder / "kpis.csv").exists() else []
    with callbill.read_activity(contract, paths, threads=1, kpis=kpis) as read:
        return [callbill.bill(contract, read, month.period) for month in proposal.months]


def charged(invoices: list[callbill.Invoice], name: str) -> Decimal:
    return sum((line.amount for one in invoices for line in one.lines if line.charge == name), Decimal(0))


def settled(proposal: propose.Proposal, folder: Path, months: tuple[Billed, ...] = STEADY) -> None:
    """The promise: the text re-run gives what is stated, within what is stated; no adjustment, no warning."""
    invoices = again(proposal, folder, months)
    assert charged(invoices, proposal.plan.charge["id"]) == proposal.proposed
    assert abs(Fraction(proposal.proposed) - Fraction(proposal.total)) <= proposal.plan.bound
    contract = load_contract(proposal.contract_text.encode())
    assert regrets(contract) == []
    assert [problem for one in invoices for problem in regrets_of(contract, one)] == []
    assert all(one.proposed_adjusted == 0 for one in proposal.months)
    assert all(len(line) <= 130 for line in proposal.contract_text.splitlines() if line.lstrip().startswith("#"))


def findings(proposal: propose.Proposal) -> dict[str, str]:
    return {one.name: one.state for one in proposal.readiness}


def refused(folder: Path, contract: Contract, model: Any = "act", **more: Any) -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        proposed(folder, contract=contract, model=model, **more)
    (problem,) = caught.value.problems
    assert problem.help
    return problem.code, problem.message


# ------------------------------------------------------------------------------------------------ the same bill


@pytest.mark.parametrize("months", [STEADY[:1], STEADY, YEAR], ids=["one month", "three months", "a year"])
def test_hours_become_acts_at_the_same_bill(months: tuple[Billed, ...], tmp_path: Path) -> None:
    proposal = proposed(tmp_path, months)
    settled(proposal, tmp_path, months)
    volume = sum(month.answered for month in months)
    assert proposal.plan.price.value == Fraction(proposal.total) / volume
    assert proposal.contract.source.value["charges"][0]["price"] == str(rounded(proposal.plan.price.value, 6)).rstrip(
        "0"
    )
    assert proposal.plan.bound == Fraction(volume, 2_000_000) + Fraction(len(months), 200)


def test_the_bill_that_is_kept_is_the_one_that_was_sent(tmp_path: Path) -> None:
    """9,011 + 9,407 + 8,803 minutes at 26.35 an hour, each month rounded: 3,957.33 + 4,131.24 + 3,865.99."""
    proposal = proposed(tmp_path)
    assert [str(month.billed) for month in proposal.months] == ["3957.33", "4131.24", "3865.99"]
    assert proposal.total == Decimal("11954.56")
    assert proposal.plan.price.value == Fraction(1195456, 33200)
    assert "€11,954.56" in proposal.contract_text


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(60, 9_000)), min_size=1, max_size=4))
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_the_months_were_the_sum_is_off_by_rounding_alone(months: list[tuple[int, int]]) -> None:
    given_ = tuple(Billed(answered, minutes) for answered, minutes in months)
    with TemporaryDirectory() as folder:
        proposal = proposed(Path(folder), given_)
        settled(proposal, Path(folder), given_)
    volume = sum(answered for answered, _ in months)
    apart = abs(Fraction(proposal.proposed) - Fraction(proposal.total))
    assert apart <= Fraction(volume, 2_000_000) + Fraction(len(months), 200)


@pytest.mark.parametrize("model", drafts.MODELS)
def test_every_model_gives_the_same_bill(model: str, tmp_path: Path) -> None:
    proposal = proposed(tmp_path, model=model)
    settled(proposal, tmp_path)
    assert proposal.contract.agreement.charges[0].model == model
    assert proposal.contract.name == f"LARK-7-{model.upper()}"


def test_a_flat_fee_is_the_mean_bill_and_tolerates_every_month_that_was_seen(tmp_path: Path) -> None:
    months = (Billed(60, 6_000), Billed(100, 9_000), Billed(140, 9_301))
    proposal = proposed(tmp_path, months, model="flat")
    settled(proposal, tmp_path, months)
    charge = proposal.contract.source.value["charges"][0]
    assert (charge["included"], charge["tolerance"]) == ("100", "40 %")
    assert charge["amount"] == str(rounded(Fraction(proposal.total) / 3, 2))
    assert charge["excess"]["charge"] == "beyond"


def test_seats_are_the_agents_of_each_month(tmp_path: Path) -> None:
    months = (Billed(60, 6_000, agents=2), Billed(100, 9_000, agents=3))
    proposal = proposed(tmp_path, months, model="subscription")
    settled(proposal, tmp_path, months)
    assert list(proposal.plan.quantities) == [2, 3]
    assert proposal.plan.price.value == Fraction(proposal.total) / 5


def test_hours_are_those_of_work_and_waiting_where_nothing_was_billed_by_time(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, contract=contract_of(charges=[ANSWERED]), model="time")
    settled(proposal, tmp_path)
    assert proposal.plan.draft.counted == "agents.online + agents.available"
    for hours, month in zip(proposal.plan.quantities, STEADY, strict=True):
        assert rounded(hours * 60, 1) == month.minutes


def test_a_proposal_that_is_off_by_more_than_rounding_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """A price of a cent too much for each act: 332 acts are 3.32, and rounding explains 0.02."""
    plan = calibrating.acts

    def dearer(*given: Any) -> calibrating.Plan:
        made = plan(*given)
        return replace(made, charge={**made.charge, "price": str(made.written + Decimal("0.01"))})

    monkeypatch.setattr(calibrating, "acts", dearer)
    with pytest.raises(RuntimeError, match=r"the proposal gives 11957\.8[0-9] instead of 11954\.56"):
        proposed(tmp_path)


# ------------------------------------------------------------------------------------------------ how sure it is


def test_an_interval_and_the_month_that_moves_it_stand_in_the_file(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, (Billed(100, 9_000), Billed(100, 9_000), Billed(100, 12_000)))
    assert proposal.plan.price.heaviest == 2
    assert "95 % confidence interval over the months: " in proposal.contract_text
    assert "2026-03 moves it most: without that month it would be 39.525" in proposal.contract_text


def test_one_month_says_that_there_is_no_interval(tmp_path: Path) -> None:
    assert "One month has no confidence interval" in proposed(tmp_path, STEADY[:1]).contract_text


def test_a_slope_of_the_cost_with_volume_becomes_tiers_at_the_same_bill(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, SLOPED)
    settled(proposal, tmp_path, SLOPED)
    tiers = proposal.plan.tiers
    assert tiers is not None
    assert (tiers.up_to, proposal.plan.no_tiers) == (150, None)
    assert Fraction(tiers.beyond) == rounded(Fraction(tiers.beyond), 2)
    assert tiers.first > tiers.beyond
    assert "tiers" in proposal.contract.source.value["charges"][0]
    assert "Two tiers" in proposal.contract_text


@pytest.mark.parametrize(
    ("months", "why"),
    [
        (STEADY, "No tiers: 3 of the 6 months"),
        (YEAR, "No tiers: 1,000 acts more"),
        (6 * (Billed(50, 3_000),), "No tiers: every month has the same volume"),
        (
            tuple(Billed(size, size * size // 2) for size in (100, 110, 120, 130, 140, 150)),
            "No tiers: an act costs more",
        ),
        (tuple(Billed(size, 6_000) for size in (100, 110, 120, 130, 140, 150)), "No tiers: one more act has cost next"),
    ],
    ids=["few months", "no slope", "one volume", "rising", "fixed"],
)
def test_the_file_says_why_there_are_no_tiers(months: tuple[Billed, ...], why: str, tmp_path: Path) -> None:
    proposal = proposed(tmp_path, months)
    settled(proposal, tmp_path, months)
    assert proposal.plan.tiers is None
    assert why in proposal.contract_text


def test_a_minimum_is_never_more_than_the_month_with_least(tmp_path: Path) -> None:
    """A forecast of 110 makes 99; a month of 45 makes 45."""
    assert proposed(tmp_path).contract.source.value["charges"][0]["minimum"] == {"quantity": "99"}
    months = (Billed(45, 3_000), Billed(110, 8_000), Billed(120, 9_000))
    proposal = proposed(tmp_path, months)
    settled(proposal, tmp_path, months)
    assert proposal.plan.minimum == 45
    assert "the month with least, 45" in proposal.contract_text


def test_a_month_without_acts_leaves_no_minimum(tmp_path: Path) -> None:
    months = (Billed(40, 3_000), Billed(0, 1_000), Billed(60, 4_000))
    proposal = proposed(tmp_path, months)
    settled(proposal, tmp_path, months)
    assert "minimum" not in proposal.contract.source.value["charges"][0]


# ------------------------------------------------------------------------------------------------ KPIs and clauses


def test_steps_stand_outside_what_chance_makes_of_a_month(tmp_path: Path) -> None:
    proposal = proposed(tmp_path)
    one = proposal.kpis["service_level"]
    assert one.steps is not None
    assert one.steps.low is not None
    assert one.steps.high is not None
    for value in one.known:
        assert value.low is not None
        assert value.high is not None
        assert one.steps.low <= value.low <= value.high <= one.steps.high
    assert one.margin is not None
    assert one.steps.high - one.steps.low >= one.margin
    assert one.steps.wide >= one.margin


def test_without_kpis_in_the_contract_those_that_the_source_gives_are_measured(tmp_path: Path) -> None:
    value = proposed(tmp_path).contract.source.value
    assert value["kpis"]["service_level"] == {
        "kpi": "service_level", "source": "calls", "within": "20 s", "formula": "of_all", "decimals": "1",
    }  # fmt: skip
    assert value["kpis"]["handling_time"]["formula"] == "talk_hold_wrap"
    (clause, corridor) = value["bonus_malus"]
    assert (clause["id"], clause["basis"], clause["cap"]) == (
        "service_level",
        ["acts"],
        {"bonus": "1 %", "malus": "4 %"},
    )
    assert [step["amount"] for step in clause["scale"]] == ["-4 %", "-2 %", "0 %", "1 %"]
    assert clause["when"] == {"denominator": {"at_least": "110"}}
    assert [step["amount"] for step in corridor["scale"]] == ["0", "0", "0"]
    assert value["adjustment_cap"] == {"bonus": "5 %", "malus": "10 %"}


def test_a_source_without_waits_has_an_answer_rate(tmp_path: Path) -> None:
    columns = {name: one for name, one in CALLS["columns"].items() if name not in ("wait", "hold", "wrap")}
    contract = contract_of(activity={"calls": {**CALLS, "columns": columns}, "agents": AGENTS})
    proposal = proposed(tmp_path, contract=contract)
    settled(proposal, tmp_path)
    assert set(proposal.kpis) == {"answer_rate", "handling_time"}
    assert proposal.kpis["handling_time"].written["formula"] == "talk / handled"


def test_a_kpi_that_is_better_when_lower_pays_below_and_takes_above(tmp_path: Path) -> None:
    kpis = {"lost": {"kpi": "abandonment", "formula": "of_offered", "decimals": "1"}}
    proposal = proposed(tmp_path, contract=contract_of(kpis=kpis))
    settled(proposal, tmp_path)
    clause = proposal.contract.source.value["bonus_malus"][0]
    assert clause["kpi"] == "lost"
    assert [step["amount"] for step in clause["scale"]] == ["1 %", "0 %", "-2 %", "-4 %"]


def test_a_margin_that_reaches_the_end_leaves_no_bonus(tmp_path: Path) -> None:
    """Of 20 contacts answered in time, chance alone may make them all: nothing is above 100 %."""
    months = (Billed(20, 1_000, every=21), Billed(21, 1_000, every=22))
    kpis = {"taken": {"kpi": "answer_rate", "formula": "of_offered", "decimals": "1"}}
    proposal = proposed(tmp_path, months, contract=contract_of(kpis=kpis))
    settled(proposal, tmp_path, months)
    assert proposal.contract.source.value["bonus_malus"][0]["scale"][-1] == {"amount": "0 %"}


def test_the_contracts_own_kpis_stay_as_they_were(tmp_path: Path) -> None:
    kpis = {
        "qs": {"kpi": "service_level", "label": "Waiting", "within": "30 s", "formula": "of_answered", "decimals": "0"},
        "daily": {"kpi": "answer_rate", "formula": "of_offered", "measured": "day", "met": {"at_least": "80"}},
        "lost": {"kpi": "abandonment", "formula": "of_offered"},
    }  # fmt: skip
    proposal = proposed(tmp_path, contract=contract_of(kpis=kpis))
    settled(proposal, tmp_path)
    value = proposal.contract.source.value
    assert {name: value["kpis"][name] for name in kpis} == kpis
    assert [clause["kpi"] for clause in value["bonus_malus"]] == ["qs", "handling_time"]
    assert value["bonus_malus"][0]["label"] == "Waiting"


def test_quality_that_is_measured_is_a_gate_on_the_bonus(tmp_path: Path) -> None:
    kpis = {
        "qs": {"kpi": "service_level", "within": "20 s", "formula": "of_all"},
        "heard": {"kpi": "quality_score", "source": "kpi_file"},
    }
    rows = "heard,2026-01,,,81.4\nheard,2026-02,,,79.6\nheard,2026-03,,,84\n"
    proposal = proposed(tmp_path, contract=contract_of(kpis=kpis), rows=rows)
    settled(proposal, tmp_path)
    clause = proposal.contract.source.value["bonus_malus"][0]
    assert clause["gates"] == [{"kpi": "heard", "at_least": "79", "on": "bonus"}]
    assert findings(proposal)["quality"] == "ready"
    assert "Quality is not measured" not in proposal.contract_text


def test_quality_that_nobody_measures_is_a_gate_in_a_comment(tmp_path: Path) -> None:
    proposal = proposed(tmp_path)
    assert "gates" not in proposal.contract.source.value["bonus_malus"][0]
    assert "# Quality is not measured." in proposal.contract_text
    assert "#   gates: [{kpi: quality, at_least: 75, on: bonus}]" in proposal.contract_text


def test_a_corridor_is_seven_percent_about_the_handling_time_or_as_far_as_it_went(tmp_path: Path) -> None:
    """240 s: 223 to 257. A month of 300 s widens it."""
    scale = proposed(tmp_path).contract.source.value["bonus_malus"][-1]["scale"]
    assert [step.get("below", step.get("up_to")) for step in scale] == ["223", "257", None]
    proposal = proposed(tmp_path, (*STEADY[:2], Billed(100, 9_000, talk=260)))
    assert int(proposal.contract.source.value["bonus_malus"][-1]["scale"][1]["up_to"]) >= 300


def test_a_handful_of_contacts_has_no_corridor(tmp_path: Path) -> None:
    months = (Billed(2, 3_000), Billed(3, 3_000))
    proposal = proposed(tmp_path, months)
    settled(proposal, tmp_path, months)
    assert all(clause["id"] != "corridor" for clause in proposal.contract.source.value.get("bonus_malus", []))
    assert "The handling time of too few contacts is chance" in proposal.contract_text


# ------------------------------------------------------------------------------------------------ is it ready?


def test_three_steady_months_are_ready_for_what_is_measured(tmp_path: Path) -> None:
    proposal = proposed(tmp_path)
    assert findings(proposal) == {
        "months": "ready", "forecast": "ready", "handling_time": "ready", "mix": "ready", "service_level": "ready",
        "quality": "unknown", "resolution": "unknown", "hours": "ready",
    }  # fmt: skip
    assert proposal.ready
    assert "rule of thumb" in proposal.contract_text


@pytest.mark.parametrize(
    ("months", "finding"),
    [
        (STEADY[:2], "months"),
        ((*STEADY[:2], Billed(150, 12_000)), "forecast"),
        ((*STEADY[:2], Billed(108, 9_000, talk=260)), "handling_time"),
        ((*STEADY[:2], Billed(108, 9_000, sales=1)), "mix"),
        ((*STEADY[:2], Billed(108, 9_000, every=2)), "service_level"),
    ],
)
def test_what_is_short_or_drifts_says_to_wait(months: tuple[Billed, ...], finding: str, tmp_path: Path) -> None:
    proposal = proposed(tmp_path, months)
    settled(proposal, tmp_path, months)
    assert [name for name, state in findings(proposal).items() if state == "wait"] == [finding]
    assert not proposal.ready
    assert "#   wait     " in proposal.contract_text


def test_one_month_cannot_tell_what_drifts(tmp_path: Path) -> None:
    found = findings(proposed(tmp_path, STEADY[:1]))
    assert {name for name, state in found.items() if state == "unknown"} >= {
        "forecast", "handling_time", "mix", "service_level",
    }  # fmt: skip


def test_what_is_not_measured_is_unknown(tmp_path: Path) -> None:
    columns = {name: CALLS["columns"][name] for name in ("id", "start", "state")}
    calls = {**CALLS, "columns": columns, "states": {"answered": {"state": "answered"}}}
    contract = contract_of(activity={"calls": calls}, charges=[ANSWERED])
    proposal = proposed(tmp_path, contract=contract)
    settled(proposal, tmp_path)
    found = findings(proposal)
    assert {name for name, state in found.items() if state == "unknown"} == {
        "handling_time", "mix", "kpis", "quality", "resolution", "hours",
    }  # fmt: skip
    assert "The handling time is not measured" in proposal.contract_text
    assert "bonus_malus" not in proposal.contract.source.value


def test_resolution_that_is_measured_is_ready_and_carries_money(tmp_path: Path) -> None:
    kpis = {
        "fixed": {"kpi": "first_contact_resolution", "formula": "resolved", "source": "kpi_file", "decimals": "1"},
    }  # fmt: skip
    rows = "fixed,2026-01,80,110,\nfixed,2026-02,83,114,\nfixed,2026-03,77,108,\n"
    proposal = proposed(tmp_path, contract=contract_of(kpis=kpis), rows=rows)
    settled(proposal, tmp_path)
    assert findings(proposal)["resolution"] == "ready"
    assert proposal.contract.source.value["bonus_malus"][0]["kpi"] == "fixed"


def test_months_that_do_not_follow_each_other_forecast_nothing(tmp_path: Path) -> None:
    with billed(tmp_path) as read:
        january, _, march = propose.propose(read.contract, read).comparison.periods
        proposal = propose.propose(read.contract, read, [january, march])
    assert findings(proposal)["forecast"] == "unknown"
    assert findings(proposal)["mix"] == "ready"


# ------------------------------------------------------------------------------------------------ other contracts


def test_a_french_contract_has_french_labels(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, contract=contract_of(language="fr", title="Relation client"))
    settled(proposal, tmp_path)
    value = proposal.contract.source.value
    assert value["charges"][0]["label"] == "Contacts traités"
    assert [clause["label"] for clause in value["bonus_malus"]] == [
        "Qualité de service", "Durée de traitement, couloir du prix",
    ]  # fmt: skip
    report = writers.named("table").report(proposal_report.report(proposal), width=120, color=False)
    assert "L’historique est-il prêt\u00a0?" in report
    assert "inconnu" in report


def test_acts_that_were_billed_as_acts_are_priced_anew(tmp_path: Path) -> None:
    charge = {
        **ANSWERED, "where": {"queue": "support"}, "free": {"of": "calls.talk", "below": "190 s"},
        "tiers": {"mode": "graduated", "steps": [{"up_to": "50", "price": "9"}, {"price": "7"}]},
    }  # fmt: skip
    del charge["price"]
    proposal = proposed(tmp_path, contract=contract_of(charges=[charge]))
    settled(proposal, tmp_path)
    again_ = proposal.contract.source.value["charges"][0]
    assert {name: again_[name] for name in ("label", "count", "where", "free")} == {
        name: charge[name] for name in ("label", "count", "where", "free")
    }
    assert "tiers" not in again_


def test_a_small_charge_of_the_model_does_not_take_the_whole_bill(tmp_path: Path) -> None:
    training = {
        "id": "training",
        "label": "Training",
        "model": "time",
        "measure": "agents.away",
        "unit": "hour",
        "price": "1",
    }
    proposal = proposed(tmp_path, contract=contract_of(charges=[training, ANSWERED]), model="time")
    settled(proposal, tmp_path)
    assert "agents.away" not in proposal.plan.draft.counted


def test_the_vat_of_a_charge_goes_with_its_money(tmp_path: Path) -> None:
    reduced = {**HOURS, "vat": {"rate": "10"}}
    proposal = proposed(tmp_path, contract=contract_of(charges=[reduced]))
    assert proposal.contract.source.value["charges"][0]["vat"] == {"rate": "10"}
    fee = {"id": "fee", "label": "Fee", "model": "flat", "amount": "10"}
    proposal = proposed(tmp_path, contract=contract_of(charges=[reduced, fee]))
    assert "vat" not in proposal.contract.source.value["charges"][0]
    assert "have VAT rules of their own, and several" in proposal.contract_text


@pytest.mark.parametrize("more", [{"currency": "JPY"}, {"currency": "TND"}, {"period": "quarter"}], ids=str)
def test_other_currencies_and_periods_have_roundings_of_their_own(more: dict[str, str], tmp_path: Path) -> None:
    proposal = proposed(tmp_path, contract=contract_of(**more))
    settled(proposal, tmp_path)


def test_the_file_passes_check_with_the_history_beside_it(tmp_path: Path) -> None:
    proposal = proposed(tmp_path)
    written = tmp_path / "next.yaml"
    written.write_text(proposal.contract_text, "utf-8")
    command = ["check", str(written), str(tmp_path / "calls.csv"), str(tmp_path / "agents.csv"), "--period", "2026-02"]
    done = CliRunner().invoke(app, command, catch_exceptions=False)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_charges_that_are_kept_are_in_neither_sum(tmp_path: Path) -> None:
    fee = {"id": "acts", "label": "Platform", "model": "flat", "amount": "500"}
    proposal = proposed(tmp_path, contract=contract_of(charges=[HOURS, fee]), keep=["acts"])
    settled(proposal, tmp_path)
    assert proposal.total == Decimal("11954.56")
    assert [charge["id"] for charge in proposal.contract.source.value["charges"]] == ["acts-2", "acts"]
    assert "Kept as they are" in proposal.contract_text


def test_what_comes_once_and_what_moves_prices_is_in_no_price(tmp_path: Path) -> None:
    kpis = {"qs": {"kpi": "service_level", "within": "20 s", "formula": "of_all"}}
    malus = [{
        "id": "slow", "label": "Slow", "kpi": "qs", "basis": ["production"],
        "scale": [{"below": "99", "amount": "-3 %"}, {"amount": "0 %"}],
    }]  # fmt: skip
    once = [{"date": "2026-02-10", "label": "Recording of the menu", "price": "350"}]
    proposal = proposed(tmp_path, contract=contract_of(kpis=kpis, bonus_malus=malus, one_off=once))
    settled(proposal, tmp_path)
    assert proposal.total == Decimal("11954.56")
    assert [str(month.once) for month in proposal.months] == ["0", "350.00", "0"]
    assert [str(month.adjusted) for month in proposal.months] == ["-118.72", "-123.94", "-115.98"]
    assert (
        "Left out of this contract, to be agreed anew: one-off lines, the clauses of bonus and malus"
        in proposal.contract_text
    )


def test_the_least_amount_of_an_invoice_is_in_the_price(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, contract=contract_of(minimum={"amount": "4000"}))
    settled(proposal, tmp_path)
    assert [str(month.billed) for month in proposal.months] == ["4000.00", "4131.24", "4000.00"]
    assert "minimum" not in proposal.contract.source.value


COUNTS = ("offered", "answered", "abandoned", "answered_within")


def test_intervals_count_acts_too(tmp_path: Path) -> None:
    halves = {
        "reader": "generic", "record": "interval", "delimiter": ",", "encoding": "utf-8", "decimal": ".", "zone": "UTC",
        "columns": {
            "start": {"column": "start", "format": "%Y-%m-%d %H:%M"}, "queue": "queue",
            **{name: {"column": name, "number": "true"} for name in COUNTS},
            **{name: {"column": name, "unit": "s"} for name in ("talk", "hold", "wrap")},
        },
    }  # fmt: skip
    lines = ["start,queue,offered,answered,abandoned,answered_within,talk,hold,wrap"]
    lines += [
        f"2026-0{m}-{d:02d} 09:00,support,{10 + d % 3},9,{1 + d % 3},8,1800,90,270"
        for m in (1, 2, 3)
        for d in range(1, 29)
    ]
    contract = contract_of(
        activity={"halves": {**halves, "files": "halves*.csv"}},
        charges=[{"id": "fee", "label": "Fee", "model": "flat", "amount": "1000"}],
    )
    proposal = proposed(tmp_path, contract=contract, files={"halves": "\n".join(lines) + "\n"})
    assert proposal.plan.draft.counted == "halves.answered"
    assert (proposal.total, proposal.plan.price.value) == (Decimal(3000), Fraction(3000, 756))
    assert abs(Fraction(proposal.proposed) - 3000) <= proposal.plan.bound
    assert set(proposal.kpis) == {"service_level", "handling_time"}


def test_several_kinds_of_acts_need_a_choice(tmp_path: Path) -> None:
    mails = {**CALLS, "files": "mails*.csv"}
    contract = contract_of(activity={"calls": CALLS, "mails": mails, "agents": AGENTS})
    code, message = refused(tmp_path, contract)
    assert code == "CB409"
    assert "`calls.answered`, `mails.answered`" in message
    proposal = proposed(tmp_path, contract=contract, count="calls.offered", files={
        "calls": calls_csv(STEADY), "agents": agents_csv(STEADY), "mails": calls_csv(()),
    })  # fmt: skip
    assert sum(proposal.plan.quantities) == sum(month.answered + month.answered // 10 for month in STEADY)


@pytest.mark.parametrize(
    ("top", "model", "words"),
    [
        ({"activity": {"agents": AGENTS}}, "act", "no source of the contract has contacts or intervals"),
        (
            {"activity": {"calls": {**CALLS, "states": {"taken": {"state": "answered"}}}, "agents": AGENTS}},
            "act", "`calls` does not say which were answered",
        ),
        ({"activity": {"calls": CALLS}, "charges": [ANSWERED]}, "time", "the history cannot tell the hours"),
        ({"activity": {"calls": CALLS}, "charges": [ANSWERED]}, "subscription", "the history cannot tell the seats"),
        ({"charges": [{**HOURS, "price": "0"}]}, "act", "the charges of these months come to nothing"),
    ],
    ids=["no contacts", "no state", "no hours", "no agents", "nothing billed"],
)  # fmt: skip
def test_a_history_that_cannot_tell_is_refused(top: dict[str, Any], model: str, words: str, tmp_path: Path) -> None:
    code, message = refused(tmp_path, contract_of(**top), model)
    assert code == "CB409"
    assert words in message


def test_months_without_a_single_act_are_refused(tmp_path: Path) -> None:
    code, message = refused(tmp_path, contract_of(), files={"agents": agents_csv(STEADY)})
    assert (code, message) == ("CB409", "the history cannot tell a price: these months count no act")


def test_a_contract_without_contacts_can_still_be_a_fee(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, contract=contract_of(activity={"agents": AGENTS}), model="flat")
    settled(proposal, tmp_path)
    assert "count" not in proposal.contract.source.value["charges"][0]


@pytest.mark.parametrize(
    "more",
    [{"model": "acts"}, {"keep": ["nothing"]}, {"keep": ["hours"]}, {"count": "calls.handled"}],
    ids=["model", "keep", "all", "count"],
)
def test_a_word_that_is_none_is_told_with_the_nearest(more: dict[str, Any], tmp_path: Path) -> None:
    with billed(tmp_path) as read, pytest.raises(Invalid) as caught:
        propose.propose(read.contract, read, None, **more)
    assert [(one.code, bool(one.help)) for one in caught.value.problems] == [("CB405", True)]


# ------------------------------------------------------------------------------------------------ the file


WRITTEN = """\
# Lark, for the first months.
callbill: 1
contract: LARK-8
title: Care   # as they call it
currency: EUR
timezone: UTC
language: en
period: month
seller: &us {name: Voix Claire SAS, country: FR}
buyer: {name: Lark Ltd, country: GB}
vat: {rate: 20}
payment: {days: 30}   # from the date of the invoice

activity:
  calls:
    files: calls*.csv
    reader: generic
    record: contact
    delimiter: ","
    encoding: utf-8
    decimal: "."
    zone: UTC   # what the platform writes
    columns: {id: id, start: {column: start, format: "%Y-%m-%d %H:%M"}, queue: queue, state: state}
    states: {answered: {state: answered}}

charges:
  - {id: fee, label: Fee, model: flat, amount: 1234.50}
"""


def test_what_stays_is_copied_with_its_comments(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, contract=load_contract(WRITTEN.encode()))
    settled(proposal, tmp_path)
    for line in ("title: Care   # as they call it", "    zone: UTC   # what the platform writes"):
        assert line in proposal.contract_text.splitlines()


def test_nothing_that_stays_is_lost_however_it_was_written(tmp_path: Path) -> None:
    """An alias of another block, a block in braces over lines, Windows line ends, a comment at the margin."""
    written = WRITTEN.replace("buyer: {name: Lark Ltd, country: GB}", "buyer: *us")
    written = written.replace("vat: {rate: 20}", "vat: {\n  rate: 20\n}")
    written = written.replace("    states:", "# at the margin\n    states:").replace("\n", "\r\n")
    contract = load_contract(written.encode())
    proposal = proposed(tmp_path, contract=contract)
    settled(proposal, tmp_path)
    for key in set(proposal_text.KEPT) - {"contract"}:
        assert proposal.contract.source.value.get(key) == contract.source.value.get(key)


def test_no_name_can_end_a_comment(tmp_path: Path) -> None:
    """U+2028 ends a line of YAML: what follows it would be read as a key."""
    proposal = proposed(tmp_path, contract=contract_of(contract="LARK\u2028evil: 1"))
    assert "evil" not in parse(proposal.contract_text.encode(), "p").value


def test_the_proposal_is_compared_with_the_contract_on_the_same_months(tmp_path: Path) -> None:
    with billed(tmp_path) as read:
        proposal = propose.propose(read.contract, read)
        current, other = proposal.comparison.cases
        assert (current.total, other.total) == (proposal.total, proposal.proposed)
        assert (current.name, other.name) == ("LARK-7", "LARK-7-ACT")
        assert proposal.comparison.total(other, Lever(volume=Fraction(2))) > other.total
        assert other.contract.source.text == proposal.contract_text


def test_the_same_history_gives_the_same_bytes(tmp_path: Path) -> None:
    assert proposed(tmp_path).contract_text == proposed(tmp_path).contract_text


def test_a_proposal_of_a_proposal_keeps_its_price(tmp_path: Path) -> None:
    first = proposed(tmp_path)
    second = proposed(tmp_path, contract=load_contract(first.contract_text.encode()))
    assert abs(second.plan.written - first.plan.written) <= Decimal("0.0001")
    settled(second, tmp_path)


# ------------------------------------------------------------------------------------------------ the report


def test_a_report_has_the_figures_as_they_are(tmp_path: Path) -> None:
    proposal = proposed(tmp_path)
    report = proposal_report.report(proposal)
    data = json.loads(writers.named("json").report(report, width=None, color=False))
    assert Fraction(data["price_exact"]) == proposal.plan.price.value
    assert Fraction(data["bound"]) == proposal.plan.bound
    assert (data["billed"], data["model"], data["ready"]) == ("11954.56", "act", True)
    assert [one["finding"] for one in data["readiness"]] == [one.name for one in proposal.readiness]
    assert [one["billed"] for one in data["months"]] == ["3957.33", "4131.24", "3865.99"]
    assert {one["kpi"]: one["money"] for one in data["kpis"]} == {"service_level": True, "handling_time": False}


def shown(proposal: propose.Proposal) -> str:
    text = writers.named("table").report(proposal_report.report(proposal), width=140, color=False)
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_an_act_costs_over_all_months_what_the_months_cost_for_their_acts(tmp_path: Path) -> None:
    """Also where the price is that of a month."""
    total = next(line for line in shown(proposed(tmp_path, model="flat")).splitlines() if "All months" in line)
    assert total.split()[3:] == ["332", "11,954.56", "36.0077", "11,954.55", "-0.01"]


def test_a_french_report_has_french_figures_alone(tmp_path: Path) -> None:
    text = shown(proposed(tmp_path, contract=contract_of(language="fr")))
    assert re.search(r"Qualité de service \(service_level\) +81,9 %", text)
    assert not re.search(r"\d\.\d", text)


@pytest.mark.parametrize(
    ("period", "label", "price", "words", "seen"),
    [
        ("month", "Monthly package", "a month", "over 12 months is", "Months seen: 12 months"),
        ("quarter", "Package", "a quarter", "over 4 quarters is", "Periods seen: 4 quarters"),
        ({"from_day": "22"}, "Monthly package", "a month", "over 12 months is", "Months seen: 12 months"),
        (
            {"days": "28", "first": "2026-01-01"},
            "Package",
            "a period",
            "over 13 periods is",
            "Periods seen: 13 periods",
        ),
    ],
)
def test_a_fee_is_for_what_one_invoice_is_for(
    period: Any, label: str, price: str, words: str, seen: str, tmp_path: Path
) -> None:  # fmt: skip
    proposal = proposed(tmp_path, YEAR, contract_of(period=period), "flat")
    text = shown(proposal)
    assert proposal.plan.charge["label"] == label
    assert re.search(f"Price +€[0-9,.]+ {price}, ", text)
    assert words in proposal.contract_text
    assert f"{seen}, at least 3 wanted" in text
    settled(proposal, tmp_path, YEAR)


@pytest.mark.parametrize(
    ("months", "model"), [(SLOPED, "act"), (STEADY[:1], "act"), (STEADY, "flat"), (STEADY, "subscription")]
)
@pytest.mark.parametrize("form", ["table", "markdown", "csv", "json"])
def test_every_proposal_can_be_shown(
    months: tuple[Billed, ...], model: str, form: str, tmp_path: Path
) -> None:  # fmt: skip
    report = proposal_report.report(proposed(tmp_path, months, model=model))
    assert writers.named(form).report(report, width=100, color=False).strip()


def test_periods_can_be_chosen(tmp_path: Path) -> None:
    with billed(tmp_path) as read:
        chosen = propose.propose(read.contract, read).comparison.periods[:2]
        assert [month.period for month in propose.propose(read.contract, read, chosen).months] == list(chosen)


# --------------------------------------------------------------------------------- a contract that has phases itself

TOOL = {"id": "tool", "label": "Tool", "model": "flat", "amount": "310", "proration": "calendar_days"}
CHANGING: list[dict[str, Any]] = [
    {"name": "Start-up", "until": "2026-02-14", "charges": [HOURS], "adjustment_cap": "5 %"},
    {"name": "Cruise", "charges": [ANSWERED, TOOL]},
]


@pytest.mark.parametrize("model", ["act", "time", "flat", "subscription"])
def test_phases_are_billed_as_they_came_and_become_one_charge(model: str, tmp_path: Path) -> None:
    proposal = proposed(tmp_path, contract=contract_of(charges=None, phases=CHANGING), model=model)
    settled(proposal, tmp_path)
    heading = " ".join(proposal.contract_text.replace("#", "").split())
    assert "billed under LARK-7 (Start-up, Cruise)" in heading
    assert "One charge stands in for production, calls, tool:" in heading
    assert "Left out of this contract, to be agreed anew: the cap of all clauses." in heading


def test_a_phase_that_bills_none_of_the_months_is_not_spoken_of(tmp_path: Path) -> None:
    phases = [{**CHANGING[0], "until": "2025-12-31"}, CHANGING[1]]
    proposal = proposed(tmp_path, contract=contract_of(charges=None, phases=phases))
    assert "billed under LARK-7 (Cruise)" in proposal.contract_text
    assert "production" not in proposal.contract_text


def test_a_kept_charge_of_a_phase_begins_with_it(tmp_path: Path) -> None:
    contract = contract_of(charges=None, phases=CHANGING)
    proposal = proposed(tmp_path, contract=contract, keep=("tool",))
    settled(proposal, tmp_path)
    current, after = (
        [line.amount for one in case.outcomes for line in one.lines if line.charge == "tool"]
        for case in proposal.comparison.cases
    )
    assert current == after == [Decimal("155.00"), Decimal("310.00")]


# ------------------------------------------------------------------------------------------------- the command


@pytest.fixture
def history(tmp_path: Path) -> list[str]:
    """A contract and its months, as files."""
    texts = {"lark.yaml": contract_of().source.text, "calls.csv": calls_csv(STEADY), "agents.csv": agents_csv(STEADY)}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    return [str(tmp_path / name) for name in texts]


def test_a_report_for_programs_is_one_document(history: list[str], tmp_path: Path) -> None:
    form = {}
    for name in ("json", "csv", "html"):
        given = ["propose", *history, "-o", str(tmp_path / "next.yaml"), "-f", name]
        form[name] = CliRunner().invoke(app, given, catch_exceptions=False).stdout
    data = json.loads(form["json"])
    assert data["baseline"] == "LARK-7"
    assert [one["total"] for one in data["compare_totals"]] == [data["billed"], data["proposed"]]
    assert len({len(row) for row in csv.reader(form["csv"].splitlines())}) == 1
    assert form["html"].count("<html") == 1


@pytest.mark.parametrize("command", ["propose", "invoice", "compare", "kpis"])
@pytest.mark.parametrize("option", ["-o", "--rejects"])
@pytest.mark.parametrize("number", [0, 1])
def test_nothing_is_written_over_what_is_read(history: list[str], command: str, option: str, number: int) -> None:
    before = Path(history[number]).read_bytes()
    given = [command, *history, "-f", "json", option, history[number]]
    result = CliRunner().invoke(app, given, catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is read by this command, and would be lost" in result.stderr
    assert Path(history[number]).read_bytes() == before


def test_a_proposal_is_written_as_a_contract_or_not_at_all(history: list[str], tmp_path: Path) -> None:
    """Whoever writes `-o report.csv` wants the report; it would have been a contract by another name."""
    for name in ("report.csv", "report.html"):
        result = CliRunner().invoke(app, ["propose", *history, "-o", str(tmp_path / name)], catch_exceptions=False)
        assert (result.exit_code, result.stdout, (tmp_path / name).exists()) == (2, "", False)
        assert "would be a contract, which is YAML" in result.stderr


@pytest.mark.parametrize("command", ["propose", "invoice", "compare", "kpis"])
def test_a_result_and_the_rejects_go_to_files_of_their_own(history: list[str], command: str, tmp_path: Path) -> None:
    both = str(tmp_path / ("both.yaml" if command == "propose" else "both.json"))
    given = [command, *history, "-o", both, "--rejects", f"{tmp_path}/../{tmp_path.name}/{Path(both).name}"]
    result = CliRunner().invoke(app, given, catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "error[CB405]: the result and the rejects would both go to" in result.stderr
    assert not Path(both).exists()


def test_a_period_is_learnt_from_once_and_in_its_turn(tmp_path: Path) -> None:
    with billed(tmp_path) as read:
        first, second, third = propose.propose(read.contract, read).comparison.periods
        made = propose.propose(read.contract, read, [third, first, third])
    assert [month.period for month in made.months] == [first, third]
    assert made.total == Decimal("3957.33") + Decimal("3865.99")
    assert "Proposed by callbill from 2026-01, 2026-03, billed" in made.contract_text
    assert second.name not in made.contract_text
    assert "Periods        2026-01, 2026-03 (2)" in shown(made)


def test_a_month_that_is_left_out_is_told_once(history: list[str], tmp_path: Path) -> None:
    rows = Path(history[1]).read_text("utf-8") + "late,2026-04-02 09:00,sales,answered,5,100,0,0\n"
    Path(history[1]).write_text(rows, "utf-8")
    given = ["propose", *history, "-o", str(tmp_path / "next.yaml")]
    assert CliRunner().invoke(app, given, catch_exceptions=False).stdout.count("2026-04 is left out") == 1

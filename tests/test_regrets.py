"""What `check` warns about: clauses that can be billed, and that somebody will be sorry for."""

from pathlib import Path

import pytest
from test_kpi_report import CONTRACT

import callbill
from callbill.contract import Contract, load
from callbill.problems import Problem
from callbill.regrets import regrets, regrets_of

KPIS = """\
kpis:
  speed: {kpi: service_level, within: 20 s, formula: of_answered}
  lost: {kpi: abandonment, formula: of_offered}
  wait: {kpi: speed_of_answer, formula: of_answered}
  happy: {kpi: nps, source: kpi_file}
bonus_malus:
"""
STEPS = "scale: [{below: 80, amount: -2 %}, {amount: 0 %}]"


def read(clauses: str) -> Contract:
    return load((CONTRACT + KPIS + clauses).encode(), "contract.yaml")


def clause(name: str = "speed", kpi: str = "speed", scale: str = STEPS, more: str = "") -> str:
    return f"  - {{id: {name}, label: Speed, kpi: {kpi}, basis: fee, {scale}{more}}}\n"


def codes(found: list[Problem]) -> list[str]:
    assert all(one.severity == "warning" and one.place is not None for one in found)
    return [one.code for one in found]


PER_POINT = "scale: {per_point: [{below: 80, amount: -1 %}]}"
PER_EVENT = "scale: {per_event: {beyond: 5 %, amount: -5}}"


@pytest.mark.parametrize(("clauses", "expected"), [
    (clause(), []),
    (clause(scale=PER_POINT), ["CB271"]),
    (clause(scale=PER_EVENT), ["CB271"]),
    (clause(scale="scale: {points: [{at: 70, amount: -9 %}, {at: 80, amount: 0 %}]}"), []),
    (clause(scale="scale: {per_point: [{above: 80, amount: 1 %}]}"), []),
    (clause(scale=PER_POINT, more=", cap: 10 %"), []),
    (clause(scale=PER_POINT, more=", cap: {malus: 100}"), []),
    (clause(scale=PER_POINT, more=", cap: {bonus: 10 %}"), ["CB271"]),
    (clause(scale=PER_POINT) + "adjustment_cap: {malus: 10 %}\n", []),
    (clause(scale=PER_POINT) + "adjustment_cap: {bonus: 10 %}\n", ["CB271"]),
    (clause(scale=PER_POINT) + "adjustment_groups: [{id: all, label: A, clauses: speed, cap: 10 %, of: all}]\n", []),
])  # fmt: skip
def test_a_malus_needs_a_floor_where_nothing_else_bounds_it(clauses: str, expected: list[str]) -> None:
    assert codes(regrets(read(clauses))) == expected


@pytest.mark.parametrize(("gate", "never"), [
    ("{kpi: lost, below: 0 %}", True),
    ("{kpi: lost, up_to: 0 %}", False),
    ("{kpi: lost, up_to: -1 %}", True),
    ("{kpi: lost, at_least: 100 %}", False),
    ("{kpi: lost, at_least: 101 %}", True),
    ("{kpi: lost, above: 100 %}", True),
    ("{kpi: lost, at_least: 5 %, up_to: 5 %}", False),
    ("{kpi: lost, below: 0 %, otherwise: 50 %}", False),
    ("{kpi: wait, below: 0 s}", True),
    ("{kpi: wait, at_least: 101 s}", False),
    ("{kpi: happy, below: 0}", False),
    ("{kpi: happy, below: -100}", True),
    ("{kpi: lost, steps: [{below: 5, factor: 0 %}, {factor: 0 %}]}", True),
    ("{kpi: lost, steps: [{below: 5, factor: 100 %}, {factor: 0 %}]}", False),
])  # fmt: skip
def test_a_gate_that_no_value_passes_is_told(gate: str, never: bool) -> None:
    found = regrets(read(clause(more=f", gates: [{gate}]")))
    assert codes(found) == (["CB272"] if never else [])


ONCE = "adjustment_groups: [{id: once, label: Once, clauses: [speed, again], pays: largest}]\n"


@pytest.mark.parametrize(("clauses", "expected"), [
    (clause() + clause("again"), ["CB273"]),
    (clause() + clause("again", "lost"), []),
    (clause() + clause("again", scale="scale: [{below: 80, amount: 0 %}, {amount: 1 %}]"), []),
    (clause() + clause("again") + ONCE, []),
    (clause(more=", until: 2026-03-31") + clause("again", more=", from: 2026-04-01"), []),
    (clause(more=", from: 2026-04-01") + clause("again", more=", until: 2026-03-31"), []),
    (clause(more=", until: 2026-04-30") + clause("again", more=", from: 2026-04-01"), ["CB273"]),
])  # fmt: skip
def test_two_clauses_that_take_for_one_kpi_are_told(clauses: str, expected: list[str]) -> None:
    assert codes(regrets(read(clauses))) == expected


def test_both_rates_are_named() -> None:
    both = clause(scale=PER_POINT, more=", cap: 9 %") + clause("again")
    (found,) = regrets(read(both))
    assert found.message == "two clauses take for `speed`: -1 % a unit by `speed` and -2 % by `again`; both are due"


def billed(folder: Path, scale: str, good: int, bad: int) -> list[Problem]:
    """The warnings of a month with so many calls in time and so many late."""
    contract = read(clause(scale=scale, more=", cap: 9 %"))
    rows = [f"{n},2026-10-05T09:00:00Z,,,answered,{5 if n < good else 50}\n" for n in range(good + bad)]
    path = folder / "calls.csv"
    path.write_text("id,start,queue,agent,state,wait\n" + "".join(rows), "utf-8")
    (folder / "kpis.csv").write_text("kpi,period,numerator,denominator,value\nhappy,2026-10,,,10\n", "utf-8")
    with callbill.read_activity(contract, {"calls": [path]}, kpis=[folder / "kpis.csv"]) as activity:
        return regrets_of(contract, callbill.bill(contract, activity, "2026-10"))


THREE = "scale: [{below: 80, amount: -2 %}, {below: 85, amount: 0 %}, {amount: 2 %}]"


@pytest.mark.parametrize(("scale", "good", "bad", "expected"), [
    (STEPS, 90, 10, []),  # 82.56 to 94.48
    (STEPS, 84, 16, ["CB274"]),  # 75.58 to 89.90
    (STEPS, 0, 0, []),  # nothing was counted
    (THREE, 940, 60, []),
    (THREE, 830, 170, ["CB274"]),  # 80.55 to 85.20: one limit within
    (THREE, 83, 17, ["CB275"]),  # 74.45 to 89.11: wider than from 80 to 85
    (PER_POINT, 84, 16, []),  # no jump
])  # fmt: skip
def test_a_month_shows_what_chance_decides(
    scale: str, good: int, bad: int, expected: list[str], tmp_path: Path
) -> None:
    assert codes(billed(tmp_path, scale, good, bad)) == expected


def test_the_margin_and_the_limit_are_named(tmp_path: Path) -> None:
    (found,) = billed(tmp_path, STEPS, 84, 16)
    assert found.message == "chance alone may carry `speed` over the limit 80: its margin of error is 75.58 to 89.9"

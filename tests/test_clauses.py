"""Clauses of bonus and malus: what is wrong with them at which spot, and what is said of those that are sound."""

from decimal import Decimal
from typing import Any

import pytest
from figures import _measured as measured
from small import cases, contract_text, read, ruled, said

import callbill
from callbill.bonus_malus import EXAMPLE, Cap, Clause, cap_of, clause_words
from callbill.invoice import Rule
from callbill.problems import Invalid
from callbill.settings import build
from callbill.worths import Worth

CHARGES = """[
  {id: fee, label: Fee, model: flat, amount: 1000},
  {id: calls, label: Calls, model: act, count: calls.answered, price: 2},
]"""
AGENTS = {**measured.AGENTS, "columns": {**measured.AGENTS["columns"], "sales": {"column": "sales", "number": "true"}}}
KPIS = """
q: {kpi: quality_score, source: kpi_file, decimals: 1}
g: {kpi: csat, source: kpi_file}
asa: {kpi: speed_of_answer, source: kpi_file, formula: of_answered}
sl: {kpi: service_level, within: 20 s, formula: of_all}
daily: {kpi: service_level, within: 20 s, formula: of_all, measured: day}
weekly: {kpi: service_level, within: 20 s, formula: of_all, measured: week}
yearly: {kpi: quality_score, source: kpi_file, measured: year}
"""
STEPS = "scale: [{below: 80, amount: -4 %}, {amount: 0 %}]"
MONEY = "scale: [{below: 80, amount: -400}, {amount: 0}]"
SOUND = f"kpi: q, basis: all, {STEPS}"


def contract(*clauses: str, **more: Any) -> bytes:
    """A contract of two charges, seven KPIs, and some clauses as YAML; the first is named `c1`."""
    made = [{"id": f"c{n}", "label": "C", **read(f"{{{one}}}")} for n, one in enumerate(clauses, start=1)]
    activity = {"calls": measured.CONTACTS, "agents": AGENTS}
    return contract_text(CHARGES, activity=activity, kpis=read(KPIS), bonus_malus=made, **more)


def wrong(*clauses: str, **more: Any) -> list[str]:
    """`code path: message; help` of each problem, in the order of the file; the first clause is left out of paths."""
    with pytest.raises(Invalid) as caught:
        callbill.load_contract(contract(*clauses, **more))
    found = []
    for one in caught.value.problems:
        assert one.place is not None
        assert one.place.line
        path = ".".join(map(str, one.path)).removeprefix("bonus_malus.0").removeprefix(".")
        found.append(f"{one.code} {path}".strip() + f": {one.message}; {one.help}")
    return found


def test_what_the_cases_start_from_is_sound() -> None:
    made = callbill.load_contract(contract(SOUND, f"kpi: daily, {MONEY}"))
    assert [one.id for one in made.agreement.deal.clauses] == ["c1", "c2"]


CLAUSES: dict[str, tuple[str, list[str]]] = {
    "a step without its dash": (
        "kpi: q, basis: all, scale: {below: 80, amount: -2 %}",
        ["CB203 scale: a list is expected here, not a mapping; write each item on a line of its own, behind `- `"],
    ),
    "settings of the KPI in the clause": (
        f"{SOUND}, within: 20 s",
        [
            "CB201 within: `within` is not a setting here;"
            " write it in the KPI: a KPI has its settings under `kpis`, and the clause its name"
        ],
    ),
    "what it costs outside the scale": (
        f"{SOUND}, malus: 2 %",
        [
            "CB201 malus: `malus` is not a setting here;"
            " write what it costs or earns under `scale`, the most of it under `cap`"
        ],
    ),
    "a share where percents are meant": (
        "kpi: q, basis: all, scale: [{below: 0.8, amount: -2 %}, {amount: 0 %}]",
        [
            "CB216 scale.0.below: `0.8` is a share, or less than one percent; write `80 %`, or `0.8 %`",
        ],
    ),
    "a typographic minus": (
        "kpi: q, basis: all, scale: [{below: 80, amount: −2 %}, {amount: 0 %}]",
        ["CB210 scale.0.amount: `−2` has a dash that is no minus; write `-2`"],
    ),
    "no KPI": (
        f"basis: all, {STEPS}",
        ["CB248: a clause has either a `kpi` or a `scorecard`; write one of the two"],
    ),
    "a KPI and a scorecard": (
        f"{SOUND}, scorecard: [{{kpi: g}}]",
        ["CB248: a clause has either a `kpi` or a `scorecard`; write one of the two"],
    ),
    "a KPI whose name was mistyped": (
        f"kpi: asaa, basis: all, {STEPS}",
        [
            "CB231 kpi: `asaa` is not a KPI of this contract;"
            " did you mean `asa`? known: `q`, `g`, `asa`, `sl`, `daily`, `weekly`, `yearly`"
        ],
    ),
    "names that nobody knows, in a scorecard and in a gate": (
        f"basis: all, scorecard: [{{kpi: q}}, {{kpi: nps}}], gates: [{{kpi: aht, below: 300}}], {STEPS}",
        [
            "CB231 scorecard.1.kpi: `nps` is not a KPI of this contract;"
            " known: `q`, `g`, `asa`, `sl`, `daily`, `weekly`, `yearly`",
            "CB231 gates.0.kpi: `aht` is not a KPI of this contract;"
            " known: `q`, `g`, `asa`, `sl`, `daily`, `weekly`, `yearly`",
        ],
    ),
    "points of a scorecard with a hole": (
        f"basis: all, scorecard: [{{kpi: g, points: [{{up_to: 75, points: 0}}, {{above: 76, points: 1}}]}}], {STEPS}",
        [
            "CB263 scorecard.0.points.1: no step takes values > 75 and ≤ 76;"
            " let the step begin where the one before ends, or round the KPI: `decimals: …`"
        ],
    ),
    "a scorecard over days": (
        f"basis: all, scorecard: [{{kpi: q}}, {{kpi: daily}}], {STEPS}",
        ["CB248 scorecard.1.kpi: a scorecard needs one value of each KPI; measure it over the period"],
    ),
    "events of a scorecard": (
        "scorecard: [{kpi: q}], scale: {per_event: {beyond: 5 %, amount: -5}}",
        ["CB248 scale.per_event: a scorecard has no events; write `steps`"],
    ),
    "a percentage of the score, which is a plain number": (
        "basis: all, scorecard: [{kpi: q}], scale: [{below: 80 %, amount: -4 %}, {amount: 0 %}]",
        ["CB221 scale.0.below: the KPI is a plain number, `80 %` is not; write `80`"],
    ),
    "a hole between the steps of a list": (
        "kpi: q, basis: all, scale: [{up_to: 80, amount: -4 %}, {at_least: 80.2, amount: 0 %}]",
        [
            "CB263 scale.1: no step takes values > 80 and < 80.2;"
            " let the step begin where the one before ends, or round the KPI: `decimals: …`"
        ],
    ),
    "the same hole below `steps`": (
        "kpi: q, basis: all, scale: {steps: [{up_to: 80, amount: -4 %}, {at_least: 80.2, amount: 0 %}]}",
        [
            "CB263 scale.steps.1: no step takes values > 80 and < 80.2;"
            " let the step begin where the one before ends, or round the KPI: `decimals: …`"
        ],
    ),
    "a list without its last step": (
        "kpi: q, basis: all, scale: [{below: 80, amount: -4 %}, {below: 90, amount: 0 %}]",
        ["CB263 scale.1: no step takes values ≥ 90; add a last step without a limit"],
    ),
    "two kinds of scale": (
        "kpi: q, basis: all, scale: {steps: [{amount: 1}], per_event: {beyond: 5 %, amount: -5}}",
        ["CB248 scale: a scale is one of `steps`, `points`, `per_point`, `per_event`; write one"],
    ),
    "a target in seconds of a share": (
        f"{SOUND}, target: 20 s",
        ["CB221 target: the KPI is a percentage, `20 s` is not; write `20 %`"],
    ),
    "a target in percent of a wait": (
        "kpi: asa, target: 20 %, scale: {per_point: [{above: 30 s, amount: -5}]}",
        ["CB221 target: the KPI is a time, `20 %` is not; write `20 s`"],
    ),
    "a percentage for each day": (
        f"kpi: daily, basis: all, {STEPS}",
        [
            "CB249 scale: the KPI has a value for each day, week or interval: what is such a one's part of the basis?;"
            " write amounts, or count the windows that reach a value: `met: {at_least: …}` in the KPI"
        ],
    ),
    # gates
    "a gate that says nothing": (
        f"{SOUND}, gates: [{{kpi: g}}]",
        ["CB248 gates.0: a gate has limits, or `steps`; write `at_least: …`, or factors for ranges"],
    ),
    "a gate that says it twice": (
        f"{SOUND}, gates: [{{kpi: g, at_least: 70, steps: [{{factor: 50 %}}]}}]",
        ["CB248 gates.0: a gate has limits, or `steps`; write `at_least: …`, or factors for ranges"],
    ),
    "a gate in another unit": (
        f"{SOUND}, gates: [{{kpi: asa, below: 30 %}}, {{kpi: g, above: 5 s}}]",
        [
            "CB221 gates.0.below: the KPI is a time, `30 %` is not; write `30 s`",
            "CB221 gates.1.above: the KPI is a percentage, `5 s` is not; write `5 %`",
        ],
    ),
    "factors over each other": (
        f"{SOUND}, gates: [{{kpi: g, steps: [{{up_to: 50, factor: 0 %}}, {{at_least: 50, factor: 100 %}}]}}]",
        ["CB264 gates.0.steps.1: two steps take values ≥ 50 and ≤ 50; let the step begin where the one before ends"],
    ),
    "a gate of each day beside a month": (
        f"{SOUND}, gates: [{{kpi: daily, at_least: 70}}]",
        [
            "CB248 gates.0.kpi: `service_level` has several values in a period,"
            " and the clause is not measured the same way; measure both alike"
        ],
    ),
    "a gate of each week beside days": (
        f"kpi: daily, {MONEY}, gates: [{{kpi: weekly, at_least: 70}}]",
        [
            "CB248 gates.0.kpi: `service_level` has several values in a period,"
            " and the clause is not measured the same way; measure both alike"
        ],
    ),
    "a gate of each day beside a scorecard": (
        f"basis: all, scorecard: [{{kpi: q}}], {STEPS}, gates: [{{kpi: daily, at_least: 70}}]",
        [
            "CB248 gates.0.kpi: `service_level` has several values in a period,"
            " and the clause is not measured the same way; measure both alike"
        ],
    ),
    # what percentages are taken of
    "a percentage of what": (
        f"kpi: q, {STEPS}",
        ["CB249: a percentage of what?; write `basis: [calls]`, the charges' ids, or `basis: all`"],
    ),
    "a price for each unit of what": (
        "kpi: q, scale: [{below: 80, price: -0.40}, {price: 0}]",
        ["CB249: the quantity of what?; write `basis: [calls]`, the charges' ids, or `basis: all`"],
    ),
    "a cap in percent of what": (
        f"kpi: q, {MONEY}, cap: 10 %",
        ["CB249: a percentage of what?; write `basis: [calls]`, the charges' ids, or `basis: all`"],
    ),
    "a cap of the malus alone in percent of what": (
        f"kpi: q, {MONEY}, cap: {{malus: 10 %}}",
        ["CB249: a percentage of what?; write `basis: [calls]`, the charges' ids, or `basis: all`"],
    ),
    "a share of which invoice is at risk": (
        f"kpi: q, {STEPS}, at_risk: 12 %",
        ["CB249: a percentage of what?; write `basis: [calls]`, the charges' ids, or `basis: all`"],
    ),
    "a charge that was mistyped": (
        f"kpi: q, basis: [fee, call], {STEPS}",
        ["CB231 basis.1: `call` is not a charge of this contract; did you mean `calls`? known: `fee`, `calls`, `all`"],
    ),
    "an amount at risk of which nothing is taken": (
        f"kpi: q, {MONEY}, at_risk: 300",
        [
            "CB248 at_risk: nothing of the scale is a share of the amount at risk;"
            " write percentages, or take `at_risk` out"
        ],
    ),
    # time
    "an end before the start": (
        f"{SOUND}, from: 2026-10-01, until: 2026-09-30",
        ["CB240 until: `until` 2026-09-30 is before `from` 2026-10-01; swap them"],
    ),
    "repeated misses since when": (
        f"{SOUND}, repeated: {{within: 3, factors: [100 %, 200 %]}}",
        [
            "CB249: the clause looks back to earlier periods: since when is it in force?;"
            " write `from: 2026-01-01`, the first day it counts"
        ],
    ),
    "earning back since when": (
        f"{SOUND}, earn_back: {{after: 2, target: 85}}",
        [
            "CB249: the clause looks back to earlier periods: since when is it in force?;"
            " write `from: 2026-01-01`, the first day it counts"
        ],
    ),
    "the next invoice since when, and a percentage of which lines": (
        f"{SOUND}, applied: next_invoice",
        [
            "CB249: the clause looks back to earlier periods: since when is it in force?;"
            " write `from: 2026-01-01`, the first day it counts",
            "CB249: a percentage of which lines: those of the period it was measured in, or those of the next"
            " invoice?; write `basis_of: measured_period` or `basis_of: invoice`",
        ],
    ),
    "a basis of the next invoice on this one": (
        f"{SOUND}, basis_of: invoice",
        ["CB248 basis_of: `basis_of` goes with `applied: next_invoice`; take it out"],
    ),
    # limits
    "a count that the KPI does not have": (
        f"kpi: sl, basis: all, {STEPS}, when: {{ofered: {{at_least: 500}}}}",
        [
            "CB231 when.ofered: `ofered` is not a count of the KPI; did you mean `offered`? known: `denominator`,"
            " `answered_within`, `answered`, `abandoned`, `abandoned_within`, `short_abandoned`, `answered_after`,"
            " `abandoned_after`, `offered`"
        ],
    ),
    "a count of what was measured elsewhere": (
        f"{SOUND}, when: {{points: {{at_least: 500}}}}",
        ["CB231 when.points: `points` is not a count of the KPI; known: `denominator`"],
    ),
    "a count of a scorecard": (
        f"basis: all, scorecard: [{{kpi: q}}], {STEPS}, when: {{offered: {{at_least: 500}}}}",
        ["CB231 when.offered: `offered` is not a count of the KPI; known: `denominator`"],
    ),
    "a word where a number is counted": (
        f"{SOUND}, when: {{denominator: {{filled: true}}}}",
        ["CB203 when.denominator: a number is expected here; write `{at_least: 500}`"],
    ),
    "the opposite of a word": (
        f"{SOUND}, when: {{denominator: {{not: '500'}}}}",
        ["CB203 when.denominator: a number is expected here; write `{at_least: 500}`"],
    ),
    "a cap with a sign": (f"{SOUND}, cap: -10 %", ["CB216 cap: a cap has no sign; write `10 %`"]),
    "a cap of the malus with a sign": (
        f"{SOUND}, cap: {{bonus: 5 %, malus: -500.50}}",
        ["CB216 cap: a cap has no sign; write `500.50`"],
    ),
    "a cap of the bonus with a sign": (f"{SOUND}, cap: {{bonus: -5 %}}", ["CB216 cap: a cap has no sign; write `5 %`"]),
    "fewer caps than factors": (
        f"{SOUND}, from: 2026-01-01, repeated: {{within: 12, factors: [100 %, 200 %, 500 %], caps: [600, 1200]}}",
        ["CB248 repeated.caps: 3 factors and 2 caps; write a cap for each factor, or none"],
    ),
    "earning back over days": (
        f"kpi: daily, {MONEY}, from: 2026-01-01, earn_back: {{after: 2, target: 85}}",
        [
            "CB248 earn_back: earning back needs one KPI that is measured over the period;"
            " take `earn_back` out, or measure the period"
        ],
    ),
    "earning back a scorecard": (
        f"basis: all, scorecard: [{{kpi: q}}], {STEPS}, from: 2026-01-01, earn_back: {{after: 2, target: 85}}",
        [
            "CB248 earn_back: earning back needs one KPI that is measured over the period;"
            " take `earn_back` out, or measure the period"
        ],
    ),
    "earning back by seconds": (
        f"{SOUND}, from: 2026-01-01, earn_back: {{after: 2, target: 85 s}}",
        ["CB221 earn_back.target: the KPI is a percentage, `85 s` is not; write `85 %`"],
    ),
    # the rest
    "a revision clause that is not there": (
        f"{SOUND}, indexation: syntec",
        ["CB231 indexation: `syntec` is not a revision clause; write it under `indexation` at the top"],
    ),
    "a rate of nothing": (
        f"{SOUND}, vat: {{rate: 0}}",
        [
            "CB254 vat.rate: a rate of 0 needs to say why nothing is charged;"
            " write `category: Z` (zero rate), `E` (exempt), `AE` (reverse charge), `G` (export) or `O`"
        ],
    ),
    "a forecast of a source that is not there": (
        f"{SOUND}, relief: {{count: call.offered, above: 10 %, expected: {{2026-10: 100}}}}",
        ["CB231 relief.count: `call` is not a source of this contract; did you mean `calls`? known: `calls`, `agents`"],
    ),
    "a forecast of a state that is not there": (
        f"{SOUND}, relief: {{count: calls.ofered, above: 10 %, expected: {{2026-10: 100}}}}",
        [
            "CB231 relief.count: `ofered` is not a count of `calls`;"
            " did you mean `offered`? known: `all`, `offered`, `answered`, `abandoned`"
        ],
    ),
    "a forecast of a column without numbers": (
        f"{SOUND}, relief: {{count: agents.shift, above: 10 %, expected: {{2026-10: 100}}}}",
        ["CB231 relief.count: `shift` is not a count of `agents`; known: `sales`"],
    ),
    "a forecast without a tolerance": (
        f"{SOUND}, relief: {{count: calls.offered, expected: {{2026-10: 100}}}}",
        ["CB202 relief: `above` is missing; write `above: 10 %`, `below: 10 %`, or both"],
    ),
}


@pytest.mark.parametrize(("clause", "expected"), CLAUSES.values(), ids=CLAUSES)
def test_what_is_wrong_with_a_clause(clause: str, expected: list[str]) -> None:
    assert wrong(clause) == expected


def test_a_revision_clause_that_was_mistyped_is_guessed() -> None:
    syntec = {"syntec": {"formula": "S / S0", "names": {"S": "103", "S0": "100"}, "revised": "each_period"}}
    assert wrong(f"{SOUND}, indexation: sintec", indexation=syntec) == [
        "CB231 indexation: `sintec` is not a revision clause; did you mean `syntec`? known: `syntec`"
    ]


def test_each_clause_is_told_at_its_own_place() -> None:
    with pytest.raises(Invalid) as caught:
        callbill.load_contract(contract(SOUND, f"kpi: q, {STEPS}", f"{SOUND}, cap: -1 %", f"{SOUND}, id: fee"))
    assert [(one.code, one.path) for one in caught.value.problems] == [
        ("CB249", ("bonus_malus", 1)),
        ("CB216", ("bonus_malus", 2, "cap")),
        ("CB232", ("bonus_malus", 3, "id")),
    ]
    assert [one.place.source.strip(" -") for one in caught.value.problems if one.place] == [
        "id: c2", "cap: -1 %", "id: fee",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "clause",
    cases(
        {
            "amounts need no basis": (f"kpi: q, {MONEY}",),
            "an amount at risk needs no basis": (f"kpi: q, at_risk: 300, {STEPS}",),
            "a cap in percent of a fixed amount at risk": (f"kpi: q, basis: all, at_risk: 300, cap: 50 %, {STEPS}",),
            "a cap in money needs no basis": (f"kpi: q, cap: 500, {MONEY}",),
            "a cap of nothing is a cap": (f"{SOUND}, cap: 0 %",),
            "one day in force": (f"{SOUND}, from: 2026-10-01, until: 2026-10-01",),
            "amounts on the next invoice": (f"kpi: q, {MONEY}, applied: next_invoice, from: 2026-01-01",),
            "a gate of the same days": (f"kpi: daily, {MONEY}, gates: [{{kpi: daily, at_least: 50 %}}]",),
            "a monthly gate on days": (f"kpi: daily, {MONEY}, gates: [{{kpi: g, up_to: 50}}]",),
            "counts of calls": (f"kpi: sl, basis: [calls], {STEPS}, when: {{offered: {{above: 9}}}}",),
            "a forecast of a column of numbers": (
                f"{SOUND}, relief: {{count: agents.sales, below: 5 %, expected: {{2026-10: 1}}}}",
            ),
            "a forecast of every record": (
                f"{SOUND}, relief: {{count: calls.all, above: 5 %, expected: {{2026-10: 1}}}}",
            ),
            "a cap for each factor": (
                f"{SOUND}, from: 2026-01-01, repeated: {{within: 2, factors: [100 %, 200 %], caps: [600, 1200]}}",
            ),
            "its own VAT": (f"{SOUND}, vat: {{rate: 5.5}}",),
        }
    ),
)
def test_what_is_right_is_left_alone(clause: str) -> None:
    assert len(callbill.load_contract(contract(clause)).agreement.deal.clauses) == 1


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (f"{SOUND}, repeated: {{within: 1, factors: [100 %]}}", ["CB216 repeated.within"]),
        (f"{SOUND}, earn_back: {{after: 13, target: 85}}", ["CB216 earn_back.after"]),
        (f"{SOUND}, earn_back: {{after: 2}}", ["CB202 earn_back"]),
        (f"{SOUND}, applied: next", ["CB230 applied"]),
        (f"{SOUND}, gates: [{{kpi: g, at_least: 7, on: bonuses}}]", ["CB230 gates.0.on"]),
        (f"{SOUND}, relief: {{count: offered, expected: {{2026-10: 1}}, above: 5 %}}", ["CB253 relief.count"]),
        (f"{SOUND}, cap: 10 per cent", ["CB210 cap"]),
        (f"{SOUND}, cap: {{most: 10 %}}", ["CB201 cap.most"]),
        (f"{SOUND}, grace_until: end of year", ["CB222 grace_until"]),
        ("kpi: q, basis: all", ["CB202"]),
    ],
)
def test_a_clause_of_another_shape(clause: str, expected: list[str]) -> None:
    assert [one.partition(":")[0] for one in wrong(clause)] == expected


def test_a_clause_waits_until_the_kpis_are_sound() -> None:
    """A kind of KPI that is not there is one problem, and not one for each clause that looks at it."""
    written = contract(SOUND, "kpi: q, scale: [{below: 1, amount: 1}]").replace(
        b"kpi: quality_score", b"kpi: quality", 1
    )
    with pytest.raises(Invalid) as caught:
        callbill.load_contract(written)
    assert [(one.code, one.path) for one in caught.value.problems] == [("CB230", ("kpis", "q", "kpi"))]


# -------------------------------------------------------------------------------------------- groups, caps, excused


def grouped(group: str, **more: Any) -> list[str]:
    written = [{"id": "g1", "label": "G", **read(f"{{{group}}}")}]
    return [one.replace("adjustment_groups.0", "group") for one in wrong(SOUND, adjustment_groups=written, **more)]


@pytest.mark.parametrize(
    ("group", "expected"),
    cases(
        {
            "a clause that is not there": (
                "clauses: [c1, c2], cap: 500",
                ["CB231 group.clauses.1: `c2` is not a clause of `bonus_malus`; known: `c1`"],
            ),
            "a charge that is not there": (
                "clauses: c1, cap: 10 %, of: [fees]",
                [
                    "CB231 group.of.0: `fees` is not a charge of this contract;"
                    " did you mean `fee`? known: `fee`, `calls`, `all`"
                ],
            ),
            "a percentage of what": (
                "clauses: c1, cap: 10 %",
                ["CB249 group: a percentage of what?; write `of: [calls]`, the charges' ids, or `of: all`"],
            ),
            "a percentage of what, for the bonus": (
                "clauses: c1, cap: {bonus: 10 %, malus: 500}",
                ["CB249 group: a percentage of what?; write `of: [calls]`, the charges' ids, or `of: all`"],
            ),
            "a group for nothing": (
                "clauses: c1",
                ["CB202 group: `cap` is missing; write `cap: 10 %`, or `pays: largest`"],
            ),
            "a name that is taken by a clause": (
                "id: c1, clauses: c1, cap: 5",
                ["CB232 group.id: `c1` is taken; give each charge, clause and group its own id"],
            ),
        }
    ),
)
def test_what_is_wrong_with_a_group(group: str, expected: list[str]) -> None:
    assert grouped(group) == expected


@pytest.mark.parametrize(
    "group", ["clauses: c1, pays: largest", "clauses: c1, cap: 500", "clauses: [c1], cap: {malus: 5 %}, of: all"]
)
def test_a_group_that_is_sound(group: str) -> None:
    written = [{"id": "g1", "label": "G", **read(f"{{{group}}}")}]
    made = callbill.load_contract(contract(SOUND, adjustment_groups=written)).agreement.deal
    assert [one.clauses for one in made.groups] == [("c1",)]


@pytest.mark.parametrize(
    "more",
    [
        {"adjustment_groups": [{"id": "g1", "label": "G", "clauses": "c1", "cap": {"malus": "-500"}}]},
        {"adjustment_cap": {"malus": "-10 %"}},
    ],
)
def test_a_cap_has_no_sign_wherever_it_stands(more: dict[str, Any]) -> None:
    assert [one.partition(" ")[0] for one in wrong(SOUND, **more)] == ["CB216"]


def test_one_worth_is_a_cap_both_ways() -> None:
    ten = Worth(Decimal(10), in_percent=True)
    assert cap_of(ten) == Cap(bonus=ten, malus=ten)
    assert cap_of(Cap(malus=ten)).bonus is None


EITHER = "excused days are a `date`, or `from` and `until`; write one of the two"


@pytest.mark.parametrize(
    ("days", "expected"),
    cases(
        {
            "no day": ("", [f"CB248 excused.0: {EITHER}"]),
            "a start without an end": ("from: 2026-10-05", [f"CB248 excused.0: {EITHER}"]),
            "an end without a start": ("until: 2026-10-05", [f"CB248 excused.0: {EITHER}"]),
            "both": ("date: 2026-10-05, from: 2026-10-05, until: 2026-10-06", [f"CB248 excused.0: {EITHER}"]),
            "an end before its start": (
                "from: 2026-10-06, until: 2026-10-05",
                ["CB240 excused.0.until: `until` is before `from`; swap them"],
            ),
            "a KPI that is not there": (
                "date: 2026-10-05, kpis: [q, dayly]",
                [
                    "CB231 excused.0.kpis.1: `dayly` is not a KPI of this contract;"
                    " did you mean `daily`? known: `q`, `g`, `asa`, `sl`, `daily`, `weekly`, `yearly`"
                ],
            ),
        }
    ),
)
def test_what_is_wrong_with_excused_days(days: str, expected: list[str]) -> None:
    assert wrong(SOUND, excused=[{"reason": "strike", **read(f"{{{days}}}")}]) == expected


@pytest.mark.parametrize("days", ["date: 2026-10-05, until: 2026-10-07", "date: 2026-10-05, from: 2026-10-01"])
def test_a_date_with_half_a_range_is_not_taken_for_one_day(days: str) -> None:
    assert wrong(SOUND, excused=[{"reason": "strike", **read(f"{{{days}}}")}]) == [f"CB248 excused.0: {EITHER}"]


def test_unfit_conditions_of_a_kpi_are_told_once_and_there() -> None:
    kpis = {"sl": {"kpi": "answer_rate", "formula": "of_offered", "source": "calls", "where": {"queu": "support"}}}
    clause = read(f"{{id: c, label: C, kpi: sl, basis: all, {STEPS}, when: {{answered: {{at_least: 5}}}}}}")
    with pytest.raises(Invalid) as caught:
        callbill.load_contract(
            contract_text(CHARGES, activity={"calls": measured.CONTACTS}, kpis=kpis, bonus_malus=[clause])
        )
    assert [(one.code, one.path) for one in caught.value.problems] == [("CB231", ("kpis", "sl", "where", "queu"))]


def test_excused_days_end_with_their_last_day() -> None:
    written = [{"date": "2026-10-05", "reason": "a"}, {"from": "2026-10-06", "until": "2026-10-07", "reason": "b"}]
    found = callbill.load_contract(contract(SOUND, excused=written)).agreement.deal.excused
    assert [(str(one.first), str(one.end), one.reason) for one in found] == [
        ("2026-10-05", "2026-10-06", "a"), ("2026-10-06", "2026-10-08", "b"),
    ]  # fmt: skip


@pytest.mark.parametrize("gate", ["below: 70, up_to: 80", "at_least: 70, above: 70", "at_least: 80, below: 70"])
def test_a_gate_that_can_never_hold_or_says_a_limit_twice_is_told(gate: str) -> None:
    (problem,) = wrong(f"{SOUND}, gates: [{{kpi: g, {gate}}}]")
    assert " gates.0" in problem


def test_factors_for_ranges_leave_no_room_for_then_and_otherwise() -> None:
    (problem,) = wrong(f"{SOUND}, gates: [{{kpi: g, otherwise: 50 %, steps: [{{factor: 100 %}}]}}]")
    assert problem.startswith("CB248 gates.0")


# ----------------------------------------------------------------------------------------------------------- words


def words(written: str, language: str = "en") -> dict[str, str]:
    clause = build(Clause, {"id": "c", "label": "C", **read(f"{{{written}}}")})
    return ruled([Rule("c", setting, phrase) for setting, phrase in clause_words(clause)], language)


def test_the_rules_that_lines_do_not_show_are_told() -> None:
    everything = (
        f"kpi: q, basis: [fee, calls], {STEPS}, from: 2026-01-01, applied: next_invoice, basis_of: invoice,"
        " repeated: {within: 12, factors: [100 %, 200 %, 500 %]}, earn_back: {after: 2, target: 85 %}"
    )
    assert words(everything) == {
        "basis": "percentages of the lines of fee, calls, one-off lines and set-up left out",
        "applied": "what a period gives stands on the next invoice",
        "repeated": "misses within 12 periods count 100 %, 200 %, 500 %",
        "earn_back": "a malus is given back when the next 2 periods together reach 85 %",
    }
    assert words(everything, "fr") == {
        "basis": "pourcentages des lignes de fee, calls, hors lignes ponctuelles et mise en service",
        "applied": "le résultat d’une période figure sur la facture suivante",
        "repeated": "les manquements sur 12 périodes comptent 100 %, 200 %, 500 %",
        "earn_back": "un malus est rendu si les 2 périodes suivantes atteignent ensemble 85 %",
    }
    assert words(f"kpi: q, {MONEY}") == {}


def test_a_clause_knows_every_kpi_that_it_looks_at() -> None:
    gates = "gates: [{kpi: g, at_least: 1}, {kpi: q, at_least: 1}]"
    for own in ("kpi: q", "scorecard: [{kpi: q}]"):
        assert build(Clause, {"id": "c", "label": "C", **read(f"{{{own}, {MONEY}, {gates}}}")}).kpis == ("q", "g")


def test_the_example_that_is_printed_can_be_agreed() -> None:
    own = {key: value for key, value in read(EXAMPLE).items() if key != "charges"}
    made = callbill.load_contract(
        contract_text(CHARGES, activity={"calls": measured.CONTACTS, "agents": AGENTS}, **own)
    )
    (clause,) = made.agreement.deal.clauses
    assert (clause.id, clause.basis, made.agreement.deal.cap) == (
        "quality", ("calls",), cap_of(Worth(Decimal(10), in_percent=True)),
    )  # fmt: skip
    assert said(made.agreement.deal.kpis["service_level"].words) == "Service level"

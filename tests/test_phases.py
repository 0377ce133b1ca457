"""Phases: every day is billed under its own, a month that is split is the sum of its parts, and nothing falls between.

The law is shown on whole invoices: the phases together, and each of the two parts as a contract of its own that was
given nothing but its own records.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from small import CALLS, STATES, TOP, read, said

import callbill
from callbill import Invalid, Invoice, describe, explain, kpi_report
from callbill.api import count, priced
from callbill.contract import Contract
from callbill.effective import effective
from callbill.invoice import PhaseDays
from callbill.kpis import Last
from callbill.kpis.count import Count
from callbill.money import text, trimmed
from callbill.period import Life, Period, period_named
from callbill.problems import Problem
from callbill.regrets import regrets, regrets_of
from callbill.schema import contract_schema
from callbill.settings import build
from callbill.source import emit
from callbill.windows import spans_of
from callbill.writers.json import SCHEMA, document

PARIS = ZoneInfo("Europe/Paris")
HEAD = "id,start,talk,queue\n"
SOURCE: dict[str, Any] = {**CALLS, "states": {"answered": {"queue": ["sales", "support"]}, "offered": "all"}}
AGENTS = {**read(STATES), "columns": {"agent": "agent", "start": {"column": "start", "format": "iso"},
          "state": "state", "duration": {"column": "duration", "unit": "s"}}}  # fmt: skip
Q = {"kpi": "quality_score", "source": "kpi_file"}
STEPS = [{"below": "80", "amount": "-4 %"}, {"amount": "2 %"}]
BELOW = [{"below": "80", "amount": "-40"}, {"amount": "0"}]


def contract(**more: Any) -> Contract:
    """A contract whose calls have id, start, talk and queue."""
    return callbill.load_contract(emit({**TOP, "activity": {"calls": SOURCE}, **more}).encode())


def fee(name: str, amount: str = "1000", **more: Any) -> dict[str, Any]:
    return {"id": name, "label": f"Fee {name}", "model": "flat", "amount": amount, **more}


def acts(name: str, price: str = "2", **more: Any) -> dict[str, Any]:
    return {"id": name, "label": f"Calls {name}", "model": "act", "count": "calls.answered", "price": price, **more}


def phase(name: str, *charges: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, **more, "charges": [dict(one) for one in charges]}


def found_in(**more: Any) -> list[str]:
    """What is wrong with a contract: the code of each problem and what is marked."""
    with pytest.raises(Invalid) as caught:
        contract(**more)
    assert all(one.help for one in caught.value.problems)
    return [f"{one.code} {_marked(one)}" for one in caught.value.problems]


def _marked(one: Problem) -> str:
    assert one.place is not None
    at = one.place.column - 1
    return one.place.source[at : at + one.place.width]


class Folder:
    """Where the activity of a test is written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def billed(
        self, agreed: Contract, calls: Sequence[str] = (), period: str = "2026-10", *, kpis: Sequence[str] = (),
        history: Sequence[Path] = (), agents: Sequence[str] | None = None,
    ) -> Invoice:  # fmt: skip
        """The invoice of some calls, `start talk queue` each, and of rows of a KPI file."""
        rows = "".join(f"{n},{','.join(one.split())}\n" for n, one in enumerate(calls))
        (self.path / "calls.csv").write_text(HEAD + rows)
        files: dict[str, Any] = {"calls": self.path / "calls.csv"}
        if agents is not None:
            (self.path / "agents.csv").write_text(
                "agent,start,state,duration\n" + "".join(f"{one}\n" for one in agents)
            )
            files["agents"] = self.path / "agents.csv"
        (self.path / "kpis.csv").write_text(
            "kpi,period,numerator,denominator,value\n" + "".join(f"{one}\n" for one in kpis)
        )
        given = [self.path / "kpis.csv"] if kpis else []
        with callbill.read_activity(agreed, files, threads=1, kpis=given, history=list(history)) as activity:
            return priced(agreed, activity, count(agreed, activity, period))

    def kept(self, invoice: Invoice) -> Path:
        """An invoice as JSON, for the next one."""
        made = document(invoice)
        Draft202012Validator(SCHEMA).validate(made)
        path = self.path / f"{invoice.first}.json"
        path.write_text(json.dumps(made))
        return path


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def rows(invoice: Invoice) -> list[str]:
    """`phase: id quantity × price = amount`, of every line."""
    found = []
    for line in invoice.lines:
        figures = f"{text(trimmed(line.quantity))} × {text(trimmed(line.unit_price))} = {text(line.amount)}"
        found.append(f"{line.phase}: {line.id} {figures}".removeprefix(": "))
    return found


# ----------------------------------------------------------------------- a split month is the sum of its two parts

MODELS: dict[str, dict[str, Any]] = {
    "time": {"model": "time", "measure": "calls.talk", "unit": "minute", "price": "0.37"},
    "time by band": {"model": "time", "measure": "calls.talk", "unit": "hour", "price": {"night": "31.20", "day": "26"},
                     "band_limit": "split", "increment": {"per": "contact", "step": "6 s", "round": "up"}},
    "time of the period": {"model": "time", "measure": "calls.talk", "unit": "hour", "price": "26",
                           "increment": {"per": "period", "step": "15 min", "round": "up"}},
    "time of agents": {"model": "time", "measure": "agents.ready", "unit": "hour", "price": "26",
                       "increment": {"per": "agent_day", "step": "15 min", "round": "nearest"}},
    "acts": {"model": "act", "count": "calls.answered", "price": "2.705"},
    "acts by queue": {"model": "act", "count": "calls.all", "by": ["queue"], "price": "1.1",
                      "free": {"below": "20 s", "of": "calls.talk", "first": "2"}},
    "acts in tiers": {"model": "act", "count": "calls.all", "proration": "calendar_days", "tiers": {
        "mode": "graduated", "zero_usage": "bill_first_flat",
        "steps": [{"up_to": "3", "price": "2", "flat": "310"}, {"price": "1.5"}]}},
    "acts at least": {"model": "act", "count": "calls.all", "price": "2", "minimum": {"quantity": "31"},
                      "proration": "calendar_days"},
    "acts committed": {"model": "act", "count": "calls.all", "price": "2", "proration": "fixed_30",
                       "take_or_pay": {"share": "90 %", "forecast": {"2026-10": "30", "2026-Q4": "92"}}},
    "acts within": {"model": "act", "count": "calls.all", "price": "2", "maximum": {"amount": "31"},
                    "minimum": {"amount": "12.40"}, "proration": "calendar_days"},
    "acts included": {"model": "act", "count": "calls.all", "price": "2", "included": "7",
                      "proration": "calendar_days"},
    "flat": {"model": "flat", "amount": "3100", "proration": "calendar_days"},
    "flat and a volume": {"model": "flat", "amount": "1000", "count": "calls.all", "included": "8",
                          "excess": {"price": "3", "charge": "beyond"}, "shortfall": {"price": "1", "charge": "whole"},
                          "tolerance": "10 %", "proration": "calendar_days"},
    "flat, never in parts": {"model": "flat", "amount": "500", "proration": "none"},
    "seats": {"model": "subscription", "price": "1240", "seats": "3", "billed": "in_arrears",
              "proration": "calendar_days"},
    "seats by date": {"model": "subscription", "price": "900", "billed": "in_arrears", "proration": "fixed_30",
                      "seats": [{"from": "2026-01-01", "seats": "2"}, {"from": "2026-10-20", "seats": "5"}]},
    "seats in advance": {"model": "subscription", "price": "900", "seats": "2", "billed": "in_advance",
                         "proration": "calendar_days"},
    "seats seen": {"model": "subscription", "price": "100", "billed": "in_arrears", "proration": "calendar_days",
                   "seats": {"measured": "distinct", "of": "agents"}},
    "seats a day": {"model": "subscription", "price": "100", "billed": "in_arrears", "proration": "calendar_days",
                    "seats": {"measured": "mean", "of": "agents", "over": "all_days"}},
    "seats at once": {"model": "subscription", "price": "100", "billed": "in_arrears", "proration": "calendar_days",
                      "seats": {"measured": "peak", "of": "agents.ready"}},
}  # fmt: skip
SINGLE = [{"date": "2026-10-01", "label": "Training", "price": "99"}]
CLAUSE = {
    "id": "level",
    "label": "Talk",
    "kpi": "talk",
    "basis": "all",
    "cap": "3 %",
    "scale": [{"below": "80 s", "amount": "-4 %"}, {"amount": "2 %"}],
}
WHOLE: dict[str, Any] = {
    "activity": {"calls": SOURCE, "agents": AGENTS},
    "kpis": {"talk": {"kpi": "talk_time", "source": "calls", "formula": "talk"}},
    "calendar": {"bands": [{"name": "night", "from": "20:00", "to": "08:00"}, {"name": "day"}]},
}
moments = st.integers(0, 36 * 86_400).map(lambda n: datetime(2026, 9, 30, 12, tzinfo=UTC) + timedelta(seconds=n))
around = st.sampled_from(["2026-10-25T00:30:00", "2026-10-25T01:00:00", "2026-10-25T01:30:00", "2026-10-31T22:59:59"])
starts = st.one_of(moments, around.map(lambda one: datetime.fromisoformat(f"{one}+00:00")))
call = st.tuples(starts, st.sampled_from([0, 7, 19, 61, 185, 3600]), st.sampled_from(["sales", "support", "lost"]))
state = st.tuples(st.sampled_from("ABC"), starts, st.just("Ready"), st.sampled_from([60, 600, 5400]))


def split(models: Sequence[str], life: Life, name: str, clause: bool) -> dict[str, Any]:
    """What one part of the split contract bills, as a phase or a contract of its own."""
    charges = [{"id": f"{name}{n}", "label": f"Charge {n}", **MODELS[one]} for n, one in enumerate(models)]
    if name == "first":
        charges[0]["one_off"] = SINGLE
    days = {key: str(day) for key, day in (("from", life.first), ("until", life.last)) if day}
    return {
        "days": days,
        "charges": charges,
        **({"bonus_malus": [{**CLAUSE, "id": f"{name}_level"}], "adjustment_cap": "2.5 %"} if clause else {}),
    }


def lines(invoice: Invoice) -> list[tuple[Any, ...]]:
    """All of every line but its phase; the bonus_malus line of either part has its own number in the whole."""
    return [
        (line.id.removesuffix("-2"), line.kind, line.label, said(line.detail), line.quantity, said(line.unit),
         line.unit_price, line.amount, line.vat)
        for line in invoice.lines
    ]  # fmt: skip


@st.composite
def scenes(draw: st.DrawFn) -> dict[str, Any]:
    names = st.lists(st.sampled_from(sorted(MODELS)), min_size=1, max_size=3)
    period = draw(st.sampled_from(["month", "month", "quarter"]))
    change = date(2026, 10, 1) + timedelta(days=draw(st.integers(1, 30)))
    return {
        "period": period, "change": change, "clause": draw(st.booleans()), "before": draw(names), "after": draw(names),
        "calls": draw(st.lists(call, max_size=30)),
        "states": draw(st.lists(state, max_size=12, unique_by=lambda one: one[:2])),
    }  # fmt: skip


def local(start: datetime) -> date:
    return start.astimezone(PARIS).date()


@settings(
    max_examples=60, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip
@given(scenes())
def test_a_split_period_is_the_sum_of_its_two_parts_billed_alone(tmp_path: Path, scene: dict[str, Any]) -> None:
    check_split(Folder(tmp_path), scene)


@pytest.mark.parametrize("period", ["month", "quarter"])
@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_the_sum_of_its_two_parts(folder: Folder, name: str, period: str) -> None:
    """On the Sunday on which the clocks go back, with a call in each of its two hours from 2 to 3."""
    calls = [
        (datetime.fromisoformat(f"{one}+00:00"), 61 + n, ("sales", "support")[n % 2])
        for n, one in enumerate(
            ["2026-10-02T08:00:00", "2026-10-24T21:59:59", "2026-10-24T22:00:00", "2026-10-25T00:30:00",
             "2026-10-25T01:30:00", "2026-10-31T22:59:59"]
        )
    ]  # fmt: skip
    states = [("AB"[n % 2], start, "Ready", 600) for n, (start, _, _) in enumerate(calls)]
    scene = {"period": period, "change": date(2026, 10, 25), "clause": True, "before": [name], "after": [name]}
    check_split(folder, {**scene, "calls": calls, "states": states})


def check_split(folder: Folder, scene: dict[str, Any]) -> None:
    """The invoice of both phases against those of a contract for each."""
    change, name = scene["change"], {"month": "2026-10", "quarter": "2026-Q4"}[scene["period"]]
    shared = {**WHOLE, "period": scene["period"]}
    both, alone = [], []
    for part, life, models in (
        ("first", Life(None, change - timedelta(days=1)), scene["before"]), ("second", Life(change), scene["after"]),
    ):  # fmt: skip
        own = split(models, life, part, scene["clause"])
        days = own.pop("days")
        both.append({"name": part, **days, **own})
        own["charges"] = [{**one, **days} for one in own["charges"]]
        mine = [one for one in scene["calls"] if (local(one[0]) < change) == (part == "first")]
        seen = [one for one in scene["states"] if (local(one[1]) < change) == (part == "first")]
        alone.append(billed_split(folder, {**shared, **own}, mine, seen, name))
    together = billed_split(folder, {**shared, "phases": both}, scene["calls"], scene["states"], name)
    assert lines(together) == [*lines(alone[0]), *lines(alone[1])]
    assert together.net == alone[0].net + alone[1].net
    assert {line.phase for line in together.lines} <= {"first", "second"}
    for one in together.funnel:
        assert one.read == one.rejected + one.other + one.duplicates + one.joined + one.outside_period + one.in_period
        assert all(each.billed + sum(each.not_billable.values()) == one.in_period for each in one.charges)


def billed_split(folder: Folder, written: dict[str, Any], calls: Any, states: Any, period: str) -> Invoice:
    rows_ = [f"{start.isoformat()} {talk} {queue}" for start, talk, queue in calls]
    agents = [f"{agent},{start.isoformat()},{word},{length}" for agent, start, word, length in states]
    return folder.billed(contract(**written), rows_, period, agents=agents)


@pytest.mark.parametrize(("period", "net"), [("2026-10", 200), ("2026-11", 200)])
def test_a_change_that_changes_nothing_costs_nothing(folder: Folder, period: str, net: int) -> None:
    """Two agents a day are two seats, in either part and in a month without a change."""
    seats = {"id": "seats", "label": "Seats", **MODELS["seats a day"]}
    first, last = date(2026, 9, 30), date(2026, 12, 1)
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    agents = [f"{agent},{day}T12:00:00Z,Ready,600" for day in days for agent in "AB"]
    shared = {"activity": {"calls": SOURCE, "agents": AGENTS}}
    whole = folder.billed(contract(**shared, charges=[seats]), (), period, agents=agents)
    phases = [phase("A", seats, until="2026-10-15"), phase("B", {**seats, "id": "again"})]
    split = folder.billed(contract(**shared, phases=phases), (), period, agents=agents)
    assert whole.net == net
    assert abs(split.net - net) <= Decimal("0.02")


def test_a_look_back_sees_over_the_change_as_over_the_beginning_of_a_month(folder: Folder) -> None:
    source = {**SOURCE, "columns": {**SOURCE["columns"], "customer": "queue"}}
    once = {"once_per": {"field": "customer", "within": "24 h"}}
    phases = [phase("A", acts("a", **once), until="2026-10-15"), phase("B", acts("b", "3", **once))]
    calls = ["2026-10-15T23:00:00+02:00 60 sales", "2026-10-16T01:00:00+02:00 60 sales"]
    made = folder.billed(contract(activity={"calls": source}, phases=phases), calls)
    assert rows(made) == ["A: a 1 × 2 = 2.00", "B: b 0 × 3 = 0.00"]


# ------------------------------------------------------------------------------------------- which days are whose

NIGHT = ["2026-10-15T23:59:59+02:00 60 sales", "2026-10-16T00:00:00+02:00 60 sales"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"until": "2026-10-15"}, {"from": "2026-10-16"}),
        ({"until": "2026-10-15"}, {}),
        ({}, {"from": "2026-10-16"}),
        ({"from": "2026-01-01", "until": "2026-10-15"}, {"until": "2026-12-31"}),
    ],
)
def test_one_of_the_two_days_at_a_change_is_enough(folder: Folder, first: Any, second: Any) -> None:
    made = folder.billed(contract(phases=[phase("A", acts("a"), **first), phase("B", acts("b", "3"), **second)]), NIGHT)
    assert rows(made) == ["A: a 1 × 2 = 2.00", "B: b 1 × 3 = 3.00"]
    days = (date(2026, 10, 1), date(2026, 10, 15), date(2026, 10, 16), date(2026, 10, 31))
    assert made.phases == (PhaseDays("A", *days[:2]), PhaseDays("B", *days[2:]))


def test_only_the_charges_of_the_period_are_on_its_invoice(folder: Folder) -> None:
    phases = [
        phase("A", acts("a"), until="2026-09-30"),
        phase("B", acts("b", "3")),
        phase("C", acts("c"), **{"from": "2026-11-01"}),
    ]
    made = folder.billed(contract(phases=phases), NIGHT)
    assert rows(made) == ["B: b 2 × 3 = 6.00"]
    assert [one.charge for one in made.funnel[0].charges] == ["b"]
    assert {rule.charge for rule in made.rules} == {"", "b"}


def test_a_contract_that_begins_and_ends_inside_a_month_says_which_days_are_billed(folder: Folder) -> None:
    lasting = {"from": "2026-10-16", "until": "2026-10-25"}
    agreed = contract(
        phases=[phase("A", fee("a", "3100", proration="calendar_days"), **lasting)],
        kpis={"n": {"kpi": "count", "source": "calls", "counts": {"count": "offered"}}},
    )
    made = folder.billed(agreed, NIGHT)
    assert rows(made) == ["A: a 1 × 1000 = 1000.00"]
    assert [said(rule.phrase) for rule in made.rules if rule.setting == "phases"] == [
        "A, 16 Oct 2026 to 25 Oct 2026: 10 of 31 days",
        "no phase, 1 Oct 2026 to 15 Oct 2026: not billed",
        "no phase, 26 Oct 2026 to 31 Oct 2026: not billed",
    ]
    assert [(one.first.day, one.last.day, one.numerator) for one in made.kpis] == [(16, 25, 1)]
    assert "Phase          A, 16 October 2026 to 25 October 2026" in callbill.render(made)


@pytest.mark.parametrize(
    ("period", "message"),
    [
        ("2026-09", "no phase bills a day of 2026-09: the first phase begins 2026-10-16"),
        ("2026-12", "no phase bills a day of 2026-12: the first phase begins 2026-10-16, the last one ends 2026-11-30"),
    ],
)
def test_a_period_outside_all_phases_is_refused(folder: Folder, period: str, message: str) -> None:
    lasting = {"from": "2026-10-16"} | ({"until": "2026-11-30"} if period == "2026-12" else {})
    with pytest.raises(Invalid) as caught:
        folder.billed(contract(phases=[phase("A", acts("a"), **lasting)]), NIGHT, period)
    assert [(one.code, one.message) for one in caught.value.problems] == [("CB267", message)]


def test_a_period_before_the_first_phase_has_kpis_all_the_same(folder: Folder) -> None:
    agreed = contract(phases=[phase("A", acts("a"), until="2026-09-30")])
    (folder.path / "calls.csv").write_text(HEAD + "1,2026-10-05T10:00:00+02:00,60,sales\n")
    with callbill.read_activity(agreed, {"calls": folder.path / "calls.csv"}) as activity:
        shown = kpi_report.report(agreed, activity)
    assert any(row.cells[0].startswith("talk") for table in shown.tables for row in table.rows)


def test_limits_of_the_invoice_stay_whole_and_state_their_window(folder: Folder) -> None:
    phases = [phase("A", acts("a"), until="2026-10-15"), phase("B", acts("b", "3"))]
    made = folder.billed(contract(phases=phases, minimum={"amount": "100"}), NIGHT)
    assert rows(made)[2:] == ["invoice.minimum 1 × 95 = 95.00"]
    assert said(made.lines[2].detail) == "100.00 against 5.00, 1 Oct 2026 to 31 Oct 2026"


def test_single_lines_of_the_contract_stand_after_the_phases(folder: Folder) -> None:
    phases = [phase("A", fee("a", proration="none"), until="2026-10-15"), phase("B", fee("b", proration="none"))]
    made = folder.billed(contract(phases=phases, one_off=[{"date": "2026-10-02", "label": "Audit", "price": "7"}]))
    assert [(line.id, line.phase) for line in made.lines] == [("a", "A"), ("b", "B"), ("one_off.1", "")]
    shown = callbill.render(made, "markdown")
    heads = [
        "**A, 1 October 2026 to 15 October 2026**",
        "**B, 16 October 2026 to 31 October 2026**",
        "**Whole contract**",
    ]
    assert [shown.index(one) for one in heads] == sorted(shown.index(one) for one in heads)


# --------------------------------------------------------------------------------------- bonus and malus of a phase


def scored(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "label": f"Clause {name}", "kpi": "q", "basis": "all", "scale": STEPS, **more}


def ending(first: Mapping[str, Any], second: "Mapping[str, Any] | None" = None, **more: Any) -> dict[str, Any]:
    """Two phases that change on the 16th, a fee in each: 1,000 and 2,000 a month."""
    days, other = ({"until": "2026-10-15"}, {}) if "until" not in more else (more, {})
    return {
        "kpis": {"q": Q},
        "phases": [
            phase("A", fee("a", "3100", proration="calendar_days"), **days, **first),
            phase("B", fee("b", "6200", proration="calendar_days"), **other, **(second or {})),
        ],
    }


def test_a_clause_sees_the_days_and_the_lines_of_its_phase(folder: Folder) -> None:
    agreed = contract(**ending({"bonus_malus": [scored("s")]}, {"bonus_malus": [scored("t")], "adjustment_cap": "1 %"}))
    given = ["q,2026-10-05,7,10,", "q,2026-10-15,0,10,", "q,2026-10-16,10,10,"]
    made = folder.billed(agreed, kpis=given)
    assert rows(made) == [
        "A: a 1 × 1500 = 1500.00", "A: s -1500 × 0.04 = -60.00",
        "B: b 1 × 3200 = 3200.00", "B: t 3200 × 0.02 = 64.00", "B: bonus_malus.cap -1 × 32 = -32.00",
    ]  # fmt: skip
    shown = [(one.phase, one.window, str(one.rounded)) for one in made.kpis]
    assert shown == [("A", "2026-10-01/2026-10-15", "35"), ("B", "2026-10-16/2026-10-31", "100")]
    assert [(one.clause, one.phase, one.amount) for one in made.clauses] == [
        ("s", "A", Decimal(-60)),
        ("t", "B", Decimal(64)),
    ]
    assert [(one.charge, one.phase, one.amount) for one in made.subtotals][-1] == ("bonus_malus", "B", Decimal(-32))


def test_either_phase_may_reach_its_cap(folder: Folder) -> None:
    capped = {"bonus_malus": [scored("s")], "adjustment_cap": "1 %"}
    made = folder.billed(
        contract(**ending(capped, {**capped, "bonus_malus": [scored("t")]})),
        kpis=["q,2026-10-05,7,10,", "q,2026-10-16,1,10,"],
    )
    assert [row for row in rows(made) if "bonus_malus" in row] == [
        "A: bonus_malus.cap 1 × 45 = 45.00", "B: bonus_malus.cap-2 1 × 96 = 96.00",
    ]  # fmt: skip


def test_a_kpi_of_the_kpi_file_can_be_given_for_the_days_of_a_phase(folder: Folder) -> None:
    agreed = contract(**ending({"bonus_malus": [scored("s")]}))
    made = folder.billed(agreed, kpis=["q,2026-10-01/2026-10-15,,,70"])
    assert rows(made)[1] == "A: s -1500 × 0.04 = -60.00"
    with pytest.raises(Invalid) as caught:
        folder.billed(agreed, kpis=["q,2026-10,,,70"])
    assert caught.value.problems[0].help == "add a row `q,2026-10-01/2026-10-15,…` to the file of `--kpis`"


@pytest.mark.parametrize("written", ["2026-10-15/2026-10-01", "2026-10-01/soon", "2026-10-01/2026-10-15/2026-10-20"])
def test_days_of_a_kpi_file_run_forward(folder: Folder, written: str) -> None:
    with pytest.raises(Invalid) as caught:
        folder.billed(contract(**ending({"bonus_malus": [scored("s")]})), kpis=[f"q,{written},,,70"])
    assert [one.code for one in caught.value.problems] == ["CB344"]
    assert caught.value.problems[0].help.endswith("or the days of a phase `2026-10-16/2026-10-31`")


def test_costs_of_a_phase_are_its_own_lines(folder: Folder) -> None:
    cost = {"kpi": "cost_per_contact", "formula": "of_answered"}
    clause = {"label": "Cost", "kpi": "c", "scale": [{"below": "50", "amount": "5"}, {"amount": "-5"}]}
    written = ending({"bonus_malus": [{**clause, "id": "s"}]}, {"bonus_malus": [{**clause, "id": "t"}]})
    made = folder.billed(contract(**{**written, "kpis": {"c": cost}}), NIGHT)
    assert [(one.phase, one.numerator, one.denominator) for one in made.kpis] == [("A", 1500, 1), ("B", 3200, 1)]


NEXT = {"from": "2026-09-01", "applied": "next_invoice", "basis_of": "measured_period"}


def test_what_an_ended_phase_gave_last_stands_on_the_next_invoice(folder: Folder) -> None:
    agreed = contract(**ending({"bonus_malus": [scored("s", **NEXT), scored("now")]}))
    given = ["q,2026-09,,,70", "q,2026-10-01/2026-10-15,,,60"]
    september = folder.billed(agreed, period="2026-09", kpis=given)
    assert rows(september) == ["A: a 1 × 3100 = 3100.00", "A: now -3100 × 0.04 = -124.00"]
    october = folder.billed(agreed, kpis=given, history=[folder.kept(september)])
    assert rows(october) == [
        "A: a 1 × 1500 = 1500.00", "A: s -3100 × 0.04 = -124.00", "A: now -1500 × 0.04 = -60.00",
        "B: b 1 × 3200 = 3200.00",
    ]  # fmt: skip
    november = folder.billed(agreed, period="2026-11", history=[folder.kept(october)])
    assert rows(november) == ["A: s -1500 × 0.04 = -60.00", "B: b 1 × 6200 = 6200.00"]
    assert [(one.clause, one.phase, one.amount, one.gave) for one in november.clauses] == [("s", "A", Decimal(-60), 0)]
    assert said(november.lines[0].detail) == "result of 2026-10"
    shown = callbill.render(november, "markdown")
    assert shown.index("**A**") < shown.index("**B, 1 November 2026 to 30 November 2026**")
    december = folder.billed(agreed, period="2026-12")
    assert (rows(december), december.clauses) == (["B: b 1 × 6200 = 6200.00"], ())


def test_without_the_month_that_set_it_aside_the_next_invoice_is_refused(folder: Folder) -> None:
    agreed = contract(**ending({"bonus_malus": [scored("s", **NEXT)]}))
    with pytest.raises(Invalid) as caught:
        folder.billed(agreed, period="2026-11")
    assert [(one.code, one.path) for one in caught.value.problems] == [("CB340", ("phases", 0, "bonus_malus", 0, "id"))]


def test_the_last_result_of_the_last_phase_has_an_invoice_of_its_own(folder: Folder) -> None:
    """It has no least amount: nothing was billed under the contract."""
    written = ending({}, {"bonus_malus": [scored("s", **NEXT | {"from": "2026-12-01"})]})
    written["phases"][1]["until"] = "2026-12-31"
    agreed = contract(**written, minimum={"amount": "500"})
    december = folder.billed(agreed, period="2026-12", kpis=["q,2026-12,,,70"])
    january = folder.billed(agreed, period="2027-01", history=[folder.kept(december)])
    assert (rows(january), january.phases) == (["B: s -6200 × 0.04 = -248.00"], ())
    assert [said(one.phrase) for one in january.rules if one.setting == "phases"] == [
        "no phase, 1 Jan 2027 to 31 Jan 2027: not billed"
    ]
    with pytest.raises(Invalid) as caught:
        folder.billed(agreed, period="2027-02", history=[folder.kept(december)])
    assert [one.code for one in caught.value.problems] == ["CB267"]


def test_what_a_phase_gave_last_keeps_its_vat_and_its_caps(folder: Folder) -> None:
    reverse = {"category": "AE", "reason": "Reverse charge"}
    clauses = [scored("s", **NEXT, cap={"malus": "50"}), scored("t", **NEXT)]
    groups = [{"id": "both", "label": "Both", "clauses": ["s", "t"], "cap": "100"}]
    written = ending({"bonus_malus": clauses, "adjustment_groups": groups, "adjustment_cap": "90"})
    written["phases"][0]["charges"][0]["vat"] = reverse
    agreed = contract(**written)
    given = ["q,2026-09,,,90", "q,2026-10-01/2026-10-15,,,60"]
    september = folder.kept(folder.billed(agreed, period="2026-09", kpis=given))
    october = folder.kept(folder.billed(agreed, kpis=given, history=[september]))
    november = folder.billed(agreed, period="2026-11", history=[october])
    assert rows(november)[:-1] == [
        "A: s -1500 × 0.04 = -60.00", "A: s.cap 1 × 10 = 10.00", "A: t -1500 × 0.04 = -60.00",
        "A: both.cap 1 × 10 = 10.00", "A: bonus_malus.cap 1 × 10 = 10.00",
    ]  # fmt: skip
    assert {line.vat.category for line in november.lines[:-1]} == {"AE"}


def test_a_fixed_amount_without_a_basis_has_the_vat_of_the_phase(folder: Folder) -> None:
    clause = {"id": "s", "label": "S", "kpi": "q", "scale": BELOW, **NEXT}
    del clause["basis_of"]
    written = ending({"bonus_malus": [clause]})
    written["phases"][0]["charges"].append(fee("c", "1", proration="none", vat={"rate": "10"}))
    agreed = contract(**written)
    given = ["q,2026-09,,,90", "q,2026-10-01/2026-10-15,,,60"]
    september = folder.kept(folder.billed(agreed, period="2026-09", kpis=given))
    october = folder.kept(folder.billed(agreed, kpis=given, history=[september]))
    november = folder.billed(agreed, period="2026-11", history=[october])
    assert rows(november)[0] == "A: s -1 × 40 = -40.00"
    assert november.lines[0].vat.rate == 20


def test_an_ended_phase_that_set_nothing_aside_is_not_on_the_invoice(folder: Folder) -> None:
    agreed = contract(**ending({"bonus_malus": [{**scored("s", **NEXT), "scale": BELOW}]}))
    given = ["q,2026-09,,,90", "q,2026-10-01/2026-10-15,,,90"]
    september = folder.kept(folder.billed(agreed, period="2026-09", kpis=given))
    october = folder.kept(folder.billed(agreed, kpis=given, history=[september]))
    november = folder.billed(agreed, period="2026-11", history=[october])
    assert (rows(november), november.clauses) == (["B: b 1 × 6200 = 6200.00"], ())


@pytest.mark.parametrize(
    ("clause", "more", "marked"),
    [
        ({"basis_of": "invoice"}, {}, ["CB249 invoice"]),
        ({"cap": "5 %"}, {}, ["CB249 cap"]),
        (
            {},
            {"adjustment_groups": [{"id": "g", "label": "G", "clauses": ["s"], "cap": "5 %", "of": "all"}]},
            ["CB249 5 %"],
        ),
        ({}, {"adjustment_cap": {"malus": "5 %"}}, ["CB249 adjustment_cap"]),
    ],
)
def test_a_last_result_is_no_percentage_of_an_invoice_without_the_phase(
    clause: Any, more: Any, marked: list[str]
) -> None:
    assert found_in(**ending({"bonus_malus": [scored("s", **NEXT | clause)], **more})) == marked


@pytest.mark.parametrize(
    ("clause", "days"),
    [
        ({"until": "2026-09-30"}, {}),  # its last result stands on the invoice of the phase's last days
        ({"until": "2026-10-10"}, {}),  # in force in whole parts only: the same
        ({"from": "2026-10-01", "until": "2026-10-10"}, {"from": "2026-10-01"}),  # never in force
        ({"applied": "this_invoice", "basis_of": None}, {}),
    ],
)
def test_a_clause_that_ends_a_period_sooner_may_be_a_percentage(clause: Any, days: Any) -> None:
    one = {key: value for key, value in scored("s", **NEXT | {"cap": "5 %"} | clause).items() if value is not None}
    written = ending({"bonus_malus": [one], "adjustment_cap": "5 %", **days})
    assert len(contract(**written).agreement.phases) == 2


def test_an_endless_phase_may_be_a_percentage_of_its_next_invoice() -> None:
    clause = scored("s", **NEXT | {"from": "2026-10-16", "basis_of": "invoice"})
    assert contract(**ending({}, {"bonus_malus": [clause]})).agreement.phases[1].deal.clauses[0].until is None


def test_misses_are_counted_in_the_phase_alone(folder: Folder) -> None:
    repeated = {"repeated": {"within": "3", "factors": ["100 %", "200 %", "500 %"]}}
    clause = {key: value for key, value in NEXT.items() if key == "from"}
    agreed = contract(**ending(
        {"bonus_malus": [scored("s", **repeated, **clause)]}, {"bonus_malus": [scored("t", **repeated)]},
    ))  # fmt: skip
    given = [
        f"q,{days},,,70" for days in ("2026-09", "2026-10-01/2026-10-15", "2026-10-16/2026-10-31", "2026-11", "2026-12")
    ]
    found, history = [], []
    for period in ("2026-09", "2026-10", "2026-11", "2026-12"):
        made = folder.billed(agreed, period=period, kpis=given, history=history)
        history.append(folder.kept(made))
        found += [row for row in rows(made) if row[3] in "st"]
    assert found == [
        "A: s -3100 × 0.04 = -124.00", "A: s -1500 × 0.08 = -120.00",
        "B: t -3200 × 0.04 = -128.00", "B: t -6200 × 0.08 = -496.00", "B: t -6200 × 0.2 = -1240.00",
    ]  # fmt: skip


def test_a_malus_is_earned_back_in_its_phase(folder: Folder) -> None:
    back = {"earn_back": {"after": "1", "target": "90 %"}}
    agreed = contract(
        **ending(
            {"bonus_malus": [scored("s", **back, **{"from": "2026-09-01"})]}, {"bonus_malus": [scored("t", **back)]}
        )
    )
    given = [
        f"q,{days},{value},100,"
        for days, value in (("2026-10-01/2026-10-15", 70), ("2026-10-16/2026-10-31", 70), ("2026-11", 95))
    ]
    given.append("q,2026-09,95,100,")
    september = folder.kept(folder.billed(agreed, period="2026-09", kpis=given))
    october = folder.kept(folder.billed(agreed, kpis=given, history=[september]))
    november = folder.billed(agreed, period="2026-11", kpis=given, history=[october])
    assert rows(november) == [
        "B: b 1 × 6200 = 6200.00",
        "B: t 6200 × 0.02 = 124.00",
        "B: t.earned_back 1 × 128 = 128.00",
    ]


def test_a_forecast_of_the_month_is_met_by_the_whole_month_and_one_of_days_by_those_of_the_phase(
    folder: Folder,
) -> None:
    def clause(name: str, **expected: str) -> dict[str, Any]:
        relief = {"count": "calls.offered", "expected": expected, "above": "50 %"}
        return scored(name, kpi="talk", scale=[{"below": "100 s", "amount": "-1 %"}, {"amount": "0"}], relief=relief)

    written = ending(
        {"bonus_malus": [clause("s", **{"2026-10": "1"})]},
        {"bonus_malus": [clause("t", **{"2026-10-05": "1", "2026-10-20": "1"}), clause("u", **{"2026-10": "2"})]},
    )
    written["kpis"] = {"talk": {"kpi": "talk_time", "source": "calls", "formula": "talk"}}
    calls = [
        "2026-10-05T10:00:00+02:00 60 sales",
        "2026-10-20T10:00:00+02:00 60 sales",
        "2026-10-20T11:00:00+02:00 60 sales",
    ]
    made = folder.billed(contract(**written), calls)
    notes = {one.clause: [said(note) for note in one.notes] for one in made.clauses}
    assert notes["s"] == ["no malus: volume 3 against a forecast of 1"]
    assert notes["t"] == ["20 Oct 2026 left out: volume 2, forecast 1", "nothing was counted"]
    assert notes["u"] == []
    assert rows(made)[-1] == "B: u -3200 × 0.01 = -32.00"


def test_a_clause_in_force_for_a_part_of_the_phase_only(folder: Folder) -> None:
    agreed = contract(
        **ending(
            {"bonus_malus": [scored("s", until="2026-10-10")]}, {"bonus_malus": [scored("t", **{"from": "2026-10-16"})]}
        )
    )
    made = folder.billed(agreed, kpis=["q,2026-10-16/2026-10-31,,,70"])
    assert [[said(note) for note in one.notes] for one in made.clauses] == [["not in force in this period"], []]
    assert rows(made)[-1] == "B: t -3200 × 0.04 = -128.00"


def test_problems_of_a_clause_stand_in_its_phase(folder: Folder) -> None:
    with pytest.raises(Invalid) as caught:
        folder.billed(contract(**ending({"bonus_malus": [scored("s")]}, {"bonus_malus": [scored("t")]})))
    assert [(one.code, one.path) for one in caught.value.problems] == [("CB341", ("kpis", "q"))] * len(
        caught.value.problems
    )


# ------------------------------------------------------------------------------------------------ windows of KPIs

LIVES = {
    "day": (Life(date(2026, 10, 30)), "day", ["2026-10-30", "2026-10-31"]),
    "the whole period": (Life(), "period", ["2026-10"]),
    "a part of it": (Life(date(2026, 10, 16)), "period", ["2026-10-16/2026-10-31"]),
    "no day of it": (Life(None, date(2026, 9, 30)), "period", []),
    "weeks, the first one cut": (
        Life(date(2026, 10, 16)), "week", ["2026-10-16/2026-10-18", "2026-W43"],
    ),
    "weeks, the last one cut": (
        Life(None, date(2026, 10, 13)), "week", ["2026-W40", "2026-W41", "2026-10-12/2026-10-13"],
    ),
    "a quarter that is not over": (Life(), "quarter", []),
    "a quarter that ends with the phase": (Life(None, date(2026, 10, 13)), "quarter", ["2026-10-01/2026-10-13"]),
    "three periods, fewer in the phase": (Life(date(2026, 9, 10)), "last", ["2026-09-10/2026-10-31"]),
    "three periods, all in the phase": (Life(date(2026, 8, 1)), "last", ["2026-08 – 2026-10"]),
}  # fmt: skip


@pytest.mark.parametrize("case", LIVES)
def test_windows_are_cut_where_the_phase_is(case: str) -> None:
    life, measured, names = LIVES[case]
    given: Any = {"periods": "3"} if measured == "last" else measured
    kpi = build(Count, {"kpi": "count", "measured": given})
    assert measured != "last" or isinstance(kpi.measured, Last)
    assert [one.name for one in spans_of(kpi, period_named("month", "2026-10"), "month", life)] == names


def test_every_day_of_two_phases_lies_in_one_week_of_one_of_them() -> None:
    kpi = build(Count, {"kpi": "count", "measured": "week"})
    change = date(2026, 10, 15)
    lives = [Life(date(2026, 9, 1), change), Life(change + timedelta(days=1), date(2026, 11, 30))]
    days = [
        span.first + timedelta(days=n)
        for month in ("2026-09", "2026-10", "2026-11")
        for life in lives
        for span in spans_of(kpi, period_named("month", month), "month", life)
        for n in range((span.end - span.first).days)
    ]
    assert days == [date(2026, 9, 1) + timedelta(days=n) for n in range(91)]


ROLLING = {"kpi": "count", "source": "calls", "counts": {"count": "offered"}, "measured": {"periods": "2"}}


def test_a_window_over_a_change_takes_the_part_of_the_phase_from_the_month_before(folder: Folder) -> None:
    clause = {"label": "N", "kpi": "n", "scale": [{"below": "100", "amount": "-5"}, {"amount": "0"}]}
    agreed = contract(
        kpis={"n": ROLLING},
        phases=[phase("A", fee("a", proration="none"), until="2026-10-15", bonus_malus=[{**clause, "id": "s"}]),
                phase("B", fee("b", proration="none"), bonus_malus=[{**clause, "id": "t"}])],
    )  # fmt: skip
    october = ["2026-10-05T10:00:00+02:00 60 sales", *NIGHT, "2026-10-20T10:00:00+02:00 60 sales"]
    november = ["2026-11-05T10:00:00+01:00 60 sales"]
    together = folder.billed(agreed, october + november, "2026-11")
    assert [(one.phase, one.window, one.numerator) for one in together.kpis] == [("B", "2026-10-16/2026-11-30", 3)]
    earlier = folder.kept(folder.billed(agreed, ["2026-09-30T10:00:00+02:00 9 sales", *october]))
    alone = folder.billed(agreed, november, "2026-11", history=[earlier])
    assert [(one.phase, one.window, one.numerator) for one in alone.kpis] == [("B", "2026-10-16/2026-11-30", 3)]


def test_a_share_of_windows_and_intervals_are_those_of_the_phase(folder: Folder) -> None:
    met = {
        "kpi": "count",
        "source": "calls",
        "counts": {"count": "offered"},
        "measured": "day",
        "met": {"at_least": "2"},
    }
    hourly = {"kpi": "talk_time", "source": "calls", "formula": "talk", "measured": {"interval": "1 h"}}
    share = {"label": "M", "kpi": "m", "basis": "all", "scale": [{"below": "80", "amount": "-1 %"}, {"amount": "0"}]}
    each = {"label": "H", "kpi": "h", "scale": [{"below": "100 s", "amount": "-5"}, {"amount": "0"}]}
    written = ending(
        {"bonus_malus": [{**share, "id": "s"}, {**each, "id": "e"}]},
        {"bonus_malus": [{**share, "id": "t"}, {**each, "id": "f"}]},
    )
    written["kpis"] = {"m": met, "h": hourly}
    made = folder.billed(
        contract(**written), [*NIGHT, "2026-10-20T10:00:00+02:00 60 sales", "2026-10-20T10:30:00+02:00 60 sales"]
    )
    assert [(one.phase, one.numerator, one.denominator) for one in made.kpis] == [("A", 0, 1), ("B", 1, 2)]
    assert [row for row in rows(made) if row[3] in "ef"] == ["A: e -1 × 5 = -5.00", "B: f -2 × 5 = -10.00"]


# ------------------------------------------------------------------------------------------------------ problems

FOLLOWING = {
    "a gap": ([{"until": "2026-06-30"}, {"from": "2026-07-15"}], ["CB265 2026-07-15"]),
    "a gap of a day": ([{"until": "2026-06-30"}, {"from": "2026-07-02"}], ["CB265 2026-07-02"]),
    "an overlap": ([{"until": "2026-06-30"}, {"from": "2026-06-30"}], ["CB266 2026-06-30"]),
    "the same first day": ([{"from": "2026-06-01"}, {"from": "2026-06-01"}], ["CB266 2026-06-01"]),
    "no end and no beginning": ([{}, {}], ["CB249 name"]),
    "out of order": ([{"from": "2026-06-01", "until": "2026-06-30"}, {"from": "2026-01-01"}], ["CB240 2026-01-01"]),
    "out of order by their ends": ([{"until": "2026-06-30"}, {"until": "2026-05-31"}], ["CB240 2026-05-31"]),
    "an end before its beginning": ([{"from": "2026-06-30", "until": "2026-06-01"}], ["CB240 2026-06-01"]),
    "out of order after one without a first day": (
        [{"until": "2026-03-31"}, {"until": "2026-12-31"}, {"from": "2026-03-01"}], ["CB240 2026-03-01"],
    ),
    "no phase at all": ([], ["CB219 []"]),
}  # fmt: skip


@pytest.mark.parametrize("case", FOLLOWING)
def test_phases_that_do_not_follow_each_other_are_refused(case: str) -> None:
    days, marked = FOLLOWING[case]
    phases = [phase(f"P{n}", acts(f"p{n}"), **one) for n, one in enumerate(days)]
    assert found_in(phases=phases) == marked


def two(first: Mapping[str, Any], second: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {**more, "phases": [phase("A", first, until="2026-06-30"), phase("B", second)]}


WRONG = {
    "a phase without a charge": ({"phases": [phase("A")]}, ["CB219 []"]),
    "two phases of one name": (
        {"phases": [phase("A", acts("a"), until="2026-06-30"), phase("A", acts("b"))]}, ["CB232 A"],
    ),
    "two charges of one id": (two(acts("a"), acts("a")), ["CB232 a"]),
    "a charge that begins before its phase": (
        two(acts("a"), acts("b", **{"from": "2026-06-30"})), ["CB267 2026-06-30"],
    ),
    "a charge that ends after its phase": (two(acts("a", until="2026-07-01"), acts("b")), ["CB267 2026-07-01"]),
    "a single line outside the phase": (
        two(acts("a", one_off=[{"date": "2026-07-01", "label": "X", "price": "1"}]), acts("b")), ["CB267 2026-07-01"],
    ),
    "a single line that no invoice carries": (
        {"one_off": [{"date": "2026-05-31", "label": "X", "price": "1"}],
         "phases": [phase("A", acts("a"), **{"from": "2026-06-02"})]},
        ["CB267 2026-05-31"],
    ),
    "a credit that no invoice carries": (
        {"credits": [{"date": "2026-07-01", "label": "X", "amount": "1"}],
         "phases": [phase("A", acts("a"), until="2026-06-02")]},
        ["CB267 2026-07-01"],
    ),
    "a day outside a phase with both ends": (
        {"phases": [phase("A", acts("a", until="2026-07-01"), **{"from": "2026-06-01", "until": "2026-06-30"})]},
        ["CB267 2026-07-01"],
    ),
    "charges and clauses beside the phases": (
        {"charges": [acts("b")], "adjustment_cap": "5 %", "phases": [phase("A", acts("a"))]},
        ["CB248 charges", "CB248 adjustment_cap"],
    ),
    "a fee that a change cuts": (
        {"phases": [phase("A", fee("a"), until="2026-06-15"), phase("B", acts("b"))]}, ["CB249 id"],
    ),
    "settings of the whole contract": (
        {"phases": [phase("A", acts("a"), minimum={"amount": "1"}, mininum={"amount": "1"})]},
        ["CB201 minimum", "CB201 mininum"],
    ),
    "a mapping of phases": ({"phases": {"A": {"charges": [acts("a")]}}}, ["CB203"]),
    "neither charges nor phases": ({}, ["CB202 callbill: 1"]),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_stands_wrongly_in_phases_is_refused(case: str) -> None:
    more, marked = WRONG[case]
    found = found_in(**more)
    assert [one.split()[0] for one in found] == [one.split()[0] for one in marked]
    if not marked[0].startswith(("CB202", "CB203", "CB248")):
        assert found == marked


def test_a_setting_of_the_whole_contract_is_told_where_it_goes() -> None:
    with pytest.raises(Invalid) as caught:
        contract(**WRONG["settings of the whole contract"][0])
    assert caught.value.problems[0].help == "write `minimum` at the top: it is the whole contract's"
    assert caught.value.problems[1].help.startswith("known: `name`") or "`name`" in caught.value.problems[1].help


def test_names_are_taken_over_all_phases() -> None:
    written = ending({"bonus_malus": [scored("b")]}, {"bonus_malus": [scored("s"), scored("s")]})
    assert found_in(**written) == ["CB232 b", "CB232 s"]


def test_a_clause_takes_percentages_of_the_charges_of_its_phase() -> None:
    assert found_in(**ending({"bonus_malus": [scored("s", basis=["b"])]})) == ["CB231 b"]
    assert found_in(**ending({"bonus_malus": [scored("s", until="2026-10-16")]})) == ["CB267 2026-10-16"]


def test_problems_of_prices_stand_in_their_phase(folder: Folder) -> None:
    committed = acts("b", take_or_pay={"share": "90 %", "forecast": {"2026-09": "10"}}, proration="calendar_days")
    with pytest.raises(Invalid) as caught:
        folder.billed(contract(phases=[phase("A", acts("a"), until="2026-10-15"), phase("B", committed)]), NIGHT)
    assert [one.path for one in caught.value.problems] == [("phases", 1, "charges", 0, "take_or_pay", "forecast")]


# ------------------------------------------------------------------------------- prices that are known by their date

YEARLY = {"formula": "S / 100", "names": {"S": {"index": "s", "lag": "0"}}, "revised": "yearly", "month": "11"}
INDEXED = {"indices": {"s": {"2025-11": "100", "2026-11": "110"}}, "indexation": {"yearly": YEARLY}}
FALL = [
    "2026-10-31T23:59:59+01:00 60 sales", "2026-11-01T00:00:00+01:00 60 sales", "2026-12-31T12:00:00+01:00 60 sales",
]  # fmt: skip
REVISED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "acts": ({"model": "act", "count": "calls.all", "price": "2"}, ["x 1 × 2 = 2.00", "x.20261101 2 × 2.2 = 4.40"]),
    "acts by queue": (
        {"model": "act", "count": "calls.all", "price": "2", "by": ["queue"]},
        ["x.sales 1 × 2 = 2.00", "x.20261101.sales 2 × 2.2 = 4.40"],
    ),
    "acts of a least amount": (
        {"model": "act", "count": "calls.all", "price": "2", "minimum": {"amount": "92"}, "proration": "calendar_days"},
        ["x 1 × 2 = 2.00", "x.minimum 1 × 29 = 29.00", "x.20261101 2 × 2.2 = 4.40",
         "x.20261101.minimum 1 × 56.6 = 56.60"],
    ),
    "a flat fee": (
        {"model": "flat", "amount": "920", "proration": "calendar_days"},
        ["x 1 × 310 = 310.00", "x.20261101 1 × 671 = 671.00"],
    ),
    "a flat fee that is not cut": (
        {"model": "flat", "amount": "920", "proration": "none", "until": "2026-10-31"}, ["x 1 × 920 = 920.00"],
    ),
    "seats": (
        {"model": "subscription", "price": "920", "seats": "2", "billed": "in_arrears", "proration": "calendar_days"},
        ["x.20261001 2 × 310 = 620.00", "x.20261101 2 × 671 = 1342.00"],
    ),
    "seats of a charge that begins later": (
        {"model": "subscription", "price": "920", "seats": "2", "billed": "in_arrears", "proration": "calendar_days",
         "from": "2026-12-01", "setup": {"amount": "10"}},
        ["x.20261201 2 × 341 = 682.00", "x.setup 1 × 11 = 11.00"],
    ),
    "the rest of a term": (
        {"model": "subscription", "price": "920", "seats": "1", "billed": "in_arrears", "proration": "none",
         "from": "2026-10-01", "until": "2026-11-30", "minimum_term": "6"},
        ["x.20261001 1 × 920 = 920.00", "x.20261101 1 × 1012 = 1012.00", "x.term 1 × 1012 = 1012.00"],
    ),
    "a charge that begins after the revision": (
        {"model": "act", "count": "calls.all", "price": "2", "from": "2026-11-02"}, ["x 1 × 2.2 = 2.20"],
    ),
    "a charge that is over": ({"model": "act", "count": "calls.all", "price": "2", "until": "2026-09-30"}, []),
}  # fmt: skip


def indexed(*charges: dict[str, Any], **more: Any) -> Contract:
    named = [{"id": "x", "label": "X", "indexation": "yearly", **one} for one in charges]
    return contract(**{"period": "quarter", **INDEXED, **more, "charges": named})


@pytest.mark.parametrize("case", REVISED)
def test_a_revision_inside_a_period_splits_it_as_a_phase_does(folder: Folder, case: str) -> None:
    written, wanted = REVISED[case]
    made = folder.billed(indexed(written), FALL, "2026-Q4")
    assert rows(made) == wanted


@pytest.mark.parametrize("case", ["acts", "acts by queue", "acts of a least amount", "a flat fee"])
def test_a_split_by_a_revision_is_the_sum_of_two_charges(folder: Folder, case: str) -> None:
    written, _ = REVISED[case]
    parts = [{**written, "id": "a", "until": "2026-10-31"}, {**written, "id": "b", "from": "2026-11-01"}]
    together, alone = (folder.billed(indexed(*charges), FALL, "2026-Q4") for charges in ([written], parts))
    assert [(line.quantity, line.unit_price, line.amount) for line in together.lines] == [
        (line.quantity, line.unit_price, line.amount) for line in alone.lines
    ]


def test_a_revision_that_changes_nothing_splits_nothing(folder: Folder) -> None:
    same = {**INDEXED, "indices": {"s": {"2025-11": "100", "2026-11": "100"}}}
    assert rows(folder.billed(indexed(REVISED["acts"][0], **same), FALL, "2026-Q4")) == ["x 3 × 2 = 6.00"]


def test_a_revision_begins_on_its_first_day(folder: Folder) -> None:
    yearly = {**YEARLY, "revised": "each_period", "from": "2026-12-31"}
    agreed = indexed(REVISED["acts"][0], indexation={"yearly": yearly}, indices={"s": {"2026-10": "110"}})
    made = folder.billed(agreed, FALL, "2026-Q4")
    assert rows(made) == ["x 2 × 2 = 4.00", "x.20261231 1 × 2.2 = 2.20"]
    assert [said(one.phrase) for one in made.rules if one.setting == "indexation"] == [
        "1 Oct 2026 to 30 Dec 2026: not yet revised",
        "31 Dec 2026 to 31 Dec 2026: S / 100 with S = 110 (2026-10): 1.1",
    ]
    assert said(made.lines[1].detail) == "31 Dec 2026 to 31 Dec 2026"


def test_seats_in_advance_have_the_price_of_the_days_they_are_for(folder: Folder) -> None:
    seats = {"model": "subscription", "price": "100", "seats": "1", "billed": "in_advance"}
    made = folder.billed(indexed(seats, period="month"), (), "2026-10")
    assert rows(made) == ["x.20261101 1 × 110 = 110.00"]
    assert [said(one.phrase) for one in made.rules if one.setting == "indexation"] == [
        "S / 100 with S = 110 (2026-11): 1.1"
    ]
    over = folder.billed(indexed({**seats, "until": "2026-09-30"}, period="month"), (), "2026-10")
    assert rows(over) == []


def test_a_phase_takes_the_coefficient_of_its_first_day(folder: Folder) -> None:
    charges = [{"id": name, "label": name, "indexation": "yearly", **REVISED["acts"][0]} for name in "ab"]
    clause = {"id": "s", "label": "S", "kpi": "q", "scale": BELOW, "indexation": "yearly"}
    phases = [phase("A", charges[0], until="2026-10-31"), phase("B", charges[1], bonus_malus=[clause])]
    agreed = contract(period="quarter", **INDEXED, phases=phases, kpis={"q": Q})
    made = folder.billed(agreed, FALL, "2026-Q4", kpis=["q,2026-11-01/2026-12-31,,,70"])
    assert rows(made) == ["A: a 1 × 2 = 2.00", "B: b 2 × 2.2 = 4.40", "B: s -1 × 44 = -44.00"]


def test_explain_lists_the_records_of_the_days_of_a_line(folder: Folder) -> None:
    agreed = indexed(REVISED["acts"][0])
    folder.billed(agreed, FALL, "2026-Q4")
    with callbill.read_activity(agreed, {"calls": folder.path / "calls.csv"}, records=True) as activity:
        counted = count(agreed, activity, "2026-Q4")
        invoice = priced(agreed, activity, counted)
        found = [[one.id for one in explain.records(counted, activity, line, None)] for line in invoice.lines]
    assert found == [["0"], ["1", "2"]]


@pytest.mark.parametrize(
    ("more", "cut"),
    [
        ({"period": "month"}, False),
        ({"period": "quarter"}, True),
        ({"period": {"from_day": "22"}}, True),
        ({"period": "quarter", "indexation": {"yearly": {**YEARLY, "month": "10"}}}, False),
        (
            {"period": "month", "indexation": {"yearly": {**YEARLY, "from": "2026-11-02"}}},
            True,
        ),
        (
            {"period": "month", "indexation": {"yearly": {**YEARLY, "from": "2026-11-01"}}},
            False,
        ),
    ],
)
def test_what_a_part_costs_is_asked_where_a_revision_may_cut_a_period(more: Any, cut: bool) -> None:
    charge = {"id": "x", "label": "X", "model": "flat", "amount": "1", "indexation": "yearly"}
    written = {**INDEXED, **more, "charges": [charge]}
    if cut:
        assert found_in(**written) == ["CB249 yearly"]
        written["charges"] = [{**charge, "proration": "none"}]
    assert contract(**written).name == "T-1"


# ------------------------------------------------------------------------------------------- the rest of callbill


def full() -> Contract:
    clause = scored("s", **NEXT, cap={"malus": "50"})
    groups = [{"id": "g", "label": "G", "clauses": ["s"], "cap": "100"}]
    return contract(**ending({"bonus_malus": [clause], "adjustment_groups": groups, "adjustment_cap": "90"}))


def test_the_effective_contract_is_read_back_to_the_same() -> None:
    written = effective(full())
    again = callbill.load_contract(written.encode())
    assert again.agreement.phases == full().agreement.phases
    assert effective(again) == written
    assert "until: 2026-10-15" in written
    assert "charges:" not in written.split("phases:")[0]
    Draft202012Validator(contract_schema()).validate(read(written))


def test_the_schema_knows_phases() -> None:
    validator = Draft202012Validator(contract_schema())
    good = {**TOP, "phases": [phase("A", fee("a"))]}
    assert validator.is_valid(good)
    assert not validator.is_valid(TOP)
    assert not validator.is_valid({**good, "charges": [fee("b")]})
    assert not validator.is_valid({**good, "adjustment_cap": "5 %"})
    assert not validator.is_valid({**good, "phases": [phase("A", {"id": "x", "label": "X", "model": "flt"})]})
    assert validator.is_valid({**TOP, "charges": [fee("b")], "adjustment_cap": "5 %"})


def test_the_manual_has_a_page() -> None:
    shown = describe.page("phases")
    assert "Every day is billed under its phase" in shown
    assert "last day; the day before the next phase" in shown
    assert "  phases " in describe.overview()


def test_the_example_of_the_manual_can_be_billed(folder: Folder) -> None:
    from callbill.phases import EXAMPLE
    from callbill.starter import ACTIVITY

    agreed = callbill.load_contract(emit({**TOP, **read(ACTIVITY), **read(EXAMPLE)}).encode())
    assert [one.life for one in agreed.agreement.phases] == [Life(None, date(2026, 10, 15)), Life(date(2026, 10, 16))]


def test_explain_names_the_phase(folder: Folder) -> None:
    agreed = contract(**ending({"bonus_malus": [scored("s")]}, {"bonus_malus": [scored("t")]}))
    (folder.path / "calls.csv").write_text(HEAD)
    (folder.path / "kpis.csv").write_text("kpi,period,value\nq,2026-10-01/2026-10-15,70\nq,2026-10-16/2026-10-31,90\n")
    given = {"calls": folder.path / "calls.csv"}
    with callbill.read_activity(agreed, given, kpis=[folder.path / "kpis.csv"]) as activity:
        counted = count(agreed, activity, "2026-10")
        invoice = priced(agreed, activity, counted)
        pages = {line.id: explain.page(counted, invoice, line, None) for line in invoice.lines}
    assert "Phase\n  A, until 2026-10-15\n" in pages["a"]
    assert "Phase\n  B, from 2026-10-16\n" in pages["t"]
    assert pages["t"].count("bonus and malus: q = ") == 1


def test_regrets_stand_in_their_phase(folder: Folder) -> None:
    endless = {"per_point": [{"below": "80", "amount": "-1"}]}
    gate = [{"kpi": "q", "at_least": "101"}]
    agreed = contract(**ending(
        {"bonus_malus": [scored("s", scale=endless, gates=gate)]},
        {"bonus_malus": [scored("t"), scored("u")]},
    ))  # fmt: skip
    assert [(one.code, one.path) for one in regrets(agreed)] == [
        ("CB271", ("phases", 0, "bonus_malus", 0, "id")),
        ("CB272", ("phases", 0, "bonus_malus", 0, "gates", 0)),
        ("CB273", ("phases", 1, "bonus_malus", 1, "kpi")),
    ]


def test_what_chance_decides_is_told_in_its_phase(folder: Folder) -> None:
    states = {**SOURCE["states"], "abandoned": {"queue": "lost"}}
    steps = [{"below": "30", "amount": "0"}, {"amount": "-1 %"}]
    clause = {"label": "Lost", "kpi": "lost", "basis": "all", "scale": steps}
    written = ending({"bonus_malus": [{**clause, "id": "s"}]}, {"bonus_malus": [{**clause, "id": "t"}]})
    written |= {
        "activity": {"calls": {**SOURCE, "states": states}},
        "kpis": {"lost": {"kpi": "abandonment", "formula": "of_offered"}},
    }
    agreed = contract(**written)
    calls = [f"2026-10-{day:02}T10:00:00+02:00 60 {'lost' if day == 20 else 'sales'}" for day in range(16, 24)]
    made = folder.billed(agreed, calls)
    found = [(one.code, one.path) for one in regrets_of(agreed, made)]
    assert found == [("CB274", ("phases", 1, "bonus_malus", 0, "scale"))]


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "json"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_format_says_which_phase(folder: Folder, form: str, language: str) -> None:
    agreed = contract(**ending({"bonus_malus": [scored("s")]}), language=language)
    made = folder.billed(agreed, kpis=["q,2026-10-01/2026-10-15,,,70"])
    shown = callbill.render(made, form)
    wanted = {
        ("table", "en"): "Clause s (A)", ("table", "fr"): "B, du 16 octobre 2026 au 31 octobre 2026",
        ("markdown", "en"): "**B, 16 October 2026 to 31 October 2026**", ("markdown", "fr"): "Clause s (A)",
    }  # fmt: skip
    assert wanted.get((form, language), "A") in shown
    if form == "json":
        Draft202012Validator(SCHEMA).validate(json.loads(shown))
    if form == "csv":
        assert [row.rpartition(",")[2] for row in shown.splitlines()] == ["phase", "A", "A", "B"]


def test_parts_of_a_period() -> None:
    october = period_named("month", "2026-10")
    assert Life().part(october) is october
    assert Life(date(2026, 10, 1), date(2026, 10, 31)).part(october) is october
    assert Life(date(2026, 10, 31)).part(october) == Period(
        date(2026, 10, 31), date(2026, 11, 1), "2026-10-31/2026-10-31"
    )
    assert Life(None, date(2026, 9, 30)).part(october) is None
    assert Life(date(2026, 11, 1)).part(october) is None

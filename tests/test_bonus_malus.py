"""Bonus and malus: what each clause gives, worked out by hand, one sentence a case.

The fee is 1,000 a month. KPIs come from a KPI file unless a case needs records; `Q` is a quality score in percent.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from figures import _measured as measured
from small import said

import callbill
from callbill import Invalid, Invoice
from callbill.money import rounded, text, trimmed
from callbill.source import emit

Q = {"kpi": "quality_score", "source": "kpi_file"}
N = {"kpi": "count", "source": "kpi_file"}
STEPS = [{"below": "80", "amount": "-4 %"}, {"below": "90", "amount": "0 %"}, {"amount": "2 %"}]


def rows(invoice: Invoice) -> list[str]:
    """Every line that is no charge: `id kind quantity × price = amount`, once it re-adds."""
    found = []
    for line in invoice.lines:
        assert line.amount == rounded(line.quantity * line.unit_price, invoice.decimals)
        assert line.unit_price >= 0
        assert line.quantity == rounded(line.quantity, 4)
        if line.charge not in ("fee", "invoice"):
            figures = f"{text(trimmed(line.quantity))} × {text(trimmed(line.unit_price))} = {text(line.amount)}"
            found.append(f"{line.id} {line.kind} {figures}")
    return found


def notes(invoice: Invoice, clause: str = "clause") -> list[str]:
    return [said(note) for one in invoice.clauses if one.clause == clause for note in one.notes]


def month(value: str = "", **kpis: str) -> dict[str, str]:
    """The KPI file of October: bare values."""
    given = kpis or {"q": value}
    return {name: f"2026-10,,,{one}" for name, one in given.items()}


def made(tmp_path: Path, clause: Mapping[str, Any], value: str = "", **more: Any) -> Invoice:
    """The invoice of October with one clause on the quality score."""
    more.setdefault("elsewhere", month(value))
    return measured.billed(tmp_path, more.pop("kpis", {"q": Q}), [{"kpi": "q", "basis": "all", **clause}], **more)


CASES: dict[str, tuple[Mapping[str, Any], str, list[str]]] = {
    "a value at a limit belongs to the step above it": ({"scale": STEPS}, "80", []),
    "a value below the first limit": ({"scale": STEPS}, "79.99", ["clause malus -1000 × 0.04 = -40.00"]),
    "a bonus at the top": ({"scale": STEPS}, "90", ["clause bonus 1000 × 0.02 = 20.00"]),
    "`up_to` takes its limit": (
        {"scale": [{"up_to": "80", "amount": "-4 %"}, {"amount": "0 %"}]},
        "80",
        ["clause malus -1000 × 0.04 = -40.00"],
    ),
    "steps of fixed amounts": (
        {"scale": [{"below": "80", "amount": "-75.50"}, {"amount": "30"}]},
        "70",
        ["clause malus -1 × 75.5 = -75.50"],
    ),
    "a step of nothing is no line": ({"scale": [{"below": "80", "amount": "0"}, {"amount": "30"}]}, "70", []),
    "the line between two points": (
        {"scale": {"points": [{"at": "70", "amount": "-3 %"}, {"at": "80", "amount": "0 %"}]}},
        "73",
        ["clause malus -1000 × 0.021 = -21.00"],
    ),
    "a percentage that never ends is printed with four decimals, and multiplied so": (
        {"scale": {"points": [{"at": "70", "amount": "-1 %"}, {"at": "73", "amount": "0 %"}]}},
        "71",
        ["clause malus -1000 × 0.006667 = -6.67"],
    ),
    "beyond the points it stays level": (
        {"scale": {"points": [{"at": "70", "amount": "-3 %"}, {"at": "80", "amount": "0 %"}]}},
        "10",
        ["clause malus -1000 × 0.03 = -30.00"],
    ),
    "points of amounts": (
        {"scale": {"points": [{"at": "70", "amount": "-300"}, {"at": "80", "amount": "100"}]}},
        "75",
        ["clause malus -1 × 100 = -100.00"],
    ),
    "each point exactly": (
        {"scale": {"per_point": [{"below": "80", "amount": "-20"}]}},
        "77.25",
        ["clause malus -2.75 × 20 = -55.00"],
    ),
    "each started point": (
        {"scale": {"per_point": [{"below": "80", "amount": "-20", "count": "started"}]}},
        "77.25",
        ["clause malus -3 × 20 = -60.00"],
    ),
    "each whole point": (
        {"scale": {"per_point": [{"below": "80", "amount": "-20", "count": "whole"}]}},
        "77.25",
        ["clause malus -2 × 20 = -40.00"],
    ),
    "each half point": (
        {"scale": {"per_point": [{"below": "80", "amount": "-20", "per": "0.5", "count": "started"}]}},
        "77.25",
        ["clause malus -6 × 20 = -120.00"],
    ),
    "a dead band is free up to its end": (
        {"scale": {"per_point": [{"below": "80", "amount": "-1 %", "dead_band": "2", "beyond": "whole"}]}},
        "78",
        [],
    ),
    "past the dead band the whole distance counts": (
        {"scale": {"per_point": [{"below": "80", "amount": "-1 %", "dead_band": "2", "beyond": "whole"}]}},
        "77",
        ["clause malus -1000 × 0.03 = -30.00"],
    ),
    "or only what is beyond it": (
        {"scale": {"per_point": [{"below": "80", "amount": "-1 %", "dead_band": "2", "beyond": "excess"}]}},
        "77",
        ["clause malus -1000 × 0.01 = -10.00"],
    ),
    "a share of a fixed amount at risk": (
        {"at_risk": "300", "scale": STEPS},
        "70",
        ["clause malus -300 × 0.04 = -12.00"],
    ),
    "a share of a percentage at risk": (
        {"at_risk": "10 %", "scale": STEPS},
        "70",
        ["clause malus -100 × 0.04 = -4.00"],
    ),
    "a clause's own cap is a line back": (
        {"scale": STEPS, "cap": "3 %"},
        "70",
        ["clause malus -1000 × 0.04 = -40.00", "clause.cap cap 1 × 10 = 10.00"],
    ),
    "a cap on bonuses leaves malus alone": (
        {"scale": STEPS, "cap": {"bonus": "1 %"}},
        "70",
        ["clause malus -1000 × 0.04 = -40.00"],
    ),
    "a cap on bonuses": (
        {"scale": STEPS, "cap": {"bonus": "15"}},
        "95",
        ["clause bonus 1000 × 0.02 = 20.00", "clause.cap cap -1 × 5 = -5.00"],
    ),
    "a cap that is reached exactly is no line": (
        {"scale": STEPS, "cap": "4 %"},
        "70",
        ["clause malus -1000 × 0.04 = -40.00"],
    ),
    "before `from` nothing is due": ({"scale": STEPS, "from": "2026-11-01"}, "70", []),
    "after `until` nothing is due": ({"scale": STEPS, "until": "2026-10-30"}, "70", []),
    "in the months of grace nothing is due": ({"scale": STEPS, "grace_until": "2026-10-01"}, "70", []),
}


@pytest.mark.parametrize(("clause", "value", "expected"), CASES.values(), ids=CASES)
def test_a_clause_gives(clause: Mapping[str, Any], value: str, expected: list[str], tmp_path: Path) -> None:
    assert rows(made(tmp_path, clause, value)) == expected


def test_the_value_is_rounded_before_it_meets_the_scale(tmp_path: Path) -> None:
    given = {"elsewhere": {"q": "2026-10,7995,10000,"}}
    assert rows(made(tmp_path, {"scale": STEPS}, **given)) == ["clause malus -1000 × 0.04 = -40.00"]
    rounded_kpi = {"kpis": {"q": {**Q, "decimals": "1"}}, **given}
    assert rows(made(tmp_path, {"scale": STEPS}, **rounded_kpi)) == []  # 79.95 is 80.0
    down = {"kpis": {"q": {**Q, "decimals": "1", "rounding": "down"}}, **given}
    assert rows(made(tmp_path, {"scale": STEPS}, **down)) == ["clause malus -1000 × 0.04 = -40.00"]


GATED: dict[str, tuple[list[Any], str, list[str]]] = {
    "a gate that holds leaves it": ([{"kpi": "g", "at_least": "75"}], "75", ["clause bonus 1000 × 0.02 = 20.00"]),
    "a gate that does not hold cancels it": ([{"kpi": "g", "at_least": "75"}], "74.9", []),
    "a gate may halve": (
        [{"kpi": "g", "at_least": "75", "otherwise": "50 %"}],
        "70",
        ["clause bonus 1000 × 0.01 = 10.00"],
    ),
    "a gate may double": (
        [{"kpi": "g", "at_least": "75", "then": "200 %"}],
        "80",
        ["clause bonus 1000 × 0.04 = 40.00"],
    ),
    "a gate on malus does not touch a bonus": (
        [{"kpi": "g", "at_least": "75", "on": "malus"}],
        "10",
        ["clause bonus 1000 × 0.02 = 20.00"],
    ),
    "all gates must hold": ([{"kpi": "g", "at_least": "75"}, {"kpi": "g", "below": "80"}], "80", []),
    "gates multiply": (
        [{"kpi": "g", "at_least": "75", "then": "50 %"}, {"kpi": "g", "above": "70", "then": "50 %"}],
        "80",
        ["clause bonus 1000 × 0.005 = 5.00"],
    ),
    "factors for ranges": (
        [
            {
                "kpi": "g",
                "steps": [{"below": "50", "factor": "0 %"}, {"below": "75", "factor": "25 %"}, {"factor": "100 %"}],
            }
        ],
        "60",
        ["clause bonus 1000 × 0.005 = 5.00"],
    ),
}


@pytest.mark.parametrize(("gates", "value", "expected"), GATED.values(), ids=GATED)
def test_a_gate(gates: list[Any], value: str, expected: list[str], tmp_path: Path) -> None:
    given = {"kpis": {"q": Q, "g": Q}, "elsewhere": month(q="95", g=value)}
    invoice = made(tmp_path, {"scale": STEPS, "gates": gates}, **given)
    assert rows(invoice) == expected
    assert bool(notes(invoice)) == (expected == [])


def test_a_scorecard_adds_weighted_points(tmp_path: Path) -> None:
    points = [{"below": "75", "points": "0"}, {"below": "85", "points": "50"}, {"points": "100"}]
    card = [{"kpi": "q", "weight": "60 %", "points": points}, {"kpi": "g", "weight": "40 %"}]
    scale = [{"below": "70", "amount": "-1 %"}, {"amount": "3 %"}]
    rule = {"kpi": None, "scorecard": card, "basis": "all", "scale": scale}
    kpis = {"q": Q, "g": Q}

    def found(q: str, g: str) -> Invoice:
        given = {key: value for key, value in rule.items() if value is not None}
        return measured.billed(tmp_path, kpis, [given], elsewhere=month(q=q, g=g))

    assert rows(found("90", "25")) == ["clause bonus 1000 × 0.03 = 30.00"]  # 60 + 10 = 70
    assert rows(found("84", "90")) == ["clause malus -1000 × 0.01 = -10.00"]  # 30 + 36 = 66
    assert notes(found("84", "90")) == ["score 66: q 50 × 60 %; g 90 × 40 %"]


def test_too_few_records_pay_nothing(tmp_path: Path) -> None:
    rule = {"scale": STEPS, "when": {"denominator": {"at_least": "100"}}}
    few = made(tmp_path, rule, elsewhere={"q": "2026-10,60,99,"})
    assert (rows(few), notes(few)) == ([], ["not due: denominator is 99"])
    assert rows(made(tmp_path, rule, elsewhere={"q": "2026-10,60,100,"})) == ["clause malus -1000 × 0.04 = -40.00"]


# -------------------------------------------------------------------------------------------- with records of calls

LEVEL = {"kpi": "service_level", "within": "20 s", "formula": "of_all"}
FINE = {"at_risk": "100", "scale": [{"below": "80", "amount": "-10 %"}, {"amount": "0 %"}]}


def days(**counts: tuple[int, int]) -> str:
    """Contacts of some days: `d05=(8, 2)` are 8 answered in time and 2 late; a month may lead: `m09d05`."""
    lines = []
    for key, (good, bad) in counts.items():
        month_, _, day = key.removeprefix("m").rpartition("d")
        for n in range(good + bad):
            start = f"2026-{month_ or '10'}-{day}T{9 + n // 60:02d}:{n % 60:02d}:00Z"
            lines.append(f"{key}{n},{start},C{n},answered,{20 if n < good else 21}\n")
    return "id,start,customer,state,wait\n" + "".join(lines)


def test_each_day_is_measured_by_itself_and_days_of_one_price_are_one_line(tmp_path: Path) -> None:
    rule = {"kpi": "q", "scale": [{"below": "80", "amount": "-200"}, {"amount": "0"}], "cap": {"malus": "600"}}
    calls = days(d05=(8, 2), d06=(7, 3), d07=(1, 9), d08=(0, 5), d09=(79, 21))
    invoice = measured.billed(tmp_path, {"q": {**LEVEL, "measured": "day"}}, [rule], calls=calls)
    assert rows(invoice) == ["clause malus -4 × 200 = -800.00", "clause.cap cap 1 × 200 = 200.00"]
    detail = said(invoice.lines[1].detail)
    assert "4 windows: 2026-10-06, 2026-10-07, 2026-10-08, 2026-10-09" in detail


def test_a_week_belongs_to_the_period_of_its_sunday(tmp_path: Path) -> None:
    rule = {"kpi": "q", "scale": [{"below": "80", "amount": "-200"}, {"amount": "0"}]}
    calls = days(m09d29=(0, 9), d05=(9, 0), d29=(0, 9))  # Tuesday before the first of October; a week that goes on
    invoice = measured.billed(tmp_path, {"q": {**LEVEL, "measured": "week"}}, [rule], calls=calls)
    assert rows(invoice) == ["clause malus -1 × 200 = -200.00"]
    assert "2026-W40" in said(invoice.lines[1].detail)


def test_the_share_of_days_that_reach_a_value(tmp_path: Path) -> None:
    kpi = {**LEVEL, "measured": "day", "met": {"at_least": "80 %"}}
    rule = {"kpi": "q", "basis": "all", "scale": [{"below": "50", "amount": "-5 %"}, {"amount": "1 %"}]}
    good = measured.billed(tmp_path, {"q": kpi}, [rule], calls=days(d05=(8, 2), d06=(7, 3)))
    assert rows(good) == ["clause bonus 1000 × 0.01 = 10.00"]  # one of two; the days without a call do not count
    (value,) = good.kpis
    assert (value.numerator, value.denominator, value.rounded) == (1, 2, 50)
    bad = measured.billed(tmp_path, {"q": kpi}, [rule], calls=days(d05=(8, 2), d06=(7, 3), d07=(7, 3)))
    assert rows(bad) == ["clause malus -1000 × 0.05 = -50.00"]


def test_the_share_of_half_hours_that_reach_a_value(tmp_path: Path) -> None:
    kpi = {**LEVEL, "measured": {"interval": "30 min"}, "met": {"at_least": "80 %"}}
    rule = {"kpi": "q", "basis": "all", "scale": [{"below": "60", "amount": "-5 %"}, {"amount": "1 %"}]}
    invoice = measured.billed(tmp_path, {"q": kpi}, [rule], calls=days(d05=(40, 10), d06=(10, 15)))
    (value,) = invoice.kpis
    assert (value.numerator, value.denominator) == (1, 3)  # 30 of 30; 10 of 20; 10 of 25
    assert rows(invoice) == ["clause malus -1000 × 0.05 = -50.00"]


def test_several_months_together_are_a_sum_and_no_mean_of_means(tmp_path: Path) -> None:
    kpi = {**LEVEL, "measured": {"periods": "2"}}
    calls = days(m09d10=(1, 9), d05=(90, 0))  # 10 % and 100 %, 91 of 100 together
    invoice = measured.billed(tmp_path, {"q": kpi}, [{"kpi": "q", **FINE}], calls=calls)
    assert [(one.numerator, one.denominator) for one in invoice.kpis] == [(91, 100)]


def test_excused_days_are_left_out_and_listed_with_their_reason(tmp_path: Path) -> None:
    calls = days(d05=(9, 1), d06=(0, 50))
    excused = [{"date": "2026-10-06", "reason": "the client's lines were down"}]
    invoice = measured.billed(tmp_path, {"q": LEVEL}, [{"kpi": "q", **FINE}], calls=calls, excused=excused)
    assert rows(invoice) == []
    assert [said(note) for note in invoice.kpis[0].notes] == ["without 6 Oct 2026: the client's lines were down"]
    others = [{"from": "2026-10-06", "until": "2026-10-07", "reason": "strike", "kpis": "other"}]
    kept = {"q": LEVEL, "other": LEVEL}
    invoice = measured.billed(tmp_path, kept, [{"kpi": "q", **FINE}], calls=calls, excused=others)
    assert rows(invoice) == ["clause malus -100 × 0.1 = -10.00"]


RELIEF = {"count": "calls.offered", "above": "10 %", "below": "10 %"}


@pytest.mark.parametrize(
    ("forecast", "due"), [("100", True), ("92", True), ("91", False), ("112", True), ("113", False)]
)
def test_relief_when_the_volume_leaves_the_forecast_of_the_month(forecast: str, due: bool, tmp_path: Path) -> None:
    """101 calls are within a tenth of 92 (101.2 at most) and of 112 (100.8 at least)."""
    relief = {**RELIEF, "expected": {"2026-10": forecast}}
    rule = {"kpi": "q", **FINE, "relief": relief}
    invoice = measured.billed(tmp_path, {"q": LEVEL}, [rule], calls=days(d05=(50, 51)))
    assert rows(invoice) == (["clause malus -100 × 0.1 = -10.00"] if due else [])
    assert notes(invoice) == ([] if due else [f"no malus: volume 101 against a forecast of {forecast}"])


def test_a_bonus_is_due_in_spite_of_the_forecast_unless_both_are_relieved(tmp_path: Path) -> None:
    calls, relief = days(d05=(50, 0)), {**RELIEF, "expected": {"2026-10": "10"}}
    rule = {"kpi": "q", "at_risk": "100", "scale": [{"below": "80", "amount": "-10 %"}, {"amount": "5 %"}]}
    given = measured.billed(tmp_path, {"q": LEVEL}, [{**rule, "relief": relief}], calls=calls)
    assert rows(given) == ["clause bonus 100 × 0.05 = 5.00"]
    both = {**relief, "relieves": "both"}
    assert rows(measured.billed(tmp_path, {"q": LEVEL}, [{**rule, "relief": both}], calls=calls)) == []


def test_a_day_out_of_its_forecast_is_left_out_of_the_kpi(tmp_path: Path) -> None:
    calls = days(d05=(9, 1), d06=(0, 50))
    relief = {"count": "calls.offered", "above": "10 %", "expected": {"2026-10-05": "10", "2026-10-06": "40"}}
    invoice = measured.billed(tmp_path, {"q": LEVEL}, [{"kpi": "q", **FINE, "relief": relief}], calls=calls)
    assert rows(invoice) == []
    assert notes(invoice) == ["6 Oct 2026 left out: volume 50, forecast 40"]
    assert invoice.kpis[0].denominator == 10


def test_a_month_without_its_forecast_is_told(tmp_path: Path) -> None:
    relief = {**RELIEF, "expected": {"2026-09": "100"}}
    with pytest.raises(Invalid) as caught:
        measured.billed(tmp_path, {"q": LEVEL}, [{"kpi": "q", **FINE, "relief": relief}], calls=days(d05=(1, 9)))
    assert [problem.code for problem in caught.value.problems] == ["CB252"]


def test_the_records_after_the_month_decide_whether_somebody_came_back(tmp_path: Path) -> None:
    kpi = {"kpi": "first_contact_resolution", "within": "7 days", "formula": "not_repeated"}
    october = "1,2026-10-30T09:00:00Z,A,answered,1\n2,2026-10-30T10:00:00Z,B,answered,1\n"
    november = "3,2026-11-02T09:00:00Z,A,answered,1\n"
    later = "4,2026-11-08T09:00:00Z,C,answered,1\n"
    head = "id,start,customer,state,wait\n"
    alone = measured.billed(tmp_path, {"q": kpi}, calls=head + october).kpis[0]
    assert (alone.numerator, [said(note)[:34] for note in alone.notes]) == (2, ["the records end on 30 Oct 2026: co"])
    followed = measured.billed(tmp_path, {"q": kpi}, calls=head + october + november + later).kpis[0]
    assert (followed.numerator, followed.notes) == (1, ())


# --------------------------------------------------------------------------------------------- several at once


def two(**more: Any) -> list[dict[str, Any]]:
    return [
        {"id": "a", "label": "A", "kpi": "q", "basis": "all", "scale": STEPS, **more},
        {
            "id": "b",
            "label": "B",
            "kpi": "g",
            "basis": "all",
            "scale": [{"below": "50", "amount": "-7 %"}, {"amount": "5 %"}],
        },
    ]


def pair(tmp_path: Path, q: str, g: str, **more: Any) -> Invoice:
    return measured.billed(tmp_path, {"q": Q, "g": Q}, two(), elsewhere=month(q=q, g=g), **more)


def test_a_group_has_a_cap_of_its_own_and_the_whole_another(tmp_path: Path) -> None:
    group = [{"id": "both", "label": "Both", "clauses": ["a", "b"], "cap": "10 %", "of": "all"}]
    capped = pair(tmp_path, "70", "10", adjustment_groups=group, adjustment_cap={"malus": "8 %"})
    assert rows(capped) == [
        "a malus -1000 × 0.04 = -40.00",
        "b malus -1000 × 0.07 = -70.00",
        "both.cap cap 1 × 10 = 10.00",
        "bonus_malus.cap cap 1 × 20 = 20.00",
    ]


def test_a_cap_looks_at_the_sum(tmp_path: Path) -> None:
    assert rows(pair(tmp_path, "70", "60", adjustment_cap="2 %")) == [
        "a malus -1000 × 0.04 = -40.00",
        "b bonus 1000 × 0.05 = 50.00",
    ]


def test_one_event_pays_once(tmp_path: Path) -> None:
    group = [{"id": "once", "label": "Once", "clauses": ["a", "b"], "pays": "largest"}]
    worst = pair(tmp_path, "70", "10", adjustment_groups=group)
    assert rows(worst) == ["b malus -1000 × 0.07 = -70.00"]
    assert notes(worst, "a") == ["2026-10: paid once, by b"]
    assert len(rows(pair(tmp_path, "70", "60", adjustment_groups=group))) == 2  # a malus and a bonus


def test_a_price_for_each_unit_that_the_basis_bills(tmp_path: Path) -> None:
    """Two prices of one act: 2.00, or 1.60 in a month out of target. Included units and the fee are no part of it."""
    contract = {
        **measured.TOP,
        "activity": {"calls": measured.CONTACTS},
        "kpis": {"q": LEVEL},
        "charges": [
            {"id": "acts", "label": "A", "model": "act", "count": "calls.answered", "price": "2", "included": "3"},
            {"id": "fee", "label": "B", "model": "flat", "amount": "500"},
        ],
        "bonus_malus": [
            {
                "id": "c",
                "label": "C",
                "kpi": "q",
                "basis": "all",
                "scale": [{"below": "80", "price": "-0.40"}, {"price": "0"}],
            },
        ],
    }
    (tmp_path / "calls.csv").write_text(days(d05=(7, 3)))
    agreed = callbill.load_contract(emit(contract).encode())
    with callbill.read_activity(agreed, {"calls": [tmp_path / "calls.csv"]}) as read:
        invoice = callbill.bill(agreed, read, "2026-10")
    assert rows(invoice)[-1] == "c malus -7 × 0.4 = -2.80"


def test_the_fee_of_another_rate_of_vat_has_its_own_line(tmp_path: Path) -> None:
    contract = {
        **measured.TOP,
        "activity": {},
        "kpis": {"q": Q},
        "charges": [
            {"id": "a", "label": "A", "model": "flat", "amount": "1000"},
            {"id": "b", "label": "B", "model": "flat", "amount": "500", "vat": {"rate": "5.5"}},
        ],
        "bonus_malus": [{"id": "c", "label": "C", "kpi": "q", "basis": "all", "scale": STEPS, "cap": "3 %"}],
    }
    (tmp_path / "kpis.csv").write_text("kpi,period,value\nq,2026-10,70\n")
    agreed = callbill.load_contract(emit(contract).encode())
    with callbill.read_activity(agreed, {}, kpis=[tmp_path / "kpis.csv"]) as read:
        invoice = callbill.bill(agreed, read, "2026-10")
    found = [(line.id, line.amount, line.vat.rate) for line in invoice.lines[2:]]
    assert found == [
        ("c", Decimal("-40.00"), 20),
        ("c-2", Decimal("-20.00"), Decimal("5.5")),
        ("c.cap", Decimal("10.00"), 20),
        ("c.cap-2", Decimal("5.00"), Decimal("5.5")),
    ]


# ------------------------------------------------------------------------------------------------- earlier months


def months(
    tmp_path: Path, rule: Mapping[str, Any], values: Mapping[str, str], kpi: Mapping[str, Any] = Q
) -> list[Invoice]:
    """The invoices of several months, each with the results of those before it."""
    history: list[str] = []
    found = []
    for name, value in values.items():
        elsewhere = {"q": f"{name},{value}"}
        invoice = measured.billed(
            tmp_path,
            {"q": kpi},
            [{"kpi": "q", "basis": "all", **rule}],
            elsewhere=elsewhere,
            period=name,
            history=history,
        )
        history.append(str(tmp_path / f"{name}.json"))
        Path(history[-1]).write_text(callbill.render(invoice, "json"), "utf-8")
        found.append(invoice)
    return found


def test_repeated_misses_cost_more_and_old_ones_are_forgotten(tmp_path: Path) -> None:
    rule = {"scale": STEPS, "from": "2026-06-01", "repeated": {"within": "3", "factors": ["100 %", "150 %", "300 %"]}}
    values = {
        "2026-06": ",,70",
        "2026-07": ",,70",
        "2026-08": ",,95",
        "2026-09": ",,70",
        "2026-10": ",,95",
        "2026-11": ",,70",
    }
    amounts = [[line.amount for line in one.lines if line.charge == "clause"] for one in months(tmp_path, rule, values)]
    # June is the first, July the second, September has July in its three months, November has September
    assert amounts == [[-40], [-60], [20], [-60], [20], [-60]]


def test_a_malus_is_given_back_when_the_next_months_together_are_good(tmp_path: Path) -> None:
    rule = {"scale": STEPS, "from": "2026-08-01", "earn_back": {"after": "2", "target": "85"}}
    good = months(tmp_path, rule, {"2026-08": "70,100,", "2026-09": "80,100,", "2026-10": "270,300,"})
    assert rows(good[-1]) == [
        "clause bonus 1000 × 0.02 = 20.00",
        "clause.earned_back earned_back 1 × 40 = 40.00",
    ]
    assert notes(good[-1]) == ["malus of 2026-08 given back: 87.5 % from 2026-09 to 2026-10, target 85"]
    bad = months(tmp_path, rule, {"2026-08": "70,100,", "2026-09": "80,100,", "2026-10": "89,100,"})
    assert rows(bad[-1]) == []  # 169 of 200 are 84.5 %
    assert notes(bad[-1]) == ["malus of 2026-08 kept: 84.5 % from 2026-09 to 2026-10, target 85"]


def test_the_next_invoice_carries_the_result_on_the_lines_of_the_measured_month(tmp_path: Path) -> None:
    rule = {"scale": STEPS, "from": "2026-09-01", "applied": "next_invoice", "basis_of": "measured_period"}
    september, october = months(tmp_path, rule, {"2026-09": ",,70", "2026-10": ",,95"})
    assert rows(september) == []
    assert september.clauses[0].gave == -40
    assert rows(october) == ["clause malus -1000 × 0.04 = -40.00"]
    assert (october.clauses[0].amount, october.clauses[0].gave) == (-40, 20)


def test_earlier_months_in_the_activity_need_no_result_files(tmp_path: Path) -> None:
    scale = [{"below": "80", "amount": "-100"}, {"amount": "0"}]
    rule = {
        "kpi": "q",
        "from": "2026-08-01",
        "scale": scale,
        "repeated": {"within": "12", "factors": ["100 %", "200 %"]},
    }
    calls = days(m08d10=(1, 9), m09d10=(9, 1), d05=(1, 9))
    invoice = measured.billed(tmp_path, {"q": LEVEL}, [rule], calls=calls)
    assert rows(invoice) == ["clause malus -1 × 200 = -200.00"]
    assert "miss 2 within 12 periods: × 200 %" in said(invoice.lines[1].detail)


def test_a_result_file_stands_in_for_the_records_of_a_quarter(tmp_path: Path) -> None:
    kpi = {**LEVEL, "measured": {"periods": "2"}}
    plain = measured.billed(tmp_path, {"q": LEVEL}, calls=days(m09d10=(1, 9)), period="2026-09")
    (tmp_path / "september.json").write_text(callbill.render(plain, "json"), "utf-8")
    invoice = measured.billed(
        tmp_path,
        {"q": kpi},
        [{"kpi": "q", **FINE}],
        calls=days(d05=(90, 0)),
        history=[str(tmp_path / "september.json")],
    )
    assert [(one.numerator, one.denominator) for one in invoice.kpis] == [(91, 100)]
    assert [said(note) for note in invoice.kpis[0].notes] == ["2026-09 from its result file"]


def test_without_results_or_records_the_missing_month_is_named(tmp_path: Path) -> None:
    rule = {"scale": STEPS, "from": "2026-07-01", "repeated": {"within": "12", "factors": ["100 %", "200 %"]}}
    with pytest.raises(Invalid) as caught:
        made(tmp_path, rule, "70")
    assert [(one.code, "2026-09" in one.message) for one in caught.value.problems] == [("CB340", True)]
    assert rows(made(tmp_path, rule, "95")) == ["clause bonus 1000 × 0.02 = 20.00"]  # no miss, nothing to look up


def test_amounts_follow_an_index(tmp_path: Path) -> None:
    clauses = {"cpi": {"formula": "I / I0", "names": {"I": "103", "I0": "100"}, "revised": "each_period"}}
    rule = {"scale": [{"below": "80", "amount": "-500"}, {"amount": "0"}], "indexation": "cpi"}
    assert rows(made(tmp_path, rule, "70", indexation=clauses)) == ["clause malus -1 × 515 = -515.00"]
    risk = {"scale": STEPS, "at_risk": "500", "indexation": "cpi"}
    assert rows(made(tmp_path, risk, "70", indexation=clauses)) == ["clause malus -515 × 0.04 = -20.60"]

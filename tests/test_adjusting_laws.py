"""Laws of bonus and malus, on generated clauses: better is never worse, caps hold, order and files change nothing."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from figures import _measured as measured
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import callbill
from callbill import Invoice
from callbill.scale import Scale
from callbill.settings import build
from callbill.source import emit

COMMON: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
PERCENTS = st.integers(0, 1000).map(lambda n: Decimal(n) / 10)


def rising(least: int = 2) -> st.SearchStrategy[list[Decimal]]:
    """Limits of steps, lowest first."""
    return st.lists(PERCENTS, min_size=least, max_size=4, unique=True).map(sorted)


@st.composite
def steps(draw: st.DrawFn) -> dict[str, Any]:
    """Steps whose worth rises with the value."""
    limits = draw(rising(1))
    worths = sorted(draw(st.lists(st.integers(-80, 80), min_size=len(limits) + 1, max_size=len(limits) + 1)))
    kind = draw(st.sampled_from(["below", "up_to"]))
    found: list[dict[str, str]] = [
        {kind: f"{limit} %", "amount": f"{Decimal(worth) / 10} %"} for limit, worth in zip(limits, worths, strict=False)
    ]
    return {"steps": [*found, {"amount": f"{Decimal(worths[-1]) / 10} %"}]}


@st.composite
def points(draw: st.DrawFn) -> dict[str, Any]:
    ats = draw(rising())
    worths = sorted(draw(st.lists(st.integers(-80, 80), min_size=len(ats), max_size=len(ats))))
    return {
        "points": [
            {"at": f"{at} %", "amount": f"{Decimal(worth) / 10} %"} for at, worth in zip(ats, worths, strict=True)
        ]
    }


@st.composite
def distances(draw: st.DrawFn) -> dict[str, Any]:
    """A malus below a limit, a bonus above another one, exact or by started or whole points."""
    low, high = draw(rising(2))[:2]
    rates = [draw(st.integers(1, 30)) for _ in range(2)]
    ways = [draw(st.sampled_from(["exact", "started", "whole"])) for _ in range(2)]
    band = draw(st.sampled_from([{}, {"dead_band": "2", "beyond": "whole"}, {"dead_band": "2", "beyond": "excess"}]))
    return {
        "per_point": [
            {"below": f"{low} %", "amount": f"-{Decimal(rates[0]) / 10} %", "count": ways[0], **band},
            {"above": f"{high} %", "amount": f"{Decimal(rates[1]) / 10} %", "count": ways[1]},
        ]
    }


SCALES = st.one_of(steps(), points(), distances())


@settings(max_examples=200, **COMMON)
@given(SCALES, PERCENTS, PERCENTS)
def test_a_better_value_is_never_worth_less(raw: dict[str, Any], one: Decimal, other: Decimal) -> None:
    scale = build(Scale, raw)

    def worth(value: Decimal) -> Fraction:
        effects = scale.effects(Fraction(value), Fraction(value), Fraction(100), "percent")
        return sum((effect.percent or Fraction(0) for effect in effects), Fraction(0))

    worse, better = sorted((one, other))
    assert worth(worse) <= worth(better)


@st.composite
def deals(draw: st.DrawFn) -> dict[str, Any]:
    """Some clauses on two KPIs, with gates, caps and groups."""
    clauses = []
    for n in range(draw(st.integers(1, 4))):
        clause: dict[str, Any] = {"id": f"c{n}", "label": f"C{n}", "kpi": draw(st.sampled_from(["q", "g"]))}
        clause |= {"basis": draw(st.sampled_from(["all", "fee"])), "scale": draw(SCALES)}
        if draw(st.booleans()):
            clause["cap"] = {"bonus": f"{draw(st.integers(0, 5))} %", "malus": f"{draw(st.integers(0, 5))} %"}
        if draw(st.booleans()):
            factor = draw(st.sampled_from(["0 %", "50 %", "200 %"]))
            clause["gates"] = [{"kpi": "g", "at_least": f"{draw(PERCENTS)} %", "otherwise": factor}]
        if draw(st.booleans()):
            clause["at_risk"] = draw(st.sampled_from(["250", "10 %"]))
        clauses.append(clause)
    deal: dict[str, Any] = {"clauses": clauses, "more": {}}
    if draw(st.booleans()):
        deal["more"]["adjustment_cap"] = {
            "bonus": f"{draw(st.integers(0, 8))} %",
            "malus": f"{draw(st.integers(0, 8))} %",
        }
    if draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from([one["id"] for one in clauses]), min_size=1, unique=True))
        group = {"id": "group", "label": "Group", "clauses": chosen, "cap": "4 %", "of": "all"}
        deal["more"]["adjustment_groups"] = [{**group, "pays": draw(st.sampled_from(["all", "largest"]))}]
    return deal


KPIS = {
    "q": {"kpi": "quality_score", "source": "kpi_file", "decimals": "2"},
    "g": {"kpi": "csat", "source": "kpi_file"},
}


Clauses = list[dict[str, Any]]
STATES = ("abandoned", *["answered"] * 5)


def invoice_of(folder: Path, clauses: Clauses, values: dict[str, Decimal], more: dict[str, Any]) -> Invoice:
    rows = {name: f"2026-10,,,{value}" for name, value in values.items()}
    return measured.billed(folder, KPIS, clauses, elsewhere=rows, **more)


@settings(max_examples=40, **COMMON)
@given(deal=deals(), q=PERCENTS, g=PERCENTS, random=st.randoms(use_true_random=False))
def test_the_order_of_clauses_changes_nothing(
    deal: dict[str, Any], q: Decimal, g: Decimal, random: Any, tmp_path: Path
) -> None:
    values = {"q": q, "g": g}
    once = invoice_of(tmp_path, deal["clauses"], values, deal["more"])
    shuffled = list(deal["clauses"])
    random.shuffle(shuffled)
    again = invoice_of(tmp_path, shuffled, values, deal["more"])
    assert sorted((line.id, line.amount) for line in once.lines) == sorted(
        (line.id, line.amount) for line in again.lines
    )
    assert once.total == again.total


@settings(max_examples=40, **COMMON)
@given(deal=deals(), q=PERCENTS, g=PERCENTS)
def test_caps_hold_and_the_lines_are_the_difference_that_they_make(
    deal: dict[str, Any], q: Decimal, g: Decimal, tmp_path: Path
) -> None:
    invoice = invoice_of(tmp_path, deal["clauses"], {"q": q, "g": g}, deal["more"])
    plain = measured.billed(tmp_path, {})
    adjusted = [line for line in invoice.lines if line.charge != "fee"]
    assert invoice.net - plain.net == sum((line.amount for line in adjusted), Decimal(0))
    assert sum(amount for one in invoice.clauses for _, amount in one.billed) == invoice.net - plain.net
    for clause in deal["clauses"]:
        total = sum((line.amount for line in adjusted if line.charge == clause["id"]), Decimal(0))
        if "cap" in clause:
            bonus, malus = (Decimal(clause["cap"][side].split()[0]) * 10 for side in ("bonus", "malus"))
            assert -malus <= total <= bonus
    if "adjustment_cap" in deal["more"]:
        bonus, malus = (Decimal(deal["more"]["adjustment_cap"][side].split()[0]) * 10 for side in ("bonus", "malus"))
        assert -malus <= invoice.net - plain.net <= bonus


@pytest.mark.parametrize("parts", [2, 7])
def test_splitting_the_activity_changes_nothing(parts: int, tmp_path: Path) -> None:
    level = {"kpi": "service_level", "within": "20 s", "formula": "of_all", "measured": "day"}
    repeats = {"kpi": "repeat_rate", "within": "2 days", "formula": "repeated"}
    per_point = {"per_point": [{"above": "1", "amount": "-0.1 %"}]}
    contract = {
        **measured.TOP,
        "activity": {"calls": measured.CONTACTS},
        "kpis": {"q": level, "r": repeats},
        "charges": [{"id": "fee", "label": "Fee", "model": "flat", "amount": "1000"}],
        "bonus_malus": [
            {"id": "a", "label": "A", "kpi": "q", "scale": [{"below": "40", "amount": "-20"}, {"amount": "3"}]},
            {"id": "b", "label": "B", "kpi": "r", "basis": "all", "scale": per_point},
        ],
    }
    rows = [
        f"{n},2026-10-{n % 28 + 1:02d}T09:{n % 60:02d}:00Z,C{n % 37},{STATES[n % 6]},{n * 7 % 40}\n" for n in range(300)
    ]
    agreed = callbill.load_contract(emit(contract).encode())

    def invoice(lines: list[str], files: int, threads: int) -> Invoice:
        names = [tmp_path / f"part-{n}.csv" for n in range(files)]
        for n, name in enumerate(names):
            name.write_text("id,start,customer,state,wait\n" + "".join(lines[n::files]), "utf-8")
        with callbill.read_activity(agreed, {"calls": names}, threads=threads) as read:
            return callbill.bill(agreed, read, "2026-10")

    whole, split = invoice(rows, 1, 1), invoice(rows[::-1], parts, 2)
    assert {line.kind for line in whole.lines} == {"fee", "bonus", "malus"}
    assert (whole.lines, whole.kpis, whole.clauses) == (split.lines, split.kpis, split.clauses)

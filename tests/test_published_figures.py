"""Figures that other engines and contracts publish come out of contract text and export files, to the cent."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from figures import _measured as measured
from figures._run import billed, period_of_day
from figures._write import FOLDER, Written, read, written

from callbill import Invoice, render
from callbill.money import rounded, shared

SHARED = Path(__file__).resolve().parents[2] / "shared" / "cases"
LISTS = {name: read(FOLDER / f"{name}.yaml") for name in ("rating", "contracts")}
FIGURES = {figure["id"]: figure for one in LISTS.values() for figure in one["figures"]}


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# Every figure that is run.


AMOUNTS = {
    "net": lambda invoice: invoice.net,
    "total": lambda invoice: invoice.total,
    "vat": lambda invoice: invoice.vat_total,
    "minimum": lambda invoice: sum((line.amount for line in invoice.lines if line.kind == "minimum"), Decimal(0)),
    "quantity": lambda invoice: sum((line.quantity for line in invoice.lines), Decimal(0)),
    "unit_price": lambda invoice: next(line.unit_price for line in invoice.lines),
}
"""What a run may compare that is one number."""
LISTED = {
    "lines": lambda invoice: [line.amount for line in invoice.lines],
    "included": lambda invoice: [line.quantity for line in invoice.lines if line.kind == "included"],
}
"""What a run may compare that is several."""


def cases(figure: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, str], Any]]:
    """The cases of a run: their number, the values of `$name`, and what must come out."""
    inputs, published = figure["inputs"], many(figure["expected"])
    expected = many(run.get("expected", published))
    given = run.get("cases") or [{"use": use} for use in inputs.get("use", ())] or [{}]
    if run.get("compare") in LISTED:
        expected = [expected]
    for number, (case, one) in enumerate(zip(given, expected, strict=True)):
        if "out_of_scope" not in case:
            known = {"units": inputs["units"]} if "units" in inputs else {}
            yield number, {**known, "published": published[number], **case}, one


def runs() -> Iterator[Any]:
    """Every case of every run of every figure."""
    for name, figure in FIGURES.items():
        for n, run in enumerate(many(figure.get("run", []))):
            for number, case, expected in cases(figure, run):
                yield pytest.param(figure, run, case, number, expected, id=f"{name}-{n}-{number}")


def invoice_of(text: Written, folder: Path) -> Invoice:
    files = {}
    for source, export in text.exports.items():
        files[source] = [folder / f"{source}.csv"]
        files[source][0].write_text(export, encoding="utf-8")
    return billed(text.contract, files, text.period)


@pytest.mark.parametrize(("figure", "run", "case", "number", "expected"), list(runs()))
def test_figure(figure, run, case, number, expected, tmp_path):
    def invoice(**more: str) -> Invoice:
        return invoice_of(written(figure, run, {**case, **more}, number), tmp_path)

    compare = run.get("compare", "net")
    if compare in LISTED:
        assert [Decimal(one) for one in expected] == LISTED[compare](invoice())
        return
    if compare == "difference":
        found = invoice(use=case["to"]).net - invoice(use=case["from"]).net
    else:
        billed_once = invoice()
        found = AMOUNTS[compare](billed_once)
        for name, also in figure.get("also", {}).items() if "expected" not in run else ():
            assert Decimal(also) == AMOUNTS[name](billed_once)
    published = Decimal(expected) * int(run.get("times", "1"))
    if "per" in run or "decimals" in run:
        decimals = int(run["decimals"])
        found = rounded(found / int(run.get("per", "1")) if "per" in run else found, decimals)
        published = rounded(published, decimals)
    assert published == found


# Figures that are no invoice.


def test_a_year_has_thirteen_invoices_of_28_days():
    figure = FIGURES["CYCLE-1"]
    days = int(figure["inputs"]["days"])
    rule = {"days": "28", "first": "2026-01-01"}
    years = Counter()
    for start in (date(2026, 1, 1) + timedelta(days=n) for n in range(28)):
        ends = {period_of_day(rule, start + timedelta(days=n)).last for n in range(days)}
        years[sum(end < start + timedelta(days=days) for end in ends)] += 1
    assert years.most_common(1)[0][0] == int(figure["expected"])
    assert set(years) == {13, 14}


@pytest.mark.parametrize("name", measured.KPIS)
def test_kpis_that_guides_print(name, tmp_path):
    settings, given = measured.KPIS[name]
    invoice = measured.billed(tmp_path, {"kpi": settings}, **given)
    expected = FIGURES[name]["expected"]
    decimals = len(expected.partition(".")[2])
    assert rounded(invoice.kpis[0].value, decimals) == Decimal(expected)


def test_the_share_that_paid_hours_are_productive(tmp_path):
    """FTE-1 asks for the hours that give 2,080 productive ones at 75 %: with 2,773.3333 the KPI is 75 %."""
    figure = FIGURES["FTE-1"]
    row = f"2026-10,{figure['inputs']['productive_h']},{figure['expected']},"
    kpi = {"kpi": "utilisation", "source": "kpi_file", "formula": "of_paid", "decimals": "3"}
    (value,) = measured.billed(tmp_path, {"kpi": kpi}, elsewhere={"kpi": row}).kpis
    assert value.rounded == Decimal(figure["inputs"]["productive_share"]) * 100


def adjusted(invoice: Invoice) -> Decimal:
    """The sum of everything that is no charge."""
    return sum((line.amount for line in invoice.lines if line.charge != "fee"), Decimal(0))


def clause(name: str, tmp_path: Path) -> list[Decimal]:
    """What the clause of a figure gives, case by case."""
    inputs = FIGURES[name]["inputs"]
    if name in ("BM-1", "BM-3"):
        calls = measured.contacts((1, "answered", int(inputs["asa_s"])))
        rule = {"kpi": "kpi", "scale": measured.SECONDS, "cap": {"malus": "9999"}}
        return [adjusted(measured.billed(tmp_path, {"kpi": measured.FAST}, [rule], calls=calls))]
    if name == "BM-5":
        rule = {"kpi": "kpi", "at_risk": "20000", "scale": measured.AT_RISK}
        waits = [measured.contacts((1, "answered", int(wait))) for wait in inputs["asa_s"]]
        return [adjusted(measured.billed(tmp_path, {"kpi": measured.WHOLE}, [rule], calls=calls)) for calls in waits]
    if name == "BM-7":
        kpi = {"kpi": "quality_score", "source": "kpi_file"}
        scale = {"per_point": [{"below": inputs["target"], "amount": "-1 %"}]}
        rule = {"kpi": "kpi", "basis": "all", "scale": scale, "cap": {"malus": "100 %"}}
        row = {"kpi": f"2026-10,,,{inputs['actual']}"}
        return [adjusted(measured.billed(tmp_path, {"kpi": kpi}, [rule], elsewhere=row, fee="100"))]
    if name == "BM-9":
        kpi = {"kpi": "service_level", "source": "kpi_file", "within": "2 days"}
        scale = [{"below": "80", "amount": f"-{inputs['reduction_pct']} %"}, {"amount": "0 %"}]
        rule = {"kpi": "kpi", "basis": "fee", "scale": scale}
        row = {"kpi": "2026-10,79,100,"}
        return [adjusted(measured.billed(tmp_path, {"kpi": kpi}, [rule], elsewhere=row, fee=inputs["charges"]))]
    if name == "BM-11":
        kpis = {
            "pace": {"kpi": "acts_per_hour", "source": "kpi_file", "formula": "net_of_idle", "decimals": "0"},
            "absent": {"kpi": "count", "source": "kpi_file"},
        }
        steps = [{"below": str(10 + n), "amount": str(amount)} for n, amount in enumerate(measured.PACE[:-1])]
        steps.append({"amount": str(measured.PACE[-1])})
        rule = {"kpi": "pace", "scale": steps, "gates": [{"kpi": "absent", **measured.ABSENT}]}
        rows = [{"pace": f"2026-10,,,{inputs['cph']}", "absent": f"2026-10,,,{days}"} for days in inputs["absences"]]
        return [adjusted(measured.billed(tmp_path, kpis, [rule], elsewhere=row)) for row in rows]
    return list(repeated(inputs, tmp_path))


def repeated(inputs: Mapping[str, Any], tmp_path: Path) -> Iterator[Decimal]:
    """BM-13: three months, each with the results of those before it."""
    kpi = {"kpi": "count", "source": "kpi_file"}
    scale = {"per_point": [{"above": "0", "amount": "-200"}]}
    ranks = {"within": "12", "factors": ["100 %", "200 %", "500 %"], "caps": ["600", "1200", "3000"]}
    rule = {"kpi": "kpi", "from": "2026-08-01", "scale": scale, "repeated": ranks}
    history: list[str] = []
    for month, days in zip(("2026-08", "2026-09", "2026-10"), inputs["days"], strict=True):
        row = {"kpi": f"{month},,,{days}"}
        invoice = measured.billed(tmp_path, {"kpi": kpi}, [rule], elsewhere=row, period=month, history=history)
        history.append(str(tmp_path / f"{month}.json"))
        Path(history[-1]).write_text(render(invoice, "json"), "utf-8")
        yield adjusted(invoice)


@pytest.mark.parametrize("name", ["BM-1", "BM-3", "BM-5", "BM-7", "BM-9", "BM-11", "BM-13"])
def test_bonus_and_malus_that_contracts_print(name, tmp_path):
    expected = [Decimal(one) for one in many(FIGURES[name]["expected"])]
    sign = 1 if name in ("BM-1", "BM-11") else -1
    assert [sign * amount for amount in clause(name, tmp_path)] == expected


MODES = {"half_up": "half_up", "ceil": "up", "floor": "down"}


@pytest.mark.parametrize("name", ["rnd-01", "rnd-03", "rnd-07"])
def test_rounding_tables(name):
    figure = FIGURES[name]
    for working, expected in zip(figure["inputs"]["workings"], figure["expected"], strict=True):
        found = re.fullmatch(r"round_to\(([\d.]+),(-?\d+),'(\w+)'\)|round2\(([\d.]+)\)", working)
        value, decimals, mode = (found[4], "2", "half_up") if found[4] else found.group(1, 2, 3)
        if mode in MODES:
            assert Decimal(expected) == rounded(Decimal(value), int(decimals), MODES[mode]), working


@pytest.mark.parametrize("name", ["rnd-09", "rnd-11"])
def test_sharing(name):
    inputs = FIGURES[name]["inputs"]
    weights = [Decimal(weight) for weight in inputs["weights"]]
    parts = shared(Decimal(inputs["total"]), weights, int(inputs["decimals"]))
    assert [Decimal(one) for one in FIGURES[name]["expected"]] == parts


# The copy.


def test_every_figure_is_run_or_says_why_not():
    told = {name: [key for key in ("run", "out_of_scope", "tested_by") if key in one] for name, one in FIGURES.items()}
    assert {name: keys for name, keys in told.items() if len(keys) != 1} == {}
    assert all(one["tested_by"] in globals() for one in FIGURES.values() if "tested_by" in one)
    assert sum(len(one["figures"]) for one in LISTS.values()) == len(FIGURES)


def test_every_figure_names_its_source():
    for one in LISTS.values():
        assert {figure["source"] for figure in one["figures"]} == set(one["sources"])


needs_the_lists = pytest.mark.skipif(not SHARED.exists(), reason="the lists that the figures come from are not here")


@needs_the_lists
@pytest.mark.parametrize("name", LISTS)
def test_the_copy_is_complete(name):
    taken = read(SHARED / f"{name}.yaml")["examples"]
    assert [one["id"] for one in taken] == [one["id"] for one in LISTS[name]["figures"]]


@needs_the_lists
@pytest.mark.parametrize("name", LISTS)
def test_the_copy_agrees(name):
    for one in read(SHARED / f"{name}.yaml")["examples"]:
        figure = FIGURES[one["id"]]
        inputs, expected, also = (_of_rating if name == "rating" else _of_contracts)(one)
        assert (inputs, expected, also) == (figure["inputs"], figure["expected"], figure.get("also", {})), one["id"]
        if "contrast" in one:
            others = {run["expected"] for run in many(figure["run"]) if "expected" in run}
            assert others <= set(re.findall(r"\d+(?:\.\d+)?", one["contrast"])), one["id"]


@needs_the_lists
def test_the_sources_agree():
    theirs = read(SHARED / "rating.yaml")["sources"]
    for name, words in LISTS["rating"]["sources"].items():
        assert ", ".join(theirs[name].values()) == words
    pages = {one["id"]: one["src"] for one in read(SHARED / "contracts.yaml")["examples"]}
    for figure in LISTS["contracts"]["figures"]:
        page = pages[figure["id"]]
        while page.startswith("same as ") and page[8:] in pages:
            page = pages[page[8:]]
        assert page.removeprefix("same as ") in LISTS["contracts"]["sources"][figure["source"]]


BESIDE = {"id", "src", "at", "status", "note", "model", "published", "expect_note", "exact", "calc_incl", "contrast"}
WITH_TAX = {"with_tax", "incl_tax", "with_tax_23_33"}
COLUMNS = {
    "cases": ("use", "expected"),
    "cases_t": ("use", "tiers", "expected"),
    "pairs": ("before", "added", "expected"),
    "rows": ("workings", "expected"),
}
"""Tables of the list, and what their columns are in our layout."""


def _of_rating(one: Mapping[str, Any]) -> tuple[dict[str, Any], Any, dict[str, str]]:
    """A figure of the list in our layout: its inputs, what is expected, what else the invoice gives."""
    inputs, expected, also = {}, None, {}
    for key, value in one.items():
        if key == "rows" and len(value[0]) == 4:
            inputs |= {"use": [row[0] for row in value], "blocks": [row[1:3] for row in value]}
            expected = [row[3] for row in value]
        elif key in COLUMNS:
            *given, expected = ([row[n] for row in value] for n in range(len(COLUMNS[key])))
            inputs |= dict(zip(COLUMNS[key], given, strict=False))
        elif key == "table":
            inputs["use"], expected = list(value), list(value.values())
        elif key in ("expect", "expect_list"):
            expected = value
        elif key in WITH_TAX or (key == "total" and "weights" not in one):
            also["total"] = value
        elif key in ("lines", "invoice_total"):
            values = value["22"][1:] if key == "lines" else value.split()[0]
            assert values in [run.get("expected") for run in many(FIGURES[one["id"]]["run"])]
        elif key not in BESIDE:
            inputs["working" if key == "calc" else key] = value
    return inputs, expected, also


def _of_contracts(one: Mapping[str, Any]) -> tuple[dict[str, Any], Any, dict[str, str]]:
    return {**one["inputs"], "working": one["check"]}, one["expected"], {}

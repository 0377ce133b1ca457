"""Lines of bonus and malus that a controller would ask about, each re-added by hand to the cent.

`q` and `g` are scores of a KPI file; `sl` is measured from calls. The fee is 1,000 unless a case says otherwise.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from figures import _measured as measured
from small import cases, read, said

import callbill
from callbill import Invalid, Invoice
from callbill.contract import Contract
from callbill.counting import counted_fields
from callbill.money import rounded, text, trimmed
from callbill.source import emit

KPIS = """
q: {kpi: quality_score, source: kpi_file}
g: {kpi: csat, source: kpi_file}
"""
SL = "sl: {kpi: service_level, within: 20 s, formula: of_all}"
DAILY = "sl: {kpi: service_level, within: 20 s, formula: of_all, measured: day}"
FEE = "[{id: fee, label: Fee, model: flat, amount: 1000}]"
TWO_RATES = """[
  {id: fee, label: Fee, model: flat, amount: 1000},
  {id: books, label: Books, model: flat, amount: 500, vat: {rate: 5.5}},
]"""
STEPS = "scale: [{below: 80, amount: -4 %}, {below: 90, amount: 0 %}, {amount: 2 %}]"
A = f"kpi: q, basis: all, {STEPS}"
B = "kpi: g, basis: all, scale: [{below: 50, amount: -7 %}, {amount: 4 %}]"
HEAD = "id,start,customer,state,wait,units\n"


def calls(**days: tuple[int, int]) -> str:
    """Calls of some days of October, in time and late: `d05=(8, 2)`."""
    return HEAD + "".join(
        f"{day}-{n},2026-10-{day[1:]}T{9 + n // 60:02d}:{n % 60:02d}:00Z,C{n},answered,{20 if n < good else 21},1\n"
        for day, (good, bad) in days.items()
        for n in range(good + bad)
    )


def agreed(
    clauses: Iterable[str], kpis: str = KPIS, charges: str = FEE, sources: Iterable[str] = ("calls",), **more: Any
) -> Contract:
    """A contract of clauses in YAML, named a, b, c… where they do not say otherwise."""
    made = [
        {"id": name, "label": name.upper(), **read(f"{{{one}}}")} for name, one in zip("abcdef", clauses, strict=False)
    ]
    columns = {**measured.CONTACTS["columns"], "units": {"column": "units", "number": "true"}}
    contract = {
        **measured.TOP, **more, "kpis": read(kpis),
        "activity": {name: {**measured.CONTACTS, "columns": columns} for name in sources},
        "charges": read(f"charges: {charges}")["charges"], "bonus_malus": made,
    }  # fmt: skip
    return callbill.load_contract(emit(contract).encode())


def billed(
    folder: Path, *clauses: str, values: Mapping[str, str] | None = None, records: str = HEAD, chats: str = "",
    period: str = "2026-10", history: Iterable[str] = (), **more: Any,
) -> Invoice:  # fmt: skip
    """The invoice of a month; `values` are KPIs as `numerator,denominator,value`, or a value alone."""
    rows = folder / "kpis.csv"
    written = {name: one if "," in one else f",,{one}" for name, one in (values or {}).items()}
    rows.write_text(
        "kpi,period,numerator,denominator,value\n" + "".join(f"{k},{period},{v}\n" for k, v in written.items())
    )
    files = {}
    for name, text_ in (("calls", records), ("chats", chats)):
        if text_:
            files[name] = folder / f"{name}.csv"
            files[name].write_text(text_)
    contract = agreed(clauses, sources=files, **more)
    with callbill.read_activity(contract, files, threads=1, kpis=[rows], history=list(history)) as activity:
        return callbill.bill(contract, activity, period)


def rows(invoice: Invoice) -> list[str]:
    """`id kind quantity × price = amount @ VAT` of each line that is no charge, once it re-adds."""
    clauses = {one.clause for one in invoice.clauses}
    found = []
    for line in invoice.lines:
        assert line.amount == rounded(line.quantity * line.unit_price, invoice.decimals)
        assert line.unit_price >= 0
        if line.charge in clauses or line.kind == "cap":
            figures = f"{text(trimmed(line.quantity))} × {text(trimmed(line.unit_price))} = {text(line.amount)}"
            found.append(f"{line.id} {line.kind} {figures} @{text(trimmed(line.vat.rate))}")
    return found


def notes(invoice: Invoice, clause: str = "a", language: str = "en") -> list[str]:
    return [said(note, language) for one in invoice.clauses if one.clause == clause for note in one.notes]


def months(folder: Path, *clauses: str, values: Mapping[str, Any], **more: Any) -> list[Invoice]:
    """The invoices of several months, each with the results of those before; a month may have settings of its own."""
    history: list[str] = []
    found = []
    for name, given in values.items():
        value, own = given if isinstance(given, tuple) else (given, {})
        one = billed(folder, *clauses, values={"q": value}, period=name, history=history, **{**more, **own})
        history.append(str(folder / f"{name}.json"))
        Path(history[-1]).write_text(callbill.render(one, "json"), "utf-8")
        found.append(one)
    return found


# --------------------------------------------------------------------------------------------------- a basis, and VAT


def test_a_basis_of_two_rates_of_vat_gives_a_line_for_each(tmp_path: Path) -> None:
    bonus = billed(tmp_path, A, values={"q": "95"}, charges=TWO_RATES)
    assert rows(bonus) == ["a bonus 1000 × 0.02 = 20.00 @20", "a-2 bonus 500 × 0.02 = 10.00 @5.5"]
    assert (bonus.net, bonus.vat_total) == (Decimal("1530.00"), Decimal("232.05"))  # 1,020 × 20 % + 510 × 5.5 %
    malus = billed(tmp_path, A, values={"q": "70"}, charges=TWO_RATES)
    assert rows(malus) == ["a malus -1000 × 0.04 = -40.00 @20", "a-2 malus -500 × 0.04 = -20.00 @5.5"]
    assert (malus.net, malus.vat_total) == (Decimal("1440.00"), Decimal("218.40"))  # 960 × 20 % + 480 × 5.5 %


def test_a_cap_is_spread_over_the_vat_of_what_it_gives_back_and_no_cent_is_lost(tmp_path: Path) -> None:
    charges = TWO_RATES.replace("1000", "333.33").replace("500", "166.67")
    found = billed(tmp_path, f"{A}, cap: 10", values={"q": "70"}, charges=charges)
    assert rows(found) == [
        "a malus -333.33 × 0.04 = -13.33 @20",
        "a-2 malus -166.67 × 0.04 = -6.67 @5.5",
        "a.cap cap 1 × 6.67 = 6.67 @20",  # 6.665, and 3.335 at the other rate: the first goes up
        "a.cap-2 cap 1 × 3.33 = 3.33 @5.5",
    ]
    assert found.net == Decimal("490.00")


def test_a_clause_of_one_charge_leaves_the_others_alone(tmp_path: Path) -> None:
    only = A.replace("basis: all", "basis: [books]")
    assert rows(billed(tmp_path, only, values={"q": "70"}, charges=TWO_RATES)) == ["a malus -500 × 0.04 = -20.00 @5.5"]


FIXED = "scale: [{below: 80, amount: -75}, {amount: 0}]"


@pytest.mark.parametrize(
    ("clause", "expected"),
    cases(
        {
            "the basis has one rate": (f"kpi: q, basis: [books], {FIXED}", ["a malus -1 × 75 = -75.00 @5.5"]),
            "the basis has two: the invoice's": (
                f"kpi: q, basis: all, {FIXED}",
                ["a malus -1 × 75 = -75.00 @20"],
            ),
            "the clause has its own rate": (f"kpi: q, vat: {{rate: 10}}, {FIXED}", ["a malus -1 × 75 = -75.00 @10"]),
            "an amount at risk": (
                f"kpi: q, basis: [books], at_risk: 300, {STEPS}",
                ["a malus -300 × 0.04 = -12.00 @5.5"],
            ),
            "a share at risk, by rate": (
                f"kpi: q, basis: all, at_risk: 12 %, {STEPS}",
                ["a malus -120 × 0.04 = -4.80 @20", "a-2 malus -60 × 0.04 = -2.40 @5.5"],
            ),
        }
    ),
)
def test_which_vat_an_amount_has(clause: str, expected: list[str], tmp_path: Path) -> None:
    assert rows(billed(tmp_path, clause, values={"q": "70"}, charges=TWO_RATES)) == expected


def test_one_off_lines_and_set_up_are_no_part_of_a_basis(tmp_path: Path) -> None:
    charges = FEE.replace("1000}", "1000, one_off: [{date: 2026-10-02, label: Kit, price: 900}]}")
    extra = [{"date": "2026-10-03", "label": "Audit", "price": "800"}]
    found = billed(tmp_path, A, values={"q": "70"}, charges=charges, one_off=extra)
    assert rows(found) == ["a malus -1000 × 0.04 = -40.00 @20"]
    assert found.net == Decimal("2660.00")


def test_a_percentage_of_nothing_is_no_line(tmp_path: Path) -> None:
    for rule in (A, f"{A}, cap: 3 %", f"{A}, at_risk: 10 %"):
        found = billed(tmp_path, rule, values={"q": "70"}, charges=FEE.replace("1000", "0"))
        assert rows(found) == []
        assert found.net == 0
        assert found.clauses[0].amount == found.clauses[0].gave == 0


def test_a_negative_basis_turns_a_percentage_round_and_its_cap_is_nothing(tmp_path: Path) -> None:
    """100 units were given back at 2.00. 4 % less of -200 is 8 more; a cap of 3 % of less than nothing takes it all."""
    charges = "[{id: units, label: U, model: act, sum: calls.units, price: 2}]"
    records = f"{HEAD}1,2026-10-05T09:00:00Z,C,answered,1,-100\n"
    given = {"values": {"q": "70"}, "charges": charges, "records": records}
    assert rows(billed(tmp_path, A, **given)) == ["a bonus 200 × 0.04 = 8.00 @20"]
    assert rows(billed(tmp_path, f"{A}, cap: 3 %", **given)) == [
        "a bonus 200 × 0.04 = 8.00 @20",
        "a.cap cap -1 × 8 = -8.00 @20",
    ]


# ---------------------------------------------------------------------------------------------------------------- caps

GROUP = {"id": "both", "label": "Both", "clauses": ["a", "b"]}


def test_a_clause_a_group_and_the_whole_are_capped_one_after_the_other(tmp_path: Path) -> None:
    found = billed(
        tmp_path, f"{A}, cap: 30", B, values={"q": "70", "g": "10"}, adjustment_groups=[{**GROUP, "cap": "80"}],
        adjustment_cap="6 %",
    )  # fmt: skip
    assert rows(found) == [
        "a malus -1000 × 0.04 = -40.00 @20",
        "a.cap cap 1 × 10 = 10.00 @20",  # 30 are left
        "b malus -1000 × 0.07 = -70.00 @20",
        "both.cap cap 1 × 20 = 20.00 @20",  # 30 + 70 against 80
        "bonus_malus.cap cap 1 × 20 = 20.00 @20",  # 80 against 6 % of 1,000
    ]
    assert found.net == Decimal("940.00")
    labels = [(line.label, said(line.detail)) for line in found.lines if line.kind == "cap"]
    assert labels == [
        ("A", "cap of the malus: 30.00 of 40.00"),
        ("Both", "cap of the malus: 80.00 of 100.00"),
        ("Bonus and malus", "cap of the malus: 60.00 of 80.00"),
    ]
    assert [(one.clause, one.amount, one.gave) for one in found.clauses] == [("a", -30, -30), ("b", -70, -70)]


def test_the_cap_of_a_group_may_be_a_share_of_one_charge(tmp_path: Path) -> None:
    group = {**GROUP, "cap": "10 %", "of": ["books"]}
    values = {"q": "95", "g": "60"}
    found = billed(tmp_path, A, B, values=values, charges=TWO_RATES, adjustment_groups=[group])
    # 30 and 60 were earned, two thirds of them at 20 %; 50 may be: 40 go back
    assert rows(found)[-2:] == ["both.cap cap -1 × 26.67 = -26.67 @20", "both.cap-2 cap -1 × 13.33 = -13.33 @5.5"]
    assert said(found.lines[-1].detail) == "cap of the bonus: 50.00 of 90.00"


def test_a_bonus_and_a_malus_of_one_size_leave_a_cap_nothing_to_do(tmp_path: Path) -> None:
    group = {**GROUP, "cap": "1"}
    found = billed(tmp_path, A, B, values={"q": "70", "g": "60"}, adjustment_groups=[group], adjustment_cap="0 %")
    assert rows(found) == ["a malus -1000 × 0.04 = -40.00 @20", "b bonus 1000 × 0.04 = 40.00 @20"]


def test_a_cap_of_nothing_takes_everything_back(tmp_path: Path) -> None:
    found = billed(tmp_path, f"{A}, cap: {{bonus: 0}}", values={"q": "95"})
    assert rows(found) == ["a bonus 1000 × 0.02 = 20.00 @20", "a.cap cap -1 × 20 = -20.00 @20"]


def test_the_words_of_a_cap_in_french(tmp_path: Path) -> None:
    found = billed(tmp_path, A, values={"q": "70"}, adjustment_cap="1 %", language="fr")
    assert (found.lines[-1].label, said(found.lines[-1].detail, "fr")) == (
        "Bonus et malus",
        "plafond du malus : 10,00 sur 40,00",
    )


# ---------------------------------------------------------------------------------------------------- one event, once

ONCE = {**GROUP, "pays": "largest"}


@pytest.mark.parametrize(
    ("amount", "expected", "left_out"),
    cases(
        {
            "a larger amount": ("-40.01", ["b malus -1 × 40.01 = -40.01 @20"], "a"),
            "a smaller amount": ("-39.99", ["a malus -1000 × 0.04 = -40.00 @20"], "b"),
            "two of one size: the first id": ("-40", ["a malus -1000 × 0.04 = -40.00 @20"], "b"),
        }
    ),
)
def test_a_percentage_and_an_amount_are_held_against_each_other(
    amount: str, expected: list[str], left_out: str, tmp_path: Path
) -> None:
    other = f"kpi: g, scale: [{{below: 50, amount: {amount}}}, {{amount: 0}}]"
    found = billed(tmp_path, A, other, values={"q": "70", "g": "10"}, adjustment_groups=[ONCE])
    assert rows(found) == expected
    assert notes(found, left_out) == [f"2026-10: paid once, by {'b' if left_out == 'a' else 'a'}"]


def test_a_lower_price_of_each_unit_is_held_against_an_amount(tmp_path: Path) -> None:
    """100 calls at 0.40 less are 40."""
    charges = "[{id: acts, label: Acts, model: act, count: calls.answered, price: 2}]"
    price = "kpi: q, basis: all, scale: [{below: 80, price: -0.40}, {price: 0}]"
    for amount, expected in (("-39", "a malus -100 × 0.4 = -40.00 @20"), ("-41", "b malus -1 × 41 = -41.00 @20")):
        other = f"kpi: g, scale: [{{below: 50, amount: {amount}}}, {{amount: 0}}]"
        given = {"values": {"q": "70", "g": "10"}, "charges": charges, "records": calls(d05=(100, 0))}
        assert rows(billed(tmp_path, price, other, adjustment_groups=[ONCE], **given)) == [expected]


def test_each_day_pays_its_own_largest_malus(tmp_path: Path) -> None:
    """On the 5th both are missed, on the 6th only the lower target."""
    strict = "kpi: sl, scale: [{below: 90, amount: -100}, {amount: 0}]"
    lax = "kpi: sl, scale: [{below: 50, amount: -150}, {amount: 10}]"
    found = billed(
        tmp_path, strict, lax, records=calls(d05=(4, 6), d06=(8, 2)), kpis=DAILY, adjustment_groups=[ONCE]
    )  # fmt: skip
    assert rows(found) == [
        "a malus -1 × 100 = -100.00 @20",
        "b malus -1 × 150 = -150.00 @20",
        "b-2 bonus 1 × 10 = 10.00 @20",
    ]
    assert notes(found, "a") == ["2026-10-05: paid once, by b"]
    assert notes(found, "b") == []


def test_the_size_that_is_compared_is_that_after_gates(tmp_path: Path) -> None:
    halved = f"{A}, gates: [{{kpi: g, at_least: 50, otherwise: 50 %}}]"
    other = "kpi: g, scale: [{below: 50, amount: -30}, {amount: 0}]"
    found = billed(tmp_path, halved, other, values={"q": "70", "g": "10"}, adjustment_groups=[ONCE])
    assert rows(found) == ["b malus -1 × 30 = -30.00 @20"]  # 4 % of 1,000, halved, is 20


# --------------------------------------------------------------------------------------------------------------- gates


@pytest.mark.parametrize(
    ("gate", "g", "bonus", "malus"),
    cases(
        {
            "on bonus: it holds": ("at_least: 75, on: bonus", "75", "20.00", "-40.00"),
            "on bonus: it does not": ("at_least: 75, on: bonus", "74.99", None, "-40.00"),
            "on bonus: half of it is left": ("at_least: 75, otherwise: 50 %, on: bonus", "10", "10.00", "-40.00"),
            "on malus: it does not hold": ("at_least: 75, on: malus", "10", "20.00", None),
            "on both": ("at_least: 75, then: 200 %, otherwise: 25 %", "10", "5.00", "-10.00"),
            "double or nothing": ("at_least: 75, then: 200 %, otherwise: 0 %", "80", "40.00", "-80.00"),
            "ranges on bonus": (
                "on: bonus, steps: [{below: 50, factor: 0 %}, {below: 75, factor: 25 %}, {factor: 150 %}]",
                "60",
                "5.00",
                "-40.00",
            ),
            "the last range": (
                "on: bonus, steps: [{below: 50, factor: 0 %}, {below: 75, factor: 25 %}, {factor: 150 %}]",
                "75",
                "30.00",
                "-40.00",
            ),
            "nothing was answered: no bonus": ("at_least: 75, on: bonus", "0,0,", None, "-40.00"),
        }
    ),
)
def test_a_gate(gate: str, g: str, bonus: str | None, malus: str | None, tmp_path: Path) -> None:
    rule = f"{A}, gates: [{{kpi: g, {gate}}}]"
    for q, amount in (("95", bonus), ("70", malus)):
        found = billed(tmp_path, rule, values={"q": q, "g": g})
        assert [text(line.amount) for line in found.lines if line.charge == "a"] == ([] if amount is None else [amount])
        assert bool(notes(found)) == (amount is None)


def test_what_a_gate_says(tmp_path: Path) -> None:
    rule = f"{A}, gates: [{{kpi: g, at_least: 75, otherwise: 50 %}}]"
    found = billed(tmp_path, rule, values={"q": "95", "g": "10"})
    assert said(found.lines[-1].detail) == "1 %, Quality score 95 %, ≥ 90, gate g = 10: × 50 %"
    closed = billed(tmp_path, f"{A}, gates: [{{kpi: g, at_least: 75}}]", values={"q": "95", "g": "10"})
    assert notes(closed) == ["gate g = 10: × 0 %"]
    unmeasured = billed(tmp_path, f"{A}, gates: [{{kpi: g, at_least: 75}}]", values={"q": "95", "g": "0,0,"})
    assert notes(unmeasured) == ["gate g was not measured"]
    idle = billed(tmp_path, f"{A}, gates: [{{kpi: g, at_least: 75}}]", values={"q": "85", "g": "10"})
    assert notes(idle) == []  # there was nothing to keep back


def test_a_gate_of_each_day_looks_at_the_same_day(tmp_path: Path) -> None:
    kpis = f"{DAILY}\nfast: {{kpi: service_level, within: 20 s, formula: of_all, measured: day}}"
    rule = "kpi: sl, scale: [{below: 50, amount: -100}, {amount: 5}], gates: [{kpi: fast, at_least: 10}]"
    found = billed(tmp_path, rule, records=calls(d05=(0, 9), d06=(2, 8), d07=(9, 1), d08=(0, 3)), kpis=kpis)
    assert rows(found) == ["a malus -1 × 100 = -100.00 @20", "a-2 bonus 1 × 5 = 5.00 @20"]  # two are let off
    assert notes(found) == ["gate fast = 0: × 0 %"]  # said once


def test_a_gate_of_an_interval_without_records_was_not_measured(tmp_path: Path) -> None:
    split = "kpi: service_level, within: 20 s, formula: of_all, measured: {interval: 30 min}"
    kpis = f"sl: {{{split}, source: calls}}\nchat: {{{split}, source: chats}}"
    rule = "kpi: sl, scale: [{below: 50, amount: -100}, {amount: 0}], gates: [{kpi: chat, at_least: 50}]"
    found = billed(
        tmp_path, rule, records=f"{HEAD}1,2026-10-05T11:00:00Z,A,answered,99,1\n", kpis=kpis,
        chats=f"{HEAD}1,2026-10-05T09:00:00Z,B,answered,1,1\n",
    )  # fmt: skip
    assert (rows(found), notes(found)) == ([], ["gate chat was not measured"])


# ----------------------------------------------------------------------------------------------------------- scorecard

CARD = (
    "basis: all, scorecard: [{kpi: q, weight: 60 %, points: [{below: 75, points: 0}, {below: 85, points: 50},"
    " {points: 100}]}, {kpi: g, weight: 40 %}], scale: [{below: 70, amount: -1 %}, {amount: 3 %}]"
)


@pytest.mark.parametrize(
    ("q", "g", "expected", "note"),
    [
        ("85", "25", "a bonus 1000 × 0.03 = 30.00 @20", "score 70: q 100 × 60 %; g 25 × 40 %"),
        ("84.9", "99", "a malus -1000 × 0.01 = -10.00 @20", "score 69.6: q 50 × 60 %; g 99 × 40 %"),
    ],
)
def test_a_scorecard_adds_points_by_weight(q: str, g: str, expected: str, note: str, tmp_path: Path) -> None:
    found = billed(tmp_path, CARD, values={"q": q, "g": g})
    assert (rows(found), notes(found)) == ([expected], [note])


def test_a_scorecard_without_points_or_weights_adds_the_values_themselves(tmp_path: Path) -> None:
    plain = "basis: all, scorecard: [{kpi: q}, {kpi: g}], scale: {per_point: [{below: 170, amount: -0.1 %}]}"
    found = billed(tmp_path, plain, values={"q": "80", "g": "85.5"})
    assert notes(found) == ["score 165.5: q 80 × 100 %; g 85.5 × 100 %"]
    assert rows(found) == ["a malus -1000 × 0.0045 = -4.50 @20"]  # 4.5 points at a tenth of a percent


def test_a_scorecard_of_what_nobody_answered_is_no_line_but_a_note(tmp_path: Path) -> None:
    found = billed(tmp_path, CARD, values={"q": "90", "g": "0,0,"})
    assert (rows(found), notes(found)) == ([], ["nothing was counted for g"])
    assert notes(found, language="fr") == ["rien n’a été compté pour g"]


def test_a_scorecard_with_a_kpi_of_the_quarter_waits_for_its_end(tmp_path: Path) -> None:
    kpis = KPIS.replace("kpi: csat", "measured: quarter, kpi: csat")
    found = billed(tmp_path, CARD, values={"q": "90"}, kpis=kpis)
    assert (rows(found), notes(found)) == ([], ["its quarter does not end in this period"])


# ------------------------------------------------------------------------------------------- what keeps from counting


def test_a_kpi_of_which_nothing_was_counted_is_no_line_but_a_note(tmp_path: Path) -> None:
    for rule, records, kpis in ((A, HEAD, KPIS), (A.replace("kpi: q", "kpi: sl"), HEAD, SL)):
        found = billed(tmp_path, rule, values={"q": "0,0,"} if kpis == KPIS else None, records=records, kpis=kpis)
        assert (rows(found), notes(found)) == ([], ["nothing was counted"])
        assert [(one.denominator, one.rounded) for one in found.kpis] == [(0, None)]


def test_days_without_a_call_pay_nothing_and_a_month_of_them_is_told(tmp_path: Path) -> None:
    rule = "kpi: sl, scale: [{below: 80, amount: -100}, {amount: 0}]"
    assert rows(billed(tmp_path, rule, records=calls(d05=(0, 1)), kpis=DAILY)) == ["a malus -1 × 100 = -100.00 @20"]
    found = billed(tmp_path, rule, kpis=DAILY)
    assert (rows(found), notes(found), found.kpis) == ([], ["nothing was counted"], ())


@pytest.mark.parametrize(
    ("window", "period", "due"),
    [
        ("quarter", "2026-11", False),
        ("quarter", "2026-12", True),
        ("year", "2026-09", False),
        ("year", "2026-12", True),
    ],
)
def test_a_quarter_or_a_year_is_paid_when_it_ends(window: str, period: str, due: bool, tmp_path: Path) -> None:
    kpis = KPIS.replace("kpi: quality_score", f"measured: {window}, kpi: quality_score")
    found = billed(tmp_path, A, values={"q": "70"}, kpis=kpis, period=period)
    assert rows(found) == (["a malus -1000 × 0.04 = -40.00 @20"] if due else [])
    assert notes(found) == ([] if due else [f"its {window} does not end in this period"])


def test_days_with_too_few_calls_are_left_out_and_counted(tmp_path: Path) -> None:
    rule = "kpi: sl, scale: [{below: 80, amount: -100}, {amount: 0}], when: {denominator: {at_least: 5}}"
    found = billed(tmp_path, rule, records=calls(d05=(1, 4), d06=(0, 4), d07=(0, 3)), kpis=DAILY)
    assert rows(found) == ["a malus -1 × 100 = -100.00 @20"]
    assert notes(found) == ["2 windows with too few records"]


@pytest.mark.parametrize(
    ("limits", "number", "due"),
    [
        ("{answered: {at_least: 10}}", None, True),
        ("{answered: {above: 10}}", "answered is 10", False),
        ("{answered: {at_most: 10}}", None, True),
        ("{answered: {below: 10}}", "answered is 10", False),
        ("{offered: {at_least: 11}}", "offered is 10", False),  # a count that is not in the formula
        ("{offered: {at_least: 10}, denominator: {at_most: 9}}", "denominator is 10", False),
        ("{answered_within: {at_least: 4, at_most: 4}}", None, True),
    ],
)
def test_counts_that_must_be_reached(limits: str, number: str | None, due: bool, tmp_path: Path) -> None:
    rule = f"kpi: sl, basis: all, {STEPS}, when: {limits}"
    found = billed(tmp_path, rule, records=calls(d05=(4, 6)), kpis=SL)
    assert rows(found) == (["a malus -1000 × 0.04 = -40.00 @20"] if due else [])
    assert notes(found) == ([] if number is None else [f"not due: {number}"])


@pytest.mark.parametrize(
    ("more", "due", "note"),
    [
        ("grace_until: 2026-09-30", True, None),
        ("grace_until: 2026-10-01", False, "nothing is due until 1 Oct 2026"),
        ("grace_until: 2026-12-31", False, "nothing is due until 31 Dec 2026"),
        ("from: 2026-10-01", True, None),
        ("from: 2026-10-02", False, "not in force in this period"),
        ("until: 2026-10-31", True, None),
        ("until: 2026-10-30", False, "not in force in this period"),
    ],
)
def test_when_a_clause_counts(more: str, due: bool, note: str | None, tmp_path: Path) -> None:
    found = billed(tmp_path, f"{A}, {more}", values={"q": "70"})
    assert rows(found) == (["a malus -1000 × 0.04 = -40.00 @20"] if due else [])
    assert notes(found) == ([] if note is None else [note])
    assert [one.kpi for one in found.kpis] == ["q"]  # the value is printed either way


def test_a_kpi_that_no_clause_looks_at_is_shown_where_it_can_be_measured(tmp_path: Path) -> None:
    assert [one.kpi for one in billed(tmp_path, A, values={"q": "85", "g": "70"}).kpis] == ["q", "g"]
    assert [one.kpi for one in billed(tmp_path, A, values={"q": "85"}).kpis] == ["q"]


def test_the_target_is_printed_beside_the_value_whoever_names_it(tmp_path: Path) -> None:
    without, with_ = A, f"{A}, target: 80 %"
    for clauses in ((without, with_), (with_, without)):
        (value, *_) = billed(tmp_path, *clauses, values={"q": "85"}).kpis
        assert value.target == "80 %"


# -------------------------------------------------------------------------------------------------------------- relief

FINE = f"kpi: sl, basis: all, {STEPS}"


@pytest.mark.parametrize(
    ("relief", "due", "note"),
    [
        ("above: 10 %, expected: {2026-10: 92}", True, None),  # 101 calls: 101.2 may come
        ("above: 10 %, expected: {2026-10: 91}", False, "no malus: volume 101 against a forecast of 91"),
        ("above: 10 %, expected: {2026-10: 900}", True, None),  # nothing was said of fewer calls
        ("below: 10 %, expected: {2026-10: 112}", True, None),
        ("below: 10 %, expected: {2026-10: 113}", False, "no malus: volume 101 against a forecast of 113"),
        ("below: 10 %, expected: {2026-10: 1}", True, None),
        ("above: 1 %, relieves: both, expected: {2026-10: 100}", True, None),
        (
            "above: 0.9 %, relieves: both, expected: {2026-10: 100}",
            False,
            "nothing due: volume 101 against a forecast of 100",
        ),
    ],
)
def test_relief_of_a_month(relief: str, due: bool, note: str | None, tmp_path: Path) -> None:
    rule = f"{FINE}, relief: {{count: calls.offered, {relief}}}"
    found = billed(tmp_path, rule, records=calls(d05=(50, 51)), kpis=SL)
    assert rows(found) == (["a malus -1000 × 0.04 = -40.00 @20"] if due else [])
    assert notes(found) == ([] if note is None else [note])


def test_days_out_of_their_forecast_are_left_out_and_other_months_are_no_matter(tmp_path: Path) -> None:
    days = "2026-09-30: 1, 2026-10-05: 10, 2026-10-06: 40, 2026-10-07: 100, 2026-11-01: 1"
    rule = f"{FINE}, relief: {{count: calls.answered, above: 10 %, below: 50 %, expected: {{{days}}}}}"
    found = billed(tmp_path, rule, records=calls(d05=(9, 1), d06=(0, 50), d07=(0, 49)), kpis=SL)
    assert rows(found) == ["a bonus 1000 × 0.02 = 20.00 @20"]  # 9 of 10
    assert notes(found) == [
        "6 Oct 2026 left out: volume 50, forecast 40",
        "7 Oct 2026 left out: volume 49, forecast 100",
    ]
    assert found.kpis[0].denominator == 10


def test_a_volume_may_be_a_column_of_numbers(tmp_path: Path) -> None:
    halves = {
        "reader": "generic", "record": "interval", "delimiter": ",", "encoding": "utf-8", "decimal": ".",
        "columns": {"start": {"column": "start", "format": "iso"}, "came": {"column": "came", "number": "true"}},
    }  # fmt: skip
    rule = read("{id: a, label: A, kpi: q, basis: all, scale: [{amount: -4 %}],"
                " relief: {count: halves.came, above: 10 %, expected: {2026-10: 100}}}")  # fmt: skip
    contract = callbill.load_contract(
        emit({
            **measured.TOP, "activity": {"halves": halves}, "kpis": read(KPIS), "bonus_malus": [rule],
            "charges": read(f"c: {FEE}")["c"],
        }).encode()
    )  # fmt: skip
    (tmp_path / "kpis.csv").write_text("kpi,period,value\nq,2026-10,70\n")
    due = (["a malus -1000 × 0.04 = -40.00 @20"], [])
    none = ([], ["no malus: volume 110.5 against a forecast of 100"])
    for came, expected in (("70", due), ("70.5", none)):  # 110 are a tenth more, and no more than that
        rows_ = f"start,came\n2026-10-05T09:00:00Z,40\n2026-10-05T09:30:00Z,{came}\n"
        (tmp_path / "halves.csv").write_text(rows_)
        files = {"halves": tmp_path / "halves.csv"}
        with callbill.read_activity(contract, files, threads=1, kpis=[tmp_path / "kpis.csv"]) as activity:
            found = callbill.bill(contract, activity, "2026-10")
        assert (rows(found), notes(found)) == expected


def test_a_month_without_a_forecast_is_told_at_its_clause(tmp_path: Path) -> None:
    relief = "relief: {count: calls.offered, above: 10 %, expected: {2026-09: 100}}"
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, A, f"{FINE}, {relief}", records=calls(d05=(1, 9)), kpis=f"{KPIS}\n{SL}", values={"q": "90"})
    (problem,) = caught.value.problems
    assert (problem.code, problem.path, problem.message, problem.help) == (
        "CB252",
        ("bonus_malus", 1, "relief", "expected"),
        "there is no forecast for 2026-10",
        "write `2026-10: …` under `expected`",
    )


def test_what_is_missing_for_several_clauses_is_told_at_once_each_at_its_spot(tmp_path: Path) -> None:
    """The KPI is missing at the KPI, the index at the index, the earlier month at the clause."""
    index = {"cpi": {"formula": "I", "names": {"I": {"index": "cpi", "lag": "1"}}, "revised": "each_period"}}
    looks_back = f"{A}, from: 2026-01-01, repeated: {{within: 2, factors: [100 %, 200 %]}}"
    clauses = (B, looks_back, f"kpi: q, {FIXED}, indexation: cpi")
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, *clauses, values={"q": "70"}, indices={"cpi": {"2026-01": "100"}}, indexation=index)
    assert [(one.code, one.path) for one in caught.value.problems] == [
        ("CB341", ("kpis", "g")),
        ("CB340", ("bonus_malus", 1, "id")),
    ]
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, clauses[2], values={"q": "70"}, indices={"cpi": {"2026-01": "100"}}, indexation=index)
    assert [(one.code, one.path) for one in caught.value.problems] == [("CB251", ("indexation", "cpi", "names", "I"))]


# ---------------------------------------------------------------------------------------------------- earlier months

REPEATED = "from: 2026-07-01, repeated: {within: 4, factors: [100 %, 200 %, 300 %], caps: [30, 50, 90]}"


def test_the_cap_of_a_repeated_miss_is_that_of_its_rank(tmp_path: Path) -> None:
    values = {"2026-07": "70", "2026-08": "70", "2026-09": "70", "2026-10": "70", "2026-11": "95"}
    found = months(tmp_path, f"{A}, {REPEATED}, cap: {{bonus: 15}}", values=values)
    assert [rows(one) for one in found] == [
        ["a malus -1000 × 0.04 = -40.00 @20", "a.cap cap 1 × 10 = 10.00 @20"],
        ["a malus -1000 × 0.08 = -80.00 @20", "a.cap cap 1 × 30 = 30.00 @20"],
        ["a malus -1000 × 0.12 = -120.00 @20", "a.cap cap 1 × 30 = 30.00 @20"],
        ["a malus -1000 × 0.12 = -120.00 @20", "a.cap cap 1 × 30 = 30.00 @20"],  # the last factor and cap go on
        ["a bonus 1000 × 0.02 = 20.00 @20", "a.cap cap -1 × 5 = -5.00 @20"],  # the clause's own cap
    ]
    assert said(found[1].lines[1].detail).endswith("miss 2 within 4 periods: × 200 %")


def test_repeated_misses_multiply_a_price_by_the_day_too(tmp_path: Path) -> None:
    """200 a day, at most 600: four days missed."""
    rule = (
        "kpi: sl, scale: [{below: 80, amount: -200}, {amount: 0}], from: 2026-10-01,"
        " repeated: {within: 12, factors: [100 %, 200 %], caps: [600, 1200]}"
    )
    found = billed(tmp_path, rule, records=calls(d05=(0, 1), d06=(0, 1), d07=(0, 1), d08=(0, 1)), kpis=DAILY)
    assert rows(found) == ["a malus -4 × 200 = -800.00 @20", "a.cap cap 1 × 200 = 200.00 @20"]


def test_more_than_six_windows_are_counted_and_the_first_six_named(tmp_path: Path) -> None:
    rule = "kpi: sl, scale: [{below: 80, amount: -200}, {amount: 0}]"
    missed = {f"d{day:02d}": (0, 1) for day in range(1, 8)}
    found = billed(tmp_path, rule, records=calls(**missed), kpis=DAILY)
    assert rows(found) == ["a malus -7 × 200 = -1400.00 @20"]
    named = ", ".join(f"2026-10-{day:02d}" for day in range(1, 7))
    assert said(found.lines[1].detail) == f"< 80, 7 windows: {named}, …"


BACK = "from: 2026-08-01, earn_back: {after: 2, target: 85}"


@pytest.mark.parametrize(
    ("values", "line", "note"),
    cases(
        {
            "reached exactly": (
                {"2026-08": "70,100,", "2026-09": "80,100,", "2026-10": "90,100,"},
                ["a.earned_back earned_back 1 × 40 = 40.00 @20"],
                ["malus of 2026-08 given back: 85 % from 2026-09 to 2026-10, target 85"],
            ),
            "the months together, and no mean of their values": (
                {"2026-08": "70,100,", "2026-09": "80,100,", "2026-10": "899,1000,"},
                ["a.earned_back earned_back 1 × 40 = 40.00 @20"],
                [
                    "malus of 2026-08 given back: 89 % from 2026-09 to 2026-10, target 85"
                ],  # 979 of 1,100: no mean of means
            ),
            "kept": (
                {"2026-08": "70,100,", "2026-09": "80,100,", "2026-10": "89,100,"},
                [],
                ["malus of 2026-08 kept: 84.5 % from 2026-09 to 2026-10, target 85"],
            ),
            "there was no malus": ({"2026-08": "85,100,", "2026-09": "80,100,", "2026-10": "89,100,"}, [], []),
        }
    ),
)
def test_a_malus_is_given_back_or_kept(
    values: dict[str, str], line: list[str], note: list[str], tmp_path: Path
) -> None:
    last = months(tmp_path, f"{A}, {BACK}", values=values)[-1]
    assert [one for one in rows(last) if "earned_back" in one] == line
    assert notes(last) == note


def test_before_the_clause_was_in_force_there_was_nothing_to_earn_back(tmp_path: Path) -> None:
    """September looks back to July, in which the clause did not count: nobody asks for its results."""
    rule = f"{A}, {BACK}".replace("2026-08-01", "2026-09-01")
    found = months(tmp_path, rule, values={"2026-09": "95,100,", "2026-10": "95,100,"})
    assert [rows(one) for one in found] == [["a bonus 1000 × 0.02 = 20.00 @20"]] * 2


def test_where_lower_is_better_the_target_is_a_most(tmp_path: Path) -> None:
    kpis = KPIS.replace("kpi: quality_score", "kpi: abandonment")
    rule = (
        "kpi: q, basis: all, scale: [{up_to: 5, amount: 0 %}, {amount: -4 %}], from: 2026-09-01,"
        " earn_back: {after: 1, target: 4}"
    )
    for october, line in (("4,100,", ["a.earned_back earned_back 1 × 40 = 40.00 @20"]), ("5,100,", [])):
        assert rows(months(tmp_path, rule, values={"2026-09": "9,100,", "2026-10": october}, kpis=kpis)[-1]) == line


def test_a_month_whose_kpi_is_not_known_keeps_the_malus(tmp_path: Path) -> None:
    """The invoice of September was made before the contract had the KPI."""
    bare = ("80,100,", {"kpis": "x: {kpi: csat, source: kpi_file}"})
    (august,) = months(tmp_path, f"{A}, {BACK}", values={"2026-08": "70,100,"})
    (tmp_path / "08.json").write_text(callbill.render(august, "json"), "utf-8")
    september = billed(tmp_path, values={"x": bare[0]}, period="2026-09", **bare[1])
    (tmp_path / "09.json").write_text(callbill.render(september, "json"), "utf-8")
    history = [str(tmp_path / "08.json"), str(tmp_path / "09.json")]
    october = billed(tmp_path, f"{A}, {BACK}", values={"q": "95,100,"}, history=history)
    assert rows(october) == ["a bonus 1000 × 0.02 = 20.00 @20"]
    assert notes(october) == ["malus of 2026-08 kept: nothing from 2026-09 to 2026-10, target 85"]
    assert notes(october, language="fr") == ["malus de 2026-08 conservé : rien de 2026-09 à 2026-10, cible 85"]


def test_two_bare_values_are_not_added(tmp_path: Path) -> None:
    """60 % and 60 % are no 120 %: nothing is given back. Telling that numerators are missing would do as well."""
    values = {"2026-08": "70", "2026-09": "60", "2026-10": "60"}
    last = months(tmp_path, f"{A}, {BACK}", values=values)[-1]
    assert [one for one in rows(last) if "earned_back" in one] == []


def test_what_stood_on_the_next_invoice_is_given_back_from_there(tmp_path: Path) -> None:
    """August's malus stands on September's invoice; September and October together reach the target."""
    rule = f"{A}, {BACK}, applied: next_invoice, basis_of: measured_period"
    values = {"2026-08": "70,100,", "2026-09": "90,100,", "2026-10": "90,100,"}
    august, september, october = months(tmp_path, rule, values=values)
    assert rows(august) == []
    assert rows(september) == ["a malus -1000 × 0.04 = -40.00 @20"]
    assert "a.earned_back earned_back 1 × 40 = 40.00 @20" in rows(october)


NEXT = "from: 2026-09-01, applied: next_invoice"


@pytest.mark.parametrize(
    ("of", "value", "expected"),
    cases(
        {
            "a malus of the measured month's fee": (
                "measured_period",
                "70",
                ["a malus -1000 × 0.04 = -40.00 @20"],
            ),
            "a malus of the next month's fee": ("invoice", "70", ["a malus -2000 × 0.04 = -80.00 @20"]),
            "a bonus of the measured month's fee": (
                "measured_period",
                "90",
                ["a bonus 1000 × 0.02 = 20.00 @20"],
            ),
            "a bonus of the next month's fee": ("invoice", "90", ["a bonus 2000 × 0.02 = 40.00 @20"]),
            "nothing": ("invoice", "80", []),
        }
    ),
)
def test_the_next_invoice_carries_the_result(of: str, value: str, expected: list[str], tmp_path: Path) -> None:
    rule = f"{A}, {NEXT}, basis_of: {of}"
    double = {"charges": FEE.replace("1000", "2000")}
    september, october = months(tmp_path, rule, values={"2026-09": value, "2026-10": ("85", double)})
    assert rows(september) == []
    assert rows(october) == expected
    assert notes(september) == (["set aside for the next invoice"] if expected else [])
    assert notes(october) == []  # October itself is worth nothing
    for line in october.lines[1:]:
        assert said(line.detail).endswith("result of 2026-09")


def test_a_clause_that_has_ended_is_still_carried_once(tmp_path: Path) -> None:
    rule = f"{A}, {NEXT}, basis_of: invoice, until: 2026-09-30"
    found = months(tmp_path, rule, values={"2026-09": "70", "2026-10": "70", "2026-11": "70"})
    assert [rows(one) for one in found] == [[], ["a malus -1000 × 0.04 = -40.00 @20"], []]
    assert notes(found[1]) == ["not in force in this period"]


def test_a_result_that_meets_no_fee_is_no_line(tmp_path: Path) -> None:
    rule = f"{A}, {NEXT}, basis_of: invoice"
    nothing = {"charges": FEE.replace("1000", "0")}
    october = months(tmp_path, rule, values={"2026-09": "70", "2026-10": ("85", nothing)})[-1]
    assert rows(october) == []
    assert october.net == 0


def test_the_next_invoice_carries_an_amount_and_caps_it_there(tmp_path: Path) -> None:
    rule = f"kpi: q, {FIXED}, cap: 50, {NEXT}"
    september, october = months(tmp_path, rule, values={"2026-09": "70", "2026-10": "85"})
    assert (rows(september), september.clauses[0].gave) == ([], -75)
    assert rows(october) == ["a malus -1 × 75 = -75.00 @20", "a.cap cap 1 × 25 = 25.00 @20"]


def test_a_percentage_of_the_next_invoice_goes_to_each_of_its_rates_of_vat(tmp_path: Path) -> None:
    rule = f"{A}, {NEXT}, basis_of: invoice"
    october = months(tmp_path, rule, values={"2026-09": "70", "2026-10": "85"}, charges=TWO_RATES)[-1]
    assert rows(october) == ["a malus -1000 × 0.04 = -40.00 @20", "a-2 malus -500 × 0.04 = -20.00 @5.5"]


def test_what_the_measured_month_set_aside_keeps_its_rates_of_vat(tmp_path: Path) -> None:
    rule = f"{A}, {NEXT}, basis_of: measured_period"
    october = months(tmp_path, rule, values={"2026-09": "70", "2026-10": "85"}, charges=TWO_RATES)[-1]
    assert rows(october) == ["a malus -1000 × 0.04 = -40.00 @20", "a-2 malus -500 × 0.04 = -20.00 @5.5"]


def test_what_is_given_back_has_the_rates_of_vat_of_what_was_taken(tmp_path: Path) -> None:
    rule = f"{A}, from: 2026-09-01, earn_back: {{after: 1, target: 85}}"
    october = months(tmp_path, rule, values={"2026-09": "70,100,", "2026-10": "85,100,"}, charges=TWO_RATES)[-1]
    assert sorted((line.amount, line.vat.rate) for line in october.lines if line.kind == "earned_back") == [
        (Decimal(20), Decimal("5.5")),
        (Decimal(40), Decimal(20)),
    ]


def test_no_more_is_given_back_than_was_taken(tmp_path: Path) -> None:
    """A malus of 40, of which the cap left 30 on the next invoice."""
    rule = f"{A}, cap: 3 %, {NEXT}, basis_of: measured_period, earn_back: {{after: 1, target: 85}}"
    october = months(tmp_path, rule, values={"2026-09": "70,100,", "2026-10": "85,100,"})[-1]
    assert sum((line.amount for line in october.lines if line.charge == "a"), Decimal(0)) == 0


@pytest.mark.parametrize(
    "more", [{"adjustment_cap": "1 %"}, {"adjustment_groups": [{**GROUP, "clauses": "a", "cap": "10"}]}]
)
def test_no_more_is_given_back_than_the_other_caps_left(more: dict[str, Any], tmp_path: Path) -> None:
    """A malus of 40, of which the cap of the group or of the whole left 10."""
    rule = f"{A}, from: 2026-09-01, earn_back: {{after: 1, target: 85}}"
    first, second = months(
        tmp_path, rule, values={"2026-09": ("70,100,", more), "2026-10": "85,100,"}
    )  # fmt: skip
    assert first.net == 990
    assert second.net == 1010


def test_what_is_given_back_is_no_loss_of_the_clause_when_a_cap_cuts_the_bonus(tmp_path: Path) -> None:
    """October: 20 of bonus and 40 back, capped to 10: the clause has given 0, and took nothing that could come back."""
    rule = f"{A}, from: 2026-09-01, earn_back: {{after: 1, target: 85}}"
    capped = {"adjustment_cap": {"bonus": "1 %"}}
    values = {"2026-09": "70,100,", "2026-10": ("95,100,", capped), "2026-11": "95,100,"}
    _, october, november = months(tmp_path, rule, values=values)
    assert (october.net, november.net) == (1010, 1020)
    assert october.clauses[0].billed == ()


def test_a_cap_under_a_rate_without_a_malus_cuts_the_malus_of_the_other(tmp_path: Path) -> None:
    """-40 under 20 % and 10 under 5.5 %, capped to 18: 12 are shared by weight, and all of them are the malus's."""
    other = "kpi: g, basis: [books], scale: [{below: 50, amount: 2 %}, {amount: 0 %}]"
    found = billed(
        tmp_path, A.replace("basis: all", "basis: [fee]"), other, values={"q": "70", "g": "10"}, charges=TWO_RATES,
        adjustment_groups=[{**GROUP, "cap": "18"}],
    )  # fmt: skip
    taken = {one.clause: sum((amount for _, amount in one.billed), Decimal(0)) for one in found.clauses}
    assert taken == {"a": -28, "b": 10}


def test_a_month_that_earning_back_needs_is_asked_for_at_its_clause(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, f"{A}, {BACK}", f"{B}, {BACK}", values={"q": "70", "g": "10"})
    assert [(one.code, one.path) for one in caught.value.problems] == [
        ("CB340", ("bonus_malus", 0, "id")), ("CB340", ("bonus_malus", 1, "id")),
    ]  # fmt: skip


# --------------------------------------------------------------------------------------- indexed amounts, other units

INDEX = {"cpi": {"formula": "I / I0", "names": {"I": "103", "I0": "100"}, "revised": "each_period"}}


@pytest.mark.parametrize(
    ("clause", "expected"),
    cases(
        {
            "an amount": (f"kpi: q, {FIXED}", ["a malus -1 × 77.25 = -77.25 @20"]),
            "an amount for each point": (
                "kpi: q, scale: {per_point: [{below: 80, amount: -20}]}",
                ["a malus -10 × 20.6 = -206.00 @20"],
            ),
            "an amount at risk": (f"kpi: q, at_risk: 500, {STEPS}", ["a malus -515 × 0.04 = -20.60 @20"]),
            "a percentage of the basis follows the basis alone": (A, ["a malus -1000 × 0.04 = -40.00 @20"]),
            "a share at risk as well": (f"{A}, at_risk: 50 %", ["a malus -500 × 0.04 = -20.00 @20"]),
            "a cap is no amount of the scale": (
                f"kpi: q, cap: 75, {FIXED}",
                ["a malus -1 × 77.25 = -77.25 @20", "a.cap cap 1 × 2.25 = 2.25 @20"],
            ),
            "before a gate": (
                f"kpi: q, {FIXED}, gates: [{{kpi: g, below: 50, then: 50 %}}]",
                ["a malus -1 × 38.625 = -38.63 @20"],
            ),
        }
    ),
)
def test_amounts_follow_an_index(clause: str, expected: list[str], tmp_path: Path) -> None:
    found = billed(tmp_path, f"{clause}, indexation: cpi", values={"q": "70", "g": "10"}, indexation=INDEX)
    assert rows(found) == expected


def test_a_currency_without_decimals(tmp_path: Path) -> None:
    """10 % of 1,005 is 101 at risk; 4 % of that is 4; a cap of 0.3 % is 3."""
    charges = FEE.replace("1000", "1005")
    found = billed(tmp_path, f"{A}, at_risk: 10 %, cap: 0.3 %", values={"q": "70"}, charges=charges, currency="JPY")
    assert rows(found) == ["a malus -101 × 0.04 = -4 @20", "a.cap cap 1 × 1 = 1 @20"]
    assert found.net == 1002


def test_a_malus_of_less_than_half_a_cent_is_no_line(tmp_path: Path) -> None:
    rule = "kpi: q, basis: all, scale: [{below: 80, amount: -0.0004 %}, {amount: 0 %}]"
    assert rows(billed(tmp_path, rule, values={"q": "70"})) == []  # 0.4 of a cent
    assert rows(billed(tmp_path, rule.replace("4 %", "5 %"), values={"q": "70"})) == [
        "a malus -1000 × 0.000005 = -0.01 @20"
    ]


def test_two_distances_of_one_kpi_are_two_lines(tmp_path: Path) -> None:
    rule = "kpi: q, scale: {per_point: [{below: 80, amount: -20}, {below: 75, amount: -30.50}]}"
    found = billed(tmp_path, rule, values={"q": "70"})
    assert rows(found) == ["a malus -10 × 20 = -200.00 @20", "a-2 malus -5 × 30.5 = -152.50 @20"]
    assert [said(line.detail) for line in found.lines[1:]] == [
        "Quality score 70 %, 10 below 80",
        "Quality score 70 %, 5 below 75",
    ]


def test_a_price_for_each_unit_of_a_fee_has_nothing_to_multiply(tmp_path: Path) -> None:
    rule = "kpi: q, basis: all, scale: [{below: 80, price: -0.40}, {price: 0}]"
    assert rows(billed(tmp_path, rule, values={"q": "70"})) == []


def test_how_a_line_came_about(tmp_path: Path) -> None:
    found = billed(tmp_path, f"{A}, target: 80 %", values={"q": "70,100,"})
    line = found.lines[-1]
    assert (line.charge, line.label, said(line.unit)) == ("a", "A", "EUR")
    assert said(line.detail) == "-4 %, Quality score 70 %, < 80"
    assert [(step.number, said(step.phrase)) for step in line.steps] == [(12, "-1,000.00 EUR × 0.04 = -40.00")]
    (value,) = found.kpis
    assert (value.numerator, value.denominator, value.rounded, value.target) == (70, 100, 70, "80 %")


# ------------------------------------------------------------------------------------------------------ what is counted


def test_the_fields_that_kpis_and_clauses_look_at_are_known_before_any_period() -> None:
    """A cell that cannot be read is a matter for the invoice only where something counts it."""
    looks = f"kpi: sl, basis: all, {STEPS}, when: {{abandoned: {{at_least: 1}}, denominator: {{at_least: 1}}}}"
    volume = "relief: {count: calls.all, above: 5 %, expected: {2026-10: 1}}"
    assert counted_fields(agreed([A]).agreement) == {}
    assert counted_fields(agreed([f"{A}, {volume}"]).agreement) == {"calls": frozenset()}
    assert counted_fields(agreed([f"{looks}, {volume}"], SL).agreement) == {"calls": frozenset({"state", "wait"})}
    cost = "sl: {kpi: cost_per_contact, formula: of_answered}"
    assert counted_fields(agreed([], cost).agreement) == {"calls": frozenset({"state"})}

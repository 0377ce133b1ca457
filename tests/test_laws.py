"""The laws of the design, on generated contracts and activity: exact, calculator, conservation, deterministic.

And what a buyer expects of any price: more is never cheaper, limits hold, parts sum to the whole.
"""

from __future__ import annotations

import ast
import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from drive import Run, run
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies import HEAD, SCENES, Case, Scene, Settings, cases, invoices, one_of, texts

import callbill
from callbill import api, money
from callbill.engine import Engine
from callbill.problems import Invalid

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

SLOW = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.function_scoped_fixture,
]
PACKAGE = Path(callbill.__file__).parent
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
Document = dict[str, Any]


def law(examples: int) -> settings:
    """The same examples on every machine."""
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=SLOW)


KINDS = one_of("contact", "contact", "agent_state", "interval")
PLACES = one_of(*SCENES.values())
any_case = st.tuples(KINDS, PLACES).flatmap(lambda found: cases(*found))
any_invoice = st.tuples(KINDS, PLACES).flatmap(lambda found: invoices(*found))


def billed(case: Case, folder: Path, threads: int | None = 1) -> Run:
    """The case billed; cases that contract and activity make impossible are left out."""
    try:
        return run(case.yaml, case.files(folder), case.period, threads)
    except Invalid as invalid:
        assume({problem.code for problem in invalid.problems} - {"CB314", "CB319"})
        raise


def at_cents(value: Decimal, decimals: int) -> Decimal:
    """Half up, by the decimal module rather than by callbill."""
    return EXACT.quantize(value, Decimal(1).scaleb(-decimals))


def product(*factors: str) -> Decimal:
    result = Decimal(1)
    for factor in factors:
        result = EXACT.multiply(result, Decimal(factor))
    return result


# -------------------------------------------------------------------------------------------------- law 1: exact


def everything(value: Any) -> Iterator[Any]:
    """Every value that can be reached from one."""
    yield value
    if is_dataclass(value) and not isinstance(value, type):
        inner: list[Any] = [getattr(value, one.name) for one in fields(value)]
    elif isinstance(value, Mapping):
        inner = [*value.keys(), *value.values()]
    else:
        inner = list(value) if isinstance(value, tuple | list | set | frozenset) else []
    for one in inner:
        yield from everything(one)


@law(20)
@given(any_invoice)
def test_no_float_in_an_invoice_nor_in_what_was_counted(tmp_path: Path, case: Case) -> None:
    seen: list[Any] = []
    rows = Engine.rows

    def watched(engine: Engine, query: str) -> list[tuple[Any, ...]]:
        found = rows(engine, query)
        seen.extend(value for row in found for value in row)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "rows", watched)
        made = billed(case, tmp_path)
    groups = [group for charge in made.charges for batch in made.batches(charge) for group in batch.groups]
    found = [*everything(made.invoice), *everything(made.bill.counted), *everything(groups), *seen]
    assert len(seen) > 0
    assert not [value for value in found if isinstance(value, float)]


@pytest.mark.parametrize("wrong", [0.5, 1.0, float("nan"), True])
def test_money_refuses_floats(wrong: Any) -> None:
    for use in (
        lambda: money.exact(wrong), lambda: money.whole(wrong), lambda: money.rounded(wrong, 2),
        lambda: money.shared(wrong, [1], 2), lambda: money.shared(Decimal(1), [wrong, 1], 2),
    ):  # fmt: skip
        with pytest.raises(TypeError):
            use()


OUTSIDE = {
    "__main__",
    "api",
    "cli",
    "console",
    "countries",
    "describe",
    "effective",
    "explain",
    "files",
    "schema",
    "source",
}
"""Modules that carry no quantity: they print, open files, or describe."""
DIVISIONS = {
    "self.percent / 100", "units * size / sum(sizes)", "total / factor", "summed / size",
    "taken * has / total", "100 * above / below", "abs(one) / 100", "abs(share) / 100", "below / 3600",
    "end[0] / grid", "value * BAR * 8 / top", "(more - less) * (value - low) / (high - low)",
    "(100 if self.UNIT == 'percent' else 1) * numerator / denominator",
    "(hours.work * load + waiting) / (hours.work + hours.waiting)", "(total - amount) / (volume - size)",
    "1 / lever.occupancy", "100 * max(means) / whole", "100 * min(means) / whole", "abs(before - now) / now",
    "amount / size", "answered / len(found.periods)", "handled / answered",
    "handled / hours.whole", "hours.work / (hours.work + hours.waiting)", "load * handled / hours.whole",
    "load * handled / hours.whole / lever.occupancy", "mean * step * 4 / 100",
    "occupancy / (1 + SMALL)", "one / middle", "one.handled / one.answered", "part / total", "rest / (number - 2)",
    "rest / (number - 2) / width", "share / 100", "total / volume", "waiting / hours.waiting",
}  # fmt: skip
"""Quotients whose operands are fractions or decimals without saying so; look at the types before adding one."""


def core() -> list[Path]:
    return [
        path for path in sorted(PACKAGE.rglob("*.py")) if path.stem not in OUTSIDE and path.parent.stem != "writers"
    ]


def is_exact(node: ast.expr) -> bool:
    """Whether an expression says that it is a fraction or a decimal."""
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id in ("Fraction", "exact", "Decimal")
        for one in ast.walk(node)
    )


@pytest.mark.parametrize("path", core(), ids=lambda path: path.stem)
def test_no_float_is_written_in_the_core(path: Path) -> None:
    """All that `margins` divides is a fraction by the types of its arguments."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), ast.unparse(node)
        assert not (isinstance(node, ast.Call) and ast.unparse(node.func) == "float"), ast.unparse(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and path.stem != "margins":
            assert is_exact(node) or ast.unparse(node) in DIVISIONS, ast.unparse(node)


def test_the_engine_is_asked_for_whole_numbers() -> None:
    """Inexact types are only read from frames, as text; nothing is divided but by `//`."""
    for path in core():
        texts = [
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant)
        ]
        for text in (
            one for one in texts if isinstance(one, str) and any(word in one for word in ("SELECT", "CAST", "SUM("))
        ):
            assert not [word for word in ("DOUBLE", "FLOAT", "REAL", "AVG(", " / ") if word in text], text


# --------------------------------------------------------------------------------- laws 2 and 3: the printed invoice


@law(45)
@given(any_invoice)
def test_an_invoice_can_be_added_up_again(tmp_path: Path, case: Case) -> None:
    document = json.loads(billed(case, tmp_path).text())
    check_lines(document)
    check_taxes(document, per_line=case.contract["vat_rounding"] == "per_line")
    check_limits(document, case.contract)
    check_accounts(document)


def check_lines(document: Document) -> None:
    """Every line from its own printed figures; lines to subtotals and net."""
    decimals = document["decimals"]
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in document["lines"]:
        assert at_cents(product(line["quantity"], line["unit_price"]), decimals) == Decimal(line["amount"])
        assert not line["unit_price"].startswith("-")
        assert places(line["quantity"]) <= 4
        assert places(line["unit_price"]) <= 6
        assert places(line["amount"]) == decimals
        sums[line["charge"]] += Decimal(line["amount"])
    assert {one["charge"]: Decimal(one["amount"]) for one in document["subtotals"]} == sums
    assert Decimal(document["net"]) == sum(sums.values())
    assert len({line["id"] for line in document["lines"]}) == len(document["lines"])


def places(number: str) -> int:
    return len(number.partition(".")[2])


def check_taxes(document: Document, *, per_line: bool) -> None:
    """VAT per category and rate, on the sum or on each line; totals and the amount due."""
    decimals = document["decimals"]
    bases: dict[str, list[Decimal]] = defaultdict(list)
    for line in document["lines"]:
        bases[json.dumps(line["vat"])].append(Decimal(line["amount"]))
    assert len(bases) == len(document["vat"])
    for one in document["vat"]:
        amounts = bases[json.dumps({name: one[name] for name in ("category", "rate", "reason")})]
        parts = amounts if per_line else [sum(amounts, Decimal(0))]
        tax = sum((at_cents(product(str(part), one["rate"], "0.01"), decimals) for part in parts), Decimal(0))
        assert (Decimal(one["base"]), Decimal(one["amount"])) == (sum(amounts), tax)
    vat = sum((Decimal(one["amount"]) for one in document["vat"]), Decimal(0))
    paid = sum((Decimal(one["amount"]) for one in document["credits"]), Decimal(0))
    assert Decimal(document["vat_total"]) == vat
    assert Decimal(document["total"]) == Decimal(document["net"]) + vat
    assert Decimal(document["due"]) == Decimal(document["total"]) - paid


def check_limits(document: Document, contract: Settings) -> None:
    """The invoice lies between its least and its most."""
    net = Decimal(document["net"])
    for name, sign in (("minimum", 1), ("maximum", -1)):
        if name in contract:
            bound = at_cents(Decimal(contract[name]["amount"]), document["decimals"])
            assert (net - bound) * sign >= 0, name


def check_accounts(document: Document) -> None:
    """Every record is in the funnel, and every record of the period in the account of every charge."""
    for one in document["funnel"]:
        assert one["read"] == one["rejected"] + one["duplicates"] + one["outside_period"] + one["in_period"]
        assert 0 <= one["unbilled"] <= one["in_period"]
        for charge in one["charges"]:
            refused = [rule["records"] for rule in charge["not_billable"]]
            assert one["in_period"] == charge["billed"] + sum(refused)
            assert all(records > 0 for records in refused)
            assert charge["billed"] + one["unbilled"] <= one["in_period"]


@law(40)
@given(any_invoice)
def test_a_charge_keeps_its_limits(tmp_path: Path, case: Case) -> None:
    """Included, billed and beyond are what was counted; least and most hold, in quantity and in amount."""
    made = billed(case, tmp_path)
    for settings_ in case.contract["charges"]:
        check_quantities(made, settings_)
        check_amounts(made, settings_)


def check_quantities(made: Run, charge: Settings) -> None:
    if charge["model"] not in ("time", "act") or {"tiers", "package"} & set(charge):
        return
    name, decimals = charge["id"], int(charge["decimals"])
    lines = [line for line in made.invoice.lines if line.charge == name]
    kinds: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        kinds["beyond" if line.kind == "maximum" and not line.unit_price else line.kind] += line.quantity
    exact = [group.quantity for batch in made.batches(name) if not batch.plain for group in batch.groups]
    total = sum((in_places(quantity, decimals, charge["rounding"]) for quantity in exact), Decimal(0))
    if charge.get("included", {}).get("apply") == "before_rounding":
        check_free_before_rounding(made, charge, exact, kinds)
        return
    assert kinds["included"] + kinds["usage"] + kinds["beyond"] == total
    for limit, least in (("minimum", True), ("maximum", False)):
        quantity = charge.get(limit, {}).get("quantity")
        covered = made.charges[name].covered(made.bill.scope.period)
        if quantity is None or covered is None:
            continue
        share = made.charges[name].share(*covered, made.bill.scope.period)
        bound = in_places(Fraction(quantity) * share, decimals, "half_up")
        due = kinds["included"] + kinds["usage"] + kinds["shortfall"]
        assert due == max(bound, total) if least else kinds["usage"] <= bound


def check_free_before_rounding(made: Run, charge: Settings, exact: list[Fraction], kinds: dict[str, Decimal]) -> None:
    """Free units come off the exact quantity: what is left is rounded, each group by itself."""
    decimals, covered = int(charge["decimals"]), made.charges[charge["id"]].covered(made.bill.scope.period)
    if covered is None:
        return
    share = made.charges[charge["id"]].share(*covered, made.bill.scope.period)
    free = Fraction(in_places(Fraction(charge["included"]["quantity"]) * share, decimals, "half_up"))
    left = max(sum(exact) - free, Fraction(0))
    step = Fraction(1, 10**decimals) * len(exact)
    assert abs(Fraction(kinds["usage"] + kinds["beyond"]) - left) <= step
    if len(exact) == 1:
        assert kinds["usage"] + kinds["beyond"] == in_places(left, decimals, charge["rounding"])


def in_places(value: Fraction, decimals: int, way: str) -> Decimal:
    """A positive quantity rounded, by whole numbers."""
    scaled = value * 10**decimals
    whole = {"half_up": (2 * scaled + 1) // 2, "up": -(-scaled // 1), "down": scaled // 1}[way]
    return Decimal(int(whole)).scaleb(-decimals)


def check_amounts(made: Run, charge: Settings) -> None:
    name, cents = charge["id"], made.invoice.decimals
    covered = made.charges[name].covered(made.bill.scope.period)
    kept = [
        line for line in made.invoice.lines if line.charge == name and line.kind not in ("setup", "term", "one_off")
    ]
    net = sum((line.amount for line in kept), Decimal(0))
    for limit, sign in (("minimum", 1), ("maximum", -1)):
        amount = charge.get(limit, {}).get("amount")
        if amount is not None and covered is not None:
            share = made.charges[name].share(*covered, made.bill.scope.period)
            assert (net - in_places(Fraction(amount) * share, cents, "half_up")) * sign >= 0


# ---------------------------------------------------------------------------------------------- law 4: deterministic


def table(case: Case) -> tuple[str, list[str], list[list[str]]]:
    """The only source of a case, its header and its rows."""
    (source, text), *_ = case.texts.items()
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=case.contract["activity"][source]["delimiter"]))
    return source, rows[0], rows[1:]


def written(case: Case, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    source, *_ = table(case)
    out = io.StringIO()
    csv.writer(out, delimiter=case.contract["activity"][source]["delimiter"]).writerows([header, *rows])
    return out.getvalue().encode(case.encoding(source))


@law(22)
@given(any_invoice, st.integers(1, 4), st.randoms(use_true_random=False))
def test_the_same_invoice_however_the_records_come(
    tmp_path: Path, case: Case, parts: int, chance: random.Random
) -> None:
    """Shuffled, in several files, compressed, with other threads: the same bytes."""
    expected = billed(case, tmp_path, threads=1)
    source, header, rows = table(case)
    chance.shuffle(rows)
    files = [tmp_path / f"part-{n}.csv" for n in range(parts)]
    for n, path in enumerate(files):
        path.write_bytes(written(case, header, rows[n::parts]))
    packed = tmp_path / "whole.csv.gz"
    packed.write_bytes(gzip.compress(written(case, header, rows), mtime=0))
    assert run(case.yaml, {source: files}, case.period, threads=4).text() == expected.text()
    assert run(case.yaml, {source: [packed]}, case.period, threads=2).text() == expected.text()


@law(14)
@given(any_invoice)
def test_the_same_invoice_from_frames_and_parquet(tmp_path: Path, case: Case) -> None:
    import duckdb
    import pandas as pd

    expected = billed(case, tmp_path)
    source, header, rows = table(case)
    assume(all(len(row) == len(header) for row in rows))
    frame = pd.DataFrame(rows, columns=header, dtype=str)
    stored = tmp_path / "stored.parquet"
    stored.unlink(missing_ok=True)
    duckdb.sql("SELECT * FROM frame").write_parquet(str(stored))
    assert run(case.yaml, {source: [frame]}, case.period).text() == expected.text()
    assert run(case.yaml, {source: [stored]}, case.period).text() == expected.text()


def test_the_same_invoice_from_typed_columns(tmp_path: Path) -> None:
    """Instants and whole numbers as a frame has them, and as Parquet stores them."""
    import duckdb
    import pandas as pd

    case = month_of_everything()
    expected = run(case.yaml, case.files(tmp_path), case.period).text()
    frame = pd.read_csv(tmp_path / "calls.csv", dtype={"caller": str})
    frame["started_at"] = pd.to_datetime(frame["started_at"], utc=True)
    stored = tmp_path / "stored.parquet"
    duckdb.sql("SELECT * FROM frame").write_parquet(str(stored))
    assert run(case.yaml, {"calls": [frame]}, case.period).text() == expected
    assert run(case.yaml, {"calls": [stored]}, case.period).text() == expected


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from drive import run
folder = Path(sys.argv[2])
made = run((folder / "contract.yaml").read_text("utf-8"), {sys.argv[3]: [folder / f"{sys.argv[3]}.csv"]}, sys.argv[4])
sys.stdout.buffer.write("".join(made.text(form) for form in ("json", "table", "markdown", "csv")).encode())
"""


def month_of_everything() -> Case:
    """The sample contacts under bands, holidays, premiums and a French invoice."""
    text = (PACKAGE.parent / "sample_contracts" / "activity" / "contacts-2026-10.csv").read_text("utf-8")
    columns: Settings = {name: name for name in ("queue", "agent", "language", "outcome")}
    columns |= {"id": "contact_id", "customer": "caller", "start": {"column": "started_at", "format": "iso"}}
    columns |= {name: {"column": f"{name}_s", "unit": "s"} for name in ("talk", "wrap")}
    source = {"reader": "generic", "record": "contact", "delimiter": ",", "encoding": "utf-8", "decimal": ".",
              "columns": columns, "states": {"answered": {"outcome": ["answered", "transferred"]}}}  # fmt: skip
    bands = [
        {"name": "off", "days": ["sun", "holiday"]},
        {"name": "late", "from": "20:00", "to": "08:00"},
        {"name": "day"},
    ]
    charges = [
        {"id": "hours", "label": "Heures", "model": "time", "measure": "calls.talk + calls.wrap", "unit": "hour",
         "price": {"off": "39", "late": "31.2", "day": "26"}, "band_limit": "split"},
        {"id": "calls", "label": "Appels", "model": "act", "count": "calls.answered", "by": ["language", "queue"],
         "price": "2.7", "once_per": {"field": "customer", "within": "24 h", "since": "billed"}},
        {"id": "seats", "label": "Postes", "model": "subscription", "price": "100", "billed": "in_arrears",
         "seats": {"measured": "distinct", "of": "calls"}},
    ]  # fmt: skip
    more = {"timezone": "Europe/Paris", "period": "month", "language": "fr", "activity": {"calls": source}}
    contract = {**HEAD, **more, "calendar": {"holidays": "FR", "bands": bands}, "charges": charges}
    return Case(contract, {"calls": text}, "2026-10")


PLACES_TO_RUN = [
    {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
    {"TZ": "America/Los_Angeles", "PYTHONHASHSEED": "2", "LC_ALL": "fr_FR.UTF-8", "LANGUAGE": "de"},
    {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "3", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0", "COLUMNS": "40"},
]


@pytest.mark.parametrize("place", PLACES_TO_RUN, ids=lambda place: place["TZ"])
def test_the_same_invoice_in_another_place(place: dict[str, str], tmp_path: Path) -> None:
    """Neither the machine's clock zone, nor its language, nor the seed of hashes changes a byte."""
    case = month_of_everything()
    (tmp_path / "contract.yaml").write_text(case.yaml, "utf-8")
    made = run(case.yaml, case.files(tmp_path), case.period)
    here = "".join(made.text(form) for form in ("json", "table", "markdown", "csv")).encode()
    command = [sys.executable, "-c", CHILD, str(Path(__file__).parent), str(tmp_path), "calls", case.period]
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), **place}
    assert subprocess.run(command, env=environment, capture_output=True, check=True).stdout == here


# -------------------------------------------------------------------------------------------- what prices must keep

QUANTITIES = st.lists(
    st.decimals("0", "300", places=4) | one_of(Decimal(10), Decimal("60.5"), Decimal(0), Decimal(100)),
    min_size=6, max_size=6,
)  # fmt: skip
SHAPES = texts("""
- {price: 0.15}
- tiers: {mode: graduated, steps: [{up_to: 10, price: 3}, {up_to: 60.5, price: 0.333333}, {price: 0}]}
- tiers: {mode: graduated, packages: down, steps: [{up_to: 60.5, price: 9, package: 7}, {price: 1}]}
- tiers:
    mode: graduated
    bound: exclusive
    zero_usage: nothing
    steps: [{up_to: 10, price: 1, flat: 5}, {price: 2, flat: 0.5, package: 25}]
- package: {size: 25, price: 4, round: up}
- package: {size: 25, price: 4, round: down, at_least: 2}
- stairstep: {zero_usage: bill_first_flat, steps: [{up_to: 10, amount: 1}, {amount: 30}]}
""")
LIMITS = texts("""
- {}
- included: 20
- included: {quantity: 20.5, apply: before_rounding}
- {included: 20, maximum: {quantity: 70}}
- minimum: {quantity: 60.5}
- maximum: {quantity: 100}
- minimum: {amount: 12.345}
- maximum: {amount: 12.345}
- take_or_pay: {share: 90 %, forecast: {2026-10: 100}}
- {decimals: 0, rounding: up}
- {decimals: 1, rounding: down}
""")
SOLD = texts("""
reader: generic
record: contact
delimiter: ","
encoding: utf-8
decimal: "."
columns: {id: id, start: {column: start, format: iso}, queue: queue, sold: {column: sold, number: true}}
""")


def sales(charges: Sequence[Settings], rows: Sequence[tuple[str, Decimal]]) -> Case:
    """Charges on quantities by queue."""
    lines = [f"{n},2026-10-05T10:00:00Z,{queue},{sold}" for n, (queue, sold) in enumerate(rows)]
    more = {"timezone": "Europe/Paris", "period": "month", "activity": {"sales": SOLD}, "charges": list(charges)}
    return Case({**HEAD, **more}, {"sales": "\n".join(["id,start,queue,sold", *lines, ""])}, "2026-10")


def nets(made: Run) -> dict[str, Decimal]:
    """The amount of every charge; nothing for those without a line."""
    found = dict.fromkeys(made.charges, Decimal(0))
    return found | {one.charge: one.amount for one in made.invoice.subtotals if one.charge in found}


@law(30)
@given(QUANTITIES, one_of(*SHAPES), one_of(*LIMITS))
def test_more_is_never_cheaper(tmp_path: Path, quantities: list[Decimal], shape: Settings, limits: Settings) -> None:
    """Graduated tiers, packages and levels never fall, whatever is included, least or most."""
    rows = [(f"q{n}", quantity) for n, quantity in enumerate(sorted(quantities))]
    charge = {"label": "Sold", "model": "act", "sum": "sales.sold", "proration": "none", **shape, **limits}
    case = sales([{"id": name, **charge, "where": {"queue": name}} for name, _ in rows], rows)
    found = nets(billed(case, tmp_path))
    amounts = [found[name] for name, _ in rows]
    assert amounts == sorted(amounts)


def has_rising_price(charge: Settings) -> bool:
    """Whether one record more can only add: no window of customers, and no volume price."""
    return "once_per" not in charge and charge.get("tiers", {}).get("mode") != "volume" and "clawback" not in charge


@law(22)
@given(any_case, st.integers(0, 11))
def test_one_record_more_never_lowers_a_charge(tmp_path: Path, case: Case, at: int) -> None:
    source, header, rows = table(case)
    assume(rows and "duplicates" not in case.contract["activity"][source])
    charges = [one for one in case.contract["charges"] if one["model"] in ("time", "act") and has_rising_price(one)]
    assume(charges)
    case = Case({**case.contract, "charges": charges}, case.texts, case.period)
    fewer = tmp_path / "fewer.csv"
    fewer.write_bytes(written(case, header, [*rows[: at % len(rows)], *rows[at % len(rows) + 1 :]]))
    all_of_them = nets(billed(case, tmp_path))
    without = nets(run(case.yaml, {source: [fewer]}, case.period, threads=1))
    assert all(all_of_them[name] >= without[name] for name in without)


def can_be_parted(charge: Settings) -> bool:
    """Whether a change of contract inside the month leaves every record's quantity alone."""
    rounding = charge.get("increment") or {}
    by_record = rounding.get("per") != "period" and (
        rounding.get("per") != "agent_day" or charge.get("band_limit") == "start"
    )
    return charge["model"] in ("time", "act") and "first" not in charge.get("free", {}) and by_record


def quantities(made: Run, charge: str) -> dict[Any, Fraction]:
    """Exact quantities by price group."""
    groups = [group for batch in made.batches(charge) for group in batch.groups if group.quantity]
    return {(group.id, repr(group.detail)): group.quantity for group in groups}


@law(22)
@given(any_case, st.integers(0, 30))
def test_a_month_in_two_parts_counts_the_same(tmp_path: Path, case: Case, days: int) -> None:
    charges = [
        {name: value for name, value in one.items() if name not in ("from", "until")}
        for one in case.contract["charges"] if can_be_parted(one)
    ]  # fmt: skip
    assume(charges)
    first = date.fromisoformat(scene_of(case).days[0]) + timedelta(days=days - 15)
    parts = [{"until": first.isoformat()}, {"from": (first + timedelta(days=1)).isoformat()}]
    listed = [{**one, **part, "id": f"{one['id']}p{n}"} for one in charges for n, part in enumerate([{}, *parts])]
    made = billed(replace(case, contract={**case.contract, "charges": listed}), tmp_path)
    for one in charges:
        whole, *halves = (quantities(made, f"{one['id']}p{n}") for n in range(3))
        for group in {*whole, *halves[0], *halves[1]}:
            assert whole.get(group, 0) == sum(half.get(group, Fraction(0)) for half in halves)


def scene_of(case: Case) -> Scene:
    return next(scene for scene in SCENES.values() if scene.period == case.period)


@law(60)
@given(PLACES, one_of("calendar_days", "fixed_30"), st.lists(st.integers(1, 27), max_size=3, unique=True))
def test_parts_of_a_period_sum_to_it(tmp_path: Path, scene: Scene, proration: str, changes: list[int]) -> None:
    """Seats that change inside a period: the days of the lines are the days of the period."""
    assume(proration == "calendar_days" or scene.rule == "month")
    contract = {**HEAD, "timezone": scene.zone, "period": scene.rule, "charges": [{
        "id": "c", "label": "Seats", "model": "subscription", "price": "100", "billed": "in_arrears", "seats": "1",
        "proration": proration,
    }]}  # fmt: skip
    made = billed(Case(contract, {}, scene.period), tmp_path)
    period, charge = made.bill.scope.period, made.charges["c"]
    limits = sorted({period.first, period.end, *(period.first + timedelta(days=n) for n in changes if n < period.days)})
    shares = [charge.share(first, end, period) for first, end in pairwise(limits)]
    assert sum(shares) == 1
    assert all(share >= 0 for share in shares)


# -------------------------------------------------------------------------------------- broken once, kept since

SALE: Settings = {"id": "c", "label": "Sold", "model": "act", "sum": "sales.sold", "price": "1", "proration": "none"}
DUE = {"minimum": {"quantity": "100"}, "included": "20"}


def test_a_commitment_comes_before_the_included_units(tmp_path: Path) -> None:
    """Step 8, then step 9: 100 are due and 20 of them are free, whether 10 or 20 were used."""
    found = [billed(sales([{**SALE, **DUE}], [("q", Decimal(used))]), tmp_path) for used in (10, 20)]
    assert [nets(made)["c"] for made in found] == [Decimal("80.00"), Decimal("80.00")]


def test_included_units_count_towards_the_commitment_of_several_prices(tmp_path: Path) -> None:
    """20 free of 50 used and 100 due: 30 are billed and 50 are missing, whenever the free ones are taken off."""
    for apply in ("after_rounding", "before_rounding"):
        free = {"quantity": "20", "apply": apply, "across": "in_order"}
        charge = {**SALE, "by": "queue", "included": free, "minimum": {"quantity": "100", "price": "1"}}
        assert nets(billed(sales([charge], [("q", Decimal(50))]), tmp_path))["c"] == Decimal("80.00")


def test_records_without_an_identity_come_in_any_order(tmp_path: Path) -> None:
    """Two at the same moment, the first of which is free: the same one whatever the order of the rows."""
    rows = [("q", Decimal(1)), ("q", Decimal(2))]
    found = []
    for listed in (rows, rows[::-1]):
        case = sales([{**SALE, "free": {"first": "1"}}], listed)
        source = {**SOLD, "id": "none", "columns": {name: SOLD["columns"][name] for name in ("start", "queue", "sold")}}
        case = replace(case, contract={**case.contract, "activity": {"sales": source}})
        found.append(nets(billed(case, tmp_path))["c"])
    assert found[0] == found[1]


def test_two_records_are_not_one_because_of_what_a_cell_holds(tmp_path: Path) -> None:
    """The parts of an identity stay apart even where a cell holds the character that keeps them apart."""
    columns = {"start": SOLD["columns"]["start"], "id": "id", "queue": "queue", "sold": SOLD["columns"]["sold"]}
    case = sales([SALE], [])
    contract = {**case.contract, "activity": {"sales": {**SOLD, "id": ["id", "queue"], "columns": columns}}}
    text = "id,start,queue,sold\n0,2026-10-05T10:00:00Z,a\x1fb,1\n0\x1fa,2026-10-05T10:00:00Z,b,1\n"
    made = billed(Case(contract, {"sales": text}, case.period), tmp_path)
    assert made.invoice.funnel[0].duplicates == 0


def test_a_window_of_no_time_is_refused() -> None:
    """`within: 0 s` with `since: billed` never ends."""
    source = {**SOLD, "columns": {**SOLD["columns"], "customer": "queue"}}
    once = {"field": "customer", "within": "0 s", "since": "billed"}
    case = sales([{**SALE, "once_per": once}], [])
    with pytest.raises(Invalid):
        api.load_contract(replace(case, contract={**case.contract, "activity": {"sales": source}}).yaml.encode())

"""A contract file becomes an agreement that can be billed, or every problem in it at its place."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from small import CALLS, cases, contract_text, said, spot

from callbill import describe, models, readers, starter, writers
from callbill.api import load_contract
from callbill.codes import CODES
from callbill.contract import Contract
from callbill.contract_settings import Payment
from callbill.effective import effective
from callbill.invoice import Credit, Party, Vat
from callbill.period import period_named
from callbill.problems import Invalid, Problem
from callbill.settings import build

SAMPLES = sorted((Path(__file__).parent.parent / "sample_contracts").glob("*.yaml"))
FEE = "[{id: f, label: Fee, model: flat, amount: 10}]"


def contract(charges: str = FEE, **more: Any) -> Contract:
    return load_contract(contract_text(charges, **more))


def problems(text: bytes) -> tuple[Problem, ...]:
    with pytest.raises(Invalid) as caught:
        load_contract(text)
    return caught.value.problems


def wrong(charges: str = FEE, **more: Any) -> list[str]:
    """The code of each problem and the text of its line, without what stands before the key."""
    found = problems(contract_text(charges, **more))
    assert all(one.place.line and one.help for one in found)
    assert [(one.place.line, one.place.column) for one in found] == sorted(
        (one.place.line, one.place.column) for one in found
    )
    return [f"{one.code} {one.place.source.strip(' -')}" for one in found]


# A sound contract.


def test_the_parties_as_they_stand_on_the_invoice():
    seller = {
        "name": "Voix Claire SAS", "country": "FR", "address": ["12 rue des Lilas", "59000 Lille"], "siren": "732829",
        "siret": "73282932000074", "vat": "FR44732829320", "email": "a@b.example", "iban": "FR76", "bic": "AGRIFRPP",
    }  # fmt: skip
    made = contract(seller=seller, buyer={"name": "Hélio SA", "country": "BE", "address": "Bruxelles"}).agreement
    assert made.seller == Party(**{**seller, "address": ("12 rue des Lilas", "59000 Lille")})
    assert made.buyer == Party("Hélio SA", "BE", ("Bruxelles",))


def test_an_agreement_has_everything_that_billing_needs():
    made = contract(
        currency="TND",
        vat={"category": "G", "reason": "Export"},
        vat_rounding="per_line",
        minimum={"amount": "100"},
        maximum={"amount": "900.5"},
        credits=[{"date": "2026-10-03", "label": "Deposit", "amount": "50"}],
        one_off=[{"date": "2026-10-05", "label": "Kit", "price": "30"}],
        language="fr",
    )
    agreed = made.agreement
    assert (made.name, agreed.contract, agreed.title, agreed.language) == ("T-1", "T-1", "Test", "fr")
    assert (agreed.minimum, agreed.maximum, agreed.vat_per_line) == (Decimal(100), Decimal("900.5"), True)
    assert agreed.credits == ((date(2026, 10, 3), Credit("Deposit", Decimal("50.000"))),)
    assert [line.label for line in agreed.one_off] == ["Kit"]
    assert (agreed.facts.decimals, agreed.facts.vat) == (3, Vat("G", Decimal(0), "Export"))
    assert [charge.id for charge in agreed.charges] == ["f"]
    assert list(made.layouts) == ["calls"]
    assert contract().agreement.minimum is None


def test_a_contract_without_activity():
    assert contract(activity={}).layouts == {}


@pytest.mark.parametrize(
    ("payment", "issued", "due"),
    [
        ({"days": "30"}, "2026-10-31", "2026-11-30"),
        ({"days": "0"}, "2026-10-31", "2026-10-31"),
        ({"days": "45", "end_of_month": "days_then_month_end"}, "2026-10-31", "2026-12-31"),
        ({"days": "45", "end_of_month": "month_end_then_days"}, "2026-10-15", "2026-12-15"),
        ({"days": "30", "end_of_month": "days_then_month_end"}, "2026-01-30", "2026-03-31"),
        ({"days": "30", "end_of_month": "days_then_month_end"}, "2026-12-05", "2027-01-31"),
        ({"days": "0", "end_of_month": "month_end_then_days"}, "2026-12-05", "2026-12-31"),
    ],
)
def test_when_an_invoice_is_due(payment, issued, due):
    assert build(Payment, payment).due(date.fromisoformat(issued)) == date.fromisoformat(due)


def test_the_terms_of_an_invoice():
    made = contract(
        payment={"days": "30", "end_of_month": "month_end_then_days", "purchase_order": "PO-7", "note": "Thanks"}
    )
    terms = made.terms(date(2026, 10, 5))
    assert (terms.issued, terms.due, terms.purchase_order, terms.note) == (
        date(2026, 10, 5),
        date(2026, 11, 30),
        "PO-7",
        "Thanks",
    )
    assert said(terms.phrase) == "end of month, then 30 days"
    assert said(contract().terms(date(2026, 10, 5)).phrase, "fr") == "30 jours à compter de la date de facture"
    assert said(
        contract(payment={"days": "9", "end_of_month": "days_then_month_end"}).terms(date(2026, 10, 5)).phrase
    ) == ("9 days, then end of month")
    assert (contract().terms(date(2026, 10, 5)).purchase_order, contract().terms(date(2026, 10, 5)).note) == ("", "")


def test_the_number_of_an_invoice_is_the_contract_and_the_period():
    assert contract(contract="HELIO-7").number(period_named("month", "2026-10")) == "HELIO-7-2026-10"


# Problems.


@pytest.mark.parametrize(
    ("more", "expected"),
    cases(
        {
            "a currency that is not known": ({"currency": "EURO"}, ["CB233 currency: EURO"]),
            "a due date in another century": ({"payment": {"days": "99999999"}}, ["CB216 days: 99999999"]),
            "a country in small letters": ({"buyer": {"name": "x", "country": "fr"}}, ["CB227 country: fr"]),
            "a country of three letters": ({"buyer": {"name": "x", "country": "FRA"}}, ["CB227 country: FRA"]),
            "a language that is not known": ({"language": "de"}, ["CB230 language: de"]),
            "a period that is not known": ({"period": "week"}, ["CB230 period: week"]),
            "a zone that is not known": ({"timezone": "Paris"}, ["CB225 timezone: Paris"]),
            "another version": ({"callbill": "2"}, ["CB230 callbill: 2"]),
            "no rate and no reason": ({"vat": {"rate": "0"}}, ["CB254 rate: 0"]),
            "crossed limits": ({"minimum": {"amount": "9"}, "maximum": {"amount": "8"}}, ["CB240 amount: 8"]),
            "a single line without a reason": (
                {"one_off": [{"date": "2026-10-05", "label": "x", "price": "1", "vat": {"rate": "0"}}]},
                ["CB254 rate: 0"],
            ),
            "bands with a gap": ({"calendar": {"bands": [{"name": "a", "days": "mon"}]}}, ["CB244 name: a"]),
            "a clause without values": (
                {"indexation": {"w": {"formula": "S", "names": {}, "revised": "each_period"}}},
                ["CB231 names: {}"],
            ),
            "a key that is not known": ({"colour": "blue"}, ["CB201 colour: blue"]),
            "a source that is a text": ({"activity": {"calls": "x"}}, ["CB203 calls: x"]),
            "a source without a reader": ({"activity": {"calls": {"record": "contact"}}}, ["CB202 calls:"]),
            "a reader that is not known": (
                {"activity": {"calls": {**CALLS, "reader": "aircall9"}}},
                ["CB230 reader: aircall9"],
            ),
            "a setting of a source": ({"activity": {"calls": {**CALLS, "record": "call"}}}, ["CB230 record: call"]),
            "a state of what is not there": (
                {"activity": {"calls": {**CALLS, "states": {"a": {"cue": "x"}}}}},
                ["CB231 cue: x"],
            ),
            "activity that is a text": ({"activity": "x"}, ["CB203 activity: x"]),
        }
    ),
)
def test_one_problem_at_its_line(more, expected):
    assert wrong(**more) == expected


@pytest.mark.parametrize(
    ("charges", "expected"),
    [
        ("[]", ["CB219 charges: []"]),
        ("x", ["CB203 charges: x"]),
        ("[x]", ["CB203 x"]),
        ("[{id: f}]", ["CB202 id: f"]),
        ("[{id: f, model: time2}]", ["CB230 model: time2"]),
        ("[{id: f, label: Fee, model: flat, amount: '1,5'}]", ["CB211 amount: 1,5"]),
        ("[{id: f, label: Fee, model: flat, amount: 1, included: 5}]", ["CB249 included: 5"]),
        (f"{FEE[:-1]}, {FEE[1:]}", ["CB232 id: f"]),
        ("[{id: invoice, label: Fee, model: flat, amount: 1}]", ["CB232 id: invoice"]),
    ],
)
def test_one_problem_of_a_charge_at_its_line(charges, expected):
    assert wrong(charges) == expected


def test_every_problem_at_once_in_the_order_of_the_file():
    found = wrong(
        "[{id: f, label: Fee, model: flat, amount: 1e3},"
        " {id: g, label: G, model: act, count: x.all, price: 1, prize: 2}]",
        currency="EURO",
        activity={"calls": {**CALLS, "decimal": ";"}},
    )
    assert found == ["CB233 currency: EURO", "CB230 decimal: ;", "CB215 amount: 1e3", "CB201 prize: 2"]


OUTSIDE = {"vat": {"category": "O", "reason": "x"}}
HALVES = ({"until": "2026-06-30"}, {"from": "2026-07-01"})
ONE_OFF = {"date": "2026-10-05", "label": "x", "price": "1"}
BOTH = ["CB258 charges.0.vat", "CB258 charges.1.vat"]


@pytest.mark.parametrize(
    ("charges", "more", "expected"),
    [
        (({}, {}), {}, []),
        ((OUTSIDE, OUTSIDE), {}, []),
        ((OUTSIDE, {}), {}, BOTH[:1]),
        ((OUTSIDE, {"vat": {"category": "Z"}}), {}, BOTH[:1]),
        (({"vat": {"rate": "5.5"}}, {}), OUTSIDE, ["CB258 vat"]),
        (({}, {}), OUTSIDE, []),
        ((OUTSIDE | HALVES[0], HALVES[1]), {}, []),
        ((OUTSIDE | HALVES[0], {"from": "2026-06-30"}), {}, BOTH[:1]),
        ((OUTSIDE | HALVES[0], HALVES[1]), {"period": "quarter"}, []),
        ((OUTSIDE | HALVES[0], HALVES[1]), {"period": {"from_day": "22"}}, BOTH[:1]),
        ((OUTSIDE, OUTSIDE), {"minimum": {"amount": "9"}}, BOTH),
        ((OUTSIDE, OUTSIDE), {"one_off": [ONE_OFF]}, BOTH),
        (({}, {}), {"one_off": [ONE_OFF | OUTSIDE]}, ["CB258 one_off.0.vat"]),
        (({"from": "2026-11-01"}, {"until": "2026-09-30"}), {"one_off": [ONE_OFF | OUTSIDE]}, []),
        (({"one_off": [ONE_OFF | OUTSIDE]}, {}), {}, ["CB258 charges.0.one_off.0.vat"]),
        ((OUTSIDE | {"one_off": [ONE_OFF | {"vat": {"rate": "20"}}]}, OUTSIDE), {}, BOTH),
    ],
)
def test_what_is_outside_the_scope_of_vat_has_an_invoice_of_its_own(charges, more, expected):
    fee = {"label": "Fee", "model": "flat", "amount": "5", "proration": "none"}
    listed = json.dumps([{"id": f"c{n}", **fee, **one} for n, one in enumerate(charges)])
    assert [spot(one) for one in found_in(contract_text(listed, **more))] == expected


def found_in(text: bytes) -> tuple[Problem, ...]:
    """Every problem of a contract, none of a sound one."""
    try:
        load_contract(text)
    except Invalid as invalid:
        return invalid.problems
    return ()


def test_a_charge_is_not_checked_against_sources_that_are_wrong():
    charges = "[{id: g, label: G, model: act, count: calls.solved, price: 1}]"
    assert wrong(charges) == ["CB231 count: calls.solved"]
    assert wrong(charges, activity={"calls": {**CALLS, "zone": "Paris"}}) == ["CB225 zone: Paris"]


def test_a_key_without_a_value_is_one_problem():
    text = contract_text().replace(b"language: en", b"language:").replace(b"label: Calls", b"label: ~")
    assert [one.code for one in problems(text)] == ["CB234", "CB234"]


def test_an_item_without_a_value_is_one_problem():
    listed = contract_text(FEE, activity={"calls": {**CALLS, "nulls": ["-", "x"]}}).replace(b"- x", b"- ~")
    assert [one.code for one in problems(listed)] == ["CB234"]


def test_a_file_of_nothing():
    assert problems(b"")[0].code.startswith("CB1")


def test_problems_that_have_a_place_keep_it():
    made = contract()
    found = made.located(
        Invalid([Problem("CB252", "x", path=("charges", 0, "amount")), Problem("CB252", "y", path=("charges", 9))])
    )
    assert [one.place.source.strip() for one in found.problems if one.message == "x"] == ["amount: 10"]
    again = made.located(found)
    assert again.problems == found.problems


# The generic reader's settings together.


def source(**more: Any) -> list[str]:
    return [one.split(" ")[0] for one in wrong(activity={"calls": {**CALLS, **more}})]


COLUMNS = CALLS["columns"]


@pytest.mark.parametrize(
    ("more", "expected"),
    cases(
        {
            "a duration without a unit": ({"columns": {**COLUMNS, "talk": "talk"}}, ["CB229"]),
            "two places": ({"columns": {**COLUMNS, "talk": {"column": "a", "columns": ["b"], "unit": "s"}}}, ["CB248"]),
            "no place": ({"columns": {**COLUMNS, "queue": {}}}, ["CB248"]),
            "a capital letter": ({"columns": {**COLUMNS, "Queue": "q"}}, ["CB218"]),
            "a start that is no moment": ({"columns": {**COLUMNS, "start": "start"}}, ["CB229"]),
            "no date in a format": ({"columns": {**COLUMNS, "start": {"column": "s", "format": "%H:%M"}}}, ["CB228"]),
            "no sign of a format": ({"columns": {**COLUMNS, "start": {"column": "s", "format": "%Q"}}}, ["CB228"]),
            "no format": ({"columns": {**COLUMNS, "start": {"column": "s", "format": "dd/mm"}}}, ["CB228"]),
            "a wall clock without a zone": (
                {"columns": {**COLUMNS, "start": {"column": "s", "format": "%d/%m/%Y"}}},
                ["CB226"],
            ),
            "a span to nothing": ({"columns": {**COLUMNS, "wrap": {"from": "start", "to": "end"}}}, ["CB231"]),
            "no id": ({"columns": {name: one for name, one in COLUMNS.items() if name != "id"}}, ["CB229"]),
            "the latest of nothing": ({"duplicates": {"latest_by": "updated"}}, ["CB231"]),
            "agent states of contacts": ({"agent_states": {"a": "A"}}, ["CB248", "CB229"]),
            "states of intervals": ({"record": "interval", "states": {"a": "all"}}, ["CB248"]),
            "agent states without an agent": ({"record": "agent_state"}, ["CB229"]),
            "one character for two things": ({"delimiter": '"'}, ["CB248"]),
            "a quote that cannot be": ({"quote": "«"}, ["CB203"]),
            "names without a header": ({"header": "false"}, ["CB301"] * 4),
        }
    ),
)
def test_settings_of_a_source_that_do_not_go_together(more, expected):
    assert source(**more) == expected


def test_the_latest_is_told_by_a_moment_or_a_number():
    assert source(duplicates={"latest_by": "queue"}) != []


@pytest.mark.parametrize("form", ["%d/%m/%Y %H:%M:%S", "%Y%j", "%d %b %Y", "%d %B %y", "%Y-%m-%d%%"])
def test_forms_of_a_date(form):
    made = contract(
        activity={
            "calls": {**CALLS, "zone": "Europe/Paris", "columns": {**COLUMNS, "start": {"column": "s", "format": form}}}
        }
    )
    assert made.layouts["calls"].cell("start").zone == "Europe/Paris"


def test_a_format_with_an_offset_needs_no_zone():
    for form in ("%Y-%m-%dT%H:%M:%S%z", "epoch_s", "epoch_ms"):
        columns = {**COLUMNS, "start": {"column": "s", "format": form}}
        made = contract(activity={"calls": {**CALLS, "zone": "Europe/Paris", "columns": columns}})
        assert made.layouts["calls"].cell("start").zone is None


# Written out again.


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_contract_with_every_default_reads_the_same_again(path):
    made = load_contract(path)
    again = load_contract(effective(made).encode())
    assert again.agreement == made.agreement
    assert again.layouts == made.layouts
    assert effective(again) == effective(made)


def test_defaults_are_written_out():
    text = effective(contract("[{id: t, label: T, model: time, measure: calls.talk, unit: hour, price: 26.00}]"))
    for row in (
        "vat_rounding: per_rate",
        "end_of_month: no",
        "header: true",
        "quote: ",
        "price: 26.00",
        "band_limit: start",
        "rounding: half_up",
    ):
        assert row in text


EVERYTHING = """
  - {id: a, label: A, model: time, measure: calls.talk, unit: {fte: 151.67 h}, price: {day: 26.00, evening: 31.20},
     increment: {per: contact, initial: 30 s, step: 18 s, from: zero, round: up}, free: {below: 10 s, first: 3},
     where: {queue: {not: [x, y]}, talk: {at_least: 1.5 s}}, one_off: [{date: 2026-10-05, label: Kit, price: 1.5}],
     premiums: {stacking: add, rates: [{window: late, percent: 12.5 %}]}, indexation: w, from: 2026-10-01}
  - {id: b, label: B, model: act, count: calls.answered, once_per: {field: queue, within: 36 h, since: billed},
     tiers: {mode: volume, bound: exclusive, steps: [{up_to: 10.5, price: 0.30, package: 2}, {price: 0.25}]}}
  - {id: c, label: C, model: flat, amount: 10, count: calls.answered, included: {quantity: 5}, tolerance: {above: 10 %, below: 5 %}}
  - {id: d, label: D, model: subscription, price: 1, billed: in_arrears, seats: [{from: 2026-10-01, seats: 3}], proration: none}
"""  # noqa: E501


def test_everything_that_can_be_said_reads_the_same_again():
    made = contract(
        EVERYTHING,
        period={"days": "28", "first": "2026-10-01"},
        calendar={
            "holidays": {"country": "FR", "add": ["2026-10-05"]},
            "bands": [{"name": "evening", "from": "20:00", "to": "08:00"}, {"name": "day"}],
            "windows": [{"name": "late", "from": "22:30", "to": "24:00"}],
        },
        indices={"syntec": {"2026-01": "317.20"}},
        indexation={
            "w": {"formula": "0.2 + 0.8 * S / S0", "names": {"S": {"index": "syntec", "month": "2026-01"}, "S0": "310.5"}, "revised": "yearly", "month": "1"}  # noqa: E501
        },
        activity={
            "calls": {
                **CALLS, "quote": "", "nulls": ["-", "~", "null"], "delimiter": "\t", "zone": "+02:00",
                "states": {"answered": {"queue": "no"}},
                "columns": {**COLUMNS, "talk": {"column": "talk", "unit": "h:mm:ss", "empty": "0", "snap": "1 min"}, "n": {"column": "n", "number": "true"}},  # noqa: E501
            }
        },
    )  # fmt: skip
    again = load_contract(effective(made).encode())
    assert again.agreement == made.agreement
    assert again.layouts == made.layouts


# Described and begun.


@pytest.mark.parametrize("model", models.names())
def test_a_contract_to_start_from_has_no_problem(model):
    assert [charge.model for charge in load_contract(starter.contract_for(model).encode()).agreement.charges] == [model]


def test_a_model_to_start_from_that_is_not_there():
    with pytest.raises(Invalid) as caught:
        starter.contract_for("acts")
    assert (caught.value.problems[0].code, "`act`" in caught.value.problems[0].help) == ("CB405", True)


def test_everything_that_exists_is_listed():
    listed = describe.overview()
    for home in (models, readers, writers):
        assert all(f"\n  {name} " in listed for name in home.names())


@pytest.mark.parametrize(
    "name", [*models.names(), *readers.names(), *writers.names(), "contract", "compare", "propose"]
)
def test_everything_that_exists_has_a_manual(name):
    page = describe.page(name)
    assert len(page.splitlines()) > 5
    assert "{" not in page or "Settings" in page or name in writers.names()


def test_a_manual_lists_settings_with_what_they_say_and_their_defaults():
    page = describe.page("act")
    assert "per_act" in page
    assert "least a single act gives" in page
    assert "(required)" in page
    assert "(default `half_up`)" in page
    assert "Example" in page


def test_every_problem_code_is_described():
    for code, (title, words) in CODES.items():
        assert describe.page(code.lower()) == f"{code}: {title}\n\n{words}\n"


def test_what_does_not_exist_is_told_the_nearest():
    with pytest.raises(Invalid) as caught:
        describe.page("subscriptions")
    assert "`subscription`" in caught.value.problems[0].help


@pytest.mark.parametrize("name", ["contract", "invoice"])
def test_the_published_schemas_are_schemas(name):
    Draft202012Validator.check_schema(json.loads(describe.schema_text(name)))


def test_a_source_without_any_number_says_how_to_declare_one() -> None:
    with pytest.raises(Invalid) as caught:
        load_contract(contract_text("[{id: a, label: A, model: act, sum: calls.units, price: 1}]"))
    assert "number: true" in caught.value.problems[0].help

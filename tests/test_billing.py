"""The order of everything: counts to lines, limits of the invoice, VAT, totals, the funnel and the rules."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from small import LAYOUTS, OCTOBER, STANDARD, agreement, charge, facts, rows, said, spots, stage, steps

from callbill import billing, counting
from callbill.bills import Agreement, Bill, Top
from callbill.charge_settings import OneOff
from callbill.engine import Engine
from callbill.invoice import Counted, Credit, Funnel, Invoice, Subtotal, Terms, Vat, VatTotal, say
from callbill.problems import Invalid
from callbill.settings import build

D = Decimal
TERMS = Terms(date(2026, 10, 31), date(2026, 11, 30), say("30 days"))
REVERSE = Vat("AE", D(0), "Reverse charge")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(1) as one:
        yield one


def counted(engine: Engine, one: Agreement, **sources: list[str]) -> Bill:
    """Records counted by an agreement, as if each source's file had held nothing else."""
    tops = {
        name: Top(LAYOUTS[name].record, stage(engine, name, *records), len(records), 0, 0)
        for name, records in sources.items()
    }
    return counting.count(one, engine, tops, OCTOBER)


def invoice(engine: Engine, one: Agreement, **sources: list[str]) -> Invoice:
    return billing.invoice(counted(engine, one, **sources), "T-1-2026-10", TERMS)


def fee(amount: str, name: str = "fee", more: str = "") -> str:
    return f"{{model: flat, id: {name}, label: Fee {name}, amount: {amount}{more}}}"


def fees(*written: str, **more) -> Agreement:
    return agreement(*(charge(one) for one in written), **more)


TEN = [f"2026-10-0{n % 9 + 1}T10:00 queue={'sales' if n < 4 else 'support'} outcome=ok talk=60" for n in range(10)]


# Lines, subtotals and totals.


def test_an_invoice_of_two_charges(engine):
    made = invoice(
        engine,
        fees(fee("1000"), "{model: act, id: calls, label: Calls, count: calls.answered, price: 2.505}"),
        calls=TEN,
    )
    assert rows(made.lines) == ["fee | fee | 1 period × 1000.00 = 1000.00", "calls | usage | 10 act × 2.505 = 25.05"]
    assert made.subtotals == (Subtotal("fee", "Fee fee", D("1000.00")), Subtotal("calls", "Calls", D("25.05")))
    assert made.vat == (VatTotal(STANDARD, D("1025.05"), D("205.01")),)
    assert (made.net, made.vat_total, made.total, made.due) == (D("1025.05"), D("205.01"), D("1230.06"), D("1230.06"))


def test_an_invoice_says_what_it_is_of(engine):
    made = billing.invoice(counted(engine, fees(fee("1"))), "F-7", TERMS, [("calls", "october.csv")])
    assert (made.number, made.contract, made.title, made.currency, made.decimals, made.language) == (
        "F-7", "T-1", "Test", "EUR", 2, "en",
    )  # fmt: skip
    assert (made.timezone, made.first, made.last) == ("Europe/Paris", date(2026, 10, 1), date(2026, 10, 31))
    assert (made.seller.name, made.buyer.country) == ("Voix Claire SAS", "FR")
    assert (made.terms, made.files, made.credits) == (TERMS, (("calls", "october.csv"),), ())


@pytest.mark.parametrize(
    ("currency", "decimals", "net", "vat", "total"),
    [("EUR", 2, "10.56", "2.11", "12.67"), ("JPY", 0, "11", "2", "13"), ("TND", 3, "10.556", "2.111", "12.667")],
)
def test_every_amount_has_the_decimals_of_the_currency(engine, currency, decimals, net, vat, total):
    made = invoice(engine, fees(fee("10.5555"), known=facts(currency=currency, decimals=decimals)))
    assert tuple(map(str, (made.net, made.vat_total, made.total, made.due))) == (net, vat, total, total)


def test_single_lines_stand_after_the_charges(engine):
    single = build(OneOff, {"date": "2026-10-12", "label": "Training", "price": "250"})
    later = build(OneOff, {"date": "2026-11-12", "label": "Audit", "price": "900"})
    made = invoice(engine, fees(fee("1000"), one_off=(later, single)))
    assert rows(made.lines)[1:] == ["one_off.2 | one_off | Training, 12 Oct 2026 | 1 unit × 250 = 250.00"]
    assert made.subtotals[1] == Subtotal("one_off", "One-off items", D("250.00"))


# The least and the most of an invoice.


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"minimum": "1500"}, ["invoice.minimum | minimum | 1,500.00 against 1,000.00 | 1 fixed × 500.00 = 500.00"]),
        ({"maximum": "800"}, ["invoice.maximum | maximum | 800.00 against 1,000.00 | -1 fixed × 200.00 = -200.00"]),
        ({"minimum": "1000", "maximum": "1000"}, []),
        ({"minimum": "500", "maximum": "2000"}, []),
    ],
)
def test_the_least_and_the_most_of_an_invoice_are_lines(engine, limits, expected):
    made = invoice(engine, fees(fee("1000"), **{name: D(amount) for name, amount in limits.items()}))
    assert rows(made.lines)[1:] == expected
    assert made.net == 1000 + sum(line.amount for line in made.lines[1:])


def test_a_limit_has_the_invoices_own_vat_and_says_how_it_came(engine):
    made = invoice(engine, fees(fee("1000", more=", vat: {category: AE, reason: Reverse charge}"), minimum=D(1500)))
    (line,) = made.lines[1:]
    assert (line.charge, line.label, line.vat) == ("invoice", "minimum of the invoice", STANDARD)
    assert steps(line) == ["13 minimum 1,500.00 against 1,000.00"]
    assert made.subtotals[1] == Subtotal("invoice", "minimum of the invoice", D("500.00"))


def test_a_minimum_is_taken_of_the_lines_single_ones_included(engine):
    single = build(OneOff, {"date": "2026-10-12", "label": "Correction", "quantity": "-1", "price": "250"})
    made = invoice(engine, fees(fee("1000"), one_off=(single,), minimum=D(900)))
    assert rows(made.lines)[2] == "invoice.minimum | minimum | 900.00 against 750.00 | 1 fixed × 150.00 = 150.00"


def test_a_minimum_that_has_more_decimals_than_the_currency_is_rounded(engine):
    made = invoice(engine, fees(fee("1"), minimum=D("9.999"), known=facts(currency="JPY", decimals=0)))
    assert made.net == D(10)


# VAT.


def test_vat_once_per_rate_on_the_sum_or_on_each_line(engine):
    three = [fee("0.33", name) for name in "abc"]
    assert invoice(engine, fees(*three)).vat == (VatTotal(STANDARD, D("0.99"), D("0.20")),)
    assert invoice(engine, fees(*three, vat_per_line=True)).vat == (VatTotal(STANDARD, D("0.99"), D("0.21")),)


def test_vat_by_category_rate_and_reason(engine):
    made = invoice(
        engine,
        fees(
            fee("100", "a"),
            fee("100", "b", ", vat: {rate: 5.5}"),
            fee("100", "c", ", vat: {category: AE, reason: Reverse charge}"),
            fee("100", "d", ", vat: {category: E, reason: Training}"),
            fee("100", "e", ", vat: {category: E, reason: Insurance}"),
        ),
    )
    assert made.vat == (
        VatTotal(REVERSE, D("100.00"), D("0.00")),
        VatTotal(Vat("E", D(0), "Insurance"), D("100.00"), D("0.00")),
        VatTotal(Vat("E", D(0), "Training"), D("100.00"), D("0.00")),
        VatTotal(STANDARD, D("100.00"), D("20.00")),
        VatTotal(Vat("S", D("5.5")), D("100.00"), D("5.50")),
    )
    assert (made.net, made.vat_total, made.total) == (D("500.00"), D("25.50"), D("525.50"))


def test_a_credit_note_has_negative_vat(engine):
    single = build(OneOff, {"date": "2026-10-12", "label": "Correction", "quantity": "-1", "price": "1500.03"})
    made = invoice(engine, fees(fee("1000"), one_off=(single,)))
    assert (made.net, made.vat_total, made.total) == (D("-500.03"), D("-100.01"), D("-600.04"))


# Credits.


def test_credits_of_the_period_lower_the_amount_due_not_the_total(engine):
    paid = tuple(
        (date.fromisoformat(on), Credit(f"Paid {on}", D(amount)))
        for on, amount in (("2026-09-30", "1"), ("2026-10-01", "200"), ("2026-10-31", "50.50"), ("2026-11-01", "2"))
    )
    made = invoice(engine, fees(fee("1000"), credits=paid))
    assert made.credits == (Credit("Paid 2026-10-01", D(200)), Credit("Paid 2026-10-31", D("50.50")))
    assert (made.total, made.due) == (D("1200.00"), D("949.50"))


# Problems.


def test_the_problems_of_every_charge_at_once(engine):
    one = fees(
        fee("1000"),
        "{model: time, id: a, measure: calls.talk - calls.wrap, unit: hour, price: 20}",
        "{model: act, id: b, count: calls.answered, price: 2}",
        "{model: time, id: c, measure: calls.wrap - calls.talk, unit: hour, price: 20}",
    )
    with pytest.raises(Invalid) as caught:
        counted(engine, one, calls=["2026-10-05T10:00 talk=10 wrap=20", "2026-10-05T11:00 talk=20 wrap=10"])
    assert spots(caught.value) == ["CB324 charges.1", "CB324 charges.3"]


def test_a_missing_index_value_is_told_where_the_clause_asks_for_it(engine):
    clauses = "{wages: {formula: S / S0, names: {S: {index: smic, lag: 3}, S0: 100}, revised: each_period}}"
    with pytest.raises(Invalid) as caught:
        invoice(engine, fees(fee("1000", more=", indexation: wages"), known=facts(clauses=clauses)))
    assert spots(caught.value) == ["CB251 indexation.wages.names.S"]


def test_the_problems_of_every_price_at_once(engine):
    one = fees(
        "{model: act, id: a, count: calls.answered, price: 2, take_or_pay: {share: 90 %, forecast: {2026-09: 10}}}",
        "{model: act, id: b, count: calls.answered, prices: {rows: [{when: {queue: sales}, price: 2}]}}",
    )
    with pytest.raises(Invalid) as caught:
        invoice(engine, one, calls=TEN)
    assert spots(caught.value) == ["CB252 charges.0.take_or_pay.forecast", "CB319 charges.1.prices"]


# The funnel.

CALLS = "{model: act, id: calls, label: Calls, count: calls.answered, price: 2}"
SALES = "{model: act, id: sales, label: Sales, count: calls.answered, where: {queue: sales}, price: 2}"


def plain(funnel: Funnel) -> tuple[object, ...]:
    """The funnel without the words of its rules."""
    told = [(one.charge, one.label, one.billed, dict(one.not_billable)) for one in funnel.charges]
    return (funnel.source, funnel.read, funnel.outside_period, funnel.in_period, funnel.unbilled, told)


def test_every_record_is_accounted_for(engine):
    records = [
        "2026-09-30T23:59:59 outcome=ok",
        "2026-10-01T00:00 outcome=ok",
        "2026-10-31T23:59:59 outcome=ok",
        "2026-10-05T10:00 outcome=lost",
        "2026-11-01T00:00 outcome=ok",
    ]
    (funnel,) = invoice(engine, fees(CALLS), calls=records).funnel
    assert plain(funnel) == ("calls", 5, 2, 3, 1, [("calls", "Calls", 2, {"not_answered": 1})])
    assert {rule: said(words) for rule, words in funnel.charges[0].rules.items()} == {"not_answered": "not answered"}


def test_rejects_and_duplicates_come_from_the_files(engine):
    top = Top("contact", stage(engine, "calls", *TEN), 15, 3, 2)
    made = counting.count(fees(CALLS), engine, {"calls": top}, OCTOBER)
    (funnel,) = billing.invoice(made, "1", TERMS).funnel
    assert (funnel.read, funnel.rejected, funnel.duplicates, funnel.outside_period, funnel.in_period) == (
        15,
        3,
        2,
        0,
        10,
    )


def test_records_that_no_charge_bills_are_counted_once(engine):
    support = SALES.replace("sales", "support").replace("Sales", "Support")
    assert plain(invoice(engine, fees(SALES), calls=TEN).funnel[0])[4] == 6
    assert plain(invoice(engine, fees(SALES, support), calls=TEN).funnel[0])[4] == 0
    assert plain(invoice(engine, fees(SALES, CALLS), calls=TEN).funnel[0])[4] == 0
    assert plain(invoice(engine, fees(fee("1")), calls=TEN).funnel[0])[4] == 10


def test_each_source_has_its_own_funnel_with_the_charges_that_count_it(engine):
    clawback = (
        "{model: act, id: sales, label: Sales, count: calls.answered, price: 2, clawback: {count: halfhours.answered}}"
    )
    seats = "{model: subscription, id: seats, label: Seats, price: 9, billed: in_arrears, seats: {measured: distinct, of: agents}}"  # noqa: E501
    made = invoice(
        engine,
        fees(clawback, seats, fee("1")),
        calls=TEN,
        agents=["2026-10-05T10:00 agent=A1", "2026-10-05T10:00 agent=A2"],
        halfhours=[],
    )
    assert [plain(funnel) for funnel in made.funnel] == [
        ("calls", 10, 0, 10, 0, [("sales", "Sales", 10, {})]),
        ("agents", 2, 0, 2, 0, [("seats", "Seats", 2, {})]),
        ("halfhours", 0, 0, 0, 0, [("sales", "Sales (clawback)", 0, {})]),
    ]
    assert [funnel.record for funnel in made.funnel] == ["contact", "agent_state", "interval"]


def test_seats_beside_acts_share_a_funnel(engine):
    seats = "{model: subscription, id: seats, label: Seats, price: 9, billed: in_arrears, seats: {measured: distinct, of: calls}}"  # noqa: E501
    (funnel,) = invoice(engine, fees(seats, SALES), calls=[f"{one} agent=A1" for one in TEN]).funnel
    assert funnel.charges[0] == Counted("seats", "Seats", 10, {}, {})
    assert funnel.unbilled == 0


# The rules.


def test_the_rules_of_the_invoice_come_before_those_of_its_charges(engine):
    clauses = "{wages: {formula: S / S0, names: {S: 103, S0: 100}, revised: each_period}}"
    made = invoice(engine, fees(fee("10", more=", indexation: wages"), known=facts(clauses=clauses)))
    assert [(rule.charge, rule.setting, said(rule.phrase)) for rule in made.rules] == [
        ("", "timezone", "months and days in Europe/Paris"),
        ("", "vat", "VAT on the sum per rate"),
        ("fee", "indexation", "S / S0 with S = 103, S0 = 100: 1.03"),
    ]
    assert said(made.rules[2].phrase, "fr").startswith("S / S0")


def test_vat_by_line_is_a_rule(engine):
    assert said(invoice(engine, fees(fee("1"), vat_per_line=True)).rules[1].phrase) == "VAT rounded on each line"

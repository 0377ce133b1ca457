"""The order of everything, written once: from counts to lines, minimums, VAT and the amount due.

 1 read and reject · 2 legs to contacts, duplicates out · 3 cut to the period · 4 conditions, once per customer,
 short records · 5 quantity per record · 6 sums · 7 quantity rounding · 8 quantity commitments · 9 included units ·
10 revised prices, tiers, bands, packages: lines, rounded to the cent · 11 minimum and maximum of a charge ·
12 KPIs, bonus and malus · 13 minimum and maximum of the invoice · 14 VAT per category and rate · 15 total, credits,
amount due.

Steps 1 and 2 belong to the activity, 3 to 6 to `counting`, `metering` and the models; the rest is here. Amounts are
rounded half up to the currency's decimals, once per line.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from callbill.accounts import days_of, funnel, phase_days, rules
from callbill.adjusting import Adjusted, Adjusting
from callbill.bills import ZERO, Agreement, Bill, Top, total_of
from callbill.bonus_malus import Deal
from callbill.charging import charge_lines, one_off_lines
from callbill.counting import count
from callbill.invoice import (
    Invoice,
    Line,
    Step,
    Subtotal,
    Terms,
    Vat,
    VatTotal,
    say,
)
from callbill.judging import Counter
from callbill.meters import Meter
from callbill.models import Charge, Unpriced
from callbill.money import exact, rounded
from callbill.period import Period
from callbill.phases import Phase
from callbill.problems import Invalid, Problem
from callbill.weighing import Weighing


def priced(
    bill: Bill, lines_of: Callable[[Bill, Charge], Sequence[Line]] = charge_lines
) -> tuple[list[Line], Adjusted]:  # fmt: skip
    """Steps 7 to 13: every line, with KPIs and clauses. Raises `Invalid` when a price, index or forecast is missing.

    `lines_of` gives the lines of a charge: of one that has been priced before, those that are known.
    """
    agreement = bill.agreement
    lines: list[Line] = []
    problems: list[Problem] = []
    for phase, path, charge in bill.charges:
        try:
            lines += _of_phase(lines_of(bill, charge), phase)
        except Invalid as invalid:
            problems += [
                problem if problem.path[:1] == ("indexation",) else problem.under(*path)
                for problem in _with_records(bill, charge, invalid)
            ]
    if problems:
        raise Invalid(problems)
    for n, one in enumerate(agreement.one_off, start=1):
        lines += one_off_lines(bill, one, f"one_off.{n}", "one_off")
    adjusted = _adjusted(bill, lines)
    lines += adjusted.lines
    if agreement.phases:
        order = {phase.name: n for n, phase in enumerate(agreement.phases)}
        lines.sort(key=lambda line: order.get(line.phase, len(order)))
    lines += _invoice_limits(bill, lines) if bill.phases else ()
    return lines, adjusted


def invoice(bill: Bill, number: str, terms: Terms, files: Sequence[tuple[str, str]] = ()) -> Invoice:
    """Steps 7 to 15: the counts become an invoice. Raises `Invalid` when a price, index or forecast is missing."""
    agreement, period = bill.agreement, bill.scope.period
    lines, adjusted = priced(bill)
    vat = _vat(lines, bill.decimals, per_line=agreement.vat_per_line)
    net = total_of(line.amount for line in lines)
    vat_total = total_of(one.amount for one in vat)
    paid = tuple(credit for on, credit in agreement.credits if period.first <= on < period.end)
    facts = agreement.facts
    return Invoice(
        number=number, contract=agreement.contract, title=agreement.title, currency=facts.currency,
        decimals=bill.decimals, language=agreement.language, timezone=facts.timezone, first=period.first,
        last=period.last, seller=agreement.seller, buyer=agreement.buyer, terms=terms, lines=tuple(lines),
        subtotals=tuple(_subtotals(agreement, lines)), vat=tuple(vat), net=_cents(net, bill),
        vat_total=_cents(vat_total, bill),
        total=_cents(net + vat_total, bill), credits=paid,
        due=_cents(net + vat_total - total_of(credit.amount for credit in paid), bill),
        funnel=tuple(funnel(bill)), rules=tuple(rules(bill)), files=tuple(files), kpis=adjusted.values,
        clauses=adjusted.results, phases=tuple(phase_days(bill)),
    )  # fmt: skip


def net_of_charges(agreement: Agreement, engine: Counter, tops: Mapping[str, Top], period: Period) -> Fraction:
    """The sum of the charges' lines of a period, before any bonus or malus."""
    if agreement.life.part(period) is None:
        return Fraction(0)
    bill = count(replace(agreement, deal=Deal()), engine, tops, period)
    return exact(total_of(line.amount for _, _, charge in bill.charges for line in charge_lines(bill, charge)))


def _adjusted(bill: Bill, lines: Sequence[Line]) -> Adjusted:
    """Step 12: bonus and malus, each phase's over the lines of its charges and the days of its part."""
    if bill.measurement is None:
        return Adjusted()
    agreement, period = bill.agreement, bill.scope.period
    found = Adjusted()
    problems: list[Problem] = []
    for phase in agreement.parts:
        if phase.life.part(period) is not None or phase.carries(period, agreement.facts.period_rule):
            try:
                found = found.joined(_adjusted_phase(bill, phase, lines, [line.id for line in found.lines]))
            except Invalid as invalid:
                problems += [_in_phase(problem, phase) for problem in invalid.problems]
    if problems:
        raise Invalid(problems)
    whole = replace(bill.measurement, life=agreement.life, net=_net(lines))
    others = Weighing(agreement.deal, bill.scope, whole, bill.earlier, agreement.life).others(
        {one.kpi for one in found.values}
    )
    return found.joined(Adjusted(values=tuple(others)))


def _adjusted_phase(bill: Bill, phase: Phase, lines: Sequence[Line], taken: Sequence[str]) -> Adjusted:
    """The bonus and malus of one phase; the KPIs, lines and results say which it is."""
    assert bill.measurement is not None  # noqa: S101 - asked only then
    own = [line for line in lines if line.phase == phase.name]
    measured = replace(bill.measurement, life=phase.life, net=_net(own))
    part = phase.life.part(bill.scope.period)
    on = part.first if part else None
    scope = bill.scope if bill.scope.on == on else replace(bill.scope, on=on)
    weighing = Weighing(phase.deal, scope, measured, bill.earlier, phase.life)
    made = Adjusting(phase.deal, scope, weighing, own, bill.agreement.language, taken).adjusted()
    if not phase.name:
        return made
    return Adjusted(
        tuple(_of_phase(made.lines, phase)),
        tuple(replace(one, phase=phase.name) for one in made.values),
        tuple(replace(one, phase=phase.name) for one in made.results),
    )


def _net(lines: Sequence[Line]) -> Fraction:
    return exact(total_of(line.amount for line in lines if line.charge != "one_off"))


def _in_phase(problem: Problem, phase: Phase) -> Problem:
    """A problem of a clause at its place in the phase; KPIs and revision clauses stand at the top."""
    return problem.under(*phase.path) if problem.path[:1] == ("bonus_malus",) else problem


def _of_phase(lines: Sequence[Line], phase: Phase) -> Sequence[Line]:
    return [replace(line, phase=phase.name) for line in lines] if phase.name else lines


def _with_records(bill: Bill, charge: Charge, invalid: Invalid) -> Sequence[Problem]:
    """The problems, those of records without a price each with the first of them."""
    meter = charge.meters(bill.scope).get("main")
    if not isinstance(invalid, Unpriced) or not isinstance(meter, Meter):
        return invalid.problems
    return [
        replace(problem, record=bill.metering.first(meter, values))
        for problem, values in zip(invalid.problems, invalid.values, strict=True)
    ]


def _cents(amount: Decimal, bill: Bill) -> Decimal:
    return rounded(amount, bill.decimals)


# --------------------------------------------------------------------------- single lines, limits, taxes, sums


_LEAST = say("minimum of the invoice", "minimum de facture")
_MOST = say("maximum of the invoice", "plafond de facture")


def _invoice_limits(bill: Bill, lines: Sequence[Line]) -> list[Line]:
    """Step 13: the least and the most of the whole invoice, each a line under the invoice's own VAT."""
    if bill.agreement.minimum is None and bill.agreement.maximum is None:
        return []
    total = total_of(line.amount for line in lines)
    found = []
    limits = (
        ("minimum", bill.agreement.minimum, Decimal(1), _LEAST),
        ("maximum", bill.agreement.maximum, Decimal(-1), _MOST),
    )
    for name, limit, sign, label in limits:
        bound = None if limit is None else rounded(limit, bill.decimals)
        gap = ZERO if bound is None else (bound - total) * sign
        if bound is not None and gap > 0:
            steps = (Step(13, say(f"{name} {{bound}} against {{total}}", bound=bound, total=total)),)
            words = say("{bound} against {total}", "{bound} pour {total}", bound=bound, total=total)
            if bill.agreement.phases:
                words = say("{words}, {days}", "{words}, {days}", words=words, days=days_of(bill.scope.period))
            shown = label.words(bill.agreement.language)
            amount = rounded(sign * gap, bill.decimals)
            unit, vat = say("fixed", "forfait"), bill.agreement.facts.vat
            found.append(Line(f"invoice.{name}", "invoice", name, shown, words, sign, unit, gap, amount, vat, steps))  # type: ignore[arg-type]  # the two words are line kinds
            total += amount
    return found


def _vat(lines: Sequence[Line], decimals: int, *, per_line: bool) -> list[VatTotal]:
    """Step 14: VAT once per category and rate on the sum (EN 16931), or the sum of each line's VAT."""
    bases: dict[Vat, list[Decimal]] = {}
    for line in lines:
        bases.setdefault(line.vat, []).append(line.amount)
    totals = []
    for vat, amounts in sorted(bases.items(), key=lambda item: (item[0].category, -item[0].rate, item[0].reason)):
        rate = Fraction(vat.rate) / 100
        parts = amounts if per_line else [total_of(iter(amounts))]
        tax = total_of(rounded(Fraction(part) * rate, decimals) for part in parts)
        totals.append(VatTotal(vat, rounded(total_of(iter(amounts)), decimals), rounded(tax, decimals)))
    return totals


def _subtotals(agreement: Agreement, lines: Sequence[Line]) -> Iterator[Subtotal]:
    labels = {charge.id: charge.label for charge in agreement.charges}
    labels |= {clause.id: clause.label for clause in agreement.deal.clauses}
    labels |= {group.id: group.label for group in agreement.deal.groups}
    for name, phase in dict.fromkeys((line.charge, line.phase) for line in lines):
        mine = [line for line in lines if (line.charge, line.phase) == (name, phase)]
        amount = rounded(total_of(line.amount for line in mine), agreement.facts.decimals)
        yield Subtotal(name, labels.get(name, mine[0].label), amount, phase)

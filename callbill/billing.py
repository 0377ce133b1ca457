"""The order of everything, written once: from counts to lines, minimums, VAT and the amount due.

 1 read and reject · 2 legs to contacts, duplicates out · 3 cut to the period · 4 conditions, once per customer,
 short records · 5 quantity per record · 6 sums · 7 quantity rounding · 8 quantity commitments · 9 included units ·
10 revised prices, tiers, bands, packages: lines, rounded to the cent · 11 minimum and maximum of a charge ·
12 KPIs, bonus and malus · 13 minimum and maximum of the invoice · 14 VAT per category and rate · 15 total, credits,
amount due.

Steps 1 and 2 belong to the activity, 3 to 6 to `metering` and the models; the rest is here. Amounts are rounded half
up to the currency's decimals, once per line.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NoReturn

from callbill.adjusting import Adjusted, Adjusting
from callbill.bonus_malus import Deal, clause_words
from callbill.calendar import timetable
from callbill.charging import ZERO, Agreement, Bill, Top, charge_lines, one_off_lines, total_of
from callbill.invoice import (
    Counted,
    Funnel,
    Invoice,
    Line,
    PhaseDays,
    Phrase,
    Rule,
    Step,
    Subtotal,
    Terms,
    Vat,
    VatTotal,
    say,
)
from callbill.judging import Counter
from callbill.kpis import Kpi
from callbill.measuring import Entry, Measurement
from callbill.metering import Metering
from callbill.meters import Meter, Metered, SeatMeter
from callbill.models import Charge, Scope, Unpriced
from callbill.money import exact, rounded
from callbill.past import Earlier
from callbill.period import Period, period_of, stretch
from callbill.phases import Phase
from callbill.problems import Invalid, Path, Problem, refuse
from callbill.tallying import Tallying
from callbill.weighing import Weighing, tallies

__all__ = ["Agreement", "Bill", "Top", "count", "invoice"]


def counted_fields(agreement: Agreement) -> dict[str, frozenset[str]]:
    """The fields of each source that the charges look at, whatever the period."""
    facts = agreement.facts
    period = period_of(facts.period_rule, date(2030, 1, 7))
    scope = Scope(facts, period, timetable(facts.calendar, facts.timezone, period.first, period.end))
    found: dict[str, frozenset[str]] = {}
    for charge in agreement.charges:
        for meter in charge.meters(scope).values():
            plain = meter.meter if isinstance(meter, SeatMeter) else meter
            found[plain.source] = found.get(plain.source, frozenset()) | plain.fields
    for tally in tallies(agreement.deal, facts.layouts):
        found[tally.source] = found.get(tally.source, frozenset()) | tally.fields
    return found


def count(
    agreement: Agreement, engine: Counter, tops: Mapping[str, Top], period: Period, *,
    entries: Sequence[Entry] = (), earlier: Earlier = lambda _: None, name: str = "",
    known: "Mapping[_Named, Metered] | None" = None,
) -> Bill:  # fmt: skip
    """Steps 3 to 6: every meter of every charge. Raises `Invalid` when activity and contract do not fit.

    `entries` are KPIs that were measured elsewhere, `earlier` gives the results of earlier periods. `name` tells the
    engine's tables from those of other contracts and periods that it holds at the same time. `known` are meters that
    have been counted already, by charge and name; what of their records is not billed is not told then.
    """
    facts = agreement.facts
    times = timetable(facts.calendar, facts.timezone, period.first, period.end)
    empty = frozenset(name for name, top in tops.items() if not top.read)
    relations = {source: top.relation for source, top in tops.items()}
    metering = Metering(engine, relations, times, f"{name}period", empty=empty)
    scope = Scope(facts, period, times)
    bill = Bill(agreement, scope, metering, tops, {})
    if not bill.phases and not any(phase.carries(period, facts.period_rule) for phase in agreement.parts):
        _refuse_outside(agreement, period)
    problems: list[Problem] = []
    meters: dict[_Named, Meter | SeatMeter] = {}
    for _, path, charge in bill.charges:
        with _problems_of(path, problems):
            meters |= {(charge.id, name): one for name, one in charge.meters(scope).items()}
    known = known or {}
    found, bill.unbilled = _counted(metering, {one: meter for one, meter in meters.items() if one not in known}, period)
    found |= known
    for _, path, charge in bill.charges:
        bill.counted[charge.id] = {name: one for (owner, name), one in found.items() if owner == charge.id}
        with _problems_of(path, problems):
            for part, one in bill.counted[charge.id].items():
                meter = meters[charge.id, part]
                if isinstance(meter, Meter):
                    metering.check_sign(meter, one.counts)
    if problems:
        raise Invalid(problems)
    if agreement.deal.kpis:
        bill.measurement = measurement(agreement, engine, tops, period, entries=entries, earlier=earlier, name=name)
        bill.earlier = earlier
    return bill


def _refuse_outside(agreement: Agreement, period: Period) -> NoReturn:
    first, last = agreement.life.first, agreement.life.last
    ends = [f"the first phase begins {first}" if first else "", f"the last one ends {last}" if last else ""]
    message = f"no phase bills a day of {period.name}: {', '.join(one for one in ends if one)}"
    refuse("CB267", message, "bill another period, or write the phase that these days belong to", path=("phases",))


def measurement(
    agreement: Agreement, engine: Counter, tops: Mapping[str, Top], period: Period, *,
    entries: Sequence[Entry] = (), earlier: Earlier = lambda _: None, kpis: Mapping[str, Kpi] | None = None,
    name: str = "",
) -> Measurement:  # fmt: skip
    """The KPIs of a contract, or others, over one period; nothing is counted before a value is asked for."""
    facts, deal = agreement.facts, agreement.deal
    relations = {source: top.relation for source, top in tops.items()}
    empty = frozenset(source for source, top in tops.items() if not top.read)

    def counting(first: date, end: date) -> Tallying:
        times = timetable(facts.calendar, facts.timezone, first, end)
        return Tallying(engine, relations, times, f"{name}kpis_{first:%Y%m%d}_{end:%Y%m%d}", empty)

    return Measurement(
        deal.kpis if kpis is None else kpis,
        facts.layouts,
        period,
        facts.period_rule,
        facts.timezone,
        counting,
        entries,
        deal.excused,
        earlier,
    )


@contextmanager
def _problems_of(charge: Path, problems: list[Problem]) -> Iterator[None]:
    """Collect what is wrong with a charge, at its place, and go on with the others."""
    try:
        yield
    except Invalid as invalid:
        problems += [problem.under(*charge) for problem in invalid.problems]


_Named = tuple[str, str]


def _counted(
    metering: Metering, meters: Mapping[_Named, Meter | SeatMeter], period: Period
) -> tuple[dict[_Named, Metered], dict[str, int]]:
    """What every meter counts, and for each source the records that none of them bills.

    Meters of one source are run together where that can be done, with at most one of those whose columns may hold
    anything; each of the others is run beside all before it.
    """
    found: dict[_Named, Metered] = {}
    unbilled: dict[str, int] = {}
    for source in dict.fromkeys(meter.source for meter in meters.values()):
        together: dict[_Named, Meter] = {}
        alone: dict[_Named, Meter | SeatMeter] = {}
        for name, meter in meters.items():
            if meter.source != source:
                continue
            if isinstance(meter, Meter) and meter.is_whole and not (meter.columns and _has_columns(together)):
                together[name] = meter
            else:
                alone[name] = meter
        if together:
            counted, unbilled[source] = metering.together(list(together.values()))
            found |= dict(zip(together, counted, strict=True))
        beside = list(together.values())
        for name, meter in alone.items():
            if isinstance(meter, SeatMeter):
                found[name] = metering.seats(meter, days_counted(meter, period), beside)
                beside.append(meter.meter)
            else:
                found[name] = metering.count(meter, beside)
                beside.append(meter)
            unbilled[source] = found[name].unbilled
    return found, unbilled


def days_counted(meter: SeatMeter, period: Period) -> int:
    """The days of the period that a meter looks at, which a mean over all days is taken over."""
    first, last = meter.dates
    begins = period.first.toordinal() if first is None else first
    return (period.last.toordinal() if last is None else last) - begins + 1


def _has_columns(meters: Mapping[_Named, Meter]) -> bool:
    return any(meter.columns for meter in meters.values())


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
        funnel=tuple(_funnel(bill)), rules=tuple(_rules(bill)), files=tuple(files), kpis=adjusted.values,
        clauses=adjusted.results, phases=tuple(_phase_days(bill)),
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


def _phase_days(bill: Bill) -> Iterator[PhaseDays]:
    """The phases of the period and their days."""
    parts = [(one.name, one.life.part(bill.scope.period)) for one in bill.agreement.phases]
    yield from (PhaseDays(name, part.first, part.last) for name, part in parts if part is not None)


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
                words = say("{words}, {days}", "{words}, {days}", words=words, days=_days_of(bill.scope.period))
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


# ------------------------------------------------------------------------------------------ funnel and rules


def _funnel(bill: Bill) -> Iterator[Funnel]:
    """The account of every record, source by source."""
    for name, top in bill.tops.items():
        charges: list[Counted] = []
        last: Metered | None = None
        for phase, _, charge in bill.charges:
            for part, meter in charge.meters(bill.scope).items():
                if meter.source != name:
                    continue
                last = metered = bill.counted[charge.id][part]
                label = charge.label if part == "main" else f"{charge.label} ({part})"
                refused, phrases = metered.refused, metered.phrases
                charges.append(Counted(charge.id, label, metered.billed_records, refused, phrases, phase.name))
        inside = bill.metering.in_period(name) if last is None else last.records
        unbilled = bill.unbilled.get(name, inside)
        outside = top.read - top.rejected - top.other - top.duplicates - top.joined - inside
        yield Funnel(
            name, top.record, top.read, top.rejected, top.duplicates, outside, inside, unbilled, tuple(charges),
            other=top.other, joined=top.joined,
        )  # fmt: skip


def _rules(bill: Bill) -> Iterator[Rule]:
    """The rules the invoice was billed by: the invoice's own, then each charge's."""
    zone = say("months and days in {zone}", "mois et jours dans le fuseau {zone}", zone=bill.agreement.facts.timezone)
    yield Rule("", "timezone", zone)
    if bill.agreement.vat_per_line:
        yield Rule("", "vat", say("VAT rounded on each line", "TVA arrondie à chaque ligne"))
    else:
        yield Rule("", "vat", say("VAT on the sum per rate", "TVA sur la somme par taux"))
    if bill.agreement.phases:
        yield from _phase_rules(bill)
    for phase, _, charge in bill.charges:
        rules = [*_revision_rules(bill, charge), *charge.rules()]
        yield from (replace(rule, phase=phase.name) for rule in rules)
    for name, kpi in bill.agreement.deal.kpis.items():
        yield Rule("", name, _kpi_rule(kpi))
    for phase in bill.phases:
        for clause in phase.deal.clauses:
            for setting, words in clause_words(clause):
                yield Rule(clause.id, setting, words, phase.name)


def _revision_rules(bill: Bill, charge: Charge) -> Iterator[Rule]:
    """The coefficient of a charge's prices, for each stretch of days where it changes inside the period."""
    period = bill.scope.period
    covered = charge.priced_days(bill.scope) or (period.first, period.end)
    stretches = charge.stretches(*covered, bill.scope) if charge.indexation else []
    revisions = [(days, bill.scope.revision(charge.indexation, days[0])) for days in stretches]
    for days, phrase in [(days, one.phrase) for days, one in revisions if one is not None]:
        words = replace(phrase, fr=phrase.fr or phrase.en)
        if len(stretches) > 1:
            words = say("{days}: {words}", "{days} : {words}", days=_days_of(stretch(*days)), words=words)
        yield charge.rule("indexation", words)


def _phase_rules(bill: Bill) -> Iterator[Rule]:
    """Which days are billed under which phase, and which under none."""
    period, day = bill.scope.period, timedelta(days=1)
    parts = [(one.name, one.first, one.last) for one in _phase_days(bill)]
    begins, ends = (parts[0][1], parts[-1][2] + day) if parts else (period.end, period.end)
    for name, first, last in parts:
        days = stretch(first, last + day)
        words = ("{name}, {days}: {n} of {all} days", "{name}, {days} : {n} jours sur {all}")
        yield Rule("", "phases", say(*words, name=name, days=_days_of(days), n=days.days, all=period.days))
    for first, end in ((period.first, begins), (ends, period.end)):
        if first < end:
            words = ("no phase, {days}: not billed", "aucune phase, {days} : non facturé")
            yield Rule("", "phases", say(*words, days=_days_of(stretch(first, end))))


def _days_of(period: Period) -> Phrase:
    return say("{first} to {last}", "du {first} au {last}", first=period.first, last=period.last)


def _kpi_rule(kpi: Kpi) -> Phrase:
    """A KPI's formula and what narrows it."""
    formula = say("{formula}", "{formula}", formula=kpi.chosen.formula)
    parts = {f"p{n}": one for n, one in enumerate((formula, *kpi.narrowing()))}
    pattern = ", ".join(f"{{{name}}}" for name in parts)
    return Phrase(pattern, pattern, parts)

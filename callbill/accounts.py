"""What an invoice says of itself: the account of every record, and the rules that it was billed by."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from callbill.bills import Bill
from callbill.bonus_malus import clause_words
from callbill.invoice import Counted, Funnel, PhaseDays, Phrase, Rule, say
from callbill.kpis import Kpi
from callbill.models import Charge
from callbill.period import Period, stretch


def phase_days(bill: Bill) -> Iterator[PhaseDays]:
    """The phases of the period and their days."""
    parts = [(one.name, one.life.part(bill.scope.period)) for one in bill.agreement.phases]
    yield from (PhaseDays(name, part.first, part.last) for name, part in parts if part is not None)


def funnel(bill: Bill) -> Iterator[Funnel]:
    """The account of every record, source by source."""
    for name, top in bill.tops.items():
        charges: list[Counted] = []
        known: int | None = None
        for phase, _, charge in bill.charges:
            for part, meter in charge.meters(bill.scope).items():
                if meter.source != name:
                    continue
                metered = bill.counted[charge.id][part]
                known = metered.records
                label = charge.label if part == "main" else f"{charge.label} ({part})"
                refused, phrases = metered.refused, metered.phrases
                charges.append(Counted(charge.id, label, metered.billed_records, refused, phrases, phase.name))
        inside = bill.metering.in_period(name) if known is None else known
        unbilled = bill.unbilled.get(name, inside)
        outside = top.read - top.rejected - top.other - top.duplicates - top.joined - inside
        yield Funnel(
            name, top.record, top.read, top.rejected, top.duplicates, outside, inside, unbilled, tuple(charges),
            other=top.other, joined=top.joined,
        )  # fmt: skip


def rules(bill: Bill) -> Iterator[Rule]:
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
        own = [*_revision_rules(bill, charge), *charge.rules()]
        yield from (replace(rule, phase=phase.name) for rule in own)
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
            words = say("{days}: {words}", "{days} : {words}", days=days_of(stretch(*days)), words=words)
        yield charge.rule("indexation", words)


def _phase_rules(bill: Bill) -> Iterator[Rule]:
    """Which days are billed under which phase, and which under none."""
    period, day = bill.scope.period, timedelta(days=1)
    parts = [(one.name, one.first, one.last) for one in phase_days(bill)]
    begins, ends = (parts[0][1], parts[-1][2] + day) if parts else (period.end, period.end)
    for name, first, last in parts:
        days = stretch(first, last + day)
        words = ("{name}, {days}: {n} of {all} days", "{name}, {days} : {n} jours sur {all}")
        yield Rule("", "phases", say(*words, name=name, days=days_of(days), n=days.days, all=period.days))
    for first, end in ((period.first, begins), (ends, period.end)):
        if first < end:
            words = ("no phase, {days}: not billed", "aucune phase, {days} : non facturé")
            yield Rule("", "phases", say(*words, days=days_of(stretch(first, end))))


def days_of(period: Period) -> Phrase:
    return say("{first} to {last}", "du {first} au {last}", first=period.first, last=period.last)


def _kpi_rule(kpi: Kpi) -> Phrase:
    """A KPI's formula and what narrows it."""
    formula = say("{formula}", "{formula}", formula=kpi.chosen.formula)
    parts = {f"p{n}": one for n, one in enumerate((formula, *kpi.narrowing()))}
    pattern = ", ".join(f"{{{name}}}" for name in parts)
    return Phrase(pattern, pattern, parts)

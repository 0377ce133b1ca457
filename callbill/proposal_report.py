"""The next contract, learnt from the months billed: its text, its price and what that stands on, whether to wait.

The months are billed under the contract in force, the proposed model counts the same months, and its price is the one
that leaves the sum of the charges as it was: the file says how far rounding may carry the two apart. Bonus and malus,
what came once and VAT are in neither sum. `--model` is `act`, `time`, `flat` or `subscription`; `--keep ID` leaves a
charge as it is; `--count SOURCE.STATE` says what an act is where the contract does not.

The proposal is a whole contract that passes `check`. Its comments say where each figure comes from: the 95 % interval
of the price, the month that moves it most, two tiers where six months or more show a slope, a minimum that no month
fell below, the KPIs as they were. Limits of bonus and malus lie outside of what chance made of every month, so that
none of the months has a bonus or a malus under it. Without `-o` the contract is printed; with it, the contract goes to
the file, and a report of the months and the comparison with the contract in force is printed.

It needs the exports of the months, of contacts or intervals for acts, of agents for hours and seats; three months or
more are the usual advice. Fewer give a proposal all the same, with `wait` beside what is not known. Nothing is
estimated from other companies or from prices of a market, and what the months cannot tell is refused (CB409).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from callbill.compare_notes import LEFT_OUT
from callbill.drafts import LABELS
from callbill.invoice import Phrase, say
from callbill.money import Exact, exact, rounded, text, trimmed
from callbill.propose import Month, Proposal, periods_seen
from callbill.readiness import ADVICE, STATES
from callbill.report import Column, Raw, Report, Row, Table
from callbill.targets import Learnt, paying
from callbill.writers import Language

TITLE = say("{contract}: a proposal for the next phase", "{contract} : une proposition pour la phase suivante")
PERIODS, MODEL = say("Periods", "Périodes"), say("Model", "Modèle")
COUNTS, PRICE = say("Counts", "Compté"), say("Price", "Prix")
INTERVAL, HEAVIEST = say("95 % interval", "Intervalle à 95 %"), say("Moved most by", "Le plus influencé par")
SAME = say("Same bill", "Facture inchangée")
FORECAST, MINIMUM, TIERS = say("Forecast", "Prévision"), say("Minimum", "Minimum"), say("Tiers", "Tranches")
APART = say("Not in it", "Hors comparaison")
EXACTLY = say("{price} for each {unit}, {exact} before rounding", "{price} par {unit}, {exact} avant arrondi")
FEE = say("{price} a {unit}, {exact} before rounding", "{price} par {unit}, {exact} avant arrondi")
NO_INTERVAL = say("none: one month", "aucun : un seul mois")
WITHOUT = say("{month}; without it {price}", "{month} ; sans lui {price}")
TOTALS = say(
    "{billed} billed, {proposed} proposed, {gap} apart; rounding may make it {bound}: {words}",
    "{billed} facturés, {proposed} proposés, {gap} d’écart ; l’arrondi peut en faire {bound} : {words}",
)
ADJUSTED = say(
    "bonus and malus {before}, {after} under the proposal; once {once}; VAT",
    "bonus et malus {before}, {after} selon la proposition ; ponctuel {once} ; TVA",
)
TWO = say(
    "up to {n} at {first}, beyond at {beyond}, which is what one act more has cost",
    "jusqu’à {n} à {first}, au-delà à {beyond}, ce qu’a coûté un acte de plus",
)
MONTH, QUANTITY = say("Month", "Mois"), say("Quantity", "Quantité")
BILLED, EACH = say("Billed", "Facturé"), say("Each", "À l’unité")
PROPOSED, GAP = say("Proposed", "Proposé"), say("Difference", "Écart")
TOTAL = say("All months", "Tous les mois")
FOUND, READY, QUESTION = (
    say("{title}: {figure}", "{title} : {figure}"),
    say("State", "État"),
    say("Is the history ready?", "L’historique est-il prêt ?"),
)
BOTH = say("{title}, under both contracts", "{title}, selon les deux contrats")
KPIS, TARGET = say("KPIs", "Indicateurs"), say("Target", "Cible")
MONTHS, MARGIN, DEAD = say("Months", "Mois"), say("Chance", "Hasard"), say("Nothing due", "Rien de dû")
YES = say(
    "Nothing that was measured speaks against the next phase; what is unknown is listed above.",
    "Rien de ce qui est mesuré ne s’oppose à la phase suivante ; ce qui est inconnu est listé ci-dessus.",
)
NO = say(
    "Some of it says to wait: the proposal is what the months give, no advice to sign it.",
    "Certains constats disent d’attendre : la proposition est ce que donnent ces mois, non un conseil de signer.",
)


def report(proposal: Proposal) -> Report:
    """Everything about a proposal but its text, in the contract's language."""
    contract = proposal.current
    language = Language(contract.agreement.language, contract.settings.currency, contract.agreement.facts.decimals)
    words = language.text
    tables = (_readiness(proposal, language), _months(proposal, language), *_kpis(proposal, language))
    notes = [words(ADVICE), words(YES if proposal.ready else NO)]
    notes += [
        words(LEFT_OUT, period=period.name, days=days)
        for period, days in proposal.comparison.left_out
    ]  # fmt: skip
    title = words(TITLE, contract=contract.name)
    return Report(
        "proposal", title, tuple(_facts(proposal, language)), _data(proposal), tables, tuple(notes), language.code
    )


def with_comparison(made: Report, beside: Report) -> Report:
    """One report of both, so that a page is one page and a document one document: the comparison's tables follow."""
    language, titles = Language(made.language, "EUR", 2), {table.title for table in made.tables}
    tables = [
        replace(
            one, name=f"compare_{one.name}",
            title=language.text(BOTH, title=one.title) if one.title in titles else one.title,
        )
        for one in beside.tables
    ]  # fmt: skip
    charts = [replace(one, name=f"compare_{one.name}", table=f"compare_{one.table}") for one in beside.charts]
    known = dict(made.facts)
    return replace(
        made, facts=(*made.facts, *(one for one in beside.facts if one[0] not in known)),
        data={**beside.data, **made.data},
        tables=(*made.tables, *tables), charts=(*made.charts, *charts),
        notes=tuple(dict.fromkeys((*made.notes, *beside.notes))),
    )  # fmt: skip


def _facts(proposal: Proposal, language: Language) -> Iterator[tuple[str, str]]:
    words, plan, months = language.text, proposal.plan, proposal.months
    yield words(PERIODS), periods_seen(proposal) + ("" if len(months) == 1 else f" ({len(months)})")
    yield words(MODEL), f"{proposal.model}, {words(LABELS[proposal.model])}"
    if plan.draft.counted:
        yield words(COUNTS), plan.draft.counted
    exactly = language.number(trimmed(rounded(plan.price.value, 8)))
    shape = FEE if proposal.model == "flat" else EXACTLY
    yield words(PRICE), words(shape, price=language.money(plan.written), unit=plan.unit, exact=exactly)
    yield from _doubt(proposal, language)
    yield words(SAME), words(
        TOTALS, billed=language.money(proposal.total), proposed=language.money(proposal.proposed),
        gap=language.money(abs(proposal.proposed - proposal.total)), bound=_bound(proposal, language),
        words=plan.bound_words,
    )  # fmt: skip
    before, after, once = _sums(months)
    amounts = {"before": language.money(before), "after": language.money(after), "once": language.money(once)}
    yield words(APART), words(ADJUSTED, **amounts)
    if plan.tiers is not None:
        prices = {"first": language.price(plan.tiers.first), "beyond": language.price(plan.tiers.beyond)}
        yield words(TIERS), words(TWO, n=plan.tiers.up_to, **prices)
    elif plan.no_tiers is not None:
        yield words(TIERS), words(plan.no_tiers)
    if plan.forecast is not None:
        yield words(FORECAST), language.number(rounded(plan.forecast, 0))
    if plan.minimum_words is not None:
        yield words(MINIMUM), words(plan.minimum_words)


def _doubt(proposal: Proposal, language: Language) -> Iterator[tuple[str, str]]:
    """How far the price stands on these very months."""
    words, price = language.text, proposal.plan.price
    if price.low is None or price.high is None:
        yield words(INTERVAL), words(NO_INTERVAL)
        return
    yield words(INTERVAL), f"{_near(price.low, language)} – {_near(price.high, language)}"
    if price.heaviest is not None and price.without is not None:
        month = proposal.months[price.heaviest].period.name
        yield words(HEAVIEST), words(WITHOUT, month=month, price=_near(price.without, language))


def _bound(proposal: Proposal, language: Language) -> str:
    return language.price(rounded(proposal.plan.bound, language.decimals + 2, "up"))


def _near(value: Exact, language: Language) -> str:
    return language.price(rounded(value, 4))


def _sums(months: Sequence[Month]) -> tuple[Decimal, Decimal, Decimal]:
    """Bonus and malus before and after, and what came once."""
    zero = Decimal(0)
    return (
        sum((one.adjusted for one in months), zero),
        sum((one.proposed_adjusted for one in months), zero),
        sum((one.once for one in months), zero),
    )


def _money(amount: Decimal, proposal: Proposal) -> str:
    """An amount as programs read it, with the currency's decimals."""
    return text(trimmed(amount, proposal.current.agreement.facts.decimals))


def _data(proposal: Proposal) -> Mapping[str, Raw]:
    plan, price = proposal.plan, proposal.plan.price
    before, after, once = _sums(proposal.months)
    heaviest = None if price.heaviest is None else proposal.months[price.heaviest].period.name
    return {
        "contract": proposal.current.name, "proposal": proposal.contract.name, "model": proposal.model,
        "currency": proposal.current.settings.currency, "periods": [one.period.name for one in proposal.months],
        "left_out": [period.name for period, _ in proposal.comparison.left_out], "keep": list(proposal.keep),
        "counted": plan.draft.counted, "billed": _money(proposal.total, proposal),
        "proposed": _money(proposal.proposed, proposal),
        "bound": f"{plan.bound.numerator}/{plan.bound.denominator}",
        "price_exact": f"{price.value.numerator}/{price.value.denominator}", "price": text(plan.written),
        "price_low": _plain(price.low), "price_high": _plain(price.high), "heaviest": heaviest,
        "price_without_heaviest": _plain(price.without),
        "tiers": None if plan.tiers is None else {
            "up_to": str(plan.tiers.up_to), "first": text(plan.tiers.first), "beyond": text(plan.tiers.beyond),
        },
        "forecast": _plain(plan.forecast), "minimum": str(plan.minimum), "adjusted": _money(before, proposal),
        "proposed_adjusted": _money(after, proposal), "once": _money(once, proposal), "ready": proposal.ready,
    }  # fmt: skip


def _plain(value: Fraction | None) -> str | None:
    return None if value is None else text(trimmed(rounded(value, 6)))


# ---------------------------------------------------------------------------------------------------- the tables


def _columns(first: Phrase, others: Sequence[Phrase], language: Language, *, right: bool = True) -> tuple[Column, ...]:
    return (Column(language.text(first)), *(Column(language.text(one), right=right) for one in others))


def _readiness(proposal: Proposal, language: Language) -> Table:
    words = language.text
    rows = tuple(
        Row((words(FOUND, title=one.title, figure=one.figure), words(STATES[one.state])), marked=one.state == "wait")
        for one in proposal.readiness
    )
    records = tuple(
        {"finding": one.name, "state": one.state, "title": words(one.title), "figure": words(one.figure)}
        for one in proposal.readiness
    )
    return Table("readiness", words(QUESTION), _columns(Phrase(""), [READY], language, right=False), rows, records)


def _months(proposal: Proposal, language: Language) -> Table:
    rows, records = list[Row](), list[dict[str, Raw]]()
    for month in proposal.months:
        each = None if not month.quantity else rounded(Fraction(month.billed) / month.quantity, 4)
        gap = month.proposed - month.billed
        shown = (
            language.number(trimmed(rounded(month.quantity, 4))), language.amount(month.billed),
            "–" if each is None else language.price(each), language.amount(month.proposed), language.amount(gap),
        )  # fmt: skip
        rows.append(Row((month.period.name, *shown)))
        records.append({
            "period": month.period.name, "quantity": _plain(month.quantity), "billed": _money(month.billed, proposal),
            "each": None if each is None else text(each), "proposed": _money(month.proposed, proposal),
            "difference": _money(gap, proposal), "adjusted": _money(month.adjusted, proposal),
            "proposed_adjusted": _money(month.proposed_adjusted, proposal),
        })  # fmt: skip
    quantity = sum(proposal.plan.quantities, Fraction(0))
    whole = None if not quantity else exact(proposal.total) / quantity
    sums = (proposal.total, proposal.proposed, proposal.proposed - proposal.total)
    shown = (
        language.number(trimmed(rounded(quantity, 4))), language.amount(sums[0]),
        "–" if whole is None else _near(whole, language), language.amount(sums[1]), language.amount(sums[2]),
    )  # fmt: skip
    rows.append(Row((language.text(TOTAL), *shown), marked=True))
    columns = _columns(MONTH, [QUANTITY, BILLED, EACH, PROPOSED, GAP], language)
    return Table("months", language.text(say("Month by month", "Mois par mois")), columns, tuple(rows), tuple(records))


def _kpis(proposal: Proposal, language: Language) -> Iterator[Table]:
    """What each KPI was, and between which values nothing is due; those that carry money are marked."""
    rows, records = list[Row](), list[dict[str, Raw]]()
    money = {one.name for one in paying(proposal.kpis)}
    for one in proposal.kpis.values():
        seen = "" if one.seen is None else _range(*one.seen, language)
        margin = "–" if one.margin is None else language.number(rounded(one.margin, 1))
        dead = _dead(one, language) if one.name in money else "–"
        shown = (_level(one, language) or "–", seen or "–", margin, dead)
        rows.append(Row((f"{language.text(one.kpi.words)} ({one.name})", *shown), marked=one.name in money))
        steps = one.steps
        records.append({
            "kpi": one.name, "kind": one.kpi.kpi, "declared": one.own, "target": one.shown, "money": one.name in money,
            "lowest": None if one.seen is None else _plain(one.seen[0]),
            "highest": None if one.seen is None else _plain(one.seen[1]), "margin": _plain(one.margin),
            "nothing_from": None if steps is None or steps.low is None else str(steps.low),
            "nothing_to": None if steps is None or steps.high is None else str(steps.high),
        })  # fmt: skip
    if rows:
        columns = _columns(say(""), [TARGET, MONTHS, MARGIN, DEAD], language)
        yield Table("kpis", language.text(KPIS), columns, tuple(rows), tuple(records))


def _range(low: Fraction, high: Fraction, language: Language) -> str:
    return language.margin(rounded(low, 1), rounded(high, 1))


def _level(one: Learnt, language: Language) -> str:
    """What the months were, to the decimals of the KPI."""
    mean = one.mean
    decimals = 1 if one.kpi.decimals is None else one.kpi.decimals
    return language.measured(None if mean is None else Fraction(rounded(mean, decimals)), one.kpi.unit)


def _dead(one: Learnt, language: Language) -> str:
    steps = one.steps
    if steps is None:
        return "–"
    low, high = ("" if end is None else language.number(end) for end in (steps.low, steps.high))
    return f"{low} – {high}".strip()

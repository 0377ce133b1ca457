"""What `callbill compare` says below its tables: what the data lack, what forbids judging, the advice of the trade."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from callbill import risk, risk_report
from callbill.compare import Case, Comparison
from callbill.invoice import Phrase, say
from callbill.money import rounded, trimmed
from callbill.problems import Path
from callbill.regrets import regrets_of_values
from callbill.writers import Language

NO_HOURS = say(
    "No margin: no source tells the hours of agents that the provider pays.",
    "Pas de marge : aucune source ne dit les heures d’agents que le prestataire paie.",
)
CHEAPEST = say("The cheapest of each month is marked.", "Le moins cher de chaque mois est marqué.")
LEFT_OUT = say(
    "{period} is left out: records on {days} of its days; `--period {period}` takes it in.",
    "{period} est exclu : des enregistrements sur {days} de ses jours ; `--period {period}` l’inclut.",
)
SILENT = say(
    "{case}: no record of `{source}` in {months}; what counts them is billed as nothing, its totals say little.",
    "{case} : aucun enregistrement de `{source}` sur {months} ; ce qui les compte est facturé pour rien, ses totaux"
    " disent peu.",
)
UNMOVED = say(
    "{case}: {names} may or may not be handling; it stays as it was when handling is longer. Name it `talk`, `hold` or"
    " `wrap` to have it moved.",
    "{case} : {names} peut être du traitement ou non ; cela reste tel quel quand le traitement s’allonge. Le nommer"
    " `talk`, `hold` ou `wrap` pour le faire varier.",
)
GAPS = say(
    "No {what} in {months}: unit costs and margins set all months’ totals against what the others hold.",
    "Aucun {what} sur {months} : les coûts unitaires et les marges rapportent le total de tous les mois à ce que les"
    " autres contiennent.",
)
FEW = say(
    "{months}: too few to judge; a season, a drift or a chance month looks like a rule.",
    "{months} : trop peu pour juger ; une saison, une dérive ou un hasard passe pour une règle.",
)
RESTS = say(
    "The difference between {case} and {base} rests on {month} alone.",
    "L’écart entre {case} et {base} tient au seul mois {month}.",
)
FALLS = say(
    "{case} falls from {before} to {after} when the volume rises from {low} to {high} of what it was.",
    "{case} baisse de {before} à {after} quand le volume passe de {low} à {high} de ce qu’il était.",
)
FALLS_AT = say(
    "{case} falls from {before} to {after} when contacts rise from {low} to {high} a month.",
    "{case} passe de {before} à {after} quand les contacts passent de {low} à {high} par mois.",
)
NOISE = {
    "CB274": say(
        "{case} pays for chance in {months}: a limit of the scale lies within the margin of error of `{kpi}`.",
        "{case} paie le hasard sur {months} : un palier du barème est dans la marge d’erreur de `{kpi}`.",
    ),
    "CB275": say(
        "{case} pays for chance in {months}: the margin of error of `{kpi}` is wider than its scale.",
        "{case} paie le hasard sur {months} : la marge d’erreur de `{kpi}` est plus large que son barème.",
    ),
}
"""What `check` warns of by these codes, in the report's language."""
ADVICE = say(
    "The trade’s usual advice, no finding of these data: bill by time for three to six months, learn which KPIs matter,"
    " then move to acts. Here: {seen}.",
    "Le conseil habituel du métier, non tiré de ces données : facturer au temps trois à six mois, apprendre quels"
    " indicateurs comptent, puis passer à l’acte. Ici : {seen}.",
)
MONTHS_SEEN = say("{months} seen", "{months} vus")
MONTHS_STEADY = say(
    "{months} seen; handling time between {low} and {high} of its mean",
    "{months} vus ; durée de traitement entre {low} et {high} de sa moyenne",
)
FOR_ACTS = say("These months say for acts: {reasons}.", "Ces mois plaident pour l’acte : {reasons}.")
AGAINST_ACTS = say("These months say against acts: {reasons}.", "Ces mois plaident contre l’acte : {reasons}.")
SEEN = (
    say("three months and more are seen", "trois mois et plus sont vus"),
    say("fewer than three months are seen", "moins de trois mois sont vus"),
)
STEADY = (
    say("handling time stays within 7 % of its mean", "la durée de traitement reste à 7 % de sa moyenne"),
    say(
        "handling time is not seen to stay within 7 % of its mean",
        "on ne voit pas la durée de traitement rester à 7 % de sa moyenne",
    ),
)
WATCHED = (
    say("a KPI measures quality or resolution", "un indicateur mesure la qualité ou la résolution"),
    say(
        "no KPI of these contracts measures quality or resolution",
        "aucun indicateur de ces contrats ne mesure la qualité ou la résolution",
    ),
)
NO_BEST = say(
    "No contract is called the best: the cheapest on these months may be the dearest on others.",
    "Aucun contrat n’est dit le meilleur : le moins cher de ces mois peut être le plus cher d’autres.",
)
ENOUGH = 3
"""Months below which nothing is judged."""
CORRIDOR = 7
"""By how many percent the handling time of a month may miss the mean: the wide end of the trade's 5 to 7."""
QUALITY = frozenset(("quality_score", "csat", "nps", "first_contact_resolution", "repeat_rate"))
"""KPIs that tell when contacts are rushed."""


def notes(found: Comparison, made: risk_report.Risks, language: Language) -> Iterator[Phrase]:
    yield CHEAPEST
    yield from _unknown(found)
    if len(found.periods) < ENOUGH:
        yield say(FEW.en, FEW.fr, months=_months_words(len(found.periods)))
    for name, month in risk.resting_on_one(found).items():
        yield say(RESTS.en, RESTS.fr, case=name, base=found.cases[0].name, month=month)
    for one in made.falls:
        figures = {"before": language.amount(one.before), "after": language.amount(one.after)}
        if one.contacts is None:
            shares = {"low": percent(1 + one.low, language), "high": percent(1 + one.high, language)}
            yield say(FALLS.en, FALLS.fr, case=one.case, **figures, **shares)
        else:
            low, high = one.contacts
            yield say(FALLS_AT.en, FALLS_AT.fr, case=one.case, low=low, high=high, **figures)
    for case in found.cases:
        yield from _noise(case)
    yield from _advice(found, language)
    yield NO_BEST


def _unknown(found: Comparison) -> Iterator[Phrase]:
    """What the data do not tell, and figures therefore leave out."""
    for case in found.cases:
        for source, months in case.silent:
            names = ", ".join(one.name for one in months)
            yield say(SILENT.en, SILENT.fr, case=case.name, source=source, months=names)
        if case.unmoved:
            names = ", ".join(f"`{one}`" for one in case.unmoved)
            yield say(UNMOVED.en, UNMOVED.fr, case=case.name, names=names)
    for period, days in found.left_out:
        yield say(LEFT_OUT.en, LEFT_OUT.fr, period=period.name, days=days)
    if found.cost is not None and found.hours() is None:
        yield NO_HOURS
    for missing, without in _gaps(found):
        yield say(GAPS.en, GAPS.fr, months=", ".join(without), what=missing)


def _gaps(found: Comparison) -> Iterator[tuple[Phrase, list[str]]]:
    """Months that hold none of what unit costs and margins divide by, while others do."""
    for what, held in (
        (say("contacts answered", "contact traité"), [one.answered for one in found.volumes.months]),
        (
            say("hours of agents", "relevé d’heures d’agents"),
            [one.hours and one.hours.whole for one in found.volumes.months],
        ),
    ):
        if any(held) and not all(held):
            yield what, [period.name for period, size in zip(found.periods, held, strict=True) if not size]


def _advice(found: Comparison, language: Language) -> Iterator[Phrase]:
    """The heuristic of the trade, and what these months say for and against following it to acts."""
    low, high = _drift(found)
    if low is None or high is None:
        return
    seen, shares = len(found.periods), {"low": language.percent(low), "high": language.percent(high)}
    steady = MONTHS_STEADY if seen > 1 else MONTHS_SEEN
    yield say(ADVICE.en, ADVICE.fr, seen=say(steady.en, steady.fr, months=_months_words(seen), **shares))
    kinds = {kpi.kpi for case in found.cases for kpi in case.contract.agreement.deal.kpis.values()}
    holds_still = seen > 1 and max(100 - low, high - 100) <= CORRIDOR
    holding = ((seen >= ENOUGH, SEEN), (holds_still, STEADY), (bool(kinds & QUALITY), WATCHED))
    for title, wanted in ((FOR_ACTS, True), (AGAINST_ACTS, False)):
        reasons = [pro if wanted else contra for holds, (pro, contra) in holding if holds is wanted]
        if reasons:
            yield say(title.en, title.fr, reasons=_listed(reasons))


def _listed(phrases: Sequence[Phrase]) -> Phrase:
    """Phrases one after the other."""
    pattern = "; ".join(f"{{p{n}}}" for n, _ in enumerate(phrases))
    return Phrase(pattern, pattern.replace(";", " ;"), {f"p{n}": one for n, one in enumerate(phrases)})


def _noise(case: Case) -> Iterator[Phrase]:
    """KPIs whose margin of error decides what they pay."""
    seen: dict[tuple[str, Path], int] = {}
    for outcome in case.outcomes:
        for problem in regrets_of_values(case.contract, outcome.kpis):
            seen[problem.code, problem.path] = seen.get((problem.code, problem.path), 0) + 1
    for (code, path), months in seen.items():
        kpi = str(_clause(case, path)["kpi"])
        yield say(NOISE[code].en, NOISE[code].fr, case=case.name, months=_months_words(months), kpi=kpi)


def _clause(case: Case, path: Path) -> Mapping[str, Any]:
    """The clause as the contract writes it, by the path of one of its settings."""
    found: Any = case.contract.source.value
    for key in path[:-1]:
        found = found[key]
    chosen: Mapping[str, Any] = found
    return chosen


def _months_words(number: int) -> Phrase:
    return say(f"{{n}} month{'' if number == 1 else 's'}", "{n} mois", n=number)


def _drift(found: Comparison) -> tuple[Decimal | None, Decimal | None]:
    """The lowest and the highest month's handling time, in percent of the mean."""
    means = [one.handled / one.answered for one in found.volumes.months if one.handled and one.answered]
    answered, handled = found.volumes.total("answered"), found.volumes.total("handled")
    if not means or not answered or not handled:
        return None, None
    whole = handled / answered
    return rounded(100 * min(means) / whole, 1), rounded(100 * max(means) / whole, 1)


def percent(share: Fraction | None, language: Language) -> str:
    """A share as a report shows it."""
    return "–" if share is None else language.percent(trimmed(rounded(share * 100, 1), 1))

"""Whether months are ready to be learnt from: what was seen, how it drifts, what nobody measures.

The limits (three months, 7 %) are the trade's usual advice. They are a rule of thumb, and are said to be one wherever
they are printed.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from callbill.api import Read
from callbill.calendar import timetable
from callbill.drafts import PERIODS, period_of
from callbill.estimates import drift_of_mix, forecast_error, spread
from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.money import MICRO, rounded, trimmed
from callbill.period import Period
from callbill.staffing import states_of
from callbill.tallying import Tallying
from callbill.targets import QUALITY, RESOLVED, Learnt, acts_tally, first_of, paying
from callbill.terms import reference
from callbill.windows import before

MONTHS = 3
ERROR = Fraction(7, 100)
QUEUE = "queue"
State = Literal["ready", "wait", "unknown"]
STATES: Mapping[State, Phrase] = {
    "ready": say("ready", "prêt"), "wait": say("wait", "attendre"), "unknown": say("unknown", "inconnu"),
}  # fmt: skip
ADVICE = say(
    "The limits, {months} months and {share} %, are the trade’s usual advice: a rule of thumb, no finding of these"
    " data.",
    "Les limites, {months} mois et {share} %, sont le conseil habituel du métier : une règle empirique, non tirée de"
    " ces données.",
    months=MONTHS, share=ERROR * 100,
)  # fmt: skip
UNMEASURED = say("not measured", "pas de mesure")
ALONE = say("one month: nothing to compare it with", "un seul mois : rien à quoi le comparer")


@frozen
class Finding:
    """One judgement, with the figure that it stands on."""

    name: str
    state: State
    title: Phrase
    figure: Phrase


def judged(
    read: Read, periods: Sequence[Period], volumes: Sequence[Fraction] | None, counted: str,
    found: Mapping[str, Learnt],
) -> list[Finding]:  # fmt: skip
    """Everything that is asked of months before a price is learnt from them. `volumes` are the acts of each month."""
    rule = read.contract.settings.period
    handling = first_of(found, ("handling_time",))
    return [
        _months(len(periods), period_of(read.contract)),
        _forecast(volumes, [next(before(one, rule)) == last for last, one in pairwise(periods)]),
        _handling(handling),
        _mix(read, periods, counted),
        *(_stable(one) for one in paying(found)),
        *([] if paying(found) else [Finding("kpis", "unknown", say("KPIs", "Indicateurs"), UNMEASURED)]),
        _measured("quality", say("Quality", "Qualité"), first_of(found, QUALITY)),
        _measured("resolution", say("Resolution", "Résolution"), first_of(found, RESOLVED)),
        _hours(read),
    ]


def _percent(share: Fraction) -> Decimal:
    return trimmed(rounded(share * 100, 1))


def _months(number: int, period: Phrase) -> Finding:
    many = "" if number == 1 else "s"
    plural = "" if number == 1 or period.fr.endswith("s") else "s"
    figure = say(
        f"{{n}} {period.en}{many}, at least {{least}} wanted",
        f"{{n}} {period.fr}{plural}, {{least}} au moins",
        n=number, least=MONTHS,
    )  # fmt: skip
    title = say("Months seen", "Mois vus") if period == PERIODS["month"] else say("Periods seen", "Périodes vues")
    return Finding("months", "ready" if number >= MONTHS else "wait", title, figure)


def _forecast(volumes: Sequence[Fraction] | None, follow: Sequence[bool]) -> Finding:
    """The error of the plainest forecast, a month like the one before it: only where they follow each other."""
    title = say("Forecast error", "Erreur de prévision")
    pairs = [] if volumes is None else list(pairwise(volumes))
    error = forecast_error([pair for pair, after in zip(pairs, follow, strict=False) if after])
    if error is None:
        figure = say("no two months in a row with a volume", "pas deux mois de suite avec un volume")
        return Finding("forecast", "unknown", title, figure)
    figure = say(
        "{share} % off, had each month been expected to be like the last",
        "{share} % d’écart, chaque mois attendu comme le précédent",
        share=_percent(error),
    )
    return Finding("forecast", "ready" if error <= ERROR else "wait", title, figure)


def _handling(one: Learnt | None) -> Finding:
    title = say("Handling time", "Durée de traitement")
    if one is None or one.mean is None:
        return Finding("handling_time", "unknown", title, UNMEASURED)
    if len(one.known) < 2:
        return Finding("handling_time", "unknown", title, ALONE)
    far = spread([value.exact for value in one.known if value.exact is not None], one.mean)
    figure = say(
        "{mean} s, months within {share} % of it", "{mean} s, mois à {share} % près",
        mean=rounded(one.mean, 0), share=_percent(far),
    )  # fmt: skip
    return Finding("handling_time", "ready" if far <= ERROR else "wait", title, figure)


def _mix(read: Read, periods: Sequence[Period], counted: str) -> Finding:
    title = say("Mix of queues", "Répartition par file")
    months = mix_of(read, periods, counted)
    if months is not None and len(months) < 2:
        return Finding("mix", "unknown", title, ALONE)
    moved = None if months is None else drift_of_mix(months)
    if moved is None:
        return Finding("mix", "unknown", title, say("no acts by `queue`", "pas d’actes par `queue`"))
    figure = say(
        "at most {share} % of a month’s volume in other queues than usual",
        "au plus {share} % du volume d’un mois dans d’autres files que d’habitude",
        share=_percent(moved),
    )
    return Finding("mix", "ready" if moved <= ERROR else "wait", title, figure)


def mix_of(read: Read, periods: Sequence[Period], counted: str) -> list[dict[str, Fraction]] | None:
    """The acts of each month by queue; None where no column tells queues apart."""
    if "." not in counted or "+" in counted:
        return None
    wanted = reference(counted)
    layout = read.contract.layouts[wanted.source]
    tally = acts_tally(layout, wanted.source, wanted.name)
    source = read.sources[wanted.source]
    if tally is None or QUEUE not in layout.texts or not source.read:
        return None
    facts = read.contract.agreement.facts
    times = timetable(facts.calendar, facts.timezone, periods[0].first, periods[-1].end)
    tallying = Tallying(
        read.activity.engine, {wanted.source: source.relation}, times, f"{read.tables}_mix", frozenset()
    )
    rows = tallying.rows(wanted.source, [tally], [QUEUE])
    months: list[dict[str, Fraction]] = []
    for period in periods:
        month: dict[str, Fraction] = {}
        for row in rows:
            if period.first.toordinal() <= row.day < period.end.toordinal():
                name = row.values[0] or ""
                month[name] = month.get(name, Fraction(0)) + Fraction(row.sums[0], MICRO)
        months.append(month)
    return months


def _stable(one: Learnt) -> Finding:
    """A KPI is stable when its months differ by no more than chance alone would make of one month."""
    title = say("{kpi}", "{kpi}", kpi=one.kpi.words)
    low, high = one.seen or (Fraction(0), Fraction(0))
    ends = {"low": rounded(low, 1), "high": rounded(high, 1)}
    if len(one.known) < 2:
        return Finding(one.name, "unknown", title, ALONE)
    if one.margin is None:
        figure = say("{low} to {high}; chance cannot be told", "{low} à {high} ; le hasard ne se mesure pas", **ends)
        return Finding(one.name, "unknown", title, figure)
    figure = say(
        "{low} to {high}; chance alone spreads a month over {margin}",
        "{low} à {high} ; le hasard seul étale un mois sur {margin}",
        **ends, margin=rounded(one.margin, 1),
    )  # fmt: skip
    return Finding(one.name, "ready" if high - low <= one.margin else "wait", title, figure)


def _measured(name: str, title: Phrase, one: Learnt | None) -> Finding:
    if one is None:
        return Finding(name, "unknown", title, UNMEASURED)
    figure = say("{kpi}: {mean}", "{kpi} : {mean}", kpi=one.kpi.words, mean=one.read)
    return Finding(name, "ready", title, figure)


def _hours(read: Read) -> Finding:
    title = say("Hours of agents", "Heures d’agents")
    for states in states_of(read.contract):
        if read.sources[states.source].read:
            words = say("measured in `{source}`", "mesurées dans `{source}`", source=states.source)
            return Finding("hours", "ready", title, words)
    return Finding("hours", "unknown", title, UNMEASURED)

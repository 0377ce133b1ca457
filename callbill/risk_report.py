"""The risk tables of `callbill compare`: sensitivities, who bears what, how bills spread, where they break even."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from callbill import break_even, risk
from callbill.compare import STEPS, Comparison
from callbill.invoice import Phrase, say
from callbill.money import exact, rounded, text, trimmed
from callbill.report import Chart, Column, Raw, Row, Series, Table
from callbill.writers import Language

CONTRACT = say("Contract", "Contrat")
VOLUME = say("If there were fewer or more contacts", "S’il y avait moins ou plus de contacts")
HANDLING = say("If handling were shorter or longer", "Si le traitement était plus court ou plus long")
KPIS = say("If a KPI were lower or higher in every month", "Si un indicateur était plus bas ou plus haut chaque mois")
BEARS = say("Who bears what", "Qui supporte quoi")
SPREAD = say("How the monthly bill spreads", "Dispersion de la facture mensuelle")
CHANCES = say("Which of two costs less in drawn months", "Lequel de deux coûte moins, sur les mois tirés")
EVEN = say("Where two contracts cost the same", "Où deux contrats coûtent autant")
EVENTS = (
    ("fewer", say("Fewer contacts, the staff kept", "Moins de contacts, effectif gardé")),
    ("more", say("More contacts, with the staff for them", "Plus de contacts, avec l’effectif qu’il faut")),
    ("longer", say("Longer calls, with the staff for them", "Appels plus longs, avec l’effectif qu’il faut")),
    ("idle", say("More waiting for the same work", "Plus d’attente pour le même travail")),
    ("quality", say("Worse quality", "Qualité moins bonne")),
)
CLIENT, PROVIDER, BOTH = say("client", "client"), say("provider", "prestataire"), say("both", "les deux")
HIGH, LOW = Fraction(3, 4), Fraction(1, 4)
"""From where on an elasticity says that the bill follows, and up to where that it does not."""
AND = say("; ", " ; ")
FOUR = say("{s0}, {s1}, {s2}, {s3}", "{s0} ; {s1} ; {s2} ; {s3}")
KPI_STEPS = say("{kpi}: {steps} {unit}", "{kpi} : {steps} {unit}")
UNITS = {"percent": say("points", "points"), "seconds": say("s", "s")}
"""What a KPI is moved by, where it has a unit."""
BEARERS = say(
    "Bill per 1 %: by how many percent it moves when contacts, handling or hours move by one; of quality, when the KPI"
    " that moves it most is a point, or a hundredth of its value, worse. Fewer contacts cost the provider as much as"
    " before, so that a bill that falls is borne by the provider; what needs more staff is borne by the client where"
    " the bill rises. A subscription sells positions: work that they do not hold waits, and the client bears it.",
    "Facture pour 1 % : de quel pourcentage elle bouge quand les contacts, le traitement ou les heures bougent d’un"
    " pour cent ; pour la qualité, quand l’indicateur le plus sensible perd un point, ou un centième de sa valeur."
    " Moins de contacts coûtent autant au prestataire : une facture qui baisse est à sa charge ; ce qui demande plus"
    " d’effectif est à la charge du client là où la facture monte. Un abonnement vend des positions : le travail"
    " qu’elles ne prennent pas attend, à la charge du client.",
)
DRAWN = say(
    "Spread of {draws} months made of days drawn among those of the same day of the week (seed {seed}); cheaper: how"
    " often it costs less than {base} on the same days.",
    "Dispersion de {draws} mois faits de jours tirés parmi ceux du même jour de la semaine (graine {seed}) ; moins"
    " cher : combien de fois il coûte moins que {base} sur les mêmes jours.",
)
EVENS = say(
    "Break-evens are solved by billing again; a price makes both totals equal on these months with everything else as"
    " it was.",
    "Les seuils sont résolus en facturant à nouveau ; un prix égalise les deux totaux sur ces mois, tout le reste étant"
    " inchangé.",
)


@dataclass
class Risks:
    """Everything that the tables show."""

    volume: list[risk.Moved]
    handling: list[risk.Moved]
    kpis: list[risk.KpiMoved]
    elasticities: list[risk.Elasticity]
    spread: list[risk.Spread]
    even: list[break_even.BreakEven]
    falls: list[risk.Falls]
    draws: int
    seed: int

    @classmethod
    def of(cls, found: Comparison, draws: int, seed: int, watch: risk.Watch) -> "Risks":
        """All of it, by billing again."""
        kpis = risk.kpis_moved(found)
        return cls(
            risk.volumes_moved(found), risk.handling_moved(found), kpis, risk.elasticities(found, kpis),
            risk.distribution(found, draws, seed, watch), break_even.break_evens(found), risk.falling(found),
            draws, seed,
        )  # fmt: skip


def tables(found: Comparison, made: Risks, language: Language) -> Iterator[Table]:
    """The tables in the order in which they are read."""
    yield _moved("volume", VOLUME, found, made.volume, language)
    yield _moved("handling", HANDLING, found, made.handling, language)
    if made.kpis:
        yield _kpis(found, made.kpis, language)
    yield _bearers(made.elasticities, language)
    yield _spread(made.spread, language)
    if len(made.spread) > 2:
        yield _chances(made.spread, language)
    if made.even:
        yield _even(made.even, language)


def charts(found: Comparison, made: Risks, language: Language) -> Iterator[Chart]:
    """Pictures of the sensitivities and of the spread."""
    labels = tuple(_signed(step * 100, language, 0) for step in STEPS)
    for name, title, moved in (("volume", VOLUME, made.volume), ("handling", HANDLING, made.handling)):
        series = []
        for case, one in zip(found.cases, moved, strict=True):
            shares = [_share_of(total, case.total) for total in one.totals]
            texts = tuple(_share(total, case.total, language) for total in one.totals)
            series.append(Series(case.name, tuple(shares), texts))
        ends = language.text(AND).join(f"{one.name} {one.texts[0]} → {one.texts[-1]}" for one in series)
        alt = language.text(ALT_MOVED, first=labels[0], last=labels[-1], ends=ends)
        yield Chart(name, language.text(title), "lines", labels, tuple(series), alt, name, "percent")
    names = tuple(one.case for one in made.spread)
    spans = tuple(f"{language.amount(one.low)} – {language.amount(one.high)}" for one in made.spread)
    ranges = Series(
        language.text(SPREAD), tuple(one.median for one in made.spread),
        tuple(language.amount(one.median) for one in made.spread),
        tuple(one.low for one in made.spread), tuple(one.high for one in made.spread), spans,
    )  # fmt: skip
    ends = language.text(AND).join(f"{name} {span}" for name, span in zip(names, spans, strict=True))
    alt = language.text(ALT_SPREAD, ends=ends)
    yield Chart("distribution", language.text(SPREAD), "ranges", names, (ranges,), alt, "distribution")


ALT_MOVED = say(
    "By how many percent each bill moves, from {first} to {last}: {ends}.",
    "De quel pourcentage chaque facture bouge, de {first} à {last} : {ends}.",
)
ALT_SPREAD = say(
    "The middle nine tenths of each contract’s monthly bills, the median marked: {ends}.",
    "Les neuf dixièmes centraux des factures mensuelles de chaque contrat, médiane marquée : {ends}.",
)


def _share_of(total: Decimal, base: Decimal) -> Fraction | None:
    return 100 * (exact(total) - exact(base)) / exact(base) if base else None


def notes(found: Comparison, made: Risks) -> Iterator[Phrase]:
    """What the tables mean."""
    yield BEARERS
    yield say(DRAWN.en, DRAWN.fr, draws=made.draws, seed=made.seed, base=found.cases[0].name)
    if made.even:
        yield EVENS


def _moved(name: str, title: Phrase, found: Comparison, moved: Sequence[risk.Moved], language: Language) -> Table:
    """How far each case's total moves at each step, in percent of what it was."""
    columns = [Column(language.text(CONTRACT))]
    columns += [Column(_signed(step * 100, language, 0), right=True) for step in STEPS]
    rows, records = [], list[dict[str, Raw]]()
    for case, one in zip(found.cases, moved, strict=True):
        rows.append(Row((one.case, *(_share(total, case.total, language) for total in one.totals))))
        records += [
            {"contract": one.case, "percent": text(trimmed(rounded(step * 100, 4))), "total": text(total)}
            for step, total in zip(STEPS, one.totals, strict=True)
        ]
    return Table(name, language.text(title), tuple(columns), tuple(rows), tuple(records))


def _kpis(found: Comparison, moved: Sequence[risk.KpiMoved], language: Language) -> Table:
    """What each KPI moves, in money."""
    heads = (say("much lower", "bien\u00a0plus bas"), say("lower", "plus bas"), say("higher", "plus haut"))
    names = [*heads, say("much higher", "bien\u00a0plus haut")]
    columns = [Column(language.text(say("KPI", "Indicateur")))]
    columns += [Column(language.text(one), right=True) for one in names]
    rows, records = list[Row](), list[dict[str, Raw]]()
    for case in found.cases:
        mine = [one for one in moved if one.case == case.name]
        if mine:
            rows.append(Row((case.name,), heading=True))
        for one in mine:
            steps = language.text(FOUR, **{f"s{n}": _signed(step, language, 2) for n, step in enumerate(one.steps)})
            label = language.text(KPI_STEPS, kpi=one.kpi, steps=steps, unit=UNITS.get(one.unit, say("")))
            gaps = [language.amount(total - case.total) for total in one.totals]
            rows.append(Row((label.rstrip(), *gaps)))
            records += [
                {
                    "contract": case.name, "kpi": one.kpi, "unit": one.unit,
                    "step": text(trimmed(rounded(step, 4))), "total": text(total),
                }
                for step, total in zip(one.steps, one.totals, strict=True)
            ]  # fmt: skip
    return Table("kpis", language.text(KPIS), tuple(columns), tuple(rows), tuple(records))


def _bearers(elasticities: Sequence[risk.Elasticity], language: Language) -> Table:
    """Of everything that may happen: how far each bill follows, and who therefore bears it."""
    names = (say("bill per\u00a01\u00a0%", "facture pour\u00a01\u00a0%"), say("borne by", "supporté par"))
    columns = [Column(language.text(one), right=n == 1) for n, one in enumerate((CONTRACT, *names))]
    rows, records = list[Row](), list[dict[str, Raw]]()
    for name, label in EVENTS:
        rows.append(Row((language.text(label),), heading=True))
        for one in elasticities:
            value: Fraction | None = getattr(one, name)
            who = bearer(name, value, capacity=one.capacity)
            shown = "–" if value is None else _signed(value, language, 2, "%")
            rows.append(Row((one.case, shown, "–" if who is None else language.text(who))))
            records.append({
                "event": name, "contract": one.case,
                "elasticity": None if value is None else text(trimmed(rounded(value, 6))),
                "bearer": None if who is None else who.en,
            })  # fmt: skip
    return Table("elasticities", language.text(BEARS), tuple(columns), tuple(rows), tuple(records))


def bearer(name: str, value: Fraction | None, *, capacity: bool = False) -> Phrase | None:
    """Who bears it, by how far the bill follows; None where nobody can say, or nothing moves.

    Fewer contacts with the staff kept cost the provider as much as before: if the bill falls, the provider bears it.
    Whatever needs more staff costs the provider more: if the bill rises, the client bears it. A bill that falls with a
    KPI makes the provider bear quality. Where a capacity is sold, whatever it does not hold waits, and what waits for
    work is paid: the client bears both.
    """
    if value is None:
        return None
    if name == "quality":
        return PROVIDER if value < 0 else None
    if capacity and name != "fewer" and value <= LOW:
        return CLIENT
    follows, stays = (PROVIDER, CLIENT) if name == "fewer" else (CLIENT, PROVIDER)
    return follows if value >= HIGH else stays if value <= LOW else BOTH


def _spread(spread: Sequence[risk.Spread], language: Language) -> Table:
    names = (
        say("5\u00a0% below", "5\u00a0% en\u00a0dessous"),
        say("median", "médiane"),
        say("95\u00a0% below", "95\u00a0% en\u00a0dessous"),
    )
    cheaper = say("cheaper", "moins cher")
    columns = [Column(language.text(CONTRACT)), *(Column(language.text(one), right=True) for one in (*names, cheaper))]
    rows, records = [], list[dict[str, Raw]]()
    for one in spread:
        chance = "" if one.cheaper is None else language.percent(trimmed(rounded(one.cheaper * 100, 1)))
        amounts = (one.low, one.median, one.high)
        rows.append(Row((one.case, *(language.amount(amount) for amount in amounts), chance)))
        records.append({
            "contract": one.case, "p5": text(one.low), "median": text(one.median), "p95": text(one.high),
            "cheaper_percent": None if one.cheaper is None else text(trimmed(rounded(one.cheaper * 100, 4))),
        })  # fmt: skip
    return Table("distribution", language.text(SPREAD), tuple(columns), tuple(rows), tuple(records))


def _chances(spread: Sequence[risk.Spread], language: Language) -> Table:
    """How often each of two contracts costs less; the rest of the drawn months cost the same."""
    columns = [Column(language.text(say("Contracts", "Contrats")))]
    columns += [
        Column(language.text(one), right=True)
        for one in (say("first cheaper", "premier moins cher"), say("second cheaper", "second moins cher"))
    ]
    rows, records = [], list[dict[str, Raw]]()
    for one, other, first, second in risk.chances(spread):
        shown = (language.percent(trimmed(rounded(share * 100, 1))) for share in (first, second))
        rows.append(Row((f"{one} – {other}", *shown)))
        records.append({
            "contract": one, "other": other, "cheaper_percent": text(trimmed(rounded(first * 100, 4))),
            "other_cheaper_percent": text(trimmed(rounded(second * 100, 4))),
        })  # fmt: skip
    return Table("chances", language.text(CHANCES), tuple(columns), tuple(rows), tuple(records))


def _even(found: Sequence[break_even.BreakEven], language: Language) -> Table:
    words = language.text
    names = (
        say("At", "Seuil"),
        say("cheaper below", "moins\u00a0cher en\u00a0dessous"),
        say("cheaper above", "moins\u00a0cher au-dessus"),
    )
    columns = [Column(""), *(Column(words(one), right=n == 0) for n, one in enumerate(names))]
    rows, records = list[Row](), list[dict[str, Raw]]()
    for one in found:
        rows.append(Row((f"{one.one} – {one.other}",), heading=True))
        rows += _evens(one, language) or [Row((words(say("none is found", "aucun n’est trouvé")), "–", "–", "–"))]
        records.append({
            "contract": one.one, "other": one.other, "contacts": list(one.contacts), "cheaper": list(one.cheaper),
            "prices": {charge: text(trimmed(price, language.decimals)) for charge, price in one.prices},
            "own_prices": {charge: text(trimmed(price, language.decimals)) for charge, price in one.own},
        })  # fmt: skip
    return Table("break_even", words(EVEN), tuple(columns), tuple(rows), tuple(records))


def _evens(one: break_even.BreakEven, language: Language) -> list[Row]:
    """The volumes and the prices at which a pair costs the same."""
    words, rows = language.text, list[Row]()
    label = words(say("contacts a month", "contacts par mois"))
    if not one.contacts and one.cheaper:
        always = words(say("at any volume up to three times", "à tout volume jusqu’au triple"))
        rows.append(Row((always, "", one.cheaper[0], one.cheaper[0])))
    for contacts, below, above in zip(one.contacts, one.cheaper, one.cheaper[1:], strict=False):
        rows.append(Row((label, language.number(contacts), below, above)))
    for owner, rival, prices in ((one.other, one.one, one.prices), (one.one, one.other, one.own)):
        for charge, price in prices:
            priced = words(say("{case}: price of {charge}", "{case} : prix de {charge}"), case=owner, charge=charge)
            rows.append(Row((priced, language.price(price), owner, rival)))
    return rows


def _share(total: Decimal, base: Decimal, language: Language) -> str:
    """By how many percent a total is other than it was."""
    share = _share_of(total, base)
    return "–" if share is None else _signed(share, language, 1, "%")


def _signed(value: Fraction, language: Language, decimals: int, unit: str = "") -> str:
    number = trimmed(rounded(value, decimals), decimals if unit else 0)
    shown = language.percent(number) if unit or decimals == 0 else language.number(number)
    return f"+{shown}" if number > 0 else shown

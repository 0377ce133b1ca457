"""The same months under several contracts: what each costs, and who bears which risk.

Every contract bills the same exports month by month, as its invoices would be, before VAT. The others are set against
the first one, or against `--baseline`. Without `--period` the periods are compared that have records on at least half
as many days as they have from Monday to Friday; one that is left out is named.

Totals, unit costs, months and lines come first. Contacts, their handling and the hours of agents are counted once for
all contracts, from the one whose sources tell most of them; an hour is all the time of agents that the export has,
breaks included. What an hour costs the provider, `--cost` or `agent_hour_cost` of a contract, gives margins. Then come
the risk tables, for which the months are billed again with other counts, never estimated:

  fewer or more contacts    the bill at 10, 20 and 30 % less and more
  shorter or longer         the same with the time that agents spend on contacts
  a KPI lower or higher     what moves when a KPI that carries money is 2 or 5 points, or 8 or 20 %, another
  who bears what            by how many percent the bill moves for one percent of what happens; the provider bears fewer
                            contacts where the bill falls with them, the client bears more work where the bill rises
  how the bill spreads      months made of days that are drawn from those of the same weekday: one in twenty costs less
                            than the first figure, one in twenty more than the last; `cheaper` is how often a contract
                            costs less than the baseline on the same days
  where two cost the same   the contacts a month, and the prices, at which the cheaper of two contracts changes

`--staffing follows` lets the hours of agents follow the work, at the same occupancy; `fixed` keeps them, and waiting
takes what work leaves. `--what-if volume=-20%,staffing=fixed` bills one case more; `handling=+10%` and `occupancy=65%`
are others, and the option may stand several times. `--draws` is the number of drawn months and `--seed` chooses them:
the same seed draws the same days. Formats are those of every report: `table`, `json`, `csv`, `markdown`, `html`.

No contract is called the best, and no contract is compared with one in another currency or with other periods.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from callbill import risk, risk_report
from callbill.compare import Case, Comparison
from callbill.compare_notes import notes, percent
from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.money import exact, rounded, text, trimmed
from callbill.report import Chart, Column, Raw, Report, Row, Series, Table
from callbill.staffing import Lever, Staffing
from callbill.writers import Language

TITLE = say("{n} contracts on the same months", "{n} contrats sur les mêmes mois")
ALONE = say("One contract on its months", "Un contrat sur ses mois")
CONTRACT, TOTAL, GAP = say("Contract", "Contrat"), say("Total", "Total"), say("Difference", "Écart")
ADJUSTED, MARGIN = say("Bonus/malus", "Bonus/malus"), say("Margin", "Marge")
PERIODS, STAFFING = say("Periods", "Périodes"), say("Staffing", "Effectifs")
FOLLOWS, FIXED = (
    say("follows the work, at the same occupancy", "suivent la charge, à occupation égale"),
    say("fixed, waiting takes what is left", "fixes, l’attente prend le reste"),
)
BASELINE, OCCUPANCY = say("Baseline", "Référence"), say("Occupancy", "Occupation")
AMOUNTS = say("Amounts", "Montants")
COST = say("Hour’s cost", "Coût horaire")
NET = say("{currency}, before VAT", "{currency}, hors taxes")
TOTALS, UNITS, MONTHS, LINES, IFS = (
    say("Totals", "Totaux"), say("Unit costs", "Coûts unitaires"), say("Month by month", "Mois par mois"),
    say("Line by line", "Ligne par ligne"), say("What if", "Et si"),
)  # fmt: skip
UNIT_NAMES = (
    ("answered", say("Contact answered", "Contact traité"), Fraction(1)),
    ("handled", say("Handled minute", "Minute traitée"), Fraction(60)),
    ("resolved", say("Contact resolved", "Contact résolu"), Fraction(1)),
    ("hours", say("Agent hour", "Heure d’agent"), Fraction(3600)),
)


If: TypeAlias = tuple[str, Lever, Staffing]
"""A case of `--what-if`: as written, the lever, the staffing."""


@frozen
class Wanted:
    """What a report shows beside the totals."""

    draws: int = 1000
    seed: int = 1
    ifs: tuple[If, ...] = ()
    """Cases of `--what-if`."""


def report(found: Comparison, wanted: Wanted, watch: risk.Watch = lambda _: None) -> Report:
    """The whole comparison; nothing in it is said without the table that shows it."""
    first = found.cases[0].contract
    language = Language(first.agreement.language, first.settings.currency, found.decimals)
    made = risk_report.Risks.of(found, wanted.draws, wanted.seed, watch)
    tables = [
        _totals(found, language), *_units(found, language), _months(found, language), *_lines(found, language),
        *_ifs(found, wanted, language), *risk_report.tables(found, made, language),
    ]  # fmt: skip
    said = [language.text(note) for note in (*notes(found, made, language), *risk_report.notes(found, made))]
    title = language.text(TITLE if found.cases[1:] else ALONE, n=len(found.cases))
    return Report(
        "compare", title, tuple(_facts(found, language)), _data(found, wanted), tuple(tables), tuple(said),
        language.code, (*_charts(found, language), *risk_report.charts(found, made, language)),
    )  # fmt: skip


def _charts(found: Comparison, language: Language) -> Iterator[Chart]:
    """The totals as bars; the months as lines where there are several."""
    names, totals = tuple(case.name for case in found.cases), [case.total for case in found.cases]
    texts = tuple(language.amount(one) for one in totals)
    ends = language.text(AND).join(f"{name} {text_}" for name, text_ in zip(names, texts, strict=True))
    bars = Series(language.text(TOTAL), tuple(map(exact, totals)), texts)
    alt = language.text(ALT_TOTALS, ends=ends)
    yield Chart("totals", language.text(TOTALS), "bars", names, (bars,), alt, "totals")
    if len(found.periods) < 2:
        return
    series = [
        Series(
            case.name, tuple(exact(one.net) for one in case.outcomes),
            tuple(language.amount(one.net) for one in case.outcomes),
        )
        for case in found.cases
    ]  # fmt: skip
    labels = tuple(one.name for one in found.periods)
    ends = language.text(AND).join(f"{one.name} {one.texts[0]} → {one.texts[-1]}" for one in series)
    alt = language.text(ALT_MONTHS, first=labels[0], last=labels[-1], ends=ends)
    yield Chart("months", language.text(MONTHS), "lines", labels, tuple(series), alt, "months")


AND = say("; ", " ; ")
ALT_TOTALS = say("What all months cost: {ends}.", "Ce que coûtent tous les mois : {ends}.")
ALT_MONTHS = say(
    "What each month costs, from {first} to {last}: {ends}.", "Ce que coûte chaque mois, de {first} à {last} : {ends}."
)


def _facts(found: Comparison, language: Language) -> Iterator[tuple[str, str]]:
    words = language.text
    named = [one.name for one in found.periods]
    yield words(PERIODS), named[0] if len(named) == 1 else f"{named[0]} – {named[-1]} ({len(named)})"
    yield words(BASELINE), found.cases[0].name
    yield words(AMOUNTS), words(NET, currency=language.currency)
    yield words(STAFFING), words(FOLLOWS if found.staffing == "follows" else FIXED)
    if found.occupancy is not None:
        yield words(OCCUPANCY), language.percent(trimmed(rounded(found.occupancy * 100, 1)))
    costs = {case.name: case.cost for case in found.cases if case.cost is not None}
    if costs:
        shown = [f"{name} {language.price(cost)}" for name, cost in costs.items()]
        alike = len(set(costs.values())) == 1
        yield words(COST), language.price(found.cost or Decimal(0)) if alike else ", ".join(shown)


def _data(found: Comparison, wanted: Wanted) -> Mapping[str, Raw]:
    return {
        "currency": found.cases[0].contract.settings.currency,
        "periods": [one.name for one in found.periods],
        "left_out": [one.name for one, _ in found.left_out],
        "records": [
            {
                "contract": case.name,
                "source": source.name,
                "read": source.read,
                "rejected": source.rejected,
                "duplicates": source.duplicates,
            }
            for case in found.cases
            for source in case.read.sources.values()
        ],
        "without_records": [
            {"contract": case.name, "source": source, "periods": [one.name for one in months]}
            for case in found.cases
            for source, months in case.silent
        ],
        "baseline": found.cases[0].name,
        "contracts": [case.name for case in found.cases],
        "staffing": found.staffing,
        "agent_hour_cost": None if found.cost is None else text(found.cost),
        "occupancy": None if found.occupancy is None else text(trimmed(rounded(found.occupancy, 6))),
        "draws": wanted.draws,
        "seed": wanted.seed,
    }


# ---------------------------------------------------------------------------------------------------- the tables


def _totals(found: Comparison, language: Language) -> Table:
    words, base = language.text, found.cases[0]
    margins = [found.margin(case) for case in found.cases]
    known = any(one is not None for one in margins)
    names = [TOTAL, GAP, say("%", "%"), ADJUSTED, *([MARGIN] if known else [])]
    rows, records = [], []
    for case, margin in zip(found.cases, margins, strict=True):
        gap, share = _gap(case.total, base.total)
        shown = [language.amount(case.total), *_shown_gap(case, base, gap, share, language)]
        shown += [language.amount(case.adjusted), *([percent(margin, language)] if known else [])]
        rows.append(Row((case.name, *shown)))
        records.append({
            "contract": case.name, "total": _money(case.total, found), "difference": _money(gap, found),
            "percent": _plain(share), "adjusted": _money(case.adjusted, found),
            "margin_percent": _plain(None if margin is None else margin * 100),
            "agent_hour_cost": None if case.cost is None else text(case.cost),
        })  # fmt: skip
    return Table("totals", words(TOTALS), _columns(CONTRACT, names, language), tuple(rows), tuple(records))


def _units(found: Comparison, language: Language) -> Iterator[Table]:
    """What a contact, a minute, a problem solved and an hour cost, as far as the data tell."""
    per = {name: _quantity(found, name) for name, _, _ in UNIT_NAMES}
    known = [(name, label, size) for name, label, size in UNIT_NAMES if per[name]]
    if not known:
        return
    costs_of, records = [], []
    for case in found.cases:
        costs = [rounded(exact(case.total) * size / (per[name] or 1), 4) for name, _, size in known]
        costs_of.append(costs)
        records.append(
            {"contract": case.name}
            | {name: None for name, _, _ in UNIT_NAMES}
            | {name: text(cost) for (name, _, _), cost in zip(known, costs, strict=True)}
        )
    columns = _columns(CONTRACT, [label for _, label, _ in known], language)
    shown = [language.aligned([language.price(one) for one in each]) for each in zip(*costs_of, strict=True)]
    rows = tuple(Row((case.name, *cells)) for case, cells in zip(found.cases, zip(*shown, strict=True), strict=True))
    yield Table("unit_costs", language.text(UNITS), columns, rows, tuple(records))


def _quantity(found: Comparison, name: str) -> Fraction | None:
    return found.volumes.hours.whole if name == "hours" else found.volumes.total(name)


def _months(found: Comparison, language: Language) -> Table:
    """Every month under every contract, the cheapest marked."""
    rows: list[Row] = []
    records: list[dict[str, Raw]] = []
    for n, period in enumerate(found.periods):
        rows.append(Row((period.name,), heading=True))
        nets = [case.outcomes[n].net for case in found.cases]
        for case, net in zip(found.cases, nets, strict=True):
            gap, share = _gap(net, nets[0])
            shown = (language.amount(net), *_shown_gap(case, found.cases[0], gap, share, language))
            adjusted = language.amount(case.outcomes[n].adjusted)
            rows.append(Row((case.name, *shown, adjusted), marked=net == min(nets)))
            records.append({
                "period": period.name, "contract": case.name, "total": _money(net, found),
                "difference": _money(gap, found), "percent": _plain(share),
                "adjusted": _money(case.outcomes[n].adjusted, found), "cheapest": net == min(nets),
            })  # fmt: skip
    columns = _columns(CONTRACT, [TOTAL, GAP, say("%", "%"), ADJUSTED], language)
    return Table("months", language.text(MONTHS), columns, tuple(rows), tuple(records))


def _lines(found: Comparison, language: Language) -> Iterator[Table]:
    """What each contract bills beside the baseline, charge by charge; charges of one id correspond."""
    base, rows, records = found.cases[0], list[Row](), list[dict[str, Raw]]()
    labels = say("Charge", "Prestation")
    there = _by_charge(base)
    for case in found.cases[1:]:
        rows.append(Row((f"{case.name} – {base.name}",), heading=True))
        here = _by_charge(case)
        for name in dict.fromkeys((*there, *here)):
            label = (here.get(name) or there[name])[0]
            amounts = [one[name][1] if name in one else None for one in (there, here)]
            gap = (amounts[1] or Decimal(0)) - (amounts[0] or Decimal(0))
            cells = ("–" if one is None else language.amount(one) for one in amounts)
            rows.append(Row((f"{label} ({name})", *cells, language.amount(gap))))
            records.append({
                "contract": case.name, "charge": name, "label": label,
                "baseline": None if amounts[0] is None else _money(amounts[0], found),
                "amount": None if amounts[1] is None else _money(amounts[1], found),
                "difference": _money(gap, found),
            })  # fmt: skip
    columns = _columns(labels, [BASELINE, TOTAL, GAP], language)
    if rows:
        yield Table("lines", language.text(LINES), columns, tuple(rows), tuple(records))


def _by_charge(case: Case) -> dict[str, tuple[str, Decimal]]:
    """The amount of each charge, clause and group over all months, with its label."""
    found: dict[str, tuple[str, Decimal]] = {}
    for outcome in case.outcomes:
        for line in outcome.lines:
            label, amount = found.get(line.charge, (line.label, Decimal(0)))
            found[line.charge] = (label, amount + line.amount)
    return found


def _ifs(found: Comparison, wanted: Wanted, language: Language) -> Iterator[Table]:
    """The cases that were asked for, beside what was."""
    rows, records = list[Row](), list[dict[str, Raw]]()
    known = found.volumes.states is not None and any(case.cost is not None for case in found.cases)
    cases: list[If] = [("–", Lever(), found.staffing), *wanted.ifs]
    for written, lever, staffing in cases if wanted.ifs else ():
        under = found if staffing == found.staffing else found.with_staffing(staffing)
        rows.append(Row((written if written != "–" else language.text(AS_IT_WAS),), heading=True))
        for case in under.cases:
            total, margin = under.total(case, lever), under.margin(case, lever)
            gap, share = _gap(total, case.total)
            shown = (language.amount(total), language.amount(gap), percent(share and share / 100, language))
            rows.append(Row((case.name, *shown, *([percent(margin, language)] if known else []))))
            records.append({
                "what_if": None if written == "–" else written, "staffing": staffing, "contract": case.name,
                "total": _money(total, found), "difference": _money(gap, found), "percent": _plain(share),
                "margin_percent": _plain(None if margin is None else margin * 100),
            })  # fmt: skip
    if rows:
        columns = _columns(CONTRACT, [TOTAL, GAP, say("%", "%"), *([MARGIN] if known else [])], language)
        yield Table("what_if", language.text(IFS), columns, tuple(rows), tuple(records))


AS_IT_WAS = say("As it was", "Tel quel")


# -------------------------------------------------------------------------------------------------- small things


def _columns(first: Phrase, others: Sequence[Phrase], language: Language) -> tuple[Column, ...]:
    return (Column(language.text(first)), *(Column(language.text(one), right=True) for one in others))


def _money(amount: Decimal, found: Comparison) -> str:
    """An amount as programs read it, with the currency's decimals."""
    return text(trimmed(amount, found.decimals))


def _gap(amount: Decimal, base: Decimal) -> tuple[Decimal, Fraction | None]:
    """A difference, and what percentage of the base it is."""
    return amount - base, 100 * (exact(amount) - exact(base)) / exact(base) if base else None


def _shown_gap(
    case: Case, base: Case, gap: Decimal, share: Fraction | None, language: Language
) -> tuple[str, str]:  # fmt: skip
    if case is base:
        return "", ""
    return language.amount(gap), percent(share and share / 100, language)


def _plain(value: Fraction | None) -> str | None:
    return None if value is None else text(trimmed(rounded(value, 4)))

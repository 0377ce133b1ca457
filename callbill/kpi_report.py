"""`callbill kpis`: every KPI that the data allows, every formula of each side by side, the contract's one marked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Literal

from callbill import kpis
from callbill.api import Read, earlier_of, periods_in, tops
from callbill.billing import net_of_charges
from callbill.contract import Contract
from callbill.counting import measurement
from callbill.invoice import distinct, say
from callbill.kpis import ELSEWHERE, INVOICE, Kpi, Variant
from callbill.levels import Level
from callbill.measuring import MET, Measurement, Value
from callbill.money import rounded, text, trimmed, whole
from callbill.period import Period
from callbill.problems import Invalid, nearest, refuse
from callbill.report import Chart, Column, Raw, Report, Row, Series, Table
from callbill.settings import build
from callbill.tallies import TallyRow
from callbill.windows import Span, spans_of
from callbill.writers import Language
from callbill.writers.json import exact_text

GROUPS = ("day", "week", "band")
"""Words of `--by` that are no columns of the export."""
BAR = 10
"""Cells of a full bar."""
TITLE = say("KPIs of {contract}", "Indicateurs de {contract}")
CONTRACT, PERIODS, BY = say("Contract", "Contrat"), say("Periods", "Périodes"), say("By", "Par")
KPI, RATIO, VALUE = say("KPI", "Indicateur"), say("Counts", "Comptes"), say("Value", "Valeur")
MARGIN, TARGET = say("95 % margin", "Marge à 95 %"), say("target {target}", "cible {target}")
AIM = say("Target", "Cible")
PERCENTAGES = say("The contract’s percentages", "Les pourcentages du contrat")
OVER_TIME = {
    "day": say("{name} by day", "{name} par jour"),
    "week": say("{name} by week", "{name} par semaine"),
}
FROM_TO = say("From {low} to {high}", "De {low} à {high}")
NO_CONTRACT = say("no formula in the contract", "aucune formule au contrat")
NOTHING = say(
    "No source of the contract has the counts of a KPI.", "Aucune source du contrat n’a les comptes d’un indicateur."
)
LEGEND = say(
    "▸ the contract’s formula. The margin is how far chance alone carries the value, 95 times of 100.",
    "▸ la formule du contrat. La marge est ce que le hasard seul peut faire, 95 fois sur 100.",
)


@dataclass
class Line:
    """One value to show: of a KPI, by one formula, over one window, of one group."""

    name: str
    kpi: Kpi
    variant: Variant
    chosen: bool
    period: str
    value: Value | None
    group: str = ""
    note: str = ""


def report(contract: Contract, read: Read, period: Period | None = None, by: str | None = None) -> Report:
    """Every value of every KPI. Raises `Invalid` (CB405) where nothing can be told apart by `by`."""
    language = Language(contract.agreement.language, contract.settings.currency, contract.agreement.facts.decimals)
    periods = [period] if period else periods_in(contract, read)
    if not periods:
        refuse("CB256", "there is no record to tell the period from", "write `--period 2026-10`")
    shown = _everything(contract)
    column = _column(contract, by)
    lines: list[Line] = []
    for one in periods:
        found = _measured(contract, read, one, shown, column)
        lines += _grouped(found, by, shown, contract) if by else _plain(found, shown, contract)
    targets = {clause.kpi: clause.target for clause in contract.agreement.deal.clauses if clause.kpi and clause.target}
    return _written(contract, language, periods, by, lines, targets)


def _measured(
    contract: Contract, read: Read, period: Period, shown: Mapping[str, Kpi], column: str | None
) -> Measurement:
    made = measurement(
        contract.agreement, read.activity.engine, tops(read), period, entries=read.entries,
        earlier=lambda one: earlier_of(contract, read, one), kpis=shown,
    )  # fmt: skip
    made.every_variant, made.column = True, column
    if any(INVOICE in variant.quotient.names for kpi in shown.values() for variant in kpi.variants):
        made.net = net_of_charges(contract.agreement, read.activity.engine, tops(read), period)
    return made


def _everything(contract: Contract) -> dict[str, Kpi]:
    """The contract's KPIs, then every other that one of its sources can give, as the trade usually measures it."""
    found = dict(contract.agreement.deal.kpis)
    layouts = contract.layouts
    known = {(kpi.kpi, kpi.source_in(layouts)) for kpi in found.values()}
    for name in kpis.names():
        kind = kpis.named(name)
        for source in layouts:
            if (name, source) in known:
                continue
            kpi = build(kind, {"kpi": name, "source": source, **kind.suggested()})
            if any(kpi.fits(source, layouts, one) for one in kpi.VARIANTS):
                found[name if name not in found else f"{name}-{source}"] = kpi
    return found


def _column(contract: Contract, by: str | None) -> str | None:
    """The column that values are told apart by; None for days, weeks and bands."""
    if by == "band" and not contract.agreement.facts.bands:
        refuse("CB405", "the contract has no bands to tell apart", "write them under `calendar: bands`")
    if by is None or by in GROUPS:
        return None
    texts = list(dict.fromkeys(name for layout in contract.layouts.values() for name in layout.texts))
    if by not in texts:
        refuse("CB405", f"nothing can be told apart by `{by}`", nearest(by, [*GROUPS, *texts]))
    return by


def _plain(found: Measurement, shown: Mapping[str, Kpi], contract: Contract) -> Iterator[Line]:
    """Every formula of every KPI over its own window."""
    for name, kpi in shown.items():
        declared = name in contract.agreement.deal.kpis
        spans = _spans(found, kpi)
        for variant in kpi.variants:
            chosen = declared and variant == kpi.chosen
            if kpi.source == ELSEWHERE and not chosen:
                continue
            if kpi.source != ELSEWHERE and not kpi.fits(
                kpi.source_in(contract.layouts) or "", contract.layouts, variant
            ):
                continue
            for span in spans:
                try:
                    value = found.value(name, span, variant)
                except Invalid as invalid:
                    yield Line(name, kpi, variant, chosen, span.name, None, note=invalid.problems[0].message)
                    continue
                yield Line(name, kpi, variant, chosen, span.name, value)
        if kpi.met is not None:
            value = found.values(name)[0]
            yield Line(name, kpi, value.variant, chosen=True, period=value.span.name, value=value)


def _spans(found: Measurement, kpi: Kpi) -> list[Span]:
    """The window of a KPI that has one, the period for those that are cut into several."""
    period = [Span(found.period.first, found.period.end, found.period.name)]
    if kpi.met is not None or kpi.is_split:
        return period
    return spans_of(kpi, found.period, found.rule) or period


def _grouped(found: Measurement, by: str, shown: Mapping[str, Kpi], contract: Contract) -> Iterator[Line]:
    """Each KPI by the contract's formula, or the first that the data allow, told apart by days, bands, a column."""
    layouts = contract.layouts
    for name, kpi in shown.items():
        source = kpi.source_in(layouts) or ""
        declared = name in contract.agreement.deal.kpis
        fits = [kpi.chosen] if declared else [one for one in kpi.VARIANTS if kpi.fits(source, layouts, one)]
        if kpi.source == ELSEWHERE or not fits or INVOICE in fits[0].quotient.names:
            continue
        tallies = [kpi.tally(one, source, layouts) for one in fits[0].quotient.names]
        if found.column and any(one and found.column not in layouts[one.source].texts for one in tallies):
            continue
        span = Span(found.period.first, found.period.end, found.period.name)
        for group, value in found.grouped(name, span, _group(found, by, contract), fits[0]).items():
            yield Line(name, kpi, fits[0], declared, span.name, value, group=group)


def _group(found: Measurement, by: str, contract: Contract) -> Callable[[TallyRow], str]:
    if by == "day":
        return lambda row: date.fromordinal(row.day).isoformat()
    if by == "week":
        return lambda row: "{}-W{:02d}".format(*date.fromordinal(row.day).isocalendar()[:2])
    if by == "band":
        labels = contract.agreement.facts.band_label
        return lambda row: labels(found.timetable.cells[row.cell].band or "–")
    return lambda row: (row.values[0] if row.values else None) or "–"


# ----------------------------------------------------------------------------------------------------- the report


def _written(
    contract: Contract, language: Language, periods: Sequence[Period], by: str | None, lines: Sequence[Line],
    targets: Mapping[str, Level],
) -> Report:  # fmt: skip
    words = language.text
    several = len(periods) > 1
    rows: list[Row] = []
    most = _tops(lines)
    for name in dict.fromkeys(line.name for line in lines):
        mine = [line for line in lines if line.name == name]
        rows.append(_heading(mine, language, _aim(targets, name), by))
        rows += [_row(line, language, most[name], by, several=several) for line in mine]
    columns = (
        Column(words(KPI)), Column(words(RATIO), right=True), Column(words(VALUE), right=True), Column("", bar=True),
        Column(words(MARGIN), right=True),
    )  # fmt: skip
    records = tuple(_record(line, language, _aim(targets, line.name), by) for line in lines)
    table = Table("kpis", "", columns, tuple(rows), records)
    named = ", ".join(one.name for one in periods)
    facts = [(words(CONTRACT), f"{contract.name}, {contract.settings.title}"), (words(PERIODS), named)]
    facts += [(words(BY), by)] if by else []
    data: dict[str, Raw] = {"contract": contract.name, "periods": [one.name for one in periods], "by": by}
    title = words(TITLE, contract=contract.name)
    notes = (words(LEGEND if rows else NOTHING),)
    charts = _charts(lines, language, by, targets, several=several)
    return Report("kpis", title, tuple(facts), data, (table,), notes, language.code, charts)


def _aim(targets: Mapping[str, Level], name: str) -> str:
    return targets[name].written if name in targets else ""


def _charts(
    lines: Sequence[Line], language: Language, by: str | None, targets: Mapping[str, Level], *, several: bool
) -> tuple[Chart, ...]:
    """One picture: the contract's first KPI over days or weeks, or all of its percentages; with their targets."""
    own = [line for line in lines if line.chosen and (line.kpi.met is None or line.variant.name == MET)]
    if by is None:
        shown = [line for line in own if line.kpi.unit == "percent"]
    else:
        shown = [line for line in own if line.name == own[0].name] if by in OVER_TIME else []
    sizes = [line.value.shown if line.value else None for line in shown]
    if sum(size is not None for size in sizes) < (2 if by else 1):
        return ()
    words, unit = language.text, shown[0].kpi.unit
    texts = [language.measured(size, unit) or "–" for size in sizes]
    aims = [targets.get(line.name) for line in shown]
    aimed = [aim.written if aim else "" for aim in aims]
    series = [Series(words(VALUE), tuple(sizes), tuple(texts))]
    if any(aims):
        series.append(Series(words(AIM), tuple(aim.value if aim else None for aim in aims), tuple(aimed)))
    labels = [_label(line, language, by, several=several) for line in shown]
    if by:
        title = words(OVER_TIME[by], name=shown[0].kpi.words)
        known = sorted((size, n) for n, size in enumerate(sizes) if size is not None)
        ends = {end: f"{texts[n]} ({labels[n]})" for end, (_, n) in (("low", known[0]), ("high", known[-1]))}
        alt = words(FROM_TO, **ends) + (f"; {words(TARGET, target=aimed[0])}" if aimed[0] else "")
    else:
        title = words(PERCENTAGES)
        labels = [f"{words(line.kpi.words)} · {label}" for line, label in zip(shown, labels, strict=True)]
        alt = "; ".join(
            f"{label}: {text_}" + (f", {words(TARGET, target=aim)}" if aim else "")
            for label, text_, aim in zip(labels, texts, aimed, strict=True)
        )
    kind: Literal["bars", "lines"] = "lines" if by else "bars"
    return (Chart("kpis", title, kind, tuple(labels), tuple(series), alt, "kpis", unit),)


def _tops(lines: Sequence[Line]) -> dict[str, Fraction]:
    """What a full bar stands for: 100 of percentages, else the highest value of the KPI."""
    found: dict[str, Fraction] = {}
    for line in lines:
        value = line.value.shown if line.value and line.value.shown is not None else Fraction(0)
        least = Fraction(100) if line.kpi.unit == "percent" else Fraction(0)
        found[line.name] = max(found.get(line.name, least), value, least)
    return found


def _bar(value: Fraction | None, top: Fraction) -> str:
    """A bar of block characters, in eighths of a cell."""
    if value is None or value <= 0 or top <= 0:
        return ""
    full, rest = divmod(whole(value * BAR * 8 / top), 8)
    return "█" * full + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[rest]


def _heading(lines: Sequence[Line], language: Language, target: str, by: str | None) -> Row:
    kpi = lines[0].kpi
    title = f"{language.text(kpi.words)} ({lines[0].name})"
    own = any(line.chosen for line in lines)
    parts = [language.text(phrase) for phrase in kpi.narrowing()]
    parts += [language.text(lines[0].variant.words)] if by else []
    parts += [] if own else [language.text(NO_CONTRACT)]
    parts += [language.text(TARGET, target=target)] if target else []
    notes = ["; ".join(part for part in parts if part)] if parts else []
    said = distinct(note for line in lines if line.value for note in line.value.notes)
    notes += [language.text(note) for note in said]
    return Row((title,), heading=True, notes=tuple(notes))


def _row(line: Line, language: Language, top: Fraction, by: str | None, *, several: bool) -> Row:
    label = _label(line, language, by, several=several)
    value = line.value
    if value is None:
        return Row((label, "", "–", "", ""), marked=line.chosen, notes=(line.note,))
    ratio = language.ratio(value.numerator)
    if value.denominator is not None:
        ratio = f"{ratio} / {language.ratio(value.denominator)}"
    marked = line.chosen and not by
    shown = language.measured(value.shown, line.kpi.unit) or "–"
    cells = (label, ratio, shown, _bar(value.shown, top), language.margin(value.low, value.high))
    return Row(cells, marked=marked)


def _label(line: Line, language: Language, by: str | None, *, several: bool) -> str:
    label = line.group if by else language.text(line.variant.words)
    return f"{line.period} · {label}" if several else label


def _record(line: Line, language: Language, target: str, by: str | None) -> dict[str, Any]:
    """The same value for a program."""
    value, kpi = line.value, line.kpi
    found: dict[str, Any] = {
        "kpi": line.name, "kind": kpi.kpi, "label": language.text(kpi.words), "contract_formula": line.chosen,
        "variant": line.variant.name, "formula": line.variant.formula, "text": language.text(line.variant.words),
        "window": line.period,
    }  # fmt: skip
    if value is not None:
        found |= {"from": value.span.first.isoformat(), "to": (value.span.end - timedelta(days=1)).isoformat()}
    else:
        found |= {"from": None, "to": None}
    if by:
        found["group"] = line.group
    names = ("numerator", "denominator", "value", "rounded", "low", "high")
    figures: dict[str, str | None] = dict.fromkeys(names)
    if value is not None:
        figures = {
            "numerator": exact_text(value.numerator),
            "denominator": None if value.denominator is None else exact_text(value.denominator),
            "value": _digits(value.exact), "rounded": _digits(value.shown),
            "low": None if value.low is None else text(value.low),
            "high": None if value.high is None else text(value.high),
        }  # fmt: skip
    notes = [language.text(note) for note in value.notes] if value else [line.note]
    return {**found, **figures, "unit": kpi.unit, "target": target, "notes": notes}


def _digits(value: Fraction | None) -> str | None:
    return None if value is None else text(trimmed(rounded(value, 6)))

"""A contract file becomes an agreement that can be billed, or every problem in it at its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from callbill import kpis, models, readers, vat
from callbill.bills import Agreement
from callbill.bonus_malus import Deal
from callbill.contract_settings import ContractSettings
from callbill.frozen import frozen
from callbill.invoice import Credit, Terms
from callbill.kpis import Kpi
from callbill.models import Charge, Facts
from callbill.money import CURRENCIES, rounded
from callbill.period import Life, Period
from callbill.phases import (
    OWN,
    date_problems,
    deal_problems,
    phase_problems,
    phases_of,
    single_problems,
    within,
)
from callbill.problems import Invalid, Path, Place, Problem, nearest
from callbill.settings import field_names
from callbill.source import Source, parse
from callbill.staging import Layout
from callbill.values import (
    build,
)


@frozen
class Contract:
    """A contract that has no problem: its agreement, its sources, and where everything stands in the file."""

    source: Source
    settings: ContractSettings
    readers: Mapping[str, readers.Reader]
    layouts: Mapping[str, Layout]
    agreement: Agreement

    @property
    def name(self) -> str:
        return self.settings.contract

    def terms(self, issued: date) -> Terms:
        """The payment terms of an invoice issued on a day."""
        payment = self.settings.payment
        return Terms(issued, payment.due(issued), payment.words(), payment.purchase_order or "", payment.note or "")

    def number(self, period: Period) -> str:
        """The invoice number when nobody gives one."""
        return f"{self.settings.contract}-{period.name}"

    def located(self, invalid: Invalid) -> Invalid:
        """The same problems, each at its place in the file."""
        return Invalid(_placed(self.source, invalid.problems))


def load(data: bytes, name: str) -> Contract:
    """Read a contract. Raises `Invalid` with every problem, each at its place."""
    source = parse(data, name)
    try:
        return _checked(source)
    except Invalid as invalid:
        raise Invalid(_placed(source, invalid.problems)) from None


def _placed(source: Source, problems: tuple[Problem, ...]) -> list[Problem]:
    """Problems with their places, in the order of the file, each once; a missing value is told where it is missing."""
    empty = [one.path for one in problems if one.code == "CB234"]
    problems = tuple(
        one for one in problems if one.code != "CB203" or not any(path[: len(one.path)] == one.path for path in empty)
    )
    placed = [one if one.place else one.at(source.place(one.path, key=one.on_key)) for one in problems]
    unique = {(one.code, one.message, one.place): one for one in placed}
    return sorted(unique.values(), key=_order)


def _order(problem: Problem) -> tuple[str, int, int]:
    place = problem.place or Place("")
    return place.file, place.line, place.column


def _checked(source: Source) -> Contract:
    """Shape first; then each source and charge by its kind; then what only the whole can tell."""
    empties = list(_empties(source.value, ()))
    problems: list[Problem] = []
    settings, sources, charges, measured = _shapes(source.value, problems)
    problems = empties + [one for one in problems if not _under(one.path, empties)]
    sources = {name: one for name, one in sources.items() if not _over(("activity", name), empties)}
    charges = {path: one for path, one in charges.items() if not _over(path, empties)}
    measured = {name: one for name, one in measured.items() if not _over(("kpis", name), empties)}
    layouts = _layouts(sources, problems)
    problems += _twice(charges)
    if settings is None:
        raise Invalid(problems)
    problems += _phase_problems(settings, charges)
    charges = _dated(settings, charges)
    facts = _facts(settings, layouts, problems)
    problems += _wholes(settings, facts)
    limits = [name for name in ("minimum", "maximum") if getattr(settings, name) is not None]
    problems += vat.apart(facts, charges, settings.one_off, limits)
    broken = set(settings.activity) - set(layouts)
    raw = dict(listed_charges(source.value))
    for path, charge in charges.items():
        if not _speaks_of(raw[path], broken):
            problems += [problem.under(*path) for problem in charge.problems(facts)]
    problems += _kpi_problems(settings, measured, facts, broken)
    problems += _deal_problems(settings, measured, charges, facts)
    if problems:
        raise Invalid(problems)
    agreement = _agreement(settings, facts, charges, measured)
    return Contract(source, settings, sources, layouts, agreement)


def _speaks_of(raw: object, sources: set[str]) -> bool:
    """Whether a charge names a source whose own problems come first."""
    if isinstance(raw, Mapping):
        return any(_speaks_of(value, sources) for value in raw.values())
    if isinstance(raw, list):
        return any(_speaks_of(value, sources) for value in raw)
    return any(re.search(rf"(^|\s){re.escape(name)}(\.|$)", str(raw)) for name in sources)


def _empties(value: object, path: Path) -> Iterator[Problem]:
    """Keys without a value: what was meant is not guessed."""
    if value is None:
        yield Problem(
            "CB234",
            f"`{path[-1] if path else 'the file'}` has no value",
            "write a value, or take the key out",
            path,
            on_key=True,
        )
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _empties(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _empties(inner, (*path, n))


def _under(path: Path, empties: list[Problem]) -> bool:
    """Whether a path leads to a key without a value: that problem has been told."""
    return any(path[: len(one.path)] == one.path for one in empties)


def _over(path: Path, empties: list[Problem]) -> bool:
    """Whether a key without a value stands somewhere below a path."""
    return any(one.path[: len(path)] == path for one in empties)


def _shapes(
    raw: Mapping[str, Any], problems: list[Problem]
) -> tuple[ContractSettings | None, dict[str, readers.Reader], dict[Path, Charge], dict[str, Kpi]]:
    """Every group of settings read by itself, so that one problem does not hide another."""
    settings = None
    try:
        settings = build(ContractSettings, raw)
    except Invalid as invalid:
        problems += map(_at_the_top, invalid.problems)
    activity = raw.get("activity")
    sources: dict[str, readers.Reader] = {}
    for name, one in activity.items() if isinstance(activity, Mapping) else ():
        found = _kind(one, ("activity", name), "reader", readers.names(), readers.named, problems)
        if found is not None:
            sources[name] = found
    given = raw.get("kpis")
    measured: dict[str, Kpi] = {}
    for name, one in given.items() if isinstance(given, Mapping) else ():
        found = _kind(one, ("kpis", name), "kpi", kpis.names(), kpis.named, problems)
        if found is not None:
            measured[name] = found
    charges: dict[Path, Charge] = {}
    for path, one in listed_charges(raw):
        found = _kind(one, path, "model", models.names(), models.named, problems)
        if found is not None:
            charges[path] = found
    return settings, sources, charges, measured


def listed_charges(raw: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Every charge as it is written, at the top and in phases, with its way through the file."""
    phases = raw.get("phases")
    homes: list[tuple[Path, Any]] = [((), raw)]
    homes += [(("phases", n), one) for n, one in enumerate(phases if isinstance(phases, list) else ())]
    for path, home in homes:
        listed = home.get("charges") if isinstance(home, Mapping) else None
        for n, one in enumerate(listed if isinstance(listed, list) else ()):
            yield (*path, "charges", n), one


def _at_the_top(problem: Problem) -> Problem:
    """A setting of the whole contract that stands in a phase."""
    key = problem.path[-1] if problem.path else ""
    if problem.code != "CB201" or problem.path[:1] != ("phases",) or len(problem.path) != 3:
        return problem
    known = key in field_names(ContractSettings)
    return replace(problem, help=f"write `{key}` at the top: it is the whole contract's") if known else problem


def _kind(raw: object, path: Path, word: str, known: tuple[str, ...], named: Any, problems: list[Problem]) -> Any:
    """One member of a family by the word that names its kind; None when it has problems."""
    if not isinstance(raw, Mapping):
        remedy = f"write `{word}: …` and its settings below it, indented"
        problems.append(Problem("CB203", "a mapping is expected here", remedy, path))
        return None
    kind = raw.get(word)
    if word not in raw:
        remedy = f"write `{word}: …`; {nearest('', known)}"
        problems.append(Problem("CB202", f"`{word}` is missing", remedy, path, on_key=True))
        return None
    if kind not in known:
        problems.append(Problem("CB230", f"`{kind}` is not a {word}", nearest(str(kind), known), (*path, word)))
        return None
    try:
        return build(named(kind), raw, path)
    except Invalid as invalid:
        problems += invalid.problems
        return None


def _layouts(sources: Mapping[str, readers.Reader], problems: list[Problem]) -> dict[str, Layout]:
    """What each source's export looks like."""
    layouts = {}
    for name, reader in sources.items():
        found = [problem.under("activity", name) for problem in reader.problems()]
        problems += found
        if not found:
            try:
                layouts[name] = reader.layout()
            except Invalid as invalid:
                problems += [problem.under("activity", name) for problem in invalid.problems]
    return layouts


def _facts(settings: ContractSettings, layouts: Mapping[str, Layout], problems: list[Problem]) -> Facts:
    for name, clause in settings.indexation.items():
        problems += [problem.under("indexation", name) for problem in clause.problems(settings.indices)]
    return Facts(
        layouts=layouts,
        calendar=settings.calendar,
        timezone=settings.timezone,
        period_rule=settings.period,
        currency=settings.currency,
        decimals=CURRENCIES[settings.currency],
        vat=settings.vat.vat(),
        indices=settings.indices,
        indexations=settings.indexation,
    )


def _wholes(settings: ContractSettings, facts: Facts) -> Iterator[Problem]:
    """Problems of the top level."""
    yield from (problem.under("vat") for problem in settings.vat.problems())
    yield from facts.calendar.problems()
    for n, line in enumerate(settings.one_off):
        if line.vat is not None:
            yield from (problem.under("one_off", n, "vat") for problem in line.vat.problems())
    if settings.minimum and settings.maximum and settings.maximum.amount < settings.minimum.amount:
        yield Problem("CB240", "the maximum is below the minimum", "swap them", ("maximum", "amount"))
    if "phases" not in settings.model_fields_set and not settings.charges:
        if "charges" in settings.model_fields_set:
            yield Problem("CB219", "nothing is listed here", "write at least one charge", ("charges",))
        else:
            help_ = "write `charges: …`: what is billed, or `phases: …`"
            yield Problem("CB202", "`charges` is missing", help_, on_key=True)


def _kpi_problems(
    settings: ContractSettings, measured: Mapping[str, Kpi], facts: Facts, broken: set[str]
) -> Iterator[Problem]:
    """What is wrong with the KPIs; the sources' own problems come first."""
    known = kpis.Facts(facts.layouts, facts.bands)
    for name, kpi in measured.items():
        if not broken:
            yield from (problem.under("kpis", name) for problem in kpi.problems(known))
    for n, one in enumerate(settings.excused):
        yield from (problem.under("excused", n) for problem in one.problems())
        for m, name in enumerate(one.kpis):
            if name not in settings.kpis:
                help_ = nearest(name, settings.kpis) or "write it under `kpis` at the top"
                yield Problem("CB231", f"`{name}` is not a KPI of this contract", help_, ("excused", n, "kpis", m))


def _deal_problems(
    settings: ContractSettings, measured: Mapping[str, Kpi], charges: Mapping[Path, Charge], facts: Facts
) -> Iterator[Problem]:
    """What is wrong with bonus and malus, where the KPIs themselves are sound."""
    taken = {*(charge.id for charge in charges.values()), "invoice", "one_off", "bonus_malus"}
    for path, phase, life in settings.stretches:
        ids = {charge.id: charge for key, charge in charges.items() if key[: len(path)] == path}
        if set(measured) == set(settings.kpis) and len(ids) == len(phase.charges):
            yield from (problem.under(*path) for problem in deal_problems(phase, life, measured, ids, facts))
        named = [("bonus_malus", n, one.id) for n, one in enumerate(phase.bonus_malus)]
        named += [("adjustment_groups", n, one.id) for n, one in enumerate(phase.adjustment_groups)]
        for key, n, name in named:
            if name in taken:
                help_ = f"give each charge, clause and group its own id{_over_phases(path)}"
                yield Problem("CB232", f"`{name}` is taken", help_, (*path, key, n, "id"))
            taken.add(name)


def _twice(charges: Mapping[Path, Charge]) -> Iterator[Problem]:
    """Charges that share a name; names that callbill uses itself."""
    seen: set[str] = set()
    for path, charge in charges.items():
        if charge.id in ("invoice", "one_off", "bonus_malus"):
            message = f"callbill keeps the name `{charge.id}` for lines of its own"
            yield Problem("CB232", message, "give the charge another id", (*path, "id"))
        if charge.id in seen:
            help_ = f"give each its own id{_over_phases(path)}"
            yield Problem("CB232", f"`{charge.id}` names two charges", help_, (*path, "id"))
        seen.add(charge.id)


def _over_phases(path: Path) -> str:
    return ", over all phases" if path[:1] == ("phases",) else ""


def _phase_problems(settings: ContractSettings, charges: Mapping[Path, Charge]) -> Iterator[Problem]:
    """What is wrong with the phases themselves, and with dates that lie outside them."""
    if "phases" not in settings.model_fields_set:
        return
    for key in OWN:
        if key in settings.model_fields_set:
            message = f"with `phases`, each phase has its own `{key}`"
            yield Problem("CB248", message, "move it into the phase that it belongs to", (key,), on_key=True)
    found = list(phase_problems(settings.phases))
    yield from found
    if found:
        return
    for path, _, life in settings.stretches:
        for where, charge in charges.items():
            if where[: len(path)] == path:
                yield from (problem.under(*where) for problem in date_problems(charge, life, "charge"))
    whole = Life(settings.stretches[0][2].first, settings.stretches[-1][2].last)
    days: list[tuple[Path, date]] = [(("one_off", n, "date"), one.date) for n, one in enumerate(settings.one_off)]
    days += [(("credits", n, "date"), one.date) for n, one in enumerate(settings.credits)]
    yield from single_problems(days, whole, settings.period)


def _dated(settings: ContractSettings, charges: Mapping[Path, Charge]) -> dict[Path, Charge]:
    """The charges with the days of their phases."""
    lasting = {path: life for path, _, life in settings.stretches}
    return {path: within(charge, lasting.get(path[:-2], Life())) for path, charge in charges.items()}


def _agreement(
    settings: ContractSettings, facts: Facts, charges: Mapping[Path, Charge], measured: Mapping[str, Kpi]
) -> Agreement:
    excused = tuple(one.excused for one in settings.excused)
    phases = tuple(phases_of(settings.stretches, charges, Deal(measured, excused=excused)))
    deals = [phase.deal for phase in phases]
    deal = deals[0]
    if settings.phases:
        clauses = tuple(clause for one in deals for clause in one.clauses)
        groups = tuple(group for one in deals for group in one.groups)
        deal = replace(deal, clauses=clauses, groups=groups, cap=None)
    return Agreement(
        contract=settings.contract,
        title=settings.title,
        language=settings.language,
        seller=settings.seller.party(),
        buyer=settings.buyer.party(),
        facts=facts,
        charges=tuple(charges.values()),
        one_off=settings.one_off,
        minimum=settings.minimum.amount if settings.minimum else None,
        maximum=settings.maximum.amount if settings.maximum else None,
        credits=tuple((one.date, Credit(one.label, rounded(one.amount, facts.decimals))) for one in settings.credits),
        vat_per_line=settings.vat_rounding == "per_line",
        deal=deal,
        phases=phases if settings.phases else (),
    )

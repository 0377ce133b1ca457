"""What is wrong with the clauses of a bonus or malus beside the KPIs and charges of their contract."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from callbill.bonus_malus import ALL, Cap, Clause, Forecast, Gate, Group
from callbill.kpis import ELSEWHERE, Kpi
from callbill.levels import level_problems
from callbill.models import Facts
from callbill.problems import Invalid, Path, Problem, nearest
from callbill.scale import Scale
from callbill.steps import tiling
from callbill.terms import reference


def clause_problems(
    clause: Clause, kpis: Mapping[str, Kpi], charges: Mapping[str, object], facts: Facts
) -> Iterator[Problem]:
    """What is wrong with a clause beside the KPIs and charges of its contract."""
    yield from _kpi_problems(clause, kpis)
    yield from _basis_problems(clause, charges)
    yield from _time_problems(clause)
    yield from _limit_problems(clause, kpis, facts)
    if clause.indexation is not None and clause.indexation not in facts.indexations:
        help_ = nearest(clause.indexation, facts.indexations) or "write it under `indexation` at the top"
        yield Problem("CB231", f"`{clause.indexation}` is not a revision clause", help_, ("indexation",))
    if clause.vat is not None:
        yield from (problem.under("vat") for problem in clause.vat.problems())
    if clause.relief is not None:
        yield from _relief_problems(clause.relief, facts)


def _kpi_problems(clause: Clause, kpis: Mapping[str, Kpi]) -> Iterator[Problem]:
    if (clause.kpi is None) == (not clause.scorecard):
        yield Problem("CB248", "a clause has either a `kpi` or a `scorecard`", "write one of the two", on_key=True)
        return
    places: list[tuple[Path, str]] = [(("kpi",), clause.kpi)] if clause.kpi else []
    places += [(("scorecard", n, "kpi"), one.kpi) for n, one in enumerate(clause.scorecard)]
    places += [(("gates", n, "kpi"), one.kpi) for n, one in enumerate(clause.gates)]
    unknown = [(path, name) for path, name in places if name not in kpis]
    for path, name in unknown:
        help_ = nearest(name, kpis) or "write it under `kpis` at the top"
        yield Problem("CB231", f"`{name}` is not a KPI of this contract", help_, path)
    if unknown:
        return
    yield from _scale_problems(clause, kpis)
    for n, item in enumerate(clause.scorecard):
        kpi = kpis[item.kpi]
        yield from tiling(item.points, kpi.decimals, kpi.unit, ("scorecard", n, "points"))
        if kpi.is_split:
            yield Problem(
                "CB248",
                "a scorecard needs one value of each KPI",
                "measure it over the period",
                ("scorecard", n, "kpi"),
            )
    for n, gate in enumerate(clause.gates):
        yield from _gate_problems(gate, kpis[gate.kpi], clause, kpis, ("gates", n))


def _scale_problems(clause: Clause, kpis: Mapping[str, Kpi]) -> Iterator[Problem]:
    kpi = kpis[clause.kpi] if clause.kpi else None
    scale, unit = clause.as_scale, kpi.unit if kpi else "number"
    found = list(scale.problems(kpi.decimals if kpi else None, unit, ("scale",)))
    if not isinstance(clause.scale, Scale):
        found = [Problem(one.code, one.message, one.help, _short(one.path), on_key=one.on_key) for one in found]
    yield from found
    if clause.target is not None:
        yield from level_problems(clause.target, unit, ("target",))
    if scale.per_event is not None and kpi is None:
        yield Problem("CB248", "a scorecard has no events", "write `steps`", ("scale", "per_event"), on_key=True)
    if kpi is not None and kpi.is_split and scale.in_percent:
        message = "the KPI has a value for each day, week or interval: what is such a one's part of the basis?"
        help_ = "write amounts, or count the windows that reach a value: `met: {at_least: …}` in the KPI"
        yield Problem("CB249", message, help_, ("scale",), on_key=True)


def _short(path: Path) -> Path:
    """The way to a step of a list, which has no key `steps`."""
    return tuple(key for n, key in enumerate(path) if not (n == 1 and key == "steps"))


def _gate_problems(gate: Gate, kpi: Kpi, clause: Clause, kpis: Mapping[str, Kpi], path: Path) -> Iterator[Problem]:
    limits = [gate.below, gate.up_to, gate.at_least, gate.above]
    if bool(gate.steps) == any(limits):
        yield Problem("CB248", "a gate has limits, or `steps`", "write `at_least: …`, or factors for ranges", path)
    elif gate.steps and (gate.then is not None or gate.otherwise is not None):
        message = "`then` and `otherwise` go with limits, not with `steps`"
        yield Problem("CB248", message, "give each step its `factor`, and take them out", path)
    yield from gate.limit_problems(path)
    if gate.steps:
        yield from tiling(gate.steps, kpi.decimals, kpi.unit, (*path, "steps"))
    for key in ("below", "up_to", "at_least", "above"):
        level = getattr(gate, key)
        if level is not None:
            yield from level_problems(level, kpi.unit, (*path, key))
    own = kpis.get(clause.kpi or "")
    if kpi.is_split and (own is None or own.measured != kpi.measured):
        message = f"`{kpi.kpi}` has several values in a period, and the clause is not measured the same way"
        yield Problem("CB248", message, "measure both alike", (*path, "kpi"))


def _basis_problems(clause: Clause, charges: Mapping[str, object]) -> Iterator[Problem]:
    yield from _charge_problems(clause.basis or (), charges, ("basis",))
    scale = clause.as_scale
    per_billed = any(step.price is not None for step in scale.steps or ())
    caps = [one for one in (clause.caps.bonus, clause.caps.malus) if one] if clause.caps else []
    shares = scale.in_percent or any(one.in_percent for one in caps)
    money = clause.at_risk is not None and not clause.at_risk.in_percent
    if clause.basis is None and (per_billed or (shares and not money) or (clause.at_risk and not money)):
        what = "the quantity of what" if per_billed else "a percentage of what"
        yield Problem("CB249", f"{what}?", "write `basis: [calls]`, the charges' ids, or `basis: all`", on_key=True)
    if clause.at_risk is not None and not scale.in_percent:
        message = "nothing of the scale is a share of the amount at risk"
        yield Problem("CB248", message, "write percentages, or take `at_risk` out", ("at_risk",), on_key=True)


def _charge_problems(names: tuple[str, ...], charges: Mapping[str, object], path: Path) -> Iterator[Problem]:
    for n, name in enumerate(names):
        if name != ALL and name not in charges:
            help_ = nearest(name, [*charges, ALL])
            yield Problem("CB231", f"`{name}` is not a charge of this contract", help_, (*path, n))


def _time_problems(clause: Clause) -> Iterator[Problem]:
    if clause.from_ is not None and clause.until is not None and clause.until < clause.from_:
        yield Problem("CB240", f"`until` {clause.until} is before `from` {clause.from_}", "swap them", ("until",))
    if clause.looks_back and clause.from_ is None:
        message = "the clause looks back to earlier periods: since when is it in force?"
        yield Problem("CB249", message, "write `from: 2026-01-01`, the first day it counts", on_key=True)
    if clause.applied == "next_invoice" and clause.basis_of is None and clause.as_scale.in_percent:
        message = "a percentage of which lines: those of the period it was measured in, or those of the next invoice?"
        yield Problem("CB249", message, "write `basis_of: measured_period` or `basis_of: invoice`", on_key=True)
    if clause.basis_of is not None and clause.applied != "next_invoice":
        yield Problem(
            "CB248", "`basis_of` goes with `applied: next_invoice`", "take it out", ("basis_of",), on_key=True
        )


def _limit_problems(clause: Clause, kpis: Mapping[str, Kpi], facts: Facts) -> Iterator[Problem]:
    kpi = kpis.get(clause.kpi or "")
    known = ["denominator", *(kpi.COUNTS if kpi is not None and kpi.source != ELSEWHERE else ())]
    for name, limits in clause.when.items():
        if name not in known:
            yield Problem(
                "CB231", f"`{name}` is not a count of the KPI", nearest(name, known), ("when", name), on_key=True
            )
        elif kpi is not None and name != "denominator":
            yield from _uncounted(kpi, name, facts)
        if limits.not_ is not None or limits.filled is not None:
            yield Problem("CB203", "a number is expected here", "write `{at_least: 500}`", ("when", name))
    yield from cap_problems(clause.caps, ("cap",))
    if clause.repeated is not None and len(clause.repeated.caps) not in (0, len(clause.repeated.factors)):
        message = f"{len(clause.repeated.factors)} factors and {len(clause.repeated.caps)} caps"
        yield Problem("CB248", message, "write a cap for each factor, or none", ("repeated", "caps"))
    if clause.earn_back is not None and (kpi is None or kpi.measured != "period"):
        message = "earning back needs one KPI that is measured over the period"
        yield Problem("CB248", message, "take `earn_back` out, or measure the period", ("earn_back",), on_key=True)
    if clause.earn_back is not None and kpi is not None:
        yield from level_problems(clause.earn_back.target, kpi.unit, ("earn_back", "target"))


def _uncounted(kpi: Kpi, name: str, facts: Facts) -> Iterator[Problem]:
    """A count that is asked for and that the KPI's source does not have; unfit conditions are told at the KPI."""
    source = kpi.source_in(facts.layouts) or ""
    with suppress(Invalid):
        if source in facts.layouts and kpi.tally(name, source, facts.layouts) is None:
            help_ = "say what it is under `counts` of the KPI, or ask for another count"
            yield Problem("CB262", f"`{source}` has no count `{name}`", help_, ("when", name), on_key=True)


def _relief_problems(relief: Forecast, facts: Facts) -> Iterator[Problem]:
    wanted = reference(relief.count)
    layout = facts.layouts.get(wanted.source)
    if layout is None:
        help_ = nearest(wanted.source, facts.layouts)
        yield Problem("CB231", f"`{wanted.source}` is not a source of this contract", help_, ("relief", "count"))
    else:
        known = ("all", *layout.states) if layout.record == "contact" else layout.numbers
        if wanted.name not in known:
            help_ = nearest(wanted.name, known)
            yield Problem("CB231", f"`{wanted.name}` is not a count of `{wanted.source}`", help_, ("relief", "count"))
    if relief.above is None and relief.below is None:
        yield Problem("CB202", "`above` is missing", "write `above: 10 %`, `below: 10 %`, or both", ("relief",))


def cap_problems(cap: Cap | None, path: Path) -> Iterator[Problem]:
    """A cap with a sign: it bounds a size."""
    for worth in (cap.bonus, cap.malus) if cap else ():
        if worth is not None and worth.value < 0:
            yield Problem("CB216", "a cap has no sign", f"write `{worth.written.lstrip('-')}`", path)
            return


def group_problems(group: Group, clauses: Mapping[str, Clause], charges: Mapping[str, object]) -> Iterator[Problem]:
    """What is wrong with a group beside the clauses and charges of its contract."""
    for n, name in enumerate(group.clauses):
        if name not in clauses:
            yield Problem("CB231", f"`{name}` is not a clause of `bonus_malus`", nearest(name, clauses), ("clauses", n))
    yield from _charge_problems(group.of or (), charges, ("of",))
    yield from cap_problems(group.caps, ("cap",))
    caps = [one for one in (group.caps.bonus, group.caps.malus) if one] if group.caps else []
    if group.of is None and any(one.in_percent for one in caps):
        yield Problem(
            "CB249", "a percentage of what?", "write `of: [calls]`, the charges' ids, or `of: all`", on_key=True
        )
    if group.cap is None and group.pays == "all":
        yield Problem("CB202", "`cap` is missing", "write `cap: 10 %`, or `pays: largest`", on_key=True)

"""What a comparison divides by: answered contacts, their handling time, what was resolved, the hours of agents."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from callbill import kpis
from callbill.api import Read
from callbill.contract import Contract
from callbill.frozen import frozen
from callbill.kpis import ELSEWHERE, Kpi
from callbill.looks import Looks
from callbill.money import MICRO
from callbill.settings import build
from callbill.staffing import Hours, States, part_tally, states_of, whole_tally
from callbill.tallies import Tally

NOTHING = Hours(Fraction(0), Fraction(0), Fraction(0))


@frozen
class Month:
    """What one month held: contacts, seconds; None where no source tells."""

    answered: Fraction | None = None
    handled: Fraction | None = None
    resolved: Fraction | None = None
    hours: Hours | None = None


@frozen
class Volumes:
    """What every month held, and the source that the hours of agents come from."""

    months: tuple[Month, ...]
    states: States | None = None

    def total(self, name: str) -> Fraction | None:
        """The sum of all months; None where one of them is not known."""
        found: list[Fraction | None] = [getattr(one, name) for one in self.months]
        known = [one for one in found if one is not None]
        return sum(known, Fraction(0)) if known and len(known) == len(found) else None

    @property
    def hours(self) -> Hours:
        """Agents' time over all months."""
        known = [one.hours for one in self.months if one.hours is not None]
        work, waiting, whole = (
            sum((getattr(one, name) for one in known), Fraction(0)) for name in ("work", "waiting", "whole")
        )
        return Hours(work, waiting, whole)


@frozen
class _Asked:
    """The tallies of one measure, in the words of one contract, by its place."""

    case: int
    tallies: tuple[Tally, ...] = ()


def fields(contract: Contract) -> dict[str, frozenset[str]]:
    """The fields of a contract's sources that the volumes look at."""
    found: dict[str, frozenset[str]] = {}
    tallies = [tally for tell in _MEASURES.values() for asked in tell(contract) for tally in asked]
    for states in states_of(contract):
        layout = contract.layouts[states.source]
        names = (*states.work, *states.waiting)
        tallies += [whole_tally(states, layout), *([part_tally(states, names)] if names else [])]
        tallies += [Tally(states.source, parts=((1, name),)) for name in ("duration",) if name in layout.durations]
    for tally in tallies:
        found[tally.source] = found.get(tally.source, frozenset()) | tally.fields
    return found


def volumes_of(looks: Looks) -> Volumes:
    """The volumes of the months of a comparison, each measure from the contract that can tell most of it.

    A source that no record came for tells nothing: neither that there were no contacts, nor that nobody worked.
    """
    reads = looks.reads
    asked = {name: one for name, tell in _MEASURES.items() if (one := _most(reads, tell)) is not None}
    clocked = [
        (case, one) for case, read in enumerate(reads) for one in states_of(read.contract)
        if read.sources[one.source].read
    ]  # fmt: skip
    states = clocked[0][1] if clocked else None
    if states is not None:
        asked |= _hours(clocked[0][0], reads[clocked[0][0]].contract, states)
    # all of them, so that each source is looked at once
    together: dict[tuple[int, str], list[Tally]] = {}
    for one in asked.values():
        together.setdefault((one.case, one.tallies[0].source), []).extend(one.tallies)
    for (case, source), tallies in together.items():
        looks.tallied(case, source, tallies)
    months: list[dict[str, Fraction]] = [{} for _ in looks.periods]
    for name, one in asked.items():
        for month, number in zip(months, _totals(one, looks), strict=True):
            month[name] = number
    return Volumes(tuple(_month(one) for one in months), states)


def _month(found: Mapping[str, Fraction]) -> Month:
    hours = None
    if "whole" in found:
        hours = Hours(found.get("work", Fraction(0)), found.get("waiting", Fraction(0)), found["whole"])
    return Month(found.get("answered"), found.get("handled"), found.get("resolved"), hours)


def _hours(case: int, contract: Contract, states: States) -> dict[str, _Asked]:
    """The time of agents: all of it, their work, their waiting."""
    found = {"whole": _Asked(case, (whole_tally(states, contract.layouts[states.source]),))}
    for name, names in (("work", states.work), ("waiting", states.waiting)):
        if names:
            found[name] = _Asked(case, (part_tally(states, names),))
    return found


def _most(reads: Sequence[Read], tell: "_Tell") -> _Asked | None:
    """The contract and the source with records that know most of a measure, the first of those."""
    asked = [
        _Asked(case, tallies) for case, read in enumerate(reads) for tallies in tell(read.contract)
        if read.sources[tallies[0].source].read
    ]  # fmt: skip
    return max(asked, key=lambda one: len(one.tallies), default=None)


def _totals(asked: _Asked, looks: Looks) -> list[Fraction]:
    """What some tallies of one source count together, period by period."""
    rows = looks.tallied(asked.case, asked.tallies[0].source, asked.tallies)
    spans = [range(one.first.toordinal(), one.end.toordinal()) for one in looks.periods]
    return [Fraction(sum(sum(row.sums) for row in rows if row.day in days), MICRO) for days in spans]


# ------------------------------------------------------------------------------------------------ the measures


def _kpis(contract: Contract, kind: str) -> Iterator[tuple[Kpi, str]]:
    """The contract's KPI of a kind, then the plain one of each source; with the source that it is measured from."""
    layouts = contract.layouts
    for kpi in contract.agreement.deal.kpis.values():
        source = kpi.source_in(layouts)
        if kpi.kpi == kind and kpi.source != ELSEWHERE and source is not None and not kpi.where and not kpi.bands:
            yield kpi, source
    for source in layouts:
        yield build(kpis.named(kind), {"kpi": kind, "source": source}), source


def _of(contract: Contract, kind: str, names: Sequence[str]) -> Iterator[tuple[Tally, ...]]:
    """The counts of each KPI of a kind that has the first of them."""
    for kpi, source in _kpis(contract, kind):
        found = [kpi.tally(name, source, contract.layouts) for name in names]
        known = tuple(one for one in found if one is not None)
        if found[0] is not None:
            yield known


def _answered(contract: Contract) -> Iterator[tuple[Tally, ...]]:
    return _of(contract, "answer_rate", ["answered"])


def _handled(contract: Contract) -> Iterator[tuple[Tally, ...]]:
    """What talk, hold and wrap-up there is; without talk, the rest is not the handling."""
    return _of(contract, "handling_time", ["talk", "hold", "wrap"])


def _resolved(contract: Contract) -> Iterator[tuple[Tally, ...]]:
    """What the contract's own first-contact resolution has above the line."""
    for kpi in contract.agreement.deal.kpis.values():
        if kpi.kpi == "first_contact_resolution" and kpi.source != ELSEWHERE and not kpi.where:
            source = kpi.source_in(contract.layouts) or ""
            tally = kpi.tally(kpi.chosen.quotient.above, source, contract.layouts)
            if tally is not None:
                yield (tally,)


_Tell = Callable[[Contract], Iterator[tuple[Tally, ...]]]
_MEASURES: Mapping[str, _Tell] = {"answered": _answered, "handled": _handled, "resolved": _resolved}

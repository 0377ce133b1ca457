"""What more contacts, longer calls and idle time do to the hours of agents: who works, who waits, what stays.

Two ways of staffing: it `follows` the work (the occupancy stays as it was), or it is `fixed` (waiting takes what is
left, and never less than nothing). Handling time is what agents do with a contact: talk, hold, wrap-up. Where a
source tells no state of handling from one of waiting, its hours move as a whole.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Literal, TypeAlias

from callbill.contract import Contract
from callbill.frozen import frozen, remembering
from callbill.kpis import ELSEWHERE, Kpi
from callbill.sql import column, quoted
from callbill.staging import Condition, Layout
from callbill.tallies import Tally
from callbill.terms import measure

Staffing: TypeAlias = Literal["fixed", "follows"]
ONE = Fraction(1)
NARROW = 1_000_000
"""A numerator up to which the microseconds of three months, times it, stay in 64 bits."""
DAY = 86_400_000_000
"""Microseconds of a day of UTC, by which an agent's days are told apart here."""
HANDLING = frozenset((
    "talk", "hold", "wrap", "handling", "handle", "handled", "on_call", "in_call", "online", "busy", "acw",
    "after_call", "talking", "wrap_up", "dialling",
    "conversation", "communication", "en_communication", "en_ligne", "en_appel", "mise_en_attente", "garde",
    "post_appel", "traitement",
))  # fmt: skip
"""Durations and states of agents that are work with contacts, by the words that contracts use."""
WAITING = frozenset(("available", "ready", "idle", "waiting", "disponible", "libre", "pret", "prete"))
"""States of agents who could take a contact."""
TOLD = HANDLING | {"wait", "ring", "ivr", "attente", "sonnerie", "svi"}
"""Durations of contacts of which it is known whether they are handling."""
WHOLE = ("logged_in", "connected", "staffed", "paid")
"""Durations that are the whole of an agent's time, the first that a source has."""


@remembering
@frozen
class Lever:
    """What is otherwise than it was: factors of contacts and of handling time; an occupancy to be reached, 0 to 1."""

    volume: Fraction = ONE
    handling: Fraction = ONE
    occupancy: Fraction | None = None


@frozen
class States:
    """The durations of one source of agents' time: work with contacts, waiting for them, the whole where it has one."""

    source: str
    work: tuple[str, ...]
    waiting: tuple[str, ...]
    whole: str | None

    @property
    def apart(self) -> bool:
        """Whether work and waiting are told apart."""
        return bool(self.work and self.waiting)


@frozen
class Hours:
    """Seconds of one source of agents' time over all months."""

    work: Fraction
    waiting: Fraction
    whole: Fraction

    @property
    def other(self) -> Fraction:
        return self.whole - self.work - self.waiting


def states_of(contract: Contract) -> Iterator[States]:
    """What each source of agents' states tells apart: as the contract's occupancy says, or by the states' names."""
    for name, layout in contract.layouts.items():
        if layout.record == "agent_state":
            known = tuple(layout.agent_states) or layout.durations
            said = list(_said(contract.agreement.deal.kpis, name, "handling"))
            work = tuple(one for one in known if one in (said or HANDLING))
            waits = list(_said(contract.agreement.deal.kpis, name, "available"))
            waiting = tuple(one for one in known if one in (waits or WAITING) and one not in work)
            yield States(name, work, waiting, next((one for one in WHOLE if one in known), None))


def _said(kpis: Mapping[str, Kpi], source: str, count: str) -> Iterator[str]:
    """The states that a KPI of occupancy counts as handling, or as available."""
    for kpi in kpis.values():
        if kpi.kpi != "occupancy" or kpi.source == ELSEWHERE:
            continue
        rule = kpi.counts.get(count, count)
        if isinstance(rule, str) and "." in rule:
            wanted = measure(rule)
            yield from (name for _, name in wanted.parts if wanted.source == source)
        elif isinstance(rule, str) and kpi.source in (source, None):
            yield rule


def whole_tally(states: States, layout: Layout) -> Tally:
    """All of the time of a source that is paid for, each record once."""
    if states.whole is not None:
        return Tally(states.source, parts=((1, states.whole),))
    if layout.agent_states:
        words = tuple(dict.fromkeys(word for one in layout.agent_states.values() for word in one))
        return Tally(states.source, (Condition("state", one_of=words),), ((1, "duration"),))
    return Tally(states.source, parts=tuple((1, name) for name in layout.durations))


def part_tally(states: States, names: tuple[str, ...]) -> Tally:
    """The time of some states."""
    return Tally(states.source, parts=tuple((1, name) for name in names))


@frozen
class Moves:
    """By how much a source's work, waiting and everything else change.

    `kept`: the hours of each agent's day stay, and waiting is what work leaves of them; `waiting` says nothing then.
    """

    work: Fraction
    waiting: Fraction
    other: Fraction
    kept: bool = False

    @property
    def alike(self) -> bool:
        return self.work == self.waiting == self.other

    def whole(self, hours: Hours) -> Fraction:
        """All of the time after it has changed."""
        if self.kept:
            return hours.whole
        if self.alike:
            return hours.whole * self.work
        return hours.work * self.work + hours.waiting * self.waiting + hours.other * self.other


def moves(lever: Lever, staffing: Staffing, states: States, hours: Hours, handled: Fraction) -> Moves:
    """What a lever does to the time of a source; `handled` are the seconds that contacts took."""
    load = lever.volume * lever.handling
    if not states.apart or not hours.work or not hours.waiting:
        whole = load if staffing == "follows" else ONE
        if lever.occupancy is not None and hours.whole:
            whole = load * handled / hours.whole / lever.occupancy
        return Moves(whole, whole, whole)
    if lever.occupancy is not None:
        waiting = hours.work * load * (1 / lever.occupancy - 1)
        other = (hours.work * load + waiting) / (hours.work + hours.waiting)
        return Moves(load, waiting / hours.waiting, other)
    if staffing == "follows":
        return Moves(load, load, load)
    return Moves(load, ONE, ONE, kept=load != 1)


def occupancy(states: States, hours: Hours, handled: Fraction) -> Fraction | None:
    """Work out of work and waiting; contacts' handling out of the whole where states do not tell."""
    if states.apart and hours.work + hours.waiting:
        return hours.work / (hours.work + hours.waiting)
    return handled / hours.whole if hours.whole else None


def handling_times(layout: Layout, columns: frozenset[str]) -> frozenset[str]:
    """The columns of a source that hold times of handling, and no sum with others."""
    mine = (column(name) for name in layout.durations if name in HANDLING - set(layout.sums))
    return frozenset(name for name in mine if name in columns)


def handling_columns(layout: Layout, columns: frozenset[str], factor: Fraction) -> dict[str, str]:
    """What becomes of the columns of a source whose handling is some factor as long: of each, the text of a query."""
    mine = handling_times(layout, columns)
    scaled = {name: _times(name, factor) for name in mine}
    for name, parts in layout.sums.items():
        if mine and column(name) in columns:
            shown = [f"{'+' if sign > 0 else '-'} {scaled.get(column(one), column(one))}" for sign, one in parts]
            scaled[column(name)] = f"(0 {' '.join(shown)})"
    return scaled


def handling_view(layout: Layout, relation: str, columns: frozenset[str], factor: Fraction) -> str | None:
    """The records of a source with longer handling, as a query; None where it has no time of handling."""
    scaled = handling_columns(layout, columns, factor)
    return _replaced(relation, scaled) if scaled else None


def agents_view(states: States, layout: Layout, relation: str, columns: frozenset[str], given: Moves) -> str:
    """Agents' time with other work and other waiting, as a query."""
    names = [name for name in layout.durations if column(name) in columns]
    if layout.agent_states and column("state") in columns:
        worked, waited = (_words(layout, one) for one in (states.work, states.waiting))
        if given.kept:
            day = f"PARTITION BY {column('agent')}, x_start // {DAY}"
            sums = [
                f"SUM(CASE WHEN {_is(words)} THEN {column('duration')} ELSE 0 END) OVER ({day})"
                for words in (worked, waited)
            ]
            relation = f"(SELECT *, {sums[0]} AS worked, {sums[1]} AS waited FROM {relation})"
        work, waiting = _factors(given, "worked", "waited")
        cases = [(words, one) for words, one in ((worked, work), (waited, waiting)) if words]
        moved = {column(name): _by_state(column(name), cases, given.other) for name in names}
        return _replaced(relation, moved, given)
    sums = [" + ".join(column(one) for one in parts if one in names) or "0" for parts in (states.work, states.waiting)]
    relation = f"(SELECT *, {sums[0]} AS worked, {sums[1]} AS waited FROM {relation})" if given.kept else relation
    work, waiting = _factors(given, "worked", "waited")
    scaled = {name: _times(column(name), given.other) for name in names}
    scaled |= {name: work.format(column(name)) for name in states.work if name in names}
    scaled |= {name: waiting.format(column(name)) for name in states.waiting if name in names}
    if states.whole in names:
        parts = [f"({scaled[one]} - {column(one)})" for one in (*states.work, *states.waiting) if one in names]
        scaled[states.whole] = " + ".join([column(states.whole), *parts])
    return _replaced(relation, {column(name): text for name, text in scaled.items()}, given)


def _factors(given: Moves, worked: str, waited: str) -> tuple[str, str]:
    """What becomes of a time of work and of one of waiting, as patterns."""
    if not given.kept:
        return _times("{}", given.work), _times("{}", given.waiting)
    most = f"LEAST({_times(worked, given.work)}, {worked} + {waited})"
    now = f"(CASE WHEN {waited} = 0 THEN {worked} ELSE {most} END)"
    work = f"CAST(CAST({{}} AS HUGEINT) * {now} // GREATEST({worked}, 1) AS BIGINT)"
    waiting = f"CAST(CAST({{}} AS HUGEINT) * ({worked} + {waited} - {now}) // GREATEST({waited}, 1) AS BIGINT)"
    return work, waiting


def _words(layout: Layout, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for name in names for word in layout.agent_states[name]))


def _is(words: tuple[str, ...]) -> str:
    return f"{column('state')} IN ({', '.join(quoted(word) for word in words)})" if words else "1 = 0"


def _by_state(value: str, cases: list[tuple[tuple[str, ...], str]], other: Fraction) -> str:
    tests = "".join(f" WHEN {_is(words)} THEN {pattern.format(value)}" for words, pattern in cases)
    return f"(CASE{tests} ELSE {_times(value, other)} END)"


def _times(value: str, factor: Fraction) -> str:
    """A whole number of microseconds times a fraction, down to the next whole one."""
    if factor == 1:
        return value
    if factor.numerator <= NARROW:
        return f"({value} * {factor.numerator} // {factor.denominator})"
    return f"CAST(CAST({value} AS HUGEINT) * {factor.numerator} // {factor.denominator} AS BIGINT)"


def _replaced(relation: str, columns: Mapping[str, str], given: Moves | None = None) -> str:
    shown = ", ".join(f"{text} AS {name}" for name, text in columns.items())
    everything = "* EXCLUDE (worked, waited)" if given is not None and given.kept else "*"
    return f"SELECT {everything} REPLACE ({shown}) FROM {relation}" if shown else f"SELECT {everything} FROM {relation}"

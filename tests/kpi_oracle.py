"""A second count of KPIs, slow and plain: record by record, over the plain reading of exports that `oracle` has.

It is written from the manual's words on each KPI and from the formulas of the trade, not from the fast path. It takes
the contract as plain text values and gives numerator, denominator, value and rounded value of every KPI that has one
value a period. KPI files, charges and clauses are not its business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import oracle
from oracle import MICRO, Record, Week, many, measured, meets, micros, months_on, period_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FORMULAS: dict[str, dict[str, tuple[str, str]]] = {
    "service_level": {
        "of_answered": ("answered_within", "answered"),
        "of_all": ("answered_within", "answered abandoned"),
        "abandoned_within_count": ("answered_within abandoned_within", "answered abandoned"),
        "without_abandoned_within": ("answered_within", "answered abandoned -abandoned_within"),
        "short_abandoned_count": ("answered_within short_abandoned", "answered abandoned"),
        "without_short_abandoned": ("answered_within", "answered abandoned -short_abandoned"),
        "not_late": ("offered -answered_after -abandoned_after", "offered -short_abandoned"),
    },
    "answer_rate": {
        "of_offered": ("answered", "offered"),
        "of_answered_and_abandoned": ("answered", "answered abandoned"),
        "without_short_abandoned": ("answered", "offered -short_abandoned"),
        "without_redirected": ("answered", "offered -redirected"),
    },
    "abandonment": {
        "of_offered": ("abandoned", "offered"),
        "without_short": ("abandoned -short_abandoned", "offered -short_abandoned"),
        "without_short_above": ("abandoned -short_abandoned", "offered"),
        "of_answered_and_abandoned": ("abandoned", "answered abandoned"),
        "of_queued": ("abandoned", "queued"),
        "late": ("late_abandoned", "offered"),
    },
    "speed_of_answer": {
        "of_answered": ("wait_answered", "answered"),
        "of_offered": ("wait_answered", "offered"),
        "of_all": ("wait_answered wait_abandoned", "answered abandoned"),
    },
    "handling_time": {
        "talk_hold_wrap": ("talk hold wrap", "handled"),
        "talk_wrap": ("talk wrap", "handled"),
        "with_dialling": ("dialling talk hold wrap", "handled"),
        "without_transferred": ("talk hold wrap", "handled -transferred"),
    },
    "talk_time": {"talk": ("talk", "handled"), "talk_hold": ("talk hold", "handled")},
    "first_contact_resolution": {
        "resolved": ("resolved", "answered"),
        "not_repeated": ("not_repeated", "contacts"),
        "single": ("single", "contacts"),
        "problems": ("problems", "contacts"),
    },
    "repeat_rate": {"repeated": ("repeated", "contacts"), "followed": ("followed", "contacts")},
    "transfer_rate": {"of_answered": ("transferred", "answered"), "of_offered": ("transferred", "offered")},
    "conversion": {"of_answered": ("sales", "answered"), "of_argued": ("sales", "argued")},
    "revenue_per_contact": {"of_answered": ("revenue", "answered"), "of_offered": ("revenue", "offered")},
    "csat": {"positive": ("positive", "responses")},
    "nps": {"net": ("promoters -detractors", "responses")},
    "count": {"count": ("count", "")},
    "occupancy": {
        "of_logged_in": ("handling", "logged_in"),
        "of_handling_and_available": ("handling", "handling available"),
    },
    "utilisation": {"of_paid": ("handling available", "paid"), "handling_of_paid": ("handling", "paid")},
    "acts_per_hour": {"of_hours": ("acts", "hours"), "net_of_idle": ("acts", "hours -idle")},
}
"""What the trade divides by what: counts that are added, or taken off behind a `-`."""

SECONDS = ("speed_of_answer", "handling_time", "talk_time")
PLAIN = (*SECONDS, "revenue_per_contact", "acts_per_hour", "count")
"""Kinds that are no percentages."""
WAITED = {
    "answered_within": ("answered", lambda wait, kpi: wait <= micros(kpi["within"])),
    "abandoned_within": ("abandoned", lambda wait, kpi: wait <= micros(kpi["within"])),
    "answered_after": ("answered", lambda wait, kpi: wait > micros(kpi["within"])),
    "short_abandoned": ("abandoned", lambda wait, kpi: wait < micros(kpi["short_abandon"])),
    "abandoned_after": ("abandoned", lambda wait, kpi: wait >= micros(kpi["short_abandon"])),
    "late_abandoned": ("abandoned", lambda wait, kpi: wait > micros(kpi["late_abandon"])),
}
"""Counts of contacts of a state whose wait keeps a limit; an empty wait keeps none."""
COMING_BACK = {
    "contacts": lambda before, after: True,
    "not_repeated": lambda before, after: not after,
    "single": lambda before, after: not before and not after,
    "problems": lambda before, after: not before,
    "repeated": lambda before, after: before,
    "followed": lambda before, after: after,
}
"""Counts of contacts of known customers, by whether there is another contact before and after."""


@dataclass(frozen=True)
class Value:
    """What one KPI came to."""

    numerator: Fraction
    denominator: Fraction | None
    value: Fraction | None
    rounded: Fraction | None


@dataclass(frozen=True)
class Seen:
    """What one record adds to one count."""

    at: int
    day: date
    amount: Fraction


class Export(oracle.Export):
    """An export in which the cell of a column that is picked where it is filled may be empty."""

    def _cell(self, name: str, column: Any, cells: Mapping[str, str]) -> Any:
        if not isinstance(column, dict) or "pick" not in column:
            return super()._cell(name, column, cells)
        picked = column["pick"][0]["column"]
        return super()._cell(name, {**column, "column": picked}, cells) if cells[picked] else None


class Kpis:
    """The KPIs of one period of a contract over the texts of its exports."""

    def __init__(self, contract: Mapping[str, Any], texts: Mapping[str, Sequence[str]], period: str) -> None:
        self.contract = contract
        self.week = Week(contract)
        self.first, self.end = period_days(contract["period"], period)
        self.exports = {name: Export(one, texts.get(name, [])) for name, one in contract["activity"].items()}

    def values(self) -> dict[str, Value]:
        return {name: Kpi(self, name, settings).value() for name, settings in self.contract["kpis"].items()}


class Kpi:
    """One KPI: what its counts are, and what they give in its window."""

    def __init__(self, kpis: Kpis, name: str, settings: Mapping[str, Any]) -> None:
        self.kpis, self.name, self.settings, self.kind = kpis, name, settings, settings["kpi"]
        self.source: str = settings.get("source") or next(iter(kpis.exports))
        self.export = kpis.exports[self.source]
        self.rules: Mapping[str, Any] = settings.get("counts", {})
        variants = FORMULAS[self.kind]
        formula = settings.get("formula", next(iter(variants)))
        self.above, self.below = variants[formula] if formula in variants else _written(formula)
        self.excused = {day for one in kpis.contract.get("excused", []) for day in self._excused(one)}
        self.seen = {name: self._counted(name) for name in _names(self.above) | _names(self.below)}

    # ------------------------------------------------------------------------------------------------- values

    def value(self) -> Value:
        """The period's value: of all its days together, or the share of windows that reach what they must."""
        if "met" in self.settings:
            found = [self._ratio(window) for window in self._windows()]
            told = [self._rounded(value) for _, _, value in found if value is not None]
            reached = sum(self._is_met(value) for value in told)
            share = Fraction(100 * reached, len(told)) if told else None
            return Value(Fraction(reached), Fraction(len(told)), share, self._rounded(share))
        first, end = self._together()
        above, below, value = self._ratio({name: self._between(seen, first, end) for name, seen in self.seen.items()})
        return Value(above, below, value, self._rounded(value))

    def days(self) -> dict[date, Value]:
        """The value of each day by itself."""
        found = {}
        for first, window in self._by(lambda one: one.day, self.kpis.first, self.kpis.end).items():
            above, below, value = self._ratio(window)
            found[first] = Value(above, below, value, self._rounded(value))
        return found

    def _ratio(self, window: Mapping[str, list[Seen]]) -> tuple[Fraction, Fraction | None, Fraction | None]:
        sums = {name: sum((one.amount for one in seen), Fraction(0)) for name, seen in window.items()}
        above = _total(self.above, sums)
        if not self.below:
            return above, None, above
        below = _total(self.below, sums)
        below = below / 3600 if self.kind == "acts_per_hour" else below
        return above, below, None if below == 0 else (1 if self.kind in PLAIN else 100) * above / below

    def _rounded(self, value: Fraction | None) -> Fraction | None:
        """To some decimals: the nearest with halves away from zero, away from zero, or towards it."""
        if value is None or "decimals" not in self.settings:
            return value
        size = 10 ** int(self.settings["decimals"])
        low = abs(value) * size // 1
        rest = abs(value) * size - low
        way = self.settings.get("rounding", "half_up")
        low += 1 if (way == "up" and rest > 0) or (way == "half_up" and rest >= Fraction(1, 2)) else 0
        return Fraction(low, size) * (1 if value >= 0 else -1)

    def _is_met(self, value: Fraction | None) -> bool:
        assert value is not None
        met = self.settings["met"]
        return value >= _level(met["at_least"]) if "at_least" in met else value <= _level(met["at_most"])

    # ------------------------------------------------------------------------------------------------ windows

    def _together(self) -> tuple[date, date]:
        """The first day and the day behind the last one of what is summed."""
        window, first, end = self.settings.get("measured", "period"), self.kpis.first, self.kpis.end
        if isinstance(window, dict):
            return months_on(first, 1 - int(window["periods"])), end
        return months_on(end, {"period": -1, "quarter": -3, "year": -12}[window]) if window != "period" else first, end

    def _windows(self) -> list[dict[str, list[Seen]]]:
        """Each day, ISO week or interval of the period by itself; a week is of the period that it ends in."""
        window, first, end = self.settings["measured"], self.kpis.first, self.kpis.end
        if window == "day":
            return [*self._by(lambda one: one.day, first, end).values()]
        if window == "week":
            begin = first - timedelta(days=first.weekday())
            last = end - timedelta(days=end.weekday())
            return [*self._by(lambda one: one.day.isocalendar()[:2], begin, last).values()]
        step = micros(window["interval"])
        return [*self._by(lambda one: one.at // step, first, end).values()]

    def _by(self, key: Any, first: date, end: date) -> dict[Any, dict[str, list[Seen]]]:
        found: dict[Any, dict[str, list[Seen]]] = {}
        for name, seen in self.seen.items():
            for one in self._between(seen, first, end):
                found.setdefault(key(one), {each: [] for each in self.seen})[name].append(one)
        return found

    @staticmethod
    def _between(seen: Iterable[Seen], first: date, end: date) -> list[Seen]:
        return [one for one in seen if first <= one.day < end]

    def _excused(self, days: Mapping[str, Any]) -> Iterator[date]:
        if "kpis" in days and self.name not in many(days["kpis"]):
            return
        first, last = (date.fromisoformat(days["date"] if "date" in days else days[end]) for end in ("from", "until"))
        yield from (first + timedelta(days=n) for n in range((last - first).days + 1))

    # ------------------------------------------------------------------------------------------------- counts

    def _counted(self, name: str) -> list[Seen]:
        """What every record adds to a count, without those of excused days and of other bands."""
        wanted = many(self.settings.get("bands", []))
        found = []
        for record, amount in self._amounts(name):
            day = self.kpis.week.day(record.start)
            band = self.kpis.week.cell(record.start)[0]
            inside = not wanted or (band >= 0 and self.kpis.week.bands[band]["name"] in wanted)
            if inside and day not in self.excused:
                found.append(Seen(record.start, day, amount))
        return found

    def _amounts(self, name: str) -> Iterator[tuple[Record, Fraction]]:
        """Every record that the KPI looks at with what it adds, which may be nothing."""
        rule = self.rules.get(name, name)
        source, parts = measured(rule) if isinstance(rule, str) and "." in rule else (self.source, [])
        where = self.settings.get("where", {}) if source == self.source else {}
        for record in self.kpis.exports[source].records:
            if not _all_met(where, record):
                continue
            if isinstance(rule, dict):
                yield record, Fraction(_all_met(rule, record))
            elif parts:
                yield record, _of_parts(self.kpis.exports[source], parts, record)
            else:
                yield record, self._amount(name, rule, record)

    def _amount(self, name: str, rule: str, record: Record) -> Fraction:
        """What a record of the KPI's own source adds: as its kind says of contacts, or by the state or the column."""
        if self.export.kind == "contact" and name not in self.rules:
            if self.kind in ("service_level", "abandonment", "answer_rate") and name in WAITED:
                state, keeps = WAITED[name]
                wait = self._wait(record)
                return Fraction(self._is(state, record) and wait is not None and keeps(wait, self.settings))
            if self.kind == "speed_of_answer" and name.startswith("wait_"):
                parts = [(1, "wait"), (1, "ivr")] if self.settings.get("ivr") == "true" else [(1, "wait")]
                waiting = self._is(name.removeprefix("wait_"), record)
                return _of_parts(self.export, parts, record) if waiting else Fraction(0)
            if self.kind in ("first_contact_resolution", "repeat_rate") and name in COMING_BACK:
                return Fraction(self._is_known(record) and COMING_BACK[name](*self._neighbours(record)))
        if self.export.kind == "contact" and self.kind in ("handling_time", "talk_time"):
            if name == "handled":
                return Fraction(self._is("handled", record))
            if name != "transferred" and not self._is("handled", record):
                return Fraction(0)
        return _of_parts(self.export, [(1, rule)], record)

    # ----------------------------------------------------------------------------------------------- contacts

    def _is(self, state: str, record: Record) -> bool:
        """Whether a contact is in a state of the KPI; without a state of its own, handled is answered."""
        rule = self.rules.get(state, state)
        if isinstance(rule, dict):
            return _all_met(rule, record)
        if rule == "handled" and "handled" not in self.export.settings["states"]:
            rule = "answered"
        return _is_state(self.export, rule, record)

    def _wait(self, record: Record) -> int | None:
        wait = record.fields["wait"]
        if self.settings.get("ivr") == "true" and wait is not None:
            return wait + (record.fields["ivr"] or 0)
        return wait

    def _is_known(self, record: Record) -> bool:
        customer = self.settings.get("customer", "customer")
        chosen = _all_met(self.settings.get("where", {}), record)
        return chosen and self._is("handled", record) and record.fields[customer] is not None

    def _neighbours(self, record: Record) -> tuple[bool, bool]:
        """Whether the customer's contacts of the whole export hold one within the window before, and one after.

        Of two that start at the same moment the one with the lower id is the first.
        """
        customer, within = self.settings.get("customer", "customer"), micros(self.settings["within"])
        mine = (record.start, record.id)
        before = after = False
        for other in self.export.records:
            same = self._is_known(other) and other.fields[customer] == record.fields[customer]
            if same and abs(other.start - record.start) < within:
                before = before or (other.start, other.id) < mine
                after = after or (other.start, other.id) > mine
        return before, after


# ------------------------------------------------------------------------------------------------------ small words


def _names(side: str) -> set[str]:
    return {name.removeprefix("-") for name in side.split()}


def _total(side: str, sums: Mapping[str, Fraction]) -> Fraction:
    return sum((-sums[name[1:]] if name[0] == "-" else sums[name] for name in side.split()), Fraction(0))


def _written(formula: str) -> tuple[str, str]:
    """A formula in the contract's own words, whose brackets hold no others."""
    above, _, below = formula.partition("/")
    for mark in "()+":
        above, below = above.replace(mark, " "), below.replace(mark, " ")
    return " ".join(above.replace("- ", "-").split()), " ".join(below.replace("- ", "-").split())


def _level(written: str) -> Fraction:
    if written.endswith("%"):
        return Fraction(written[:-1].strip())
    return Fraction(micros(written), MICRO) if written[-1].isalpha() else Fraction(written)


def _is_state(export: oracle.Export, state: str, record: Record) -> bool:
    rule = "all" if state == "all" else export.settings["states"][state]
    return rule == "all" or _all_met(rule, record)


def _of_parts(export: oracle.Export, parts: Sequence[tuple[int, str]], record: Record) -> Fraction:
    """Whether a contact is in a state, or what columns add up to: seconds or numbers, nothing where they are empty."""
    name = parts[0][1]
    if len(parts) == 1 and export.kind == "contact" and name in ("all", *export.settings["states"]):
        return Fraction(_is_state(export, name, record))
    return sum((sign * _amount(record.fields[each]) for sign, each in parts), Fraction(0))


def _all_met(tests: Mapping[str, Any], record: Record) -> bool:
    return all(_is_met(test, record.fields[name]) for name, test in tests.items())


def _is_met(test: Any, value: Any) -> bool:
    """One condition; `filled` asks whether there is a value at all."""
    if isinstance(test, dict) and "filled" in test:
        rest = {name: bound for name, bound in test.items() if name != "filled"}
        return (value is not None) == (test["filled"] == "true") and (not rest or meets(rest, value))
    return meets(test, value)


def _amount(value: Any) -> Fraction:
    if value is None:
        return Fraction(0)
    return Fraction(value) if isinstance(value, Decimal) else Fraction(value, MICRO)

"""What unit tests start from: a charge as YAML, counts by hand, a period, and lines as one row of text each.

Nothing here is read from a file: `stage` gives records to the engine directly.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callbill import models
from callbill.bills import Agreement, Bill
from callbill.calendar import Calendar, timetable
from callbill.charging import charge_lines
from callbill.engine import Engine
from callbill.indexation import Indexation
from callbill.invoice import Line, Party, Phrase, Rule, Vat
from callbill.meters import Count, Metered
from callbill.models import Charge, Facts, Scope
from callbill.money import MICRO, rounded, text, trimmed
from callbill.period import Period, PeriodRule, period_named
from callbill.problems import Invalid, Problem
from callbill.readers.generic import Generic
from callbill.settings import build
from callbill.source import emit, parse
from callbill.staging import Layout
from callbill.writers import Language

STANDARD = Vat("S", Decimal(20))

CONTACTS = """
reader: generic
record: contact
delimiter: ","
encoding: utf-8
decimal: "."
columns:
  id: id
  start: {column: start, format: iso}
  sold: {column: sold, format: iso}
  age: {from: sold, to: start}
  queue: queue
  language: language
  customer: customer
  agent: agent
  outcome: outcome
  talk: {column: talk, unit: s}
  wrap: {column: wrap, unit: s}
  amount: {column: amount, number: true}
states:
  answered: {outcome: [ok, transferred]}
  offered: all
"""
STATES = """
reader: generic
record: agent_state
delimiter: ","
encoding: utf-8
decimal: "."
columns:
  agent: agent
  start: {column: start, format: iso}
  state: state
  team: team
  duration: {column: duration, unit: s}
agent_states: {ready: Ready, pause: [Pause, Lunch], logged_in: [Ready, Pause, Lunch]}
"""
INTERVALS = """
reader: generic
record: interval
delimiter: ","
encoding: utf-8
decimal: "."
columns:
  start: {column: start, format: iso}
  queue: queue
  answered: {column: answered, number: true}
  talk: {column: talk, unit: s}
"""


def read(written: str) -> Any:
    """YAML as plain values."""
    return parse(written.encode(), "contract.yaml").value


def layout(written: str) -> Layout:
    """What the generic reader makes of some settings."""
    return build(Generic, read(written)).layout()


LAYOUTS = {"calls": layout(CONTACTS), "agents": layout(STATES), "halfhours": layout(INTERVALS)}


TOP = {
    "callbill": "1", "contract": "T-1", "title": "Test", "currency": "EUR", "timezone": "Europe/Paris",
    "language": "en", "period": "month", "seller": {"name": "Voix Claire SAS", "country": "FR"},
    "buyer": {"name": "Hélio SA", "country": "FR"}, "vat": {"rate": "20"}, "payment": {"days": "30"},
}  # fmt: skip
CALLS = {
    "reader": "generic", "record": "contact", "delimiter": ",", "encoding": "utf-8", "decimal": ".",
    "columns": {
        "id": "id", "start": {"column": "start", "format": "iso"}, "talk": {"column": "talk", "unit": "s"},
        "queue": "queue",
    },
}  # fmt: skip
"""A source of four columns: id,start,talk,queue."""
WAITED: dict[str, Any] = {
    "reader": "generic", "record": "contact", "delimiter": ",", "encoding": "utf-8", "decimal": ".",
    "columns": {
        "id": "id", "start": {"column": "start", "format": "iso"}, "state": "state",
        "wait": {"column": "wait", "unit": "s"},
    },
    "states": {"offered": "all", "answered": {"state": "answered"}, "abandoned": {"state": "abandoned"}},
}  # fmt: skip
"""Calls that waited, and were answered or abandoned."""


def contract_text(
    charges: str = "[{id: calls, label: Calls, model: act, count: calls.all, price: 2}]", **more: Any
) -> bytes:
    """A contract; `calls` and other sources, and whatever else is at the top, replace what TOP and CALLS say."""
    sources = more.pop("activity", {"calls": CALLS})
    return emit({**TOP, **more, "activity": sources, "charges": read(f"charges: {charges}")["charges"]}).encode()


def facts(
    calendar: str = "{}", *, period: PeriodRule = "month", timezone: str = "Europe/Paris", currency: str = "EUR",
    decimals: int = 2, indices: Mapping[str, Mapping[str, Decimal]] | None = None, clauses: str = "{}",
) -> Facts:  # fmt: skip
    """What a contract says around its charges."""
    return Facts(
        layouts=LAYOUTS,
        calendar=build(Calendar, read(calendar)),
        timezone=timezone,
        period_rule=period,
        currency=currency,
        decimals=decimals,
        vat=STANDARD,
        indices=indices or {},
        indexations={name: build(Indexation, clause) for name, clause in read(clauses).items()},
    )


FACTS = facts()
OCTOBER = period_named("month", "2026-10")


def scope(known: Facts = FACTS, period: Period = OCTOBER) -> Scope:
    """A period of a contract."""
    return Scope(known, period, timetable(known.calendar, known.timezone, period.first, period.end))


def charge(written: str) -> Charge:
    """A charge; its id is its model and its label `Charge` unless it says otherwise."""
    raw = read(written)
    return build(models.named(raw["model"]), {"id": raw["model"], "label": "Charge", **raw})


def problems(written: str, known: Facts = FACTS) -> list[str]:
    """What is wrong with a charge: the code of each problem and where it is."""
    return [spot(problem) for problem in charge(written).problems(known)]


def spot(problem: Problem) -> str:
    """The code and the way to the spot; what is told without a remedy is told badly."""
    assert problem.help, problem
    return f"{problem.code} {'.'.join(str(one) for one in problem.path)}".strip()


def spots(invalid: Invalid) -> list[str]:
    return [spot(problem) for problem in invalid.problems]


def day(written: str) -> int:
    return date.fromisoformat(written).toordinal()


def count(
    billed: "int | str" = 1, *values: str | None, records: int = 1, measured: "int | str | None" = None, cell: int = 0,
    flags: tuple[int, ...] = (), clamp: int = 0, on: str = "2026-10-05", row: int = 0,
) -> Count:  # fmt: skip
    """Units (or seconds) that were counted in one cell for a price row and some values."""
    micro = int(Decimal(billed) * MICRO)
    seen = micro if measured is None else int(Decimal(measured) * MICRO)
    return Count(day(on), cell, values, flags, clamp, records, seen, micro, row)


def metered(*counts: Count) -> Metered:
    return Metered(tuple(counts), sum(one.records for one in counts))


def seats(number: "int | str | Fraction") -> Metered:
    return Metered(seats=Fraction(number))


def bill(*charges: Charge, known: Facts = FACTS, period: Period = OCTOBER, **counted: Metered) -> Bill:
    """A bill of charges whose counts are given: `main` and `clawback` for the only charge, or one for each by id."""
    alone = {charges[0].id: counted}
    by_charge = alone if len(charges) == 1 else {one.id: {"main": counted[one.id]} for one in charges}
    return Bill(agreement(*charges, known=known), scope(known, period), None, {}, by_charge)  # type: ignore[arg-type]  # nothing is counted


def agreement(*charges: Charge, known: Facts = FACTS, **more: Any) -> Agreement:
    party = Party("Voix Claire SAS", "FR")
    return Agreement("T-1", "Test", "en", party, party, known, charges, **more)


def stage(engine: Engine, source: str, *records: str) -> str:
    """Records as a relation of the engine: each is `start` and then `field=value`, an empty value being NULL.

    A start is a moment of Paris, or carries its offset; `id` is the record's number unless it is given.
    """
    cells = LAYOUTS[source]
    texts, micro = (*cells.texts,), (*cells.numbers, *cells.durations)
    rows = []
    for n, record in enumerate(records):
        start, *pairs = record.split()
        given = dict(pair.split("=", 1) for pair in pairs)
        moment = datetime.fromisoformat(start)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("Europe/Paris"))
        instant = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        words = [_literal(given.get(name)) for name in texts]
        counts = [str(int(Decimal(given[name]) * MICRO)) if given.get(name) else "NULL" for name in micro]
        rows.append(f"({n}, '{given.get('id', f'{n:03d}')}', {instant}, {', '.join([*words, *counts])})")
        assert set(given) <= {"id", *texts, *micro}
    types = "".join(f", x_{name} VARCHAR" for name in texts) + "".join(f", x_{name} BIGINT" for name in micro)
    engine.run(f"CREATE OR REPLACE TABLE {source} (row BIGINT, id VARCHAR, x_start BIGINT{types})")
    if rows:
        engine.run(f"INSERT INTO {source} VALUES {', '.join(rows)}")
    return source


def _literal(value: str | None) -> str:
    return f"'{value}'" if value else "NULL"


def lines(written: str, *counts: Count, known: Facts = FACTS, period: Period = OCTOBER, **more: Metered) -> list[str]:
    """The lines of a charge, as rows."""
    one = charge(written)
    counted = {**more} if "main" in more else {"main": metered(*counts), **more}
    return rows(charge_lines(bill(one, known=known, period=period, **counted), one), known.decimals)


def rows(found: "list[Line] | tuple[Line, ...]", decimals: int = 2) -> list[str]:
    """`id | kind | detail | quantity unit × price = amount`, once each line re-adds."""
    for line in found:
        assert line.amount == rounded(line.quantity * line.unit_price, decimals)
        assert line.unit_price >= 0
        assert line.quantity == rounded(line.quantity, 4)
        assert line.unit_price == rounded(line.unit_price, 6)
    return [row(line) for line in found]


def row(line: Line) -> str:
    figures = f"{text(trimmed(line.quantity))} {said(line.unit)} × {text(line.unit_price)} = {text(line.amount)}"
    detail = _short(said(line.detail))
    return " | ".join(part for part in (line.id, line.kind, detail, figures) if part)


def steps(line: Line) -> list[str]:
    """How a line came to be: the number and the words of each step."""
    return [_short(f"{step.number} {said(step.phrase)}") for step in line.steps]


def _short(words: str) -> str:
    """Whole quantities without their four decimals."""
    return words.replace(".0000", "")


def cases(table: dict[str, tuple[object, ...]]) -> list[Any]:
    """A case for each sentence."""
    return [pytest.param(*values, id=sentence) for sentence, values in table.items()]


def said(phrase: Phrase | None, language: str = "en") -> str:
    """A phrase as it is printed, with common blanks."""
    if phrase is None:
        return ""
    words = Language(language, "EUR", 2).text(phrase)
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def ruled(found: "list[Rule]", language: str = "en") -> dict[str, str]:
    """Rules by their setting, in words."""
    return {rule.setting: said(rule.phrase, language) for rule in found}

"""The engine counts what a plain reading of the contract counts, record for record (`oracle`).

Exact quantities and unit prices before any rounding, and the account of every record, on generated activity of every
kind of record (both changes of the clock, a leap day, zones off the hour) and on the sample month.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from drive import Run, run
from hypothesis import HealthCheck, given, note, settings
from oracle import Count, Funnel, Oracle, Refused
from strategies import HEAD, SCENES, Case, cases, texts

from callbill.pricing import PerUnit
from callbill.problems import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SAMPLES = Path(__file__).resolve().parent.parent / "sample_contracts" / "activity"
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
EXAMPLES = {"contact": 14, "agent_state": 9, "interval": 5}


# --------------------------------------------------------------------------------------------------- comparing


def plain(case: Case) -> Oracle:
    """The oracle's account of a case, from the text of its contract."""
    return Oracle(texts(case.yaml), {source: [text] for source, text in case.texts.items()}, case.period)


def priced(counts: Sequence[Count]) -> list[tuple[Fraction, Fraction | None]]:
    """What one charge counted, without the groups that came to nothing."""
    return [group for count in counts for group in count.groups if group[0]]


def counted(fast: Run, charge: str) -> list[tuple[Fraction, Fraction | None]]:
    """The same of callbill."""
    groups = [group for batch in fast.batches(charge) for group in batch.groups if group.quantity]
    return [
        (group.quantity, Fraction(group.prices.price) if isinstance(group.prices, PerUnit) else None)
        for group in groups
    ]


def funnels(fast: Run) -> dict[str, Funnel]:
    return {
        one.source: Funnel(
            one.read, one.rejected, one.duplicates, one.outside_period, one.in_period, one.unbilled,
            tuple((charge.charge, charge.billed, dict(charge.not_billable)) for charge in one.charges),
        )
        for one in fast.invoice.funnel
    }  # fmt: skip


def assert_same(slow: Oracle, fast: Run) -> None:
    """Every exact quantity with its price, the account of every record, and a reason for every reject."""
    assert {name: priced([*meters.values()]) for name, meters in slow.meters.items()} == {
        name: counted(fast, name) for name in slow.meters
    }
    assert {source: slow.funnel(source) for source in slow.exports} == funnels(fast)
    assert len(fast.rejects) >= sum(export.rejected for export in slow.exports.values())


def compare(case: Case, files: Mapping[str, Sequence[Path]]) -> Oracle | None:
    """Both ways agree, or both refuse."""
    try:
        slow = plain(case)
    except Refused:
        with pytest.raises(Invalid):
            run(case.yaml, files, case.period)
        return None
    assert_same(slow, run(case.yaml, files, case.period, threads=1))
    return slow


# ------------------------------------------------------------------------------------------- generated activity


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_record_is_counted_as_the_contract_says(kind: str, scene: str, tmp_path: Path) -> None:
    @settings(max_examples=EXAMPLES[kind], derandomize=True, deadline=None, database=None, suppress_health_check=SLOW)
    @given(cases(kind, SCENES[scene]))
    def agree(case: Case) -> None:
        note(case.yaml)
        compare(case, case.files(tmp_path))

    agree()


# ---------------------------------------------------------------------------------------------- the sample month

CALLS = """
reader: generic
record: contact
delimiter: ","
encoding: utf-8
decimal: "."
columns:
  id: contact_id
  start: {column: started_at, format: iso}
  queue: queue
  language: language
  customer: caller
  agent: agent
  outcome: outcome
  wait: {column: wait_s, unit: s}
  talk: {column: talk_s, unit: s}
  hold: {column: hold_s, unit: s}
  wrap: {column: wrap_s, unit: s}
  units: {column: units_sold, number: true}
  sale: {column: sale_amount, number: true}
states: {answered: {outcome: [answered, transferred]}, abandoned: {outcome: abandoned}}
"""
AGENTS = """
reader: generic
record: agent_state
delimiter: ";"
encoding: cp1252
decimal: ","
zone: Europe/Paris
columns:
  agent: Agent
  team: Équipe
  state: État
  start: {column: Début, format: "%d/%m/%Y %H:%M:%S"}
  duration: {column: Durée, unit: "h:mm:ss"}
agent_states:
  {available: Disponible, talk: En ligne, wrap: Post-appel, pause: [Pause, Déjeuner], training: [Formation, Réunion]}
"""
SLOTS = """
reader: generic
record: interval
delimiter: ","
encoding: utf-8
decimal: "."
columns:
  start: {column: interval_start, format: iso}
  queue: queue
  offered: {column: offered, number: true}
  answered: {column: answered, number: true}
  talk: {column: talk_s, unit: s}
"""
REVERSALS = """
reader: generic
record: contact
delimiter: ","
encoding: utf-8
decimal: "."
columns:
  id: reversal_id
  start: {column: reversed_at, format: iso}
  sold: {column: sold_at, format: iso}
  age: {from: sold, to: start}
  queue: queue
  units: {column: units, number: true}
  amount: {column: amount, number: true}
"""
CALENDAR = """
holidays: FR
bands:
  - {name: sunday, days: [sun, holiday]}
  - {name: evening, days: [mon-sat], from: "20:00", to: "08:00"}
  - {name: day}
windows: [{name: lunch, from: "12:00", to: "14:00"}]
"""
OF_CONTACTS = """
- id: c0
  model: time
  measure: calls.talk + calls.wrap
  unit: hour
  price: &banded {day: 26.00, evening: 31.20, sunday: 39.00}
  band_limit: split
  increment: {per: contact, initial: 30 s, step: 18 s, from: after_initial, round: up}
  extra_per_contact: 2 s
- id: c1
  model: time
  measure: calls.talk
  unit: minute
  price: *banded
  band_limit: split_rounded
  increment: {per: contact, step: 6 s, round: nearest}
  where: {queue: {not: vente}}
- id: c2
  model: time
  measure: calls.talk + calls.hold
  unit: {fte: 151.67 h}
  by: language
  price: 4000
  increment: {per: period, step: 15 min, round: down}
  minimum_per_contact: 1 min
- id: c3
  model: act
  count: calls.answered
  where: {queue: [support, vente], talk: {at_least: 10 s}}
  once_per: {field: customer, within: 24 h}
  tiers: {mode: graduated, steps: [{up_to: 1000, price: 2.70}, {price: 2.45}]}
- id: c4
  model: act
  count: calls.answered
  from: 2026-10-05
  until: 2026-10-25
  once_per: {field: customer, within: 48 h, since: billed}
  free: {of: calls.talk, below: 60 s, first: 30}
  prices:
    rows:
      - {when: {queue: vente, language: [fr, en]}, price: 4.10}
      - {when: {queue: support}, price: *banded}
    otherwise: 1
  premiums:
    stacking: multiply
    rates: [{window: lunch, percent: 25 %}, {when: {language: de}, percent: 10 %}]
- id: c5
  model: act
  sum: calls.sale
  percent: 2.5 %
  per_act: {minimum: 1.75, maximum: 3}
  where: {units: {above: 0}}
  clawback: {sum: reversals.amount, within: 60 days, since: age, price: 0.025}
- {id: c6, model: act, count: calls.all, price: 1, once_per: {field: customer, within: period}}
- {id: c7, model: act, count: calls.all, price: 1, once_per: {field: customer, within: day}}
- id: c8
  model: flat
  amount: 15000
  count: calls.answered
  included: 5000
  tolerance: 10 %
  excess: {price: 2.70, charge: beyond}
  from: 2026-10-02
  proration: calendar_days
- {id: c9, model: subscription, price: 10, billed: in_arrears, seats: {measured: mean, of: calls, over: all_days}}
"""
OF_AGENTS = """
- id: s0
  model: time
  measure: agents.available + agents.talk + agents.wrap
  unit: hour
  price: &banded {day: 26.00, evening: 31.20, sunday: 39.00}
  band_limit: split
- id: s1
  model: time
  measure: agents.training
  unit: {day: 7 h}
  price: *banded
  increment: {per: agent_day, step: 30 min, round: up}
- id: s2
  model: flat
  amount: 1
  measure: agents.pause
  included: 100
  shortfall: {price: 1, charge: whole, package: 10}
  proration: none
- id: s3
  model: subscription
  price: 2000
  billed: in_arrears
  seats: {measured: distinct, of: agents}
  where: {team: Émeraude}
- {id: s4, model: subscription, price: 1, billed: in_arrears, seats: {measured: peak, of: agents.talk + agents.wrap}}
"""
OF_SLOTS = """
- {id: h0, model: act, count: slots.answered, by: queue, price: 2}
- id: h1
  model: act
  sum: slots.offered
  where: {offered: {at_least: 3}}
  price: {day: 1, evening: 2, sunday: 3}
- {id: h2, model: time, measure: slots.talk, unit: hour, price: 20, increment: {per: period, step: 1 h, round: up}}
"""


def october(charges: str, zone: str, **sources: tuple[str, str]) -> Case:
    """The sample month under some charges."""
    found = {
        name: (SAMPLES / f"{file}-2026-10.csv").read_bytes().decode("cp1252" if name == "agents" else "utf-8")
        for name, (_, file) in sources.items()
    }
    activity = {name: texts(layout) for name, (layout, _) in sources.items()}
    listed = [{**one, "label": one["id"]} for one in texts(charges)]
    more = {"timezone": zone, "period": "month", "activity": activity, "calendar": texts(CALENDAR), "charges": listed}
    return Case({**HEAD, **more}, found, "2026-10")


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Montreal"])
@pytest.mark.parametrize(
    ("charges", "sources"),
    [
        (OF_CONTACTS, {"calls": (CALLS, "contacts"), "reversals": (REVERSALS, "sales-reversed")}),
        (OF_AGENTS, {"agents": (AGENTS, "agent-states")}),
        (OF_SLOTS, {"slots": (SLOTS, "intervals")}),
    ],
    ids=["contacts", "agent states", "intervals"],
)
def test_the_sample_month(charges: str, sources: dict[str, tuple[str, str]], zone: str, tmp_path: Path) -> None:
    case = october(charges, zone, **sources)
    slow = compare(case, case.files(tmp_path))
    assert slow is not None
    assert all(meter.billed for meters in slow.meters.values() for meter in meters.values())


# ------------------------------------------------------------------------------ worked by hand, on both sides

WORKED = """
- rule: steps counted after the initial block
  charge: {increment: {per: contact, initial: 30 s, step: 18 s, from: after_initial, round: up}}
  contacts: [05T10:00:00+02:00 A1 X q 31]
  quantities: [48]
- rule: steps counted from zero
  charge: {increment: {per: contact, initial: 30 s, step: 18 s, from: zero, round: up}}
  contacts: [05T10:00:00+02:00 A1 X q 31]
  quantities: [36]
- rule: half a step goes up
  charge: {increment: {per: contact, step: 6 s, round: nearest}}
  contacts: [05T10:00:00+02:00 A1 X q 9]
  quantities: [12]
- rule: billed where it starts
  charge: {price: {evening: 2, day: 1}}
  contacts: [05T19:59:50+02:00 A1 X q 30]
  quantities: [30]
- rule: split, and the rounding stays where it ends
  charge: {price: {evening: 2, day: 1}, band_limit: split, increment: {per: contact, step: 60 s, round: up}}
  contacts: [05T19:59:50+02:00 A1 X q 30]
  quantities: [50, 10]
- rule: split, and what is rounded off is taken where it ends
  charge: {price: {evening: 2, day: 1}, band_limit: split, increment: {per: contact, step: 20 s, round: down}}
  contacts: [05T19:59:50+02:00 A1 X q 35]
  quantities: [10, 10]
- rule: each part rounded
  charge: {price: {evening: 2, day: 1}, band_limit: split_rounded, increment: {per: contact, step: 60 s, round: up}}
  contacts: [05T19:59:50+02:00 A1 X q 30]
  quantities: [60, 60]
- rule: the hour that the clock repeats is in its band twice
  charge: {price: {night: 2, evening: 1, day: 1}, band_limit: split}
  contacts: [25T00:30:00+02:00 A1 X q 14400]
  quantities: [7200, 7200]
- rule: exactly the window later counts again
  charge: {model: act, once_per: {field: customer, within: 24 h}}
  contacts: [05T10:00:00+02:00 A1 X q 1, 06T10:00:00+02:00 A1 X q 1]
  quantities: [2]
- rule: the window runs from the last contact
  charge: {model: act, once_per: {field: customer, within: 24 h}}
  contacts: [05T10:00:00+02:00 A1 X q 1, 06T09:59:59+02:00 A1 X q 1, 06T10:00:01+02:00 A1 X q 1]
  quantities: [1]
  refused: {repeated: 2}
- rule: the window runs from the last billed contact
  charge: {model: act, once_per: {field: customer, within: 24 h, since: billed}}
  contacts: [05T10:00:00+02:00 A1 X q 1, 06T09:59:59+02:00 A1 X q 1, 06T10:00:01+02:00 A1 X q 1]
  quantities: [2]
  refused: {repeated: 1}
- rule: the look-back sees the days before the charge
  charge: {model: act, from: 2026-10-15, once_per: {field: customer, within: 24 h}}
  contacts: [14T23:00:00+02:00 A1 X q 1, 15T01:00:00+02:00 A1 X q 1]
  quantities: []
  refused: {dates: 1, repeated: 1}
- rule: an agent's day
  charge: {increment: {per: agent_day, step: 60 s, round: up}}
  contacts: [05T10:00:00+02:00 A1 X q 20, 05T11:00:00+02:00 A1 X q 20, 05T11:00:00+02:00 A2 X q 20]
  quantities: [120]
- rule: a charge that is over
  charge: {until: 2026-09-30}
  contacts: [05T10:00:00+02:00 A1 X q 20]
  quantities: []
  refused: {dates: 1}
- rule: an agent's day of one price, in two bands
  charge: {increment: {per: agent_day, step: 30 min, round: up}}
  contacts: [05T10:00:00+02:00 A1 X q 600, 05T21:00:00+02:00 A1 X q 600]
  quantities: [1800]
- rule: midnight is no band limit
  charge: {band_limit: split_rounded, increment: {per: contact, step: 60 s, round: up}}
  contacts: [05T23:59:50+02:00 A1 X q 20]
  quantities: [60]
- rule: agents busy at one moment
  charge: {model: subscription, billed: in_arrears, seats: {measured: peak, of: calls.talk}}
  contacts: [05T10:00:00+02:00 A1 X q 60, 05T10:00:30+02:00 A1 X q 60, 05T10:00:59+02:00 A2 X q 1,
             05T10:01:00+02:00 A3 X q 1]
  quantities: [2]
- rule: every condition of a state is in the account
  charge: {model: act, count: calls.kept}
  contacts: [05T10:00:00+02:00 A1 X q 20, 05T11:00:00+02:00 A1 X test 20, 05T12:00:00+02:00 A1 X q 1]
  quantities: [1]
  refused: {not_kept: 2}
- rule: an agent's day of one row of prices, in two queues
  charge: {prices: {rows: [{when: {queue: [q, r]}, price: 1}]}, increment: {per: agent_day, step: 30 min, round: up}}
  contacts: [05T10:00:00+02:00 A1 X q 600, 05T12:00:00+02:00 A1 X r 600]
  quantities: [1800]
- rule: an agent's day of two rows of one price
  charge: {prices: {rows: [{when: {queue: q}, price: 1}], otherwise: 1},
           increment: {per: agent_day, step: 30 min, round: up}}
  contacts: [05T10:00:00+02:00 A1 X q 600, 05T12:00:00+02:00 A1 X r 600]
  quantities: [1800, 1800]
- rule: an agent's day in two bands of a row of one price, where another row has a price for each
  charge: {prices: {rows: [{when: {queue: q}, price: 1}], otherwise: {night: 1, evening: 2, day: 3}},
           increment: {per: agent_day, step: 30 min, round: up}}
  contacts: [05T10:00:00+02:00 A1 X q 600, 05T21:00:00+02:00 A1 X q 600, 05T10:00:00+02:00 A1 X r 600,
             05T21:00:00+02:00 A1 X r 600]
  quantities: [1800, 1800, 1800]
- rule: a row of one price is not cut by the bands of another row
  charge: {prices: {rows: [{when: {queue: q}, price: 1}], otherwise: {night: 1, evening: 2, day: 3}},
           band_limit: split_rounded, increment: {per: contact, step: 60 s, round: up}}
  contacts: [05T19:59:50+02:00 A1 X q 20]
  quantities: [60]
- rule: two rows over one limit, one of them with a price for each band
  charge: {prices: {rows: [{when: {queue: q}, price: 1}], otherwise: {night: 1, evening: 2, day: 3}},
           band_limit: split, increment: {per: contact, step: 60 s, round: up}}
  contacts: [05T19:59:50+02:00 A1 X q 20, 05T19:59:50+02:00 A1 X r 20]
  quantities: [60, 50, 10]
- rule: the initial block is due
  charge: {increment: {per: contact, initial: 30 s, step: 18 s, from: zero, round: down}}
  contacts: [05T10:00:00+02:00 A1 X q 31]
  quantities: [30]
"""


REFUSED = """
- rule: something for each contact of an agent's day
  charge: {extra_per_contact: 5 s, increment: {per: agent_day, step: 60 s, round: up}}
- rule: something for each part of a contact
  charge: {price: {evening: 2, day: 1}, band_limit: split_rounded, extra_per_contact: 5 s}
- rule: a least for each part of a contact
  charge: {price: {evening: 2, day: 1}, band_limit: split_rounded, minimum_per_contact: 30 s}
"""

SOURCE = """
reader: generic
record: contact
delimiter: ","
encoding: utf-8
decimal: "."
columns: {id: id, start: {column: start, format: iso}, agent: agent, customer: customer, queue: queue,
          talk: {column: talk, unit: s}}
states: {kept: {queue: {not: test}, talk: {at_least: 10 s}}}
"""
HOURS = """
bands:
  - {name: night, from: "02:00", to: "03:00"}
  - {name: evening, from: "20:00", to: "08:00"}
  - {name: day}
"""
DEFAULTS = {
    "time": {"measure": "calls.talk", "unit": "second", "price": "1"}, "act": {"count": "calls.all", "price": "1"},
    "subscription": {"price": "1"},
}  # fmt: skip
Worked = dict[str, Any]
"""A rule, a charge, contacts of October 2026 as `start agent customer queue talk`, and what the reference bills."""


def case_of(worked: Worked) -> Case:
    model = worked["charge"].get("model", "time")
    charge = {"id": "c", "label": "c", "model": model, **DEFAULTS[model], **worked["charge"]}
    if isinstance(charge["price"], dict):
        charge["price"] = {"night": "2", **charge["price"]}
    if "prices" in charge:
        del charge["price"]
    rows = [f"C{n},2026-10-{','.join(words.split())}" for n, words in enumerate(worked["contacts"])]
    more = {"timezone": "Europe/Paris", "period": "month", "activity": {"calls": texts(SOURCE)}}
    contract = {**HEAD, **more, "calendar": texts(HOURS), "charges": [charge]}
    return Case(contract, {"calls": "\n".join(["id,start,agent,customer,queue,talk", *rows, ""])}, "2026-10")


def check(worked: Worked, folder: Path) -> None:
    case = case_of(worked)
    fast = run(case.yaml, case.files(folder), "2026-10")
    quantities = [quantity for quantity, _ in counted(fast, "c")]
    assert quantities == [Fraction(one) for one in worked["quantities"]]
    account = {rule: str(records) for rule, records in fast.invoice.funnel[0].charges[0].not_billable.items()}
    assert account == worked.get("refused", {})


@pytest.mark.parametrize("worked", texts(WORKED), ids=lambda worked: worked["rule"])
def test_worked_by_hand(worked: Worked, tmp_path: Path) -> None:
    check(worked, tmp_path)
    case = case_of(worked)
    assert compare(case, case.files(tmp_path)) is not None


@pytest.mark.parametrize("worked", texts(REFUSED), ids=lambda worked: worked["rule"])
def test_what_has_no_meaning_is_refused(worked: Worked, tmp_path: Path) -> None:
    case = case_of({**worked, "contacts": []})
    with pytest.raises(Invalid, match="CB248"):
        run(case.yaml, case.files(tmp_path), case.period)

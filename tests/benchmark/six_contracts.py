"""Six contracts on the same calls, one for each way of billing and their mixtures: what `compare` is measured with."""

from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
STATES = "      abandoned: {outcome: abandoned}\n"
OFFERED = "      offered: {outcome: [answered, transferred, abandoned, voicemail]}\n"
TIME = """\
  - id: time
    label: Time of all calls
    model: time
    measure: calls.talk + calls.hold + calls.wrap
    unit: minute
    increment: {per: contact, initial: 60 s, step: 6 s, round: up}
    price: {day: 0.52, evening: 0.64, sunday: 0.80}
"""
ACT = """\
  - id: calls
    label: Calls answered
    model: act
    count: calls.answered
    where: {queue: [support, sales], talk: {at_least: 10 s}}
    prices:
      rows:
        - {when: {queue: support}, price: 2.35, label: support}
        - {when: {queue: sales}, price: 3.10, label: sales}
"""
FLAT = """\
  - id: package
    label: Monthly package
    model: flat
    amount: 2100000
    count: calls.answered
    included: 850000
    tolerance: 5 %
    excess: {price: 2.40, charge: beyond}
"""
SUBSCRIPTION = """\
  - id: seats
    label: Positions
    model: subscription
    seats: {measured: distinct, of: calls}
    billed: in_arrears
    price: 3400
"""
BONUS_MALUS = """\
  - id: calls
    label: Calls answered
    model: act
    count: calls.answered
    tiers: {mode: graduated, steps: [{up_to: 500000, price: 2.70}, {price: 2.30}]}
kpis:
  answered: {kpi: answer_rate, formula: of_offered, label: Answer rate, decimals: 1}
  handling: {kpi: handling_time, formula: talk_hold_wrap, label: Handling time, decimals: 0}
bonus_malus:
  - id: reached
    label: Calls answered
    kpi: answered
    basis: all
    scale: [{below: 88, amount: -3 %}, {below: 90, amount: 0 %}, {amount: 2 %}]
  - id: length
    label: Handling time
    kpi: handling
    basis: all
    scale: [{below: 300 s, amount: 1 %}, {below: 340 s, amount: 0 %}, {amount: -2 %}]
"""
CHARGES: Mapping[str, str] = {
    "time": TIME, "act": ACT, "mixed": ACT + TIME, "flat": FLAT, "subscription": SUBSCRIPTION,
    "bonus_malus": BONUS_MALUS,
}  # fmt: skip
INVOICED = "mixed"
"""The contract of the invoice that the comparison is set against: acts and time, as in the other measurements."""


def contracts(folder: Path) -> list[Path]:
    """The files of the six contracts, made from the head of the one that an invoice is measured with."""
    head = (FOLDER / "every_call.yaml").read_text("utf-8").partition("\ncharges:")[0].replace(STATES, STATES + OFFERED)
    made = []
    for name, charges in CHARGES.items():
        made.append(folder / f"{name}.yaml")
        text = head.replace("BENCHMARK-EVERY-CALL", f"BENCHMARK-{name.upper().replace('_', '-')}")
        made[-1].write_text(f"{text}\ncharges:\n{charges}", "utf-8")
    return made

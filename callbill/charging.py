"""One charge's counts become lines, part by part where a revision cuts the period; and the single lines of a date.

Steps 7 to 11 of the order that `billing` gives.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from callbill.bills import Bill
from callbill.charge_settings import OneOff
from callbill.commitments import Committed, Writer, details, rounding
from callbill.invoice import Line, Phrase, Step, say
from callbill.meters import Metered
from callbill.models import Charge
from callbill.money import product, rounded

ONE_OFF = say("One-off items", "Lignes ponctuelles")


def charge_lines(bill: Bill, charge: Charge) -> list[Line]:
    """Every line of a charge; where a revision cuts the period, those of each part."""
    lines: list[Line] = []
    pieces = charge.pieces(bill.scope)
    for n, piece in enumerate(pieces):
        covered = piece.covered(bill.scope.period)
        on = covered[0] if covered else None
        part = bill if bill.scope.on == on else replace(bill, scope=replace(bill.scope, on=on))
        if covered is None or len(pieces) == 1:
            lines += _piece_lines(part, piece, bill.counted[charge.id], covered)
            continue
        first, end = covered
        days = (0 if n == 0 else first.toordinal(), date.max.toordinal() if n == len(pieces) - 1 else end.toordinal())
        words = say("{first} to {last}", "du {first} au {last}", first=first, last=end - timedelta(days=1))
        found = _piece_lines(part, piece, _of_days(bill.counted[charge.id], *days), covered)
        lines += (_cut(line, days, words, f"{first:%Y%m%d}" if n else "") for line in found)
    for n, one in enumerate(charge.one_off, start=1):
        lines += one_off_lines(bill, one, f"{charge.id}.one_off-{n}", charge.id, charge)
    return lines


def _cut(line: Line, days: tuple[int, int], words: Phrase, mark: str) -> Line:
    """A line of a part of the charge's days, which it says; those of later parts have a mark in their names."""
    name = line.id.replace(line.charge, f"{line.charge}.{mark}", 1) if mark else line.id
    slot = None if line.slot is None else replace(line.slot, days=days)
    prorated = line.kind == "fee" and line.detail is not None
    return replace(line, id=name, slot=slot, detail=line.detail if prorated else details(words, line.detail))


def _of_days(counted: Mapping[str, Metered], first: int, end: int) -> dict[str, Metered]:
    """What was counted on some days; those before and after the period go with its first and last part."""
    return {
        name: replace(one, counts=tuple(count for count in one.counts if first <= count.day < end))
        for name, one in counted.items()
    }


def _piece_lines(
    bill: Bill, charge: Charge, counted: Mapping[str, Metered], covered: tuple[date, date] | None
) -> list[Line]:  # fmt: skip
    """The lines of a charge whose prices are the same on all the days that it covers."""
    writer = Writer(bill, charge)
    for batch in charge.batches(counted, bill.scope):
        if batch.plain:
            for group in batch.groups:
                quantity = rounded(group.quantity, charge.decimals, charge.rounding)
                steps = rounding(group, quantity) if bill.scope.explained else ()
                writer.slices(group, group.prices.slices(quantity), batch.kind, steps)
        else:
            Committed(writer, charge, batch).lines()
    if covered is not None:
        writer.amount_limits(charge.share(*covered, bill.scope.period), covered)
    return writer.lines


def one_off_lines(bill: Bill, one: OneOff, name: str, charge: str, owner: Charge | None = None) -> list[Line]:
    """A single line, when its date falls in the period."""
    if not bill.scope.period.first <= one.date < bill.scope.period.end:
        return []
    amount = product(one.quantity, one.price, bill.decimals)
    vat = one.vat.vat() if one.vat else owner.vat.vat() if owner and owner.vat else bill.agreement.facts.vat
    unit = say("{unit}", "{unit}", unit=one.unit) if one.unit else say("unit", "unité")
    words = say("{quantity} × {price} = {amount}", quantity=one.quantity, price=one.price, amount=amount)
    on = say("{label}, {date}", "{label}, {date}", label=one.label, date=one.date)
    shown = owner.label if owner else ONE_OFF.words(bill.agreement.language)
    return [Line(name, charge, "one_off", shown, on, one.quantity, unit, one.price, amount, vat, (Step(10, words),))]

"""Which categories of VAT may stand on one invoice (EN 16931, rules BR-O-11 to BR-O-14)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from callbill.charge_settings import OneOff, VatRule
from callbill.frozen import frozen
from callbill.models import Charge, Facts
from callbill.period import period_of
from callbill.problems import Path, Problem

REMEDY = "bill what is outside the scope of VAT under a contract of its own, or write `category: O` everywhere"


@frozen
class _Taxed:
    """What may become a line: its category, where that is written, and the days of the invoices it may stand on."""

    name: str
    path: Path
    category: str
    first: date = date.min
    last: date = date.max


def apart(
    facts: Facts, charges: Mapping[Path, Charge], one_off: Sequence[OneOff], limits: Sequence[str]
) -> Iterator[Problem]:
    """Problems of what is outside the scope of VAT and may share an invoice with what is not."""
    found = list(_taxed(facts, charges, one_off, limits))
    for one in (each for each in found if each.category == "O"):
        others = (each for each in found if each.category != "O")
        other = next((each for each in others if each.first <= one.last and one.first <= each.last), None)
        if other is not None:
            message = f"category O cannot stand on one invoice with category {other.category} (`{other.name}`)"
            yield Problem("CB258", message, REMEDY, one.path)


def _taxed(
    facts: Facts, charges: Mapping[Path, Charge], one_off: Sequence[OneOff], limits: Sequence[str]
) -> Iterator[_Taxed]:
    rule = facts.period_rule

    def taxed(name: str, *levels: tuple[Path, VatRule | None], first: date | None, last: date | None) -> _Taxed:
        path, vat = next(((path, own.vat()) for path, own in levels if own is not None), (("vat",), facts.vat))
        begin = date.min if first is None else period_of(rule, first).first
        return _Taxed(name, path, vat.category, begin, date.max if last is None else period_of(rule, last).last)

    for path, charge in charges.items():
        own: tuple[Path, VatRule | None] = ((*path, "vat"), charge.vat)
        yield taxed(charge.id, own, first=charge.from_, last=charge.until)
        for m, one in enumerate(charge.one_off):
            line = ((*path, "one_off", m, "vat"), one.vat)
            yield taxed(one.label, line, own, first=one.date, last=one.date)
    for m, one in enumerate(one_off):
        yield taxed(one.label, (("one_off", m, "vat"), one.vat), first=one.date, last=one.date)
    for name in limits:
        yield taxed(name, first=None, last=None)

"""Results of earlier months: invoices in JSON, for clauses that look back."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from callbill.contract import Contract
from callbill.files import read_bytes
from callbill.invoice import SetAside, Vat
from callbill.past import Past, PastKpi
from callbill.period import Period, period_of
from callbill.problems import Invalid, Place, Problem

T = TypeVar("T")


def results(contract: Contract, files: Sequence[str]) -> dict[str, Past]:
    """The results of earlier invoices of a contract, by the name of their period.

    Raises `Invalid` (CB345) for a file that is no invoice of this contract, or two of one period.
    """
    found: dict[str, Past] = {}
    problems: list[Problem] = []
    for name in files:
        try:
            past = _past(contract, name, read_bytes(name))
            if past.period.name in found:
                message = f"two files are the invoice of {past.period.name}"
                raise _unfit(name, message, "name one of them")
            found[past.period.name] = past
        except Invalid as invalid:
            problems += invalid.problems
    if problems:
        raise Invalid(problems)
    return found


def _unfit(name: str, message: str, help_: str) -> Invalid:
    return Invalid([Problem("CB345", message, help_, place=Place(name))])


def _past(contract: Contract, name: str, data: bytes) -> Past:
    remedy = "name what `callbill invoice -f json -o FILE` has written"
    try:
        made = json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise _unfit(name, "the file is not JSON", remedy) from None
    if not isinstance(made, Mapping) or made.get("schema") != 1 or "lines" not in made:
        raise _unfit(name, "the file is not an invoice of callbill", remedy)
    if made.get("contract") != contract.name:
        message = f"it is an invoice of the contract `{made.get('contract')}`"
        raise _unfit(name, message, f"name invoices of `{contract.name}`")
    try:
        return _read(contract, made)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise _unfit(name, "the invoice's results cannot be read", "write it again with this version") from None


def _read(contract: Contract, made: Mapping[str, Any]) -> Past:
    first = date.fromisoformat(made["period"]["from"])
    end = date.fromisoformat(made["period"]["to"]) + timedelta(days=1)
    period = period_of(contract.settings.period, first)
    if (period.first, period.end) != (first, end):
        period = Period(first, end, first.isoformat())
    kpis = {
        (one["kpi"], *(date.fromisoformat(one["window"][key]) for key in ("from", "to"))): PastKpi(
            Fraction(one["numerator"]), _maybe(one["denominator"], Fraction)
        )
        for one in made.get("kpis", ())
    }
    gave = {one["clause"]: _amount(one["gave"]) for one in made.get("clauses", ())}
    aside = {one["clause"]: tuple(_set_aside(line) for line in one["set_aside"]) for one in made.get("clauses", ())}
    billed = {
        one["clause"]: tuple((_vat(part["vat"]), _amount(part["amount"])) for part in one["billed"])
        for one in made.get("clauses", ())
    }
    return Past(period, kpis, gave, aside, billed)


def _amount(written: str) -> Decimal:
    """An amount, a quantity or a rate; `NaN` and the like are none."""
    amount = Decimal(written)
    if not amount.is_finite():
        raise ValueError(written)
    return amount


def _maybe(value: Any, read: Callable[[Any], T]) -> T | None:
    return None if value is None else read(value)


def _set_aside(line: Mapping[str, Any]) -> SetAside:
    quantity, price = _amount(line["quantity"]), _amount(line["unit_price"])
    return SetAside(quantity, price, bool(line["percent"]), _maybe(line["vat"], _vat))


def _vat(written: Mapping[str, Any]) -> Vat:
    return Vat(written["category"], _amount(written["rate"]), written["reason"])

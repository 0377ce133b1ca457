"""The one place where these tests meet callbill: contract text and export files in, an invoice out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import callbill
from callbill import Invoice
from callbill.money import rounded
from callbill.period import BlockPeriod, Period, period_of


def billed(contract: str, files: Mapping[str, Sequence[Path]], period: str) -> Invoice:
    """The invoice of a period."""
    return invoices(contract, files, [period])[0]


def invoices(contract: str, files: Mapping[str, Sequence[Path]], periods: Iterable[str]) -> list[Invoice]:
    """The invoices of several periods; every line re-adds, and no row of the files was refused."""
    agreed = callbill.load_contract(contract.encode())
    with callbill.read_activity(agreed, files, threads=1) as activity:
        found = [callbill.bill(agreed, activity, period) for period in periods]
    for invoice in found:
        for line in invoice.lines:
            assert line.amount == rounded(line.quantity * line.unit_price, invoice.decimals), line.id
        assert invoice.net == sum((line.amount for line in invoice.lines), Decimal(0))
        assert invoice.total == invoice.net + invoice.vat_total
    return found


def period_of_day(rule: Mapping[str, str], on: date) -> Period:
    """The period of a contract that a day falls in."""
    return period_of(BlockPeriod.model_validate(rule), on)

"""From a contract's text and its activity to an invoice: the one place of the laws that knows callbill's inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callbill import api, billing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callbill.bills import Bill
    from callbill.invoice import Invoice
    from callbill.models import Batch, Charge


@dataclass(frozen=True)
class Run:
    """One period billed: the invoice, and the counts it was made of."""

    invoice: Invoice
    bill: Bill
    rejects: tuple[str, ...]
    """The problem code of every reject that callbill can explain."""

    @property
    def charges(self) -> dict[str, Charge]:
        return {charge.id: charge for charge in self.bill.agreement.charges}

    def batches(self, charge: str) -> list[Batch]:
        """The exact quantities of a charge with their prices, before anything is rounded."""
        return self.charges[charge].batches(self.bill.counted[charge], self.bill.scope)

    def text(self, form: str = "json") -> str:
        return api.render(self.invoice, form)


def run(contract: str, activity: Mapping[str, Sequence[Any]], period: str, threads: int | None = None) -> Run:
    """Bill one period of files (or DataFrames) by source; any number of rejects is accepted.

    Raises callbill's `Invalid` when contract or activity cannot be billed.
    """
    agreed = api.load_contract(contract.encode())
    given = {source: list(items) for source, items in activity.items()}
    with api.read_activity(agreed, given, max_rejects="100%", threads=threads) as read:
        bill = api.count(agreed, read, period)
        invoice = billing.invoice(bill, agreed.number(bill.scope.period), agreed.terms(bill.scope.period.last))
        return Run(invoice, bill, tuple(reject.problem.code for reject in read.activity.rejects))

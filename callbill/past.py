"""What earlier invoices of a contract found: their KPIs, and what each clause of bonus/malus gave."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from callbill.frozen import frozen
from callbill.invoice import ClauseResult, KpiValue, SetAside, Vat
from callbill.period import Period


@frozen
class PastKpi:
    """A KPI of an earlier period; the denominator is None for a plain number."""

    numerator: Fraction
    denominator: Fraction | None


@frozen
class Past:
    """The results of one earlier period.

    `gave` is what each clause gave there, its own cap applied; `billed` what that invoice took or gave for it after
    every cap, by VAT.
    """

    period: Period
    kpis: Mapping[str, PastKpi] = field(default_factory=dict)
    gave: Mapping[str, Decimal] = field(default_factory=dict)
    set_aside: Mapping[str, tuple[SetAside, ...]] = field(default_factory=dict)
    billed: Mapping[str, tuple[tuple[Vat, Decimal], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, period: Period, kpis: Iterable[KpiValue], clauses: Iterable[ClauseResult]) -> "Past":
        """The results that an invoice carries; of KPIs, those that were measured over its period."""
        last = period.end - timedelta(days=1)
        whole = [one for one in kpis if (one.first, one.last) == (period.first, last)]
        clauses = list(clauses)
        return cls(
            period,
            {one.kpi: PastKpi(one.numerator, one.denominator) for one in whole},
            {one.clause: one.gave for one in clauses},
            {one.clause: one.set_aside for one in clauses},
            {one.clause: one.billed for one in clauses},
        )


Earlier: TypeAlias = Callable[[Period], Past | None]
"""The results of an earlier period; None where neither a result file nor the activity has it."""

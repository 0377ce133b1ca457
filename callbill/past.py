"""What earlier invoices of a contract found: their KPIs, and what each clause of bonus/malus gave."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import date
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
    kpis: Mapping[tuple[str, date, date], PastKpi] = field(default_factory=dict)
    """By name, first and last day."""
    gave: Mapping[str, Decimal] = field(default_factory=dict)
    set_aside: Mapping[str, tuple[SetAside, ...]] = field(default_factory=dict)
    billed: Mapping[str, tuple[tuple[Vat, Decimal], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, period: Period, kpis: Iterable[KpiValue], clauses: Iterable[ClauseResult]) -> "Past":
        """The results that an invoice carries."""
        clauses = list(clauses)
        return cls(
            period,
            {(one.kpi, one.first, one.last): PastKpi(one.numerator, one.denominator) for one in kpis},
            {one.clause: one.gave for one in clauses},
            {one.clause: one.set_aside for one in clauses},
            {one.clause: one.billed for one in clauses},
        )

    def kpi(self, name: str, first: date, last: date) -> PastKpi | None:
        """What a KPI was over some days of the period: all of them, or those of a phase."""
        return self.kpis.get((name, first, last))


Earlier: TypeAlias = Callable[[Period], Past | None]
"""The results of an earlier period; None where neither a result file nor the activity has it."""

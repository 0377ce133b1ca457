"""A period of an agreement while it is being computed: what billing is given, and what has been counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from callbill.bonus_malus import Deal
from callbill.charge_settings import OneOff
from callbill.frozen import frozen
from callbill.invoice import Credit, Party
from callbill.measuring import Measurement
from callbill.metering import Metering
from callbill.meters import Metered
from callbill.models import Charge, Facts, Scope
from callbill.past import Earlier
from callbill.period import Life
from callbill.phases import Phase
from callbill.problems import Path
from callbill.staging import Record

ZERO = Decimal(0)


@frozen
class Agreement:
    """A contract as billing sees it: parties and terms as they will be printed, charges, limits of the invoice."""

    contract: str
    title: str
    language: str
    seller: Party
    buyer: Party
    facts: Facts
    charges: tuple[Charge, ...]
    one_off: tuple[OneOff, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    credits: tuple[tuple[date, Credit], ...] = ()
    vat_per_line: bool = False
    deal: Deal = field(default_factory=Deal)
    phases: tuple[Phase, ...] = ()
    """The charges and clauses again, phase by phase; empty where the contract has none."""

    @cached_property
    def parts(self) -> tuple[Phase, ...]:
        """The phases; a contract without any is one, nameless and endless."""
        return self.phases or (Phase("", Life(), self.charges, self.deal),)

    @property
    def life(self) -> Life:
        """The days from the first phase to the last."""
        return Life(self.parts[0].life.first, self.parts[-1].life.last)


@frozen
class Top:
    """The top of one source's funnel, and the relation of its records."""

    record: Record
    relation: str
    read: int
    rejected: int
    duplicates: int
    other: int = 0
    joined: int = 0


@dataclass
class Bill:
    """One period of one agreement while it is being computed."""

    agreement: Agreement
    scope: Scope
    metering: Metering
    tops: Mapping[str, Top]
    counted: dict[str, dict[str, Metered]]
    unbilled: Mapping[str, int] = field(default_factory=dict)
    """Records of the period that no meter bills, by source."""
    measurement: Measurement | None = None
    """The KPIs; None where the contract has none."""
    earlier: Earlier = lambda _: None

    @property
    def decimals(self) -> int:
        return self.agreement.facts.decimals

    @property
    def phases(self) -> list[Phase]:
        """The phases that have a day in the period."""
        return [one for one in self.agreement.parts if one.life.part(self.scope.period) is not None]

    @property
    def charges(self) -> list[tuple[Phase, Path, Charge]]:
        """The charges of these phases, each with its way through the file."""
        return [
            (phase, (*phase.path, "charges", n), charge)
            for phase in self.phases
            for n, charge in enumerate(phase.charges)
        ]


def total_of(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of some amounts, exactly."""
    return sum(amounts, ZERO)

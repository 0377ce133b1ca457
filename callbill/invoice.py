"""The invoice: lines, taxes, totals, the account of every record, and how each line came to be."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

from callbill.frozen import frozen
from callbill.money import Exact  # noqa: TC001 - part of the type `Figure`

LineKind = Literal[
    "usage", "fee", "included", "excess", "shortfall", "reversal", "setup", "one_off", "minimum", "maximum", "term",
    "bonus", "malus", "cap", "earned_back",
]  # fmt: skip
Figure: TypeAlias = "str | Exact | date | Phrase"


@frozen
class Phrase:
    """Words of the invoice in every language it can be written in, with the figures that go into them.

    `{name}` stands for a figure. A writer puts figures the way the language writes numbers and dates.
    French falls back to English when a kind has not translated itself.
    """

    en: str
    fr: str = ""
    figures: Mapping[str, Figure] = field(default_factory=dict)

    def words(self, language: str) -> str:
        return (self.fr if language == "fr" else "") or self.en


def say(en: str, fr: str = "", **figures: Figure) -> Phrase:
    """A phrase with its figures."""
    return Phrase(en, fr, figures)


def distinct(phrases: Iterable[Phrase]) -> tuple[Phrase, ...]:
    """Each phrase once, in the order of its first time."""
    found: list[Phrase] = []
    for one in phrases:
        if one not in found:
            found.append(one)
    return tuple(found)


@frozen
class Step:
    """One step of a line's making; `number` counts as in the order of operations (1 to 15)."""

    number: int
    phrase: Phrase


@frozen
class Vat:
    """A VAT category (EN 16931 code), its rate in percent, and the reason when nothing is charged."""

    category: str
    rate: Decimal
    reason: str = ""


@frozen
class Slot:
    """Which records a line counts: those of one meter of its charge, all of them or those of one price group.

    `days` (`date.toordinal()`, the end not included) are given where the charge's prices change inside the period.
    """

    meter: str = "main"
    key: Hashable = None
    days: tuple[int, int] | None = None


@frozen
class Line:
    """One row of the invoice: `round(quantity × unit_price) == amount`, always.

    `quantity` has at most four decimals and `unit_price` at most six and is never negative; a correction has a
    negative quantity. `label` is the contract's text, `detail` says what part of the charge this is.
    `slot` names the records behind it, None when no record is.
    """

    id: str
    charge: str
    kind: LineKind
    label: str
    detail: Phrase | None
    quantity: Decimal
    unit: Phrase
    unit_price: Decimal
    amount: Decimal
    vat: Vat
    steps: tuple[Step, ...] = ()
    slot: Slot | None = None
    phase: str = ""
    """The phase it belongs to, empty where the contract has none or the line is the whole invoice's."""


@frozen
class Subtotal:
    """The sum of one charge's lines."""

    charge: str
    label: str
    amount: Decimal
    phase: str = ""


@frozen
class VatTotal:
    """The VAT of one category and rate on the sum of its lines."""

    vat: Vat
    base: Decimal
    amount: Decimal


@frozen
class Credit:
    """An amount already paid, taken off the total (EN 16931 BT-113)."""

    label: str
    amount: Decimal


@frozen
class Counted:
    """What one charge did with the records of the period: billed + every rule's count = in the period."""

    charge: str
    label: str
    billed: int
    not_billable: Mapping[str, int]
    rules: Mapping[str, Phrase]
    """The words of each rule in `not_billable`."""
    phase: str = ""


@frozen
class Funnel:
    """The account of every record of one source (law 3).

    `read = rejected + other + duplicates + joined + outside_period + in_period`, and for each charge
    `in_period = billed + sum(not_billable)`. `unbilled` records of the period are billed by no charge. `other` rows
    are no records of the source; `joined` are the legs beyond the first of each contact.
    """

    source: str
    record: Literal["contact", "agent_state", "interval"]
    read: int
    rejected: int
    duplicates: int
    outside_period: int
    in_period: int
    unbilled: int
    charges: tuple[Counted, ...] = ()
    other: int = 0
    joined: int = 0


@frozen
class Rule:
    """One rule that the contract chose, or that callbill took by default; printed with the invoice."""

    charge: str
    setting: str
    phrase: Phrase
    phase: str = ""


@frozen
class KpiValue:
    """One measured value of a KPI, as it stands on the invoice.

    `unit` is percent, seconds, per_hour, money or number. `value` is exact; `rounded` is what scales saw, None where
    nothing was counted. `low` and `high` are the 95 % margin of error, None where there is no telling. `target` is what
    a clause aims at, empty where none does. `window` names the days, `first` to `last`, both included.
    """

    kpi: str
    kind: str
    label: Phrase
    unit: str
    formula: str
    words: Phrase
    window: str
    first: date
    last: date
    numerator: Fraction
    denominator: Fraction | None
    value: Fraction | None
    rounded: Fraction | None
    low: Decimal | None = None
    high: Decimal | None = None
    target: str = ""
    notes: tuple[Phrase, ...] = ()
    phase: str = ""


@frozen
class SetAside:
    """A line that a clause leaves to the next invoice; `percent`: its price is a share, of that invoice's own basis.

    `vat` is that of what it was taken of; None where the next invoice's own basis says.
    """

    quantity: Decimal
    unit_price: Decimal
    percent: bool
    vat: Vat | None = None


@frozen
class ClauseResult:
    """What one clause of bonus/malus gave: the sum of its lines, what it set aside, and what kept it from more.

    `gave` is what the measured period gave, whichever invoice carries it. `billed` is what this invoice takes or gives
    for the clause after every cap, those of groups and of the whole too, by VAT; earning back is not part of it.
    """

    clause: str
    label: str
    kpis: tuple[str, ...]
    amount: Decimal
    gave: Decimal
    billed: tuple[tuple[Vat, Decimal], ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[Phrase, ...] = ()
    phase: str = ""


@frozen
class PhaseDays:
    """The days of the period that are billed under one phase, `first` and `last` included."""

    name: str
    first: date
    last: date


@frozen
class Party:
    """Seller or buyer, as it stands on the invoice."""

    name: str
    country: str
    address: tuple[str, ...] = ()
    siren: str = ""
    siret: str = ""
    vat: str = ""
    email: str = ""
    iban: str = ""
    bic: str = ""


@frozen
class Terms:
    """Dates and references of payment."""

    issued: date
    due: date
    phrase: Phrase
    purchase_order: str = ""
    note: str = ""


@frozen
class Invoice:
    """One period's invoice; every amount has the currency's own decimals.

    `first` and `last` are local days, both included. `net` is the sum of the lines, `total` is net + VAT,
    `due` is the total less credits.
    """

    number: str
    contract: str
    title: str
    currency: str
    decimals: int
    language: str
    timezone: str
    first: date
    last: date
    seller: Party
    buyer: Party
    terms: Terms
    lines: tuple[Line, ...]
    subtotals: tuple[Subtotal, ...]
    vat: tuple[VatTotal, ...]
    net: Decimal
    vat_total: Decimal
    total: Decimal
    credits: tuple[Credit, ...]
    due: Decimal
    funnel: tuple[Funnel, ...]
    rules: tuple[Rule, ...]
    files: tuple[tuple[str, str], ...] = ()
    """(source, file name) of everything that was read."""
    kpis: tuple[KpiValue, ...] = ()
    clauses: tuple[ClauseResult, ...] = ()
    phases: tuple[PhaseDays, ...] = ()
    """The phases of the period; empty where the contract has none. Days in none of them are not billed."""

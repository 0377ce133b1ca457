"""The billing models: one file a model, the file's name is the word after `model:`.

A model is a `Charge`: its settings, what it counts, and how counts become groups of quantities with prices. The
order of everything else (rounding, commitments, lines, minimums, VAT) is the same for all and is in `billing`.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from callbill import family
from callbill.calendar import Calendar, Timetable
from callbill.charge_settings import Ceiling, Floor, Included, IncludedUnits, OneOff, TakeOrPay, VatRule
from callbill.frozen import frozen
from callbill.indexation import Indexation, Indices, Revision
from callbill.invoice import LineKind, Phrase, Rule, Slot, Step, Vat, say
from callbill.meters import Count, Meter, Metered, SeatMeter
from callbill.period import Period, days_30, period_of
from callbill.period import Rule as PeriodRule
from callbill.price_tables import unit_price
from callbill.pricing import PriceList
from callbill.problems import Invalid, Problem, nearest
from callbill.staging import Layout
from callbill.values import Day, Label, Settings, Slug, Whole

PACKAGE = "callbill.models"


# ------------------------------------------------------------------------- what a charge is given to work with


@frozen
class Facts:
    """What charges know of the contract around them."""

    layouts: Mapping[str, Layout]
    calendar: Calendar
    timezone: str
    period_rule: PeriodRule
    currency: str
    decimals: int
    vat: Vat
    indices: Indices = field(default_factory=dict)
    indexations: Mapping[str, Indexation] = field(default_factory=dict)

    @cached_property
    def bands(self) -> tuple[str, ...]:
        return tuple(band.name for band in self.calendar.bands)

    def band_label(self, name: str) -> str:
        return next((band.label or band.name for band in self.calendar.bands if band.name == name), name)

    def window_label(self, name: str) -> str:
        return next((one.label or one.name for one in self.calendar.windows if one.name == name), name)


@frozen
class Scope:
    """The facts and one period."""

    facts: Facts
    period: Period
    timetable: Timetable
    on: date | None = None
    """The day that prices are of, where it is not the first of the period."""
    explained: bool = True
    """Whether every step of a line is told; of bills that nobody reads line by line, the amounts are enough."""

    def revision(self, name: str | None, on: date | None = None) -> Revision | None:
        """The coefficient of a clause on a day; what is missing is told at the clause."""
        if name is None:
            return None
        try:
            return self.facts.indexations[name].coefficient(self.period, self.facts.indices, on or self.on)
        except Invalid as invalid:
            raise Invalid(problem.under("indexation", name) for problem in invalid.problems) from None


@frozen
class Group:
    """One quantity at one price list: a band, a row of the price table, or the whole charge. Exact units."""

    id: str
    quantity: Fraction
    unit: Phrase
    prices: PriceList
    detail: Phrase | None = None
    slot: Slot | None = None
    records: int = 0
    steps: tuple[Step, ...] = ()


@frozen
class Batch:
    """Groups that share their commitments. `share` is the part of the period that they cover.

    `plain` batches stand apart from included units, minimums and maximums in quantity: reversals, for instance.
    """

    groups: tuple[Group, ...]
    kind: LineKind = "usage"
    share: Fraction = Fraction(1)
    plain: bool = False
    whole_units: bool = False
    """The unit price is the amount itself (a fee): rounded to the currency's decimals at once."""


class Unpriced(Invalid):
    """Records that the price table has no row for; `values` are the column values behind each problem."""

    def __init__(self, columns: tuple[str, ...], found: Mapping[tuple[str | None, ...], int]) -> None:
        ordered = sorted(found.items(), key=lambda item: (-item[1], str(item[0])))
        self.values = tuple(values for values, _ in ordered)
        super().__init__(self._problem(columns, values, records) for values, records in ordered)

    @staticmethod
    def _problem(columns: tuple[str, ...], values: tuple[str | None, ...], records: int) -> Problem:
        named = zip(columns, values, strict=True)
        shown = ", ".join(f"{name} `{value}`" if value else f"an empty {name}" for name, value in named)
        message = f"no price for {shown}: {records} record{'' if records == 1 else 's'}"
        return Problem("CB319", message, "add a row, or a price under `otherwise`", ("prices",))


class Charge(Settings, ABC):
    """One thing the contract bills; every model shares these settings."""

    id: Slug = Field(description="its name on line ids and in other settings")
    label: Label = Field(description="words on the invoice")
    model: Label = Field(description="the billing model")
    from_: Day | None = Field(None, alias="from", description="first day it is billed for")
    until: Day | None = Field(None, description="last day it is billed for")
    vat: VatRule | None = Field(None, description="VAT, when it is not the invoice's")
    indexation: Slug | None = Field(
        None, description="the revision clause its prices and fees follow; minimum and maximum amounts stay"
    )
    included: IncludedUnits | None = Field(None, description="free units: a number, or `{quantity, apply, across}`")
    minimum: Floor | None = Field(None, description="least quantity or amount of a period")
    maximum: Ceiling | None = Field(None, description="most quantity or amount of a period")
    take_or_pay: TakeOrPay | None = Field(None, description="share of the forecast that is due in any case")
    proration: Literal["calendar_days", "fixed_30", "none"] | None = Field(
        None, description="what a part of a period costs: by days, by months of 30 days, or the whole"
    )
    decimals: Annotated[Whole, Field(le=4)] = Field(4, description="decimals of the billed quantity, 4 at most")
    rounding: Literal["half_up", "up", "down"] = Field("half_up", description="how the billed quantity is rounded")
    one_off: tuple[OneOff, ...] = Field((), description="single lines on given dates")

    # ------------------------------------------------------------------------------------ to write in a model

    @abstractmethod
    def meters(self, scope: Scope) -> Mapping[str, Meter | SeatMeter]:
        """What is counted, by name; an empty mapping when nothing is."""

    @abstractmethod
    def batches(self, counted: Mapping[str, Metered], scope: Scope) -> list[Batch]:
        """The quantities of the period and their prices."""

    def apart(self, meter: str, count: Count, scope: Scope) -> Hashable:  # noqa: ARG002 - models look at them
        """What tells some counts of a meter from others in `batches`, whatever the day; models may tell fewer apart."""
        return count.cell, count.values, count.flags, count.clamp, count.row

    def problems(self, facts: Facts) -> Iterator[Problem]:
        """What is wrong with the settings together; models add theirs."""
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            yield Problem("CB240", f"`until` {self.until} is before `from` {self.from_}", "swap them", ("until",))
        if self.indexation is not None and self.indexation not in facts.indexations:
            help_ = nearest(self.indexation, facts.indexations) or "write it under `indexation` at the top"
            yield Problem("CB231", f"`{self.indexation}` is not a revision clause", help_, ("indexation",))
        if self.vat is not None:
            yield from (problem.under("vat") for problem in self.vat.problems())
        for n, line in enumerate(self.one_off):
            if line.vat is not None:
                yield from (problem.under("one_off", n, "vat") for problem in line.vat.problems())
        yield from self._limit_problems()
        if self.proration is None and self._prorates() and not self._whole_periods(facts.period_rule):
            help_ = "write `proration: calendar_days`, `fixed_30` or `none`"
            message = "it begins or ends inside a period: what does a part of a period cost?"
            yield Problem("CB249", message, help_, on_key=True)
        elif self.proration is None and self._prorates() and self._is_cut(facts):
            help_ = "write `proration: calendar_days`, `fixed_30` or `none`"
            message = "its prices are revised inside a period: what does a part of a period cost?"
            yield Problem("CB249", message, help_, ("indexation",))
        if self.proration == "fixed_30" and facts.period_rule not in ("month", "quarter"):
            help_ = "write `proration: calendar_days`"
            yield Problem("CB248", "months of 30 days need periods that are months or quarters", help_, ("proration",))

    def rules(self) -> Iterator[Rule]:
        """The rules that this charge was billed by, for the invoice; models add theirs."""
        if self.fractional:
            words = {
                "half_up": ("half up", "au plus proche"),
                "up": ("up", "par excès"),
                "down": ("down", "par défaut"),
            }
            en, fr = (f"{words[self.rounding][0]} to {{n}} decimals", f"{words[self.rounding][1]} à {{n}} décimales")
            yield self.rule("rounding", say(f"quantity rounded {en}", f"quantité arrondie {fr}", n=self.decimals))
        if self.proration is not None:
            names = {
                "calendar_days": ("by calendar days", "aux jours calendaires"),
                "fixed_30": ("by months of 30 days", "en mois de 30 jours"),
                "none": ("none: a part costs the whole", "aucun : une partie vaut le tout"),
            }[self.proration]
            yield self.rule("proration", say(f"proration {names[0]}", f"prorata {names[1]}"))
        yield from self._limit_rules()

    def _limit_rules(self) -> Iterator[Rule]:
        """Included units, minimum, maximum and commitment in words."""
        free = self.free_units
        if free is not None:
            en, fr = ("after", "après") if free.apply == "after_rounding" else ("before", "avant")
            words = say(
                f"{{n}} units included, taken off {en} rounding",
                f"{{n}} unités incluses, déduites {fr} arrondi",
                n=free.quantity,
            )
            yield self.rule("included", words)
        for name, limit, en, fr in (
            ("minimum", self.minimum, "at least", "au moins"),
            ("maximum", self.maximum, "at most", "au plus"),
        ):
            if limit is not None and limit.quantity is not None:
                words = say(f"{en} {{n}} units a period", f"{fr} {{n}} unités par période", n=limit.quantity)
                yield self.rule(name, words)
            elif limit is not None and limit.amount is not None:
                yield self.rule(name, say(f"{en} {{n}} a period", f"{fr} {{n}} par période", n=limit.amount))
        if self.take_or_pay is not None:
            words = say(
                "{share} % of the forecast is due in any case", "{share} % de la prévision est dû dans tous les cas",
                share=self.take_or_pay.share,
            )  # fmt: skip
            yield self.rule("take_or_pay", words)

    # ------------------------------------------------------------------------------------------ shared by models

    def rule(self, setting: str, phrase: Phrase) -> Rule:
        return Rule(self.id, setting, phrase)

    @property
    def free_units(self) -> Included | None:
        """The included units, however they were written."""
        if isinstance(self.included, Decimal):
            return Included(quantity=self.included)
        return self.included

    @property
    def fractional(self) -> bool:
        """Whether its quantity can have decimals that are rounded; models say."""
        return True

    @property
    def several_prices(self) -> bool:
        """Whether a missing unit has no price of its own; models say."""
        return False

    def priced_days(self, scope: Scope) -> tuple[date, date] | None:
        """The days whose prices stand on the period's invoice, `end` not included; models may say others."""
        return self.covered(scope.period)

    @property
    def cuts_itself(self) -> bool:
        """Whether its batches have the prices of each day already; models say."""
        return False

    def covered(self, period: Period) -> tuple[date, date] | None:
        """The days of a period that the charge is in force, `end` not included; None when there are none."""
        first = period.first if self.from_ is None else max(period.first, self.from_)
        end = period.end if self.until is None else min(period.end, self.until + timedelta(days=1))
        return (first, end) if first < end else None

    def share(self, first: date, end: date, period: Period) -> Fraction:
        """What part of the period some days are, the way the contract prorates."""
        if self.proration == "fixed_30":
            return Fraction(days_30(first, end), days_30(period.first, period.end))
        if self.proration == "calendar_days":
            return Fraction((end - first).days, period.days)
        return Fraction(1)

    def revised(self, price: Decimal, scope: Scope, on: date | None = None) -> Decimal:
        """A price after the revision clause, at most six decimals."""
        revision = scope.revision(self.indexation, on)
        return price if revision is None else unit_price(price, revision.factor)

    def stretches(self, first: date, end: date, scope: Scope) -> list[tuple[date, date]]:
        """Some days cut where a revision changes the prices; each stretch has one coefficient."""
        clause = scope.facts.indexations.get(self.indexation or "")
        limits = [first]
        for day in clause.changes(first, end) if clause else ():
            before, after = (scope.revision(self.indexation, on) for on in (limits[-1], day))
            if before is None or after is None or before.factor != after.factor:
                limits.append(day)
        return list(zip(limits, [*limits[1:], end], strict=True))

    def pieces(self, scope: Scope) -> "list[Charge]":
        """The charge for each stretch of its days in the period that has prices of its own; itself where it has one."""
        if self.indexation is None or self.cuts_itself:
            return [self]
        covered = self.covered(scope.period)
        found = self.stretches(*covered, scope) if covered else []
        if len(found) < 2:
            return [self]
        last = timedelta(days=1)
        return [self.model_copy(update={"from_": begins, "until": ends - last}) for begins, ends in found]

    def _limit_problems(self) -> Iterator[Problem]:
        for name, limit in (("minimum", self.minimum), ("maximum", self.maximum)):
            if limit is not None and (limit.quantity is None) == (limit.amount is None):
                yield Problem("CB248", f"`{name}` is either a quantity or an amount", "write one of the two", (name,))
        yield from self._order_of_limits()
        for name, floor in (("minimum", self.minimum), ("take_or_pay", self.take_or_pay)):
            in_units = isinstance(floor, TakeOrPay) or (floor is not None and floor.quantity is not None)
            if floor is not None and in_units and floor.price is None and self.several_prices:
                message = "the charge has several prices: what does a missing unit cost?"
                yield Problem("CB249", message, "write its `price`", (name,))
        if self.minimum and self.minimum.quantity is not None and self.take_or_pay:
            yield Problem(
                "CB248", "`minimum` in quantity and `take_or_pay` exclude each other", "keep one", ("take_or_pay",)
            )
        if self.free_units and self.several_prices and self.free_units.across is None:
            help_ = "write `included: {quantity: …, across: in_order}` or `pro_rata`"
            yield Problem("CB249", "which prices do the included units fall on?", help_, ("included",))

    def _order_of_limits(self) -> Iterator[Problem]:
        for name in ("quantity", "amount"):
            low, high = getattr(self.minimum, name, None), getattr(self.maximum, name, None)
            if low is not None and high is not None and high < low:
                yield Problem("CB240", f"the maximum {high} is below the minimum {low}", "swap them", ("maximum", name))

    def _prorates(self) -> bool:
        return any((self.included, self.minimum, self.maximum, self.take_or_pay))

    def _is_cut(self, facts: Facts) -> bool:
        clause = facts.indexations.get(self.indexation or "")
        return clause is not None and clause.cuts(facts.period_rule)

    def _whole_periods(self, rule: PeriodRule) -> bool:
        """Whether the charge begins and ends with a period."""
        begins = self.from_ is None or period_of(rule, self.from_).first == self.from_
        return begins and (self.until is None or period_of(rule, self.until).last == self.until)


def names() -> tuple[str, ...]:
    """Every model there is."""
    return family.names(PACKAGE)


def named(name: str) -> type[Charge]:
    """The model of that name; `LookupError` when there is none."""
    found: type[Charge] = family.kind(PACKAGE, name, Charge)
    return found

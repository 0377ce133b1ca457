"""Bill acts: calls, e-mails, appointments, sales… each at a price, whatever time it took.

The provider bears the risk of handling time and idle time; the client pays for volume. A quality clause usually
goes with it.

`count` says which acts: `calls.answered` is a state of the source (`states:` of the source say which contacts are
answered), `calls.all` every contact. `sum: calls.units_sold` adds up a number column instead. For intervals the
name is a number column: `halfhours.answered`.

`once_per: {field: customer, within: 24 h}` counts each customer once in a window; `within: period` counts distinct
customers. A contact exactly 24 h after the other one counts again. Contacts of earlier days in the same files are
seen by the window but not billed.

A percentage of a summed amount: `sum: calls.sale_amount` with `percent: 2.5 %`. `per_act` bounds what each act
gives, `{minimum: 1.75, maximum: 12}`; acts at a bound are lines of their own.

`clawback` takes back acts that were reversed later: another source lists the reversals of the month, they are
billed as a negative quantity. `within` leaves out reversals of acts that are too old.

Prices are one of `price`, `prices` (a table by columns), `tiers` (graduated or volume), `package` or `stairstep`.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import Field

from callbill.invoice import Phrase, Rule, Slot, say
from callbill.meters import Clamp, Meter, Metered, SeatMeter, Test, duration_words
from callbill.models import Batch, Facts, Group, Scope
from callbill.models._counted import ReferenceText, field_problems, state_tests
from callbill.models._priced import Key, Priced
from callbill.pricing import PerUnit, PriceList
from callbill.problems import Invalid, Problem
from callbill.staging import Condition, Layout
from callbill.terms import Where, conditions, reference
from callbill.values import Duration, Label, Price, Settings, Share, Threshold

EXAMPLE = """\
charges:
  - id: calls
    label: Calls answered
    model: act
    count: calls.answered
    where: {queue: [support, sales]}
    once_per: {field: customer, within: 24 h}
    tiers:
      mode: graduated
      steps:
        - {up_to: 10000, price: 2.70}
        - {price: 2.45}
"""


class PerAct(Settings):
    """Bounds of what one act gives."""

    minimum: Price | None = Field(None, description="least a single act gives")
    maximum: Price | None = Field(None, description="most a single act gives")


class Clawback(Settings):
    """Acts taken back because they were reversed."""

    count: ReferenceText | None = Field(None, description="the reversals: `reversals.all`")
    sum: ReferenceText | None = Field(None, description="or a number column of the reversals")
    where: Where = Field(default_factory=dict, description="which reversals count")
    within: Duration | None = Field(None, description="only acts reversed within this time: `60 days`")
    since: Label | None = Field(None, description="the moment of the act, a column of the reversals")
    price: Price | None = Field(None, description="what is paid back for each; the price of the act when there is one")

    @property
    def source(self) -> str:
        return reference(self.count or self.sum or "").source


class Act(Priced):
    """Acts at a price each."""

    model: Literal["act"] = Field(description="`act`")
    count: ReferenceText | None = Field(None, description="which acts: `calls.answered`")
    sum: ReferenceText | None = Field(None, description="or a number column to add up: `calls.units_sold`")
    unit: Label | None = Field(None, description="what one act is called on the invoice")
    percent: Share | None = Field(None, description="share of the summed amount: `2.5 %`")
    per_act: PerAct | None = Field(None, description="for a percentage: bounds of what each act gives")
    clawback: Clawback | None = Field(None, description="acts reversed later")

    @property
    def shapes(self) -> dict[str, object]:
        return {**super().shapes, "percent": self.percent}

    @property
    def fractional(self) -> bool:
        return self.sum is not None

    @property
    def in_percent(self) -> bool:
        """Whether tiers give shares of an amount."""
        return self.tiers is not None and any(tier.percent is not None for tier in self.tiers.steps)

    @property
    def wanted(self) -> str:
        return self.count or self.sum or ""

    def source_of(self) -> str:
        return reference(self.wanted).source if self.wanted else ""

    # ------------------------------------------------------------------------------------------ problems

    def problems(self, facts: Facts) -> Iterator[Problem]:
        yield from super().problems(facts)
        if (self.count is None) == (self.sum is None):
            yield Problem("CB248", "acts are either counted or summed", "write one of `count` and `sum`", on_key=True)
            return
        path = "count" if self.count else "sum"
        if self.source_of() not in facts.layouts:
            yield from self.source_problems(facts, self.source_of(), path)
            return
        layout = facts.layouts[self.source_of()]
        yield from field_problems(self.count, self.sum, layout)
        yield from self.where_problems(layout)
        yield from self.price_problems(facts, layout)
        yield from self._percent_problems()
        if self.clawback is not None:
            yield from (problem.under("clawback") for problem in self._clawback_problems(self.clawback, facts))

    def _percent_problems(self) -> Iterator[Problem]:
        if self.percent is not None and self.sum is None:
            yield Problem("CB248", "a percentage needs an amount", "write `sum: calls.sale_amount`", ("percent",))
        if self.indexation is not None and (self.percent is not None or self.in_percent):
            message = "a percentage is not revised: the amounts it is taken of are"
            yield Problem("CB248", message, "take `indexation` out", ("indexation",), on_key=True)
        if self.per_act is not None and self.percent is None:
            yield Problem("CB248", "`per_act` goes with `percent`", "take it out", ("per_act",), on_key=True)
        if self.per_act is not None and self.per_act.minimum is None and self.per_act.maximum is None:
            yield Problem("CB202", "`minimum` is missing", "write a `minimum`, a `maximum`, or both", ("per_act",))
        in_units = {
            "included": self.included,
            "minimum": self.minimum and self.minimum.quantity,
            "maximum": self.maximum and self.maximum.quantity,
            "take_or_pay": self.take_or_pay,
        }
        for name, given in in_units.items() if self.per_act is not None else ():
            if given is not None:
                message = "some acts are counted and others summed: they have no quantity in common"
                yield Problem("CB248", message, f"take `{name}` out, or write it as an amount", (name,), on_key=True)
        low, high = (self.per_act.minimum, self.per_act.maximum) if self.per_act else (None, None)
        if low is not None and high is not None and high < low:
            yield Problem(
                "CB240", f"the maximum {high} is below the minimum {low}", "swap them", ("per_act", "maximum")
            )

    def _clawback_problems(self, back: Clawback, facts: Facts) -> Iterator[Problem]:
        if (back.count is None) == (back.sum is None):
            yield Problem(
                "CB248", "reversals are either counted or summed", "write one of `count` and `sum`", on_key=True
            )
            return
        if back.source not in facts.layouts:
            yield from self.source_problems(facts, back.source, "count" if back.count else "sum")
            return
        layout = facts.layouts[back.source]
        yield from field_problems(back.count, back.sum, layout)
        try:
            conditions(back.where, layout, ("where",))
        except Invalid as invalid:
            yield from invalid.problems
        if (back.within is None) != (back.since is None):
            help_ = "write both: `within: 60 days` and `since: sold_at`"
            yield Problem("CB249", "`within` and `since` go together", help_, ("within" if back.within else "since",))
        if back.since is not None and back.since not in layout.spans:
            message = f"`{back.since}` is not a duration from the act to its reversal"
            yield Problem(
                "CB231", message, f"declare `{back.since}: {{from: …, to: start}}` in `{back.source}`", ("since",)
            )
        if back.price is None and self.per_act is not None:
            yield Problem("CB249", "what is paid back for an act at a bound?", "write `price: …`", on_key=True)
        elif back.price is None and (isinstance(self.price, dict) or self.price is None) and self.percent is None:
            yield Problem("CB249", "what is paid back for an act?", "write `price: …`", on_key=True)

    # -------------------------------------------------------------------------------------------- counting

    def meters(self, scope: Scope) -> Mapping[str, Meter | SeatMeter]:
        layout = self.layout(scope.facts)
        meters: dict[str, Meter | SeatMeter] = {
            "main": Meter(
                source=self.source_of(),
                record=layout.record,
                parts=self._parts(self.sum, layout),
                tests=(*state_tests(self.count, layout), *self.tests(layout)),
                once=self.once_rule(),
                free=self.free_rule(()),
                rows=self.rows,
                columns=self.by,
                unfit=self.unfit,
                flags=self.flags,
                clamp=self._clamp(),
                dates=self.dates(scope),
            )
        }
        if self.clawback is not None:
            meters["clawback"] = self._clawback_meter(self.clawback, scope)
        return meters

    def _parts(self, summed: str | None, layout: Layout) -> tuple[tuple[int, str], ...]:
        if summed is not None:
            return ((1, reference(summed).name),)
        return ((1, reference(self.wanted).name),) if layout.record == "interval" else ()

    def _clamp(self) -> Clamp | None:
        if self.per_act is None or self.percent is None:
            return None
        return Clamp(self.percent, self.per_act.minimum, self.per_act.maximum)

    def _clawback_meter(self, back: Clawback, scope: Scope) -> Meter:
        layout = scope.facts.layouts[back.source]
        tests = [*state_tests(back.count, layout)]
        words = say("not the charge’s", "hors prestation")
        tests += [Test(f"where_{one.field}", words, one) for one in conditions(back.where, layout, ())]
        if back.within is not None and back.since is not None:
            limit = Condition(back.since, at_most=Threshold(back.within, is_duration=True, written=""))
            tests.append(Test("too_old", say("reversed too late", "annulé trop tard"), limit))
        parts = ((1, reference(back.sum).name),) if back.sum else ()
        return Meter(source=back.source, record=layout.record, parts=parts, tests=tuple(tests), dates=self.dates(scope))

    # --------------------------------------------------------------------------------------------- pricing

    def batches(self, counted: Mapping[str, Metered], scope: Scope) -> list[Batch]:
        groups = [
            self._bounded(group, count)
            for group, count in self._split_bounds(
                self.groups(counted["main"], scope, self.unit_words(scope), Fraction(1))
            )
        ]
        covered = self.covered(scope.period)
        batches = [Batch(tuple(groups), share=self.share(*covered, scope.period))] if covered else []
        if self.clawback is not None:
            batches.append(self._clawback_batch(self.clawback, counted["clawback"], scope))
        return batches

    def _split_bounds(self, groups: list[Group]) -> Iterator[tuple[Group, int]]:
        """Groups with the bound that their acts are at: told by their price list."""
        for group in groups:
            yield group, getattr(group.prices, "bound", 0)

    def _bounded(self, group: Group, bound: int) -> Group:
        """Acts at a bound are counted, not summed."""
        if bound == 0 or self.per_act is None:
            return group
        low, high = say("acts at the minimum", "actes au minimum"), say("acts at the maximum", "actes au maximum")
        suffix = "min" if bound < 0 else "max"
        return Group(
            id=f"{group.id}-{suffix}".strip("-"),
            quantity=Fraction(group.records),
            unit=say("act", "acte"),
            prices=group.prices,
            detail=low if bound < 0 else high,
            slot=group.slot,
            records=group.records,
        )

    def price_list(self, key: Key, scope: Scope) -> PriceList:
        if self.percent is None:
            return super().price_list(key, scope)
        if key.clamp and self.per_act is not None:
            price = self.per_act.minimum if key.clamp < 0 else self.per_act.maximum
            return _AtBound(price or Decimal(0), None, key.clamp)
        return PerUnit(self.percent / 100, say("{percent} %", "{percent} %", percent=self.percent))

    def _clawback_batch(self, back: Clawback, metered: Metered, scope: Scope) -> Batch:
        total = sum(count.billed for count in metered.counts)
        if back.price is not None:
            price = self.revised(back.price, scope)
        elif self.percent is not None:
            price = self.percent / 100
        else:
            price = self.revised(self.price if isinstance(self.price, Decimal) else Decimal(0), scope)
        group = Group(
            id="reversed",
            quantity=-Fraction(total, 1_000_000),
            unit=self.unit_words(scope),
            prices=PerUnit(price),
            detail=say("reversed", "annulés"),
            slot=Slot("clawback"),
            records=metered.billed_records,
        )
        return Batch((group,) if total else (), kind="reversal", plain=True)

    def unit_words(self, scope: Scope) -> Phrase:
        """What one unit is called: the contract's word, the currency for amounts, an act otherwise."""
        if self.unit is not None:
            return say("{unit}", "{unit}", unit=self.unit)
        if self.percent is not None or self.in_percent:
            return say("{unit}", "{unit}", unit=scope.facts.currency)
        return say("act", "acte")

    def rules(self) -> Iterator[Rule]:
        if self.count:
            yield self.rule("count", say("billed acts: {count}", "actes facturés : {count}", count=self.count))
        else:
            yield self.rule("sum", say("billed sum of {sum}", "somme facturée de {sum}", sum=self.sum or ""))
        if self.clawback is not None and self.clawback.within is not None:
            window = duration_words(self.clawback.within)
            yield self.rule("clawback", say("reversals count for {time} after the act", "les annulations comptent {time} après l’acte", time=window))  # noqa: E501  # fmt: skip
        yield from self.price_rules()
        yield from super().rules()


class _AtBound(PerUnit):
    """The price of an act that gives the least or the most."""

    def __init__(self, price: Decimal, detail: Phrase | None, bound: int) -> None:
        super().__init__(price, detail)
        object.__setattr__(self, "bound", bound)

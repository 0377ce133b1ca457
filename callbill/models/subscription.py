"""Bill seats, positions, tools or licences: a price each for a period, used or not.

The client bears the risk of volume within the capacity.

`seats` is a number, a list of numbers with the day each begins (`- {from: 2026-10-15, seats: 15}`), or measured from
a source: `{measured: distinct, of: agents}` (agents seen in the period), `peak` (most agents busy at one moment;
`of` names the durations that count: `agents.talk + agents.wrap`), or `mean` (distinct agents a day, over `all_days`
of the period that the charge covers, or its `active_days`).

`billed: in_arrears` bills the period itself, `in_advance` the one that follows; a period in which the charge begins
is billed with itself, since no invoice stood before it.

A part of a period costs what `proration` says; its unit price is printed with at most six decimals.

`setup` is a fee on the invoice of the charge's first period. `minimum_term: 12` months: a charge that ends sooner
owes the rest on its last invoice.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from callbill.invoice import Phrase, Rule, Slot, Step, say
from callbill.meters import Meter, Metered, SeatMeter
from callbill.models import Batch, Facts, Group, Scope
from callbill.models._counted import Counted
from callbill.period import Period, days_30, months_later, period_of
from callbill.price_tables import unit_price
from callbill.pricing import PerUnit
from callbill.problems import Problem, nearest
from callbill.staging import Layout
from callbill.terms import measure
from callbill.values import Day, Label, Price, Settings, Whole, shape

EXAMPLE = """\
charges:
  - id: seats
    label: Agent positions
    model: subscription
    price: 2000.00
    unit: position
    seats:
      - {from: 2026-01-01, seats: 10}
      - {from: 2026-10-15, seats: 12}
    billed: in_arrears                    # in_arrears | in_advance
    proration: calendar_days              # calendar_days | fixed_30 | none
"""


def _days(first: date, end: date) -> int:
    return (end - first).days


class SeatsFrom(Settings):
    """A number of seats from a day on."""

    from_: Day = Field(alias="from", description="first day")
    seats: Whole = Field(description="seats in force")


class SeatsMeasured(Settings):
    """Seats counted from activity."""

    measured: Literal["distinct", "peak", "mean"] = Field(
        description="agents seen, most at one moment, or agents a day"
    )
    of: Label = Field(description="the source, or for a peak the durations that count: `agents.talk + agents.wrap`")
    over: Literal["all_days", "active_days"] | None = Field(None, description="days that a mean is taken over")


def _seats_shape(raw: object) -> str:
    return {"mapping": "measured", "list": "dated"}.get(shape(raw), "number")


Seats = Annotated[
    Annotated[Whole, Tag("number")]
    | Annotated[tuple[SeatsFrom, ...], Tag("dated")]
    | Annotated[SeatsMeasured, Tag("measured")],
    Discriminator(_seats_shape),
]


class Setup(Settings):
    """A fee when the charge begins."""

    amount: Price = Field(description="the fee")
    label: Label | None = Field(None, description="words on the invoice")


class Subscription(Counted):
    """Seats at a price a period."""

    model: Literal["subscription"] = Field(description="`subscription`")
    price: Price = Field(description="price of a seat for a whole period")
    unit: Label | None = Field(None, description="what a seat is called: position, tool, licence")
    seats: Seats = Field(description="how many: a number, a list by date, or measured")
    billed: Literal["in_arrears", "in_advance"] = Field(description="the period itself, or the one that follows")
    setup: Setup | None = Field(None, description="a fee when the charge begins; needs `from`")
    minimum_term: Whole | None = Field(None, description="months that are due from `from` on")

    def source_of(self) -> str | None:
        if not isinstance(self.seats, SeatsMeasured):
            return None
        return self.seats.of.split(".")[0] if "." not in self.seats.of else measure(self.seats.of).source

    def problems(self, facts: Facts) -> Iterator[Problem]:
        yield from super().problems(facts)
        if isinstance(self.seats, SeatsMeasured):
            yield from self._measured_problems(self.seats, facts)
        elif isinstance(self.seats, tuple):
            yield from self._dated_problems(self.seats, facts)
        for name, needs in (("setup", self.setup), ("minimum_term", self.minimum_term)):
            if needs is not None and self.from_ is None:
                yield Problem(
                    "CB249",
                    f"`{name}` needs the day the charge begins",
                    "write `from: 2026-10-01`",
                    (name,),
                    on_key=True,
                )
        if (self.where or self.free) and not isinstance(self.seats, SeatsMeasured):
            name = "where" if self.where else "free"
            yield Problem("CB248", f"`{name}` needs measured seats", "take it out", (name,), on_key=True)

    def _measured_problems(self, seats: SeatsMeasured, facts: Facts) -> Iterator[Problem]:
        source = self.source_of() or ""
        if source not in facts.layouts:
            help_ = nearest(source, facts.layouts) or "declare it under `activity`"
            yield Problem("CB231", f"`{source}` is not a source of this contract", help_, ("seats", "of"))
            return
        layout = facts.layouts[source]
        if "agent" not in layout.texts:
            yield Problem("CB231", f"`{source}` has no `agent`", "declare its column", ("seats", "of"))
        yield from self.where_problems(layout)
        if seats.measured == "peak":
            yield from self._peak_problems(seats, layout)
        if (seats.measured == "mean") != (seats.over is not None):
            message = "which days is the mean taken over?" if seats.over is None else "`over` goes with `mean`"
            yield Problem("CB249", message, "write `over: all_days` or `over: active_days`", ("seats",))
        if self.minimum_term is not None:
            yield Problem("CB248", "a minimum term needs stated seats", "take it out", ("minimum_term",), on_key=True)
        if self.billed == "in_advance":
            yield Problem("CB248", "seats cannot be measured in advance", "write `billed: in_arrears`", ("billed",))

    def _peak_problems(self, seats: SeatsMeasured, layout: Layout) -> Iterator[Problem]:
        if "." not in seats.of:
            help_ = f"write `of: {seats.of}.{next(iter(layout.durations), 'talk')}`"
            yield Problem("CB249", "which durations make an agent busy?", help_, ("seats", "of"))
            return
        for _, name in measure(seats.of).parts:
            if name not in layout.durations:
                help_ = nearest(name, layout.durations) or "declare a column with a unit"
                yield Problem("CB231", f"`{name}` is not a duration of this source", help_, ("seats", "of"))

    def _dated_problems(self, seats: tuple[SeatsFrom, ...], facts: Facts) -> Iterator[Problem]:
        if not seats:
            yield Problem("CB219", "nothing is listed here", "write `- {from: 2026-01-01, seats: 10}`", ("seats",))
        for n, (before, one) in enumerate(pairwise(seats), start=1):
            if one.from_ <= before.from_:
                message = f"{one.from_} does not come after {before.from_}"
                yield Problem("CB240", message, "write the dates in order", ("seats", n, "from"))
        inside = any(period_of(facts.period_rule, one.from_).first != one.from_ for one in seats)
        if inside and self.proration is None:
            help_ = "write `proration: calendar_days`, `fixed_30` or `none`"
            yield Problem(
                "CB249", "seats change inside a period: what does a part of it cost?", help_, ("seats",), on_key=True
            )

    @property
    def fractional(self) -> bool:
        return isinstance(self.seats, SeatsMeasured)

    def _prorates(self) -> bool:
        return True

    # -------------------------------------------------------------------------------------------- counting

    def meters(self, scope: Scope) -> Mapping[str, Meter | SeatMeter]:
        if not isinstance(self.seats, SeatsMeasured):
            return {}
        layout = self.layout(scope.facts)
        return {
            "main": SeatMeter(
                source=self.source_of() or "",
                record=layout.record,
                kind=self.seats.measured,
                parts=measure(self.seats.of).parts if "." in self.seats.of else (),
                tests=self.tests(layout),
                active_days=self.seats.over == "active_days",
                dates=self.dates(scope),
            )
        }

    # --------------------------------------------------------------------------------------------- pricing

    def batches(self, counted: Mapping[str, Metered], scope: Scope) -> list[Batch]:
        batches: list[Batch] = []
        for period in self._billed_periods(scope):
            covered = self.covered(period)
            for first, end, seats in self._parts(covered, counted) if covered else ():
                cut = self.stretches(first, end, scope)
                batches += [self._batch(*days, seats, period, scope) for days in cut]
        batches += self._setup(scope)
        batches += self._rest_of_term(scope)
        return batches

    def _billed_periods(self, scope: Scope) -> list[Period]:
        """The periods this invoice bills: each period of the charge is billed exactly once."""
        if self.billed == "in_arrears":
            return [scope.period]
        following = period_of(scope.facts.period_rule, scope.period.end)
        began_here = self.from_ is not None and scope.period.first <= self.from_ < scope.period.end
        begun = self.from_ is None or self.from_ < scope.period.end
        return [*([scope.period] if began_here else []), *([following] if begun else [])]

    def _parts(self, covered: tuple[date, date], counted: Mapping[str, Metered]) -> list[tuple[date, date, Fraction]]:
        """Stretches of days with their number of seats."""
        first, end = covered
        if isinstance(self.seats, SeatsMeasured):
            return [(first, end, counted["main"].seats or Fraction(0))]
        if isinstance(self.seats, int):
            return [(first, end, Fraction(self.seats))]
        limits = [one.from_ for one in self.seats] + [date.max]
        parts = [
            (max(first, start), min(end, stop), Fraction(one.seats))
            for one, start, stop in zip(self.seats, limits, limits[1:], strict=False)
            if max(first, start) < min(end, stop)
        ]
        if self.proration == "none" and parts:
            return [(first, end, max(seats for _, _, seats in parts))]
        return parts

    def _batch(self, first: date, end: date, seats: Fraction, period: Period, scope: Scope) -> Batch:
        share = self.share(first, end, period)
        whole = self.revised(self.price, scope, first)
        price = unit_price(whole, share)
        last = end - timedelta(days=1)
        figures = {
            "first": first,
            "last": last,
            "part": f"{share.numerator}/{share.denominator}",
            "price": whole,
        }
        if share == 1:
            detail = say("{first} to {last}", "du {first} au {last}", **figures)  # type: ignore[arg-type]  # dates and decimals
        else:
            detail = say("{first} to {last}: {price} × {part}", "du {first} au {last} : {price} × {part}", **figures)  # type: ignore[arg-type]  # as above
        slot = Slot() if isinstance(self.seats, SeatsMeasured) else None
        steps = self._coefficient(scope, first)
        group = Group(
            first.isoformat().replace("-", ""), seats, self.unit_words, PerUnit(price), detail, slot, steps=steps
        )
        return Batch((group,), kind="fee")

    def priced_days(self, scope: Scope) -> tuple[date, date] | None:
        days = [one for period in self._billed_periods(scope) if (one := self.covered(period)) is not None]
        return (days[0][0], days[-1][1]) if days else None

    @property
    def cuts_itself(self) -> bool:
        """It bills other periods too, and cuts the days of each."""
        return True

    def _coefficient(self, scope: Scope, on: date) -> tuple[Step, ...]:
        """The step of a revised price, of the day that it is of."""
        revision = scope.revision(self.indexation, on)
        return (Step(10, say("coefficient: {words}", words=revision.phrase)),) if revision else ()

    def _setup(self, scope: Scope) -> list[Batch]:
        """The set-up fee, on the first invoice that bills the charge."""
        if self.setup is None or self.from_ is None or not scope.period.first <= self.from_ < scope.period.end:
            return []
        words = (
            say("{label}", "{label}", label=self.setup.label)
            if self.setup.label
            else say("set-up fee", "frais de mise en service")
        )
        amount = self.revised(self.setup.amount, scope, self.from_)
        steps = self._coefficient(scope, self.from_)
        group = Group("setup", Fraction(1), say("fee", "forfait"), PerUnit(amount), words, steps=steps)
        return [Batch((group,), kind="setup", plain=True)]

    def _rest_of_term(self, scope: Scope) -> list[Batch]:
        """Months of the minimum term that an early end leaves open."""
        if self.minimum_term is None or self.from_ is None or self.until is None:
            return []
        if not scope.period.first <= self.until < scope.period.end:
            return []
        begin, end = self.until + timedelta(days=1), months_later(self.from_, self.minimum_term)
        if self.proration == "none":
            begin = period_of(scope.facts.period_rule, self.until).end  # the period it ends in has been billed whole
        if end <= begin:
            return []
        rest = self._periods(begin, end, scope)
        price = self.revised(self.price, scope, self.until)
        detail = say(
            "left of a term of {term} months: {price} × {rest} periods",
            "reste d’une durée de {term} mois : {price} × {rest} périodes",
            term=self.minimum_term, price=price, rest=rest,
        )  # fmt: skip
        prices, steps = PerUnit(unit_price(price, rest)), self._coefficient(scope, self.until)
        group = Group("term", self._last_seats(), self.unit_words, prices, detail, steps=steps)
        return [Batch((group,), kind="term", plain=True)]

    def _periods(self, begin: date, end: date, scope: Scope) -> Fraction:
        """How many periods some days are, parts of one as the contract prorates; whole months where it need not."""
        rule = scope.facts.period_rule
        if self.proration in (None, "none") and rule in ("month", "quarter"):
            months = 0
            while months_later(begin, months) < end:
                months += 1
            return Fraction(months, 3 if rule == "quarter" else 1)
        total, period = Fraction(0), period_of(rule, begin)
        while period.first < end:
            first, stop = max(period.first, begin), min(period.end, end)
            method = days_30 if self.proration == "fixed_30" else _days
            total += Fraction(method(first, stop), method(period.first, period.end))
            period = period_of(rule, period.end)
        return total

    def _last_seats(self) -> Fraction:
        """Seats in force when the charge ends; measured seats have none beyond it."""
        if isinstance(self.seats, int):
            return Fraction(self.seats)
        if isinstance(self.seats, SeatsMeasured):
            return Fraction(0)
        in_force = [one.seats for one in self.seats if self.until is not None and one.from_ <= self.until]
        return Fraction(in_force[-1] if in_force else 0)

    @property
    def unit_words(self) -> Phrase:
        return say("{unit}", "{unit}", unit=self.unit) if self.unit else say("seat", "poste")

    def rules(self) -> Iterator[Rule]:
        en, fr = ("in arrears", "à terme échu") if self.billed == "in_arrears" else ("in advance", "d’avance")
        yield self.rule("billed", say(f"billed {en}", f"facturé {fr}"))
        if isinstance(self.seats, SeatsMeasured):
            words = {
                "distinct": ("agents seen in the period", "agents vus dans la période"),
                "peak": ("most agents busy at one moment", "plus grand nombre d’agents occupés à la fois"),
                "mean": ("agents a day, on average", "agents par jour, en moyenne"),
            }[self.seats.measured]
            yield self.rule("seats", say(*words))
        if self.minimum_term is not None:
            yield self.rule(
                "minimum_term", say("minimum term of {n} months", "durée minimale de {n} mois", n=self.minimum_term)
            )
        yield from super().rules()

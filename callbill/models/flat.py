"""Bill a fixed amount a period for a committed volume, and what happens when the volume is another.

The provider bears the risk of volume up to the tolerance, and of handling time; the client pays even when less
comes.

`included` is the volume that the amount buys; `count` or `measure` says what is compared with it. `tolerance` is a
dead band around it: inside, nothing changes. Beyond it, `excess` and `shortfall` are priced either by the whole
difference from the included volume (`charge: whole`) or only by what lies beyond the band (`charge: beyond`). A
shortfall is paid back: a line with a negative quantity.

`proration` says what a part of a period costs; the included volume follows it unless `prorate_included: false`.
"""

from collections.abc import Hashable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from callbill.invoice import LineKind, Phrase, Rule, Slot, say
from callbill.meters import Count, Meter, Metered, SeatMeter
from callbill.models import Batch, Facts, Group, Scope
from callbill.models._counted import Counted, MeasureText, ReferenceText, field_problems, measure_problems, state_tests
from callbill.money import rounded, trimmed
from callbill.pricing import PerUnit, package_of
from callbill.problems import Problem
from callbill.terms import measure, reference
from callbill.values import Flag, Label, Positive, Price, Settings, Share, shape

EXAMPLE = """\
charges:
  - id: package
    label: Monthly package
    model: flat
    amount: 15000.00
    count: calls.answered
    included: 6000
    tolerance: 10 %
    excess: {price: 2.70, charge: beyond}       # whole | beyond
    shortfall: {price: 1.00, charge: whole}
    proration: calendar_days                    # calendar_days | fixed_30 | none
"""


class Difference(Settings):
    """What a unit more or less than the included volume costs."""

    price: Price = Field(description="price of a unit")
    charge: Literal["whole", "beyond"] = Field(
        description="`whole`: the whole difference once the tolerance is passed; `beyond`: only what is outside it"
    )
    package: Positive | None = Field(None, description="priced by started packages of this many units")


class Band(Settings):
    """A tolerance that differs above and below."""

    above: Share = Field(description="over the included volume: `10 %`")
    below: Share = Field(description="under the included volume: `5 %`")


Tolerance = Annotated[
    Annotated[Share, Tag("text")] | Annotated[Band, Tag("mapping")],
    Discriminator(lambda raw: "mapping" if shape(raw) == "mapping" else "text"),
]


class Flat(Counted):
    """A fixed amount a period."""

    model: Literal["flat"] = Field(description="`flat`")
    amount: Price = Field(description="price of a whole period")
    count: ReferenceText | None = Field(None, description="what the included volume counts: `calls.answered`")
    measure: MeasureText | None = Field(None, description="or measures, in hours: `calls.talk + calls.wrap`")
    unit: Label | None = Field(None, description="what one unit of the volume is called on the invoice")
    tolerance: Tolerance | None = Field(
        None, description="dead band around the included volume: `10 %` or `{above, below}`"
    )
    excess: Difference | None = Field(None, description="price of what comes on top")
    shortfall: Difference | None = Field(None, description="what is paid back for what does not come")
    prorate_included: Flag = Field(default=True, description="whether the included volume follows the proration")

    @property
    def times(self) -> bool:
        return self.measure is not None

    def source_of(self) -> str | None:
        if self.measure is not None:
            return measure(self.measure).source
        return reference(self.count).source if self.count else None

    def problems(self, facts: Facts) -> Iterator[Problem]:
        yield from super().problems(facts)
        if self.count is not None and self.measure is not None:
            yield Problem("CB248", "the volume is either counted or measured", "keep one", ("measure",), on_key=True)
            return
        yield from self._volume_problems()
        source = self.source_of()
        if source is None:
            return
        path = "measure" if self.measure else "count"
        if source not in facts.layouts:
            yield from self.source_problems(facts, source, path)
            return
        layout = facts.layouts[source]
        yield from field_problems(self.count, None, layout)
        if self.measure is not None:
            yield from measure_problems(measure(self.measure), layout, source, ("measure",))
        yield from self.where_problems(layout)

    def _volume_problems(self) -> Iterator[Problem]:
        for name, given in (("excess", self.excess), ("shortfall", self.shortfall), ("tolerance", self.tolerance)):
            if given is not None and (self.source_of() is None or self.included is None):
                help_ = "write `count: calls.answered` and `included: 6000`"
                yield Problem("CB249", f"`{name}` compares a volume with the included one", help_, (name,), on_key=True)
        if self.included is not None and self.source_of() is None:
            help_ = "write `count: calls.answered` or `measure: …`"
            yield Problem("CB249", "what does the included volume count?", help_, ("included",), on_key=True)
        for name in ("take_or_pay", "maximum", "minimum"):
            limit = getattr(self, name)
            if limit is not None and getattr(limit, "amount", None) is None:
                message = f"a flat fee has no `{name}` in quantity"
                yield Problem("CB248", message, "write `included`, `excess` and `shortfall`", (name,), on_key=True)

    @property
    def fractional(self) -> bool:
        return self.measure is not None

    def _prorates(self) -> bool:
        return True

    def meters(self, scope: Scope) -> Mapping[str, Meter | SeatMeter]:
        source = self.source_of()
        if source is None:
            return {}
        layout = self.layout(scope.facts)
        parts: tuple[tuple[int, str], ...] = measure(self.measure).parts if self.measure is not None else ()
        if self.count is not None and layout.record == "interval":
            parts = ((1, reference(self.count).name),)
        return {
            "main": Meter(
                source=source,
                record=layout.record,
                parts=parts,
                timed=self.measure is not None,
                tests=(*state_tests(self.count, layout), *self.tests(layout)),
                free=self.free_rule(parts),
                dates=self.dates(scope),
            )
        }

    def apart(self, meter: str, count: Count, scope: Scope) -> Hashable:
        """Nothing: what counts is their sum."""

    def batches(self, counted: Mapping[str, Metered], scope: Scope) -> list[Batch]:
        covered = self.covered(scope.period)
        if covered is None:
            return []
        share = self.share(*covered, scope.period)
        fee = rounded(Fraction(self.revised(self.amount, scope)) * share, scope.facts.decimals)
        detail = None
        if share != 1:
            detail = say(
                "{amount} × {part}, {first} to {last}", "{amount} × {part}, du {first} au {last}",
                amount=self.revised(self.amount, scope), part=f"{share.numerator}/{share.denominator}",
                first=covered[0], last=covered[1].fromordinal(covered[1].toordinal() - 1),
            )  # fmt: skip
        batches = [
            Batch((Group("", Fraction(1), say("period", "période"), PerUnit(fee), detail),), kind="fee", plain=True)
        ]
        if self.included is not None and "main" in counted:
            batches += self._difference(counted["main"], scope, share)
        return batches

    def _difference(self, metered: Metered, scope: Scope, share: Fraction) -> list[Batch]:
        """The excess or the shortfall against the included volume, whole or beyond the band."""
        hours = 3600 if self.measure is not None else 1
        volume = Fraction(sum(count.billed for count in metered.counts), 1_000_000 * hours)
        included = Fraction(self.free_units.quantity if self.free_units else 0) * (
            share if self.prorate_included else 1
        )
        above, below = self._band()
        high, low = included * (1 + above), included * (1 - below)
        if volume > high and self.excess is not None:
            units = volume - (included if self.excess.charge == "whole" else high)
            return [self._batch("excess", units, self.excess, (volume, included, high), scope, 1)]
        if volume < low and self.shortfall is not None:
            units = (included if self.shortfall.charge == "whole" else low) - volume
            return [self._batch("shortfall", units, self.shortfall, (volume, included, low), scope, -1)]
        return []

    def _band(self) -> tuple[Fraction, Fraction]:
        if isinstance(self.tolerance, Band):
            return Fraction(self.tolerance.above) / 100, Fraction(self.tolerance.below) / 100
        both = Fraction(self.tolerance or 0) / 100
        return both, both

    def _batch(
        self,
        kind: LineKind,
        units: Fraction,
        rule: Difference,
        seen: tuple[Fraction, Fraction, Fraction],
        scope: Scope,
        sign: int,
    ) -> Batch:
        quantity, unit = units, self.unit_words
        if rule.package is not None:
            quantity = Fraction(-(-units // Fraction(rule.package)))
            unit = package_of(rule.package)
        figures = _figures(seen, self.decimals)
        en, fr = ("excess", "dépassement") if sign > 0 else ("shortfall", "manque")
        words = say(
            f"{{volume}} against {{included}}, limit {{limit}}: {en}",
            f"{{volume}} pour {{included}} inclus, limite {{limit}} : {fr}",
            **figures,
        )
        group = Group(kind, sign * quantity, unit, PerUnit(self.revised(rule.price, scope)), words, Slot())
        return Batch((group,), kind=kind, plain=True)

    @property
    def unit_words(self) -> Phrase:
        if self.unit is not None:
            return say("{unit}", "{unit}", unit=self.unit)
        return say("h", "h") if self.measure is not None else say("act", "acte")

    def rules(self) -> Iterator[Rule]:
        words = {
            "whole": ("the whole difference", "toute la différence"),
            "beyond": ("only what is beyond the tolerance", "seulement au-delà de la tolérance"),
        }
        for name, rule, en, fr in (
            ("excess", self.excess, "excess charged", "dépassement facturé"),
            ("shortfall", self.shortfall, "shortfall paid back", "manque remboursé"),
        ):
            if rule is not None:
                yield self.rule(name, say(f"{en}: {words[rule.charge][0]}", f"{fr} : {words[rule.charge][1]}"))
        if self.tolerance is not None:
            above, below = (trimmed(rounded(part * 100, 4)) for part in self._band())
            yield self.rule("tolerance", say("tolerance +{above} % / −{below} %", "tolérance +{above} % / −{below} %", above=above, below=below))  # noqa: E501  # fmt: skip
        if self.included is not None and self.proration not in (None, "none"):
            en, fr = ("prorated", "au prorata") if self.prorate_included else ("not prorated", "sans prorata")
            yield self.rule("prorate_included", say(f"included volume {en}", f"volume inclus {fr}"))
        yield from self.free_rules()
        yield from (rule for rule in super().rules() if rule.setting != "included")


def _figures(seen: tuple[Fraction, Fraction, Fraction], decimals: int) -> dict[str, Decimal]:
    return {
        name: trimmed(rounded(value, decimals))
        for name, value in zip(("volume", "included", "limit"), seen, strict=True)
    }

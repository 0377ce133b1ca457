"""The lines of a charge: quantities are rounded, raised to what is committed, freed of what is included, and priced.

Steps 7 to 11 of the order that `billing` gives.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from callbill.bills import ZERO, Bill, total_of
from callbill.invoice import Line, LineKind, Phrase, Step, say
from callbill.models import Batch, Charge, Group
from callbill.money import QUANTITY_DECIMALS, exact, product, rounded, shared, trimmed
from callbill.pricing import PerUnit, Slice
from callbill.problems import refuse

NOTHING = Fraction(0)


def rounding(group: Group, quantity: Decimal) -> tuple[Step, ...]:
    """Step 7 of a group."""
    phrase = say(
        "quantity {exact}, rounded: {quantity} {unit}",
        exact=group.quantity,
        quantity=trimmed(quantity),
        unit=group.unit,
    )
    return (*group.steps, Step(7, phrase))


class Writer:
    """Writes the lines of one charge, each with a name of its own."""

    def __init__(self, bill: Bill, charge: Charge) -> None:
        self.bill, self.charge = bill, charge
        self.vat = charge.vat.vat() if charge.vat else bill.agreement.facts.vat
        self.lines: list[Line] = []
        self._names: set[str] = set()
        revision = None if charge.cuts_itself else bill.scope.revision(charge.indexation)
        self._revised = (Step(10, say("coefficient: {words}", words=revision.phrase)),) if revision else ()

    def slices(
        self, group: Group, found: Sequence[Slice], kind: LineKind, steps: tuple[Step, ...], short: Phrase | None = None
    ) -> None:
        """Lines for the slices of a group; `short` are the words of what a commitment adds."""
        for one in found:
            parts = [group.id, one.id if len(found) > 1 or not group.id else "", "short" if one.short else ""]
            detail = details(group.detail, one.detail, short if one.short else None)
            self.line(
                ".".join(part for part in parts if part),
                "shortfall" if one.short else kind,
                detail,
                one.quantity,
                one.unit or group.unit,
                one.unit_price,
                (*steps, *self._revised),
                group,
            )

    def line(
        self, suffix: str, kind: LineKind, detail: Phrase | None, quantity: Decimal, unit: Phrase, price: Decimal,
        steps: tuple[Step, ...] = (), group: Group | None = None,
    ) -> None:  # fmt: skip
        """One line; its amount is rounded here and nowhere else."""
        amount = product(quantity, price, self.bill.decimals)
        if self.bill.scope.explained:
            pattern = "{quantity} {unit} × {price} = {amount}"
            words = say(pattern, quantity=quantity, unit=unit, price=price, amount=amount)
            steps = (*steps, Step(11 if kind in ("minimum", "maximum") else 10, words))
        self.lines.append(
            Line(
                id=self._name(suffix),
                charge=self.charge.id,
                kind=kind,
                label=self.charge.label,
                detail=detail,
                quantity=quantity,
                unit=unit,
                unit_price=price,
                amount=amount,
                vat=self.vat,
                steps=steps,
                slot=group.slot if group else None,
            )
        )

    def _name(self, suffix: str) -> str:
        name = f"{self.charge.id}.{suffix}" if suffix else self.charge.id
        known, n = name, 2
        while known in self._names:
            known, n = f"{name}-{n}", n + 1
        self._names.add(known)
        return known

    def amount_limits(self, share: Fraction, days: tuple[date, date]) -> None:
        """Step 11: a top-up to the least amount, a deduction down to the most, each a line."""
        one, fixed = Decimal(1), say("fixed", "forfait")
        for name, limit in (("minimum", self.charge.minimum), ("maximum", self.charge.maximum)):
            if limit is None or limit.amount is None:
                continue
            total = total_of(line.amount for line in self.lines if line.kind not in ("setup", "term"))
            bound = rounded(Fraction(limit.amount) * share, self.bill.decimals)
            gap = bound - total if name == "minimum" else total - bound
            if gap > 0:
                words = ("minimum {bound}: top-up", "minimum {bound} : complément") if name == "minimum" else ("maximum {bound}: cap", "plafond {bound} : déduction")  # noqa: E501  # fmt: skip
                steps = (Step(11, say(f"{name} {{bound}} against {{total}}", bound=bound, total=total)),)
                shown = say(*words, bound=_stated(bound, limit.amount, share, days))
                self.line(name, name, shown, one if name == "minimum" else -one, fixed, gap, steps)  # type: ignore[arg-type]  # the two words are line kinds


def _stated(value: Decimal, whole: Decimal, share: Fraction, days: tuple[date, date] | None) -> Decimal | Phrase:
    """A commitment; one of part of a period says which part it is, of what, and on which days."""
    if share == 1 or days is None:
        return value
    pattern = "{value} ({whole} × {part}, {first} to {last})"
    return say(
        pattern, pattern.replace("{first} to", "du {first} au"), value=value, whole=whole,
        part=f"{share.numerator}/{share.denominator}", first=days[0], last=days[1] - timedelta(days=1),
    )  # fmt: skip


def details(*parts: Phrase | None) -> Phrase | None:
    """Several details as one."""
    given = [part for part in parts if part is not None]
    if len(given) < 2:
        return given[0] if given else None
    named = {f"d{n}": part for n, part in enumerate(given)}
    pattern = ", ".join(f"{{{name}}}" for name in named)
    return Phrase(pattern, pattern, named)


class Committed:
    """Steps 7 to 10 of a batch: rounding, commitments, included units, caps in quantity, prices."""

    def __init__(self, writer: Writer, charge: Charge, batch: Batch) -> None:
        self.writer, self.charge, self.batch = writer, charge, batch
        self.groups = list(batch.groups)
        free = charge.free_units
        self.free = self._units(free.quantity) if free else ZERO
        self.used = [self._rounded(group.quantity) for group in self.groups]
        self.floor, self.price, self.due = self._floor()
        # one price: what is due in any case comes first, then what of it is included (steps 8 and 9)
        self.alone = len(self.groups) == 1 and self.price is None
        self.before = free is not None and free.apply == "before_rounding"
        self.quantities, self.given = self.used, [NOTHING] * len(self.used)
        if self.free:
            self.quantities, self.given = self._free_of()

    def _free_of(self) -> tuple[list[Decimal], list[Fraction]]:
        """The quantities without the included units, and which part of these each group takes."""
        whole = [group.quantity for group in self.groups] if self.before else [exact(used) for used in self.used]
        given = self._spread([max(has, exact(self.floor)) for has in whole] if self.alone else whole)
        net = [max(has - part, Fraction(0)) if part else has for has, part in zip(whole, given, strict=True)]
        return [self._rounded(has) for has in net], given

    def _rounded(self, quantity: Fraction) -> Decimal:
        return rounded(quantity, self.charge.decimals, self.charge.rounding)

    def _units(self, quantity: Decimal) -> Decimal:
        """A quantity of a whole period, for the part of it that is covered."""
        return rounded(Fraction(quantity) * self.batch.share, self.charge.decimals)

    def _stated(self, value: Decimal, whole: Decimal) -> Decimal | Phrase:
        return _stated(trimmed(value), whole, self.batch.share, self.charge.covered(self.writer.bill.scope.period))

    def _spread(self, quantities: list[Fraction]) -> list[Fraction]:
        """Which part of the included units each group takes, never more than it has."""
        quantities = [max(has, Fraction(0)) for has in quantities]
        taken = min(exact(self.free), sum(quantities, Fraction(0)))
        rule = self.charge.free_units
        if rule is not None and rule.across == "pro_rata" and not self.before:
            return [exact(part) for part in shared(taken, list(quantities), self.charge.decimals)]
        if rule is not None and rule.across == "pro_rata":
            total = sum(quantities, Fraction(0)) or Fraction(1)
            return [taken * has / total for has in quantities]
        parts = []
        for has in quantities:
            parts.append(min(taken, has))
            taken -= parts[-1]
        return parts

    def lines(self) -> None:
        """The lines of the batch."""
        floor, ceiling = self.floor, self._ceiling()
        for group, quantity, part in zip(self.groups, self.quantities, self.given, strict=True):
            given = self._shown(part)
            steps = self._steps(group, quantity, given, floor)
            self._included(group.id, group.detail, given, group.unit, steps, group)
            billed = quantity if ceiling is None else min(quantity, ceiling)
            ceiling = None if ceiling is None else ceiling - max(billed, ZERO)
            committed = max(billed, floor - given) if self.alone and floor else billed
            if billed < 0 and (committed > billed or not isinstance(group.prices, PerUnit)):
                message = f"the sum is below zero ({billed}): only a price per unit can take it"
                refuse("CB324", message, "check the amounts that the export gives back")
            slices = group.prices.committed(billed, committed)
            self.writer.slices(group, slices, self.batch.kind, steps, self.due)
            if billed < quantity:
                words = details(group.detail, self._beyond())
                suffix = f"{group.id}.beyond" if group.id else "beyond"
                self.writer.line(suffix, "maximum", words, quantity - billed, group.unit, ZERO, steps, group)
        if not self.alone and floor and self.price is not None and (missing := floor - total_of(self.used)) > 0:
            self._shortfall(missing, self.price)

    def _beyond(self) -> Phrase:
        """Words of what a maximum in quantity gives away."""
        most = self.charge.maximum
        if most is None or most.quantity is None or self.batch.share == 1:
            return say("beyond the maximum", "au-delà du plafond")
        stated = self._stated(self._units(most.quantity), most.quantity)
        return say("beyond the maximum, {stated}", "au-delà du plafond, {stated}", stated=stated)

    def _included(
        self,
        name: str,
        detail: Phrase | None,
        given: Decimal,
        unit: Phrase,
        steps: tuple[Step, ...],
        group: Group | None,
    ) -> None:
        """The line of included units, which cost nothing."""
        if given:
            free, said = self.charge.free_units, say("included", "inclus")
            if free is not None and self.batch.share != 1:
                said = say("included of {free}", "inclus sur {free}", free=self._stated(self.free, free.quantity))
            words = details(detail, said)
            suffix = f"{name}.included" if name else "included"
            self.writer.line(suffix, "included", words, given, unit, ZERO, steps, group)

    def _shortfall(self, missing: Decimal, price: Decimal) -> None:
        """What is missing to a commitment over several prices, less the included units that are left."""
        unit = self.groups[0].unit if self.groups else say("unit", "unité")
        left = min(missing, self.free - total_of(self._shown(part) for part in self.given))
        self._included("short", None, left, unit, (), None)
        if missing > left:
            revised = self.charge.revised(price, self.writer.bill.scope)
            self.writer.line("short", "shortfall", self.due, missing - left, unit, revised)

    def _floor(self) -> tuple[Decimal, Decimal | None, Phrase | None]:
        """Step 8: the quantity that is due in any case, the price of a missing unit if it has its own, and words."""
        least, forecast = self.charge.minimum, self.charge.take_or_pay
        if forecast is not None:
            period = self.writer.bill.scope.period
            expected = forecast.forecast.get(period.name)
            if expected is None:
                help_ = f"write `{period.name}: …` under `forecast`"
                message = f"there is no forecast for {period.name}"
                refuse("CB252", message, help_, path=("take_or_pay", "forecast"), on_key=True)
            share = Fraction(forecast.share) / 100 * self.batch.share
            floor = rounded(Fraction(expected) * share, self.charge.decimals)
            words = say(
                "shortfall up to {floor}, {share} % of {forecast} forecast",
                "manque jusqu’à {floor}, {share} % de {forecast} prévus",
                floor=self._stated(floor, trimmed(expected * forecast.share / Decimal(100))),
                share=forecast.share, forecast=expected,
            )  # fmt: skip
            return floor, forecast.price, words
        if least is not None and least.quantity is not None:
            floor = self._units(least.quantity)
            words = say(
                "shortfall up to {floor}", "manque jusqu’à {floor}", floor=self._stated(floor, least.quantity)
            )  # fmt: skip
            return floor, least.price, words
        return ZERO, None, None

    def _ceiling(self) -> Decimal | None:
        most = self.charge.maximum
        return None if most is None or most.quantity is None else self._units(most.quantity)

    def _shown(self, part: Fraction) -> Decimal:
        """Included units as a line prints them."""
        return rounded(part, QUANTITY_DECIMALS if self.before else self.charge.decimals)

    def _steps(self, group: Group, quantity: Decimal, given: Decimal, floor: Decimal) -> tuple[Step, ...]:
        if not self.writer.bill.scope.explained:
            return ()
        steps = list(rounding(group, quantity if self.before else quantity + given))
        if floor:
            steps.append(Step(8, say("due in any case: {floor} {unit}", floor=trimmed(floor), unit=group.unit)))
        if self.free:
            steps.append(
                Step(
                    9,
                    say(
                        "included: {given} of {free} {unit}",
                        given=trimmed(given),
                        free=trimmed(self.free),
                        unit=group.unit,
                    ),
                )
            )
        return tuple(steps)

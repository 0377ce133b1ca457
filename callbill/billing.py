"""The order of everything, written once: from counts to lines, minimums, VAT and the amount due.

 1 read and reject · 2 legs to contacts, duplicates out · 3 cut to the period · 4 conditions, once per customer,
 short records · 5 quantity per record · 6 sums · 7 quantity rounding · 8 quantity commitments · 9 included units ·
10 revised prices, tiers, bands, packages: lines, rounded to the cent · 11 minimum and maximum of a charge ·
12 KPIs, bonus and malus · 13 minimum and maximum of the invoice · 14 VAT per category and rate · 15 total, credits,
amount due.

Steps 1 and 2 belong to the activity, 3 to 6 to `metering` and the models; the rest is here. Amounts are rounded half
up to the currency's decimals, once per line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from callbill.calendar import timetable
from callbill.invoice import (
    Counted,
    Credit,
    Funnel,
    Invoice,
    Line,
    LineKind,
    Party,
    Phrase,
    Rule,
    Step,
    Subtotal,
    Terms,
    Vat,
    VatTotal,
    say,
)
from callbill.metering import Counter, Metered, Metering, SeatMeter
from callbill.models import Batch, Charge, Facts, Group, OneOff, Scope
from callbill.money import exact, rounded, shared
from callbill.period import Period
from callbill.pricing import Slice
from callbill.problems import Invalid, Problem, refuse
from callbill.staging import Record

ZERO = Decimal(0)


@dataclass(frozen=True)
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


@dataclass(frozen=True, slots=True)
class Top:
    """The top of one source's funnel, and the relation of its records."""

    record: Record
    relation: str
    read: int
    rejected: int
    duplicates: int


@dataclass
class Bill:
    """One period of one agreement while it is being computed."""

    agreement: Agreement
    scope: Scope
    metering: Metering
    tops: Mapping[str, Top]
    counted: dict[str, dict[str, Metered]]

    @property
    def decimals(self) -> int:
        return self.agreement.facts.decimals


def count(agreement: Agreement, engine: Counter, tops: Mapping[str, Top], period: Period) -> Bill:
    """Steps 3 to 6: every meter of every charge. Raises `Invalid` when activity and contract do not fit."""
    facts = agreement.facts
    times = timetable(facts.calendar, facts.timezone, period.first, period.end)
    metering = Metering(engine, {name: top.relation for name, top in tops.items()}, times)
    scope = Scope(facts, period, times)
    bill = Bill(agreement, scope, metering, tops, {})
    problems: list[Problem] = []
    for n, charge in enumerate(agreement.charges):
        try:
            bill.counted[charge.id] = {
                name: metering.seats(meter, period.days) if isinstance(meter, SeatMeter) else metering.count(meter)
                for name, meter in charge.meters(scope).items()
            }
        except Invalid as invalid:
            problems += [problem.under("charges", n) for problem in invalid.problems]
    if problems:
        raise Invalid(problems)
    return bill


def invoice(bill: Bill, number: str, terms: Terms, files: Sequence[tuple[str, str]] = ()) -> Invoice:
    """Steps 7 to 15: the counts become an invoice. Raises `Invalid` when a price, index or forecast is missing."""
    agreement, period = bill.agreement, bill.scope.period
    lines: list[Line] = []
    problems: list[Problem] = []
    for n, charge in enumerate(agreement.charges):
        try:
            lines += _charge_lines(bill, charge)
        except Invalid as invalid:
            problems += [
                problem if problem.path[:1] == ("indexation",) else problem.under("charges", n)
                for problem in invalid.problems
            ]
    if problems:
        raise Invalid(problems)
    for n, one in enumerate(agreement.one_off, start=1):
        lines += _one_off(bill, one, f"one_off.{n}", "one_off")
    lines += _invoice_limits(bill, lines)
    vat = _vat(lines, bill.decimals, per_line=agreement.vat_per_line)
    net = _sum(line.amount for line in lines)
    vat_total = _sum(one.amount for one in vat)
    credits = tuple(credit for on, credit in agreement.credits if period.first <= on < period.end)
    facts = agreement.facts
    return Invoice(
        number=number, contract=agreement.contract, title=agreement.title, currency=facts.currency,
        decimals=bill.decimals, language=agreement.language, timezone=facts.timezone, first=period.first,
        last=period.last, seller=agreement.seller, buyer=agreement.buyer, terms=terms, lines=tuple(lines),
        subtotals=tuple(_subtotals(agreement, lines)), vat=tuple(vat), net=_cents(net, bill), vat_total=_cents(vat_total, bill),
        total=_cents(net + vat_total, bill), credits=credits,
        due=_cents(net + vat_total - _sum(credit.amount for credit in credits), bill),
        funnel=tuple(_funnel(bill)), rules=tuple(_rules(bill)), files=tuple(files),
    )  # fmt: skip


def _sum(amounts: Iterator[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _cents(amount: Decimal, bill: Bill) -> Decimal:
    return rounded(amount, bill.decimals)


# ------------------------------------------------------------------------------------ steps 7 to 11: a charge


def _charge_lines(bill: Bill, charge: Charge) -> list[Line]:
    """Every line of a charge."""
    covered = charge.covered(bill.scope.period)
    writer = _Writer(bill, charge)
    for batch in charge.batches(bill.counted[charge.id], bill.scope):
        if batch.plain:
            for group in batch.groups:
                quantity = rounded(group.quantity, charge.decimals, charge.rounding)
                writer.slices(group, group.prices.slices(quantity), batch.kind, _rounding(group, quantity))
        else:
            _Committed(writer, charge, batch).lines()
    if covered is not None:
        writer.amount_limits(charge.share(*covered, bill.scope.period))
    lines = writer.lines
    for n, one in enumerate(charge.one_off, start=1):
        lines += _one_off(bill, one, f"{charge.id}.one_off-{n}", charge.id, charge)
    return lines


def _rounding(group: Group, quantity: Decimal) -> tuple[Step, ...]:
    """Step 7 of a group."""
    phrase = say(
        "quantity {exact}, rounded: {quantity} {unit}", exact=group.quantity, quantity=quantity, unit=group.unit
    )
    return (*group.steps, Step(7, phrase))


class _Writer:
    """Writes the lines of one charge, each with a name of its own."""

    def __init__(self, bill: Bill, charge: Charge) -> None:
        self.bill, self.charge = bill, charge
        self.vat = charge.vat.vat() if charge.vat else bill.agreement.facts.vat
        self.lines: list[Line] = []
        self._names: set[str] = set()
        revision = bill.scope.revision(charge.indexation)
        self._revised = (Step(10, say("coefficient: {words}", words=revision.phrase)),) if revision else ()

    def slices(self, group: Group, found: Sequence[Slice], kind: LineKind, steps: tuple[Step, ...]) -> None:
        """Lines for the slices of a group."""
        for one in found:
            parts = [group.id, one.id if len(found) > 1 or not group.id else "", "short" if one.short else ""]
            detail = _details(group.detail, one.detail, say("shortfall", "manque") if one.short else None)
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
        amount = rounded(exact(quantity) * exact(price), self.bill.decimals)
        words = say("{quantity} {unit} × {price} = {amount}", quantity=quantity, unit=unit, price=price, amount=amount)
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
                steps=(*steps, Step(11 if kind in ("minimum", "maximum") else 10, words)),
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

    def amount_limits(self, share: Fraction) -> None:
        """Step 11: a top-up to the least amount, a deduction down to the most, each a line."""
        total = _sum(line.amount for line in self.lines if line.kind not in ("setup", "term"))
        one, fixed = Decimal(1), say("fixed", "forfait")
        for name, limit in (("minimum", self.charge.minimum), ("maximum", self.charge.maximum)):
            if limit is None or limit.amount is None:
                continue
            bound = rounded(Fraction(limit.amount) * share, self.bill.decimals)
            gap = bound - total if name == "minimum" else total - bound
            if gap > 0:
                words = ("minimum {bound}: top-up", "minimum {bound} : complément") if name == "minimum" else ("maximum {bound}: cap", "plafond {bound} : déduction")  # noqa: E501  # fmt: skip
                steps = (Step(11, say(f"{name} {{bound}} against {{total}}", bound=bound, total=total)),)
                self.line(name, name, say(*words, bound=bound), one if name == "minimum" else -one, fixed, gap, steps)  # type: ignore[arg-type]  # the two words are line kinds


def _details(*parts: Phrase | None) -> Phrase | None:
    """Several details as one."""
    given = {f"d{n}": part for n, part in enumerate(part for part in parts if part is not None)}
    if len(given) < 2:  # noqa: PLR2004
        return next(iter(given.values()), None)
    pattern = ", ".join(f"{{{name}}}" for name in given)
    return Phrase(pattern, pattern, given)


class _Committed:
    """Steps 7 to 10 of a batch: rounding, commitments, included units, caps in quantity, prices."""

    def __init__(self, writer: _Writer, charge: Charge, batch: Batch) -> None:
        self.writer, self.charge, self.batch = writer, charge, batch
        self.groups = list(batch.groups)
        free = charge.free_units
        self.free = self._units(free.quantity) if free else ZERO
        self.before = free is not None and free.apply == "before_rounding"
        given = self._spread([group.quantity for group in self.groups]) if self.before else [ZERO] * len(self.groups)
        self.given = given
        self.quantities = [
            rounded(max(group.quantity - exact(part), Fraction(0)), charge.decimals, charge.rounding)
            for group, part in zip(self.groups, given, strict=True)
        ]
        if free is not None and not self.before:
            self.given = self._spread([exact(quantity) for quantity in self.quantities])
            self.quantities = [quantity - part for quantity, part in zip(self.quantities, self.given, strict=True)]

    def _units(self, quantity: Decimal) -> Decimal:
        """A quantity of a whole period, for the part of it that is covered."""
        return rounded(Fraction(quantity) * self.batch.share, self.charge.decimals)

    def _spread(self, quantities: list[Fraction]) -> list[Decimal]:
        """Which part of the included units each group takes, never more than it has."""
        free, decimals = self.free, self.charge.decimals
        taken = min(free, rounded(sum(quantities, Fraction(0)), decimals, "down"))
        rule = self.charge.free_units
        if rule is not None and rule.across == "pro_rata":
            parts = shared(taken, list(quantities), decimals)
            return [min(part, rounded(has, decimals, "down")) for part, has in zip(parts, quantities, strict=True)]
        parts = []
        for has in quantities:
            part = min(taken, rounded(has, decimals, "down"))
            parts.append(part)
            taken -= part
        return parts

    def lines(self) -> None:
        """The lines of the batch."""
        floor, price = self._floor()
        used = _sum(iter(self.quantities)) + (ZERO if self.before else _sum(iter(self.given)))
        alone = len(self.groups) == 1 and price is None
        ceiling = self._ceiling()
        for group, quantity, given in zip(self.groups, self.quantities, self.given, strict=True):
            steps = self._steps(group, quantity, given, floor)
            if given:
                words = _details(group.detail, say("included", "inclus"))
                suffix = f"{group.id}.included" if group.id else "included"
                self.writer.line(suffix, "included", words, given, group.unit, ZERO, steps, group)
            billed = min(quantity, ceiling)
            ceiling -= billed
            committed = max(billed, floor - given) if alone else billed
            self.writer.slices(group, group.prices.committed(billed, committed), self.batch.kind, steps)
            if billed < quantity:
                words = _details(group.detail, say("beyond the maximum", "au-delà du plafond"))
                suffix = f"{group.id}.beyond" if group.id else "beyond"
                self.writer.line(suffix, "maximum", words, quantity - billed, group.unit, ZERO, steps, group)
        if not alone and floor > used and price is not None:
            unit = self.groups[0].unit if self.groups else say("unit", "unité")
            words = say("{used} of {floor} due", "{used} sur {floor} dus", used=used, floor=floor)
            self.writer.line(
                "short", "shortfall", words, floor - used, unit, self.charge.revised(price, self.writer.bill.scope)
            )

    def _floor(self) -> tuple[Decimal, Decimal | None]:
        """Step 8: the quantity that is due in any case, and the price of a missing unit if it has its own."""
        least, forecast = self.charge.minimum, self.charge.take_or_pay
        if forecast is not None:
            period = self.writer.bill.scope.period
            expected = forecast.forecast.get(period.name)
            if expected is None:
                help_ = f"write `{period.name}: …` under `forecast`"
                refuse(
                    "CB252",
                    f"there is no forecast for {period.name}",
                    help_,
                    path=("take_or_pay", "forecast"),
                    on_key=True,
                )
            share = Fraction(forecast.share) / 100 * self.batch.share
            return rounded(Fraction(expected) * share, self.charge.decimals), forecast.price
        if least is not None and least.quantity is not None:
            return self._units(least.quantity), least.price
        return ZERO, None

    def _ceiling(self) -> Decimal:
        most = self.charge.maximum
        if most is None or most.quantity is None:
            return sum(self.quantities, ZERO)
        return self._units(most.quantity)

    def _steps(self, group: Group, quantity: Decimal, given: Decimal, floor: Decimal) -> tuple[Step, ...]:
        steps = list(_rounding(group, quantity if self.before else quantity + given))
        if floor:
            steps.append(Step(8, say("due in any case: {floor} {unit}", floor=floor, unit=group.unit)))
        if self.free:
            steps.append(
                Step(9, say("included: {given} of {free} {unit}", given=given, free=self.free, unit=group.unit))
            )
        return tuple(steps)


# --------------------------------------------------------------------------- single lines, limits, taxes, sums


def _one_off(bill: Bill, one: OneOff, name: str, charge: str, owner: Charge | None = None) -> list[Line]:
    """A single line, when its date falls in the period."""
    if not bill.scope.period.first <= one.date < bill.scope.period.end:
        return []
    amount = rounded(exact(one.quantity) * exact(one.price), bill.decimals)
    vat = one.vat.vat() if one.vat else owner.vat.vat() if owner and owner.vat else bill.agreement.facts.vat
    unit = say("{unit}", "{unit}", unit=one.unit) if one.unit else say("unit", "unité")
    words = say("{quantity} × {price} = {amount}", quantity=one.quantity, price=one.price, amount=amount)
    on = say("{date}", "{date}", date=one.date)
    return [
        Line(name, charge, "one_off", one.label, on, one.quantity, unit, one.price, amount, vat, (Step(10, words),))
    ]


def _invoice_limits(bill: Bill, lines: Sequence[Line]) -> list[Line]:
    """Step 13: the least and the most of the whole invoice, each a line under the invoice's own VAT."""
    total = _sum(line.amount for line in lines)
    found = []
    limits = (
        ("minimum", bill.agreement.minimum, Decimal(1), say("minimum of the invoice", "minimum de facture")),
        ("maximum", bill.agreement.maximum, Decimal(-1), say("maximum of the invoice", "plafond de facture")),
    )
    for name, bound, sign, label in limits:
        gap = ZERO if bound is None else (bound - total) * sign
        if bound is not None and gap > 0:
            steps = (Step(13, say(f"{name} {{bound}} against {{total}}", bound=bound, total=total)),)
            words = say("{bound} against {total}", "{bound} pour {total}", bound=bound, total=total)
            shown = label.words(bill.agreement.language)
            amount = rounded(sign * gap, bill.decimals)
            unit, vat = say("fixed", "forfait"), bill.agreement.facts.vat
            found.append(Line(f"invoice.{name}", "invoice", name, shown, words, sign, unit, gap, amount, vat, steps))  # type: ignore[arg-type]  # the two words are line kinds
            total += amount
    return found


def _vat(lines: Sequence[Line], decimals: int, *, per_line: bool) -> list[VatTotal]:
    """Step 14: VAT once per category and rate on the sum (EN 16931), or the sum of each line's VAT."""
    bases: dict[Vat, list[Decimal]] = {}
    for line in lines:
        bases.setdefault(line.vat, []).append(line.amount)
    totals = []
    for vat, amounts in sorted(bases.items(), key=lambda item: (item[0].category, -item[0].rate, item[0].reason)):
        rate = Fraction(vat.rate) / 100
        parts = amounts if per_line else [_sum(iter(amounts))]
        tax = _sum(rounded(Fraction(part) * rate, decimals) for part in parts)
        totals.append(VatTotal(vat, rounded(_sum(iter(amounts)), decimals), rounded(tax, decimals)))
    return totals


def _subtotals(agreement: Agreement, lines: Sequence[Line]) -> Iterator[Subtotal]:
    labels = {charge.id: charge.label for charge in agreement.charges}
    for name in dict.fromkeys(line.charge for line in lines):
        mine = [line for line in lines if line.charge == name]
        amount = rounded(_sum(line.amount for line in mine), agreement.facts.decimals)
        yield Subtotal(name, labels.get(name, mine[0].label), amount)


# ------------------------------------------------------------------------------------------ funnel and rules


def _funnel(bill: Bill) -> Iterator[Funnel]:
    """The account of every record, source by source."""
    for name, top in bill.tops.items():
        inside = bill.metering.in_period(name)
        charges, meters = [], []
        for charge in bill.agreement.charges:
            for part, meter in charge.meters(bill.scope).items():
                if meter.source != name:
                    continue
                metered = bill.counted[charge.id][part]
                label = charge.label if part == "main" else f"{charge.label} ({part})"
                charges.append(Counted(charge.id, label, metered.billed_records, metered.refused, metered.phrases))
                meters.append(meter.meter if isinstance(meter, SeatMeter) else meter)
        if len(meters) == 1:
            unbilled = inside - charges[0].billed
        else:
            unbilled = bill.metering.unbilled(name, meters)
        outside = top.read - top.rejected - top.duplicates - inside
        yield Funnel(
            name, top.record, top.read, top.rejected, top.duplicates, outside, inside, unbilled, tuple(charges)
        )


def _rules(bill: Bill) -> Iterator[Rule]:
    """The rules the invoice was billed by: the invoice's own, then each charge's."""
    zone = say("months and days in {zone}", "mois et jours à l’heure de {zone}", zone=bill.agreement.facts.timezone)
    yield Rule("", "timezone", zone)
    if bill.agreement.vat_per_line:
        yield Rule("", "vat", say("VAT rounded on each line", "TVA arrondie à chaque ligne"))
    else:
        yield Rule("", "vat", say("VAT on the sum per rate", "TVA sur la somme par taux"))
    for charge in bill.agreement.charges:
        revision = bill.scope.revision(charge.indexation)
        if revision is not None:
            yield charge.rule("indexation", replace(revision.phrase, fr=revision.phrase.fr or revision.phrase.en))
        yield from charge.rules()

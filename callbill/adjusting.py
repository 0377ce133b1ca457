"""Step 12: KPIs on their scales; gates, reliefs, repeated misses, caps: bonus and malus, each a line of its own.

Every adjustment is computed on the lines of the charges, never on another adjustment. A line re-adds from its own
figures: basis × percentage, distance × amount for each unit. A KPI's margin of error stands beside it and moves
nothing.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import islice

from callbill.bonus_malus import ALL, Cap, Clause, Deal, Group
from callbill.frozen import frozen
from callbill.invoice import ClauseResult, KpiValue, Line, LineKind, Phrase, SetAside, Step, Vat, say
from callbill.models import Scope
from callbill.money import exact, rounded, shared, trimmed
from callbill.period import Period
from callbill.price_tables import unit_price
from callbill.problems import Invalid, Problem
from callbill.weighing import Part, Weighing, joined, listed, value_words
from callbill.windows import before
from callbill.worths import Worth, printable

LEFT_OUT = ("one_off", "setup", "term")
"""Kinds of lines that no percentage is taken of."""
FIXED = say("fixed", "forfait")


@frozen
class Adjusted:
    """Step 12 whole: the lines, the values they rest on, and what became of every clause."""

    lines: tuple[Line, ...] = ()
    values: tuple[KpiValue, ...] = ()
    results: tuple[ClauseResult, ...] = ()

    def joined(self, other: "Adjusted") -> "Adjusted":
        """This phase's and another's."""
        return Adjusted(self.lines + other.lines, self.values + other.values, self.results + other.results)


@dataclass
class Basis:
    """The lines that a percentage is taken of."""

    lines: Sequence[Line]

    def by_vat(self) -> dict[Vat, Decimal]:
        """Their sums, by VAT, in the order of the lines."""
        found: dict[Vat, Decimal] = {}
        for line in self.lines:
            found[line.vat] = found.get(line.vat, Decimal(0)) + line.amount
        return found

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def billed(self) -> Decimal:
        """The quantity that they bill by use."""
        return sum((line.quantity for line in self.lines if line.kind == "usage"), Decimal(0))


@dataclass
class Adjusting:
    """Bonus and malus of one period over the lines of its charges."""

    deal: Deal
    scope: Scope
    weighing: Weighing
    lines: Sequence[Line]
    language: str
    taken: Collection[str] = ()
    """Names of other lines of the invoice."""
    made: list[Line] = field(default_factory=list)
    gave: dict[str, Decimal] = field(default_factory=dict)
    billed: dict[str, dict[Vat, Decimal]] = field(default_factory=dict)
    """What every clause takes or gives here, after the caps so far, by VAT; earning back is left out."""
    aside: dict[str, list[SetAside]] = field(default_factory=dict)

    def adjusted(self) -> Adjusted:
        """Every clause, every group, and the cap of the whole."""
        if self.weighing.is_over:
            return self._last_results()
        parts: dict[str, list[Part]] = {}
        self._each(lambda clause: parts.update({clause.id: self.weighing.parts(clause)}))
        for group in self.deal.groups:
            if group.pays == "largest":
                self._largest(group, parts)
        self._each(lambda clause: self._clause(clause, parts[clause.id]))
        self._shared_caps()
        return Adjusted(tuple(self.made), tuple(self.weighing.seen.values()), tuple(self._results()))

    def _last_results(self) -> Adjusted:
        """What a phase that is over has set aside for this invoice."""
        self._each(lambda clause: self._carry(clause, self._basis(clause.basis)))
        self._shared_caps()
        bearing = {line.charge for line in self.made}
        return Adjusted(tuple(self.made), (), tuple(one for one in self._results() if one.clause in bearing))

    def _shared_caps(self) -> None:
        """The caps of the groups, and that of all clauses."""
        for group in self.deal.groups:
            mine = [line for line in self.made if line.charge in group.clauses]
            self._capped(group.id, group.label, group.caps, self._basis(group.of), mine, group.clauses)
        if not self.weighing.is_over:
            self._each(self._earned_back)
        if self.deal.cap is not None:
            label = say("Bonus and malus", "Bonus et malus")
            every = [clause.id for clause in self.deal.clauses]
            self._capped("bonus_malus", label, self.deal.cap, self._basis((ALL,)), list(self.made), every)

    def _each(self, work: Callable[[Clause], None]) -> None:
        """Do something for every clause; what is wrong is raised together, each at its place."""
        problems = []
        for n, clause in enumerate(self.deal.clauses):
            try:
                work(clause)
            except Invalid as invalid:
                problems += [_placed(n, one) for one in invalid.problems]
        if problems:
            raise Invalid(problems)

    def _results(self) -> Iterator[ClauseResult]:
        for clause in self.deal.clauses:
            amount = sum((line.amount for line in self.made if line.charge == clause.id), Decimal(0))
            decimals = self.scope.facts.decimals
            billed = self.billed.get(clause.id, {})
            yield ClauseResult(
                clause.id, clause.label, clause.kpis, rounded(amount, decimals),
                rounded(self.gave.get(clause.id, Decimal(0)), decimals),
                tuple((vat, rounded(part, decimals)) for vat, part in billed.items() if part),
                tuple(self.aside.get(clause.id, ())), tuple(self.weighing.notes.get(clause.id, ())),
            )  # fmt: skip

    def _largest(self, group: Group, parts: dict[str, list[Part]]) -> None:
        """Of the malus of one window only the largest is due."""
        mine = [clause for clause in self.deal.clauses if clause.id in group.clauses]
        sizes: dict[str, list[tuple[Fraction, str]]] = {}
        for clause in mine:
            for part in parts[clause.id]:
                if part.effect.sign < 0:
                    sizes.setdefault(part.window, []).append((self._size(clause, part), clause.id))
        for window, found in sizes.items():
            worst = min(found)[1]
            for clause in mine:
                kept = [
                    one for one in parts[clause.id] if one.window != window or one.effect.sign > 0 or clause.id == worst
                ]
                if len(kept) < len(parts[clause.id]):
                    words = ("{window}: paid once, by {other}", "{window} : dû une fois, par {other}")
                    self.weighing.note(clause, say(*words, window=window, other=worst))
                parts[clause.id] = kept

    def _size(self, clause: Clause, part: Part) -> Fraction:
        effect = part.effect
        if effect.percent is not None:
            taken_of = sum(self._shares(clause, self._basis(clause.basis)).values(), Decimal(0))
            return effect.percent * part.factor * exact(taken_of) / 100
        units = self._basis(clause.basis).billed * effect.units if effect.per_billed else effect.units
        return Fraction(units) * Fraction(effect.price) * part.factor

    # ------------------------------------------------------------------------------------------------------- lines

    def _basis(self, names: tuple[str, ...] | None) -> Basis:
        chosen = [line for line in self.lines if line.kind not in LEFT_OUT]
        if names is None or ALL in names:
            return Basis(chosen)
        return Basis([line for line in chosen if line.charge in names])

    def _shares(self, clause: Clause, basis: Basis) -> dict[Vat, Decimal]:
        """What percentages are taken of: the basis, or the amount at risk, by VAT."""
        if clause.at_risk is None:
            return basis.by_vat()
        decimals = self.scope.facts.decimals
        if clause.at_risk.in_percent:
            share = Fraction(clause.at_risk.value) / 100
            return {vat: rounded(exact(amount) * share, decimals) for vat, amount in basis.by_vat().items()}
        return {self._vat(clause, basis): rounded(self._revised(clause, clause.at_risk.value), decimals)}

    def _vat(self, clause: Clause, basis: Basis) -> Vat:
        """The VAT of a fixed amount: the clause's own, that of its basis where it has one, the invoice's."""
        if clause.vat is not None:
            return clause.vat.vat()
        found = list(basis.by_vat())
        return found[0] if len(found) == 1 else self.scope.facts.vat

    def _revised(self, clause: Clause, amount: Decimal) -> Decimal:
        revision = self.scope.revision(clause.indexation)
        return amount if revision is None else unit_price(amount, revision.factor)

    def _clause(self, clause: Clause, parts: Sequence[Part]) -> None:
        """The lines of a clause: this period's, or what the period before set aside; then its cap."""
        basis = self._basis(clause.basis)
        drafts = list(self._drafts(clause, parts, basis))
        if clause.applied == "next_invoice":
            self._set_aside(clause, drafts)
            self._carry(clause, basis)
        else:
            before_caps = len(self.made)
            self._bounded(clause, drafts, basis)
            self.gave[clause.id] = sum((line.amount for line in self.made[before_caps:]), Decimal(0))

    def _carry(self, clause: Clause, basis: Basis) -> None:
        """The lines of what the period before set aside."""
        if clause.applied == "next_invoice":
            self._bounded(clause, list(self._carried(clause, basis)), basis)

    def _bounded(self, clause: Clause, drafts: Sequence["Draft"], basis: Basis) -> None:
        """The lines of some drafts, and one back to the clause's cap."""
        before_caps = len(self.made)
        for draft in drafts:
            self._line(clause, draft)
        own = self.made[before_caps:]
        for line in own:
            self._bill(clause.id, line.vat, line.amount)
        self._capped(clause.id, clause.label, self._caps(clause), basis, own, [clause.id])

    def _caps(self, clause: Clause) -> Cap | None:
        """The cap of a clause; that of its rank where misses are repeated."""
        if clause.repeated is None or not clause.repeated.caps or clause.id not in self.weighing.ranks:
            return clause.caps
        most = clause.repeated.caps[min(self.weighing.ranks[clause.id], len(clause.repeated.caps)) - 1]
        return Cap(bonus=clause.caps.bonus if clause.caps else None, malus=Worth(most, in_percent=False))

    def _drafts(self, clause: Clause, parts: Sequence[Part], basis: Basis) -> Iterator["Draft"]:
        """What the parts become: windows of one price are one line."""
        merged: dict[tuple[Decimal, bool, int], Draft] = {}
        for part in parts:
            effect, words = part.effect, (part.effect.words, *part.words)
            if effect.percent is not None:
                share = printable(effect.percent * part.factor)
                for vat, amount in self._shares(clause, basis).items():
                    if share and amount:
                        sign = 1 if share > 0 else -1
                        yield Draft(sign * amount, None, abs(share) / 100, vat, words, share)
                continue
            price = unit_price(self._revised(clause, effect.price), part.factor)
            units = basis.billed * effect.units if effect.per_billed else effect.units
            unit = _unit_of(basis) if effect.per_billed else effect.unit
            key = (price, effect.per_billed, effect.sign)
            known = merged.get(key)
            windows = (part.window,) if clause.kpi and self.deal.kpis[clause.kpi].is_split else ()
            if known is None:
                merged[key] = Draft(units, unit, price, self._vat(clause, basis), words, None, windows)
            else:
                merged[key] = replace(known, quantity=known.quantity + units, windows=(*known.windows, *windows))
        yield from merged.values()

    def _set_aside(self, clause: Clause, drafts: Sequence["Draft"]) -> None:
        """What the next invoice will carry."""
        kept, of_next = self.aside.setdefault(clause.id, []), clause.basis_of == "invoice"
        shares = {draft.share for draft in drafts if draft.share is not None}
        if of_next:
            kept += [SetAside(Decimal(1 if one > 0 else -1), abs(one) / 100, percent=True) for one in sorted(shares)]
        kept += [
            SetAside(draft.quantity, draft.price, percent=False, vat=draft.vat)
            for draft in drafts if draft.share is None or not of_next
        ]  # fmt: skip
        amounts = [rounded(exact(one.quantity) * exact(one.price), self.scope.facts.decimals) for one in drafts]
        self.gave[clause.id] = sum(amounts, Decimal(0))
        if kept:
            self.weighing.note(clause, say("set aside for the next invoice", "reporté sur la facture suivante"))

    def _carried(self, clause: Clause, basis: Basis) -> Iterator["Draft"]:
        """What the period before set aside, on this invoice."""
        last = next(before(self.scope.period, self.scope.facts.period_rule))
        if not self.weighing.weighed(clause, last):
            return
        words = (say("result of {name}", "résultat de {name}", name=last.name),)
        for one in self.weighing.past(last).set_aside.get(clause.id, ()):
            if one.percent:
                for vat, amount in self._shares(clause, basis).items():
                    if amount:
                        share = trimmed(one.quantity * one.unit_price * 100)
                        yield Draft(one.quantity * amount, None, one.unit_price, vat, words, share)
            else:
                yield Draft(one.quantity, FIXED, one.unit_price, one.vat or self._vat(clause, basis), words)

    def _line(self, clause: Clause, draft: "Draft", kind: LineKind | None = None, suffix: str = "") -> None:
        decimals = self.scope.facts.decimals
        amount = rounded(exact(draft.quantity) * exact(draft.price), decimals)
        if not amount:
            return
        share = () if draft.share is None else (say("{share} %", "{share} %", share=draft.share),)
        windows = []
        if names := draft.windows:
            windows.append(say("{n} windows: {names}", "{n} fenêtres : {names}", n=len(names), names=listed(names)))
        detail = joined([*share, *self._value_words(clause, kind), *(one for one in draft.words if one.en), *windows])
        unit = draft.unit or say("{currency}", "{currency}", currency=self.scope.facts.currency)
        named = self._id(clause.id, suffix)
        product = "{quantity} {unit} × {price} = {amount}"
        words = say(product, quantity=draft.quantity, unit=unit, price=draft.price, amount=amount)
        chosen = kind or ("bonus" if amount > 0 else "malus")
        price = (draft.quantity, unit, draft.price, amount, draft.vat)
        self.made.append(Line(named, clause.id, chosen, clause.label, detail, *price, (Step(12, words),)))

    def _value_words(self, clause: Clause, kind: LineKind | None) -> Iterator[Phrase]:
        """The KPI's value, where this invoice measured it."""
        carried = clause.applied == "next_invoice" or kind is not None
        values = [one for (kpi, _), one in self.weighing.seen.items() if kpi == clause.kpi]
        if not carried and len(values) == 1 and values[0].rounded is not None:
            value = value_words(values[0].rounded, values[0].unit)
            yield say("{label} {value}", "{label} {value}", label=values[0].label, value=value)

    def _id(self, clause: str, suffix: str) -> str:
        name = f"{clause}.{suffix}" if suffix else clause
        taken = {*self.taken, *(line.id for line in self.made)}
        found, n = name, 2
        while found in taken:
            found, n = f"{name}-{n}", n + 1
        return found

    def _earned_back(self, clause: Clause) -> None:
        """A malus that the periods after it have made good."""
        rule = clause.earn_back
        if rule is None or clause.kpi is None:
            return
        earlier = islice(before(self.scope.period, self.scope.facts.period_rule), rule.after)
        periods = [self.scope.period, *earlier]
        missed = periods[-1]
        if not self.weighing.weighed(clause, missed):
            return
        taken = [(vat, amount) for vat, amount in self._taken(clause, periods[-2:]) if amount]
        if sum((amount for _, amount in taken), Decimal(0)) >= 0:
            return
        value = self._together(clause, periods[:-1])
        kpi = self.deal.kpis[clause.kpi]
        target = Fraction(rule.target.value)
        good = value is not None and (value >= target if kpi.higher_is_better else value <= target)
        shown = say("nothing", "rien") if value is None else value_words(value, kpi.unit)
        words = say(
            "malus of {missed} {verdict}: {value} from {first} to {last}, target {target}",
            "malus de {missed} {verdict} : {value} de {first} à {last}, cible {target}",
            missed=missed.name, verdict=say("given back", "rendu") if good else say("kept", "conservé"), value=shown,
            first=periods[-2].name, last=periods[0].name, target=rule.target.written,
        )  # fmt: skip
        self.weighing.note(clause, words)
        if good:
            for vat, amount in taken:
                quantity = Decimal(1 if amount < 0 else -1)
                self._line(clause, Draft(quantity, FIXED, abs(amount), vat, (words,)), "earned_back", "earned_back")

    def _taken(self, clause: Clause, periods: Sequence[Period]) -> Iterable[tuple[Vat, Decimal]]:
        """What a clause took for a period, by VAT: on its invoice, or on the next one; the later period comes first."""
        after, missed = periods
        if clause.applied == "this_invoice":
            return self.weighing.past(missed).billed.get(clause.id, ())
        if after == self.scope.period:
            return list(self.billed.get(clause.id, {}).items())
        return self.weighing.past(after).billed.get(clause.id, ())

    def _together(self, clause: Clause, periods: Sequence[Period]) -> Fraction | None:
        """A KPI over several periods: the sum of numerators over the sum of denominators."""
        name = clause.kpi or ""
        value = self.weighing.measurement.values(name)[0]
        above, below = value.numerator, value.denominator
        for period in periods[1:]:
            past = self.weighing.past(period).kpi(name, period.first, period.last)
            if past is None:
                return None
            above += past.numerator
            below = None if below is None or past.denominator is None else below + past.denominator
        kpi = self.deal.kpis[name]
        if below is None and kpi.chosen.quotient.below:
            return None
        found = kpi.value(above, below)
        return None if found is None else kpi.shown(found)

    # -------------------------------------------------------------------------------------------------------- caps

    def _bill(self, clause: str, vat: Vat, amount: Decimal) -> None:
        """Add to what a clause takes or gives here."""
        own = self.billed.setdefault(clause, {})
        own[vat] = own.get(vat, Decimal(0)) + amount

    def _credit(self, clauses: Sequence[str], vat: Vat, amount: Decimal) -> None:
        """Share a cap's line among the clauses that it cuts, by what each has under that VAT, or else at all.

        No clause loses more than it has: a bonus that is cut may be what was earned back.
        """
        billed = {one: self.billed.get(one, {}) for one in clauses}
        cut = {one: part for one, own in billed.items() if (part := own.get(vat, Decimal(0))) * amount < 0}
        if not cut:
            sums = {one: sum(own.values(), Decimal(0)) for one, own in billed.items()}
            cut = {one: part for one, part in sums.items() if part * amount < 0}
        parts = [abs(part) for part in cut.values()]
        shares = shared(min(abs(amount), sum(parts, Decimal(0))), list(parts), self.scope.facts.decimals)
        for one, share in zip(cut, shares, strict=True):
            self._bill(one, vat, share if amount > 0 else -share)

    def _capped(
        self, name: str, label: "str | Phrase", cap: Cap | None, basis: Basis, lines: Sequence[Line],
        clauses: Sequence[str],
    ) -> None:  # fmt: skip
        """A line back to the most that some lines, those of some clauses, may give or take together."""
        if cap is None or not lines:
            return
        total = sum((line.amount for line in lines), Decimal(0))
        worth = cap.bonus if total > 0 else cap.malus
        if worth is None or not total:
            return
        decimals = self.scope.facts.decimals
        bound = rounded(
            exact(basis.amount) * Fraction(worth.value) / 100 if worth.in_percent else worth.value, decimals
        )
        gap = abs(total) - max(bound, Decimal(0))
        if gap <= 0:
            return
        sign = -1 if total > 0 else 1
        shown = label if isinstance(label, str) else label.words(self.language)
        kind = ("bonus", "bonus") if total > 0 else ("malus", "malus")
        words = say(
            f"cap of the {kind[0]}: {{bound}} of {{total}}", f"plafond du {kind[1]} : {{bound}} sur {{total}}",
            bound=bound, total=abs(total),
        )  # fmt: skip
        for vat, part in _spread(gap, lines, decimals):
            step = Step(12, words)
            named, quantity = self._id(f"{name}.cap", ""), Decimal(sign)
            self.made.append(Line(named, name, "cap", shown, words, quantity, FIXED, part, sign * part, vat, (step,)))
            self._credit(clauses, vat, sign * part)

    # ------------------------------------------------------------------------------------------------------- notes


@frozen
class Draft:
    """A line before it has a name: `share` is its percentage, where it is one."""

    quantity: Decimal
    unit: Phrase | None
    price: Decimal
    vat: Vat
    words: tuple[Phrase, ...] = ()
    share: Decimal | None = None
    windows: tuple[str, ...] = ()


def _placed(n: int, problem: Problem) -> Problem:
    """A problem of measuring stands at the KPI, any other at its clause."""
    return problem if problem.path[:1] in (("kpis",), ("indexation",)) else problem.under("bonus_malus", n)


def _spread(amount: Decimal, lines: Iterable[Line], decimals: int) -> Iterator[tuple[Vat, Decimal]]:
    """An amount over the VAT of some lines, by what they weigh."""
    weights: dict[Vat, Decimal] = {}
    for line in lines:
        weights[line.vat] = weights.get(line.vat, Decimal(0)) + line.amount
    parts = shared(amount, [abs(weight) for weight in weights.values()], decimals)
    yield from ((vat, part) for vat, part in zip(weights, parts, strict=True) if part)


def _unit_of(basis: Basis) -> Phrase:
    return next((line.unit for line in basis.lines if line.kind == "usage"), say("unit", "unité"))

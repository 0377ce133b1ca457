"""What a readable invoice says and in which order, in its own language, before any layout.

The table and the Markdown writer draw the same page, so that both sides of a contract read the same words.
All text that comes out of here is on one line; it still has to be escaped for the format that prints it.
"""

from dataclasses import replace
from functools import cached_property

from callbill.frozen import frozen
from callbill.invoice import Counted, Funnel, Invoice, KpiValue, Line, Party, Phrase, Subtotal, VatTotal
from callbill.writers import _words as words
from callbill.writers._language import Language
from callbill.writers._text import plain


@frozen
class Item:
    """One line as it prints; `vat` is empty when the whole invoice has one rate."""

    id: str
    label: str
    detail: str
    quantity: str
    unit: str
    price: str
    vat: str
    amount: str


@frozen
class Block:
    """The lines of one charge. `heading` is empty when its only line carries the label itself."""

    heading: str
    items: tuple[Item, ...]
    subtotal: str = ""
    phase: str = ""
    """The phase and its days, before the first block of each where the lines are of several."""


@frozen
class Sum:
    """One row under the lines; the rows add up to the amount due."""

    label: str
    amount: str
    note: str = ""
    strong: bool = False


@frozen
class Measured:
    """One KPI as it prints."""

    name: str
    formula: str
    numerator: str
    denominator: str
    value: str
    margin: str
    target: str
    notes: tuple[str, ...] = ()


@frozen
class Tally:
    """One number of records; `level` 1 is a reason why the charge above does not bill them."""

    label: str
    billed: str = ""
    left: str = ""
    level: int = 0


@frozen
class Account:
    """What became of the records of one source; a charge's tallies add up to the records in the period."""

    source: str
    counts: tuple[str, ...]
    tallies: tuple[Tally, ...]


@frozen
class Page:
    """One invoice in its language."""

    invoice: Invoice
    language: Language

    @classmethod
    def of(cls, invoice: Invoice) -> "Page":
        return cls(invoice, Language.of(invoice))

    def word(self, phrase: Phrase) -> str:
        return self.language.text(phrase, currency=self.invoice.currency)

    def heading(self) -> str:
        return plain(self.language.text(words.INVOICE, number=self.invoice.number))

    def title(self) -> str:
        return plain(self.invoice.title)

    def taxed(self) -> bool:
        """Lines differ in their VAT, so each has to say its own."""
        return len(self.invoice.vat) > 1

    def party(self, party: Party) -> list[str]:
        numbers = [f"{name} {value}" for name, value in (("SIREN", party.siren), ("SIRET", party.siret)) if value]
        vat = [self.language.text(words.VAT_NUMBER, number=party.vat)] if party.vat else []
        texts = [party.name, *party.address, self.language.country(party.country), *numbers, *vat, party.email]
        return [plain(text) for text in texts if text]

    def facts(self) -> list[tuple[str, str]]:
        """Contract, period, dates, terms and where to pay; the amount due comes last."""
        invoice, terms, say = self.invoice, self.invoice.terms, self.language.text
        day = self.language.long_day
        account = " · ".join(part for part in (invoice.seller.iban, invoice.seller.bic) if part)
        period = say(
            words.PERIOD_DAYS, first=day(invoice.first), last=day(invoice.last), timezone=invoice.timezone
        )  # fmt: skip
        due = say(words.DUE_BY, amount=self.language.money(invoice.due), day=day(terms.due))
        facts = [
            (words.CONTRACT, invoice.contract),
            (words.PERIOD, period),
            *((words.PHASE, self.phase(one.name)) for one in invoice.phases if self.cut),
            (words.ISSUED, day(terms.issued)),
            (words.TERMS, say(terms.phrase)),
            (words.ORDER, terms.purchase_order),
            (words.NOTE, terms.note),
            (words.ACCOUNT, account),
            (words.AMOUNT_DUE, due),
        ]
        return [(say(label), plain(value)) for label, value in facts if value]

    @cached_property
    def cut(self) -> bool:
        """Whether the period has several phases, or days in none."""
        days = [(one.first, one.last) for one in self.invoice.phases]
        return bool(days) and days != [(self.invoice.first, self.invoice.last)]

    @cached_property
    def several_phases(self) -> bool:
        """Whether labels have to say their phase."""
        named = [*(one.name for one in self.invoice.phases), *(line.phase for line in self.invoice.lines if line.phase)]
        return len(set(named)) > 1

    def phase(self, name: str) -> str:
        """A phase and its days in the period, where it has any."""
        day = self.language.long_day
        for one in self.invoice.phases:
            if one.name == name:
                return plain(self.language.text(words.PHASE_DAYS, name=name, first=day(one.first), last=day(one.last)))
        return plain(name)

    def labelled(self, label: str, phase: str) -> str:
        """A label with its phase, where there are several."""
        named = phase and self.several_phases
        return plain(self.language.text(words.OF_PHASE, label=label, name=phase) if named else label)

    @cached_property
    def blocks(self) -> list[Block]:
        """The lines charge by charge; a sub-total that would only repeat its single line is left out."""
        lines: dict[tuple[str, str], list[Line]] = {}
        for line in self.invoice.lines:
            lines.setdefault((line.phase, line.charge), []).append(line)
        subtotals = {(one.phase, one.charge): one for one in self.invoice.subtotals}
        found, told = [], ""
        for (phase, charge), own in lines.items():
            block = self._block(own, subtotals.get((phase, charge)))
            new = phase != told and self.several_phases
            heading = self.phase(phase) or self.language.text(words.WHOLE_CONTRACT)
            found.append(replace(block, phase=heading) if new else block)
            told = phase
        return found

    @cached_property
    def aligned_blocks(self) -> list[Block]:
        """The same with blanks after quantities and prices, so that decimal marks stand under each other."""
        blocks = self.blocks
        items = [item for block in blocks for item in block.items]
        quantities = self.language.aligned([item.quantity for item in items])
        prices = self.language.aligned([item.price for item in items])
        padded = iter([replace(i, quantity=q, price=p) for i, q, p in zip(items, quantities, prices, strict=True)])
        return [replace(block, items=tuple(next(padded) for _ in block.items)) for block in blocks]

    def _block(self, lines: list[Line], subtotal: Subtotal | None) -> Block:
        if len(lines) == 1:
            return Block("", (self._item(lines[0], ""),))
        heading = plain(subtotal.label if subtotal else lines[0].label)
        several = len(self.invoice.subtotals) > 1
        amount = self.language.amount(subtotal.amount) if subtotal and several else ""
        return Block(heading, tuple(self._item(line, heading) for line in lines), amount)

    def _item(self, line: Line, heading: str) -> Item:
        language = self.language
        label, detail = plain(line.label), plain(language.text(line.detail)) if line.detail else ""
        vat = f"{line.vat.category} {language.percent(line.vat.rate)}" if self.taxed() else ""
        return Item(
            id=plain(line.id),
            label="" if detail and label == heading else label,
            detail=detail,
            quantity=language.quantity(line.quantity),
            unit=plain(language.text(line.unit)),
            price=language.price(line.unit_price),
            vat=vat,
            amount=language.amount(line.amount),
        )

    def sums(self) -> list[Sum]:
        """Net, VAT, total, credits and the amount due; without credits the total is what is due."""
        invoice, language = self.invoice, self.language
        due = language.text(words.DUE_TOTAL, day=language.long_day(invoice.terms.due))
        return [
            Sum(language.text(words.NET), language.amount(invoice.net)),
            *(self._vat(vat) for vat in invoice.vat),
            Sum(language.text(words.TOTAL), language.amount(invoice.total)),
            *(
                Sum(plain(language.text(words.CREDIT, label=credit.label)), language.amount(-credit.amount))
                for credit in invoice.credits
            ),
            Sum(due, language.amount(invoice.due), strong=True),
        ]

    def _vat(self, total: VatTotal) -> Sum:
        language, vat = self.language, total.vat
        rate, base = language.percent(vat.rate), language.amount(total.base)
        label = language.text(words.VAT_ON, rate=rate, base=base, category=vat.category)
        return Sum(label, language.amount(total.amount), plain(vat.reason))

    @cached_property
    def measured(self) -> list[Measured]:
        """The KPIs, each as a row of figures under its name, formula and notes."""
        return [self._measured(one) for one in self.invoice.kpis]

    def _measured(self, one: KpiValue) -> Measured:
        text, whole = self.language.text, (one.first, one.last) == (self.invoice.first, self.invoice.last)
        formula = text(one.words)
        if not whole:
            days = text(words.BETWEEN, first=one.first, last=one.last) if "/" in one.window else one.window
            formula = text(words.MEASURED_OVER, words=one.words, window=days)
        return Measured(
            name=self.labelled(text(one.label), one.phase),
            formula=plain(formula),
            numerator=self.language.ratio(one.numerator),
            denominator="" if one.denominator is None else self.language.ratio(one.denominator),
            value=self.language.measured(one.rounded, one.unit) or text(words.UNCOUNTED),
            margin=self.language.margin(one.low, one.high),
            target=plain(one.target),
            notes=tuple(plain(text(note)) for note in one.notes),
        )

    @cached_property
    def outcomes(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """What each clause of bonus/malus gave on this invoice, and what kept it from more."""
        text, amount = self.language.text, self.language.amount
        return [
            (self.labelled(one.label, one.phase), amount(one.amount), tuple(plain(text(note)) for note in one.notes))
            for one in self.invoice.clauses
        ]

    @cached_property
    def accounts(self) -> list[Account]:
        """The funnel, source by source (law 3)."""
        return [self._account(funnel) for funnel in self.invoice.funnel]

    def count_names(self) -> list[str]:
        """What the columns of the accounts count."""
        return [self.word(phrase) for _, phrase in self._counted()]

    def _counted(self) -> list[tuple[str, Phrase]]:
        """The counts of a funnel; those that few exports have stand only where one has them."""
        rare = {"other", "joined"}
        used = {name for name in rare for funnel in self.invoice.funnel if getattr(funnel, name)}
        return [(name, phrase) for name, phrase in words.COUNTS if name not in rare - used]

    def _account(self, funnel: Funnel) -> Account:
        number = self.language.number
        kind = words.KINDS_OF_RECORD.get(funnel.record)
        record = self.language.text(kind) if kind else funnel.record
        counts = [getattr(funnel, name) for name, _ in self._counted()]
        tallies = [tally for charge in funnel.charges for tally in self._tallies(charge)]
        tallies.append(Tally(self.language.text(words.UNBILLED), left=number(funnel.unbilled)))
        return Account(plain(f"{funnel.source} ({record})"), tuple(map(number, counts)), tuple(tallies))

    def _tallies(self, charge: Counted) -> list[Tally]:
        text, number = self.language.text, self.language.number
        reasons = [
            Tally(plain(text(charge.rules[rule]) if rule in charge.rules else rule), left=number(count), level=1)
            for rule, count in charge.not_billable.items()
        ]
        return [Tally(self.labelled(charge.label, charge.phase), billed=number(charge.billed)), *reasons]

    def rules(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """(charge, its (setting, rule)) in the invoice's order; the rules of no charge are the whole contract's."""
        labels = {one.charge: one.label for source in self.invoice.funnel for one in source.charges}
        labels |= {clause.clause: clause.label for clause in self.invoice.clauses}
        labels |= {subtotal.charge: subtotal.label for subtotal in self.invoice.subtotals}
        grouped: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for rule in self.invoice.rules:
            chosen = grouped.setdefault((rule.charge, rule.phase), [])
            chosen.append((plain(rule.setting), plain(self.language.text(rule.phrase))))
        whole = self.language.text(words.WHOLE_CONTRACT)
        return [
            (self.labelled(labels.get(charge, charge), phase) or whole, rules)
            for (charge, phase), rules in grouped.items()
        ]

    def files(self) -> list[tuple[str, str]]:
        return [(plain(source), plain(file)) for source, file in self.invoice.files]

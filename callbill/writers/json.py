"""The invoice as JSON, for programs.

It holds the whole invoice: parties, dates, lines, sub-totals, VAT, totals, credits, the funnel,
the rules used and the files read. The steps behind a line are left out: `callbill explain` prints them.

Amounts, quantities and rates are strings of plain digits (`"1234.50"`), never numbers, because most
programs read a JSON number as a binary float. Days are ISO dates. Texts are in the invoice's language.

Keys are only ever added while `"schema"` stays 1. `callbill schema invoice` prints the JSON Schema.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

from callbill.invoice import ClauseResult, Funnel, Invoice, KpiValue, Line, Party, Phrase, SetAside, Terms, Vat
from callbill.money import rounded, text, trimmed
from callbill.report import Report
from callbill.writers import Writer
from callbill.writers._language import Language
from callbill.writers._report import in_json
from callbill.writers._schema import INVOICE

SCHEMA: Mapping[str, Any] = INVOICE
"""The published JSON Schema of what this writer writes."""


class JsonWriter(Writer):
    """`{"schema": 1, …}`, two spaces of indent."""

    suffixes = (".json",)

    def write(self, invoice: Invoice, *, width: int | None = None, color: bool = False) -> str:  # noqa: ARG002
        return json.dumps(document(invoice), ensure_ascii=False, indent=2) + "\n"

    def report(self, report: Report, *, width: int | None = None, color: bool = False) -> str:  # noqa: ARG002
        return in_json(report)


def document(invoice: Invoice) -> dict[str, Any]:
    """The invoice as plain values, in the order of the printed invoice."""
    language = Language.of(invoice)

    def amount(value: Decimal) -> str:
        return text(trimmed(value, invoice.decimals))

    return {
        "schema": 1,
        "number": invoice.number,
        "contract": invoice.contract,
        "title": invoice.title,
        "currency": invoice.currency,
        "decimals": invoice.decimals,
        "language": invoice.language,
        "timezone": invoice.timezone,
        "period": {"from": invoice.first.isoformat(), "to": invoice.last.isoformat()},
        "phases": [{"name": p.name, "from": p.first.isoformat(), "to": p.last.isoformat()} for p in invoice.phases],
        "seller": _party(invoice.seller),
        "buyer": _party(invoice.buyer),
        "terms": _terms(invoice.terms, language),
        "lines": [_line(line, language) for line in invoice.lines],
        "subtotals": [
            {"charge": s.charge, "label": s.label, "amount": amount(s.amount), "phase": s.phase}
            for s in invoice.subtotals
        ],
        "vat": [{**_vat(v.vat), "base": amount(v.base), "amount": amount(v.amount)} for v in invoice.vat],
        "net": amount(invoice.net),
        "vat_total": amount(invoice.vat_total),
        "total": amount(invoice.total),
        "credits": [{"label": c.label, "amount": amount(c.amount)} for c in invoice.credits],
        "due": amount(invoice.due),
        "funnel": [_funnel(funnel, language) for funnel in invoice.funnel],
        "rules": [
            {"charge": rule.charge, "setting": rule.setting, "text": language.text(rule.phrase), "phase": rule.phase}
            for rule in invoice.rules
        ],
        "kpis": [_kpi(one, language) for one in invoice.kpis],
        "clauses": [_clause(one, language, amount) for one in invoice.clauses],
        "files": [{"source": source, "file": file} for source, file in invoice.files],
    }  # fmt: skip


def _party(party: Party) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(party).items()}


def _terms(terms: Terms, language: Language) -> dict[str, str]:
    return {
        "issued": terms.issued.isoformat(),
        "due": terms.due.isoformat(),
        "text": language.text(terms.phrase),
        "purchase_order": terms.purchase_order,
        "note": terms.note,
    }


def _line(line: Line, language: Language) -> dict[str, Any]:
    return {
        "id": line.id,
        "charge": line.charge,
        "kind": line.kind,
        "label": line.label,
        "detail": language.text(line.detail) if line.detail else "",
        "quantity": text(trimmed(line.quantity)),
        "unit": language.text(line.unit),
        "unit_price": text(trimmed(line.unit_price, language.decimals)),
        "amount": text(trimmed(line.amount, language.decimals)),
        "vat": _vat(line.vat),
        "phase": line.phase,
    }


def exact_text(value: Fraction) -> str:
    """A fraction whole: plain digits, or `25/3` where digits never end."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest > 1:
        return f"{value.numerator}/{value.denominator}"
    return text(trimmed(rounded(value, value.denominator.bit_length())))


def _near(value: Fraction | None) -> str | None:
    """A value to six decimals; numerator and denominator hold it exactly."""
    return None if value is None else text(trimmed(rounded(value, 6)))


def _kpi(one: KpiValue, language: Language) -> dict[str, Any]:
    margin = None if one.low is None or one.high is None else {"low": text(one.low), "high": text(one.high)}
    return {
        "kpi": one.kpi,
        "kind": one.kind,
        "label": language.text(one.label),
        "unit": one.unit,
        "formula": one.formula,
        "text": language.text(one.words),
        "window": {"name": one.window, "from": one.first.isoformat(), "to": one.last.isoformat()},
        "numerator": exact_text(one.numerator),
        "denominator": None if one.denominator is None else exact_text(one.denominator),
        "value": _near(one.value),
        "rounded": _near(one.rounded),
        "margin": margin,
        "target": one.target,
        "notes": [language.text(note) for note in one.notes],
        "phase": one.phase,
    }


def _clause(one: ClauseResult, language: Language, amount: Callable[[Decimal], str]) -> dict[str, Any]:
    return {
        "clause": one.clause,
        "label": one.label,
        "kpis": list(one.kpis),
        "amount": amount(one.amount),
        "gave": amount(one.gave),
        "billed": [{"vat": _vat(vat), "amount": amount(part)} for vat, part in one.billed],
        "set_aside": [_set_aside(line) for line in one.set_aside],
        "notes": [language.text(note) for note in one.notes],
        "phase": one.phase,
    }  # fmt: skip


def _set_aside(line: SetAside) -> dict[str, Any]:
    quantity, price = text(trimmed(line.quantity)), text(trimmed(line.unit_price))
    vat = None if line.vat is None else _vat(line.vat)
    return {"quantity": quantity, "unit_price": price, "percent": line.percent, "vat": vat}


def _vat(vat: Vat) -> dict[str, str]:
    return {"category": vat.category, "rate": text(trimmed(vat.rate)), "reason": vat.reason}


def _funnel(funnel: Funnel, language: Language) -> dict[str, Any]:
    return {
        "source": funnel.source,
        "record": funnel.record,
        "read": funnel.read,
        "rejected": funnel.rejected,
        "other": funnel.other,
        "duplicates": funnel.duplicates,
        "joined": funnel.joined,
        "outside_period": funnel.outside_period,
        "in_period": funnel.in_period,
        "unbilled": funnel.unbilled,
        "charges": [
            {
                "charge": counted.charge,
                "label": counted.label,
                "phase": counted.phase,
                "billed": counted.billed,
                "not_billable": [
                    {"rule": rule, "text": language.text(counted.rules.get(rule, Phrase(rule))), "records": records}
                    for rule, records in counted.not_billable.items()
                ],
            }
            for counted in funnel.charges
        ],
    }  # fmt: skip

"""The JSON Schema of an invoice in JSON (draft 2020-12); it describes what `json.py` writes and nothing else."""

from collections.abc import Mapping
from typing import Any, get_args

from callbill.invoice import LineKind
from callbill.money import PRICE_DECIMALS, QUANTITY_DECIMALS

INTEGER = r"(0|[1-9][0-9]*)"
VAT_CATEGORIES = ["S", "Z", "E", "AE", "K", "G", "O", "L", "M"]


def _digits(decimals: int, sign: str = "-?") -> str:
    return rf"^{sign}{INTEGER}(\.[0-9]{{1,{decimals}}})?$"


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _day(description: str) -> dict[str, Any]:
    return _text(description, format="date")


def _amount(description: str) -> dict[str, Any]:
    return _text(f"{description}, with the currency's own decimals", pattern=_digits(3))


def _records(description: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "description": description}


def _object(description: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Every property is always there, and no other one."""
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(description: str, items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "description": description, "items": dict(items)}


def _maybe(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same, or null."""
    return {"description": schema["description"], "anyOf": [dict(schema), {"type": "null"}]}


PHASE = _text("phase it belongs to; empty without phases, and for what belongs to the whole invoice")

VAT = {
    "category": _text("VAT category, a code of EN 16931", enum=VAT_CATEGORIES),
    "rate": _text("VAT rate in percent", pattern=_digits(QUANTITY_DECIMALS, "")),
    "reason": _text("why no VAT is charged; empty when it is"),
}

PARTY = {
    "name": _text("legal name"),
    "country": _text("country, two letters of ISO 3166-1", pattern="^[A-Z]{2}$"),
    "address": _list("address, one string per printed line", _text("one line of the address")),
    "siren": _text("French company number, nine digits; empty when there is none"),
    "siret": _text("French establishment number, fourteen digits; empty when there is none"),
    "vat": _text("VAT number; empty when there is none"),
    "email": _text("address for invoices; empty when there is none"),
    "iban": _text("account to pay to; empty when there is none"),
    "bic": _text("bank of that account; empty when there is none"),
}

TERMS = {
    "issued": _day("day the invoice is issued"),
    "due": _day("last day to pay"),
    "text": _text("payment terms in words"),
    "purchase_order": _text("the buyer's order number; empty when there is none"),
    "note": _text("free text of the contract; empty when there is none"),
}

LINE = {
    "id": _text("what `callbill explain --line` takes; unique in the invoice"),
    "charge": _text("id of the contract's charge"),
    "kind": _text("what the line does", enum=list(get_args(LineKind))),
    "label": _text("the charge's label in the contract"),
    "detail": _text("which part of the charge this is; empty when it is all of it"),
    "quantity": _text("billed quantity; negative for a correction", pattern=_digits(QUANTITY_DECIMALS)),
    "unit": _text("what the quantity counts"),
    "unit_price": _text("price of one unit without VAT, never negative", pattern=_digits(PRICE_DECIMALS, "")),
    "amount": _amount("quantity × unit price, rounded once, without VAT"),
    "vat": _object("how the line is taxed", VAT),
    "phase": PHASE,
}

SUBTOTAL = {
    "charge": _text("id of the contract's charge"),
    "label": _text("the charge's label in the contract"),
    "amount": _amount("sum of the charge's lines"),
    "phase": PHASE,
}

CREDIT = {"label": _text("what was paid before"), "amount": _amount("amount taken off the total")}

NOT_BILLABLE = {
    "rule": _text("name of the rule"),
    "text": _text("the rule in words"),
    "records": _records("records of the period that this rule left out of the charge"),
}

COUNTED = {
    "charge": _text("id of the contract's charge"),
    "label": _text("the charge's label in the contract"),
    "phase": PHASE,
    "billed": _records("records of the period that the charge bills"),
    "not_billable": _list(
        "records left out, rule by rule; with `billed` they sum to `in_period`", _object("one rule", NOT_BILLABLE)
    ),
}  # fmt: skip

FUNNEL = {
    "source": _text("name of the source in the contract"),
    "record": _text("what one record is: contact, agent_state or interval"),
    "read": _records("rows read: rejected + other + duplicates + joined + outside_period + in_period"),
    "rejected": _records("rows that could not be understood"),
    "other": _records("rows that are no records of the source"),
    "duplicates": _records("records whose id had been read before"),
    "joined": _records("legs or events beyond the first of each contact"),
    "outside_period": _records("records that start on a day outside the period"),
    "in_period": _records("records of the period"),
    "unbilled": _records("records of the period that no charge bills"),
    "charges": _list("what each charge did with the records of the period", _object("one charge", COUNTED)),
}  # fmt: skip

RULE = {
    "charge": _text("id of the contract's charge; empty for the whole contract"),
    "setting": _text("the setting's name in the contract"),
    "text": _text("the rule in words"),
    "phase": PHASE,
}

NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
FRACTION = r"^-?[0-9]+(\.[0-9]+|/[0-9]+)?$"

KPI = {
    "kpi": _text("name of the KPI in the contract"),
    "kind": _text("kind of KPI"),
    "label": _text("what it is called"),
    "unit": _text("what the value is in", enum=["percent", "seconds", "per_hour", "money", "number"]),
    "formula": _text("the formula, in counts"),
    "text": _text("the formula in words"),
    "window": _object("the days it was measured over", {
        "name": _text("their name"), "from": _day("first local day"), "to": _day("last local day, included"),
    }),
    "numerator": _text("exact: digits, or a quotient such as 25/3", pattern=FRACTION),
    "denominator": _maybe(_text("exact; null for a plain number", pattern=FRACTION)),
    "value": _maybe(_text("the value to six decimals; null where nothing was counted", pattern=NUMBER)),
    "rounded": _maybe(_text("the value as the contract rounds it, which scales see", pattern=NUMBER)),
    "margin": _maybe(_object("95 % margin of error, null where there is no telling", {
        "low": _text("lower end", pattern=NUMBER), "high": _text("upper end", pattern=NUMBER),
    })),
    "target": _text("what a clause aims at; empty where none does"),
    "notes": _list("what else to know of it", _text("a note")),
    "phase": PHASE,
}  # fmt: skip

SET_ASIDE = {
    "quantity": _text("quantity of the line, or the sign of a percentage", pattern=NUMBER),
    "unit_price": _text("its price, or share of the basis", pattern=NUMBER),
    "percent": {"type": "boolean", "description": "whether it is a share of the next invoice's own basis"},
    "vat": _maybe(_object("VAT of what it was taken of; null where the next invoice's basis says", VAT)),
}

BILLED = {"vat": _object("VAT that it stands under", VAT), "amount": _amount("what is taken or given under that VAT")}

CLAUSE = {
    "clause": _text("id of the clause of bonus/malus"),
    "label": _text("its label in the contract"),
    "kpis": _list("the KPIs that it looks at", _text("name of a KPI")),
    "amount": _amount("sum of its lines on this invoice"),
    "gave": _amount("what this period gave, whichever invoice carries it"),
    "billed": _list("what this invoice takes or gives for it after every cap, without earning back",
                    _object("one VAT", BILLED)),
    "set_aside": _list("lines that the next invoice carries", _object("one line", SET_ASIDE)),
    "notes": _list("gates, reliefs and whatever kept it from more", _text("a note")),
    "phase": PHASE,
}  # fmt: skip

PERIOD = {"from": _day("first local day of the period"), "to": _day("last local day of the period, included")}

PHASE_DAYS = {
    "name": _text("name of the phase in the contract"),
    "from": _day("first local day of the period that is billed under it"),
    "to": _day("last local day of the period that is billed under it, included"),
}

FILE = {"source": _text("name of the source in the contract"), "file": _text("name of the file")}

INVOICE: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "callbill invoice",
    **_object(
        "One period's invoice as callbill writes it. Amounts, quantities and rates are strings of exact digits.",
        {
            "schema": {"const": 1, "description": "version of this format; keys are only added within a version"},
            "number": _text("number of the invoice"),
            "contract": _text("reference of the contract"),
            "title": _text("title of the contract"),
            "currency": _text("currency, three letters of ISO 4217", pattern="^[A-Z]{3}$"),
            "decimals": {"type": "integer", "minimum": 0, "maximum": 3, "description": "decimals of the currency"},
            "language": _text("language of the texts, two letters of ISO 639-1", pattern="^[a-z]{2}$"),
            "timezone": _text("IANA time zone whose days the period counts"),
            "period": _object("local days that are billed, both included", PERIOD),
            "phases": _list("days of the period under each phase; others are not billed", _object("one", PHASE_DAYS)),
            "seller": _object("the call centre", PARTY),
            "buyer": _object("its client", PARTY),
            "terms": _object("dates and references of payment", TERMS),
            "lines": _list("the lines in the order of the contract; they sum to `net`", _object("one line", LINE)),
            "subtotals": _list("sum of the lines of each charge; they sum to `net`", _object("one charge", SUBTOTAL)),
            "vat": _list(
                "VAT once per category and rate; the bases sum to `net`, the amounts to `vat_total`",
                _object("one category and rate", VAT | {
                    "base": _amount("sum of the lines taxed this way"),
                    "amount": _amount("VAT on the base"),
                }),
            ),
            "net": _amount("sum of the lines, without VAT"),
            "vat_total": _amount("sum of the VAT"),
            "total": _amount("net + VAT"),
            "credits": _list("amounts already paid", _object("one credit", CREDIT)),
            "due": _amount("amount to pay: the total less the credits"),
            "funnel": _list("the account of every record, source by source", _object("one source", FUNNEL)),
            "rules": _list("the rules that decided, chosen or by default", _object("one rule", RULE)),
            "kpis": _list("the KPIs that were measured", _object("one value", KPI)),
            "clauses": _list("what each clause of bonus/malus gave", _object("one clause", CLAUSE)),
            "files": _list("the activity files that were read", _object("one file", FILE)),
        },
    ),
}  # fmt: skip

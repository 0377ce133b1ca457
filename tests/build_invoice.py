"""Invoices built by hand for the writers' tests: every amount adds up, in English and in French."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import groupby

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
from callbill.money import CURRENCIES, rounded

STANDARD = Vat("S", Decimal("20.00"))
REVERSE = Vat("AE", Decimal(0), "Reverse charge: VAT due by the buyer, article 196 of Directive 2006/112/EC")

SELLER = Party(
    "Voix Claire SAS",
    "FR",
    ("12 rue des Lilas", "59000 Lille"),
    "732829320",
    "73282932000074",
    "FR44732829320",
    "factures@voixclaire.example",
    "FR7630006000011234567890189",
    "AGRIFRPP",
)
BUYER = Party("Hélio SA", "FR", ("Service comptabilité", "8 quai de la Loire", "44000 Nantes"), "552100554")

HOUR = say("hour", "heure")
CALL = say("call", "appel")
LABELS = {
    "production": ("Production hours", "Heures de production"),
    "calls": ("Answered calls", "Appels traités"),
    "quality": ("Service quality", "Qualité de service"),
    "seats": ("Seats", "Postes"),
}


def label(charge: str, language: str) -> str:
    return LABELS[charge][language == "fr"]


def line(
    name: str,
    charge: str,
    text: str,
    quantity: str,
    unit: Phrase,
    price: str,
    *,
    kind: LineKind = "usage",
    detail: Phrase | None = None,
    vat: Vat = STANDARD,
    currency: str = "EUR",
) -> Line:
    """A line that keeps the law: its amount is its quantity times its price, rounded once."""
    many, each = Decimal(quantity), Decimal(price)
    amount = rounded(many * each, CURRENCIES[currency])
    steps = (Step(5, say("counted", "compté")),)
    return Line(name, charge, kind, text, detail, many, unit, each, amount, vat, steps)


def invoice(
    lines: Sequence[Line],
    *,
    language: str = "en",
    currency: str = "EUR",
    paid: Sequence[Credit] = (),
    title: str = "",
    funnel: Sequence[Funnel] = (),
    rules: Sequence[Rule] = (),
    number: str = "2026-10-017",
) -> Invoice:
    """The invoice of these lines with its sub-totals, VAT and totals."""
    decimals = CURRENCIES[currency]
    none = rounded(0, decimals)
    by_charge = [(charge, list(own)) for charge, own in groupby(lines, lambda one: one.charge)]
    subtotals = [Subtotal(charge, own[0].label, sum((one.amount for one in own), none)) for charge, own in by_charge]
    bases: dict[Vat, Decimal] = {}
    for one in lines:
        bases[one.vat] = bases.get(one.vat, none) + one.amount
    taxes = [VatTotal(vat, base, rounded(base * vat.rate / 100, decimals)) for vat, base in bases.items()]
    net = sum((one.amount for one in lines), none)
    tax = sum((one.amount for one in taxes), none)
    terms = Terms(
        date(2026, 11, 2),
        date(2026, 12, 2),
        say("{days} days from the invoice", "{days} jours date de facture", days=30),
        "PO-1187",
        {"en": "Thank you", "fr": "Merci"}[language],
    )
    return Invoice(
        number,
        "HELIO-2026-017",
        title or {"en": "Customer care", "fr": "Relation client"}[language],
        currency,
        decimals,
        language,
        "Europe/Paris",
        date(2026, 10, 1),
        date(2026, 10, 31),
        SELLER,
        BUYER,
        terms,
        tuple(lines),
        tuple(subtotals),
        tuple(taxes),
        net,
        tax,
        net + tax,
        tuple(paid),
        net + tax - sum((one.amount for one in paid), none),
        tuple(funnel),
        tuple(rules),
        (("calls", "october.csv"), ("agents", "agents-october.csv.gz")),
    )


def funnel(language: str = "en", size: int = 1) -> tuple[Funnel, ...]:
    """12,345 calls and 4,020 agent states, `size` times; both keep law 3."""
    short = say("shorter than {seconds} s", "de moins de {seconds} s", seconds=10)
    queue = say("queue other than support, sales", "file autre que support, vente")
    calls = Counted(
        "calls",
        label("calls", language),
        11_000 * size,
        {"short": 230 * size, "where": 1_000 * size},
        {"short": short, "where": queue},
    )
    hours = Counted("production", label("production", language), 4_000 * size, {}, {})
    return (
        Funnel(
            "calls", "contact", 12_345 * size, 12 * size, 3 * size, 100 * size, 12_230 * size, 1_230 * size, (calls,)
        ),
        Funnel("agents", "agent_state", 4_020 * size, 0, 0, 20 * size, 4_000 * size, 0, (hours,)),
    )


def rules() -> tuple[Rule, ...]:
    return (
        Rule(
            "calls",
            "tiers.mode",
            say("graduated: each tier at its own price", "progressif : chaque tranche à son prix"),
        ),
        Rule(
            "calls",
            "short",
            say("contacts under {seconds} s are free", "appels de moins de {seconds} s gratuits", seconds=10),
        ),
        Rule(
            "production",
            "rounding",
            say(
                "durations are summed over the period, then rounded to the hundredth of an hour, half up",
                "les durées sont sommées sur la période, puis arrondies au centième d’heure le plus proche",
            ),
        ),
        Rule(
            "", "vat", say("VAT once per rate on the sum of its lines", "TVA calculée par taux sur la somme des lignes")
        ),
    )


def simple(language: str = "en", currency: str = "EUR") -> Invoice:
    """One charge, one line of 1,234.5 hours at 26.00."""
    return invoice(
        [line("production", "production", label("production", language), "1234.5", HOUR, "26.00", currency=currency)],
        language=language,
        currency=currency,
    )


def usual(language: str = "en") -> Invoice:
    """Hours by band, calls by tier, a malus, a credit, the funnel and the rules."""
    hours, calls, quality = (label(charge, language) for charge in ("production", "calls", "quality"))
    upto = say("tier 1, up to {to}", "tranche 1, jusqu’à {to}", to=10_000)
    beyond = say("tier 2, from {first}", "tranche 2, à partir de {first}", first=10_001)
    malus = say(
        "service level {value} % within {seconds} s: {percent} % of {basis}",
        "taux de service {value} % en {seconds} s : {percent} % de {basis}",
        value=Decimal("78.4"),
        seconds=20,
        percent=-2,
        basis=Decimal("29450.00"),
    )
    return invoice(
        [
            line("production.day", "production", hours, "1234.5", HOUR, "26.00", detail=say("day", "jour")),
            line("production.evening", "production", hours, "210.25", HOUR, "31.20", detail=say("evening", "soirée")),
            line(
                "production.sunday",
                "production",
                hours,
                "16.3333",
                HOUR,
                "39",
                detail=say("Sunday and public holidays", "dimanche et jours fériés"),
            ),
            line("calls.1", "calls", calls, "10000", CALL, "2.70", detail=upto),
            line("calls.2", "calls", calls, "1000", CALL, "2.45", detail=beyond),
            line(
                "quality",
                "quality",
                quality,
                "-0.02",
                say("of basis", "de l’assiette"),
                "29450.00",
                kind="reversal",
                detail=malus,
            ),
        ],
        language=language,
        paid=[Credit({"en": "Deposit of 1 October", "fr": "Acompte du 1er octobre"}[language], Decimal("5000.00"))],
        funnel=funnel(language),
        rules=rules(),
    )


def reverse_charge(language: str = "en") -> Invoice:
    """A provider abroad: part of the invoice is AE with its reason, part carries 20 %."""
    calls, seats = label("calls", language), label("seats", language)
    return invoice(
        [
            line("calls", "calls", calls, "8000", CALL, "2.7", vat=REVERSE),
            line("seats", "seats", seats, "12", say("seat", "poste"), "85.5", kind="fee"),
        ],
        language=language,
    )


def negative(language: str = "en") -> Invoice:
    """A credit note: what is taken back is more than what is billed, so the seller owes the buyer."""
    calls = label("calls", language)
    taken = say("calls billed twice in September", "appels facturés deux fois en septembre")
    return invoice(
        [
            line("calls.1", "calls", calls, "100", CALL, "2.70"),
            line("calls.2", "calls", calls, "-350.5", CALL, "2.7", kind="reversal", detail=taken),
        ],
        language=language,
    )


def huge(language: str = "en") -> Invoice:
    """Amounts of twelve digits, prices of six decimals, a funnel of hundreds of millions."""
    calls = label("calls", language)
    return invoice(
        [
            line("calls.1", "calls", calls, "123456789012.3456", CALL, "1.234567"),
            line("calls.2", "calls", calls, "-98765432109.8765", CALL, "7.000001", kind="reversal"),
        ],
        language=language,
        funnel=funnel(language, 100_000),
    )


def dinar(language: str = "en") -> Invoice:
    """Three decimals."""
    return simple(language, "KWD")


def yen(language: str = "en") -> Invoice:
    """No decimals."""
    return simple(language, "JPY")


def long_labels(language: str = "en") -> Invoice:
    """A label of eighty words, one word of ninety letters, Chinese, a long id."""
    return invoice(
        [
            line("calls", "calls", " ".join(["calls handled by the support team"] * 12), "10", CALL, "2.70"),
            line(
                "x", "x", "Donaudampfschifffahrts" * 4, "10", say("appointment that was kept by the customer"), "2.70"
            ),
            line("zh", "zh", "客户服务热线电话接听费用" * 5, "10", CALL, "2.70"),
            line("evening-and-weekend-production-hours", "long", "Hours", "10", HOUR, "2.70"),
        ],
        language=language,
    )


NASTY = (
    "[vip] sales",
    "rate [/min]",
    "a|b",
    "*bold* _it_ ~~no~~",
    "<b>x</b> &amp; `code`",
    "back\\slash\\",
    "two\nlines\r\nand\tmore",
    "=1+1",
    "+33 1 23",
    "-5",
    "@SUM(A1)",
    "\tcell",
    "\rcell",
    "{quantity} {0}",
    ":smile: [red]x[/red]",
    "1. one",
    "# h",
    "red \x1b[31malert\x1b[0m",
    'quote " and, comma',
    "![i](u) [l](u)",
    "over\u202eride",
)


def nasty(language: str = "en") -> Invoice:
    """Labels, details, units and ids that look like markup, formulas or control codes."""
    lines = [
        line(f"n{n}|{n}", f"c{n}", text, "1", say(text.replace("\r", "")), "2.50", detail=say("detail {x}", x=text))
        for n, text in enumerate(NASTY)
    ]
    rule = Rule("c1", "a|b[/b]", say("[bold]{x}[/bold]", x="[/]|*"))
    return invoice(lines, language=language, title="[b]*Title*|[/b]", number="N|1[/]", rules=[rule])


def forty(language: str = "en") -> Invoice:
    """Forty lines in four charges."""
    return invoice(
        [
            line(
                f"c{n // 10}.{n}",
                f"c{n // 10}",
                f"Charge {n // 10}",
                f"{n * 37}.5",
                CALL,
                f"0.{n + 10}",
                detail=say("slice {n}", "tranche {n}", n=n),
            )
            for n in range(40)
        ],
        language=language,
        funnel=funnel(language),
        rules=rules(),
    )


def empty(language: str = "en") -> Invoice:
    """A month without activity."""
    return replace(invoice([], language=language), files=())


ALL = (simple, usual, reverse_charge, negative, huge, dinar, yen, long_labels, nasty, forty, empty)

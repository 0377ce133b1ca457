"""A draft gets its price: the one that leaves the months' bill as it was, and how far rounding may carry it off."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from callbill.drafts import Draft
from callbill.estimates import (
    ENOUGH_FOR_TIERS,
    Ratio,
    Slope,
    Tiers,
    forecast,
    per_unit_slope,
    ratio,
    spread,
    tiers,
    two_digits,
)
from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.money import PRICE_DECIMALS, exact, rounded, text, trimmed
from callbill.problems import refuse

PRICE_ERROR = Fraction(1, 2 * 10**PRICE_DECIMALS)
"""Half of the last decimal that a unit price has."""
TOLERANCE = 10
"""Percent about a committed volume inside which nothing changes, at least."""
SHARE_DUE = Fraction(9, 10)
"""Of the forecast: the volume that is due in any case, unless a month has had less."""


@frozen
class Plan:
    """A priced charge, and everything that its price was made of.

    `amounts` and `quantities` are those of each month; `bound` is the most that the re-run may differ by.
    """

    draft: Draft
    charge: Mapping[str, Any]
    amounts: tuple[Fraction, ...]
    quantities: tuple[Fraction, ...]
    unit: Phrase
    price: Ratio
    bound: Fraction
    bound_words: Phrase
    written: Decimal
    tiers: Tiers | None = None
    slope: Slope | None = None
    no_tiers: Phrase | None = None
    forecast: Fraction | None = None
    minimum: int = 0
    minimum_words: Phrase | None = None

    @property
    def total(self) -> Fraction:
        return sum(self.amounts, Fraction(0))


def per_unit(
    draft: Draft, amounts: Sequence[Fraction], quantities: Sequence[Fraction], decimals: int, unit: Phrase
) -> Plan:
    """A price for each act, hour or seat: the sum of the bills over the sum of what was counted."""
    price = _ratio(amounts, quantities, unit)
    written = trimmed(rounded(price.value, PRICE_DECIMALS), decimals)
    charge: dict[str, Any] = {**draft.settings, "price": text(written)}
    units = sum(quantities, Fraction(0))
    bound, words = _bound(units, len(amounts), decimals)
    return Plan(
        draft, charge, tuple(amounts), tuple(quantities), unit, price, bound, words, written,
        forecast=forecast(quantities),
    )  # fmt: skip


def acts(draft: Draft, amounts: Sequence[Fraction], quantities: Sequence[Fraction], decimals: int) -> Plan:
    """A price for each act, two where the volume shows a slope, and a least volume that no month fell below."""
    unit = say("act", "acte")
    plain = per_unit(draft, amounts, quantities, decimals, unit)
    slope = per_unit_slope(amounts, quantities)
    found = tiers(amounts, quantities, PRICE_DECIMALS) if _sloped(slope, len(amounts)) else None
    charge, bound, words = dict(plain.charge), plain.bound, plain.bound_words
    if found is not None:
        del charge["price"]
        steps = [
            {"up_to": str(found.up_to), "price": text(trimmed(found.first, decimals))},
            {"price": text(found.beyond)},
        ]
        charge["tiers"] = {"mode": "graduated", "steps": steps}
        below = sum((min(one, Fraction(found.up_to)) for one in quantities), Fraction(0))
        bound, words = _bound(below, 2 * len(amounts), decimals)
    least, why = _minimum(quantities)
    if least:
        charge["minimum"] = {"quantity": str(least)}
    return Plan(
        draft, charge, plain.amounts, plain.quantities, unit, plain.price, bound, words, plain.written, found, slope,
        None if found else _no_tiers(slope, len(amounts)), plain.forecast, least, why,
    )  # fmt: skip


def _ratio(amounts: Sequence[Fraction], quantities: Sequence[Fraction], unit: Phrase) -> Ratio:
    if sum(quantities, Fraction(0)) <= 0:
        message = f"the history cannot tell a price: these months count no {unit.en}"
        refuse("CB409", message, "give the months' export, or propose another model: `--model flat`")
    if sum(amounts, Fraction(0)) <= 0:
        message = "the history cannot tell a price: the charges of these months come to nothing"
        refuse("CB409", message, "give months that were billed: `--period 2026-10`")
    return ratio(amounts, quantities)


def _bound(units: Fraction, lines: int, decimals: int) -> tuple[Fraction, Phrase]:
    """What rounding may do: half of the price's last decimal for each unit, half a cent for each line."""
    cent = Fraction(1, 2 * 10**decimals)
    words = say(
        "{units} × {error} for the price’s last decimal, {lines} × {cent} for the lines’ cents",
        "{units} × {error} pour la dernière décimale du prix, {lines} × {cent} pour les centimes des lignes",
        units=trimmed(rounded(units, 4)), error=rounded(PRICE_ERROR, PRICE_DECIMALS + 1),
        cent=rounded(cent, decimals + 1), lines=lines,
    )  # fmt: skip
    return units * PRICE_ERROR + lines * cent, words


def _sloped(slope: Slope | None, months: int) -> bool:
    return slope is not None and months >= ENOUGH_FOR_TIERS and slope.high < 0


def _no_tiers(slope: Slope | None, months: int) -> Phrase:
    """Why there is one price."""
    if months < ENOUGH_FOR_TIERS:
        return say(
            "no tiers: {n} of the {least} months that two prices need to be told apart",
            "pas de tranches : {n} des {least} mois qu’il faut pour distinguer deux prix",
            n=months, least=ENOUGH_FOR_TIERS,
        )  # fmt: skip
    if slope is None:
        return say("no tiers: every month has the same volume", "pas de tranches : tous les mois ont le même volume")
    figures = {
        name: trimmed(rounded(value * 1000, 4))
        for name, value in {"slope": slope.value, "low": slope.low, "high": slope.high}.items()
    }
    if not slope.is_told:
        return say(
            "no tiers: 1,000 acts more in a month change the cost of one by {slope}, and the 95 % interval, {low} to"
            " {high}, holds 0",
            "pas de tranches : 1 000 actes de plus sur un mois changent le coût d’un acte de {slope}, et l’intervalle à"
            " 95 %, {low} à {high}, contient 0",
            **figures,
        )
    if slope.value > 0:
        return say(
            "no tiers: an act costs more in months with more of them, {slope} for 1,000; find out why before a price"
            " rises with volume",
            "pas de tranches : l’acte coûte plus les mois chargés, {slope} pour 1 000 ; chercher pourquoi avant qu’un"
            " prix monte avec le volume",
            **figures,
        )
    return say(
        "no tiers: one more act has cost next to nothing, which is what a flat fee is for: `--model flat`",
        "pas de tranches : un acte de plus n’a presque rien coûté, ce qui est le propre d’un forfait : `--model flat`",
    )


def _minimum(quantities: Sequence[Fraction]) -> tuple[int, Phrase]:
    """The volume that is due in any case: never more than the month with least, so that none would have cost more."""
    expected, lowest = forecast(quantities) * SHARE_DUE, min(quantities)
    least = two_digits(min(expected, lowest))
    if not least:
        return 0, say("no minimum: a month had no act", "pas de minimum : un mois sans acte")
    if expected <= lowest:
        return least, say(
            "{least} due in any case: {share} % of the forecast, down to two digits; no month fell below it",
            "{least} dus dans tous les cas : {share} % de la prévision, à deux chiffres ; aucun mois en dessous",
            least=least,
            share=SHARE_DUE * 100,
        )
    return least, say(
        "{least} due in any case: the month with least, {lowest}, down to two digits; {share} % of the forecast is"
        " more",
        "{least} dus dans tous les cas : le mois le plus faible, {lowest}, ramené à deux chiffres ; {share} % de la"
        " prévision sont au-dessus",
        least=least, lowest=trimmed(rounded(lowest, 4)), share=SHARE_DUE * 100,
    )  # fmt: skip


def flat(
    draft: Draft, amounts: Sequence[Fraction], volumes: Sequence[Fraction] | None, decimals: int, unit: Phrase
) -> Plan:  # fmt: skip
    """The mean bill for the mean volume, and a tolerance wide enough for every month that was seen."""
    number, ones = len(amounts), [Fraction(1)] * len(amounts)
    price = _ratio(amounts, ones, unit)
    fee = rounded(price.value, decimals)
    charge: dict[str, Any] = {**draft.settings, "amount": text(fee)}
    expected = None
    if volumes is not None and sum(volumes, Fraction(0)) > 0:
        expected = forecast(volumes)
        mean = sum(volumes, Fraction(0)) / number
        included = rounded(mean, 0)
        wide = max(TOLERANCE, ceil(spread(volumes, exact(included)) * 100)) if included else TOLERANCE
        beyond = rounded(sum(amounts, Fraction(0)) / sum(volumes, Fraction(0)), 4)
        charge |= {
            "included": text(included), "tolerance": f"{wide} %",
            "excess": {"price": text(trimmed(beyond, decimals)), "charge": "beyond"},
        }  # fmt: skip
    else:
        charge.pop("count", None)
    bound = Fraction(number, 2 * 10**decimals)
    words = say(
        "{lines} × {cent} for the fees’ cents", "{lines} × {cent} pour les centimes des forfaits",
        cent=rounded(Fraction(1, 2 * 10**decimals), decimals + 1), lines=number,
    )  # fmt: skip
    return Plan(
        draft, charge, tuple(amounts), tuple(volumes or ones), unit, price, bound, words, fee,
        forecast=expected,
    )  # fmt: skip

"""Words of the invoice in every language, and what its parts are when nothing is said."""

from datetime import date
from decimal import Decimal

import pytest
from small import said

from callbill.invoice import Phrase, Slot, Vat, say


def test_a_phrase_has_words_in_each_language():
    both = say("{n} calls", "{n} appels", n=12)
    assert (both.words("en"), both.words("fr")) == ("{n} calls", "{n} appels")
    assert (said(both), said(both, "fr")) == ("12 calls", "12 appels")


def test_french_falls_back_to_english():
    assert say("{n} calls", n=12).words("fr") == "{n} calls"
    assert Phrase("calls", "appels").words("de") == "calls"


def test_a_phrase_holds_figures_dates_words_and_phrases():
    inner = say("tier {n}", "tranche {n}", n=2)
    whole = say(
        "{tier} of {name} from {day}", "{tier} de {name} dès le {day}", tier=inner, name="calls", day=date(2026, 10, 5)
    )
    assert said(whole) == "tier 2 of calls from 5 Oct 2026"
    assert said(whole, "fr") == "tranche 2 de calls dès le 05/10/2026"


def test_two_vats_are_one_when_category_rate_and_reason_agree():
    assert Vat("S", Decimal("20.0")) == Vat("S", Decimal(20))
    assert Vat("AE", Decimal(0), "a") != Vat("AE", Decimal(0), "b")


def test_a_line_counts_all_records_of_its_meter_unless_it_says_which():
    assert (Slot(), Slot("clawback").key) == (Slot("main", None), None)


def test_a_phrase_cannot_be_changed():
    with pytest.raises(AttributeError):
        say("calls").en = "more"  # type: ignore[misc]

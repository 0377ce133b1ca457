"""Which country or region a tired person meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import contract_text, spots

from callbill import countries
from callbill.api import load_contract
from callbill.problems import Invalid


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("UK", "GB"), ("EN", "GB"), ("uk", "GB"), ("U.K.", "GB"), ("England", "GB"), ("Great Britain", "GB"),
        ("Royaume-Uni", "GB"), ("France", "FR"), ("france", "FR"), ("Frnace", "FR"), ("FRA", "FR"), ("fr", "FR"),
        ("Deutschland", "DE"), ("Allemagne", "DE"), ("Maroc", "MA"), ("Tunisie", "TN"), ("Côte d'Ivoire", "CI"),
        ("USA", "US"), ("Etats-Unis", "US"), ("EL", "GR"), ("XX", None), ("Atlantis", None), ("", None),
    ],
)  # fmt: skip
def test_a_country_is_guessed_from_what_people_write(written: str, code: str | None) -> None:
    assert countries.meant(written) == code
    remedy = countries.country_remedy(written)
    assert (f"`{code}`" in remedy) if code else remedy.startswith("write ")


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("UK-ENG", "did you mean `{country: GB, region: ENG}`?"),
        ("GB-ENG", "did you mean `{country: GB, region: ENG}`?"),
        ("gb eng", "did you mean `{country: GB, region: ENG}`?"),
        ("XI", "did you mean `{country: GB, region: NIR}`?"),
        ("Scotland", "did you mean `{country: GB, region: SCT}`?"),
        ("United Kingdom - Wales", "did you mean `{country: GB, region: WLS}`?"),
        ("DE-Bayern", "did you mean `{country: DE, region: BY}`?"),
        ("France", "did you mean `FR` (France)?"),
        ("fr_FR", "did you mean `FR` (France)?"),
        ("Atlantis", "write two capital letters, such as `FR`"),
    ],
)
def test_holidays_lead_to_a_country_and_its_region(written: str, remedy: str) -> None:
    assert countries.holidays_remedy(written) == remedy


@pytest.mark.parametrize(
    ("country", "written", "remedy"),
    [
        ("GB", "England", "did you mean `ENG`?"),
        ("CA", "Quebec", "did you mean `QC`?"),
        ("DE", "Baiern", "did you mean `BY`?"),
        ("GB", "Kent", "known: `ENG` (England), `NIR` (Northern Ireland), `SCT` (Scotland), `WLS` (Wales)"),
        ("TN", "Sfax", "`TN` has no regions here: take `region` out"),
    ],
)
def test_a_region_is_guessed_within_its_country(country: str, written: str, remedy: str) -> None:
    assert countries.region_remedy(country, written) == remedy


@pytest.mark.parametrize("country", ["UK", "EN", "EU", "France", "fr", "ZZ", "A1"])
def test_only_codes_of_countries_are_taken(country: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_contract(contract_text(seller={"name": "Voix Claire", "country": country}))
    assert spots(caught.value) == ["CB227 seller.country"]


def test_every_country_has_a_remedy_for_its_holidays() -> None:
    for code in countries.COUNTRIES - {"XI"}:
        assert f"`{code}`" in countries.holidays_remedy(code.lower())


def test_a_country_without_known_holidays_has_dates_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holidays.list_supported_countries", lambda: {"GB": []})
    assert countries.holidays_remedy("France") == "write the dates under `add`: none are known for France"


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(st.text(max_size=12))
def test_anything_has_a_remedy(written: str) -> None:
    assert countries.country_remedy(written)
    assert countries.holidays_remedy(written)
    assert countries.region_remedy("GB", written)

"""Holidays of one country are those that the `holidays` package gives when it is asked the ordinary way."""

import subprocess
import sys
import textwrap

import holidays
import pytest

from callbill.public_holidays import countries, public_holidays, regions


def _printed(script: str) -> list[str]:
    """What a script prints in a process of its own, where nothing has been imported yet."""
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def test_every_country_and_region_of_the_package_is_known() -> None:
    supported = holidays.list_supported_countries()
    assert set(countries()) == set(supported)
    assert {code: list(regions(code)) for code in countries()} == supported


@pytest.mark.parametrize(("code", "region"), [("FR", None), ("FR", "57"), ("MG", None), ("DE", "BY"), ("GUM", None)])
def test_the_holidays_are_those_of_the_package(code: str, region: str | None) -> None:
    years = range(2025, 2028)
    assert public_holidays(code, region, years) == set(holidays.country_holidays(code, subdiv=region, years=years))


@pytest.mark.parametrize("code", ["GU", "RE"])
def test_a_country_that_is_built_on_another_is_found_alone(code: str) -> None:
    printed = _printed(f"""
        from callbill.public_holidays import public_holidays
        print(len(public_holidays("{code}", None, range(2026, 2027))))
    """)
    assert printed == [str(len(holidays.country_holidays(code, years=2026)))]


def test_other_countries_are_not_imported_and_can_be_later() -> None:
    printed = _printed("""
        import sys
        from callbill.public_holidays import public_holidays
        found = public_holidays("FR", None, range(2026, 2027))
        print([name for name in sys.modules if name.startswith("holidays.countries")])
        from holidays.countries import Belgium, France
        print(set(France(years=2026)) == found, Belgium.__name__)
    """)
    assert printed == ["[]", "True Belgium"]

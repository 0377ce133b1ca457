"""Codes of countries, and which country or region a person meant who wrote no code of one."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from fractions import Fraction
from functools import cache

_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA"
    " CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA"
    " GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP"
    " KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS"
    " MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS"
    " RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW"
    " TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XI XK YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_CODES.split())
"""ISO 3166-1, with the two codes beside it that electronic invoices know: Kosovo, and Northern Ireland as `XI`."""
_SLIPS = {
    "uk": "GB", "en": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "angleterre": "GB", "grande bretagne": "GB", "el": "GR", "holland": "NL",
    "hollande": "NL", "czech republic": "CZ", "ivory coast": "CI", "america": "US",
}  # fmt: skip
"""What is often written for a country and is neither its code nor its name in any list."""
CLOSE = Fraction(4, 5)
"""How alike two words are that may be one misspelt."""
_LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pt")


def meant(written: str) -> str | None:
    """The code of the country that `uk`, `FRA`, `France` or `Deutschland` is; None when nobody can tell."""
    word = _plain(written)
    if word.upper() in COUNTRIES:
        return word.upper()
    names = _names()
    if word in names:
        return names[word]
    return names.get(_closest(word, names))


def name(code: str) -> str:
    """The English name of a country."""
    from babel import Locale

    return str(Locale("en").territories.get(code, code))


def country_remedy(written: str) -> str:
    """What to write where a country's code is wanted."""
    code = meant(written)
    return f"did you mean `{code}` ({name(code)})?" if code else "write two capital letters, such as `FR`"


def holidays_remedy(written: str) -> str:
    """What to write where a country with public holidays is wanted: often its region is written with it."""
    from holidays import list_supported_countries

    if meant(written) == "XI":
        return "did you mean `{country: GB, region: NIR}`?"
    known = list_supported_countries()
    # `UK-ENG`, `FR Alsace`, and what is a region and called a country
    parts = [(written[:n], written[n + 1 :]) for n, char in enumerate(written) if not char.isalnum()]
    for head, tail in [*parts, (written, written if len(written) > 2 else "")]:
        code = meant(head)
        region = _region(code, tail) if code is not None and code in known else None
        if region is not None:
            return f"did you mean `{{country: {code}, region: {region}}}`?"
    code = next((code for head in (written, *(head for head, _ in parts)) if (code := meant(head))), None)
    if code is not None and code not in known:
        return f"write the dates under `add`: none are known for {name(code)}"
    return country_remedy(code or written)


def region_remedy(country: str, written: str) -> str:
    """What to write where a region of a country is wanted."""
    regions = dict(_regions(country))
    if not regions:
        return f"`{country}` has no regions here: take `region` out"
    if (found := _region(country, written)) is not None:
        return f"did you mean `{found}`?"
    shown = [f"`{code}` ({said})" if said != code else f"`{code}`" for code, said in regions.items()]
    return f"known: {', '.join(shown[:8])}{', …' if len(shown) > 8 else ''}"


def _region(country: str, written: str) -> str | None:
    """The code of a region by its code or its name."""
    from holidays import country_holidays

    word = _plain(written)
    aliases = getattr(country_holidays(country), "subdivisions_aliases", {})
    names = {_plain(said): code for said, code in aliases.items()}
    names.update({_plain(code): code for code, _ in _regions(country)})
    return names.get(word) or names.get(_closest(word, names))


def _regions(country: str) -> Iterator[tuple[str, str]]:
    """The regions of a country with a name each, as the `holidays` package knows them."""
    from holidays import country_holidays, list_supported_countries

    said: dict[str, str] = {}
    for alias, code in getattr(country_holidays(country), "subdivisions_aliases", {}).items():
        if not alias.isupper():
            said.setdefault(code, alias)
    for code in list_supported_countries()[country]:
        yield code, said.get(code, code)


@cache
def _names() -> dict[str, str]:
    """Countries by their codes of three letters and their names in the languages of most contracts."""
    from babel import Locale
    from holidays.registry import COUNTRIES as REGISTERED

    found = {_plain(letters): code for _, code, letters, *_ in REGISTERED.values()}
    for language in _LANGUAGES:
        territories = Locale(language).territories
        found |= {_plain(said): code for code, said in territories.items() if code in COUNTRIES}
    return found | _SLIPS


def _closest(word: str, known: Iterable[str]) -> str:
    """The known word that a misspelt one probably is; nothing when it is short, or like none."""
    close = get_close_matches(word, known, n=1, cutoff=CLOSE) if len(word) > 3 else []  # type: ignore[call-overload]  # any number from 0 to 1
    return close[0] if close else ""


def _plain(text: str) -> str:
    """Small letters without accents; whatever stands between words as one blank."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace(".", ""))
    return re.sub(r"[\W_]+", " ", "".join(one for one in letters if not unicodedata.combining(one))).strip()

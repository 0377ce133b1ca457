"""What a contract is written in: numbers, percentages, durations, dates and words, each from its text.

Every value is read from the text as it stands in the file, so `0.30` stays `0.30` and `20:00` is a time of day.
A text that is not what it should be raises a problem that says what to write. The same types describe
themselves to JSON Schema.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic_core import PydanticCustomError

from callbill.frozen import frozen
from callbill.money import MICRO, text
from callbill.problems import nearest
from callbill.settings import Settings as Settings
from callbill.settings import Written as Written
from callbill.settings import build as build
from callbill.settings import fault as fault
from callbill.settings import hinted
from callbill.settings import shape as shape

PLAIN_NUMBER = r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?"


# ------------------------------------------------------------------------------------------------------- numbers


def number(raw: object) -> Decimal:
    """`1234.50` as a decimal; every other way to write it is a problem of its own."""
    if isinstance(raw, Decimal):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):
        return Decimal(raw)
    written = _text(raw, "a number")
    if re.fullmatch(PLAIN_NUMBER, written):
        return Decimal(written)
    raise _number_fault(written)


def _number_fault(written: str) -> PydanticCustomError:
    plain = unicodedata.normalize("NFKC", written)
    typed = re.sub("^[\u2212\u2013\u2014]", "-", plain)
    if typed != plain and re.fullmatch(PLAIN_NUMBER, typed):
        return fault("CB210", f"`{written}` has a dash that is no minus", f"write `{typed}`")
    if any(char.isdigit() and not char.isascii() for char in written):
        return fault("CB213", f"`{written}` has digits that are not 0 to 9", f"write {_suggest(plain)}")
    if re.fullmatch(r"[-+]?\.?(nan|inf|infinity)", plain, re.IGNORECASE):
        return fault("CB214", f"`{written}` is not a finite number", "write digits, such as `1234.50`")
    if re.fullmatch(r"[-+]?[0-9.]+e[-+]?[0-9]{1,2}", plain, re.IGNORECASE):
        return fault("CB215", f"`{written}` has an exponent", f"write {_suggest(plain)}")
    if re.fullmatch(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}", plain):
        remedy = f"write {_suggest(plain.replace(',', ''))}, or {_suggest(plain.replace(',', '.'))}"
        return fault("CB212", f"`{written}` groups its digits, or has a decimal comma", remedy)
    if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", plain):
        return fault("CB211", f"`{written}` has a decimal comma", f"write {_suggest(plain.replace(',', '.'))}")
    if re.search(r"[0-9][ _'’,][0-9]|\.[0-9]{3}[.,]", plain):
        return fault("CB212", f"`{written}` groups its digits", f"write {_suggest(_ungrouped(plain))}")
    if found := re.fullmatch(r"([-+]?[0-9.]+)\s*(%|€|\$|£|[A-Za-z]+)", plain):
        return fault("CB210", f"`{written}` is more than a number", f"write {_suggest(found[1])} without `{found[2]}`")
    if found := re.fullmatch(r"(€|\$|£|[A-Z]{3})\s*([0-9.]+)", plain):
        return fault("CB210", f"`{written}` is more than a number", f"write {_suggest(found[2])} without `{found[1]}`")
    return fault("CB210", f"`{written}` is not a number", f"write {_suggest(plain)}")


def _ungrouped(written: str) -> str:
    """The number without its groups; of two marks the last one is the decimal mark."""
    digits = re.sub(r"(?<=[0-9])[ _'’](?=[0-9])", "", written)
    if digits.count(",") == 1 and digits.rfind(",") > digits.rfind("."):
        return digits.replace(".", "").replace(",", ".")
    return digits.replace(",", "") if digits.count(".") < 2 else digits.replace(".", "")


def _suggest(written: str) -> str:
    """A plain number to paste, when the text can be one."""
    try:
        value = Decimal(written)
    except ArithmeticError:
        return "digits with a dot for decimals, such as `1234.50`"
    if not value.is_finite() or abs(value.adjusted()) > 17:
        return "digits with a dot for decimals, such as `1234.50`"
    return f"`{text(value)}`"


def at_most_decimals(value: Decimal, most: int) -> Decimal:
    """The value when it has at most that many decimals."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > most:
        raise fault("CB217", f"`{text(value)}` has more than {most} decimals", f"write at most {most} decimals")
    return value


def _price(raw: object) -> Decimal:
    return at_most_decimals(number(raw), 6)


def _quantity(raw: object) -> Decimal:
    return at_most_decimals(number(raw), 4)


def percent(raw: object) -> Decimal:
    """`10 %` as 10; the sign is required, so that 0.1 and 10 cannot be confused."""
    if isinstance(raw, Decimal):
        return raw
    written = _text(raw, "a percentage")
    found = re.fullmatch(r"(.*\S)\s*%", written)
    if not found:
        shown = written if re.fullmatch(PLAIN_NUMBER, written) else "10"
        raise fault("CB220", f"`{written}` is not a percentage", f"write `{shown} %`")
    value = number(found[1].replace(" ", "") if re.fullmatch(r"[-+] [0-9.]+", found[1]) else found[1])
    return at_most_decimals(value, 4)


def rate_percent(raw: object) -> Decimal:
    """A VAT rate: `20` or `20 %`; a share such as 0.2 is refused."""
    if isinstance(raw, Decimal):
        return raw
    value = percent(raw) if "%" in str(raw) else number(raw)
    if 0 < value < Decimal("0.5"):
        shown = text((value * 100).normalize())
        raise fault("CB216", f"a rate of {text(value)} percent is too small to be a VAT rate", f"write `{shown}`")
    return value


def whole_number(raw: object) -> int:
    """A whole number."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    value = number(raw)
    if value != value.to_integral_value():
        raise fault("CB217", f"`{text(value)}` is not a whole number", f"write `{int(value)}` or `{int(value) + 1}`")
    return int(value)


# ------------------------------------------------------------------------------------- durations, dates, times

UNITS = {
    "ms": 1_000, "s": MICRO, "sec": MICRO, "second": MICRO, "seconds": MICRO, "min": 60 * MICRO, "minute": 60 * MICRO,
    "minutes": 60 * MICRO, "h": 3600 * MICRO, "hour": 3600 * MICRO, "hours": 3600 * MICRO, "d": 86400 * MICRO,
    "day": 86400 * MICRO, "days": 86400 * MICRO,
}  # fmt: skip
"""Microseconds of each unit a duration may be written in."""


def duration(raw: object) -> int:
    """`6 s`, `1 min`, `24 h`, `2 days` as whole microseconds."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    written = _text(raw, "a duration")
    found = re.fullmatch(r"(.*?[^\sA-Za-z])\s*([A-Za-z]+)", written)
    if not found or found[2] not in UNITS:
        bare = written if re.fullmatch(PLAIN_NUMBER, written) else "20"
        remedy = f"write a number and its unit: `{bare} s`, `{bare} min` or `{bare} h`"
        raise fault("CB221", f"`{written}` is not a duration", remedy)
    value = number(found[1]) * UNITS[found[2]]
    if value < 0 or value != value.to_integral_value():
        raise fault("CB221", f"`{written}` is not a whole number of microseconds", "write a positive duration")
    return int(value)


YEARS = range(1900, 2200)
"""Years of dates: what people write for « never » is no date, and no period lies around it."""


def day(raw: object) -> date:
    """`2026-10-31` as a date that exists."""
    if isinstance(raw, date):
        return raw
    written = _text(raw, "a date")
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", written)
    if not found:
        raise fault("CB222", f"`{written}` is not a date", "write year-month-day, such as `2026-10-31`")
    year, month_, on = int(found[1]), int(found[2]), int(found[3])
    try:
        made = date(year, month_, on)
    except ValueError:
        last = f"{found[1]}-{found[2]}-{monthrange(year, month_)[1]}" if year and 1 <= month_ <= 12 else ""
        remedy = f"the last day of that month is `{last}`" if last else "write year-month-day, such as `2026-10-31`"
        raise fault("CB223", f"the day `{written}` does not exist", remedy) from None
    if year not in YEARS:
        remedy = f"write a year from {YEARS[0]} to {YEARS[-1]}; leave the setting out where there is no end"
        raise fault("CB223", f"`{written}` is no day that could be billed", remedy)
    return made


def clock(raw: object) -> int:
    """`20:00` as minutes after midnight; `24:00` is the end of the day."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    written = _text(raw, "a time of day")
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", written)
    if not found or int(found[2]) > 59 or int(found[1]) * 60 + int(found[2]) > 1440:
        raise fault("CB224", f"`{written}` is not a time of day", "write hours and minutes, such as `20:00`")
    return int(found[1]) * 60 + int(found[2])


def month(raw: object) -> str:
    """`2026-10` as text."""
    written = _text(raw, "a month")
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", written):
        raise fault("CB222", f"`{written}` is not a month", "write year-month, such as `2026-10`")
    return written


_UNSTEADY = re.compile(r"localtime$|posixrules$|Factory$|posix/|right/")
"""Zones of the time zone database that are another place on each computer, or count leap seconds."""


def zone_name(raw: object) -> str:
    """An IANA time zone, `UTC`, or a fixed offset such as `+02:00`."""
    written = _text(raw, "a time zone")
    if re.fullmatch(r"[+-](0[0-9]|1[0-4]):[0-5][0-9]", written):
        return written
    try:
        known = not _UNSTEADY.match(written) and bool(ZoneInfo(written))
    except (ValueError, OSError, LookupError):
        known = False
    if not known:
        raise fault("CB225", f"`{written}` is not a time zone", _nearest_zone(written))
    return written


def _nearest_zone(written: str) -> str:
    from zoneinfo import available_timezones

    known = sorted(name for name in available_timezones() if not _UNSTEADY.match(name))
    city = written.lower().replace(" ", "_")
    cities = [name for name in known if name.lower().endswith(f"/{city}")] if city else []
    close = cities[0] if cities else hinted(nearest(written, known))
    return f"did you mean `{close}`?" if close else "write a name such as `Europe/Paris` or `UTC`, or `+02:00`"


# ---------------------------------------------------------------------------------------------------------- words


def _text(raw: object, what: str) -> str:
    if raw is None:
        raise fault("CB203", f"{what} is missing here", "write a value, or take the key out")
    if not isinstance(raw, str):
        kind = "a mapping" if isinstance(raw, Mapping) else "a list" if isinstance(raw, list | tuple) else repr(raw)
        raise fault("CB203", f"{what} is expected here, not {kind}", f"write {what}")
    return raw.strip()


def label(raw: object) -> str:
    """Any text that is not empty, on one line."""
    written = _text(raw, "a text")
    if not written:
        raise fault("CB203", "a text is expected here, not nothing", "write a text")
    return " ".join(written.split())


def slug(raw: object) -> str:
    """A name that other parts of the contract refer to: letters, digits, `_` and `-`."""
    written = _text(raw, "a name")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,39}", written):
        raise fault(
            "CB218",
            f"`{written}` cannot be used as a name",
            "write a letter, then letters, digits, `_` or `-`, 40 at most, no accent and no blank",
        )
    return written


def words(raw: object) -> tuple[str, ...]:
    """One text or a list of texts."""
    many = raw if isinstance(raw, list | tuple) else [raw]
    return tuple(label(one) for one in many)


def flag(raw: object) -> bool:
    """`true` or `false`."""
    if isinstance(raw, bool):
        return raw
    written = _text(raw, "true or false")
    if written not in ("true", "false"):
        raise fault("CB230", f"`{written}` is neither `true` nor `false`", "write `true` or `false`")
    return written == "true"


def empty_as_mapping(raw: object) -> object:
    """A key without a value, where a mapping may stand, is an empty mapping."""
    return {} if raw is None else raw


@frozen
class Threshold:
    """A limit in a condition: millionths (microseconds when it was written as a duration)."""

    micro: int
    is_duration: bool
    written: str


def threshold(raw: object) -> Threshold:
    """`10 s` or `3`, as a limit."""
    if isinstance(raw, Threshold):
        return raw
    written = _text(raw, "a number or a duration")
    if re.search(r"[A-Za-z]$", written):
        return Threshold(duration(written), is_duration=True, written=written)
    return Threshold(int(at_most_decimals(number(written), 6) * MICRO), is_duration=False, written=written)


def written_duration(micro: int) -> str:
    """Microseconds as a contract writes them: `90 s`, in the largest unit that is whole."""
    for unit in ("d", "h", "min", "s", "ms"):
        if micro >= UNITS[unit] * (2 if unit == "d" else 1) and micro % UNITS[unit] == 0:
            return f"{micro // UNITS[unit]} {unit}"
    return f"{text(Decimal(micro) / MICRO)} s"


def _written_clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _in_percent(value: Decimal) -> str:
    return f"{text(value)} %"


def _numeric(pattern: str, **more: Any) -> dict[str, Any]:
    return {"anyOf": [{"type": "number", **more}, {"type": "string", "pattern": f"^{pattern}$"}]}


def _textual(pattern: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern}$", **more}


_POSITIVE_TEXT = PLAIN_NUMBER.removeprefix("-?")
_AT_MOST_SIX = r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?"
_AT_MOST_FOUR = r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,4})?"
_DURATION = rf"{_POSITIVE_TEXT}\s*({'|'.join(UNITS)})"

_WORD: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_ZONE = (
    r"([+-](0[0-9]|1[0-4]):[0-5][0-9]|[A-Za-z_]+/[A-Za-z0-9_+/-]+|UTC|GMT([+-]?0)?|[A-Z]{3}([0-9][A-Z]{3})?"
    r"|W-SU|GB(-Eire)?|NZ(-CHAT)?|Cuba|Egypt|Eire|Greenwich|Hongkong|Iceland|Iran|Israel|Jamaica|Japan|Kwajalein"
    r"|Libya|Navajo|Poland|Portugal|Singapore|Turkey|Universal|Zulu)"
)

Number = Annotated[Decimal, Written(number, _numeric(PLAIN_NUMBER))]
Price = Annotated[Decimal, Field(ge=0), Written(_price, _numeric(_AT_MOST_SIX, minimum=0))]
Quantity = Annotated[Decimal, Field(ge=0), Written(_quantity, _numeric(_AT_MOST_FOUR, minimum=0))]
Positive = Annotated[
    Decimal, Field(gt=0), Written(_quantity, _numeric(r"(?!0(\.0+)?$)" + _AT_MOST_FOUR, exclusiveMinimum=0))
]
SignedQuantity = Annotated[Decimal, Written(_quantity, _numeric("-?" + _AT_MOST_FOUR))]
Percent = Annotated[Decimal, Written(percent, _textual(r"-? ?" + _POSITIVE_TEXT + r"\s*%"), _in_percent)]
Share = Annotated[Decimal, Field(ge=0), Written(percent, _textual(_POSITIVE_TEXT + r"\s*%"), _in_percent)]
_VAT_RATE = r"^(0(\.0+)?|0\.[5-9][0-9]*|[1-9][0-9]?(\.[0-9]+)?|100(\.0+)?)\s*%?$"
VatRate = Annotated[
    Decimal,
    Field(ge=0, le=100),
    Written(
        rate_percent,
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, {"type": "string", "pattern": _VAT_RATE}]},
    ),
]
Whole = Annotated[
    int,
    Field(ge=0),
    Written(whole_number, _numeric(r"(0|[1-9][0-9]{0,17})(\.0{1,12})?", minimum=0, multipleOf=1)),
]
Duration = Annotated[int, Field(gt=0), Written(duration, _textual(_DURATION), written_duration)]
Day = Annotated[date, Written(day, _textual(r"(19|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}", format="date"))]
Clock = Annotated[int, Written(clock, _textual(r"(24:00|(2[0-3]|1[0-9]|0?[0-9]):[0-5][0-9])"), _written_clock)]
Month = Annotated[str, Written(month, _textual(r"[0-9]{4}-(0[1-9]|1[0-2])"))]
Zone = Annotated[str, Written(zone_name, _textual(_ZONE))]
Label = Annotated[str, Written(label, {**_WORD, "pattern": r"\S"})]
Slug = Annotated[str, Written(slug, _textual("[A-Za-z][A-Za-z0-9_-]{0,39}"))]
Words = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    Written(words, {"anyOf": [_WORD, {"type": "array", "items": _WORD, "minItems": 1}]}),
]
Flag = Annotated[bool, Written(flag, {"enum": [True, False, "true", "false"]})]
Limit = Annotated[
    Threshold,
    Written(threshold, _numeric(rf"-?{_POSITIVE_TEXT}\s*({'|'.join(UNITS)})?"), lambda limit: limit.written),
]

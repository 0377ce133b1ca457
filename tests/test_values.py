"""What a contract is written in: every way to write a number, a share, a duration, a day, an hour, a zone, a name."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import Field

from callbill.money import text
from callbill.problems import Invalid, Problem
from callbill.settings import Settings, build
from callbill.values import (
    Clock,
    Day,
    Duration,
    Flag,
    Label,
    Limit,
    Month,
    Number,
    Percent,
    Positive,
    Price,
    Quantity,
    Share,
    SignedQuantity,
    Slug,
    Threshold,
    VatRate,
    Whole,
    Words,
    Zone,
    empty_as_mapping,
    written_duration,
)

MICRO = 1_000_000


def of(kind: Any) -> type[Settings]:
    """Settings of one value."""
    return type("One", (Settings,), {"__annotations__": {"value": kind}, "__module__": __name__})


def value(kind: Any, written: object) -> Any:
    return build(of(kind), {"value": written}).value


def refused(kind: Any, written: object) -> Problem:
    with pytest.raises(Invalid) as caught:
        build(of(kind), {"value": written})
    (problem,) = caught.value.problems
    assert problem.path[:1] == ("value",)
    return problem


def code(kind: Any, written: object) -> str:
    return refused(kind, written).code


# Numbers.


@pytest.mark.parametrize("written", ["0", "1", "-1", "0.30", "1234.50", "999999999999999999", "0.000000000001"])
def test_a_number_stays_as_it_was_written(written):
    assert text(value(Number, written)) == written


@pytest.mark.parametrize(("given", "expected"), [(Decimal("0.30"), "0.30"), (12, "12"), (" 12 ", "12")])
def test_a_number_may_be_one_already(given, expected):
    assert str(value(Number, given)) == expected


@pytest.mark.parametrize(
    ("written", "expected", "suggested"),
    [
        ("0,30", "CB211", "`0.30`"),
        ("-0,5", "CB211", "`-0.5`"),
        ("1,234", "CB212", "`1234`"),
        ("1 234.50", "CB212", "`1234.50`"),
        ("1\u202f234,50", "CB212", "`1234.50`"),
        ("1'234.50", "CB212", "`1234.50`"),
        ("1_000", "CB212", "`1000`"),
        ("1,234,567", "CB212", "`1234567`"),
        ("1,234.50", "CB212", "`1234.50`"),
        ("1.234,50", "CB212", "`1234.50`"),
        ("1.234.567", "CB212", "`1234567`"),
        ("١٢", "CB213", "`12`"),
        ("12３", "CB213", "`123`"),
        ("–12.5", "CB210", "`-12.5`"),
        (".nan", "CB214", ""),
        ("-Infinity", "CB214", ""),
        ("1e3", "CB215", "`1000`"),
        ("2.5E-3", "CB215", "`0.0025`"),
        ("1e99", "CB215", "digits with a dot"),
        ("26 EUR", "CB210", "`26`"),
        ("26.50 €", "CB210", "`26.50`"),
        ("€26.50", "CB210", "`26.50`"),
        ("EUR 26", "CB210", "`26`"),
        ("10%", "CB210", "`10`"),
        ("+5", "CB210", "`5`"),
        (".5", "CB210", "`0.5`"),
        ("5.", "CB210", "`5`"),
        ("012", "CB210", "`12`"),
        ("twelve", "CB210", "digits with a dot"),
        ("1.2.3", "CB210", "digits with a dot"),
        ("", "CB210", "digits with a dot"),
        ("1234567890123456789", "CB210", "digits with a dot"),
        (None, "CB203", ""),
        ({"a": "1"}, "CB203", ""),
        (["1"], "CB203", ""),
        (True, "CB203", ""),
        (1.5, "CB203", ""),
    ],
)
def test_every_other_way_to_write_a_number_says_what_to_write(written, expected, suggested):
    problem = refused(Number, written)
    assert problem.code == expected
    assert suggested in problem.help


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        (Price, "0.000001", None),
        (Price, "0.0000001", "CB217"),
        (Price, "-1", "CB216"),
        (Quantity, "0.0001", None),
        (Quantity, "0.00001", "CB217"),
        (Quantity, "-1", "CB216"),
        (Positive, "0.0001", None),
        (Positive, "0", "CB216"),
        (SignedQuantity, "-1.5", None),
        (SignedQuantity, "-1.00001", "CB217"),
        (Whole, "0", None),
        (Whole, "12.0", None),
        (Whole, "12.5", "CB217"),
        (Whole, "-1", "CB216"),
        (Whole, "a", "CB210"),
        (Annotated[Whole, Field(le=4)], "5", "CB216"),
        (Annotated[Whole, Field(lt=4)], "4", "CB216"),
    ],
)
def test_prices_quantities_and_whole_numbers_keep_their_limits(kind, written, expected):
    if expected is None:
        assert value(kind, written) == Decimal(written)
    else:
        assert code(kind, written) == expected


def test_a_whole_number_may_be_one_already():
    assert value(Whole, 12) == 12
    assert code(Whole, True) == "CB203"


# Percentages.


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        (Percent, "10 %", "10"),
        (Percent, "10%", "10"),
        (Percent, "-4 %", "-4"),
        (Percent, "- 4 %", "-4"),
        (Percent, "2.5 %", "2.5"),
        (Percent, Decimal("2.5"), "2.5"),
        (Share, "0 %", "0"),
        (VatRate, "20", "20"),
        (VatRate, "5.5 %", "5.5"),
        (VatRate, "0", "0"),
        (VatRate, "0.5", "0.5"),
        (VatRate, Decimal(20), "20"),
    ],
)
def test_a_percentage_is_its_number(kind, written, expected):
    assert str(value(kind, written)) == expected


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        (Percent, "10", "CB220"),
        (Percent, "ten", "CB220"),
        (Percent, "%", "CB220"),
        (Percent, "1,5 %", "CB211"),
        (Percent, "0.12345 %", "CB217"),
        (Percent, None, "CB203"),
        (Share, "-1 %", "CB216"),
        (VatRate, "0.2", "CB216"),
        (VatRate, "0.2 %", "CB216"),
        (VatRate, "101", "CB216"),
        (VatRate, "-1", "CB216"),
    ],
)
def test_what_is_no_percentage(kind, written, expected):
    assert code(kind, written) == expected


def test_a_percentage_without_its_sign_and_a_rate_as_a_share_are_told_what_was_meant():
    assert "`10 %`" in refused(Percent, "10").help
    assert "`20`" in refused(VatRate, "0.2").help
    assert "`5.5`" in refused(VatRate, "0.055").help


# Durations, days, hours, months.


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("6 s", 6 * MICRO),
        ("6s", 6 * MICRO),
        ("500 ms", MICRO // 2),
        ("1.5 min", 90 * MICRO),
        ("24 h", 86_400 * MICRO),
        ("2 days", 172_800 * MICRO),
        ("1 d", 86_400 * MICRO),
        ("151.67 h", 546_012 * MICRO),
        ("0.000001 s", 1),
        (90, 90),
    ],
)
def test_a_duration_in_whole_microseconds(written, expected):
    assert value(Duration, written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("20", "CB221"),
        ("20 weeks", "CB221"),
        ("s", "CB221"),
        ("-5 s", "CB221"),
        ("0.0000001 s", "CB221"),
        ("0 s", "CB216"),
        ("1,5 min", "CB211"),
        (None, "CB203"),
        (True, "CB203"),
    ],
)
def test_what_is_no_duration(written, expected):
    assert code(Duration, written) == expected


def test_a_number_without_a_unit_is_told_to_have_one():
    assert "`20 s`" in refused(Duration, "20").help


@pytest.mark.parametrize(
    ("micro", "expected"),
    [
        (90 * MICRO, "90 s"),
        (3600 * MICRO, "1 h"),
        (172_800 * MICRO, "2 d"),
        (120 * MICRO, "2 min"),
        (1500, "0.0015 s"),
        (2000, "2 ms"),
        (1, "0.000001 s"),
    ],
)
def test_a_duration_is_written_as_it_could_be_read_again(micro, expected):
    assert written_duration(micro) == expected
    assert value(Duration, expected) == micro


@pytest.mark.parametrize(
    ("written", "expected"), [("2026-10-31", date(2026, 10, 31)), (date(2026, 1, 1), date(2026, 1, 1))]
)
def test_a_day(written, expected):
    assert value(Day, written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("31/10/2026", "CB222"),
        ("2026-1-1", "CB222"),
        ("2026-02-30", "CB223"),
        ("2026-13-01", "CB223"),
        ("9999-12-31", "CB223"),
        ("0001-01-01", "CB223"),
        ("0000-01-01", "CB223"),
        (None, "CB203"),
    ],
)
def test_what_is_no_day(written, expected):
    assert code(Day, written) == expected


@pytest.mark.parametrize(
    ("written", "expected"), [("20:00", 1200), ("8:05", 485), ("00:00", 0), ("24:00", 1440), (75, 75)]
)
def test_an_hour_of_the_day(written, expected):
    assert value(Clock, written) == expected


@pytest.mark.parametrize("written", ["24:01", "20:60", "20h", "20", "8:5"])
def test_what_is_no_hour_of_the_day(written):
    assert code(Clock, written) == "CB224"


def test_a_month():
    assert value(Month, "2026-10") == "2026-10"
    assert [code(Month, written) for written in ("2026-13", "10/2026", "2026-1")] == ["CB222", "CB222", "CB222"]


# Zones.


@pytest.mark.parametrize("written", ["Europe/Paris", "UTC", "+02:00", "-09:30", "Asia/Kathmandu"])
def test_a_time_zone(written):
    assert value(Zone, written) == written


@pytest.mark.parametrize(
    ("written", "suggested"),
    [
        ("Paris", "`Europe/Paris`"),
        ("new york", "`America/New_York`"),
        ("Europe/Pariss", "`Europe/Paris`"),
        ("+2", "`Europe/Paris`"),
        ("+15:00", ""),
        ("", "`Europe/Paris`"),
        ("../etc/passwd", ""),
        ("zzzzzz", "`Europe/Paris`"),
    ],
)
def test_what_is_no_time_zone_is_told_the_nearest(written, suggested):
    problem = refused(Zone, written)
    assert problem.code == "CB225"
    assert suggested in problem.help


# Words.


def test_a_text_stands_on_one_line():
    assert value(Label, "  two\n  lines ") == "two lines"
    assert [code(Label, written) for written in ("", "  ", None, ["a"])] == ["CB203"] * 4


@pytest.mark.parametrize("written", ["a", "Queue-2", "a_b", "A" * 40])
def test_a_name(written):
    assert value(Slug, written) == written


@pytest.mark.parametrize("written", ["", "2a", "été", "a b", "A" * 41, "a.b"])
def test_what_is_no_name(written):
    assert code(Slug, written) == "CB218"


def test_one_word_or_several():
    assert value(Words, "sales") == ("sales",)
    assert value(Words, ["sales", " support "]) == ("sales", "support")
    assert value(Words, ("a",)) == ("a",)
    assert code(Words, []) == "CB219"
    assert code(Words, ["a", ""]) == "CB203"


def test_true_or_false():
    assert [value(Flag, written) for written in ("true", "false", True)] == [True, False, True]
    assert [code(Flag, written) for written in ("yes", "True", "1")] == ["CB230"] * 3


def test_a_key_without_a_value_may_stand_for_an_empty_mapping():
    assert empty_as_mapping(None) == {}
    assert empty_as_mapping({"a": 1}) == {"a": 1}


# Limits of conditions.


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("10 s", Threshold(10 * MICRO, is_duration=True, written="10 s")),
        ("3", Threshold(3 * MICRO, is_duration=False, written="3")),
        ("-2.5", Threshold(-2_500_000, is_duration=False, written="-2.5")),
        (Threshold(1, is_duration=False, written="x"), Threshold(1, is_duration=False, written="x")),
    ],
)
def test_a_limit_is_a_duration_or_a_number(written, expected):
    assert value(Limit, written) == expected


@pytest.mark.parametrize(
    ("written", "expected"), [("10 parsecs", "CB221"), ("0.0000001", "CB217"), ("ten%", "CB210"), (None, "CB203")]
)
def test_what_is_no_limit(written, expected):
    assert code(Limit, written) == expected


# Written out again.


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        (Percent, "2.5%", "2.5 %"),
        (Duration, "90 s", "90 s"),
        (Clock, "8:05", "08:05"),
        (Limit, "10 s", "10 s"),
        (Price, "0.30", Decimal("0.30")),
    ],
)
def test_a_value_is_written_out_as_a_contract_writes_it(kind, written, expected):
    assert build(of(kind), {"value": written}).model_dump() == {"value": expected}


@pytest.mark.parametrize(
    ("kind", "fits", "others"),
    [
        (Number, ["0.30", "-1", 12], ["0,30", "1e3", ""]),
        (Price, ["0.30", 0], ["-1"]),
        (Percent, ["10 %", "-4 %"], ["10"]),
        (Share, ["10 %"], ["-1 %"]),
        (Duration, ["6 s", "1.5 min"], ["6", "6 weeks"]),
        (Day, ["2026-10-31"], ["31/10/2026"]),
        (Clock, ["8:05", "24:00"], ["25:00"]),
        (Slug, ["queue-2"], ["2a", "a b"]),
        (Words, ["a", ["a", "b"]], [[]]),
        (Flag, [True, "false"], ["yes"]),
        (Limit, ["10 s", "3", -1], ["10 weeks"]),
    ],
)
def test_the_published_schema_takes_what_is_read_and_no_more(kind, fits, others):
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(of(kind).model_json_schema())
    assert [validator.is_valid({"value": one}) for one in [*fits, *others]] == [True] * len(fits) + [False] * len(
        others
    )

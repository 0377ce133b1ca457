"""Cells of an export: the exact value of each, or why it has none; the engine and the sentence always agree."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import LAYOUTS

from callbill.cells import Cell, Fault, FlagCell, NumberCell, PhoneCell, Pick, Sign, TextCell
from callbill.engine import Engine
from callbill.sql import quoted
from callbill.staging import Condition, Dialect, Layout
from callbill.times import LONGEST_DURATION, DurationCell, InstantCell
from callbill.values import Threshold
from callbill.zones import Offset, offsets

SECOND = 1_000_000


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(1) as one:
        yield one


@pytest.fixture
def read(engine):
    """What a cell makes of a text: its value, or the code of its fault; the engine and the sentence must agree."""

    def reading(cell: Cell, written: str) -> "int | str | None":
        value = f"SELECT {cell.value('t')} AS v, t FROM (SELECT NULLIF({quoted(written)}, '') AS t)"
        kept = f"SELECT {cell.kept('v')} AS k, t FROM ({value})"
        ((staged, bad),) = engine.rows(f"SELECT k, {cell.bad('t', 'k') or '1 = 0'} FROM ({kept})")
        why = cell.why(written)
        assert bool(bad) == (why is not None), (staged, why)
        return why[0] if why else staged

    return reading


# Texts.


def text(**more: object) -> TextCell:
    return TextCell(**{"name": "queue", "columns": ("Queue",), "required": False, **more})


def test_a_text_stays_as_it_is(read):
    assert read(text(), "Été, l'autre") == "Été, l'autre"
    assert read(text(), "") is None
    assert text().type == "VARCHAR"


def test_a_text_that_is_needed_must_be_there(read):
    assert read(text(required=True), "") == "CB306"
    assert text(required=True).why("")[2] == "fill the cell in"


def test_a_state_must_be_one_that_the_contract_knows(read):
    state = text(name="state", known=("En ligne", "L'appel"))
    assert (read(state, "En ligne"), read(state, "L'appel"), read(state, "")) == ("En ligne", "L'appel", None)
    assert read(state, "en ligne") == "CB307"


# Numbers.


def number(mark: str = ".", **more: object) -> NumberCell:
    return NumberCell(name="amount", columns=("Amount",), mark=mark, **more)


@pytest.mark.parametrize(
    ("mark", "written", "expected"),
    [
        (".", "0", 0),
        (".", "-1.5", -1_500_000),
        (".", "0.000001", 1),
        (".", "999999999999.999999", 999_999_999_999_999_999),
        (",", "1,5", 1_500_000),
        (",", "15", 15_000_000),
        (".", "0.0000001", "CB305"),
        (".", "1,5", "CB305"),
        (",", "1.5", "CB305"),
        (".", "1 234.5", "CB305"),
        (".", "1\u202f234", "CB305"),
        (".", "1e3", "CB305"),
        (".", "+1", "CB305"),
        (".", ".5", "CB305"),
        (".", "nan", "CB305"),
        (".", "1234567890123", "CB305"),
        (".", "٣", "CB305"),
        (".", "", "CB306"),
    ],
)
def test_a_number_in_millionths(read, mark, written, expected):
    assert read(number(mark), written) == expected


def test_an_empty_number_may_count_as_something(read):
    assert read(number(empty=0), "") == 0
    assert read(number(required=False), "") is None


@pytest.mark.parametrize(
    ("mark", "written", "hint"),
    [
        (".", "1,5", "declares `decimal: "),
        (",", "1.5", "declares `decimal: "),
        (".", "1 234", "without thousands separators"),
        (".", "abc", "a number is digits"),
    ],
)
def test_what_to_do_about_a_number(mark, written, hint):
    assert hint in number(mark).why(written)[2]


# Durations.


def duration(unit: str, mark: str = ".", snap: "int | None" = None, **more: object) -> DurationCell:
    return DurationCell(name="talk", columns=("Talk",), unit=unit, mark=mark, snap=snap, **more)


@pytest.mark.parametrize(
    ("unit", "written", "expected"),
    [
        ("ms", "1", 1000),
        ("ms", "1.5", 1500),
        ("s", "0", 0),
        ("s", "75", 75 * SECOND),
        ("s", "0.000001", 1),
        ("min", "1.25", 75 * SECOND),
        ("min", "0.1", 6 * SECOND),
        ("h", "7.5", 27_000 * SECOND),
        ("day", "1", 86_400 * SECOND),
        ("day", "0.25", 21_600 * SECOND),
        ("day", "366", LONGEST_DURATION),
        ("h:mm:ss", "1:02:03", 3723 * SECOND),
        ("h:mm:ss", "01:02:03.5", 3_723_500_000),
        ("h:mm:ss", "8784:00:00", LONGEST_DURATION),
        ("h:mm", "1:30", 5400 * SECOND),
        ("h:mm", "0:00.5", 30 * SECOND),
        ("mm:ss", "90:05", 5405 * SECOND),
        ("mm:ss", "0:00.000001", 1),
    ],
)
def test_a_duration_of_every_unit_in_microseconds(read, unit, written, expected):
    assert read(duration(unit), written) == expected
    assert read(duration(unit, ","), written.replace(".", ",")) == expected


@pytest.mark.parametrize(
    ("unit", "written", "expected"),
    [
        ("s", "0.0000001", "CB304"),
        ("min", "0.333333333", "CB304"),
        ("s", "1,5", "CB304"),
        ("s", "1:30", "CB304"),
        ("s", "abc", "CB304"),
        ("s", "1 234", "CB304"),
        ("s", ".5", "CB304"),
        ("s", "5.", "CB304"),
        ("s", "", "CB306"),
        ("s", "-1", "CB311"),
        ("h:mm:ss", "- 0:00:01", "CB311"),
        ("s", "31622401", "CB315"),
        ("s", "1234567890", "CB315"),
        ("day", "366.000001", "CB315"),
        ("day", "99999999", "CB315"),
        ("h:mm:ss", "8784:00:01", "CB315"),
        ("h:mm:ss", "90", "CB304"),
        ("h:mm:ss", "0:60:00", "CB304"),
        ("h:mm:ss", "0:00:00.1234567", "CB304"),
        ("h:mm:ss", "10000:00:00", "CB304"),
        ("h:mm", "1:02:03", "CB304"),
        ("mm:ss", "1:2", "CB304"),
    ],
)
def test_a_duration_that_cannot_be_read(read, unit, written, expected):
    assert read(duration(unit), written) == expected


@pytest.mark.parametrize(
    ("unit", "snap", "written", "expected"),
    [
        ("s", SECOND, "1.5", 2 * SECOND),
        ("s", SECOND, "1.499999999999", SECOND),
        ("s", 60 * SECOND, "30", 60 * SECOND),
        ("s", 60 * SECOND, "29", 0),
        ("h", SECOND, "0.333333333333", 1200 * SECOND),
        ("min", SECOND, "0.016666666", SECOND),
        ("day", SECOND, "0.000011574074", SECOND),
        ("h:mm:ss", 60 * SECOND, "0:01:30", 120 * SECOND),
        ("h:mm:ss", SECOND, "0:00:01.5", 2 * SECOND),
        ("s", SECOND, "31622401", "CB315"),
    ],
)
def test_a_duration_may_be_snapped_half_up_to_a_step(read, unit, snap, written, expected):
    assert read(duration(unit, snap=snap), written) == expected


def test_an_empty_duration_may_count_as_nothing(read):
    assert read(duration("s", empty=0), "") == 0


@pytest.mark.parametrize(
    ("unit", "written", "hint"),
    [
        ("s", "1:30", "a clock is declared as"),
        ("s", "1,5", "declares `decimal: "),
        ("s", "1 234", "without thousands separators"),
        ("s", "abc", "plain numbers"),
        ("min", "0.333333333", "snap: 1 s"),
        ("h:mm:ss", "90", "declared in `h:mm:ss`"),
        ("s", "", "empty: 0"),
    ],
)
def test_what_to_do_about_a_duration(unit, written, hint):
    assert hint in duration(unit).why(written)[2]


# Moments.


def instant(form: str = "iso", zone: "str | None" = None, **more: object) -> InstantCell:
    return InstantCell(name="start", columns=("Start",), form=form, zone=zone, **more)


def micro(written: str) -> int:
    moment = datetime.fromisoformat(written)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-10-05T09:00:00Z", "2026-10-05T09:00:00Z"),
        ("2026-10-05 09:00:00+02:00", "2026-10-05T07:00:00Z"),
        ("2026-10-05T09:00-0530", "2026-10-05T14:30:00Z"),
        ("1970-01-02T00:00:00Z", "1970-01-02T00:00:00Z"),
        ("2199-12-31T23:59:59Z", "2199-12-31T23:59:59Z"),
    ],
)
def test_a_moment_with_its_offset(read, written, utc):
    assert read(instant(), written) == micro(utc)


def test_a_moment_has_six_decimals_at_most(read):
    assert read(instant(), "2026-10-05T09:00:00.000001Z") == micro("2026-10-05T09:00:00Z") + 1
    assert read(instant(), "2026-10-05T09:00:00.0000001Z") == "CB303"


@pytest.mark.parametrize(
    ("form", "written", "wall"),
    [
        ("iso", "2026-10-05T09:00:00", "2026-10-05T09:00:00"),
        ("iso", "2026-10-05 09:00", "2026-10-05T09:00:00"),
        ("%d/%m/%Y %H:%M:%S", "05/10/2026 09:00:01", "2026-10-05T09:00:01"),
        ("%d/%m/%Y %H:%M:%S", "5/10/2026 9:0:1", "2026-10-05T09:00:01"),
        ("%m/%d/%y %I:%M %p", "10/05/26 09:30 PM", "2026-10-05T21:30:00"),
        ("%d %b %Y %H:%M", "05 Oct 2026 09:00", "2026-10-05T09:00:00"),
        ("%Y-%m-%d", "2026-10-05", "2026-10-05T00:00:00"),
        ("%Y%j", "2026278", "2026-10-05T00:00:00"),
    ],
)
def test_a_moment_of_the_zones_wall_clock(read, form, written, wall):
    assert read(instant(form, "Europe/Paris"), written) == micro(wall)


@pytest.mark.parametrize(
    ("form", "written", "utc"),
    [
        ("epoch_s", "1759647600", "2025-10-05T07:00:00Z"),
        ("epoch_ms", "1759647600000", "2025-10-05T07:00:00Z"),
        ("%Y-%m-%d %H:%M:%S%z", "2026-10-05 09:00:00+0200", "2026-10-05T07:00:00Z"),
        ("%Y-%m-%d %H:%M:%S%z", "2026-10-05 09:00:00Z", "2026-10-05T09:00:00Z"),
    ],
)
def test_a_moment_of_another_form(read, form, written, utc):
    assert read(instant(form), written) == micro(utc)


@pytest.mark.parametrize(
    ("form", "zone", "written"),
    [
        ("iso", None, "2026-10-05T09:00:00"),
        ("iso", "Europe/Paris", "2026-10-05T09:00:00Z"),
        ("iso", None, "2026-02-30T09:00:00Z"),
        ("iso", None, "2026-10-05T24:00:00Z"),
        ("iso", None, "2026-10-05T09:00:00+15:00"),
        ("iso", None, "05/10/2026 09:00:00"),
        ("iso", None, "1970-01-01T23:00:00Z"),
        ("iso", None, "2200-01-01T00:00:00Z"),
        ("iso", None, "२०२६-10-05T09:00:00Z"),
        ("%d/%m/%Y", "Europe/Paris", "31/02/2026"),
        ("%d/%m/%Y", "Europe/Paris", "2026-10-05"),
        ("%d/%m/%Y", "Europe/Paris", "05/10/26"),
        ("%Y-%m-%d %H:%M:%S%z", None, "2026-10-05 09:00:00+72:00"),
        ("epoch_s", None, "1759647600.5"),
        ("epoch_s", None, "-5"),
        ("epoch_s", None, "1759647600000"),
        ("epoch_ms", None, "86399999"),
        ("epoch_ms", None, "abc"),
    ],
)
def test_a_moment_that_cannot_be_read(read, form, zone, written):
    assert read(instant(form, zone), written) == "CB303"


def test_an_epoch_of_nines_is_out_of_range(read):
    assert read(instant("epoch_s"), "9999999999999") == "CB303"


@pytest.mark.parametrize(
    ("form", "zone", "written", "hint"),
    [
        ("iso", None, "2026-10-05T09:00:00", "`zone: Europe/Paris`"),
        ("iso", "Europe/Paris", "2026-10-05T09:00:00Z", "take `zone` out"),
        ("iso", None, "2026-02-30T09:00:00Z", "no calendar and no clock has it"),
        ("iso", None, "05/10/2026 09:00", "`format`"),
        ("epoch_s", None, "1759647600000", "epoch_ms"),
        ("epoch_s", None, "abc", "`format`"),
        ("%d/%m/%Y", "UTC", "x", "`format`"),
    ],
)
def test_what_to_do_about_a_moment(form, zone, written, hint):
    assert hint in instant(form, zone).why(written)[2]


# The hours that a zone repeats or skips.

AUTUMN = offsets("Europe/Paris", date(2026, 10, 20), date(2026, 10, 30))
SPRING = offsets("Europe/Paris", date(2026, 3, 20), date(2026, 3, 30))


def in_utc(engine: Engine, cell: InstantCell, wall: str, known: tuple[Offset, ...]) -> "str | None":
    """The UTC hour of a wall clock, or the code of its fault."""
    ((found,),) = engine.rows(f"SELECT {cell.utc('w', known)} FROM (SELECT {micro(wall)} AS w)")
    fault: Fault | None = cell.dst_fault(wall, known)
    assert (found is None) == (fault is not None)
    return fault[0] if fault else f"{datetime.fromtimestamp(found // SECOND, UTC):%dT%H:%M:%S}"


@pytest.mark.parametrize(
    ("repeated", "wall", "expected"),
    [
        (None, "2026-10-25T01:59:59", "24T23:59:59"),
        (None, "2026-10-25T02:00:00", "CB312"),
        (None, "2026-10-25T02:59:59", "CB312"),
        (None, "2026-10-25T03:00:00", "25T02:00:00"),
        ("first", "2026-10-25T02:30:00", "25T00:30:00"),
        ("second", "2026-10-25T02:30:00", "25T01:30:00"),
    ],
)
def test_the_repeated_hour_is_the_first_or_the_second_or_refused(engine, repeated, wall, expected):
    assert in_utc(engine, instant(zone="Europe/Paris", repeated=repeated), wall, AUTUMN) == expected


@pytest.mark.parametrize(
    ("missing", "wall", "expected"),
    [
        (None, "2026-03-29T01:59:59", "29T00:59:59"),
        (None, "2026-03-29T02:00:00", "CB313"),
        (None, "2026-03-29T02:59:59", "CB313"),
        (None, "2026-03-29T03:00:00", "29T01:00:00"),
        ("shift", "2026-03-29T02:30:00", "29T01:30:00"),
    ],
)
def test_the_missing_hour_is_shifted_or_refused(engine, missing, wall, expected):
    assert in_utc(engine, instant(zone="Europe/Paris", missing=missing), wall, SPRING) == expected


def test_a_zone_that_never_changes_and_a_moment_with_an_offset(engine):
    calm = offsets("+02:00", date(2026, 10, 20), date(2026, 10, 30))
    assert in_utc(engine, instant(zone="+02:00"), "2026-10-25T02:30:00", calm) == "25T00:30:00"
    assert instant().utc("w", ()) == "w"
    assert instant().dst_fault("2026-10-25T02:30:00Z", AUTUMN) is None
    assert instant(zone="Europe/Paris").dst_fault("abc", AUTUMN) is None


# Conditions.

TEN, TWENTY = (Threshold(n * SECOND, is_duration=True, written="") for n in (10, 20))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("f", one_of=("a", "l'un")), ["a", "l'un"]),
        (Condition("f", none_of=("a", "l'un")), ["b", None]),
    ],
)
def test_a_condition_on_words(engine, condition, expected):
    rows = engine.rows(f"SELECT f FROM (VALUES ('a'), ('b'), ('l''un'), (NULL)) t(f) WHERE {condition.sql('f')}")
    assert [row[0] for row in rows] == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("f", at_least=TEN), [10, 15, 20, 25]),
        (Condition("f", at_most=TEN), [5, 10]),
        (Condition("f", above=TEN), [15, 20, 25]),
        (Condition("f", below=TEN), [5]),
        (Condition("f", above=TEN, at_most=TWENTY), [15, 20]),
    ],
)
def test_a_condition_on_limits_is_not_met_by_nothing(engine, condition, expected):
    values = ", ".join(f"({n * SECOND})" for n in (5, 10, 15, 20, 25))
    rows = engine.rows(f"SELECT f FROM (VALUES {values}, (NULL)) t(f) WHERE {condition.sql('f')}")
    assert [row[0] // SECOND for row in rows] == expected


# Layouts.


def test_a_layout_knows_the_names_of_every_kind():
    calls, agents = LAYOUTS["calls"], LAYOUTS["agents"]
    assert calls.durations == ("talk", "wrap", "age")
    assert calls.numbers == ("amount",)
    assert calls.texts == ("id", "queue", "language", "customer", "agent", "outcome")
    assert calls.fields == (*calls.texts, "amount", "talk", "wrap", "age")
    assert agents.durations == ("duration", "ready", "pause", "logged_in")
    assert calls.cell("talk").columns == ("talk",)


def test_a_layout_of_nothing():
    assert Layout("contact", Dialect(), ()).fields == ()


# Clocks, digits and days of spreadsheets.


@pytest.mark.parametrize(
    ("unit", "written", "expected"),
    [
        ("clock", "0:00", 0), ("clock", "59:59", 3599 * SECOND), ("clock", "1:00:00", 3600 * SECOND),
        ("clock", "26:30:00", 95_400 * SECOND), ("clock", "1:75", "CB304"), ("clock", "1:75:00", "CB304"),
        ("clock", "75", "CB304"), ("ddhhmmss", "1", SECOND), ("ddhhmmss", "102", 62 * SECOND),
        ("ddhhmmss", "24000000", 24 * 86_400 * SECOND), ("ddhhmmss", "240000", "CB304"), ("ddhhmmss", "x", "CB304"),
        ("ddhhmmss", "123456789", "CB304"),
    ],
)  # fmt: skip
def test_a_clock_of_two_forms_and_a_row_of_digits(read, unit, written, expected):
    assert read(DurationCell(name="talk", columns=("Talk",), unit=unit), written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("46300", 1_791_158_400 * SECOND), ("46300.5", 1_791_201_600 * SECOND),
        ("46300.383229166668", "CB303"), ("46300.383229166667", 1_791_191_511 * SECOND), ("-1", "CB303"),
        ("x", "CB303"), ("2.5", "CB303"),
    ],
)  # fmt: skip
def test_days_of_a_spreadsheet(read, written, expected):
    cell = InstantCell(name="start", columns=("Start",), form="excel", snap=SECOND, zone="UTC")
    if written == "46300.383229166668":
        written += "0"
    assert read(cell, written) == expected


def test_a_moment_may_be_rounded(read):
    cell = InstantCell(name="start", columns=("Start",), form="iso", snap=SECOND, zone="UTC")
    assert read(cell, "2026-10-05 09:00:00.5") == (1_791_190_801) * SECOND
    exact = InstantCell(name="start", columns=("Start",), form="excel", zone="UTC")
    assert exact.parsed("46300.25") == datetime(2026, 10, 5, 6)  # noqa: DTZ001 - a wall clock


@pytest.mark.parametrize(
    ("written", "expected"),
    [("tel:+33199000001", "+33199000001"), ("sip:zoe", "zoe"), ("0199000001", "0199000001"), ("4.479E+11", "CB325"),
     ("4E11", "CB325"), ("", None)],
)  # fmt: skip
def test_a_telephone_number(read, written, expected):
    assert read(PhoneCell(name="customer", columns=("Caller",), required=False), written) == expected


def test_a_flag_that_every_row_must_have(read):
    cell = FlagCell(name="complete", columns=("Whole",), known=("YES",))
    assert (read(cell, "YES"), read(cell, "NO"), read(cell, "")) == ("YES", "CB326", "CB306")


def test_a_word_among_several_and_a_word_within_one(read):
    assert read(text(part=("; ", 1)), "Support; Sales") == "Support"
    assert read(text(part=("; ", -1)), "Support; Sales") == "Sales"
    channel = text(match="^(.*)-[0-9a-f]{8}$")
    assert (read(channel, "SIP/101-0000001b"), read(channel, "SIP/101")) == ("SIP/101", "SIP/101")


def test_what_a_column_of_the_row_must_be(engine):
    for sign, met in (
        (Sign("x", ("a", "b")), "a"), (Sign("x", ("a", ""), "not"), "b"), (Sign("x", ("ab", "cd"), "begins"), "cde"),
        (Sign("x", ("ab", "cd"), "not_begins"), "b"),
    ):  # fmt: skip
        found = engine.rows(f"SELECT {sign.sql(quoted(met))}, {sign.sql(quoted('a'))}, {sign.sql(quoted('abc'))}")
        assert found[0] == (True, sign.kind in ("is", "not_begins"), sign.kind in ("not", "begins"))


def test_what_a_cell_looks_at():
    picked = text(columns=(), picks=(Pick("A", (Sign("B", ("x",)),)), Pick(None, (Sign("C", ("y",)),), "word")))
    assert (picked.wanted, picked.first_column, picked.demanded) == (("A", "B", "C"), "A", False)
    assert text(columns=(), preamble=("from", "to")).first_column == ""


@pytest.mark.parametrize(
    "written", ["1e2", "1E2", "+5", "-0", "0x10", "0b1", "1_0", "5.", ".5", "1,000", "\u0663", "\u00b2", "1e", "nan"]
)
def test_what_the_engine_would_take_for_a_number_is_no_duration(read, written):
    assert read(duration("s"), written) in ("CB304", "CB311")


@pytest.mark.parametrize("written", ["0", "7", "007", "000000000", "86400", "31622400"])
def test_a_whole_number_with_or_without_zeros_in_front(read, written):
    assert read(duration("s"), written) == int(written) * SECOND


@given(st.text(alphabet="0123456789+-. eExX_,\u0663", min_size=1, max_size=11).map(str.strip).filter(bool))
def test_the_engine_and_the_sentence_agree_on_every_text(engine, written):
    cell = duration("s")
    value = f"SELECT {cell.value('t')} AS v FROM (SELECT {quoted(written)} AS t)"
    ((staged,),) = engine.rows(f"SELECT {cell.kept('v')} FROM ({value})")
    assert (staged is None) == (cell.why(written) is not None)


MOMENT = "2026-10-05{gap}08:30:15{end}"


@given(
    st.sampled_from(["UTC", None]),
    st.sampled_from([" ", "T", "  ", "\t"]),
    st.sampled_from(["", "Z", ".5", ".5Z", "+02:00", " ", "."]),
    st.lists(st.tuples(st.integers(0, 18), st.sampled_from("0123456789 :-.BT+")), max_size=3),
)
def test_the_engine_and_the_sentence_agree_on_every_moment(engine, zone, gap, end, slips):
    letters = list(MOMENT.format(gap=gap, end=end))
    for at, slip in slips:
        letters[at] = slip
    written = "".join(letters).strip()
    cell = InstantCell(name="start", columns=("Start",), form="iso", zone=zone)
    value = f"SELECT {cell.value('t')} AS v FROM (SELECT {quoted(written)} AS t)"
    ((staged,),) = engine.rows(f"SELECT {cell.kept('v')} FROM ({value})")
    assert (staged is None) == (cell.why(written) is not None), written


@pytest.mark.parametrize("written", ["infinity", "-infinity", "epoch", "0044-03-15 (BC)", "10000-01-01 00:00:00"])
@pytest.mark.parametrize("zone", ["UTC", None])
def test_what_the_engine_would_take_for_a_moment_is_none(read, written, zone):
    assert read(InstantCell(name="start", columns=("Start",), form="iso", zone=zone), written) == "CB303"


# What stands twice.


@given(st.lists(st.integers(min_value=0, max_value=60), max_size=80))
def test_numbers_that_stand_twice_are_found_in_slices_as_in_one_look(engine, numbers):
    engine.table("numbers", {"mark": numbers})
    found = {}
    for many in (3, 1000):
        count = engine.repeated("SELECT mark FROM numbers", "twice", len(numbers), many=many)
        found[many] = sorted(number for (number,) in engine.rows("SELECT mark FROM twice"))
        assert len(found[many]) == count
    assert found[3] == found[1000] == sorted({one for one in numbers if numbers.count(one) > 1})

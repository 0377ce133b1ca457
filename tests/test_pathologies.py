"""What exports in the wild are like: each row of the table of pathologies with a small file of its own.

Each is read rightly, or refused with its line and a remedy. The names of the tests are the rows of the table.
"""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from small import contract_text

from callbill import api
from callbill.api import Read
from callbill.files import Unreachable
from callbill.problems import Invalid, Problem

SECOND = 1_000_000
DAY = 1_791_158_400 * SECOND
"""Midnight UTC of 5 October 2026."""
COLUMNS: dict[str, Any] = {
    "id": "id",
    "start": {"column": "start", "format": "iso"},
    "talk": {"column": "talk", "unit": "s"},
}
BASE: dict[str, Any] = {
    "reader": "generic", "record": "contact", "delimiter": ",", "encoding": "utf-8", "decimal": ".", "zone": "UTC",
}  # fmt: skip
Reading = Callable[..., Read]


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Reading]:
    """Read one export, given as its text or its bytes; settings of the source replace the usual ones."""
    opened: list[Read] = []

    def read(
        data: "str | bytes", name: str = "export.csv", columns: "dict[str, Any] | None" = None, **more: Any
    ) -> Read:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        source = {**BASE, **more, "columns": {**COLUMNS, **(columns or {})}}
        source["columns"] = {key: value for key, value in source["columns"].items() if value is not None}
        charges = "[{id: f, label: F, model: flat, amount: 1}]"
        contract = api.load_contract(contract_text(charges, activity={"calls": source}))
        opened.append(api.read_activity(contract, [path], max_rejects="100%", threads=1))
        return opened[-1]

    yield read
    for one in opened:
        one.close()


def found(read: Read, *names: str) -> list[tuple[Any, ...]]:
    """The fields of every record, by its start and id."""
    source = read.sources["calls"]
    listed = ", ".join(f"x_{name}" for name in names)
    return read.activity.engine.rows(f"SELECT {listed} FROM {source.relation} ORDER BY x_start, id")


def talks(read: Read) -> list[int]:
    return [row[0] // SECOND for row in found(read, "talk")]


def rejected(read: Read) -> list[tuple[str, int]]:
    """The code and the line of every reject."""
    return [(one.problem.code, one.problem.place.line if one.problem.place else 0) for one in read.activity.rejects]


def refused(act: Callable[[], object]) -> Problem:
    with pytest.raises(Invalid) as caught:
        act()
    assert caught.value.problems[0].help
    return caught.value.problems[0]


TWO = "id,start,talk\nA,2026-10-05 09:00:00,60\nB,2026-10-05 10:00:00,90\n"


# ------------------------------------------------------------------------------------------------ bytes and lines


def test_bom_glued_to_the_first_header(reading: Reading) -> None:
    assert talks(reading(b"\xef\xbb\xbf" + TWO.encode())) == [60, 90]


def test_utf_16_tab_separated(reading: Reading) -> None:
    data = TWO.replace(",", "\t").encode("utf-16")
    assert talks(reading(data, encoding="utf-16", delimiter="\t")) == [60, 90]
    assert "utf-16" in refused(lambda: reading(data, delimiter="\t")).help


def test_nul_bytes(reading: Reading) -> None:
    problem = refused(lambda: reading(TWO.replace("B,", "B\0,")))
    assert (problem.code, problem.place and problem.place.line) == ("CB322", 3)


def test_mojibake_agent_names(reading: Reading) -> None:
    from callbill.doubts import doubts

    text = "id,start,talk,agent\nA,2026-10-05 09:00:00,60,Céline\nB,2026-10-05 10:00:00,90,CÃ©line\n"
    text += "C,2026-10-05 11:00:00,30,C√©line\nD,2026-10-05 12:00:00,30,celine\nE,2026-10-05 12:00:00,30,Zoé\n"
    read = reading(text, columns={"agent": "agent"})
    (doubt,) = doubts(read.activity.engine, read.sources["calls"])
    assert doubt.severity == "warning"
    assert doubt.message == "one agent seems to be written in 4 ways: `CÃ©line`, `Céline`, `C√©line`, `celine`"


def test_cp1252_with_accents_in_headers_and_a_trailing_tab(reading: Reading) -> None:
    data = "N° appel;Début ;Durée\t\nA;2026-10-05 09:00:00;60\n".encode("cp1252")
    columns = {
        "id": "N° appel",
        "start": {"column": "Début", "format": "iso"},
        "talk": {"column": "Durée", "unit": "s"},
    }
    assert talks(reading(data, delimiter=";", encoding="cp1252", columns=columns)) == [60]
    assert refused(lambda: reading(data, delimiter=";", columns=columns)).code == "CB310"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TWO.replace("\n", "\r\n"), id="crlf"),
        pytest.param(TWO.replace("\n", "\r"), id="bare_cr"),
        pytest.param(TWO.rstrip("\n"), id="no_final_newline"),
        pytest.param(TWO.replace("\n", "\n\n"), id="blank_line_between_rows"),
    ],
)
def test_line_ends(reading: Reading, text: str) -> None:
    assert talks(reading(text)) == [60, 90]


def test_title_and_blank_lines_before_the_header(reading: Reading) -> None:
    text = "Agent Time Detail   2026-11-01 06:00\nTime range: 2026-10-01 to 2026-10-31\n\n" + TWO
    assert talks(reading(text, skip="3")) == [60, 90]


def test_padding_before_the_header(reading: Reading) -> None:
    text = "Relatório;;;;\n;;;;\nid;start;talk;;\nA;2026-10-05 09:00:00;60;;\n"
    assert talks(reading(text, skip="2", delimiter=";")) == [60]


@pytest.mark.parametrize("last", ["TOTALS,2,150\n", '"TOTALS",2,150\n\n', "TOTALS,2,150\n(c) 3CX and nobody else\n"])
def test_trailing_total_or_copyright_row(reading: Reading, last: str) -> None:
    read = reading(TWO + last, trailer=["TOTALS", "(c)"])
    assert (talks(read), rejected(read)) == ([60, 90], [])
    assert [line for _, line in rejected(reading(TWO + last))][:1] == [4]


def test_a_total_row_in_a_gzip_file(reading: Reading) -> None:
    assert talks(reading(gzip.compress((TWO + "TOTALS,2,150\n").encode()), trailer=["TOTALS"])) == [60, 90]


def test_no_header_at_all(reading: Reading) -> None:
    columns = {"id": "1", "start": {"column": "2", "format": "iso"}, "talk": {"column": "3", "unit": "s"}}
    assert talks(reading(TWO.partition("\n")[2], header="false", columns=columns)) == [60, 90]


def test_duplicate_header_names(reading: Reading) -> None:
    text = "id,start,talk,phone,phone\nA,2026-10-05 09:00:00,60,111,222\n"
    assert found(reading(text, columns={"customer": "phone (2)"}), "customer") == [("222",)]
    assert "`phone (1)` is the first" in refused(lambda: reading(text, columns={"customer": "phone"})).help


def test_trailing_comma_is_a_phantom_last_column(reading: Reading) -> None:
    with_it = TWO.replace("\n", ",\n")
    assert talks(reading(with_it)) == [60, 90]
    only_rows = TWO.replace("60\n", "60,\n").replace("90\n", "90,\n")
    assert talks(reading(only_rows, trailing_delimiter="true")) == [60, 90]
    assert talks(reading(only_rows)) == [60, 90]
    assert rejected(reading(only_rows.replace("60,", "60,x"))) == [("CB308", 2)]


def test_whole_record_wrapped_in_one_quoted_field(reading: Reading) -> None:
    columns = {"queue": "queue"}
    lines = ["id,start,talk,queue", 'A,2026-10-05 09:00:00,60,""Support, fr""', "B,2026-10-05 10:00:00,90,Sales"]
    text = "".join(f'"{line}"\n' for line in lines)
    assert found(reading(text, columns=columns, wrapped="true"), "queue", "talk") == [
        ("Support, fr", 60 * SECOND),
        ("Sales", 90 * SECOND),
    ]
    assert "wrapped: true" in refused(lambda: reading(text, columns=columns)).help


def test_unescaped_quotes_inside_quoted_text(reading: Reading) -> None:
    text = 'id,note,start,talk\nA,"said "no" then left",2026-10-05 09:00:00,60\nB,5" pipe,2026-10-05 10:00:00,90\n'
    text += 'C,"plain, ""doubled""",2026-10-05 11:00:00,30\nD,"open,2026-10-05 12:00:00,15\n'
    read = reading(text, quotes="lenient", columns={"note": "note"})
    assert found(read, "note", "talk") == [
        ('said "no" then left', 60 * SECOND), ('5" pipe', 90 * SECOND), ('plain, "doubled"', 30 * SECOND),
        ('"open', 15 * SECOND),
    ]  # fmt: skip
    strict = rejected(reading(text, columns={"note": "note"}))
    assert ("CB309", 2) in strict


def test_quoted_newlines_in_notes(reading: Reading) -> None:
    text = 'id,note,start,talk\nA,"one\ntwo",2026-10-05 09:00:00,60\nB,x,2026-10-05 10:00:00,bad\n'
    assert rejected(reading(text)) == [("CB304", 4)]


def test_wrong_delimiter_for_the_extension(reading: Reading) -> None:
    problem = refused(lambda: reading(TWO.replace(",", "|")))
    assert (problem.code, "|" in problem.help) == ("CB301", True)
    assert talks(reading(TWO.replace(",", "|"), delimiter="|")) == [60, 90]


# --------------------------------------------------------------------------------------------- values and their units


def test_partial_export_flag(reading: Reading) -> None:
    text = "Full Export Completed,id,start,talk\nYES,A,2026-10-05 09:00:00,60\nNO,B,2026-10-05 10:00:00,90\n"
    read = reading(text, complete={"column": "Full Export Completed", "is": "YES"})
    assert rejected(read) == [("CB326", 3)]


@pytest.mark.parametrize(
    "null", ["", "-", "N/A", "NULL", "None", "[None]", "[No associated user]", "0:00:00", "1970-01-01 01:00:00.000"]
)
def test_null_words(reading: Reading, null: str) -> None:
    words = ["-", "N/A", "NULL", "None", "[None]", "[No associated user]", "0:00:00", "1970-01-01 01:00:00.000"]
    text = f"id,start,talk,agent\nA,2026-10-05 09:00:00,60,{null}\n"
    assert found(reading(text, columns={"agent": "agent"}, nulls=words), "agent") == [(None,)]


def test_duration_units_mixed_within_one_file(reading: Reading) -> None:
    text = "id,start,talk,wait\nA,2026-10-05 09:00:00,0:01:00,0:00:08.250\n"
    columns = {"talk": {"column": "talk", "unit": "h:mm:ss"}, "wait": {"column": "wait", "unit": "h:mm:ss"}}
    assert found(reading(text, columns=columns), "talk", "wait") == [(60 * SECOND, 8_250_000)]


def test_a_column_whose_unit_depends_on_the_row(reading: Reading) -> None:
    """Calls have a clock and data have volumes in one column: each row is read for what it is."""
    text = "id,start,used,kind\nA,2026-10-05 09:00:00,0:01:00,call\nB,2026-10-05 10:00:00,12.5,data\n"
    talk = {"pick": [{"column": "used", "when": {"kind": ["call"]}}], "unit": "h:mm:ss"}
    volume = {"pick": [{"column": "used", "when": {"kind": ["data"]}}], "number": "true"}
    read = reading(text, columns={"talk": talk, "volume": volume})
    assert found(read, "talk", "volume") == [(60 * SECOND, None), (None, 12_500_000)]


def test_hours_above_24_with_a_leading_blank(reading: Reading) -> None:
    text = "id,start,talk\nA,2026-10-05 09:00:00, 50:38:24.085\n"
    read = reading(text, columns={"talk": {"column": "talk", "unit": "h:mm:ss"}})
    assert found(read, "talk") == [(182_304_085_000,)]


@pytest.mark.parametrize(("cell", "seconds"), [("102", 62), ("00000102", 62), ("10000", 3600), ("1000000", 86_400)])
def test_ddhhmmss_whose_leading_zeros_a_spreadsheet_strips(reading: Reading, cell: str, seconds: int) -> None:
    columns = {"talk": {"column": "talk", "unit": "ddhhmmss"}}
    assert talks(reading(f"id,start,talk\nA,2026-10-05 09:00:00,{cell}\n", columns=columns)) == [seconds]
    assert rejected(reading("id,start,talk\nA,2026-10-05 09:00:00,175\n", columns=columns)) == [("CB304", 2)]


def test_minutes_shifted_into_hours(reading: Reading) -> None:
    """Minutes that land in the hours' place make the talk longer than the contact."""
    text = "id,start,talk,whole\nA,2026-10-05 09:00:00,03:04:00,00:03:10\n"
    columns = {"talk": {"column": "talk", "unit": "h:mm:ss"}, "duration": {"column": "whole", "unit": "h:mm:ss"}}
    assert rejected(reading(text, columns=columns, within={"talk": "duration"})) == [("CB327", 2)]


def test_negative_durations(reading: Reading) -> None:
    assert rejected(reading(TWO.replace(",90", ",-90"))) == [("CB311", 3)]


def test_unsigned_overflow_of_minus_one(reading: Reading) -> None:
    assert rejected(reading(TWO.replace(",90", ",18446744073709551615"))) == [("CB315", 3)]


def test_billsec_off_by_a_second_from_the_stamps(reading: Reading) -> None:
    """The stated seconds are billed; the stamps are not used to correct them."""
    text = "id,start,end,talk\nA,2026-10-05 09:00:00,2026-10-05 09:01:01,60\n"
    columns = {"end": {"column": "end", "format": "iso"}, "duration": {"from": "start", "to": "end"}}
    read = reading(text, columns=columns, within={"talk": "duration"})
    assert found(read, "talk", "duration") == [(60 * SECOND, 61 * SECOND)]


def test_no_answered_at_duration_includes_ringing(reading: Reading) -> None:
    """What is not in the export cannot be billed: the name is not there."""
    problem = refused(lambda: reading(TWO, columns={"talk": {"from": "answered", "to": "end"}}))
    assert (problem.code, problem.message) == ("CB231", "`answered` is not a moment of this source")


def test_talk_time_on_calls_flagged_abandoned(reading: Reading) -> None:
    from callbill.doubts import doubts

    text = "id,start,talk,how\nA,2026-10-05 09:00:00,60,done\nB,2026-10-05 10:00:00,90,left\n"
    read = reading(text, columns={"outcome": "how"}, states={"abandoned": {"outcome": ["left"]}})
    assert [one.message for one in doubts(read.activity.engine, read.sources["calls"])] == [
        "1 abandoned contact has talk time"
    ]
    assert talks(read) == [60, 90]


def test_a_unit_that_does_not_fit(reading: Reading) -> None:
    text = "id,start,talk,whole\nA,2026-10-05 09:00:00,60000,61\n"
    columns = {"duration": {"column": "whole", "unit": "s"}}
    read = reading(text, columns=columns, within={"talk": "duration"})
    assert rejected(read) == [("CB327", 2)]
    right = reading(text, columns={**columns, "talk": {"column": "talk", "unit": "ms"}}, within={"talk": "duration"})
    assert talks(right) == [60]


def test_thousands_separators_and_no_break_spaces(reading: Reading) -> None:
    text = "id,start,talk\nA,2026-10-05 09:00:00,1\u202f200\nB,2026-10-05 10:00:00,\u00a090\u00a0\n"
    read = reading(text)
    assert (rejected(read), talks(read)) == ([("CB304", 2)], [90])
    assert "thousands" in read.activity.rejects[0].problem.help


# ----------------------------------------------------------------------------------------------- records and legs


def test_duplicates_at_least_once_delivery(reading: Reading) -> None:
    text = "id,start,talk,updated\nA,2026-10-05 09:00:00,60,1\nA,2026-10-05 09:00:00,75,2\n"
    columns = {"updated": {"column": "updated", "number": "true"}}
    read = reading(text, columns=columns, duplicates={"latest_by": "updated"})
    assert (talks(read), read.sources["calls"].duplicates) == ([75], 1)


def test_exact_repeats(reading: Reading) -> None:
    read = reading(TWO + "B,2026-10-05 10:00:00,90\n")
    assert (talks(read), read.sources["calls"].duplicates) == ([60, 90], 1)


LEGS = "call,start,talk,agent,how\nA,2026-10-05 09:00:10,40,Zoé,moved\nA,2026-10-05 09:00:00,20,,queue\n"
LEGS += "A,2026-10-05 09:00:50,30,Luc,done\nB,2026-10-05 10:00:00,0,,left\n"
JOIN: dict[str, Any] = {"of": "call", "fields": {"talk": "sum", "outcome": "last"}}


def test_legs_instead_of_calls(reading: Reading) -> None:
    columns = {"id": None, "call": "call", "agent": "agent", "outcome": "how"}
    read = reading(LEGS, columns=columns, legs=JOIN)
    assert found(read, "start", "talk", "agent", "outcome") == [
        (DAY + 9 * 3600 * SECOND, 90 * SECOND, "Zoé", "done"), (DAY + 10 * 3600 * SECOND, 0, None, "left"),
    ]  # fmt: skip
    source = read.sources["calls"]
    assert (source.read, source.joined, source.duplicates) == (4, 2, 0)


def test_summing_legs_as_if_they_were_contacts_is_refused(reading: Reading) -> None:
    problem = refused(lambda: reading(LEGS, columns={"id": "call", "agent": "agent", "outcome": "how"}))
    assert (problem.code, "legs:" in problem.help) == ("CB314", True)


def test_the_order_and_the_repeats_of_legs_change_nothing(reading: Reading) -> None:
    head, *legs = LEGS.splitlines(keepends=True)
    columns = {"id": None, "call": "call", "agent": "agent", "outcome": "how"}
    seen = [found(reading(head + "".join(some), columns=columns, legs=JOIN), "talk", "agent", "outcome") for some in (
        legs, legs[::-1], [*legs, legs[0]], [legs[2], legs[0], legs[3], legs[1]],
    )]  # fmt: skip
    assert seen == [seen[0]] * 4


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("first", "moved"), ("last", "done"), ("min", "done"), ("max", "queue"), (["gone", "queue", "done"], "queue"),
        ({"take": "first", "where": {"agent": ["Luc"]}}, "done"), ({"words": ["moved"]}, "moved"),
    ],
)  # fmt: skip
def test_what_a_contact_takes_of_its_legs(reading: Reading, rule: Any, expected: str) -> None:
    columns = {"id": None, "call": "call", "agent": "agent", "outcome": "how"}
    text = LEGS.replace(",,queue", ",,").replace("Zoé,moved", "Zoé,moved") if rule == "first" else LEGS
    legs = {"of": "call", "fields": {"talk": "max", "outcome": rule}}
    assert found(reading(text, columns=columns, legs=legs), "outcome")[0] == (expected,)


def test_events_instead_of_calls(reading: Reading) -> None:
    text = "1791190800|c1|help|NONE|ENTERQUEUE||33199000001|1\n1791190808|c1|help|Zoé|CONNECT|8|x|2\n"
    text += "1791190868|c1|help|Zoé|COMPLETEAGENT|8|60|1\n1791190900|NONE|help|Zoé|PAUSE|||\n"
    text += "1791190910|c2|help|NONE|ENTERQUEUE||33199000002|1\n1791190930|c2|help|NONE|ABANDON|1|1|20\n"
    columns = {
        "id": "2",
        "event": "5",
        "queue": "3",
        "start": {"column": "1", "format": "epoch_s"},
        "agent": {"pick": [{"column": "4", "when": {"5": ["CONNECT"]}}]},
        "wait": {
            "unit": "s",
            "pick": [{"column": "6", "when": {"5": ["CONNECT"]}}, {"column": "8", "when": {"5": ["ABANDON"]}}],
        },
        "talk": {"unit": "s", "pick": [{"column": "7", "when": {"5": ["COMPLETEAGENT", "COMPLETECALLER"]}}]},
    }
    legs = {"of": "id", "fields": {"wait": "sum", "talk": "sum", "event": "last"}}
    read = reading(
        text, columns=columns, legs=legs, header="false", delimiter="|", only={"id": {"not": ["NONE"]}},
    )  # fmt: skip
    assert found(read, "agent", "wait", "talk", "event") == [
        ("Zoé", 8 * SECOND, 60 * SECOND, "COMPLETEAGENT"), (None, 20 * SECOND, None, "ABANDON"),
    ]  # fmt: skip
    source = read.sources["calls"]
    assert (source.read, source.other, source.joined) == (6, 1, 3)


def test_ids_unique_only_together_with_another_column(reading: Reading) -> None:
    text = "id,vru,start,talk\n1,AA,2026-10-05 09:00:00,60\n1,BB,2026-10-05 10:00:00,90\n"
    assert refused(lambda: reading(text)).code == "CB314"
    assert talks(reading(text, id=["id", "vru"])) == [60, 90]


def test_other_rows_in_the_calls_file(reading: Reading) -> None:
    """Text messages and faxes have no talk time: they are counted apart, and are no rejects."""
    text = "id,start,talk,kind\nA,2026-10-05 09:00:00,60,call\nB,2026-10-05 10:00:00,n/a,SMS\n"
    read = reading(text, columns={"kind": "kind"}, only={"kind": ["call"]})
    source = read.sources["calls"]
    assert (talks(read), source.other, source.rejected) == ([60], 1, 0)


def test_empty_months_and_zero_days(reading: Reading) -> None:
    read = reading("id,start,talk\n")
    assert api.bill(read.contract, read, "2026-07").net == 1
    assert refused(lambda: api.bill(read.contract, read)).code == "CB256"


# ------------------------------------------------------------------------------------------------ moments and zones


def test_a_spreadsheet_lost_the_seconds_and_reordered_the_date(reading: Reading) -> None:
    text = "id,start,talk\nA,2026/10/5 22:41,60\n"
    read = reading(text, columns={"start": {"column": "start", "format": "%Y/%m/%d %H:%M"}})
    assert found(read, "start") == [(DAY + (22 * 3600 + 41 * 60) * SECOND,)]
    assert rejected(reading(text)) == [("CB303", 2)]


def test_am_pm_and_month_before_day(reading: Reading) -> None:
    text = "id,start,talk\nA,10/05/26 07:00 PM,60\nB,10/15/26 12:30 AM,90\n"
    american = {"start": {"column": "start", "format": "%m/%d/%y %I:%M %p"}}
    assert found(reading(text, columns=american), "start")[0] == (DAY + 19 * 3600 * SECOND,)
    european = {"start": {"column": "start", "format": "%d/%m/%y %I:%M %p"}}
    assert rejected(reading(text, columns=european)) == [("CB303", 3)]


def test_two_digit_years(reading: Reading) -> None:
    read = reading("id,start,talk\nA,261005 0900,60\n", columns={"start": {"column": "start", "format": "%y%m%d %H%M"}})
    assert found(read, "start") == [(DAY + 9 * 3600 * SECOND,)]


def test_calls_over_midnight_with_one_date_column(reading: Reading) -> None:
    text = "id,day,hour,talk\nA,2026-10-05,23:59:30,90\n"
    columns = {"start": {"columns": ["day", "hour"], "format": "%Y-%m-%d %H:%M:%S"}}
    read = reading(text, columns=columns)
    assert found(read, "start", "talk") == [(DAY + 86_370 * SECOND, 90 * SECOND)]


def test_an_end_stamp_of_the_day_before_is_refused(reading: Reading) -> None:
    text = "id,day,begun,ended\nA,2026-10-05,23:59:30,00:01:00\n"
    form = "%Y-%m-%d %H:%M:%S"
    columns = {
        "start": {"columns": ["day", "begun"], "format": form}, "end": {"columns": ["day", "ended"], "format": form},
        "talk": {"from": "start", "to": "end"},
    }  # fmt: skip
    assert rejected(reading(text, columns=columns)) == [("CB311", 2)]


def test_the_repeated_hour_of_dst(reading: Reading) -> None:
    text = "id,start,talk\nA,2026-10-25 02:30:00,60\n"
    assert rejected(reading(text, zone="Europe/Paris")) == [("CB312", 2)]
    first, second = (
        found(reading(text, zone="Europe/Paris", repeated_hour=one), "start") for one in ("first", "second")
    )
    assert second[0][0] - first[0][0] == 3600 * SECOND


def test_a_stamp_at_the_end_of_the_duration(reading: Reading) -> None:
    columns = {"start": {"column": "start", "format": "iso", "less": "talk"}}
    assert found(reading(TWO, columns=columns), "start")[0] == (DAY + (9 * 3600 - 60) * SECOND,)


def test_the_wrong_zone_in_the_customers_copy(reading: Reading) -> None:
    """UTC and local side by side: the zone that the contract declares is checked by what they differ by."""
    text = "id,start,talk\nA,2026-10-05 09:00:00Z,60\n"
    assert rejected(reading(text, zone="Europe/Paris")) == [("CB303", 2)]


# --------------------------------------------------------------------------------------------- numbers and customers


def test_phone_numbers_mangled_by_a_spreadsheet(reading: Reading) -> None:
    text = "id,start,talk,caller\nA,2026-10-05 09:00:00,60,4.47900E+11\nB,2026-10-05 10:00:00,90,sip:33199000001@x\n"
    read = reading(text, columns={"customer": {"column": "caller", "phone": "true"}})
    assert (rejected(read), found(read, "customer")) == ([("CB325", 2)], [("33199000001@x",)])


def test_numbers_wrapped_in_quotes_and_prefixed(reading: Reading) -> None:
    text = (
        'id,start,talk,caller\nA,2026-10-05 09:00:00,60,"""33199000001"""\nB,2026-10-05 10:00:00,90,tel:+33199000002\n'
    )
    read = reading(text, columns={"customer": {"column": "caller", "phone": "true"}})
    assert found(read, "customer") == [('"33199000001"',), ("+33199000002",)]


# ------------------------------------------------------------------------------------------------------ spreadsheets


def sheet(*rows: list[Any], title: str = "Calls", more: str = "") -> bytes:
    book = Workbook()
    first = book.worksheets[0]
    first.title = title
    for row in rows:
        first.append(row)
    if more:
        book.create_sheet(more).append(["nothing"])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def test_serial_dates_and_day_fractions_off_the_second_in_binary(reading: Reading) -> None:
    rows = [["id", "start", "talk"], ["A", 46_300.3832291667, 0.000694444446], ["B", datetime(2026, 10, 5, 10), 0.5]]  # noqa: DTZ001 - a sheet has no zones
    columns = {
        "start": {"column": "start", "format": "excel", "snap": "1 s"},
        "talk": {"column": "talk", "unit": "day", "snap": "1 s"},
    }
    read = reading(sheet(*rows), "export.xlsx", columns=columns)
    assert rejected(read) == []
    assert found(read, "start", "talk") == [
        (DAY + 33_111 * SECOND, 60 * SECOND),
        (DAY + 36_000 * SECOND, 43_200 * SECOND),
    ]


def test_true_dates_and_times_take_the_form_that_the_source_declares(reading: Reading) -> None:
    rows = [["id", "day", "hour", "talk"], ["A", datetime(2026, 10, 5), time(9, 12, 30), timedelta(hours=26)]]  # noqa: DTZ001 - a sheet has no zones
    rows += [["B", "05/10/2026", 0.5, time(0, 1, 30)], [], ["C", "05/10/2026", "13:00:00", "0:00:05"]]
    columns = {
        "start": {"columns": ["day", "hour"], "format": "%d/%m/%Y %H:%M:%S"},
        "talk": {"column": "talk", "unit": "h:mm:ss"},
    }
    read = reading(sheet(*rows), "export.xlsx", columns=columns)
    assert rejected(read) == []
    assert found(read, "start", "talk") == [
        (DAY + 33_150 * SECOND, 93_600 * SECOND), (DAY + 43_200 * SECOND, 90 * SECOND),
        (DAY + 46_800 * SECOND, 5 * SECOND),
    ]  # fmt: skip


def test_a_sheet_says_the_row_of_a_reject(reading: Reading) -> None:
    rows = [["Report of October"], [], ["id", "start", "talk"], ["A", "2026-10-05 09:00:00", 60]]
    rows += [["B", "2026-10-05 10:00:00", "one\nminute"], [None], [3, True, 4.5]]
    assert rejected(reading(sheet(*rows), "export.xlsx", skip="1")) == [("CB304", 5), ("CB303", 7)]


def test_the_sheet_is_named_or_the_only_one(reading: Reading) -> None:
    rows = [["id", "start", "talk"], ["A", "2026-10-05 09:00:00", 60]]
    data = sheet(*rows, more="Notes")
    assert refused(lambda: reading(data, "export.xlsx")).code == "CB328"
    assert talks(reading(data, "export.xlsx", sheet="Calls")) == [60]
    assert refused(lambda: reading(data, "export.xlsx", sheet="Call")).help.startswith("did you mean `Calls`")


def test_formulas_by_their_cached_value_or_refused(reading: Reading) -> None:
    rows = [["id", "start", "talk"], ["A", "2026-10-05 09:00:00", "=30+30"]]
    problem = refused(lambda: reading(sheet(*rows), "export.xlsx"))
    assert problem.message == "the formula in C2 was saved without its value"


def test_a_sheet_without_a_row_and_a_broken_one(reading: Reading) -> None:
    assert refused(lambda: reading(sheet(), "export.xlsx")).code == "CB316"
    broken = io.BytesIO()
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("xl/workbook.xml", "<nothing/>")
    assert refused(lambda: reading(broken.getvalue(), "export.xlsx")).code == "CB321"


# ---------------------------------------------------------------------------------------------- archives, JSON lines


def test_gz_zip_and_a_zip_with_two_files(reading: Reading) -> None:
    def zipped(*names: str) -> bytes:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for name in names:
                archive.writestr(name, TWO)
        return data.getvalue()

    assert talks(reading(gzip.compress(TWO.encode()), "export.csv.gz")) == [60, 90]
    assert talks(reading(zipped("calls.csv"), "export.zip")) == [60, 90]
    assert "unpack it" in refused(lambda: reading(zipped("calls.csv", "events.csv"), "export.zip")).help


def test_json_lines(reading: Reading) -> None:
    text = '{"id": "A", "start": "2026-10-05 09:00:00", "Agent": {"talk": 60, "name": null}, "ok": true}\n\n'
    text += '{"id": "B", "start": "2026-10-05 10:00:00", "Agent": {"talk": 1.5e1}}\nnot json\n[1]\n'
    text += (
        '{"id": "C", "start": "2026-10-05 11:00:00", "Agent": {"talk": 5, "name": "O\\"Neil, \\n Al"}, "ok": ["x"]}\n'
    )
    columns = {"talk": {"column": "Agent.talk", "unit": "s"}, "agent": "Agent.name", "ok": "ok"}
    read = reading(text, "export.jsonl", columns=columns, form="json_lines")
    assert rejected(read) == [("CB304", 3), ("CB329", 4), ("CB329", 5)]
    assert found(read, "talk", "agent", "ok") == [(60 * SECOND, None, "true"), (5 * SECOND, 'O"Neil,   Al', '["x"]')]
    problem = refused(
        lambda: reading(
            text, "export.jsonl", columns={"talk": {"column": "Agent.tlak", "unit": "s"}}, form="json_lines"
        )
    )
    assert (problem.code, problem.message) == ("CB301", "no object of the file has `Agent.tlak`")


def test_a_file_that_is_not_there(reading: Reading, tmp_path: Path) -> None:
    read = reading(TWO)
    with pytest.raises(Unreachable):
        api.read_activity(read.contract, [tmp_path / "nothing.csv"])

"""Where a row stands in its file: exact lines and columns, however the file is written."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small import CALLS, contract_text

from callbill import api
from callbill.api import Read
from callbill.lines import SHOWN, line_place, raw_line, row_places, rows_at
from callbill.problems import Invalid, Place
from callbill.stage import Loaded
from callbill.staging import Dialect, Layout

HEADER = "id,start,talk,queue"
GOOD = "{n},2026-10-05T09:00:0{n}Z,60,sales"
BAD = "{n},2026-10-05T09:00:0{n}Z,x,sales"
FOUND = "24 CB304 talk x"
"""The bad cell stands at column 24 of its line."""


@pytest.fixture
def reading(tmp_path: Path) -> Callable[..., Read]:
    """Read one file of calls; settings of the source replace the usual ones."""
    opened = []

    def read(data: "str | bytes", **settings: Any) -> Read:
        path = tmp_path / "x.csv"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        source = {**CALLS, **{name: value for name, value in settings.items() if value is not None}}
        contract = api.load_contract(contract_text(activity={"calls": source}))
        opened.append(api.read_activity(contract, [str(path)], max_rejects="100%", threads=1))
        return opened[-1]

    yield read
    for one in opened:
        one.close()


@pytest.fixture
def rejects(reading: Callable[..., Read]) -> Callable[..., list[str]]:
    """`line:column code field value` of each reject of one file."""

    def told(data: "str | bytes", **settings: Any) -> list[str]:
        found = []
        for one in reading(data, **settings).activity.rejects:
            place = one.problem.place
            spot = f"{place.line}:{place.column}" if place.column else str(place.line)
            found.append(" ".join(part for part in (spot, one.problem.code, one.field, one.value) if part))
        return found

    return told


def lines(*rows: str, end: str = "\n", last: str = "\n") -> str:
    """Rows of a file with its header; `{n}` is the number of the row."""
    numbered = [row.format(n=n) for n, row in enumerate(rows, start=1)]
    return end.join([HEADER, *numbered]) + last


# Line ends.


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["end", ""])
def test_lines_are_counted_by_whatever_ends_them(rejects, end, last):
    text = lines(GOOD, BAD, GOOD, BAD, end=end, last=end if last else "")
    assert rejects(text) == [f"3:{FOUND}", f"5:{FOUND}"]


@pytest.mark.parametrize("ends", [("\n", "\r\n"), ("\r\n", "\n"), ("\r", "\n"), ("\n", "\r"), ("\r\n", "\r")])
def test_mixed_line_ends(rejects, ends):
    rows = [HEADER, *(row.format(n=n) for n, row in enumerate((GOOD, BAD, GOOD, BAD), start=1))]
    text = "".join(row + ends[n % 2] for n, row in enumerate(rows))
    assert rejects(text) == [f"3:{FOUND}", f"5:{FOUND}"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_count_and_are_no_rows(reading, rejects, end):
    text = lines("", GOOD, "", "", BAD, end=end, last=f"{end}{end}")
    assert rejects(text) == [f"6:{FOUND}"]
    assert reading(text).activity.read == 2


# Quotes.


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_quoted_line_end_before_a_row_moves_its_line(rejects, end):
    quoted = f'{{n}},2026-10-05T09:00:0{{n}}Z,60,"one{end}two{end}three"'
    assert rejects(lines(quoted, BAD, quoted, BAD, end=end)) == [f"5:{FOUND}", f"9:{FOUND}"]


def test_a_row_stands_where_it_begins(rejects):
    assert rejects(lines(GOOD, '{n},2026-10-05T09:00:02Z,x,"one\ntwo"')) == [f"3:{FOUND}"]


def test_a_cell_behind_a_quoted_line_end_has_no_column(rejects):
    source = {**CALLS["columns"], "queue": "start", "start": {"column": "queue", "format": "iso"}}
    assert rejects('id,start,talk,queue\n1,"a\nb",60,never\n', columns=source) == ["2 CB303 start never"]


def test_a_quoted_cell_is_pointed_at_with_its_quotes(reading):
    (reject,) = reading('id,start,talk,queue\n"1","2026-10-05T09:00:00Z","1,5","a ""b"", c"\n').activity.rejects
    place = reject.problem.place
    assert (place.column, place.width, place.source[place.column - 1 :][: place.width]) == (28, 5, '"1,5"')


WITHOUT_QUEUE = {name: one for name, one in CALLS["columns"].items() if name != "queue"}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_quoted_line_end_in_the_header(reading, rejects, end):
    text = lines(GOOD, BAD, end=end).replace("queue", f'"my{end}queue"')
    assert reading(text, columns=WITHOUT_QUEUE).activity.read == 2
    assert rejects(text, columns=WITHOUT_QUEUE) == [f"4:{FOUND}"]


@pytest.mark.parametrize("before", ['Report, "October\n', '"Report\n', '"Report, of\nOctober"\n'])
def test_quotes_in_the_lines_before_the_header_mean_nothing(reading, before):
    assert reading(before + lines(GOOD, GOOD, GOOD), skip=str(before.count("\n"))).activity.read == 3


def test_a_quote_in_the_line_before_the_first_row_means_nothing(reading):
    columns = {"id": "1", "start": {"column": "2", "format": "iso"}, "talk": {"column": "3", "unit": "s"}}
    text = '"Report\n' + lines(GOOD, GOOD, GOOD).partition("\n")[2]
    assert reading(text, header="false", skip="1", columns=columns).activity.read == 3


def test_a_quoted_line_end_in_the_name_of_a_column(reading):
    with pytest.raises(Invalid) as caught:
        reading(lines(GOOD).replace("queue", '"my\nqueue"'))
    assert [problem.code for problem in caught.value.problems] == ["CB301"]


def test_quotes_escaped_by_a_backslash(rejects):
    rows = ('{n},2026-10-05T09:00:01Z,60,"a \\" b, c"', BAD)
    assert rejects(lines(*rows), escape="backslash") == [f"3:{FOUND}"]


def test_a_file_without_quotes_takes_them_as_they_are(reading, rejects):
    text = lines('{n},2026-10-05T09:00:01Z,60,5" pipe', BAD)
    assert rejects(text, quote="") == [f"3:{FOUND}"]
    assert reading(text, quote="").activity.engine.rows("SELECT x_queue FROM stage_0 WHERE bad IS NULL") == [
        ('5" pipe',)
    ]


def test_another_quote(rejects):
    assert rejects(lines("{n},2026-10-05T09:00:01Z,60,'a, b'", BAD), quote="'") == [f"3:{FOUND}"]


# Lines that are no rows.


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_with_too_many_or_too_few_cells(rejects, end):
    text = lines(GOOD, "2,few", GOOD, GOOD + ",more", BAD, end=end)
    assert rejects(text) == ["3 CB308 2,few", "5 CB308 4,2026-10-05T09:00:04Z,60,sales,more", f"6:{FOUND}"]


def test_rows_with_too_few_cells_between_lone_carriage_returns(rejects):
    assert rejects(lines(GOOD, "2,few", BAD, end="\r", last="\r")) == ["3 CB308 2,few", f"4:{FOUND}"]


def test_bad_lines_do_not_shift_the_rows_after_them(reading, rejects):
    text = lines("few", "", "1,2,3,4,5", GOOD, "few", BAD)
    assert rejects(text) == ["2 CB308 few", "4 CB308 1,2,3,4,5", "6 CB308 few", f"7:{FOUND}"]
    assert (reading(text).activity.read, reading(text).activity.rejected) == (5, 4)


def test_a_quote_that_is_never_closed_stops_the_file(reading):
    with pytest.raises(Invalid) as caught:
        reading(lines(GOOD, '{n},2026-10-05T09:00:02Z,60,"sales', GOOD, GOOD))
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.file.endswith("x.csv"), problem.place.line, problem.place.column) == (
        "CB309", True, 3, 27,
    )  # fmt: skip


def test_a_quote_that_is_never_closed_after_a_line_that_is_no_row(reading):
    with pytest.raises(Invalid) as caught:
        reading(lines("few", GOOD, '{n},2026-10-05T09:00:03Z,60,"sales', GOOD))
    assert [(one.code, one.place.line) for one in caught.value.problems] == [("CB309", 4)]


def test_a_quote_that_is_never_closed_in_the_header(reading):
    with pytest.raises(Invalid) as caught:
        reading('id,start,talk,"queue\n' + "x" * 17_000_000)
    assert [(one.code, one.place.line) for one in caught.value.problems] == [("CB309", 1)]


def test_a_line_that_is_too_long_is_a_reject(rejects):
    assert [one[:7] for one in rejects(lines(GOOD, "{n}," + "x" * 17_000_000, GOOD))] == ["3 CB308"]


def test_a_quote_inside_a_quoted_cell_is_a_reject(rejects):
    assert rejects(lines(GOOD, '{n},2026-10-05T09:00:02Z,60,"a "b" c"', BAD))[-1] == f"4:{FOUND}"
    assert rejects(lines(GOOD, '{n},2026-10-05T09:00:02Z,60,"a "b" c"', BAD))[0].startswith("3 CB309")


# Encodings.


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
@pytest.mark.parametrize("header", ["true", "false"])
def test_a_mark_at_the_beginning_is_no_cell(reading, encoding, header):
    columns = {"id": "1", "start": {"column": "2", "format": "iso"}, "talk": {"column": "3", "unit": "s"}}
    text = lines(GOOD) if header == "true" else "1,2026-10-05T09:00:01Z,60,sales\n"
    read = reading(text.encode(encoding), header=header, columns=columns if header == "false" else None)
    assert read.activity.engine.rows("SELECT x_id FROM stage_0 WHERE bad IS NULL") == [("1",)]


def test_semicolons_commas_and_windows_letters(rejects):
    columns = {
        "id": "N°",
        "start": {"column": "Début", "format": "%d/%m/%Y %H:%M"},
        "talk": {"column": "Durée", "unit": "min"},
    }
    text = "N°;Début;Durée\nÉ1;05/10/2026 09:00;1,5\nÉ2;05/10/2026 09:00;1.5\n"
    settings = {"delimiter": ";", "encoding": "cp1252", "decimal": ",", "zone": "Europe/Paris", "columns": columns}
    assert rejects(text.encode("cp1252"), **settings) == ["3:21 CB304 talk 1.5"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_sixteen_bits(rejects, encoding):
    assert rejects(lines(GOOD, BAD).encode(encoding), encoding=encoding) == [f"3:{FOUND}"]


def test_wide_letters_before_a_cell_count_one_each(reading):
    (reject,) = reading(lines("Zoé-{n},2026-10-05T09:00:01Z,x,東京").replace("sales", "")).activity.rejects
    place = reject.problem.place
    assert (place.column, place.source[place.column - 1 :][: place.width]) == (28, "x")


def test_a_line_that_is_not_utf_8(rejects):
    text = (
        lines(GOOD, GOOD, BAD)
        .encode()
        .replace(b"2,2026-10-05T09:00:02Z,60,sales", b"2,2026-10-05T09:00:02Z,60,sal\xe9s")
    )
    assert [one.split(" ")[:2] for one in rejects(text)] == [["3:30", "CB310"], [f"4:{FOUND.split()[0]}", "CB304"]]


@pytest.mark.parametrize(
    ("data", "encoding", "where"),
    [
        (b"id,start,talk,queue\n1,2026-10-05T09:00:01Z,60,\x81\n", "cp1252", (2, 27)),
        (b"\xef\xbb\xbfid,start,talk,queue\n", "cp1252", (1, 0)),
        ("id,start,talk,queue\n".encode("utf-16-le"), "utf-16", (1, 0)),
        (b"id,st\xe9rt\n", "utf-8", (1, 6)),
    ],
)
def test_a_file_of_another_encoding(reading, data, encoding, where):
    with pytest.raises(Invalid) as caught:
        reading(data, encoding=encoding)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line, problem.place.column) == ("CB310", *where)


def test_a_nul_byte(reading):
    with pytest.raises(Invalid) as caught:
        reading(lines(GOOD, GOOD).encode().replace(b"2,2026", b"\x002,2026"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line) == ("CB322", 3)


def test_a_packed_file_is_counted_like_the_plain_one(rejects):
    text = lines('{n},2026-10-05T09:00:01Z,60,"one\ntwo"', BAD, "few")
    assert rejects(gzip.compress(text.encode())) == rejects(text) == [f"4:{FOUND}", "5 CB308 few"]


# Headers.


def test_lines_before_the_header(rejects):
    assert rejects("Report\n\nof October\n" + lines(GOOD, BAD), skip="3") == [f"6:{FOUND}"]


def test_positions_without_a_header(rejects):
    columns = {"id": "1", "start": {"column": "2", "format": "iso"}, "talk": {"column": "3", "unit": "s"}}
    text = "1,2026-10-05T09:00:01Z,60,sales\n2,2026-10-05T09:00:02Z,x,sales\n"
    assert rejects(text, header="false", columns=columns) == [f"2:{FOUND}"]
    assert rejects(f"Report\n{text}", header="false", columns=columns, skip="1") == [f"3:{FOUND}"]


# What is shown of a long line.


def test_a_long_line_is_shown_up_to_its_cell(reading):
    (reject,) = reading(lines("{n}" + "y" * 500 + ",2026-10-05T09:00:01Z,x," + "z" * 500)).activity.rejects
    place = reject.problem.place
    assert (place.column, len(place.source), place.source[523]) == (524, 525, "x")


def test_a_long_bad_line_is_cut(reading):
    (reject,) = reading(lines("y" * 500)).activity.rejects
    assert (len(reject.problem.place.source), len(reject.value)) == (SHOWN, 200)


# Places of records and of what is no file.


def test_where_records_stand(reading):
    source = reading(lines(GOOD, "few", '{n},2026-10-05T09:00:03Z,60,"a\nb"', GOOD)).sources["calls"]
    names = row_places(source, [2, 0, 1])
    assert {position: Path(name).name for position, name in names.items()} == {0: "x.csv:2", 1: "x.csv:4", 2: "x.csv:6"}
    assert rows_at(source.files[0], source.layout, []) == {}
    assert rows_at(source.files[0], source.layout, [99]) == {}


def test_what_is_no_file_has_rows_only():
    nothing = Loaded(None, "DataFrame", Layout("contact", Dialect(), ()), (), 0)
    assert rows_at(nothing, None, [3]) == {}
    assert raw_line(nothing, 5) == b""
    assert line_place(nothing, 5) == Place("DataFrame")

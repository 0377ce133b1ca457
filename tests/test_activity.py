"""Export files become records: which file is whose, what a cell counts as, rejects, hours of the clock, duplicates."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small import CALLS, contract_text, spots

from callbill import api
from callbill.activity import assigned
from callbill.api import Read
from callbill.problems import Invalid
from callbill.rejects import DRAWN

ISO = {"column": "start", "format": "iso"}
SECONDS = {"column": "talk", "unit": "s"}


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Callable[..., Read]]:
    """Read files of calls, each given as its text; settings of the source replace the usual ones."""
    opened = []

    def read(*texts: str, columns: "dict[str, Any] | None" = None, **settings: Any) -> Read:
        names = []
        for n, text in enumerate(texts):
            names.append(tmp_path / f"{chr(97 + n)}.csv")
            names[-1].write_bytes(text.encode())
        source = {**CALLS, **settings, "columns": columns or CALLS["columns"]}
        contract = api.load_contract(
            contract_text("[{id: f, label: F, model: flat, amount: 1}]", activity={"calls": source})
        )
        opened.append(api.read_activity(contract, names, max_rejects="100%", threads=1))
        return opened[-1]

    yield read
    for one in opened:
        one.close()


def rejects(read: Read) -> list[str]:
    """`file:line code field value` of each."""
    told = []
    for one in read.activity.rejects:
        place = one.problem.place
        told.append(f"{Path(place.file).stem}:{place.line} {one.problem.code} {one.field} {one.value}".rstrip())
    return told


def records(read: Read, *names: str) -> list[tuple[Any, ...]]:
    """The fields of every record, in the order of the files."""
    source = read.sources["calls"]
    listed = ", ".join(f"x_{name}" for name in names)
    return read.activity.engine.rows(f"SELECT {listed} FROM {source.relation} ORDER BY row")


def funnel(read: Read) -> tuple[int, int, int]:
    """Read, rejected, duplicates."""
    source = read.sources["calls"]
    return source.read, source.rejected, source.duplicates


def rows(*cells: str, header: str = "id,start,talk,queue") -> str:
    return "\n".join([header, *cells]) + "\n"


# Which source a file belongs to.


@pytest.mark.parametrize(
    ("names", "patterns", "expected"),
    [
        pytest.param(["a.csv", "b.csv"], {"calls": ()}, {"calls": ["a.csv", "b.csv"]}, id="the only source"),
        pytest.param(
            ["in/contacts-1.csv", "states.csv"],
            {"calls": ("contacts-*.csv",), "agents": ("s*.csv", "x")},
            {"calls": ["in/contacts-1.csv"], "agents": ["states.csv"]},
            id="by pattern",
        ),
        pytest.param(
            ["calls=a.csv", "agents=-"],
            {"calls": (), "agents": ()},
            {"calls": ["a.csv"], "agents": ["-"]},
            id="by name",
        ),
        pytest.param(["x=1.csv"], {"calls": ()}, {"calls": ["x=1.csv"]}, id="an equals sign in a file's name"),
        pytest.param([], {"calls": ()}, {"calls": []}, id="no file"),
    ],
)
def test_which_source_a_file_belongs_to(names, patterns, expected):
    assert assigned(names, patterns) == expected


@pytest.mark.parametrize(
    ("names", "patterns", "remedy"),
    [
        (["a.csv"], {"calls": (), "agents": ()}, "`calls=a.csv`"),
        (["a.csv"], {"calls": ("b*.csv",)}, "`calls=a.csv`"),
        (["a.csv"], {"calls": ("*.csv",), "agents": ("a*",)}, "`calls=a.csv`"),
        (["a.csv"], {}, "`calls=a.csv`"),
    ],
)
def test_a_file_of_no_source_or_of_several(names, patterns, remedy):
    with pytest.raises(Invalid) as caught:
        assigned(names, patterns)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.file) == ("CB317", "a.csv")
    assert remedy in problem.help


# What cells count as.


@pytest.mark.parametrize(
    ("unit", "cell", "micro"),
    [
        ("ms", "1500", 1_500_000),
        ("s", "75.5", 75_500_000),
        ("min", "1.25", 75_000_000),
        ("h", "0.5", 1_800_000_000),
        ("day", "0.5", 43_200_000_000),
        ("h:mm:ss", "1:02:03", 3_723_000_000),
        ("h:mm", "1:30", 5_400_000_000),
        ("mm:ss", "90:05", 5_405_000_000),
    ],
)
def test_every_unit_of_a_duration(reading, unit, cell, micro):
    read = reading(
        rows(f"1,2026-10-05T09:00:00Z,{cell},"), columns={**CALLS["columns"], "talk": {**SECONDS, "unit": unit}}
    )
    assert records(read, "talk") == [(micro,)]


def test_blanks_around_cells_are_nothing(reading):
    read = reading(rows(" 1\t,\u00a02026-10-05T09:00:00Z , 60\u202f,  new  york "))
    assert records(read, "id", "talk", "queue") == [("1", 60_000_000, "new  york")]


def test_words_that_mean_nothing(reading):
    read = reading(
        rows("1,2026-10-05T09:00:00Z,-,N/A"),
        nulls=["-", "N/A"],
        columns={**CALLS["columns"], "talk": {**SECONDS, "empty": "0"}},
    )
    assert records(read, "talk", "queue") == [(0, None)]


@pytest.mark.parametrize(("empty", "expected"), [({}, ["a:2 CB306 talk"]), ({"empty": "0"}, []), ({"empty": "5"}, [])])
def test_an_empty_duration_is_refused_unless_it_counts_as_something(reading, empty, expected):
    read = reading(rows("1,2026-10-05T09:00:00Z,,"), columns={**CALLS["columns"], "talk": {**SECONDS, **empty}})
    assert rejects(read) == expected


def test_an_empty_cell_counts_as_whole_units(reading):
    columns = {**CALLS["columns"], "talk": {**SECONDS, "empty": "5"}}
    assert records(reading(rows("1,2026-10-05T09:00:00Z,,"), columns=columns), "talk") == [(5_000_000,)]


def test_a_blurred_duration_may_be_snapped(reading):
    columns = {**CALLS["columns"], "talk": {"column": "talk", "unit": "day", "snap": "1 s"}}
    assert records(reading(rows("1,2026-10-05T09:00:00Z,0.000694444444,"), columns=columns), "talk") == [(60_000_000,)]


def test_a_moment_from_two_columns(reading):
    columns = {**CALLS["columns"], "start": {"columns": ["day", "hour"], "format": "%d/%m/%Y %H:%M"}}
    text = rows("1,05/10/2026,09:00,60,a", "2,05/10/2026,,60,a", header="id,day,hour,talk,queue")
    read = reading(text, columns=columns, zone="Europe/Paris")
    assert records(read, "start") == [(1_791_183_600_000_000,)]
    assert rejects(read) == ["a:3 CB303 start 05/10/2026"]


@pytest.mark.parametrize("start", ["1970-01-02T00:00:00+05:00", "2199-12-31T23:59:59-05:00", "1969-12-31T00:00:00Z"])
def test_a_moment_before_and_after_all_others_is_refused(reading, start):
    assert rejects(reading(rows(f"1,{start},60,a"))) == [f"a:2 CB303 start {start}"]


def test_one_row_may_have_several_faults(reading):
    assert rejects(reading(rows(",2026-10-05,x,a"))) == [
        "a:2 CB306 id",
        "a:2 CB303 start 2026-10-05",
        "a:2 CB304 talk x",
    ]


def test_rejects_are_counted_by_row_and_told_by_cell(reading):
    read = reading(rows(",2026-10-05,x,a", "2,2026-10-05T09:00:00Z,60,a"))
    assert (funnel(read), read.activity.rejected, read.activity.read) == ((2, 1, 0), 1, 2)


def test_a_file_without_rows(reading):
    assert funnel(reading(rows())) == (0, 0, 0)
    with pytest.raises(Invalid) as caught:
        reading("")
    assert [problem.code for problem in caught.value.problems] == ["CB316"]
    with pytest.raises(Invalid) as caught:
        reading("\n\n")
    assert [problem.code for problem in caught.value.problems] == ["CB316"]


def test_a_file_without_a_header_may_be_empty(reading):
    columns = {"id": "1", "start": {"column": "2", "format": "iso"}}
    assert funnel(reading("", header="false", columns=columns)) == (0, 0, 0)


# Headers.


@pytest.mark.parametrize(
    ("header", "expected", "hint"),
    [
        ("id,start,talks,queue", "CB301", "`talk`"),
        ("id,start,talk,talk,queue", "CB302", "`talk (1)` is the first"),
        ("id;start;talk;queue", "CB301", 'delimiter: ";"'),
        ("id\tstart\ttalk\tqueue", "CB301", 'delimiter: "\\t"'),
        ("just one", "CB301", "declare its delimiter"),
    ],
)
def test_a_header_that_does_not_fit(reading, header, expected, hint):
    with pytest.raises(Invalid) as caught:
        reading(rows(header=header))
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line) == (expected, 1)
    assert hint in problem.help + problem.message


def test_a_file_of_one_column(reading):
    read = reading("start\n2026-10-05T09:00:00Z\n", columns={"start": ISO}, id="none")
    assert funnel(read) == (1, 0, 0)


def test_a_position_that_is_not_there(reading):
    columns = {"id": "1", "start": {"column": "5", "format": "iso"}}
    with pytest.raises(Invalid) as caught:
        reading("1,2026-10-05T09:00:00Z\n", header="false", columns=columns)
    assert [(one.code, one.place.line) for one in caught.value.problems] == [("CB301", 1)]


def test_the_problems_of_every_source_at_once(tmp_path):
    contract = api.load_contract(contract_text(activity={"calls": CALLS, "others": CALLS}))
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("id,start\n")
    with pytest.raises(Invalid) as caught:
        api.read_activity(contract, {"calls": str(tmp_path / "a.csv"), "others": str(tmp_path / "b.csv")})
    assert [(one.code, Path(one.place.file).name) for one in caught.value.problems] == [
        ("CB301", "a.csv"), ("CB301", "a.csv"), ("CB301", "b.csv"), ("CB301", "b.csv"),
    ]  # fmt: skip


# Several files.


def test_rejects_of_several_files_are_told_file_by_file(reading):
    read = reading(
        rows("1,2026-10-05T09:00:00Z,60,a", "2,2026-10-05T09:00:00Z,x,a"), rows("3,2026-10-05T09:00:00Z,y,a")
    )
    assert funnel(read) == (3, 2, 0)
    assert sorted(rejects(read)) == ["a:3 CB304 talk x", "b:2 CB304 talk y"]


def test_rejects_keep_the_order_of_the_files(reading):
    read = reading(
        rows("1,2026-10-05T09:00:00Z,60,a", "2,2026-10-05T09:00:00Z,x,a"), rows("3,2026-10-05T09:00:00Z,y,a")
    )
    assert rejects(read) == ["a:3 CB304 talk x", "b:2 CB304 talk y"]


def test_many_bad_lines_are_told_without_their_text(reading):
    read = reading(rows(*["few"] * (DRAWN + 2)))
    shown = [bool(one.problem.place.source) for one in read.activity.rejects]
    assert (funnel(read)[1], shown.count(True), shown.count(False)) == (DRAWN + 2, DRAWN, 2)
    assert read.activity.rejects[-1].problem.place.line == DRAWN + 3


# The hours that a zone repeats or skips.

AUTUMN = rows("1,2026-10-25T01:30:00,60,a", "2,2026-10-25T02:30:00,60,a", "3,2026-10-25T03:30:00,60,a")
SPRING = rows("1,2026-03-29T01:30:00,60,a", "2,2026-03-29T02:30:00,60,a", "3,2026-03-29T03:30:00,60,a")


def utc(read: Read) -> list[str]:
    from datetime import UTC, datetime

    return [f"{datetime.fromtimestamp(start // 1_000_000, UTC):%d %H:%M}" for (start,) in records(read, "start")]


@pytest.mark.parametrize(
    ("repeated", "expected", "refused"),
    [
        ({}, ["24 23:30", "25 02:30"], ["a:3 CB312 start 2026-10-25T02:30:00"]),
        ({"repeated_hour": "first"}, ["24 23:30", "25 00:30", "25 02:30"], []),
        ({"repeated_hour": "second"}, ["24 23:30", "25 01:30", "25 02:30"], []),
    ],
)
def test_a_moment_of_the_repeated_hour(reading, repeated, expected, refused):
    read = reading(AUTUMN, zone="Europe/Paris", **repeated)
    assert (utc(read), rejects(read)) == (expected, refused)


@pytest.mark.parametrize(
    ("missing", "expected", "refused"),
    [
        ({}, ["29 00:30", "29 01:30"], ["a:3 CB313 start 2026-03-29T02:30:00"]),
        ({"missing_hour": "shift"}, ["29 00:30", "29 01:30", "29 01:30"], []),
    ],
)
def test_a_moment_of_the_missing_hour(reading, missing, expected, refused):
    read = reading(SPRING, zone="Europe/Paris", **missing)
    assert (utc(read), rejects(read)) == (expected, refused)


def test_a_moment_of_the_repeated_hour_in_its_own_form(reading):
    columns = {**CALLS["columns"], "start": {"column": "start", "format": "%d/%m/%Y %H:%M"}}
    read = reading(rows("1,25/10/2026 02:30,60,a"), columns=columns, zone="Europe/Paris")
    assert rejects(read) == ["a:2 CB312 start 25/10/2026 02:30"]


def test_a_moment_beside_one_of_the_repeated_hour_may_be_empty(reading):
    columns = {**CALLS["columns"], "sold": {"column": "queue", "format": "iso"}}
    del columns["queue"]
    read = reading(rows("1,2026-10-25T02:30:00,60,"), columns=columns, zone="Europe/Paris")
    assert rejects(read) == ["a:2 CB312 start 2026-10-25T02:30:00"]


def test_moments_of_years_of_changes(reading):
    days = [
        f"{n},{year}-{month}-15T12:00:00,60,a"
        for n, (year, month) in enumerate([(1980, "07"), (2026, "01"), (2030, "07")])
    ]
    assert utc(reading(rows(*days), zone="Europe/Paris")) == ["15 10:00", "15 11:00", "15 10:00"]


# Durations from one moment to another.

SPAN = {"id": "id", "start": ISO, "end": {"column": "end", "format": "iso"}, "talk": {"from": "start", "to": "end"}}


def test_a_duration_between_two_moments(reading):
    text = rows("1,2026-10-05T09:00:00Z,2026-10-05T11:01:00+02:00", header="id,start,end")
    assert records(reading(text, columns=SPAN), "talk") == [(60_000_000,)]


def test_a_duration_over_the_change_of_the_clock(reading):
    text = rows("1,2026-10-25T01:30:00,2026-10-25T03:30:00", header="id,start,end")
    assert records(reading(text, columns=SPAN, zone="Europe/Paris"), "talk") == [(3 * 3_600_000_000,)]


def test_an_end_before_its_start_is_refused(reading):
    text = rows("1,2026-10-05T09:00:00Z,2026-10-05T08:59:59Z", header="id,start,end")
    read = reading(text, columns=SPAN)
    assert rejects(read) == ["a:2 CB311 talk 2026-10-05T08:59:59Z"]
    assert (
        "`2026-10-05T08:59:59Z` comes before `start` `2026-10-05T09:00:00Z`" in read.activity.rejects[0].problem.message
    )


def test_of_several_negative_durations_one_is_told(reading):
    columns = {**SPAN, "wrap": {"from": "start", "to": "end"}}
    text = rows("1,2026-10-05T09:00:00Z,2026-10-05T08:59:59Z", header="id,start,end")
    assert len(rejects(reading(text, columns=columns))) == 1


def test_the_span_that_is_negative_is_told(reading):
    columns = {**SPAN, "answered": {"column": "answered", "format": "iso"}, "wait": {"from": "start", "to": "answered"}}
    text = rows("1,2026-10-05T09:00:00Z,2026-10-05T09:00:09Z,2026-10-05T08:59:59Z", header="id,start,end,answered")
    assert rejects(reading(text, columns=columns)) == ["a:2 CB311 wait 2026-10-05T08:59:59Z"]


# Agent states.

STATES = {
    "record": "agent_state",
    "columns": {"agent": "agent", "start": ISO, "state": "state", "duration": {"column": "talk", "unit": "s"}},
    "agent_states": {"ready": "Ready", "pause": ["Pause", "Lunch"], "logged_in": ["Ready", "Pause"]},
}


def test_each_row_is_time_in_the_states_that_its_word_belongs_to(reading):
    text = rows("A1,2026-10-05T09:00:00Z,Ready,60", "A1,2026-10-05T09:01:00Z,Lunch,30", header="agent,start,state,talk")
    assert records(reading(text, **STATES), "ready", "pause", "logged_in") == [
        (60_000_000, 0, 60_000_000),
        (0, 30_000_000, 0),
    ]


def test_a_state_that_is_not_in_the_contract_is_refused(reading):
    text = rows("A1,2026-10-05T09:00:00Z,Chat,60", ",2026-10-05T09:00:00Z,Ready,60", header="agent,start,state,talk")
    assert rejects(reading(text, **STATES)) == ["a:2 CB307 state Chat", "a:3 CB306 agent"]


def test_a_state_may_last_from_one_moment_to_another(reading):
    columns = {
        "agent": "agent",
        "start": ISO,
        "end": {"column": "end", "format": "iso"},
        "state": "state",
        "duration": {"from": "start", "to": "end"},
    }
    text = rows("A1,2026-10-05T09:00:00Z,2026-10-05T09:01:00Z,Ready", header="agent,start,end,state")
    assert records(reading(text, **{**STATES, "columns": columns}), "ready", "duration") == [(60_000_000, 60_000_000)]


# Duplicates.

ONE = "1,2026-10-05T09:00:00Z,60,a"


def test_equal_rows_of_one_id_are_one_record(reading):
    read = reading(rows(ONE, ONE, "2,2026-10-05T09:00:00Z,60,a"), rows(ONE))
    assert (funnel(read), records(read, "id")) == ((4, 0, 2), [("1",), ("2",)])


def test_the_same_moment_in_another_offset_is_equal(reading):
    assert funnel(reading(rows(ONE, "1,2026-10-05T11:00:00+02:00,60.0,a"))) == (2, 0, 1)


def test_rows_of_one_id_that_differ_are_refused(reading):
    with pytest.raises(Invalid) as caught:
        reading(rows(ONE, "2,2026-10-05T09:00:00Z,60,a"), rows("1,2026-10-05T09:00:00Z,61,a"))
    (problem,) = caught.value.problems
    assert (problem.code, Path(problem.place.file).name, problem.place.line) == ("CB314", "b.csv", 2)
    assert "a.csv:2" in problem.message


def test_a_rejected_row_is_no_duplicate(reading):
    assert funnel(reading(rows(ONE, "1,2026-10-05T09:00:00Z,x,a"))) == (2, 1, 0)


LATEST = {
    "columns": {**CALLS["columns"], "updated": {"column": "updated", "format": "iso"}},
    "duplicates": {"latest_by": "updated"},
}


@pytest.mark.parametrize(
    ("updates", "talk"),
    [
        (("2026-10-05T10:00:00Z", "2026-10-05T11:00:00Z"), 2),
        (("2026-10-05T11:00:00Z", "2026-10-05T10:00:00Z"), 1),
        (("", "2026-10-05T10:00:00Z"), 2),
        (("2026-10-05T10:00:00Z", ""), 1),
    ],
)
def test_the_row_with_the_latest_moment_wins(reading, updates, talk):
    texts = [f"1,2026-10-05T09:00:00Z,{n},a,{update}" for n, update in enumerate(updates, start=1)]
    read = reading(rows(*texts, header="id,start,talk,queue,updated"), **LATEST)
    assert (funnel(read), records(read, "talk")) == ((2, 0, 1), [(talk * 1_000_000,)])


def test_two_latest_rows_that_differ_are_refused(reading):
    texts = [f"1,2026-10-05T09:00:00Z,{talk},a,2026-10-05T1{hour}:00:00Z" for talk, hour in ((1, 0), (2, 1), (3, 1))]
    with pytest.raises(Invalid) as caught:
        reading(rows(*texts, header="id,start,talk,queue,updated"), **LATEST)
    assert [(one.code, one.place.line) for one in caught.value.problems] == [("CB314", 4)]


def test_the_row_with_the_highest_number_wins(reading):
    columns = {**CALLS["columns"], "version": {"column": "version", "number": "true"}}
    text = rows("1,2026-10-05T09:00:00Z,1,a,10", "1,2026-10-05T09:00:00Z,2,a,9", header="id,start,talk,queue,version")
    read = reading(text, columns=columns, duplicates={"latest_by": "version"})
    assert records(read, "talk") == [(1_000_000,)]


def test_an_id_of_several_columns(reading):
    text = rows(
        "1,2026-10-05T09:00:00Z,60,a,x",
        "1,2026-10-05T09:00:00Z,60,a,y",
        "1,2026-10-05T09:00:00Z,60,a,y",
        header="id,start,talk,queue,leg",
    )
    columns = {name: one for name, one in CALLS["columns"].items() if name != "id"}
    assert funnel(reading(text, columns=columns, id=["id", "leg"])) == (3, 0, 1)
    assert funnel(reading(text, columns=columns, id=["queue", "talk"])) == (3, 0, 2)


def test_without_an_id_every_row_is_a_record(reading):
    assert funnel(reading(rows(ONE, ONE), id="none")) == (2, 0, 0)


def test_agent_states_are_known_by_their_words_and_their_start(reading):
    same = "A1,2026-10-05T09:00:00Z,Ready,60"
    read = reading(rows(same, same, "A2,2026-10-05T09:00:00Z,Ready,60", header="agent,start,state,talk"), **STATES)
    assert funnel(read) == (3, 0, 1)
    with pytest.raises(Invalid) as caught:
        reading(rows(same, "A1,2026-10-05T09:00:00Z,Ready,61", header="agent,start,state,talk"), **STATES)
    assert spots(caught.value) == ["CB314"]

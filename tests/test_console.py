"""How a problem is drawn, and when there is colour: everything reads without it."""

import csv
import io
import json
import re
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbill import console
from callbill.console import colored, draw, rejects_csv, report, waiting, width
from callbill.problems import Place, Problem
from callbill.stage import Reject


def problem(code: str = "CB210", message: str = "`x` is not a number", **more: Any) -> Problem:
    return Problem(code, message, more.pop("help", "write `1`"), **more)


def lines(one: Problem) -> list[str]:
    return draw(one, color=False).splitlines()


def marked(one: Problem) -> str:
    """What stands above the caret, by the columns of a terminal."""
    _, _, _, source, caret, _ = lines(one)
    first, last = caret.index("^"), caret.rindex("^")
    column, found = 0, ""
    for char in source:
        cells = 2 if unicodedata.east_asian_width(char) in "WF" else 0 if unicodedata.combining(char) else 1
        found += char if first <= column <= last and cells else ""
        column += cells
    return found


# ----------------------------------------------------------------------------------------------------- one problem


def test_a_problem_is_what_where_and_what_to_write() -> None:
    place = Place("c.yaml", 12, 10, "  price: 0,30", 4)
    assert lines(problem("CB211", "`0,30` has a decimal comma", help="write `0.30`", place=place)) == [
        "error[CB211]: `0,30` has a decimal comma",
        "  --> c.yaml:12:10",
        "   |",
        "12 |   price: 0,30",
        "   |          ^^^^",
        "help: write `0.30`",
    ]


def test_a_place_may_be_a_line_a_file_or_nothing() -> None:
    assert lines(problem(place=Place("a.csv", 3, 0, "B-1,2"))) == [
        "error[CB210]: `x` is not a number", " --> a.csv:3", "  |", "3 | B-1,2", "help: write `1`",
    ]  # fmt: skip
    assert lines(problem(place=Place("a.csv")))[1:] == [" --> a.csv", "help: write `1`"]
    assert lines(problem(place=Place("a.csv", 3, 0, "  ")))[1:] == [" --> a.csv:3", "help: write `1`"]
    assert lines(problem(place=Place("", 3)))[1:] == ["help: write `1`"]
    assert lines(problem(help="")) == ["error[CB210]: `x` is not a number"]


@pytest.mark.parametrize(
    ("source", "column", "wide"),
    [
        ("price: １２ EUR", 8, 2),
        ("名前: abc # x", 5, 3),
        ("e\u0301te\u0301: abc # x", 8, 3),
        ("😀: abc # x", 4, 3),
        ("\ta:\tabc # x", 5, 3),
        ("x" * 300 + " abc " + "y" * 300, 302, 3),
        ("名" * 300 + " abc " + "y" * 300, 302, 3),
        ("abc" + "y" * 300, 1, 3),
        ("y" * 300 + "abc", 301, 3),
    ],
)
def test_the_caret_stands_under_what_it_means(source: str, column: int, wide: int) -> None:
    one = problem(place=Place("c.yaml", 1, column, source, wide))
    assert source[column - 1 :][:wide] == marked(one)
    assert max(len(line) for line in lines(one)) <= 120


def test_a_caret_may_stand_behind_the_line() -> None:
    one = lines(problem(place=Place("a.csv", 3, 5, "B-1,")))
    assert one[3:5] == ["3 | B-1,", "  |     ^"]
    assert lines(problem(place=Place("a.csv", 3, 99, "B-1, ", 9)))[3:5] == ["3 | B-1,", "  |     ^"]


def test_an_export_cannot_write_to_the_terminal() -> None:
    one = problem(
        message="`\x1b[2J\n\r\u202eevil` is not a number", help="\x07", place=Place("\x1b.csv", 1, 1, "\x1b[31m\x9b", 3)
    )
    for text in (draw(one, color=False), report([one], "concise", color=False)):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert "`�[2J���evil` is not a number" in draw(one, color=False)


def test_a_long_value_is_quoted_in_part() -> None:
    text = draw(problem(message=f"`{'x' * 500}` is not a number, but `{'y' * 20}` is"), color=False)
    assert f"`{'x' * 59}…` is not a number, but `{'y' * 20}` is" in text


@given(
    st.text(max_size=40),
    st.text(max_size=400),
    st.integers(0, 500),
    st.integers(1, 500),
)
def test_any_problem_can_be_drawn(message: str, source: str, column: int, wide: int) -> None:
    one = problem(message=message, place=Place("f", 1, column, source, wide))
    drawn = draw(one, color=False).split("\n")
    assert len(drawn) in (3, 5, 6)
    assert all(len(line) <= 240 for line in drawn)
    assert re.sub("\x1b\\[[0-9;]*m", "", draw(one, color=True)) == draw(one, color=False)


def test_colour_only_paints() -> None:
    one = problem(place=Place("c.yaml", 1, 4, "a: x"), severity="warning")
    text = draw(one, color=True)
    assert "\x1b[1;33mwarning[CB210]\x1b[0m" in text
    assert "\x1b[1;33m^\x1b[0m" in text
    assert "\x1b[1;36mhelp\x1b[0m" in text
    assert "\x1b[1;31merror" in draw(problem(), color=True)


# -------------------------------------------------------------------------------------------------- many problems


def rows(count: int, file: str = "a.csv", code: str = "CB305") -> list[Problem]:
    return [problem(code, place=Place(file, n)) for n in range(1, count + 1)]


def test_of_rows_alike_three_are_drawn_and_the_others_counted() -> None:
    summary = problem("CB318", "8 of 9 rows were rejected")
    text = report([*rows(5), *rows(4, code="CB303"), *rows(1, "b.csv"), summary], "full", color=False)
    assert text.count("error[CB305]") == 4
    assert text.count("error[CB303]") == 3
    more = ["… and 2 more rows like these in a.csv (CB305)", "… and 1 more row like these in a.csv (CB303)"]
    assert [block for block in text.split("\n\n") if block.startswith("…")] == more
    assert text.index("error[CB318]") > text.index(more[1]), "the sum comes last"


def test_of_other_problems_every_one_is_drawn() -> None:
    assert report(rows(9, code="CB201"), "full", color=False).count("error[CB201]") == 9


def test_concise_is_a_line_a_problem() -> None:
    found = [problem(place=Place("c.yaml", 3, 4, "x")), problem(place=Place("c.yaml")), problem(severity="warning")]
    assert report(found, "concise", color=True) == (
        "c.yaml:3:4: error[CB210] `x` is not a number\n"
        "c.yaml: error[CB210] `x` is not a number\n"
        "callbill: warning[CB210] `x` is not a number\n"
    )
    assert report(rows(9), "concise", color=False).count("\n") == 9


def test_json_holds_everything() -> None:
    one = problem(path=("charges", 0), place=Place("é.yaml", 3, 4, "x" * 500, 2))
    assert json.loads(report([one, problem()], "json", color=True)) == [
        {
            "code": "CB210", "severity": "error", "message": "`x` is not a number", "help": "write `1`",
            "path": ["charges", 0],
            "place": {"file": "é.yaml", "line": 3, "column": 4, "source": "x" * 500, "width": 2},
        },
        {
            "code": "CB210", "severity": "error", "message": "`x` is not a number", "help": "write `1`", "path": [],
            "place": None,
        },
    ]  # fmt: skip


def test_rejects_are_a_table() -> None:
    found = [
        Reject("talk", 'a "b",\nc', problem("CB304", place=Place("a.csv", 3, 5))),
        Reject("", "", problem("CB308")),
    ]
    assert list(csv.reader(io.StringIO(rejects_csv(found)))) == [
        ["file", "line", "column", "field", "value", "code", "reason", "help"],
        ["a.csv", "3", "5", "talk", 'a "b",\nc', "CB304", "`x` is not a number", "write `1`"],
        ["", "0", "0", "", "", "CB308", "`x` is not a number", "write `1`"],
    ]


# ------------------------------------------------------------------------------------------------------- terminals


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "stream", "environment", "expected"),
    [
        ("auto", Screen(), {}, True),
        ("auto", io.StringIO(), {}, False),
        ("auto", Screen(), {"NO_COLOR": "1"}, False),
        ("auto", Screen(), {"NO_COLOR": ""}, True),
        ("auto", Screen(), {"TERM": "dumb"}, False),
        ("always", io.StringIO(), {"NO_COLOR": "1", "TERM": "dumb"}, True),
        ("never", Screen(), {}, False),
    ],
)
def test_when_there_is_colour(
    choice: Any, stream: Any, environment: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert colored(stream, choice) is expected


def test_only_a_terminal_has_a_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "57")
    assert (width(Screen()), width(io.StringIO())) == (57, None)


def test_nothing_moves_in_a_pipe_nor_in_the_first_second(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (io.StringIO(), Screen()):
        monkeypatch.setattr(sys, "stderr", stream)
        with waiting("reading"):
            pass
        assert stream.getvalue() == ""


def test_a_bar_moves_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []

    class Slow:
        def wait(self, seconds: float | None = None) -> bool:
            waits.append(seconds)
            return len(waits) > 2

    class Half:
        def tell_progress(self) -> None: ...

        def progress(self) -> int:
            return 50

    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    console._show("reading the activity", [Half()], Slow())  # type: ignore[arg-type]  # all that is asked of an event
    assert waits == [1, 1, 1]
    assert "reading the activity" in screen.getvalue()

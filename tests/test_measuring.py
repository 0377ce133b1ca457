"""Windows of KPIs, KPI files and results of earlier months: what they are worth, and what is told when they do not fit.

`test_kpis` is about KPIs themselves; `test_adjusting` about what a clause makes of their values.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from figures import _measured as measured
from small import TOP, read

import callbill
from callbill import Invalid, Invoice, kpis
from callbill.source import emit, parse

Q = "{kpi: quality_score, source: kpi_file}"
SPEED = "{kpi: speed_of_answer, formula: of_answered}"
TWO = "{kpi: speed_of_answer, formula: of_answered, measured: {periods: 2}}"
HEAD = "kpi,period,numerator,denominator,value\n"
CALLS = "id,start,customer,state,wait\n"
SEPTEMBER = "1,2026-09-07T09:00:00Z,A,answered,6\n2,2026-09-08T09:00:00Z,B,answered,9\n"
OCTOBER = "3,2026-10-05T09:00:00Z,A,answered,30\n"
DAILY = HEAD + "".join(f"q,2026-10-{day:02d},8,10,\n" for day in range(1, 32))
COUNTED = "scale: [{below: -1000, amount: 1}, {amount: 0}]"
"""A scale that no value of these tests moves."""


def billed(
    folder: Path, kpi: str, rows: "str | bytes | None" = None, *, calls: str | None = None, clause: str = COUNTED,
    on: str = "2026-10", history: Iterable[Path] = (), source: Mapping[str, Any] = measured.CONTACTS, **more: Any,
) -> Invoice:  # fmt: skip
    """The invoice of a fee of 100 with one KPI, one clause, and the files given."""
    contract = {
        **measured.TOP, **more, "activity": {} if calls is None else {"calls": source}, "kpis": {"q": read(kpi)},
        "charges": [{"id": "fee", "label": "Fee", "model": "flat", "amount": "100"}],
        "bonus_malus": [{"id": "c", "label": "Clause", "kpi": "q", **read(f"{{{clause}}}")}],
    }  # fmt: skip
    files = []
    if rows is not None:
        files = [folder / "kpis.csv"]
        files[0].write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    activity = {}
    if calls is not None:
        activity = {"calls": folder / "calls.csv"}
        activity["calls"].write_text(calls, "utf-8")
    agreed = callbill.load_contract(emit(contract).encode())
    with callbill.read_activity(agreed, activity, threads=1, kpis=files, history=list(history)) as found:
        return callbill.bill(agreed, found, on)


def value(invoice: Invoice) -> tuple[Fraction, Fraction | None, Fraction | None]:
    """Numerator, denominator and exact value of the only KPI."""
    (one,) = invoice.kpis
    return one.numerator, one.denominator, one.value


def told(caught: pytest.ExceptionInfo[Invalid]) -> list[str]:
    """Each problem as `code line:column `what is marked`: message; help`; 0 is a whole line or file."""
    found = []
    for one in caught.value.problems:
        place = one.place
        assert place is not None
        marked = place.source[place.column - 1 : place.column - 1 + place.width] if place.column else ""
        found.append(f"{one.code} {place.line}:{place.column} `{marked}`: {one.message}; {one.help}")
    return found


# ------------------------------------------------------------------------------------------------------ KPI files

PERIODS = "write a month `2026-10`, a quarter `2026-Q4`, a week `2026-W40` or a day `2026-10-31`"
EITHER = "a row gives numerator and denominator, or a value; write `numerator,denominator,` or `,,value`"
FIRST_LINE = "its first line is `kpi,period,numerator,denominator,value`"


@pytest.mark.parametrize(("text", "expected"), [
    pytest.param(b"", [f"CB316 0:0 ``: the file is empty; {FIRST_LINE}"], id="an empty file"),
    pytest.param(
        (HEAD + "qualité,2026-10,1,2,\n").encode("latin-1"),
        ["CB343 0:0 ``: the KPI file is not UTF-8; save it as CSV UTF-8"],
        id="saved as the old Excel does",
    ),
    pytest.param(
        b"kpi;period;value\nq;2026-10;80\n",
        ["CB343 1:1 `kpi;period;value`: the cells of a KPI file stand between commas; write `,` instead of `;`"],
        id="semicolons",
    ),
    pytest.param(
        b"kpi,periode,value\nq,2026-10,80\n",
        [
            "CB343 1:1 `kpi,periode,value`: `periode` is not a column of a KPI file; did you mean `period`? known:"
            " `kpi`, `period`, `numerator`, `denominator`, `value`",
            f"CB343 1:1 `kpi,periode,value`: the KPI file has no column `period`; {FIRST_LINE}",
        ],
        id="a header misspelt",
    ),
    pytest.param(
        (HEAD + "Q,2026-10,1,2,\n").encode(),
        ["CB344 2:1 `Q`: `Q` is not a KPI of the contract; did you mean `q`? known: `q`"],
        id="a KPI in capitals",
    ),
    pytest.param(
        (HEAD + "q,10/2026,1,2,\nq,2026-10-32,1,2,\nq,2026-W54,1,2,\n").encode(),
        [
            f"CB344 2:3 `10/2026`: `10/2026` is not a period; {PERIODS}",
            f"CB344 3:3 `2026-10-32`: `2026-10-32` is not a period; {PERIODS}",
            f"CB344 4:3 `2026-W54`: `2026-W54` is not a period; {PERIODS}",
        ],
        id="periods as people write them",
    ),
    pytest.param(
        (HEAD + "q,2026-10,eighty,100,\n").encode(),
        [
            "CB344 2:11 `eighty`: `eighty` is not a number; write digits with a dot for decimals, such as `1234.50`",
        ],
        id="a number in words",
    ),
    pytest.param(
        (HEAD + 'q,2026-10,"80,5",100,\n').encode(),
        ["CB344 2:0 ``: `80,5` has a decimal comma; write `80.5`"],
        id="a decimal comma between quotes, where a column cannot be told",
    ),
    pytest.param((HEAD + "q,2026-10,80,,\n").encode(), [f"CB344 2:0 ``: {EITHER}"], id="no denominator"),
    pytest.param((HEAD + "q,2026-10,,100,\n").encode(), [f"CB344 2:0 ``: {EITHER}"], id="no numerator"),
    pytest.param((HEAD + "q,2026-10,,,\n").encode(), [f"CB344 2:0 ``: {EITHER}"], id="no number at all"),
    pytest.param((HEAD + "q,2026-10,80,100,80\n").encode(), [f"CB344 2:0 ``: {EITHER}"], id="both ways at once"),
    pytest.param(
        (HEAD + "q,2026-10,80,-100,\n").encode(),
        ["CB344 2:0 ``: the denominator is below zero; write how many there were"],
        id="a denominator below zero",
    ),
    pytest.param((HEAD + "q\n").encode(), [f"CB344 2:0 ``: `` is not a period; {PERIODS}"], id="a row cut off"),
])  # fmt: skip
def test_a_kpi_file_that_does_not_fit_is_told_at_its_cell(text: bytes, expected: list[str], tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, Q, text)
    assert told(caught) == expected
    assert {Path(one.place.file).name for one in caught.value.problems if one.place} == {"kpis.csv"}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_any_system_ends_them(ends: str, tmp_path: Path) -> None:
    assert value(billed(tmp_path, Q, (HEAD + "q,2026-10,80,100,\n").replace("\n", ends))) == (80, 100, 80)


def test_a_kpi_that_the_contract_counts_itself_is_no_row_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, SPEED, HEAD + "q,2026-10,1,2,\nspeed,2026-10,1,2,\n", calls=CALLS + OCTOBER)
    assert told(caught) == [
        "CB344 2:1 `q`: the contract measures `q` from its activity; write `source: kpi_file` in the contract, or take"
        " the row out",
        "CB344 3:1 `speed`: `speed` is not a KPI of the contract; no KPI of the contract has `source: kpi_file`",
    ]


def test_a_row_given_twice_names_the_other(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, Q, HEAD + "q,2026-10,80,100,\n\nq,2026-10,81,100,\n")
    other = tmp_path / "kpis.csv"
    assert told(caught) == [
        f"CB344 4:0 ``: `q` is given twice for these days; it stands in {other}:2 too: take one out"
    ]


@pytest.mark.parametrize(("text", "expected"), [
    pytest.param(HEAD + "q,2026-10,80,100,\n", (80, 100, 80), id="numerator and denominator"),
    pytest.param(HEAD + "q,2026-10,,,79.95\n", (Fraction("79.95"), None, Fraction("79.95")), id="a bare value"),
    pytest.param(HEAD + "q,2026-10,,,79.95 %\n", (Fraction("79.95"), None, Fraction("79.95")), id="a percentage"),
    pytest.param("\ufeff" + HEAD + "q,2026-10,80,100,\n", (80, 100, 80), id="with the mark that Excel writes"),
    pytest.param(" Value , KPI , Period \n80, q , 2026-10 \n", (80, None, 80), id="columns in any order, padded"),
    pytest.param(HEAD + "\n,,,,\nq,2026-10,80,100,\n , \n", (80, 100, 80), id="blank lines"),
    pytest.param(HEAD + "q,2026-10,0,0,\n", (0, 0, None), id="nobody answered"),
    pytest.param(HEAD + "q,2026-10-05,8,10,\nq,2026-10-12,4,10,\n", (12, 20, 60), id="days add up, not their means"),
    pytest.param(HEAD + "q,2026-09,1,100,\nq,2026-10,80,100,\n", (80, 100, 80), id="other months are other months"),
])  # fmt: skip
def test_a_kpi_file_gives(text: str, expected: tuple[Any, ...], tmp_path: Path) -> None:
    assert value(billed(tmp_path, Q, text)) == expected


@pytest.mark.parametrize(("window", "on", "row"), [
    ("quarter", "2026-12", "2026-Q4"),
    ("quarter", "2026-12", "2026-11"),
    ("year", "2026-12", "2026-02"),
    ("quarter", "2026-12", "2026-12-31"),
])  # fmt: skip
def test_a_window_takes_the_rows_that_lie_in_it(window: str, on: str, row: str, tmp_path: Path) -> None:
    kpi = f"{{kpi: quality_score, source: kpi_file, measured: {window}}}"
    assert value(billed(tmp_path, kpi, HEAD + f"q,{row},80,100,\n", on=on)) == (80, 100, 80)


def test_a_contract_by_the_quarter_adds_its_months(tmp_path: Path) -> None:
    rows = HEAD + "q,2026-10,8,10,\nq,2026-11,9,10,\nq,2026-12,4,10,\nq,2027-01,1,10,\n"
    assert value(billed(tmp_path, Q, rows, on="2026-Q4", period="quarter")) == (21, 30, 70)


def test_a_period_that_is_called_by_its_first_day_is_no_day(tmp_path: Path) -> None:
    rows = HEAD + "q,2026-10-12,80,100,\n"
    months = {"period": {"from_day": "12"}}
    assert value(billed(tmp_path, Q, rows, on="2026-10-12", **months)) == (80, 100, 80)
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, "{kpi: quality_score, source: kpi_file, measured: day}", rows, on="2026-10-12", **months)
    assert [one.message for one in caught.value.problems] == ["no KPI file has `q` for 2026-10-13"]


def test_an_excused_day_is_left_out_of_the_rows_of_its_days(tmp_path: Path) -> None:
    rows = HEAD + "q,2026-10-05,1,10,\nq,2026-10-06,9,10,\n"
    excused = [{"date": "2026-10-05", "reason": "storm"}]
    assert value(billed(tmp_path, Q, rows, excused=excused)) == (9, 10, 90)


def test_an_excused_day_is_left_out_of_the_records(tmp_path: Path) -> None:
    excused = [{"date": "2026-10-05", "reason": "storm"}]
    rows = CALLS + OCTOBER + "4,2026-10-06T09:00:00Z,A,answered,8\n"
    assert value(billed(tmp_path, SPEED, calls=rows)) == (38, 2, 19)
    assert value(billed(tmp_path, SPEED, calls=rows, excused=excused)) == (8, 1, 8)


def codes(folder: Path, kpi: str, rows: str, on: str = "2026-10") -> list[str]:
    """The codes of what is told, none when there is an invoice."""
    try:
        billed(folder, kpi, rows, on=on)
    except Invalid as invalid:
        return [one.code for one in invalid.problems]
    return []


@pytest.mark.parametrize("text", [
    pytest.param(HEAD + "q,2026-10,,,80,5\n", id="80,5 is read as 80"),
    pytest.param("kpi,period,numerator,denominator\nq,2026-10,80,5,100\n", id="80,5 of 100 is read as 80 of 5"),
])  # fmt: skip
def test_a_decimal_comma_is_not_cut_off(text: str, tmp_path: Path) -> None:
    assert codes(tmp_path, Q, text) == ["CB344"]


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    assert codes(tmp_path, Q, "kpi,period,value,value\nq,2026-10,80,20\n") == ["CB343"]


@pytest.mark.parametrize(("kpi", "rows", "on"), [
    (Q, "q,2026-10,80,100,\nq,2026-10-05,8,10,\n", "2026-10"),
    ("{kpi: quality_score, source: kpi_file, measured: quarter}", "q,2026-Q4,80,100,\nq,2026-12,8,10,\n", "2026-12"),
])  # fmt: skip
def test_rows_that_overlap_are_not_added(kpi: str, rows: str, on: str, tmp_path: Path) -> None:
    assert codes(tmp_path, kpi, HEAD + rows, on)


def test_a_line_break_between_quotes_moves_no_problem(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, Q, HEAD + 'q,"2026-10\n",80,100,\nq,2026-13,80,100,\n')
    assert [one.place.line for one in caught.value.problems if one.place] == [4]


DAY = "{kpi: quality_score, source: kpi_file, measured: day, met: {at_least: 80}}"


def test_days_of_a_kpi_file_meet_a_value(tmp_path: Path) -> None:
    assert value(billed(tmp_path, DAY, DAILY.replace("q,2026-10-05,8,10,", "q,2026-10-05,7,10,"))) == (
        30, 31, Fraction(3000, 31),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kpi", "until", "expected"), [(DAY, "2026-10-05", (30, 30, 100)), (Q, "2026-10-31", (0, 0, None))]
)
def test_an_excused_day_is_not_asked_for(kpi: str, until: str, expected: tuple[Any, ...], tmp_path: Path) -> None:
    first = until if kpi == DAY else "2026-10-01"
    excused = [{"from": first, "until": until, "reason": "storm"}]
    assert value(billed(tmp_path, kpi, DAILY, excused=excused)) == expected


# ------------------------------------------------------------------------------------------------- what is missing


@pytest.mark.parametrize(("kpi", "rows", "message", "help_"), [
    (
        Q, HEAD + "q,2026-09,80,100,\n",
        "no KPI file has `q` for 2026-10", "add a row `q,2026-10,…` to the file of `--kpis`",
    ),
    (Q, None, "no KPI file has `q` for 2026-10", "add a row `q,2026-10,…` to the file of `--kpis`"),
    (
        "{kpi: quality_score, source: kpi_file, measured: day}", HEAD + "q,2026-10,80,100,\n",
        "no KPI file has `q` for 2026-10-01", "add a row `q,2026-10-01,…` to the file of `--kpis`",
    ),
])  # fmt: skip
def test_a_kpi_that_no_file_has_is_asked_for(
    kpi: str, rows: str | None, message: str, help_: str, tmp_path: Path
) -> None:
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, kpi, rows)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path, problem.message, problem.help) == ("CB341", ("kpis", "q"), message, help_)
    assert problem.place is not None
    assert problem.place.source.strip() == "q:"


@pytest.mark.parametrize(("window", "on"), [("week", "2026-10"), ("year", "2026-12"), ("{periods: 2}", "2026-10")])
def test_what_cb341_says_to_write_can_be_read(window: str, on: str, tmp_path: Path) -> None:
    kpi = f"{{kpi: quality_score, source: kpi_file, measured: {window}}}"
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, kpi, HEAD, on=on)
    row = (caught.value.problems[0].help or "").split("`")[1].replace("…", "80,100,")
    assert row.startswith("q,")
    assert "CB344" not in codes(tmp_path, kpi, HEAD + row + "\n", on)


def test_a_window_of_two_months_is_not_made_of_one(tmp_path: Path) -> None:
    kpi = "{kpi: quality_score, source: kpi_file, measured: {periods: 2}}"
    assert codes(tmp_path, kpi, HEAD + "q,2026-10,80,100,\n") == ["CB341"]


def test_values_that_cannot_be_added_are_asked_for_as_counts(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, Q, HEAD + "q,2026-10-05,,,80\nq,2026-10-12,4,10,\n")
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("CB342", ("kpis", "q"))
    assert problem.message == "`q` has several values in 2026-10, and a value cannot be added to another"
    assert problem.help == "give numerator and denominator, or one row for the window"


def test_a_month_before_the_records_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, TWO, calls=CALLS + OCTOBER)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("CB340", ("kpis", "q"))
    assert problem.message == "the KPI `q` looks back to 2026-09, of which there is no record and no result"
    assert problem.help == "add the activity of 2026-09, or its invoice in JSON: `--history 2026-09.json`"


# ------------------------------------------------------------------------------------------- results of earlier months


def september(folder: Path, kpi: str = SPEED) -> Path:
    """September's invoice in JSON: 15 seconds of two contacts."""
    made = folder / "2026-09.json"
    invoice = billed(folder, kpi, calls=CALLS + SEPTEMBER, on="2026-09")
    made.write_text(callbill.render(invoice, "json"), "utf-8")
    return made


def test_a_window_is_the_same_from_records_and_from_results(tmp_path: Path) -> None:
    """6 and 9 seconds, then 30: 45 over 3, not the mean of 7.5 and 30."""
    from_records = value(billed(tmp_path, TWO, calls=CALLS + SEPTEMBER + OCTOBER))
    past = september(tmp_path)
    assert from_records == (45, 3, 15)
    assert value(billed(tmp_path, TWO, calls=CALLS + OCTOBER, history=[past])) == from_records


def test_the_invoice_says_which_months_came_from_results(tmp_path: Path) -> None:
    (one,) = billed(tmp_path, TWO, calls=CALLS + OCTOBER, history=[september(tmp_path)]).kpis
    assert [note.en.format(**note.figures) for note in one.notes] == ["2026-09 from its result file"]
    (one,) = billed(tmp_path, TWO, calls=CALLS + SEPTEMBER + OCTOBER).kpis
    assert one.notes == ()


@pytest.mark.parametrize("formula", ["of_answered", "invoice_net"])
@pytest.mark.parametrize("window", ["{periods: 2}", "{interval: 30 min}", "day", "quarter"])
def test_the_charges_are_those_of_one_invoice(window: str, formula: str, tmp_path: Path) -> None:
    kpi = f"{{kpi: cost_per_contact, formula: {formula}, measured: {window}}}"
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, kpi, calls=CALLS + OCTOBER)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("CB248", ("kpis", "q", "measured"))


NOT_OURS = "the file is not an invoice of callbill; name what `callbill invoice -f json -o FILE` has written"
UNREADABLE = "the invoice's results cannot be read; write it again with this version"


@pytest.mark.parametrize(("old", "new", "expected"), [
    pytest.param('"schema": 1', '"schema": 2', NOT_OURS, id="of another schema"),
    pytest.param('"lines":', '"rows":', NOT_OURS, id="without lines"),
    pytest.param(
        '"contract": "FIGURE"', '"contract": "OTHER"',
        "it is an invoice of the contract `OTHER`; name invoices of `FIGURE`", id="of another contract",
    ),
    pytest.param('"period":', '"months":', UNREADABLE, id="without a period"),
    pytest.param('"to": "2026-09-30"', '"to": "2026-09-31"', UNREADABLE, id="to a day that does not exist"),
    pytest.param('"to": "2026-09-30"', '"to": "9999-12-31"', UNREADABLE, id="to the last day of all"),
    pytest.param('"numerator": "15"', '"numerator": "fifteen"', UNREADABLE, id="a numerator in words"),
    pytest.param('"numerator": "15"', '"numerator": "1/0"', UNREADABLE, id="a numerator over nothing"),
    pytest.param('"numerator": "15"', '"numerator": null', UNREADABLE, id="a numerator taken out"),
    pytest.param('"gave": "0.00"', '"gave": "nothing"', UNREADABLE, id="an amount in words"),
    pytest.param('"set_aside": []', '"set_aside": [1]', UNREADABLE, id="what was set aside is no line"),
])  # fmt: skip
def test_a_result_that_was_changed_by_hand_is_refused(old: str, new: str, expected: str, tmp_path: Path) -> None:
    past = september(tmp_path)
    text = past.read_text("utf-8")
    assert old in text
    past.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, TWO, calls=CALLS + OCTOBER, history=[past])
    assert told(caught) == [f"CB345 0:0 ``: {expected}"]
    assert [one.place.file for one in caught.value.problems if one.place] == [str(past)]


@pytest.mark.parametrize(("content", "expected"), [
    (b"", "the file is not JSON"), (b"Invoice FIGURE-2026-09\n", "the file is not JSON"),
    (b"\xe9\xff{}", "the file is not JSON"), (b"[]", "the file is not an invoice of callbill"),
    (b"{}", "the file is not an invoice of callbill"),
])  # fmt: skip
def test_a_file_that_is_no_result_is_refused(content: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / "past.json").write_bytes(content)
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, TWO, calls=CALLS + OCTOBER, history=[tmp_path / "past.json"])
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("CB345", expected)
    assert problem.help == "name what `callbill invoice -f json -o FILE` has written"


def test_a_file_of_brackets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "past.json").write_text("[" * 100_000, "utf-8")
    with pytest.raises(Invalid):
        billed(tmp_path, TWO, calls=CALLS + OCTOBER, history=[tmp_path / "past.json"])


def test_two_results_of_one_month_are_refused(tmp_path: Path) -> None:
    past = september(tmp_path)
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, TWO, calls=CALLS + OCTOBER, history=[past, past])
    assert told(caught) == ["CB345 0:0 ``: two files are the invoice of 2026-09; name one of them"]


def test_a_result_of_some_other_days_is_no_month(tmp_path: Path) -> None:
    past = september(tmp_path)
    past.write_text(past.read_text("utf-8").replace('"to": "2026-09-30"', '"to": "2026-09-15"'), "utf-8")
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, TWO, calls=CALLS + OCTOBER, history=[past])
    assert [one.code for one in caught.value.problems] == ["CB340"]


def test_a_result_without_the_kpi_does_not_stand_in_for_it(tmp_path: Path) -> None:
    past = september(tmp_path)
    past.write_text(past.read_text("utf-8").replace('"kpi": "q"', '"kpi": "another"'), "utf-8")
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, TWO, calls=CALLS + OCTOBER, history=[past])
    assert [one.code for one in caught.value.problems] == ["CB340"]


def test_problems_of_kpi_files_and_of_results_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "past.json").write_text("[]", "utf-8")
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, Q, HEAD + "p,2026-10,1,2,\n", history=[tmp_path / "past.json"])
    assert [one.code for one in caught.value.problems] == ["CB344", "CB345"]


# ------------------------------------------------------------------------------------------------------- windows

HOURS = (
    CALLS + "1,2026-10-05T09:05:00Z,A,answered,10\n2,2026-10-05T09:25:00Z,A,answered,20\n"
    "3,2026-10-05T09:35:00Z,A,answered,90\n4,2026-10-05T11:00:00Z,A,abandoned,70\n"
)
PENALTY = "scale: [{below: 60 s, amount: 0}, {amount: -5}]"


def malus(invoice: Invoice) -> Decimal:
    return sum((line.amount for line in invoice.lines if line.charge == "c"), Decimal(0))


@pytest.mark.parametrize(("window", "expected"), [("{interval: 30 min}", "-5"), ("{interval: 1 h}", "0"), ("day", "0")])
def test_each_interval_is_weighed_by_itself(window: str, expected: str, tmp_path: Path) -> None:
    """Half an hour of 90 s is a miss; its hour has a mean of 40 s. Where nobody was answered nothing is weighed."""
    kpi = f"{{kpi: speed_of_answer, formula: of_answered, measured: {window}}}"
    assert malus(billed(tmp_path, kpi, calls=HOURS, clause=PENALTY)) == Decimal(expected)


@pytest.mark.parametrize(("least", "expected"), [
    ("{answered: {at_least: 3}}", "-5"), ("{answered: {at_least: 4}}", "0"), ("{offered: {at_least: 4}}", "-5"),
    ("{offered: {at_least: 5}}", "0"), ("{denominator: {at_most: 4}}", "-5"), ("{denominator: {above: 4}}", "0"),
])  # fmt: skip
def test_a_clause_may_ask_for_a_least_number_of_a_count(least: str, expected: str, tmp_path: Path) -> None:
    """Three of four contacts were answered."""
    clause = f"scale: [{{below: 80, amount: -5}}, {{amount: 0}}], when: {least}"
    made = billed(tmp_path, "{kpi: answer_rate, formula: of_offered}", calls=HOURS, clause=clause)
    assert value(made) == (3, 4, 75)
    assert malus(made) == Decimal(expected)


LEVEL = "{kpi: service_level, within: 20 s, formula: of_answered}"


@pytest.mark.parametrize(("least", "expected"), [("{offered: {at_least: 4}}", "-5"), ("{offered: {above: 4}}", "0")])
def test_a_least_number_may_be_of_a_count_that_the_formula_does_not_name(
    least: str, expected: str, tmp_path: Path
) -> None:
    clause = f"scale: [{{below: 80, amount: -5}}, {{amount: 0}}], when: {least}"
    made = billed(tmp_path, LEVEL, calls=HOURS, clause=clause)
    assert value(made) == (2, 3, Fraction(200, 3))
    assert malus(made) == Decimal(expected)


def test_a_least_number_of_a_count_that_nobody_has_is_told(tmp_path: Path) -> None:
    clause = "scale: [{below: 80, amount: -5}, {amount: 0}], when: {short_abandoned: {at_least: 1}}"
    with pytest.raises(Invalid):
        billed(tmp_path, LEVEL, calls=HOURS, clause=clause)


def test_a_least_number_needs_the_records_of_every_month(tmp_path: Path) -> None:
    clause = "scale: [{below: 60 s, amount: -5}, {amount: 0}], when: {answered: {at_least: 3}}"
    past = september(tmp_path)
    assert malus(billed(tmp_path, TWO, calls=CALLS + SEPTEMBER + OCTOBER, clause=clause)) == -5
    with pytest.raises(Invalid) as caught:
        billed(tmp_path, TWO, calls=CALLS + OCTOBER, history=[past], clause=clause)
    assert [(one.code, one.help) for one in caught.value.problems] == [("CB340", "add the activity of 2026-09")]


def test_an_export_without_a_record_has_no_value(tmp_path: Path) -> None:
    assert value(billed(tmp_path, SPEED, calls=CALLS)) == (0, 0, None)


@pytest.mark.parametrize(("limit", "expected"), [("69 s", (1, 4, 25)), ("70 s", (0, 4, 0))])
def test_an_abandon_at_the_limit_is_not_late(limit: str, expected: tuple[int, ...], tmp_path: Path) -> None:
    kpi = f"{{kpi: abandonment, late_abandon: {limit}, formula: late}}"
    assert value(billed(tmp_path, kpi, calls=HOURS)) == expected


INTERVALS = {
    "reader": "generic", "record": "interval", "delimiter": ",", "encoding": "utf-8", "decimal": ".",
    "columns": {
        "start": {"column": "start", "format": "iso"},
        **{name: {"column": name, "number": "true"} for name in ("offered", "answered")},
    },
}  # fmt: skip


@pytest.mark.parametrize(("offered", "expected"), [(110, "-5"), (111, "0")])
def test_the_volume_of_a_relief_may_be_a_column_of_intervals(offered: int, expected: str, tmp_path: Path) -> None:
    """100 were forecast, and 10 % more are still as forecast."""
    rows = f"start,offered,answered\n2026-10-05T09:00:00Z,60,30\n2026-10-05T09:30:00Z,{offered - 60},20\n"
    clause = (
        "scale: [{below: 80, amount: -5}, {amount: 0}], relief: {count: calls.offered, above: 10 %,"
        ' expected: {"2026-10": 100}}'
    )
    kpi = "{kpi: answer_rate, formula: of_offered}"
    made = billed(tmp_path, kpi, calls=rows, clause=clause, source=INTERVALS)
    assert value(made)[:2] == (50, offered)
    assert malus(made) == Decimal(expected)


# --------------------------------------------------------------------------------------------------- every kind

EVERYTHING = {
    "calls": {
        **measured.CONTACTS,
        "columns": {
            "id": "id", "start": {"column": "start", "format": "iso"}, "customer": "customer", "outcome": "outcome",
            **{name: {"column": name, "unit": "s"} for name in ("wait", "talk", "hold", "wrap")},
            **{name: {"column": name, "number": "true"} for name in ("rating", "sale")},
        },
        "states": {"offered": "all", "answered": {"outcome": ["ok", "sale"]}, "abandoned": {"outcome": "left"}},
    },
    "agents": {
        **measured.AGENTS,
        "columns": {
            "agent": "agent", "start": {"column": "start", "format": "iso"},
            **{name: {"column": name, "unit": "s"} for name in ("handling", "available", "online", "wrap", "paid")},
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("name", kpis.names())
def test_the_example_of_a_kind_fits_a_contract_that_has_its_counts(name: str) -> None:
    shown = parse(import_module(f"{kpis.PACKAGE}.{name}").EXAMPLE.encode(), "example").value
    contract = {
        **TOP, **shown, "activity": EVERYTHING,
        "charges": [{"id": "fee", "label": "Fee", "model": "flat", "amount": "1"}],
    }  # fmt: skip
    made = callbill.load_contract(emit(contract).encode())
    assert [one.kpi for one in made.agreement.deal.kpis.values()] == [name]

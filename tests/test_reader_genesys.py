"""Genesys Cloud: forms of dates and durations, views with fewer columns, partial exports, agents of one name."""

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from exported import read_file, read_text, told
from small import contract_text

from callbill import api
from callbill.problems import Invalid

SAMPLES = Path(__file__).parent / "exports" / "genesys"
VIEW = {
    "reader": "genesys", "report": "interactions", "zone": "America/New_York", "dates": "%m/%d/%y %I:%M %p",
}  # fmt: skip
STATUS = {**VIEW, "report": "agent_status"}
TOTALS = {
    "wait": "Total Queue",
    "talk": "Total Talk",
    "hold": "Total Hold",
    "wrap": "Total ACW",
    "ivr": "Total IVR",
    "duration": "Duration",
}
CLOCKS = {name: {"column": column, "unit": "h:mm:ss", "empty": "0"} for name, column in TOTALS.items()}
Row = dict[str, str]


def view(change: Callable[[Row], Row] = dict, *, rows: int | None = None) -> str:
    """The sample with every row, or the first ones, changed."""
    text = io.StringIO()
    changed = [change(row) for row in csv.DictReader((SAMPLES / "interactions.csv").read_text("utf-8").splitlines())]
    writer = csv.DictWriter(text, list(changed[0]))
    writer.writeheader()
    writer.writerows(changed[:rows])
    return text.getvalue()


def dated(text: str, form: str) -> str:
    """An export with its dates in another form."""
    us = "%m/%d/%y %I:%M %p"
    known = re.compile(r"[0-9]+/[0-9]+/[0-9]{2} [0-9]{2}:[0-9]{2} [AP]M")
    return known.sub(lambda found: datetime.strptime(found[0], us).strftime(form), text)  # noqa: DTZ007 - a wall clock


def clocked(row: Row) -> Row:
    """A row whose durations are clocks, as the view writes them: a blank in front, hours without limit."""
    changed = dict(row)
    for column in TOTALS.values():
        if row[column].isdecimal():
            seconds, rest = divmod(int(row[column]), 1000)
            clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
            changed[column] = f" {clock}.{rest:03d}"
    return changed


@pytest.mark.parametrize(
    ("written", "declared"),
    [
        ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M"),
        ("%d.%m.%y %H:%M", "%d.%m.%y %H:%M"),
        ("%Y-%m-%d %H:%M:%S", "iso"),
    ],
)
def test_dates_of_another_locale_are_declared(tmp_path: Path, written: str, declared: str) -> None:
    for file, settings in (("interactions.csv", VIEW), ("agent_status.csv", STATUS)):
        text = dated((SAMPLES / file).read_text("utf-8"), written)
        assert set(read_text(tmp_path, text, **settings).rejects) == {"CB303"}
        assert read_text(tmp_path, text, **{**settings, "dates": declared}) == read_file(SAMPLES / file, **settings)


def test_dates_that_are_not_declared_are_not_guessed(tmp_path: Path) -> None:
    undated = {key: value for key, value in VIEW.items() if key != "dates"}
    with pytest.raises(Invalid) as caught:
        read_file(SAMPLES / "interactions.csv", **undated)
    assert [one.code for one in caught.value.problems] == ["CB228"]
    columns = {"start": {"column": "Date", "format": VIEW["dates"]}}
    found = read_file(SAMPLES / "interactions.csv", **undated, columns=columns)
    assert found == read_file(SAMPLES / "interactions.csv", **VIEW)


def test_dates_of_one_form_need_no_declaration() -> None:
    with pytest.raises(Invalid, match="`dates` has no effect"):
        api.load_contract(
            contract_text(
                activity={"calls": {"reader": "hubspot", "dates": "iso"}},
                charges="[{id: f, label: F, model: flat, amount: 1}]",
            )
        )


def test_durations_written_as_clocks_are_declared(tmp_path: Path) -> None:
    assert " 50:38:24.085" in view(clocked)
    assert set(read_text(tmp_path, view(clocked), **VIEW).rejects) == {"CB304"}
    found = read_text(tmp_path, view(clocked), **VIEW, columns=CLOCKS)
    assert found == read_file(SAMPLES / "interactions.csv", **VIEW)


@pytest.mark.parametrize(
    ("nothing", "more"),
    [("0", {}), ("", {}), ("N/A", {}), (" 00:00:00.000", {"columns": {"talk": CLOCKS["talk"]}})],
)
def test_a_user_who_never_talked_has_not_answered(tmp_path: Path, nothing: str, more: dict[str, Any]) -> None:
    found = read_text(tmp_path, view(lambda row: {**row, "Total Talk": nothing}, rows=1), **VIEW, **more)
    assert told(found, "agent", "answered", "offered") == [("Éloïse Martin", False, True)]


def test_two_users_may_talk_longer_than_the_conversation_lasted(tmp_path: Path) -> None:
    found = read_text(tmp_path, view(lambda row: {**row, "Total Talk": "700000"}, rows=1), **VIEW)
    assert (found.rejects, told(found, "talk", "duration")) == ([], [(700, "352417 ms")])


def without(*columns: str) -> Callable[[Row], Row]:
    return lambda row: {name: cell for name, cell in row.items() if name not in columns}


@pytest.mark.parametrize(
    ("column", "fields"),
    [
        ("Wrap-up", ["outcome"]),
        ("Transfers", ["moved"]),
        ("Abandoned", ["left"]),
        *((column, [name]) for name, column in TOTALS.items() if name != "talk"),
    ],
)
def test_a_view_may_lack_a_column(tmp_path: Path, column: str, fields: list[str]) -> None:
    lacking = read_text(tmp_path, view(without(column)), **VIEW)
    whole = read_file(SAMPLES / "interactions.csv", **VIEW)
    of_it = [*fields, {"moved": "transferred", "left": "abandoned"}.get(fields[0], "")]
    assert [record[fields[0]] for record in lacking.records] == [None] * len(whole.records)
    kept = [name for name in whole.records[0] if name not in of_it]
    assert told(lacking, *kept) == told(whole, *kept)


@pytest.mark.parametrize("column", ["Conversation ID", "Date", "Direction", "Users", "Queue", "Total Talk"])
def test_what_every_charge_rests_on_must_be_in_the_view(tmp_path: Path, column: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_text(tmp_path, view(without(column)), **VIEW)
    assert {problem.code for problem in refused.value.problems} == {"CB301"}


def billed(folder: Path, text: str, charge: str) -> Fraction:
    file = folder / "view.csv"
    file.write_text(text, "utf-8")
    contract = api.load_contract(
        contract_text(f"[{{id: one, label: One, price: 1.00, {charge}}}]", activity={"calls": VIEW})
    )
    with api.read_activity(contract, [file]) as read:
        (line,) = api.bill(contract, read, period="2026-10").lines
    return Fraction(line.quantity)


@pytest.mark.parametrize(
    ("column", "charge", "quantity"),
    [
        ("Transfers", "model: act, count: calls.transferred", 1),
        ("Abandoned", "model: act, count: calls.abandoned", 2),
        ("Total ACW", "model: time, measure: calls.wrap, unit: second", Fraction("135.286")),
        ("DNIS", "model: act, count: calls.answered, once_per: {field: customer, within: 24 h}", 6),
        ("ANI", "model: act, count: calls.answered, once_per: {field: customer, within: 24 h}", 6),
    ],
)
def test_a_charge_on_a_column_that_the_view_lacks_is_refused(
    tmp_path: Path, column: str, charge: str, quantity: Fraction
) -> None:
    """The last conversation of the month in New York is one of November in Paris, where the contract is."""
    assert billed(tmp_path, view(), charge) == quantity
    with pytest.raises(Invalid) as refused:
        billed(tmp_path, view(without(column)), charge)
    assert [(one.code, f"no column `{column}`" in one.message) for one in refused.value.problems] == [("CB301", True)]


@pytest.mark.parametrize(
    ("file", "settings", "change"),
    [("interactions.csv", VIEW, ("YES,,", "NO,10/31/26 11:00 PM,")), ("agent_status.csv", STATUS, ("AM,YES", "AM,NO"))],
)
def test_a_partial_export_is_refused(
    tmp_path: Path, file: str, settings: dict[str, str], change: tuple[str, str]
) -> None:
    text = (SAMPLES / file).read_text("utf-8").replace(*change, 1)
    assert read_text(tmp_path, text, **settings).rejects == ["CB326"]


def test_two_agents_may_have_one_name(tmp_path: Path) -> None:
    text = (SAMPLES / "agent_status.csv").read_text("utf-8").replace("Zoë Kowalski", "Éloïse Martin")
    found = read_text(tmp_path, text, **STATUS)
    assert found.rejects == []
    assert [name for (name,) in told(found, "agent")].count("Éloïse Martin") == 5
    assert len(set(told(found, "agent_id"))) == 3

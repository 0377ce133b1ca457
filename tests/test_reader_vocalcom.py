"""Vocalcom: another separator, empty figures, who the customer of an outbound call is."""

import csv
import io
from pathlib import Path

import pytest
from exported import read_text, told

SAMPLE = Path(__file__).parent / "exports" / "vocalcom" / "calls.csv"


def table(delimiter: str = ",", **changes: str) -> str:
    """The first calls of the sample, some cells of the first one changed."""
    rows = list(csv.DictReader(io.StringIO(SAMPLE.read_text("utf-8"))))[:2]
    rows[0] |= changes
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def test_an_export_with_semicolons_is_declared(tmp_path: Path) -> None:
    found = read_text(tmp_path, table(";"), reader="vocalcom", delimiter=";")
    assert told(found, "wait", "talk", "wrap", "ivr", "abandoned") == [
        (20, 165, 15, 12, False),
        (45, 0, 0, 13, True),
    ]


def test_a_figure_that_is_null_is_a_reject(tmp_path: Path) -> None:
    """Nobody knows how long that call was: it is neither 0 seconds nor left out in silence."""
    assert read_text(tmp_path, table(ConvDuration="NULL"), reader="vocalcom").rejects == ["CB306"]


@pytest.mark.parametrize(
    ("ani", "dialled", "customer"),
    [("NULL", "0199000177", "0199000177"), ("0199000101", "NULL", "0199000101"), ("", "", None)],
)
def test_the_customer_of_an_outbound_call(tmp_path: Path, ani: str, dialled: str, customer: str | None) -> None:
    text = table(CallType="2", ANI=ani, OutTel=dialled)
    found = read_text(tmp_path, text, reader="vocalcom")
    assert told(found, "customer", "offered", "answered", "outbound")[0] == (customer, False, True, True)

"""A few lines of an export, read as a contract would read them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from small import contract_text

from callbill import api
from callbill.frozen import frozen
from callbill.sql import column

MICRO = 1_000_000


@frozen
class Found:
    """What became of the lines: records in the order of their start, reasons of the rejects, rows of another kind."""

    records: list[dict[str, Any]]
    rejects: list[str]
    other: int


def read_text(folder: Path, text: str, **source: Any) -> Found:
    """The records of an export: moments in seconds since 1970, durations in seconds, states as booleans."""
    file = folder / "export"
    file.write_text(text, encoding="utf-8", newline="")
    return read_file(file, **source)


def read_sheet(folder: Path, rows: Iterable[list[Any]], **source: Any) -> Found:
    """The records of a spreadsheet with these rows."""
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(folder / "export.xlsx")
    return read_file(folder / "export.xlsx", **source)


def read_file(file: Path, **source: Any) -> Found:
    """The records of a file."""
    contract = api.load_contract(
        contract_text("[{id: f, label: F, model: flat, amount: 1}]", activity={"calls": source})
    )
    with api.read_activity(contract, [file], max_rejects="100%", threads=1) as read:
        one = read.sources["calls"]
        layout = one.layout
        exact = [*layout.instants, *layout.durations, *layout.numbers]
        met = [
            " AND ".join(test.sql(column(test.field)) for test in tests) or "1 = 1" for tests in layout.states.values()
        ]
        chosen = ", ".join([*(column(name) for name in (*exact, *layout.texts)), *met])
        rows = read.activity.engine.rows(f"SELECT {chosen} FROM {one.relation} ORDER BY {column('start')}, id")
        names = (*exact, *layout.texts, *layout.states)
        records = [{name: _plain(value, name in exact) for name, value in zip(names, row, strict=True)} for row in rows]
        return Found(records, [reject.problem.code for reject in read.activity.rejects], one.other)


def _plain(value: Any, exact: bool) -> Any:
    """Seconds where they are whole; microseconds would be hard to read in a test."""
    if not exact or value is None:
        return value
    assert value % 1000 == 0
    return value // MICRO if value % MICRO == 0 else f"{value // 1000} ms"


def told(found: Found, *names: str) -> list[tuple[Any, ...]]:
    """Some fields of every record."""
    return [tuple(record[name] for name in names) for record in found.records]

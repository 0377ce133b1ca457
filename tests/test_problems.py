"""One broken input for every problem code, and the text that a person reads about it.

A folder of tests/problems is named by its code, or by code and face: `CB303-offset`. It holds the input, `command`
(what follows `callbill`, run inside the folder), and what comes of it: `stdout`, `stderr`, `exit`.
`pytest tests/test_problems.py --update` rewrites these three.
"""

import gzip
import io
import re
import shlex
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from callbill.cli import app
from callbill.codes import CODES
from callbill.engine import Engine

HOME = Path(__file__).parent / "problems"
PACKAGE = Path(__file__).parent.parent / "callbill"
FOLDERS = sorted(path for path in HOME.iterdir() if path.is_dir())
EXPECTED = ("stdout", "stderr", "exit")

CSV = "call,begun,talk_s\nB-1,2026-10-05T09:12:00+02:00,184\n"


def _zip(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, CSV)
    return data.getvalue()


def _parquet(path: Path) -> None:
    """An export whose identifiers have become floating-point numbers, as spreadsheets like to do."""
    with Engine() as engine:
        row = "CAST(33199000001 AS DOUBLE) AS call, '2026-10-05T09:12:00+02:00' AS begun, 184 AS talk_s"
        engine.run(f"COPY (SELECT {row}) TO '{path}' (FORMAT parquet)")


def _workbook(*sheets: str, formula: bool = False) -> bytes:
    """A spreadsheet with the same two calls on every sheet; a formula is saved without its value."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in sheets:
        sheet = book.create_sheet(name)
        sheet.append(["call", "begun", "talk_s"])
        sheet.append(["B-1", "2026-10-05T09:12:00+02:00", 184])
        sheet.append(["B-2", "2026-10-05T09:31:40+02:00", "=60+37" if formula else 97])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


MADE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "CB108": ("contract.yaml", lambda: b"title: " + b"x" * 5_000_000 + b"\n"),
    "CB108-text": ("contract.yaml", lambda: b"callbill: 1\ntitle: " + b"x" * 70_000 + b"\ncontract: ORCHID-7\n"),
    "CB321": ("activity.csv.gz", lambda: gzip.compress(CSV.encode(), mtime=0)[:-9]),
    "CB321-workbook": ("activity.xlsb", lambda: _zip("[Content_Types].xml", "xl/workbook.bin")),
    "CB321-formula": ("activity.xlsx", lambda: _workbook("Calls", formula=True)),
    "CB328": ("activity.xlsx", lambda: _workbook("Calls", "Chats")),
    "CB328-none": ("activity.xlsx", lambda: _workbook("Calls", "Chats")),
    "CB321-several": ("activity.zip", lambda: _zip("october.csv", "november.csv")),
}
"""Inputs that are too large, or too little readable, to stand in the folder."""


def code_of(folder: Path) -> str:
    return folder.name.partition("-")[0]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a command runs in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def inputs(folder: Path, place: Path) -> None:
    """Copy a folder's input, or make it."""
    for path in folder.iterdir():
        if path.name not in (*EXPECTED, "command"):
            shutil.copy(path, place)
    if folder.name in MADE:
        name, make = MADE[folder.name]
        (place / name).write_bytes(make())
    if folder.name == "CB323":
        _parquet(place / "activity.parquet")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_problem_reads_as_it_was_written(folder: Path, place: Path, *, update: bool) -> None:
    inputs(folder, place)
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    done = CliRunner().invoke(app, shlex.split((folder / "command").read_text("utf-8")), catch_exceptions=False)
    found = dict(zip(EXPECTED, (done.stdout, done.stderr, f"{done.exit_code}\n"), strict=True))
    if update:
        for name, text in found.items():
            (folder / name).write_bytes(text.encode())
    assert {name: (folder / name).read_bytes().decode() for name in EXPECTED} == found
    assert f"[{code_of(folder)}]" in found["stderr"]
    assert found["stdout"] == ""
    assert done.exit_code in (1, 2, 3, 10) or "error[" not in found["stderr"]
    assert before == {path.name: path.read_bytes() for path in place.iterdir()}


def test_every_code_has_a_folder() -> None:
    assert sorted({code_of(folder) for folder in FOLDERS}) == sorted(CODES)


def test_every_code_that_is_used_is_described_and_the_other_way_round() -> None:
    sources = [path for path in PACKAGE.rglob("*.py") if path.name != "codes.py"]
    used = {code for path in sources for code in re.findall(r'"(CB[0-9]{3})"', path.read_text("utf-8"))}
    assert sorted(used) == sorted(CODES)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_text_keeps_the_house_style(folder: Path) -> None:
    """A remedy for every problem; no final full stop, no `please`, nothing said twice, nothing endless."""
    text = (folder / "stderr").read_text("utf-8")
    drawn = [block for block in text.split("\n\n") if block.startswith(("error[", "warning["))]
    assert drawn
    for block in drawn:
        lines = block.splitlines()
        assert lines[-1].startswith("help: "), block
        for line in (lines[0], lines[-1]):
            assert not line.endswith("."), line
            assert not re.search(r"\b(please|invalid|illegal|must|should|sorry)\b", line, re.IGNORECASE), line
    assert len(drawn) == len(set(drawn))
    assert max(len(line) for line in text.splitlines()) <= 240

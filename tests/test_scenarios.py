"""What callbill prints, to the byte: one folder a case, and for the small ones every amount worked out by hand.

A folder of tests/scenarios holds `contract.yaml` and `activity.csv` (or names others), `command` (what follows
`callbill`, run inside the folder), and what comes of it: `stdout`, `stderr`, `exit`.
`pytest tests/test_scenarios.py --update` rewrites these three.

A contract whose amounts are worked out by hand says so in comments, one line of the invoice each:

    #= calls.t1      27.00   10 × 2.70

The samples have them in a file `by-hand`. The name is the line's id, or `net`, `vat`, `total`, `due`; every line of the
invoice must be there. Amounts are compared before anything is rewritten, so that no update accepts a wrong one.
"""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from callbill import Invoice, api
from callbill.cli import app

HOME = Path(__file__).parent / "scenarios"
FOLDERS = sorted(path for path in HOME.iterdir() if path.is_dir())
EXPECTED = ("stdout", "stderr", "exit")
BY_HAND = re.compile(r"^#= (\S+) +(-?[0-9]+(?:\.[0-9]+)?)(?: .*)?$", re.MULTILINE)
TOTALS = {"net": "net", "vat": "vat_total", "total": "total", "due": "due"}


def by_hand(folder: Path) -> dict[str, str]:
    """The amounts that the contract's comments give, or a file beside it; none where the output is only compared."""
    given = [folder / name for name in ("contract.yaml", "by-hand") if (folder / name).exists()]
    text = "".join(path.read_text("utf-8") for path in given)
    found = BY_HAND.findall(text)
    assert len(found) == len(re.findall("^#=", text, re.MULTILINE)), "a `#=` line that cannot be read"
    assert len(found) == len(dict(found)), "an amount is given twice"
    return dict(found)


def amounts(invoice: Invoice, wanted: dict[str, str]) -> dict[str, str]:
    """Every line's amount, and the totals that were worked out."""
    totals = {name: str(getattr(invoice, key)) for name, key in TOTALS.items() if name in wanted}
    return {**{line.id: str(line.amount) for line in invoice.lines}, **totals}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Invoice]:
    """The invoices of the command that is run."""
    found: list[Invoice] = []
    priced = api.priced

    def kept(*given: Any, **named: Any) -> Invoice:
        found.append(priced(*given, **named))
        return found[-1]

    monkeypatch.setattr(api, "priced", kept)
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_command_prints_what_it_should(
    folder: Path, made: list[Invoice], monkeypatch: pytest.MonkeyPatch, *, update: bool
) -> None:
    monkeypatch.chdir(folder)
    before = sorted(path.name for path in folder.iterdir())
    done = CliRunner().invoke(app, shlex.split(Path("command").read_text("utf-8")), catch_exceptions=False)
    if wanted := by_hand(folder):
        assert done.exit_code == 0, done.stderr
        assert amounts(made[-1], wanted) == wanted
    found = dict(zip(EXPECTED, (done.stdout, done.stderr, f"{done.exit_code}\n"), strict=True))
    assert sorted(path.name for path in folder.iterdir()) == before
    if update:
        for name, text in found.items():
            Path(name).write_bytes(text.encode())
    assert {name: Path(name).read_bytes().decode() for name in EXPECTED} == found


def test_most_scenarios_are_worked_out_by_hand() -> None:
    worked_out = [folder for folder in FOLDERS if by_hand(folder)]
    assert len(worked_out) > 70

"""Who may import whom, and what the core may not do: the shape of the design as a test."""

import ast
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

PACKAGE = Path(__file__).parent.parent / "callbill"
CLOCKS = {"now", "today", "utcnow", "time", "monotonic", "perf_counter", "localtime", "gmtime"}


def test_layers_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PACKAGE.parent)
    assert lint_imports(no_cache=True) == 0


def _calls(path: Path) -> list[str]:
    """The names of every attribute that a file calls: `date.today()` gives `today`."""
    tree = ast.parse(path.read_text("utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call.attr for call in calls if isinstance(call, ast.Attribute)]


def test_only_the_command_line_looks_at_a_clock() -> None:
    looking = {path.name for path in PACKAGE.rglob("*.py") if CLOCKS & set(_calls(path))}
    assert looking == {"cli.py"}


def test_no_float_is_made_anywhere() -> None:
    made = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
            if literal or called:
                made.append(f"{path.name}:{node.lineno}")
    assert made == []


def test_modules_stay_readable() -> None:
    long = {path.name: len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {name: lines for name, lines in long.items() if lines > 560} == {}

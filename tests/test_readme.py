"""What the README shows is what happens: every command block in it is run here or by `.ci/run`."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callbill.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SET_UP = [text for language, text in BLOCKS if language == "sh"]
CONSOLE = [text for language, text in BLOCKS if language == "console"]
PYTHON = [text for language, text in BLOCKS if language == "python"]


def _commands(text: str) -> list[tuple[str, str]]:
    """Each `$ command` of a block with the output shown under it."""
    found = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(one.partition("\n")[0], one.partition("\n")[2]) for one in found]


@pytest.fixture(autouse=True)
def _in_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run where the samples are, and write somewhere else."""
    (tmp_path / "sample_contracts").symlink_to(ROOT / "sample_contracts")
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("text", CONSOLE)
def test_console_blocks_show_what_happens(text: str) -> None:
    for command, shown in _commands(text):
        program, *arguments = shlex.split(command)
        assert program == "callbill"
        ran = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert ran.exit_code == 0, ran.stderr
        printed = [line.rstrip() for line in ran.stdout.splitlines()]
        for line in shown.splitlines():
            assert line == "…" or line.rstrip() in printed


@pytest.mark.parametrize("text", PYTHON)
def test_python_blocks_run(text: str) -> None:
    exec(compile(text, "README.md", "exec"), {})


def test_set_up_commands_are_run_by_ci() -> None:
    assert len(SET_UP) == 2
    assert "callbill invoice" in SET_UP[0]
    assert "pytest" in SET_UP[1]
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "readme_command 1" in script
    assert "readme_command 2" in script


def test_every_block_is_of_a_kind_that_is_run() -> None:
    assert {language for language, _ in BLOCKS} <= {"sh", "console", "python", "yaml", "text", "crontab"}


def test_yaml_blocks_are_yaml() -> None:
    from callbill.source import parse

    for language, text in BLOCKS:
        if language == "yaml":
            parse(text.encode(), "README.md")


def test_the_picture_of_an_invoice_is_the_first_commands_output() -> None:
    picture = next(text for language, text in BLOCKS if language == "text")
    arguments = shlex.split(SET_UP[0].strip().split("callbill invoice", 1)[1])
    ran = CliRunner().invoke(app, ["invoice", *arguments], catch_exceptions=False)
    assert picture.rstrip() in ran.stdout

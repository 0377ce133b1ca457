"""The command line: exit codes, the two streams, options, files; what a person and what cron meet."""

import gzip
import io
import json
import os
import re
import signal
import stat
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from callbill import __version__, cli, models, readers, writers
from callbill.codes import CODES
from callbill.contract import Contract, load
from callbill.problems import Invalid, Problem
from callbill.starter import contract_for

CONTRACT = """\
callbill: 1
contract: ORCHID-7
title: Orchid helpdesk
currency: EUR
timezone: Europe/Paris
language: en
period: month
seller: {name: Blue Harbour Calls, country: FR}
buyer: {name: Orchid Travel, country: FR}
vat: {rate: 20}
payment: {days: 30}
activity:
  calls:
    reader: generic
    record: contact
    delimiter: ","
    encoding: utf-8
    decimal: "."
    columns:
      id: call
      start: {column: begun, format: iso}
      queue: queue
      talk: {column: talk_s, unit: s}
calendar:
  bands:
    - {name: evening, from: "20:00", to: "08:00"}
    - {name: day}
charges:
  - id: talk
    label: Talk time [vip]
    model: time
    measure: calls.talk
    unit: minute
    increment: {per: contact, step: 6 s, round: up}
    price: {day: 0.45, evening: 0.60}
  - id: calls
    label: Calls
    model: act
    count: calls.all
    where: {queue: sales}
    tiers:
      mode: graduated
      steps:
        - {up_to: 2, price: 2.70}
        - {price: 2.45}
"""
HEADER = "call,begun,queue,talk_s\n"
CALLS = (
    HEADER
    + """\
B-1,2026-10-01T09:12:00+02:00,sales,37
B-2,2026-10-02T21:12:00+02:00,sales,74
B-3,2026-10-03T10:12:00+02:00,help,111
B-4,2026-10-04T22:12:00+02:00,sales,148
B-5,2026-10-05T11:12:00+02:00,help,185
"""
)
BROKEN = CALLS + "B-8,2026-10-08T09:00:00+02:00,sales,long\nB-9,2026-10-09T09:00:00+02:00,sales,1:20\n"
SAMPLES = Path(__file__).parent.parent / "sample_contracts"
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals, pipes and terminals of POSIX")
PAINT = re.compile("\x1b\\[[0-9;]*m")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a contract and a month of calls, which commands run in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "contract.yaml").write_text(CONTRACT)
    (tmp_path / "october.csv").write_text(CALLS)
    (tmp_path / "broken.csv").write_text(BROKEN)
    return tmp_path


def call(*arguments: str, given: bytes | None = None) -> Result:
    """A command run in this process."""
    return CliRunner().invoke(cli.app, list(arguments), input=given, catch_exceptions=False)


def invoice(*arguments: str, given: bytes | None = None) -> Result:
    return call("invoice", "contract.yaml", *(arguments or ("october.csv",)), given=given)


def start(*arguments: str, module: Sequence[str] = ("-m", "callbill"), **more: Any) -> "subprocess.Popen[bytes]":
    """A command in a process of its own."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, *module, *arguments], **{**streams, **more})


def ran(*arguments: str, **more: Any) -> tuple[int, bytes, bytes]:
    process = start(*arguments, **more)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


# ----------------------------------------------------------------------------------------------------- exit codes


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, ["invoice", "contract.yaml", "october.csv"]),
        (0, ["invoice", "october.csv", "contract.yaml"]),
        (0, ["check", "contract.yaml"]),
        (0, ["invoice", "contract.yaml", "broken.csv", "--max-rejects", "2"]),
        (1, ["invoice", "contract.yaml", "broken.csv"]),
        (1, ["check", "broken.yaml"]),
        (1, ["check", "contract.yaml", "broken.csv"]),
        (1, ["invoice", "contract.yaml", "november.csv"]),
        (2, []),
        (2, ["invoce"]),
        (2, ["invoice"]),
        (2, ["invoice", "contract.yaml", "october.csv", "--perod", "2026-10"]),
        (2, ["invoice", "contract.yaml", "october.csv", "--period", "2026-13"]),
        (2, ["invoice", "contract.yaml", "october.csv", "--issued", "soon"]),
        (2, ["invoice", "contract.yaml", "october.csv", "-f", "pdf"]),
        (2, ["invoice", "contract.yaml", "october.csv", "-o", "invoice"]),
        (2, ["invoice", "contract.yaml", "october.csv", "--color", "red"]),
        (2, ["invoice", "october.csv"]),
        (2, ["invoice", "contract.yaml", "contract.yml", "october.csv"]),
        (2, ["check", "contract.yaml", "-f", "xml"]),
        (2, ["explain", "contract.yaml", "october.csv"]),
        (2, ["explain", "contract.yaml", "october.csv", "--line", "talk.day", "--limit", "0"]),
        (2, ["schema", "invoices"]),
        (3, ["invoice", "contract.yaml", "nowhere.csv"]),
        (3, ["invoice", "nowhere.yaml", "october.csv"]),
        (3, ["invoice", "contract.yaml", "."]),
        (3, ["invoice", "contract.yaml", "october.csv", "-o", "nowhere/a.json"]),
        (3, ["invoice", "contract.yaml", "october.csv", "--rejects", "nowhere/a.csv"]),
        (10, ["invoice", "contract.yaml", "broken.csv", "--max-rejects", "1"]),
        (10, ["check", "contract.yaml", "broken.csv", "--max-rejects", "10%"]),
    ],
)
def test_an_exit_code_says_how_it_went(code: int, arguments: list[str], place: Path) -> None:
    (place / "broken.yaml").write_text(CONTRACT.replace("0.45", "0,45"))
    (place / "november.csv").write_text(CALLS + "B-6,2026-11-01T00:00:00+01:00,help,5\n")
    done = call(*arguments)
    assert (done.exit_code, done.stderr if code == 0 and arguments[0] == "check" else "") == (code, "")
    assert (done.stdout != "") == (code == 0 and arguments[0] == "invoice")
    assert (done.stderr != "") or arguments[0] == "check"


@pytest.mark.parametrize(
    "arguments",
    [
        ["init", "tiem"],
        ["describe", "subscripton"],
        ["explain", "contract.yaml", "october.csv", "--line", "talks"],
        ["invoice", "contract.yaml", "october.csv", "--max-rejects", "few"],
        ["invoice", "contract.yaml", "october.csv", "--max-rejects", "-1"],
    ],
)
def test_a_wrong_word_is_a_wrong_command_line(arguments: list[str]) -> None:
    assert call(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (RuntimeError("oh"), 70, f"callbill {__version__} has a bug (RuntimeError); please report the lines above\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_a_bug_and_an_interruption_have_codes_of_their_own(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(SystemExit) as caught:
        cli.run(fail)
    out, err = capsys.readouterr()
    assert (caught.value.code, out) == (code, "")
    assert err.endswith(said)
    assert ("Traceback" in err) == (code == 70)


def test_the_exit_codes_stand_in_the_help() -> None:
    told = re.sub(r"\s+", " ", call("--help").stdout)
    for code in ("0 done", "1 contract", "2 wrong", "3 a file", "10 a limit", "70 a bug", "130 interrupted"):
        assert code in told


def hearing() -> None:
    """Listen to an interruption."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@POSIX
def test_an_interruption_is_silent(place: Path) -> None:
    os.mkfifo(place / "slow.csv")
    # a shell starts what runs in the background deaf to it, and so would everything be that runs under it
    process = start("invoice", "contract.yaml", "slow.csv", preexec_fn=hearing)
    with (place / "slow.csv").open("wb"):  # it is reading now
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


@POSIX
@pytest.mark.parametrize("arguments", [["invoice", "contract.yaml", "october.csv"], ["--help"], ["--version"]])
def test_a_closed_pipe_is_silent(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as stream:
        assert ran(*arguments, stdout=stream) == (141, None, b"")


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
SAYING = [["invoice", "contract.yaml", "october.csv"], ["--help"], ["check", "--help"], ["--version"], ["describe"]]


@POSIX
@FULL
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("arguments", SAYING)
def test_a_full_disk_behind_standard_output_is_told(
    arguments: list[str], buffered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", "" if buffered else "1")
    with Path("/dev/full").open("wb") as stream:
        code, _, err = ran(*arguments, stdout=stream)
    told = b"error[CB403]: standard output cannot be written: No space left on device"
    assert (code, err.splitlines()[0], len(err.splitlines())) == (3, told, 2)


def without(*closed: int, call: Sequence[str]) -> "subprocess.CompletedProcess[bytes]":
    """A command whose caller has closed some of the standard streams."""
    redirected = " ".join(f"{number}>&-" for number in closed)
    command = [f'exec "$@" {redirected}', "sh", sys.executable, "-m", "callbill", *call]
    return subprocess.run(["sh", "-c", *command], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


@POSIX
@pytest.mark.parametrize("arguments", SAYING)
def test_a_closed_standard_output_is_told(arguments: list[str]) -> None:
    done = without(1, call=arguments)
    told = b"error[CB403]: standard output cannot be written: it is closed"
    assert (done.returncode, done.stderr.splitlines()[0], len(done.stderr.splitlines())) == (3, told, 2)


@POSIX
@pytest.mark.parametrize(
    ("closed", "arguments", "code"),
    [
        ((1,), ["check", "contract.yaml", "october.csv"], 0),
        ((1,), ["check", "nowhere.yaml"], 3),
        ((1,), ["--nope"], 2),
        ((2,), ["check", "contract.yaml", "broken.csv"], 1),
        ((2,), ["invoice", "contract.yaml", "october.csv"], 0),
        ((0, 1, 2), ["invoice", "contract.yaml", "october.csv"], 3),
        ((0, 1, 2), ["invoice", "contract.yaml", "october.csv", "-o", "done.csv"], 0),
    ],
)
def test_an_exit_code_needs_no_stream(closed: tuple[int, ...], arguments: list[str], code: int, place: Path) -> None:
    """Nothing is said twice, nothing lands in a file that took the place of a closed stream."""
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    done = without(*closed, call=arguments)
    assert done.returncode == code
    assert (done.stdout != b"") == (1 not in closed and code == 0)
    assert b"Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in place.iterdir() if path.name != "done.csv"} == before
    assert "-o" not in arguments or (place / "done.csv").read_bytes().startswith(b"invoice,")


@POSIX
@FULL
def test_a_full_disk_behind_standard_error_changes_no_exit_code() -> None:
    with Path("/dev/full").open("wb") as stream:
        assert ran("check", "contract.yaml", "broken.csv", stderr=stream)[0] == 1
        code, out, _ = ran("invoice", "contract.yaml", "october.csv", stderr=stream)
    assert (code, out.decode()) == (0, invoice().stdout)


# ----------------------------------------------------------------------------------------------------- the streams


def test_the_closing_line_and_warnings_go_to_standard_error() -> None:
    done = invoice()
    assert done.stderr == "ORCHID-7-2026-10: 4 lines, 15.24 EUR due 2026-11-30; 5 rows read\n"
    warned = invoice("broken.csv", "--max-rejects", "2")
    assert warned.stderr.startswith("warning[CB304]: `long` is not a duration\n --> broken.csv:7:37\n")
    assert warned.stdout.startswith("Invoice ORCHID-7-2026-10\n")


def test_quiet_hides_warnings_and_the_closing_line_but_no_error() -> None:
    assert invoice("october.csv", "-q").stderr == ""
    assert invoice("october.csv", "-q").stdout == invoice().stdout
    assert invoice("broken.csv", "-q", "--max-rejects", "2").stderr == ""
    loud, quiet = invoice("broken.csv"), invoice("broken.csv", "-q")
    assert quiet.exit_code == loud.exit_code == 1
    assert quiet.stderr == loud.stderr.rpartition("\n\nno invoice")[0] + "\n"


ENDINGS = [(suffix, name) for name in writers.names() for suffix in writers.named(name).suffixes]


@pytest.mark.parametrize(("suffix", "form"), [*ENDINGS, (".JSON", "json")])
def test_the_ending_of_the_output_names_its_format(suffix: str, form: str, place: Path) -> None:
    name = f"invoice{suffix}"
    done = invoice("october.csv", "-o", name)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.endswith(f"; 5 rows read, written to {name}\n")
    assert (place / name).read_text("utf-8") == invoice("october.csv", "-f", form).stdout


def test_a_named_format_goes_before_the_ending(place: Path) -> None:
    assert invoice("october.csv", "-f", "json", "-o", "invoice.md").exit_code == 0
    assert json.loads((place / "invoice.md").read_text())["schema"] == 1
    assert invoice("october.csv", "-f", "csv", "-o", "-").stdout == invoice("october.csv", "-f", "csv").stdout


@pytest.mark.parametrize("arguments", [["broken.csv"], ["october.csv", "--period", "2026-1"], ["nowhere.csv"]])
def test_a_failed_run_leaves_the_old_invoice(arguments: list[str], place: Path) -> None:
    (place / "invoice.json").write_text("September")
    before = sorted(place.iterdir())
    done = invoice(*arguments, "-o", "invoice.json")
    assert done.exit_code in (1, 2, 3)
    assert (place / "invoice.json").read_text() == "September"
    assert sorted(place.iterdir()) == before


@POSIX
def test_an_invoice_replaces_a_file_a_link_and_a_device(place: Path) -> None:
    (place / "invoice.json").write_text("September")
    (place / "invoice.json").chmod(0o640)
    (place / "latest.json").symlink_to("invoice.json")
    for name in ("invoice.json", "latest.json", os.devnull):
        assert invoice("october.csv", "-f", "json", "-o", name).exit_code == 0
    assert (place / "invoice.json").read_text("utf-8") == invoice("october.csv", "-f", "json").stdout
    assert stat.S_IMODE((place / "invoice.json").stat().st_mode) == 0o640
    assert (place / "latest.json").is_symlink()


# ------------------------------------------------------------------------------------------------- what arrives


def zipped(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, CALLS)
    return data.getvalue()


def lines(done: Result) -> Any:
    """What is billed, without the names of the files."""
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    return [found["lines"], found["funnel"], found["total"]]


def test_activity_arrives_in_any_dress(place: Path) -> None:
    expected = lines(invoice("october.csv", "-f", "json"))
    (place / "a.gz").write_bytes(gzip.compress(CALLS.encode()))
    (place / "a.zip").write_bytes(zipped("october.csv"))
    (place / "dressed.csv").write_bytes(b"\xef\xbb\xbf" + CALLS.replace("\n", "\r\n").encode())
    rows = CALLS.splitlines(keepends=True)
    (place / "1.csv").write_text("".join(rows[:3]))
    (place / "2.csv").write_text(rows[0] + "".join(rows[3:]))
    for arguments in (["a.gz"], ["a.zip"], ["dressed.csv"], ["1.csv", "2.csv"], ["2.csv", "calls=1.csv"], ["?.csv"]):
        assert lines(invoice(*arguments, "-f", "json")) == expected, arguments


@pytest.mark.parametrize("name", ["-", "calls=-"])
def test_activity_arrives_on_standard_input(name: str) -> None:
    expected = lines(invoice("october.csv", "-f", "json"))
    assert lines(invoice(name, "-f", "json", given=CALLS.encode())) == expected
    assert lines(invoice(name, "-f", "json", given=gzip.compress(CALLS.encode()))) == expected


def test_a_zip_of_two_files_is_refused(place: Path) -> None:
    (place / "a.zip").write_bytes(zipped("october.csv", "november.csv"))
    assert "unpack it and name one" in invoice("a.zip").stderr


# ------------------------------------------------------------------------------------------------------- options


def test_colour_can_be_forced_and_text_stays_the_same() -> None:
    plain, painted = invoice("october.csv"), invoice("october.csv", "--color", "always")
    assert "\x1b[" not in plain.stdout
    assert "\x1b[" in painted.stdout
    assert PAINT.sub("", painted.stdout) == plain.stdout
    wrong, marked = invoice("broken.csv"), invoice("broken.csv", "--color", "always")
    assert "\x1b[" not in wrong.stderr
    assert "\x1b[1;31merror[CB304]\x1b[0m" in marked.stderr
    assert PAINT.sub("", marked.stderr) == wrong.stderr
    assert "\x1b[" not in invoice("october.csv", "--color", "always", "-f", "json").stdout


def on_terminal(columns: int, *arguments: str, **environment: str) -> str:
    """What a terminal of some columns is sent."""
    import fcntl
    import pty
    import termios

    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    known = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR", "TERM")}
    process = start(*arguments, stdout=side, stderr=side, env={**known, "TERM": "xterm", **environment})
    os.close(side)
    seen = b""
    try:
        while data := os.read(main, 1 << 16):
            seen += data
    except OSError:  # Linux: the other side is closed
        pass
    os.close(main)
    assert process.wait(timeout=60) == 0
    return seen.decode().replace("\r\n", "\n")


@POSIX
def test_a_terminal_shows_colour_and_is_filled_but_not_exceeded() -> None:
    wide = on_terminal(100, "invoice", "contract.yaml", "october.csv", "-q")
    assert "\x1b[" in wide
    assert PAINT.sub("", wide) == invoice("october.csv").stdout, "a pipe gets the same text"
    narrow = PAINT.sub("", on_terminal(60, "invoice", "contract.yaml", "october.csv", "-q"))
    assert max(len(line) for line in narrow.splitlines()) <= 60
    assert "…" not in narrow
    assert re.findall(r"[0-9]+\.[0-9]{2}\b", narrow)


@POSIX
@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_can_be_asked_for_no_colour(environment: dict[str, str]) -> None:
    plain = on_terminal(100, "invoice", "contract.yaml", "october.csv", "-q", **environment)
    assert plain == invoice("october.csv").stdout


@pytest.mark.parametrize(
    ("today", "period"), [((2026, 11, 1), "2026-10"), ((2027, 1, 31), "2026-12"), ((2026, 10, 31), "2026-09")]
)
def test_last_month_is_the_month_before_this_one(
    today: tuple[int, int, int], period: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Frozen(date):
        @classmethod
        def today(cls) -> "Frozen":
            return cls(*today)

    monkeypatch.setattr(cli, "date", Frozen)
    done = invoice("october.csv", "--period", "last-month", "-f", "json")
    assert json.loads(done.stdout)["number"] == f"ORCHID-7-{period}"
    assert done.stdout == invoice("october.csv", "--period", period, "-f", "json").stdout


def test_number_and_date_can_be_given() -> None:
    found = json.loads(
        invoice("october.csv", "-f", "json", "--number", "F [2026] 118", "--issued", "2026-11-03").stdout
    )
    assert (found["number"], found["terms"]["issued"], found["terms"]["due"]) == (
        "F [2026] 118",
        "2026-11-03",
        "2026-12-03",
    )
    assert json.loads(invoice("october.csv", "-f", "json").stdout)["terms"]["issued"] == "2026-10-31"
    assert "F [2026] 118" in invoice("october.csv", "--number", "F [2026] 118").stdout


@pytest.mark.parametrize("option", [["--issued", "9999-12-31"], ["--issued", "20261103"], ["--period", "9999-12"]])
def test_a_date_is_written_in_full_and_has_days_around_it(option: list[str]) -> None:
    done = invoice("october.csv", *option)
    assert (done.exit_code, done.stdout, len(re.findall("error", done.stderr))) == (2, "", 1)


@pytest.mark.parametrize(
    ("limit", "code"),
    [("0", 1), ("1", 10), ("2", 0), ("9", 0), ("28%", 10), ("29%", 0), ("28.6%", 0), ("100%", 0), ("100 %", 0)],
)
def test_rejects_are_accepted_up_to_a_number_or_a_share(limit: str, code: int) -> None:
    done = invoice("broken.csv", "--max-rejects", limit)
    assert done.exit_code == code, "two of seven rows are rejected: 28.57 %"
    assert (done.stdout == "") == (code != 0)


@pytest.mark.parametrize("limit", ["few", "1.5", "%", "-1", "1e2", "٣", "1.²%", ".5%", "9" * 5000, ""])
@pytest.mark.parametrize("command", [["invoice"], ["check"], ["explain", "--line", "talk"]])
def test_a_limit_is_a_number_or_a_share_and_is_looked_at_before_any_file(command: list[str], limit: str) -> None:
    done = call(*command, "nowhere.yaml", "nothing.csv", "--max-rejects", limit)
    assert (done.exit_code, done.stdout, re.findall("CB[0-9]{3}", done.stderr)) == (2, "", ["CB405"])


@pytest.mark.parametrize("command", ["invoice", "check"])
@pytest.mark.parametrize("accepted", ["0", "2"])
def test_rejects_do_not_go_to_standard_output(command: str, accepted: str) -> None:
    done = call(command, "contract.yaml", "broken.csv", "--max-rejects", accepted, "--rejects", "-")
    assert (done.exit_code, done.stdout, re.findall("CB[0-9]{3}", done.stderr)) == (2, "", ["CB405"])


@pytest.mark.parametrize(
    ("rows", "limit", "said"),
    [
        ([*CALLS.splitlines()[1:2], "B-6,2026-10-06T09:00:00+02:00,sales,long"], "0",
         "1 of 2 rows was rejected, none is accepted"),
        (["B-6,2026-10-06T09:00:00+02:00,sales,long"], "0", "1 of 1 row was rejected, none is accepted"),
        (BROKEN.splitlines()[1:], "1", "2 of 7 rows were rejected, 1 is accepted"),
        ([*BROKEN.splitlines()[1:], "B-6,2026-10-06T09:00:00+02:00,sales,long"], "2",
         "3 of 8 rows were rejected, 2 are accepted"),
    ],
)  # fmt: skip
def test_the_sum_of_the_rejects_counts_like_a_person(rows: list[str], limit: str, said: str, place: Path) -> None:
    (place / "rows.csv").write_text(HEADER + "\n".join(rows) + "\n")
    assert f"error[CB318]: {said}\n" in invoice("rows.csv", "--max-rejects", limit).stderr


def test_the_sum_of_the_rejects_is_no_problem_more() -> None:
    assert invoice("broken.csv").stderr.endswith("\n\nno invoice: 2 problems found\n")


@POSIX
def test_a_file_is_named_once_for_one_source(place: Path) -> None:
    (place / "again.csv").symlink_to("october.csv")
    for second in ("october.csv", "./october.csv", "calls=october.csv", "again.csv", "octo*.csv"):
        done = invoice("october.csv", second)
        assert (done.exit_code, done.stdout, re.findall("CB[0-9]{3}", done.stderr)) == (2, "", ["CB407"])
    (place / "copy.csv").write_text(CALLS)
    assert invoice("october.csv", "copy.csv").exit_code == 0, "equal rows in two files are duplicates, told by their id"


def test_rejects_are_listed_whether_they_are_accepted_or_not(place: Path) -> None:
    invoice("broken.csv", "--rejects", "no.csv")
    invoice("broken.csv", "--max-rejects", "2", "--rejects", "yes.csv")
    invoice("october.csv", "--rejects", "none.csv")
    assert (place / "no.csv").read_text() == (place / "yes.csv").read_text() == (
        "file,line,column,field,value,code,reason,help\n"
        "broken.csv,7,37,talk,long,CB304,`long` is not a duration,"
        "`talk` is declared in `s`: its cells are plain numbers\n"
        "broken.csv,8,37,talk,1:20,CB304,`1:20` is not a duration,"
        "`talk` is declared in `s`; a clock is declared as `h:mm:ss` or `mm:ss`\n"
    )  # fmt: skip
    assert (place / "none.csv").read_text() == "file,line,column,field,value,code,reason,help\n"


# ---------------------------------------------------------------------------------------------- other commands


def test_check_is_silent_when_all_is_well() -> None:
    for arguments in (["contract.yaml"], ["contract.yaml", "october.csv"]):
        done = call("check", *arguments)
        assert (done.exit_code, done.output) == (0, "")


def test_check_tells_problems_in_three_forms(place: Path) -> None:
    (place / "c.yaml").write_text(
        CONTRACT.replace("unit: minute", "unit: minutes").replace("language: en", "language: de")
    )
    concise = call("check", "c.yaml", "-f", "concise")
    assert concise.stderr == (
        "c.yaml:6:11: error[CB230] `de` is not a choice for `language`\n"
        "c.yaml:33:11: error[CB230] `minutes` is not a choice for `unit`\n"
    )
    found = json.loads(call("check", "c.yaml", "--format", "json").stderr)
    assert [(one["code"], one["place"]["line"], one["path"]) for one in found] == [
        ("CB230", 6, ["language"]), ("CB230", 33, ["charges", 0, "unit"]),
    ]  # fmt: skip
    assert call("check", "c.yaml").stderr.endswith("\n\nno invoice possible: 2 problems found\n")
    assert call("check", "contract.yaml", "-f", "json").output == ""


def test_problems_in_json_are_one_list(place: Path) -> None:
    """Warnings about accepted rejects and what comes after them together."""
    november = "B-7,2026-11-07T09:00:00+01:00,sales,60\n"
    (place / "both.csv").write_text(BROKEN + november)
    accepted = ["--max-rejects", "2"]
    done = call("check", "contract.yaml", "both.csv", "-f", "json", *accepted)
    found = [(one["severity"], one["code"]) for one in json.loads(done.stderr)]
    assert (done.exit_code, found) == (1, [("warning", "CB304"), ("warning", "CB304"), ("error", "CB256")])
    done = call("check", "contract.yaml", "both.csv", "-f", "json", *accepted, "--period", "2026-10")
    assert (done.exit_code, [one["severity"] for one in json.loads(done.stderr)]) == (0, ["warning", "warning"])
    lines = call("check", "contract.yaml", "both.csv", "-f", "concise", *accepted).stderr.splitlines()
    assert [re.findall("CB[0-9]{3}", line) for line in lines] == [["CB304"], ["CB304"], ["CB256"]]


@pytest.mark.parametrize("name", ["contract.yaml", *(str(path) for path in sorted(SAMPLES.glob("*.yaml")))])
def test_the_effective_contract_is_the_same_contract(name: str, place: Path) -> None:
    done = call("check", name, "--effective")
    assert (done.exit_code, done.stderr) == (0, "")
    (place / "effective.yaml").write_text(done.stdout)
    assert call("check", "effective.yaml", "--effective").stdout == done.stdout
    if name == "contract.yaml":
        again = call("invoice", "effective.yaml", "october.csv", "-f", "json")
        assert again.stdout == invoice("october.csv", "-f", "json").stdout


@pytest.mark.parametrize("name", models.names())
def test_every_model_has_a_contract_to_start_from(name: str, place: Path) -> None:
    done = call("init", name)
    assert done.stdout == contract_for(name)
    (place / "new.yaml").write_text(done.stdout)
    assert call("check", "new.yaml").output == ""


def test_everything_can_be_described() -> None:
    listed = call("describe").stdout
    for name in (
        "contract",
        "phases",
        "compare",
        "propose",
        *models.names(),
        *readers.names(),
        *writers.names(),
        *CODES,
    ):
        page = call("describe", name)
        assert (page.exit_code, page.stderr) == (0, ""), name
        assert len(page.stdout.splitlines()) > 2, name
        assert name in listed or name in CODES
    assert call("describe", "cb211").stdout == call("describe", "CB211").stdout
    assert "did you mean `subscription`?" in call("describe", "subscripton").stderr


@pytest.mark.parametrize("name", ["contract", "invoice"])
def test_schemas_are_printed(name: str) -> None:
    assert json.loads(call("schema", name).stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_line_is_explained_down_to_its_records() -> None:
    explain = ["explain", "contract.yaml", "october.csv", "--line"]
    page = call(*explain, "talk.day").stdout
    assert page.startswith("talk.day: Talk time [vip]\n  day\n  ")
    assert "Records" not in page
    listed = call(*explain, "talk.day", "--records").stdout
    assert listed.startswith(page)
    assert re.findall(r"october\.csv:[0-9]+ +B-[0-9]", listed) == [f"october.csv:{n + 1}  B-{n}" for n in (1, 3, 5)]
    assert "Records (2)" in call(*explain, "talk.evening", "--records", "--limit", "2").stdout
    assert len(re.findall("october.csv:", call(*explain, "talk.day", "--records", "--limit", "1").stdout)) == 1
    for line in ("talk.evening", "calls.t1", "calls.t2"):
        assert call(*explain, line, "--records").exit_code == 0
    missing = call(*explain, "talk.night")
    assert (missing.stdout, "[CB406]" in missing.stderr) == ("", True)


@pytest.mark.parametrize(("written", "meant"), [("invoce", "invoice"), ("chek", "check"), ("explian", "explain")])
def test_a_misspelt_command_is_guessed(written: str, meant: str) -> None:
    done = call(written, "contract.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"Did you mean '{meant}'" in done.stderr
    assert done.stderr.count("Did you mean") == 1


def test_every_command_has_help() -> None:
    for name in ("invoice", "check", "explain", "init", "describe", "schema"):
        told = call(name, "--help")
        assert told.exit_code == 0
        assert call(name, "-h").stdout == told.stdout
        assert name in call("--help").stdout


# --------------------------------------------------------------------------------------------------- start-up


def test_the_module_and_the_command_are_one() -> None:
    assert ran("--version") == (0, f"callbill {__version__}\n".encode(), b"")
    assert call("--version").stdout == f"callbill {__version__}\n"


HEAVY = ("duckdb", "_duckdb", "pandas", "rich.table", "holidays", "babel")


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import os, sys; from callbill.__main__ import main; sys.argv = ['callbill', '--help']\n"
        f"os._exit = lambda status: print(status, [name for name in {HEAVY} if name in sys.modules])\n"
        "try: main()\nexcept SystemExit: pass"
    )
    code, out, err = ran(module=("-c", script))
    assert (code, out.splitlines()[-1], err) == (0, b"0 []", b"")


UNUSED = ("duckdb", "pandas", "numpy", "holidays", "importlib.metadata", "email", "rich.progress")
"""What an invoice of a contract without public holidays has no use for, and others that it uses could bring."""


def test_an_invoice_loads_nothing_that_it_does_not_use(place: Path) -> None:
    script = (
        "import os, sys; from callbill.__main__ import main; sys.argv = ['callbill', 'invoice', '-q', *sys.argv[1:]]\n"
        f"os._exit = lambda status: print(status, [name for name in {UNUSED} if name in sys.modules])\n"
        "try: main()\nexcept SystemExit: pass"
    )
    code, out, err = ran("contract.yaml", "october.csv", module=("-c", script))
    assert (code, out.splitlines()[-1], err) == (0, b"0 []", b"")


def test_what_looks_for_plug_ins_is_there_for_whoever_asks() -> None:
    script = (
        "import sys; from callbill.__main__ import _NoPlugins, LOADER; sys.modules[LOADER] = _NoPlugins(LOADER)\n"
        "from pydantic.plugin._loader import get_plugins, PYDANTIC_ENTRY_POINT_GROUP\n"
        "print(get_plugins(), PYDANTIC_ENTRY_POINT_GROUP)"
    )
    assert ran(module=("-c", script)) == (0, b"() pydantic\n", b"")


# ------------------------------------------------------------------------------------------------ any input at all

TOKENS = st.sampled_from(
    ["", "~", "0", "-1", "1e3", "0,30", "１２", "NaN", "[]", "{}", "[a, b]", "{a: 1}", "true", "2026-02-30", "24:00",
     "10 %", "0 s", "9" * 30, "x" * 70, "é", "calls.talk", "calls.all", "*x", "&x 1", "!t", "'", '"', "|", "all",
     '"\\t"', '"\\0"', '"\\""', "utf-16", "h:mm:ss", "iso", "epoch_s", "UTC", "localtime", "(((", "[x]"]
)  # fmt: skip
VALUE = re.compile(r"(?<=: )[^,{}\[\]\n]+|(?<=: )[\[{].*")


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A contract that somebody has edited in a hurry."""
    rows = draw(st.sampled_from([CONTRACT, *(contract_for(name) for name in models.names())])).split("\n")
    for _ in range(draw(st.integers(1, 3))):
        n, m = (draw(st.integers(0, len(rows) - 1)) for _ in range(2))
        kind = draw(st.integers(0, 4))
        spots = list(VALUE.finditer(rows[n]))
        if kind == 0 and len(rows) > 2:
            del rows[n]
        elif kind == 1:
            rows.insert(m, rows[n])
        elif kind == 2 and spots:
            spot = draw(st.sampled_from(spots))
            rows[n] = rows[n][: spot.start()] + draw(TOKENS) + rows[n][spot.end() :]
        elif kind == 3:
            rows[n] = " " * draw(st.integers(0, 6)) + rows[n].lstrip()
        else:
            at = draw(st.integers(0, len(rows[n])))
            rows[n] = rows[n][:at] + draw(st.sampled_from("{}[]:,-#&*!|>'\"%@`? \t\\0é\0")) + rows[n][at + m % 2 :]
    return "\n".join(rows)


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_any_contract_is_read_or_refused(text: str) -> None:
    found: Contract | None = None
    problems: tuple[Problem, ...] = ()
    try:
        found = load(text.encode(), "contract.yaml")
    except Invalid as refused:
        problems = refused.problems
    assert (found is None) == bool(problems)
    for problem in problems:
        assert problem.place is not None
        assert problem.place.line >= 0
        assert problem.code in CODES
        assert problem.message
        assert "None" not in problem.message


NASTY = st.sampled_from(
    [b"\0", b"\xff", b'"', b'""', b",", b";", b"\r", b"\n", b"\t", b"\xef\xbb\xbf", b"'", b"\\", b"-", b":", b"Z",
     b"1e9", b"9" * 12, b"\xc2\xa0", b"\x1b[31m", b"\x0b", b"\x1f", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"=1+1", b""]
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.tuples(st.integers(0, len(CALLS)), st.integers(0, 3), NASTY), min_size=1, max_size=4),
    lenient=st.booleans(),
)
def test_any_export_is_billed_or_refused(cuts: list[tuple[int, int, bytes]], lenient: bool, place: Path) -> None:
    data = CALLS.encode()
    for at, length, replacement in cuts:
        data = data[:at] + replacement + data[at + length :]
    (place / "any.csv").write_bytes(data)
    done = invoice("any.csv", "--max-rejects", "100%" if lenient else "0")
    assert done.exit_code in (0, 1)
    assert (done.stdout == "") == (done.exit_code == 1)
    assert done.exit_code == 0 or re.search(r"\[CB3[0-9]{2}\]|\[CB256\]", done.stderr)
    assert "[CB318]" not in done.stderr or done.stderr.count("error[") > 1, "every reject says why"


def test_being_told_to_stop_leaves_nothing_behind(place: Path, tmp_path: Path) -> None:
    """A process that waits for its activity has a temporary folder by then; what Python tries a folder with comes and
    goes before that."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    process = start(
        "invoice", "contract.yaml", "-", stdin=subprocess.PIPE, env={**os.environ, "TMPDIR": str(folder)}, cwd=place,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(CALLS.encode())
    process.stdin.flush()
    while process.poll() is None and not list(folder.glob("callbill-*")):
        time.sleep(0.01)
    process.terminate()
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out, list(folder.iterdir())) == (130, b"", [])

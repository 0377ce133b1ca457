"""Standard output and standard error: colour, width, quiet, and how a problem is drawn."""

import contextlib
import csv
import io
import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal, TextIO

from callbill.problems import Place, Problem

if TYPE_CHECKING:
    from callbill.stage import Reject

ColorChoice = Literal["auto", "always", "never"]
ProblemFormat = Literal["full", "concise", "json"]
ROW_CODES = frozenset(f"CB{number}" for number in (*range(303, 316), 319))
"""Problems of single rows, which may repeat a million times."""
SHOWN_PER_CODE = 3
"""Problems of one code in one export that are drawn in full; the others are counted."""


def colored(stream: TextIO, choice: ColorChoice) -> bool:
    """Whether a stream gets colour: never in a pipe, with NO_COLOR or on a dumb terminal, unless it is asked for."""
    if choice != "auto":
        return choice == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width(stream: TextIO) -> int | None:
    """Columns of a terminal, None in a pipe."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def _painted(text: str, code: str, color: bool) -> str:  # noqa: FBT001 - a private helper of this page
    return f"\x1b[{code}m{text}\x1b[0m" if color else text


def draw(problem: Problem, *, color: bool) -> str:
    """A problem as a person reads it: what, where, the line, a caret, what to write."""
    tint = "1;31" if problem.severity == "error" else "1;33"
    head = _painted(f"{problem.severity}[{problem.code}]", tint, color)
    lines = [f"{head}: {problem.message}"]
    place = problem.place
    if place is not None and place.file:
        margin = len(str(place.line)) if place.line else 1
        lines.append(f"{' ' * margin}--> {_spot(place)}")
        if place.source and place.line:
            source = place.source.replace("\t", " ").rstrip()
            gap = f"{' ' * margin} |"
            lines += [gap, f"{place.line} | {source}"]
            if place.column:
                caret = "^" * max(1, min(place.width, len(source) - place.column + 2))
                lines.append(f"{gap} {' ' * (place.column - 1)}{_painted(caret, tint, color)}")
    if problem.help:
        lines.append(f"{_painted('help', '1;36', color)}: {problem.help}")
    return "\n".join(line.rstrip() for line in lines)


def _spot(place: Place) -> str:
    parts = [place.file] + [str(part) for part in (place.line, place.column) if part]
    return ":".join(parts)


def report(problems: Sequence[Problem], form: ProblemFormat, *, color: bool) -> str:
    """Many problems; of those that repeat in an export only the first of each code are drawn."""
    if form == "json":
        return json.dumps([_as_json(one) for one in problems], ensure_ascii=False, indent=2) + "\n"
    if form == "concise":
        spots = [(one.place and _spot(one.place)) or "callbill" for one in problems]
        return "".join(
            f"{spot}: {one.severity}[{one.code}] {one.message}\n" for spot, one in zip(spots, problems, strict=True)
        )
    return "\n\n".join(_grouped(problems, color=color)) + "\n"


def _as_json(problem: Problem) -> dict[str, object]:
    place = asdict(problem.place) if problem.place else None
    return {
        "code": problem.code, "severity": problem.severity, "message": problem.message, "help": problem.help,
        "path": list(problem.path), "place": place,
    }  # fmt: skip


def _grouped(problems: Sequence[Problem], *, color: bool) -> Iterator[str]:
    counts: dict[tuple[str, str], int] = {}
    for problem in problems:
        key = (problem.code, problem.place.file if problem.place else "")
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= SHOWN_PER_CODE or problem.code not in ROW_CODES:
            yield draw(problem, color=color)
    for (code, file), count in counts.items():
        if count > SHOWN_PER_CODE and code in ROW_CODES:
            more = count - SHOWN_PER_CODE
            yield f"… and {more:,} more {'row' if more == 1 else 'rows'} like these in {file} ({code})"


def rejects_csv(rejects: Sequence["Reject"]) -> str:
    """Every reject as a row: file, line, column, field, value, code, reason, remedy."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["file", "line", "column", "field", "value", "code", "reason", "help"])
    for one in rejects:
        place = one.problem.place or Place("")
        cells = [place.file, place.line, place.column, one.field, one.value, one.problem.code, one.problem.message]
        rows.writerow([*cells, one.problem.help])
    return text.getvalue()


def ahead(task: Callable[..., object], *arguments: object) -> None:
    """Do something that will be needed later while the engine, which is not Python, is busy."""
    threading.Thread(target=task, args=arguments, daemon=True).start()


@contextlib.contextmanager
def waiting(message: str) -> Iterator[None]:
    """A moving sign on standard error, only on a terminal and only after a second."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_spin, args=(message, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _spin(message: str, done: threading.Event) -> None:
    if done.wait(1):
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(message)):
        done.wait()

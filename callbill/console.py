"""Standard output and standard error: colour, width, quiet, and how a problem is drawn."""

import contextlib
import csv
import io
import json
import os
import re
import shutil
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal, Protocol, TextIO, TypeVar

from callbill.problems import Place, Problem

if TYPE_CHECKING:
    from callbill.stage import Reject

ColorChoice = Literal["auto", "always", "never"]
ProblemFormat = Literal["full", "concise", "json"]
ROW_CODES = frozenset(f"CB{number}" for number in (*range(303, 316), 319, 325, 326, 327, 329))
"""Problems of single rows, which may repeat a million times."""
SHOWN_PER_CODE = 3
"""Problems of one code in one export that are drawn in full; the others are counted."""
EXCERPT = 110
"""Most characters that are shown of a line."""
QUOTED = 60
"""From this length on a value is cut where a message quotes it."""


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
    lines = [f"{head}: {_tidy(problem.message)}"]
    place = problem.place
    if place is not None and place.file:
        margin = " " * (len(str(place.line)) if place.line else 1)
        lines.append(f"{margin}--> {_spot(place)}")
        if place.source.strip() and place.line:
            source, before, caret = _excerpt(place)
            lines += [f"{margin} |", f"{place.line} | {source}"]
            if caret:
                lines.append(f"{margin} | {before}{_painted(caret, tint, color)}")
    if problem.help:
        lines.append(f"{_painted('help', '1;36', color)}: {_shown(problem.help)}")
    return "\n".join(line.rstrip() for line in lines)


def _excerpt(place: Place) -> tuple[str, str, str]:
    """What is shown of the line of a place, the blanks before its caret, and the caret; `…` stands for what is cut."""
    source = _shown(place.source.rstrip())
    at = min(max(place.column - 1, 0), len(source))
    first = max(0, min(at - EXCERPT // 3, len(source) - EXCERPT))
    shown = source[first : first + EXCERPT]
    if first:
        shown = "…" + shown[1:]
    if first + EXCERPT < len(source):
        shown = shown[:-1] + "…"
    if not place.column:
        return shown, "", ""
    marked = shown[at - first :][: place.width] or " "
    return shown, " " * _cells(shown[: at - first]), "^" * _cells(marked)


def _shown(text: str) -> str:
    """A text on one line: control characters, which would move the cursor or worse, as `�`; a tab as a blank."""
    return "".join(" " if char in "\t\u2028\u2029\x85" else "�" if _controls(char) else char for char in text)


def _controls(char: str) -> bool:
    return unicodedata.category(char) == "Cc" or char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def _cells(text: str) -> int:
    """The columns that a text takes on a terminal."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)


def _tidy(text: str) -> str:
    """A message on one line; of a long value that it quotes only the beginning."""
    return re.sub(f"`([^`]{{{QUOTED},}})`", lambda found: f"`{found[1][: QUOTED - 1]}…`", _shown(text))


def _spot(place: Place) -> str:
    parts = [_shown(place.file)] + [str(part) for part in (place.line, place.column) if part]
    return ":".join(parts)


def report(problems: Sequence[Problem], form: ProblemFormat, *, color: bool) -> str:
    """Many problems; of those that repeat in an export only the first of each code are drawn."""
    if form == "json":
        return json.dumps([_as_json(one) for one in problems], ensure_ascii=False, indent=2) + "\n"
    if form == "concise":
        spots = [(one.place and _spot(one.place)) or "callbill" for one in problems]
        return "".join(
            f"{spot}: {one.severity}[{one.code}] {_tidy(one.message)}\n"
            for spot, one in zip(spots, problems, strict=True)
        )
    return "\n\n".join(_grouped(problems, color=color)) + "\n"


def _as_json(problem: Problem) -> dict[str, object]:
    place = asdict(problem.place) if problem.place else None
    return {
        "code": problem.code, "severity": problem.severity, "message": problem.message, "help": problem.help,
        "path": list(problem.path), "place": place,
    }  # fmt: skip


def _grouped(problems: Sequence[Problem], *, color: bool) -> Iterator[str]:
    """Problems as they are drawn; how many more there are like the drawn ones comes after the last of these."""
    counts: dict[tuple[str, str], int] = {}
    last = max((n for n, problem in enumerate(problems) if problem.code in ROW_CODES), default=-1)
    for n, problem in enumerate(problems):
        key = (problem.code, problem.place.file if problem.place else "")
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= SHOWN_PER_CODE or problem.code not in ROW_CODES:
            yield draw(problem, color=color)
        if n == last:
            yield from _more(counts)


def _more(counts: Mapping[tuple[str, str], int]) -> Iterator[str]:
    for (code, file), count in counts.items():
        if count > SHOWN_PER_CODE and code in ROW_CODES:
            more = count - SHOWN_PER_CODE
            yield f"… and {more:,} more {'row' if more == 1 else 'rows'} like these in {_shown(file)} ({code})"


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


T = TypeVar("T")


def ahead(task: Callable[..., T], *arguments: object) -> Callable[[], T]:
    """Begin what will be needed later; what comes back waits for its result, and raises what it raised."""
    results: list[T] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(task(*arguments))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()

    def result() -> T:
        thread.join()
        for error in errors:
            raise error
        return results[0]

    return result


class Working(Protocol):
    """Something at work that can tell how far it is, in percent of its present step."""

    def tell_progress(self) -> None: ...

    def progress(self) -> int: ...


Watch = Callable[[Working], None]


@contextlib.contextmanager
def waiting(message: str) -> Iterator[Watch]:
    """A progress bar on standard error, only on a terminal and only after a second; it is told what to watch."""
    watched: list[Working] = []

    def watch(one: Working) -> None:
        one.tell_progress()
        watched.append(one)

    if not sys.stderr.isatty():
        yield lambda _: None
        return
    done = threading.Event()
    thread = threading.Thread(target=_show, args=(message, watched, done), daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        done.set()
        thread.join()


def _show(message: str, watched: Sequence[Working], done: threading.Event) -> None:
    if done.wait(1):
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(message, total=100)
        while not done.wait(1):
            bar.update(task, completed=watched[-1].progress() if watched else 0)

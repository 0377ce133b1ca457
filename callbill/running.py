"""How a run talks and ends: its options, what it complains of, its exit code.

Exit codes: 0 done · 1 contract or activity wrong, nothing written · 2 wrong command line · 3 a file cannot be read
or written · 10 a limit the caller set was crossed · 70 a bug in callbill · 130 interrupted.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from callbill.console import ColorChoice, ProblemFormat, colored, report
from callbill.problems import Invalid, Problem
from callbill.streams import Unprinted

OK, WRONG, USAGE, NO_FILE, LIMIT, BUG, INTERRUPTED = 0, 1, 2, 3, 10, 70, 130
COMMAND_LINE = frozenset(f"CB40{n}" for n in range(8))
"""Codes of what is wrong with the command line; those after them are of contracts and activity."""
REJECTS_SUM = "CB318"
"""What sums the rejects up: no problem more."""


@dataclass
class Options:
    """How this run talks."""

    quiet: bool = False
    color: ColorChoice = "auto"
    problems: ProblemFormat = "full"
    task: str = "invoice"
    held: list[Problem] = field(default_factory=list)
    """Warnings that wait for what comes after them, since JSON is one list."""
    closing: list[Callable[[], None]] = field(default_factory=list)
    """What is being closed meanwhile, to be waited for at the end."""


def say(text: str) -> None:
    """A closing line."""
    sys.stderr.write(text + "\n")


def complain(problems: Sequence[Problem], options: Options) -> None:
    problems = [*options.held, *problems]
    options.held.clear()
    sys.stderr.write(report(problems, options.problems, color=colored(sys.stderr, options.color)))


def warn(warnings: Sequence[Problem], options: Options) -> None:
    """Tell what does not stop the run."""
    if options.problems == "json":
        options.held += warnings
        return
    complain(warnings, options)
    if options.problems == "full":
        say("")


@contextmanager
def guarded(options: Options) -> Iterator[None]:
    """Turn what goes wrong into its message and its exit code."""
    from callbill.files import Unreachable

    try:
        yield
        if options.held:
            complain([], options)
    except (Unreachable, Unprinted) as unreachable:
        complain([unreachable.problem], options)
        raise SystemExit(NO_FILE) from None
    except Crossed as crossed:
        complain(crossed.problems, options)
        raise SystemExit(LIMIT) from None
    except Usage as misused:
        complain(misused.problems, options)
        raise SystemExit(USAGE) from None
    except Invalid as invalid:
        complain(invalid.problems, options)
        if not options.quiet and options.problems == "full":
            found = sum(one.code != REJECTS_SUM for one in invalid.problems)
            say(f"\nno {options.task}: {found} problem{'s' if found != 1 else ''} found")
        named = all(one.code in COMMAND_LINE for one in invalid.problems)
        raise SystemExit(USAGE if named else WRONG) from None
    finally:
        for closed in options.closing:
            closed()


class Crossed(Invalid):
    """A limit that the caller set was crossed."""


class Usage(Invalid):
    """The command line cannot be followed."""


def usage(message: str, remedy: str, code: str = "CB405") -> Any:
    raise Usage([Problem(code, message, remedy)])


def options_of(*, quiet: bool, color: str, task: str, problems: str = "full") -> Options:
    if color not in ("auto", "always", "never"):
        complain([Problem("CB405", f"`{color}` is not a choice of colour", "write auto, always or never")], Options())
        raise SystemExit(USAGE)
    if problems not in ("full", "concise", "json"):
        message = f"`{problems}` is not a form of problems"
        complain([Problem("CB405", message, "write full, concise or json")], Options())
        raise SystemExit(USAGE)
    return Options(quiet=quiet, color=color, problems=problems, task=task)  # type: ignore[arg-type]  # checked just above

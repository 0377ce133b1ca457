"""Standard output and standard error that are closed, full, or left by their reader."""

import contextlib
import errno
import os
import sys
from typing import Any, NoReturn, TextIO

from callbill.problems import Problem

CLOSED_PIPE = 141


class Unprinted(Exception):  # noqa: N818 - a state of the stream, exit code 3
    """Standard output takes no text; carries the problem to tell."""

    def __init__(self, error: OSError) -> None:
        why = "it is closed" if error.errno == errno.EBADF else error.strerror or "no reason is given"
        message = f"standard output cannot be written: {why}"
        self.problem = Problem("CB403", message, "send it where there is room for it: `> FILE`, or a pipe")
        super().__init__(message)


def prepare() -> None:
    """Make the standard streams fit to be written to, in UTF-8, whatever became of them before this program began."""
    # a closed stream is opened the wrong way round, in the order of the descriptors: writing to it fails as it should,
    # and no file of ours takes its place
    if sys.stdin is None:
        os.open(os.devnull, os.O_WRONLY)
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    sys.stdout, sys.stderr = Outlet(sys.stdout), Voice(sys.stderr)


class _Cover:
    """A stream that answers for another one."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _abandon(self) -> None:
        """Nothing more can be written: the interpreter must not try again when it leaves."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


class Outlet(_Cover):
    """Standard output: that its reader goes away ends the run and is no error, that it takes no text is one."""

    _failed: OSError | None = None

    def write(self, text: str) -> int:
        """Write; whoever has swallowed one failure meets it again."""
        if self._failed is not None:
            self._leave(self._failed)
        try:
            return self._stream.write(text)
        except OSError as error:
            self._leave(error)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._leave(error)

    def _leave(self, error: OSError) -> NoReturn:
        self._failed = error
        self._abandon()
        if isinstance(error, BrokenPipeError):
            sys.exit(CLOSED_PIPE)
        raise Unprinted(error)


class Voice(_Cover):
    """Standard error: where nobody can be told, the exit code alone says how it went."""

    def write(self, text: str) -> int:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._abandon()
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

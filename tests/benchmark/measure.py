"""One process measured from its start to its end: seconds, processor seconds, peak memory, what it printed."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
"""Where commands start, so that `python -m callbill` is the callbill of this checkout."""
KIB = 1 if sys.platform == "darwin" else 1024
"""Bytes of one unit in which the system tells peak memory."""


@dataclass(frozen=True)
class Measured:
    """What one run took; `peak` is the most resident memory in bytes."""

    seconds: float
    processor: float
    peak: int
    printed: str


def measured(command: Sequence[str], folder: Path) -> Measured:
    """Run a command with its output going to a file. Stops everything when it fails.

    The system counts a child's memory from the moment it is forked, as a copy of this process: its peak is told right
    only while this process is smaller than the child, so nothing here imports an engine.
    """
    target = folder / "printed"
    with target.open("wb") as file:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=file, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"failed with exit code {process.returncode}: {' '.join(command)}")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * KIB, target.read_text("utf-8"))

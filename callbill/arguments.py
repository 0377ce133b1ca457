"""What stands on a command line: contracts, activity, formats; and where a result goes."""

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from glob import glob
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from callbill.frozen import frozen
from callbill.problems import Invalid, Problem
from callbill.running import Crossed, Options, Usage, usage, warn

if TYPE_CHECKING:
    from callbill.api import TooManyRejects
    from callbill.staffing import Lever, Staffing
    from callbill.stage import Reject


def sorted_out(files: Sequence[str]) -> tuple[str, list[str]]:
    """The contract, and the activity; patterns that no shell has expanded are expanded here."""
    contracts, activity = apart(files)
    if len(contracts) != 1:
        found = "is no contract" if not contracts else f"are {len(contracts)} contracts"
        usage(f"there {found} on the command line", "name one file that ends in `.yaml`")
    return contracts[0], activity


def apart(files: Sequence[str], *, folders: bool = False) -> tuple[list[str], list[str]]:
    """Contracts and activity; patterns that no shell has expanded, and `folders`, are expanded here."""
    files = [name for one in files for name in expanded(one)]
    if folders:
        files = [name for one in files for name in _inside(one)]
    contracts = [one for one in files if is_contract(one)]
    activity = [one for one in files if one not in contracts]
    if twice := _twice(contracts):
        usage(f"the contract `{twice}` is named twice", "name each contract once", "CB407")
    if sum(one.rpartition("=")[2] == "-" for one in activity) > 1:
        usage("standard input is named twice", "write `-` once")
    return contracts, activity


def _twice(contracts: Sequence[str]) -> str | None:
    """The first contract that was named before, perhaps in other words."""
    seen = [Path(one).resolve() for one in contracts]
    return next((one for n, one in enumerate(contracts) if seen[n] in seen[:n]), None)


def is_contract(name: str) -> bool:
    return PurePath(name).suffix.lower() in (".yaml", ".yml")


def expanded(name: str) -> list[str]:
    """The files of a pattern in alphabetical order; a name that is none stays as it is."""
    source, mark, pattern = name.rpartition("=")
    wild = "*" in pattern or "?" in pattern
    found = sorted(glob(pattern)) if wild else []  # noqa: PTH207 - `Path.glob` refuses absolute patterns
    return [f"{source}{mark}{one}" for one in found] or [name]


def _inside(name: str) -> list[str]:
    """The files of a folder in alphabetical order, hidden ones left out; a file as it is."""
    source, mark, path = name.rpartition("=")
    if not Path(path).is_dir():
        return [name]
    found = sorted(one for one in Path(path).iterdir() if one.is_file() and not one.name.startswith("."))
    return [f"{source}{mark}{one}" for one in found]


def every(patterns: Sequence[str] | None) -> list[str]:
    return [name for one in patterns or () for name in expanded(one)]


def spare(files: Sequence[str], output: str, rejects: str | None = None) -> None:
    """Refuse (CB405) to write over what is read, the signed contract or the month's export; or one result twice."""
    for target, option in ((output, "-o"), (rejects or "-", "--rejects")):
        if target != "-" and any(_is_one(target, name) or _is_one(target, name.partition("=")[2]) for name in files):
            usage(f"`{target}` is read by this command, and would be lost", f"name another file after `{option}`")
    if rejects is not None and Path(rejects).resolve() == Path(output).resolve():
        usage(f"the result and the rejects would both go to `{output}`", "name another file after `--rejects`")


def _is_one(output: str, name: str) -> bool:
    try:
        return name not in ("", "-") and Path(output).samefile(name)
    except OSError:  # one of the two does not exist
        return False


def put(name: str, text: str) -> None:
    """A result to its file, or to standard output for `-`."""
    if name == "-":
        printed(text)
        return
    from callbill.files import write_whole

    write_whole(name, text)


@frozen
class Rejecting:
    """How many rows may be beyond understanding, and the file that lists them."""

    most: str = "0"
    file: str | None = None

    def crossed(self, found: "TooManyRejects") -> Invalid:
        """What ends the command when there are more; they are listed first."""
        self._list(found.rejects)
        return found if self.most == "0" else Crossed(found.problems)

    def tell(self, rejects: Sequence["Reject"], options: Options) -> None:
        """List those that are accepted, and warn of them."""
        self._list(rejects)
        if rejects and not options.quiet:
            warn([replace(one.problem, severity="warning") for one in rejects], options)

    def _list(self, rejects: Sequence["Reject"]) -> None:
        if self.file is not None:
            from callbill.console import rejects_csv

            put(self.file, rejects_csv(rejects))


def printed(text: str) -> None:
    """A result to standard output, and out of the buffer: a failure is known before the closing line."""
    sys.stdout.write(text)
    sys.stdout.flush()


def writer_of(form: str | None, output: str) -> str:
    """The writer: named, or told from the ending of the output, or the table."""
    from callbill import writers
    from callbill.problems import nearest

    if form is None and output != "-":
        form = writers.for_suffix(PurePath(output).suffix)
        if form is None:
            usage(f"the ending of `{output}` names no format", f"write `-f`: {', '.join(writers.names())}", "CB404")
    form = form or "table"
    if form not in writers.names():
        usage(f"`{form}` is not a format", nearest(form, writers.names()), "CB404")
    return form


def many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


WHAT_IF = "write `--what-if volume=-20%`, `handling=+10%`, `occupancy=65%`, `staffing=fixed`, or several: `a=…,b=…`"


def what_if(written: str, staffing: "Staffing") -> "tuple[str, Lever, Staffing]":
    """A case of `--what-if`: `volume=-20%,staffing=fixed`. Raises `Usage` (CB405) for what it is not."""
    from callbill.staffing import Lever

    shares: dict[str, Fraction] = {}
    for part in written.split(","):
        name, _, value = (one.strip() for one in part.partition("="))
        if name == "staffing":
            staffing = staffing_of(value)
            continue
        found = re.fullmatch(r"([+-]?)([0-9]{1,3}(?:\.[0-9]{1,4})?) ?%", value)
        if name not in ("volume", "handling", "occupancy") or found is None or name in shares:
            raise Usage([Problem("CB405", f"`{part.strip()}` is not a case", WHAT_IF)])
        shares[name] = (-1 if found[1] == "-" else 1) * Fraction(found[2]) / 100
    occupancy = shares.get("occupancy")
    if (occupancy is not None and not 0 < occupancy <= 1) or any(one < -1 for one in shares.values()):
        usage(f"`{written}` cannot be", "an occupancy is above 0 % and up to 100 %; nothing falls by more than 100 %")
    return (
        written,
        Lever(1 + shares.get("volume", Fraction(0)), 1 + shares.get("handling", Fraction(0)), occupancy),
        staffing,
    )


def staffing_of(written: str) -> "Staffing":
    """`fixed` or `follows`."""
    if written not in ("fixed", "follows"):
        usage(f"`{written}` is not a way of staffing", "write `fixed` or `follows`")
    return "fixed" if written == "fixed" else "follows"


def amount_of(written: str | None) -> Decimal | None:
    """An amount such as `22` or `22.50`."""
    if written is None:
        return None
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", written):
        usage(f"`{written}` is not an amount", "write `22` or `22.50`")
    return Decimal(written)


def named_apart(files: Sequence[str]) -> list[str]:
    """Short names of files: without folder and ending where these are different, else as they were written."""
    short = [PurePath(one).stem for one in files]
    return short if len(set(short)) == len(short) else list(files)

"""How long callbill takes and how much memory it needs, beside the same counting done in other ways.

    python tests/benchmark/run.py                        # 100 thousand, 1 million and 10 million contacts
    python tests/benchmark/run.py --once                 # each customer billed once within 24 hours
    python tests/benchmark/run.py --memory               # callbill alone: peak memory of 10 and of 30 million
    python tests/benchmark/run.py --compare              # six contracts over twelve months of 1 million contacts each
    python tests/benchmark/run.py --contacts 100000 --rounds 5 --folder /tmp/contacts

Each round runs every contestant once, as a process of its own, in an order that turns from round to round:

- `callbill invoice`: the whole command, every check on, the invoice as JSON to a file;
- DuckDB by hand: the same counting as one query that removes duplicates and checks nothing;
- pandas script: the same counting as it is usually written;
- reading every cell: DuckDB parses the file and counts; counting lines: its bytes are read.

`--compare` measures the whole comparison, risk tables and a thousand drawn months with it, beside one month's invoice
over the same twelve files; its ratio is that of the same round.

The first three must give the same whole numbers and the invoice must account for every record, or the benchmark
stops. It prints a Markdown table of the medians of all rounds; a ratio is the median of the ratios to the query by
hand in the same round. On a busy machine the processor seconds are steadier than the seconds.

The files of contacts are made first, about 100 MB a million, and go with the temporary folder; in a `--folder` they
stay and are taken up again. pytest does not collect any of this: a benchmark is no test.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import machine
import results
import six_contracts
from contestants import FOLDER, Contestant, callbill, contestants
from measure import Measured, measured

SIZES = [100_000, 1_000_000, 10_000_000]
MONTH = 1_000_000
LARGE = 10_000_000
"""From so many contacts on one round is enough unless more are asked for: chance matters less."""


def main() -> None:
    options = _options()
    print(*machine.described(), sep="\n")
    with tempfile.TemporaryDirectory(prefix="callbill-benchmark-") as temporary:
        scratch = Path(temporary)
        folder = options.folder or scratch
        if options.memory:
            lines = memory(folder, scratch, once=options.once)
        elif options.compare:
            lines = compared(options.rounds or 3, folder, scratch)
        else:
            lines = table(options, folder, scratch)
        for line in lines:
            print(line, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n\n")[0], epilog="The top of this file says what is measured and how."
    )
    parser.add_argument("--contacts", type=int, nargs="+", default=SIZES, metavar="N", help="sizes of the files")
    parser.add_argument("--rounds", type=int, help="rounds of every size; 3, and 1 from 10 million contacts on")
    parser.add_argument("--folder", type=Path, help="where the files of contacts are kept")
    parser.add_argument("--once", action="store_true", help="bill each customer once within 24 hours")
    parser.add_argument("--memory", action="store_true", help="compare callbill's peak at 10 and 30 million contacts")
    parser.add_argument("--compare", action="store_true", help="compare six contracts over twelve months of 1 million")
    return parser.parse_args()


def table(options: argparse.Namespace, folder: Path, scratch: Path) -> Iterator[str]:
    """The table, size by size, and the goals at its end."""
    said: list[str] = []
    billed = "each customer once within 24 hours" if options.once else "every call"
    yield f"{billed}, load {machine.load()} at the start\n"
    yield from results.HEADER
    for contacts in options.contacts:
        rounds = options.rounds or (1 if contacts >= LARGE else 3)
        file = exported(contacts, folder)
        found = interleaved(contestants(once=options.once), file, rounds, scratch)
        yield from results.rows(contacts, found)
        said += results.goals(contacts, found, once=options.once)
    yield from ["", *said, f"load {machine.load()} at the end"]


def memory(folder: Path, scratch: Path, *, once: bool) -> Iterator[str]:
    """The peak of callbill at 10 and at 30 million contacts."""
    mine = callbill(once=once)
    few, many = (_checked(mine, exported(contacts, folder), scratch)[0] for contacts in (results.FEW, results.MANY))
    yield from results.memory(few, many)


def compared(rounds: int, folder: Path, scratch: Path) -> Iterator[str]:
    """The comparison of six contracts beside one invoice, both over twelve months."""
    months = [str(exported(MONTH, folder, f"2026-{n:02d}")) for n in range(1, 13)]
    contracts = [str(file) for file in six_contracts.contracts(scratch)]
    billed = next(file for file in contracts if Path(file).stem == six_contracts.INVOICED)
    target = str(scratch / "out.json")
    start = [sys.executable, "-m", "callbill"]
    commands = {
        "callbill invoice": [*start, "invoice", "-q", billed, *months, "--period", "2026-10", "-o", target],
        "callbill compare": [*start, "compare", "-q", *contracts, *months, "-o", target],
    }
    yield f"six contracts, twelve months of {MONTH:,} contacts, load {machine.load()} at the start\n"
    yield from results.HEADER
    found: dict[str, list[Measured]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(measured(command, scratch))
    yield from results.compared(12 * MONTH, found)
    yield f"load {machine.load()} at the end"


def exported(contacts: int, folder: Path, month: str = "") -> Path:
    """The file of so many contacts, made when it is not there, and read once so that the disk weighs on nobody."""
    file = folder.resolve() / f"contacts-{contacts}{month and '-'}{month}.csv"
    if not file.exists():
        more = [month] if month else []
        subprocess.run([sys.executable, str(FOLDER / "generate.py"), str(contacts), str(file), *more], check=True)
    subprocess.run([sys.executable, str(FOLDER / "lines.py"), str(file)], check=True, stdout=subprocess.DEVNULL)
    return file


def interleaved(everyone: list[Contestant], file: Path, rounds: int, scratch: Path) -> dict[str, list[Measured]]:
    """Everyone once a round. Stops everything when two of them count differently."""
    found: dict[str, list[Measured]] = {one.name: [] for one in everyone}
    for turn in range(rounds):
        first = turn % len(everyone)
        counted = {}
        for one in everyone[first:] + everyone[:first]:
            run, quantities = _checked(one, file, scratch)
            found[one.name].append(run)
            if quantities is not None:
                counted[one.name] = quantities
        if len({tuple(sorted(quantities.items())) for quantities in counted.values()}) != 1:
            sys.exit("they count differently:\n" + "\n".join(f"{name}: {seen}" for name, seen in counted.items()))
    return found


def _checked(one: Contestant, file: Path, scratch: Path) -> tuple[Measured, dict[str, int] | None]:
    """One run, and what it counted."""
    run = measured(one.command(file), scratch)
    return run, None if one.counted is None else dict(one.counted(run.printed))


if __name__ == "__main__":
    main()

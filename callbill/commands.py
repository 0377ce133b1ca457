"""What the commands share: words of options become values, activity is read, a period billed, doubts are told."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from callbill.arguments import Rejecting, every, many
from callbill.console import ahead, waiting
from callbill.problems import Invalid
from callbill.running import (
    Options,
    Usage,
    complain,
    usage,
)

if TYPE_CHECKING:
    from callbill.api import Read
    from callbill.bills import Bill
    from callbill.contract import Contract
    from callbill.invoice import Invoice


def issued_on(written: str | None) -> date | None:
    """The invoice date that was written. Raises `Usage` (CB405)."""
    if written is None:
        return None
    from callbill.values import day

    try:
        return day(written)
    except ValueError:
        return usage(f"`{written}` is not a date", "write year-month-day, such as `2026-11-02`")  # type: ignore[no-any-return]  # it raises


def accepted_rejects(max_rejects: str, rejects: str | None = None) -> Rejecting:
    """The options about rejects, looked at before anything is read."""
    from callbill.api import rejects_limit

    rejects_limit(max_rejects)
    if rejects == "-":
        usage("standard output carries the result, not the rejects", "name a file: `--rejects rejects.csv`")
    return Rejecting(max_rejects, rejects)


@contextmanager
def read_of(
    contract: "Contract", activity: Sequence[str], accepted: Rejecting, options: Options, *, records: bool = False,
    database: Callable[[], Any] | None = None, kpis: Sequence[str] | None = None, history: Sequence[str] | None = None,
) -> Iterator["Read"]:  # fmt: skip
    """The activity, read; its rejects written and reported."""
    from callbill.api import TooManyRejects, read_activity

    try:
        with waiting("reading the activity") as watch:
            read = read_activity(
                contract, list(activity), max_rejects=accepted.most, records=records, watch=watch, database=database,
                kpis=every(kpis), history=every(history),
            )  # fmt: skip
    except TooManyRejects as found:
        raise accepted.crossed(found) from None
    try:
        accepted.tell(read.activity.rejects, options)
        yield read
    finally:
        options.closing.append(ahead(read.close))


def opened_database() -> Any:
    """An empty database; importing the engine takes a while, which a thread may do ahead."""
    from callbill.engine import opened

    return opened()


def billed(
    contract: "Contract", read: "Read", period: str | None, number: str | None = None, issued: date | None = None
) -> tuple["Bill", "Invoice"]:
    """One period, counted and priced. Raises `Usage` where the period that was named is none."""
    from callbill import api

    try:
        chosen = api.choose_period(contract, read, period)
    except Invalid as invalid:
        if period is not None:
            raise Usage(invalid.problems) from None
        raise
    with waiting("counting") as watch:
        watch(read.activity.engine)
        counted = api.count(contract, read, chosen)
    return counted, api.priced(contract, read, counted, number=number, issued=issued)


def closing(made: "Invoice", output: str) -> str:
    """The last line: what was billed, and from how many rows."""
    read = sum(one.read for one in made.funnel)
    where = "" if output == "-" else f", written to {output}"
    due = f"{made.due:,} {made.currency} due {made.terms.due}"
    lines, rows = many(len(made.lines), "line"), many(read, "row")
    return f"{made.number}: {lines}, {due}; {rows} read{where}"


def regret(contract: "Contract", options: Options, made: "Invoice | None" = None) -> None:
    """Clauses that can be billed and are regretted; no reason to fail."""
    if not contract.agreement.deal.clauses or options.quiet:
        return
    from callbill.regrets import regrets, regrets_of

    if found := [*regrets(contract), *(regrets_of(contract, made) if made else ())]:
        complain(found, options)


def doubt(read: "Read", options: Options) -> None:
    """What is readable and still looks wrong; no reason to fail."""
    from callbill.doubts import doubts

    engine = read.activity.engine
    found = [one for source in read.sources.values() for one in doubts(engine, source)]
    if found and not options.quiet:
        complain(found, options)

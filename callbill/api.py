"""The Python API: contract and activity in, invoice out; the command line is a thin cover over it."""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from callbill import activity as loading
from callbill import billing, counting, writers
from callbill.bills import Agreement, Bill, Top
from callbill.contract import Contract, load
from callbill.engine import Engine
from callbill.files import Workshop, read_bytes
from callbill.frozen import frozen
from callbill.invoice import Invoice
from callbill.lines import row_places
from callbill.measuring import Entry
from callbill.money import MICRO
from callbill.past import Past
from callbill.period import Period, period_named, period_of
from callbill.problems import Invalid, Place, Problem, refuse
from callbill.stage import Activity, Source
from callbill.zones import zone

if TYPE_CHECKING:
    import pandas as pd

Inputs: TypeAlias = "str | Path | pd.DataFrame | Iterable[Any] | Mapping[str, Any]"


@dataclass
class Read:
    """Activity that has been read for one contract; use it in a `with` block, or close it."""

    contract: Contract
    activity: Activity
    names: tuple[tuple[str, str], ...]
    _open: tuple[Any, ...] = ()
    entries: tuple[Entry, ...] = ()
    """KPIs that were measured elsewhere."""
    results: dict[str, Past] = field(default_factory=dict)
    """Results of earlier invoices, by the name of their period; those that are computed here join them."""
    tables: str = ""
    """Tells its tables in the engine from those of other contracts that share it."""
    _days: dict[date, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the engine and the temporary files."""
        for one in self._open:
            one.__exit__(None, None, None)

    @property
    def sources(self) -> dict[str, Source]:
        return self.activity.sources


def load_contract(contract: str | Path | bytes) -> Contract:
    """A contract from a file name, or from the bytes of one. Raises `Invalid` with every problem."""
    if isinstance(contract, bytes):
        return load(contract, "contract")
    return load(read_bytes(str(contract)), str(contract))


def read_activity(
    contract: Contract, activity: Inputs, *, max_rejects: int | str = 0, threads: int | None = None,
    kpis: Sequence[str | Path] = (), history: Sequence[str | Path] = (), records: bool = False,
    watch: "Callable[[Engine], object] | None" = None,
    database: "Callable[[], Any] | None" = None,
) -> Read:  # fmt: skip
    """Read activity for a contract: file names, DataFrames, or a mapping of source to either.

    `kpis` are files of KPIs that were measured elsewhere, `history` earlier invoices of the contract in JSON.
    `records` keeps every field and place of every row, which listing them needs and an invoice does not. `watch` is
    called with the engine before it begins to work, so that its progress can be shown; `database` gives what
    `engine.opened` has opened ahead.

    `max_rejects` rows (a number, or a share such as `"1%"`) may be beyond understanding; the others raise `Invalid`,
    as does any file that is not what the contract declares.
    """
    limit = rejects_limit(max_rejects)
    beside = _beside(contract, kpis, history)
    workshop = Workshop()
    try:
        inputs = _inputs(contract, activity, workshop)
        engine = Engine(threads, small=loading.is_small(inputs), database=database)
    except BaseException:
        workshop.__exit__()
        raise
    if watch is not None:
        watch(engine)
    try:
        loaded = loading.load(
            engine, workshop, contract.layouts, inputs, lambda: counting.counted_fields(contract.agreement),
            records=records,
        )  # fmt: skip
        read = Read(contract, loaded, _names(loaded), (engine, workshop), *beside)
        check_rejects(loaded, limit)
    except BaseException:
        engine.close()
        workshop.__exit__()
        raise
    return read


def _beside(
    contract: Contract, kpis: Sequence[str | Path], history: Sequence[str | Path]
) -> tuple[tuple[Entry, ...], dict[str, Past]]:
    """What stands beside the activity; every problem of both kinds of file."""
    if not kpis and not history:
        return (), {}
    from callbill.history import results
    from callbill.kpi_file import entries

    problems: list[Problem] = []
    rows: list[Entry] = []
    found: dict[str, Past] = {}
    try:
        rows = entries(contract, [str(one) for one in kpis])
    except Invalid as invalid:
        problems += invalid.problems
    try:
        found = results(contract, [str(one) for one in history])
    except Invalid as invalid:
        problems += invalid.problems
    if problems:
        raise Invalid(problems)
    return tuple(rows), found


def _inputs(contract: Contract, activity: Inputs, workshop: Workshop) -> dict[str, list[Any]]:
    """Every input under its source, files opened."""
    if isinstance(activity, Mapping):
        given = {name: _many(value) for name, value in activity.items()}
        unknown = [name for name in given if name not in contract.layouts]
        if unknown:
            refuse("CB317", f"`{unknown[0]}` is not a source of the contract", f"known: {', '.join(contract.layouts)}")
    else:
        given = _sorted_out(contract, _many(activity))
    check_once(given)
    return {
        name: [workshop.export(str(one)) if isinstance(one, str | Path) else one for one in items]
        for name, items in given.items()
    }


def check_once(given: Mapping[str, Sequence[Any]]) -> None:
    """Refuse a file that a source is given twice: without an identity all of its records would be billed twice."""
    problems = []
    for source, items in given.items():
        seen: dict[str, str] = {}
        for name in (str(one) for one in items if isinstance(one, str | Path)):
            path = os.path.realpath(name)
            if path in seen:
                remedy = "name it once" if seen[path] == name else f"name it once: `{seen[path]}` is the same file"
                message = f"source `{source}` is given this file twice"
                problems.append(Problem("CB407", message, remedy, place=Place(name)))
            seen.setdefault(path, name)
    if problems:
        raise Invalid(problems)


def _many(value: Any) -> list[Any]:
    """One input, or all of an iterable; a DataFrame is one input, although it can be iterated over."""
    single = isinstance(value, str | Path) or hasattr(value, "columns")
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return [value] if single else list(value)


def _sorted_out(contract: Contract, items: list[Any]) -> dict[str, list[Any]]:
    """Files by their source; a DataFrame needs the only source, or a mapping."""
    patterns = {name: reader.files or () for name, reader in contract.readers.items()}
    found: dict[str, list[Any]] = {
        name: list(names)
        for name, names in loading.assigned(
            [str(one) for one in items if isinstance(one, str | Path)], patterns
        ).items()
    }
    frames = [one for one in items if not isinstance(one, str | Path)]
    if frames and len(patterns) != 1:
        refuse("CB317", "a DataFrame does not say which source it is", "pass a mapping: `{'calls': frame}`")
    for frame in frames:
        found[next(iter(patterns))].append(frame)
    return found


def _names(activity: Activity) -> tuple[tuple[str, str], ...]:
    return tuple((source.name, loaded.name) for source in activity.sources.values() for loaded in source.files)


@frozen
class RejectsLimit:
    """How many rows may be beyond understanding: a number, or percents of those that were read."""

    number: Fraction
    in_percent: bool

    def of(self, read: int) -> int:
        return int(self.number * read / 100 if self.in_percent else self.number)


def rejects_limit(written: int | str) -> RejectsLimit:
    """`10`, or `1%`. Raises `Invalid` (CB405) for what is neither."""
    found = re.fullmatch(r"([0-9]{1,12})|([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*%", str(written).strip())
    if found is None:
        refuse("CB405", f"`{written}` is not a number of rows", "write `10`, or a share such as `1%`")
    return RejectsLimit(Fraction(found[1] or found[2]), found[1] is None)


def check_rejects(activity: Activity, limit: RejectsLimit) -> None:
    """Raise `Invalid` with the rejects, and their sum last, when there are more than are accepted."""
    rejected, read, allowed = activity.rejected, activity.read, limit.of(activity.read)
    if rejected <= allowed:
        return
    rows = f"{rejected} of {read} row{'' if read == 1 else 's'} {'was' if rejected == 1 else 'were'} rejected"
    message = f"{rows}, {allowed or 'none'} {'is' if allowed < 2 else 'are'} accepted"
    lists, accepts = ("lists it", "accepts it") if rejected == 1 else ("lists them all", "accepts them")
    remedy = f"correct the export; `--rejects FILE` {lists}, `--max-rejects {rejected}` {accepts}"
    summary = Problem("CB318", message, remedy, place=Place(""))
    raise TooManyRejects([*(reject.problem for reject in activity.rejects), summary], activity)


class TooManyRejects(Invalid):
    """More rows were rejected than accepted; carries the activity so that they can be listed."""

    def __init__(self, problems: Iterable[Problem], activity: Activity) -> None:
        self.rejects = activity.rejects
        super().__init__(problems)


# ------------------------------------------------------------------------------------------------- billing


def bill(
    contract: Contract,
    activity: Read,
    period: "str | Period | None" = None,
    *,
    number: str | None = None,
    issued: date | None = None,
) -> Invoice:
    """The invoice of one period.

    Without `period` the activity must lie in a single one. `issued` is the invoice's date, by default the last day of
    the period; `number` is by default the contract's reference and the period.
    """
    return priced(contract, activity, count(contract, activity, period), number=number, issued=issued)


def priced(
    contract: Contract, activity: Read, counted: Bill, *, number: str | None = None, issued: date | None = None
) -> Invoice:
    """The invoice of what was counted."""
    on = issued or counted.scope.period.last
    try:
        name = number or contract.number(counted.scope.period)
        return billing.invoice(counted, name, contract.terms(on), activity.names)
    except Invalid as invalid:
        raise located(contract, activity, invalid) from None


def count(contract: Contract, activity: Read, period: "str | Period | None" = None) -> Bill:
    """Every meter of a contract over one period, before anything is priced."""
    chosen = period if isinstance(period, Period) else choose_period(contract, activity, period)
    agreement: Agreement = contract.agreement
    name = f"{activity.tables}_{chosen.first:%Y%m%d}_" if activity.tables else ""
    try:
        return counting.count(
            agreement, activity.activity.engine, tops(activity), chosen, entries=activity.entries,
            earlier=lambda period: earlier_of(contract, activity, period), name=name,
        )  # fmt: skip
    except Invalid as invalid:
        raise located(contract, activity, invalid) from None


def earlier_of(contract: Contract, activity: Read, period: Period) -> Past | None:
    """The results of an earlier period: its invoice in JSON, or else billed again from its records."""
    if period.name not in activity.results:
        if not activity._days:  # noqa: SLF001 - its own
            activity._days |= _local_days(activity, contract.settings.timezone)  # noqa: SLF001
        if not any(period.first <= day < period.end for day in activity._days):  # noqa: SLF001
            return None
        made = bill(contract, activity, period)
        activity.results[period.name] = Past.of(period, made.kpis, made.clauses)
    return activity.results[period.name]


def located(contract: Contract, activity: Read, invalid: Invalid) -> Invalid:
    """The same problems at their places in the contract, each naming the first record that it speaks of."""
    return contract.located(Invalid(_naming(activity, problem) for problem in invalid.problems))


def _naming(activity: Read, problem: Problem) -> Problem:
    if problem.record is None:
        return problem
    source, row = problem.record
    if activity.sources[source].kept is not None:  # a large export, staged in any order: its rows have no lines
        return replace(problem, record=None)
    place = row_places(activity.sources[source], [row])[row]
    return replace(problem, message=f"{problem.message}, first at {place}", record=None)


def tops(activity: Read) -> dict[str, Top]:
    """The top of every source's funnel."""
    return {
        name: Top(
            source.layout.record,
            source.relation,
            source.read,
            source.rejected,
            source.duplicates,
            source.other,
            source.joined,
        )
        for name, source in activity.sources.items()
    }


def choose_period(contract: Contract, activity: Read, name: str | None = None) -> Period:
    """The period of that name, or the only one that the activity has records in.

    Raises `Invalid` (CB256) when the activity lies in several periods, or in none.
    """
    if name is not None:
        return period_named(contract.settings.period, name)
    seen = _records_by_period(contract, activity)
    if len(seen) == 1:
        return next(iter(seen))
    if not seen:
        return refuse("CB256", "there is no record to tell the period from", "write `--period 2026-10`")
    most = max(seen, key=lambda one: (seen[one], one.first))
    listed = ", ".join(f"{one.name} ({seen[one]} records)" for one in sorted(seen, key=lambda one: one.first)[:6])
    message = f"the activity lies in {len(seen)} periods: {listed}"
    return refuse("CB256", message, f"say which one is billed: `--period {most.name}`")


def _records_by_period(contract: Contract, activity: Read) -> dict[Period, int]:
    seen: dict[Period, int] = {}
    for day, records in _local_days(activity, contract.settings.timezone).items():
        period = period_of(contract.settings.period, day)
        seen[period] = seen.get(period, 0) + records
    return seen


def periods_in(contract: Contract, activity: Read) -> list[Period]:
    """Every period that the activity has records in, in order."""
    return sorted(_records_by_period(contract, activity), key=lambda period: period.first)


def days_with_records(reads: Sequence[Read]) -> dict[str, frozenset[date]]:
    """The local days on which each relation of some contracts has records; shared ones are asked once."""
    engine, zone_name = reads[0].activity.engine, reads[0].contract.settings.timezone
    relations = dict.fromkeys(source.relation for read in reads for source in read.sources.values())
    return {one: frozenset(_days_of(engine, [one], zone_name)) for one in relations}


def _local_days(activity: Read, zone_name: str) -> dict[date, int]:
    """Records by local day, over every source."""
    relations = [source.relation for source in activity.sources.values()]
    return _days_of(activity.activity.engine, relations, zone_name)


def _days_of(engine: Engine, relations: Iterable[str], zone_name: str) -> dict[date, int]:
    """Records by local day: counted by quarter of an hour, which no zone's midnight cuts."""
    days: dict[date, int] = {}
    where, quarter = zone(zone_name), 900 * MICRO
    for relation in relations:
        bucket = f"x_start - x_start % {quarter}"
        for start, records in engine.rows(f"SELECT {bucket}, COUNT(*) FROM {relation} GROUP BY {bucket}"):
            on = datetime.fromtimestamp(start // MICRO, where).date()
            days[on] = days.get(on, 0) + records
    return days


def render(invoice: Invoice, form: str = "table", *, width: int | None = None, color: bool = False) -> str:
    """An invoice as text: `table`, `json`, `csv`, `markdown`…"""
    return writers.named(form).write(invoice, width=width, color=color)


def to_frame(invoice: Invoice) -> "pd.DataFrame":
    """The lines of an invoice as a pandas DataFrame; amounts stay `Decimal`."""
    import pandas as pd

    names = ["id", "charge", "kind", "label", "quantity", "unit_price", "amount"]
    rows: Sequence[dict[str, Any]] = [{name: getattr(line, name) for name in names} for line in invoice.lines]
    return pd.DataFrame(rows, columns=names)

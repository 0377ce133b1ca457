"""Several contracts on the same files: each file is read once for all contracts that understand it alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path
from typing import Any, Self

from callbill import activity as loading
from callbill import counting
from callbill.api import Read, check_once, check_rejects, rejects_limit
from callbill.contract import Contract
from callbill.engine import Engine
from callbill.files import Workshop
from callbill.kpi_file import entries
from callbill.measuring import Entry
from callbill.problems import Invalid, Place, Problem
from callbill.stage import Activity, Source
from callbill.staging import Layout


@dataclass
class Together:
    """The activity of several contracts in one engine; use it in a `with` block, or close it."""

    reads: tuple[Read, ...]
    engine: Engine
    workshop: Workshop

    def __enter__(self) -> Self:
        return self

    @property
    def sources(self) -> list[Source]:
        """Every source that was read, those that contracts share once."""
        return list({one.relation: one for read in self.reads for one in read.sources.values()}.values())

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the engine and the temporary files."""
        self.engine.close()
        self.workshop.__exit__()


@dataclass
class _Shared:
    """One source as the engine holds it: its layout, its files, and what the contracts count of it."""

    name: str
    layout: Layout
    files: tuple[str, ...]
    fields: frozenset[str] = frozenset()


def read_together(
    contracts: Sequence[Contract], files: Sequence[str], *, max_rejects: int | str = 0, threads: int | None = None,
    kpis: Sequence[str | Path] = (),
    more: Callable[[Contract], Mapping[str, frozenset[str]]] = lambda _: {},
    watch: Callable[[Engine], object] | None = None, database: Callable[[], Any] | None = None,
) -> Together:  # fmt: skip
    """Read files for several contracts. Raises `Invalid` when a file fits none of them, and as `read_activity` does.

    `more` are fields of a contract's sources that are looked at beside those that it bills.
    """
    limit = rejects_limit(max_rejects)
    given = _given(contracts, files)
    for mine in given:
        check_once(mine)
    wanted = [_joined(counting.counted_fields(one.agreement), more(one)) for one in contracts]
    shared: list[_Shared] = []
    own: list[dict[str, _Shared]] = []
    for contract, mine, fields in zip(contracts, given, wanted, strict=True):
        own.append({})
        for source, layout in contract.layouts.items():
            found = _same(shared, layout, tuple(mine[source]))
            if found is None:
                found = _Shared(_free(source, contract, shared), layout, tuple(mine[source]))
                shared.append(found)
            found.fields |= fields.get(source, frozenset())
            own[-1][source] = found
    beside = [_beside(contract, contracts, kpis) for contract in contracts]
    workshop = Workshop()
    try:
        inputs = {one.name: [workshop.export(name) for name in one.files] for one in shared}
        small = loading.is_small(inputs)
        engine = Engine(threads, small=small, database=database)
    except BaseException:
        workshop.__exit__()
        raise
    if watch is not None:
        watch(engine)
    try:
        if not small:
            engine.hold_more()
        layouts = {one.name: one.layout for one in shared}
        loaded = loading.load(engine, workshop, layouts, inputs, lambda: {one.name: one.fields for one in shared})
        check_rejects(loaded, limit)
    except BaseException:
        engine.close()
        workshop.__exit__()
        raise
    each = enumerate(zip(contracts, own, beside, strict=True))
    reads = [_view(f"c{n}", contract, loaded, mine, rows) for n, (contract, mine, rows) in each]
    return Together(tuple(reads), engine, workshop)


def _joined(one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return {name: one.get(name, frozenset()) | other.get(name, frozenset()) for name in {*one, *other}}


def _same(shared: Sequence[_Shared], layout: Layout, files: tuple[str, ...]) -> _Shared | None:
    return next((one for one in shared if one.files == files and one.layout == layout), None)


def _free(name: str, contract: Contract, shared: Sequence[_Shared]) -> str:
    """What a source is called in messages: its name, with its contract where another has that name already."""
    taken = {one.name for one in shared}
    spoken = f"{name} ({contract.name})"
    names = chain([name, spoken], (f"{spoken} {n}" for n in count(2)))
    return next(one for one in names if one not in taken)


def _view(
    tables: str, contract: Contract, loaded: Activity, own: Mapping[str, _Shared], rows: tuple[Entry, ...]
) -> Read:
    """The activity as one contract calls it."""
    sources = {name: replace(loaded.sources[one.name], name=name) for name, one in own.items()}
    names = tuple((name, file.name) for name, source in sources.items() for file in source.files)
    return Read(contract, Activity(loaded.engine, sources), names, entries=rows, tables=tables)


def _beside(contract: Contract, contracts: Sequence[Contract], kpis: Sequence[str | Path]) -> tuple[Entry, ...]:
    """The rows of KPI files that are about this contract's KPIs; a row must be about some contract's."""
    known = frozenset(name for one in contracts for name in one.agreement.deal.kpis)
    return tuple(entries(contract, [str(one) for one in kpis], others=known)) if kpis else ()


def _given(contracts: Sequence[Contract], files: Sequence[str]) -> list[dict[str, list[str]]]:
    """The files of each contract's sources. A file may be of no use to a contract, but not to all of them.

    The only source of a contract, where it has no `files:`, takes what no pattern of another contract takes for a
    source of another name.
    """
    patterns = [{name: reader.files or () for name, reader in one.readers.items()} for one in contracts]
    found: list[dict[str, list[str]]] = [{name: [] for name in one} for one in patterns]
    problems: list[Problem] = []
    for file in files:
        fits = [_fitting(file, one) for one in patterns]
        claimed = {name for one in fits for name in one}
        for n, one in enumerate(patterns):
            only = next(iter(one)) if len(one) == 1 and not any(one.values()) else None
            if not fits[n] and only is not None and claimed <= {only} and "=" not in file:
                fits[n] = [only]
        for n, names in enumerate(fits):
            if len(names) == 1:
                found[n][names[0]].append(file.removeprefix(f"{names[0]}="))
            elif names:
                message = f"the file fits several sources of `{contracts[n].name}`: {', '.join(names)}"
                problems.append(Problem("CB317", message, f"write `{names[0]}={file}`", place=Place(file)))
        if not any(fits):
            remedy = f"write `{next(iter(patterns[0]), 'calls')}={file}`, or give a source a `files:` pattern"
            problems.append(
                Problem("CB317", "the file belongs to no source of the contracts", remedy, place=Place(file))
            )
    if problems:
        raise Invalid(problems)
    return found


def _fitting(file: str, patterns: Mapping[str, Sequence[str]]) -> list[str]:
    """The sources of one contract that a file is for by its prefix or its name."""
    prefix, mark, _ = file.partition("=")
    if mark and prefix in patterns:
        return [prefix]
    return [name for name, globs in patterns.items() if loading.matches(file, globs)]

"""Export files become one staged relation per source; which file belongs to which source is never guessed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import PurePath
from typing import Any

from callbill.engine import Engine
from callbill.files import Export, Workshop
from callbill.loading import create, load_file, load_frame, nothing
from callbill.problems import Invalid, Place, Problem, nearest
from callbill.settling import Unsettled, settle
from callbill.stage import Activity, Source
from callbill.staging import IDENTITY, Layout

Inputs = Mapping[str, Sequence[Export | Any]]
Counted = Callable[[], Mapping[str, frozenset[str]]]
SMALL = 2 << 20
LARGE = 48 << 20
"""Bytes of a file up to which an activity is small, and of all from which on only what is counted is staged."""


def load(
    engine: Engine, workshop: Workshop, layouts: Mapping[str, Layout], inputs: Inputs, counted: Counted | None = None,
    *, records: bool = False,
) -> Activity:  # fmt: skip
    """Stage every source's files (or DataFrames).

    `counted` tells the fields of each source that the contract's charges look at: an export must have their columns.
    Of large exports only these are staged, and everything else is checked all the same; without it, and to list
    `records`, every field is staged in the order of the files.
    Raises `Invalid` when a file is not what its source declares. Rows that cannot be understood are not raised:
    they are the activity's `rejects`.
    """
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for number, (name, layout) in enumerate(layouts.items()):
        given, stage = inputs.get(name, ()), f"stage_{number}"
        part = counted is not None and not records and _is_large(given)
        kept = _kept(layout, given, counted().get(name, frozenset())) if counted and part else None
        sources[name] = Source(name, layout, stage, kept)
        try:
            try:
                _staged(engine, workshop, sources[name], given, number)
            except Unsettled:
                engine.run(f"DROP TABLE {stage} CASCADE")
                sources[name] = Source(name, layout, stage)
                _staged(engine, workshop, sources[name], given, number)
            problems += _missing(sources[name], counted)
        except Invalid as invalid:
            problems += invalid.problems
    if problems:
        raise Invalid(problems)
    return Activity(engine, sources)


def _staged(engine: Engine, workshop: Workshop, source: Source, given: Sequence[Any], number: int) -> None:
    if not given:
        nothing(engine, source, number)
        return
    engine.keep_order(kept=source.kept is None)
    create(engine, source)
    for item in given:
        if isinstance(item, Export):
            load_file(engine, workshop, source, item)
        else:
            load_frame(engine, source, item)
    settle(engine, source, number)


def _missing(source: Source, counted: Counted | None) -> list[Problem]:
    """Optional columns that charges count and a file does not have: billed as nothing, they would go unseen.

    JSON lines leave out what did not happen, so there a path that no object has says nothing.
    """
    if counted is None or source.layout.dialect.form == "json_lines":
        return []
    gone = [
        (file, cell, next((name for name in cell.wanted if name not in file.header), cell.first_column))
        for file in source.files
        for cell in file.layout.cells
        if cell.optional
    ]
    used = counted().get(source.name, frozenset()) if gone else frozenset()
    return [
        Problem(
            "CB301",
            f"a charge counts `{cell.name}`, and the file has no column `{column}`",
            nearest(column, [one for one in file.header if one])
            or f"export it with that column, or say what it is called: `columns: {{{cell.name}: …}}`",
            place=Place(file.name),
        )
        for file, cell, column in gone
        if cell.name in used
    ]


def is_small(inputs: Inputs) -> bool:
    """Whether the engine has so little to do that preparing for more would take longer."""
    items = [item for given in inputs.values() for item in given]
    return all(isinstance(item, Export) and item.path.stat().st_size < SMALL for item in items) and len(items) < 10


def _is_large(given: Sequence[Any]) -> bool:
    return sum(item.path.stat().st_size for item in given if isinstance(item, Export)) > LARGE


def _kept(layout: Layout, given: Sequence[Any], counted: frozenset[str]) -> frozenset[str] | None:
    """The fields to stage when not all are needed: what charges count, and what tells records and times apart."""
    if not layout.identity or layout.legs is not None or not all(isinstance(item, Export) for item in given):
        return None
    used = (set(counted) - {IDENTITY}) | set(layout.instants) | set(layout.less.values())
    if IDENTITY in counted:
        used |= set(layout.identity)
    used |= {name for pair in (*layout.spans.values(), *layout.within) for name in pair}
    used |= {part for parts in layout.sums.values() for _, part in parts}
    used |= {one.field for one in layout.only}
    if layout.latest_by is not None:
        used.add(layout.latest_by)
    if layout.agent_states:
        used |= {"state", "duration"}
    return frozenset(used)


def assigned(names: Iterable[str], patterns: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Which source each file belongs to: `calls=FILE`, the source's `files:`, or the only source there is.

    Raises `Invalid` (CB317) for a file that belongs to none or to several.
    """
    found: dict[str, list[str]] = {source: [] for source in patterns}
    problems = []
    for name in names:
        prefix, mark, rest = name.partition("=")
        if mark and prefix in patterns:
            found[prefix].append(rest)
            continue
        fits = [source for source, globs in patterns.items() if matches(name, globs)]
        if not fits and len(patterns) == 1 and not any(patterns.values()):
            fits = list(patterns)
        if len(fits) == 1:
            found[fits[0]].append(name)
            continue
        which = "belongs to no source" if not fits else f"fits several sources: {', '.join(fits)}"
        remedy = f"write `{next(iter(patterns), 'calls')}={name}`, or give the source a `files:` pattern"
        problems.append(Problem("CB317", f"the file {which} of the contract", remedy, place=Place(name)))
    if problems:
        raise Invalid(problems)
    return found


def matches(name: str, globs: Sequence[str]) -> bool:
    """Whether a file's name fits one of a source's patterns."""
    return any(fnmatch(PurePath(name).name, glob) for glob in globs)

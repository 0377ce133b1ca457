"""Export files become one staged relation per source; which file belongs to which source is never guessed."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import PurePath
from typing import Any

from callbill.engine import Engine
from callbill.files import Export, Workshop
from callbill.loading import create, load_file, load_frame
from callbill.problems import Invalid, Place, Problem
from callbill.settling import settle
from callbill.stage import Activity, Source
from callbill.staging import Layout

Inputs = Mapping[str, Sequence[Export | Any]]


def load(engine: Engine, workshop: Workshop, layouts: Mapping[str, Layout], inputs: Inputs) -> Activity:
    """Stage every source's files (or DataFrames).

    Raises `Invalid` when a file is not what its source declares. Rows that cannot be understood are not raised:
    they are the activity's `rejects`.
    """
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for number, (name, layout) in enumerate(layouts.items()):
        source = Source(name, layout, stage=f"stage_{number}")
        try:
            create(engine, source)
            for item in inputs.get(name, ()):
                if isinstance(item, Export):
                    load_file(engine, workshop, source, item)
                else:
                    load_frame(engine, source, item)
            settle(engine, source, number)
        except Invalid as invalid:
            problems += invalid.problems
        sources[name] = source
    if problems:
        raise Invalid(problems)
    return Activity(engine, sources)


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
        fits = [source for source, globs in patterns.items() if _fits(name, globs)]
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


def _fits(name: str, globs: Sequence[str]) -> bool:
    return any(fnmatch(PurePath(name).name, glob) for glob in globs)

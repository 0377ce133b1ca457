"""What exists and its manual: models, readers, writers and problem codes, each page made from its own file."""

import json
from collections.abc import Iterator
from inspect import getdoc as doc_of
from typing import Any

from callbill import bonus_malus, compare_report, family, kpis, models, phases, proposal_report, readers, writers
from callbill.bonus_malus import Clause, Group
from callbill.codes import CODES
from callbill.contract_settings import ContractSettings
from callbill.kpis import Kpi
from callbill.phases import PhaseSettings
from callbill.problems import nearest, refuse
from callbill.schema import contract_schema
from callbill.settings import Settings, field_names, settings_within
from callbill.source import emit

COMMANDS = {"compare": compare_report, "propose": proposal_report}
"""Commands whose results have a manual of their own: that of the module which writes them."""
FAMILIES = {"models": models, "kpis": kpis, "readers": readers, "writers": writers}


def getdoc(thing: object) -> str:
    """The docstring of a module or class, as it stands."""
    return doc_of(thing) or ""


def overview() -> str:
    """Everything that can be described, a line each."""
    parts = []
    for title, home in FAMILIES.items():
        parts.append(_heading(title))
        wide = max(14, *(len(name) for name in home.names()))
        parts += [f"  {name:<{wide}} {_summary(home.PACKAGE, name)}" for name in home.names()]
        parts.append("")
    parts.append("Contract")
    parts.append("  contract       The top level of a contract file.")
    parts.append(f"  bonus_malus    {getdoc(bonus_malus).splitlines()[0]}")
    parts.append(f"  phases         {getdoc(phases).splitlines()[0]}")
    parts += ["", "Commands"]
    parts += [f"  {name:<14} {getdoc(module).splitlines()[0]}" for name, module in COMMANDS.items()]
    parts.append("")
    parts.append(f"Problem codes\n  {min(CODES)} to {max(CODES)}: `callbill describe CODE`")
    return "\n".join(parts) + "\n"


def _summary(package: str, name: str) -> str:
    return family.manual(package, name).splitlines()[0]


def page(name: str) -> str:
    """The manual of one thing. Raises `Invalid` (CB405) when nothing has that name."""
    if name.upper() in CODES:
        title, words = CODES[name.upper()]
        return f"{name.upper()}: {title}\n\n{words}\n"
    if name == "contract":
        return "\n".join(["The top level of a contract file.", "", "Settings", *_settings(ContractSettings)]) + "\n"
    if name == "bonus_malus":
        parts = ["bonus_malus (clauses)", "", getdoc(bonus_malus), "", "Settings of a clause", *_settings(Clause)]
        parts += ["", "Settings of a group, under `adjustment_groups`", *_settings(Group)]
        return "\n".join([*parts, "", "Example", *(f"  {row}" for row in bonus_malus.EXAMPLE.splitlines())]) + "\n"
    if name == "phases":
        parts = ["phases", "", getdoc(phases), "", "Settings of a phase", *_settings(PhaseSettings)]
        return "\n".join([*parts, "", "Example", *(f"  {row}" for row in phases.EXAMPLE.splitlines())]) + "\n"
    if name in COMMANDS:
        return f"callbill {name}\n\n{getdoc(COMMANDS[name])}\n"
    found = [title for title, home in FAMILIES.items() if name in home.names()]
    if not found:
        known = [
            "contract",
            "bonus_malus",
            "phases",
            *COMMANDS,
            *(kind for home in FAMILIES.values() for kind in home.names()),
        ]
        refuse("CB405", f"nothing is called `{name}`", nearest(name, known))
    return "\n\n".join(_manual(title, name) for title in found)


def _manual(title: str, name: str) -> str:
    home = FAMILIES[title]
    parts = [f"{name} ({title.removesuffix('s')})", "", family.manual(home.PACKAGE, name)]
    kind = home.named(name)
    if isinstance(kind, type) and issubclass(kind, Settings):
        parts += ["", "Settings", *_settings(kind)]
    parts += _formulas(kind)
    parts += _reports(kind)
    example = (
        getattr(__import__(kind.__module__, fromlist=["EXAMPLE"]), "EXAMPLE", "") if isinstance(kind, type) else ""
    )
    if example:
        parts += ["", "Example", *(f"  {row}" for row in example.rstrip().splitlines())]
    return "\n".join(parts) + "\n"


def _heading(title: str) -> str:
    return "KPIs" if title == "kpis" else title.capitalize()


def _formulas(kind: Any) -> Iterator[str]:
    """The formulas of a KPI and the counts that they are made of, in both languages."""
    if not (isinstance(kind, type) and issubclass(kind, Kpi)):
        return
    yield from ("", "Formulas")
    for one in kind.VARIANTS:
        yield f"  {one.name}: {one.formula}"
        yield f"    {one.words.en} · {one.words.fr}"
    yield from ("", "Counts")
    for name, words in kind.COUNTS.items():
        yield f"  {name}: {words.en} · {words.fr}"


def _reports(kind: Any) -> Iterator[str]:
    """What a platform's reader declares, in the words of `generic`."""
    for name, generations in getattr(kind, "REPORTS", {}).items():
        for generation in generations:
            grade = f", grade {kind.GRADE[name]}" if name in kind.GRADE else ""
            yield from ("", f"Report {name}, {generation.name}{grade}: what `generic` would be told")
            yield from (f"  {row}" for row in emit(dict(generation.settings)).splitlines())


def _settings(model: type[Settings], indent: str = "  ") -> Iterator[str]:
    """A line a setting: its key, what it says, its default; settings within settings below it."""
    keys = field_names(model)
    wide = max(len(key) for key in keys) + 2
    for key, field in zip(keys, model.model_fields.values(), strict=True):
        default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
        yield f"{indent}{key:<{wide}} {field.description or ''}{f' ({default})' if default else ''}"
        inner = settings_within(field.annotation)
        for deeper in inner:
            if len(inner) > 1:
                yield f"{indent}  either {(deeper.__doc__ or '').splitlines()[0]}"
            yield from _settings(deeper, indent + "    ")


def _default(value: Any) -> str:
    if value is None or value == () or value == {} or isinstance(value, Settings):
        return ""
    return f"default `{'true' if value is True else value}`"


# ------------------------------------------------------------------------------------------------- JSON Schema


def schema_text(name: str) -> str:
    """A published schema as JSON text: `contract` or `invoice`."""
    if name == "invoice":
        from callbill.writers.json import SCHEMA

        chosen = dict(SCHEMA)
    else:
        chosen = contract_schema()
    return json.dumps(chosen, ensure_ascii=False, indent=2) + "\n"

"""What `callbill compare` and `callbill propose` do, from the words of the command line to what is printed."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from callbill import compare_report, proposal_report, propose, volumes, writers
from callbill.api import load_contract
from callbill.arguments import amount_of, apart, named_apart, put, sorted_out, spare, staffing_of, what_if, writer_of
from callbill.compare import check_comparable, compare
from callbill.console import ahead, colored, waiting, width
from callbill.contract import Contract
from callbill.drafts import MODELS, Model
from callbill.frozen import frozen
from callbill.period import Period, period_named
from callbill.problems import Problem, nearest
from callbill.report import Report
from callbill.running import Options, Usage, usage
from callbill.together import read_together

Database = Callable[[], Any]


@frozen
class Comparing:
    """A comparison as it was asked for."""

    files: Sequence[str]
    periods: Sequence[str]
    baseline: str | None
    staffing: str
    cost: str | None
    cases: Sequence[str]
    draws: int
    seed: int
    kpis: Sequence[str]
    max_rejects: str


@frozen
class Proposing:
    """A proposal as it was asked for."""

    files: Sequence[str]
    periods: Sequence[str]
    model: str
    count: str | None
    keep: tuple[str, ...]
    kpis: Sequence[str]
    max_rejects: str


def compare_all(wanted: Comparing, options: Options, form: str | None, output: str, database: Database) -> None:
    """Print, or write, what the same months cost under several contracts."""
    writer = writer_of(form, output)
    staffing, cost = staffing_of(wanted.staffing), amount_of(wanted.cost)
    ifs = tuple(what_if(one, staffing) for one in wanted.cases)
    names, activity = apart(wanted.files, folders=True)
    if not names:
        usage("there is no contract on the command line", "name files that end in `.yaml`")
    spare(output, [*names, *activity, *wanted.kpis])
    names = _first(names, wanted.baseline)
    contracts = [load_contract(name) for name in names]
    check_comparable(contracts, named_apart(names))
    periods = _periods(contracts[0], wanted.periods)
    with waiting("reading the activity") as watch:
        together = read_together(
            contracts, activity, max_rejects=wanted.max_rejects, kpis=wanted.kpis, more=volumes.fields, watch=watch,
            database=ahead(database),
        )  # fmt: skip
    with together, waiting("comparing") as watch:
        watch(together.engine)
        found = compare(together, named_apart(names), periods, staffing=staffing, cost=cost)
        made = compare_report.report(found, compare_report.Wanted(wanted.draws, wanted.seed, ifs))
    _show(made, writer, output, options)


def propose_one(wanted: Proposing, options: Options, form: str | None, output: str, database: Database) -> None:
    """Write the proposed contract, and print what is known of it; or print the contract alone."""
    writer = writer_of(form, "-")
    name, activity = sorted_out(wanted.files)
    spare(output, [name, *activity, *wanted.kpis])
    contract = load_contract(name)
    periods = _periods(contract, wanted.periods)
    model = _model(wanted.model)
    with waiting("reading the activity") as watch:
        together = read_together(
            [contract], activity, max_rejects=wanted.max_rejects, kpis=wanted.kpis, watch=watch,
            database=ahead(database), more=lambda one: propose.fields(one, model, wanted.count, wanted.keep),
        )  # fmt: skip
    with together, waiting("proposing") as watch:
        watch(together.engine)
        made = propose.propose(
            contract, together.reads[0], periods, model, count=wanted.count, keep=wanted.keep
        )  # fmt: skip
        report = proposal_report.report(made)
        if output != "-":
            report = report.followed(compare_report.report(made.comparison, compare_report.Wanted()), "comparison")
    put(output, made.contract_text)
    if output != "-":
        _show(report, writer, "-", options)


def _model(written: str) -> Model:
    for one in MODELS:
        if one == written:
            return one
    raise Usage([Problem("CB405", f"`{written}` is not a model that can be proposed", nearest(written, MODELS))])


def _periods(contract: Contract, names: Sequence[str]) -> list[Period] | None:
    return [period_named(contract.settings.period, name) for name in names] or None


def _show(report: Report, form: str, output: str, options: Options) -> None:
    writer, screen = writers.named(form), output == "-"
    colors = screen and form == "table" and colored(sys.stdout, options.color)
    wide = width(sys.stdout) if screen else None
    put(output, writer.report(report, width=wide, color=colors))


def _first(names: Sequence[str], baseline: str | None) -> list[str]:
    """The contracts, the baseline first: its file, or its file's name without folder and ending."""
    if baseline is None:
        return list(names)
    short = dict(zip(named_apart(names), names, strict=True))
    chosen = baseline if baseline in names else short.get(baseline)
    if chosen is None:
        usage(f"`{baseline}` is none of the contracts", nearest(baseline, short))
    return [str(chosen), *(one for one in names if one != chosen)]

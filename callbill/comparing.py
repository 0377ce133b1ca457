"""What `callbill compare` and `callbill propose` do, from the words of the command line to what is printed."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any

from callbill import compare_report, proposal_report, propose, volumes, writers
from callbill.api import TooManyRejects, load_contract
from callbill.arguments import (
    Rejecting,
    amount_of,
    apart,
    many,
    named_apart,
    put,
    sorted_out,
    spare,
    staffing_of,
    what_if,
    writer_of,
)  # fmt: skip
from callbill.compare import Comparison, check_comparable, compare
from callbill.console import ahead, colored, waiting, width
from callbill.contract import Contract
from callbill.drafts import MODELS, Model
from callbill.frozen import frozen
from callbill.period import Period, period_named
from callbill.problems import Problem, nearest
from callbill.report import Report
from callbill.running import Options, Usage, say, usage
from callbill.together import Together, read_together

Database = Callable[[], Any]
Fields = Callable[[Contract], Mapping[str, frozenset[str]]]


@dataclass
class Drawing:
    """How many of the months have been drawn, as a bar asks for it: most of the work of a comparison."""

    draws: int
    drawn: int = 0

    def __call__(self, drawn: int) -> None:
        self.drawn = drawn

    def tell_progress(self) -> None:
        """It always can."""

    def progress(self) -> int:
        """From 0 to 100."""
        return 100 * self.drawn // self.draws


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
    accepted: Rejecting


@frozen
class Proposing:
    """A proposal as it was asked for."""

    files: Sequence[str]
    periods: Sequence[str]
    model: str
    count: str | None
    keep: tuple[str, ...]
    kpis: Sequence[str]
    accepted: Rejecting


def compare_all(wanted: Comparing, options: Options, form: str | None, output: str, database: Database) -> None:
    """Print, or write, what the same months cost under several contracts."""
    writer = writer_of(form, output)
    staffing, cost = staffing_of(wanted.staffing), amount_of(wanted.cost)
    ifs = tuple(what_if(one, staffing) for one in wanted.cases)
    names, activity = apart(wanted.files, folders=True)
    if not names:
        usage("there is no contract on the command line", "name files that end in `.yaml`")
    spare([*names, *activity, *wanted.kpis], output, wanted.accepted.file)
    names = _first(names, wanted.baseline)
    contracts = [load_contract(name) for name in names]
    check_comparable(contracts, named_apart(names))
    periods = _periods(contracts[0], wanted.periods)
    together = _read(contracts, activity, wanted, volumes.fields, options, database)
    with together, waiting("comparing") as watch:
        watch(together.engine)
        found = compare(together, named_apart(names), periods, staffing=staffing, cost=cost)
        check_occupancies(found, ifs)
        watch(drawing := Drawing(wanted.draws))
        made = compare_report.report(found, compare_report.Wanted(wanted.draws, wanted.seed, ifs), drawing)
        closing = _closing(found, together, output)
    _show(made, writer, output, options)
    if not options.quiet:
        say(closing)


def _read(
    contracts: Sequence[Contract], activity: Sequence[str], wanted: "Comparing | Proposing", more: Fields,
    options: Options, database: Database,
) -> Together:  # fmt: skip
    """The activity of all contracts, read once; the rejects that are accepted are told."""
    try:
        with waiting("reading the activity") as watch:
            together = read_together(
                contracts, activity, max_rejects=wanted.accepted.most, kpis=wanted.kpis, more=more, watch=watch,
                database=ahead(database),
            )  # fmt: skip
    except TooManyRejects as found:
        raise wanted.accepted.crossed(found) from None
    wanted.accepted.tell([one for source in together.sources for one in source.rejects], options)
    return together


def _closing(found: Comparison, together: Together, output: str) -> str:
    read, rejected = (sum(getattr(one, name) for one in together.sources) for name in ("read", "rejected"))
    what = f"{many(len(found.cases), 'contract')}, {many(len(found.periods), 'period')}; {many(read, 'row')} read"
    return what + (f", {rejected:,} rejected" if rejected else "") + ("" if output == "-" else f", written to {output}")


def check_occupancies(found: Comparison, ifs: Sequence[compare_report.If]) -> None:
    """Refuse a case of another occupancy where nobody knows the one there was."""
    for written, lever, _ in ifs:
        if lever.occupancy is not None and found.occupancy is None:
            remedy = "give an export of agents whose states tell work from waiting, or with a KPI `occupancy` that does"
            usage(f"`{written}`: these data do not tell how much of their time agents worked", remedy)


def propose_one(wanted: Proposing, options: Options, form: str | None, output: str, database: Database) -> None:
    """Write the proposed contract, and print what is known of it; or print the contract alone."""
    writer = writer_of(form, "-")
    name, activity = sorted_out(wanted.files)
    spare([name, *activity, *wanted.kpis], output, wanted.accepted.file)
    if writers.for_suffix(PurePath(output).suffix) is not None:
        remedy = "write `-o next.yaml`; what is known of the months is printed in the form that `-f` names"
        usage(f"`{output}` would be a contract, which is YAML", remedy)
    contract = load_contract(name)
    periods = _periods(contract, wanted.periods)
    model = _model(wanted.model)
    fields = partial(propose.fields, model=model, count=wanted.count, keep=wanted.keep)
    together = _read([contract], activity, wanted, fields, options, database)
    with together, waiting("proposing") as watch:
        watch(together.engine)
        made = propose.propose(
            contract, together.reads[0], periods, model, count=wanted.count, keep=wanted.keep
        )  # fmt: skip
        report = None
        if output != "-":
            beside = compare_report.report(made.comparison, compare_report.Wanted())
            report = proposal_report.with_comparison(proposal_report.report(made), beside)
    put(output, made.contract_text)
    if report is not None:
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

"""The command line: commands and their options; only importer of typer."""

import signal
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any

import typer

from callbill import __version__
from callbill.arguments import every, expanded, is_contract, put, sorted_out, spare, writer_of
from callbill.commands import (
    accepted_rejects,
    billed,
    closing,
    doubt,
    issued_on,
    opened_database,
    read_of,
    regret,
)
from callbill.console import ahead, colored, waiting, width
from callbill.problems import refuse
from callbill.running import (
    BUG,
    INTERRUPTED,
    NO_FILE,
    WRONG,
    Options,
    complain,
    guarded,
    options_of,
    say,
    usage,
)
from callbill.streams import Unprinted, prepare

CODES_HELP = (
    "Exit codes: 0 done, 1 contract or activity wrong (nothing is written), 2 wrong command line, 3 a file cannot be"
    " read or written, 10 a limit you set was crossed, 70 a bug in callbill, 130 interrupted."
)

FORMATS_HELP = "table, html, json, csv, markdown…: `callbill describe` has all of them"

app = typer.Typer(
    name="callbill",
    help="The invoice calculator for outsourced call centres.",
    epilog=CODES_HELP,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Files = Annotated[
    list[str], typer.Argument(help="A contract (.yaml, .yml) and activity files, in any order; `-` is stdin")
]
PeriodOption = Annotated[
    str | None, typer.Option("--period", metavar="PERIOD", help="2026-10, 2026-Q4, a first day, or last-month")
]
RejectsLimit = Annotated[
    str, typer.Option("--max-rejects", metavar="N|P%", help="Rows that may be beyond understanding")
]
RejectsFile = Annotated[
    str | None, typer.Option("--rejects", metavar="FILE", help="Write every rejected row to a CSV file")
]
KpiFiles = Annotated[
    list[str] | None, typer.Option("--kpis", metavar="FILE", help="KPIs that were measured elsewhere, as CSV")
]
History = Annotated[
    list[str] | None,
    typer.Option("--history", metavar="FILE", help="Earlier invoices in JSON, for clauses that look back"),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No warnings and no closing line")]
Color = Annotated[str, typer.Option("--color", metavar="auto|always|never", help="When to use colour")]


# ------------------------------------------------------------------------------------------------- commands


def _period_name(name: str | None) -> str | None:
    """`last-month` becomes the month before this one: the only look at the clock in callbill."""
    if name != "last-month":
        return name
    today = date.today()  # noqa: DTZ011 - the caller's own calendar
    return f"{today.year - (today.month == 1)}-{(today.month - 2) % 12 + 1:02d}"


@app.command()
def invoice(
    files: Files,
    period: PeriodOption = None,
    form: Annotated[str | None, typer.Option("-f", "--format", metavar="NAME", help=FORMATS_HELP)] = None,
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Written whole or not at all")] = "-",
    number: Annotated[
        str | None, typer.Option("--number", help="Invoice number; by default contract and period")
    ] = None,
    issued: Annotated[
        str | None, typer.Option("--issued", metavar="DATE", help="Invoice date; by default the last day")
    ] = None,
    kpis: KpiFiles = None,
    history: History = None,
    max_rejects: RejectsLimit = "0",
    rejects: RejectsFile = None,
    quiet: Quiet = False,
    color: Color = "auto",
) -> None:
    """One period's invoice from a contract and its activity."""
    options = options_of(quiet=quiet, color=color, task="invoice")
    database = ahead(opened_database)
    from callbill import writers
    from callbill.api import load_contract, render

    with guarded(options):
        writer, on = writer_of(form, output), issued_on(issued)
        accepted = accepted_rejects(max_rejects, rejects)
        name, activity = sorted_out(files)
        spare([name, *activity, *every(kpis), *every(history)], output, rejects)
        contract = load_contract(name)
        ahead(writers.prepare, writer, contract.agreement.language)
        with read_of(contract, activity, accepted, options, database=database, kpis=kpis, history=history) as read:
            _, made = billed(contract, read, _period_name(period), number, on)
        screen = output == "-"
        text = render(
            made,
            writer,
            width=width(sys.stdout) if screen else None,
            color=screen and writer == "table" and colored(sys.stdout, options.color),
        )
        put(output, text)
        if not quiet:
            say(closing(made, output))


@app.command()
def check(
    files: Files,
    period: PeriodOption = None,
    kpis: KpiFiles = None,
    history: History = None,
    effective: Annotated[
        bool, typer.Option("--effective", help="Print the contract with every default written out")
    ] = False,
    form: Annotated[
        str, typer.Option("-f", "--format", metavar="full|concise|json", help="How problems are written")
    ] = "full",
    max_rejects: RejectsLimit = "0",
    rejects: RejectsFile = None,
    quiet: Quiet = False,
    color: Color = "auto",
) -> None:
    """Every problem of a contract, and of activity when it is given; silent when there is none.

    An export without a contract is recognised: which reader fits, what it understands, what each model could bill.
    """
    from callbill.api import load_contract

    alone = not any(is_contract(one) for one in files)
    options = options_of(quiet=quiet, color=color, task="reader" if alone else "invoice possible", problems=form)
    with guarded(options):
        if alone:
            _recognise(files, options)
            return
        accepted = accepted_rejects(max_rejects, rejects)
        name, activity = sorted_out(files)
        spare([name, *activity, *every(kpis), *every(history)], "-", rejects)
        contract = load_contract(name)
        if activity:
            reading = read_of(contract, activity, accepted, options, records=True, kpis=kpis, history=history)
            with reading as read:
                _, made = billed(contract, read, _period_name(period))
                doubt(read, options)
                regret(contract, options, made)
        else:
            regret(contract, options)
        if effective:
            from callbill.effective import effective as written

            put("-", written(contract))


def _recognise(files: Sequence[str], options: Options) -> None:
    """What each export is, to standard output; what is wrong with it, to standard error."""
    from callbill.files import Workshop
    from callbill.recognise import page

    pages, problems = [], []
    with Workshop() as workshop, waiting("reading the activity"):
        for name in (one for pattern in files for one in expanded(pattern)):
            found, wrong = page(workshop.export(name), workshop)
            pages.append(found)
            problems += wrong
    put("-", "\n".join(pages))
    if problems:
        complain(problems, options)
    if any(one.severity == "error" for one in problems):
        raise typer.Exit(WRONG)


@app.command()
def explain(
    files: Files,
    line: Annotated[str, typer.Option("--line", metavar="ID", help="The id that stands beside the line")],
    records: Annotated[bool, typer.Option("--records", help="List the records behind the line")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many records")] = None,
    period: PeriodOption = None,
    kpis: KpiFiles = None,
    history: History = None,
    max_rejects: RejectsLimit = "0",
    quiet: Quiet = False,
    color: Color = "auto",
) -> None:
    """How one line came to be: its settings, the steps with their figures, its records."""
    from callbill import explain as explaining
    from callbill.api import load_contract

    options = options_of(quiet=quiet, color=color, task="explanation")
    with guarded(options):
        accepted = accepted_rejects(max_rejects)
        name, activity = sorted_out(files)
        contract = load_contract(name)
        reading = read_of(contract, activity, accepted, options, records=records, kpis=kpis, history=history)
        with reading as read:
            counted, made = billed(contract, read, _period_name(period))
            chosen = explaining.line_of(made, line)
            found = explaining.records(counted, read, chosen, limit) if records else None
            put("-", explaining.page(counted, made, chosen, found))


@app.command()
def kpis(
    files: Files,
    period: PeriodOption = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="WHAT", help="day, week, band, or a column such as queue or agent")
    ] = None,
    form: Annotated[str | None, typer.Option("-f", "--format", metavar="NAME", help=FORMATS_HELP)] = None,
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Written whole or not at all")] = "-",
    kpis: KpiFiles = None,
    history: History = None,
    max_rejects: RejectsLimit = "0",
    rejects: RejectsFile = None,
    quiet: Quiet = False,
    color: Color = "auto",
) -> None:
    """Every KPI that the activity allows, every formula of each, the contract's one marked."""
    options = options_of(quiet=quiet, color=color, task="KPIs")
    from callbill import kpi_report, writers
    from callbill.api import load_contract
    from callbill.period import period_named

    with guarded(options):
        writer = writers.named(writer_of(form, output))
        accepted = accepted_rejects(max_rejects, rejects)
        name, activity = sorted_out(files)
        spare([name, *activity, *every(kpis), *every(history)], output, rejects)
        contract = load_contract(name)
        wanted = _period_name(period)
        chosen = None if wanted is None else period_named(contract.settings.period, wanted)
        reading = read_of(contract, activity, accepted, options, kpis=kpis, history=history)
        with reading as read, waiting("measuring") as watch:
            watch(read.activity.engine)
            made = kpi_report.report(contract, read, chosen, by)
        screen = output == "-"
        colors = screen and colored(sys.stdout, options.color)
        put(output, writer.report(made, width=width(sys.stdout) if screen else None, color=colors))


@app.command()
def compare(
    files: Annotated[
        list[str],
        typer.Argument(help="Contracts (.yaml, .yml) and activity: files, folders and patterns, in any order"),
    ],
    period: Annotated[
        list[str] | None,
        typer.Option("--period", metavar="PERIOD", help="A period to compare, more than once for several"),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option("--baseline", metavar="NAME", help="What the others are set against; by default the first"),
    ] = None,
    staffing: Annotated[
        str, typer.Option("--staffing", metavar="fixed|follows", help="Whether agents' hours follow the work")
    ] = "follows",
    cost: Annotated[
        str | None, typer.Option("--cost", metavar="AMOUNT", help="What an agent's hour costs the provider")
    ] = None,
    cases: Annotated[
        list[str] | None,
        typer.Option("--what-if", metavar="CASE", help="volume=-20%,handling=+10%,occupancy=65%,staffing=fixed"),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=100, max=100_000, help="Months that are drawn")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same months")] = 1,
    form: Annotated[
        str | None, typer.Option("-f", "--format", metavar="NAME", help="table, json, csv, markdown, html")
    ] = None,
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Written whole or not at all")] = "-",
    kpis: KpiFiles = None,
    max_rejects: RejectsLimit = "0",
    rejects: RejectsFile = None,
    quiet: Quiet = False,
    color: Color = "auto",
) -> None:
    """The same months under several contracts: what each costs, and who bears which risk."""
    options = options_of(quiet=quiet, color=color, task="comparison")
    from callbill.comparing import Comparing, compare_all

    with guarded(options):
        accepted = accepted_rejects(max_rejects, rejects)
        named = [_period_name(one) or "" for one in period or ()]
        wanted = Comparing(files, named, baseline, staffing, cost, cases or (), draws, seed, every(kpis), accepted)
        compare_all(wanted, options, form, output, opened_database)


@app.command()
def propose(
    files: Files,
    model: Annotated[str, typer.Option("--model", metavar="MODEL", help="act, time, flat or subscription")] = "act",
    count: Annotated[
        str | None, typer.Option("--count", metavar="SOURCE.STATE", help="What an act is, where the contract is silent")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option("--keep", metavar="ID", help="A charge that stays as it is; more than once")
    ] = None,
    period: Annotated[
        list[str] | None, typer.Option("--period", metavar="PERIOD", help="A period to learn from, more than once")
    ] = None,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="The contract; else it is printed")
    ] = "-",
    form: Annotated[
        str | None, typer.Option("-f", "--format", metavar="NAME", help="Of the report: table, json, markdown, html")
    ] = None,
    kpis: KpiFiles = None,
    max_rejects: RejectsLimit = "0",
    rejects: RejectsFile = None,
    quiet: Quiet = False,
    color: Color = "auto",
) -> None:
    """The next phase as a contract that runs: prices and targets learnt from the months given.

    The contract goes to standard output; with `-o` it goes to the file, and what is known of the months, and what the
    contract would have cost beside the one in force, is printed.
    """
    options = options_of(quiet=quiet, color=color, task="proposal")
    from callbill.comparing import Proposing, propose_one

    with guarded(options):
        accepted = accepted_rejects(max_rejects, rejects)
        named = [_period_name(one) or "" for one in period or ()]
        wanted = Proposing(files, named, model, count, tuple(keep or ()), every(kpis), accepted)
        propose_one(wanted, options, form, output, opened_database)


@app.command()
def init(model: Annotated[str, typer.Argument(help="time, act, flat, subscription…")]) -> None:
    """A commented contract to start from."""
    with guarded(Options(task="contract")):
        from callbill.starter import contract_for

        put("-", contract_for(model))


@app.command()
def describe(
    name: Annotated[str | None, typer.Argument(help="A model, reader, writer, code, or `contract`")] = None,
) -> None:
    """What exists, and the manual of one thing from its own file."""
    with guarded(Options(task="page")):
        from callbill.describe import overview, page

        put("-", overview() if name is None else page(name))


@app.command()
def schema(name: Annotated[str, typer.Argument(help="contract or invoice")]) -> None:
    """The published JSON Schema of contracts or of invoices."""
    with guarded(Options(task="schema")):
        if name not in ("contract", "invoice"):
            usage(f"there is no schema of `{name}`", "write `contract` or `invoice`")
        from callbill.describe import schema_text

        put("-", schema_text(name))


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        put("-", f"callbill {__version__}\n")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop")
    ] = False,
) -> None:
    """The invoice calculator for outsourced call centres."""


def run(command: Callable[[], Any] = app) -> None:
    """Run the command line and leave with its exit code."""
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that temporary folders go
        prepare()
        command()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Unprinted as unprinted:
        complain([unprinted.problem], Options())
        sys.exit(NO_FILE)
    except Exception as error:
        import traceback

        traceback.print_exc()
        say(f"callbill {__version__} has a bug ({type(error).__name__}); please report the lines above")
        sys.exit(BUG)


__all__ = ["app", "refuse", "run"]

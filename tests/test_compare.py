"""Contracts on the same files: who gets which file and which KPI rows, which months are compared, what cannot be."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from side_by_side import CALLS, EVENING, TOP, agents, agreed, compared, contacts, invoiced, plain, read, written
from typer.testing import CliRunner

from callbill import compare_report, volumes
from callbill.arguments import amount_of, apart, named_apart, staffing_of, what_if
from callbill.cli import app
from callbill.compare import Comparison, compare
from callbill.comparing import Drawing
from callbill.contract import Contract
from callbill.files import Unreachable
from callbill.period import period_named
from callbill.problems import Invalid
from callbill.running import Usage
from callbill.source import emit
from callbill.staffing import Lever
from callbill.together import read_together

ACT = "[{id: acts, label: Acts, model: act, count: calls.answered, price: 2}]"
FEE = "[{id: fee, label: Fee, model: flat, amount: 100}]"
HOURS = "[{id: hours, label: Hours, model: time, measure: agents.talk + agents.available, unit: hour, price: 26}]"
TEXT = contacts({"2026-02": 83, "2026-03": 120})
SHIFTS = agents({"2026-02": (3000, 1000, 500), "2026-03": (2400, 1600, 300)})


def bare(source: dict[str, Any]) -> dict[str, Any]:
    """A source without patterns of its files."""
    return {key: one for key, one in source.items() if key != "files"}


def refused(contracts: list[Contract], files: list[str], **more: Any) -> list[tuple[str, str, str | None, str]]:
    with pytest.raises(Invalid) as caught, read_together(contracts, files, threads=1, **more):
        pass
    return [(one.code, one.message, one.help, one.place.file if one.place else "") for one in caught.value.problems]


# ---------------------------------------------------------------------------------------------- files and sources


def test_a_file_of_no_contract_is_refused_and_one_of_some_is_read_by_those(tmp_path: Path) -> None:
    by_act, by_time = agreed(ACT), agreed(HOURS, "agents")
    files = written(tmp_path, {"calls": TEXT, "agents": SHIFTS, "mails": TEXT})
    mails = files.pop()
    assert refused([by_act, by_time], [*files, mails]) == [(
        "CB317", "the file belongs to no source of the contracts",
        f"write `calls={mails}`, or give a source a `files:` pattern", mails,
    )]  # fmt: skip
    with read_together([by_act, by_time], files, threads=1) as found:
        assert [{name: one.read for name, one in each.sources.items()} for each in found.reads] == [
            {"calls": 203}, {"agents": 504},
        ]  # fmt: skip


def test_a_file_of_several_sources_of_a_contract_is_refused_until_it_says_which(tmp_path: Path) -> None:
    two = agreed(ACT, activity={"calls": CALLS, "chats": CALLS}, contract="TWO")
    (file,) = written(tmp_path, {"calls": TEXT})
    assert refused([two], [file]) == [
        ("CB317", "the file fits several sources of `TWO`: calls, chats", f"write `calls={file}`", file)
    ]
    with read_together([two], [f"chats={file}"], threads=1) as found:
        assert [one.read for one in found.reads[0].sources.values()] == [0, 203]


def test_the_only_source_without_patterns_takes_what_no_other_contract_claims(tmp_path: Path) -> None:
    plainly, patterned = agreed(ACT, activity={"calls": bare(CALLS)}), agreed(HOURS, "agents")
    files = written(tmp_path, {"export": TEXT, "agents": SHIFTS})
    with read_together([plainly, patterned], files, threads=1) as found:
        assert [next(iter(one.sources.values())).read for one in found.reads] == [203, 504]
    both = agreed(ACT)
    (calls,) = written(tmp_path, {"calls": TEXT})
    with read_together([plainly, both], [calls], threads=1) as found:
        first, second = found.reads
        assert first.sources["calls"].relation == second.sources["calls"].relation
        assert [len(one.sources["calls"].files) for one in found.reads] == [1, 1]


def test_sources_of_one_name_that_read_otherwise_are_kept_apart(tmp_path: Path) -> None:
    fine = agreed(ACT)
    other = agreed(
        ACT, activity={"calls": {**CALLS, "states": {**CALLS["states"], "answered": {"state": "abandoned"}}}}
    )
    files = written(tmp_path, {"calls": TEXT})
    with read_together([fine, other, fine], files, threads=1, more=volumes.fields) as found:
        one, two, three = (each.sources["calls"].relation for each in found.reads)
        assert one == three != two
        made = compare(found, ["a", "b", "c"], [period_named("month", "2026-02")])
        assert made.cases[0].total == made.cases[2].total > made.cases[1].total > 0


def test_a_file_that_is_given_twice_is_refused_as_for_an_invoice(tmp_path: Path) -> None:
    (file,) = written(tmp_path, {"calls": TEXT})
    again = f"{tmp_path}/../{tmp_path.name}/calls.csv"
    assert refused([agreed(ACT), agreed(ACT)], [file, again])[0] == (
        "CB407", "source `calls` is given this file twice", f"name it once: `{file}` is the same file", again,
    )  # fmt: skip


def test_a_file_that_one_contract_cannot_read_is_told_with_that_contract(tmp_path: Path) -> None:
    lacking = agreed(ACT, activity={"calls": {**CALLS, "columns": {**CALLS["columns"], "queue": "team"}}})
    (calls,) = written(tmp_path, {"calls": TEXT})
    ((code, message, _, file),) = refused([agreed(ACT), lacking], [calls])
    assert (code, file) == ("CB301", calls)
    assert message.startswith("source `calls (SIDE-1)` needs the column `team`")


def test_a_contract_whose_source_has_no_file_bills_none_of_it(tmp_path: Path) -> None:
    with compared(tmp_path, agreed(ACT), agreed(HOURS, "agents"), periods=["2026-02"], calls=TEXT) as found:
        assert found.cases[1].outcomes[0].net == 0
        assert found.cases[0].outcomes[0].net > 0


def test_a_bad_export_is_told_as_for_an_invoice(tmp_path: Path) -> None:
    files = written(tmp_path, {"calls": TEXT.replace("T", "X", 400)})
    assert {one[0] for one in refused([agreed(ACT)], files)} > {"CB318"}
    with pytest.raises(Unreachable, match="there is no such file"):
        read_together([agreed(ACT)], [str(tmp_path / "calls-none.csv")])


# ------------------------------------------------------------------------------------------------------ KPI files

ELSEWHERE = {"kpis": plain("csat: {kpi: csat, source: kpi_file}"), "bonus_malus": [
    {"id": "liked", "label": "Liked", "kpi": "csat", **plain("scale: [{below: 60, amount: -30}, {amount: 40}]")},
]}  # fmt: skip


def test_rows_of_another_contracts_kpi_are_left_to_it_and_rows_of_none_are_refused(tmp_path: Path) -> None:
    rows = tmp_path / "kpis.csv"
    head = "kpi,period,numerator,denominator,value\n"
    rows.write_text(f"{head}csat,2026-02,150,200,\n", "utf-8")
    files = written(tmp_path, {"calls": TEXT})
    contracts = [agreed(ACT), agreed(ACT, **ELSEWHERE)]
    with read_together(contracts, files, threads=1, kpis=[rows], more=volumes.fields) as found:
        assert [len(one.entries) for one in found.reads] == [0, 1]
        made = compare(found, ["a", "b"], [period_named("month", "2026-02")])
        assert [one.adjusted for one in made.cases] == [0, 40]
        assert made.cases[1].total - made.cases[0].total == 40
    rows.write_text(f"{head}csat,2026-02,150,200,\nmood,2026-02,1,2,\n", "utf-8")
    assert [(one[0], "mood" in one[1]) for one in refused(contracts, files, kpis=[rows])] == [("CB344", True)]


# ------------------------------------------------------------------------------------------------- missing records


def said(found: Comparison) -> list[str]:
    """The notes of the report, each in one line."""
    return list(compare_report.report(found, compare_report.Wanted(draws=100)).notes)


def test_a_month_without_records_of_what_a_contract_counts_is_told(tmp_path: Path) -> None:
    """March has calls and no hours: by the hour it costs nothing, which is no saving."""
    shifts = agents({"2026-02": (3000, 1000, 500)})
    contracts, months = (agreed(ACT), agreed(HOURS, "agents"), agreed(FEE)), ["2026-02", "2026-03"]
    with compared(tmp_path, *contracts, periods=months, calls=TEXT, agents=shifts) as found:
        assert [one.silent for one in found.cases] == [(), (("agents", (found.periods[1],)),), ()]
        (note,) = [one for one in said(found) if "no record" in one]
        assert note.startswith("b: no record of `agents` in 2026-03;")


def test_months_without_hours_are_told_since_margins_set_their_bills_against_the_others(tmp_path: Path) -> None:
    """No charge counts the hours here: they are there for the margin alone."""
    with_agents = agreed(ACT, "calls", "agents")
    shifts, months = agents({"2026-02": (3000, 1000, 500)}), ["2026-02", "2026-03"]
    with compared(tmp_path, with_agents, periods=months, cost=Decimal(22), calls=TEXT, agents=shifts) as found:
        assert found.cases[0].silent == ()
        assert [one for one in said(found) if one.startswith("No hours of agents in 2026-03:")]
    with compared(tmp_path, with_agents, periods=months, calls=TEXT, agents=SHIFTS) as found:
        assert not [one for one in said(found) if one.startswith("no ")]


def test_a_source_without_records_tells_no_volumes(tmp_path: Path) -> None:
    """The first contract calls the calls otherwise, and gets no file: the second tells how many there were."""
    other = agreed(ACT.replace("calls.", "contacts."), activity={"contacts": {**CALLS, "files": "contacts*.csv"}})
    with compared(tmp_path, other, agreed(ACT), periods=["2026-02"], calls=TEXT) as found:
        answered = sum(",answered," in row and ",2026-02-" in row for row in TEXT.splitlines())
        assert found.volumes.total("answered") == answered
        assert [len(one.silent) for one in found.cases] == [1, 0]


def test_a_duration_that_no_word_tells_to_be_handling_is_named(tmp_path: Path) -> None:
    """Longer calls would seem to cost nothing; nor is what is left of the handling a handled minute."""
    columns = {"duree" if name == "talk" else name: one for name, one in CALLS["columns"].items()}
    minutes = "[{id: m, label: M, model: time, measure: calls.%s, unit: minute, price: 1}]"
    named, plainly = agreed(minutes % "duree", activity={"calls": {**CALLS, "columns": columns}}), minutes % "talk"
    with compared(tmp_path, named, periods=["2026-02"], calls=TEXT) as found:
        assert found.cases[0].unmoved == ("calls.duree",)
        assert [one[:15] for one in said(found) if "may or may not" in one] == ["a: `calls.duree"]
        assert found.volumes.total("handled") is None
    with compared(tmp_path, agreed(plainly), periods=["2026-02"], calls=TEXT) as found:
        assert found.cases[0].unmoved == ()


def test_the_advice_of_the_trade_comes_with_what_the_months_say_for_and_against_it(tmp_path: Path) -> None:
    with compared(tmp_path, agreed(ACT), periods=["2026-02"], calls=TEXT) as found:
        notes = said(found)
        at = next(n for n, one in enumerate(notes) if one.startswith("The trade’s usual advice, no finding"))
        assert notes[at + 1] == (
            "These months say against acts: fewer than three months are seen; handling time is not seen to stay within"
            " 7 % of its mean; no KPI of these contracts measures quality or resolution."
        )
    months = {"2026-02": 83, "2026-03": 86, "2026-04": 84}
    solved = {"kpis": plain("again: {kpi: csat, source: kpi_file}")}
    with compared(tmp_path, agreed(ACT, **solved), periods=list(months), calls=contacts(months)) as found:
        assert [one for one in said(found) if "These months say" in one] == [
            "These months say for acts: three months and more are seen; handling time stays within 7 % of its mean; a"
            " KPI measures quality or resolution."
        ]


# -------------------------------------------------------------------------------------------------------- months


def test_contracts_of_several_currencies_or_periods_cannot_be_compared(tmp_path: Path) -> None:
    contracts = [
        agreed(ACT), agreed(ACT, currency="USD"), agreed(ACT, period="quarter"), agreed(ACT, period={"from_day": "22"}),
    ]  # fmt: skip
    with pytest.raises(Invalid) as caught, compared(tmp_path, *contracts, calls=TEXT):
        pass
    assert [(one.code, one.message, one.help) for one in caught.value.problems] == [
        ("CB408", "contracts of several currencies cannot be compared", "`a` says `EUR`, `b` says `USD`"),
        ("CB408", "contracts of several kinds of period cannot be compared", "`a` says `month`, `c` says `quarter`"),
        ("CB408", "contracts of several kinds of period cannot be compared", "`a` says `month`, `d` says `its own`"),
    ]


def test_periods_are_compared_in_their_order_and_each_once(tmp_path: Path) -> None:
    with compared(tmp_path, agreed(ACT), periods=["2026-03", "2026-02", "2026-03"], calls=TEXT) as found:
        assert [one.name for one in found.periods] == ["2026-02", "2026-03"]
        assert [one.net for one in found.cases[0].outcomes] == [118, 172]


def test_months_of_few_days_are_left_out_with_their_number_of_days(tmp_path: Path) -> None:
    """March has records on 9 of its 22 working days; half of those of February would be ten."""
    text = "\n".join(row for row in TEXT.splitlines() if ",2026-03-" not in row or row.split(",")[1] < "2026-03-10")
    with compared(tmp_path, agreed(ACT), agreed(FEE), calls=text) as found:
        assert [one.name for one in found.periods] == ["2026-02"]
        assert [(one.name, days) for one, days in found.left_out] == [("2026-03", 9)]
    whole = "\n".join(row for row in TEXT.splitlines() if ",2026-03-" not in row or row.split(",")[1] < "2026-03-12")
    with compared(tmp_path, agreed(ACT), agreed(FEE), calls=whole) as found:
        assert [one.name for one in found.periods] == ["2026-02", "2026-03"]
        assert found.left_out == ()


def test_the_fullest_of_short_months_is_compared_and_no_records_are_refused(tmp_path: Path) -> None:
    rows = TEXT.splitlines()
    few = [row for row in rows[1:] if row.split(",")[1][:10] in ("2026-02-03", "2026-03-03", "2026-03-04")]
    with compared(tmp_path, agreed(ACT), calls="\n".join([rows[0], *few])) as found:
        assert [one.name for one in found.periods] == ["2026-03"]
        assert [(one.name, days) for one, days in found.left_out] == [("2026-02", 1)]
    with pytest.raises(Invalid) as caught, compared(tmp_path, agreed(ACT), calls=rows[0] + "\n"):
        pass
    assert [one.code for one in caught.value.problems] == ["CB256"]


def test_what_keeps_a_month_from_being_billed_is_told_at_its_place(tmp_path: Path) -> None:
    rows = "prices: {rows: [{when: {queue: sales}, price: 2}]}"
    without = agreed(f"[{{id: acts, label: Acts, model: act, count: calls.answered, {rows}}}]")
    with pytest.raises(Invalid) as caught, compared(tmp_path, agreed(ACT), without, periods=["2026-02"], calls=TEXT):
        pass
    (problem,) = caught.value.problems
    assert problem.code == "CB319"
    assert problem.place is not None
    assert problem.place.line is not None


# ------------------------------------------------------------------------------------------------------- volumes


def test_every_case_is_its_invoices_and_volumes_are_counted_by_hand(tmp_path: Path) -> None:
    months = ["2026-02", "2026-03"]
    contracts = [agreed(HOURS, "agents", "calls"), agreed(ACT), agreed(FEE)]
    with compared(tmp_path, *contracts, periods=months, cost=Decimal(22), calls=TEXT, agents=SHIFTS) as found:
        for case, contract in zip(found.cases, contracts, strict=True):
            alone = invoiced(tmp_path, contract, months, calls=TEXT, agents=SHIFTS)
            assert [one.net for one in case.outcomes] == [one.net for one in alone]
        answered = [row for row in TEXT.splitlines() if ",answered," in row]
        assert found.volumes.total("answered") == len(answered)
        assert found.volumes.total("handled") == sum(sum(int(one) for one in row.split(",")[7:]) for row in answered)
        assert found.volumes.total("resolved") is None
        assert found.hours() == Fraction(84 * (4500 + 4300), 3600)
        assert found.occupancy == Fraction(5400, 8000)
        cost = Fraction(84 * 8800, 3600) * 22
        assert found.margin(found.cases[2]) == 1 - cost / 200
        assert found.decimals == 2


def test_a_contract_may_say_what_an_hour_of_an_agent_costs_and_the_command_says_it_over_it(tmp_path: Path) -> None:
    costs = agreed(HOURS, "agents", agent_hour_cost="21.5")
    for given, expected in ((None, Decimal("21.5")), (Decimal(19), Decimal(19))):
        with compared(tmp_path, agreed(FEE), costs, periods=["2026-02"], cost=given, agents=SHIFTS) as found:
            assert found.cost == expected
    with compared(tmp_path, agreed(ACT), periods=["2026-02"], calls=TEXT) as found:
        assert found.hours() is found.occupancy is found.margin(found.cases[0]) is None


def test_every_contract_has_the_cost_of_its_own_provider(tmp_path: Path) -> None:
    """One centre's hour costs 12, the other's 21; a contract that says nothing takes the first that does."""
    contracts = [agreed(FEE, agent_hour_cost="12"), agreed(FEE, agent_hour_cost="21"), agreed(HOURS, "agents")]
    with compared(tmp_path, *contracts, periods=["2026-02"], agents=SHIFTS) as found:
        hours = Fraction(84 * 4500, 3600)
        assert [one.cost for one in found.cases] == [12, 21, 12]
        assert [found.margin(one) for one in found.cases[:2]] == [1 - hours * 12 / 100, 1 - hours * 21 / 100]
        made = compare_report.report(found, compare_report.Wanted(draws=100))
        assert dict(made.facts)["Hour’s cost"] == "a 12.00, b 21.00, c 12.00"
    with compared(tmp_path, agreed(ACT), periods=["2026-02"], cost=Decimal(0), calls=TEXT) as found:
        assert any(one.startswith("No margin:") for one in said(found))


def test_what_a_case_costs_under_a_lever_is_the_invoice_of_such_an_export(tmp_path: Path) -> None:
    minutes = (
        "[{id: talk, label: Talk, model: time, measure: calls.talk, unit: minute, price: {day: 1, "
        "evening: 2}, where: {talk: {at_least: 10 s}}}]"
    )
    contract = agreed(minutes, calendar=EVENING)
    text = contacts({"2026-02": 83}, copies=5)
    with compared(tmp_path, contract, periods=["2026-02"], calls=text) as found:
        for lever, otherwise in (
            (Lever(volume=Fraction(6, 5)), contacts({"2026-02": 83}, copies=6)),
            (Lever(handling=Fraction(3, 2)), contacts({"2026-02": 83}, copies=5, longer=(3, 2))),
            (Lever(Fraction(6, 5), Fraction(3, 2)), contacts({"2026-02": 83}, copies=6, longer=(3, 2))),
        ):
            (invoice,) = invoiced(tmp_path, contract, ["2026-02"], calls=otherwise)
            assert found.total(found.cases[0], lever) == invoice.net != found.cases[0].total
            assert found.outcome(found.cases[0], 0, lever) is found.outcome(found.cases[0], 0, lever)


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_change_nothing(threads: int, tmp_path: Path) -> None:
    with compared(
        tmp_path, agreed(ACT), agreed(HOURS, "agents"), periods=["2026-02"], threads=threads, staffing="fixed",
        calls=TEXT, agents=SHIFTS,
    ) as found:  # fmt: skip
        lever = Lever(volume=Fraction(11, 10))
        assert [found.total(case, lever) for case in found.cases] == [Decimal("129.80"), Decimal("2426.67")]


def test_a_queue_called_like_a_duration_is_billed_at_longer_handling_too(tmp_path: Path) -> None:
    """The name of a column in the text of a condition is a text."""
    minutes = (
        "[{id: talk, label: Talk, model: time, measure: calls.talk, unit: minute, price: 1, where: {queue: x_talk}}]"
    )
    text = contacts({"2026-02": 83}).replace(",sales,", ",x_talk,")
    longer = contacts({"2026-02": 83}, longer=(3, 2)).replace(",sales,", ",x_talk,")
    contract = agreed(minutes)
    with compared(tmp_path, contract, periods=["2026-02"], calls=text) as found:
        found.looks.look([Fraction(3, 2)])
        (invoice,) = invoiced(tmp_path, contract, ["2026-02"], calls=longer)
        assert found.total(found.cases[0], Lever(handling=Fraction(3, 2))) == invoice.net > 0


def test_the_same_files_can_be_compared_twice(tmp_path: Path) -> None:
    """Views of the shared engine have names of their own."""
    once = (
        "[{id: a, label: A, model: act, count: calls.answered, price: 2, once_per: {field: customer, "
        "within: 24 h}, where: {talk: {at_least: 10 s}}}]"
    )
    contracts = agreed(once), agreed(HOURS, "agents")
    lever = Lever(handling=Fraction(3, 2), occupancy=Fraction(1, 2))
    with read(tmp_path, *contracts, calls=TEXT, agents=SHIFTS) as found:
        one, two = (compare(found, ["a", "b"], [period_named("month", "2026-02")]) for _ in range(2))
        assert [one.total(case, lever) for case in one.cases] == [two.total(case, lever) for case in two.cases]


# ------------------------------------------------------------------------------------------------------ the run


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["compare", *words, "--draws", "100"])
    return done.exit_code, done.stdout, done.stderr


def test_rejects_that_are_accepted_are_told_and_too_many_cross_the_limit(tmp_path: Path) -> None:
    for name, price in (("one", "2"), ("two", "3")):
        top = {**TOP, "activity": {"calls": CALLS}, **plain(f"charges: {ACT.replace('price: 2', f'price: {price}')}")}
        (tmp_path / f"{name}.yaml").write_text(emit(top), "utf-8")
    head, first, second, *rest = TEXT.splitlines()
    broken = [row.replace("T", "X", 1) for row in (first, second)]
    (calls,) = written(tmp_path, {"calls": "\n".join([head, *rest, *broken]) + "\n"})
    files = [str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml"), calls]
    status, out, errors = run(*files, "--max-rejects", "2", "-f", "json")
    assert (status, errors.count("warning[CB303]")) == (0, 2)
    assert errors.splitlines()[-1] == "2 contracts, 2 periods; 203 rows read, 2 rejected"
    assert [(one["read"], one["rejected"]) for one in json.loads(out)["records"]] == [(203, 2)] * 2
    assert run(*files, "--max-rejects", "2", "-q")[2] == ""
    assert run(*files, "--max-rejects", "1")[:2] == (10, "")
    listed = tmp_path / "rejects.csv"
    for accepted, code in (("2", 0), ("1", 10), ("0", 1)):
        assert run(*files, "-q", "--max-rejects", accepted, "--rejects", str(listed))[0] == code
        assert [row.split(",")[1] for row in listed.read_text("utf-8").splitlines()] == ["line", "203", "204"]
        listed.unlink()
    assert run(*files)[:2] == (1, "")


def test_a_bar_is_told_how_many_months_have_been_drawn(tmp_path: Path) -> None:
    bar = Drawing(200)
    with compared(tmp_path, agreed(ACT), periods=["2026-02"], calls=TEXT) as found:
        compare_report.report(found, compare_report.Wanted(draws=100), bar)
    assert (bar.drawn, bar.progress()) == (100, 50)


# ----------------------------------------------------------------------------------------------------- arguments


def test_folders_are_opened_and_hidden_files_left_out(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.yaml", ".hidden.csv"):
        (tmp_path / name).write_text("", "utf-8")
    (tmp_path / "deeper").mkdir()
    home = str(tmp_path)
    assert apart([home], folders=True) == ([f"{home}/c.yaml"], [f"{home}/a.csv", f"{home}/b.csv"])
    assert apart([f"calls={home}"], folders=True)[1] == [f"calls={home}/{one}.csv" for one in "ab"]
    assert apart([home]) == ([], [home])


def test_a_contract_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    """Two cases of one name could not be told apart."""
    name = str(tmp_path / "a.yaml")
    for again in (name, f"{tmp_path}/../{tmp_path.name}/a.yaml"):
        with pytest.raises(Usage) as caught:
            apart([name, again, "calls.csv"])
        assert [one.code for one in caught.value.problems] == ["CB407"]


@pytest.mark.parametrize(("files", "names"), [
    (["x/time.yaml", "y/act.yml"], ["time", "act"]),
    (["x/time.yaml", "y/time.yaml"], ["x/time.yaml", "y/time.yaml"]),
])  # fmt: skip
def test_contracts_are_named_shortly_where_that_tells_them_apart(files: list[str], names: list[str]) -> None:
    assert named_apart(files) == names


@pytest.mark.parametrize(("text", "lever", "staffing"), [
    ("volume=-20%", Lever(volume=Fraction(4, 5)), "follows"),
    ("handling=+10 %", Lever(handling=Fraction(11, 10)), "follows"),
    ("volume=-100%", Lever(volume=Fraction(0)), "follows"), ("staffing=fixed", Lever(), "fixed"),
    ("occupancy=65%, staffing=fixed, volume=2.5%", Lever(Fraction(41, 40), Fraction(1), Fraction(13, 20)), "fixed"),
])  # fmt: skip
def test_a_case_is_read(text: str, lever: Lever, staffing: str) -> None:
    assert what_if(text, "follows") == (text, lever, staffing)


@pytest.mark.parametrize(("text", "message"), [
    ("volume=20", "`volume=20` is not a case"), ("price=20%", "`price=20%` is not a case"),
    ("volume=1%,volume=2%", "`volume=2%` is not a case"), ("", "`` is not a case"),
    ("occupancy=0%", "`occupancy=0%` cannot be"), ("occupancy=101%", "`occupancy=101%` cannot be"),
    ("volume=-101%", "`volume=-101%` cannot be"), ("staffing=some", "`some` is not a way of staffing"),
])  # fmt: skip
def test_what_is_no_case_is_told_with_a_remedy(text: str, message: str) -> None:
    with pytest.raises(Usage) as caught:
        what_if(text, "follows")
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("CB405", message)
    assert problem.help


def test_staffing_and_amounts_are_read_or_refused() -> None:
    assert [staffing_of(one) for one in ("fixed", "follows")] == ["fixed", "follows"]
    assert [amount_of(one) for one in (None, "22", "22.50")] == [None, Decimal(22), Decimal("22.50")]
    for text in ("", "-1", "22,5", "1e3", "22.1234567", "٣"):
        with pytest.raises(Usage, match="is not an amount"):
            amount_of(text)

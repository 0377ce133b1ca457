"""KPIs: what a tired person writes, what every kind knows, and the same month from contacts and from intervals."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from figures import _measured as measured
from pydantic import TypeAdapter
from small import TOP, WAITED, read

import callbill
from callbill import kpis, margins
from callbill.invoice import KpiValue, Phrase
from callbill.kpis import Facts, Kpi, Variant
from callbill.levels import LevelText, level_problems
from callbill.problems import Invalid
from callbill.settings import build
from callbill.source import emit
from callbill.staging import IDENTITY, Layout

SAMPLES = Path(__file__).parent.parent / "sample_contracts"
AGENTS = """
reader: generic
record: agent_state
delimiter: ","
encoding: utf-8
decimal: "."
columns: {agent: agent, start: {column: start, format: iso}, state: state, duration: {column: duration, unit: s}}
agent_states: {handling: [busy], available: [ready]}
"""
SOURCES = {
    "calls": {
        **WAITED,
        "columns": {
            **WAITED["columns"],
            "customer": "customer",
            "queue": "queue",
            "talk": {"column": "talk", "unit": "s"},
        },
    },
    "agents": read(AGENTS),
}
BANDS = read('{bands: [{name: evening, from: "20:00", to: "08:00"}, {name: day}]}')


def wrong(kpi: str, sources: Mapping[str, Any] = SOURCES, **more: Any) -> list[str]:
    """The problems of a contract with this KPI: code, path below it, message and remedy."""
    contract = {
        **TOP, **more, "activity": sources, "kpis": {"k": read(f"{{{kpi}}}")},
        "charges": [{"id": "fee", "label": "Fee", "model": "flat", "amount": "100"}],
    }  # fmt: skip
    try:
        callbill.load_contract(emit(contract).encode())
    except Invalid as invalid:
        return [
            f"{one.code} {'.'.join(str(key) for key in one.path[2:])}: {one.message}; {one.help}".replace(" :", ":")
            for one in invalid.problems
        ]
    return []


LEVEL = "kpi: service_level, within: 20 s, formula: of_all"
VARIANTS = (
    "`of_answered`, `of_all`, `abandoned_within_count`, `without_abandoned_within`, `short_abandoned_count`,"
    " `without_short_abandoned`"
)


@pytest.mark.parametrize(("kpi", "expected"), [
    (LEVEL, []),
    (f"{LEVEL}, source: calls, bands: [evening]", ["CB231 bands.0: `evening` is not a band of the calendar; "]),
    (f"{LEVEL}, counts: {{anwsered: answered}}", ["CB231 counts.anwsered: `anwsered` is not a count of this KPI; "]),
    (f"{LEVEL}, source: call", ["CB231 source: `call` is not a source of this contract; did you mean `calls`?"]),
    (f"{LEVEL}, where: {{queu: support}}", ["CB231 where.queu: "]),
    (f"{LEVEL}, counts: {{answered: {{stat: answered}}}}", ["CB231 counts.answered.stat: "]),
    (f"{LEVEL}, counts: {{answered: calls.handled}}", ["CB262 counts.answered: `calls.handled` is not a measure of"]),
    (f"{LEVEL}, counts: {{answered: others.handled}}", ["CB262 counts.answered: `others.handled` is not a measure of"]),
    (f"{LEVEL}, counts: {{answered: handled}}", ["CB262 counts.answered: `calls` has no count `handled`"]),
    (f"{LEVEL}, measured: {{interval: 25 min}}", ["CB216 measured.interval: the interval is no part of an hour"]),
    (f"{LEVEL}, measured: day, met: {{at_least: 80 s}}", ["CB221 met.at_least: the KPI is a percentage"]),
    (f"{LEVEL}, measured: day, met: {{}}", ["CB248 met: `met` is either `at_least` or `at_most`"]),
    (f"{LEVEL}, met: {{at_most: 80}}", ["CB249 met: what is it that meets the value?; write `measured: day`"]),
    (f"{LEVEL}, ivr: true", ["CB231 ivr: the source does not measure the time in the menu; declare a duration `ivr`"]),
    ("kpi: service_level, within: 20 s", [f"CB260: which formula is meant?; write `formula:` and one of {VARIANTS}"]),
    ("kpi: service_level, within: 20 s, formula: of_evry", ["CB230 formula: `of_evry` is not a formula of this KPI; "]),
    ("kpi: service_level, within: 20 s, formula: answered / al", ["CB231 formula: `al` is not a count of this KPI; "]),
    ("kpi: service_level, within: 20 s, formula: a / b / c", ["CB261 formula: `a / b / c` cannot be read"]),
    ("kpi: service_level, within: 20 s, formula: 2*answered / all", ["CB261 formula: `2*answered / all` "]),
    (
        "kpi: service_level, within: 20 s, formula: short_abandoned_count",
        ["CB260: the formula needs to know which abandons are short; write `short_abandon: 5 s`"],
    ),
    ("kpi: abandonment, formula: late", ["CB260: the formula needs to know which abandons are late"]),
    (
        "kpi: repeat_rate, customer: customer, formula: repeated",
        ["CB260: how long after is another contact about the same problem?; write `within: 7 days`"],
    ),
    ("kpi: repeat_rate, customer: caller, within: 7 days, formula: repeated", ["CB231 customer: `caller` is"]),
    ("kpi: occupancy, formula: of_logged_in", ["CB262: no source has the counts `handling`, `logged_in`; write"]),
    ("kpi: occupancy, source: agents, formula: of_logged_in", ["CB262: `agents` has no count `logged_in`"]),
    ("kpi: csat, source: kpi_file, where: {queue: support}", ["CB248 where: `where` chooses records, and this KPI is"]),
    ("kpi: csat, source: kpi_file, measured: {interval: 30 min}", ["CB248 measured: a KPI file has no intervals"]),
    ("kpi: csat, source: kpi_file, bands: [day], counts: {positive: x}", ["CB248 b", "CB231 b", "CB248 c"]),
    ("kpi: service_levle, within: 20 s", ["CB230 kpi: `service_levle` is not a kpi; did you mean `service_level`?"]),
    ("within: 20 s", ["CB202: `kpi` is missing; write `kpi: …`"]),
])  # fmt: skip
def test_what_a_tired_person_writes_is_told_with_a_remedy(kpi: str, expected: list[str]) -> None:
    found = wrong(kpi)
    assert len(found) == len(expected), found
    for one, begins in zip(found, expected, strict=True):
        assert one.startswith(begins)


def test_a_kpi_of_two_sources_asks_which() -> None:
    both = {"calls": SOURCES["calls"], "chats": SOURCES["calls"]}
    both["chats"] = {**both["chats"], "files": "chats.csv"}
    both["calls"] = {**both["calls"], "files": "calls.csv"}
    assert wrong(LEVEL, both) == ["CB249: it can be measured from `calls`, `chats`; write `source: calls`"]


def test_a_kpi_of_a_source_that_is_wrong_waits_until_the_source_is_right() -> None:
    wrong_source = {**SOURCES["calls"], "states": {"answered": {"stat": "answered"}}}
    assert [one[:5] for one in wrong(f"{LEVEL}, source: cals", {"calls": wrong_source})] == ["CB231"]


def test_a_wait_that_is_not_measured_makes_no_level() -> None:
    columns = {name: one for name, one in SOURCES["calls"]["columns"].items() if name != "wait"}
    (found,) = wrong(f"{LEVEL}, source: calls", {"calls": {**SOURCES["calls"], "columns": columns}})
    assert found.startswith("CB262: `calls` has no count `answered_within`")


def test_a_menu_that_is_measured_must_be_said_to_count_or_not() -> None:
    columns = {**SOURCES["calls"]["columns"], "ivr": {"column": "ivr", "unit": "s"}}
    found = wrong(f"{LEVEL}, source: calls", {"calls": {**SOURCES["calls"], "columns": columns}})
    assert found == ["CB260: is the time in the menu part of the wait?; write `ivr: true` or `ivr: false`"]


@pytest.mark.parametrize(("unit", "written", "expected"), [
    ("percent", "80 s", "the KPI is a percentage, `80 s` is not: write `80 %`"),
    ("seconds", "30 %", "the KPI is a time, `30 %` is not: write `30 s`"),
    ("number", "30 %", "the KPI is a plain number, `30 %` is not: write `30`"),
    ("per_hour", "30 s", "the KPI is a plain number, `30 s` is not: write `30`"),
    ("percent", "80", ""), ("percent", "80 %", ""), ("seconds", "30 s", ""), ("seconds", "30", ""),
])  # fmt: skip
def test_a_value_is_written_in_the_unit_of_its_kpi(unit: str, written: str, expected: str) -> None:
    found = [
        f"{one.message}: {one.help}"
        for one in level_problems(TypeAdapter(LevelText).validate_python(written), unit, ("target",))
    ]
    assert found == ([expected] if expected else [])


# ------------------------------------------------------------------------------------------------------ the kinds

EVERY = pytest.mark.parametrize("name", kpis.names())


@EVERY
def test_a_kind_has_words_in_two_languages_and_formulas_of_its_own_counts(name: str) -> None:
    kind = kpis.named(name)
    phrases = [kind.NAMES, *kind.COUNTS.values(), *(one.words for one in kind.VARIANTS)]
    assert all(isinstance(one, Phrase) and one.en and one.fr for one in phrases)
    assert len({one.name for one in kind.VARIANTS}) == len(kind.VARIANTS) > 0
    for one in kind.VARIANTS:
        assert set(one.quotient.names) <= set(kind.COUNTS), one


@EVERY
def test_the_example_of_a_kind_can_be_read_and_narrows_in_words(name: str) -> None:
    written = read(import_module(f"{kpis.PACKAGE}.{name}").EXAMPLE)["kpis"]
    for one in written.values():
        kpi = build(kpis.named(name), one)
        assert kpi.kpi == name
        assert kpi.chosen in kpi.variants
        assert all(phrase.en and phrase.fr for phrase in kpi.narrowing())


def test_every_limit_of_a_wait_is_told_in_words() -> None:
    limits = {"short_abandon": "5 s", "late_abandon": "60 s", "formula": "late", "bands": ["day"], "source": "calls"}
    kpi = build(kpis.named("abandonment"), {"kpi": "abandonment", **limits, "where": read("{queue: [support, sales]}")})
    assert [one.en for one in kpi.narrowing()][:2] == ["short below {time}", "late above {time}"]
    rate = build(kpis.named("answer_rate"), {"kpi": "answer_rate", "short_abandon": "5 s", "formula": "of_offered"})
    assert [one.en for one in rate.narrowing()] == ["short below {time}"]


def test_the_settings_of_a_kpi_are_their_own_values() -> None:
    kpi = build(kpis.named("service_level"), read(f"{{{LEVEL}, measured: day, met: {{at_least: 80 %}}}}"))
    again = build(kpis.named("service_level"), kpi.model_dump(by_alias=True, exclude_unset=True))
    assert again == kpi
    assert (again.unit, again.higher_is_better, again.is_split) == ("percent", True, False)


def test_a_count_by_itself_has_no_denominator() -> None:
    kind = kpis.named("count")
    kpi = build(kind, {"kpi": "count", "source": "calls", "counts": {"count": "offered"}})
    assert kpi.value(Fraction(7), None) == 7
    assert kpi.value(Fraction(7), Fraction(0)) is None


# ------------------------------------------------------------------------------------------------------- counting


def layouts() -> dict[str, Layout]:
    contract = {**TOP, "activity": SOURCES, "charges": [{"id": "f", "label": "F", "model": "flat", "amount": "1"}]}
    return dict(callbill.load_contract(emit(contract).encode()).layouts)


def kpi_of(written: str) -> Kpi:
    settings = read(f"{{{written}}}")
    return build(kpis.named(settings["kpi"]), settings)


def test_handled_is_what_the_contract_says_or_what_was_answered() -> None:
    known = layouts()
    plain = kpi_of("kpi: handling_time, formula: talk_wrap, source: calls")
    said = kpi_of("kpi: handling_time, formula: talk_wrap, source: calls, counts: {handled: {queue: support}}")
    assert plain.handled(known["calls"], "calls") == plain.stated("answered", known["calls"], "calls")
    assert said.handled(known["calls"], "calls") == said.stated("handled", known["calls"], "calls")
    assert plain.handled(known["agents"], "agents") is None


@pytest.mark.parametrize(("rule", "parts"), [
    ("agents.handling", ((1, "handling"),)),
    ("agents.handling + agents.available", ((1, "handling"), (1, "available"))),
    ("calls.answered", ()),
    ("calls.all", ()),
    ("calls.nothing", None),
    ("nowhere.handling", None),
])  # fmt: skip
def test_a_count_may_name_its_source(rule: str, parts: tuple[tuple[int, str], ...] | None) -> None:
    kpi = kpi_of(f"kpi: occupancy, source: agents, formula: of_logged_in, counts: {{logged_in: {rule}}}")
    tally = kpi.tally("logged_in", "agents", layouts())
    assert (None if tally is None else tally.parts) == parts


def test_a_measure_of_another_source_is_no_count_of_this_one() -> None:
    kpi = kpi_of("kpi: handling_time, formula: talk_wrap, source: calls, counts: {handled: agents.handling}")
    assert kpi.stated("handled", layouts()["calls"], "calls") is None


# ------------------------------------------------------------------------------------------------ margins of error


@pytest.mark.parametrize(("hits", "tries", "low", "high"), [
    (80, 100, "71.117", "86.663"),
    (0, 10, "0", "27.754"),
    (10, 10, "72.246", "100"),
    (1, 1, "20.655", "100"),
])  # fmt: skip
def test_wilson_s_interval(hits: int, tries: int, low: str, high: str) -> None:
    found = margins.wilson(Fraction(hits), Fraction(tries))
    assert found is not None
    assert [
        abs(100 * one - Fraction(wanted)) < Fraction(1, 1000) for one, wanted in zip(found, (low, high), strict=True)
    ]
    assert all(
        abs(100 * one - Fraction(wanted)) < Fraction(1, 1000) for one, wanted in zip(found, (low, high), strict=True)
    )


@pytest.mark.parametrize(("hits", "tries"), [(1, 0), (-1, 10), (11, 10)])
def test_what_is_no_share_has_no_interval(hits: int, tries: int) -> None:
    assert margins.wilson(Fraction(hits), Fraction(tries)) is None


def test_the_interval_of_a_mean() -> None:
    """2, 4, 6: mean 4, standard deviation 2, t of two degrees 4.302653, half 4.302653 × 2 / √3 = 4.968276."""
    low, high = margins.mean(Fraction(12), Fraction(56), Fraction(3)) or (0, 0)
    assert low + high == 8
    assert abs(high - Fraction("8.968276")) < Fraction(1, 1_000_000)
    assert margins.mean(Fraction(5), Fraction(25), Fraction(1)) is None


def test_the_interval_of_a_difference_of_shares() -> None:
    """50 promoters and 20 detractors of 100: 30, variance 0.7 - 0.09 = 0.61, half 1.96 × √0.0061 = 15.3078 points."""
    low, high = margins.difference(Fraction(50), Fraction(20), Fraction(100)) or (0, 0)
    assert abs(100 * high - Fraction("45.30783")) < Fraction(1, 10_000)
    assert abs(100 * low - Fraction("14.69217")) < Fraction(1, 10_000)
    assert margins.difference(Fraction(60), Fraction(50), Fraction(100)) is None
    assert margins.difference(Fraction(-1), Fraction(5), Fraction(100)) is None
    assert margins.difference(Fraction(0), Fraction(0), Fraction(0)) is None
    assert margins.difference(Fraction(2), Fraction(0), Fraction(2)) == (1, 1)


# ----------------------------------------------------------------------------------------------------- windows


def values(folder: Path, kpi: str, calls: str, **more: Any) -> list[KpiValue]:
    clause = {"id": "c", "label": "C", "kpi": "k", "scale": [{"below": "-1000", "amount": "1"}, {"amount": "0"}]}
    made = measured.billed(folder, {"k": read(f"{{{kpi}}}")}, [clause], calls=calls, **more)
    return [one for one in made.kpis if one.kpi == "k"]


def test_a_window_that_reaches_back_beyond_the_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        values(tmp_path, f"{LEVEL}, measured: {{periods: 2}}", measured.contacts((3, "answered", 5)))
    (problem,) = caught.value.problems
    assert problem.code == "CB340"
    assert problem.message == "the KPI `k` looks back to 2026-09, of which there is no record and no result"
    assert "--history 2026-09.json" in problem.help


def test_a_count_by_the_day_is_not_known_where_there_is_no_record(tmp_path: Path) -> None:
    late = "kpi: count, source: calls, counts: {count: {state: abandoned}}, measured: day"
    (found,) = values(
        tmp_path, f"{late}, met: {{at_most: 0}}", measured.contacts((3, "answered", 5), (1, "abandoned", 9))
    )
    assert (found.numerator, found.denominator) == (3, 4)


def test_a_count_by_the_hour_is_known_where_there_is_any_record(tmp_path: Path) -> None:
    late = "kpi: count, source: calls, counts: {count: {state: abandoned}}, measured: {interval: 1 h}"
    (found,) = values(
        tmp_path, f"{late}, met: {{at_most: 0}}", measured.contacts((3, "answered", 5), (1, "abandoned", 9))
    )
    assert (found.numerator, found.denominator) == (3, 4)


def test_bands_of_a_kpi_leave_the_other_hours_out(tmp_path: Path) -> None:
    rows = "id,start,customer,state,wait\n1,2026-10-05T07:00:00Z,A,answered,5\n2,2026-10-05T09:00:00Z,A,answered,50\n"
    (found,) = values(tmp_path, f"{LEVEL}, bands: [day]", rows, calendar=BANDS)
    assert (found.numerator, found.denominator) == (0, 1)


def test_short_and_late_abandons_are_told_apart(tmp_path: Path) -> None:
    calls = measured.contacts((8, "answered", 9), (1, "abandoned", 4), (1, "abandoned", 5))
    for kpi, expected in (
        ("kpi: abandonment, short_abandon: 5 s, formula: without_short", (1, 9)),
        ("kpi: abandonment, late_abandon: 4 s, formula: late", (1, 10)),
        ("kpi: answer_rate, short_abandon: 5 s, formula: without_short_abandoned", (8, 9)),
    ):
        (found,) = values(tmp_path, kpi, calls)
        assert (found.numerator, found.denominator) == expected


def test_an_interval_whose_records_are_looked_away_from_is_not_measured(tmp_path: Path) -> None:
    """Of two hours with records only one has any that the KPI looks at."""
    rows = "id,start,customer,state,wait\n1,2026-10-05T07:00:00Z,A,answered,5\n2,2026-10-05T09:00:00Z,B,answered,50\n"
    late = "kpi: count, source: calls, where: {customer: B}, counts: {count: {state: abandoned}}"
    (found,) = values(tmp_path, f"{late}, measured: {{interval: 1 h}}, met: {{at_most: 0}}", rows)
    assert (found.numerator, found.denominator) == (1, 1)


def test_a_tally_names_every_field_that_it_looks_at() -> None:
    kpi = kpi_of("kpi: repeat_rate, source: calls, within: 3 days, formula: repeated, where: {queue: support}")
    tally = kpi.tally("repeated", "calls", layouts())
    assert tally is not None
    assert tally.fields == {"customer", "state", "queue", IDENTITY}
    waited = kpi_of(f"{LEVEL}, source: calls").tally("answered_within", "calls", layouts())
    assert waited is not None
    assert waited.fields == {"state", "wait"}


@pytest.mark.parametrize(("where", "expected"), [
    ("queue: [support, sales]", "support/sales"),
    ("talk: {at_least: 10 s, below: 60 s}", "≥ 10 s, < 60 s"),
    ("queue: {not: [sales]}", "≠ sales"),
    ("queue: {filled: true}", "…"),
    ("queue: {filled: false}", "–"),
])  # fmt: skip
def test_conditions_in_a_few_signs(where: str, expected: str) -> None:
    kpi = kpi_of(f"{LEVEL}, where: {{{where}}}")
    (phrase, *_) = [one for one in kpi.narrowing() if "words" in one.figures]
    assert phrase.figures["words"] == expected


def test_two_bare_values_of_one_window_are_refused(tmp_path: Path) -> None:
    clause = {"id": "c", "label": "C", "kpi": "k", "scale": [{"below": "0", "amount": "1"}, {"amount": "0"}]}
    given = {"k": "2026-10-01,,,80\nk,2026-10-02,,,90"}
    with pytest.raises(Invalid) as caught:
        measured.billed(tmp_path, {"k": {"kpi": "csat", "source": "kpi_file"}}, [clause], elsewhere=given)
    assert [one.code for one in caught.value.problems] == ["CB342"]
    assert caught.value.problems[0].message.startswith("`k` has several values in 2026-10")


NPS = """
kpi: nps
source: calls
counts: {promoters: {rating: {at_least: 9}}, detractors: {rating: {at_most: 6}}, responses: {rating: {filled: true}}}
"""


def test_nps_has_the_margin_of_a_difference(tmp_path: Path) -> None:
    columns = {**measured.COLUMNS, "rating": {"column": "wait", "number": "true"}}
    rows = measured.contacts((5, "answered", 9), (3, "answered", 7), (2, "answered", 3))
    contract = {
        **measured.TOP, "activity": {"calls": {**measured.CONTACTS, "columns": columns}},
        "kpis": {"k": read(NPS)},
        "charges": [{"id": "fee", "label": "Fee", "model": "flat", "amount": "1"}],
    }  # fmt: skip
    path = tmp_path / "calls.csv"
    path.write_text(rows, "utf-8")
    agreed = callbill.load_contract(emit(contract).encode())
    with callbill.read_activity(agreed, [path]) as activity:
        (found,) = callbill.bill(agreed, activity, "2026-10").kpis
    assert (found.value, found.low, found.high) == (30, Decimal("-18.41"), Decimal("78.41"))


# ------------------------------------------------------------------- the sample month, from contacts and from intervals

COLUMNS = ("offered", "answered", "abandoned", "answered_20s")
TIMES = ("talk", "hold", "wrap")
AS_CONTACTS = {
    "reader": "generic", "record": "contact", "delimiter": ",", "encoding": "utf-8", "decimal": ".",
    "columns": {
        "id": "contact_id", "start": {"column": "started_at", "format": "iso"}, "queue": "queue", "outcome": "outcome",
        "wait": {"column": "wait_s", "unit": "s"}, **{name: {"column": f"{name}_s", "unit": "s"} for name in TIMES},
    },
    "states": {
        "offered": "all", "answered": {"outcome": ["answered", "transferred"]}, "abandoned": {"outcome": "abandoned"},
    },
}  # fmt: skip
AS_INTERVALS = {
    "reader": "generic", "record": "interval", "delimiter": ",", "encoding": "utf-8", "decimal": ".",
    "columns": {
        "start": {"column": "interval_start", "format": "iso"}, "queue": "queue",
        **{name: {"column": name, "number": "true"} for name in COLUMNS},
        **{name: {"column": f"{name}_s", "unit": "s"} for name in TIMES},
    },
}  # fmt: skip
ALIKE = {
    "answers": ("kpi: answer_rate, formula: of_offered", ""),
    "reached": ("kpi: answer_rate, formula: of_answered_and_abandoned", ""),
    "lost": ("kpi: abandonment, formula: of_offered", ""),
    "lost_2": ("kpi: abandonment, formula: of_answered_and_abandoned", ""),
    "level": ("kpi: service_level, within: 20 s, formula: of_answered", "counts: {answered_within: answered_20s}"),
    "level_2": ("kpi: service_level, within: 20 s, formula: of_all", "counts: {answered_within: answered_20s}"),
    "handling": ("kpi: handling_time, formula: talk_hold_wrap", "counts: {handled: answered}"),
    "talk": ("kpi: talk_time, formula: talk_hold", "counts: {handled: answered}"),
}


@pytest.mark.parametrize("where", ["", "where: {queue: support}", "measured: day", "measured: week"])
def test_contacts_and_intervals_of_the_sample_month_agree_to_the_last_digit(where: str) -> None:
    found = []
    for source, name, column in ((AS_CONTACTS, "contacts", 0), (AS_INTERVALS, "intervals", 1)):
        written = {
            key: read(f"{{{', '.join(part for part in (both[0], both[1] if column else '', where) if part)}}}")
            for key, both in ALIKE.items()
        }
        contract = {
            **TOP, "activity": {"s": source}, "kpis": written,
            "charges": [{"id": "fee", "label": "Fee", "model": "flat", "amount": "1"}],
        }  # fmt: skip
        agreed = callbill.load_contract(emit(contract).encode())
        with callbill.read_activity(agreed, [SAMPLES / "activity" / f"{name}-2026-10.csv"]) as activity:
            counted = callbill.api.count(agreed, activity, "2026-10").measurement
            assert counted is not None
            found.append({
                (key, one.span.name): (one.numerator, one.denominator, one.exact)
                for key in ALIKE for one in counted.values(key)
            })  # fmt: skip
    assert found[0] == found[1]
    assert len(found[0]) >= len(ALIKE)
    assert all(value[1] for value in found[0].values() if not where.startswith("measured"))


def test_a_variant_is_known_by_its_name_and_by_its_formula() -> None:
    by_name, by_formula = (kpi_of(f"kpi: answer_rate, formula: {one}") for one in ("of_offered", "answered / offered"))
    assert by_name.chosen == by_formula.chosen
    own = kpi_of("kpi: answer_rate, formula: answered / (offered + abandoned)")
    assert own.chosen == Variant("", own.formula or "", own.chosen.words)
    assert own.variants[-1] == own.chosen


def test_no_facts_no_bands() -> None:
    kpi = kpi_of(f"{LEVEL}, bands: [day]")
    (problem, *_) = kpi.problems(Facts({}))
    assert problem.help == "write the bands under `calendar`"

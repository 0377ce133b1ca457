"""KPIs come to what a plain count of the records says (`kpi_oracle`), to the last digit.

Generated contacts under every kind and every formula that contacts can feed, with filters, bands, excused days and
rounding; the same month as contacts and as intervals; agents' states; files, order and threads that change nothing;
and margins of error against published and textbook values.
"""

from __future__ import annotations

import csv
import io
import math
import random
import statistics
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from drive import run
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from kpi_oracle import FORMULAS, Kpi, Kpis, Value
from strategies import AGENTS, DAY, HEAD, HOUR, MINUTE, SECOND, WORKING, Case, Scene, kept, moments, one_of, texts

from callbill import api, margins

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hypothesis.strategies import DrawFn, SearchStrategy

    from callbill.invoice import Invoice, KpiValue

    Settings = dict[str, Any]
    Row = dict[str, str]

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]


def few(examples: int) -> settings:
    """So many examples, the same every time; one that fails stays as it is, since making it small takes minutes."""
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=SLOW,
        phases=[Phase.generate],
    )  # fmt: skip


SCENES = {
    "autumn": Scene(
        "Europe/Paris", "month", "2026-10", ("2026-10-12", "2026-10-25"),
        ("2026-10-25T01:00", "2026-10-25T00:30", "2026-09-30T22:00", "2026-10-31T23:00", "2026-10-12T18:00",
         "2026-10-04T22:00", "2026-09-27T22:00", "2026-10-12T06:00"),
    ),
    "spring": Scene(
        "Europe/Paris", "month", "2026-03", ("2026-03-09", "2026-03-29"),
        ("2026-03-29T01:00", "2026-03-29T00:30", "2026-02-28T23:00", "2026-03-31T22:00", "2026-03-09T19:00",
         "2026-01-31T23:00", "2025-12-31T23:00"),
    ),
    "no hours off": Scene(
        "America/Montreal", "month", "2026-11", ("2026-11-01", "2026-11-11"),
        ("2026-11-01T06:00", "2026-11-01T05:30", "2026-12-01T05:00", "2026-11-11T13:00", "2026-10-26T04:00"),
    ),
}  # fmt: skip
"""A month in which the clock goes back, one in which it goes forward and a quarter ends, one that begins with it."""

CALLS: Settings = texts("""
reader: generic
record: contact
delimiter: ","
encoding: utf-8
decimal: "."
columns:
  id: id
  start: {column: start, format: iso}
  queue: queue
  customer: caller
  outcome: outcome
  resolved: resolved
  wait: {pick: [{column: wait, when: {wait: {not: ""}}}], unit: s}
  ivr: {column: ivr, unit: s, empty: 0}
  talk: {column: talk, unit: s}
  hold: {column: hold, unit: s, empty: 0}
  wrap: {column: wrap, unit: s}
  dialling: {column: dialling, unit: s}
  sale: {column: sale, number: true}
  rating: {pick: [{column: rating, when: {rating: {not: ""}}}], number: true}
states:
  offered: all
  answered: {outcome: [ok, moved, sold]}
  abandoned: {outcome: lost}
  transferred: {outcome: moved}
  redirected: {outcome: closed}
  queued: {outcome: {not: closed}}
  sales: {outcome: sold}
  argued: {talk: {at_least: 30 s}}
""")
NAMES = ("id", "start", "queue", "caller", "outcome", "resolved", "wait", "ivr", "talk", "hold", "wrap", "dialling",
         "sale", "rating")  # fmt: skip
CHARGE: Settings = {"id": "calls", "label": "Calls", "model": "act", "count": "calls.all", "price": "2.70"}

WAITS = ("", "0", "4.999999", "5", "5.000001", "19.999999", "20", "20.000001", "60", "61", "300")
TIMES = ("0", "0.000001", "29.999999", "30", "61", "180", "3600", "95.5")
APART = (0, 1, 24 * HOUR - 1, 24 * HOUR, 24 * HOUR + 1, 48 * HOUR - 1, 48 * HOUR, 72 * HOUR)
"""How far apart two contacts of one customer are, in microseconds: around the windows of repeats."""
FIXED: dict[str, Settings] = {
    "service_level": {"within": "20 s", "short_abandon": "5 s"},
    "answer_rate": {"short_abandon": "5 s"},
    "abandonment": {"short_abandon": "5 s", "late_abandon": "60 s"},
    "speed_of_answer": {},
    "first_contact_resolution": {
        "within": "24 h", "counts": {"resolved": {"resolved": "yes", "outcome": ["ok", "moved", "sold"]}},
    },
    "repeat_rate": {"within": "48 h"},
    "handling_time": {},
    "talk_time": {},
    "transfer_rate": {},
    "conversion": {},
    "revenue_per_contact": {"counts": {"revenue": "sale"}},
    "csat": {"counts": {"positive": {"rating": {"at_least": "8"}}, "responses": {"rating": {"filled": "true"}}}},
    "nps": {
        "counts": {
            "promoters": {"rating": {"at_least": "9"}},
            "detractors": {"rating": {"at_most": "6"}},
            "responses": {"rating": {"filled": "true"}},
        }
    },
    "count": {"counts": {"count": {"wait": {"above": "60 s"}}}},
}  # fmt: skip
"""Every kind that contacts can feed, and what it needs beside a formula."""
LEVELS = {"speed_of_answer": "20 s", "handling_time": "180 s", "talk_time": "90 s", "nps": "10 %",
          "revenue_per_contact": "12.5"}  # fmt: skip


# ---------------------------------------------------------------------------------------------------- generating


def written(rows: Sequence[Row], names: Sequence[str] = NAMES) -> str:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([names, *([row[name] for name in names] for row in rows)])
    return out.getvalue()


@st.composite
def contacts(draw: DrawFn, scene: Scene, most: int = 14) -> list[Row]:
    """Contacts near the moments that matter, with few customers, every outcome, and waits around each limit."""
    rows: list[Row] = []
    for n in range(draw(st.integers(0, most))):
        row = {"id": f"C{n * 7 % 15:02d}", "start": draw(moments(scene)).isoformat()}
        row |= {"queue": draw(one_of("support", "vente", ""))}
        row |= {"caller": draw(one_of("+33199000001", "Zoé", "")), "resolved": draw(one_of("yes", "no", ""))}
        row |= {"outcome": draw(one_of("ok", "moved", "sold", "lost", "lost", "closed", ""))}
        row |= {"wait": draw(one_of(*WAITS)), "ivr": draw(one_of("", "0.000001", "15"))}
        row |= {name: draw(one_of(*TIMES)) for name in ("talk", "hold", "wrap", "dialling")}
        row |= {"sale": draw(one_of("0", "49.90", "0.000001", "-12.5"))}
        row |= {"rating": draw(one_of("", "0", "6", "7", "8", "9", "10"))}
        if rows and draw(st.booleans()):
            last = datetime.fromisoformat(rows[-1]["start"]) + timedelta(microseconds=draw(one_of(*APART)))
            row |= {"start": last.isoformat(), "caller": "Zoé", "outcome": draw(one_of("ok", "sold"))}
            rows[-1] |= {"caller": "Zoé", "outcome": "ok"}
        rows.append(row)
    return rows


def around(scene: Scene) -> list[Row]:
    """A contact in each of the two months before and one long after, so that every window is known to the end."""
    first = datetime.fromisoformat(f"{scene.period}-10T12:00:00+00:00")
    starts = [first - timedelta(days=60), first - timedelta(days=30), first + timedelta(days=35)]
    empty = dict.fromkeys(NAMES, "") | dict.fromkeys(("talk", "wrap", "dialling", "sale"), "7")
    return [empty | {"id": f"A{n}", "start": start.isoformat(), "outcome": "ok"} for n, start in enumerate(starts)]


@st.composite
def windows(draw: DrawFn, kind: str, scene: Scene, *, met: bool) -> Settings:
    """Over what the KPI is measured: all days together, or the share of the windows that reach a value.

    Windows of a plain count are a test of their own.
    """
    whole = ["period", {"periods": "2"}, *(["quarter"] if scene.period.endswith("03") else [])]
    cut = ["day", "week", {"interval": "30 min"}, {"interval": "15 min"}] if met and kind != "count" else []
    measured = draw(one_of(*whole, *cut))
    if measured in whole:
        return {"measured": measured}
    level = LEVELS.get(kind, draw(one_of("50 %", "33.3 %", "100", "0 %")))
    return {"measured": measured, "met": {draw(one_of("at_least", "at_most")): level}}


WHERE = one_of({}, {}, {"queue": "support"}, {"queue": {"not": "vente"}}, {"talk": {"at_least": "30 s"}})


@st.composite
def all_kpis(draw: DrawFn, scene: Scene, *, met: bool) -> Settings:
    """Every kind with every formula, each with settings of its own."""
    found = {}
    for kind, fixed in FIXED.items():
        for formula in FORMULAS[kind]:
            more = kept(
                where=draw(WHERE),
                bands=draw(one_of([], [], "sunday", ["evening", "sunday"])),
                decimals=draw(one_of(None, "0", "1", "6")),
                rounding=draw(one_of("half_up", "up", "down")),
            )
            if kind in ("service_level", "answer_rate", "abandonment", "speed_of_answer"):
                more["ivr"] = draw(one_of("true", "false"))
            found[f"{kind}_{formula}"] = {
                "kpi": kind, "formula": formula, **fixed, **more, **draw(windows(kind, scene, met=met)),
            }  # fmt: skip
    return found


def excuses(scene: Scene) -> SearchStrategy[list[Settings]]:
    first, second = scene.days
    only = {"date": first, "reason": "Lines down", "kpis": ["service_level_of_all", "repeat_rate_repeated"]}
    return one_of([], [{"date": second, "reason": "Storm"}], [only, {"from": first, "until": second, "reason": "Fire"}])


def contract(scene: Scene, kpis: Settings, **more: Any) -> Settings:
    calendar = {"holidays": "FR", "bands": WORKING}
    top = {**HEAD, "timezone": scene.zone, "period": scene.rule, "calendar": calendar}
    return {**top, "activity": {"calls": CALLS}, "charges": [CHARGE], "kpis": kpis, **more}


@st.composite
def cases(draw: DrawFn, scene: Scene) -> Case:
    """A month of contacts under every KPI."""
    excused = draw(excuses(scene))
    kpis = draw(all_kpis(scene, met=not excused))
    rows = [*draw(contacts(scene)), *around(scene)]
    return Case(contract(scene, kpis, **kept(excused=excused)), {"calls": written(rows)}, scene.period)


# ----------------------------------------------------------------------------------------------------- comparing


def told(one: KpiValue) -> Value:
    return Value(one.numerator, one.denominator, one.value, one.rounded)


def of_invoice(invoice: Invoice) -> dict[str, Value]:
    return {one.kpi: told(one) for one in invoice.kpis}


def of_oracle(case: Case) -> dict[str, Value]:
    return Kpis(texts(case.yaml), {source: [text] for source, text in case.texts.items()}, case.period).values()


def counted(case: Case, folder: Path) -> dict[str, Value]:
    return of_invoice(run(case.yaml, case.files(folder), case.period, threads=1).invoice)


def compare(case: Case, folder: Path) -> None:
    """Both ways count the same. How a share of windows is rounded is a test of its own."""
    slow, fast = of_oracle(case), counted(case, folder)
    assert set(slow) == set(fast)
    for found in (slow, fast):
        found.update({
            name: replace(one, rounded=None) for name, one in found.items() if "met" in case.contract["kpis"][name]
        })  # fmt: skip
    assert [
        (name, slow[name], fast[name], case.contract["kpis"][name]) for name in slow if slow[name] != fast[name]
    ] == []


@pytest.mark.parametrize("scene", SCENES)
def test_every_kpi_is_what_its_records_say(scene: str, tmp_path: Path) -> None:
    @few(15)
    @given(cases(SCENES[scene]))
    def agree(case: Case) -> None:
        note(case.texts["calls"])
        compare(case, tmp_path)

    agree()


@pytest.mark.parametrize("scene", SCENES)
def test_every_day_has_the_value_of_its_records(scene: str, tmp_path: Path) -> None:
    """Before clauses look at them: days are not printed one by one."""
    daily = {"measured": "day", "decimals": "1"}
    kpis = {
        "level": {"kpi": "service_level", "formula": "not_late", **FIXED["service_level"], "ivr": "false", **daily},
        "repeats": {
            "kpi": "repeat_rate",
            "formula": "repeated",
            "within": "24 h",
            "where": {"queue": "support"},
            **daily,
        },
        "pace": {"kpi": "handling_time", "formula": "talk_hold_wrap", "bands": ["evening", "sunday"], **daily},
    }

    @few(8)
    @given(contacts(SCENES[scene]), excuses(SCENES[scene]))
    def agree(rows: list[Row], excused: list[Settings]) -> None:
        excused = [{name: value for name, value in one.items() if name != "kpis"} for one in excused]
        case = Case(
            contract(SCENES[scene], kpis, **kept(excused=excused)),
            {"calls": written([*rows, *around(SCENES[scene])])}, SCENES[scene].period,
        )  # fmt: skip
        plain = Kpis(texts(case.yaml), {"calls": [case.texts["calls"]]}, case.period)
        slow = {
            (name, day): value for name, one in plain.contract["kpis"].items()
            for day, value in Kpi(plain, name, one).days().items() if value.value is not None
        }  # fmt: skip
        agreed = api.load_contract(case.yaml.encode())
        with api.read_activity(agreed, case.files(tmp_path), threads=1) as read:
            measurement = api.count(agreed, read, case.period).measurement
            assert measurement is not None
            days = [(name, one) for name in kpis for one in measurement.values(name) if one.exact is not None]
        assert slow == {
            (name, one.span.first): Value(one.numerator, one.denominator, one.exact, one.shown) for name, one in days
        }

    agree()


# ------------------------------------------------------------------------------------------- contacts and intervals

SLOTS: Settings = texts("""
reader: generic
record: interval
delimiter: ","
encoding: utf-8
decimal: "."
columns:
  start: {column: start, format: iso}
  queue: queue
  offered: {column: offered, number: true}
  answered: {column: answered, number: true}
  abandoned: {column: abandoned, number: true}
  answered_within: {column: answered_within, number: true}
  short_abandoned: {column: short_abandoned, number: true}
  wait_answered: {column: wait_answered_s, unit: s}
  talk: {column: talk_s, unit: s}
  hold: {column: hold_s, unit: s}
  wrap: {column: wrap_s, unit: s}
""")
COUNTS = ("offered", "answered", "abandoned", "answered_within", "short_abandoned", "wait_answered_s", "talk_s",
          "hold_s", "wrap_s")  # fmt: skip
BOTH = {
    "service_level": ("of_answered", "of_all", "short_abandoned_count", "without_short_abandoned"),
    "answer_rate": ("of_offered", "of_answered_and_abandoned", "without_short_abandoned"),
    "abandonment": ("of_offered", "without_short", "without_short_above", "of_answered_and_abandoned"),
    "speed_of_answer": ("of_answered", "of_offered"),
    "handling_time": ("talk_hold_wrap", "talk_wrap"),
    "talk_time": ("talk", "talk_hold"),
}
"""What intervals can know of contacts."""


def halved(rows: Sequence[Row]) -> str:
    """The same contacts as the half hours of their queues."""
    found: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(COUNTS, Decimal(0)))
    for row in rows:
        start = datetime.fromisoformat(row["start"]).astimezone(UTC)
        slot = start.replace(minute=start.minute // 30 * 30, second=0, microsecond=0)
        sums = found[slot.isoformat(), row["queue"]]
        wait = Decimal(row["wait"]) if row["wait"] else None
        sums["offered"] += 1
        if row["outcome"] in ("ok", "moved", "sold"):
            sums["answered"] += 1
            sums["answered_within"] += wait is not None and wait <= 20
            sums["wait_answered_s"] += wait or 0
            for name in ("talk", "hold", "wrap"):
                sums[name + "_s"] += Decimal(row[name] or 0)
        if row["outcome"] == "lost":
            sums["abandoned"] += 1
            sums["short_abandoned"] += wait is not None and wait < 5
    listed = [
        {"start": start, "queue": queue, **{name: format(value, "f") for name, value in sums.items()}}
        for (start, queue), sums in found.items()
    ]
    return written(listed, ("start", "queue", *COUNTS))


@st.composite
def sides(draw: DrawFn, scene: Scene) -> Settings:
    """Each KPI twice: of contacts, and of intervals."""
    found = {}
    for kind, formulas in BOTH.items():
        for formula in formulas:
            more = kept(
                where=draw(one_of({}, {"queue": "support"}, {"queue": {"not": "vente"}})),
                bands=draw(one_of([], [], ["evening", "sunday"])),
                decimals=draw(one_of(None, "0", "2")),
            )
            shared = {"kpi": kind, "formula": formula, **FIXED[kind], **more}
            shared |= draw(windows(kind, scene, met=True).filter(lambda one: "15 min" not in str(one)))
            menu = {} if kind in ("handling_time", "talk_time") else {"ivr": "false"}
            handled = {} if menu else {"counts": {"handled": "answered"}}
            found[f"{kind}_{formula}"] = {**shared, **menu, "source": "calls"}
            found[f"i_{kind}_{formula}"] = {**shared, **handled, "source": "slots"}
    return found


@pytest.mark.parametrize("scene", SCENES)
def test_a_month_of_intervals_is_worth_what_its_contacts_are(scene: str, tmp_path: Path) -> None:
    @few(6)
    @given(contacts(SCENES[scene]), sides(SCENES[scene]))
    def agree(rows: list[Row], kpis: Settings) -> None:
        rows = [*rows, *around(SCENES[scene])]
        whole = contract(SCENES[scene], kpis, activity={"calls": CALLS, "slots": SLOTS})
        case = Case(whole, {"calls": written(rows), "slots": halved(rows)}, SCENES[scene].period)
        compare(case, tmp_path)
        found = counted(case, tmp_path)
        assert {name: one for name, one in found.items() if not name.startswith("i_")} == {
            name.removeprefix("i_"): one for name, one in found.items() if name.startswith("i_")
        }

    agree()


# ------------------------------------------------------------------------------------------------ agents' states

STATES: Settings = texts("""
reader: generic
record: agent_state
delimiter: ","
encoding: utf-8
decimal: "."
columns:
  ref: ref
  agent: agent
  team: team
  state: state
  start: {column: start, format: iso}
  duration: {column: duration, unit: s}
agent_states:
  available: Disponible
  online: En ligne
  wrap: Post-appel
  handling: [En ligne, Post-appel]
  logged_in: [Disponible, En ligne, Post-appel, Pause]
  paid: [Disponible, En ligne, Post-appel, Pause, Formation]
""")
OF_AGENTS = texts("""
of_logged_in: {kpi: occupancy, source: agents, formula: of_logged_in}
of_both: {kpi: occupancy, source: agents, formula: of_handling_and_available, where: {team: Océan}}
of_states: {kpi: occupancy, source: agents, counts: {handling: agents.online + agents.wrap}, formula: of_logged_in}
of_calls: {kpi: occupancy, source: agents, counts: {handling: calls.talk + calls.wrap}, formula: of_logged_in}
of_pause: {kpi: occupancy, source: agents, counts: {handling: agents.logged_in - agents.online}, formula: of_logged_in}
used: {kpi: utilisation, source: agents, formula: of_paid}
handled: {kpi: utilisation, source: agents, formula: handling_of_paid, bands: [day]}
acts:
  kpi: acts_per_hour
  source: calls
  counts: {acts: answered, hours: agents.available + agents.online + agents.wrap}
  formula: of_hours
net:
  kpi: acts_per_hour
  source: agents
  counts: {acts: calls.answered, hours: logged_in, idle: available}
  formula: net_of_idle
sold:
  kpi: acts_per_hour
  source: calls
  where: {queue: {not: vente}}
  counts: {acts: sales, hours: agents.paid}
  formula: of_hours
  bands: [evening, sunday]
""")


@st.composite
def stretches(draw: DrawFn, scene: Scene) -> str:
    """Stretches of agents' time, some of them over midnight."""
    rows = [
        {
            "ref": str(n), "agent": draw(one_of(*AGENTS)), "team": draw(one_of("Océan", "Forêt", "")),
            "state": draw(one_of("Disponible", "En ligne", "Post-appel", "Pause", "Formation")),
            "start": draw(moments(scene)).isoformat(),
            "duration": format(Decimal(draw(one_of(0, 1, SECOND, 59 * MINUTE + 1, HOUR, DAY))) / SECOND, "f"),
        }
        for n in range(draw(st.integers(0, 12)))
    ]  # fmt: skip
    return written(rows, ("ref", "agent", "team", "state", "start", "duration"))


@pytest.mark.parametrize("scene", SCENES)
def test_agents_are_as_busy_as_their_states_say(scene: str, tmp_path: Path) -> None:
    @few(10)
    @given(contacts(SCENES[scene]), stretches(SCENES[scene]), st.data())
    def agree(rows: list[Row], states: str, data: st.DataObject) -> None:
        whole = [{}, {"measured": "day", "met": {"at_least": "1"}}, {"measured": "week", "met": {"at_most": "50"}}]
        kpis = {
            name: {**one, **kept(decimals=data.draw(one_of(None, "1"))), **data.draw(one_of(*whole))}
            for name, one in OF_AGENTS.items()
        }
        whole = contract(SCENES[scene], kpis, activity={"calls": CALLS, "agents": STATES})
        compare(Case(whole, {"calls": written(rows), "agents": states}, SCENES[scene].period), tmp_path)

    agree()


# -------------------------------------------------------------------------------------- files, order and threads


def month(number: int = 400) -> list[Row]:
    """A month of contacts that is the same every time."""
    chance = random.Random(4)
    first = datetime(2026, 9, 25, tzinfo=UTC)
    rows = []
    for n in range(number):
        start = first + timedelta(seconds=chance.randrange(42 * 86_400))
        row = {"id": f"C{n}", "start": start.isoformat(), "queue": chance.choice(["support", "vente", ""])}
        row |= {"caller": chance.choice(["", *(f"+331990000{n:02d}" for n in range(40))])}
        row |= {
            "resolved": chance.choice(["yes", "no", ""]),
            "outcome": chance.choice(["ok", "ok", "sold", "moved", "lost", "closed"]),
        }
        row |= {"wait": chance.choice([*WAITS, "7", "12"]), "ivr": chance.choice(["", "15"])}
        row |= {name: str(chance.randrange(900)) for name in ("talk", "hold", "wrap", "dialling")}
        rows.append(row | {"sale": chance.choice(["0", "49.90"]), "rating": chance.choice(["", *map(str, range(11))])})
    return rows


def every_kpi() -> Settings:
    return {
        f"{kind}_{formula}": {
            "kpi": kind, "formula": formula, **fixed, "decimals": "3",
            **({"ivr": "true"} if kind in ("service_level", "answer_rate", "abandonment", "speed_of_answer") else {}),
        }
        for kind, fixed in FIXED.items() for formula in FORMULAS[kind]
    }  # fmt: skip


def test_files_order_and_threads_change_nothing(tmp_path: Path) -> None:
    clause = {
        "id": "speed", "label": "Speed", "kpi": "service_level_of_all", "basis": ["calls"],
        "scale": {"per_point": [{"below": "60", "amount": "-0.37 %"}, {"above": "60", "amount": "0.37 %"}]},
    }  # fmt: skip
    rows = month()
    case = Case(contract(SCENES["autumn"], every_kpi(), bonus_malus=[clause]), {"calls": written(rows)}, "2026-10")
    compare(case, tmp_path)
    once = run(case.yaml, case.files(tmp_path), case.period, threads=1).invoice
    assert {line.kind for line in once.lines} & {"bonus", "malus"}
    assert len(once.kpis) == len(case.contract["kpis"])
    for threads in (1, 2):
        shuffled = random.Random(threads).sample(rows, len(rows))
        files = []
        for n in range(3):
            files.append(tmp_path / f"part-{threads}-{n}.csv")
            files[-1].write_text(written(shuffled[n::3]), encoding="utf-8")
        again = run(case.yaml, {"calls": files}, case.period, threads=threads).invoice
        assert again.kpis == once.kpis
        assert again.lines == once.lines
        assert (again.net, again.total) == (once.net, once.total)


# -------------------------------------------------------------------------------------------- margins of error

EXACT = Context(prec=50)
Z = Decimal("1.959963984540054235524594430520551")


def half(low: Fraction, high: Fraction) -> Decimal:
    """Half the width of an interval, in points."""
    return EXACT.divide(Decimal((50 * (high - low)).numerator), Decimal((50 * (high - low)).denominator))


@pytest.mark.parametrize(
    ("tries", "published"),
    [(500, "3.5"), (1000, "2.5"), (5000, "1.1"), (20_000, "0.55"), (50, "11"), (100, "7.8"), (400, "3.9")],
)
def test_the_margin_of_a_share_is_the_published_one(tries: int, published: str) -> None:
    """95 % half-widths at 80 %, of service levels and of satisfaction; Wilson's own formula beside them."""
    found = margins.wilson(Fraction(4 * tries, 5), Fraction(tries))
    assert found is not None
    low, high = found
    assert half(low, high).quantize(Decimal(published)) == Decimal(published)
    n, share = Decimal(tries), Decimal("0.8")
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    reach = Z * EXACT.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    assert abs(low - Fraction(middle - reach)) < Fraction(1, 10**12)
    assert abs(high - Fraction(middle + reach)) < Fraction(1, 10**12)


def test_the_margin_of_a_promoter_score_is_the_published_one() -> None:
    found = margins.difference(Fraction(50), Fraction(20), Fraction(100))
    assert found is not None
    assert half(*found).quantize(Decimal(1)) == 15
    reach = Z * EXACT.sqrt((Decimal("0.7") - Decimal("0.09")) / 100)
    assert abs(found[0] - Fraction(Decimal("0.3") - reach)) < Fraction(1, 10**12)
    assert abs(found[1] - Fraction(Decimal("0.3") + reach)) < Fraction(1, 10**12)


@pytest.mark.parametrize(
    ("freedom", "printed"),
    [(1, "12.706"), (2, "4.303"), (5, "2.571"), (10, "2.228"), (11, "2.201"), (12, "2.179"), (20, "2.086"),
     (30, "2.042"), (60, "2.000"), (120, "1.980"), (1000, "1.962")],
)  # fmt: skip
def test_students_points_are_those_of_the_tables(freedom: int, printed: str) -> None:
    assert margins.student(freedom).quantize(Decimal("0.001")) == Decimal(printed)


def inside(point: float, freedom: int) -> float:
    """How much of Student's distribution lies within a point (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    angle = math.atan(point / math.sqrt(freedom))
    term = math.cos(angle) if freedom % 2 else 1.0
    total = 0.0 if freedom == 1 else term
    for n in range(3 if freedom % 2 else 2, freedom - 1, 2):
        term *= math.cos(angle) ** 2 * (n - 1) / n
        total += term
    return 2 / math.pi * (angle + math.sin(angle) * total) if freedom % 2 else math.sin(angle) * total


@pytest.mark.parametrize(
    "freedom",
    [
        *range(1, 11),
        11,
        12,
        *range(13, 41), 59, 60, 119, 120, 500, 999, 1000,
    ],
)  # fmt: skip
def test_students_points_are_right_to_four_decimals(freedom: int) -> None:
    found = float(margins.student(freedom))
    assert inside(found - 0.00006, freedom) < 0.95 < inside(found + 0.00006, freedom)


def test_the_invoice_shows_these_margins(tmp_path: Path) -> None:
    """Of a mean by the spread of its contacts, of a share and of a score by their counts; to two decimals."""
    rows = month(60)
    kpis = every_kpi()
    case = Case(contract(SCENES["autumn"], kpis), {"calls": written(rows)}, "2026-10")
    shown = {one.kpi: one for one in run(case.yaml, case.files(tmp_path), case.period, threads=1).invoice.kpis}
    here = ZoneInfo("Europe/Paris")
    mine = [row for row in rows if datetime.fromisoformat(row["start"]).astimezone(here).month == 10]
    answered = [row for row in mine if row["outcome"] in ("ok", "sold", "moved")]
    lengths = [int(row["talk"]) + int(row["hold"]) + int(row["wrap"]) for row in answered]
    reach = float(margins.student(len(lengths) - 1)) * statistics.stdev(lengths) / math.sqrt(len(lengths))
    mean = shown["handling_time_talk_hold_wrap"]
    assert (float(mean.low), float(mean.high)) == pytest.approx(
        (statistics.mean(lengths) - reach, statistics.mean(lengths) + reach), abs=0.006
    )
    share = shown["transfer_rate_of_answered"]
    low, high = margins.wilson(share.numerator, share.denominator)
    assert (float(share.low), float(share.high)) == pytest.approx((float(100 * low), float(100 * high)), abs=0.006)
    score = shown["nps_net"]
    rated = [int(row["rating"]) for row in mine if row["rating"]]
    more, less = sum(one >= 9 for one in rated), sum(one <= 6 for one in rated)
    low, high = margins.difference(Fraction(more), Fraction(less), Fraction(len(rated)))
    assert (float(score.low), float(score.high)) == pytest.approx((float(100 * low), float(100 * high)), abs=0.006)


# ------------------------------------------------------------------------------------------- where they disagree


def alone(kpi: Settings, rows: Sequence[Row], **more: Any) -> Case:
    """One KPI of October."""
    return Case(contract(SCENES["autumn"], {"one": kpi}, **more), {"calls": written(rows)}, "2026-10")


def call(number: int, start: str, **more: str) -> Row:
    plain = {"id": f"C{number}", "start": start, "outcome": "ok", "wait": "7", "caller": "Zoé"}
    return dict.fromkeys(NAMES, "") | dict.fromkeys(("talk", "wrap", "dialling", "sale"), "7") | plain | more


DAILY = {"measured": "day", "met": {"at_least": "50 %"}}
TWO = [call(1, "2026-10-05T08:00:00Z", queue="support", talk="100"), call(2, "2026-10-06T08:00:00Z", outcome="moved")]


def test_days_that_must_reach_a_value_may_be_excused(tmp_path: Path) -> None:
    kpi = {"kpi": "answer_rate", "formula": "of_offered", "ivr": "false", **DAILY}
    case = alone(kpi, TWO, excused=[{"date": "2026-10-05", "reason": "Storm"}])
    assert counted(case, tmp_path) == of_oracle(case)


def test_days_that_must_reach_a_resolution_need_no_records_of_the_next_month(tmp_path: Path) -> None:
    case = alone({"kpi": "first_contact_resolution", "formula": "not_repeated", "within": "24 h", **DAILY}, TWO)
    assert counted(case, tmp_path) == of_oracle(case)


def test_the_share_of_days_is_rounded_as_the_kpi_says(tmp_path: Path) -> None:
    kpi = {"kpi": "answer_rate", "formula": "of_offered", "ivr": "false", "decimals": "1", **DAILY}
    case = alone(kpi, [*TWO, call(3, "2026-10-07T08:00:00Z", outcome="lost")])
    assert of_oracle(case)["one"].rounded == Fraction(667, 10)
    assert counted(case, tmp_path) == of_oracle(case)


def test_a_count_that_names_the_own_source_keeps_to_where(tmp_path: Path) -> None:
    counts = {"talk": "calls.talk", "hold": "calls.hold"}
    kpi = {"kpi": "handling_time", "formula": "talk_wrap", "counts": counts, "where": {"queue": "support"}}
    case = alone(kpi, TWO)
    assert of_oracle(case)["one"].numerator == 107
    assert counted(case, tmp_path) == of_oracle(case)


def test_seconds_are_those_of_the_contacts_that_are_handled(tmp_path: Path) -> None:
    case = alone({"kpi": "talk_time", "formula": "talk", "counts": {"handled": {"queue": "support"}}}, TWO)
    assert of_oracle(case)["one"].value == 100
    assert counted(case, tmp_path) == of_oracle(case)


def test_answered_may_be_conditions(tmp_path: Path) -> None:
    counts = {"answered": {"outcome": ["ok", "moved"], "queue": "support"}}
    kpi = {"kpi": "service_level", "formula": "of_answered", "within": "20 s", "ivr": "false", "counts": counts}
    case = alone(kpi, TWO)
    assert counted(case, tmp_path) == of_oracle(case)


def test_an_hour_begins_where_the_contracts_clock_says(tmp_path: Path) -> None:
    """In India 9:10 and 9:50 are of one hour."""
    kpi = {"kpi": "answer_rate", "formula": "of_offered", "ivr": "false", **DAILY, "measured": {"interval": "1 h"}}
    rows = [call(1, "2026-10-05T09:10:00+05:30"), call(2, "2026-10-05T09:50:00+05:30", outcome="lost")]
    found = counted(alone(kpi, rows, timezone="Asia/Kolkata"), tmp_path)
    assert (found["one"].numerator, found["one"].denominator) == (1, 1)


@pytest.mark.parametrize("measured", ["day", "week", {"interval": "30 min"}])
def test_windows_without_records_are_not_counted(measured: Any, tmp_path: Path) -> None:
    """Neither days without a contact, nor those that only have contacts of another queue."""
    late = {"count": {"wait": {"above": "60 s"}}}
    kpi = {"kpi": "count", "counts": late, "where": {"queue": "support"}, "measured": measured, "met": {"at_most": "0"}}
    case = alone(kpi, TWO)
    assert of_oracle(case)["one"].denominator == 1
    assert counted(case, tmp_path) == of_oracle(case)


def test_an_excused_day_earns_nothing(tmp_path: Path) -> None:
    """Ten euros for every day without a long wait, and nobody looks at the fifth."""
    late = {"count": {"wait": {"above": "60 s"}}}
    clause = {"id": "calm", "label": "Calm", "kpi": "one"}
    clause["scale"] = [{"up_to": "0", "amount": "10"}, {"amount": "0"}]
    kpi = {"kpi": "count", "counts": late, "measured": "day"}
    earned = []
    for excused in ([], [{"date": "2026-10-05", "reason": "Storm"}]):
        case = alone(kpi, TWO, bonus_malus=[clause], **kept(excused=excused))
        lines = run(case.yaml, case.files(tmp_path), case.period, threads=1).invoice.lines
        earned.append(sum(line.amount for line in lines if line.charge != "calls"))
    assert earned[0] - earned[1] == 10

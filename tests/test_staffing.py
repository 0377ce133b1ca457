"""What agents' hours become: they follow the work, or stay and wait less; an occupancy that is to be reached."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from side_by_side import NARROW, WIDE, agents, agreed, compared, read

from callbill import risk
from callbill.arguments import what_if
from callbill.compare import Comparison
from callbill.comparing import check_occupancies
from callbill.contract import Contract
from callbill.running import Usage
from callbill.staffing import DAY, Hours, Lever, Moves, agents_view, moves, occupancy, states_of, whole_tally

PARTS = "[{}]".format(", ".join(
    f"{{id: {name}, label: {name}, model: time, measure: agents.{name}, unit: second, price: 1}}"
    for name in ("talk", "available", "pause")
))  # fmt: skip
SIX = Fraction(6, 5)
MONTH = {"2026-02": (3000, 1000, 500)}
UNEVEN = """agent,start,state,duration
A,2026-02-02T08:00:00Z,phone,1001
A,2026-02-02T09:00:00Z,ready,333
A,2026-02-02T10:00:00Z,phone,77
A,2026-02-02T11:00:00Z,ready,1
A,2026-02-02T12:00:00Z,break,600
A,2026-02-03T08:00:00Z,phone,900
A,2026-02-03T09:00:00Z,ready,10
B,2026-02-02T08:00:00Z,phone,500
B,2026-02-03T08:00:00Z,ready,700
C,2026-02-02T08:00:00Z,phone,7
C,2026-02-02T09:00:00Z,ready,7
C,2026-02-02T09:30:00Z,ready,6
"""
WIDELY = """agent,start,talk,wrap,available,pause,logged_in
A,2026-02-02T08:00:00Z,1001,77,334,600,2012
A,2026-02-03T08:00:00Z,800,100,10,0,910
B,2026-02-02T08:00:00Z,500,0,0,20,520
B,2026-02-03T08:00:00Z,0,0,700,60,760
C,2026-02-02T08:00:00Z,3,4,13,0,25
"""


def parts(found: Comparison, lever: Lever) -> list[Fraction]:
    """Seconds of talk, waiting and pauses, as they are billed."""
    return [Fraction(line.quantity) for line in found.outcome(found.cases[0], 0, lever).lines]


def test_hours_that_follow_grow_with_contacts_and_with_their_length(tmp_path: Path) -> None:
    with compared(tmp_path, agreed(PARTS, "agents"), periods=["2026-02"], agents=agents(MONTH)) as found:
        was = parts(found, Lever())
        assert was == [84 * one for one in MONTH["2026-02"]]
        assert parts(found, Lever(volume=SIX)) == [one * SIX for one in was]
        assert parts(found, Lever(handling=SIX)) == [one * SIX for one in was]
        assert parts(found, Lever(volume=SIX, handling=Fraction(1, 2))) == [one * SIX / 2 for one in was]
        assert found.hours(Lever(volume=SIX)) == 84 * 4500 * SIX / 3600


@pytest.mark.parametrize(("volume", "expected"), [
    ("6/5", (3600, 400, 500)), ("4/5", (2400, 1600, 500)), ("4/3", (4000, 0, 500)), ("3", (4000, 0, 500)),
    ("0", (0, 4000, 500)),
])  # fmt: skip
def test_hours_that_are_fixed_wait_less_or_more_and_never_less_than_nothing(
    volume: str, expected: tuple[int, int, int], tmp_path: Path
) -> None:
    contract = agreed(PARTS, "agents")
    with compared(tmp_path, contract, periods=["2026-02"], staffing="fixed", agents=agents(MONTH)) as found:
        billed = {
            line.charge: line.quantity for line in found.outcome(found.cases[0], 0, Lever(Fraction(volume))).lines
        }
        assert [billed.get(name, 0) for name in ("talk", "available", "pause")] == [84 * one for one in expected]
        assert found.hours(Lever(Fraction(volume))) == Fraction(84 * 4500, 3600)


def test_an_occupancy_is_reached_by_waiting_and_the_rest_goes_with_the_hours(tmp_path: Path) -> None:
    contract = agreed(PARTS, "agents")
    with compared(tmp_path, contract, periods=["2026-02"], agents=agents(MONTH)) as found:
        assert found.occupancy == Fraction(3, 4)
        assert parts(found, Lever(occupancy=Fraction(3, 5))) == [84 * 3000, 84 * 2000, 84 * 625]
        assert parts(found, Lever(volume=SIX, occupancy=Fraction(9, 10))) == [84 * 3600, 84 * 400, 84 * 500]


def by_day(contract: Contract, text: str, given: Moves, folder: Path) -> list[dict[tuple[Any, ...], Any]]:
    """Agent, day and record: every time in microseconds, as it was and as it is then."""
    with read(folder, contract, agents=text) as found:
        (one,), engine = found.reads, found.engine
        relation, layout = one.sources["agents"].relation, contract.layouts["agents"]
        columns = frozenset(engine.columns(relation, ""))
        (states,) = states_of(contract)
        names = [f"x_{name}" for name in (*layout.durations, "state") if f"x_{name}" in columns]
        made = []
        for query in (f"SELECT * FROM {relation}", agents_view(states, layout, relation, columns, given)):
            rows = engine.rows(f"SELECT x_agent, x_start // {DAY}, row, {', '.join(names)} FROM ({query}) q")
            made.append({row[:3]: dict(zip(names, row[3:], strict=True)) for row in rows})
        return made


@pytest.mark.parametrize("factor", ["6/5", "11/10", "9/10", "17/13", "5"])
def test_fixed_hours_of_an_agents_day_stay_to_the_microsecond_in_rows_of_states(factor: str, tmp_path: Path) -> None:
    given = Moves(Fraction(factor), Fraction(1), Fraction(1), kept=True)
    was, now = by_day(agreed(PARTS, "agents"), UNEVEN, given, tmp_path)
    days = {key[:2] for key in was}
    assert len(days) == 5
    for day in days:
        mine = [key for key in was if key[:2] == day]
        before, after = (sum(one[key]["x_duration"] for key in mine) for one in (was, now))
        assert abs(before - after) <= len(mine)
        worked, waited, then = (
            sum(one[key]["x_duration"] for key in mine if one[key]["x_state"] == state)
            for one, state in ((was, "phone"), (was, "ready"), (now, "phone"))
        )
        wanted = min(worked * Fraction(factor), Fraction(worked + waited)) if waited else Fraction(worked)
        assert abs(then - wanted) <= len(mine)
    assert all(one["x_duration"] >= 0 for one in now.values())
    assert [now[key] for key in was if was[key]["x_state"] == "break"] == [
        was[key] for key in was if was[key]["x_state"] == "break"
    ]


@pytest.mark.parametrize("factor", ["6/5", "9/10", "17/13", "5"])
def test_fixed_hours_stay_to_the_microsecond_in_columns_of_durations(factor: str, tmp_path: Path) -> None:
    wide = agreed(PARTS, activity={"agents": WIDE})
    was, now = by_day(wide, WIDELY, Moves(Fraction(factor), Fraction(1), Fraction(1), kept=True), tmp_path)
    assert len(was) == 5
    for key, before in was.items():
        after = now[key]
        worked, waited = before["x_talk"] + before["x_wrap"], before["x_available"]
        whole = min(worked * Fraction(factor), Fraction(worked + waited)) if waited else Fraction(worked)
        assert abs(after["x_talk"] + after["x_wrap"] - whole) <= 2
        total = sum(after[name] for name in ("x_talk", "x_wrap", "x_available"))
        assert abs(total - worked - waited) <= 3
        assert after["x_logged_in"] - before["x_logged_in"] == total - worked - waited
        assert after["x_pause"] == before["x_pause"]
        assert min(after.values()) >= 0


def test_columns_of_durations_reach_an_occupancy_and_the_whole_goes_with_its_parts(tmp_path: Path) -> None:
    wide = agreed(PARTS, activity={"agents": WIDE})
    given = Moves(Fraction(2), Fraction(1, 2), Fraction(3))
    was, now = by_day(wide, WIDELY, given, tmp_path)
    for key, before in was.items():
        after = now[key]
        assert after["x_talk"] == 2 * before["x_talk"]
        assert after["x_wrap"] == 2 * before["x_wrap"]
        assert after["x_available"] == before["x_available"] // 2
        assert after["x_pause"] == 3 * before["x_pause"]
        moved = sum(after[name] - before[name] for name in ("x_talk", "x_wrap", "x_available"))
        assert after["x_logged_in"] == before["x_logged_in"] + moved


UNNAMED: dict[str, Any] = {**NARROW, "agent_states": {"present": ["phone", "ready"], "away": ["break"]}}
PRESENT = "[{id: present, label: Present, model: time, measure: agents.present, unit: second, price: 1}]"


def test_a_source_that_does_not_tell_work_from_waiting_moves_as_a_whole(tmp_path: Path) -> None:
    contract = agreed(PRESENT, activity={"agents": UNNAMED})
    (states,) = states_of(contract)
    assert (states.work, states.waiting, states.apart) == ((), (), False)
    with compared(tmp_path, contract, periods=["2026-02"], agents=agents(MONTH)) as found:
        fixed = found.with_staffing("fixed")
        assert parts(found, Lever(volume=SIX)) == [84 * 4000 * SIX]
        assert parts(fixed, Lever(volume=SIX)) == [84 * 4000]
        assert fixed.with_staffing("fixed") is fixed
        assert found.occupancy is None


@pytest.mark.parametrize(("lever", "staffing", "expected"), [
    (Lever(), "follows", (1, 1, 1, False)), (Lever(volume=SIX), "follows", ("6/5", "6/5", "6/5", False)),
    (Lever(), "fixed", (1, 1, 1, False)), (Lever(volume=SIX), "fixed", ("6/5", 1, 1, True)),
    (Lever(handling=SIX, occupancy=Fraction(1)), "fixed", ("6/5", 0, "9/10", False)),
])  # fmt: skip
def test_a_lever_moves_work_waiting_and_the_rest(lever: Lever, staffing: Any, expected: tuple[Any, ...]) -> None:
    (states,) = states_of(agreed(PARTS, "agents"))
    hours = Hours(Fraction(300), Fraction(100), Fraction(500))
    made = moves(lever, staffing, states, hours, Fraction(240))
    work, waiting, other = (Fraction(one) for one in expected[:3])
    assert made == Moves(work, waiting, other, kept=expected[3])
    assert hours.other == 100
    assert made.whole(hours) == (500 if expected[3] else 300 * work + 100 * waiting + 100 * other)
    assert occupancy(states, hours, Fraction(240)) == Fraction(3, 4)


def test_without_names_contacts_tell_the_occupancy() -> None:
    (states,) = states_of(agreed(PRESENT, activity={"agents": UNNAMED}))
    hours = Hours(Fraction(0), Fraction(0), Fraction(500))
    assert occupancy(states, hours, Fraction(240)) == Fraction(12, 25)
    assert occupancy(states, Hours(*[Fraction(0)] * 3), Fraction(240)) is None
    half = Lever(volume=SIX, occupancy=Fraction(1, 2))
    assert moves(half, "fixed", states, hours, Fraction(240)).whole(hours) == 240 * SIX * 2


def test_a_source_that_does_not_tell_waiting_takes_the_occupancy_of_one_that_does(tmp_path: Path) -> None:
    """Occupied 75 %, reached 60 %: five hours where there were four, whatever the states are called."""
    told, untold = agreed(PARTS, "agents"), agreed(PRESENT, activity={"agents": UNNAMED})
    with compared(tmp_path, told, untold, periods=["2026-02"], agents=agents(MONTH)) as found:
        before = found.cases[1].total
        assert found.total(found.cases[1], Lever(occupancy=Fraction(3, 5))) == before * 5 / 4


def test_french_words_tell_work_from_waiting() -> None:
    words = {"en_ligne": ["phone"], "disponible": ["ready"], "pause": ["break"]}
    present = PRESENT.replace("agents.present", "agents.en_ligne + agents.disponible")
    (states,) = states_of(agreed(present, activity={"agents": {**NARROW, "agent_states": words}}))
    assert (states.work, states.waiting) == (("en_ligne",), ("disponible",))


def test_hours_alone_of_states_without_names_have_no_occupancy(tmp_path: Path) -> None:
    with compared(tmp_path, agreed(PRESENT, activity={"agents": UNNAMED}), agents=agents(MONTH)) as found:
        (one,) = risk.elasticities(found, [])
        assert (found.occupancy, one.more, one.idle) == (None, 1, None)
        wanted = what_if("occupancy=60%", "follows")
        with pytest.raises(Usage, match="do not tell how much of their time agents worked"):
            check_occupancies(found, [wanted])


TOLD: Mapping[str, tuple[Any, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "as a contract's occupancy counts it": (
        {"handling": "agents.present", "available": "away"},
        (("present",), ("away",)),
    ),
    "by another measure of the KPI": ({"handling": "away", "available": "agents.present"}, (("away",), ("present",))),
}  # fmt: skip


@pytest.mark.parametrize(("counts", "expected"), TOLD.values(), ids=TOLD)
def test_the_occupancy_of_a_contract_says_what_is_work_and_what_is_waiting(counts: Any, expected: Any) -> None:
    busy = {"kpi": "occupancy", "source": "agents", "formula": "handling / (handling + available)", "counts": counts}
    (states,) = states_of(agreed(PRESENT, activity={"agents": UNNAMED}, kpis={"busy": busy}))
    assert (states.work, states.waiting) == expected


def test_the_whole_of_a_source_is_a_column_or_every_state_once() -> None:
    narrow, wide = agreed(PARTS, "agents"), agreed(PARTS, activity={"agents": WIDE})
    bare = {**WIDE, "columns": {key: one for key, one in WIDE["columns"].items() if key != "logged_in"}}
    tallies = [
        whole_tally(next(states_of(one)), one.layouts["agents"])
        for one in (narrow, wide, agreed(PARTS, activity={"agents": bare}))
    ]
    assert [one.parts for one in tallies] == [
        ((1, "duration"),), ((1, "logged_in"),), tuple((1, name) for name in ("talk", "wrap", "available", "pause")),
    ]  # fmt: skip
    assert [one.one_of for one in tallies[0].conditions] == [("phone", "ready", "break")]

"""The sample activity is what its generator writes, and it looks like the month of a real call centre."""

import csv
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sample_activity

FOLDER = Path(__file__).resolve().parent.parent / "sample_contracts" / "activity"
NAMES = ("contacts-2026-10.csv", "agent-states-2026-10.csv", "intervals-2026-10.csv", "sales-reversed-2026-10.csv")
Row = dict[str, str]


def read(name: str) -> list[Row]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def start(row: Row) -> datetime:
    return datetime.fromisoformat(row["started_at"])


def seconds(row: Row, *columns: str) -> int:
    return sum(int(row[f"{column}_s"]) for column in columns)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return read("contacts-2026-10.csv")


@pytest.fixture(scope="module")
def october(rows: list[Row]) -> list[Row]:
    once = {row["contact_id"]: row for row in rows}.values()
    return [row for row in once if start(row).month == 10]


@pytest.fixture(scope="module")
def answered(october: list[Row]) -> list[Row]:
    return [row for row in october if row["outcome"] != "abandoned"]


@pytest.fixture(scope="module")
def states() -> list[Row]:
    with (FOLDER / "agent-states-2026-10.csv").open(encoding="cp1252", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def begun(state: Row) -> datetime:
    return datetime.strptime(state["Début"], "%d/%m/%Y %H:%M:%S").replace(tzinfo=UTC)  # a wall time, the zone is moot


def lasted(state: Row) -> timedelta:
    hours, minutes, rest = map(int, state["Durée"].split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=rest)


def test_the_generator_writes_the_same_bytes_again(tmp_path: Path) -> None:
    sample_activity.write(tmp_path / "new")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(NAMES)
    for name in NAMES:
        assert (tmp_path / "new" / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_line_ends_and_sizes() -> None:
    for name in NAMES:
        content = (FOLDER / name).read_bytes()
        assert len(content) < 1_000_000
        assert content.count(b"\r\n") == (content.count(b"\n") if name.startswith("agent") else 0)


def test_the_export_has_what_exports_have_by_mistake(rows: list[Row], october: list[Row]) -> None:
    assert 5600 <= len(rows) <= 6200
    assert len({row["contact_id"] for row in rows}) == len(rows) - 3
    lines = (FOLDER / "contacts-2026-10.csv").read_bytes().splitlines()
    assert len(lines) - len(set(lines)) == 3
    november = [row for row in rows if start(row).date().isoformat() == "2026-11-01"]
    assert len(november) + 3 + len(october) == len(rows)
    assert 6 <= len(november) <= 10
    assert [start(row) for row in rows] == sorted(start(row) for row in rows)


def test_the_offset_follows_the_end_of_summer_time(rows: list[Row]) -> None:
    for row in rows:
        assert row["started_at"][19:] == ("+02:00" if row["started_at"] < "2026-10-25" else "+01:00")


def test_the_week_has_its_shape(october: list[Row]) -> None:
    assert {start(row).day for row in october} == set(range(1, 32))
    assert {start(row).hour for row in october} == set(range(8, 22))
    total, days = Counter(start(row).weekday() for row in october), Counter(day % 7 for day in range(3, 34))
    mean = {day: total[day] / days[day] for day in range(7)}
    assert max(mean, key=mean.__getitem__) == 0
    middle = sum(mean[day] for day in range(5)) / 5
    assert 0.4 < mean[5] / middle < 0.6
    assert 0.15 < mean[6] / middle < 0.25


def test_the_day_has_two_humps_and_a_tail(october: list[Row]) -> None:
    hours = Counter(start(row).hour for row in october)
    assert min(hours[10], hours[11]) > hours[15] > hours[13] > hours[20] > hours[21] > 50
    late = [row for row in october if row["started_at"][11:16] in ("19:58", "19:59") and seconds(row, "talk") > 150]
    assert len(late) >= 5


def test_callers_call_again(october: list[Row]) -> None:
    calls: dict[str, list[datetime]] = {}
    for row in october:
        calls.setdefault(row["caller"], []).append(start(row).astimezone(UTC))
    withheld = calls.pop("")
    assert 0.01 < len(withheld) / len(october) < 0.03
    assert all(len(caller) == 12 and caller.startswith("+3319900") for caller in calls)
    again = sum(any(b - a <= timedelta(days=2) for a, b in pairwise(times)) for times in calls.values())
    assert 0.11 < again / len(calls) < 0.14
    assert sum(len(times) >= 6 for times in calls.values()) >= 4


def test_the_figures_of_the_service_are_plausible(october: list[Row], answered: list[Row]) -> None:
    assert 0.06 < 1 - len(answered) / len(october) < 0.09
    assert 0.04 < sum(row["outcome"] == "transferred" for row in october) / len(october) < 0.06
    assert 0.78 < sum(seconds(row, "wait") <= 20 for row in answered) / len(october) < 0.84
    assert 0.02 < sum(row["channel"] == "callback" for row in october) / len(october) < 0.04
    for queue, about in (("support", 260), ("vente", 340), ("rendezvous", 150)):
        talks = [seconds(row, "talk") for row in answered if row["queue"] == queue]
        assert 0.9 < sum(talks) / len(talks) / about < 1.1
    assert any(seconds(row, "talk") < 10 for row in answered)


def test_the_cells_of_a_contact_agree(october: list[Row]) -> None:
    for row in october:
        lost = row["outcome"] == "abandoned"
        assert lost == (row["agent"] == "") == (row["resolved"] == "") == (seconds(row, "talk", "hold", "wrap") == 0)
        assert (row["units_sold"] == "0") == (row["sale_amount"] == "0.00")
        assert row["units_sold"] == "0" or (row["queue"], row["outcome"]) == ("vente", "answered")


def test_no_agent_has_two_contacts_at_once(answered: list[Row]) -> None:
    free: dict[str, datetime] = {}
    for row in answered:
        taken = start(row) + timedelta(seconds=seconds(row, "wait"))
        assert free.get(row["agent"], taken) <= taken
        free[row["agent"]] = taken + timedelta(seconds=seconds(row, "ring", "talk", "hold", "wrap"))
    assert len(free) == 42


def test_the_states_partition_the_shifts(states: list[Row]) -> None:
    shifts: dict[tuple[str, str], list[Row]] = {}
    for state in states:
        shifts.setdefault((state["Agent"], state["Début"][:10]), []).append(state)
    for shift in shifts.values():
        assert 12 <= len(shift) <= 30
        assert all(begun(first) + lasted(first) == begun(second) for first, second in pairwise(shift))
        assert 475 * 60 < sum(map(lasted, shift), timedelta()).total_seconds() < 485 * 60
    names = {"Disponible", "En ligne", "Post-appel", "Pause", "Déjeuner", "Formation", "Réunion"}
    assert {state["État"] for state in states} == names
    assert {state["Agent"] for state in states} == {f"A{number:02d}" for number in range(1, 43)}
    assert any(begun(state).hour < 20 <= (begun(state) + lasted(state)).hour for state in states)


def test_the_states_fit_the_contacts(states: list[Row], answered: list[Row]) -> None:
    total, working = Counter[str](), Counter[str]()
    for state in states:
        time = int(lasted(state).total_seconds())
        total[state["État"]] += time
        working[state["État"]] += time if begun(state).weekday() < 5 else 0
    assert 0.85 < total["En ligne"] / sum(seconds(row, "talk", "hold") for row in answered) < 1.15
    busy = working["En ligne"] + working["Post-appel"]
    assert 0.75 < busy / (busy + working["Disponible"]) < 0.80


def test_the_intervals_add_up_to_the_contacts(october: list[Row], answered: list[Row]) -> None:
    expected: dict[tuple[str, str], Counter[str]] = {}
    for row in october:
        slot = start(row).replace(minute=start(row).minute // 30 * 30, second=0).isoformat()
        counts = expected.setdefault((slot, row["queue"]), Counter())
        lost = row["outcome"] == "abandoned"
        counts.update(offered=1, abandoned=lost, answered=not lost)
        counts.update(answered_20s=not lost and seconds(row, "wait") <= 20)
        counts.update({name: int(row[name]) for name in ("talk_s", "hold_s", "wrap_s")})
    found = {
        (row.pop("interval_start"), row.pop("queue")): Counter({name: int(value) for name, value in row.items()})
        for row in read("intervals-2026-10.csv")
    }
    assert found == expected
    assert sum(counts["answered"] for counts in found.values()) == len(answered)


def test_the_reversed_sales(october: list[Row]) -> None:
    rows = read("sales-reversed-2026-10.csv")
    sold = {row["started_at"]: (row["units_sold"], row["sale_amount"]) for row in october if row["units_sold"] != "0"}
    old = 0
    for row in rows:
        reversed_at, sold_at = map(datetime.fromisoformat, (row["reversed_at"], row["sold_at"]))
        assert sold_at < reversed_at
        assert reversed_at.month == 10
        assert sold_at.month != 10 or sold[row["sold_at"]] == (row["units"], row["amount"])
        old += reversed_at - sold_at > timedelta(days=60)
    assert len(rows) == 25
    assert 2 <= old <= 5

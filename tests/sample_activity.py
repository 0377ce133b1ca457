"""Write one month of sample activity: October 2026 of the company Hélio at the call centre Voix Claire.

Everything here is invented: the two companies, the agents, the customers and the amounts. The telephone numbers are
from 01 99 00 xx xx, a range that France keeps for fiction. The generator is seeded and reads no clock, so the same
code always writes the same bytes:

    python tests/sample_activity.py [FOLDER]        # the folder is sample_contracts/activity unless told

The 42 agents work five days a week for several clients. Each day a few of them sit on Hélio's lines: the file of agent
states has those agent-days only. When all of these are on the phone, a colleague on shift takes the call.
"""

from __future__ import annotations

import csv
import math
import sys
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SEED = 20261001
FOLDER = Path(__file__).resolve().parent.parent / "sample_contracts" / "activity"
PARIS = ZoneInfo("Europe/Paris")
DAYS = [date(2026, 10, number) for number in range(1, 32)]
DAY_AFTER = date(2026, 11, 1)
OPENS, CLOSES = 8, 22

FIRST_CALLS = 203  # on a day of weight 1, before the calls of those who call again
DAY_WEIGHT = (1.25, 1.05, 1.0, 0.97, 0.95, 0.48, 0.17)  # Monday … Sunday
HOUR_WEEKDAY = (50, 85, 115, 118, 78, 64, 95, 102, 94, 75, 58, 44, 30, 17)  # 08 h … 21 h
HOUR_WEEKEND = (45, 85, 120, 115, 80, 60, 80, 85, 80, 65, 50, 40, 30, 15)
PEAK_HOURS = frozenset({10, 11, 14, 15, 16})

QUEUES = ("support", "vente", "rendezvous")
QUEUE_WEIGHT = (60, 22, 18)
TALK_MEAN = {"support": 262, "vente": 342, "rendezvous": 152}
LANGUAGES = ("fr", "en", "de")
LANGUAGE_WEIGHT = (87, 10, 3)
PRICES = (2990, 4990, 4990, 8900, 12900)  # cents

AGENTS = range(1, 43)
TEAMS = ("Émeraude", "Océan", "Forêt")
SHIFT_STARTS = (8, 11, 14)
SHIFT_HOURS = 8
# How many agents sit on Hélio's lines: early, mid, late; Monday … Sunday.
DEDICATED = ((2, 1, 2), (2, 1, 1), (1, 2, 1), (2, 1, 1), (1, 2, 1), (1, 0, 1), (1, 0, 1))
DAYS_OFF = ((5, 6), (5, 6), (5, 6), (5, 6), (6, 0), (2, 3))  # pairs of weekdays; an agent moves on every week

CONTACT_COLUMNS = (
    "contact_id,started_at,channel,queue,language,caller,agent,outcome,"
    "wait_s,ring_s,talk_s,hold_s,wrap_s,resolved,units_sold,sale_amount"
)
STATE_COLUMNS = "Agent,Équipe,État,Début,Durée"
INTERVAL_COLUMNS = "interval_start,queue,offered,answered,abandoned,answered_20s,talk_s,hold_s,wrap_s"
REVERSAL_COLUMNS = "reversal_id,reversed_at,sold_at,queue,units,amount"

# Contacts planted next to the limits of a band: day, start, queue, seconds of talk.
EDGES = (
    (2, time(19, 58, 12), "support", 412),
    (6, time(19, 59, 59), "vente", 505),
    (9, time(20, 0, 0), "support", 238),
    (13, time(8, 0, 0), "rendezvous", 171),
    (16, time(19, 58, 40), "vente", 655),
    (18, time(19, 58, 3), "support", 333),
    (21, time(21, 58, 21), "support", 389),
    (25, time(19, 59, 2), "rendezvous", 190),
    (28, time(19, 58, 55), "support", 274),
)


class Person(NamedTuple):
    """A customer who calls; the language and the subject stay the same from call to call."""

    number: str
    language: str
    queue: str


@dataclass(frozen=True)
class Arrival:
    """A call that reaches the centre; ``again`` when the same person will call once more soon after."""

    start: datetime
    person: Person
    again: bool = False
    talk_s: int | None = None  # given for the planted ones


@dataclass(frozen=True)
class Contact:
    """What the platform recorded of one arrival."""

    start: datetime
    channel: str
    queue: str
    language: str
    caller: str
    outcome: str
    wait_s: int
    ring_s: int
    agent: str = ""
    talk_s: int = 0
    hold_s: int = 0
    wrap_s: int = 0
    resolved: str = ""
    units: int = 0
    cents: int = 0

    @property
    def answered(self) -> bool:
        return self.outcome != "abandoned"


# ---------------------------------------------------------------- agents and shifts


def agent_name(agent: int) -> str:
    return f"A{agent:02d}"


def team_of(agent: int) -> int:
    return (agent - 1) // 14


def shift_of(agent: int, day: date) -> int | None:
    """Give the shift (0 early, 1 mid, 2 late) of an agent on a day, None on a day off."""
    week = day.isocalendar().week
    if day.weekday() in DAYS_OFF[(agent + week) % len(DAYS_OFF)]:
        return None
    return (team_of(agent) + week) % len(SHIFT_STARTS)


def on_shift(moment: datetime) -> list[int]:
    """List the agents whose shift covers a moment, whichever client they work for."""
    found = []
    for agent in AGENTS:
        shift = shift_of(agent, moment.date())
        if shift is not None and 0 <= moment.hour - SHIFT_STARTS[shift] < SHIFT_HOURS:
            found.append(agent)
    return found


def plan_dedicated(rng: Random) -> dict[date, list[int]]:
    """Choose who sits on Hélio's lines each day, those first who did so least often."""
    turns = dict.fromkeys(AGENTS, 0)
    plan: dict[date, list[int]] = {}
    for day in [*DAYS, DAY_AFTER]:
        plan[day] = []
        for shift, wanted in enumerate(DEDICATED[day.weekday()]):
            able = [agent for agent in AGENTS if shift_of(agent, day) == shift]
            rng.shuffle(able)
            able.sort(key=turns.__getitem__)
            plan[day] += able[:wanted]
        for agent in plan[day]:
            turns[agent] += 1
    return plan


# ---------------------------------------------------------------- who calls, and when


def at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, PARIS)


def moment_on(rng: Random, day: date) -> datetime:
    """Draw a time of the opening hours, the busy ones more often."""
    hours = HOUR_WEEKDAY if day.weekday() < 5 else HOUR_WEEKEND
    hour = rng.choices(range(OPENS, CLOSES), hours)[0]
    return at(day, time(hour, rng.randrange(60), rng.randrange(60)))


def soon_after(rng: Random, start: datetime) -> datetime:
    """Draw the moment of a second call: the same day when there is time left, or one of the next two."""
    later = start + timedelta(seconds=rng.randint(2_400, 18_000))
    if rng.random() < 0.45 and later.date() == start.date() and later.hour < CLOSES:
        return later
    return moment_on(rng, start.date() + timedelta(days=rng.choice((1, 1, 1, 2))))


def people(rng: Random) -> Iterator[Person]:
    """Give people who never called before: each of the 10,000 numbers once, in no order."""
    for number in rng.sample(range(10_000), 10_000):
        language = rng.choices(LANGUAGES, LANGUAGE_WEIGHT)[0]
        yield Person(f"+3319900{number:04d}", language, rng.choices(QUEUES, QUEUE_WEIGHT)[0])


def first_calls(rng: Random, crowd: Iterator[Person]) -> list[Arrival]:
    """Draw the calls of people with something new to ask; now and then it is somebody known."""
    known: list[Person] = []
    calls: list[Arrival] = []
    for day in DAYS:
        volume = round(FIRST_CALLS * DAY_WEIGHT[day.weekday()] * rng.uniform(0.94, 1.06))
        for _ in range(volume):
            if known and rng.random() < 0.03:
                person = rng.choice(known)._replace(queue=rng.choices(QUEUES, QUEUE_WEIGHT)[0])
            else:
                person = next(crowd)
                known.append(person)
            calls.append(Arrival(moment_on(rng, day), person))
    return calls


def with_second_calls(rng: Random, calls: Iterable[Arrival]) -> Iterator[Arrival]:
    """Let about one caller in eight call again within two days, some of them a third time."""
    for call in calls:
        current, chance = call, 0.125
        while rng.random() < chance:
            start = soon_after(rng, current.start)
            if start.date() > DAYS[-1]:
                break
            yield replace(current, again=True)
            current, chance = Arrival(start, current.person), 0.2
        yield current


def frequent_calls(rng: Random, crowd: Iterator[Person]) -> Iterator[Arrival]:
    """Draw the calls of the few who call all the time."""
    for _ in range(7):
        person = next(crowd)
        for _ in range(rng.randint(6, 14)):
            yield Arrival(moment_on(rng, rng.choice(DAYS)), person, again=rng.random() < 0.6)


def planted_calls(rng: Random, crowd: Iterator[Person]) -> Iterator[Arrival]:
    """Give the calls beside the limits of a band, and those of 1 November, which the export has by mistake."""
    for number, clock, queue, talk_s in EDGES:
        yield Arrival(at(date(2026, 10, number), clock), next(crowd)._replace(queue=queue), talk_s=talk_s)
    for _ in range(8):
        yield Arrival(at(DAY_AFTER, time(8 + rng.randrange(2), rng.randrange(60), rng.randrange(60))), next(crowd))


def all_arrivals(rng: Random) -> list[Arrival]:
    crowd = people(rng)
    calls = list(with_second_calls(rng, first_calls(rng, crowd)))
    calls += frequent_calls(rng, crowd)
    calls += planted_calls(rng, crowd)
    return sorted(calls, key=lambda call: (call.start, call.person))


# ---------------------------------------------------------------- what became of a call


def skewed(rng: Random, mean: float, sigma: float, most: int) -> int:
    """Draw whole seconds from a lognormal distribution of this mean."""
    return min(most, round(rng.lognormvariate(math.log(mean) - sigma * sigma / 2, sigma)))


def reach(rng: Random, call: Arrival) -> Contact:
    """Decide how a call came in and how long it waited; nobody has taken it yet."""
    person, peak = call.person, call.start.hour in PEAK_HOURS
    callback = call.talk_s is None and rng.random() < 0.03
    withheld = not callback and rng.random() < 0.02
    lost = call.talk_s is None and rng.random() < (0.035 if callback else 0.092 if peak else 0.060)
    if callback:
        wait_s, ring_s = 0, rng.randint(22, 35) if lost else rng.randint(5, 24)
    elif lost:
        wait_s, ring_s = 1 + skewed(rng, 62, 0.95, 600), 0
    else:
        wait_s, ring_s = skewed(rng, 10.6 if peak else 8.6, 1.05, 420), rng.randint(1, 7)
    return Contact(
        start=call.start,
        channel="callback" if callback else "phone",
        queue=person.queue,
        language=person.language,
        caller="" if withheld else person.number,
        outcome="abandoned" if lost else "transferred" if rng.random() < 0.053 else "answered",
        wait_s=wait_s,
        ring_s=ring_s,
    )


def converse(rng: Random, call: Arrival, contact: Contact) -> Contact:
    """Draw the conversation of an answered contact."""
    if call.talk_s is None and rng.random() < 0.012:  # a wrong number, a dropped line
        return replace(contact, outcome="answered", talk_s=rng.randint(2, 9), wrap_s=rng.randint(2, 12), resolved="no")
    share = 0.6 if contact.outcome == "transferred" else 1.0
    solved = 0.35 if call.again else 0.40 if contact.outcome == "transferred" else 0.84
    contact = replace(
        contact,
        talk_s=call.talk_s or 10 + skewed(rng, TALK_MEAN[contact.queue] * share, 0.62, 3000),
        hold_s=5 + skewed(rng, 58, 0.7, 600) if rng.random() < 0.15 else 0,
        wrap_s=2 + skewed(rng, 43, 0.55, 400),
        resolved="yes" if rng.random() < solved else "no",
    )
    if contact.queue == "vente" and contact.outcome == "answered" and rng.random() < 0.21:
        units = rng.choices((1, 2, 3), (78, 17, 5))[0]
        return replace(contact, units=units, cents=sum(rng.choice(PRICES) for _ in range(units)), resolved="yes")
    return contact


def choose_agent(rng: Random, contact: Contact, dedicated: Sequence[int], busy: dict[int, datetime]) -> tuple[int, int]:
    """Find a free agent, Hélio's own first; give the agent and the seconds waited."""
    taken = contact.start + timedelta(seconds=contact.wait_s)
    staff = on_shift(contact.start)
    free = [agent for agent in staff if agent not in busy or busy[agent] <= taken]
    own = [agent for agent in free if agent in dedicated]
    if free:
        return rng.choice(own or free), contact.wait_s
    first = min(staff, key=busy.__getitem__)
    return first, math.ceil((busy[first] - contact.start).total_seconds())


def all_contacts(rng: Random, plan: dict[date, list[int]]) -> list[Contact]:
    """Draw every contact in the order of the starts; no agent has two at once."""
    contacts: list[Contact] = []
    busy: dict[int, datetime] = {}
    for call in all_arrivals(rng):
        contact = reach(rng, call)
        if contact.answered:
            contact = converse(rng, call, contact)
            agent, wait_s = choose_agent(rng, contact, plan[call.start.date()], busy)
            contact = replace(contact, agent=agent_name(agent), wait_s=wait_s)
            seconds = wait_s + contact.ring_s + contact.talk_s + contact.hold_s + contact.wrap_s
            busy[agent] = contact.start + timedelta(seconds=seconds)
        contacts.append(contact)
    return contacts


# ---------------------------------------------------------------- the rows of the four files


def euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def contact_rows(contacts: Sequence[Contact]) -> list[list[str]]:
    """Write the contacts; one ordinary, one sale and one abandoned of them stand there twice."""
    rows = []
    for number, c in enumerate(contacts, 1):
        head = [f"C-26{number:04d}", c.start.isoformat(), c.channel, c.queue, c.language, c.caller, c.agent, c.outcome]
        seconds = [str(value) for value in (c.wait_s, c.ring_s, c.talk_s, c.hold_s, c.wrap_s)]
        rows.append([*head, *seconds, c.resolved, str(c.units), euros(c.cents)])
    tenth, half, late = (len(rows) * part // 10 for part in (1, 5, 8))
    twice = [
        next(i for i in range(tenth, len(rows)) if contacts[i].outcome == "answered" and contacts[i].units == 0),
        next(i for i in range(half, len(rows)) if contacts[i].units > 0),
        next(i for i in range(late, len(rows)) if not contacts[i].answered),
    ]
    for index in reversed(twice):
        rows.insert(index + 1, rows[index])
    return rows


def interval_rows(contacts: Iterable[Contact]) -> list[list[str]]:
    """Count October by half-hour and queue; a transferred contact was answered."""

    def key(contact: Contact) -> tuple[datetime, str]:
        start = contact.start
        return start.replace(minute=start.minute // 30 * 30, second=0), contact.queue

    rows = []
    for (start, queue), group in groupby(sorted(contacts, key=key), key):
        offered = list(group)
        answered = [contact for contact in offered if contact.answered]
        counts = (
            len(offered),
            len(answered),
            len(offered) - len(answered),
            sum(contact.wait_s <= 20 for contact in answered),
            sum(contact.talk_s for contact in answered),
            sum(contact.hold_s for contact in answered),
            sum(contact.wrap_s for contact in answered),
        )
        rows.append([start.isoformat(), queue, *map(str, counts)])
    return rows


def split(rng: Random, total: int, parts: int) -> list[int]:
    """Cut a number of seconds into uneven parts that add up to it."""
    weights = [rng.randint(60, 140) for _ in range(parts)]
    cuts = [total * sum(weights[:count]) // sum(weights) for count in range(parts + 1)]
    return [end - start for start, end in pairwise(cuts)]


def breaks_of_day(rng: Random, day: date, rounds: int) -> dict[int, tuple[str, int]]:
    """Place the unproductive states: after which round of calls each one comes, 0 for the start of the shift."""
    half = rounds // 2
    breaks = {half: ("Déjeuner", rng.randint(2700, 3600))}
    breaks[half - 1] = ("Pause", rng.randint(720, 1080))
    breaks[half + 1] = ("Pause", rng.randint(720, 1080))
    if day.weekday() == 0:  # the week's briefing
        breaks[0] = ("Réunion", rng.randint(2400, 3300))
    elif day.weekday() < 5 and rng.random() < 0.75:
        breaks[0] = ("Réunion", rng.randint(600, 1200))
    if day.weekday() in (1, 3, 4) and rng.random() < 0.60:
        breaks[rounds - 1] = ("Formation", rng.randint(2700, 5400))
    return breaks


def states_of_day(rng: Random, day: date, length: int, online: int, wrap: int) -> list[tuple[str, int]]:
    """Partition one agent's shift into states: rounds of waiting, talking and wrapping up, with the breaks between."""
    rounds = rng.randint(5, 8)
    breaks = breaks_of_day(rng, day, rounds)
    work = length - sum(seconds for _, seconds in breaks.values())
    online, wrap = min(online, work * 84 // 100), min(wrap, work * 14 // 100)
    waiting = split(rng, work - online - wrap, rounds)
    states = [breaks[0]] if 0 in breaks else []
    for number, talk_s, wrap_s in zip(range(rounds), split(rng, online, rounds), split(rng, wrap, rounds), strict=True):
        states += [("Disponible", waiting[number]), ("En ligne", talk_s), ("Post-appel", wrap_s)]
        if number + 1 in breaks:
            states.append(breaks[number + 1])
    return states


def state_rows(rng: Random, plan: dict[date, list[int]], contacts: Sequence[Contact]) -> list[list[str]]:
    """Write the shifts on Hélio's lines; the talking of a day comes near that of its contacts."""
    rows = []
    for day in DAYS:
        of_day = [contact for contact in contacts if contact.start.date() == day]
        talk_s = sum(contact.talk_s + contact.hold_s for contact in of_day)
        wrap_s = sum(contact.wrap_s for contact in of_day)
        for agent in sorted(plan[day]):
            start = at(day, time(SHIFT_STARTS[shift_of(agent, day) or 0])) + timedelta(seconds=rng.randint(0, 150))
            length = SHIFT_HOURS * 3600 + rng.randint(-120, 180)
            share = rng.randint(92, 108) * 10 // len(plan[day])
            for state, seconds in states_of_day(rng, day, length, talk_s * share // 1000, wrap_s * share // 1000):
                lasted = f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
                shown = start.strftime("%d/%m/%Y %H:%M:%S")
                rows.append([agent_name(agent), TEAMS[team_of(agent)], state, shown, lasted])
                start += timedelta(seconds=seconds)
    return rows


def sales_of_before(rng: Random) -> list[tuple[datetime, int, int]]:
    """Invent sales of the months before: eleven of September, four that are more than 60 days old in October."""
    days = [date(2026, 9, number) for number in sorted(rng.sample(range(3, 31), 11))]
    days += [date(2026, 6, 18), date(2026, 7, 7), date(2026, 7, 22), date(2026, 7, 30)]
    sales = []
    for day in days:
        units = rng.choice((1, 1, 1, 2))
        sales.append((moment_on(rng, day), units, sum(rng.choice(PRICES) for _ in range(units))))
    return sales


def reversal_rows(rng: Random, contacts: Iterable[Contact]) -> list[list[str]]:
    """Cancel ten sales of the contacts and fifteen older ones, all during October."""
    early = [c for c in contacts if 1 <= c.units <= 2 and c.start.day <= 24]
    sales = [(c.start, c.units, c.cents) for c in rng.sample(early, 10)] + sales_of_before(rng)
    reversals = []
    for sold_at, units, cents in sales:
        first = sold_at.day + 2 if sold_at.month == 10 else 1
        reversals.append((moment_on(rng, date(2026, 10, rng.randint(first, 31))), sold_at, units, cents))
    return [
        [f"R-26{number:04d}", reversed_at.isoformat(), sold_at.isoformat(), "vente", str(units), euros(cents)]
        for number, (reversed_at, sold_at, units, cents) in enumerate(sorted(reversals), 1)
    ]


# ---------------------------------------------------------------- files


def save(path: Path, columns: str, rows: Iterable[Sequence[str]], *, french: bool = False) -> None:
    """Write one CSV file: with comma, UTF-8 and LF, or the way a French Windows program does."""
    with path.open("w", encoding="cp1252" if french else "utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";" if french else ",", lineterminator="\r\n" if french else "\n")
        writer.writerow(columns.split(","))
        writer.writerows(rows)


def write(folder: Path) -> None:
    """Write the four files into a folder, which is made when it does not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = plan_dedicated(Random(SEED))
    contacts = all_contacts(Random(SEED + 1), plan)
    october = [contact for contact in contacts if contact.start.month == 10]
    states = state_rows(Random(SEED + 2), plan, october)
    save(folder / "contacts-2026-10.csv", CONTACT_COLUMNS, contact_rows(contacts))
    save(folder / "agent-states-2026-10.csv", STATE_COLUMNS, states, french=True)
    save(folder / "intervals-2026-10.csv", INTERVAL_COLUMNS, interval_rows(october))
    save(folder / "sales-reversed-2026-10.csv", REVERSAL_COLUMNS, reversal_rows(Random(SEED + 3), october))


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)

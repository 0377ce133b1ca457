"""Generated contracts and activity: plausible months of a call centre, and everything that sits on an edge of one.

A `Case` is a contract (plain text values, as YAML gives them), the text of each source's export, and a period. The
moments cluster around what cuts time: the ends of the period, midnight, band limits, both changes of the clock, a
leap day, and the window of `once_per` to the microsecond.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from hypothesis.strategies import DrawFn, SearchStrategy

Settings = dict[str, Any]
Row = dict[str, str]
SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000

HEAD: Settings = {
    "callbill": "1", "contract": "LAW-1", "title": "Laws", "currency": "EUR", "language": "en",
    "seller": {"name": "Voix Claire", "country": "FR"}, "buyer": {"name": "Hélio", "country": "FR"},
    "vat": {"rate": "20"}, "payment": {"days": "30"},
}  # fmt: skip


def one_of(*values: Any) -> SearchStrategy[Any]:
    return st.sampled_from(values)


def texts(written: str) -> Any:
    """YAML in which every value stays the text it is."""
    return yaml.load(written, yaml.BaseLoader)


def kept(**settings: Any) -> Settings:
    """Settings without those that were left out."""
    return {name: value for name, value in settings.items() if value}


rarely = st.integers(0, 9).map(lambda n: n == 9)


class _Written(yaml.SafeDumper):
    """YAML as people write it, without anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


@dataclass(frozen=True)
class Case:
    """A contract, its activity, and the period to bill."""

    contract: Settings
    texts: Mapping[str, str]
    period: str

    @property
    def yaml(self) -> str:
        return yaml.dump(self.contract, Dumper=_Written, allow_unicode=True, sort_keys=False)

    def encoding(self, source: str) -> str:
        return str(self.contract["activity"][source]["encoding"])

    def files(self, folder: Path) -> dict[str, list[Path]]:
        """The activity as one file a source, in the encoding that the contract declares."""
        found = {}
        for source, text in self.texts.items():
            path = folder / f"{source}.csv"
            path.write_bytes(text.encode(self.encoding(source)))
            found[source] = [path]
        return found


# ------------------------------------------------------------------------------------------------------- moments


@dataclass(frozen=True)
class Scene:
    """A period in a time zone, two days inside it, and the moments worth being near to."""

    zone: str
    rule: Any
    period: str
    days: tuple[str, str]
    near: tuple[str, ...]


SCENES = {
    "spring": Scene(
        "Europe/Paris", "month", "2026-03", ("2026-03-09", "2026-03-29"),
        ("2026-03-29T01:00", "2026-03-29T00:30", "2026-02-28T23:00", "2026-03-31T22:00", "2026-03-09T19:00"),
    ),
    "autumn": Scene(
        "Europe/Paris", "month", "2026-10", ("2026-10-12", "2026-10-25"),
        ("2026-10-25T01:00", "2026-10-25T00:30", "2026-09-30T22:00", "2026-10-31T23:00", "2026-10-12T18:00"),
    ),
    "leap": Scene(
        "Europe/Paris", "month", "2028-02", ("2028-02-28", "2028-02-29"),
        ("2028-02-29T12:00", "2028-02-28T23:00", "2028-02-29T23:00", "2028-01-31T23:00"),
    ),
    "half an hour": Scene(
        "Australia/Lord_Howe", {"days": "7", "first": "2026-03-30"}, "2026-03-30", ("2026-04-01", "2026-04-05"),
        ("2026-04-04T15:00", "2026-04-04T15:30", "2026-03-29T13:00", "2026-04-05T13:30"),
    ),
    "quarter of an hour": Scene(
        "Asia/Kathmandu", {"from_day": "22"}, "2026-09-22", ("2026-09-30", "2026-10-21"),
        ("2026-09-21T18:15", "2026-10-21T18:15", "2026-10-02T02:15"),
    ),
    "fixed": Scene(
        "-03:30", "month", "2026-05", ("2026-05-08", "2026-05-14"),
        ("2026-05-01T03:30", "2026-06-01T03:30", "2026-05-14T23:30"),
    ),
}  # fmt: skip
"""Both changes of the clock, a leap day, zones off the hour, and periods that are no months."""

AWAY = (0, 1, SECOND, 59 * SECOND, MINUTE, 10 * MINUTE, HOUR, HOUR + SECOND, DAY, DAY - 1, 2 * DAY)
"""Distances from a moment worth being near to, in microseconds."""


@st.composite
def moments(draw: DrawFn, scene: Scene) -> datetime:
    """A moment in UTC, before or after one that matters."""
    at = datetime.fromisoformat(draw(one_of(*scene.near))).replace(tzinfo=UTC)
    away = draw(one_of(*AWAY) | st.integers(0, 3 * 86_400).map(lambda seconds: seconds * SECOND))
    return at + timedelta(microseconds=away * draw(one_of(1, -1)))


@dataclass(frozen=True)
class Clock:
    """How an export writes its moments."""

    column: Settings
    source: Settings
    write: Callable[[datetime], Row]
    names: tuple[str, ...] = ("start",)


def clocks(scene: Scene) -> SearchStrategy[Clock]:
    """Moments with their offset, as a wall clock whose odd hours are decided or refused, or as a number."""
    zone = ZoneInfo("Europe/Paris" if scene.zone[0] in "+-" else scene.zone)
    iso, french = {"column": "start", "format": "iso"}, "%d/%m/%Y %H:%M:%S"
    decided = {"zone": zone.key, "repeated_hour": "second", "missing_hour": "shift"}

    def wall(at: datetime) -> datetime:
        return at.astimezone(zone).replace(tzinfo=None)

    def parted(at: datetime) -> Row:
        day, hour = f"{wall(at):{french}}".split(" ")
        return {"day": day, "hour": hour}

    return st.sampled_from([
        Clock(iso, {}, lambda at: {"start": at.astimezone(zone).isoformat()}),
        Clock(iso, {}, lambda at: {"start": at.isoformat(sep=" ").replace("+00:00", "Z")}),
        Clock(iso, {**decided, "repeated_hour": "first"}, lambda at: {"start": wall(at).isoformat()}),
        Clock(iso, {"zone": zone.key}, lambda at: {"start": wall(at).isoformat()}),
        Clock({"column": "start", "format": french}, decided, lambda at: {"start": f"{wall(at):{french}}"}),
        Clock({"columns": ["day", "hour"], "format": french}, decided, parted, ("day", "hour")),
        Clock({"column": "start", "format": "epoch_ms"}, {}, lambda at: {"start": str(round(at.timestamp() * 1000))}),
    ])  # fmt: skip


# --------------------------------------------------------------------------------------------------- other cells

QUEUES = ("support", "vente", "réclamation", 'dit "oui"', "a;b, c", "two\nlines", "=1+1", "", "à l’écoute", "日本 ☎")
CUSTOMERS = ("+33199000001", "+33199000002", "Zoé", "")
AGENTS = ("A1", "A2", "Zoë")
OUTCOMES = ("ok", "moved", "lost", "")
AMOUNTS = ("0", "1", "2", "0.000001", "49.90", "70", "70.00", "480", "480.01", "12.5")
LENGTHS = (
    0, 1, 999_999, SECOND, 6 * SECOND, 6 * SECOND + 1, 29 * SECOND, 30 * SECOND, 31 * SECOND, MINUTE - 1, MINUTE,
    61 * SECOND, 10 * MINUTE, HOUR, 8 * HOUR + SECOND, 26 * HOUR,
)  # fmt: skip
BROKEN = ("", "x", "-5", "1e3", "1:75:00", "12,5", "1.5.5", "2026-02-30T10:00:00+01:00", "2026-10-25 02:30")
lengths = one_of(*LENGTHS) | st.integers(0, 900).map(lambda seconds: seconds * SECOND)


@dataclass(frozen=True)
class Form:
    """How an export writes its durations."""

    column: Settings
    write: Callable[[int], str]


def plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _hours(micro: int) -> str:
    seconds, rest = divmod(micro, SECOND)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}" + (f".{rest:06d}" if rest else "")


FORMS = (
    Form({"unit": "s"}, lambda micro: plain(Decimal(micro) / SECOND)),
    Form({"unit": "ms"}, lambda micro: plain(Decimal(micro) / 1000)),
    Form({"unit": "h:mm:ss"}, _hours),
    Form({"unit": "min", "snap": "1 s"}, lambda micro: f"{Decimal(micro) / MINUTE:.4f}"),
    Form({"unit": "h", "snap": "500 ms"}, lambda micro: f"{Decimal(micro) / HOUR:.6f}"),
)


# --------------------------------------------------------------------------------------------------- whole exports


@dataclass(frozen=True)
class Export:
    """A source, the text of its export, and what a charge may say about it."""

    name: str
    settings: Settings
    text: str
    times: tuple[str, ...]
    counts: tuple[str, ...]
    sums: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]

    @property
    def kind(self) -> str:
        return str(self.settings["record"])


@dataclass(frozen=True)
class Page:
    """How one export is written: its dialect, its moments and its durations."""

    dialect: Settings
    clock: Clock
    form: Form

    def number(self, text: str) -> str:
        return text.replace(".", str(self.dialect["decimal"]))

    def length(self, micro: int) -> str:
        return self.number(self.form.write(micro))

    @property
    def queues(self) -> SearchStrategy[str]:
        return one_of(*(QUEUES if self.dialect["encoding"] == "utf-8" else QUEUES[:-2]))

    def settings(self, **more: Any) -> Settings:
        return {"reader": "generic", **self.dialect, **self.clock.source, **more}


@st.composite
def pages(draw: DrawFn, scene: Scene) -> Page:
    dialect = {"delimiter": one_of(",", ";", "\t"), "encoding": one_of("utf-8", "cp1252"), "decimal": one_of(".", ",")}
    return Page(draw(st.fixed_dictionaries(dialect)), draw(clocks(scene)), draw(one_of(*FORMS)))


@st.composite
def tables(draw: DrawFn, page: Page, rows: Sequence[Row], names: str) -> str:
    """Rows as CSV in any order, a few of them twice, a few of them broken."""
    header = [*page.clock.names, *names.split()]
    again = draw(st.lists(st.sampled_from(rows), max_size=2)) if rows else []
    lines = [[row[name] for name in header] for row in draw(st.permutations([*rows, *again]))]
    for line in lines:
        if draw(rarely) and draw(st.booleans()):
            line[draw(st.integers(0, len(line) - 1))] = draw(one_of(*BROKEN))
    out = io.StringIO()
    ends = draw(one_of("\n", "\r\n"))
    csv.writer(out, delimiter=page.dialect["delimiter"], lineterminator=ends).writerows([header, *lines])
    return out.getvalue()


@st.composite
def calls(draw: DrawFn, page: Page, scene: Scene, number: int) -> Row:
    row = {"id": f"C{number}", **page.clock.write(draw(moments(scene))), "version": str(number % 3)}
    row |= {"queue": draw(page.queues), "caller": draw(one_of(*CUSTOMERS)), "agent": draw(one_of(*AGENTS, ""))}
    row |= {"outcome": draw(one_of(*OUTCOMES)), "sale": page.number(draw(one_of(*AMOUNTS)))}
    return row | {name: page.length(draw(lengths)) for name in ("talk", "wrap")}


@st.composite
def contacts(draw: DrawFn, scene: Scene, most: int = 12) -> Export:
    """Calls, with an id, a customer, times and an amount; rows of one id may differ when the latest version wins."""
    page, latest = draw(pages(scene)), draw(st.booleans())
    rows = [draw(calls(page, scene, n)) for n in range(draw(st.integers(0, most)))]
    if latest:
        rows = [{**row, "id": f"C{n // 3}"} if draw(rarely) else row for n, row in enumerate(rows)]
    time = {"column": "talk", **page.form.column}
    columns = {
        "id": "id", "start": page.clock.column, "queue": "queue", "customer": "caller", "agent": "agent",
        "outcome": "outcome", "version": {"column": "version", "number": "true"}, "talk": time,
        "wrap": {**time, "column": "wrap", "empty": "0"}, "sale": {"column": "sale", "number": "true"},
    }  # fmt: skip
    long = {"talk": {"at_least": "30 s"}, "outcome": {"not": "lost"}}
    states = {"offered": "all", "answered": {"outcome": ["ok", "moved"]}, "long": long}
    more = {"duplicates": {"latest_by": "version"}} if latest else {}
    return Export(
        "calls", page.settings(record="contact", columns=columns, states=states, **more),
        draw(tables(page, rows, "id queue caller agent outcome version talk wrap sale")),
        ("talk", "wrap"), ("all", *states), ("sale",), {"queue": QUEUES[:3], "outcome": OUTCOMES[:3]},
    )  # fmt: skip


@st.composite
def agent_states(draw: DrawFn, scene: Scene, most: int = 12) -> Export:
    """Stretches of agents' time: a state a row, or one column a state."""
    page, wide = draw(pages(scene)), draw(st.booleans())
    times = ("talk", "pause") if wide else ("duration",)
    rows: list[Row] = []
    for n in range(draw(st.integers(0, most))):
        row = {"ref": str(n), **page.clock.write(draw(moments(scene))), "agent": draw(one_of(*AGENTS))}
        row |= {"team": draw(one_of("Océan", "Forêt", "")), "state": draw(one_of("En ligne", "Pause"))}
        rows.append(row | {name: page.length(draw(lengths)) for name in times})
    columns = {"ref": "ref", "start": page.clock.column, "agent": "agent", "team": "team"}
    columns |= {name: {"column": name, **page.form.column} for name in times}
    words = {"talk": ["En ligne"], "pause": "Pause", "logged_in": ["En ligne", "Pause"]}
    states = {} if wide else {"columns": {**columns, "state": "state"}, "agent_states": words}
    return Export(
        "agents", page.settings(**{"record": "agent_state", "columns": columns, **states}),
        draw(tables(page, rows, f"ref agent team state {' '.join(times)}")),
        times if wide else tuple(words), (), (), {"team": ("Océan", "Forêt")},
    )  # fmt: skip


@st.composite
def intervals(draw: DrawFn, scene: Scene, most: int = 12) -> Export:
    """Counts of a queue's intervals."""
    page, counts = draw(pages(scene)), ("offered", "answered")
    rows: list[Row] = []
    for n in range(draw(st.integers(0, most))):
        row = {**page.clock.write(draw(moments(scene))), "queue": draw(page.queues), "ref": str(n)}
        row |= {name: str(draw(st.integers(0, 40))) for name in counts}
        rows.append(row | {"talk": page.length(draw(lengths))})
    columns = {"start": page.clock.column, "queue": "queue", "talk": {"column": "talk", **page.form.column}}
    columns |= {name: {"column": name, "number": "true"} for name in counts}
    return Export(
        "slots", page.settings(record="interval", id=["ref", "queue"], columns=columns),
        draw(tables(page, rows, "queue ref offered answered talk")), ("talk",), counts, counts, {"queue": QUEUES[:3]},
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------- calendars

WORKING = [
    {"name": "sunday", "days": ["sun", "holiday"]},
    {"name": "evening", "days": ["mon-sat"], "from": "20:00", "to": "08:00"},
    {"name": "day"},
]
NIGHTS = [
    {"name": "night", "days": ["fri-sat", "holiday"], "from": "22:30", "to": "06:15", "after_midnight": "start_day"},
    {"name": "noon", "from": "12:00", "to": "14:00"},
    {"name": "rest"},
]
WINDOWS = [
    {"name": "late", "from": "19:00", "to": "01:30"},
    {"name": "early", "days": "mon-fri", "from": "01:45", "to": "02:30"},
]


@st.composite
def calendars(draw: DrawFn, scene: Scene) -> Settings:
    """No bands, the usual ones, one around any two quarters of an hour; public holidays and days of one's own."""
    quarter = st.integers(0, 95).map(lambda n: f"{n // 4:02d}:{n % 4 * 15:02d}")
    low, high = draw(st.lists(quarter, min_size=2, max_size=2, unique=True))
    odd = [{"name": "odd", "from": low, "to": high}, {"name": "rest"}]
    first, second = scene.days
    own = {"country": "FR", "region": "57", "add": [first], "remove": [second]}
    return kept(
        holidays=draw(one_of(None, "FR", {"add": [second]}, own)),
        bands=draw(one_of([], WORKING, NIGHTS, odd)),
        windows=draw(one_of([], WINDOWS)),
    )


# --------------------------------------------------------------------------------------------------------- charges

WHERE: tuple[Settings, ...] = (
    {}, {"queue": ["support", "vente"]}, {"queue": {"not": "vente"}}, {"talk": {"at_least": "6 s", "below": "1 h"}},
    {"talk": {"above": "0.999999 s", "at_most": "60 s"}}, {"team": "Océan", "agent": {"not": ["A2"]}},
    {"offered": {"at_least": "1"}, "queue": ["support"]}, {"sale": {"above": "1"}, "outcome": ["ok", "lost"]},
)  # fmt: skip
UNITS = ("second", "minute", "hour", {"day": "7 h"}, {"fte": "151.67 h"})
STEPS = ("1 s", "6 s", "18 s", "60 s", "0.5 s", "15 min")
PRICES = one_of("1", "0.15", "26.00", "0.000001", "0")


@dataclass(frozen=True)
class Shop:
    """What a charge may speak of."""

    scene: Scene
    calendar: Settings
    export: Export

    @property
    def banded(self) -> SearchStrategy[Any]:
        """A price for each band, or one where there are none."""
        names = [band["name"] for band in self.calendar.get("bands", [])]
        return st.fixed_dictionaries(dict.fromkeys(names, PRICES)) if names else PRICES

    @property
    def fields(self) -> set[str]:
        return {*self.export.settings["columns"], *self.export.settings.get("agent_states", {})}

    @property
    def prorations(self) -> tuple[str, ...]:
        months = self.scene.rule in ("month", "quarter")
        return ("calendar_days", "fixed_30") if months else ("calendar_days",)


@st.composite
def prices(draw: DrawFn, shop: Shop) -> Settings:
    """A price, one for each band, a table, tiers, packages; perhaps premiums."""
    shape = draw(one_of("price", "bands", "table", "premiums", "tiers", "package"))
    if shape == "tiers":
        steps = [
            {"up_to": "10", "price": draw(PRICES)},
            {"up_to": "60.5", "price": draw(PRICES)},
            {"price": draw(PRICES)},
        ]
        return {"tiers": {"mode": draw(one_of("graduated", "volume")), "steps": steps}}
    if shape == "package":
        return {"package": {"size": "100", "price": draw(PRICES), "round": draw(one_of("up", "down"))}}
    if shape == "table":
        return {"prices": draw(price_tables(shop))}
    price = draw(PRICES if shape == "price" else shop.banded)
    return {"price": price, **(draw(premiums(shop)) if shape == "premiums" else {})}


@st.composite
def price_tables(draw: DrawFn, shop: Shop) -> Settings:
    """Two rows, and nearly always a price for everything else."""
    name, words = draw(one_of(*sorted(shop.export.words.items())))
    rows = [
        {"when": {name: list(words[:2])}, "price": draw(shop.banded)},
        {"when": {name: words[-1]}, "price": draw(PRICES)},
    ]
    return kept(rows=rows, otherwise=None if draw(rarely) else draw(shop.banded))


@st.composite
def premiums(draw: DrawFn, shop: Shop) -> Settings:
    name, words = draw(one_of(*sorted(shop.export.words.items())))
    windows = [{"window": one["name"], "percent": "25 %"} for one in shop.calendar.get("windows", [])]
    rates = [*windows, {"when": {name: list(words[:2])}, "percent": "10 %"}]
    return {"premiums": {"stacking": draw(one_of("add", "multiply")), "rates": rates}}


@st.composite
def dates(draw: DrawFn, scene: Scene) -> Settings:
    """All the time, from a day, until one, or not in this period at all."""
    first, second = scene.days
    parts = ({"from": first}, {"until": second}, {"from": first, "until": second}, {"until": "2020-01-01"})
    return draw(st.just({}) | one_of(*parts))


@st.composite
def counted(draw: DrawFn, shop: Shop, *, once: bool = True) -> Settings:
    """Which records a charge counts: conditions, dates, once per customer, short ones free."""
    where = draw(st.just({}) | one_of(*(one for one in WHERE if shop.fields.issuperset(one))))
    found = kept(**draw(dates(shop.scene)), where=where)
    if shop.export.kind != "contact":
        return found
    below = {"of": "calls.talk", "below": "30 s"}
    free = draw(one_of(None, None, below, {**below, "first": "2"}, {"first": "1"}))
    within = one_of("24 h", "1 h", "86399.999999 s", "day", "period")
    rule = {"field": st.just("customer"), "within": within, "since": one_of("contact", "billed")}
    return found | kept(free=free, once_per=draw(st.none() | st.fixed_dictionaries(rule)) if once else None)


@st.composite
def increments(draw: DrawFn, kind: str) -> Settings:
    """Rounding of time, as far as the kind of record knows its contacts and agents."""
    pers = {"contact": ("contact", "contact", "agent_day", "period"), "agent_state": ("agent_day", "period")}
    found = {
        "per": draw(one_of(*pers.get(kind, ("period",)))),
        "step": draw(one_of(*STEPS)),
        "round": draw(one_of("up", "down", "nearest")),
    }
    if draw(st.booleans()):
        found |= {"initial": draw(one_of("30 s", "60 s")), "from": draw(one_of("after_initial", "zero"))}
    return found


@st.composite
def time_charges(draw: DrawFn, shop: Shop) -> Settings:
    """Time, rounded in every way."""
    names = [f"{shop.export.name}.{name}" for name in shop.export.times]
    increment = draw(st.none() | increments(shop.export.kind))
    ways = ("start",) if shop.export.kind == "interval" else ("start", "split", "split_rounded")
    found = kept(
        model="time",
        measure=" + ".join(draw(st.lists(one_of(*names), min_size=1, max_size=2, unique=True))),
        unit=draw(one_of(*UNITS)),
        increment=increment,
        band_limit=draw(one_of(*ways)),
        by=draw(one_of(None, sorted(shop.export.words)[:1])),
        **draw(prices(shop)),
        **draw(counted(shop)),
    )
    by_contact = found["band_limit"] != "split_rounded" and (increment or {}).get("per") != "agent_day"
    if shop.export.kind == "contact" and by_contact:
        extra, least = draw(one_of(None, "5 s", "0.000001 s")), draw(one_of(None, "30 s", "1 min"))
        found |= kept(extra_per_contact=extra, minimum_per_contact=least)
    return found


@st.composite
def act_charges(draw: DrawFn, shop: Shop) -> Settings:
    """Acts counted or summed, a percentage with bounds, or acts that are taken back."""
    name = shop.export.name
    wanted = draw(st.fixed_dictionaries({"count": one_of(*shop.export.counts)}) | one_of({"sum": shop.export.sums[0]}))
    found = {"model": "act", **{key: f"{name}.{value}" for key, value in wanted.items()}, **draw(counted(shop))}
    if "sum" in wanted and draw(st.booleans()):
        bounds = draw(one_of(None, {"minimum": "1.75", "maximum": "12"}, {"maximum": "0.70"}))
        return found | kept(percent="2.5 %", per_act=bounds)
    found |= kept(by=draw(one_of(None, sorted(shop.export.words))), **draw(prices(shop)))
    if shop.export.kind == "contact" and isinstance(found.get("price"), str) and draw(st.booleans()):
        found["clawback"] = {"count": f"{name}.long", "where": {"outcome": ["lost"]}}
    return found


@st.composite
def flat_charges(draw: DrawFn, shop: Shop) -> Settings:
    """A fee for a volume, with a tolerance and both differences."""
    of = {"measure": f"{shop.export.name}.{shop.export.times[0]}"}
    if shop.export.counts and draw(st.booleans()):
        of = {"count": f"{shop.export.name}.{draw(one_of(*shop.export.counts))}"}
    difference = st.fixed_dictionaries(
        {"price": one_of("2.70", "1"), "charge": one_of("whole", "beyond")}, optional={"package": one_of("5", "0.25")}
    )
    return kept(
        model="flat", amount="1500.55", **of, **draw(counted(shop, once=False)),
        included=draw(one_of("0", "3", "10.5")),
        tolerance=draw(one_of(None, "10 %", {"above": "0 %", "below": "33.3 %"})),
        excess=draw(st.none() | difference), shortfall=draw(st.none() | difference),
        proration=draw(one_of(*shop.prorations, "none")), prorate_included=draw(one_of(None, "false")),
    )  # fmt: skip


@st.composite
def seat_charges(draw: DrawFn, shop: Shop) -> Settings:
    """Seats, by number and date, or counted from the activity."""
    found = {
        "model": "subscription", "price": draw(one_of("2000.00", "0.01")), "billed": "in_arrears",
        **draw(dates(shop.scene)), "proration": draw(one_of(*shop.prorations)),
    }  # fmt: skip
    if shop.export.kind == "interval" or draw(rarely):
        growing = [{"from": "2026-01-01", "seats": "10"}, {"from": shop.scene.days[0], "seats": "12"}]
        return {**found, "seats": draw(one_of("12", growing))}
    name = shop.export.name
    measured = (
        {"measured": "distinct", "of": name}, {"measured": "peak", "of": f"{name}.talk"},
        {"measured": "mean", "of": name, "over": "all_days"}, {"measured": "mean", "of": name, "over": "active_days"},
    )  # fmt: skip
    return {**found, "seats": draw(one_of(*measured)), "where": draw(counted(shop, once=False)).get("where", {})}


MODELS = (time_charges, act_charges, flat_charges, seat_charges)


@st.composite
def charges(draw: DrawFn, shop: Shop) -> Settings:
    """A charge of any model that the export can feed."""
    fit = [make for make in MODELS if shop.export.counts or make is not act_charges]
    return draw(draw(one_of(*fit))(shop))


EXPORTS = {"contact": contacts, "agent_state": agent_states, "interval": intervals}


@st.composite
def cases(draw: DrawFn, kind: str, scene: Scene, most: int = 3) -> Case:
    """A contract with some charges on one export of a kind of record."""
    export = draw(EXPORTS[kind](scene))
    shop = Shop(scene, draw(calendars(scene)), export)
    return _case(shop, [draw(charges(shop)) for _ in range(draw(st.integers(1, most)))], {})


def _case(shop: Shop, made: Sequence[Settings], more: Settings) -> Case:
    scene, export = shop.scene, shop.export
    listed = [{"id": f"c{n}", "label": f"Charge {n}", **one} for n, one in enumerate(made)]
    place = {"timezone": scene.zone, "period": scene.rule, "activity": {export.name: export.settings}}
    contract = kept(**{**HEAD, **place, "calendar": shop.calendar, "charges": listed, **more})
    return Case(contract, {export.name: export.text}, scene.period)


# ----------------------------------------------------------------------------------------- commitments and invoices

QUANTITIES = one_of("0", "1", "2.5", "40", "100")
TAXES = one_of(None, {"rate": "5.5"}, {"category": "AE", "reason": "Autoliquidation"}, {"rate": "20", "category": "S"})


def has_several_prices(charge: Settings) -> bool:
    """Whether a missing or a free unit has no price of its own."""
    return isinstance(charge.get("price"), dict) or any(name in charge for name in ("prices", "premiums", "by"))


@st.composite
def commitments(draw: DrawFn, shop: Shop, charge: Settings) -> Settings:
    """What is due or free whatever was counted: least and most, included units, a share of the forecast."""
    found: Settings = {"proration": draw(one_of(*shop.prorations))}
    found |= {"decimals": draw(one_of("4", "2", "0")), "rounding": draw(one_of("half_up", "up", "down"))}
    found |= kept(minimum=draw(one_of(None, {"amount": "0.01"}, {"amount": "12.345"}, {"amount": "250"})))
    found |= kept(maximum=draw(one_of(None, {"amount": "300"}, {"amount": "1000.5"})))
    if charge["model"] not in ("time", "act") or "per_act" in charge:
        return found
    apart = has_several_prices(charge)
    price = {"price": "1.5"} if apart else {}
    free = {"quantity": draw(QUANTITIES), "apply": draw(one_of("before_rounding", "after_rounding"))}
    free |= {"across": draw(one_of("in_order", "pro_rata"))} if apart else {}
    due = {"share": "90 %", "forecast": {shop.scene.period: draw(QUANTITIES)}, **price}
    most = {"quantity": draw(QUANTITIES)}
    in_units = (
        {},
        {"included": free},
        {"included": free, "maximum": most},
        {"minimum": {**most, **price}},
        {"take_or_pay": due},
    )
    return found | draw(one_of(*in_units))


@st.composite
def one_offs(draw: DrawFn, scene: Scene) -> list[Settings]:
    """Corrections of the month, some of them negative."""
    one = {"date": one_of(*scene.days), "label": st.just("Correction"), "price": one_of("0.005", "99.999999")}
    many = st.fixed_dictionaries(one, optional={"quantity": one_of("-1", "0.3333", "7")})
    return draw(st.lists(many, max_size=2))


@st.composite
def invoices(draw: DrawFn, kind: str, scene: Scene, most: int = 3) -> Case:
    """A contract with everything that changes an amount."""
    export = draw(EXPORTS[kind](scene))
    shop = Shop(scene, draw(calendars(scene)), export)
    made = []
    for _ in range(draw(st.integers(1, most))):
        charge = draw(charges(shop))
        limits = draw(commitments(shop, charge))
        made.append(kept(**{**limits, **charge}, vat=draw(TAXES), one_off=draw(one_offs(scene))))
    paid = {"date": scene.days[0], "label": "Acompte", "amount": "10.55"}
    more = {
        "currency": draw(one_of("EUR", "XOF", "TND")), "language": draw(one_of("en", "fr")),
        "vat_rounding": draw(one_of("per_rate", "per_line")), "one_off": draw(one_offs(scene)),
        "minimum": draw(one_of(None, {"amount": "0.01"}, {"amount": "77.777"}, {"amount": "2000"})),
        "maximum": draw(one_of(None, {"amount": "2500"})), "credits": draw(one_of([], [paid])),
    }  # fmt: skip
    return _case(shop, made, more)

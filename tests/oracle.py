"""A second metering, slow and plain: the same export under the same contract, record by record, without the engine.

It is written from what the contract reference says, not from the fast path: CSV by the `csv` module, moments by
`zoneinfo`, whole microseconds and fractions by Python. It takes the contract as plain text values (what YAML gives
when nothing is interpreted) and knows the generic reader, the calendar, and what the four models count. Prices stop
at the price of a unit; tiers, commitments and lines are not its business.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import holidays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MICRO = 1_000_000
MINUTE = 60 * MICRO
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECONDS = {"s": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "day": 86_400, "days": 86_400}
CLOCKS = {"h:mm:ss": (3600, 60, 1), "h:mm": (3600, 60), "mm:ss": (60, 1)}
LONGEST = 366 * 86_400 * MICRO
BLANKS = " \t\u00a0\u202f"
ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"

Key = tuple[int, tuple[str, ...], int, tuple[int, ...], int]
"""What tells two groups of a charge apart: price row, values of `by`, band, premiums, and the bound of an act."""


class Refused(Exception):  # noqa: N818 - callbill says `Invalid` for the same reason
    """What the contract and the activity say together cannot be billed."""


# ------------------------------------------------------------------------------------------ words of the contract


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def micros(written: str) -> int:
    """`10 s` in microseconds."""
    number, unit = re.fullmatch(r"([0-9.]+)\s*([a-z]+)", written).groups()  # type: ignore[union-attr]
    return int(Decimal(number) * (1000 if unit == "ms" else SECONDS[unit] * MICRO))


def limit(written: str) -> Decimal:
    """`10 s` in microseconds, `3` as it is."""
    return Decimal(micros(written)) if written[-1].isalpha() else Decimal(written)


def percent(written: str) -> Fraction:
    return Fraction(written.replace("%", "").strip()) / 100


def stepped(value: int, step: int, way: str) -> int:
    """A positive whole number in steps: up, down, or to the nearest with halves up."""
    low = value // step * step
    if way == "up":
        return low if low == value else low + step
    return low if way == "down" or 2 * (value - low) < step else low + step


def meets(test: Any, value: Any) -> bool:
    """Whether a field is one of some words, none of them, or within limits; an empty field only meets `not`."""
    if not isinstance(test, dict):
        return value in many(test)
    if "not" in test:
        return value not in many(test["not"])
    signs = {
        "at_least": lambda bound: value >= bound,
        "at_most": lambda bound: value <= bound,
        "above": lambda bound: value > bound,
        "below": lambda bound: value < bound,
    }
    return value is not None and all(signs[name](limit(bound)) for name, bound in test.items())


def measured(written: str) -> tuple[str, list[tuple[int, str]]]:
    """`agents.talk - agents.pause`: the source, and its names with their signs."""
    source, parts = "", []
    for sign, source, name in re.findall(r"(-?)\s*([\w-]+)\.(\w+)", written.replace("+", " ")):  # noqa: B007
        parts.append((-1 if sign else 1, name))
    return source, parts


# --------------------------------------------------------------------------------------------------- the calendar


def zone(name: str) -> tzinfo:
    if name[0] in "+-":
        east = timedelta(hours=int(name[1:3]), minutes=int(name[4:6]))
        return timezone(east if name[0] == "+" else -east)
    return ZoneInfo(name)


def months_on(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return first.replace(year=first.year + years, month=month + 1)


def period_days(rule: Any, name: str) -> tuple[date, date]:
    """First day and the day after the last one of a period."""
    if rule == "month":
        first = date.fromisoformat(name + "-01")
        return first, months_on(first, 1)
    if rule == "quarter":
        first = date(int(name[:4]), int(name[-1]) * 3 - 2, 1)
        return first, months_on(first, 3)
    first = date.fromisoformat(name)
    return first, months_on(first, 1) if "from_day" in rule else first + timedelta(days=int(rule["days"]))


class Week:
    """The contract's wall clock: which band and which windows a moment lies in."""

    def __init__(self, contract: Mapping[str, Any]) -> None:
        calendar = contract.get("calendar") or {}
        self.zone = zone(contract["timezone"])
        self.bands: list[dict[str, Any]] = calendar.get("bands") or []
        self.windows: list[dict[str, Any]] = calendar.get("windows") or []
        written = calendar.get("holidays") or {}
        self._holidays = {"country": written} if isinstance(written, str) else written
        self._years: dict[int, set[date]] = {}
        self._minutes: dict[int, tuple[int, frozenset[str]]] = {}

    def local(self, instant: int) -> datetime:
        return (EPOCH + timedelta(microseconds=instant)).astimezone(self.zone)

    def day(self, instant: int) -> date:
        return self.local(instant).date()

    def cell(self, instant: int) -> tuple[int, frozenset[str]]:
        """The first band that fits (-1 without bands), and every open window. It holds for a whole minute."""
        minute = instant // MINUTE
        if minute not in self._minutes:
            at = self.local(instant)
            band = next((n for n, one in enumerate(self.bands) if self._is_open(one, at)), -1)
            self._minutes[minute] = band, frozenset(one["name"] for one in self.windows if self._is_open(one, at))
        return self._minutes[minute]

    def _is_open(self, window: Mapping[str, Any], at: datetime) -> bool:
        on, minute = at.date(), at.hour * 60 + at.minute
        if "from" in window:
            opens, closes = (
                int(text.split(":")[0]) * 60 + int(text.split(":")[1]) for text in (window["from"], window["to"])
            )
            over_midnight = closes < opens
            inside = minute >= opens or minute < closes if over_midnight else opens <= minute < closes
            if not inside:
                return False
            if over_midnight and minute < closes and window.get("after_midnight") == "start_day":
                on -= timedelta(days=1)
        return "days" not in window or any(self._is_on(on, word) for word in many(window["days"]))

    def _is_on(self, on: date, word: str) -> bool:
        """Whether a day is `sat`, in `mon-fri`, or a `holiday`."""
        if word == "holiday":
            return on in self._public(on.year)
        first, last = WEEK.index(word[:3]), WEEK.index(word[-3:])
        return (on.weekday() - first) % 7 <= (last - first) % 7

    def _public(self, year: int) -> set[date]:
        if year not in self._years:
            chosen = self._holidays
            public: set[date] = set()
            if "country" in chosen:
                public = set(holidays.country_holidays(chosen["country"], subdiv=chosen.get("region"), years=year))
            removed, added = ({date.fromisoformat(one) for one in chosen.get(name, [])} for name in ("remove", "add"))
            self._years[year] = (public - removed) | added
        return self._years[year]


# ---------------------------------------------------------------------------------------------------- the reader


@dataclass(frozen=True)
class Record:
    """One row that was understood. Durations are microseconds, numbers `Decimal`, moments microseconds UTC."""

    start: int
    id: str
    fields: Mapping[str, Any]


class _Unreadable(ValueError):  # noqa: N818 - a state of the cell
    """A cell that cannot be understood: its row is rejected."""


class Export:
    """One source: its rows become records, rejects and duplicates."""

    def __init__(self, settings: Mapping[str, Any], texts: Sequence[str]) -> None:
        self.settings = settings
        self.columns: dict[str, Any] = settings["columns"]
        self.mark = settings["decimal"]
        self.read = self.rejected = self.duplicates = 0
        found: dict[str, list[tuple[Record, tuple[Any, ...]]]] = {}
        for n, cells in enumerate(row for text in texts for row in self._rows(text)):
            self.read += 1
            try:
                record, content = self._record(cells, n)
            except _Unreadable:
                self.rejected += 1
            else:
                found.setdefault(record.id, []).append((record, content))
        self.records = [self._one_of(rows) for rows in found.values()]

    @property
    def kind(self) -> str:
        return self.settings["record"]

    def _rows(self, text: str) -> Iterator[dict[str, str]]:
        """Rows as column → trimmed text; a row of another length has no cells to look at."""
        double = self.settings.get("escape", "double") == "double"
        rows = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=self.settings["delimiter"],
            quotechar=self.settings.get("quote", '"'),
            doublequote=double,
            escapechar=None if double else "\\",
        )
        header = [name.strip() for name in next(rows)]
        nulls = many(self.settings.get("nulls", []))
        for row in rows:
            trimmed = ["" if cell.strip(BLANKS) in nulls else cell.strip(BLANKS) for cell in row]
            if row:
                yield dict(zip(header, trimmed, strict=True)) if len(row) == len(header) else {}

    def _record(self, cells: Mapping[str, str], number: int) -> tuple[Record, tuple[Any, ...]]:
        if not cells:
            raise _Unreadable
        fields = {
            name: self._cell(name, column, cells) for name, column in self.columns.items() if not _is_span(column)
        }
        content = tuple(fields.values())
        for name, column in self.columns.items():
            if _is_span(column):
                fields[name] = _span(fields, column)
        for name, words in self.settings.get("agent_states", {}).items():
            fields[name] = fields["duration"] if fields["state"] in many(words) else 0
        return Record(fields["start"], self._identity(fields, cells, number), fields), content

    def _identity(self, fields: Mapping[str, Any], cells: Mapping[str, str], number: int) -> str:
        """The declared columns; the `id`; or all words and the start."""
        declared = many(self.settings["id"]) if "id" in self.settings else ["id"] if "id" in self.columns else None
        if declared == ["none"]:
            return str(number)
        names = declared or [name for name, column in self.columns.items() if name == "start" or _is_text(column)]
        values = [fields[name] if name in fields else cells[name] for name in names]
        return "\x1f".join(
            "" if value is None else str(value.normalize() if isinstance(value, Decimal) else value) for value in values
        )

    def _one_of(self, rows: list[tuple[Record, tuple[Any, ...]]]) -> Record:
        """The record of several rows with one identity: they are equal, or the latest wins."""
        self.duplicates += len(rows) - 1
        latest = self.settings.get("duplicates", {}).get("latest_by")
        if latest:
            ranks = [-1 if record.fields[latest] is None else record.fields[latest] for record, _ in rows]
            rows = [row for row, rank in zip(rows, ranks, strict=True) if rank == max(ranks)]
        if len({content for _, content in rows}) > 1:
            raise Refused("rows with one id differ")
        return rows[0][0]

    def _cell(self, name: str, column: Any, cells: Mapping[str, str]) -> Any:
        """The value of one field, None for an empty one that may be so."""
        where = many(column if isinstance(column, str) else column.get("columns") or column["column"])
        text = " ".join(cells[one] for one in where).strip(BLANKS)
        if text == "":
            return self._empty(name, column)
        if _is_text(column):
            known = [word for words in self.settings.get("agent_states", {}).values() for word in many(words)]
            if name == "state" and known and text not in known:
                raise _Unreadable
            return text
        if "unit" in column:
            return duration(text, column, self.mark)
        return self._moment(text, column["format"]) if "format" in column else number(text, self.mark)

    def _empty(self, name: str, column: Any) -> Any:
        if isinstance(column, dict) and "empty" in column:
            return int(column["empty"]) if "unit" in column else Decimal(column["empty"])
        spans = [end for one in self.columns.values() if _is_span(one) for end in (one["from"], one["to"])]
        needed = ["id", "start", *spans, *(["agent"] if self.kind == "agent_state" else [])]
        needed += ["state"] if "agent_states" in self.settings else []
        if name in needed or not (_is_text(column) or "format" in column):
            raise _Unreadable
        return None

    def _moment(self, text: str, form: str) -> int:
        """A moment in microseconds UTC."""
        if form.startswith("epoch"):
            if not re.fullmatch(r"[0-9]{1,13}", text):
                raise _Unreadable
            return int(text) * (MICRO if form == "epoch_s" else 1000)
        if form == "iso" and not re.fullmatch(ISO, text):
            raise _Unreadable
        try:
            moment = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007
        except ValueError:
            raise _Unreadable from None
        own = self.settings.get("zone") if "%z" not in form else None
        if (moment.tzinfo is None) != (own is not None):
            raise _Unreadable
        return since_epoch(moment) if own is None else self._wall(moment, zone(own))

    def _wall(self, moment: datetime, where: tzinfo) -> int:
        """A wall clock that happened once, or twice or never, which the contract must decide."""
        early, late = (since_epoch(moment.replace(tzinfo=where, fold=fold)) for fold in (0, 1))
        happened = [
            at
            for at in (early, late)
            if (EPOCH + timedelta(microseconds=at)).astimezone(where).replace(tzinfo=None) == moment
        ]
        if len(set(happened)) == 1:
            return happened[0]
        if happened and "repeated_hour" in self.settings:
            return early if self.settings["repeated_hour"] == "first" else late
        if not happened and self.settings.get("missing_hour") == "shift":
            return early
        raise _Unreadable


def _is_span(column: Any) -> bool:
    return isinstance(column, dict) and "from" in column


def _is_text(column: Any) -> bool:
    return isinstance(column, str) or not {"format", "unit", "number", "from"} & set(column)


def _span(fields: Mapping[str, Any], column: Mapping[str, str]) -> int:
    length: int = fields[column["to"]] - fields[column["from"]]
    if length < 0:
        raise _Unreadable
    return length


def since_epoch(moment: datetime) -> int:
    return (moment.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


def number(text: str, mark: str) -> Decimal:
    if not re.fullmatch(rf"-?[0-9]{{1,12}}({re.escape(mark)}[0-9]{{1,6}})?", text):
        raise _Unreadable
    return Decimal(text.replace(mark, "."))


def duration(text: str, column: Mapping[str, str], mark: str) -> int:
    """A number of a unit or a clock, in whole microseconds, snapped half up where the contract says so."""
    plain = text.replace(mark, ".") if mark in text else text.replace(".", "?")
    unit = column["unit"]
    if unit in CLOCKS:
        exact = _clock(plain, CLOCKS[unit])
    elif re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,12})?", plain):
        exact = Decimal(plain) * (1000 if unit == "ms" else SECONDS[unit] * MICRO)
    else:
        raise _Unreadable
    if "snap" in column:
        step = micros(column["snap"])
        exact = (exact / step).to_integral_value(ROUND_HALF_UP) * step
    if exact != exact.to_integral_value() or exact > LONGEST:
        raise _Unreadable
    return int(exact)


def _clock(plain: str, sizes: tuple[int, ...]) -> Decimal:
    """`1:02:03.5` by the seconds of its parts; only the first part may be over 59."""
    parts = plain.split(":")
    shapes = [r"[0-9]{1,6}", *[r"[0-9]{2}"] * (len(sizes) - 2), r"[0-9]{2}(\.[0-9]{1,6})?"]
    if len(parts) != len(sizes) or not all(re.fullmatch(form, part) for form, part in zip(shapes, parts, strict=True)):
        raise _Unreadable
    if any(Decimal(part) >= 60 for part in parts[1:]):
        raise _Unreadable
    return sum((Decimal(part) * size for part, size in zip(parts, sizes, strict=True)), Decimal(0)) * MICRO


# --------------------------------------------------------------------------------------------------- the charges


@dataclass
class Count:
    """What one meter of a charge counted: exact quantities with the price of a unit (None: tiers and the like)."""

    source: str = ""
    groups: list[tuple[Fraction, Fraction | None]] = field(default_factory=list)
    billed: list[Record] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Funnel:
    """What became of the records of one source."""

    read: int
    rejected: int
    duplicates: int
    outside: int
    inside: int
    unbilled: int
    charges: tuple[tuple[str, int, Mapping[str, int]], ...]


class Oracle:
    """One period of a contract over the texts of its exports."""

    def __init__(self, contract: Mapping[str, Any], texts: Mapping[str, Sequence[str]], period: str) -> None:
        self.contract = contract
        self.week = Week(contract)
        self.first, self.end = period_days(contract["period"], period)
        self.exports = {
            name: Export(settings, texts.get(name, [])) for name, settings in contract.get("activity", {}).items()
        }
        self.meters: dict[str, dict[str, Count]] = {
            one["id"]: Charge(self, one).meters() for one in contract["charges"]
        }

    def is_inside(self, record: Record) -> bool:
        return self.first <= self.week.day(record.start) < self.end

    def funnel(self, source: str) -> Funnel:
        export = self.exports[source]
        inside = [record for record in export.records if self.is_inside(record)]
        mine = [
            (charge, part) for charge, parts in self.meters.items() for part in parts.values() if part.source == source
        ]
        billed = {record.id for _, part in mine for record in part.billed}
        return Funnel(
            export.read, export.rejected, export.duplicates, len(export.records) - len(inside), len(inside),
            len(inside) - len(billed), tuple((charge, len(part.billed), part.refused) for charge, part in mine),
        )  # fmt: skip


class Charge:
    """One charge: which records it bills, and the quantities they give."""

    def __init__(self, oracle: Oracle, settings: Mapping[str, Any]) -> None:
        self.oracle, self.settings, self.week = oracle, settings, oracle.week
        wanted = settings.get("measure") or settings.get("count") or settings.get("sum") or _seats_of(settings)
        self.source, self.parts = measured(wanted) if "." in wanted else (wanted, [])
        self.export = oracle.exports.get(self.source)

    def meters(self) -> dict[str, Count]:
        """What it counts, by the name of the count; nothing at all when it looks at no source."""
        model = self.settings["model"]
        made = {"time": self._time, "act": self._acts, "flat": self._flat, "subscription": self._seats}[model]()
        if "clawback" not in self.settings:
            return {"main": made}
        return {"main": made, "clawback": self._clawback(self.settings["clawback"])}

    # ------------------------------------------------------------------------------------------ which records

    @property
    def _is_timed(self) -> bool:
        return "measure" in self.settings

    def is_nothing(self, record: Record) -> bool:
        """Whether there is nothing of a record to add up, where something is added up."""
        adds = self._is_timed or "sum" in self.settings or "." in _seats_of(self.settings)
        return adds and self.export is not None and self.export.kind != "interval" and self.length(record) == 0

    def length(self, record: Record, parts: Iterable[tuple[int, str]] | None = None) -> int:
        """The measured time of a record."""
        return sum(sign * (record.fields[name] or 0) for sign, name in (self.parts if parts is None else parts))

    def judged(self, tests: Sequence[tuple[str, str, Any]]) -> tuple[list[Record], dict[str, int]]:
        """The billed records of the period in order of time, and how many each rule kept out."""
        assert self.export is not None
        reasons = {}
        for record in sorted(self.export.records, key=lambda one: (one.start, one.id)):
            failed = (rule for rule, name, test in tests if not meets(test, record.fields[name]))
            reasons[record.id] = (record, next(failed, "nothing_measured" if self.is_nothing(record) else ""))
        able = [record for record, reason in reasons.values() if not reason]
        repeated = self._repeated(able)
        inside = {name: one for name, one in reasons.items() if self.oracle.is_inside(one[0])}
        for name, (record, reason) in inside.items():
            late = "" if self._in_force(record) else "dates"
            inside[name] = (record, reason or ("repeated" if name in repeated else late))
        for record in self._free([record for record, reason in inside.values() if not reason]):
            inside[record.id] = (record, "free")
        refused: dict[str, int] = defaultdict(int)
        for _, reason in inside.values():
            refused[reason] += bool(reason)
        return [record for record, reason in inside.values() if not reason], {r: n for r, n in refused.items() if r}

    def tests(self, settings: Mapping[str, Any], source: str) -> list[tuple[str, str, Any]]:
        """The conditions of the counted state and of `where:`, each with its rule's name and field."""
        found = []
        export = self.oracle.exports[source]
        if "count" in settings and export.kind == "contact":
            state = settings["count"].split(".")[1]
            rule = "all" if state == "all" else export.settings["states"][state]
            found += [(f"not_{state}", name, test) for name, test in rule.items()] if rule != "all" else []
        return found + [(f"where_{name}", name, test) for name, test in settings.get("where", {}).items()]

    def _in_force(self, record: Record) -> bool:
        day = self.week.day(record.start).isoformat()
        return self.settings.get("from", day) <= day <= self.settings.get("until", day)

    def _repeated(self, able: Sequence[Record]) -> set[str]:
        """Records whose customer was counted in the window before; records without a customer count each."""
        once = self.settings.get("once_per")
        if once is None:
            return set()
        repeated, seen = set(), {}
        for record in able:
            who = record.fields[once["field"]]
            if who is None:
                continue
            day, inside = self.week.day(record.start), self.oracle.is_inside(record)
            window = {"day": (who, day), "period": (who, inside)}.get(once["within"], who)
            again = window in seen
            if window == who:
                again = again and record.start - seen[who] < micros(once["within"])
            if again:
                repeated.add(record.id)
            if not again or once.get("since", "contact") == "contact":
                seen[window] = record.start
        return repeated

    def _free(self, able: Sequence[Record]) -> list[Record]:
        """Short records that cost nothing: all, or the first of the period."""
        rule = self.settings.get("free")
        if rule is None:
            return []
        of = measured(rule["of"])[1] if "of" in rule else self.parts
        short = [one for one in able if "below" not in rule or self.length(one, of) < micros(rule["below"])]
        return short[: int(rule["first"])] if "first" in rule else short

    # ------------------------------------------------------------------------------------------ which price

    def key(self, record: Record, at: int, bound: int = 0) -> Key:
        """The group of a record's time or act at a moment."""
        band, windows = self.week.cell(at)
        row = self._row(record)
        by = tuple(record.fields[name] or "" for name in many(self.settings.get("by", [])))
        rates = self.settings.get("premiums", {}).get("rates", [])
        applied = tuple(n for n, rate in enumerate(rates) if _applies(rate, record, windows))
        return row, by, band if isinstance(self._written_price(row), dict) else -1, applied, bound

    def _row(self, record: Record) -> int:
        rows = self.settings.get("prices", {}).get("rows", [])
        for n, row in enumerate(rows):
            if all(record.fields[name] in many(words) for name, words in row["when"].items()):
                return n
        if rows and "otherwise" not in self.settings["prices"]:
            raise Refused("no price for a record")
        return len(rows)

    def _written_price(self, row: int) -> Any:
        if "prices" not in self.settings:
            return self.settings.get("price")
        rows = self.settings["prices"]["rows"]
        return rows[row]["price"] if row < len(rows) else self.settings["prices"]["otherwise"]

    def _unit_price(self, key: Key) -> Fraction | None:
        row, _, band, applied, bound = key
        if "percent" in self.settings:
            if bound:
                return Fraction(self.settings["per_act"]["minimum" if bound < 0 else "maximum"])
            return percent(self.settings["percent"])
        price = self._written_price(row)
        if price is None:
            return None
        factor = self._premium(applied)
        base = Fraction(price[self.week.bands[band]["name"]] if isinstance(price, dict) else price)
        return at_decimals(base * factor, 6)

    def _premium(self, applied: tuple[int, ...]) -> Fraction:
        premiums = self.settings.get("premiums", {})
        shares = [percent(premiums["rates"][n]["percent"]) for n in applied]
        factor = Fraction(1)
        for share in shares:
            factor *= 1 + share
        return factor if premiums.get("stacking") == "multiply" else 1 + sum(shares)

    def _priced(self, sums: Mapping[Key, Fraction]) -> list[tuple[Fraction, Fraction | None]]:
        """The groups in the order of their lines."""
        return [(sums[key], self._unit_price(key)) for key in sorted(sums)]

    # ------------------------------------------------------------------------------------------ time

    def _time(self) -> Count:
        records, refused = self.judged(self.tests(self.settings, self.source))
        if any(self.length(record) < 0 for record in records):
            raise Refused("the measure of a record is below zero")
        rule = self.settings.get("increment", {})
        sums = self._agent_days(records) if rule.get("per") == "agent_day" else self._by_record(records)
        if rule.get("per") == "period":
            sums = {key: self.rounded(time) for key, time in sums.items()}
        unit = self.settings["unit"]
        size = Fraction(micros(next(iter(unit.values()))) if isinstance(unit, dict) else SECONDS[unit] * MICRO)
        return Count(self.source, self._priced({key: time / size for key, time in sums.items()}), records, refused)

    def rounded(self, time: int) -> int:
        """Measured time in increments. `initial` is due as soon as anything was measured."""
        rule = self.settings.get("increment")
        if rule is None or time <= 0:
            return time
        initial, step = micros(rule.get("initial", "0 s")), micros(rule["step"])
        if time <= initial:
            return initial
        if rule.get("from", "after_initial") == "after_initial":
            return initial + stepped(time - initial, step, rule["round"])
        return max(initial, stepped(time, step, rule["round"]))

    def _of_one(self, time: int) -> int:
        """What one record is billed: its increment, then what is added to it, and at least the minimum."""
        if time <= 0:
            return time
        rounded = self.rounded(time) if self.settings.get("increment", {}).get("per") == "contact" else time
        rounded += micros(self.settings.get("extra_per_contact", "0 s"))
        return max(rounded, micros(self.settings.get("minimum_per_contact", "0 s")))

    def _by_record(self, records: Sequence[Record]) -> dict[Key, int]:
        sums: dict[Key, int] = defaultdict(int)
        way = self.settings.get("band_limit", "start")
        for record in records:
            time = self.length(record)
            if way == "start":
                sums[self.key(record, record.start)] += self._of_one(time)
                continue
            for start, end in self.pieces(record):
                key = self.key(record, start)
                sums[key] += self._of_one(end - start) if way == "split_rounded" else self._share(record, start, end)
        return sums

    def pieces(self, record: Record, *, by_day: bool = False) -> list[tuple[int, int]]:
        """A record's time cut wherever its price changes, and at midnight if asked."""
        start, end = record.start, record.start + self.length(record)
        limits = [start, *range((start // MINUTE + 1) * MINUTE, end, MINUTE)]
        kinds = [(self.key(record, at), self.week.day(at) if by_day else None) for at in limits]
        cuts = [at for at, (before, after) in zip(limits[1:], pairwise(kinds), strict=True) if before != after]
        return list(pairwise([start, *cuts, end]))

    def _share(self, record: Record, start: int, end: int) -> int:
        """A part of a record that was rounded as a whole: the rounding stays where the record ends."""
        time = self.length(record)
        whole = self._of_one(time)
        part = max(0, min(end, record.start + whole) - start)
        return part + (max(0, whole - time) if end == record.start + time else 0)

    def _agent_days(self, records: Sequence[Record]) -> dict[Key, int]:
        """Each agent's time of one local day in one price group, rounded."""
        days: dict[tuple[Any, date, Key], int] = defaultdict(int)
        for record in records:
            cut = self.settings.get("band_limit", "start") != "start"
            whole = (record.start, record.start + self.length(record))
            for start, end in self.pieces(record, by_day=True) if cut else [whole]:
                days[record.fields["agent"], self.week.day(start), self.key(record, start)] += end - start
        sums: dict[Key, int] = defaultdict(int)
        for (_, _, key), time in days.items():
            sums[key] += self.rounded(time)
        return sums

    # ------------------------------------------------------------------------------------------ acts

    def amount(self, record: Record, settings: Mapping[str, Any]) -> Fraction:
        """What one record adds: its number for a sum and for intervals, one for a contact."""
        if "sum" in settings:
            return Fraction(record.fields[settings["sum"].split(".")[1]])
        source, name = settings["count"].split(".")
        return Fraction(record.fields[name]) if self.oracle.exports[source].kind == "interval" else Fraction(1)

    def _acts(self) -> Count:
        records, refused = self.judged(self.tests(self.settings, self.source))
        sums: dict[Key, Fraction] = defaultdict(Fraction)
        for record in records:
            bound = self._bound(record)
            sums[self.key(record, record.start, bound)] += 1 if bound else self.amount(record, self.settings)
        return Count(self.source, self._priced(sums), records, refused)

    def _bound(self, record: Record) -> int:
        """-1 when an act's percentage gives less than the least, 1 when it gives more than the most."""
        bounds = self.settings.get("per_act", {})
        if not bounds:
            return 0
        given = self.amount(record, self.settings) * percent(self.settings["percent"])
        if "minimum" in bounds and given < Fraction(bounds["minimum"]):
            return -1
        return int("maximum" in bounds and given > Fraction(bounds["maximum"]))

    def _clawback(self, back: Mapping[str, Any]) -> Count:
        """Acts taken back: a negative quantity."""
        source = (back.get("count") or back["sum"]).split(".")[0]
        tests = self.tests(back, source)
        if "within" in back:
            tests.append(("too_old", back["since"], {"at_most": back["within"]}))
        reversals = {name: self.settings[name] for name in ("from", "until") if name in self.settings}
        charge = Charge(self.oracle, {**reversals, **{name: back[name] for name in ("count", "sum") if name in back}})
        records, refused = charge.judged(tests)
        total = sum((self.amount(record, back) for record in records), Fraction(0))
        price = Fraction(back["price"]) if "price" in back else self._unit_price((0, (), -1, (), 0))
        return Count(source, [(-total, price)] if total else [], records, refused)

    # ------------------------------------------------------------------------------------------ flat fees and seats

    def _covered(self, start: str = "0001-01-01", stop: str = "9000-01-01") -> tuple[date, date] | None:
        """The days of the period from `start` until before `stop` that the charge is in force."""
        first = max(self.oracle.first, *(date.fromisoformat(one) for one in (start, self.settings.get("from", start))))
        until = date.fromisoformat(self.settings.get("until", "8999-12-31"))
        end = min(self.oracle.end, until + timedelta(days=1), date.fromisoformat(stop))
        return (first, end) if first < end else None

    def _part(self, covered: tuple[date, date] | None) -> Fraction:
        """What part of the period some days are, by calendar days or by months of 30 days."""
        way = self.settings.get("proration", "none")
        if way == "none" or covered is None:
            return Fraction(way == "none")
        count = (
            (lambda on: on.toordinal())
            if way == "calendar_days"
            else (lambda on: on.year * 360 + on.month * 30 + on.day)
        )
        return Fraction(count(covered[1]) - count(covered[0]), count(self.oracle.end) - count(self.oracle.first))

    def _flat(self) -> Count:
        """One fee, and what the volume differs from the included one, whole or beyond the tolerance."""
        price = at_decimals(Fraction(self.settings["amount"]) * self._part(self._covered()), 2)
        fee = [] if self._covered() is None else [(Fraction(1), price)]
        if self.export is None:
            return Count("", fee)
        records, refused = self.judged(self.tests(self.settings, self.source))
        if self._is_timed:
            volume = Fraction(sum(self.length(record) for record in records), 3600 * MICRO)
        else:
            volume = sum((self.amount(record, self.settings) for record in records), Fraction(0))
        more = self._difference(volume) if fee and "included" in self.settings else []
        return Count(self.source, fee + more, records, refused)

    def _difference(self, volume: Fraction) -> list[tuple[Fraction, Fraction | None]]:
        written = self.settings.get("tolerance", "0 %")
        sides = written if isinstance(written, dict) else {"above": written, "below": written}
        prorated = self.settings.get("prorate_included", "true") == "true"
        included = Fraction(self.settings["included"]) * (self._part(self._covered()) if prorated else 1)
        high, low = included * (1 + percent(sides["above"])), included * (1 - percent(sides["below"]))
        for name, beyond, limit in (("excess", volume > high, high), ("shortfall", volume < low, low)):
            rule = self.settings.get(name)
            if rule is None or not beyond:
                continue
            units = abs(volume - (included if rule["charge"] == "whole" else limit))
            if "package" in rule:
                units = Fraction(-(-units // Fraction(rule["package"])))
            return [(units if name == "excess" else -units, Fraction(rule["price"]))]
        return []

    def _stated(self) -> Count:
        """So many seats, or so many from a day on, each stretch of days at its part of the price."""
        seats = self.settings["seats"]
        listed = [("0001-01-01", seats)] if isinstance(seats, str) else [(one["from"], one["seats"]) for one in seats]
        starts = [*(start for start, _ in listed), "9000-01-01"]
        return Count("", [self._seated(Fraction(listed[n][1]), covered) for n, stretch in enumerate(pairwise(starts))
                          if (covered := self._covered(*stretch))])  # fmt: skip

    def _seated(self, seats: Fraction, covered: tuple[date, date]) -> tuple[Fraction, Fraction]:
        return seats, at_decimals(Fraction(self.settings["price"]) * self._part(covered), 6)

    def _seats(self) -> Count:
        """Agents seen in the period, busy at one moment, or a day on average."""
        if self.export is None:
            return self._stated()
        records, refused = self.judged(self.tests(self.settings, self.source))
        known = [record for record in records if record.fields["agent"] is not None]
        rule = self.settings["seats"]
        days = {self.week.day(one.start) for one in known}
        pairs = {(one.fields["agent"], self.week.day(one.start)) for one in known}
        covered = self._covered()
        if rule["measured"] == "mean":
            all_days = (covered[1] - covered[0]).days if covered else 0
            over = len(days) if rule["over"] == "active_days" else all_days
            seats = Fraction(len(pairs), over or 1)
        else:
            agents = {one.fields["agent"] for one in known}
            seats = Fraction(len(agents) if rule["measured"] == "distinct" else self._peak(known))
        return Count(self.source, [self._seated(seats, covered)] if covered else [], records, refused)

    def _peak(self, records: Sequence[Record]) -> int:
        """Most agents busy at one moment: it is reached at some record's start."""
        busy = [(record.fields["agent"], record.start, record.start + self.length(record)) for record in records]
        return max((len({who for who, low, high in busy if low <= at < high}) for _, at, _ in busy), default=0)


def at_decimals(price: Fraction, decimals: int) -> Fraction:
    """A price at some decimals, half up."""
    return Fraction(int(price * 10**decimals + Fraction(1, 2)), 10**decimals)


def _applies(rate: Mapping[str, Any], record: Record, windows: frozenset[str]) -> bool:
    if "window" in rate:
        return rate["window"] in windows
    return all(record.fields[name] in many(words) for name, words in rate["when"].items())


def _seats_of(settings: Mapping[str, Any]) -> str:
    """What measured seats look at: a source, or durations of one."""
    seats = settings.get("seats")
    return str(seats["of"]) if isinstance(seats, dict) else ""

"""Charges' meters become queries over staged records; the small tables of whole numbers they give become quantities.

The text is plain set arithmetic on integers: no dates, no zones, no division. Where the engine must know a local
day or a band it is given the calendar as a table of numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import count
from typing import Any

from callbill.calendar import Timetable
from callbill.judging import Counter, Judged, Judging
from callbill.meters import Count, Meter, Metered, SeatMeter
from callbill.money import MICRO
from callbill.problems import Invalid, Problem
from callbill.queries import (
    APART,
    apart_by,
    cell_of,
    measure_of,
    peak_of,
    row_of,
)
from callbill.sql import column, quoted

_REFUSED = "SELECT rule, COUNT(*), SUM(alone) FROM ({records}) q WHERE rule > 0 GROUP BY rule ORDER BY rule"


MEASURED = "nothing_measured"
"""The rule of records that measure nothing."""


class Metering:
    """Meters over the records of one activity and one calendar."""

    def __init__(
        self, engine: Counter, relations: Mapping[str, str], timetable: Timetable, name: str = "period",
        empty: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.engine, self.relations, self.timetable, self.name = engine, relations, timetable, name
        self.empty = empty
        """Sources without a record: there is nothing to ask the engine about them."""
        self.judging = Judging(engine, relations, timetable, name)

    def in_period(self, source: str) -> int:
        """Records that start in the period."""
        if source in self.empty:
            return 0
        low, high = self.timetable.start, self.timetable.end
        query = f"SELECT COUNT(*) FROM {self.relations[source]} r WHERE r.x_start >= {low} AND r.x_start < {high}"
        count: int = self.engine.rows(query)[0][0]
        return count

    # ------------------------------------------------------------------------------------ the query, in layers

    def _fields(self, meter: Meter) -> dict[str, str]:
        """What counting looks at in a record `r` that starts on `c.day`: the rule that it falls under comes last."""
        measured, price = measure_of(meter.parts), row_of(meter)
        fields = {"cell": cell_of(meter, price), "price": price, "measured": measured}
        fields |= {f"c_{n}": column(name) for n, name in enumerate(meter.columns)}
        for n, name in enumerate(meter.unfit, start=len(meter.columns)):
            fields[f"c_{n}"] = f"CASE WHEN {price} = {len(meter.rows)} THEN {column(name)} END"
        for n, conditions in enumerate(meter.flags):
            met = " AND ".join(one.sql(column(one.field)) for one in conditions)
            fields[f"f_{n}"] = f"CASE WHEN {met} THEN 1 ELSE 0 END"
        fields["clamp"] = meter.clamp.sql(measured) if meter.clamp else "0"
        if meter.by_agent_day:
            fields["agent"] = column("agent")
        return fields | {"rule": self.judging.judged(meter).rule}

    def _records(self, meter: Meter, beside: Sequence[Meter] = ()) -> str:
        """The records of the period with their fields; `alone` is 1 where no meter `beside` bills the record."""
        fields = self._fields(meter)
        refused = " AND ".join(dict.fromkeys(f"{self.judging.judged(one).rule} > 0" for one in beside))
        # the others are looked at only where this one does not bill
        fields["alone"] = f"CASE WHEN {fields['rule']} = 0 THEN 0 WHEN {refused} THEN 1 ELSE 0 END" if refused else "1"
        return f"SELECT r.row, r.id, r.x_start AS start, c.day{_named(fields)} {self.judging.inside(meter.source)}"

    # ---------------------------------------------------------------------------------------------- the result

    def together(self, meters: Sequence[Meter]) -> tuple[list[Metered], int]:
        """Run meters of one source, whose records have one cell each, in one look; and the records that none bills."""
        judged, source = [self.judging.judged(meter) for meter in meters], meters[0].source
        if source in self.empty:
            return [Metered(phrases=dict(one.rules)) for one in judged], 0
        texts: dict[str, int] = {"c.day": 0}
        keys: list[list[int]] = []
        measured: list[str] = []
        sums = ["COUNT(*)"]
        for n, meter in enumerate(meters):
            fields = self._fields(meter)
            keys.append([texts.setdefault(fields[name], len(texts)) for name in (*meter.keys[1:], "rule")])
            measured.append(f"{fields['measured']} AS measured_{n}")
            sums += [f"SUM(measured_{n})", f"SUM({self._quantity(meter, f'measured_{n}')})"]
        found = self._grouped(texts, measured, sums, source)
        tallies, unbilled, wide = [_Tally() for _ in meters], 0, len(texts)
        for row in found:
            total, billed = int(row[wide]), False
            for n, (own, tally) in enumerate(zip(keys, tallies, strict=True)):
                billed |= tally.add((row[0], *(row[key] for key in own)), total, row[wide + 1 + 2 * n :][:2])
            unbilled += 0 if billed else total
        counted = [tally.metered(*by) for tally, by in zip(tallies, zip(meters, judged, strict=True), strict=True)]
        return counted, unbilled

    def billed(
        self, meters: Sequence[Meter], changes: Sequence[Callable[[str], str]]
    ) -> list[Metered]:  # fmt: skip
        """What such meters bill, in one look; nothing is told of the records that they do not bill.

        `changes` are made to what the texts of each meter say of the records' fields.
        """
        texts: dict[str, int] = {"c.day": 0}
        keys: list[list[int]] = []
        measured: list[str] = []
        sums: list[str] = []
        for n, (meter, change) in enumerate(zip(meters, changes, strict=True)):
            fields = {name: change(text) for name, text in self._fields(meter).items()}
            keys.append([texts.setdefault(fields[name], len(texts)) for name in meter.keys[1:]])
            measured.append(f"CASE WHEN {fields['rule']} = 0 THEN {fields['measured']} END AS m_{n}")
            quantity = f"CASE WHEN m_{n} IS NOT NULL THEN {self._quantity(meter, f'm_{n}')} END"
            exactly = f"{MICRO} * COUNT(m_{n})" if not meter.parts else f"SUM(m_{n})"
            sums += [f"COUNT(m_{n})", exactly, f"SUM({quantity})" if meter.is_rounded else exactly]
        found, wide = self._grouped(texts, measured, sums, meters[0].source), len(texts)
        return self._metered(meters, found, keys, wide)

    def _metered(
        self, meters: Sequence[Meter], found: Sequence[tuple[Any, ...]], keys: Sequence[Sequence[int]], wide: int
    ) -> list[Metered]:  # fmt: skip
        """Each meter's part of rows that hold texts, then records, measured and billed of every meter."""
        tallies = [_Tally() for _ in meters]
        alike: dict[tuple[int, ...], list[tuple[_Tally, int]]] = {}
        for own, tally, at in zip(keys, tallies, range(wide, wide + 3 * len(meters), 3), strict=True):
            alike.setdefault((0, *own), []).append((tally, at))
        for row in found:
            for own, several in alike.items():
                values = (*(row[key] for key in own), 0)
                for tally, at in several:
                    if row[at]:
                        tally.add(values, row[at], row[at + 1 : at + 3])
        return [tally.metered(meter, self.judging.judged(meter)) for meter, tally in zip(meters, tallies, strict=True)]

    def billed_longer(
        self, meters: Sequence[Meter], factors: Sequence[Fraction], changes: Sequence[Callable[[str], str]]
    ) -> list[Metered]:  # fmt: skip
        """The same for meters that count acts, or measure the same times, some factor as long without a rest.

        Records that are alike in everything, and measure the same, are counted first.
        """
        texts: dict[str, int] = {"c.day": 0}
        refused: dict[str, int] = {}
        keys: list[list[int]] = []
        sums: list[str] = []
        for meter, factor, change in zip(meters, factors, changes, strict=True):
            fields = {name: change(text) for name, text in self._fields(meter).items()}
            keys.append([texts.setdefault(fields[name], len(texts)) for name in meter.keys[1:]])
            judged = self.judging.judged(meter)
            cases = [
                change(case) for case, (name, _) in zip(judged.cases, judged.rules, strict=True) if name != MEASURED
            ]
            own = [f"NOT b_{refused.setdefault(case, len(refused))}" for case in cases]
            long, longer = str(MICRO), []
            if meter.parts:
                long = f"(m * {factor.numerator} // {factor.denominator})"
                longer = [f"{long} <> 0"]
            billed = " AND ".join([*own, *longer]) or "1 = 1"
            amounts = ("n", f"n * {long}", f"n * {self._quantity(meter, long)}")
            sums += [f"SUM(CASE WHEN {billed} THEN {amount} END)" for amount in amounts]
        found, wide = self._alike(texts, refused, measure_of(meters[0].parts), sums, meters[0].source), len(texts)
        return self._metered(meters, found, keys, wide)

    def _alike(
        self, texts: Mapping[str, int], tests: Mapping[str, int], measured: str, sums: Sequence[str], source: str
    ) -> list[tuple[Any, ...]]:  # fmt: skip
        """Sums over records that were counted by some texts, by whether they meet some tests, and by their measure."""
        named = {f"k_{n}": text for n, text in enumerate(texts)}
        named |= {f"b_{n}": f"({test})" for n, test in enumerate(tests)}
        named["m"] = measured
        shown = ", ".join(f"{text} AS {name}" for name, text in named.items())
        records, every = f"SELECT {shown} {self.judging.inside(source)}", ", ".join(named)
        counted = f"SELECT {every}, CAST(COUNT(*) AS HUGEINT) AS n FROM ({records}) q GROUP BY {every}"
        listed = ", ".join(f"k_{n}" for n, _ in enumerate(texts))
        return self.engine.rows(f"SELECT {listed}, {', '.join(sums)} FROM ({counted}) a GROUP BY {listed}")

    def _grouped(
        self, texts: Mapping[str, int], measured: Sequence[str], sums: Sequence[str], source: str
    ) -> list[tuple[Any, ...]]:  # fmt: skip
        """Sums of a source's records by some texts; what is 0 everywhere tells no records apart."""
        named = [f"{text} AS k_{n}" for n, text in enumerate(texts)]
        records = f"SELECT {', '.join([*named, *measured])} {self.judging.inside(source)}"
        apart = [f"k_{n}" for n, text in enumerate(texts) if text != "0"]
        shown = [f"k_{n}" if text != "0" else "0" for n, text in enumerate(texts)]
        return self.engine.rows(f"SELECT {', '.join([*shown, *sums])} FROM ({records}) q GROUP BY {', '.join(apart)}")

    def count(self, meter: Meter, beside: Sequence[Meter] = ()) -> Metered:
        """Run a meter by itself; its `unbilled` records are billed by no meter `beside` either."""
        judged, records = self.judging.judged(meter), self._records(meter, beside)
        keys = ", ".join(meter.keys)
        refused = self.engine.rows(_REFUSED.format(records=records))
        sums = self.engine.rows(f"{self._sums(meter, records, keys)} ORDER BY {keys}")
        counts = tuple(_counted(meter, row) for row in sums)
        return Metered(
            counts=counts,
            billed_records=sum(one.records for one in counts),
            refused=_by_rule(judged, {rule: records for rule, records, _ in refused}),
            phrases=dict(judged.rules),
            unbilled=sum(int(alone) for _, _, alone in refused),
        )

    def seats(self, meter: SeatMeter, days: int, beside: Sequence[Meter] = ()) -> Metered:
        """The number of agents; `days` is the length of the period for a mean over all of them."""
        judged, records = self.judging.judged(meter.meter), self._records(meter.meter, beside)
        billable = f"SELECT * FROM ({records}) q WHERE rule = 0 AND c_0 IS NOT NULL"
        refused = self.engine.rows(_REFUSED.format(records=records))
        billed = self.engine.rows(f"SELECT COUNT(*) FROM ({records}) q WHERE rule = 0")[0][0]
        return Metered(
            billed_records=billed,
            refused=_by_rule(judged, {rule: number for rule, number, _ in refused}),
            phrases=dict(judged.rules),
            seats=self._seats(meter, billable, days),
            unbilled=sum(int(alone) for _, _, alone in refused),
        )

    def seats_of(
        self, meter: SeatMeter, spans: Sequence[tuple[int, int]], days: Sequence[int]
    ) -> list[Fraction]:  # fmt: skip
        """The number of agents in each of some stretches of local days, the last not included; of any kind but `peak`.

        `days` are the lengths that a mean is taken over.
        """
        table = f"agents_{self.name}"
        billable = f"SELECT * FROM ({self._records(meter.meter)}) q WHERE rule = 0 AND c_0 IS NOT NULL"
        self.engine.keep(table, f"SELECT day, c_0 FROM ({billable}) b GROUP BY day, c_0")
        return [
            self._seats(meter, f"SELECT * FROM {table} WHERE day >= {low} AND day < {high}", length)
            for (low, high), length in zip(spans, days, strict=True)
        ]

    def _seats(self, meter: SeatMeter, billable: str, days: int) -> Fraction:
        if meter.kind == "distinct":
            return Fraction(self.engine.rows(f"SELECT COUNT(DISTINCT c_0) FROM ({billable}) b")[0][0])
        if meter.kind == "mean":
            daily = f"SELECT day, COUNT(DISTINCT c_0) AS agents FROM ({billable}) b GROUP BY day"
            agents, active = self.engine.rows(f"SELECT COALESCE(SUM(agents), 0), COUNT(*) FROM ({daily}) d")[0]
            return Fraction(int(agents), (active if meter.active_days else days) or 1)
        peak = self.engine.rows(peak_of(billable, self.timetable.end))[0][0]
        return Fraction(int(peak or 0))

    def check_sign(self, meter: Meter, counts: Sequence[Count]) -> None:
        """Raise `Invalid` (CB324) when a meter measures less than nothing."""
        if not meter.timed or all(sign > 0 for sign, _ in meter.parts):
            return
        if meter.record == "contact":
            if (record := self._first(meter, self._records(meter), "measured < 0")) is not None:
                raise Invalid([_negative(meter, "", record)])
        elif days := [one.day for one in counts if one.measured < 0]:
            raise Invalid([_negative(meter, f" on {date.fromordinal(days[0])}")])

    def first(self, meter: Meter, values: Sequence[str | None]) -> tuple[str, int] | None:
        """The source and position of the first record, in order of time, that no row fits, with these column values."""
        tests = [f"c_{n} IS NULL" if one is None else f"c_{n} = {quoted(one)}" for n, one in enumerate(values)]
        return self._first(meter, self._records(meter), " AND ".join([f"price = {len(meter.rows)}", *tests]))

    def _first(self, meter: Meter, judged: str, test: str) -> tuple[str, int] | None:
        query = f"SELECT row FROM ({judged}) q WHERE rule = 0 AND {test} ORDER BY start, id, row LIMIT 1"
        return next(((meter.source, row) for (row,) in self.engine.rows(query)), None)

    def _quantity(self, meter: Meter, value: str) -> str:
        """What one record (or one agent's day) is billed for: increment, extra, minimum, in that order."""
        text = meter.increment.sql(value) if meter.increment and meter.increment.per != "period" else value
        if meter.extra:
            text = f"({text} + {meter.extra})"
        if meter.minimum:
            text = f"GREATEST({text}, {meter.minimum})"
        return f"(CASE WHEN {value} <= 0 THEN {value} ELSE {text} END)" if meter.is_rounded else value

    def _sums(self, meter: Meter, judged: str, keys: str) -> str:
        """The sums by day, cell and values: of records, of what was measured, of what is billed."""
        billable = f"SELECT * FROM ({judged}) q WHERE rule = 0"
        tally, quantity = "1", self._quantity(meter, "measured")
        if meter.band_limit != "start":
            billable, tally, quantity = self._split(meter, billable), "records", "billed"
        if not meter.by_agent_day:
            sums = f"SUM({tally}) AS records, SUM(measured) AS measured, SUM({quantity}) AS billed"
            return f"SELECT {keys}, {sums} FROM ({billable}) b GROUP BY {keys}"
        days = f"SELECT {keys}, agent, SUM({tally}) AS records, SUM(measured) AS measured FROM ({billable}) b GROUP BY {keys}, agent"  # noqa: E501
        sums = f"SUM(records) AS records, SUM(measured) AS measured, SUM({self._quantity(meter, 'measured')}) AS billed"
        return f"SELECT {keys}, {sums} FROM ({days}) d GROUP BY {keys}"

    def _split(self, meter: Meter, billable: str) -> str:
        """Each record cut at the limits of the calendar; it is counted where it starts.

        `split`: the record is rounded as a whole and the rounding stays where the record ends.
        `split_rounded`: every part is rounded by itself. An agent's day is rounded later, from its parts.
        """
        self._extend(meter, billable)
        whole = "r.measured" if meter.by_agent_day else self._quantity(meter, "r.measured")
        end = "r.start + r.measured"
        part = f"(LEAST({end}, s.high) - GREATEST(r.start, s.low))"
        if meter.band_limit == "split" and not meter.by_agent_day:
            kept = f"GREATEST(LEAST(r.start + LEAST(r.measured, {whole}), s.high) - GREATEST(r.start, s.low), 0)"
            billed = f"{kept} + CASE WHEN {end} <= s.high THEN GREATEST({whole} - r.measured, 0) ELSE 0 END"
        else:
            billed = part if meter.by_agent_day else self._quantity(meter, part)
        apart = apart_by(meter)
        others = "".join(f", r.{name}" for name in (*meter.keys[2:], *(["agent"] if meter.by_agent_day else [])))
        day = "s.day" if meter.by_agent_day else "r.day"
        return (
            f"SELECT r.row, r.id, r.start, {day}, s.cell{others}, {part} AS measured, {billed} AS billed,"
            " CASE WHEN r.start >= s.low THEN 1 ELSE 0 END AS records"
            f" FROM ({billable}) r JOIN segments_{self.name} s"
            f" ON s.low + s.apart < {end} + {apart} AND s.high + s.apart > r.start + {apart}"
        )

    def _extend(self, meter: Meter, billable: str) -> None:
        """Segments up to the end of the last record, which may lie beyond the period; limits that price nothing go.

        An agent's days stay apart, since each is rounded; a contact's midnight is no limit of its price.
        """
        last = self.engine.rows(f"SELECT MAX(start + measured) FROM ({billable}) b")[0][0] or 0
        joined: list[tuple[int, int, int, int, int]] = []
        for apart, alike in zip(count(0, APART), dict.fromkeys(meter.cells) or [()], strict=False):
            for one in self.timetable.until(last).segments:
                cell = alike[one.cell] if alike else one.cell
                low, _, day, *before = joined[-1] if joined else (0, 0, 0, -1, -1)
                if [cell, apart] == before and (day == one.day or not meter.by_agent_day):
                    joined[-1] = (low, one.end, day, cell, apart)
                else:
                    joined.append((one.start, one.end, one.day, cell, apart))
        names = ("low", "high", "day", "cell", "apart")
        self.engine.table(f"segments_{self.name}", dict(zip(names, zip(*joined, strict=True), strict=True)))

    def records(self, meter: Meter) -> list[tuple[int, int, Count]]:
        """Every billed record, or part of one, as (row, start, its own count), in order of time.

        What one record is billed for inside an agent's day is not known: the day is rounded as a whole, so `billed`
        is what was measured.
        """
        judged = f"SELECT * FROM ({self._records(meter)}) q WHERE rule = 0"
        quantity = "measured" if meter.by_agent_day else self._quantity(meter, "measured")
        if meter.band_limit != "start":
            judged, quantity = self._split(meter, judged), "billed"
        keys = ", ".join(meter.keys)
        found = self.engine.rows(
            f"SELECT row, start, {keys}, 1, measured, {quantity} FROM ({judged}) b ORDER BY start, id, day, cell"
        )
        return [(row[0], row[1], _counted(meter, row[2:])) for row in found]


class _Tally:
    """What one of several meters has counted so far."""

    def __init__(self) -> None:
        self.sums: dict[tuple[Any, ...], list[int]] = {}
        self.refused: dict[int, int] = {}

    def add(self, keys: tuple[Any, ...], records: int, amounts: Sequence[Any]) -> bool:
        """Add records of one set of keys, the last of which is their rule, to the others; whether they are billed."""
        *values, rule = keys
        if rule:
            self.refused[rule] = self.refused.get(rule, 0) + records
            return False
        sums = self.sums.setdefault(tuple(values), [0, 0, 0])
        for n, more in enumerate((records, *amounts)):
            sums[n] += int(more)
        return True

    def metered(self, meter: Meter, judged: Judged) -> Metered:
        rows = [(*values, *sums) for values, sums in self.sums.items()]
        counts = tuple(_counted(meter, row) for row in sorted(rows, key=_order if any(map(_lacks, rows)) else None))
        return Metered(
            counts=counts,
            billed_records=sum(one.records for one in counts),
            refused=_by_rule(judged, dict(sorted(self.refused.items()))),
            phrases=dict(judged.rules),
        )


def _lacks(row: tuple[Any, ...]) -> bool:
    return None in row


def _order(row: tuple[Any, ...]) -> tuple[tuple[bool, Any], ...]:
    """The order of the engine: nothing comes last."""
    return tuple((value is None, 0 if value is None else value) for value in row)


def _named(fields: Mapping[str, str]) -> str:
    return "".join(f", {text} AS {name}" for name, text in fields.items())


def _by_rule(judged: Judged, counted: Mapping[int, int]) -> dict[str, int]:
    """Records under each rule; several conditions may share one."""
    found: dict[str, int] = {}
    for number, records in counted.items():
        name = judged.rules[number - 1][0]
        found[name] = found.get(name, 0) + records
    return found


def _counted(meter: Meter, row: tuple[Any, ...]) -> Count:
    """A row of the keys, the number of records, what was measured and what is billed."""
    wide = 3 + len(meter.columns) + len(meter.unfit)
    deep = wide + len(meter.flags)
    clamp, records, measured, billed = (int(one) for one in row[deep:])
    return Count(row[0], row[1], tuple(row[3:wide]), tuple(row[wide:deep]), clamp, records, measured, billed, row[2])


def _negative(meter: Meter, when: str, record: tuple[str, int] | None = None) -> Problem:
    """The problem of a measure below zero."""
    written = " ".join(f"{'+' if sign > 0 else '-'} {meter.source}.{name}" for sign, name in meter.parts)
    message = f"the measure `{written.removeprefix('+ ')}` is below zero{when}"
    return Problem("CB324", message, "check which times it subtracts", record=record)

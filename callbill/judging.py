"""Which records of the period a meter bills, and which rule keeps each of the others from being billed.

The text is plain set arithmetic on integers, like the queries that it stands in.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from callbill.calendar import Timetable
from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.meters import Meter, Once, window_words
from callbill.queries import measure_of, rule_number, unbilled_repeats
from callbill.sql import column


class Counter(Protocol):
    """What metering needs of an engine."""

    def table(self, name: str, columns: Mapping[str, Sequence[int]]) -> None: ...

    def rows(self, query: str) -> list[tuple[Any, ...]]: ...

    def keep(self, name: str, query: str) -> None: ...


@frozen
class Judged:
    """What becomes of a meter's records `r`: the number of the rule that keeps each from being billed (0: none does),
    and the name and words of each rule from 1."""

    rule: str
    rules: tuple[tuple[str, Phrase], ...]
    cases: tuple[str, ...] = ()
    """The test of each rule."""


NO_DAY = say("outside the dates of the charge", "hors des dates de la prestation")
REPEATED = say("same {field} again within {window}", "même {field} à nouveau sous {window}")
FREE = say("short, free", "court, gratuit")
NOTHING = say("nothing to measure", "rien à mesurer")
NO_SUM = say("nothing to add up", "rien à additionner")


class Judging:
    """Rules over the records of one activity and one calendar; `name` tells its tables from those of others."""

    def __init__(self, engine: Counter, relations: Mapping[str, str], timetable: Timetable, name: str) -> None:
        self.engine, self.relations, self.timetable, self.name = engine, relations, timetable, name
        self._kept: dict[str, str] = {}
        """Tables of refused rows, by the query that they hold."""
        self._calendar = False

    def inside(self, source: str) -> str:
        """The records `r` of a source that start in the period, beside the calendar as `c`."""
        return f"FROM {self._from(source)} WHERE c.day IS NOT NULL"

    def judged(self, meter: Meter) -> Judged:
        """Which rule keeps each record from being billed; rows that a window or a turn refuses are looked for once."""
        cases = [f"NOT {one.condition.sql(column(one.condition.field))}" for one in meter.tests]
        rules = [(one.rule, one.phrase) for one in meter.tests]
        if meter.parts and meter.record != "interval":
            cases.append(f"{measure_of(meter.parts)} = 0")
            rules.append(("nothing_measured", NOTHING if meter.timed else NO_SUM))
        if meter.once is not None:
            cases.append(self._repeats(meter.source, meter.once, rule_number(cases)))
            words = say(REPEATED.en, REPEATED.fr, field=meter.once.field, window=window_words(meter.once.within))
            rules.append(("repeated", words))
        first, last = meter.dates
        if first is not None or last is not None:
            # after the look-back, which also sees what another charge billed before a change of price
            cases.append(f"NOT (c.day >= {first or 0} AND c.day <= {9_999_999 if last is None else last})")
            rules.append(("dates", NO_DAY))
        if meter.free is not None:
            short = "1 = 1" if meter.free.below is None else f"{measure_of(meter.free.parts)} < {meter.free.below}"
            if meter.free.first is not None:
                short = self._turns(meter, short, rule_number(cases))
            cases.append(short)
            rules.append(("free", FREE))
        return Judged(rule_number(cases), tuple(rules), tuple(cases))

    def _refused(self, query: str, finish: Callable[[str], None] | None = None) -> str:
        """The test of the rows that a query gives. It is run once, into a table that `finish` may change."""
        if query not in self._kept:
            self._kept[query] = table = f"refused_{self.name}_{len(self._kept)}"
            self.engine.keep(table, query)
            if finish is not None:
                finish(table)
        return f"r.row IN (SELECT row FROM {self._kept[query]})"

    def _from(self, source: str) -> str:
        """The records of a source as `r`, beside the calendar as `c`."""
        if not self._calendar:
            starts, days, cells = zip(*self.timetable.buckets(), strict=True)
            self.engine.table(f"calendar_{self.name}", {"bucket": starts, "day": days, "cell": cells})
            self._calendar = True
        calendar = f"calendar_{self.name} c ON c.bucket = r.x_start - r.x_start % {self.timetable.bucket}"
        return f"{self.relations[source]} r LEFT JOIN {calendar}"

    def _repeats(self, source: str, once: Once, rule: str) -> str:
        """Repeats. Records before the period take part in the look-back, records that are not billable do not."""
        who = column(once.field)
        chosen = f"SELECT r.row, r.id, r.x_start AS start, {who} AS who"
        able = f"{chosen} FROM {self.relations[source]} r WHERE {who} IS NOT NULL AND {rule} = 0"
        if isinstance(once.within, str):
            apart = "c.day" if once.within == "day" else "CASE WHEN c.day IS NULL THEN 0 ELSE 1 END"
            able = f"{chosen}, {apart} AS apart FROM {self._from(source)} WHERE {who} IS NOT NULL AND {rule} = 0"
            place = "ROW_NUMBER() OVER (PARTITION BY who, apart ORDER BY start, id) AS place"
            return self._refused(f"SELECT row FROM (SELECT row, {place} FROM ({able}) a) o WHERE place > 1")
        if once.since == "billed":
            return self._refused(unbilled_repeats(able, once.within))
        return self._contact_repeats(able, once.within)

    def _contact_repeats(self, able: str, within: int) -> str:
        """Those that follow another contact of the same customer too soon.

        Only customers with two contacts at one moment are put in order by the ids of their records as well: sorting
        texts takes several times as long as sorting numbers.
        """

        def repeats(records: str, order: str) -> str:
            seen = f"LAG(start) OVER (PARTITION BY who ORDER BY {order}) AS seen"
            ordered = f"SELECT row, who, start, {seen} FROM ({records}) a"
            return f"SELECT row, who, start - seen AS gap FROM ({ordered}) o WHERE start - seen < {within}"

        def settle(found: str) -> None:
            if not self.engine.rows(f"SELECT COUNT(*) FROM {found} WHERE gap = 0")[0][0]:
                return
            tied = f"SELECT who FROM {found} WHERE gap = 0"
            again = repeats(f"SELECT * FROM ({able}) t WHERE who IN ({tied})", "start, id")
            self.engine.keep(found, f"SELECT * FROM {found} WHERE who NOT IN ({tied}) UNION ALL {again}")

        return self._refused(repeats(able, "start"), settle)

    def _turns(self, meter: Meter, short: str, rule: str) -> str:
        """The first short records of the period, in order of time."""
        records = f"{self._from(meter.source)} WHERE c.day IS NOT NULL AND {rule} = 0 AND {short}"
        first = meter.free.first if meter.free else 0
        return self._refused(f"SELECT row FROM (SELECT r.row FROM {records} ORDER BY r.x_start, r.id LIMIT {first}) t")

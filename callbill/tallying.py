"""KPIs' tallies become one query for each source; its small table of whole numbers is all that KPIs are made of.

The text is plain set arithmetic on integers, like the queries of meters.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from callbill.calendar import Timetable
from callbill.judging import Counter, Judging
from callbill.queries import measure_of
from callbill.sql import column
from callbill.staging import Condition
from callbill.tallies import Bound, Repeat, Tally, TallyRow


class Tallying:
    """Tallies over the records of one activity and one calendar."""

    def __init__(
        self, engine: Counter, relations: Mapping[str, str], timetable: Timetable, name: str,
        empty: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.engine, self.relations, self.timetable = engine, relations, timetable
        self.empty, self.name = empty, name
        self.judging = Judging(engine, relations, timetable, name)
        self._repeated: dict[tuple[str, Repeat], str] = {}

    def rows(
        self, source: str, tallies: Sequence[Tally], columns: Sequence[str] = (), interval: int | None = None
    ) -> list[TallyRow]:
        """The sums of every tally by day and cell, and by the values of columns or by interval, in a fixed order."""
        if source in self.empty or not tallies:
            return []
        keys = ["c.day AS day", "c.cell AS cell"]
        keys.append(f"r.x_start - r.x_start % {interval} AS slot" if interval else "0 AS slot")
        keys += [f"{column(name)} AS v_{n}" for n, name in enumerate(columns)]
        names = ["day", "cell", "slot", *(f"v_{n}" for n, _ in enumerate(columns))]
        values = [f"{self.value(source, tally)} AS t_{n}" for n, tally in enumerate(tallies)]
        records = f"SELECT {', '.join(keys + values)} {self.judging.inside(source)}"
        sums = ", ".join(f"SUM(t_{n})" for n, _ in enumerate(tallies))
        listed = ", ".join(names)
        found = self.engine.rows(f"SELECT {listed}, {sums} FROM ({records}) q GROUP BY {listed} ORDER BY {listed}")
        wide = len(names)
        return [
            TallyRow(row[0], row[1], int(row[2]), tuple(row[3:wide]), tuple(int(one) for one in row[wide:]))
            for row in found
        ]

    def sums(self, source: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        """The sums of some values of the records, given as texts, by day and cell, in a fixed order."""
        named = [f"{text} AS t_{n}" for n, text in enumerate(values)]
        records = f"SELECT {', '.join(['c.day AS day', 'c.cell AS cell', *named])} {self.judging.inside(source)}"
        summed = ", ".join(f"SUM(t_{n})" for n, _ in enumerate(values))
        return self.engine.rows(f"SELECT day, cell, {summed} FROM ({records}) q GROUP BY day, cell ORDER BY day, cell")

    def none_meets(self, source: str, tests: Sequence[str]) -> bool:
        """Whether no record meets any of some tests, given as texts."""
        query = f"SELECT COUNT(*) FROM {self.relations[source]} r WHERE {' OR '.join(tests)}"
        return int(self.engine.rows(query)[0][0]) == 0

    def last_start(self, source: str) -> int | None:
        """The start of the last record of a source, inside the calendar or not, in microseconds."""
        found = self.engine.rows(f"SELECT MAX(r.x_start) FROM {self.relations[source]} r")[0][0]
        return None if found is None else int(found)

    def value(self, source: str, tally: Tally) -> str:
        """What one record adds to a tally, as the text of a query."""
        measured = measure_of(tally.parts)
        if tally.squared:
            wide = f"CAST({measured} AS HUGEINT)"
            measured = f"{wide} * {wide}"
        tests = [_met(one) for one in tally.conditions] + [_kept(one) for one in tally.bounds]
        for wanted, repeat in tally.repeats:
            found = f"r.row IN (SELECT row FROM {self._table(source, repeat)})"
            tests.append(found if wanted else f"({column(repeat.field)} IS NOT NULL AND NOT {found})")
        return f"CASE WHEN {' AND '.join(tests)} THEN {measured} ELSE 0 END" if tests else measured

    def _table(self, source: str, repeat: Repeat) -> str:
        """The rows of a source that have another contact of their customer near them, looked for once."""
        key = (source, repeat)
        if key not in self._repeated:
            table = f"near_{self.name}_{len(self._repeated)}"
            who = column(repeat.field)
            able = " AND ".join([f"{who} IS NOT NULL", *map(_met, repeat.able)])
            chosen = (
                f"SELECT r.row, r.id, r.x_start AS start, {who} AS who FROM {self.relations[source]} r WHERE {able}"
            )
            turn = "LEAD" if repeat.side == "after" else "LAG"
            other = f"{turn}(start) OVER (PARTITION BY who ORDER BY start, id) AS other"
            gap = "other - start" if repeat.side == "after" else "start - other"
            query = f"SELECT row FROM (SELECT row, start, {other} FROM ({chosen}) a) o WHERE {gap} < {repeat.within}"
            self.engine.keep(table, query)
            self._repeated[key] = table
        return self._repeated[key]


def _met(one: Condition) -> str:
    return one.sql(column(one.field))


def _kept(bound: Bound) -> str:
    measured = measure_of(bound.parts)
    limits = ((bound.at_most, "<="), (bound.below, "<"), (bound.at_least, ">="), (bound.above, ">"))
    tests = [f"{measured} {sign} {limit}" for limit, sign in limits if limit is not None]
    return " AND ".join([f"{column(bound.parts[0][1])} IS NOT NULL", *tests])

"""Pieces of the queries of meters, as text: what a record measures, which price, cell and rule it has.

The text is plain set arithmetic on integers, like the queries that it stands in.
"""

from collections.abc import Sequence

from callbill.meters import Meter
from callbill.money import MICRO
from callbill.sql import column

APART = 10**17
"""Three thousand years in microseconds: segments for different rows of a price table lie so far from each other."""


def peak_of(billable: str, period_end: int) -> str:
    """The most agents busy at one moment of the period; records are half-open, an agent's overlaps are merged first."""
    spans = f"SELECT c_0 AS agent, start AS low, LEAST(start + measured, {period_end}) AS high FROM ({billable}) b"
    reach = "MAX(high) OVER (PARTITION BY agent ORDER BY low, high ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    marked = f"SELECT agent, low, high, {reach} AS reach FROM ({spans}) s WHERE high > low"
    turn = "CASE WHEN reach IS NULL OR low > reach THEN 1 ELSE 0 END"
    island = f"SUM({turn}) OVER (PARTITION BY agent ORDER BY low, high ROWS UNBOUNDED PRECEDING)"
    islands = f"SELECT agent, low, high, {island} AS island FROM ({marked}) m"
    busy = f"SELECT MIN(low) AS low, MAX(high) AS high FROM ({islands}) i GROUP BY agent, island"
    begun, ended = "SELECT low AS moment, 1 AS change", "SELECT high AS moment, -1 AS change"
    changes = f"{begun} FROM ({busy}) x UNION ALL {ended} FROM ({busy}) y"
    net = f"SELECT moment, SUM(change) AS change FROM ({changes}) c GROUP BY moment"
    running = f"SELECT SUM(change) OVER (ORDER BY moment ROWS UNBOUNDED PRECEDING) AS agents FROM ({net}) n"
    return f"SELECT MAX(agents) FROM ({running}) r"


def measure_of(parts: Sequence[tuple[int, str]]) -> str:
    """The sum of a record's parts in millionths; a record without parts counts one."""
    if not parts:
        return str(MICRO)
    return f"(0 {' '.join(f'{chr(43) if sign > 0 else chr(45)} COALESCE({column(name)}, 0)' for sign, name in parts)})"


def row_of(meter: Meter) -> str:
    """The row of the price table that a record is priced by, from 0."""
    whens = [" AND ".join(one.sql(column(one.field)) for one in row) for row in meter.rows]
    cases = "".join(f" WHEN {test} THEN {n}" for n, test in enumerate(whens))
    return f"(CASE{cases} ELSE {len(whens)} END)" if cases else "0"


def cell_of(meter: Meter, price: str) -> str:
    """The cell that a record's own is priced like, by its row of the price table."""
    alike = {one: "".join(f" WHEN {n} THEN {like}" for n, like in enumerate(one)) for one in meter.cells}
    if len(alike) < 2:
        return next((f"CASE c.cell{cases} END" for cases in alike.values()), "c.cell")
    cases = "".join(f" WHEN {n} THEN CASE c.cell{alike[one]} END" for n, one in enumerate(meter.cells))
    return f"CASE {price}{cases} END"


def apart_by(meter: Meter) -> str:
    """How far a record is moved to meet its segments: rows of a price table with and without bands have their own."""
    kinds = list(dict.fromkeys(meter.cells))
    if len(kinds) < 2:
        return "0"
    cases = "".join(f" WHEN {n} THEN {kinds.index(one) * APART}" for n, one in enumerate(meter.cells))
    return f"CASE r.price{cases} END"


def rule_number(cases: Sequence[str]) -> str:
    """The number, from 1, of the first test that holds; 0 when none does."""
    numbered = " ".join(f"WHEN {test} THEN {n}" for n, test in enumerate(cases, start=1))
    return f"(CASE {numbered} ELSE 0 END)" if cases else "0"


def unbilled_repeats(able: str, within: int) -> str:
    """The window runs from the last billed record: each billed one finds the next; the others are repeats."""
    return (
        f"WITH RECURSIVE able AS (SELECT who, start, MIN(id) AS id FROM ({able}) l GROUP BY who, start),"
        " billed AS (SELECT who, MIN(start) AS start FROM able GROUP BY who UNION ALL"
        " SELECT b.who, MIN(a.start) AS start FROM billed b JOIN able a ON a.who = b.who"
        f" AND a.start - b.start >= {within} GROUP BY b.who, b.start)"
        f" SELECT j.row FROM ({able}) j LEFT JOIN (SELECT a.who, a.start, a.id FROM able a JOIN billed b"
        " ON a.who = b.who AND a.start = b.start) k ON k.who = j.who AND k.start = j.start AND k.id = j.id"
        " WHERE k.id IS NULL"
    )

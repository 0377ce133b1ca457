"""The counting of the contracts as a DuckDB query written by hand: typed columns, duplicates out, nothing checked.

    python tests/benchmark/by_hand.py FILE [--once]

It is the query of somebody who knows the engine: local time is worked out on sums by the hour, not on every row, and
with `--once` only what can be billed is sorted by customer.
"""

import json
import sys

import duckdb

COLUMNS = {
    "contact_id": "VARCHAR",
    "started_at": "TIMESTAMP",
    "queue": "VARCHAR",
    "language": "VARCHAR",
    "agent": "VARCHAR",
    "customer": "VARCHAR",
    "outcome": "VARCHAR",
    "talk_s": "INTEGER",
    "hold_s": "INTEGER",
    "wrap_s": "INTEGER",
}
EXPORT = f"read_csv($file, header = true, columns = {COLUMNS})"

BILLABLE = "outcome IN ('answered', 'transferred') AND queue IN ('support', 'sales') AND talk_s >= 10"
SECONDS = "CASE WHEN spent = 0 THEN 0 WHEN spent <= 60 THEN 60 ELSE (spent + 5) // 6 * 6 END"
HOUR = "time_bucket(INTERVAL 1 HOUR, started_at) AS hour"

CONTACTS = f"SELECT DISTINCT ON (contact_id) *, talk_s + hold_s + wrap_s AS spent FROM {EXPORT}"

EVERY_CALL = f"""
WITH contacts AS ({CONTACTS}),
hours AS (
    SELECT {HOUR},
        COUNT(*) FILTER ({BILLABLE} AND queue = 'support') AS support,
        COUNT(*) FILTER ({BILLABLE} AND queue = 'sales') AS sales,
        SUM({SECONDS}) AS seconds
    FROM contacts GROUP BY hour
)
"""

ONCE = f"""
WITH contacts AS MATERIALIZED ({CONTACTS}),
billable AS (
    SELECT *, LAG(started_at) OVER (PARTITION BY customer ORDER BY started_at, contact_id) AS previous
    FROM contacts WHERE {BILLABLE}
),
hours AS (
    SELECT {HOUR},
        COUNT(*) FILTER (queue = 'support') AS support,
        COUNT(*) FILTER (queue = 'sales') AS sales,
        0 AS seconds
    FROM billable
    WHERE customer IS NULL OR previous IS NULL OR started_at - previous >= INTERVAL 24 HOURS
    GROUP BY hour
    UNION ALL
    SELECT {HOUR}, 0 AS support, 0 AS sales, SUM({SECONDS}) AS seconds FROM contacts GROUP BY hour
)
"""

BANDS = """,
local AS (SELECT *, hour AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris' AS clock FROM hours)
SELECT
    CASE
        WHEN dayofweek(clock) = 0 THEN 'sunday'
        WHEN hour(clock) >= 20 OR hour(clock) < 8 THEN 'evening'
        ELSE 'day'
    END AS band,
    SUM(support), SUM(sales), SUM(seconds)
FROM local
WHERE clock >= '2026-10-01' AND clock < '2026-11-01'
GROUP BY band
"""


def main() -> None:
    file, once = sys.argv[1], "--once" in sys.argv
    rows = duckdb.connect().execute((ONCE if once else EVERY_CALL) + BANDS, {"file": file}).fetchall()
    calls = {"support": sum(row[1] for row in rows), "sales": sum(row[2] for row in rows)}
    print(json.dumps({**calls, **{band: seconds for band, _, _, seconds in rows}}, default=int))


if __name__ == "__main__":
    main()

"""The counting of the contracts as a usual pandas script: read the columns needed, drop duplicates, group, sum.

python tests/benchmark/by_pandas.py FILE [--once]
"""

import json
import sys

import numpy as np
import pandas as pd

COLUMNS = ["contact_id", "started_at", "queue", "customer", "outcome", "talk_s", "hold_s", "wrap_s"]


def main() -> None:
    file, once = sys.argv[1], "--once" in sys.argv
    columns = COLUMNS if once else [name for name in COLUMNS if name != "customer"]
    contacts = pd.read_csv(file, usecols=columns, parse_dates=["started_at"]).drop_duplicates("contact_id")
    contacts["clock"] = contacts["started_at"].dt.tz_convert("Europe/Paris")
    calls = billable(contacts)
    if once:
        calls = without_repeats(calls)
    by_queue = in_october(calls).groupby("queue").size()
    by_band = seconds_by_band(in_october(contacts))
    print(json.dumps({**by_queue.to_dict(), **by_band.to_dict()}, default=int))


def in_october(contacts: pd.DataFrame) -> pd.DataFrame:
    clock = contacts["clock"].dt
    october: pd.DataFrame = contacts.loc[(clock.year == 2026) & (clock.month == 10)]
    return october


def billable(contacts: pd.DataFrame) -> pd.DataFrame:
    answered = contacts["outcome"].isin(["answered", "transferred"])
    return contacts[answered & contacts["queue"].isin(["support", "sales"]) & (contacts["talk_s"] >= 10)]


def without_repeats(calls: pd.DataFrame) -> pd.DataFrame:
    """Calls whose customer has not called within 24 hours before; those of unknown customers count each."""
    calls = calls.sort_values(["customer", "started_at", "contact_id"])
    since = calls["started_at"] - calls.groupby("customer")["started_at"].shift()
    return calls[~(since < pd.Timedelta(hours=24))]


def seconds_by_band(contacts: pd.DataFrame) -> "pd.Series[int]":
    clock = contacts["clock"].dt
    sunday, evening = clock.day_of_week == 6, (clock.hour >= 20) | (clock.hour < 8)
    band = np.select([sunday, evening], ["sunday", "evening"], "day")
    spent = contacts["talk_s"] + contacts["hold_s"] + contacts["wrap_s"]
    rounded = ((spent + 5) // 6 * 6).clip(lower=60).where(spent > 0, 0)
    return rounded.groupby(band).sum()


if __name__ == "__main__":
    main()

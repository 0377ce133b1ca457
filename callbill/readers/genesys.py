"""Genesys Cloud: the interactions view, and the agent status view.

Grade A for the columns that every example had; which others there are, and how dates and durations are written,
follows the exporting user's choice and locale. How dates are written the contract says, since a day and a
month cannot be told apart: `dates: "%m/%d/%y %I:%M %p"` for `6/23/25 07:00 AM` (United States), `"%d/%m/%Y %H:%M"`
(European), or `iso` for `2025-06-23 07:00:00`. Durations are read as milliseconds: for clocks override each that the
view has, `talk: {column: Total Talk, unit: "h:mm:ss", empty: 0}`.

What it takes for what
- `Full Export Completed` (and `Interval Complete`) must be YES on every row: a partial export is refused
- id: `Conversation ID`; start: `Date` in the exporting user's zone: the contract says its `zone`
- offered: inbound, with a queue or a user; answered: a user and some `Total Talk`; abandoned: `Abandoned` is YES
  (`Abandoned in Queue` names a queue); transferred: `Transfers` above 0
- wait: `Total Queue`; talk: `Total Talk`, which ends at a hold; hold: `Total Hold`; wrap: `Total ACW`; ivr: `Total
  IVR`; duration: `Duration`; ring: not in it
- agent, queue: the first of `Users` and `Queue`; customer: `ANI`, of outbound conversations `DNIS`, less `tel:` and
  `sip:`; outcome: the last of `Wrap-up`; `N/A` is an empty cell
- agent_status: agent: `Agent Name`, agent_id: `Agent Id`; start: `Interval Start`; the times logged_in, on_queue,
  idle, off_queue and interacting, clocks with hours above 24. They lie in one another: logged_in is on_queue and
  off_queue

What it cannot know
- what a view leaves out. A view without `Wrap-up`, `Transfers`, `Abandoned`, `ANI`, `DNIS`, `Duration` or a total
  other than `Total Talk` is read all the same, and a charge on what is missing is refused
- which of several agents talked how long: the totals are of all of them, who may have talked at the same time
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, DECLARED, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: genesys, report: interactions, zone: America/New_York, dates: "%m/%d/%y %I:%M %p"}
"""

_SETTINGS = {**CSV, "nulls": "N/A"}
_MS = {"unit": "ms", "empty": "0"}
_NONE = ["", "N/A"]
_CHOSEN = {"optional": "true"}
"""Columns that the user may leave out of the view."""
INTERACTIONS = Generation(
    "interactions",
    {
        **_SETTINGS,
        "record": "contact",
        "complete": {"column": "Full Export Completed", "is": "YES"},
        "columns": {
            "id": "Conversation ID",
            "start": {"column": "Date", "format": DECLARED},
            "direction": "Direction",
            "queue": {"column": "Queue", "split": "; "},
            "agent": {"column": "Users", "split": "; "},
            "customer": {
                "pick": [
                    {"column": "ANI", "when": {"Direction": "Inbound"}},
                    {"column": "DNIS", "when": {"Direction": {"not": "Inbound"}}},
                ],
                "phone": "true",
                **_CHOSEN,
            },
            "outcome": {"column": "Wrap-up", "split": "; ", "take": "last", **_CHOSEN},
            "left": {"column": "Abandoned", **_CHOSEN},
            "moved": {"pick": [{"column": "Transfers", "when": {"Transfers": {"not": ["0", *_NONE]}}}], **_CHOSEN},
            "reached": {
                "pick": [
                    {"column": "Queue", "when": {"Queue": {"not": _NONE}}},
                    {"column": "Users", "when": {"Users": {"not": _NONE}}},
                ]
            },
            "wait": {"column": "Total Queue", **_MS, **_CHOSEN},
            "talk": {"column": "Total Talk", **_MS},
            "hold": {"column": "Total Hold", **_MS, **_CHOSEN},
            "wrap": {"column": "Total ACW", **_MS, **_CHOSEN},
            "ivr": {"column": "Total IVR", **_MS, **_CHOSEN},
            "duration": {"column": "Duration", **_MS, **_CHOSEN},
        },
        "states": {
            "offered": {"direction": "Inbound", "reached": {"filled": "true"}},
            "answered": {"agent": {"filled": "true"}, "talk": {"above": "0 s"}},
            "abandoned": {"left": "YES"},
            "transferred": {"moved": {"filled": "true"}},
        },
    },
)
_CLOCK = {"unit": "h:mm:ss", "empty": "0"}
AGENT_STATUS = Generation(
    "agent_status",
    {
        **_SETTINGS,
        "record": "agent_state",
        "complete": {"column": "Interval Complete", "is": "YES"},
        "columns": {
            "agent": "Agent Name",
            "agent_id": "Agent Id",
            "start": {"column": "Interval Start", "format": DECLARED},
            "logged_in": {"column": "Logged In", **_CLOCK},
            "on_queue": {"column": "On Queue", **_CLOCK},
            "idle": {"column": "Idle", **_CLOCK},
            "off_queue": {"column": "Off Queue", **_CLOCK},
            "interacting": {"column": "Interacting", **_CLOCK},
        },
    },
)
REPORTS: Reports = {"interactions": (INTERACTIONS,), "agent_status": (AGENT_STATUS,)}


class Genesys(Platform):
    """Genesys Cloud views."""

    reader: Literal["genesys"] = Field(description="`genesys`")
    report: Literal["interactions", "agent_status"] = Field(description="which of its reports")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"interactions": "A", "agent_status": "A"}

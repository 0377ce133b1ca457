"""Dialpad: the stats export, records of calls.

Grade A: the columns of a public reader's test file.

What it takes for what
- id: `call_id`. A row with `entry_point_call_id` is the leg of an agent who was rung for that call: it repeats the
  talk, gives the agent and is joined. A leg whose call is not in the files has no talk and is in no state: name the
  files of both months together
- start: `date_started`, in the zone that the export was asked in: the contract says it, `UTC` where nobody chose one
- offered: inbound; answered: connected, and not to voicemail; abandoned, missed: that `category`
- wait: `time_to_answer` of answered inbound calls; of abandoned ones from `date_queued`, or from `date_started` when
  the call did not come as far as the queue, to `date_ended`
- talk: `talk_duration`. It and `time_to_answer` are decimal minutes, snapped to the second; ring, hold, wrap: not in it
- agent: `name` of the person who connected first; queue: `internal_number`, inbound only; customer:
  `external_number`; outcome: `category`

What it cannot know
- hold and after-call work, the time in a menu
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: dialpad, zone: UTC}
"""

_CALL = {"entry_point_call_id": ""}
_ANSWERED = {**_CALL, "direction": "inbound", "date_connected": {"not": ""}, "voicemail": "false"}
_LEFT = {**_CALL, "category": "abandoned"}
_OWN = {"entry": {"filled": "false"}}
CALLS = Generation(
    "calls",
    {
        "record": "contact",
        **CSV,
        "columns": {
            "id": "call_id",
            "entry": "entry_point_call_id",
            "start": {"column": "date_started", "format": "iso"},
            "connected": {"column": "date_connected", "format": "iso"},
            "queued": {
                "pick": [
                    {"column": "date_queued", "when": {**_LEFT, "date_queued": {"not": ""}}},
                    {"column": "date_started", "when": _LEFT},
                ],
                "format": "iso",
            },
            "left": {"pick": [{"column": "date_ended", "when": _LEFT}], "format": "iso"},
            "direction": "direction",
            "queue": {"pick": [{"column": "internal_number", "when": {"direction": "inbound"}}]},
            "agent": {
                "pick": [{"column": "name", "when": {"target_kind": "UserProfile", "date_connected": {"not": ""}}}]
            },
            "customer": {"column": "external_number", "phone": "true"},
            "outcome": "category",
            "mailbox": "voicemail",
            "answer": {"pick": [{"column": "date_connected", "when": {**_CALL, "voicemail": "false"}}]},
            "to_answer": {"pick": [{"column": "time_to_answer", "when": _ANSWERED}], "unit": "min", "snap": "1 s"},
            "to_leave": {"from": "queued", "to": "left"},
            "wait": {"sum": "to_answer + to_leave"},
            "talk": {
                "pick": [{"column": "talk_duration", "when": _CALL}],
                "unit": "min",
                "snap": "1 s",
                "empty": "0",
            },
        },
        "legs": {
            "of": "id",
            "parent": "entry",
            "order": "connected",
            "fields": {
                name: {"take": "first", "legs": "first"}
                for name in (
                    *("entry", "start", "to_answer", "to_leave", "wait", "talk", "outcome", "queue", "mailbox"),
                    "answer",
                )
            },
        },
        "states": {
            "offered": {"direction": "inbound", **_OWN},
            "answered": {"answer": {"filled": "true"}},
            "abandoned": {"outcome": "abandoned", **_OWN},
            "outbound": {"direction": "outbound", **_OWN},
            "missed": {"outcome": "missed", **_OWN},
            "voicemail": {"mailbox": "true", **_OWN},
        },
    },
    signature=("entry_point_call_id", "date_first_rang"),
)
REPORTS: Reports = {"calls": (CALLS,)}


class Dialpad(Platform):
    """Dialpad stats export."""

    reader: Literal["dialpad"] = Field(description="`dialpad`")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"calls": "A"}

"""HubSpot: calls, under the names of its properties.

Grade C: field names only; the header of a CSV was not confirmed. Override `columns:` where yours has others.

What it takes for what
- id: `hs_object_id` where it is exported; without it every row is a call of its own, an exact repeat too
- start: `hs_timestamp`, with its offset or `Z`; where it is a number, `columns: {start: {column: hs_timestamp, format:
  epoch_ms}}`
- offered: INBOUND; answered: COMPLETED, and no outcome of HubSpot's own that says busy, no answer or voicemail;
  abandoned: inbound and MISSED, NO_ANSWER or CANCELED; missed: MISSED
- duration: `hs_call_duration`, in milliseconds; wait, ring, talk, hold, wrap: not in it, since it is not said when a
  call was answered
- agent: `hubspot_owner_id`, when answered; queue: not in it; customer: `hs_call_from_number`, or `hs_call_to_number`
  when outbound, where they are exported; outcome: `hs_call_disposition`, an identifier

What it cannot know
- how long an agent spoke; whether two equal rows are one call, when there is no `hs_object_id`
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: hubspot}
"""

UNSPOKEN = [
    "9d9162e7-6cf3-4944-bf63-4dff82258764",  # busy
    "73a0d17f-1163-4015-bdd5-ec830791da20",  # no answer
    "b2cf5968-551e-4856-9783-52b3da59a7d0",  # left voicemail
]
"""HubSpot's own outcomes of a completed call on which nobody spoke to the agent."""
_SPOKEN = {"hs_call_status": "COMPLETED", "hs_call_disposition": {"not": UNSPOKEN}}
CALLS = Generation(
    "calls",
    {
        "record": "contact",
        **CSV,
        "zone": None,
        "columns": {
            "id": {"column": "hs_object_id", "optional": "true"},
            "start": {"column": "hs_timestamp", "format": "iso"},
            "direction": "hs_call_direction",
            "agent": {"pick": [{"column": "hubspot_owner_id", "when": _SPOKEN}]},
            "customer": {
                "pick": [
                    {"column": "hs_call_from_number", "when": {"hs_call_direction": "INBOUND"}},
                    {"column": "hs_call_to_number", "when": {"hs_call_direction": "OUTBOUND"}},
                ],
                "phone": "true",
                "optional": "true",
            },
            "title": {"column": "hs_call_title", "optional": "true"},
            "outcome": "hs_call_disposition",
            "status": "hs_call_status",
            "duration": {"column": "hs_call_duration", "unit": "ms", "empty": "0"},
        },
        "states": {
            "offered": {"direction": "INBOUND"},
            "answered": {"status": "COMPLETED", "outcome": {"not": UNSPOKEN}},
            "abandoned": {"direction": "INBOUND", "status": ["MISSED", "NO_ANSWER", "CANCELED"]},
            "outbound": {"direction": "OUTBOUND"},
            "missed": {"status": "MISSED"},
        },
    },
)
REPORTS: Reports = {"calls": (CALLS,)}


class Hubspot(Platform):
    """HubSpot calls."""

    reader: Literal["hubspot"] = Field(description="`hubspot`")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"calls": "C"}

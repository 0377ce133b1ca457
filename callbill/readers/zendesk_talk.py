"""Zendesk Talk: the incremental export of calls, under the names that its interface documents.

Grade B: the vendor documents the fields; the header of a CSV was not confirmed. Override `columns:` where yours has
others.

What it takes for what
- id: `id`; an incremental export gives a call again whenever it changed: the highest `updated_at` counts
- start: `created_at`, UTC
- offered: inbound, and not `abandoned_in_ivr`; answered: an `agent_id` and some `talk_time`; abandoned:
  `abandoned_in_queue` (`abandoned_on_hold` was answered)
- wait: `wait_time`, in the queue (`time_to_answer` begins before the menu); talk: `talk_time`; hold: `hold_time`;
  wrap: `wrap_up_time`; ivr: `ivr_time_spent`; duration: `duration`, all in seconds; ring: not in it
- agent: `agent_id`, when somebody spoke; queue: `phone_number`, the line; customer: not in it; outcome:
  `completion_status`

What it cannot know
- the customer's number, the agent's name. `minutes_billed` is Zendesk's own bill and is not read
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: zendesk_talk}
"""

CALLS = Generation(
    "calls",
    {
        "record": "contact",
        **CSV,
        "zone": None,
        "columns": {
            "id": "id",
            "start": {"column": "created_at", "format": "iso"},
            "updated": {"column": "updated_at", "format": "iso"},
            "direction": "direction",
            "queue": "phone_number",
            "agent": {"pick": [{"column": "agent_id", "when": {"talk_time": {"not": ["0", ""]}}}]},
            "outcome": "completion_status",
            "mailbox": "voicemail",
            "wait": {"column": "wait_time", "unit": "s", "empty": "0"},
            "talk": {"column": "talk_time", "unit": "s", "empty": "0"},
            "hold": {"column": "hold_time", "unit": "s", "empty": "0"},
            "wrap": {"column": "wrap_up_time", "unit": "s", "empty": "0"},
            "ivr": {"column": "ivr_time_spent", "unit": "s", "empty": "0"},
            "duration": {"column": "duration", "unit": "s", "empty": "0"},
        },
        "within": {"talk": "duration"},
        "duplicates": {"latest_by": "updated"},
        "states": {
            "offered": {"direction": "inbound", "outcome": {"not": "abandoned_in_ivr"}},
            "answered": {"agent": {"filled": "true"}},
            "abandoned": {"direction": "inbound", "outcome": "abandoned_in_queue"},
            "outbound": {"direction": "outbound"},
            "voicemail": {"mailbox": ["true", "True"]},
        },
    },
    signature=("minutes_billed",),
)
REPORTS: Reports = {"calls": (CALLS,)}


class ZendeskTalk(Platform):
    """Zendesk Talk calls."""

    reader: Literal["zendesk_talk"] = Field(description="`zendesk_talk`")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"calls": "B"}

"""Talkdesk: the calls report, before and after 11 May 2026, and the contacts report.

Grade A: the columns of the vendor's own examples. The calls report kept its name on 11 May 2026 and changed its
columns and its unit, from fractions of a day to whole seconds: the header tells which one an export is.

What it takes for what
- id: `call_id` (before: `interaction_id`); of contacts `Contact ID`: a transfer makes a second contact, and they stay
  two
- start: `start_at`, UTC (before: `start_time`, UTC without a mark); of contacts `Started At` in the zone asked for in
  the export job: the contract says its `zone`
- offered: every inbound type; answered: inbound and outbound (of contacts Answered and Connected); abandoned:
  abandoned and short_abandoned; missed, voicemail: those types; transferred: `is_transfer`, `transfer?`, `Transfer
  Out`
- wait: `wait_time`; ring: `total_ringing_time`; talk: `talk_time`; hold: `hold_time`; duration: `total_time`; of
  contacts also wrap: `After Call Work Time`; before: `waiting_time`, `talk_time`, `holding_time`, snapped to the
  second; in the calls report lasted: from its start to its end. Talk cannot be longer: a unit that does not fit shows
- agent: `user_name` (before: `agent_name`); queue: the first of `ring_groups` (before: `phone_display_name`);
  customer: the contact's number; outcome: `disposition_code`, of contacts `Contact Type`; direction: from `type`, of
  contacts `Direction`

What it cannot know
- after-call work in the calls report; before May 2026 ringing and the whole duration; the menu
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: talkdesk, report: calls}
"""

_SETTINGS = {"record": "contact", **CSV}
_SECONDS = {"unit": "s", "empty": "0"}
_DAYS = {"unit": "day", "snap": "1 s", "empty": "0"}
_YES = ["Yes", "yes", "TRUE", "True", "true"]
_IN = ["inbound", "missed", "abandoned", "short_abandoned", "voicemail"]
_WITHIN = {"talk": "lasted"}
_STATES = {
    "offered": {"type": _IN},
    "answered": {"type": ["inbound", "outbound"]},
    "abandoned": {"type": ["abandoned", "short_abandoned"]},
    "missed": {"type": "missed"},
    "voicemail": {"type": "voicemail"},
    "transferred": {"transfer": {"filled": "true"}},
}


def _direction(column: str) -> dict[str, object]:
    """Outbound types begin with that word; all others came in."""
    return {
        "pick": [
            {"value": "outbound", "when": {column: {"begins": "outbound"}}},
            {"value": "inbound", "when": {column: {"not_begins": "outbound"}}},
        ]
    }


SINCE_MAY = Generation(
    "from 11 May 2026",
    {
        **_SETTINGS,
        "zone": None,
        "columns": {
            "id": "call_id",
            "start": {"column": "start_at", "format": "iso"},
            "type": "type",
            "direction": _direction("type"),
            "queue": {"column": "ring_groups", "split": "+"},
            "agent": "user_name",
            "customer": {"column": "contact_phone_number", "phone": "true"},
            "outcome": "disposition_code",
            "transfer": {"pick": [{"column": "is_transfer", "when": {"is_transfer": _YES}}]},
            "wait": {"column": "wait_time", **_SECONDS},
            "ring": {"column": "total_ringing_time", **_SECONDS},
            "talk": {"column": "talk_time", **_SECONDS},
            "hold": {"column": "hold_time", **_SECONDS},
            "duration": {"column": "total_time", **_SECONDS},
            "ended": {"column": "end_at", "format": "iso"},
            "lasted": {"from": "start", "to": "ended"},
        },
        "within": _WITHIN,
        "states": _STATES,
    },
)
UNTIL_MAY = Generation(
    "until 11 May 2026",
    {
        **_SETTINGS,
        "zone": "UTC",
        "columns": {
            "id": "interaction_id",
            "start": {"column": "start_time", "format": "iso"},
            "type": "call_type",
            "direction": _direction("call_type"),
            "queue": "phone_display_name",
            "agent": "agent_name",
            "customer": {"column": "customer_phone_number", "phone": "true"},
            "outcome": "disposition_code",
            "transfer": {"pick": [{"column": "transfer?", "when": {"transfer?": _YES}}]},
            "wait": {"column": "waiting_time", **_DAYS},
            "talk": {"column": "talk_time", **_DAYS},
            "hold": {"column": "holding_time", **_DAYS},
            "ended": {"column": "end_time", "format": "iso"},
            "lasted": {"from": "start", "to": "ended"},
        },
        "within": _WITHIN,
        "states": _STATES,
    },
)
_KIND = "Contact Type"
CONTACTS = Generation(
    "contacts",
    {
        **_SETTINGS,
        "columns": {
            "id": "Contact ID",
            "interaction": "Interaction ID",
            "start": {"column": "Started At", "format": "iso"},
            "direction": "Direction",
            "queue": {"column": "Ring Groups", "split": "+"},
            "agent": "User Name",
            "customer": {"column": "Contact Person Number", "phone": "true"},
            "outcome": _KIND,
            "transfer": {"pick": [{"column": "Transfer Out (Yes/No)", "when": {"Transfer Out (Yes/No)": _YES}}]},
            "wait": {"column": "Wait Time", **_SECONDS},
            "ring": {"column": "Ring Time", **_SECONDS},
            "talk": {"column": "Talk Time", **_SECONDS},
            "hold": {"column": "Hold Time", **_SECONDS},
            "wrap": {"column": "After Call Work Time", **_SECONDS},
            "duration": {"column": "Duration", **_SECONDS},
        },
        "within": {"talk": "duration"},
        "states": {
            "offered": {"outcome": ["Answered", "Missed", "Abandoned", "Short Abandoned", "Voicemail"]},
            "answered": {"outcome": ["Answered", "Connected"]},
            "abandoned": {"outcome": ["Abandoned", "Short Abandoned"]},
            "missed": {"outcome": "Missed"},
            "voicemail": {"outcome": "Voicemail"},
            "transferred": {"transfer": {"filled": "true"}},
        },
    },
)
REPORTS: Reports = {"calls": (SINCE_MAY, UNTIL_MAY), "contacts": (CONTACTS,)}


class Talkdesk(Platform):
    """Talkdesk calls and contacts."""

    reader: Literal["talkdesk"] = Field(description="`talkdesk`")
    report: Literal["calls", "contacts"] = Field(description="which of its reports")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"calls": "A", "contacts": "A"}

"""Ringover: calls, under the names that its interface documents.

Grade B: the vendor documents the fields; the header of its CSV was not confirmed. Override `columns:` where yours has
others.

What it takes for what
- id: `cdr_id`; start: `start_time`, UTC
- offered: direction `in`; answered: `is_answered`; abandoned: offered, not answered, not voicemail; missed,
  voicemail: by `last_state`
- wait: from `start_time` to `answered_time`, or to `end_time` when abandoned, a menu included; talk:
  `incall_duration`; duration: `total_duration`; ring, hold, wrap: not in it
- agent: `user`, when answered; queue: `to_number`, inbound only; customer: `contact_number`; outcome: `last_state`

What it cannot know
- hold and after-call work, how long a menu lasted
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: ringover}
"""

_MAILBOX = ["VOICEMAIL"]
CALLS = Generation(
    "calls",
    {
        "record": "contact",
        "delimiter": ",",
        "encoding": "utf-8",
        "decimal": ".",
        "zone": None,
        "columns": {
            "id": "cdr_id",
            "start": {"column": "start_time", "format": "iso"},
            "until": {
                "pick": [
                    {"column": "answered_time", "when": {"direction": "in", "is_answered": "true"}},
                    {
                        "column": "end_time",
                        "when": {"direction": "in", "is_answered": "false", "last_state": {"not": _MAILBOX}},
                    },
                ],
                "format": "iso",
            },
            "direction": "direction",
            "queue": {"pick": [{"column": "to_number", "when": {"direction": "in"}}]},
            "agent": {"pick": [{"column": "user", "when": {"is_answered": "true"}}]},
            "customer": {"column": "contact_number", "phone": "true"},
            "outcome": "last_state",
            "answer": "is_answered",
            "wait": {"from": "start", "to": "until"},
            "talk": {"column": "incall_duration", "unit": "s", "empty": "0"},
            "duration": {"column": "total_duration", "unit": "s"},
        },
        "within": {"talk": "duration"},
        "states": {
            "offered": {"direction": "in"},
            "answered": {"answer": "true"},
            "abandoned": {"direction": "in", "answer": "false", "outcome": {"not": _MAILBOX}},
            "outbound": {"direction": "out"},
            "missed": {"outcome": "MISSED"},
            "voicemail": {"outcome": _MAILBOX},
        },
    },
    signature=("hangup_by",),
)
REPORTS: Reports = {"calls": (CALLS,)}


class Ringover(Platform):
    """Ringover calls."""

    reader: Literal["ringover"] = Field(description="`ringover`")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"calls": "B"}

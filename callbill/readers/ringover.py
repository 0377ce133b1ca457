"""Ringover: calls, under the names that its interface documents.

Grade B: the vendor documents the fields; the header of its CSV was not confirmed. Override `columns:` where yours has
others.

What it takes for what
- id: `cdr_id` of the first leg; a transfer, or a menu, makes several rows of one `call_id`, which are legs of one call
- start: `start_time` of the first leg, with its offset or `Z`
- offered: direction `in`, and not a fax; answered: `is_answered` of a leg; abandoned: offered, not answered, not
  voicemail; missed, voicemail: by the `last_state` of the last leg
- wait: inbound, from the start to the first `answered_time`, or to `end_time` when abandoned, a menu included; talk:
  `incall_duration`; duration: `total_duration`, of several legs their sum; ring, hold, wrap: not in it
- agent: `user` of the first answered leg; queue: `to_number` of the first, inbound only; customer: `contact_number`;
  outcome: `last_state` of the last leg

What it cannot know
- hold and after-call work, how long a menu lasted
- whether a call that only heard an announcement wanted an agent: it counts as abandoned
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: ringover}
"""

_YES, _NO = ["true", "True"], ["false", "False"]
_MAILBOX = ["VOICEMAIL"]
_FAX = ["FAX_RECEIVED", "FAX_FAILED", "FAX_OUT_SENT", "FAX_OUT_NOT_SENT"]
_ANSWERED = {"is_answered": _YES}
CALLS = Generation(
    "calls",
    {
        "record": "contact",
        **CSV,
        "zone": None,
        "columns": {
            "id": "cdr_id",
            "call": "call_id",
            "start": {"column": "start_time", "format": "iso"},
            "until": {
                "pick": [
                    {"column": "answered_time", "when": {"direction": "in", **_ANSWERED}},
                    {
                        "column": "end_time",
                        "when": {"direction": "in", "is_answered": _NO, "last_state": {"not": [*_MAILBOX, *_FAX]}},
                    },
                ],
                "format": "iso",
            },
            "direction": "direction",
            "queue": {"pick": [{"column": "to_number", "when": {"direction": "in"}}]},
            "agent": {"pick": [{"column": "user", "when": _ANSWERED}]},
            "customer": {"column": "contact_number", "phone": "true"},
            "outcome": "last_state",
            "answer": {"pick": [{"column": "is_answered", "when": _ANSWERED}]},
            "wait": {"from": "start", "to": "until"},
            "talk": {"column": "incall_duration", "unit": "s", "empty": "0"},
            "duration": {"column": "total_duration", "unit": "s"},
        },
        "legs": {
            "of": "call",
            "fields": {
                "outcome": "last",
                "until": {"take": "last", "until": "answer"},
                "wait": "span",
                "talk": "sum",
                "duration": "sum",
            },
        },
        "within": {"talk": "duration"},
        "states": {
            "offered": {"direction": "in", "outcome": {"not": _FAX}},
            "answered": {"answer": {"filled": "true"}},
            "abandoned": {
                "direction": "in",
                "answer": {"filled": "false"},
                "outcome": {"not": [*_MAILBOX, *_FAX]},
            },
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

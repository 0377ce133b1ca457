"""RingCentral: the call log, a row a leg, under the names that its interface documents.

Grade B: the vendor documents the fields; the header of a CSV was not confirmed. Names inside `to` and `from` are
written with a dot, `to.phoneNumber`. Override `columns:` where yours has others.

What it takes for what
- id: `sessionId`; its rows are the legs of one call, and each repeats the call's duration, which is taken once
- start: `startTime` of the first leg, UTC
- offered: inbound voice; answered: a leg to an extension is Accepted, or an outbound call is `Call connected`;
  abandoned: offered, not answered, no voicemail; missed, voicemail: by `result`; a fax is none of these
- duration: `duration`; wait, ring, talk, hold, wrap: not in it, since it does not tell talk from waiting
- agent: `to.name` of the first accepted leg to an extension, `from.name` when outbound; queue: the number that was
  dialled, inbound only; customer: `from.phoneNumber`, `to.phoneNumber` when outbound; outcome: the last `result`

What it cannot know
- how long anybody waited or spoke; who answered, in a log of calls without their legs, where no inbound call is
  answered: declare `states:` then
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: ringcentral}
"""

_ACCEPTED = {"direction": "Inbound", "type": "Voice", "result": "Accepted", "to.extensionNumber": {"not": ""}}
_CONNECTED = {"direction": "Outbound", "type": "Voice", "result": "Call connected"}
CALL_LOG = Generation(
    "call_log",
    {
        "record": "contact",
        **CSV,
        "zone": None,
        "columns": {
            "id": "sessionId",
            "leg": "id",
            "start": {"column": "startTime", "format": "iso"},
            "type": "type",
            "direction": "direction",
            "queue": {"pick": [{"column": "to.phoneNumber", "when": {"direction": "Inbound"}}]},
            "agent": {"pick": [{"column": "to.name", "when": _ACCEPTED}, {"column": "from.name", "when": _CONNECTED}]},
            "spoken": {"pick": [{"column": "result", "when": _ACCEPTED}, {"column": "result", "when": _CONNECTED}]},
            "customer": {
                "pick": [
                    {"column": "from.phoneNumber", "when": {"direction": "Inbound"}},
                    {"column": "to.phoneNumber", "when": {"direction": "Outbound"}},
                ],
                "phone": "true",
            },
            "mailbox": {"pick": [{"column": "result", "when": {"result": "Voicemail"}}]},
            "outcome": "result",
            "duration": {"column": "duration", "unit": "s"},
        },
        "id": "leg",
        "legs": {"of": "id", "fields": {"duration": "max", "outcome": "last"}},
        "states": {
            "offered": {"direction": "Inbound", "type": "Voice"},
            "answered": {"spoken": {"filled": "true"}},
            "abandoned": {
                "direction": "Inbound",
                "type": "Voice",
                "spoken": {"filled": "false"},
                "mailbox": {"filled": "false"},
            },
            "outbound": {"direction": "Outbound"},
            "missed": {"outcome": "Missed"},
            "voicemail": {"mailbox": {"filled": "true"}},
        },
    },
    signature=("action",),
)
REPORTS: Reports = {"call_log": (CALL_LOG,)}


class Ringcentral(Platform):
    """RingCentral call log."""

    reader: Literal["ringcentral"] = Field(description="`ringcentral`")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"call_log": "B"}

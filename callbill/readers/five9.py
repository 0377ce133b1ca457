"""Five9: the call log and the inbound call log.

Grade A: the columns of real exports.

What it takes for what
- id: `CALL ID`; a transferred call is several rows with one id: they are its legs, joined, in the order of their
  stamps
- start: `TIMESTAMP` in the tenant's zone, which the contract says (`America/Los_Angeles` in the exports that were
  seen)
- offered: inbound, and the call waited, rang, had an agent or was abandoned; answered: a leg with an agent and some
  `TALK TIME`; abandoned: `ABANDONED` is 1 and nobody answered; voicemail: `CALL TYPE` Inbound Voicemail; transferred:
  more than one leg
- wait: `QUEUE WAIT TIME`, to the millisecond, summed over the legs up to the first that was answered; ring: `RING
  TIME`; talk: `TALK TIME` less `HOLD TIME` and `PARK TIME`, which it holds; hold: `HOLD TIME`; wrap: `AFTER CALL WORK
  TIME`, these summed over all legs; ivr: `IVR TIME` of the first leg, which a transfer repeats
- agent: `AGENT NAME` of the first leg with an agent (`[None]` is nobody); queue: the first `CAMPAIGN`, in the inbound
  log the first `SKILL`; customer: `ANI` of inbound calls, else `DNIS`; outcome: the last `DISPOSITION`
- duration: `CALL TIME` of a call of one leg; of several it overlaps, and no row states the whole; `BILL TIME
  (ROUNDED)` is Five9's own and not read

What it cannot know
- the agent's id; in the call log the skill; in the inbound log voicemail; whether a machine answered an outbound call
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: five9, report: call_log, zone: America/Los_Angeles}
"""

_ZERO = ["", "0", "0:00:00", "00:00:00", "00:00:00.000"]
_AGENT = {"AGENT": {"not": "[None]"}}
_CLOCK = {"unit": "h:mm:ss", "empty": "0"}
_SHARED = {
    "id": "CALL ID",
    "start": {"column": "TIMESTAMP", "format": "%a, %d %b %Y %H:%M:%S"},
    "agent": {"pick": [{"column": "AGENT NAME", "when": _AGENT}]},
    "outcome": "DISPOSITION",
    "left": {"pick": [{"column": "ABANDONED", "when": {"ABANDONED": "1"}}]},
    "spoken": {"pick": [{"column": "AGENT", "when": {**_AGENT, "TALK TIME": {"not": _ZERO}}}]},
    "reached": {
        "pick": [
            {"column": "AGENT", "when": _AGENT},
            {"column": "ABANDONED", "when": {"ABANDONED": "1"}},
            {"column": "QUEUE WAIT TIME", "when": {"QUEUE WAIT TIME": {"not": _ZERO}}},
            {"column": "RING TIME", "when": {"RING TIME": {"not": _ZERO}}},
        ]
    },
    "leg": "CALL ID",
    "wait": {"column": "QUEUE WAIT TIME", **_CLOCK},
    "ring": {"column": "RING TIME", **_CLOCK},
    "conversation": {"column": "TALK TIME", **_CLOCK},
    "hold": {"column": "HOLD TIME", **_CLOCK},
    "park": {"column": "PARK TIME", **_CLOCK},
    "talk": {"sum": "conversation - hold - park"},
    "wrap": {"column": "AFTER CALL WORK TIME", **_CLOCK},
    "ivr": {"column": "IVR TIME", **_CLOCK},
    "duration": {"column": "CALL TIME", **_CLOCK},
}
_SETTINGS = {
    "record": "contact",
    **CSV,
    "nulls": "[None]",
    "within": {"conversation": "duration"},
}
_LEGS = {
    **dict.fromkeys(("ring", "conversation", "hold", "park", "talk", "wrap"), "sum"),
    "wait": {"take": "sum", "until": "spoken"},
    "duration": {"take": "max", "legs": "only"},
    "ivr": {"take": "first", "legs": "first"},
    "outcome": "last",
    "leg": {"take": "first", "legs": "others"},
}
_STATES = {
    "answered": {"spoken": {"filled": "true"}},
    "abandoned": {"left": {"filled": "true"}, "spoken": {"filled": "false"}},
    "transferred": {"leg": {"filled": "true"}},
}
_INBOUND = ["Inbound", "Inbound Voicemail"]
CALL_LOG = Generation(
    "call_log",
    {
        **_SETTINGS,
        "columns": {
            **_SHARED,
            "direction": "CALL TYPE",
            "queue": "CAMPAIGN",
            "customer": {
                "pick": [
                    {"column": "ANI", "when": {"CALL TYPE": _INBOUND}},
                    {"column": "DNIS", "when": {"CALL TYPE": {"not": _INBOUND}}},
                ],
                "phone": "true",
            },
        },
        "legs": {
            "of": "id",
            "fields": {
                **_LEGS,
                **{name: {"take": "first", "legs": "first"} for name in ("direction", "customer")},
            },
        },
        "states": {
            "offered": {"direction": _INBOUND, "reached": {"filled": "true"}},
            **_STATES,
            "voicemail": {"direction": "Inbound Voicemail"},
        },
    },
)
INBOUND_CALL_LOG = Generation(
    "inbound_call_log",
    {
        **_SETTINGS,
        "columns": {**_SHARED, "queue": "SKILL", "customer": {"column": "ANI", "phone": "true"}},
        "legs": {"of": "id", "fields": {**_LEGS, "customer": {"take": "first", "legs": "first"}}},
        "states": {"offered": {"reached": {"filled": "true"}}, **_STATES},
    },
    signature=("IVR PATH",),
)
REPORTS: Reports = {"call_log": (CALL_LOG,), "inbound_call_log": (INBOUND_CALL_LOG,)}


class Five9(Platform):
    """Five9 call log and inbound call log."""

    reader: Literal["five9"] = Field(description="`five9`")
    report: Literal["call_log", "inbound_call_log"] = Field(description="which of its reports")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"call_log": "A", "inbound_call_log": "A"}

"""Vocalcom Hermes: the calls of the table ODCalls.

Grade A: the columns of a real export. Which separator and line end an export has is chosen when it is made: override
`delimiter:` where yours is not a comma.

What it takes for what
- id: `ID`; start: `CallUniversalTime`, UTC without a mark (`CallLocalTime` beside it shows the offset)
- offered: `CallType` 1 and a `FirstQueue`, so neither closed nor menu only; answered: `FirstAgent` is somebody;
  abandoned: the flag `Abandon`; a call that found no agent is neither
- wait: `TotalWaitDuration`, all queues (`WaitDuration` is the last one's); talk: `ConvDuration`; wrap:
  `WrapupDuration`; ivr: `IvrDuration`; duration: `Duration`, in whole seconds; ring, hold: not in it
- agent: `FirstAgent`; queue: `FirstQueue`; customer: `ANI`, of outbound calls `OutTel`; outcome: `CallStatusNum`;
  direction: `CallType`
- `NULL` is an empty cell

What it cannot know
- hold; what the numbers of agents, queues and outcomes stand for
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: vocalcom}
"""

CALLS = Generation(
    "calls",
    {
        "record": "contact",
        **CSV,
        "zone": "UTC",
        "nulls": "NULL",
        "columns": {
            "id": "ID",
            "start": {"column": "CallUniversalTime", "format": "iso"},
            "direction": "CallType",
            "queue": "FirstQueue",
            "agent": "FirstAgent",
            "customer": {
                "pick": [
                    {"column": "ANI", "when": {"ANI": {"not": ["NULL", ""]}}},
                    {"column": "OutTel", "when": {"OutTel": {"not": ["NULL", ""]}}},
                ],
                "phone": "true",
            },
            "outcome": "CallStatusNum",
            "left": "Abandon",
            "wait": {"column": "TotalWaitDuration", "unit": "s"},
            "talk": {"column": "ConvDuration", "unit": "s"},
            "wrap": {"column": "WrapupDuration", "unit": "s"},
            "ivr": {"column": "IvrDuration", "unit": "s"},
            "duration": {"column": "Duration", "unit": "s"},
        },
        "states": {
            "offered": {"direction": "1", "queue": {"filled": "true"}},
            "answered": {"agent": {"filled": "true"}},
            "abandoned": {"left": "1"},
            "outbound": {"direction": {"not": "1"}},
        },
    },
    signature=("OverflowDuration",),
)
REPORTS: Reports = {"calls": (CALLS,)}


class Vocalcom(Platform):
    """Vocalcom Hermes ODCalls."""

    reader: Literal["vocalcom"] = Field(description="`vocalcom`")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"calls": "A"}

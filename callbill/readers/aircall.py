"""Aircall: the calls export of the dashboard, in its three generations.

Grade A: the current export of 41 columns, all lower case (v3); the older ones with capitals (v1, and v2 with an `IVR
Branch` column), as CSV or XLSX. Their headers tell them apart.

What it takes for what
- id: `call id`; the older exports have none, and every row is a call of its own. A transferred call is one row under
  its last user and line
- start: the UTC stamp. `datetime (tz offset incl.)` is not read: it is local time only where the number's zone is set
- offered: inbound, neither left in the menu nor out of hours; answered: `answered` is Yes, of outbound calls too;
  abandoned: `missed_call_reason` short_abandoned or abandoned_in_classic; missed: no_available_agent or
  agents_did_not_answer, without a voicemail; voicemail: inbound, with one
- wait: `waiting time` (v3), in which the vendor counts the menu; ivr: `time in ivr` (v3); talk: `duration (in call)`,
  whole seconds, the same as the clock in `in-call duration`; duration: `duration (total)`; ring, hold, wrap: not in
  it
- agent: `user`; queue: `line`; customer: `from`, of outbound calls `to`; outcome: `missed_call_reason`

What it cannot know
- hold and after-call work, who answered first; in v1 and v2 the wait, and whether two equal rows are one call
- that two spellings are one agent: `check` reports them
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: aircall}
"""

_LEFT = ["short_abandoned", "abandoned_in_classic"]
_NOBODY = ["no_available_agent", "agents_did_not_answer"]
_STATES = {
    "offered": {"direction": "inbound", "outcome": {"not": ["abandoned_in_ivr", "out_of_opening_hours"]}},
    "answered": {"answer": "Yes"},
    "abandoned": {"outcome": _LEFT},
    "missed": {"outcome": _NOBODY, "mailbox": {"filled": "false"}},
    "voicemail": {"mailbox": {"filled": "true"}},
    "outbound": {"direction": "outbound"},
}


def _generation(name: str, stamp: str, signature: tuple[str, ...], more: dict[str, object]) -> Generation:
    """One form of the export; the newest has columns that the others lack."""
    columns = {
        "id": {"column": "call id", "optional": "true"},
        "start": {"column": stamp, "format": "iso"},
        "direction": "direction",
        "queue": "line",
        "agent": "user",
        "customer": {
            "pick": [
                {"column": "from", "when": {"direction": "inbound"}},
                {"column": "to", "when": {"direction": "outbound"}},
            ],
            "phone": "true",
        },
        "answer": "answered",
        "outcome": "missed_call_reason",
        "mailbox": {"pick": [{"column": "voicemail", "when": {"direction": "inbound"}}]},
        "talk": {"column": "duration (in call)", "unit": "s", "empty": "0"},
        "duration": {"column": "duration (total)", "unit": "s", "empty": "0"},
    }
    return Generation(
        name,
        {
            "record": "contact",
            **CSV,
            "zone": "UTC",
            "nulls": "[No associated user]",
            "columns": {**columns, **more},
            "within": {"talk": "duration"},
            "states": _STATES,
        },
        signature,
    )


CALLS = (
    _generation(
        "v3",
        "datetime (utc)",
        ("ivr branch", "call timeline"),
        {
            "id": "call id",
            "wait": {"column": "waiting time", "unit": "h:mm:ss", "empty": "0"},
            "ivr": {"column": "time in ivr", "unit": "h:mm:ss", "empty": "0"},
        },
    ),
    _generation("v2", "datetime (UTC)", ("via", "IVR Branch"), {}),
    _generation("v1", "datetime (UTC)", ("via",), {}),
)
REPORTS: Reports = {"calls": CALLS}


class Aircall(Platform):
    """Aircall calls export."""

    reader: Literal["aircall"] = Field(description="`aircall`")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"calls": "A"}

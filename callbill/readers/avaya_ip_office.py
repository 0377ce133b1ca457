"""Avaya IP Office: the SMDR log of calls.

Grade A for the 15 columns that a public reader of the log takes; units of today write 30 of which the sixteenth is
hold and the seventeenth park (grade B). Both are read.

What it takes for what
- id: the call id; records of one call id are its legs, between which other calls may stand, and all bear its start
- start: the date and time, the unit's wall clock: the contract says its `zone`
- offered: direction I; answered: a leg connected to an extension (`E…`); abandoned: offered, and neither answered nor
  taken by a voicemail channel (`V…`); internal calls (direction O, internal flag 1) are neither offered nor outbound
- wait: the ring time of inbound calls, which the vendor counts from arrival to answer, queueing included
- talk: the connected time of legs that are not voicemail's; the vendor counts it without ring, hold and park
- hold: the sixteenth column, where there is one; wrap, duration: not in it
- agent: party 1's name on the first connected leg of an extension; queue: the called number, inbound only; customer:
  the caller, or the called number when outbound; outcome: not in it

What it cannot know
- after-call work, a disposition, how long an extension rang
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: avaya_ip_office, zone: Europe/Paris}
"""

_TALKED = {"2": {"not": "00:00:00"}}
SMDR = Generation(
    "smdr",
    {
        "record": "contact",
        "delimiter": ",",
        "encoding": "utf-8",
        "decimal": ".",
        "header": "false",
        "columns": {
            "id": "10",
            "start": {"column": "1", "format": "%Y/%m/%d %H:%M:%S"},
            "more": {"pick": [{"column": "11", "when": {"11": "1"}}]},
            "direction": "5",
            "internal": "9",
            "queue": {"pick": [{"column": "6", "when": {"5": "I"}}]},
            "agent": {"pick": [{"column": "13", "when": {"12": {"begins": "E"}, **_TALKED}}]},
            "spoken": {"pick": [{"column": "12", "when": {"12": {"begins": "E"}, **_TALKED}}]},
            "mailbox": {"pick": [{"column": "12", "when": {"12": {"begins": "V"}, **_TALKED}}]},
            "customer": {
                "pick": [{"column": "4", "when": {"5": "I"}}, {"column": "6", "when": {"5": "O", "9": "0"}}],
                "phone": "true",
            },
            "wait": {"pick": [{"column": "3", "when": {"5": "I"}}], "unit": "s"},
            "connected": {"column": "2", "unit": "h:mm:ss"},
            "recorded": {"pick": [{"column": "2", "when": {"12": {"begins": "V"}}}], "unit": "h:mm:ss"},
            "talk": {"sum": "connected - recorded"},
            "hold": {"column": "16", "unit": "s", "optional": "true", "empty": "0"},
        },
        "legs": {
            "of": "id",
            "order": ["start", "more"],
            "fields": {
                "wait": "sum",
                "connected": "sum",
                "recorded": "sum",
                "talk": "sum",
                "hold": "sum",
            },
        },
        "states": {
            "offered": {"direction": "I"},
            "answered": {"spoken": {"filled": "true"}},
            "abandoned": {"direction": "I", "spoken": {"filled": "false"}, "mailbox": {"filled": "false"}},
            "outbound": {"direction": "O", "internal": "0"},
            "voicemail": {"mailbox": {"filled": "true"}},
        },
    },
    cells=(15, 30),
)
REPORTS: Reports = {"smdr": (SMDR,)}


class AvayaIpOffice(Platform):
    """Avaya IP Office SMDR."""

    reader: Literal["avaya_ip_office"] = Field(description="`avaya_ip_office`")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"smdr": "A"}

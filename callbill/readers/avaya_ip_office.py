"""Avaya IP Office: the SMDR log of calls.

Grade A for rows of 15 columns, which a public reader of the log takes, and of 34, as in a public log; units of other
releases write 30 (grade B). In the longer rows the sixteenth column is hold and the seventeenth park. A log to which
somebody has added a header is read with `skip: 1`.

What it takes for what
- id: the call id; records of one call id and one start are its legs, between which other calls may stand. Every leg
  bears the start of its call; a unit that was restarted counts its call ids from 1000000 again
- start: the date and time, the unit's wall clock: the contract says its `zone`
- offered: direction I; answered: a leg that joined an extension (`E…`, party 1) to anybody but voicemail; abandoned:
  offered, and neither answered nor taken by a voicemail channel; voicemail: a leg with a voicemail channel (`V9…`) as
  either party; outbound: direction O to a trunk (`T…`, party 2). Internal calls are neither offered nor outbound
- wait: the ring time of inbound calls until somebody answered, which the vendor counts from arrival to answer,
  queueing included
- talk: the connected time of legs that are not voicemail's; the vendor counts it without ring, hold and park
- hold: the sixteenth column, where there is one; ring, wrap, duration: not in it
- agent: party 1's name on the first answered leg; queue: the called number, inbound only; customer: the caller, or
  the called number when outbound; outcome: not in it

What it cannot know
- after-call work, a disposition, how long an extension rang
- the order of the legs of one call, save that the last one has no continuation mark: with three legs or more the
  first agent may be another
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: avaya_ip_office, zone: Europe/Paris}
"""

_VOICEMAIL = {"begins": "V9"}
_CONNECTED = {"2": {"not": ["00:00:00", "0:00:00"]}}
_SPOKEN = {"12": {"begins": "E"}, "14": {"not_begins": "V9"}, **_CONNECTED}
_TO_TRUNK = {"5": "O", "14": {"begins": "T"}}
_INBOUND = {"5": "I"}
SMDR = Generation(
    "smdr",
    {
        "record": "contact",
        **CSV,
        "header": "false",
        "columns": {
            "id": "10",
            "start": {"column": "1", "format": "%Y/%m/%d %H:%M:%S"},
            "more": {"pick": [{"column": "11", "when": {"11": "1"}}]},
            "direction": "5",
            "trunk": {"pick": [{"column": "14", "when": _TO_TRUNK}]},
            "queue": {"pick": [{"column": "6", "when": _INBOUND}]},
            "agent": {"pick": [{"column": "13", "when": _SPOKEN}]},
            "spoken": {"pick": [{"column": "12", "when": _SPOKEN}]},
            "mailbox": {
                "pick": [
                    {"column": "12", "when": {"12": _VOICEMAIL, **_CONNECTED}},
                    {"column": "14", "when": {"14": _VOICEMAIL, **_CONNECTED}},
                ]
            },
            "customer": {
                "pick": [{"column": "4", "when": _INBOUND}, {"column": "6", "when": _TO_TRUNK}],
                "phone": "true",
            },
            "wait": {"pick": [{"column": "3", "when": _INBOUND}], "unit": "s"},
            "connected": {"column": "2", "unit": "h:mm:ss"},
            "recorded": {
                "pick": [{"column": "2", "when": {"12": _VOICEMAIL}}, {"column": "2", "when": {"14": _VOICEMAIL}}],
                "unit": "h:mm:ss",
            },
            "talk": {"sum": "connected - recorded"},
            "hold": {"column": "16", "unit": "s", "optional": "true", "empty": "0"},
        },
        "legs": {
            "of": ["id", "start"],
            "order": ["more"],
            "fields": {
                "wait": {"take": "sum", "until": "spoken"},
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
            "outbound": {"trunk": {"filled": "true"}},
            "voicemail": {"mailbox": {"filled": "true"}},
        },
    },
    cells=(15, 30, 34),
)
REPORTS: Reports = {"smdr": (SMDR,)}


class AvayaIpOffice(Platform):
    """Avaya IP Office SMDR."""

    reader: Literal["avaya_ip_office"] = Field(description="`avaya_ip_office`")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"smdr": "A"}

"""3CX: the log of call legs (`cdr.log`, V16 to V18) and the call report of the web client (V20).

Grade A: the fields and their order are those of the product's default; the order is a setting, so a log in another
order is declared by position with `reader: generic`. Every second line of the log may be blank, and an export script
may add a copyright line at its end.

What it takes for what
- id: the call id; rows of one call id are its legs, joined; a ring group rings several extensions, each a leg
- start: the first leg's, the server's wall clock: the contract says its `zone`
- cdr_log: an agent spoke on a leg that has a time answered and reached an Extension (menus, queues, ring groups and
  voicemail set that time too), or an ExternalLine when the call comes from an extension. offered: not from an
  extension, and some leg was for more than a menu; abandoned: offered, not answered, no voicemail
- cdr_log: talk: the stated durations of the legs that an agent spoke on; agent: that leg's final number; queue: the
  number that the first leg was for; customer: from or to; outcome: the last leg's reason; wait, ring, hold, wrap: not
  in it
- call_report: answered: a row with Status Answered that is neither a queue's nor a voicemail's; wait: Ringing of the
  queue's rows; ring: Ringing of the others, summed; talk: Talking; agent: To, or From when outbound; queue: To of the
  queue's row; customer: From or To; outcome: the last Status; direction: the first row's. `Durand (+33…)` stays as it
  is written

What it cannot know
- hold and after-call work; in the log, how long the queue lasted apart from ringing and menu
- in the report, a menu that answers from an agent
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: threecx, report: cdr_log, zone: Europe/Paris}
"""

_EXTENSION, _LINE, _MAILBOX = "Extension", "ExternalLine", "VoiceMail"
_SPOKEN = (
    {"5": {"not": ""}, "8": {"not": ""}, "27": _EXTENSION},
    {"5": {"not": ""}, "8": {"not": ""}, "27": "", "26": _EXTENSION},
)
"""An agent's leg: answered, and it reached an extension at last or from the start."""
_SENT = (
    {"5": {"not": ""}, "8": {"begins": "Ext."}, "27": _LINE},
    {"5": {"not": ""}, "8": {"begins": "Ext."}, "27": "", "26": _LINE},
)
"""A leg from an extension to an outside line, answered."""
CDR_LOG = Generation(
    "cdr_log",
    {
        "record": "contact",
        "delimiter": ",",
        "encoding": "utf-8",
        "decimal": ".",
        "header": "false",
        "trailer": ["Copyright", "(c)", "©"],
        "columns": {
            "id": "2",
            "leg": "1",
            "start": {"column": "4", "format": "%Y/%m/%d %H:%M:%S"},
            "inside": {"pick": [{"column": "8", "when": {"8": {"begins": "Ext."}}}]},
            "inward": {"pick": [{"column": "9", "when": {"9": {"begins": "Ext."}}}]},
            "called": "11",
            "queue": {"pick": [{"column": "11", "when": {"25": _LINE}}]},
            "agent": {
                "pick": [
                    *({"column": "15", "when": {**one, "15": {"not": ""}}} for one in _SPOKEN),
                    *({"column": "10", "when": {**one, "8": {"begins": "Ext."}}} for one in _SPOKEN),
                    *({"column": "11", "when": one} for one in _SPOKEN),
                    *({"column": "10", "when": one} for one in _SENT),
                ]
            },
            "spoken": {"pick": [{"column": "5", "when": one} for one in (*_SPOKEN, *_SENT)]},
            "mailbox": {
                "pick": [
                    {"column": "27", "when": {"27": _MAILBOX}},
                    {"column": "26", "when": {"27": "", "26": _MAILBOX}},
                ]
            },
            "wanted": {
                "pick": [
                    {"column": "27", "when": {"27": {"not": ["", "Ivr"]}}},
                    {"column": "26", "when": {"27": "", "26": {"not": ["", "Ivr"]}}},
                ]
            },
            "customer": {
                "pick": [
                    {"column": "8", "when": {"25": _LINE}},
                    {"column": "9", "when": {"8": {"begins": "Ext."}, "26": _LINE}},
                ],
                "phone": "true",
            },
            "outcome": "7",
            "talk": {"pick": [{"column": "3", "when": one} for one in (*_SPOKEN, *_SENT)], "unit": "h:mm:ss"},
        },
        "legs": {
            "of": "id",
            "order": ["start", "leg"],
            "fields": {
                "talk": "sum",
                "outcome": "last",
                "inside": {"take": "first", "legs": "first"},
                "inward": {"take": "first", "legs": "first"},
                "queue": {"take": "first", "legs": "first"},
                "customer": {"take": "first", "legs": "first"},
            },
        },
        "states": {
            "offered": {"inside": {"filled": "false"}, "wanted": {"filled": "true"}},
            "answered": {"spoken": {"filled": "true"}},
            "abandoned": {
                "inside": {"filled": "false"},
                "wanted": {"filled": "true"},
                "spoken": {"filled": "false"},
                "mailbox": {"filled": "false"},
            },
            "outbound": {"inside": {"filled": "true"}, "inward": {"filled": "false"}},
            "voicemail": {"mailbox": {"filled": "true"}},
        },
    },
    cells=(27,),
)
_ENGLISH = ("Call Time", "Call ID", "From", "To", "Direction", "Status", "Ringing", "Talking")
_FRENCH = ("Date/Heure", "ID d'appel", "De", "Vers", "Sens", "Statut", "Sonnerie", "Conversation")


def _report(name: str, headers: tuple[str, ...]) -> Generation:
    """The report under the headers of one language; the words in its cells stay English in both."""
    moment, call, sender, target, direction, status, ringing, talking = headers
    queue, mailbox = "Inbound Queue", "Voicemail"
    person = {status: "Answered", direction: {"not": queue}, target: {"not_begins": mailbox}}
    rung = {direction: {"not": queue}}
    return Generation(
        name,
        {
            "record": "contact",
            "delimiter": ",",
            "encoding": "utf-8",
            "decimal": ".",
            "trailer": "Totals",
            "columns": {
                "id": call,
                "start": {"column": moment, "format": "iso"},
                "direction": direction,
                "queue": {"pick": [{"column": target, "when": {direction: queue}}]},
                "mailbox": {"pick": [{"column": target, "when": {target: {"begins": mailbox}}}]},
                "agent": {
                    "pick": [
                        {"column": target, "when": {**person, direction: "Inbound"}},
                        {"column": sender, "when": {**person, direction: {"not_begins": "Inbound"}}},
                    ]
                },
                "customer": {
                    "pick": [
                        {"column": sender, "when": {direction: {"begins": "Inbound"}}},
                        {"column": target, "when": {direction: "Outbound"}},
                    ],
                    "phone": "true",
                },
                "outcome": status,
                "wait": {"pick": [{"column": ringing, "when": {direction: queue}}], "unit": "h:mm:ss"},
                "ring": {"pick": [{"column": ringing, "when": rung}], "unit": "h:mm:ss"},
                "talk": {
                    "pick": [{"column": talking, "when": {target: {"not_begins": mailbox}}}],
                    "unit": "h:mm:ss",
                },
            },
            "legs": {
                "of": "id",
                "fields": {
                    "wait": {"take": "sum", "until": "agent"},
                    "ring": "sum",
                    "talk": "sum",
                    "outcome": "last",
                    "direction": {"take": "first", "legs": "first"},
                },
            },
            "states": {
                "offered": {"direction": ["Inbound", queue]},
                "answered": {"agent": {"filled": "true"}},
                "abandoned": {
                    "direction": ["Inbound", queue],
                    "agent": {"filled": "false"},
                    "mailbox": {"filled": "false"},
                },
                "outbound": {"direction": "Outbound"},
                "voicemail": {"mailbox": {"filled": "true"}},
            },
        },
    )


CALL_REPORT = (_report("English", _ENGLISH), _report("French", _FRENCH))
REPORTS: Reports = {"cdr_log": (CDR_LOG,), "call_report": CALL_REPORT}


class Threecx(Platform):
    """3CX call log and call report."""

    reader: Literal["threecx"] = Field(description="`threecx`")
    report: Literal["cdr_log", "call_report"] = Field(description="which of its reports")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"cdr_log": "A", "call_report": "A"}

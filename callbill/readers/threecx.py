"""3CX: the log of call legs (`cdr.log`, V16 to V18) and the call report of the web client (V20).

Grade A: the fields and their order are those of the product's default; the order is a setting, so a log in another
order is declared by position with `reader: generic`. Every second line of the log may be blank, and an export script
may add a copyright line at its end. A log has the first 20 fields or all 27. The call report has English or French
headers (the French ones as a public reader of it knows them), the words in its cells are English in both; its moments
are read as `2026-10-01T09:00:05` or with a blank: declare `columns: {start: {column: Call Time, format: …}}` where the
exporting computer wrote another form.

What it takes for what
- id: the call id; rows of one call id are its legs, joined; a ring group rings several extensions, each a leg
- start: the first leg's, the server's wall clock: the contract says its `zone`
- cdr_log: an agent spoke on a leg that has a time answered and reached an Extension (menus, queues, ring groups and
  voicemail set that time too), or an ExternalLine when the call comes from an extension. offered: not from an
  extension, and some leg was for more than a menu; abandoned: offered, not answered, no voicemail
- cdr_log of 20 fields: extensions and voicemail by how their numbers begin, `Ext.` and `VMail.`; everything else is an
  outside line
- cdr_log: talk: the stated durations of the legs that an agent spoke on; agent: that leg's final number; queue: the
  number that the first leg was for; customer: from or to; outcome: the last leg's reason; wait, ring, hold, wrap: not
  in it
- call_report: answered: a row with Status Answered that is neither a queue's nor a voicemail's; wait: Ringing of the
  queue's rows; ring: Ringing of the others, summed; talk: Talking; agent: To, or From when outbound; queue: To of the
  queue's row; customer: From or To; outcome: the last Status; direction: the first row's. `Durand (+33…)` stays as it
  is written

What it cannot know
- hold and after-call work; in the log, how long the queue lasted apart from ringing and menu
- in a log of 20 fields, a menu, queue or ring group that answers from an agent: they all begin with `Ext.`; leave
  theirs out with `where: {agent: {not: ["800"]}}`
- in the report, a menu that answers from an agent
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Plain, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: threecx, report: cdr_log, zone: Europe/Paris}
"""

_EXTENSION, _LINE, _MAILBOX, _MENU = "Extension", "ExternalLine", "VoiceMail", "Ivr"
_ANSWERED = {"5": {"not": ""}}
_INSIDE, _OUTSIDE = {"begins": "Ext."}, {"not_begins": ["Ext.", "VMail."]}


def _reached(kind: object) -> tuple[dict[str, object], ...]:
    """Where a leg came to, by its type: where it was sent on to, or else where it was for."""
    return {"27": kind}, {"27": "", "26": kind}


def _reached_number(kind: object) -> tuple[dict[str, object], ...]:
    """The same in a log without types, by how the number begins."""
    return {"14": kind}, {"14": "", "9": kind}


def _log(name: str, fields: int, agents: Plain, lines: Plain, others: Plain) -> Generation:
    """The log with so many fields: which legs reached an extension or an outside line, and what else tells them."""
    spoken = [{**_ANSWERED, **one} for one in agents["reached"]]
    sent = [{**_ANSWERED, "8": _INSIDE, **one} for one in lines["reached"]]
    return Generation(
        name,
        {
            "record": "contact",
            **CSV,
            "header": "false",
            "trailer": ["Copyright", "(c)", "©"],
            "columns": {
                "id": "2",
                "leg": "1",
                "start": {"column": "4", "format": "%Y/%m/%d %H:%M:%S"},
                "ended": {"column": "6", "format": "%Y/%m/%d %H:%M:%S"},
                "inside": {"pick": [{"column": "8", "when": {"8": _INSIDE}}]},
                "inward": {"pick": [{"column": "9", "when": {"9": _INSIDE}}]},
                "called": "11",
                "queue": {"pick": [{"column": "11", "when": lines["from"]}]},
                "agent": {
                    "pick": [
                        *({"column": "15", "when": {**one, "15": {"not": ""}}} for one in spoken),
                        *({"column": "10", "when": {**one, "8": _INSIDE}} for one in spoken),
                        *({"column": "11", "when": one} for one in spoken),
                        *({"column": "10", "when": one} for one in sent),
                    ]
                },
                "spoken": {"pick": [{"column": "5", "when": one} for one in (*spoken, *sent)]},
                "mailbox": {"pick": [{"column": "2", "when": one} for one in others["mailbox"]]},
                "wanted": {"pick": [{"column": "2", "when": one} for one in others["wanted"]]},
                "customer": {
                    "pick": [
                        {"column": "8", "when": lines["from"]},
                        {"column": "9", "when": {"8": _INSIDE, **lines["to"]}},
                    ],
                    "phone": "true",
                },
                "outcome": "7",
                "talk": {"pick": [{"column": "3", "when": one} for one in (*spoken, *sent)], "unit": "h:mm:ss"},
            },
            "legs": _LEGS,
            "states": _STATES,
        },
        cells=(fields,),
    )


_FIRST = {"take": "first", "legs": "first"}
_LEGS = {
    "of": "id",
    "order": ["start", "ended", "leg"],
    "fields": {
        "talk": "sum",
        "outcome": "last",
        "ended": "max",
        "inside": _FIRST,
        "inward": _FIRST,
        "queue": _FIRST,
        "customer": _FIRST,
    },
}
_OFFERED = {"inside": {"filled": "false"}, "wanted": {"filled": "true"}}
_STATES = {
    "offered": _OFFERED,
    "answered": {"spoken": {"filled": "true"}},
    "abandoned": {**_OFFERED, "spoken": {"filled": "false"}, "mailbox": {"filled": "false"}},
    "outbound": {"inside": {"filled": "true"}, "inward": {"filled": "false"}},
    "voicemail": {"mailbox": {"filled": "true"}},
}
CDR_LOG = (
    _log(
        "27 fields",
        27,
        {"reached": _reached(_EXTENSION)},
        {"reached": _reached(_LINE), "from": {"25": _LINE}, "to": {"26": _LINE}},
        {"mailbox": _reached(_MAILBOX), "wanted": _reached({"not": ["", _MENU]})},
    ),
    _log(
        "20 fields",
        20,
        {"reached": _reached_number(_INSIDE)},
        {
            "reached": ({"14": "", "9": _OUTSIDE}, {"14": {"begins": ["+", *"0123456789"]}}),
            "from": {"8": {"not_begins": "Ext."}},
            "to": {"9": _OUTSIDE},
        },
        {"mailbox": _reached_number({"begins": "VMail."}), "wanted": ({"9": {"not": ""}},)},
    ),
)
_ENGLISH = ("Call Time", "Call ID", "From", "To", "Direction", "Status", "Ringing", "Talking")
_FRENCH = tuple(
    ("Date/Heure", call, "De", "Vers", "Sens", "Statut", "Sonnerie", talking)
    for call in ("Call ID", "ID Appel")
    for talking in ("Parole", "Conversation")
)


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
            **CSV,
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
                "ranks": {"outcome": ["Waiting", "Unanswered", "Answered"]},
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


CALL_REPORT = (_report("English", _ENGLISH), *(_report(f"French, {one[1]}, {one[-1]}", one) for one in _FRENCH))
REPORTS: Reports = {"cdr_log": CDR_LOG, "call_report": CALL_REPORT}


class Threecx(Platform):
    """3CX call log and call report."""

    reader: Literal["threecx"] = Field(description="`threecx`")
    report: Literal["cdr_log", "call_report"] = Field(description="which of its reports")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"cdr_log": "A", "call_report": "A"}

"""Asterisk: the call detail records `Master.csv`, and the events of `queue_log`.

Grade A: the columns of cdr_csv as the program writes them, and the documented events. With cdr_custom the order is
the administrator's: declare it by position with `reader: generic`. Its `[csv]` section must have `loguniqueid` and
`loguserfield` on (18 columns; 21 with `newcdrcolumns`): without the unique id, legs cannot be told from calls.

What it takes for what
- cdr: id: `uniqueid`; its rows are the legs of a call, one a phone that was rung, joined; start: the server's wall
  clock: the contract says its `zone` (`UTC` with `usegmtime`)
- cdr: answered: ANSWERED with a destination channel (without one a machine answered); abandoned: the last leg is NO
  ANSWER and nobody answered; offered: every call, since the file does not tell directions; voicemail: the application
  VoiceMail
- cdr: talk: `billsec` of answered legs as stated; ring: `duration` less `billsec`, summed; wait, hold, wrap,
  duration: not in it
- cdr: agent: the destination channel less its last part, which is new on each call; queue: `dst`, the number dialled;
  customer: `src`; outcome: the last disposition
- queue_log: id: the call id; its lines are events, joined: ENTERQUEUE begins a contact, CONNECT is the agent's
  answer, COMPLETEAGENT, COMPLETECALLER and the transfers end it, ABANDON is the caller's leaving. Events that do not
  happen to a caller in a queue (of agents, of queues, JOINEMPTY) are counted apart, whatever their call id
- queue_log: start: seconds since 1970; offered: every contact; answered: CONNECT; abandoned: ABANDON and no CONNECT;
  a time-out, an empty queue and a key that leads out are neither
- queue_log: wait: of all queues up to the first CONNECT, or up to the end; ring: of CONNECT, and of RINGNOANSWER and
  RINGCANCELED, which are in milliseconds; talk: of the COMPLETE events and of TRANSFER, BLINDTRANSFER and
  ATTENDEDTRANSFER; agent: of the first CONNECT; queue, customer: of the first ENTERQUEUE; outcome: the last event. Of
  events in one second the order is that of a call: enter, ring, leave or connect, end
- queue_log_agents: the time that an agent was logged in, from AGENTLOGOFF and AGENTCALLBACKLOGOFF, which state it in
  seconds: state `logged_in`; start: so much before. Agents without these events (queue members) have no time here

What it cannot know
- cdr: direction, waiting in a queue, hold
- queue_log: hold, after-call work, direction, pauses; of a call that began in the log before, when it came: give both
- the talk of a TRANSFER of a version before 1.4, which does not state it
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: asterisk, report: cdr, zone: Europe/Paris}
"""

_SPOKEN = {"15": "ANSWERED", "7": {"not": ""}}
CDR = Generation(
    "cdr",
    {
        "record": "contact",
        **CSV,
        "header": "false",
        "columns": {
            "id": "17",
            "start": {"column": "10", "format": "iso"},
            "queue": "3",
            "agent": {"pick": [{"column": "7", "when": _SPOKEN}], "match": "^(.*)-[0-9a-f]{8}(?:;[12])?$"},
            "customer": {"column": "2", "phone": "true"},
            "mailbox": {"pick": [{"column": "8", "when": {"8": "VoiceMail"}}]},
            "outcome": "15",
            "whole": {"column": "13", "unit": "s"},
            "billed": {"column": "14", "unit": "s"},
            "talk": {"pick": [{"column": "14", "when": _SPOKEN}], "unit": "s"},
            "ring": {"sum": "whole - billed"},
        },
        "legs": {
            "of": "id",
            "ranks": {"outcome": ["FAILED", "CONGESTION", "BUSY", "NO ANSWER", "ANSWERED"]},
            "fields": {"whole": "sum", "billed": "sum", "talk": "sum", "ring": "sum", "outcome": "last"},
        },
        "within": {"billed": "whole"},
        "states": {
            "offered": "all",
            "answered": {"agent": {"filled": "true"}},
            "abandoned": {"agent": {"filled": "false"}, "outcome": "NO ANSWER"},
            "voicemail": {"mailbox": {"filled": "true"}},
        },
    },
    cells=(18, 21),
)
_CALL_EVENTS = [
    *("ENTERQUEUE", "RINGNOANSWER", "RINGCANCELED", "EXITWITHTIMEOUT", "EXITEMPTY", "EXITWITHKEY", "SYSCOMPAT"),
    *("CONNECT", "AGENTDUMP", "COMPLETEAGENT", "COMPLETECALLER", "TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER"),
    "ABANDON",
]
"""What happens to a caller, in the order in which it happens within one second."""
_WIDTHS = tuple(range(5, 12))
"""Five cells and up to six more that the event has."""
_LOGGED_OFF = ["AGENTLOGOFF", "AGENTCALLBACKLOGOFF"]
_EVENTS = {
    "record": "contact",
    "delimiter": "|",
    "quote": "",
    "encoding": "utf-8",
    "decimal": ".",
    "header": "false",
    "short_rows": "true",
    "zone": None,
}
QUEUE_LOG = Generation(
    "queue_log",
    {
        **_EVENTS,
        "columns": {
            "id": "2",
            "start": {"column": "1", "format": "epoch_s"},
            "outcome": "5",
            "queue": {"pick": [{"column": "3", "when": {"5": "ENTERQUEUE"}}]},
            "customer": {"pick": [{"column": "7", "when": {"5": "ENTERQUEUE"}}], "phone": "true"},
            "agent": {"pick": [{"column": "4", "when": {"5": "CONNECT"}}]},
            "left": {"pick": [{"column": "5", "when": {"5": "ABANDON"}}]},
            "queued": {
                "pick": [
                    {"column": "8", "when": {"5": ["ABANDON", "EXITWITHTIMEOUT", "EXITEMPTY"]}},
                    {"column": "9", "when": {"5": "EXITWITHKEY"}},
                ],
                "unit": "s",
            },
            "connected": {"pick": [{"column": "6", "when": {"5": "CONNECT"}}], "unit": "s"},
            "wait": {"sum": "queued + connected"},
            "rang": {"pick": [{"column": "8", "when": {"5": "CONNECT"}}], "unit": "s"},
            "unanswered": {"pick": [{"column": "6", "when": {"5": ["RINGNOANSWER", "RINGCANCELED"]}}], "unit": "ms"},
            "ring": {"sum": "rang + unanswered"},
            "talk": {
                "pick": [
                    {"column": "7", "when": {"5": ["COMPLETEAGENT", "COMPLETECALLER"]}},
                    {"column": "10", "when": {"5": "ATTENDEDTRANSFER", "6": "LINK"}},
                    {"column": "9", "when": {"5": ["TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER"]}},
                ],
                "unit": "s",
            },
        },
        "only": {"outcome": _CALL_EVENTS},
        "legs": {
            "of": "id",
            "ranks": {"outcome": _CALL_EVENTS},
            "fields": {
                "queued": {"take": "sum", "until": "agent"},
                "connected": "first",
                "wait": "span",
                "rang": "sum",
                "unanswered": "sum",
                "ring": "sum",
                "talk": "sum",
                "outcome": "last",
            },
        },
        "states": {
            "offered": "all",
            "answered": {"agent": {"filled": "true"}},
            "abandoned": {"left": {"filled": "true"}, "agent": {"filled": "false"}},
        },
    },
    cells=_WIDTHS,
)
AGENTS = Generation(
    "queue_log_agents",
    {
        **_EVENTS,
        "record": "agent_state",
        "columns": {
            "agent": "4",
            "start": {"column": "1", "format": "epoch_s", "less": "logged_in"},
            "event": "5",
            "logged_in": {"pick": [{"column": "7", "when": {"5": _LOGGED_OFF}}], "unit": "s"},
        },
        "only": {"event": _LOGGED_OFF},
    },
    cells=_WIDTHS,
)
REPORTS: Reports = {"cdr": (CDR,), "queue_log": (QUEUE_LOG,), "queue_log_agents": (AGENTS,)}


class Asterisk(Platform):
    """Asterisk call detail records and queue log."""

    reader: Literal["asterisk"] = Field(description="`asterisk`")
    report: Literal["cdr", "queue_log", "queue_log_agents"] = Field(description="which of its reports")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"cdr": "A", "queue_log": "A", "queue_log_agents": "A"}

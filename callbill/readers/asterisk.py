"""Asterisk: the call detail records `Master.csv`, and the events of `queue_log`.

Grade A: the columns of cdr_csv as the program writes them, and the documented events. With cdr_custom the order is
the administrator's: declare it by position with `reader: generic`.

What it takes for what
- cdr: id: `uniqueid`; its rows are the legs of a call, one a phone that was rung, joined; start: the server's wall
  clock: the contract says its `zone`
- cdr: answered: ANSWERED with a destination channel (without one a machine answered); abandoned: the last leg is NO
  ANSWER and nobody answered; offered: every call, since the file does not tell directions; voicemail: the application
  VoiceMail
- cdr: talk: `billsec` of answered legs as stated; ring: `duration` less `billsec`, summed; wait, hold, wrap,
  duration: not in it
- cdr: agent: the destination channel less its last part, which is new on each call; queue: `dst`, the number dialled;
  customer: `src`; outcome: the last disposition
- queue_log: id: the call id; its lines are events, joined: ENTERQUEUE begins a contact, CONNECT is the agent's
  answer, COMPLETEAGENT and COMPLETECALLER its end, ABANDON the caller's leaving; lines of call NONE are about agents
  and are counted apart
- queue_log: start: seconds since 1970; answered: CONNECT; abandoned: ABANDON and no CONNECT; a time-out is neither
- queue_log: wait: of ABANDON, EXITWITHTIMEOUT and the first CONNECT; ring: of CONNECT and RINGNOANSWER, which alone
  is in milliseconds; talk: of the COMPLETE events; agent: of the first CONNECT; queue, customer: of the first
  ENTERQUEUE; outcome: the last event
- queue_log_agents: the time that an agent was logged in, from AGENTLOGOFF, which states it in seconds: state
  `logged_in`

What it cannot know
- cdr: direction, waiting in a queue, hold; queue_log: hold, after-call work, direction
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: asterisk, report: cdr, zone: Europe/Paris}
"""

_SPOKEN = {"15": "ANSWERED", "7": {"not": ""}}
CDR = Generation(
    "cdr",
    {
        "record": "contact",
        "delimiter": ",",
        "encoding": "utf-8",
        "decimal": ".",
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
    cells=(17, 18),
)
_OVER = ["COMPLETEAGENT", "COMPLETECALLER"]
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
                "pick": [{"column": "8", "when": {"5": ["ABANDON", "EXITWITHTIMEOUT"]}}],
                "unit": "s",
            },
            "connected": {"pick": [{"column": "6", "when": {"5": "CONNECT"}}], "unit": "s"},
            "wait": {"sum": "queued + connected"},
            "rang": {"pick": [{"column": "8", "when": {"5": "CONNECT"}}], "unit": "s"},
            "unanswered": {"pick": [{"column": "6", "when": {"5": "RINGNOANSWER"}}], "unit": "ms"},
            "ring": {"sum": "rang + unanswered"},
            "talk": {"pick": [{"column": "7", "when": {"5": _OVER}}], "unit": "s"},
        },
        "only": {"id": {"not": "NONE"}},
        "legs": {
            "of": "id",
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
    cells=(5, 6, 7, 8),
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
            "logged_in": {"pick": [{"column": "7", "when": {"5": "AGENTLOGOFF"}}], "unit": "s"},
        },
        "only": {"event": "AGENTLOGOFF"},
    },
    cells=(5, 6, 7, 8),
)
REPORTS: Reports = {"cdr": (CDR,), "queue_log": (QUEUE_LOG,), "queue_log_agents": (AGENTS,)}


class Asterisk(Platform):
    """Asterisk call detail records and queue log."""

    reader: Literal["asterisk"] = Field(description="`asterisk`")
    report: Literal["cdr", "queue_log", "queue_log_agents"] = Field(description="which of its reports")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"cdr": "A", "queue_log": "A", "queue_log_agents": "A"}

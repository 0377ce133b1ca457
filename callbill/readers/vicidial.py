"""Vicidial: the call export, and the agent time detail.

Grade A: the exporter's source code. The call export stands between tabs and quotes nothing. Translated editions name
two columns `phone_number`; the first is the number dialled. The ALTERNATE_1 layout stands between pipes, has no agent,
no queue seconds and no seconds in its moments, so that none of the rules below holds for it: declare it as

    calls:
      reader: generic
      record: contact
      delimiter: "|"
      quote: ""
      encoding: utf-8
      decimal: "."
      zone: Europe/London
      id: none
      columns:
        start: {column: call_date, format: "%Y%m%d%H%M"}
        queue: campaign_id
        customer: phone_number_dialed
        outcome: status
        duration: {column: length_in_sec, unit: s}
      states: {answered: {outcome: [SALE, NI, CALLBK]}}

What it takes for what
- id: `uniqueid`, in the EXTENDED layout only; without it every row is a call of its own. `lead_id` is the customer's
  file
- start: `call_date`, the database's clock: the contract says its `zone` (`gmt_offset_now` is the lead's zone, not the
  call's)
- offered: inbound, which shows in `alt_dial` holding a number; answered: an agent, and a status other than the
  system's for calls without a conversation; abandoned: inbound, DROP or XDROP, and no agent
- wait: of inbound calls the queue seconds, which the exporter writes into `alt_dial`; duration: `length_in_sec`, the
  whole call with its wait; talk, ring, hold, wrap: not in it
- agent: `full_name` (the users VDAD and VDCL are nobody); queue: `campaign_id`; customer: the number dialled;
  outcome: `status`
- agent_time_detail: three lines above the header, and a TOTALS line that is no agent. agent: `USER`, a name; the
  column `ID` tells two agents of one name apart; start: the beginning of the time range above the header: one record
  for the whole of it; times time_clock, agent_time, wait, talk, dispo, pause, dead and customer, as `H:MM:SS` from an
  hour on and `M:SS` below. Pause codes are columns of your own: add them under `columns:` as
  `{column: LUNCH, unit: clock}`. dead and customer are parts of talk, pause codes parts of pause

What it cannot know
- of calls, the talk time and the direction of a call that waited in no queue; of agents, the hour of anything
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: vicidial, report: call_export, zone: Europe/London}
"""

_NOBODY = ["VDAD", "VDCL"]
_QUEUED = {"alt_dial": {"begins": list("0123456789")}}
"""Of inbound calls `alt_dial` holds seconds; of outbound ones MAIN, ALT, X3…"""
NO_CONVERSATION = [
    *("NEW", "QUEUE", "INCALL", "DROP", "XDROP", "PDROP", "NA", "AA", "AM", "AL", "AFAX", "AB", "ADC", "DC", "N", "B"),
    *("A", "LRERR", "TIMEOT", "AFTHRS", "NANQUE", "IQNANQ", "HOLDTO", "QVMAIL", "MAXCAL", "DNCL"),
]
"""The system's statuses of calls without a conversation."""


def _export(name: str, number: str) -> Generation:
    """The call export of one edition, told by what its second column is called."""
    return Generation(
        name,
        {
            "record": "contact",
            "delimiter": "\t",
            "quote": "",
            "encoding": "utf-8",
            "decimal": ".",
            "columns": {
                "id": {"column": "uniqueid", "optional": "true"},
                "start": {"column": "call_date", "format": "iso"},
                "queue": "campaign_id",
                "agent": {"pick": [{"column": "full_name", "when": {"user": {"not": _NOBODY}}}]},
                "customer": {"column": number, "phone": "true"},
                "outcome": "status",
                "inbound": {"pick": [{"value": "inbound", "when": _QUEUED}]},
                "wait": {"pick": [{"column": "alt_dial", "when": _QUEUED}], "unit": "s"},
                "duration": {"column": "length_in_sec", "unit": "s"},
            },
            "states": {
                "offered": {"inbound": {"filled": "true"}},
                "answered": {"agent": {"filled": "true"}, "outcome": {"not": NO_CONVERSATION}},
                "abandoned": {
                    "inbound": {"filled": "true"},
                    "outcome": ["DROP", "XDROP"],
                    "agent": {"filled": "false"},
                },
            },
        },
        signature=("gmt_offset_now", "vendor_lead_code"),
    )


def _clock(header: str) -> dict[str, str]:
    return {"column": header, "unit": "clock"}


TIME_DETAIL = Generation(
    "agent_time_detail",
    {
        "record": "agent_state",
        "delimiter": ",",
        "quote": "",
        "encoding": "utf-8",
        "decimal": ".",
        "skip": "3",
        "trailer": "TOTALS",
        "columns": {
            "agent": "USER",
            "user": "ID",
            "start": {"above": {"after": "Time range:", "before": "to"}, "format": "iso"},
            "time_clock": _clock("TIME CLOCK"),
            "agent_time": _clock("AGENT TIME"),
            "wait": _clock("WAIT"),
            "talk": _clock("TALK"),
            "dispo": _clock("DISPO"),
            "pause": _clock("PAUSE"),
            "dead": _clock("DEAD"),
            "customer": _clock("CUSTOMER"),
        },
    },
)
CALL_EXPORT = (_export("English", "phone_number_dialed"), _export("translated", "phone_number (1)"))
REPORTS: Reports = {"call_export": CALL_EXPORT, "agent_time_detail": (TIME_DETAIL,)}


class Vicidial(Platform):
    """Vicidial call export and agent time detail."""

    reader: Literal["vicidial"] = Field(description="`vicidial`")
    report: Literal["call_export", "agent_time_detail"] = Field(description="which of its reports")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"call_export": "A", "agent_time_detail": "A"}

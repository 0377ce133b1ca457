"""NICE CXone: the data downloads of contacts (report 540), of agent states, and of agents by day.

Grade A for contacts, whose columns are those of a real download; grade B for agent_state_log and agent_by_day, which
the vendor documents. In a spreadsheet `start_time` is a fraction of a day, which is read as well.

What it takes for what
- id: contacts are legs, and `Master_Contact_ID` names the leg that one came from: the id is that of the first leg of
  the chain. Legs whose first leg is in another file make a contact that begins with them: name the files of both
  months together
- start: `Start_Date` and `start_time` in the zone of the user who downloads, which by the vendor's word does not
  follow daylight saving: the contract says it, such as `America/Phoenix`
- offered: waited, abandoned or answered (outbound contacts cannot be told apart); answered: a leg with an `Agent_No`
  and some `Agent_Time`; abandoned: `Abandon` is Y and nobody answered; transferred: several legs
- wait: `InQueue`, summed over the legs up to the first that was answered; ivr: `PreQueue`; talk: `Agent_Time` less
  `Hold_Time`; hold: `Hold_Time`; wrap: `ACW_Time`; duration: `Total_Time_Plus_Disposition`, in seconds, these summed
  over all legs; ring: not in it
- agent: `Agent_Name` of the first leg with one (number 0 and `N/A` are nobody); queue: the first `Skill_Name`;
  customer: `ANI_DIALNUM`; outcome: the last `Disp_Name`
- agent_state_log: agent: `Agent_Name`; start: midnight of `Start_Date`; state: what the agent worked on
  (InboundContact, OutboundContact, OutboundConsult, InboundConsult), else Available, else `Outstate`, else
  Unavailable; duration: seconds; two equal rows are two stretches
- agent_by_day: agent: `Agent_No`; state: `Agent_State_Code`; start: midnight of `Start_Date`; duration: seconds
- quotes inside text cells are not escaped: a quote ends a cell only before a comma or the end of the line

What it cannot know
- the direction, ringing; of agents, the hour of a state: nothing by the hour can be billed
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  contacts: {reader: cxone, report: contacts, zone: America/Phoenix}
"""

_SETTINGS = {
    **CSV,
    "quotes": "lenient",
}
_SECONDS = {"unit": "s", "empty": "0"}
_AGENT = {"Agent_No": {"not": ["0", ""]}}
_DAY = {"column": "Start_Date", "format": "%m/%d/%Y"}
CONTACTS = Generation(
    "contacts",
    {
        **_SETTINGS,
        "record": "contact",
        "nulls": "N/A",
        "columns": {
            "id": "Contact_ID",
            "master": "Master_Contact_ID",
            "leg": "Contact_ID",
            "start": {"columns": ["Start_Date", "start_time"], "format": "%m/%d/%Y %H:%M:%S"},
            "media": "Media_Name",
            "queue": "Skill_Name",
            "agent": {"pick": [{"column": "Agent_Name", "when": _AGENT}]},
            "customer": {"column": "ANI_DIALNUM", "phone": "true"},
            "outcome": "Disp_Name",
            "left": {"pick": [{"column": "Abandon", "when": {"Abandon": "Y"}}]},
            "spoken": {"pick": [{"column": "Agent_No", "when": {**_AGENT, "Agent_Time": {"not": ["0", ""]}}}]},
            "reached": {
                "pick": [
                    {"column": "InQueue", "when": {"InQueue": {"not": ["0", ""]}}},
                    {"column": "Abandon", "when": {"Abandon": "Y"}},
                    {"column": "Agent_No", "when": {**_AGENT, "Agent_Time": {"not": ["0", ""]}}},
                ]
            },
            "wait": {"column": "InQueue", **_SECONDS},
            "agent_time": {"column": "Agent_Time", **_SECONDS},
            "hold": {"column": "Hold_Time", **_SECONDS},
            "talk": {"sum": "agent_time - hold"},
            "wrap": {"column": "ACW_Time", **_SECONDS},
            "ivr": {"column": "PreQueue", **_SECONDS},
            "duration": {"column": "Total_Time_Plus_Disposition", **_SECONDS},
        },
        "within": {"talk": "duration"},
        "legs": {
            "of": "id",
            "parent": "master",
            "fields": {
                **dict.fromkeys(("agent_time", "hold", "talk", "wrap", "ivr", "duration"), "sum"),
                "wait": {"take": "sum", "until": "spoken"},
                "outcome": "last",
                "leg": {"take": "first", "legs": "others"},
                "customer": {"take": "first", "legs": "first"},
            },
        },
        "states": {
            "offered": {"reached": {"filled": "true"}},
            "answered": {"spoken": {"filled": "true"}},
            "abandoned": {"left": {"filled": "true"}, "spoken": {"filled": "false"}},
            "transferred": {"leg": {"filled": "true"}},
        },
    },
)
STATE_LOG = Generation(
    "agent_state_log",
    {
        **_SETTINGS,
        "record": "agent_state",
        "id": "none",
        "columns": {
            "agent": "Agent_Name",
            "start": _DAY,
            "state": {
                "pick": [
                    {"value": "InboundContact", "when": {"Working": "1"}},
                    {"value": "OutboundContact", "when": {"Working": "2"}},
                    {"value": "OutboundConsult", "when": {"Working": "3"}},
                    {"value": "InboundConsult", "when": {"Working": "4"}},
                    {"value": "Available", "when": {"Available": "1"}},
                    {"column": "Outstate", "when": {"Outstate": {"not": ""}}},
                    {"value": "Unavailable", "when": {"Outstate": ""}},
                ]
            },
            "duration": {"column": "Duration", "unit": "s"},
        },
    },
    signature=("StateIndex",),
)
BY_DAY = Generation(
    "agent_by_day",
    {
        **_SETTINGS,
        "record": "agent_state",
        "columns": {
            "agent": "Agent_No",
            "start": _DAY,
            "state": "Agent_State_Code",
            "duration": {"column": "Duration", "unit": "s"},
        },
    },
)
REPORTS: Reports = {"contacts": (CONTACTS,), "agent_state_log": (STATE_LOG,), "agent_by_day": (BY_DAY,)}


class Cxone(Platform):
    """NICE CXone data downloads."""

    reader: Literal["cxone"] = Field(description="`cxone`")
    report: Literal["contacts", "agent_state_log", "agent_by_day"] = Field(description="which of its reports")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"contacts": "A", "agent_state_log": "B", "agent_by_day": "B"}

"""The exports of six call-centre platforms read a second time, slow and plain, from the words of the reference alone.

One function a report: it reads the bytes of a file as the platform writes it, joins the legs of a contact by the
platform's rule, and gives canonical records. An instant is whole microseconds since 1970 in UTC, a duration whole
microseconds, a state a boolean, anything else the text of the cell. What the export cannot tell is left out. Where
the reference is silent the vendor's own definition decides, or a choice does, and the rule says `chosen`.

Rules of every report:

- A row that repeats another one cell for cell is the same row told twice, when the platform gives it an id. Without
  an id equal rows are records of their own.
- A null word of the platform becomes an empty text; an empty duration is left out, a duration of zero is kept.
- `agent` is the name where the export has a name, else the id; the first that is named, answered or not (chosen).
- Of several legs, ordered by start and then by place in the file: `start`, `queue`, `customer` and `direction` come
  from the first, `outcome` is the last one that is not empty (chosen); `wait` is
  summed up to the first leg that was answered.
- `abandoned` of several legs: the platform's flag stands on a leg and no leg was answered (chosen: who hangs up in a
  second queue after speaking to an agent did not leave before an agent answered).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Value: TypeAlias = str | int | bool
Record: TypeAlias = dict[str, Value]
Row: TypeAlias = dict[str, str]

SECOND = 1_000_000
MILLISECOND = 1_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unreadable(ValueError):  # noqa: N818 - what the file is, as in `oracle.Refused`
    """The file is not what the platform writes, or says itself that it is not whole."""


# ------------------------------------------------------------------------------------------------- cells and rows


def instant(stamp: datetime, zone: tzinfo = UTC) -> int:
    """Microseconds since 1970 of a stamp; the zone is that of a stamp without one, and may not be in doubt."""
    if stamp.tzinfo is None:
        early, late = stamp.replace(tzinfo=zone, fold=0), stamp.replace(tzinfo=zone, fold=1)
        if early.utcoffset() != late.utcoffset():
            raise Unreadable(f"{stamp} is repeated or missing in {zone}")
        stamp = early
    return (stamp - EPOCH) // timedelta(microseconds=1)


def when(text: str, form: str, zone: tzinfo = UTC) -> int:
    """The instant of a stamp in one form."""
    return instant(datetime.strptime(text, form), zone)  # noqa: DTZ007 - the zone is given beside it


def micros(text: str, unit: int = SECOND) -> int | None:
    """A number of units, exactly."""
    if not text:
        return None
    exact = Fraction(Decimal(text)) * unit
    if exact.denominator != 1 or exact < 0:
        raise Unreadable(f"{text!r} is not a duration")
    return int(exact)


def clock(text: str) -> int | None:
    """`H:MM:SS`, `HH:MM:SS.mmm` or `M:SS`, hours without limit."""
    if not text.strip():
        return None
    parts = re.fullmatch(r" ?(?:(\d+):)?(\d{1,2}):(\d{2}(?:\.\d{1,6})?)", text)
    if parts is None:
        raise Unreadable(f"{text!r} is not a duration")
    hours, minutes, seconds = parts.groups()
    return int((int(hours or 0) * 3600 + int(minutes) * 60 + Fraction(Decimal(seconds))) * SECOND)


def total(values: Iterable[int | None]) -> int | None:
    """The sum of what is there, or nothing when nothing is."""
    there = [value for value in values if value is not None]
    return sum(there) if there else None


def known(**durations: int | None) -> dict[str, int]:
    """The durations that the export gives."""
    return {name: value for name, value in durations.items() if value is not None}


def null(text: str, *words: str) -> str:
    """The cell, empty when it holds one of the platform's null words."""
    return "" if text in words else text


def first(values: Iterable[str]) -> str:
    """The first that is not empty."""
    return next((value for value in values if value), "")


def table(cells: Sequence[list[str]], head: str = "", delimiter: str = ",") -> list[Row]:
    """Rows under their header, which must be the platform's own when that is given."""
    names = head.split(delimiter) if head else cells[0]
    if cells[0] != names:
        raise Unreadable(f"the header is {cells[0]}")
    for row in cells[1:]:
        if len(row) != len(names):
            raise Unreadable(f"{len(row)} cells instead of {len(names)}: {row}")
    return [dict(zip(names, row, strict=True)) for row in cells[1:]]


def comma(data: bytes) -> list[list[str]]:
    """The cells of a comma-separated file with proper quotes."""
    return list(csv.reader(data.decode("utf-8").splitlines(keepends=True), strict=True))


def once(rows: Iterable[Row]) -> list[Row]:
    """Every row, without exact repeats of an earlier one."""
    kept: list[Row] = []
    for row in rows:
        if row not in kept:
            kept.append(row)
    return kept


def grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Legs by contact, contacts in the order in which the file names them first."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


# ---------------------------------------------------------------------------------------------------------- Five9

CALL_LOG = (
    "CALL ID,TIMESTAMP,CAMPAIGN,CALL TYPE,AGENT,AGENT NAME,DISPOSITION,ANI,CUSTOMER NAME,DNIS,CALL TIME,"
    "BILL TIME (ROUNDED),COST,IVR TIME,QUEUE WAIT TIME,RING TIME,TALK TIME,HOLD TIME,PARK TIME,AFTER CALL WORK TIME,"
    "TRANSFERS,CONFERENCES,HOLDS,ABANDONED,RECORDINGS"
)
INBOUND_CALL_LOG = (
    "CALL ID,DATE,TIMESTAMP,CAMPAIGN,SKILL,AGENT,AGENT NAME,DISPOSITION,ANI,CUSTOMER NAME,DNIS,CALL TIME,"
    "BILL TIME (ROUNDED),IVR TIME,IVR PATH,QUEUE WAIT TIME,RING TIME,TALK TIME,HOLD TIME,PARK TIME,"
    "AFTER CALL WORK TIME,TRANSFERS,CONFERENCES,HOLDS,ABANDONED,RECORDINGS"
)
FIVE9_STAMP = "%a, %d %b %Y %H:%M:%S"
FIVE9_INBOUND = ("Inbound", "Inbound Voicemail")


def five9_talk(leg: Row) -> int | None:
    """Conversation: TALK TIME holds what was on hold or parked, which Five9 reports as 'less hold and park'."""
    talk = clock(leg["TALK TIME"])
    return None if talk is None else talk - (clock(leg["HOLD TIME"]) or 0) - (clock(leg["PARK TIME"]) or 0)


def five9_contact(legs: list[Row], zone: tzinfo) -> Record:
    """What the two logs share."""
    legs = sorted(legs, key=lambda leg: when(leg["TIMESTAMP"], FIVE9_STAMP, zone))
    spoken = [leg["AGENT"] != "[None]" and bool(clock(leg["TALK TIME"])) for leg in legs]
    before = legs[: spoken.index(True) + 1] if any(spoken) else legs
    wait = total(clock(leg["QUEUE WAIT TIME"]) for leg in before)
    waited = any(clock(leg["QUEUE WAIT TIME"]) for leg in legs)
    ring = total(clock(leg["RING TIME"]) for leg in legs)
    agents = [null(leg["AGENT NAME"], "[None]") for leg in legs if leg["AGENT"] != "[None]"]
    answered = any(spoken)
    left = any(leg["ABANDONED"] == "1" for leg in legs)
    return {
        "id": legs[0]["CALL ID"],
        "start": when(legs[0]["TIMESTAMP"], FIVE9_STAMP, zone),
        "agent": first(agents),
        "customer": legs[0]["ANI"],
        "outcome": first(leg["DISPOSITION"] for leg in reversed(legs)),
        **known(
            wait=wait,
            ring=ring,
            talk=total(five9_talk(leg) for leg in legs),
            hold=total(clock(leg["HOLD TIME"]) for leg in legs),
            wrap=total(clock(leg["AFTER CALL WORK TIME"]) for leg in legs),
            ivr=clock(legs[0]["IVR TIME"]),
            duration=clock(legs[0]["CALL TIME"]) if len(legs) == 1 else None,
        ),
        "offered": bool(waited or ring or agents or left),
        "answered": answered,
        "abandoned": left and not answered,
        "transferred": len(legs) > 1,
    }


def five9_call_log(data: bytes, zone: tzinfo) -> list[Record]:
    """Five9 Call Log.

    - Legs: rows of one CALL ID; talk, hold, wrap and ring are sums over them, an exact repeat is counted once. A row
      may come before the leg it follows: the order is that of TIMESTAMP.
    - `start` TIMESTAMP in the tenant's zone; `direction` CALL TYPE; `queue` CAMPAIGN (there is no skill here).
    - `agent` AGENT NAME where AGENT is not `[None]`; AGENT is the login, and there is no agent id.
    - `customer` ANI of Inbound and Inbound Voicemail, DNIS of every other CALL TYPE (chosen; Internal is not met).
    - `wait` QUEUE WAIT TIME up to the answer; milliseconds count. `ring` RING TIME. `hold` HOLD TIME, `wrap` AFTER
      CALL WORK TIME, `talk` TALK TIME less HOLD TIME and PARK TIME (a vendor column is named TALK TIME LESS HOLD AND
      PARK, so TALK TIME has both in it). Park is in no field.
    - `ivr` IVR TIME of the first leg: a transfer by the IVR repeats the figure on both of its legs.
    - `duration` CALL TIME of a call of one leg; of several it is left out: legs overlap, and no row states the whole.
    - answered: a leg with an agent and some TALK TIME. abandoned: ABANDONED is 1 (0 and nothing are no).
    - offered (chosen): the first leg is inbound, and the call waited, rang, had an agent or was abandoned.
    - voicemail: CALL TYPE Inbound Voicemail. transferred: more than one leg.
    - Cannot tell: skill, agent id, whether a machine answered an outbound call.
    """
    records = []
    for legs in grouped(once(table(comma(data), CALL_LOG)), lambda row: row["CALL ID"]).values():
        record = five9_contact(legs, zone)
        start = min(legs, key=lambda leg: when(leg["TIMESTAMP"], FIVE9_STAMP, zone))
        inbound = start["CALL TYPE"] in FIVE9_INBOUND
        record["direction"] = start["CALL TYPE"]
        record["queue"] = start["CAMPAIGN"]
        record["customer"] = start["ANI"] if inbound else start["DNIS"]
        record["offered"] = inbound and record["offered"]
        record["voicemail"] = start["CALL TYPE"] == "Inbound Voicemail"
        records.append(record)
    return records


def five9_inbound_call_log(data: bytes, zone: tzinfo) -> list[Record]:
    """Five9 Inbound Call Log: the rules of the Call Log, and these.

    - `queue` the first SKILL that is not `[None]`; `customer` ANI; there is no `direction`: every call is inbound.
    - `start` TIMESTAMP, which has the date as well; DATE (`2026/10/02`, chosen form) is not read.
    - Cannot tell: voicemail (only a disposition may say so).
    """
    records = []
    for legs in grouped(once(table(comma(data), INBOUND_CALL_LOG)), lambda row: row["CALL ID"]).values():
        ordered = sorted(legs, key=lambda leg: when(leg["TIMESTAMP"], FIVE9_STAMP, zone))
        records.append(five9_contact(legs, zone) | {"queue": first(null(leg["SKILL"], "[None]") for leg in ordered)})
    return records


# -------------------------------------------------------------------------------------------------------- Aircall

AIRCALL_V3 = (
    "line,datetime (tz offset incl.),number timezone,datetime (utc),country_code,direction,from,to,answered,"
    "missed_call_reason,user,duration (total),duration (in call),voicemail,recording,comments,tags,call quality,team,"
    "call direction - type,call start time,call end time,aircall number,customer number,in-call duration,call id,"
    "call type,waiting time,time to answer,time in ivr,call id (internal),disconnected by,ivr branch,ivr widget,"
    "call timeline,callback details,callback failure,automatic callback pending time,time with ai voice agent,"
    "entry number,ai voice agent transfer branch"
)
AIRCALL_V1 = (
    "line,date (TZ offset incl.),time (TZ offset incl.),number timezone,datetime (UTC),country_code,direction,from,to,"
    "answered,missed_call_reason,user,duration (total),duration (in call),via,voicemail,tags"
)
AIRCALL_V2 = AIRCALL_V1 + ",IVR Branch"
NEVER_OFFERED = ("abandoned_in_ivr", "out_of_opening_hours")
LEFT = ("short_abandoned", "abandoned_in_classic")
NOBODY = ("no_available_agent", "agents_did_not_answer")


def aircall_call(row: Row, utc: str) -> Record:
    """What the three generations share."""
    inbound, reason = row["direction"] == "inbound", row["missed_call_reason"]
    mailed = inbound and bool(row["voicemail"])
    return {
        "start": instant(datetime.fromisoformat(row[utc]).replace(tzinfo=UTC)),
        "direction": row["direction"],
        "queue": row["line"],
        "agent": null(row["user"], "[No associated user]"),
        "customer": row["from"] if inbound else row["to"],
        "outcome": reason,
        **known(talk=micros(row["duration (in call)"]), duration=micros(row["duration (total)"])),
        "offered": inbound and reason not in NEVER_OFFERED,
        "answered": row["answered"] == "Yes",
        "abandoned": reason in LEFT,
        "voicemail": mailed,
        "missed": reason in NOBODY and not mailed,
    }


def aircall_v3(data: bytes, _: tzinfo) -> list[Record]:
    """Aircall calls, third generation (41 columns, lower case).

    - A row is a call, and Aircall itself counts a transferred call once, under its last line and last user: who
      answered first cannot be told. `id` is `call id`.
    - `start` `datetime (utc)`, fraction and all; `datetime (tz offset incl.)` follows the number's zone, often UTC.
    - `queue` line; `agent` user, verbatim, spoilt accents as they are; `customer` from of an inbound call, to of an
      outbound one, which all three generations have (chosen over `customer number`).
    - `outcome` missed_call_reason, which all three generations have (chosen over `call type`).
    - `talk` `duration (in call)`, seconds; `in-call duration` says the same as a clock and must agree. Empty when
      nobody answered. `duration` `duration (total)`. No hold, wrap or ring.
    - `wait` `waiting time`, `ivr` `time in ivr`. The vendor counts the time in the IVR into the waiting time:
      `waiting time` less `time in ivr` is `time to answer`.
    - answered: Yes, of outbound calls too (an answering machine is a Yes).
    - offered: inbound, neither out of hours nor left in the IVR. abandoned: short_abandoned, abandoned_in_classic.
      voicemail: inbound with a voicemail. missed: no_available_agent or agents_did_not_answer without a voicemail.
      `abandoned_in_ivr` is none of them (chosen), though its `call type` says Abandoned.
    """
    records = []
    for row in once(table(comma(data), AIRCALL_V3)):
        record: Record = {"id": row["call id"], **aircall_call(row, "datetime (utc)")}
        if clock(row["in-call duration"]) != record.get("talk"):
            raise Unreadable(f"two durations of {row['call id']}")
        record |= known(wait=clock(row["waiting time"]), ivr=clock(row["time in ivr"]))
        records.append(record)
    return records


def aircall_v2(data: bytes, _: tzinfo) -> list[Record]:
    """Aircall calls, second generation: `IVR Branch` at the end. No id, no waiting time; the other rules of v3.

    Without an id an exact repeat could be a call of its own, so every row is a record.
    """
    return [aircall_call(row, "datetime (UTC)") for row in table(comma(data), AIRCALL_V2)]


def aircall_v1(data: bytes, _: tzinfo) -> list[Record]:
    """Aircall calls, first generation: the rules of v2."""
    return [aircall_call(row, "datetime (UTC)") for row in table(comma(data), AIRCALL_V1)]


# ---------------------------------------------------------------------------------------------------------- CXone

CONTACTS = (
    "Contact_ID,Master_Contact_ID,Contact_Code,Media_Name,Contact_Name,ANI_DIALNUM,Skill_No,Skill_Name,Campaign_No,"
    "Campaign_Name,Agent_No,Agent_Name,Team_No,Team_Name,SLA,Start_Date,start_time,PreQueue,InQueue,Agent_Time,"
    "PostQueue,ACW_Time,Total_Time_Plus_Disposition,Abandon_Time,Routing_Time,Abandon,Callback_Time,Logged,Hold_Time,"
    "Disp_Code,Disp_Name,Disp_Comments,Tags"
)
STATE_LOG = (
    "Agent_Session_ID,Agent_No,Agent_Name,Team_No,Bus_No,StateIndex,Start_Date,Working,Available,Outstate_Code,"
    "Outstate,Log_State,Skill_No,Skill_Name,Duration"
)
BY_DAY = "Agent_No,Start_Date,Agent_State_Code,Duration"
WORKING = {"1": "InboundContact", "2": "OutboundContact", "3": "OutboundConsult", "4": "InboundConsult"}


def cxone_cells(line: str) -> list[str]:
    """One line whose quoted cells may hold bare quotes: a quote closes a cell only before a comma or the end."""
    cells, at = [], 0
    while True:
        cell = re.compile(r'"(.*?)"(?=,|$)|([^",][^,]*|)(?=,|$)').match(line, at)
        if cell is None:
            raise Unreadable(f"a quote is never closed: {line!r}")
        cells.append(cell[2] if cell[1] is None else cell[1])
        at = cell.end() + 1
        if at > len(line):
            return cells


def cxone_rows(data: bytes, head: str) -> list[Row]:
    """Rows of a data download; no cell holds a line end."""
    return table([cxone_cells(line) for line in data.decode("utf-8").splitlines()], head)


def cxone_start(row: Row, zone: tzinfo) -> int:
    """Start_Date and start_time together."""
    return when(f"{row['Start_Date']} {row['start_time']}", "%m/%d/%Y %H:%M:%S", zone)


def cxone_agent(leg: Row) -> str:
    """The agent of a leg; number 0 and `N/A` are nobody."""
    return "" if leg["Agent_No"] == "0" else null(leg["Agent_Name"], "N/A")


def cxone_contacts(data: bytes, zone: tzinfo) -> list[Record]:
    """CXone data download, report 540.

    - A row is a leg. Master_Contact_ID is the Contact_ID of the leg that it came from, its own of the first leg: the
      contact is the root of that chain (the vendor gives a new master after a second transfer, so legs of one contact
      need not share one). `id` is the root's Contact_ID.
    - `start` Start_Date and start_time in the zone of the user who downloads (chosen: America/Phoenix, since the
      vendor says that data downloads do not follow daylight saving time).
    - `queue` Skill_Name of the first leg, `agent` Agent_Name of the first leg with an Agent_No other than 0,
      `customer` ANI_DIALNUM, `outcome` Disp_Name. There is no `direction`.
    - `wait` InQueue up to the answer; `hold` Hold_Time, `wrap` ACW_Time, `ivr` PreQueue, `duration`
      Total_Time_Plus_Disposition, all
      summed. It is PreQueue + InQueue + Agent_Time + PostQueue + ACW_Time, so hold is inside Agent_Time, and `talk`
      is Agent_Time less Hold_Time. PostQueue and Routing_Time are in no field; ring cannot be told.
    - answered: a leg with an agent and some Agent_Time. abandoned: Abandon is Y. offered (chosen): the contact
      queued, was abandoned or was answered; outbound contacts cannot be told apart. transferred: several legs.
    """
    rows = once(cxone_rows(data, CONTACTS))
    master = {row["Contact_ID"]: row["Master_Contact_ID"] for row in rows}

    def root(row: Row) -> str:
        contact = row["Contact_ID"]
        while master.get(contact, contact) != contact:
            contact = master[contact]
        return contact

    def sums(legs: list[Row], column: str) -> int:
        return total(micros(leg[column]) for leg in legs) or 0

    records: list[Record] = []
    for contact, group in grouped(rows, root).items():
        legs = sorted(group, key=lambda leg: cxone_start(leg, zone))
        spoken = [leg["Agent_No"] != "0" and bool(micros(leg["Agent_Time"])) for leg in legs]
        answered = any(spoken)
        wait = sums(legs[: spoken.index(True) + 1] if answered else legs, "InQueue")
        hold = sums(legs, "Hold_Time")
        left = any(leg["Abandon"] == "Y" for leg in legs)
        records.append(
            {
                "id": contact,
                "start": cxone_start(legs[0], zone),
                "queue": null(legs[0]["Skill_Name"], "N/A"),
                "agent": first(cxone_agent(leg) for leg in legs),
                "customer": legs[0]["ANI_DIALNUM"],
                "outcome": first(leg["Disp_Name"] for leg in reversed(legs)),
                "wait": wait,
                "talk": sums(legs, "Agent_Time") - hold,
                "hold": hold,
                "wrap": sums(legs, "ACW_Time"),
                "ivr": sums(legs, "PreQueue"),
                "duration": sums(legs, "Total_Time_Plus_Disposition"),
                "offered": bool(sums(legs, "InQueue")) or left or answered,
                "answered": answered,
                "abandoned": left and not answered,
                "transferred": len(legs) > 1,
            }
        )
    return records


def cxone_state(row: Row) -> str:
    """The agent's state: what the agent works on, else Available, else the reason of unavailability."""
    if row["Working"] != "0":
        return WORKING[row["Working"]]
    return "Available" if row["Available"] == "1" else row["Outstate"] or "Unavailable"


def cxone_agent_state_log(data: bytes, zone: tzinfo) -> list[Record]:
    """CXone Agent State Log.

    - A row is a state of an agent. There is no id: a session has many rows, and StateIndex says which state, not
      which row. Two equal rows are two states (two short breaks of one day).
    - `agent` Agent_Name, `duration` seconds.
    - `start` is midnight of Start_Date: the hour is not in the export, so nothing by the hour can be billed.
    - `state` (chosen, no column has it whole): Working 1 to 4 gives the vendor's InboundContact, OutboundContact,
      OutboundConsult, InboundConsult; Available 1 gives Available; else Outstate verbatim, Unavailable when empty.
    """
    return [
        {
            "agent": row["Agent_Name"],
            "state": cxone_state(row),
            "start": when(row["Start_Date"], "%m/%d/%Y", zone),
            **known(duration=micros(row["Duration"])),
        }
        for row in cxone_rows(data, STATE_LOG)
    ]


def cxone_agent_by_day(data: bytes, zone: tzinfo) -> list[Record]:
    """CXone Agent by Day: seconds of an agent in a state on a day.

    - `agent` Agent_No, the only name there is; `state` Agent_State_Code verbatim, negative codes are the system's;
      `start` midnight of Start_Date. No id.
    """
    return [
        {
            "agent": row["Agent_No"],
            "state": row["Agent_State_Code"],
            "start": when(row["Start_Date"], "%m/%d/%Y", zone),
            **known(duration=micros(row["Duration"])),
        }
        for row in cxone_rows(data, BY_DAY)
    ]


# -------------------------------------------------------------------------------------------------------- Genesys

US_STAMP = "%m/%d/%y %I:%M %p"


def address(text: str) -> str:
    """A number or address without `tel:` or `sip:`."""
    return re.sub(r"^(tel|sip):", "", text)


def genesys_ms(row: Row, column: str) -> int | None:
    """Milliseconds; `N/A` is nothing."""
    return micros(null(row[column], "N/A"), MILLISECOND)


def genesys_interactions(data: bytes, zone: tzinfo) -> list[Record]:
    """Genesys Cloud interactions view.

    - The columns are the user's. This view (chosen): Full Export Completed, Partial Result Timestamp, Filters, Media
      Type, Users, Remote, Date, End Date, Duration, Direction, ANI, DNIS, Queue, Wrap-up, Flow, Conversation ID,
      Total IVR, Total Queue, Total Talk, Total Hold, Total ACW, Total Handle, Abandoned, Abandoned in Queue,
      Disconnect Type, Transfers; US dates to the minute, durations in milliseconds.
    - Any `Full Export Completed` but YES refuses the file.
    - A row is a conversation, its legs already added up; `id` Conversation ID.
    - `start` Date in the exporting user's zone; `direction` Direction; `queue` and `agent` the first of Queue and
      Users (`; ` between names); `outcome` the last of Wrap-up, `N/A` is none.
    - `customer` ANI of an inbound conversation, DNIS of an outbound one, less `tel:` or `sip:`.
    - `wait` Total Queue, `talk` Total Talk (the vendor's talk segments end at a hold, so nothing is taken off),
      `hold` Total Hold, `wrap` Total ACW, `ivr` Total IVR, `duration` Duration.
    - answered: a user and some Total Talk. abandoned: Abandoned is YES. offered: inbound, with a queue or a user.
      transferred: Transfers above 0. 'Abandoned in Queue' names a queue and is not a flag.
    """
    records: list[Record] = []
    for row in once(table(comma(data))):
        if row["Full Export Completed"] != "YES":
            raise Unreadable("the export is partial")
        inbound, talk = row["Direction"] == "Inbound", genesys_ms(row, "Total Talk")
        records.append(
            {
                "id": row["Conversation ID"],
                "start": when(row["Date"], US_STAMP, zone),
                "direction": row["Direction"],
                "queue": row["Queue"].split("; ")[0],
                "agent": row["Users"].split("; ")[0],
                "customer": address(row["ANI"] if inbound else row["DNIS"]),
                "outcome": null(row["Wrap-up"], "N/A").split("; ")[-1],
                **known(
                    wait=genesys_ms(row, "Total Queue"),
                    talk=talk,
                    hold=genesys_ms(row, "Total Hold"),
                    wrap=genesys_ms(row, "Total ACW"),
                    ivr=genesys_ms(row, "Total IVR"),
                    duration=genesys_ms(row, "Duration"),
                ),
                "offered": inbound and bool(row["Queue"] or row["Users"]),
                "answered": bool(row["Users"] and talk),
                "abandoned": row["Abandoned"] == "YES",
                "transferred": int(row["Transfers"]) > 0,
            }
        )
    return records


AGENT_STATUS = (
    "Interval Start,Interval End,Interval Complete,Filters,Agent Id,Agent Name,Logged In,On Queue,Idle,Off Queue,"
    "Interacting"
)


def genesys_agent_status(data: bytes, zone: tzinfo) -> list[Record]:
    """Genesys Cloud agent status.

    - A row is an agent in an interval: one duration a state, named as the header in small letters. They lie in one
      another: Logged In = On Queue + Off Queue, On Queue = Idle + Interacting.
    - `agent` Agent Name; `start` Interval Start, US form as in the interactions (chosen). No id.
    - Durations are clocks with a blank in front and hours above 24 (chosen for this view); an empty cell is nothing.
    - Any `Interval Complete` but YES refuses the file (chosen: an open interval is not final).
    """
    records: list[Record] = []
    for row in table(comma(data), AGENT_STATUS):
        if row["Interval Complete"] != "YES":
            raise Unreadable("an interval is still open")
        records.append(
            {
                "agent": row["Agent Name"],
                "start": when(row["Interval Start"], US_STAMP, zone),
                **known(
                    logged_in=clock(row["Logged In"]),
                    on_queue=clock(row["On Queue"]),
                    idle=clock(row["Idle"]),
                    off_queue=clock(row["Off Queue"]),
                    interacting=clock(row["Interacting"]),
                ),
            }
        )
    return records


# ------------------------------------------------------------------------------------------------------- Talkdesk

CALLS = (
    "call_id,callsid,type,start_at,end_at,talkdesk_phone_number,talkdesk_phone_display_name,contact_phone_number,"
    "user_id,user_name,user_email,total_time,talk_time,wait_time,hold_time,abandon_time,total_ringing_time,"
    "disposition_code,notes,user_voice_rating,ring_groups,ivr_options,is_in_business_hours,is_callback_from_queue,"
    "is_transfer,handling_user_id,handling_user_name,handling_user_email,recording_url,is_external_transfer,"
    "is_if_no_answer,is_call_forwarding,csat_score,csat_survey_time,team_id,team_name,rating_reason,"
    "agent_disconnected,data_status,int_custom_field_n1,int_custom_field_n2,float_custom_field_n1,"
    "float_custom_field_n2,text_custom_field_n1,text_custom_field_n2,text_custom_field_n3,text_custom_field_n4,"
    "timestamp_custom_field_n1,disposition_set,nested_disposition"
)
EXPLORE_CALLS = (
    "interaction_id,call_type,start_time,end_time,talkdesk_phone_number,customer_phone_number,talk_time,record,hangup,"
    "in_business_hours?,callback_from_queue?,waiting_time,agent_speed_to_answer,holding_time,rating,description,"
    "agent_name,phone_display_name,disposition_code,transfer?,handling_agent,tags,ivr_options,csat_score,"
    "csat_survey_time,team,rating_reason,agent_disconnected"
)
TALKDESK_CONTACTS = (
    "Interaction ID,Contact ID,Company Number,Phone Display Name,Contact Person Number,"
    "External Phone Number (Forward),Direction,Contact Type,Started At,Wait Time,Time to Missed,Abandon Time,"
    "Short Abandon Time,Time to Voicemail,Ring Time,Connect Time,Answered At,Connected At,Talk Time,Hard Hold Time,"
    "Soft Hold Time,Hold Time,After Call Work Time,Finished At,Duration,Handle Time,Inside Business Hours (Yes / No),"
    "Inside Service Level (Yes /No),Within Service Level Threshold (Yes / No),Transfer Out (Yes/No),Transfer Out Type,"
    "Transfer In (Yes / No),Transfer In Type,Callback (Yes / No),Ring Groups,User Name,Direct Assignment User,"
    "Team Name,User ID,Direct Assignment IDs,Team ID,Handling Ring Groups,Disconnected By Agent,"
    "Last Contact (Yes / No),Data Status (Valid / Damaged)"
)


def talkdesk_states(kind: str) -> dict[str, bool]:
    """The states of a call type or contact type, in either spelling."""
    kind = kind.lower().replace(" ", "_")
    return {
        "offered": kind in ("inbound", "answered", "missed", "abandoned", "short_abandoned", "voicemail"),
        "answered": kind in ("inbound", "answered", "outbound", "connected"),
        "abandoned": kind in ("abandoned", "short_abandoned"),
        "missed": kind == "missed",
        "voicemail": kind == "voicemail",
    }


def talkdesk_direction(kind: str) -> str:
    """`outbound` and `outbound_missed` went out, every other type came in."""
    return "outbound" if kind.startswith("outbound") else "inbound"


def talkdesk_calls(data: bytes, _: tzinfo) -> list[Record]:
    """Talkdesk calls, from 11 May 2026: whole seconds.

    - The columns are those of the vendor's own example of 2026; the CSV has them in the same order (chosen).
    - A row is a call; `id` call_id; `start` start_at, UTC.
    - `direction` outbound for the types that begin with it, inbound for the others (chosen: there is no column, and
      `type` mixes direction and result). `outcome` disposition_code.
    - `queue` the first of ring_groups, `+` between names (chosen); `agent` user_name, who received or placed the call
      (chosen over handling_user_name, the last); `customer` contact_phone_number.
    - `wait` wait_time (filled on abandoned calls too), `ring` total_ringing_time, `talk` talk_time, `hold` hold_time,
      `duration` total_time. Talk and hold are added by the vendor's handle time, so talk is without hold. No wrap,
      no ivr.
    - type: inbound is answered; outbound is answered, outbound_missed not; missed, abandoned, short_abandoned and
      voicemail are what they say, and offered. transferred: is_transfer.
    """
    return [
        {
            "id": row["call_id"],
            "start": instant(datetime.fromisoformat(row["start_at"])),
            "direction": talkdesk_direction(row["type"]),
            "queue": row["ring_groups"].split("+")[0],
            "agent": row["user_name"],
            "customer": row["contact_phone_number"],
            "outcome": row["disposition_code"],
            **known(
                wait=micros(row["wait_time"]),
                ring=micros(row["total_ringing_time"]),
                talk=micros(row["talk_time"]),
                hold=micros(row["hold_time"]),
                duration=micros(row["total_time"]),
            ),
            **talkdesk_states(row["type"]),
            "transferred": row["is_transfer"] == "true",
        }
        for row in once(table(comma(data), CALLS))
    ]


def day_fraction(text: str) -> int | None:
    """A fraction of a day, printed from a short binary float: the whole second that it stands for, or a refusal."""
    if not text:
        return None
    exact = Fraction(Decimal(text)) * 86_400
    second = round(exact)
    if abs(exact - second) > Fraction(1, 100):
        raise Unreadable(f"{text} of a day is no whole second")
    return second * SECOND


def talkdesk_calls_before(data: bytes, _: tzinfo) -> list[Record]:
    """Talkdesk calls, until 11 May 2026: fractions of a day (0.000069444446 is 6 s), snapped to the second.

    - The rules of the later generation, with `id` interaction_id, `start` start_time in UTC without a mark, `agent`
      agent_name, `wait` waiting_time, `hold` holding_time, transferred `transfer?` Yes.
    - `queue` phone_display_name (chosen: the only place of entry; `tags` may hold ring groups, or tags).
    - Cannot tell: ring (agent_speed_to_answer is not defined), the whole duration (no column states it).
    """
    return [
        {
            "id": row["interaction_id"],
            "start": when(row["start_time"], "%Y-%m-%d %H:%M:%S"),
            "direction": talkdesk_direction(row["call_type"]),
            "queue": row["phone_display_name"],
            "agent": row["agent_name"],
            "customer": row["customer_phone_number"],
            "outcome": row["disposition_code"],
            **known(
                wait=day_fraction(row["waiting_time"]),
                talk=day_fraction(row["talk_time"]),
                hold=day_fraction(row["holding_time"]),
            ),
            **talkdesk_states(row["call_type"]),
            "transferred": row["transfer?"] == "Yes",
        }
        for row in once(table(comma(data), EXPLORE_CALLS))
    ]


def talkdesk_contacts(data: bytes, zone: tzinfo) -> list[Record]:
    """Talkdesk contacts report.

    - A row is a contact in Talkdesk's sense, `id` Contact ID. A transfer makes a second contact of the same
      Interaction ID; they stay two (chosen: the vendor counts contacts), and an interaction is not put together.
    - `start` Started At in the zone asked for in the export job; `direction` Direction; `queue` the first of Ring
      Groups (`+` between names, chosen); `agent` User Name; `customer` Contact Person Number; `outcome` Contact Type,
      the only result there is.
    - `wait` Wait Time (the vendor's has the ringing in it), `ring` Ring Time, `talk` Talk Time, `hold` Hold Time
      (hard and soft), `wrap` After Call Work Time, `duration` Duration; whole seconds (chosen). The vendor's handle
      time is their sum, so talk is without hold. An empty cell is nothing. No ivr.
    - Contact Type: Answered, Missed, Abandoned, Short Abandoned and Voicemail are offered; Answered and Connected are
      answered; Not Connected is neither. transferred: Transfer Out Yes.
    """
    return [
        {
            "id": row["Contact ID"],
            "start": when(row["Started At"], "%Y-%m-%d %H:%M:%S", zone),
            "direction": row["Direction"],
            "queue": row["Ring Groups"].split("+")[0],
            "agent": row["User Name"],
            "customer": row["Contact Person Number"],
            "outcome": row["Contact Type"],
            **known(
                wait=micros(row["Wait Time"]),
                ring=micros(row["Ring Time"]),
                talk=micros(row["Talk Time"]),
                hold=micros(row["Hold Time"]),
                wrap=micros(row["After Call Work Time"]),
                duration=micros(row["Duration"]),
            ),
            **talkdesk_states(row["Contact Type"]),
            "transferred": row["Transfer Out (Yes/No)"] == "Yes",
        }
        for row in once(table(comma(data), TALKDESK_CONTACTS))
    ]


# ------------------------------------------------------------------------------------------------------- Vicidial

EXPORT = (
    "call_date,phone_number_dialed,status,user,full_name,campaign_id,vendor_lead_code,source_id,list_id,"
    "gmt_offset_now,phone_code,phone_number,title,first_name,middle_initial,last_name,address1,address2,address3,city,"
    "state,province,postal_code,country_code,gender,date_of_birth,alt_phone,email,security_phrase,comments,"
    "length_in_sec,user_group,alt_dial,rank,owner,lead_id"
)
LEAD_DATES = "entry_date,called_count,last_local_call_time,modify_date,called_since_last_reset"
LIST = "list_name,list_description,status_name"
CARRIER = "uniqueid,caller_code,server_ip,hangup_cause,dialstatus,channel,dial_time,answered_time,cpd_result"
NOBODY_LOGGED_IN = ("VDAD", "VDCL")
NO_CONVERSATION = (
    "NEW QUEUE INCALL DROP XDROP PDROP NA AA AM AL AFAX AB ADC DC N B A LRERR TIMEOT AFTHRS NANQUE IQNANQ HOLDTO "
    "QVMAIL MAXCAL DNCL"
)


def vicidial_call_export(data: bytes, zone: tzinfo) -> list[Record]:
    """Vicidial Export Calls report: tabs, CRLF, no quotes at all (a quote is a character of the cell).

    - A row is a call. The optional columns are told by the header: five of the lead, then list and status names, then
      nine of the carrier (EXTENDED). The translated editions name the second column phone_number, as the twelfth.
    - `id` uniqueid, in the EXTENDED layout only; without it no row is a repeat. lead_id is the customer's file.
    - `start` call_date, the database's local time; gmt_offset_now is the lead's zone, not the call's.
    - `queue` campaign_id: the campaign of an outbound call, the in-group of an inbound one. `agent` full_name, nobody
      for the users VDAD and VDCL. `customer` phone_number_dialed, of inbound calls the caller. `outcome` status.
    - `duration` length_in_sec, the whole call with its wait; talk, hold and wrap cannot be told.
    - The exporter writes the queue seconds of an inbound call into the column alt_dial (MAIN, ALT, NONE of outbound
      ones): a number there says inbound, and is the `wait`. There is no `direction`.
    - offered: inbound. answered (chosen): an agent, and a status other than the system's for calls without a
      conversation. abandoned (chosen): inbound, DROP or XDROP, and no agent.
    """
    cells = [line.split("\t") for line in data.decode("utf-8").removesuffix("\r\n").split("\r\n")]
    extended = "uniqueid" in cells[0]
    names = f"{EXPORT},{LEAD_DATES},{LIST},{CARRIER}" if extended else f"{EXPORT},{LIST}"
    if cells[0][1] == "phone_number":
        cells[0][1] = "phone_number_dialed"
    rows = table(cells, names.replace(",", "\t"), "\t")
    records = []
    for row in once(rows) if extended else rows:
        inbound = re.fullmatch(r"\d+(\.\d+)?", row["alt_dial"]) is not None
        agent = "" if row["user"] in NOBODY_LOGGED_IN else row["full_name"]
        record: Record = {"id": row["uniqueid"]} if extended else {}
        record |= {
            "start": when(row["call_date"], "%Y-%m-%d %H:%M:%S", zone),
            "queue": row["campaign_id"],
            "agent": agent,
            "customer": row["phone_number_dialed"],
            "outcome": row["status"],
            **known(wait=micros(row["alt_dial"]) if inbound else None, duration=micros(row["length_in_sec"])),
            "offered": inbound,
            "answered": bool(agent) and row["status"] not in NO_CONVERSATION.split(),
            "abandoned": inbound and not agent and row["status"] in ("DROP", "XDROP"),
        }
        records.append(record)
    return records


def vicidial_agent_time_detail(data: bytes, zone: tzinfo) -> list[Record]:
    """Vicidial Agent Time Detail.

    - Three lines first: title, `Time range: A to B`, nothing. Then the header, a row an agent, and a line TOTALS that
      is no agent (its ID column counts them).
    - `agent` USER, the full name; `start` the beginning of the time range: one record for the whole of it. No id.
    - One duration a state, named as the header in small letters with `_` for the blank; the columns after CUSTOMER
      are the pause codes that occurred. AGENT TIME = WAIT + TALK + DISPO + PAUSE; DEAD and CUSTOMER are parts of TALK,
      the pause codes parts of PAUSE.
    - From an hour up a cell is `H:MM:SS`, below it `M:SS`, and nothing is `0:00`: two parts are minutes and seconds
      (read as hours and minutes it is the known fault of the CSV, times sixty).
    - The exporter quotes nothing: a name with a comma would move the row, which then has a cell too many.
    """
    lines = data.decode("utf-8").splitlines()
    span = re.fullmatch(r"Time range: (.+) to (.+)", lines[1])
    if not lines[0].startswith("Agent Time Detail") or span is None or lines[2]:
        raise Unreadable("the lines before the header are not those of the report")
    rows = table([line.split(",") for line in lines[3:]])
    if rows[-1]["USER"] != "TOTALS" or int(rows[-1]["ID"]) != len(rows) - 1:
        raise Unreadable("the totals do not close the report")
    states = [name for name in rows[0] if name not in ("USER", "ID", "CALLS")]
    start = when(span.group(1), "%Y-%m-%d %H:%M:%S", zone)
    return [
        {
            "agent": row["USER"],
            "start": start,
            **known(**{state.lower().replace(" ", "_"): clock(row[state]) for state in states}),
        }
        for row in rows[:-1]
    ]


# ------------------------------------------------------------------------------------------------------- the table


@dataclass(frozen=True)
class Reading:
    """How a sample is read, what the contract has to say for it, and what became of its rows."""

    report: str
    """The word after `report:`."""
    read: Callable[[bytes, tzinfo], list[Record]]
    rows: int
    """Rows of the file without header, preamble and trailer, counted by eye."""
    repeats: int = 0
    """Rows that repeat an earlier one exactly and are not counted again."""
    record: str = "contact"
    """`contact` or `agent_state`."""
    zone: str = "UTC"
    """The zone of stamps without one, from the contract; UTC where the export says it itself."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What else the file does not say: the unit and the form of dates of a view that the user composes."""
    lines: tuple[int, int] = (1, 0)
    """Lines before the first row and after the last one."""

    def records(self, data: bytes) -> list[Record]:
        """The canonical records of a file."""
        return self.read(data, ZoneInfo(self.zone))


PACIFIC, EASTERN, ARIZONA = "America/Los_Angeles", "America/New_York", "America/Phoenix"
PARIS, LONDON = "Europe/Paris", "Europe/London"
AGENTS = "agent_state"

READINGS: dict[tuple[str, str], Reading] = {
    ("five9", "call_log.csv"): Reading("call_log", five9_call_log, 13, 1, zone=PACIFIC),
    ("five9", "inbound_call_log.csv"): Reading("inbound_call_log", five9_inbound_call_log, 12, 1, zone=PACIFIC),
    ("aircall", "calls-v3.csv"): Reading("calls", aircall_v3, 12, 1),
    ("aircall", "calls-v2.csv"): Reading("calls", aircall_v2, 10),
    ("aircall", "calls-v1.csv"): Reading("calls", aircall_v1, 9),
    ("cxone", "contacts.csv"): Reading("contacts", cxone_contacts, 13, 1, zone=ARIZONA),
    ("cxone", "agent_state_log.csv"): Reading(
        "agent_state_log", cxone_agent_state_log, 11, record=AGENTS, zone=ARIZONA
    ),
    ("cxone", "agent_by_day.csv"): Reading("agent_by_day", cxone_agent_by_day, 10, record=AGENTS, zone=ARIZONA),
    ("genesys", "interactions.csv"): Reading(
        "interactions", genesys_interactions, 11, 1, zone=EASTERN, settings={"unit": "ms", "dates": "en-US"}
    ),
    ("genesys", "agent_status.csv"): Reading(
        "agent_status",
        genesys_agent_status,
        8,
        record=AGENTS,
        zone=EASTERN,
        settings={"unit": "h:mm:ss", "dates": "en-US"},
    ),
    ("talkdesk", "calls-from-2026-05-11.csv"): Reading("calls", talkdesk_calls, 11, 1),
    ("talkdesk", "calls-before-2026-05-11.csv"): Reading("calls", talkdesk_calls_before, 11, 1),
    ("talkdesk", "contacts.csv"): Reading("contacts", talkdesk_contacts, 13, 1, zone=PARIS),
    ("vicidial", "call_export.txt"): Reading("call_export", vicidial_call_export, 11, zone=LONDON),
    ("vicidial", "call_export-translated.txt"): Reading("call_export", vicidial_call_export, 11, zone=LONDON),
    ("vicidial", "call_export-extended.txt"): Reading("call_export", vicidial_call_export, 8, 1, zone=LONDON),
    ("vicidial", "agent_time_detail.csv"): Reading(
        "agent_time_detail", vicidial_agent_time_detail, 8, record=AGENTS, zone=LONDON, lines=(4, 1)
    ),
}

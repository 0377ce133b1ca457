"""A second reading of exports, slow and plain: one small function per report, from the platforms' own words.

What the readers of `callbill` are held against, so nothing here comes from them. A function takes the bytes of one
export and the settings that its contract would declare, and gives one record per contact or interval, in the order of
their first row: instants in whole microseconds since 1970 UTC, durations in whole microseconds, states as booleans,
counts as integers. A field that the export cannot give is left out; a null word becomes an empty text.

Said once for all reports:

- two rows that are equal in every cell are one row that was delivered twice;
- `answered` means that an agent spoke, in either direction; `offered` that a caller wanted an agent, inbound only;
- where the platform has no flag for it, `abandoned` is offered, not answered and not sent to voicemail;
- `queue` is empty for a call that nobody queued, `agent` for a contact that no agent answered;
- "chosen" marks what no public document settles.

Settings are `zone` for stamps without an offset, and nothing else.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

Value = str | int | bool
Record = dict[str, Value]
Row = dict[str, str]
Settings = Mapping[str, str]

MICRO = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PARIS = {"zone": "Europe/Paris"}


@dataclass(frozen=True)
class Reading:
    """How one sample is read: the report it holds, the settings of its contract, the function."""

    report: str
    read: Callable[[bytes, Settings], list[Record]]
    settings: Settings = field(default_factory=dict)


# ------------------------------------------------------------------------------------------------------- cells


def whole(value: Fraction) -> int:
    """An exact number of microseconds."""
    if value.denominator != 1:
        raise ValueError(f"{value} is not a whole number of microseconds")
    return value.numerator


def seconds(cell: str) -> int:
    return whole(Fraction(Decimal(cell)) * MICRO)


def milliseconds(cell: str) -> int:
    return whole(Fraction(Decimal(cell)) * 1000)


def clock(cell: str) -> int:
    """`00:03:05`, hours unbounded."""
    hours, minutes, rest = cell.split(":")
    return (int(hours) * 3600 + int(minutes) * 60 + int(rest)) * MICRO


def minutes_to_the_second(cell: str) -> int:
    """Decimal minutes, snapped to the whole second that their few decimals blurred, half up."""
    return int(Fraction(Decimal(cell)) * 60 + Fraction(1, 2)) * MICRO


def micros(moment: datetime) -> int:
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * MICRO + since.microseconds


def utc(cell: str) -> int:
    """An ISO stamp that ends in `Z`, with one to six decimals or none."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z", cell)
    if found is None:
        raise ValueError(f"{cell} is not an instant in UTC")
    moment = datetime.strptime(found[1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return micros(moment) + int((found[2] or "").ljust(6, "0"))


def local(cell: str, form: str, zone: str) -> int:
    """A stamp without an offset, in a zone where it happened exactly once."""
    naive = datetime.strptime(cell, form)  # noqa: DTZ007 - the zone follows
    first, second = (naive.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise ValueError(f"{cell} is repeated or missing in {zone}")
    return micros(first.astimezone(UTC))


def address(cell: str) -> str:
    """A customer's number less the scheme in front of it."""
    return re.sub(r"^(tel|sip):", "", cell)


# -------------------------------------------------------------------------------------------------------- rows


def distinct(rows: Iterable[list[str]]) -> list[list[str]]:
    kept: list[list[str]] = []
    for row in rows:
        if row not in kept:
            kept.append(row)
    return kept


def cells(data: bytes, delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> list[list[str]]:
    """The rows that are not blank, exact repeats once; a byte order mark is no part of the first cell."""
    lines = io.StringIO(data.decode("utf-8-sig"), newline="")
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)  # type: ignore[arg-type] # Literal
    return distinct(row for row in reader if row)


def named(row: list[str], names: list[str]) -> Row:
    return dict(zip(names, row, strict=True))


def table(data: bytes) -> list[Row]:
    """A CSV with a header."""
    header, *rows = cells(data)
    return [named(row, header) for row in rows]


def together(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    """The rows of each contact, both in the order of the file."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups


def given(**fields: Value | None) -> Record:
    """A record without the fields that are not known."""
    return {name: value for name, value in fields.items() if value is not None}


def total(durations: Iterable[int]) -> int | None:
    """A sum over legs; unknown when no leg has the figure."""
    known = list(durations)
    return sum(known) if known else None


# ---------------------------------------------------------------------------------------------------- vocalcom


def vocalcom_calls(data: bytes, settings: Settings) -> list[Record]:
    """Vocalcom Hermes ODCalls: comma, header, CRLF, the word NULL, integer seconds, one row a call.

    start: CallUniversalTime, UTC without a mark; CallLocalTime beside it must differ by whole quarters of an hour, and
    CallUniversalTimeString repeat it. direction: CallType, 1 inbound, anything else outbound (chosen; 1 is seen).
    queue: FirstQueue. agent: FirstAgent. customer: ANI, for an outbound call without one OutTel (chosen).
    outcome: CallStatusNum (chosen among Group, Num, Detail). wait: TotalWaitDuration, which counts the queues before an
    overflow; WaitDuration is the last queue only (chosen). talk: ConvDuration; wrap: WrapupDuration; ivr: IvrDuration;
    duration: Duration. No hold; AcceptDuration is undocumented, so no ring.
    offered: inbound and it entered a queue (closed and IVR-only calls did not). answered: FirstAgent is somebody.
    abandoned: the Abandon flag. NoAgent is neither answered nor abandoned.
    """
    return [vocalcom_call({name: "" if cell == "NULL" else cell for name, cell in row.items()}) for row in table(data)]


def vocalcom_call(row: Row) -> Record:
    moment, beside = (datetime.strptime(row[name], "%Y-%m-%d %H:%M:%S.%f") for name in ODCALLS_TIMES)  # noqa: DTZ007
    if (beside - moment).total_seconds() % 900 or f"{moment:%Y%m%d%H%M%S}" != row["CallUniversalTimeString"]:
        raise ValueError(f"the stamps of {row['ID']} contradict each other")
    inbound = row["CallType"] == "1"
    return given(
        id=row["ID"],
        start=micros(moment.replace(tzinfo=UTC)),
        direction=row["CallType"],
        queue=row["FirstQueue"],
        agent=row["FirstAgent"],
        customer=address(row["ANI"] or row["OutTel"]),
        outcome=row["CallStatusNum"],
        wait=seconds(row["TotalWaitDuration"]),
        talk=seconds(row["ConvDuration"]),
        wrap=seconds(row["WrapupDuration"]),
        ivr=seconds(row["IvrDuration"]),
        duration=seconds(row["Duration"]),
        offered=inbound and row["FirstQueue"] != "",
        answered=row["FirstAgent"] != "",
        abandoned=row["Abandon"] == "1",
        outbound=not inbound,
    )


ODCALLS_TIMES = ("CallUniversalTime", "CallLocalTime")


# --------------------------------------------------------------------------------------------------------- 3CX

CDR_LOG = [
    *("historyid", "callid", "duration", "time-start", "time-answered", "time-end", "reason-terminated", "from-no"),
    *("to-no", "from-dn", "to-dn", "dial-no", "reason-changed", "final-number", "final-dn", "bill-code", "bill-rate"),
    *("bill-cost", "bill-name", "chain", "missed-queue-calls", "from-dispname", "to-dispname", "final-dispname"),
    *("from-type", "to-type", "final-type"),
]


def threecx_cdr_log(data: bytes, settings: Settings) -> list[Record]:
    """3CX cdr.log, all 27 fields: comma, no header, CRLF, every second line blank, a copyright line at the end.

    Rows of one callid are its legs. Stamps are local, without a mark. direction has no column: inbound does not come
    from an extension (`from-no` is not `Ext.…`), outbound comes from one and does not go to one.
    queue: to-dn of the first leg, inbound only. A leg reaches final-type, or to-type when nothing replaced it; an agent
    spoke on a leg that has time-answered and reaches an Extension (chosen: Ivr, Queue, RingGroup, VoiceMail are
    machines, and they set time-answered too). agent: final-dn or to-dn of the first such leg; from-dn when outbound.
    customer: from-no inbound, to-no outbound. outcome: reason-terminated of the last leg.
    talk: the stated durations of the legs an agent spoke on, not end - answered, which can be a second more. The
    duration of an unanswered leg is ringing. No wait: the log holds queue, ring and menu together; no hold, wrap.
    offered: inbound and some leg went to or reached something other than an Ivr. voicemail: some leg reached it.
    """
    rows = [row for row in cells(data) if not (len(row) == 1 and row[0].startswith("Copyright"))]
    legs = together((named(row, CDR_LOG) for row in rows), "callid")
    return [threecx_call(call, rows, settings["zone"]) for call, rows in legs.items()]


def threecx_call(call: str, legs: list[Row], zone: str) -> Record:
    def at(cell: str) -> int:
        return local(cell, "%Y/%m/%d %H:%M:%S", zone)

    legs = sorted(legs, key=lambda leg: at(leg["time-start"]))
    first, last = legs[0], legs[-1]
    start = at(first["time-start"])
    inbound = not first["from-no"].startswith("Ext.")
    outbound = not inbound and not first["to-no"].startswith("Ext.")
    reached = [leg["final-type"] or leg["to-type"] for leg in legs]
    person = "ExternalLine" if outbound else "Extension"
    spoken = [leg for leg, kind in zip(legs, reached, strict=True) if leg["time-answered"] and kind == person]
    voicemail = "VoiceMail" in reached
    offered = inbound and any(kind != "Ivr" for kind in reached)
    abandoned = offered and not spoken and not voicemail
    return given(
        id=call,
        start=start,
        queue=first["to-dn"] if inbound else "",
        agent=(spoken[0]["final-dn"] or spoken[0]["to-dn" if inbound else "from-dn"]) if spoken else "",
        customer=address(first["from-no"] if inbound else first["to-no"] if outbound else ""),
        outcome=last["reason-terminated"],
        talk=total(clock(leg["duration"]) for leg in spoken),
        offered=offered,
        answered=bool(spoken),
        abandoned=abandoned,
        outbound=outbound,
        voicemail=voicemail,
    )


def threecx_call_report(data: bytes, settings: Settings) -> list[Record]:
    """3CX V20 call report: comma, header, UTF-8, ISO stamps without an offset, HH:MM:SS, several rows a Call ID.

    A ring group rings several extensions, each a row; a queue is a row of its own whose Direction is `Inbound Queue`
    (seen in public readers of this report). direction: of the first row. queue: To of the queue row, else empty.
    agent: To of the first Answered row that is neither a queue nor voicemail; From when the call is not inbound.
    customer: From inbound, To outbound, nobody internal. outcome: Status of the last row.
    wait: Ringing of the queue rows before the first agent's (chosen). ring: Ringing of the other rows, summed though
    extensions may ring at once. talk: Talking, without voicemail's. No hold, wrap. outbound: Direction Outbound.
    abandoned: inbound, no agent, no voicemail. voicemail: a row To something called Voicemail.
    The report cannot tell a menu that answers from an agent: whoever answers is one.
    """
    return [threecx_contact(call, rows, settings["zone"]) for call, rows in together(table(data), "Call ID").items()]


def threecx_contact(call: str, rows: list[Row], zone: str) -> Record:
    rows = sorted(rows, key=lambda row: row["Call Time"])
    first = rows[0]
    inbound, outbound = first["Direction"].startswith("Inbound"), first["Direction"] == "Outbound"
    queues = [row for row in rows if row["Direction"] == "Inbound Queue"]
    recorded = [row for row in rows if "voicemail" in row["To"].lower()]
    agents = [row for row in rows if row["Status"] == "Answered" and row not in queues and row not in recorded]
    return given(
        id=call,
        start=local(first["Call Time"], "%Y-%m-%dT%H:%M:%S", zone),
        direction=first["Direction"],
        queue=queues[0]["To"] if queues else "",
        agent=agents[0]["To" if inbound else "From"] if agents else "",
        customer=address(first["From"] if inbound else first["To"] if outbound else ""),
        outcome=rows[-1]["Status"],
        wait=total(clock(row["Ringing"]) for row in queues if not agents or row["Call Time"] <= agents[0]["Call Time"]),
        ring=total(clock(row["Ringing"]) for row in rows if row not in queues),
        talk=total(clock(row["Talking"]) for row in rows if row not in recorded),
        offered=inbound,
        answered=bool(agents),
        abandoned=inbound and not agents and not recorded,
        outbound=outbound,
        voicemail=bool(recorded),
    )


# ---------------------------------------------------------------------------------------------------- Asterisk

MASTER = [
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start"),
    *("answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield"),
]


def asterisk_cdr(data: bytes, settings: Settings) -> list[Record]:
    """Asterisk Master.csv: comma, no header, texts quoted, local stamps without a mark, integer seconds.

    Rows of one uniqueid are the legs of a call: one a phone that was rung (chosen). queue: dst, the number dialled.
    agent: dstchannel of the first ANSWERED leg less the `-0000001b` that is new on every call (chosen: with it no two
    calls have the same agent). customer: src. outcome: disposition of the last leg.
    ring: duration - billsec; talk: billsec as stated, not end - answer; voicemail's billsec is no talk, so it is not
    summed. No wait, hold, wrap, and no duration of the whole.
    The export cannot tell the direction (dcontext is the administrator's word): every call is taken as offered.
    answered: an ANSWERED leg that has a dstchannel; without one an application answered. voicemail: lastapp VoiceMail.
    abandoned: the last leg is NO ANSWER (chosen: BUSY and FAILED are not the caller's doing).
    """
    legs = together((named(row, MASTER) for row in cells(data)), "uniqueid")
    return [asterisk_call(call, rows, settings["zone"]) for call, rows in legs.items()]


def asterisk_call(call: str, legs: list[Row], zone: str) -> Record:
    legs = sorted(legs, key=lambda leg: leg["start"])
    spoken = [leg for leg in legs if leg["disposition"] == "ANSWERED" and leg["dstchannel"]]
    return given(
        id=call,
        start=local(legs[0]["start"], "%Y-%m-%d %H:%M:%S", zone),
        queue=legs[0]["dst"],
        agent=re.sub(r"-[0-9a-f]{8}(;[12])?$", "", spoken[0]["dstchannel"]) if spoken else "",
        customer=address(legs[0]["src"]),
        outcome=legs[-1]["disposition"],
        ring=sum(seconds(leg["duration"]) - seconds(leg["billsec"]) for leg in legs),
        talk=sum(seconds(leg["billsec"]) for leg in spoken),
        offered=True,
        answered=bool(spoken),
        abandoned=not spoken and legs[-1]["disposition"] == "NO ANSWER",
        voicemail=any(leg["lastapp"] == "VoiceMail" for leg in legs),
    )


QUEUE_LOG = ("time", "call", "queue", "agent", "event", "data1", "data2", "data3")


def asterisk_queue_log(data: bytes, settings: Settings) -> list[Record]:
    """Asterisk queue_log: pipe, no header, no quoting, Unix seconds, one line an event, 5 to 8 cells.

    ENTERQUEUE(url, caller, position) begins a contact, and begins it again in the next queue after EXITWITHTIMEOUT
    (position, position, wait). CONNECT(wait, bridged, ring) is the agent's answer, COMPLETEAGENT and COMPLETECALLER
    (wait, talk, position) the end of it, ABANDON(position, position, wait) the caller's leaving. Seconds, except
    RINGNOANSWER(ring) in MILLISECONDS. Lines whose call is NONE are about agents and queues, not contacts.
    start, queue, customer: of the first ENTERQUEUE. agent: of the first CONNECT. outcome: the contact's last event.
    wait: summed over the queues up to the first CONNECT; waiting again after an agent spoke is not in it (chosen).
    ring: CONNECT's and RINGNOANSWER's, summed. talk: of every COMPLETE; a call still going on at the end of the log is
    answered and has none. No direction (all inbound), hold, wrap. abandoned: ABANDON, and no agent before it.
    A contact that times out of its last queue is offered, neither answered nor abandoned.
    """
    padded = [(row + [""] * 8)[:8] for row in cells(data, "|", csv.QUOTE_NONE)]
    events = together((dict(zip(QUEUE_LOG, row, strict=True)) for row in padded), "call")
    return [queued_call(call, rows) for call, rows in events.items() if call != "NONE"]


def queued_call(call: str, events: list[Row]) -> Record:
    def of(*names: str) -> list[Row]:
        return [event for event in events if event["event"] in names]

    entered, connected = of("ENTERQUEUE")[0], of("CONNECT")
    before = events[: events.index(connected[0]) + 1] if connected else events
    place = {"CONNECT": "data1", "ABANDON": "data3", "EXITWITHTIMEOUT": "data3"}
    waits = [seconds(event[place[event["event"]]]) for event in before if event["event"] in place]
    rings = [seconds(event["data3"]) for event in connected]
    return given(
        id=call,
        start=int(entered["time"]) * MICRO,
        queue=entered["queue"],
        agent=connected[0]["agent"] if connected else "",
        customer=address(entered["data2"]),
        outcome=events[-1]["event"],
        wait=total(waits),
        ring=total(rings + [milliseconds(event["data1"]) for event in of("RINGNOANSWER")]),
        talk=total(seconds(event["data2"]) for event in of("COMPLETEAGENT", "COMPLETECALLER")),
        offered=True,
        answered=bool(connected),
        abandoned=bool(of("ABANDON")) and not connected,
    )


# -------------------------------------------------------------------------------------------------- FreeSWITCH

CDR_CSV = [
    *("caller_id_name", "caller_id_number", "destination_number", "context", "start_stamp", "answer_stamp"),
    *("end_stamp", "duration", "billsec", "hangup_cause", "uuid", "bleg_uuid", "accountcode", "read_codec"),
    "write_codec",
]


def freeswitch_cdr_csv(data: bytes, settings: Settings) -> list[Record]:
    """FreeSWITCH cdr_csv, template "example": comma, no header, everything quoted, local stamps, integer seconds.

    A contact is an a-leg. A row whose uuid is some row's bleg_uuid is that call's b-leg, written when `legs` is `ab`:
    it is no contact and repeats the conversation, so nothing is summed. queue: destination_number of the a-leg.
    agent: destination_number of the b-leg; without b-leg rows the export cannot tell who answered (empty).
    customer: caller_id_number. outcome: hangup_cause. talk: billsec. ring: duration - billsec. duration: duration.
    The export cannot tell the direction (context is the administrator's word): every call is taken as offered; nor a
    machine that answers from an agent: answered means that answer_stamp is there.
    abandoned: ORIGINATOR_CANCEL, the caller hung up first; NO_ANSWER and USER_BUSY are not that.
    """
    rows = [named(row, CDR_CSV) for row in cells(data)]
    by_uuid = {row["uuid"]: row for row in rows}
    second_legs = {row["bleg_uuid"] for row in rows}
    return [
        given(
            id=row["uuid"],
            start=local(row["start_stamp"], "%Y-%m-%d %H:%M:%S", settings["zone"]),
            queue=row["destination_number"],
            agent=by_uuid[row["bleg_uuid"]]["destination_number"] if row["bleg_uuid"] and row["answer_stamp"] else "",
            customer=address(row["caller_id_number"]),
            outcome=row["hangup_cause"],
            ring=seconds(row["duration"]) - seconds(row["billsec"]),
            talk=seconds(row["billsec"]),
            duration=seconds(row["duration"]),
            offered=True,
            answered=row["answer_stamp"] != "",
            abandoned=row["hangup_cause"] == "ORIGINATOR_CANCEL",
        )
        for row in rows
        if row["uuid"] not in second_legs
    ]


# --------------------------------------------------------------------------------------------- Avaya IP Office

SMDR = [
    *("start", "connected", "ring", "caller", "direction", "called", "dialled", "account", "internal", "call"),
    *("continues", "party1", "name1", "party2", "name2"),
]
SMDR_FULL = [*SMDR, "hold", "park", *(f"unused{place}" for place in range(18, 31))]


def avaya_smdr(data: bytes, settings: Settings) -> list[Record]:
    """Avaya IP Office SMDR: comma, no header, CRLF, one local stamp, H:MM:SS connected, seconds of ring.

    Records of one call id are its legs; continuation 1 says that another follows, perhaps after other calls' records,
    and all bear the call's start. Party 1 is the extension (`E…`), a voicemail channel (`V…`) or, of an inbound call,
    whoever it was for when nobody answered. The connected time is without ring, hold and park (vendor).
    queue: the called number or group, inbound only. agent: party 1's name on the first leg connected to an extension.
    customer: the caller inbound, the called number outbound, nobody internal. No outcome.
    wait: ring, inbound only: the vendor counts it from arrival to answer, queueing included, and says it is not the
    time that an extension rang. talk: connected time of legs that are not voicemail's. hold: when the column is there.
    offered: direction I. Internal calls are direction O with the internal flag: neither offered nor outbound.
    voicemail: a leg connected to `V…`.
    """
    return smdr_calls(data, SMDR, settings["zone"])


def avaya_smdr_full(data: bytes, settings: Settings) -> list[Record]:
    """The same as the unit writes it today: 30 columns, of which hold and park (seconds) follow party 2's name."""
    return smdr_calls(data, SMDR_FULL, settings["zone"])


def smdr_calls(data: bytes, columns: list[str], zone: str) -> list[Record]:
    legs = together((named(row, columns) for row in cells(data)), "call")
    for call, rows in legs.items():
        if [row["continues"] for row in rows] != ["1"] * (len(rows) - 1) + ["0"]:
            raise ValueError(f"the records of call {call} do not continue each other")
    return [smdr_call(call, rows, zone) for call, rows in legs.items()]


def smdr_call(call: str, legs: list[Row], zone: str) -> Record:
    first = legs[0]
    inbound, outbound = first["direction"] == "I", first["direction"] == "O" and first["internal"] == "0"
    people = [leg for leg in legs if not leg["party1"].startswith("V")]
    spoken = [leg for leg in people if leg["party1"].startswith("E") and clock(leg["connected"])]
    voicemail = any(clock(leg["connected"]) for leg in legs if leg not in people)
    return given(
        id=call,
        start=local(first["start"], "%Y/%m/%d %H:%M:%S", zone),
        direction=first["direction"],
        queue=first["called"] if inbound else "",
        agent=spoken[0]["name1"] if spoken else "",
        customer=address(first["caller"] if inbound else first["called"] if outbound else ""),
        wait=sum(seconds(leg["ring"]) for leg in legs) if inbound else None,
        talk=total(clock(leg["connected"]) for leg in people),
        hold=sum(seconds(leg["hold"]) for leg in legs) if "hold" in first else None,
        offered=inbound,
        answered=bool(spoken),
        abandoned=inbound and not spoken and not voicemail,
        outbound=outbound,
        voicemail=voicemail,
    )


# ----------------------------------------------------------------------------------------------------- Dialpad


def dialpad_calls(data: bytes, settings: Settings) -> list[Record]:
    """Dialpad stats export, records of calls: comma, header, stamps in the zone asked of the export (UTC by default).

    time_to_answer and talk_duration are decimal MINUTES with two to six decimals: they are snapped to the second.
    A row with entry_point_call_id is the leg of an agent who was rung for the call of that id: it repeats the talk and
    is no contact. A row without one is a contact: a call centre's, or a person's own.
    queue: internal_number, inbound only. agent: name of the leg that connected first, or of a person's own connected
    call. customer: external_number. outcome: category.
    wait: inbound, time_to_answer; when abandoned, from date_queued to date_ended. talk: talk_duration. No ring, hold,
    wrap, duration of the whole. answered: date_connected is there and it is not voicemail.
    abandoned, missed: that category. voicemail: the flag. A voicemail or missed call is not abandoned.
    """
    rows = table(data)
    legs = together((row for row in rows if row["entry_point_call_id"]), "entry_point_call_id")
    contacts = [row for row in rows if not row["entry_point_call_id"]]
    return [dialpad_call(row, legs.get(row["call_id"], []), settings["zone"]) for row in contacts]


def dialpad_call(row: Row, legs: list[Row], zone: str) -> Record:
    def at(cell: str) -> int:
        return local(cell, "%Y-%m-%d %H:%M:%S", zone)

    inbound, voicemail = row["direction"] == "inbound", row["voicemail"] == "true"
    answered, abandoned = row["date_connected"] != "" and not voicemail, row["category"] == "abandoned"
    people = [leg for leg in [*legs, row] if leg["target_kind"] == "UserProfile" and leg["date_connected"]]
    wait = None
    if inbound and answered:
        wait = minutes_to_the_second(row["time_to_answer"])
    elif abandoned:
        wait = at(row["date_ended"]) - at(row["date_queued"])
    return given(
        id=row["call_id"],
        start=at(row["date_started"]),
        direction=row["direction"],
        queue=row["internal_number"] if inbound else "",
        agent=min(people, key=lambda leg: at(leg["date_connected"]))["name"] if people else "",
        customer=address(row["external_number"]),
        outcome=row["category"],
        wait=wait,
        talk=minutes_to_the_second(row["talk_duration"]) if row["talk_duration"] else None,
        offered=inbound,
        answered=answered,
        abandoned=abandoned,
        outbound=not inbound,
        missed=row["category"] == "missed",
        voicemail=voicemail,
    )


# ---------------------------------------------------------------------------------------------- Amazon Connect


def amazon_contact_records(data: bytes, settings: Settings) -> list[Record]:
    """Amazon Connect contact records: one JSON object a line, UTC, integer seconds, null for what did not happen.

    Delivered at least once: of each ContactId the record with the highest LastUpdateTimestamp counts. A transfer is a
    contact of its own (InitialContactId names the first), as in the vendor's metrics: nothing is joined.
    direction: InitiationMethod. queue: Queue.Name. agent: Agent.Username. customer: CustomerEndpoint.Address.
    outcome: DisconnectReason. wait: Queue.Duration. talk: Agent.AgentInteractionDuration, which excludes hold;
    hold: CustomerHoldDuration; wrap: AfterContactWorkDuration. No ring; menu and whole duration are not stated.
    offered: it has a Queue and came INBOUND or by TRANSFER or QUEUE_TRANSFER (the vendor's "incoming").
    answered: ConnectedToAgentTimestamp is there. abandoned: offered and no Agent.
    """
    latest: dict[str, dict[str, Any]] = {}
    for line in data.decode("utf-8").splitlines():
        record = json.loads(line)
        known = latest.setdefault(record["ContactId"], record)
        if utc(record["LastUpdateTimestamp"]) > utc(known["LastUpdateTimestamp"]):
            latest[record["ContactId"]] = record
    return [amazon_contact(record) for record in latest.values()]


def amazon_contact(record: dict[str, Any]) -> Record:
    queue, agent = record["Queue"] or {}, record["Agent"] or {}
    incoming = record["InitiationMethod"] in ("INBOUND", "TRANSFER", "QUEUE_TRANSFER")
    answered = bool(agent.get("ConnectedToAgentTimestamp"))
    known = {
        "wait": queue.get("Duration"),
        "talk": agent.get("AgentInteractionDuration"),
        "hold": agent.get("CustomerHoldDuration"),
        "wrap": agent.get("AfterContactWorkDuration"),
    }
    return given(
        id=record["ContactId"],
        start=utc(record["InitiationTimestamp"]),
        direction=record["InitiationMethod"],
        queue=queue.get("Name", ""),
        agent=agent.get("Username", ""),
        customer=address((record["CustomerEndpoint"] or {}).get("Address", "")),
        outcome=record["DisconnectReason"] or "",
        **{name: value * MICRO for name, value in known.items() if value is not None},
        offered=bool(queue) and incoming,
        answered=answered,
        abandoned=bool(queue) and incoming and not answered,
        outbound=record["InitiationMethod"] == "OUTBOUND",
    )


def amazon_queue_metrics(data: bytes, settings: Settings) -> list[Record]:
    """Amazon Connect historical metrics by queue: byte order mark, comma, header; one row a queue and interval.

    Counts are the `Contacts …` columns and `Callback contacts handled`, by their own names in small letters joined by
    `_`. Averages and `Service level 60 seconds` cannot be summed and are left out. StartInterval is UTC with a mark.
    """
    return [interval(row, ("Queue",)) for row in table(data)]


def amazon_agent_metrics(data: bytes, settings: Settings) -> list[Record]:
    """Amazon Connect historical metrics by agent and queue: the same shape, one row an agent, queue and interval."""
    return [interval(row, ("Agent", "Queue")) for row in table(data)]


def interval(row: Row, dimensions: tuple[str, ...]) -> Record:
    counts = {name: int(cell) for name, cell in row.items() if name.startswith(("Contacts ", "Callback "))}
    return given(
        start=utc(row["StartInterval"]),
        **{name.lower(): row[name] for name in dimensions},
        **{name.lower().replace(" ", "_"): count for name, count in counts.items()},
    )


# ---------------------------------------------------------------------------------------------------- Ringover


def ringover_calls(data: bytes, settings: Settings) -> list[Record]:
    """Ringover calls, the API's names as a CSV: UTC with one to six decimals or none, integer seconds, empty for null.

    id: cdr_id (chosen; call_id is the telephone channel's). queue: to_number, inbound only. agent: user, when answered.
    customer: contact_number. outcome: last_state. talk: incall_duration. duration: total_duration.
    wait: inbound, from start_time to answered_time, or to end_time when abandoned (chosen; a menu is in it).
    offered: direction `in`. answered: is_answered. missed, voicemail: that last_state. No ring, hold, wrap.
    """
    return [ringover_call(row) for row in table(data)]


def ringover_call(row: Row) -> Record:
    inbound, answered = row["direction"] == "in", row["is_answered"] == "true"
    voicemail = row["last_state"] == "VOICEMAIL"
    abandoned = inbound and not answered and not voicemail
    start = utc(row["start_time"])
    wait = None
    if inbound and answered:
        wait = utc(row["answered_time"]) - start
    elif abandoned:
        wait = utc(row["end_time"]) - start
    return given(
        id=row["cdr_id"],
        start=start,
        direction=row["direction"],
        queue=row["to_number"] if inbound else "",
        agent=row["user"] if answered else "",
        customer=address(row["contact_number"]),
        outcome=row["last_state"],
        wait=wait,
        talk=seconds(row["incall_duration"]) if row["incall_duration"] else None,
        duration=seconds(row["total_duration"]),
        offered=inbound,
        answered=answered,
        abandoned=abandoned,
        outbound=not inbound,
        missed=row["last_state"] == "MISSED",
        voicemail=voicemail,
    )


# ------------------------------------------------------------------------------------------------ Zendesk Talk


def zendesk_calls(data: bytes, settings: Settings) -> list[Record]:
    """Zendesk Talk incremental export of calls, the API's names as a CSV: UTC, integer seconds, true and false.

    An incremental export gives a call again whenever it changed: the highest updated_at of each id counts (chosen).
    start: created_at. queue: phone_number, the line, in both directions. agent: agent_id, when somebody spoke. No
    customer in it. outcome: completion_status. wait: wait_time, the queue; time_to_answer begins before the menu.
    talk: talk_time; hold: hold_time; wrap: wrap_up_time; ivr: ivr_time_spent; duration: duration. No ring;
    minutes_billed is Zendesk's own bill. answered: an agent_id and some talk_time. abandoned: `abandoned_in_queue`;
    `abandoned_on_hold` was answered. offered: inbound and not `abandoned_in_ivr`. voicemail: the flag.
    """
    latest: dict[str, Row] = {}
    for row in table(data):
        known = latest.setdefault(row["id"], row)
        if utc(row["updated_at"]) > utc(known["updated_at"]):
            latest[row["id"]] = row
    return [zendesk_call(row) for row in latest.values()]


def zendesk_call(row: Row) -> Record:
    inbound, status = row["direction"] == "inbound", row["completion_status"]
    answered = row["agent_id"] != "" and seconds(row["talk_time"]) > 0
    return given(
        id=row["id"],
        start=utc(row["created_at"]),
        direction=row["direction"],
        queue=row["phone_number"],
        agent=row["agent_id"] if answered else "",
        outcome=status,
        wait=seconds(row["wait_time"]),
        talk=seconds(row["talk_time"]),
        hold=seconds(row["hold_time"]),
        wrap=seconds(row["wrap_up_time"]),
        ivr=seconds(row["ivr_time_spent"]),
        duration=seconds(row["duration"]),
        offered=inbound and status != "abandoned_in_ivr",
        answered=answered,
        abandoned=inbound and status == "abandoned_in_queue",
        outbound=not inbound,
        voicemail=row["voicemail"] == "true",
    )


# ------------------------------------------------------------------------------------------------- RingCentral


def ringcentral_call_log(data: bytes, settings: Settings) -> list[Record]:
    """RingCentral call log, the API's names as a CSV with `to.name` for a name inside `to`: UTC, integer seconds.

    Rows of one sessionId are the legs of a call, and each repeats the call's duration: it is taken once. id: sessionId.
    queue: the number dialled, to.phoneNumber of the first leg, inbound only. agent: to.name of the first Accepted leg
    that went to an extension; from.name when outbound. customer: from.phoneNumber, to.phoneNumber when outbound.
    outcome: result of the last leg. The log cannot tell talk from waiting: duration only.
    answered: inbound, an Accepted leg to an extension; outbound, `Call connected`. A fax is none of the states.
    missed, voicemail: the last result, any result.
    """
    legs = together(table(data), "sessionId")
    return [ringcentral_call(session, rows) for session, rows in legs.items()]


def ringcentral_call(session: str, legs: list[Row]) -> Record:
    legs = sorted(legs, key=lambda leg: utc(leg["startTime"]))
    first, results = legs[0], [leg["result"] for leg in legs]
    (duration,) = {leg["duration"] for leg in legs}
    inbound, voice = first["direction"] == "Inbound", first["type"] == "Voice"
    if inbound:
        spoken = [leg for leg in legs if leg["result"] == "Accepted" and leg["to.extensionNumber"]]
    else:
        spoken = [leg for leg in legs if leg["result"] == "Call connected"]
    answered, voicemail = bool(spoken) and voice, "Voicemail" in results
    return given(
        id=session,
        start=utc(first["startTime"]),
        direction=first["direction"],
        queue=first["to.phoneNumber"] if inbound else "",
        agent=spoken[0]["to.name" if inbound else "from.name"] if answered else "",
        customer=address(first["from.phoneNumber" if inbound else "to.phoneNumber"]),
        outcome=results[-1],
        duration=seconds(duration),
        offered=inbound and voice,
        answered=answered,
        abandoned=inbound and voice and not answered and not voicemail,
        outbound=not inbound,
        missed=results[-1] == "Missed",
        voicemail=voicemail,
    )


# ----------------------------------------------------------------------------------------------------- HubSpot

UNSPOKEN = {
    "9d9162e7-6cf3-4944-bf63-4dff82258764": "Busy",
    "73a0d17f-1163-4015-bdd5-ec830791da20": "No answer",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "Left voicemail",
}
"""HubSpot's own outcomes of a completed call on which nobody spoke to the agent; the ids are the same everywhere."""


def hubspot_calls(data: bytes, settings: Settings) -> list[Record]:
    """HubSpot calls, the API's names as a CSV: UTC, durations in MILLISECONDS, ids for outcomes and owners.

    The seven columns have no id, so an exact repeat cannot be told from a second call: it stays (all other reports
    drop it). With hs_object_id it can. agent: hubspot_owner_id when answered. customer: the other side's number, when
    the columns are there. outcome: hs_call_disposition. duration: hs_call_duration; when it began is not said, so no
    talk. No queue, wait, ring, hold, wrap. offered: INBOUND. answered: COMPLETED, and no outcome that says otherwise.
    abandoned: inbound and MISSED, NO_ANSWER or CANCELED; BUSY and FAILED are not the caller's leaving (chosen).
    """
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    return [hubspot_call(row) for row in (table(data) if "hs_object_id" in rows[0] else rows)]


def hubspot_call(row: Row) -> Record:
    inbound, status = row["hs_call_direction"] == "INBOUND", row["hs_call_status"]
    answered = status == "COMPLETED" and row["hs_call_disposition"] not in UNSPOKEN
    other = row.get("hs_call_from_number" if inbound else "hs_call_to_number")
    return given(
        id=row.get("hs_object_id"),
        start=utc(row["hs_timestamp"]),
        direction=row["hs_call_direction"],
        agent=row["hubspot_owner_id"] if answered else "",
        customer=None if other is None else address(other),
        outcome=row["hs_call_disposition"],
        duration=milliseconds(row["hs_call_duration"]) if row["hs_call_duration"] else None,
        offered=inbound,
        answered=answered,
        abandoned=inbound and status in ("MISSED", "NO_ANSWER", "CANCELED"),
        outbound=not inbound,
        missed=status == "MISSED",
    )


# ------------------------------------------------------------------------------------------------------- table

READINGS: dict[tuple[str, str], Reading] = {
    ("vocalcom", "calls.csv"): Reading("calls", vocalcom_calls),
    ("threecx", "cdr_log.log"): Reading("cdr_log", threecx_cdr_log, PARIS),
    ("threecx", "call_report.csv"): Reading("call_report", threecx_call_report, PARIS),
    ("asterisk", "cdr.csv"): Reading("cdr", asterisk_cdr, PARIS),
    ("asterisk", "queue_log.log"): Reading("queue_log", asterisk_queue_log),
    ("freeswitch", "cdr_csv.csv"): Reading("cdr_csv", freeswitch_cdr_csv, PARIS),
    ("avaya_ip_office", "smdr.csv"): Reading("smdr", avaya_smdr, PARIS),
    ("avaya_ip_office", "smdr_full.csv"): Reading("smdr", avaya_smdr_full, PARIS),
    ("dialpad", "calls.csv"): Reading("calls", dialpad_calls, {"zone": "UTC"}),
    ("amazon_connect", "contact_records.jsonl"): Reading("contact_records", amazon_contact_records),
    ("amazon_connect", "queue_metrics.csv"): Reading("queue_metrics", amazon_queue_metrics),
    ("amazon_connect", "agent_metrics.csv"): Reading("agent_metrics", amazon_agent_metrics),
    ("ringover", "calls.csv"): Reading("calls", ringover_calls),
    ("zendesk_talk", "calls.csv"): Reading("calls", zendesk_calls),
    ("ringcentral", "call_log.csv"): Reading("call_log", ringcentral_call_log),
    ("hubspot", "calls.csv"): Reading("calls", hubspot_calls),
    ("hubspot", "calls_object_id.csv"): Reading("calls", hubspot_calls),
}

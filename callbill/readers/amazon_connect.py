"""Amazon Connect: contact records as JSON lines, and historical metrics of queues and of agents.

Grade A for the metrics as exported with the columns of a public reader; which columns there are is the user's choice,
so further counts are added under `columns:`. Grade B for contact records: the vendor documents the fields. Connect
has renamed metrics between releases; counts that a file does not have are left out.

What it takes for what
- id: `ContactId`; records are delivered at least once, and the highest `LastUpdateTimestamp` of each counts. A
  transfer is a contact of its own, as in the vendor's metrics
- start: `InitiationTimestamp`, UTC; of metrics `StartInterval`, with its offset
- offered: it has a queue and came INBOUND, by TRANSFER or QUEUE_TRANSFER; answered: it was connected to an agent;
  abandoned: offered, and no agent
- wait: `Queue.Duration`; talk: `AgentInteractionDuration`, which excludes hold; hold: `CustomerHoldDuration`; wrap:
  `AfterContactWorkDuration`, in whole seconds; ring, duration: not in it
- agent: `Agent.Username`; queue: `Queue.Name`; customer: `CustomerEndpoint.Address`; outcome: `DisconnectReason`;
  direction: `InitiationMethod`
- metrics: the counts, under their names in small letters; queue and agent

What it cannot know
- of metrics: sums of times. Averages and service levels cannot be added up, and are not read. Where you chose a total,
  its unit is declared: `columns: {online: {column: Online time, unit: s}}`, or `h:mm:ss`
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  contacts: {reader: amazon_connect, report: contact_records}
"""

RECORDS = Generation(
    "contact_records",
    {
        "record": "contact",
        "form": "json_lines",
        "encoding": "utf-8",
        "decimal": ".",
        "zone": None,
        "columns": {
            "id": "ContactId",
            "start": {"column": "InitiationTimestamp", "format": "iso"},
            "updated": {"column": "LastUpdateTimestamp", "format": "iso"},
            "channel": "Channel",
            "direction": "InitiationMethod",
            "queue": {"column": "Queue.Name", "optional": "true"},
            "agent": {"column": "Agent.Username", "optional": "true"},
            "answer": {"column": "Agent.ConnectedToAgentTimestamp", "optional": "true"},
            "customer": {"column": "CustomerEndpoint.Address", "phone": "true", "optional": "true"},
            "outcome": {"column": "DisconnectReason", "optional": "true"},
            "wait": {"column": "Queue.Duration", "unit": "s", "empty": "0", "optional": "true"},
            "talk": {"column": "Agent.AgentInteractionDuration", "unit": "s", "empty": "0", "optional": "true"},
            "hold": {"column": "Agent.CustomerHoldDuration", "unit": "s", "empty": "0", "optional": "true"},
            "wrap": {"column": "Agent.AfterContactWorkDuration", "unit": "s", "empty": "0", "optional": "true"},
        },
        "duplicates": {"latest_by": "updated"},
        "states": {
            "offered": {"queue": {"filled": "true"}, "direction": ["INBOUND", "TRANSFER", "QUEUE_TRANSFER"]},
            "answered": {"answer": {"filled": "true"}},
            "abandoned": {
                "queue": {"filled": "true"},
                "direction": ["INBOUND", "TRANSFER", "QUEUE_TRANSFER"],
                "answer": {"filled": "false"},
            },
            "outbound": {"direction": "OUTBOUND"},
        },
    },
)


def _count(header: str) -> dict[str, str]:
    """A metric that the user may have chosen."""
    return {"column": header, "number": "true", "optional": "true", "empty": "0"}


_INTERVAL = {
    "record": "interval",
    **CSV,
    "zone": None,
}
_START = {"column": "StartInterval", "format": "iso"}
QUEUES = Generation(
    "queue_metrics",
    {
        **_INTERVAL,
        "columns": {
            "start": _START,
            "queue": "Queue",
            "contacts_handled": _count("Contacts handled"),
            "contacts_abandoned": _count("Contacts abandoned"),
            "contacts_queued": _count("Contacts queued"),
            "contacts_handled_incoming": _count("Contacts handled incoming"),
            "contacts_handled_outbound": _count("Contacts handled outbound"),
            "callback_contacts_handled": _count("Callback contacts handled"),
        },
    },
)
AGENTS = Generation(
    "agent_metrics",
    {
        **_INTERVAL,
        "columns": {
            "start": _START,
            "agent": "Agent",
            "queue": "Queue",
            "contacts_handled": _count("Contacts handled"),
            "contacts_missed": _count("Contacts missed"),
            "contacts_transferred_out": _count("Contacts transferred out"),
        },
    },
)
REPORTS: Reports = {"contact_records": (RECORDS,), "queue_metrics": (QUEUES,), "agent_metrics": (AGENTS,)}


class AmazonConnect(Platform):
    """Amazon Connect contact records and historical metrics."""

    reader: Literal["amazon_connect"] = Field(description="`amazon_connect`")
    report: Literal["contact_records", "queue_metrics", "agent_metrics"] = Field(description="which of its reports")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"contact_records": "B", "queue_metrics": "A", "agent_metrics": "A"}

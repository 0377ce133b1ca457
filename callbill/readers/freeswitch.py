"""FreeSWITCH: the call detail records of mod_cdr_csv, written by its template `example`.

Grade A: the template of the configuration that FreeSWITCH ships. The templates sql, snom, linksys, asterisk and
opencdrrate write other columns: declare those by position with `reader: generic`.

What it takes for what
- id: the a-leg's uuid. A row whose uuid is another row's `bleg_uuid` is that call's b-leg (`legs` is `ab` or `b`): it
  is joined to its call and nothing of it is summed
- start: `start_stamp`, the server's wall clock: the contract says its `zone`
- offered: every call, since a direction is not in the file; answered: `answer_stamp` is there; abandoned: the hang-up
  cause is ORIGINATOR_CANCEL
- talk: `billsec`; ring: `duration` less `billsec`; duration: `duration`, in whole seconds; wait, hold, wrap: not in
  it
- agent: the b-leg's `destination_number`, when the call was answered; queue: the a-leg's; customer:
  `caller_id_number`; outcome: `hangup_cause`

What it cannot know
- the direction (a context is the administrator's word), a machine that answers from an agent
- who answered, when no b-leg is written
- whose b-leg a row is when it was rung in vain, or when its call is in another file: it counts as a call of its own.
  Name the files of both months together, or write a-legs only
- a name with quotes in it, which FreeSWITCH does not double: such a row is rejected unless the contract says
  `quotes: lenient`
"""

from typing import ClassVar, Literal

from pydantic import Field

from callbill.readers._platform import CSV, Generation, Platform, Reports

EXAMPLE = """\
activity:
  calls: {reader: freeswitch, zone: Europe/Paris}
"""

CDR = Generation(
    "example",
    {
        "record": "contact",
        **CSV,
        "header": "false",
        "columns": {
            "id": "11",
            "bleg": "12",
            "start": {"column": "5", "format": "iso"},
            "queue": "3",
            "agent": {"pick": [{"column": "3", "when": {"6": {"not": ""}}}]},
            "customer": {"column": "2", "phone": "true"},
            "answer": "6",
            "outcome": "10",
            "talk": {"column": "9", "unit": "s"},
            "duration": {"column": "8", "unit": "s"},
            "ring": {"sum": "duration - talk"},
        },
        "legs": {
            "of": "id",
            "child": "bleg",
            "fields": {
                "talk": {"take": "first", "legs": "first"},
                "duration": {"take": "first", "legs": "first"},
                "ring": {"take": "first", "legs": "first"},
                "answer": {"take": "first", "legs": "first"},
                "agent": {"take": "first", "legs": "others"},
            },
        },
        "within": {"talk": "duration"},
        "states": {
            "offered": "all",
            "answered": {"answer": {"filled": "true"}},
            "abandoned": {"outcome": "ORIGINATOR_CANCEL"},
        },
    },
    cells=(15,),
)
REPORTS: Reports = {"cdr_csv": (CDR,)}


class Freeswitch(Platform):
    """FreeSWITCH cdr_csv."""

    reader: Literal["freeswitch"] = Field(description="`freeswitch`")

    REPORTS: ClassVar[Reports] = REPORTS
    GRADE: ClassVar = {"cdr_csv": "A"}

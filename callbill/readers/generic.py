r"""Any table of contacts, agent states or intervals; the contract declares everything about it.

Nothing is guessed: not the delimiter, the encoding, the decimal mark, the form of a date, its time zone, nor the
unit of a duration. CSV, CSV in gzip or zip, Parquet and pandas DataFrames are read alike.

Three kinds of record:

- `contact`: one row a call, e-mail or chat. `states:` says which contacts count as offered, answered, abandoned…
- `agent_state`: one row a stretch of an agent's time. Either a `state` column with `agent_states:` naming its words,
  or one duration column per state.
- `interval`: one row of counts, such as a half hour of a queue; counts are number columns.

Columns. On the left callbill's name, on the right the export's: a column name (or a position from 1 when
`header: false`). A text needs nothing more. A mapping says what else a cell is:

- a moment: `{column: Start, format: "%d/%m/%Y %H:%M:%S"}`; `iso`, `epoch_s` and `epoch_ms` are formats too, and
  `{columns: [Date, Time], format: …}` joins two columns with a blank. A format without an offset needs the source's
  `zone`;
- a duration: `{column: Talk, unit: s}`; units `ms`, `s`, `min`, `h`, `day`, `h:mm:ss`, `h:mm`, `mm:ss`;
  `snap: 1 s` rounds what a spreadsheet blurred; `empty: 0` says what an empty cell counts as;
- a duration between two moments: `{from: start, to: end}`;
- a number: `{column: Units, number: true}`.

Every contact needs `start` and an `id` (a column, several that make it together, or `id: none` when the export has
none, which switches the search for duplicates off). Agent states and intervals are recognised by all their words
and their start unless `id` says otherwise.

Rows with the same id must be equal and are billed once; `duplicates: {latest_by: updated}` keeps the row with the
highest value of a column instead.
"""

from typing import Literal

from pydantic import Field

from callbill.readers import Reader
from callbill.readers._table import Table

EXAMPLE = """\
activity:
  calls:
    reader: generic
    record: contact                  # contact | agent_state | interval
    delimiter: ","
    encoding: utf-8
    decimal: "."
    columns:
      id: contact_id
      start: {column: started_at, format: iso}      # carries its offset; otherwise declare `zone:`
      queue: queue
      agent: agent
      customer: caller
      outcome: outcome
      talk: {column: talk_s, unit: s}
      wrap: {column: wrap_s, unit: s}
    states:
      offered: all
      answered: {outcome: [answered, transferred]}
      abandoned: {outcome: abandoned}
"""


class Generic(Table, Reader):
    """Any table; the contract declares every column."""

    reader: Literal["generic"] = Field(description="`generic`")

"""A plain number: contacts of a kind, days of a breach, absences, points; for gates, scales and scorecards."""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\
kpis:
  late:
    kpi: count
    source: calls
    counts: {count: {wait: {above: 90 s}}}
"""


class Count(Kpi):
    """A number."""

    kpi: Literal["count"] = Field(description="`count`")

    NAMES = say("Count", "Nombre")
    UNIT = "number"
    HIGHER_IS_BETTER = False
    MARGIN = "none"
    COUNTS = {
        "count": say("number", "nombre"),
    }
    VARIANTS = (variant("count", "count", "number", "nombre"),)

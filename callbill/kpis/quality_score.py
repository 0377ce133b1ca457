"""The points of contacts that were listened to, out of those possible: « note qualité », usually from a KPI file."""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\
kpis:
  quality: {kpi: quality_score, source: kpi_file, decimals: 1}
"""


class QualityScore(Kpi):
    """Points, out of those possible."""

    kpi: Literal["quality_score"] = Field(description="`quality_score`")

    NAMES = say("Quality score", "Note qualité")
    MARGIN = "none"
    COUNTS = {
        "points": say("points given", "points obtenus"),
        "possible": say("points possible", "points possibles"),
    }
    VARIANTS = (variant("points", "points / possible", "points, of those possible", "points obtenus sur possibles"),)

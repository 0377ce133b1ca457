"""The net promoter score: the share of 9 and 10 less the share of 0 to 6, in points from -100 to 100.

Most contacts have no answer: declare the column as `rating: {column: …, number: true, blank: true}`.
"""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\
kpis:
  nps:
    kpi: nps
    counts:
      promoters: {rating: {at_least: 9}}
      detractors: {rating: {at_most: 6}}
      responses: {rating: {filled: true}}
"""


class Nps(Kpi):
    """Promoters less detractors, out of all answers."""

    kpi: Literal["nps"] = Field(description="`nps`")

    NAMES = say("Net promoter score", "Net promoter score")
    MARGIN = "nps"
    COUNTS = {
        "promoters": say("promoters (9, 10)", "promoteurs (9, 10)"),
        "detractors": say("detractors (0 to 6)", "détracteurs (0 à 6)"),
        "responses": say("answers", "réponses"),
    }
    VARIANTS = (
        variant(
            "net",
            "(promoters - detractors) / responses",
            "promoters less detractors, of the answers",
            "promoteurs moins détracteurs, sur réponses",
        ),
    )

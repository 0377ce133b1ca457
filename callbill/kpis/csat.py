"""The share of satisfied customers among those who answered the survey: CSAT, « taux de satisfaction »."""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\
kpis:
  csat: {kpi: csat, source: kpi_file, decimals: 1}
"""


class Csat(Kpi):
    """Positive answers, out of all answers."""

    kpi: Literal["csat"] = Field(description="`csat`")

    NAMES = say("Customer satisfaction", "Satisfaction client")
    COUNTS = {
        "positive": say("positive answers", "réponses positives"),
        "responses": say("answers", "réponses"),
    }
    VARIANTS = (variant("positive", "positive / responses", "positive, of the answers", "positives sur réponses"),)

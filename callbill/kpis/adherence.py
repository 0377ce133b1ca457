"""How well agents kept to their schedule: adherence (the right state at the right time), conformance (enough hours)."""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\
kpis:
  adherence: {kpi: adherence, source: kpi_file, formula: adherence, decimals: 1}
"""


class Adherence(Kpi):
    """Time as planned, out of planned time."""

    kpi: Literal["adherence"] = Field(description="`adherence`")

    NAMES = say("Adherence", "Adhérence")
    MARGIN = "none"
    COUNTS = {
        "adherent": say("seconds as planned", "secondes conformes au planning"),
        "worked": say("seconds worked", "secondes travaillées"),
        "scheduled": say("seconds planned", "secondes planifiées"),
    }
    VARIANTS = (
        variant(
            "adherence",
            "adherent / scheduled",
            "time as planned, of the planned time",
            "temps conforme sur temps planifié",
        ),
        variant(
            "conformance",
            "worked / scheduled",
            "time worked, of the planned time",
            "temps travaillé sur temps planifié",
        ),
    )

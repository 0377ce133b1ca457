"""How much of the paid time agents are there for contacts: the utilisation of COPC, « taux d’utilisation »."""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\
kpis:
  utilisation: {kpi: utilisation, source: agents, formula: of_paid}
"""


class Utilisation(Kpi):
    """Handling and available time, out of paid time."""

    kpi: Literal["utilisation"] = Field(description="`utilisation`")

    NAMES = say("Utilisation", "Taux d’utilisation")
    MARGIN = "none"
    COUNTS = {
        "handling": say("seconds of handling", "secondes de traitement"),
        "available": say("seconds of waiting for contacts", "secondes de disponibilité"),
        "paid": say("seconds paid", "secondes payées"),
    }
    VARIANTS = (
        variant(
            "of_paid",
            "(handling + available) / paid",
            "handling and waiting, of the paid time",
            "traitement et disponibilité sur temps payé",
        ),
        variant("handling_of_paid", "handling / paid", "handling, of the paid time", "traitement sur temps payé"),
    )

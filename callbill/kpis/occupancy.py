"""How much of their time agents spend with contacts: « taux d’occupation ».

Out of all logged-in time, or only of handling and waiting for contacts: not-ready time moves it by 8 to 10 points.
The counts are states of agents; `counts: {handling: calls.talk + calls.wrap}` takes the work from contacts instead.
"""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\
kpis:
  occupancy:
    kpi: occupancy
    source: agents
    counts: {handling: agents.online + agents.wrap}
    formula: of_handling_and_available
"""


class Occupancy(Kpi):
    """Handling time, out of what the formula says."""

    kpi: Literal["occupancy"] = Field(description="`occupancy`")

    NAMES = say("Occupancy", "Taux d’occupation")
    MARGIN = "none"
    COUNTS = {
        "handling": say("seconds of handling", "secondes de traitement"),
        "available": say("seconds of waiting for contacts", "secondes de disponibilité"),
        "logged_in": say("seconds logged in", "secondes de connexion"),
    }
    VARIANTS = (
        variant("of_logged_in", "handling / logged_in", "handling, of the time logged in", "traitement sur connexion"),
        variant(
            "of_handling_and_available",
            "handling / (handling + available)",
            "handling, of handling and waiting",
            "traitement sur traitement et disponibilité",
        ),
    )

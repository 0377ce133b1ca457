"""What a contact brings: a summed amount of the export over the answered contacts."""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\
kpis:
  revenue: {kpi: revenue_per_contact, counts: {revenue: sale}, formula: of_answered, decimals: 2}
"""


class RevenuePerContact(Kpi):
    """Revenue, for each contact."""

    kpi: Literal["revenue_per_contact"] = Field(description="`revenue_per_contact`")

    NAMES = say("Revenue per contact", "Chiffre d’affaires par contact")
    UNIT = "money"
    MARGIN = "mean"
    COUNTS = {
        "revenue": say("revenue", "chiffre d’affaires"),
        "answered": say("answered", "traités"),
        "offered": say("offered", "reçus"),
    }
    VARIANTS = (
        variant("of_answered", "revenue / answered", "revenue, for each answered", "chiffre d’affaires par traité"),
        variant("of_offered", "revenue / offered", "revenue, for each offered", "chiffre d’affaires par reçu"),
    )

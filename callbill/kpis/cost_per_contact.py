"""What a contact costs: the charges of the invoice, before any bonus or malus and without VAT, over the contacts."""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\
kpis:
  cost: {kpi: cost_per_contact, formula: of_answered, decimals: 2}
"""


class CostPerContact(Kpi):
    """The invoice's charges, for each contact."""

    kpi: Literal["cost_per_contact"] = Field(description="`cost_per_contact`")

    NAMES = say("Cost per contact", "Coût par contact")
    UNIT = "money"
    HIGHER_IS_BETTER = False
    MARGIN = "none"
    COUNTS = {
        "invoice_net": say("charges of the invoice", "prestations facturées"),
        "answered": say("answered", "traités"),
        "transferred": say("transferred", "transférés"),
        "resolved": say("resolved", "résolus"),
    }
    VARIANTS = (
        variant("of_answered", "invoice_net / answered", "charges, for each answered", "prestations par traité"),
        variant(
            "without_transferred",
            "invoice_net / (answered - transferred)",
            "charges, for each answered and not transferred",
            "prestations par traité non transféré",
        ),
        variant("of_resolved", "invoice_net / resolved", "charges, for each resolved", "prestations par résolu"),
    )

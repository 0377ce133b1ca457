"""The share of contacts that were passed on: « taux de transfert »."""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\
kpis:
  transfers: {kpi: transfer_rate, counts: {transferred: {outcome: transferred}}, formula: of_answered}
"""


class TransferRate(Kpi):
    """Transferred, out of the handled."""

    kpi: Literal["transfer_rate"] = Field(description="`transfer_rate`")

    NAMES = say("Transfer rate", "Taux de transfert")
    HIGHER_IS_BETTER = False
    COUNTS = {
        "transferred": say("transferred", "transférés"),
        "answered": say("answered", "traités"),
        "offered": say("offered", "reçus"),
    }
    VARIANTS = (
        variant("of_answered", "transferred / answered", "transferred, of those answered", "transférés sur traités"),
        variant("of_offered", "transferred / offered", "transferred, of those offered", "transférés sur reçus"),
    )

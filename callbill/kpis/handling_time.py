"""The average handling time: talk, hold and wrap-up of a contact, « durée moyenne de traitement » (DMT).

Outbound adds the dialling. A transferred contact counts once, or leaves the number below the line.
"""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import variant
from callbill.kpis._handled import OfHandled

EXAMPLE = """\
kpis:
  handling_time: {kpi: handling_time, formula: talk_hold_wrap, decimals: 0}
"""


class HandlingTime(OfHandled):
    """Seconds of work, for each contact."""

    kpi: Literal["handling_time"] = Field(description="`handling_time`")

    NAMES = say("Average handling time", "Durée moyenne de traitement")
    UNIT = "seconds"
    HIGHER_IS_BETTER = False
    MARGIN = "mean"
    COUNTS = {
        "talk": say("seconds of talk", "secondes de conversation"),
        "hold": say("seconds on hold", "secondes de mise en attente"),
        "wrap": say("seconds of wrap-up", "secondes de post-appel"),
        "dialling": say("seconds of dialling", "secondes de numérotation"),
        "handled": say("handled", "traités"),
        "transferred": say("transferred", "transférés"),
    }
    VARIANTS = (
        variant(
            "talk_hold_wrap",
            "(talk + hold + wrap) / handled",
            "talk, hold and wrap-up, for each handled",
            "conversation, attente et post-appel par traité",
        ),
        variant(
            "talk_wrap",
            "(talk + wrap) / handled",
            "talk and wrap-up, for each handled",
            "conversation et post-appel par traité",
        ),
        variant(
            "with_dialling",
            "(dialling + talk + hold + wrap) / handled",
            "with dialling, for each handled",
            "numérotation comprise, par traité",
        ),
        variant(
            "without_transferred",
            "(talk + hold + wrap) / (handled - transferred)",
            "for each handled and not transferred",
            "par traité non transféré",
        ),
    )

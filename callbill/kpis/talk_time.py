"""The average talk time, « durée moyenne de communication » (DMC); time on hold is part of it or not."""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import variant
from callbill.kpis._handled import OfHandled

EXAMPLE = """\
kpis:
  talk_time: {kpi: talk_time, formula: talk_hold, decimals: 0}
"""


class TalkTime(OfHandled):
    """Seconds of talk, for each contact."""

    kpi: Literal["talk_time"] = Field(description="`talk_time`")

    NAMES = say("Average talk time", "Durée moyenne de communication")
    UNIT = "seconds"
    HIGHER_IS_BETTER = False
    MARGIN = "mean"
    COUNTS = {
        "talk": say("seconds of talk", "secondes de conversation"),
        "hold": say("seconds on hold", "secondes de mise en attente"),
        "handled": say("handled", "traités"),
    }
    VARIANTS = (
        variant("talk", "talk / handled", "talk, for each handled", "conversation par traité"),
        variant(
            "talk_hold",
            "(talk + hold) / handled",
            "talk and hold, for each handled",
            "conversation et attente par traité",
        ),
    )

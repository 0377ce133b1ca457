"""The average speed of answer: how long contacts waited, « délai moyen d’attente » (DMA).

Usually over the answered ones; some contracts divide by everything received. `ivr` says whether the menu is waiting.
It is a mean of all contacts, never a mean of means.
"""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import variant
from callbill.kpis._waiting import Waiting
from callbill.staging import Layout
from callbill.tallies import Tally

EXAMPLE = """\
kpis:
  speed_of_answer: {kpi: speed_of_answer, formula: of_answered, decimals: 0}
"""


class SpeedOfAnswer(Waiting):
    """Seconds waited, for each contact."""

    kpi: Literal["speed_of_answer"] = Field(description="`speed_of_answer`")

    NAMES = say("Average speed of answer", "Délai moyen d’attente")
    UNIT = "seconds"
    HIGHER_IS_BETTER = False
    MARGIN = "mean"
    COUNTS = {
        "wait_answered": say("seconds waited by the answered", "secondes d’attente des traités"),
        "wait_abandoned": say("seconds waited by the abandoned", "secondes d’attente des abandonnés"),
        "answered": say("answered", "traités"),
        "offered": say("offered", "reçus"),
        "abandoned": say("abandoned", "abandonnés"),
    }
    VARIANTS = (
        variant(
            "of_answered",
            "wait_answered / answered",
            "wait of the answered, for each answered",
            "attente des traités par traité",
        ),
        variant(
            "of_offered",
            "wait_answered / offered",
            "wait of the answered, for each offered",
            "attente des traités par reçu",
        ),
        variant(
            "of_all",
            "(wait_answered + wait_abandoned) / (answered + abandoned)",
            "every wait, for each answered or abandoned",
            "toute attente par traité ou abandonné",
        ),
    )

    def contact_tally(self, name: str, layout: Layout, source: str) -> Tally | None:
        if name in ("wait_answered", "wait_abandoned"):
            return self.wait_of(name.removeprefix("wait_"), layout, source)
        return None

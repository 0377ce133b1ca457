"""The share of contacts that hung up before anybody answered: the abandonment rate, « taux d’abandon ».

Short abandons may be left out above the line, below it, or not at all; some contracts count only those who waited long.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from callbill.invoice import Phrase, say
from callbill.kpis import variant
from callbill.kpis._waiting import Waiting
from callbill.meters import duration_words
from callbill.staging import Layout
from callbill.tallies import Tally
from callbill.values import Duration

EXAMPLE = """\
kpis:
  abandonment: {kpi: abandonment, short_abandon: 5 s, formula: without_short, decimals: 2}
"""


class Abandonment(Waiting):
    """Abandoned, out of what the formula says."""

    kpi: Literal["abandonment"] = Field(description="`abandonment`")
    short_abandon: Duration | None = Field(None, description="an abandoned contact is short when it waited less")
    late_abandon: Duration | None = Field(None, description="an abandoned contact is late when it waited longer")

    NAMES = say("Abandonment rate", "Taux d’abandon")
    HIGHER_IS_BETTER = False
    COUNTS = {
        "abandoned": say("abandoned", "abandonnés"),
        "offered": say("offered", "reçus"),
        "answered": say("answered", "traités"),
        "short_abandoned": say("abandoned soon", "abandons courts"),
        "late_abandoned": say("abandoned late", "abandons tardifs"),
        "queued": say("queued", "mis en file"),
    }
    VARIANTS = (
        variant("of_offered", "abandoned / offered", "abandoned, of those offered", "abandonnés sur reçus"),
        variant(
            "without_short",
            "(abandoned - short_abandoned) / (offered - short_abandoned)",
            "short abandons are left out of both",
            "hors abandons courts",
        ),
        variant(
            "without_short_above",
            "(abandoned - short_abandoned) / offered",
            "short abandons are left out, of all offered",
            "hors abandons courts, sur tous les reçus",
        ),
        variant(
            "of_answered_and_abandoned",
            "abandoned / (answered + abandoned)",
            "abandoned, of answered and abandoned",
            "abandonnés sur traités et abandonnés",
        ),
        variant("of_queued", "abandoned / queued", "abandoned, of those queued", "abandonnés sur mis en file"),
        variant(
            "late",
            "late_abandoned / offered",
            "abandoned after a long wait, of those offered",
            "abandonnés après une longue attente, sur reçus",
        ),
    )

    def contact_tally(self, name: str, layout: Layout, source: str) -> Tally | None:
        if name == "short_abandoned" and self.short_abandon is not None:
            return self.waited("abandoned", layout, source, below=self.short_abandon)
        if name == "late_abandoned" and self.late_abandon is not None:
            return self.waited("abandoned", layout, source, above=self.late_abandon)
        return None

    def narrowing(self) -> Iterator[Phrase]:
        if self.short_abandon is not None:
            yield say("short below {time}", "court sous {time}", time=duration_words(self.short_abandon))
        if self.late_abandon is not None:
            yield say("late above {time}", "tardif au-delà de {time}", time=duration_words(self.late_abandon))
        yield from super().narrowing()

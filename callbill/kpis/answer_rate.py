"""The share of contacts that an agent answered: « taux de décroché », « taux de prise en charge », often just « QS ».

What it is out of differs: everything offered, or not those who hung up at once, or not those who were sent away because
the lines were closed or full.
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
  answer_rate: {kpi: answer_rate, formula: of_offered, decimals: 1}
"""


class AnswerRate(Waiting):
    """Answered, out of what the formula says."""

    kpi: Literal["answer_rate"] = Field(description="`answer_rate`")
    short_abandon: Duration | None = Field(None, description="an abandoned contact is short when it waited less")

    NAMES = say("Answer rate", "Taux de décroché")
    COUNTS = {
        "answered": say("answered", "traités"),
        "offered": say("offered", "reçus"),
        "abandoned": say("abandoned", "abandonnés"),
        "short_abandoned": say("abandoned soon", "abandons courts"),
        "redirected": say("sent away: closed or full", "dissuadés ou hors horaires"),
    }
    VARIANTS = (
        variant("of_offered", "answered / offered", "answered, of those offered", "traités sur reçus"),
        variant(
            "of_answered_and_abandoned",
            "answered / (answered + abandoned)",
            "answered, of answered and abandoned",
            "traités sur traités et abandonnés",
        ),
        variant(
            "without_short_abandoned",
            "answered / (offered - short_abandoned)",
            "short abandons are left out",
            "hors abandons courts",
        ),
        variant(
            "without_redirected",
            "answered / (offered - redirected)",
            "those sent away are left out",
            "hors dissuadés et hors horaires",
        ),
    )

    def contact_tally(self, name: str, layout: Layout, source: str) -> Tally | None:
        if name == "short_abandoned" and self.short_abandon is not None:
            return self.waited("abandoned", layout, source, below=self.short_abandon)
        return None

    def narrowing(self) -> Iterator[Phrase]:
        if self.short_abandon is not None:
            yield say("short below {time}", "court sous {time}", time=duration_words(self.short_abandon))
        yield from super().narrowing()

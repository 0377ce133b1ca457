"""The share of contacts answered within so many seconds: the service level, « qualité de service en moins de X s ».

The trade has at least seven formulas for it, and one month gives a different number by each: what is done with those
who hung up, before the limit, after it, or so soon that nobody could have answered.

- `within`: a contact that waited exactly so long is inside;
- `short_abandon`: an abandoned contact that waited less is short.

Intervals and KPI files have counts only: say which column is `answered_within`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from callbill.invoice import Phrase, say
from callbill.kpis import variant
from callbill.kpis._waiting import ABANDONED, ANSWERED, OFFERED, Waiting
from callbill.meters import duration_words
from callbill.staging import Layout
from callbill.tallies import Tally
from callbill.values import Duration

EXAMPLE = """\
kpis:
  service_level:
    kpi: service_level
    within: 20 s
    short_abandon: 5 s
    formula: answered_within / (answered + abandoned - short_abandoned)
    decimals: 1
"""


class ServiceLevel(Waiting):
    """Answered within a limit, out of what the formula says."""

    kpi: Literal["service_level"] = Field(description="`service_level`")
    within: Duration = Field(description="answered after so long at most: `20 s`")
    short_abandon: Duration | None = Field(None, description="an abandoned contact is short when it waited less")

    NAMES = say("Service level", "Qualité de service")
    COUNTS = {
        "answered_within": say("answered in time", "traités dans le délai"),
        "answered": ANSWERED,
        "abandoned": ABANDONED,
        "abandoned_within": say("abandoned within the limit", "abandonnés dans le délai"),
        "short_abandoned": say("abandoned soon", "abandons courts"),
        "answered_after": say("answered late", "traités hors délai"),
        "abandoned_after": say("abandoned, not soon", "abandons non courts"),
        "offered": OFFERED,
    }
    VARIANTS = (
        variant(
            "of_answered", "answered_within / answered", "in time, of those answered", "dans le délai, des traités"
        ),
        variant(
            "of_all",
            "answered_within / (answered + abandoned)",
            "in time, of answered and abandoned",
            "dans le délai, des traités et abandonnés",
        ),
        variant(
            "abandoned_within_count",
            "(answered_within + abandoned_within) / (answered + abandoned)",
            "abandons within the limit count as good",
            "les abandons dans le délai sont favorables",
        ),
        variant(
            "without_abandoned_within",
            "answered_within / (answered + abandoned - abandoned_within)",
            "abandons within the limit are left out",
            "hors abandons dans le délai",
        ),
        variant(
            "short_abandoned_count",
            "(answered_within + short_abandoned) / (answered + abandoned)",
            "short abandons count as good",
            "les abandons courts sont favorables",
        ),
        variant(
            "without_short_abandoned",
            "answered_within / (answered + abandoned - short_abandoned)",
            "short abandons are left out",
            "hors abandons courts",
        ),
        variant(
            "not_late",
            "(offered - answered_after - abandoned_after) / (offered - short_abandoned)",
            "not late, of those offered without short abandons",
            "non tardifs, des reçus hors abandons courts",
        ),
    )

    @classmethod
    def suggested(cls) -> Mapping[str, Any]:
        return {"within": "20 s", "short_abandon": "5 s", "ivr": "false"}

    def contact_tally(self, name: str, layout: Layout, source: str) -> Tally | None:
        if name == "answered_within":
            return self.waited("answered", layout, source, at_most=self.within)
        if name == "abandoned_within":
            return self.waited("abandoned", layout, source, at_most=self.within)
        if name == "answered_after":
            return self.waited("answered", layout, source, above=self.within)
        if name == "short_abandoned" and self.short_abandon is not None:
            return self.waited("abandoned", layout, source, below=self.short_abandon)
        if name == "abandoned_after" and self.short_abandon is not None:
            return self.waited("abandoned", layout, source, at_least=self.short_abandon)
        return None

    def narrowing(self) -> Iterator[Phrase]:
        yield say("within {time}", "en {time} au plus", time=duration_words(self.within))
        if self.short_abandon is not None:
            yield say("short below {time}", "court sous {time}", time=duration_words(self.short_abandon))
        yield from super().narrowing()

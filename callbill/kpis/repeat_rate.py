"""The share of contacts that are a customer's next one about the same problem: « taux de réitération ».

`repeated` asks whether the same customer was there before within the window, `followed` whether they come again. The
look-up sees handled contacts of known customers, also those before and after the period.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from callbill.invoice import Phrase, say
from callbill.kpis import ELSEWHERE, Facts, Kpi, variant
from callbill.meters import duration_words
from callbill.problems import Problem, nearest
from callbill.staging import Condition, Layout
from callbill.tallies import Repeat, Tally
from callbill.values import Duration, Label

EXAMPLE = """\
kpis:
  repeats: {kpi: repeat_rate, customer: customer, within: 24 h, formula: repeated}
"""


class RepeatRate(Kpi):
    """Repeats, out of the contacts."""

    kpi: Literal["repeat_rate"] = Field(description="`repeat_rate`")
    customer: Label = Field("customer", description="the column that tells customers apart")
    within: Duration | None = Field(
        None, description="the window: another contact within it is about the same problem: `7 days`"
    )

    NAMES = say("Repeat rate", "Taux de réitération")
    HIGHER_IS_BETTER = False
    COUNTS = {
        "repeated": say("preceded by another within the window", "précédés d’un autre dans la fenêtre"),
        "followed": say("followed by another within the window", "suivis d’un autre dans la fenêtre"),
        "contacts": say("contacts of known customers", "contacts de clients connus"),
    }
    VARIANTS = (
        variant(
            "repeated",
            "repeated / contacts",
            "preceded by another, of the contacts",
            "précédés d’un autre, sur contacts",
        ),
        variant(
            "followed", "followed / contacts", "followed by another, of the contacts", "suivis d’un autre, sur contacts"
        ),
    )

    def contact_tally(self, name: str, layout: Layout, source: str) -> Tally | None:
        handled = self.handled(layout, source)
        if handled is None or self.customer not in layout.texts or self.within is None:
            return None
        known = replace(handled, conditions=(*handled.conditions, Condition(self.customer, filled=True)))
        after = Repeat(self.customer, self.within, "after", handled.conditions)
        before = replace(after, side="before")
        repeats = {
            "contacts": (),
            "repeated": ((True, before),),
            "followed": ((True, after),),
        }
        return replace(known, repeats=repeats[name]) if name in repeats else None

    def settings_problems(self, facts: Facts) -> Iterator[Problem]:
        """A window that nobody gave, a customer that the source does not know."""
        layout = facts.layouts.get(self.source or "")
        needs = set(self.chosen.quotient.names) & {"repeated", "followed"} - set(self.counts)
        if not needs or (layout is not None and layout.record != "contact"):
            return
        if self.within is None:
            message = "how long after is another contact about the same problem?"
            yield Problem("CB260", message, "write `within: 7 days`", on_key=True)
        known = [name for one in facts.layouts.values() if one.record == "contact" for name in one.texts]
        if self.customer not in known and self.source != ELSEWHERE:
            help_ = nearest(self.customer, known)
            yield Problem("CB231", f"`{self.customer}` is not a text of a source of contacts", help_, ("customer",))

    @classmethod
    def suggested(cls) -> Mapping[str, Any]:
        return {"within": "7 days"}

    def narrowing(self) -> Iterator[Phrase]:
        if self.within is not None:
            yield say("window {time}", "fenêtre {time}", time=duration_words(self.within))
        yield from super().narrowing()

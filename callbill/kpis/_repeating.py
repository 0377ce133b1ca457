"""What the KPIs share that ask whether a customer comes back: the window, the customer's column, the look-ups."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field

from callbill.invoice import Phrase, say
from callbill.kpis import ELSEWHERE, Facts, Kpi
from callbill.meters import duration_words
from callbill.problems import Problem, nearest
from callbill.staging import Condition, Layout
from callbill.tallies import Repeat, Tally
from callbill.values import Duration, Label

Asked = tuple[tuple[bool, Literal["before", "after"]], ...]
"""Whether another contact must be there, or must not, and on which side."""


class Repeating(Kpi):
    """A KPI that looks for other contacts of the same customer."""

    customer: Label = Field("customer", description="the column that tells customers apart")
    within: Duration | None = Field(
        None, description="the window: another contact within it is about the same problem: `7 days`"
    )

    LOOK_UPS: ClassVar[Mapping[str, Asked]] = {}
    """The counts that look for other contacts."""

    def contact_tally(self, name: str, layout: Layout, source: str) -> Tally | None:
        """Handled contacts of known customers, looked up among the handled contacts."""
        handled = self.handled(layout, source)
        asked = () if name == "contacts" else self.LOOK_UPS.get(name)
        if handled is None or asked is None or self.customer not in layout.texts or self.within is None:
            return None
        known = (*handled.conditions, Condition(self.customer, filled=True))
        repeats = [(wanted, Repeat(self.customer, self.within, side, handled.conditions)) for wanted, side in asked]
        return replace(handled, conditions=known, repeats=tuple(repeats))

    def settings_problems(self, facts: Facts) -> Iterator[Problem]:
        """A window that nobody gave, a customer that the source does not know."""
        layout = facts.layouts.get(self.source or "")
        needs = set(self.chosen.quotient.names) & set(self.LOOK_UPS) - set(self.counts)
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
        """The trade's window."""
        return {"within": "7 days"}

    def narrowing(self) -> Iterator[Phrase]:
        """The window, where the formula looks through it."""
        if self.within is not None and set(self.chosen.quotient.names) & set(self.LOOK_UPS):
            yield say("window {time}", "fenêtre {time}", time=duration_words(self.within))
        yield from super().narrowing()

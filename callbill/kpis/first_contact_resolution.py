"""The share of problems solved at the first contact: FCR, « résolution au premier contact ».

Told by a column of the export (`counts: {resolved: {resolved: yes}}`), or by nobody coming back: `within` is the
window, and another contact exactly so long after is none. Contacts without a customer are left out of both sides, and
the look-up sees handled contacts only: a second call that was abandoned is none. The window of the period's last
contacts needs the records that follow: give the next month's file too, or the invoice says how far the records reach.
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
  resolution: {kpi: first_contact_resolution, customer: customer, within: 7 days, formula: not_repeated}
"""


class FirstContactResolution(Kpi):
    """Problems solved at once, out of what the formula says."""

    kpi: Literal["first_contact_resolution"] = Field(description="`first_contact_resolution`")
    customer: Label = Field("customer", description="the column that tells customers apart")
    within: Duration | None = Field(
        None, description="the window: another contact within it is about the same problem: `7 days`"
    )

    NAMES = say("First-contact resolution", "Résolution au premier contact")
    COUNTS = {
        "resolved": say("resolved", "résolus"),
        "answered": say("answered", "traités"),
        "not_repeated": say("without another contact within the window", "sans réitération dans la fenêtre"),
        "single": say("the only contact within the window", "seul contact dans la fenêtre"),
        "problems": say("first contacts of a problem", "premiers contacts d’un problème"),
        "contacts": say("contacts of known customers", "contacts de clients connus"),
    }
    VARIANTS = (
        variant("resolved", "resolved / answered", "resolved, of those answered", "résolus sur traités"),
        variant(
            "not_repeated",
            "not_repeated / contacts",
            "not followed by another, of the contacts",
            "non suivis d’un autre, sur contacts",
        ),
        variant(
            "single",
            "single / contacts",
            "neither preceded nor followed, of the contacts",
            "ni précédés ni suivis, sur contacts",
        ),
        variant("problems", "problems / contacts", "problems, of the contacts", "problèmes sur contacts"),
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
            "not_repeated": ((False, after),),
            "single": ((False, after), (False, before)),
            "problems": ((False, before),),
        }
        return replace(known, repeats=repeats[name]) if name in repeats else None

    def settings_problems(self, facts: Facts) -> Iterator[Problem]:
        """A window that nobody gave, a customer that the source does not know."""
        layout = facts.layouts.get(self.source or "")
        needs = set(self.chosen.quotient.names) & {"not_repeated", "single", "problems"} - set(self.counts)
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
        if self.within is not None and self.formula != "resolved":
            yield say("window {time}", "fenêtre {time}", time=duration_words(self.within))
        yield from super().narrowing()

"""What the KPIs share that ask how long a contact waited: the menu in or out, limits, states within a limit."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Facts, Kpi
from callbill.problems import Problem
from callbill.staging import Layout
from callbill.tallies import Bound, Tally
from callbill.values import Flag

ANSWERED = say("answered", "traités")
ABANDONED = say("abandoned", "abandonnés")
OFFERED = say("offered", "reçus")


class Waiting(Kpi):
    """A KPI that looks at the time until a contact was answered or abandoned."""

    ivr: Flag | None = Field(None, description="whether the time in the menu, the source's `ivr`, is part of the wait")

    LIMITS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "short_abandoned": ("short_abandon", "5 s"),
        "abandoned_after": ("short_abandon", "5 s"),
        "late_abandoned": ("late_abandon", "60 s"),
    }
    """The settings that counts of contacts need, and an example of each."""

    def settings_problems(self, facts: Facts) -> Iterator[Problem]:
        """Limits that nobody gave; a menu that the source measures and nobody said what to do with."""
        layout = facts.layouts.get(self.source_in(facts.layouts) or "")
        counted = self.source is not None and (layout is None or layout.record != "contact")
        used = [] if counted else [name for name in self.chosen.quotient.names if name not in self.counts]
        for setting, example in dict.fromkeys(self.LIMITS[name] for name in used if name in self.LIMITS):
            if getattr(self, setting) is None:
                message = f"the formula needs to know which abandons are {setting.partition('_')[0]}"
                yield Problem("CB260", message, f"write `{setting}: {example}`", on_key=True)
        if layout is None or layout.record != "contact":
            return
        if self.ivr is None and "ivr" in layout.durations:
            message = "is the time in the menu part of the wait?"
            yield Problem("CB260", message, "write `ivr: true` or `ivr: false`", on_key=True)
        if self.ivr and "ivr" not in layout.durations:
            message = "the source does not measure the time in the menu"
            yield Problem("CB231", message, "declare a duration `ivr`, or write `ivr: false`", ("ivr",))

    def waiting(self) -> tuple[tuple[int, str], ...]:
        """What makes the wait of a contact."""
        return ((1, "wait"), (1, "ivr")) if self.ivr else ((1, "wait"),)

    def waited(self, state: str, layout: Layout, source: str, **limit: int) -> Tally | None:
        """Contacts of a state whose wait keeps a limit."""
        if "wait" not in layout.durations:
            return None
        found = self.stated(state, layout, source)
        return found and replace(found, bounds=(Bound(self.waiting(), **limit),))

    def wait_of(self, state: str, layout: Layout, source: str) -> Tally | None:
        """The sum of the waits of the contacts of a state."""
        found = self.stated(state, layout, source)
        return found and replace(found, parts=self.waiting()) if "wait" in layout.durations else None

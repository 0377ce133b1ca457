"""What the KPIs share that sum the times of handled contacts."""

from dataclasses import replace

from callbill.kpis import Kpi
from callbill.staging import Layout
from callbill.tallies import Tally

TIMES = ("talk", "hold", "wrap", "dialling")


class OfHandled(Kpi):
    """Seconds of the contacts that were handled: what others took is no part of the mean."""

    def contact_tally(self, name: str, layout: Layout, source: str) -> Tally | None:
        """The handled contacts, or one of their times."""
        handled = self.handled(layout, source)
        if name == "handled":
            return handled
        if handled is not None and name in TIMES and name in layout.durations:
            return replace(handled, parts=((1, name),))
        return None

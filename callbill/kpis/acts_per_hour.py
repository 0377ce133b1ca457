"""How many acts an hour gives: calls, sales or appointments per hour, of all time or net of idle time."""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\
kpis:
  pace:
    kpi: acts_per_hour
    source: calls
    counts: {acts: answered, hours: agents.available + agents.online + agents.wrap}
    formula: of_hours
    decimals: 2
"""


class ActsPerHour(Kpi):
    """Acts, for each hour."""

    kpi: Literal["acts_per_hour"] = Field(description="`acts_per_hour`")

    NAMES = say("Acts per hour", "Actes par heure")
    UNIT = "per_hour"
    MARGIN = "none"
    COUNTS = {
        "acts": say("acts", "actes"),
        "hours": say("seconds of work", "secondes de travail"),
        "idle": say("seconds idle", "secondes d’inactivité"),
    }
    VARIANTS = (
        variant("of_hours", "acts / hours", "acts, for each hour", "actes par heure"),
        variant(
            "net_of_idle",
            "acts / (hours - idle)",
            "acts, for each hour net of idle time",
            "actes par heure hors inactivité",
        ),
    )

"""The share of contacts that are a customer's next one about the same problem: « taux de réitération ».

`repeated` asks whether the same customer was there before within the window, `followed` whether they come again. The
look-up sees handled contacts of known customers, also those before and after the period.
"""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import variant
from callbill.kpis._repeating import Repeating

EXAMPLE = """\
kpis:
  repeats: {kpi: repeat_rate, customer: customer, within: 24 h, formula: repeated}
"""


class RepeatRate(Repeating):
    """Repeats, out of the contacts."""

    kpi: Literal["repeat_rate"] = Field(description="`repeat_rate`")

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
    LOOK_UPS = {"repeated": ((True, "before"),), "followed": ((True, "after"),)}

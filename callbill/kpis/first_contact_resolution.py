"""The share of problems solved at the first contact: FCR, « résolution au premier contact ».

Told by a column of the export (`counts: {resolved: {resolved: yes}}`), or by nobody coming back: `within` is the
window, and another contact exactly so long after is none. Contacts without a customer are left out of both sides, and
the look-up sees handled contacts only: a second call that was abandoned is none. The window of the period's last
contacts needs the records that follow: give the next month's file too, or the invoice says how far the records reach.
"""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import variant
from callbill.kpis._repeating import Repeating

EXAMPLE = """\
kpis:
  resolution: {kpi: first_contact_resolution, customer: customer, within: 7 days, formula: not_repeated}
"""


class FirstContactResolution(Repeating):
    """Problems solved at once, out of what the formula says."""

    kpi: Literal["first_contact_resolution"] = Field(description="`first_contact_resolution`")

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
    LOOK_UPS = {
        "not_repeated": ((False, "after"),),
        "single": ((False, "after"), (False, "before")),
        "problems": ((False, "before"),),
    }

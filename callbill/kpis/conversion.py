"""The share of contacts that ended in a sale, an appointment, an agreement: « taux de transformation »."""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\
kpis:
  conversion: {kpi: conversion, counts: {sales: {outcome: sale}}, formula: of_answered}
"""


class Conversion(Kpi):
    """Sales, out of what the formula says."""

    kpi: Literal["conversion"] = Field(description="`conversion`")

    NAMES = say("Conversion", "Taux de transformation")
    COUNTS = {
        "sales": say("sales", "ventes"),
        "answered": say("answered", "traités"),
        "argued": say("argued contacts", "contacts argumentés"),
    }
    VARIANTS = (
        variant("of_answered", "sales / answered", "sales, of those answered", "ventes sur traités"),
        variant("of_argued", "sales / argued", "sales, of the argued contacts", "ventes sur contacts argumentés"),
    )

"""A commented contract to start from: parties and terms, the generic reader's example, the model's own example."""

from importlib import import_module

from callbill import bonus_malus, models
from callbill.problems import nearest, refuse
from callbill.readers.generic import EXAMPLE as ACTIVITY

TOP = """\
# yaml-language-server: $schema=contract.schema.json    (callbill schema contract > contract.schema.json)
callbill: 1                          # version of the contract format
contract: CLIENT-2026-001            # reference of the contract
title: Customer service
currency: EUR
timezone: Europe/Paris               # where months and days are cut
language: en                         # of the invoice: en | fr
period: month                        # month | quarter | {from_day: 22} | {days: 28, first: 2026-01-05}

seller: {name: Your Call Centre, country: FR, address: [1 Example Street, 75000 Paris]}
buyer: {name: Your Client, country: FR}
vat: {rate: 20}                      # or {category: AE, reason: Reverse charge} for a provider abroad
payment: {days: 30}

"""


def contract_for(model: str) -> str:
    """A contract of one model, or of bonus/malus, that passes `check`.

    Raises `Invalid` (CB405) when there is no such model.
    """
    if model == "bonus_malus":
        return f"{TOP}{_with_waits(ACTIVITY)}\n{bonus_malus.EXAMPLE}"
    if model not in models.names():
        refuse("CB405", f"`{model}` is not a model", nearest(model, [*models.names(), "bonus_malus"]))
    example: str = import_module(f"{models.PACKAGE}.{model}").EXAMPLE
    return f"{TOP}{ACTIVITY}\n{example}"


def _with_waits(activity: str) -> str:
    """The example of an export, with the column that says how long people waited."""
    return activity.replace("      talk: {", "      wait: {column: wait_s, unit: s}\n      talk: {", 1)

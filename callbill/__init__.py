"""callbill: the invoice calculator for outsourced call centres.

    with callbill.read_activity(contract, ["october.csv"]) as activity:
        invoice = callbill.bill(contract, activity, period="2026-10")

`load_contract` reads a contract, `read_activity` takes files and pandas DataFrames alike, `bill` computes an
`Invoice`, `render` writes one in any format. What is wrong is raised as `Invalid`, with every problem.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callbill.api import bill, load_contract, read_activity, render, to_frame
    from callbill.invoice import Invoice, Line
    from callbill.problems import Invalid, Place, Problem

__version__ = "0.1.0"
__all__ = [
    "Invalid", "Invoice", "Line", "Place", "Problem", "bill", "load_contract", "read_activity", "render", "to_frame",
]  # fmt: skip

_HOMES = {"Invoice": "invoice", "Line": "invoice", "Invalid": "problems", "Place": "problems", "Problem": "problems"}


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first used: `callbill --version` needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module `callbill` has no attribute `{name}`")
    from importlib import import_module

    return getattr(import_module(f"callbill.{_HOMES.get(name, 'api')}"), name)

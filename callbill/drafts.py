"""The charge of a proposal before it has a price: what the proposed model counts, in the words of a contract."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

from callbill.contract import Contract, listed_charges
from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.period import BlockPeriod, DayPeriod
from callbill.problems import nearest, refuse
from callbill.staffing import states_of
from callbill.terms import reference

Model: TypeAlias = Literal["time", "act", "flat", "subscription"]
MODELS: tuple[Model, ...] = get_args(Model)
LABELS: Mapping[str, Phrase] = {
    "act": say("Contacts answered", "Contacts traités"),
    "time": say("Hours of production", "Heures de production"),
    "flat": say("Package", "Forfait"),
    "subscription": say("Agent positions", "Postes d’agents"),
}
MONTHLY = say("Monthly package", "Forfait mensuel")
PERIODS: Mapping[str, Phrase] = {"month": say("month", "mois"), "quarter": say("quarter", "trimestre")}
IDS: Mapping[str, str] = {"act": "acts", "time": "hours", "flat": "package", "subscription": "positions"}
KEPT: Mapping[str, tuple[str, ...]] = {
    "act": ("count", "sum", "unit", "where", "once_per", "free"),
    "time": ("measure", "where", "free", "increment", "minimum_per_contact", "extra_per_contact", "band_limit"),
}
"""Settings of a charge of the same model that stay: what is counted does not change, only its price."""


@frozen
class Draft:
    """A charge without its price. `counted` is what it counts, for people; `own` tells a charge that is priced anew."""

    settings: Mapping[str, Any]
    counted: str
    own: str = ""

    @property
    def source(self) -> str:
        return reference(self.counted.split(" ")[0]).source if "." in self.counted else self.counted


def written(contract: Contract) -> list[Mapping[str, Any]]:
    """Every charge as the contract writes it, at the top or phase by phase."""
    return [raw for _, raw in listed_charges(contract.source.value)]


def staying(contract: Contract, keep: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """The charges that stay as they are; one of a later phase begins with it, as it has been billed so far."""
    begins = {charge.id: phase.life.first for phase in contract.agreement.phases for charge in phase.charges}
    for raw in written(contract):
        day = begins.get(raw["id"])
        if raw["id"] in keep:
            yield raw if day is None or "from" in raw else {**raw, "from": str(day)}


def check(contract: Contract, model: str, keep: Sequence[str], count: str | None = None) -> None:
    """Refuse (CB405) a model that there is not, and charges to keep or acts that the contract does not have."""
    if model not in MODELS:
        refuse("CB405", f"`{model}` is not a model that can be proposed", nearest(model, MODELS))
    known = [str(raw["id"]) for raw in written(contract)]
    for name in keep:
        if name not in known:
            refuse("CB405", f"`{name}` is not a charge of the contract", nearest(name, known))
    if known and set(known) <= set(keep):
        message, remedy = (
            "every charge is kept, and nothing is left to propose a price for",
            f"do not keep `{known[0]}`",
        )
        refuse("CB405", message, remedy)
    if count is not None and count not in (counts := list(_counts(contract))):
        refuse("CB405", f"`{count}` is not a count of the contract’s sources", nearest(count, counts))


def draft(
    contract: Contract, model: Model, count: str | None = None, keep: Sequence[str] = (), main: str = ""
) -> Draft:  # fmt: skip
    """What a model would count; `main` is the charge that makes most of the bill, which is priced anew where it can be.

    Raises `Invalid` (CB409) where the contract's sources cannot tell.
    """
    check(contract, model, keep, count)
    label = MONTHLY if model == "flat" and period_of(contract) == PERIODS["month"] else LABELS[model]
    top: dict[str, Any] = {"id": free(IDS[model], keep), "label": label.words(contract.agreement.language)}
    taxes = vat_of(contract, keep)
    if len(taxes) == 1 and taxes[0] is not None:
        top["vat"] = taxes[0]
    if model == "subscription":
        return _seats(contract, top)
    own = _own(contract, model, main) if count is None else None
    if own is not None:
        counted = str(own.get("count") or own.get("sum") or own.get("measure"))
        kept = {name: own[name] for name in KEPT[model] if name in own}
        unit = {"unit": "hour"} if model == "time" else {}
        return Draft({**top, "label": own["label"], "model": model, **kept, **unit}, counted, main)
    if model == "time":
        return _hours(contract, top)
    counted = count or acts_of(contract, required=model == "act")
    return Draft({**top, "model": model, **({"count": counted} if counted else {})}, counted)


def period_of(contract: Contract) -> Phrase:
    """What one invoice is for, in a word: a month, a quarter, a period of days."""
    rule = contract.settings.period
    if isinstance(rule, BlockPeriod):
        return say("period", "période")
    return PERIODS["month" if isinstance(rule, DayPeriod) else rule]


def vat_of(contract: Contract, keep: Sequence[str]) -> list[Any]:
    """The VAT rules of the charges that are replaced, each once; None is the contract's own."""
    found: list[Any] = []
    for raw in written(contract):
        if raw["id"] not in keep and raw.get("vat") not in found:
            found.append(raw.get("vat"))
    return found


def acts_of(contract: Contract, *, required: bool) -> str:
    """The answered contacts of the contract's own source: `calls.answered`; nothing where that is not required."""
    found = list(_answered(contract, "contact")) or list(_answered(contract, "interval"))
    if len(found) == 1:
        return found[0]
    if not required:
        return ""
    if found:
        listed = ", ".join(f"`{name}`" for name in found)
        message = f"the history counts acts in {len(found)} sources: {listed}; which of them is the act?"
        return refuse("CB409", message, f"write `--count {found[0]}`, and keep or add a charge for the others")
    states = list(_counts(contract))
    if states:
        source = states[0].partition(".")[0]
        message = f"the history cannot tell the acts: `{source}` does not say which were answered"
        listed = ", ".join(f"`--count {name}`" for name in states[:6])
        return refuse("CB409", message, f"say what an act is: {listed}; or write `answered: …` under `states`")
    message = "the history cannot tell the acts: no source of the contract has contacts or intervals"
    return refuse("CB409", message, "declare the export of calls under `activity`, and give it with the months")


def _counts(contract: Contract) -> Iterator[str]:
    """Everything that an act could be: states of contacts, numbers of intervals."""
    for name, layout in contract.layouts.items():
        known = {"contact": ("all", *layout.states), "interval": (*layout.numbers,)}.get(layout.record, ())
        yield from (f"{name}.{one}" for one in known)


def _answered(contract: Contract, record: str) -> Iterator[str]:
    for name, layout in contract.layouts.items():
        known = layout.states if record == "contact" else layout.numbers
        if layout.record == record and "answered" in known:
            yield f"{name}.answered"


def _hours(contract: Contract, top: Mapping[str, Any]) -> Draft:
    for states in states_of(contract):
        names = (*states.work, *states.waiting) or ((states.whole,) if states.whole else ())
        if names:
            measured = " + ".join(f"{states.source}.{name}" for name in names)
            return Draft({**top, "model": "time", "measure": measured, "unit": "hour"}, measured)
    message = "the history cannot tell the hours: no source of the contract has agents’ states that are known for work"
    return refuse(
        "CB409", message, "declare the export of agents’ states under `activity`, and give it with the months"
    )


def _seats(contract: Contract, top: Mapping[str, Any]) -> Draft:
    layouts = contract.layouts
    agents = [name for name, layout in layouts.items() if "agent" in layout.texts and layout.record != "interval"]
    agents.sort(key=lambda name: layouts[name].record != "agent_state")
    if not agents:
        message = "the history cannot tell the seats: no source of the contract names agents"
        return refuse("CB409", message, "declare the column `agent` of a source under `activity`")
    seats = {"measured": "distinct", "of": agents[0]}
    return Draft({**top, "model": "subscription", "seats": seats, "billed": "in_arrears"}, agents[0])


def _own(contract: Contract, model: str, main: str) -> Mapping[str, Any] | None:
    """The charge that makes most of the bill, as it is written, where it is of the proposed model."""
    for raw in written(contract):
        counts = model == "time" or (model == "act" and "percent" not in raw)
        if raw["id"] == main and raw["model"] == model and counts:
            found: Mapping[str, Any] = raw
            return found
    return None


def free(name: str, taken: Sequence[str]) -> str:
    """A name that nothing which stays in the contract has."""
    found, n = name, 2
    while found in taken:
        found, n = f"{name}-{n}", n + 1
    return found

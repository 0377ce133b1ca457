"""A proposal as a contract file: what stays is copied as it was written, what is learnt says where it comes from."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from callbill.calibrating import Plan
from callbill.contract import Contract
from callbill.drafts import period_of, vat_of
from callbill.invoice import Phrase
from callbill.money import Exact, rounded, trimmed
from callbill.problems import Invalid
from callbill.source import emit, parse
from callbill.targets import UNITS, Learnt, corridor
from callbill.writers import Language

KEPT = (
    "callbill", "contract", "title", "currency", "timezone", "language", "period", "seller", "buyer", "vat",
    "vat_rounding", "payment", "agent_hour_cost", "activity", "calendar", "excused", "indices", "indexation",
)  # fmt: skip
"""What a proposal keeps of the contract, in this order; `contract` gets a name of its own."""
LEFT_OUT = {
    "one_off": "one-off lines", "credits": "credits", "minimum": "the least amount of an invoice",
    "maximum": "the most amount of an invoice", "bonus_malus": "the clauses of bonus and malus",
    "adjustment_groups": "the groups of clauses", "adjustment_cap": "the cap of all clauses",
}  # fmt: skip
WIDE = 112
CAP = {"bonus": "5 %", "malus": "10 %"}


def english(contract: Contract) -> Language:
    """Comments are in English, whatever the invoice's language."""
    return Language("en", contract.settings.currency, contract.agreement.facts.decimals)


def spoken(contract: Contract, phrase: Phrase) -> str:
    """A phrase as a comment, with common blanks and signs."""
    return english(contract).text(phrase).replace("\u00a0", " ").replace("\u202f", " ")


def comment(words: str, indent: int = 0) -> str:
    """Words as lines of a comment."""
    lead = " " * indent + "# "
    plain = re.sub("[\x85\u2028\u2029]", " ", words)  # these end a line of YAML, and with it the comment
    whole = textwrap.TextWrapper(
        WIDE, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False, break_long_words=False
    )
    return "\n".join(whole.wrap(plain)) + "\n"


def sentence(contract: Contract, phrase: Phrase) -> str:
    """A phrase as a sentence of a comment."""
    words = spoken(contract, phrase)
    return f"{words[:1].upper()}{words[1:]}."


def indented(value: Any, indent: int) -> str:
    """A value as YAML, set in."""
    return textwrap.indent(emit(value), " " * indent)


# ------------------------------------------------------------------------------------------------- what is kept


def kept(contract: Contract, name: str, without: Sequence[str] = ()) -> str:
    """The top of the file: parties, terms, sources, calendar, each block with its comments where they can be told."""
    value = contract.source.value
    parts = []
    for key in KEPT:
        if key == "contract":
            parts.append(emit({"contract": name}))
        elif key in value and key not in without:
            parts.append(_block(contract, key))
    return "".join(parts)


def _block(contract: Contract, key: str) -> str:
    """One key of the top level as it was written; as plain YAML where its text does not stand by itself."""
    value = contract.source.value[key]
    lines = _lines(contract)
    first = contract.source.place((key,), key=True).line - 1
    if first < 0 or not lines[first].startswith(key):
        return emit({key: value})
    last = first + 1
    while last < len(lines) and (not lines[last].strip() or lines[last][0] in " \t"):
        last += 1
    while not lines[last - 1].strip():
        last -= 1
    written = "".join(lines[first:last])
    written = written if written.endswith("\n") else written + "\n"
    try:
        same = parse(written.encode(), "").value == {key: value}
    except Invalid:  # an alias of what stands elsewhere
        same = False
    gap = "\n" if "\n" in written.rstrip("\n") else ""
    return f"{gap}{written}" if same else emit({key: value})


def _lines(contract: Contract) -> list[str]:
    """The lines of the file, each with one kind of end."""
    source = contract.source
    starts = [*(start for start, _ in source.lines), len(source.text)]
    return [f"{source.text[one:other].rstrip(chr(13) + chr(10))}\n" for one, other in pairwise(starts)]


def bare(contract: Contract, name: str, charges: Sequence[Mapping[str, Any]]) -> bytes:
    """A contract of these charges and no KPI, to count what they count."""
    top = kept(contract, name, without=["excused"])  # excused days name KPIs
    return f"{top}{emit({'charges': [dict(one) for one in charges]})}".encode()


# --------------------------------------------------------------------------------------------------- the charges


def charges(contract: Contract, plan: Plan, months: Sequence[str], others: Sequence[Mapping[str, Any]]) -> str:
    """The priced charge with the words of its price, then the charges that stay."""
    several = len(vat_of(contract, [str(one["id"]) for one in others])) > 1
    words = "".join(comment(one, 2) for one in _price_words(contract, plan, months, several_vat=several))
    staying = comment("As before:", 2) if others else ""
    rest = "".join(indented([dict(one)], 2) for one in others)
    return f"\ncharges:\n{words}{indented([dict(plan.charge)], 2)}{staying}{rest}"


def _price_words(contract: Contract, plan: Plan, months: Sequence[str], *, several_vat: bool) -> Iterator[str]:
    shown = english(contract)
    unit, price, period = plan.unit.en, plan.price, period_of(contract).en
    yield (
        f"{shown.money(amount_of(plan.total, contract))} over {shown.number(_near(sum(plan.quantities), 4))} "
        f"counted is {shown.number(_near(price.value, 8))} for each {unit}."
        if plan.draft.settings["model"] != "flat"
        else f"{shown.money(amount_of(plan.total, contract))} over {len(plan.amounts)} {unit}s is "
        f"{shown.number(_near(price.value, 8))} a {unit}."
    )
    if price.low is None or price.high is None:
        yield f"One {period} has no confidence interval: another may give quite another price."
    else:
        low, high = shown.number(_near(price.low, 4)), shown.number(_near(price.high, 4))
        yield f"95 % confidence interval over the {period}s: {low} to {high}."
    if price.heaviest is not None and price.without is not None:
        moved = shown.number(_near(price.without, 4))
        yield f"{months[price.heaviest]} moves it most: without that {period} it would be {moved}."
    for phrase in (plan.no_tiers, *([] if plan.tiers is None else [TIERED])):
        if phrase is not None:
            yield sentence(contract, phrase)
    if plan.forecast is not None:
        yield f"Forecast, the mean of the last {period}s: {shown.number(_near(plan.forecast, 0))} a {period}."
    if plan.minimum_words is not None:
        yield sentence(contract, plan.minimum_words)
    if contract.settings.indexation:
        yield "The prices that it was learnt from were revised; whether this one is, and from when, is to be agreed."
    if several_vat:
        yield "The charges that it stands in for have VAT rules of their own, and several; this one has the contract's."
    yield "Add `from:` with the first day of the new phase, once it is agreed."


TIERED = Phrase(
    "two tiers: an act costs less in months with more of them; beyond the middle month it costs what one more has cost"
)


# ------------------------------------------------------------------------------------------- KPIs and clauses


def measured(found: Mapping[str, Learnt]) -> str:
    """The KPIs: the contract's own as they were, the others by the first formula that the data allow."""
    if not found:
        return ""
    parts = ["\nkpis:\n"]
    if any(not one.own for one in found.values()):
        parts.append(comment(FIRST_FORMULA, 2))
    parts += [indented({name: dict(one.written)}, 2) for name, one in found.items()]
    return "".join(parts)


FIRST_FORMULA = (
    "Formulas that the contract has not chosen are the first that the data allow; `callbill describe KPI` lists the"
    " others."
)


def clauses(
    contract: Contract, made: Sequence[tuple[Mapping[str, Any], Learnt]], gate: Learnt | None, pace: Learnt | None
) -> str:
    """The clauses, each with what was seen; the gate as a comment where quality is not measured."""
    parts = []
    for clause, one in made:
        parts += [comment(words, 2) for words in _seen(contract, one)]
        parts.append(indented([dict(clause)], 2))
    text_ = f"\nbonus_malus:\n{''.join(parts)}" if parts else ""
    if gate is None and any(one.kpi.kpi != "handling_time" for _, one in made):
        text_ += "".join(f"{line}\n" for line in NO_GATE)
    if pace is None or corridor(pace) is None:
        why = "is not measured" if pace is None else "of too few contacts is chance"
        text_ += "\n" + comment(f"The handling time {why}: nothing says when this price no longer fits.")
    cap = comment("Most that all clauses together may give or take: 10 to 12 % of the invoice is usual.")
    return text_ + (f"\n{cap}{emit({'adjustment_cap': CAP})}" if made else "")


NO_GATE = (
    "  # Quality is not measured. Once it is, a bonus for speed can ask for it:",
    "  #   kpis: {quality: {kpi: quality_score, source: kpi_file, decimals: 1}}",
    "  #   gates: [{kpi: quality, at_least: 75, on: bonus}]       in each clause above",
)


def _seen(contract: Contract, one: Learnt) -> Iterator[str]:
    shown = english(contract)
    low, high = one.seen or (0, 0)
    unit = UNITS.get(one.kpi.unit, "")
    ends = f"{shown.number(_near(low, 2))} to {shown.number(_near(high, 2))}{unit}"
    margin = "chance cannot be told"
    if one.margin is not None:
        margin = f"chance alone may move one by {shown.number(_near(one.margin, 2))} in all"
    over = "in one month" if len(one.known) == 1 else f"over all months, months from {ends}"
    yield f"Seen: {one.shown} {over}; {margin}."
    held = corridor(one)
    if one.kpi.kpi == "handling_time" and held is not None:
        yield (
            f"The corridor of the price. It gives and takes nothing: outside {held[0]} to {held[1]} s, two months"
            " running, either side may ask that the price follow, new price = price × measured ÷ target. No clause"
            " can say that, so it stands in the contract's own words."
        )
        return
    yield "The steps begin outside of every month's margin: none of these months has a bonus or a malus."


# ------------------------------------------------------------------------------------------------- the whole


def body(contract: Contract, name: str, parts: Iterable[str]) -> str:
    """The file without its header."""
    return kept(contract, name) + "".join(parts)


def header(lines: Iterable[str]) -> str:
    """What the file says of itself before anything else."""
    return "".join(comment(line) if line else "#\n" for line in lines) + "\n"


def left_out(contract: Contract) -> list[str]:
    """What the contract has and the proposal does not, in words."""
    homes = [contract.source.value, *contract.source.value.get("phases", ())]
    return [words for key, words in LEFT_OUT.items() if any(home.get(key) for home in homes)]


def amount_of(value: Exact, contract: Contract) -> Decimal:
    """An exact sum as an amount: sums of amounts have no more decimals."""
    return rounded(value, contract.agreement.facts.decimals)


def _near(value: Exact, decimals: int) -> Decimal:
    return trimmed(rounded(value, decimals))

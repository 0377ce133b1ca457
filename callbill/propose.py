"""The next phase, learnt from the months billed so far: a contract that runs, and what it was made of.

The current contract is billed for every month by the real billing, the proposed model counts the same months, and its
price is the one that leaves the sum of the charges as it was. The proposal is then billed for the same months again:
one that does not give the same sum within its stated rounding is never shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from callbill import calibrating, counting, drafts, proposal_text, targets, volumes
from callbill.api import Read
from callbill.calibrating import Plan
from callbill.compare import Comparison, compare
from callbill.contract import Contract, load
from callbill.drafts import Draft, Model
from callbill.files import Workshop
from callbill.frozen import frozen
from callbill.invoice import Line, say
from callbill.money import exact, rounded, text
from callbill.period import Period
from callbill.phases import Phase
from callbill.problems import Invalid
from callbill.readiness import ADVICE, STATES, Finding, judged
from callbill.regrets import regrets
from callbill.rerun import Outcome
from callbill.targets import QUALITY, Learnt
from callbill.together import Together

NAME = "proposal.yaml"
ONCE = ("one_off", "setup", "term")
"""Kinds of lines that no month has by itself."""


@frozen
class Month:
    """A month under both contracts: charges that the proposal replaces, and bonus and malus, which are apart."""

    period: Period
    quantity: Fraction
    billed: Decimal
    proposed: Decimal
    adjusted: Decimal
    proposed_adjusted: Decimal
    once: Decimal
    """One-off lines, set-up fees and the rest of terms, which no price is learnt from."""


@frozen
class Proposal:
    """A contract for the next phase as text and as it was read again, and everything that it was made of."""

    contract_text: str
    contract: Contract
    current: Contract
    model: Model
    plan: Plan
    months: tuple[Month, ...]
    readiness: tuple[Finding, ...]
    kpis: Mapping[str, Learnt]
    comparison: Comparison
    """The current contract and the proposal on the same months."""
    keep: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        """What the charges of the months came to that the proposal replaces."""
        return sum((month.billed for month in self.months), Decimal(0))

    @property
    def proposed(self) -> Decimal:
        """What the proposed charge comes to on the same months."""
        return sum((month.proposed for month in self.months), Decimal(0))

    @property
    def ready(self) -> bool:
        """Whether nothing that is known speaks against it."""
        return all(one.state != "wait" for one in self.readiness)


def fields(
    contract: Contract, model: Model = "act", count: str | None = None, keep: Sequence[str] = ()
) -> dict[str, frozenset[str]]:
    """The fields of the contract's sources that a proposal looks at beside those that are billed."""
    found = dict(volumes.fields(contract))
    more: dict[str, frozenset[str]] = {}
    source = ""
    try:
        draft = drafts.draft(contract, model, count, tuple(keep))
        more, source = counting.counted_fields(_bare(contract, draft).agreement), _source(contract, draft)
    except Invalid:  # what the contract bills already may tell; `propose` refuses where it does not
        pass
    for tally in targets.tallies(contract, source):
        more[tally.source] = more.get(tally.source, frozenset()) | tally.fields
    for name, layout in contract.layouts.items():
        wanted = more.get(name, frozenset()) | ({"queue"} & set(layout.texts))
        found[name] = found.get(name, frozenset()) | wanted
    return found


def propose(
    contract: Contract, read: Read, periods: Sequence[Period] | None = None, model: Model = "act", *,
    count: str | None = None, keep: Sequence[str] = (),
) -> Proposal:  # fmt: skip
    """A contract of a model that the months of a history would have cost the same under.

    `count` says what the act is where the contract does not (`calls.answered`); `keep` are charges that stay as they
    are. Raises `Invalid` (CB409) where the history cannot tell what the model counts.
    """
    drafts.check(contract, model, tuple(keep), count)
    current = compare(_together(read), [contract.name], periods)
    chosen = current.periods
    outcomes = current.cases[0].outcomes
    amounts = [exact(_sum(one, contract, tuple(keep))) for one in outcomes]
    draft = drafts.draft(contract, model, count, tuple(keep), _main(contract, outcomes, amounts, keep))
    plan = _plan(read, draft, chosen, model, amounts)
    found = targets.learnt(read, chosen, _source(contract, draft))
    acts = None if model in ("time", "subscription") else list(plan.quantities)
    if acts is None or not draft.counted:
        acts = _answered(current)
    findings = judged(
        read, chosen, acts, draft.counted if model == "act" else drafts.acts_of(contract, required=False), found
    )
    return _written(contract, read, current, model, plan, found, tuple(findings), tuple(keep))


def _together(*reads: Read) -> Together:
    """Contracts that share an engine; whoever opened it closes it."""
    return Together(reads, reads[0].activity.engine, Workshop())


def _as(read: Read, contract: Contract, tables: str) -> Read:
    """The same activity for another contract with the same sources."""
    return replace(read, contract=contract, results={}, tables=f"{read.tables or 'c'}_{tables}", _open=())


def _source(contract: Contract, draft: Draft) -> str:
    """The source whose KPIs come first: that of the acts."""
    acts = draft.counted if draft.settings["model"] == "act" else drafts.acts_of(contract, required=False)
    return acts.partition(".")[0]


def _answered(current: Comparison) -> list[Fraction] | None:
    found = [one.answered for one in current.volumes.months]
    known = [one for one in found if one is not None]
    return known if known and len(known) == len(found) else None


# ------------------------------------------------------------------------------------------------ what months cost


def _replaced(line: Line, charges: Sequence[str], keep: Sequence[str]) -> bool:
    """Whether a proposal stands in for a line: charges and limits of the invoice, nothing that comes once."""
    mine = line.charge in charges or line.charge == "invoice"
    return mine and line.charge not in keep and line.kind not in ONCE


def _sum(outcome: Outcome, contract: Contract, keep: Sequence[str]) -> Decimal:
    charges = [charge.id for charge in contract.agreement.charges]
    return sum((line.amount for line in outcome.lines if _replaced(line, charges, keep)), Decimal(0))


def _main(
    contract: Contract, outcomes: Sequence[Outcome], amounts: Sequence[Fraction], keep: Sequence[str]
) -> str:  # fmt: skip
    """The charge that makes more than half of what is replaced; nothing where there is none.

    A small charge of the proposed model must not take the whole bill: the price of a training hour would.
    """
    for charge in contract.agreement.charges:
        lines = [line for one in outcomes for line in one.lines if _replaced(line, [charge.id], keep)]
        own = sum((exact(line.amount) for line in lines if line.charge == charge.id), Fraction(0))
        if 2 * own > sum(amounts, Fraction(0)):
            return charge.id
    return ""


def _once(outcome: Outcome) -> Decimal:
    return sum((line.amount for line in outcome.lines if line.kind in ONCE), Decimal(0))


# ----------------------------------------------------------------------------------------------------- the price


def _bare(contract: Contract, draft: Draft) -> Contract:
    """A contract of the draft alone at a price of 1, to count what it counts."""
    charge = dict(draft.settings)
    charge |= {"amount": "1"} if charge["model"] == "flat" else {"price": "1"}
    return load(proposal_text.bare(contract, contract.name, [charge]), NAME)


def _plan(read: Read, draft: Draft, periods: Sequence[Period], model: Model, amounts: Sequence[Fraction]) -> Plan:
    decimals = read.contract.agreement.facts.decimals
    if model == "flat":
        acts = None
        if draft.counted:
            counting = Draft({**draft.settings, "model": "act"}, draft.counted)
            acts = _quantities(read, counting, periods)
        return calibrating.flat(draft, amounts, acts, decimals, drafts.period_of(read.contract))
    quantities = _quantities(read, draft, periods)
    if model == "act":
        return calibrating.acts(draft, amounts, quantities, decimals)
    unit = say("hour", "heure") if model == "time" else say("seat", "poste")
    return calibrating.per_unit(draft, amounts, quantities, decimals, unit)


def _quantities(read: Read, draft: Draft, periods: Sequence[Period]) -> list[Fraction]:
    """What the draft counts in each month, as its lines will print it: billed at a price of 1."""
    counting = _as(read, _bare(read.contract, draft), "draft")
    found = compare(_together(counting), [NAME], periods)
    return [sum((exact(line.quantity) for line in one.lines), Fraction(0)) for one in found.cases[0].outcomes]


# ------------------------------------------------------------------------------------------------------ the file


def _written(
    contract: Contract, read: Read, current: Comparison, model: Model, plan: Plan, found: Mapping[str, Learnt],
    findings: tuple[Finding, ...], keep: tuple[str, ...],
) -> Proposal:  # fmt: skip
    """The text, read and billed again before anybody sees it."""
    name = f"{contract.name}-{model.upper()}"
    body = proposal_text.body(
        contract, name, _parts(contract, plan, [one.name for one in current.periods], found, keep)
    )
    draft = load(body.encode(), NAME)
    again = _as(read, draft, "proposed")
    both = compare(_together(read, again), [contract.name, name], current.periods)
    months = tuple(_months(plan, both, keep))
    proposal = Proposal("", draft, contract, model, plan, months, findings, found, both, keep)
    _check_total(proposal)
    written = proposal_text.header(_header(proposal)) + body
    final = load(written.encode(), NAME)
    _check_text(draft, final)
    both.cases = (both.cases[0], replace(both.cases[1], read=replace(again, contract=final)))
    both.left_out = current.left_out
    return replace(proposal, contract_text=written, contract=final)


def _parts(
    contract: Contract, plan: Plan, months: Sequence[str], found: Mapping[str, Learnt], keep: Sequence[str]
) -> list[str]:
    others = list(drafts.staying(contract, keep))
    charge, language = str(plan.charge["id"]), contract.agreement.language
    taken = [charge, *keep]
    gate, pace = targets.first_of(found, QUALITY), targets.first_of(found, ("handling_time",))
    made: list[tuple[Mapping[str, Any], Learnt]] = []
    for one in targets.paying(found):
        taken.append(drafts.free(one.name, taken))
        made.append((targets.clause(one, taken[-1], charge, language, gate), one))
    ends = None if pace is None else targets.corridor(pace)
    if pace is not None and ends is not None and plan.draft.settings["model"] in ("act", "flat"):
        made.append((targets.corridor_clause(pace, drafts.free("corridor", taken), ends, language), pace))
    return [
        proposal_text.charges(contract, plan, months, others),
        proposal_text.measured(found),
        proposal_text.clauses(contract, made, gate, pace),
    ]


def _months(plan: Plan, both: Comparison, keep: Sequence[str]) -> Iterator[Month]:
    current, proposed = both.cases
    for period, quantity, before, after in zip(
        both.periods, plan.quantities, current.outcomes, proposed.outcomes, strict=True
    ):
        sums = (_sum(before, current.contract, keep), _sum(after, proposed.contract, keep))
        yield Month(period, quantity, *sums, before.adjusted, after.adjusted, _once(before))


def _check_total(proposal: Proposal) -> None:
    """A proposal whose sum is off by more than rounding is a bug here, and is not shown."""
    gap = abs(exact(proposal.proposed) - exact(proposal.total))
    if gap > proposal.plan.bound:
        raise RuntimeError(f"the proposal gives {proposal.proposed} instead of {proposal.total}")
    if any(month.proposed_adjusted for month in proposal.months):
        raise RuntimeError("the proposal has a bonus or a malus on the months that it was learnt from")


def _check_text(draft: Contract, final: Contract) -> None:
    """The header changes nothing, and nothing is proposed that `check` warns about."""
    warned = regrets(final)
    if final.source.value != draft.source.value or warned:
        raise RuntimeError(f"the proposal is not what was billed again: {Invalid(warned)}")


def _phases(proposal: Proposal) -> list[Phase]:
    """The parts of the current contract that bill a day of the months."""
    parts = proposal.current.agreement.parts
    return [one for one in parts if any(one.life.part(month.period) for month in proposal.months)]


def periods_seen(proposal: Proposal) -> str:
    """The months from the first to the last; each of them where some are missing in between."""
    periods = [month.period for month in proposal.months]
    if len(periods) == 1 or any(one.end != after.first for one, after in pairwise(periods)):
        return ", ".join(one.name for one in periods)
    return f"{periods[0].name} – {periods[-1].name}"


def _header(proposal: Proposal) -> list[str]:
    """What was billed, what the proposal gives, how far rounding may carry it, whether the history is ready."""
    plan, contract = proposal.plan, proposal.current
    shown = proposal_text.english(contract)
    seen = periods_seen(proposal)
    gap = text(abs(proposal.proposed - proposal.total))
    bound = rounded(plan.bound, contract.agreement.facts.decimals + 2, "up")
    adjusted = sum((month.adjusted for month in proposal.months), Decimal(0))
    after = sum((month.proposed_adjusted for month in proposal.months), Decimal(0))
    once = sum((month.once for month in proposal.months), Decimal(0))
    phases = _phases(proposal)
    replaced = [charge.id for phase in phases for charge in phase.charges if charge.id not in proposal.keep]
    named = [phase.name for phase in phases if phase.name]
    under = contract.name + (f" ({', '.join(named)})" if named else "")
    lines = [
        f"Proposed by callbill from {seen}, billed under {under}. A draft for people to read, change and sign.",
        "",
        f"The charges of these months came to {shown.money(proposal.total)}; this contract gives "
        f"{shown.money(proposal.proposed)} on the same months: {gap} apart. Rounding may carry the two {text(bound)}"
        f" apart: {proposal_text.spoken(contract, plan.bound_words)}.",
        f"Not in either sum: bonus and malus ({shown.money(adjusted)} billed, {shown.money(after)} under this"
        f" contract), what came once ({shown.money(once)}), VAT.",
        f"One charge stands in for {', '.join(replaced)}: bands, tiers, minimums and limits are in its price.",
    ]
    left = proposal_text.left_out(contract)
    if left:
        lines.append(f"Left out of this contract, to be agreed anew: {', '.join(left)}.")
    if proposal.keep:
        lines.append(f"Kept as they are, and in neither sum: {', '.join(proposal.keep)}.")
    lines += ["", "Is the history ready?", ""]
    for one in proposal.readiness:
        state = STATES[one.state].en
        title, figure = (proposal_text.spoken(contract, phrase) for phrase in (one.title, one.figure))
        lines.append(f"  {state:<8} {title}: {figure}")
    lines += ["", proposal_text.spoken(contract, ADVICE)]
    return lines

"""A contract with every default written out, the way it would be written by hand."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from callbill.contract import Contract
from callbill.money import text
from callbill.phases import Phase, PhaseSettings
from callbill.source import emit
from callbill.values import Settings


def effective(contract: Contract) -> str:
    """The contract as YAML text; reading it again gives the same contract."""
    top = plain(contract.settings)
    top["activity"] = {name: plain(reader) for name, reader in contract.readers.items()}
    if contract.agreement.deal.kpis:
        top["kpis"] = {name: plain(kpi) for name, kpi in contract.agreement.deal.kpis.items()}
    if contract.agreement.phases:
        both = zip(contract.settings.phases, contract.agreement.phases, strict=True)
        top["phases"] = [_phase(written, phase) for written, phase in both]
    else:
        top["charges"] = [plain(charge) for charge in contract.agreement.charges]
    return emit(top)


def _phase(written: PhaseSettings, phase: Phase) -> dict[str, object]:
    """A phase with its first and last day; its charges and clauses carry them too."""
    days = {"from_": phase.life.first, "until": phase.life.last}
    found = plain(written.model_copy(update={**days, "charges": (), "bonus_malus": ()}))
    found["charges"] = [plain(charge) for charge in phase.charges]
    clauses = [plain(clause) for clause in phase.deal.clauses]
    return found | ({"bonus_malus": clauses} if clauses else {})


def plain(settings: Settings, *, defaults: bool = True) -> dict[str, object]:
    """Settings as plain values under their written keys; what has no value is left out."""
    dumped = settings.model_dump(by_alias=True, exclude_none=True, exclude_unset=not defaults)
    return {key: _plain(value) for key, value in dumped.items() if value not in ((), {})}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if one not in ((), {})}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return text(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)

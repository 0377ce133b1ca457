"""The settings of a contract file as they are written: parties, terms, and all that its parts say."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from callbill.bonus_malus import CapText, Clause, ExcusedDays, Group
from callbill.calendar import Calendar
from callbill.charge_settings import OneOff, VatRule
from callbill.countries import COUNTRIES, country_remedy
from callbill.indexation import Indexation
from callbill.invoice import Party, Phrase, say
from callbill.money import CURRENCIES
from callbill.period import PeriodRule
from callbill.phases import (
    OWN,
    PhaseSettings,
    Stretch,
    stretches,
)
from callbill.problems import nearest
from callbill.values import (
    Day,
    Label,
    Month,
    Number,
    Price,
    Settings,
    Slug,
    Whole,
    Words,
    Written,
    Zone,
    fault,
    label,
)

LANGUAGES = ("en", "fr")


def _currency(raw: object) -> str:
    code = label(raw)
    if code not in CURRENCIES:
        hint = nearest(code, CURRENCIES).partition("known:")[0].strip()
        raise fault(
            "CB233", f"`{code}` is not a currency that callbill knows", hint or "write an ISO code such as `EUR`"
        )
    return code


def _country(raw: object) -> str:
    code = label(raw)
    if code not in COUNTRIES:
        raise fault("CB227", f"`{code}` is not a country code", country_remedy(code))
    return code


CurrencyCode = Annotated[str, Written(_currency, {"enum": sorted(CURRENCIES)})]
CountryCode = Annotated[str, Written(_country, {"enum": sorted(COUNTRIES)})]


class PartySettings(Settings):
    """Seller or buyer, as it will stand on the invoice."""

    name: Label = Field(description="registered name")
    country: CountryCode = Field(description="ISO code: `FR`")
    address: Words = Field((), description="lines of the address")
    siren: Label | None = Field(None, description="French registration number")
    siret: Label | None = Field(None, description="French establishment number")
    vat: Label | None = Field(None, description="VAT number")
    email: Label | None = Field(None, description="address for invoices")
    iban: Label | None = Field(None, description="account to be paid")
    bic: Label | None = Field(None, description="its bank")

    def party(self) -> Party:
        given = {name: value for name, value in self if value is not None}
        return Party(**given)


class Payment(Settings):
    """When and how the invoice is due."""

    days: Annotated[Whole, Field(le=999)] = Field(description="days after the invoice's date")
    end_of_month: Literal["no", "days_then_month_end", "month_end_then_days"] = Field(
        "no", description="« fin de mois », in either of its two readings"
    )
    purchase_order: Label | None = Field(None, description="the buyer's order number")
    note: Label | None = Field(None, description="words under the amount due")

    def due(self, issued: date) -> date:
        """The due date of an invoice."""
        if self.end_of_month == "month_end_then_days":
            return _month_end(issued) + timedelta(days=self.days)
        due = issued + timedelta(days=self.days)
        return _month_end(due) if self.end_of_month == "days_then_month_end" else due

    def words(self) -> Phrase:
        """The terms in words."""
        patterns = {
            "no": ("{days} days from the invoice date", "{days} jours à compter de la date de facture"),
            "days_then_month_end": ("{days} days, then end of month", "{days} jours, puis fin de mois"),
            "month_end_then_days": ("end of month, then {days} days", "fin de mois, puis {days} jours"),
        }
        return say(*patterns[self.end_of_month], days=self.days)


def _month_end(on: date) -> date:
    following = date(on.year + on.month // 12, on.month % 12 + 1, 1)
    return following - timedelta(days=1)


class Limit(Settings):
    """A least or most amount of the whole invoice, before VAT."""

    amount: Price = Field(description="the amount")


class CreditSettings(Settings):
    """An amount that was already paid: it lowers the amount due, not the total."""

    date: Day = Field(description="the invoice of this day's period carries it")
    label: Label = Field(description="words on the invoice")
    amount: Price = Field(description="the amount, VAT included")


class ContractSettings(Settings):
    """The top level of a contract; sources and charges are checked by their own kinds."""

    MANUAL = "contract"

    callbill: Literal["1"] = Field(description="version of the contract format: `1`")
    contract: Label = Field(description="reference of the contract")
    title: Label = Field(description="what the contract is about")
    currency: CurrencyCode = Field(description="ISO code: `EUR`")
    timezone: Zone = Field(description="where months and days are cut: `Europe/Paris`")
    language: Literal["en", "fr"] = Field(description="language of the invoice")
    period: PeriodRule = Field(description="`month`, `quarter`, `{from_day: 22}` or `{days: 28, first: 2026-01-05}`")
    seller: PartySettings = Field(description="the call centre")
    buyer: PartySettings = Field(description="its client")
    vat: VatRule = Field(description="VAT of the lines: `{rate: 20}`, or `{category: AE, reason: …}`")
    vat_rounding: Literal["per_rate", "per_line"] = Field(
        "per_rate", description="VAT on the sum per rate (EN 16931), or rounded on each line"
    )
    payment: Payment = Field(description="when the invoice is due")
    activity: dict[Slug, Any] = Field(default_factory=dict, description="the exports that charges count: name → source")
    calendar: Calendar = Field(default_factory=Calendar, description="bands, windows and holidays")
    indices: dict[Slug, dict[Month, Number]] = Field(
        default_factory=dict, description="published indices: name → month → value"
    )
    indexation: dict[Slug, Indexation] = Field(default_factory=dict, description="revision clauses: name → formula")
    charges: tuple[Any, ...] = Field((), description="what is billed; required without `phases`")
    one_off: tuple[OneOff, ...] = Field((), description="single lines on given dates")
    minimum: Limit | None = Field(None, description="least amount of an invoice")
    maximum: Limit | None = Field(None, description="most amount of an invoice")
    credits: tuple[CreditSettings, ...] = Field((), description="amounts already paid")
    kpis: dict[Slug, Any] = Field(default_factory=dict, description="what is measured: name → KPI")
    bonus_malus: tuple[Clause, ...] = Field((), description="what the KPIs' values are worth")
    adjustment_groups: tuple[Group, ...] = Field((), description="clauses that share a cap, or that pay once")
    adjustment_cap: CapText | None = Field(
        None, description="most that all of bonus and malus may be: `10 %` of all charges, or `{bonus: …, malus: …}`"
    )
    excused: tuple[ExcusedDays, ...] = Field((), description="days that KPIs leave out, with their reason")
    agent_hour_cost: Price | None = Field(
        None,
        description="what an agent's hour costs the provider: `callbill compare` then tells margins; no invoice does",
    )
    phases: tuple[PhaseSettings, ...] = Field(
        (), description="or what is billed and what KPIs are worth, phase by phase: charges and clauses then stand here"
    )

    @property
    def stretches(self) -> list[Stretch]:
        """The phases with their days; without any, the whole contract as one."""
        whole = PhaseSettings.model_construct(name="", **{key: getattr(self, key) for key in OWN})
        return stretches(self.phases, whole)

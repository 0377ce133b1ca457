"""Price revision: a formula over published indices gives the coefficient that prices are multiplied by.

The quarrels of the trade are settings: which month of the index counts, how often the price is revised, and how
the coefficient is rounded.

A price is that of its day. A period that a revision cuts is split at local midnight, as it is where a phase ends:
usage counts on its day, fees and commitments are prorated as their charge says, and each part stands for itself.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.money import rounded
from callbill.period import Period, months_later, period_of
from callbill.period import Rule as PeriodRule
from callbill.problems import Problem, nearest, refuse
from callbill.terms import Formula
from callbill.values import Day, Label, Month, Number, Settings, Slug, Whole, Written, fault, label, shape

Indices = Mapping[str, Mapping[str, Decimal]]
"""Published values: index → month → value."""


def _formula(raw: object) -> str:
    written = label(raw)
    try:
        Formula(written)
    except ValueError as error:
        raise fault(
            "CB253", f"`{written}` cannot be read: {error}", "write for example `0.15 + 0.85 * S / S0`"
        ) from None
    return written


FormulaText = Annotated[str, Written(_formula, {"type": "string", "pattern": "^[A-Za-z0-9_ .+*/()-]+$"})]


class IndexValue(Settings):
    """A value of a published index: of a fixed month, or so many months before the revision."""

    index: Slug = Field(description="name of the index under `indices`")
    month: Month | None = Field(None, description="a fixed month: the base of the formula")
    lag: Whole | None = Field(None, description="months before the month of the revision")


Operand = Annotated[
    Annotated[Number, Tag("number")] | Annotated[IndexValue, Tag("an index value")],
    Discriminator(lambda raw: "an index value" if shape(raw) == "mapping" else "number"),
]


class Coefficient(Settings):
    """How the coefficient is rounded."""

    decimals: Annotated[Whole, Field(le=9)] = Field(description="decimals of the coefficient")
    mode: Literal["half_up", "up", "down"] = Field(description="`up` is the French « arrondi au millième supérieur »")


class Indexation(Settings):
    """One revision clause."""

    formula: FormulaText = Field(description="`0.15 + 0.85 * S / S0`, with `+ - * /` and brackets")
    names: dict[Label, Operand] = Field(
        description="what each name of the formula is: a number, or a value of an index"
    )
    revised: Literal["each_period", "yearly"] = Field(description="when prices are revised")
    month: Annotated[Whole, Field(ge=1, le=12)] | None = Field(
        None, description="for `yearly`: the month of the revision"
    )
    from_: Day | None = Field(None, alias="from", description="before this day the coefficient is 1")
    round: Coefficient | None = Field(None, description="left out, the coefficient is exact")

    def problems(self, indices: Indices) -> Iterator[Problem]:
        """Names without a value, indices that are not there, a month left out."""
        formula = Formula(self.formula)
        for name in formula.names:
            if name not in self.names:
                yield Problem("CB231", f"`{name}` has no value", f"write `{name}: …`", ("names",), on_key=True)
        for name, operand in self.names.items():
            if name not in formula.names:
                help_ = nearest(name, formula.names) or "take it out: the formula has no names"
                yield Problem("CB231", f"`{name}` is not in the formula", help_, ("names", name), on_key=True)
            if isinstance(operand, IndexValue):
                yield from _operand_problems(name, operand, indices)
        if self.revised == "yearly" and self.month is None:
            yield Problem("CB249", "which month are prices revised in?", "write `month: 1`", ("revised",))

    def coefficient(self, period: Period, indices: Indices, on: date | None = None) -> "Revision":
        """The coefficient on a day of a period, or on its first. Raises `Invalid` (CB251) without the index value."""
        on = on or period.first
        if self.from_ is not None and on < self.from_:
            return Revision(Fraction(1), say("not yet revised", "pas encore révisé"))
        at = period.first.replace(day=1)
        if self.revised == "yearly" and self.month is not None:
            at = date(on.year - (on.month < self.month), self.month, 1)
        values = {name: self._value(name, operand, at, indices) for name, operand in self.names.items()}
        try:
            exact = Formula(self.formula).value(values)
        except ValueError as error:
            refuse("CB253", str(error), "correct the index values", path=("formula",))
        result = Fraction(rounded(exact, self.round.decimals, self.round.mode)) if self.round else exact
        months = {name: self._month(one, at) for name, one in self.names.items() if isinstance(one, IndexValue)}
        pattern = ", ".join(f"{name} = {{{name}}}{f' ({months[name]})' if name in months else ''}" for name in values)
        used = Phrase(pattern, pattern, values)
        words = say(
            "{formula} with {used}: {result}",
            "{formula} avec {used} : {result}",
            formula=self.formula,
            used=used,
            result=result,
        )
        return Revision(result, words)

    def changes(self, first: date, end: date) -> list[date]:
        """The days after the first one of some days on which prices may be revised."""
        yearly = self.month if self.revised == "yearly" else None
        days = [date(year, yearly, 1) for year in range(first.year, end.year + 1)] if yearly else []
        days = [day for day in days if self.from_ is None or day >= self.from_]
        return sorted({day for day in (*days, self.from_) if day is not None and first < day < end})

    def cuts(self, rule: PeriodRule) -> bool:
        """Whether prices are revised inside a period."""
        inside = self.from_ is not None and period_of(rule, self.from_).first != self.from_
        if self.revised != "yearly" or self.month is None or rule == "month":
            return inside
        return inside or rule != "quarter" or self.month % 3 != 1

    def _month(self, operand: IndexValue, at: date) -> str:
        """The month whose index value counts."""
        return operand.month or f"{months_later(at, -(operand.lag or 0)):%Y-%m}"

    def _value(self, name: str, operand: "Decimal | IndexValue", at: date, indices: Indices) -> Fraction:
        if isinstance(operand, Decimal):
            return Fraction(operand)
        month = self._month(operand, at)
        value = indices.get(operand.index, {}).get(month)
        if value is None:
            refuse(
                "CB251",
                f"the index `{operand.index}` has no value for {month}",
                f"write it under `indices: {{{operand.index}: {{{month}: …}}}}`",
                path=("names", name),
            )
        return Fraction(value)


@frozen
class Revision:
    """A coefficient and how it came about."""

    factor: Fraction
    phrase: Phrase


def _operand_problems(name: str, operand: IndexValue, indices: Indices) -> Iterator[Problem]:
    if operand.index not in indices:
        help_ = nearest(operand.index, indices) or "write its values under `indices`"
        yield Problem("CB231", f"`{operand.index}` is not among the indices", help_, ("names", name, "index"))
    if (operand.month is None) == (operand.lag is None):
        help_ = "write `month: 2026-01` for a base, or `lag: 3`"
        yield Problem("CB248", "an index value has either a `month` or a `lag`", help_, ("names", name))

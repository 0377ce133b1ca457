"""What the models share that multiply counts by prices: the shapes of prices, and counts added up by price."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from callbill.invoice import Phrase, Rule, Slot, Step, say
from callbill.meters import Count, Increment, Metered, Once, window_words
from callbill.models import Facts, Group, Scope, Unpriced
from callbill.models._counted import Counted
from callbill.money import MICRO
from callbill.price_tables import BandPrice, Premiums, PriceTable, band_price, unit_price
from callbill.pricing import (
    Package,
    PackagePrice,
    PerUnit,
    PriceList,
    StairPrices,
    Stairstep,
    TierPrices,
    Tiers,
    TierStep,
)
from callbill.problems import Invalid, Problem, nearest, refuse
from callbill.staging import Condition, Layout
from callbill.terms import condition_of, conditions, test_words
from callbill.values import Label, Settings, Words, Written, duration, fault, written_duration


def _within(raw: object) -> int | str:
    """A window: the local day, the period, or a duration above zero."""
    if isinstance(raw, str) and raw in ("day", "period"):
        return raw
    window = duration(raw)
    if window == 0:
        raise fault("CB216", f"`{raw}` is no window of time", "write `24 h`, `day` or `period`")
    return window


Within = Annotated[
    int | str,
    Written(
        _within,
        {"type": "string", "pattern": r"^(day|period|[0-9]+(\.[0-9]+)?\s*[a-z]+)$"},
        lambda window: window if isinstance(window, str) else written_duration(window),
    ),
]


class OncePer(Settings):
    """Each customer (or other field) counts once in a window; a record without one counts by itself."""

    field: Label = Field(description="the column that tells customers apart")
    within: Within = Field(description="`24 h`, `7 days`, `day` (the local day) or `period`")
    since: Literal["contact", "billed"] = Field(
        "contact", description="a duration runs from the customer's last contact, or from the last billed one"
    )


# ------------------------------------------------------------------------------------------------- prices


@dataclass
class _Sum:
    """One group while it is being added up."""

    billed: int = 0
    measured: int = 0
    records: int = 0


class Key(NamedTuple):
    """What tells groups apart: table row, band, premiums that apply, values of `by`, and which limit of an act."""

    row: int
    by: tuple[str, ...]
    band: int
    premiums: tuple[int, ...]
    clamp: int


class Priced(Counted):
    """A charge whose counts are multiplied by prices, in one of the shapes that prices have."""

    price: BandPrice | None = Field(
        None, description="price of a unit, or one for each band: `{day: 26.00, evening: 31.20}`"
    )
    prices: PriceTable | None = Field(None, description="prices by queue, language, skill or any column")
    tiers: Tiers | None = Field(None, description="prices that depend on the quantity")
    package: Package | None = Field(None, description="a price for blocks of units")
    stairstep: Stairstep | None = Field(None, description="one price for the period, by the level reached")
    premiums: Premiums | None = Field(None, description="percentages on top of the price")
    by: Words = Field((), description="columns that lines are split by; tiers then count each alone")
    once_per: OncePer | None = Field(None, description="each customer counts once in a window")

    @property
    def shapes(self) -> dict[str, Any]:
        """The ways a price can be written that this model knows."""
        return {
            "price": self.price, "prices": self.prices, "tiers": self.tiers, "package": self.package,
            "stairstep": self.stairstep,
        }  # fmt: skip

    @property
    def several_prices(self) -> bool:
        return isinstance(self.price, dict) or self.prices is not None or self.premiums is not None or bool(self.by)

    def _prorates(self) -> bool:
        fees = bool(self.stairstep) or any(tier.flat for tier in (self.tiers.steps if self.tiers else ()))
        return super()._prorates() or fees or bool(self.package and self.package.at_least)

    def _fee(self, fee: Decimal, scope: Scope) -> Decimal:
        """A fee of a tier or level after revision, for the part of the period that the charge is in force."""
        covered = self.covered(scope.period)
        share = self.share(*covered, scope.period) if covered else Fraction(1)
        return unit_price(self.revised(fee, scope), share)

    def price_problems(self, facts: Facts, layout: Layout) -> Iterator[Problem]:
        """Prices that are missing, said twice, or speak of what is not there."""
        given = [name for name, value in self.shapes.items() if value is not None]
        if len(given) != 1:
            names = ", ".join(f"`{name}`" for name in self.shapes)
            message = (
                "the charge has no price" if not given else f"the charge has {len(given)} prices: {', '.join(given)}"
            )
            yield Problem("CB248", message, f"write exactly one of {names}", (given[1],) if given else (), on_key=True)
        for name, shape in (("tiers", self.tiers), ("stairstep", self.stairstep)):
            if shape is not None:
                yield from (problem.under(name) for problem in shape.problems())
        if self.premiums is not None and self.price is None and self.prices is None:
            help_ = "write a `price` or `prices`"
            yield Problem("CB248", "premiums go on a `price` or on `prices`", help_, ("premiums",), on_key=True)
        for path, price in self._band_prices():
            yield from _band_problems(facts, path, price)
        yield from self._column_problems(layout)
        yield from self._premium_problems(facts)
        if self.once_per is not None:
            yield from self._once_problems(layout)

    def _once_problems(self, layout: Layout) -> Iterator[Problem]:
        assert self.once_per is not None  # noqa: S101 - asked only then
        if self.once_per.field not in layout.texts:
            yield _no_text(self.once_per.field, layout, ("once_per", "field"))
        if layout.record != "contact":
            yield Problem(
                "CB247", "customers are only known from contacts", "take `once_per` out", ("once_per",), on_key=True
            )

    def _band_prices(self) -> Iterator[tuple[tuple[str | int, ...], "Decimal | dict[str, Decimal]"]]:
        if self.price is not None:
            yield ("price",), self.price
        if self.prices is not None:
            for n, row in enumerate(self.prices.rows):
                yield ("prices", "rows", n, "price"), row.price
            if self.prices.otherwise is not None:
                yield ("prices", "otherwise"), self.prices.otherwise

    def _column_problems(self, layout: Layout) -> Iterator[Problem]:
        wanted: list[tuple[tuple[str | int, ...], str]] = [(("by",), name) for name in self.by]
        if self.premiums is not None:
            wanted += [
                (("premiums", "rates", n, "when", name), name)
                for n, rate in enumerate(self.premiums.rates)
                for name in rate.when or ()
            ]
        for path, name in wanted:
            if name not in layout.texts:
                yield _no_text(name, layout, path, on_key=True)
        for n, row in enumerate(self.prices.rows if self.prices else ()):
            try:
                conditions(row.when, layout, ("prices", "rows", n, "when"))
            except Invalid as invalid:
                yield from invalid.problems

    def _premium_problems(self, facts: Facts) -> Iterator[Problem]:
        windows = [window.name for window in facts.calendar.windows]
        for n, rate in enumerate(self.premiums.rates if self.premiums else ()):
            path = ("premiums", "rates", n)
            if (rate.window is None) == (rate.when is None):
                yield Problem("CB248", "a premium is for a `window` or for a `when`", "write one of the two", path)
            if rate.window is not None and rate.window not in windows:
                help_ = nearest(rate.window, windows) or "write it under `calendar: {windows: …}`"
                yield Problem("CB231", f"`{rate.window}` is not a window of the calendar", help_, (*path, "window"))

    # ------------------------------------------------------------------------------------------- groups

    @property
    def rows(self) -> tuple[tuple[Condition, ...], ...]:
        """The conditions of each row of the price table."""
        rows = self.prices.rows if self.prices else ()
        return tuple(tuple(condition_of(name, test) for name, test in row.when.items()) for row in rows)

    @property
    def unfit(self) -> tuple[str, ...]:
        """The columns that tell records without a price."""
        if self.prices is None or self.prices.otherwise is not None:
            return ()
        return tuple(name for name in self.prices.columns if name not in self.by)

    @property
    def flags(self) -> tuple[tuple[Condition, ...], ...]:
        """The conditions of premiums, in the order of the premiums; those of windows are empty."""
        rates = self.premiums.rates if self.premiums else ()
        return tuple(
            tuple(Condition(name, one_of=words) for name, words in rate.when.items()) for rate in rates if rate.when
        )

    def priced_cells(self, scope: Scope) -> tuple[tuple[int, ...], ...]:
        """For each row of the price table: each cell of the calendar as the first one with the same price there."""
        windows = frozenset(rate.window for rate in self.premiums.rates) if self.premiums else frozenset()
        found = []
        for row in range(len(self.rows) + 1):
            price = self._price_at(row)
            by_band = isinstance(self._price_at(0) if price is None else price, dict)
            kinds = [(cell.band if by_band else None, cell.windows & windows) for cell in scope.timetable.cells]
            found.append(tuple(kinds.index(kind) for kind in kinds))
        return tuple(found)

    def once_rule(self) -> Once | None:
        if self.once_per is None:
            return None
        return Once(self.once_per.field, self.once_per.within, self.once_per.since)  # type: ignore[arg-type]  # the words are checked

    def groups(self, metered: Metered, scope: Scope, unit: Phrase, size: Fraction, increment: Increment | None = None) -> list[Group]:  # noqa: E501  # fmt: skip
        """The counts added up by price. `size` is how many millionths make one unit, over a million."""
        sums: dict[Key, _Sum] = {}
        unpriced: dict[tuple[str | None, ...], int] = {}
        for count in metered.counts:
            key = self.key_of(count, scope)
            if key is None:
                unpriced[count.values] = unpriced.get(count.values, 0) + count.records
                continue
            total = sums.setdefault(key, _Sum())
            total.billed += count.billed
            total.measured += count.measured
            total.records += count.records
        if unpriced:
            raise Unpriced((*self.by, *self.unfit), unpriced)
        if not sums and not self.several_prices:
            sums[Key(0, (), -1, (), 0)] = _Sum()
        return [self._group(key, sums[key], scope, unit, size, increment) for key in sorted(sums)]

    def apart(self, meter: str, count: Count, scope: Scope) -> Hashable:
        key = self.key_of(count, scope) if meter == "main" else None
        return super().apart(meter, count, scope) if key is None else key

    def key_of(self, count: Count, scope: Scope) -> Key | None:
        """The price group of a count; None when the table has no price for it."""
        price = self._price_at(count.row)
        if self.prices is not None and price is None:
            return None
        cell = scope.timetable.cells[count.cell]
        band = scope.facts.bands.index(cell.band) if isinstance(price, dict) and cell.band else -1
        by = tuple(value or "" for value in count.values[: len(self.by)])
        return Key(count.row, by, band, self._applied(count, cell.windows), count.clamp)

    def _applied(self, count: Count, windows: frozenset[str]) -> tuple[int, ...]:
        """The premiums that apply to a count."""
        applied, flags = [], iter(count.flags)
        for n, rate in enumerate(self.premiums.rates if self.premiums else ()):
            if rate.window in windows if rate.window is not None else next(flags) == 1:
                applied.append(n)
        return tuple(applied)

    def _price_at(self, row: int) -> "Decimal | dict[str, Decimal] | None":
        return self.price if self.prices is None else self.prices.price_at(row)

    def _group(self, key: Key, total: _Sum, scope: Scope, unit: Phrase, size: Fraction, increment: Increment | None) -> Group:  # noqa: E501  # fmt: skip
        billed = increment.of(total.billed) if increment else total.billed
        names, details = self._names(key, scope)
        return Group(
            id=names,
            quantity=Fraction(billed * size.denominator, MICRO * size.numerator),
            unit=unit,
            prices=self.price_list(key, scope),
            detail=details,
            slot=Slot("main", key),
            records=total.records,
            steps=self._count_steps(total, billed, unit, size) if scope.explained else (),
        )

    def _count_steps(self, total: _Sum, billed: int, unit: Phrase, size: Fraction) -> tuple[Step, ...]:
        """Steps 5 and 6: what was measured, what increments and minimums made of it."""
        measured, summed = Fraction(total.measured, MICRO), Fraction(billed, MICRO)
        steps = []
        if self.times:
            steps.append(Step(5, say("{records} records measure {measured} s; billed {billed} s", records=total.records, measured=measured, billed=summed)))  # noqa: E501  # fmt: skip
        else:
            steps.append(Step(5, say("{records} records count {billed}", records=total.records, billed=summed)))
        return (*steps, Step(6, say("{quantity} {unit}", quantity=summed / size, unit=unit)))

    def _names(self, key: Key, scope: Scope) -> tuple[str, Phrase | None]:
        """A group's part of the line id, and its words."""
        ids: list[str] = []
        words: list[Phrase] = []
        if self.prices is not None:
            ids.append(f"r{key.row + 1}")
            words.append(self._row_words(key.row))
        for value in key.by:
            ids.append(_id_part(value))
            words.append(say("{value}", "{value}", value=value or "–"))
        if key.band >= 0:
            name = scope.facts.bands[key.band]
            ids.append(name)
            words.append(say("{band}", "{band}", band=scope.facts.band_label(name)))
        for n in key.premiums:
            rate = self.premiums.rates[n] if self.premiums else None
            ids.append(f"p{n + 1}")
            words.append(self._premium_words(n, scope) if rate else say(""))
        if self.premiums is not None and not key.premiums:
            words.append(say("no premium", "sans majoration"))
        return "-".join(ids), _joined(words)

    def _row_words(self, row: int) -> Phrase:
        assert self.prices is not None  # noqa: S101 - asked only then
        if row == len(self.prices.rows):
            return say("other", "autres")
        one = self.prices.rows[row]
        shown = one.label or ", ".join(test_words(test) for test in one.when.values())
        return say("{row}", "{row}", row=shown)

    def _premium_words(self, n: int, scope: Scope) -> Phrase:
        assert self.premiums is not None  # noqa: S101 - asked only then
        rate = self.premiums.rates[n]
        if rate.label is not None:
            shown = rate.label
        elif rate.window is not None:
            shown = scope.facts.window_label(rate.window)
        else:
            shown = ", ".join("/".join(words) for words in (rate.when or {}).values())
        return say("{name} +{percent} %", "{name} +{percent} %", name=shown, percent=rate.percent)

    def price_list(self, key: Key, scope: Scope) -> PriceList:
        """The prices of a group, after revision and premiums."""
        if self.tiers is not None:
            return self._tier_list(self.tiers, scope)
        if self.package is not None:
            return PackagePrice(self.package, self.revised(self.package.price, scope))
        if self.stairstep is not None:
            return StairPrices(self.stairstep, tuple(self._fee(one.amount, scope) for one in self.stairstep.steps))
        price = self._price_at(key.row)
        if price is None:
            refuse("CB248", "the charge has no price", "write a `price`")
        band = scope.facts.bands[key.band] if key.band >= 0 else None
        found, revision = band_price(price, band), scope.revision(self.indexation)
        if self.premiums is None and revision is None:
            return PerUnit(found)
        factor = self.premiums.factor(key.premiums) if self.premiums else Fraction(1)
        return PerUnit(unit_price(found, factor * (revision.factor if revision else 1)))

    def _tier_list(self, tiers: Tiers, scope: Scope) -> TierPrices:
        steps, start = [], Decimal(0)
        for n, tier in enumerate(tiers.steps, start=1):
            price = tier.price if tier.price is not None else (tier.percent or Decimal(0)) / 100
            flat = None if tier.flat is None else self._fee(tier.flat, scope)
            steps.append(TierStep(n, start, tier.up_to, self.revised(price, scope), flat, tier.package))
            start = tier.up_to if tier.up_to is not None else start
        return TierPrices(tiers, tuple(steps))

    def price_rules(self) -> Iterator[Rule]:
        """The rules about prices, in words."""
        if self.tiers is not None:
            yield from self._tier_rules(self.tiers)
        if self.package is not None:
            en, fr = ("due in full", "dû en entier") if self.package.round == "up" else ("free", "gratuit")
            yield self.rule("package", say(f"a started package is {en}", f"un lot entamé est {fr}"))
        if self.premiums is not None and len(self.premiums.rates) > 1:
            en, fr = ("add up", "s’ajoutent") if self.premiums.stacking == "add" else ("multiply", "se multiplient")
            yield self.rule("premiums", say(f"premiums {en}", f"les majorations {fr}"))
        if self.once_per is not None:
            yield self._once_words(self.once_per)
        yield from self.free_rules()

    def _tier_rules(self, tiers: Tiers) -> Iterator[Rule]:
        modes = {
            "graduated": ("each unit at the price of its own tier", "chaque unité au prix de sa tranche"),
            "volume": (
                "all units at the price of the tier reached",
                "toutes les unités au prix de la tranche atteinte",
            ),
        }
        yield self.rule("tiers", say(*modes[tiers.mode]))
        if self.included is not None:
            yield self.rule(
                "tiers", say("tiers count after the included units", "les tranches comptent après les unités incluses")
            )
        bound = (
            ("the tier it ends", "à la tranche qu’il clôt")
            if tiers.bound == "inclusive"
            else ("the next tier", "à la suivante")
        )
        yield self.rule(
            "bound", say(f"a tier's upper bound belongs to {bound[0]}", f"la borne haute appartient {bound[1]}")
        )
        if any(tier.package for tier in tiers.steps):
            en, fr = ("due in full", "dû en entier") if tiers.packages == "up" else ("free", "gratuit")
            yield self.rule("packages", say(f"a started package is {en}", f"un lot entamé est {fr}"))
        if tiers.zero_usage is not None:
            due = tiers.zero_usage == "bill_first_flat"
            phrase = say(
                f"the first flat fee is {'due' if due else 'not due'} without usage",
                f"le premier forfait est {'dû' if due else 'non dû'} sans usage",
            )
            yield self.rule("zero_usage", phrase)

    def _once_words(self, once: OncePer) -> Rule:
        window = window_words(once.within)
        if isinstance(once.within, str):
            words = ("each {field} counts once in {window}", "chaque {field} compte une fois sur {window}")
            return self.rule("once_per", say(*words, field=once.field, window=window))
        en, fr = ("last contact", "son dernier contact")
        if once.since == "billed":
            en, fr = ("last billed contact", "son dernier contact facturé")
        phrase = say(
            f"each {{field}} counts again {{window}} after its {en}",
            f"chaque {{field}} recompte {{window}} après {fr}",
            field=once.field, window=window,
        )  # fmt: skip
        return self.rule("once_per", phrase)


def _no_text(name: str, layout: Layout, path: tuple[str | int, ...], *, on_key: bool = False) -> Problem:
    """A column that prices or conditions look at and the source does not have as a text."""
    help_ = nearest(name, layout.texts) or f"declare `{name}: …` under `columns`"
    return Problem("CB231", f"`{name}` is not a text of this source", help_, path, on_key=on_key)


def _band_problems(
    facts: Facts, path: tuple[str | int, ...], price: "Decimal | dict[str, Decimal]"
) -> Iterator[Problem]:
    """Bands without a price, prices of bands that do not exist."""
    if not isinstance(price, dict):
        return
    for name in price:
        if name not in facts.bands:
            help_ = nearest(name, facts.bands) or "write the bands under `calendar`"
            yield Problem("CB231", f"`{name}` is not a band of the calendar", help_, (*path, name), on_key=True)
    missing = [name for name in facts.bands if name not in price]
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing)
        yield Problem("CB250", f"no price for the band {listed}", f"write `{missing[0]}: …`", path, on_key=True)


def _joined(words: list[Phrase]) -> Phrase | None:
    if len(words) < 2:
        return words[0] if words else None
    parts = {f"w{n}": word for n, word in enumerate(words)}
    pattern = ", ".join(f"{{{name}}}" for name in parts)
    return Phrase(pattern, pattern, parts)


def _id_part(value: str) -> str:
    """A value as part of a line id: letters and digits only."""
    from unicodedata import normalize

    plain = normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    return "".join(char if char.isalnum() else "_" for char in plain)[:24] or "none"

"""The KPIs: one file a KPI, the file's name is the word after `kpi:`.

A KPI is a ratio of counts. Its file says which counts there are, which formulas the trade makes of them, what one
count is of a contact, and what the value is measured in. Counting is in `tallying`,
windows are in `windows`, values in `measuring`.
"""

from abc import ABC
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from callbill import family
from callbill.frozen import frozen
from callbill.invoice import Phrase, say
from callbill.levels import LevelText, Unit, level_problems
from callbill.money import rounded
from callbill.problems import Invalid, Problem, nearest
from callbill.staging import Condition, Layout
from callbill.tallies import Repeat, Tally
from callbill.terms import MEASURE, Quotient, Where, conditions, measure, quotient, test_words
from callbill.values import Duration, Label, Settings, Slug, Whole, Words, Written, fault, label, shape

PACKAGE = "callbill.kpis"
ELSEWHERE = "kpi_file"
"""The word after `source:` for what is measured outside the activity."""
INVOICE = "invoice_net"
"""The count that is no count of records: the sum of the charges' lines."""

# ----------------------------------------------------------------------------------------------------- settings


def _formula(raw: object) -> str:
    written = label(raw)
    if "/" not in written and "+" not in written:
        return written
    try:
        return quotient(written).written
    except ValueError as error:
        remedy = "write sums of counts, one over the other: `answered_within / (answered + abandoned)`"
        raise fault("CB261", f"`{written}` cannot be read: {error}", remedy) from None


FormulaText = Annotated[str, Written(_formula, {"type": "string", "pattern": r"^[A-Za-z0-9_ .+/()-]+$"})]


def _count(raw: object) -> str:
    written = label(raw)
    if "." in written:
        measure(written)
    return written


CountText = Annotated[str, Written(_count, {"type": "string", "pattern": rf"^[a-z][a-z0-9_]*$|{MEASURE}"})]
CountRule = Annotated[
    Annotated[CountText, Tag("a name")] | Annotated[Where, Tag("conditions")],
    Discriminator(lambda raw: "conditions" if shape(raw) == "mapping" else "a name"),
]


class Last(Settings):
    """The last periods, the billed one included."""

    periods: Annotated[Whole, Field(ge=2, le=36)] = Field(description="how many periods are measured together")


class Cut(Settings):
    """Short intervals of the day, each measured by itself."""

    interval: Duration = Field(description="their length, a part of an hour or an hour: `30 min`")


class Met(Settings):
    """What each day, week or interval must reach; the KPI is then the share of those that do."""

    at_least: LevelText | None = Field(None, description="the value that is reached from here upwards: `80 %`")
    at_most: LevelText | None = Field(None, description="or from here downwards: `30 s`")


def _measured_shape(raw: object) -> str:
    if shape(raw) != "mapping":
        return "word"
    cut = isinstance(raw, Cut) or (isinstance(raw, Mapping) and "interval" in raw)
    return "interval" if cut else "periods"


Measured = Annotated[
    Annotated[Literal["period", "day", "week", "quarter", "year"], Tag("word")]
    | Annotated[Last, Tag("periods")]
    | Annotated[Cut, Tag("interval")],
    Discriminator(_measured_shape),
]


@frozen
class Variant:
    """One of the formulas that the trade knows a KPI by; `name` is a word for `formula:`."""

    name: str
    formula: str
    words: Phrase

    @property
    def quotient(self) -> Quotient:
        return quotient(self.formula)


def variant(name: str, formula: str, en: str, fr: str) -> Variant:
    """A variant and its words."""
    return Variant(name, formula, say(en, fr))


@frozen
class Facts:
    """What KPIs know of the contract around them: its sources, and the bands of its calendar."""

    layouts: Mapping[str, Layout]
    bands: tuple[str, ...] = ()


class Kpi(Settings, ABC):
    """One measured ratio; every KPI shares these settings."""

    kpi: Label = Field(description="the kind of KPI")
    label: Label | None = Field(None, description="words on the invoice; the kind's own when left out")
    source: Slug | None = Field(
        None,
        description="the source of its counts, or `kpi_file` when it is measured elsewhere; the only source that has"
        " them when left out",
    )
    where: Where = Field(default_factory=dict, description="which of its source's records count: `queue: support`")
    bands: Words = Field((), description="only these bands of the calendar")
    counts: dict[Label, CountRule] = Field(
        default_factory=dict,
        description="what a count of the formula is, where the source calls it otherwise: a state, a column, a measure"
        " such as `agents.online + agents.wrap`, or conditions: `{outcome: transferred}`",
    )
    formula: FormulaText | None = Field(
        None, description="a variant's name, or counts: `answered_within / (answered + abandoned)`"
    )
    measured: Measured = Field(
        "period",
        description="over the invoice's `period`, each `day` or `week`, the `quarter` or `year` that ends with the"
        " period, `{periods: 3}` together, or each `{interval: 30 min}`",
    )
    met: Met | None = Field(None, description="counts the days, weeks or intervals that reach a value")
    decimals: Annotated[Whole, Field(le=6)] | None = Field(
        None, description="decimals it is rounded to before anything looks at it; left out, it is exact"
    )
    rounding: Literal["half_up", "up", "down"] = Field("half_up", description="how it is rounded")

    UNIT: ClassVar[Unit] = "percent"
    HIGHER_IS_BETTER: ClassVar[bool] = True
    NAMES: ClassVar[Phrase] = say("KPI", "Indicateur")
    """What people call it."""
    COUNTS: ClassVar[Mapping[str, Phrase]] = {}
    """Every count that its formulas may speak of, in words."""
    VARIANTS: ClassVar[tuple[Variant, ...]] = ()
    MARGIN: ClassVar[Literal["wilson", "mean", "nps", "none"]] = "wilson"
    """How its margin of error is told: of a share, of a mean, of a difference of shares, or not at all."""

    # ------------------------------------------------------------------------------------ to write in a kind

    def contact_tally(self, name: str, layout: Layout, source: str) -> Tally | None:
        """What a count is of contacts, where it is more than the state or the field of the source by that name."""
        del name, layout, source
        return None

    @classmethod
    def suggested(cls) -> Mapping[str, Any]:
        """Settings to show it with where no contract has chosen any: nothing but its kind, usually."""
        return {}

    def settings_problems(self, facts: Facts) -> Iterator[Problem]:
        """What else is wrong with its own settings."""
        del facts
        yield from ()

    def narrowing(self) -> Iterator[Phrase]:
        """What narrows it, in words; kinds add their limits."""
        for name, test in self.where.items():
            yield say("{field}: {words}", "{field} : {words}", field=name, words=test_words(test))
        if self.bands:
            yield say("in {bands}", "plage {bands}", bands=", ".join(self.bands))
        if self.source is not None:
            yield say("from {source}", "d’après {source}", source=self.source)
        if self.decimals is not None:
            many = "" if self.decimals == 1 else "s"
            yield say(f"rounded to {{n}} decimal{many}", f"arrondi à {{n}} décimale{many}", n=self.decimals)

    # ------------------------------------------------------------------------------------------------ formulas

    @property
    def chosen(self) -> Variant:
        """The contract's formula."""
        found = next((one for one in self.VARIANTS if self.formula in (one.name, one.formula)), None)
        if found is not None:
            return found
        if self.formula is None:
            return self.VARIANTS[0]
        return Variant("", self.formula, say("{formula}", "{formula}", formula=self.formula))

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Every formula to show, the contract's among them."""
        own = self.chosen
        return self.VARIANTS if own in self.VARIANTS else (*self.VARIANTS, own)

    @property
    def unit(self) -> Unit:
        return "percent" if self.met is not None else self.UNIT

    @property
    def higher_is_better(self) -> bool:
        return True if self.met is not None else self.HIGHER_IS_BETTER

    @property
    def is_split(self) -> bool:
        """Whether one period gives it several values."""
        return self.met is None and (self.measured in ("day", "week") or isinstance(self.measured, Cut))

    @property
    def words(self) -> Phrase:
        """What it is called on the invoice."""
        return self.NAMES if self.label is None else say("{label}", "{label}", label=self.label)

    def value(self, numerator: Fraction, denominator: Fraction | None) -> Fraction | None:
        """The exact value in the KPI's unit; None where nothing was counted."""
        if denominator is None:
            return numerator
        if denominator == 0:
            return None
        return (100 if self.UNIT == "percent" else 1) * numerator / denominator

    def ends(self, counts: Mapping[str, Fraction], variant: Variant) -> tuple[Fraction, Fraction | None]:
        """Numerator and denominator of a formula: contacts, seconds, amounts; hours below what is done in an hour."""
        above, below = variant.quotient.of(counts)
        return above, below / 3600 if below is not None and self.UNIT == "per_hour" else below

    def shown(self, value: Fraction) -> Fraction:
        """The value as the contract rounds it."""
        return value if self.decimals is None else Fraction(rounded(value, self.decimals, self.rounding))

    # ------------------------------------------------------------------------------------------------- counting

    def source_in(self, layouts: Mapping[str, Layout]) -> str | None:
        """The source of its counts; None when it is left out and more than one, or none, has them."""
        if self.source is not None:
            return self.source
        fits = [name for name in layouts if self.fits(name, layouts)]
        return fits[0] if len(fits) == 1 else None

    def fits(self, source: str, layouts: Mapping[str, Layout], variant: Variant | None = None) -> bool:
        """Whether a source has every count of a formula."""
        return not any(self._lacks(name, source, layouts) for name in (variant or self.chosen).quotient.names)

    def _lacks(self, name: str, source: str, layouts: Mapping[str, Layout]) -> bool:
        try:
            return self.tally(name, source, layouts) is None and name != INVOICE
        except Invalid:
            return True

    def tally(self, name: str, source: str, layouts: Mapping[str, Layout], *, squared: bool = False) -> Tally | None:
        """What one count is; None when the source does not have it. Raises `Invalid` for unfit conditions."""
        rule = self.counts.get(name, name)
        layout = layouts[source]
        where = conditions(self.where, layout, ("where",))
        if isinstance(rule, str) and "." in rule:
            found = _of_measure(rule, layouts)
            if found is None or found.source != source:
                return found
        else:
            found = None
            if layout.record == "contact" and name not in self.counts:
                found = self.contact_tally(name, layout, source)
            found = found or self.stated(name, layout, source)
        if found is None:
            return None
        repeats = tuple((wanted, _narrowed(one, where)) for wanted, one in found.repeats)
        return replace(
            found, conditions=(*where, *found.conditions), repeats=repeats, squared=squared and bool(found.parts)
        )

    def handled(self, layout: Layout, source: str) -> Tally | None:
        """The contacts that were handled, or answered where the source does not tell them apart."""
        if "handled" in self.counts:
            return self.stated("handled", layout, source)
        return self._named("handled", layout, source) or self.stated("answered", layout, source)

    def stated(self, name: str, layout: Layout, source: str) -> Tally | None:
        """A count as `counts` says what it is, or else the state or field of that name; without the KPI's `where`."""
        rule = self.counts.get(name, name)
        if isinstance(rule, Mapping):
            return Tally(source, conditions(rule, layout, ("counts", name)))
        if "." in rule:
            found = _of_measure(rule, {source: layout})
            return found if found and found.source == source else None
        return self._named(rule, layout, source)

    def everything(self, layout: Layout, source: str) -> Tally:
        """Every record that the KPI looks at, one each: tells a window without records from one where it is 0."""
        return Tally(source, conditions(self.where, layout, ("where",)))

    @staticmethod
    def _named(name: str, layout: Layout, source: str) -> Tally | None:
        """A state, a number or a duration of a source."""
        if layout.record == "contact" and name in ("all", *layout.states):
            return Tally(source, layout.states.get(name, ()))
        if name in layout.numbers or name in layout.durations:
            return Tally(source, parts=((1, name),))
        return None

    # ------------------------------------------------------------------------------------------------- problems

    def problems(self, facts: Facts) -> Iterator[Problem]:
        """What is wrong with the settings together."""
        own = [*self._formula_problems(), *self._window_problems(), *self.settings_problems(facts)]
        own += self._cost_problems() if not own else []
        yield from own
        for n, band in enumerate(self.bands):
            if band not in facts.bands:
                help_ = nearest(band, facts.bands) or "write the bands under `calendar`"
                yield Problem("CB231", f"`{band}` is not a band of the calendar", help_, ("bands", n))
        for name in self.counts:
            if name not in self.COUNTS:
                help_ = nearest(name, self.COUNTS)
                yield Problem("CB231", f"`{name}` is not a count of this KPI", help_, ("counts", name), on_key=True)
        if self.source == ELSEWHERE:
            yield from self._elsewhere_problems()
            return
        if not own:
            yield from self._source_problems(facts)

    def _elsewhere_problems(self) -> Iterator[Problem]:
        given = {"where": self.where, "bands": self.bands, "counts": self.counts}
        for name, value in given.items():
            if value:
                message = f"`{name}` chooses records, and this KPI is measured elsewhere"
                yield Problem("CB248", message, "take it out, or name a source of the activity", (name,), on_key=True)
        if isinstance(self.measured, Cut):
            message = "a KPI file has no intervals"
            yield Problem("CB248", message, "write `measured: day`, or another window", ("measured",))

    def _formula_problems(self) -> Iterator[Problem]:
        names = [one.name for one in self.VARIANTS]
        if self.formula is None and len(self.VARIANTS) > 1 and self.source != ELSEWHERE:
            listed = ", ".join(f"`{name}`" for name in names)
            help_ = f"write `formula:` and one of {listed}; `callbill describe {self.kpi}` tells them apart"
            yield Problem("CB260", "which formula is meant?", help_, on_key=True)
        if self.formula is None or self.chosen.name:
            return
        if "/" not in self.formula and "+" not in self.formula and self.formula not in self.COUNTS:
            help_ = nearest(self.formula, names)
            yield Problem("CB230", f"`{self.formula}` is not a formula of this KPI", help_, ("formula",))
            return
        for name in quotient(self.formula).names:
            if name not in self.COUNTS:
                help_ = nearest(name, self.COUNTS)
                yield Problem("CB231", f"`{name}` is not a count of this KPI", help_, ("formula",))

    def _window_problems(self) -> Iterator[Problem]:
        if self.met is not None:
            if (self.met.at_least is None) == (self.met.at_most is None):
                yield Problem("CB248", "`met` is either `at_least` or `at_most`", "write one of the two", ("met",))
            if self.measured not in ("day", "week") and not isinstance(self.measured, Cut):
                help_ = "write `measured: day`, `week` or `{interval: 30 min}`"
                yield Problem("CB249", "what is it that meets the value?", help_, ("met",), on_key=True)
            for key in ("at_least", "at_most"):
                given = getattr(self.met, key)
                if given is not None:
                    yield from level_problems(given, self.UNIT, ("met", key))
        if isinstance(self.measured, Cut) and 3_600_000_000 % self.measured.interval:
            yield Problem("CB216", "the interval is no part of an hour", "write `30 min`", ("measured", "interval"))

    def _cost_problems(self) -> Iterator[Problem]:
        """What is counted in invoices is known of one invoice only."""
        if INVOICE in self.chosen.quotient.names and (self.measured != "period" or self.met is not None):
            message = "the charges are those of one invoice, and the KPI is measured over other days"
            yield Problem("CB248", message, "take `measured` out", ("measured",), on_key=True)

    def _source_problems(self, facts: Facts) -> Iterator[Problem]:
        layouts = facts.layouts
        if self.source is not None and self.source not in layouts:
            help_ = nearest(self.source, [*layouts, ELSEWHERE])
            yield Problem("CB231", f"`{self.source}` is not a source of this contract", help_, ("source",))
            return
        source = self.source_in(layouts)
        try:
            yield from self._no_source(layouts) if source is None else self._count_problems(source, layouts)
        except Invalid as invalid:
            yield from invalid.problems

    def _no_source(self, layouts: Mapping[str, Layout]) -> Iterator[Problem]:
        fits = [name for name in layouts if self.fits(name, layouts)]
        if fits:
            listed = ", ".join(f"`{name}`" for name in fits)
            yield Problem("CB249", f"it can be measured from {listed}", f"write `source: {fits[0]}`", on_key=True)
            return
        bare = self.model_copy(update={"where": {}, "counts": {}})
        meant = [name for name in layouts if bare.fits(name, layouts)]
        if len(meant) == 1:
            yield from self._count_problems(meant[0], layouts)
            return
        needed = ", ".join(f"`{name}`" for name in self.chosen.quotient.names)
        help_ = "write `source:` to hear what it lacks, or `source: kpi_file` when it is measured elsewhere"
        yield Problem("CB262", f"no source has the counts {needed}", help_, on_key=True)

    def _count_problems(self, source: str, layouts: Mapping[str, Layout]) -> list[Problem]:
        """Counts that the source does not have; where `counts` is at fault, what follows from that is not told."""
        found = list(self._lacking(source, layouts))
        said = [one for one in found if one.path[:1] == ("counts",)]
        return said or found

    def _lacking(self, source: str, layouts: Mapping[str, Layout]) -> Iterator[Problem]:
        layout = layouts[source]
        for name in self.chosen.quotient.names:
            if name == INVOICE or name not in self.COUNTS:
                continue
            if self.tally(name, source, layouts) is not None:
                continue
            rule = self.counts.get(name, name)
            known = [*layout.states, *layout.numbers, *layout.durations]
            if isinstance(rule, str) and "." in rule:
                message, path = f"`{rule}` is not a measure of the contract's sources", ["counts", name]
            else:
                message, path = f"`{source}` has no count `{rule}`", ["counts", name] if name in self.counts else []
            help_ = f"{nearest(str(rule), known)}; write `counts: {{{name}: …}}`, or another `formula`"
            yield Problem("CB262", message, help_, tuple(path), on_key=not path)


def _of_measure(written: str, layouts: Mapping[str, Layout]) -> Tally | None:
    """A count that names its source: a measure, a number column, or a state of contacts."""
    wanted = measure(written)
    layout = layouts.get(wanted.source)
    if layout is None:
        return None
    names = [name for _, name in wanted.parts]
    if len(names) == 1 and layout.record == "contact" and names[0] in ("all", *layout.states):
        return Tally(wanted.source, layout.states.get(names[0], ()))
    if all(name in (*layout.durations, *layout.numbers) for name in names):
        return Tally(wanted.source, parts=wanted.parts)
    return None


def _narrowed(repeat: Repeat, where: tuple[Condition, ...]) -> Repeat:
    """A look-up among the records that the KPI looks at."""
    return replace(repeat, able=(*where, *repeat.able))


def names() -> tuple[str, ...]:
    """Every KPI there is."""
    return family.names(PACKAGE)


def named(name: str) -> type[Kpi]:
    """The KPI of that name; `LookupError` when there is none."""
    found: type[Kpi] = family.kind(PACKAGE, name, Kpi)
    return found

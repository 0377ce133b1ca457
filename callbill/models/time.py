"""Bill agents' time: hours, minutes or seconds of any sum of durations or agent states, or full-time equivalents.

The client bears the risk of volume, handling time and idle time; this is the usual model for the first three to
six months of a contract.

`measure` says which times are billed: `agents.available + agents.talk + agents.wrap`, `calls.talk + calls.hold`,
`agents.logged_in - agents.pause`. A record that measures nothing is not billed and says so in the funnel.

`increment` rounds measured time. `per: contact` rounds each contact, `per: agent_day` each agent's time of one
local day on one line (one row of the price table, whatever its columns hold; one band where that row has a price for
each), `per: period` the sum of a line. `initial` is due as soon as anything was measured; steps are counted after it
(`from: after_initial`, the telecom reading of 30/18: 31 s cost 48 s) or from zero (`from: zero`: 31 s cost 36 s). The
two agree when `initial` is a multiple of `step`, otherwise `from` must be said.

`band_limit` says what happens to a record that runs over a band limit: billed at the band it starts in (`start`),
cut in two (`split`: the record is rounded first and the rounding stays where it ends), or cut and each part rounded
by itself (`split_rounded`). The measured time is laid from the record's start. A limit that does not change the
record's price is none: where a row of the price table has one price, bands do not cut what it bills.

An FTE is a stated number of hours a month: `unit: {fte: 151.67 h}`. A day is a stated number of hours too.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from callbill.invoice import Phrase, Rule, say
from callbill.meters import Increment, Meter, Metered, SeatMeter, duration_words
from callbill.models import Batch, Facts, Scope
from callbill.models._counted import MeasureText, measure_problems
from callbill.models._priced import Priced
from callbill.money import MICRO
from callbill.problems import Problem
from callbill.staging import Layout
from callbill.terms import measure
from callbill.values import Duration, Settings, Written, duration, fault, shape, written_duration

EXAMPLE = """\
charges:
  - id: production
    label: Production hours
    model: time
    measure: calls.talk + calls.wrap      # which times are billed
    unit: hour                            # second | minute | hour | {day: 7 h} | {fte: 151.67 h}
    increment: {per: contact, step: 6 s, round: up}
    price: 26.00                          # or a price for each band: {day: 26.00, evening: 31.20}
"""

_NAMED = {"second": 1, "minute": 60, "hour": 3600}
_WORDS = {
    "second": ("s", "s"), "minute": ("min", "min"), "hour": ("h", "h"), "day": ("day", "jour"), "fte": ("FTE", "ETP"),
}  # fmt: skip


class StatedUnit(Settings):
    """A unit whose length the contract states."""

    day: Duration | None = Field(None, description="length of a billed day: `7 h`")
    fte: Duration | None = Field(None, description="hours of one full-time agent in the period: `151.67 h`")

    @model_validator(mode="after")
    def _one(self) -> "StatedUnit":
        if (self.day is None) == (self.fte is None):
            raise fault("CB248", "the unit is either a `day` or an `fte`", "write `{day: 7 h}` or `{fte: 151.67 h}`")
        return self


TimeUnit = Annotated[
    Annotated[Literal["second", "minute", "hour"], Tag("word")] | Annotated[StatedUnit, Tag("stated")],
    Discriminator(lambda raw: "stated" if shape(raw) == "mapping" else "word"),
]


def _optional_block(raw: object) -> int:
    return 0 if raw in (0, "0", "0 s") else duration(raw)


Block = Annotated[
    int,
    Written(
        _optional_block,
        {"type": ["string", "number"], "pattern": r"^[0-9]+(\.[0-9]+)?\s*[a-z]*$"},
        lambda micro: written_duration(micro) if micro else "0 s",
    ),
]


class IncrementRule(Settings):
    """How measured time is rounded."""

    per: Literal["contact", "agent_day", "period"] = Field(
        description="what is rounded: each contact, each agent's day, the sum"
    )
    initial: Block = Field(0, description="due as soon as anything was measured: `30 s`")
    step: Duration = Field(description="rounded to multiples of this: `6 s`")
    from_: Literal["after_initial", "zero"] | None = Field(
        None, alias="from", description="where steps are counted from, when `initial` is not a multiple of `step`"
    )
    round: Literal["up", "down", "nearest"] = Field(description="`nearest` rounds half up")

    @property
    def rule(self) -> Increment:
        return Increment(self.per, self.initial, self.step, self.from_ or "after_initial", self.round)


class Time(Priced):
    """Agents' time at a price a unit."""

    model: Literal["time"] = Field(description="`time`")
    measure: MeasureText = Field(description="which times are billed: `calls.talk + calls.wrap`")
    unit: TimeUnit = Field(description="what the price is for")
    increment: IncrementRule | None = Field(None, description="rounding of measured time")
    minimum_per_contact: Duration | None = Field(
        None, description="a contact with anything measured is billed this at least"
    )
    extra_per_contact: Duration | None = Field(None, description="added to each contact, after rounding")
    band_limit: Literal["start", "split", "split_rounded"] = Field(
        "start", description="a record over a band limit: at the band it starts in, cut, or cut and each part rounded"
    )

    @property
    def times(self) -> bool:
        return True

    def source_of(self) -> str:
        return measure(self.measure).source

    def problems(self, facts: Facts) -> Iterator[Problem]:
        yield from super().problems(facts)
        source = self.source_of()
        if source not in facts.layouts:
            yield from self.source_problems(facts, source, "measure")
            return
        layout = facts.layouts[source]
        yield from measure_problems(measure(self.measure), layout, source, ("measure",))
        yield from self.where_problems(layout)
        yield from self.price_problems(facts, layout)
        yield from self._increment_problems(layout)

    def _increment_problems(self, layout: Layout) -> Iterator[Problem]:
        rule = self.increment
        if rule is not None and rule.initial % rule.step and rule.from_ is None:
            message = "are steps counted after the initial block, or from zero?"
            yield Problem("CB246", message, "write `from: after_initial` or `from: zero`", ("increment",), on_key=True)
        if rule is not None and rule.per == "agent_day" and "agent" not in layout.texts:
            help_ = "declare its column"
            yield Problem("CB231", "the source has no `agent` to round the day of", help_, ("increment", "per"))
        yield from self._single_problems(layout)
        yield from self._limit_problems_of(layout)

    def _single_problems(self, layout: Layout) -> Iterator[Problem]:
        """What falls on single contacts, where there are none or where each is cut."""
        rule = self.increment
        own = [name for name in ("minimum_per_contact", "extra_per_contact") if getattr(self, name) is not None]
        single = (["increment"] if rule is not None and rule.per == "contact" else []) + own
        what = "an agent’s state" if layout.record == "agent_state" else "an interval"
        for name in single if layout.record != "contact" else []:
            help_ = "write `per: agent_day` or `per: period`" if name == "increment" else "take it out"
            yield Problem(
                "CB247", f"a record of this source is not one contact but {what}", help_, (name,), on_key=True
            )
        for name in own:
            if rule is not None and rule.per == "agent_day":
                message = f"an agent’s day is rounded as a whole: `{name}` would fall on no contact"
                yield Problem("CB248", message, "write `per: contact`, or take it out", (name,), on_key=True)
            if self.band_limit == "split_rounded":
                message = f"each part is rounded by itself: `{name}` would fall on a contact twice"
                yield Problem("CB248", message, "write `band_limit: split`, or take it out", (name,), on_key=True)

    def _limit_problems_of(self, layout: Layout) -> Iterator[Problem]:
        """Records that cannot be cut at a band limit."""
        if self.band_limit != "start" and layout.record == "interval":
            message = "an interval cannot be cut at a band limit: its contacts are not known"
            yield Problem("CB247", message, "write `band_limit: start`", ("band_limit",))
        negative = any(sign < 0 for sign, _ in measure(self.measure).parts)
        if self.band_limit != "start" and negative and layout.record != "contact":
            message = "a difference of states cannot be cut at a band limit"
            yield Problem("CB247", message, "name the states that are billed, with `+` only", ("band_limit",))

    def meters(self, scope: Scope) -> Mapping[str, Meter | SeatMeter]:
        layout = self.layout(scope.facts)
        parts = measure(self.measure).parts
        return {
            "main": Meter(
                source=self.source_of(),
                record=layout.record,
                parts=parts,
                timed=True,
                tests=self.tests(layout),
                once=self.once_rule(),
                free=self.free_rule(parts),
                increment=self.increment.rule if self.increment else None,
                minimum=self.minimum_per_contact or 0,
                extra=self.extra_per_contact or 0,
                band_limit=self.band_limit,
                rows=self.rows,
                cells=self.priced_cells(scope),
                columns=self.by,
                unfit=self.unfit,
                flags=self.flags,
                dates=self.dates(scope),
            )
        }

    def batches(self, counted: Mapping[str, Metered], scope: Scope) -> list[Batch]:
        whole = self.increment.rule if self.increment and self.increment.per == "period" else None
        groups = self.groups(counted["main"], scope, self.unit_words, self.seconds, whole)
        covered = self.covered(scope.period)
        return [Batch(tuple(groups), share=self.share(*covered, scope.period))] if covered else []

    @property
    def seconds(self) -> Fraction:
        """Length of one unit."""
        if isinstance(self.unit, str):
            return Fraction(_NAMED[self.unit])
        return Fraction(self.unit.day or self.unit.fte or 0, MICRO)

    @property
    def unit_words(self) -> Phrase:
        name = self.unit if isinstance(self.unit, str) else "day" if self.unit.day else "fte"
        return say(*_WORDS[name])

    def rules(self) -> Iterator[Rule]:
        yield self.rule("measure", say("billed time: {measure}", "temps facturé : {measure}", measure=self.measure))
        if self.increment is not None:
            yield self._increment_words(self.increment)
        if self.minimum_per_contact is not None:
            shown = duration_words(self.minimum_per_contact)
            yield self.rule(
                "minimum_per_contact", say("at least {time} a contact", "au moins {time} par contact", time=shown)
            )
        if self.extra_per_contact is not None:
            shown = duration_words(self.extra_per_contact)
            yield self.rule(
                "extra_per_contact", say("{time} added to each contact", "{time} ajoutés à chaque contact", time=shown)
            )
        if not isinstance(self.unit, str):
            en, fr = (
                ("one day is {time}", "un jour vaut {time}")
                if self.unit.day
                else ("one FTE is {time}", "un ETP vaut {time}")
            )
            yield self.rule("unit", say(en, fr, time=duration_words(self.unit.day or self.unit.fte or 0)))
        if isinstance(self.price, dict) or self.premiums is not None or self.prices is not None:
            words = {
                "start": (
                    "over a band limit: billed where it starts",
                    "à cheval sur deux plages : facturé à la plage de début",
                ),
                "split": (
                    "over a band limit: split, rounded as a whole",
                    "à cheval sur deux plages : partagé, arrondi en entier",
                ),
                "split_rounded": (
                    "over a band limit: split, each part rounded",
                    "à cheval : partagé, chaque part arrondie",
                ),
            }
            if self.increment is not None and self.increment.per != "contact" and self.band_limit == "split":
                words["split"] = ("over a band limit: split", "à cheval sur deux plages : partagé")
            yield self.rule("band_limit", say(*words[self.band_limit]))
        yield from self.price_rules()
        yield from super().rules()

    def _increment_words(self, rule: IncrementRule) -> Rule:
        grain = {
            "contact": ("each contact", "chaque contact"), "agent_day": ("each agent’s day", "chaque jour d’agent"),
            "period": ("the sum of the period", "la somme de la période"),
        }[rule.per]  # fmt: skip
        way = {
            "up": ("up", "par excès"),
            "down": ("down", "par défaut"),
            "nearest": ("to the nearest", "au plus proche"),
        }[rule.round]
        en, fr = f"{grain[0]} rounded {way[0]} in steps of {{step}}", f"{grain[1]} arrondi {way[1]} par pas de {{step}}"
        if rule.initial:
            start = ("after the first", "après les premiers") if rule.rule.start == "after_initial" else ("from zero, at least", "depuis zéro, au moins")  # noqa: E501  # fmt: skip
            en, fr = f"{en}, {start[0]} {{initial}}", f"{fr}, {start[1]} {{initial}}"
            return self.rule(
                "increment", say(en, fr, step=duration_words(rule.step), initial=duration_words(rule.initial))
            )
        return self.rule("increment", say(en, fr, step=duration_words(rule.step)))

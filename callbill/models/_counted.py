"""What the models share that look at the records of a source: which ones count, and which are free."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from callbill.invoice import Phrase, Rule, say
from callbill.meters import Free, Test, duration_words
from callbill.models import Charge, Facts, Scope
from callbill.problems import Invalid, Problem, nearest
from callbill.staging import Condition, Layout
from callbill.terms import Measure, Where, conditions, measure, reference
from callbill.values import Duration, Settings, Whole, Written, label


def _measure_text(raw: object) -> str:
    written = label(raw)
    measure(written)
    return written


def _reference_text(raw: object) -> str:
    written = label(raw)
    reference(written)
    return written


MeasureText = Annotated[str, Written(_measure_text, {"type": "string", "pattern": r"^[A-Za-z0-9_. +-]+$"})]
_REFERENCE = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_-]*\.[A-Za-z][A-Za-z0-9_]*$"}
ReferenceText = Annotated[str, Written(_reference_text, _REFERENCE)]


class FreeShort(Settings):
    """Records that are too short to be billed."""

    of: MeasureText | None = Field(
        None, description="what is short: `calls.talk`; what the charge measures when left out"
    )
    below: Duration | None = Field(None, description="shorter than this; left out, of any length")
    first: Whole | None = Field(None, description="only the first so many of the period; left out, all")


class Counted(Charge):
    """A charge that looks at the records of one source."""

    where: Where = Field(
        default_factory=dict, description="which records count: `queue: [support, sales]`, `talk: {at_least: 10 s}`"
    )
    free: FreeShort | None = Field(None, description="short records that cost nothing")

    @abstractmethod
    def source_of(self) -> str | None:
        """The source it counts; None when it counts nothing."""

    def layout(self, facts: Facts) -> Layout:
        """The layout of its source, which `problems` has checked to exist."""
        return facts.layouts[self.source_of() or ""]

    def source_problems(self, facts: Facts, name: str, path: str) -> Iterator[Problem]:
        """A source that the contract does not have."""
        help_ = nearest(name, facts.layouts) or "declare it under `activity`"
        yield Problem("CB231", f"`{name}` is not a source of this contract", help_, (path,))

    def where_problems(self, layout: Layout) -> Iterator[Problem]:
        """Conditions that the source cannot answer."""
        try:
            conditions(self.where, layout, ("where",))
        except Invalid as invalid:
            yield from invalid.problems
        if self.free is None:
            return
        if self.free.below is None and self.free.first is None:
            yield Problem("CB202", "`below` is missing", "write `below: 30 s`, `first: 30`, or both", ("free",))
        if self.free.of is not None:
            yield from measure_problems(measure(self.free.of), layout, self.source_of() or "", ("free", "of"))
        elif self.free.below is not None and not self.times:
            yield Problem("CB202", "`of` is missing", "say what is short: `of: calls.talk`", ("free",))
        if layout.record != "contact":
            yield Problem(
                "CB247", "short records are only known from contacts", "take `free` out", ("free",), on_key=True
            )

    @property
    def times(self) -> bool:
        """Whether it measures time."""
        return False

    def tests(self, layout: Layout) -> tuple[Test, ...]:
        """The `where:` as tests with their words."""
        return tuple(
            Test(f"where_{one.field}", _where_words(one), one) for one in conditions(self.where, layout, ("where",))
        )

    def free_rule(self, parts: tuple[tuple[int, str], ...]) -> Free | None:
        if self.free is None:
            return None
        shown = measure(self.free.of).parts if self.free.of is not None else parts
        return Free(shown, self.free.below, self.free.first)

    def dates(self, scope: Scope) -> tuple[int | None, int | None]:
        """The charge's first and last day as numbers, where they fall inside the period."""
        if self.covered(scope.period) is None:
            return 1, 0
        first = self.from_.toordinal() if self.from_ and self.from_ > scope.period.first else None
        last = self.until.toordinal() if self.until and self.until < scope.period.last else None
        return first, last

    def free_rules(self) -> Iterator[Rule]:
        if self.free is None:
            return
        of = self.free.of or "measure"
        if self.free.below is None:
            yield self.rule(
                "free", say("the first {n} are free", "les {n} premiers sont gratuits", n=self.free.first or 0)
            )
        elif self.free.first is None:
            phrase = say(
                "free when {of} is below {below}",
                "gratuit si {of} est sous {below}",
                of=of,
                below=duration_words(self.free.below),
            )
            yield self.rule("free", phrase)
        else:
            phrase = say(
                "the first {n} with {of} below {below} are free",
                "les {n} premiers avec {of} sous {below} sont gratuits",
                n=self.free.first, of=of, below=duration_words(self.free.below),
            )  # fmt: skip
            yield self.rule("free", phrase)


def _where_words(one: Condition) -> Phrase:
    if one.one_of:
        return say("{field} is not {words}", "{field} autre que {words}", field=one.field, words=", ".join(one.one_of))
    if one.none_of:
        return say("{field} is {words}", "{field} : {words}", field=one.field, words=", ".join(one.none_of))
    limits = {"≥": one.at_least, "≤": one.at_most, ">": one.above, "<": one.below}
    shown = ", ".join(f"{sign} {limit.written}" for sign, limit in limits.items() if limit is not None)
    return say("{field} is not {limits}", "{field} n’est pas {limits}", field=one.field, limits=shown)


def measure_problems(wanted: Measure, layout: Layout, source: str, path: tuple[str, ...]) -> Iterator[Problem]:
    """Names of a measure that are no durations of the source."""
    if wanted.source != source:
        yield Problem("CB253", f"`{wanted.source}` is another source than the charge's", f"write `{source}.…`", path)
        return
    for _, name in wanted.parts:
        if name not in layout.durations:
            help_ = nearest(name, layout.durations) or "declare a column with a unit"
            yield Problem("CB231", f"`{name}` is not a duration of `{source}`", help_, path)


def state_tests(count: str | None, layout: Layout) -> tuple[Test, ...]:
    """The conditions that make a contact countable; intervals are already counted."""
    if count is None or layout.record == "interval":
        return ()
    name = reference(count).name
    words = say("not {state}", "non {state}", state=name)
    return tuple(Test(f"not_{name}", words, one) for one in layout.states.get(name, ()))


def field_problems(count: str | None, summed: str | None, layout: Layout) -> Iterator[Problem]:
    """A state or a number column that the source does not have."""
    if count is not None:
        name = reference(count).name
        known = layout.numbers if layout.record == "interval" else ("all", *layout.states)
        if name not in known:
            what = "a number column" if layout.record == "interval" else "a state"
            help_ = nearest(name, known) or _declared(name)
            yield Problem("CB231", f"`{name}` is not {what} of this source", help_, ("count",))
    if summed is not None:
        name = reference(summed).name
        if name not in layout.numbers:
            help_ = nearest(name, layout.numbers) or _declared(name)
            yield Problem("CB231", f"`{name}` is not a number column of this source", help_, ("sum",))


def _declared(name: str) -> str:
    return f"declare `{name}: {{column: …, number: true}}` under `columns`"

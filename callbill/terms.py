"""Conditions and expressions of a contract: `where:` filters, measures such as `calls.talk + calls.wrap`, formulas."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Annotated

from pydantic import Discriminator, Field, Tag, model_validator

from callbill.frozen import frozen
from callbill.problems import Invalid, Path, Problem, nearest
from callbill.staging import Condition, Layout
from callbill.values import Flag, Label, Limit, Settings, Words, fault, shape


class Limits(Settings):
    """What a field must not be, or the limits it must keep."""

    not_: Words | None = Field(None, alias="not", description="any other word")
    at_least: Limit | None = Field(None, description="this or more: `10 s`, `3`")
    at_most: Limit | None = Field(None, description="this or less")
    above: Limit | None = Field(None, description="more than this")
    below: Limit | None = Field(None, description="less than this")
    filled: Flag | None = Field(None, description="whether the field has a value at all")

    @model_validator(mode="after")
    def _something(self) -> "Limits":
        limits = [self.at_least, self.at_most, self.above, self.below]
        if self.filled is not None and self.not_ is None and not any(limits):
            return self
        if self.not_ is None and not any(limits):
            raise fault("CB202", "the condition is empty", "write `at_least`, `at_most`, `above`, `below` or `not`")
        if self.not_ is not None and any(limits):
            raise fault("CB248", "`not` and limits do not go together", "write two charges, or one of the two")
        return self


Test = Annotated[
    Annotated[Words, Tag("words")] | Annotated[Limits, Tag("limits")],
    Discriminator(lambda raw: "limits" if shape(raw) == "mapping" else "words"),
]
Where = dict[Label, Test]
"""Field name → the words it may be, or its limits. All must hold."""


def conditions(where: Mapping[str, object], layout: Layout, path: Path) -> tuple[Condition, ...]:
    """A `where:` against the fields of its source; raises `Invalid` for unknown fields and unfit limits."""
    found, problems = [], []
    for name, test in where.items():
        if name not in layout.fields:
            remedy = nearest(name, layout.fields) or f"declare `{name}: …` under `columns`"
            problems.append(
                Problem("CB231", f"`{name}` is not a field of this source", remedy, (*path, name), on_key=True)
            )
            continue
        found.append(condition_of(name, test))
        if not isinstance(test, Limits):
            if name not in layout.texts:
                help_ = f"write `{name}: {{at_least: {'10 s' if name in layout.durations else '1'}}}`"
                problems.append(Problem("CB203", f"`{name}` is not a text", help_, (*path, name)))
            continue
        problems += [problem.under(*path, name) for problem in _unfit(name, test, layout)]
    if problems:
        raise Invalid(problems)
    return tuple(found)


def condition_of(name: str, test: object) -> Condition:
    """One test of a field, as a condition: the words that it may be, or its limits."""
    if not isinstance(test, Limits):
        return Condition(name, one_of=test if isinstance(test, tuple) else ())
    return Condition(
        name,
        none_of=test.not_ or (),
        at_least=test.at_least,
        at_most=test.at_most,
        above=test.above,
        below=test.below,
        filled=test.filled,
    )


def test_words(test: object) -> str:
    """A test as a few signs: `support/sales`, `≤ 20 s`."""
    if not isinstance(test, Limits):
        return "/".join(test) if isinstance(test, tuple) else ""
    limits = {"≥": test.at_least, "≤": test.at_most, ">": test.above, "<": test.below}
    shown = [f"{sign} {limit.written}" for sign, limit in limits.items() if limit is not None]
    shown += [f"≠ {'/'.join(test.not_)}"] if test.not_ else []
    return ", ".join(shown) or ("…" if test.filled else "–")


def _unfit(name: str, test: Limits, layout: Layout) -> list[Problem]:
    """Limits that do not suit the kind of their field."""
    if test.not_ is not None:
        return [] if name in layout.texts else [Problem("CB203", f"`{name}` is not a text", "write limits")]
    limits = {"at_least": test.at_least, "at_most": test.at_most, "above": test.above, "below": test.below}
    problems = []
    for key, limit in limits.items():
        if limit is None:
            continue
        if name in layout.texts:
            problems.append(Problem("CB203", f"`{name}` is a text: it has no limits", "list the words it may be"))
        elif limit.is_duration != (name in layout.durations):
            wanted = f"`{limit.written} s`" if name in layout.durations else "a plain number"
            kind = "a duration" if name in layout.durations else "a number"
            problems.append(Problem("CB221", f"`{name}` is {kind}", f"write {wanted}", (key,)))
    return problems


# ------------------------------------------------------------------------------------------------ expressions


@frozen
class Reference:
    """`calls.talk`: a name of a source."""

    source: str
    name: str


@frozen
class Measure:
    """A sum or difference of names of one source: +1 or -1 and the name, in the order written."""

    source: str
    parts: tuple[tuple[int, str], ...]

    @property
    def written(self) -> str:
        text = "".join(f" {'+' if sign > 0 else '-'} {self.source}.{name}" for sign, name in self.parts)
        return text.removeprefix(" + ").strip()


_NAME = r"[A-Za-z][A-Za-z0-9_-]*\.[A-Za-z][A-Za-z0-9_]*"
MEASURE = (
    r"^\s*-?\s*([A-Za-z][A-Za-z0-9_-]*)\.[A-Za-z][A-Za-z0-9_]*"
    r"((\s+[-+]\s+|\s*\+\s*)\1\.[A-Za-z][A-Za-z0-9_]*)*\s*$"
)
"""What `measure` reads, as a pattern for JSON Schema: names of one source, added and subtracted."""


def measure(written: str) -> Measure:
    """`agents.logged_in - agents.pause`; raises the fault to show when it cannot be read."""
    if not re.fullmatch(rf"\s*-?\s*{_NAME}(\s+[-+]\s+{_NAME}|\s*\+\s*{_NAME})*\s*", written):
        remedy = "write names of one source with `+` and `-` between blanks: `calls.talk + calls.wrap`"
        raise fault("CB253", f"`{written}` cannot be read", remedy)
    parts = []
    for sign, source, name in re.findall(
        r"(^|\+|(?:(?<=\s)|^)-)\s*([A-Za-z][A-Za-z0-9_-]*)\.([A-Za-z][A-Za-z0-9_]*)", written.strip()
    ):
        parts.append((source, -1 if sign == "-" else 1, name))
    if len({source for source, _, _ in parts}) > 1:
        remedy = "write one charge for each source"
        raise fault("CB253", f"`{written}` mixes sources: records of two exports cannot be added one by one", remedy)
    return Measure(parts[0][0], tuple((sign, name) for _, sign, name in parts))


def reference(written: str) -> Reference:
    """`calls.answered`."""
    if not re.fullmatch(_NAME, written):
        raise fault("CB253", f"`{written}` cannot be read", "write a source, a dot and a name: `calls.answered`")
    source, name = written.split(".")
    return Reference(source, name)


MOST_TOKENS = 150
"""Of a formula; a longer one is no revision clause, and brackets nest only so deep."""


class Formula:
    """An arithmetic expression of numbers and names: `0.15 + 0.85 * S / S0`, computed in exact fractions."""

    def __init__(self, written: str) -> None:
        self.written = written
        self._tokens = re.findall(r"[0-9]+(?:\.[0-9]+)?|[A-Za-z_]\w*|[-+*/()]|\S", written)
        if len(self._tokens) > MOST_TOKENS:
            raise ValueError(f"it has more than {MOST_TOKENS} numbers, names and signs")
        self.names = tuple(dict.fromkeys(one for one in self._tokens if re.match(r"[A-Za-z_]", one)))
        self.value(dict.fromkeys(self.names, Fraction(1)), trial=True)

    def value(self, names: Mapping[str, Fraction], *, trial: bool = False) -> Fraction:
        """The result for the values of its names; `ValueError` when it divides by zero or cannot be read."""
        rest = list(self._tokens)
        try:
            result = _sum(rest, names)
        except ZeroDivisionError:
            if trial:
                return Fraction(0)
            raise ValueError(f"{self.written} divides by zero") from None
        if rest:
            before = self._tokens[len(self._tokens) - len(rest) - 1]
            raise ValueError(f"`{rest[0]}` is not expected after `{before}`")
        return result


def _sum(rest: list[str], names: Mapping[str, Fraction]) -> Fraction:
    total = _product(rest, names)
    while rest and rest[0] in "+-":
        sign = rest.pop(0)
        term = _product(rest, names)
        total = total + term if sign == "+" else total - term
    return total


def _product(rest: list[str], names: Mapping[str, Fraction]) -> Fraction:
    total = _factor(rest, names)
    while rest and rest[0] in "*/":
        sign = rest.pop(0)
        factor = _factor(rest, names)
        total = total * factor if sign == "*" else total / factor
    return total


def _factor(rest: list[str], names: Mapping[str, Fraction]) -> Fraction:
    if not rest:
        raise ValueError("the formula ends too soon")
    word = rest.pop(0)
    if word == "-":
        return -_factor(rest, names)
    if word == "(":
        inside = _sum(rest, names)
        if not rest or rest.pop(0) != ")":
            raise ValueError("a bracket is not closed")
        return inside
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", word):
        return Fraction(Decimal(word))
    if word in names:
        return names[word]
    raise ValueError(f"`{word}` is not expected")


# ---------------------------------------------------------------------------------------------------- quotients


@frozen
class Quotient:
    """A KPI's formula: one sum of counts over another, or one sum alone; `below` is empty then."""

    written: str
    above: str
    below: str

    @property
    def names(self) -> tuple[str, ...]:
        """The counts that it speaks of, in the order written."""
        return tuple(dict.fromkeys(name for side in (self.above, self.below) if side for name in _read(side).names))

    def of(self, counts: Mapping[str, Fraction]) -> tuple[Fraction, Fraction | None]:
        """Numerator and denominator."""
        return _read(self.above).value(counts), _read(self.below).value(counts) if self.below else None


@lru_cache(maxsize=1024)
def _read(side: str) -> Formula:
    return Formula(side)


@lru_cache(maxsize=1024)
def quotient(written: str) -> Quotient:
    """`answered_within / (answered + abandoned)`; raises `ValueError` when it cannot be read."""
    above, mark, below = written.partition("/")
    sides = (above.strip(), below.strip())
    if "/" in below:
        raise ValueError("it has more than one `/`")
    for side in sides if mark else sides[:1]:
        Formula(side)
        if "*" in side:
            raise ValueError("its counts are only added and subtracted")
    return Quotient(" ".join(written.split()), *sides)

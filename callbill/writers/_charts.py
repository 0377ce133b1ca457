"""Charts as shapes: values stay exact up to their place in the drawing, which is written with one decimal at most."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from typing import TypeAlias

from callbill.frozen import frozen
from callbill.money import exact, rounded, text, trimmed
from callbill.report import Chart, Series, Size
from callbill.writers._language import Language
from callbill.writers._layout import span, wrapped
from callbill.writers._text import plain

WIDE = 600
"""What a chart of lines is wide; the page scales it."""
LETTER = 9
"""Room of one letter, in the size that the style sheet gives to text of drawings."""
LINE = 18
"""From one line of text to the next."""
BAR, GAP = 14, 5
HIGH = 220
"""The field of a chart of lines, without the labels under it."""
ACROSS = 36
"""Letters from side to side of a telephone."""
BESIDE = 14
"""Letters that a value has at most to stand beside its bar; a longer one stands on a line of its own."""
LABEL = 20
"""Letters of a label under a chart of lines at most; the table has it whole."""
LOOKS = 6
"""How many series look different; the style sheet has as many colours."""
CROWD = 40
"""Points of one series beyond which only the lines are drawn."""


Place: TypeAlias = Callable[[Fraction], Fraction]
"""Where a value is along its axis."""
Spot: TypeAlias = Fraction | int | str
"""A place that is going to be written."""
PlaceOf: TypeAlias = Callable[[int], Fraction]
"""Where the label of a number is."""


@frozen
class Shape:
    """One element of a drawing: its name in SVG, its class in the style sheet, its places, its words."""

    form: str
    look: str
    places: Mapping[str, str]
    words: str = ""


@frozen
class Drawing:
    """A chart as shapes; `legend` has a sample and a name for each series, and is empty where there is only one.

    One that has `sides` takes all the width there is: its places across are shares of what the two sides leave.
    """

    wide: int
    high: int
    shapes: tuple[Shape, ...]
    legend: tuple[tuple[Shape, str], ...]
    sides: tuple[int, int] | None = None


def drawing(chart: Chart, language: Language) -> Drawing:
    """The chart, as high as it needs."""
    samples = tuple((_sample(chart, n), one.name) for n, one in enumerate(chart.series))
    legend = samples if len(samples) > 1 else ()
    return _lines(chart, language, legend) if chart.kind == "lines" else _rows(chart, legend)


def _sample(chart: Chart, n: int) -> Shape:
    if chart.kind == "lines":
        return Shape("path", f"l k{_look(n)} l{_look(n)}", {"d": "M0 6H24"})
    return _rect(f"s{_look(n)}", 0, 0, 24, 12)


def _look(n: int) -> int:
    return n % LOOKS + 1


# ---------------------------------------------------------------------------------------------------- pieces


def _at(place: Spot) -> str:
    """A place in the drawing: `12.5`; a share of its width is a text already."""
    return place if isinstance(place, str) else text(trimmed(rounded(place, 1)))


def _rect(look: str, x: Spot, y: Spot, wide: Spot, high: Spot) -> Shape:
    return Shape("rect", look, {"x": _at(x), "y": _at(y), "width": _at(wide), "height": _at(high)})


def _line(look: str, x: Spot, y: Spot, to_x: Spot, to_y: Spot) -> Shape:
    return Shape("line", look, {"x1": _at(x), "y1": _at(y), "x2": _at(to_x), "y2": _at(to_y)})


def _text(look: str, x: Spot, y: Spot, words: str, anchor: str = "start", off: int = 0) -> Shape:
    return Shape("text", look, {"x": _at(x), "y": _at(y), "dx": _at(off), "text-anchor": anchor}, words)


def _cut(words: str, most: int) -> str:
    """The words as far as there is room for them."""
    safe = plain(words)
    return safe if span(safe) <= most else wrapped(safe, most - 1)[0] + "…"


def _room(texts: Iterable[str]) -> int:
    return max((span(one) + one.count("%") for one in texts), default=0) * LETTER


def _known(sizes: Iterable[Size]) -> list[Fraction]:
    return [exact(size) for size in sizes if size is not None]


# ---------------------------------------------------------------------------------------------- bars and ranges


@dataclass
class Rows:
    """A drawing in the making: every label on lines of its own, below it a bar for each series."""

    chart: Chart
    y: int = 0
    shapes: list[Shape] = field(default_factory=list)

    def __post_init__(self) -> None:
        series, labels = self.chart.series, range(len(self.chart.labels))
        self.said = [[plain(said(one, n)) for n in labels] for one in series]
        sizes = _known(size for one in series for size in (*one.values, *one.low, *one.high))
        if self.chart.kind == "bars":
            sizes.append(Fraction(0))
        self.least, self.most = min(sizes, default=Fraction(0)), max(sizes, default=Fraction(0))
        all_ = [words for row in self.said for words in row]
        self.beside = self.chart.kind == "bars" and all(span(words) <= BESIDE for words in all_)
        below = [self.said[m][n] for m, one in enumerate(series) for n in labels if (one.values[n] or 0) < 0]
        self.left = _room(below) + GAP if self.beside and below else 0
        self.right = _room(all_) + GAP if self.beside else 0

    def share(self, size: Fraction) -> Fraction:
        """How far across a value is, in percent."""
        return 100 * (size - self.least) / (self.most - self.least or 1)

    def lines(self, look: str, words: str, most: int) -> None:
        """The words on lines that a telephone has room for; of the last one what there is room for."""
        full = wrapped(plain(words), ACROSS)
        for line in [*full[: most - 1], *([_cut(" ".join(full[most - 1 :]), ACROSS)] if full[most - 1 :] else [])]:
            self.y += LINE
            self.shapes.append(_text(look, 0, self.y - 5, line, off=-self.left))

    def bar(self, m: int, n: int) -> None:
        """One value: from zero, or from its low end to its high one with a mark across."""
        one, words = self.chart.series[m], self.said[m][n]
        ends = _known([one.low[n], one.high[n]] if one.low else [Fraction(0), one.values[n]])
        if not self.beside:
            self.lines("v", words, 3)
        if len(ends) > 1 and (one.low or one.values[n]):
            low, high = self.share(min(ends)), self.share(max(ends))
            inset = 3 if one.low else 0
            look = f"{'r ' if one.low else ''}s{_look(m)}"
            wide = max(high - low, Fraction(1, 2))
            self.shapes.append(_rect(look, _percent(low), self.y + inset, _percent(wide), BAR - 2 * inset))
        if one.low and one.values[n] is not None:
            place = _percent(self.share(exact(one.values[n] or 0)))
            self.shapes.append(_line(f"m k{_look(m)}", place, self.y, place, self.y + BAR))
        if self.beside:
            is_below = (one.values[n] or 0) < 0
            place = _percent(self.share(min(ends) if is_below else max(ends)))
            anchor, off = ("end", -GAP) if is_below else ("start", GAP)
            self.shapes.append(_text("v", place, self.y + BAR - 3, words, anchor, off))
        self.y += BAR + GAP


def said(series: Series, n: int) -> str:
    """A value as people read it, with its range."""
    spans = series.spans[n] if series.spans else ""
    return f"{series.texts[n]} ({spans})" if spans else series.texts[n]


def _percent(share: Fraction) -> str:
    return f"{_at(share)}%"


def _rows(chart: Chart, legend: tuple[tuple[Shape, str], ...]) -> Drawing:
    """A series without a value and without words for it has no bar at that label."""
    made = Rows(chart)
    for n, label in enumerate(chart.labels):
        made.lines("", label, 3)
        top = made.y
        for m, one in enumerate(chart.series):
            if one.values[n] is not None or made.said[m][n]:
                made.bar(m, n)
        if made.least <= 0 <= made.most:
            zero = _percent(made.share(Fraction(0)))
            made.shapes.append(_line("zero", zero, top, zero, made.y - GAP + 2))
        made.y += GAP
    return Drawing(WIDE, made.y, tuple(made.shapes), legend, (made.left, made.right))


# -------------------------------------------------------------------------------------------------------- lines


def _lines(chart: Chart, language: Language, legend: tuple[tuple[Shape, str], ...]) -> Drawing:
    """A line for each series over the same labels; an axis that need not begin at zero."""
    ticks = _ticks(_known(size for one in chart.series for size in one.values))
    marks = [language.measured(tick, chart.unit) for tick in ticks]
    left, top, several = _room(marks) + GAP, LINE + GAP, len(chart.series) > 1
    ends = [_cut(words, ACROSS) for one in chart.series for words in one.texts]
    right = _room(ends) + GAP if several else LINE
    count = max(len(chart.labels), 1)

    def x(n: int) -> Fraction:
        return left + Fraction((WIDE - left - right) * (2 * n + 1), 2 * count)

    def y(size: Fraction) -> Fraction:
        return top + HIGH * (ticks[-1] - size) / (ticks[-1] - ticks[0])

    shapes: list[Shape] = []
    for tick, mark in zip(ticks, marks, strict=True):
        shapes.append(_line("grid" if tick else "zero", left, y(tick), WIDE - right, y(tick)))
        shapes.append(_text("q", left - GAP, y(tick) + 4, mark, "end"))
    shapes += _under(chart.labels, x, top + HIGH + 2 * LINE)
    for m, one in enumerate(chart.series):
        shapes += _drawn_line(one, m, x, y)
        if len(chart.series) <= 2:
            shapes += _outstanding(one, x, y, last=not several)
    if several:
        shapes += _at_the_end(chart.series, y, WIDE - right + GAP)
    return Drawing(WIDE, top + HIGH + 2 * LINE + GAP, tuple(shapes), legend)


def _ticks(sizes: Sequence[Fraction]) -> list[Fraction]:
    """Round values from below the least to above the greatest."""
    least, most = min(sizes, default=Fraction(0)), max(sizes, default=Fraction(0))
    step = _step(most - least or abs(most) / 5 or Fraction(1))
    first, last = least // step, -(-most // step)
    if first == last:
        first, last = (first - 1, last) if first > 0 else (first, last + 1)
    return [n * step for n in range(first, last + 1)]


def _step(width: Fraction) -> Fraction:
    """The smallest of 1, 2 or 5 times a power of ten that is in the width five times at most."""
    power = Fraction(1)
    while power * 5 < width:
        power *= 10
    while power >= width * 2:
        power /= 10
    return next((one for one in (power / 5, power / 2) if one * 5 >= width), power)


def _under(labels: Sequence[str], x: PlaceOf, y: int) -> Iterator[Shape]:
    """As many labels as fit beside each other, evenly."""
    shown = [_cut(label, LABEL) for label in labels]
    apart = x(1) - x(0)
    every = max(-(-(_room(shown) + LETTER) // apart), 1)
    for n in range(0, len(shown), int(every)):
        half = Fraction(span(shown[n]) * LETTER, 2)
        yield _text("q", min(max(x(n), half), WIDE - half), y, shown[n], "middle")


def _drawn_line(series: Series, m: int, x: PlaceOf, y: Place) -> Iterator[Shape]:
    """A line through the values that follow each other; a gap stays a gap."""
    points = [(n, value) for n, value in enumerate(series.values)]
    crowded = len(points) > CROWD
    for known, group in groupby(points, lambda point: point[1] is not None):
        if not known:
            continue
        places = [(x(n), y(exact(value))) for n, value in group if value is not None]
        path = "L".join(f"{_at(across)} {_at(down)}" for across, down in places)
        if len(places) > 1:
            yield Shape("path", f"l k{_look(m)} l{_look(m)}", {"d": f"M{path}"})
        if len(places) == 1 or not crowded:
            yield from (_dot(m, across, down) for across, down in places)


def _dot(m: int, across: Fraction, down: Fraction) -> Shape:
    """The mark of one point; series take turns with round and square ones."""
    if m % 2:
        return _rect(f"s{_look(m)}", across - 2, down - 2, 4, 4)
    return Shape("circle", f"s{_look(m)}", {"cx": _at(across), "cy": _at(down), "r": "3"})


def _at_the_end(series: Sequence[Series], y: Place, across: int) -> Iterator[Shape]:
    """The last value of each line beside its end, none over another."""
    ends = []
    for one in series:
        known = [(value, words) for value, words in zip(one.values, one.texts, strict=True) if value is not None]
        ends += [(y(exact(known[-1][0])), _cut(known[-1][1], ACROSS))] if known else []
    lowest = Fraction(0)
    for down, words in sorted(ends):
        lowest = max(down + GAP, lowest)
        yield _text("v", across, lowest, words)
        lowest += LINE


def _outstanding(series: Series, x: PlaceOf, y: Place, *, last: bool) -> Iterator[Shape]:
    """The values of the highest, the lowest and the last point; all of them where there is room."""
    sizes = {n: exact(value) for n, value in enumerate(series.values) if value is not None}
    texts = [_cut(words, ACROSS) for words in series.texts]
    for n in _chosen(sizes, x, _room(texts), last=last):
        half = Fraction(span(texts[n]) * LETTER, 2)
        low = sizes[n] == min(sizes.values()) != max(sizes.values())
        yield _text(
            "v", min(max(x(n), half), WIDE - half), y(sizes[n]) + (LINE if low else -2 * GAP), texts[n], "middle"
        )


def _chosen(sizes: Mapping[int, Fraction], x: PlaceOf, room: int, *, last: bool) -> list[int]:
    """Which points have their value beside them."""
    if last and x(1) - x(0) > room + LETTER:
        return list(sizes)
    chosen = []
    if len(set(sizes.values())) > 1:
        chosen = [max(sizes, key=sizes.__getitem__), min(sizes, key=sizes.__getitem__)]
    if last and sizes and all(abs(x(n) - x(max(sizes))) > room for n in chosen):
        chosen.append(max(sizes))
    return chosen

"""Charts as shapes: values stay exact up to their place in the drawing, which is written with one decimal at most."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
"""What every drawing is wide; the page scales it."""
LETTER = 8
"""Room of one letter, in the size that the style sheet gives to text of drawings."""
LINE = 18
"""From one line of text to the next."""
BAR, GAP = 14, 5
HIGH = 220
"""The field of a chart of lines, without the labels under it."""
VALUE = 42
"""Letters of a value at most; the table has it whole."""
LABEL = 20
"""Letters of a label under a chart of lines at most."""
LOOKS = 6
"""How many series look different; the style sheet has as many colours."""
CROWD = 40
"""Points of one series beyond which only the lines are drawn."""


Place: TypeAlias = Callable[[Fraction], Fraction]
"""Where a value is along its axis."""
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
    """A chart as shapes; `legend` has a sample and a name for each series, and is empty where there is only one."""

    wide: int
    high: int
    shapes: tuple[Shape, ...]
    legend: tuple[tuple[Shape, str], ...]


def drawing(chart: Chart, language: Language) -> Drawing:
    """The chart, `WIDE` wide and as high as it needs."""
    shapes, high = _lines(chart, language) if chart.kind == "lines" else _rows(chart)
    legend = [(_sample(chart, n), one.name) for n, one in enumerate(chart.series)]
    return Drawing(WIDE, high, tuple(shapes), tuple(legend) if len(legend) > 1 else ())


def _sample(chart: Chart, n: int) -> Shape:
    if chart.kind == "lines":
        return Shape("path", f"l l{_look(n)}", {"d": "M0 6H24"})
    return _rect(f"s{_look(n)}", 0, 0, 24, 12)


def _look(n: int) -> int:
    return n % LOOKS + 1


# ---------------------------------------------------------------------------------------------------- pieces


def _at(place: Fraction | int) -> str:
    """A place in the drawing: `12.5`."""
    return text(trimmed(rounded(place, 1)))


def _rect(look: str, x: Fraction | int, y: Fraction | int, wide: Fraction | int, high: Fraction | int) -> Shape:
    return Shape("rect", look, {"x": _at(x), "y": _at(y), "width": _at(wide), "height": _at(high)})


def _line(look: str, x: Fraction | int, y: Fraction | int, to_x: Fraction | int, to_y: Fraction | int) -> Shape:
    return Shape("line", look, {"x1": _at(x), "y1": _at(y), "x2": _at(to_x), "y2": _at(to_y)})


def _text(look: str, x: Fraction | int, y: Fraction | int, words: str, anchor: str = "start") -> Shape:
    return Shape("text", look, {"x": _at(x), "y": _at(y), "text-anchor": anchor}, words)


def _cut(words: str, most: int) -> str:
    """The words as far as there is room for them."""
    safe = plain(words)
    return safe if span(safe) <= most else wrapped(safe, most - 1)[0] + "…"


def _room(texts: Iterable[str]) -> int:
    return max((span(one) for one in texts), default=0) * LETTER


def _known(sizes: Iterable[Size]) -> list[Fraction]:
    return [exact(size) for size in sizes if size is not None]


# ---------------------------------------------------------------------------------------------- bars and ranges


def _rows(chart: Chart) -> tuple[list[Shape], int]:
    """Each label on lines of its own, below it a bar for each series, with its value at the end of the bar."""
    ranges = chart.kind == "ranges"
    said = [[_said(one, n, VALUE if ranges else VALUE // 2) for n in range(len(chart.labels))] for one in chart.series]
    x = _across(chart, said)
    shapes: list[Shape] = []
    y = 0
    for n, label in enumerate(chart.labels):
        first, *rest = wrapped(plain(label), WIDE // LETTER)
        for line in [first, *([_cut(" ".join(rest), WIDE // LETTER)] if rest else [])]:
            y += LINE
            shapes.append(_text("", 0, y - 4, line))
        for m, one in enumerate(chart.series):
            shapes += (_range if ranges else _bar)(one, n, m, y, x, said[m][n])
            y += BAR + GAP
        y += GAP
    sizes = _sizes(chart)
    if min(sizes, default=1) <= 0 <= max(sizes, default=-1):
        shapes.insert(0, _line("zero", x(Fraction(0)), 0, x(Fraction(0)), y))
    return shapes, y


def _sizes(chart: Chart) -> list[Fraction]:
    """Every value that has a place on the axis; bars begin at zero."""
    sizes = _known(size for one in chart.series for size in (*one.values, *one.low, *one.high))
    return sizes if chart.kind == "ranges" else [Fraction(0), *sizes]


def _across(chart: Chart, said: Sequence[Sequence[str]]) -> Place:
    """The axis, with room for the values beside the bars."""
    sizes = _sizes(chart)
    least, most = min(sizes, default=Fraction(0)), max(sizes, default=Fraction(0))
    below = [row[n] for one, row in zip(chart.series, said, strict=True) for n in range(len(row)) if _is_below(one, n)]
    left = _room(below) + GAP if below and chart.kind == "bars" else 0
    field = WIDE - left - _room(words for row in said for words in row) - GAP
    return lambda size: left + field * (size - least) / (most - least or 1)


def _is_below(series: Series, n: int) -> bool:
    value = series.values[n]
    return value is not None and value < 0


def _said(series: Series, n: int, most: int) -> str:
    spans = series.spans[n] if series.spans else ""
    return _cut(f"{series.texts[n]} ({spans})" if spans else series.texts[n], most)


def _bar(series: Series, n: int, m: int, y: int, x: Place, words: str) -> Iterator[Shape]:
    """From zero to the value."""
    value = series.values[n]
    zero, end = x(Fraction(0)), x(exact(value or 0))
    if value:
        wide = max(abs(end - zero), Fraction(1))
        yield _rect(f"s{_look(m)}", min(zero, end) if value > 0 else zero - wide, y, wide, BAR)
    if _is_below(series, n):
        yield _text("v", min(end, zero - 1) - GAP, y + BAR - 2, words, "end")
    else:
        yield _text("v", max(end, zero) + GAP, y + BAR - 2, words)


def _range(series: Series, n: int, m: int, y: int, x: Place, words: str) -> Iterator[Shape]:
    """From the low end to the high one, and a mark across it at the value."""
    value, low, high = series.values[n], series.low[n], series.high[n]
    ends = [x(size) for size in _known([low, high])]
    if low is not None and high is not None:
        yield _rect(f"r s{_look(m)}", min(ends), y + 3, max(max(ends) - min(ends), Fraction(1)), BAR - 6)
    if value is not None:
        ends.append(x(exact(value)))
        yield _rect(f"s{_look(m)}", ends[-1] - 2, y, 4, BAR)
    yield _text("v", max(ends, default=Fraction(0)) + GAP, y + BAR - 2, words)


# -------------------------------------------------------------------------------------------------------- lines


def _lines(chart: Chart, language: Language) -> tuple[list[Shape], int]:
    """A line for each series over the same labels; an axis that need not begin at zero."""
    ticks = _ticks(_known(size for one in chart.series for size in one.values))
    marks = [language.measured(tick, chart.unit) for tick in ticks]
    left, top, several = _room(marks) + GAP, LINE, len(chart.series) > 1
    ends = [_cut(words, VALUE // 2) for one in chart.series for words in one.texts]
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
    shapes += _under(chart.labels, x, top + HIGH + LINE)
    for m, one in enumerate(chart.series):
        shapes += _drawn_line(one, m, x, y)
        if len(chart.series) <= 2:
            shapes += _outstanding(one, x, y, last=not several)
    if several:
        shapes += _at_the_end(chart.series, y, WIDE - right + GAP)
    return shapes, top + HIGH + LINE + GAP


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
            yield Shape("path", f"l l{_look(m)}", {"d": f"M{path}"})
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
        ends += [(y(exact(known[-1][0])), _cut(known[-1][1], VALUE // 2))] if known else []
    lowest = Fraction(0)
    for down, words in sorted(ends):
        lowest = max(down + GAP, lowest)
        yield _text("v", across, lowest, words)
        lowest += LINE


def _outstanding(series: Series, x: PlaceOf, y: Place, *, last: bool) -> Iterator[Shape]:
    """The values of the highest, the lowest and the last point; all of them where there is room."""
    sizes = {n: exact(value) for n, value in enumerate(series.values) if value is not None}
    texts = [_cut(words, VALUE // 2) for words in series.texts]
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

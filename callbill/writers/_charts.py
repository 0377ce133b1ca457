"""Charts of a report as SVG: whole coordinates, a title and words for who cannot see it, no colour alone.

Each series has a colour and a form of its own: dashes of lines, a letter beside bars. Values are printed.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil, floor

from markupsafe import Markup

from callbill.report import Chart, Series

WIDE = 720
LEFT, RIGHT, TOP = 150, 140, 12
ROW = 30
TALL = 240
DASHES = ("", "7 4", "2 4", "9 3 2 3", "4 2", "1 3")
SHADES = 6
"""Colours that the page's style names s0 to s5; a seventh series begins again."""


def drawn(chart: Chart, number: int) -> Markup:
    """One chart; `number` makes its ids those of no other."""
    draw = {"lines": _lines, "bars": _bars, "ranges": _ranges}[chart.kind]
    height, parts = draw(chart)
    head = Markup('<svg viewBox="0 0 {} {}" role="img" aria-labelledby="c{}t c{}d">').format(
        WIDE, height, number, number
    )
    named = Markup('<title id="c{}t">{}</title><desc id="c{}d">{}</desc>')
    words = named.format(number, chart.title, number, chart.alt)
    return head + words + Markup("").join(parts) + Markup("</svg>")


def legend(chart: Chart) -> list[tuple[str, int, str]]:
    """Name, colour and dashes of every series, where there are several."""
    if len(chart.series) < 2 or chart.kind == "ranges":
        return []
    return [(one.name, n % SHADES, DASHES[n % len(DASHES)]) for n, one in enumerate(chart.series)]


def _text(x: int, y: int, words: str, kind: str = "", anchor: str = "start") -> Markup:
    return Markup('<text x="{}" y="{}" class="{}" text-anchor="{}">{}</text>').format(x, y, kind, anchor, words)


def _line(x1: int, y1: int, x2: int, y2: int, kind: str) -> Markup:
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(x1, y1, x2, y2, kind)


def _bounds(values: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """The least and the greatest value, zero among them; never the same."""
    low, high = min([*values, Fraction(0)]), max([*values, Fraction(0)])
    return (low, high) if high > low else (low, low + 1)


def _known(series: Sequence[Series]) -> list[Fraction]:
    return [value for one in series for value in (*one.values, *one.low, *one.high) if value is not None]


def _at(value: Fraction, bounds: tuple[Fraction, Fraction], low: int, high: int) -> int:
    """Where a value stands between two coordinates."""
    return round(low + (value - bounds[0]) / (bounds[1] - bounds[0]) * (high - low))


def _shortened(words: str, room: int) -> str:
    return words if len(words) <= room else words[: room - 1] + "…"


def _bars(chart: Chart) -> tuple[int, Iterator[Markup]]:
    """A row for each label and series, from zero."""
    rows = len(chart.labels) * len(chart.series)
    height = TOP + ROW * rows + TOP
    bounds = _bounds(_known(chart.series))
    zero = _at(Fraction(0), bounds, LEFT, WIDE - RIGHT)

    def parts() -> Iterator[Markup]:
        yield _line(zero, TOP, zero, height - TOP, "axis")
        y = TOP
        for n, label in enumerate(chart.labels):
            for m, series in enumerate(chart.series):
                value = series.values[n]
                if m == 0:
                    yield _text(LEFT - 8, y + 19, _shortened(label, 20), "label", "end")
                if value is not None:
                    end = _at(value, bounds, LEFT, WIDE - RIGHT)
                    shape = Markup('<rect x="{}" y="{}" width="{}" height="{}" class="f{}"/>')
                    yield shape.format(min(zero, end), y + 5, max(abs(end - zero), 1), ROW - 10, m % SHADES)
                    yield _text(max(zero, end) + 6, y + 19, series.texts[n], "value")
                y += ROW

    return height, parts()


def _ranges(chart: Chart) -> tuple[int, Iterator[Markup]]:
    """A row for each label: from low to high, with the value marked between them."""
    (series,) = chart.series
    height = TOP + ROW * len(chart.labels) * 2 + TOP
    known = _known(chart.series)
    spread = max(known) - min(known) or Fraction(1)
    bounds = (min(known) - spread / 20, max(known) + spread / 20)

    def parts() -> Iterator[Markup]:
        for n, label in enumerate(chart.labels):
            y, value = TOP + ROW * 2 * n, series.values[n]
            low, high = (_at(one, bounds, LEFT, WIDE - RIGHT) for one in (series.low[n], series.high[n]))
            yield _text(LEFT - 8, y + 24, _shortened(label, 20), "label", "end")
            shape = Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="3" class="f{}"/>')
            yield shape.format(low, y + 12, max(high - low, 1), ROW - 14, n % SHADES)
            if value is not None:
                middle = _at(value, bounds, LEFT, WIDE - RIGHT)
                yield _line(middle, y + 7, middle, y + ROW + 3, "median")
            yield _text((low + high) // 2, y + ROW + 18, series.texts[n], "value", "middle")

    return height, parts()


def _lines(chart: Chart) -> tuple[int, Iterator[Markup]]:
    """A point for each label; the last one of each series is named by its value."""
    bounds = _bounds(_known(chart.series))
    left, right, bottom = 70, WIDE - 110, TALL
    step = Fraction(right - left, max(len(chart.labels) - 1, 1))
    every = ceil(len(chart.labels) / 12)

    def x(n: int) -> int:
        return floor(left + step * n)

    def parts() -> Iterator[Markup]:
        zero = _at(Fraction(0), bounds, bottom, TOP + 8)
        yield _line(left, zero, right, zero, "axis")
        yield _text(left - 8, zero + 4, "0", "label", "end")
        for n, label in enumerate(chart.labels):
            if n % every == 0:
                yield _text(x(n), bottom + 24, label, "label", "middle")
        ends: list[int] = []
        for m, series in enumerate(chart.series):
            points = [
                (x(n), _at(one, bounds, bottom, TOP + 8)) for n, one in enumerate(series.values) if one is not None
            ]
            listed = " ".join(f"{across},{down}" for across, down in points)
            shape = Markup('<polyline points="{}" class="s{}" stroke-dasharray="{}"/>')
            yield shape.format(listed, m % SHADES, DASHES[m % len(DASHES)])
            for across, down in points:
                yield Markup('<circle cx="{}" cy="{}" r="3" class="f{}"/>').format(across, down, m % SHADES)
            if points:
                y = _free(points[-1][1], ends)
                ends.append(y)
                yield _text(points[-1][0] + 8, y + 4, next(one for one in reversed(series.texts) if one), "value")

    return TALL + 36, parts()


def _free(y: int, taken: Sequence[int]) -> int:
    """A height near this one where no other text stands."""
    for away in range(0, TALL, 4):
        for found in (y - away, y + away):
            if found >= TOP and all(abs(found - one) >= 15 for one in taken):
                return found
    return y

"""KPIs over their windows: the values, and what chance alone could have made of them.

Everything is summed from one small table of days and cells, so that a longer window is a sum of numerators over a sum
of denominators and never a mean of means.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import takewhile
from math import gcd
from typing import NoReturn

from callbill import margins
from callbill.calendar import Timetable
from callbill.frozen import frozen
from callbill.invoice import Phrase, distinct, say
from callbill.kpis import ELSEWHERE, INVOICE, Cut, Kpi, Last, Met, Variant
from callbill.meters import duration_words
from callbill.money import MICRO, rounded
from callbill.past import Earlier
from callbill.period import Life, Period
from callbill.period import Rule as PeriodRule
from callbill.problems import Place, refuse
from callbill.staging import Layout
from callbill.tallies import Tally, TallyRow
from callbill.tallying import Tallying
from callbill.terms import Formula, reference
from callbill.windows import EVER, Span, before, spans_of
from callbill.zones import zone

MET = "met"
"""The formula that counts windows which reach a value."""
Group = Callable[[TallyRow], str]


@frozen
class Entry:
    """A KPI that was measured elsewhere: a row of a KPI file. A bare `value` has no numerator."""

    kpi: str
    first: date
    end: date
    numerator: Fraction | None
    denominator: Fraction | None
    value: Fraction | None
    place: Place


@frozen
class Excused:
    """Days that KPIs leave out, and why; no `kpis` means all of them."""

    first: date
    end: date
    reason: str
    kpis: tuple[str, ...] = ()


@frozen
class Value:
    """One measured value. `exact` is None where nothing was counted; `shown` is rounded as the contract says.

    `low` and `high` are its 95 % margin of error in the KPI's unit, None where there is no telling.
    """

    kpi: str
    span: Span
    variant: Variant
    numerator: Fraction
    denominator: Fraction | None
    exact: Fraction | None
    shown: Fraction | None
    low: Decimal | None = None
    high: Decimal | None = None
    notes: tuple[Phrase, ...] = ()
    counts: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass
class Measurement:
    """The KPIs of one contract over one period, and over the earlier days that their windows reach back to."""

    kpis: Mapping[str, Kpi]
    layouts: Mapping[str, Layout]
    period: Period
    rule: PeriodRule
    zone: str
    counting: Callable[[date, date], Tallying]
    """Counts tallies over some local days, the last not included."""
    entries: Sequence[Entry] = ()
    excused: Sequence[Excused] = ()
    earlier: Earlier = lambda _: None
    net: Fraction | None = None
    """The sum of the charges' lines, once it is known."""
    every_variant: bool = False
    column: str | None = None
    """A column that values are also told apart by."""
    plans: dict[tuple[int, str, str], dict[str, Tally]] = field(default_factory=dict)
    """What the formulas count, which measurements of the same KPIs may share."""
    asked: dict[tuple[str, int], dict[Tally, int]] = field(default_factory=dict)
    """What is asked of a source at once, each with its place; shared as the plans are."""
    life: Life = EVER
    """The phase that windows are cut to."""
    _tables: dict[tuple[str, int], "tuple[dict[Tally, int], list[TallyRow]]"] = field(default_factory=dict)
    _tallyings: dict[date, Tallying] = field(default_factory=dict)
    """By their first day; copies of a measurement share what has been counted."""

    # -------------------------------------------------------------------------------------------------- values

    def values(self, name: str) -> list[Value]:
        """A KPI's values in this period, one for each of its windows."""
        kpi = self.kpis[name]
        spans = spans_of(kpi, self.period, self.rule, self.life)
        if self.life.part(self.period) is None:
            return []
        if kpi.met is not None:
            return [self._share_met(name, spans, kpi.met)]
        if isinstance(kpi.measured, Cut):
            return list(self._interval_values(name, kpi.measured.interval))
        return [self.value(name, span) for span in spans]

    def value(self, name: str, span: Span, variant: Variant | None = None) -> Value:
        """A KPI over some days."""
        kpi = self.kpis[name]
        chosen = variant or kpi.chosen
        if kpi.source == ELSEWHERE:
            return self._elsewhere(name, span, chosen)
        counts = self._counts(name, chosen, span)
        above, below = kpi.ends(counts, chosen)
        notes = []
        missing = self._missing(name, span)
        for period in missing:
            past = self.earlier(period)
            found = past.kpi(name, max(period.first, span.first), period.last) if past else None
            if found is None:
                self._refuse_missing(name, period)
            above += found.numerator
            below = None if below is None else below + (found.denominator or 0)
            notes.append(
                say("{name} from its result file", "{name} d’après son fichier de résultats", name=period.name)
            )
        notes += self._reach(kpi, chosen, span)
        if (
            below is None
            and kpi.measured in ("day", "week")
            and not any(n for _, n in self._rows(name, self._everything(name), span))
        ):
            return Value(name, span, chosen, above, None, None, None)
        squared = None if missing else self._squared(kpi, chosen)
        squares = None if squared is None else sum(amount for _, amount in self._rows(name, squared, span))
        known = {} if missing else counts  # a result only has the two ends
        return self._made(name, span, chosen, above, below, known, notes, squares)

    def _made(
        self, name: str, span: Span, chosen: Variant, above: Fraction, below: Fraction | None,
        counts: Mapping[str, Fraction], notes: Sequence[Phrase] = (), squares: int | None = None,
    ) -> Value:  # fmt: skip
        kpi = self.kpis[name]
        exact = kpi.value(above, below)
        value = Value(
            name, span, chosen, above, below, exact, None if exact is None else kpi.shown(exact), counts=counts
        )
        low, high = self._margin(chosen, value, squares)
        every = (*notes, *self._excuses(name, span))
        return value if low is None and high is None and not every else replace(value, low=low, high=high, notes=every)

    def grouped(self, name: str, span: Span, group: Group, variant: Variant | None = None) -> dict[str, Value]:
        """A KPI over some days, told apart by what `group` says of each row of counts."""
        kpi = self.kpis[name]
        chosen = variant or kpi.chosen
        tallies = self._tallies(kpi, chosen)
        found: dict[str, dict[str, Fraction]] = {}
        for count, tally in tallies.items():
            for row, amount in self._rows(name, tally, span):
                sums = found.setdefault(group(row), dict.fromkeys(tallies, Fraction(0)))
                sums[count] += Fraction(amount, MICRO)
        squared, squares = self._squared(kpi, chosen), dict[str, int]()
        for row, amount in self._rows(name, squared, span) if squared is not None else ():
            squares[group(row)] = squares.get(group(row), 0) + amount
        return {
            key: self._made(name, span, chosen, *kpi.ends(sums, chosen), sums, squares=squares.get(key))
            for key, sums in sorted(found.items())
        }

    def _share_met(self, name: str, spans: Sequence[Span], met: Met) -> Value:
        """The share of windows in which a KPI reached its value; windows without a record do not count."""
        kpi = self.kpis[name]
        if isinstance(kpi.measured, Cut):
            values = list(self._interval_values(name, kpi.measured.interval))
        else:
            values = [self.value(name, span) for span in spans]
        counted = [one.shown for one in values if one.shown is not None]
        reached = sum(_meets(one, met) for one in counted)
        goal = met.at_least or met.at_most
        words = say(
            "windows that reach {goal}, of all with records", "fenêtres atteignant {goal}, de toutes celles mesurées",
            goal=goal.written if goal else "",
        )  # fmt: skip
        variant = Variant(MET, kpi.chosen.formula, words)
        above, below = Fraction(reached), Fraction(len(counted))
        span = self._whole()
        exact = 100 * above / below if below else None
        interval = margins.wilson(above, below)
        low, high = (None, None) if interval is None else _percents(interval)
        notes = distinct(note for one in values for note in one.notes)
        return Value(
            name, span, variant, above, below, exact, None if exact is None else kpi.shown(exact), low, high, notes
        )

    def _interval_values(self, name: str, interval: int) -> Iterator[Value]:
        """A KPI in each interval of the local clock, put together from parts that every offset of the zone divides."""
        kpi = self.kpis[name]
        tallies = self._tallies(kpi, kpi.chosen)
        part, span = gcd(interval, self.timetable.bucket), self._whole()
        found: dict[int, dict[str, Fraction]] = {}
        for count, tally in tallies.items():
            for row, amount in self._rows(name, tally, span, part):
                start = self._interval_start(row.interval, interval)
                sums = found.setdefault(start, dict.fromkeys(tallies, Fraction(0)))
                sums[count] += Fraction(amount, MICRO)
        known = set(found) if kpi.chosen.quotient.below else self._known_intervals(name, span, interval, part)
        for start, sums in sorted(found.items()):
            if start not in known:
                continue
            moment = datetime.fromtimestamp(start // MICRO, zone(self.zone))
            one = Span(moment.date(), moment.date() + timedelta(days=1), f"{moment:%Y-%m-%d %H:%M}", start)
            yield self._made(name, one, kpi.chosen, *kpi.ends(sums, kpi.chosen), sums)

    def _whole(self) -> Span:
        """The days of the period that are measured: all of it, or those of its phase."""
        part = self.life.part(self.period) or self.period
        return Span(part.first, part.end, part.name)

    def _interval_start(self, moment: int, interval: int) -> int:
        """The start of the local interval that a moment lies in, in microseconds."""
        local = datetime.fromtimestamp(moment // MICRO, zone(self.zone))
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        return moment - seconds * MICRO % interval

    def _known_intervals(self, name: str, span: Span, interval: int, part: int) -> set[int]:
        """The intervals in which there is any record that the KPI looks at."""
        rows = self._rows(name, self._everything(name), span, part)
        return {self._interval_start(row.interval, interval) for row, records in rows if records > 0}

    def _everything(self, name: str) -> Tally:
        kpi = self.kpis[name]
        source = next(iter(self._tallies(kpi, kpi.chosen).values())).source
        return kpi.everything(self.layouts[source], source)

    # -------------------------------------------------------------------------------------------------- counts

    def counts(self, name: str, wanted: str, span: Span) -> Fraction:
        """One count of a KPI over some days: for the least number of contacts that a clause asks for."""
        kpi = self.kpis[name]
        source = kpi.source_in(self.layouts) or ""
        tally = kpi.tally(wanted, source, self.layouts)
        if missing := self._missing(name, span):
            message = f"`{wanted}` of {missing[0].name} is asked for, and the result of a month only has its KPIs"
            help_ = f"add the activity of {missing[0].name}"
            refuse("CB340", message, help_, path=("kpis", name), on_key=True)
        rows = self._rows(name, tally, span) if tally else ()
        return Fraction(sum(amount for _, amount in rows), MICRO)

    def tally_total(self, tally: Tally, span: Span) -> Fraction:
        """What a tally counts over some days, whatever KPIs leave out."""
        position, rows = self._table(tally.source, 0, tally)
        low, high = span.first.toordinal(), span.end.toordinal()
        return Fraction(sum(row.sums[position] for row in rows if low <= row.day < high), MICRO)

    def _counts(self, name: str, chosen: Variant, span: Span) -> dict[str, Fraction]:
        found = {
            count: Fraction(sum(amount for _, amount in self._rows(name, tally, span)), MICRO)
            for count, tally in self._tallies(self.kpis[name], chosen).items()
        }
        if INVOICE in chosen.quotient.names:
            found[INVOICE] = self.net or Fraction(0)
        return found

    def _tallies(self, kpi: Kpi, chosen: Variant) -> dict[str, Tally]:
        """What a formula counts; found out once."""
        key = (id(kpi), chosen.name, chosen.formula)
        if key not in self.plans:
            source = kpi.source_in(self.layouts) or ""
            found = {name: kpi.tally(name, source, self.layouts) for name in chosen.quotient.names if name != INVOICE}
            self.plans[key] = {name: tally for name, tally in found.items() if tally is not None}
        return self.plans[key]

    def _rows(self, name: str, tally: Tally, span: Span, interval: int = 0) -> Iterator[tuple[TallyRow, int]]:
        """The rows of counts that a KPI looks at in some days, and the tally's sum in each."""
        position, rows = self._table(tally.source, interval, tally)
        low, high = span.first.toordinal(), span.end.toordinal()
        out, cells = self._out(name), self._cells(self.kpis[name].bands)
        for row in rows:
            if low <= row.day < high and row.day not in out and (cells is None or row.cell in cells):
                yield row, row.sums[position]

    def _out(self, name: str) -> frozenset[int]:
        """The days that a KPI leaves out."""
        mine = [one for one in self.excused if not one.kpis or name in one.kpis]
        return frozenset(day for one in mine for day in range(one.first.toordinal(), one.end.toordinal()))

    def _cells(self, bands: Sequence[str]) -> frozenset[int] | None:
        if not bands:
            return None
        times = self._counter().timetable
        return frozenset(cell for band in bands for cell in times.cells_where(band))

    def _table(self, source: str, interval: int, tally: Tally) -> tuple[int, list[TallyRow]]:
        """Where a tally stands among those of its source, which are counted together, and their rows."""
        key = (source, interval)
        if key not in self._tables or tally not in self._tables[key][0]:
            asked = self.asked.get(key, {})
            if tally not in asked:
                wanted = dict.fromkeys([*asked, *self._known(source, interval), tally])
                asked = self.asked[key] = {one: n for n, one in enumerate(wanted)}
            has = self.column is not None and self.column in self.layouts[source].texts
            columns = [self.column] if has and self.column else []
            rows = self._counter().rows(source, list(asked), columns, interval or None)
            self._tables[key] = (asked, rows)
        positions, rows = self._tables[key]
        return positions[tally], rows

    def _known(self, source: str, interval: int) -> Iterator[Tally]:
        """Every tally that the KPIs will ask of a source."""
        for kpi in self.kpis.values():
            own = gcd(kpi.measured.interval, self.timetable.bucket) if isinstance(kpi.measured, Cut) else 0
            if kpi.source == ELSEWHERE or (own != interval and not (own and not interval and self.every_variant)):
                continue
            for variant in kpi.variants if self.every_variant else (kpi.chosen,):
                if self.every_variant and not kpi.fits(kpi.source_in(self.layouts) or "", self.layouts, variant):
                    continue
                for tally in self._tallies(kpi, variant).values():
                    if tally.source == source:
                        yield tally
                squared = self._squared(kpi, variant)
                if squared is not None and squared.source == source and not interval:
                    yield squared

    @property
    def begins(self) -> date:
        """The first day that a window reaches back to."""
        spans = (span for kpi in self.kpis.values() for span in spans_of(kpi, self.period, self.rule))
        return min([self.period.first, *(span.first for span in spans)])

    def _counter(self) -> Tallying:
        first = self.begins
        if first not in self._tallyings:
            self._tallyings[first] = self.counting(first, self.period.end)
        return self._tallyings[first]

    @property
    def timetable(self) -> Timetable:
        return self._counter().timetable

    # -------------------------------------------------------------------------------------------------- margins

    def _margin(self, chosen: Variant, value: Value, squares: int | None) -> tuple[Decimal | None, Decimal | None]:
        """How far chance carries a value; `squares` are those of what a mean is made of."""
        kpi, below = self.kpis[value.kpi], value.denominator
        if below is None or value.exact is None:
            return None, None
        interval = None
        if kpi.MARGIN == "wilson" and below.denominator == 1:
            interval = margins.wilson(value.numerator, below)
        elif kpi.MARGIN == "nps" and {"promoters", "detractors"} <= set(value.counts):
            interval = margins.difference(value.counts["promoters"], value.counts["detractors"], below)
        elif kpi.MARGIN == "mean" and squares is not None and value.numerator == kpi.ends(value.counts, chosen)[0]:
            found = margins.mean(value.numerator, Fraction(squares, MICRO * MICRO), below)
            return (None, None) if found is None else _decimals(found)
        return (None, None) if interval is None else _percents(interval)

    def _squared(self, kpi: Kpi, chosen: Variant) -> Tally | None:
        """The squares of what each contact adds to the numerator of a mean; None where records are no contacts."""
        source = kpi.source_in(self.layouts) or ""
        layout = self.layouts.get(source)
        if kpi.MARGIN != "mean" or layout is None or layout.record != "contact":
            return None
        tallies = [kpi.tally(name, source, self.layouts) for name in Formula(chosen.quotient.above).names]
        known = [one for one in tallies if one is not None]
        alike = {(one.source, one.conditions, one.bounds, one.repeats) for one in known}
        if len(known) != len(tallies) or len(alike) != 1 or "-" in chosen.quotient.above:
            return None
        return replace(known[0], parts=tuple(part for one in known for part in one.parts), squared=True)

    # ---------------------------------------------------------------------------------------------------- notes

    def _excuses(self, name: str, span: Span) -> Iterator[Phrase]:
        for one in self.excused:
            if one.first < span.end and one.end > span.first and (not one.kpis or name in one.kpis):
                last = one.end - timedelta(days=1)
                days = (
                    say("{day}", "{day}", day=one.first)
                    if last == one.first
                    else say("{first} to {last}", "{first} au {last}", first=one.first, last=last)
                )
                yield say("without {days}: {reason}", "hors {days} : {reason}", days=days, reason=one.reason)

    def _reach(self, kpi: Kpi, chosen: Variant, span: Span) -> Iterator[Phrase]:
        """How far a look-ahead sees, where the records end before it does."""
        repeats = [
            repeat for tally in self._tallies(kpi, chosen).values() for _, repeat in tally.repeats
            if repeat.side == "after"
        ]  # fmt: skip
        if not repeats:
            return
        source = kpi.source_in(self.layouts) or ""
        last = self._counter().last_start(source)
        end = self.timetable.end if span.end == self.period.end else None
        if last is not None and end is not None and last < end + repeats[0].within:
            on = datetime.fromtimestamp(last // MICRO, zone(self.zone)).date()
            yield say(
                "the records end on {day}: contacts within {window} after the period are not all known",
                "les enregistrements s’arrêtent le {day} : les contacts sous {window} après la période ne sont pas tous connus",  # noqa: E501
                day=on, window=duration_words(repeats[0].within),
            )  # fmt: skip

    def _missing(self, name: str, span: Span) -> list[Period]:
        """The earlier periods of a window that the activity has no record of."""
        if span.first >= self.period.first or self.kpis[name].measured == "week":
            return []
        source = self.kpis[name].source_in(self.layouts) or ""
        tally = next(iter(self._tallies(self.kpis[name], self.kpis[name].chosen).values()))
        _, rows = self._table(source if tally.source == source else tally.source, 0, tally)
        days = {row.day for row in rows}
        covered = takewhile(lambda one: one.end > span.first, before(self.period, self.rule))
        empty = [one for one in covered if days.isdisjoint(range(one.first.toordinal(), one.end.toordinal()))]
        return empty[::-1]

    def _refuse_missing(self, name: str, period: Period) -> NoReturn:
        message = f"the KPI `{name}` looks back to {period.name}, of which there is no record and no result"
        help_ = f"add the activity of {period.name}, or its invoice in JSON: `--history {period.name}.json`"
        refuse("CB340", message, help_, path=("kpis", name), on_key=True)

    # ------------------------------------------------------------------------------------------------ elsewhere

    def _elsewhere(self, name: str, span: Span, chosen: Variant) -> Value:
        """The value that KPI files give: numerators and denominators of a window are summed, a bare value stands."""
        kpi = self.kpis[name]
        out = self._out(name)
        rows = [one for one in self.entries if one.kpi == name and span.first <= one.first and one.end <= span.end]
        given = rows
        rows = [one for one in rows if (one.end - one.first).days > 1 or one.first.toordinal() not in out]
        bare = [one for one in rows if one.value is not None]
        if bare and len(rows) > 1:
            message = f"`{name}` has several values in {span.name}, and a value cannot be added to another"
            help_ = "give numerator and denominator, or one row for the window"
            refuse("CB342", message, help_, path=("kpis", name), on_key=True)
        notes = tuple(self._excuses(name, span))
        if given and not rows:
            return Value(name, span, chosen, Fraction(0), Fraction(0), None, None, notes=notes)
        self._check_given(name, span, given)
        if bare and bare[0].value is not None:
            exact = bare[0].value
            return Value(name, span, chosen, exact, None, exact, kpi.shown(exact), notes=notes)
        above = sum((one.numerator or Fraction(0) for one in rows), Fraction(0))
        below = sum((one.denominator or Fraction(0) for one in rows), Fraction(0))
        return self._made(name, span, chosen, above, below, {})

    def _check_given(self, name: str, span: Span, given: Sequence[Entry]) -> None:
        """Refuse a window that the KPI files do not have; of several months together each must be there."""
        parts = [(span.first, span.end, span.name)]
        if isinstance(self.kpis[name].measured, Last):
            earlier = takewhile(lambda one: one.end > span.first, before(self.period, self.rule))
            months = [self.period, *earlier]
            parts = [(one.first, one.end, one.name) for one in reversed(months)]
        for first, end, called in parts:
            if not any(one.first < end and one.end > first for one in given):
                help_ = f"add a row `{name},{called},…` to the file of `--kpis`"
                refuse("CB341", f"no KPI file has `{name}` for {called}", help_, path=("kpis", name), on_key=True)


def volume_tally(written: str, layout: Layout) -> Tally:
    """The tally of a volume such as `calls.offered`."""
    wanted = reference(written)
    if layout.record == "contact":
        return Tally(wanted.source, layout.states.get(wanted.name, ()))
    return Tally(wanted.source, parts=((1, wanted.name),))


def _meets(value: Fraction, met: Met) -> bool:
    if met.at_least is not None:
        return value >= Fraction(met.at_least.value)
    return met.at_most is not None and value <= Fraction(met.at_most.value)


def _percents(interval: tuple[Fraction, Fraction]) -> tuple[Decimal, Decimal]:
    return _decimals((100 * interval[0], 100 * interval[1]))


def _decimals(interval: Iterable[Fraction]) -> tuple[Decimal, Decimal]:
    low, high = (rounded(one, 2) for one in interval)
    return low, high

"""How a moment or a duration of an export becomes whole microseconds, and why it cannot."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from callbill.cells import Cell, Fault, number_remedy
from callbill.frozen import frozen
from callbill.money import MICRO
from callbill.sql import quoted
from callbill.values import UNITS
from callbill.zones import Offset

LONGEST_DURATION = 366 * 86_400 * MICRO
EARLIEST, LATEST = date(1970, 1, 2), date(2199, 12, 31)
_EARLIEST_MICRO = (EARLIEST.toordinal() - date(1970, 1, 1).toordinal()) * 86_400 * MICRO
_LATEST_MICRO = (LATEST.toordinal() + 1 - date(1970, 1, 1).toordinal()) * 86_400 * MICRO - 1
CLOCK_FORMS = {
    "h:mm:ss": (r"([0-9]{1,4}):([0-5][0-9]):([0-5][0-9])", (3600, 60, 1)),
    "h:mm": (r"([0-9]{1,4}):([0-5][0-9])", (3600, 60)),
    "mm:ss": (r"([0-9]{1,6}):([0-5][0-9])", (60, 1)),
}
"""Durations written as clocks: their form, and the seconds of each part. The last part may have a fraction."""
DIGITS_FORM = r"[0-9]{2}([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
"""`ddhhmmss`, its leading zeros back in place."""
WALL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone until `utc` gives it one
EXCEL_EPOCH = (date(1970, 1, 1) - date(1899, 12, 30)).days
"""Days from the spreadsheets' day 0 to 1970."""


@frozen(kw_only=True)
class DurationCell(Cell):
    """A duration: a number of a declared unit, or a clock such as `h:mm:ss`, in whole microseconds.

    `snap` is the step in microseconds that the value is rounded to, half up; without it a value that is not a whole
    number of microseconds is refused.
    """

    unit: str
    mark: str = "."
    snap: int | None = None

    @property
    def limits(self) -> tuple[int, int]:
        return 0, LONGEST_DURATION

    @property
    def guessed(self) -> str:
        return "UINTEGER" if self.unit in UNITS else ""

    def sql(self, cell: str) -> str:
        return self.sql_of(cell, "")

    def sql_of(self, cell: str, guess: str) -> str:
        if self.unit == "ddhhmmss":
            return self._digits(cell)
        if self.unit == "clock":
            hours, minutes = (replace(self, unit=unit).sql(cell) for unit in ("h:mm:ss", "mm:ss"))
            return f"COALESCE({hours}, {minutes})"
        return (
            self._clock(cell)
            if self.unit in CLOCK_FORMS
            else self._decimal(cell, guess or f"TRY_CAST({cell} AS UINTEGER)")
        )

    def _digits(self, cell: str) -> str:
        """Days, hours, minutes and seconds in two digits each, of which a spreadsheet may have taken leading zeros."""
        full = f"lpad({cell}, 8, '0')"
        parts = [f"CAST(substring({full}, {at}, 2) AS BIGINT) * {size * MICRO}" for at, size in _DIGIT_PARTS]
        total = self._snapped(f"({' + '.join(parts)})", 1)
        fits = f"length({cell}) <= 8 AND regexp_full_match({full}, {quoted(DIGITS_FORM)})"
        return f"(CASE WHEN {fits} THEN {total} END)"

    def _decimal(self, cell: str, number: str) -> str:
        """Whole numbers directly; decimals through integers of 10⁻¹² units, so nothing is lost or guessed."""
        mark = re.escape(self.mark)
        whole, part = f"split_part({cell}, {quoted(self.mark)}, 1)", f"split_part({cell}, {quoted(self.mark)}, 2)"
        trillionths = f"(CAST({whole} AS HUGEINT) * 1000000000000 + CAST(rpad({part}, 12, '0') AS HUGEINT))"
        scaled = f"{trillionths} * {UNITS[self.unit]}"
        digits = "{1,7}" if self.unit == "day" else "{1,9}"  # more would not fit into 64 bits
        fraction = quoted(rf"[0-9]{digits}{mark}[0-9]{{1,12}}")
        whole_text = quoted(rf"[0-9]{digits}")
        plain = f"CAST({number} AS VARCHAR) = {cell} AND {number} < {10 ** (7 if self.unit == 'day' else 9)}"
        return (
            # a number that is written back as it stands, nearly always so, takes half the time of a pattern
            f"(CASE WHEN {plain} THEN {self._snapped_whole(number)}"
            f" WHEN regexp_full_match({cell}, {whole_text}) THEN {self._snapped_whole(cell)}"
            f" WHEN regexp_full_match({cell}, {fraction}) THEN {self._snapped(scaled, 1_000_000_000_000)} END)"
        )

    def _clock(self, cell: str) -> str:
        form, seconds = CLOCK_FORMS[self.unit]
        full = quoted(form + rf"({re.escape(self.mark)}[0-9]{{1,6}})?")
        body = f"split_part({cell}, {quoted(self.mark)}, 1)"
        parts = [
            f"CAST(split_part({body}, ':', {n}) AS BIGINT) * {size * MICRO}" for n, size in enumerate(seconds, start=1)
        ]
        fraction = f"CAST(rpad(split_part({cell}, {quoted(self.mark)}, 2), 6, '0') AS BIGINT) * {seconds[-1]}"
        total = self._snapped(f"({' + '.join([*parts, fraction])})", 1)
        return f"(CASE WHEN regexp_full_match({cell}, {full}) THEN {total} END)"

    def _snapped_whole(self, cell: str) -> str:
        micro = f"CAST({cell} AS BIGINT) * {UNITS[self.unit]}"
        return micro if self.snap is None else self._snapped(f"({micro})", 1)

    def _snapped(self, scaled: str, scale: int) -> str:
        """Microseconds from a value in 1/scale microseconds: snapped half up, or NULL when it is not whole."""
        if self.snap is not None:
            step = self.snap * scale
            return f"CAST((2 * {scaled} + {step}) // {2 * step} * {self.snap} AS BIGINT)"
        if scale == 1:
            return scaled
        return f"CASE WHEN ({scaled}) % {scale} = 0 THEN CAST(({scaled}) // {scale} AS BIGINT) END"

    def fault(self, written: str) -> Fault | None:
        wanted = f"`{self.name}` is declared in `{self.unit}`"
        if re.match(r"-\s*[0-9]", written):
            return "CB311", f"the duration `{written}` is negative", "correct the export: no duration is negative"
        if self.unit == "clock":
            return replace(self, unit="h:mm:ss" if written.count(":") > 1 else "mm:ss").fault(written)
        if self.unit == "ddhhmmss" or self.unit in CLOCK_FORMS:
            return self._clock_fault(written, wanted)
        if re.fullmatch(r"[0-9]{10,}([.,][0-9]*)?", written):
            return self._out_of_range(written)
        if not re.fullmatch(rf"[0-9]{{1,9}}({re.escape(self.mark)}[0-9]{{1,12}})?", written):
            remedy = f"{wanted}: its cells are plain numbers"
            if re.search(r"[., \u00a0\u202f\u2009_’']", written):
                remedy = number_remedy(written, self.mark)
            if ":" in written:
                remedy = f"{wanted}; a clock is declared as `h:mm:ss` or `mm:ss`"
            return "CB304", f"`{written}` is not a duration", remedy
        value = Decimal(written.replace(self.mark, ".")) * UNITS[self.unit]
        if self.snap is None and value != value.to_integral_value():
            remedy = f"declare what it is rounded to: `{self.name}: {{…, snap: 1 s}}`"
            return "CB304", f"`{written}` {self.unit} is not a whole number of microseconds", remedy
        return self._too_long(written) if value > LONGEST_DURATION else None

    def _clock_fault(self, written: str, wanted: str) -> Fault | None:
        """Why a text is not the clock, or the row of digits, that it should be."""
        if self.unit == "ddhhmmss":
            if len(written) <= 8 and re.fullmatch(DIGITS_FORM, written.rjust(8, "0")):
                return None
            return "CB304", f"`{written}` is not a duration", f"{wanted}: two digits each, leading zeros may be missing"
        if not re.fullmatch(CLOCK_FORMS[self.unit][0] + rf"({re.escape(self.mark)}[0-9]{{1,6}})?", written):
            return "CB304", f"`{written}` is not a duration", f"{wanted}; correct the cell or the declaration"
        return self._too_long(written)

    def _too_long(self, written: str) -> Fault | None:
        seconds = 0
        if self.unit in CLOCK_FORMS:
            parts = written.split(self.mark)[0].split(":")
            seconds = sum(int(part) * size for part, size in zip(parts, CLOCK_FORMS[self.unit][1], strict=True))
            if seconds * MICRO <= LONGEST_DURATION:
                return None
        return self._out_of_range(written)

    def _out_of_range(self, written: str) -> Fault:
        remedy = "no record lasts more than 366 days: correct the cell, or declare another unit"
        return "CB315", f"the duration `{written}` {self.unit} is out of range", remedy


_DIGIT_PARTS = ((1, 86_400), (3, 3600), (5, 60), (7, 1))
_PLAIN_UTC = "%Y-%m-%dT%H:%M:%SZ"
_ISO_OFFSET = r"(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])"
_SHORT_OFFSET = r"(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
_LIKE_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"


@frozen(kw_only=True)
class InstantCell(Cell):
    """A moment: `iso`, `epoch_s`, `epoch_ms`, `excel`, or a format of `%` signs; with a zone unless it has an offset.

    Staged as microseconds: UTC when the text carries its offset, of the zone's wall clock otherwise; the wall
    clock becomes UTC through `utc`, once the zone's offsets are known for the years of the data.
    """

    form: str
    snap: int | None = None
    """The step in microseconds that the moment is rounded to, half up."""
    zone: str | None = None
    repeated: Literal["first", "second"] | None = None
    missing: Literal["shift"] | None = None

    @property
    def limits(self) -> tuple[int, int]:
        return _EARLIEST_MICRO, _LATEST_MICRO

    @property
    def is_wall(self) -> bool:
        """Whether the text is a wall clock that needs the zone."""
        return self.zone is not None

    @property
    def guessed(self) -> str:
        return "TIMESTAMP" if self.form == "iso" else ""

    def sql(self, cell: str) -> str:
        return self.sql_of(cell, "")

    def sql_of(self, cell: str, guess: str) -> str:
        read = self._read(cell, guess or f"TRY_CAST({cell} AS TIMESTAMP)")
        if self.snap is None or self.form == "excel":
            return read
        return f"((2 * {read} + {self.snap}) // {2 * self.snap} * {self.snap})"

    def _read(self, cell: str, moment: str) -> str:
        if self.form == "excel":
            days = DurationCell(name=self.name, unit="day", snap=self.snap)
            return f"({days.sql(cell)} - {EXCEL_EPOCH * 86_400 * MICRO})"
        if self.form in ("epoch_s", "epoch_ms"):
            scale, digits = (MICRO, 12) if self.form == "epoch_s" else (1000, 13)  # more would not fit into 64 bits
            digits_only = f"regexp_full_match({cell}, '[0-9]{{1,{digits}}}')"
            return f"(CASE WHEN {digits_only} THEN CAST({cell} AS BIGINT) * {scale} END)"
        if self.form == "iso":
            # a moment that is written back as it stands, nearly always so, is quicker than a pattern
            fits = f"regexp_full_match({cell}, {quoted(_ISO if self.is_wall else _ISO + _ISO_OFFSET)})"
            read = moment if self.is_wall else f"TRY_CAST({cell} AS TIMESTAMPTZ)"
            again = f"CAST({moment} AS VARCHAR)" if self.is_wall else f"strftime({moment}, {quoted(_PLAIN_UTC)})"
            return f"(CASE WHEN {again} = {cell} THEN epoch_us({moment}) WHEN {fits} THEN epoch_us({read}) END)"
        if not self.form.endswith("%z"):
            return f"epoch_us(try_strptime({cell}, {quoted(self.form)}))"
        # by itself the engine knows no `Z`, and takes `+72:00` for an offset
        known = f"regexp_matches({cell}, {quoted(_SHORT_OFFSET + '$')})"
        read = f"try_strptime(regexp_replace({cell}, 'Z$', '+0000'), {quoted(self.form)})"
        return f"(CASE WHEN {known} THEN epoch_us({read}) END)"

    def utc(self, wall: str, offsets: tuple[Offset, ...]) -> str:
        """The instant of a staged value; NULL for an hour that the zone repeats or skips and no rule decides."""
        if not self.is_wall:
            return wall
        cases = []
        for before, after in pairwise(offsets):
            low, high = sorted((after.start + before.east, after.start + after.east))
            earlier = f"WHEN {wall} < {low * MICRO} THEN {wall} - {before.east * MICRO}"
            east = self._decided(before, after)
            chosen = "NULL" if east is None else f"{wall} - {east * MICRO}"
            cases += [earlier, f"WHEN {wall} < {high * MICRO} THEN {chosen}"]
        last = f"{wall} - {offsets[-1].east * MICRO}"
        return f"(CASE {' '.join(cases)} ELSE {last} END)" if cases else f"({last})"

    def _decided(self, before: Offset, after: Offset) -> int | None:
        """The offset taken inside a repeated or skipped stretch, None when the contract has not said."""
        if after.east < before.east:
            return {"first": before.east, "second": after.east, None: None}[self.repeated]
        return before.east if self.missing == "shift" else None

    def parsed(self, written: str) -> datetime | None:
        """The same reading in Python, for sentences about a cell."""
        if any(char.isdigit() and not char.isascii() for char in written):
            return None
        try:
            if self.form in ("epoch_s", "epoch_ms"):
                if not re.fullmatch("[0-9]{1,13}", written):
                    return None
                return datetime.fromtimestamp(int(written) // (1 if self.form == "epoch_s" else 1000), UTC)
            if self.form == "excel":
                return _serial(written, self.snap)
            if self.form == "iso":
                full = _ISO + ("" if self.is_wall else _ISO_OFFSET)
                return datetime.fromisoformat(written) if re.fullmatch(full, written) else None
            return datetime.strptime(written, self.form)  # noqa: DTZ007 - the zone is applied by `utc`
        except (ValueError, OverflowError, OSError):
            return None

    def fault(self, written: str) -> Fault | None:
        moment = self.parsed(written)
        if moment is None:
            return "CB303", *self._unread(written)
        if not EARLIEST <= moment.date() <= LATEST:
            return "CB303", f"`{written}` is out of range", "moments are read from 1970 to 2199"
        return None

    def _unread(self, written: str) -> tuple[str, str]:
        """What is wrong with a text that gives no moment, and the remedy."""
        if self.form == "iso" and not self.is_wall and re.fullmatch(_ISO, written):
            remedy = "declare the clock it was read from: `zone: Europe/Paris` in the source, or whichever it is"
            return f"`{written}` does not say its offset from UTC", remedy
        if self.form == "iso" and self.is_wall and re.fullmatch(_ISO + _ISO_OFFSET, written):
            return f"`{written}` says its own offset, and the source declares a `zone`", "take `zone` out of the source"
        if self.form == "iso" and re.fullmatch(_LIKE_ISO, written):
            return f"the moment `{written}` does not exist", "correct the cell: no calendar and no clock has it"
        remedy = "correct the cell, or declare the `format` that the export writes"
        if self.form == "epoch_s" and re.fullmatch("[0-9]{12,13}", written):
            remedy = "it looks like milliseconds: declare `format: epoch_ms`"
        if self.form == "iso" and re.match("[0-9]{1,2}[./-]", written):
            remedy += ', such as `"%d/%m/%Y %H:%M:%S"`'
        return f"`{written}` is not a moment of the form `{self.form}`", remedy

    def dst_fault(self, written: str, offsets: tuple[Offset, ...]) -> Fault | None:
        """Why a readable wall clock has no instant."""
        moment = self.parsed(written)
        if moment is None or not self.is_wall:
            return None
        wall = (moment.replace(tzinfo=None) - WALL_EPOCH) // timedelta(seconds=1)
        for before, after in pairwise(offsets):
            low, high = sorted((after.start + before.east, after.start + after.east))
            if not low <= wall < high or self._decided(before, after) is not None:
                continue
            if after.east < before.east:
                remedy = "write `repeated_hour: first` or `second` in the source, or export with offsets"
                return "CB312", f"`{written}` happened twice in {self.zone}: the clocks went back", remedy
            remedy = "write `missing_hour: shift` in the source if its clock was not moved"
            return "CB313", f"`{written}` never happened in {self.zone}: the clocks went forward", remedy
        return None


def _serial(written: str, step: int | None) -> datetime | None:
    """Days since 1899-12-30 as a wall clock, in whole steps, half up."""
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,12})?", written):
        return None
    micro = Fraction(written) * 86_400 * MICRO
    whole = int(micro) if step is None else int((2 * micro + step) // (2 * step)) * step
    return datetime(1899, 12, 30) + timedelta(microseconds=whole)  # noqa: DTZ001 - a wall clock

"""KPI files: what is measured outside the activity, such as quality and surveys, one row for each KPI and period.

A CSV in UTF-8 with a comma between cells, a dot for decimals and this header, in any order of columns:
`kpi,period,numerator,denominator,value`. `period` is a month, a quarter, a period of the contract, a day, or days such
as `2026-10-16/2026-10-31`. A row gives numerator and denominator, or a bare value where nobody knows them.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from fractions import Fraction

from pydantic_core import PydanticCustomError

from callbill.contract import Contract
from callbill.files import read_bytes
from callbill.kpis import ELSEWHERE, Kpi
from callbill.measuring import Entry
from callbill.period import period_named, period_of
from callbill.problems import Invalid, Place, Problem, nearest
from callbill.values import YEARS, day, number

COLUMNS = ("kpi", "period", "numerator", "denominator", "value")
NEEDED = COLUMNS[:2]


def entries(contract: Contract, files: Sequence[str], *, others: frozenset[str] = frozenset()) -> list[Entry]:
    """Every row of some KPI files. Raises `Invalid` with every problem at its line.

    Rows about KPIs of `others`, contracts that are compared with this one, are left to those.
    """
    found: list[Entry] = []
    problems: list[Problem] = []
    for name in files:
        try:
            found += _rows(contract, name, read_bytes(name), others)
        except Invalid as invalid:
            problems += invalid.problems
    problems += _twice(found)
    if problems:
        raise Invalid(problems)
    return found


def _rows(contract: Contract, name: str, data: bytes, others: frozenset[str]) -> list[Entry]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(
            [Problem("CB343", "the KPI file is not UTF-8", "save it as CSV UTF-8", place=Place(name))]
        ) from None
    lines = re.split("\r\n|\r|\n", text)
    rows = list(_numbered(lines))
    if not text.strip():
        raise Invalid(
            [Problem("CB316", "the file is empty", f"its first line is `{','.join(COLUMNS)}`", place=Place(name))]
        )
    header = [cell.strip().lower() for cell in rows[0][1]]
    _check_header(header, Place(name, 1, 1, lines[0], len(lines[0])))
    problems: list[Problem] = []
    found = []
    for n, cells in rows[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        place = Place(name, n, 0, lines[n - 1])
        if len(cells) > len(header):
            message = f"the row has {len(cells)} cells, the header {len(header)}"
            problems.append(Problem("CB344", message, "write decimals with a dot: `80.5`", place=place))
            continue
        row = {key: cell.strip() for key, cell in zip(header, cells, strict=False)}
        if row.get("kpi") in others.difference(_elsewhere(contract)):
            continue
        try:
            found.append(_entry(contract, row, header, place))
        except Invalid as invalid:
            problems += invalid.problems
    if problems:
        raise Invalid(problems)
    return found


def _elsewhere(contract: Contract) -> list[str]:
    """The KPIs that a contract takes from KPI files."""
    return [name for name, kpi in contract.agreement.deal.kpis.items() if kpi.source == ELSEWHERE]


def _numbered(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows, each with the line that it begins on: a cell between quotes may hold line breaks."""
    reader, begins = csv.reader(f"{line}\n" for line in lines), 1
    for row in reader:
        yield begins, row
        begins = reader.line_num + 1


def _check_header(header: Sequence[str], place: Place) -> None:
    if len(header) == 1 and ";" in header[0]:
        raise Invalid(
            [Problem("CB343", "the cells of a KPI file stand between commas", "write `,` instead of `;`", place=place)]
        )
    problems = [
        Problem("CB343", f"`{one}` is not a column of a KPI file", nearest(one, COLUMNS), place=place)
        for one in header if one not in COLUMNS
    ]  # fmt: skip
    problems += [
        Problem("CB343", f"the column `{one}` stands twice", "take one out", place=place)
        for one in COLUMNS if header.count(one) > 1
    ]  # fmt: skip
    problems += [
        Problem("CB343", f"the KPI file has no column `{one}`", f"its first line is `{','.join(COLUMNS)}`", place=place)
        for one in NEEDED if one not in header
    ]  # fmt: skip
    if problems:
        raise Invalid(problems)


def _entry(contract: Contract, row: Mapping[str, str], header: Sequence[str], line: Place) -> Entry:
    kpis = contract.agreement.deal.kpis
    problems: list[Problem] = []

    def at(column: str) -> Place:
        return _place_of(line, header, column)

    name = row.get("kpi", "")
    kpi = kpis.get(name)
    elsewhere = _elsewhere(contract)
    if kpi is None:
        help_ = nearest(name, elsewhere) or "no KPI of the contract has `source: kpi_file`"
        problems.append(Problem("CB344", f"`{name}` is not a KPI of the contract", help_, place=at("kpi")))
    elif kpi.source != ELSEWHERE:
        help_ = "write `source: kpi_file` in the contract, or take the row out"
        message = f"the contract measures `{name}` from its activity"
        problems.append(Problem("CB344", message, help_, place=at("kpi")))
    numbers: dict[str, Fraction] = {}
    for column in COLUMNS[2:]:
        if not row.get(column):
            continue
        try:
            numbers[column] = Fraction(number(row[column].removesuffix("%").strip()))
        except PydanticCustomError as error:
            context = error.context or {}
            problems.append(Problem("CB344", str(context["message"]), str(context["help"]), place=at(column)))
    days = _days(contract, row.get("period", ""), kpi, at("period"), problems)
    if not problems:
        problems += _unfit(numbers, line)
    if problems or days is None:
        raise Invalid(problems)
    ends = (numbers.get("numerator"), numbers.get("denominator"))
    return Entry(name, *days, *ends, numbers.get("value"), line)


def _unfit(numbers: Mapping[str, Fraction], line: Place) -> Iterator[Problem]:
    """Cells that do not make a value together."""
    ratio, bare = {"numerator", "denominator"} & set(numbers), "value" in numbers
    if bare == bool(ratio) or len(ratio) == 1:
        message = "a row gives numerator and denominator, or a value"
        yield Problem("CB344", message, "write `numerator,denominator,` or `,,value`", place=line)
    if numbers.get("denominator", Fraction(1)) < 0:
        yield Problem("CB344", "the denominator is below zero", "write how many there were", place=line)


def _days(
    contract: Contract, written: str, kpi: Kpi | None, place: Place, problems: list[Problem]
) -> tuple[date, date] | None:
    """The days that a row is about."""
    rule = contract.settings.period
    try:
        on = day(written)
    except PydanticCustomError:
        on = None
    if on is not None:
        period = period_of(rule, on)
        if period.name == written and kpi is not None and kpi.measured != "day":
            return period.first, period.end
        return on, on + timedelta(days=1)
    for one in (rule, "month", "quarter"):
        try:
            period = period_named(one, written)
        except Invalid:
            continue
        return period.first, period.end
    with suppress(PydanticCustomError, ValueError):
        begins, ends = map(day, written.split("/"))
        if begins <= ends:
            return begins, ends + timedelta(days=1)
    other = re.fullmatch(r"([0-9]{4})(?:-W([0-9]{2}))?", written)
    if other and int(other[1]) in YEARS:
        with suppress(ValueError):
            if other[2] is None:
                return date(int(other[1]), 1, 1), date(int(other[1]) + 1, 1, 1)
            monday = date.fromisocalendar(int(other[1]), int(other[2]), 1)
            return monday, monday + timedelta(days=7)
    help_ = "write a month `2026-10`, a quarter `2026-Q4`, a week `2026-W40` or a day `2026-10-31`"
    help_ += ", or the days of a phase `2026-10-16/2026-10-31`" if contract.agreement.phases else ""
    problems.append(Problem("CB344", f"`{written}` is not a period", help_, place=place))
    return None


def _place_of(line: Place, header: Sequence[str], column: str) -> Place:
    """The place of a cell in its line."""
    at = header.index(column) if column in header else 0
    cells = line.source.split(",")
    if at >= len(cells) or '"' in line.source:
        return line
    return Place(line.file, line.line, sum(len(one) + 1 for one in cells[:at]) + 1, line.source, max(len(cells[at]), 1))


def _twice(found: Sequence[Entry]) -> Iterator[Problem]:
    """A KPI that is given twice for the same days, or for days of a longer window that is given too."""
    ordered = sorted(enumerate(found), key=lambda item: (item[1].kpi, item[1].first, -item[1].end.toordinal(), item[0]))
    last: Entry | None = None
    for _, one in ordered:
        if last is not None and last.kpi == one.kpi and one.first < last.end:
            message = f"`{one.kpi}` is given twice for these days"
            help_ = f"it stands in {last.place.file}:{last.place.line} too: take one out"
            yield Problem("CB344", message, help_, place=one.place)
        if last is None or last.kpi != one.kpi or one.end > last.end:
            last = one

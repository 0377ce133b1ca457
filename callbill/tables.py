"""Exports that are no plain table become one, line by line, so that every place still names the line a person sees."""

import io
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from callbill.cells import Cell
from callbill.files import CHUNK, Export, Workshop
from callbill.money import MICRO, rounded, text, trimmed
from callbill.problems import Invalid, Place, Problem, nearest
from callbill.staging import Dialect
from callbill.times import EXCEL_EPOCH, InstantCell

TAIL = 1 << 16
"""Bytes at the end of a file among which its trailer is looked for."""


def _written(rows: Iterable[list[str]], workshop: Workshop, name: str) -> Export:
    """Rows as a plain table, one a line whatever their cells hold."""
    target = workshop.new()
    with target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        for row in rows:
            file.write(",".join(_cell(one) for one in row) + "\n")
    return Export(name, target, "text")


def _cell(value: str) -> str:
    value = re.sub(r"[\r\n]+", " ", value)
    return f'"{value.replace(chr(34), chr(34) * 2)}"' if '"' in value or "," in value else value


# --------------------------------------------------------------------------------------------------- lines of text


def plain_lines(export: Export, dialect: Dialect, workshop: Workshop) -> Export:
    """The export without its trailer, its wrapping and its stray quotes, as far as the source declares them."""
    if dialect.trailer:
        export = _without_trailer(export, dialect.trailer, workshop)
    if dialect.wrapped:
        export = _rewritten(export, workshop, lambda line: _unwrapped(line, dialect))
    if dialect.lenient_quotes and dialect.quote:
        export = _rewritten(export, workshop, lambda line: _mended(line, dialect))
    return export


def _rewritten(export: Export, workshop: Workshop, change: Any) -> Export:
    """A copy in which every line is changed by itself; line ends stay."""
    target = workshop.new()
    with export.open() as binary, target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        for line in io.TextIOWrapper(binary, "utf-8-sig", errors="surrogateescape", newline=""):
            body = line.rstrip("\r\n")
            file.write(change(body) + line[len(body) :])
    return Export(export.name, target, "text")


def _unwrapped(line: str, dialect: Dialect) -> str:
    """The row that a line holds as one quoted cell; a line that is none stays."""
    quote = dialect.quote
    body = line.strip().removesuffix(dialect.delimiter)
    inner = body[1:-1]
    if len(body) < 2 or body[0] != quote or body[-1] != quote or inner.replace(quote * 2, "").count(quote):
        return line
    return inner.replace(quote * 2, quote)


def _mended(line: str, dialect: Dialect) -> str:
    """A line in which the quotes inside quoted cells are doubled: a quote ends its cell before a delimiter only."""
    quote, delimiter = dialect.quote, dialect.delimiter
    if quote not in line:
        return line
    cells, at = [], 0
    while at <= len(line):
        end = -1
        if line.startswith(quote, at):
            end = _closing(line, at + 1, quote, delimiter)
        if end >= 0:
            inner = line[at + 1 : end].replace(quote * 2, quote)
            at = end + 1
        else:
            stop = line.find(delimiter, at)
            stop = len(line) if stop < 0 else stop
            inner, at = line[at:stop], stop
        cells.append(quote + inner.replace(quote, quote * 2) + quote if quote in inner or delimiter in inner else inner)
        at += 1
    return delimiter.join(cells)


def _closing(line: str, at: int, quote: str, delimiter: str) -> int:
    """Where a quoted cell's last quote is: the first one that a delimiter or the end of the line follows."""
    while (at := line.find(quote, at)) >= 0:
        after = line[at + 1 : at + 2]
        if after in ("", delimiter):
            return at
        at += 2 if after == quote else 1
    return -1


def _without_trailer(export: Export, beginnings: tuple[str, ...], workshop: Workshop) -> Export:
    """The export without the lines after its last record."""
    if export.form == "gzip":
        export = _unpacked(export, workshop)
    kept = _kept_bytes(export.path, tuple(one.encode() for one in beginnings))
    if kept == export.path.stat().st_size:
        return export
    target = workshop.new()
    with export.open() as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, CHUNK)
        file.truncate(kept)
    return Export(export.name, target, "text")


def _unpacked(export: Export, workshop: Workshop) -> Export:
    target = workshop.new()
    with export.open() as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, CHUNK)
    return Export(export.name, target, "text")


def _kept_bytes(path: Path, beginnings: tuple[bytes, ...]) -> int:
    """Where the trailer begins: lines are taken off the end while they are blank or begin as declared."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - TAIL))
        lines = file.read().splitlines(keepends=True)
    kept, found = size, size
    for line in reversed(lines):
        kept -= len(line)
        if line.strip().lstrip(b'"').startswith(beginnings):
            found = kept
        elif line.strip():
            break
    return found


# ------------------------------------------------------------------------------------------------------ JSON lines


def json_table(export: Export, wanted: tuple[str, ...], optional: set[str], workshop: Workshop) -> Export:
    """A table with a column for every wanted path, from one JSON object a line; a line that is none has one cell.

    Raises `Invalid` (CB301) for a path that no object has.
    """
    seen: set[str] = set()
    table = _written(_json_rows(export, wanted, seen), workshop, export.name)
    missing = [name for name in wanted if name not in seen and name not in optional]
    if missing and table.path.stat().st_size:
        remedy = nearest(missing[0], sorted(seen))
        raise Invalid([Problem("CB301", f"no object of the file has `{missing[0]}`", remedy, place=Place(export.name))])
    return table


def _json_rows(export: Export, wanted: tuple[str, ...], seen: set[str]) -> Iterator[list[str]]:
    with export.open() as binary:
        for line in io.TextIOWrapper(binary, "utf-8-sig", errors="surrogateescape", newline="\n"):
            if not line.strip():
                yield []
                continue
            try:
                found = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
            except ValueError:
                found = None
            if not isinstance(found, dict):
                yield [line.strip() or " "]
                continue
            cells = []
            for name in wanted:
                value, there = _at_path(found, name)
                if there:
                    seen.add(name)
                cells.append(value)
            yield cells


def _at_path(value: Any, path: str) -> tuple[str, bool]:
    """The text at a path such as `Queue.Name`, and whether the path is there."""
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            return "", False
        value = value[part]
    if value is None or value == "":
        return "", True
    if isinstance(value, bool):
        return str(value).lower(), True
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)), True


# ---------------------------------------------------------------------------------------------------- spreadsheets


def sheet_rows(export: Export, sheet: str | None) -> list[list[Any]]:
    """The values of a sheet, row by row; formulas by the value that was saved with them.

    Raises `Invalid` (CB321, CB328) for a file that is no workbook, and for a sheet that is not told or not there.
    """
    import pandas as pd

    try:
        book = pd.ExcelFile(export.path, engine="openpyxl")
    except (OSError, ValueError, TypeError, LookupError, SyntaxError, BadZipFile) as error:
        # what openpyxl lets through from its zip, XML and schema parts; anything else is a bug
        message = f"the spreadsheet cannot be read: {type(error).__name__}"
        remedy = "save it again, or save it as CSV"
        raise Invalid([Problem("CB321", message, remedy, place=Place(export.name))]) from None
    with book:
        names = [str(name) for name in book.sheet_names]
        if sheet is None and len(names) > 1:
            listed = ", ".join(f"`{name}`" for name in names[:12])
            raise _sheet(export, f"the spreadsheet has {len(names)} sheets", f"write `sheet:` and one of {listed}")
        if sheet is not None and sheet not in names:
            raise _sheet(export, f"the spreadsheet has no sheet `{sheet}`", nearest(sheet, names))
        frame = pd.read_excel(book, sheet_name=sheet or names[0], header=None, dtype=object, na_filter=False)
    return [list(row) for row in frame.itertuples(index=False)]


def _sheet(export: Export, message: str, remedy: str) -> Invalid:
    return Invalid([Problem("CB328", message, remedy, place=Place(export.name))])


def sheet_header(rows: list[list[Any]], skip: int) -> tuple[int, list[str]]:
    """The number of the header's row (from 1) and its cells; 0 when the sheet is empty."""
    for number, row in enumerate(rows[skip:], start=skip + 1):
        if any(value != "" for value in row):
            return number, [str(value).strip() for value in row]
    return 0, []


def sheet_table(
    export: Export, rows: list[list[Any]], first: int, owners: dict[int, tuple[Cell, int]], workshop: Workshop
) -> Export:
    """A sheet as a plain table: each value in the form that its column declares.

    `first` is the row (from 1) from which values are records; `owners` tells by position (from 0) the cell that reads a
    column, and which of its columns it is.
    """

    def texts(number: int, row: list[Any]) -> list[str]:
        if all(value == "" for value in row):
            return []
        if number < first:
            return [str(value) for value in row]
        return [_as_text(value, *owners.get(at, (None, 0))) for at, value in enumerate(row)]

    return _written((texts(number, row) for number, row in enumerate(rows, start=1)), workshop, export.name)


def _as_text(value: Any, cell: Cell | None, part: int) -> str:
    """One value of a sheet as the text that an export would hold."""
    mark = str(getattr(cell, "mark", "."))
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime | date):
        return _moment(value, cell, part)
    if isinstance(value, time):
        whole = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
        return _moment(whole, cell, part) if isinstance(cell, InstantCell) else _lasting(whole, cell, mark)
    if isinstance(value, timedelta):
        return _lasting(value, cell, mark)
    if isinstance(value, int) and _is_serial(cell, part):
        return _moment(value, cell, part)
    if isinstance(value, float):
        if isinstance(cell, InstantCell) and cell.form != "excel":
            return _moment(value, cell, part)
        return _digits(value).replace(".", mark)
    return str(value)


def _is_serial(cell: Cell | None, part: int) -> bool:
    """Whether a whole number must be days, such as midnight's 0: what the column declares is no mere row of digits."""
    if not isinstance(cell, InstantCell) or cell.form in ("excel", "epoch_s", "epoch_ms"):
        return False
    return cell.form == "iso" or bool(re.sub("%.", "", _piece(cell, part)))


def _piece(cell: InstantCell, part: int) -> str:
    """What one of a moment's columns declares: of several columns each has its own piece of the form."""
    pieces = cell.form.split(" ")
    return pieces[part] if len(cell.columns) > 1 and part < len(pieces) else cell.form


def _digits(value: float) -> str:
    """The shortest decimal digits that give the number that the sheet holds, at most twelve of them decimals."""
    return _decimals(Fraction(Decimal(repr(value))))


def _decimals(value: Fraction) -> str:
    return text(trimmed(rounded(value, 12)))


def _lasting(value: timedelta, cell: Cell | None, mark: str) -> str:
    """A time of a sheet in the unit of its column; a clock where the column is a clock or is not read."""
    micro = value // timedelta(microseconds=1)
    unit = getattr(cell, "unit", "h:mm:ss")
    if unit == "day":
        return _decimals(Fraction(micro, 86_400 * MICRO)).replace(".", mark)
    seconds, rest = divmod(micro, MICRO)
    clock = {
        "h:mm": f"{seconds // 3600}:{seconds // 60 % 60:02d}",
        "mm:ss": f"{seconds // 60}:{seconds % 60:02d}",
    }.get(unit, f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}")
    return f"{clock}{mark}{rest:06d}" if rest else clock


def _moment(value: Any, cell: Cell | None, part: int) -> str:
    """A date, a time or both in the form that its column declares; of several columns each has its own part."""
    form = cell.form if isinstance(cell, InstantCell) else "iso"
    step = (cell.snap if isinstance(cell, InstantCell) else None) or MICRO
    if isinstance(value, int | float):
        micro = round(Fraction(value) * 86_400 * MICRO)
        micro = (2 * micro + step) // (2 * step) * step
        day = datetime(1970, 1, 1) - timedelta(days=EXCEL_EPOCH)  # noqa: DTZ001 - a wall clock
        value = day + timedelta(microseconds=micro)
    elif isinstance(value, timedelta):
        value = datetime(1970, 1, 1) + value  # noqa: DTZ001 - a wall clock
    elif not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a wall clock
    if form == "iso":
        return str(value.isoformat())
    if form == "excel":
        whole = value - (datetime(1970, 1, 1) - timedelta(days=EXCEL_EPOCH))  # noqa: DTZ001 - a wall clock
        return _decimals(Fraction(whole // timedelta(microseconds=1), 86_400 * MICRO))
    return str(value.strftime(_piece(cell, part) if isinstance(cell, InstantCell) else form))


def formula_without_value(path: Path) -> str | None:
    """The first cell that holds a formula whose value was not saved, such as `C4`; None when there is none."""
    from openpyxl import load_workbook

    formulas, values = load_workbook(path, read_only=True), load_workbook(path, read_only=True, data_only=True)
    try:
        for sheet in formulas.worksheets:
            pairs = zip(sheet.iter_rows(), values[sheet.title].iter_rows(), strict=False)
            for row, saved in pairs:
                for cell, value in zip(row, saved, strict=False):
                    if isinstance(cell.value, str) and cell.value.startswith("=") and value.value is None:
                        return str(cell.coordinate)
    finally:
        formulas.close()
        values.close()
    return None

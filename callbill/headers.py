"""The columns of an export: which layout its header shows, where each column stands, what is missing."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from callbill.cells import Cell
from callbill.problems import Invalid, Place, Problem, nearest
from callbill.stage import Loaded, Source, extra_keys
from callbill.staging import Dialect, Layout


def told_apart(header: tuple[str, ...]) -> tuple[str, ...]:
    """The header, in which a name that stands several times is numbered: `phone (1)`, `phone (2)`."""
    many = {name for name, times in Counter(header).items() if times > 1 and name}
    seen: Counter[str] = Counter()
    names = []
    for name in header:
        seen[name] += 1
        names.append(f"{name} ({seen[name]})" if name in many else name)
    return tuple(names)


def fitting(source: Source, header: tuple[str, ...], place: Place) -> Layout:
    """The layout that a file's header shows. Raises `Invalid` (CB301, CB302) when columns are missing.

    Without a header, `header` is the first row. Of a report's generations the first one fits whose columns are there.
    """
    known = source.layout.generations or (source.layout,)
    if not source.layout.dialect.header:
        known = tuple(one for one in known if not one.widths or len(header) in one.widths) or known
        if not header:
            return known[0]
        _check_positions(known[0], header, place)
        wide = max(len(header), *known[0].widths) if source.layout.dialect.short_rows else len(header)
        return _all_there(known[0], [str(n) for n in range(1, wide + 1)])
    missing = {
        one.name: [wanted for wanted in (*one.columns, *extra_keys(one)) if wanted not in header] for one in known
    }
    fits = next((one for one in known if not missing[one.name]), None)
    if fits is not None:
        return _all_there(fits, header)
    nearest_one = min(known, key=lambda one: len(missing[one.name]))
    if len(header) == 1 and header[0] not in nearest_one.columns:
        raise Invalid([_one_cell(header[0], source.layout.dialect, place)])
    which = f" ({nearest_one.name})" if nearest_one.name else ""
    raise Invalid(_missing(source.name + which, wanted, header, place) for wanted in missing[nearest_one.name])


def _all_there(layout: Layout, columns: Collection[str]) -> Layout:
    """The layout for this file: an optional column that is there is read like any other, one that is not has no value.

    What an empty cell counts as says nothing about a column that the export does not have.
    """
    if not any(cell.optional for cell in layout.cells):
        return layout
    return replace(layout, cells=tuple(_as_there(cell, columns) for cell in layout.cells))


def _as_there(cell: Cell, columns: Collection[str]) -> Cell:
    if not cell.optional:
        return cell
    if all(name in columns for name in cell.wanted):
        return replace(cell, optional=False)
    return cell if any(name in columns for name in cell.wanted) else replace(cell, empty=None)


def _missing(source: str, wanted: str, header: tuple[str, ...], place: Place) -> Problem:
    """The problem of a column that a header does not have, or has several times."""
    if (numbered := f"{wanted} (1)") in header:
        times = sum(one.startswith(f"{wanted} (") for one in header)
        remedy = f"say which one: `{numbered}` is the first, `{wanted} ({times})` the last"
        return Problem("CB302", f"the column `{wanted}` is there {times} times", remedy, place=place)
    remedy = nearest(wanted, [one for one in header if one])
    return Problem(
        "CB301", f"source `{source}` needs the column `{wanted}`, the file does not have it", remedy, place=place
    )


def _check_positions(layout: Layout, first: tuple[str, ...], place: Place) -> None:
    """Raises `Invalid` (CB301, CB308) when the first row is too short or of another export."""
    if layout.widths and len(first) not in layout.widths:
        wanted = " or ".join(str(one) for one in layout.widths)
        message = f"the first row has {_cells(len(first))}, rows of `{layout.name}` have {wanted}"
        remedy = "correct the delimiter, or declare the columns by position"
        raise Invalid([Problem("CB308", message, remedy, place=place)])
    last = max(*layout.widths, len(first)) if layout.dialect.short_rows else len(first)
    beyond = [name for name in layout.columns if int(name) > last]
    if beyond:
        raise Invalid(
            Problem(
                "CB301",
                f"there is no column {name}: the first row has {_cells(len(first))}",
                "correct the position",
                place=place,
            )
            for name in beyond
        )


def _cells(number: int) -> str:
    return f"{number} cell{'' if number == 1 else 's'}"


def positions(source: Source, loaded: Loaded, wide: int) -> dict[str, int]:
    """Where each column that a file has and its layout reads stands (from 1)."""
    layout = loaded.layout
    wanted = dict.fromkeys([*(name for cell in layout.cells for name in cell.wanted), *extra_keys(source.layout)])
    if not loaded.header:
        return {name: int(name) for name in wanted if int(name) <= wide}
    return {name: loaded.header.index(name) + 1 for name in wanted if name in loaded.header}


def _one_cell(header: str, dialect: Dialect, place: Place) -> Problem:
    """A header that the declared delimiter does not cut."""
    delimiter = dialect.delimiter
    if delimiter in header and not dialect.wrapped:
        message = "the header is one single cell that holds a whole row"
        return Problem("CB301", message, "declare `wrapped: true`: each line is one quoted cell", place=place)
    seen = [one for one in ",;\t|" if one in header]
    shown = [one.replace("\t", "\\t") for one in (delimiter, *seen)]
    message = f"the header is one single cell: the source declares `{shown[0]}` between cells"
    remedy = (
        f'the file seems to use `{shown[1]}`: declare `delimiter: "{shown[1]}"`' if seen else "declare its delimiter"
    )
    return Problem("CB301", message, remedy, place=place)

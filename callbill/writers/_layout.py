"""Columns of text on a terminal: how wide they are, how a label wraps, how a drawing becomes plain text.

Only spaces separate words here: the no-break spaces inside `1 234,50 €` hold, which rich's own wrapping breaks.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from callbill.frozen import frozen

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

GAP = 2
"""Blanks between two columns."""


def span(text: str) -> int:
    """Cells that the text takes on a terminal; a Chinese character takes two."""
    from rich.cells import cell_len

    return cell_len(text)


def widest(texts: Iterable[str]) -> int:
    return max((span(text) for text in texts), default=0)


@frozen
class Column:
    """A column of a stated width; `right` for numbers."""

    name: str = ""
    width: int = 0
    right: bool = False


def fitted(name: str, cells: Iterable[str], *, right: bool = False, most: int = 0) -> Column:
    """As wide as its widest cell; its name wraps. A column of words may be narrowed to `most`, numbers never."""
    cells = list(cells)
    needed = min(widest(cells), most) if most else widest(cells)
    return Column(name, max(needed, widest(name.split(" "))), right)


def taken(columns: Iterable[Column]) -> int:
    """Cells that the columns take with the gap that sets each apart from its neighbour."""
    return sum(column.width + GAP for column in columns)


def wrapped(text: str, width: int) -> list[str]:
    """The text on lines of at most `width` cells; only a word longer than a line is cut."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        whole = f"{line} {word}" if line else word
        if span(whole) <= width:
            line = whole
            continue
        lines.extend([line] if line else [])
        *full, line = _pieces(word, width)
        lines.extend(full)
    return [*lines, line]


def _pieces(word: str, width: int) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and span(pieces[-1] + letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def cell(text: str, width: int, style: str = "", indent: str = "") -> "Text":
    """The text wrapped; never read as rich markup."""
    from rich.text import Text

    lines = wrapped(text, width - len(indent)) if text else []
    return Text("\n".join(indent + line for line in lines), style=style)


def placed(text: str, column: Column, style: str = "") -> "Text":
    """A number at the right of its column; blanks behind it count, where rich's own alignment drops them."""
    from rich.text import Text

    return Text(" " * (column.width - span(text)) + text, style=style)


def put(text: str, column: Column, style: str = "") -> "Text":
    """A cell on the side of its column."""
    return placed(text, column, style) if column.right else cell(text, column.width, style)


def grid(columns: Sequence[Column], *, head: bool = False) -> "Table":
    """A table that decides no width itself. Its headings stand on the rule under them."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=SIMPLE_HEAD if head else None, show_edge=False, pad_edge=False, padding=(0, 1 if head else GAP, 0, 0),
        show_header=head, header_style="", border_style="dim",
    )  # fmt: skip
    names = [[line for part in column.name.split("\n") for line in wrapped(part, column.width)] for column in columns]
    height = max(map(len, names))
    for column, name in zip(columns, names, strict=True):
        heading = Text("\n").join(put(line, column, "bold") for line in [""] * (height - len(name)) + name)
        table.add_column(heading, width=column.width, no_wrap=True, overflow="crop")
    return table


def drawn(parts: "Iterable[RenderableType]", width: int, *, color: bool) -> str:
    """What rich draws as text: no trailing blanks, and with ANSI taken out the same with colour as without.

    Everything rich would ask the environment for is given, so that no terminal, locale or variable changes a byte.
    """
    from io import StringIO

    from rich.color import ColorSystem
    from rich.console import Console, Group
    from rich.segment import Segment

    console = Console(
        file=StringIO(), width=width, height=100, force_terminal=color, color_system=None, no_color=not color,
        force_jupyter=False, force_interactive=False, legacy_windows=False, markup=False, highlight=False, emoji=False,
    )  # fmt: skip
    lines = []
    for segments in console.render_lines(Group(*parts), pad=False):
        kept: list[Segment] = []
        for segment in reversed(segments):
            text = segment.text if kept else segment.text.rstrip(" ")
            if text:
                kept.append(Segment(text, segment.style))
        system = ColorSystem.STANDARD if color else None
        lines.append(
            "".join(
                s.style.render(s.text, color_system=system) if s.style and s.text.strip() else s.text
                for s in reversed(kept)
            )
        )
    return "\n".join(lines) + "\n"

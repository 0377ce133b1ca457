"""Files in and out: `-` is a standard stream, compression is undone, a file appears whole or not at all."""

import codecs
import contextlib
import gzip
import io
import lzma
import os
import shutil
import stat
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal, Self

from callbill.frozen import frozen
from callbill.problems import Invalid, Place, Problem

CHUNK = 1 << 20
EXCERPT = 200
"""Most bytes that a place shows of a line behind the spot itself."""
OLD_WORKBOOK, WORKBOOK, OTHER_WORKBOOKS = b"\xd0\xcf\x11\xe0", "xl/workbook.xml", ("xl/workbook.bin", "content.xml")
"""How spreadsheets begin, or what their archives hold: an old one, one that is read, others."""
Form = Literal["text", "gzip", "parquet", "workbook"]


class Unreachable(Exception):  # noqa: N818 - a state of the disk, exit code 3
    """A file cannot be read or written; carries the problem to print."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


@frozen
class Export:
    """One activity file: the name the user gave it, where its bytes are, and how they are packed."""

    name: str
    path: Path
    form: Form

    def open(self) -> BinaryIO:
        """The bytes, unpacked."""
        if self.form == "gzip":
            return gzip.open(self.path, "rb")  # type: ignore[return-value]  # a GzipFile reads like one
        return self.path.open("rb")


def _unreachable(code: str, name: str, message: str, remedy: str) -> Unreachable:
    return Unreachable(Problem(code, message, remedy, place=Place(name)))


def _unread(name: str, error: OSError) -> Unreachable:
    """Why a file cannot be read, and what to do about it."""
    if isinstance(error, FileNotFoundError):
        return _unreachable("CB401", name, "there is no such file", _nearest_file(name))
    if isinstance(error, IsADirectoryError):
        return _unreachable("CB402", name, "this is a folder, not a file", "name the files in it")
    why = f": {error.strerror}" if error.strerror else ""
    return _unreachable("CB402", name, f"the file cannot be read{why}", "check its name and its permissions")


def unwritten(name: str, error: OSError) -> Unreachable:
    """Why a file cannot be written, and what to do about it."""
    if isinstance(error, IsADirectoryError):
        return _unreachable("CB403", name, "this is a folder, not a file", "name a file in it")
    if isinstance(error, FileNotFoundError):
        message = f"there is no folder `{Path(name).parent}` to write in"
        return _unreachable("CB403", name, message, "make the folder first, or name another")
    why = f": {error.strerror}" if error.strerror else ""
    remedy = "check the folder, its permissions and the disk"
    return _unreachable("CB403", name, f"the file cannot be written{why}", remedy)


def _nearest_file(name: str) -> str:
    """A remedy that names a file beside the one that is not there."""
    folder = Path(name).parent
    if not folder.is_dir():
        return f"there is no folder `{folder}` either: check the name"
    beside = sorted(one.name for one in islice(folder.iterdir(), 1000))
    close = get_close_matches(Path(name).name, beside, n=1)
    return f"did you mean `{folder / close[0]}`?" if close else "check the name and the folder"


def read_bytes(name: str) -> bytes:
    """A whole small file, or standard input for `-`."""
    try:
        return _standard_input().read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise _unread(name, error) from None


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise _unreachable("CB402", "-", "standard input is closed", "name a file, or send one with `<`")
    return sys.stdin.buffer


class Workshop:
    """A temporary folder for what must be unpacked or decoded before it can be counted; close it, or use `with`."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._made = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def new(self) -> Path:
        """The path of a new temporary file."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="callbill-"))
        self._made += 1
        return self._folder / f"{self._made}.csv"

    def export(self, name: str) -> Export:
        """An activity file, its packing told by its first bytes: gzip, zip with one file, Parquet, else text."""
        try:
            path = self._arrived(name)
            with path.open("rb") as file:
                head = file.read(4)
        except OSError as error:
            raise _unread(name, error) from None
        if head[:2] == b"\x1f\x8b":
            return self._checked_gzip(Export(name, path, "gzip"))
        if head == OLD_WORKBOOK:
            raise _workbook(name)
        if head == b"PK\x03\x04":
            return self._unzipped(name, path)
        return self._whole_parquet(Export(name, path, "parquet")) if head == b"PAR1" else Export(name, path, "text")

    def _arrived(self, name: str) -> Path:
        """A file that can be read more than once: what comes through a pipe is kept."""
        if name != "-" and not _flows(Path(name)):
            return Path(name)
        path = self.new()
        with contextlib.ExitStack() as opened, path.open("wb") as file:
            source = _standard_input() if name == "-" else opened.enter_context(Path(name).open("rb"))
            shutil.copyfileobj(source, file, CHUNK)
        return path

    def _checked_gzip(self, export: Export) -> Export:
        """The same export once its check sum has been verified: a cut file is not billed."""
        try:
            with export.open() as file:
                while file.read(CHUNK):
                    pass
        except (OSError, EOFError, zlib.error):
            raise _damaged(export.name, "the gzip file is damaged or cut short") from None
        return export

    def _unzipped(self, name: str, path: Path) -> Export:
        try:
            with zipfile.ZipFile(path) as archive:
                members = [one for one in archive.infolist() if not one.is_dir()]
                if any(one.filename == WORKBOOK for one in members):
                    return Export(name, path, "workbook")
                if any(one.filename in OTHER_WORKBOOKS for one in members):
                    raise _workbook(name)
                if len(members) != 1:
                    listed = ", ".join(f"`{one.filename}`" for one in members[:5]) or "no file at all"
                    raise _damaged(name, f"the zip file does not hold one file but {listed}", "unpack it and name one")
                target = self.new()
                with archive.open(members[0]) as source, target.open("wb") as file:
                    shutil.copyfileobj(source, file, CHUNK)
        except (zipfile.BadZipFile, RuntimeError, EOFError, OSError, zlib.error, lzma.LZMAError):
            raise _damaged(name, "the zip file is damaged or locked by a password") from None
        with target.open("rb") as file:
            parquet = file.read(4) == b"PAR1"
        return self._whole_parquet(Export(name, target, "parquet")) if parquet else Export(name, target, "text")

    def _whole_parquet(self, export: Export) -> Export:
        """The same export once its last bytes have been seen: a cut file has none."""
        with export.open() as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 4))
            if size < 12 or file.read(4) != b"PAR1":
                raise _damaged(export.name, "the Parquet file is damaged or cut short")
        return export


def _flows(path: Path) -> bool:
    """Whether a name stands for a pipe or a device, which gives its bytes only once."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _workbook(name: str) -> Invalid:
    message = "this is a spreadsheet of a kind that is not read"
    return _damaged(name, message, "save it as `.xlsx`, or as CSV and declare how that is written")


def _damaged(name: str, message: str, remedy: str = "export or send it again") -> Invalid:
    return Invalid([Problem("CB321", message, remedy, place=Place(name))])


def decoded(export: Export, encoding: str, workshop: Workshop) -> Export:
    """The export as UTF-8 text: itself when it is so already, a temporary copy otherwise.

    Raises `Invalid` (CB310) at the first byte that is not of the declared encoding.
    """
    if encoding == "utf-8":
        return export
    target = workshop.new()
    with export.open() as source, target.open("w", encoding="utf-8", newline="") as file:
        for chunk in _characters(source, encoding, export.name):
            file.write(chunk)
    return Export(export.name, target, "text")


def _characters(source: BinaryIO, encoding: str, name: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    while True:
        data = source.read(CHUNK)
        if line == 1 and data.startswith(codecs.BOM_UTF8):
            message = f"the file begins with the mark of UTF-8, the source declares `{encoding}`"
            raise Invalid([Problem("CB310", message, "declare `encoding: utf-8`", place=Place(name, 1))])
        try:
            text = decoder.decode(data, not data)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            begin = error.object.rfind(b"\n", 0, error.start) + 1
            raise Invalid([foreign_byte(name, line, error.object[begin:].split(b"\n")[0], encoding)]) from None
        except UnicodeError:  # UTF-16 that does not begin with its mark
            remedy = f"declare `encoding: {encoding}-le` or `{encoding}-be`, or another one"
            message = f"the file does not begin with the mark of {encoding}"
            raise Invalid([Problem("CB310", message, remedy, place=Place(name, 1))]) from None
        line += text.count("\n")
        yield text.removeprefix("\ufeff") if line == 1 else text
        if not data:
            return


def foreign_byte(name: str, line: int, raw: bytes, encoding: str = "utf-8") -> Problem:
    """The problem of a line that holds a byte which is not of the declared encoding, at that byte."""
    remedy = "declare the `encoding` that the export was written in"
    try:
        raw.decode(encoding)
        at = -1
    except UnicodeDecodeError as error:
        at = error.start
    if at < 0 or encoding.startswith("utf-16"):
        return Problem("CB310", f"this is not {encoding}", remedy, place=Place(name, line))
    message = f"the byte `0x{raw[at]:02X}` is not {encoding}"
    if encoding == "utf-8" and (meant := raw[at : at + 1].decode("cp1252", "ignore")):
        message += f" (in Windows-1252 it is `{meant}`)"
        remedy += ", such as `encoding: cp1252`"
    shown = raw[: at + EXCERPT].decode(encoding, "replace").rstrip("\r\n")
    return Problem("CB310", message, remedy, place=Place(name, line, len(raw[:at].decode(encoding)) + 1, shown))


def same_line_ends(export: Export, workshop: Workshop) -> Export:
    """A copy whose lines all end alike; every line keeps its number."""
    target = workshop.new()
    with export.open() as source, target.open("wb") as file:
        held = b""
        while data := source.read(CHUNK):
            data, held = (held + data[:-1], b"\r") if data.endswith(b"\r") else (held + data, b"")
            file.write(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        file.write(held.replace(b"\r", b"\n"))
    return Export(export.name, target, "text")


def ends_in_returns(export: Export) -> bool:
    """Whether lines end in a lone carriage return, as old spreadsheets write them."""
    with export.open() as source:
        head = source.read(CHUNK)
    return b"\r" in head and b"\n" not in head


def plain_head(export: Export, lines: int, quote: str, workshop: Workshop) -> Export:
    """The export with its first lines made plain where they hold quotes: the engine skips rows, not lines."""
    with export.open() as source:
        text = io.TextIOWrapper(source, "utf-8-sig", errors="surrogateescape", newline="")
        head = [text.readline() for _ in range(lines)]
        if not quote or not any(quote in line for line in head):
            return export
        target = workshop.new()
        with target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.writelines("-" + line[len(line.rstrip("\r\n")) :] for line in head)
            shutil.copyfileobj(text, file, CHUNK)
    return Export(export.name, target, "text")


@frozen
class Census:
    """What kinds of bytes a text holds: the line of its first NUL, and which blanks there are to take off its cells."""

    nul_line: int | None
    blanks: Literal["none", "plain", "others"]


def census(export: Export, delimiter: str) -> Census:
    """One look at all bytes, so that what is not there costs nothing later."""
    nul, plain, others, offset, held = -1, False, False, 0, b""
    rare, tab = (b"\xc2\xa0", b"\xe2\x80\xaf"), delimiter != "\t"
    with export.open() as source:
        while data := source.read(CHUNK):
            if nul < 0 and b"\0" in data:
                nul = offset + data.index(b"\0")
            plain = plain or b" " in data
            if not others and not (data.isascii() and held.isascii()):
                others = any(mark in data or mark in held + data[:2] for mark in rare)
            others = others or (tab and b"\t" in data)
            offset, held = offset + len(data), data[-2:]
    line = None if nul < 0 else _line_at(export, nul)
    return Census(line, "others" if others else "plain" if plain else "none")


def _line_at(export: Export, offset: int) -> int:
    """The line of a byte."""
    line = 1
    with export.open() as source:
        while offset > 0 and (data := source.read(min(CHUNK, offset))):
            line, offset = line + data.count(b"\n"), offset - len(data)
    return line


def write_whole(name: str, text: str) -> None:
    """Write a file completely or not at all; devices, pipes and links are written through."""
    path = Path(name)
    try:
        if path.exists() and (path.is_symlink() or not path.is_file()):
            path.write_bytes(text.encode())
            return
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
        handle, temporary = tempfile.mkstemp(prefix=".callbill-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(mode)
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise unwritten(name, error) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

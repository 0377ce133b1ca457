"""Files in and out: packing, encodings, line ends; a file appears whole or not at all."""

import errno
import gzip
import io
import os
import stat
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbill import files
from callbill.files import Export, Unreachable, Workshop, census, decoded, foreign_byte, read_bytes, same_line_ends
from callbill.problems import Invalid, Problem

CSV = "call,begun\nB-1,2026-10-05T09:12:00+02:00\n"
POSIX = pytest.mark.skipif(os.name != "posix", reason="pipes, links and modes of POSIX")


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    with Workshop() as shop:
        yield shop


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every boundary falls inside something."""
    monkeypatch.setattr(files, "CHUNK", 3)


def export(path: Path, data: bytes, workshop: Workshop) -> Export:
    path.write_bytes(data)
    return workshop.export(str(path))


def content(found: Export) -> bytes:
    with found.open() as file:
        return file.read()


def refusal(task: Any) -> Problem:
    """The one problem that a task ends with."""
    with pytest.raises((Invalid, Unreachable)) as caught:
        task()
    if isinstance(caught.value, Unreachable):
        return caught.value.problem
    (problem,) = caught.value.problems
    return problem


def zipped(*members: tuple[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return data.getvalue()


def _broken(data: bytes) -> bytes:
    """The same archive with a few wrong bytes inside."""
    return data[:40] + bytes(byte ^ 0xFF for byte in data[40:49]) + data[49:]


# ------------------------------------------------------------------------------------------------------ arriving


def test_a_text_is_read_where_it_is(tmp_path: Path, workshop: Workshop) -> None:
    found = export(tmp_path / "a.csv", CSV.encode(), workshop)
    assert (found.path, found.form, found.name) == (tmp_path / "a.csv", "text", str(tmp_path / "a.csv"))


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (gzip.compress(CSV.encode(), mtime=0), "gzip"),
        (zipped(("october.csv", CSV)), "text"),
        (zipped(("folder/", ""), ("folder/october.csv", CSV)), "text"),
    ],
)
def test_what_is_packed_is_unpacked_whatever_its_name(
    data: bytes, form: str, tmp_path: Path, workshop: Workshop
) -> None:
    found = export(tmp_path / "no-suffix", data, workshop)
    assert (found.form, content(found)) == (form, CSV.encode())


OTHER_SHEET = "this is a spreadsheet of a kind that is not read"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (gzip.compress(CSV.encode(), mtime=0)[:-5], "the gzip file is damaged or cut short"),
        (b"\x1f\x8b\x08" + b"\xff" * 40, "the gzip file is damaged or cut short"),
        (gzip.compress(CSV.encode(), mtime=0)[:12] + b"\x00" * 30, "the gzip file is damaged or cut short"),
        (zipped(("a.csv", CSV), ("b.csv", CSV)), "the zip file does not hold one file but `a.csv`, `b.csv`"),
        (zipped(("a/", "")), "the zip file does not hold one file but no file at all"),
        (zipped(("a.csv", CSV))[:-30], "the zip file is damaged or locked by a password"),
        (_broken(zipped(("a.csv", CSV * 9))), "the zip file is damaged or locked by a password"),
        (
            zipped(("[Content_Types].xml", ""), ("xl/workbook.bin", "")),
            "this is a spreadsheet of a kind that is not read",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, OTHER_SHEET),
        (b"PAR1" + b"\0" * 9, "the Parquet file is damaged or cut short"),
        (b"PAR1", "the Parquet file is damaged or cut short"),
        (zipped(("a.parquet", "PAR1 and no more")), "the Parquet file is damaged or cut short"),
    ],
)
def test_what_cannot_be_unpacked_says_so(data: bytes, said: str, tmp_path: Path, workshop: Workshop) -> None:
    problem = refusal(lambda: export(tmp_path / "a", data, workshop))
    assert (problem.code, problem.message) == ("CB321", said)
    assert problem.help


def test_a_locked_zip_says_so(tmp_path: Path, workshop: Workshop) -> None:
    data = bytearray(zipped(("a.csv", CSV)))
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the bit that says "encrypted", in both headers
        data[data.index(mark) + flag] |= 1
    assert "locked by a password" in refusal(lambda: export(tmp_path / "a", bytes(data), workshop)).message


def test_standard_input_is_kept_and_can_be_read_twice(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CSV.encode())))
    found = workshop.export("-")
    assert (found.name, content(found), content(found)) == ("-", CSV.encode(), CSV.encode())
    assert not sys.stdin.closed


def test_standard_input_may_be_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"callbill: 1")))
    assert read_bytes("-") == b"callbill: 1"


def test_a_closed_standard_input_says_so(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert refusal(lambda: workshop.export("-")).message == "standard input is closed"
    assert refusal(lambda: read_bytes("-")).code == "CB402"


@POSIX
def test_a_pipe_gives_all_of_its_bytes(tmp_path: Path, workshop: Workshop) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(gzip.compress(CSV.encode(), mtime=0),))
    writer.start()
    found = workshop.export(str(pipe))
    writer.join()
    assert (found.name, content(found)) == (str(pipe), CSV.encode())


def test_a_workshop_leaves_nothing_behind(tmp_path: Path) -> None:
    with Workshop() as shop:
        found = export(tmp_path / "a.zip", zipped(("a.csv", CSV)), shop)
        assert found.path.exists()
    assert not found.path.parent.exists()


@pytest.mark.parametrize("read", [read_bytes, lambda name: Workshop().export(name)])
def test_what_cannot_be_read_says_why(read: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "october.csv").write_text(CSV)
    missing = refusal(lambda: read(str(tmp_path / "octobre.csv")))
    assert (missing.code, missing.help) == ("CB401", f"did you mean `{tmp_path / 'october.csv'}`?")
    assert refusal(lambda: read(str(tmp_path / "zzz"))).help == "check the name and the folder"
    assert "there is no folder" in refusal(lambda: read(str(tmp_path / "no" / "a.csv"))).help
    assert refusal(lambda: read(str(tmp_path))).message == "this is a folder, not a file"

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    monkeypatch.setattr(Path, "read_bytes", denied)
    problem = refusal(lambda: read(str(tmp_path / "october.csv")))
    assert (problem.code, problem.message) == ("CB402", "the file cannot be read: Permission denied")


# ----------------------------------------------------------------------------------------------------- encodings

ENCODINGS = ["cp1252", "latin-1", "iso-8859-15", "utf-16", "utf-16-le", "utf-16-be", "mac-roman", "cp850"]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_becomes_utf8(encoding: str, tmp_path: Path, workshop: Workshop) -> None:
    text = "état;durée\r\nRéunion;é\n"
    found = decoded(export(tmp_path / "a.csv", text.encode(encoding), workshop), encoding, workshop)
    assert content(found) == text.encode()


def test_utf8_stays_where_it_is(tmp_path: Path, workshop: Workshop) -> None:
    found = export(tmp_path / "a.csv", b"\xff", workshop)
    assert decoded(found, "utf-8", workshop) is found


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_mark_of_utf8_is_seen(encoding: str, tmp_path: Path, workshop: Workshop) -> None:
    found = export(tmp_path / "a.csv", b"\xef\xbb\xbfcall\n", workshop)
    problem = refusal(lambda: decoded(found, encoding, workshop))
    assert (problem.code, problem.help) == ("CB310", "declare `encoding: utf-8`")


def test_a_foreign_byte_is_pointed_at(tmp_path: Path, workshop: Workshop) -> None:
    found = export(tmp_path / "a.csv", "é\r\nAB".encode("cp1252") + b"\x81C\r\nD", workshop)
    problem = refusal(lambda: decoded(found, "cp1252", workshop))
    place = problem.place
    assert place is not None
    assert (problem.message, place.line, place.column, place.source) == (
        "the byte `0x81` is not cp1252", 2, 3, "AB�C",
    )  # fmt: skip


def test_utf16_without_its_mark_says_so(tmp_path: Path, workshop: Workshop) -> None:
    found = export(tmp_path / "a.csv", CSV.encode(), workshop)
    assert "mark of utf-16" in refusal(lambda: decoded(found, "utf-16", workshop)).message
    assert "not utf-16-le" in refusal(lambda: decoded(found, "utf-16-le", workshop)).message


def test_a_foreign_byte_in_utf8_names_what_was_meant() -> None:
    problem = foreign_byte("a.csv", 7, "naïve, é".encode("cp1252"))
    assert problem.message == "the byte `0xEF` is not utf-8 (in Windows-1252 it is `ï`)"
    assert problem.place is not None
    assert (problem.place.line, problem.place.column, problem.place.source) == (7, 3, "na�ve, �")
    assert "Windows" not in foreign_byte("a.csv", 7, b"\x81").message
    assert foreign_byte("a.csv", 7, b"fine").message == "this is not utf-8"


# ------------------------------------------------------------------------------------------- line ends, NUL bytes


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("data", [b"a\r\nb\rc\nd", b"\r\r\n\n\r", b"ab\r", b"", b"\r\n\r\n"])
def test_line_ends_become_one_kind(data: bytes, tmp_path: Path, workshop: Workshop) -> None:
    found = same_line_ends(export(tmp_path / "a.csv", data, workshop), workshop)
    assert content(found) == data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


@given(st.text("a\r\n", max_size=12))
def test_any_mixture_of_line_ends(text: str) -> None:
    with Workshop() as shop, pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "CHUNK", 2)
        path = shop.new()
        path.write_bytes(text.encode())
        found = content(same_line_ends(Export("a", path, "text"), shop))
    assert found.decode().split("\n") == text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(
    ("data", "line"), [(b"a\nb\nc\0d", 3), (b"\0", 1), (b"abc\n\0", 2), (b"abc\n", None), (b"", None)]
)
def test_a_nul_byte_is_found(data: bytes, line: int | None, tmp_path: Path, workshop: Workshop) -> None:
    assert census(export(tmp_path / "a.csv", data, workshop), ",").nul_line == line


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(
    ("text", "delimiter", "blanks"),
    [
        ("a,b\n", ",", "none"), ("a, b\n", ",", "plain"), ("a,b\tc\n", ",", "others"), ("a\tb\n", "\t", "none"),
        ("a;1\u00a0200\n", ";", "others"), ("a;1\u202f200\n", ";", "others"), ("à;é\n", ";", "none"), ("", ",", "none"),
    ],
)  # fmt: skip
def test_which_blanks_a_file_has(text: str, delimiter: str, blanks: str, tmp_path: Path, workshop: Workshop) -> None:
    assert census(export(tmp_path / "a.csv", text.encode(), workshop), delimiter).blanks == blanks


# ------------------------------------------------------------------------------------------------------- writing


@POSIX
def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        files.write_whole(str(tmp_path / "a.json"), "é\n")
    finally:
        os.umask(before)
    assert (tmp_path / "a.json").read_bytes() == "é\n".encode()
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o640


@POSIX
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    target.write_text("old")
    target.chmod(0o604)
    files.write_whole(str(target), "new\r\n")
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (b"new\r\n", 0o604)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@POSIX
def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    files.write_whole(str(tmp_path / "link"), "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


@POSIX
def test_a_device_and_a_pipe_are_written_through(tmp_path: Path) -> None:
    files.write_whole(os.devnull, "gone")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    os.mkfifo(tmp_path / "pipe")
    seen: list[bytes] = []
    reader = threading.Thread(target=lambda: seen.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    files.write_whole(str(tmp_path / "pipe"), "through")
    reader.join()
    assert seen == [b"through"]


def test_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    problem = refusal(lambda: files.write_whole(str(tmp_path / "no" / "a.json"), "x"))
    assert (problem.code, problem.message) == ("CB403", f"there is no folder `{tmp_path / 'no'}` to write in")
    assert refusal(lambda: files.write_whole(str(tmp_path), "x")).message == "this is a folder, not a file"


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("old", [None, "old"])
def test_a_write_that_fails_leaves_what_was_there(
    old: str | None, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.json"
    if old is not None:
        target.write_text(old)

    def fail(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((Unreachable, KeyboardInterrupt)):
        files.write_whole(str(target), "new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ([] if old is None else [old])

"""How an invoice becomes text: one writer per file, the file's name is the word of `--format`."""

from abc import ABC, abstractmethod
from typing import ClassVar, cast

from callbill import family
from callbill.invoice import Invoice
from callbill.problems import refuse
from callbill.report import Report
from callbill.writers._language import Language

PACKAGE = "callbill.writers"
__all__ = ["Language", "Writer", "for_suffix", "named", "names", "prepare", "reporting"]


class Writer(ABC):
    """One way of writing an invoice. The same invoice, width and colour give the same text, everywhere."""

    suffixes: ClassVar[tuple[str, ...]] = ()
    """The endings of a file name that mean this format, with their dot: `.md`."""

    @abstractmethod
    def write(self, invoice: Invoice, *, width: int | None = None, color: bool = False) -> str:
        """The whole text, ending with a line feed; `width` None is a pipe, which has no width of its own."""

    def report(self, report: Report, *, width: int | None = None, color: bool = False) -> str:
        """A report in this format. Raises `Invalid` (CB404) where the format is for invoices only."""
        del report, width, color
        refuse("CB404", "this format is for invoices", f"write {', '.join(reporting())}")


def names() -> tuple[str, ...]:
    """The words of `--format`."""
    return family.names(PACKAGE)


def named(name: str) -> Writer:
    """The writer of that name; `LookupError` when there is none."""
    return cast("Writer", family.kind(PACKAGE, name, Writer)())


def reporting() -> tuple[str, ...]:
    """The formats that reports can be written in."""
    return tuple(name for name in names() if type(named(name)).report is not Writer.report)


def prepare(name: str, language: str) -> None:
    """Import what a writer needs, so that it can be done while the engine is busy."""
    named(name)
    Language(language, "EUR", 2).number(1)


def for_suffix(suffix: str) -> str | None:
    """The name of the writer that a file's ending means: `.md` is `markdown`; None when it means none."""
    for name in names():
        if suffix.lower() in named(name).suffixes:
            return name
    return None

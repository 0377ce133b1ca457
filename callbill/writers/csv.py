"""The lines of the invoice as CSV, for spreadsheets and imports.

One row per line, in the order of the invoice, under a row of names: invoice, contract, period_from,
period_to, currency, line, charge, kind, label, detail, quantity, unit, unit_price, amount, vat_category,
vat_rate, phase. Totals are not repeated: the amounts sum to the net total.

UTF-8, a comma between cells, `.` for decimals, no grouping, ISO dates, LF at the end of a row.
LF rather than CRLF: every spreadsheet reads both, while `cut`, `sort` and `awk` would see the CR as a
part of the last cell.

A text cell that starts with `=`, `+`, `-`, `@`, a tab or a line break gets a `'` before it, so that a
spreadsheet does not run it as a formula. Numbers are left alone: `-12.50` stays `-12.50`.
"""

import csv
import re
from io import StringIO

from callbill.invoice import Invoice, Line
from callbill.money import text, trimmed
from callbill.report import Report
from callbill.writers import Writer
from callbill.writers._language import Language
from callbill.writers._report import in_csv

COLUMNS = (
    "invoice", "contract", "period_from", "period_to", "currency", "line", "charge", "kind", "label", "detail",
    "quantity", "unit", "unit_price", "amount", "vat_category", "vat_rate", "phase",
)  # fmt: skip

FORMULA = tuple("=+-@\t\r\n")
BREAK = re.compile(r"\r\n?")


class CsvWriter(Writer):
    """One row per line of the invoice."""

    suffixes = (".csv",)

    def write(self, invoice: Invoice, *, width: int | None = None, color: bool = False) -> str:  # noqa: ARG002
        language = Language.of(invoice)
        out = StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(_row(invoice, line, language) for line in invoice.lines)
        return out.getvalue()

    def report(self, report: Report, *, width: int | None = None, color: bool = False) -> str:  # noqa: ARG002
        return in_csv(report, _safe)


def _row(invoice: Invoice, line: Line, language: Language) -> list[str]:
    return [
        _safe(invoice.number),
        _safe(invoice.contract),
        invoice.first.isoformat(),
        invoice.last.isoformat(),
        invoice.currency,
        _safe(line.id),
        _safe(line.charge),
        line.kind,
        _safe(line.label),
        _safe(language.text(line.detail) if line.detail else ""),
        text(trimmed(line.quantity)),
        _safe(language.text(line.unit)),
        text(trimmed(line.unit_price, invoice.decimals)),
        text(trimmed(line.amount, invoice.decimals)),
        line.vat.category,
        text(trimmed(line.vat.rate)),
        _safe(line.phase),
    ]


def _safe(cell: str) -> str:
    # Python quotes a cell for its LF but not for a lone CR, which would then end the row.
    return ("'" if cell.startswith(FORMULA) else "") + BREAK.sub("\n", cell)

"""How one line of an invoice came to be: its settings, the steps with their figures, and its records."""

from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction

from callbill.api import Read
from callbill.bills import Bill
from callbill.frozen import frozen
from callbill.invoice import Invoice, KpiValue, Line, Slot
from callbill.lines import row_places
from callbill.meters import Meter, SeatMeter
from callbill.models import Charge
from callbill.money import MICRO, rounded, text, trimmed
from callbill.problems import nearest, refuse
from callbill.settings import Settings
from callbill.source import emit
from callbill.writers import Language
from callbill.zones import zone

STEPS = {
    1: "read", 2: "duplicates", 3: "period", 4: "conditions", 5: "quantity per record", 6: "sum", 7: "rounding",
    8: "commitment", 9: "included", 10: "line", 11: "minimum, maximum",
    12: "bonus and malus", 13: "invoice limits", 14: "VAT", 15: "total",
}  # fmt: skip


@frozen
class Record:
    """One record behind a line."""

    place: str
    id: str
    start: str
    measured: str
    billed: str


def line_of(invoice: Invoice, name: str) -> Line:
    """The line of that id. Raises `Invalid` (CB406) when there is none."""
    found = next((line for line in invoice.lines if line.id == name), None)
    if found is None:
        ids = [line.id for line in invoice.lines]
        refuse("CB406", f"the invoice has no line `{name}`", nearest(name, ids))
    return found


def page(bill: Bill, invoice: Invoice, line: Line, records: "list[Record] | None") -> str:
    """The explanation of a line as plain text."""
    own = Language.of(invoice)
    charge = next((one for one in bill.agreement.charges if one.id == line.charge), None)
    clause = next((one for one in bill.agreement.deal.clauses if one.id == line.charge), None)
    settings: Settings | None = charge or clause
    parts = [f"{line.id}: {line.label}"]
    if line.detail is not None:
        parts.append(f"  {own.text(line.detail)}")
    figures = f"{text(line.quantity)} {own.text(line.unit)} × {text(line.unit_price)}"
    parts.append(f"  {figures} = {text(line.amount)} {invoice.currency}")
    if line.phase:
        phase = next(one for one in bill.agreement.phases if one.name == line.phase)
        lasting = {"from": phase.life.first, "until": phase.life.last}
        days = "".join(f", {word} {day}" for word, day in lasting.items() if day)
        parts += ["", "Phase", f"  {phase.name}{days}"]
    if settings is not None:
        parts += ["", "Settings"]
        parts += [f"  {row}" for row in emit(_settings(settings)).splitlines()]
    parts += ["", "Steps"]
    parts += [f"  {number:>2}  {STEPS[number]}: {words}" for number, words in _steps(bill, invoice, line, charge)]
    if records is not None:
        parts += ["", f"Records ({len(records)})", *_table(records)]
    return "\n".join(row.rstrip() for row in parts) + "\n"


def _settings(settings: Settings) -> dict[str, object]:
    """The charge or clause as the contract has it, without what was left out."""
    from callbill.effective import plain

    written: dict[str, object] = plain(settings, defaults=False)
    return written


def _steps(bill: Bill, invoice: Invoice, line: Line, charge: Charge | None) -> Iterator[tuple[int, str]]:
    """Every step that had a say in the line, with its figures."""
    english = Language("en", invoice.currency, invoice.decimals)
    slot = line.slot
    for value in invoice.kpis if charge is None else ():
        looked_at = any(one.clause == line.charge and value.kpi in one.kpis for one in invoice.clauses)
        if looked_at and value.phase in ("", line.phase):
            yield 12, _kpi_step(value, english)
    if slot is not None and charge is not None:
        meter = charge.meters(bill.scope)[slot.meter]
        yield from _counting_steps(bill, invoice, charge, meter, slot)
    for step in sorted(line.steps, key=lambda one: one.number):
        yield step.number, english.text(step.phrase)
    total = next(one for one in invoice.vat if one.vat == line.vat)
    vat = f"category {line.vat.category}, {text(line.vat.rate)} % on the sum of its lines, {text(total.base)}"
    yield 14, f"{vat}: {text(total.amount)}"
    yield (
        15,
        f"net {text(invoice.net)}, VAT {text(invoice.vat_total)}, total {text(invoice.total)}, due {text(invoice.due)}",
    )


def _kpi_step(value: KpiValue, english: Language) -> str:
    """A KPI from its counts to the value that the scale saw."""
    ratio = english.ratio(value.numerator)
    if value.denominator is not None:
        ratio += f" / {english.ratio(value.denominator)}"
    exactly, seen = english.measured(value.value, value.unit), english.measured(value.rounded, value.unit)
    margin = english.margin(value.low, value.high)
    shown = f"{exactly or 'nothing counted'}, rounded {seen}" if exactly != seen else exactly
    return f"{value.kpi} = {value.formula} = {ratio} = {shown}" + (f" (95 % margin {margin})" if margin else "")


def _counting_steps(
    bill: Bill, invoice: Invoice, charge: Charge, meter: Meter | SeatMeter, slot: Slot
) -> Iterator[tuple[int, str]]:
    english = Language("en", invoice.currency, invoice.decimals)
    funnel = next(one for one in invoice.funnel if one.source == meter.source)
    yield 1, f"source `{meter.source}`: {funnel.read} rows read, {funnel.rejected} rejected"
    others = f", {funnel.other} of another kind" if funnel.other else ""
    joined = f", {funnel.joined} legs joined to their contacts" if funnel.joined else ""
    yield 2, f"{funnel.duplicates} duplicates taken out{others}{joined}"
    days = f"{invoice.first} to {invoice.last} ({invoice.timezone})"
    yield 3, f"{funnel.outside_period} outside {days}, {funnel.in_period} inside"
    counted = bill.counted[charge.id][slot.meter]
    refused = ", ".join(f"{count} {english.text(counted.phrases[rule])}" for rule, count in counted.refused.items())
    yield 4, f"{counted.billed_records} billable; not billable: {refused or 'none'}"
    if counted.seats is not None and isinstance(meter, SeatMeter):
        yield 5, f"{meter.kind} agents: {english.number(counted.seats)}"


# ------------------------------------------------------------------------------------------------- records


def records(bill: Bill, read: Read, line: Line, limit: int | None) -> list[Record]:
    """The records that a line counts, in order of time, with where they stand in their file."""
    charge = next((one for one in bill.agreement.charges if one.id == line.charge), None)
    if charge is None or line.slot is None:
        return []
    meter = charge.meters(bill.scope)[line.slot.meter]
    found = bill.metering.records(meter.meter if isinstance(meter, SeatMeter) else meter)
    key_of = getattr(charge, "key_of", None)
    if line.slot.key is not None and key_of is not None:
        found = [one for one in found if key_of(one[2], bill.scope) == line.slot.key]
    if line.slot.days is not None:
        first, end = line.slot.days
        found = [one for one in found if first <= one[2].day < end]
    chosen = found if limit is None else found[:limit]
    source = read.sources[meter.source]
    rows = [row for row, _, _ in chosen]
    places = row_places(source, rows)
    ids = _ids(read, source.relation, rows)
    timed = isinstance(meter, Meter) and meter.timed
    return [
        Record(places[row], ids[row], _local(start, bill), _amount(one.measured, timed), _amount(one.billed, timed))
        for row, start, one in chosen
    ]


def _ids(read: Read, relation: str, rows: list[int]) -> dict[int, str]:
    if not rows:
        return {}
    listed = ", ".join(str(row) for row in rows)
    found = read.activity.engine.rows(f"SELECT row, id FROM {relation} WHERE row IN ({listed})")
    return {row: str(name).replace("\x1f1", " ").replace("\x1f2", "").replace("\x1f0", "\x1f") for row, name in found}


def _local(micro: int, bill: Bill) -> str:
    moment = datetime.fromtimestamp(micro // MICRO, UTC).astimezone(zone(bill.agreement.facts.timezone))
    return moment.isoformat(sep=" ")


def _amount(micro: int, timed: bool) -> str:  # noqa: FBT001 - a private helper of this page
    value = text(trimmed(rounded(Fraction(micro, MICRO), 6)))
    return f"{value} s" if timed else value


def _table(found: list[Record]) -> list[str]:
    rows = [("where", "id", "start", "measured", "billed")]
    rows += [(one.place, one.id, one.start, one.measured, one.billed) for one in found]
    wide = [max(len(row[n]) for row in rows) for n in range(5)]
    return [
        f"  {a:<{wide[0]}}  {b:<{wide[1]}}  {c:<{wide[2]}}  {d:>{wide[3]}}  {e:>{wide[4]}}" for a, b, c, d, e in rows
    ]

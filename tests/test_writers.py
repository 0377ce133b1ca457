"""An invoice as text: every figure whole, every label harmless, in both languages."""

import ast
import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Context, Decimal, FloatOperation, Inexact, localcontext
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import build_invoice
import pytest
from build_invoice import ALL, NASTY, forty, huge, invoice, line, long_labels, nasty, simple, usual
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from markdown_it import MarkdownIt
from rich.cells import cell_len

from callbill import writers
from callbill.family import manual
from callbill.invoice import Invoice, Phrase, Step, say
from callbill.money import rounded, text
from callbill.writers import named
from callbill.writers._language import Language
from callbill.writers._layout import wrapped
from callbill.writers._page import Page
from callbill.writers._text import plain
from callbill.writers.json import SCHEMA

ANSI = re.compile(r"\x1b\[[0-9;]*m")
EN, FR = Language("en", "EUR", 2), Language("fr", "EUR", 2)
WIDTHS = (80, 120, 200, None)

every_invoice = pytest.mark.parametrize("built", ALL, ids=lambda build: build.__name__)
every_language = pytest.mark.parametrize("language", ["en", "fr"])


def figures(built: Invoice) -> list[str]:
    """Every quantity, price and amount of the invoice as its language writes it."""
    page = Page.of(built)
    items = [item for block in page.blocks for item in block.items]
    counts = [count for account in page.accounts for count in account.counts]
    tallies = [number for a in page.accounts for t in a.tallies for number in (t.billed, t.left) if number]
    amounts = [one for item in items for one in (item.quantity, item.price, item.amount)]
    subtotals = [block.subtotal for block in page.blocks if block.subtotal]
    return [*amounts, *subtotals, *(total.amount for total in page.sums()), *counts, *tallies]


# Language


def test_numbers_in_both_languages() -> None:
    assert EN.number(Decimal("1234.50")) == "1,234.50"
    assert FR.number(Decimal("1234.50")) == "1\u202f234,50"
    assert FR.number(1234567) == "1\u202f234\u202f567"
    assert FR.money(Decimal("1234.5")) == "1\u202f234,50\u00a0€"
    assert EN.money(Decimal("-1234.5")) == "-€1,234.50"
    assert EN.percent(Decimal("20.00")) == "20%"
    assert FR.percent(Decimal("5.50")) == "5,5\u202f%"


def test_quantities_prices_and_amounts_keep_their_decimals() -> None:
    assert EN.quantity(Decimal("16.3330")) == "16.333"
    assert EN.quantity(Decimal("1E+3")) == "1,000"
    assert EN.price(Decimal("0.300000")) == "0.30"
    assert EN.price(Decimal("1.234567")) == "1.234567"
    assert EN.amount(Decimal(5)) == "5.00"


def test_currencies_have_their_own_decimals() -> None:
    assert Language("en", "KWD", 3).money(Decimal("1.5")) == "KWD\u00a01.500"
    assert Language("fr", "KWD", 3).money(Decimal("1.5")) == "1,500\u00a0KWD"
    assert Language("en", "JPY", 0).money(Decimal(1500)) == "JP¥1,500"
    assert Language("en", "USD", 2).money(Decimal(1)) == "US$1.00"


def test_dates_in_both_languages() -> None:
    assert EN.day(date(2026, 10, 31)) == "31 Oct 2026"
    assert EN.long_day(date(2026, 10, 1)) == "1 October 2026"
    assert FR.day(date(2026, 10, 31)) == "31/10/2026"
    assert FR.long_day(date(2026, 10, 31)) == "31 octobre 2026"
    assert FR.long_day(date(2026, 1, 1)) == "1er janvier 2026"
    assert FR.long_day(date(2026, 1, 11)) == "11 janvier 2026"


def test_a_quotient_that_does_not_end_is_marked_as_near() -> None:
    assert EN.number(Fraction(1, 3)) == "≈0.333333"
    assert FR.number(Fraction(5, 4)) == "1,25"


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError):
        EN.number(0.5)
    with pytest.raises(TypeError):
        EN.number(True)


def test_a_phrase_takes_its_figures_in_the_language() -> None:
    inner = say("{n} calls", "{n} appels", n=1234)
    phrase = say("{what} on {day}, {x}", "{what} le {day} : {x}", what=inner, day=date(2026, 10, 31), x="{n} {y}")
    assert EN.text(phrase) == "1,234 calls on 31 Oct 2026, {n} {y}"
    assert FR.text(phrase) == "1\u202f234 appels le 31/10/2026\u00a0: {n} {y}"


def test_a_figure_and_its_unit_stay_on_one_line() -> None:
    assert EN.text(say("{x} % in {n} s sharp", x=80, n=20)) == "80\u00a0% in 20\u00a0s sharp"
    assert EN.text(say("{n} sales", n=20)) == "20 sales"


def test_a_phrase_without_french_and_braces_that_are_no_figure_stay() -> None:
    assert FR.text(say("seat : {colour} {0} {}")) == "seat : {colour} {0} {}"


def test_an_unknown_language_is_written_in_english() -> None:
    assert Language.of(replace(simple(), language="de")).code == "en"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**40), max_value=10**40))
def test_no_digit_is_lost_whatever_the_context(value: Decimal) -> None:
    for language, group, mark in ((EN, ",", "."), (FR, "\u202f", ",")):
        with localcontext(Context(prec=5, traps=[Inexact, FloatOperation])):
            printed = language.number(value)
        assert printed.replace(group, "").replace(mark, ".") == text(value)


@given(st.text(st.sampled_from("ab \u202f客é1"), max_size=80), st.integers(2, 20))
def test_wrapping_loses_nothing_and_exceeds_nothing(words: str, width: int) -> None:
    lines = wrapped(plain(words), width)
    assert all(cell_len(one) <= width for one in lines)
    assert "".join(lines).replace(" ", "") == plain(words).replace(" ", "")


def test_user_text_cannot_move_the_cursor_or_turn_the_text() -> None:
    assert plain("a\x1b[2Jb\nc\r\n  d\u202ee\ud800") == "a\ufffd[2Jb c de\ufffd"


# The family


def test_the_family_is_found_by_name_and_by_suffix() -> None:
    assert writers.names() == tuple(sorted(writers.names()))
    assert {"csv", "html", "json", "markdown", "table"} <= set(writers.names())
    assert writers.for_suffix(".MD") == "markdown"
    assert writers.for_suffix(".json") == "json"
    assert writers.for_suffix(".txt") == "table"
    assert writers.for_suffix(".html") == writers.for_suffix(".HTM") == "html"
    assert writers.for_suffix(".zip") is None
    with pytest.raises(LookupError):
        named("_language")


@pytest.mark.parametrize("name", ["csv", "html", "json", "markdown", "table"])
def test_every_writer_has_a_manual_page(name: str) -> None:
    assert 5 <= len(manual("callbill.writers", name).splitlines()) <= 20


def test_looking_up_a_writer_loads_nothing_that_writes() -> None:
    program = (
        "import sys; from callbill.writers import named; named('json'); named('html');"
        " print({'babel', 'rich', 'jinja2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_only_the_layout_imports_rich_table() -> None:
    home = Path(writers.__file__).parent
    importers = {
        file.name
        for file in home.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "rich.table"
    }
    assert importers == {"_layout.py"}


@every_invoice
@pytest.mark.parametrize("name", ["csv", "html", "json", "markdown", "table"])
def test_the_same_invoice_gives_the_same_text_everywhere(built, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    once = named(name).write(built())
    for variable, value in {"COLUMNS": "33", "NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "dumb", "LANG": "de"}.items():
        monkeypatch.setenv(variable, value)
    assert named(name).write(built()) == once
    assert once.endswith("\n")


# JSON


@every_language
@every_invoice
def test_json_keeps_its_schema_and_adds_up(built, language: str) -> None:
    shown = json.loads(named("json").write(built(language)))
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(shown)
    decimals = shown["decimals"]
    for row in shown["lines"]:
        assert rounded(Decimal(row["quantity"]) * Decimal(row["unit_price"]), decimals) == Decimal(row["amount"])
    net, tax, total = (Decimal(shown[key]) for key in ("net", "vat_total", "total"))
    assert sum(Decimal(row["amount"]) for row in shown["lines"]) == net
    assert sum(Decimal(row["amount"]) for row in shown["subtotals"]) == net
    assert sum(Decimal(row["base"]) for row in shown["vat"]) == net
    assert sum(Decimal(row["amount"]) for row in shown["vat"]) == tax
    assert net + tax == total
    assert total - sum(Decimal(row["amount"]) for row in shown["credits"]) == Decimal(shown["due"])
    for funnel in shown["funnel"]:
        parts = ("rejected", "duplicates", "outside_period", "in_period")
        assert funnel["read"] == sum(funnel[part] for part in parts)
        for charge in funnel["charges"]:
            assert funnel["in_period"] == charge["billed"] + sum(rule["records"] for rule in charge["not_billable"])


def test_json_is_utf8_with_a_line_feed_and_without_steps() -> None:
    shown = named("json").write(usual("fr"))
    assert shown.startswith('{\n  "schema": 1,\n')
    assert shown.endswith("}\n")
    assert "traités" in shown
    assert "compté" not in shown
    assert "tranche 1, jusqu’à 10\u202f000" in shown


def wrong_documents() -> dict[str, dict]:
    shown = json.loads(named("json").write(usual()))
    row = shown["lines"][0]
    return {
        "key": {**shown, "extra": 1},
        "missing": {key: value for key, value in shown.items() if key != "due"},
        "number": {**shown, "net": 12.5},
        "exponent": {**shown, "net": "1E+3"},
        "quantity": {**shown, "lines": [{**row, "quantity": "1.23456"}]},
        "price": {**shown, "lines": [{**row, "unit_price": "-1"}]},
        "price decimals": {**shown, "lines": [{**row, "unit_price": "1.1234567"}]},
        "kind": {**shown, "lines": [{**row, "kind": "gift"}]},
        "category": {**shown, "lines": [{**row, "vat": {**row["vat"], "category": "X"}}]},
        "day": {**shown, "period": {"from": "2026-13-01", "to": "2026-10-31"}},
    }


@pytest.mark.parametrize("wrong", wrong_documents().values(), ids=wrong_documents().keys())
def test_the_schema_refuses(wrong: dict) -> None:
    assert not Draft202012Validator(SCHEMA, format_checker=FormatChecker()).is_valid(wrong)


def test_every_property_of_the_schema_is_described_required_and_closed() -> None:
    def walk(schema: dict, path: str) -> None:
        assert schema.get("description"), path
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is False
            assert schema["required"] == list(schema["properties"])
            for name, inner in schema["properties"].items():
                walk(inner, f"{path}/{name}")
        if schema.get("type") == "array":
            walk(schema["items"], f"{path}[]")

    walk(SCHEMA, "")


# CSV


def rows_of(built: Invoice) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(named("csv").write(built), newline=""), strict=True))


@every_invoice
def test_csv_round_trips(built) -> None:
    shown, rows = built(), rows_of(built())
    assert len(rows) == len(shown.lines)
    for row, one in zip(rows, shown.lines, strict=True):
        assert None not in row
        assert Decimal(row["quantity"]) == one.quantity
        assert Decimal(row["unit_price"]) == one.unit_price
        assert Decimal(row["amount"]) == one.amount
        label = row["label"][1:] if row["label"].startswith("'") else row["label"]
        assert label == one.label.replace("\r\n", "\n").replace("\r", "\n")
    assert sum((Decimal(row["amount"]) for row in rows), Decimal(0)) == shown.net


def test_csv_escapes_formulas_in_text_and_leaves_numbers_alone() -> None:
    labels = {row["label"] for row in rows_of(nasty())}
    assert {"'=1+1", "'+33 1 23", "'-5", "'@SUM(A1)", "'\tcell", "'\ncell"} <= labels
    taken = rows_of(invoice([line("back", "back", "Back", "-5", say("call"), "2.50")]))[0]
    assert (taken["quantity"], taken["amount"]) == ("-5", "-12.50")


def test_csv_columns_and_line_ends() -> None:
    shown = named("csv").write(usual("fr"))
    assert "\r" not in shown
    assert shown.splitlines()[0] == (
        "invoice,contract,period_from,period_to,currency,line,charge,kind,label,detail,quantity,unit,unit_price,amount,"
        "vat_category,vat_rate,phase"
    )
    assert shown.splitlines()[1] == (
        "2026-10-017,HELIO-2026-017,2026-10-01,2026-10-31,EUR,production.day,production,usage,Heures de production,"
        "jour,1234.5,heure,26.00,32097.00,S,20,"
    )


# The table


@every_language
@every_invoice
@pytest.mark.parametrize("width", WIDTHS)
def test_table_shows_every_figure_whole(built, language: str, width: int | None) -> None:
    lines = named("table").write(built(language), width=width).splitlines()
    for figure in figures(built(language)):
        whole = re.compile(rf"(^|(?<= )){re.escape(figure)}($|(?= ))")
        assert any(whole.search(one) for one in lines), figure
    assert not [one for one in lines if one != one.rstrip()]


@every_language
@every_invoice
@pytest.mark.parametrize("width", WIDTHS)
def test_table_is_wider_than_asked_only_for_numbers_and_ids(built, language: str, width: int | None) -> None:
    shown = named("table").write(built(language), width=width)
    longest = max(cell_len(one) for one in shown.splitlines())
    forced = {huge: 90, long_labels: 85}.get(built, 0)
    assert longest <= max(width or 80, forced)


@every_invoice
@pytest.mark.parametrize("width", WIDTHS)
def test_table_colour_changes_nothing_but_colour(built, width: int | None) -> None:
    bare, colored = (named("table").write(built("fr"), width=width, color=color) for color in (False, True))
    assert "\x1b" not in bare
    assert "\x1b[" in colored
    assert ANSI.sub("", colored) == bare


@every_invoice
def test_table_shows_every_line_id_whole(built) -> None:
    for width in (40, *WIDTHS):
        for language in ("en", "fr"):
            shown = named("table").write(built(language), width=width)
            assert [one.id for one in built().lines if one.id not in shown] == []


def test_table_never_reads_labels_as_markup() -> None:
    shown = named("table").write(nasty(), width=200)
    for label in ("[vip] sales", "rate [/min]", ":smile: [red]x[/red]", "[b]*Title*|[/b]", "[bold][/]|*[/bold]"):
        assert label in shown
    for label in NASTY:
        assert plain(label) in shown


def test_table_in_french_has_the_right_spaces() -> None:
    shown = named("table").write(simple("fr"))
    assert "38\u202f516,40\u00a0€ au plus tard le 2 décembre 2026" in shown
    assert "1\u202f234,5  heure" in shown
    assert "du 1er octobre 2026 au 31 octobre 2026" in shown


def test_table_numbers_end_in_the_same_column() -> None:
    shown = named("table").write(usual(), width=80).splitlines()
    rows = [one for one in shown if re.search(r"\d,?\d*\.\d\d$", one) and len(one) > 40]
    assert len({len(one) for one in rows}) == 1
    marks = {one.rindex(".", 0, 55) for one in shown if "  hour " in one}
    assert len(marks) == 1


def test_table_tells_the_vat_of_each_line_only_when_they_differ() -> None:
    assert "AE 0%" in named("table").write(build_invoice.reverse_charge())
    assert "S 20%" not in named("table").write(usual())


def test_table_gives_a_subtotal_to_charges_of_several_lines() -> None:
    shown = named("table").write(usual())
    assert re.findall(r"Sub-total +(\S+)", shown) == ["39,293.80", "29,450.00"]
    assert "Sub-total" not in named("table").write(build_invoice.negative())


def test_table_stays_readable_on_a_very_wide_terminal() -> None:
    assert max(map(len, named("table").write(usual(), width=400).splitlines())) <= 120


# Markdown


def cells_of(shown: str) -> list[list[list]]:
    """Every row of every table as its cells, each the tokens that a Markdown reader finds in it."""
    rows: list[list[list]] = []
    for token, inside in pairwise(MarkdownIt("gfm-like", {"linkify": False}).parse(shown)):
        if token.type == "tr_open":
            rows.append([])
        if token.type in {"td_open", "th_open"}:
            rows[-1].append(inside.children)
    return rows


@every_language
@every_invoice
def test_markdown_rows_have_the_cells_of_their_head(built, language: str) -> None:
    shown = named("markdown").write(built(language))
    for table in re.findall(r"(?m)(?:^\|.*\n)+", shown):
        rows = [re.split(r"(?<!\\)(?:\\\\)*\|", row)[1:-1] for row in table.splitlines()]
        assert len({len(row) for row in rows}) == 1
        assert {cell.strip() for cell in rows[1]} <= {"---", "---:"}
    for figure in figures(built(language)):
        assert f"| {figure} |" in shown or f"| **{figure}** |" in shown


def test_markdown_renders_nasty_labels_as_they_are() -> None:
    rows = [row for row in cells_of(named("markdown").write(nasty())) if len(row) == 6][1:]
    assert len(rows) == len(NASTY)
    for row, label in zip(rows, NASTY, strict=True):
        for cell in (row[1], row[3]):
            assert {token.type for token in cell} <= {"text", "text_special"}
        name = "".join(token.content for token in row[1])
        assert name == f"{plain(label)} – {plain('detail ' + label)}"


def test_markdown_of_a_nasty_head_has_one_heading_of_text() -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(named("markdown").write(nasty()))
    heads = [b for a, b in pairwise(tokens) if a.type == "heading_open" and a.tag == "h1"]
    assert ["".join(token.content for token in head.children) for head in heads] == ["Invoice N|1[/]"]


def test_steps_never_show() -> None:
    bare = replace(usual(), lines=tuple(replace(one, steps=(Step(5, Phrase("SECRET")),)) for one in usual().lines))
    for name in writers.names():
        if name in {"csv", "html", "json", "markdown", "table"}:
            assert "SECRET" not in named(name).write(bare)


def test_forty_lines_are_all_there() -> None:
    assert len(re.findall(r"(?m)^c\d\.\d+ ", named("table").write(forty(), width=80))) == 40

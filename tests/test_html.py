"""Web pages: nothing from outside, no text read as markup, each cell under its header, charts with words."""

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from build_invoice import ALL, NASTY, nasty, usual
from test_kpi_report import SAMPLE, run, written

from callbill.invoice import Invoice
from callbill.report import Chart, Column, Report, Row, Series, Table
from callbill.writers import named
from callbill.writers._charts import drawing
from callbill.writers._language import Language
from callbill.writers._page import Page
from callbill.writers._text import plain
from callbill.writers._web import STYLE

VOID = {"meta", "br", "rect", "line", "path", "circle"}
EN = Language("en", "EUR", 2)

every_invoice = pytest.mark.parametrize("built", ALL, ids=lambda build: build.__name__)
every_language = pytest.mark.parametrize("language", ["en", "fr"])


@dataclass
class Node:
    """An element with its attributes and what is in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: "list[Node | str]" = field(default_factory=list)

    def all(self, *tags: str) -> "Iterator[Node]":
        for one in self.inside:
            if isinstance(one, Node):
                if one.tag in tags:
                    yield one
                yield from one.all(*tags)

    @property
    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text for one in self.inside)


class Tree(HTMLParser):
    """A page as its elements; one that is not closed where it should be fails the test."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.top = Node("")
        self.open = [self.top]
        self.feed(page)
        self.close()
        assert self.open == [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), tag
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def tree(page: str) -> Node:
    return Tree(page).top


def of(name: str, values: list[Any], **more: Any) -> Series:
    sizes = tuple(None if value is None else Fraction(str(value)) for value in values)
    return Series(name, sizes, tuple("–" if value is None else f"{value} €" for value in values), **more)


def ranges(name: str, *values: tuple[int, int, int]) -> Series:
    low, middle, high = (tuple(Fraction(one) for one in side) for side in zip(*values, strict=True))
    spans = tuple(f"{one} – {other}" for one, _, other in values)
    return Series(name, middle, tuple(f"{one} €" for _, one, _ in values), low, high, spans)


def chart(kind: Any, *series: Series, labels: tuple[str, ...] = (), table: str = "") -> Chart:
    labels = labels or tuple(f"label {n}" for n in range(len(series[0].values)))
    return Chart("c", "A picture", kind, labels, series, "There is something to see.", table)


def report(*charts: Chart, **more: Any) -> Report:
    table = Table("t", "A table", (Column("Name"), Column("Value", right=True)), (Row(("a", "1")),), ())
    return Report("demo", "Report", (), {}, (table,), charts=charts, **more)


def drawn(one: Chart) -> Node:
    """The chart's figure on the page."""
    found = list(tree(named("html").report(report(one))).all("figure"))
    assert len(found) == 1
    return found[0]


def places(figure: Node, tag: str, look: str) -> list[dict[str, str]]:
    chart_ = next(node for node in figure.all("svg") if node.attributes.get("role") == "img")
    return [node.attributes for node in chart_.all(tag) if look in node.attributes["class"].split()]


# The page


@every_language
@every_invoice
def test_a_page_needs_nothing_from_outside_and_runs_nothing(built, language: str) -> None:
    page = named("html").write(built(language))
    head = page[: page.index("<body>")]
    assert "default-src 'none'; style-src 'unsafe-inline'" in head
    tags = {node.tag for node in tree(page).all(*re.findall(r"<([a-z0-9]+)", page))}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "base", "form", "object", "embed", "a"})
    attributes = {name for tag in tags for node in tree(page).all(tag) for name in node.attributes}
    assert not [name for name in attributes if name in {"src", "href", "xlink:href"} or name.startswith("on")]
    assert not re.search(r"url\(|@import|https?:|//|expression\(", head)


def test_nothing_on_the_sample_pages_looks_like_an_address() -> None:
    for folder in ("sample-html", "sample-french-html", "sample-kpis-html", "sample-kpis-html-by-week"):
        page = (Path(__file__).parent / "scenarios" / folder / "stdout").read_text("utf-8")
        assert not re.search(r"http(?!-equiv)|src=|href=|url\(|@import|<script", page)


@every_language
@every_invoice
def test_a_page_is_whole_and_in_its_language(built, language: str) -> None:
    page = named("html").write(built(language))
    assert page.startswith("<!doctype html>\n<html")
    assert page.endswith("</html>\n")
    top = tree(page)
    assert next(top.all("html")).attributes == {"lang": language}
    assert next(top.all("title")).text == Page.of(built(language)).heading() == next(top.all("h1")).text
    ids = [node.attributes["id"] for node in top.all("caption", "title", "desc") if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for node in top.all("div", "svg"):
        assert set(node.attributes.get("aria-labelledby", "").split()) <= set(ids)


@every_language
@every_invoice
def test_every_cell_has_its_headers(built, language: str) -> None:
    check_tables(tree(named("html").write(built(language))))


def check_tables(top: Node) -> None:
    """As many cells as columns, one of them naming the row; a caption for each table."""
    for table in top.all("table"):
        assert len(list(table.all("caption"))) == 1
        columns = list(next(table.all("thead")).all("th"))
        assert all(th.attributes["scope"] == "col" for th in columns)
        assert all(th.text or "aria-hidden" in th.attributes for th in columns)
        for row in (row for body in table.all("tbody") for row in body.all("tr")):
            cells = list(row.all("td", "th"))
            if cells[0].attributes.get("scope") == "rowgroup":
                assert [int(cells[0].attributes["colspan"])] == [len(columns)]
                assert len(cells) == 1
                continue
            assert len(cells) == len(columns)
            assert [cell.attributes["scope"] for cell in cells if cell.tag == "th"] == ["row"]
            for cell, th in zip(cells, columns, strict=True):
                if cell.tag == "td":
                    assert cell.attributes.get("class") == th.attributes.get("class")


@every_language
@every_invoice
def test_a_page_says_what_markdown_says(built, language: str) -> None:
    shown = built(language)
    page = Page.of(shown)
    top = tree(named("html").write(shown))
    texts = [node.text for node in top.all("td", "th", "dd", "dt", "strong", "p", "h1", "h2", "span")]
    tight = " ".join(texts).replace("\u00a0", " ")
    wanted = [page.heading(), page.title(), *(text for fact in page.facts() for text in fact)]
    wanted += [text for block in page.blocks for text in (block.heading, block.subtotal)]
    wanted += [
        text
        for block in page.blocks
        for item in block.items
        for text in (item.id, item.label, item.detail, item.quantity, item.unit, item.price, item.vat, item.amount)
    ]
    wanted += [text for one in page.sums() for text in (one.label, one.amount, one.note)]
    wanted += [text for one in page.accounts for text in (one.source, *one.counts)]
    wanted += [text for one in page.accounts for row in one.tallies for text in (row.label, row.billed, row.left)]
    wanted += [text for charge, rules in page.rules() for rule in rules for text in (charge, *rule)]
    wanted += [text for pair in page.files() for text in pair]
    assert [text for text in wanted if text.replace("\u00a0", " ") not in tight] == []
    addresses = [node.text for node in top.all("address")]
    assert addresses == ["".join(page.party(party)) for party in (shown.seller, shown.buyer)]


def test_kpis_and_clauses_stand_on_the_page() -> None:
    page = (Path(__file__).parent / "scenarios" / "sample-html" / "stdout").read_text("utf-8")
    top = tree(page)
    captions = [table.text.strip() for table in top.all("caption")]
    assert captions[:4] == ["Lines", "Totals", "KPIs", "Bonus and malus"]
    kpis = list(top.all("table"))[2]
    first = next(next(kpis.all("tbody")).all("tr"))
    assert [cell.text.strip() for cell in first.all("td")] == ["4,707", "5,672", "83%", "81.99 – 83.94", "80 %"]
    assert "Hélio’s telephone lines were down" in next(first.all("th")).text
    check_tables(top)


# Text of the contract


EVIL = (
    "<script>alert(1)</script>", "</style><b>x", "a & b &amp; &lt;c&gt;", "\"double\" 'single'",
    "{{ 7 * 7 }} {% raw %}",
    "over\u202eride\u2066x", "=1+1", "<!-- gone", "]]>", "x\x00y\x1b[31m",
)  # fmt: skip


@pytest.mark.parametrize("text", [*EVIL, *NASTY])
def test_text_is_never_markup(text: str) -> None:
    def made(words: str) -> Invoice:
        lines = tuple(replace(one, id=words, label=words) for one in usual().lines)
        seller = replace(usual().seller, name=words)
        return replace(usual(), title=words, number=words, seller=seller, lines=lines, files=((words, words),))

    page = named("html").write(made(text))
    top = tree(page)
    assert [node.tag for node in elements(top)] == [
        node.tag for node in elements(tree(named("html").write(made("abc"))))
    ]
    assert next(top.all("p")).text == plain(text)
    assert plain(text) in next(top.all("address")).text
    assert list(top.all("td"))[-1].text == plain(text)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b]", page)


def elements(top: Node) -> Iterator[Node]:
    for one in top.inside:
        if isinstance(one, Node):
            yield one
            yield from elements(one)


@pytest.mark.parametrize("text", EVIL)
@pytest.mark.parametrize("kind", ["bars", "lines"])
def test_text_of_a_report_is_never_markup_either(text: str, kind: Any) -> None:
    def made(words_: str) -> Report:
        series = (Series(words_, (Fraction(1),), (words_,)), Series(words_, (Fraction(2),), (words_,)))
        picture = Chart(words_, words_, kind, (words_,), series, words_)
        table = Table(
            words_, words_, (Column(words_),), (Row((words_,), heading=True), Row((words_,), notes=(words_,))), ()
        )
        return Report("demo", words_, ((words_, words_),), {}, (table,), (words_,), charts=(picture,))

    page = named("html").report(made(text))
    plain_tags = [node.tag for node in elements(tree(named("html").report(made("abc"))))]
    assert [node.tag for node in elements(tree(page)) if node.tag != "text"] == [
        one for one in plain_tags if one != "text"
    ]
    assert next(tree(page).all("desc")).text == plain(text)


def test_a_page_of_nasty_labels_keeps_each_in_its_cell() -> None:
    rows = list(next(tree(named("html").write(nasty())).all("table")).all("tr"))[1:]
    names = [list(row.all("td", "th"))[1].text for row in rows]
    assert names == [f"{plain(label)} – {plain('detail ' + label)}" for label in NASTY]


# Reports


def test_a_report_has_its_rows_headings_and_marks() -> None:
    rows = (
        Row(("Level",), heading=True, notes=("80 % aimed at",)), Row(("one way", "1", "███▌")),
        Row(("the other", "2", ""), marked=True, notes=("as agreed",)), Row(("Time",), heading=True),
        Row(("all", "3", "█")),
    )  # fmt: skip
    columns = (Column("Name"), Column("Value", right=True), Column("", bar=True))
    made = Report("demo", "Title", (("By", "day"),), {}, (Table("t", "", columns, rows, ()),), ("legend",))
    top = tree(named("html").report(made))
    check_tables(top)
    table = next(top.all("table"))
    assert [len(list(body.all("tr"))) for body in table.all("tbody")] == [3, 2]
    assert [node.text for node in table.all("th") if node.attributes["scope"] == "rowgroup"] == [
        "Level80 % aimed at",
        "Time",
    ]
    assert "▸ the other" in [node.text.removesuffix("as agreed") for node in table.all("th")]
    assert [rect.attributes["width"] for rect in table.all("rect")] == ["28", "0", "8"]
    assert next(table.all("caption")).text == "Title"
    assert list(top.all("p"))[-1].text == "legend"


def test_a_chart_stands_with_its_table_or_brings_its_values() -> None:
    beside, free = chart("bars", of("x", [1, 2]), table="t"), chart("bars", of("x", [1, 2]))
    figures = list(tree(named("html").report(report(beside, free))).all("figure"))
    assert [len(list(figure.all("details"))) for figure in figures] == [1, 0]
    section = next(tree(named("html").report(report(beside))).all("section"))
    assert [node.tag for node in section.all("figure", "table")] == ["figure", "table"]
    lost = replace(beside, table="elsewhere")
    assert next(tree(named("html").report(report(lost))).all("details")).text.split()[0] == "Values"
    assert "<summary>Valeurs</summary>" in named("html").report(report(free, language="fr"))


@pytest.mark.parametrize("format_", ["table", "json", "csv", "markdown"])
def test_formats_that_cannot_draw_leave_charts_out(format_: str) -> None:
    assert named(format_).report(report(chart("bars", of("x", [1])))) == named(format_).report(report())


def test_the_values_of_a_chart_are_all_in_its_own_table() -> None:
    one = chart("ranges", ranges("Net", (1, 2, 3), (4, 5, 6)), ranges("Total", (2, 3, 4), (5, 6, 7)))
    table = next(next(drawn(one).all("details")).all("table"))
    rows = [[cell.text for cell in row.all("th", "td")] for row in table.all("tr")]
    assert rows == [
        ["Label", "Net", "Total"],
        ["label 0", "2 € (1 – 3)", "3 € (2 – 4)"],
        ["label 1", "5 € (4 – 6)", "6 € (5 – 7)"],
    ]


# Charts


KINDS: dict[str, Callable[[], Chart]] = {
    "bars": lambda: chart("bars", of("x", [3, 1, 2])),
    "negative bars": lambda: chart("bars", of("x", [3, -1, -2]), of("y", [0, None, 1])),
    "bars below zero": lambda: chart("bars", of("x", [-3, -1])),
    "zero bars": lambda: chart("bars", of("x", [0, 0])),
    "no bars": lambda: chart("bars", of("x", [None, None])),
    "long values": lambda: chart("bars", of("x", [123456789012345678, 1])),
    "long labels": lambda: chart("bars", of("x", [1]), labels=("many words of no great use " * 20,)),
    "lines": lambda: chart("lines", of("x", [3, 1, 2])),
    "two lines": lambda: chart("lines", of("x", [3, None, 2]), of("y", [1, 1, 1])),
    "seven lines": lambda: chart("lines", *(of(f"x{n}", [n, n + 1]) for n in range(7))),
    "one point": lambda: chart("lines", of("x", [3])),
    "equal points": lambda: chart("lines", of("x", [0, 0])),
    "negative points": lambda: chart("lines", of("x", [-5, -5])),
    "no points": lambda: chart("lines", of("x", [None, None])),
    "many points": lambda: chart("lines", of("x", list(range(366)))),
    "ranges": lambda: chart("ranges", ranges("x", (1, 2, 3), (-4, -3, 5))),
    "one range": lambda: chart("ranges", ranges("x", (2, 2, 2))),
    "a range of none": lambda: chart("ranges", Series("x", (None,), ("–",), (None,), (None,), ("",))),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_chart_says_what_it_shows_and_stays_within_its_drawing(name: str) -> None:
    one = KINDS[name]()
    figure = drawn(one)
    svg = next(node for node in figure.all("svg") if node.attributes.get("role") == "img")
    assert [node.text for node in svg.all("title", "desc")] == ["A picture", "There is something to see."]
    assert len(list(figure.all("li"))) == (len(one.series) if len(one.series) > 1 else 0)
    page = drawing(one, EN)
    assert page.high > 0
    for shape in page.shapes:
        for place, number in shape.places.items():
            if place not in {"d", "dx", "text-anchor"}:
                assert re.fullmatch(r"-?[0-9]+(\.[0-9])?%?", number), shape
                most = 100 if number.endswith("%") else page.wide if "x" in place or place == "width" else page.high
                assert 0 <= Fraction(number.rstrip("%")) <= most, shape


def test_bars_are_as_long_as_their_values() -> None:
    bars = places(drawn(chart("bars", of("x", [4, 1, -2, None]))), "rect", "s1")
    assert [(bar["x"], bar["width"]) for bar in bars] == [("33.3%", "66.7%"), ("33.3%", "16.7%"), ("0%", "33.3%")]
    figure = drawn(chart("bars", of("x", [4, 1, -2, None])))
    assert {line["x1"] for line in places(figure, "line", "zero")} == {"33.3%"}
    shown = [node.text for node in figure.all("text") if node.attributes["class"] == "v"]
    assert shown == ["4 €", "1 €", "-2 €", "–"]


def test_ranges_have_their_ends_and_their_mark() -> None:
    figure = drawn(chart("ranges", ranges("x", (10, 12, 20), (15, 18, 20))))
    assert [(bar["x"], bar["width"]) for bar in places(figure, "rect", "s1")] == [("0%", "100%"), ("50%", "50%")]
    assert [line["x1"] for line in places(figure, "line", "k1")] == ["20%", "80%"]
    assert places(figure, "line", "zero") == []


def test_lines_break_where_nothing_was_counted() -> None:
    figure = drawn(chart("lines", of("x", [1, 2, None, 3, None, 1, 4])))
    assert len(places(figure, "path", "k1")) == 2
    assert len(places(figure, "circle", "s1")) == 5


def test_higher_values_are_higher_up() -> None:
    dots = places(drawn(chart("lines", of("x", [1, 5, 5, 2]))), "circle", "s1")
    heights = [Fraction(dot["cy"]) for dot in dots]
    assert heights[1] == heights[2] < heights[3] < heights[0]
    across = [Fraction(dot["cx"]) for dot in dots]
    assert across == sorted(across)


@pytest.mark.parametrize("values", [[1, 5], [0, 0], [83, 83], [-5, -5], ["0.001", "0.0015"], [1e9, -3], [99.5, 100]])
def test_ticks_are_round_and_around_the_values(values: list[Any]) -> None:
    figure = drawn(chart("lines", of("x", values)))
    ticks = [node.text for node in figure.all("text") if node.attributes["text-anchor"] == "end"]
    numbers = [Fraction(tick.replace(",", "")) for tick in ticks]
    sizes = [Fraction(str(value)) for value in values]
    assert 2 <= len(numbers) <= 8
    assert numbers[0] <= min(sizes)
    assert max(sizes) <= numbers[-1]
    assert len({other - one for one, other in pairwise(numbers)}) == 1


def test_labels_under_lines_do_not_run_into_each_other() -> None:
    labels = tuple(f"2026-10-{day:02d}" for day in range(1, 32))
    figure = drawn(chart("lines", of("x", list(range(31))), labels=labels))
    under = [node.attributes for node in figure.all("text") if node.text in labels]
    assert 3 < len(under) < 31
    assert all(Fraction(b["x"]) - Fraction(a["x"]) > 80 for a, b in pairwise(under))


# Colours


def schemes() -> list[dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    return [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in blocks if "--paper" in block]


def luminance(color: str) -> float:
    channels = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", schemes(), ids=["light", "dark"])
def test_text_and_charts_have_contrast(scheme: dict[str, str]) -> None:
    assert set(scheme) == {"paper", "ink", "quiet", "rule", "shade", *(f"s{n}" for n in range(1, 7))}
    for name, color in scheme.items():
        if name in {"ink", "quiet"}:
            assert contrast(color, scheme["shade"]) >= 4.5, name
        if name not in {"paper", "rule", "shade"}:
            assert contrast(color, scheme["paper"]) >= 4.5, name


# callbill kpis


def kpis(*arguments: str) -> Node:
    done = run(*arguments, "-f", "html")
    assert done.exit_code == 0, done.stderr
    return tree(done.stdout)


def test_kpis_are_shown_beside_their_targets() -> None:
    top = kpis(*SAMPLE)
    check_tables(top)
    figure = next(top.all("figure"))
    assert [node.text for node in figure.all("li")] == ["Value", "Target"]
    alt = next(figure.all("desc")).text
    assert alt.startswith("Service level · short abandons are left out: 83%, target 80 %; First-contact resolution")
    assert "handling time" not in alt.lower()
    assert len(list(figure.all("details"))) == 0


@pytest.mark.parametrize(("by", "title"), [("day", "Service level by day"), ("week", "Service level by week")])
def test_kpis_over_time_are_a_line(by: str, title: str) -> None:
    figure = next(kpis(*SAMPLE, "--by", by).all("figure"))
    assert next(figure.all("h3")).text == title
    assert re.fullmatch(
        r"From [0-9.]+% \(2026-\S+\) to [0-9.]+% \(2026-\S+\); target 80.%", next(figure.all("desc")).text
    )


def test_kpis_that_no_picture_helps_have_none(tmp_path: Path) -> None:
    assert list(kpis(*SAMPLE, "--by", "queue").all("figure")) == []
    assert list(kpis(*written(tmp_path, kpis=""), "--by", "day").all("figure")) == []
    assert len(list(kpis(*written(tmp_path)).all("figure"))) == 1


def test_a_page_goes_to_a_file_by_its_ending(tmp_path: Path) -> None:
    given = written(tmp_path)
    target = tmp_path / "kpis.html"
    assert run(*given, "-o", str(target)).stdout == ""
    assert target.read_text("utf-8") == run(*given, "-f", "html").stdout


# A browser


BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def ask(address: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
    data = None if method == "DELETE" else json.dumps(body or {}).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        return json.load(answer)["value"]


@pytest.fixture(scope="module")
def driver() -> Iterator[str]:
    """The address of a driver that this test started, on a port that the system chose."""
    if not (BROWSER and DRIVER):
        pytest.skip("there is no chromium here")
    process = subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        ports = (re.search(r"on port ([1-9][0-9]*)", line) for line in process.stdout)
        yield f"http://127.0.0.1:{next(port[1] for port in ports if port)}"
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize(("media", "width"), [("screen", 360), ("screen", 1280), ("print", 688)])
def test_no_page_is_wider_than_the_window_or_the_paper(media: str, width: int, driver: str, tmp_path: Path) -> None:
    pages = {build.__name__: named("html").write(build("fr")) for build in ALL}
    pages |= {name.replace(" ", "-"): named("html").report(report(made())) for name, made in KINDS.items()}
    pages["kpis"] = run(*SAMPLE, "--by", "day", "-f", "html").stdout
    options = {
        "binary": BROWSER,
        "args": [*ARGUMENTS, f"--user-data-dir={tmp_path / 'profile'}"],
        "mobileEmulation": {"deviceMetrics": {"width": width, "height": 800, "pixelRatio": 1, "mobile": False}},
    }
    session = ask(f"{driver}/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})["sessionId"]
    printing = {"cmd": "Emulation.setEmulatedMedia", "params": {"media": media}}
    try:
        found = {}
        ask(f"{driver}/session/{session}/goog/cdp/execute", printing)
        for name, page in pages.items():
            file = tmp_path / f"{name}.html"
            file.write_text(page, "utf-8")
            ask(f"{driver}/session/{session}/url", {"url": file.as_uri()})
            script = "const page = document.documentElement; return [innerWidth, page.scrollWidth - page.clientWidth]"
            found[name] = ask(f"{driver}/session/{session}/execute/sync", {"script": script, "args": []})
    finally:
        ask(f"{driver}/session/{session}", method="DELETE")
    assert found == {name: [width, 0] for name in pages}


def test_the_same_invoice_and_report_give_the_same_bytes() -> None:
    def once(invoice: Invoice, one: Chart) -> str:
        return named("html").write(invoice) + named("html").report(report(one))

    assert once(usual(), KINDS["lines"]()) == once(usual(), KINDS["lines"]())

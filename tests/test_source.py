"""YAML text to plain values, each with its place; and back."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callbill.problems import Invalid, Place, Problem
from callbill.source import MOST_BYTES, MOST_CHARACTERS, MOST_LEVELS, Source, emit, parse
from callbill.syntax import EXCERPT


def read(text: str) -> Source:
    return parse(text.encode(), "c.yaml")


def problems(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(Invalid) as caught:
        parse(text if isinstance(text, bytes) else text.encode(), "c.yaml")
    return caught.value.problems


def only(text: str | bytes) -> Problem:
    (problem,) = problems(text)
    return problem


def spot(place: Place | None) -> tuple[int, int, int]:
    assert place is not None
    return place.line, place.column, place.width


def pointed(place: Place | None) -> str:
    """The characters above the caret."""
    assert place is not None
    return place.source[place.column - 1 :][: place.width]


# Values.


@pytest.mark.parametrize(
    "written",
    ["0.30", "20:00", "NO", "on", "012", "1e-1", "2026-10-01", "1_000", "true", "0x1F", ".5", "=", "é €", "10 %"],
)
def test_a_scalar_stays_the_text_that_was_written(written):
    assert {"a": written, "b": [written]} == read(f"a: {written}\nb: [{written}]").value


@pytest.mark.parametrize("written", ["", "~", "null", "Null", "NULL"])
def test_only_a_plain_nothing_is_nothing(written):
    assert read(f"a: {written}\nb: {written}  # none\n").value == {"a": None, "b": None}


@pytest.mark.parametrize("written", ["''", '""', "'~'", '"null"', "nULL", "none", "'<<'", "<<"])
def test_what_only_looks_like_nothing_is_text(written):
    assert isinstance(read(f"a: {written}").value["a"], str)


def test_keys_are_text_as_written():
    assert list(read("NO: 1\n0.30: 2\nnull: 3\n~: 4\n'': 5\n20:00: 6").value) == [
        "NO",
        "0.30",
        "null",
        "~",
        "",
        "20:00",
    ]


def test_blocks_brackets_and_folded_texts():
    text = "a:\n  - x\n  - {b: 1, c: [2, 3]}\nd: |\n  one\n  two\ne: >\n  one\n  two\nf: one\n  two\n"
    expected = {"a": ["x", {"b": "1", "c": ["2", "3"]}], "d": "one\ntwo\n", "e": "one two\n", "f": "one two"}
    assert expected == read(text).value


def test_a_source_remembers_name_and_text():
    source = parse(b"\xef\xbb\xbfa: 1\n", "-")
    assert (source.name, source.text, source.value) == ("-", "a: 1\n", {"a": "1"})


def test_a_document_may_be_marked():
    assert read("%YAML 1.2\n---\na: 1\n...\n").value == {"a": "1"}


# Places.


CONTRACT = """\
# a contract
callbill: 1
seller: {name: "Voix Claire", vat: }
charges:
  - id: appels   # the calls
    price: 0.30
  - id: heures
text: |
  one
empty:
"""


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("callbill",), (2, 1, 8), (2, 11, 1)),
        (("seller",), (3, 1, 6), (3, 9, 28)),
        (("seller", "name"), (3, 10, 4), (3, 16, 13)),
        (("charges",), (4, 1, 7), (5, 3, 1)),
        (("charges", 0), (5, 5, 2), (5, 5, 2)),
        (("charges", 0, "id"), (5, 5, 2), (5, 9, 6)),
        (("charges", 0, "price"), (6, 5, 5), (6, 12, 4)),
        (("charges", 1, "id"), (7, 5, 2), (7, 9, 6)),
        (("text",), (8, 1, 4), (8, 7, 1)),
        (("empty",), (10, 1, 5), (10, 7, 1)),
        ((), (2, 1, 8), (2, 1, 8)),
    ],
)
def test_places_of_keys_and_values(path, key, value):
    source = read(CONTRACT)
    assert (key, value) == (spot(source.place(path, key=True)), spot(source.place(path)))
    assert source.has(path)
    assert CONTRACT.splitlines()[value[0] - 1] == source.place(path).source
    assert source.place(path).file == "c.yaml"


def test_a_missing_path_falls_back_to_what_stands_above():
    source = read(CONTRACT)
    assert source.place(("charges", 0)) == source.place(("charges", 0, "label", "x"))
    assert source.place(("charges",), key=True) == source.place(("charges", 7), key=True)
    assert source.place(()) == source.place(("nothing",))
    assert not source.has(("charges", 7))
    assert not source.has(("nothing",))


def test_wide_characters_count_one():
    source = read("é: {été: 😀, b: x}\n")
    assert spot(source.place(("é", "été"), key=True)) == (1, 5, 3)
    assert spot(source.place(("é", "b"), key=True)) == (1, 13, 1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_move_places(end):
    source = read(end.join(["# c", "", "a: 1", "b:", "  - x", "  - {c: 2}", ""]))
    assert spot(source.place(("a",))) == (3, 4, 1)
    assert spot(source.place(("b", 1, "c"))) == (6, 9, 1)
    assert source.place(("b", 1, "c")).source == "  - {c: 2}"


def test_mixed_line_ends_count_once_each():
    assert spot(read("a: 1\r\nb: 2\rc: 3\nd: 4").place(("d",))) == (4, 4, 1)


def test_the_mark_of_utf8_takes_no_column():
    assert spot(parse(b"\xef\xbb\xbfa: 1", "c.yaml").place(("a",), key=True)) == (1, 1, 1)


def test_a_value_over_several_lines_is_pointed_at_on_its_first():
    source = read('a: "one\n  two"\nb: [1,\n  2]\n')
    assert pointed(source.place(("a",))) == '"one'
    assert pointed(source.place(("b",))) == "[1,"


def test_an_anchor_is_not_part_of_the_value():
    source = read("a: &x one\nb: &y\n  # why\n  c: 1\nd: &z\n  - 1\ne: &n\nf: 1\n")
    assert spot(source.place(("a",))) == (1, 7, 3)
    assert spot(source.place(("b",))) == (4, 3, 1)
    assert spot(source.place(("d",))) == (6, 3, 1)
    assert source.place(("e",)).line == 7


def test_a_long_line_is_quoted_in_part():
    source = read("z: [" + "abc, " * 1000 + "here, " + "abc, " * 1000 + "]\nb: " + "x" * 5000 + "\n")
    place = source.place(("z", 1000))
    assert pointed(place) == "here"
    assert len(place.source) <= EXCERPT
    assert "…" == place.source[0] == place.source[-1]
    first = source.place(("b",))
    assert (first.line, first.column) == (2, 4)
    assert len(first.source) == EXCERPT >= first.column - 1 + first.width


# Aliases and merges.


def test_an_alias_repeats_a_value_and_points_to_it():
    source = read("a: &x {p: 1}\nb: *x\nc: [*x, *x]\n")
    assert source.value == {"a": {"p": "1"}, "b": {"p": "1"}, "c": [{"p": "1"}, {"p": "1"}]}
    assert source.value["a"] is not source.value["b"]
    assert spot(source.place(("c", 1, "p"))) == (1, 11, 1)
    assert spot(source.place(("b", "p"), key=True)) == (1, 8, 1)


MERGED = """\
base: &base {price: 1, unit: hour}
more: &more {unit: day, cap: 9}
one:
  <<: *base
  price: 2
two:
  price: 3
  <<: [*base, *more]
"""


def test_own_keys_win_then_earlier_bases():
    source = read(MERGED)
    assert source.value["one"] == {"price": "2", "unit": "hour"}
    assert source.value["two"] == {"price": "3", "unit": "hour", "cap": "9"}


def test_merged_values_are_placed_where_they_stand():
    source = read(MERGED)
    assert spot(source.place(("one", "price"))) == (5, 10, 1)
    assert spot(source.place(("one", "unit"))) == (1, 30, 4)
    assert spot(source.place(("two", "cap"), key=True)) == (2, 25, 3)
    assert not source.has(("one", "<<"))


def test_merges_chain_and_a_quoted_one_is_a_key():
    assert read("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}").value["c"] == {"x": "1", "y": "2"}
    assert read("'<<': 1").value == {"<<": "1"}
    assert read("a: {<<: {p: 1}}").value == {"a": {"p": "1"}}


# CB101: bytes.


def test_a_byte_that_is_not_utf8_names_what_was_meant():
    problem = only("a: 1\nlabel: café".encode("cp1252") + b" \xe9t\xe9\n")
    assert (problem.code, spot(problem.place)) == ("CB101", (2, 11, 1))
    assert "`0xE9`" in problem.message
    assert "`é`" in problem.message
    assert "first of 3" in problem.message
    assert problem.place.source == "label: caf� �t�"
    assert "UTF-8" in problem.help


def test_a_byte_that_windows_lacks_too():
    assert "Windows" not in only(b"a: \x81").message


def test_columns_before_a_bad_byte_count_characters():
    assert spot(only("é: €".encode() + b" \xff").place) == (1, 6, 1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_has_words_of_its_own(encoding):
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    problem = only(mark + "a: 1".encode(encoding))
    assert (problem.code, problem.place.line) == ("CB101", 0)
    assert "UTF-16" in problem.message


# CB102, CB103: documents.


@pytest.mark.parametrize("text", ["", " \n\n", "# only\n", "---\n", "---\n# x\n...\n", "\ufeff"])
def test_an_empty_file(text):
    problem = only(text)
    assert (problem.code, problem.place.line) == ("CB102", 0)


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: 1\n---\nb: 2\n", 2), ("---\na: 1\n---\n", 3), ("---\n---\na: 1\n", 2), ("a: 1\n...\n---\n", 3)],
)
def test_a_second_document(text, line):
    problem = only(text)
    assert ("CB103", (line, 1, 3)) == (problem.code, spot(problem.place))


# CB104: tabs.


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a:\n\tb: 1", (2, 1, 1)),
        ("a:\n  \tb: 1", (2, 3, 1)),
        ("a:\tb", (1, 3, 1)),
        ("a: b\t# c", (1, 5, 1)),
        ("a: |\n\tx", (2, 1, 1)),
        ("a: |\t\n  x", (1, 5, 1)),
        ("a:\n  -\tb", (2, 4, 1)),
        ("a: 1\r\n\tb: 2", (2, 1, 1)),
    ],
)
def test_a_tab(text, place):
    problem = only(text)
    assert ("CB104", place) == (problem.code, spot(problem.place))


def test_a_tab_inside_quotes_is_text():
    assert read("a: 'b\tc'\nd: \"\\t\"").value == {"a": "b\tc", "d": "\t"}


# CB105: syntax.


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: [1, 2\nb: 3\n", (1, 4, 1), "`[` is never closed"),
        ("a: [1, 2", (1, 4, 1), "`[` is never closed"),
        ("a: {x: 1\nb: {y: 2}\n", (1, 4, 1), "`{` is never closed"),
        ("a: [1, {b: 2]\n", (1, 8, 1), "`{` is never closed"),
        ("a: ['[', \"]\", # ]\n1", (1, 4, 1), "`[` is never closed"),
        ("a: [x]]", (1, 7, 1), "`]` closes nothing"),
        ("a: ]", (1, 4, 1), "`]` closes nothing"),
        ("a: [,]", (1, 5, 1), "`,` stands where a value should"),
        ("a: [\n 'x'\n 'y'\n]", (3, 2, 3), "a `,` is missing before `'y'`"),
        ("a: [why?no]", (1, 8, 3), "a `,` is missing before `?no`"),
        ('a: "x\nb: 1\n', (1, 4, 1), "this quote is never closed"),
        ("a: ['x\nb: 1\n", (1, 5, 1), "this quote is never closed"),
        ('a: "x\nb: "y"\n', (1, 4, 1), "the quote opened here closes only on line 2"),
        ("a: 'l'appel'", (1, 7, 6), "`appel'` stands after the closing quote"),
        ("a: ['l'appel', 'x']", (1, 8, 6), "`appel'` stands after the closing quote"),
        ('a: "x" y', (1, 8, 1), "`y` stands after the closing quote"),
        ("a: [1] x", (1, 8, 1), "`x` stands after the end of the value"),
        ("a:1\nb: 2\n", (1, 1, 3), "`a:1` lacks a blank after its `:`"),
        ("a: 1\nb:2 # c\nc: 3\n", (2, 1, 3), "`b:2` lacks a blank after its `:`"),
        ("a: {b:1, c: 2}", (1, 5, 3), "`b:1` lacks a blank after its `:`"),
        ("a: 1\nbe be\nc: 3\n", (2, 1, 5), "`be be` lacks a `:` and a value"),
        ("a: 1\n'b'", (2, 1, 3), "`'b'` lacks a `:` and a value"),
        (": x", (1, 1, 1), "no key stands before the `:`"),
        ("a: {: x}", (1, 5, 1), "no key stands before the `:`"),
        ("a: 1\n  b: 2\n", (2, 3, 1), "`b` is indented into the value of line 1"),
        ("a:\n    b: 1\n  c: 2\n", (3, 3, 2), "the indentation of `c:` fits no line above"),
        ("a:\n  - b\n - c\n", (3, 2, 1), "the indentation of `-` fits no line above"),
        ("- a\nb: c", (2, 1, 2), "`b:` breaks off the list of line 1"),
        ("a: 1\n- b", (2, 1, 1), "an item `- ` stands among the keys of line 1 and below"),
        ("a: b: c", (1, 5, 1), "a second `: ` stands on this line"),
        ("a: 'x': y", (1, 7, 1), "a second `: ` stands on this line"),
        ("a: @b", (1, 4, 1), "a value cannot begin with `@`"),
        ("a: `b`", (1, 4, 1), "a value cannot begin with a backtick"),
        ("a: %b", (1, 4, 1), "a value cannot begin with `%`"),
        ("a: >= 80", (1, 4, 1), "`>` here begins a text on the lines below"),
        ("a: | x", (1, 4, 1), "`|` here begins a text on the lines below"),
        ("a: *", (1, 4, 1), "`*` here repeats a value by its name"),
        ("a: & b", (1, 4, 1), "`&` here gives a name to a value"),
        ("a: - b", (1, 4, 1), "a list cannot begin on the line of its key"),
        ("a: ? b", (1, 4, 1), "`?` cannot stand here"),
        ('a: "\\d"', (1, 5, 2), "`\\d` names no character"),
        ('a: "\\x4z"', (1, 5, 3), "`\\x4` names no character"),
        ('a: "\\UFFFFFFFF"', (1, 5, 10), "`\\UFFFFFFFF` names no character"),
        ("a: &x 1\nb: &x 2", (2, 4, 4), "the anchor `&x` stands twice, first on line 1"),
        ("{a: 1}\nb: 2", (2, 1, 2), "`b:` stands outside the one document"),
        ("%b\na: 1", (1, 1, 1), "a line that begins with `%` is an order to YAML, and orders are not read"),
        ("%YAML " + "9" * 5000 + ".1\n---\na: 1", (1, 1, 1), "a line that begins with `%`"),
    ],
)
def test_syntax_in_words(text, place, message):
    problem = only(text)
    assert ("CB105", place) == (problem.code, spot(problem.place))
    assert problem.message.startswith(message)
    assert problem.help
    assert problem.place.source == text.splitlines()[place[0] - 1][: EXCERPT - 1] + "…" * (
        len(problem.place.source) > 199
    )


def test_remedies_say_what_to_write():
    assert only("a: 1\nb:2\nc: 3\n").help == "write `b: 2`"
    assert "`]`" in only("a: [1").help


def test_the_parser_never_speaks_for_itself():
    for text in [
        "a: [1\nb: 2",
        "- a\nb: c",
        "a: 1\n- b",
        "{a: 1}\nb",
        "a: 'x' y",
        "a: b: c",
        "? a\n- b\nc: d",
        "a: [}",
    ]:
        message = only(text).message + only(text).help
        assert not any(word in message for word in ("<", "token", "scalar", "expected", "block mapping", "parsing"))


# CB106 to CB112.


def test_every_repeated_key_is_told():
    found = problems("a: 1\nb: {c: 1, c: 2}\na: 2\nd:\n  - {e: 1}\n  - e: 1\n    e: 2\na: 3\n")
    assert [(p.code, spot(p.place)) for p in found] == [
        ("CB106", (2, 11, 1)),
        ("CB106", (3, 1, 1)),
        ("CB106", (7, 5, 1)),
        ("CB106", (8, 1, 1)),
    ]
    assert [p.message[-6:] for p in found] == ["line 2", "line 1", "line 6", "line 1"]


def test_a_repeated_key_is_found_whatever_its_quotes():
    assert only("a: 1\n'a': 2").code == "CB106"
    assert "`<<: [*a, *b]`" in only("x: &x {a: 1}\ny: {<<: *x, <<: *x}").help


def test_a_repeated_key_in_an_anchored_mapping_is_told_once():
    assert len(problems("a: &x {p: 1, p: 2}\nb: *x\nc: *x\nd: {<<: *x}\n")) == 1


def test_a_bomb_is_refused_before_it_expands():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    start = time.perf_counter()
    problem = only("\n".join(lines))
    assert time.perf_counter() - start < 0.5
    assert problem.code == "CB107"
    assert pointed(problem.place) == "*a3"


def test_a_bomb_of_merges_is_refused():
    lines = ["a0: &a0 {}"] + [f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}" for i in range(1, 40)]
    assert only("\n".join(lines)).code == "CB107"
    lines = ["a0: &a0 {}"] + [f"a{i}: &a{i} {{<<: *a{i - 1}}}" for i in range(1, 1000)]
    assert only("\n".join(lines)).code == "CB107"


def test_many_plain_values_are_refused():
    problem = only(f"a: &a [{'x,' * 300}]\nb: [{'*a,' * 330}]\nc: [{'x,' * 500}]")
    assert (problem.code, problem.place.line, pointed(problem.place)) == ("CB107", 3, "x")


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: *a}", "a: &a {<<: *a}", "a: &a\n  b:\n    - *a"])
def test_an_alias_inside_itself(text):
    problem = only(text)
    assert (problem.code, pointed(problem.place)) == ("CB107", "*a")


def test_a_large_file_is_refused_at_once():
    start = time.perf_counter()
    problem = only(b"a: " + b"x" * 5_000_000)
    assert time.perf_counter() - start < 0.1
    assert (problem.code, problem.place.line) == ("CB108", 0)
    assert next(iter(parse(b"a: 1\n#" + b"x" * (MOST_BYTES - 6), "c").value)) == "a"


def test_a_large_text_is_placed_with_a_short_excerpt():
    found = problems("a: " + "x" * (MOST_CHARACTERS + 1) + "\nb: 1\nc: " + "y" * (MOST_CHARACTERS + 1))
    assert [(p.code, p.place.line, p.place.column) for p in found] == [("CB108", 1, 4), ("CB108", 3, 4)]
    assert all(len(p.place.source) <= EXCERPT for p in found)
    assert len(read("a: " + "x" * MOST_CHARACTERS).value["a"]) == MOST_CHARACTERS


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("- a\n- b", (1, 1, 1), "a list"),
        ("[a]", (1, 1, 3), "a list"),
        ("# c\ntitle:foo", (2, 1, 9), "a bare text"),
        ("a: {[1]: 2}", (1, 5, 3), "as a key"),
        ("? {a: 1}\n: b", (1, 3, 6), "as a key"),
        ("a: 1\n<<: 3", (2, 5, 1), "`<<` takes"),
        ("a: &a [1]\nb: {<<: [*a]}", (2, 9, 4), "`<<` takes"),
    ],
)
def test_a_shape_that_is_no_contract(text, place, message):
    problem = only(text)
    assert ("CB109", place) == (problem.code, spot(problem.place))
    assert message in problem.message


def test_nesting_has_a_limit():
    deep = MOST_LEVELS - 1
    assert read("a: " + "[" * deep + "x" + "]" * deep).value
    problem = only("a: " + "[" * (deep + 1) + "x" + "]" * (deep + 1))
    assert ("CB109", (1, 4 + deep, 1)) == (problem.code, spot(problem.place))
    assert only("[" * 1_000_000).code == "CB109"
    assert only("- " * 500_000).code == "CB109"


def test_nesting_through_aliases_has_the_same_limit():
    chain = ["a0: &a0 []"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 100)]
    assert only("\n".join(chain)).code == "CB109"
    assert read("\n".join(chain[: MOST_LEVELS - 1])).value


def test_every_tag_is_refused():
    found = problems(
        "a: !!python/object/apply:os.system [ls]\nb: !!str 3\nc: !foo {d: 1}\n"
        "!x e: 1\nf: [!y, z]\ng: ! h\ni: !<a,b> j\nk: !e!l m"
    )
    assert {"CB110"} == {p.code for p in found}
    assert [pointed(p.place) for p in found] == [
        "!!python/object/apply:os.system",
        "!!str",
        "!foo",
        "!x",
        "!y",
        "!",
        "!<a,b>",
        "!e!l",
    ]


def test_an_unknown_alias_names_the_nearest():
    found = problems("base: &tariff 1\na: *tarif\nb: *later\nc: &later 2\n")
    assert [(p.code, spot(p.place)) for p in found] == [("CB111", (2, 4, 6)), ("CB111", (3, 4, 6))]
    assert "did you mean `tariff`?" in found[0].help
    assert "`&later` comes only on line 4" in found[1].help
    assert "`&name`" in only("a: *x").help
    assert only("*x : 1").code == "CB111"
    assert only("a: {<<: *x}").code == "CB111"


def test_many_unknown_aliases_take_no_time():
    start = time.perf_counter()
    found = problems("".join(f"k{i}: &anchor{i} x\nl{i}: *alias{i}\n" for i in range(3000)))
    assert len(found) == 3000
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\x80", "\ufffe"])
def test_a_control_character(character):
    problem = only(f"a: 1\nb: x{character}y\n")
    assert (problem.code, spot(problem.place)) == ("CB112", (2, 5, 1))
    assert f"U+{ord(character):04X}" in problem.message
    assert problem.place.source == "b: x�y"


def test_every_control_character_is_told():
    assert [spot(p.place) for p in problems("a: \x01\nb: \x02")] == [(1, 4, 1), (2, 4, 1)]


def test_half_a_character_is_refused():
    problem = only('a: "\\ud83d"')
    assert (problem.code, spot(problem.place)) == ("CB112", (1, 4, 8))
    assert read('a: "\\U0001F600"').value == {"a": "😀"}


def test_problems_of_many_kinds_come_at_once_in_order():
    text = "a: !t 1\nb: {c: 1, c: 2}\n? [d]\n: 1\ne: *f\nb: 2\ng: &g [*g]\nh: " + "x" * (MOST_CHARACTERS + 1)
    assert [p.code for p in problems(text)] == ["CB110", "CB106", "CB109", "CB111", "CB106", "CB107", "CB108"]


# Any input.


FRAGMENTS = st.sampled_from(
    ["a", "b: ", "\n", "\n  ", "- ", "\n- ", "[", "]", "{", "}", ",", "'", '"', "\\", "#", " # ", "&x ", "*x", "!t ",
     "> ", "|", "|\n  ", "? ", ": ", "\t", "\r", "\r\n", "%", "@", "`", "---\n", "...\n", "~", "<<: ", "\x85", "\u2028",
     "é", "\0", "\\U0011FFFF", "\\ud800", "%YAML 1.1\n"]
)  # fmt: skip


def check_anything(data: bytes) -> None:
    found: tuple[Problem, ...] = ()
    try:
        source = parse(data, "any")
    except Invalid as invalid:
        found = invalid.problems
    else:
        assert read(emit(source.value)).value == source.value
        assert isinstance(source.value, dict)
        return
    assert found
    for problem in found:
        place = problem.place
        assert place is not None
        assert problem.message
        assert problem.help
        assert not problem.message.endswith(".")
        assert place.line == 0 or (place.line >= 1 and 1 <= place.column <= len(place.source) + 1)
        assert place.width >= 1
        assert len(place.source) <= EXCERPT


@given(st.binary(max_size=200))
def test_any_bytes_parse_or_are_refused(data):
    check_anything(data)


@settings(max_examples=500)
@given(st.lists(FRAGMENTS, max_size=20).map("".join))
def test_any_text_parses_or_is_refused(text):
    check_anything(text.encode())


# Emitting.


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text("ab :#-'\"\\\n\t,[]{}&*!|>%@`?~<=.0\r\x85\u2028\ufeff", max_size=12),
    st.sampled_from(["null", "~", "<<", "20:00", "0.30", "NO", "2026-10-01", "", "=", "-", "word " * 60]),
)
PLAIN = st.recursive(
    st.none() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=500)
@given(st.dictionaries(TEXTS, PLAIN, max_size=5))
def test_what_is_emitted_reads_back_the_same(value):
    again = read(emit(value)).value
    assert value == again
    assert list(value) == list(again)


def test_emitted_text_is_what_a_person_would_write():
    value = {
        "price": "0.30", "from": "20:00", "country": "NO", "date": "2026-10-01", "share": "10 %", "none": None,
        "word": "null", "label": "Qualité", "note": "a: b", "lines": "one\ntwo\n",
        "list": ["1", {"a": "b", "c": ["x"]}], "no": [], "nix": {},
    }  # fmt: skip
    expected = """\
price: 0.30
from: 20:00
country: NO
date: 2026-10-01
share: 10 %
none: null
word: 'null'
label: Qualité
note: 'a: b'
lines: |
  one
  two
list:
  - 1
  - a: b
    c:
      - x
no: []
nix: {}
"""
    assert expected == emit(value)


def test_long_texts_are_broken_at_120():
    text = emit({"a": "word " * 60 + "end"})
    assert all(len(line) <= 125 for line in text.splitlines())
    assert len(text.splitlines()) > 1


def test_only_plain_values_are_emitted():
    with pytest.raises(TypeError):
        emit({"a": 1})

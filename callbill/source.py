"""YAML text to plain values, each with its place.

A scalar stays the text that was written: `0.30`, `20:00` and `NO` are text; an empty value, `~` and `null` are nothing.
Nothing in the text is ever run or built: tags are refused, aliases are counted before they are followed.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml
from yaml.error import MarkedYAMLError
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode
from yaml.tokens import DirectiveToken, ScalarToken, TagToken

from callbill.problems import Invalid, Path, Place, Problem, nearest

MOST_BYTES = 1 << 20
MOST_CHARACTERS = 1 << 16
"""Of one scalar."""
MOST_VALUES = 100_000
"""Keys and values, once every alias is followed."""
MOST_LEVELS = 40
EXCERPT = 200
"""Most characters that a place holds of its line."""
NAME = 40
"""Most characters that a message quotes."""
_SAVE_IT = "save the file as UTF-8"

_NULL, _MERGE, _TEXT = (f"tag:yaml.org,2002:{word}" for word in ("null", "merge", "str"))
_RESOLVERS = {
    first: [(tag, pattern) for tag, pattern in known if tag in (_NULL, _MERGE)]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
"""What a plain scalar may be besides text: nothing, or the key `<<`."""
_REFUSED = yaml.SafeLoader.NON_PRINTABLE
_UNSEEN = re.compile(f"{_REFUSED.pattern}|[\x85\u2028\u2029]")


@dataclass(frozen=True)
class Text:
    """A decoded file that can point into itself; offsets count characters from 0."""

    name: str
    text: str

    @cached_property
    def lines(self) -> list[tuple[int, int]]:
        """First and last offset of each line; a line ends with LF, CRLF or a lone CR."""
        ends = [(m.start(), m.end()) for m in re.finditer(r"\r\n|\r|\n", self.text)]
        return list(zip([0, *(after for _, after in ends)], [*(end for end, _ in ends), len(self.text)], strict=True))

    def line(self, offset: int) -> int:
        """The number of the line that an offset stands on."""
        return bisect_right(self.lines, offset, key=lambda line: line[0])

    def before(self, offset: int) -> str:
        """What stands left of an offset on its line."""
        return self.text[self.lines[self.line(offset) - 1][0] : offset]

    def at(self, start: int, end: int = 0) -> Place:
        """The place of a stretch, as far as it stands on its first line.

        Of a line longer than `EXCERPT` only the surroundings are kept, cut ends marked `…`; `column` then counts in
        that excerpt, so that the caret stands right. Control characters show as `�`, one for one.
        """
        number = self.line(start)
        left, right = self.lines[number - 1]
        column, cut = min(start, right) - left, 0
        if right - left > EXCERPT:
            cut = max(0, column - EXCERPT // 2)
        source = self.text[left + cut : min(right, left + cut + EXCERPT + 1)]
        if cut:
            source = "…" + source[1:]
        if len(source) > EXCERPT:
            source = source[: EXCERPT - 1] + "…"
        column -= cut
        width = max(1, min(end - start, right - start, len(source) - column))
        return Place(self.name, number, column + 1, _UNSEEN.sub("�", source), width)

    def problem(self, code: str, start: int, end: int, message: str, remedy: str) -> Problem:
        return Problem(code, message, remedy, place=self.at(start, end))

    def word(self, offset: int) -> str:
        """What stands at an offset: one bracket or comma, or characters up to the next blank."""
        found = re.compile(r"[\[\]{},]|[^\s,\[\]{}]+").match(self.text, offset, offset + NAME)
        return found.group() if found else ""


Span = tuple[int, int]


@dataclass(frozen=True)
class Source(Text):
    """A file as plain values: `dict`, `list`, `str` and `None`, each with its place."""

    value: Any
    spans: dict[Path, tuple[Span, Span]] = field(repr=False, compare=False)
    """Where the key and the value of each path stand."""

    def place(self, path: Path, *, key: bool = False) -> Place:
        """The place of the value at a path, or of its key; of the nearest thing above where there is none."""
        while path not in self.spans:
            path = path[:-1]
        return self.at(*self.spans[path][0 if key else 1])

    def has(self, path: Path) -> bool:
        return path in self.spans


def parse(data: bytes, name: str) -> Source:
    """The values of a YAML file, or `Invalid` with every problem in it."""
    text = _decode(data, name)
    root = _compose(text)
    if not isinstance(root, MappingNode):
        start, end = _span(root, text.text)
        kind = "a list" if isinstance(root, SequenceNode) else "a bare text"
        remedy = "write `key: value` lines, with a blank after each `:`"
        raise Invalid([text.problem("CB109", start, end, f"the file is {kind}, not `key: value` lines", remedy)])
    here = _span(root, text.text)
    spans: dict[Path, tuple[Span, Span]] = {(): (here, here)}
    return Source(name, text.text, _value(root, (), spans, text), spans)


def emit(value: Any) -> str:
    """Plain values as YAML text that `parse` reads back unchanged; quotes only where they are needed."""
    return str(yaml.serialize(_node(value), Dumper=_Emitter, allow_unicode=True, width=120))


# From bytes to text.


def _decode(data: bytes, name: str) -> Text:
    """The text of a file in UTF-8, free of what YAML cannot hold."""
    whole = Place(name)
    if len(data) > MOST_BYTES:
        remedy = "keep the contract here and give the records as activity"
        raise Invalid([Problem("CB108", f"the file has {len(data):,} bytes, more than 1 MiB", remedy, place=whole)])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid([Problem("CB101", "the file is UTF-16, not UTF-8", _SAVE_IT, place=whole)])
    text = Text(name, data.decode("utf-8", "surrogateescape").removeprefix("\ufeff"))
    foreign = [m.start() for m in re.finditer("[\udc80-\udcff]", text.text)]
    if foreign:
        raise Invalid([_foreign(text, foreign)])
    refused = [
        text.problem("CB112", m.start(), m.end(), f"YAML holds no character `U+{ord(m.group()):04X}`", "delete it")
        for m in _REFUSED.finditer(text.text)
    ]
    if refused:
        raise Invalid(refused)
    return text


def _foreign(text: Text, offsets: list[int]) -> Problem:
    """One problem for all bytes that are not UTF-8: they have one remedy."""
    byte = ord(text.text[offsets[0]]) - 0xDC00
    meant = bytes([byte]).decode("cp1252", "ignore")
    message = f"the byte `0x{byte:02X}` is not UTF-8"
    if meant:
        message += f" (in Windows-1252 it is `{meant}`)"
    if len(offsets) > 1:
        message += f"; it is the first of {len(offsets):,}"
    return text.problem("CB101", offsets[0], offsets[0] + 1, message, _SAVE_IT)


# From text to nodes.

_NO_KEY = "no key stands before the `:`", "write the key, or quote the value"


class _Composer(yaml.SafeLoader):
    """PyYAML's composer, which here collects problems, obeys no tag, and counts what aliases repeat."""

    yaml_implicit_resolvers = _RESOLVERS

    def __init__(self, text: Text) -> None:
        super().__init__(text.text)
        self.text = text
        self.found: list[Problem] = []
        self.unknown: list[Any] = []
        """Aliases of nothing."""
        self.known: dict[str, tuple[int, int]] = {}
        """Of each anchor: where it stands, how many values it holds."""
        self.scalars: dict[int, int] = {}
        self.count = self.depth = 0

    def note(self, code: str, spot: Any, message: str, remedy: str) -> None:
        """Collect a problem at a token, an event or a node."""
        start, end = spot.start_mark.index, spot.end_mark.index
        self.found.append(self.text.problem(code, start, end, message, remedy))

    def refusal(self) -> Invalid:
        """What was collected, in the order of the text."""
        return Invalid(sorted(self.found, key=lambda p: (p.place.line, p.place.column) if p.place else (0, 0)))

    def stop(self, error: Exception) -> "_Stop":
        now = self.get_mark()
        known = error if isinstance(error, MarkedYAMLError) else MarkedYAMLError("escape", None, "", now)
        at, opened = known.problem_mark or now, known.context_mark or known.problem_mark or now
        brackets = [mark.index for mark in self.marks if self.text.text[mark.index : mark.index + 1] in ("[", "{")]
        return _Stop(self.text, f"{known.context} {known.problem}", at.index, opened.index, brackets, self.scalars)

    def scan_directive(self) -> DirectiveToken:
        start = self.get_mark()
        if not re.match(r"%YAML 1\.[0-9]\b", self.prefix(9)):
            raise MarkedYAMLError(None, None, "directive", start)
        return super().scan_directive()

    def scan_tag(self) -> TagToken:
        start, length = self.get_mark(), 1
        while self.peek(length) not in "\0 \t\r\n\x85\u2028\u2029" + ",[]{}" * bool(self.flow_level):
            length += 1
        word = self.prefix(length)
        self.forward(length)
        token = TagToken((None, "!"), start, self.get_mark())
        self.note("CB110", token, f"`{word[:NAME]}` is a tag, and tags are not read", "delete it, or quote the text")
        return token

    def scan_plain(self) -> ScalarToken:
        return self._remember(super().scan_plain())

    def scan_flow_scalar(self, style: str) -> ScalarToken:
        return self._remember(super().scan_flow_scalar(style))

    def _remember(self, token: ScalarToken) -> ScalarToken:
        self.scalars[token.end_mark.index] = token.start_mark.index
        return token

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            return self._follow(event)
        if event.anchor in self.known:
            line = self.text.line(self.known[event.anchor][0])
            message = f"the anchor `&{event.anchor[:NAME]}` stands twice, first on line {line}"
            self.note("CB105", event, message, "give each anchor a name of its own")
            self.anchors.pop(event.anchor, None)
        start: int = event.start_mark.index
        if isinstance(event, yaml.CollectionStartEvent) and self.depth >= MOST_LEVELS:
            self.found.append(_too_deep(self.text, start))
            raise self.refusal()
        before = self.count
        self._add(1, event)
        if event.anchor:
            self.known[event.anchor] = (start, 0)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if event.anchor:
            self.known[event.anchor] = (start, self.count - before)
        return node

    def _follow(self, event: Any) -> Node:
        """The node that an alias stands for; an empty mapping where it stands for none."""
        self.get_event()  # type: ignore[no-untyped-call]
        node = self.anchors.get(event.anchor)
        if node is None:
            self.unknown.append(event)
        elif node.end_mark is None:
            message = f"`*{event.anchor[:NAME]}` stands inside what it repeats"
            self.note("CB107", event, message, "write the value out")
        else:
            self._add(self.known[event.anchor][1], event)
            return node
        return MappingNode("", [], event.start_mark, event.end_mark)

    def _add(self, values: int, event: Any) -> None:
        self.count += values
        if self.count > MOST_VALUES:
            alias = isinstance(event, yaml.AliasEvent)
            message = f"with `*{event.anchor[:NAME]}`" if alias else "from here on"
            remedy = "repeat less with `*`" if alias else "keep the contract here and give records as activity"
            self.note("CB107", event, f"{message} the file holds more than {MOST_VALUES:,} values", remedy)
            raise self.refusal()

    def tell_unknown(self) -> None:
        """A problem for each alias of nothing; the first ones with the nearest name, which takes time to find."""
        names = [name for name in self.known if len(name) <= NAME][:NAME]
        for number, event in enumerate(self.unknown):
            name, below = event.anchor[:NAME], self.known.get(event.anchor)
            remedy = (nearest(name, names) if number < NAME else "") or "mark the value to repeat with `&name`"
            if below:
                remedy = f"move it up: `&{name}` comes only on line {self.text.line(below[0])}"
            self.note("CB111", event, f"`*{name}` repeats a value that nothing has named", remedy)

    def compose_scalar_node(self, anchor: Any) -> ScalarNode:
        node = super().compose_scalar_node(anchor)
        if len(node.value) > MOST_CHARACTERS:
            message = f"a text of {len(node.value):,} characters, more than {MOST_CHARACTERS:,}"
            self.note("CB108", node, message, "shorten it: a contract quotes no documents")
        if re.search("[\ud800-\udfff]", node.value):
            remedy = r"write the character itself, or its whole code as in `\U0001F600`"
            self.note("CB112", node, r"half of a character, `\uD800` to `\uDFFF`, stands in this text", remedy)
        return node

    def compose_mapping_node(self, anchor: Any) -> MappingNode:
        node = super().compose_mapping_node(anchor)
        first: dict[str, int] = {}
        for key, value in node.value:
            if not key.tag:
                continue  # an alias of nothing, told elsewhere
            if not isinstance(key, ScalarNode):
                self.note("CB109", key, "a list or a mapping stands as a key", "write a text before the `:`")
            elif key.value in first:
                message = f"`{key.value[:NAME]}` stands twice in this mapping, first on line {first[key.value]}"
                remedy = "write `<<: [*a, *b]`" if key.tag == _MERGE else "delete one of them, or give it another name"
                self.note("CB106", key, message, remedy)
            elif not key.value and key.style is None:
                self.note("CB105", key, *_NO_KEY)
            elif node.flow_style and key.style is None and ":" in key.value and value.tag == _NULL:
                self.note("CB105", key, f"`{key.value[:NAME]}` lacks a blank after its `:`", "write `key: value`")
            elif key.tag == _MERGE and not all(isinstance(base, MappingNode) for base in _bases(value)):
                self.note("CB109", value, "`<<` takes a mapping or a list of mappings", "write `<<: *name`")
            else:
                first[key.value] = self.text.line(key.start_mark.index)
        return node


def _compose(text: Text) -> Node:
    """The one document of a text, as nodes without a problem."""
    composer = _Composer(text)
    try:
        root = composer.get_node() if composer.check_node() else None
        second: Any = composer.peek_event() if composer.check_node() else None  # type: ignore[no-untyped-call]
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # the last two: an escape beyond Unicode
        raise Invalid([composer.stop(error).problem()]) from None
    finally:
        composer.dispose()
    if second:
        composer.note("CB103", second, "a second document begins here", "keep one contract per file, and one `---`")
    composer.tell_unknown()
    if composer.found:
        raise composer.refusal()
    if root is None or (root.tag == _NULL and not root.value):
        message = "the file holds nothing but blanks and comments" if text.text.strip() else "the file is empty"
        raise Invalid([Problem("CB102", message, "write `key: value` lines", place=Place(text.name))])
    return root


def _too_deep(text: Text, start: int) -> Problem:
    return text.problem("CB109", start, 0, f"nested deeper than {MOST_LEVELS} levels", "write it flatter")


# From nodes to values.


def _bases(value: Node) -> list[Node]:
    return list(value.value) if isinstance(value, SequenceNode) else [value]


def _entries(node: MappingNode) -> dict[str, tuple[Node, Node]]:
    """The keys and values of a mapping, merged ones in the place of `<<`; own keys win, then earlier bases."""
    own = {key.value: (key, value) for key, value in node.value if key.tag != _MERGE}
    entries: dict[str, tuple[Node, Node]] = {}
    for key, value in node.value:
        if key.tag != _MERGE:
            entries[key.value] = (key, value)
            continue
        for base in _bases(value):
            for name, pair in _entries(base).items():  # type: ignore[arg-type]  # checked when it was composed
                entries.setdefault(name, own.get(name, pair))
    return entries


def _value(node: Node, path: Path, spans: dict[Path, tuple[Span, Span]], text: Text) -> Any:
    """A node as plain values, noting the spans of everything in it."""
    if isinstance(node, CollectionNode) and len(path) >= MOST_LEVELS:  # reached through aliases
        raise Invalid([_too_deep(text, node.start_mark.index)])
    if isinstance(node, MappingNode):
        values = {}
        for name, (key, child) in _entries(node).items():
            spans[*path, name] = _span(key, text.text), _span(child, text.text)
            values[name] = _value(child, (*path, name), spans, text)
        return values
    if isinstance(node, SequenceNode):
        items = []
        for index, child in enumerate(node.value):
            spans[*path, index] = (_span(child, text.text),) * 2
            items.append(_value(child, (*path, index), spans, text))
        return items
    return None if node.tag == _NULL else node.value


def _span(node: Node, text: str) -> Span:
    """What to point at: a scalar or a bracketed value whole, the first key of a block, the dash of a list."""
    start, end = node.start_mark.index, node.end_mark.index
    anchor = re.compile(r"&[\w-]+(?:\s|#[^\r\n]*)*").match(text, start, end)
    start = anchor.end() if anchor else start
    if isinstance(node, MappingNode) and not node.flow_style:
        return start, max(start + 1, node.value[0][0].end_mark.index)
    block = isinstance(node, SequenceNode) and not node.flow_style
    return start, start + 1 if block or text.startswith(("|", ">"), start) else max(start, end)


# What PyYAML refuses, in words.

_QUOTE_IT = "put the value in quotes"
_WORDS = (
    ("directive", "a line that begins with `%` is an order to YAML, and orders are not read", "delete the line"),
    ("quoted scalar", "this quote is never closed", "close it, or write an apostrophe inside `'…'` twice"),
    ("block scalar", "{first} here begins a text on the lines below", _QUOTE_IT),
    ("scanning an alias", "`*` here repeats a value by its name", _QUOTE_IT),
    ("scanning an anchor", "`&` here gives a name to a value", _QUOTE_IT),
    ("cannot start", "a value cannot begin with {first}", _QUOTE_IT),
    ("sequence entries", "a list cannot begin on the line of its key", "write each `- item` on a line below, indented"),
    ("mapping keys", "`?` cannot stand here", _QUOTE_IT),
    ("node content", "`{word}` stands where a value should", "write the value, or quote the text"),
    ("',' or", "a `,` is missing before `{word}`", "write `,` between items, and quote a text with `?` or `:`"),
    ("<document start>", "`{word}` stands outside the one document", "give all lines the form `key: value`"),
    ("", "`{word}` stands after the end of the value", "put the whole value in quotes"),
)
"""A part of what PyYAML says; the message and the remedy in its stead. The last row takes the rest."""


@dataclass(frozen=True)
class _Stop:
    """Where reading came to an end: PyYAML's words and offsets, from which we tell where a person would mend it."""

    text: Text
    said: str
    at: int
    opened: int
    """Where the thing began that was being read."""
    brackets: list[int]
    """The open ones."""
    scalars: dict[int, int]
    """Where each plain or quoted scalar ends and starts."""

    def problem(self) -> Problem:
        said, text = self.said, self.text
        if text.text.startswith("\t", self.at):
            return text.problem(
                "CB104", self.at, 0, "a tab stands where only blanks may", "replace every tab by blanks"
            )
        found = (None if "quoted scalar" in said else self.unclosed()) or self.after_scalar()
        if found:
            return found
        if "escape" in said:
            return self.escape()
        if "expected ':'" in said:
            return self.no_colon(self.opened)
        if "mapping values" in said:
            return self.second_colon()
        stray = ("]", "}") if "',' or" in said else ("]", "}", ":")
        if text.word(self.at) in stray or ("<block end>" in said and not text.before(self.at).strip(" ")):
            return self.misplaced()
        part, message, remedy = next(row for row in _WORDS if row[0] in said)
        start = self.opened if part.startswith("scanning") or part.endswith("scalar") else self.at
        word = text.word(start)
        first = "a backtick" if word[:1] == "`" else f"`{word[:1]}`"
        end = start + (len(word) if "{word}" in message else 1)
        return text.problem("CB105", start, end, message.format(word=word or "nothing", first=first), remedy)

    def unclosed(self) -> Problem | None:
        """The innermost open bracket that nothing closes."""
        for offset in reversed(self.brackets):
            if not _closes(self.text.text, offset):
                bracket, closing = ("[", "]") if self.text.text[offset] == "[" else ("{", "}")
                remedy = f"write `{closing}` after the last item"
                return self.text.problem("CB105", offset, 0, f"`{bracket}` is never closed", remedy)
        return None

    def after_scalar(self) -> Problem | None:
        """A quote closed too early or too late, or a value that ran into the next line."""
        text, colon = self.text, "mapping values" in self.said
        end = len(text.text[: self.at].rstrip(" "))
        start = self.scalars.get(end, end)
        several = text.line(start) != text.line(self.at)
        if start == end or not (colon or ("but " in self.said and text.word(self.at))):
            return None
        if text.text[start] in "'\"":
            if several:
                message = f"the quote opened here closes only on line {text.line(end)}"
                return text.problem("CB105", start, 0, message, "close it on its own line")
            if colon or (self.brackets and text.text[self.at : self.at + 1] in "'\""):
                return None
            word = text.word(self.at)
            remedy = "put all of it between the quotes, where an apostrophe is written twice: `'l''appel'`"
            return text.problem(
                "CB105", self.at, self.at + len(word), f"`{word}` stands after the closing quote", remedy
            )
        if not (colon and several):
            return None
        return self.indented_into(start) if text.before(start).strip(" -") else self.no_colon(start)

    def indented_into(self, start: int) -> Problem:
        """A key so deep that it continues the value which starts on a line above."""
        key = self.text.before(self.at).strip(" ")
        message = f"`{key}` is indented into the value of line {self.text.line(start)}"
        remedy = "begin it in the column of the keys beside it"
        return self.text.problem("CB105", self.at - len(key), self.at, message, remedy)

    def second_colon(self) -> Problem:
        remedy = 'put the value in quotes: `key: "a: b"`'
        return self.text.problem("CB105", self.at, 0, "a second `: ` stands on this line", remedy)

    def no_colon(self, start: int) -> Problem:
        """A line among `key: value` lines that is none."""
        word = re.split(r"[\r\n\x85\u2028\u2029]| #", self.text.text[start : start + EXCERPT])[0].rstrip()
        glued = re.match(r"([\w.-]+):(\S.*)", word)
        message = f"`{word[:NAME]}` lacks a `:` and a value"
        remedy = "write `key: value`, or indent it below its key"
        if glued:
            message = f"`{word[:NAME]}` lacks a blank after its `:`"
            remedy = f"write `{glued[1]}: {glued[2][:NAME]}`"
        return self.text.problem("CB105", start, start + len(word), message, remedy)

    def escape(self) -> Problem:
        start = self.text.text.rfind("\\", 0, self.at + 1)
        word = re.split(r"[^0-9a-fA-F]", self.text.text[start + 2 : start + 10])[0]
        word = self.text.text[start : start + 2] + word * (self.at > start + 1)
        remedy = r"write `\\` for a backslash, or use single quotes, where it has no meaning"
        return self.text.problem("CB105", start, start + len(word), f"`{word.strip()}` names no character", remedy)

    def misplaced(self) -> Problem:
        """A bracket that closes nothing; an item or a key for which the lines above leave no room."""
        word, line = self.text.word(self.at), self.text.line(self.opened)
        message, remedy = f"the indentation of `{word}` fits no line above", "begin it in the column of its neighbours"
        if word in ("]", "}"):
            message, remedy = f"`{word}` closes nothing", "delete it, or write the opening bracket"
        elif word == ":":
            message, remedy = _NO_KEY
        elif "start>" in self.said:
            pass
        elif "block collection" in self.said:
            message = f"`{word}` breaks off the list of line {line}"
            remedy = "begin it with `- `, or give the list a key and indent it below"
        elif word == "-":
            message = f"an item `- ` stands among the keys of line {line} and below"
            remedy = "indent it below the key whose list it belongs to"
        return self.text.problem("CB105", self.at, self.at + len(word), message, remedy)


def _closes(text: str, offset: int) -> bool:
    """Whether the bracket at an offset has its counterpart; quoted texts and comments do not count."""
    tokens = re.compile(r"""(?<=[\[{,:\s])'[^']*'|(?<=[\[{,:\s])"(?:\\.|[^"\\])*"|\s\#[^\r\n]*|[\[\]{}]""", re.DOTALL)
    expected: list[str] = []
    for found in (m.group() for m in tokens.finditer(text, offset)):
        if found in ("[", "{"):
            expected.append("]" if found == "[" else "}")
        elif found in ("]", "}") and found != expected.pop():
            return False
        if not expected:
            return True
    return False


# From values to text.


class _Emitter(yaml.SafeDumper):
    """PyYAML's emitter with our idea of what needs quotes, and lists indented below their key."""

    yaml_implicit_resolvers = _RESOLVERS

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's own
        super().increase_indent(flow, indentless=False)


def _node(value: Any) -> Node:
    if value is None:
        return ScalarNode(_NULL, "null")
    if isinstance(value, dict):
        return MappingNode("tag:yaml.org,2002:map", [(_node(k), _node(v)) for k, v in value.items()], flow_style=False)
    if isinstance(value, list):
        return SequenceNode("tag:yaml.org,2002:seq", [_node(item) for item in value], flow_style=False)
    if isinstance(value, str):
        breaks = re.search("[\x85\u2028\u2029]", value)  # PyYAML writes these bare, and reads them as line ends
        return ScalarNode(_TEXT, value, style='"' if breaks else "|" if "\n" in value else None)
    raise TypeError(f"{type(value).__name__} is not a plain value")

"""YAML text to plain values, each with its place.

A scalar stays the text that was written: `0.30`, `20:00` and `NO` are text; an empty value, `~` and `null` are nothing.
Nothing in the text is ever run or built: tags are refused, aliases are counted before they are followed.
"""

import re
from dataclasses import field
from typing import Any

import yaml
from yaml.error import MarkedYAMLError
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode
from yaml.tokens import DirectiveToken, ScalarToken, TagToken

from callbill.frozen import frozen
from callbill.problems import Invalid, Path, Place, Problem, nearest
from callbill.syntax import NAME, NO_KEY, UNPRINTABLE, Stop, Text

MOST_BYTES = 1 << 20
MOST_CHARACTERS = 1 << 16
"""Of one scalar."""
MOST_VALUES = 100_000
"""Keys and values, once every alias is followed."""
MOST_LEVELS = 40
_SAVE_IT = "save the file as UTF-8"

_NULL, _MERGE, _TEXT = (f"tag:yaml.org,2002:{word}" for word in ("null", "merge", "str"))
_RESOLVERS = {
    first: [(tag, pattern) for tag, pattern in known if tag in (_NULL, _MERGE)]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
"""What a plain scalar may be besides text: nothing, or the key `<<`."""


Span = tuple[int, int]


@frozen
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
        for m in UNPRINTABLE.finditer(text.text)
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

    def stop(self, error: Exception) -> "Stop":
        now = self.get_mark()
        known = error if isinstance(error, MarkedYAMLError) else MarkedYAMLError("escape", None, "", now)
        at, opened = known.problem_mark or now, known.context_mark or known.problem_mark or now
        brackets = [mark.index for mark in self.marks if self.text.text[mark.index : mark.index + 1] in ("[", "{")]
        return Stop(self.text, f"{known.context} {known.problem}", at.index, opened.index, brackets, self.scalars)

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
        before: Node | None = None
        for key, value in node.value:
            number, before = before, value
            if not key.tag:
                continue  # an alias of nothing, told elsewhere
            if node.flow_style and number and _is_cut(number, key, value, self.text.text):
                self.tell_comma(number, key)
            elif not isinstance(key, ScalarNode):
                self.note("CB109", key, "a list or a mapping stands as a key", "write a text before the `:`")
            elif key.value in first:
                message = f"`{key.value[:NAME]}` stands twice in this mapping, first on line {first[key.value]}"
                remedy = "write `<<: [*a, *b]`" if key.tag == _MERGE else "delete one of them, or give it another name"
                self.note("CB106", key, message, remedy)
            elif not key.value and key.style is None:
                self.note("CB105", key, *NO_KEY)
            elif node.flow_style and key.style is None and ":" in key.value and value.tag == _NULL:
                self.note("CB105", key, f"`{key.value[:NAME]}` lacks a blank after its `:`", "write `key: value`")
            elif key.tag == _MERGE and not all(isinstance(base, MappingNode) for base in _bases(value)):
                self.note("CB109", value, "`<<` takes a mapping or a list of mappings", "write `<<: *name`")
            else:
                first[key.value] = self.text.line(key.start_mark.index)
        return node

    def tell_comma(self, before: Node, after: Node) -> None:
        """A decimal comma inside braces, where it has cut the number in two."""
        whole, part = before.value, after.value
        code, said = "CB211", "has a decimal comma"
        remedy = f"write `{whole}.{part}`: inside braces a comma ends the value"
        if re.fullmatch("[1-9][0-9]{0,2}", whole) and len(part) == 3:
            code, said = "CB212", "groups its digits, or has a decimal comma"
            remedy = f"write `{whole}{part}`, or `{whole}.{part}`: inside braces a comma ends the value"
        start, end = before.start_mark.index, after.end_mark.index
        self.found.append(self.text.problem(code, start, end, f"`{whole},{part}` {said}", remedy))


def _is_cut(number: Node, key: Node, value: Node, text: str) -> bool:
    """Whether digits, a comma and digits were read as a value and a key without one."""
    return (
        value.tag == _NULL
        and text[number.end_mark.index : key.start_mark.index] == ","
        and all(isinstance(one, ScalarNode) and re.fullmatch("[0-9]{1,18}", one.value) for one in (number, key))
    )


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

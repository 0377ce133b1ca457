"""A text that can point into itself, and where a person would mend it when it is not YAML.

PyYAML says in its own words, and often lines further down, why it stopped; here that becomes the spot of the
mistake, what is wrong there and what to write.
"""

import re
from bisect import bisect_right
from functools import cached_property

from callbill.frozen import frozen
from callbill.problems import Place, Problem

EXCERPT = 2000
"""Most characters that a place holds of its line."""
NAME = 40
"""Most characters that a message quotes."""
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not let a file hold."""
NO_KEY = "no key stands before the `:`", "write the key, or quote the value"


@frozen
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
        seen = re.sub("[\x85\u2028\u2029]", "�", UNPRINTABLE.sub("�", source))
        return Place(self.name, number, column + 1, seen, width)

    def problem(self, code: str, start: int, end: int, message: str, remedy: str) -> Problem:
        return Problem(code, message, remedy, place=self.at(start, end))

    def word(self, offset: int) -> str:
        """What stands at an offset: one bracket or comma, or characters up to the next blank."""
        found = re.compile(r"[\[\]{},]|[^\s,\[\]{}]+").match(self.text, offset, offset + NAME)
        return found.group() if found else ""


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


@frozen
class Stop:
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
        word = re.split(r"[\r\n\x85\u2028\u2029]| #", self.text.text[start : start + 200])[0].rstrip()
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
            message, remedy = NO_KEY
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

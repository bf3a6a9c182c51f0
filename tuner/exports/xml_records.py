"""Records that a store or a logger keeps as XML in, a JSON object a record out.

Splunk's results, rows that a database prints, events of log4j and java.util.logging: an element
with a message is a record. Its fields are its attributes and the texts inside, named by `k`, `key`
or `name` where they say it, else by their element.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate

import msgspec

from tuner.exports import finding, names
from tuner.inputs.chunks import MAX_LINE
from tuner.lazy_patterns import lazy_pattern

_START = lazy_pattern(rb"(?:\xef\xbb\xbf)?\s*<(?!(?i:!|html\b))[?A-Za-z]")
_NAMES = ("k", "key", "name")
_NAMELESS = frozenset(("value", "text", "v", "string", "data"))
"""Elements around a text that say nothing of it: their parent names it."""
_OURS = b"<records>"
_DECLARED = lazy_pattern(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>")
_NO_NEWLINE = lazy_pattern(rb"[^\r\n]")
_DEEPEST, _MOST_FIELDS = 64, 1000


def are_records(head: bytes) -> bool:
    """Whether an input begins as XML with records of an agent in it."""
    if not _START.match(head):
        return False
    records = _Records()
    with suppress(ExpatError, _NoRecords):
        records.parse(head[: head.rfind(b">") + 1])
    found = (msgspec.json.decode(line) for line in records.lines() if line.strip())
    return any((way := finding.find(each)) and way.strength >= finding.SURE for each in found)


def as_json(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The records, each on the line where it begins. What is no XML any more stays as it is: from
    there on nothing can be known, and it is counted as unread."""
    records = _Records()
    for block in (feed := iter(blocks)):
        try:
            records.parse(block)
        except (ExpatError, _NoRecords):
            yield from records.lines()
            yield block[records.place :]
            yield from feed
            return
        yield from records.lines()
    yield from records.rest()


class _NoRecords(ValueError):
    """What no list of records has: a document type, which may define anything; a depth or a text
    without end."""


class _Node(NamedTuple):
    """An element that is open: its name, the pieces of its text, and the fields inside."""

    name: str
    texts: list[str]
    fields: dict[str, str]
    line: int


class _Records:
    """Gathers what the parser finds, inside an element of ours, for events stand in none."""

    def __init__(self) -> None:
        parser = ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = self._text, self._refused
        self._parser, self._open = parser, [_Node("", [], {}, 1)]
        self._done: list[tuple[int, bytes]] = []
        self._at, self._depth = 1, 0
        self._begin = self._size = 0
        self.parse(_OURS)

    def parse(self, block: bytes) -> None:
        """Take the next bytes."""
        declared = _DECLARED.match(block) if self._size == len(_OURS) else None
        blank = _NO_NEWLINE.sub(b" ", declared[0]) if declared else b""
        self._begin, self._size = self._size, self._size + len(block)
        self._parser.Parse(blank + block[len(blank) :], False)

    @property
    def place(self) -> int:
        """Where in the block the parser is."""
        return max(0, self._parser.CurrentByteIndex - self._begin)

    def lines(self) -> Iterator[bytes]:
        """What is whole so far, with the empty lines before it."""
        for line, text in self._done:
            yield b"\n" * (line - self._at) + text
            self._at = max(line, self._at) + 1
        self._done.clear()

    def rest(self) -> Iterator[bytes]:
        """A line for a record that was cut off."""
        if self._depth and len(self._open) > self._depth:
            yield b"<half a record: the export is cut off here>\n"

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > _DEEPEST:
            raise _NoRecords
        self._open[-1].texts.clear()  # blanks, for the most part, between what is inside
        own = name.rpartition(":")[2]
        named = next((attributes[key] for key in _NAMES if key in attributes), own)
        self._open.append(_Node(named, [], {**attributes}, self._parser.CurrentLineNumber))

    def _text(self, text: str) -> None:
        self._open[-1].texts.append(text)
        if sum(map(len, self._open[-1].texts)) > MAX_LINE:
            raise _NoRecords

    def _end(self, _: str) -> None:
        node = self._open.pop()
        outer, text = self._open[-1], "".join(node.texts)
        if text.strip() and node.name in _NAMELESS:
            outer.texts.append(text)
        elif text.strip() or not node.fields.keys() - {*_NAMES}:
            outer.fields[node.name] = text
        elif node.fields.keys() >= {"name", "value"}:
            outer.fields[node.name] = node.fields["value"]
        elif any(map(names.message_rank, _undotted(node.fields))):
            self._depth = len(self._open)
            self._done.append((node.line, msgspec.json.encode(node.fields) + b"\n"))
        else:
            outer.fields.update(node.fields)
        if len(outer.fields) > _MOST_FIELDS:
            raise _NoRecords

    def _refused(self, *_: object) -> None:
        raise _NoRecords


def _undotted(fields: Mapping[str, str]) -> Iterator[str]:
    """The names that are no path: those are of properties, which stand in the record."""
    return (name for name in fields if "." not in name)

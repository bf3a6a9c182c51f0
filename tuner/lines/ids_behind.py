"""A record in, the same with the call whose id a formatter of an app's own puts behind its text:
`resumed false interrupted speech job=AJ_x`, or `[AJ_x]`.

A text may speak of another call. So that only counts which stands behind messages that we know, of
several kinds, in the beginning of the file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import rest_of_line
from tuner.lines.catalogue.row import Spelling
from tuner.lines.message_starts import find_message
from tuner.lines.undecodable import UNDECODABLE
from tuner.model import Record

BRACKETS = "["
"""How an id in brackets is called among the names of fields."""
_ID = lazy_pattern(r"(?:AJ|RM)_\w+")
MAYBE = lazy_pattern(rb"(?:=[\"']?|\[)(?:AJ|RM)_")
"""What lines have in which an id may stand behind the message."""
_IN_BRACKETS = lazy_pattern(rb"(?<!\s)\s++\[((?:AJ|RM)_[A-Za-z0-9]+)\]\s*$")


def find(lines: Iterable[str]) -> tuple[str, ...]:
    """The names of fields (or `BRACKETS`) that hold ids behind known messages of several kinds."""
    ways: dict[str, set[Spelling]] = defaultdict(set)
    for line in lines:
        found = find_message(line) if line[:1] != "{" else None
        if found is not None:
            for way in _ways(line[found[0] :]):
                ways[way].add(found[1])
    return tuple(sorted(way for way, rows in ways.items() if len(rows) > 1))


def _ways(text: str) -> Iterable[str]:
    """How ids stand behind this message."""
    rest = rest_of_line.split(text)
    if _ID.fullmatch(rest.logger):
        yield BRACKETS
    if rest.body and not text.rstrip().endswith("}"):
        yield from (key for key, value in _fields(rest.body).items() if _is_id(value))


def bracketed(line: bytes, ways: tuple[str, ...]) -> tuple[bytes, str]:
    """A line without the id in brackets behind it, and that: "" if there is none."""
    found = _IN_BRACKETS.search(line) if BRACKETS in ways and line[:1] != b"{" else None
    return (line[: found.start()], found[1].decode()) if found else (line, "")


def name(record: Record, bracketed_id: str, ways: tuple[str, ...]) -> None:
    """Name the record's call, unless a job or a room is named already."""
    if record.job or record.room:
        return
    fields = _fields(record.body) if record.body else {}
    ids = [bracketed_id, *(fields[way] for way in ways if way in fields)]
    known = [str(each) for each in ids if _is_id(each)]
    record.job = next((each for each in known if each.startswith("AJ_")), "")
    record.room = "" if record.job else next(iter(known), "")


def _fields(body: bytes) -> dict[str, object]:
    try:
        return dict(msgspec.json.decode(body))
    except UNDECODABLE:  # of a record only its ids were decoded
        return {}


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None

"""An input in, the log that a printed value or a JSON text carries out, as if it stood alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from tuner.exports import (
    blocks,
    continued_lines,
    joined_lines,
    loose_values,
    mails,
    one_text,
    wrapped_call_records,
    xml_records,
)

_DEEPEST = 4


class Carrier(NamedTuple):
    """What carries a log: how it is told, and how the log is taken out."""

    name: str
    looks: Callable[[bytes], bool]
    taken: Callable[[Iterable[bytes]], Iterable[bytes]]


CARRIERS = (
    Carrier(
        "wrapped call records", wrapped_call_records.are_wrapped, wrapped_call_records.unwrapped
    ),
    Carrier("printed values", loose_values.is_loose, loose_values.LooseValues),
    Carrier("a mail", mails.is_mail, mails.texts),
    Carrier("one JSON text", one_text.is_text, one_text.OuterText),
    Carrier("records without newlines", joined_lines.are_joined, joined_lines.taken_apart),
    Carrier("XML", xml_records.are_records, xml_records.as_json),
    Carrier("GitLab's lines that go on", continued_lines.are_continued, continued_lines.joined),
)


def is_carried(head: bytes) -> bool:
    """Whether an input that begins like this carries a log in one of these ways."""
    return any(carrier.looks(head) for carrier in CARRIERS)


def taken_out(head: bytes, stream: Any, size: int) -> tuple[bytes, Any, tuple[str, ...]]:
    """The stream of the log that an input carries, of which so many bytes are read already (the
    first that is returned), and the names of what carried it, the outermost first."""
    names: tuple[str, ...] = ()
    while len(names) < _DEEPEST:
        carrier = next((each for each in CARRIERS if each.looks(head)), None)
        if carrier is None:
            break
        stream = blocks.Joined(_pieces(carrier, head, stream))
        head, names = blocks.first(stream, size), (*names, carrier.name)
    return head, stream, names


def _pieces(carrier: Carrier, head: bytes, stream: Any) -> Iterator[bytes]:
    yield from carrier.taken(blocks.every(head, stream))

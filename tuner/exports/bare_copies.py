"""Lines of a log in, which are nothing but the message of the record beside them out.

A `StreamHandler` without a formatter prints only the message. Beside another handler each message
then stands twice, above its record or below it, and once more for each further such handler.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_SHORTEST, _LONGEST_BEFORE = 8, 400
_QUOTED_FROM = 16
"""Of a message with quotes, which JSON writes in another way, so much is enough."""
_ENDS = (b"", b" {", b'"', b"  ")
"""What stands behind the message of a record: nothing, fields, or the end of a JSON text."""


def marks(texts: Sequence[bytes]) -> Iterator[bool]:
    """Whether each line, without wrappers, is a copy of the message beside it."""
    above = b""
    for at, text in enumerate(texts):
        is_copy = _is_message(text, above) or _is_message(text, _below(texts, at))
        above = above if is_copy or not text else text
        yield is_copy


def _below(texts: Sequence[bytes], at: int) -> bytes:
    """The first line below one that is another."""
    text = texts[at]
    return next((each for each in texts[at + 1 : at + 9] if each and each != text), b"")


def _is_message(text: bytes, record: bytes) -> bool:
    """Whether a line is the message of a record, which says something before it."""
    if not _SHORTEST <= len(text) < len(record):
        return False
    quote = min((at for mark in b'"\\' if (at := text.find(mark)) >= 0), default=len(text))
    at = record.find(text[:quote], 1, _LONGEST_BEFORE + quote)
    if at < 0 or quote < min(len(text), _QUOTED_FROM):
        return False
    behind = record[at + quote : at + quote + 2]
    return quote < len(text) or any(behind.startswith(end) for end in _ENDS[1:]) or not behind

"""A mail as it was sent (.eml) in, the texts in it out: its lines are broken, or all in base64."""

from __future__ import annotations

import email
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tuner.lazy_patterns import lazy_pattern

if TYPE_CHECKING:
    from email.message import Message

_HEADER = lazy_pattern(rb"(?:From [^\n]*\n)?(?:[A-Za-z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}")
_ENCODED = lazy_pattern(
    rb"(?im)^content-transfer-encoding:[ \t]*[\"']?(?:quoted-printable|base64)\b"
)
_OF_MAIL = lazy_pattern(rb"(?im)^(?:from|date|subject|mime-version|received):")
_LOGS = frozenset({"application/octet-stream", "application/json", "application/x-ndjson"})


def is_mail(head: bytes) -> bool:
    """Whether an input begins like a mail of which a part is encoded."""
    header = _HEADER.match(head)
    is_mail = header is not None and _OF_MAIL.search(header[0]) is not None
    return is_mail and _ENCODED.search(head) is not None


def texts(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The texts and the attached logs of a mail, which is held in memory: none is large."""
    parts = [part for part in email.message_from_bytes(b"".join(blocks)).walk() if _is_text(part)]
    plain = [part for part in parts if part.get_content_type() != "text/html"]
    for part in plain or parts:
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and b"\0" not in payload:
            yield payload.rstrip(b"\r\n") + b"\n"


def _is_text(part: Message) -> bool:
    return part.get_content_maintype() == "text" or part.get_content_type() in _LOGS

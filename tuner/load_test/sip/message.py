"""SIP messages: bytes in, parts out, and back (RFC 3261, as much as a caller needs)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tuner.lazy_patterns import lazy_pattern

COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
}
END = b"\r\n\r\n"
_START = lazy_pattern(r"SIP/2\.0 [1-6]\d\d( |$)|\S+ \S+ SIP/2\.0$", re.ASCII)
_SEQUENCE = lazy_pattern(r"\d{1,10} +\S+", re.ASCII)
Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SipMessage:
    """A request or a response; header names are lower case and long."""

    start: str
    headers: tuple[Header, ...]
    body: bytes = b""

    @property
    def status(self) -> int:
        """The code of a response, 0 for a request."""
        return int(self.start.split(" ", 2)[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def reason(self) -> str:
        """What a response says beside its code."""
        return self.start.partition(" ")[2].partition(" ")[2]

    @property
    def method(self) -> str:
        """What is asked for, or what is answered."""
        return self.header("cseq").rpartition(" ")[2]

    @property
    def sequence(self) -> int:
        """The number in CSeq."""
        return int(self.header("cseq").partition(" ")[0])

    def header(self, name: str) -> str:
        """The first header of this name; "" if there is none."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """Every header of this name."""
        return [value for key, value in self.headers if key == name]


def parse(data: bytes) -> SipMessage:
    """Read one whole message.

    Raises:
        ValueError: it is none.
    """
    head, end, body = data.partition(END)
    start, *lines = head.decode("utf-8", "replace").replace("\r\n ", " ").split("\r\n")
    if not end or not _START.match(start):
        raise ValueError("not a SIP message")
    pairs = (line.partition(":") for line in lines)
    headers = tuple((_long(name), value.strip()) for name, _, value in pairs)
    message = SipMessage(start, headers, body)
    if not _SEQUENCE.fullmatch(message.header("cseq")):
        raise ValueError("a SIP message without CSeq")
    return message


def _long(name: str) -> str:
    name = name.strip().lower()
    return COMPACT.get(name, name)


def body_size(head: bytes) -> int:
    """Bytes that follow a head, by its Content-Length."""
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if _long(name) == "content-length":
            return int(value)
    return 0


def render(start: str, headers: Iterable[Header], body: bytes = b"") -> bytes:
    """Write a message; Content-Length is added."""
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + END + body


def tag(value: str) -> str:
    """The tag of a From or To header."""
    return value.partition(";tag=")[2].partition(";")[0]


def address(value: str) -> str:
    """The URI of a Contact, From or To header."""
    inside = value.partition("<")[2].partition(">")[0]
    return inside or value.partition(";")[0].strip()

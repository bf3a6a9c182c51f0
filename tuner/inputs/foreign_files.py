"""The first bytes of a file that is no log in, what it is and how to get the log out of it out."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import NamedTuple

from tuner.lazy_patterns import lazy_pattern

_HEAD_BYTES = 1 << 13
_LONGEST = 1 << 12
_ENCODED = lazy_pattern(rb"(?:[A-Za-z0-9+/]{40,}={0,2}\r?\n){2}|[A-Za-z0-9+/]{400,}")


class ForeignFile(NamedTuple):
    """What a file is, and what to do with it to get a log."""

    what: str
    next_step: str


_BASE64 = ForeignFile(
    "text in base64",
    "decode it: `base64 -d FILE | tuner analyze -`; where each line is encoded by itself, "
    '`while read -r line; do echo "$line" | base64 -d; echo; done < FILE | tuner analyze -`',
)
_KINDS: tuple[tuple[re.Pattern[bytes], ForeignFile], ...] = (
    (
        lazy_pattern(rb"\s*\{\\rtf"),
        ForeignFile(
            "an RTF document",
            "save it as plain text (Word: as .txt; TextEdit: Make Plain Text), and give that",
        ),
    ),
    (
        lazy_pattern(rb'\s*\{\s*"log"\s*:\s*\{\s*"(?:version|creator|browser|pages|entries)"'),
        ForeignFile(
            "a HAR file: the requests of a browser or a proxy",
            "give the log of the agent itself; a HAR file holds keys and what was said, so show it "
            "to nobody",
        ),
    ),
    (
        lazy_pattern(
            rb'\s*\[\s*\{(?=[^\0]{0,4000}?"ts": ?"\d{10}\.\d{1,6}")'
            rb'(?=[^\0]{0,4000}?"type": ?"message")'
        ),
        ForeignFile(
            "a Slack export of messages",
            "download the log that was attached to a message, or copy the text of one into a file, "
            "and give that",
        ),
    ),
    (
        lazy_pattern(
            rb"(?:[^\n]*\n){0,20}?(?:PLAY|TASK|RUNNING HANDLER) \[[^\n]{0,200}?\] \*{3}"
            rb"|(?:ok|changed|fatal|failed): \[[^\]\n]{1,200}\] ?(?:=>|: )"
        ),
        ForeignFile(
            "output of Ansible",
            "give the lines alone: Ansible's fetch module copies the file, and "
            "`ansible HOST -m command -a 'cat agent.log'` prints it as it is",
        ),
    ),
)


def foreign_file(path: str) -> ForeignFile | None:
    """What a file is that holds no log; None if that is not known, or it is no file here."""
    try:
        if not Path(path).is_file():
            return None
        with Path(path).open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, ValueError):
        return None
    found = next((kind for begins, kind in _KINDS if begins.match(head)), None)
    return found or (_BASE64 if _is_encoded(head) else None)


def _is_encoded(head: bytes) -> bool:
    """Whether text in base64 stands there, in one piece or a line each."""
    if not _ENCODED.match(head):
        return False
    first = head.split(b"\n")[0].rstrip()[:_LONGEST]
    try:
        text = base64.b64decode(first[: len(first) // 4 * 4], validate=True).decode()
    except ValueError:
        return False
    return all(sign.isprintable() or sign in "\r\n\t\x1b" for sign in text)

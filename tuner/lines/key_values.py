"""A line of nothing but key=value in, the JSON object with these fields out.

So write logfmt and structlog's renderer of that name.
"""

from __future__ import annotations

import re

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import rest_of_line
from tuner.lines.message_starts import find_message

LOOKS = lazy_pattern(
    rb"(?=\w+=)(?=[^\n]*\b(?:event|msg|message)=)"
    rb"(?=[^\n]*\b(?:level|lvl|severity|time|ts|timestamp|at)=)[^\n=]*=[^\n=]*=[^\n]*(?:\n|$)"
)
"""How a line of this kind begins: with a key, and it names a message and a level or a time."""
_SAID = lazy_pattern(
    rb"(?<![\w.])((?:event|msg|message)=)(?=[^\s\"'=])"
    rb"([ !#-&(-<>-~]{10,200}?)(?=\s+[\w.]{1,40}=|\s*$)"
)
"""A message without quotes."""
_WORD = lazy_pattern(rb"(?:[^\s\"']|\"(?:[^\"\\]|\\.)*+\"|'[^']*')++")
_FLAG = lazy_pattern(rb"[A-Za-z_][\w.]*")


def as_json(line: bytes) -> bytes:
    """The fields of a line as a JSON object, words without a value as true; any other line as it
    is."""
    line = _SAID.sub(_in_quotes, line)
    rest = _split(line)
    words = _WORD.findall(line) if rest.message or not rest.body else []
    if words and b" ".join(words) == line:
        flagged = b" ".join(word + b"=true" * (_FLAG.fullmatch(word) is not None) for word in words)
        rest = _split(flagged)
    return line if rest.message or not rest.body else rest.body


def _in_quotes(said: re.Match[bytes]) -> bytes:
    """A known message of several words in quotes: logfmt would take all but the first for flags."""
    found = find_message(said[2].decode(errors="replace"))
    return said[1] + msgspec.json.encode(said[2].decode()) if found and not found[0] else said[0]


def _split(line: bytes) -> rest_of_line.Rest:
    """The fields of a line; the last value may be empty, as Go writes it."""
    text = line.decode(errors="replace").rstrip()
    before, _, last = text.rpartition(" ")
    is_empty = last[-1:] == "=" and _FLAG.fullmatch(last[:-1].encode()) and "=" in before
    return rest_of_line.split(f' {text}""' if is_empty else f" {text}")

"""The lines of one record of a Rich screen in, the record out: message and fields put together.

Rich wraps at blanks, cuts what is longer than a column ("…") or folds it, and never says which it
did: a line without a blank that fills its column was folded, every other one ended at a blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import json_lines, levels, text_lines, timestamps
from tuner.lines.cut_fields import whole_fields
from tuner.lines.message_figures import request_line, response_headers, response_line
from tuner.lines.message_starts import find_message, message_starts
from tuner.lines.rich_rows import ScreenRow
from tuner.lines.undecodable import UNDECODABLE
from tuner.model import Record

RICH = "LiveKit Rich screen"
MOST_LINES = 400
_MARGIN = 4
"""Who copies from a screen may lose a row's left margin, but not that of the lines below."""
_SLACK, _FIELDS_BEFORE = 8, 22
"""How far left of the message its next lines, and the fields below it, may begin."""
_FEWEST_SIGNS = 8
"""A message of which fewer are left is not looked for."""
_STEPS = (
    *("connect_tcp", "connect_unix_socket", "start_tls", "setup_socks5_connection", "retry"),
    *("send_connection_init", "receive_remote_settings", "send_request_headers"),
    *("send_request_body", "receive_response_headers", "receive_response_body"),
    *("response_closed", "close"),
)
"""What httpcore logs as started, complete or failed: of few of them we count anything, but a word
that was cut may be that of any."""


@cache
def known_messages() -> tuple[tuple[str, bool], ...]:
    """How each message that can be recognised begins, the shortest first, and whether that is all
    of it: of two that begin alike the whole one comes first."""
    found = {(line.starts, line.exact) for line in message_starts()}
    ends = ("started", "complete", "failed")
    found |= {(f"{step}.{end}", False) for step in _STEPS for end in ends}
    return tuple(sorted(found, key=lambda message: (len(message[0]), message[0], not message[1])))


WHOLE_WORDS = frozenset(text.split(" ")[0] for text, _ in known_messages())
_WORD_ENDS = ",;:)]}"
_BEGINS_WORD = lazy_pattern(r"[(\[{]|[\"'](?![,:)\]}])")
"""What begins a word of its own, however full the line above is; a closing quote does not."""
_OPENS_BYTES = lazy_pattern(r"(?:^|[(\[])b$")
_HEADERS, _VERSION = "receive_response_headers.complete", "return_value=(b'HTTP/"
_RESPONSES = (request_line, response_headers, response_line)
URL_ENDS = ("/chat/completions", "/responses", "/audio/transcriptions", "/audio/speech")


class OpenRow:
    """A record whose lines are being collected."""

    def __init__(self, columns: ScreenRow, text: str, time: str) -> None:
        self.columns, self.time, self.lines = columns, time, 1
        self._lost_margin = 0 if text[:1] == " " else _MARGIN
        message, fields = _split(text, columns.column, columns.fields)
        self._message, self._fields = [message], [fields] if columns.fields else []
        self._below: list[str] = []
        self._depth = 0

    def takes(self, text: str) -> bool:
        """Add a line if it belongs to the record; False if it does not."""
        if self.lines >= MOST_LINES:
            return False
        taken = self._take_field(text) if self._depth > 0 else self._take(text)
        self.lines += taken
        return taken

    @property
    def is_whole(self) -> bool:
        """Whether the fields below the row have ended."""
        return bool(self._below) and self._depth <= 0

    def _take(self, text: str) -> bool:
        stripped = text.strip()
        if not stripped:
            return not self._below
        indent, column = len(text) - len(text.lstrip()), self.columns.column
        if self._below:
            return False
        if indent < column - _FIELDS_BEFORE:
            return self._take_at_margin(text)
        if stripped.startswith('{"') and indent <= column + self._lost_margin and not self._fields:
            return self._take_field(text)
        if indent < column - _SLACK:
            return False
        self._add_to_columns(text, indent)
        return True

    def has_fields_at_margin(self, text: str) -> bool:
        """Whether an object at the left margin is the record's fields: a chat or a page took the
        blanks away that every line began with."""
        if not self._lost_margin or self._below or self.columns.fields or text[:2] != '{"':
            return False
        return not isinstance(json_lines.parse(text.encode()), Record)

    def _take_at_margin(self, text: str) -> bool:
        """Add the rest of a message that a mail broke, or whose blanks before it are gone."""
        if self.has_fields_at_margin(text):
            return self._take_field(text)
        is_rest = text[:1] not in (" ", "\t", "{") and not self.columns.fields
        if not is_rest or not _lacks(_joined(self._message, 0), text.strip()):
            return False
        if text_lines.parse(text.encode()) is not None:
            return False
        self._message.append(text.strip())
        return True

    def _add_to_columns(self, text: str, indent: int) -> None:
        shift = self._shift(indent)
        fields = self.columns.fields + shift if self.columns.fields else 0
        message, field = _split(text, self.columns.column + shift, fields)
        self._message.append(message)
        if self.columns.fields:
            self._fields.append(field)

    def _shift(self, indent: int) -> int:
        """How far the margin of this line differs from that of the row."""
        offsets = [indent - c for c in (self.columns.column, self.columns.fields) if c]
        nearest = min(offsets, key=abs)
        return nearest if 0 < nearest <= self._lost_margin else 0

    def _take_field(self, text: str) -> bool:
        """Add a line of the fields below the row, which end where their braces do."""
        if self._below and text[:1].isalnum() and text_lines.parse(text.encode()) is not None:
            return False  # another program's line
        self._below.append(text)
        self._depth = _depth("".join(self._below)) if text.rstrip().endswith("}") else 1
        return True

    def record(self) -> Record:
        """The record that the lines make."""
        width = self.columns.fields - 1 - self.columns.column if self.columns.fields else 0
        width = width or max(map(len, self._message))
        message = _completed_words(_joined(self._message, width if self.columns.folds else 0))
        body = self._body()
        seconds, clock = timestamps.parse(self.time)
        context = text_lines.context(body) or text_lines.Context()
        pid = "" if context.pid is None else str(context.pid)
        level = levels.level_name(self.columns.level)
        ids = (context.job_id or "", context.room or "", pid)
        return Record(message, level, self.columns.logger, seconds, clock, *ids, body, RICH)

    def _body(self) -> bytes:
        pieces = self._below or self._fields
        if not pieces:
            return b""
        # A screen is as wide as its longest line: a line of that length may have been folded.
        width = max(map(len, self._below), default=0)
        text = _joined(pieces, width)
        try:
            if isinstance(msgspec.json.decode(text), dict):
                return text.encode()
        except UNDECODABLE:
            pass
        return whole_fields(text)


def _split(text: str, column: int, fields: int) -> tuple[str, str]:
    """What a line has in the column of the message and in that of the fields."""
    if not fields:
        return text[column:].strip(), ""
    return text[column:fields].strip(), text[fields:].strip()


def _joined(pieces: Sequence[str], width: int) -> str:
    """The wrapped pieces of a text as one line; 0 is the width of what is never folded."""
    out = last = ""
    for piece in pieces:
        bare = piece.strip()
        if bare:
            is_whole = out in WHOLE_WORDS and bare[0] != "."
            is_word = is_whole or (_BEGINS_WORD.match(bare) and not _opens(last, bare[0]))
            goes_on = _is_folded(last, width, bare) and not is_word
            out += bare if not out or goes_on else " " + bare
            last = piece.rstrip()
    return out


def _opens(piece: str, sign: str) -> bool:
    """Whether a bracket, or a quote, below belongs to this: name=(…), b'HTTP/1.1'."""
    return piece[-1:] == "=" if sign in "([{" else sign == "'" and bool(_OPENS_BYTES.search(piece))


def _is_folded(piece: str, width: int, below: str) -> bool:
    """Whether a word goes on in the piece below; one that just fills the column does not."""
    filled = 0 < width <= len(piece) and " " not in piece.strip()
    is_whole = piece in WHOLE_WORDS and below[0] != "."
    return filled and piece[-1] not in _WORD_ENDS and not is_whole


def _lacks(message: str, rest: str) -> bool:
    """Whether a message is one that we know up to here only with this rest, or has not ended: its
    figures or closing signs are not there."""
    known = find_message(message)
    if known is None or known[0] > 0:
        longer = find_message(f"{message} {rest}")
        return longer is not None and longer[0] == 0 and bool(message)
    figures = known[1].figures
    if figures in _RESPONSES and figures is not None and figures(message, {}) is None:
        return True
    opened, closed = (sum(map(message.count, signs)) for signs in ("([{", ")]}"))
    return opened > closed or message.count('"') % 2 > 0


def _depth(text: str) -> int:
    """1 while the fields go on, 0 when their JSON is complete."""
    try:
        msgspec.json.decode(" ".join(text.split()))
    except UNDECODABLE as error:
        return int("truncated" in str(error) or "unexpected end" in str(error).lower())
    return 0


def _completed_words(message: str) -> str:
    """Complete what the column has cut: the message itself, its first word, an OpenAI address."""
    if "…" not in message:
        return message
    if message.endswith("…") and (known := _known_message(message.partition("…")[0])):
        return known
    first, blank, rest = message.partition(" ")
    if first.endswith("…"):
        first = _known_word(first[:-1], rest) or first
    words = (w for w in rest.split(" ") if w.startswith("http") and w.endswith("…"))
    address = next(words, "")
    return first + blank + (rest.replace(address, _completed(address), 1) if address else rest)


def _known_message(begins: str) -> str:
    """The known message that begins like this, "" unless there is one only; "…" stands for what may
    follow it."""
    known = [found for found in known_messages() if found[0].startswith(begins)]
    if len(begins) < _FEWEST_SIGNS or not known:
        return ""
    first, is_whole = known[0]
    is_one = all(text.startswith(first) for text, _ in known)
    return first + "…" * (not is_whole) if is_one else ""


def _known_word(begins: str, rest: str) -> str:
    """The first word of the known messages that begin like this, "" unless there is one only. Only
    a response's headers go on with its version."""
    if rest.startswith(_VERSION) and _HEADERS.startswith(begins):
        return _HEADERS
    words = {text.split(" ")[0] for text, _ in known_messages() if text.startswith(begins)}
    return words.pop() if len(words) == 1 else ""


def _completed(address: str) -> str:
    """An OpenAI address that was cut, with its end; any other stays one that was cut."""
    url = address[:-1]
    for end in URL_ENDS:
        for length in range(len(end) - 1, 3, -1):
            if url.endswith(end[:length]):
                return url + end[length:]
    return address

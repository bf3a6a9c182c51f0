"""Lines of a log in, what stands before their records or messages out, cut into pieces."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import compact, json_lines, key_values, prefixes, rich_rows, text_lines, tracebacks
from tuner.lines.catalogue.row import ANY, LIVEKIT, Spelling
from tuner.lines.message_starts import find_message
from tuner.lines.prefixes import Token
from tuner.model import Record

_KEY_OF_RECORDS = lazy_pattern(
    r"(?<![\w.=])(?:event|msg|message|level|lvl|severity|time|ts|timestamp|at|logger|name)=(?! )"
)
_DEV = lazy_pattern(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - ")
_PINO = lazy_pattern(
    r"\[(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d(?:\.\d{3})?(?: [+-]\d{4})?\] "
    r"(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL) \([^)]{1,60}\): "
)
"""How agents-js prints a record in development; its fields stand on the lines below."""
_SIGNS_ONLY = lazy_pattern(r"[^\w]*$")
_NAME_IN_BRACKETS = lazy_pattern(r"\s*(?:\[[^]]{1,60}\]|\([^)]{1,60}\)|<[^>]{1,60}>)[\s:|-]{0,9}")
_NAME = lazy_pattern(r"\s*\w[\w .@/-]{0,60}[:>|-]{1,3}\s*")
NO_LOGGER = lazy_pattern(
    r"(?:Main|Dummy|Spawn|Fork|ForkServer)?(?:Process|Thread|PoolWorker|PoolExecutor)(?:[-_]\S*)?"
    r"|(?:ThreadPoolExecutor|asyncio|inference|job)[-_]\w*\d\S*|[\w/.-]*\w\.(?:py|js|ts)"
)
"""How Python calls processes and threads, and files."""
_ID = lazy_pattern(r"[A-Z]{2}_[A-Za-z0-9]{6,40}")
"""How LiveKit names a job or a room."""
_STATEMENT = lazy_pattern(r"(?i)\b(?:select|insert into|update|delete from|where|values|having)\s")
"""Before a text that stands in quotes in a statement of SQL, as a database logs it."""
_OBJECT = lazy_pattern(r'\{\s{0,31}"')
"""Consoles put blanks where they took the newlines of a printed object away."""
_KEY = lazy_pattern(r'[{,] *"([^"]*)": *"$')
_FAR = 20
"""What stands so far behind the margin goes on in a column of a screen."""


class PrefixSample(NamedTuple):
    """A prefix, cut into pieces, and the message's row of the catalogue if one stands behind."""

    pieces: tuple[Token, ...]
    row: Spelling | None = None


def is_object(line: str) -> bool:
    """Whether a line begins with a JSON object; Loki's labels ({app="agent"}) are none."""
    return line[:1] == "{" and line[1:32].lstrip()[:1] in ('"', "}")


def before_records(lines: Iterable[str]) -> Iterable[PrefixSample]:
    """What stands before whole records that we can read."""
    for line in lines:
        start = record_start(line)
        if start > 0 and (pieces := _pieces(line[:start])):
            yield PrefixSample(pieces)


def record_start(line: str) -> int:
    """Where a whole record begins behind something else; -1 if none does."""
    if is_object(line) or rich_rows.row(line) or _is_whole(line):
        return -1
    if (start := _json_start(line)) > 0:  # first: what it holds may be a text of LiveKit's
        return start
    if (dev := _DEV.search(line, 1)) and _is_whole(line[dev.start() :]):
        return dev.start()
    if (start := rich_rows.find_row(line)) > 0:
        return start
    pino = _PINO.search(line)
    if pino:
        return pino.start() or -1
    return _pairs_start(line)


def _is_whole(line: str) -> bool:
    return text_lines.parse_own(line.encode()) is not None


def _pairs_start(line: str) -> int:
    """Where a record of key=value begins behind something that is no record itself."""
    key = _KEY_OF_RECORDS.search(line)
    if key is None or not key.start() or len(line) > 1 << 16:
        return -1
    text = line[key.start() :].encode()
    if not key_values.LOOKS.match(text) or text_lines.parse(line.encode()) is not None:
        return -1
    record = json_lines.parse(key_values.as_json(text))
    return key.start() if isinstance(record, Record) and record.level else -1


def _json_start(line: str) -> int:
    bare = line.rstrip()
    brace = _OBJECT.search(bare) if bare.endswith("}") else None
    if brace is None or not (start := brace.start()) or len(line) > 1 << 16:
        return -1
    record = json_lines.parse(bare[start:].encode())
    if isinstance(record, Record) and (record.level or find_message(record.message)):
        return start if find_message(line[:start]) is None else -1
    return -1


def before_messages(lines: Iterable[str]) -> Iterable[PrefixSample]:
    """What stands before known messages in lines that no layout of our lists reads as it should."""
    names: dict[str, list[PrefixSample]] = defaultdict(list)
    for line in lines:
        found = find_message(line) if line[:1] != "{" and not rich_rows.row(line) else None
        if found is None or (left := _left(line, *found)) == "":
            continue
        prefix, row = line[: found[0]], found[1]
        if _is_of_other_key(prefix) or tracebacks.is_said(prefix):
            continue
        sample = PrefixSample(_pieces(prefix), row)
        if left is not None:
            names[left].append(sample)
        elif _is_prefix(prefix, sample.pieces, row):
            yield sample
        elif sample.pieces and _NAME.fullmatch(prefix):
            names[prefix].append(sample)
    for samples in names.values():
        # "agent: " before messages of several kinds is a prefix, before one a text that quotes it
        if len({sample.row for sample in samples}) > 1:
            yield from samples


def _is_prefix(text: str, pieces: Sequence[Token], row: Spelling) -> bool:
    """Whether a message begins behind this, and is not quoted by another one."""
    if len(text) >= _FAR and text.isspace():
        return False
    if _SIGNS_ONLY.match(text) or _NAME_IN_BRACKETS.fullmatch(text):
        return True
    kinds = {piece.kind[0] for piece in pieces}
    return bool(kinds & {"T", "L"}) or _is_logger_only(pieces, row)


def _is_of_other_key(prefix: str) -> bool:
    """Whether what follows is a text of an object under a key that holds no messages, or of a
    statement."""
    if prefix[-1:] in ("'", '"') and _STATEMENT.search(prefix):
        return True
    key = _KEY.search(prefix)
    return key is not None and key[1] not in json_lines.MESSAGE_KEYS


def _is_logger_only(pieces: Sequence[Token], row: Spelling) -> bool:
    """Whether the only word before the message is a logger that writes it."""
    words = [piece.text for piece in pieces if piece.kind == "W"]
    return len(words) == 1 and is_its_logger(words[0], row)


def _left(line: str, start: int, row: Spelling) -> str | None:
    """What a layout of our lists leaves before a known message, in words: "" if it reads the line
    as it should, so that nothing is to be found; None if it does not.

    It does not if a piece of a prefix is left over. Words that are left over, without signs of a
    prefix around each of them, are another message, which only quotes the one that we know; or a
    name that the layout does not have (Flask's `in module: `).
    """
    record = text_lines.parse(line.encode())
    if record is None:
        return None
    if record.shape != text_lines.PYTHON and not compact.is_misread(record):
        return ""
    at = record.message.find(line[start : start + 8])
    if at < 0 and record.shape != text_lines.PYTHON:
        return None  # its first word was taken for a logger
    before = record.message[: max(at, 0)]
    left = prefixes.tokens(before)
    words = [piece.text for piece in left if piece.kind == "W"]
    if not left or any(piece.kind[0] in "TL" for piece in left):
        return None if left else ""
    if any(is_its_logger(word, row) or _ID.fullmatch(word) for word in words):
        return None
    if _are_set_apart(left):
        return None
    if len(words) > 1 or left[-1].kind == "W":
        is_name = _NAME.fullmatch(before) or NO_LOGGER.fullmatch(before.strip())
        return before if is_name else ""
    return None


def _are_set_apart(pieces: Sequence[Token]) -> bool:
    """Whether brackets or bars stand among the words, and no two of them side by side."""
    signs = {piece.text for piece in pieces if piece.kind == "P"}
    beside = any(a.kind == b.kind == "W" for a, b in itertools.pairwise(pieces))
    return bool(signs & {"[", "(", "<", "|"}) and not beside and pieces[-1].kind != "W"


def _pieces(prefix: str) -> tuple[Token, ...]:
    if len(prefix) > prefixes.MOST_CHARACTERS:
        return ()
    pieces = prefixes.tokens(prefix)
    return pieces if len(pieces) <= prefixes.MOST_TOKENS else ()


def is_its_logger(name: str, row: Spelling) -> bool:
    """Whether a logger of this name writes the message of this row."""
    loggers = row.loggers if row.loggers != ANY else LIVEKIT
    return name.startswith(loggers)

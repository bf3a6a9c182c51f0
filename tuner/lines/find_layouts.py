"""A sample of a file's lines in, its layouts out.

Two kinds are looked for, one after the other: prefixes before whole records that we can read
(JSON, LiveKit's text, rows of its Rich screens, pino-pretty), then prefixes before known messages.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import (
    date_orders,
    json_lines,
    key_values,
    prefixes,
    rich_rows,
    text_lines,
    timestamps,
    tracebacks,
)
from tuner.lines.catalogue.row import ANY, LIVEKIT, Spelling
from tuner.lines.layouts import NONE, Layout, Layouts, read_prefix
from tuner.lines.message_starts import find_message
from tuner.lines.prefixes import Token
from tuner.model import Record

MOST_LAYOUTS = 16
"""More are not looked for: each costs time on every line, and a file has few."""
MOST_LINES = 4_000
_KEY_OF_RECORDS = lazy_pattern(
    r"(?<![\w.=])(?:event|msg|message|level|lvl|severity|time|ts|timestamp|at|logger|name)=(?! )"
)
_SAME_S = 60.0
"""A shipper takes no longer with a line."""
_KEPT = 64
_DEV = lazy_pattern(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - ")
_PINO = lazy_pattern(
    r"\[(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d(?:\.\d{3})?(?: [+-]\d{4})?\] "
    r"(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL) \([^)]{1,60}\): "
)
"""How agents-js prints a record in development; its fields stand on the lines below."""
_SIGNS_ONLY = lazy_pattern(r"[^\w]*$")
_NAME_IN_BRACKETS = lazy_pattern(r"\s*(?:\[[^]]{1,60}\]|\([^)]{1,60}\)|<[^>]{1,60}>)[\s:|-]{0,9}")
_NAME = lazy_pattern(r"\s*\w[\w .@/-]{0,60}[:>|-]{1,3}\s*")
_KEY = lazy_pattern(r'[{,] *"([^"]*)": *"$')
_BEGINNING, _FIRST_PIECES = 80, 8
"""So much of a text is its beginning: a message that names a time and a level does so later."""
_FAR = 20
"""What stands so far behind the margin goes on in a column of a screen."""


class _Sample(NamedTuple):
    """A prefix, cut into pieces, and the message's row of the catalogue if one stands behind."""

    pieces: tuple[Token, ...]
    row: Spelling | None = None


def plain_text(line: bytes) -> str:
    """A line as text, without colours."""
    text = line.decode(errors="replace")
    return (rich_rows.ANSI.sub("", text) if "[" in text else text).strip("\r")


def find(lines: Sequence[str]) -> Layouts:
    """Return the layouts of lines that stand in no wrapper of our list. Colours are gone."""
    sample = lines[:MOST_LINES]
    outer = tuple(sorted(_layouts(_before_records(sample), wrapper=True), key=_length))
    inner = [inside(line, outer) for line in sample]
    texts = _layouts(_before_messages(inner))
    return Layouts(outer, texts) if outer or texts else NONE


def is_line(text: str) -> bool:
    """Whether a text begins as lines of some layout do: with a time and a level, or with a level
    and a known message behind it, not behind words that end in no sign ("the ERROR in ")."""
    kinds = [piece.kind[0] for piece in prefixes.tokens(text[:_BEGINNING])[:_FIRST_PIECES]]
    if "T" in kinds and "L" in kinds:
        return True
    sample = next(iter(_before_messages([text])), _Sample(()))
    return any(piece.kind == "L" for piece in sample.pieces) and not _ends_in_a_word(sample)


def _ends_in_a_word(sample: _Sample) -> bool:
    """Whether a word stands right before the message that is not its logger."""
    last = sample.pieces[-1]
    return last.kind == "W" and not (sample.row and _is_its_logger(last.text, sample.row))


def _length(layout: Layout) -> int:
    """Sorts the longest first: a short one fits the beginning of a long one, too."""
    return -len(layout.shape)


def is_object(line: str) -> bool:
    """Whether a line begins with a JSON object; Loki's labels ({app="agent"}) are none."""
    return line[:1] == "{" and line[1:32].lstrip()[:1] in ('"', "}")


def inside(line: str, outer: Sequence[Layout]) -> str:
    """What stands behind the wrapper on a line; all of it if there is none."""
    for layout in outer:
        if (prefix := read_prefix(layout, line)) is not None:
            return line[prefix.end :]
    return line


# --- where a record or a message begins --------------------------------------------------------


def _before_records(lines: Iterable[str]) -> Iterable[_Sample]:
    for line in lines:
        start = _record_start(line)
        if start > 0 and (pieces := _pieces(line[:start])):
            yield _Sample(pieces)


def _record_start(line: str) -> int:
    """Where a whole record begins behind something else; -1 if none does."""
    if is_object(line) or rich_rows.row(line) or _is_whole(line):
        return -1
    if (dev := _DEV.search(line, 1)) and _is_whole(line[dev.start() :]):
        return dev.start()
    if (start := rich_rows.find_row(line)) > 0:
        return start
    pino = _PINO.search(line)
    if pino:
        return pino.start() or -1
    start = _json_start(line)
    return start if start > 0 else _pairs_start(line)


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
    start = bare.find('{"') if bare.endswith("}") else -1
    if start <= 0 or len(line) > 1 << 16:
        return -1
    record = json_lines.parse(bare[start:].encode())
    if isinstance(record, Record) and (record.level or find_message(record.message)):
        return start if find_message(line[:start]) is None else -1
    return -1


def _before_messages(lines: Iterable[str]) -> Iterable[_Sample]:
    names: dict[str, list[_Sample]] = defaultdict(list)
    for line in lines:
        found = find_message(line) if line[:1] != "{" and not rich_rows.row(line) else None
        if found is None or (left := _left(line, *found)) == "":
            continue
        prefix, row = line[: found[0]], found[1]
        if _is_of_other_key(prefix) or tracebacks.is_said(prefix):
            continue
        sample = _Sample(_pieces(prefix), row)
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
    """Whether what follows is a text of an object under a key that holds no messages."""
    key = _KEY.search(prefix)
    return key is not None and key[1] not in json_lines.MESSAGE_KEYS


def _is_logger_only(pieces: Sequence[Token], row: Spelling) -> bool:
    """Whether the only word before the message is a logger that writes it."""
    words = [piece.text for piece in pieces if piece.kind == "W"]
    return len(words) == 1 and _is_its_logger(words[0], row)


def _left(line: str, start: int, row: Spelling) -> str | None:
    """What a layout of our lists leaves before a known message, in words: "" if it reads the line
    as it should, so that nothing is to be found; None if it does not.

    It does not if a piece of a prefix is left over. Words that are left over are another message,
    which only quotes the one that we know; or a name that the layout does not have (Flask's
    `in module: `).
    """
    record = text_lines.parse(line.encode())
    if record is None:
        return None
    if record.shape != text_lines.PYTHON:
        return ""
    before = record.message[: max(record.message.find(line[start : start + 8]), 0)]
    left = prefixes.tokens(before)
    words = [piece.text for piece in left if piece.kind == "W"]
    if not left or any(piece.kind[0] in "TL" for piece in left):
        return None if left else ""
    if any(_is_its_logger(word, row) for word in words):
        return None
    if len(words) > 1 or left[-1].kind == "W":
        return before if _NAME.fullmatch(before) else ""
    return None


def _pieces(prefix: str) -> tuple[Token, ...]:
    if len(prefix) > prefixes.MOST_CHARACTERS:
        return ()
    pieces = prefixes.tokens(prefix)
    return pieces if len(pieces) <= prefixes.MOST_TOKENS else ()


# --- what its pieces mean ----------------------------------------------------------------------


def _layouts(samples: Iterable[_Sample], wrapper: bool = False) -> tuple[Layout, ...]:
    """The layouts, the commonest first."""
    counts: Counter[tuple[str, ...]] = Counter()
    kept: dict[tuple[str, ...], list[_Sample]] = defaultdict(list)
    times: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for sample in samples:
        shape = prefixes.grammar(sample.pieces)
        if shape not in kept and len(kept) >= MOST_LAYOUTS * 4:
            continue
        counts[shape] += 1
        times[shape].append(next((p.text for p in sample.pieces if p.kind[0] == "T"), ""))
        if len(kept[shape]) < _KEPT:
            kept[shape].append(sample)
    shapes = [shape for shape, _ in counts.most_common(MOST_LAYOUTS)]
    common = [_dated(_layout(shape, kept[shape], wrapper), times[shape]) for shape in shapes]
    return tuple(layout for layout in common if not _is_quoted(layout, common))


def _dated(layout: Layout, times: Sequence[str]) -> Layout:
    """The same with the order in which it writes dates."""
    order = date_orders.day_first(times)
    day_first = date_orders.usual(times[0]) if order is None else order
    is_open = order is None and date_orders.is_open(times)
    return layout._replace(day_first=day_first, open_dates=is_open)


def _is_quoted(layout: Layout, others: Sequence[Layout]) -> bool:
    """Whether it is another layout and the beginning of a message that quotes a known one."""
    for other in others:
        tail = layout.shape[len(other.shape) :]
        if tail and other.shape and layout.shape[: len(other.shape)] == other.shape:
            more = layout.time != other.time or layout.level != other.level
            return not (more or layout.logger != other.logger)
    return False


def _layout(shape: tuple[str, ...], samples: Sequence[_Sample], wrapper: bool) -> Layout:
    columns = list(zip(*(sample.pieces for sample in samples), strict=True))
    kinds = [column[0].kind for column in columns]
    layout = Layout(
        shape,
        time=_time(columns),
        level=kinds.index("L") if "L" in kinds else -1,
        logger=-1 if wrapper else _logger(columns, samples),
        pid=_pid(columns),
        job=next((n for n, c in enumerate(columns) if c[0].text.startswith("AJ_")), -1),
    )
    return _literal(layout, columns) if layout.weak else layout


def _literal(layout: Layout, columns: Sequence[tuple[Token, ...]]) -> Layout:
    """The same with words that never change written out: they are all there is to know it by."""
    shape, places = list(layout.shape), [n for n, s in enumerate(layout.shape) if s != " "]
    for place, column in zip(places, columns, strict=True):
        if column[0].kind == "W" and len({piece.text for piece in column}) == 1:
            shape[place] = "P" + column[0].text
    return layout._replace(shape=tuple(shape))


def _time(columns: Sequence[tuple[Token, ...]]) -> int:
    """Which piece is the time: the first, which a shipper may have put there, unless a date nearer
    to the message says the same moments and the first has whole seconds or no date."""
    times = [n for n, column in enumerate(columns) if column[0].kind[0] == "T"]
    inner = [n for n in times[1:] if columns[n][0].kind == "T0" and _is_finer(columns, times[0], n)]
    return next(iter([*inner[-1:], *times]), -1)


def _is_finer(columns: Sequence[tuple[Token, ...]], first: int, inner: int) -> bool:
    outer, own = (
        [timestamps.parse(piece.text) for piece in columns[place]] for place in (first, inner)
    )
    if outer[0][1] in ("day", "yearless"):
        return True
    pairs = [(a or 0.0, b or 0.0) for (a, _), (b, _) in zip(outer, own, strict=True)]
    is_same = all(abs(a - b) < _SAME_S for a, b in pairs)
    return is_same and len({round(a % 1, 6) for a, _ in pairs}) == 1


def _logger(columns: Sequence[tuple[Token, ...]], samples: Sequence[_Sample]) -> int:
    """Which piece names the logger: the one that has a logger of the message's row most often."""
    best, place = 0, -1
    for n, column in enumerate(columns):
        votes = sum(
            piece.kind == "W" and sample.row is not None and _is_its_logger(piece.text, sample.row)
            for piece, sample in zip(column, samples, strict=True)
        )
        if votes > best:
            best, place = votes, n
    return place


def _is_its_logger(name: str, row: Spelling) -> bool:
    loggers = row.loggers if row.loggers != ANY else LIVEKIT
    return name.startswith(loggers)


def _pid(columns: Sequence[tuple[Token, ...]]) -> int:
    """Which number is the process: a named one, or one that is in brackets and often the same."""
    for n, column in enumerate(columns):
        if column[0].kind != "N" or not 1 < len(column[0].text) < 8:
            continue
        before = [columns[k][0].text.lower() for k in range(max(n - 2, 0), n)]
        if before[-1:] == ["="] or before[-1:] == [":"]:
            if before[0] in ("pid", "process"):
                return n
            continue
        values = {piece.text for piece in column}
        if before[-1:] in (["["], ["("]) and len(values) * 2 <= max(len(column), 2):
            return n
    return -1

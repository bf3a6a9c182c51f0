"""A sample of a file's lines in, its layouts out.

Two kinds are looked for, one after the other: prefixes before whole records that we can read
(JSON, LiveKit's text, rows of its Rich screens, pino-pretty), then prefixes before known messages.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from tuner.lines import date_orders, prefixes, rich_rows, timestamps, wrappers
from tuner.lines.layouts import NONE, Layout, Layouts, read_prefix
from tuner.lines.prefix_samples import (
    PrefixSample,
    before_messages,
    before_records,
    is_its_logger,
    is_object,
)
from tuner.lines.prefixes import Token

MOST_LAYOUTS = 16
"""More are not looked for: each costs time on every line, and a file has few."""
MOST_LINES = 4_000
_SAME_S = 60.0
"""A shipper takes no longer with a line."""
_KEPT = 64
_LONGEST_PID = 8
_QUOTES = ('P"', "P'", "P`")
_BEGINNING, _FIRST_PIECES = 80, 8
"""So much of a text is its beginning: a message that names a time and a level does so later."""


def plain_text(line: bytes) -> str:
    """A line as text, without colours."""
    text = line.decode(errors="replace")
    return (rich_rows.ANSI.sub("", text) if "[" in text else text).strip("\r")


def find(lines: Sequence[str]) -> Layouts:
    """Return the layouts of lines that stand in no wrapper of our list. Colours are gone."""
    sample = lines[:MOST_LINES]
    outer = tuple(sorted(_layouts(before_records(sample), wrapper=True), key=_length))
    inner = [_out_of_object(inside(line, outer)) if outer else line for line in sample]
    texts = _layouts(before_messages(inner))
    return Layouts(outer, texts) if outer or texts else NONE


def is_line(text: str) -> bool:
    """Whether a text begins as lines of some layout do: with a time and a level, or with a level
    and a known message behind it, not behind words that end in no sign ("the ERROR in ")."""
    kinds = [piece.kind[0] for piece in prefixes.tokens(text[:_BEGINNING])[:_FIRST_PIECES]]
    if "T" in kinds and "L" in kinds:
        return True
    sample = next(iter(before_messages([text])), PrefixSample(()))
    return any(piece.kind == "L" for piece in sample.pieces) and not _ends_in_a_word(sample)


def _ends_in_a_word(sample: PrefixSample) -> bool:
    """Whether a word stands right before the message that is not its logger."""
    last = sample.pieces[-1]
    return last.kind == "W" and not (sample.row and is_its_logger(last.text, sample.row))


def _length(layout: Layout) -> int:
    """Sorts the longest first: a short one fits the beginning of a long one, too."""
    return -len(layout.shape)


def _out_of_object(line: str) -> str:
    """The line that an object of a container's log holds behind a wrapper; else the line itself."""
    bare = line.lstrip()
    return plain_text(wrappers.peel(bare.encode()).text) if is_object(bare) else line


def inside(line: str, outer: Sequence[Layout]) -> str:
    """What stands behind the wrapper on a line; all of it if there is none."""
    for layout in outer:
        if (prefix := read_prefix(layout, line)) is not None:
            return line[prefix.end :]
    return line


def _layouts(samples: Iterable[PrefixSample], wrapper: bool = False) -> tuple[Layout, ...]:
    """The layouts, the commonest first."""
    counts: Counter[tuple[str, ...]] = Counter()
    kept: dict[tuple[str, ...], list[PrefixSample]] = defaultdict(list)
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
    found = [each for each in common if not _is_quoted(each, common)]
    return tuple(each for each in found if wrapper or not _is_citation(each))


def _dated(layout: Layout, times: Sequence[str]) -> Layout:
    """The same with the order in which it writes dates."""
    order = date_orders.day_first(times)
    day_first = date_orders.usual(times[0]) if order is None else order
    is_open = order is None and date_orders.is_open(times)
    return layout._replace(day_first=day_first, open_dates=is_open)


def _is_citation(layout: Layout) -> bool:
    """Whether messages stand in quotes and nothing of a record before them: a program, a table or a
    letter cites them."""
    has_quote = any(kind in _QUOTES for kind in layout.shape)
    return has_quote and layout.logger < 0 and not any(kind[0] in "TLN" for kind in layout.shape)


def _is_quoted(layout: Layout, others: Sequence[Layout]) -> bool:
    """Whether it is another layout and the beginning of a message that quotes a known one."""
    for other in others:
        tail = layout.shape[len(other.shape) :]
        if tail and other.shape and layout.shape[: len(other.shape)] == other.shape:
            more = layout.time != other.time or layout.level != other.level
            return not (more or layout.logger != other.logger)
    return False


def _layout(shape: tuple[str, ...], samples: Sequence[PrefixSample], wrapper: bool) -> Layout:
    columns = list(zip(*(sample.pieces for sample in samples), strict=True))
    kinds = [column[0].kind for column in columns]
    layout = Layout(
        shape,
        time=_time(columns),
        level=kinds.index("L") if "L" in kinds else -1,
        logger=-1 if wrapper else _logger(columns, samples),
        pid=_pid(columns),
        job=next((n for n, c in enumerate(columns) if c[0].text.startswith("AJ_")), -1),
        program=_program(columns) if wrapper else (),
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


def _logger(columns: Sequence[tuple[Token, ...]], samples: Sequence[PrefixSample]) -> int:
    """Which piece names the logger: the one that has a logger of the message's row most often."""
    best, place = 0, -1
    for n, column in enumerate(columns):
        votes = sum(
            piece.kind == "W" and sample.row is not None and is_its_logger(piece.text, sample.row)
            for piece, sample in zip(column, samples, strict=True)
        )
        if votes > best:
            best, place = votes, n
    return place


def _program(columns: Sequence[tuple[Token, ...]]) -> tuple[int, ...]:
    """Which words name the program: those that are often the same."""
    return tuple(
        n
        for n, column in enumerate(columns)
        if column[0].kind == "W" and _is_often_the_same([piece.text for piece in column])
    )


def _is_often_the_same(texts: Sequence[str]) -> bool:
    return len(set(texts)) * 2 <= max(len(texts), 2)


def _pid(columns: Sequence[tuple[Token, ...]]) -> int:
    """Which number is the process: a named one, or one that is in brackets and often the same."""
    texts = [column[0].text.lower() for column in columns]
    for n, column in enumerate(columns):
        is_short = len(texts[n]) == 1 and texts[n - 1 : n + 3] != ["(", texts[n], ")", ":"]
        if column[0].kind != "N" or is_short or len(texts[n]) >= _LONGEST_PID:
            continue  # one digit is a process only as pino prints it, often that of a container
        before = texts[max(n - 2, 0) : n]
        if before[-1:] == ["="] or before[-1:] == [":"]:
            if before[0] in ("pid", "process"):
                return n
            continue
        is_same = _is_often_the_same([piece.text for piece in column])
        if before[-1:] in (["["], ["("]) and is_same:
            return n
    return -1

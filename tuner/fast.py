"""One chunk in, the same summary out as `reader` gives, several times sooner.

Two layouts fill large logs: LiveKit's JSON and its dev text. Nine lines in ten of a debug log tell
nothing, so the lines are sorted by a few bytes at known places, all at once, and only those that
tell something are decoded. What does not look exactly like its layout goes to `reader`.

The price, paid only in large logs (`units.FAST_BYTES`): a DEBUG line that tells nothing is judged
by its two ends and not decoded, so damage in its middle is not noticed, and its logger is taken
from the first such line of the chunk.
"""

from __future__ import annotations

from collections.abc import Iterable

import ahocorasick_rs
import numpy as np
import numpy.typing as npt

from tuner import batches, events, reader, records
from tuner.chunks import MAX_LINE, Chunk
from tuner.lines import Index, Lines, Marks, Words, lines_of, mixed, u64
from tuner.model import Record
from tuner.reader import Filter, Found
from tuner.summary import WIRE_KINDS, Summary

Actions = npt.NDArray[np.int8]


def summarize(chunk: Chunk, only: Filter, slow_ms: float) -> Summary:
    """Return the summary of one chunk of whole lines."""
    data = chunk.data
    if only == reader.EVERYTHING and not chunk.dropped and len(data) > _MARGIN:
        if data.startswith(b'{"message": "'):
            return _json(data, Summary(slow_ms))
        if data[4:5] == b"-" and data[23:26] == b" - ":
            return _dev(data, Summary(slow_ms))
    return reader.summarize(chunk, only, slow_ms)


# --- LiveKit JSON ------------------------------------------------------------------------------

_HEAD = len(b'{"message": "')
_OPENING, _CLOSING = u64(b'sage": "'), u64(b'+00:00"}')
_SHORTEST = 80
_MARGIN = 128
"""Lines that begin this near to a chunk's end are read alone: no place looked at lies beyond it."""
_NOISE, _EVENT, _UNKNOWN, _BATCH = range(4)

# The chatter of the HTTP and OpenAI clients: how their DEBUG messages begin, and within it the
# events that the table has: (place in the message, the bytes there, kind).
_CHATTER = {
    b"send_request_": (16, b"ders.sta", "http_started"),
    b"receive_response_": (24, b".complet", "http_headers"),
    b"connect_tcp.": (8, b"tcp.comp", "connect"),
    b"response_closed.": None,
    b"Building HTTP request": None,
    b"Sending HTTP Request": None,
    b"request_id: ": None,
}
_LEVEL, _DEBUG = u64(b'", "leve'), u64(b'l": "DEB')
_METRICS_END = u64(b'ics", "l')


def _table() -> tuple[Words, Actions]:
    """The beginnings of the messages of all events, as sorted numbers, and what to do with each."""
    found = {int(u64(_beginning(line))): _EVENT for line in events.LINES}
    found |= {int(key): _BATCH for key in batches.KINDS}
    found |= {int(u64(text)): _UNKNOWN for text in _CHATTER}
    keys = sorted(found)
    return np.array(keys, dtype=np.uint64), np.array([found[k] for k in keys], dtype=np.int8)


def _beginning(line: events.Line) -> bytes:
    return (line.starts + '", "level' * line.exact).encode()


_KEYS, _ACTIONS = _table()


def _json(data: bytes, summary: Summary) -> Summary:
    """LiveKit JSON: every message begins at the same place of its line, every line ends alike."""
    summary.bytes = len(data)
    lines = lines_of(data)
    framed, keys = _framed(lines), lines.begin(_HEAD)
    actions = _actions(lines, keys, framed)
    headers = _chatter(summary, lines, keys, actions)
    _murmur(summary, lines, keys, actions)
    if not headers and framed.all():
        actions[keys == batches.HTTP_REQUEST] = _BATCH
    which = np.flatnonzero((actions == _BATCH) | (actions == _UNKNOWN))
    if len(which):
        actions[which] = _NOISE
        actions[batches.add(summary, lines, which, keys[which])] = _EVENT
    _alone(summary, lines, np.flatnonzero(actions == _EVENT), framed)
    return summary


def _actions(lines: Lines, keys: Words, framed: Marks) -> Actions:
    """What to do with each line, by how its message begins."""
    places = np.minimum(np.searchsorted(_KEYS, keys), len(_KEYS) - 1)
    actions = np.where(_KEYS[places] == keys, _ACTIONS[places], _UNKNOWN).astype(np.int8)
    actions[~framed] = _EVENT
    ready = np.flatnonzero(actions == _BATCH)
    actions[ready[lines.of(ready, _HEAD + 8) != _METRICS_END]] = _EVENT
    return actions


def _framed(lines: Lines) -> Marks:
    """Which lines begin and end as LiveKit's formatter makes them."""
    sizes = lines.ends - lines.starts
    framed = (sizes > _SHORTEST) & (sizes <= MAX_LINE)
    framed &= lines.starts < len(lines.data) - _MARGIN
    framed &= lines.begin(len(b'{"mes')) == _OPENING
    framed &= lines.words[np.maximum(lines.ends - 8, 0)] == _CLOSING
    return framed


def _chatter(summary: Summary, lines: Lines, keys: Words, actions: Actions) -> bool:
    """Count what the HTTP clients chatter at DEBUG, but for the events; are there headers in it?"""
    headers = False
    for text, told in _CHATTER.items():
        which = np.flatnonzero((keys == u64(text)) & (actions == _UNKNOWN))
        which = which[lines.of(which, _HEAD + len(text) - 8) == u64(text[-8:])]
        if told is not None:
            offset, there, kind = told
            hits = lines.of(which, _HEAD + offset) == u64(there)
            if kind in WIRE_KINDS:
                summary.counts[kind] += int(np.count_nonzero(hits))
            else:
                headers |= bool(hits.any())
                actions[which[hits]] = _EVENT
                which = which[~hits]
        actions[which] = _NOISE
        _noise(summary, lines, which)
    return headers


def _murmur(summary: Summary, lines: Lines, keys: Words, actions: Actions) -> None:
    """Count DEBUG lines that no table has, where their message is as long as the first's."""
    unknown = np.flatnonzero(actions == _UNKNOWN)
    told = keys[unknown]
    for key in np.unique(told):
        which = unknown[told == key]
        at = lines.line(int(which[0])).find(b'", "level": "DEBUG"')
        if at > 0:
            which = which[lines.ends[which] - lines.starts[which] > at + _MARGIN // 4]
            same = (lines.of(which, at) == _LEVEL) & (lines.of(which, at + 8) == _DEBUG)
            actions[which[same]] = _NOISE
            _noise(summary, lines, which[same])


def _noise(summary: Summary, lines: Lines, which: Index) -> None:
    """Count DEBUG lines that tell nothing; the first stands for the logger of all."""
    n = len(which)
    if not n:
        return
    line = lines.data[lines.starts[which[0]] : lines.ends[which[0]]]
    logger = line.partition(b'"name": "')[2].partition(b'"')[0].decode()
    summary.murmur(batches.SHAPE, n, logger)


def _alone(summary: Summary, lines: Lines, which: Index, framed: Marks) -> None:
    """Read events one by one, in their order; what is not framed goes to `reader` as it stands."""
    counted = summary.lines
    for first, last in _runs(which, framed):
        data = lines.data[lines.starts[first] : lines.ends[last]]
        summary.lines = first
        record = reader.damage(data) or records.parse(data) if framed[first] else ""
        if isinstance(record, Record):
            reader.count(summary, Found(record, events.read(record), first + 1, data, 1))
        else:
            newline = lines.data[lines.ends[last] : lines.ends[last] + 1]
            for found in reader.read(data + newline, summary):
                reader.count(summary, found)
        counted += last - first + 1
    summary.lines = counted


def _runs(which: Index, framed: Marks) -> Iterable[tuple[int, int]]:
    """(first, last) of neighbouring lines; framed ones stand alone.

    A record that a container runtime split stands on neighbouring lines: it stays whole.
    """
    if not len(which):
        return ()
    breaks = (np.diff(which) != 1) | framed[which[1:]] | framed[which[:-1]]
    cuts = np.flatnonzero(breaks)
    firsts = which[np.concatenate(([0], cuts + 1))]
    lasts = which[np.concatenate((cuts, [len(which) - 1]))]
    return zip(firsts.tolist(), lasts.tolist(), strict=True)


# --- LiveKit dev text --------------------------------------------------------------------------

_SHORTEST_DEV = 48
_MARKS_AT = len("2026-11-20 08:46:01")
_LEVEL_AT = len("2026-11-20 08:46:01,270 - ")
_COLOURED = u64(b"\x1b[36mDEB")
_LOGGER_AT = _LEVEL_AT + len("\x1b[36mDEBUG\x1b[0m ")
_MARKS = np.uint64(0x00FFFFFF000000FF)
_COMMA_DASH = u64(b",\0\0\0 - \0")
_LITERALS = sorted({line.starts for line in events.LINES if line.loggers is not events.TURNS})
_MATCHER = ahocorasick_rs.BytesAhoCorasick(
    [b" - " + literal.encode() for literal in _LITERALS],  # where a message begins
    matchkind=ahocorasick_rs.MatchKind.LeftmostFirst,
)


def _dev(data: bytes, summary: Summary) -> Summary:
    """Dev text: the level stands at a fixed place, the message does not and is searched for."""
    summary.bytes = len(data)
    lines = lines_of(data)
    sizes = lines.ends - lines.starts
    framed = (sizes > _SHORTEST_DEV) & (sizes <= MAX_LINE)
    framed &= lines.starts < len(data) - _MARGIN
    framed &= lines.begin(_MARKS_AT) & _MARKS == _COMMA_DASH
    noise = framed & (lines.begin(_LEVEL_AT) == _COLOURED)
    noise[_hit(lines)] = False
    _dev_noise(summary, lines, np.flatnonzero(noise))
    _alone(summary, lines, np.flatnonzero(~noise), framed)
    return summary


def _hit(lines: Lines) -> Index:
    """The lines that hold the beginning of an event's message, wherever in them."""
    matches = _MATCHER.find_matches_as_indexes(lines.data)
    places = np.fromiter((match[1] for match in matches), dtype=np.int64, count=len(matches))
    return np.unique(np.searchsorted(lines.ends, places))


def _dev_noise(summary: Summary, lines: Lines, noise: Index) -> None:
    """Count coloured DEBUG lines without any literal, by the first bytes of their loggers."""
    keys = mixed(lines.of(noise, _LOGGER_AT), lines.of(noise, _LOGGER_AT + 8))
    _, firsts, counts = np.unique(keys, return_index=True, return_counts=True)
    for index, n in zip(noise[firsts].tolist(), counts.tolist(), strict=True):
        head = lines.data[lines.starts[index] + _LOGGER_AT : lines.ends[index]]
        logger = head.partition(b" - ")[0].strip().decode()
        summary.murmur("LiveKit dev text", n, logger)

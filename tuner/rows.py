"""Framed lines of LiveKit's JSON in, the fields in use of each out: decoded in one call."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from tuner import reader, times
from tuner.lines import Index, Lines, Marks, mixed, u64

_MOST = 0.7
"""From this share of the lines on a chunk is decoded as it is: cutting it up costs more."""


class Row(msgspec.Struct, gc=False):
    """The fields in use of any of the lines."""

    message: str
    level: str
    name: str
    timestamp: str
    ttft: float | None = None
    ttfb: float | None = None
    prompt_tokens: float | None = None
    prompt_cached_tokens: float | None = None
    completion_tokens: float | None = None
    end_of_utterance_delay: float | None = None
    transcription_delay: float | None = None
    model_name: str | None = None
    job_id: str | None = None
    room: str | None = None
    pid: int | None = None


_DECODER = msgspec.json.Decoder(Row)


def read_rows(lines: Lines, which: Index) -> Sequence[Row | None]:
    """The rows of some framed lines; None where a line is not as LiveKit writes it."""
    rows, dated = _rows(lines, which), _dated(lines, which)
    if dated.all():
        return rows
    return [row if good else None for row, good in zip(rows, dated.tolist(), strict=True)]


def _rows(lines: Lines, which: Index) -> Sequence[Row | None]:
    if len(which) >= _MOST * len(lines.starts):
        rows = _decoded(lines.data)
        if rows is not None and len(rows) == len(lines.starts):
            return [rows[index] for index in which.tolist()]
    raws = lines.cut(which)
    rows = _decoded(b"\n".join(raws))
    if rows is not None and len(rows) == len(raws):
        return rows
    return [one[0] if (one := _decoded(raw)) else None for raw in raws]


def _decoded(text: bytes) -> list[Row] | None:
    try:
        return _DECODER.decode_lines(text) if reader.is_clean(text) else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _dated(lines: Lines, which: Index) -> Marks:
    """Whether lines end with a time as LiveKit writes it; the zone was seen before."""
    good: Marks = np.ones(len(which), dtype=np.bool_)
    ends = lines.ends[which]
    for offset, layout, digits in _LAYOUT:
        words = lines.words[ends - offset]
        good &= words & ~digits == layout
        good &= (((words & digits) + (_SIXES & digits)) & _NIBBLES) == 0
    for offset in (20, 17):  # tens of minutes and of seconds
        good &= (lines.words[ends - offset] & np.uint64(0xFF)) < ord("6")
    month, hour = lines.words[ends - 34], lines.words[ends - 26] & np.uint64(0xFFFFFFFFFF)
    for place in np.unique(mixed(hour, month), return_index=True)[1].tolist():  # few in a chunk
        end = int(ends[place])
        text = lines.data[end - 34 : end - 21].decode(errors="replace")
        if times.parse(text + ":00")[0] is None:
            good &= (month != month[place]) | (hour != hour[place])
    return good


def _layout(offset: int, text: bytes) -> tuple[int, np.uint64, np.uint64]:
    """Where before a line's end eight bytes of a time stand, and which bits of them are digits."""
    return offset, u64(text), u64(bytes(0x0F * (byte == ord("0")) for byte in text))


_LAYOUT = (
    _layout(42, b'tamp": "'),
    _layout(34, b"0000-00-"),
    _layout(26, b"00T00:00"),
    _layout(18, b":00.0000"),
    _layout(10, b"00+00:00"),
)
_SIXES, _NIBBLES = np.uint64(0x0606060606060606), np.uint64(0xF0F0F0F0F0F0F0F0)

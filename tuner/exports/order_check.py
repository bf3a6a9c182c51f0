"""A piece of a log in, whether its records stand in order of time out."""

from __future__ import annotations

from collections.abc import Sequence

from tuner.call_records.doubled_lines import as_written
from tuner.exports.entries import own_time
from tuner.exports.ordering import Order
from tuner.exports.plain_lines import time_of, time_or_time_of_day
from tuner.inputs.chunks import Data, is_partial
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.layouts import NONE, Layouts

_BEGINNING = 64
"""Lines of a beginning that are looked at."""
_BARE = b'{"message": "'
_STAMP = slice(-len('2026-01-30T16:20:00.000000+00:00"}'), None)
_WRITTEN = lazy_pattern(rb'[\d-]{10}T[\d:]{8}\.\d{6}\+00:00"\}')
_CALL = lazy_pattern(rb'"(?:job_id|room)": ?"([^"]{1,80})"')
_PROCESS = lazy_pattern(rb'"pid": ?(\d{1,20})')
_ROW = lazy_pattern(rb"(?:\? )?(\d\d):(\d\d):(\d\d(?:\.\d{3})?) ")


def broken(data: Data, layouts: Layouts = NONE) -> bool:
    """Whether records of a call go back in time: each line is looked at until that is sure, which
    takes a while."""
    lines = bytes(data).removesuffix(b"\n").split(b"\n")
    order = _of_bare(lines)
    return (_of_any(lines, layouts) if order is None else order).broken


def broken_rows(text: bytes) -> bool:
    """The same of the lines that were made of a screen's records. One that was left has the time of
    its row, or that of the line above."""
    order, time = Order(), None
    for line in text.split(b"\n"):
        if (row := _ROW.match(line)) is not None:
            hours, minutes, seconds = row.groups()
            time = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        if time is not None and line:
            order.add_time_of_day(time, _call(line) or _process(line))
            if order.is_surely_broken:
                break
    return order.broken


def _of_bare(lines: Sequence[bytes]) -> Order | None:
    """The order of LiveKit's lines, whose times are compared as they are written: half the time.
    None if there is any other line, or a time that is none."""
    order, latest = Order(), dict[bytes, bytes]()
    for line in lines:
        stamp = line[_STAMP]
        if not (line.startswith(_BARE) and _WRITTEN.fullmatch(stamp)):
            return None
        call = found[1] if (found := _CALL.search(line)) else b""
        last = latest.get(call, stamp)
        if stamp < last:
            before, now = own_time(last), own_time(stamp)
            if before is None or now is None:
                return None
            order.step(now - before)
        elif stamp > last:
            order.step(1.0)
        latest[call] = stamp
        if order.is_surely_broken:
            break
    return order


def _of_any(lines: Sequence[bytes], layouts: Layouts) -> Order:
    order = Order()
    for line in lines:
        if order.is_surely_broken:
            break
        if line.startswith(_BARE) and (bare := own_time(line)) is not None:
            order.add(bare, "agent" + _call(line))  # most lines: the rest takes twice as long
            continue
        time, is_of_day = (None, False) if is_partial(line) else time_or_time_of_day(line, layouts)
        if time is not None:
            (order.add_time_of_day if is_of_day else order.add)(time, _clock(line))
    return order


def of_beginning(head: bytes) -> bool:
    """Whether the records in a log's first bytes are not in order of time."""
    order = Order()
    for line in head.split(b"\n")[:-1][:_BEGINNING]:
        if not is_partial(line) and (time := time_of(line)) is not None:
            order.add(time, _clock(line))
    return order.broken


def _clock(line: bytes) -> str:
    """Whose clock it is, and in which call."""
    return ("agent" if own_time(as_written(line)) is not None else "shipper") + _call(line)


def _call(line: bytes) -> str:
    call = _CALL.search(line)
    return call[1].decode(errors="replace") if call else ""


def _process(line: bytes) -> str:
    found = _PROCESS.search(line)
    return "pid:" + found[1].decode() if found else ""

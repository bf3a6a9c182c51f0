"""A stretch of log in, any number of later copies of it out: new times, ids, rooms and pids.

Every field that changes keeps its width, so a copy is the same bytes with a few places written
over; numpy writes them all at once, and no line is ever formatted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Times are cut at the minute: a copy is shifted by whole minutes, the seconds stay.
_FIELDS = re.compile(
    rb"(?P<stamp>(?<!\d)20\d\d-\d\d-\d\d[T ]\d\d:\d\d(?=:\d\d))"
    rb"|(?P<http>\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 20\d\d \d\d:\d\d(?=:\d\d GMT))"
    rb"|(?P<epoch>(?:(?<=: )|(?<=:))1[67]\d{8}(?=(?:\d{3})?[.,}])"
    rb"|(?<=Nano\": \")1[67]\d{8}(?=\d{9})|(?<=STAMP\": \")1[67]\d{8}(?=\d{6}))"
    rb"|(?P<slashed>\b\d\d/\d\d/20\d\d, \d\d:\d\d:\d\d\.\d{6} [AP]M)"
    rb"|(?P<job>\bAJ_[a-z]{6}\d{4}\b)"
    rb"|(?P<room>\bcall-[0-9a-f]{8}\b)"
    rb'|(?P<pid>(?:(?<="pid": )|(?<="pid"": )|(?<=pid\\": ))\d{5}\b)'
    rb"|(?P<day>(?m:^) {0,4}\d\d:\d\d(?=:\d\d[. ]))"
    rb'|(?P<trace>(?:(?<="traceId": ")|(?<="trace_id": "0x))[0-9a-f]{32})'
)
_STAMP = "%Y-%m-%d{}%H:%M"
_DAY = "%H:%M"
_SLASHED = "%m/%d/%Y, %I:%M:%S.%f %p"
_HTTP = "%a, %d %b %Y %H:%M"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_JOBS, _ROOMS, _PIDS = 26**6, 16**8, 90_000
_STRIDE = 1_000_003
"""Shares no factor with the numbers above, so that ids look scattered and never repeat early."""


class Slot(NamedTuple):
    """All the places of one old value, and how its new value is made."""

    places: NDArray[np.int64]
    renew: Callable[[int, int], bytes]


class Template:
    """A stretch of log that can be copied.

    `minutes` is how long it lasts, rounded up; `ids` how many id numbers one copy uses.
    """

    def __init__(self, records: Sequence[bytes], seed: int = 1) -> None:
        self._raw = bytearray().join(records)
        self._bytes = np.frombuffer(self._raw, dtype=np.uint8)
        found = _places(records)
        self.start, end = _span(found)
        self.minutes = int((end - self.start) / timedelta(minutes=1)) + 1
        self.ids = max(len(found.get(field, ())) for field in ("job", "room", "pid", "trace"))
        self._slots = [
            Slot(_block(at, len(old)), _renewer(field, old, number, seed))
            for field, values in found.items()
            for number, (old, at) in enumerate(values.items())
        ]

    def copy(self, start: datetime, number: int) -> bytearray:
        """Return the stretch as it would stand at `start`, with ids numbered from `number`.

        The bytes are good until the next copy is made.
        """
        minutes = round((start - self.start) / timedelta(minutes=1))
        for slot in self._slots:
            new = slot.renew(minutes, number)
            self._bytes[slot.places] = np.frombuffer(new, dtype=np.uint8)
        return self._raw


def _places(records: Sequence[bytes]) -> dict[str, dict[bytes, list[int]]]:
    """Where each value of each field stands."""
    found: dict[str, dict[bytes, list[int]]] = {}
    offset = 0
    for raw in records:
        for field, old, at in _fields(raw):
            found.setdefault(field, {}).setdefault(old, []).append(offset + at)
        offset += len(raw)
    return found


@cache
def _fields(raw: bytes) -> tuple[tuple[str, bytes, int], ...]:
    """The fields of one record; the same records stand in many stretches."""
    return tuple((m.lastgroup or "", m[0], m.start()) for m in _FIELDS.finditer(raw))


def _block(starts: list[int], width: int) -> NDArray[np.int64]:
    return np.array(starts, dtype=np.int64)[:, None] + np.arange(width, dtype=np.int64)


def _span(found: dict[str, dict[bytes, list[int]]]) -> tuple[datetime, datetime]:
    stamps = sorted(datetime.fromisoformat(old.decode()) for old in found.get("stamp", ()))
    if not stamps:
        stamps = sorted(datetime.fromtimestamp(int(old), UTC) for old in found.get("epoch", ()))
    if not stamps:
        stamps = sorted(datetime.strptime(old.decode().strip(), _DAY) for old in found["day"])
    return stamps[0], stamps[-1]


def _renewer(field: str, old: bytes, number: int, seed: int) -> Callable[[int, int], bytes]:
    """How the new value of a field is made from (minutes later, first id number)."""
    text = old.decode()
    if field == "epoch":
        return lambda minutes, _: b"%d" % (int(text) + 60 * minutes)
    if field == "stamp":
        return _clock(datetime.fromisoformat(text), _STAMP.format(text[10]))
    if field == "day":
        blanks = text[: -len("00:00")]
        return _clock(datetime.strptime(text.strip(), _DAY), blanks + _DAY)
    if field == "slashed":
        return _clock(datetime.strptime(text, _SLASHED), _SLASHED)
    if field == "http":
        return _clock(datetime.strptime(text, _HTTP), _HTTP)
    name = {"job": _job, "room": _room, "pid": _pid, "trace": _trace}[field]
    return lambda _, first: name((first + number) * _STRIDE + seed)


def _clock(old: datetime, pattern: str) -> Callable[[int, int], bytes]:
    return lambda minutes, _: (old + timedelta(minutes=minutes)).strftime(pattern).encode()


def _job(number: int) -> bytes:
    letters, digits = "", number % _JOBS
    for _ in range(6):
        digits, place = divmod(digits, 26)
        letters += _LETTERS[place]
    return f"AJ_{letters}{number % 10_000:04d}".encode()


def _room(number: int) -> bytes:
    return b"call-%08x" % (number % _ROOMS)


def _trace(number: int) -> bytes:
    return b"%032x" % number


def _pid(number: int) -> bytes:
    return b"%05d" % (10_000 + number % _PIDS)

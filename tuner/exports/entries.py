"""What one record of an export holds: the agent's own text, its time, and where it stood.

The text may hold several lines (a traceback). Where it needs the time of the export, it is written
as a container runtime writes it (`TIME stdout F text`), which the readers of lines understand.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

from tuner.errors import fault

STAMP = len(b"2026-01-30T16:20:00.000000Z stdout F ")
"""How many bytes stand before the text of a stamped line."""
_KEPT = 2_000
"""So many bytes of a record that cannot be read are kept."""
T = TypeVar("T")
_LIVEKIT_END = len('2026-01-30T16:20:00.000000+00:00"}')


class ExportEntry(NamedTuple):
    """One record: its text, its time (epoch seconds, None if unknown), its place in the input.

    `line` is 1-based, `lines` how many lines of the input the record takes; 0 where it begins on
    the line that the record before ended on. `stamped`: every line of `text` begins with the
    export's time. `reason`: why the record has no text that a reader could take; its text is then
    the record as it stands in the export.
    """

    text: bytes
    time: float | None
    line: int
    lines: int = 1
    stamped: bool = False
    reason: str = ""


def guarded(
    take: Callable[[], T], raw: Callable[[], bytes], line: int, lines: int
) -> T | ExportEntry:
    """What a record is taken as. A fault of ours costs this record, and is the reason."""
    try:
        return take()
    except Exception as error:
        return ExportEntry(raw()[:_KEPT], None, line, lines, reason=fault(error))


def own_time(text: bytes) -> float | None:
    """The time at the end of a LiveKit JSON line, in epoch seconds; None if there is none."""
    if text[-8:] != b'+00:00"}':
        return None
    second = _epoch(text[-_LIVEKIT_END : -_LIVEKIT_END + 19])
    fraction = text[-14:-8]
    return None if second is None or not fraction.isdigit() else second + int(fraction) / 1e6


@lru_cache(maxsize=4096)
def _epoch(text: bytes) -> float | None:
    try:
        return datetime.fromisoformat(text.decode()).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def iso(time: float) -> str:
    """Epoch seconds as `2026-01-30T16:20:00.000000`, in UTC."""
    micros = round(time * 1e6)
    return f"{_second(micros // 1_000_000)}.{micros % 1_000_000:06d}"


def stamped(text: bytes, time: float) -> bytes:
    """The text with the time before each of its lines."""
    stamp = f"{iso(time)}Z stdout F ".encode()
    if b"\n" not in text:
        return stamp + text
    return b"\n".join(stamp + line for line in text.split(b"\n"))

"""Logs in, units of work out, and how much work there is: what decides who reads.

A unit is a byte range of a plain file, or a whole compressed one.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuner.execution import cutting
from tuner.execution.resume_marks import Log
from tuner.execution.units import FAST_BYTES, Unit
from tuner.inputs import remote, streams, versions

UNIT_BYTES = 48 << 20
"""Long enough to hide what a task costs, short enough to keep all processes busy to the end."""
_UNITS_EACH = 3
ALONE_BYTES = 8 << 20
"""Below this, starting processes takes longer than reading."""
ALONE_OBJECTS = 16
"""So many objects are worth processes however small they are: each makes its reader wait."""
PACKED = 16
"""A packed log is about this many times as large as it looks (gz packs logs 10 to 30 times)."""


def plan(path: str, version: str = "", start: int = 0, unit_bytes: int = 0) -> list[Unit]:
    """Cut one input, from a place on, into units, `UNIT_BYTES` long unless said otherwise; they are
    given in the order of their times."""
    unit_bytes = unit_bytes or UNIT_BYTES
    version = version or versions.planned([path])[path]
    size = versions.size(version)
    plain = streams.plain_size(path) if size - start > unit_bytes else None
    kind = cutting.kind_of(path) if plain is not None and not start else ""
    if plain is None or kind == "whole":
        return [Unit(path, start, None, version)]
    falls = kind == "falling"
    unit = Unit(path, version=version, sort=falls, export=falls or kind == "ranges")
    starts = range(start, plain, unit_bytes)
    units = [unit._replace(start=at, end=min(at + unit_bytes, plain)) for at in starts]
    return units[::-1] if falls else units


def unit_bytes(size: int, workers: int) -> int:
    """How long units should be where so much is to be read by so many processes: of few units one
    process may have twice as much as another, which then waits. What is small is one for each."""
    if size < 2 * ALONE_BYTES:
        return UNIT_BYTES
    units_each = _UNITS_EACH if size > UNIT_BYTES else 1
    return min(UNIT_BYTES, max(ALONE_BYTES, -(-size // (units_each * workers))))


def stored_bytes(logs: Sequence[Log]) -> int:
    """How many bytes in storage are still to be read."""
    return sum(versions.size(log.version) for log in logs if not log.done)


def is_large(logs: Sequence[Log]) -> bool:
    """Whether there is so much to read, once unpacked, that it must be read fast."""
    size = stored_bytes(logs)
    if size < FAST_BYTES <= size * PACKED:
        size += sum(
            versions.size(log.version) * (PACKED - 1)
            for log in logs
            if not (log.done or remote.is_url(log.path)) and streams.plain_size(log.path) is None
        )
    return size >= FAST_BYTES


def worth_processes(todo: Sequence[Unit], size: int) -> bool:
    """Whether several processes read `size` bytes in storage sooner than this one alone."""
    return size >= ALONE_BYTES or sum(remote.is_url(unit.path) for unit in todo) >= ALONE_OBJECTS

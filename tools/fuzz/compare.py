"""A damaged log in, how the two readings of it differ out."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec

from tools.fuzz.mutations import Lines, mutated
from tuner.inputs.chunks import Chunk
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.summary import serialization
from tuner.summary.summary import Summary

SLOW_MS = 1000.0


def log(lines: Lines, size: int, random: Random) -> bytes:
    """A damaged log of about so many bytes: the damage stands somewhere between sound lines."""
    sound = b"\n".join(lines) + b"\n"
    times = size // max(len(sound), 1)
    before = random.randint(0, times)
    damaged = b"\n".join(mutated(lines, random)) + random.choice([b"\n", b"", b"\r\n"])
    return sound * before + damaged + sound * (times - before)


def pick(data: bytes, random: Random) -> Filter:
    """What is asked for: mostly everything, sometimes one call or the records of some time."""
    if random.random() < 0.7:
        return EVERYTHING
    summary = careful.summarize(Chunk(data[:200_000]), EVERYTHING, SLOW_MS)
    first, last = sorted(random.uniform(summary.first or 0, summary.last or 0) for _ in range(2))
    call = random.choice([None, *summary.calls, "nobody"])
    return random.choice([Filter(call=call), Filter(first, last), Filter(first, None, call)])


def difference(data: bytes, only: Filter = EVERYTHING) -> dict[str, tuple[Any, Any]]:
    """What the scan found and the careful path did not, by name; empty if they agree."""
    chunk = Chunk(data)
    scanned = fast.summarize(chunk, only, SLOW_MS, strict=True)
    return other_figures(scanned, careful.summarize(chunk, only, SLOW_MS))


def other_figures(first: Summary, second: Summary) -> dict[str, tuple[Any, Any]]:
    """The figures of two summaries that differ, by name."""
    mine, others = _figures(first), _figures(second)
    return {k: (mine[k], others[k]) for k in others if mine[k] != others[k]}


def _figures(summary: Summary) -> dict[str, Any]:
    """All that is stored of a summary; the order of its parts means nothing."""
    whole = msgspec.msgpack.decode(serialization.dump(summary), type=serialization._Summary)
    figures: dict[str, Any] = msgspec.to_builtins(whole)
    return {name: _sorted(value) for name, value in figures.items()}


def _sorted(value: Any) -> Any:
    """Without counts of zero, and with lists in one order."""
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items() if item != 0}
    return sorted(map(_sorted, value), key=repr) if isinstance(value, list | tuple) else value

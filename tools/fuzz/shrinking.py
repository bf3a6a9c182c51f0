"""A log that fails in, the fewest of its lines that still do out."""

from __future__ import annotations

from collections.abc import Callable


def smallest(
    data: bytes, fails: Callable[[bytes], object], enough: Callable[[], bool] = lambda: False
) -> bytes:
    """Leave out half of the lines, a quarter of them, and so on to a single one.

    A fault that takes millions of lines would be cut down for days: `enough` ends that, and the
    fewest lines that were found by then are returned.
    """
    lines = data.split(b"\n")
    step = len(lines) // 2
    while step and not enough():
        for start in range(0, len(lines), step):
            if enough():
                break
            fewer = lines[:start] + lines[start + step :]
            if fails(b"\n".join(fewer)):
                lines = fewer
                break
        else:
            step //= 2
    return b"\n".join(lines)

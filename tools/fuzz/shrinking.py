"""A log that fails in, the fewest of its lines that still do out."""

from __future__ import annotations

from collections.abc import Callable


def smallest(data: bytes, fails: Callable[[bytes], object]) -> bytes:
    """Leave out half of the lines, a quarter of them, and so on to a single one."""
    lines = data.split(b"\n")
    step = len(lines) // 2
    while step:
        for start in range(0, len(lines), step):
            fewer = lines[:start] + lines[start + step :]
            if fails(b"\n".join(fewer)):
                lines = fewer
                break
        else:
            step //= 2
    return b"\n".join(lines)

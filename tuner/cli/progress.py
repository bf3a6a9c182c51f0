"""Bytes done and seconds gone in, one line of progress out. Stream and clock are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

EVERY_S = 0.1
_CLEAR = "\r\x1b[K"
_UNITS = ("B", "kB", "MB", "GB", "TB")


@contextmanager
def shown(terminal: TextIO, clock: Callable[[], float]) -> Iterator[Callable[[int, int], None]]:
    """Give a function of (bytes done, bytes in all) that rewrites one line of the terminal."""
    start = last = clock()

    def show(done: int, total: int) -> None:
        nonlocal last
        now = clock()
        if now - last >= EVERY_S:
            last = now
            terminal.write(_CLEAR + line(done, total, now - start))
            terminal.flush()

    try:
        yield show
    finally:
        terminal.write(_CLEAR)
        terminal.flush()


def line(done: int, total: int, seconds: float) -> str:
    """Return a line such as "40 % of 1.2 GB, 310 MB/s, 3 s left"; `total` 0 is unknown."""
    rate = done / seconds if seconds > 0 else 0.0
    parts = [
        f"{min(100, 100 * done // total)} % of {size(total)}" if total else f"{size(done)} read"
    ]
    if rate:
        parts.append(f"{size(rate)}/s")
    if rate and total and seconds >= 1:  # before that the rate is a guess
        parts.append(f"{duration(max(0, total - done) / rate)} left")
    return ", ".join(parts)


def size(count: float) -> str:
    """Return a number of bytes in the unit that keeps it short."""
    step = 0
    while count >= 999.5 and step < len(_UNITS) - 1:
        count, step = count / 1000, step + 1
    return (
        f"{count:.0f} {_UNITS[step]}"
        if step == 0 or count >= 9.95
        else f"{count:.1f} {_UNITS[step]}"
    )


def duration(seconds: float) -> str:
    """Return seconds as a person would say them."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"

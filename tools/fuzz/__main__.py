"""`python -m tools.fuzz [MINUTES] [SEED]`: look for logs that the two readings disagree on.

Each is cut down to the lines that it takes, and kept in the folder `fuzz-found`.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from random import Random

from tools.fuzz.compare import difference, log, pick
from tools.fuzz.mutations import samples
from tools.fuzz.shrinking import smallest
from tuner.reading.record_filter import Filter

SIZES = {300_000: 60, 700_000: 30, 2_000_000: 9, 64_000_000: 1}
"""Bytes of a log, how many of a hundred: small ones are as telling, a large one takes a minute."""
FOUND = Path("fuzz-found")
PROGRESS_S = 30.0
LARGE = 10_000_000
"""Bytes of a log that may take minutes: before it there is always a line."""
SHRINK_S = 120.0
"""How long a log that differs is cut down, at the most."""


def main(minutes: float, seed: int) -> int:
    """Fuzz for so long; return how many logs differ. Progress goes to stderr."""
    first, found, given, progress = seed, 0, samples(), Progress(minutes)
    while not progress.is_over():
        random = Random(seed)
        data = log(random.choice(given), _size(random), random)
        now = f"seed {seed}, {len(data) / 1e6:.1f} MB"
        progress.show(seed - first, found, now, at_once=len(data) > LARGE)
        found += differs(data, pick(data, random), seed)
        seed += 1
    sys.stdout.write(f"{seed - first} logs, {found} differ, next seed {seed}\n")
    return found


def _size(random: Random) -> int:
    return random.choices(list(SIZES), list(SIZES.values()))[0]


def differs(data: bytes, only: Filter, seed: int) -> bool:
    """Whether the two readings differ; if so, it is named at once, and its lines are kept."""
    other = difference(data, only)
    if other:
        sys.stdout.write(f"{seed}: {', '.join(other)} of {only}\n")
        sys.stdout.flush()
        FOUND.mkdir(exist_ok=True)
        end = time.monotonic() + SHRINK_S
        fails = partial(difference, only=only)
        kept = smallest(data, fails, lambda: time.monotonic() > end)
        (FOUND / f"{seed}.log").write_bytes(kept)
    return bool(other)


class Progress:
    """How far a run is, on stderr now and then: one log may take a minute, all of them an hour."""

    def __init__(self, minutes: float) -> None:
        self._minutes, self._begin, self._next_s = minutes, time.monotonic(), 0.0

    def is_over(self) -> bool:
        """Whether the time is up. The log that is being read is read to its end."""
        return self._ran_s() >= self._minutes * 60

    def show(self, logs: int, found: int, now: str, at_once: bool = False) -> None:
        """Write a line, unless one was written a moment ago and nobody asks for it at once."""
        if (ran_s := self._ran_s()) >= self._next_s or at_once:
            self._next_s = ran_s + PROGRESS_S
            ran = f"{ran_s / 60:.1f} of {self._minutes:g} min"
            sys.stderr.write(f"{ran}: {logs} logs, {found} differ; now {now}\n")
            sys.stderr.flush()

    def _ran_s(self) -> float:
        return time.monotonic() - self._begin


if __name__ == "__main__":
    numbers = [float(word) for word in sys.argv[1:]]
    sys.exit(bool(main(numbers[0] if numbers else 10, int(numbers[1]) if numbers[1:] else 0)))

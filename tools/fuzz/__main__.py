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

SIZES = (300_000, 300_000, 300_000, 700_000, 700_000, 2_000_000, 64_000_000)
"""Small ones are as telling as large ones, and a hundred times as many."""
FOUND = Path("fuzz-found")


def main(minutes: float, seed: int) -> int:
    """Fuzz for so long; return how many logs differ."""
    first, found, end, given = seed, 0, time.monotonic() + minutes * 60, samples()
    while time.monotonic() < end:
        random = Random(seed)
        data = log(random.choice(given), random.choice(SIZES), random)
        only = pick(data, random)
        if differs := difference(data, only):
            found += 1
            FOUND.mkdir(exist_ok=True)
            (FOUND / f"{seed}.log").write_bytes(smallest(data, partial(difference, only=only)))
            sys.stdout.write(f"{seed}: {', '.join(differs)} of {only}\n")
        seed += 1
    sys.stdout.write(f"{seed - first} logs, {found} differ, next seed {seed}\n")
    return found


if __name__ == "__main__":
    numbers = [float(word) for word in sys.argv[1:]]
    sys.exit(bool(main(numbers[0] if numbers else 10, int(numbers[1]) if numbers[1:] else 0)))

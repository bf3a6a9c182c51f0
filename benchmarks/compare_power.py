"""How often `tuner compare` errs, and what it can see: simulated pairs of logs.

    python -m benchmarks.compare_power [PAIRS]

Calls differ from each other (callers who pause, noisy rooms, slow lines), as real ones do. Without
a change the verdict must be better or worse in at most 5 % of pairs; with a change of known size it
shows how often that is noticed.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tuner.whatif.calls import LoggedAnswer, LoggedCall, LoggedStop, Silence
from tuner.whatif.compare import compare, overall

SEED = 41


class Callers(NamedTuple):
    """Cut-offs a turn, the median wait in s, false stops a minute."""

    cut_offs: float = 0.3
    wait_s: float = 1.4
    stops: float = 1.0


def calls(n: int, callers: Callers, rng: np.random.Generator) -> list[LoggedCall]:
    """Calls of about four turns and one minute."""
    return [_call(callers, rng) for _ in range(n)]


def _call(callers: Callers, rng: np.random.Generator) -> LoggedCall:
    turns = 1 + int(rng.poisson(3))
    minutes = float(rng.uniform(0.6, 1.4))
    pauses = rng.binomial(turns, rng.beta(2 * callers.cut_offs, 2 * (1 - callers.cut_offs)))
    line = rng.normal(0, 0.1)
    waits = callers.wait_s * np.exp(line + rng.normal(0, 0.25, turns))
    noises = rng.poisson(callers.stops * minutes * rng.gamma(1.0, 1.0))
    return LoggedCall(
        turns,
        minutes,
        (Silence(0.8, True),) * int(pauses),
        tuple(LoggedAnswer(0.5, 0.6, float(wait), 0.5, float(wait) - 0.2) for wait in waits),
        tuple(LoggedStop("false", 0.4, float(rng.uniform(2.1, 3.0)), 0) for _ in range(noises)),
        (0.5,) * turns,
    )


def verdicts(pairs: int, n: int, after: Callers) -> Counter[str]:
    """How often which verdict is given on pairs of logs of `n` calls each, from usual callers."""
    rng = np.random.default_rng(SEED)
    return Counter(
        overall(compare(calls(n, Callers(), rng), calls(n, after, rng))) for _ in range(pairs)
    )


def report(pairs: int) -> Iterator[str]:
    """The rate of errors without a change, and the power with changes of known size."""
    changes = {
        "no change": Callers(),
        "cut-offs 0.30 to 0.15 a turn": Callers(cut_offs=0.15),
        "cut-offs 0.30 to 0.05 a turn": Callers(cut_offs=0.05),
        "wait 1.40 to 1.20 s": Callers(wait_s=1.2),
        "wait 1.40 to 1.60 s": Callers(wait_s=1.6),
        "false stops 1.0 to 0.3 a minute": Callers(stops=0.3),
    }
    for n in (20, 60):
        for name, callers in changes.items():
            counts = verdicts(pairs, n, callers)
            shares = {each: counts[each] / pairs for each in ("better", "worse")}
            shown = ", ".join(f"{each} {share:.1%}" for each, share in shares.items())
            yield f"{n:4} calls a side, {name:34} {shown}"


def main(arguments: list[str]) -> None:
    """Simulate and print."""
    for line in report(int(arguments[0]) if arguments else 200):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

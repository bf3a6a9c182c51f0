"""How often `tuner compare` errs, and what it can see: simulated pairs of logs.

    python -m benchmarks.compare_power [PAIRS]

Calls differ from each other (callers who pause, noisy rooms, slow lines), as real ones do. The same
callers may be on both sides, as in a test that is played again, or others, as in production.
Without a change the verdict must be better or worse in at most 5 % of pairs; with a change of known
size it shows how often that is noticed.
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


class Caller(NamedTuple):
    """What one caller brings along: how often it speaks and for how long, how much it pauses, how
    slow its line is, how noisy its room; the last three are about 1, 0 and 1."""

    turns: int
    minutes: float
    pauses: float
    line: float
    noise: float


def callers_of(n: int, rng: np.random.Generator) -> list[Caller]:
    """Callers with calls of about four turns and one minute."""
    return [
        Caller(
            1 + int(rng.poisson(3)),
            float(rng.uniform(0.6, 1.4)),
            float(rng.gamma(2.0, 0.5)),
            float(rng.normal(0, 0.1)),
            float(rng.gamma(1.0, 1.0)),
        )
        for _ in range(n)
    ]


def calls(n: int, callers: Callers, rng: np.random.Generator) -> list[LoggedCall]:
    """The calls of so many callers."""
    return [call(one, callers, rng) for one in callers_of(n, rng)]


def call(caller: Caller, callers: Callers, rng: np.random.Generator) -> LoggedCall:
    """One call of a caller."""
    pauses = rng.binomial(caller.turns, min(1.0, callers.cut_offs * caller.pauses))
    waits = callers.wait_s * np.exp(caller.line + rng.normal(0, 0.25, caller.turns))
    noises = rng.poisson(callers.stops * caller.minutes * caller.noise)
    return LoggedCall(
        caller.turns,
        caller.minutes,
        (Silence(0.8, True),) * int(pauses),
        tuple(LoggedAnswer(0.5, 0.6, float(wait), 0.5, float(wait) - 0.2) for wait in waits),
        tuple(LoggedStop("false", 0.4, float(rng.uniform(2.1, 3.0)), 0) for _ in range(noises)),
        (0.5,) * caller.turns,
    )


def verdicts(
    pairs: int, n: int, after: Callers, *, paired: bool = False, seed: int = SEED
) -> Counter[str]:
    """How often which verdict is given on pairs of logs of `n` calls each, from usual callers;
    `paired`: the same callers on both sides."""
    rng, found = np.random.default_rng(seed), Counter[str]()
    for _ in range(pairs):
        first = callers_of(n, rng)
        second = first if paired else callers_of(n, rng)
        old = [call(one, Callers(), rng) for one in first]
        new = [call(one, after, rng) for one in second]
        found[overall(compare(old, new, paired=paired))] += 1
    return found


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
    for paired, n in ((False, 20), (False, 60), (True, 20), (True, 60)):
        for name, callers in changes.items():
            counts = verdicts(pairs, n, callers, paired=paired)
            shares = {each: counts[each] / pairs for each in ("better", "worse")}
            shown = ", ".join(f"{each} {share:.1%}" for each, share in shares.items())
            who = "the same" if paired else "other"
            yield f"{n:4} calls a side, {who:8} callers, {name:34} {shown}"


def main(arguments: list[str]) -> None:
    """Simulate and print."""
    for line in report(int(arguments[0]) if arguments else 200):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

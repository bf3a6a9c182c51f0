"""What each shipped profile is for and what it costs callers: the one place for both.

The report, `tuner explain`, `tuner profiles list` and the README all say the same; tests compare
them. The figures are those that `tuner bench` measured against `balanced` (docs/bench.md): what
callers hear, which is less than the difference of the settings where the answer is prepared while
the agent waits.
"""

from __future__ import annotations

from typing import NamedTuple


class Price(NamedTuple):
    """`purpose`: when to use the profile. `cost`: what callers or the owner pay for it."""

    purpose: str
    cost: str


PRICES: dict[str, Price] = {
    "balanced": Price("for production: quick, and few callers are cut off", "none"),
    "fast": Price("for the quickest replies", "more callers are cut off mid-sentence"),
    "patient": Price(
        "for callers who pause to think",
        "every reply comes 0.2 to 0.3 s later, and an interrupted agent stops 0.1 s later",
    ),
    "noisy": Price(
        'for noise, "mm-hm" and speakerphones',
        "an interrupted agent stops 0.4 s later, and quiet callers are heard less",
    ),
    "realtime": Price(
        "for OpenAI Realtime, speech to speech",
        "2 to 3 times the tokens, and the agent stops for every sound",
    ),
    "phone": Price(
        "for telephone calls, 100 and more on a server", "0.4 GB of memory for waiting processes"
    ),
    "evidence": Price("for measuring, not for serving", "the log holds what callers say"),
}

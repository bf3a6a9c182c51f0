"""Lines of the turn log in, one row about the call out."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Any

HASH_CHARACTERS = 32
Send = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """What is kept of a call. Times are epoch seconds, durations seconds; None is not known.

    `job` is LiveKit's and names the row, `call` Twilio's SID, `caller` a keyed hash of the number.
    """

    job: str
    call: str | None
    caller: str | None
    profile: str
    started: float
    duration: float
    reason: str
    error: str | None
    turns: int
    interruptions: int
    false_interruptions: int
    reply_p50: float | None
    reply_p90: float | None
    openai_calls: int
    openai_failures: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    poor_network: int
    measured_network: int


def hashed(number: str, key: str) -> str | None:
    """The same text for the same number and key, from which nobody gets the number back; None
    without a key, since all numbers can be tried in an hour."""
    if not number or not key:
        return None
    return hmac.new(key.encode(), number.encode(), "sha256").hexdigest()[:HASH_CHARACTERS]


class RowCollector:
    """A listener of the turn log; `send` gets the fields of the row when the call ends."""

    def __init__(
        self, job: str, call: str, caller: str | None, profile: str, started: float, send: Send
    ) -> None:
        self._known = (job, call or None, caller, profile, started)
        self._send = send
        self._waits: list[float] = []
        self._network: Counter[bool] = Counter()

    def __call__(self, message: str, fields: Mapping[str, Any]) -> None:
        """Take one line of the turn log."""
        if message == "turn" and fields.get("e2e_latency") is not None:
            self._waits.append(fields["e2e_latency"])
        elif message == "connection quality":
            self._network[bool(fields.get("poor"))] += 1
        elif message == "session ended":
            self._send(asdict(self._row(fields)))

    def _row(self, ended: Mapping[str, Any]) -> HistoryRow:
        used = ended.get("usage") or {}
        p50, p90 = _p50_p90(self._waits)
        return HistoryRow(
            *self._known,
            duration=ended["duration"],
            reason=str(ended["reason"]),
            error=ended.get("error"),
            turns=ended["turns"],
            interruptions=ended["interruptions"],
            false_interruptions=ended["false_interruptions"],
            reply_p50=p50,
            reply_p90=p90,
            openai_calls=ended["openai_calls"],
            openai_failures=ended["openai_failures"],
            prompt_tokens=used.get("prompt_tokens", 0),
            cached_tokens=used.get("cached_tokens", 0),
            completion_tokens=used.get("completion_tokens", 0),
            poor_network=self._network[True],
            measured_network=self._network.total(),
        )


def _p50_p90(waits: list[float]) -> tuple[float | None, float | None]:
    if len(waits) < 2:
        return (waits[0], waits[0]) if waits else (None, None)
    cuts = quantiles(waits, n=10, method="inclusive")
    return round(cuts[4], 3), round(cuts[8], 3)

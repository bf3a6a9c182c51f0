"""The interface of a slot store, and the numbers that it enforces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, cast, get_args

Verdict = Literal["admitted", "full", "too fast", "ended"]
"""The answer to a call; the last: it has hung up, and a late request of it takes no slot."""

REMEMBER_S = 60.0
"""For how long a refused or ended call is remembered. Twilio retries within 15 s."""


@dataclass(frozen=True, slots=True)
class SlotLimits:
    """What the whole service may carry, not one process of it."""

    calls: int = 150
    """Calls at once."""
    starts_per_s: float = 20.0
    """Calls started per second, on average; one second's worth may come at once."""
    lease_s: float = 960.0
    """A slot that nobody releases is free again after this long."""

    @property
    def burst(self) -> float:
        """How many calls may start in the same instant."""
        return max(1.0, self.starts_per_s)


class SlotStoreError(Exception):
    """The store did not answer; whether a call is then admitted is a setting."""


class Slots(Protocol):
    """Four verbs, each safe to repeat and safe from any number of processes.

    Every method raises `SlotStoreError` when the store does not answer.
    """

    def acquire(self, call: str) -> Verdict:
        """Take a slot for the call. Asked again, it gives the same answer and takes no other."""

    def renew(self, call: str) -> bool:
        """Begin the lease anew; False when the call holds no slot."""

    def release(self, call: str) -> None:
        """The call is over. Its slot is free, and it cannot acquire one again."""

    def count(self) -> int:
        """How many calls hold a slot now."""

    def close(self) -> None:
        """Close the connection; the slots stay."""


def checked(verdict: object) -> Verdict:
    """A verdict that was stored. Raises ValueError for anything else: the store is damaged."""
    if verdict not in get_args(Verdict):
        raise ValueError("a row holds no verdict")
    return cast(Verdict, verdict)


def refill(tokens: float, seconds: float, limits: SlotLimits) -> float:
    """Tokens of the bucket after a time. A clock that went back says nothing of it: the bucket is
    full, or nobody would be admitted until the clock is where it was."""
    if seconds < 0:
        return limits.burst
    return min(limits.burst, tokens + seconds * limits.starts_per_s)

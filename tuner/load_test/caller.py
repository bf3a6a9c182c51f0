"""A caller on a line: says sentences, listens, and measures what a person would notice."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import numpy as np

from tuner.bench.callers.sounds import SAMPLE_RATE, Samples, SoundKind, clips_of, resample

LOUD = 300
"""Of 32767: what counts as somebody being audible."""
GREETING_S, ANSWER_S, LONGEST_ANSWER_S = 5.0, 10.0, 40.0
QUIET_S = 0.8
"""After so long without a sound the agent has finished."""
THINK_S = (0.3, 1.0)
_POLL_S = 0.01


@dataclass(slots=True)
class LoadCall:
    """What became of one call; seconds, None where it did not come to that.

    `answer` is "answered", "busy", "sentence" or "hang up" (what the webhook wanted), or "failed".
    """

    began_s: float
    answer: str = "failed"
    error: str = ""
    webhook_s: float | None = None
    ring_s: float | None = None
    first_audio_s: float | None = None
    replies_s: list[float] = field(default_factory=list)
    unanswered: int = 0
    talked_over: int = 0
    packets: int = 0
    lost: int = 0
    ended_early: bool = False
    ended_s: float | None = None

    @property
    def is_error(self) -> bool:
        """Whether the caller was let down; a busy tone is an answer."""
        return self.answer == "failed" or self.unanswered > 0 or self.ended_early


class Ear:
    """When something was heard, on the monotonic clock."""

    def __init__(self) -> None:
        self.first_at: float | None = None
        self.last_at = float("-inf")
        self._began_at = float("-inf")

    def hear(self, samples: Samples) -> None:
        """A piece of sound that arrived now."""
        if len(samples) and int(np.abs(samples.astype(np.int32)).max()) > LOUD:
            now = time.monotonic()
            if now - self.last_at > QUIET_S:
                self._began_at = now
            self.first_at, self.last_at = self.first_at or now, now

    @property
    def quiet_s(self) -> float:
        """For how long nothing has been heard."""
        return time.monotonic() - self.last_at

    def heard_since(self, at: float) -> float | None:
        """When speech began that began after `at`."""
        return self._began_at if self._began_at > at else None


class VoiceLine(Protocol):
    """An answered call: a participant of the room, or a telephone."""

    ear: Ear

    @property
    def ended(self) -> bool:
        """Whether the other side has hung up."""

    async def say(self, sentence: int) -> float:
        """Say a sentence; when its last sample was sent, on the monotonic clock."""

    async def hang_up(self) -> tuple[int, int]:
        """End the call; packets that came, and packets that did not."""


@lru_cache
def sentences(rate: int) -> tuple[Samples, ...]:
    """Recorded sentences at a sample rate (Hz)."""
    return tuple(_at_rate(clip.samples, rate) for clip in clips_of(SoundKind.SENTENCE))


def _at_rate(samples: Samples, rate: int) -> Samples:
    if rate == SAMPLE_RATE:
        return samples
    converted = resample(samples.astype(np.float64), SAMPLE_RATE, rate)
    return np.clip(converted, -32768, 32767).astype(np.int16)


async def until(happened: Callable[[], object], limit_s: float) -> bool:
    """Wait for something; whether it happened in time."""
    ends = time.monotonic() + limit_s
    while not happened():
        if time.monotonic() >= ends:
            return False
        await asyncio.sleep(_POLL_S)
    return True


async def converse(line: VoiceLine, call: LoadCall, ends: float, rng: random.Random) -> None:
    """Hear the greeting, then say a sentence and hear the answer until `ends` (monotonic)."""
    answered = time.monotonic()
    if await until(lambda: line.ear.first_at is not None or line.ended, GREETING_S):
        call.first_audio_s = (line.ear.first_at or answered) - answered
        await until(lambda: line.ear.quiet_s > QUIET_S or line.ended, LONGEST_ANSWER_S)
    choices: Sequence[int] = range(len(clips_of(SoundKind.SENTENCE)))
    while time.monotonic() < ends and not line.ended:
        await asyncio.sleep(rng.uniform(*THINK_S))
        await _turn(line, call, rng.choice(choices))
    call.ended_early = line.ended and time.monotonic() < ends


async def _turn(line: VoiceLine, call: LoadCall, sentence: int) -> None:
    stopped = await line.say(sentence)
    if line.ear.quiet_s < QUIET_S:
        call.talked_over += 1
    elif await until(lambda: line.ear.heard_since(stopped) or line.ended, ANSWER_S):
        if (heard := line.ear.heard_since(stopped)) is not None:
            call.replies_s.append(heard - stopped)
    else:
        call.unanswered += 1
    await until(lambda: line.ear.quiet_s > QUIET_S or line.ended, LONGEST_ANSWER_S)

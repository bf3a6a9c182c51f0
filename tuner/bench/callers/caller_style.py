"""What kind of caller it is, and what happens around it: coughs, passers-by, hanging up.

All of it is drawn from a seed and has nothing to do with what the agent says.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass as checked_dataclass

from tuner.bench.callers.sounds import (
    SAMPLE_RATE,
    Clip,
    Samples,
    SoundKind,
    clips_of,
    cough,
    louder,
)


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise ValueError("must be [low, high], low not above high")
    return pair


Seconds = Annotated[float, Field(ge=0, le=60)]
Decibel = Annotated[float, Field(ge=-60, le=10)]
Chance = Annotated[float, Field(ge=0, le=1)]
PerMinute = Annotated[float, Field(ge=0, le=60)]
Range = Annotated[tuple[Seconds, Seconds], AfterValidator(_ordered)]
Lengths = tuple[Annotated[float, Field(gt=0, le=60)], ...]
Loudness = Annotated[tuple[Decibel, Decibel], AfterValidator(_ordered)]


@checked_dataclass(
    frozen=True,
    slots=True,
    config=ConfigDict(extra="forbid", strict=True, allow_inf_nan=False),
)
class CallerStyle:
    """How a caller behaves; ranges are seconds (low, high), chances are 0 to 1.

    think_s             silence after the agent before the next sentence
    pause_chance        a sentence is said in two phrases, with pause_s of silence between, or
                        with one of pauses_s (each equally likely) where these are given
    *_chance            per reply of the agent, what the caller does while it is audible
    overlap_after_s     how long the agent has been audible by then
    heard_as_words      share of back-channels that speech-to-text turns into words
    backchannels_s      their lengths (each equally likely) where they are not to be the clips
    settle_s            after such a sound the caller waits at least this long
    patience_s          says the next sentence if the agent has said nothing for this long
    noise_snr_db        room noise below the caller's speech; None = a silent room
    coughs_per_minute   coughs and knocks at any time, whoever speaks
    bystanders_per_minute, bystander_s, bystander_db
                        scraps of other people's speech, so long and so much louder (below 0:
                        quieter) than the clips; they are never transcribed
    hang_up_chance      the caller leaves in the middle, at some moment of the call
    level_db            loudness of the caller against the clips
    telephone           all that the caller's side sends went through a narrow-band telephone
    echo_db             the agent's own voice comes back, so loud against itself; None = never
    """

    think_s: Range = (0.6, 1.5)
    pause_chance: Chance = 0.0
    pause_s: Range = (0.6, 1.6)
    pauses_s: Lengths = ()
    backchannel_chance: Chance = 0.0
    cough_chance: Chance = 0.0
    barge_in_chance: Chance = 0.0
    overlap_after_s: Range = (0.7, 2.0)
    heard_as_words: Chance = 0.0
    backchannels_s: Lengths = ()
    settle_s: Seconds = 3.2
    patience_s: Annotated[float, Field(ge=1, le=60)] = 9.0
    noise_snr_db: Annotated[float, Field(ge=-10, le=60)] | None = None
    coughs_per_minute: PerMinute = 0.0
    bystanders_per_minute: PerMinute = 0.0
    bystander_s: Range = (0.3, 1.2)
    bystander_db: Loudness = (-18.0, -10.0)
    hang_up_chance: Chance = 0.0
    level_db: Annotated[float, Field(ge=-40, le=10)] = 0.0
    telephone: bool = False
    echo_db: Annotated[float, Field(ge=-80, le=0)] | None = None


@dataclass(frozen=True, slots=True)
class Aside:
    """A sound that has nothing to do with the conversation, at a time of the stream (s)."""

    clip: Clip
    at_s: float


def draw_asides(style: CallerStyle, seed: int, seconds: float) -> list[Aside]:
    """Give the coughs and the other people's words of one call; the same for the same seed."""
    rng = random.Random(f"{seed}:asides")
    coughs = [Aside(cough(rng), at) for at in _times(style.coughs_per_minute, rng, seconds)]
    times = _times(style.bystanders_per_minute, rng, seconds)
    return coughs + [Aside(_bystander(style, rng), at) for at in times]


def _times(per_minute: float, rng: random.Random, seconds: float) -> list[float]:
    at_s, times = 0.0, []
    while per_minute > 0 and (at_s := at_s + rng.expovariate(per_minute / 60)) < seconds:
        times.append(at_s)
    return times


def _bystander(style: CallerStyle, rng: random.Random) -> Clip:
    scrap = scrap_of_speech(style.bystander_s, rng)
    return Clip(
        "bystander", SoundKind.BYSTANDER, "", louder(scrap, rng.uniform(*style.bystander_db))
    )


def scrap_of_speech(seconds: tuple[float, float], rng: random.Random) -> Samples:
    """Return a piece of a sentence between two lengths (s), at most the whole sentence."""
    sentence = rng.choice(clips_of(SoundKind.SENTENCE)).samples
    length = int(rng.uniform(*seconds) * SAMPLE_RATE)
    start = rng.randrange(max(1, len(sentence) - length))
    return sentence[start : start + length]


def leaves_after(style: CallerStyle, seed: int, seconds: float) -> float | None:
    """Return when (s) the caller hangs up in the middle of a call, None if it stays."""
    rng = random.Random(f"{seed}:leaves")
    chance, share = rng.random(), rng.uniform(0.4, 0.95)
    return share * seconds if chance < style.hang_up_chance else None

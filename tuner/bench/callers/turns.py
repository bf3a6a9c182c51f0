"""What a caller will say, turn by turn, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tuner.bench.callers.caller_style import CallerStyle, scrap_of_speech
from tuner.bench.callers.sounds import Clip, SoundKind, clips_of, cough


@dataclass(frozen=True, slots=True)
class Overlap:
    """A sound to be made while the agent speaks, so long after it became audible."""

    clip: Clip
    after_s: float
    transcript: str


@dataclass(frozen=True, slots=True)
class PlannedTurn:
    """What the caller will say next: one clip, or two with a pause between them."""

    parts: tuple[Clip, ...]
    pause_s: float
    think_s: float
    overlap: Overlap | None


def draw_turns(style: CallerStyle, seed: int) -> Iterator[PlannedTurn]:
    """Give the endless list of turns of the caller with this seed."""
    rng = random.Random(seed)
    sentences, phrases = clips_of(SoundKind.SENTENCE), clips_of(SoundKind.PHRASE)
    while True:
        parts: tuple[Clip, ...] = (rng.choice(sentences),)
        if rng.random() < style.pause_chance:
            first = 2 * rng.randrange(len(phrases) // 2)
            parts = phrases[first : first + 2]
        pause_s, think_s = _pause(style, rng), rng.uniform(*style.think_s)
        yield PlannedTurn(parts, pause_s, think_s, _overlap(style, rng))


def _pause(style: CallerStyle, rng: random.Random) -> float:
    return rng.choice(style.pauses_s) if style.pauses_s else rng.uniform(*style.pause_s)


def _overlap(style: CallerStyle, rng: random.Random) -> Overlap | None:
    dice, after_s = rng.random(), rng.uniform(*style.overlap_after_s)
    words = rng.random() < style.heard_as_words
    if dice < style.backchannel_chance:
        clip = _backchannel(style, rng)
        return Overlap(clip, after_s, clip.text if words else "")
    dice -= style.backchannel_chance
    if dice < style.cough_chance:
        return Overlap(cough(rng), after_s, "")
    dice -= style.cough_chance
    if dice < style.barge_in_chance:
        clip = rng.choice(clips_of(SoundKind.BARGE_IN))
        return Overlap(clip, after_s, clip.text)
    return None


def _backchannel(style: CallerStyle, rng: random.Random) -> Clip:
    clip = rng.choice(clips_of(SoundKind.BACKCHANNEL))
    if not style.backchannels_s:
        return clip
    seconds = rng.choice(style.backchannels_s)
    sound = scrap_of_speech((seconds, seconds), rng)
    return Clip("backchannel", SoundKind.BACKCHANNEL, clip.text, sound)

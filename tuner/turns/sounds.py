"""Every sound of the caller in, also those that stopped nothing; one line of the turn log each out.

A replay needs them: what did not stop the agent under these settings may under others. A line is
complete once a transcript of the sound can come no more. At most `MOST_SOUNDS` of a call are
written, so that a noisy room does not fill the log; how many there were stands in its last line.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import inf
from typing import Any

from tuner.turns.speech import HEARD_S, Clarity, Sound

MOST_SOUNDS = 1000
"""Half an hour of a call with a sound every other second."""
WAITING = 64
"""Sounds that may wait for their transcript at once."""


@dataclass(slots=True)
class SoundLog:
    """The sounds whose lines are not written yet. `heard` counts all sounds of the call.

    `delays` are the shortest and longest wait for the end of a turn that are in force, in seconds.
    """

    heard: int = 0
    delays: tuple[float | None, float | None] = (None, None)
    _waiting: deque[Sound] = field(default_factory=deque)
    _clarity: Clarity = field(default_factory=Clarity)

    def started(self, sound: Sound) -> None:
        """A sound began; the windows just before it, which made the detection sure, are its own."""
        self.heard += 1
        sound.clarity = self._clarity
        if self.heard <= MOST_SOUNDS and len(self._waiting) < WAITING:
            self._waiting.append(sound)

    def stopped(self, sound: Sound) -> None:
        """A sound is over: turns wait for the shortest delay until a detector says otherwise."""
        sound.delay = self.delays[0]
        self._clarity = Clarity()

    def window(self, probability: float, speech: bool) -> None:
        """One window of the voice detection: its probability, and whether it counts as speech."""
        lasts = bool(self._waiting) and self._waiting[-1].stop is None
        if speech:
            self._clarity.add(probability)
        elif not lasts:
            self._clarity = Clarity()

    def turn_probability(self, probability: float, threshold: float | None) -> None:
        """What the turn detector thinks of the silence after the latest sound."""
        if not self._waiting or self._waiting[-1].stop is None:
            return
        sound = self._waiting[-1]
        sound.probability, sound.threshold = probability, threshold
        unfinished = threshold is not None and probability < threshold
        sound.delay = self.delays[1] if unfinished else self.delays[0]

    def transcript(self, at: float, words: int) -> None:
        """A final transcript of so many words: of the oldest sound that is over and has none,
        else of the last."""
        over = (one for one in self._waiting if one.stop is not None and one.transcribed is None)
        recent = (one for one in over if at - (one.stop or at) <= HEARD_S)
        last = self._waiting[-1] if self._waiting else None
        sound = next(recent, last if last is not None and last.stop is None else None)
        if sound is not None and words:
            sound.transcribed = at
            sound.words = (sound.words or 0) + words

    def settled(self, at: float) -> list[dict[str, Any]]:
        """The lines that are complete by then; all of them with an infinite time."""
        lines: list[dict[str, Any]] = []
        while self._waiting:
            stop = self._waiting[0].stop
            if at != inf and (stop is None or at - stop <= HEARD_S):
                break
            lines.append(_fields(self._waiting.popleft()))
        return lines


def _fields(sound: Sound) -> dict[str, Any]:
    """The line of a sound. Times are epoch seconds, delays seconds; null is not known."""
    after = sound.transcribed - sound.stop if sound.transcribed and sound.stop else None
    return {
        "started": sound.start,
        "ended": sound.stop,
        "agent_audible": sound.agent_audible,
        "since_first_audio": sound.since_first_audio,
        "stopped_agent": sound.stopped_agent,
        "first_words": sound.first_words - sound.start if sound.first_words else None,
        "transcription_delay": after,
        "words": sound.words,
        "peak": sound.clarity.peak if sound.clarity.windows else None,
        "mean": sound.clarity.mean,
        "end_of_turn_probability": sound.probability,
        "unlikely_threshold": sound.threshold,
        "endpointing_delay": sound.delay,
    }

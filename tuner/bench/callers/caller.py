"""Simulated callers: what they say and when, drawn from a seed, and the truth of each sound.

A caller hears whether the agent is audible and behaves like a person: waits for the answer,
thinks, says the next sentence, perhaps with a pause inside it, and perhaps makes a sound
while the agent speaks (a back-channel, a cough, a real interruption).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuner.bench.callers.caller_style import Aside, CallerStyle, draw_asides, leaves_after
from tuner.bench.callers.sounds import Clip, Samples, SoundKind, clips_of, louder, telephone
from tuner.bench.callers.turns import Overlap, PlannedTurn, draw_turns
from tuner.bench.model import Heard

if TYPE_CHECKING:
    from tuner.bench.callers.audio import AgentSpeaker, CallerMicrophone

__all__ = [
    "Aside",
    "Caller",
    "CallerStyle",
    "Clip",
    "Overlap",
    "PlannedTurn",
    "SoundKind",
    "SoundTruth",
    "clips_of",
    "draw_asides",
    "draw_turns",
    "leaves_after",
    "words_between",
]

_POLL_S = 0.05
_MOST_OF_IT = 0.5  # a sound counts as heard when at least this share is in the audio


@dataclass(frozen=True, slots=True)
class SoundTruth:
    """One sound that the caller made.

    `starts_s` and `ends_s` count from the start of the stream, `at` is epoch seconds;
    `transcript` is what speech-to-text shall make of it ("" for what is no speech);
    `mid_sentence` marks a phrase after which the sentence continues.
    """

    kind: SoundKind
    text: str
    transcript: str
    starts_s: float
    ends_s: float
    at: float
    agent_audible: bool
    mid_sentence: bool = False


class Caller:
    """One person on the phone; `run` talks until it is cancelled, `truth` is what it said."""

    def __init__(
        self, style: CallerStyle, seed: int, microphone: CallerMicrophone, speaker: AgentSpeaker
    ) -> None:
        self.truth: list[SoundTruth] = []
        self._style = style
        self._turns = draw_turns(style, seed)
        self._microphone = microphone
        self._speaker = speaker

    async def run(self, last_turn_s: float = float("inf")) -> None:
        """Converse: hear the greeting, then turn after turn; none begins after `last_turn_s`."""
        await self._hear_answer(self._style.think_s[1])
        for turn in self._turns:
            if self._microphone.position_s >= last_turn_s:
                return
            await self.say(turn)
            await self._overlap_with_agent(turn.overlap)
            await self._hear_answer(turn.think_s)

    async def say(self, turn: PlannedTurn) -> None:
        """Say one turn, pause included, and return when it has been said."""
        at_s = self._microphone.position_s
        for number, clip in enumerate(turn.parts):
            last = number == len(turn.parts) - 1
            at_s = self.make(clip, clip.text, at_s, mid_sentence=not last).ends_s + turn.pause_s
        await self._until(lambda: self._microphone.position_s >= at_s - turn.pause_s, 30.0)

    def make(
        self, clip: Clip, transcript: str, at_s: float | None = None, *, mid_sentence: bool = False
    ) -> SoundTruth:
        """Make a sound at a stream time (s), by default now, and keep the truth of it."""
        here = self._microphone.position_s
        starts_s = self._microphone.place(self._sent(clip), at_s)
        made = SoundTruth(
            kind=clip.kind,
            text=clip.text,
            transcript=transcript,
            starts_s=starts_s,
            ends_s=starts_s + clip.duration_s,
            at=time.time() + starts_s - here,
            agent_audible=self._speaker.audible,
            mid_sentence=mid_sentence,
        )
        self.truth.append(made)
        return made

    def place(self, asides: Iterable[Aside]) -> None:
        """Put sounds into the stream ahead of time; the stream must have begun."""
        for aside in asides:
            self.make(aside.clip, "", aside.at_s)

    def _sent(self, clip: Clip) -> Samples:
        """The sound as the line carries it."""
        bystander = clip.kind is SoundKind.BYSTANDER
        samples = clip.samples if bystander else louder(clip.samples, self._style.level_db)
        return telephone(samples) if self._style.telephone else samples

    async def _overlap_with_agent(self, overlap: Overlap | None) -> None:
        if overlap is None or not await self._until(self._agent_audible, self._style.patience_s):
            return
        await asyncio.sleep(overlap.after_s)
        if self._speaker.audible:
            self.make(overlap.clip, overlap.transcript)
            await asyncio.sleep(overlap.clip.duration_s + self._style.settle_s)

    async def _hear_answer(self, think_s: float) -> None:
        await self._until(self._agent_audible, self._style.patience_s)
        silent_since = time.monotonic()
        while time.monotonic() - silent_since < think_s:
            await asyncio.sleep(_POLL_S)
            if self._speaker.audible:
                silent_since = time.monotonic()

    def _agent_audible(self) -> bool:
        return self._speaker.audible

    async def _until(self, happened: Callable[[], bool], limit_s: float) -> bool:
        deadline = time.monotonic() + limit_s
        while not happened() and time.monotonic() < deadline:
            await asyncio.sleep(_POLL_S)
        return happened()

    def transcript_for(self, heard: Heard) -> str:
        """Return the words that were truly in this audio; noise and coughs have none."""
        start = self._microphone.find(heard.pcm)
        if start is None:
            start = max(0.0, self._microphone.position_s - heard.duration_s)
        return words_between(self.truth, start, start + heard.duration_s)


def words_between(truth: list[SoundTruth], start_s: float, end_s: float) -> str:
    """Return what was said between two stream times; half a sound gives half its words."""
    found: list[str] = []
    for sound in sorted(truth, key=lambda one: one.starts_s):
        inside = min(end_s, sound.ends_s) - max(start_s, sound.starts_s)
        share = inside / max(sound.ends_s - sound.starts_s, 1e-6)
        words = sound.transcript.split()
        if share >= _MOST_OF_IT:
            found += words
        elif share > 0:
            count = round(share * len(words))
            found += words[:count] if sound.starts_s >= start_s else words[len(words) - count :]
    return " ".join(found)

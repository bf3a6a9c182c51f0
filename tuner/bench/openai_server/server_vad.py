"""Takes caller audio and the session's VAD settings, gives where speech starts and stops.

A stand-in for the Realtime server's VAD. By default it judges loudness: -60 dBFS counts as
probability 0, -20 dBFS as 1, so the usual threshold 0.5 lies at -40 dBFS and a higher one asks
for louder speech. In noise that will not do: there `ears.silero` judges instead. Times are
milliseconds of audio since the socket was opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

SAMPLE_RATE = 24_000
_FRAME_MS = 20
_FRAME_BYTES = SAMPLE_RATE * _FRAME_MS // 1000 * 2
_SURE_FRAMES = 3  # one click of 20 ms is not speech
_SEMANTIC_SILENCE_MS = {"low": 1200, "medium": 700, "auto": 700, "high": 400}


@dataclass(frozen=True, slots=True)
class VadSettings:
    """The turn detection that a session asked for; None instead of it means manual turns."""

    threshold: float = 0.5
    prefix_ms: int = 300
    silence_ms: int = 500
    create_response: bool = True
    interrupt_response: bool = True
    idle_timeout_ms: int | None = None


def settings_of(asked: Mapping[str, Any] | None) -> VadSettings | None:
    """Read `turn_detection` of a session; semantic VAD becomes a silence by eagerness."""
    if asked is None:
        return None
    semantic = asked.get("type") == "semantic_vad"
    silence = _SEMANTIC_SILENCE_MS[asked.get("eagerness") or "auto"]
    return VadSettings(
        threshold=float(asked.get("threshold") or 0.5),
        prefix_ms=int(_given(asked.get("prefix_padding_ms"), 300)),
        silence_ms=silence if semantic else int(_given(asked.get("silence_duration_ms"), 500)),
        create_response=asked.get("create_response") is not False,
        interrupt_response=asked.get("interrupt_response") is not False,
        idle_timeout_ms=asked.get("idle_timeout_ms"),
    )


def _given(value: int | None, default: int) -> int:
    return default if value is None else value


@dataclass(frozen=True, slots=True)
class Started:
    """Speech began; `at_ms` includes the prefix padding."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """Speech ended and was followed by the silence asked for; `audio` is the whole turn."""

    at_ms: int
    audio: bytes


def probability(frame: bytes) -> float:
    """Return how speech-like 16-bit PCM is, 0 to 1, by its loudness alone."""
    samples = np.frombuffer(frame, dtype=np.int16).astype(np.float64)
    level = float(np.sqrt(np.mean(samples**2))) / 32768 if len(samples) else 0.0
    decibel = 20 * np.log10(max(level, 1e-6))
    return float(np.clip((decibel + 60) / 40, 0.0, 1.0))


Judge = Callable[[bytes], float]
"""Says of one frame after the other (20 ms, 24 kHz) how speech-like it is, 0 to 1."""


class EnergyVad:
    """Cuts a stream of PCM into turns; feed it with `push`, read the turns' edges."""

    def __init__(self, settings: VadSettings | None = None, judge: Judge | None = None) -> None:
        self.settings = settings
        self._judge = judge or probability
        self.buffer = bytearray()  # what would be committed now
        self._rest = bytearray()
        self._now_ms = 0
        self._loud = 0
        self._quiet_ms = 0
        self.speaking = False

    @property
    def now_ms(self) -> int:
        """How much audio was heard so far, in milliseconds."""
        return self._now_ms

    def push(self, pcm: bytes) -> list[Started | Stopped]:
        """Take more audio and return the edges found in it, in order."""
        self._rest += pcm
        found: list[Started | Stopped] = []
        while len(self._rest) >= _FRAME_BYTES:
            frame = bytes(self._rest[:_FRAME_BYTES])
            del self._rest[:_FRAME_BYTES]
            found += self._frame(frame)
        return found

    def clear(self) -> bytes:
        """Forget the audio that is not committed yet, and return it."""
        audio = bytes(self.buffer) + bytes(self._rest)
        self.buffer.clear()
        self._rest.clear()
        self.speaking, self._loud, self._quiet_ms = False, 0, 0
        return audio

    def _frame(self, frame: bytes) -> list[Started | Stopped]:
        self._now_ms += _FRAME_MS
        self.buffer += frame
        if self.settings is None:
            return []
        loud = self._judge(frame) >= self.settings.threshold
        return self._inside(loud) if self.speaking else self._outside(loud, self.settings)

    def _outside(self, loud: bool, settings: VadSettings) -> list[Started | Stopped]:
        self._loud = self._loud + 1 if loud else 0
        kept_ms = settings.prefix_ms + self._loud * _FRAME_MS
        del self.buffer[: max(0, len(self.buffer) - kept_ms * SAMPLE_RATE // 1000 * 2)]
        if self._loud < _SURE_FRAMES:
            return []
        self.speaking, self._loud, self._quiet_ms = True, 0, 0
        return [Started(max(0, self._now_ms - kept_ms))]

    def _inside(self, loud: bool) -> list[Started | Stopped]:
        assert self.settings is not None
        self._quiet_ms = 0 if loud else self._quiet_ms + _FRAME_MS
        if self._quiet_ms < self.settings.silence_ms:
            return []
        return [Stopped(self._now_ms, self.clear_turn())]

    def clear_turn(self) -> bytes:
        """Take the turn out of the buffer; audio of a frame that is not full stays."""
        audio = bytes(self.buffer)
        self.buffer.clear()
        self.speaking, self._loud, self._quiet_ms = False, 0, 0
        return audio

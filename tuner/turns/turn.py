"""A turn of the caller that was committed, and the answer to it. It waits for its answer until the
agent is heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tuner.turns.speech import Sound

SURE_S = 0.2
"""Speech that lasts this much longer than the commit went on after it: both ends are estimates."""


@dataclass(slots=True)
class Usage:
    """Tokens since the last turn line; requests that were thrown away count too."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0


@dataclass(slots=True)
class Turn:
    """A committed turn. Times are epoch seconds, delays seconds; None is not known (yet)."""

    sounds: list[Sound]
    stopped: float | None
    committed: float
    transcription_delay: float | None = None
    end_of_turn_delay: float | None = None
    first_audio: float | None = None
    resumed: bool = False
    spoke_again: float | None = None

    @property
    def waits(self) -> bool:
        """Whether the answer has not been heard."""
        return self.first_audio is None

    def stop(self, at: float) -> None:
        """Take the end of speech that is known only after the commit: a server that listens for
        us may commit before our own voice detection is sure."""
        self.sounds[-1].stop = self.stopped = at
        self.end_of_turn_delay = max(0.0, self.committed - at)
        self.resumed = at > self.committed + SURE_S

    def fields(
        self,
        metrics: Mapping[str, Any],
        cut: bool,
        ttft: float | None,
        usage: Usage,
        reply: Mapping[str, Any],
    ) -> dict[str, Any]:
        """The line of the turn; `metrics` are those of the answer's message, `reply` its times."""
        first = metrics.get("started_speaking_at") or self.first_audio
        wait = first - self.stopped if first and self.stopped else None
        own_ttft = metrics.get("llm_node_ttft")
        return {
            "user_started": self.sounds[0].start if self.sounds else None,
            "user_stopped": self.stopped,
            "committed": self.committed,
            "first_audio": first,
            "pauses": _pauses(self.sounds),
            "resumed_after_commit": self.resumed,
            "gap": self.spoke_again - self.stopped if self.spoke_again and self.stopped else None,
            "transcription_delay": self.transcription_delay,
            "end_of_turn_delay": self.end_of_turn_delay,
            "llm_ttft": ttft if own_ttft is None else own_ttft,
            "tts_ttfb": metrics.get("tts_node_ttfb"),
            "e2e_latency": metrics.get("e2e_latency", wait),
            "prompt_tokens": usage.prompt,
            "cached_tokens": usage.cached,
            "completion_tokens": usage.completion,
            "interrupted": cut,
            **reply,
        }


def _pauses(sounds: list[Sound]) -> list[float]:
    """The silences between the sounds of a turn, in seconds."""
    both = pairwise(sounds)
    return [round(after.start - before.stop, 3) for before, after in both if before.stop]

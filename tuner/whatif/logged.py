"""What a replay knows of a call: its turns, silences, stops and sounds.

All times within a turn are seconds after the caller's last speech.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tuner.whatif.sounds import NOT_ASKED, DetectorAnswer, LoggedSound


class LoggedRow(NamedTuple):
    """One event of the turn log: the call, the time of the line (epoch s), kind, fields, room."""

    call: str
    time: float | None
    kind: str
    fields: Mapping[str, Any]
    room: str = ""


class Silence(NamedTuple):
    """A silence after which the caller spoke on; `cut` if the turn was closed in it.

    `lasted` is None where the turn was closed and the next speech is not in the log.
    """

    lasted: float | None
    cut: bool
    detector: DetectorAnswer = NOT_ASKED


class LoggedAnswer(NamedTuple):
    """One answered turn: transcript, commit, first audio; when the model was asked, and when so
    much of the answer was there that the voice could be asked.

    `asked` and `ready` are None where the log has neither the reply's times nor the request.
    """

    transcript: float
    commit: float
    audio: float
    asked: float | None
    ready: float | None
    detector: DetectorAnswer = NOT_ASKED


class LoggedStop(NamedTuple):
    """A sound that stopped the agent: outcome, length in s, silence it caused in s, words, the
    highest and the mean speech probability of its windows, its transcript's delay in s, and when
    its first words were transcribed, in s after it began (by a streaming transcriber)."""

    outcome: str
    sound: float | None
    dead_air: float
    words: int | None
    peak: float | None = None
    mean: float | None = None
    transcript: float | None = None
    first_words: float | None = None


class LoggedCall(NamedTuple):
    """What one call shows. `turns` counts whole turns: a turn closed too early is not one.

    `sounds` are empty in logs of older versions; `transcribed_each`: each of them went to the
    transcriber by itself, so one without words was noise. `key` names the call. `ended` is its last
    line's time (epoch s), None where lines have none. `shows_stops`: whether its log could show a
    false stop.
    """

    turns: int
    minutes: float
    silences: tuple[Silence, ...]
    answers: tuple[LoggedAnswer, ...]
    stops: tuple[LoggedStop, ...]
    transcripts: tuple[float, ...]
    sounds: tuple[LoggedSound, ...] = ()
    transcribed_each: bool = False
    key: str = ""
    ended: float | None = None
    shows_stops: bool = True

    @property
    def stop_minutes(self) -> float:
        """The minutes in which a false stop would be in the log."""
        return self.minutes if self.shows_stops else 0.0

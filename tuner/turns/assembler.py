"""What happens in a call, event by event, in; the fields of the turn log's lines out.

No clock and no LiveKit in here: every method takes the time (epoch seconds) and returns the lines
that are complete by then, so tests assert exact numbers. One turn, with a pause inside it:

    caller   ####    ####                                       ####
             |  pause  | end_of_turn_delay |                    | next turn
             |         |                   commit               |
    agent    |         |                   | model, voice  #########
          user_started user_stopped     committed     first_audio

A sound while the agent is audible opens a cut. It is `false` when the agent goes on, `lost` when
the sound had no words and the caller spoke before the agent could go on, `backchannel` when all
that was said is "mm-hm" and the like, else `real`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

Line = tuple[str, dict[str, Any]]
"""Message and fields of one line of the turn log."""

BACKCHANNELS = frozenset(
    (
        *("mm", "mhm", "mmhm", "mm-hm", "mm-hmm", "hm", "hmm", "uh-huh", "uhuh", "aha", "ah", "oh"),
        *("yeah", "yep", "yes", "ok", "okay", "right", "sure"),
    )
)
"""Words that only say "I am listening"."""

LATE_SOUND_S = 1.0
"""A server that listens for us may stop the agent before our own voice detection hears why."""

HEARD_S = 1.5
"""A transcript tells of the sounds that ended at most this long ago: speech to text takes time."""

SURE_S = 0.2
"""Speech that lasts this much longer than the commit went on after it: both ends are estimates."""

_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")


@dataclass(slots=True)
class Sound:
    """A stretch of caller speech as the voice detection saw it; `stop` is None while it lasts.

    `worded` says that a transcript, also one that is not final, may have been of it.
    """

    start: float
    stop: float | None = None
    worded: bool = False


@dataclass(slots=True)
class _Turn:
    """A turn that was committed and whose answer is awaited."""

    sounds: list[Sound]
    stopped: float | None
    committed: float
    transcription_delay: float | None = None
    end_of_turn_delay: float | None = None
    first_audio: float | None = None
    resumed: bool = False


@dataclass(slots=True)
class _Cut:
    """The agent fell silent because of a sound; `real` once its speech was given up."""

    started: float
    paused: float
    sound: Sound | None
    real: bool = False


@dataclass(slots=True)
class _Usage:
    """Tokens since the last turn line; requests that were thrown away count too."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0


@dataclass(slots=True)
class Turns:
    """Puts the turns and interruptions of one call together.

    `realtime` says that a speech-to-speech model answers: there a turn is committed when its
    reply is created, since no message carries the moment. Without `transcribed` nobody reports
    what was said: no sound can be called empty, and every interruption counts as real.
    """

    realtime: bool = False
    transcribed: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    _sounds: list[Sound] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)
    _turn: _Turn | None = None
    _cut: _Cut | None = None
    _audible: bool = False
    _fell_silent: float | None = None
    _usage: _Usage = field(default_factory=_Usage)
    _realtime_ttft: float | None = None

    def user_started(self, at: float) -> list[Line]:
        """The caller began to speak."""
        sound = Sound(at)
        self._sounds.append(sound)
        if self._turn is not None and self._turn.first_audio is None:
            self._turn.resumed = True
        if self._fell_silent is not None and at - self._fell_silent <= LATE_SOUND_S:
            self._cut = _Cut(at, self._fell_silent, sound, real=True)
        self._fell_silent = None
        return []

    def user_stopped(self, at: float) -> list[Line]:
        """The caller fell silent; `at` is the end of the speech, not of the wait after it."""
        turn = self._turn
        if self._sounds and self._sounds[-1].stop is None:
            self._sounds[-1].stop = at
        elif turn is not None and turn.stopped is None and turn.sounds:
            # a server that listens for us may commit before our own detection is sure
            turn.sounds[-1].stop = turn.stopped = at
            turn.end_of_turn_delay = max(0.0, turn.committed - at)
            turn.resumed = at > turn.committed + SURE_S
        return []

    def hearing(self, at: float, text: str) -> list[Line]:
        """A transcript came, final or not: if it has words, what was just heard is speech."""
        for sound in self._sounds if text.strip() else ():
            sound.worded |= sound.stop is None or at - sound.stop <= HEARD_S
        return []

    def transcript(self, at: float, text: str) -> list[Line]:
        """A final transcript came. Its words are counted and compared, never kept in a line."""
        self.hearing(at, text)
        self._words += _WORD.findall(text.lower())
        turn = self._turn
        if self.realtime and turn and turn.stopped and turn.transcription_delay is None:
            turn.transcription_delay = max(0.0, at - turn.stopped)
        return []

    def agent_started(self, at: float) -> list[Line]:
        """The agent became audible, for the first time or again."""
        self._audible, self._fell_silent = True, None
        if self._turn is not None and self._turn.first_audio is None:
            self._turn.first_audio = at
        given_up = self._cut is not None and self._cut.real
        return self._settle_cut(turn=not self.transcribed) if given_up else []

    def agent_stopped(self, at: float) -> list[Line]:
        """The agent is not audible any more: at its end, or held because of a sound."""
        talking = bool(self._sounds) and self._sounds[-1].stop is None
        if self._audible and talking and self._cut is None:
            sound = self._sounds[-1]
            self._cut = _Cut(sound.start, at, sound)
        self._audible = False
        return []

    def false_interruption(self, at: float, resumed: bool) -> list[Line]:
        """The sound was no turn. Nobody heard a gap if the agent was not audible before it."""
        cut, sound = self._cut, self._sounds[-1] if self._sounds else None
        audible = cut is not None
        if not audible and self._turn is not None:
            self._turn.resumed = False
        fields = {
            "started": cut.started if cut else sound.start if sound else at,
            "user_speech": _length(cut.sound if cut else sound, at),
            "agent_audible": audible,
            "outcome": "false",
            "dead_air": _round(at - cut.paused) if cut else 0.0,
            "words": 0,
            "resumed": resumed,
        }
        self._cut = None
        self._words.clear()
        self._sounds = [s for s in self._sounds if s.stop is None]
        return [self._count("interruption", fields)]

    def overlap(self, at: float, started: float | None) -> list[Line]:
        """The interruption model took the sound for a back-channel; the agent spoke on."""
        sound = self._sounds[-1] if self._sounds else None
        fields = {
            "started": started or (sound.start if sound else at),
            "user_speech": _length(sound, at),
            "agent_audible": True,
            "outcome": "backchannel",
            "dead_air": 0.0,
            "words": len(self._words),
        }
        self._words.clear()
        self._sounds = [s for s in self._sounds if s.stop is None]
        return [self._count("interruption", fields)]

    def user_message(self, at: float, metrics: Mapping[str, Any]) -> list[Line]:
        """The caller's turn entered the history: it was committed (pipeline)."""
        if self.realtime:
            return []
        stopped, delay = metrics.get("stopped_speaking_at"), metrics.get("end_of_turn_delay")
        committed = at if stopped is None or delay is None else stopped + delay
        lines = self._commit(committed, stopped, metrics.get("started_speaking_at"))
        if self._turn is not None:
            self._turn.transcription_delay = metrics.get("transcription_delay")
            self._turn.end_of_turn_delay = delay
        return lines

    def reply_created(self, at: float) -> list[Line]:
        """A speech-to-speech model began a reply: the turn before it is committed."""
        if not self.realtime or not self._sounds:
            return []
        stopped = self._sounds[-1].stop
        lines = self._commit(at, stopped, None)
        if self._turn is not None and stopped is not None:
            self._turn.end_of_turn_delay = max(0.0, at - stopped)
        return lines

    def agent_message(self, at: float, metrics: Mapping[str, Any], cut: bool) -> list[Line]:
        """What the agent said entered the history; `cut` if it could not say all of it."""
        started = metrics.get("started_speaking_at")
        lines = []
        if not cut:
            self._spoke_to_the_end()
        elif sound := self._sound_since(started):
            self._cut = self._cut or _Cut(sound.start, at, sound)
            self._cut.real = True
        else:
            self._fell_silent = at
        turn = self._turn
        if turn is not None and (started is None or started >= (turn.stopped or 0.0)):
            lines.append(self._close_turn(turn, metrics, cut))
        return lines

    def usage(self, prompt: int, cached: int, completion: int) -> list[Line]:
        """A model request used so many tokens."""
        self._usage.prompt += prompt
        self._usage.cached += cached
        self._usage.completion += completion
        return []

    def realtime_ttft(self, seconds: float) -> list[Line]:
        """First audio of a Realtime response, counted from its creation; negative = none came."""
        self._realtime_ttft = seconds if seconds >= 0 else None
        return []

    def closed(self) -> list[Line]:
        """The call is over: what is open is written as far as it is known."""
        known = bool(self._words) or not self.transcribed
        given_up = self._cut is not None and self._cut.real
        lines = self._settle_cut(turn=not self.transcribed) if given_up and known else []
        if (turn := self._turn) is not None:
            # an answer that was heard and did not enter the history was cut off by the end
            lines.append(self._close_turn(turn, {}, turn.first_audio is not None))
        return lines

    def _spoke_to_the_end(self) -> None:
        """A sound at that moment stopped nothing, and one that is over belongs to no turn."""
        self._cut, self._audible = None, False
        self._sounds = [s for s in self._sounds if s.stop is None]

    def _commit(self, at: float, stopped: float | None, started: float | None) -> list[Line]:
        lines = self._settle_lost() or self._settle_cut(turn=True)
        if self._turn is not None:
            lines.append(self._close_turn(self._turn, {}, False))
        mine = [s for s in self._sounds if s.start <= at]
        later = [s for s in self._sounds if s.start > at]
        if not mine and started is not None:
            mine = [Sound(started, stopped)]
        last = stopped if stopped is not None else mine[-1].stop if mine else None
        self._turn = _Turn(mine, last, at, resumed=bool(later))
        self._sounds = later
        self._words.clear()
        return lines

    def _settle_cut(self, *, turn: bool) -> list[Line]:
        """The agent's speech was given up: for a turn, for "mm-hm", or for nothing at all."""
        cut = self._cut
        if cut is None:
            return []
        self._cut = None
        words, self._words = self._words, []
        silent = self.realtime or not self.transcribed
        count = None if silent and not words else len(words)
        return [self._given_up(cut, _outcome(words, turn), None, count)]

    def _settle_lost(self) -> list[Line]:
        """A sound without words stopped the agent, and the caller did not wait for it to go on."""
        cut = self._cut
        later = next((s for s in self._sounds if cut and s.start > cut.started), None)
        if self.realtime or not self.transcribed or cut is None or cut.sound is None:
            return []
        if later is None or cut.sound.worded:
            return []
        self._cut = None
        self._sounds = [sound for sound in self._sounds if sound is not cut.sound]
        return [self._given_up(cut, "lost", max(0.0, later.start - cut.paused), 0)]

    def _given_up(self, cut: _Cut, outcome: str, dead_air: float | None, words: int | None) -> Line:
        fields = {
            "started": cut.started,
            "user_speech": _length(cut.sound, None),
            "agent_audible": True,
            "outcome": outcome,
            "dead_air": dead_air,
            "words": words,
        }
        return self._count("interruption", fields)

    def _close_turn(self, turn: _Turn, metrics: Mapping[str, Any], cut: bool) -> Line:
        self._turn = None
        first = metrics.get("started_speaking_at") or turn.first_audio
        wait = first - turn.stopped if first and turn.stopped else None
        ttft = metrics.get("llm_node_ttft")
        fields = {
            "user_started": _round(turn.sounds[0].start if turn.sounds else None),
            "user_stopped": _round(turn.stopped),
            "committed": _round(turn.committed),
            "first_audio": _round(first),
            "pauses": _pauses(turn.sounds),
            "resumed_after_commit": turn.resumed,
            "transcription_delay": _round(turn.transcription_delay),
            "end_of_turn_delay": _round(turn.end_of_turn_delay),
            "llm_ttft": _round(self._realtime_ttft if ttft is None else ttft),
            "tts_ttfb": _round(metrics.get("tts_node_ttfb")),
            "e2e_latency": _round(metrics.get("e2e_latency", wait)),
            "prompt_tokens": self._usage.prompt,
            "cached_tokens": self._usage.cached,
            "completion_tokens": self._usage.completion,
            "interrupted": cut,
        }
        self._usage, self._realtime_ttft = _Usage(), None
        return self._count("turn", fields)

    def _sound_since(self, started: float | None) -> Sound | None:
        """The sound that may have stopped the agent: one that lasts, or that has become words."""
        if self._cut is not None:
            return self._cut.sound
        if not self._sounds:
            return None
        last = self._sounds[-1]
        empty = self.transcribed and not self._words
        over = last.stop is not None and (last.stop < (started or 0.0) or empty)
        return None if over else last

    def _count(self, message: str, fields: dict[str, Any]) -> Line:
        self.counts[message] += 1
        if outcome := fields.get("outcome"):
            self.counts[f"{message}:{outcome}"] += 1
        fields.update({k: _round(v) for k, v in fields.items() if isinstance(v, float)})
        return message, fields


def _outcome(words: list[str], turn: bool) -> str:
    if not words:
        return "real" if turn else "false"
    return "backchannel" if all(word in BACKCHANNELS for word in words) else "real"


def _pauses(sounds: list[Sound]) -> list[float]:
    """The silences between the sounds of a turn, in seconds."""
    both = pairwise(sounds)
    return [round(after.start - before.stop, 3) for before, after in both if before.stop]


def _length(sound: Sound | None, now: float | None) -> float | None:
    """How long a sound lasted, or has lasted until now; None where that cannot be said."""
    if sound is None or (sound.stop is None and now is None):
        return None
    return _round((sound.stop or now or 0.0) - sound.start)


def _round(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)

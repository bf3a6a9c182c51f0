"""What happens in a call, event by event, in; the fields of the turn log's lines out.

No clock and no LiveKit in here: every method takes the time (epoch seconds) and returns the lines
that are complete by then, so tests assert exact numbers. One turn, with a pause inside it:

    caller   ####    ####                                       ####
             |  pause  | end_of_turn_delay |                    | next turn
             |         |                   commit               |
    agent    |         |                   | model, voice  #########
          user_started user_stopped     committed     first_audio

A sound while the agent is audible may interrupt it (`interruptions` has the states). That is
`false` when the agent goes on, `lost` when the sound had no words and the caller spoke, or the
reply was cut short, before the agent could go on, `backchannel` when all that was said is "mm-hm"
and the like, else `real`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tuner.lines.turn_log_lines import Message
from tuner.turns import interruptions
from tuner.turns.interruptions import Floor, Interruption, StateChange
from tuner.turns.replies import Replies
from tuner.turns.sounds import SoundLog
from tuner.turns.speech import CallerSpeech, Sound, words_of
from tuner.turns.turn import Turn, Usage

Line = tuple[Message, dict[str, Any]]
"""Message and fields of one line of the turn log."""

LATE_SOUND_S = 1.0
"""A server that listens for us may stop the agent before our own voice detection hears why."""


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
    sounds: SoundLog = field(default_factory=SoundLog)
    replies: Replies = field(default_factory=Replies)
    _caller: CallerSpeech = field(default_factory=CallerSpeech)
    _floor: Floor = field(default_factory=Floor)
    _turn: Turn | None = None
    _usage: Usage = field(default_factory=Usage)
    _realtime_ttft: float | None = None
    _first_audio: float | None = None
    _spoken_reply: str = ""
    _cut_reply: str = ""

    def user_started(self, at: float) -> list[Line]:
        """The caller began to speak."""
        sound, silent = self._caller.started(at), self._floor.fell_silent
        self._heard(sound, at)
        if self._turn is not None and self._turn.waits:
            self._turn.resumed = True
        if silent is not None and at - silent <= LATE_SOUND_S:
            sound.agent_audible = True
            self._floor.take(StateChange.CUT_SHORT, Interruption(at, silent, sound))
        self._floor.fell_silent = None
        return []

    def user_stopped(self, at: float) -> list[Line]:
        """The caller fell silent; `at` is the end of the speech, not of the wait after it."""
        turn, sound = self._turn, self._caller.last
        if sound is not None and sound.stop is None:
            sound.stop = at
            self.sounds.stopped(sound)
        elif turn is not None and turn.stopped is None and turn.sounds:
            turn.stop(at)
        return []

    def hearing(self, at: float, text: str) -> list[Line]:
        """A transcript came, final or not: if it has words, what was just heard is speech."""
        self._caller.hearing(at, text)
        return []

    def transcript(self, at: float, text: str) -> list[Line]:
        """A final transcript came. Its words are counted and compared, never kept in a line."""
        self._caller.hearing(at, text)
        words = words_of(text)
        self._caller.understood(words)
        self.sounds.transcript(at, len(words))
        turn = self._turn
        if self.realtime and turn and turn.stopped and turn.transcription_delay is None:
            turn.transcription_delay = max(0.0, at - turn.stopped)
        return []

    def speaks(self, speech_id: str) -> None:
        """This reply ("" without an id) is about to be heard; the first one after a turn counts."""
        self._spoken_reply = speech_id
        if speech_id and self._turn is not None and self._turn.waits:
            self.replies.heard = speech_id

    def agent_started(self, at: float) -> list[Line]:
        """The agent became audible, for the first time or again."""
        if self._restored():
            return []
        self._floor.audible, self._floor.fell_silent = True, None
        self._first_audio = self._first_audio or at
        if self._turn is not None and self._turn.waits:
            self._turn.first_audio = at
        return self._given_up(self._floor.take(StateChange.SPOKE_AGAIN), turn=not self.transcribed)

    def agent_stopped(self, at: float) -> list[Line]:
        """The agent is not audible any more: at its end, or held because of a sound."""
        sound = self._caller.last
        if self._floor.audible and sound is not None and sound.stop is None:
            self._floor.take(StateChange.FELL_SILENT, Interruption(sound.start, at, sound))
        self._floor.audible = False
        return []

    def false_interruption(self, at: float, resumed: bool) -> list[Line]:
        """The sound was no turn. Nobody heard a gap if the agent was not audible before it."""
        cut = self._floor.take(StateChange.FALSE_ALARM)
        sound = cut.sound if cut else self._caller.last
        lost = cut is not None and self._restored()
        if cut is None and self._turn is not None:
            self._turn.resumed = False
        line = interruptions.false_alarm(cut, sound, at, "lost" if lost else "false", resumed)
        self._caller.words.clear()
        self._caller.forget_finished()
        return [self._count("interruption", line)]

    def overlap(self, at: float, started: float | None) -> list[Line]:
        """The interruption model took the sound for a back-channel; the agent spoke on."""
        sound = self._caller.last
        line = interruptions.overlap(sound, at, started, len(self._caller.take_words()))
        self._caller.forget_finished()
        return [self._count("interruption", line)]

    def user_message(self, at: float, metrics: Mapping[str, Any]) -> list[Line]:
        """The caller's turn entered the history: it was committed (pipeline)."""
        if self.realtime:
            return []
        self._floor.fell_silent = None  # this turn stopped the agent, not what is heard after it
        stopped, delay = metrics.get("stopped_speaking_at"), metrics.get("end_of_turn_delay")
        committed = at if stopped is None or delay is None else stopped + delay
        lines, turn = self._commit(committed, stopped, metrics.get("started_speaking_at"))
        turn.transcription_delay = metrics.get("transcription_delay")
        turn.end_of_turn_delay = delay
        return lines

    def reply_created(self, at: float) -> list[Line]:
        """A speech-to-speech model began a reply: the turn before it is committed."""
        sound = self._caller.last
        if not self.realtime or sound is None:
            return []
        lines, turn = self._commit(at, sound.stop, None)
        if sound.stop is not None:
            turn.end_of_turn_delay = max(0.0, at - sound.stop)
        return lines

    def agent_message(self, at: float, metrics: Mapping[str, Any], cut: bool) -> list[Line]:
        """What the agent said entered the history; `cut` if it could not say all of it."""
        self._cut_reply = self._spoken_reply if cut else ""
        started = metrics.get("started_speaking_at")
        if not cut:
            # A sound at that moment stopped nothing, and one that is over belongs to no turn.
            self._floor.take(StateChange.FINISHED)
            self._floor.audible = False
            self._caller.forget_finished()
        elif sound := self._cause(started):
            self._floor.take(StateChange.CUT_SHORT, Interruption(sound.start, at, sound))
        else:
            self._floor.fell_silent = at
        turn = self._turn
        answered = turn is not None and (started is None or started >= (turn.stopped or 0.0))
        return self._close_turn(metrics, cut) if answered else []

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

    def settled(self, at: float) -> list[Line]:
        """The lines of sounds of which no transcript can come any more; all at infinity."""
        lines = self.sounds.settled(at)
        return [self._count("sound", line) for line in lines] if lines else []

    def closed(self) -> list[Line]:
        """The call is over: what is open is written as far as it is known."""
        lines: list[Line] = []
        if self._caller.words or not self.transcribed:
            lines = self._given_up(
                self._floor.take(StateChange.CALL_OVER), turn=not self.transcribed
            )
        if self._turn is not None:
            # an answer that was heard and did not enter the history was cut off by the end
            lines += self._close_turn({}, not self._turn.waits)
        return lines

    def _restored(self) -> bool:
        """Whether the reply that is said to go on was cut short: LiveKit's timer of a held reply
        may run out after the cut, as a call ends."""
        return bool(self._cut_reply) and self._cut_reply == self._spoken_reply

    def _heard(self, sound: Sound, at: float) -> None:
        """Note what was going on as the sound began."""
        sound.agent_audible = self._floor.audible
        if self._first_audio is not None:
            sound.since_first_audio = max(0.0, at - self._first_audio)
        if self._turn is not None and self._turn.spoke_again is None:
            self._turn.spoke_again = at
        self.sounds.started(sound)

    def _commit(
        self, at: float, stopped: float | None, started: float | None
    ) -> tuple[list[Line], Turn]:
        """Close the turn before, with what interrupted its answer, and begin to wait for one."""
        lost = self._lost()
        cut = self._floor.take(StateChange.COMMITTED)
        lines = [self._count("interruption", lost)] if lost else self._given_up(cut, turn=True)
        lines += self._close_turn({}, False)
        sounds = self._caller.commit(at)
        if not sounds and started is not None:
            sounds = [Sound(started, stopped)]
        last = stopped if stopped is not None else sounds[-1].stop if sounds else None
        later = self._caller.sounds[0].start if self._caller.sounds else None
        self._turn = Turn(sounds, last, at, resumed=later is not None, spoke_again=later)
        return lines, self._turn

    def _lost(self) -> dict[str, Any] | None:
        """A sound without words stopped the agent, and the caller did not wait for it to go on."""
        cut = self._floor.current
        if cut is None or self.realtime or not self.transcribed or cut.sound.worded:
            return None
        later = next((s for s in self._caller.sounds if s.start > cut.started), None)
        if later is None:
            return None
        self._caller.forget(cut.sound)
        return interruptions.fields(cut, "lost", max(0.0, later.start - cut.paused), 0)

    def _given_up(self, cut: Interruption | None, *, turn: bool) -> list[Line]:
        """The line of an interruption that ended because the agent will not go on."""
        if cut is None:
            return []
        words = self._caller.take_words()
        unheard = self.realtime or not self.transcribed
        count = None if unheard and not words else len(words)
        outcome = interruptions.outcome(words, turn=turn)
        return [self._count("interruption", interruptions.fields(cut, outcome, None, count))]

    def _cause(self, started: float | None) -> Sound | None:
        """The sound that may have stopped the agent: one that lasts, or that has become words."""
        if self._floor.current is not None:
            return self._floor.current.sound
        last = self._caller.last
        if last is None or last.stop is None:
            return last
        empty = self.transcribed and not self._caller.words
        return None if last.stop < (started or 0.0) or empty else last

    def _close_turn(self, metrics: Mapping[str, Any], cut: bool) -> list[Line]:
        """The line of the turn, if there is one; nobody waits for an answer then."""
        if self._turn is None:
            return []
        turn, replies = self._turn, self.replies
        reply = replies.before(turn.spoke_again).fields(turn.committed)
        line = turn.fields(metrics, cut, self._realtime_ttft, self._usage, reply)
        self._turn, self._usage, self._realtime_ttft = None, Usage(), None
        self.replies = replies.after(turn.spoke_again)
        return [self._count("turn", line)]

    def _count(self, message: Message, line: dict[str, Any]) -> Line:
        self.counts[message] += 1
        if outcome := line.get("outcome"):
            self.counts[f"{message}:{outcome}"] += 1
        return message, {
            key: value if value is None or not isinstance(value, float) else round(value, 3)
            for key, value in line.items()  # most are None
        }

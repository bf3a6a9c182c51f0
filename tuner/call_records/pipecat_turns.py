"""The moments of one call in, its turns out. Two of these follow a call: the observer's and the
DEBUG lines' moments are not mixed."""

from __future__ import annotations

from dataclasses import dataclass, field

from tuner.call_records.call_lines import CallLines
from tuner.call_records.pipecat_moments import PipecatMoment
from tuner.turns.assembler import Line, Turns

_OBSERVER_LACKS = frozenset(("words", "transcription_delay"))
_DEBUG_LACKS = _OBSERVER_LACKS | frozenset(("user_started", "user_stopped", "pauses"))
_NONE: list[Line] = []
_TOKENS = frozenset(("prompt_tokens", "cached_tokens", "completion_tokens"))


@dataclass(slots=True)
class Follower:
    """Follows the moments of one source through one call.

    DEBUG lines show when a turn began and ended, not the speech in it: there the turn's beginning
    stands for the speech's, and its end is not known.
    """

    observed: bool
    call: CallLines = field(init=False)
    moments: int = 0
    stopped: float | None = None
    spoke: float | None = None
    cut: bool = False
    waits: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lacks = _OBSERVER_LACKS if self.observed else _DEBUG_LACKS
        self.call = CallLines({}, Turns(transcribed=False), lacks | _TOKENS)

    def take(self, moment: PipecatMoment, line: int) -> None:
        """Follow one moment, which stands on `line`."""
        self.call.zoned = moment.zoned
        step, lines = _STEPS.get(moment.kind), _NONE
        if step is not None:
            self.moments += 1
            lines = step(self, moment)
        self.call.add(lines, moment.at, line)

    def finish(self, line: int) -> None:
        """The log ends; what the models took for an answer that was not heard yet counts, too."""
        at = self.call.last
        if at is None or not (self.waits or self.spoke is not None):
            return
        metrics = {**({} if self.spoke is None else {"started_speaking_at": self.spoke})}
        message = self.call.turns.agent_message(at, {**metrics, **self.waits}, self.cut)
        self.call.add(message, at, line)


def _caller_started(follower: Follower, moment: PipecatMoment) -> list[Line]:
    follower.stopped = None
    return follower.call.turns.user_started(moment.at)


def _caller_stopped(follower: Follower, moment: PipecatMoment) -> list[Line]:
    follower.stopped = moment.at
    return follower.call.turns.user_stopped(moment.at)


def _turn_started(follower: Follower, moment: PipecatMoment) -> list[Line]:
    return [] if follower.observed else _caller_started(follower, moment)


def _turn_stopped(follower: Follower, moment: PipecatMoment) -> list[Line]:
    if follower.stopped is None:
        return follower.call.turns.user_message(moment.at, {})
    delay = max(0.0, moment.at - follower.stopped)
    metrics = {"stopped_speaking_at": follower.stopped, "end_of_turn_delay": delay}
    follower.stopped = None
    return follower.call.turns.user_message(moment.at, metrics)


def _agent_started(follower: Follower, moment: PipecatMoment) -> list[Line]:
    follower.spoke, follower.cut = moment.at, False
    return follower.call.turns.agent_started(moment.at)


def _interrupted(follower: Follower, _: PipecatMoment) -> list[Line]:
    """Pipecat reports one for every turn, also when the agent is silent."""
    follower.cut = follower.spoke is not None
    return []


def _agent_stopped(follower: Follower, moment: PipecatMoment) -> list[Line]:
    if follower.spoke is None:
        return []
    metrics = {"started_speaking_at": follower.spoke, **follower.waits}
    lines = follower.call.turns.agent_stopped(moment.at)
    lines += follower.call.turns.agent_message(moment.at, metrics, follower.cut)
    follower.spoke, follower.cut, follower.waits = None, False, {}
    return lines


def _model_answered(follower: Follower, moment: PipecatMoment) -> list[Line]:
    name = {"llm": "llm_node_ttft", "tts": "tts_node_ttfb"}[moment.stage]
    if name != "tts_node_ttfb" or name not in follower.waits:  # of the voice, the first sentence
        follower.waits[name] = moment.seconds
    return []


def _tokens_used(follower: Follower, moment: PipecatMoment) -> list[Line]:
    prompt, cached, completion = moment.tokens
    follower.call.unknown -= _TOKENS if cached is not None else _TOKENS - {"cached_tokens"}
    return follower.call.turns.usage(prompt, cached or 0, completion)


_STEPS = {
    "user_speech_started": _caller_started,
    "user_speech_stopped": _caller_stopped,
    "user_turn_started": _turn_started,
    "user_turn_stopped": _turn_stopped,
    "bot_speech_started": _agent_started,
    "bot_speech_stopped": _agent_stopped,
    "interruption": _interrupted,
    "ttfb": _model_answered,
    "tokens": _tokens_used,
}

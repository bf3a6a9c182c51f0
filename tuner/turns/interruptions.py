"""The states of the agent's speech when a sound interrupts it, and the table of their changes.

    FREE      nothing interrupts the agent
    HELD      it fell silent because of a sound and may go on
    GIVEN_UP  it will not say the rest

A change that the table does not name leaves the state as it is. Each return to FREE ends one
interruption, which then is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from tuner.turns.speech import Sound, is_backchannel


class State(Enum):
    """Whether a sound has interrupted the agent."""

    __hash__ = object.__hash__  # that of an Enum takes longer than all else of a change
    FREE = auto()
    HELD = auto()
    GIVEN_UP = auto()


class StateChange(Enum):
    """What may change that."""

    __hash__ = object.__hash__
    FELL_SILENT = "the agent fell silent while the caller made a sound"
    CUT_SHORT = "what it said entered the history cut short"
    FINISHED = "it said all it had to say"
    FALSE_ALARM = "LiveKit reports that the sound was no turn"
    SPOKE_AGAIN = "the agent is heard again"
    COMMITTED = "the caller's turn was committed"
    CALL_OVER = "the call is over"


TABLE: dict[tuple[State, StateChange], State] = {
    (State.FREE, StateChange.FELL_SILENT): State.HELD,
    (State.FREE, StateChange.CUT_SHORT): State.GIVEN_UP,
    (State.HELD, StateChange.CUT_SHORT): State.GIVEN_UP,
    (State.HELD, StateChange.FINISHED): State.FREE,
    (State.HELD, StateChange.FALSE_ALARM): State.FREE,
    (State.HELD, StateChange.COMMITTED): State.FREE,
    (State.GIVEN_UP, StateChange.FINISHED): State.FREE,
    (State.GIVEN_UP, StateChange.FALSE_ALARM): State.FREE,
    (State.GIVEN_UP, StateChange.COMMITTED): State.FREE,
    (State.GIVEN_UP, StateChange.SPOKE_AGAIN): State.FREE,
    (State.GIVEN_UP, StateChange.CALL_OVER): State.FREE,
}


@dataclass(slots=True)
class Interruption:
    """A sound stopped the agent at `paused`; both times are epoch seconds."""

    started: float
    paused: float
    sound: Sound


@dataclass(slots=True)
class Floor:
    """Whether the agent is audible, and what interrupts it.

    `fell_silent` is when it was cut short for a sound that has not been heard yet.
    """

    audible: bool = False
    fell_silent: float | None = None
    state: State = State.FREE
    current: Interruption | None = None

    def take(self, change: StateChange, begun: Interruption | None = None) -> Interruption | None:
        """Change the state; return the interruption that this ends. `begun` is the one that it
        begins, if it does."""
        before, self.state = self.state, TABLE.get((self.state, change), self.state)
        if before is State.FREE:
            self.current = None if self.state is State.FREE else begun
            if self.current is not None:
                self.current.sound.stopped_agent = True
            return None
        if self.state is not State.FREE:
            return None
        ended, self.current = self.current, None
        if ended is not None and change is StateChange.FINISHED:
            ended.sound.stopped_agent = False  # it fell silent because it had said all
        return ended


def fields(
    cut: Interruption, outcome: str, dead_air: float | None, words: int | None
) -> dict[str, Any]:
    """The line of an interruption after which the agent did not go on."""
    return {
        "started": cut.started,
        "user_speech": cut.sound.length(None),
        "agent_audible": True,
        "outcome": outcome,
        "dead_air": dead_air,
        "words": words,
    }


def false_alarm(
    cut: Interruption | None, sound: Sound | None, at: float, outcome: str, resumed: bool
) -> dict[str, Any]:
    """The line of a sound that was no turn, as LiveKit reports `at`; `cut` if it was heard that
    the agent stopped for it."""
    return {
        "started": cut.started if cut else sound.start if sound else at,
        "user_speech": sound.length(at) if sound else None,
        "agent_audible": cut is not None,
        "outcome": outcome,
        "dead_air": at - cut.paused if cut else 0.0,
        "words": 0,
        "resumed": resumed and outcome == "false",
    }


def overlap(sound: Sound | None, at: float, started: float | None, words: int) -> dict[str, Any]:
    """The line of a sound through which the agent spoke on; `started` if the model named it."""
    return {
        "started": started or (sound.start if sound else at),
        "user_speech": sound.length(at) if sound else None,
        "agent_audible": True,
        "outcome": "backchannel",
        "dead_air": 0.0,
        "words": words,
    }


def outcome(words: list[str], *, turn: bool) -> str:
    """What the agent's speech was given up for: a turn, "mm-hm", or nothing at all."""
    if not words:
        return "real" if turn else "false"
    return "backchannel" if is_backchannel(words) else "real"

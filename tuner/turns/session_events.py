"""What each event of a LiveKit session means to the turn assembler.

The turn log hears these events while a call runs, a session report holds them afterwards; names
are those of livekit-agents 1.8. An event is any object with its fields as attributes. A field
that is missing raises AttributeError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuner.turns.assembler import Line, Turns

Handler = Callable[[Turns, Any, float], list[Line]]
"""Takes the assembler, the event and its time in epoch seconds; returns the finished lines."""


def _user_state(turns: Turns, event: Any, at: float) -> list[Line]:
    if event.new_state == "speaking":
        return turns.user_started(at)
    return turns.user_stopped(at) if event.old_state == "speaking" else []


def _agent_state(turns: Turns, event: Any, at: float) -> list[Line]:
    if event.new_state == "speaking":
        return turns.agent_started(at)
    return turns.agent_stopped(at) if event.old_state == "speaking" else []


def _transcribed(turns: Turns, event: Any, at: float) -> list[Line]:
    if not event.is_final:
        return turns.hearing(at, event.transcript)
    return turns.transcript(at, event.transcript)


def _item(turns: Turns, event: Any, at: float) -> list[Line]:
    item = event.item
    role, metrics = getattr(item, "role", None), getattr(item, "metrics", None) or {}
    if role == "user":
        return turns.user_message(at, metrics)
    if role == "assistant":
        return turns.agent_message(at, metrics, bool(item.interrupted))
    return []


def _speech(turns: Turns, event: Any, at: float) -> list[Line]:
    if event.user_initiated or event.source != "generate_reply":
        return []
    return turns.reply_created(at)


def _false_interruption(turns: Turns, event: Any, at: float) -> list[Line]:
    return turns.false_interruption(at, event.resumed)


def _end_of_turn(turns: Turns, event: Any, _: float) -> list[Line]:
    turns.sounds.turn_probability(event.probability, event.threshold)
    return []


def _overlap(turns: Turns, event: Any, at: float) -> list[Line]:
    if event.is_interruption:
        return []
    return turns.overlap(at, getattr(event, "overlap_started_at", None))


OVERLAP = "overlapping_speech"
HANDLERS: dict[str, Handler] = {
    "user_state_changed": _user_state,
    "agent_state_changed": _agent_state,
    "user_input_transcribed": _transcribed,
    "conversation_item_added": _item,
    "speech_created": _speech,
    "agent_false_interruption": _false_interruption,
    OVERLAP: _overlap,
    "eot_prediction": _end_of_turn,
}

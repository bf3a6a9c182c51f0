"""One event of a session report in, what it means to the turn assembler out.

The table `_HANDLERS` is the report's side of `turn_log.writer.TurnLog.listen`, which hears the
same events while the call runs. Names come in snake case (livekit-agents, agents-js 1.9) and in
camel case (older agents-js). agents-js writes the time of an event in milliseconds; the times and
delays in a message's metrics are milliseconds where the times are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tuner.call_records.call_lines import CallLines
from tuner.turns.assembler import Line, Turns

MS_FROM = 1e11
"""No epoch time in seconds is larger, and none in milliseconds is smaller."""
Event = Mapping[str, Any]
_HUMP = re.compile(r"(?<=[a-z0-9])[A-Z]")
_TIMES = ("started_speaking_at", "stopped_speaking_at")
_DELAYS = (
    *("transcription_delay", "end_of_turn_delay", "e2e_latency"),
    *("llm_node_ttft", "tts_node_ttfb"),
)
_SETTINGS = {
    "allow_interruptions": "ENABLE_INTERRUPTIONS",
    "min_interruption_duration": "MIN_INTERRUPTION_DURATION",
    "min_interruption_words": "MIN_INTERRUPTION_WORDS",
    "min_endpointing_delay": "MIN_ENDPOINTING_DELAY",
    "max_endpointing_delay": "MAX_ENDPOINTING_DELAY",
}
_DURATIONS = frozenset(("min_interruption_duration",)) | frozenset(
    ("min_endpointing_delay", "max_endpointing_delay")
)


def add(call: CallLines, event: object, line: int) -> None:
    """Hand one event to the assembler and keep what it returns; unknown ones change nothing."""
    if not isinstance(event, dict):
        return
    names = _snake(event)
    at = seconds(names.get("created_at"))
    if at is None:
        return
    call.reach(at)
    if names.get("type") == "close":
        call.ended = {"reason": str(names.get("reason") or "unknown")}
    elif (handle := _HANDLERS.get(str(names.get("type")))) is not None:
        call.add(handle(call.turns, names, at), at, line)


def is_in_ms(event: object) -> bool:
    """Whether the report's own times are milliseconds."""
    at = _snake(event).get("created_at") if isinstance(event, dict) else None
    return isinstance(at, int | float) and at > MS_FROM


def seconds(value: object) -> float | None:
    """An epoch time, in seconds or milliseconds, as seconds; None if it is no time."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < MS_FROM**2:
        return None
    return value / 1000 if value > MS_FROM else float(value)


def started(header: Event, milliseconds: bool) -> dict[str, Any]:
    """What a report tells of the session: the few settings that it holds, and the version."""
    options = header.get("options")
    options = _snake(options) if isinstance(options, dict) else {}
    settings = {
        env: _setting(name, options[name], milliseconds)
        for name, env in _SETTINGS.items()
        if isinstance(options.get(name), int | float)
    }
    version = header.get("sdk_version")
    versions = {"versions": {"livekit-agents": version}} if isinstance(version, str) else {}
    return {"settings": settings, **versions}


def _setting(name: str, value: float, milliseconds: bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value / 1000 if milliseconds and name in _DURATIONS else value)


def _snake(names: Event) -> dict[str, Any]:
    return {_HUMP.sub(lambda hump: "_" + hump[0].lower(), key): names[key] for key in names}


def _metrics(item: Event) -> dict[str, float]:
    """A message's times and delays in seconds; without a time, delays stay as they are."""
    given = item.get("metrics")
    metrics = _snake(given) if isinstance(given, dict) else {}
    numbers = {k: v for k, v in metrics.items() if isinstance(v, int | float)}
    unit = 1000 if any(numbers.get(key, 0) > MS_FROM for key in _TIMES) else 1
    found = {key: seconds(numbers[key]) for key in _TIMES if key in numbers}
    found |= {key: numbers[key] / unit for key in _DELAYS if key in numbers}
    return {key: value for key, value in found.items() if value is not None}


def _user_state(turns: Turns, event: Event, at: float) -> list[Line]:
    if event.get("new_state") == "speaking":
        return turns.user_started(at)
    return turns.user_stopped(at) if event.get("old_state") == "speaking" else []


def _agent_state(turns: Turns, event: Event, at: float) -> list[Line]:
    if event.get("new_state") == "speaking":
        return turns.agent_started(at)
    return turns.agent_stopped(at) if event.get("old_state") == "speaking" else []


def _transcribed(turns: Turns, event: Event, at: float) -> list[Line]:
    text = str(event.get("transcript") or "")
    return turns.transcript(at, text) if event.get("is_final") else turns.hearing(at, text)


def _item(turns: Turns, event: Event, at: float) -> list[Line]:
    item = event.get("item")
    if not isinstance(item, dict):
        return []
    if item.get("role") == "user":
        return turns.user_message(at, _metrics(item))
    if item.get("role") == "assistant":
        return turns.agent_message(at, _metrics(item), bool(item.get("interrupted")))
    return []


def _speech(turns: Turns, event: Event, at: float) -> list[Line]:
    made = not event.get("user_initiated") and event.get("source") == "generate_reply"
    return turns.reply_created(at) if made else []


def _overlap(turns: Turns, event: Event, at: float) -> list[Line]:
    if event.get("is_interruption"):
        return []
    return turns.overlap(at, seconds(event.get("overlap_started_at")))


_HANDLERS: dict[str, Callable[[Turns, Event, float], list[Line]]] = {
    "user_state_changed": _user_state,
    "agent_state_changed": _agent_state,
    "user_input_transcribed": _transcribed,
    "conversation_item_added": _item,
    "speech_created": _speech,
    "agent_false_interruption": lambda turns, event, at: turns.false_interruption(
        at, bool(event.get("resumed"))
    ),
    "overlapping_speech": _overlap,
}

"""One event of a session report in, the event as the session emitted it out, for the assembler.

Names come in snake case (livekit-agents, agents-js 1.9) and in camel case (older agents-js).
agents-js writes the time of an event in milliseconds; the times and delays in a message's metrics
are milliseconds where those times are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from tuner.call_records.call_lines import CallLines
from tuner.call_records.numbers import LATEST_S, plain
from tuner.lazy_patterns import lazy_pattern
from tuner.turns.session_events import HANDLERS

_HUMP = lazy_pattern(r"(?<=[a-z0-9])[A-Z]")
TIMES = ("started_speaking_at", "stopped_speaking_at")
DELAYS = (
    *("transcription_delay", "end_of_turn_delay", "e2e_latency"),
    *("llm_node_ttft", "tts_node_ttfb"),
)
_USED = (*TIMES, *DELAYS)
_SETTINGS = {
    "allow_interruptions": "ENABLE_INTERRUPTIONS",
    "min_interruption_duration": "MIN_INTERRUPTION_DURATION",
    "min_interruption_words": "MIN_INTERRUPTION_WORDS",
    "min_endpointing_delay": "MIN_ENDPOINTING_DELAY",
    "max_endpointing_delay": "MAX_ENDPOINTING_DELAY",
}
_DURATIONS = frozenset(name for name in _SETTINGS if name.endswith(("_delay", "_duration")))
HANDLED = frozenset((*HANDLERS, "close"))
"""The types of which more than the time counts."""


def add(call: CallLines, kind: str, time: object, event: Any, line: int) -> None:
    """Hand one event to the assembler and keep what it returns; unknown ones change nothing.

    The fields of the event are given by name, or as its attributes.
    """
    at = seconds(time)
    if at is None:
        return
    call.reach(at)
    if kind == "close":
        reason = event.get("reason") if isinstance(event, dict) else event.reason
        call.ended = {"reason": str(reason or "unknown")}
    elif (handle := HANDLERS.get(kind)) is not None:
        try:
            event = _event(event) if isinstance(event, dict) else event
            call.add(handle(call.turns, event, at), at, line)
        except AttributeError:  # a field is missing: such an event says nothing
            return


def _event(names: Mapping[str, Any]) -> SimpleNamespace:
    """The event with its fields as attributes, times in seconds."""
    item = names.get("item")
    started = seconds(names.get("overlap_started_at"))
    changed: dict[str, Any] = {"overlap_started_at": started} if started else {}
    if isinstance(item, dict):
        changed["item"] = SimpleNamespace(
            role=item.get("role"),
            interrupted=item.get("interrupted"),
            metrics=_metrics(item),
        )
    if "transcript" in names:
        changed["transcript"] = str(names["transcript"] or "")
    return SimpleNamespace(**{**names, **changed})


def is_in_ms(at: object) -> bool:
    """Whether the report's own times are milliseconds, by that of an event."""
    return at > LATEST_S if type(at) is float else isinstance(at, int) and at > LATEST_S


def seconds(value: object) -> float | None:
    """An epoch time, in seconds or milliseconds, as seconds; None if it is no time."""
    if type(value) is float and 0 < value <= LATEST_S:  # nearly all
        return value
    number = plain(value)
    if number is None or not 0 < number < LATEST_S * 1000:
        return None
    return number / 1000 if number > LATEST_S else number


def started(header: Mapping[str, Any], milliseconds: bool) -> dict[str, Any]:
    """What a report holds about the session: the few settings that it holds, and the version."""
    options = header.get("options")
    options = snake(options) if isinstance(options, dict) else {}
    settings = {
        env: _setting(name, options[name], milliseconds)
        for name, env in _SETTINGS.items()
        if isinstance(options.get(name), bool) or plain(options.get(name)) is not None
    }
    version = header.get("sdk_version") or header.get("sdkVersion")
    package = "@livekit/agents" if milliseconds else "livekit-agents"
    versions = {"versions": {package: version}} if isinstance(version, str) else {}
    return {"settings": settings, **versions}


def _setting(name: str, value: float, milliseconds: bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value / 1000 if milliseconds and name in _DURATIONS else value)


def snake(names: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields with their names in snake case."""
    return {_snake_name(key): names[key] for key in names}


@lru_cache(1024)
def _snake_name(key: str) -> str:
    return _HUMP.sub(lambda hump: "_" + hump[0].lower(), key)


def _metrics(item: Mapping[str, Any]) -> dict[str, float]:
    """A message's times and delays in seconds; without a time, delays stay as they are."""
    given = item.get("metrics")
    return in_seconds(snake(given)) if isinstance(given, dict) else {}


def in_seconds(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The times and delays among these figures that are numbers, in seconds."""
    numbers = {
        key: number
        for key in _USED
        if (value := metrics.get(key)) is not None and (number := plain(value)) is not None
    }
    if not any(numbers.get(key, 0) > LATEST_S for key in TIMES):  # nearly all
        return {key: number for key, number in numbers.items() if number > 0 or key in DELAYS}
    found = {k: seconds(n) if k in TIMES else n / 1000 for k, n in numbers.items()}
    return {key: value for key, value in found.items() if value is not None}

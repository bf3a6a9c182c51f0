"""A LiveKit session in, the settings that it runs with out, as far as it shows them.

Each setting of `turn_handling` and of the voice detection names its LiveKit option in the table of
settings, so that no list of them stands here. Read in livekit-agents 1.8.9 and 2.0.0b1; what an
older or newer session does not have is left out. Nothing of it imports LiveKit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuner.lazy_patterns import lazy_pattern
from tuner.settings.knob import Knob
from tuner.settings.knob_table import KNOBS

_HANDLING = lazy_pattern(r"turn_handling\.(?P<path>[\w.]+)$")
_SESSION = lazy_pattern(r"AgentSession\((?P<path>\w+)\)$")
_VAD = lazy_pattern(r"VAD\((?P<path>\w+)\)$")
_DETECTION = "TURN_DETECTION"
_MISSING = object()


def of_session(session: object) -> dict[str, str]:
    """The settings that the session shows, by environment name, as text."""
    found = {env: _value(knob, session) for env, knob in KNOBS.items()}
    stamp = {env: KNOBS[env].text(value) for env, value in found.items() if _is_plain(env, value)}
    stamp |= _turn_detection(session)
    mode = "realtime" if _is_realtime(getattr(session, "llm", None)) else "pipeline"
    return {**stamp, "AGENT_MODE": mode} if stamp else {}


def _is_plain(env: str, value: object) -> bool:
    """Whether it is a value that a setting can have: options also hold markers of LiveKit."""
    if value is None:
        return bool(KNOBS[env].absent)
    return isinstance(value, bool | int | float | str)


def _value(knob: Knob, session: object) -> object:
    options = getattr(session, "options", None)
    if found := _HANDLING.match(knob.option):
        return _inside(getattr(options, "turn_handling", None), found["path"].split("."))
    if found := _SESSION.match(knob.option):
        return getattr(options, found["path"], _MISSING)
    if found := _VAD.match(knob.option):
        voice = getattr(getattr(session, "vad", None), "_opts", None)
        return getattr(voice, found["path"], _MISSING)
    return _MISSING


def _inside(options: object, path: list[str]) -> object:
    """What stands at a path of nested mappings."""
    for name in path:
        if not isinstance(options, Mapping) or name not in options:
            return _MISSING
        options = options[name]
    return options


def _turn_detection(session: object) -> dict[str, str]:
    """Who ends the caller's turn: LiveKit's word for it, or a detector, which is an object."""
    detection: Any = getattr(session, "turn_detection", None)
    if detection is None:
        return {}
    allowed = KNOBS[_DETECTION].choices
    if isinstance(detection, str):
        return {_DETECTION: detection} if detection in allowed else {}
    return {_DETECTION: "detector"}


def _is_realtime(llm: object) -> bool:
    return any(kind.__name__ == "RealtimeModel" for kind in type(llm).__mro__)

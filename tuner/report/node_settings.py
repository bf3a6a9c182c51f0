"""Changes of settings in, what the owner of a Node agent writes instead out.

agents-js takes times in milliseconds: from 1.2.0 on under `turnHandling` of the session's options,
before under its `voiceOptions`, and the VAD's in `silero.VAD.load` (read in @livekit/agents 1.0.22,
1.1.0, 1.2.0 and 1.9.0, and in @livekit/agents-plugin-silero 1.9.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tuner.lazy_patterns import lazy_pattern
from tuner.model import Change, InputInfo
from tuner.settings.knob_table import KNOBS

_NEWER = (1, 2)
_VERSION = lazy_pattern(r"@livekit/agents (?:\S*–)?(\d+)\.(\d+)")
_SESSION, _VAD = lazy_pattern(r"turn_handling\.(\w+)\.(\w+)"), lazy_pattern(r"VAD\((\w+)\)")
_OLDER = {
    "MIN_ENDPOINTING_DELAY": "minEndpointingDelay",
    "MAX_ENDPOINTING_DELAY": "maxEndpointingDelay",
    "MIN_INTERRUPTION_DURATION": "minInterruptionDuration",
    "MIN_INTERRUPTION_WORDS": "minInterruptionWords",
    "PREEMPTIVE_GENERATION": "preemptiveGeneration",
}
"""What `voiceOptions` has."""
_PYTHON_ONLY = frozenset(("INTERRUPTION_THRESHOLD",))


def steps(changes: Iterable[Change], inputs: Iterable[InputInfo]) -> list[str]:
    """What to write in an agent of agents-js; nothing for a Python agent.

    Settings that its version does not have are named as such.
    """
    version = _version(inputs)
    if version is None:
        return []
    session: dict[str, Any] = {}
    vad: dict[str, Any] = {}
    missing: list[str] = []
    for change in changes:
        knob, value = KNOBS[change.setting], _value(change)
        if (option := _VAD.fullmatch(knob.option)) is not None:
            vad[_camel(option[1])] = value
        elif version < _NEWER and change.setting in _OLDER:
            session[_OLDER[change.setting]] = value
        elif version >= _NEWER and (option := _option_of_session(change)) is not None:
            session.setdefault(_camel(option[1]), {})[_camel(option[2])] = value
        else:
            missing.append(change.setting)
    return _texts(version, session, vad, missing)


def _texts(
    version: tuple[int, int], session: Mapping[str, Any], vad: Mapping[str, Any], missing: list[str]
) -> list[str]:
    name = "voiceOptions" if version < _NEWER else "turnHandling"
    texts = [f"in agents-js: new voice.AgentSession({_object({name: session})})"] * bool(session)
    texts += [f"in agents-js: silero.VAD.load({_object(vad)})"] * bool(vad)
    if missing:
        texts.append(f"not in agents-js {version[0]}.{version[1]}: {', '.join(missing)}")
    return texts


def _option_of_session(change: Change) -> re.Match[str] | None:
    if change.setting in _PYTHON_ONLY:
        return None
    return _SESSION.fullmatch(KNOBS[change.setting].option)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))


def _version(inputs: Iterable[InputInfo]) -> tuple[int, int] | None:
    """Major and minor version of agents-js, the last that can have written the logs."""
    found = [match for info in inputs if (match := _VERSION.search(info.versions))]
    return max(((int(m[1]), int(m[2])) for m in found), default=None)


def _value(change: Change) -> Any:
    """The new value, times in milliseconds."""
    is_time = KNOBS[change.setting].unit == "s"
    return round(change.to * 1000, 3) if is_time else change.to


def _object(fields: Mapping[str, Any]) -> str:
    """As TypeScript writes it."""
    return "{ " + ", ".join(f"{key}: {_written(value)}" for key, value in fields.items()) + " }"


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else f"{value:g}"

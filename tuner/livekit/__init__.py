"""Settings in, LiveKit sessions, models and failure handling out: a library for any agent.

    from tuner.livekit import session_options
    from tuner.settings import Settings

    session = AgentSession(**session_options(Settings()))        # a session of your own
    call = make_call(settings, client, agent=MyAgent())          # or everything: turn log, failures

| name              | what it is                                                               |
|-------------------|--------------------------------------------------------------------------|
| `session_options` | settings to the keyword arguments of `AgentSession`                      |
| `room_options`    | settings to the `room_options` of `session.start`                        |
| `make_client`     | the one HTTP client for all OpenAI calls of a process, timed             |
| `time_calls`      | lets an OpenAI client of your own write `openai call` lines              |
| `warm`            | opens its connections before the first call needs them                   |
| `make_vad`        | the voice detection of one call                                          |
| `follow_floor`    | INTERRUPTION_THRESHOLD while the agent speaks, the usual threshold else  |
| `ignore_backchannels` | BACKCHANNEL_WORDS alone never stop the agent                        |
| `instructions`    | the prompt: INSTRUCTIONS, or the text of INSTRUCTIONS_FILE               |
| `CallSession`     | an `AgentSession` that apologises to the caller when OpenAI fails        |
| `make_call`       | all of this and the turn log in one `Call`                               |
| `set_levels`, `livekit_level`, `hide_private` | log levels; keys and bodies kept out of logs |

It logs on `agent`, `agent.alerts` and `agent.metrics`, names that are in use for filters and
alerts since before this was a library. A name is imported when it is first used, so importing
`tuner.livekit` costs nothing; without LiveKit installed its use raises `TunerError`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tuner.errors import missing_extra

if TYPE_CHECKING:
    from tuner.livekit.backchannel_filter import ignore_backchannels
    from tuner.livekit.call import Call, make_call
    from tuner.livekit.failures.session import CallSession
    from tuner.livekit.http_client import make_client, time_calls, warm
    from tuner.livekit.monitoring.logging import hide_private, livekit_level, set_levels
    from tuner.livekit.options import room_options, session_options
    from tuner.livekit.prompt import instructions
    from tuner.livekit.vad import make_vad
    from tuner.livekit.vad_threshold import follow_floor

__all__ = [
    "Call",
    "CallSession",
    "follow_floor",
    "hide_private",
    "ignore_backchannels",
    "instructions",
    "livekit_level",
    "make_call",
    "make_client",
    "make_vad",
    "room_options",
    "session_options",
    "set_levels",
    "time_calls",
    "warm",
]

_MODULES = {
    "Call": "call",
    "CallSession": "failures.session",
    "follow_floor": "vad_threshold",
    "hide_private": "monitoring.logging",
    "ignore_backchannels": "backchannel_filter",
    "instructions": "prompt",
    "livekit_level": "monitoring.logging",
    "make_call": "call",
    "make_client": "http_client",
    "make_vad": "vad",
    "room_options": "options",
    "session_options": "options",
    "set_levels": "monitoring.logging",
    "time_calls": "http_client",
    "warm": "http_client",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    except ModuleNotFoundError as error:
        raise missing_extra("tuner.livekit", "agent", error) from error


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

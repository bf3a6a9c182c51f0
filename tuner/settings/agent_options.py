"""Settings in, what to paste into somebody else's LiveKit agent out: Python, env, JSON, YAML.

The names are those of livekit-agents 1.8, as the table of settings has them. What no option of
LiveKit does is listed by name, with the code of this project that does it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pprint import pformat
from typing import Any, Literal

from tuner.lazy_patterns import lazy_pattern
from tuner.settings.knob_table import KNOBS, Settings, as_text, as_values

Layout = Literal["python", "env", "json", "yaml"]

_OPTION = lazy_pattern(
    r"(turn_handling)\.(\w+)(?:\.(\w+))?|(AgentSession|VAD|APIConnectOptions)\((\w+)\)"
)
_GROUPS = {"AgentSession": "session", "VAD": "vad", "APIConnectOptions": "conn_options"}
_DETECTORS = {
    "detector": 'inference.TurnDetector(version="v1-mini")',
    "detector_cloud": 'inference.TurnDetector(version="v1", local_fallback=False)',
}
_SESSION_OPTIONS = "tuner.livekit.session_options"
_OURS = {
    "INTERRUPTION_THRESHOLD": "tuner.livekit raises the VAD's threshold while the agent speaks",
    "HTTP_CONNECT_TIMEOUT": "tuner.livekit makes the OpenAI client",
    "HTTP_POOL_TIMEOUT": "tuner.livekit makes the OpenAI client",
    "HTTP_MAX_CONNECTIONS": "tuner.livekit makes the OpenAI client",
    "HTTP_KEEPALIVE_EXPIRY": "tuner.livekit makes the OpenAI client",
}
_FILTER = "tuner.livekit drops what only says that the caller listens; set min_words to 1, too"
PLUGIN_RATE = 8000
"""The sample rate that only the plugin of Silero can listen at."""
_PLUGIN = "from livekit.plugins import silero  # pip install livekit-plugins-silero\n"
_HEAD = """\
# {name}: for livekit-agents 1.8. Add your own stt, llm and tts.
from livekit.agents import AgentSession, APIConnectOptions, inference
from livekit.agents.voice.agent_session import SessionConnectOptions
{plugin}
turn_handling = {turn_handling}
vad = {vad}
each = APIConnectOptions({conn_options})
session = AgentSession(
    vad=vad,
    turn_handling=turn_handling,
    conn_options=SessionConnectOptions(
        stt_conn_options=each, llm_conn_options=each, tts_conn_options=each
    ),
    {session},
)
"""


def agent_options(settings: Settings) -> dict[str, Any]:
    """The arguments of LiveKit by group: `turn_handling`, `session`, `vad`, `conn_options`.

    `needs_code` names the settings that no argument carries, each with what does it.
    """
    found: dict[str, Any] = {"turn_handling": {}, "session": {}, "vad": {}, "conn_options": {}}
    for env, value in as_values(settings).items():
        match = _OPTION.match(KNOBS[env].option)
        if match is None:
            continue
        if match[1]:
            group = found["turn_handling"]
            place = group.setdefault(match[2], {}) if match[3] else group
            place[match[3] or match[2]] = value
        else:
            found[_GROUPS[match[4]]][match[5]] = value
    if settings.aec_warmup_duration is None:
        del found["session"]["aec_warmup_duration"]  # given as None it would be off
    else:
        found["session"]["aec_warmup_duration"] = settings.aec_warmup_duration or None
    return {**found, "needs_code": _needs_code(settings)}


def _needs_code(settings: Settings) -> dict[str, str]:
    found = {name: f"{_text(name, settings)}: {why}" for name, why in _OURS.items()}
    if settings.backchannel_words is not None:
        found["BACKCHANNEL_WORDS"] = f"{_text('BACKCHANNEL_WORDS', settings)}: {_FILTER}"
    if settings.detector_unlikely_threshold is not None:
        name = "DETECTOR_UNLIKELY_THRESHOLD"
        found[name] = f"{_text(name, settings)}: give it to the detector as unlikely_threshold"
    if settings.agent_mode == "realtime":
        found["AGENT_MODE"] = f"realtime: {_SESSION_OPTIONS} makes the Realtime model"
    return found


def _text(name: str, settings: Settings) -> str:
    return as_text(settings)[name]


def render(name: str, settings: Settings, layout: Layout) -> str:
    """The settings of a profile in this layout."""
    renderers: dict[Layout, Callable[[str, Settings], str]] = {
        "python": _python,
        "env": _env,
        "json": lambda _, settings: json.dumps(agent_options(settings), indent=2),
        "yaml": lambda name, settings: "\n".join(
            [f"# {name}: for livekit-agents 1.8", *_yaml(agent_options(settings))]
        ),
    }
    return renderers[layout](name, settings)


def _python(name: str, settings: Settings) -> str:
    options = agent_options(settings)
    turns = pformat(options["turn_handling"], width=80, sort_dicts=False)
    word = settings.turn_detection
    text = _HEAD.format(
        name=name,
        turn_handling=turns.replace(repr(word), _DETECTORS.get(word, repr(word)), 1),
        plugin=_PLUGIN if options["vad"]["sample_rate"] == PLUGIN_RATE else "",
        vad=_vad(options["vad"]),
        conn_options=_arguments(options["conn_options"]),
        session=_arguments(options["session"], ",\n    "),
    )
    ours = [f"#   {env}={why}" for env, why in options["needs_code"].items()]
    lines = [
        "# No option of LiveKit does these; tuner.livekit does:",
        *ours,
        f"# All at once: AgentSession(**{_SESSION_OPTIONS}(settings))",
    ]
    return text + "\n".join(lines)


def _vad(options: Mapping[str, Any]) -> str:
    """The detection that LiveKit brings along; only the plugin can listen at 8 kHz."""
    given = dict(options)
    if given.pop("sample_rate") == PLUGIN_RATE:
        return f"silero.VAD.load({_arguments(options)})"
    return f"inference.VAD({_arguments(given)})"


def _arguments(options: Mapping[str, Any], between: str = ", ") -> str:
    return between.join(f"{name}={value!r}" for name, value in options.items())


def _env(name: str, settings: Settings) -> str:
    lines = (f"{env}={_quoted(text)}" for env, text in as_text(settings).items())
    return "\n".join([f"# {name}", *lines])


def _quoted(text: str) -> str:
    """The text as `.env` takes it."""
    if re.fullmatch(r"[\w.,:/+-]*", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _yaml(values: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Nested mappings as YAML; scalars as JSON writes them, which YAML reads the same."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield f"{indent}{key}:" + ("" if value else " {}")
            yield from _yaml(value, indent + "  ")
        else:
            yield f"{indent}{key}: {json.dumps(value)}"

"""What settings are called in agents that are not this project's, by package and version.

Read in livekit-agents 0.7.2, 0.8.12, 0.10.2, 0.12.20, 1.0.22, 1.1.7, 1.2.5, 1.2.7, 1.2.18, 1.3.3,
1.4.3, 1.5.2 and 1.8.9, in @livekit/agents 0.7.9, 1.0.22, 1.1.0, 1.2.0 and 1.9.0 and in
@livekit/agents-plugin-silero 1.9.0. The names of livekit-agents 1.5 and newer stand in the table of
settings, too: they are written out here because that one takes long to load.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

PYTHON: Final = "livekit-agents"
NODE: Final = "@livekit/agents"
PIPECAT: Final = "pipecat-ai"
Version = tuple[int, ...]


class OptionRow(NamedTuple):
    """Names from a version on: what takes the options ("AgentSession", or a path with slashes), and
    the option of each setting."""

    since: Version
    owner: str
    options: Mapping[str, str]


def _alike(*settings: str) -> dict[str, str]:
    """Options that are called as the setting is, in lower case."""
    return {env: env.lower() for env in settings}


def camel(name: str) -> str:
    """A name as agents-js writes it: "minDelay"."""
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))


def _camel(*options: Mapping[str, str]) -> dict[str, str]:
    """The same options in agents-js."""
    return {
        env: ".".join(map(camel, name.split("."))) for each in options for env, name in each.items()
    }


_FULL = {"LOAD_THRESHOLD": "load_threshold", "MAX_PROCESSES": "load_fnc"}
_POOL = _alike("NUM_IDLE_PROCESSES")
_MEMORY = {"MEMORY_WARN_MB": "job_memory_warn_mb", "MEMORY_LIMIT_MB": "job_memory_limit_mb"}
_OF_NODE = {
    **_camel(_POOL),
    "LOAD_THRESHOLD": "loadThreshold",
    "MAX_PROCESSES": "loadFunc",
    "MEMORY_WARN_MB": "jobMemoryWarnMB",
    "MEMORY_LIMIT_MB": "jobMemoryLimitMB",
}
_SERVER = {
    "METRICS_PORT": "prometheus_port",
    "METRICS_HOST": "host",
    "HEALTH_PORT": "port",
}
_REQUESTS = {"HTTP_TIMEOUT": "timeout", "MAX_RETRIES": "max_retry"}
_CLIENT = {"HTTP_CONNECT_TIMEOUT": "connect", "HTTP_POOL_TIMEOUT": "pool"}
_SOCKETS = {
    "HTTP_MAX_CONNECTIONS": "max_connections",
    "HTTP_MAX_KEEPALIVE": "max_keepalive_connections",
    "HTTP_KEEPALIVE_EXPIRY": "keepalive_expiry",
}
_STT = {
    "STT_MODEL": "model",
    "STT_REALTIME": "use_realtime",
    "STT_NOISE_REDUCTION": "noise_reduction_type",
}
_LLM = {
    "LLM_MODEL": "model",
    "LLM_TEMPERATURE": "temperature",
    "LLM_REASONING_EFFORT": "reasoning_effort",
    "MAX_TOKENS": "max_completion_tokens",
}
_TTS = {"TTS_MODEL": "model", "TTS_VOICE": "voice", "TTS_SPEED": "speed"}
_VAD_0 = {
    "VAD_MIN_SPEECH_DURATION": "min_speech_duration",
    "VAD_MIN_SILENCE_DURATION": "min_silence_duration",
    "VAD_ACTIVATION_THRESHOLD": "activation_threshold",
}
_VAD = {
    **_VAD_0,
    "VAD_PREFIX_PADDING_DURATION": "prefix_padding_duration",
    "VAD_SAMPLE_RATE": "sample_rate",
}
_STOPS_0 = {
    "ENABLE_INTERRUPTIONS": "allow_interruptions",
    "MIN_INTERRUPTION_DURATION": "interrupt_speech_duration",
    "MIN_INTERRUPTION_WORDS": "interrupt_min_words",
    "PREEMPTIVE_GENERATION": "preemptive_synthesis",
}
_DELAY = _alike("MIN_ENDPOINTING_DELAY")
_DETECTOR = {"TURN_DETECTION": "turn_detector"}
_FLAT = {
    **_alike("MIN_ENDPOINTING_DELAY", "MAX_ENDPOINTING_DELAY"),
    **_alike("MIN_INTERRUPTION_DURATION", "MIN_INTERRUPTION_WORDS"),
    "ENABLE_INTERRUPTIONS": "allow_interruptions",
}
_TURNS_OF_BOTH = {
    "TURN_DETECTION": "turn_detection",
    "ENDPOINTING_MODE": "endpointing.mode",
    "MIN_ENDPOINTING_DELAY": "endpointing.min_delay",
    "MAX_ENDPOINTING_DELAY": "endpointing.max_delay",
    "ENDPOINTING_ALPHA": "endpointing.alpha",
    "PREEMPTIVE_GENERATION": "preemptive_generation.enabled",
    "PREEMPTIVE_TTS": "preemptive_generation.preemptive_tts",
    "PREEMPTIVE_MAX_SPEECH_DURATION": "preemptive_generation.max_speech_duration",
    "PREEMPTIVE_MAX_RETRIES": "preemptive_generation.max_retries",
    "USER_TURN_MAX_WORDS": "user_turn_limit.max_words",
    "USER_TURN_MAX_DURATION": "user_turn_limit.max_duration",
    "ENABLE_INTERRUPTIONS": "interruption.enabled",
    "INTERRUPTION_MODE": "interruption.mode",
    "BACKCHANNEL_BOUNDARY": "interruption.backchannel_boundary",
    "MIN_INTERRUPTION_DURATION": "interruption.min_duration",
    "MIN_INTERRUPTION_WORDS": "interruption.min_words",
    "FALSE_INTERRUPTION_TIMEOUT": "interruption.false_interruption_timeout",
    "RESUME_FALSE_INTERRUPTION": "interruption.resume_false_interruption",
}
_SERVER_VAD = {
    "REALTIME_VAD_THRESHOLD": "threshold",
    "REALTIME_SILENCE_DURATION_MS": "silence_duration_ms",
    "REALTIME_PREFIX_PADDING_MS": "prefix_padding_ms",
    "REALTIME_EAGERNESS": "eagerness",
    "REALTIME_TURN_DETECTION": "type",
}
_SESSION = _alike("USER_AWAY_TIMEOUT", "TRANSCRIPTION_TIMEOUT", "AEC_WARMUP_DURATION")

ROWS: Final[Mapping[str, tuple[OptionRow, ...]]] = {
    PYTHON: (
        OptionRow((0,), "VoiceAssistant", _STOPS_0),
        OptionRow((0,), "silero.VAD.load", _VAD_0),
        OptionRow((0,), "WorkerOptions", _FULL),
        OptionRow((0, 8), "WorkerOptions", _POOL),
        OptionRow((0, 9), "VoicePipelineAgent", _STOPS_0 | _DELAY),
        OptionRow((0, 11), "APIConnectOptions", _REQUESTS),
        OptionRow((0, 12), "VoicePipelineAgent", _alike("MAX_ENDPOINTING_DELAY") | _DETECTOR),
        OptionRow((0, 12), "WorkerOptions", _MEMORY),
        OptionRow((1,), "silero.VAD.load", _VAD),
        OptionRow((1,), "WorkerOptions", _FULL | _POOL | _MEMORY),
        OptionRow((1,), "APIConnectOptions", _REQUESTS | _alike("RETRY_INTERVAL")),
        OptionRow((1,), "httpx.Timeout", _CLIENT),
        OptionRow((1,), "httpx.Limits", _SOCKETS),
        OptionRow((1,), "openai.STT", _STT),
        OptionRow((1,), "openai.LLM", _LLM),
        OptionRow((1,), "openai.TTS", _TTS),
        OptionRow((1,), "RealtimeModel/turn_detection", _SERVER_VAD),
        OptionRow((1,), "AgentSession", _FLAT | _alike("TURN_DETECTION")),
        OptionRow((1, 1), "AgentSession", _alike("USER_AWAY_TIMEOUT")),
        OptionRow((1, 2), "AgentSession", _alike("PREEMPTIVE_GENERATION")),
        OptionRow((1, 2, 7), "AgentSession", _alike("FALSE_INTERRUPTION_TIMEOUT")),
        OptionRow((1, 2, 7), "AgentSession", _alike("RESUME_FALSE_INTERRUPTION")),
        OptionRow(
            (1, 3), "AgentServer", _FULL | _POOL | _MEMORY | _alike("DRAIN_TIMEOUT") | _SERVER
        ),
        OptionRow((1, 5), "AgentSession/turn_handling", _TURNS_OF_BOTH),
        OptionRow((1, 5), "AgentSession", _SESSION),
    ),
    NODE: (
        OptionRow((0,), "pipeline.VoicePipelineAgent", _camel(_STOPS_0, _DELAY, _DETECTOR)),
        OptionRow((0,), "silero.VAD.load", _camel(_VAD_0)),
        OptionRow((0,), "WorkerOptions", _OF_NODE),
        OptionRow(
            (1,), "voice.AgentSession/voiceOptions", _camel(_FLAT, _alike("PREEMPTIVE_GENERATION"))
        ),
        OptionRow((1,), "voice.AgentSession", _camel(_alike("TURN_DETECTION"))),
        OptionRow((1,), "silero.VAD.load", _camel(_VAD)),
        OptionRow((1,), "RealtimeModel/turnDetection", _SERVER_VAD),
        OptionRow((1,), "ServerOptions", _OF_NODE),
        OptionRow(
            (1,), "APIConnectOptions", {"HTTP_TIMEOUT": "timeoutMs", "MAX_RETRIES": "maxRetry"}
        ),
        OptionRow((1, 2), "voice.AgentSession/turnHandling", _camel(_TURNS_OF_BOTH)),
    ),
    PIPECAT: (
        OptionRow((0,), "VADParams", {"MIN_ENDPOINTING_DELAY": "stop_secs"}),
        OptionRow((0,), "VADParams", {"VAD_MIN_SPEECH_DURATION": "start_secs"}),
        OptionRow((0,), "VADParams", {"VAD_ACTIVATION_THRESHOLD": "confidence"}),
        OptionRow((0,), "MinWordsInterruptionStrategy", {"MIN_INTERRUPTION_WORDS": "min_words"}),
    ),
}
IN_SECONDS: Final = frozenset(
    (
        *("MIN_ENDPOINTING_DELAY", "MAX_ENDPOINTING_DELAY", "PREEMPTIVE_MAX_SPEECH_DURATION"),
        *("USER_TURN_MAX_DURATION", "BACKCHANNEL_BOUNDARY", "MIN_INTERRUPTION_DURATION"),
        *("FALSE_INTERRUPTION_TIMEOUT", "VAD_MIN_SPEECH_DURATION", "VAD_MIN_SILENCE_DURATION"),
        *("VAD_PREFIX_PADDING_DURATION", "HTTP_TIMEOUT"),
    )
)
"""Times that agents-js takes in milliseconds."""
IN_WORDS: Final[Mapping[str, str]] = {
    "AGENT_MODE": "the kind of agent",
    "BACKCHANNEL_WORDS": "tuner.livekit.ignore_backchannels",
    "INTERRUPTION_THRESHOLD": "the VAD's activation threshold while the agent speaks",
    "STT_REALTIME": "its streaming mode",
    "TURN_LOG": "tuner.turn_log.attach",
    "LOG_LEVEL": "the level of livekit's loggers",
    "LIB_LOG_LEVEL": "the level of the HTTP libraries' loggers",
    "LOG_METRICS": "log_metrics",
}
"""Settings without an option that does the same; all others are said in their own words."""

"""The table behind `checks.check`: which settings cannot act under, or contradict, which others.

One row per fact. What LiveKit does with each pair was read in livekit-agents 1.8.9
(voice/agent_activity.py, voice/audio_recognition.py, silero vad.py) and the openai plugin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tuner.settings import backchannels
from tuner.settings.knob_table import KNOBS, REALTIME_ONLY_STT, Settings

Kind = Literal["no-op", "conflict", "risk", "retirement"]
"""It does nothing; two contradict each other; it may harm callers; OpenAI ends its model."""

SLOW_TRANSCRIPT_S = 0.5
"""Speech end to transcript in the worst ordinary case (the guides: typical 0.2 s, worst 0.5 s)."""
DETECTOR_SILENCE_S = 0.25
"""LiveKit's turn detector refuses a VAD that waits less (audio_recognition.py)."""
SERVER_TARGET_LOAD = 0.7
"""Default of livekit-server 1.13.5 (pkg/agent/config.go); it holds in development too."""


@dataclass(frozen=True, slots=True)
class SettingCheck:
    """One row: when it holds, and what to say. The texts may name values as {s.field}."""

    kind: Kind
    settings: tuple[str, ...]
    when: Callable[[Settings], bool]
    why: str
    advice: str
    inert: tuple[str, ...] = ()
    """If given, only those of them that are not at their default make it a problem."""


def _realtime(s: Settings) -> bool:
    return s.agent_mode == "realtime"


def _server_decides(s: Settings) -> bool:
    """The Realtime server ends turns and interrupts, so nothing on our side does."""
    return _realtime(s) and s.turn_detection == "realtime_llm"


def _vad_decides(s: Settings) -> bool:
    return s.turn_detection in ("vad", "detector", "detector_cloud")


def _vad_interrupts(s: Settings) -> bool:
    return s.enable_interruptions and s.turn_detection not in ("manual", "realtime_llm")


def _streams(s: Settings) -> bool:
    """Whether transcripts arrive while the caller still speaks (openai plugin, stt.py)."""
    return s.stt_realtime or s.stt_model.startswith(REALTIME_ONLY_STT)


_REALTIME_KNOBS = tuple(env for env in KNOBS if env.startswith("REALTIME_"))
_PIPELINE_KNOBS = (
    *("PREEMPTIVE_GENERATION", "PREEMPTIVE_TTS", "TRANSCRIPTION_TIMEOUT", "MIN_INTERRUPTION_WORDS"),
    *("PREEMPTIVE_MAX_SPEECH_DURATION", "PREEMPTIVE_MAX_RETRIES", "BACKCHANNEL_WORDS"),
    *("STT_MODEL", "STT_REALTIME", "STT_NOISE_REDUCTION"),
    *("LLM_MODEL", "LLM_TEMPERATURE", "LLM_REASONING_EFFORT", "MAX_TOKENS"),
    *("TTS_MODEL", "TTS_VOICE", "TTS_SPEED", "ALERT_TTFB_MS"),
    *("HTTP_CONNECT_TIMEOUT", "HTTP_POOL_TIMEOUT"),
    *("HTTP_MAX_CONNECTIONS", "HTTP_MAX_KEEPALIVE", "HTTP_KEEPALIVE_EXPIRY"),
)
_INTERRUPTION_KNOBS = (
    *("INTERRUPTION_MODE", "INTERRUPTION_THRESHOLD", "MIN_INTERRUPTION_DURATION"),
    *("MIN_INTERRUPTION_WORDS", "FALSE_INTERRUPTION_TIMEOUT", "RESUME_FALSE_INTERRUPTION"),
    *("BACKCHANNEL_BOUNDARY", "BACKCHANNEL_WORDS"),
)
_ENDPOINTING_KNOBS = (
    *("ENDPOINTING_MODE", "ENDPOINTING_ALPHA", "MIN_ENDPOINTING_DELAY", "MAX_ENDPOINTING_DELAY"),
)
_SERVER_VAD_KNOBS = (
    *("REALTIME_VAD_THRESHOLD", "REALTIME_PREFIX_PADDING_MS"),
    *("REALTIME_SILENCE_DURATION_MS", "REALTIME_IDLE_TIMEOUT_MS"),
)

CHECKS: tuple[SettingCheck, ...] = (
    # who decides
    SettingCheck(
        "no-op",
        ("AGENT_MODE",),
        lambda s: not _realtime(s),
        "A pipeline has no Realtime model.",
        "Remove them, or set AGENT_MODE=realtime.",
        inert=_REALTIME_KNOBS,
    ),
    SettingCheck(
        "no-op",
        ("AGENT_MODE",),
        _realtime,
        "A Realtime model hears and speaks by itself, over one WebSocket.",
        "Remove them, or set AGENT_MODE=pipeline.",
        inert=_PIPELINE_KNOBS,
    ),
    SettingCheck(
        "conflict",
        ("AGENT_MODE", "TURN_DETECTION"),
        lambda s: not _realtime(s) and s.turn_detection == "realtime_llm",
        "A pipeline has no Realtime server that could end turns; LiveKit ignores the setting.",
        "Set TURN_DETECTION=vad, or AGENT_MODE=realtime.",
    ),
    SettingCheck(
        "conflict",
        ("AGENT_MODE", "TURN_DETECTION"),
        lambda s: _realtime(s) and s.turn_detection == "stt",
        "With a Realtime model there is no transcriber that could end turns; LiveKit ignores it.",
        "Set TURN_DETECTION=realtime_llm or vad.",
    ),
    SettingCheck(
        "no-op",
        ("TURN_DETECTION",),
        _server_decides,
        "The Realtime server ends turns and stops the agent; our side only watches.",
        "Remove them, or set TURN_DETECTION=vad so that our side decides.",
        inert=(*_ENDPOINTING_KNOBS, *_INTERRUPTION_KNOBS),
    ),
    SettingCheck(
        "no-op",
        ("TURN_DETECTION",),
        lambda s: s.turn_detection == "manual",
        "Turns and interruptions come from your own code.",
        "Remove them, or set TURN_DETECTION=vad.",
        inert=(*_ENDPOINTING_KNOBS, *_INTERRUPTION_KNOBS),
    ),
    SettingCheck(
        "no-op",
        ("TURN_DETECTION",),
        lambda s: _realtime(s) and not _server_decides(s),
        "Our side ends the turns, so the server's turn detection is switched off.",
        "Remove them, or set TURN_DETECTION=realtime_llm.",
        inert=("REALTIME_TURN_DETECTION", "REALTIME_EAGERNESS", *_SERVER_VAD_KNOBS),
    ),
    SettingCheck(
        "no-op",
        ("REALTIME_TURN_DETECTION",),
        lambda s: _server_decides(s) and s.realtime_turn_detection == "semantic_vad",
        "semantic_vad goes by meaning, not by silence.",
        "Remove them, or set REALTIME_TURN_DETECTION=server_vad.",
        inert=_SERVER_VAD_KNOBS,
    ),
    SettingCheck(
        "no-op",
        ("REALTIME_TURN_DETECTION",),
        lambda s: _server_decides(s) and s.realtime_turn_detection == "server_vad",
        "server_vad goes by silence, not by meaning.",
        "Remove it, or set REALTIME_TURN_DETECTION=semantic_vad.",
        inert=("REALTIME_EAGERNESS",),
    ),
    SettingCheck(
        "risk",
        ("TURN_DETECTION",),
        lambda s: s.turn_detection == "manual",
        "The caller gets an answer only when your own code commits the turn.",
        "Set TURN_DETECTION=vad unless you have written that code.",
    ),
    SettingCheck(
        "risk",
        ("TURN_DETECTION",),
        lambda s: s.turn_detection == "stt" and not _realtime(s),
        "The transcriber's own wait and MIN_ENDPOINTING_DELAY add up before each reply.",
        "Lower MIN_ENDPOINTING_DELAY, or set TURN_DETECTION=vad.",
    ),
    # end of turn
    SettingCheck(
        "no-op",
        ("VAD_MIN_SILENCE_DURATION", "MIN_ENDPOINTING_DELAY"),
        lambda s: _vad_decides(s) and s.min_endpointing_delay < s.vad_min_silence_duration,
        "The VAD reports the end of speech only after {s.vad_min_silence_duration} s, so a delay "
        "of {s.min_endpointing_delay} s acts as {s.vad_min_silence_duration} s.",
        "Lower VAD_MIN_SILENCE_DURATION to the delay, or raise the delay.",
    ),
    SettingCheck(
        "conflict",
        ("MAX_ENDPOINTING_DELAY", "MIN_ENDPOINTING_DELAY"),
        lambda s: s.max_endpointing_delay < s.min_endpointing_delay,
        "The longest wait, {s.max_endpointing_delay} s, is below the shortest, "
        "{s.min_endpointing_delay} s.",
        "Raise MAX_ENDPOINTING_DELAY above MIN_ENDPOINTING_DELAY.",
    ),
    SettingCheck(
        "no-op",
        ("TURN_DETECTION", "ENDPOINTING_MODE"),
        lambda s: s.turn_detection in ("vad", "stt") and s.endpointing_mode == "fixed",
        "Without a turn detector and with a fixed delay nothing ever waits for the longest delay.",
        "Remove it, or set TURN_DETECTION=detector or ENDPOINTING_MODE=dynamic.",
        inert=("MAX_ENDPOINTING_DELAY",),
    ),
    SettingCheck(
        "conflict",
        ("TURN_DETECTION", "VAD_MIN_SILENCE_DURATION"),
        lambda s: (
            s.turn_detection.startswith("detector")
            and s.vad_min_silence_duration < DETECTOR_SILENCE_S
        ),
        "LiveKit's turn detector needs {detector_silence} s of silence to judge and refuses to "
        "start with {s.vad_min_silence_duration} s.",
        "Set VAD_MIN_SILENCE_DURATION to {detector_silence} or more.",
    ),
    SettingCheck(
        "no-op",
        ("PREEMPTIVE_GENERATION",),
        lambda s: not s.preemptive_generation,
        "Without early replies there is nothing to synthesise early, and none to limit.",
        "Remove it, or set PREEMPTIVE_GENERATION=true.",
        inert=("PREEMPTIVE_TTS", "PREEMPTIVE_MAX_SPEECH_DURATION", "PREEMPTIVE_MAX_RETRIES"),
    ),
    SettingCheck(
        "no-op",
        ("ENDPOINTING_MODE",),
        lambda s: s.endpointing_mode == "fixed",
        "A fixed delay learns nothing from the caller.",
        "Remove it, or set ENDPOINTING_MODE=dynamic.",
        inert=("ENDPOINTING_ALPHA",),
    ),
    SettingCheck(
        "no-op",
        ("TURN_DETECTION",),
        lambda s: not s.turn_detection.startswith("detector"),
        "No turn detector judges whether the caller has finished.",
        "Remove it, or set TURN_DETECTION=detector.",
        inert=("DETECTOR_UNLIKELY_THRESHOLD",),
    ),
    # interruptions
    SettingCheck(
        "no-op",
        ("ENABLE_INTERRUPTIONS",),
        lambda s: not s.enable_interruptions,
        "Nothing the caller says stops the agent.",
        "Remove them, or set ENABLE_INTERRUPTIONS=true.",
        inert=_INTERRUPTION_KNOBS,
    ),
    SettingCheck(
        "conflict",
        ("TURN_DETECTION", "ENABLE_INTERRUPTIONS"),
        lambda s: _server_decides(s) and not s.enable_interruptions,
        "The Realtime server always lets the caller interrupt; LiveKit refuses to start.",
        "Set ENABLE_INTERRUPTIONS=true, or TURN_DETECTION=vad.",
    ),
    SettingCheck(
        "conflict",
        ("INTERRUPTION_THRESHOLD", "VAD_ACTIVATION_THRESHOLD"),
        lambda s: _vad_interrupts(s) and s.interruption_threshold < s.vad_activation_threshold,
        "The agent is easier to stop ({s.interruption_threshold}) than to talk to "
        "({s.vad_activation_threshold}).",
        "Raise INTERRUPTION_THRESHOLD to VAD_ACTIVATION_THRESHOLD or above.",
    ),
    SettingCheck(
        "no-op",
        ("VAD_MIN_SILENCE_DURATION", "VAD_MIN_SPEECH_DURATION", "MIN_INTERRUPTION_DURATION"),
        lambda s: (
            _vad_interrupts(s)
            and s.min_interruption_duration > 0
            and s.min_interruption_duration
            <= s.vad_min_silence_duration + s.vad_min_speech_duration
        ),
        "LiveKit counts the VAD's silence of {s.vad_min_silence_duration} s as part of the sound, "
        "so every sound that the VAD notices lasts {s.min_interruption_duration} s.",
        "Raise MIN_INTERRUPTION_DURATION to VAD_MIN_SILENCE_DURATION plus the length of sound "
        "that shall be ignored.",
    ),
    SettingCheck(
        "conflict",
        ("MIN_INTERRUPTION_WORDS", "STT_REALTIME"),
        lambda s: (
            not _realtime(s)
            and _vad_interrupts(s)
            and s.min_interruption_words > 0
            and not _streams(s)
        ),
        "{s.stt_model} transcribes a sentence when it has ended, so the agent talks on until the "
        "caller has finished.",
        "Set STT_REALTIME=true, or MIN_INTERRUPTION_WORDS=0.",
    ),
    SettingCheck(
        "no-op",
        ("INTERRUPTION_MODE",),
        lambda s: s.interruption_mode != "adaptive",
        "No model judges sounds, so none is trusted or not near the ends of what the agent says.",
        "Remove it, or set INTERRUPTION_MODE=adaptive.",
        inert=("BACKCHANNEL_BOUNDARY",),
    ),
    SettingCheck(
        "conflict",
        ("BACKCHANNEL_WORDS", "STT_MODEL"),
        lambda s: (
            not _realtime(s)
            and _vad_interrupts(s)
            and s.backchannel_words is not None
            and not _streams(s)
        ),
        "{s.stt_model} transcribes a sentence when it has ended, so the agent would talk on until "
        "the caller has finished.",
        "Set STT_MODEL=gpt-live-transcribe, or BACKCHANNEL_WORDS=off.",
    ),
    SettingCheck(
        "conflict",
        ("BACKCHANNEL_WORDS",),
        lambda s: bool(backchannels.stops_listed(s.backchannel_words)),
        "It lists a word that always stops the agent.",
        "Remove stop, wait, no and the like from the list.",
    ),
    SettingCheck(
        "no-op",
        ("RESUME_FALSE_INTERRUPTION",),
        lambda s: not s.resume_false_interruption,
        "Nothing is resumed, so nothing waits for it.",
        "Remove it, or set RESUME_FALSE_INTERRUPTION=true.",
        inert=("FALSE_INTERRUPTION_TIMEOUT",),
    ),
    SettingCheck(
        "risk",
        ("RESUME_FALSE_INTERRUPTION",),
        lambda s: _vad_interrupts(s) and not s.resume_false_interruption,
        "Speech that a noise has stopped is lost, and so is the log line that would show it.",
        "Set RESUME_FALSE_INTERRUPTION=true.",
    ),
    SettingCheck(
        "risk",
        ("FALSE_INTERRUPTION_TIMEOUT",),
        lambda s: _vad_interrupts(s) and s.false_interruption_timeout < SLOW_TRANSCRIPT_S,
        "A slow transcript takes {slow_transcript} s; after {s.false_interruption_timeout} s the "
        "agent talks over real speech.",
        "Set FALSE_INTERRUPTION_TIMEOUT above your slowest transcripts, {slow_transcript} or more.",
    ),
    # hearing
    SettingCheck(
        "risk",
        ("VAD_ACTIVATION_THRESHOLD",),
        lambda s: s.vad_activation_threshold > 0.8,
        "At {s.vad_activation_threshold} quiet callers are not heard at all.",
        "Set 0.5 to 0.7.",
    ),
    SettingCheck(
        "no-op",
        ("STT_MODEL",),
        lambda s: not _realtime(s) and not _streams(s),
        "OpenAI filters noise only in streaming transcription.",
        "Remove it, or set STT_REALTIME=true.",
        inert=("STT_NOISE_REDUCTION",),
    ),
    # models
    SettingCheck(
        "conflict",
        ("LLM_REASONING_EFFORT", "LLM_TEMPERATURE"),
        lambda s: (
            not _realtime(s)
            and s.llm_temperature is not None
            and s.llm_reasoning_effort not in (None, "none")
        ),
        "OpenAI refuses a temperature while the model reasons.",
        "Set LLM_TEMPERATURE=off, or LLM_REASONING_EFFORT=none.",
    ),
    SettingCheck(
        "no-op",
        ("INSTRUCTIONS_FILE",),
        lambda s: bool(s.instructions_file),
        "The prompt is read from the file.",
        "Remove one of the two.",
        inert=("INSTRUCTIONS",),
    ),
    # HTTP
    SettingCheck(
        "no-op",
        ("HTTP_MAX_CONNECTIONS", "HTTP_MAX_KEEPALIVE"),
        lambda s: (s.http_max_keepalive or 0) > s.http_max_connections,
        "No more than {s.http_max_connections} connections can exist, so no more are kept.",
        "Set HTTP_MAX_KEEPALIVE=auto.",
    ),
    SettingCheck(
        "no-op",
        ("HTTP_TIMEOUT", "HTTP_CONNECT_TIMEOUT"),
        lambda s: s.http_connect_timeout > s.http_timeout,
        "A request is given up after {s.http_timeout} s, before the connection is.",
        "Lower HTTP_CONNECT_TIMEOUT, or raise HTTP_TIMEOUT.",
    ),
    SettingCheck(
        "no-op",
        ("HTTP_TIMEOUT", "HTTP_POOL_TIMEOUT"),
        lambda s: s.http_pool_timeout > s.http_timeout,
        "A request is given up after {s.http_timeout} s, before the wait for the pool is.",
        "Lower HTTP_POOL_TIMEOUT, or raise HTTP_TIMEOUT.",
    ),
    SettingCheck(
        "no-op",
        ("MAX_RETRIES",),
        lambda s: s.max_retries < 2,
        "LiveKit waits 0.1 s before the first retry; the interval counts from the second.",
        "Remove it, or raise MAX_RETRIES.",
        inert=("RETRY_INTERVAL",),
    ),
    SettingCheck(
        "risk",
        ("HTTP_TIMEOUT",),
        lambda s: s.http_timeout < 3.0,
        "Slow calls of OpenAI take 2 s; at {s.http_timeout} s they become failed ones and retries.",
        "Set at least 5.",
    ),
    # processes
    SettingCheck(
        "conflict",
        ("MAX_PROCESSES", "NUM_IDLE_PROCESSES"),
        lambda s: s.max_processes is not None and (s.num_idle_processes or 0) > s.max_processes,
        "{s.num_idle_processes} processes wait for at most {s.max_processes} calls.",
        "Lower NUM_IDLE_PROCESSES.",
    ),
    SettingCheck(
        "conflict",
        ("MEMORY_LIMIT_MB", "MEMORY_WARN_MB"),
        lambda s: 0 < s.memory_limit_mb <= s.memory_warn_mb,
        "A call is ended at {s.memory_limit_mb} MB, before the warning at {s.memory_warn_mb} MB.",
        "Lower MEMORY_WARN_MB.",
    ),
    # logs
    SettingCheck(
        "no-op",
        ("LOG_LEVEL",),
        lambda s: s.log_level not in ("DEBUG", "INFO"),
        "The metrics lines are INFO lines, which {s.log_level} drops.",
        "Set LOG_LEVEL=INFO.",
        inert=("LOG_METRICS",),
    ),
    SettingCheck(
        "risk",
        ("TURN_LOG", "LOG_LEVEL"),
        lambda s: s.turn_log == "off" and s.log_level != "DEBUG",
        "The log will show no false interruption and no turn, whatever happens.",
        "Set TURN_LOG=stdout.",
    ),
    SettingCheck(
        "risk",
        ("LOAD_THRESHOLD",),
        lambda s: s.load_threshold > SERVER_TARGET_LOAD,
        "A livekit-server of your own gives no call to an agent whose load is {target_load} or "
        "more (its agents.target_load), so {s.load_threshold} does nothing there.",
        "Set {target_load} or less, or raise agents.target_load in the server's configuration.",
    ),
    SettingCheck(
        "risk",
        ("LOG_LEVEL",),
        lambda s: s.log_level == "DEBUG",
        "What callers and agent say is written to the log.",
        "Keep such logs as you keep recordings, and go back to INFO afterwards.",
    ),
    SettingCheck(
        "risk",
        ("LIB_LOG_LEVEL",),
        lambda s: s.lib_log_level == "DEBUG",
        "HTTP headers and cookies are written to the log.",
        "Go back to WARNING after the measurement.",
    ),
)
"""Every check, in the order in which it is reported."""

SHUTDOWN = {
    "gpt-5": "2026-12-11",
    "gpt-5-mini": "2026-12-11",
    "gpt-5-nano": "2026-12-11",
    "tts-1": "2027-01-06",
    "tts-1-hd": "2027-01-06",
    "gpt-4o-mini-tts": "2027-01-06",
    "gpt-4o": "2027-01-14",
    "gpt-4o-mini": "2027-01-14",
    "gpt-4.1": "2027-01-14",
    "gpt-4.1-mini": "2027-01-14",
    "gpt-realtime": "2027-01-20",
    "gpt-realtime-mini": "2027-01-20",
    "whisper-1": "2027-02-26",
    "gpt-4o-transcribe": "2027-02-26",
    "gpt-4o-mini-transcribe": "2027-02-26",
    "gpt-5.1": "2027-04-01",
    "gpt-5.4-nano": "2027-04-01",
}
"""Models with an announced end (type notes of openai 3.51), without their dated variants."""

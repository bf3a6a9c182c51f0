"""The seven lines of the turn log: their messages and fields, in one place.

It stands here and not beside the writer because the catalogue reads what the writer writes, and
`lines` comes before `turn_log`; metrics, alerts and docs take the names from here, too.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from tuner.lines.catalogue.row import Field

LOGGER = "tuner.turns"
Message = Literal[
    "session started",
    "turn",
    "interruption",
    "sound",
    "openai call",
    "connection quality",
    "session ended",
]


class TurnLogLine(NamedTuple):
    """A line by its message; `fields` are those that the analyzer reads, `also` the others."""

    message: Message
    meaning: str
    fields: tuple[Field, ...]
    also: tuple[Field, ...] = ()


SESSION_STARTED = TurnLogLine(
    "session started",
    "turn log: the profile and every setting of the session",
    (
        Field("profile"),
        Field("settings", "object"),
        Field("mode"),
        Field("versions", "object"),
    ),
)
TURN = TurnLogLine(
    "turn",
    "turn log: one user turn",
    (
        *(Field(name, "epoch s") for name in ("user_started", "user_stopped", "committed")),
        Field("first_audio", "epoch s"),
        Field("pauses", "s"),
        Field("interrupted", "flag"),
        Field("resumed_after_commit", "flag"),
        Field("gap", "s"),
        *(Field(name, "s") for name in ("transcription_delay", "end_of_turn_delay", "llm_ttft")),
        *(Field(name, "s") for name in ("tts_ttfb", "e2e_latency")),
        *(Field(name, "epoch s") for name in ("reply_requested", "first_token")),
        *(Field(name, "epoch s") for name in ("reply_complete", "voice_requested")),
        Field("early_reply_used", "flag"),
        Field("early_replies_discarded", "number"),
    ),
    tuple(
        Field(name, "tokens") for name in ("prompt_tokens", "cached_tokens", "completion_tokens")
    ),
)
INTERRUPTION = TurnLogLine(
    "interruption",
    "turn log: the agent's speech was interrupted",
    (
        Field("started", "epoch s"),
        Field("user_speech", "s"),
        Field("agent_audible", "flag"),
        Field("outcome"),
        Field("dead_air", "s"),
        Field("words", "words"),
    ),
    (Field("resumed"),),
)
SOUND = TurnLogLine(
    "sound",
    "turn log: a sound of the caller, also one that stopped nothing",
    (
        *(Field(name, "epoch s") for name in ("started", "ended")),
        Field("agent_audible", "flag"),
        Field("since_first_audio", "s"),
        Field("stopped_agent", "flag"),
        *(Field(name, "s") for name in ("first_words", "transcription_delay")),
        Field("words", "words"),
        *(Field(name, "0-1") for name in ("peak", "mean")),
        *(Field(name, "0-1") for name in ("end_of_turn_probability", "unlikely_threshold")),
        Field("endpointing_delay", "s"),
    ),
)
OPENAI_CALL = TurnLogLine(
    "openai call",
    "turn log: one HTTP attempt against OpenAI",
    (
        *(Field(name) for name in ("endpoint", "model")),
        Field("status", "number"),
        *(Field(name, "ms") for name in ("processing_ms", "elapsed_ms", "first_byte_ms")),
        Field("attempt", "number"),
        Field("connection_reused", "flag"),
        Field("pool_wait_ms", "ms"),
        *(Field(name) for name in ("request_id", "error")),
    ),
)
CONNECTION_QUALITY = TurnLogLine(
    "connection quality",
    "turn log: how the sound of one participant travelled since the last such line",
    (
        Field("poor", "flag"),
        Field("problem"),
        *(Field(name, "s") for name in ("rtt", "jitter")),
    ),
    (
        *(Field(name) for name in ("participant", "quality", "changed_to", "codec")),
        *(Field(name) for name in ("packets", "lost")),
        Field("loss", "0-1"),
        Field("seconds", "s"),
    ),
)
SESSION_ENDED = TurnLogLine(
    "session ended",
    "turn log: end of a call",
    (Field("reason"), Field("duration", "s"), Field("cpu_s", "s"), Field("memory_mb", "MB")),
    (
        *(Field(name) for name in ("error", "usage", "turns", "interruptions")),
        *(Field(name) for name in ("false_interruptions", "openai_calls", "openai_failures")),
        *(Field(name) for name in ("sounds", "lost_lines")),
    ),
)
TURN_LOG_LINES = (
    SESSION_STARTED,
    TURN,
    INTERRUPTION,
    SOUND,
    OPENAI_CALL,
    CONNECTION_QUALITY,
    SESSION_ENDED,
)

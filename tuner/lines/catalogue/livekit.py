"""Rows for what livekit-agents and its plugins log, without `log_metrics`.

Spellings and versions are those of the atlas, which a test compares.
"""

from __future__ import annotations

from tuner.lines.catalogue.row import (
    LIVEKIT,
    Field,
    LogLine,
    Measure,
    Renamed,
    Spelling,
    Tally,
    ValueCase,
    in_ms,
    node,
    stage,
)
from tuner.lines.message_figures import (
    TRANSCRIPT,
    endpointing_delays,
    playout,
    synchroniser_method,
    word_count,
    worker_version,
)

_COMMIT = (
    *(Field(name, "epoch s") for name in ("last_speaking_time", "speech_start_time")),
    Field("last_final_transcript_time", "epoch s"),
    Field("source"),
    Field("end_of_turn_probability", "0-1"),
    Field("delay_completed", "flag"),
)

_EXTRA_TIME = in_ms("extraInferenceTimeMs", "delay")
COMMIT_DELAY = Measure("end_of_turn_delay@commit", "", low_s=-0.05)
"""From the caller's last word to the commit: two lines of a log measure it, so no row has it."""
PAUSE = Measure("pause", "timeout")
"""How long speech was paused. Lines whose fields were left out have none: which of the pauses
nobody heard cannot be known of them."""

ROWS: tuple[LogLine, ...] = (
    LogLine(
        "worker_started",
        "the agent's process begins; the version of livekit-agents, or of agents-js",
        (
            Spelling("starting worker", LIVEKIT, "INFO", exact=True, figures=worker_version),
            node("starting worker", "INFO", exact=True, figures=worker_version),
        ),
        fields=(Field("version"), Field("rtc-version")),
    ),
    LogLine(
        "false_interruption",
        "paused speech was resumed; timeout 0: it was held before anyone heard it",
        (
            Spelling("resumed false interrupted speech", LIVEKIT, "DEBUG", versions=">=1.2.7"),
            node(
                "resumed false interrupted speech",
                "DEBUG",
                ">=1.4.0",
                (in_ms("timeout", "timeout", above=20.0),),
            ),
        ),
        fields=(Field("timeout", "s"),),
        measures=(PAUSE,),
        cases=(ValueCase("timeout", 0, "phantom", "phantom"),),
        evidence="false_interruptions",
    ),
    LogLine(
        "sync_warning",
        "transcript synchroniser used after its segment ended; not the VAD",
        (
            Spelling(
                "_SegmentSynchronizerImpl",
                LIVEKIT,
                "WARNING",
                versions=">=1.0.0rc1",
                figures=synchroniser_method,
            ),
            node("SegmentSynchronizerImpl", "WARNING", ">=1.0.12", figures=synchroniser_method),
        ),
        fields=(Field("impl_id"),),
        tallies=(Tally("sync", "method"),),
        figure="sync",
        evidence="sync_warnings",
    ),
    LogLine(
        "vad_slow",
        "the VAD is starved of CPU",
        (
            Spelling(
                "inference is slower than realtime", LIVEKIT, "WARNING", versions="0.6.4-1.8.0"
            ),
            Spelling(
                "VAD inference is slower than realtime", LIVEKIT, "WARNING", versions=">=1.8.1"
            ),
            Spelling(
                "vad inference took too long", LIVEKIT, "WARNING", versions="0.6.0.dev1-0.6.3"
            ),
            node(
                "inference is slower than realtime",
                "WARNING",
                renamed=(in_ms("delay", "delay", above=20.0),),
            ),
            node("VAD slower than realtime", "WARNING", "1.4.7-1.8.0", (_EXTRA_TIME,)),
            node("VAD slower than realtime", "WARNING", "1.4.7-1.8.0"),
            node("VAD inference is slower than realtime", "WARNING", ">=1.8.1", (_EXTRA_TIME,)),
        ),
        fields=(Field("delay", "s"),),
        measures=(Measure("vad_slow", "delay"),),
        figure="vad_slow",
        evidence="vad_slow",
    ),
    LogLine(
        "commit",
        "the user's turn was closed at this line's time",
        (
            Spelling("user turn committed", LIVEKIT, "DEBUG", versions=">=1.6.0rc1"),
            node("User turn committed", "DEBUG", ">=1.0.12", exact=True),
        ),
        fields=_COMMIT,
    ),
    LogLine(
        "eot_prediction",
        "the turn detector's view and the delay then in force",
        (
            Spelling("eot prediction", LIVEKIT, "DEBUG", exact=True, versions=">=1.6.0rc1"),
            node(
                "eot prediction",
                "DEBUG",
                ">=1.4.7",
                (
                    Renamed("endOfTurnProbability", "probability"),
                    Renamed("unlikelyThreshold", "unlikely_threshold"),
                    in_ms("endpointingDelay", "endpointing_delay"),
                ),
                exact=True,
            ),
        ),
        fields=(
            *(Field(name, "0-1") for name in ("probability", "unlikely_threshold")),
            Field("endpointing_delay", "s"),
        ),
    ),
    LogLine(
        "transcript",
        "speech end to final transcript",
        (
            Spelling(
                "received user transcript",
                LIVEKIT,
                "DEBUG",
                versions=">=0.10.1",
                figures=word_count,
            ),
            node("received user transcript", "DEBUG", ">=1.0.12", figures=word_count),
        ),
        fields=(Field("transcript_delay", "s"), *map(Field, TRANSCRIPT)),
        measures=(stage("transcription_delay", "transcript_delay", "transcript"),),
        figure="transcripts",
    ),
    LogLine(
        "late_transcript",
        "speech-to-text slower than endpointing: a WARNING once a session, then DEBUG",
        (
            Spelling(
                "transcript arrives after turn has been committed",
                LIVEKIT,
                "WARNING",
                versions=">=1.6.5",
            ),
            Spelling(
                "eou detection ran after the audio eot turn was already flushed",
                LIVEKIT,
                "WARNING",
                versions="1.6.1-1.6.4",
            ),
            Spelling(
                "stt transcript arrived after a turn flush", LIVEKIT, "DEBUG", versions=">=1.6.1"
            ),
            Spelling(
                "stt transcript arrived after a turn commit",
                LIVEKIT,
                "DEBUG",
                versions="1.6.0rc1-1.6.0rc2",
            ),
            node("transcript arrives after turn has been committed", "WARNING", ">=1.5.0"),
            node(
                "eou detection ran after the audio eot turn was already", "WARNING", "1.4.7-1.4.11"
            ),
            node("stt transcript arrived after a turn flush", "DEBUG", ">=1.4.7"),
        ),
        evidence="late_transcripts",
        signal="late_transcripts",
    ),
    LogLine(
        "eot_timeout",
        "turn detector too slow; committed without it",
        (
            Spelling("eot prediction timed out", LIVEKIT, "WARNING", versions=">=1.6.0rc1"),
            node(
                "eot prediction timed out", "WARNING", ">=1.4.7", (in_ms("timeoutMs", "timeout"),)
            ),
        ),
        fields=(Field("timeout", "s"),),
        evidence="eot_timeouts",
        signal="eot_timeouts",
    ),
    LogLine(
        "llm_failed",
        "a failed attempt; its time is censored",
        (
            Spelling("failed to generate LLM completion", LIVEKIT, "WARNING", versions=">=0.12.0"),
            node("failed to generate LLM completion", "WARNING", ">=1.0.12"),
        ),
        fields=(Field("attempt", "number"),),
        evidence="llm_failures",
        signal="llm_failures",
    ),
    LogLine(
        "tts_failed",
        "a failed attempt",
        (
            Spelling("failed to synthesize speech", LIVEKIT, "WARNING", versions=">=0.12.0"),
            node("failed to synthesize speech", "WARNING", ">=1.0.12"),
            node("failed to generate TTS completion", "WARNING", ">=1.0.12"),
        ),
        fields=(Field("attempt", "number"),),
        evidence="tts_failures",
        signal="tts_failures",
    ),
    LogLine(
        "stt_failed",
        "a failed attempt",
        (
            Spelling("failed to recognize speech", LIVEKIT, "WARNING", versions=">=0.12.0"),
            node("failed to recognize speech", "WARNING", ">=1.0.12"),
        ),
        fields=(Field("attempt", "number"),),
        evidence="stt_failures",
        signal="stt_failures",
    ),
    LogLine(
        "slow_flush",
        "TTS slower than playback",
        (
            Spelling(
                "flush audio emitter due to slow audio generation",
                LIVEKIT,
                "DEBUG",
                versions=">=1.2.12",
            ),
        ),
        evidence="slow_flushes",
        signal="slow_flushes",
    ),
    LogLine(
        "preemptive",
        "part of the LLM time was hidden behind the wait",
        (
            Spelling("using preemptive generation", LIVEKIT, "DEBUG", versions=">=1.2.0"),
            node(
                "using preemptive generation",
                "DEBUG",
                ">=1.0.17",
                (in_ms("preemptiveLeadTime", "preemptive_lead_time"),),
            ),
        ),
        fields=(Field("preemptive_lead_time", "s"),),
        signal="preemptive",
    ),
    LogLine(
        "endpointing_update",
        "dynamic endpointing learnt a real pause",
        (
            Spelling(
                "min endpointing delay updated",
                LIVEKIT,
                "DEBUG",
                versions=">=1.5.0rc2",
                figures=endpointing_delays,
            ),
        ),
        fields=(Field("pause", "s"), Field("reason")),
    ),
    LogLine(
        "item_added",
        "a message entered the history",
        (Spelling("conversation_item_added", LIVEKIT, "DEBUG", exact=True, versions=">=1.6.0"),),
        fields=(Field("role"),),
    ),
    LogLine(
        "no_pause",
        "the audio output cannot pause: false interruptions leave no line",
        (
            Spelling(
                "resume_false_interruption is enabled", LIVEKIT, "WARNING", versions=">=1.2.8"
            ),
            Spelling("pause is not supported by ", LIVEKIT, "WARNING", versions=">=1.2.7"),
            node("resumeFalseInterruption is enabled", "WARNING", ">=1.4.0"),
        ),
    ),
    LogLine(
        "session_closed",
        "end of a call",
        (
            Spelling("session closed", LIVEKIT, "DEBUG", exact=True, versions=">=1.1.0"),
            node("AgentSession closed", "INFO", ">=1.0.12", exact=True),
        ),
        fields=(Field("reason"),),
        tallies=(Tally("closed", "reason"),),
        figure="closed",
    ),
    LogLine(
        "old_playout",
        "a reply was played, or interrupted",
        (
            Spelling(
                "speech playout finished",
                LIVEKIT,
                "DEBUG",
                versions="0.11.0-0.12.21",
                figures=playout,
            ),
            Spelling(
                "playout finished", LIVEKIT, "DEBUG", versions="0.8.3-0.10.2", figures=playout
            ),
            Spelling(
                "playout finished",
                LIVEKIT,
                "DEBUG",
                versions="0.8.3",
                renamed=(Renamed("cancelled", "interrupted"),),
                figures=playout,
            ),
        ),
        fields=(Field("interrupted", "flag"),),
    ),
)

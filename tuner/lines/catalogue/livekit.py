"""Rows for what livekit-agents and its plugins log, without `log_metrics`.

Checked against livekit-agents 1.8.9 unless `versions` says otherwise.
"""

from __future__ import annotations

from tuner.lines.catalogue.row import (
    LIVEKIT,
    Case,
    Field,
    LogLine,
    Measure,
    Spelling,
    Tally,
    stage,
)
from tuner.lines.message_figures import (
    endpointing_delays,
    playout,
    synchroniser_method,
    word_count,
)

_COMMIT = (
    *(Field(name, "epoch s") for name in ("last_speaking_time", "speech_start_time")),
    Field("last_final_transcript_time", "epoch s"),
    Field("source"),
    Field("end_of_turn_probability", "0-1"),
    Field("delay_completed"),
)

ROWS: tuple[LogLine, ...] = (
    LogLine(
        "false_interruption",
        "paused speech was resumed; timeout 0: it was held before anyone heard it",
        (Spelling("resumed false interrupted speech", LIVEKIT, "DEBUG", versions=">=1.2.7"),),
        fields=(Field("timeout", "s"),),
        cases=(Case("timeout", 0, "phantom", "phantom"),),
        evidence="false_interruptions",
    ),
    LogLine(
        "sync_warning",
        "transcript synchroniser used after its segment ended; not the VAD",
        (Spelling("_SegmentSynchronizerImpl", LIVEKIT, "WARNING", figures=synchroniser_method),),
        fields=(Field("impl_id"),),
        tallies=(Tally("sync", "method"),),
        figure="sync",
        evidence="sync_warnings",
    ),
    LogLine(
        "vad_slow",
        "the VAD is starved of CPU",
        (
            Spelling("inference is slower than realtime", LIVEKIT, "WARNING"),
            Spelling("VAD inference is slower than realtime", LIVEKIT, "WARNING", versions=">=1.8"),
        ),
        fields=(Field("delay", "s"),),
        measures=(Measure("vad_slow", "delay"),),
        figure="vad_slow",
        evidence="vad_slow",
    ),
    LogLine(
        "commit",
        "the user's turn was closed at this line's time",
        (Spelling("user turn committed", LIVEKIT, "DEBUG", versions=">=1.6"),),
        fields=_COMMIT,
    ),
    LogLine(
        "eot_prediction",
        "the turn detector's view and the delay then in force",
        (Spelling("eot prediction", LIVEKIT, "DEBUG", exact=True),),
        fields=(
            *(Field(name, "0-1") for name in ("probability", "unlikely_threshold")),
            Field("endpointing_delay", "s"),
        ),
    ),
    LogLine(
        "transcript",
        "speech end to final transcript",
        (Spelling("received user transcript", LIVEKIT, "DEBUG", figures=word_count),),
        fields=(Field("transcript_delay", "s"), Field("lk.pii.user_transcript")),
        measures=(stage("transcription_delay", "transcript_delay", "transcript"),),
    ),
    LogLine(
        "late_transcript",
        "speech-to-text slower than endpointing; once a session, then DEBUG",
        (Spelling("transcript arrives after turn has been committed", LIVEKIT, "WARNING"),),
        evidence="late_transcripts",
        signal="late_transcripts",
    ),
    LogLine(
        "eot_timeout",
        "turn detector too slow; committed without it",
        (Spelling("eot prediction timed out", LIVEKIT, "WARNING"),),
        fields=(Field("timeout", "s"),),
        evidence="eot_timeouts",
        signal="eot_timeouts",
    ),
    LogLine(
        "llm_failed",
        "a failed attempt; its time is censored",
        (Spelling("failed to generate LLM completion", LIVEKIT, "WARNING"),),
        fields=(Field("attempt"),),
        evidence="llm_failures",
        signal="llm_failures",
    ),
    LogLine(
        "tts_failed",
        "a failed attempt",
        (Spelling("failed to synthesize speech", LIVEKIT, "WARNING"),),
        fields=(Field("attempt"),),
        evidence="tts_failures",
        signal="tts_failures",
    ),
    LogLine(
        "stt_failed",
        "a failed attempt",
        (Spelling("failed to recognize speech", LIVEKIT, "WARNING"),),
        fields=(Field("attempt"),),
        evidence="stt_failures",
        signal="stt_failures",
    ),
    LogLine(
        "slow_flush",
        "TTS slower than playback",
        (Spelling("flush audio emitter due to slow audio generation", LIVEKIT, "DEBUG"),),
        evidence="slow_flushes",
        signal="slow_flushes",
    ),
    LogLine(
        "preemptive",
        "part of the LLM time was hidden behind the wait",
        (Spelling("using preemptive generation", LIVEKIT, "DEBUG"),),
        fields=(Field("preemptive_lead_time", "s"),),
        signal="preemptive",
    ),
    LogLine(
        "endpointing_update",
        "dynamic endpointing learnt a real pause",
        (Spelling("min endpointing delay updated", LIVEKIT, "DEBUG", figures=endpointing_delays),),
        fields=(Field("pause", "s"), Field("reason")),
    ),
    LogLine(
        "item_added",
        "a message entered the history",
        (Spelling("conversation_item_added", LIVEKIT, "DEBUG", exact=True),),
        fields=(Field("role"),),
    ),
    LogLine(
        "no_pause",
        "the audio output cannot pause: false interruptions leave no line",
        (Spelling("resume_false_interruption is enabled", LIVEKIT, "WARNING"),),
    ),
    LogLine(
        "session_closed",
        "end of a call",
        (Spelling("session closed", LIVEKIT, "DEBUG", exact=True),),
        fields=(Field("reason"),),
        tallies=(Tally("closed", "reason"),),
        figure="closed",
    ),
    LogLine(
        "old_playout",
        "a reply was played, or interrupted",
        (Spelling("speech playout finished", LIVEKIT, "DEBUG", versions="<1.0", figures=playout),),
        fields=(Field("interrupted"),),
    ),
)

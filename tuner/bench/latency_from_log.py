"""Events of a user's log in, the latencies of the models as that log shows them out.

Per stage the best source is taken: the turn log's HTTP lines (request to first byte), else the
metrics lines, else `openai-processing-ms`. Values are drawn as they were, slow tails included. A
transcript's delay holds the silence of the voice detection, for which the bench waits, too: it is
taken off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tuner.bench.latency import Empirical, Latency
from tuner.errors import InputError

_LEAST = 5
"""Fewer values than this do not make a distribution."""

_AFTER_SILENCE = ("transcript_delay", "transcription_delay")
"""Fields that count from the last speech, and so hold the silence of the voice detection."""
LEAST_S = 0.02
"""A transcript that came before the silence was over, taken as at once."""

_SOURCES: Mapping[str, tuple[tuple[str, str, str, float], ...]] = {
    "chat": (
        ("openai_call", "chat", "first_byte_ms", 0.001),
        ("llm_metrics", "", "ttft", 1.0),
        ("http_headers", "chat", "processing_ms", 0.001),
        ("openai_response", "chat", "processing_ms", 0.001),
    ),
    "transcription": (
        ("openai_call", "transcription", "first_byte_ms", 0.001),
        ("transcript", "", "transcript_delay", 1.0),
        ("openai_response", "transcription", "processing_ms", 0.001),
        ("turn", "", "transcription_delay", 1.0),
    ),
    "speech": (
        ("openai_call", "speech", "first_byte_ms", 0.001),
        ("tts_metrics", "", "ttfb", 1.0),
        ("openai_response", "speech", "processing_ms", 0.001),
    ),
    "response": (("realtime_metrics", "", "ttft", 1.0),),
}
"""Per stage, best first: event kind, endpoint ("" = any), field, seconds per unit."""


SILENCE_S = 0.3
"""The silence that the voice detection of these agents waits for, unless the log says otherwise."""


def latencies(
    log: str, rows: Iterable[Mapping[str, Any]], vad_silence_s: float = SILENCE_S
) -> dict[str, Latency]:
    """Return the latencies of a log's event rows by stage; a stage that it does not show is absent.

    `vad_silence_s` is the VAD_MIN_SILENCE_DURATION of the log.

    Raises:
        InputError: the log (named in the message) shows no latency of a model.
    """
    events = list(rows)
    by_stage: dict[str, Latency] = {}
    for stage, sources in _SOURCES.items():
        lists = (_values(events, vad_silence_s, *source) for source in sources)
        if values := next((values for values in lists if len(values) >= _LEAST), None):
            by_stage[stage] = Empirical(tuple(values))
    if "chat" not in by_stage and "response" not in by_stage:
        raise InputError(
            f"{log}: no latencies of a model in it",
            "Give one with a turn log or LOG_METRICS=true; `tuner analyze` says what is visible.",
        )
    return by_stage


def streamed_transcripts(
    rows: Iterable[Mapping[str, Any]], vad_silence_s: float
) -> Empirical | None:
    """How long a streaming transcriber takes for its final text; None if too few turns show it."""
    values = _values(rows, vad_silence_s, "turn", "", "transcription_delay", 1.0)
    return Empirical(tuple(values)) if len(values) >= _LEAST else None


def _values(
    rows: Iterable[Mapping[str, Any]],
    vad_silence_s: float,
    kind: str,
    endpoint: str,
    name: str,
    unit_s: float,
) -> list[float]:
    """The positive values of one field in seconds; a negative or missing one is censored."""
    waited = vad_silence_s if name in _AFTER_SILENCE else 0.0
    wanted = (row for row in rows if row["kind"] == kind)
    values = (row.get(name) for row in wanted if not endpoint or row.get("endpoint") == endpoint)
    known = (v * unit_s for v in values if isinstance(v, int | float) and v > 0)
    return [max(LEAST_S, seconds - waited) for seconds in known]

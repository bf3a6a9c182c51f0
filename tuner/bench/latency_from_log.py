"""Events of a user's log in, the latencies of the models as that log shows them out.

Per stage the best source is taken: the turn log's HTTP lines (request to first byte), else the
metrics lines, else `openai-processing-ms`. Values are drawn as they were, slow tails included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tuner.bench.latency import Empirical, Latency
from tuner.errors import InputError

_LEAST = 5
"""Fewer values than this do not make a distribution."""

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
    ),
    "speech": (
        ("openai_call", "speech", "first_byte_ms", 0.001),
        ("tts_metrics", "", "ttfb", 1.0),
        ("openai_response", "speech", "processing_ms", 0.001),
    ),
    "response": (("realtime_metrics", "", "ttft", 1.0),),
}
"""Per stage, best first: event kind, endpoint ("" = any), field, seconds per unit."""


def latencies(log: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, Latency]:
    """Return the latencies of a log's event rows by stage; a stage that it does not show is absent.

    Raises:
        InputError: the log (named in the message) shows no latency of a model.
    """
    events = list(rows)
    by_stage: dict[str, Latency] = {}
    for stage, sources in _SOURCES.items():
        lists = (_values(events, *source) for source in sources)
        if values := next((values for values in lists if len(values) >= _LEAST), None):
            by_stage[stage] = Empirical(tuple(values))
    if "chat" not in by_stage and "response" not in by_stage:
        raise InputError(
            f"{log}: no latencies of a model in it",
            "Give one with a turn log or LOG_METRICS=true; `tuner analyze` says what is visible.",
        )
    return by_stage


def _values(
    rows: Iterable[Mapping[str, Any]], kind: str, endpoint: str, name: str, unit_s: float
) -> list[float]:
    """The positive values of one field; a negative or missing one is censored."""
    wanted = (row for row in rows if row["kind"] == kind)
    values = (row.get(name) for row in wanted if not endpoint or row.get("endpoint") == endpoint)
    return [v * unit_s for v in values if isinstance(v, int | float) and v > 0]

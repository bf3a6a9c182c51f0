"""Takes a user's log, gives the latencies of the models as that log tells them.

Per stage the best source is taken: the turn log's HTTP lines (request to first byte), else the
metrics lines, else `openai-processing-ms`. Values are drawn as they were, slow tails included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tuner import pipeline
from tuner.bench.latency import Empirical, Latency
from tuner.errors import InputError

_LEAST = 5
"""Fewer values than this are no distribution."""

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


def from_log(path: str) -> dict[str, Latency]:
    """Read the latencies of a log, by stage; a stage that it does not tell of is left out.

    Raises:
        InputError: the log cannot be read, or tells of no latency of a model.
    """
    rows = list(pipeline.rows([path]))
    found: dict[str, Latency] = {}
    for stage, sources in _SOURCES.items():
        lists = (_values(rows, *source) for source in sources)
        if values := next((one for one in lists if len(one) >= _LEAST), None):
            found[stage] = Empirical(tuple(values))
    if "chat" not in found and "response" not in found:
        raise InputError(
            f"{path}: no latencies of a model in it",
            "Give one with a turn log or LOG_METRICS=true; `tuner analyze` says what is visible.",
        )
    return found


def _values(
    rows: Iterable[Mapping[str, Any]], kind: str, endpoint: str, name: str, unit_s: float
) -> list[float]:
    """The positive values of one field; a negative or missing one is censored."""
    wanted = (row for row in rows if row["kind"] == kind)
    values = (row.get(name) for row in wanted if not endpoint or row.get("endpoint") == endpoint)
    return [v * unit_s for v in values if isinstance(v, int | float) and v > 0]

"""Requests that failed and were tried again, each against the requests of its own kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from tuner.facts.latencies import SOURCES
from tuner.model import Facts
from tuner.names import Stage
from tuner.rules.answers import visible
from tuner.summary.lone_responses import UNKNOWN

SIGNAL: Final = "openai_retries"
_Failures = Literal["llm_failures", "tts_failures", "stt_failures"]


class _Kind(NamedTuple):
    """One kind of request: what LiveKit's failures of it are, where it is answered and timed."""

    failures: _Failures
    endpoint: str
    stage: Stage | None


_KINDS = (
    _Kind("llm_failures", "chat", "llm_ttft"),
    _Kind("tts_failures", "speech", "tts_ttfb"),
    _Kind("stt_failures", "transcription", None),
)
FAILURES: Final = tuple(kind.failures for kind in _KINDS)


class Attempts(NamedTuple):
    """Failed attempts, of how many requests, a note on their kind, and the failures of kinds whose
    requests the log does not show."""

    failed: int
    requests: int
    note: str
    beside: int


def attempts(facts: Facts) -> Attempts | None:
    """What the log shows of them: by its HTTP lines or, of what those leave out, by LiveKit's."""
    seen = _by_http(facts)
    if seen and seen.failed <= seen.requests and (seen.failed or not seen.beside):
        return seen
    return _by_livekit(facts) or seen


def _by_http(facts: Facts) -> Attempts | None:
    """Failed attempts and requests by the HTTP lines; None where there are no such lines."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return None
    limited, errors, silent = (
        int(signal.more.get(name) or 0) for name in ("rate_limited", "server_errors", "unanswered")
    )
    shown, beside = _failures(facts, lambda kind: _is_requested(facts, kind))
    answered = limited + errors + silent
    failed = max(signal.count or 0, answered, shown)
    kinds = {"answered 429": limited, "answered 5xx": errors, "never answered": silent}
    note = "".join(f"; {count} {what}" for what, count in kinds.items() if count)
    requests = int(signal.more.get("requests") or 0) + silent
    if failed <= requests:  # LiveKit's other failures have no line of HTTP, or one that says 200
        requests += max(0, shown - answered)
    return Attempts(failed, requests, note, beside) if requests else None


def _by_livekit(facts: Facts) -> Attempts | None:
    """The same by LiveKit's own warnings, against the answers that came: none may have come."""
    if not any(visible(facts, name) for name in FAILURES):
        return None
    measured = _has_metrics(facts)
    failed, beside = _failures(facts, lambda kind: _is_timed(facts, kind, measured))
    answered = sum(_answers(facts, kind) for kind in _KINDS)
    requests = failed + answered
    return Attempts(failed, requests, "", beside) if requests else None


def all_failures(facts: Facts) -> int:
    """All failures that LiveKit reports."""
    return sum(_count(facts, kind) for kind in _KINDS)


def _failures(facts: Facts, counts: Callable[[_Kind], bool]) -> tuple[int, int]:
    """LiveKit's failures of the kinds that count, and of the others."""
    own = sum(_count(facts, kind) for kind in _KINDS if counts(kind))
    return own, all_failures(facts) - own


def _count(facts: Facts, kind: _Kind) -> int:
    signal = visible(facts, kind.failures)
    return (signal.count or 0) if signal is not None else 0


def _is_requested(facts: Facts, kind: _Kind) -> bool:
    """Whether the HTTP lines have requests of this kind, or of kinds that they do not tell."""
    calls = facts.signals.get("openai_calls")
    endpoints = (calls.more.get("by_endpoint") if calls else None) or (UNKNOWN,)
    return kind.endpoint in endpoints or UNKNOWN in endpoints


def _is_timed(facts: Facts, kind: _Kind, measured: bool) -> bool:
    """Whether the answers of this kind would be here."""
    return kind.stage is not None and bool(measured or _answers(facts, kind))


def _answers(facts: Facts, kind: _Kind) -> int:
    stage = facts.latency.get(kind.stage) if kind.stage else None
    return stage.n + stage.censored if stage is not None else 0


def _has_metrics(facts: Facts) -> bool:
    """Whether the app logs metrics, so that answers would show."""
    return any(SOURCES["metrics"] in stage.source for stage in facts.latency.values())

"""Which of the services behind a slow reply to blame first: the one that callers wait for most."""

from __future__ import annotations

from typing import NamedTuple

from tuner.advice.case import Case
from tuner.advice.verdicts import keep, sentence
from tuner.model import Recommendation
from tuner.names import Stage

_MEASURE = "then measure again"


class _Service(NamedTuple):
    """The cause that findings name, what a report calls it, the waits it has, what helps."""

    cause: str
    name: str
    stages: tuple[Stage, ...]
    needs: str


_SERVICES = (
    _Service(
        "model",
        "model",
        ("llm_ttft", "realtime_ttft"),
        f"a smaller or faster model, a shorter or cached prompt, a nearer region; {_MEASURE}",
    ),
    _Service(
        "stt",
        "transcriber",
        ("transcription_delay",),
        f"a faster or streaming transcriber; {_MEASURE}",
    ),
    _Service(
        "tts",
        "voice",
        ("tts_ttfb",),
        f"a faster or streaming voice, or shorter first sentences; {_MEASURE}",
    ),
)


def slow_service(case: Case) -> Recommendation | None:
    """That a slow model must change, or the service that is slower still; None if no model is."""
    if not case.caused_by("model"):
        return None
    slow = [
        (service, found[0]) for service in _SERVICES if (found := case.caused_by(service.cause))
    ]
    service, finding = max(slow, key=lambda each: _wait_s(each[0], case))
    must = f"It is the {service.name} that must change: no timing profile can help."
    too = "" if service.cause == "model" else " The model is slow too."
    return keep(case, f"{sentence(finding)} {must}{too}", needs=service.needs)


def _wait_s(service: _Service, case: Case) -> float:
    """The typical wait for it in seconds."""
    waits = (case.facts.latency.get(stage) for stage in service.stages)
    return max((wait.p50 or 0.0 for wait in waits if wait is not None), default=0.0)

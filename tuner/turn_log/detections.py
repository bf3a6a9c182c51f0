"""What a session's voice detection and turn detector find, as they find it.

LiveKit's events say when speech begins and ends, not how clearly it was speech, nor how probable
the end of a turn was. So both objects are watched: each result is handed on unchanged, and noted.
Read in livekit-agents 1.8.9 and 2.0.0b1; whatever does not look like that stays unwatched. Nothing
of it imports LiveKit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps
from typing import Any, Protocol

_WATCHED = "_turn_log_watches_this"


class Detections(Protocol):
    """Who is interested: the turn log of the call that the code runs for."""

    def window(self, probability: float, speech: bool) -> None:
        """One window of the voice detection."""

    def turn_probability(self, probability: float, threshold: float | None) -> None:
        """One answer of the turn detector."""


Current = Callable[[], Detections | None]


def watch(session: object, current: Current) -> None:
    """Watch the voice detection and the turn detector; each object once, whoever shares it."""
    for name, begin in (("vad", _watch_vad), ("turn_detection", _watch_detector)):
        part = getattr(session, name, None)
        if part is None or isinstance(part, str) or getattr(part, _WATCHED, False):
            continue
        with suppress(AttributeError, TypeError):  # an object that lets nobody in
            setattr(part, _WATCHED, True)
            begin(part, current)


def delays(session: object) -> tuple[float | None, float | None]:
    """The shortest and the longest wait for the end of a turn that are in force, in seconds.

    A delay that follows the caller stands deep inside; elsewhere the session's options count.
    """
    inner: Any = session
    for name in ("_activity", "_audio_recognition", "_endpointing"):
        inner = getattr(inner, name, None)
    options = getattr(getattr(session, "options", None), "turn_handling", None)
    given = options.get("endpointing", {}) if isinstance(options, dict) else {}
    both = (getattr(inner, name, given.get(name)) for name in ("min_delay", "max_delay"))
    shortest, longest = (float(one) if isinstance(one, int | float) else None for one in both)
    return shortest, longest


def _watch_vad(vad: Any, current: Current) -> None:
    stream = vad.stream

    @wraps(stream)
    def watched(*args: Any, **options: Any) -> _WatchedStream:
        return _WatchedStream(stream(*args, **options), current)

    vad.stream = watched


class _WatchedStream:
    """A stream of voice detection, and everything that it can do."""

    def __init__(self, stream: Any, current: Current) -> None:
        self._stream, self._current = stream, current

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __aiter__(self) -> _WatchedStream:
        return self

    async def __anext__(self) -> Any:
        event = await self._stream.__anext__()
        if event.type == "inference_done" and (log := self._current()) is not None:
            log.window(event.probability, event.raw_accumulated_speech > 0)
        return event


def _watch_detector(detector: Any, current: Current) -> None:
    """LiveKit asks for the threshold right after each answer: then both are known."""
    latest: list[Any] = []
    if hasattr(detector, "stream"):
        _watch_streams(detector, current)
    if hasattr(detector, "predict_end_of_turn"):
        detector.predict_end_of_turn = _noting(detector.predict_end_of_turn, latest.append)
    if hasattr(detector, "predict"):
        detector.predict = _noting_future(detector.predict, latest.append)

    def reach(threshold: float | None) -> None:
        probability = _answer(latest[-1]) if latest else None
        latest.clear()
        if probability is not None and (log := current()) is not None:
            log.turn_probability(probability, threshold)

    detector.unlikely_threshold = _noting(detector.unlikely_threshold, reach)


def _watch_streams(detector: Any, current: Current) -> None:
    stream = detector.stream

    @wraps(stream)
    def watched(*args: Any, **options: Any) -> Any:
        made = stream(*args, **options)
        with suppress(AttributeError, TypeError):
            _watch_detector(made, current)
        return made

    detector.stream = watched


def _noting(
    ask: Callable[..., Awaitable[Any]], note: Callable[[Any], None]
) -> Callable[..., Awaitable[Any]]:
    @wraps(ask)
    async def asked(*args: Any, **options: Any) -> Any:
        answer = await ask(*args, **options)
        note(answer)
        return answer

    return asked


def _noting_future(predict: Callable[..., Any], note: Callable[[Any], None]) -> Callable[..., Any]:
    @wraps(predict)
    def asked(*args: Any, **options: Any) -> Any:
        future = predict(*args, **options)
        note(future)
        return future

    return asked


def _answer(asked: Any) -> float | None:
    """The probability: as it is, or as a future that is done holds it."""
    if not isinstance(asked, asyncio.Future):
        return float(asked)
    if not asked.done() or asked.cancelled() or asked.exception() is not None:
        return None
    return float(asked.result().end_of_turn_probability)

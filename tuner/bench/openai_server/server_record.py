"""Takes what the server did, keeps it as values in the order in which it happened.

The lists only grow; a program that compares a log with them reads them when the calls are over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tuner.bench.model import Endpoint, Heard, Kind

CALL_ENDPOINTS = (Endpoint.CHAT, Endpoint.TRANSCRIPTION, Endpoint.SPEECH)


@dataclass(frozen=True, slots=True)
class RequestTruth:
    """One HTTP request as the server saw it; times are epoch seconds.

    `answered_at` is None when no header was written, because the client had left, the request
    was stalled or the connection was cut. `completed` is False when the client left during
    the body. `processing_ms` is the value of the header, or the time that was planned.
    """

    request_id: str
    caller: str
    endpoint: Endpoint
    model: str
    planned: Kind
    status: int
    processing_ms: int
    received_at: float
    answered_at: float | None
    finished_at: float
    completed: bool

    @property
    def took_headers(self) -> bool:
        """Whether status line and headers were sent to a client that was still there."""
        return self.answered_at is not None


@dataclass(frozen=True, slots=True)
class HeardTruth:
    """One transcription: how long the audio was and what text it got."""

    caller: str
    at: float
    duration_s: float
    text: str


@dataclass(frozen=True, slots=True)
class RealtimeTruth:
    """One reply of the Realtime endpoint; times are epoch seconds, None = never happened."""

    caller: str
    response_id: str
    status: str
    reason: str | None
    asked_at: float
    created_at: float | None
    first_audio_at: float | None
    done_at: float
    audio_s: float
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class FrameTruth:
    """One event that a WebSocket client sent, without its audio."""

    caller: str
    at: float
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServerTruth:
    """All that the server did; the lists are append-only."""

    requests: list[RequestTruth] = field(default_factory=list)
    heard: list[HeardTruth] = field(default_factory=list)
    responses: list[RealtimeTruth] = field(default_factory=list)
    frames: list[FrameTruth] = field(default_factory=list)

    def answered_calls(self) -> list[RequestTruth]:
        """Chat, transcription and speech requests whose headers the client was sent."""
        return [r for r in self.requests if r.took_headers and r.endpoint in CALL_ENDPOINTS]

    def processing_ms(self) -> list[int]:
        """The `openai-processing-ms` values of those answers, in order of arrival."""
        return [r.processing_ms for r in self.answered_calls()]

    def statuses(self) -> dict[str, int]:
        """How many of those answers had which status."""
        return dict(Counter(str(r.status) for r in self.answered_calls()))

    def by_endpoint(self) -> dict[str, int]:
        """How many of those answers each endpoint gave."""
        return _counted(r.endpoint for r in self.answered_calls())

    def unanswered(self) -> list[RequestTruth]:
        """Calls that got no headers: cancelled by the client, stalled or cut."""
        return [r for r in self.requests if not r.took_headers and r.endpoint in CALL_ENDPOINTS]

    def frames_of(self, kind: str) -> list[FrameTruth]:
        """WebSocket events of one type, such as `conversation.item.truncate`."""
        return [frame for frame in self.frames if frame.event.get("type") == kind]

    def note_heard(self, heard: Heard, text: str, now: float) -> None:
        """Keep what was transcribed and as what."""
        self.heard.append(HeardTruth(heard.caller, now, heard.duration_s, text))


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(str(name) for name in names))

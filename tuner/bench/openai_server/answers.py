"""What every endpoint of the OpenAI API gives: an answer whose body is a stream of bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from aiohttp import web

from tuner.bench.model import ReplyFor, Speak, TranscriptFor
from tuner.bench.openai_server.server_vad import Judge

Chunks = Callable[[], AsyncIterator[bytes]]

SSE = "text/event-stream; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class EndpointAnswer:
    """The body of a good answer; `chunks` is called when the processing time is over."""

    model: str
    content_type: str
    chunks: Chunks


@dataclass(frozen=True, slots=True)
class Voices:
    """What the server says and hears: replies, transcripts, the sound of speech.

    `ears` makes the judge of one Realtime call's audio; without it loudness decides.
    """

    reply_for: ReplyFor
    transcript_for: TranscriptFor
    speak: Speak
    ears: Callable[[], Judge] | None = None


def caller_of(request: web.Request) -> str:
    """Return who asks: the header `x-bench-call`, else the API key."""
    named = request.headers.get("x-bench-call")
    return named or request.headers.get("Authorization", "").removeprefix("Bearer ")


def once(body: Callable[[], bytes]) -> Chunks:
    """Make a one-chunk stream of a body that is built when it is needed."""

    async def chunks() -> AsyncIterator[bytes]:
        yield body()

    return chunks

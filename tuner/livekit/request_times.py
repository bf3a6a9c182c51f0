"""The times of one request to OpenAI: what httpcore traces, the headers, the body as it is read.

Only times, status, model name and request id are read: no body of an answer, no header besides two.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2


@dataclass(slots=True)
class RequestTimes:
    """The times of one attempt, on the clock of `time.perf_counter`."""

    endpoint: str
    model: str
    attempt: int
    started: float = field(default_factory=time.perf_counter)
    connecting: float | None = None
    sending: float | None = None
    first_byte: float | None = None
    status: int | None = None
    processing_ms: float | None = None
    request_id: str | None = None
    reported: bool = False

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        """Take one event of httpcore's trace."""
        if event == "connection.connect_tcp.started":
            self.connecting = time.perf_counter()
        elif self.sending is None and event.endswith("send_request_headers.started"):
            self.sending = time.perf_counter()

    def answered(self, response: httpx2.Response) -> None:
        """The headers are there."""
        self.status = response.status_code
        self.request_id = response.headers.get("x-request-id")
        with contextlib.suppress(KeyError, ValueError):
            self.processing_ms = float(response.headers["openai-processing-ms"])

    def got_bytes(self) -> None:
        """A piece of the body is there."""
        if self.first_byte is None:
            self.first_byte = time.perf_counter()

    def fields(self, error: BaseException | None) -> dict[str, Any]:
        """The line; milliseconds from the moment at which the request was handed to the pool."""
        now = time.perf_counter()
        got_connection = self.connecting or self.sending
        fields = {
            "endpoint": self.endpoint,
            "model": self.model,
            "status": self.status,
            "processing_ms": self.processing_ms,
            "elapsed_ms": self._ms(now),
            "first_byte_ms": self._ms(self.first_byte),
            "attempt": self.attempt,
            "connection_reused": None if got_connection is None else self.connecting is None,
            "pool_wait_ms": self._ms(got_connection if got_connection is not None else now),
            "request_id": self.request_id,
        }
        return fields if error is None else {**fields, "error": error_name(error)}

    def _ms(self, at: float | None) -> float | None:
        return None if at is None else round((at - self.started) * 1000, 1)


class TimedBody(httpx2.AsyncByteStream):
    """The body of an answer, watched for its first piece and its end."""

    def __init__(
        self,
        stream: Any,
        times: RequestTimes,
        finish: Callable[[RequestTimes, BaseException | None], None],
    ) -> None:
        self._stream, self._times, self._finish = stream, times, finish

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._stream:
                self._times.got_bytes()
                yield piece
        except BaseException as error:
            # GeneratorExit: the reader stopped early, which is no failure
            self._finish(self._times, None if isinstance(error, GeneratorExit) else error)
            raise
        self._finish(self._times, None)

    async def aclose(self) -> None:
        """End the answer, read or not."""
        await self._stream.aclose()
        self._finish(self._times, None)


def model_of(request: httpx2.Request) -> str:
    """The model's name out of our own request: a part of an upload, or JSON."""
    for part in getattr(request.stream, "fields", ()):
        if part.name == "model":
            return str(part.value)
    with contextlib.suppress(httpx2.RequestNotRead, ValueError, AttributeError):
        return str(json.loads(request.content).get("model", ""))
    return ""


def error_name(error: BaseException) -> str:
    """The type of an error: never its text, which may hold an address."""
    return "cancelled" if isinstance(error, asyncio.CancelledError) else type(error).__name__

"""Connections that are too slow, too many or send too long headers are closed; uvicorn has no such
limits."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEADERS = 16 * 1024
"""Bytes of a request's head."""
REQUEST_S = 10.0
"""How long a request may take to arrive. Twilio's is one packet."""
MAX_UNFINISHED = 500
"""Connections without a whole request. One more, and the oldest is closed: Twilio's requests are
whole at once, and files that a process may open are few (1,024 as a rule)."""

_unfinished: dict[LimitedProtocol, None] = {}
"""Oldest first."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection: each request must arrive whole in REQUEST_S, its head within MAX_HEADERS."""

    _head = 0
    _headers = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request must come now."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to wait for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count the bytes of a head that is not complete."""
        self._head += len(data)
        super().data_received(data)
        if self._head > MAX_HEADERS:
            self.transport.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """The same limit for heads that come in one piece; uvicorn answers an error with 400."""
        self._headers += len(name) + len(value)
        if self._headers > MAX_HEADERS:
            raise ValueError("the head is too long")
        super().on_header(name, value)

    def on_message_begin(self) -> None:
        """A request begins, perhaps on a connection that was idle."""
        self._headers = 0
        self._stop_waiting()
        self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is here; the size of the body is limited where it is read."""
        self._head = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Bytes of a body are not counted as a head."""
        self._head = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here."""
        self._head = 0
        self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Open for one more request: it counts as unfinished, but uvicorn closes it soon."""
        super().on_response_complete()
        _add(self)

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(REQUEST_S, self.transport.abort)
        _add(self)

    def _stop_waiting(self) -> None:
        _unfinished.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _add(connection: LimitedProtocol) -> None:
    if connection.transport.is_closing():
        return
    _unfinished.setdefault(connection)
    if len(_unfinished) > MAX_UNFINISHED:
        oldest = next(iter(_unfinished))
        del _unfinished[oldest]
        oldest.transport.abort()

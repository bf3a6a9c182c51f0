"""The port on which at most MOST_IDLE connections ask for nothing; aiohttp has no such limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

MOST_IDLE = 500
"""Connections without a request. One more, and the oldest is closed: whoever calls asks at once,
and files that a process may open are few (1,024 as a rule)."""


class LimitedSite(web.TCPSite):
    """Where the server listens."""

    async def start(self) -> None:
        """Listen. Raises OSError if that cannot be."""
        await web.BaseSite.start(self)
        server = self._runner.server
        assert server is not None
        self._server = await asyncio.get_running_loop().create_server(
            _limited(server),
            self._host,
            self._port,
            backlog=self._backlog,
            reuse_port=self._reuse_port,
        )


def _limited(server: web.Server) -> Callable[[], RequestHandler]:
    """What makes the protocol of a new connection."""

    def accepted() -> RequestHandler:
        idle = [each for each in server.connections if _is_idle(each)]
        for oldest in idle[: max(len(idle) + 1 - MOST_IDLE, 0)]:
            assert oldest.transport is not None
            oldest.transport.abort()
        return server()

    return accepted


def _is_idle(connection: RequestHandler) -> bool:
    """Open, without a request that is being answered or that was read and waits for it."""
    transport = connection.transport
    is_open = transport is not None and not transport.is_closing()
    return is_open and connection._current_request is None and not connection._messages

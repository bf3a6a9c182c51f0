"""Opens the WebSockets of the Realtime API, one call for each, or refuses them as planned."""

from __future__ import annotations

import asyncio
import itertools

from aiohttp import web

from tuner.bench.model import Decision, Endpoint, Kind
from tuner.bench.openai_server import wire_format
from tuner.bench.openai_server.answers import caller_of
from tuner.bench.openai_server.realtime_call import RealtimeCall
from tuner.bench.openai_server.realtime_conversation import new_id
from tuner.bench.openai_server.realtime_talk import Shared

_STALL_S = 3600.0
_MAX_FRAME = 16 * 2**20


class RealtimeRoom:
    """Opens one call per WebSocket."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._numbers = itertools.count()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer the upgrade, or refuse it as planned, and serve the call until it ends."""
        decision = self._decide(caller_of(request))
        await asyncio.sleep(_STALL_S if decision.kind is Kind.STALL else decision.processing_s)
        if decision.kind is Kind.RESET:
            return wire_format.cut(request)
        model = request.query.get("model", "")
        headers = wire_format.headers_of(new_id("req"), decision, next(self._numbers))
        if decision.kind is not Kind.OK:
            body, status = (
                wire_format.error_body(decision, model),
                wire_format.status_of(decision.kind),
            )
            kind = "application/json"
            return web.Response(status=status, body=body, headers=headers, content_type=kind)
        socket = web.WebSocketResponse(max_msg_size=_MAX_FRAME)
        socket.headers["x-request-id"] = headers["x-request-id"]
        await socket.prepare(request)
        await RealtimeCall(self._shared, socket, request).run()
        return socket

    def _decide(self, caller: str) -> Decision:
        decision = self._shared.decider.decide(Endpoint.REALTIME)
        keys = self._shared.plan.api_keys
        if keys is not None and caller not in keys:
            return Decision(Kind.WRONG_KEY, 0.0, 0.0)
        return decision

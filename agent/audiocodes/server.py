"""The address that VoiceAI Connect and Live Hub call, and those for whoever watches the server.

/audiocodes   the WebSocket of a call; without an upgrade, the probe of Live Hub
/health       latency, calls, counts; 503 when the server should get no more calls
/ready        the same answer without figures
/live         200 as long as the process runs
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable, Sequence

from aiohttp import WSMessage, WSMsgType, web

from agent.audiocodes import messages
from agent.audiocodes.conversation import BotConversation
from agent.audiocodes.conversations import Conversations, Refused
from agent.audiocodes.hand_over import ask, hand_over
from agent.audiocodes.health import Health, together
from agent.audiocodes.messages import BadMessage, Incoming
from agent.audiocodes.socket import Socket

_LARGEST_MESSAGE = 2**20
_FIRST_MESSAGE_S = 10.0
_BAD_MESSAGES = 20
"""From one socket, before it is closed."""
_log = logging.getLogger("agent")


class Server:
    """Handles the requests; `token` empty means that everybody may call."""

    def __init__(
        self,
        conversations: Conversations,
        health: Health,
        token: str,
        ping_s: float,
        others: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._conversations, self._health, self.others = conversations, health, others
        self.token, self.ping_s = token.encode(), ping_s
        self._sockets = 0

    def app(self) -> web.Application:
        """The application for aiohttp."""
        app = web.Application(client_max_size=_LARGEST_MESSAGE)
        app.add_routes(
            [
                web.get("/audiocodes", self._call),
                web.post("/audiocodes", self._probe),
                web.get("/health", self._report),
                web.get("/ready", self._ready),
                web.get("/live", self._live),
            ]
        )
        return app

    async def _probe(self, _: web.Request) -> web.Response:
        return web.json_response({"type": "ac-bot-api", "success": True})

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _ready(self, _: web.Request) -> web.Response:
        state = self._health.state()
        if state != "ok":
            answers = await asyncio.gather(*(ask(path, "ready") for path in self.others()))
            state = "ok" if {"status": "ok"} in answers else state
        return web.json_response({"status": state}, status=200 if state == "ok" else 503)

    async def _report(self, _: web.Request) -> web.Response:
        report = self._health.report()
        if others := self.others():
            answers = await asyncio.gather(*(ask(path, "health") for path in others))
            report = together([report, *filter(None, answers)])
        return web.json_response(report, status=200 if report["status"] == "ok" else 503)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return await self._probe(request)
        if not self._allowed(request.headers.get("Authorization", "")):
            self._health.counts.sockets_refused += 1
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        if not self._room():
            self._health.counts.sockets_refused += 1
            return web.Response(status=503, headers={"Retry-After": "5"})
        return await self._open(request)

    def _allowed(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        given = token.strip().encode() if scheme.lower() == "bearer" else b""
        return not self.token or hmac.compare_digest(given, self.token)

    def _room(self) -> bool:
        """Twice as many sockets as calls: a call that resumes may have two for a moment."""
        limit = self._conversations.limit
        return limit is None or self._sockets < 2 * limit + 16

    async def _open(self, request: web.Request) -> web.StreamResponse:
        response = web.WebSocketResponse(
            compress=False, max_msg_size=_LARGEST_MESSAGE, heartbeat=self.ping_s
        )
        await response.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        self._sockets += 1
        try:
            peer = _Peer(response, Socket(response, request.transport), self)
            try:
                await peer.serve()
            finally:
                await self._finish(peer, request, response)
        finally:
            self._sockets -= 1
        return response

    async def _finish(
        self, peer: _Peer, request: web.Request, response: web.WebSocketResponse
    ) -> None:
        """Close a socket; before that, another worker may want one that was refused here."""
        counts = self._health.counts
        if peer.refused is not None:
            if await hand_over(peer.first, request, response, self.others()):
                counts.handed_over += 1
            else:
                counts.calls_refused += 1
                peer.socket.post(messages.error(str(peer.refused)))
        await peer.socket.close()

    @property
    def conversations(self) -> Conversations:
        """The calls."""
        return self._conversations

    @property
    def health(self) -> Health:
        """What is counted and timed."""
        return self._health


class _Peer:
    """Reads one socket: the first message opens or resumes a call, the others belong to it."""

    def __init__(self, response: web.WebSocketResponse, socket: Socket, server: Server) -> None:
        self._response, self.socket, self._server = response, socket, server
        self.refused: Refused | None = None
        """The session that was not begun, when another worker may want it; `first` asked for it."""
        self.first = ""
        self._latency, self._counts = server.health.latency, server.health.counts
        self._conversation: BotConversation | None = None
        self._bad = 0

    async def serve(self) -> None:
        try:
            async with asyncio.timeout(_FIRST_MESSAGE_S) as first:
                async for frame in self._response:
                    if not self._take(frame):
                        break
                    if self._conversation is not None:
                        first.reschedule(None)
        except TimeoutError:
            _log.info("a socket was closed: it named no session in time")
        finally:
            if self._conversation is not None:
                self._server.conversations.lost(self._conversation, self.socket)

    def _take(self, frame: WSMessage) -> bool:
        """Deal with one frame; False ends the socket."""
        received_at = self._latency.now()
        if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return False
        try:
            message = messages.parse(frame.data)
            return self._deal_with(message, received_at)
        except BadMessage:
            self._counts.bad_messages += 1
            self._bad += 1
            return self._bad < _BAD_MESSAGES
        except Refused as refusal:
            self._refuse(refusal, frame)
            return False

    def _refuse(self, refusal: Refused, frame: WSMessage) -> None:
        if refusal.elsewhere and self._conversation is None:
            self.refused = refusal
            self.first = _text(frame.data)
            return
        self._counts.calls_refused += 1
        self.socket.post(messages.error(str(refusal)))

    def _deal_with(self, message: Incoming, received_at: float) -> bool:
        if message.type == "connection.validate":
            self.socket.post(messages.message("connection.validated", success=True))
        elif message.type == "session.initiate":
            self._begin(message)
        elif message.type == "session.resume":
            self._resume(message)
        elif self._conversation is not None:
            self._conversation.receive(message, received_at)
            return message.type != "session.end"
        else:
            raise Refused("session.initiate or session.resume must come first")
        return True

    def _begin(self, message: Incoming) -> None:
        self._must_be_free()
        self._conversation = self._server.conversations.begin(message, self.socket)

    def _resume(self, message: Incoming) -> None:
        self._must_be_free()
        self._conversation = self._server.conversations.resume(message, self.socket)

    def _must_be_free(self) -> None:
        """Nobody would notice the end of a session that another took the socket from."""
        if self._conversation is not None:
            raise Refused("this socket has a session already")


def _text(data: str | bytes) -> str:
    """A frame's data; fields that nobody reads may hold what is no UTF-8."""
    return data if isinstance(data, str) else data.decode(errors="replace")

"""Takes a plan, serves the OpenAI API on loopback accordingly and records what truly happened.

async with BenchServer(plan, transcript_for=caller.transcript_for) as server:
    client = openai.AsyncOpenAI(base_url=server.base_url, api_key="call-1")
server.truth.answered_calls()
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from tuner.bench.model import (
    Decider,
    Decision,
    Endpoint,
    Kind,
    ReplyFor,
    ServerPlan,
    Speak,
    TranscriptFor,
)
from tuner.bench.openai_server import endpoints, wire_format
from tuner.bench.openai_server.answers import Chunks, EndpointAnswer, Voices, caller_of, once
from tuner.bench.openai_server.chat import chat
from tuner.bench.openai_server.exchange import Exchange
from tuner.bench.openai_server.realtime_server import RealtimeRoom
from tuner.bench.openai_server.realtime_talk import Shared
from tuner.bench.openai_server.server_record import ServerTruth
from tuner.bench.openai_server.server_vad import Judge
from tuner.bench.openai_server.transcription import transcription
from tuner.bench.openai_server.usual import usual_reply, usual_transcript

_STALL_S = 3600.0
_MAX_UPLOAD = 32 * 2**20
MakeAnswer = Callable[[web.Request], Awaitable[EndpointAnswer]]


class BenchServer:
    """An OpenAI-compatible server on a free loopback port; use it as an async context."""

    def __init__(
        self,
        plan: ServerPlan | None = None,
        *,
        reply_for: ReplyFor = usual_reply,
        transcript_for: TranscriptFor = usual_transcript,
        speak: Speak = wire_format.hum,
        ears: Callable[[], Judge] | None = None,
    ) -> None:
        self.truth = ServerTruth()
        self._plan = plan or ServerPlan()
        self._voices = Voices(reply_for, transcript_for, speak, ears)
        self._decider = Decider(self._plan)
        self._numbers = itertools.count()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def base_url(self) -> str:
        """The address to give to a client as its base URL, with `/v1`."""
        return f"http://127.0.0.1:{self._port}/v1"

    async def __aenter__(self) -> Self:
        # a cancelled handler is how we learn that the client left before the headers
        runner = web.AppRunner(
            self._app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.2
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._runner, self._port = runner, runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=_MAX_UPLOAD)
        plan, voices, truth = self._plan, self._voices, self.truth
        realtime = RealtimeRoom(Shared(plan, voices, truth, self._decider))
        answer_chat = self._on(Endpoint.CHAT, lambda r: chat(r, plan, voices))
        heard = self._on(Endpoint.TRANSCRIPTION, lambda r: transcription(r, voices, truth))
        speech = self._on(Endpoint.SPEECH, lambda r: endpoints.speech(r, plan, voices))
        models = self._on(Endpoint.MODELS, _models)
        routes = [
            web.post("/v1/chat/completions", answer_chat),
            web.post("/v1/audio/transcriptions", heard),
            web.post("/v1/audio/speech", speech),
            web.get("/v1/models", models),
            web.get("/v1/models/{name}", models),
            web.get("/v1/realtime", realtime.handle),
            web.route("*", "/{rest:.*}", self._on(Endpoint.OTHER, _models)),
        ]
        app.add_routes(routes)
        return app

    def _on(
        self, endpoint: Endpoint, make: MakeAnswer
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._exchange(request, endpoint, make)

        return handle

    async def _exchange(
        self, request: web.Request, endpoint: Endpoint, make: MakeAnswer
    ) -> web.StreamResponse:
        number = next(self._numbers)
        exchange = Exchange(f"req_{number:06x}", caller_of(request), endpoint, time.time())
        try:
            answer = await make(request)
            exchange.model = answer.model
            exchange.decision = self._decide(exchange)
            return await self._respond(request, exchange, answer, number)
        except ConnectionError:
            return web.Response()  # the client has left; nobody reads this
        finally:
            self.truth.requests.append(exchange.as_truth(time.time()))

    def _decide(self, exchange: Exchange) -> Decision:
        decision = self._decider.decide(exchange.endpoint)
        keys = self._plan.api_keys
        if keys is not None and exchange.caller not in keys:
            return Decision(Kind.WRONG_KEY, decision.processing_s, 0.0)
        if exchange.endpoint is Endpoint.OTHER:
            return Decision(Kind.NO_ADDRESS, decision.processing_s, 0.0)
        return decision

    async def _respond(
        self, request: web.Request, exchange: Exchange, answer: EndpointAnswer, number: int
    ) -> web.StreamResponse:
        decision = exchange.decision
        await asyncio.sleep(_STALL_S if decision.kind is Kind.STALL else decision.processing_s)
        if decision.kind is Kind.RESET:
            return wire_format.cut(request)
        good = decision.kind is Kind.OK
        headers = wire_format.headers_of(exchange.request_id, decision, number)
        headers["Content-Type"] = answer.content_type if good else "application/json"
        response = web.StreamResponse(status=wire_format.status_of(decision.kind), headers=headers)
        refusal = once(lambda: wire_format.error_body(decision, exchange.model))
        await self._write(request, response, exchange, answer.chunks if good else refusal)
        return response

    async def _write(
        self,
        request: web.Request,
        response: web.StreamResponse,
        exchange: Exchange,
        chunks: Chunks,
    ) -> None:
        await response.prepare(request)
        async for chunk in chunks():
            await response.write(chunk)  # the headers travel with the first chunk
            if exchange.answered_at is None:
                exchange.answered_at = time.time()
        await response.write_eof()
        exchange.answered_at = exchange.answered_at or time.time()
        exchange.completed = True


async def _models(request: web.Request) -> EndpointAnswer:
    return endpoints.models(request.match_info.get("name"))

"""The one HTTP pool for all OpenAI calls of a process, and the times of every attempt.

    client = make_client(settings)            # openai.AsyncClient, given to STT, LLM and TTS
    await warm(client)                        # DNS, TCP and TLS before the first call needs them

Retries are LiveKit's alone (MAX_RETRIES, RETRY_INTERVAL in `session.conn_options`): the SDK's own
are switched off, else two retries on top of two would be nine attempts. Time-outs are ours for
every request, because the plugins for speech and transcription bring a fixed 30 s of their own.

Each attempt becomes an `openai call` line of the turn log of the call that made it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import openai

from tuner.lines.message_figures import endpoint
from tuner.livekit.request_times import RequestTimes, TimedBody, model_of
from tuner.settings.knob_table import Settings
from tuner.turn_log import writer

CALLS = ("chat", "transcription", "speech", "embeddings")
"""Endpoints that are calls; others (the list of models, made to warm up) are not reported."""

WARM_CONNECTIONS = 3
"""Transcription, chat and speech of one turn may overlap, so three are opened ahead."""

Report = Callable[[Mapping[str, Any]], None]
Send = Callable[..., Awaitable[httpx2.Response]]


def make_client(
    settings: Settings,
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    report: Report | None = None,
) -> openai.AsyncClient:
    """The SDK client over the pool; key and address default to OPENAI_API_KEY, OPENAI_BASE_URL.

    Raises:
        openai.OpenAIError: there is no key.
    """
    http = TimedClient(
        timeouts(settings), limits=limits(settings), follow_redirects=True, report=report
    )
    return openai.AsyncClient(api_key=api_key, base_url=base_url, http_client=http, max_retries=0)


def limits(settings: Settings) -> httpx2.Limits:
    """Settings of the pool, one a line."""
    keep = settings.http_max_keepalive
    return httpx2.Limits(
        max_connections=settings.http_max_connections,
        max_keepalive_connections=settings.http_max_connections if keep is None else keep,
        keepalive_expiry=settings.http_keepalive_expiry,
    )


def timeouts(settings: Settings) -> httpx2.Timeout:
    """Settings of the waits, one a line."""
    return httpx2.Timeout(
        connect=settings.http_connect_timeout,
        read=settings.http_timeout,
        write=settings.http_timeout,
        pool=settings.http_pool_timeout,
    )


async def warm(client: openai.AsyncClient, connections: int = WARM_CONNECTIONS) -> int:
    """Open connections that the first turn will use; returns how many were answered at all.

    Asks for the list of models, which costs no tokens. A refusal still leaves a connection open.
    """
    answers = await asyncio.gather(
        *(_connect(client) for _ in range(connections)), return_exceptions=True
    )
    return sum(answer is True for answer in answers)


async def _connect(client: openai.AsyncClient) -> bool:
    with contextlib.suppress(openai.APIStatusError):
        await client.models.list()
    return True


def time_calls(client: openai.AsyncClient, *, report: Report | None = None) -> openai.AsyncClient:
    """Let a client of your own write `openai call` lines; returns it, time-outs and all unchanged.

        client = time_calls(openai.AsyncClient())
        session = AgentSession(llm=openai.LLM(client=client), ...)
        tuner.turn_log.attach(session)

    The lines go to the turn log of the call that makes the request, or to `report`. A client that
    is timed already stays as it is.
    """
    http: Any = client._client  # the SDK has no other way to it
    if not isinstance(getattr(http.send, "__self__", http), CallTimer | TimedClient):
        http.send = CallTimer(http.send, report).send
    return client


class CallTimer:
    """Sends requests through `send` and reports the times of each that is a call."""

    def __init__(self, send: Send, report: Report | None = None) -> None:
        self._send = send
        self._report = report or _to_turn_log
        self._failures: WeakKeyDictionary[asyncio.Task[Any], dict[str, int]] = WeakKeyDictionary()

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send one attempt; the body may still be on its way when this returns."""
        name = endpoint(str(request.url))
        if name not in CALLS:
            return await self._send(request, **options)
        times = RequestTimes(name, model_of(request), self._attempt(name))
        request.extensions["trace"] = times.trace
        streaming = options.pop("stream", False)
        try:
            response = await self._send(request, stream=True, **options)
            times.answered(response)
            response.stream = TimedBody(response.stream, times, self._finish)
            if not streaming:
                await response.aread()
        except BaseException as error:
            self._finish(times, error)
            raise
        return response

    def _attempt(self, name: str) -> int:
        """1 for a first attempt; LiveKit repeats a failed one in the same task."""
        return 1 + self._failed_here().get(name, 0)

    def _failed_here(self) -> dict[str, int]:
        task = asyncio.current_task()
        return {} if task is None else self._failures.setdefault(task, {})

    def _finish(self, times: RequestTimes, error: BaseException | None = None) -> None:
        if times.reported:
            return
        times.reported = True
        good = error is None and times.status is not None and times.status < 400
        self._failed_here()[times.endpoint] = 0 if good else times.attempt
        self._report(times.fields(error))


class TimedClient(httpx2.AsyncClient):
    """An HTTP client that sets our time-outs on every request and reports its times."""

    def __init__(
        self,
        waits: httpx2.Timeout,
        *,
        limits: httpx2.Limits,
        follow_redirects: bool,
        report: Report | None = None,
    ) -> None:
        super().__init__(timeout=waits, limits=limits, follow_redirects=follow_redirects)
        self._waits = waits
        self._timer = CallTimer(super().send, report)

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send one attempt; the body may still be on its way when this returns."""
        request.extensions["timeout"] = self._waits.as_dict()
        return await self._timer.send(request, **options)


def _to_turn_log(fields: Mapping[str, Any]) -> None:
    if log := writer.current():
        log.openai_call(fields)

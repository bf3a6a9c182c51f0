"""One real call without a room: the product's own session, audio in and out, a local OpenAI."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livekit.agents.utils import http_context

from tuner.bench.callers.audio import AgentSpeaker, CallerMicrophone, Captions, connect
from tuner.bench.callers.caller import Caller, CallerStyle, Clip, SoundKind, SoundTruth, clips_of
from tuner.bench.latency import Fixed
from tuner.bench.model import Behaviour, Endpoint, Kind, Outcome, Reply, ReplyFor, ServerPlan
from tuner.bench.openai_server.server import BenchServer
from tuner.livekit.call import Call, make_call
from tuner.livekit.http_client import make_client, warm
from tuner.settings.knob_table import Settings

KEY = "sk-call-1-secret"
SHORT = "Yes, of course."
LONG = (
    "I have changed the delivery address for you, and you will get a message as soon as the "
    "driver is on the way."
)
SENTENCE = clips_of(SoundKind.SENTENCE)[0]
BARGE_IN = clips_of(SoundKind.BARGE_IN)[0]


def quick(**settings: Any) -> Settings:
    """Settings of a test call: no warm-up of an echo canceller that is not there, no greeting."""
    return Settings(**{"aec_warmup_duration": 0.0, "greeting": "", **settings})


def fixed(
    chat: float = 0.2, transcription: float = 0.15, speech: float = 0.1, **more: Any
) -> ServerPlan:
    """A server with fixed times, in seconds, that writes its whole answer at once."""
    times = {
        Endpoint.CHAT: chat,
        Endpoint.TRANSCRIPTION: transcription,
        Endpoint.SPEECH: speech,
    }
    behaviours = {endpoint: Behaviour(Fixed(seconds)) for endpoint, seconds in times.items()}
    return ServerPlan(behaviours | more.pop("behaviours", {}), tokens_per_s=1e6, **more)


def failing(endpoint: Endpoint, kind: Kind, times: int = 99) -> dict[Endpoint, Behaviour]:
    """An endpoint whose first requests go wrong."""
    script = (Outcome(kind, 0.01, 0.01),) * times
    return {endpoint: Behaviour(Fixed(0.05), script=script)}


@dataclass
class Rig:
    """A running call and both ends of it."""

    call: Call
    server: BenchServer
    caller: Caller
    microphone: CallerMicrophone
    speaker: AgentSpeaker
    log: Path

    def lines(self, message: str = "") -> list[dict[str, Any]]:
        """The turn log so far, all of it or one kind of line."""
        found = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in found if message in ("", line["message"])]

    async def say(self, clip: Clip = SENTENCE, transcript: str | None = None) -> SoundTruth:
        """Make a sound; returns when it is over."""
        made = self.caller.make(clip, clip.text if transcript is None else transcript)
        await asyncio.sleep(clip.duration_s)
        return made

    async def until(self, happened: Callable[[], bool], limit_s: float = 60.0) -> None:
        """Wait for something; fails when it does not come."""
        deadline = time.monotonic() + limit_s
        while not happened():
            assert time.monotonic() < deadline, "did not happen in time"
            await asyncio.sleep(0.02)

    async def heard(self, answers: int, limit_s: float = 60.0) -> None:
        """Wait until the agent has spoken so many times to the end."""
        await self.until(lambda: len(self.speaker.spoken) >= answers, limit_s)
        await asyncio.sleep(0.1)  # LiveKit hears of the end a moment later


def _replies(first: str) -> ReplyFor:
    texts = itertools.chain([first], itertools.repeat(SHORT))
    return lambda _: Reply(next(texts))


@asynccontextmanager
async def a_call(
    settings: Settings,
    plan: ServerPlan,
    log: Path,
    *,
    key: str = KEY,
    profile: str = "test",
    first_reply: str = SHORT,
    base_url: str = "",
) -> AsyncIterator[Rig]:
    """Serve, connect, start; everything is closed afterwards, the turn log first."""
    microphone, speaker = CallerMicrophone(), AgentSpeaker()
    caller = Caller(CallerStyle(), 1, microphone, speaker)
    server = BenchServer(
        plan, transcript_for=caller.transcript_for, reply_for=_replies(first_reply)
    )
    async with http_context.open(), server:
        client = make_client(settings, api_key=key, base_url=base_url or server.base_url)
        await warm(client)
        call = make_call(
            settings, client, profile=profile, turn_log=str(log), job_id="AJ_test", room="room"
        )
        speaker.start()
        together = connect(call.session, microphone, speaker, Captions())
        await call.start()
        try:
            yield Rig(call, server, caller, microphone, speaker, log)
        finally:
            await call.aclose()
            await together.aclose()
            await speaker.aclose()
            await client.close()

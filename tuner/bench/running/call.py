"""Takes one job (scenario, profile, number), holds the call, gives the truth of it.

The call is the library's own (`make_call`), as a job of LiveKit would start it; only the two ends
of the audio and the address of OpenAI are the bench's. Each call has a server of its own, so the
n-th answer takes as long under every profile: that is what makes profiles comparable.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable

import openai
from livekit.agents.utils import http_context

from tuner.bench.callers import sounds
from tuner.bench.callers.audio import (
    Captions,
    connect,
)
from tuner.bench.callers.caller import draw_asides, leaves_after
from tuner.bench.model import Asked, Reply
from tuner.bench.openai_server import silero_judge, wire_format
from tuner.bench.openai_server.server import BenchServer
from tuner.bench.openai_server.server_record import ServerTruth
from tuner.bench.running import call_logs
from tuner.bench.running.ends import Ends, make_ends
from tuner.bench.running.job import Answered, Ask, CallJob, CallTruth
from tuner.livekit.call import Call, make_call
from tuner.livekit.http_client import make_client, warm
from tuner.livekit.vad import make_vad
from tuner.settings.knob_table import Settings
from tuner.turn_log.writer import OFF

_LAST_TURN_S = 9.0  # a turn that begins later than this before the end could not be answered
_SILENCE_AT_END_S = 0.3
_CHARS_PER_S = 15.0
_TEXT = (
    "Yes, I can see your order here, it left our warehouse yesterday evening and it should "
    "reach you on Thursday before noon, and you will get a message as soon as the driver is on "
    "the way, so please make sure that somebody is at home, because the driver can not leave it "
    "at the door without a signature, and if that does not suit you we can find another day."
)


async def hold(job: CallJob) -> CallTruth:
    """Hold one call from the first ring to the end."""
    ends = await asyncio.to_thread(make_ends, job)
    server = BenchServer(
        job.scenario.plan(job.call_seed),
        reply_for=_reply_for(job, ends.asks),
        transcript_for=ends.caller.transcript_for,
        speak=wire_format.hum if ends.style.echo_db is None else sounds.voice_of,
        ears=silero_judge.silero,
    )
    call_logs.log_to(job.log, job.settings, job.job_id, f"room-{job.job_id}", job.layout)
    async with http_context.open(), server:
        began, ended, turns = await _converse(job, ends, server.base_url)
    return _truth(job, ends, server.truth, began, ended, turns)


def _reply_for(job: CallJob, asks: list[Ask]) -> Callable[[Asked], Reply]:
    """Answers of the length that the scenario asks for; what was asked is kept."""

    def reply_for(asked: Asked) -> Reply:
        rng = random.Random(f"{job.call_seed}:{asked.number}")
        text = _TEXT[: int(rng.uniform(*job.scenario.reply_s) * _CHARS_PER_S)]
        tokens = asked.prompt_tokens + len(text) // 4 + 1
        asks.append(Ask(time.time(), asked.user_texts, tokens))
        return Reply(text)

    return reply_for


async def _converse(job: CallJob, ends: Ends, base_url: str) -> tuple[float, float, int]:
    """Start the agent, let the caller talk; when it began and ended, and the turns closed."""
    client = await asyncio.to_thread(_client, job.settings, base_url)  # certificates: 30 ms
    vad = await asyncio.to_thread(make_vad, job.settings)
    await warm(client)
    call = make_call(
        job.settings,
        client,
        profile=job.profile,
        vad=vad,
        turn_log=OFF if job.settings.turn_log == OFF else job.log or OFF,
        job_id=job.job_id,
        room=f"room-{job.job_id}",
    )
    ends.speaker.start()
    together = connect(call.session, ends.microphone, ends.speaker, Captions())
    try:
        await call.start()
        began = time.time()
        await _talk(job, ends)
        ended = time.time()
        ends.microphone.close()
        await call.aclose()  # a turn that was open is closed by this, and counts
        return began, ended, _user_turns(call)
    finally:
        ends.microphone.close()
        await call.aclose()
        await together.aclose()
        await ends.speaker.aclose()
        await client.close()


def _client(settings: Settings, base_url: str) -> openai.AsyncClient:
    return make_client(settings, api_key="sk-bench", base_url=base_url)


async def _talk(job: CallJob, ends: Ends) -> None:
    seconds = job.scenario.seconds
    while ends.microphone.started_at is None:
        await asyncio.sleep(0.01)
    ends.caller.place(draw_asides(ends.style, job.call_seed, seconds))
    limit = leaves_after(ends.style, job.call_seed, seconds) or seconds
    talk = asyncio.create_task(ends.caller.run(max(0.1, seconds - _LAST_TURN_S)))
    await asyncio.wait([talk], timeout=limit)
    talk.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await talk
    await asyncio.sleep(_SILENCE_AT_END_S)


def _user_turns(call: Call) -> int:
    return sum(
        item.type == "message" and item.role == "user" for item in call.session.history.items
    )


def _truth(
    job: CallJob, ends: Ends, server: ServerTruth, began: float, ended: float, turns: int
) -> CallTruth:
    realtime = job.settings.agent_mode == "realtime"
    return CallTruth(
        scenario=job.scenario.name,
        profile=job.profile,
        number=job.number,
        job_id=job.job_id,
        realtime=realtime,
        turn_log=job.settings.turn_log != OFF,
        began=began,
        ended=ended,
        sounds=tuple(ends.caller.truth),
        moments=tuple(ends.speaker.moments),
        asks=tuple(ends.asks),
        answered=tuple(
            Answered(
                r.request_id,
                str(r.endpoint),
                r.status,
                r.processing_ms,
                r.completed,
                r.finished_at - (r.answered_at or r.finished_at),
            )
            for r in server.answered_calls()
        ),
        given_up=len(server.unanswered()),
        tokens=sum(r.tokens for r in server.responses)
        + sum(a.tokens for a in ends.asks if not realtime),
        user_turns=turns,
    )

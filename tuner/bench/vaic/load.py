"""Many calls at a time against one address; each speaks and waits for answers until time is up."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial

import aiohttp
import numpy as np

from tuner.bench.callers.sounds import SAMPLE_RATE, SoundKind, clips_of, resample
from tuner.bench.vaic import wire
from tuner.bench.vaic.call import HeardAudio, VaicCall

_ANSWER_S = 15.0
_GREETING_S = 3.0
_BETWEEN_S = (0.3, 0.9)
_DIALS_PER_S = 10.0


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What to do. `seconds` counts from the first dial; `token` may be empty."""

    url: str
    calls: int
    seconds: float
    token: str = ""
    formats: tuple[str, ...] = tuple(wire.FORMATS)
    seed: int = 0


@dataclass(slots=True)
class CallResult:
    """What one call saw. Times are seconds of one clock."""

    number: int
    setup_s: float | None = None
    """From dialling to an open line."""
    waits_s: list[float] = field(default_factory=list)
    """From the last sample of the caller's speech to the first sound of the answer."""
    unanswered: int = 0
    heard: HeardAudio = field(default_factory=HeardAudio)
    problem: str = ""


async def run(plan: LoadPlan, done: Callable[[int], object] = lambda _: None) -> list[CallResult]:
    """Hold all calls; `done` is called with how many have ended."""
    results = [CallResult(number) for number in range(plan.calls)]
    ends_at = time.monotonic() + plan.seconds
    ended = 0

    async def hold(result: CallResult) -> None:
        nonlocal ended
        await asyncio.sleep(result.number / _DIALS_PER_S)
        await _hold(http, plan, result, ends_at)
        ended += 1
        done(ended)

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        await asyncio.gather(*map(hold, results))
    return results


async def server_figures(url: str) -> dict[str, object] | None:
    """What the server's own `/health` says; None when it has none."""
    at = url.replace("ws", "http", 1) if url.startswith("ws") else url
    health = at.rsplit("/", 1)[0] + "/health"
    try:
        async with aiohttp.ClientSession() as http, http.get(health) as answer:
            figures = await answer.json()
    except (aiohttp.ClientError, ValueError):
        return None
    return figures if isinstance(figures, dict) and "latency_ms" in figures else None


async def _hold(
    http: aiohttp.ClientSession, plan: LoadPlan, result: CallResult, ends_at: float
) -> None:
    name = f"latency-{plan.seed}-{result.number}-{time.time_ns():x}"
    call = VaicCall(http, plan.url, name, token=plan.token, formats=plan.formats)
    result.heard = call.heard
    began = time.monotonic()
    try:
        await call.dial()
        result.setup_s = time.monotonic() - began
        await _converse(call, result, random.Random(f"{plan.seed}:{result.number}"), ends_at)
    except (ConnectionError, aiohttp.ClientError) as error:
        result.problem = str(error) or type(error).__name__
    finally:
        await call.hang_up()


async def _converse(call: VaicCall, result: CallResult, rng: random.Random, ends_at: float) -> None:
    await call.until(lambda: bool(call.heard.streams), _GREETING_S)
    await call.until(lambda: _quiet(call), _ANSWER_S)
    sentences = _sentences(call.rate)
    while time.monotonic() < ends_at and not call.heard.hung_up:
        await asyncio.sleep(rng.uniform(*_BETWEEN_S))
        before = len(call.heard.streams)
        stopped = await call.say(rng.choice(sentences))
        if await call.until(partial(_sounds, call, before), _ANSWER_S):
            if call.heard.hung_up:
                break
            result.waits_s.append(call.heard.streams[before].chunks_at[0] - stopped)
            await call.until(lambda: _quiet(call), 2 * _ANSWER_S)
        else:
            result.unanswered += 1
    if call.heard.hung_up:
        result.problem = call.heard.refused or "the bot ended the call"


def _sounds(call: VaicCall, number: int) -> bool:
    streams = call.heard.streams
    return call.heard.hung_up or (len(streams) > number and bool(streams[number].chunks_at))


def _quiet(call: VaicCall) -> bool:
    return call.heard.hung_up or all(one.stopped_at is not None for one in call.heard.streams)


@lru_cache
def _sentences(rate: int) -> list[bytes]:
    """Recorded sentences at a sample rate (Hz)."""
    return [
        np.clip(resample(clip.samples.astype(float), SAMPLE_RATE, rate), -32768, 32767)
        .astype(np.int16)
        .tobytes()
        for clip in clips_of(SoundKind.SENTENCE)
    ]

"""Both ends of an AudioCodes call without a server: the caller's stream, and the agent's words."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest

pytest.importorskip("livekit.agents")

from livekit import rtc
from livekit.agents.voice import io
from livekit.agents.voice.transcription import TranscriptSynchronizer
from livekit.agents.voice.transcription._speaking_rate import SpeakingRateStream

from agent.audiocodes.agent_audio import AgentAudio
from agent.audiocodes.caller_audio import CallerStream
from agent.audiocodes.counts import Counts
from agent.audiocodes.latency import PathLatency
from agent.audiocodes.media import PCM_24
from agent.audiocodes.sound import take_rate_cheaply
from agent.audiocodes.speaking_rate import spectral_flux

THEIRS = SpeakingRateStream._spectral_flux
"""Before ours takes its place."""


@pytest.mark.asyncio
async def test_two_seconds_of_silence_follow_the_callers_last_chunk_and_then_nothing() -> None:
    caller = CallerStream(24_000, PathLatency(time.monotonic, slow_s=10.0), Counts())
    speech = b"\1\0" * 480
    for _ in range(3):
        caller.push(speech, time.monotonic())
        assert bytes((await anext(caller)).data) == speech
    for _ in range(100):
        assert not any((await anext(caller)).data)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(caller), 0.3)
    caller.push(speech, time.monotonic())
    assert bytes((await anext(caller)).data) == speech
    assert not any((await anext(caller)).data), "and again after more speech"
    caller.close()
    with pytest.raises(StopAsyncIteration):
        await anext(caller)


def frame(seconds: float = 0.1) -> rtc.AudioFrame:
    samples = int(24_000 * seconds)
    return rtc.AudioFrame(bytes(2 * samples), 24_000, 1, samples)


@pytest.mark.asyncio
async def test_when_nobody_hears_it_any_more_an_answer_ends_at_once() -> None:
    """The session waits for its end before it closes, and would wait for ever."""
    latency = PathLatency(time.monotonic, slow_s=10.0)
    agent = AgentAudio(PCM_24, 0.1, 0.02, latency, Counts())
    await agent.capture_frame(frame())
    agent.flush()
    agent.end()
    assert (await asyncio.wait_for(agent.wait_for_playout(), 5)).interrupted
    await agent.capture_frame(frame())
    agent.flush()
    assert (await asyncio.wait_for(agent.wait_for_playout(), 5)).playback_position == 0.0


@pytest.mark.asyncio
async def test_the_speaking_rate_is_taken_seldom_and_ends_with_the_answer() -> None:
    together = TranscriptSynchronizer(next_in_chain_audio=FakeOutput(), next_in_chain_text=None)
    take_rate_cheaply(together)
    rates = together._opts.speaking_rate_detector.stream()
    loud = np.random.default_rng(1).normal(0, 3000, 48_000).astype("<i2").tobytes()
    rates.push_frame(rtc.AudioFrame(loud, 24_000, 1, 48_000))
    rates.end_input()
    times = [event.timestamp async for event in rates]
    assert times[:3] == [0.5, 1.0, 1.5]
    await together.aclose()


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.025, 0.03, 0.6, 1.0])
def test_the_speaking_rate_is_livekits(seconds: float) -> None:
    loud = np.random.default_rng(1).normal(0.0, 0.1, int(24_000 * seconds)).astype(np.float32)
    stream = SpeakingRateStream.__new__(SpeakingRateStream)
    if seconds < 0.025:  # LiveKit divides by a negative number of windows
        assert spectral_flux(loud, 24_000) == 0.0
    else:
        assert spectral_flux(loud, 24_000) == pytest.approx(THEIRS(stream, loud, 24_000), rel=1e-5)


class FakeOutput(io.AudioOutput):
    """Plays nothing."""

    def __init__(self) -> None:
        super().__init__(label="none", capabilities=io.AudioOutputCapabilities(pause=True))

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """It is dropped."""

    def flush(self) -> None:
        """Nothing waits."""

    def clear_buffer(self) -> None:
        """Nothing waits."""

"""Voice detection that is fed in windows finds what LiveKit's own stream finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("livekit.local_inference")

from livekit import local_inference, rtc
from livekit.agents import inference

from agent.audiocodes.detection import listen_in_windows
from agent.audiocodes.resampler import Resampler
from tuner.livekit.wav import read_wav

CLIP = Path(__file__).parent.parent / "tuner/bench/callers/clips/sentence-00.wav"


def sentence() -> bytes:
    """A sentence at 24 kHz between two halves of a second of silence."""
    pcm, rate = read_wav(CLIP)
    samples = Resampler(rate, 24_000).push(np.frombuffer(pcm, np.int16))
    return bytes(24_000) + samples.tobytes() + bytes(48_000)


async def found(*, windows: bool, rate: int = 24_000, again: bool = False) -> list[tuple[str, int]]:
    """Each event with its window; the probability stands in for its kind where there is one."""
    local_inference.init_vad()
    vad = inference.VAD()
    if windows:
        listen_in_windows(vad)
    stream, audio = vad.stream(), sentence()
    for _ in range(1 + again):
        for at in range(0, len(audio) - 959, 960):
            stream.push_frame(rtc.AudioFrame(audio[at : at + 960], rate, 1, 480))
        stream.flush()
    stream.end_input()
    events = [(event.type.value, event.samples_index // 512) async for event in stream]
    await stream.aclose()
    return events


@pytest.mark.asyncio
async def test_it_finds_the_same_speech_in_the_same_windows() -> None:
    ours, theirs = await found(windows=True), await found(windows=False)
    kinds = [kind for kind, _ in theirs if kind != "inference_done"]
    assert kinds == ["start_of_speech", "end_of_speech"]
    for kind, window in theirs:
        if kind != "inference_done":
            assert any(abs(window - at) <= 1 for what, at in ours if what == kind), kind
    assert [kind for kind, _ in ours if kind != "inference_done"] == kinds
    assert abs(len(ours) - len(theirs)) <= 1


@pytest.mark.asyncio
async def test_it_begins_anew_after_a_flush() -> None:
    once, twice = await found(windows=True), await found(windows=True, again=True)
    assert twice == once + once


@pytest.mark.asyncio
async def test_audio_at_the_rate_of_the_model_is_handed_on_as_it_comes() -> None:
    assert await found(windows=True, rate=16_000) == await found(windows=False, rate=16_000)

"""The two ends of a call without a room, and the callers who use them."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("livekit.agents")
pytest.importorskip("livekit.plugins.openai")

import openai
from livekit import rtc
from livekit.agents import Agent, inference
from livekit.plugins import openai as lk_openai

from tuner.bench.callers import sounds
from tuner.bench.callers.audio import FRAME_S, AgentSpeaker, CallerMicrophone, Captions, connect
from tuner.bench.callers.caller import (
    Caller,
    CallerStyle,
    Overlap,
    SoundTruth,
    draw_turns,
    words_between,
)
from tuner.bench.callers.sounds import SoundKind, background, clips, clips_of
from tuner.bench.latency import Fixed
from tuner.bench.model import Behaviour, Endpoint, Heard, Reply, ServerPlan
from tuner.bench.openai_server.server import BenchServer
from tuner.livekit.live_session import LiveSession

RATE = 24_000


def tone(seconds: float, peak: int = 8000) -> sounds.Samples:
    wave = np.sin(np.arange(int(seconds * RATE)) * 2 * np.pi * 220 / RATE)
    return (wave * peak).astype(np.int16)


def frame(seconds: float) -> rtc.AudioFrame:
    samples = tone(seconds)
    return rtc.AudioFrame(samples.tobytes(), RATE, 1, len(samples))


async def frames(microphone: CallerMicrophone, count: int) -> sounds.Samples:
    parts = [np.frombuffer((await anext(microphone)).data, dtype=np.int16) for _ in range(count)]
    return np.concatenate(parts)


async def happens(condition: Callable[[], object], limit_s: float = 8.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.02)


# --- the microphone ---------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_the_microphone_runs_at_the_speed_of_real_time() -> None:
    microphone = CallerMicrophone()
    before = time.monotonic()
    heard = await frames(microphone, 8)
    assert time.monotonic() - before >= 8 * FRAME_S - 0.005
    assert microphone.position_s == pytest.approx(8 * FRAME_S)
    assert not heard.any()
    microphone.close()
    with pytest.raises(StopAsyncIteration):
        await anext(microphone)


@pytest.mark.asyncio
async def test_sounds_stand_where_they_were_placed_and_add_up_without_wrapping() -> None:
    microphone = CallerMicrophone()
    loud = tone(0.05, 30_000)
    assert microphone.place(loud, 0.1) == pytest.approx(0.1)
    assert microphone.place(loud, 0.1) == pytest.approx(0.1)
    heard = await frames(microphone, 4)
    assert not heard[: RATE // 10].any()
    assert heard[RATE // 10 : RATE // 10 + len(loud)].max() == 32_767
    assert np.sign(heard[RATE // 10 + 1]) == np.sign(loud[1])
    assert microphone.place(loud, 0.0) == pytest.approx(0.2)  # the past means now


@pytest.mark.asyncio
async def test_audio_that_comes_back_is_found_where_it_was_sent() -> None:
    microphone = CallerMicrophone(background(15.0, seed=1))
    microphone.place(clips_of(SoundKind.BACKCHANNEL)[0].samples, 0.1)
    await frames(microphone, 12)
    piece = bytes(microphone.sent[4_801 * 2 : 12_000 * 2])
    assert microphone.find(piece) == pytest.approx(4_801 / RATE)
    assert microphone.find(tone(0.3).tobytes()) is None


def test_room_noise_lies_as_far_below_speech_as_asked() -> None:
    speech = np.concatenate([clip.samples for clip in clips_of(SoundKind.SENTENCE)])
    noise = background(12.0, seed=2)
    ratio = np.mean(speech.astype(float) ** 2) / np.mean(noise.astype(float) ** 2)
    assert 10 * np.log10(ratio) == pytest.approx(12.0, abs=0.2)


# --- the speaker ------------------------------------------------------------------------------


@asynccontextmanager
async def playing(**options: Any) -> AsyncIterator[tuple[AgentSpeaker, list[Any]]]:
    speaker = AgentSpeaker(**options)
    finished: list[Any] = []
    speaker.on("playback_finished", finished.append)
    speaker.start()
    yield speaker, finished
    await speaker.aclose()


@pytest.mark.asyncio
async def test_the_speaker_plays_at_real_time_and_finishes_once() -> None:
    heard: list[bool] = []
    async with playing(on_audible=heard.append) as (speaker, finished):
        before = time.monotonic()
        await speaker.capture_frame(frame(0.2))
        await speaker.capture_frame(frame(0.2))
        speaker.flush()
        await speaker.wait_for_playout()
        took = time.monotonic() - before
        await asyncio.sleep(0.1)
    assert took >= 0.38
    assert [(e.playback_position, e.interrupted) for e in finished] == [(pytest.approx(0.4), False)]
    assert heard == [True, False]
    assert speaker.spoken[0].played_s == pytest.approx(0.4)


@pytest.mark.asyncio
async def test_a_pause_holds_the_audio_and_is_not_counted_as_played() -> None:
    async with playing() as (speaker, finished):
        await speaker.capture_frame(frame(0.4))
        speaker.flush()
        await happens(lambda: speaker.audible)
        speaker.pause()
        before = time.monotonic()
        await asyncio.sleep(0.5)
        assert not finished
        assert not speaker.audible
        speaker.resume()
        held_s = time.monotonic() - before
        await speaker.wait_for_playout()
    assert finished[0].playback_position == pytest.approx(0.4)
    assert 0 < speaker.spoken[0].paused_s <= held_s + 0.06


@pytest.mark.asyncio
@pytest.mark.parametrize("then", ["cut", "hold"])
async def test_what_resumes_and_stops_again_at_once_has_resumed(then: str) -> None:
    async with playing() as (speaker, _):
        await speaker.capture_frame(frame(2.0))
        speaker.flush()
        await happens(lambda: speaker.audible)
        speaker.pause()
        await asyncio.sleep(0.1)
        speaker.resume()
        if then == "cut":
            speaker.clear_buffer()
        else:
            speaker.pause()
        speaker.resume()  # LiveKit releases the output once a reply was cut
        await asyncio.sleep(0.1)
    what = [moment.what for moment in speaker.moments]
    assert what == ["start", "hold", "go_on", then] + ["go_on"] * (then == "hold")


@pytest.mark.asyncio
@pytest.mark.parametrize("flushed_first", [True, False])
async def test_an_interruption_reports_what_was_played(flushed_first: bool) -> None:
    async with playing() as (speaker, finished):
        await speaker.capture_frame(frame(2.0))
        if flushed_first:
            speaker.flush()
        await happens(lambda: speaker.audible)
        await asyncio.sleep(0.3)
        speaker.clear_buffer()
        played_s = time.time() - speaker.moments[0].at
        assert not speaker.audible
        if not flushed_first:
            await speaker.capture_frame(frame(1.0))  # still on its way when it was cut
            speaker.flush()
        await speaker.wait_for_playout()
        await speaker.capture_frame(frame(0.1))
        speaker.flush()
        await speaker.wait_for_playout()
    assert [event.interrupted for event in finished] == [True, False]
    assert 0 < finished[0].playback_position <= played_s + 0.08


# --- the callers ------------------------------------------------------------------------------


def test_the_clips_are_small_and_complete() -> None:
    folder = Path(sounds.__file__).parent / "clips"
    assert {path.name for path in folder.glob("*.wav")} == {clip.name for clip in clips()}
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1.5e6
    made = {SoundKind.COUGH, SoundKind.BYSTANDER}
    assert {clip.kind for clip in clips()} == set(SoundKind) - made
    assert len(clips_of(SoundKind.PHRASE)) % 2 == 0
    for clip in clips():
        assert 0.3 < clip.duration_s < 4.0
        assert clip.text


def test_turns_repeat_with_their_seed_and_follow_the_style() -> None:
    style = CallerStyle(pause_chance=0.5, backchannel_chance=0.4, cough_chance=0.2)

    def first(seed: int) -> list[object]:
        turns = itertools.islice(draw_turns(style, seed), 400)
        return [(t.parts, t.pause_s, t.think_s, t.overlap and t.overlap.after_s) for t in turns]

    assert first(1) == first(1)
    assert first(1) != first(2)
    turns = list(itertools.islice(draw_turns(style, 3), 400))
    assert sum(len(turn.parts) == 2 for turn in turns) == pytest.approx(200, abs=40)
    kinds = [turn.overlap.clip.kind for turn in turns if turn.overlap]
    assert kinds.count(SoundKind.BACKCHANNEL) == pytest.approx(160, abs=40)
    assert kinds.count(SoundKind.COUGH) == pytest.approx(80, abs=30)
    assert all(0.6 <= turn.pause_s <= 1.6 for turn in turns)


def sound_at(start: float, end: float, text: str) -> SoundTruth:
    return SoundTruth(SoundKind.SENTENCE, text, text, start, end, 0.0, False)


def test_a_transcript_holds_the_words_that_lie_in_the_audio() -> None:
    truth = [sound_at(3.0, 4.0, "five six"), sound_at(0.0, 2.0, "one two three four")]
    assert words_between(truth, 0.0, 5.0) == "one two three four five six"
    assert words_between(truth, 0.0, 0.5) == "one"
    assert words_between(truth, 1.5, 3.2) == "four"
    assert words_between(truth, 2.0, 3.0) == ""


@pytest.mark.asyncio
async def test_a_caller_pauses_within_a_sentence_and_knows_what_was_said() -> None:
    microphone, speaker = CallerMicrophone(), AgentSpeaker()
    caller = Caller(CallerStyle(pause_chance=1.0, pause_s=(0.6, 0.6)), 5, microphone, speaker)
    turn = next(draw_turns(CallerStyle(pause_chance=1.0, pause_s=(0.6, 0.6)), 5))

    async def listen() -> None:
        async for _ in microphone:
            pass

    listening = asyncio.create_task(listen())
    await caller.say(turn)
    cough = caller.make(sounds.cough(random.Random(1)), "")
    await asyncio.sleep(cough.ends_s - cough.starts_s + 0.1)
    microphone.close()
    await listening
    begin, end = caller.truth[:2]
    assert end.starts_s - begin.ends_s == pytest.approx(0.6, abs=0.01)
    assert (begin.mid_sentence, end.mid_sentence) == (True, False)

    def heard(start_s: float, end_s: float) -> str:
        pcm = bytes(microphone.sent[int(start_s * RATE) * 2 : int(end_s * RATE) * 2])
        return caller.transcript_for(Heard("call-1", pcm, RATE))

    assert heard(begin.starts_s, begin.ends_s + 0.2) == begin.text
    assert heard(begin.starts_s, end.ends_s) == f"{begin.text} {end.text}"
    assert heard(cough.starts_s, cough.ends_s) == ""


# --- all of it, with LiveKit --------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_back_channel_pauses_the_agent_which_then_goes_on() -> None:
    plan = ServerPlan({name: Behaviour(Fixed(0.05)) for name in Endpoint})
    microphone, speaker, captions = CallerMicrophone(), AgentSpeaker(), Captions()
    caller = Caller(CallerStyle(), 1, microphone, speaker)
    story = "I have found your order for you today."
    false_ones: list[bool] = []
    async with BenchServer(
        plan, reply_for=lambda _: Reply(story), transcript_for=caller.transcript_for
    ) as server:
        client = openai.AsyncClient(base_url=server.base_url, api_key="call-1", max_retries=0)
        session: LiveSession[None] = LiveSession(
            stt=lk_openai.STT(model="gpt-transcribe", client=client),
            llm=lk_openai.LLM(model="gpt-4o-mini", client=client),
            tts=lk_openai.TTS(model="gpt-4o-mini-tts", response_format="pcm", client=client),
            vad=inference.VAD(model="silero"),
            turn_handling={
                "turn_detection": "vad",
                "interruption": {
                    "mode": "vad",
                    "min_duration": 0.2,
                    "false_interruption_timeout": 0.5,
                },
            },
            aec_warmup_duration=None,
        )
        session.on("agent_false_interruption", lambda event: false_ones.append(event.resumed))
        synchroniser = connect(session, microphone, speaker, captions)
        speaker.start()
        await session.start(Agent(instructions="Be kind."))
        question = clips_of(SoundKind.SENTENCE)[1]
        caller.make(question, question.text, 0.3)
        await happens(lambda: speaker.audible)
        await asyncio.sleep(0.5)
        yeah = Overlap(clips_of(SoundKind.BACKCHANNEL)[3], 0.0, "")
        caller.make(yeah.clip, yeah.transcript)
        await happens(lambda: false_ones)
        await happens(lambda: speaker.spoken)
        await session.aclose()
        await synchroniser.aclose()
        await speaker.aclose()
        await client.close()
    assert false_ones == [True]
    assert not speaker.spoken[0].interrupted
    assert speaker.spoken[0].paused_s > 0.5
    assert [h.text for h in server.truth.heard] == [question.text, ""]
    assert server.truth.by_endpoint() == {"transcription": 2, "chat": 1, "speech": 1}
    assert "".join(captions.texts).split() == story.split()

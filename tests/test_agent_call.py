"""Whole calls over real audio with the real voice detection, against the local OpenAI."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from openai import AsyncClient

from tests.agent_rig import BARGE_IN, KEY, LONG, SENTENCE, SHORT, Rig, a_call, fixed, quick
from tuner.bench.callers.caller import SoundKind, clips_of
from tuner.bench.model import ServerPlan

pytestmark = pytest.mark.asyncio

MM_HM = clips_of(SoundKind.BACKCHANNEL)[0]
REALTIME: dict[str, Any] = {
    "agent_mode": "realtime",
    "turn_detection": "realtime_llm",
    "realtime_turn_detection": "server_vad",
}


async def turns(rig: Rig, count: int) -> list[float]:
    """Talk so many turns; the waits from the end of the clip to the first sound, in seconds."""
    waits = []
    for _ in range(count):
        before = len(rig.speaker.spoken)
        said = await rig.say()
        await rig.heard(before + 1)
        ended = said.at + SENTENCE.duration_s
        waits.append(rig.speaker.spoken[before].started_at - ended)
    return waits


async def sdk_alone(url: str, served_s: float) -> float:
    """Seconds that model and speech take with nothing but OpenAI's client, beyond the served ones.

    That is what this machine adds at this moment to the same requests without an agent: the median
    of four.
    """
    over = []
    async with AsyncClient(api_key=KEY, base_url=url) as client:
        for _ in range(4):
            began = time.perf_counter()
            async with await client.chat.completions.create(
                model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello."}], stream=True
            ) as words:
                await anext(aiter(words))
            async with client.audio.speech.with_streaming_response.create(
                model="gpt-4o-mini-tts", voice="ash", input=SHORT, response_format="pcm"
            ) as sound:
                await anext(sound.iter_bytes())
            over.append(time.perf_counter() - began - served_s)
    return median(over)


async def test_an_answer_comes_within_50_ms_of_what_the_settings_allow(tmp_path: Path) -> None:
    """Floor: max(VAD silence + transcription, delay) + model + speech; and the log tells it.

    A busy machine only ever adds to a wait, so the best of three rounds is what the agent adds. On
    a machine that is never quiet, a turn has to stay within twice what the client alone adds.
    """

    async def talk(delay: float) -> None:
        settings = quick(min_endpointing_delay=delay, preemptive_generation=False)
        floor = max(settings.vad_min_silence_duration + 0.15, delay) + 0.2 + 0.1
        heard: list[float] = []
        rounds: list[bool] = []
        async with a_call(settings, fixed(0.2, 0.15, 0.1), tmp_path / str(delay)) as rig:
            while len(rounds) < 3 and not any(rounds):
                alone = asyncio.create_task(sdk_alone(rig.server.base_url, 0.2 + 0.1))
                heard += await turns(rig, 4)
                over = [wait - floor for wait in waits(rig)[-4:]]
                assert median(over) >= 0.0
                rounds.append(median(over) <= 0.05 or min(over) <= 2 * await alone)
        assert any(rounds)
        # our detection may hear the end of a clip a little before or after the file ends
        assert median(waits(rig)) == pytest.approx(median(heard), abs=0.15)
        assert len(rig.lines()) == 2 + 4 * len(heard), "three requests and the turn"
        assert all(len(line) < 4096 for line in rig.log.read_text().splitlines())

    def waits(rig: Rig) -> list[float]:
        return [line["e2e_latency"] for line in rig.lines("turn")]

    async with asyncio.TaskGroup() as together:
        for delay in (0.5, 0.9):
            together.create_task(talk(delay))


async def test_the_threshold_follows_who_has_the_floor(tmp_path: Path) -> None:
    """The same words stop an agent that is easy to interrupt, and not one that is hard to."""

    async def stopped(threshold: float) -> tuple[bool, int]:
        settings = quick(interruption_threshold=threshold)
        async with a_call(settings, fixed(), tmp_path / f"{threshold}", first_reply=LONG) as rig:
            await rig.say()
            await rig.until(lambda: rig.speaker.audible)
            await asyncio.sleep(0.5)
            await rig.say(BARGE_IN)
            await rig.heard(1)
            first = rig.speaker.spoken[0]
            if not first.interrupted:  # and now the caller has the floor again
                await rig.say()
                await rig.until(lambda: rig.speaker.audible)
        return first.interrupted, len(rig.lines("turn"))

    easy, hard = await asyncio.gather(stopped(0.5), stopped(1.0))
    assert easy == (True, 2)
    assert hard == (False, 2)


async def what_happened_is_what_tuner_counts(tmp_path: Path) -> None:
    from tuner import pipeline

    log = tmp_path / "log.jsonl"
    settings = quick(
        interruption_threshold=0.5, min_interruption_duration=0.3, false_interruption_timeout=1.0
    )
    async with a_call(settings, fixed(), log, first_reply=LONG, profile="noisy") as rig:
        await rig.say()
        await rig.until(lambda: rig.speaker.audible)
        await asyncio.sleep(0.6)
        await rig.say(MM_HM, transcript="")  # a sound that is no turn: the agent goes on
        await rig.until(lambda: len(rig.lines("interruption")) == 1)
        await asyncio.sleep(0.6)
        await rig.say(BARGE_IN)
        await rig.until(lambda: len(rig.lines("turn")) == 1)
        await rig.heard(2, 30.0)
        truth = rig.server.truth
    report = pipeline.analyze([str(log)])

    assert report.current.name == "noisy"
    assert report.exposure.calls == 1
    assert report.exposure.turns == 2
    assert report.signals["false_interruptions"].count == 1
    assert report.signals["interruptions"].more["real"] == 1
    assert report.signals["openai_calls"].count == len(truth.answered_calls())
    by_endpoint = report.signals["openai_calls"].more["by_endpoint"]
    assert {name: one["count"] for name, one in by_endpoint.items()} == truth.by_endpoint()
    false = rig.lines("interruption")[0]
    pause = rig.speaker.spoken[0].paused_s
    assert false["dead_air"] <= pause + 0.05


async def test_a_first_call_is_no_slower_than_a_third(tmp_path: Path) -> None:
    async def three(repeat: int) -> list[float]:
        waits = []
        for number in range(3):
            async with a_call(quick(), fixed(), tmp_path / f"{repeat}-{number}") as rig:
                said = await rig.say()
                await rig.until(lambda: rig.speaker.audible)
                waits.append(time.time() - said.at - SENTENCE.duration_s)
        return waits

    async def later(repeat: int) -> float:
        """Seconds by which the first call answers later than the third: three side by side."""
        calls = await asyncio.gather(*(three(3 * repeat + number) for number in range(3)))
        firsts, _, thirds = zip(*calls, strict=True)
        return float(median(firsts) - median(thirds))

    # a busy machine delays any of them, a cold start the first each time
    for repeat in range(3):
        if (late := await later(repeat)) <= 0.05:
            return
    pytest.fail(f"the first call answers {1000 * late:.0f} ms later than the third")


async def a_realtime_call(tmp_path: Path) -> None:
    settings = quick(**REALTIME, greeting="Hello.", realtime_silence_duration_ms=200)
    async with a_call(settings, ServerPlan(), tmp_path / "log", first_reply=LONG) as rig:
        await rig.heard(1)
        await rig.say()
        await rig.until(lambda: rig.speaker.audible)
        await asyncio.sleep(0.5)
        await rig.say(BARGE_IN)
        await rig.heard(3, 30.0)
        sent = rig.server.truth.frames_of("session.update")
    asked = sent[0].event["session"]
    assert asked["model"] == settings.realtime_model
    assert asked["audio"]["input"]["transcription"]["model"] == "gpt-transcribe"
    assert asked["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 200
    first, second = rig.lines("turn")
    assert (first["interrupted"], second["interrupted"]) == (True, False)
    assert 0 < first["llm_ttft"] < first["e2e_latency"] < 3
    assert [line["outcome"] for line in rig.lines("interruption")] == ["real"]
    assert rig.lines("session ended")[0]["turns"] == 2


async def streaming_transcription(tmp_path: Path) -> None:
    settings = quick(stt_realtime=True)
    async with a_call(settings, fixed(), tmp_path / "log") as rig:
        await turns(rig, 1)
        used = rig.server.truth.by_endpoint()
    assert "transcription" not in used
    assert len(rig.lines("turn")) == 1


async def a_greeting_is_said_without_asking_the_model(tmp_path: Path) -> None:
    async with a_call(quick(greeting="Good morning."), fixed(), tmp_path / "log") as rig:
        await rig.heard(1)
        assert rig.server.truth.by_endpoint() == {"speech": 1}
    assert rig.lines("turn") == []


KINDS = (
    what_happened_is_what_tuner_counts,
    a_realtime_call,
    streaming_transcription,
    a_greeting_is_said_without_asking_the_model,
)


async def test_calls_of_every_kind_at_once(tmp_path: Path) -> None:
    """Side by side, because a call takes as long as people talk."""
    for kind in KINDS:
        (tmp_path / kind.__name__).mkdir()
    async with asyncio.TaskGroup() as together:
        for kind in KINDS:
            together.create_task(kind(tmp_path / kind.__name__))

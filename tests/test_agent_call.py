"""Whole calls over real audio with the real voice detection, against the local OpenAI."""

from __future__ import annotations

import asyncio
from pathlib import Path
from statistics import median
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from tests.agent_rig import BARGE_IN, LONG, SENTENCE, Rig, a_call, fixed, quick
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


async def test_an_answer_takes_at_least_what_the_settings_and_models_take(tmp_path: Path) -> None:
    """Floor: max(VAD silence + transcription, delay) + model + speech; the log has every turn."""

    async def talk(delay: float) -> None:
        settings = quick(min_endpointing_delay=delay, preemptive_generation=False)
        floor = max(settings.vad_min_silence_duration + 0.15, delay) + 0.2 + 0.1
        async with a_call(settings, fixed(0.2, 0.15, 0.1), tmp_path / str(delay)) as rig:
            await turns(rig, 4)
            waits = [line["e2e_latency"] for line in rig.lines("turn")]
            assert median(waits) >= floor
        assert len(rig.lines()) == 2 + 4 * 5, "three requests, the sound and the turn"
        assert all(len(line) < 4096 for line in rig.log.read_text().splitlines())

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
    assert 0 < first["llm_ttft"] < first["e2e_latency"]
    assert [line["outcome"] for line in rig.lines("interruption")] == ["real"]
    assert rig.lines("session ended")[0]["turns"] == 2


async def streaming_transcription(tmp_path: Path) -> None:
    settings = quick(stt_realtime=True)
    async with a_call(settings, fixed(), tmp_path / "log") as rig:
        await turns(rig, 1)
        used = rig.server.truth.by_endpoint()
    assert "transcription" not in used
    assert len(rig.lines("turn")) == 1


async def words_come_while_the_caller_speaks(tmp_path: Path) -> None:
    settings = quick(stt_model="gpt-live-transcribe", vad_min_silence_duration=0.3)
    async with a_call(settings, fixed(), tmp_path / "log") as rig:
        words: list[Any] = []
        rig.call.session.on("user_input_transcribed", words.append)
        made = await rig.say()
        await rig.heard(1)
    interim = [event for event in words if not event.is_final]
    assert interim
    assert interim[0].created_at < made.at + made.ends_s - made.starts_s
    assert made.text.startswith(interim[0].transcript)
    assert [event.transcript for event in words if event.is_final] == [made.text]
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
    words_come_while_the_caller_speaks,
    a_greeting_is_said_without_asking_the_model,
)


async def test_calls_of_every_kind_at_once(tmp_path: Path) -> None:
    """Side by side, because a call takes as long as people talk."""
    for kind in KINDS:
        (tmp_path / kind.__name__).mkdir()
    async with asyncio.TaskGroup() as together:
        for kind in KINDS:
            together.create_task(kind(tmp_path / kind.__name__))

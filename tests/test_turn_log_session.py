"""The evidence of a replay from a real session: LiveKit's own voice detection and events."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from tests.agent_rig import SHORT, a_call, fixed, quick
from tuner import pipeline
from tuner.bench.callers.caller import SoundKind, clips_of
from tuner.livekit import options

MM_HM = clips_of(SoundKind.BACKCHANNEL)[0]
SENTENCE = clips_of(SoundKind.SENTENCE)[1]
WAIT = 2.5  # seconds: on a busy machine, too, the early reply is asked for long before the commit
LONG = "I have changed the delivery address for you, and you will get a message soon."


class Detector:
    """A turn detector that always expects more."""

    model = provider = "test"

    async def supports_language(self, _: Any) -> bool:
        return True

    async def unlikely_threshold(self, _: Any) -> float:
        return 0.3

    async def predict_end_of_turn(self, _: Any, **__: Any) -> float:
        return 0.2


@pytest.mark.asyncio
async def test_a_real_session_gives_all_that_a_replay_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "make_turn_detection", lambda _: Detector())
    settings = quick(
        turn_detection="detector",
        max_endpointing_delay=WAIT,
        min_interruption_duration=3.0,
        interruption_threshold=0.5,
    )
    log = tmp_path / "log.jsonl"
    async with a_call(settings, fixed(), log, first_reply=LONG) as rig:
        await rig.say(SENTENCE)
        await rig.until(lambda: rig.speaker.audible)
        await asyncio.sleep(0.4)
        await rig.say(MM_HM, transcript="")
        await rig.heard(1)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    sentence, mm_hm = (line for line in lines if line["message"] == "sound")
    (turn,) = (line for line in lines if line["message"] == "turn")

    assert (sentence["end_of_turn_probability"], sentence["unlikely_threshold"]) == (0.2, 0.3)
    assert sentence["endpointing_delay"] == WAIT <= turn["end_of_turn_delay"] + 0.001
    assert abs(sentence["ended"] - turn["user_stopped"]) < 0.1
    assert sentence["words"] == len(SENTENCE.text.split())
    assert not sentence["agent_audible"]
    assert 0.5 < sentence["mean"] <= sentence["peak"] <= 1.0
    assert (mm_hm["agent_audible"], mm_hm["stopped_agent"], mm_hm["words"]) == (True, False, None)
    assert 0 < mm_hm["since_first_audio"] < mm_hm["ended"] - turn["first_audio"]
    assert mm_hm["peak"] > 0.5

    times = [turn[name] for name in ("reply_requested", "first_token", "reply_complete")]
    assert times == sorted(times)
    assert turn["user_stopped"] < times[0] < turn["committed"] < turn["first_audio"]
    assert turn["voice_requested"] <= turn["first_audio"]
    assert (turn["early_reply_used"], turn["early_replies_discarded"]) == (True, 0)
    assert SHORT not in log.read_text()
    assert pipeline.load([log])["kind"].tolist().count("sound") == 2

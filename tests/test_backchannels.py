"""Words that alone never stop the agent: which they are, and that their transcripts are dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tuner.settings.backchannels import ALWAYS_STOP, BY_LANGUAGE, only_backchannels, phrases

ENGLISH = phrases("auto", "en")


@pytest.mark.parametrize(
    "said", ["Mm-hm.", "Uh-huh.", "Yeah, okay.", "right right", "I see.", "OK!"]
)
def test_what_only_says_i_am_listening(said: str) -> None:
    assert only_backchannels(said, ENGLISH)


@pytest.mark.parametrize(
    "said", ["", "...", "stop", "Wait.", "okay stop", "yeah but no", "I", "see", "Yes.", "Thursday"]
)
def test_what_may_be_more(said: str) -> None:
    assert not only_backchannels(said, ENGLISH)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Genau, alles klar."),
        ("fr", "D’accord, très bien."),
        ("es", "Vale. Ya veo."),
        ("it", "Ho capito."),
        ("nl", "Oké, precies."),
        ("pt-BR", "Tá certo."),
        ("pl", "Jasne, rozumiem."),
        ("ja", "うん、なるほど。"),
        ("zh-CN", "嗯嗯，明白了。"),
        ("hi", "अच्छा, ठीक है।"),
        (None, "Okay. Genau."),
    ],
)
def test_every_language_has_its_own(language: str | None, said: str) -> None:
    assert only_backchannels(said, phrases("auto", language))


LISTED = "mm-hm, ja, genau, vale, d'accord, はい、嗯, हाँ"


@pytest.mark.parametrize(
    "said",
    [
        *("Mm hm.", "MM-HM!", "Ja, genau.", "¡Vale!", "D’accord…", "はい。", "はいはい", "嗯嗯。"),
        *("हाँ।", "हाँ हाँ", "ＪＡ", "ja はい"),
    ],
)
def test_words_of_a_list_pass_however_they_are_written(said: str) -> None:
    assert only_backchannels(said, phrases(LISTED, "de"))


@pytest.mark.parametrize(
    "said",
    [
        *("हो", "हूँ", "ह", "जैसे हाँ", "はい待って", "嗯不", "停", "jaja", "genauer"),
        *("stop", "Wait!", "Halt.", "espera", "ja, espera", "'"),
    ],
)
def test_no_other_word_passes_with_them(said: str) -> None:
    """The marks of a letter belong to it, and a word without blanks around it is a whole one."""
    assert not only_backchannels(said, phrases(LISTED, "de"))


def test_what_stops_the_agent_stops_it_in_every_language_and_list() -> None:
    for language in (*BY_LANGUAGE, None, "xx"):
        assert not phrases("auto", language) & ALWAYS_STOP
    assert phrases("Okay, STOP, hold on", "en") == {"okay"}
    assert phrases("嗯，停、ストップ, रुको", None) == {"嗯"}
    assert phrases(None, "en") == frozenset()


async def kept(texts: list[str], *, agent: str, began_over_agent: bool) -> list[str]:
    """The transcripts that reach LiveKit while the agent is in this state."""
    livekit = pytest.importorskip("livekit.agents")
    from tuner.livekit.backchannel_filter import ignore_backchannels
    from tuner.settings.knob_table import Settings

    handlers: dict[str, Any] = {}
    session: Any = SimpleNamespace(agent_state="speaking", on=handlers.__setitem__)

    async def heard(*_: Any) -> AsyncIterator[Any]:
        for text in texts:
            data = livekit.stt.SpeechData(text=text, language="en")
            yield livekit.stt.SpeechEvent(
                livekit.stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[data]
            )

    some: Any = SimpleNamespace(stt_node=heard)
    settings = Settings(backchannel_words="auto", stt_model="gpt-live-transcribe")
    ignore_backchannels(some, session, settings)
    session.agent_state = "speaking" if began_over_agent else "listening"
    handlers["user_state_changed"](SimpleNamespace(new_state="speaking"))
    session.agent_state = agent
    return [event.alternatives[0].text async for event in some.stt_node(None, None)]


SAID = ["Mm-hm.", "Wait, that is wrong.", "Okay."]


@pytest.mark.asyncio
async def test_back_channels_are_dropped_while_the_agent_speaks() -> None:
    assert await kept(SAID, agent="speaking", began_over_agent=True) == SAID[1:2]


@pytest.mark.asyncio
async def test_a_late_transcript_of_what_was_said_over_the_agent_is_dropped() -> None:
    assert await kept(SAID, agent="listening", began_over_agent=True) == SAID[1:2]


@pytest.mark.asyncio
async def test_an_answer_is_heard() -> None:
    assert await kept(SAID, agent="listening", began_over_agent=False) == SAID


@pytest.mark.asyncio
async def test_in_a_call_mm_hm_passes_and_wait_stops_the_agent(tmp_path: Path) -> None:
    pytest.importorskip("livekit.agents")
    from tests.agent_rig import BARGE_IN, LONG, a_call, fixed, quick
    from tuner.bench.callers.caller import SoundKind, clips_of

    right_right = clips_of(SoundKind.BACKCHANNEL)[3]
    settings = quick(stt_model="gpt-live-transcribe", backchannel_words="auto")
    async with a_call(settings, fixed(), tmp_path / "log", first_reply=LONG) as rig:
        await rig.say()
        await rig.until(lambda: rig.speaker.audible)
        await rig.say(right_right)
        await asyncio.sleep(0.8)  # its transcript has come
        assert [moment.what for moment in rig.speaker.moments] == ["start"]
        await rig.say(BARGE_IN)
        await rig.heard(2)
        assert [spoken.interrupted for spoken in rig.speaker.spoken] == [True, False]
        turns = rig.lines("turn")
    assert [line["outcome"] for line in rig.lines("interruption")] == ["real"]
    assert len(turns) == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("stops", ["Stop!", "¡Espera!", "Halt.", "ちょっと待って。"])
async def test_in_a_call_listed_words_of_any_language_pass_and_others_stop_the_agent(
    stops: str, tmp_path: Path
) -> None:
    pytest.importorskip("livekit.agents")
    from tests.agent_rig import LONG, a_call, fixed, quick
    from tuner.bench.callers.caller import SoundKind, clips_of

    sound = clips_of(SoundKind.BACKCHANNEL)[3]
    settings = quick(stt_model="gpt-live-transcribe", backchannel_words=LISTED)
    async with a_call(settings, fixed(), tmp_path / "log", first_reply=LONG) as rig:
        await rig.say()
        await rig.until(lambda: rig.speaker.audible)
        for said in ("JA, genau.", "はい、はい。", "हाँ।"):
            await rig.say(sound, said)
            await asyncio.sleep(0.8)  # its transcript has come
        assert [moment.what for moment in rig.speaker.moments] == ["start"]
        await rig.say(sound, stops)
        await rig.heard(1)
        assert rig.speaker.spoken[0].interrupted

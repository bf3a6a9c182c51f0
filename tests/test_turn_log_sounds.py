"""The evidence of a replay: every sound, the silence after it, and the times of the reply."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from types import SimpleNamespace as Event
from typing import Any

import pytest

from tests.test_turn_log import SPOKEN, STOPPED, FakeSession, a_call, one, spoken_turn, state
from tuner import pipeline
from tuner.execution.turn_log_rows import turn_log_rows
from tuner.reading.record_filter import EVERYTHING
from tuner.turn_log import detections, writer
from tuner.turns.assembler import Line, Turns
from tuner.turns.replies import MOST_REPLIES, Replies
from tuner.turns.sounds import MOST_SOUNDS, WAITING


def sounds(lines: list[Line]) -> list[dict[str, Any]]:
    return [fields for message, fields in lines if message == "sound"]


def test_a_sound_that_stopped_nothing_is_a_line_of_its_own() -> None:
    turns = spoken_turn()
    turns.agent_started(103.2)
    turns.user_started(104.0)
    turns.user_stopped(104.2)
    turns.hearing(104.4, "mm")
    turns.transcript(104.5, "mm-hm")
    (_, mm_hm) = sounds(turns.settled(math.inf))
    assert (mm_hm["started"], mm_hm["ended"]) == (104.0, 104.2)
    assert (mm_hm["agent_audible"], mm_hm["stopped_agent"]) == (True, False)
    assert (mm_hm["words"], mm_hm["transcription_delay"], mm_hm["first_words"]) == (1, 0.3, 0.4)
    assert mm_hm["since_first_audio"] == 0.8


def test_a_sound_that_stopped_the_agent_is_marked() -> None:
    turns = spoken_turn()
    turns.agent_started(103.2)
    turns.user_started(104.0)
    turns.agent_stopped(104.6)
    turns.user_stopped(104.8)
    turns.transcript(105.1, "wait")
    first, second = sounds(turns.settled(math.inf))
    assert (first["stopped_agent"], second["stopped_agent"]) == (False, True)
    assert (first["agent_audible"], second["agent_audible"]) == (False, True)


def test_a_sound_at_the_end_of_what_the_agent_said_stopped_nothing() -> None:
    turns = spoken_turn()
    turns.agent_started(103.2)
    turns.user_started(104.0)
    turns.agent_stopped(104.6)
    turns.agent_message(104.6, SPOKEN, cut=False)
    turns.user_stopped(105.0)
    _, late = sounds(turns.settled(math.inf))
    assert (late["agent_audible"], late["stopped_agent"]) == (True, False)


def test_each_transcript_is_of_the_sound_that_waits_for_one_longest() -> None:
    turns = Turns()
    for start, stop in ((1.0, 1.4), (1.8, 2.6)):
        turns.user_started(start)
        turns.user_stopped(stop)
        if start == 1.8:
            turns.transcript(2.8, "one two")
            turns.transcript(3.0, "three")
    first, second = sounds(turns.settled(math.inf))
    assert (first["words"], second["words"]) == (2, 1)
    assert (first["transcription_delay"], second["transcription_delay"]) == (1.4, 0.4)


def test_a_line_is_written_once_no_transcript_can_come_any_more() -> None:
    turns = Turns()
    turns.user_started(1.0)
    assert turns.settled(9.0) == []
    turns.user_stopped(2.0)
    assert turns.settled(3.4) == []
    assert len(turns.settled(3.6)) == 1
    assert turns.settled(9.9) == []


def test_a_noisy_room_does_not_fill_the_log() -> None:
    turns, lines = Turns(), 0
    for second in range(MOST_SOUNDS + 50):
        turns.user_started(2.0 * second)
        turns.user_stopped(2.0 * second + 0.1)
        lines += len(turns.settled(2.0 * second + 1.9))
    assert (lines, turns.sounds.heard) == (MOST_SOUNDS, MOST_SOUNDS + 50)
    hung = Turns()
    for second in range(1000):
        hung.user_started(second)
    assert len(hung.settled(math.inf)) == WAITING


def test_the_probability_is_that_of_the_windows_that_are_speech() -> None:
    turns = Turns()
    turns.sounds.window(0.9, True)
    turns.sounds.window(0.1, False)  # a click before: it is not part of the sound
    for probability in (0.6, 0.8):
        turns.sounds.window(probability, True)
    turns.user_started(1.0)
    turns.sounds.window(1.0, True)
    turns.sounds.window(0.1, False)
    turns.user_stopped(1.3)
    turns.user_started(2.0)
    turns.user_stopped(2.1)
    first, second = sounds(turns.settled(math.inf))
    assert (first["peak"], first["mean"]) == (1.0, 0.8)
    assert (second["peak"], second["mean"]) == (None, None)


@pytest.mark.parametrize(("probability", "delay"), [(0.1, 3.0), (0.4, 0.5)])
def test_an_unfinished_sentence_waits_for_the_longest_delay(
    probability: float, delay: float
) -> None:
    turns = Turns()
    turns.sounds.delays = (0.5, 3.0)
    turns.user_started(1.0)
    turns.sounds.turn_probability(0.9, 0.3)  # of the silence before: nobody waits for it any more
    turns.user_stopped(2.0)
    turns.sounds.turn_probability(probability, 0.3)
    (sound,) = sounds(turns.settled(math.inf))
    assert (sound["end_of_turn_probability"], sound["unlikely_threshold"]) == (probability, 0.3)
    assert sound["endpointing_delay"] == delay


def test_the_times_of_an_early_reply_that_was_used() -> None:
    turns = Turns()
    turns.replies.answered("s1", 102.31, 0.2, 102.9)
    turns.user_started(100.0)
    turns.user_stopped(102.0)
    turns.user_message(102.51, STOPPED)
    turns.replies.voiced("s1", 103.0)
    turns.replies.voiced("s1", 102.95)
    turns.speaks("s1")
    turns.agent_started(103.2)
    turns.replies.answered("s1", 104.0, 0.1, 104.5)  # after a tool, while the agent speaks
    turn = one(turns.agent_message(106.0, SPOKEN, cut=False))
    assert (turn["reply_requested"], turn["first_token"]) == (102.31, 102.51)
    assert (turn["reply_complete"], turn["voice_requested"]) == (102.9, 102.95)
    assert (turn["early_reply_used"], turn["early_replies_discarded"]) == (True, 0)


def test_an_early_reply_that_was_thrown_away() -> None:
    turns = spoken_turn()
    turns.replies.requested("s1", 102.31)
    turns.replies.answered("s2", 102.61, -1.0, 103.0)
    turns.speaks("s2")
    turns.agent_started(103.2)
    turns.speaks("s3")  # it speaks on with something else: the wait was for the first
    turn = one(turns.agent_message(106.0, SPOKEN, cut=False))
    assert (turn["reply_requested"], turn["first_token"]) == (102.61, None)
    assert (turn["early_reply_used"], turn["early_replies_discarded"]) == (False, 1)


def test_a_reply_to_the_next_turn_is_not_of_this_one() -> None:
    turns = spoken_turn()
    turns.replies.requested("s1", 102.3)
    turns.user_started(102.8)
    turns.user_stopped(104.0)
    turns.replies.requested("s2", 104.3)
    first = one(turns.user_message(104.6, {"stopped_speaking_at": 104.0, "end_of_turn_delay": 0.5}))
    assert (first["gap"], first["early_reply_used"]) == (0.8, None)
    turns.speaks("s2")
    turns.agent_started(105.0)
    second = one(turns.agent_message(107.0, {"started_speaking_at": 105.0}, cut=False))
    assert (second["early_reply_used"], second["early_replies_discarded"]) == (True, 0)


def test_the_gap_of_a_talk_over() -> None:
    turns = spoken_turn()
    turns.agent_started(103.2)
    turns.user_started(103.3)
    turn = one(turns.agent_message(103.9, SPOKEN, cut=True))
    assert (turn["gap"], turn["resumed_after_commit"]) == (1.3, False)


def test_replies_are_bounded() -> None:
    replies = Replies()
    for number in range(10 * MOST_REPLIES):
        replies.requested(str(number), number)
    assert len(replies._by_id) == MOST_REPLIES


def test_metrics_of_the_session_give_the_times(tmp_path: Path) -> None:
    session = FakeSession()
    writer.attach(session, {}, target=str(tmp_path / "t"), clock=lambda: 9.0)
    state(session, "user", "listening", "speaking", 100.0)
    state(session, "user", "speaking", "listening", 102.0)
    tokens = {"prompt_tokens": 1, "prompt_cached_tokens": 0, "completion_tokens": 1}
    llm = Event(
        type="llm_metrics", speech_id="s1", timestamp=102.9, duration=0.6, ttft=0.2,
        cancelled=False, **tokens,
    )  # fmt: skip
    session.emit("metrics_collected", metrics=llm)
    cancelled = Event(**{**vars(llm), "speech_id": "s0", "cancelled": True})
    session.emit("metrics_collected", metrics=cancelled)
    item = Event(role="user", metrics=STOPPED, interrupted=False)
    session.emit("conversation_item_added", item=item, created_at=102.5)
    tts = Event(
        type="tts_metrics", speech_id="s1", timestamp=103.4, duration=0.4, audio_duration=1.0,
        characters_count=9,
    )  # fmt: skip
    session.emit("metrics_collected", metrics=tts)
    session.current_speech = Event(id="s1")  # type: ignore[attr-defined]
    state(session, "agent", "thinking", "speaking", 103.2)
    item = Event(role="assistant", metrics=SPOKEN, interrupted=False)
    session.emit("conversation_item_added", item=item, created_at=106.0)
    session.emit("close", reason="done", error=None, created_at=110.0)
    lines = [json.loads(line) for line in (tmp_path / "t").read_text().splitlines()]
    (turn,) = (line for line in lines if line["message"] == "turn")
    assert (turn["reply_requested"], turn["reply_complete"]) == (102.3, 102.9)
    assert (turn["voice_requested"], turn["early_reply_used"]) == (103.0, True)
    assert turn["early_replies_discarded"] == 1
    assert lines[-1]["sounds"] == 1


def test_a_table_holds_sounds_and_times_of_replies(tmp_path: Path) -> None:
    a_call(tmp_path / "turns.jsonl")
    table = pipeline.load([tmp_path / "turns.jsonl"])
    heard = table[table["kind"] == "sound"]
    assert heard["started"].tolist() == [100.0, 104.0]
    assert heard["stopped_agent"].tolist() == [False, True]
    rows = list(turn_log_rows([tmp_path / "turns.jsonl"], EVERYTHING))
    assert [row[2] for row in rows].count("sound") == 2


class Stream:
    """A stream of windows, as a voice detection gives them."""

    def __init__(self) -> None:
        self.pushed: list[Any] = []
        self.windows = [("inference_done", 0.7, 0.03), ("start_of_speech", 0.0, 0.0)]

    def push_frame(self, frame: Any) -> None:
        self.pushed.append(frame)

    async def __anext__(self) -> Any:
        if not self.windows:
            raise StopAsyncIteration
        kind, probability, speech = self.windows.pop(0)
        return Event(type=kind, probability=probability, raw_accumulated_speech=speech)


class Noted:
    """What a call's turn log would be told."""

    def __init__(self) -> None:
        self.windows: list[tuple[float, bool]] = []
        self.turns: list[tuple[float, float | None]] = []

    def window(self, probability: float, speech: bool) -> None:
        self.windows.append((probability, speech))

    def turn_probability(self, probability: float, threshold: float | None) -> None:
        self.turns.append((probability, threshold))


def test_a_watched_voice_detection_works_as_before() -> None:
    async def listen() -> None:
        noted, vad = Noted(), Event(stream=Stream)
        session = Event(vad=vad, turn_detection="vad")
        for _ in range(2):  # two calls may share it
            detections.watch(session, lambda: noted)
        stream = vad.stream()
        stream.push_frame("frame")
        assert [event.type async for event in stream] == ["inference_done", "start_of_speech"]
        assert stream.pushed == ["frame"]
        assert noted.windows == [(0.7, True)]

    asyncio.run(listen())


class Detector:
    """A turn detector that reads text."""

    async def predict_end_of_turn(self, _: Any) -> float:
        return 0.2

    async def unlikely_threshold(self, _: Any) -> float:
        return 0.3


class AudioDetector(Detector):
    """One that listens, and is asked through a stream."""

    def stream(self) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_result(Event(end_of_turn_probability=0.6))
        return Event(predict=lambda: future, unlikely_threshold=self.unlikely_threshold)


def test_the_probability_of_a_detector_is_noted_with_its_threshold() -> None:
    async def ask() -> None:
        noted, text, audio = Noted(), Detector(), AudioDetector()
        for detector in (text, audio):
            detections.watch(Event(vad=None, turn_detection=detector), lambda: noted)
        assert await text.predict_end_of_turn(None) == 0.2
        assert await text.unlikely_threshold(None) == 0.3
        stream = audio.stream()
        assert (await stream.predict()).end_of_turn_probability == 0.6
        assert await stream.unlikely_threshold(None) == 0.3
        assert await text.unlikely_threshold(None) == 0.3  # nothing new was asked
        assert noted.turns == [(0.2, 0.3), (0.6, 0.3)]

    asyncio.run(ask())


def test_what_lets_nobody_in_is_left_alone() -> None:
    detections.watch(Event(vad=object(), turn_detection=object()), lambda: None)
    assert detections.delays(object()) == (None, None)


def test_a_delay_that_follows_the_caller_is_read_where_it_is() -> None:
    inner = Event(_audio_recognition=Event(_endpointing=Event(min_delay=0.7, max_delay=2.0)))
    options = Event(turn_handling={"endpointing": {"min_delay": 0.3, "max_delay": 3.0}})
    assert detections.delays(Event(options=options)) == (0.3, 3.0)
    assert detections.delays(Event(options=options, _activity=inner)) == (0.7, 2.0)

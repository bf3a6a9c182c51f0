"""The turn log: events with exact times in, exact fields out; and its lines as tuner reads them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace as Event
from typing import Any

import pytest

from tuner import pipeline
from tuner.advice.moves import same
from tuner.errors import SettingsError
from tuner.lines import records
from tuner.lines.turn_log_lines import TURN_LOG_LINES
from tuner.model import Record
from tuner.settings import profiles, resolution, stamp
from tuner.settings.knob_table import Settings
from tuner.turn_log import first_line, line_file, writer
from tuner.turn_log.stretch import Sample, Stretch
from tuner.turns import line as turn_line
from tuner.turns.assembler import Line, Turns
from tuner.turns.interruptions import Floor, Interruption, State, StateChange
from tuner.turns.speech import Sound

STOPPED = {"stopped_speaking_at": 102.0, "started_speaking_at": 100.0, "end_of_turn_delay": 0.5}
REPLY = (
    *("reply_requested", "first_token", "reply_complete", "voice_requested"),
    *("early_reply_used", "early_replies_discarded"),
)
SPOKEN = {"started_speaking_at": 103.2, "llm_node_ttft": 0.4, "tts_node_ttfb": 0.2}


def one(lines: list[Line]) -> dict[str, Any]:
    assert len(lines) == 1
    return lines[0][1]


def spoken_turn() -> Turns:
    """A caller who spoke from 100.0 to 102.0; the turn was committed at 102.5."""
    turns = Turns()
    turns.user_started(100.0)
    turns.user_stopped(102.0)
    turns.transcript(102.3, "I would like to order")
    turns.user_message(102.51, {**STOPPED, "transcription_delay": 0.3})
    return turns


def test_a_turn_from_first_word_to_first_audio() -> None:
    turns = spoken_turn()
    turns.usage(120, 100, 30)
    turns.agent_started(103.21)
    turn = one(turns.agent_message(106.0, {**SPOKEN, "e2e_latency": 1.2}, cut=False))
    assert turn == {
        "user_started": 100.0,
        "user_stopped": 102.0,
        "committed": 102.5,
        "first_audio": 103.2,
        "pauses": [],
        "resumed_after_commit": False,
        "transcription_delay": 0.3,
        "end_of_turn_delay": 0.5,
        "llm_ttft": 0.4,
        "tts_ttfb": 0.2,
        "e2e_latency": 1.2,
        "prompt_tokens": 120,
        "cached_tokens": 100,
        "completion_tokens": 30,
        "interrupted": False,
        "gap": None,
        **dict.fromkeys(REPLY),
    }


def test_silences_inside_a_turn_are_its_pauses() -> None:
    turns = Turns()
    for start, stop in ((95.0, 96.0), (97.5, 98.0), (100.0, 102.0)):
        turns.user_started(start)
        turns.user_stopped(stop)
    turns.user_message(102.51, STOPPED)
    turn = one(turns.agent_message(106.0, SPOKEN, cut=False))
    assert turn["pauses"] == [1.5, 2.0]
    assert turn["user_started"] == 95.0


def test_a_caller_who_goes_on_before_the_answer_resumed_after_commit() -> None:
    turns = spoken_turn()
    turns.user_started(102.8)
    turns.user_stopped(104.0)
    lines = turns.user_message(104.6, {"stopped_speaking_at": 104.0, "end_of_turn_delay": 0.5})
    first = one(lines)
    assert first["resumed_after_commit"] is True
    assert first["first_audio"] is None
    second = one(turns.agent_message(107.0, {"started_speaking_at": 105.0}, cut=False))
    assert second["user_started"] == 102.8
    assert second["resumed_after_commit"] is False
    assert second["e2e_latency"] == 1.0


def test_speech_that_began_before_the_message_but_after_the_commit_is_the_next_turn() -> None:
    turns = Turns()
    turns.user_started(100.0)
    turns.user_stopped(102.0)
    turns.user_started(102.52)
    turns.user_message(102.55, STOPPED)
    turn = one(turns.closed())
    assert turn["resumed_after_commit"] is True
    assert turn["pauses"] == []


def talked_over(turns: Turns) -> None:
    """The agent speaks from 103.2; a sound from 104.0 holds it at 104.6."""
    turns.agent_started(103.2)
    turns.user_started(104.0)
    turns.agent_stopped(104.6)
    turns.user_stopped(104.8)


def test_a_false_interruption_costs_the_time_from_pause_to_resume() -> None:
    turns = spoken_turn()
    talked_over(turns)
    turns.agent_started(107.0)
    assert one(turns.false_interruption(107.0, resumed=True)) == {
        "started": 104.0,
        "user_speech": 0.8,
        "agent_audible": True,
        "outcome": "false",
        "dead_air": 2.4,
        "words": 0,
        "resumed": True,
    }
    turn = one(turns.agent_message(109.0, SPOKEN, cut=False))
    assert turn["first_audio"] == 103.2
    assert turn["interrupted"] is False
    assert turns.counts["interruption:false"] == 1


def test_a_pause_that_nobody_heard_is_marked_and_is_no_cut_off() -> None:
    turns = spoken_turn()
    turns.user_started(102.9)
    turns.user_stopped(103.1)
    cut = one(turns.false_interruption(103.1, resumed=True))
    assert (cut["agent_audible"], cut["dead_air"]) == (False, 0.0)
    assert one(turns.closed())["resumed_after_commit"] is False


@pytest.mark.parametrize(
    ("said", "outcome", "words"),
    [
        ("wait, that is the wrong order", "real", 6),
        ("Mm-hm.", "backchannel", 1),
        ("Yeah, okay.", "backchannel", 2),
        ("yes but", "real", 2),
    ],
)
def test_words_tell_a_real_interruption_from_a_backchannel(
    said: str, outcome: str, words: int
) -> None:
    turns = spoken_turn()
    talked_over(turns)
    turns.transcript(105.1, said)
    turn = one(turns.agent_message(105.2, SPOKEN, cut=True))
    assert turn["interrupted"] is True
    cut = one(turns.user_message(105.4, {"stopped_speaking_at": 104.8, "end_of_turn_delay": 0.5}))
    assert (cut["outcome"], cut["words"], cut["dead_air"]) == (outcome, words, None)


def test_speech_that_was_given_up_for_no_words_is_false_when_the_agent_speaks_again() -> None:
    turns = spoken_turn()
    turns.agent_started(103.2)
    turns.user_started(104.0)
    turns.agent_message(104.6, SPOKEN, cut=True)
    turns.agent_stopped(104.6)
    turns.user_stopped(104.8)
    assert one(turns.agent_started(110.0))["outcome"] == "false"


NEXT = {"stopped_speaking_at": 108.0, "end_of_turn_delay": 0.5}


def stopped_then_asked(heard_at: float | None) -> dict[str, Any]:
    """A sound stops the agent; the caller does not wait for it to go on, but asks the next."""
    turns = spoken_turn()
    talked_over(turns)
    if heard_at is not None:
        turns.hearing(heard_at, "wait")
    turns.user_started(106.0)
    turns.user_stopped(108.0)
    turns.transcript(108.4, "and what does it cost")
    turns.agent_message(108.4, SPOKEN, cut=True)
    return one(turns.user_message(108.5, NEXT))


def test_a_stop_for_no_words_that_the_caller_ended_is_lost() -> None:
    cut = stopped_then_asked(None)
    assert (cut["outcome"], cut["words"], cut["dead_air"]) == ("lost", 0, 1.4)
    assert (cut["started"], cut["user_speech"]) == (104.0, 0.8)


@pytest.mark.parametrize("heard_at", [104.5, 105.2, 106.3])
def test_a_stop_for_words_is_real_also_when_the_caller_pauses_after_them(heard_at: float) -> None:
    assert stopped_then_asked(heard_at)["outcome"] == "real"


@pytest.mark.parametrize("text", ["", " "])
def test_a_transcript_without_words_makes_no_speech_of_a_sound(text: str) -> None:
    turns = spoken_turn()
    talked_over(turns)
    turns.transcript(105.1, text)
    turns.user_started(106.0)
    turns.user_stopped(108.0)
    turns.transcript(108.4, "and what does it cost")
    turns.agent_message(108.4, SPOKEN, cut=True)
    assert one(turns.user_message(108.5, NEXT))["outcome"] == "lost"


def test_the_sound_that_stopped_the_agent_is_no_part_of_the_next_turn() -> None:
    turns = spoken_turn()
    talked_over(turns)
    turns.user_started(106.0)
    turns.user_stopped(108.0)
    turns.agent_message(108.4, SPOKEN, cut=True)
    turns.user_message(108.5, NEXT)
    turn = one(turns.closed())
    assert (turn["user_started"], turn["pauses"]) == (106.0, [])


def test_an_agent_that_ends_while_somebody_speaks_was_not_interrupted() -> None:
    turns = spoken_turn()
    turns.agent_started(103.2)
    turns.user_started(104.0)
    turns.agent_message(104.5, SPOKEN, cut=False)
    turns.agent_stopped(104.5)
    turns.user_stopped(105.0)
    lines = turns.user_message(105.5, {"stopped_speaking_at": 105.0, "end_of_turn_delay": 0.5})
    assert lines == []


def test_hanging_up_during_the_answer_is_no_interruption() -> None:
    turns = spoken_turn()
    turns.agent_started(103.2)
    assert one(turns.agent_message(104.0, SPOKEN, cut=True))["interrupted"] is True
    assert turns.closed() == []


def test_the_interruption_model_can_call_a_sound_a_backchannel() -> None:
    turns = spoken_turn()
    turns.agent_started(103.2)
    turns.user_started(104.0)
    turns.user_stopped(104.4)
    cut = one(turns.overlap(104.6, started=None))
    assert (cut["outcome"], cut["dead_air"]) == ("backchannel", 0.0)


def test_a_speech_to_speech_turn_is_committed_when_its_reply_is_created() -> None:
    turns = Turns(realtime=True)
    turns.user_started(100.0)
    turns.user_stopped(102.0)
    turns.reply_created(102.2)
    turns.user_message(102.4, {})
    turns.transcript(102.4, "hello there")
    turns.realtime_ttft(0.3)
    turns.agent_started(102.6)
    turn = one(turns.agent_message(105.0, {"started_speaking_at": 102.6}, cut=False))
    assert turn["end_of_turn_delay"] == 0.2
    assert turn["transcription_delay"] == 0.4
    assert (turn["llm_ttft"], turn["e2e_latency"]) == (0.3, 0.6)


def test_a_server_may_stop_the_agent_before_our_own_detection_hears_the_sound() -> None:
    turns = Turns(realtime=True)
    turns.agent_started(100.0)
    turns.agent_message(103.5, {"started_speaking_at": 100.0}, cut=True)
    turns.agent_stopped(103.5)
    turns.user_started(103.54)
    turns.user_stopped(105.0)
    cut = one(turns.reply_created(105.3))
    assert (cut["outcome"], cut["started"], cut["user_speech"]) == ("real", 103.54, 1.46)


def test_a_sound_after_a_turn_did_not_stop_the_agent_for_that_turn() -> None:
    """LiveKit resumed, the turn's transcript came after all, and cut what it had resumed."""
    turns = spoken_turn()
    turns.agent_started(103.2)
    turns.user_started(104.0)
    turns.agent_stopped(104.3)
    turns.user_stopped(105.0)
    assert one(turns.false_interruption(106.0, resumed=True))["dead_air"] == 1.7
    turns.agent_started(106.0)
    turns.transcript(106.04, "when will it arrive")
    turns.agent_message(106.1, SPOKEN, cut=True)
    turns.agent_stopped(106.1)
    turns.user_message(106.15, {"stopped_speaking_at": 105.0, "end_of_turn_delay": 1.1})
    turns.user_started(106.8)  # a passer-by, while the answer is being made
    turns.user_stopped(107.4)
    phantom = one(turns.false_interruption(107.7, resumed=True))
    assert (phantom["agent_audible"], phantom["dead_air"]) == (False, 0.0)


@pytest.mark.parametrize("speaks_again", ["s1", "s2", ""])
def test_a_held_reply_that_the_end_of_the_call_cuts_does_not_go_on(speaks_again: str) -> None:
    """LiveKit's timer runs out after the cut, and restores the state of the reply that was cut."""
    turns = spoken_turn()
    turns.speaks("s1")
    turns.agent_started(103.2)
    turns.user_started(104.0)
    turns.agent_stopped(104.5)
    turns.user_stopped(104.7)
    turns.agent_message(105.9, SPOKEN, cut=True)
    turns.speaks(speaks_again)
    again = turns.agent_started(106.0)
    if speaks_again != "s1":  # another reply, or an agent that does not name them
        assert one(again)["outcome"] == "false"
        return
    assert again == []
    lost = one(turns.false_interruption(106.0, resumed=True))
    assert (lost["outcome"], lost["resumed"], lost["dead_air"]) == ("lost", False, 1.5)
    assert turns.counts["interruption:false"] == 0


def test_a_server_may_commit_before_our_own_detection_is_sure_of_the_silence() -> None:
    turns = Turns(realtime=True)
    turns.user_started(100.0)
    turns.reply_created(102.2)
    turns.user_stopped(102.0)
    turn = one(turns.agent_message(105.0, {"started_speaking_at": 102.6}, cut=False))
    assert (turn["user_stopped"], turn["end_of_turn_delay"], turn["e2e_latency"]) == (
        102.0,
        0.2,
        0.6,
    )


def test_speech_that_outlasts_its_commit_went_on_after_it() -> None:
    turns = Turns(realtime=True)
    turns.user_started(100.0)
    turns.reply_created(101.2)
    turns.user_stopped(102.5)
    turn = one(turns.agent_message(105.0, {"started_speaking_at": 103.0}, cut=False))
    assert (turn["resumed_after_commit"], turn["end_of_turn_delay"]) == (True, 0.0)


class FakeSession:
    """Keeps the callbacks, so that a test can be LiveKit."""

    def __init__(self) -> None:
        self.callbacks: dict[str, list[Any]] = {}

    def on(self, event: str, callback: Any) -> Any:
        self.callbacks.setdefault(event, []).append(callback)

    def emit(self, event: str, **fields: Any) -> None:
        for callback in self.callbacks[event]:
            callback(Event(**fields))


def state(session: FakeSession, who: str, old: str, new: str, at: float) -> None:
    session.emit(f"{who}_state_changed", old_state=old, new_state=new, created_at=at)


def a_call(target: Path | str, settings: Any = None) -> writer.TurnLog:
    """One turn with one false interruption, and one OpenAI call."""
    session = FakeSession()
    log = writer.attach(
        session,
        settings or Settings(),
        target=str(target),
        job_id="J1",
        room="R1",
        clock=lambda: 9.0,
    )
    stretch = Stretch(100.0)
    stretch.add(Sample(500, 3, 0.004, 0.05, "opus"))
    fields = {"participant": "caller", **(stretch.end(110.0) or {})}
    log.at_end(lambda: [("connection quality", fields)])
    state(session, "user", "listening", "speaking", 100.0)
    state(session, "user", "speaking", "listening", 102.0)
    session.emit("user_input_transcribed", is_final=True, transcript="my secret", created_at=102.2)
    item = Event(role="user", metrics=STOPPED, interrupted=False)
    session.emit("conversation_item_added", item=item, created_at=102.5)
    state(session, "agent", "thinking", "speaking", 103.2)
    state(session, "user", "listening", "speaking", 104.0)
    state(session, "agent", "speaking", "listening", 104.5)
    state(session, "user", "speaking", "listening", 104.6)
    session.emit("agent_false_interruption", resumed=True, created_at=106.6)
    log.openai_call({"endpoint": "chat", "status": 200, "processing_ms": 180})
    item = Event(role="assistant", metrics=SPOKEN, interrupted=False)
    session.emit("conversation_item_added", item=item, created_at=108.0)
    session.emit("close", reason=Event(value="user_initiated"), error=None, created_at=110.0)
    return log


def test_every_line_is_one_that_tuner_understands(tmp_path: Path) -> None:
    a_call(tmp_path / "turns.jsonl")
    lines = (tmp_path / "turns.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    assert {line["message"] for line in found} == {line.message for line in TURN_LOG_LINES}
    assert all(line["name"] == "tuner.turns" and line["level"] == "INFO" for line in found)
    assert all((line["job_id"], line["room"]) == ("J1", "R1") for line in found)
    assert found[-1]["reason"] == "user_initiated"
    assert found[-1]["false_interruptions"] == found[-1]["turns"] == found[-1]["openai_calls"] == 1


def test_the_fields_are_those_that_tuner_reads(tmp_path: Path) -> None:
    a_call(tmp_path / "turns.jsonl")
    found = {
        line["message"]: line
        for line in map(json.loads, (tmp_path / "turns.jsonl").read_text().splitlines())
    }
    ids = {"message", "level", "name", "job_id", "room", "pid", "timestamp"}
    for line in TURN_LOG_LINES:
        if line.message != "openai call":
            fields = {field.name for field in (*line.fields, *line.also)}
            assert set(found[line.message]) == fields | ids, line.message


def test_nothing_that_was_said_is_written(tmp_path: Path) -> None:
    settings = Settings(greeting="Hello from the secret service", instructions="Never say this.")
    a_call(tmp_path / "turns.jsonl", settings)
    written = (tmp_path / "turns.jsonl").read_text()
    assert "secret" not in written
    assert "Never say" not in written


def test_stdout_and_off(capsys: pytest.CaptureFixture[str]) -> None:
    a_call("stdout")
    assert len(capsys.readouterr().out.splitlines()) == 8
    a_call("off")
    assert capsys.readouterr().out == ""


def test_a_path_that_cannot_be_written_is_told_once_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = a_call(tmp_path / "missing" / "turns.jsonl")
    assert len(caplog.records) == 1
    assert "TURN_LOG" in caplog.text
    assert log._file.failures == 8


def test_a_stdout_that_is_none_costs_lines_and_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service may be started without it; the thread that writes must outlive that."""
    monkeypatch.setattr("sys.stdout", None)
    assert a_call("stdout")._file.failures == 8


@pytest.mark.parametrize("way", ["renamed", "removed", "a link that leads elsewhere"])
def test_a_log_that_is_rotated_in_a_call_goes_on_under_its_name(tmp_path: Path, way: str) -> None:
    target = tmp_path / "turns.jsonl"
    if way.startswith("a link"):
        target.symlink_to(tmp_path / "first")
    file = line_file.LineFile(str(target))
    file.write("one")
    file.wait()
    if way == "renamed":
        target.rename(tmp_path / "turns.jsonl.1")
    else:
        target.unlink()
    if way.startswith("a link"):
        target.symlink_to(tmp_path / "second")
    file.write("two")
    file.close()
    assert target.read_text() == "two\n"
    assert file.failures == 0


def test_an_event_that_cannot_be_followed_does_not_reach_the_session(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    session = FakeSession()
    writer.attach(session, None, target=str(tmp_path / "t"))
    session.emit("user_state_changed")
    session.emit("user_state_changed")
    assert len(caplog.records) == 1


def test_listeners_hear_every_line_even_when_the_log_is_off() -> None:
    heard: list[str] = []

    def listen(message: str, _fields: Any) -> None:
        heard.append(message)
        raise RuntimeError

    writer.attach(FakeSession(), {"MAX_TOKENS": 1}, target="off", listeners=[listen]).close("done")
    assert heard == ["session started", "session ended"]


def test_the_stamped_settings_are_those_of_the_profile_again(tmp_path: Path) -> None:
    made = resolution.resolve("patient", {}, tmp_path)
    log = writer.attach(FakeSession(), made, target=str(tmp_path / "turns.jsonl"))
    log.close("done")
    report = pipeline.analyze([tmp_path / "turns.jsonl"], environ={})
    assert report.current.name == "patient"
    assert report.current.settings["MIN_ENDPOINTING_DELAY"] == 1.3
    mine = stamp.shown(profiles.load("patient"))
    differ = {k for k, v in mine.items() if not same(v, report.current.settings[k])}
    assert differ == {"AUDIOCODES_HOST", "METRICS_HOST"}  # addresses are not shown


def test_the_first_line_stamps_every_setting() -> None:
    name, values, target = first_line.stamp(Settings(min_endpointing_delay=0.3))
    assert (name, target) == ("", "stdout")
    assert values["MIN_ENDPOINTING_DELAY"] == "0.3"
    assert len(values) == len(Settings.model_fields)


class SessionWithOptions(FakeSession):
    """A session that shows its options as livekit-agents 1.8 does."""

    def __init__(self) -> None:
        super().__init__()
        self.options = Event(
            turn_handling={
                "endpointing": {"mode": "dynamic", "min_delay": 0.7, "max_delay": 2.5},
                "interruption": {"enabled": True, "min_words": 2, "mode": object()},
                "user_turn_limit": {"max_words": None},
            },
            user_away_timeout=None,
        )
        self.vad = Event(_opts=Event(min_silence_duration=0.3, activation_threshold=0.6))
        self.turn_detection = "vad"


def first(path: Path) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(path.read_text().splitlines()[0])
    return line


def test_a_session_is_stamped_with_its_own_options(tmp_path: Path) -> None:
    target = tmp_path / "turns.jsonl"
    writer.attach(SessionWithOptions(), target=str(target)).close("done")
    line = first(target)
    assert line["mode"] == "pipeline"
    assert line["settings"] == {
        "AGENT_MODE": "pipeline",
        "TURN_DETECTION": "vad",
        "ENDPOINTING_MODE": "dynamic",
        "MIN_ENDPOINTING_DELAY": "0.7",
        "MAX_ENDPOINTING_DELAY": "2.5",
        "ENABLE_INTERRUPTIONS": "true",
        "MIN_INTERRUPTION_WORDS": "2",
        "USER_TURN_MAX_WORDS": "off",
        "USER_AWAY_TIMEOUT": "off",
        "VAD_MIN_SILENCE_DURATION": "0.3",
        "VAD_ACTIVATION_THRESHOLD": "0.6",
    }


def test_settings_given_count_before_those_of_the_session(tmp_path: Path) -> None:
    target = tmp_path / "turns.jsonl"
    given = {"MIN_ENDPOINTING_DELAY": 0.9}
    writer.attach(SessionWithOptions(), given, target=str(target)).close("done")
    settings = first(target)["settings"]
    assert settings["MIN_ENDPOINTING_DELAY"] == 0.9
    assert settings["MAX_ENDPOINTING_DELAY"] == "2.5"


def test_a_speech_to_speech_session_is_seen_as_one(tmp_path: Path) -> None:
    class RealtimeModel:
        pass

    session = SessionWithOptions()
    session.llm = RealtimeModel()  # type: ignore[attr-defined]
    writer.attach(session, target=str(tmp_path / "turns.jsonl")).close("done")
    assert first(tmp_path / "turns.jsonl")["mode"] == "realtime"


def test_a_name_that_is_no_setting_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    given = {"MIN_ENDPOINT_DELAY": 0.5, "OPENAI_API_KEY": "sk-abcdefghijklmnop"}
    with pytest.raises(SettingsError, match="did you mean MIN_ENDPOINTING_DELAY") as caught:
        writer.attach(FakeSession(), given, target=str(tmp_path / "t"))
    assert "sk-" not in str(caught.value)
    assert not (tmp_path / "t").exists()


def test_texts_and_keys_are_stamped_as_fingerprints_in_a_file_of_the_owner(
    tmp_path: Path,
) -> None:
    target = tmp_path / "turns.jsonl"
    given = {
        "GREETING": "Hello Mrs Miller",
        "INSTRUCTIONS": "Never say this.",
        "LLM_MODEL": "sk-abcdefghijklmnopqrst",
    }
    writer.attach(FakeSession(), given, target=str(target)).close("done")
    written = target.read_text()
    for private in ("Miller", "Never say", "sk-abc"):
        assert private not in written
    assert first(target)["settings"]["GREETING"].startswith("(16 characters, ")
    assert target.stat().st_mode & 0o777 == 0o600


def test_figures_that_json_cannot_hold_are_null_and_the_line_is_read(tmp_path: Path) -> None:
    target = tmp_path / "turns.jsonl"
    log = writer.attach(FakeSession(), target=str(target))
    log.openai_call(
        {
            "endpoint": "chat",
            "status": 200,
            "processing_ms": float("nan"),
            "elapsed_ms": float("inf"),
            "request_id": "req\x00\x1b[31m\ud800\n\x85",
            "pool_wait_ms": [1.0, {"x": float("-inf")}],
        }
    )
    log.openai_call({"status": 200, ("no", "key"): 1})  # type: ignore[dict-item]
    log.close("done")
    lines = [records.parse(line) for line in target.read_bytes().splitlines()]
    assert [line.message for line in lines if isinstance(line, Record)] == [
        "session started",
        "openai call",
        "session ended",
    ]
    last = json.loads(target.read_text().splitlines()[-1])
    assert (last["openai_calls"], last["lost_lines"]) == (2, 1)


def test_a_pipe_that_nobody_reads_costs_lines_and_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_file, "WAITING_LINES", 10)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    log = writer.attach(FakeSession(), target=str(pipe))
    for _ in range(50):
        log.openai_call({"endpoint": "chat", "status": 200})
    assert log._file.failures >= 39  # the thread holds one line, ten wait
    log.close("done")
    with pipe.open("rb") as reader:  # let the thread go
        assert reader.readline().startswith(b'{"message": "session started"')


def test_a_short_write_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(
        "tuner.turn_log.line_file.os.write", lambda file, data: write(file, data[:7])
    )
    a_call(tmp_path / "turns.jsonl")
    assert len(list(map(json.loads, (tmp_path / "turns.jsonl").read_text().splitlines()))) == 8


@pytest.mark.parametrize("others", [False, True], ids=["alone", "beside another process"])
def test_a_full_disk_leaves_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: bool
) -> None:
    target, write, calls = tmp_path / "turns.jsonl", os.write, [0]

    def full(file: int, data: bytes) -> int:
        """The second line is taken in part, then the disk is full, then somebody makes room."""
        calls[0] += 1
        if calls[0] == 2:
            return write(file, data[:100])
        if calls[0] != 3:
            return write(file, data)
        if others:
            with target.open("ab") as other:
                other.write(b'{"message": "theirs"}\n')
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tuner.turn_log.line_file.os.write", full)
    log = a_call(target)
    whole = [line for line in target.read_text().splitlines() if _is_json(line)]
    rest = target.read_text().splitlines()
    broken = [line for line in rest if line and not _is_json(line)]
    assert log._file.failures == 1
    assert len(broken) == others  # theirs stands behind the beginning of ours
    assert len(whole) == 7


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def test_a_line_after_the_end_is_written_too(tmp_path: Path) -> None:
    file = line_file.LineFile(str(tmp_path / "t"))
    for word in ("one", "two", "three"):
        file.write(word)
        file.close()
    assert (tmp_path / "t").read_text() == "one\ntwo\nthree\n"
    assert file._thread is None


def test_the_states_of_an_interruption() -> None:
    floor, sound = Floor(), Sound(1.0)
    cut = Interruption(1.0, 1.5, sound)
    for change in (
        StateChange.SPOKE_AGAIN,
        StateChange.FALSE_ALARM,
        StateChange.COMMITTED,
        StateChange.FINISHED,
    ):
        assert floor.take(change) is None
        assert floor.state is State.FREE
    assert floor.take(StateChange.FELL_SILENT, cut) is None
    assert floor.take(StateChange.SPOKE_AGAIN) is None
    assert (floor.state, floor.current) == (State.HELD, cut)
    assert floor.take(StateChange.CUT_SHORT, Interruption(9.0, 9.0, sound)) is None
    assert (floor.state, floor.current) == (State.GIVEN_UP, cut)
    assert floor.take(StateChange.SPOKE_AGAIN) is cut
    assert (floor.state, floor.current) == (State.FREE, None)


@pytest.mark.parametrize(
    "value",
    [
        *(
            0.1,
            1e-7,
            1e22,
            -0.0,
            10**30,
            True,
            None,
            '\u00e9\ud800\n\x7f\x01"\\',
            [1.5, {"a": "b"}],
        ),
        *(float("nan"), [float("-inf")], {"a": {1: None, None: 2.5}}, (1, 2), Path("a")),
    ],
    ids=repr,
)
def test_a_line_is_what_the_json_module_writes(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    written = turn_line.as_line("turn", {"value": value, "job_id": "x"}, 1767323041.25)
    monkeypatch.setattr(turn_line, "_PIECES", None)
    assert written == turn_line.as_line("turn", {"value": value, "job_id": "x"}, 1767323041.25)

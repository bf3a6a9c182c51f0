"""The replay on calls made by hand, whose answers can be worked out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuner.errors import InputError
from tuner.whatif.calls import LoggedAnswer, LoggedCall, LoggedRow, LoggedStop, Silence, gather
from tuner.whatif.draws import Figure, in_another_run
from tuner.whatif.predict import Replay, enough
from tuner.whatif.sounds import DetectorAnswer, LoggedSound, sounds_of
from tuner.whatif.timing import (
    DELAY,
    LONGEST,
    MINIMUM,
    OWN_THRESHOLD,
    SILENCE,
    THRESHOLD,
    TIMEOUT,
    TURNS,
    UNLIKELY,
    WORDS,
    cannot_act,
)

VALUES: dict[str, Any] = {
    DELAY: 0.5,
    SILENCE: 0.3,
    MINIMUM: 0.5,
    WORDS: 0,
    TIMEOUT: 2.0,
    THRESHOLD: 0.8,
    "TURN_DETECTION": "vad",
    "ENDPOINTING_MODE": "fixed",
    "AGENT_MODE": "pipeline",
    "ENABLE_INTERRUPTIONS": True,
    "RESUME_FALSE_INTERRUPTION": True,
    "BACKCHANNEL_WORDS": None,
}


def call(
    silences: Sequence[Silence] = (),
    stops: Sequence[LoggedStop] = (),
    turns: int = 3,
    audio: float = 1.4,
) -> LoggedCall:
    answers = (LoggedAnswer(0.4, 0.5, audio, 0.42, audio - 0.2),) * turns
    return LoggedCall(turns, 1.0, tuple(silences), answers, tuple(stops), (0.4,) * turns)


def turn(**fields: Any) -> dict[str, Any]:
    return {
        "user_started": 10.0,
        "user_stopped": 12.0,
        "committed": 12.6,
        "first_audio": 13.5,
        "pauses": [0.35],
        "resumed_after_commit": False,
        "transcription_delay": 0.5,
        "end_of_turn_delay": 0.6,
        **fields,
    }


# --- calls from lines ----------------------------------------------------------------------------


def test_a_turn_with_its_pause_and_its_request() -> None:
    chat = {"endpoint": "chat", "elapsed_ms": 400.0, "status": 200}
    (found,) = gather(
        [
            LoggedRow("job:a", 13.1, "openai_call", chat),
            LoggedRow("job:a", 14.0, "turn", turn()),
            LoggedRow("job:a", 70.0, "session_ended", {"duration": 60.0}),
        ]
    )
    assert (found.turns, found.minutes) == (1, 1.0)
    assert found.silences == (Silence(0.35, False),)
    (answer,) = found.answers
    assert answer[:5] == pytest.approx((0.5, 0.6, 1.5, 0.7, 1.1))


def test_a_resumed_turn_is_no_turn_of_its_own() -> None:
    first = turn(resumed_after_commit=True, first_audio=None, pauses=[])
    second = turn(user_started=12.9, user_stopped=14.0, committed=14.6, first_audio=15.5, pauses=[])
    (found,) = gather(
        [LoggedRow("job:a", 13.0, "turn", first), LoggedRow("job:a", 16.0, "turn", second)]
    )
    assert found.turns == 1
    (silence,) = found.silences
    assert silence.cut
    assert silence.lasted == pytest.approx(0.9)


@pytest.mark.parametrize(("onset", "cut"), [(13.65, True), (13.8, False)])
def test_nobody_reacts_to_the_agent_within_200_ms(onset: float, cut: bool) -> None:
    second = turn(user_started=onset, user_stopped=15.0, committed=15.6, first_audio=16.5)
    rows = [
        LoggedRow("job:a", 14.0, "turn", turn(pauses=[])),
        LoggedRow("job:a", 17.0, "turn", second),
    ]
    (found,) = gather(rows)
    assert found.turns == 2 - cut


def in_noise(*words: int | None, requests: int = 2, **more: Any) -> LoggedCall:
    """A turn of two sounds, a second of silence between them, and what each was transcribed to."""
    sounds = [
        {"started": at, "ended": at + 1.0, "words": said}
        for at, said in zip((10.0, 12.0), words, strict=False)
    ]
    fields = turn(user_started=10.0, user_stopped=13.0, pauses=[1.0], committed=14.0)
    rows = [
        *(LoggedRow("job:a", 13.1, "openai_call", {"endpoint": "transcription"}),) * requests,
        *(LoggedRow("job:a", 13.2, "sound", sound) for sound in sounds),
        LoggedRow("job:a", 14.0, "turn", {**fields, **more}),
    ]
    (found,) = gather(rows)
    return found


def test_a_silence_beside_noise_is_no_pause() -> None:
    assert [silence.lasted for silence in in_noise(3, 2).silences] == [1.0]
    assert not in_noise(None, 2).silences
    assert not in_noise(3, None).silences
    # where the words of two sounds may have come with one of them, nobody knows
    assert len(in_noise(3, None, requests=0).silences) == 1


def test_noise_after_a_turn_is_not_the_caller_going_on() -> None:
    noise = {"started": 15.0, "ended": 15.4, "words": None}
    rows = [
        *(LoggedRow("job:a", 13.1, "openai_call", {"endpoint": "transcription"}),) * 2,
        LoggedRow("job:a", 13.2, "sound", {"started": 10.0, "ended": 13.0, "words": 4}),
        LoggedRow("job:a", 15.5, "sound", noise),
        LoggedRow(
            "job:a", 16.0, "turn", turn(user_stopped=13.0, first_audio=15.5, gap=2.0, pauses=[])
        ),
    ]
    (found,) = gather(rows)
    assert (found.turns, found.silences) == (1, ())
    speech = LoggedRow("job:a", 15.5, "sound", {**noise, "words": 2})
    assert not gather([*rows[:3], speech, rows[4]])  # cut off: no whole turn is left


def test_lines_that_stand_twice_count_once() -> None:
    stop = {"started": 20.0, "outcome": "false", "agent_audible": True, "dead_air": 2.3}
    rows = [
        LoggedRow("job:a", 14.0, "turn", turn()),
        LoggedRow("job:a", 23.0, "interruption", stop),
    ]
    (found,) = gather([*rows, *rows])
    assert found.turns == len(found.stops) == 1


def test_a_phantom_stop_was_not_heard() -> None:
    stop = {"started": 20.0, "outcome": "false", "agent_audible": False, "dead_air": 0.0}
    (found,) = gather(
        [LoggedRow("job:a", 14.0, "turn", turn()), LoggedRow("job:a", 23.0, "interruption", stop)]
    )
    assert not found.stops


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**6), 10**15), st.text(max_size=3),
    st.floats(-1e6, 1e15), st.lists(st.one_of(st.floats(0, 3), st.text(max_size=2)), max_size=3),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)  # fmt: skip
FIELDS = (
    *("user_started", "user_stopped", "committed", "first_audio", "pauses", "words", "outcome"),
    *("resumed_after_commit", "transcription_delay", "end_of_turn_delay", "started", "endpoint"),
    *("user_speech", "dead_air", "agent_audible", "elapsed_ms", "duration", "error"),
)


@given(
    st.lists(
        st.builds(
            LoggedRow,
            st.sampled_from(["job:a", "job:b", ""]),
            st.one_of(st.none(), st.floats(0, 1e10)),
            st.sampled_from(["turn", "interruption", "openai_call", "session_ended"]),
            st.dictionaries(st.sampled_from(FIELDS), JUNK),
        ),
        max_size=12,
    )
)
@settings(max_examples=75, deadline=None)
def test_damaged_fields_never_break_a_replay(rows: list[LoggedRow]) -> None:
    some = gather(rows)
    log = Replay([*some, *[call()] * 8], VALUES)
    log.predict({DELAY: 1.0, MINIMUM: 0.9, TIMEOUT: 1.0})


# --- the delay -----------------------------------------------------------------------------------


def test_a_longer_delay_lets_the_pauses_end_that_it_outlasts() -> None:
    log = Replay([call([Silence(0.7, True), Silence(1.1, True)])] * 10, VALUES)
    found = log.predict({DELAY: 0.9})["cut_offs_per_turn"]
    assert found.label == "estimated"
    assert found.logged == pytest.approx(2 / 3)
    assert found.value == pytest.approx(1 / 3)
    assert log.predict({DELAY: 1.3})["cut_offs_per_turn"].value == pytest.approx(0)


def test_a_shorter_delay_cuts_off_the_pauses_inside_turns() -> None:
    values = {**VALUES, DELAY: 1.3}
    log = Replay([call([Silence(0.7, False), Silence(1.1, False)])] * 10, values)
    found = log.predict({DELAY: 0.9})["cut_offs_per_turn"]
    assert found.logged == 0
    assert found.value == pytest.approx(1 / 3)
    assert found.low is not None
    assert found.low > 0


def test_beyond_what_is_followed_there_are_only_bounds() -> None:
    log = Replay([call([Silence(0.7, True)])] * 10, VALUES)
    assert log.support_s == pytest.approx(1.6)
    found = log.predict({DELAY: 2.5})["cut_offs_per_turn"]
    assert (found.label, found.value) == ("bounds only", None)
    assert found.low == pytest.approx(-1 / 3)
    assert found.high == 0


def test_pauses_below_the_vads_silence_are_not_known() -> None:
    calls = [call([Silence(0.7, True)])._replace(transcripts=(0.32,) * 3)] * 10
    found = Replay(calls, VALUES).predict({DELAY: 0.1, SILENCE: 0.1})["cut_offs_per_turn"]
    assert (found.label, found.value, found.high) == ("bounds only", None, None)


def test_no_pause_in_between_is_less_than_three_in_n() -> None:
    log = Replay([call()] * 10, {**VALUES, DELAY: 1.3})
    found = log.predict({DELAY: 0.9})["cut_offs_per_turn"]
    assert found.label == "bounds only"
    assert found.low == 0
    assert found.high == pytest.approx(3 / 30)


def test_pauses_that_an_answer_hides_are_made_up_for() -> None:
    """A simulation whose truth is known: a pause longer than the answer is hidden."""
    rng = random.Random(3)
    calls = []
    for _ in range(300):
        pauses = [(rng.uniform(0.6, 2.0), rng.uniform(0.8, 1.8)) for _ in range(4)]
        visible = tuple(Silence(pause, True) for pause, audio in pauses if pause < audio + 0.2)
        audios = [rng.uniform(0.8, 1.8) for _ in range(20)]
        answers = tuple(LoggedAnswer(0.4, 0.5, audio, 0.42, audio - 0.2) for audio in audios)
        calls.append(call()._replace(silences=visible, answers=answers, turns=4))
    log = Replay(calls, VALUES)
    change = log.predict({DELAY: 1.5})["cut_offs_per_turn"].change
    assert change is not None
    shorter = sum((one.lasted or 0) < 1.45 for each in log.calls for one in each.silences)
    naive, true = -shorter / log.turns, -(1.45 - 0.6) / 1.4
    assert change == pytest.approx(true, abs=0.03)
    assert abs(naive - true) > 0.05


def test_the_answer_hides_a_longer_delay_until_it_is_ready() -> None:
    log = Replay([call(audio=1.4)] * 10, VALUES)
    short, long = (log.predict({DELAY: delay})["wait_p50_s"] for delay in (0.7, 1.5))
    assert short.value == pytest.approx(1.4, abs=0.05)
    assert long.value == pytest.approx(1.7, abs=0.05)


def test_without_requests_the_wait_has_only_bounds() -> None:
    bare = tuple(one._replace(asked=None, ready=None) for one in call().answers)
    log = Replay([call()._replace(answers=bare)] * 10, VALUES)
    found = log.predict({DELAY: 1.0})["wait_p50_s"]
    assert (found.label, found.low) == ("bounds only", 0.0)
    assert found.high == pytest.approx(0.5)


# --- interruptions -------------------------------------------------------------------------------

SHORT, LONG = LoggedStop("false", 0.3, 2.3, 0), LoggedStop("false", 0.8, 2.8, 0)
REAL = LoggedStop("real", 1.5, 0.0, 4)


def stopped() -> Replay:
    return Replay([call(stops=(SHORT, LONG, REAL))] * 10, VALUES)


def test_a_longer_minimum_drops_the_sounds_below_it() -> None:
    """LiveKit adds the VAD's 0.3 s: a sound of 0.3 s passes 0.6 s and not 0.7 s."""
    kept, dropped = (stopped().predict({MINIMUM: value}) for value in (0.6, 0.7))
    assert kept["false_stops_per_min"].value == pytest.approx(2)
    assert dropped["false_stops_per_min"].value == pytest.approx(1)
    assert dropped["dead_air_s_per_min"].value == pytest.approx(2.8 - 0.2)  # it stops later
    assert dropped["barge_in_s"].change == pytest.approx(0.2)
    assert dropped["barge_in_s"].label == "exact"


def test_a_shorter_minimum_is_not_known_but_for_its_speed() -> None:
    found = stopped().predict({MINIMUM: 0.3})
    assert found["false_stops_per_min"].label == "bounds only"
    assert found["false_stops_per_min"].high is None
    assert found["barge_in_s"].change == pytest.approx(-0.2)


def test_words_let_in_only_what_was_transcribed() -> None:
    found = stopped().predict({WORDS: 1})
    assert found["false_stops_per_min"].value == 0
    # at the end of the speech and the transcript's 0.4 s, not after 0.5 s
    assert found["barge_in_s"].change == pytest.approx(1.5 + 0.4 - 0.5)


def test_the_timeout_is_the_dead_air_that_it_causes() -> None:
    found = stopped().predict({TIMEOUT: 1.0})
    assert found["dead_air_s_per_min"].value == pytest.approx(2.3 + 2.8 - 2)
    assert found["dead_air_s_per_min"].label == "estimated"
    assert found["false_stops_per_min"].change == 0
    assert "another moment" in found["false_stops_per_min"].why


def test_another_run_shows_more_than_the_mean_change() -> None:
    """Every second call has a stop, which the higher bar takes away, and every fourth keeps one."""
    short, long = LoggedStop("false", 0.3, 2.0, 0), LoggedStop("false", 1.5, 2.0, 0)
    stops = [(short,), (), (short, long), ()] * 5
    calls = [call(stops=mine)._replace(key=str(at)) for at, mine in enumerate(stops)]
    found = Replay(calls, VALUES).predict({MINIMUM: 0.9})["false_stops_per_min"]
    assert found.change == pytest.approx(-0.5)
    assert found.effect is not None
    assert found.effect[0] == pytest.approx(-0.7, abs=0.06)
    assert found.effect[1] == pytest.approx(-0.3, abs=0.06)
    assert found.low == pytest.approx(-0.75)  # no rate is below zero
    assert found.high is not None
    assert found.high > found.effect[1]


def streaming(*stops: LoggedStop) -> Replay:
    return Replay([call(stops=stops)] * 10, {**VALUES, "STT_MODEL": "gpt-live-transcribe"})


def test_words_that_pass_take_back_channels_and_noise_away() -> None:
    hum = LoggedStop("backchannel", 0.9, 0.0, 2)
    noise = LoggedStop("false", 0.6, 2.4, 0)
    real = LoggedStop("real", 2.0, 0.0, 3, first_words=0.8)
    found = streaming(hum, noise, real).predict({"BACKCHANNEL_WORDS": "auto"})
    assert found["false_stops_per_min"].logged == pytest.approx(2)
    assert found["false_stops_per_min"].value == pytest.approx(0)
    assert found["dead_air_s_per_min"].value == pytest.approx(0)
    assert found["barge_in_s"].change == pytest.approx(0.3)  # from 0.5 s to the first word


def test_words_that_come_after_the_sentence_say_nothing_about_it() -> None:
    stops = (LoggedStop("backchannel", 0.9, 0.0, 2),)
    found = stopped().predict({"BACKCHANNEL_WORDS": "auto"})
    assert found["false_stops_per_min"].label == "not enough data"
    uncounted = tuple(stop._replace(words=None) for stop in stops)
    found = streaming(*uncounted).predict({"BACKCHANNEL_WORDS": "auto"})
    assert found["false_stops_per_min"].label == "not enough data"


def sound(at: float, length: float, words: int | None = None, **more: Any) -> LoggedSound:
    fields = {"started": at, "ended": at + length, "agent_audible": True, "words": words, **more}
    (found,) = sounds_of([{"since_first_audio": at, **fields}])
    return found


def heard(*sounds: LoggedSound, stops: Sequence[LoggedStop] = ()) -> Replay:
    return Replay([call(stops=stops)._replace(sounds=sounds)] * 10, VALUES)


def test_a_lower_bar_counts_the_sounds_that_stopped_nothing() -> None:
    """VAD silence 0.3 s: a sound of 0.1 s stops the agent from a minimum of 0.4 s on down."""
    found = heard(sound(20.0, 0.1), sound(30.0, 0.05)).predict({MINIMUM: 0.4})
    assert found["false_stops_per_min"].value == pytest.approx(1)
    assert found["false_stops_per_min"].label == "estimated"
    assert found["dead_air_s_per_min"].value == pytest.approx(2.0)  # the timeout, and no rest


@pytest.mark.parametrize(
    "harmless",
    [
        sound(2.0, 0.1),  # while the echo canceller warms up
        sound(20.0, 0.1, agent_audible=False),
        sound(20.0, 0.1, stopped_agent=True),
        sound(20.0, 0.4),  # long enough already: it stopped nothing for another reason
        sound(20.0, 0.05),
    ],
)
def test_not_every_sound_would_stop_the_agent(harmless: LoggedSound) -> None:
    found = heard(harmless).predict({MINIMUM: 0.4})["false_stops_per_min"]
    assert found.change in (None, 0.0)
    assert found.high is not None
    assert found.high <= 0.3


HUM, WORDS_OF_CALLER = sound(20.0, 0.1), sound(21.0, 2.0, 5, agent_audible=False)


def shorter_minimum(*sounds: LoggedSound, **fields: Any) -> Any:
    """False stops and dead air a minute under a minimum of 0.4 s, where nothing stopped the agent;
    the agent would resume 2.3 s after each sound."""
    log = Replay([call()._replace(sounds=sounds, **fields)] * 10, VALUES)
    found = log.predict({MINIMUM: 0.4})
    return found["false_stops_per_min"].value, found["dead_air_s_per_min"].value


def test_a_sound_before_the_agent_resumes_only_prolongs_its_silence() -> None:
    both = (HUM, sound(21.0, 0.1)), (HUM, sound(23.0, 0.1))
    assert shorter_minimum(*both[0]) == (pytest.approx(1), pytest.approx(3.0))
    assert shorter_minimum(*both[1]) == (pytest.approx(2), pytest.approx(4.0))


def test_the_callers_words_end_the_silence_of_a_stop() -> None:
    """Where each sound is transcribed by itself the stop is logged as false, and the reply as lost;
    a streaming transcriber makes one interruption of both."""
    found = shorter_minimum(HUM, WORDS_OF_CALLER, transcribed_each=True)
    assert found == (pytest.approx(1), pytest.approx(1.0 - 0.4))
    assert shorter_minimum(HUM, WORDS_OF_CALLER) == (None, None)


def test_callers_may_speak_once_the_agent_falls_silent() -> None:
    """At least, each new stop silences the agent for its own sound, and counts for nothing where
    words that follow are given to it."""
    calls = [call()._replace(sounds=(sound(20.0, 0.1),))] * 10
    each = [one._replace(transcribed_each=True) for one in calls]
    found, streamed = (Replay(mine, VALUES).predict({MINIMUM: 0.4}) for mine in (each, calls))
    assert found["false_stops_per_min"].low == pytest.approx(1)
    assert streamed["false_stops_per_min"].low == pytest.approx(0)
    for one in (found, streamed):
        assert one["dead_air_s_per_min"].low == pytest.approx(0)
        assert one["dead_air_s_per_min"].value == pytest.approx(2)
        assert "fewer where callers speak" in one["false_stops_per_min"].why


def test_a_stop_that_the_end_of_the_call_cuts_off_is_in_no_log() -> None:
    assert shorter_minimum(HUM, ended=22.3) == (None, None)
    assert shorter_minimum(HUM, ended=22.5) == (pytest.approx(1), pytest.approx(2.0))


def test_a_sound_with_words_is_a_turn_and_leaves_no_dead_air() -> None:
    log = Replay([call()._replace(sounds=(sound(20.0, 0.6, 1),))] * 10, {**VALUES, WORDS: 2})
    found = log.predict({WORDS: 1})
    assert found["false_stops_per_min"].value == pytest.approx(1)
    assert found["dead_air_s_per_min"].value in (None, 0.0)


def test_fewer_words_let_in_what_has_them() -> None:
    log = Replay([call()._replace(sounds=(sound(20.0, 0.6, 1),))] * 10, {**VALUES, WORDS: 2})
    assert log.predict({WORDS: 1})["false_stops_per_min"].value == pytest.approx(1)


def test_what_stopped_the_agent_still_does_under_a_lower_bar() -> None:
    found = heard(sound(20.0, 0.1), stops=(LoggedStop("false", 0.05, 2.0, 0),))
    assert found.predict({MINIMUM: 0.45})["false_stops_per_min"].value == pytest.approx(1)


def test_a_shorter_timeout_says_whom_the_agent_would_talk_over() -> None:
    stops = [LoggedStop("real", 1.0, 0.0, 3, transcript=delay) for delay in (0.4, 1.5)]
    log = Replay([call(stops=(*stops, LoggedStop("false", 0.4, 2.3, 0)))] * 10, VALUES)
    assert "would resume over 10 of 20 real interruptions" in (
        log.predict({TIMEOUT: 1.0})["dead_air_s_per_min"].why
    )
    assert "resume over" not in log.predict({TIMEOUT: 3.0})["dead_air_s_per_min"].why


def test_a_higher_threshold_says_how_many_interruptions_it_misses() -> None:
    stops = [LoggedStop("real", 1.0, 0.0, 3, peak=peak, mean=0.8) for peak in (0.85, 1.0)]
    log = Replay([call(stops=stops)] * 10, VALUES)
    found = log.predict({THRESHOLD: 0.9})["barge_in_s"]
    assert "10 of 20 would not be heard at all" in found.why
    assert found.label == "estimated"


def test_the_threshold_needs_probabilities() -> None:
    found = stopped().predict({THRESHOLD: 0.9})
    assert {found[name].label for name in ("false_stops_per_min", "barge_in_s")} == {
        "not enough data"
    }
    assert found["cut_offs_per_turn"].label == "exact"


def test_a_higher_threshold_does_not_hear_what_is_never_that_probable() -> None:
    quiet = LoggedStop("false", 0.4, 2.2, 0, peak=0.85, mean=0.82)
    clear = LoggedStop("false", 0.4, 2.2, 0, peak=1.0, mean=0.97)
    log = Replay([call(stops=(quiet, clear))] * 10, VALUES)
    found = log.predict({THRESHOLD: 0.95})["false_stops_per_min"]
    assert found.value == pytest.approx(1)
    assert found.label == "estimated"
    assert log.predict({THRESHOLD: 0.8})["false_stops_per_min"].label == "exact"
    assert log.predict({THRESHOLD: 0.5})["false_stops_per_min"].label == "bounds only"


def test_what_is_clear_only_now_and_then_is_left_open() -> None:
    now_and_then = LoggedStop("false", 0.4, 2.2, 0, peak=1.0, mean=0.82)
    log = Replay([call(stops=(now_and_then,))] * 10, VALUES)
    found = log.predict({THRESHOLD: 0.95})["false_stops_per_min"]
    assert (found.change, found.low, found.high) == (0.0, -1.0, 0.0)


def test_a_detector_hides_what_a_delay_does() -> None:
    log = Replay([call()] * 10, {**VALUES, "TURN_DETECTION": "detector"})
    assert log.predict({DELAY: 1.0})["cut_offs_per_turn"].label == "not enough data"
    assert log.predict({TIMEOUT: 1.0})["cut_offs_per_turn"].label == "exact"


DETECTED = {**VALUES, "TURN_DETECTION": "detector", LONGEST: 3.0, UNLIKELY: None}
FINISHED, UNFINISHED = DetectorAnswer(0.9, 0.3), DetectorAnswer(0.2, 0.3)


def detected(*silences: Silence) -> Replay:
    one = call(silences)
    answers = tuple(each._replace(detector=FINISHED) for each in one.answers)
    return Replay([one._replace(answers=answers)] * 10, DETECTED)


def test_a_detector_has_two_delays() -> None:
    """A pause of 0.8 s was judged finished and cut, one of 1.2 s unfinished and waited out."""
    log = detected(Silence(0.8, True, FINISHED), Silence(1.2, False, UNFINISHED))
    level = log.predict({})["cut_offs_per_turn"]
    assert level.logged == pytest.approx(1 / 3)
    assert level.label == "exact"
    assert log.predict({DELAY: 1.0})["cut_offs_per_turn"].value == pytest.approx(0, abs=0.01)
    both = log.predict({LONGEST: 1.0})["cut_offs_per_turn"]
    assert both.value == pytest.approx(2 / 3)
    assert both.label == "estimated"


def test_the_threshold_of_a_detector_decides_which_delay_counts() -> None:
    log = detected(Silence(0.8, True, FINISHED), Silence(1.2, False, UNFINISHED))
    assert log.predict({UNLIKELY: 0.1})["cut_offs_per_turn"].value == pytest.approx(2 / 3)
    assert log.predict({UNLIKELY: 0.95})["cut_offs_per_turn"].value == pytest.approx(0)
    assert log.predict({UNLIKELY: 0.5})["cut_offs_per_turn"].change == pytest.approx(0)


def test_a_turn_that_a_detector_calls_unfinished_waits_for_the_longest_delay() -> None:
    answer = LoggedAnswer(0.4, 3.0, 3.4, 0.42, 0.9, UNFINISHED)
    log = Replay([call()._replace(answers=(answer,) * 3)] * 10, DETECTED)
    assert log.predict({LONGEST: 2.0})["wait_p50_s"].value == pytest.approx(2.4, abs=0.1)
    assert log.predict({DELAY: 1.0})["wait_p50_s"].change == pytest.approx(0, abs=0.01)


def test_no_turn_closes_before_the_detector_has_answered() -> None:
    """A pause of 0.7 s that ended before the verdict, under a delay of 1 s."""
    log = detected(Silence(0.7, False), Silence(1.2, False, UNFINISHED))
    log = Replay(log.calls, {**DETECTED, DELAY: 1.0})
    assert log.predict({DELAY: 0.5})["cut_offs_per_turn"].change == pytest.approx(0)


def test_the_detectors_own_threshold_is_not_in_a_log_with_another() -> None:
    log = detected(Silence(0.8, True, FINISHED), Silence(1.2, False, UNFINISHED))
    log = Replay(log.calls, {**DETECTED, UNLIKELY: 0.3})
    for name in ("cut_offs_per_turn", "wait_p50_s"):
        found = log.predict({UNLIKELY: None, DELAY: 1.0})[name]
        assert (found.label, found.why) == ("not enough data", OWN_THRESHOLD)
        assert log.predict({UNLIKELY: 0.3, DELAY: 1.0})[name].label != "not enough data"


def test_a_lower_threshold_has_no_upper_bound_beyond_what_is_followed() -> None:
    log = detected(Silence(0.4, False, FINISHED), Silence(0.9, False, UNFINISHED))
    log = Replay(log.calls, {**DETECTED, LONGEST: 1.0})
    assert log.predict({LONGEST: 9.0})["cut_offs_per_turn"].high == 0
    lower = log.predict({LONGEST: 9.0, UNLIKELY: 0.1})["cut_offs_per_turn"]
    assert (lower.high, lower.label) == (None, "bounds only")


def test_another_run_of_a_detector_moves_more_than_the_mean() -> None:
    """The same words get another verdict: the interval holds both, decisions rest on the mean."""
    figure = Figure(1.0, 0.0, -0.1, 0.1, "estimated")
    found = in_another_run(figure, np.linspace(-0.5, 0.05, 1001))
    assert found.low == pytest.approx(-0.486, abs=0.001)
    assert found.high == 0.1
    assert found.effect == (-0.1, 0.1)


def test_only_a_detector_judges_otherwise_in_another_run() -> None:
    log = detected(Silence(0.8, True, FINISHED), Silence(1.2, False, UNFINISHED))
    for name in TURNS:
        assert log.predict({DELAY: 1.0})[name].mean is not None
        assert Replay(log.calls, VALUES).predict({DELAY: 1.0})[name].mean is None


# --- what cannot be asked ------------------------------------------------------------------------


def test_knobs_that_cannot_act_say_why() -> None:
    server = {**VALUES, "AGENT_MODE": "realtime", "TURN_DETECTION": "realtime_llm"}
    assert cannot_act(server).keys() >= {DELAY, MINIMUM, TIMEOUT}
    detector = {**VALUES, "TURN_DETECTION": "detector"}
    assert cannot_act({**detector, "RESUME_FALSE_INTERRUPTION": False}).keys() == {TIMEOUT}
    assert cannot_act(VALUES).keys() == {LONGEST, UNLIKELY}
    assert not cannot_act(detector)


@pytest.mark.parametrize("calls", [0, 1, 7])
def test_too_few_calls_are_an_error_that_says_so(calls: int) -> None:
    with pytest.raises(InputError):
        enough([call()] * calls)

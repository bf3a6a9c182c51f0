"""What is measured of a call, on calls whose every moment is written down here."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("livekit.agents")

from tuner.bench.callers.audio import Moment
from tuner.bench.callers.caller import SoundTruth
from tuner.bench.callers.sounds import SoundKind
from tuner.bench.results import analyzer_agreement, estimates
from tuner.bench.results.frontier import choose
from tuner.bench.results.measures import CallMeasures, measure
from tuner.bench.running.job import Answered, Ask, CallTruth
from tuner.limits import Limits

FIRST, SECOND = "My order number is,", "four seven two nine."


def sound(
    kind: str, at: float, seconds: float, text: str = "", *, mid_sentence: bool = False
) -> SoundTruth:
    kinds = SoundKind(kind)
    return SoundTruth(kinds, text, text, at, at + seconds, at, False, mid_sentence)


def broken(at: float, pause: float = 1.0) -> list[SoundTruth]:
    """One second, a pause, one second."""
    first = sound("phrase", at, 1, FIRST, mid_sentence=True)
    return [first, sound("phrase", at + 1 + pause, 1, SECOND)]


def call(*happened: Any, ended: float = 30.0, **more: Any) -> CallMeasures:
    """Measure a call of sounds, (time, what) of the agent, and asks."""
    truth = CallTruth("s", "p", more.pop("number", 0), "AJ_1", **more)
    return measure(
        _with(
            truth,
            began=0.0,
            ended=ended,
            sounds=tuple(one for one in happened if isinstance(one, SoundTruth)),
            moments=tuple(Moment(*one) for one in happened if isinstance(one, tuple)),
            asks=tuple(one for one in happened if isinstance(one, Ask)),
        )
    )


def _with(truth: CallTruth, **values: Any) -> CallTruth:
    from dataclasses import replace

    return replace(truth, **values)


def says(start: float, end: float, how: str = "end") -> list[tuple[float, str]]:
    return [(start, "start"), (end, how)]


def test_the_wait_is_from_the_last_sample_to_the_first_sound() -> None:
    found = call(sound("sentence", 2, 1.5), *says(4.25, 8), sound("sentence", 9, 2), *says(12, 15))
    assert found.waits == (0.75, 1.0)
    assert (found.turns, found.answered, found.minutes) == (2, 2, 0.5)


def test_a_turn_without_answer_counts_unless_the_call_was_over() -> None:
    found = call(sound("sentence", 2, 1), sound("sentence", 15, 1), sound("sentence", 28, 1))
    assert (found.turns, found.answered, found.waits) == (2, 0, ())
    assert estimates.waits_paid(found) == [9.0, 9.0]


def test_a_stop_for_a_back_channel_is_false_and_its_silence_is_dead_air() -> None:
    found = call(
        sound("sentence", 1, 1),
        (3.0, "start"),
        sound("backchannel", 4, 0.6),
        (4.5, "hold"),
        (7.0, "go_on"),
        (9.0, "end"),
    )
    assert (found.false_stops, found.resumed, found.dead_air_s) == (1, 1, 2.5)


def test_speech_that_is_thrown_away_for_a_cough_is_silence_until_somebody_speaks() -> None:
    found = call(
        sound("sentence", 1, 1),
        *says(3, 5, "cut"),
        sound("cough", 4.5, 0.3),
        sound("sentence", 8, 1),
    )
    assert (found.false_stops, found.lost, found.resumed) == (1, 1, 0)
    assert found.dead_air_s == 3.0


def test_held_and_then_thrown_away_is_one_stop() -> None:
    found = call(
        sound("sentence", 1, 1),
        *[(3.0, "start"), (4.0, "hold"), (4.8, "cut")],
        sound("bystander", 3.6, 0.5),
    )
    assert (found.false_stops, found.resumed) == (1, 0)


def test_a_stop_for_the_callers_own_words_is_not_false() -> None:
    found = call(
        sound("sentence", 1, 1),
        *[(3.0, "start"), (4.7, "hold"), (5.5, "cut")],
        sound("barge_in", 4, 2),
        *says(7, 9),
    )
    assert (found.false_stops, found.interruptions, found.missed, found.late) == (0, 1, 0, 0)
    assert found.stops_s == pytest.approx((0.7,))
    assert found.waits == (1.0, 1.0)


@pytest.mark.parametrize(
    ("agent", "missed", "late", "tests"),
    [
        ([(3.0, "start"), (9.0, "end")], 1, 0, 1),
        ([(3.0, "start"), (5.5, "cut")], 0, 1, 1),
        ([(3.0, "start"), (6.9, "cut")], 1, 0, 1),
        ([(3.0, "start"), (4.5, "hold"), (6.5, "go_on"), (9.0, "end")], 1, 0, 1),
        ([(3.0, "start"), (4.6, "end")], 0, 0, 0),
        ([(1.0, "start"), (3.5, "end")], 0, 0, 0),
    ],
    ids=["never", "late", "after the last word", "went on", "nearly done", "was silent"],
)
def test_interruptions_that_are_missed_or_late(
    agent: list[tuple[float, str]], missed: int, late: int, tests: int
) -> None:
    found = call(*agent, sound("barge_in", 4, 2))
    assert (found.missed, found.late, found.interruptions) == (missed, late, tests)


def test_a_sentence_may_end() -> None:
    whole = Ask(5.6, (f"{FIRST} {SECOND}",), 10)
    found = call(*broken(2), Ask(3.5, (FIRST,), 10), whole, *says(6, 8))
    assert (found.pauses, found.cut_offs) == (1, 0)


def test_a_first_half_that_the_model_gets_as_a_turn_is_a_silent_split() -> None:
    asks = [Ask(3.5, (FIRST,), 10), Ask(5.6, (FIRST, SECOND), 10)]
    found = call(*broken(2), *asks, *says(6, 8))
    assert (found.silent_splits, found.talk_overs, found.waits) == (1, 0, (1.0,))


def test_a_first_half_that_nobody_heard_is_no_split() -> None:
    found = call(*broken(2), Ask(5.6, ("hello", SECOND), 10), *says(6, 8))
    assert found.cut_offs == 0


def test_an_agent_that_speaks_in_the_pause_talks_over() -> None:
    found = call(*broken(2), *says(3.8, 4.5, "cut"), Ask(5.6, (FIRST, SECOND), 9), *says(6, 8))
    assert (found.talk_overs, found.silent_splits, found.false_stops) == (1, 0, 0)


def test_a_reply_to_nothing_is_needless() -> None:
    found = call(*says(0.1, 1), sound("sentence", 2, 1), *says(4, 6), *says(8, 9))
    assert found.needless_replies == 1


def test_what_falls_silent_because_the_caller_hung_up_is_no_stop() -> None:
    found = call(sound("sentence", 1, 1), (3.0, "start"), (10.1, "cut"), ended=10.0)
    assert (found.false_stops, found.waits) == (0, (1.0,))


# --- figures over calls -------------------------------------------------------------------------


def some(number: int, **values: Any) -> CallMeasures:
    usual: dict[str, Any] = dict.fromkeys(CallMeasures.__dataclass_fields__, 0)
    waits = {"waits": (1.0,), "stops_s": (), "turns": 1, "answered": 1, "minutes": 0.5}
    return CallMeasures(**{**usual, **waits, "number": number, **values})


def drawn(**profiles: list[CallMeasures]) -> dict[str, dict[str, estimates.Draws]]:
    return estimates.draw(profiles, estimates.measures(Limits()), 1)


def test_figures_and_their_intervals() -> None:
    calls = [some(n, waits=(1.0 + n / 100,), false_stops=n % 2) for n in range(100)]
    found = {name: d.estimate() for name, d in drawn(a=calls)["a"].items()}
    assert found["wait_p50_s"].value == pytest.approx(1.495, abs=0.02)
    assert found["wait_p90_s"].value == pytest.approx(1.895, abs=0.02)
    stops = found["false_stops_per_min"]
    assert (stops.value, stops.n) == (1.0, 50)
    assert stops.low == pytest.approx(0.8, abs=0.06)
    assert stops.high == pytest.approx(1.2, abs=0.06)
    assert found["missed"].value is None


def test_calls_without_a_turn_have_no_rate_of_turns() -> None:
    """Tokens and false stops there are, and nothing to divide them by."""
    none = {"turns": 0, "answered": 0, "waits": (), "tokens": 90, "false_stops": 1}
    alone = {name: d.estimate() for name, d in drawn(a=[some(0, **none)])["a"].items()}
    for name in ("tokens_per_turn", "errors_s", "cost_s", "answered", "cut_offs_per_turn"):
        assert alone[name] == estimates.Estimate(None, None, None, 0)
    beside = drawn(a=[some(0, **none), some(1, tokens=10)])["a"]["tokens_per_turn"].estimate()
    assert (beside.value, beside.low, beside.high) == (100, 10, 100), "not without an end"


def test_the_cost_is_weighed_as_in_the_limits() -> None:
    wrong = {"false_stops": 2, "lost": 1, "silent_splits": 1, "missed": 1, "stops_s": (0.5,)}
    calls = [some(n, turns=2, answered=1, **wrong) for n in range(4)]
    found = drawn(a=calls)["a"]
    limits = Limits()
    errors = (limits.cost_false_interruption_s + 3 * limits.cost_false_cutoff_s + 0.5) / 2
    assert found["errors_s"].plain == pytest.approx(errors)
    assert found["cost_s"].plain == pytest.approx(errors + 9.0)


def test_profiles_are_compared_over_the_same_callers() -> None:
    """Callers differ far more than the profiles do; paired, the difference is still plain."""
    rng = np.random.default_rng(2)
    waits = rng.uniform(1, 5, 30)
    quick = [some(n, waits=(float(w),)) for n, w in enumerate(waits)]
    slow = [some(n, waits=(float(w) + 0.3,)) for n, w in enumerate(waits)]
    chosen = choose(drawn(slow=slow, quick=quick))
    assert chosen is not None
    assert chosen.best == "quick"
    assert chosen.as_good == ("quick",)
    assert chosen.dearer["slow"].low == pytest.approx(0.3)
    assert chosen.frontier == ("quick",)


def test_the_frontier_holds_what_is_better_in_one_thing() -> None:
    quick = [some(n, waits=(0.5,), false_stops=2) for n in range(9)]
    calm = [some(n, waits=(1.5,)) for n in range(9)]
    worse = [some(n, waits=(1.6,), false_stops=1) for n in range(9)]
    chosen = choose(drawn(quick=quick, calm=calm, worse=worse))
    assert chosen is not None
    assert chosen.frontier == ("quick", "calm")
    assert choose({}) is None


# --- the analyzer against the truth -------------------------------------------------------------


def report(**counts: Any) -> Any:
    def signal(name: str, **more: Any) -> SimpleNamespace:
        return SimpleNamespace(count=counts.get(name), more=more)

    return SimpleNamespace(
        exposure=SimpleNamespace(calls=counts["calls"], turns=counts["turns"]),
        signals={
            "false_interruptions": signal("false", phantom=counts.get("phantom", 0), lost=0),
            "false_cutoffs": signal("cut"),
            "openai_calls": signal("openai", slow=counts.get("slow")),
        },
    )


def test_the_analyzer_is_held_against_the_truth() -> None:
    answers = tuple(Answered(f"r{ms}", "chat", 200, ms, True, 0.5) for ms in (100, 1500))
    truth = CallTruth("s", "p", 0, "AJ_1", answered=answers, given_up=1, user_turns=3)
    measured = [some(0, resumed=2)]
    said = {"calls": 1, "turns": 3, "false": 3, "phantom": 1, "cut": 0, "openai": 3, "slow": 1}
    found = analyzer_agreement.checks(report(**said), [truth], measured, 1000.0)
    assert [check.what for check in found if not check.agrees] == []
    wrong = analyzer_agreement.checks(
        report(**{**said, "turns": 4, "openai": 1}), [truth], measured, 1000.0
    )
    told = [str(check) for check in wrong if not check.agrees]
    assert told == [
        "s, p: turns: the analyzer says 4, the truth is 3",
        "s, p: OpenAI responses: the analyzer says 1, the truth is 2 to 3",
    ]


def test_an_answer_that_nobody_stayed_for_may_be_missing_from_the_log() -> None:
    gone = Answered("r1", "speech", 200, 100, False, 0.01)
    truth = CallTruth("s", "p", 0, "AJ_1", answered=(gone,), user_turns=3)
    said = {"calls": 1, "turns": 3, "false": 2, "cut": 0, "slow": 0}
    for count in (0, 1):
        found = analyzer_agreement.checks(
            report(**said, openai=count), [truth], [some(0, resumed=2)], 1e3
        )
        assert all(check.agrees for check in found)


def test_what_no_log_could_show_is_no_mistake_of_the_analyzer() -> None:
    truth = CallTruth("s", "p", 0, "AJ_1", user_turns=3, turn_log=False)
    said = {"calls": 1, "turns": None, "false": None, "cut": None, "openai": None, "slow": None}
    found = analyzer_agreement.checks(report(**said), [truth], [some(0, resumed=2)], 1000.0)
    assert [check.what for check in found if check.binding] == ["calls"]
    loud = replace(truth, turn_log=True)
    found = analyzer_agreement.checks(report(**said), [loud], [some(0, resumed=2)], 1000.0)
    assert not all(check.agrees for check in found if check.binding)

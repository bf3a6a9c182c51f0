"""The recommendation: the genuine logs' figures, the weighing of two problems, convergence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.facts import (
    BALANCED,
    LIMITS,
    PROFILES,
    blind,
    chopped,
    counted,
    healthy_debug,
    healthy_info,
    latency,
    make,
    noisy,
    slow,
    under,
)
from tuner.advice.case import Case
from tuner.advice.effects import changes
from tuner.advice.moves import Move, same
from tuner.advice.price import price
from tuner.advice.recommend import _all_of, _measure, advise
from tuner.limits import Limits
from tuner.model import Change, Current, Facts, Recommendation
from tuner.names import SignalName
from tuner.rules import judge
from tuner.settings.prices import PRICES
from tuner.whatif.calls import LoggedAnswer, LoggedCall, Silence
from tuner.whatif.predict import Replay
from tuner.whatif.timing import DELAY, SILENCE

STOPS: SignalName = "false_interruptions"
TIMING = ("fast", "noisy", "patient")


Pauses = Sequence[float] | None


def ask(
    facts: Facts, limits: Limits = LIMITS, profiles: Any = PROFILES, pauses: Pauses = None
) -> Recommendation:
    """The advice; with `pauses`, every call of the log has these pauses inside its turns."""
    findings, refusals = judge(facts, limits)
    if pauses is None:
        return advise(findings, refusals, facts, profiles, limits)
    return advise(findings, refusals, facts, profiles, limits, lambda: replay(facts, pauses))


def replay(facts: Facts, pauses: Sequence[float]) -> Replay:
    """Twenty calls whose transcripts take 0.4 s, their answers 0.6 s and the voice 0.2 s."""
    values = {**BALANCED, **facts.current.settings}
    commit = max(float(values[name]) for name in (DELAY, SILENCE))
    answer = LoggedAnswer(0.4, max(0.4, commit), max(0.6, commit) + 0.2, 0.42, 0.6)
    silences = tuple(Silence(pause, False) for pause in pauses)
    calls = [LoggedCall(20, 2.0, silences, (answer,) * 20, (), (0.4,) * 20)] * 20
    return Replay(calls, {**values, "MIN_INTERRUPTION_WORDS": 0})


def changed(advice: Recommendation) -> dict[str, Change]:
    return {change.setting: change for change in advice.changes}


def reason(advice: Recommendation, profile: str) -> str:
    return next(line.why for line in advice.against if line.profile == profile)


def two_problems(
    stops: int, cutoffs: int, current: Current | None = None, wait: float = 0.55
) -> Facts:
    return make(
        calls=10,
        minutes=10.0,
        turns=60,
        current=current,
        signals={
            "false_interruptions": counted(stops),
            "false_cutoffs": counted(cutoffs, turns_at_risk=60),
        },
        stages={"end_of_turn_delay": latency(wait, 60, 60 if wait > 1 else 0, 1.0)},
    )


# --- the genuine logs -----------------------------------------------------------------------------


def test_the_noisy_log_switches_to_noisy() -> None:
    advice = ask(noisy())
    assert (advice.verdict, advice.profile, advice.current) == ("switch", "noisy", None)
    assert "27 in 14.0 min" in advice.why
    assert "balanced is assumed" in advice.why
    assert advice.price.startswith(PRICES["noisy"].cost)
    assert "every reply" not in advice.price


def test_an_own_profile_that_bears_a_shipped_name_has_no_measured_price() -> None:
    facts = noisy(under("balanced"))
    advice = advise(*judge(facts, LIMITS), facts, PROFILES, LIMITS, own={"noisy"})
    assert advice.profile == "noisy"
    assert PRICES["noisy"].cost not in advice.price
    assert advice.price.startswith("an interrupted agent stops 0.3 s later")


def test_of_two_numbers_of_calls_the_larger_is_needed() -> None:
    assert _all_of(["about 1 more call like these", "about 1,200 more calls like these"]) == (
        "about 1,200 more calls like these"
    )
    assert _all_of(["a turn log", "about 2 more calls like these", "a turn log"]) == (
        "a turn log; about 2 more calls like these"
    )


@pytest.mark.parametrize(
    ("needs", "mode", "evidence"),
    [
        ("LOG_LEVEL=DEBUG", "pipeline", True),
        ("LOG_LEVEL=DEBUG", "realtime", False),
        ("about 7 more calls like these", "pipeline", False),
        ("LOG_LEVEL=DEBUG; about 7 more calls like these", "pipeline", True),
    ],
)
def test_evidence_is_named_only_where_it_shows_what_is_needed(
    needs: str, mode: str, evidence: bool
) -> None:
    facts = make(current=under("balanced", AGENT_MODE=mode))
    case = Case((), (), facts, PROFILES, LIMITS, lambda: "")
    assert ("the profile evidence" in _measure(needs, case)) == evidence


def test_patient_waits_on_purpose() -> None:
    """It is the profile that is kept where the wait is long, and does not shorten it."""
    advice = ask(two_problems(0, 0, under("patient", MIN_ENDPOINTING_DELAY=1.3), wait=1.3))
    assert (advice.verdict, advice.profile, advice.changes) == ("keep", "patient", ())
    assert "waits on purpose" in advice.why
    assert "fixes" not in advice.why


def test_the_chopped_log_switches_to_patient() -> None:
    advice = ask(chopped(under("balanced")))
    assert (advice.verdict, advice.profile, advice.current) == ("switch", "patient", "balanced")
    assert "26 of 56 turns" in advice.why
    assert advice.price == PRICES["patient"].cost


@pytest.mark.parametrize("current", [None, *PROFILES])
def test_the_slow_log_blames_the_model_and_switches_to_nothing(current: str | None) -> None:
    advice = ask(slow(under(current) if current else None))
    assert (advice.verdict, advice.profile) == ("keep", current)
    assert "It is the model that must change" in advice.why
    assert advice.changes == ()
    assert "model" in advice.needs


@pytest.mark.parametrize(
    ("first_token", "transcript", "blamed"), [(1.12, 1.99, "transcriber"), (1.99, 1.12, "model")]
)
def test_the_service_that_callers_wait_for_most_is_blamed_first(
    first_token: float, transcript: float, blamed: str
) -> None:
    stages = {
        "llm_ttft": latency(first_token, 60, 55, 0.5),
        "end_of_turn_delay": latency(transcript + 0.06, 60, 55, 1.0),
        "transcription_delay": latency(transcript, 60, 55, 0.5),
    }
    advice = ask(make(stages=stages))
    assert f"It is the {blamed} that must change" in advice.why
    assert ("The model is slow too." in advice.why) == (blamed != "model")
    assert blamed in advice.needs


@pytest.mark.parametrize("current", [None, *PROFILES])
def test_a_healthy_log_never_switches(current: str | None) -> None:
    known = under(current) if current else None
    assert ask(healthy_debug(known)).verdict == "keep"
    blind = ask(healthy_info(known))
    assert (blind.verdict, blind.profile, blind.changes) == ("undecided", None, ())


def test_each_problem_that_could_not_be_judged_has_its_own_reason() -> None:
    hidden = {"false_interruptions": blind("one reason"), "false_cutoffs": blind("another")}
    why = ask(make(signals=hidden)).why
    assert "Could not judge false interruptions: one reason. " in why
    assert "Could not judge cut-offs: another." in why


def test_a_blind_log_says_what_to_switch_on() -> None:
    advice = ask(healthy_info())
    assert "false interruptions and cut-offs" in advice.why
    assert "TURN_LOG=stdout" in advice.needs
    assert "profile evidence" in advice.needs
    without = ask(healthy_info(), profiles={"balanced": BALANCED})
    assert "evidence" not in without.needs


def test_a_starved_machine_comes_before_any_profile() -> None:
    signals = {**noisy().signals, "vad_slow": counted(29, max_delay_s=1.6)}
    advice = ask(msgspec.structs.replace(noisy(), signals=signals))
    assert (advice.verdict, advice.changes) == ("undecided", ())
    assert "The machine is too slow for voice detection" in advice.why
    assert "measure again" in advice.needs


# --- the case for and against ---------------------------------------------------------------------


def test_every_other_profile_gets_a_line() -> None:
    advice = ask(noisy(under("balanced")))
    assert {line.profile for line in advice.against} == set(PROFILES) - {"noisy", "balanced"}
    assert reason(advice, "patient") == (f"cut-offs are within the limit; {PRICES['patient'].cost}")
    assert reason(advice, "evidence") == PRICES["evidence"].purpose
    assert all(len(line.why) <= 150 for line in advice.against)


def test_only_given_profiles_are_named() -> None:
    advice = ask(noisy(), profiles={"balanced": BALANCED, "calm": BALANCED})
    assert advice.verdict != "switch"
    assert {line.profile for line in advice.against} == {"calm"}


def test_a_slow_model_beside_false_interruptions_is_named_too() -> None:
    signals = {
        **noisy().signals,
        "openai_calls": slow().signals["openai_calls"],
    }
    advice = ask(msgspec.structs.replace(noisy(), signals=signals))
    assert (advice.verdict, advice.profile) == ("switch", "noisy")
    assert "no profile fixes that" in advice.why


def test_two_problems_are_weighed_and_both_shown() -> None:
    stops = ask(two_problems(40, 20, under("balanced")))
    assert stops.profile == "noisy"
    assert (
        "The larger loss decides: false interruptions 10.0 s/min, cut-offs 8.0 s/min" in stops.why
    )
    assert "counting false interruptions 2.5 s each, cut-offs 4 s each" in stops.why
    assert reason(stops, "patient") == "cut-offs cost callers less: 8.0 s/min"
    cutoffs = ask(two_problems(30, 20, under("balanced")))
    assert cutoffs.profile == "patient"
    assert reason(cutoffs, "noisy") == "false interruptions cost callers less: 7.5 s/min"


def test_the_weights_are_limits() -> None:
    dear = msgspec.structs.replace(LIMITS, cost_false_interruption_s=10.0)
    assert ask(two_problems(30, 20), dear).profile == "noisy"


def test_cutoffs_against_a_long_wait() -> None:
    current = under("balanced", MIN_ENDPOINTING_DELAY=1.2)
    advice = ask(two_problems(0, 20, current, wait=1.3))
    assert advice.verdict == "keep", "patient would close the turn sooner than 1.2 s"
    assert "cut-offs 8.0 s/min, long waits 6.0 s/min" in advice.why
    assert "TURN_DETECTION=detector" in advice.needs
    dear = ask(two_problems(0, 12, current, wait=1.3), pauses=[0.9] * 8)
    assert dear.verdict == "keep"
    assert changed(dear).keys() == {DELAY}
    assert changed(dear)[DELAY].to in (1.0, 1.1), "the gentlest cure of the wait"
    assert "sooner" in dear.price
    short = ask(two_problems(0, 0, current, wait=1.3), pauses=())
    assert (short.verdict, short.profile) == ("switch", "fast")
    assert "more callers are cut off" in short.price


LATE = {"MIN_ENDPOINTING_DELAY": 2.0}
STRICT = {"MIN_INTERRUPTION_DURATION": 2.0, "INTERRUPTION_THRESHOLD": 0.95,
          "FALSE_INTERRUPTION_TIMEOUT": 0.5}  # fmt: skip


def test_a_long_wait_beside_false_interruptions_takes_one_switch() -> None:
    """fast would be left again for noisy; noisy shortens the wait too."""
    advice = ask(two_problems(18, 0, under("balanced", **LATE), wait=2.0), pauses=())
    assert (advice.verdict, advice.profile) == ("switch", "noisy")
    assert changed(advice)["MIN_ENDPOINTING_DELAY"].to == 0.5
    assert "What callers lose: false interruptions 4.5 s/min, long waits 10.2" in advice.why
    assert "`noisy` fixes this, and helps against long waits too." in advice.why
    assert reason(advice, "fast") == "would fix one of two problems, noisy helps against both"


def test_a_long_wait_is_left_to_fast_where_noisy_is_no_cure() -> None:
    advice = ask(two_problems(18, 0, under("balanced", **LATE, **STRICT), wait=2.0), pauses=())
    assert (advice.verdict, advice.profile) == ("switch", "fast")


def test_a_long_wait_is_left_to_fast_where_noisy_waits_longer() -> None:
    slow_noisy = {**PROFILES["noisy"], "MIN_ENDPOINTING_DELAY": 2.5}
    facts = two_problems(18, 0, under("balanced", **LATE), wait=2.0)
    assert ask(facts, profiles={**PROFILES, "noisy": slow_noisy}, pauses=()).profile == "fast"


def test_a_long_wait_beside_cutoffs_is_shortened_with_care() -> None:
    advice = ask(two_problems(18, 20, under("balanced", **LATE), wait=2.0), pauses=[0.9] * 8)
    assert advice.verdict == "keep"
    assert changed(advice)[DELAY].to == 1.0


def test_no_shorter_wait_is_advised_where_callers_pause_that_long() -> None:
    """At 2 s nobody is cut off, and every second turn has a pause of 1.9 s."""
    facts = two_problems(0, 0, under("balanced", **LATE), wait=2.0)
    advice = ask(facts, pauses=[1.9] * 10)
    assert (advice.verdict, advice.changes) == ("keep", ())
    assert "would cut off callers" in advice.why
    assert reason(advice, "fast").startswith("a shorter wait")


def test_no_shorter_wait_is_advised_without_asking_the_pauses() -> None:
    facts = two_problems(0, 0, under("balanced", **LATE), wait=2.0)
    advice = advise(*judge(facts, LIMITS), facts, PROFILES, LIMITS)
    assert (advice.verdict, advice.profile) == ("undecided", None)
    assert "TURN_LOG" in advice.needs


def test_stops_are_fixed_without_shortening_the_wait_where_callers_pause() -> None:
    """noisy shortens the wait too; here only what it sets against the stops is taken."""
    facts = two_problems(40, 0, under("balanced", MIN_ENDPOINTING_DELAY=0.9), wait=0.9)
    advice = ask(facts, pauses=[0.75] * 10)
    assert (advice.verdict, advice.profile) == ("keep", "balanced")
    assert "MIN_INTERRUPTION_DURATION" in changed(advice)
    assert DELAY not in changed(advice)


def test_a_long_wait_under_a_profile_that_stays_is_shortened_first() -> None:
    advice = ask(two_problems(18, 0, under("phone", **LATE), wait=2.0), pauses=())
    assert (advice.verdict, advice.profile) == ("keep", "phone")
    assert {name: c.to for name, c in changed(advice).items()} == {"MIN_ENDPOINTING_DELAY": 0.3}


def test_a_long_wait_is_not_shortened_where_cutoffs_cannot_be_seen() -> None:
    facts = two_problems(18, 0, under("balanced", **LATE), wait=2.0)
    signals = {STOPS: facts.signals[STOPS]}
    advice = ask(msgspec.structs.replace(facts, signals=signals))
    assert advice.verdict == "undecided"
    assert "`fast` costs cut-offs, which could not be judged" in advice.why


def test_fast_is_not_advised_where_the_delay_is_unknown() -> None:
    advice = ask(two_problems(0, 0, wait=1.3))
    assert advice.verdict == "undecided"
    assert "--current PROFILE" in advice.needs


def test_fast_is_not_advised_where_cutoffs_cannot_be_seen() -> None:
    facts = two_problems(0, 0, under("balanced", MIN_ENDPOINTING_DELAY=1.2), wait=1.3)
    signals = {STOPS: facts.signals[STOPS]}
    advice = ask(msgspec.structs.replace(facts, signals=signals))
    assert advice.verdict == "undecided"
    assert "cut-offs, which could not be judged" in advice.why
    assert "turn log" in advice.needs


def test_a_cure_dearer_than_the_problem_is_not_advised() -> None:
    """0.4 min of waiting is not paid for twelve cut-offs when a cut-off costs next to nothing."""
    cheap = msgspec.structs.replace(LIMITS, cost_false_cutoff_s=1.0)
    advice = ask(two_problems(0, 12, under("balanced")), cheap)
    assert advice.verdict == "keep"
    assert reason(advice, "patient") == "would cost callers more than it saves"


# --- evidence -------------------------------------------------------------------------------------


def _stops(count: int, calls: int | None, minutes: float) -> Facts:
    return make(
        calls=calls,
        minutes=minutes,
        signals={
            "false_interruptions": counted(count),
            "false_cutoffs": counted(0, turns_at_risk=60),
        },
    )


@pytest.mark.parametrize(
    ("count", "calls", "verdict", "needs"),
    [
        (16, 8, "switch", ""),
        (16, 7, "undecided", "about 1 more call: a prediction needs 10 events in 8 calls"),
        (10, 8, "switch", ""),
        (9, 9, "undecided", "about 1 more call: a prediction needs 10 events in 8 calls"),
        (5, 9, "undecided", "about 9 more calls: a prediction needs 10 events in 8 calls"),
        (20, 1, "undecided", "about 7 more calls: a prediction needs 10 events in 8 calls"),
    ],
)
def test_a_switch_needs_ten_events_and_eight_calls(
    count: int, calls: int, verdict: str, needs: str
) -> None:
    advice = ask(_stops(count, calls, minutes=2.0))
    assert (advice.verdict, advice.needs) == (verdict, needs)
    assert advice.profile == ("noisy" if verdict == "switch" else None)


def test_calls_that_cannot_be_told_apart_are_no_evidence() -> None:
    advice = ask(_stops(30, None, minutes=5.0))
    assert advice.verdict == "undecided"
    assert "job_id" in advice.needs


def test_an_unproved_problem_says_how_much_more_would_settle_it() -> None:
    advice = ask(_stops(12, 10, minutes=10.0))
    assert advice.verdict == "undecided"
    assert advice.why.startswith("Not enough evidence yet: ")
    assert re.fullmatch(r"about \d+ more calls? like these", advice.needs)


def test_a_problem_at_the_limit_is_undecided_not_healthy() -> None:
    advice = ask(_stops(9, 10, minutes=10.0))
    assert advice.verdict == "undecided"
    assert "more call" in advice.needs


@pytest.mark.parametrize("stops", [9, 12])
def test_what_is_not_settled_changes_nothing_under_the_profile_that_is_for_it(stops: int) -> None:
    facts = msgspec.structs.replace(_stops(stops, 10, minutes=10.0), current=under("noisy"))
    advice = ask(facts)
    assert (advice.verdict, advice.profile) == ("keep", "noisy")
    facts = msgspec.structs.replace(facts, current=under("patient"))
    assert ask(facts).verdict == "undecided"


def test_mixed_profiles_are_not_advised_on_as_one() -> None:
    mixed = Current("balanced", "log", BALANCED, ("balanced", "noisy"))
    advice = ask(noisy(mixed))
    assert advice.verdict == "undecided"
    assert "one profile at a time" in advice.needs


# --- convergence ----------------------------------------------------------------------------------


@pytest.mark.parametrize("current", PROFILES)
@pytest.mark.parametrize("log", [noisy, chopped, slow, healthy_debug, healthy_info])
def test_the_advised_profile_is_kept(log: Any, current: str) -> None:
    first = ask(log(under(current)))
    if first.verdict == "switch":
        assert first.profile is not None and first.profile != current
        assert ask(log(under(first.profile))).verdict == "keep"


def test_the_profile_in_use_is_kept_with_the_next_step() -> None:
    advice = ask(noisy(under("noisy")))
    assert (advice.verdict, advice.profile, advice.changes) == ("keep", "noisy", ())
    assert "MIN_INTERRUPTION_DURATION" in advice.needs


def test_a_cure_is_not_given_up_for_another() -> None:
    """Under noisy the false interruptions are gone: leaving it would bring them back."""
    advice = ask(two_problems(0, 20, under("noisy")))
    assert (advice.verdict, advice.profile) == ("keep", "noisy")
    assert "MIN_ENDPOINTING_DELAY=0.8" in advice.why
    assert [(c.setting, c.from_, c.to) for c in advice.changes] == [
        ("MIN_ENDPOINTING_DELAY", 0.5, 0.8)
    ]
    assert advice.price == "every reply comes up to 0.3 s later"
    after = ask(two_problems(0, 20, under("noisy", MIN_ENDPOINTING_DELAY=0.8)))
    assert (after.verdict, after.changes) == ("keep", ())
    assert "TURN_DETECTION=detector" in after.needs


def test_a_profile_that_is_undone_by_overrides_is_put_right() -> None:
    loose = ask(two_problems(40, 0, under("noisy", INTERRUPTION_THRESHOLD=0.5)))
    assert (loose.verdict, loose.profile) == ("keep", "noisy")
    assert {name: c.to for name, c in changed(loose).items()} == {"INTERRUPTION_THRESHOLD": 0.9}
    late_facts = two_problems(0, 0, under("patient", MIN_ENDPOINTING_DELAY=1.3), wait=1.4)
    late = ask(late_facts, pauses=[0.65] * 8)
    assert (late.verdict, late.profile) == ("keep", "patient")
    assert {name: c.to for name, c in changed(late).items()} == {"MIN_ENDPOINTING_DELAY": 0.8}


def test_a_minimum_is_carried_over_by_the_sound_that_it_asks_for() -> None:
    """patient waits 0.2 s longer for silence, which LiveKit counts into an interruption."""
    advice = ask(two_problems(40, 0, under("patient")))
    assert advice.verdict == "keep"
    assert changed(advice)["MIN_INTERRUPTION_DURATION"].to == 1.0


def test_the_realtime_server_is_not_tuned_with_pipeline_profiles() -> None:
    advice = ask(two_problems(40, 0, under("realtime")))
    assert (advice.verdict, advice.changes) == ("keep", ())
    assert "REALTIME_VAD_THRESHOLD" in advice.needs


@pytest.mark.parametrize("stops", [0, 40])
def test_a_realtime_agent_that_detects_turns_itself_gets_no_pipeline_profile(stops: int) -> None:
    mine = under("realtime", TURN_DETECTION="vad")
    facts = two_problems(stops, 40 - stops, Current("mine", "turn log", mine.settings))
    advice = ask(facts)
    assert advice.verdict == "keep"
    assert advice.changes
    assert all(change.setting != "AGENT_MODE" for change in advice.changes)
    findings, _ = judge(facts, LIMITS)
    assert all("fixes this" not in finding.advice for finding in findings)


def test_a_realtime_agent_whose_settings_are_unknown_gets_none_either() -> None:
    facts = two_problems(40, 0)
    facts = msgspec.structs.replace(
        facts, latency={"realtime_ttft": latency(0.4, 60, 0, 0.8)}, current=Current(None, "unknown")
    )
    advice = ask(facts)
    assert (advice.verdict, advice.changes) == ("keep", ())


def test_a_finding_does_not_advise_the_profile_in_use() -> None:
    for name in ("noisy", "patient", "fast"):
        findings, _ = judge(two_problems(40, 40, under(name), wait=2.0), LIMITS)
        assert findings
        assert all(f"`{name}` fixes" not in finding.advice for finding in findings)


def test_a_telephone_server_keeps_its_profile() -> None:
    advice = ask(two_problems(40, 0, under("phone")))
    assert (advice.verdict, advice.profile) == ("keep", "phone")
    assert changed(advice)["INTERRUPTION_THRESHOLD"].to == 0.9


@settings(max_examples=100, deadline=None)
@given(
    stops=st.integers(0, 60),
    cutoffs=st.integers(0, 60),
    wait=st.sampled_from([0.5, 0.9, 1.2, 2.0]),
    calls=st.integers(1, 20),
    start=st.sampled_from([None, *PROFILES]),
    delay=st.sampled_from([None, 0.3, 1.2, 2.0]),
)
@example(stops=13, cutoffs=0, wait=2.0, calls=8, start="balanced", delay=2.0)
def test_advice_converges(
    stops: int, cutoffs: int, wait: float, calls: int, start: str | None, delay: float | None
) -> None:
    """The same facts under the profile just advised: never switch again."""
    knobs = {} if delay is None else {"MIN_ENDPOINTING_DELAY": delay}

    def facts(name: str | None, own: dict[str, float]) -> Facts:
        seen_now = two_problems(stops, cutoffs, under(name, **own) if name else None, wait)
        exposure = msgspec.structs.replace(seen_now.exposure, calls=calls)
        return msgspec.structs.replace(seen_now, exposure=exposure)

    first = ask(facts(start, knobs))
    assert first.profile is None or first.profile in PROFILES
    if first.verdict == "switch":
        assert first.profile in TIMING
        assert first.profile != start
        assert first.changes and first.price
        again = ask(facts(first.profile, {}))
        assert again.verdict != "switch"
    if first.verdict == "undecided":
        assert first.needs


@settings(max_examples=100, deadline=None)
@given(
    noise=st.integers(0, 60),
    pauses=st.floats(0.0, 1.0),
    start=st.sampled_from(sorted(PROFILES)),
)
def test_logs_made_under_the_advised_profile_say_keep(
    noise: int, pauses: float, start: str
) -> None:
    """A small world: noisy stops four of five false interruptions, a longer wait cuts off less."""

    def world(name: str) -> Facts:
        delay = PROFILES[name]["MIN_ENDPOINTING_DELAY"]
        stops = noise // 5 if name == "noisy" else noise
        return two_problems(stops, int(60 * pauses * (1.0 - delay)), under(name), delay + 0.05)

    first = ask(world(start))
    if first.verdict == "switch":
        assert first.profile is not None
        assert ask(world(first.profile)).verdict != "switch"


# --- effects --------------------------------------------------------------------------------------


def move(name: str, facts: Facts, **settings: Any) -> Move:
    return Move(BALANCED | settings, PROFILES[name], facts, LIMITS)


def test_changes_list_what_differs_and_nothing_else() -> None:
    found = changes(move("noisy", noisy()))
    assert [(c.setting, c.from_, c.to) for c in found] == [
        ("MIN_INTERRUPTION_DURATION", 0.5, 0.8),
        ("INTERRUPTION_THRESHOLD", 0.8, 0.9),
        ("FALSE_INTERRUPTION_TIMEOUT", 2.0, 1.0),
    ]
    assert changes(Move(BALANCED, BALANCED, noisy(), LIMITS)) == ()


def test_dead_air_saved_is_exact() -> None:
    change = {c.setting: c for c in changes(move("noisy", noisy()))}["FALSE_INTERRUPTION_TIMEOUT"]
    assert change.label == "exact"
    assert change.effect == "1.0 s less dead air each time, 27 s in these calls"


def test_vanishing_interruptions_are_bounds_until_their_length_is_known() -> None:
    duration = {c.setting: c for c in changes(move("noisy", noisy()))}["MIN_INTERRUPTION_DURATION"]
    assert duration.label == "bounds only"
    assert "this log cannot tell how many of the 27 false interruptions" in duration.effect
    signals = {
        **noisy().signals,
        "interruptions": counted(27, dead_air_s={"p50": 2.2, "p90": 2.4}),
    }
    logged = msgspec.structs.replace(noisy(), signals=signals)
    known = {c.setting: c for c in changes(move("noisy", logged))}["MIN_INTERRUPTION_DURATION"]
    assert known.label == "estimated"
    assert "at least 13 of 27" in known.effect


def test_predictions_need_ten_events_and_eight_calls() -> None:
    for stops, calls in ((9, 10), (20, 7)):
        facts = make(calls=calls, signals={"false_interruptions": counted(stops)})
        assert {c.label for c in changes(move("noisy", facts))} == {"not enough data"}


def test_a_delay_below_the_transcript_changes_nothing() -> None:
    facts = make(stages={"transcription_delay": latency(0.9, 60, 60, 0.5)})
    delay = {c.setting: c for c in changes(move("patient", facts))}["MIN_ENDPOINTING_DELAY"]
    assert (delay.effect, delay.label) == ("no effect: turns wait 0.9 s for other reasons", "exact")
    assert price(move("patient", facts)) == "adds no delay"


def test_the_price_is_the_difference_of_the_floors() -> None:
    assert price(move("patient", make())) == "every reply comes up to 0.3 s later"
    behind = move("patient", make(), VAD_MIN_SILENCE_DURATION=0.55)
    assert price(behind) == "every reply comes up to 0.25 s later"


def test_late_transcripts_make_a_short_timeout_dear() -> None:
    late = make(stages={"transcription_delay": latency(0.3, 60, 9, 0.5, p95=1.4)})
    assert "resume over a real interruption" in price(move("noisy", late))
    assert "resume over" not in price(move("noisy", make()))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (0.5, "0.50", True),
        (True, "true", True),
        ("VAD", "vad", True),
        (None, None, True),
        (1, True, True),
        (0.5, 0.8, False),
        ("off", 0, False),
    ],
)
def test_values_are_compared_however_written(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal


def test_texts_print_on_any_terminal() -> None:
    for facts in (noisy(), slow(), chopped(), healthy_info(), two_problems(40, 20)):
        advice = ask(facts)
        texts = [advice.why, advice.price, advice.needs]
        texts += [text for c in advice.changes for text in (c.why, c.effect)]
        texts += [line.why for line in advice.against]
        assert all(text.isascii() and "!" not in text for text in texts)
        assert all(len(c.effect) <= 120 for c in advice.changes)

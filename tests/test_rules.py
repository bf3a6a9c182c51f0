"""Each rule in its three cases (fires, stays silent, refuses), and what all rules share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tuner
from tests.facts import (
    LIMITS,
    blind,
    chopped,
    counted,
    dark,
    healthy_debug,
    healthy_info,
    latency,
    make,
    noisy,
    slow,
    under,
)
from tuner.limits import Limits
from tuner.model import Current, Facts, Finding, Refusal, Rule, SettingProblem, Volume
from tuner.rules import RULES, judge
from tuner.rules.judging import judge_rate, judge_share
from tuner.settings.prices import PRICES

BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}
LEVELS = {None: 0, "info": 1, "warning": 2, "high": 3}
PARTS = (
    "What",
    "Why it hurts callers",
    "Evidence",
    "Change and its price",
    "When it does not fire",
)


def ask(rule: str, facts: Facts, limits: Limits = LIMITS) -> Finding | Refusal | None:
    answer: Finding | Refusal | None = BY_ID[rule].check(facts, limits)
    return answer


def found(rule: str, facts: Facts, limits: Limits = LIMITS) -> Finding:
    answer = ask(rule, facts, limits)
    assert isinstance(answer, Finding), answer
    return answer


def refused(rule: str, facts: Facts, limits: Limits = LIMITS) -> Refusal:
    answer = ask(rule, facts, limits)
    assert isinstance(answer, Refusal), answer
    return answer


def rank(answer: Finding | Refusal | None) -> int:
    return LEVELS[answer.severity if isinstance(answer, Finding) else None]


def stages(**named: Any) -> Facts:
    return make(stages=named)


def signals(**named: Any) -> Facts:
    return make(signals=named)


def lines_per_minute(rate: float | None) -> Facts:
    return make(minutes=10.0 if rate else None, lines_per_minute=rate)


CONFLICT = SettingProblem("conflict", ("A", "B"), "A forbids B", "drop B")
RETIREMENT = SettingProblem("retirement", ("D",), "D ends", "choose another")
NO_OP = SettingProblem("no-op", ("C",), "C does nothing", "drop C")

CASES: dict[str, tuple[Facts, Facts, Facts | None]] = {
    "false-interruptions": (
        signals(false_interruptions=counted(30)),
        signals(false_interruptions=counted(2)),
        signals(false_interruptions=blind()),
    ),
    "false-cutoffs": (
        signals(false_cutoffs=counted(26, turns_at_risk=56)),
        signals(false_cutoffs=counted(1, turns_at_risk=56)),
        signals(false_cutoffs=blind()),
    ),
    "end-of-turn-wait": (
        make(stages={"end_of_turn_delay": latency(1.4, 60, 55, 1.0)}, current=under("patient")),
        stages(end_of_turn_delay=latency(0.5, 60, 3, 1.0)),
        stages(end_of_turn_delay=dark()),
    ),
    "slow-replies": (
        stages(e2e=latency(2.2, 60, 58, 1.0)),
        stages(e2e=latency(0.7, 60, 3, 1.0)),
        stages(e2e=dark()),
    ),
    "slow-first-token": (
        stages(llm_ttft=latency(1.2, 60, 58, 0.5)),
        stages(llm_ttft=latency(0.3, 60, 3, 0.5, p90=0.45)),
        stages(llm_ttft=dark()),
    ),
    "slow-openai-calls": (
        signals(openai_calls=counted(170, timed=170, slow=22)),
        signals(openai_calls=counted(170, timed=170, slow=1)),
        signals(openai_calls=blind()),
    ),
    "slow-speech-synthesis": (
        stages(tts_ttfb=latency(0.5, 60, 55, 0.3)),
        stages(tts_ttfb=latency(0.2, 60, 3, 0.3)),
        stages(tts_ttfb=dark()),
    ),
    "slow-transcription": (
        stages(transcription_delay=latency(0.9, 60, 55, 0.5)),
        stages(transcription_delay=latency(0.2, 60, 3, 0.5)),
        stages(transcription_delay=dark()),
    ),
    "retries-and-rate-limits": (
        signals(openai_retries=counted(12, requests=100, rate_limited=0, server_errors=0)),
        signals(openai_retries=counted(0, requests=300, rate_limited=0, server_errors=0)),
        signals(openai_retries=blind()),
    ),
    "http-pool": (
        signals(http_connections=counted(95, requests=100)),
        signals(http_connections=counted(20, requests=100), pool_timeouts=counted(0)),
        signals(http_connections=blind()),
    ),
    "sync-warnings": (
        signals(sync_warnings=counted(6, calls=3, by_method={"resume": 6})),
        signals(sync_warnings=counted(0)),
        signals(sync_warnings=blind()),
    ),
    "poor-network": (
        signals(connection_quality=counted(9, measured=60, problems={"loss": 9})),
        signals(connection_quality=counted(0, measured=200, problems={})),
        signals(connection_quality=blind()),
    ),
    "starved-vad": (
        signals(vad_slow=counted(29, max_delay_s=0.3)),
        signals(vad_slow=counted(0)),
        signals(vad_slow=blind()),
    ),
    "conflicting-settings": (
        make(current=Current("mine", "log", {"A": 1}, (), (NO_OP, CONFLICT))),
        make(current=under("balanced")),
        make(),
    ),
    "risky-settings": (
        make(current=Current("mine", "log", {"A": 1}, (), (RETIREMENT,))),
        make(current=Current("mine", "log", {"A": 1}, (), (NO_OP, CONFLICT))),
        make(),
    ),
    "log-too-noisy": (
        lines_per_minute(900.0),
        lines_per_minute(500.0),
        lines_per_minute(None),
    ),
    "log-too-quiet": (healthy_info(), healthy_debug(), None),
    "memory-limit": (
        signals(memory_limits=counted(2), memory_high=counted(0)),
        signals(memory_limits=counted(0), memory_high=counted(0)),
        signals(memory_limits=blind(), memory_high=blind()),
    ),
    "event-loop-blocked": (
        signals(loop_blocked=counted(30, max_s=0.4), processes_unresponsive=counted(0)),
        signals(loop_blocked=counted(0), processes_unresponsive=counted(0)),
        signals(loop_blocked=blind(), processes_unresponsive=blind()),
    ),
    **{
        rule: (
            signals(**{signal: counted(3)}),
            signals(**{signal: counted(0)}),
            signals(**{signal: blind()}),
        )
        for rule, signal in {
            "failed-sessions": "sessions_failed",
            "failed-jobs": "jobs_failed",
            "failed-workers": "workers_failed",
            "killed-processes": "processes_killed",
            "connection-lost": "connections_lost",
            "slow-start": "slow_starts",
            "full-capacity": "full_capacity",
            "speech-connection-dropped": "stt_tts_dropped",
            "realtime-timeout": "realtime_timeouts",
            "turn-detector-failed": "detector_failures",
            "adaptive-interruption-off": "adaptive_off",
            "tool-errors": "tool_errors",
            "lost-playback": "playback_lost",
        }.items()
    },
}
ALWAYS_INFO = ("log-too-quiet", "adaptive-interruption-off", "risky-settings")


def test_every_rule_has_its_three_cases() -> None:
    assert set(CASES) == set(BY_ID)


@pytest.mark.parametrize("rule", CASES)
def test_it_fires(rule: str) -> None:
    finding = found(rule, CASES[rule][0])
    assert finding.rule == rule
    assert finding.severity in (("info",) if rule in ALWAYS_INFO else ("high", "warning"))
    assert finding.needs == ""
    if rule != "risky-settings":  # its advice is the text of the settings table
        assert re.search(r"Price|price|drop", finding.advice)


@pytest.mark.parametrize("rule", CASES)
def test_it_stays_silent(rule: str) -> None:
    assert ask(rule, CASES[rule][1]) is None


@pytest.mark.parametrize("rule", [rule for rule, (_, _, hidden) in CASES.items() if hidden])
def test_it_refuses_with_what_hid_it(rule: str) -> None:
    hidden = CASES[rule][2]
    assert hidden is not None
    refusal = refused(rule, hidden)
    assert refusal.rule == rule
    assert refusal.why and refusal.needs


@pytest.mark.parametrize("rule", sorted(set(CASES) - {"log-too-quiet"}))
def test_a_log_that_says_nothing_is_never_a_finding_or_a_pass(rule: str) -> None:
    """Nothing observable at all: every rule refuses; only volume and quiet need no signal."""
    nothing = make(calls=None, minutes=None, turns=None, lines_per_minute=None)
    assert isinstance(ask(rule, nothing), Refusal)


# --- false interruptions --------------------------------------------------------------------------


def test_false_interruptions_say_rate_interval_and_exposure() -> None:
    finding = found("false-interruptions", make(calls=8, minutes=12.4, signals=_fi(18)))
    assert finding.measured == "1.45/min [0.86-2.29], 18 in 12.4 min"
    assert finding.limit == "1/min"
    assert (finding.severity, finding.remedies, finding.total) == ("warning", ("noisy",), 18)
    assert len(finding.evidence) == 5


def _fi(count: int, **more: Any) -> dict[str, Any]:
    return {"false_interruptions": counted(count, **more)}


def test_stops_that_the_caller_ended_count_too() -> None:
    finding = found("false-interruptions", make(minutes=12.0, signals=_fi(6, lost=18)))
    assert finding.total == 24
    assert finding.measured.endswith(
        "24 in 12.0 min; in 18 the caller spoke before the agent could resume"
    )


def test_phantom_ones_are_not_counted_against_callers() -> None:
    phantom = make(minutes=10.0, signals=_fi(30, phantom=28))
    assert ask("false-interruptions", phantom) is None
    mixed = found("false-interruptions", make(minutes=10.0, signals=_fi(30, phantom=5)))
    assert mixed.total == 25
    assert mixed.measured.endswith("25 in 10.0 min; 5 more that nobody heard")


def test_more_endpointing_delay_is_not_sold_against_false_interruptions() -> None:
    finding = found("false-interruptions", noisy())
    assert "MIN_ENDPOINTING_DELAY does not help" in finding.advice
    assert "patient" not in finding.remedies


def test_the_verdict_turns_at_the_probability() -> None:
    """13 in 10 min: P(rate > 1/min) is 0.83; 12 is 0.75."""
    assert found("false-interruptions", make(signals=_fi(13))).severity == "warning"
    doubt = found("false-interruptions", make(signals=_fi(12)))
    assert (doubt.severity, doubt.needs != "") == ("info", True)
    strict = msgspec.structs.replace(LIMITS, probability=0.9)
    assert found("false-interruptions", make(signals=_fi(13)), strict).severity == "info"


def test_undecided_below_the_limit_refuses_and_says_how_much_more() -> None:
    refusal = refused("false-interruptions", make(signals=_fi(9)))
    assert re.fullmatch(r"about \d+ more calls? like these", refusal.needs)


def test_two_events_in_a_few_seconds_are_only_an_info() -> None:
    few = make(calls=1, minutes=0.2, signals=_fi(2))
    assert found("false-interruptions", few).severity == "info"
    assert found("false-interruptions", make(calls=1, minutes=0.2, signals=_fi(3))).severity == (
        "high"
    )


def test_events_of_one_call_out_of_ten_are_no_proof() -> None:
    lone = make(signals=_fi(14), per_call={"false_interruptions": (14, *([0] * 9))})
    assert found("false-interruptions", lone).severity == "info"
    assert found("false-interruptions", make(signals=_fi(14))).severity == "warning"


def test_a_log_that_shows_only_part_does_not_pass_as_healthy() -> None:
    part = {
        "false_interruptions": msgspec.structs.replace(counted(0, "partly"), why="1 of 2 files")
    }
    assert refused("false-interruptions", make(signals=part)).why == "1 of 2 files"


# --- turns ----------------------------------------------------------------------------------------


def test_cutoffs_are_counted_per_turn_at_risk() -> None:
    finding = found("false-cutoffs", chopped())
    assert finding.measured == "46.4 % [34.0-59.3], 26 of 56 turns"
    assert (finding.severity, finding.remedies, finding.total) == ("high", ("patient",), 26)


def test_cutoffs_within_the_state_of_the_art_pass() -> None:
    assert ask("false-cutoffs", signals(false_cutoffs=counted(5, turns_at_risk=100))) is None
    assert rank(ask("false-cutoffs", signals(false_cutoffs=counted(14, turns_at_risk=100)))) == 2


def test_no_turn_at_risk_is_no_health() -> None:
    quiet = make(turns=0, signals={"false_cutoffs": counted(0, turns_at_risk=0)})
    assert isinstance(ask("false-cutoffs", quiet), Refusal)


WAIT = latency(1.4, 60, 55, 1.0)


def test_a_wait_for_the_transcript_is_not_fixed_by_a_shorter_delay() -> None:
    heard = latency(1.3, 60, 60, 0.5)
    finding = found("end-of-turn-wait", stages(end_of_turn_delay=WAIT, transcription_delay=heard))
    assert (finding.cause, finding.remedies) == ("stt", ())
    assert "cannot help" in finding.advice


def test_a_wait_that_the_setting_asks_for_is_fixed_by_fast() -> None:
    facts = make(
        stages={"end_of_turn_delay": WAIT, "transcription_delay": latency(0.3, 60, 0, 0.5)},
        current=under("balanced", MIN_ENDPOINTING_DELAY=1.3),
    )
    finding = found("end-of-turn-wait", facts)
    assert (finding.cause, finding.remedies) == ("delay", ("fast",))
    assert "more cut-offs" in finding.advice
    assert "tuner what-if" in finding.advice


def test_a_wait_under_unknown_settings_is_sure_but_its_cure_is_not() -> None:
    finding = found("end-of-turn-wait", stages(end_of_turn_delay=WAIT))
    assert (finding.severity, finding.cause) == ("warning", "")
    assert "--current PROFILE" in finding.needs


def test_a_wait_beyond_the_setting_is_the_detectors() -> None:
    finding = found(
        "end-of-turn-wait",
        make(stages={"end_of_turn_delay": WAIT}, current=under("patient")),
    )
    assert (finding.cause, finding.remedies) == ("detector", ())


def test_predictions_that_timed_out_are_named() -> None:
    facts = make(signals={"eot_timeouts": counted(7)}, stages={"end_of_turn_delay": WAIT})
    assert found("end-of-turn-wait", facts).measured.endswith("; 7 predictions timed out")


def test_the_patient_profiles_own_wait_is_no_finding() -> None:
    facts = make(stages={"end_of_turn_delay": latency(0.82, 60, 2, 1.0)}, current=under("patient"))
    assert ask("end-of-turn-wait", facts) is None


# --- model and OpenAI -----------------------------------------------------------------------------


def test_a_slow_model_has_no_timing_remedy() -> None:
    for rule in ("slow-first-token", "slow-openai-calls"):
        finding = found(rule, slow())
        assert (finding.severity, finding.cause, finding.remedies) == ("high", "model", ())
        assert "No timing profile" in finding.advice


def test_the_tail_is_judged_when_the_median_is_fine() -> None:
    tail = latency(0.3, 60, 8, 0.5, p90=3.0)
    finding = found("slow-first-token", stages(llm_ttft=tail))
    assert finding.limit == "P95 1.50 s"
    assert ask("slow-first-token", stages(llm_ttft=latency(0.3, 60, 8, 0.5, p90=1.4))) is None


def test_the_floor_of_a_reply_is_named() -> None:
    assert (
        "a reply takes 1.1 s even with a model at 0.25 s"
        in found("slow-first-token", slow()).advice
    )


def test_censored_requests_are_named_but_not_averaged() -> None:
    finding = found("slow-first-token", stages(llm_ttft=latency(1.2, 60, 58, 0.5, censored=9)))
    assert finding.measured.endswith(
        "58 of 60 over 0.50 s, 9 without a value (cancelled or failed before the first token)"
    )


def test_the_realtime_model_is_judged_by_its_own_alert() -> None:
    assert found("slow-first-token", stages(realtime_ttft=latency(1.1, 40, 38, 0.8))).cause == (
        "model"
    )


def test_openai_calls_by_share_with_interval() -> None:
    finding = found("slow-openai-calls", slow())
    assert finding.measured.startswith("12.9 % [8.7-18.8], 22 of 170 calls over 1000 ms")
    assert finding.measured.endswith("chat 22 of 48")
    assert ask("slow-openai-calls", chopped()) is None


def test_one_slow_endpoint_among_fast_ones_is_an_info() -> None:
    finding = found("slow-openai-calls", noisy())
    assert (finding.severity, finding.total) == ("info", 7)


def test_calls_without_a_time_are_not_fast_calls() -> None:
    facts = signals(openai_calls=counted(80, "partly", timed=0, slow=None))
    assert "processing time" in refused("slow-openai-calls", facts).why


def test_rate_limits_get_their_own_advice() -> None:
    limited = found(
        "retries-and-rate-limits",
        signals(openai_retries=counted(0, requests=100, rate_limited=9, server_errors=0)),
    )
    assert "9 answered 429" in limited.measured
    assert "connections make it worse" in limited.advice
    broken = found(
        "retries-and-rate-limits",
        signals(openai_retries=counted(0, requests=100, rate_limited=0, server_errors=9)),
    )
    assert "429" not in broken.measured and "fallback" in broken.advice


def test_failures_that_livekit_reports_count_at_info() -> None:
    facts = make(
        signals={"openai_retries": blind(), "llm_failures": counted(6)},
        stages={"llm_ttft": latency(0.3, 94, 3, 0.5)},
    )
    assert found("retries-and-rate-limits", facts).measured.endswith("6 of 100 requests")


@pytest.mark.parametrize(
    ("failures", "limited", "measured"),
    [
        (2, 0, "2 of 4 requests"),
        (2, 2, "2 of 2 requests; 2 answered 429"),
        (1, 2, "2 of 2 requests; 2 answered 429"),
        (5, 0, "5 attempts failed, more than the 2 requests that its HTTP lines show"),
        (
            5,
            1,
            "5 attempts failed, more than the 2 requests that its HTTP lines show; 1 answered 429",
        ),
    ],
)
def test_failures_are_not_taken_for_answered_requests(
    failures: int, limited: int, measured: str
) -> None:
    more: dict[str, Any] = {"requests": 2, "rate_limited": limited, "server_errors": 0}
    facts = signals(openai_retries=counted(0, **more), stt_failures=counted(failures))
    assert found("retries-and-rate-limits", facts).measured.endswith(measured)


def test_failures_are_a_share_of_requests_of_their_own_kind_only() -> None:
    chat = counted(3, by_endpoint={"chat": {}})
    https = {"openai_calls": chat, "openai_retries": counted(0, requests=30)}
    voice = found("retries-and-rate-limits", make(signals={**https, "tts_failures": counted(3)}))
    assert voice.severity == "info"
    assert voice.measured == "3 attempts failed, of a number that this log does not show"
    model = found(
        "retries-and-rate-limits",
        make(signals={**https, "llm_failures": counted(6), "tts_failures": counted(1)}),
    )
    assert model.measured.endswith("6 of 36 requests; 1 attempt failed of another kind of request")
    speech = counted(3, by_endpoint={"chat": {}, "speech": {}})
    both = {**https, "openai_calls": speech, "tts_failures": counted(3)}
    assert found("retries-and-rate-limits", make(signals=both)).measured.endswith(
        "3 of 33 requests"
    )


def test_failed_voices_are_a_share_of_those_that_metrics_show() -> None:
    facts = make(
        signals={
            "openai_calls": counted(30, by_endpoint={"chat": {}}),
            "openai_retries": counted(0, requests=30),
            "tts_failures": counted(6),
            "stt_failures": counted(2),
        },
        stages={"tts_ttfb": latency(0.2, 54, 3, 0.3)},
    )
    measured = found("retries-and-rate-limits", facts).measured
    assert measured.endswith("6 of 60 requests; 2 attempts failed of another kind of request")


def test_pool_timeouts_are_counted_and_do_not_promise_speed() -> None:
    finding = found("http-pool", signals(pool_timeouts=counted(4)))
    assert finding.measured == "4 pool time-outs"
    assert "does not make a model faster" in finding.advice
    assert rank(ask("http-pool", signals(pool_timeouts=counted(1)))) == 1


def test_falling_behind_playback_is_never_more_than_an_info() -> None:
    facts = make(
        signals={"slow_flushes": counted(58, syntheses=60)},
        stages={"tts_ttfb": latency(0.2, 60, 3, 0.3)},
    )
    finding = found("slow-speech-synthesis", facts)
    assert (finding.severity, finding.total) == ("info", 58)


def test_late_transcripts_come_before_slow_ones() -> None:
    facts = make(
        turns=60,
        signals={"late_transcripts": counted(12)},
        stages={"transcription_delay": latency(0.9, 60, 55, 0.5)},
    )
    assert found("slow-transcription", facts).measured.endswith("12 of 60 turns")


# --- failures that end or disturb calls, and root causes ------------------------------------------


def test_what_ends_a_call_is_high_from_the_first_one() -> None:
    assert found("failed-sessions", signals(sessions_failed=counted(1))).severity == "high"
    assert found("tool-errors", signals(tool_errors=counted(1))).severity == "warning"
    assert found("tool-errors", signals(tool_errors=counted(9))).severity == "high"


def test_memory_that_only_grows_is_a_warning() -> None:
    facts = signals(memory_limits=counted(0), memory_high=counted(1))
    finding = found("memory-limit", facts)
    assert (finding.severity, finding.measured) == ("warning", "once")


def test_a_blocked_loop_names_the_longest_time() -> None:
    finding = found("event-loop-blocked", CASES["event-loop-blocked"][0])
    assert finding.measured == "30 times, for up to 0.40 s"
    assert finding.severity == "high"
    rare = signals(loop_blocked=counted(1, max_s=0.3), processes_unresponsive=counted(0))
    assert found("event-loop-blocked", rare).severity == "warning"


def test_where_the_machine_starves_no_time_is_judged() -> None:
    slow_stages = {"llm_ttft": latency(1.2, 60, 58, 0.5), "e2e": latency(2.2, 60, 58, 1.0)}
    behind = {"vad_slow": counted(29, max_delay_s=1.6), "tool_errors": counted(9)}
    findings, refusals = judge(make(signals=behind, stages=slow_stages), LIMITS)
    assert {finding.rule for finding in findings} >= {"starved-vad", "tool-errors"}
    unjudged = {refusal.rule for refusal in refusals if "not judged" in refusal.why}
    assert unjudged == {"slow-first-token", "slow-replies"}


# --- health and the log itself --------------------------------------------------------------------


def test_synchroniser_warnings_are_health_and_never_timing() -> None:
    finding = found("sync-warnings", noisy())
    assert finding.measured == "11 times in 7 of 14 calls; resume 7, push_text 4"
    assert (finding.severity, finding.remedies, finding.cause) == ("warning", (), "health")
    assert "no timing setting" in finding.advice


def test_synchroniser_warnings_in_most_calls_are_high() -> None:
    most = signals(sync_warnings=counted(20, calls=9, by_method={}))
    assert found("sync-warnings", most).severity == "high"


def test_a_starved_vad_is_high_only_when_far_behind() -> None:
    assert found("starved-vad", noisy()).severity == "warning"
    far = signals(vad_slow=counted(29, max_delay_s=1.2))
    assert found("starved-vad", far).severity == "high"
    assert found("starved-vad", slow()).severity == "info"


def test_conflicts_come_before_settings_that_do_nothing() -> None:
    finding = found("conflicting-settings", CASES["conflicting-settings"][0])
    assert finding.severity == "warning"
    assert finding.measured == "conflict A, B: A forbids B; no-op C: C does nothing"
    idle = make(current=Current("mine", "log", {"A": 1}, (), (NO_OP,)))
    assert found("conflicting-settings", idle).severity == "info"


@pytest.mark.parametrize("rule", ["false-interruptions", "log-too-noisy"])
def test_lines_cut_out_of_a_log_give_no_rate(rule: str) -> None:
    few = make(
        minutes=0.04 / 60, lines_per_minute=7500.0, signals={"false_interruptions": counted(5)}
    )
    assert refused(rule, few).why == "the lines of all calls span 0.04 s, too little for a rate"


def test_lines_of_one_moment_have_times_but_no_length() -> None:
    why = "the lines that are known to be of a call span no time"
    assert refused("log-too-noisy", make(minutes=0.0)).why == why
    assert "date and a time" in refused("log-too-noisy", make(minutes=None)).needs


def test_slow_vads_of_lines_cut_out_of_a_log_are_a_count_alone() -> None:
    few = make(minutes=1.6 / 60, signals={"vad_slow": counted(4, max_delay_s=0.24)})
    finding = found("starved-vad", few)
    assert (finding.severity, finding.measured, finding.limit) == (
        "info",
        "4 times, up to 0.24 s behind",
        "",
    )


def test_a_noisy_log_names_its_loggers() -> None:
    facts = msgspec.structs.replace(
        make(), volume=Volume(9000, 600.0, {"DEBUG": 9000}, {"a": 10, "httpcore2": 8000})
    )
    finding = found("log-too-noisy", facts)
    assert finding.measured == "600 lines/min; httpcore2 8000, a 10"
    assert finding.severity == "info"


def test_a_quiet_log_is_an_info_and_names_what_it_hides() -> None:
    finding = found("log-too-quiet", healthy_info())
    assert finding.severity == "info"
    assert finding.measured == ("3 of 5 not visible: false interruptions, cut-offs, OpenAI calls")


# --- what all rules share -------------------------------------------------------------------------


def test_findings_come_most_severe_first_and_refusals_in_order() -> None:
    findings, refusals = judge(noisy(), LIMITS)
    ranks = [LEVELS[finding.severity] for finding in findings]
    assert ranks == sorted(ranks, reverse=True)
    assert findings[0].rule == "false-interruptions"
    order = [rule.id for rule in RULES]
    assert [r.rule for r in refusals] == sorted((r.rule for r in refusals), key=order.index)


def test_the_healthy_log_has_nothing_above_info() -> None:
    assert judge(healthy_debug(), LIMITS)[0] == ()
    assert {finding.severity for finding in judge(healthy_info(), LIMITS)[0]} == {"info"}


def every_text() -> list[str]:
    texts = []
    for facts in (*(f for case in CASES.values() for f in case if f), noisy(), slow(), chopped()):
        findings, refusals = judge(facts, LIMITS)
        for finding in findings:
            texts += [finding.title, finding.measured, finding.limit, finding.advice, finding.needs]
        texts += [text for refusal in refusals for text in (refusal.why, refusal.needs)]
    return texts + [rule.doc for rule in RULES] + [rule.title for rule in RULES]


def test_texts_print_on_any_terminal() -> None:
    for text in every_text():
        assert text.replace("–", "-").isascii(), text
        assert "!" not in text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_explains_itself(rule: Any) -> None:
    assert len(rule.title) <= 72
    lines = rule.doc.splitlines()
    assert max(map(len, lines)) <= 78
    assert tuple(line for line in lines[1:] if line and not line.startswith(" ")) == PARTS
    for part in PARTS:
        assert lines[lines.index(part) + 1].startswith("    ")
    price = rule.doc.partition("Change and its price")[2].partition("When it does not fire")[0]
    assert re.search(r"\d\s+ms|\d\s+s\b|adds?\s+no\s+delay|Price:", price)
    if rule.remedy is not None:
        assert PRICES[rule.remedy.profile].cost in " ".join(price.split())


def test_each_rule_is_in_the_table_once_and_in_a_file_of_its_name() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    folder = Path(tuner.__file__).parent / "rules"
    helpers = {"__init__", "answers", "attempts", "judging", "stages"}
    files = {path.stem for path in folder.glob("*.py")} - helpers
    assert {file.replace("_", "-") for file in files} == set(ids)


def test_every_limit_is_used_and_explained() -> None:
    folder = Path(tuner.__file__).parent
    code = "".join(
        path.read_text() for path in folder.rglob("*.py") if path.name not in ("limits.py",)
    )
    source = (folder / "limits.py").read_text()
    for name in Limits.__struct_fields__:
        banded = re.fullmatch(r"(\w+)_(excellent|good|alert)_s", name)
        assert banded or re.search(rf"limits\.{name}\b", code), f"nobody uses {name}"
        assert re.search(rf'    {name}: \w+ = [\d.]+\n    """', source), f"{name}: no docstring"
    for stage in ("llm_ttft", "tts_ttfb", "end_of_turn_delay", "transcription_delay", "e2e"):
        excellent, good, alert = LIMITS.bands(stage)
        assert excellent < good < alert


RATES: dict[str, Callable[[int, float], Facts]] = {
    "false-interruptions": lambda count, grown: make(
        minutes=10.0 * grown, signals={"false_interruptions": counted(count)}
    ),
    "starved-vad": lambda count, grown: make(
        minutes=10.0 * grown, signals={"vad_slow": counted(count)}
    ),
    "false-cutoffs": lambda count, grown: signals(
        false_cutoffs=counted(count, turns_at_risk=int(60 * grown))
    ),
    "slow-openai-calls": lambda count, grown: signals(
        openai_calls=counted(100, timed=int(100 * grown), slow=count)
    ),
    "http-pool": lambda count, grown: signals(
        http_connections=counted(count, requests=int(60 * grown))
    ),
    "retries-and-rate-limits": lambda count, grown: signals(
        openai_retries=counted(count, requests=int(60 * grown))
    ),
    "end-of-turn-wait": lambda count, grown: stages(
        end_of_turn_delay=latency(1.2, int(60 * grown), count, 1.0)
    ),
}


@pytest.mark.parametrize("rule", RATES)
@settings(max_examples=60, deadline=None)
@given(count=st.integers(0, 60), grown=st.floats(1.0, 6.0))
def test_exposure_without_events_never_raises_severity(rule: str, count: int, grown: float) -> None:
    before, after = RATES[rule](count, 1.0), RATES[rule](count, grown)
    assert rank(ask(rule, after)) <= rank(ask(rule, before))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=12), st.integers(1, 12))
def test_calls_without_events_never_raise_severity(counts: list[int], quiet: int) -> None:
    def facts(per_call: list[int]) -> Facts:
        return make(
            calls=len(per_call),
            minutes=1.2 * len(per_call),
            signals={"false_interruptions": counted(sum(per_call))},
            per_call={"false_interruptions": per_call},
        )

    alone, among = facts(counts), facts(counts + [0] * quiet)
    assert rank(ask("false-interruptions", among)) <= rank(ask("false-interruptions", alone))


@given(st.floats(0.01, 50.0), st.floats(0.001, 1.0))
def test_without_an_event_nothing_is_above_its_limit(exposure: float, limit: float) -> None:
    """Of one request that did not fail up to 79 % could: that is no finding."""
    for judged in (
        judge_share(0, max(round(exposure), 1), limit, Limits()),
        judge_rate(0, exposure, limit, Limits()),
    ):
        assert judged.state != "above"

"""The problems that logs can show: Facts and Limits in, findings and refusals out.

One file per problem. `RULES` is written by hand, in the order in which `tuner explain` lists them:
what ends calls and the machine first, then what callers hear, what is slow, what fails, health, and
the log itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from tuner.errors import fault
from tuner.limits import Limits
from tuner.model import SEVERITIES, Facts, Finding, Refusal, Remedy, Rule
from tuner.names import STAGES, Failure, RuleId
from tuner.rules import (
    adaptive_interruption_off,
    conflicting_settings,
    connection_lost,
    end_of_turn_wait,
    event_loop_blocked,
    failed_jobs,
    failed_sessions,
    failed_workers,
    false_cutoffs,
    false_interruptions,
    full_capacity,
    http_pool,
    killed_processes,
    log_too_noisy,
    log_too_quiet,
    lost_playback,
    memory_limit,
    poor_network,
    realtime_timeout,
    retries_and_rate_limits,
    risky_settings,
    slow_first_token,
    slow_openai_calls,
    slow_replies,
    slow_speech_synthesis,
    slow_start,
    slow_transcription,
    speech_connection_dropped,
    starved_vad,
    sync_warnings,
    tool_errors,
    turn_detector_failed,
)

RULES: tuple[Rule, ...] = (
    failed_sessions.RULE,
    failed_jobs.RULE,
    failed_workers.RULE,
    killed_processes.RULE,
    memory_limit.RULE,
    connection_lost.RULE,
    poor_network.RULE,
    slow_start.RULE,
    full_capacity.RULE,
    event_loop_blocked.RULE,
    starved_vad.RULE,
    false_interruptions.RULE,
    false_cutoffs.RULE,
    end_of_turn_wait.RULE,
    slow_replies.RULE,
    slow_first_token.RULE,
    slow_openai_calls.RULE,
    slow_speech_synthesis.RULE,
    slow_transcription.RULE,
    retries_and_rate_limits.RULE,
    http_pool.RULE,
    speech_connection_dropped.RULE,
    realtime_timeout.RULE,
    turn_detector_failed.RULE,
    adaptive_interruption_off.RULE,
    tool_errors.RULE,
    sync_warnings.RULE,
    lost_playback.RULE,
    conflicting_settings.RULE,
    risky_settings.RULE,
    log_too_noisy.RULE,
    log_too_quiet.RULE,
)

REMEDIES: dict[RuleId, Remedy] = {rule.id: rule.remedy for rule in RULES if rule.remedy is not None}
"""The problems that a timing profile fixes."""

AGAIN = "a log of the agent after that is fixed"
REPAIRED = "a version of tuner without that fault"


def judge(facts: Facts, limits: Limits) -> tuple[tuple[Finding, ...], tuple[Refusal, ...]]:
    """Ask every rule: findings, most severe first, and refusals, in the order of `RULES`.

    Where the machine or the event loop cannot keep up, no latency is judged: it is their effect.
    """
    answers = [_answer(rule, facts, limits) for rule in RULES]
    if starved := starvation(answer for answer in answers if isinstance(answer, Finding)):
        answers = [
            _without_timing(rule, answer, starved)
            for rule, answer in zip(RULES, answers, strict=True)
        ]
    findings = [answer for answer in answers if isinstance(answer, Finding)]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return tuple(findings), tuple(answer for answer in answers if isinstance(answer, Refusal))


def _answer(rule: Rule, facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """The rule's answer. A bug in it costs this rule, and is named."""
    try:
        return rule.check(facts, limits)
    except Exception as error:
        return Refusal(rule.id, f"this rule failed ({fault(error)}): please report it", REPAIRED)


def is_failure(rule: RuleId) -> bool:
    """Whether a rule is about failures that end or disturb calls."""
    signals = next(each.signals for each in RULES if each.id == rule)
    return bool(set(signals) & set(get_args(Failure)))


def starvation(findings: Iterable[Finding]) -> Finding | None:
    """The finding that explains all times: a machine or an event loop that cannot keep up."""
    causes = ("cpu", "loop")
    return next((f for f in findings if f.cause in causes and f.severity == "high"), None)


def _without_timing(
    rule: Rule, answer: Finding | Refusal | None, starved: Finding
) -> Finding | Refusal | None:
    """The answer, but a refusal where it is about a latency."""
    if not isinstance(answer, Finding) or not set(rule.signals) & set(STAGES):
        return answer
    return Refusal(rule.id, f"times are not judged: {starved.title.lower()}", AGAIN)

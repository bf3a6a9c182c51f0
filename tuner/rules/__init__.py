"""The problems that logs can show: Facts and Limits in, findings and refusals out.

One file per problem. `RULES` is written by hand, in the order in which `tuner explain` lists them:
what callers hear first, then what is slow, then health, then the log itself.
"""

from __future__ import annotations

from tuner.limits import Limits
from tuner.model import SEVERITIES, Facts, Finding, Refusal, Rule
from tuner.rules import (
    conflicting_settings,
    end_of_turn_wait,
    false_cutoffs,
    false_interruptions,
    http_pool,
    log_too_noisy,
    log_too_quiet,
    retries_and_rate_limits,
    slow_first_token,
    slow_openai_calls,
    slow_replies,
    slow_speech_synthesis,
    slow_transcription,
    starved_vad,
    sync_warnings,
)

RULES: tuple[Rule, ...] = (
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
    sync_warnings.RULE,
    starved_vad.RULE,
    conflicting_settings.RULE,
    log_too_noisy.RULE,
    log_too_quiet.RULE,
)


def judge(facts: Facts, limits: Limits) -> tuple[tuple[Finding, ...], tuple[Refusal, ...]]:
    """Ask every rule: findings, gravest first, and refusals, in the order of `RULES`."""
    answers = [rule.check(facts, limits) for rule in RULES]
    findings = [answer for answer in answers if isinstance(answer, Finding)]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return tuple(findings), tuple(answer for answer in answers if isinstance(answer, Refusal))

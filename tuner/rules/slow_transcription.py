"""The transcript comes late, sometimes after the turn was closed.

What
    Time from the end of speech to the final transcript (median), and turns
    whose transcript came only after they were closed.

Why it hurts callers
    The turn cannot close before the transcript is there, whatever the delay
    says. A transcript that comes too late is answered as a turn of its own,
    or not at all.

Evidence
    `received user transcript` (livekit.agents, DEBUG), `EOU metrics` (INFO)
    or `turn` lines of the turn log; `transcript arrives after turn has been
    committed` (WARNING once a session, then DEBUG).

Change and its price
    A faster transcriber or a streaming one (STT_REALTIME), at a price of 0
    ms. A longer MIN_ENDPOINTING_DELAY also catches late transcripts, but
    every reply then comes later by as much.

When it stays silent
    When the median is below the alert and late transcripts are rare. It
    refuses when the log shows no transcription times.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.rules.judging import (
    Problem,
    conclude,
    evidence,
    hidden,
    judge_share,
    percent,
    severity,
    share_text,
    visible,
)
from tuner.rules.stages import judge_typical, median_limit, stage, stage_severity, stage_text

STAGE: Final = "transcription_delay"
LATE: Final = "late_transcripts"
NEEDS = "LOG_METRICS=true, LOG_LEVEL=DEBUG, or the turn log (TURN_LOG=stdout)"
ADVICE = (
    "A faster or streaming transcriber (STT_REALTIME). Price: 0 ms. A longer "
    "MIN_ENDPOINTING_DELAY only hides it, and every reply comes later by as much."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Late transcripts first, because words are lost by them; then the median delay."""
    late = _late(facts, limits)
    delay = stage(facts, STAGE)
    if isinstance(late, Finding) and late.severity != "info":
        return late
    if delay is None:
        return late or hidden(RULE.id, facts, STAGE, NEEDS)
    problem = Problem(
        rule=RULE.id,
        title=RULE.title,
        measured=stage_text(delay),
        limit=median_limit(delay),
        advice=ADVICE,
        evidence=evidence(facts, STAGE),
        total=delay.over_alert,
        cause="stt",
    )
    slow = conclude(problem, judge_typical(delay, limits), facts, stage_severity(delay, limits))
    return slow if isinstance(slow, Finding) else late or slow


def _late(facts: Facts, limits: Limits) -> Finding | None:
    """Turns closed before their transcript; at INFO only the first of a session is logged."""
    signal, turns = visible(facts, LATE), facts.exposure.turns
    if signal is None or not signal.count or not turns:
        return None
    judged = judge_share(signal.count, turns, limits.late_transcript_share, limits)
    problem = Problem(
        rule=RULE.id,
        title="Transcripts come after the turn was closed",
        measured=share_text(judged, "turns", turns),
        limit=f"{percent(judged.limit)} of turns",
        advice=ADVICE,
        evidence=evidence(facts, LATE),
        total=signal.count,
        cause="stt",
    )
    said = conclude(problem, judged, facts, severity(judged, limits))
    return said if isinstance(said, Finding) else None


RULE = Rule(
    id="slow-transcription",
    title="Transcripts come late",
    signals=(STAGE, LATE),
    check=check,
    doc=__doc__,
)

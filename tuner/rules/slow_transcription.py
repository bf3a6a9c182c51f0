"""The transcript arrives late, sometimes after the turn was closed.

What
    The time from the end of speech to the final transcript (median), and
    turns whose transcript arrived only after they were closed.

Why it hurts callers
    The turn cannot close before the transcript is there, whatever the delay
    is set to. A transcript that arrives too late is answered as a turn of its
    own, or not at all.

Evidence
    `received user transcript` (livekit.agents, DEBUG), `EOU metrics` (INFO)
    or `turn` lines of the turn log; `transcript arrives after turn has been
    committed` (WARNING once a session, then DEBUG).

Change and its price
    A faster transcriber or a streaming one (STT_REALTIME), which adds no
    delay. A longer MIN_ENDPOINTING_DELAY also catches late transcripts, but
    delays every reply by as much, 0.3 s from 0.5 to 0.8 s.

When it does not fire
    When the median is below the limit and late transcripts are rare. It
    cannot judge when the log shows no transcription times.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import (
    Problem,
    conclude,
    evidence,
    hidden,
    percent,
    share_text,
    visible,
)
from tuner.rules.judging import judge_share, severity
from tuner.rules.stages import judge_typical, median_limit, stage, stage_severity, stage_text

ID = RuleId("slow-transcription")
TITLE = "Transcripts arrive late"
STAGE: Final = "transcription_delay"
LATE: Final = "late_transcripts"
NEEDS = "LOG_METRICS=true, LOG_LEVEL=DEBUG, or the turn log (TURN_LOG=stdout)"
ADVICE = (
    "Use a faster or streaming transcriber (OpenAI's: STT_REALTIME). Price: adds no delay. A "
    "longer MIN_ENDPOINTING_DELAY only hides it, and delays every reply by as much."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Late transcripts first, because words are lost by them; then the median delay."""
    late = _late(facts, limits)
    if isinstance(late, Finding) and late.severity != "info":
        return late
    delay = stage(facts, STAGE)
    if delay is None:
        return late or hidden(ID, facts, STAGE, NEEDS)
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=stage_text(delay, STAGE),
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
    least = "at least " if signal.observable == "partly" else ""
    problem = Problem(
        rule=ID,
        title="Transcripts arrive after the turn was closed",
        measured=least + share_text(judged, "turns", turns),
        limit=f"{percent(judged.limit)} of turns",
        advice=ADVICE,
        evidence=evidence(facts, LATE),
        total=signal.count,
        cause="stt",
    )
    answer = conclude(problem, judged, facts, severity(judged, limits))
    return answer if isinstance(answer, Finding) else None


RULE = Rule(ID, TITLE, (STAGE, LATE), check, __doc__)

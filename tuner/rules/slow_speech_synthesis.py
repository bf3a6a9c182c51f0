"""The voice comes late, or falls behind its own playback.

What
    Time from text to the first byte of audio (median), and syntheses that
    could not keep up with playback.

Why it hurts callers
    The first is silence before every reply. The second is a gap in the middle
    of a sentence.

Evidence
    `TTS metrics` (INFO, when the agent calls log_metrics) or `turn` lines of
    the turn log; `flush audio emitter due to slow audio generation`
    (livekit.agents, DEBUG).

Change and its price
    A faster voice model, a streaming one, or first sentences that are
    shorter. Price: 0 ms, perhaps a plainer voice. No timing profile changes
    it.

When it stays silent
    When the median is below the alert and few syntheses fell behind. Falling
    behind is never more than an info: whether a gap was heard is not in the
    log. It refuses when no line shows a first byte.
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
    share_text,
    visible,
)
from tuner.rules.stages import judge_typical, median_limit, stage, stage_severity, stage_text

STAGE: Final = "tts_ttfb"
BEHIND: Final = "slow_flushes"
NEEDS = "LOG_METRICS=true, or the turn log (TURN_LOG=stdout)"
ADVICE = (
    "A faster or streaming voice model, or shorter first sentences. Price: 0 ms, perhaps a "
    "plainer voice. No timing profile changes it."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """The median first byte against its alert; if that is fine, syntheses that fell behind."""
    voice = stage(facts, STAGE)
    if voice is None:
        return hidden(RULE.id, facts, STAGE, NEEDS)
    judged = judge_typical(voice, limits)
    problem = Problem(
        rule=RULE.id,
        title=RULE.title,
        measured=stage_text(voice),
        limit=median_limit(voice),
        advice=ADVICE,
        evidence=evidence(facts, STAGE),
        total=voice.over_alert,
        cause="tts",
    )
    late = conclude(problem, judged, facts, stage_severity(voice, limits))
    if isinstance(late, Finding):
        return late
    return _behind(facts, voice.n + voice.censored, limits) or late


def _behind(facts: Facts, syntheses: int, limits: Limits) -> Finding | None:
    signal = visible(facts, BEHIND)
    if signal is None:
        return None
    syntheses = int(signal.more.get("syntheses") or 0) or syntheses
    judged = judge_share(signal.count or 0, syntheses, limits.slow_flush_share, limits)
    problem = Problem(
        rule=RULE.id,
        title="Speech synthesis falls behind its playback",
        measured=share_text(judged, "syntheses", syntheses),
        limit=f"{percent(judged.limit)} of syntheses",
        advice=ADVICE,
        evidence=evidence(facts, BEHIND),
        total=int(judged.events),
        cause="tts",
    )
    said = conclude(problem, judged, facts, "info") if judged.state == "above" else None
    return said if isinstance(said, Finding) else None


RULE = Rule(
    id="slow-speech-synthesis",
    title="The voice is slow to its first sound",
    signals=(STAGE,),
    check=check,
    doc=__doc__,
)

"""The voice starts late, or cannot keep up with its own playback.

What
    The time from text to the first byte of audio (median), and syntheses that
    could not keep up with playback.

Why it hurts callers
    The first is silence before every reply. The second is a gap in the middle
    of a sentence.

Evidence
    `TTS metrics` (INFO, when the agent calls log_metrics) or `turn` lines of
    the turn log; `flush audio emitter due to slow audio generation`
    (livekit.agents, DEBUG).

Change and its price
    A faster voice model, a streaming one, or shorter first sentences. This
    adds no delay; the voice may be plainer. No timing profile changes it.

When it does not fire
    When the median is below the limit and few syntheses fell behind. Falling
    behind is never more than an info: the log does not show whether callers
    heard a gap. It cannot judge when no line shows a first byte.
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
    found,
    hidden,
    percent,
    share_text,
    visible,
)
from tuner.rules.judging import judge_share
from tuner.rules.stages import judge_typical, median_limit, stage, stage_severity, stage_text

ID = RuleId("slow-speech-synthesis")
TITLE = "The voice is slow to start"
STAGE: Final = "tts_ttfb"
BEHIND: Final = "slow_flushes"
NEEDS = "LOG_METRICS=true, or the turn log (TURN_LOG=stdout)"
ADVICE = (
    "Use a faster or streaming voice model, or shorter first sentences; no timing profile changes "
    "it. Price: adds no delay, perhaps a plainer voice."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """The median first byte against its limit; if that is fine, syntheses that fell behind."""
    voice = stage(facts, STAGE)
    if voice is None:
        return hidden(ID, facts, STAGE, NEEDS)
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=stage_text(voice, STAGE),
        limit=median_limit(voice),
        advice=ADVICE,
        evidence=evidence(facts, STAGE),
        total=voice.over_alert,
        cause="tts",
    )
    late = conclude(problem, judge_typical(voice, limits), facts, stage_severity(voice, limits))
    if isinstance(late, Finding):
        return late
    return _behind(facts, voice.n + voice.censored, limits) or late


def _behind(facts: Facts, syntheses: int, limits: Limits) -> Finding | None:
    signal = visible(facts, BEHIND)
    if signal is None:
        return None
    syntheses = int(signal.more.get("syntheses") or 0) or syntheses
    judged = judge_share(signal.count or 0, syntheses, limits.slow_flush_share, limits)
    if judged.state != "above":
        return None
    problem = Problem(
        rule=ID,
        title="Speech synthesis cannot keep up with playback",
        measured=share_text(judged, "syntheses", syntheses),
        limit=f"{percent(judged.limit)} of syntheses",
        advice=ADVICE,
        evidence=evidence(facts, BEHIND),
        total=int(judged.events),
        cause="tts",
    )
    return found(problem, "info")


RULE = Rule(ID, TITLE, (STAGE,), check, __doc__)

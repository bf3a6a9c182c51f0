"""The agent waits too long before it takes the turn.

What
    The time from the caller's last speech to the turn being closed. Its floor
    is the longest of three: the VAD's silence wait, the endpointing delay and
    the transcript. The rule says which of them it is.

Why it hurts callers
    The wait is silence, and the model and the voice come on top of it. From
    about 1 s in all callers notice; many start to speak again.

Evidence
    `user turn committed` (livekit.agents, DEBUG), `EOU metrics` (INFO, when
    the agent calls log_metrics) or `turn` lines of the turn log.

Change and its price
    Where the setting is the cause, profile fast: replies come sooner by the
    difference, 200 ms from 0.5 to 0.3 s, and more callers are cut off. Where
    the transcript is the cause a shorter delay cannot help: a faster or
    streaming transcriber does (0 ms lost). Where a turn detector waits,
    MAX_ENDPOINTING_DELAY is what it waits for.

When it stays silent
    When the median wait is below the alert for certain. It refuses when the
    log shows no ends of turn.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Latency, Refusal, Rule
from tuner.rules.judging import Problem, conclude, evidence, hidden, visible
from tuner.rules.stages import judge_typical, median_limit, stage, stage_severity, stage_text

STAGE: Final = "end_of_turn_delay"
NEEDS = "LOG_METRICS=true, LOG_LEVEL=DEBUG, or the turn log (TURN_LOG=stdout)"
SETTINGS = "--current PROFILE, or the turn log, which stamps the settings"
STT = (
    "Speech-to-text is the cause: turns wait for the transcript (p50 {stt:.2f} s). A shorter "
    "delay cannot help; a faster or streaming transcriber does, at a price of 0 ms."
)
DETECTOR = (
    "The settings ask for {set:.2f} s, so something else holds the turn: a turn detector that "
    "says unfinished (MAX_ENDPOINTING_DELAY), or a late prediction. Price of less: cut-offs."
)
UNKNOWN = (
    "The settings are unknown. Where the delay is the cause, profile fast closes the turn sooner, "
    "200 ms from 0.5 to 0.3 s; its price is more callers cut off. A detector's wait it leaves."
)
DELAY = (
    "Profile fast: the turn closes sooner, 200 ms from 0.5 to 0.3 s. Price: more callers are "
    "cut off in mid-sentence. Nothing below the VAD's silence wait acts."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """The median end-of-turn delay against its alert, and what it is due to."""
    wait = stage(facts, STAGE)
    if wait is None:
        return hidden(RULE.id, facts, STAGE, NEEDS)
    judged = judge_typical(wait, limits)
    cause, advice = _cause(facts, wait, limits)
    problem = Problem(
        rule=RULE.id,
        title=RULE.title,
        measured=stage_text(wait) + _timed_out(facts),
        limit=median_limit(wait),
        advice=advice,
        evidence=evidence(facts, STAGE),
        total=wait.over_alert,
        remedies=("fast",) if cause in ("delay", "") else (),
        cause=cause,
        needs="" if cause else SETTINGS,
    )
    return conclude(problem, judged, facts, stage_severity(wait, limits))


def _cause(facts: Facts, wait: Latency, limits: Limits) -> tuple[str, str]:
    """What the wait is due to ("stt", "detector", "delay", "" = unknown), and the advice for it."""
    measured = wait.p50 or 0.0
    transcript = stage(facts, "transcription_delay")
    heard = (transcript.p50 or 0.0) if transcript is not None else 0.0
    if heard >= limits.transcription_dominates * measured:
        return "stt", STT.format(stt=heard)
    configured = _configured(facts)
    if configured is None:
        return "", UNKNOWN
    if measured > configured + limits.delay_slack_s:
        return "detector", DETECTOR.format(set=configured)
    return "delay", DELAY


def _timed_out(facts: Facts) -> str:
    """Turns that waited for a prediction that never came."""
    signal = visible(facts, "eot_timeouts")
    return f"; {signal.count} predictions timed out" if signal is not None and signal.count else ""


def _configured(facts: Facts) -> float | None:
    """The wait that the settings ask for, in seconds; None when they are unknown."""
    names = ("VAD_MIN_SILENCE_DURATION", "MIN_ENDPOINTING_DELAY")
    waits = [facts.current.settings.get(name) for name in names]
    known = [float(wait) for wait in waits if isinstance(wait, int | float)]
    return max(known, default=None)


RULE = Rule(
    id="end-of-turn-wait",
    title="The agent waits too long before it takes the turn",
    signals=(STAGE,),
    check=check,
    doc=__doc__,
)

"""The agent waits too long before it takes its turn.

What
    The time from the caller's last speech to the turn being closed. It cannot
    be shorter than the longest of three: the VAD's silence, the endpointing
    delay and the transcript. The rule says which of them it is.

Why it hurts callers
    The wait is silence, and the model and the voice come on top of it. From
    about 1 s in all callers notice; many start to speak again.

Evidence
    `user turn committed` (livekit.agents, DEBUG), `EOU metrics` (INFO, when
    the agent calls log_metrics) or `turn` lines of the turn log.

Change and its price
    A profile helps only where the setting is the cause. Where the transcript
    is the cause, a faster or streaming transcriber helps and adds no delay.
    Where a turn detector waits, MAX_ENDPOINTING_DELAY is what it waits for.

When it does not fire
    When the median wait is certainly below the limit. It cannot judge when
    the log shows no ends of turn.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Latency, Refusal, Remedy, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, conclude, evidence, explained, hidden, visible
from tuner.rules.stages import judge_typical, median_limit, stage, stage_severity, stage_text

ID = RuleId("end-of-turn-wait")
TITLE = "The agent waits too long before it takes its turn"
STAGE: Final = "end_of_turn_delay"
NEEDS = "LOG_METRICS=true, LOG_LEVEL=DEBUG, or the turn log (TURN_LOG=stdout)"
SETTINGS = "--current PROFILE, or the turn log, which records the settings"
REMEDY = Remedy(
    profile="fast",
    problem="long waits",
    fix="the turn closes sooner",
    knobs={"MIN_ENDPOINTING_DELAY": "down"},
    weight_s=lambda limits: limits.cost_wait_s,
    unit="second of waiting",
    must_be_judged=False,
    next_step="VAD_MIN_SILENCE_DURATION, the transcriber and the turn detector, not the delay",
)
STT = (
    "The transcriber is the cause: turns wait for the transcript (p50 {stt:.2f} s). A shorter "
    "delay cannot help; a faster or streaming transcriber does. Price: adds no delay."
)
DETECTOR = (
    "The settings ask for {set:.2f} s, so something else holds the turn: a turn detector that "
    "waits for the end of the sentence (MAX_ENDPOINTING_DELAY), or a late prediction. Price of a "
    "shorter wait: more cut-offs."
)
SHORTER = (
    "a shorter one helps where callers do not pause that long: `tuner what-if LOG` replays their "
    "pauses. Price of a shorter wait: more cut-offs."
)
UNKNOWN = f"The settings are unknown. If the delay is the cause, {SHORTER}"
DELAY = f"The delay is the cause: {SHORTER} A delay below the VAD's silence has no effect."


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """The median end-of-turn delay against its limit, and what it is due to."""
    wait = stage(facts, STAGE)
    if wait is None:
        return hidden(ID, facts, STAGE, NEEDS)
    cause, advice = _cause(facts, wait, limits)
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=stage_text(wait, STAGE) + _timed_out(facts),
        limit=median_limit(wait),
        advice=advice,
        evidence=evidence(facts, STAGE),
        total=wait.over_alert,
        remedies=(REMEDY.profile,) if cause in ("delay", "") else (),
        cause=cause,
        needs="" if cause else SETTINGS,
    )
    return conclude(problem, judge_typical(wait, limits), facts, stage_severity(wait, limits))


def _cause(facts: Facts, wait: Latency, limits: Limits) -> tuple[str, str]:
    """What the wait is due to ("stt", "detector", "delay", "" = unknown), and the advice for it."""
    measured = wait.p50 or 0.0
    transcript = stage(facts, "transcription_delay")
    transcribed = (transcript.p50 or 0.0) if transcript is not None else 0.0
    if transcribed >= limits.transcription_dominates * measured:
        return "stt", STT.format(stt=transcribed)
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


RULE = Rule(ID, TITLE, (STAGE,), check, explained(__doc__, REMEDY), REMEDY)

"""The voice activity detector cannot keep up: the machine is short of CPU.

What
    `inference is slower than realtime`: the VAD took longer over a piece of
    audio than the piece lasts. Counted per minute of call.

Why it hurts callers
    Speech is noticed late, so interruptions and ends of turn come late, and
    every time in the log is longer than the settings explain.

Evidence
    The warning with its delay (livekit.plugins.silero or livekit.agents,
    WARNING).

Change and its price
    Fewer calls on a machine (LOAD_THRESHOLD, MAX_PROCESSES), more CPU, or
    VAD_SAMPLE_RATE=8000 for telephone audio. This costs money and adds no
    delay (0 ms). Measure the timing again afterwards: no timing setting fixes
    it.

When it does not fire
    When there is none. Rare ones are an info, as are those of which no rate
    is known (the lines of all calls span less than 5 s); it is high only when
    the VAD fell far behind. It cannot judge when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule, Severity
from tuner.names import RuleId
from tuner.rules.answers import Problem, evidence, found, hidden, no_rate, times_text, visible
from tuner.rules.judging import Judged, judge_rate, spread_of

ID = RuleId("starved-vad")
TITLE = "The machine is too slow for voice detection"
SIGNAL: Final = "vad_slow"
NEEDS = "LOG_LEVEL=WARNING or lower"
ADVICE = (
    "Run fewer calls on a machine (LOAD_THRESHOLD, MAX_PROCESSES) or give it more CPU. Price: adds "
    "no delay. The times in this log are longer than the settings explain: measure again "
    "afterwards."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """One is an info; many per minute are a warning, and high when the VAD is far behind."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return hidden(ID, facts, SIGNAL, NEEDS)
    if not signal.count:
        return None
    minutes = 0.0 if no_rate(ID, facts, limits) else facts.exposure.minutes or 0.0
    behind = float(signal.more.get("max_delay_s") or 0.0)
    limit = limits.vad_slow_per_minute
    judged = judge_rate(signal.count, minutes, limit, limits, spread_of(facts, SIGNAL))
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=_measured(signal.count, minutes, behind),
        limit=f"{limit:g}/min" if minutes else "",
        advice=ADVICE,
        evidence=evidence(facts, SIGNAL),
        total=signal.count,
        cause="cpu",
    )
    return found(problem, _severity(judged, behind, limits) if minutes else "info")


def _severity(judged: Judged, behind_s: float, limits: Limits) -> Severity:
    """How often decides whether it matters, how far behind whether it is severe."""
    if judged.state != "above" or judged.events < limits.min_events:
        return "info"
    return "high" if behind_s >= limits.vad_behind_s else "warning"


def _measured(count: int, minutes: float, behind_s: float) -> str:
    text = times_text(count, 0, 0)
    if minutes:
        text = f"{count / minutes:.2f}/min, {count} in {minutes:.1f} min"
    return f"{text}, up to {behind_s:.2f} s behind" if behind_s else text


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)

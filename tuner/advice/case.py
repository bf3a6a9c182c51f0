"""The case before the adviser: what was found, what it is compared with, and what it costs.

Everything that `advise` asks about the facts stands here; what it answers stands there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from tuner.advice.effects import Move, Values, number, price_s, reply_wait
from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal

DEFAULT = "balanced"
"""What is compared with when the profile behind the log is unknown."""


WAIT = "end-of-turn-wait"
STRICTER = ("MIN_INTERRUPTION_DURATION", "MIN_INTERRUPTION_WORDS", "INTERRUPTION_THRESHOLD")
TIMEOUT = "FALSE_INTERRUPTION_TIMEOUT"
OWN_KNOBS = {
    "noisy": (*STRICTER, TIMEOUT),
    "patient": ("MIN_ENDPOINTING_DELAY",),
    "fast": ("MIN_ENDPOINTING_DELAY",),
}
"""What a profile mends its problem with, to be set on top of another one."""


class Case(msgspec.Struct, frozen=True):
    """Findings, refusals and facts, the profiles that may be named, and the limits."""

    findings: tuple[Finding, ...]
    refusals: tuple[Refusal, ...]
    facts: Facts
    profiles: Mapping[str, Mapping[str, Any]]
    limits: Limits

    @property
    def current(self) -> str | None:
        """The profile that the log was made under, None when unknown."""
        return self.facts.current.name

    @property
    def values(self) -> Values:
        """The settings in use: the stamped ones over those of the profile, or of the default."""
        base = self.profiles.get(self.current or DEFAULT, self.profiles.get(DEFAULT, {}))
        return {**base, **self.facts.current.settings}

    @property
    def assumed(self) -> bool:
        """Whether the settings in use are a guess."""
        return self.current not in self.profiles and not self.facts.current.settings

    @property
    def server_decides(self) -> bool:
        """Whether a Realtime server ends turns and interrupts, so that no client setting does."""
        wanted = {"AGENT_MODE": "realtime", "TURN_DETECTION": "realtime_llm"}
        return all(self.values.get(name, value) == value for name, value in wanted.items())

    def move(self, after: Values) -> Move:
        """From the settings in use to others."""
        return Move(self.values, after, self.facts, self.limits)

    def remedy(self, finding: Finding) -> str | None:
        """The best profile against a finding, of those that may be named."""
        return next((name for name in finding.remedies if name in self.profiles), None)

    def confirmed(self) -> list[Finding]:
        """Sure problems with a remedy, the costliest first."""
        sure = [f for f in self.findings if f.severity != "info" and self.remedy(f) and not f.needs]
        return sorted(sure, key=lambda finding: -cost(finding, self))

    def undecided(self) -> list[Finding]:
        """Problems, or remedies for them, that the evidence leaves undecided."""
        few = self.limits.min_events
        return [f for f in self.findings if self.remedy(f) and (f.needs or f.total < few)]

    def missing_for(self, rule: str) -> str:
        """What it takes to judge this problem; "" when it was judged."""
        refusal = next((r.needs for r in self.refusals if r.rule == rule), "")
        return refusal or next((f.needs for f in self.findings if f.rule == rule), "")

    def caused_by(self, cause: str) -> list[Finding]:
        """Sure problems that are due to this."""
        return [f for f in self.findings if f.cause == cause and f.severity != "info"]


def cost(finding: Finding, case: Case) -> float:
    """Seconds that a problem took from the callers, in all calls of the log."""
    limits = case.limits
    if finding.rule == "false-interruptions":
        return finding.total * limits.cost_false_interruption_s
    if finding.rule == "false-cutoffs":
        return finding.total * limits.cost_false_cutoff_s
    return _waited(finding, case) * limits.cost_wait_s


def _waited(finding: Finding, case: Case) -> float:
    """Seconds that the remedy would have saved: what turns waited above its floor."""
    remedy = case.remedy(finding)
    wait = case.facts.latency.get("end_of_turn_delay")
    if remedy is None or wait is None or wait.p50 is None:
        return 0.0
    floor = reply_wait(case.profiles[remedy], case.facts)
    return max(0.0, wait.p50 - floor) * (case.facts.exposure.turns or wait.n)


def worth(finding: Finding, target: str, case: Case) -> bool:
    """Whether a full cure would save callers more than the profile's known price."""
    return cost(finding, case) > price_s(case.move(case.profiles[target]))


def helps(finding: Finding, target: str, case: Case) -> bool:
    """Whether a profile goes further than the settings in use, in the direction of the cure."""
    move = case.move(case.profiles[target])
    if finding.rule == "false-interruptions":
        return any(move.of(name) > 0 for name in STRICTER) or move.of(TIMEOUT) < 0
    return move.wait() < 0 if finding.rule == WAIT else move.wait() > 0


def own_knobs(finding: Finding, target: str, case: Case) -> dict[str, Any]:
    """The settings that carry a profile's cure, where they go beyond the present ones.

    LiveKit counts the VAD's trailing silence into an interruption, so the same minimum asks for
    less sound under a longer one: what is carried over is the sound.
    """
    values, silence, minimum = case.profiles[target], "VAD_MIN_SILENCE_DURATION", STRICTER[0]
    wanted = {name: values[name] for name in OWN_KNOBS[target] if name in values}
    least, longer = number(wanted.get(minimum)), -case.move(values).of(silence)
    if least is not None and longer > 0:
        wanted[minimum] = round(least + longer, 2)
    less = {TIMEOUT} | ({"MIN_ENDPOINTING_DELAY"} if finding.rule == WAIT else set())
    gap = case.move({**case.values, **wanted}).of
    return {
        name: v for name, v in wanted.items() if (gap(name) < 0 if name in less else gap(name) > 0)
    }


def lacking(finding: Finding, case: Case) -> str:
    """What is missing to predict another setting; "" when the evidence is enough."""
    limits, calls = case.limits, case.facts.exposure.calls
    minimum = f"{limits.prediction_events} events in {limits.prediction_calls} calls"
    if calls is None:
        return f"lines that tell calls apart (job_id): a prediction needs {minimum}"
    more = max(0, limits.prediction_calls - calls)
    if finding.total < limits.prediction_events:
        missing = limits.prediction_events - finding.total
        more = max(more, math.ceil(missing * max(1, calls) / max(1, finding.total)))
    if not more:
        return ""
    return f"about {more} more call{'s' if more > 1 else ''}: a prediction needs {minimum}"


def settles(finding: Finding, case: Case) -> str:
    """What would settle an undecided problem, for its verdict and for a prediction."""
    return finding.needs or lacking(finding, case) or "more calls like these"


def per_minute(seconds: float, case: Case) -> str:
    """ "12.1 s/min": a cost by the minute of call; in all when the minutes are unknown."""
    minutes = case.facts.exposure.minutes
    return f"{seconds / minutes:.1f} s/min" if minutes else f"{seconds:.0f} s"

"""Takes the truth of calls and what `tuner analyze` read in their logs, says where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuner.bench.results.measures import CallMeasures
from tuner.bench.running.job import CallTruth
from tuner.model import Report

_LEFT_S = 0.1
"""A client that goes so soon after the headers may have left before it read them."""


@dataclass(frozen=True, slots=True)
class Check:
    """One count: by the analyzer, and what it must be (`low` to `high`, mostly one number).

    A range stands for requests that the agent dropped in the very moment of the answer: whether
    it had been read by then, only the agent knows. `binding` is False where a log cannot show it:
    some things never, others not without a turn log (then `found` is None).
    """

    scenario: str
    profile: str
    what: str
    found: int | None
    low: int
    high: int
    binding: bool = True

    @property
    def agrees(self) -> bool:
        """Whether the analyzer's count is true."""
        return self.found is not None and self.low <= self.found <= self.high

    def __str__(self) -> str:
        truth = f"{self.low}" if self.low == self.high else f"{self.low} to {self.high}"
        place = f"{self.scenario}, {self.profile}"
        return f"{place}: {self.what}: the analyzer says {self.found}, the truth is {truth}"


def checks(
    report: Report, calls: Sequence[CallTruth], measured: Sequence[CallMeasures], slow_ms: float
) -> list[Check]:
    """Compare one log (of one scenario and profile) with what truly happened in its calls."""
    scenario, profile = calls[0].scenario, calls[0].profile
    realtime = calls[0].realtime

    def check(what: str, found: int | None, low: int, high: int, binding: bool = True) -> Check:
        visible = found is not None or calls[0].turn_log
        return Check(scenario, profile, what, found, low, high, binding and visible)

    found = [check("calls", report.exposure.calls, len(calls), len(calls))]
    resumed = sum(call.resumed for call in measured)
    # a Realtime reply is never held: the log calls a cut false when no words came with it
    lost = sum(call.lost for call in measured) if realtime else 0
    false = _audible_false(report)
    found.append(check("false interruptions", false, resumed, resumed + lost))
    if not realtime:  # one that became words ("mm-hm") is a back-channel to the log
        given_up = sum(call.lost for call in measured)
        counted = report.signals["false_interruptions"].more.get("lost")
        found.append(check("lost replies", counted, given_up, given_up, binding=False))
    cut_offs = sum(call.cut_offs for call in measured)
    cut = report.signals["false_cutoffs"].count
    # the log shows speech after a commit, but not a half that was transcribed too late
    found.append(check("cut-offs", cut, cut_offs, cut_offs, binding=False))
    if realtime:
        return found
    turns = sum(call.user_turns for call in calls)
    answers = [answer for call in calls for answer in call.answered]
    dropped = sum(call.given_up for call in calls)
    slow = [answer for answer in answers if answer.processing_ms > slow_ms]
    openai = report.signals["openai_calls"]
    left = sum(not answer.completed and answer.held_s < _LEFT_S for answer in answers)
    taken = sum(answer.completed for answer in slow)
    return [
        *found,
        check("turns", report.exposure.turns, turns, turns),
        check("OpenAI responses", openai.count, len(answers) - left, len(answers) + dropped),
        check("slow OpenAI responses", openai.more.get("slow"), taken, len(slow)),
    ]


def _audible_false(report: Report) -> int | None:
    """False interruptions that somebody heard: a held reply that had not begun is none."""
    signal = report.signals["false_interruptions"]
    if signal.count is None:
        return None
    return signal.count - int(signal.more.get("phantom") or 0)

"""What rules and advice conclude: findings, refusals, the recommendation and the whole report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from tuner.limits import Limits
from tuner.model.facts import (
    Current,
    Evidence,
    Exposure,
    Facts,
    InputInfo,
    Latency,
    OtherLine,
    Signal,
    Volume,
)
from tuner.names import RuleId, SignalName, Stage

Severity = Literal["high", "warning", "info"]
Verdict = Literal["switch", "keep", "undecided"]
Label = Literal["exact", "estimated", "bounds only", "not enough data"]
Direction = Literal["up", "down"]

SEVERITIES: tuple[Severity, ...] = ("high", "warning", "info")


class Finding(msgspec.Struct, frozen=True):
    """A problem: what was measured against which limit, where to look, and what to do.

    `remedies` are the profiles that fix it, best first; empty when no profile can.
    `total` is how many events it counts, of which `evidence` shows the first few.
    `cause` is what the problem is due to when that is known ("model", "stt", "cpu" …).
    `needs` is set when the evidence leaves it open: how much more log would settle it.
    """

    rule: RuleId
    severity: Severity
    title: str
    measured: str
    limit: str
    evidence: tuple[Evidence, ...]
    advice: str
    total: int = 0
    remedies: tuple[str, ...] = ()
    cause: str = ""
    needs: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """A rule that could not judge: why, and what it needs."""

    rule: RuleId
    why: str
    needs: str


class Remedy(msgspec.Struct, frozen=True):
    """How a profile fixes the problem of a rule; the advice reads everything that it needs here.

    `knobs` are the settings that carry the fix, each with the direction that helps; set on top of
    another profile they do the same. `weight_s` is what one `unit` costs a caller, in seconds: one
    event of the finding, or one second that the remedy would save. `next_step` is what remains to
    be tried when the profile is in use already. A log in which a problem that `must_be_judged`
    could not be judged is never called healthy. What the profile costs is in `settings.prices`.
    """

    profile: str
    problem: str
    fix: str
    knobs: Mapping[str, Direction]
    weight_s: Callable[[Limits], float]
    next_step: str
    unit: Literal["event", "second of waiting"] = "event"
    must_be_judged: bool = True


class Rule(msgspec.Struct, frozen=True):
    """One problem: how it is recognised, explained and fixed (see `tuner.rules`).

    `signals` are what the log must show for a verdict. `doc` is what `tuner explain` prints.
    """

    id: RuleId
    title: str
    signals: tuple[SignalName | Stage, ...]
    check: Callable[[Facts, Limits], Finding | Refusal | None]
    doc: str
    remedy: Remedy | None = None


class Change(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """One setting that the advice changes, with its effect and how surely that is known."""

    setting: str
    from_: Any
    to: Any
    why: str
    effect: str
    label: Label


class Against(msgspec.Struct, frozen=True):
    """Why another profile was not chosen."""

    profile: str
    why: str


class Recommendation(msgspec.Struct, frozen=True):
    """The answer. `price` is what the changes cost; `profile` is None unless one is named.

    `needs` is what would settle an open verdict or, with keep, the next step that remains. Keep
    may carry `changes`: single settings on top of the profile that stays.
    """

    verdict: Verdict
    profile: str | None
    current: str | None
    why: str
    changes: tuple[Change, ...]
    price: str
    against: tuple[Against, ...]
    needs: str = ""


class FrontierPoint(msgspec.Struct, frozen=True):
    """Settings that were replayed, and no others have both fewer cut-offs and a shorter wait.

    `cost_s` is what they cost a caller more than those in use, in seconds a turn; intervals are of
    95 %. The settings in use stand first, without a name.
    """

    name: str
    cut_offs_per_turn: float
    cut_offs_interval: tuple[float, float]
    wait_p50_s: float
    wait_interval_s: tuple[float, float]
    cost_s: float
    cost_interval_s: tuple[float, float]


class Report(msgspec.Struct, frozen=True):
    """Everything that `tuner analyze` reports, in one value that every format renders.

    `distributions` has the values behind each latency, whole milliseconds and how many; a page
    draws them, the JSON has their quantiles. `agent` and `agent_version` are those of the facts.
    """

    inputs: tuple[InputInfo, ...]
    exposure: Exposure
    signals: Mapping[SignalName, Signal]
    latency: Mapping[Stage, Latency]
    log_volume: Volume
    findings: tuple[Finding, ...]
    refusals: tuple[Refusal, ...]
    recommendation: Recommendation
    current: Current
    first: float | None = None
    last: float | None = None
    partial: str = ""
    notes: tuple[str, ...] = ()
    also: tuple[OtherLine, ...] = ()
    next_log: str = ""
    distributions: Mapping[Stage, Mapping[int, int]] = {}
    frontier: tuple[FrontierPoint, ...] = ()
    agent: str = ""
    agent_version: tuple[int, ...] = ()

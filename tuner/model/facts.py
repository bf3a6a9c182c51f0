"""What the logs show, counted and timed, with how far that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from tuner.names import EvidenceName, SignalName, Stage

Observable = Literal["yes", "partly", "no"]
Grade = Literal["excellent", "good", "fair", "poor", "none"]


class Evidence(msgspec.Struct, frozen=True):
    """Where a claim can be checked: file, line (1-based) and the redacted text of the line."""

    path: str
    line: int
    text: str


class InputInfo(msgspec.Struct, frozen=True):
    """What one input was and how much of it could be read; `understood` + `unread` = `lines`.

    `first` and `last` are epoch seconds. `problem` says why reading ended early, "" if it did not.
    `versions` are those of LiveKit that wrote it, and how they are known ("livekit-agents 1.8.9, as
    logged at its start"), "" if they are not.
    """

    path: str
    format: str
    wrappers: tuple[str, ...]
    bytes: int
    lines: int
    understood: int
    unread: Mapping[str, int]
    first: float | None
    last: float | None
    problem: str = ""
    notes: tuple[str, ...] = ()
    versions: str = ""


class OtherLine(msgspec.Struct, frozen=True):
    """A warning or error that no rule judges, and how often it came.

    `text` is the message as its source has it, "" for all messages of the logger that the atlas
    does not know; then nothing of them is shown. `calls` is None where that is not known.
    """

    text: str
    logger: str
    level: str
    count: int
    calls: int | None


class Exposure(msgspec.Struct, frozen=True):
    """How much was at risk; None means that the lines do not show it.

    `basis` names what identified a call: "job_id", "room", "pid", "session closed" or "none".
    `minutes` sums, over calls, the time from a call's first line to its last.
    """

    calls: int | None
    minutes: float | None
    turns: int | None
    basis: str


class Rate(msgspec.Struct, frozen=True):
    """Events per unit of exposure with a 95 % interval; `unit` is "minute", "call", "turn" …

    `p_above` is P(rate > limit | data), the probability that a verdict is based on.
    """

    events: int
    exposure: float
    unit: str
    value: float
    low: float
    high: float
    limit: float
    p_above: float


class Signal(msgspec.Struct, frozen=True):
    """One kind of event counted over all inputs.

    `count` is None exactly when `observable` is "no"; `why` then says what hid it and what to
    switch on. `more` holds further figures by name (they stand beside `count` in the JSON).
    """

    count: int | None
    observable: Observable
    why: str | None = None
    rate: Rate | None = None
    more: Mapping[str, Any] = {}


class Latency(msgspec.Struct, frozen=True):
    """A stage's latency in seconds. `censored` requests ended without a value (never averaged).

    The median is excellent up to `excellent_s`, good up to `good_s`, fair up to `alert_s`, else
    poor. `over_alert` is how many of `n` exceeded `alert_s`; `source` names the lines it is from.
    """

    n: int
    censored: int
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    max: float | None
    grade: Grade
    over_alert: int
    alert_s: float
    source: str
    observable: Observable
    why: str | None = None
    excellent_s: float = 0.0
    good_s: float = 0.0


class Volume(msgspec.Struct, frozen=True):
    """How much is logged. `lines_per_minute` is per minute of call; None without calls."""

    records: int
    lines_per_minute: float | None
    by_level: Mapping[str, int]
    by_logger: Mapping[str, int]


class CallCounts(msgspec.Struct, frozen=True):
    """Per call, in one order: minutes, and the number of events of each kind; "minutes_seen" are
    those in which lines at DEBUG could be seen.

    Turns of one call are not independent, so intervals are taken over calls, not over turns.
    """

    minutes: tuple[float, ...]
    events: Mapping[str, tuple[float, ...]]


class SettingProblem(msgspec.Struct, frozen=True):
    """A setting that cannot act under the others ("no-op") or contradicts them ("conflict"), that
    may hurt ("risk"), or that names a model with an announced end ("retirement")."""

    kind: str
    settings: tuple[str, ...]
    why: str
    advice: str


class Current(msgspec.Struct, frozen=True):
    """The profile that the logs were made under, and how that is known.

    `how` is "--current", "log", "AGENT_PROFILE" or "unknown"; `settings` maps env names to values
    (all of them when stamped in the log or resolved from a profile; empty when unknown).
    `contradicted` are settings that the log stamps otherwise than the profile of --current has
    them: the log's values are in `settings`.
    """

    name: str | None
    how: str
    settings: Mapping[str, Any] = {}
    mixed: tuple[str, ...] = ()
    problems: tuple[SettingProblem, ...] = ()
    contradicted: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether the agent has the settings and profiles of this project."""
        return self.name not in (None, "unknown")


class Facts(msgspec.Struct, frozen=True):
    """All that the rules may use: what was counted and timed, and what the logs could not show.

    `also` are the warnings and errors that no rule judges. `next_log` says what makes the next log
    of this agent show more; `agent` is the package that it is made of ("livekit-agents",
    "@livekit/agents", "pipecat-ai"; "" where no line shows it), `agent_version` the one
    whose names of options it surely takes (() where unknown). `distributions` has the values behind
    each latency: whole milliseconds and how many there are.
    """

    exposure: Exposure
    signals: Mapping[SignalName, Signal]
    latency: Mapping[Stage, Latency]
    volume: Volume
    per_call: CallCounts
    evidence: Mapping[EvidenceName, tuple[Evidence, ...]]
    current: Current
    first: float | None = None
    last: float | None = None
    notes: tuple[str, ...] = ()
    also: tuple[OtherLine, ...] = ()
    next_log: str = ""
    distributions: Mapping[Stage, Mapping[int, int]] = {}
    agent: str = ""
    agent_version: tuple[int, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether the agent has the settings and profiles of this project."""
        return self.current.is_ours

    def source(self, name: SignalName | Stage) -> Signal | Latency | None:
        """The signal or the latency of this name, None when these logs were not asked for it."""
        both: dict[str, Signal | Latency] = dict([*self.signals.items(), *self.latency.items()])
        return both.get(name)

"""The vocabulary: frozen values that the stages hand to each other, and nothing else.

Units stand in the names (`_s` seconds, `_ms` milliseconds) or in the docstring; times are
seconds since the epoch, UTC. What could not be judged is a value with a reason, never None
alone and never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Observable = Literal["yes", "partly", "no"]
Severity = Literal["high", "warning", "info"]
Verdict = Literal["switch", "keep", "undecided"]
Label = Literal["exact", "estimated", "bounds only", "not enough data"]
Grade = Literal["excellent", "good", "slow", "alert", "none"]

Kind = Literal[
    "false_interruption", "sync_warning", "vad_slow", "commit", "eot_prediction", "eot_timeout",
    "transcript", "late_transcript", "preemptive", "endpointing_update", "llm_metrics",
    "tts_metrics", "stt_metrics", "eou_metrics", "realtime_metrics", "interruption_metrics",
    "metrics_object",
    "item_added", "llm_failed", "tts_failed", "stt_failed", "slow_flush", "no_pause",
    "session_closed", "old_metrics", "old_playout", "http_headers", "http_request",
    "openai_response", "openai_retry", "connect", "http_started", "http_timeout",
    "session_started", "turn", "interruption", "openai_call", "session_ended",
]  # fmt: skip
"""What one line of a log can mean; `lines/catalogue` has the rows."""
Stage = Literal[
    "llm_ttft", "tts_ttfb", "end_of_turn_delay", "transcription_delay", "e2e", "realtime_ttft"
]
"""A part of the way from the caller's last word to the agent's first sound."""
SignalName = Literal[
    "false_interruptions", "sync_warnings", "openai_calls", "openai_retries", "http_connections",
    "pool_timeouts", "false_cutoffs", "vad_slow", "late_transcripts", "eot_timeouts",
    "llm_failures", "tts_failures", "stt_failures", "slow_flushes", "preemptive", "interruptions",
]  # fmt: skip
"""A kind of event that the report counts."""
EvidenceName = Literal[
    "false_interruptions", "lost_replies", "sync_warnings", "openai_calls", "openai_retries",
    "http_connections", "http_timeouts", "pool_timeouts", "false_cutoffs", "vad_slow",
    "late_transcripts", "eot_timeouts", "llm_failures", "tts_failures", "stt_failures",
    "slow_flushes", "unread", "llm_ttft", "tts_ttfb", "end_of_turn_delay", "transcription_delay",
    "e2e", "realtime_ttft",
]  # fmt: skip
"""What lines of a log are kept for as evidence: mostly the signal or stage that they show."""

SEVERITIES: tuple[Severity, ...] = ("high", "warning", "info")


class Record(msgspec.Struct, gc=False):
    """One log record, whatever shape and wrapper it came in.

    `time` is None when the line has none. `clock` says how far to trust it: "utc" (a zone was
    written), "naive" (no zone: read as UTC), "day" (time of day only: seconds since midnight of
    the log's first day) or "" (no time). `body` is a JSON object whose keys hold the record's
    extras, b"" when there are none.
    """

    message: str
    level: str = ""
    logger: str = ""
    time: float | None = None
    clock: str = ""
    job: str = ""
    room: str = ""
    pid: str = ""
    body: bytes = b""
    shape: str = ""


class Event(msgspec.Struct, gc=False):
    """Something that happened, as one line reports it; `fields` as the catalogue has them."""

    kind: Kind
    fields: Mapping[str, Any]


class Evidence(msgspec.Struct, frozen=True):
    """Where a claim can be checked: file, line (1-based) and the redacted text of the line."""

    path: str
    line: int
    text: str


class InputInfo(msgspec.Struct, frozen=True):
    """What one input was and how much of it could be read; `understood` + `unread` = `lines`.

    `first` and `last` are epoch seconds. `problem` says why reading ended early, "" if it did not.
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


class Exposure(msgspec.Struct, frozen=True):
    """How much was at risk: None means that the lines do not tell.

    `basis` names what a call was told by: "job_id", "room", "pid", "session closed" or "none".
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

    `over_alert` is how many of `n` exceeded `alert_s`; `source` names the lines it was read from.
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


class Volume(msgspec.Struct, frozen=True):
    """How much is logged. `lines_per_minute` is per minute of call; None without calls."""

    records: int
    lines_per_minute: float | None
    by_level: Mapping[str, int]
    by_logger: Mapping[str, int]


class CallCounts(msgspec.Struct, frozen=True):
    """Per call, in one order: minutes, and the number of events of each kind.

    Turns of one call are not independent, so intervals are taken over calls, not over turns.
    """

    minutes: tuple[float, ...]
    events: Mapping[str, tuple[int, ...]]


class SettingProblem(msgspec.Struct, frozen=True):
    """A setting that cannot act under the others ("no-op") or contradicts them ("conflict")."""

    kind: str
    settings: tuple[str, ...]
    why: str
    advice: str


class Current(msgspec.Struct, frozen=True):
    """The profile that the logs were made under, and how that is known.

    `how` is "--current", "log", "AGENT_PROFILE" or "unknown"; `settings` maps env names to values
    (all of them when stamped in the log or resolved from a profile; empty when unknown).
    """

    name: str | None
    how: str
    settings: Mapping[str, Any] = {}
    mixed: tuple[str, ...] = ()
    problems: tuple[SettingProblem, ...] = ()


class Facts(msgspec.Struct, frozen=True):
    """All that the rules may use: what was seen, how much, how surely, and what was hidden."""

    exposure: Exposure
    signals: Mapping[SignalName, Signal]
    latency: Mapping[Stage, Latency]
    volume: Volume
    per_call: CallCounts
    evidence: Mapping[EvidenceName, tuple[Evidence, ...]]
    current: Current
    first: float | None = None
    last: float | None = None


class Finding(msgspec.Struct, frozen=True):
    """A problem: what was measured against which limit, where to look, and what to do.

    `remedies` are profile names that mend it, best first; empty when no profile can.
    `total` is how many events it counts, of which `evidence` shows the first few.
    `cause` says what the problem is due to when that is known ("model", "stt", "cpu" …).
    `needs` is set when the evidence leaves it open: how much more log would settle it.
    """

    rule: str
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

    rule: str
    why: str
    needs: str


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


class Report(msgspec.Struct, frozen=True):
    """Everything `tuner analyze` says, in one value that every format renders."""

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


class Rule(msgspec.Struct, frozen=True):
    """One problem and how it is told: see `tuner.rules`. `signals` must be observable for it."""

    id: str
    title: str
    signals: tuple[SignalName | Stage, ...]
    check: Any
    doc: str

"""The figures of one call and its timeline: frozen values, read by terminal, pages and store.

Lengths are seconds, times epoch seconds; on a timeline, seconds after the call's first line. What
a log could not show is None, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from tuner.names import SignalName

PartName = Literal["vad", "transcript", "commit", "model", "voice", "other"]
"""What a caller waits for, in this order; "other" is what no line accounts for."""
PARTS: tuple[PartName, ...] = ("vad", "transcript", "commit", "model", "voice", "other")


class CallCost(msgspec.Struct, frozen=True):
    """What a call cost its caller, in seconds of waiting or their equal (see `calls.cost`).

    A part is None where the log could not show it; `total_s` sums the others, and is None where
    nothing could be seen. `from_parts`: waits are not in the log, so the stages that are stand in.
    """

    total_s: float | None
    waiting_s: float | None
    stops_s: float | None
    cut_offs_s: float | None
    failures_s: float | None
    from_parts: bool = False


class CallFigures(msgspec.Struct, frozen=True):
    """One call. `id` is what commands take: the job id, room or process, redacted.

    `wait_*` are from the caller's last word to the agent's first sound, of `waits` turns. `failed`
    counts failures that end or disturb a call, by signal. `dead_air_s` is the silence after false
    stops. Rates are of what could be seen: a false stop in `seen_s` of `length_s`, a cut-off after
    `turns_at_risk` of the turns. `ended` is the reason that the log gives, `version` that of
    livekit-agents. Turns, false stops (those that were heard) and cut-offs are counted as
    `tuner analyze` counts them.
    """

    id: str
    room: str | None
    first: float | None
    last: float | None
    length_s: float | None
    turns: int | None
    waits: int
    wait_p50_s: float | None
    wait_max_s: float | None
    end_of_turn_p50_s: float | None
    llm_ttft_p50_s: float | None
    tts_ttfb_p50_s: float | None
    false_stops: int | None
    cut_offs: int | None
    dead_air_s: float | None
    openai_slow: int | None
    sync_warnings: int | None
    failures: int | None
    failed: Mapping[SignalName, int]
    ended: str | None
    profile: str | None
    cost: CallCost
    version: str | None = None
    seen_s: float | None = None
    turns_at_risk: int | None = None


class CallList(msgspec.Struct, frozen=True):
    """The calls of some logs, the most costly first. `hidden` pairs what could not be seen with
    the reason; `basis` is what identifies a call ("job_id", "room", "pid"). `problems` say which
    inputs could not be read to their end, `notes` are as in a report.
    """

    calls: tuple[CallFigures, ...]
    basis: str
    hidden: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class WaitPart(msgspec.Struct, frozen=True):
    """What a caller waited for, and how long, in seconds."""

    name: PartName
    seconds: float


class TurnSpan(msgspec.Struct, frozen=True):
    """One turn of the caller and the wait for its answer; times are seconds into the call.

    `at` is the earliest of them, else when its line was written. `decided_by` says what closed
    the turn ("" where that is not known). `parts` add up to `wait_s` where that is known,
    else they are what the log has of it. `pauses` are silences within the turn. `cut_off`: the
    caller went on after the turn was closed. `interrupted`: the answer was. When the agent stopped
    speaking is in no log.
    """

    at: float | None
    started: float | None
    stopped: float | None
    committed: float | None
    first_audio: float | None
    pauses: tuple[float, ...]
    wait_s: float | None
    parts: tuple[WaitPart, ...]
    cut_off: bool | None
    interrupted: bool | None
    decided_by: str = ""


class StopMark(msgspec.Struct, frozen=True):
    """A sound that stopped the agent, or might have: `cause` says in words what it was.

    `outcome` is "false", "lost", "backchannel" or "real"; not `audible`: nobody heard the stop.
    """

    at: float | None
    outcome: str
    audible: bool
    sound_s: float | None
    dead_air_s: float | None
    words: int | None
    cause: str


class RequestMark(msgspec.Struct, frozen=True):
    """One HTTP attempt against OpenAI; `at` is its end, `elapsed_ms` before that it began."""

    at: float | None
    endpoint: str
    status: int | None
    elapsed_ms: float | None
    processing_ms: float | None
    attempt: int | None
    slow: bool
    failed: bool


class WarningMark(msgspec.Struct, frozen=True):
    """A warning, an error or another line of note: `text` is our words for it, or the message as
    its source has it, "" where that is not known. `path` and `line` say where it stands."""

    at: float | None
    level: str
    text: str
    path: str
    line: int


class SpokenMark(msgspec.Struct, frozen=True):
    """What a caller said, as the log has it; `at` is when its transcript came."""

    at: float | None
    text: str


class CallTimeline(msgspec.Struct, frozen=True):
    """One call in the order of time. `settings` are those in force, as its log names them ({}:
    unknown). `hidden` pairs what could not be seen with the reason; `problems` say which inputs
    could not be read to their end. `speech` is None unless text was asked for."""

    figures: CallFigures
    turns: tuple[TurnSpan, ...]
    stops: tuple[StopMark, ...]
    requests: tuple[RequestMark, ...]
    warnings: tuple[WarningMark, ...]
    settings: Mapping[str, Any]
    hidden: tuple[tuple[str, str], ...]
    problems: tuple[str, ...] = ()
    speech: tuple[SpokenMark, ...] | None = None

"""What the last minutes were like: frozen values for the screen, JSON lines and Prometheus."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["ok", "open", "above", "hidden"]


class LiveMeasure(msgspec.Struct, frozen=True):
    """A figure of the window against its limit.

    `value` is in `unit` ("/min", "of turns", "s" …), None where nothing was at risk. `events` of
    `exposure` (minutes of call, turns, requests). `state`: "above" the limit or "ok" below it
    with the probability that a verdict needs, "open" between, "hidden" where the log cannot show
    it; then `why` says why. `note` says which calls it is not of.
    """

    name: str
    title: str
    value: float | None
    unit: str
    limit: float
    events: int
    exposure: float
    p_above: float | None
    state: State
    why: str = ""
    note: str = ""


class StageTimes(msgspec.Struct, frozen=True):
    """The latency of a stage in the window, in seconds."""

    name: str
    n: int
    p50: float
    p90: float
    max: float


class CallNow(msgspec.Struct, frozen=True):
    """A call in progress: how long so far, its turns, false stops and cut-offs, and how many
    seconds ago its last line came."""

    id: str
    length_s: float
    turns: int
    stops: int
    cut_offs: int
    quiet_s: float


class LiveEvent(msgspec.Struct, frozen=True):
    """Something that just happened. `time` is the line's own (epoch s), None if it has none."""

    time: float | None
    name: str
    call: str


class LiveAlert(msgspec.Struct, frozen=True):
    """A measure went above its limit, or came back (`raised` False); `text` has its figures."""

    time: float
    name: str
    raised: bool
    text: str


class Snapshot(msgspec.Struct, frozen=True):
    """All of it at `time` (epoch s). `totals` count since the watch began; `longest` are those of
    the `in_progress` calls that have lasted longest."""

    time: float
    window_s: float
    measures: tuple[LiveMeasure, ...]
    stages: tuple[StageTimes, ...]
    in_progress: int
    longest: tuple[CallNow, ...]
    events: tuple[LiveEvent, ...]
    alerts: tuple[str, ...]
    totals: dict[str, int]

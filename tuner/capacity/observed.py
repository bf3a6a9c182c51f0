"""The calls of a log in, what a plan needs to know of them out: arrivals, lengths, CPU, memory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tuner.errors import InputError

HOUR_S = 3600.0
FEWEST_CALLS = 5
"""Of fewer calls no mean is taken."""


class ObservedCall(NamedTuple):
    """One call: when it began (epoch s), how long it was (s), what its process used of CPU (s) and
    of memory (MB), where the log says so."""

    began: float
    seconds: float
    cpu_s: float | None = None
    memory_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """Figures of the calls; `notes` say what they are not good for."""

    calls: int
    calls_an_hour: float
    minutes: float
    most_at_once: int
    most_in_start_s: int
    cores_a_call: float | None
    mb_a_call: float | None
    notes: tuple[str, ...]


def ended(
    rows: Iterable[tuple[str, float | None, str, Mapping[str, Any], str]],
) -> list[ObservedCall]:
    """The calls that ended in a turn log: its events as `turn_log_rows` gives them.

    A call that stands in two logs, of which one is a copy or a part of the other, counts once.
    """
    calls: dict[tuple[str, float, int], ObservedCall] = {}
    for number, (key, time, kind, fields, _) in enumerate(rows):
        seconds = _number(fields.get("duration"))
        if kind == "session_ended" and time is not None and seconds is not None:
            used, held = _number(fields.get("cpu_s")), _number(fields.get("memory_mb"))
            found = ObservedCall(time - seconds, seconds, used, held)
            calls[key, time, 0 if key else number] = found
    return list(calls.values())


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value >= 0 else None


def observe(calls: Sequence[ObservedCall], start_s: float) -> Observed:
    """The figures; `start_s` is how long a new process takes to start.

    Raises:
        InputError: too few calls.
    """
    if len(calls) < FEWEST_CALLS:
        what = f"{len(calls)} calls that ended in the turn log: too few to plan from"
        raise InputError(what, "Give --calls and --minutes, or logs of more calls.")
    begins = sorted(call.began for call in calls)
    span = max(call.began + call.seconds for call in calls) - begins[0]
    hour, notes = _busy_hour(begins, span)
    cpu = [call for call in calls if call.cpu_s is not None]
    memory = sorted(call.memory_mb for call in calls if call.memory_mb is not None)
    if not cpu:
        notes.append("the log has no CPU time of calls: cores a call are those of docs/phone.md")
    return Observed(
        calls=len(calls),
        calls_an_hour=hour,
        minutes=sum(call.seconds for call in calls) / len(calls) / 60,
        most_at_once=_most_at_once(calls),
        most_in_start_s=most_within(begins, start_s),
        cores_a_call=_cores(cpu),
        mb_a_call=memory[math.ceil(0.95 * len(memory)) - 1] if memory else None,
        notes=tuple(notes),
    )


def _busy_hour(begins: Sequence[float], span: float) -> tuple[float, list[str]]:
    """Calls begun in the busiest hour; of less than an hour of log, as many as an hour would have
    had at that rate."""
    if span >= HOUR_S:
        return float(most_within(begins, HOUR_S)), []
    note = f"the log covers {span / 60:.0f} minutes: its rate is taken for the busy hour's"
    return len(begins) * HOUR_S / span, [note]


def _cores(calls: Sequence[ObservedCall]) -> float | None:
    seconds = sum(call.seconds for call in calls)
    return sum(call.cpu_s or 0.0 for call in calls) / seconds if seconds else None


def most_within(times: Sequence[float], seconds: float) -> int:
    """The most of the times, which are sorted, that any stretch of so many seconds holds."""
    most = first = 0
    for last, time in enumerate(times):
        while time - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def _most_at_once(calls: Sequence[ObservedCall]) -> int:
    """Where one call ends as another begins they are not at once."""
    steps = [(call.began, 1) for call in calls]
    steps += [(call.began + call.seconds, -1) for call in calls]
    now = most = 0
    for _, step in sorted(steps):
        now += step
        most = max(most, now)
    return most

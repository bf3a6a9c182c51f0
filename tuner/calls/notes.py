"""The events of one call in, what the counts of `summary` do not hold of it out: its own latencies,
its failures by kind, how it ended, its profile and room. Mergeable, in the order of the log."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, get_args

import msgspec

from tuner.facts.latencies import SOURCES, believed
from tuner.lines import bare_turn_log
from tuner.lines.catalogue.livekit import COMMIT_DELAY
from tuner.lines.catalogue.row import is_possible
from tuner.lines.catalogue.table import BY_KIND, LINES
from tuner.model import Event, Kind, Record
from tuner.names import Failure, SignalName
from tuner.redaction.profile import UNKNOWN
from tuner.redaction.shown import shown
from tuner.stats.histogram import Histogram
from tuner.summary.event_counting import committed_at, is_coarse
from tuner.summary.running_agents import agent_versions

_OF_THE_WORKER = frozenset(("adaptive_off", "full_capacity", "memory_high", "workers_failed"))
"""These disturb no single call."""
FAILURES: frozenset[SignalName] = frozenset(get_args(Failure)) - _OF_THE_WORKER | {
    "llm_failures", "tts_failures", "stt_failures"
}  # fmt: skip
"""What counts as a failure of a call."""
_ENDS: frozenset[Kind] = frozenset(("session_closed", "session_ended"))
KINDS: frozenset[Kind] = _ENDS.union(
    ("commit", "session_started"),
    (row.kind for row in LINES if row.signal in FAILURES or row.measures),
)
"""The events that a call's notes are taken from."""
_FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "session_started": ("profile", "versions"),
    "turn": (),
    "interruption": ("outcome", "agent_audible"),
    "session_ended": ("reason",),
}
"""What notes are taken from in lines of the turn log, besides lengths of time."""
READ_LINE = bare_turn_log.reader(
    {
        kind: [*others, *(each.field for each in BY_KIND[kind].measures)]
        for kind, others in _FIELDS.items()
    }
)
"""Reads a line of the turn log, but for the settings: they are most of its first line."""

Values = dict[int, int]
"""Whole milliseconds, and how many values are so long."""


class CallNotes(msgspec.Struct):
    """What is known of one call; `values`, `censored` are named as in the catalogue ("e2e@turn").

    `unheard` counts false stops of a reply that was not audible yet, as the turn log has them. All
    is plain: other processes make the notes, and handing over a `Histogram` takes five times as
    long.
    """

    values: dict[str, Values] = {}
    censored: dict[str, int] = {}
    failed: dict[SignalName, int] = {}
    ended: str = ""
    profile: str = ""
    room: str = ""
    version: str = ""
    unheard: int = 0

    def add(self, record: Record, event: Event) -> None:
        """Take one event down; speech goes no further."""
        row, fields = BY_KIND[event.kind], event.fields
        self.room = self.room or record.room
        for measure in row.measures:
            self._measure(measure.name, fields.get(measure.field), measure.low_s)
        if event.kind == "commit":
            self._measure(COMMIT_DELAY.name, commit_delay(record, fields), COMMIT_DELAY.low_s)
        if row.signal in FAILURES:
            _count(self.failed, row.signal)
        if event.kind == "interruption":
            self.unheard += is_unheard(fields)
        if event.kind in _ENDS:
            self.ended = self.ended or shown("reason", str(fields.get("reason") or ""))
        if event.kind == "session_started":
            self.profile = self.profile or _profile(fields)
            self.version = self.version or next((text for _, text in agent_versions(fields)), "")

    def _measure(self, name: str, seconds: Any, low_s: float) -> None:
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            return
        if not is_possible(seconds, low_s):
            return
        if seconds < low_s:
            _count(self.censored, name)
        else:
            _count(self.values.setdefault(name, {}), round(seconds * 1000))

    def merge(self, later: CallNotes) -> None:
        """Add a later stretch of the same call."""
        for name, values in later.values.items():
            _merge(self.values.setdefault(name, {}), values)
        _merge(self.censored, later.censored)
        _merge(self.failed, later.failed)
        self.unheard += later.unheard
        for name in ("ended", "profile", "room", "version"):
            setattr(self, name, getattr(self, name) or getattr(later, name))

    def stage(self, name: str) -> Histogram:
        """The latencies of a stage, of the source that a report would believe."""
        here = self._here(name)
        if len(here) > 1:
            counts = {key.partition("@")[2]: self._n(key) for key in here}
            return self.histogram(f"{name}@{believed(counts)}")
        return self.histogram(here[0]) if here else Histogram()

    def _here(self, stage: str) -> list[str]:
        """How the values of the sources are named that have any of this stage."""
        values, censored = self.values, self.censored
        if not censored:
            return [key for key in _keys(stage) if key in values]
        return [key for key in _keys(stage) if key in values or key in censored]

    def _n(self, name: str) -> int:
        """How many values of this name there are, those without a figure too."""
        return sum(self.values.get(name, {}).values()) + self.censored.get(name, 0)

    def histogram(self, name: str) -> Histogram:
        """The values of this name; none if there are none."""
        return Histogram(self.values.get(name, {}).items())


@cache
def _keys(stage: str) -> tuple[str, ...]:
    """How the values of each source of a stage are named."""
    return tuple(f"{stage}@{source}" for source in SOURCES)


Name = TypeVar("Name")


def _count(counts: dict[Name, int], name: Name, n: int = 1) -> None:
    counts[name] = counts.get(name, 0) + n


def _merge(counts: dict[Name, int], others: Mapping[Name, int]) -> None:
    for name, n in others.items():
        _count(counts, name, n)


def _profile(fields: Mapping[str, Any]) -> str:
    name = shown("profile", str(fields.get("profile", "")))
    return "" if name == UNKNOWN else name


def is_unheard(fields: Mapping[str, Any]) -> bool:
    """Whether an interruption of the turn log was a false stop that nobody could hear."""
    return fields.get("outcome") == "false" and fields.get("agent_audible") is False


def commit_delay(record: Record, fields: Mapping[str, Any]) -> float | None:
    """From the caller's last word to the end of the turn, in seconds; None where the line's clock
    is too coarse to tell."""
    spoken, closed = number(fields, "last_speaking_time"), closed_at(record, fields)
    if spoken is None or closed is None or is_coarse(record.time, record.clock):
        return None
    return closed - spoken


def closed_at(record: Record, fields: Mapping[str, Any]) -> float | None:
    """When the turn was closed, in epoch seconds, as far as the line of a commit tells."""
    spoken = number(fields, "last_speaking_time")
    heard = number(fields, "last_final_transcript_time")
    return committed_at(spoken, heard, record.time, record.clock)


def number(fields: Mapping[str, Any], name: str) -> float | None:
    """A field that is a number and not zero, which libraries write for "not known"."""
    value = fields.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) or None

"""The first bytes of a file in, the kind of call record that it is out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, NamedTuple

from tuner.call_records import pipecat, session_report, spans

Translate = Callable[[BinaryIO], Iterator[tuple[int, bytes]]]
"""A stream in; (line it comes from, a line as the agent would have written it) out."""


class Source(NamedTuple):
    """A kind of call record.

    `hides` names the signals that it cannot show although it shows turns; `why` says so to the
    user, with what to add. `agent` is the package of the agents that write it, "" if LiveKit's, and
    `next_log` what makes their next log show more.
    """

    name: str
    is_it: Callable[[bytes], bool]
    translate: Translate
    why: str
    hides: frozenset[str] = frozenset()
    agent: str = ""
    next_log: str = ""


PIPECAT = "pipecat-ai"
_OBSERVE = "log the events of its SpeakingObserver and ServiceMetricsObserver"
_KEEP = "give the log of the same call beside it, or switch on the turn log"
SOURCES = (
    Source(
        "LiveKit session report",
        session_report.is_it,
        session_report.translate,
        f"a session report holds turns and interruptions only; {_KEEP}",
    ),
    Source(
        "OpenTelemetry spans",
        spans.is_it,
        spans.translate,
        f"spans are read for turns and interruptions only; {_KEEP}",
    ),
    Source(
        "Pipecat log",
        pipecat.is_it,
        pipecat.translate,
        f"this Pipecat log does not hold it; {_OBSERVE}",
        frozenset({"false_interruptions"}),
        PIPECAT,
        f"in Pipecat: {_OBSERVE}",
    ),
)


def detect(sample: bytes) -> Source | None:
    """The kind of call record that begins with these bytes; None if it is none."""
    return next((source for source in SOURCES if source.is_it(sample)), None)


def source_of(names: Mapping[str, int]) -> Source | None:
    """The kind of call record whose name is among those of what lines were taken from."""
    return next((source for source in SOURCES if names.get(source.name)), None)

"""A log of Pipecat in, its lines out, and behind those of a call the lines that its turns make.

An observer's JSON shows when somebody began and ended to speak. Pipecat's own DEBUG lines show
turns, the agent's speech and the models' times, but not when the caller stopped speaking: no wait
can be known from those. Where a call has both, the observer's count.

Pipecat names no calls: each is named by its process if the log has that, and by its first moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from tuner.call_records.faults import Faults
from tuner.call_records.pipecat_layouts import in_own_layout
from tuner.call_records.pipecat_moments import PipecatMoment, is_plain, moment
from tuner.call_records.pipecat_turns import Follower
from tuner.errors import InputError
from tuner.lines import records, timestamps, wrappers
from tuner.model import Record

_LONGEST = 1 << 20
_MIXED = (
    "calls of Pipecat ran at the same time and their lines carry no ids: their turns are left out"
)


@dataclass(slots=True)
class _Call:
    """A call while it is read, as both sources show it; `running` pipelines make one call of it."""

    observer: Follower = field(default_factory=lambda: Follower(observed=True))
    debug: Follower = field(default_factory=lambda: Follower(observed=False))
    running: int = 0
    mixed: bool = False

    def take(self, found: PipecatMoment, line: int) -> None:
        """Follow one moment of the call; a new process is none."""
        if found.kind == "process_started":
            return
        self.running += found.kind == "call_started"
        self.mixed |= self.running > 1
        (self.observer if found.observed else self.debug).take(found, line)

    def is_over(self, kind: str) -> bool:
        """Whether a moment of this kind was the call's last."""
        if kind != "call_ended":
            return kind == "process_started"
        self.running -= 1
        for follower in (self.observer, self.debug):
            follower.call.ended = {"reason": "finished"}
        return self.running <= 0

    def lines(self, process: str, line: int) -> Iterator[tuple[int, bytes]]:
        """The lines of the call by the source that shows more of it."""
        by = self.observer if self.observer.moments else self.debug
        if self.mixed or not by.moments or by.call.first is None:
            return
        by.finish(line)
        name = f"pipecat {process} {timestamps.iso(by.call.first)}"
        by.call.ids = {"job_id": " ".join(name.split())}
        yield from by.call.laid_out({}, line)


def translate(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Every line as it came, and those that the turns of a call make when it is over.

    Raises InputError at the end if the lines of some calls could not be separated, or be read.
    """
    calls: dict[str, _Call] = {}
    mixed, number, faults = False, 0, Faults("moments or calls")
    for number, line in enumerate(_lines(stream), 1):
        found = None
        with faults.held():
            line, found = _moment(line)
        if found is None or not found.bare:
            yield number, line.rstrip(b"\r\n")
        if found is None:
            continue
        if found.process not in calls:
            calls[found.process] = _Call()
        call = calls[found.process]
        with faults.held():
            call.take(found, number)
        if call.is_over(found.kind):
            mixed |= call.mixed
            with faults.held():
                yield from calls.pop(found.process).lines(found.process, number)
    for process, call in calls.items():
        mixed |= call.mixed
        with faults.held():
            yield from call.lines(process, number)
    faults.named()
    if mixed:
        raise InputError(_MIXED, "log an id for each call, or give each call's log alone")


def _moment(line: bytes) -> tuple[bytes, PipecatMoment | None]:
    """A line, and what it reports; a line in a layout of the app's own is put into Pipecat's."""
    if is_plain(line):
        return line, None
    if (found := moment(line)) is not None or (own := in_own_layout(line)) is None:
        return line, found
    found = moment(own.line)
    is_read = isinstance(records.parse(wrappers.peel(line.rstrip(b"\r\n")).text), Record)
    found = found and found._replace(process=own.call or found.process)
    return (line if is_read else own.line), found


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(_LONGEST):
        yield line

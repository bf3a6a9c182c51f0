"""A log of Pipecat in, its lines out, and behind those of a call the lines that its turns make.

An observer's JSON shows when somebody began and ended to speak. Pipecat's own DEBUG lines show
turns, the agent's speech and the models' times, but not when the caller stopped speaking: no wait
can be known from those. Where a call has both, the observer's count.

Pipecat names no calls: each is named by its process if the log has that, and by its first moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from tuner.call_records.faults import Faults
from tuner.call_records.pipecat_blocks import PipecatBlock, blocks
from tuner.call_records.pipecat_layouts import in_own_layout
from tuner.call_records.pipecat_moments import PipecatMoment, is_plain, moment, of_own_line
from tuner.call_records.pipecat_turns import Follower
from tuner.errors import InputError
from tuner.lines import records, timestamps, wrappers
from tuner.model import Record
from tuner.scan.pipecat_lines import PipecatLine

_LAST = ("call_ended", "process_started")
_MIXED = (
    "calls of Pipecat ran at the same time and their lines carry no ids: their turns are left out"
)


@dataclass(slots=True)
class _Call:
    """A call while it is read, as both sources show it; `running` pipelines make one call of it."""

    observer: Follower | None = None
    debug: Follower | None = None
    running: int = 0
    mixed: bool = False

    def take(self, found: PipecatMoment, line: int) -> None:
        """Follow one moment of the call; a new process is none, and no DEBUG line counts once an
        observer's events do."""
        kind = found.kind
        if kind == "process_started":
            return
        if kind == "call_started":
            self.running += 1
            self.mixed |= self.running > 1
        if found.observed:
            if self.observer is None:
                self.observer = Follower(observed=True)
            self.observer.take(found, line)
        elif self.observer is None or not self.observer.moments:
            if self.debug is None:
                self.debug = Follower(observed=False)
            self.debug.take(found, line)

    def is_over(self, kind: str) -> bool:
        """Whether a moment of this kind was the call's last."""
        if kind != "call_ended":
            return kind == "process_started"
        self.running -= 1
        for follower in filter(None, (self.observer, self.debug)):
            follower.call.ended = {"reason": "finished"}
        return self.running <= 0

    def lines(self, process: str, line: int) -> Iterator[tuple[int, bytes]]:
        """The lines of the call by the source that shows more of it."""
        by = self.observer if self.observer and self.observer.moments else self.debug
        if self.mixed or by is None or not by.moments or by.call.first is None:
            return
        by.finish(line)
        name = f"pipecat {process} {timestamps.iso(by.call.first)}"
        by.call.ids = {"job_id": " ".join(name.split())}
        yield from by.call.laid_out({}, line)


def translate(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Every line as it came, and those that the turns of a call make when it is over.

    Raises InputError at the end if the lines of some calls could not be separated, or be read.
    """
    calls, number = _Calls(), 0
    for block in blocks(stream):
        yield from _translated(block, calls)
        number = block.first + block.text.count(b"\n") - block.text.endswith(b"\n")
    yield from calls.rest(number)
    calls.faults.named()
    if calls.mixed:
        raise InputError(_MIXED, "log an id for each call, or give each call's log alone")


class _Calls:
    """The calls that are under way, by process. `mixed`: lines of some could not be separated."""

    def __init__(self) -> None:
        self.faults, self.mixed = Faults("moments or calls"), False
        self._open: dict[str, _Call] = {}

    def take(self, found: PipecatMoment, line: int) -> bool:
        """Follow one moment; whether it was the last of its call."""
        call = self._open.get(found.process)
        if call is None:
            call = self._open[found.process] = _Call()
        try:
            call.take(found, line)
        except Exception as error:
            self.faults.note(error)
        return found.kind in _LAST and call.is_over(found.kind)

    def ended(self, process: str, line: int) -> Iterator[tuple[int, bytes]]:
        """The lines of a call that is over."""
        call = self._open.pop(process)
        self.mixed |= call.mixed
        with self.faults.held():
            yield from call.lines(process, line)

    def rest(self, line: int) -> Iterator[tuple[int, bytes]]:
        """The lines of calls that the log ends in."""
        for process in list(self._open):
            yield from self.ended(process, line)


def _translated(block: PipecatBlock, calls: _Calls) -> Iterator[tuple[int, bytes]]:
    """The lines of a block, as many at once as stand there as they are."""
    done, number = 0, block.first  # of what was given
    for line in block.lines:
        kept = found = None
        try:
            kept, found = _moment(block.text, line)
        except Exception as error:
            calls.faults.note(error)
        at = block.first + line.line
        if kept is not None:
            if done < line.start:
                yield number, _text(block.text[done : line.start])
            if kept:
                yield at, kept
            done, number = line.end + 1, at + 1
        if found is None or not calls.take(found, at):
            continue
        if done <= line.end:
            yield number, _text(block.text[done : line.end])
            done, number = line.end + 1, at + 1
        yield from calls.ended(found.process, at)
    if done < len(block.text):
        yield number, _text(block.text[done:])


def _text(lines: bytes) -> bytes:
    """Lines as they are, with nothing but newlines between them."""
    if b"\r" in lines:
        lines = lines.replace(b"\r\n", b"\n").rstrip(b"\r")
    return lines.removesuffix(b"\n")


def _moment(block: bytes, line: PipecatLine) -> tuple[bytes | None, PipecatMoment | None]:
    """What is read instead of a line (None: itself, b"": nothing), and what it reports."""
    if line.message >= 0:
        found = of_own_line(block[line.message : line.stop], line.marks, line.time)
        if found is not None:
            return None, found
    raw = block[line.start : line.end]
    kept, found = _looked_at(raw + b"\n")
    kept = b"" if found is not None and found.bare else kept.rstrip(b"\r\n")
    return None if kept == raw.removesuffix(b"\r") else kept, found


def _looked_at(line: bytes) -> tuple[bytes, PipecatMoment | None]:
    """A line, and what it reports; a line in a layout of the app's own is put into Pipecat's."""
    if is_plain(line):
        return line, None
    if (found := moment(line)) is not None or (own := in_own_layout(line)) is None:
        return line, found
    found = moment(own.line)
    is_read = isinstance(records.parse(wrappers.peel(line.rstrip(b"\r\n")).text), Record)
    found = found and found._replace(process=own.call or found.process)
    return (line if is_read else own.line), found

"""The moments of calls of Pipecat in, the lines that their turns make out when they are over.

Moments that the compiled scan has read are held as it gives them, and it writes the lines of a call
that has no others; where one has, Python follows it moment by moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tuner.call_records.faults import Faults
from tuner.call_records.pipecat_moments import PipecatMoment, of_row
from tuner.call_records.pipecat_turns import Follower
from tuner.lines import timestamps
from tuner.scan.pipecat_calls import CallRules, PipecatWriter
from tuner.scan.pipecat_lines import unpacked
from tuner.turns.assembler import LATE_SOUND_S
from tuner.turns.sounds import MOST_SOUNDS, WAITING
from tuner.turns.speech import HEARD_S
from tuner.turns.turn import SURE_S

_LAST = ("call_ended", "process_started")
RULES = CallRules(LATE_SOUND_S, HEARD_S, SURE_S, MOST_SOUNDS, WAITING)


@dataclass(slots=True)
class _Call:
    """A call while it is read, as both sources show it; `running` pipelines make one call of it.

    `rows` are the scan's, None once Python follows it."""

    observer: Follower | None = None
    debug: Follower | None = None
    running: int = 0
    mixed: bool = False
    finished: bool = False
    rows: bytearray | None = field(default_factory=bytearray)

    def hold(self, rows: bytes, faults: Faults) -> None:
        """Take moments that the scan has read."""
        if self.rows is not None:
            self.rows += rows
            return
        for row in unpacked(rows):
            try:
                self.follow(of_row(row), row.line)
            except Exception as error:
                faults.note(error)

    def unroll(self, faults: Faults) -> None:
        """From now on Python follows it, from its first moment on."""
        rows, self.rows = self.rows, None
        if rows:
            self.hold(bytes(rows), faults)

    def follow(self, found: PipecatMoment, line: int) -> None:
        """Follow one moment of the call; a new process is none, and no DEBUG line counts once an
        observer's events do."""
        if found.kind == "process_started":
            return
        if found.observed:
            if self.observer is None:
                self.observer = Follower(observed=True)
            self.observer.take(found, line)
        elif self.observer is None or not self.observer.moments:
            if self.debug is None:
                self.debug = Follower(observed=False)
            self.debug.take(found, line)

    def reach(self, kind: str) -> bool:
        """Note a moment of this kind; whether it is the call's last."""
        if kind == "call_started":
            self.running += 1
            self.mixed |= self.running > 1
        if kind != "call_ended":
            return kind == "process_started"
        self.running -= 1
        self.finished = True
        return self.running <= 0

    def lines(self, process: str, line: int) -> Iterator[tuple[int, bytes]]:
        """The lines of the call by the source that shows more of it."""
        by = self.observer if self.observer and self.observer.moments else self.debug
        if self.mixed or by is None or not by.moments or by.call.first is None:
            return
        by.finish(line)
        name = f"pipecat {process} {timestamps.iso(by.call.first)}"
        by.call.ids = {"job_id": " ".join(name.split())}
        by.call.ended = {"reason": "finished"} if self.finished else None
        yield from by.call.laid_out({}, line)


class PipecatCalls:
    """The calls that are under way, by process. `mixed`: lines of some could not be separated."""

    def __init__(self) -> None:
        self.faults, self.mixed = Faults("moments or calls"), False
        self._open: dict[str, _Call] = {}
        self._writer: PipecatWriter | None = None
        self._made: set[int] = set()

    def hold(self, rows: bytes) -> None:
        """Take moments that the scan has read, of a process that the log does not name."""
        if rows:
            self._of("").hold(rows, self.faults)

    def reach(self, kind: str) -> bool:
        """Note of which kind the last moment that is held is; whether it was its call's last."""
        return self._of("").reach(kind)

    def take(self, found: PipecatMoment, line: int) -> bool:
        """Follow one moment that Python has read; whether it was the last of its call."""
        call = self._of(found.process)
        try:
            call.unroll(self.faults)
            call.follow(found, line)
        except Exception as error:
            self.faults.note(error)
        return call.reach(found.kind)

    def ended(self, process: str, line: int) -> Iterator[tuple[int, bytes]]:
        """The lines of a call that is over; none if it stood in the log before."""
        call = self._open.pop(process)
        self.mixed |= call.mixed
        with self.faults.held():
            written = self._written(call, line)
            if written is None:
                call.unroll(self.faults)
                written = call.lines(process, line)
            lines = list(written)
            if self._is_new(lines):
                yield from lines

    def rest(self, line: int) -> Iterator[tuple[int, bytes]]:
        """The lines of calls that the log ends in."""
        for process in list(self._open):
            yield from self.ended(process, line)

    def _of(self, process: str) -> _Call:
        if (call := self._open.get(process)) is None:
            call = self._open[process] = _Call()
        return call

    def _is_new(self, lines: list[tuple[int, bytes]]) -> bool:
        """Whether no call before made the same lines, times and all: where a console's log and a
        file's are one behind the other, each call stands there twice."""
        before = len(self._made)
        self._made.add(hash(b"\n".join([line for _, line in lines])))
        return len(self._made) > before

    def _written(self, call: _Call, line: int) -> Iterator[tuple[int, bytes]] | None:
        """What the scan writes of a call; None if Python has to."""
        if call.mixed or not call.rows:
            return None
        if self._writer is None:
            self._writer = PipecatWriter(RULES)
        return self._writer.lines(call.rows, line)

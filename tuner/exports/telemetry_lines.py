"""Lines of OTLP logs with one record each in, the lines in those out: many at once by the scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuner.exports import many_records
from tuner.exports.many_records import ManyRecords
from tuner.exports.open_telemetry import record_on
from tuner.inputs.chunks import MAX_LINE

if TYPE_CHECKING:
    from tuner.exports.record_kinds import RecordKinds, Take
    from tuner.scan.export_lines import TakenLines


class TelemetryLines:
    """Takes such lines; `take` gives the only entry of one."""

    def __init__(self, take: Take) -> None:
        self._take, self._many, self._ways = take, ManyRecords(), 0
        self._kinds: RecordKinds | None = None

    def take(self, ways: int, data: bytes, at: int, line: int, last: int) -> TakenLines | None:
        """As `ManyRecords.take`; what was learnt holds as long as so many ways are known."""
        if len(data) - at < many_records.FEWEST_BYTES:
            return None
        if self._kinds is None or ways != self._ways:
            from tuner.exports.record_kinds import RecordKinds  # what small exports do not need

            self._kinds, self._ways = RecordKinds(self._take), ways
        where, waits = (data, at, line, last), self._many.wait > 0
        found = self._many.take(self._kinds.known, *where)
        if found is None and not waits and self._learn(self._kinds, data, at):
            found = self._many.take(self._kinds.known, *where)
        return found

    def _learn(self, kinds: RecordKinds, data: bytes, at: int) -> bool:
        """Learn how the line at this place is written; whether anything new came of it."""
        end = data.find(b"\n", at, at + MAX_LINE)
        raw = data[at:end].rstrip(b"\r") if end >= 0 else b""
        place = record_on(raw)
        if place is None or not kinds.learn(raw, place):
            return False
        self._many.try_again()
        return True

"""Lines of other loggers' JSON that are not in order of time in, the same with their times out:
many at once, where records that are written alike were seen before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuner.exports.entries import ExportEntry
from tuner.exports.many_records import ManyRecords
from tuner.exports.record_kinds import RecordKinds, Style
from tuner.exports.record_values import in_json
from tuner.inputs.chunks import is_docker

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines

_AS_THEY_ARE = Style(in_json, is_line=True, is_timed=False)
_ODD = (b'+00:00"}', b" stdout P ", b" stderr P ")
"""What would be a time that goes before all others, or go on in the next line."""


class PlainObjects:
    """Takes lines as they are; what is in doubt is left to who reads line by line. `time_of` says
    the time of a line, in epoch seconds; None if it has none, or none with a date."""

    def __init__(self, time_of: Callable[[bytes], float | None]) -> None:
        self._time_of, self._many = time_of, ManyRecords()
        self._kinds = RecordKinds(self._entry, _AS_THEY_ARE)
        self._data, self._sure = b"", 0

    def learn(self, line: bytes) -> None:
        """Learn how a line is written that was in doubt."""
        if self._kinds.learn(line):
            self._many.try_again()

    def take(self, data: bytes, at: int, line: int) -> TakenLines | None:
        """The lines from a place on that are in no doubt; None if the first is."""
        if data is not self._data or at > self._sure:
            self._data, self._sure = data, _first_odd(data, at)
        found = self._many.take(self._kinds.known, data[: self._sure], at, line)
        if found is None or data[at : at + found.size] == found.text + b"\n":
            return found
        self._kinds = RecordKinds(self._entry, _AS_THEY_ARE)  # it writes them otherwise
        return None

    def _entry(self, raw: bytes, line: int, lines: int) -> ExportEntry | None:
        """The entry of a line that stands alone; None if there is any doubt about its time."""
        if is_docker(raw):
            return None  # one that is longer may be a piece
        time = self._time_of(raw)
        return None if time is None else ExportEntry(raw, time, line, lines)


def _first_odd(data: bytes, at: int) -> int:
    """Where the first odd line begins from a place on; the end if there is none."""
    places = [place for odd in _ODD if (place := data.find(odd, at)) >= 0]
    return data.rfind(b"\n", 0, min(places)) + 1 if places else len(data)

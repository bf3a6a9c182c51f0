"""Entries in any order in, the same in the order of their times out, in bounded memory.

What does not fit into memory is sorted piece by piece, written to temporary files, and merged.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from typing import IO, TYPE_CHECKING, NamedTuple

import msgspec

from tuner.exports.entries import ExportEntry
from tuner.lines.timestamps import on_nearest_day

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines

RUN_BYTES = 64 << 20
"""So many bytes of text are sorted in memory at once."""
_BATCH = 512
_MOST_RUNS = 64
_ENTRY_BYTES = 200
BACK_S = 1.0
"""Clocks of one process run back by less than this when its threads log at once."""
_FADES = 0.9
_REQUEST, _HEADERS = b"HTTP Request: ", b"receive_response_headers.complete"


class Order:
    """Whether records come in the order of their times, each call by itself."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._up = self._down = self._back = 0

    def add(self, time: float, call: str = "") -> None:
        """The next record of a call, with its time in epoch seconds."""
        last = self._last.get(call, time)
        self._last[call] = time
        self.step(time - last)

    def step(self, seconds: float) -> None:
        """The next record of a call is so much later than the one before it."""
        if seconds > 0:
            self._up += 1
        elif seconds < 0:
            self._down += 1
            self._back += seconds < -BACK_S

    def add_time_of_day(self, time: float, call: str = "") -> None:
        """The next record of a call whose time has no date: midnight is no step back."""
        self.add(on_nearest_day(time, self._last.get(call)), call)

    def add_many(self, found: TakenLines) -> None:
        """The next records, whose times were compared with one another already."""
        self.add(found.time[0])
        self._up, self._down = self._up + found.up, self._down + found.down
        self._back += found.back
        self._last[""] = found.time[-1]

    @property
    def broken(self) -> bool:
        """Whether the records have to be put in order."""
        return self._back > 0 or self._down > self._up


class _Group(NamedTuple):
    """An entry with those that follow it and have no time; `tie` orders those of one time."""

    time: float
    tie: int
    entries: list[ExportEntry]


def by_time(entries: Iterable[ExportEntry], run_bytes: int = RUN_BYTES) -> Iterator[ExportEntry]:
    """The entries in order of time. Those of one time keep their order, or have it reversed where
    the input has the newest first; those without a time stay behind the one before them."""
    runs: list[Iterable[_Group]] = []
    for run in _runs(_groups(entries), run_bytes):
        runs.append(_stored(sorted(run, key=_key)) if runs or run.full else sorted(run, key=_key))
        if len(runs) == _MOST_RUNS:
            runs = [_stored(_merged(runs))]
    for group in _paired(_merged(runs)):
        yield from group.entries


class _Run(list[_Group]):
    """Groups that are sorted at once; `full`: more may follow."""

    full = False


def _key(group: _Group) -> tuple[float, int]:
    return group.time, group.tie


def _groups(entries: Iterable[ExportEntry]) -> Iterator[_Group]:
    """Groups in the order of the input; ties count backwards where times fall."""
    waiting: list[_Group] = []
    last, falling = float("-inf"), 0.0
    for entry in entries:
        if entry.time is None and waiting:
            waiting[-1].entries.append(entry)
            continue
        time = last if entry.time is None else entry.time
        if waiting and time != last:
            yield from _tied(waiting, falling + (time < last) - (time > last))
            falling = _FADES * falling + (time < last) - (time > last)
            waiting = []
        last = time
        waiting.append(_Group(time, 0, [entry]))
    yield from _tied(waiting, falling)


def _tied(groups: list[_Group], falling: float) -> list[_Group]:
    """Groups of one time, numbered in the order in which they were written."""
    return groups[::-1] if falling > 0 else groups


def _paired(groups: Iterable[_Group]) -> Iterator[_Group]:
    """The same with each line of response headers before the request's that it belongs to: one
    breath writes both, and a shuffled export keeps no order within a time."""
    waiting: _Group | None = None
    is_open = False  # headers stand before whose request has not come yet
    for group in groups:
        text = group.entries[0].text
        if waiting is not None:
            is_pair = _HEADERS in text and group.time == waiting.time
            yield from (group, waiting) if is_pair else (waiting,)
            waiting = None
            if is_pair:
                continue
        if _REQUEST in text and not is_open:
            waiting = group
            continue
        is_open = _HEADERS in text
        yield group
    if waiting is not None:
        yield waiting


def _runs(groups: Iterable[_Group], run_bytes: int) -> Iterator[_Run]:
    run, size = _Run(), 0
    for number, group in enumerate(groups):
        run.append(_Group(group.time, number, group.entries))
        size += sum(len(entry.text) + _ENTRY_BYTES for entry in group.entries)
        if size >= run_bytes:
            run.full = True
            yield run
            run, size = _Run(), 0
    if run:
        yield run


def _merged(runs: list[Iterable[_Group]]) -> Iterator[_Group]:
    """The groups of all runs in order; runs that do not overlap stand one behind another."""
    if len(runs) < 2:
        return chain.from_iterable(runs)
    spans = [run for run in runs if isinstance(run, _Stored)]
    spans.sort(key=lambda run: run.first)
    apart = all(a.last <= b.first for a, b in pairwise(spans))
    if apart and len(spans) == len(runs):
        return chain.from_iterable(spans)
    return heapq.merge(*runs, key=_key)


class _Stored:
    """A sorted run in a temporary file."""

    def __init__(self, groups: Iterable[_Group]) -> None:
        import tempfile

        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self.first = self.last = (0.0, 0)
        batch: list[_Group] = []
        for number, group in enumerate(groups):
            self.first = self.first if number else _key(group)
            self.last = _key(group)
            batch.append(group)
            if len(batch) == _BATCH:
                self._write(batch)
                batch = []
        if batch:
            self._write(batch)

    def _write(self, batch: list[_Group]) -> None:
        data = _ENCODER.encode(batch)
        self._file.write(len(data).to_bytes(8, "big") + data)

    def __iter__(self) -> Iterator[_Group]:
        self._file.seek(0)
        while size := self._file.read(8):
            yield from _DECODER.decode(self._file.read(int.from_bytes(size, "big")))
        self._file.close()


def _stored(groups: Iterable[_Group]) -> _Stored:
    return _Stored(groups)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[_Group])

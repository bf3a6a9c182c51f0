"""Entries in any order in, the same in the order of their times out, in bounded memory.

What does not fit into memory is sorted piece by piece, written to temporary files, and merged.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise, repeat
from operator import itemgetter
from typing import IO, TYPE_CHECKING, TypeAlias

import msgspec

from tuner.exports import sorted_lines
from tuner.exports.entries import ExportEntry
from tuner.exports.response_pairs import TIME, Row

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines

Batches: TypeAlias = Iterable[Sequence[Row]]
RUN_BYTES = 64 << 20
"""So many bytes of text are sorted in memory at once."""
_BATCH = 512
_MOST_RUNS = 64
_FADES = 0.9
_time = itemgetter(TIME)


def by_time(
    entries: Iterable[ExportEntry | TakenLines], run_bytes: int = RUN_BYTES
) -> Iterator[ExportEntry | TakenLines]:
    """The entries in order of time. Those of one time keep their order, or have it reversed where
    the input has the newest first; those without a time stay behind the one before them."""
    runs: list[Batches] = []
    for run, is_last in _runs(_Ties().rows(entries), run_bytes):
        batches = _batches(sorted(run, key=_time))
        runs.append(batches if is_last and not runs else _Stored(batches))
        if len(runs) == _MOST_RUNS:
            runs = [_Stored(_merged(runs))]
    return sorted_lines.entries(_merged(runs))


class _Ties:
    """Puts rows of one time in the order in which they were written."""

    def __init__(self) -> None:
        self._waiting: list[Row] = []
        self._last, self._falling = float("-inf"), 0.0

    def rows(self, entries: Iterable[ExportEntry | TakenLines]) -> Iterator[Sequence[Row]]:
        """The rows of entries, in the order of the input but for those of one time where times
        fall: these are reversed."""
        for found in entries:
            if not isinstance(found, ExportEntry):
                yield self._many(found)
            elif found.time is None and self._waiting:
                self._waiting[-1] = sorted_lines.with_entry(self._waiting[-1], found)
            else:
                yield self._one(sorted_lines.row(found, self._last))
        yield self._tied(0)

    def _one(self, row: Row) -> Sequence[Row]:
        """Take a row; give those before it, if their time is over."""
        step = (row[TIME] < self._last) - (row[TIME] > self._last)
        done = self._tied(step) if step and self._waiting else ()
        self._last = row[TIME]
        self._waiting.append(row)
        return done

    def _many(self, found: TakenLines) -> Sequence[Row]:
        """The same of many rows."""
        is_stamped = found.stamped > 0
        columns = (found.time, found.text.split(b"\n"), found.of_line, found.lines_of)
        nothing: list[ExportEntry] = []
        rows = list(zip(*columns, repeat(is_stamped), repeat(nothing), strict=False))
        done = list(self._one(rows[0]))
        if found.up + found.down < len(rows) - 1:  # some are of one time
            return [*done, *chain.from_iterable(map(self._one, rows[1:]))]
        steps = [1 if time < before else -1 for before, time in pairwise(found.time)]
        if steps:
            done += [*self._tied(steps[0]), *rows[1:-1]]
            for step in steps[1:]:
                self._falling = _FADES * self._falling + step
            self._waiting, self._last = rows[-1:], rows[-1][TIME]
        return done

    def _tied(self, step: int) -> Sequence[Row]:
        """The rows that wait, before a time that is later (-1) or earlier (1)."""
        rows, self._waiting = self._waiting, []
        rows = rows[::-1] if self._falling + step > 0 else rows
        self._falling = _FADES * self._falling + step
        return rows


def _runs(batches: Batches, run_bytes: int) -> Iterator[tuple[list[Row], bool]]:
    """Rows that are sorted at once, and whether they are the last ones."""
    run: list[Row] = []
    size = 0
    for rows in batches:
        run += rows
        size += sorted_lines.size(rows)
        if size >= run_bytes:
            yield run, False
            run, size = [], 0
    if run:
        yield run, True


def _batches(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    rest = iter(rows)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _merged(runs: Sequence[Batches]) -> Batches:
    """The rows of all runs in order; runs that do not overlap stand one behind another."""
    if len(runs) < 2:
        return chain.from_iterable(runs)
    spans = sorted((run for run in runs if isinstance(run, _Stored)), key=lambda run: run.first)
    if all(a.last < b.first for a, b in pairwise(spans)):
        return chain.from_iterable(spans)
    return _batches(heapq.merge(*map(chain.from_iterable, runs), key=_time))


class _Stored:
    """A sorted run in a temporary file, and its first and last times."""

    def __init__(self, batches: Batches) -> None:
        import tempfile

        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self.first = self.last = float("-inf")
        for number, batch in enumerate(batches):
            self.first = self.first if number else batch[0][TIME]
            self.last = batch[-1][TIME]
            data = _ENCODER.encode(batch)
            self._file.write(len(data).to_bytes(8, "big") + data)

    def __iter__(self) -> Iterator[Sequence[Row]]:
        self._file.seek(0)
        while size := self._file.read(8):
            yield _DECODER.decode(self._file.read(int.from_bytes(size, "big")))
        self._file.close()


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[Row])

"""A chunk in, its records with events out, in the order of the lines.

Where nothing but LiveKit's bare JSON stands in a chunk each line is read by itself, and those of
the turn log sooner than others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

from tuner.execution import call_lines, units
from tuner.execution.call_lines import Keep
from tuner.execution.event_rows import records_of
from tuner.lines.bare_turn_log import BARE, ReadLine
from tuner.model import Event, Record
from tuner.reading import careful
from tuner.reading.careful import ParsedLine
from tuner.reading.record_filter import Filter

Reported = tuple[Record, Event]


def reported(
    piece: units.Piece, only: Filter, keep: Keep, read_line: ReadLine
) -> Iterator[Reported]:
    """The records with events that the filter keeps, of lines that may matter (`keep`)."""
    data = bytes(piece.chunk.data)
    lines = careful.split(data)
    if careful.is_clean(data) and all(line.startswith(BARE) for line in lines):
        return _of_bare(piece, lines, only, keep, read_line)
    return _with_events(call_lines.lines_of(piece, only, keep)[0])


def _of_bare(
    piece: units.Piece, lines: Sequence[bytes], only: Filter, keep: Keep, read_line: ReadLine
) -> Iterator[Reported]:
    found: list[tuple[int, Reported]] = []
    rest: list[int] = []
    for at, line in enumerate(lines):
        if not keep(line):
            continue
        reported = read_line(line)
        if reported is None:
            rest.append(at)
        elif only.keeps(reported[0]):
            found.append((at, reported))
    if rest:
        found = sorted([*found, *_read(piece, lines, rest, only)], key=itemgetter(0))
    return map(itemgetter(1), found)


def _read(
    piece: units.Piece, lines: Sequence[bytes], places: Sequence[int], only: Filter
) -> Iterator[tuple[int, Reported]]:
    """Those in these places, with them."""
    some = piece.chunk._replace(data=b"\n".join([lines[at] for at in places]), dropped=0)
    for record, event, line, *_ in records_of(piece._replace(chunk=some), only)[0]:
        if event is not None:
            yield places[line - 1], (record, event)


def _with_events(lines: Sequence[ParsedLine]) -> Iterator[Reported]:
    return ((line.record, line.event) for line in lines if line.event is not None)

"""A log of Pipecat in, its lines out, and behind those of a call the lines that its turns make.

An observer's JSON shows when somebody began and ended to speak. Pipecat's own DEBUG lines show
turns, the agent's speech and the models' times, but not when the caller stopped speaking: no wait
can be known from those. Where a call has both, the observer's count.

Pipecat names no calls: each is named by its process if the log has that, and by its first moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from tuner.call_records.detection import Many
from tuner.call_records.pipecat_blocks import PipecatBlock, blocks
from tuner.call_records.pipecat_calls import PipecatCalls
from tuner.call_records.pipecat_layouts import behind_words, in_own_layout
from tuner.call_records.pipecat_moments import PipecatMoment, is_plain, moment, of_own_line
from tuner.errors import InputError
from tuner.lines import records, wrappers
from tuner.model import Record
from tuner.scan.pipecat_lines import PipecatLine

_MIXED = (
    "calls of Pipecat ran at the same time and their lines carry no ids: their turns are left out"
)


def translate(stream: BinaryIO, _many: Many = map) -> Iterator[tuple[int, bytes]]:
    """Every line as it came, and those that the turns of a call make when it is over.

    Raises InputError at the end if the lines of some calls could not be separated, or be read.
    """
    calls, number = PipecatCalls(), 0
    for block in blocks(stream):
        yield from _translated(block, calls)
        number = block.last
    yield from calls.rest(number)
    calls.faults.named()
    if calls.mixed:
        raise InputError(_MIXED, "log an id for each call, or give each call's log alone")


def _translated(block: PipecatBlock, calls: PipecatCalls) -> Iterator[tuple[int, bytes]]:
    """The lines of a block, as many at once as stand there as they are."""
    done, number = 0, block.first  # of what was given
    for rows, line in block.stops:
        calls.hold(rows)
        if line is None:
            continue
        kept, over = _read(block, line, calls)
        if kept is not None:
            if done < line.start:
                yield number, _text(block.text[done : line.start])
            if kept:
                yield line.line, kept
            done, number = line.end + 1, line.line + 1
        if over is None:
            continue
        if done <= line.end:
            yield number, _text(block.text[done : line.end])
            done, number = line.end + 1, line.line + 1
        yield from calls.ended(over, line.line)
    if done < len(block.text):
        yield number, _text(block.text[done:])


def _read(
    block: PipecatBlock, line: PipecatLine, calls: PipecatCalls
) -> tuple[bytes | None, str | None]:
    """What is read instead of a line (None: itself, b"": nothing), and the process whose call is
    over with it."""
    if line.kind:
        return None, "" if calls.reach(line.name) else None
    kept = found = None
    try:
        kept, found = _moment(block.text, line)
    except Exception as error:
        calls.faults.note(error)
    is_over = found is not None and calls.take(found, line.line)
    return kept, found.process if found is not None and is_over else None


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
    """A line, and what it reports; a line in a layout of the app's own is put into Pipecat's, and
    taken from behind what an unknown shipper put before it."""
    line = behind_words(line)
    if is_plain(line):
        return line, None
    if (found := moment(line)) is not None or (own := in_own_layout(line)) is None:
        return line, found
    found = moment(own.line)
    is_read = isinstance(records.parse(wrappers.peel(line.rstrip(b"\r\n")).text), Record)
    found = found and found._replace(process=own.call or found.process)
    return (line if is_read else own.line), found

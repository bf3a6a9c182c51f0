"""A chunk of lines that can be written as LiveKit's JSON in, its counts out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tuner.inputs.chunks import Data
from tuner.reading import days_of_clock, rendered_lines, scanning, shipped_lines
from tuner.reading.rendered_lines import LineKinds
from tuner.reading.scanned import ScanJob
from tuner.reading.shipped_lines import ShippedLines
from tuner.scan import Scanner

_FEW = 200
"""More lines are looked at when these were learnt."""


class _Learnt(NamedTuple):
    """How lines are written, and the wrappers they stand in; None if they stand alone. Of times
    that have a zone by their wrapper what stands before them."""

    known: LineKinds
    shipped: ShippedLines | None
    time_key: bytes

    def more(self, lines: Sequence[bytes]) -> bool:
        """Learn of lines that nothing was known of; whether anything new came of it."""
        begins = self.shipped is not None and self.shipped.learn(lines)
        return self.known.learn(_bare(lines, self.shipped)) or begins


def count(
    job: ScanJob, sample: Sequence[bytes], most: int, scanner: Scanner, text: Data
) -> bool | None:
    """Count a chunk, whose `text` is the lines of Kubernetes that Docker's JSON holds, or its data.
    None: none of its lines can be written so, or more than `most` would be left to Python; False:
    `careful` has to read all of it."""
    learnt = _of(job, sample[: shipped_lines.LOOKED_AT])
    if learnt is None or not (learnt.known.any or learnt.more(sample)):
        return None
    while True:
        bare = learnt.shipped.without(bytes(text), learnt.time_key) if learnt.shipped else text
        scanner.take_rendered(job.data, job.strict, learnt.known.kinds.known, bare)
        if not scanning.scan(scanner, scanner.rendered, job.summary, in_order=False):
            return False
        if not learnt.more(list(_some_left(scanner))):
            break
    if scanner.left > most:
        return None
    return _added(job, scanner, learnt, is_docked=text is not job.data)


def _of(job: ScanJob, lines: Sequence[bytes]) -> _Learnt | None:
    """What this process has learnt of lines like these; None if they need their wrapper."""
    shipped = shipped_lines.of(job.layouts, lines)
    bare = _bare(lines, shipped)
    known = rendered_lines.of(job.layouts, bare)
    if known is None or shipped is None:
        return known and _Learnt(known, None, b"")
    shipped.learn(lines)
    if shipped.may_go(known.layout.clock):
        return _Learnt(known, shipped, b"")
    has_key = known.layout.clock == "naive" and not shipped.nested
    key = shipped_lines.time_key(bare) if has_key else b""
    return _Learnt(known, shipped, key) if key and _are_in_utc(shipped, lines, key) else None


def _are_in_utc(shipped: ShippedLines, lines: Sequence[bytes], time_key: bytes) -> bool:
    """Whether most times of records are of the minute of their wrappers', in UTC."""
    found = shipped.without(b"\n".join(lines), time_key).split(b"\n")
    return 2 * sum(map(bool, found)) > len(lines)


def _bare(lines: Sequence[bytes], shipped: ShippedLines | None) -> Sequence[bytes]:
    return [shipped.bare(line) for line in lines] if shipped else lines


def _some_left(scanner: Scanner) -> Iterable[bytes]:
    """Some of the lines that nothing is known of."""
    unknown = [place for place in scanner.places() if place.body == place.stop]
    some = unknown[:: len(unknown) // _FEW + 1]
    return (bytes(scanner.data[place.start : place.end]) for place in some)


def _added(job: ScanJob, scanner: Scanner, learnt: _Learnt, is_docked: bool) -> bool:
    names = learnt.shipped.names if learnt.shipped else ()
    names = ("docker", *names[1:]) if is_docked else names
    clock = "utc" if learnt.time_key else learnt.known.layout.clock
    layout = learnt.known.layout._replace(wrappers=names, clock=clock)
    return scanning.add_listed(job, learnt.known.named, scanner, layout) and (
        not job.clocks & days_of_clock.UNDATED
    )

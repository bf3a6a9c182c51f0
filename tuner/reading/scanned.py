"""What the compiled scan found in a chunk in, all that stands in it counted.

What the scan could not place is read line by line, as `careful` reads it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from tuner import scan
from tuner.exports import order_check
from tuner.inputs.chunks import Data, is_partial
from tuner.lines import events, json_lines, records, text_lines, tracebacks
from tuner.lines.layouts import FOUND, Layouts
from tuner.lines.open_records import WITH_FIELDS_BELOW, is_field_below
from tuner.lines.rich_records import RICH
from tuner.lines.unwrap import Unwrapper, unmarked, without_wrappers
from tuner.model import Record
from tuner.reading import careful, plain_tracebacks, scan_counts
from tuner.reading.careful import ParsedLine
from tuner.reading.handed_lines import HandedLines
from tuner.reading.record_filter import Filter
from tuner.reading.scan_layouts import ScanLayout
from tuner.scan import Place, Scanner
from tuner.summary.summary import EVIDENCE_BYTES, KEPT_EVIDENCE, Summary

_WITH_TRACEBACKS = (text_lines.DEV, text_lines.COMPACT, text_lines.PYTHON, FOUND)
"""Layouts of records that go on below, but for screens: their rows have their own fields."""
_JSON = (json_lines.LIVEKIT, json_lines.OTHER, json_lines.PINO)
"""Layouts of records that never go on below."""


class ScanJob(NamedTuple):
    """A chunk's `data` and the summary that they are added to, as `fast.summarize` has them.

    `begins`: nothing stands before the data. Lines in no known layout are added to `unplaced`, the
    clocks of records that Python reads to `clocks`, and where days without a date begin, if each
    has to be read by itself, to `midnights`. `is_order_known`: whoever took the lines out of an
    export knows whether they are in order of time.
    """

    data: Data
    summary: Summary
    only: Filter
    strict: bool
    layouts: Layouts
    begins: bool
    unplaced: list[bytes]
    clocks: set[str]
    midnights: list[int]
    is_order_known: bool = False


class ScanResult(NamedTuple):
    """A job that the scan has done; what events add goes to `listed`, mostly the job's summary."""

    job: ScanJob
    listed: Summary
    scanner: Scanner
    layout: ScanLayout


def add(found: ScanResult) -> bool:
    """Add what was counted and what is left; False if `careful` has to read the whole chunk."""
    job, listed, scanner, layout = found
    summary = job.summary
    every = list(_neighbouring_lines(scanner.places()))
    neighbours, goes_on = _without_tracebacks(found, every)
    wrapper_counts = _wrapper_counts(scanner, job.layouts)
    if wrapper_counts is None or any(_splits_a_record(*ends, scanner.data) for ends in neighbours):
        return False
    if layout.shape in _WITH_TRACEBACKS and any(_are_of_another(found, *e) for e in neighbours):
        return False
    summary.wrappers.update(wrapper_counts)
    judged = not every  # turns are judged by the lines around them
    calls = scan_counts.add(summary, listed, scanner, layout, with_turns=judged)
    if every or scanner.to_add:
        handed = HandedLines(listed, scanner, calls, layout.clock, with_turns=not judged)
        _read_in_python(found, neighbours, handed)
    summary.understand(scanner.below + goes_on)
    summary.lines = scanner.lines
    # where most lines are left, those that the scan followed say nothing of the others
    may_go_back = scanner.may_be_unordered or 2 * scanner.left > scanner.lines
    is_asked = may_go_back and not job.is_order_known
    summary.unordered = is_asked and _is_out_of_order(found)
    _note(listed, _evidence(scanner, with_turns=judged), scanner.data)
    return True


def _without_tracebacks(
    found: ScanResult, neighbours: Sequence[tuple[Place, Place]]
) -> tuple[Sequence[tuple[Place, Place]], int]:
    """The neighbours that are no tracebacks of counted records, and how many lines those have."""
    layouts = found.job.layouts
    if found.layout.shape not in _WITH_TRACEBACKS or layouts.found:
        return neighbours, 0
    return plain_tracebacks.left_out(neighbours, found.scanner.data, layouts)


def _is_out_of_order(found: ScanResult) -> bool:
    """Whether records of a call go back in time. The lines of a screen tell of its records."""
    if found.layout.shape == RICH:
        return order_check.broken_rows(bytes(found.scanner.text))
    return order_check.broken(found.scanner.data, found.job.layouts)


def _are_of_another(found: ScanResult, first: Place, last: Place) -> bool:
    """Whether fields of a record that was counted may stand on the lines below it: on a line each,
    or behind a traceback."""
    data, layouts = found.scanner.data, found.job.layouts
    lines = bytes(data[first.start : last.end]).split(b"\n")
    may_have_fields = found.layout.shape in WITH_FIELDS_BELOW
    if may_have_fields and is_field_below(lines[0]):
        return True
    return any(
        (may_have_fields and _begin_with_a_field(texts, layouts)) or _end_a_traceback(texts)
        for texts in _of_each_program(lines, layouts)
    )


def _of_each_program(lines: Sequence[bytes], layouts: Layouts) -> Iterable[Sequence[bytes]]:
    """The lines without their wrappers, those of each program by themselves."""
    found: dict[str, list[bytes]] = {}
    name = ""
    for raw in lines:
        peeled = without_wrappers(unmarked(raw), layouts.wrappers)
        name = peeled.stream if peeled.stream or not records.goes_on(peeled.text) else name
        found.setdefault(name, []).append(peeled.text)
    return found.values()


def _begin_with_a_field(texts: Iterable[bytes], layouts: Layouts) -> bool:
    """Whether the first line that is not nobody's may hold a field of the record above."""
    for text in texts:
        if is_field_below(text):
            return True
        if records.parse(text, layouts) != records.UNKNOWN:
            return False
    return False


def _end_a_traceback(texts: Iterable[bytes]) -> bool:
    """Whether the lines go on with a traceback, behind which stand fields."""
    for text in texts:
        if not tracebacks.goes_on(text):
            return False
        if tracebacks.fields_behind(text):
            return True
    return False


def _wrapper_counts(scanner: Scanner, layouts: Layouts) -> Counter[str] | None:
    """How many counted lines stand in which wrapper; None if what looks like one is none."""
    counts: Counter[str] = Counter()
    for place, n in scanner.frames():
        raw = bytes(scanner.data[place.start : place.end])
        peeled = without_wrappers(raw, layouts.wrappers)
        if (
            careful.damage(raw)
            or peeled.partial
            or peeled.text != bytes(scanner.text[place.body : place.stop])
        ):
            return None
        for name in peeled.names:
            counts[name] += n
    return +counts


def _splits_a_record(first: Place, last: Place, data: Data) -> bool:
    """Whether the end of a record stands behind neighbouring lines, after other lines."""
    lines = [] if last.framed else bytes(data[first.start : last.end]).split(b"\n")
    if not any(map(is_partial, lines)):
        return False
    unwrapper = Unwrapper()
    for number, line in enumerate(lines):
        unwrapper.add(number, line)
    return any(unwrapper.rest())


def _evidence(scanner: Scanner, with_turns: bool) -> Iterator[tuple[str, list[Place]]]:
    """The places of evidence, by its name."""
    for name, places in scanner.notes().items():
        if with_turns or name != scan.CUTOFFS:
            yield name.partition("@")[0] if name == scan.CUTOFFS else name, places


def _note(summary: Summary, evidence: Iterable[tuple[str, Sequence[Place]]], data: Data) -> None:
    """Add the places of evidence; of all, the first few are kept."""
    for name, places in evidence:
        scanned = [
            (place.line + 1, unmarked(bytes(data[place.start : place.end]))[:EVIDENCE_BYTES])
            for place in places
        ]
        earlier = summary.evidence.pop(name, ())  # what Python read
        both = sorted([*scanned, *earlier], key=itemgetter(0)) if earlier else scanned
        summary.evidence[name] = both[:KEPT_EVIDENCE]


# --- what Python reads -------------------------------------------------------------------------


def _read_in_python(
    found: ScanResult, neighbours: Sequence[tuple[Place, Place]], handed: HandedLines
) -> None:
    """Read lines one by one, in their order; what is no bare record goes to `careful` as it is.

    Below text that was counted a record may continue.
    """
    below_text = found.layout.shape not in _JSON
    job, data = found.job, found.scanner.data
    summary, only = job.summary, job.only
    for first, last in neighbours:
        handed.add_before(first.line)
        raw = bytes(data[first.start : last.end])
        is_one = first.line == last.line and _is_bare(first, raw) and not careful.damage(raw)
        record = records.parse(raw) if is_one else ""
        if isinstance(record, Record):
            parsed = ParsedLine(record, events.read(record), first.line + 1, raw, 1)
            careful.count(summary, parsed, only)
        else:
            summary.lines = first.line
            continued = below_text if first.line else not job.begins
            lines = raw + b"\n"
            time = found.scanner.time_above(first)
            for other in careful.read(
                lines, summary, job.layouts, continued, job.unplaced, above=time
            ):
                job.clocks.add(other.record.clock)
                careful.count(summary, other, only)
    handed.add_before(math.inf)


def _is_bare(place: Place, raw: bytes) -> bool:
    """Whether nothing has to be taken off the line."""
    return place.framed == scan.BARE and raw[-1:] != b"\r" and raw[:1] not in b"\r\xef"


def _neighbouring_lines(places: Sequence[Place]) -> Iterator[tuple[Place, Place]]:
    """(first, last) of neighbouring lines; a framed one has none before it.

    A record that a container runtime split stands on neighbouring lines: it stays whole. Whether an
    indented line belongs to a record depends on the line above it.
    """
    first = before = None
    for place in places:
        if first is None or before is None:
            first = place
        elif place.framed or place.line != before.line + 1:
            yield first, before
            first = place
        before = place
    if first is not None and before is not None:
        yield first, before

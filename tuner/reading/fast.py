"""One chunk in, the same summary out as `careful` gives, many times sooner.

Two layouts fill large logs: LiveKit's JSON and its dev text. A compiled scan (`scan.c`) counts
their lines by the rows of the catalogue; what it cannot count, and whatever does not look exactly
like its layout, goes to `careful`, line by line.

The price, paid only in large logs (`units.FAST_BYTES`): of a DEBUG line that adds nothing only
the beginning and the end are looked at, so that damage in its middle is not noticed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import NamedTuple

from tuner import scan
from tuner.inputs.chunks import MAX_LINE, Chunk, Data, is_partial
from tuner.lines import events, records
from tuner.lines.assemble import is_field_below
from tuner.lines.layouts import FOUND, NONE, Layouts
from tuner.lines.unwrap import Unwrapper, without_wrappers
from tuner.model import Record
from tuner.reading import careful, guard, handed_lines, scan_counts, scan_layouts, text_templates
from tuner.reading.careful import ParsedLine
from tuner.reading.handed_lines import HandedLines
from tuner.reading.record_filter import Filter
from tuner.reading.scan_layouts import ScanLayout
from tuner.reading.text_templates import TextTemplates
from tuner.scan import Place, Scanner
from tuner.summary.summary import KEPT_EVIDENCE, Summary

_SAMPLE = 1 << 16
_MOST_LEARNT = 4_000
"""Lines that the scan could not place are looked at, so many of a chunk."""
_HTTP = {"http_request", "http_headers"}
Reader = Callable[[Data, Summary, Filter, bool, list[bytes]], bool]
"""Adds what is in the data to the summary, and lines in no known layout to the list."""


def summarize(
    chunk: Chunk, only: Filter, slow_ms: float, strict: bool = False, layouts: Layouts = NONE
) -> Summary:
    """Return the summary of one chunk of whole lines; a `strict` one without the price above."""
    if not chunk.dropped and layouts.clocks == NONE.clocks and scan.ready():
        summary = guard.tried(lambda: _scanned(chunk, only, slow_ms, strict, layouts))
        if summary is not None:
            return summary
    return careful.summarize(chunk, only, slow_ms, layouts)


def _scanned(
    chunk: Chunk, only: Filter, slow_ms: float, strict: bool, layouts: Layouts
) -> Summary | None:
    """What the scan makes of a chunk; None if `careful` has to read it as a whole."""
    read, summary = _reader(bytes(chunk.data[:_SAMPLE]), layouts), Summary(slow_ms)
    summary.taken = chunk.origin and chunk.origin.taken
    unplaced: list[bytes] = []
    if not read(chunk.data, summary, only, strict, unplaced):
        return None
    summary.bytes = len(chunk.data)
    return summary if careful.with_found(layouts, unplaced) is layouts else None


def load() -> None:
    """Load the compiled scan, if it is there, before it is needed."""
    scan.ready()


def _reader(sample: bytes, layouts: Layouts) -> Reader:
    """Who reads chunks that begin like this; a wrong guess costs time only."""
    if layouts.texts:
        return partial(_text, layouts=layouts)
    if sample.startswith(b'{"message": "') or b'\n{"message": "' in sample:
        return partial(_json, layouts=layouts)
    if b'{"log":"' in sample and b'{\\"message\\": \\"' in sample and not layouts.found:
        return partial(_json, layouts=layouts, docked=True)
    if sample.count(b'{"message": "') * 2 > sample.count(b"\n"):
        return partial(_json, layouts=layouts)
    is_dev = sample[4:5] == b"-" and sample[23:26] == b" - " and b"\x1b[" in sample
    return _dev if is_dev and not layouts.found else partial(_text, layouts=layouts)


@cache
def _json_scanner() -> Scanner:
    """One for the process: it holds megabytes, and the chunk before shows what to expect."""
    return Scanner(scan.json_plan(), handed_lines.RULES, MAX_LINE)


@cache
def _text_scanner() -> Scanner:
    """The same for all other text."""
    return Scanner(scan.text_plan(), handed_lines.RULES, MAX_LINE)


@cache
def _dev_scanner() -> Scanner:
    """The same for dev text."""
    return Scanner(scan.dev_plan(), handed_lines.RULES, MAX_LINE)


def _json(
    data: Data,
    summary: Summary,
    only: Filter,
    strict: bool,
    unplaced: list[bytes],
    layouts: Layouts,
    docked: bool = False,
) -> bool:
    """Count a chunk of JSON; False if `careful` has to read it as a whole."""
    scanner = _json_scanner()
    if not scanner.filter(*only):
        return False
    scanner.take(data, strict, docked)
    found = _Found(summary, summary, scanner, scan_layouts.JSON, only, unplaced, layouts, set())
    return _scan(scanner, scanner.json, summary, scanner.ordered) and _add(found)


def _dev(data: Data, summary: Summary, only: Filter, strict: bool, unplaced: list[bytes]) -> bool:
    """Count a chunk of dev text; False if `careful` has to read it as a whole."""
    scanner = _dev_scanner()
    # The scan looks for the letters of a call in the line: JSON may write a number otherwise.
    if (only.call is not None and not _is_name(only.call)) or not scanner.filter(*only):
        return False
    scanner.take(data, strict)
    found = _Found(summary, summary, scanner, scan_layouts.DEV, only, unplaced, NONE, set())
    return _scan(scanner, scanner.dev, summary, scanner.ordered) and _add(found)


def _text(
    data: Data,
    summary: Summary,
    only: Filter,
    strict: bool,
    unplaced: list[bytes],
    layouts: Layouts,
) -> bool:
    """Count a chunk of any other text; False if `careful` has to read it as a whole."""
    scanner, sample = _text_scanner(), bytes(data[:_SAMPLE]).split(b"\n")[:-1]
    known = text_templates.of(layouts, sample)
    if (
        known is None
        or (only.call is not None and not _is_name(only.call))
        or not scanner.filter(*only)
    ):
        return False
    scanner.take(data, strict)
    if not _learn(known, sample, scanner, summary):
        return False
    listed = summary.plain_text() if known.named is False else summary
    found = _Found(summary, listed, scanner, known.scanned, only, unplaced, layouts, set())
    if not _add(found) or not _set_days(summary, scanner, found.clocks):
        return False
    if listed is not summary and not (listed.counts or listed.other_lines):
        summary.echo = None
    return True


def _learn(
    known: TextTemplates, sample: Sequence[bytes], scanner: Scanner, summary: Summary
) -> bool:
    """Scan the chunk by all templates that can be learnt of it; False if there are none."""
    known.learn(sample)
    while (layout := known.layout) is not None:
        if not _scan(scanner, partial(scanner.text_in, layout), summary, in_order=False):
            return False
        lines = (bytes(scanner.data[p.start : p.end]) for p in scanner.places()[:_MOST_LEARNT])
        if not known.learn(lines):
            return True
    return False


def _set_days(summary: Summary, scanner: Scanner, others: set[str]) -> bool:
    """Where the clock has no date, say from when to when it ran; False if that is in doubt, since
    it depends on records with `others`."""
    clocks = {*summary.clocks, *others}
    if clocks <= {"utc", "naive", ""}:
        return True
    if not clocks <= {"day", ""} or scanner.days is None:
        return False
    first, last, days = scanner.days
    if days and scanner.places():
        return False
    times = [t for t in (summary.first_of_day, summary.last_of_day) if t is not None]
    summary.first_of_day = min([first, *times])
    summary.last_of_day, summary.days = max([last, *times]) if not days else last, days
    return True


def _is_name(call: str) -> bool:
    return call.isascii() and call.isprintable() and any(map(str.isalpha, call))


def _scan(
    scanner: Scanner, read: Callable[[float, bool], bool], summary: Summary, in_order: bool
) -> bool:
    """Scan the chunk; two lines that report one response pair up by their order, here or in
    Python. False: too many lines."""
    if not read(summary.slow_ms, in_order):
        return False
    if scanner.ordered and not in_order and _HTTP & scanner.counts().keys():
        read(summary.slow_ms, True)
    return True


class _Found(NamedTuple):
    """What the scan found in a chunk, and where it goes: what events add to `listed`, all else to
    `summary`. Lines in no known layout are added to `unplaced`, the clocks of records that Python
    reads to `clocks`."""

    summary: Summary
    listed: Summary
    scanner: Scanner
    layout: ScanLayout
    only: Filter
    unplaced: list[bytes]
    layouts: Layouts
    clocks: set[str]


def _add(found: _Found) -> bool:
    """Add what was counted and what is left; False if `careful` has to read the whole chunk."""
    summary, listed, scanner, layout = found[:4]
    neighbours = list(_neighbouring_lines(scanner.places()))
    wrapper_counts = _wrapper_counts(scanner, found.layouts)
    if wrapper_counts is None or any(_splits_a_record(*ends, scanner.data) for ends in neighbours):
        return False
    if layout.shape == FOUND and any(_is_a_field(scanner.data, first) for first, _ in neighbours):
        return False
    summary.wrappers.update(wrapper_counts)
    judged = not neighbours  # turns are judged by the lines around them
    calls = scan_counts.add(summary, listed, scanner, layout, with_turns=judged)
    if neighbours or scanner.to_add:
        handed = HandedLines(listed, scanner, calls, layout.clock, with_turns=not judged)
        _read_in_python(found, neighbours, handed)
    summary.lines = scanner.lines
    _note(listed, _evidence(scanner, with_turns=judged), scanner.data)
    return True


def _is_a_field(data: Data, place: Place) -> bool:
    """Whether a line may hold a field of the record above it."""
    return is_field_below(bytes(data[place.start : place.end]))


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
        scanned = [(place.line + 1, bytes(data[place.start : place.end])) for place in places]
        both = sorted([*scanned, *summary.evidence.pop(name, ())])
        for line, raw in both[:KEPT_EVIDENCE]:
            summary.note(name, line, raw)


# --- what Python reads -------------------------------------------------------------------------


def _read_in_python(
    found: _Found, neighbours: Sequence[tuple[Place, Place]], handed: HandedLines
) -> None:
    """Read lines one by one, in their order; what is no bare record goes to `careful` as it is.

    Below text that was counted a record may continue.
    """
    damaged, below_text = -1, found.layout is not scan_layouts.JSON
    summary, data, only = found.summary, found.scanner.data, found.only
    for first, last in neighbours:
        handed.add_before(first.line)
        raw = bytes(data[first.start : last.end])
        why = careful.damage(raw) if first.framed else ""
        record = why or records.parse(raw) if _is_bare(first, raw) else ""
        if isinstance(record, Record):
            parsed = ParsedLine(record, events.read(record), first.line + 1, raw, 1)
            careful.count(summary, parsed, only)
        else:
            summary.lines = first.line
            continued = below_text or not first.line or first.line == damaged + 1
            lines = raw + b"\n"
            for other in careful.read(lines, summary, found.layouts, continued, found.unplaced):
                found.clocks.add(other.record.clock)
                careful.count(summary, other, only)
        damaged = last.line if why else damaged
    handed.add_before(math.inf)


def _is_bare(place: Place, raw: bytes) -> bool:
    """Whether nothing has to be taken off the line."""
    return place.framed == scan.BARE and raw[-1:] != b"\r" and raw[:1] not in b"\r\xef"


def _neighbouring_lines(places: Sequence[Place]) -> Iterator[tuple[Place, Place]]:
    """(first, last) of neighbouring lines; framed ones stand alone.

    A record that a container runtime split stands on neighbouring lines: it stays whole.
    """
    first = before = None
    for place in places:
        if first is None or before is None:
            first = place
        elif first.framed or place.framed or place.line != before.line + 1:
            yield first, before
            first = place
        before = place
    if first is not None and before is not None:
        yield first, before

"""One chunk in, the same summary out as `careful` gives, many times sooner.

A compiled scan (`scan.c`) counts the lines of LiveKit's JSON, bare or wrapped, of its dev text, and
of any text whose lines begin in a way that can be learnt (`text_templates`), by the rows of the
catalogue; what it cannot count, and whatever does not look exactly as it should, goes to `careful`,
line by line (`scanned`).

The price, paid only in large logs (`units.FAST_BYTES`): of a DEBUG line that adds nothing only
the beginning and the end are looked at, so that damage in its middle is not noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import pairwise

from tuner import scan
from tuner.inputs.chunks import MAX_LINE, Chunk, Data, is_docker
from tuner.lines.layouts import NONE, Layouts
from tuner.reading import (
    careful,
    days_of_clock,
    gathered_lines,
    guard,
    handed_lines,
    mixed_lines,
    rich_regions,
    rich_screens,
    scan_layouts,
    scanned,
    scanning,
    text_templates,
)
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.reading.scanned import ScanJob, ScanResult
from tuner.scan import Scanner
from tuner.summary.summary import Summary

_SAMPLE = 1 << 16
_OPENING = 16
_MANY = 8
"""Where more than this part of dev text is left to Python, it may be another layout."""
Reader = Callable[[ScanJob], bool]
"""Does the job; False if `careful` has to read the chunk as a whole."""


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
    summary, begins = Summary(slow_ms), chunk.at == len(chunk.data)
    is_known = chunk.origin is not None and chunk.origin.unordered is not None
    job = ScanJob(chunk.data, summary, only, strict, layouts, begins, [], set(), [], is_known)
    summary.taken = chunk.origin and chunk.origin.taken
    sample = bytes(chunk.data[:_SAMPLE])
    mixed = mixed_lines.is_possible(chunk.origin) and _mixed(job)
    if mixed is None or not (mixed or _reader(sample, layouts)(job)):
        return _day_by_day(chunk, job)
    summary.bytes = len(chunk.data)
    return summary if careful.with_found(layouts, job.unplaced) is layouts else None


def _day_by_day(chunk: Chunk, job: ScanJob) -> Summary | None:
    """What the scan makes of a chunk of a clock without a date, cut at each midnight; None if not
    that kept it from reading the chunk."""
    if not job.midnights or chunk.origin is not None or days_of_clock.cut_records(job):
        return None
    size = len(job.data)
    found = Summary(job.summary.slow_ms)
    for start, end in pairwise([0, *job.midnights, size]):
        data = bytes(job.data[start:end])  # a scanner holds it for longer than a view may live
        day = chunk._replace(data=data, at=chunk.at - size + end)
        found.merge(summarize(day, job.only, found.slow_ms, job.strict, job.layouts))
    return found if {*found.clocks} <= {"day", ""} else None


def load() -> None:
    """Load the compiled scan, if it is there, before it is needed."""
    scan.ready()


def _reader(sample: bytes, layouts: Layouts) -> Reader:
    """Who reads chunks that begin like this; a wrong guess costs time only."""
    if layouts.texts:
        return _text_reader(sample, layouts)
    if sample.startswith(b'{"message": "'):
        return _json  # before a screen is looked for, which takes 0.3 ms a chunk
    if rich_regions.is_screen(sample) and not layouts.found:
        return _screen
    if b'\n{"message": "' in sample:
        return _json
    if b'{"log":"' in sample and b'{\\"message\\": \\"' in sample and not layouts.found:
        return partial(_json, docked=True)
    if sample.count(b'{"message": "') * 2 > sample.count(b"\n"):
        return _json
    is_dev = sample[4:5] == b"-" and sample[23:26] == b" - " and b"\x1b[" in sample
    return _dev if is_dev and not layouts.found else _text_reader(sample, layouts)


def _text_reader(sample: bytes, layouts: Layouts) -> Reader:
    return gathered_lines.count if gathered_lines.is_possible(sample, layouts) else _text


@cache
def _json_scanner() -> Scanner:
    """One for the process: it holds megabytes, and the chunk before shows what to expect."""
    return Scanner(scan.json_plan(), handed_lines.RULES, MAX_LINE)


@cache
def _dev_scanner() -> Scanner:
    """The same for dev text."""
    return Scanner(scan.dev_plan(), handed_lines.RULES, MAX_LINE)


@cache
def _text_scanner() -> Scanner:
    """The same for all other text."""
    return Scanner(scan.text_plan(), handed_lines.RULES, MAX_LINE)


def _unzoned_json(job: ScanJob) -> bool:
    """Count a chunk of JSON whose times have no zone."""
    scanner = _json_scanner()
    if not scanning.may_filter(job, scanner):
        return False
    scanner.take(job.data, job.strict)
    return scanning.scan(
        scanner, scanner.unzoned_json, job.summary, scanner.ordered
    ) and scanned.add(ScanResult(job, job.summary, scanner, scan_layouts.UNZONED_JSON))


def _json(job: ScanJob, docked: bool = False) -> bool:
    """Count a chunk of JSON."""
    scanner = _json_scanner()
    if not scanner.filter(*job.only):
        return False
    scanner.take(job.data, job.strict, docked)
    if not scanning.scan(scanner, scanner.json, job.summary, scanner.ordered):
        return False
    if 2 * scanner.left > scanner.lines:  # JSON of others, put in order or kept by Docker
        text = _undocked(job) if docked else job.data
        sample = bytes(text[:_SAMPLE]).split(b"\n")[:-1]
        if (rendered := _rendered(job, sample, scanner.left, text)) is not None:
            return rendered
        scanner.take(job.data, job.strict, docked)
        scanning.scan(scanner, scanner.json, job.summary, scanner.ordered)
    found = ScanResult(job, job.summary, scanner, scan_layouts.JSON)
    return scanned.add(found) and not job.clocks & days_of_clock.UNDATED


def _undocked(job: ScanJob) -> Data:
    """What Docker's JSON holds, as lines of Kubernetes."""
    scanner = _text_scanner()
    scanner.take_text(job.data, job.strict, docked=True)
    return scanner.text


def _dev(job: ScanJob) -> bool:
    """Count a chunk of dev text."""
    scanner = _dev_scanner()
    if not scanning.may_filter(job, scanner):
        return False
    scanner.take(job.data, job.strict)
    if not scanning.scan(scanner, scanner.dev, job.summary, scanner.ordered):
        return False
    if _MANY * scanner.left > scanner.lines:
        return _text(job)  # in other colours than LiveKit's, as where a page changed them
    found = ScanResult(job, job.summary, scanner, scan_layouts.DEV)
    return scanned.add(found) and not job.clocks & days_of_clock.UNDATED


def _text(job: ScanJob) -> bool:
    """Count a chunk of any other text."""
    scanner, summary = _text_scanner(), job.summary
    if not scanning.may_filter(job, scanner):
        return False
    docked = is_docker(bytes(job.data[:_OPENING]))
    scanner.take_text(job.data, job.strict, docked)
    sample = bytes(scanner.text[:_SAMPLE]).split(b"\n")[:-1]
    known = text_templates.of(job.layouts, sample)
    is_learnt = known is not None and scanning.learn(known, sample, scanner, summary)
    is_left = not is_learnt or 2 * scanner.left > scanner.lines
    most = scanner.left if is_learnt else len(job.data)
    text = scanner.text if docked else job.data
    if is_left and (rendered := _rendered(job, sample, most, text)) is not None:
        return rendered
    if known is None or not is_learnt:
        return False
    if not known.scanned.clock and job.only != EVERYTHING:
        return False
    layout = scan_layouts.docked(known.scanned) if docked else known.scanned
    return (
        days_of_clock.may_be_added(job, scanner)
        and scanning.add_listed(job, known.named, scanner, layout)
        and days_of_clock.keep(job, scanner)
    )


def _rendered(job: ScanJob, sample: Sequence[bytes], most: int, text: Data) -> bool | None:
    """Count a chunk of lines that can be written as LiveKit's JSON, as `rendered_chunks.count`."""
    from tuner.reading import rendered_chunks  # what most logs do not need

    scanner = _json_scanner()
    if not scanning.may_filter(job, scanner):
        return None
    return rendered_chunks.count(job, sample, most, scanner, text)


def _mixed(job: ScanJob) -> bool | None:
    """Count a chunk of text and JSON, each alone. False: it is none; None: `careful` has to."""
    found = mixed_lines.split(bytes(job.data))
    if found is None:
        return False
    known = text_templates.of(job.layouts, found.text.data[:_SAMPLE].split(b"\n")[:-1])
    if known is None or known.named is not False:
        return False
    if not _text(job._replace(data=found.text.data, midnights=[])):
        return None
    parts = [(job.summary, found.text)]
    for lines, read in ((found.zoned, _json), (found.unzoned, _unzoned_json)):
        others = Summary(job.summary.slow_ms)
        if lines.numbers and not read(job._replace(data=lines.data, summary=others, begins=True)):
            return None
        parts.append((others, lines))
    if not {*job.clocks}.union(*(part.clocks for part, _ in parts)) <= mixed_lines.CLOCKS:
        return None
    mixed_lines.join(parts)
    return True


def _screen(job: ScanJob) -> bool:
    """Count a chunk of a Rich screen."""
    scanner = rich_screens.scanner()
    if not scanning.may_filter(job, scanner) or not scanner.take_screen(job.data, job.strict):
        return False
    read = partial(scanner.text_in, scanner.written)
    if not scanning.scan(scanner, read, job.summary, in_order=False):
        return False
    scanner.show_chunk()
    found = ScanResult(job, job.summary, scanner, rich_screens.LAYOUT)
    return (
        days_of_clock.may_be_added(job, scanner)
        and scanned.add(found)
        and days_of_clock.keep(job, scanner, whole_records=True)
    )

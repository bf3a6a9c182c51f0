"""What all readers of chunks do with the compiled scan: filter, learn, scan, add."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from tuner.reading import scanned
from tuner.reading.scan_layouts import ScanLayout
from tuner.reading.scanned import ScanJob, ScanResult
from tuner.reading.text_templates import TextTemplates
from tuner.scan import LEFT, Scanner
from tuner.summary.summary import Summary

_MOST_LEARNT = 4_000
"""Lines that the scan could not place are looked at, so many of a chunk."""
_HTTP = {"http_request", "http_headers"}


def may_filter(job: ScanJob, scanner: Scanner) -> bool:
    """Whether the scan can keep what is asked for: it looks for the letters of a call in the line,
    and JSON may write a number otherwise."""
    return (job.only.call is None or _is_name(job.only.call)) and scanner.filter(*job.only)


def _is_name(call: str) -> bool:
    return call.isascii() and call.isprintable() and any(map(str.isalpha, call))


def learn(
    known: TextTemplates, sample: Sequence[bytes], scanner: Scanner, summary: Summary
) -> bool:
    """Scan the chunk by all templates that can be learnt of it; False if there are none."""
    known.learn(sample)
    while (layout := known.layout) is not None:
        if not scan(scanner, partial(scanner.text_in, layout), summary, in_order=False):
            return False
        left = scanner.left_lines(_MOST_LEARNT)
        if not known.learn(line for line in left if line[:1] != LEFT):
            return True
    return False


def scan(
    scanner: Scanner, read: Callable[[float, bool], bool], summary: Summary, in_order: bool
) -> bool:
    """Scan the chunk; two lines that report one response pair up by their order, here or in
    Python. False: too many lines."""
    if not read(summary.slow_ms, in_order):
        return False
    if scanner.ordered and not in_order and _HTTP & scanner.counts().keys():
        read(summary.slow_ms, True)
    return True


def add_listed(job: ScanJob, named: bool | None, scanner: Scanner, layout: ScanLayout) -> bool:
    """Add what was counted; where no line has the id of its call, what events add stays apart."""
    summary = job.summary
    listed = summary.plain_text() if named is False else summary
    if not scanned.add(ScanResult(job, listed, scanner, layout)):
        return False
    if listed is not summary and not (listed.counts or listed.other_lines):
        summary.echo = None
    return True

"""What the scan found of a clock without a date in, from when to when it ran in a summary out."""

from __future__ import annotations

from tuner.inputs.chunks import is_partial
from tuner.reading.scanned import ScanJob
from tuner.scan import Scanner

UNDATED = {"day", "yearless"}
"""Clocks of records that take their date from those around them."""
_HALF_DAY_S = 43_200
_LONGEST = 1 << 16


def keep(job: ScanJob, scanner: Scanner, whole_records: bool = False) -> bool:
    """Where the clock has no date, say from when to when it ran; False if that is in doubt, since
    it depends on records that have one.

    `whole_records`: what was left to Python were records, not lines that may go on below others."""
    summary, clocks = job.summary, {*job.summary.clocks, *job.clocks}
    if clocks <= {"utc", "naive", ""} or clocks == {"yearless"}:
        return True
    if not clocks <= {"day", ""}:
        return False
    if scanner.days is None:  # Python has read all that counted
        return whole_records
    first, last, days = scanner.days
    read = (summary.first_of_day, summary.last_of_day)
    if read[0] is None or read[1] is None:
        summary.first_of_day, summary.last_of_day, summary.days = scanner.days
        return True
    begins_before = first < read[0] - _HALF_DAY_S
    ends_behind = read[1] < last - _HALF_DAY_S
    if not days and (begins_before or summary.days != ends_behind):
        return False  # midnight stands between lines that Python read and those of the scan
    summary.first_of_day = min(first, read[0])
    if not ends_behind:
        summary.last_of_day = max(last, read[1]) if not days else last
        summary.days = days
    return True


def may_be_added(job: ScanJob, scanner: Scanner) -> bool:
    """Whether the findings of the scan can be added. Where midnight has passed, and Python has
    some lines to read, each day has to be read by itself: see `ScanJob.midnights`."""
    if scanner.days is None or not scanner.days[2] or not scanner.places():
        return True
    job.midnights.extend(place.start for place in scanner.midnights())
    return False


def cut_records(job: ScanJob) -> bool:
    """Whether a record that a container's runtime split stands on both sides of a midnight."""
    pieces = (bytes(job.data[max(at - _LONGEST, 0) : at]) for at in job.midnights)
    return any(is_partial(piece[piece.rfind(b"\n", 0, -1) + 1 :]) for piece in pieces)

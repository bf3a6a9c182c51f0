"""What the scan found of a clock without a date in, from when to when it ran in a summary out."""

from __future__ import annotations

from tuner.reading.scanned import ScanJob
from tuner.scan import Scanner

UNDATED = {"day", "yearless"}
"""Clocks of records that take their date from those around them."""


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
    if days and scanner.places():
        return False
    times = [t for t in (summary.first_of_day, summary.last_of_day) if t is not None]
    summary.first_of_day = min([first, *times])
    summary.last_of_day, summary.days = max([last, *times]) if not days else last, days
    return True

"""A chunk of text whose records have their fields below them in, what the scan counts in it out.

So does pino-pretty print them, the screen of agents-js: a line for each field. The scan gets a line
for each record, with its fields behind it; a record in any doubt goes to Python as it stands.
"""

from __future__ import annotations

from functools import cache

from tuner.inputs.chunks import Data
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.layouts import Layouts
from tuner.lines.open_records import WITH_FIELDS_BELOW
from tuner.reading import days_of_clock, scanning, text_templates
from tuner.reading.record_filter import EVERYTHING
from tuner.reading.region_scanner import RegionScanner
from tuner.reading.scanned import ScanJob
from tuner.scan import LEFT, Gatherer, Place

_FIELD = lazy_pattern(rb'(?:\A|\n)[^\s{][^\n]*\n +"?[A-Za-z_][\w.\-]*"?: \S')
"""The first field below the line of a record."""
_SAMPLE = 1 << 16


class GatheringScanner(RegionScanner):
    """The scan of text, by the lines that records were gathered in."""

    def __init__(self) -> None:
        super().__init__()
        self._gatherer = Gatherer()

    def take_gathered(self, data: Data, strict: bool) -> bool:
        """Take a chunk to be scanned. False: most of it would be left to Python anyway."""
        found = self._gatherer.gather(bytes(data))
        if found is None or found.left * 2 >= len(found.lines) - 1:
            return False
        self.take_regions(found, data, strict)
        return True

    def places(self) -> list[Place]:
        """The lines that Python has to read: what stands below one may belong to it."""
        return [line for place in super().places() for line in self._each_line(place)]

    def _each_line(self, place: Place) -> list[Place]:
        found, start = [], place.start
        for n, raw in enumerate(bytes(self._chunk[start : place.end]).split(b"\n"), place.line):
            end = start + len(raw)
            found.append(Place(n, start, end, start, end, 0))
            start = end + 1
        return found


@cache
def scanner() -> GatheringScanner:
    """One for the process."""
    return GatheringScanner()


def is_possible(sample: bytes, layouts: Layouts) -> bool:
    """Whether records have their fields below them in these lines, and no wrapper before each."""
    return not (layouts.wrappers or layouts.ids) and _FIELD.search(sample) is not None


def count(job: ScanJob) -> bool:
    """Count a chunk; False if `careful` has to read it as a whole."""
    own = scanner()
    if not scanning.may_filter(job, own) or not own.take_gathered(job.data, job.strict):
        return False
    lines = bytes(own.text[:_SAMPLE]).split(b"\n")[:-1]
    sample = [line for line in lines if line[:1] != LEFT]
    known = text_templates.of(job.layouts, sample)
    if known is None or known.scanned.shape not in WITH_FIELDS_BELOW or known.scanned.wrappers:
        return False
    if not scanning.learn(known, sample, own, job.summary):
        return False
    if not known.scanned.clock and job.only != EVERYTHING:
        return False
    own.show_chunk()
    if not days_of_clock.may_be_added(job, own):
        return False
    added = scanning.add_listed(job, known.named, own, known.scanned)
    return added and days_of_clock.keep(job, own)

"""A chunk of a Rich screen in, what the compiled scan counts in it out (`rich_regions`)."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache

from tuner.inputs.chunks import Data
from tuner.lines.rich_records import RICH
from tuner.reading.region_scanner import RegionScanner
from tuner.reading.rich_lines import RichLines
from tuner.reading.rich_regions import regions
from tuner.reading.scan_layouts import text_layout
from tuner.scan import Place, TextLayout

LAYOUT = text_layout(RICH, "day")


class ScreenScanner(RegionScanner):
    """The scan of text, by the lines of the screen."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = RichLines()
        self._written = TextLayout((), False, None, False, cut=True)

    def take_screen(self, data: Data, strict: bool) -> bool:
        """Take a chunk to be scanned. False: most of it would be left to Python anyway."""
        found = regions(self._rows, data)
        if found is None or found.left * 2 >= len(found.lines) - 1:
            return False
        self.take_regions(found, data, strict)
        return True

    @property
    def written(self) -> TextLayout:
        """How the lines begin that the scan gets."""
        if len(self._written.templates) != len(self._rows.templates):
            self._written = self._written._replace(templates=tuple(self._rows.templates))
        return self._written

    @property
    def may_be_unordered(self) -> bool:
        """Whether rows go back in time, all calls taken together, those left to Python, too."""
        return self._rows.lines.may_go_back

    def time_above(self, place: Place) -> str:
        """The time that a row without one takes from the row above."""
        regions = self._regions
        start = regions.times[bisect_left(regions.starts, place.start)]
        time = bytes(self._chunk[start : start + len("00:00:00.000")]) if start >= 0 else b""
        return (time if time[8:9] == b"." else time[:8]).decode()


@cache
def scanner() -> ScreenScanner:
    """One for the process."""
    return ScreenScanner()

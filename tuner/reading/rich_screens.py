"""A chunk of a Rich screen in, what the compiled scan counts in it out.

The scan gets a line for each record (`rich_regions`); here its places in those lines become places
in the chunk again: of a record that Python reads all lines, of evidence the first.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cache

from tuner import scan
from tuner.inputs.chunks import MAX_LINE, Data
from tuner.lines.rich_records import RICH
from tuner.reading import handed_lines
from tuner.reading.rich_lines import RichLines
from tuner.reading.rich_regions import regions
from tuner.reading.scan_layouts import text_layout
from tuner.scan import Handed, Place, Regions, Scanner, TextLayout

LAYOUT = text_layout(RICH, "day")
_NEWLINE = 0x0A


class ScreenScanner(Scanner):
    """The scan of text, by the lines of the screen."""

    _regions: Regions

    def __init__(self) -> None:
        super().__init__(scan.text_plan(), handed_lines.RULES, MAX_LINE)
        self._rows = RichLines()
        self._written = TextLayout((), False, None, False)

    def take_screen(self, data: Data, strict: bool) -> bool:
        """Take a chunk to be scanned. False: most of it would be left to Python anyway."""
        found = regions(self._rows, data)
        if found is None or found.left * 2 >= len(found.lines) - 1:
            return False
        self._regions, self._screen = found, data
        self.take(found.text, strict)
        return True

    @property
    def written(self) -> TextLayout:
        """How the lines begin that the scan gets."""
        if len(self._written.templates) != len(self._rows.templates):
            self._written = self._written._replace(templates=tuple(self._rows.templates))
        return self._written

    def show_screen(self) -> None:
        """From here on places are those of the screen."""
        self.data = self._screen

    @property
    def lines(self) -> int:
        """How many lines the chunk has."""
        return self._regions.lines[-1]

    @property
    def below(self) -> int:
        """Lines below the rows of records that were counted."""
        left = {place.line for place in super().places()}
        lines = self._regions.lines
        all_below = lines[-1] - (len(lines) - 1)
        return all_below - sum(lines[n + 1] - lines[n] - 1 for n in left)

    def places(self) -> list[Place]:
        """The records that Python has to read."""
        return [self._whole(place.line) for place in super().places()]

    def notes(self) -> dict[str, list[Place]]:
        """Where the first of each kind of evidence stand."""
        return {
            name: [self._row(place.line) for place in places]
            for name, places in super().notes().items()
        }

    def handed(self) -> Iterator[Handed]:
        """Records that Python has to add, in their order."""
        for found in super().handed():
            row = self._row(found.line)
            yield found._replace(line=row.line, start=row.start, end=row.end)

    def time_above(self, place: Place) -> str:
        """The time that a row without one takes from the row above."""
        regions = self._regions
        start = regions.times[bisect_left(regions.starts, place.start)]
        time = bytes(self._screen[start : start + len("00:00:00.000")]) if start >= 0 else b""
        return (time if time[8:9] == b"." else time[:8]).decode()

    def _row(self, region: int) -> Place:
        """The first line of a region."""
        start, line = self._regions.starts[region], self._regions.lines[region]
        end = self._find_end(start)
        return Place(line, start, end, start, end, 0)

    def _whole(self, region: int) -> Place:
        """All lines of a region."""
        starts = self._regions.starts
        start, behind, line = starts[region], starts[region + 1], self._regions.lines[region]
        end = behind - (self._screen[behind - 1] == _NEWLINE)
        return Place(line, start, end, start, end, 0)

    def _find_end(self, start: int) -> int:
        """Where the line ends that begins here."""
        size = 1 << 8
        while start + size < len(self._screen):
            place = bytes(self._screen[start : start + size]).find(b"\n")
            if place >= 0:
                return start + place
            size *= 4
        place = bytes(self._screen[start:]).find(b"\n")
        return start + place if place >= 0 else len(self._screen)


@cache
def scanner() -> ScreenScanner:
    """One for the process."""
    return ScreenScanner()

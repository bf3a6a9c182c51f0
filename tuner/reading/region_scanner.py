"""A chunk whose records stand on several lines in, what the compiled scan counts in it out.

The scan gets a line for each record (a region of the chunk); here its places in those lines become
places in the chunk again: of a record that Python reads all lines, of evidence the first.
"""

from __future__ import annotations

from collections.abc import Iterator

from tuner import scan
from tuner.inputs.chunks import MAX_LINE, Data
from tuner.reading import handed_lines
from tuner.scan import Handed, Place, Regions, Scanner

_NEWLINE = 0x0A


class RegionScanner(Scanner):
    """The scan of text, by the lines of the chunk."""

    _regions: Regions
    _chunk: Data

    def __init__(self) -> None:
        super().__init__(scan.text_plan(), handed_lines.RULES, MAX_LINE)

    def take_regions(self, found: Regions, data: Data, strict: bool) -> None:
        """Take the lines of a chunk's regions to be scanned."""
        self._regions, self._chunk = found, data
        self.take(found.text, strict)

    def show_chunk(self) -> None:
        """From here on places are those of the chunk."""
        self.data = self._chunk

    @property
    def lines(self) -> int:
        """How many lines the chunk has."""
        return self._regions.lines[-1]

    @property
    def below(self) -> int:
        """Lines below the first ones of records that were counted."""
        left = {place.line for place in super().places()}
        lines = self._regions.lines
        all_below = lines[-1] - (len(lines) - 1)
        below_left = sum(lines[n + 1] - lines[n] - 1 for n in left)
        return super().below + all_below - below_left

    def places(self) -> list[Place]:
        """The records that Python has to read."""
        return [self._whole(place.line) for place in super().places()]

    def midnights(self) -> list[Place]:
        """Where the first records stand behind each midnight."""
        return [self._first_line(place.line) for place in super().midnights()]

    def notes(self) -> dict[str, list[Place]]:
        """Where the first of each kind of evidence stand."""
        return {
            name: [self._first_line(place.line) for place in places]
            for name, places in super().notes().items()
        }

    def handed(self) -> Iterator[Handed]:
        """Records that Python has to add, in their order."""
        for found in super().handed():
            first = self._first_line(found.line)
            yield found._replace(line=first.line, start=first.start, end=first.end)

    def _first_line(self, region: int) -> Place:
        start, line = self._regions.starts[region], self._regions.lines[region]
        end = self._find_end(start)
        return Place(line, start, end, start, end, 0)

    def _whole(self, region: int) -> Place:
        """All lines of a region."""
        starts = self._regions.starts
        start, behind, line = starts[region], starts[region + 1], self._regions.lines[region]
        end = behind - (self._chunk[behind - 1] == _NEWLINE)
        return Place(line, start, end, start, end, 0)

    def _find_end(self, start: int) -> int:
        """Where the line ends that begins here."""
        size = 1 << 8
        while start + size < len(self._chunk):
            place = bytes(self._chunk[start : start + size]).find(b"\n")
            if place >= 0:
                return start + place
            size *= 4
        place = bytes(self._chunk[start:]).find(b"\n")
        return start + place if place >= 0 else len(self._chunk)

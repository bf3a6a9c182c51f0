"""Text in, the same without its colours out."""

from __future__ import annotations

from tuner.inputs.chunks import Data, room
from tuner.scan.library import address_of, library


class Uncolourer:
    """Takes the colours off text."""

    def __init__(self) -> None:
        self._room = room(1)

    def take(self, data: Data) -> Data:
        """The text without them, which is good until the next one is taken."""
        if len(self._room) < len(data):
            self._room = room(len(data))
        space = memoryview(self._room)
        return space[: library().scan_uncolour(address_of(data), len(data), address_of(space))]

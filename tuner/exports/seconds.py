"""Lines in, which of them stand near an equal one above out."""

from __future__ import annotations

from collections import deque

NEAR = 3_000
"""So many records before and behind a chunk may hold the twin of one in it."""


class Seconds:
    """Tells lines that stand near an equal one above. Calls at once may print the same: then of
    four lines that are printed twice two are left."""

    def __init__(self, near: int, times: int = 2) -> None:
        self._places: dict[bytes, deque[int]] = {}
        self._at, self._near, self._times, self._row = 0, near, times, 1

    def take(self, text: bytes) -> bool:
        """Whether the line is the second one."""
        self._at += 1
        places = self._places.setdefault(text, deque())
        while places and places[0] < self._at - self._near:
            places.popleft()
        if self._near == 1 and places:
            return self._take_in_a_row(places)
        places.append(self._at)
        if (len(places) - 1) % self._times:
            return True
        if len(self._places) > 4 * NEAR:
            self._forget()
        return False

    def _take_in_a_row(self, places: deque[int]) -> bool:
        """Whether fewer than so many stand above; then the next one is compared with this one."""
        self._row = self._row + 1 if places[0] == self._at - 1 else 2
        places.clear()
        if self._row < self._times:
            places.append(self._at)
        else:
            self._row = 1
        return True

    def _forget(self) -> None:
        """Keep only texts that wait for their second line."""
        oldest = self._at - self._near
        self._places = {t: p for t, p in self._places.items() if p and p[-1] >= oldest}

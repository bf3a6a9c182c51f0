"""Lines in, which of them hold a record of JSON that stands above behind another head out.

So pages of log stores show the fields of a row that was opened, below the row itself:
`2026-07-18T09:00:06Z {…}`, and `@message {…}` under it.
"""

from __future__ import annotations

from tuner.lazy_patterns import lazy_pattern

_RECORD = lazy_pattern(rb'\{"message": ?".*"(?:job_id|room)": ?"[^"].*\d:\d\d[.,:]\d.*\}(?=\s*$)')
"""A record that names its call and its time."""
_DIGITS = lazy_pattern(rb"\d+")
_NEAR = 400


class ShownAgain:
    """Tells lines that show a record again."""

    def __init__(self) -> None:
        self._heads: dict[bytes, bytes] = {}

    def take(self, line: bytes) -> bool:
        """Whether the record on a line, with whatever stands before it, stood behind another head
        not far above."""
        found = _RECORD.search(line)
        if found is None:
            return False
        head = _DIGITS.sub(b"", line[: found.start()]).strip()
        before = self._heads.pop(found[0], head)
        self._heads[found[0]] = before
        if len(self._heads) > _NEAR:
            del self._heads[next(iter(self._heads))]
        return before != head

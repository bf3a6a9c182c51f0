"""A chunk in, its records as handlers printed them, and the chunk without some of them, out."""

from __future__ import annotations

from collections.abc import Iterable

from tuner.call_records.doubled_lines import bare_lines
from tuner.exports.prints import Kept, Print, read
from tuner.inputs.chunks import Chunk
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import records
from tuner.lines.layouts import Layouts

NAME = "records printed twice"

_BELOW = lazy_pattern(rb"\s(?!\s*\d\d:\d\d:\d\d )")
"""How what stands below a record begins; a screen of whole seconds has records in a margin."""
_ROW = lazy_pattern(rb"\d\d:\d\d:\d\d ")
"""How such a record begins, with the time of the row above where it leaves out its own."""


class PrintedLines:
    """The lines of a chunk, what stands on each, and which of them a twin may be of: those printed
    in the way that is kept."""

    def __init__(self, chunk: Chunk, layouts: Layouts, kept: str = "") -> None:
        self._chunk = chunk
        self.lines = bytes(chunk.data).split(b"\n")  # the next chunk is read into its memory
        self.texts = list(bare_lines(self.lines))
        self.prints = [
            records.CONTINUATION if _is_below(line, text) else read(text, layouts)
            for line, text in zip(self.lines, self.texts, strict=True)
        ]
        self._join_rows()
        self.kept = [Kept(e) for e in self.prints if isinstance(e, Print) and e.kind == kept]

    def _join_rows(self) -> None:
        """Let the text of a record of a screen end with its rows, where its call may stand."""
        at = -1
        for n, found in enumerate(self.prints):
            if found != records.CONTINUATION:
                at = n if self.lines[n][:1].isspace() else -1
            elif at >= 0 and self.texts[n]:
                self.texts[at] += b"\n" + self.texts[n]

    def without(self, second: Iterable[bool], name: str = NAME) -> Chunk:
        """The chunk without prints that are `second`, and what goes on below them; the name of
        what was done goes with it."""
        lines, is_left_out = self.lines, False
        for at, (found, is_second) in enumerate(zip(self.prints, second, strict=True)):
            if found != records.CONTINUATION:
                is_left_out = is_second
            if is_left_out:
                lines[at] = b"" if at < len(lines) - 1 else b"\n" * bool(lines[at])
        carried = (*self._chunk.carried, name)
        return self._chunk._replace(data=b"\n".join(lines), waiting=True, carried=carried)


def _is_below(line: bytes, text: bytes) -> bool:
    """Whether a line stands below a record, or has nothing on it."""
    return not text or (_BELOW.match(line) is not None and _ROW.match(text) is None)

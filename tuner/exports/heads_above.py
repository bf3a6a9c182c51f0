"""Text in which a time, a level or both stand on lines of their own above each record in, the
entries of the records behind them out.

So rows of a console's table are copied where each cell is a line: CloudWatch, Grafana, Railway and
Google Cloud's explorer show the time of an event so.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuner.exports import finding
from tuner.exports.text_frames import BrokenLines
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import prefixes
from tuner.lines.message_starts import find_message

_FEWEST, _SURE = 3, 0.8
_LOOKED_AT = 400
_LONGEST, _MOST = 48, 4
_MAYBE = lazy_pattern(rb"(?m)^[^\n{\[\"]{0,40}\d:\d\d[^\n]{0,20}\r?$")


def are_above(head: bytes) -> bool:
    """Whether a time stands above nearly all records that have something above them."""
    if _MAYBE.search(head) is None:
        return False
    lines = [line for line in head.split(b"\n")[:-1][:_LOOKED_AT] if line.strip()]
    above: list[bytes] = []
    rows = [0, 0]
    for line in lines:
        if _is_head(line):
            above.append(line)
            continue
        if any(b":" in one for one in above):
            rows[_is_line(line.decode(errors="replace"))] += 1
        above = []
    return rows[True] >= max(_FEWEST, _SURE * sum(rows))


def _is_line(text: str) -> bool:
    """Whether a text is a line of a log, or a message that is known."""
    known = find_message(text)
    return (known is not None and not known[0]) or finding.line_strength(text) > 0


def _is_head(line: bytes) -> bool:
    """Whether nothing but a time or a level stands on a line, with any signs around them."""
    text = line.strip()
    if not text or len(text) > _LONGEST or text[-1:] in b",;|":  # a cell is empty behind a sign
        return False
    kinds = {token.kind[0] for token in prefixes.tokens(text.decode(errors="replace"))}
    return bool(kinds & {"T", "L"}) and kinds <= {"T", "L", "P"}


class HeadsAbove(BrokenLines):
    """The entries of such text."""

    name = "times above their lines"

    def _bare(self, line: bytes) -> bytes:
        return line.rstrip(b"\r")

    def _goes_on(self, pieces: Sequence[bytes], line: bytes) -> bool:
        del line  # whatever stands below a time belongs to it
        return len(pieces) <= _MOST and _is_head(pieces[0]) and not self._ends(pieces[-1])

    def _ends(self, line: bytes) -> bool:
        return bool(line.strip()) and not _is_head(line)

    def _joined(self, pieces: Sequence[bytes]) -> bytes:
        above = [piece.strip() for piece in pieces[:-1] if piece.strip()]
        return b" ".join([*above, pieces[-1]])

"""Lines of text in, what the compiled scan needs to read more like them out.

Nothing is known of a layout here: how a line begins is tried out. The careful reader reads the same
beginning with other times, numbers and messages; if it gets what it should each time, the beginning
is a template, by which the scan reads all lines that begin alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import eq

from tuner.lines.layouts import Layouts
from tuner.reading.line_templates import filled, fits, process_of, templates_of, time_of
from tuner.reading.plain_records import OWN_SHAPES, PlainRecord, TextKind, read_alone
from tuner.reading.scan_layouts import text_layout
from tuner.scan import MOST_TEMPLATES, LineTemplate, TextLayout

_MESSAGES = (
    *("turn taken", "word: text", "word[12]: text", "INFO x", "a=b c", "12:30:00 x", "x - y: z"),
    *("2026-01-01 00:00:00 x", "ValueError: x", "x | y", "_x", "LLM metrics", "0 x", "name x"),
    *("x resumed false interrupted speech", "resumed false interrupted speech", "GET / HTTP/1.1"),
    *(
        "Traceback (most recent call last):",
        "x {y",
        "x: [y] z",
        "livekit.agents INFO x",
        "\U0001f4ca x",
    ),
)
_OBJECTS = ('{"kind":"x","at":1.5,"b":null}', '{"a": "x - y: z", "b": "INFO x | y"}')
_LOOSE = ("  x y", "  0.2s  x [y: z w]", "x [y]", " x: y [z.w]", "   Total", "x  [y 1]", "x [AJ_y]")
_EXTRAS = ' {"job_id": "AJ_x", "room": "r", "pid": 5}'
_TIMES = (("2031-07-28", "19:48:57", "86420975"), ("1999-12-05", "03:02:01", "13579246"))
_SHIPPED = (("2031-07-28", "17:48:59", "73519842"), ("1999-12-06", "11:09:30", "24681357"))
"""Wrappers' times beside them: two hours away but for seconds, and in no zone at all."""
_LOOKED_AT = 40
"""So many lines show of which kind a text is."""
_MOST_TRIED = 1_000
"""Beginnings that are no template are remembered, up to so many."""


class TextTemplates:
    """What was learnt of text of one kind in files with these layouts.

    `named`: lines have the id of their call, or have none; None if both count alike.
    """

    def __init__(self, layouts: Layouts, kind: TextKind, named: bool | None) -> None:
        self._layouts, self._kind, self.named = layouts, kind, named
        self._templates: list[LineTemplate] = []
        self._tried: set[bytes] = set()
        self._objects = self._loose = True
        self.scanned = text_layout(*kind)
        """How what the scan finds is read."""
        self.layout: TextLayout | None = None
        """The templates, None where there are none."""

    def learn(self, lines: Iterable[bytes]) -> bool:
        """Look for templates in lines; whether there are new ones."""
        before = len(self._templates)
        for line in lines:
            if len(self._templates) < MOST_TEMPLATES and self._is_new(line):
                self._try(line)
        if len(self._templates) == before:
            return False
        self.layout = TextLayout(
            tuple(self._templates),
            self._kind.shape not in OWN_SHAPES,
            self.named,
            self._kind.clock == "utc",
            self._objects,
            self._loose,
        )
        return True

    def _is_new(self, line: bytes) -> bool:
        """Whether a line begins like none that was looked at before: of many lines that were left
        most begin like the last template that was found."""
        beginning = _beginning(line)
        if beginning in self._tried or len(self._tried) >= _MOST_TRIED + len(self._templates):
            return False
        if any(fits(template, line) for template in reversed(self._templates)):
            return False
        self._tried.add(beginning)
        return True

    def _try(self, line: bytes) -> None:
        """Add the template of a line, if it has one."""
        read = read_alone(line, self._layouts)
        if read is None or self._kind != read.kind:
            return
        for template in templates_of(line, read):
            if self._holds(template, read):
                self._templates.append(template)
                self._objects = self._objects and self._holds_all(template, read, _OBJECTS)
                self._loose = self._loose and self._holds_all(template, read, _LOOSE)
                return

    def _holds_all(
        self, template: LineTemplate, read: PlainRecord, messages: Sequence[str]
    ) -> bool:
        """Whether the same is true of these messages, without the blanks at their ends."""
        start = filled(template, _TIMES[0], _SHIPPED[0])
        bare = _begun(template, start, read)
        found = (read_alone(start + each.encode(), self._layouts) for each in messages)
        wanted = (bare._replace(message=each.strip()) for each in messages)
        return all(map(eq, found, wanted))

    def _holds(self, template: LineTemplate, read: PlainRecord) -> bool:
        """Whether the careful reader reads any message behind this beginning as the scan will."""
        for own, shipped in zip(_TIMES, _SHIPPED, strict=True):
            start = filled(template, own, shipped)
            begun = _begun(template, start, read)
            pid = "5" if template.pid_last else begun.ids[2] or "5"
            for message in _MESSAGES:
                line = start + message.encode()
                bare = begun._replace(message=message)
                full = bare._replace(ids=("AJ_x", "r", pid))
                if read_alone(line, self._layouts) != bare:
                    return False
                if read_alone(line + _EXTRAS.encode(), self._layouts) != full:
                    return False
        return True


def _begun(template: LineTemplate, start: bytes, read: PlainRecord) -> PlainRecord:
    """What a line that begins so is without fields: its time and process are those that stand
    there, all else is as it was read."""
    pid = process_of(template, start)
    shipped_pid = pid if template.pid_last else ""
    time = time_of(template, start)
    return read._replace(time=time, ids=("", "", pid), shipped_pid=shipped_pid)


def of(layouts: Layouts, lines: Sequence[bytes]) -> TextTemplates | None:
    """What this process has learnt of text like these lines; None if they are no such text."""
    found = [read for line in lines[:_LOOKED_AT] if (read := read_alone(line, layouts)) is not None]
    if not found:
        return None
    (kind, _), *_others = Counter(read.kind for read in found).most_common(1)
    own = kind.shape in OWN_SHAPES  # no second print of LiveKit's own records
    return _known(layouts, kind, None if own else any(any(read.ids) for read in found))


@lru_cache(maxsize=32)
def _known(layouts: Layouts, kind: TextKind, named: bool | None) -> TextTemplates:
    return TextTemplates(layouts, kind, named)


def _beginning(line: bytes) -> bytes:
    """The first words of a line without its numbers: lines that begin alike are tried once."""
    return re.sub(rb"\d", b"0", line[:100])

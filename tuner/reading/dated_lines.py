"""Lines that are not in order of time in, how they begin out: so the scan reads their times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tuner.lines.layouts import Layouts
from tuner.reading import text_templates
from tuner.reading.text_templates import TextTemplates
from tuner.scan.export_lines import DatedLines

_DATED = ("utc", "naive", "yearless")


class DatedTemplates:
    """What is known of how the lines of one log begin; `form` is what the scan is given of that."""

    def __init__(self, known: TextTemplates) -> None:
        self._known = known
        self.form = DatedLines(())

    def learn(self, lines: Iterable[bytes]) -> bool:
        """Learn how lines begin; False if nothing new came of it."""
        self._known.learn(lines)
        layout = self._known.layout
        if layout is None or len(layout.templates) == len(self.form.templates):
            return False
        self.form = DatedLines(tuple(layout.templates))
        return True


def of(layouts: Layouts, lines: Sequence[bytes]) -> DatedTemplates | None:
    """What can be known of lines like these; None if they are no text, or have no date."""
    known = text_templates.of(layouts, lines)
    if known is None or known.scanned.clock not in _DATED:
        return None
    found = DatedTemplates(known)
    found.learn(lines)
    return found

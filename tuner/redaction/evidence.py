"""Kept lines of the inputs in, evidence for the report out: redacted and cut to a width."""

from __future__ import annotations

from collections.abc import Sequence

from tuner.model import Evidence
from tuner.redaction.redact import redact
from tuner.summary.read_input import ReadInput

_COLUMNS = 200


def evidence(inputs: Sequence[ReadInput], show_text: bool) -> dict[str, tuple[Evidence, ...]]:
    """The evidence by kind; `show_text` leaves it unredacted."""
    kept: dict[str, list[Evidence]] = {}
    for path, summary, *_ in inputs:
        for kind, places in summary.evidence.items():
            for line, raw in places:
                text = raw.decode(errors="replace")
                shown = text if show_text else redact(text, _COLUMNS)
                kept.setdefault(kind.partition("@")[0], []).append(Evidence(path, line, shown))
    return {kind: tuple(places) for kind, places in kept.items()}

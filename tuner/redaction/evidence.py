"""Kept lines of the inputs in, evidence for the report out: redacted and cut to a width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from tuner.model import Evidence, EvidenceName
from tuner.redaction.redact import HIDDEN, redact
from tuner.summary.read_input import ReadInput
from tuner.summary.summary import KEPT_EVIDENCE

_COLUMNS = 200
_NAMES: dict[str, EvidenceName] = {name: name for name in get_args(EvidenceName)}


def evidence(
    inputs: Sequence[ReadInput], show_text: bool = False
) -> dict[EvidenceName, tuple[Evidence, ...]]:
    """The first lines of each kind of evidence, in the order of the inputs: no more of all inputs
    than a summary keeps of one, since each takes time to redact.

    Lines are redacted and cut to 200 columns unless `show_text` asks for them as they stand.
    """
    kept: dict[EvidenceName, list[Evidence]] = {}
    for path, summary, *_ in inputs:
        for kind, places in summary.evidence.items():
            name = _NAMES.get(kind.partition("@")[0])
            if name is not None:  # a state file may hold names of an older version
                lines = kept.setdefault(name, [])
                for line, raw in places[: KEPT_EVIDENCE - len(lines)]:
                    lines.append(Evidence(path, line, _shown(raw, show_text)))
    return {name: tuple(lines) for name, lines in kept.items()}


def _shown(raw: bytes, show_text: bool) -> str:
    text = raw.decode(errors="replace")
    if show_text:
        return text
    try:
        return redact(text, _COLUMNS)
    except Exception:  # what cannot be read cannot be shown
        return HIDDEN

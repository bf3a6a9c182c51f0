"""Everything that a page shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tuner.calls.model import CallList, CallTimeline
from tuner.limits import Limits
from tuner.model import Report
from tuner.report.what_if import ShownKnob
from tuner.whatif.predict import Replay


class Content(NamedTuple):
    """Everything on a page. Calls and predictions are values, or a text that says why not."""

    report: Report
    limits: Limits
    calls: CallList | str
    timelines: Sequence[CallTimeline]
    replay: tuple[Replay, Sequence[ShownKnob]] | str

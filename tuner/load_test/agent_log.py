"""What only the agents know: how often a caller stopped them without meaning to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tuner.errors import TunerError
from tuner.execution.turn_log_rows import turn_log_rows
from tuner.reading.record_filter import Filter

LATE_S = 5.0
"""How long the last lines of a turn log may take."""


def false_stops(paths: Sequence[Path], since: float, answered: int) -> dict[str, Any]:
    """Calls that ended since then (epoch s) by the turn logs, their interruptions, and the false
    ones; `note` says why the counts are null, or which calls are not in them.

    Waits LATE_S at most for as many calls as were answered.
    """
    ends = time.monotonic() + LATE_S
    while (found := _count(paths, since))["calls"] < answered and time.monotonic() < ends:
        time.sleep(0.2)
    calls, note = found["calls"], ""
    if calls < answered:
        note = f"{calls} of {answered} answered calls are in the turn log"
    if not calls:
        note = "no call of this test ended in the turn log"
    counts = {name: found[name] if calls else None for name in ("interruptions", "false_stops")}
    return {"calls": calls, **counts, "note": note}


def _count(paths: Sequence[Path], since: float) -> Counter[str]:
    found = Counter[str]()
    with suppress(TunerError, OSError):  # a log that the first call has yet to make
        for _, _, kind, fields, _ in turn_log_rows(paths, Filter(since=since)):
            found["calls"] += kind == "session_ended"
            found["interruptions"] += kind == "interruption"
            found["false_stops"] += kind == "interruption" and fields.get("outcome") == "false"
    return found

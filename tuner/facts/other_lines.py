"""Warnings and errors that no rule judges: what they are, by the atlas, and how often they came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from tuner import atlas
from tuner.facts.combined import CombinedLogs
from tuner.facts.visibility import OTHER_NAMES
from tuner.model import OtherLine
from tuner.names import ALERT_TITLES
from tuner.redaction.shown import shown
from tuner.summary.other_lines import LOUD, MOST_CALLS

MOST = 40
"""Rows of the list; the last one holds whatever is beyond."""
_ALERTS = "agent.alerts"
_PREFIXES = {"job_id": "job:", "room": "room:", "pid": "pid:"}

_Name = tuple[str, str, str]
"""Text, logger, level."""


def other_lines(logs: CombinedLogs) -> tuple[OtherLine, ...]:
    """Each message that the atlas knows, the others by logger and level, most frequent first."""
    counts: Counter[_Name] = Counter()
    calls: dict[_Name, set[str]] = {}
    for (logger, level, _), line in logs.total.other_lines.items():
        if level in LOUD:
            name = (_text(line.text, logger), _shown(logger), level)
            counts[name] += line.n
            calls.setdefault(name, set()).update(line.calls)
    # Equal counts in the order of their names: whoever reads the log meets them in another one.
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    listed = ordered[: MOST if len(counts) <= MOST else MOST - 1]
    rows = [_row(name, n, number_of_calls(calls[name], logs.basis)) for name, n in listed]
    rest = counts.total() - sum(n for _, n in listed)
    return (*rows, OtherLine("", "", "", rest, None)) if rest else tuple(rows)


def _row(name: _Name, n: int, calls: int | None) -> OtherLine:
    return OtherLine(*name, n, calls)


def _shown(logger: str) -> str:
    """The logger's name, if it looks like one."""
    return shown("logger", logger) or (OTHER_NAMES if logger else "")


def number_of_calls(calls: Iterable[str], basis: str) -> int | None:
    """How many calls these are; None where calls are not known, or were too many to keep."""
    prefix = _PREFIXES.get(basis)
    keys = [key for key in calls if prefix and key.startswith(prefix)]
    return len(keys) if 0 < len(keys) < MOST_CALLS else None


@lru_cache(maxsize=4096)
def _text(message: str, logger: str) -> str:
    """The message as its source has it, with … for what the program fills in; "" if unknown."""
    if logger == _ALERTS and message in ALERT_TITLES.values():
        return message
    row = atlas.load().match(message, logger) if message else None
    return row.template.replace(atlas.HOLE, "…").strip() if row else ""

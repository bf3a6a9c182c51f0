"""Two groups of calls in, those of the same caller side by side out, where there are such.

The same recorded or simulated callers may be played under two settings. Then each is compared with
itself, which needs far fewer calls. Calls match by their id; the profile's name in it aside, which
differs between runs of the bench.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tuner.whatif.calls import LoggedCall

MATCHED = 0.8
"""Share of the calls of each side that must have a partner."""


def pairs(
    before: Sequence[LoggedCall], after: Sequence[LoggedCall], names: tuple[str, str] = ("", "")
) -> tuple[Sequence[LoggedCall], Sequence[LoggedCall]] | None:
    """Both sides in the same order, without calls that have no partner; None if too few match."""
    old, new = (_by_name(calls, name) for calls, name in zip((before, after), names, strict=True))
    both = [key for key in old if key in new]
    if not both or len(both) < MATCHED * max(len(before), len(after)):
        return None
    return [old[key] for key in both], [new[key] for key in both]


def _by_name(calls: Sequence[LoggedCall], profile: str) -> dict[str, LoggedCall]:
    """The calls whose id, without the profile's name, is theirs alone."""
    named = [(_plain(call.key, profile), call) for call in calls]
    counts = Counter(name for name, _ in named)
    return {name: call for name, call in named if name and counts[name] == 1}


def _plain(key: str, profile: str) -> str:
    """A process's number is no name of a call: another process has the same by chance."""
    if key.startswith("pid:"):
        return ""
    return key.replace(f".{profile}.", ".", 1) if profile else key

"""Calls in, those out of which a log shows no DEBUG line, or not all the time.

What only such lines show could not be seen in them: their time is no exposure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tuner.facts.visibility import Visibility
from tuner.summary.call_counts import CallTotals
from tuner.summary.summary import Summary

_SILENT_S = 30.0
"""A longer call in which nobody says a word is rarer than one whose log is at INFO."""
_WHOLE, _FEW = 0.8, 2
"""From this share of turns on a call was seen whole, and so it was if few turns are missing."""


class Seen(NamedTuple):
    """`shares` has, by their keys, the calls that were not seen whole, each with the share of it
    that was. `of` is how many calls there are. Of calls that were seen in part `turns` were taken,
    and `shown` of them have lines at DEBUG."""

    shares: Mapping[str, float] = {}
    of: int = 0
    turns: int = 0
    shown: int = 0
    dark: frozenset[str] = frozenset()
    """The calls of inputs that show nothing at all, which are named as such."""

    @property
    def blind(self) -> frozenset[str]:
        """The other calls of which nothing was seen."""
        return frozenset(key for key, share in self.shares.items() if not share) - self.dark


def shows_stops(v: Visibility) -> bool:
    """Whether an input could show a false interruption."""
    if v.hides("false_interruptions"):
        return False
    return v.turn_log or (
        v.shows("DEBUG", "false_interruption") and v.can_pause and not v.server_turns
    )


def seen_calls(
    inputs: Sequence[Summary], visible: Sequence[Visibility], calls: Mapping[str, CallTotals]
) -> Seen:
    """What was seen of the calls of these inputs, as far as any could show false interruptions."""
    shows = [shows_stops(v) for v in visible]
    if not any(shows):
        return Seen()
    dark = _keys(inputs, shows, False) - _keys(inputs, shows, True)
    lit = {key: call for key, call in calls.items() if key not in dark} if dark else calls
    closes = not any(v.writer.is_node for v in visible)  # agents-js writes it at INFO
    told = {key: call for key, call in lit.items() if _is_told(call)}
    shares = dict.fromkeys(dark, 0.0)
    if not _is_apart(told) and not _is_cut_out(told.values(), closes):
        shares |= _shares(told, closes)
        if not any(v.turn_log for v in visible):
            shares |= dict.fromkeys(_silent(lit, told, closes), 0.0)
    partly = [lit[key] for key, share in shares.items() if share]
    of = len(told.keys() | shares.keys())
    turns, shown = sum(c.measured_turns for c in partly), sum(map(_shown, partly))
    return Seen(shares, of, turns, shown, frozenset(dark))


def _keys(inputs: Sequence[Summary], shows: Sequence[bool], wanted: bool) -> set[str]:
    pairs = zip(inputs, shows, strict=True)
    return set[str]().union(*(one.calls for one, is_shown in pairs if is_shown is wanted))


def _shown(call: CallTotals) -> int:
    """How many turns have lines at DEBUG."""
    return max(call.commits, call.transcripts)


def _is_told(call: CallTotals) -> bool:
    """Whether the call has lines of turns, or one that only DEBUG shows."""
    return bool(call.measured_turns or call.turns or call.false_interruptions or _shown(call))


def _is_apart(told: Mapping[str, CallTotals]) -> bool:
    """Whether lines of one call may be known by different ids: then none is without the others."""
    return len({key.partition(":")[0] for key in told}) > 1


def _is_cut_out(told: Iterable[CallTotals], closes: bool) -> bool:
    """Whether lines were selected: calls at DEBUG whose turns have none of the lines that turns
    have there."""
    at_debug = [c for c in told if c.measured_turns and (_shown(c) or _has_others(c, closes))]
    return 2 * sum(not _shown(call) for call in at_debug) > len(at_debug)


def _has_others(call: CallTotals, closes: bool) -> bool:
    """Whether a call has lines at DEBUG that are no turn's."""
    return bool(call.false_lines or (closes and call.closed))


def _shares(told: Mapping[str, CallTotals], closes: bool) -> dict[str, float]:
    """The share of turns that have lines at DEBUG, of calls where many have none."""
    shares = {}
    for key, call in told.items():
        turns, shown = call.measured_turns, _shown(call)
        if call.turns or call.false_turn_log or not turns:
            continue
        if not shown and not _has_others(call, closes):
            shares[key] = 0.0
        elif shown and shown < _WHOLE * turns and turns - shown > _FEW:
            shares[key] = shown / turns
    return shares


def _silent(
    calls: Mapping[str, CallTotals], told: Mapping[str, CallTotals], closes: bool
) -> list[str]:
    """Long calls without any line of a turn, in a log that shows the turns of others at DEBUG."""
    kinds = {key.partition(":")[0] for key, call in told.items() if _shown(call)}
    return [
        key
        for key, call in calls.items()
        if key not in told and key and key.partition(":")[0] in kinds
        if not _has_others(call, closes) and (call.last or 0.0) - (call.first or 0.0) > _SILENT_S
    ]

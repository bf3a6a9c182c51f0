"""Counts by the key of their lines in, what of them belongs to no call out, in words."""

from __future__ import annotations

from collections.abc import Container, Mapping

from tuner.summary.call_counts import CallTotals


def outside(totals: Mapping[str, CallTotals], calls: Container[str]) -> str:
    """What lines without the name of a call hold; "" if nothing that a call is judged by."""
    others = [counts for key, counts in totals.items() if key not in calls]
    found = {
        "turn": sum(counts.user_turns for counts in others),
        "false stop": sum(c.false_interruptions - c.phantom + c.lost for c in others),
        "cut-off": sum(c.cutoffs_turn_log if c.turns else c.cutoffs for c in others),
        "synchroniser warning": sum(counts.sync for counts in others),
        "slow OpenAI call": sum(counts.slow for counts in others),
    }
    parts = [f"{n:,} {name}{'s' * (n != 1)}" for name, n in found.items() if n > 0]
    if not parts:
        return ""
    return f"not in these figures, since their lines name no call: {', '.join(parts)}"

"""The figures of a call in, its row out, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tuner.calls.model import CallCost, CallFigures
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.timestamps import within_calendar

_PLAIN = ("room", "first", "last", "length_s", "turns", "waits", "wait_p50_s", "wait_max_s",
          "end_of_turn_p50_s", "llm_ttft_p50_s", "tts_ttfb_p50_s", "false_stops", "cut_offs",
          "dead_air_s", "openai_slow", "sync_warnings", "failures", "ended", "profile",
          "version", "seen_s", "turns_at_risk")  # fmt: skip
_COST = CallCost.__struct_fields__
_JOB = lazy_pattern(r"AJ_[\w.-]+", re.ASCII)
_STAND_IN = lazy_pattern(r"(phone|name|call)\d+|~\d+$")


def row(call: CallFigures) -> dict[str, Any]:
    """The call as a row of the table."""
    cost = {f"cost_{name}": getattr(call.cost, name) for name in _COST}
    return {
        "key": key(call),
        "id": call.id,
        "began": None if call.first is None else within_calendar(call.first),
        **{name: getattr(call, name) for name in _PLAIN},
        **cost,
        "cost_from_parts": int(call.cost.from_parts),
    }


def key(call: CallFigures) -> str:
    """What makes it the same call when its log is read again, or more of it.

    A job id of LiveKit is one call for ever. Rooms and processes come again, and parts of a name
    that are not shown are numbered anew in each run: there the beginning counts in.
    """
    if _JOB.fullmatch(call.id):
        return call.id
    begun = "" if call.first is None else f"{call.first:.3f}"
    return f"{_STAND_IN.sub(lambda found: found[1] or '', call.id)}@{begun}"


def call(stored: Mapping[str, Any]) -> CallFigures:
    """The call of a row. Which failures it had is not stored, only how many."""
    cost = {name: stored[f"cost_{name}"] for name in _COST}
    return CallFigures(
        id=stored["id"],
        **{name: stored[name] for name in _PLAIN},
        failed={},
        cost=CallCost(**{**cost, "from_parts": bool(cost["from_parts"])}),
    )

"""Records in, what is true of them out: the figures that every peer's counts are held to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from benchmarks.entries import Entry, literals

SLOW_MS = 1000
GREPS = ("resumed false interrupted speech", "openai-processing-ms", "_SegmentSynchronizerImpl")
"""The three greps of the classic advice."""
ALWAYS = (
    *("kind:false_interruption", "kind:sync_warning", "kind:llm_metrics", "kind:tts_metrics"),
    *("openai_responses", "openai_slow", *(f"grep:{literal}" for literal in GREPS)),
)
"""Counts that are told even when they are zero."""
_LITERALS = tuple(literal.encode() for literal in literals())
_LATENCIES = {"llm_metrics": "ttft", "tts_metrics": "ttfb"}


class Truth:
    """Counts by name, and the latencies in whole milliseconds; adds up over stretches of log."""

    def __init__(self) -> None:
        self.hidden: tuple[str, ...] = ()
        """What a layout cannot show."""
        self.counts: Counter[str] = Counter(dict.fromkeys(ALWAYS, 0))
        self.latencies: dict[str, Counter[int]] = {"ttft": Counter(), "ttfb": Counter()}

    def add(self, other: Truth, times: int = 1) -> None:
        """Add what is true of another stretch that stands in the log this many times."""
        for name, count in other.counts.items():
            self.counts[name] += count * times
        for name, values in other.latencies.items():
            for ms, count in values.items():
                self.latencies[name][ms] += count * times

    def figures(self) -> dict[str, Any]:
        """The truth as one flat mapping; quantiles in seconds, interpolated linearly."""
        out: dict[str, Any] = dict(sorted(self.counts.items()))
        for name, values in self.latencies.items():
            seconds = {ms / 1000: count for ms, count in values.items()}
            out[f"{name}_p50"], out[f"{name}_p95"] = quantiles(seconds)
        return out | ({"hidden": list(self.hidden)} if self.hidden else {})


def quantiles(counted: Mapping[float, int]) -> tuple[float, float] | tuple[None, None]:
    """Median and 95th percentile of values and how often each stands; None when there are none."""
    if not counted:
        return None, None
    every = np.repeat(list(counted), list(counted.values()))
    return float(np.percentile(every, 50)), float(np.percentile(every, 95))


def tell(entries: Sequence[Entry]) -> Truth:
    """Return what is true of these records, each call's `job_id` being a call of its own."""
    truth = Truth()
    for entry in entries:
        truth.counts.update(_raised(entry.raw, entry.level, entry.kind))
        if entry.method == "POST" and (entry.processing_ms or 0) > SLOW_MS:
            truth.counts["openai_slow"] += 1
        _measure(truth, entry)
    truth.counts["bytes"] = sum(len(entry.raw) for entry in entries)
    truth.counts["calls"] = len({job for e in entries if (job := e.extras.get("job_id"))})
    truth.counts["openai_responses"] = len({e.unit for e in entries if e.method == "POST"})
    return truth


@cache
def _raised(raw: bytes, level: str, kind: str) -> tuple[str, ...]:
    """Every count that a record raises, once per raise; the same records stand in many blocks."""
    lines = raw.splitlines()
    found = sum(any(literal in line for literal in _LITERALS) for line in lines)
    names = ["lines"] * len(lines) + [f"level:{level}"] + ["lines_with_a_literal"] * found
    names += ["signals", f"kind:{kind}"] if kind else []
    for literal in GREPS:
        names += [f"grep:{literal}"] * sum(literal.encode() in line for line in lines)
    return tuple(names)


def _measure(truth: Truth, entry: Entry) -> None:
    """Keep a latency; below zero means that nothing came."""
    name = _LATENCIES.get(entry.kind, "")
    if name and entry.extras.get(name, -1) >= 0:
        truth.latencies[name][round(entry.extras[name] * 1000)] += 1

"""All inputs in, the latency of every stage out: quantiles, grade, censored count and source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tuner.facts import reasons, visibility, why_stages
from tuner.facts.combined import CombinedLogs, seconds
from tuner.facts.visibility import Coverage, Visibility
from tuner.limits import Limits
from tuner.model import Grade, Latency
from tuner.names import STAGES, Stage
from tuner.stats.histogram import Histogram
from tuner.summary.summary import Summary

_STRAYS = 3
SOURCES = {
    "turn": "turn log",
    "metrics": "metrics lines",
    "commit": "user turn committed",
    "transcript": "received user transcript",
    "old": "first token and first audio of livekit-agents 0.8 to 0.10",
    "object": "metrics objects that the app logs",
    "own": "metrics in the app's own words",
}
"""Who measures a stage, the most believed first, and what a report calls it."""


def latencies(logs: CombinedLogs, limits: Limits) -> dict[Stage, Latency]:
    """Every stage; a pipeline agent has no Realtime model, so its latency is not missed there."""
    stages = {name: _latency(name, logs, limits) for name in STAGES}
    pipeline = any(stages[name].n for name in ("llm_ttft", "tts_ttfb"))
    if pipeline and not stages["realtime_ttft"].n:
        del stages["realtime_ttft"]
    return stages


def distributions(logs: CombinedLogs) -> dict[Stage, Mapping[int, int]]:
    """The values behind the latencies: whole milliseconds and how many, of stages that have any."""
    found = {name: _measured(name, logs).histogram.counts for name in STAGES}
    return {name: counts for name, counts in found.items() if counts}


class _Measured(NamedTuple):
    """All values of a stage, how many requests have none, and where they are from."""

    histogram: Histogram
    censored: int
    sources: tuple[str, ...]


def _measured(name: Stage, logs: CombinedLogs) -> _Measured:
    histogram, censored, sources = Histogram(), 0, Counter[str]()
    chosen = _fullest(name, logs.inputs)
    for summary in logs.inputs:
        source = _source(name, summary, chosen)
        if source is not None:
            histogram.merge(summary.histograms.get(f"{name}@{source}", Histogram()))
            censored += summary.counts[f"censored:{name}@{source}"]
            sources[SOURCES[source]] += 1
    return _Measured(histogram, censored, tuple(sources))


def _latency(name: Stage, logs: CombinedLogs, limits: Limits) -> Latency:
    histogram, censored, sources = _measured(name, logs)
    p50, p90, p95, p99 = (seconds(q) for q in histogram.quantiles(0.5, 0.9, 0.95, 0.99))
    excellent, good, alert = limits.bands(name)
    observable, why = _latency_coverage(name, logs, histogram.n + censored)
    return Latency(
        n=histogram.n,
        censored=censored,
        p50=p50,
        p90=p90,
        p95=p95,
        p99=p99,
        max=seconds(histogram.max),
        grade=_grade(p50, name, limits),
        over_alert=histogram.above(alert * 1000),
        alert_s=alert,
        excellent_s=excellent,
        good_s=good,
        source=", ".join(sources),
        observable=observable,
        why=visibility.reason_for(name, why, logs.visible),
    )


def _values(name: Stage, source: str, summary: Summary) -> int:
    """How many values of the latency, censored ones too, one input has from this source."""
    histogram = summary.histograms.get(f"{name}@{source}")
    return (histogram.n if histogram else 0) + summary.counts[f"censored:{name}@{source}"]


def _fullest(name: Stage, inputs: Sequence[Summary]) -> str:
    return believed({source: sum(_values(name, source, s) for s in inputs) for source in SOURCES})


def believed(values: Mapping[str, int]) -> str:
    """The source to believe, of how many values each has, those without a figure too: several
    lines may describe one turn, so only one may count."""
    most = max(values.values(), default=0)
    return next(source for source in SOURCES if 2 * values.get(source, 0) >= most)


def _source(name: Stage, summary: Summary, chosen: str) -> str | None:
    """The source for one input: the common one, unless it has plainly another.

    A rotated log may be cut between two lines of one turn: a few strays are no other source.
    """
    if _values(name, chosen, summary):
        return chosen
    values = {source: _values(name, source, summary) for source in SOURCES}
    best = max(values, key=lambda source: values[source])
    return best if values[best] > _STRAYS else None


def _latency_coverage(name: Stage, logs: CombinedLogs, n: int) -> Coverage:
    if n:
        return Coverage("yes", None)
    if name == "e2e":
        first = next(iter(logs.visible), None)
        return Coverage("no", first and visibility.why_blind(first, reasons.why_turn_log))
    return visibility.judge(logs.visible, _never, lambda v: why_stages.why_stage(v, name))


def _never(_: Visibility) -> bool:
    return False


def _grade(p50: float | None, name: Stage, limits: Limits) -> Grade:
    if p50 is None:
        return "none"
    excellent, good, alert = limits.bands(name)
    if p50 < good:
        return "excellent" if p50 < excellent else "good"
    return "poor" if p50 > alert else "fair"

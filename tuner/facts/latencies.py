"""All inputs in, the latency of every stage out: quantiles, grade, censored count and source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tuner.facts import visibility
from tuner.facts.combined import Seen, seconds
from tuner.facts.visibility import Coverage, Visibility
from tuner.limits import Limits
from tuner.model import Grade, Latency
from tuner.stats.histogram import Histogram
from tuner.summary.summary import Summary

LATENCIES = (
    "llm_ttft",
    "tts_ttfb",
    "end_of_turn_delay",
    "transcription_delay",
    "e2e",
    "realtime_ttft",
)
_STRAYS = 3
_SOURCES = {
    "turn": "turn log",
    "metrics": "metrics lines",
    "commit": "user turn committed",
    "transcript": "received user transcript",
    "old": "pipeline metrics of livekit-agents 0.x",
}


def latencies(seen: Seen, limits: Limits) -> dict[str, Latency]:
    """Every stage; a pipeline agent has no Realtime model, so its latency is not missed there."""
    found = {name: _latency(name, seen, limits) for name in LATENCIES}
    pipeline = any(found[name].n for name in ("llm_ttft", "tts_ttfb"))
    if pipeline and not found["realtime_ttft"].n:
        del found["realtime_ttft"]
    return found


def _latency(name: str, seen: Seen, limits: Limits) -> Latency:
    histogram, censored, sources = Histogram(), 0, Counter[str]()
    chosen = _fullest(name, seen.inputs)
    for summary in seen.inputs:
        source = _source(name, summary, chosen)
        if source is not None:
            histogram.merge(summary.histograms.get(f"{name}@{source}", Histogram()))
            censored += summary.counts[f"censored:{name}@{source}"]
            sources[_SOURCES[source]] += 1
    p50, p90, p95, p99 = (seconds(q) for q in histogram.quantiles(0.5, 0.9, 0.95, 0.99))
    *_, alert = limits.bands(name)
    observable, why = _latency_coverage(name, seen, histogram.n + censored)
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
        source=", ".join(sources),
        observable=observable,
        why=why,
    )


def _told(name: str, source: str, summary: Summary) -> int:
    """How often one input's lines of this source tell of the latency."""
    histogram = summary.histograms.get(f"{name}@{source}")
    return (histogram.n if histogram else 0) + summary.counts[f"censored:{name}@{source}"]


def _fullest(name: str, inputs: Sequence[Summary]) -> str:
    """The source to believe: several lines may tell of the same turn, so only one may count."""
    told = {source: sum(_told(name, source, s) for s in inputs) for source in _SOURCES}
    return next(source for source, n in told.items() if 2 * n >= max(told.values()))


def _source(name: str, summary: Summary, chosen: str) -> str | None:
    """The source for one input: the common one, unless it has plainly another.

    A rotated log may be cut between two lines of one turn: a few strays are no other source.
    """
    if _told(name, chosen, summary):
        return chosen
    told = {source: _told(name, source, summary) for source in _SOURCES}
    best = max(told, key=lambda source: told[source])
    return best if told[best] > _STRAYS else None


def _latency_coverage(name: str, seen: Seen, n: int) -> Coverage:
    if n:
        return Coverage("yes", None)
    if name == "e2e":
        sights = seen.sights[:1]
        reasons = [visibility.reason_of(s, visibility.why_turn_log) for s in sights]
        return Coverage("no", next(iter(reasons), None))
    if name == "realtime_ttft":
        return Coverage("no", "no RealtimeModel metrics: not a Realtime agent, or no log_metrics")
    return visibility.judge(seen.sights, _never, visibility.why_metrics)


def _never(_: Visibility) -> bool:
    return False


def _grade(p50: float | None, name: str, limits: Limits) -> Grade:
    if p50 is None:
        return "none"
    excellent, good, alert = limits.bands(name)
    if p50 < good:
        return "excellent" if p50 < excellent else "good"
    return "alert" if p50 > alert else "slow"

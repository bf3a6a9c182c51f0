"""Summaries of all inputs in, the facts that rules may use out: signals, latencies, exposure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tuner import coverage, intervals
from tuner.calls import CUTOFF_WINDOW_S, Call
from tuner.coverage import Coverage, Sight
from tuner.histogram import Histogram
from tuner.http_calls import Tally
from tuner.limits import Limits
from tuner.model import (
    CallCounts,
    Current,
    Evidence,
    Exposure,
    Facts,
    Grade,
    Latency,
    Rate,
    Signal,
    Volume,
)
from tuner.summary import Summary

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


class Seen:
    """All inputs together, each event once, in the order of time."""

    def __init__(self, inputs: Sequence[Summary], slow_ms: float) -> None:
        self.inputs = sorted(inputs, key=lambda s: (s.first is None, s.first or 0.0))
        self.sights = [coverage.sight(s) for s in self.inputs]
        self.total = Summary(slow_ms)
        self.responses = Tally()
        for summary in self.inputs:
            self.responses.merge(summary.responses.settled())
            self.total.absorb(summary)
        self.calls, self.basis = told_apart(self.total.calls)
        self.span = (self.total.first, self.total.last)

    def count(self, *kinds: str) -> int:
        """How many events of these kinds were counted."""
        return sum(self.total.counts[kind] for kind in kinds)

    def prefixed(self, prefix: str) -> dict[str, int]:
        """Counts whose name begins with `prefix:`, most first, by the rest of the name."""
        named = {
            k[len(prefix) + 1 :]: n
            for k, n in self.total.counts.items()
            if k.startswith(prefix + ":")
        }
        return dict(Counter(named).most_common())

    def per_call(self, field: str) -> tuple[int, ...]:
        """One figure of every call."""
        return tuple(int(getattr(call, field)) for call in self.calls)

    def all_calls(self, field: str) -> int:
        """One figure summed over every stretch of log, also what belongs to no call."""
        return sum(int(getattr(call, field)) for call in self.total.calls.values())


def told_apart(stretches: Mapping[str, Call]) -> tuple[list[Call], str]:
    """Choose what tells calls apart: job_id, else room, else the process; else nothing does."""
    ordered = sorted(stretches.items(), key=lambda item: (item[1].first or 0.0, item[0]))
    for prefix, basis in (("job:", "job_id"), ("room:", "room")):
        if calls := [call for key, call in ordered if key.startswith(prefix)]:
            return calls, basis
    voiced = [c for k, c in ordered if k.startswith("pid:") and _spoke(c)]
    if voiced:
        return voiced, "pid"
    rest = stretches.get("")
    if rest is not None and rest.closed == 1:
        return [rest], "session closed"
    return [], "session closed" if rest is not None and rest.closed else "none"


def _spoke(call: Call) -> bool:
    return bool(call.user_turns or call.closed or call.false_interruptions or call.sync)


def build(
    inputs: Sequence[Summary],
    limits: Limits,
    current: Current,
    evidence: Mapping[str, tuple[Evidence, ...]],
) -> Facts:
    """Return the facts of all inputs together."""
    seen = Seen(inputs, limits.openai_slow_ms)
    exposure = _exposure(seen)
    return Facts(
        exposure=exposure,
        signals=_signals(seen, exposure, limits),
        latency=_latencies(seen, limits),
        volume=_volume(seen, exposure),
        per_call=_per_call(seen),
        evidence=evidence,
        current=current,
        first=seen.span[0],
        last=seen.span[1],
    )


def _exposure(seen: Seen) -> Exposure:
    closed = seen.all_calls("closed")
    calls = len(seen.calls) or (closed if seen.basis == "session closed" else None)
    turns = seen.all_calls("user_turns")
    known = turns or any(s.debug or s.metrics or s.turn_log for s in seen.sights)
    return Exposure(calls, _minutes(seen.calls), turns if known else None, seen.basis)


def _minutes(calls: Sequence[Call]) -> float | None:
    timed = [c.last - c.first for c in calls if c.first is not None and c.last is not None]
    return sum(timed) / 60 if timed else None


def _per_call(seen: Seen) -> CallCounts:
    minutes = tuple(((c.last or 0.0) - (c.first or 0.0)) / 60 for c in seen.calls)
    events = {
        "false_interruptions": tuple(c.false_interruptions - c.phantom for c in seen.calls),
        "sync_warnings": seen.per_call("sync"),
        "false_cutoffs": tuple(_cutoffs(c)[0] for c in seen.calls),
        "turns_at_risk": tuple(_cutoffs(c)[1] for c in seen.calls),
        "turns": seen.per_call("user_turns"),
        "openai_slow": seen.per_call("slow"),
        "openai_timed": seen.per_call("timed"),
        "vad_slow": seen.per_call("vad_slow"),
    }
    return CallCounts(minutes, events)


def _cutoffs(call: Call) -> tuple[int, int]:
    """(turns that went on after the commit, turns at risk) of one call."""
    if call.turns:
        return call.cutoffs_turn_log, call.turns
    return call.cutoffs, call.commits - call.unknown


def _volume(seen: Seen, exposure: Exposure) -> Volume:
    total = seen.total
    per_minute = total.records / exposure.minutes if exposure.minutes else None
    levels = total.levels
    return Volume(total.records, per_minute, coverage.by_level(levels), coverage.by_logger(levels))


# --- latencies ---------------------------------------------------------------------------------


def _latencies(seen: Seen, limits: Limits) -> dict[str, Latency]:
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
    p50, p90, p95, p99 = (_seconds(q) for q in histogram.quantiles(0.5, 0.9, 0.95, 0.99))
    alert = _band(limits, name, "alert")
    observable, why = _latency_coverage(name, seen, histogram.n + censored)
    return Latency(
        n=histogram.n,
        censored=censored,
        p50=p50,
        p90=p90,
        p95=p95,
        p99=p99,
        max=_seconds(histogram.max),
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
        return Coverage("no", coverage.why_turn_log(seen.sights[0]) if seen.sights else None)
    if name == "realtime_ttft":
        return Coverage("no", "no RealtimeModel metrics: not a Realtime agent, or no log_metrics")
    return coverage.judge(seen.sights, _never, coverage.why_metrics)


def _never(_: Sight) -> bool:
    return False


def _band(limits: Limits, name: str, band: str) -> float:
    return float(getattr(limits, f"{name}_{band}_s"))


def _grade(p50: float | None, name: str, limits: Limits) -> Grade:
    if p50 is None:
        return "none"
    grades: tuple[Grade, ...] = ("excellent", "good")
    for grade in grades:
        if p50 < _band(limits, name, grade):
            return grade
    return "alert" if p50 > _band(limits, name, "alert") else "slow"


def _seconds(ms: float | None) -> float | None:
    return None if ms is None else round(ms / 1000, 4)


# --- signals -----------------------------------------------------------------------------------


def _signals(seen: Seen, exposure: Exposure, limits: Limits) -> dict[str, Signal]:
    requests = coverage.judge(seen.sights, lambda s: s.requests, coverage.why_openai)
    debug = coverage.judge(seen.sights, lambda s: s.debug, coverage.why_debug)
    warning = coverage.judge(seen.sights, lambda s: s.warning, coverage.why_warning)
    turn_log = coverage.judge(seen.sights, lambda s: s.turn_log, coverage.why_turn_log)
    return {
        "false_interruptions": _false_interruptions(seen, exposure, limits),
        "sync_warnings": _sync_warnings(seen, warning),
        "openai_calls": _openai_calls(seen, requests, limits),
        "openai_retries": _retries(seen, requests),
        "http_connections": _connections(seen),
        "pool_timeouts": _pool(seen),
        "false_cutoffs": _false_cutoffs(seen, limits),
        "vad_slow": _vad_slow(seen, warning),
        "late_transcripts": _plain(seen, warning, "late_transcript"),
        "eot_timeouts": _plain(seen, warning, "eot_timeout"),
        "llm_failures": _plain(seen, warning, "llm_failed"),
        "tts_failures": _plain(seen, warning, "tts_failed"),
        "stt_failures": _plain(seen, warning, "stt_failed"),
        "slow_flushes": _plain(seen, debug, "slow_flush", syntheses=_syntheses(seen)),
        "preemptive": _plain(seen, debug, "preemptive"),
        "interruptions": _interruptions(seen, turn_log),
    }


def signal(count: int, covered: Coverage, rate: Rate | None = None, **more: Any) -> Signal:
    """A signal whose count is withheld where nothing could have been seen."""
    if covered.observable == "no":
        return Signal(None, "no", covered.why, None, dict.fromkeys(more))
    return Signal(count, covered.observable, covered.why, rate, more)


def _plain(seen: Seen, covered: Coverage, kind: str, **more: Any) -> Signal:
    count = seen.count(kind)
    return signal(count, Coverage("yes", None) if count else covered, **more)


def _false_interruptions(seen: Seen, exposure: Exposure, limits: Limits) -> Signal:
    covered = coverage.judge(
        seen.sights,
        lambda s: s.turn_log or (s.debug and s.can_pause and not s.server_turns),
        coverage.why_false_interruption,
    )
    count = seen.all_calls("false_interruptions")
    if count and covered.observable == "no":
        covered = Coverage("partly", covered.why)
    phantom = max(seen.count("phantom"), seen.count("phantom_turn_log"))
    heard = [c.false_interruptions - c.phantom for c in seen.calls]
    rate = _per_minute(heard, seen.calls, exposure, limits.false_interruptions_per_minute)
    more = {"per_minute": rate and rate.value, "interval": rate and [rate.low, rate.high]}
    return signal(count, covered, rate, phantom=phantom, **more)


def _per_minute(
    counts: Sequence[int], calls: Sequence[Call], exposure: Exposure, limit: float
) -> Rate | None:
    """Events per minute of call; the interval is widened when few calls have most of them."""
    minutes = exposure.minutes
    if not minutes:
        return None
    events = sum(counts)
    lengths = [((c.last or 0.0) - (c.first or 0.0)) / 60 for c in calls]
    spread = intervals.dispersion(counts, lengths)
    low, high = intervals.poisson_interval(events / spread, minutes / spread)
    above = intervals.p_rate_above(limit, events, minutes, spread)
    return Rate(events, minutes, "minute", events / minutes, low, high, limit, above)


def _share(hits: Sequence[int], at_risk: Sequence[int], unit: str, limit: float) -> Rate | None:
    """Share of `at_risk` that were hit; the interval is widened when few calls have most hits."""
    events, n = sum(hits), sum(at_risk)
    if not n:
        return None
    spread = intervals.dispersion(hits, at_risk)
    low, high = intervals.wilson_interval(events / spread, n / spread)
    above = intervals.p_share_above(limit, events, n, spread)
    return Rate(events, n, unit, events / n, low, high, limit, above)


def _sync_warnings(seen: Seen, covered: Coverage) -> Signal:
    count = seen.count("sync_warning")
    calls = sum(call.sync > 0 for call in seen.calls)
    return signal(count, covered, by_method=seen.prefixed("sync"), calls=calls)


def _openai_calls(seen: Seen, covered: Coverage, limits: Limits) -> Signal:
    times = Histogram()
    for histogram in seen.responses.times.values():
        times.merge(histogram)
    timed = coverage.judge(seen.sights, lambda s: s.timed, coverage.why_times)
    if covered.observable != "no" and timed.observable != "yes":
        covered = Coverage("partly", timed.why)
    slow = times.above(limits.openai_slow_ms)
    rate = _share([slow], [times.n], "call", limits.openai_slow_share)
    return signal(
        seen.responses.n,
        covered,
        rate,
        slow=slow if times.n else None,
        threshold_ms=limits.openai_slow_ms,
        timed=times.n,
        processing_ms=_quantiles_ms(times),
        by_endpoint=_by_endpoint(seen.responses, limits),
        statuses=_statuses(seen.responses),
    )


def _quantiles_ms(times: Histogram) -> dict[str, float | None]:
    p50, p90, p95, p99 = times.quantiles(0.5, 0.9, 0.95, 0.99)
    return {"p50": p50, "p90": p90, "p95": p95, "p99": p99, "max": times.max}


def _by_endpoint(responses: Tally, limits: Limits) -> dict[str, dict[str, Any]]:
    counts: Counter[str] = Counter()
    for (endpoint, _), count in responses.counts.items():
        counts[endpoint] += count
    return {
        endpoint: {
            "count": count,
            "timed": (times := responses.times.get(endpoint, Histogram())).n,
            "slow": times.above(limits.openai_slow_ms) if times.n else None,
            **_quantiles_ms(times),
        }
        for endpoint, count in counts.most_common()
    }


def _statuses(responses: Tally) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for (_, status), count in responses.counts.items():
        counts[str(status)] += count
    return dict(sorted(counts.items()))


def _retries(seen: Seen, covered: Coverage) -> Signal:
    statuses = _statuses(seen.responses)
    server = sum(count for status, count in statuses.items() if status >= "500")
    count = seen.count("openai_retry")
    if count:
        covered = Coverage("yes", None)
    return signal(
        count,
        covered,
        rate_limited=statuses.get("429", 0),
        server_errors=server,
        requests=seen.responses.n,
    )


def _connections(seen: Seen) -> Signal:
    wire, logged = seen.count("http_started"), seen.count("openai_call")
    if logged and not wire:
        covered, opened, requests = Coverage("yes", None), seen.count("connection_new"), logged
    else:
        covered = coverage.judge(seen.sights, lambda s: s.wire, coverage.why_wire)
        opened, requests = seen.count("connect"), wire
    share = opened / requests if requests else None
    return signal(opened, covered, requests=requests, per_request=share)


def _pool(seen: Seen) -> Signal:
    covered = coverage.judge(seen.sights, lambda s: s.requests, coverage.why_openai)
    return signal(seen.count("pool_timeout"), covered, waits=seen.count("pool_waits"))


def _false_cutoffs(seen: Seen, limits: Limits) -> Signal:
    pairs = [_cutoffs(call) for call in seen.total.calls.values()]
    hits, at_risk = [hit for hit, _ in pairs], [risk for _, risk in pairs]
    covered = coverage.judge(
        seen.sights,
        lambda s: s.turn_log or (s.debug and s.onsets),
        coverage.why_cutoff,
    )
    if covered.observable == "yes" and not any(s.turn_log for s in seen.sights):
        covered = Coverage(
            "partly",
            "without a turn log only speech that follows the commit within "
            f"{CUTOFF_WINDOW_S} s is counted",
        )
    rate = _share(hits, at_risk, "turn", limits.false_cutoff_share)
    return signal(
        sum(hits),
        covered,
        rate,
        turns_at_risk=sum(at_risk),
        share=rate and rate.value,
        interval=rate and [rate.low, rate.high],
        later=seen.all_calls("later"),
        window_s=CUTOFF_WINDOW_S,
    )


def _vad_slow(seen: Seen, covered: Coverage) -> Signal:
    worst = seen.total.histograms.get("vad_slow", Histogram()).max
    calls = sum(call.vad_slow > 0 for call in seen.calls)
    return signal(seen.count("vad_slow"), covered, calls=calls, max_delay_s=_seconds(worst))


def _syntheses(seen: Seen) -> int:
    return seen.count("tts_metrics")


def _interruptions(seen: Seen, covered: Coverage) -> Signal:
    outcomes = seen.prefixed("interruption")
    dead = seen.total.histograms.get("dead_air", Histogram()).quantiles(0.5, 0.9)
    return signal(
        seen.count("interruption"),
        covered,
        real=outcomes.get("real", 0),
        false=outcomes.get("false", 0),
        backchannel=outcomes.get("backchannel", 0),
        dead_air_s={"p50": _seconds(dead[0]), "p90": _seconds(dead[1])},
    )

"""All inputs in, every signal out: how often, at which rate, and whether it could be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import sub
from typing import Any

from tuner.facts import visibility
from tuner.facts.combined import Seen, cutoffs, seconds
from tuner.facts.visibility import Coverage
from tuner.limits import Limits
from tuner.model import Exposure, Rate, Signal
from tuner.stats import intervals
from tuner.stats.histogram import Histogram
from tuner.summary.call_counts import CUTOFF_WINDOW_S
from tuner.summary.openai_responses import Tally


def signals(seen: Seen, exposure: Exposure, limits: Limits) -> dict[str, Signal]:
    """Every signal by name, also those that nothing in these logs could have shown."""
    requests = visibility.judge(seen.sights, lambda s: s.requests, visibility.why_openai)
    debug = visibility.judge(seen.sights, lambda s: s.debug, visibility.why_debug)
    warning = visibility.judge(seen.sights, lambda s: s.warning, visibility.why_warning)
    turn_log = visibility.judge(seen.sights, lambda s: s.turn_log, visibility.why_turn_log)
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
    covered = visibility.judge(
        seen.sights,
        lambda s: (
            not s.hides("false_interruptions")
            and (s.turn_log or (s.debug and s.can_pause and not s.server_turns))
        ),
        visibility.why_false_interruption,
    )
    count = seen.all_calls("false_interruptions")
    if count and covered.observable == "no":
        covered = Coverage("partly", covered.why)
    phantom = max(seen.count("phantom"), seen.count("phantom_turn_log"))
    heard = [*map(sub, seen.per_call("false_interruptions"), seen.per_call("phantom"))]
    rate = _per_minute(heard, seen.minutes, exposure, limits.false_interruptions_per_minute)
    more = {"per_minute": rate and rate.value, "interval": rate and [rate.low, rate.high]}
    lost = seen.all_calls("lost") if any(s.turn_log for s in seen.sights) else None
    return signal(count, covered, rate, phantom=phantom, lost=lost, **more)


def _per_minute(
    counts: Sequence[int], lengths: Sequence[float], exposure: Exposure, limit: float
) -> Rate | None:
    """Events per minute of call; the interval is widened when few calls have most of them."""
    minutes = exposure.minutes
    if not minutes:
        return None
    events = sum(counts)
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


def _some(counts: Sequence[int]) -> int:
    """How many of the counts are not 0."""
    return len(counts) - counts.count(0)


def _sync_warnings(seen: Seen, covered: Coverage) -> Signal:
    count = seen.count("sync_warning")
    calls = _some(seen.per_call("sync"))
    return signal(count, covered, by_method=seen.prefixed("sync"), calls=calls)


def _openai_calls(seen: Seen, covered: Coverage, limits: Limits) -> Signal:
    times = Histogram()
    for histogram in seen.responses.times.values():
        times.merge(histogram)
    timed = visibility.judge(seen.sights, lambda s: s.timed, visibility.why_times)
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
    count = max(seen.count("openai_retry"), seen.count("attempt_again"))
    if count:
        covered = Coverage("yes", None)
    return signal(
        count,
        covered,
        rate_limited=statuses.get("429", 0),
        server_errors=server,
        unanswered=seen.count("unanswered"),
        requests=seen.responses.n,
    )


def _connections(seen: Seen) -> Signal:
    wire, logged = seen.count("http_started"), seen.count("openai_call")
    if logged and not wire:
        covered, opened, requests = Coverage("yes", None), seen.count("connection_new"), logged
    else:
        covered = visibility.judge(seen.sights, lambda s: s.wire, visibility.why_wire)
        opened, requests = seen.count("connect"), wire
    share = opened / requests if requests else None
    return signal(opened, covered, requests=requests, per_request=share)


def _pool(seen: Seen) -> Signal:
    covered = visibility.judge(seen.sights, lambda s: s.requests, visibility.why_openai)
    return signal(seen.count("pool_timeout"), covered, waits=seen.count("pool_waits"))


def _false_cutoffs(seen: Seen, limits: Limits) -> Signal:
    hits, at_risk = seen.cutoffs if seen.is_whole else cutoffs(seen.total.calls.values())
    covered = visibility.judge(
        seen.sights,
        lambda s: s.turn_log or (s.debug and s.onsets),
        visibility.why_cutoff,
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
    calls = _some(seen.per_call("vad_slow"))
    return signal(seen.count("vad_slow"), covered, calls=calls, max_delay_s=seconds(worst))


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
        dead_air_s={"p50": seconds(dead[0]), "p90": seconds(dead[1])},
    )

"""What the calls of a load test measured: figures as plain values, and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tuner.bench.vaic import wire
from tuner.bench.vaic.load import CallResult

SCHEMA = 1
_LATE_S = 0.005
"""A chunk that comes this much after the sound before it has ended leaves an audible gap."""


def figures(results: Sequence[CallResult], server: Mapping[str, Any] | None) -> dict[str, Any]:
    """All figures, for JSON; times in milliseconds. What was not measured is null."""
    problems = Counter(result.problem for result in results if result.problem)
    broken = sum((result.heard.errors for result in results), Counter[str]())
    return {
        "schema": SCHEMA,
        "calls": len(results),
        "failed_calls": sum(problems.values()),
        "problems": dict(problems),
        "protocol_errors": dict(broken),
        "turns": sum(len(result.waits_s) for result in results),
        "unanswered_turns": sum(result.unanswered for result in results),
        "setup_ms": spread(r.setup_s for r in results if r.setup_s is not None),
        "round_trip_ms": spread(wait for result in results for wait in result.waits_s),
        "chunks_sent": sum(result.heard.chunks_sent for result in results),
        **_chunks(results),
        "caller_late_ms_max": round(max((r.heard.late_s for r in results), default=0.0) * 1000, 1),
        "server": server,
    }


def spread(seconds: Iterable[float]) -> dict[str, float | int | list[float]] | None:
    """Milliseconds: count, quantiles, and a 95 % interval of the median; None without values."""
    ms = np.sort(np.fromiter(seconds, dtype=float)) * 1000
    if not len(ms):
        return None
    quantiles = np.percentile(ms, (50, 90, 99))
    half = 0.98 * len(ms) ** 0.5  # ranks of the binomial distribution around the middle
    low = int(max(0, np.floor((len(ms) - 1) / 2 - half)))
    high = int(min(len(ms) - 1, np.ceil((len(ms) - 1) / 2 + half)))
    names = ("p50", "p90", "p99")
    return {
        "n": len(ms),
        "min": round(float(ms[0]), 1),
        **{name: round(float(one), 1) for name, one in zip(names, quantiles, strict=True)},
        "max": round(float(ms[-1]), 1),
        "p50_interval": [round(float(ms[low]), 1), round(float(ms[high]), 1)],
    }


def _chunks(results: Sequence[CallResult]) -> dict[str, int]:
    """Chunks that came, and those before which the caller heard a gap."""
    came = late = 0
    for stream in (stream for result in results for stream in result.heard.streams):
        rate, width = wire.FORMATS.get(stream.media, (8_000, 1))
        each_s = len(stream.sound) / width / rate / max(1, len(stream.chunks_at))
        sound_until = 0.0
        for number, at in enumerate(stream.chunks_at):
            late += number > 0 and at > sound_until + _LATE_S
            sound_until = max(at, sound_until) + each_s
        came += len(stream.chunks_at)
    return {"chunks_received": came, "chunks_after_a_gap": late}


def over_limits(
    found: Mapping[str, Any], max_ms: float | None, max_added_ms: float | None
) -> list[str]:
    """What is above the limits, as sentences; a limit without a measure is exceeded."""
    problems = []
    if found["failed_calls"]:
        problems.append(f"{found['failed_calls']} of {found['calls']} calls failed")
    if max_ms is not None:
        trip = found["round_trip_ms"]
        if trip is None:
            problems.append("no answer was heard")
        elif trip["p50"] > max_ms:
            problems.append(f"median round trip {trip['p50']} ms is over {max_ms} ms")
    if max_added_ms is not None:
        problems += _added_over(found["server"], max_added_ms)
    return problems


def _added_over(server: Mapping[str, Any] | None, limit: float) -> list[str]:
    if server is None:
        return ["the server has no /health, so the latency it adds is not known"]
    latency = server["latency_ms"]
    return [
        f"{name}: p99 of {latency[name]['p99']} ms is over {limit} ms"
        for name in ("caller audio", "agent audio")
        if name in latency and latency[name]["p99"] > limit
    ]


def text(found: Mapping[str, Any]) -> str:
    """The figures for a reader."""
    lines = [
        f"{found['calls']} calls, {found['failed_calls']} failed; "
        f"{found['turns']} turns answered, {found['unanswered_turns']} not",
        _line("last word to first sound", found["round_trip_ms"]),
        _line("dialling to open line", found["setup_ms"]),
        f"chunks: {found['chunks_sent']} sent, {found['chunks_received']} received, "
        f"{found['chunks_after_a_gap']} after a gap",
        f"this program sent chunks up to {found['caller_late_ms_max']} ms late",
    ]
    lines += [f"failed: {count} x {why}" for why, count in found["problems"].items()]
    lines += [f"protocol: {count} x {what}" for what, count in found["protocol_errors"].items()]
    return "\n".join([*lines, *_server_lines(found["server"])])


def _line(name: str, ms: Mapping[str, Any] | None) -> str:
    if ms is None:
        return f"{name}: no value"
    low, high = ms["p50_interval"]
    return (
        f"{name}: median {ms['p50']} ms ({low} to {high}), p90 {ms['p90']}, p99 {ms['p99']}, "
        f"max {ms['max']} (n = {ms['n']})"
    )


def _server_lines(server: Mapping[str, Any] | None) -> list[str]:
    if server is None:
        return ["added by the server: not known (it has no /health that reports it)"]
    return [
        f"server, {name}: median {ms['median']} ms, p90 {ms['p90']}, p99 {ms['p99']}, "
        f"max {ms['max']} (n = {ms['count']}, last {ms['covered_s']} s)"
        for name, ms in server["latency_ms"].items()
    ]

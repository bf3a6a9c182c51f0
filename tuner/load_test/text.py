"""Figures and marks as text, and one line while the test runs."""

from __future__ import annotations

from typing import Any

from tuner.load_test.marks import PassMark
from tuner.load_test.results import LoadResult

_TIMES = {
    "webhook_s": "webhook answers (s)",
    "ring_s": "ring to answer (s)",
    "first_audio_s": "answer to first audio (s)",
    "reply_s": "reply latency (s)",
}


def progress(result: LoadResult) -> str:
    """What is known at this moment, in one line."""
    reading = result.readings[-1]
    answered = sum(call.answer == "answered" for call in result.calls)
    errors = sum(bool(call.error) for call in result.calls)
    errors += sum(result.report_errors.values())
    active = "" if reading.active is None else f", {reading.active} slots taken"
    return (
        f"{reading.at_s:5.0f} s of {result.plan.ends_s:.0f}: {reading.running} talking{active}, "
        f"{answered} answered, {result.reports} requests, {errors} errors, "
        f"CPU {100 * reading.machine:.0f} %"
    )


def render(found: dict[str, Any], marks: list[PassMark]) -> str:
    """The whole report."""
    answers = ", ".join(f"{count} {name}" for name, count in found["answers"].items()) or "none"
    lines = [
        f"calls                      {found['calls']}: {answers}",
        f"requests beside them       {found['webhook_requests']}",
        *(_times(title, found[name]) for name, title in _TIMES.items() if found[name]["n"]),
        f"packets of sound lost      {found['packets_lost']} of {_all(found)}",
        f"talked over                {found['talked_over']}",
        *_false_stops(found["false_stops"]),
        *(f"failed                     {n} x {why}" for why, n in _why(found)),
        *(_process(name, process) for name, process in found["processes"].items()),
        "",
        *map(_mark, marks),
    ]
    return "\n".join(lines)


def _false_stops(found: dict[str, Any] | None) -> list[str]:
    if found is None:
        return []
    count, of = found["false_stops"], found["interruptions"]
    said = "not visible" if count is None else f"{count} of {of} interruptions"
    note = f"; {found['note']}" if found["note"] else ""
    return [f"false stops                {said}{note}"]


def _all(found: dict[str, Any]) -> int:
    return int(found["packets"] + found["packets_lost"])


def _why(found: dict[str, Any]) -> list[tuple[str, int]]:
    return [*found["why"].items(), *found["webhook_errors"].items()]


def _times(title: str, times: dict[str, Any]) -> str:
    values = "  ".join(f"{name} {times[name]:.3f}" for name in ("p50", "p95", "p99", "max"))
    return f"{title:26} {values}  n {times['n']}"


def _process(name: str, process: dict[str, Any]) -> str:
    if process["cores"] is None:
        return f"{name:26} not measured"
    return (
        f"{name:26} {process['cores']:.2f} cores, {process['memory_mb']:.0f} MB "
        f"(most {process['memory_mb_max']:.0f})"
    )


def _mark(mark: PassMark) -> str:
    verdict = {True: "pass", False: "FAIL", None: "----"}[mark.passed]
    why = f"; {mark.why}" if mark.why else ""
    return f"{verdict}  {mark.name:24} {mark.measured} (limit: {mark.limit}){why}"

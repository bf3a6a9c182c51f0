"""What each input could have shown: a signal that nobody logged is not visible, never zero."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tuner.model import Observable, Rate, Signal
from tuner.redaction.shown import shown
from tuner.summary.summary import Summary


class Visibility(NamedTuple):
    """Which kinds of lines one input has at all."""

    livekit: bool
    debug: bool
    info: bool
    warning: bool
    metrics: bool
    turn_log: bool
    can_pause: bool
    requests: bool
    timed: bool
    wire: bool
    realtime: bool
    server_turns: bool
    onsets: bool
    records: bool


Test = Callable[[Visibility], bool]
"""Whether an input with these lines could show a signal."""


class Coverage(NamedTuple):
    """Whether a signal could be seen, and if not everywhere, why and what to turn on."""

    observable: Observable
    why: str | None


_LIVEKIT_KINDS = ("false_interruption", "sync_warning", "commit", "session_closed", "transcript")
_RANK = {"TRACE": 0, "DEBUG": 1, "DEV": 2, "INFO": 2, "WARNING": 3, "ERROR": 4, "CRITICAL": 5}
_SILENT = 9


def signal(count: int, covered: Coverage, rate: Rate | None = None, **more: Any) -> Signal:
    """A signal whose count is withheld where nothing could have been seen."""
    if covered.observable == "no":
        return Signal(None, "no", covered.why, None, dict.fromkeys(more))
    return Signal(count, covered.observable, covered.why, rate, more)


def visibility_of(summary: Summary) -> Visibility:
    """Look through one input's lines by logger and level."""
    lowest = _lowest_level(summary.levels)
    counts = summary.counts
    voice = any(counts[kind] for kind in _LIVEKIT_KINDS)
    metrics = any(
        counts[k]
        for k in ("llm_metrics", "tts_metrics", "eou_metrics", "old_metrics", "metrics_object")
    )
    responses = summary.responses.settled()
    return Visibility(
        livekit=lowest < _SILENT or voice or metrics or bool(counts["realtime_metrics"]),
        debug=lowest <= _RANK["DEBUG"] or bool(counts["false_interruption"] or counts["commit"]),
        info=lowest <= _RANK["INFO"] or metrics,
        warning=lowest <= _RANK["WARNING"]
        or metrics
        or bool(counts["sync_warning"] or counts["vad_slow"]),
        metrics=metrics,
        turn_log=any(counts[kind] for kind in ("session_started", "turn", "session_ended")),
        can_pause=not counts["no_pause"],
        requests=responses.n > 0,
        timed=responses.timed > 0,
        wire=bool(counts["http_started"] or counts["connect"]),
        realtime=bool(counts["realtime_metrics"]),
        server_turns=bool(counts["realtime_metrics"]) and not counts["commit"],
        onsets=_has_onsets(summary),
        records=summary.records > 0,
    )


def _has_onsets(summary: Summary) -> bool:
    """Whether any line says when a caller began to speak."""
    return any(
        call.seam is not None and call.seam.first_start is not None
        for call in summary.calls.values()
    )


def _lowest_level(levels: Counter[tuple[str, str]]) -> int:
    """The lowest level at which livekit's loggers write here."""
    ours = (_RANK.get(level, _SILENT) for logger, level in levels if logger.startswith("livekit"))
    return min(ours, default=_SILENT)


def judge(
    inputs: Sequence[Visibility], could_show: Test, why: Callable[[Visibility], str]
) -> Coverage:
    """Visible in all inputs that are about calls, in some, or in none."""
    relevant = [v for v in inputs if v.livekit or v.turn_log or v.requests]
    relevant = relevant or [v for v in inputs if v.records]
    blind = [v for v in relevant if not could_show(v)]
    if relevant and not blind:
        return Coverage("yes", None)
    reason = why(blind[0]) if blind else "this log has no line of a voice agent"
    if len(blind) < len(relevant):
        return Coverage("partly", f"not in {len(blind)} of {len(relevant)} inputs: {reason}")
    return Coverage("no", reason)


def by_logger(levels: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Records per logger, most first."""
    total: Counter[str] = Counter()
    for (logger, _), count in levels.items():
        total[(shown("logger", logger) or _OTHERS) if logger else "(no name)"] += count
    return _first(total)


_OTHERS = "(other names)"
_MOST_LOGGERS = 50


def _first(total: Counter[str]) -> dict[str, int]:
    """The commonest, and how many more there are."""
    first = dict(total.most_common(_MOST_LOGGERS))
    if rest := len(total) - len(first):
        first[f"and {rest:,} more"] = total.total() - sum(first.values())
    return first


def by_level(levels: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Records per level, most first."""
    total: Counter[str] = Counter()
    for (_, level), count in levels.items():
        total[level or "(no level)"] += count
    return dict(total.most_common())

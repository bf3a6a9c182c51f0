"""All inputs in, every signal out: how often, at which rate, and whether it could be seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import sub
from typing import Any

import msgspec

from tuner.facts import openai_signals, rates, reasons, visibility
from tuner.facts.combined import CombinedLogs, cutoffs, seconds
from tuner.facts.other_lines import number_of_calls
from tuner.facts.seen_calls import shows_stops
from tuner.facts.visibility import Coverage, Visibility, signal
from tuner.limits import Limits
from tuner.lines.catalogue.livekit import PAUSE
from tuner.lines.catalogue.row import Level
from tuner.lines.catalogue.table import BY_KIND, LINES
from tuner.model import Exposure, Signal
from tuner.names import COUNTED_BY_CALL, Kind, SignalName
from tuner.stats.histogram import Histogram
from tuner.summary.call_counts import CUTOFF_WINDOW_S


def signals(logs: CombinedLogs, exposure: Exposure, limits: Limits) -> dict[SignalName, Signal]:
    """Every signal by name, also those that nothing in these logs could have shown."""
    found: dict[SignalName, Signal] = {
        "false_interruptions": _false_interruptions(logs, exposure, limits),
        "sync_warnings": _sync_warnings(logs),
        "openai_calls": openai_signals.openai_calls(logs, limits),
        "openai_retries": openai_signals.retries(logs),
        "http_connections": openai_signals.connections(logs),
        "pool_timeouts": openai_signals.pool_timeouts(logs),
        "false_cutoffs": _false_cutoffs(logs, limits),
        "vad_slow": _vad_slow(logs),
        **_of_rows(logs),
        "interruptions": _interruptions(logs),
        "connection_quality": _connection_quality(logs, limits),
    }
    return {name: _as_shown(name, one, logs.visible) for name, one in found.items()}


def _as_shown(name: SignalName, found: Signal, inputs: Sequence[Visibility]) -> Signal:
    """A signal as its inputs leave it: their lines may be lost, or of another kind of agent."""
    found = visibility.unless_lost(found, inputs)
    why = visibility.reason_for(name, found.why, inputs)
    return found if why == found.why else msgspec.structs.replace(found, why=why)


def _coverage(logs: CombinedLogs, count: int, *kinds: Kind) -> Coverage:
    """Whether a line of these kinds could be seen: it was, or its level is here and its writer
    has it."""
    level = _level(kinds[0])
    if count:
        return _of_counted(logs, level, kinds)
    return visibility.judge(
        logs.visible,
        lambda v: v.shows(level, *kinds),
        lambda v: reasons.why_line(v, level, *kinds),
    )


def _of_counted(logs: CombinedLogs, level: Level, kinds: Sequence[Kind]) -> Coverage:
    """What was seen is visible; but only in part where but the first of a session is no DEBUG."""
    quiet = {kind for kind in kinds if level != "DEBUG" and _has_debug(kind)}
    hidden = [v for v in logs.visible if not v.debug and quiet & v.kinds]
    if not hidden:
        return Coverage("yes", None)
    return Coverage("partly", reasons.why_only_first(hidden[0], level))


def _has_debug(kind: Kind) -> bool:
    return any(spelling.level == "DEBUG" for spelling in BY_KIND[kind].spellings)


def _level(kind: Kind) -> Level:
    """The level that a log must have to show lines of a kind; ERROR if none of them is less."""
    levels = [spelling.level for spelling in BY_KIND[kind].spellings]
    return "WARNING" if levels[0] == "ERROR" and "WARNING" in levels else levels[0]


def _of_rows(logs: CombinedLogs) -> dict[SignalName, Signal]:
    """The signals that are no more than how often lines of the catalogue were there."""
    longest = logs.total.histograms.get("loop_blocked", Histogram()).max
    more: dict[SignalName, dict[str, Any]] = {
        "slow_flushes": {"syntheses": logs.count("tts_metrics")},
        "loop_blocked": {"max_s": seconds(longest)},
    }
    kinds: dict[SignalName, list[Kind]] = {}
    for row in LINES:
        if row.signal is not None:
            kinds.setdefault(row.signal, []).append(row.kind)
    for name, same in kinds.items():
        if name in COUNTED_BY_CALL and (calls := _failing_calls(logs, same)) is not None:
            more.setdefault(name, {})["calls"] = calls
    return {
        name: signal(
            count := logs.count(*same), _coverage(logs, count, *same), **more.get(name, {})
        )
        for name, same in kinds.items()
    }


def _failing_calls(logs: CombinedLogs, kinds: Iterable[Kind]) -> int | None:
    """How many calls such failures fell in; None where calls are not known."""
    calls = set[str]().union(*map(logs.total.other_lines.calls_of, kinds))
    return number_of_calls(calls, logs.basis)


def _false_interruptions(logs: CombinedLogs, exposure: Exposure, limits: Limits) -> Signal:
    count = logs.all_calls("false_interruptions")
    audible = [*map(sub, logs.per_call("false_interruptions"), logs.per_call("phantom"))]
    limit = limits.false_interruptions_per_minute
    minutes = None if exposure.minutes is None else sum(logs.seen_minutes)
    if minutes is not None and 60 * minutes < limits.min_call_time_s:
        minutes = None  # of lines that were cut out of a log thousands a minute would be untrue
    rate = rates.per_minute(audible, logs.seen_minutes, minutes, limit)
    return signal(
        count,
        _stops_coverage(logs, count),
        rate,
        phantom=_phantom(logs, count),
        lost=logs.all_calls("lost") if any(v.turn_log for v in logs.visible) else None,
        per_minute=rate and rate.value,
        interval=rate and [rate.low, rate.high],
    )


def _phantom(logs: CombinedLogs, count: int) -> int | None:
    """How many false interruptions nobody heard; None where the lines do not say how long the
    speech was paused."""
    if count and not any(v.turn_log for v in logs.visible) and not _pauses(logs):
        return None
    return max(logs.count("phantom"), logs.count("phantom_turn_log"))


def _pauses(logs: CombinedLogs) -> int:
    """How many pauses had a length."""
    found = logs.total.histograms.get(PAUSE.name)
    return found.n if found else 0


def _stops_coverage(logs: CombinedLogs, count: int) -> Coverage:
    covered = visibility.judge(logs.visible, shows_stops, reasons.why_false_interruption)
    if covered.observable == "no":
        return Coverage("partly", covered.why) if count else covered
    return _unless_unseen(logs, covered, "false_interruption")


def _unless_unseen(logs: CombinedLogs, covered: Coverage, kind: Kind) -> Coverage:
    """Not seen everywhere where calls have no line at DEBUG, or a version does not log it."""
    shown = [v for v in logs.visible if shows_stops(v)]
    unseen = reasons.why_unseen(shown[0], logs.seen) if shown else ""
    mute = (reasons.why_mute(v, kind) for v in shown)
    why = [*filter(None, (covered.why, unseen, *dict.fromkeys(mute)))]
    return Coverage("partly", "; ".join(why)) if why else covered


def _calls_hit(counts: Sequence[int]) -> int:
    return len(counts) - counts.count(0)


def _sync_warnings(logs: CombinedLogs) -> Signal:
    calls = _calls_hit(logs.per_call("sync"))
    methods = logs.prefixed("sync")
    count = logs.count("sync_warning")
    covered = _coverage(logs, count, "sync_warning")
    return signal(count, covered, by_method=methods, calls=calls)


def _false_cutoffs(logs: CombinedLogs, limits: Limits) -> Signal:
    hits, at_risk = logs.cutoffs if logs.is_whole else cutoffs(logs.judged)
    rate = rates.share(hits, at_risk, "turn", limits.false_cutoff_share)
    return signal(
        sum(hits),
        _unless_masked(logs, _cutoff_coverage(logs), sum(hits)),
        rate,
        turns_at_risk=sum(at_risk),
        share=rate and rate.value,
        interval=rate and [rate.low, rate.high],
        later=logs.all_calls("later"),
        window_s=CUTOFF_WINDOW_S,
    )


def _unless_masked(logs: CombinedLogs, covered: Coverage, hits: int) -> Coverage:
    """Where the words of all turns that went on are masked, each may be a listener's "mm-hm"."""
    if covered.observable == "no" or not logs.all_calls("wordless"):
        return covered
    wordless = sum(call.wordless for call in logs.total.calls.values() if not call.turns)
    if not wordless:
        return covered
    if wordless >= hits:
        return Coverage("no", reasons.why_masked(logs.visible[0], hits))
    why = reasons.some_masked(wordless, hits)
    return Coverage("partly", "; ".join(filter(None, (covered.why, why))))


def _cutoff_coverage(logs: CombinedLogs) -> Coverage:
    covered = visibility.judge(
        logs.visible, lambda v: v.turn_log or (v.debug and v.onsets), reasons.why_cutoff
    )
    if covered.observable == "no":
        return covered
    covered = _unless_unseen(logs, covered, "commit")
    if any(v.turn_log for v in logs.visible):
        return covered
    if _none_is_judged(logs):
        return Coverage("no", reasons.OUT_OF_ORDER)
    if logs.unnamed_turns:
        is_any = any(call.commits > call.unknown for call in logs.judged)
        return Coverage("partly" if is_any else "no", reasons.UNNAMED_TURNS)
    why = f"without the turn log only speech within {CUTOFF_WINDOW_S} s of the commit is counted"
    return Coverage("partly", "; ".join(filter(None, (covered.why, why))))


def _none_is_judged(logs: CombinedLogs) -> bool:
    """Whether no turn could be judged by the one behind it, although there are some."""
    if not (unjudged := logs.all_calls("unknown")):
        return False
    first = sum(call.commits > 0 for call in logs.total.calls.values())
    return logs.all_calls("commits") <= first + unjudged


def _vad_slow(logs: CombinedLogs) -> Signal:
    worst = logs.total.histograms.get("vad_slow", Histogram()).max
    calls = _calls_hit(logs.per_call("vad_slow"))
    count = logs.count("vad_slow")
    covered = _coverage(logs, count, "vad_slow")
    return signal(count, covered, calls=calls, max_delay_s=seconds(worst))


def _interruptions(logs: CombinedLogs) -> Signal:
    outcomes = logs.prefixed("interruption")
    dead = logs.total.histograms.get("dead_air", Histogram()).quantiles(0.5, 0.9)
    return signal(
        logs.count("interruption"),
        visibility.judge(logs.visible, lambda v: v.turn_log, reasons.why_turn_log),
        real=outcomes.get("real", 0),
        false=outcomes.get("false", 0),
        backchannel=outcomes.get("backchannel", 0),
        dead_air_s={"p50": seconds(dead[0]), "p90": seconds(dead[1])},
    )


def _connection_quality(logs: CombinedLogs, limits: Limits) -> Signal:
    """Stretches of calls in which sound was lost, late or uneven, of those that were measured."""
    poor, measured = logs.per_call("network_poor"), logs.per_call("network")
    rate = rates.share(poor, measured, "stretch", limits.poor_network_share)
    problems = logs.prefixed("network")
    problems.pop("none", None)
    return signal(
        sum(poor),
        visibility.judge(logs.visible, lambda v: v.network, reasons.why_network),
        rate,
        measured=sum(measured),
        share=rate and rate.value,
        interval=rate and [rate.low, rate.high],
        problems=problems,
        **{name: _p50_p95(logs, f"network_{name}") for name in ("rtt", "jitter")},
    )


def _p50_p95(logs: CombinedLogs, name: str) -> dict[str, float | None]:
    p50, p95 = logs.total.histograms.get(name, Histogram()).quantiles(0.5, 0.95)
    return {"p50": seconds(p50), "p95": seconds(p95)}

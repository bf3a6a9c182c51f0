"""Why the latency of a stage is not visible in an input, and what its owner can turn on."""

from __future__ import annotations

from functools import cache

from tuner.facts import reasons, steps
from tuner.facts.reasons import why
from tuner.facts.visibility import Visibility
from tuner.lines.catalogue.metrics import ROWS
from tuner.names import Kind, Stage

_OWN_LINE: dict[Stage, Kind] = {
    "llm_ttft": "llm_metrics",
    "tts_ttfb": "tts_metrics",
    "end_of_turn_delay": "eou_metrics",
    "transcription_delay": "eou_metrics",
    "realtime_ttft": "realtime_metrics",
}
"""The metrics line of each stage, which holds nothing else: there, its figure is lost."""
_MANY = frozenset(("metrics_object", "own_metrics"))
"""Kinds of lines that may hold the figures of any stage."""
_COARSE = "the times of this log's lines are in whole seconds or undated, too coarse for it"
_COARSE = "the times of this log's lines are in whole seconds or undated, too coarse for it"
_OF_SPEECH: tuple[Stage, ...] = ("llm_ttft", "tts_ttfb")


def why_stage(v: Visibility, stage: Stage) -> str:
    """Why a stage's latency is not here."""
    if stage in v.set_aside:
        return "its figures here cannot be, and were set aside: see the notes"
    if _OWN_LINE[stage] in v.kinds:
        return why(*reasons.without_figures(v), steps.turn_log(v))
    if stage == "realtime_ttft":  # most agents have none
        return _why_not_realtime(v)
    if v.realtime:
        return _why_not_of_realtime(v, stage)
    return reasons.NO_TURN if v.turn_log else _why_no_line(v, stage)


def _why_not_realtime(v: Visibility) -> str:
    """The lines would be at INFO; a log without any says nothing of the agent's kind."""
    if v.lost is not None:
        return v.lost.may_hold()
    if v.livekit and v.levels and not v.info:
        return reasons.why_line(v, "INFO", "realtime_metrics")
    return "no RealtimeModel metrics: not a Realtime agent, or it does not log its metrics"


def _why_not_of_realtime(v: Visibility, stage: Stage) -> str:
    if stage in _OF_SPEECH:
        return "a Realtime model hears and speaks by itself, without this stage"
    return why("with a Realtime model LiveKit logs no figures of turns", steps.turn_log(v))


def _why_no_line(v: Visibility, stage: Stage) -> str:
    """Why no line is here that holds this stage."""
    if v.lost is not None:
        return v.lost.may_hold()
    if not _can_write(v, *_kinds(stage)):
        return reasons.why_never_written(v, _OWN_LINE[stage])
    if v.metrics:
        cause = "this log has metrics lines, but none for this"
        return why(cause, steps.each_metric(v), steps.turn_log(v))
    if not _can_write(v, _OWN_LINE[stage]):
        return _why_no_old_line(v)
    if v.livekit and v.levels and not v.info:
        return reasons.why_line(v, "INFO", _OWN_LINE[stage])
    cause = reasons.no_metrics(v)
    if stage == "end_of_turn_delay" and v.onsets:
        cause = f"{_COARSE}, and {cause}"
    return reasons.unless_no_livekit(v, why(cause, steps.metrics(v), steps.turn_log(v)))


def _why_no_old_line(v: Visibility) -> str:
    if v.shows("DEBUG", "old_metrics"):
        return "no line of this log says that a first token or first audio came"
    return reasons.why_line(v, "DEBUG", "old_metrics")


def _can_write(v: Visibility, *kinds: Kind) -> bool:
    """Whether the log's versions have such lines; those of agents-js are put together as it runs,
    which the atlas does not know."""
    return v.writer.is_node or v.writer.can_write(*kinds)


@cache
def _kinds(stage: Stage) -> tuple[Kind, ...]:
    """The lines of LiveKit's own that hold the stage."""
    return tuple(
        row.kind
        for row in ROWS
        if row.kind not in _MANY
        and any(measure.name.partition("@")[0] == stage for measure in row.measures)
    )

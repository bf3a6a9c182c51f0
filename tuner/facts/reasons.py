"""Why a signal is not visible in an input, and what its owner can turn on."""

from __future__ import annotations

from tuner.facts import steps
from tuner.facts.visibility import Visibility
from tuner.lines.catalogue.row import Level
from tuner.names import Kind

_IN_TURN_LOG: set[Kind] = {"false_interruption", "commit"}
_NO_METRICS = "the app does not call log_metrics"
OUT_OF_ORDER = (
    "the ends of turns are not in the order of time, and the lines have no times to sort them by"
)
_NO_EXTRAS = "this log's layout leaves out the figures beside the messages"


def _unless_no_livekit(v: Visibility, otherwise: str) -> str:
    return otherwise if v.livekit else "this log has no line of the livekit loggers"


def _why(cause: str, *ways: str) -> str:
    """A cause, and the ways to a log that shows more, as far as there are any."""
    return "; ".join((cause, *filter(None, [steps.either(*ways)])))


def why_line(v: Visibility, level: Level, *kinds: Kind) -> str:
    """Why no line of these kinds is here: the writer has none, or its level is left out."""
    if not v.writer.can_write(*kinds):
        return _why_never_written(v, *kinds)
    if v.lost is not None:
        return v.lost.may_hold()
    if level == "DEBUG":
        cause = f"{_who(v)} writes this at DEBUG, and this log has no DEBUG line of {_where(v)}"
        return _unless_no_livekit(v, _why(cause, steps.level(v, "DEBUG"), steps.turn_log(v)))
    line = "INFO line" if level == "INFO" else level
    errors = ", only errors" if v.error and not v.warning else ""
    cause = f"this log has no {line} of {_where(v)}{errors}"
    return _unless_no_livekit(v, _why(cause, steps.level(v, level)))


def _why_never_written(v: Visibility, *kinds: Kind) -> str:
    first = v.writer.first_version(*kinds)
    attach = steps.turn_log(v) if {*kinds} & _IN_TURN_LOG else ""
    if not first:
        return _why(f"{v.writer.package} does not log this", attach)
    return _why(f"{v.writer.name} does not log this", steps.upgrade(v, first), attach)


def _who(v: Visibility) -> str:
    return "agents-js" if v.writer.is_node else "LiveKit"


def _where(v: Visibility) -> str:
    return "the agent" if v.writer.is_node else "livekit.agents"


def why_false_interruption(v: Visibility) -> str:
    """Why a false interruption leaves no trace here."""
    if v.livekit and v.debug and v.writer.can_write("false_interruption"):
        if not v.can_pause:
            return _why("the audio output cannot pause, so there is no line", steps.turn_log(v))
        if v.server_turns:
            cause = "Realtime's server VAD stops the agent without a line"
            return _why(cause, steps.turn_log(v))
    return why_line(v, "DEBUG", "false_interruption")


def why_cutoff(v: Visibility) -> str:
    """Why a cut-off leaves no trace here."""
    if v.server_turns:
        cause = "Realtime's server closes turns without a line"
        return _why(cause, steps.turn_log(v))
    if v.livekit and v.debug and v.writer.can_write("commit"):
        if not v.turns:
            return _why("no line of this log shows a caller's turn", steps.turn_log(v))
        return _why(_NO_EXTRAS, steps.LAYOUT, steps.turn_log(v))
    return why_line(v, "DEBUG", "commit")


def why_openai(v: Visibility) -> str:
    """Why OpenAI responses leave no trace here."""
    if v.realtime and not v.metrics:
        return "Realtime uses a WebSocket, so there are no HTTP lines of OpenAI; see realtime_ttft"
    if v.writer.is_node:
        return "the OpenAI library for Node logs no line for each response"
    if v.lost is not None:
        return v.lost.may_hold()
    cause = "LiveKit mutes the openai, httpx and httpcore loggers"
    return _why(cause, steps.libraries(v), steps.turn_log(v))


def why_times(v: Visibility) -> str:
    """Why responses are here without a processing time."""
    if not v.requests:
        return why_openai(v)
    cause = "openai 3.6 and newer log no headers, so responses are counted but have no times"
    return _why(cause, "set the httpcore2 logger to DEBUG", steps.turn_log(v))


def why_metrics(v: Visibility) -> str:
    """Why a stage's latency is not here."""
    if v.metrics:
        return _why(_NO_EXTRAS, steps.LAYOUT, steps.turn_log(v))
    if v.lost is not None:
        return v.lost.may_hold()
    cause = _no_metrics(v)
    return _unless_no_livekit(v, _why(cause, steps.metrics(v), steps.turn_log(v)))


def _no_metrics(v: Visibility) -> str:
    return "the app does not log its metrics" if v.writer.is_node else _NO_METRICS


def why_end_of_turn(v: Visibility) -> str:
    """Why it is not known how long the ends of turns took."""
    if v.metrics or not v.onsets:
        return why_metrics(v)
    coarse = "the times of this log's lines are in whole seconds or undated, too coarse for it"
    return _why(f"{coarse}, and {_no_metrics(v)}", steps.metrics(v), steps.turn_log(v))


def why_turn_log(v: Visibility) -> str:
    """Why only the turn log shows it."""
    return _why(f"{_who(v)} does not log this", steps.turn_log(v))


def why_network(v: Visibility) -> str:
    """Why nothing is known of the connections of a call."""
    if v.turn_log:
        return "this turn log has no connection quality; make_call writes it for calls in a room"
    return why_turn_log(v)


def why_wire(v: Visibility) -> str:
    """Why connections are not visible."""
    if v.writer.is_node:
        return "the OpenAI library for Node logs no connection"
    if v.lost is not None:
        return v.lost.may_hold()
    return _why("the httpcore loggers are muted", steps.libraries(v), steps.turn_log(v))

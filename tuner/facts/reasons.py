"""Why a signal is not visible in an input, and what to turn on; one function for each signal."""

from __future__ import annotations

from tuner.facts.visibility import Visibility

_NO_EXTRAS = (
    "this log's layout leaves out the figures beside the messages; use LiveKit's own log format "
    "or turn on the turn log"
)
_DEBUG = (
    "LiveKit writes this at DEBUG, and this log has no DEBUG line of livekit.agents; set "
    "LOG_LEVEL=DEBUG or turn on the turn log"
)


def _unless_no_livekit(v: Visibility, otherwise: str) -> str:
    return otherwise if v.livekit else "this log has no line of the livekit loggers"


def why_false_interruption(v: Visibility) -> str:
    """Why a false interruption leaves no trace here."""
    if v.livekit and v.debug and not v.can_pause:
        return "the audio output cannot pause, so LiveKit writes no line; turn on the turn log"
    if v.livekit and v.debug and v.server_turns:
        return "Realtime's server VAD stops the agent without a line; turn on the turn log"
    return _unless_no_livekit(v, _DEBUG)


def why_cutoff(v: Visibility) -> str:
    """Why a cut-off leaves no trace here."""
    if v.livekit and v.debug and not v.server_turns and not v.onsets:
        return _NO_EXTRAS
    return why_false_interruption(v)


def why_debug(v: Visibility) -> str:
    """Why a line at DEBUG is not here."""
    return _unless_no_livekit(v, _DEBUG)


def why_warning(v: Visibility) -> str:
    """Why a line at WARNING is not here."""
    why = "this log has no WARNING of livekit.agents; set LOG_LEVEL=WARNING or lower"
    return _unless_no_livekit(v, why)


def why_info(v: Visibility) -> str:
    """Why a line at INFO is not here."""
    why = "this log has no INFO line of livekit.agents; set LOG_LEVEL=INFO or lower"
    return _unless_no_livekit(v, why)


def why_openai(v: Visibility) -> str:
    """Why OpenAI responses leave no trace here."""
    if v.realtime and not v.metrics:
        return "Realtime uses a WebSocket, so there are no HTTP lines of OpenAI; see realtime_ttft"
    return (
        "LiveKit mutes the openai, httpx and httpcore loggers; set LIB_LOG_LEVEL=DEBUG or turn on "
        "the turn log"
    )


def why_times(v: Visibility) -> str:
    """Why responses are here without a processing time."""
    if not v.requests:
        return why_openai(v)
    return (
        "openai 3.6 and newer log no headers, so responses are counted but have no times; set the "
        "httpcore2 logger to DEBUG or turn on the turn log"
    )


def why_metrics(v: Visibility) -> str:
    """Why a stage's latency is not here."""
    if v.metrics:
        return _NO_EXTRAS
    why = "the app does not call log_metrics; set LOG_METRICS=true or turn on the turn log"
    return _unless_no_livekit(v, why)


def why_turn_log(_: Visibility) -> str:
    """Why only the turn log shows it."""
    return "LiveKit does not log this; turn on the turn log (TURN_LOG=stdout)"


def why_wire(_: Visibility) -> str:
    """Why connections are not visible."""
    return "the httpcore logger is muted; set LIB_LOG_LEVEL=DEBUG or turn on the turn log"

"""Why OpenAI's responses, their times and connections are not visible in an input, and what its
owner can turn on."""

from __future__ import annotations

from tuner.facts import steps
from tuner.facts.reasons import why
from tuner.facts.visibility import Visibility

_OLDEST = "openai 0.28 does not log this"
_WEBSOCKET = "Realtime uses a WebSocket, so there are no HTTP lines of OpenAI"


def _of_any_line(v: Visibility, of_node: str) -> str:
    """The reason that comes before what lines there are; "" for none. Node has one of its own."""
    if v.realtime:
        return _WEBSOCKET
    if v.writer.is_node:
        return of_node
    return "" if v.lost is None else v.lost.may_hold()


def why_openai(v: Visibility) -> str:
    """Why OpenAI responses leave no trace here."""
    if first := _of_any_line(v, "the OpenAI library for Node logs no line for each response"):
        return first
    cause = "LiveKit mutes the loggers of OpenAI's client"
    if v.call_record is not None:
        cause = "this log has no line of OpenAI's client"
    if v.http:
        cause = "none of the HTTP lines of this log is an answer of OpenAI"
    return why(cause, steps.libraries(v), steps.timed_calls(v))


def why_times(v: Visibility) -> str:
    """Why responses are here without a processing time."""
    if not v.requests:
        return why_openai(v)
    if v.is_oldest:
        return why("no processing_ms can be read in the answers of this log", steps.NEWER_OPENAI)
    if v.kinds & {"http_headers", "openai_call"} or ("openai_response" in v.kinds and not v.is_new):
        cause = "no openai-processing-ms can be read in the answers of this log"
        return why(cause, steps.timed_calls(v))
    cause = "the lines of httpx say that an answer came, not how long it took"
    if "openai_response" in v.kinds:
        cause = "openai 3.4 and newer log no headers, so responses are counted but have no times"
    return why(cause, steps.core(v), steps.timed_calls(v))


def why_wire(v: Visibility) -> str:
    """Why connections are not visible."""
    if first := _of_any_line(v, "the OpenAI library for Node logs no connection"):
        return first
    if v.is_oldest:
        return why(_OLDEST, steps.NEWER_OPENAI)
    if "http_headers" in v.kinds or v.http & {"httpcore", "httpcore2"}:
        cause = "of httpcore this log has other lines, but none of a connection or a new request"
        return why(cause, steps.NOT_CHOSEN, steps.timed_calls(v))
    return why("this log has no line of httpcore", steps.core(v), steps.timed_calls(v))


def shows_retries(v: Visibility) -> bool:
    """Whether openai would say here that it tries again: it does so itself, at INFO."""
    said = v.kinds & {"openai_response", "openai_retry", "openai_call"}
    return v.requests and bool(said or "openai" in v.http)


def why_retries(v: Visibility) -> str:
    """Why answers are here, but not that a request was made again."""
    if not v.requests:
        return why_openai(v)
    cause = "the lines of httpx say what was answered, not that openai tried again"
    return why(cause, steps.openai(v, "INFO"), steps.timed_calls(v))


def shows_timeouts(v: Visibility) -> bool:
    """Whether requests that timed out would be here: openai's own DEBUG lines name them."""
    return not v.is_oldest and bool(v.kinds & {"openai_response", "http_timeout", "openai_call"})


def why_timeouts(v: Visibility) -> str:
    """Why requests that waited for a connection leave no trace here."""
    if not v.requests or v.realtime or v.writer.is_node:
        return why_openai(v)
    if v.is_oldest:
        return why(_OLDEST, steps.NEWER_OPENAI)
    cause = "openai writes this at DEBUG, and this log has no DEBUG line of openai"
    return why(cause, steps.openai(v), steps.timed_calls(v))

"""Lines about stops of the agent in, marks with their cause in words out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuner.calls.model import StopMark
from tuner.calls.notes import is_unheard, number
from tuner.calls.waits import setting
from tuner.redaction.shown import shown
from tuner.whatif.timing import MINIMUM, SILENCE, TIMEOUT

_CAUSES = {
    "false": "a sound without words stopped the agent",
    "lost": "a sound stopped the agent, and the caller spoke, or the reply was cut short, before "
    "it could go on: its reply is lost",
    "backchannel": 'the caller only said something like "mm-hm"',
    "real": "the caller took the turn",
}
_UNHEARD = "a sound held back a reply that nobody had heard yet"


def of_turn_log(
    at: float | None, fields: Mapping[str, Any], settings: Mapping[str, Any]
) -> StopMark:
    """The mark of an `interruption` line."""
    outcome = shown("outcome", str(fields.get("outcome", ""))) or "unknown"
    words = fields.get("words")
    sound = number(fields, "user_speech")
    unheard = is_unheard(fields)
    return StopMark(
        at=at,
        outcome=outcome,
        audible=fields.get("agent_audible") is not False,
        sound_s=sound,
        dead_air_s=number(fields, "dead_air"),
        words=words if isinstance(words, int) else None,
        cause=_UNHEARD if unheard else _cause(outcome, fields, sound, settings),
    )


def of_debug_line(
    at: float | None, fields: Mapping[str, Any], settings: Mapping[str, Any]
) -> StopMark:
    """The mark of LiveKit's own line about a false interruption."""
    timeout = fields.get("timeout")
    audible = timeout != 0
    cause = _CAUSES["false"] + _waited(timeout, settings) if audible else _UNHEARD
    return StopMark(at, "false", audible, None, None, None, cause)


def _cause(
    outcome: str, fields: Mapping[str, Any], sound: float | None, settings: Mapping[str, Any]
) -> str:
    cause = _CAUSES.get(outcome, "something stopped the agent")
    if outcome in ("false", "lost"):
        cause += _reached(sound, settings)
    if outcome == "false":
        cause += (
            _waited(None, settings)
            if fields.get("resumed") is not False
            else ("; it did not go on")
        )
    return cause


def _reached(sound: float | None, settings: Mapping[str, Any]) -> str:
    """Why the sound was long enough, where the settings say so."""
    least, silence = setting(settings, MINIMUM), setting(settings, SILENCE)
    if sound is None or least is None:
        return ""
    counted = sound + (silence or 0.0)
    if counted < least:
        return ""
    added = f", to which LiveKit adds the VAD's {silence:g} s" if silence and sound < least else ""
    return f" ({MINIMUM} is {least:g} s{added})"


def _waited(timeout: Any, settings: Mapping[str, Any]) -> str:
    seconds = timeout if isinstance(timeout, int | float) else setting(settings, TIMEOUT)
    return f"; it went on {seconds:g} s after the sound" if seconds else "; it went on"

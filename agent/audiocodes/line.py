"""What an agent can ask of the telephone side of an AudioCodes call.

line = line_of(context.session)      # in a tool; None in a LiveKit room
line.transfer("tel:+15550100", reason="wants a person")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from agent.audiocodes import messages
from tuner.errors import TunerError
from tuner.livekit.live_session import LiveSession

_DIGITS = frozenset("0123456789*#")
_KEYS = _DIGITS | frozenset("ABCDabcd")
MOST_KEYS = 64
"""So many wait for a session to begin; of more the last count."""


def keys(value: object) -> list[str]:
    """The keys of a DTMF activity; none of a value that is anything else, which no model reads."""
    text = str(value)
    return list(text) if len(text) <= MOST_KEYS and _KEYS.issuperset(text) else []


class BotLine:
    """Activities of one call; each is sent at once, in order."""

    def __init__(self, post: Callable[[bytes], object]) -> None:
        self._post = post

    def hang_up(self, reason: str = "") -> None:
        """End the call; VoiceAI Connect then sends `session.end`."""
        parameters = {"hangupReason": reason} if reason else {}
        self._post(messages.activity("hangup", activityParams=parameters))

    def transfer(self, target: str, reason: str = "") -> None:
        """Hand the caller over to a `sip:` or `tel:` address.

        Raises:
            TunerError: the address is neither.
        """
        if not target.startswith(("sip:", "sips:", "tel:")):
            raise TunerError("a transfer needs a sip: or tel: address", "Give it as tel:+15550100.")
        parameters = {"transferTarget": target} | ({"handoverReason": reason} if reason else {})
        self._post(messages.activity("transfer", activityParams=parameters))

    def send_dtmf(self, digits: str) -> None:
        """Press keys.

        Raises:
            TunerError: not 1 to 20 of `0-9*#`, which VoiceAI Connect would ignore.
        """
        if not 1 <= len(digits) <= 20 or not _DIGITS.issuperset(digits):
            raise TunerError("DTMF is 1 to 20 of 0-9, * and #", "Send longer ones in parts.")
        self._post(messages.activity("sendDtmf", activityParams={"dtmfDigits": digits}))

    def configure(self, **session_params: Any) -> None:
        """Change parameters of the session, such as `bargeIn`, by the vendor's names."""
        self._post(messages.activity("config", sessionParams=_given(session_params)))


def _given(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


_lines: WeakKeyDictionary[LiveSession[Any], BotLine] = WeakKeyDictionary()


def line_of(session: LiveSession[Any]) -> BotLine | None:
    """The line of an AudioCodes call, None for a session without one."""
    return _lines.get(session)


def connect(session: LiveSession[Any], line: BotLine) -> None:
    """Make `line_of` find this line, until `disconnect`."""
    _lines[session] = line


def disconnect(session: LiveSession[Any]) -> None:
    """The call has ended. A line leads back to its session, which would stay for ever."""
    _lines.pop(session, None)

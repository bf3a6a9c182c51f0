"""LiveKit's webhooks: signed reports on rooms, of which callers who come and leave count here."""

from __future__ import annotations

from dataclasses import dataclass

from livekit.api import WebhookReceiver

from agent.phone.names import CALL_ATTRIBUTE
from agent.phone.twilio_request import RefusedError


@dataclass(frozen=True, slots=True)
class CallerEvent:
    """A caller came, or left."""

    call: str
    over: bool


def read(receiver: WebhookReceiver, body: str, token: str) -> CallerEvent | None:
    """The event, None if it is not about a caller of ours.

    Raises:
        RefusedError: not signed by LiveKit with our key, or the body was changed.
    """
    try:
        event = receiver.receive(body, token.removeprefix("Bearer "))
    except Exception:  # the library raises whatever it meets, plain Exception included
        raise RefusedError("livekit signature") from None
    call = event.participant.attributes.get(CALL_ATTRIBUTE, "")
    if not call or event.event not in ("participant_joined", "participant_left"):
        return None
    return CallerEvent(call, event.event == "participant_left")

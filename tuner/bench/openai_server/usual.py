"""What the server says and hears unless a scenario decides."""

from __future__ import annotations

from tuner.bench.model import Asked, Heard, Reply

_REPLIES = (
    "Sure, I can help you with that. Could you tell me your order number, please?",
    "Thank you. I can see the order here. It left our warehouse yesterday evening and it "
    "should reach you on Thursday before noon.",
    "Yes, that is possible.",
    "I have changed the delivery address for you. You will get a message as soon as the "
    "driver is on the way. Is there anything else that I can do for you today?",
    "Of course. The refund takes three to five working days, and it goes back to the card "
    "that you paid with. I am sending you a confirmation by mail right now.",
)


def usual_reply(asked: Asked) -> Reply:
    """Return one of a few service-desk replies, short and long in turn."""
    return Reply(_REPLIES[asked.number % len(_REPLIES)])


def usual_transcript(heard: Heard) -> str:
    """Return a fixed sentence for audio of half a second or more, nothing for less."""
    return "I would like to check my order please." if heard.duration_s >= 0.5 else ""

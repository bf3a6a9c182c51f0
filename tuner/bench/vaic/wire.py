"""Messages of the Bot API as VoiceAI Connect writes and reads them; audio as base64."""

from __future__ import annotations

import base64
import json
from typing import Any

FORMATS = {"raw/lpcm16_24": (24_000, 2), "raw/lpcm16": (16_000, 2), "raw/lpcm16_8": (8_000, 2)}
"""Offered by default: name, Hz, bytes a sample."""

Message = dict[str, Any]


def initiate(conversation_id: str, formats: list[str]) -> Message:
    """The first message of a call."""
    return {
        "conversationId": conversation_id,
        "type": "session.initiate",
        "botName": "latency test",
        "caller": "+15550100",
        "expectAudioMessages": True,
        "supportedMediaFormats": formats,
    }


def start_activity(conversation_id: str) -> Message:
    """The call has been connected."""
    parameters = {"callee": "+15550199", "caller": "+15550100", "callerHost": "sim.invalid"}
    event = {"type": "event", "name": "start", "parameters": parameters}
    return {"conversationId": conversation_id, "type": "activities", "activities": [event]}


def of(conversation_id: str, kind: str, **fields: Any) -> Message:
    """Any other message."""
    return {"conversationId": conversation_id, "type": kind, **fields}


def audio(conversation_id: str, pcm: bytes) -> str:
    """A chunk of the caller's speech, as text for the socket."""
    sound = base64.b64encode(pcm).decode("ascii")
    return json.dumps(of(conversation_id, "userStream.chunk", audioChunk=sound))


def read(text: str) -> Message:
    """One message from the bot.

    Raises:
        ValueError: no JSON object with a type.
    """
    message = json.loads(text)
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ValueError("a message without a type")
    return message


def sound_of(message: Message) -> bytes:
    """The audio of a `playStream.chunk`.

    Raises:
        ValueError: no base64.
    """
    return base64.b64decode(message["audioChunk"], validate=True)

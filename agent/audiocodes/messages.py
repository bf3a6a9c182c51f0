"""The Bot API of AudioCodes in streaming mode: JSON text in, values out, and back.

Names of types and fields are those of the vendor's SDK (ac-bot-api 0.13). Unknown types and fields
are allowed, as in the SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tuner.errors import TunerError


class BadMessage(TunerError):
    """The peer sent something that is no message of the Bot API; its text is not repeated."""


class Activity(msgspec.Struct, rename="camel", frozen=True):
    """One thing that happened on the telephone side: `start`, `DTMF`, `hangup`, ..."""

    type: str = ""
    name: str = ""
    value: Any = None
    parameters: dict[str, Any] | None = None


class Incoming(msgspec.Struct, rename="camel", frozen=True):
    """A message from VoiceAI Connect; a field that its type does not have is empty."""

    type: str
    conversation_id: str = ""
    expect_audio_messages: bool | None = None
    supported_media_formats: tuple[str, ...] | None = None
    audio_chunk: bytes = b""
    activities: tuple[Activity, ...] | None = None


_decoder = msgspec.json.Decoder(Incoming)
_encode = msgspec.json.Encoder().encode


def parse(text: str | bytes) -> Incoming:
    """Read one message; the audio of a chunk is decoded from base64 on the way.

    Raises:
        BadMessage: no JSON, not an object, a field of another type, or base64 that is none.
    """
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise BadMessage("a message that is not one of the Bot API") from None


def message(kind: str, **fields: Any) -> bytes:
    """A message without audio."""
    return _encode({"type": kind, **fields})


def chunk(stream_id: str, audio: bytes) -> bytes:
    """A piece of what the agent says."""
    return _encode({"type": "playStream.chunk", "streamId": stream_id, "audioChunk": audio})


def activity(name: str, **fields: Mapping[str, Any]) -> bytes:
    """Ask the telephone side to do something, such as to hang up."""
    return message("activities", activities=[{"type": "event", "name": name, **fields}])


def error(reason: str, conversation_id: str = "") -> bytes:
    """Refuse or end a session: VoiceAI Connect drops call and socket."""
    about = {"conversationId": conversation_id} if conversation_id else {}
    return message("session.error", reason=reason, **about)

"""Answers `POST /v1/audio/speech` and `GET /v1/models`."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from tuner.bench.model import ServerPlan
from tuner.bench.openai_server import wire_format
from tuner.bench.openai_server.answers import JSON, SSE, EndpointAnswer, Voices, once
from tuner.livekit.wav import wav_bytes

_CHUNK_S = 0.2
MODELS = (
    "gpt-4o-mini",
    "gpt-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-tts",
    "gpt-realtime-2.1",
    "gpt-realtime-2.1-mini",
)


async def speech(request: web.Request, plan: ServerPlan, voices: Voices) -> EndpointAnswer:
    """EndpointAnswer `POST /v1/audio/speech`: PCM or WAV in chunks, or the same PCM as events.

    Formats that need an encoder come back as WAV and are declared as such; clients that
    follow the content type, as the LiveKit plug-in does, play them.
    """
    body: dict[str, Any] = await request.json()
    model, text = str(body.get("model", "")), str(body.get("input", ""))
    pcm = voices.speak(text)
    wait_s = _CHUNK_S / plan.speech_speed
    if body.get("response_format") != "pcm":
        return EndpointAnswer(
            model, "audio/wav", lambda: _paced(wav_bytes(pcm, wire_format.SAMPLE_RATE), wait_s)
        )
    if body.get("stream_format") == "sse":
        return EndpointAnswer(model, SSE, lambda: _speech_events(pcm, text, wait_s))
    return EndpointAnswer(model, "audio/pcm", lambda: _paced(pcm, wait_s))


async def _paced(audio: bytes, wait_s: float) -> AsyncIterator[bytes]:
    size = int(_CHUNK_S * wire_format.SAMPLE_RATE) * 2
    for start in range(0, len(audio), size):
        yield audio[start : start + size]
        await asyncio.sleep(wait_s)


async def _speech_events(pcm: bytes, text: str, wait_s: float) -> AsyncIterator[bytes]:
    async for chunk in _paced(pcm, wait_s):
        yield wire_format.sse(
            {"type": "speech.audio.delta", "audio": base64.b64encode(chunk).decode()}
        )
    tokens_in, tokens_out = len(text) // 4 + 1, len(pcm) // 2 * 20 // wire_format.SAMPLE_RATE
    usage = {
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
    }
    yield wire_format.sse({"type": "speech.audio.done", "usage": usage})


def models(name: str | None) -> EndpointAnswer:
    """EndpointAnswer `GET /v1/models` or `/v1/models/NAME`."""
    listed = [_model(model) for model in MODELS]
    body = _model(name) if name else {"object": "list", "data": listed}
    return EndpointAnswer(name or "", JSON, once(lambda: json.dumps(body).encode()))


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "system"}

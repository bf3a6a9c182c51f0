"""Answers `POST /v1/audio/transcriptions`."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from aiohttp import web

from tuner.bench.model import Heard
from tuner.bench.openai_server import wire_format
from tuner.bench.openai_server.answers import JSON, SSE, EndpointAnswer, Voices, caller_of, once
from tuner.bench.openai_server.server_record import ServerTruth


async def transcription(request: web.Request, voices: Voices, truth: ServerTruth) -> EndpointAnswer:
    """EndpointAnswer `POST /v1/audio/transcriptions`: JSON, text or, with `stream`, events."""
    form = await request.post()
    upload = form.get("file")
    audio = upload.file.read() if isinstance(upload, web.FileField) else b""
    heard = Heard(caller_of(request), *wire_format.pcm_of(audio))

    def text() -> str:
        transcript = voices.transcript_for(heard)
        truth.note_heard(heard, transcript, time.time())
        return transcript

    model = str(form.get("model", ""))
    if str(form.get("stream", "")).lower() == "true":
        return EndpointAnswer(model, SSE, lambda: _transcript_events(text, heard.duration_s))
    wanted = str(form.get("response_format", "json"))
    if wanted == "text":
        return EndpointAnswer(model, "text/plain", once(lambda: (text() + "\n").encode()))
    verbose = wanted == "verbose_json"
    return EndpointAnswer(model, JSON, once(lambda: _transcript_json(text(), heard, verbose)))


def _transcript_json(text: str, heard: Heard, verbose: bool) -> bytes:
    if verbose:
        extra = {"language": "english", "duration": heard.duration_s, "segments": []}
        return json.dumps({"task": "transcribe", "text": text, **extra}).encode()
    return json.dumps({"text": text, "usage": transcript_usage(text, heard.duration_s)}).encode()


def transcript_usage(text: str, duration_s: float) -> dict[str, Any]:
    """Return the token usage of one transcription; about ten audio tokens a second."""
    audio, output = max(1, round(duration_s * 10)), len(text) // 4 + 1
    details = {"audio_tokens": audio, "text_tokens": 0}
    total = audio + output
    return {
        "type": "tokens",
        "input_tokens": audio,
        "input_token_details": details,
        "output_tokens": output,
        "total_tokens": total,
    }


async def _transcript_events(text: Callable[[], str], duration_s: float) -> AsyncIterator[bytes]:
    transcript = text()
    for token in wire_format.tokens_of(transcript):
        yield wire_format.sse({"type": "transcript.text.delta", "delta": token})
    usage = transcript_usage(transcript, duration_s)
    yield wire_format.sse({"type": "transcript.text.done", "text": transcript, "usage": usage})
    yield b"data: [DONE]\n\n"

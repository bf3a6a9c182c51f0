"""Takes one HTTP request of the OpenAI API, gives the answer as a stream of bytes."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tuner.bench.model import Asked, Heard, Reply, ReplyFor, ServerPlan, Speak, TranscriptFor
from tuner.bench.openai_server import wire_format
from tuner.bench.openai_server.server_record import ServerTruth
from tuner.bench.openai_server.server_vad import Judge

Chunks = Callable[[], AsyncIterator[bytes]]

_CHUNK_S = 0.2
_SSE = "text/event-stream; charset=utf-8"
_JSON = "application/json"
MODELS = (
    "gpt-4o-mini",
    "gpt-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-tts",
    "gpt-realtime-2.1",
    "gpt-realtime-2.1-mini",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of a good answer; `chunks` is called when the processing time is over."""

    model: str
    content_type: str
    chunks: Chunks


@dataclass(frozen=True, slots=True)
class Voices:
    """What the server says and hears: replies, transcripts, the sound of speech.

    `ears` makes the judge of one Realtime call's audio; without it loudness decides.
    """

    reply_for: ReplyFor
    transcript_for: TranscriptFor
    speak: Speak
    ears: Callable[[], Judge] | None = None


def caller_of(request: web.Request) -> str:
    """Return who asks: the header `x-bench-call`, else the API key."""
    named = request.headers.get("x-bench-call")
    return named or request.headers.get("Authorization", "").removeprefix("Bearer ")


def once(body: Callable[[], bytes]) -> Chunks:
    """Make a one-chunk stream of a body that is built when it is needed."""

    async def chunks() -> AsyncIterator[bytes]:
        yield body()

    return chunks


# --- chat ---------------------------------------------------------------------------------


async def chat(request: web.Request, plan: ServerPlan, voices: Voices) -> Answer:
    """Answer `POST /v1/chat/completions`, streamed when the request asks for it."""
    body: dict[str, Any] = await request.json()
    model = str(body.get("model", ""))
    reply = voices.reply_for(asked_of(caller_of(request), body))
    head = {"id": f"chatcmpl-{time.time_ns():x}", "created": int(time.time()), "model": model}
    usage = _usage(body, reply)
    if not body.get("stream"):
        whole = {**head, "object": "chat.completion", "choices": [_choice(reply)], "usage": usage}
        return Answer(model, _JSON, once(lambda: json.dumps(whole).encode()))
    wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
    head |= {"object": "chat.completion.chunk"}
    pause = 1 / plan.tokens_per_s
    return Answer(model, _SSE, lambda: _stream(head, reply, usage if wants_usage else None, pause))


def asked_of(caller: str, body: dict[str, Any]) -> Asked:
    """Read out of a chat request what a scripted reply may depend on."""
    messages = body.get("messages") or []
    texts = [_text(m.get("content")) for m in messages if m.get("role") == "user"]
    tools = tuple(t["function"]["name"] for t in body.get("tools") or [] if "function" in t)
    after_tool = bool(messages) and messages[-1].get("role") == "tool"
    last = texts[-1] if texts else ""
    return Asked(
        caller, last, tools, len(texts), after_tool, tuple(texts), _prompt_tokens(messages)
    )


def _text(content: Any) -> str:
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content)
    return str(content or "")


def _wants_tool(reply: Reply) -> list[dict[str, Any]]:
    if reply.tool_call is None:
        return []
    function = {"name": reply.tool_call.name, "arguments": reply.tool_call.arguments}
    return [
        {"index": 0, "id": f"call_{time.time_ns():x}", "type": "function", "function": function}
    ]


def _choice(reply: Reply) -> dict[str, Any]:
    tools = _wants_tool(reply)
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if tools:
        message["tool_calls"] = tools
    return {"index": 0, "message": message, "finish_reason": "tool_calls" if tools else "stop"}


def _prompt_tokens(messages: list[dict[str, Any]]) -> int:
    return 20 + sum(len(_text(message.get("content"))) // 4 for message in messages)


def _usage(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    prompt = _prompt_tokens(body.get("messages") or [])
    completion = len(reply.text) // 4 + (12 if reply.tool_call else 1)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


async def _stream(
    head: dict[str, Any], reply: Reply, usage: dict[str, Any] | None, pause_s: float
) -> AsyncIterator[bytes]:
    def part(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return wire_format.sse({**head, "choices": [choice]})

    yield part({"role": "assistant", "content": ""})
    for token in wire_format.tokens_of(reply.text):
        yield part({"content": token})
        await asyncio.sleep(pause_s)
    tools = _wants_tool(reply)
    if tools:
        yield part({"tool_calls": tools})
    yield part({}, "tool_calls" if tools else "stop")
    if usage is not None:
        yield wire_format.sse({**head, "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


# --- transcription ------------------------------------------------------------------------


async def transcription(request: web.Request, voices: Voices, truth: ServerTruth) -> Answer:
    """Answer `POST /v1/audio/transcriptions`: JSON, text or, with `stream`, events."""
    form = await request.post()
    upload = form.get("file")
    audio = upload.file.read() if isinstance(upload, web.FileField) else b""
    heard = Heard(caller_of(request), *wire_format.pcm_of(audio))

    def text() -> str:
        said = voices.transcript_for(heard)
        truth.note_heard(heard, said, time.time())
        return said

    model = str(form.get("model", ""))
    if str(form.get("stream", "")).lower() == "true":
        return Answer(model, _SSE, lambda: _transcript_events(text, heard.duration_s))
    wanted = str(form.get("response_format", "json"))
    if wanted == "text":
        return Answer(model, "text/plain", once(lambda: (text() + "\n").encode()))
    verbose = wanted == "verbose_json"
    return Answer(model, _JSON, once(lambda: _transcript_json(text(), heard, verbose)))


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
    said = text()
    for token in wire_format.tokens_of(said):
        yield wire_format.sse({"type": "transcript.text.delta", "delta": token})
    usage = transcript_usage(said, duration_s)
    yield wire_format.sse({"type": "transcript.text.done", "text": said, "usage": usage})
    yield b"data: [DONE]\n\n"


# --- speech -------------------------------------------------------------------------------


async def speech(request: web.Request, plan: ServerPlan, voices: Voices) -> Answer:
    """Answer `POST /v1/audio/speech`: PCM or WAV in chunks, or the same PCM as events.

    Formats that need an encoder come back as WAV and are declared as such; clients that
    follow the content type, as the LiveKit plug-in does, play them.
    """
    body: dict[str, Any] = await request.json()
    model, text = str(body.get("model", "")), str(body.get("input", ""))
    pcm = voices.speak(text)
    wait_s = _CHUNK_S / plan.speech_speed
    if body.get("response_format") != "pcm":
        return Answer(model, "audio/wav", lambda: _paced(wire_format.wav_bytes(pcm), wait_s))
    if body.get("stream_format") == "sse":
        return Answer(model, _SSE, lambda: _speech_events(pcm, text, wait_s))
    return Answer(model, "audio/pcm", lambda: _paced(pcm, wait_s))


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
    said, heard = len(text) // 4 + 1, len(pcm) // 2 * 20 // wire_format.SAMPLE_RATE
    usage = {"input_tokens": said, "output_tokens": heard, "total_tokens": said + heard}
    yield wire_format.sse({"type": "speech.audio.done", "usage": usage})


# --- models -------------------------------------------------------------------------------


def models(name: str | None) -> Answer:
    """Answer `GET /v1/models` or `/v1/models/NAME`."""
    listed = [_model(model) for model in MODELS]
    body = _model(name) if name else {"object": "list", "data": listed}
    return Answer(name or "", _JSON, once(lambda: json.dumps(body).encode()))


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "system"}

"""Answers `POST /v1/chat/completions`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from tuner.bench.model import Asked, Reply, ServerPlan
from tuner.bench.openai_server import wire_format
from tuner.bench.openai_server.answers import JSON, SSE, EndpointAnswer, Voices, caller_of, once


async def chat(request: web.Request, plan: ServerPlan, voices: Voices) -> EndpointAnswer:
    """EndpointAnswer `POST /v1/chat/completions`, streamed when the request asks for it."""
    body: dict[str, Any] = await request.json()
    model = str(body.get("model", ""))
    reply = voices.reply_for(asked_of(caller_of(request), body))
    head = {"id": f"chatcmpl-{time.time_ns():x}", "created": int(time.time()), "model": model}
    usage = _usage(body, reply)
    if not body.get("stream"):
        whole = {**head, "object": "chat.completion", "choices": [_choice(reply)], "usage": usage}
        return EndpointAnswer(model, JSON, once(lambda: json.dumps(whole).encode()))
    wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
    head |= {"object": "chat.completion.chunk"}
    pause = 1 / plan.tokens_per_s
    return EndpointAnswer(
        model, SSE, lambda: _stream(head, reply, usage if wants_usage else None, pause)
    )


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

"""Shapes of the real service's HTTP answers: headers, error bodies, events, audio packing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from aiohttp import web

from tuner.bench.model import Decision, Kind
from tuner.livekit.wav import read_wav

SAMPLE_RATE = 24_000
_CHARS_PER_S = 15.0

_STATUS = {
    Kind.OK: 200,
    Kind.RATE_LIMITED: 429,
    Kind.NO_QUOTA: 429,
    Kind.SERVER_ERROR: 500,
    Kind.WRONG_KEY: 401,
    Kind.NO_MODEL: 404,
    Kind.NO_ADDRESS: 404,
    Kind.STALL: 0,
    Kind.RESET: 0,
}

_ERRORS = {
    Kind.RATE_LIMITED: (
        "requests",
        "rate_limit_exceeded",
        "Rate limit reached for {model} in organization org-bench on requests per min (RPM): "
        "Limit 500, Used 500, Requested 1. Please try again in {ms}ms.",
    ),
    Kind.NO_QUOTA: (
        "insufficient_quota",
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    Kind.SERVER_ERROR: (
        "server_error",
        None,
        "The server had an error while processing your request.",
    ),
    Kind.WRONG_KEY: (
        "invalid_request_error",
        "invalid_api_key",
        "Incorrect API key provided: sk-*****.",
    ),
    Kind.NO_MODEL: (
        "invalid_request_error",
        "model_not_found",
        "The model `{model}` does not exist or you do not have access to it.",
    ),
    Kind.NO_ADDRESS: ("invalid_request_error", None, "Invalid URL"),
}


def status_of(kind: Kind) -> int:
    """Return the HTTP status of an outcome, 0 when there is no answer at all."""
    return _STATUS[kind]


def headers_of(request_id: str, decision: Decision, number: int) -> dict[str, str]:
    """Return the headers that the real service sends with every answer, errors included."""
    headers = {
        "openai-version": "2020-10-01",
        "openai-organization": "org-bench",
        "openai-processing-ms": str(round(decision.processing_s * 1000)),
        "x-request-id": request_id,
        "x-ratelimit-limit-requests": "10000",
        "x-ratelimit-remaining-requests": str(max(0, 9999 - number % 500)),
        "x-ratelimit-reset-requests": "6ms",
        "x-ratelimit-limit-tokens": "2000000",
        "x-ratelimit-remaining-tokens": str(max(0, 1999900 - 150 * (number % 500))),
        "x-ratelimit-reset-tokens": "3ms",
    }
    if decision.kind is Kind.RATE_LIMITED:
        headers["retry-after"] = str(max(1, math.ceil(decision.retry_after_s)))
        headers["retry-after-ms"] = str(round(decision.retry_after_s * 1000))
    return headers


def error_of(decision: Decision, model: str) -> dict[str, str | None]:
    """Return the `error` object of a refused request."""
    kind, code, message = _ERRORS[decision.kind]
    milliseconds = round(decision.retry_after_s * 1000)
    text = message.format(model=model or "unknown", ms=milliseconds)
    return {"message": text, "type": kind, "param": None, "code": code}


def error_body(decision: Decision, model: str) -> bytes:
    """Return the JSON body of a refused request."""
    return json.dumps({"error": error_of(decision, model)}).encode()


def cut(request: web.Request) -> web.StreamResponse:
    """Cut the connection without an answer; the value returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def tokens_of(text: str) -> list[str]:
    """Cut a text into pieces as a model streams it: words with the space before them."""
    first, *rest = text.split(" ")
    return [first, *(f" {word}" for word in rest)] if text else []


def sse(event: Mapping[str, Any]) -> bytes:
    """Return one server-sent event with a JSON payload."""
    return b"data: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n"


def pcm_of(upload: bytes) -> tuple[bytes, int]:
    """Return PCM and sample rate of an uploaded WAV file; other bytes count as 24 kHz PCM."""
    return read_wav(upload) if upload.startswith(b"RIFF") else (upload, SAMPLE_RATE)


def hum(text: str) -> bytes:
    """Return PCM (24 kHz) as long as the text takes to say: a tone that swells with syllables.

    Nobody listens to the agent, so real speech would only cost processor time.
    """
    return _hum(max(0.4, round(len(text) / _CHARS_PER_S, 1)))


@lru_cache(maxsize=256)
def _hum(seconds: float) -> bytes:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    swell = 0.5 - 0.5 * np.cos(2 * np.pi * 4.0 * time)
    tone = np.sin(2 * np.pi * 160 * time) + 0.4 * np.sin(2 * np.pi * 480 * time)
    samples = (6000 * swell * tone).astype(np.int16)
    return samples.tobytes()

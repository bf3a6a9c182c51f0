"""What only the servers can answer: do they accept the keys, do the models exist.

Waits at most TIMEOUT_S for each server.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import aiohttp
import openai
from livekit import api

from tuner.livekit import make_client
from tuner.livekit.failures.classify import NEXT_STEP, classify
from tuner.settings.knob_table import KNOBS, Settings

TIMEOUT_S = 5.0
LIVEKIT_VARIABLES = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")
_SCHEMES = ("ws://", "wss://", "http://", "https://")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was checked; `then` says what to do unless it is ok."""

    state: Literal["ok", "note", "wrong"]
    what: str
    then: str = ""

    def __str__(self) -> str:
        return f"  {self.state:6} {self.what}" + (f"\n         {self.then}" if self.then else "")


async def ask(settings: Settings, environ: Mapping[str, str]) -> list[CheckResult]:
    """Ask the servers for which there are keys."""
    results: list[CheckResult] = []
    if environ.get("OPENAI_API_KEY"):
        results += [result async for result in _openai(settings)]
    if all(environ.get(name) for name in LIVEKIT_VARIABLES):
        results.append(await _livekit(environ))
    return results


async def _openai(settings: Settings) -> AsyncIterator[CheckResult]:
    quick = settings.model_copy(
        update={"http_timeout": TIMEOUT_S, "http_connect_timeout": TIMEOUT_S}
    )
    async with make_client(quick) as client:
        try:
            known = {model.id: model async for model in client.models.list()}
        except openai.OpenAIError as error:
            yield _refused(error)
            return
    yield CheckResult("ok", f"OpenAI answers at {client.base_url.host} and accepts the key")
    for env, model in models_in_use(settings).items():
        if model in known:
            yield _usable(env, model, _end_of(known[model]))
        else:
            near = ", ".join(sorted(one for one in known if one.split("-")[0] in model)[:6])
            then = f"This key may use: {near or 'none of that kind'}."
            yield CheckResult("wrong", f"{env}={model} is not among the models of this key", then)


def _usable(env: str, model: str, end: str) -> CheckResult:
    if not end:
        return CheckResult("ok", f"{env}={model} may be used")
    what = f"{env}={model} may be used until {end}, when OpenAI ends it"
    return CheckResult("note", what, f"Choose another model before: {env}.")


def _end_of(model: openai.types.Model) -> str:
    """The `shutdown_date` that OpenAI gives for a model, as a date; "" without one."""
    end = getattr(model, "shutdown_date", None)
    if isinstance(end, (int, float)):
        return datetime.fromtimestamp(end, UTC).date().isoformat()
    return str(end or "")[:10]


def models_in_use(settings: Settings) -> dict[str, str]:
    """The models that this mode asks for, by environment name."""
    pipeline = ("STT_MODEL", "LLM_MODEL", "TTS_MODEL")
    realtime = ("REALTIME_MODEL", "REALTIME_TRANSCRIPTION_MODEL")
    names = pipeline if settings.agent_mode == "pipeline" else realtime
    found = {env: getattr(settings, KNOBS[env].field) for env in names}
    return {env: model for env, model in found.items() if model}


def _refused(error: openai.OpenAIError) -> CheckResult:
    status = getattr(error, "status_code", None)
    what = "wrong key" if status in (401, 403) else "unreachable"
    if isinstance(status, int) and what != "wrong key":
        what = classify("check", error).what
    shown = f" (status {status})" if status else ""
    return CheckResult("wrong", f"OpenAI: {what}{shown}", NEXT_STEP.get(what, ""))


async def _livekit(environ: Mapping[str, str]) -> CheckResult:
    url, key, secret = (environ[name] for name in LIVEKIT_VARIABLES)
    if not url.startswith(_SCHEMES):
        return CheckResult(
            "wrong", "LIVEKIT_URL is not an address", "It begins with wss:// or ws://."
        )
    try:
        async with asyncio.timeout(TIMEOUT_S), api.LiveKitAPI(url, key, secret) as server:
            await server.room.list_rooms(api.ListRoomsRequest())
    except api.TwirpError as error:
        return CheckResult(
            "wrong",
            f"LiveKit refuses the key ({error.code})",
            "Check LIVEKIT_API_KEY and LIVEKIT_API_SECRET against LIVEKIT_URL.",
        )
    except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
        return CheckResult(
            "wrong",
            f"LiveKit does not answer ({type(error).__name__})",
            "Check LIVEKIT_URL and the network.",
        )
    return CheckResult("ok", "LiveKit answers and accepts the key")

"""`python agent.py check`: every value with its origin, and all that would stop a call, at once.

Exit 0 when a call could be served, 2 when something is missing or wrong. Settings without effect
are told, and do not count as wrong. Waits at most TIMEOUT_S for each server.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import aiohttp
import openai
from livekit import api

from agent.prompt import instructions
from tuner.errors import TunerError
from tuner.livekit.failures.spoken import NEXT_STEP, classify
from tuner.livekit.http_client import make_client
from tuner.settings import checks
from tuner.settings.knob_table import KNOBS, Settings
from tuner.settings.resolution import Resolved
from tuner.turn_log.writer import OFF, STDOUT

TIMEOUT_S = 5.0
LIVEKIT_VARIABLES = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")
_SCHEMES = ("ws://", "wss://", "http://", "https://")


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One thing that was looked at; `then` says what to do when it is not well."""

    state: Literal["ok", "note", "wrong"]
    what: str
    then: str = ""

    def __str__(self) -> str:
        return f"  {self.state:6} {self.what}" + (f"\n         {self.then}" if self.then else "")


def main(arguments: Sequence[str]) -> int:
    """Print everything and return the exit code."""
    from agent.app import resolved

    if arguments:
        sys.stderr.write("usage: python agent.py check\n")
        return 2
    try:
        now = resolved()
    except TunerError as error:
        sys.stderr.write(f"agent: {error}\n{error.next_step}\n")
        return 2
    sys.stdout.write(values(now) + "\n")
    found = [*look(now, os.environ), *asyncio.run(ask(now.settings, os.environ))]
    sys.stdout.write("\n".join(map(str, found)) + "\n")
    wrong = [one for one in found if one.state == "wrong"]
    if wrong:
        sys.stderr.write(f"agent: {len(wrong)} thing(s) to mend before a call can be served\n")
    return 2 if wrong else 0


def values(now: Resolved) -> str:
    """Every setting with its value and where it came from, by group."""
    lines = [f"profile {now.name} (named by: {now.how_named})"]
    group = ""
    for env, knob in KNOBS.items():
        if knob.group != group:
            group = knob.group
            lines += ["", group]
        shown = knob.text_with_unit(getattr(now.settings, knob.field))
        shown = shown if len(shown) <= 40 else shown[:37] + "..."
        lines.append(f"  {env:32} {shown:40} {now.origins[env]}")
    return "\n".join(lines) + "\n"


def look(now: Resolved, environ: Mapping[str, str]) -> Iterator[ParsedLine]:
    """What can be seen without asking anybody: settings, variables, files."""
    for warning in now.warnings:
        yield ParsedLine("note", warning)
    for problem in checks.check(now.settings):
        yield ParsedLine("note", f"{problem.kind}: {', '.join(problem.settings)}. {problem.why}")
    yield from _variables(environ)
    yield _prompt(now.settings)
    yield _turn_log(now.settings)


def _variables(environ: Mapping[str, str]) -> Iterator[ParsedLine]:
    for name in ("OPENAI_API_KEY", *LIVEKIT_VARIABLES):
        if environ.get(name, "").strip():
            yield ParsedLine("ok", f"{name} is set")
        else:
            yield ParsedLine("wrong", f"{name} is not set", "Put it into .env or the environment.")
    if "OPENAI_API_VERSION" in environ:
        yield ParsedLine(
            "note",
            "OPENAI_API_VERSION is set: it is ignored here; it would switch Realtime to Azure",
        )


def _prompt(settings: Settings) -> ParsedLine:
    try:
        size = len(instructions(settings))
    except TunerError as error:
        return ParsedLine("wrong", str(error), error.next_step)
    return ParsedLine("ok", f"instructions: {size} characters")


def _turn_log(settings: Settings) -> ParsedLine:
    target = settings.turn_log
    if target in (STDOUT, OFF):
        return ParsedLine("ok", f"turn log: {target}")
    path = Path(target).expanduser()
    place = path if path.exists() else path.parent
    if path.is_dir() or not os.access(place, os.W_OK):
        return ParsedLine(
            "wrong", f"turn log: cannot write {path}", "Set TURN_LOG to a writable path or stdout."
        )
    return ParsedLine("ok", f"turn log: {path}")


async def ask(settings: Settings, environ: Mapping[str, str]) -> list[ParsedLine]:
    """What only the servers can tell: do they answer, do they take the keys and the models."""
    found: list[ParsedLine] = []
    if environ.get("OPENAI_API_KEY"):
        found += [one async for one in _openai(settings)]
    if all(environ.get(name) for name in LIVEKIT_VARIABLES):
        found.append(await _livekit(environ))
    return found


async def _openai(settings: Settings) -> AsyncIterator[ParsedLine]:
    quick = settings.model_copy(
        update={"http_timeout": TIMEOUT_S, "http_connect_timeout": TIMEOUT_S}
    )
    async with make_client(quick) as client:
        try:
            known = {model.id async for model in client.models.list()}
        except openai.OpenAIError as error:
            yield _refused(error)
            return
    yield ParsedLine("ok", f"OpenAI answers at {client.base_url.host} and takes the key")
    for env, model in models_in_use(settings).items():
        if model in known:
            yield ParsedLine("ok", f"{env}={model} may be used")
        else:
            near = ", ".join(sorted(one for one in known if one.split("-")[0] in model)[:6])
            then = f"This key may use: {near or 'none of that kind'}."
            yield ParsedLine("wrong", f"{env}={model} is not among the models of this key", then)


def models_in_use(settings: Settings) -> dict[str, str]:
    """The models that this mode asks for, by environment name."""
    pipeline = ("STT_MODEL", "LLM_MODEL", "TTS_MODEL")
    realtime = ("REALTIME_MODEL", "REALTIME_TRANSCRIPTION_MODEL")
    names = pipeline if settings.agent_mode == "pipeline" else realtime
    found = {env: getattr(settings, KNOBS[env].field) for env in names}
    return {env: model for env, model in found.items() if model}


def _refused(error: openai.OpenAIError) -> ParsedLine:
    status = getattr(error, "status_code", None)
    what = "wrong key" if status in (401, 403) else "unreachable"
    if isinstance(status, int) and what != "wrong key":
        what = classify("check", error).what
    shown = f" (status {status})" if status else ""
    return ParsedLine("wrong", f"OpenAI: {what}{shown}", NEXT_STEP.get(what, ""))


async def _livekit(environ: Mapping[str, str]) -> ParsedLine:
    url, key, secret = (environ[name] for name in LIVEKIT_VARIABLES)
    if not url.startswith(_SCHEMES):
        return ParsedLine("wrong", "LIVEKIT_URL is no address", "It begins with wss:// or ws://.")
    try:
        async with asyncio.timeout(TIMEOUT_S), api.LiveKitAPI(url, key, secret) as server:
            await server.room.list_rooms(api.ListRoomsRequest())
    except api.TwirpError as error:
        return ParsedLine(
            "wrong",
            f"LiveKit refuses the key ({error.code})",
            "Check LIVEKIT_API_KEY and LIVEKIT_API_SECRET against LIVEKIT_URL.",
        )
    except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
        return ParsedLine(
            "wrong",
            f"LiveKit does not answer ({type(error).__name__})",
            "Check LIVEKIT_URL and the network.",
        )
    return ParsedLine("ok", "LiveKit answers and takes the key")

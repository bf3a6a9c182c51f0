"""What a call does when OpenAI fails: never silence without an end.

    once              the caller hears "could you say that again?" and the call goes on
    twice in a row    an apology, and the call ends
    without hope      (wrong key, no quota, unknown model) an apology, and the call ends, at once

LiveKit alone would end a Realtime call without a word, and leave a pipeline call silent until the
fourth failure. The spoken sentences are recordings in `clips/`, since the voice itself may
be what is broken.
"""

from __future__ import annotations

import asyncio
import logging
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectionError, APIError, APITimeoutError
from livekit.agents.voice import AgentSession, CloseEvent
from livekit.agents.voice.events import CloseReason

_CLIPS = Path(__file__).parent / "clips"
_APOLOGY_LIMIT_S = 15.0
_FRAME_S = 0.02
_FATAL_CODES = {
    "invalid_api_key": "wrong key",
    "account_deactivated": "wrong key",
    "insufficient_quota": "no quota",
    "credit_balance_exhausted": "no quota",
    "billing_hard_limit_reached": "no quota",
    "model_not_found": "model refused",
    "invalid_model": "model refused",
}

_log = logging.getLogger("agent")

NEXT_STEP = {
    "wrong key": "Set OPENAI_API_KEY to a valid key; `python agent.py check` tests it.",
    "no quota": "Add credit or raise the limit of the OpenAI project.",
    "model refused": "Name a model that this key may use; `python agent.py check` lists them.",
    "request refused": "Run `python agent.py check`; a setting may not fit the model.",
    "too many requests": "Ask for a higher rate limit, or run fewer calls (MAX_PROCESSES).",
    "server error": "See status.openai.com; MAX_RETRIES says how often a call is tried again.",
    "timed out": "See status.openai.com, or raise HTTP_TIMEOUT.",
    "unreachable": "Check the network and OPENAI_BASE_URL; `python agent.py check` tests both.",
    "failed": "See the lines before this one.",
}
"""What can go wrong, in the words of the turn log, and what to do about it."""

HOPELESS = frozenset({"wrong key", "no quota", "model refused", "request refused"})


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure of a model: which part, what, and the HTTP status if there was one."""

    part: str
    what: str
    status: int | None = None

    @property
    def hopeless(self) -> bool:
        """Whether another attempt would fail as well."""
        return self.what in HOPELESS


def classify(part: str, error: BaseException) -> Failure:
    """Say what an exception means, without repeating its text (it may quote key or body).

    A refused WebSocket is a connection error that was caused by an answer with a status.
    """
    for one in _chain(error):
        if (code := _code(one)) in _FATAL_CODES:
            return Failure(part, _FATAL_CODES[code], _status(one))
        if (status := _status(one)) is not None:
            return Failure(part, _by_status(status), status)
    if any(isinstance(one, APITimeoutError | TimeoutError) for one in _chain(error)):
        return Failure(part, "timed out")
    if isinstance(error, APIConnectionError):
        return Failure(part, "unreachable")
    if isinstance(error, APIError):
        return Failure(part, "failed" if error.retryable else "request refused")
    return Failure(part, "failed")


def by_code(part: str, code: str) -> Failure:
    """Say what OpenAI's own word for an error means."""
    if code in _FATAL_CODES:
        return Failure(part, _FATAL_CODES[code])
    return Failure(part, "too many requests" if "rate_limit" in code else "server error")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it was raised from."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def _status(error: BaseException) -> int | None:
    for name in ("status_code", "status"):
        status = getattr(error, name, None)
        if isinstance(status, int) and status >= 400:
            return status
    return None


def _by_status(status: int) -> str:
    named = {401: "wrong key", 403: "wrong key", 404: "model refused", 408: "timed out"}
    if status in named:
        return named[status]
    if status == 429:
        return "too many requests"
    return "server error" if status >= 500 else "request refused"


def _code(error: BaseException) -> str:
    """OpenAI's own word for the error, if the answer had one."""
    body = getattr(error, "body", None)
    for found in (body, getattr(body, "get", lambda _: None)("error")):
        code = found.get("code") if isinstance(found, dict) else getattr(found, "code", None)
        if isinstance(code, str):
            return code
    return ""


class Patience:
    """Counts failures in a row and says what to do; an answer that is heard starts anew."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def answered(self) -> None:
        """The agent could speak."""
        self._in_a_row = 0

    def failed(self, failure: Failure, *, will_retry: bool) -> str:
        """What to do now: "wait", "ask again" or "goodbye"."""
        if failure.hopeless:
            return "goodbye"
        if will_retry:
            return "wait"
        self._in_a_row += 1
        return "ask again" if self._in_a_row == 1 and failure.part != "realtime" else "goodbye"


class CallSession(AgentSession[None]):
    """A session that apologises before it gives up."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._patience = Patience()
        self._farewell: asyncio.Task[None] | None = None
        self.on_failure: Callable[[str], None] = lambda _: None
        """Is told, in a word, what the call ends for."""
        self.on("agent_state_changed", self._on_state)

    def _on_state(self, event: Any) -> None:
        if event.new_state == "speaking" and self._farewell is None:
            self._patience.answered()

    def _on_error(self, error: Any) -> None:
        """Instead of LiveKit's own count of errors; called for every failed attempt."""
        part = str(error.type).removesuffix("_error").removesuffix("_model")
        self.fail(classify(part, error.error), will_retry=error.recoverable)

    def fail(self, failure: Failure, *, will_retry: bool = False) -> None:
        """Do for the caller what this failure calls for; nothing while that is being done."""
        if self._closing or self._closing_task or self._farewell:
            return
        todo = self._patience.failed(failure, will_retry=will_retry)
        if todo == "wait":
            return
        _log.error(
            "%s: %s. %s",
            failure.part,
            failure.what,
            NEXT_STEP[failure.what],
            extra={"status": failure.status, "then": todo},
        )
        if todo == "goodbye":
            self.on_failure(failure.what)
        self._farewell = asyncio.create_task(self._apologise(todo))

    async def aclose(self) -> None:
        """End the call from outside: the server stops, or drains too long."""
        await self._aclose_impl(reason=CloseReason.JOB_SHUTDOWN)

    async def _aclose_impl(self, *, reason: CloseReason, **more: Any) -> None:
        """Close; a Realtime connection that failed raises here once more and would stop it."""
        told: list[CloseEvent] = []
        self.once("close", told.append)
        try:
            await super()._aclose_impl(reason=reason, **more)
        except APIError:
            if not told:
                self.emit("close", CloseEvent(reason=reason))
            if self._room_io is not None:
                await self._room_io.aclose()

    async def _apologise(self, todo: str) -> None:
        try:
            await asyncio.wait_for(self._speak(todo), _APOLOGY_LIMIT_S)
        except Exception:
            _log.warning("the apology could not be played", exc_info=True)
        finally:
            self._farewell = None
            if todo == "goodbye":
                self.shutdown(drain=False)

    async def _speak(self, todo: str) -> None:
        if todo == "goodbye":
            await self.interrupt(force=True)
        name, text = SENTENCES[todo]
        handle = self.say(text, audio=frames(_CLIPS / name), add_to_chat_ctx=False)
        await handle.wait_for_playout()


SENTENCES = {
    "ask again": ("again.wav", "Sorry, I had a problem just now. Could you say that again?"),
    "goodbye": (
        "goodbye.wav",
        "I am sorry, there is a technical problem, and I have to end this call. "
        "Please try again later.",
    ),
}
"""Recording and text of what the caller hears."""


async def frames(path: Path) -> AsyncIterator[rtc.AudioFrame]:
    """The frames of a 16-bit mono WAV file."""
    with wave.open(str(path)) as file:
        rate = file.getframerate()
        count = int(rate * _FRAME_S)
        while data := file.readframes(count):
            yield rtc.AudioFrame(data, rate, 1, len(data) // 2)

"""What a call does when OpenAI fails: never silence without an end.

    once              the caller hears "could you say that again?" and the call continues
    twice in a row    an apology, and the call ends
    hopeless          (wrong key, no quota, unknown model) an apology, and the call ends, at once

LiveKit alone would end a Realtime call without a word, and leave a pipeline call silent until the
fourth failure.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from livekit.agents import APIError
from livekit.agents.voice import CloseEvent
from livekit.agents.voice.events import CloseReason

from tuner.livekit.failures.classify import NEXT_STEP, Failure, classify
from tuner.livekit.failures.spoken import recording
from tuner.livekit.live_session import LiveSession

_APOLOGY_LIMIT_S = 15.0
_log = logging.getLogger("agent")


class Patience:
    """Counts failures in a row and says what to do; an answer that is heard resets the count."""

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


class CallSession(LiveSession[None]):
    """A session that apologises before it gives up."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._patience = Patience()
        self._farewell: asyncio.Task[None] | None = None
        self.on_failure: Callable[[str], None] = lambda _: None
        """Called with one word for why the call ends."""
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
        closed: list[CloseEvent] = []
        self.once("close", closed.append)
        try:
            await super()._aclose_impl(reason=reason, **more)
        except APIError:
            if not closed:
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
        text, audio = recording(todo)
        handle = self.say(text, audio=audio, add_to_chat_ctx=False)
        await handle.wait_for_playout()

"""A Realtime reply that never becomes audible: LiveKit reports no error for it, so we do.

A response may fail, stall, or be lost with its connection while the call continues. From the moment
at which a reply is due (one was created, or the caller's words were transcribed) it must be heard
within HTTP_TIMEOUT; a response that the server itself calls failed counts at once.
"""

from __future__ import annotations

import asyncio
from typing import Any

from tuner.livekit.failures.classify import Failure, by_code
from tuner.livekit.failures.session import CallSession
from tuner.livekit.realtime_model import on_connection


class LostReplies:
    """Waits for each reply of one call to become audible."""

    def __init__(self, session: CallSession, limit_s: float) -> None:
        self._session, self._limit_s = session, limit_s
        self._timer: asyncio.TimerHandle | None = None
        self._created = False

    def listen(self) -> None:
        """Follow the session; before it starts."""
        on = self._session.on
        on("speech_created", self._on_reply)
        on("user_input_transcribed", self._on_words)
        on(
            "agent_state_changed",
            lambda e: self._stop_waiting() if e.new_state == "speaking" else None,
        )
        on("user_state_changed", self._on_user_state)
        # a tool takes the time it takes; what it finds becomes a reply of its own
        on("tool_execution_updated", lambda _: self._stop_waiting())
        on("close", lambda _: self._stop_waiting())
        # what the server itself reports of its responses
        on_connection(
            self._session,
            lambda made: made.on("openai_server_event_received", self._on_server_event),
        )

    def _on_reply(self, _: Any) -> None:
        self._created = True
        self._wait()

    def _on_words(self, event: Any) -> None:
        # words may come after a short reply to them is over
        if event.is_final and event.transcript and not self._created:
            self._wait()

    def _on_user_state(self, event: Any) -> None:
        if event.new_state == "speaking":
            self._created = False
            self._stop_waiting()

    def _on_server_event(self, event: dict[str, Any]) -> None:
        response = event.get("response") or {}
        if event.get("type") != "response.done" or response.get("status") != "failed":
            return
        error = (response.get("status_details") or {}).get("error") or {}
        self._stop_waiting()
        self._session.fail(by_code("reply", str(error.get("code") or error.get("type") or "")))

    def _wait(self) -> None:
        if self._timer is None and self._session.agent_state != "speaking":
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._limit_s, self._timed_out)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _timed_out(self) -> None:
        self._timer = None
        self._session.fail(Failure("reply", "timed out"))

"""A Realtime connection that breaks, or ends at OpenAI's limit: nothing of the talk is lost.

LiveKit connects again and hands over the conversation. It does not hand over what was not yet part
of it: the words of a turn that the caller has not finished, and the rest of an answer. So the audio
of the open turn is sent again, and the model is asked to continue where the answer broke off.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from livekit.agents import NOT_GIVEN
from livekit.plugins import openai

from tuner.livekit.failures.session import CallSession
from tuner.livekit.realtime_model import on_connection

CONTINUE = (
    "The connection broke while you were answering. You had said: «{words}». Say the rest, without "
    "repeating these words and without a remark about the break."
)
_LONGEST_TURN_S = 30.0
_BEFORE_SPEECH_S = 1.0
_BYTES_A_SECOND = 24_000 * 2 * 4 / 3
"""Of base64."""


class OpenTurn:
    """The caller's audio, as events for OpenAI, since the last turn that OpenAI has taken."""

    def __init__(self) -> None:
        self.speaking = False
        self._events: deque[dict[str, Any]] = deque()
        self._held_s = 0.0

    def add(self, event: dict[str, Any]) -> None:
        """One `input_audio_buffer.append` goes out."""
        self._events.append(event)
        self._held_s += len(event["audio"]) / _BYTES_A_SECOND
        longest_s = _LONGEST_TURN_S if self.speaking else _BEFORE_SPEECH_S
        while self._held_s > longest_s:
            self._held_s -= len(self._events.popleft()["audio"]) / _BYTES_A_SECOND

    def take(self) -> list[dict[str, Any]]:
        """Everything; nothing is kept."""
        events = list(self._events)
        self._events.clear()
        self._held_s, self.speaking = 0.0, False
        return events


class Reconnection:
    """Follows the connections of one call."""

    def __init__(self, session: CallSession) -> None:
        self._session = session
        self._turn = OpenTurn()
        self._words: list[str] | None = None
        """Of the answer that is being given; None between answers."""

    def listen(self) -> None:
        """Follow the session; before it starts."""
        on_connection(self._session, self._follow)

    def _follow(self, model: openai.realtime.RealtimeSession) -> None:
        model.on("openai_client_event_queued", self._on_sent)
        model.on("openai_server_event_received", self._on_received)
        model.on("session_reconnected", lambda _: self._continue(model))

    def _on_sent(self, event: dict[str, Any]) -> None:
        if event["type"] == "input_audio_buffer.append":
            self._turn.add(event)

    def _on_received(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "input_audio_buffer.speech_started":
                self._turn.speaking = True
            case "input_audio_buffer.committed":
                self._turn.take()
            case "response.created":
                self._words = []
            case "response.output_audio_transcript.delta" if self._words is not None:
                self._words.append(event["delta"])
            case "response.done":
                self._words = None

    def _continue(self, model: openai.realtime.RealtimeSession) -> None:
        """Ahead of what waits to be sent, so that the caller's audio keeps its order."""
        waiting = []
        while not model._msg_ch.empty():
            waiting.append(model._msg_ch.recv_nowait())
        for event in [*self._turn.take(), *waiting]:
            model._msg_ch.send_nowait(event)
        if self._words is not None:
            words, self._words = "".join(self._words), None
            request = CONTINUE.format(words=words) if words else NOT_GIVEN
            self._session.generate_reply(instructions=request)

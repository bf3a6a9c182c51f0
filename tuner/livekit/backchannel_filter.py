"""Transcripts in, the same without those that only say "I am listening" while the agent speaks.

LiveKit can wait for words (`min_words`) but not for words that mean something; its own model for
that runs in LiveKit Cloud. So such transcripts are dropped before LiveKit sees them: they stop
nothing, and enter neither the history nor the count of words.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, Callable
from typing import Any

from livekit.agents import Agent, ModelSettings, stt

from tuner.livekit.live_session import LiveSession
from tuner.settings.backchannels import only_backchannels, phrases
from tuner.settings.knob_table import Settings

_TRANSCRIPTS = (
    stt.SpeechEventType.INTERIM_TRANSCRIPT,
    stt.SpeechEventType.PREFLIGHT_TRANSCRIPT,
    stt.SpeechEventType.FINAL_TRANSCRIPT,
)


def ignore_backchannels(agent: Agent, session: LiveSession[Any], settings: Settings) -> None:
    """Let BACKCHANNEL_WORDS alone never stop this agent; call it before `session.start`.

    Nothing changes where the setting is off. It needs streaming speech to text, and
    `min_words` of 1 or more in the session's interruption options (`session_options` sees to that).
    """
    known = phrases(settings.backchannel_words, settings.stt_language)
    if not known or settings.agent_mode == "realtime":
        return
    over_agent = _Overlap(session)
    node: Any = agent.stt_node

    async def stt_node(audio: Any, model_settings: ModelSettings) -> AsyncIterable[Any]:
        events = node(audio, model_settings)
        if inspect.isawaitable(events):
            events = await events
        async for event in _kept(events or _nothing(), known, over_agent):
            yield event

    agent.stt_node = stt_node  # type: ignore[method-assign]


async def _kept(
    events: AsyncIterable[Any], known: frozenset[str], over_agent: Callable[[], bool]
) -> AsyncIterable[Any]:
    async for event in events:
        words = event.type in _TRANSCRIPTS and event.alternatives
        if not (words and over_agent() and only_backchannels(event.alternatives[0].text, known)):
            yield event


async def _nothing() -> AsyncIterable[Any]:
    """What an agent without transcription hears."""
    return
    yield


class _Overlap:
    """Whether what is transcribed was said while the agent spoke; the transcript may come after."""

    def __init__(self, session: LiveSession[Any]) -> None:
        self._session = session
        self._began_over_agent = False
        session.on("user_state_changed", self._on_user_state)

    def _on_user_state(self, event: Any) -> None:
        if event.new_state == "speaking":
            self._began_over_agent = self._session.agent_state == "speaking"

    def __call__(self) -> bool:
        return self._began_over_agent or self._session.agent_state == "speaking"

"""The voice detection asks for clearer speech while the agent talks.

While the agent is audible the caller must be clearly heard to stop it (INTERRUPTION_THRESHOLD);
while the caller has the floor a quiet voice will do (VAD_ACTIVATION_THRESHOLD). LiveKit has no such
setting, so the threshold is moved whenever the agent becomes audible or falls silent. All streams
of this call's VAD follow, so what cannot stop the agent is not transcribed either.
"""

from __future__ import annotations

from typing import Any, Protocol

from livekit.agents import AgentStateChangedEvent

from tuner.livekit.live_session import LiveSession
from tuner.livekit.vad import deactivation
from tuner.settings.knob_table import Settings


class TunableVad(Protocol):
    """A voice detection whose threshold can be changed while it listens."""

    def update_options(self, *, activation_threshold: float, deactivation_threshold: float) -> None:
        """Use these probabilities from the next window on."""


def threshold(settings: Settings, agent_state: str) -> float:
    """The speech probability that counts as speech in this state of the agent."""
    if agent_state == "speaking":
        return settings.interruption_threshold
    return settings.vad_activation_threshold


def follow_floor(session: LiveSession[Any], voice: TunableVad, settings: Settings) -> None:
    """Keep the threshold of this call's voice detection at what the floor asks for."""

    def on_agent_state(event: AgentStateChangedEvent) -> None:
        wanted = threshold(settings, event.new_state)
        voice.update_options(
            activation_threshold=wanted, deactivation_threshold=deactivation(wanted)
        )

    session.on("agent_state_changed", on_agent_state)

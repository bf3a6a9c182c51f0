"""Who the agent is: its prompt and its tools. Change what it does here."""

from __future__ import annotations

from livekit.agents import Agent

from agent.tools import TOOLS
from tuner.livekit import instructions
from tuner.settings.knob_table import Settings


class Assistant(Agent):
    """The agent of one call, with the prompt of the settings and all tools."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(instructions=instructions(settings), tools=list(TOOLS))

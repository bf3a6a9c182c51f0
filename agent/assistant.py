"""Who the agent is: its prompt and its tools. Change what it does here."""

from __future__ import annotations

from collections.abc import Sequence

from livekit.agents import Agent
from livekit.agents.llm import Tool

from agent.tools import TOOLS
from tuner.livekit import instructions
from tuner.settings.knob_table import Settings


class Assistant(Agent):
    """The agent of one call: the prompt of the settings, all tools, and `more` of the call's."""

    def __init__(self, settings: Settings, more: Sequence[Tool] = ()) -> None:
        super().__init__(instructions=instructions(settings), tools=[*TOOLS, *more])

"""What the agent can do besides talking. To add a tool: write a function, list it in TOOLS.

The docstring of a tool is what the model reads to decide when to call it; its arguments are
described there too. Every tool costs prompt tokens on every turn, so keep the list short.
"""

from __future__ import annotations

from typing import Any

from livekit.agents import RunContext, function_tool


@function_tool
async def end_call(context: RunContext[Any]) -> None:
    """End the call. Use it only after the caller has said goodbye and you have answered."""
    await context.wait_for_playout()
    context.session.shutdown(drain=True)


TOOLS = (end_call,)
"""The tools of every call."""

"""What the model can do in a telephone call besides ending it: transfer it, and press keys.

Both are off until their settings name them, because every tool costs prompt tokens on every turn.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from livekit import api, rtc
from livekit.agents import FunctionTool, JobContext, RunContext, ToolError, function_tool

from agent.phone.settings import AgentPhoneSettings

TRANSFER_S = 30.0
"""LiveKit waits that long for the other side to take the call."""
KEY_PAUSE_S = 0.3
"""Between two keys, so that a menu of another company hears each of them."""
CODES = {key: code for code, key in enumerate("0123456789*#")}
"""RFC 4733's codes of the keys."""
FAILED = "The transfer failed. The caller is still here: apologise, and offer something else."
_KEYS = re.compile(r"[0-9*#]{1,32}")
_log = logging.getLogger("agent.phone")

Transfer = Callable[[str], Awaitable[object]]
"""Hands the caller over to a number (E.164)."""


def phone_tools(context: JobContext, settings: AgentPhoneSettings) -> list[FunctionTool[..., Any]]:
    """The tools of one telephone call, as the settings ask for them."""
    tools: list[FunctionTool[..., Any]] = []
    if settings.transfers:
        tools.append(transfer_tool(settings.transfers, lambda to: transfer(context, to)))
    if settings.press_keys:
        tools.append(keys_tool(context.room))
    return tools


async def transfer(context: JobContext, number: str) -> None:
    """Let LiveKit refer the caller to a number: Twilio then asks our `/twilio/refer` what to do."""
    sip = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    caller = next((p for p in context.room.remote_participants.values() if p.kind == sip), None)
    if caller is None:
        raise TimeoutError("the caller has left")
    async with asyncio.timeout(TRANSFER_S):
        await context.transfer_sip_participant(caller, f"tel:{number}", play_dialtone=True)


def transfer_tool(transfers: Mapping[str, str], hand_over: Transfer) -> FunctionTool[..., Any]:
    """A tool that knows destinations by name; the model never sees or chooses a number."""

    async def transfer_call(run: RunContext[Any], destination: str) -> str:
        number = transfers.get(destination.strip().lower())
        if number is None:
            raise ToolError(f"There is no such destination. Choose one of: {', '.join(transfers)}")
        await run.wait_for_playout()
        try:
            await hand_over(number)
        except (api.TwirpError, aiohttp.ClientError, TimeoutError) as error:
            _log.error("a transfer to %s failed: %s", destination, type(error).__name__)
            return FAILED
        return "The caller has been transferred. Say nothing more."

    description = (
        "Transfer the caller to a person. Tell the caller before. "
        f"destination is one of: {', '.join(transfers)}"
    )
    return function_tool(transfer_call, name="transfer_call", description=description)


def keys_tool(room: rtc.Room) -> FunctionTool[..., Any]:
    """A tool that presses telephone keys for the caller's side to hear."""

    async def press_keys(run: RunContext[Any], keys: str) -> str:
        if not _KEYS.fullmatch(keys):
            raise ToolError("Give one to 32 keys out of 0-9, * and #, without anything between.")
        await run.wait_for_playout()
        for key in keys:
            await room.local_participant.publish_dtmf(code=CODES[key], digit=key)
            await asyncio.sleep(KEY_PAUSE_S)
        return "pressed"

    description = "Press telephone keys for the other side. keys: 0-9, * and #, such as 12#"
    return function_tool(press_keys, name="press_keys", description=description)

"""A telephone call as the agent meets it: its profile, its keys, and its end.

A job is a telephone call if its metadata say so; LiveKit's dispatch rule gives them
(`agent.phone.livekit_setup`). Every other job is left as it is.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import time
from collections.abc import Callable
from typing import Any

from livekit import rtc
from livekit.agents import FunctionTool, JobContext

from agent.phone.history import channel
from agent.phone.history.row import RowCollector, hashed
from agent.phone.history.stores import open_history
from agent.phone.history.writer import HistoryWriter
from agent.phone.names import CALL_ATTRIBUTE, PROFILE_ATTRIBUTE
from agent.phone.settings import AgentPhoneSettings, read_agent_settings
from agent.phone.tools import phone_tools
from tuner.livekit.live_session import LiveSession
from tuner.turn_log.writer import TurnLog

CALLER_WAIT_S = 5.0
"""How long an agent waits for its caller, who as a rule is there before it."""
NUMBER_ATTRIBUTE = "sip.phoneNumber"
"""The caller's number, as LiveKit's SIP server gives it."""
KEYS_PAUSE_S = 2.0
"""After this long without a key, or at #, the keys are complete."""

_log = logging.getLogger("agent.phone")


settings: Callable[[], AgentPhoneSettings] = functools.cache(read_agent_settings)
"""The settings of this process."""


def check() -> None:
    """Raises SettingsError for what would fail only when a caller dials."""
    if settings().history != "off":
        open_history(settings().history)


def is_phone(context: JobContext) -> bool:
    """Whether the job is a telephone call."""
    return bool(_metadata(context).get("phone"))


async def profile_name(context: JobContext) -> str:
    """The profile that the call asks for; "" if it asks for none.

    The dispatch may name it; else the caller's attributes do, and to see them it joins the room.
    """
    named = _metadata(context).get("profile")
    if is_phone(context):
        await context.connect()
    if isinstance(named, str) or not is_phone(context):
        return named or ""
    try:
        async with asyncio.timeout(CALLER_WAIT_S):
            kind = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
            caller = await context.wait_for_participant(kind=kind)
    except TimeoutError:
        return ""
    return caller.attributes.get(PROFILE_ATTRIBUTE, "")


def another_serves(context: JobContext) -> bool:
    """Whether another agent came before this one: the call was offered twice, and one is enough.

    Two that came at once see each other: if both left, the caller would have none."""
    kind, room = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT, context.room
    agents = [other for other in room.remote_participants.values() if other.kind == kind]
    return any(map(functools.partial(_came_before, room.local_participant), agents))


def _came_before(this: rtc.Participant, other: rtc.Participant) -> bool:
    if this.joined_at is None or other.joined_at is None:
        return True
    return (other.joined_at, other.sid) < (this.joined_at, this.sid)


def tools(context: JobContext) -> list[FunctionTool[..., Any]]:
    """What the model can do besides talking, if this is a telephone call."""
    return phone_tools(context, settings()) if is_phone(context) else []


def call_sid(context: JobContext) -> str:
    """Twilio's name of the call, which the webhook's log has too; "" when it is not known."""
    return _attribute(context, CALL_ATTRIBUTE)


def _attribute(context: JobContext, name: str) -> str:
    people = context.room.remote_participants.values()
    return next(filter(None, (person.attributes.get(name, "") for person in people)), "")


def keep_history(context: JobContext, log: TurnLog, profile: str) -> None:
    """Send a row about the call to the server's process when it ends."""
    if settings().history == "off" or not is_phone(context):
        return
    key = settings().history_key.get_secret_value()
    caller = hashed(_attribute(context, NUMBER_ATTRIBUTE), key)
    job, sid = context.job.id, call_sid(context)
    log.also(RowCollector(job, sid, caller, profile, time.time(), channel.send))


def receive_history() -> None:
    """Write the rows of all calls; called once, by the server's process."""
    if settings().history != "off":
        channel.receive(HistoryWriter(open_history(settings().history)))


def _metadata(context: JobContext) -> dict[str, Any]:
    try:
        found = json.loads(context.job.metadata or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class Keys:
    """Keys that the caller presses, handed over as one text; never logged."""

    def __init__(self, complete: Callable[[str], object]) -> None:
        self._complete = complete
        self._keys = ""
        self._timer: asyncio.TimerHandle | None = None

    def press(self, key: str) -> None:
        """One key; # ends the text."""
        if self._timer is not None:
            self._timer.cancel()
        self._keys += key
        if key == "#":
            self._end()
        else:
            self._timer = asyncio.get_running_loop().call_later(KEYS_PAUSE_S, self._end)

    def _end(self) -> None:
        keys, self._keys = self._keys, ""
        self._complete(keys)


def listen_for_keys(room: rtc.Room, session: LiveSession[Any]) -> None:
    """Give the keys that the caller presses to the model, as if they had been spoken."""

    def complete(keys: str) -> None:
        session.interrupt()
        session.generate_reply(user_input=f"(The caller pressed these keys: {' '.join(keys)})")

    keys = Keys(complete)
    room.on("sip_dtmf_received", lambda event: keys.press(event.digit))


async def hang_up(context: JobContext) -> None:
    """End the caller's call. An agent that only leaves would leave the caller in silence."""
    await context.delete_room()

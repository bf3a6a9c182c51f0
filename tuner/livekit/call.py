"""One call: session, turn log, alerts, failures and voice detection; in a room or without one.

call = make_call(settings, client)
call.session.input.audio = ...       # only without a room
await call.start(room=ctx.room)
...
await call.aclose()
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openai as openai_sdk
from livekit import rtc
from livekit.agents import NOT_GIVEN, Agent, metrics

from tuner.livekit.backchannel_filter import ignore_backchannels
from tuner.livekit.failures.lost_replies import LostReplies
from tuner.livekit.failures.reconnection import Reconnection
from tuner.livekit.failures.session import CallSession
from tuner.livekit.monitoring.alerts import Alerts, alerting
from tuner.livekit.monitoring.call_summary import CallSummary
from tuner.livekit.monitoring.connection_quality import watch_connection
from tuner.livekit.monitoring.prometheus import send
from tuner.livekit.options import room_options, session_options
from tuner.livekit.prompt import instructions
from tuner.livekit.vad import make_vad
from tuner.livekit.vad_threshold import follow_floor
from tuner.settings.knob_table import Settings
from tuner.turn_log.writer import Listener, TurnLog, attach

if TYPE_CHECKING:
    from tuner.livekit.vad import Vad

REALTIME_GREETING = "Greet the caller with these words and nothing else: {greeting}"


@dataclass(frozen=True, slots=True)
class Call:
    """The parts of one call that belong together."""

    settings: Settings
    session: CallSession
    agent: Agent
    log: TurnLog

    async def start(self, room: rtc.Room | None = None) -> None:
        """Begin: connect the models, listen, greet."""
        if room is not None:
            watch_connection(room, self.log)
        await self.session.start(
            self.agent,
            room=NOT_GIVEN if room is None else room,
            room_options=room_options(self.settings),
        )
        self._greet()

    async def aclose(self, reason: str = "closed") -> None:
        """End the call if it has not ended; the turn log is complete afterwards."""
        await self.session.aclose()
        self.log.close(reason)

    def _greet(self) -> None:
        greeting = self.settings.greeting
        if not greeting:
            return
        if self.settings.agent_mode == "realtime":
            # a speech-to-speech model has no voice but its own
            request = REALTIME_GREETING.format(greeting=greeting)
            self.session.generate_reply(instructions=request)
        else:
            self.session.say(greeting)


def make_call(
    settings: Settings,
    client: openai_sdk.AsyncClient,
    *,
    agent: Agent | None = None,
    vad: Vad | None = None,
    profile: str = "",
    turn_log: str = "",
    job_id: str = "",
    room: str = "",
    clock: Callable[[], float] = time.time,
) -> Call:
    """Put one call together; key and address of the client serve the Realtime model too.

    `agent` is any LiveKit agent; without one it has the prompt of the settings and no tools.
    `vad` is a voice detection that no other call uses; without one it is made. `turn_log`
    overrides TURN_LOG; `job_id` and `room` are those of the LiveKit job unless given. `clock`
    gives epoch seconds.

    Raises:
        SettingsError: INSTRUCTIONS_FILE cannot be read.
    """
    agent = agent or Agent(instructions=instructions(settings))
    vad = vad or make_vad(settings)
    session = CallSession(**session_options(settings, client, vad))
    log = attach(
        session,
        settings,
        profile=profile,
        target=turn_log,
        job_id=job_id,
        room=room,
        listeners=_listeners(settings, clock),
        clock=clock,
    )
    follow_floor(session, vad, settings)
    ignore_backchannels(agent, session, settings)
    _listen(session, log, settings)
    return Call(settings, session, agent, log)


def _listeners(settings: Settings, clock: Callable[[], float]) -> list[Listener]:
    listeners: list[Listener] = [alerting(Alerts(settings), clock), CallSummary()]
    if settings.metrics_port is not None:
        listeners.append(send)
    return listeners


def _listen(session: CallSession, log: TurnLog, settings: Settings) -> None:
    """Name failures, notice those that LiveKit does not, and log its metrics where asked."""
    _name_failures(session, log)
    if settings.log_metrics:
        _log_metrics(session)
    if settings.agent_mode == "realtime":  # of a pipeline LiveKit reports every failure itself
        LostReplies(session, settings.http_timeout).listen()
        Reconnection(session).listen()


def _name_failures(session: CallSession, log: TurnLog) -> None:
    def on_failure(reason: str) -> None:
        log.why = reason

    session.on_failure = on_failure


def _log_metrics(session: CallSession) -> None:
    """LiveKit's metrics lines. Past the override that warns: per-turn figures are in our log."""

    def on_metrics(event: Any) -> None:
        metrics.log_metrics(event.metrics)

    plain: Any = rtc.EventEmitter
    plain.on(session, "metrics_collected", on_metrics)

"""One call: session, turn log, alerts, floor and failures put together; in a room or without one.

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
from livekit.agents import NOT_GIVEN, Agent, llm, metrics
from livekit.agents.voice.room_io import AudioInputOptions, RoomOptions

from agent import prompt as texts
from agent.tools import TOOLS
from tuner.livekit.failures.lost_replies import Silence
from tuner.livekit.failures.spoken import CallSession
from tuner.livekit.models import make_vad
from tuner.livekit.monitoring.alerts import Alerts, alerting
from tuner.livekit.monitoring.logging import Summary
from tuner.livekit.monitoring.prometheus import send
from tuner.livekit.options import make_session
from tuner.livekit.vad_threshold import follow_floor
from tuner.settings.knob_table import REALTIME_ONLY_STT, Settings
from tuner.turn_log.writer import Listener, TurnLog, attach

if TYPE_CHECKING:
    from tuner.livekit.models import Vad


@dataclass(frozen=True, slots=True)
class Call:
    """The parts of one call that belong together."""

    settings: Settings
    session: CallSession
    agent: Agent
    log: TurnLog
    silence: Silence | None

    async def start(self, room: rtc.Room | None = None) -> None:
        """Begin: connect the models, listen, greet."""
        await self.session.start(
            self.agent,
            room=NOT_GIVEN if room is None else room,
            room_options=room_options(self.settings),
        )
        if self.silence is not None:
            self.silence.watch(self.agent)
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
            asked = texts.REALTIME_GREETING.format(greeting=greeting)
            self.session.generate_reply(instructions=asked)
        else:
            self.session.say(greeting)


def room_options(settings: Settings) -> RoomOptions:
    """What the room sends us: 16 kHz, as VAD and transcription want it, saves two resamplers."""
    streams = settings.stt_realtime or settings.stt_model.startswith(REALTIME_ONLY_STT)
    wide = settings.agent_mode == "realtime" or streams
    return RoomOptions(audio_input=AudioInputOptions(sample_rate=24_000 if wide else 16_000))


def make_call(
    settings: Settings,
    client: openai_sdk.AsyncClient,
    *,
    profile: str = "",
    voice: Vad | None = None,
    tools: list[llm.Tool] | None = None,
    turn_log: str = "",
    job_id: str = "",
    room: str = "",
    clock: Callable[[], float] = time.time,
) -> Call:
    """Put one call together; key and address of the client serve the Realtime model too.

    `voice` is a VAD that no other call uses (made here if missing); `tools` replaces those of
    `agent.tools`; `turn_log` overrides TURN_LOG; `job_id` and `room` are those of the LiveKit job
    unless given.

    Raises:
        SettingsError: INSTRUCTIONS_FILE cannot be read.
    """
    agent = Agent(
        instructions=texts.instructions(settings),
        tools=list(TOOLS) if tools is None else list(tools),
    )
    voice = voice or make_vad(settings)
    base_url = str(client.base_url)
    session = make_session(settings, client, voice, api_key=client.api_key, base_url=base_url)
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
    follow_floor(session, voice, settings)
    _name_failures(session, log)
    if settings.log_metrics:
        _log_metrics(session)
    silence = None
    if settings.agent_mode == "realtime":
        silence = Silence(session, settings.http_timeout)
        silence.listen()
    return Call(settings, session, agent, log, silence)


def _listeners(settings: Settings, clock: Callable[[], float]) -> list[Listener]:
    listeners: list[Listener] = [alerting(Alerts(settings), clock), Summary()]
    if settings.metrics_port is not None:
        listeners.append(send)
    return listeners


def _name_failures(session: CallSession, log: TurnLog) -> None:
    def on_failure(what: str) -> None:
        log.why = what

    session.on_failure = on_failure


def _log_metrics(session: CallSession) -> None:
    """LiveKit's metrics lines. Past the override that warns: per-turn figures are in our log."""

    def on_metrics(event: Any) -> None:
        metrics.log_metrics(event.metrics)

    plain: Any = rtc.EventEmitter
    plain.on(session, "metrics_collected", on_metrics)

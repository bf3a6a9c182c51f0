"""One call: what VoiceAI Connect sends goes to the session, the session's sound goes back.

It outlives its socket: when one breaks, the call waits for `session.resume` on another. The
session is the library's `Call`, the same as in a LiveKit room, with audio ends of our own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from livekit.agents.voice.events import CloseReason

from agent.audiocodes import line, messages
from agent.audiocodes.agent_audio import AgentAudio
from agent.audiocodes.caller_audio import CallerStream
from agent.audiocodes.counts import Counts
from agent.audiocodes.latency import PathLatency
from agent.audiocodes.media import Decoder, MediaFormat
from agent.audiocodes.messages import Activity, Incoming
from agent.audiocodes.socket import Socket
from agent.audiocodes.sound import connect
from tuner.livekit import Call, room_options
from tuner.livekit.realtime_model import on_connection
from tuner.settings.knob_table import Settings

_log = logging.getLogger("agent")
_SPEAK_ANYWAY_S = 1.0
_HANG_UP_S = 5.0
_CLOSE_S = 15.0
"""A session that has not closed by then is given up: it would hold the place of a call for ever."""

CallMaker = Callable[[str, str], Awaitable[Call]]
"""Makes the call of a conversation id and a dialled number, "" if it is not known; audio ends are
put in afterwards."""


def session_rate(settings: Settings) -> int:
    """What a session with these settings wants to hear, Hz."""
    audio = room_options(settings).get_audio_input_options()
    return audio.sample_rate if audio else 24_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed on for one conversation, and the settings of its audio."""

    conversation_id: str
    heard: MediaFormat
    played: MediaFormat
    rate: int
    """What the session wants to hear, Hz."""
    lead_s: float
    chunk_s: float
    drains: bool = False
    """What was sent before `playStream.stop` is played to its end."""
    by_number: bool = False
    """The profile depends on the number that was dialled."""


class BotConversation:
    """A call that is running, with or without a socket."""

    def __init__(
        self, terms: Terms, make_call: CallMaker, latency: PathLatency, counts: Counts
    ) -> None:
        self.terms = terms
        self.socket: Socket | None = None
        self._make_call, self._latency, self._counts = make_call, latency, counts
        self._decoder = Decoder(terms.heard, terms.rate)
        self._caller = CallerStream(terms.rate, latency, counts)
        self._agent = AgentAudio(
            terms.played, terms.lead_s, terms.chunk_s, latency, counts, drains=terms.drains
        )
        self._listening = False  # between userStream.start and userStream.stop
        self._speaking = self._turn_open = False
        self._pressed: list[str] = []  # keys, until the session is up
        self._dialled: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._ended = asyncio.Event()
        self._caller_left = False
        self._call: Call | None = None
        self._started = False

    async def run(self) -> None:
        """Hold the call to its end; in a task of its own, whose context is the call's."""
        began = self._latency.now()
        player = asyncio.ensure_future(self._agent.run())
        try:
            self._call = await self._make_call(self.terms.conversation_id, await self._number())
            self._listen_at(session_rate(self._call.settings))
            async with connect(self._call.session, self._caller, self._agent):
                self._follow(self._call)
                await self._start(self._call)
                self._latency.since(began, "connect")
                await self._ended.wait()
                await self._close(self._call)
        finally:
            self._caller.close()
            player.cancel()
            if self._call is not None:
                line.disconnect(self._call.session)
            await self._say_goodbye()

    async def _number(self) -> str:
        """What was dialled, from the activity `start`; "" when nothing depends on it."""
        if not self.terms.by_number:
            return ""
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self._dialled), _SPEAK_ANYWAY_S)
        return ""

    def _listen_at(self, rate: int) -> None:
        """A profile may want another rate than that of the process; what came before is dropped."""
        if rate != self.terms.rate:
            self._counts.chunks_dropped += self._caller.waiting
            self._decoder = Decoder(self.terms.heard, rate)
            self._caller = CallerStream(rate, self._latency, self._counts)

    async def _start(self, call: Call) -> None:
        try:
            await call.start()
        except Exception:
            call.log.why = "start failed"
            call.log.close("error")
            raise
        self._started = True
        self._hand_over_keys()

    async def _close(self, call: Call) -> None:
        """The session ends as it does in a room when the caller leaves.

        Raises TimeoutError if it does not end.
        """
        if self._caller_left or self.socket is None:
            self._agent.end()
        try:
            async with asyncio.timeout(_CLOSE_S):
                if self._caller_left:
                    await call.session._aclose_impl(reason=CloseReason.PARTICIPANT_DISCONNECTED)
                await call.aclose()
        except TimeoutError:
            call.log.why = "close failed"
            call.log.close("error")
            raise

    async def _say_goodbye(self) -> None:
        """Hang up if the caller is still there, then close the socket."""
        if self.socket is None:
            return
        if not self._caller_left:
            line.BotLine(self.socket.post).hang_up()
            self._ended.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _HANG_UP_S)
        if self.socket is not None:
            await self.socket.close()

    def end(self) -> None:
        """End the call from our side: the server stops."""
        self._ended.set()

    def leave(self) -> None:
        """The caller is gone: `session.end`, or no `session.resume` in time."""
        self._caller_left = True
        self._ended.set()

    def attach(self, socket: Socket, *, speak: bool) -> None:
        """Continue on this socket; `speak` at once, else when VoiceAI Connect is ready."""
        if self.socket is not None:
            self.socket.cut()
        self.socket = socket
        if speak:
            self._agent.attach(socket)
        else:
            asyncio.get_running_loop().call_later(_SPEAK_ANYWAY_S, self._speak, socket)

    def detach(self, socket: Socket) -> bool:
        """This socket is gone; False when another has taken its place."""
        if socket is not self.socket:
            return False
        self.socket, self._listening = None, False
        self._agent.detach()
        if self.over:
            self._agent.end()
        return True

    @property
    def over(self) -> bool:
        """The end has been reached or asked for."""
        return self._ended.is_set()

    def _speak(self, socket: Socket) -> None:
        if socket is self.socket:
            self._agent.attach(socket)

    def _post(self, data: bytes) -> None:
        if self.socket is not None:
            self.socket.post(data)

    def receive(self, message: Incoming, received_at: float) -> None:
        """Deal with one message; a type that is unknown is ignored, as by the vendor's SDK."""
        if message.type == "userStream.chunk":
            self._hear(message.audio_chunk, received_at)
            return
        match message.type:
            case "userStream.start":
                self._listen(True)
            case "userStream.stop":
                self._listen(False)
            case "activities":
                for activity in message.activities or ():
                    self._activity(activity)
            case "session.end":
                self.leave()
        self._latency.since(received_at, "message")

    def _hear(self, audio: bytes, received_at: float) -> None:
        if self._listening:
            self._caller.push(self._decoder.decode(audio), received_at)
        else:
            self._counts.chunks_out_of_turn += 1

    def _listen(self, listening: bool) -> None:
        self._listening = listening
        self._post(messages.message("userStream.started" if listening else "userStream.stopped"))
        if self.socket is not None:
            self._agent.attach(self.socket)

    def _activity(self, activity: Activity) -> None:
        name = activity.name.lower()  # the vendor writes DTMF, others dtmf
        if name == "start":
            self._begin(activity)
        elif name == "dtmf":
            self._pressed = (self._pressed + line.keys(activity.value))[-line.MOST_KEYS :]
            self._hand_over_keys()
        elif name == "hangup":
            self.leave()

    def _begin(self, start: Activity) -> None:
        if not self._dialled.done():
            self._dialled.set_result(str((start.parameters or {}).get("callee") or ""))
        if self.socket is not None:
            self._agent.attach(self.socket)

    def _hand_over_keys(self) -> None:
        """Tell the model which keys were pressed; they interrupt it, as a word would."""
        if not self._started or self._call is None or not self._pressed or self._ended.is_set():
            return
        digits, self._pressed = "".join(self._pressed), []
        try:
            self._call.session.interrupt()
            self._call.session.generate_reply(user_input=f"(keys pressed: {digits})")
        except RuntimeError:  # the session is about to end
            _log.warning("keys were pressed while the call was ending")

    def _follow(self, call: Call) -> None:
        """Tell VoiceAI Connect what the session notices, and end with the session."""
        line.connect(call.session, line.BotLine(self._post))
        call.session.on("user_state_changed", self._on_user_state)
        call.session.on("agent_state_changed", self._on_agent_state)
        call.session.on("close", lambda _: self._ended.set())
        if call.settings.turn_detection == "realtime_llm":
            on_connection(call.session, self._follow_server)

    def _follow_server(self, model: Any) -> None:
        """OpenAI notices speech before our own voice detection, and stops the agent for it."""
        model.on("input_speech_started", lambda _: self._heard_speech(True))
        model.on("input_speech_stopped", lambda _: self._heard_speech(False))

    def _on_user_state(self, event: Any) -> None:
        self._heard_speech(event.new_state == "speaking")

    def _heard_speech(self, speaking: bool) -> None:
        if speaking == self._speaking:
            return
        self._speaking = speaking
        self._turn_open = self._turn_open or not speaking
        kind = "userStream.speech.started" if speaking else "userStream.speech.stopped"
        self._post(messages.message(kind))

    def _on_agent_state(self, event: Any) -> None:
        if self._turn_open and event.new_state in ("thinking", "speaking"):
            self._turn_open = False
            self._post(messages.message("userStream.speech.committed"))

"""All calls of this process: begun while there is room, resumed by their id, ended together."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging

from agent.audiocodes import messages
from agent.audiocodes.conversation import BotConversation, CallMaker, Terms, session_rate
from agent.audiocodes.counts import Counts
from agent.audiocodes.latency import PathLatency
from agent.audiocodes.media import choose
from agent.audiocodes.messages import Incoming
from agent.audiocodes.socket import Socket
from tuner.settings.knob_table import Settings

_log = logging.getLogger("agent")
_AGENT_RATE = 24_000
_LONGEST_END_S = 20.0
_LONGEST_ID = 256
"""Characters of a conversation id, which stands in every line of the turn log."""


class Refused(Exception):
    """A session that is not begun; the text is the reason that VoiceAI Connect is given."""

    def __init__(self, reason: str, *, elsewhere: bool = False) -> None:
        super().__init__(reason)
        self.elsewhere = elsewhere
        """Another worker may have the call, or room for it."""


class Conversations:
    """The calls, by conversation id. Make it inside the event loop and the context of the calls."""

    def __init__(
        self,
        settings: Settings,
        make_call: CallMaker,
        latency: PathLatency,
        counts: Counts,
        *,
        by_number: bool = False,
    ) -> None:
        self.draining, self._by_number = False, by_number
        self._settings, self._make_call = settings, make_call
        self._latency, self._counts = latency, counts
        self._running: dict[str, BotConversation] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._waits: dict[str, asyncio.TimerHandle] = {}
        self._context = contextvars.copy_context()

    def __len__(self) -> int:
        return len(self._running)

    @property
    def limit(self) -> int | None:
        """AUDIOCODES_MAX_CALLS; None: no limit."""
        return self._settings.audiocodes_max_calls

    @property
    def grace_s(self) -> float:
        """How long a call waits for its caller."""
        return self._settings.audiocodes_resume_grace

    @property
    def full(self) -> bool:
        """As many calls run as the limit allows."""
        return self.limit is not None and len(self._running) >= self.limit

    def begin(self, message: Incoming, socket: Socket) -> BotConversation:
        """Answer `session.initiate`: accept at once; the models connect meanwhile.

        Raises:
            Refused: full, ending, known already, or no audio format that both sides have.
        """
        terms = self._agree(message)
        conversation = BotConversation(terms, self._make_call, self._latency, self._counts)
        self._running[terms.conversation_id] = conversation
        task = asyncio.get_running_loop().create_task(
            self._hold(conversation), context=self._context.copy()
        )
        self._tasks[terms.conversation_id] = task
        conversation.attach(socket, speak=False)
        self._accept(conversation, socket)
        return conversation

    def resume(self, message: Incoming, socket: Socket) -> BotConversation:
        """Answer `session.resume` on a new socket.

        Raises:
            Refused: no such call, or it has ended.
        """
        conversation = self._running.get(message.conversation_id)
        if conversation is None or conversation.over:
            raise Refused("conversation not found", elsewhere=True)
        self._counts.resumed += 1
        self._wait_no_more(conversation)
        self._accept(conversation, socket)
        conversation.attach(socket, speak=True)
        return conversation

    def lost(self, conversation: BotConversation, socket: Socket) -> None:
        """The socket broke: wait for the caller to come back, AUDIOCODES_RESUME_GRACE at most."""
        if not conversation.detach(socket) or conversation.over:
            return
        self._counts.sockets_lost += 1
        self._wait_no_more(conversation)
        timer = asyncio.get_running_loop().call_later(self.grace_s, self._give_up, conversation)
        self._waits[conversation.terms.conversation_id] = timer

    async def drain(self, limit_s: float) -> None:
        """Take no more calls; wait for those that run, then end them."""
        self.draining = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while self._running:
                    await asyncio.sleep(0.05)
        for conversation in self._running.values():
            conversation.end()
        if tasks := list(self._tasks.values()):
            await asyncio.wait(tasks, timeout=_LONGEST_END_S)

    def _wait_no_more(self, conversation: BotConversation) -> None:
        """Who comes back and is lost again gets the whole time again."""
        if timer := self._waits.pop(conversation.terms.conversation_id, None):
            timer.cancel()

    def _give_up(self, conversation: BotConversation) -> None:
        if conversation.socket is None:
            conversation.leave()

    def _accept(self, conversation: BotConversation, socket: Socket) -> None:
        name = conversation.terms.heard.name
        socket.post(messages.message("session.accepted", mediaFormat=name))

    def _agree(self, message: Incoming) -> Terms:
        self._check(message)
        offered = message.supported_media_formats or ()
        rate = session_rate(self._settings)
        heard, played = choose(offered, rate), choose(offered, _AGENT_RATE)
        if heard is None or played is None:
            raise Refused(
                "no supported media format: raw/lpcm16_24, raw/lpcm16, raw/lpcm16_8, raw/mulaw"
            )
        return Terms(
            message.conversation_id,
            heard,
            played,
            rate,
            lead_s=self._settings.audiocodes_lead_ms / 1000,
            chunk_s=self._settings.audiocodes_chunk_ms / 1000,
            by_number=self._by_number,
            drains=self._settings.audiocodes_after_stop == "drain",
        )

    def _check(self, message: Incoming) -> None:
        if not message.conversation_id:
            raise Refused("conversationId is missing")
        if len(message.conversation_id) > _LONGEST_ID:
            raise Refused(f"conversationId is longer than {_LONGEST_ID} characters")
        if message.conversation_id in self._running:
            raise Refused("the conversation exists already")
        if message.expect_audio_messages is False:
            raise Refused("this bot answers with audio only: enable voice streaming")
        if self.draining:
            raise Refused("the server is about to stop", elsewhere=True)
        if self.full:
            raise Refused("at capacity", elsewhere=True)

    async def _hold(self, conversation: BotConversation) -> None:
        self._counts.calls_started += 1
        try:
            await conversation.run()
        except Exception as error:
            self._counts.calls_failed += 1
            _log.error("a call failed: %s", type(error).__name__, exc_info=error)
        finally:
            self._counts.calls_ended += 1
            self._wait_no_more(conversation)
            self._running.pop(conversation.terms.conversation_id)
            self._tasks.pop(conversation.terms.conversation_id)

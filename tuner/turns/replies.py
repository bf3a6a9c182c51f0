"""What became of the replies to a turn: asked for early or not, thrown away, and their times.

LiveKit may ask the model as soon as a transcript is there, before the turn is closed. Such an early
reply is used if nothing changed until then, else it is thrown away and made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MOST_REPLIES = 32
"""Replies to one turn that are remembered."""


@dataclass(slots=True, eq=False)
class ReplyTimes:
    """One reply by its speech id: asked of the model (the first time and the last), first token,
    complete, voice asked for; epoch seconds, None where not known."""

    began: float | None = None
    requested: float | None = None
    first_token: float | None = None
    complete: float | None = None
    voice: float | None = None


@dataclass(slots=True)
class Replies:
    """The replies since the last turn was answered. `heard` is the id of the one that was heard."""

    heard: str | None = None
    _by_id: dict[str, ReplyTimes] = field(default_factory=dict)

    def requested(self, speech_id: str, at: float) -> ReplyTimes:
        """The model was asked for a reply, whether that came to an end or not."""
        reply = self._of(speech_id)
        reply.began = at if reply.began is None else min(at, reply.began)
        return reply

    def answered(self, speech_id: str, at: float, ttft: float, complete: float) -> None:
        """A request of this time was answered; the last one before the voice counts."""
        reply = self.requested(speech_id, at)
        if reply.voice is not None and at > reply.voice:
            return  # what follows a tool, while the agent already speaks
        reply.requested, reply.complete = at, complete
        reply.first_token = at + ttft if ttft >= 0 else None

    def voiced(self, speech_id: str, asked: float) -> None:
        """A sentence of the reply was asked of the voice: the first one counts."""
        reply = self._of(speech_id)
        reply.voice = asked if reply.voice is None else min(reply.voice, asked)

    def after(self, at: float | None) -> Replies:
        """Those asked for from this time on: they answer the next turn."""
        return Replies(None, {k: one for k, one in self._by_id.items() if _is_after(one, at)})

    def before(self, at: float | None) -> Replies:
        """The others: they answer this turn."""
        mine = {k: one for k, one in self._by_id.items() if not _is_after(one, at)}
        return Replies(self.heard, mine)

    def _of(self, speech_id: str) -> ReplyTimes:
        while len(self._by_id) >= MOST_REPLIES and speech_id not in self._by_id:
            self._by_id.pop(next(iter(self._by_id)))
        return self._by_id.setdefault(speech_id, ReplyTimes())

    def fields(self, committed: float) -> dict[str, Any]:
        """What the line of a turn that was closed at this time says about its reply."""
        reply = self._by_id.get(self.heard or "", ReplyTimes())
        early = [one for one in self._by_id.values() if _is_before(one, committed)]
        used = reply in early
        return {
            "reply_requested": reply.requested,
            "first_token": reply.first_token,
            "reply_complete": reply.complete,
            "voice_requested": reply.voice,
            "early_reply_used": None if reply.began is None else used,
            "early_replies_discarded": None if reply.began is None else len(early) - used,
        }


def _is_after(reply: ReplyTimes, at: float | None) -> bool:
    return at is not None and reply.began is not None and reply.began >= at


def _is_before(reply: ReplyTimes, at: float) -> bool:
    return reply.began is not None and reply.began < at

"""The turn log: one wide JSON line for each thing that happens in a call, without what was said.

    from tuner.turn_log import attach

    session = AgentSession(...)          # any LiveKit agent, also one that knows no profiles
    attach(session)
    await session.start(...)

Lines have the layout of LiveKit's JSON log (`message`, `level`, `name`, fields, `job_id`, `room`,
`pid`, `timestamp`) and logger name `tuner.turns`, whatever the log level is. Where they go is
TURN_LOG: `stdout`, `off`, or the path of a file that is appended to. Messages and fields:
`session started`, `turn`, `interruption`, `sound`, `openai call`, `connection quality`,
`session ended` (see `docs/agent.md`).

LiveKit is not imported: the session is only listened to. A line that cannot be written is
reported once, counted, and never ends a call.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import partial
from typing import Any, Protocol

from tuner.lines.turn_log_lines import Message
from tuner.turn_log.detections import delays, watch
from tuner.turn_log.first_line import Given, running_job, stamp, started
from tuner.turn_log.line_file import OFF, STDOUT, LineFile
from tuner.turn_log.process_use import cpu_s, memory_mb
from tuner.turns.assembler import Line, Turns
from tuner.turns.line import as_line
from tuner.turns.session_events import HANDLERS, OVERLAP, Handler

__all__ = ["OFF", "STDOUT", "Listener", "Session", "TurnLog", "attach", "current"]

_log = logging.getLogger(__name__)
_current: ContextVar[TurnLog | None] = ContextVar("turn_log", default=None)

Listener = Callable[[Message, Mapping[str, Any]], None]
"""Gets message and fields of every line, also when the turn log is off."""


class Session(Protocol):
    """What is needed of a LiveKit `AgentSession`."""

    def on(self, event: Any, callback: Any) -> Any:
        """Call `callback` with each event of this name."""


def attach(
    session: Session,
    settings: Given = None,
    *,
    profile: str = "",
    job_id: str = "",
    room: str = "",
    target: str = "",
    listeners: Sequence[Listener] = (),
    clock: Callable[[], float] = time.time,
) -> TurnLog:
    """Write the turn log of a session; call it before `session.start`.

    The first line stamps the session's own options and, before those, `settings`: `Settings`, what
    `resolution.resolve` gives (its name is then the `profile`), or names and values of your own; a
    name that is no setting raises SettingsError. `target` overrides TURN_LOG. Without
    `job_id` and `room` those of the running LiveKit job are taken. `listeners` see every line.
    """
    name, values, where = stamp(settings, session)
    found_job, found_room = running_job()
    log = TurnLog(
        LineFile(target or where),
        {"job_id": job_id or found_job, "room": room or found_room},
        realtime=values.get("AGENT_MODE") == "realtime",
        listeners=listeners,
        clock=clock,
    )
    _current.set(log)
    log.emit("session started", started(profile or name, values))
    log.listen(session)
    return log


def current() -> TurnLog | None:
    """The turn log of the call that this code runs for, None outside of a call."""
    return _current.get()


class TurnLog:
    """The turn log of one call. `attach` makes it; `openai_call` and `close` may be called."""

    def __init__(
        self,
        file: LineFile,
        ids: Mapping[str, str],
        *,
        realtime: bool = False,
        listeners: Sequence[Listener] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._file, self._ids, self._clock = file, dict(ids), clock
        self._listeners = tuple(listeners)
        self._turns = Turns(realtime=realtime)
        self._counts: Counter[str] = Counter()
        self._usage: Counter[str] = Counter()
        self._began, self._cpu_began = clock(), cpu_s()
        self._closed = False
        self._last: list[Callable[[Any], None]] = []
        self._delays: Callable[[], tuple[float | None, float | None]] = lambda: (None, None)
        self._speech: Callable[[], Any] = lambda: None
        self.why: str | None = None
        """What went wrong, in a word; whoever ends the call because of it says so here."""

    def emit(self, message: Message, fields: Mapping[str, Any]) -> None:
        """Write one line and hand it to the listeners; one that cannot be written is counted."""
        whole = {**fields, **self._ids, "pid": os.getpid()}
        try:
            self._file.write(as_line(message, whole, self._clock()))
        except (TypeError, ValueError, RecursionError):  # a field that no JSON can hold
            self._counts["lost_events"] += 1
        for listener in self._listeners:
            try:
                listener(message, fields)
            except Exception:
                _log.exception("a listener of the turn log failed")

    def also(self, listener: Listener) -> None:
        """Let one more listener hear every line from now on."""
        self._listeners = (*self._listeners, listener)

    def at_end(self, last: Callable[[], list[Line]]) -> None:
        """Write the lines that `last` gives, once, before `session ended`."""
        self._last.append(self._guarded(lambda _: last()))

    def openai_call(self, fields: Mapping[str, Any]) -> None:
        """Write one HTTP attempt against OpenAI."""
        if self._closed:
            return
        self._counts["openai_calls"] += 1
        status = fields.get("status")
        cancelled = fields.get("error") == "cancelled"
        self._counts["openai_failures"] += not cancelled and (status is None or status >= 400)
        self.emit("openai call", fields)

    def close(self, reason: str, at: float | None = None) -> None:
        """End the log: open turns, then `session ended`. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._write([*self._turns.closed(), *self._turns.settled(math.inf)])
        for last in self._last:
            last(None)
        self._file.wait()  # so that the last line counts what was lost
        self.emit("session ended", self._ended(reason, self._clock() if at is None else at))
        self._file.close()

    def listen(self, session: Session) -> None:
        """Subscribe to the session's events."""
        for name, handle in HANDLERS.items():
            session.on(name, self._guarded(partial(self._follow, name, handle)))
        session.on("close", self._guarded(self._session_closed))
        self._delays = partial(delays, session)
        self._speech = partial(getattr, session, "current_speech", None)
        watch(session, current)
        _plain_on(session)("metrics_collected", self._guarded(self._metrics))

    def window(self, probability: float, speech: bool) -> None:
        """Take one window of the voice detection: its probability, and whether it is speech."""
        self._turns.sounds.window(probability, speech)

    def turn_probability(self, probability: float, threshold: float | None) -> None:
        """Take one answer of the turn detector, and the probability below which it waits on."""
        self._turns.sounds.turn_probability(probability, threshold)

    def _follow(self, name: str, handle: Handler, event: Any) -> list[Line]:
        at = self._clock() if name == OVERLAP else event.created_at
        if name == "user_state_changed":
            self._turns.sounds.delays = self._delays()
        if name == "agent_state_changed" and event.new_state == "speaking":
            speech = self._speech()
            self._turns.speaks("" if speech is None else str(speech.id))
        return [*handle(self._turns, event, at), *self._turns.settled(at)]

    def _guarded(self, handle: Callable[[Any], list[Line]]) -> Callable[[Any], None]:
        def on_event(event: Any) -> None:
            try:
                self._write(handle(event))
            except Exception:
                self._counts["lost_events"] += 1
                if self._counts["lost_events"] == 1:
                    _log.exception("the turn log could not follow an event; the call goes on")

        return on_event

    def _write(self, lines: Sequence[Line]) -> None:
        for message, fields in lines:
            self.emit(message, fields)

    def _metrics(self, event: Any) -> list[Line]:
        found = event.metrics
        kind = getattr(found, "type", "")
        if kind == "llm_metrics":
            self._reply_answered(found)
            used = found.prompt_tokens, found.prompt_cached_tokens, found.completion_tokens
            return self._used(*used)
        if kind == "realtime_model_metrics" and found.request_id:
            self._turns.realtime_ttft(found.ttft)
            cached = found.input_token_details.cached_tokens
            return self._used(found.input_tokens, cached, found.output_tokens)
        if kind == "tts_metrics":
            self._reply_voiced(found)
            self._usage["tts_characters"] += found.characters_count
        if kind in ("tts_metrics", "stt_metrics"):
            self._usage[f"{kind[:3]}_audio_ms"] += round(found.audio_duration * 1000)
        return []

    def _reply_answered(self, found: Any) -> None:
        asked, name = found.timestamp - found.duration, found.speech_id
        if name and found.cancelled:
            self._turns.replies.requested(name, asked)
        elif name:
            self._turns.replies.answered(name, asked, found.ttft, found.timestamp)

    def _reply_voiced(self, found: Any) -> None:
        if found.speech_id:
            self._turns.replies.voiced(found.speech_id, found.timestamp - found.duration)

    def _used(self, prompt: int, cached: int, completion: int) -> list[Line]:
        self._usage.update(prompt_tokens=prompt, cached_tokens=cached, completion_tokens=completion)
        return self._turns.usage(prompt, cached, completion)

    def _session_closed(self, event: Any) -> list[Line]:
        reason = getattr(event.reason, "value", event.reason)
        if event.error is not None and self.why is None:
            self.why = str(getattr(event.error, "type", "error"))
        self.close("error" if self.why else str(reason), event.created_at)
        return []

    def _ended(self, reason: str, at: float) -> dict[str, Any]:
        counts = self._turns.counts
        return {
            "reason": reason,
            "error": self.why,
            "duration": round(at - self._began, 3),
            "cpu_s": round(cpu_s() - self._cpu_began, 3),
            "memory_mb": memory_mb(),
            "usage": dict(self._usage),
            "turns": counts["turn"],
            "interruptions": counts["interruption"],
            "false_interruptions": counts["interruption:false"],
            "sounds": self._turns.sounds.heard,
            "openai_calls": self._counts["openai_calls"],
            "openai_failures": self._counts["openai_failures"],
            "lost_lines": self._file.failures + self._counts["lost_events"],
        }


def _plain_on(session: Session) -> Callable[[str, Callable[[Any], None]], Any]:
    """`session.on` without the warning that metrics are to be had elsewhere: some are not."""
    for kind in type(session).__mro__:
        if kind.__name__ == "EventEmitter":
            return lambda event, callback: kind.on(session, event, callback)  # type: ignore[attr-defined]
    return session.on

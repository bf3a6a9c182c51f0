"""Lines of one call in, its turns out: from the turn log, else from LiveKit's own lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tuner.calls.clock import CallClock
from tuner.calls.model import TurnSpan
from tuner.calls.notes import closed_at, commit_delay, number
from tuner.calls.waits import Delays, decided_by, parts
from tuner.execution.call_lines import CallLine
from tuner.lines.catalogue.metrics import UNMEASURED_S
from tuner.lines.catalogue.row import is_possible
from tuner.names import Kind
from tuner.summary.call_counts import CallTotals
from tuner.summary.event_counting import UNDATED

Settings = Mapping[str, Any]


def turn_spans(
    lines: Sequence[CallLine], clock: CallClock, settings: Settings
) -> tuple[TurnSpan, ...]:
    """The turns in the order of time, of the fullest kind of line that the call has."""
    kinds = set(map(_kind, lines))
    if "turn" in kinds:
        turns = [_of_turn_log(line, clock, settings) for line in lines if _kind(line) == "turn"]
        return tuple(sorted(turns, key=lambda turn: turn.at or 0.0))
    if "commit" in kinds:
        return _of_commits(lines, clock, settings)
    return _of_metrics(lines, clock, settings)


def _kind(line: CallLine) -> Kind | None:
    return line.parsed.event.kind if line.parsed.event is not None else None


def _of_turn_log(line: CallLine, clock: CallClock, settings: Settings) -> TurnSpan:
    fields = _fields(line)
    at = {
        name: clock.of_epoch(number(fields, name))
        for name in ("user_started", "user_stopped", "committed", "first_audio")
    }
    delays = Delays(
        _delay(fields, "e2e_latency"),
        _delay(fields, "end_of_turn_delay"),
        _delay(fields, "transcription_delay"),
        _delay(fields, "llm_ttft"),
        _delay(fields, "tts_ttfb"),
    )
    known = [time for time in at.values() if time is not None]
    pauses = fields.get("pauses")
    return TurnSpan(
        at=min(known, default=clock.of_line(line.parsed.record.time)),
        started=at["user_started"],
        stopped=at["user_stopped"],
        committed=at["committed"],
        first_audio=at["first_audio"],
        pauses=tuple(filter(_is_pause, pauses)) if isinstance(pauses, list) else (),
        wait_s=delays.wait,
        parts=parts(delays, settings),
        cut_off=fields.get("resumed_after_commit") is True,
        interrupted=fields.get("interrupted") is True,
        decided_by=decided_by(delays, settings),
    )


def _fields(line: CallLine) -> Mapping[str, Any]:
    event = line.parsed.event
    return event.fields if event is not None else {}


def _is_pause(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _delay(fields: Mapping[str, Any], name: str) -> float | None:
    """A delay as the line has it, if it can be one."""
    value = fields.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if value >= 0 and is_possible(value) else None


def _of_commits(
    lines: Sequence[CallLine], clock: CallClock, settings: Settings
) -> tuple[TurnSpan, ...]:
    """Turns by LiveKit's `user turn committed`; the metrics lines that follow belong to them."""
    turns: list[TurnSpan] = []
    delays: list[Delays] = []
    totals, transcript = CallTotals(), None
    for line in lines:
        kind, fields = _kind(line), _fields(line)
        if kind == "false_interruption":
            totals.pause()
        elif kind == "transcript":
            transcript = _delay(fields, "transcript_delay")
            if isinstance(words := fields.get("words"), int):
                totals.add_words(words)
        elif kind == "commit":
            if _judge(totals, line) and turns:
                turns[-1] = msgspec.structs.replace(turns[-1], cut_off=True)
            turns.append(_of_commit(line, clock))
            closed = commit_delay(line.parsed.record, fields)
            delays.append(Delays(None, closed, transcript))
            transcript = None
        elif delays:
            delays[-1] = _with_metrics(delays[-1], kind, fields)
    return tuple(
        msgspec.structs.replace(
            turn, parts=parts(own, settings), decided_by=decided_by(own, settings)
        )
        for turn, own in zip(turns, delays, strict=True)
    )


def _judge(totals: CallTotals, line: CallLine) -> bool:
    """Whether the turn before this commit was closed too early, as the report counts it."""
    before, fields = totals.cutoffs, _fields(line)
    totals.commit(number(fields, "speech_start_time"), closed_at(line.parsed.record, fields))
    return totals.cutoffs > before


def _of_commit(line: CallLine, clock: CallClock) -> TurnSpan:
    record, fields = line.parsed.record, _fields(line)
    started = clock.of_epoch(number(fields, "speech_start_time"))
    stopped = clock.of_epoch(number(fields, "last_speaking_time"))
    closed = None if record.clock in UNDATED else clock.of_epoch(closed_at(record, fields))
    committed = clock.of_line(record.time) if closed is None else closed
    known = [time for time in (started, stopped, committed) if time is not None]
    bare = _of_delays(min(known, default=None), Delays(), {})
    return msgspec.structs.replace(
        bare, started=started, stopped=stopped, committed=committed, cut_off=False
    )


def _with_metrics(delays: Delays, kind: Kind | None, fields: Mapping[str, Any]) -> Delays:
    """The first figures after a commit are those of its answer."""
    if kind == "llm_metrics" and delays.model is None:
        return delays._replace(model=_delay(fields, "ttft"))
    if kind == "tts_metrics" and delays.voice is None:
        return delays._replace(voice=_delay(fields, "ttfb"))
    if kind == "eou_metrics" and delays.transcript is None:
        return delays._replace(transcript=_delay(fields, "transcription_delay"))
    return delays


def _of_metrics(
    lines: Sequence[CallLine], clock: CallClock, settings: Settings
) -> tuple[TurnSpan, ...]:
    """Turns by metrics lines alone: all that is known of their place is when they were written."""
    turns: list[tuple[float | None, Delays]] = []
    for line in lines:
        kind, fields = _kind(line), _fields(line)
        at = clock.of_line(line.parsed.record.time)
        if kind == "eou_metrics":
            closed = _measured(fields, "end_of_utterance_delay")
            turns.append((at, Delays(None, closed, _measured(fields, "transcription_delay"))))
        elif kind == "realtime_metrics":
            turns.append((at, Delays(model=_delay(fields, "ttft"))))
        elif turns:
            turns[-1] = (turns[-1][0], _with_metrics(turns[-1][1], kind, fields))
    return tuple(_of_delays(at, delays, settings) for at, delays in turns)


def _measured(fields: Mapping[str, Any], name: str) -> float | None:
    """A delay of an EOU line, where LiveKit writes 0 for what it could not measure."""
    value = _delay(fields, name)
    return None if value is None or value < UNMEASURED_S else value


def _of_delays(at: float | None, delays: Delays, settings: Settings) -> TurnSpan:
    return TurnSpan(
        at=at,
        started=None,
        stopped=None,
        committed=None,
        first_audio=None,
        pauses=(),
        wait_s=None,
        parts=parts(delays, settings),
        cut_off=None,
        interrupted=None,
        decided_by=decided_by(delays, settings),
    )

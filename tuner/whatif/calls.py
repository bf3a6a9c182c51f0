"""Events of the turn log in, the calls that a replay needs out.

All times within a turn are seconds after the caller's last speech.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

REACTION_S = 0.2
"""Speech that begins this soon after the agent's first sound is no reaction to it."""
REQUEST_SLACK_S = 0.3
"""An early answer may be requested a little before the end of speech that the log has."""


class LoggedRow(NamedTuple):
    """One event of the turn log: the call, the time of the line (epoch s), kind and fields."""

    call: str
    time: float | None
    kind: str
    fields: Mapping[str, Any]


class Silence(NamedTuple):
    """A silence after which the caller spoke on; `cut` if the turn was closed in it.

    `lasted` is None where the turn was closed and the next speech is not in the log.
    """

    lasted: float | None
    cut: bool


class LoggedAnswer(NamedTuple):
    """One answered turn: transcript, commit, first audio; the chat request's start and end.

    `asked` and `ready` are None where the log has no `openai call` line of the request.
    """

    transcript: float
    commit: float
    audio: float
    asked: float | None
    ready: float | None


class LoggedStop(NamedTuple):
    """A sound that stopped the agent: outcome, length in s, silence it caused in s, words."""

    outcome: str
    sound: float | None
    dead_air: float
    words: int | None


class LoggedCall(NamedTuple):
    """What one call shows. `turns` counts whole turns: a turn closed too early is not one."""

    turns: int
    minutes: float
    silences: tuple[Silence, ...]
    answers: tuple[LoggedAnswer, ...]
    stops: tuple[LoggedStop, ...]
    transcripts: tuple[float, ...]


def gather(rows: Iterable[LoggedRow]) -> tuple[LoggedCall, ...]:
    """The calls that have a turn, in the order of their first line."""
    by_call: dict[str, list[LoggedRow]] = {}
    for row in rows:
        by_call.setdefault(row.call, []).append(row)
    calls = (_call(mine) for key, mine in by_call.items() if key)
    return tuple(call for call in calls if call.turns)


def _call(rows: Sequence[LoggedRow]) -> LoggedCall:
    turns = _turns(rows)
    requests = [request for row in rows if (request := _chat_request(row))]
    resumed = [_resumed(turn, later) for turn, later in _with_next(turns)]
    whole = [turn for turn, silence in zip(turns, resumed, strict=True) if silence is None]
    inside = [Silence(pause, False) for turn in turns for pause in _pauses(turn)]
    answers = [_answer(turn, requests) for turn in whole]
    transcripts = (_number(turn, "transcription_delay") for turn in turns)
    return LoggedCall(
        turns=len(whole),
        minutes=_minutes(rows),
        silences=(*inside, *(silence for silence in resumed if silence is not None)),
        answers=tuple(answer for answer in answers if answer is not None),
        stops=_stops(rows),
        transcripts=tuple(delay for delay in transcripts if delay is not None),
    )


def _turns(rows: Sequence[LoggedRow]) -> list[Mapping[str, Any]]:
    """The turns in order; one that stands twice in the logs counts once."""
    found = (row.fields for row in rows if row.kind == "turn")
    turns = {at: fields for fields in found if (at := _number(fields, "committed")) is not None}
    return [turns[at] for at in sorted(turns)]


def _with_next(
    turns: Sequence[Mapping[str, Any]],
) -> Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    return pairwise([*turns, {}])


def _resumed(turn: Mapping[str, Any], later: Mapping[str, Any]) -> Silence | None:
    """The silence in which the turn was closed too early; None if the caller had finished."""
    stopped, audio = _number(turn, "user_stopped"), _number(turn, "first_audio")
    onset = _number(later, "user_started")
    if turn.get("resumed_after_commit") is True:
        known = stopped is not None and onset is not None and onset > stopped
        return Silence(onset - stopped if known else None, True)  # type: ignore[operator]
    if stopped is None or onset is None or audio is None:
        return None
    return Silence(onset - stopped, True) if onset < audio + REACTION_S else None


def _answer(
    turn: Mapping[str, Any], requests: Sequence[tuple[float, float]]
) -> LoggedAnswer | None:
    stopped, audio = _number(turn, "user_stopped"), _number(turn, "first_audio")
    transcript = _number(turn, "transcription_delay")
    commit = _number(turn, "end_of_turn_delay")
    if stopped is None or audio is None or transcript is None or commit is None:
        return None
    mine = [
        (asked - stopped, ready - stopped)
        for asked, ready in requests
        if stopped - REQUEST_SLACK_S < asked and ready < audio
    ]
    asked, ready = max(mine, key=lambda one: one[1], default=(None, None))
    return LoggedAnswer(transcript, commit, audio - stopped, asked, ready)


def _chat_request(row: LoggedRow) -> tuple[float, float] | None:
    """Start and end (epoch s) of a request for an answer that succeeded."""
    fields, elapsed = row.fields, _number(row.fields, "elapsed_ms")
    right = row.kind == "openai_call" and fields.get("endpoint") == "chat"
    if not right or fields.get("error") or elapsed is None or row.time is None:
        return None
    return (row.time - elapsed / 1000, row.time)


def _stops(rows: Sequence[LoggedRow]) -> tuple[LoggedStop, ...]:
    """What stopped the agent audibly, each sound once."""
    heard = {
        _number(row.fields, "started"): row.fields
        for row in rows
        if row.kind == "interruption" and row.fields.get("agent_audible") is not False
    }
    return tuple(_stop(fields) for fields in heard.values())


def _stop(fields: Mapping[str, Any]) -> LoggedStop:
    words = _number(fields, "words")
    return LoggedStop(
        outcome=str(fields.get("outcome", "")),
        sound=_number(fields, "user_speech"),
        dead_air=_number(fields, "dead_air") or 0.0,
        words=None if words is None else int(words),
    )


def _pauses(turn: Mapping[str, Any]) -> list[float]:
    pauses = turn.get("pauses")
    each = pauses if isinstance(pauses, list) else []
    return [float(pause) for pause in each if _is_number(pause) and pause > 0]


def _minutes(rows: Sequence[LoggedRow]) -> float:
    ended = [_number(row.fields, "duration") for row in rows if row.kind == "session_ended"]
    if ended and ended[-1] is not None:
        return ended[-1] / 60
    times = [row.time for row in rows if row.time is not None]
    return (max(times) - min(times)) / 60 if times else 0.0


def _number(fields: Mapping[str, Any], name: str) -> float | None:
    value = fields.get(name)
    return float(value) if _is_number(value) else None  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

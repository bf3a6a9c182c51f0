"""Events of the turn log in, the calls that a replay needs out.

All times within a turn are seconds after the caller's last speech.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tuner.call_records.detection import could_show
from tuner.whatif.fields import is_number, number
from tuner.whatif.logged import LoggedAnswer, LoggedCall, LoggedRow, LoggedStop, Silence
from tuner.whatif.sounds import (
    NOT_ASKED,
    Detector,
    DetectorAnswer,
    LoggedSound,
    around_pauses,
    sounds_of,
)

__all__ = ["LoggedAnswer", "LoggedCall", "LoggedRow", "LoggedStop", "Silence", "gather"]

REACTION_S = 0.2
"""Speech that begins this soon after the agent's first sound is no reaction to it."""
REQUEST_SLACK_S = 0.3
"""An early answer may be requested a little before the end of speech that the log has."""

LAST_SOUND = 1
"""A sound at the very end of a call is not transcribed any more."""


def gather(rows: Iterable[LoggedRow]) -> tuple[LoggedCall, ...]:
    """The calls that have a turn, in the order of their first line."""
    by_call: dict[str, list[LoggedRow]] = {}
    for row in rows:
        by_call.setdefault(row.call, []).append(row)
    calls = (
        _call(mine)._replace(
            key=key, shows_stops=could_show("false_interruptions", key.removeprefix("job:"))
        )
        for key, mine in by_call.items()
        if key
    )
    return tuple(call for call in calls if call.turns)


def _call(rows: Sequence[LoggedRow]) -> LoggedCall:
    turns = _turns(rows)
    sounds = sounds_of(row.fields for row in rows if row.kind == "sound")
    requests = [request for row in rows if (request := _chat_request(row))]
    each = _transcribed_each(rows, sounds)
    detector = Detector(sounds)
    resumed = [_resumed(turn, later, sounds, each, detector) for turn, later in _with_next(turns)]
    whole = [turn for turn, silence in zip(turns, resumed, strict=True) if silence is None]
    inside = [silence for turn in turns for silence in _inside(turn, sounds, each)]
    answers = [_answer(turn, requests, detector) for turn in whole]
    transcripts = (number(turn, "transcription_delay") for turn in turns)
    return LoggedCall(
        turns=len(whole),
        minutes=_minutes(rows),
        silences=(*inside, *(silence for silence in resumed if silence is not None)),
        answers=tuple(answer for answer in answers if answer is not None),
        stops=_stops(rows, sounds),
        transcripts=tuple(delay for delay in transcripts if delay is not None),
        sounds=sounds,
        transcribed_each=each,
        ended=max((row.time for row in rows if row.time is not None), default=None),
    )


def _transcribed_each(rows: Sequence[LoggedRow], sounds: Sequence[LoggedSound]) -> bool:
    """Whether every sound went to the transcriber by itself: then one without words is noise.

    A streaming transcriber may give the words of two sounds to one of them.
    """
    asked = sum(
        row.kind == "openai_call" and row.fields.get("endpoint") == "transcription" for row in rows
    )
    return len(sounds) > 0 and len(sounds) - asked <= LAST_SOUND


def _turns(rows: Sequence[LoggedRow]) -> list[Mapping[str, Any]]:
    """The turns in order; one that stands twice in the logs counts once."""
    found = (row.fields for row in rows if row.kind == "turn")
    turns = {at: fields for fields in found if (at := number(fields, "committed")) is not None}
    return [turns[at] for at in sorted(turns)]


def _with_next(
    turns: Sequence[Mapping[str, Any]],
) -> Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    return pairwise([*turns, {}])


def _resumed(
    turn: Mapping[str, Any],
    later: Mapping[str, Any],
    sounds: Sequence[LoggedSound],
    transcribed_each: bool,
    detector: Detector,
) -> Silence | None:
    """The silence in which the turn was closed too early; None if the caller had finished."""
    stopped, audio = number(turn, "user_stopped"), number(turn, "first_audio")
    answer = detector.at(stopped)
    lasted = _until_words(stopped, sounds) if transcribed_each else _gap(turn, later)
    if turn.get("resumed_after_commit") is True:
        return Silence(lasted if lasted is not None and lasted > 0 else None, True, answer)
    if stopped is None or lasted is None or audio is None:
        return None
    return Silence(lasted, True, answer) if stopped + lasted < audio + REACTION_S else None


def _gap(turn: Mapping[str, Any], later: Mapping[str, Any]) -> float | None:
    """The silence until the caller's next sound, which older logs do not hold."""
    if (gap := number(turn, "gap")) is not None:
        return gap
    stopped, onset = number(turn, "user_stopped"), number(later, "user_started")
    return None if stopped is None or onset is None else onset - stopped


def _until_words(stopped: float | None, sounds: Sequence[LoggedSound]) -> float | None:
    """The silence until the caller's next words: noise in between is no speech."""
    if stopped is None:
        return None
    spoken = (one.started - stopped for one in sounds if one.words)
    return next((gap for gap in spoken if gap > 0), None)


def _answer(
    turn: Mapping[str, Any],
    requests: Sequence[tuple[float, float]],
    detector: Detector,
) -> LoggedAnswer | None:
    stopped, audio = number(turn, "user_stopped"), number(turn, "first_audio")
    transcript = number(turn, "transcription_delay")
    commit = number(turn, "end_of_turn_delay")
    if stopped is None or audio is None or transcript is None or commit is None:
        return None
    asked, ready = _reply(turn) or _request(requests, stopped, audio)
    early, late = (None if at is None else at - stopped for at in (asked, ready))
    return LoggedAnswer(transcript, commit, audio - stopped, early, late, detector.at(stopped))


def _reply(turn: Mapping[str, Any]) -> tuple[float, float] | None:
    """When the model was asked and the voice could be: older logs do not hold it."""
    asked, ready = number(turn, "reply_requested"), number(turn, "reply_complete")
    if asked is None or ready is None:
        return None
    voice = number(turn, "voice_requested")
    return asked, ready if voice is None else min(ready, voice)


def _request(
    requests: Sequence[tuple[float, float]], stopped: float, audio: float
) -> tuple[float | None, float | None]:
    """Start and end of the last request that was over before the answer was heard."""
    mine = [
        (asked, ready) for asked, ready in requests if stopped - REQUEST_SLACK_S < asked < audio
    ]
    over = [one for one in mine if one[1] < audio]
    return max(over, key=lambda one: one[1], default=(None, None))


def _chat_request(row: LoggedRow) -> tuple[float, float] | None:
    """Start and end (epoch s) of a request for an answer that succeeded."""
    fields, elapsed = row.fields, number(row.fields, "elapsed_ms")
    right = row.kind == "openai_call" and fields.get("endpoint") == "chat"
    if not right or fields.get("error") or elapsed is None or row.time is None:
        return None
    return (row.time - elapsed / 1000, row.time)


def _stops(rows: Sequence[LoggedRow], sounds: Sequence[LoggedSound]) -> tuple[LoggedStop, ...]:
    """What stopped the agent audibly, each sound once."""
    heard = {
        number(row.fields, "started"): row.fields
        for row in rows
        if row.kind == "interruption" and row.fields.get("agent_audible") is not False
    }
    by_start = {one.started: one for one in sounds}
    return tuple(_stop(fields, by_start.get(started or 0.0)) for started, fields in heard.items())


def _stop(fields: Mapping[str, Any], sound: LoggedSound | None) -> LoggedStop:
    words = number(fields, "words")
    return LoggedStop(
        outcome=str(fields.get("outcome", "")),
        sound=number(fields, "user_speech"),
        dead_air=number(fields, "dead_air") or 0.0,
        words=None if words is None else int(words),
        peak=sound.peak if sound else None,
        mean=sound.mean if sound else None,
        transcript=sound.transcript if sound else None,
        first_words=sound.first_words if sound else None,
    )


def _inside(
    turn: Mapping[str, Any], sounds: Sequence[LoggedSound], transcribed_each: bool
) -> list[Silence]:
    """The pauses inside a turn; a silence beside noise is none."""
    found = turn.get("pauses")
    pauses = found if isinstance(found, list) else []
    begin, end = number(turn, "user_started"), number(turn, "user_stopped")
    around = around_pauses(sounds, begin, end, len(pauses))
    return [
        Silence(float(pause), False, _detector(beside))
        for pause, beside in zip(pauses, around, strict=True)
        if is_number(pause) and pause > 0 and not (transcribed_each and _noise(beside))
    ]


def _detector(beside: tuple[LoggedSound, LoggedSound] | None) -> DetectorAnswer:
    before = beside[0] if beside else None
    return DetectorAnswer(before.probability, before.threshold) if before else NOT_ASKED


def _noise(beside: tuple[LoggedSound, LoggedSound] | None) -> bool:
    return beside is not None and not all(one.words for one in beside)


def _minutes(rows: Sequence[LoggedRow]) -> float:
    ended = [number(row.fields, "duration") for row in rows if row.kind == "session_ended"]
    if ended and ended[-1] is not None:
        return ended[-1] / 60
    times = [row.time for row in rows if row.time is not None]
    return (max(times) - min(times)) / 60 if times else 0.0

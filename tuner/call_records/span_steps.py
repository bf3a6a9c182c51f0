"""All spans of one call in, what happened in it out, in the order in which the assembler needs it.

What the spans mean (livekit-agents 1.8): a turn of the caller is a `user_turn` with a committed
`eou_wait`, which ends at the commit; the caller's speech is its `user_speaking` children, by
parent and not by time, since a sound may begin before the commit of the turn before it. Two
`agent_speaking` in one `agent_turn`, with a sound at the end of the first, are a false
interruption: the speech was held and went on. An `agent_turn` without `agent_speaking` was never
heard. Spans do not show sounds that held a speech before it was heard.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from tuner.call_records.numbers import LATEST_S
from tuner.call_records.span_formats import CACHED, INPUT, OUTPUT, WORDS, Span
from tuner.turns.assembler import Line, Turns

VAD_WAIT_S = 0.6
"""The end of a sound is known so much later: the silence that the voice detection waits for."""


class _Heard(msgspec.Struct):
    received_at: float
    transcript_length: int


_HEARD = msgspec.json.Decoder(list[_Heard])
_times = attrgetter("start", "end")


class Step(NamedTuple):
    """What happened at a time; steps are taken by `order`, those of the same order by `rank`."""

    order: float
    rank: int
    at: float
    line: int
    take: Callable[[Turns], list[Line]]


def steps(spans: Sequence[Span]) -> Iterator[Step]:
    """Every step of the call, in no order."""
    named: Named = defaultdict(list)
    in_order = sorted(spans, key=_times)
    for span in in_order:
        named[span.name].append(span)
    below = _children(in_order)
    yield from _caller(named)
    yield from _commits(named, below)
    for turn in named["agent_turn"]:
        yield from _agent(turn, below, named["user_speaking"])
    for span in named["llm_request"]:
        yield Step(span.end, 6, span.end, span.line, _usage(span))


def _usage(span: Span) -> Callable[[Turns], list[Line]]:
    prompt, cached, completion = (int(span.number(key) or 0) for key in (INPUT, CACHED, OUTPUT))
    return partial(Turns.usage, prompt=prompt, cached=cached, completion=completion)


Named = dict[str, list[Span]]
Children = dict[tuple[str, str], list[Span]]
"""The spans of a name below a parent, by (parent, name)."""


def _children(spans: Sequence[Span]) -> Children:
    found: Children = defaultdict(list)
    for span in spans:
        found[span.parent, span.name].append(span)
    return found


def _caller(named: Named) -> Iterator[Step]:
    """Every sound of the caller. That one is over is known a while after its end."""
    sounds = named["user_speaking"]
    stops = sorted(span.end for span in named["agent_speaking"])
    for sound, later in zip(sounds, [*sounds[1:], None], strict=False):
        yield Step(
            sound.start, 0, sound.start, sound.line, partial(Turns.user_started, at=sound.start)
        )
        held = bisect_right(stops, sound.end + VAD_WAIT_S)
        known = max(sound.end, stops[held - 1]) if held else sound.end
        if later is not None:
            known = max(sound.end, min(known, later.start))
        yield Step(known, 2, sound.end, sound.line, partial(Turns.user_stopped, at=sound.end))
    for turn in named["user_turn"]:
        yield from _transcripts(turn)


def _transcripts(turn: Span) -> Iterator[Step]:
    """The times of the transcripts stand in the turn, the words of all of them beside."""
    heard = [at for at, length in _heard(turn.attributes.get("lk.stt.events")) if length]
    for at in heard:
        yield Step(at, 3, at, turn.line, partial(Turns.hearing, at=at, text="words"))
    if heard and isinstance(words := turn.attributes.get(WORDS), str):
        last = heard[-1]
        yield Step(last, 3, last, turn.line, partial(Turns.transcript, at=last, text=words))


def _heard(events: Any) -> list[tuple[float, int]]:
    """(time, length) of each transcript in the JSON text that the attribute holds."""
    if not isinstance(events, str):
        return []
    try:
        heard = [(each.received_at, each.transcript_length) for each in _HEARD.decode(events)]
    except (msgspec.DecodeError, ValueError, RecursionError):
        heard = _heard_otherwise(events)
    return [(at, length) for at, length in heard if 0 < at < LATEST_S]


def _heard_otherwise(events: str) -> list[tuple[float, int]]:
    """The same of a text whose values are of other types."""
    try:
        found = json.loads(events)
        return [(float(e["received_at"]), int(e["transcript_length"])) for e in found]
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return []


def _commits(named: Named, below: Children) -> Iterator[Step]:
    """The end of each turn, before the speech of the next even where that began earlier."""
    turns = named["user_turn"]
    sounds = [below.get((turn.id, "user_speaking"), ()) for turn in turns]
    for turn, own, later in zip(turns, sounds, _next_starts(sounds), strict=True):
        waits = below.get((turn.id, "eou_wait"), ()) if named["eou_wait"] else None
        for at, metrics in _committed(turn, own, waits):
            order = min(at, turn.end if later is None else later)
            yield Step(
                order, -1, at, turn.line, partial(Turns.user_message, at=at, metrics=metrics)
            )


def _next_starts(sounds: Sequence[Sequence[Span]]) -> list[float | None]:
    """For each turn the first start among the sounds of all turns after it; None without any."""
    starts: list[float | None] = [None]
    for own in reversed(sounds[1:]):
        known = [sound.start for sound in own]
        known += [start for start in starts[-1:] if start is not None]
        starts.append(min(known, default=None))
    return starts[len(sounds) - 1 :: -1] if sounds else []


def _committed(
    turn: Span, sounds: Sequence[Span], waits: Sequence[Span] | None
) -> Iterator[tuple[float, dict[str, Any]]]:
    """(time, metrics) of each commit of a turn. Before livekit-agents 1.8 there is no `eou_wait`
    (`waits` is None): there the end of the speech and the delay that the turn carries give it."""
    delay = turn.number("lk.end_of_turn_delay")
    metrics = {
        "started_speaking_at": sounds[0].start if sounds else None,
        "transcription_delay": turn.number("lk.transcription_delay"),
    }
    for wait in waits or ():
        if wait.attributes.get("lk.eou.outcome") == "committed":
            known = wait.end - wait.start if delay is None else delay
            yield (
                wait.end,
                {**metrics, "stopped_speaking_at": wait.start, "end_of_turn_delay": known},
            )
    if waits is None and delay is not None and sounds:
        end = sounds[-1].end
        yield end + delay, {**metrics, "stopped_speaking_at": end, "end_of_turn_delay": delay}


def _agent(turn: Span, below: Children, sounds: Sequence[Span]) -> Iterator[Step]:
    """A speech of the agent that was heard: its stretches, and its end in the history."""
    stretches = below.get((turn.id, "agent_speaking"), ())
    for span in stretches:
        yield Step(
            span.start, 4, span.start, span.line, partial(Turns.agent_started, at=span.start)
        )
        yield Step(span.end, 1, span.end, span.line, partial(Turns.agent_stopped, at=span.end))
    for before, after in pairwise(stretches):
        if any(_holds(sound, before.end) for sound in sounds):
            at = after.start
            yield Step(
                at, 5, at, after.line, partial(Turns.false_interruption, at=at, resumed=True)
            )
    if stretches:
        cut = turn.attributes.get("lk.interrupted") is True
        metrics = {
            "started_speaking_at": stretches[0].start,
            **_model_times(turn, below),
        }
        end = max(turn.end, stretches[-1].end)
        yield Step(
            end, 7, end, turn.line, partial(Turns.agent_message, at=end, metrics=metrics, cut=cut)
        )


def _holds(sound: Span, at: float) -> bool:
    """Whether the agent may have fallen silent at this time because of the sound."""
    return sound.start <= at <= sound.end + VAD_WAIT_S


def _model_times(turn: Span, below: Children) -> dict[str, float]:
    """The times of the model and the voice whose answer was heard: the last of each."""
    llm, tts = (below.get((turn.id, name)) for name in ("llm_node", "tts_node"))
    found = {
        "llm_node_ttft": llm[-1].number("lk.response.ttft") if llm else None,
        "tts_node_ttfb": tts[-1].number("lk.response.ttfb") if tts else None,
        "e2e_latency": turn.number("lk.e2e_latency"),
    }
    return {key: value for key, value in found.items() if value is not None}

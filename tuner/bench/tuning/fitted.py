"""A replayed log in, simulated callers like its callers out: pauses, sounds, barge-ins, models.

What a turn log does not show is as in any scenario, or as it is known from elsewhere, and noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tuner.bench.callers.caller_style import CallerStyle
from tuner.bench.callers.scenario import Scenario
from tuner.bench.latency import Empirical
from tuner.bench.latency_from_log import latencies, streamed_transcripts
from tuner.whatif.calls import REACTION_S, LoggedCall
from tuner.whatif.predict import Replay, streams
from tuner.whatif.stops import REAL
from tuner.whatif.timing import MINIMUM, SILENCE

NAME = "fitted-callers"
REAL_PAUSES = ((0.2, 1.0), (0.3, 0.56), (0.6, 0.22), (1.0, 0.10), (1.6, 0.05))
"""Seconds, and the share of pauses from 0.2 s on that outlast them (eot-bench, English)."""
MOST_AT_RISK = 10.0
"""One long pause stands for at most so many."""
LENGTHS = 40
"""So many quantiles stand for all pauses, and for all sounds."""
SHORTEST_SOUND_S = 0.1
AGENT_SPEAKS = 0.5
"""Share of a call in which the agent is heard: 0.45 to 0.6 in simulated calls; no log has it."""
NOISE_DB = (-6.0, 0.0)
"""Against the caller's speech: every noise of a log is one that the voice detection heard."""
MOST_WORDS = 2
"""A sound over the agent with more words is speech, whether it stopped the agent or not."""
Rows = Sequence[Mapping[str, Any]]


class FittedCallers(NamedTuple):
    """The scenario, and what the log did not show about it."""

    scenario: Scenario
    notes: tuple[str, ...]


def fitted(log: Replay, rows: Iterable[Mapping[str, Any]], name: str) -> FittedCallers:
    """Callers who pause, hum and interrupt as those of the log, and models as slow as theirs.

    `rows` are all events of the same log, `name` is how messages call it.

    Raises:
        InputError: the log has no latency of a model.
    """
    events = list(rows)
    silence_s = float(log.values[SILENCE])
    times = latencies(name, events, silence_s)
    streamed = streamed_transcripts(events, silence_s) if streams(log.values) else None
    if streamed is not None:
        times["transcript"] = streamed
    scenario = Scenario(NAME, f"Callers like those of {name}", best="", caller=_style(log, events))
    return FittedCallers(scenario.with_models(times), tuple(_notes(times, scenario.caller)))


def _style(log: Replay, rows: Rows) -> CallerStyle:
    chance, pauses = _pauses(log.calls, float(log.values[SILENCE]))
    replies = sum(len(call.answers) for call in log.calls) or log.turns
    real = _barge_ins(rows)
    noise, noise_per_minute = _noise(log.calls)
    false = _no_turns(log, rows)
    with_words = sum(words > 0 for _, words in false)
    over_agent = noise_per_minute * AGENT_SPEAKS * sum(call.minutes for call in log.calls)
    hums = max(with_words, len(false) - over_agent)
    low, high = np.quantile(real, (0.1, 0.9)) if len(real) >= 2 else (0.7, 2.0)
    return CallerStyle(
        pause_chance=chance,
        pauses_s=pauses,
        backchannel_chance=min(0.9, hums / replies),
        heard_as_words=with_words / hums if hums else 0.0,
        backchannels_s=_lengths([seconds for seconds, _ in false]),
        barge_in_chance=min(0.9, len(real) / replies),
        overlap_after_s=(round(float(low), 2), round(float(high), 2)),
        bystanders_per_minute=min(60.0, round(noise_per_minute, 2)),
        bystander_s=noise,
        bystander_db=NOISE_DB,
    )


def _noise(calls: Sequence[LoggedCall]) -> tuple[tuple[float, float], float]:
    """Seconds of noise that the voice detection takes for speech (from, to), and how often a
    minute: what is heard while the agent is silent and has no words."""
    heard = [
        max(SHORTEST_SOUND_S, one.length)
        for call in calls
        if call.transcribed_each
        for one in call.sounds
        if not one.audible and not one.words and one.length is not None
    ]
    minutes = sum(call.minutes for call in calls if call.transcribed_each) * (1 - AGENT_SPEAKS)
    if not heard or not minutes:
        return (SHORTEST_SOUND_S, SHORTEST_SOUND_S), 0.0
    low, high = np.quantile(heard, (0.1, 0.9))
    return (round(float(low), 2), round(float(high), 2)), len(heard) / minutes


def _pauses(calls: Sequence[LoggedCall], silence_s: float) -> tuple[float, tuple[float, ...]]:
    """The share of sentences with a pause, and how long pauses are, in seconds.

    Nobody shows how long a pause would have lasted once the agent is heard: each stands for all
    that an answer may have cut short (Kaplan-Meier). Those below the voice detection's silence are
    not logged: there are as many as real callers make.
    """
    known = sorted(s.lasted for call in calls for s in call.silences if s.lasted is not None)
    lasted = np.array(known)
    ends = np.sort([one.audio + REACTION_S for call in calls for one in call.answers])
    followed = len(ends) - np.searchsorted(ends, lasted)
    weight = np.divide(len(ends), followed, out=np.ones(len(lasted)), where=followed > 0)
    weight = np.minimum(weight, MOST_AT_RISK)
    cut_short = sum(s.lasted is None for call in calls for s in call.silences)
    logged = float(weight.sum()) + cut_short
    hidden = logged * (1 / outlasting(silence_s) - 1)
    short = real_pauses(LENGTHS, until_s=silence_s)
    long = _quantiles(lasted, weight, LENGTHS)
    share = round(LENGTHS * hidden / (hidden + logged))
    lengths = [*short[:: max(1, len(short) // share)][:share], *long] if share else long
    turns = sum(call.turns for call in calls)
    return min(1.0, (logged + hidden) / turns), tuple(round(one, 3) for one in lengths)


def outlasting(seconds: float) -> float:
    """The share of real pauses from 0.2 s on that last longer, by the logarithm between points."""
    at, shares = zip(*REAL_PAUSES, strict=True)
    return float(np.exp(np.interp(seconds, at, np.log(shares))))


def real_pauses(count: int, until_s: float = 1.6) -> list[float]:
    """Lengths of real pauses in seconds, evenly likely, none longer than `until_s`."""
    grid = np.arange(0.2, until_s + 0.001, 0.005)
    lost = 1 - np.array([outlasting(one) for one in grid])
    wanted = (np.arange(count) + 0.5) / count * lost[-1]
    return [float(one) for one in np.interp(wanted, lost, grid)]


def _quantiles(values: Any, weight: Any, count: int) -> list[float]:
    grown = np.cumsum(weight)
    at = np.searchsorted(grown, (np.arange(count) + 0.5) / count * grown[-1])
    return [float(one) for one in values[at]]


def _barge_ins(rows: Rows) -> list[float]:
    """How long the agent had been heard when a caller interrupted; the first words of a caller who
    was only cut off are none."""
    heard: dict[str, list[float]] = {}
    after = []
    for row in rows:
        if row["kind"] == "turn" and (at := row.get("first_audio")):
            heard.setdefault(row["call"], []).append(at)
    for row in rows:
        at = row.get("started")
        if row["kind"] != "interruption" or row.get("outcome") != REAL or not at:
            continue
        before = max((one for one in heard.get(row["call"], ()) if one < at), default=at)
        if at - before > REACTION_S and row.get("agent_audible") is not False:
            after.append(at - before)
    return after


def _no_turns(log: Replay, rows: Rows) -> list[tuple[float, int]]:
    """Length in seconds and words of every sound over the agent that was no interruption.

    Older logs have only those that stopped the agent.
    """
    least = max(SHORTEST_SOUND_S, float(log.values[MINIMUM]) - float(log.values[SILENCE]))
    sounds = [sound for call in log.calls for sound in call.sounds]
    if not sounds:
        stops = [stop for call in log.calls for stop in call.stops if stop.outcome != REAL]
        return [(max(least, stop.sound or least), stop.words or 0) for stop in stops]
    real = {row.get("started") for row in rows if row.get("outcome") == REAL}
    over_agent = (one for one in sounds if one.audible and one.started not in real)
    return [
        (max(SHORTEST_SOUND_S, one.length), one.words or 0)
        for one in over_agent
        if one.length is not None
        and (one.words or 0) <= MOST_WORDS
        and (one.since_first_audio or 0.0) > REACTION_S
    ]


def _lengths(seconds: Sequence[float]) -> tuple[float, ...]:
    """At most `LENGTHS` of them, evenly spread."""
    found = _quantiles(np.sort(seconds), np.ones(len(seconds)), min(LENGTHS, len(seconds)))
    return tuple(round(one, 3) for one in found)


def _notes(times: Mapping[str, Any], style: CallerStyle) -> Iterable[str]:
    counts = [f"{len(one.seconds)} {stage}" for stage, one in times.items() if _measured(one)]
    yield "latencies from the log: " + ", ".join(counts)
    if missing := [one for one in ("chat", "transcription", "speech") if one not in times]:
        yield f"not in the log, so those of a good day: {', '.join(missing)}"
    if style.bystanders_per_minute:
        yield f"noise that is taken for speech: {style.bystanders_per_minute:.1f} a minute"
    yield "not in a turn log, so as usual: room noise below speech, echo"


def _measured(latency: object) -> bool:
    return isinstance(latency, Empirical)

"""A replayed log in, the settings that are worth a try with real audio out.

Delay and voice detection decide about turns, minimum length and timeout about stops: the best of
each are chosen by replay and tried together. The profiles take part with their timing: some of what
they set (thresholds, a shorter silence of the voice detection) no turn log can answer for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from tuner.errors import SettingsError
from tuner.limits import Limits
from tuner.settings import profiles
from tuner.settings.backchannels import AUTO
from tuner.settings.checks import MISTAKES, check
from tuner.settings.knob_table import KNOBS, Settings, as_values, parse
from tuner.whatif.predict import Prediction, Replay, streams
from tuner.whatif.price import replay_price
from tuner.whatif.timing import (
    DELAY,
    MINIMUM,
    PASSING,
    SILENCE,
    SWEEPS,
    TIMEOUT,
    cannot_act,
)

CURRENT = "current"
"""The name of the settings that the log was made under."""
DELAYS, APART_S = 3, 0.2
"""So many delays are verified, so far apart: a replay cannot tell neighbours from each other."""
SHORT_SILENCE_S = 0.15
"""The shortest silence of the voice detection that is tried (the profile `fast`)."""
LEAST_GAIN_S = 0.02
"""What saves a caller less than this a turn, in a replay, is no reason to change a setting."""
AFTER_TRANSCRIPT_S = 0.2
"""The agent may resume so long after the slowest ordinary transcript."""
LATE_TRANSCRIPT = 0.99
_TIMING = ("Turn taking", "Interruptions", "Voice activity")
_OF_THE_LINE = ("AEC_WARMUP_DURATION", "VAD_SAMPLE_RATE")
"""Timing that follows from the line and not from the callers."""
_TEXTS = ("INSTRUCTIONS", "INSTRUCTIONS_FILE", "GREETING")
_OWN = ("METRICS_PORT", "TURN_LOG")


class Candidate(NamedTuple):
    """Settings to be tried: what they change, and what a replay says about that."""

    name: str
    changes: Mapping[str, Any]
    settings: Settings
    predicted: Prediction


def candidates(log: Replay, limits: Limits, where: Sequence[Path] = ()) -> list[Candidate]:
    """The current settings first, then what may be better; none contradicts itself.

    `where` are the folders of profiles (`profiles.folders`); without it there are the shipped ones.
    """
    found = {CURRENT: _candidate(CURRENT, {}, log)}
    for label, changes in _tried(log, limits, where):
        name = f"{label}.env" if label in found else label
        one = _candidate(name, changes, log)
        same = any(one.settings == other.settings for other in found.values())
        mistakes = {p.kind for p in check(one.settings)} & set(MISTAKES)
        known = {p.kind for p in check(found[CURRENT].settings)}
        if not same and mistakes <= known:
            found[name] = one
    return list(found.values())


def best(found: Sequence[Candidate], log: Replay, limits: Limits) -> Candidate | None:
    """The candidate that costs least by replay, if the whole interval of its price is a gain."""
    priced = ((replay_price(one.predicted, log, limits), one) for one in found)
    gains = [(price, one) for price, one in priced if price and price.high < 0]
    return min(gains, key=lambda pair: pair[0].value)[1] if gains else None


def _tried(
    log: Replay, limits: Limits, where: Sequence[Path]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    idle = cannot_act(log.values)
    stops = {} if MINIMUM in idle else _best_stops(log, limits)
    if stops:
        yield "stops", stops
    delays = [] if DELAY in idle else _best_delays(log, limits)
    for change in delays:
        yield f"delay {change[DELAY]:g}", {**change, **stops}
    if DELAY not in idle and log.values[SILENCE] > SHORT_SILENCE_S:
        change = _with_silence(SHORT_SILENCE_S, log, stops)
        yield "short silence", {**change, DELAY: min(SWEEPS[DELAY])}
    if streams(log.values) and MINIMUM not in idle and log.values[PASSING] is None:
        yield "back-channels", {PASSING: AUTO, **(delays[0] if delays else {})}
    if not {DELAY, MINIMUM} & idle.keys():
        yield from _profiles(log, limits, where)


def _best_delays(log: Replay, limits: Limits) -> list[dict[str, Any]]:
    prices = {
        delay: price
        for delay in SWEEPS[DELAY]
        if (price := replay_price(log.predict({DELAY: delay}), log, limits))
    }
    chosen: list[float] = []
    for delay in sorted(prices, key=lambda delay: (round(prices[delay].value, 2), -delay)):
        near = [one for one in (*chosen, log.values[DELAY]) if abs(one - delay) < APART_S - 1e-9]
        if not near and len(chosen) < DELAYS:
            chosen.append(delay)
    return [{DELAY: delay} for delay in chosen]


def _best_stops(log: Replay, limits: Limits) -> dict[str, Any]:
    """Length and timeout that cost least; a lower bar is never tried: the log cannot judge it."""
    now = log.values[MINIMUM], log.values[TIMEOUT]
    least = _least_timeout(log)
    timeouts = [one for one in SWEEPS[TIMEOUT] if one >= least]
    pairs = [now, *product((m for m in SWEEPS[MINIMUM] if m >= now[0]), (*timeouts, now[1]))]
    if TIMEOUT in cannot_act(log.values):
        pairs = [pair for pair in pairs if pair[1] == now[1]]
    changes = [{MINIMUM: minimum, TIMEOUT: timeout} for minimum, timeout in pairs]
    prices = [replay_price(log.predict(each), log, limits) for each in changes]
    costs = [math.inf if price is None else price.value for price in prices]
    best = changes[costs.index(min(costs))]
    if min(costs) > -LEAST_GAIN_S:
        return {}
    return {name: value for name, value in best.items() if value != log.values[name]}


def _least_timeout(log: Replay) -> float:
    """Below this the agent would resume over callers whose transcript is only slow."""
    delays = sorted(delay for call in log.calls for delay in call.transcripts)
    if not delays:
        return math.inf
    return delays[int(LATE_TRANSCRIPT * (len(delays) - 1))] + AFTER_TRANSCRIPT_S


def _with_silence(silence: float, log: Replay, stops: Mapping[str, Any]) -> dict[str, Any]:
    """Another silence of the voice detection, by which the same sounds stop the agent: LiveKit
    counts the silence into their length."""
    minimum = {**log.values, **stops}[MINIMUM] + silence - log.values[SILENCE]
    return {**stops, SILENCE: silence, MINIMUM: round(max(0.0, minimum), 2)}


def _profiles(
    log: Replay, limits: Limits, where: Sequence[Path]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The timing of the profiles that are of the log's kind: the shipped ones, and the user's own
    but for those that certainly cost more by replay."""
    shipped = profiles.names()
    for name in profiles.names(where):
        try:
            values = as_values(profiles.load(name, where))
        except SettingsError:
            continue  # an own one with mistakes; who names it is told them
        if values["AGENT_MODE"] == log.values.get("AGENT_MODE", "pipeline"):
            names = (env for env, knob in KNOBS.items() if knob.group in _TIMING)
            timing = {env: values[env] for env in names if env not in _OF_THE_LINE}
            if name in shipped or not _certainly_dearer(timing, log, limits):
                yield name, timing


def _certainly_dearer(changes: Mapping[str, Any], log: Replay, limits: Limits) -> bool:
    price = replay_price(log.predict(changes), log, limits)
    return price is not None and price.low > 0


def _candidate(name: str, changes: Mapping[str, Any], log: Replay) -> Candidate:
    different = {env: value for env, value in changes.items() if value != log.values[env]}
    settings = parse({**of_calls(log.values), **different})
    return Candidate(name, different, settings, log.predict(different))


def of_calls(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a log without texts, of which it has only the length, and addresses."""
    return {env: value for env, value in values.items() if env not in (*_TEXTS, *_OWN)}

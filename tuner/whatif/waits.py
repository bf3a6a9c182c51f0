"""How long callers would wait for an answer: their own turns, replayed.

First audio is the later of commit and complete answer, and what comes after that (the voice, the
network): a voice is asked for once the answer is complete, and never before the commit. Each turn
keeps its own model and voice. Transcripts are drawn anew, because the next call has others.

Some early answers are asked for only at the commit. A log with a delay above its transcripts shows
how many; elsewhere it is the share that the bench measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tuner.whatif.calls import Answer, Call
from tuner.whatif.cut_offs import MIN_CALLS, MIN_EVENTS
from tuner.whatif.draws import SEED, Array, Figure, Flags, interval, unchanged, unknown
from tuner.whatif.timing import Timing

LATE_SHARE = (0.05, 0.30)
"""Share of early answers that are asked for only at the commit (bench: 5 to 32 %)."""
APART_S = 0.1
"""A commit this much after the transcript shows whether the answer was asked for before it."""
NEAR_S = 0.08
"""A request this near the commit was made because of it."""
ENOUGH = 20
"""From so many turns that show it on, the log's own share counts."""
WITHOUT_REQUESTS = (
    "the log has no `openai call` line of the answers: how much of a longer wait they hide is "
    "not known"
)
ASSUMES = "assumes that models and voice take as long as in the log"


def wait_p50(calls: Sequence[Call], before: Timing, after: Timing, weight: Array) -> Figure:
    """The median wait from the caller's last speech to the first audio, in seconds."""
    answers = [(one, at) for at, call in enumerate(calls) for one in call.answers]
    logged = float(np.median([one.audio for one, _ in answers])) if answers else None
    if (before.delay, before.silence) == (after.delay, after.silence):
        return unchanged(logged)
    if len(calls) < MIN_CALLS or len(answers) < MIN_EVENTS:
        return unknown(logged, f"fewer than {MIN_CALLS} calls or {MIN_EVENTS} answered turns")
    timed = [(one, at) for one, at in answers if one.ready is not None]
    if len(timed) < max(MIN_EVENTS, len(answers) / 2):
        return _without_requests(answers, before, after, logged)
    owners = np.array([at for _, at in timed], dtype=int)
    turns = _Turns([one for one, _ in timed])
    level, change = turns.medians(before, after, weight[1:, owners])
    low, high = interval(level)
    value = float(np.median(change))
    return Figure(logged, value, min(low, value), max(high, value), "estimated", ASSUMES)


class _Turns:
    """The answered turns as arrays."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        columns = np.array([tuple(one) for one in answers], dtype=float).T
        self.transcript, self.commit, self.audio, asked, ready = columns
        self.model = ready - asked
        self.voice = self.audio - np.maximum(self.commit, ready)
        apart = self.commit - self.transcript > APART_S
        self.late = apart & (np.abs(asked - self.commit) < NEAR_S)
        self.early = apart & ~self.late
        self.request = float(np.median(asked - np.where(self.late, self.commit, self.transcript)))

    def medians(self, before: Timing, after: Timing, weight: Array) -> tuple[Array, Array]:
        """For each draw the median's change against the log, and against the same replay of it.

        `weight` is draws x turns: how often the draw has the turn.
        """
        rng = np.random.default_rng(SEED)
        transcripts = rng.choice(self.transcript, weight.shape)
        late = rng.random(weight.shape) < self._late_share(rng, len(weight))
        old, new = (
            medians(self._audio(timing, before, transcripts, late), weight)
            for timing in (before, after)
        )
        logged = medians(np.broadcast_to(self.audio, weight.shape), weight)
        return new - logged, new - old

    def _audio(self, timing: Timing, before: Timing, transcripts: Array, late: Flags) -> Array:
        transcript = transcripts + timing.silence - before.silence
        commit = np.maximum(transcript, max(timing.delay, timing.silence))
        asked = np.where(late, commit, transcript) + self.request
        heard: Array = np.maximum(commit, asked + self.model) + self.voice
        return heard

    def _late_share(self, rng: np.random.Generator, draws: int) -> Array:
        late, early = int(self.late.sum()), int(self.early.sum())
        if late + early >= ENOUGH:
            return rng.beta(late + 1, early + 1, (draws, 1))
        return rng.uniform(*LATE_SHARE, (draws, 1))


def medians(values: Array, weight: Array) -> Array:
    """The weighted median of each row; the middle two are averaged, as for a plain median."""
    order = np.argsort(values, axis=1)
    grown = np.cumsum(np.take_along_axis(weight, order, axis=1), axis=1)
    half = grown[:, -1:] / 2
    places = (grown >= half).argmax(axis=1), (grown > half).argmax(axis=1)
    rows = np.arange(len(values))
    low, high = (values[rows, order[rows, place]] for place in places)
    middle: Array = (low + high) / 2
    return middle


def _without_requests(
    answers: Sequence[tuple[Answer, int]], before: Timing, after: Timing, logged: float | None
) -> Figure:
    """Bounds: an answer is ready anyway, or it waits as long as the turn does."""
    moved = [_commit(one, after, before) - _commit(one, before, before) for one, _ in answers]
    change = float(np.median(moved))
    return Figure(logged, None, min(0.0, change), max(0.0, change), "bounds only", WITHOUT_REQUESTS)


def _commit(answer: Answer, timing: Timing, before: Timing) -> float:
    transcript = answer.transcript + timing.silence - before.silence
    return max(transcript, timing.delay, timing.silence)

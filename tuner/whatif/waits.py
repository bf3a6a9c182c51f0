"""How long callers would wait for an answer: their own turns, replayed.

First audio is the later of commit and complete answer, and what comes after that (the voice, the
network): a voice is asked for once the answer is complete, and never before the commit. Each turn
keeps its own model and voice. Transcripts are drawn anew, because the next call has others.

Some early answers are asked for only at the commit. A log with a delay above its transcripts shows
how many; elsewhere it is the share that the bench measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from tuner.whatif.calls import LoggedAnswer, LoggedCall
from tuner.whatif.cut_offs import MIN_CALLS, MIN_EVENTS
from tuner.whatif.draws import (
    DRAWS,
    SEED,
    Array,
    Figure,
    in_another_run,
    interval,
    unchanged,
    unknown,
)
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
    "the log has no times of the replies and no `openai call` lines: how much of a longer wait "
    "they hide is not known"
)
ASSUMES = "assumes that models and voice take as long as in the log"


class ReplayedTurns:
    """The answered turns of a log as arrays, and the draws that every prediction shares.

    A draw takes whole calls, in any order, until it has as many turns as the log.
    """

    def __init__(self, calls: Sequence[LoggedCall]) -> None:
        self.calls = len(calls)
        self._replayed: dict[tuple[Timing, Timing], Array] = {}
        self.answers = tuple(one for call in calls for one in call.answers)
        timed = [[one for one in call.answers if one.ready is not None] for call in calls]
        self.timed = sum(map(len, timed))
        if self.timed:
            self._arrays([one for mine in timed for one in mine])
            self._draw([len(mine) for mine in timed])

    def _arrays(self, answers: Sequence[LoggedAnswer]) -> None:
        columns = np.array([tuple(one[:5]) for one in answers], dtype=float).T
        self.transcript, self.commit, self.audio, asked, ready = columns
        self.answers_of_detector = [one.detector for one in answers]
        self.model = ready - asked
        self.voice = self.audio - np.maximum(self.commit, ready)
        apart = self.commit - self.transcript > APART_S
        self.late = apart & (np.abs(asked - self.commit) < NEAR_S)
        self.early = apart & ~self.late
        self.request = float(np.median(asked - np.where(self.late, self.commit, self.transcript)))

    def _draw(self, sizes: Sequence[int]) -> None:
        rng, n = np.random.default_rng(SEED), self.timed
        starts = np.concatenate([[0], np.cumsum(sizes)])
        mine = [np.arange(start, end) for start, end in pairwise(starts)]
        order = rng.integers(0, len(mine), (DRAWS, 2 * len(mine)))
        rows = (np.concatenate([mine[at] for at in row]) for row in order)
        self.chosen = np.array([np.resize(row, n) for row in rows])
        self.transcripts = rng.choice(self.transcript, (DRAWS, n))
        self.is_late = rng.random((DRAWS, n)) < self._late_share(rng)

    def _late_share(self, rng: np.random.Generator) -> Array:
        late, early = int(self.late.sum()), int(self.early.sum())
        if late + early >= ENOUGH:
            return rng.beta(late + 1, early + 1, (DRAWS, 1))
        return rng.uniform(*LATE_SHARE, (DRAWS, 1))

    @cached_property
    def logged(self) -> Array:
        """The median of each draw as it was."""
        medians: Array = np.median(self.audio[self.chosen], axis=1)
        return medians

    def replayed(self, timing: Timing, before: Timing) -> Array:
        """The median of each draw under these settings, with transcripts drawn anew."""
        if (timing, before) not in self._replayed:
            self._replayed[timing, before] = self._medians(timing, before)
        return self._replayed[timing, before]

    def _medians(self, timing: Timing, before: Timing) -> Array:
        transcript = self.transcripts + timing.silence - before.silence
        commit = np.maximum(transcript, self._delays(timing)[self.chosen])
        asked = np.where(self.is_late, commit, transcript) + self.request
        answer = asked + self.model[self.chosen]
        medians: Array = np.median(np.maximum(commit, answer) + self.voice[self.chosen], axis=1)
        return medians

    def _delays(self, timing: Timing) -> Array:
        """How long each turn would wait, its transcript aside."""
        each = self.answers_of_detector
        waits_on = np.array([timing.waits_on(answer) for answer in each], dtype=bool)
        delay = np.where(waits_on, timing.longest, timing.delay)
        least: Array = np.maximum(delay, timing.silence)
        return least


def wait_p50(turns: ReplayedTurns, before: Timing, after: Timing) -> Figure:
    """The median wait from the caller's last speech to the first audio, in seconds."""
    answers = turns.answers
    logged = float(np.median([one.audio for one in answers])) if answers else None
    if before.of_turns == after.of_turns:
        return unchanged(logged)
    if turns.calls < MIN_CALLS or len(answers) < MIN_EVENTS:
        return unknown(logged, f"fewer than {MIN_CALLS} calls or {MIN_EVENTS} answered turns")
    if turns.timed < max(MIN_EVENTS, len(answers) / 2):
        return _without_requests(answers, before, after, logged)
    new = turns.replayed(after, before)
    low, high = interval(new - turns.logged)
    value = float(np.median(new - turns.replayed(before, before)))
    figure = Figure(logged, value, min(low, value), max(high, value), "estimated", ASSUMES)
    if logged is None or not before.detector:
        return figure
    return in_another_run(figure, new - logged)


def _without_requests(
    answers: Sequence[LoggedAnswer], before: Timing, after: Timing, logged: float | None
) -> Figure:
    """Bounds: an answer is ready anyway, or it waits as long as the turn does."""
    moved = [_commit(one, after, before) - _commit(one, before, before) for one in answers]
    change = float(np.median(moved))
    return Figure(logged, None, min(0.0, change), max(0.0, change), "bounds only", WITHOUT_REQUESTS)


def _commit(answer: LoggedAnswer, timing: Timing, before: Timing) -> float:
    transcript = answer.transcript + timing.silence - before.silence
    delay = timing.longest if timing.waits_on(answer.detector) else timing.delay
    return max(transcript, delay, timing.silence)

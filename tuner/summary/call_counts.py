"""What is counted per call, and how two stretches of one call are joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from itertools import repeat
from typing import Any, get_args

import msgspec

from tuner.exports.ordering import BACK_S
from tuner.lines.catalogue.row import CallFigure
from tuner.lines.timestamps import UNDATED_S, extended

CUTOFF_WINDOW_S = 1.5
"""A next onset this soon after the commit cannot be an answer: the reply is not audible yet.

Time to first audio of a good agent is 0.8 s and more after the caller's last word (guides), of
production agents 1.4 s at the median (METRICS), and callers need time to react to it.
"""
TALK_OVER_WINDOW_S = 3.0
"""Up to here the caller may go on or answer a back-channel: only a turn log shows which."""
BACKCHANNEL_WORDS = 2
"""Up to this many words ("mm-hm", "okay then") may be a listener's sound, not the turn going on."""
MASKED = -2
"""Stands for the number of words where transcripts came and show none; -1 where none came."""
OVERLAP_S = 0.25
"""Onsets this little before the commit belong to the next utterance (VAD frames, clock grain)."""


class TurnBoundary(msgspec.Struct, gc=False):
    """What joins the turns before and after a stretch of a call; times are epoch seconds.

    Apart from the counts because most logs have none: half a million calls fit into memory.
    """

    first_start: float | None = None
    """When the speech of the first turn began; None when its line does not say."""
    last_commit: float | None = None
    words: int = -1
    first_words: int = -1
    paused: bool = False
    first_paused: bool = False


class CallTotals(msgspec.Struct, gc=False, omit_defaults=True):
    """One call's counts. Times are epoch seconds."""

    first: float | None = None
    last: float | None = None
    false_lines: int = 0
    false_turn_log: int = 0
    phantom: int = 0
    sync: int = 0
    vad_slow: int = 0
    commits: int = 0
    eous: int = 0
    eou_objects: int = 0
    own_eous: int = 0
    turns: int = 0
    responses: int = 0
    cutoffs: int = 0
    later: int = 0
    unknown: int = 0
    wordless: int = 0
    cutoffs_turn_log: int = 0
    lost: int = 0
    timed: int = 0
    slow: int = 0
    closed: int = 0
    network: int = 0
    network_poor: int = 0
    transcripts: int = 0
    seam: TurnBoundary | None = None

    @staticmethod
    def table(**columns: Iterable[Any]) -> Iterator[CallTotals]:
        """Calls of which these figures are known: a column for each, in one order."""
        defaults = zip(CallTotals.__struct_fields__, CallTotals.__struct_defaults__, strict=True)
        return map(CallTotals, *(columns.get(name, repeat(default)) for name, default in defaults))

    def extend_to(self, time: float | None) -> None:
        """Extend the call to this time."""
        if time is not None:
            self.first, self.last = extended((self.first, self.last), time)

    def commit(self, start: float | None, committed: float | None) -> None:
        """One turn was closed: the speech began at `start`, the turn was closed at `committed`."""
        seam = self._open()
        if self.commits:
            self._gap(start, seam.words, seam.paused)
        else:
            seam.first_start = start
            seam.first_words, seam.first_paused = seam.words, seam.paused
        self.commits += 1
        seam.last_commit, seam.words, seam.paused = committed, -1, False

    def _open(self) -> TurnBoundary:
        if self.seam is None:
            self.seam = TurnBoundary()
        return self.seam

    def pause(self) -> None:
        """A false interruption: the sound that paused the agent is no part of a turn, although
        livekit-agents lets the next turn begin with it."""
        self.false_lines += 1
        self._open().paused = True

    def add_words(self, words: int) -> None:
        """A transcript of this many words arrived; it belongs to the next commit."""
        seam = self._open()
        seam.words = max(seam.words, 0) + words

    def hide_words(self) -> None:
        """A transcript arrived that does not show its words."""
        seam = self._open()
        if seam.words < 0:
            seam.words = MASKED

    def _gap(self, start: float | None, words: int, paused: bool) -> None:
        """Judge the turn before by when the caller spoke next, how much (below 0: unknown), and
        whether a false interruption came between. Of speech that began before it nothing is known:
        such lines may be out of order."""
        last = self._open().last_commit
        gap = None if start is None or last is None else start - last
        if gap is None or gap < -OVERLAP_S:
            self.unknown += 1
            return
        soon = gap < CUTOFF_WINDOW_S
        short = paused or 0 <= words <= BACKCHANNEL_WORDS
        self.cutoffs += soon and not short
        self.wordless += soon and not short and words == MASKED
        self.later += (soon and short) or CUTOFF_WINDOW_S <= gap < TALK_OVER_WINDOW_S

    def copy(self) -> CallTotals:
        """The same call, to be merged with others."""
        return msgspec.structs.replace(self, seam=copy(self.seam))

    def merge(self, later: CallTotals) -> None:
        """Add a later stretch of the same call."""
        if later.commits:
            self._join(later._open())
        elif later.seam is not None:
            self._open().paused |= later.seam.paused
            if later.seam.words >= 0:
                self.add_words(later.seam.words)
            elif later.seam.words == MASKED:
                self.hide_words()
        self.extend_to(later.first)
        self.extend_to(later.last)
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(later, name))

    def _join(self, later: TurnBoundary) -> None:
        """Judge the turn across the seam; words before it belong to its first commit."""
        mine = self._open()
        known = [words for words in (mine.words, later.first_words) if words >= 0]
        words = sum(known) if known else min(mine.words, later.first_words)
        paused = mine.paused or later.first_paused
        if self.commits:
            self._gap(later.first_start, words, paused)
        else:
            mine.first_start, mine.first_words, mine.first_paused = later.first_start, words, paused
        mine.last_commit, mine.words, mine.paused = later.last_commit, later.words, later.paused

    def goes_back(self, later: CallTotals) -> bool:
        """Whether a later stretch of the call begins before this one ends, beyond what threads do
        that log at once. Times without a date say nothing."""
        if self.last is None or later.first is None:
            return False
        return UNDATED_S <= later.first < self.last - BACK_S

    def shift(self, seconds: float) -> None:
        """Move the call's clock (a log without dates that went past midnight)."""
        self.first = None if self.first is None else self.first + seconds
        self.last = None if self.last is None else self.last + seconds

    # There may be half a million calls: max() would take three times as long.
    @property
    def false_interruptions(self) -> int:
        """Each event once, although the debug line and the turn log may both report it."""
        lines, turn_log = self.false_lines, self.false_turn_log
        return lines if lines > turn_log else turn_log

    @property
    def measured_turns(self) -> int:
        """Turns of the caller by their metrics, which the app may log at any level."""
        return self.eous or self.eou_objects or self.own_eous

    @property
    def user_turns(self) -> int:
        """Turns of the caller, by the line that counts them all; else Realtime responses."""
        commits, turns, eous = self.commits, self.turns, self.measured_turns
        ends = commits if commits > eous else eous
        return (ends if ends > turns else turns) or self.responses


_unknown = {*get_args(CallFigure)} - {*CallTotals.__struct_fields__}
if _unknown:
    raise TypeError(f"the catalogue adds to figures that a call does not have: {_unknown}")

_COUNTS = tuple(
    name
    for name, default in zip(
        CallTotals.__struct_fields__, CallTotals.__struct_defaults__, strict=True
    )
    if default == 0 and default is not None and default is not False
)

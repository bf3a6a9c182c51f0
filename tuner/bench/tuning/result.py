"""What a race of candidates came to, as values; no call is held in here, and LiveKit not needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from tuner.bench.tuning.candidates import Candidate

if TYPE_CHECKING:
    from tuner.bench.results.estimates import Estimate

FIGURES = {
    "cut_offs_per_turn": "cut-offs a turn",
    "wait_p50_s": "median wait, s",
    "wait_p90_s": "9 of 10 waits within, s",
    "false_stops_per_min": "false stops a minute",
    "dead_air_s_per_min": "dead air, s a minute",
    "stop_p50_s": "interrupted agent stops after, s",
    "cost_s": "cost of a turn, s",
}
"""The figures of the fresh callers that a profile and a report show, in their order."""


class Standing(NamedTuple):
    """A candidate after its rounds: callers met, cost of a turn, and by how much that is more
    than the least (s), paired over callers."""

    name: str
    callers: int
    cost: Estimate
    dearer: Estimate


class RaceResult(NamedTuple):
    """The race, and what the winner and the current settings came to with fresh callers.

    `figures` is by candidate and figure; `gain` is how much less a turn costs under the winner (s).
    It is empty, and `gain` None, where the current settings themselves won.
    """

    winner: Candidate
    standings: tuple[Standing, ...]
    figures: Mapping[str, Mapping[str, Estimate]]
    gain: Estimate | None
    fresh: int = 0

    @property
    def better(self) -> bool:
        """Whether the winner certainly costs callers less than the current settings."""
        return self.gain is not None and self.gain.low is not None and self.gain.low > 0

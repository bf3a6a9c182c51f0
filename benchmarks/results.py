"""What was measured, as values, and what must be shown of it: one table of targets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import linear_regression, median
from typing import Any, NamedTuple

from benchmarks.measure import Memory
from benchmarks.peers import TUNER
from benchmarks.shapes import SHAPES

SLOPE_FROM = 90e6
"""The growth of time is judged from 100 MB up (whole blocks make a log a little shorter)."""


@dataclass
class Timing:
    """One peer on one log."""

    peer: str
    does: str
    seconds: list[float] = field(default_factory=list)
    memory: Memory | None = None
    figures: int = 0
    wrong: list[str] = field(default_factory=list)
    failed: str = ""

    @property
    def median(self) -> float | None:
        """The median of the wall times."""
        return median(self.seconds) if self.seconds else None


@dataclass
class Scene:
    """All peers on one log; `missing` says who could not run, and for want of what."""

    name: str
    log: str
    bytes: int
    lines: int
    timings: list[Timing]
    missing: dict[str, list[str]]

    def seconds(self, peer: str) -> float | None:
        """The median of one peer."""
        return next((t.median for t in self.timings if t.peer == peer), None)


@dataclass
class Results:
    """One run of the whole."""

    machine: dict[str, Any]
    date: str
    scenes: list[Scene]
    growth: dict[str, list[Scene]]

    def scene(self, name: str) -> Scene | None:
        """The scene of this name, if it was played."""
        return next((scene for scene in self.scenes if scene.name == name), None)

    @property
    def faults(self) -> list[str]:
        """Every count that disagreed and every peer that failed."""
        played = [*self.scenes, *(scene for grown in self.growth.values() for scene in grown)]
        told = ((f"{s.log}, {t.peer}", [*t.wrong, t.failed]) for s in played for t in s.timings)
        return [f"{where}: {what}" for where, faults in told for what in faults if what]


class Target(NamedTuple):
    """What must be shown: `figure` at most (or at least) `limit`."""

    text: str
    figure: Callable[[Results], float | None]
    limit: float
    at_most: bool = True

    def met(self, results: Results) -> bool | None:
        """Whether it was; None if it was not measured."""
        found = self.figure(results)
        if found is None:
            return None
        return found <= self.limit if self.at_most else found >= self.limit


def ratio(scene: str, above: str, below: str) -> Callable[[Results], float | None]:
    """Seconds of one peer against those of another, on the same log."""

    def figure(results: Results) -> float | None:
        played = results.scene(scene)
        first, second = (played and played.seconds(name) for name in (above, below))
        return first / second if first and second else None

    return figure


def speed(scene: Scene, peer: str = TUNER) -> float | None:
    """MB a second."""
    seconds = scene.seconds(peer)
    return scene.bytes / 1e6 / seconds if seconds else None


def slope(grown: Sequence[Scene]) -> float | None:
    """How our time grows with size, log against log: 1 is linear."""
    points = [(s.bytes, t) for s in grown if s.bytes >= SLOPE_FROM and (t := s.seconds(TUNER))]
    if len(points) < 2:
        return None
    sizes, times = zip(*((math.log(size), math.log(t)) for size, t in points), strict=True)
    return linear_regression(sizes, times).slope


def _dev_speed(results: Results) -> float | None:
    """Against the JSON log next to it in size: starting up takes its share of both."""
    dev = results.scene("dev")
    json = [*results.growth.get("sparse", ()), *filter(None, [results.scene("sparse")])]
    if dev is None or not json:
        return None
    ours, theirs = speed(dev), speed(min(json, key=lambda one: abs(one.bytes - dev.bytes)))
    return ours / theirs if ours and theirs else None


def _steepest(results: Results) -> float | None:
    return max((s for grown in results.growth.values() if (s := slope(grown))), default=None)


def _most_memory(results: Results) -> float | None:
    ours = (t for grown in results.growth.values() for s in grown for t in s.timings)
    return max((t.memory.total for t in ours if t.memory), default=None)


def _rate(scene: str) -> Callable[[Results], float | None]:
    """Our MB a second."""

    def figure(results: Results) -> float | None:
        played = results.scene(scene)
        return speed(played) if played else None

    return figure


TARGETS: tuple[Target, ...] = (
    Target("sparse: our time against `rg -c`", ratio("sparse", TUNER, "rg -c"), 1.5),
    Target("sparse: our time against the three greps", ratio("sparse", TUNER, "three greps"), 1),
    Target("dense: DuckDB's time against ours", ratio("dense", "DuckDB", TUNER), 1, False),
    Target("dense: jq's time against ours", ratio("dense", "jq", TUNER), 10, False),
    Target("dense: pandas' time against ours", ratio("dense", "pandas", TUNER), 30, False),
    Target("dev: our speed on dev text against JSON", _dev_speed, 0.5, False),
    Target("gz: our time against `zcat | rg -c`", ratio("gz", TUNER, "zcat | rg -c"), 1),
    Target("debug: our time against `rg -c`", ratio("debug", TUNER, "rg -c"), 2),
    Target("info-debug: our time against DuckDB", ratio("info-debug", TUNER, "DuckDB"), 1),
    *(Target(f"{kind}: our MB a second", _rate(kind), 100, False) for kind in SHAPES),
    Target("growth: our peak memory, MB", _most_memory, 300),
    Target("growth: slope of our time, log-log, from 100 MB", _steepest, 1.05),
)

"""Samples of one participant's sound in, what a stretch of the call was like out.

Loss, jitter and round trip are those of WebRTC between agent and LiveKit; LiveKit passes on the
gaps that were in the caller's sound when it arrived there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

MOST_LOSS = 0.03
"""Share of lost packets that Opus no longer conceals well (ours; telephony plans with 0.01)."""
MOST_JITTER_S = 0.03
"""Jitter above 30 ms makes jitter buffers grow (the usual limit of voice networks)."""
MOST_RTT_S = 0.3
"""ITU-T G.114: up to 150 ms one way is good for conversation."""
FEWEST_PACKETS = 50
"""One second of sound: of fewer packets no share is taken."""
POOR = ("poor", "lost")
"""What LiveKit calls a connection that is."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The state of one stream: totals since it began, and the present jitter and round trip (s)."""

    packets: int
    lost: int
    jitter: float | None = None
    rtt: float | None = None
    codec: str | None = None


@dataclass(slots=True)
class Stretch:
    """What was measured since `began` (s); `quality` is LiveKit's present judgement."""

    began: float
    quality: str = "unknown"
    _since: Sample = field(default_factory=lambda: Sample(0, 0))
    _samples: list[Sample] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        """One more sample. Totals that fell are those of another stream, which began anew."""
        last = self._samples[-1] if self._samples else self._since
        if sample.packets < last.packets:
            self._since, self._samples = Sample(0, 0), []
        self._samples.append(sample)

    def end(self, now: float, changed_to: str | None = None) -> dict[str, Any] | None:
        """The fields of a line about the time until now, and begin anew; None without a packet."""
        seconds, self.began = now - self.began, now
        quality, self.quality = self.quality, changed_to or self.quality
        if not self._samples:
            return None
        last = self._samples[-1]
        # late packets make the total of lost ones fall
        packets, lost = last.packets - self._since.packets, max(0, last.lost - self._since.lost)
        samples, self._samples, self._since = self._samples, [], last
        if packets + lost <= 0:
            return None
        figures = {
            "rtt": _mean(sample.rtt for sample in samples),
            "jitter": _mean(sample.jitter for sample in samples),
            "loss": round(lost / (packets + lost), 4) if packets + lost >= FEWEST_PACKETS else None,
        }
        problem = _problem(figures, quality)
        return {
            "quality": quality,
            "changed_to": changed_to,
            "codec": last.codec,
            **figures,
            "packets": packets,
            "lost": lost,
            "seconds": round(seconds, 3),
            "problem": problem,
            "poor": problem != "none",
        }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(fmean(known), 4) if known else None


def _problem(figures: Mapping[str, float | None], quality: str) -> str:
    """The first thing that is wrong, in the order in which callers would notice."""
    limits = {"loss": MOST_LOSS, "jitter": MOST_JITTER_S, "rtt": MOST_RTT_S}
    for name, limit in limits.items():
        value = figures[name]
        if value is not None and value > limit:
            return name
    return "quality" if quality in POOR else "none"

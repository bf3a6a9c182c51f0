"""Responses of OpenAI as lines show them, and tallies of such."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from tuner.lines.message_figures import METHODS, endpoint_name
from tuner.stats.histogram import Histogram

_STATUSES = range(100, 1000)
UNKNOWN = "unknown"
"""The endpoint of a response whose headers alone are in the log."""
NOT_CALLS = ("models",)
"""Endpoints that only warm the connection up."""


class Response(NamedTuple):
    """One response as far as one line shows it; `ms` is openai-processing-ms."""

    status: int
    ms: float | None = None
    endpoint: str = ""
    method: str = ""

    @property
    def is_call(self) -> bool:
        """Whether it is a call to a model: not a pre-warm, not another company's service."""
        if self.method == "GET" or self.endpoint in NOT_CALLS:
            return False
        return self.ms is not None or self.endpoint not in ("", "other")


class ResponseTally:
    """Responses of one family of lines: counts by endpoint and status, times by endpoint."""

    __slots__ = ("counts", "times")

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, int]] = Counter()
        self.times: dict[str, Histogram] = {}

    def add(self, answer: Response, n: int = 1) -> None:
        """Count `n` equal responses."""
        self.count(answer.endpoint, answer.status, answer.ms, n)

    def count(self, endpoint: str, status: int, ms: float | None, n: int = 1) -> None:
        """The same, of their parts."""
        endpoint = endpoint or UNKNOWN
        self.counts[endpoint, status] += n
        if ms is not None:
            if endpoint not in self.times:
                self.times[endpoint] = Histogram()
            self.times[endpoint].add(ms, n)

    def add_timed(self, answer: Response, times: Mapping[float, int]) -> None:
        """Count responses that are equal but for their times (ms, and how often)."""
        endpoint = answer.endpoint or UNKNOWN
        self.counts[endpoint, answer.status] += sum(times.values())
        if answer.ms is not None:
            histogram = self.times.setdefault(endpoint, Histogram())
            for ms, n in times.items():
                histogram.add(ms, n)

    def pair_up(self) -> None:
        """Count headers that found no request, and requests that found no headers, as one each: one
        of the two lines lacks its call (it was cut off, or a thread wrote it), or requests that ran
        at once in a log without calls changed places."""
        for status in [status for endpoint, status in self.counts if endpoint == UNKNOWN]:
            untimed = self._untimed(status)
            alone = self.counts[UNKNOWN, status]
            self.counts[UNKNOWN, status] -= min(alone, sum(untimed.values()))
            if len(untimed) == 1 and sum(untimed.values()) >= alone == self._timed(UNKNOWN):
                times = self.times.pop(UNKNOWN)
                self.times.setdefault(next(iter(untimed)), Histogram()).merge(times)
        self.counts = +self.counts

    def _untimed(self, status: int) -> dict[str, int]:
        """How many responses of a status no headers told the time of, at most, by endpoint."""
        known = {each for each, code in self.counts if code == status and each != UNKNOWN}
        missing = {each: self._of(each) - self._timed(each) for each in known}
        return {each: min(n, self.counts[each, status]) for each, n in missing.items() if n > 0}

    def _of(self, endpoint: str) -> int:
        return sum(n for (each, _), n in self.counts.items() if each == endpoint)

    def _timed(self, endpoint: str) -> int:
        return self.times[endpoint].n if endpoint in self.times else 0

    def merge(self, other: ResponseTally) -> None:
        """Add another tally to this one."""
        self.counts.update(other.counts)
        for endpoint, times in other.times.items():
            self.times.setdefault(endpoint, Histogram()).merge(times)

    @property
    def n(self) -> int:
        """How many responses were counted."""
        return self.counts.total()

    @property
    def timed(self) -> int:
        """How many of them had a processing time."""
        return sum(times.n for times in self.times.values())


def answer(fields: Mapping[str, Any]) -> Response:
    """The response that the fields of one line report. Of other texts than the usual ones, which
    may be private and endlessly many, nothing is kept."""
    ms, status = fields.get("processing_ms"), fields.get("status")
    method = fields.get("method")
    return Response(
        status if isinstance(status, int) and status in _STATUSES else 0,
        float(ms) if isinstance(ms, int | float) and ms >= 0 else None,
        endpoint_name(str(fields.get("endpoint", ""))),
        method if method in METHODS else "",
    )

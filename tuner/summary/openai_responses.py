"""Up to four lines report one OpenAI response; here each response is counted once.

httpcore logs the headers and httpx the request in the same breath (nothing is awaited between
them), so the two pair up by adjacency within one job. The SDK's own line comes later, so the two
families are counted apart and the fuller one is believed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tuner.lines.message_figures import METHODS, endpoint_name
from tuner.stats.histogram import Histogram
from tuner.summary import lone_responses

_STATUSES = range(100, 1000)
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
        endpoint = endpoint or lone_responses.UNKNOWN
        self.counts[endpoint, status] += n
        if ms is not None:
            if endpoint not in self.times:
                self.times[endpoint] = Histogram()
            self.times[endpoint].add(ms, n)

    def add_timed(self, answer: Response, times: Mapping[float, int]) -> None:
        """Count responses that are equal but for their times (ms, and how often)."""
        endpoint = answer.endpoint or lone_responses.UNKNOWN
        self.counts[endpoint, answer.status] += sum(times.values())
        if answer.ms is not None:
            histogram = self.times.setdefault(endpoint, Histogram())
            for ms, n in times.items():
                histogram.add(ms, n)

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


class Wire:
    """The header and request lines of one generation of httpcore/httpx, paired within a job.

    `open` holds a header line whose request line has not come yet, per job; `lead` the first
    request line of a job that had no header line before it here (it may stand in the stretch of
    log before this one); `touched` the jobs that had any such line. From the start of a log on
    (`first`) nothing stands before, so there is nothing to lead and no need to know who was there.
    """

    __slots__ = ("first", "lead", "open", "tally", "touched")

    def __init__(self, first: bool = False) -> None:
        self.first = first
        self.tally = ResponseTally()
        self.open: dict[str, Response] = {}
        self.lead: dict[str, Response] = {}
        self.touched: set[str] = set()

    def headers(self, job: str, answer: Response) -> None:
        """A line with response headers: waits for its request line."""
        self._close(job)
        self.open[job] = answer
        self._touch(job)

    def request(self, job: str, answer: Response) -> None:
        """A line with method, URL and status: completes the headers just before it."""
        if job in self.open:
            self._count(self._join(self.open.pop(job), answer))
        elif self.first or job in self.touched:
            self._count(answer)
        else:
            self.lead[job] = answer
        self._touch(job)

    def _touch(self, job: str) -> None:
        if not self.first:
            self.touched.add(job)

    @staticmethod
    def _join(headers: Response, request: Response) -> Response:
        return Response(headers.status, headers.ms, request.endpoint, request.method)

    def _close(self, job: str) -> None:
        if job in self.open:
            self._count(self.open.pop(job))

    def _count(self, answer: Response) -> None:
        if answer.is_call:
            self.tally.add(answer)

    def merge(self, later: Wire) -> None:
        """Add the next stretch of the same log, pairing across the seam."""
        paired = {job: self.open.pop(job) for job in [*self.open] if job in later.touched}
        for job, headers in paired.items():
            lead = later.lead.get(job)
            self._count(headers if lead is None else self._join(headers, lead))
        leads = later.lead  # as many as the calls
        if paired:
            leads = {job: lead for job, lead in leads.items() if job not in paired}
        self._lead(leads)
        self.open.update(later.open)
        if not self.first:
            self.touched |= later.touched
        self.tally.merge(later.tally)

    def _lead(self, leads: Mapping[str, Response]) -> None:
        """Take the first request lines of the next stretch that found no headers here. They may be
        as many as the calls, and are few different ones."""
        here = leads if self.first else {job: leads[job] for job in leads if job in self.touched}
        for each, n in Counter(here.values()).items():
            if each.is_call:
                self.tally.add(each, n)
        if not self.first:
            self.lead.update({job: lead for job, lead in leads.items() if job not in here})

    def forget(self, job: str) -> None:
        """The job is over: count what waits for a partner, and keep nothing of it."""
        self._close(job)
        self.lead.pop(job, None)
        self.touched.discard(job)

    def settled(self) -> ResponseTally:
        """The tally at the end of a log: what waits for a partner is counted without one."""
        out = ResponseTally()
        out.merge(self.tally)
        for each in (*self.open.values(), *self.lead.values()):
            if each.is_call:
                out.add(each)
        lone_responses.pair_up(out.counts, out.times)
        return out


class Responses:
    """All OpenAI responses of one input, by generation of the SDK ("old", "new") and family."""

    __slots__ = ("first", "sdk", "turn_log", "wire")

    def __init__(self, first: bool = False) -> None:
        self.first = first
        self.wire: dict[str, Wire] = {}
        self.sdk: dict[str, ResponseTally] = {}
        self.turn_log = ResponseTally()

    def add(self, kind: str, generation: str, job: str, fields: Mapping[str, Any]) -> None:
        """Count what one line reports (`kind` as in the table of lines)."""
        response = answer(fields)
        if kind == "openai_call":
            if response.status:  # none: it was cancelled, or timed out, before an answer came
                self.turn_log.add(response)
        elif kind == "http_headers":
            self.headers(generation, job, response)
        elif kind == "http_request":
            self.request(generation, job, response)
        else:
            self.add_sdk(generation, response, 1)

    def headers(self, generation: str, job: str, response: Response) -> None:
        """Count a line with headers; a request line of its job may complete it."""
        self._wire(generation).headers(job, response)

    def request(self, generation: str, job: str, response: Response) -> None:
        """Count a request line; it may complete the headers of its job."""
        self._wire(generation).request(job, response)

    def count(self, generation: str, response: Response, n: int) -> None:
        """Count `n` equal responses whose lines have found their partners, or have none."""
        if response.is_call:
            self._wire(generation).tally.add(response, n)

    def count_timed(self, generation: str, response: Response, times: Mapping[float, int]) -> None:
        """Count responses that are equal but for their times (ms, and how often)."""
        if response.is_call:
            self._wire(generation).tally.add_timed(response, times)

    def begin(
        self, generation: str, lead: Iterable[tuple[str, Response]], touched: Iterable[str]
    ) -> None:
        """Begin a stretch: the first request line of each job, and who had lines of HTTP in it."""
        wire = self._wire(generation)
        wire.lead.update(lead)
        wire.touched.update(touched)

    def add_sdk(self, generation: str, response: Response, n: int) -> None:
        """Count `n` equal responses that the SDK reports."""
        if response.method != "GET" and response.endpoint not in NOT_CALLS:
            self.sdk.setdefault(generation, ResponseTally()).add(response, n)

    def _wire(self, generation: str) -> Wire:
        if generation not in self.wire:
            self.wire[generation] = Wire(self.first)
        return self.wire[generation]

    def merge(self, later: Responses) -> None:
        """Add the next stretch of the same log."""
        for generation, wire in later.wire.items():
            self._wire(generation).merge(wire)
        for generation, tally in later.sdk.items():
            self.sdk.setdefault(generation, ResponseTally()).merge(tally)
        self.turn_log.merge(later.turn_log)

    def settled(self) -> ResponseTally:
        """Each response once: of the families that report the same ones, the fuller."""
        out = ResponseTally()
        for generation in {*self.wire, *self.sdk}:
            wire = self.wire.get(generation, Wire()).settled()
            sdk = self.sdk.get(generation, ResponseTally())
            out.merge(_fuller(wire, sdk))
        return _fuller(self.turn_log, out)


def _fuller(first: ResponseTally, second: ResponseTally) -> ResponseTally:
    """Of two tallies of the same responses: the counts of one, the times of one."""
    out = ResponseTally()
    out.counts = max(first, second, key=lambda tally: (tally.n, tally.timed)).counts
    out.times = max(first, second, key=lambda tally: tally.timed).times
    return out


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

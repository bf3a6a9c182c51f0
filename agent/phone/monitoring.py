"""What the webhook counts, for Prometheus and for `/metrics`.

Running calls come from the slot store at each scrape, so every worker gives the same true figure.
With several workers the counters add up through files (PROMETHEUS_MULTIPROC_DIR).
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 3.0)

CALLS = Counter("phone_calls", "Incoming calls by the answer that they got.", ["answer"])
DIALS = Counter("phone_dials", "Calls by how the dialled leg ended.", ["status"])
TRANSFERS = Counter("phone_transfers", "Callers handed over by the agent.", ["result"])
REFUSED = Counter("phone_refused_requests", "Requests that were not answered.", ["reason"])
RELEASES = Counter("phone_releases", "Reports that a call is over.", ["source"])
STORE_ERRORS = Counter("phone_store_errors", "Times that the slot store did not answer.", ["verb"])
STORE_SECONDS = Histogram("phone_store_seconds", "Time of one verb.", ["verb"], buckets=_SECONDS)
ANSWER_SECONDS = Histogram("phone_answer_seconds", "Time to answer a call.", buckets=_SECONDS)


def usage(active: int, most: int) -> dict[str, float]:
    """The body of `/metrics`."""
    percent = round(100 * active / most, 2)
    return {"active_calls": active, "max_concurrent_calls": most, "utilization_percent": percent}


def exposition(active: int | None, most: int) -> bytes:
    """The text of `/prometheus`; running calls are left out while the store does not answer."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Ours())
    registry.register(_Gauges(active, most))
    return generate_latest(registry)


class _Ours:
    """The figures of this module only, out of the registry of the whole process."""

    def collect(self) -> Iterable[Metric]:
        yield from (metric for metric in REGISTRY.collect() if metric.name.startswith("phone_"))


class _Gauges:
    def __init__(self, active: int | None, most: int) -> None:
        self._values = {
            "phone_active_calls": (active, "Calls that hold a slot."),
            "phone_max_calls": (most, "The limit."),
        }

    def collect(self) -> Iterable[Metric]:
        for name, (value, meaning) in self._values.items():
            if value is not None:
                yield GaugeMetricFamily(name, meaning, value=value)

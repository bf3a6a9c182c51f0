"""The figures of `/health`, for Prometheus on the agent's metrics port.

They are read when Prometheus asks, so a chunk of audio costs nothing more for them.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from agent.audiocodes.health import Health

_QUANTILES = {"0.5": "median", "0.9": "p90", "0.99": "p99"}


class Figures(Collector):
    """Collects from one server."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def describe(self) -> list[Metric]:
        """Nothing is asked of the server when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Calls, latency by operation over the last minute, and what happened since the start."""
        calls = self._health.calls()
        yield GaugeMetricFamily("audiocodes_calls", "Calls that run.", value=calls["now"])
        if calls["limit"] is not None:
            most = "Calls that may run at a time."
            yield GaugeMetricFamily("audiocodes_max_calls", most, value=calls["limit"])
        yield self._latency()
        events = CounterMetricFamily("audiocodes_events", "Since the start.", labels=["event"])
        for name, count in dataclasses.asdict(self._health.counts).items():
            events.add_metric([name], count)
        yield events

    def _latency(self) -> Metric:
        latency = GaugeMetricFamily(
            "audiocodes_latency_seconds",
            "Time of an operation over the last minute.",
            labels=["operation", "quantile"],
        )
        for operation, figures in self._health.latency.summary().items():
            for quantile, name in _QUANTILES.items():
                latency.add_metric([operation, quantile], figures[name] / 1000)
        return latency


@contextlib.contextmanager
def offered(health: Health) -> Iterator[None]:
    """Prometheus finds the figures inside the context."""
    figures = Figures(health)
    REGISTRY.register(figures)
    try:
        yield
    finally:
        REGISTRY.unregister(figures)

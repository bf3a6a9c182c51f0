"""A scenario as a value: who calls, over what line, to which models.

A scenario is distributions; with a seed and a number it becomes one call, always the same one.
`scenarios` reads their files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tuner.bench.callers.caller import CallerStyle
from tuner.bench.latency import Latency, LogNormal
from tuner.bench.model import Behaviour, Endpoint, Kind, ServerPlan

ENDPOINTS = {
    "chat": Endpoint.CHAT,
    "transcription": Endpoint.TRANSCRIPTION,
    "speech": Endpoint.SPEECH,
    "response": Endpoint.RESPONSE,
    "transcript": Endpoint.TRANSCRIPT,
}
"""Tables of `[models]`: three of the pipeline, then reply and transcript of the Realtime model."""

USUAL_TIMES = {
    "chat": LogNormal(0.35, 0.35),
    "transcription": LogNormal(0.18, 0.3),
    "speech": LogNormal(0.15, 0.3),
    "response": LogNormal(0.4, 0.3),
    "transcript": LogNormal(0.25, 0.3),
}
"""Processing times (s) of a good day: excellent to good by the guides' bands."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of call.

    `best` is the profile that is made for it. `seconds` is the longest that a call lasts;
    `reply_s` how long the agent's answers take to say (low, high).
    """

    name: str
    title: str
    best: str
    seconds: float = 36.0
    reply_s: tuple[float, float] = (2.5, 5.0)
    caller: CallerStyle = field(default_factory=CallerStyle)
    models: Mapping[str, Latency] = field(default_factory=lambda: dict(USUAL_TIMES))
    failures: Mapping[str, float] = field(default_factory=dict)

    def plan(self, seed: int) -> ServerPlan:
        """How the server behaves in the call with this seed."""
        chances = {Kind(name): chance for name, chance in self.failures.items()}
        behaviours = {
            endpoint: Behaviour(self.models[name], chances=chances)
            for name, endpoint in ENDPOINTS.items()
        }
        return ServerPlan(behaviours, seed=seed)

    def with_models(self, models: Mapping[str, Latency]) -> Scenario:
        """The same with other latencies for the endpoints that are named."""
        return replace(self, models={**self.models, **models})

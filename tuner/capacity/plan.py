"""The plan: lines, machines, processes and money for a number of calls an hour.

Each figure says where it comes from: `given` by you, `computed` from the others, `measured` (see
docs/phone.md for the machine), `listed` (a price list of a date), or `assumed`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from tuner.capacity import cost, erlang
from tuner.capacity.cost import Talk
from tuner.capacity.prices import Prices

Grade = Literal["given", "computed", "measured", "listed", "assumed"]

CPU_A_CALL = 0.38
"""Cores that the agent of one call keeps busy, the highest of 0.20 to 0.38 measured."""
MB_A_CALL, MB_SERVER, MB_IDLE = 67, 119, 37
"""Own memory of a call's process, of the server, of a waiting process (docs/agent.md)."""
START_S = 4.0
"""Seconds until a new process can take a call (docs/agent.md)."""
TARGET_LOAD = 0.7
"""The CPU load that livekit-server fills an agent to, its own default."""
WEBHOOKS_A_CALL = 6
"""One for the call, one for its end, four reports on the leg to LiveKit."""
HOURS_A_MONTH = 160.0
LLM, REALTIME = "gpt-5.4-mini", "gpt-realtime-2.1"
"""The models of the shipped profiles."""
PHASES = (
    (50, "1: one machine (deploy/systemd, or deploy/compose.yaml)"),
    (150, "2: webhook and agents apart (deploy/compose.yaml and deploy/systemd)"),
    (500, "3: several of each (deploy/kubernetes)"),
)
"""Of the performance guide: up to how many lines, and the files for it."""
LAST_PHASE = "4: several regions (deploy/kubernetes, once a region)"


@dataclass(frozen=True, slots=True)
class PlannedFigure:
    """One line of the plan."""

    name: str
    value: float
    unit: str
    grade: Grade
    why: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked: the busy hour, and the machines for it."""

    calls_an_hour: float
    talk: Talk = field(default_factory=Talk)
    most_blocked: float = 0.01
    cores: int = 4
    memory_gb: float = 8.0
    realtime: bool = False
    stt: str = "gpt-transcribe"
    llm: str = LLM
    tts: str = "gpt-4o-mini-tts"
    realtime_model: str = REALTIME
    hours_a_month: float = HOURS_A_MONTH
    cpu_a_call: float = CPU_A_CALL
    mb_a_call: float = MB_A_CALL
    burst: int = 0
    """Calls that have begun while one process starts; more than Poisson expects where they do."""
    from_logs: str = ""
    """What the figures of calls are measured in; "" if they are given."""

    @property
    def erlangs(self) -> float:
        """Calls at once on average."""
        return self.calls_an_hour * self.talk.minutes / 60


@dataclass(frozen=True, slots=True)
class CapacityPlan:
    """The figures, the parts of a call's price, and what stands in the way."""

    figures: tuple[PlannedFigure, ...]
    parts: dict[str, float]
    notes: tuple[str, ...]
    prices_of: str

    def figure(self, name: str) -> float:
        """The value of a figure by its name."""
        return next(figure.value for figure in self.figures if figure.name == name)


def make(demand: Demand, prices: Prices) -> CapacityPlan:
    """Compute the plan.

    Raises:
        UsageError: the prices lack a model.
    """
    parts = _parts(demand, prices)
    lines = erlang.lines_for(demand.erlangs, demand.most_blocked)
    capacity = [*_lines(demand, lines), *_machines(demand, lines), *_money(demand, parts)]
    notes = tuple(_notes(demand, prices, parts, lines))
    return CapacityPlan(tuple(capacity), parts, notes, prices.date)


def _parts(demand: Demand, prices: Prices) -> dict[str, float]:
    if demand.realtime:
        models = cost.realtime(prices, demand.realtime_model, demand.talk)
    else:
        models = cost.pipeline(prices, demand.stt, demand.llm, demand.tts, demand.talk)
    return models | cost.lines(prices, demand.talk)


def _lines(demand: Demand, lines: int) -> Iterator[PlannedFigure]:
    grade: Grade = "measured" if demand.from_logs else "given"
    calls = round(demand.calls_an_hour, 1)
    yield PlannedFigure("calls an hour", calls, "", grade, demand.from_logs)
    minutes = round(demand.talk.minutes, 2)
    yield PlannedFigure("length of a call", minutes, "minutes", grade, demand.from_logs)
    yield PlannedFigure("calls at once", round(demand.erlangs, 2), "on average", "computed")
    yield PlannedFigure("lines", lines, "", "computed", "Erlang B; PHONE_MAX_CALLS")
    share = 100 * erlang.blocked(demand.erlangs, lines)
    yield PlannedFigure("callers who hear busy", round(share, 2), "%", "computed")
    rate = demand.calls_an_hour / 3600
    yield PlannedFigure("webhooks", round(rate * WEBHOOKS_A_CALL, 2), "a second", "computed")
    starts = erlang.burst(rate)
    yield PlannedFigure(
        "calls started", starts, "in a second at most", "computed", "99.9 % of seconds"
    )


def calls_a_machine(demand: Demand) -> int:
    """Calls that one machine carries: CPU up to the target load, memory whole."""
    by_cpu = demand.cores * TARGET_LOAD / demand.cpu_a_call
    by_memory = (demand.memory_gb * 1024 - MB_SERVER) / demand.mb_a_call
    return max(1, int(min(by_cpu, by_memory)))


def _machines(demand: Demand, lines: int) -> Iterator[PlannedFigure]:
    each = calls_a_machine(demand)
    machines = math.ceil(lines / each)
    arrivals = demand.calls_an_hour / 3600 / machines * START_S
    idle = max(erlang.burst(arrivals), math.ceil(demand.burst / machines))
    memory = MB_SERVER + each * demand.mb_a_call + idle * MB_IDLE
    why = f"{demand.cpu_a_call:.2g} cores and {demand.mb_a_call:.0f} MB a call"
    yield PlannedFigure("calls on a machine", each, "MAX_PROCESSES", "measured", why)
    yield PlannedFigure("machines for agents", machines, "", "computed")
    why = f"calls that come while one starts, {START_S:g} s"
    yield PlannedFigure("waiting processes", idle, "NUM_IDLE_PROCESSES", "measured", why)
    yield PlannedFigure("memory on a machine", round(memory / 1024, 1), "GB", "measured")


def _money(demand: Demand, parts: dict[str, float]) -> Iterator[PlannedFigure]:
    call = sum(parts.values())
    hour = call * demand.calls_an_hour
    yield PlannedFigure("a call", round(call, 4), "$", "listed")
    yield PlannedFigure("a busy hour", round(hour, 2), "$", "listed")
    why = f"{demand.hours_a_month:g} such hours"
    yield PlannedFigure("a month", round(hour * demand.hours_a_month, 2), "$", "assumed", why)


def _notes(demand: Demand, prices: Prices, parts: dict[str, float], lines: int) -> Iterator[str]:
    phase = next((name for most, name in PHASES if lines <= most), LAST_PHASE)
    yield f"phase {phase}"
    name, dollars = max(parts.items(), key=lambda part: part[1])
    share = dollars / (sum(parts.values()) or 1)  # a call may be free
    yield f"the biggest part of a call's price: {name}, {100 * share:.0f} %"
    missed = sum(_parts(_without_cache(demand), prices).values())
    yield f"without the cache a call costs ${missed:.3f}: history is sent again on every turn"
    for plan, limits in prices.plans.items():
        if lines > limits["agents"]:
            yield f"LiveKit {plan} hosts {limits['agents']:g} agents at once: not enough"
    yield "no machine for SIP or LiveKit itself is counted: LiveKit Cloud, or your own besides"


def _without_cache(demand: Demand) -> Demand:
    return replace(demand, talk=replace(demand.talk, cached=0.0))

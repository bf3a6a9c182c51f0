"""Takes a run, gives all that the reports show: figures, choices and agreement, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tuner.bench.callers.scenario import Scenario
from tuner.bench.results import analyzer_agreement, estimates, frontier
from tuner.bench.results.analyzer_agreement import Check
from tuner.bench.results.estimates import Draws, Estimate
from tuner.bench.results.frontier import Choice
from tuner.bench.results.measures import CallMeasures, measure
from tuner.bench.running.job import CallTruth
from tuner.bench.running.runner import LAG_LIMIT_S, Run
from tuner.limits import Limits
from tuner.model import Report


@dataclass(frozen=True, slots=True)
class ScenarioResults:
    """One scenario: per profile its figures by name, the calls behind them, and the choice.

    `among` is the choice among the profiles of one mode ("pipeline", "realtime") where both were
    tried: which mode an agent has is mostly settled before its timing is.
    """

    scenario: Scenario
    figures: Mapping[str, Mapping[str, Estimate]]
    calls: Mapping[str, int]
    choice: Choice | None
    among: Mapping[str, Choice]

    def meant(self) -> Choice | None:
        """The choice that the scenario's own profile takes part in, within its mode."""
        own = (one for one in self.among.values() if self.scenario.best in one.dearer)
        return next(own, self.choice)


@dataclass(frozen=True, slots=True)
class Advice:
    """What `tuner analyze` advised on a log: "switch", "keep" or "undecided", and the profile."""

    verdict: str
    profile: str | None

    def __str__(self) -> str:
        return f"switch to {self.profile}" if self.verdict == "switch" else self.verdict


@dataclass(frozen=True, slots=True)
class Results:
    """All that a run says.

    `advice` is by scenario and profile of the log; `troubles` are the reasons not to believe it,
    or not all of it.
    """

    seed: int
    command: str
    run: Run
    limits: Limits
    tables: tuple[ScenarioResults, ...]
    checks: tuple[Check, ...]
    advice: Mapping[tuple[str, str], Advice]
    troubles: tuple[str, ...] = field(default=())


Analyze = Callable[[Path], Report]


def conclude(
    run: Run,
    scenarios: Sequence[Scenario],
    profiles: Sequence[str],
    *,
    seed: int,
    command: str,
    limits: Limits,
    logs: Mapping[tuple[str, str], Path],
    analyze: Analyze,
) -> Results:
    """Measure the calls, compare the profiles, and compare the analyzer with the truth.

    `logs` is the log of each (scenario, profile); `command` the command that was given.
    """
    measured = {id(call): measure(call) for call in run.good}
    groups = _groups(run, scenarios, profiles)
    tables = tuple(_table(one, groups, measured, seed, limits) for one in scenarios)
    checks: list[Check] = []
    advice: dict[tuple[str, str], Advice] = {}
    troubles = _troubles(run)
    for key, calls in groups.items():
        whole = len(calls) == run.wanted // (len(scenarios) * len(profiles))
        if key not in logs or not whole or any(call.failure for call in calls):
            continue  # its log has calls whose truth we do not have
        try:
            report = analyze(logs[key])
        except Exception as error:  # whatever it is: the calls that were measured are not lost
            troubles.append(f"{key[0]}, {key[1]}: the analyzer failed ({type(error).__name__})")
            continue
        advice[key] = Advice(report.recommendation.verdict, report.recommendation.profile)
        mine = [measured[id(call)] for call in calls]
        checks += analyzer_agreement.checks(report, calls, mine, limits.openai_slow_ms)
    troubles += [str(check) for check in checks if check.binding and not check.agrees]
    return Results(seed, command, run, limits, tables, tuple(checks), advice, tuple(troubles))


def _groups(
    run: Run, scenarios: Sequence[Scenario], profiles: Sequence[str]
) -> dict[tuple[str, str], list[CallTruth]]:
    """The calls by scenario and profile, in the order of their numbers."""
    groups: dict[tuple[str, str], list[CallTruth]] = {
        (one.name, profile): [] for one in scenarios for profile in profiles
    }
    for call in sorted(run.calls, key=lambda one: one.number):
        groups[call.scenario, call.profile].append(call)
    return {key: calls for key, calls in groups.items() if calls}


def _table(
    scenario: Scenario,
    groups: Mapping[tuple[str, str], Sequence[CallTruth]],
    measured: Mapping[int, CallMeasures],
    seed: int,
    limits: Limits,
) -> ScenarioResults:
    mine = {
        profile: [measured[id(call)] for call in calls if not call.failure]
        for (name, profile), calls in groups.items()
        if name == scenario.name
    }
    drawn = estimates.draw(mine, estimates.measures(limits), seed)
    figures = {
        profile: {name: draws.estimate() for name, draws in found.items()}
        for profile, found in drawn.items()
    }
    counts = {profile: len(calls) for profile, calls in mine.items()}
    choice, among = frontier.choose(drawn), _among(drawn, _realtime(scenario, groups))
    return ScenarioResults(scenario, figures, counts, choice, among)


def _realtime(
    scenario: Scenario, groups: Mapping[tuple[str, str], Sequence[CallTruth]]
) -> set[str]:
    """The profiles whose calls went to a Realtime model."""
    return {
        profile
        for (name, profile), calls in groups.items()
        if name == scenario.name and any(call.realtime for call in calls)
    }


def _among(drawn: Mapping[str, Mapping[str, Draws]], realtime: set[str]) -> dict[str, Choice]:
    """The choice within each mode; nothing when there is but one mode."""
    modes = {"pipeline": set(drawn) - realtime, "realtime": set(drawn) & realtime}
    if not all(modes.values()):
        return {}
    found = {
        mode: frontier.choose({name: one for name, one in drawn.items() if name in names})
        for mode, names in modes.items()
    }
    return {mode: choice for mode, choice in found.items() if choice is not None}


def _troubles(run: Run) -> list[str]:
    found = []
    if run.problem:
        found.append(f"{run.problem}: {len(run.calls)} of {run.wanted} calls were measured")
    if run.too_slow:
        found.append(
            f"invalid: the machine could not keep up (event loops {run.lag_p99_s * 1000:.0f} ms "
            f"late at the 99th percentile, limit {LAG_LIMIT_S * 1000:.0f} ms); lower --at-once"
        )
    failed = [call for call in run.calls if call.failure]
    found += [f"{call.job_id} failed: {call.failure}" for call in failed[:3]]
    if len(failed) > 3:
        found.append(f"... and {len(failed) - 3} more calls failed")
    return found

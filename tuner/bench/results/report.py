"""Takes the results of a bench, gives them as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tuner.bench.results.estimates import BenchMeasure, Estimate, measures
from tuner.bench.results.frontier import Choice
from tuner.bench.results.results import Results, ScenarioResults
from tuner.bench.running.runner import Run
from tuner.settings import profiles

_BLOCKS = (
    ("wait_p50_s", "wait_p90_s", "answered", "cost_s"),
    ("false_stops_per_min", "dead_air_s_per_min", "cut_offs_per_turn", "missed"),
    ("stop_p50_s", "late", "needless_per_min", "tokens_per_turn"),
)
_WIDE = 17


def text(results: Results) -> str:
    """The tables, one scenario after the other, then how far they can be trusted."""
    parts = [_head(results)]
    parts += [_scenario(table, results) for table in results.tables if table.figures]
    parts.append(_agreement(results))
    if results.troubles:
        parts.append(
            "\n".join([" DO NOT BELIEVE THIS", *(f"   {line}" for line in results.troubles)])
        )
    return "\n\n".join(parts)


def _head(results: Results) -> str:
    run, limits = results.run, results.limits
    weights = (
        f"   cost of a turn: wait p90 x {limits.cost_wait_s:g}, and spread over the turns\n"
        f"   {limits.cost_false_interruption_s:g} s for a false stop, "
        f"{limits.cost_false_cutoff_s:g} s for a cut-off, a missed barge-in or a false stop that "
        "cost\n   the rest of the reply, "
        f"{limits.cost_wait_s:g} s for each second until a barge-in is let in"
    )
    return "\n".join([f" {_size(run)}", f"   {results.command}", weights])


def _size(run: Run) -> str:
    minutes = sum(call.ended - call.began for call in run.good) / 60
    return (
        f"{len(run.good)} calls, {minutes:.1f} min, held {run.at_once} at once in "
        f"{run.processes} processes within {run.seconds / 60:.1f} min; "
        f"event loop p99 {run.lag_p99_s * 1000:.0f} ms late"
    )


def _scenario(table: ScenarioResults, results: Results) -> str:
    known = {one.name: one for one in measures(results.limits)}
    scenario = table.scenario
    lines = [f" {scenario.name.upper()}  {scenario.title}"]
    for block in _BLOCKS:
        lines += ["", *_block([known[name] for name in block], table.figures)]
    if table.choice is not None:
        lines += ["", *_choice(table.choice, table), *_advice(table, results)]
    return "\n".join(lines)


def _block(
    columns: Sequence[BenchMeasure], figures: Mapping[str, Mapping[str, Estimate]]
) -> list[str]:
    wide = max(len("profile"), *(len(profile) for profile in figures))
    head = "   " + "profile".ljust(wide) + "".join(one.title.rjust(_WIDE) for one in columns)
    rows = [
        "   "
        + profile.ljust(wide)
        + "".join(cell(found[one.name], one.digits).rjust(_WIDE) for one in columns)
        for profile, found in figures.items()
    ]
    return [head, *rows]


def cell(estimate: Estimate, digits: int) -> str:
    """A figure with its interval: "1.31 1.25-1.38"; "-" when there was nothing to measure."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "-"
    low, high = f"{estimate.low:.{digits}f}", f"{estimate.high:.{digits}f}"
    return f"{estimate.value:.{digits}f} {low}-{high}"


def _choice(choice: Choice, table: ScenarioResults) -> list[str]:
    lines = [f"   least cost: {_named(choice)}"]
    for mode, one in table.among.items():
        if len(one.dearer) > 1:
            lines.append(f"   of the {mode} profiles: {_named(one)}")
    lines.append(f"   frontier of wait and errors: {', '.join(choice.frontier)}")
    meant, own = table.scenario.best, table.meant()
    if own is not None and meant in own.dearer and meant not in own.as_good:
        more = cell(own.dearer[meant], 2)
        lines.append(f"   {meant} is made for this, and costs {more} s a turn more than {own.best}")
    return lines


def _advice(table: ScenarioResults, results: Results) -> list[str]:
    """What the analyzer makes of the log of the default, and of the profile that it names then."""
    name = table.scenario.name
    first = results.advice.get((name, profiles.DEFAULT))
    if first is None:
        return []
    line = f"   tuner analyze on the log of {profiles.DEFAULT}: {first}"
    then = results.advice.get((name, first.profile or "")) if first.verdict == "switch" else None
    return [line + (f"; on the log of {first.profile}: {then}" if then else "")]


def _named(choice: Choice) -> str:
    others = [name for name in choice.as_good if name != choice.best]
    return choice.best + (f"; as good: {', '.join(others)}" if others else "")


def _agreement(results: Results) -> str:
    binding = [check for check in results.checks if check.binding]
    if not binding:
        return " ANALYZER  not compared: no log of a whole call"
    wrong = [check for check in binding if not check.agrees]
    lines = [
        f" ANALYZER  {len(binding) - len(wrong)} of {len(binding)} counts of `tuner analyze` "
        "equal the truth"
    ]
    loose = [check for check in results.checks if not check.binding and not check.agrees]
    for what in dict.fromkeys(check.what for check in loose if check.found is not None):
        mine = [check for check in loose if check.what == what and check.found is not None]
        counted, truth = sum(check.found or 0 for check in mine), sum(check.low for check in mine)
        lines.append(
            f"   {what}: in {len(mine)} logs it counts {counted}, the truth is {truth}: a log "
            "cannot show every one"
        )
    if hidden := sum(check.found is None for check in loose):
        lines.append(f"   {hidden} counts are not visible in these logs, and the analyzer says so")
    return "\n".join(lines)

"""Takes the results of a bench, gives them as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from tuner.bench.results.estimates import Estimate
from tuner.bench.results.results import Results, ScenarioResults

SCHEMA = 1


def render(results: Results) -> str:
    """Everything, by scenario and profile; seconds unless a name says otherwise."""
    run = results.run
    return json.dumps(
        {
            "schema": SCHEMA,
            "command": results.command,
            "seed": results.seed,
            "run": {
                "calls": len(run.good),
                "wanted": run.wanted,
                "at_once": run.at_once,
                "processes": run.processes,
                "seconds": round(run.seconds, 1),
                "lag_p99_ms": round(run.lag_p99_s * 1000, 1),
                "valid": not run.too_slow and not run.problem,
            },
            "weights": {
                name: getattr(results.limits, name)
                for name in ("cost_wait_s", "cost_false_interruption_s", "cost_false_cutoff_s")
            },
            "scenarios": {table.scenario.name: _table_json(table) for table in results.tables},
            "advice": [
                {"scenario": scenario, "log_of": profile, **asdict(one)}
                for (scenario, profile), one in results.advice.items()
            ],
            "analyzer": [{**asdict(check), "agrees": check.agrees} for check in results.checks],
            "troubles": list(results.troubles),
        },
        indent=1,
    )


def _table_json(table: ScenarioResults) -> dict[str, Any]:
    choice = table.choice
    among = {mode: {"best": c.best, "as_good": list(c.as_good)} for mode, c in table.among.items()}
    return {
        "title": table.scenario.title,
        "made_for": table.scenario.best,
        "best": choice.best if choice else None,
        "as_good": list(choice.as_good) if choice else [],
        "among": among,
        "frontier": list(choice.frontier) if choice else [],
        "dearer_s": {name: _rounded(one) for name, one in choice.dearer.items()} if choice else {},
        "profiles": {
            profile: {
                "calls": table.calls[profile],
                **{name: _rounded(one) for name, one in figures.items()},
            }
            for profile, figures in table.figures.items()
        },
    }


def _rounded(estimate: Estimate) -> dict[str, float | None]:
    return {
        name: None if value is None else round(value, 4) for name, value in asdict(estimate).items()
    }

"""Whether advice comes to rest: logs made under the advice, analyzed again, up to three steps.

    python -m benchmarks.convergence                          # all scenarios, 40 minutes
    python -m benchmarks.convergence --scenario slow-thinker --calls 20

Each chain begins with a profile, also with one of one's own, and is played by other callers at each
step. It must end with "keep" and nothing to change. Exit 1 if one does not; a run in which the
machine was too slow is no evidence, and is named.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tuner import pipeline
from tuner.bench.callers import scenarios
from tuner.model import Recommendation

STEPS = 3
SEED = 60
OURS = {"ours": "MIN_ENDPOINTING_DELAY=0.8\nMIN_INTERRUPTION_DURATION=0.6\n"}
STARTS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("balanced", {}),
    ("balanced", {"MIN_ENDPOINTING_DELAY": 0.3}),
    ("balanced", {"MIN_ENDPOINTING_DELAY": 1.5}),
    ("ours", {}),
)


class ChainStep(NamedTuple):
    """A profile with settings on top, the advice on its log, and whether the machine kept up."""

    profile: str
    changes: Mapping[str, Any]
    advice: Recommendation
    valid: bool

    @property
    def rests(self) -> bool:
        """Whether there is nothing more to change."""
        return self.advice.verdict == "keep" and not self.advice.changes


def chain(
    scenario: str, start: tuple[str, Mapping[str, Any]], folder: Path, calls: int, at_once: int
) -> Iterator[ChainStep]:
    """The steps until the advice comes to rest, at most one more than `STEPS`."""
    profile, changes = start
    environ = {**os.environ, "AGENT_PROFILES_DIR": str(folder / "profiles")}
    for step in range(STEPS + 1):
        logs = Path(tempfile.mkdtemp(dir=folder))
        command = [sys.executable, "-m", "tuner", "bench", "--profile", profile]
        command += ["--scenario", scenario, "--calls", str(calls), "--at-once", str(at_once)]
        command += ["--seed", str(SEED + step), "--logs", str(logs), "--json", "-q"]
        for name, value in changes.items():
            command += ["--set", f"{name}={value}"]
        code = subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=False)
        advice = pipeline.analyze(sorted(logs.rglob("*.jsonl")), environ=environ).recommendation
        done = ChainStep(profile, changes, advice, code.returncode == 0)
        yield done
        if done.rests or advice.verdict == "undecided":
            return
        profile, changes = _after(done)


def _after(step: ChainStep) -> tuple[str, Mapping[str, Any]]:
    """What is run next: the profile that is advised, or the same with the changes on top."""
    if step.advice.verdict == "switch" and step.advice.profile:
        return step.advice.profile, {}
    return step.profile, {**step.changes, **{one.setting: one.to for one in step.advice.changes}}


def _line(scenario: str, steps: list[ChainStep]) -> str:
    names = [
        " ".join([step.profile, *(f"{name}={value}" for name, value in step.changes.items())])
        + ("" if step.valid else " (machine too slow)")
        for step in steps
    ]
    last = steps[-1]
    end = "keep" if last.rests else last.advice.verdict
    return f"{scenario:26} {' -> '.join(names)} -> {end}"


def main(arguments: list[str]) -> int:
    """Play every chain and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", action="append", choices=scenarios.names())
    parser.add_argument("--calls", type=int, default=12)
    parser.add_argument("--at-once", type=int, default=12)
    chosen = parser.parse_args(arguments)
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "profiles").mkdir()
        for name, text in OURS.items():
            (folder / "profiles" / f"{name}.env").write_text(text)
        for scenario in chosen.scenario or scenarios.names():
            for start in STARTS:
                steps = list(chain(scenario, start, folder, chosen.calls, chosen.at_once))
                failed |= steps[-1].advice.verdict != "undecided" and not steps[-1].rests
                sys.stdout.write(f"{_line(scenario, steps)}\n")
                sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

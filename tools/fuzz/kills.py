"""`python -m tools.fuzz.kills [KILLS] [SEED]`: `tuner analyze --state` is killed at any moment.

Its processes of work are left alive, as a kill leaves them, while the next run begins. The log
grows between two runs. The state must always be whole, and the last report that of a single run.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from tests import samples
from tuner.execution import state_file

LARGE = 9 << 20
"""From so many bytes on several processes read."""
_SIZES = (LARGE, LARGE, 300_000)


def main(kills: int, seed: int) -> int:
    """Kill so often; return how many worlds ended with another report, or a damaged state."""
    random, left, failed = Random(seed), kills, 0
    usual_s = _usual_s()
    while left > 0:
        with tempfile.TemporaryDirectory() as folder:
            here = min(left, random.randint(1, 20))
            why = world(Path(folder), here, random, 1.2 * usual_s)
        left -= here
        failed += bool(why)
        sys.stdout.write(f"{kills - left} kills: {why or 'sound'}\n")
        sys.stdout.flush()
    return failed


def world(folder: Path, kills: int, random: Random, longest_s: float) -> str:
    """One log and one state through some kills; what is wrong at the end, "" if nothing."""
    log, state = folder / "agent.log", folder / "state" / "file"
    state.parent.mkdir()
    whole = _grown(random.choice(_SIZES))
    written = 0
    for number in range(1, kills + 1):
        grown = len(whole) * number // kills
        with log.open("ab") as file:
            file.write(whole[written:grown])
        written = grown
        _killed(log, state, random.uniform(0, longest_s))
        if state.exists():
            state_file.load(state, _options())  # raises an error if it is damaged
    found, expected = report(log, state), report(log)
    rest = sorted(path.name for path in state.parent.iterdir())
    if rest != ["file"]:
        return f"left behind: {rest}"
    other = [key for key in expected if found.get(key) != expected[key]]
    return f"other in the report: {', '.join(other)}" if other else ""


def _grown(size: int) -> bytes:
    """A log of at least one sample, each copy an hour behind the one before it.

    A log that goes back in time is read in order of time, which a part of it cannot be.
    """
    talk = samples.data("false-interruptions.jsonl")
    first, second = (b"2026-11-20T09:%d" % minute for minute in (36, 37))
    return b"".join(
        talk.replace(second, b"2026-11-20T%d:01" % hour).replace(first, b"2026-11-20T%d:00" % hour)
        for hour in range(10, 10 + max(size // len(talk), 1))
    )


def _usual_s() -> float:
    """How long a run takes here and now, so that kills come at any moment of one."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "agent.log"
        log.write_bytes(samples.data("false-interruptions.jsonl") * 6)
        report(log, Path(folder) / "state")
    return time.monotonic() - begin


def _options() -> dict[str, float | str | None]:
    return {"--since": None, "--until": None, "--call": None, "--slow-ms": 1000.0}


def _command(log: Path, state: Path | None) -> list[str]:
    remembered = ["--state", str(state)] if state else []
    return [
        sys.executable,
        "-m",
        "tuner",
        "analyze",
        str(log),
        "--json",
        "--jobs",
        "2",
        *remembered,
    ]


def _killed(log: Path, state: Path, after_s: float) -> None:
    """A run that is killed, if it has not ended by then; its children live on."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(_command(log, state), **quiet)  # type: ignore[call-overload]
    time.sleep(after_s)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def report(log: Path, state: Path | None = None) -> Any:
    """The report of a run to its end."""
    done = subprocess.run(_command(log, state), capture_output=True, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(bool(main(numbers[0] if numbers else 400, numbers[1] if numbers[1:] else 0)))

"""An hour of telephone calls: does anything grow, is anything left?

    PATH="$(dirname "$(.ci/livekit-server)"):$PATH" python -m benchmarks.phone_soak \\
        --calls 3 --seconds 3600 --out soak.jsonl
    python -m benchmarks.phone_soak --read soak.jsonl

Callers talk for 40 s and call again. Every 10 s a line is added to --out, so a stop loses nothing;
--read judges a file as far as it got. All logs go to a folder beside it. Exit 1 when a claim does
not hold:

- memory: no process grows by more than 5 % along the line that fits best, from the end of the first
  tenth (at least a minute) on;
- errors: under 1 % of the calls;
- afterwards: no slot and no room is left; no process has more children, sockets, files or tasks
  than before the calls. "Before" is after a warm-up call, since some of that opens when it is used
  first.

How many callers: run it with --seconds 120 first and divide; `cores` is what each part used.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import psutil  # type: ignore[import-untyped]
from livekit import api

from benchmarks.machine import facts
from benchmarks.phone_rig import KEY, ROOT, SECRET, PhoneService, get_json, phone_service
from benchmarks.process_state import state
from benchmarks.soak_claims import judge

EVERY_S, CALL_S, RAMP_S = 10.0, 40, 10
QUIET_S, STILL_S = 90.0, 20.0
PARTS = ("webhook", "agent", "livekit", "watch")


class Recorder:
    """Adds lines to the file as things happen."""

    def __init__(self, here: PhoneService, out: Path) -> None:
        self._here, self._out, self._began = here, out, time.monotonic()

    def add(self, kind: str, **more: Any) -> None:
        """One line, on disk at once."""
        line = {"kind": kind, "at_s": round(time.monotonic() - self._began, 1), **more}
        with self._out.open("a") as out:
            out.write(json.dumps(line) + "\n")

    def look(self, kind: str, **more: Any) -> dict[str, Any]:
        """A line with the state of everything now; the state."""
        found = self.now()
        self.add(kind, **found, **more)
        return found

    def now(self) -> dict[str, Any]:
        """Every process, slots and rooms; None where nobody answers."""
        tasks = self._here.folder / "tasks"
        return {
            "machine": psutil.cpu_percent(None) / 100,
            "load": round(psutil.getloadavg()[0], 2),
            "slots": get_json(self._here.port, "/metrics").get("active_calls"),
            "rooms": asyncio.run(_rooms(self._here.livekit_url)),
            "processes": {name: state(self._here.processes[name].pid, tasks) for name in PARTS},
        }


async def _rooms(url: str) -> int | None:
    with suppress(api.TwirpError, aiohttp.ClientError, TimeoutError):
        async with api.LiveKitAPI(url, KEY, SECRET) as server:
            return len((await server.room.list_rooms(api.ListRoomsRequest())).rooms)
    return None


def soak(folder: Path, out: Path, calls: int, seconds: int) -> None:
    """All calls, and a look at everything meanwhile."""
    (folder / "tasks").mkdir(parents=True, exist_ok=True)
    settings = {"NUM_IDLE_PROCESSES": str(calls), "PHONE_MAX_CALLS": str(calls)}
    settings |= {"PYTHONPATH": f"{ROOT}:{ROOT / 'benchmarks' / 'probe'}"}
    settings |= {"COUNT_TASKS_IN": str(folder / "tasks")}
    with phone_service(folder, capped=False, beside_others=True, **settings) as here:
        recorder = Recorder(here, out)
        pids = {name: process.pid for name, process in here.processes.items()}
        plan = {"calls": calls, "seconds": seconds, "call_s": CALL_S}
        recorder.add("begin", **plan, pids=pids, folder=str(folder), machine=facts())
        with _calls(here, calls, 5, folder) as warm_up:
            warm_up.wait()
        _quiet(recorder)
        recorder.look("before")
        try:
            with _calls(here, calls, seconds, folder) as test:
                _look_on(recorder, test, folder)
        finally:
            recorder.add("calls", **here.result(test))
        _quiet(recorder)
        recorder.look("after")


def _look_on(recorder: Recorder, test: subprocess.Popen[bytes], folder: Path) -> None:
    while test.poll() is None:
        callers = state(test.pid, folder / "tasks").get("cpu_s")
        recorder.look("during", callers_cpu_s=callers, callers=_last_line(folder / "load-test.log"))
        with suppress(subprocess.TimeoutExpired):
            test.wait(EVERY_S)


def _quiet(recorder: Recorder) -> None:
    """Wait until nothing is left and nothing has changed for STILL_S; at most QUIET_S."""
    ends, since = time.monotonic() + QUIET_S, time.monotonic()
    before: dict[str, tuple[object, object]] = {}
    while time.monotonic() < min(ends, since + STILL_S):
        found = recorder.now()
        processes = found["processes"].items()
        held = {name: (one.get("children"), one.get("sockets")) for name, one in processes}
        if held != before or found["rooms"] or found["slots"]:
            before, since = held, time.monotonic()
        time.sleep(2)


@contextmanager
def _calls(
    here: PhoneService, calls: int, seconds: int, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The load test; stopped as Ctrl-C stops it if we are, so that it writes its figures."""
    times = ("--ramp", str(RAMP_S), "--hold", str(seconds), "--call-seconds", str(CALL_S))
    with (folder / "load-test.log").open("ab") as log:
        test = here.load_test("--calls", str(calls), *times, log=log)
        try:
            yield test
        finally:
            if test.poll() is None:
                test.send_signal(signal.SIGINT)
                test.wait(30)


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").splitlines()
    return lines[-1] if lines else ""


def _stoppable() -> None:
    """SIGTERM and SIGINT end the soak in good order, also where the shell ignored them."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def main() -> int:
    """Run and judge, or judge a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--calls", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("soak.jsonl"))
    parser.add_argument("--read", type=Path, help="judge this file, call nobody")
    options = parser.parse_args()
    out = (options.read or options.out).resolve()
    if options.read is None:
        _stoppable()
        if out.exists():
            parser.error(f"{out} exists: name another file")
        with suppress(KeyboardInterrupt):
            soak(out.with_suffix(".logs"), out, options.calls, options.seconds)
    found, claims = judge([json.loads(line) for line in out.read_text().splitlines()])
    sys.stdout.write(json.dumps({"claims": claims, **found}, indent=1) + "\n")
    return 0 if claims and all(claims.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

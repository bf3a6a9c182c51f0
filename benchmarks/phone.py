"""Real calls at once, bursts, kills: the whole telephone service on this machine.

    PATH="$(dirname "$(.ci/livekit-server)"):$PATH" python -m benchmarks.phone five
    python -m benchmarks.phone burst-busy | burst-ring | kill | plan

Callers are participants of the room (no SIP server is needed). Prints one JSON line. Exit 1 when a
claim does not hold:

- five: all answered, ring to answer under 1.5 s, replies at most 0.35 s later than the turn log has
  them;
- burst-busy: of six callers two talk, four hear busy;
- burst-ring: two talk, the others are answered within 3 s of a slot becoming free;
- kill: after kill -9 of webhook, agent and LiveKit calls are answered again, no slot is left;
- plan: lines, cores and memory that `tuner capacity` takes from the turn log are within 20 % of
  what callers saw and processes used.

At full CPU an agent takes no call. With --beside-others it does not look at the CPU, so that other
work on the machine makes calls slow and does not refuse them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.machine import facts
from benchmarks.phone_rig import PhoneService, phone_service
from tuner.capacity.observed import ended, observe
from tuner.capacity.plan import MB_IDLE, MB_SERVER, START_S
from tuner.execution.turn_log_rows import turn_log_rows
from tuner.reading.record_filter import Filter

Claims = dict[str, bool]
Outcome = tuple[dict[str, Any], Claims]
KEEP: tuple[str, ...] = (
    "calls",
    "answers",
    "errors",
    "why",
    "ring_s",
    "first_audio_s",
    "reply_s",
    "most_at_once",
    "false_stops",
)
KEEP += ("packets", "packets_lost", "slots_left", "machine_cpu", "processes")
SIX = ("--calls", "6", "--ramp", "0")


def five(folder: Path, options: argparse.Namespace) -> Outcome:
    """Five callers who talk for a minute."""
    settings = {"NUM_IDLE_PROCESSES": "5", "PHONE_MAX_CALLS": "5"}
    with _service(folder, options, capped=False, **settings) as here:
        time.sleep(8)  # five processes get warm
        times = ("--ramp", "5", "--hold", str(options.seconds or 60), "--call-seconds", "3600")
        found = here.result(here.load_test("--calls", "5", *times))
        logged = [turn["e2e_latency"] for turn in here.turns() if turn["e2e_latency"]]
    added = found["reply_s"]["p50"] - median(logged)
    return _kept(found, turn_log_p50=round(median(logged), 3), added_s=round(added, 3)), {
        "all answered": found["answers"] == {"answered": 5} and found["errors"] == 0,
        "ring to answer under 1.5 s": found["ring_s"]["max"] < 1.5,
        "replies at most 0.35 s later than in the turn log": added <= 0.35,
        "no slot left": found["slots_left"] == 0,
    }


def burst_busy(folder: Path, options: argparse.Namespace) -> Outcome:
    """Six at once, two slots, two processes; the others hear busy."""
    settings = {"MAX_PROCESSES": "2", "NUM_IDLE_PROCESSES": "2", "PHONE_MAX_CALLS": "2"}
    with _service(folder, options, capped=True, **settings) as here:
        time.sleep(5)
        found = here.result(here.load_test(*SIX, "--hold", "10", "--call-seconds", "3600"))
    first = [call["answer"] for call in found["each_call"] if call["began_s"] < 1.0]
    return _kept(found, first=first), {
        "exactly two talk": found["answers"].get("answered") == 2 == found["most_at_once"],
        "four hear busy": sorted(first) == ["answered"] * 2 + ["busy"] * 4,
        "no slot left": found["slots_left"] == 0,
    }


def burst_ring(folder: Path, options: argparse.Namespace) -> Outcome:
    """Six at once, two processes; the others ring until an agent is free."""
    settings = {"MAX_PROCESSES": "2", "NUM_IDLE_PROCESSES": "2", "PHONE_MAX_CALLS": "2"}
    settings["PHONE_WHEN_FULL"] = "ring"
    with _service(folder, options, capped=True, **settings) as here:
        time.sleep(5)
        found = here.result(here.load_test(*SIX, "--hold", "45", "--call-seconds", "12"))
    calls = found["each_call"]
    waits = _waits(calls)
    more = {"waited_s": [round(wait, 2) for wait in waits], "overtaken": _overtaken(calls)}
    return _kept(found, **more), {
        "all are answered": all(call["answer"] == "answered" for call in calls),
        "never more than two talk": found["most_at_once"] == 2,
        "answered within 3 s of a free slot": bool(waits) and max(waits) <= 3.0,
    }


def _service(
    folder: Path, options: argparse.Namespace, *, capped: bool, **settings: str
) -> AbstractContextManager[PhoneService]:
    return phone_service(folder, capped=capped, beside_others=options.beside_others, **settings)


def _waits(calls: list[dict[str, Any]]) -> list[float]:
    """For the third call to be answered and all later ones: how long after a call's end that was.

    Ends and answers are matched in their order."""
    answered = sorted(call["began_s"] + call["ring_s"] for call in calls if call["ring_s"])
    ends = sorted(call["ended_s"] for call in calls if call["ended_s"] is not None)
    return [at - end for at, end in zip(answered[2:], ends, strict=False)]


def _overtaken(calls: list[dict[str, Any]]) -> int:
    """Calls that were answered later than one that began after them."""
    known = [
        (call["began_s"], call["began_s"] + call["ring_s"]) for call in calls if call["ring_s"]
    ]
    return sum(any(b > began + 0.5 and a < at for b, a in known) for began, at in known)


def kill(folder: Path, options: argparse.Namespace) -> Outcome:
    """kill -9 of each part while three callers talk, each started again at once."""
    settings = {"NUM_IDLE_PROCESSES": "3", "PHONE_MAX_CALL_S": "30"}
    with _service(folder, options, capped=False, **settings) as here:
        times = ("--ramp", "3", "--hold", "120", "--call-seconds", "10")
        test = here.load_test("--calls", "3", *times)
        killed = {}
        began = time.monotonic()
        for at_s, name in ((20, "webhook"), (45, "agent"), (75, "livekit")):
            time.sleep(max(0.0, at_s - (time.monotonic() - began)))
            here.kill(name)
            here.start(name)
            killed[name] = round(time.monotonic() - began, 1)
        found = here.result(test)
    last = [call for call in found["each_call"] if 100 <= call["began_s"] < 115]
    answered = sum(call["answer"] == "answered" and not call["error"] for call in last)
    return _kept(found, back_at_s=killed, last=f"{answered} of {len(last)} answered"), {
        "calls are answered again after all kills": bool(last) and answered == len(last),
        "no slot left": found["slots_left"] == 0,
    }


def plan_against_ramp(folder: Path, options: argparse.Namespace) -> Outcome:
    """What `tuner capacity` would plan from the turn log, against what the processes used."""
    idle = 2
    settings = {"NUM_IDLE_PROCESSES": str(idle), "PHONE_MAX_CALLS": "20"}
    with _service(folder, options, capped=False, **settings) as here:
        times = ("--ramp", "10", "--hold", str(options.seconds or 60), "--call-seconds", "3600")
        found = here.result(here.load_test("--calls", str(options.calls), *times))
        time.sleep(5)  # the last lines of the turn log
        rows = turn_log_rows([here.folder / "turns.jsonl"], Filter())
        seen = observe(ended(rows), START_S)
    agent, calls = found["processes"]["agent"], options.calls
    cores, memory = seen.cores_a_call or 0.0, seen.mb_a_call or 0.0
    planned = {"cores": cores * calls, "memory_mb": MB_SERVER + idle * MB_IDLE + memory * calls}
    planned["lines"] = seen.calls_an_hour * seen.minutes / 60
    measured = agent | {"lines": _lines(found["each_call"])}
    off = {name: round(value / measured[name] - 1, 3) for name, value in planned.items()}
    more = {"measured": {name: measured[name] for name in planned}, "off_by": off}
    return _kept(found, planned=planned, cores_a_call=cores, mb_a_call=memory, **more), {
        f"{name} within 20 %": abs(share) <= 0.2 for name, share in off.items()
    }


def _lines(calls: list[dict[str, Any]]) -> float:
    """Lines that were busy in the mean, as the callers saw it."""
    talks = [(one["began_s"] + one["ring_s"], one["ended_s"]) for one in calls if one["ended_s"]]
    seconds = max(end for _, end in talks) - min(begin for begin, _ in talks)
    return float(sum(end - begin for begin, end in talks) / seconds)


def _kept(found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {name: found[name] for name in KEEP} | more


SCENARIOS: dict[str, Callable[[Path, argparse.Namespace], Outcome]] = {
    "five": five,
    "burst-busy": burst_busy,
    "burst-ring": burst_ring,
    "kill": kill,
    "plan": plan_against_ramp,
}


def main() -> int:
    """Run one scenario."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--calls", type=int, default=5)
    parser.add_argument("--beside-others", action="store_true", help="other work runs here, too")
    parser.add_argument("--keep", type=Path, help="a folder for all logs")
    options = parser.parse_args()
    machine = facts()
    with TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        found, claims = SCENARIOS[options.scenario](folder, options)
    whole = {"scenario": options.scenario, "claims": claims, **found, "machine": machine}
    sys.stdout.write(json.dumps(whole) + "\n")
    return 0 if all(claims.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

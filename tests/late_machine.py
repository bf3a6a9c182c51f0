"""Whether the machine kept up with a test. Calls in real time fail on one that does not: such a
test is run again, twice at most. On a machine that keeps up a failure is a failure at once."""

from __future__ import annotations

import fnmatch
import gc
import os
import sys
import threading
import time
import warnings

import pytest

LATE_S = 0.1
"""Audio comes every 20 ms, and a socket's buffer covers a few of these."""
MOST_LOAD = 2.0
"""Programs that want to run, for each core, in the last minute: beyond it an agent that is a
process of its own is late, even if the test itself is not."""

REAL_TIME = (
    *("test_agent_*.py", "test_audiocodes_*.py", "test_backchannels.py", "test_bench_*.py"),
    *("test_latency_test.py", "test_load_test.py", "test_long_runs.py", "test_phone_*.py"),
    *("test_ports.py", "test_real_sip.py", "test_sip_*.py", "test_turn_log_*.py"),
)
"""The files whose tests make calls as they are made: a second takes a second."""


class Clock(threading.Thread):
    """Wakes every 50 ms and keeps how late that was at most, in seconds."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="late-machine")
        self.most_s = 0.0

    def run(self) -> None:
        while True:
            due = time.monotonic() + 0.05
            time.sleep(0.05)
            self.most_s = max(self.most_s, time.monotonic() - due)

    def was_late(self) -> bool:
        return self.most_s > LATE_S or os.getloadavg()[0] > MOST_LOAD * (os.cpu_count() or 1)


CLOCK = Clock()


def repeat_if_late(items: list[pytest.Item]) -> None:
    """Let the tests in real time be run again where the machine could not keep up."""
    again = pytest.mark.flaky(reruns=2, condition=CLOCK.was_late)
    each = pytest.mark.timeout(300, func_only=True)  # as of all tests, and for each of the tries
    for item in items:
        if any(fnmatch.fnmatch(item.path.name, pattern) for pattern in REAL_TIME):
            item.add_marker(again)
            item.add_marker(each)


def forget_failures() -> None:
    """Close what a test that failed left open: its own failure, and no other test's."""
    if sys.__dict__.pop("last_value", None) is None:
        return
    for name in ("last_exc", "last_type", "last_traceback"):
        sys.__dict__.pop(name, None)
    with warnings.catch_warnings(action="ignore"):
        gc.collect()

"""Times and levels that a console shows on lines of their own, above each event."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.in_turn import in_turn
from tests.test_posted_logs import DEV, FALSE, RECORDS, analyzed, counted
from tuner.exports import heads_above

LEVELS = [json.loads(line)["level"] for line in RECORDS]
HEADS: dict[str, Callable[[int], str]] = {
    "CloudWatch": lambda n: f"2026-01-02T03:04:0{n}.000Z",
    "an arrow": lambda n: f"\u25b6 2026-01-02T03:04:0{n}.000Z",
    "Grafana": lambda n: f"2026-01-02 03:04:0{n}.000",
    "an empty line below": lambda n: f"2026-01-02T03:04:0{n}.000Z\n",
    "Railway": lambda n: f"Jan 2 2026 03:04:0{n}",
    "half a day": lambda n: f"1/2/2026, 3:04:0{n} AM",
    "a level above": lambda n: f"{LEVELS[n].title()}\n2026-01-02 03:04:0{n}.000",
    "a level beside": lambda n: f"2026-01-02T03:04:0{n}.000Z {LEVELS[n]}",
    "a clock": lambda n: f"03:04:0{n}",
}


def without_time(line: str) -> str:
    return json.dumps({k: v for k, v in json.loads(line).items() if k != "timestamp"})


def bare(line: str) -> str:
    """Only the message and its fields, as `print` would show them."""
    found = json.loads(line)
    fields = {k: found[k] for k in found if k not in ("message", "level", "name", "timestamp")}
    return f"{found['message']} {json.dumps(fields)}"


TEXTS: dict[str, Callable[[int], str]] = {
    "JSON": lambda n: RECORDS[n],
    "JSON without a time": lambda n: without_time(RECORDS[n]),
    "dev text": lambda n: DEV[n],
    "text without a time": lambda n: DEV[n].partition(" - ")[2],
    "messages": lambda n: bare(RECORDS[n]),
}


def shown(head: str, text: str, order: range) -> str:
    return "".join(f"{HEADS[head](n)}\n{TEXTS[text](n)}\n" for n in order)


@pytest.mark.parametrize(("head", "text"), in_turn(HEADS, TEXTS, 2))
@pytest.mark.parametrize("order", [range(4), range(3, -1, -1)], ids=["", "newest first"])
def test_a_time_stands_above_its_line(head: str, text: str, order: range, tmp_path: Path) -> None:
    found = analyzed(tmp_path, shown(head, text, order))
    assert counted(found) == (2, 1, 1, 1, 1)
    assert found.inputs[0].unread == {}
    if head != "a clock":
        assert found.inputs[0].first == pytest.approx(1767323040.0)
    assert found.exposure.minutes == pytest.approx(3 / 60)


def test_what_a_traceback_says_stays_below_its_record(tmp_path: Path) -> None:
    below = '\nTraceback (most recent call last):\n  File "a.py", line 1\nValueError: x'
    log = "".join(f"{HEADS['CloudWatch'](n)}\n{line}{below}\n" for n, line in enumerate(DEV))
    found = analyzed(tmp_path, log)
    assert (counted(found), found.inputs[0].unread) == ((2, 1, 1, 1, 1), {})


@pytest.mark.parametrize(
    "log",
    [
        "".join(f"{line}\n" for line in DEV),
        f"{HEADS['CloudWatch'](1)}\n" * 4,
        "".join(f"{HEADS['CloudWatch'](n)}\nuser said hello\n" for n in range(4)),
        f"{HEADS['CloudWatch'](1)}\n" + "".join(f"{line}\n" for line in DEV),
        f"03:04:01 DEBUG livekit.agents - {FALSE}\n" * 4,
    ],
)
def test_other_logs_have_no_times_above(log: str) -> None:
    assert not heads_above.are_above(log.encode())

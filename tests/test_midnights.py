"""Clocks without a date that go past midnight within a chunk: what the compiled scan counts, day by
day where Python has to read some of the lines, equals what is counted line by line."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import formats
from tests.rich_screens import VERSIONS, Screen, drawn
from tests.test_scan_text import ALL, SHOWN, both, stored
from tuner.execution.units import Job, Unit, whole
from tuner.lines.catalogue.livekit import COMMIT_DELAY
from tuner.reading import careful
from tuner.scan import ready
from tuner.summary.summary import Summary

pytestmark = pytest.mark.skipif(not ready(), reason="the scan is not compiled")

Fields = dict[str, Any]
ODD = {"message": "[c] beside (a=b)", "level": "WARNING", "name": "app"}
"""What the scan leaves to Python: where its message begins is in doubt."""
SOME = [found for found in SHOWN if not found["message"].startswith("Error handling")][:14]


def _at(found: Fields, when: datetime, call: str) -> Fields:
    """A record of this call at another time."""
    return {"room": call, **found, "job_id": f"AJ_{call}", "timestamp": when.isoformat()}


def nights(days: int, minutes: float, behind: int = 0) -> list[Fields]:
    """A call before and one behind each midnight, of records that the scan counts and of lines in
    doubt, which Python reads; so many of those come first `behind` midnight."""
    out: list[Fields] = []
    at = datetime(2026, 11, 20, 23, 50, tzinfo=UTC)
    for day in range(days):
        midnight = at.replace(hour=0, minute=0) + timedelta(days=day + 1)
        for name, start in ((f"{day}a", -minutes * 60), (f"{day}b", 0.001)):
            first = [ODD] * (behind if start > 0 else 0)
            some = [*first, *SOME[:6], ODD, *SOME[6:], ODD]
            whens = (midnight + timedelta(seconds=start + n * 0.7) for n in range(len(some)))
            out += map(_at, some, whens, [name] * len(some))
    return out


def _compact(records: list[Fields]) -> str:
    return "".join(formats.compact(each).replace("\n", " ") + "\n" for each in records)


def _pino(records: list[Fields]) -> str:
    return "".join(formats.pino_pretty({"pid": 7, **each}) + "\n" for each in records)


def _screen(records: list[Fields]) -> str:
    return drawn(Screen(VERSIONS["1.5.8"], 120), records)


LAYOUTS = {"compact": _compact, "pino-pretty": _pino, "rich": _screen}


def _same(by_line: Summary, scanned: Summary | None) -> bool:
    """Whether both hold the same, but for how times behind midnight are rounded."""
    assert scanned is not None
    for summary in (by_line, scanned):
        for call in summary.calls.values():
            call.first, call.last = (None if t is None else round(t, 6)
                                     for t in (call.first, call.last))  # fmt: skip
        summary.first, summary.last = (None if t is None else round(t, 6)
                                       for t in (summary.first, summary.last))  # fmt: skip
    return bool(stored(scanned) == stored(by_line)) and scanned.days == by_line.days


@pytest.mark.parametrize("behind", [0, 1, 3])
@pytest.mark.parametrize("days", [1, 2, 5])
@pytest.mark.parametrize("name", LAYOUTS)
def test_days_without_a_date_count_the_same(name: str, days: int, behind: int) -> None:
    data = LAYOUTS[name](nights(days, 30, behind)).encode()
    by_line, scanned = both(data)
    assert by_line.days == days
    assert _same(by_line, scanned)


@pytest.mark.parametrize("more", [1, 2])
def test_a_midnight_before_the_last_lines_counts_where_python_reads_them(more: int) -> None:
    lines = _compact(nights(2, 30, behind=3)).splitlines()
    last = max(n for n, line in enumerate(lines) if line.startswith("00:00:00"))
    by_line, scanned = both("\n".join(lines[: last + more]).encode() + b"\n")
    assert by_line.days == 2
    assert _same(by_line, scanned)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_lost_around_midnight_changes_nothing(seed: int) -> None:
    dice = random.Random(seed)
    lines = _compact(nights(3, dice.choice([0.2, 5, 400]), dice.randrange(3))).splitlines()
    kept = [line for line in lines if dice.random() < 0.7]
    by_line, scanned = both("\n".join(kept).encode() + b"\n")
    assert scanned is None or _same(by_line, scanned)
    assert scanned is not None or seed


def test_a_midnight_in_a_chunk_is_left_to_python_for_lines_in_doubt_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    def never(*_: Any) -> Summary:
        raise AssertionError("line by line")

    log = tmp_path / "agent.log"
    log.write_text(_compact(nights(400, 30)))
    monkeypatch.setattr(careful, "summarize", never)
    for may_die in (False, True):  # mapped, the bytes of a chunk live no longer than it is read
        read = whole(Unit(str(log), end=log.stat().st_size), Job(fast=True, may_die=may_die))
        assert not read.problem
        assert read.summary.days == 400


@pytest.mark.parametrize("odd", [0, 1])
@pytest.mark.parametrize("name", ["no time, fields", "compact, fields", "logging, fields"])
def test_delays_of_commits_are_those_of_lines_read_one_by_one(name: str, odd: int) -> None:
    """With a date, of a time of day, which is too coarse, and without any time, also where Python
    reads a line between."""
    spoken = {"last_speaking_time": 1795167366.25, "last_final_transcript_time": 1795167366.5}
    commit = {**SOME[0], "message": "user turn committed", "name": "livekit.agents", **spoken}
    records = [*SOME, commit, *[{**SOME[0], **ODD}] * odd, commit | {"job_id": "AJ_other"}]
    by_line, scanned = both("\n".join(map(ALL[name], records)).encode() + b"\n")
    assert scanned is not None
    assert stored(scanned) == stored(by_line)
    measured = sum(by_line.histogram(COMMIT_DELAY.name).counts.values())
    assert measured == (0 if name == "compact, fields" else 2)

"""Lines that `sort | uniq -c` counted count as often as they were there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_posted_logs import FALSE, SYNC, analyzed
from tuner.exports import uniq_counts

COUNTED = {
    f"DEBUG livekit.agents - {FALSE}": 12,
    f"WARNING livekit.agents - {SYNC}": 3,
    "INFO livekit.agents - received job request": 1,
    "INFO my-agent - hello": 40,
}


def counted(width: int, order: int = 1) -> str:
    lines = sorted(COUNTED.items(), key=lambda each: each[1] * order)
    return "".join(f"{count:{width}d} {line}\n" for line, count in lines)


@pytest.mark.parametrize("width", [7, 4], ids=["GNU", "BSD"])
@pytest.mark.parametrize("order", [1, -1])
def test_each_counts_so_often(width: int, order: int, tmp_path: Path) -> None:
    found = analyzed(tmp_path, counted(width, order))
    assert found.signals["false_interruptions"].count == 12
    assert found.signals["sync_warnings"].count == 3
    assert found.inputs[0].unread == {}


def test_a_count_that_cannot_be_is_not_read(tmp_path: Path) -> None:
    found = analyzed(tmp_path, counted(7) + f"{10**12} DEBUG livekit.agents - {FALSE}\n")
    assert found.signals["false_interruptions"].count == 13  # as one line, behind a number
    assert found.inputs[0].lines == sum(COUNTED.values()) + 1


@pytest.mark.parametrize(
    "log",
    [
        "".join(f"{at:7d} {line}\n" for at, line in enumerate(COUNTED, 1)),
        "".join(f"   4242 {line}\n" for line in COUNTED),
        "".join(f"{at * 7:7d} 03:04:0{at} {line}\n" for at, line in enumerate(COUNTED)),
        "".join(f"{line}\n" for line in COUNTED),
        "      1 apple\n      7 pears\n     12 plums\n",
    ],
    ids=["numbers of lines", "a process", "times", "no counts", "no log"],
)
def test_other_numbers_are_no_counts(log: str) -> None:
    assert not uniq_counts.are_counted(log.encode())

"""A Rich screen of whole seconds that was pasted twice counts once; of two calls both count."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_posted_logs import analyzed

ROWS = (
    "14:05:00 INFO    livekit.agents   received job request",
    "14:05:00 DEBUG   livekit.agents   initializing job runner",
    "14:05:04 DEBUG   livekit.agents   resumed false interrupted speech",
    "14:05:06 WARNING livekit.agents   _SegmentSynchronizerImpl.push_audio called after close",
    "14:05:09 WARNING livekit.plugins. inference is slower than realtime",
    "14:05:11 DEBUG   livekit.agents   resumed false interrupted speech",
    "14:05:12 DEBUG   livekit.agents   using preemptive generation",
    "14:05:12 DEBUG   livekit.agents   user turn committed",
    "14:05:20 DEBUG   livekit.agents   session closed",
)


def screen(rows: tuple[str, ...] = ROWS, below: str = "") -> str:
    return "".join(f"    {row}\n{below}" for row in rows)


@pytest.mark.parametrize("below", ["", "                                      AJ_abcdef\n"])
def test_a_screen_pasted_twice_counts_once(tmp_path: Path, below: str) -> None:
    found = analyzed(tmp_path, screen(below=below) * 2)
    assert found.signals["false_interruptions"].count == 2
    assert found.signals["sync_warnings"].count == 1


def test_what_stands_twice_in_one_second_of_a_screen_is_no_second_paste(tmp_path: Path) -> None:
    found = analyzed(tmp_path, screen((*ROWS[:3], *ROWS[2:5], *ROWS[5:])))
    assert found.signals["false_interruptions"].count == 3


def test_calls_that_are_told_apart_in_the_rows_below_are_no_second_paste(tmp_path: Path) -> None:
    rows = [screen(below=f"{'':38}AJ_{each}\n") for each in ("abcdef", "ghijkl")]
    assert analyzed(tmp_path, "".join(rows)).signals["false_interruptions"].count == 4


def test_of_a_screen_pasted_twice_a_record_with_rows_of_its_own_is_kept(tmp_path: Path) -> None:
    minutes = [[row.replace("14:05", f"14:{at:02d}") for row in ROWS] for at in range(5, 9)]
    rows = tuple(row for some in minutes for row in some)
    row = f"{'':38}AJ_{{}}\n"
    first, last = (screen(rows, row.format(each)) for each in ("abcdef", "abcdef"))
    said = f"{ROWS[2]}\n"
    last = last.replace(said + row.format("abcdef"), said + row.format("ghijkl"), 1)
    found = analyzed(tmp_path, first + last)
    assert found.signals["false_interruptions"].count == 9

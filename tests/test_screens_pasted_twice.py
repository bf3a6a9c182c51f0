"""A Rich screen of whole seconds that was pasted twice counts once; of two calls both count."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rich_screens import VERSIONS, AsLiveKit, drawn
from tests.test_posted_logs import analyzed
from tests.test_second_prints import SAID
from tuner.exports import overlaps
from tuner.inputs.chunks import Chunk

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


CALL = [found for found in SAID if found.get("job_id") == SAID[30].get("job_id")]
"""Records of one call, over several seconds."""
WORDS = "\nand once more, as I was asked for it:\n\n"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("records", "times"), [(6, 2), (9, 3), (16, 4), (9, 2)])
def test_few_rows_pasted_several_times_count_once(
    version: str, records: int, times: int, tmp_path: Path
) -> None:
    between = WORDS if records == 9 else ""
    text = drawn(AsLiveKit(VERSIONS[version]), CALL[:records])
    once, again = analyzed(tmp_path, text), analyzed(tmp_path, between.join([text] * times))
    assert again.signals == once.signals
    assert again.latency == once.latency
    assert again.exposure == once.exposure
    assert any("stands here twice" in note for note in again.inputs[0].notes)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_calls_print_alike_in_one_moment_is_no_paste(version: str, tmp_path: Path) -> None:
    """Two processes begin at once: the same rows, and the time does not go back."""
    rows = [
        {**CALL[0], "message": text} for text in ("initializing process", "process initialized")
    ]
    bare = [{key: row[key] for key in ("message", "level", "name", "timestamp")} for row in rows]
    found = analyzed(tmp_path, drawn(AsLiveKit(VERSIONS[version]), [*bare, *bare, *CALL[1:6]]))
    assert not any("twice" in note for note in found.inputs[0].notes)


def test_rows_of_one_second_that_stand_again_are_of_two_calls(tmp_path: Path) -> None:
    """Where each row has its time: the same is printed of both, and no time goes back."""
    rows = [f"14:05:04 {row.partition(' ')[2]}" for row in ROWS[:4]]
    found = analyzed(tmp_path, screen((*rows, *rows, *ROWS[5:])))
    assert found.signals["false_interruptions"].count == 3
    assert found.signals["sync_warnings"].count == 2


@pytest.mark.parametrize(("times", "is_paste"), [(3, True), (40, False)])
def test_nobody_pastes_the_same_forty_times(times: int, is_paste: bool) -> None:
    data = drawn(AsLiveKit(VERSIONS["1.5.8"]), CALL[:6]).encode() * times
    (found,) = overlaps.single([Chunk(data)])
    assert (found.data != data) is is_paste
